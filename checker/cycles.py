"""τ cycles among the states of a compiled search."""

from __future__ import annotations

import numpy as np

from cospec.checker import kernel
from cospec.checker.kernel import address_of
from cospec.checker.packing import Packing
from cospec.checker.store import Partition

#: States visited between two looks at the clock.
SLICE = 1 << 15


class TauSearch:
    """A depth-first search along τ, for states that are explored.

    Its colours take a byte for each state. A state that diverges stays on the path, so another
    root that leads to it diverges, too.
    """

    def __init__(self, packing: Packing, partitions: list[Partition]) -> None:
        self._packing = packing
        self._partitions = partitions
        self._parts = len(partitions)
        most = max(partition.count for partition in partitions)
        self._colours = np.zeros(most * self._parts, np.uint8)
        self._path = np.zeros(1 << 12, np.uint32)
        self._frames = np.zeros(1 << 12, np.int64)
        self._pending = np.zeros(1 << 14, np.uint32)
        self._cursor = np.zeros(kernel.CURSOR_FIELDS, np.int64)

    def first(self, ends: list[int]) -> tuple[int, int] | None:
        """Some state, the first of its partition, that leads to a τ cycle."""
        for partition, end in enumerate(ends):
            if self._seek(partition, 0, end):
                return partition, int(self._cursor[kernel.ROOT])
        return None

    def roots(self, ends: list[int]) -> list[tuple[int, int]]:
        """Of each partition the first state that leads to a τ cycle."""
        return [
            (partition, int(self._cursor[kernel.ROOT]))
            for partition, end in enumerate(ends)
            if self._seek(partition, 0, end)
        ]

    def lasso(self, root: tuple[int, int]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """A τ path from the root to a cycle, and the cycle, which begins and ends there."""
        self._colours[:] = kernel.NEW
        partition, number = root
        found = self._seek(partition, number, number + 1)
        assert found, "the root leads to no cycle"
        path = self._path[: self._cursor[kernel.LENGTH]].tolist()
        hit = int(self._cursor[kernel.HIT])
        entry = path.index(hit)
        return self._places(path[: entry + 1]), self._places([*path[entry:], hit])

    def _places(self, numbers: list[int]) -> list[tuple[int, int]]:
        return [(number % self._parts, number // self._parts) for number in numbers]

    def _seek(self, partition: int, first: int, last: int) -> bool:
        self._cursor[:] = 0
        self._cursor[kernel.ROOT] = first
        while True:
            reason = kernel.seek_cycle(
                self._packing.tables,
                self._packing.demands,
                tuple(each.store for each in self._partitions),
                self._partitions[0].scratch,
                address_of(self._colours),
                address_of(self._path),
                address_of(self._frames),
                address_of(self._pending),
                address_of(self._cursor),
                (partition, last, SLICE, self._path.size, self._pending.size),
            )
            if reason == kernel.FULL:
                self._path = np.resize(self._path, 2 * self._path.size)
                self._frames = np.resize(self._frames, 2 * self._frames.size)
                self._pending = np.resize(self._pending, 2 * self._pending.size)
            elif reason == kernel.WIDE:
                self._partitions[0].make_scratch(2 * self._partitions[0].scratch.size)
            elif reason != kernel.SLICE:
                return bool(reason == kernel.FOUND)
