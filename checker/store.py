"""Where the states of a compiled search are kept: arrays that grow without being copied.

Each array reserves address space for all that memory could hold and takes pages as they are
written to. Only the table of slots is made anew, with twice as many, when it is three quarters
full; the old one is given back first, as the states alone say what belongs into the new one.
"""

from __future__ import annotations

import mmap
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from cospec.checker import kernel
from cospec.checker.kernel import address_of
from cospec.checker.packing import Layout

#: Moves that a batch holds at first.
BATCH = 4096

#: The parent of a state in which the machine starts.
ORIGIN = 2**32 - 1

#: Slots at first, a power of two, and the part of them that may be in use.
FEWEST_SLOTS, FULLEST = 1 << 16, 0.75

#: A slot holds a number of 32 bits.
MOST_STATES = int(FULLEST * 2**32)

#: How many wants, and states set aside, a kernel may note before it comes back.
WANTS_AT_ONCE, ASIDES_AT_ONCE = 4096, 1 << 16

#: The words of the largest set of events: four million.
WORDS_OF_EVENTS = 1 << 16

#: How many states for the other partition a kernel may find before it comes back.
OUTBOX_SIZE = 1 << 18

#: Address space asked for at first, in bytes; less, where that is refused or would be memory.
RESERVED, LEAST_RESERVED = 1 << 36, 1 << 24

#: Pages that take no memory before they are written to: Linux has this flag in Python from 3.13 on.
_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else None)


def reserve(kind: type[np.generic], size: int) -> npt.NDArray[Any]:
    """An array of zeros that takes memory only where it is written to."""
    item = np.dtype(kind).itemsize
    if _NORESERVE is None:
        return np.zeros(size, kind)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE
    pages = mmap.mmap(-1, max(item * size, mmap.PAGESIZE), flags=flags)
    if hasattr(mmap, "MADV_HUGEPAGE") and item * size >= 1 << 22:
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, kind, count=size)


def _roomy(kind: type[np.generic], least: int) -> npt.NDArray[Any]:
    """An array of at least so many zeros, and of all that address space allows where it is free."""
    item = np.dtype(kind).itemsize
    smallest = max(LEAST_RESERVED, item * least)
    size = smallest if _NORESERVE is None else max(RESERVED, smallest)
    while True:
        try:
            return reserve(kind, size // item)
        except (OSError, ValueError, MemoryError):
            if size == smallest:
                raise MemoryError from None
            size = max(size // 2, smallest)


class Partition:
    """The states of one thread, and how far it has come with them.

    Args:
        layout: how states are packed.
        history: whether it is kept from where each state was found.
        places: how many components there are.
        number, of: which partition this is, of how many.
    """

    def __init__(self, layout: Layout, history: bool, places: int, number: int, of: int) -> None:
        self.width = layout.words
        self.number = number
        self.of = of
        self.status = np.zeros(kernel.STATUS_FIELDS, np.int64)
        self.asides = np.zeros(ASIDES_AT_ONCE, np.int64)
        self.wants = np.zeros((WANTS_AT_ONCE, 2), np.int32)
        #: States set aside that are to be explored once more.
        self.todo: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._places = places
        self._states = _roomy(np.uint64, 0)
        self._parents = _roomy(np.uint32, 0) if history else np.zeros(0, np.uint32)
        self._slots = reserve(np.uint32, FEWEST_SLOTS)
        self.make_scratch(BATCH)
        self._use()

    def make_scratch(self, moves: int) -> None:
        """Scratch space for batches of so many moves. The outbox is to be empty."""
        width, places = self.width, self._places
        out = max(OUTBOX_SIZE, 2 * moves) if self.of > 1 else 0
        self.outbox = np.zeros(out * width, np.uint64)
        self.out_origins = np.zeros(out, np.uint32)
        whole = {
            "events": np.int32,
            "ranks": np.int32,
            "origins": np.uint32,
            "away": np.uint8,
            "homes": np.uint8,
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            name: np.zeros(moves, kind) for name, kind in whole.items()
        }
        arrays |= {
            "hashes": np.zeros(kernel.AT_ONCE, np.uint64),
            "slots": np.zeros(kernel.AT_ONCE, np.int64),
            "offers": np.zeros(WORDS_OF_EVENTS, np.uint64),
            "local": np.zeros(places, np.int32),
            "odometer": np.zeros(places, np.int32),
            "state": np.zeros(width, np.uint64),
            "batch": np.zeros(moves * width, np.uint64),
            "asides": self.asides,
            "wants": self.wants,
            "outbox": self.outbox,
            "out_origins": self.out_origins,
        }
        self._scratch_arrays = arrays  # the kernel knows only where they are
        self.scratch = kernel.Scratch(
            size=moves,
            asides_size=self.asides.size,
            wants_size=len(self.wants),
            out_size=out,
            **{name: address_of(array) for name, array in arrays.items()},
        )

    def _use(self) -> None:
        self.store = kernel.Store(
            width=self.width,
            room=self.room,
            bits=self._slots.size.bit_length() - 1,
            states=address_of(self._states),
            parents=address_of(self._parents) if self._parents.size else 0,
            slots=address_of(self._slots),
            status=address_of(self.status),
        )

    def words(self, number: int) -> npt.NDArray[np.uint64]:
        """The words of a state."""
        return self._states[number * self.width : (number + 1) * self.width]

    def parent(self, number: int) -> int:
        """Where a state was found from, over all partitions, or `ORIGIN`."""
        return int(self._parents[number])

    @property
    def count(self) -> int:
        """How many states there are."""
        return int(self.status[kernel.STATES])

    @property
    def busy(self) -> bool:
        """Whether there are states of this level to explore."""
        return bool(self.todo.size) or self.status[kernel.NEXT] < self.status[kernel.LEVEL_END]

    def set_todo(self) -> None:
        """What was set aside, and what is left of that from before, is to be explored now."""
        left = self.todo[self.status[kernel.LOOKED] :]
        count = int(self.status[kernel.ASIDE])
        self.todo = np.concatenate([left, self.asides[:count]])
        self.status[kernel.ASIDE] = self.status[kernel.LOOKED] = 0

    def take_wants(self) -> set[tuple[int, int]]:
        """What the kernel noted that it wants."""
        count = int(self.status[kernel.WANTS])
        self.status[kernel.WANTS] = 0
        return {(int(first), int(second)) for first, second in self.wants[:count]}

    @property
    def room(self) -> int:
        """How many there is room for before the store must grow."""
        room = min(int(self._slots.size * FULLEST), self._states.size // self.width)
        return min(room, self._parents.size) if self._parents.size else room

    @property
    def bytes_used(self) -> int:
        """The memory in use."""
        history = 4 if self._parents.size else 0
        return self.count * (8 * self.width + history) + self._slots.nbytes

    @property
    def bytes_to_grow(self) -> int:
        """How much more memory the next table of slots takes."""
        return self._slots.nbytes

    def grow(self) -> None:
        """Makes room for twice as many states.

        Raises:
            MemoryError: more states than a slot can number.
        """
        count = self.count
        if count + 1 >= MOST_STATES // self.of:
            raise MemoryError
        wanted = 2 * count + 2 * self.scratch.size  # a whole batch is to fit in
        if self._states.size < wanted * self.width:
            self._states = _copied(self._states, 2 * wanted * self.width)
        if self._parents.size and self._parents.size < wanted:
            self._parents = _copied(self._parents, 2 * wanted)
        self.enter(2 * self._slots.size)

    def enter(self, slots: int) -> None:
        """Enters all states into a new table of so many slots."""
        self._slots = np.zeros(0, np.uint32)  # gives the old ones back
        self._slots = reserve(np.uint32, slots)
        self._use()
        kernel.rehash(self.store, self.scratch.hashes, 0, self.count)

    def repack(self, old: Layout, new: Layout) -> None:
        """Writes all states in another layout."""
        target = _roomy(np.uint64, 2 * new.words * self.count)
        kernel.repack(
            address_of(self._states),
            address_of(target),
            self.count,
            new.word.size,
            old.addresses,
            new.addresses,
        )
        self._states = target
        self.width = new.words
        self.make_scratch(self.scratch.size)
        self.enter(self._slots.size)


def _copied(old: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    larger = reserve(old.dtype.type, size)
    larger[: old.size] = old
    return larger
