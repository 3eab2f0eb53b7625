"""The search: breadth first over pairs of a question's node and a machine's state.

Refinement, deadlock, divergence and traces are one search with another question asked of each
pair (`question`). It sees a state as the bit mask of the events it offers, so an answer is found
once for each node and mask. Level by level, the first fault is one that fewest transitions lead
to, τ included.

This is the plain search. It decides what is small, and the compiled one (`explorer`), which takes
over where many states are to be explored, is tested against it.
"""

from __future__ import annotations

import itertools
from array import array
from dataclasses import dataclass

from cospec.checker.divergence import TauCycles, Unfinished
from cospec.checker.labels import TAU_BIT, TAU_ID
from cospec.checker.machine import Machine, State
from cospec.checker.meter import Meter
from cospec.checker.question import Demand, Question, judge
from cospec.checker.verdict import Kind

#: How many states are searched between two updates of the meter.
METER_INTERVAL = 256


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a search ended: what is wrong, and the way there.

    `path` holds the machine's states from an initial one to the last, `events` the numbers of
    the events between them. `offers` is what the last state offers; a diverging one has the
    states of its `loop`, which begins and ends with the last of `path`.
    """

    kind: Kind
    node: int
    path: tuple[State, ...]
    events: tuple[int, ...]
    offers: int
    loop: tuple[State, ...] = ()


class Search:
    """One breadth-first search of a machine, of at most about `limit` states.

    Raises:
        Unfinished: there are more states.
    """

    def __init__(
        self, machine: Machine, question: Question, meter: Meter, limit: int | None = None
    ) -> None:
        self._machine = machine
        self._question = question
        self._meter = meter
        self._limit = limit
        self._states: list[State] = []
        self._nodes: array[int] = array("q")
        self._parents: array[int] = array("q")

    def run(self) -> Fault | None:
        """The first fault, or None when every reachable pair was asked about."""
        question, meter = self._question, self._meter
        moves_of = self._machine.moves
        states, nodes, parents = self._states, self._nodes, self._parents
        cycles: TauCycles[State] = TauCycles(self._machine.taus, self._limit)
        tables: dict[int, _NodeTable] = {}
        table = self._table(question.initial, tables)
        for state in self._machine.initial():
            if state not in table.seen:
                table.seen.add(state)
                states.append(state)
                nodes.append(question.initial)
                parents.append(-1)
        transitions, index, level_end = 0, 0, len(states)
        node = question.initial
        while index < len(states):
            if index == level_end:
                level_end = len(states)
                meter.depth += 1
            if not index % METER_INTERVAL:
                meter.states, meter.transitions = len(states), transitions
                if self._limit is not None and len(states) > self._limit:
                    raise Unfinished
            state = states[index]
            if nodes[index] != node:
                node = nodes[index]
                table = tables[node]
            offers, moves = moves_of(state)
            try:
                kind = table.answers[offers]
            except KeyError:
                kind = table.answers[offers] = judge(table.demand, offers)
            if (
                kind is None
                and table.demand.convergent
                and offers & TAU_BIT
                and cycles.reaches(state)
            ):
                kind = Kind.DIVERGENCE
            if kind is not None:
                meter.states, meter.transitions = len(states), transitions
                return self._fault(kind, index, offers, cycles)
            transitions += len(moves)
            after = table.after
            for event, target in moves:
                try:
                    onward = after[event]
                except KeyError:
                    number = question.after(node, event)
                    onward = None if number is None else self._table(number, tables)
                    after[event] = onward
                if onward is None:
                    continue
                seen = onward.seen
                count = len(seen)
                seen.add(target)  # one look-up both asks and answers
                if len(seen) != count:
                    states.append(target)
                    nodes.append(onward.node)
                    parents.append(index)
            index += 1
        meter.states, meter.transitions = len(states), transitions
        return None

    def _table(self, node: int, tables: dict[int, _NodeTable]) -> _NodeTable:
        table = tables.get(node)
        if table is None:
            table = tables[node] = _NodeTable(node, self._question.demand(node))
        return table

    def _fault(self, kind: Kind, index: int, offers: int, cycles: TauCycles[State]) -> Fault:
        indices = [index]
        while self._parents[indices[-1]] >= 0:
            indices.append(self._parents[indices[-1]])
        indices.reverse()
        path = [self._states[i] for i in indices]
        pairs = [(self._nodes[i], self._states[i]) for i in indices]
        events = events_along(self._machine, self._question, pairs)
        loop: list[State] = []
        if kind is Kind.DIVERGENCE:
            lead, loop = cycles.lasso(path[-1])
            path += lead[1:]
            events += [TAU_ID] * (len(lead) - 1)
            offers = self._machine.moves(path[-1])[0]
        return Fault(kind, self._nodes[index], tuple(path), tuple(events), offers, tuple(loop))


def events_along(machine: Machine, question: Question, pairs: list[tuple[int, State]]) -> list[int]:
    """The events by which each pair of a node and a state was found from the one before."""
    events: list[int] = []
    for (node, state), (onward, target) in itertools.pairwise(pairs):
        for event, after in machine.moves(state)[1]:
            if after == target and question.after(node, event) == onward:
                events.append(event)
                break
        else:
            raise AssertionError("a pair was found from one that does not lead to it")
    return events


class _NodeTable:
    """What the search keeps for one node of the question."""

    __slots__ = ("after", "answers", "demand", "node", "seen")

    def __init__(self, node: int, demand: Demand) -> None:
        self.node = node
        self.demand = demand
        self.seen: set[State] = set()
        self.answers: dict[int, Kind | None] = {}
        self.after: dict[int, _NodeTable | None] = {}
