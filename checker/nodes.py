"""A question's nodes as tables of the kernel: its events, where they lead, and the demands."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cospec.checker import kernel
from cospec.checker.labels import TAU_BIT, TAU_ID, TICK_BIT, TICK_ID, bits
from cospec.checker.question import Demand, Question

Ints: TypeAlias = npt.NDArray[np.int32]


class Nodes:
    """Nodes and events numbered in order of discovery, and arrays over both that grow."""

    def __init__(self, question: Question) -> None:
        self._question = question
        #: The question's own number of each node.
        self.known: list[int] = []
        self._index: dict[int, int] = {}
        self._demands: list[Demand] = []
        #: The label of each event.
        self.labels: list[int] = [TAU_ID, TICK_ID]
        self._event_index: dict[int, int] = {TAU_ID: 0, TICK_ID: 1}
        self.after: Ints = np.full((16, 64), kernel.UNKNOWN, np.int32)
        self.flags: npt.NDArray[np.uint8] = np.zeros(16, np.uint8)
        self.acceptances: Ints = np.full((16, 2), kernel.FREE, np.int32)
        self.sets: npt.NDArray[np.uint64] = np.zeros((16, 1), np.uint64)
        self._sets_used = 0
        self.initial = self.number(question.initial)

    def __len__(self) -> int:
        return len(self.known)

    @property
    def convergent(self) -> bool:
        """Whether τ for ever is a fault in some node."""
        return bool((self.flags & kernel.CONVERGENT).any())

    def event(self, label: int) -> int:
        """The number of an event."""
        known = self._event_index.get(label)
        if known is None:
            known = self._event_index[label] = len(self.labels)
            self.labels.append(label)
            if known == self.after.shape[1]:
                self._widen()
            for node, demand in enumerate(self._demands):
                if demand.allowed is not None and not demand.allowed >> label & 1:
                    self.after[node, known] = kernel.FORBIDDEN
            self._enter_sets()  # an acceptance that could not be met before may have this event
        return known

    def number(self, node: int) -> int:
        """The number here of a node of the question."""
        known = self._index.get(node)
        if known is None:
            known = self._index[node] = len(self.known)
            self.known.append(node)
            demand = self._question.demand(node)
            self._demands.append(demand)
            if known == self.flags.size:
                self._lengthen()
            self._enter(known, demand)
        return known

    def follow(self, node: int, event: int) -> None:
        """Enters where an event leads."""
        onward = self._question.after(self.known[node], self.labels[event])
        # The array may be another one once the node has its number.
        number = kernel.IGNORED if onward is None else self.number(onward)
        self.after[node, event] = number

    def _enter(self, node: int, demand: Demand) -> None:
        flags = 0
        if demand.alive:
            flags |= kernel.ALIVE
        if demand.unreachable:
            flags |= kernel.REACHED
        if demand.convergent:
            flags |= kernel.CONVERGENT
        if any(least & ~TICK_BIT == 0 for least in demand.acceptances or ()):
            flags |= kernel.MAY_END
        self.flags[node] = flags
        if demand.allowed is not None:
            for event, label in enumerate(self.labels):
                if label != TAU_ID and not demand.allowed >> label & 1:
                    self.after[node, event] = kernel.FORBIDDEN
        self._enter_acceptances(node, demand)
        onward = self._question.after(self.known[node], TAU_ID)
        assert onward in (None, self.known[node]), "τ leads to the same node or to None"
        self.after[node, 0] = kernel.IGNORED if onward is None else node

    def _enter_acceptances(self, node: int, demand: Demand) -> None:
        if demand.acceptances is None:
            return
        first = self._sets_used
        for least in demand.acceptances:
            numbers = [self._event_index.get(label) for label in bits(least & ~TAU_BIT)]
            if None in numbers:
                continue  # the machine has not offered that event so far
            if self._sets_used == len(self.sets):
                self.sets = np.vstack([self.sets, np.zeros_like(self.sets)])
            row = self.sets[self._sets_used]
            row[:] = 0
            for number in numbers:
                assert number is not None
                row[number // 64] |= np.uint64(1 << number % 64)
            self._sets_used += 1
        self.acceptances[node] = first, self._sets_used

    def _enter_sets(self) -> None:
        self._sets_used = 0
        for node, demand in enumerate(self._demands):
            self._enter_acceptances(node, demand)

    def _widen(self) -> None:
        more = np.full(self.after.shape, kernel.UNKNOWN, np.int32)
        self.after = np.hstack([self.after, more])
        self.sets = np.zeros((len(self.sets), self.after.shape[1] // 64), np.uint64)

    def _lengthen(self) -> None:
        self.after = np.vstack([self.after, np.full_like(self.after, kernel.UNKNOWN)])
        self.flags = np.concatenate([self.flags, np.zeros_like(self.flags)])
        more = np.full_like(self.acceptances, kernel.FREE)
        self.acceptances = np.vstack([self.acceptances, more])
