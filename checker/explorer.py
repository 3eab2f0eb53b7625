"""The compiled search: the same questions as the plain one, asked many times faster.

Level by level like the plain search, so that a fault is again one that fewest transitions lead
to. The kernel does the work; here is what happens in between: tables learn what was wanted,
states that were set aside are explored once more, the store grows, and the clock and the
memory are looked at.

It may stop at a limit and go on later. With two threads each has the states that are at home with
it, and exploring takes turns with the exchange of what belongs to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from cospec.checker import kernel
from cospec.checker.budget import BudgetExceeded, out_of_memory, resident_bytes, undisturbed
from cospec.checker.cycles import TauSearch
from cospec.checker.divergence import TauCycles, Unfinished
from cospec.checker.kernel import address_of
from cospec.checker.labels import TAU_ID
from cospec.checker.machine import Machine, State
from cospec.checker.meter import Meter
from cospec.checker.packing import Packing
from cospec.checker.question import Question, judge
from cospec.checker.resources import DEFAULT, Resources
from cospec.checker.search import Fault, events_along
from cospec.checker.store import ASIDES_AT_ONCE, ORIGIN, Partition
from cospec.checker.verdict import Kind

T = TypeVar("T")

Words: TypeAlias = npt.NDArray[np.uint64]
Numbers: TypeAlias = npt.NDArray[np.uint32]

#: A partition and the number of a state in it.
Place: TypeAlias = tuple[int, int]

#: States explored between two looks at the clock.
SLICE = 1 << 15

#: States explored before τ cycles are looked for the first time; then after twice as many.
FIRST_CYCLES = 200_000

#: To expand a local state, which Python does, is as much work as so many transitions.
EXPANDING = 200


class Explorer:
    """One breadth-first search of a machine.

    Args:
        machine, question, meter: as for the plain search.
        resources: see there.
    """

    def __init__(
        self,
        machine: Machine,
        question: Question,
        meter: Meter,
        resources: Resources = DEFAULT,
    ) -> None:
        self._machine = machine
        self._question = question
        self._meter = meter
        self._resources = resources
        threads = resources.threads
        self.packing = Packing(machine, question)
        layout, places = self.packing.layout, len(machine.components)
        self._partitions = [
            Partition(layout, resources.history, places, n, threads) for n in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._only_taus = False
        self._learnt = 0
        self._cycles_at = FIRST_CYCLES
        self._start()

    def _start(self) -> None:
        packing, node = self.packing, self.packing.nodes.initial
        seen = dict.fromkeys(self._machine.initial())
        for partition in self._partitions:
            several = len(self._partitions) > 1
            mine = [
                packing.pack(node, state)
                for state in seen
                if not several or packing.home(state) == partition.number
            ]
            words = np.array(mine, np.uint64).reshape(-1)
            self._absorb(partition, words, np.full(len(mine), ORIGIN, np.uint32))
            partition.status[kernel.LEVEL_END] = partition.count

    @property
    def only(self) -> Partition:
        """The partition, where there is only one."""
        (partition,) = self._partitions
        return partition

    @property
    def count(self) -> int:
        """How many states there are."""
        return sum(partition.count for partition in self._partitions)

    def run(self, limit: int | None = None, work: int | None = None) -> Fault | None:
        """The first fault, or None when every reachable pair was asked about.

        Raises:
            Unfinished: there are more than about `limit` states, or they are as much work as this
                number of transitions; another run goes on.
            BudgetExceeded: the states need more memory than is allowed.
        """
        fault = self._search(limit, work)
        if fault is not None and not self._resources.history:
            self._partitions = []  # their memory is wanted again
            again = replace(self._resources, history=True)
            return Explorer(self._machine, self._question, self._meter, again).run()
        return fault

    def _search(self, limit: int | None, work: int | None) -> Fault | None:
        while True:
            partitions = [each for each in self._partitions if each.busy]
            if not partitions:
                if not self._next_level():
                    return self._first_fault(None) if self._diverges() else None
                continue
            found = self._round(partitions)
            self._report()
            if found is not None:
                return self._first_fault(found)
            if limit is not None and self.count > limit:
                raise Unfinished
            if work is not None and self._meter.transitions + EXPANDING * self._learnt > work:
                raise Unfinished
            explored = sum(int(each.status[kernel.NEXT]) for each in self._partitions)
            if explored > self._cycles_at:
                self._cycles_at = 2 * explored
                if self._diverges():
                    return self._first_fault(None)

    # Rounds: everybody explores for a while, then what has come up is seen to.

    def _round(self, partitions: list[Partition]) -> Partition | None:
        """Explores some more states; the partition that found a fault, if one did."""
        with self._meter.timed():
            reasons = self._each(self._explore, partitions)
            if kernel.FOUND in reasons:
                return partitions[reasons.index(kernel.FOUND)]
            if len(self._partitions) > 1:
                self._exchange()
            self._make_room(partitions, reasons)
        for partition, reason in zip(partitions, reasons, strict=True):
            if partition.todo.size and reason == kernel.DONE:
                partition.todo = partition.todo[:0]
                partition.status[kernel.LOOKED] = 0
        asides = max(int(p.status[kernel.ASIDE]) for p in self._partitions)
        idle = not any(partition.busy for partition in self._partitions)
        if asides and (idle or 2 * asides > ASIDES_AT_ONCE):
            self._learn()
        return None

    def _make_room(self, partitions: list[Partition], reasons: list[int]) -> None:
        full = [p for p, reason in zip(partitions, reasons, strict=True) if reason == kernel.FULL]
        self._grow(full)
        if kernel.WIDE in reasons:
            for partition in self._partitions:
                partition.make_scratch(2 * partition.scratch.size)

    def _explore(self, partition: Partition) -> int:
        reason: int = kernel.explore(
            self.packing.tables,
            self.packing.demands,
            partition.store,
            partition.scratch,
            address_of(partition.todo),
            partition.todo.size,
            (partition.number, partition.of, SLICE, int(self._only_taus)),
        )
        return reason

    def _each(self, function: Callable[[Partition], T], partitions: list[Partition]) -> list[T]:
        """The function of each, at the same time where there are several."""
        if self._pool is None or len(partitions) == 1:
            return [function(partition) for partition in partitions]
        with undisturbed():  # no thread of the pool can be stopped, and the kernel may be compiled
            return list(self._pool.map(function, partitions))

    def _exchange(self) -> None:
        """Everybody takes what the others found for him."""
        self._each(self._collect, self._partitions)
        for partition in self._partitions:
            partition.status[kernel.OUT] = 0

    def _collect(self, partition: Partition) -> None:
        for other in self._partitions:
            if other is not partition:
                count = int(other.status[kernel.OUT])
                words = other.outbox[: count * partition.width]
                self._absorb(partition, words, other.out_origins[:count])

    def _absorb(self, partition: Partition, words: Words, origins: Numbers) -> None:
        first, last = 0, origins.size
        while True:
            first = kernel.absorb(
                partition.store,
                partition.scratch,
                address_of(words),
                address_of(origins),
                first,
                last,
            )
            if first == last:
                return
            self._grow([partition])

    def _grow(self, partitions: list[Partition]) -> None:
        if not partitions:
            return
        if self._resources.memory is not None:
            needed = resident_bytes() + sum(p.bytes_to_grow for p in partitions)
            if needed > self._resources.memory:
                raise BudgetExceeded("memory", out_of_memory(self._resources.memory))
        self._each(Partition.grow, partitions)

    def _learn(self) -> None:
        """The tables learn what was wanted; what was set aside is to be explored once more."""
        wants: set[tuple[int, int]] = set()
        for partition in self._partitions:
            wants |= partition.take_wants()
        self._learnt += len(wants)
        old = self.packing.layout
        if self.packing.learn(wants):
            for partition in self._partitions:
                partition.repack(old, self.packing.layout)
        for partition in self._partitions:
            partition.set_todo()

    def _next_level(self) -> bool:
        """Begins the next level; whether there is one."""
        counts = [partition.count for partition in self._partitions]
        ends = [int(partition.status[kernel.LEVEL_END]) for partition in self._partitions]
        for partition, count in zip(self._partitions, counts, strict=True):
            partition.status[kernel.LEVEL_END] = count
            partition.status[kernel.DEPTH] += 1
        return counts != ends

    def _report(self) -> None:
        meter = self._meter
        meter.phase = "searching"
        meter.states = self.count
        meter.transitions = sum(int(p.status[kernel.TRANSITIONS]) for p in self._partitions)
        meter.depth = int(self._partitions[0].status[kernel.DEPTH])
        meter.bytes = sum(partition.bytes_used for partition in self._partitions)

    # Faults.

    def _diverges(self) -> bool:
        """Whether there is a τ cycle among the states explored so far."""
        if not self._may_diverge:
            return False
        with self._meter.timed():
            return self._cycles().first(self._ends()) is not None

    @property
    def _may_diverge(self) -> bool:
        return self.packing.nodes.convergent and TAU_ID in self._machine.shown

    def _ends(self) -> list[int]:
        """How many states of each partition are no deeper than this level."""
        return [int(partition.status[kernel.LEVEL_END]) for partition in self._partitions]

    def _cycles(self) -> TauSearch:
        return TauSearch(self.packing, self._partitions)

    def _first_fault(self, found: Partition | None) -> Fault:
        """The fault that fewest transitions lead to: the one found, or a divergence.

        A state further up may diverge along τ that lead below this level, so these are
        followed to their end before the states are asked again, in order.
        """
        ends = self._ends()
        states = sum(ends)
        fault: Place | None = None
        if found is not None:
            fault = found.number, int(found.status[kernel.FAULTY])
        if self._may_diverge:
            self._follow_taus()
            root = self._shallowest(ends)
            if root is not None and (fault is None or self._before(root, fault)):
                self._meter.states = states
                return self._divergence(root)
        assert fault is not None
        self._meter.states = states
        pairs = self._pairs(fault)
        node, state = pairs[-1]
        offers = self._machine.moves(state)[0]
        kind = judge(self._question.demand(node), offers)
        assert kind is not None, "the kernel found a fault where there is none"
        events = events_along(self._machine, self._question, pairs)
        return Fault(kind, node, tuple(s for _, s in pairs), tuple(events), offers)

    def _follow_taus(self) -> None:
        """Explores all that τ leads to. The search is over then: levels mean nothing any more."""
        self._only_taus = True
        for partition in self._partitions:
            partition.status[kernel.LEVEL_END] = partition.count
        while True:
            partitions = [each for each in self._partitions if each.busy]
            if partitions:
                self._round(partitions)
            elif not self._next_level():
                return

    def _shallowest(self, ends: list[int]) -> Place | None:
        roots = self._cycles().roots(ends)
        return min(roots, key=lambda root: len(self._way(root)), default=None)

    def _before(self, one: Place, other: Place) -> bool:
        if len(self._partitions) == 1:
            return one <= other
        return len(self._way(one)) < len(self._way(other))

    def _way(self, place: Place) -> list[Place]:
        """From an initial state to this one; only this one where no history is kept."""
        way = [place]
        if not self._resources.history:
            return way
        while True:
            partition, number = way[-1]
            parent = self._partitions[partition].parent(number)
            if parent == ORIGIN:
                return way[::-1]
            way.append((parent % len(self._partitions), parent // len(self._partitions)))

    def _pair(self, place: Place) -> tuple[int, State]:
        partition, number = place
        return self.packing.unpack(self._partitions[partition].words(number))

    def _pairs(self, place: Place) -> list[tuple[int, State]]:
        return [self._pair(each) for each in self._way(place)]

    def _divergence(self, root: Place) -> Fault:
        pairs = self._pairs(root)
        node, start = pairs[-1]
        events = events_along(self._machine, self._question, pairs)
        lasso = TauCycles(self._machine.taus).near_cycle(start)
        if lasso is None:
            lead, loop = self._cycles().lasso(root)
            lasso = [self._pair(p)[1] for p in lead], [self._pair(p)[1] for p in loop]
        path = [state for _, state in pairs] + lasso[0][1:]
        events += [TAU_ID] * (len(lasso[0]) - 1)
        offers = self._machine.moves(path[-1])[0]
        return Fault(Kind.DIVERGENCE, node, tuple(path), tuple(events), offers, tuple(lasso[1]))
