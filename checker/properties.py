"""Deadlock, divergence, determinism and traces: the questions that need no specification.

Each is asked by the same search as refinement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cospec.checker.divergence import Unfinished
from cospec.checker.labels import TAU_BIT, TAU_ID, TICK_BIT, TICK_ID
from cospec.checker.machine import Machine, State
from cospec.checker.meter import Meter
from cospec.checker.normal import NormalForm
from cospec.checker.question import NOTHING, Demand, acceptance
from cospec.spec.semantics.claims import Model

#: The node of a question that treats all states alike.
_ANYWHERE = 0


class DeadlockQuestion:
    """Asks each state whether it offers anything at all; Ω offers nothing."""

    initial = _ANYWHERE

    def __init__(self, model: Model, ending_allowed: bool) -> None:
        self._demand = Demand(alive=True, convergent=model is Model.FD)
        self._ending_allowed = ending_allowed

    def demand(self, _node: int) -> Demand:
        return self._demand

    def after(self, _node: int, event: int) -> int | None:
        return None if event == TICK_ID and self._ending_allowed else _ANYWHERE


class DivergenceQuestion:
    """Asks each state only whether τ can go on for ever."""

    initial = _ANYWHERE

    def demand(self, _node: int) -> Demand:
        return Demand(convergent=True)

    def after(self, _node: int, _event: int) -> int | None:
        return _ANYWHERE


class TraceQuestion:
    """Asks whether a trace can be performed, and (F, FD) whether it cannot be refused.

    Node i is where the first i events have happened. In model T the last node is a fault of kind
    TRACE, so that the search stops there; `reached` tells whether there was a way.
    """

    initial = 0

    def __init__(self, trace: tuple[int, ...], model: Model) -> None:
        self.trace = trace
        self._model = model
        self.furthest = 0

    @property
    def reached(self) -> bool:
        """Whether the whole trace was performed."""
        return self.furthest == len(self.trace)

    def demand(self, node: int) -> Demand:
        self.furthest = max(self.furthest, node)
        if node == len(self.trace):
            found = self._model is Model.T
            return Demand(unreachable=found, convergent=self._model is Model.FD)
        if self._model is Model.T:
            return NOTHING
        return Demand(acceptances=(1 << self.trace[node],), convergent=self._model is Model.FD)

    def after(self, node: int, event: int) -> int | None:
        if event == TAU_ID:
            return node
        if node < len(self.trace) and event == self.trace[node]:
            return node + 1
        return None


class Resolution:
    """A process with every choice made, as the specification that shows nondeterminism (FD).

    After each trace it is in one state: of the τ, the first is followed until ✓ is possible or
    none is left; of the states after an event, the first is taken. It is deterministic and it
    refines the process; so the process is deterministic exactly when it refines this in turn,
    deterministic processes being the maximal ones (Roscoe, *Understanding Concurrent Systems*,
    10.5; FDR's `deter`).
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._index: dict[State, int] = {}
        #: Of each node its state, what it offers (`None`: it diverges) and where each event leads.
        self.states: list[State] = []
        self.accepted: list[int | None] = []
        self._targets: list[dict[int, State]] = []
        self.initial = self._node(machine.initial()[0])

    def demand(self, node: int) -> Demand:
        mine = self.accepted[node]
        if mine is None:
            return Demand(convergent=True)
        return Demand(allowed=mine, acceptances=(mine,), convergent=True)

    def after(self, node: int, event: int) -> int | None:
        # A divergent node is asked about, but nothing is followed from it: the process itself
        # is found to diverge at the states of this node.
        if event == TAU_ID:
            return node
        target = self._targets[node].get(event)
        return None if target is None else self._node(target)

    def _node(self, state: State) -> int:
        known = self._index.get(state)
        if known is not None:  # asked first: the thousand events of a channel may all lead there
            return known
        path: set[State] = set()
        while True:
            offers, moves = self._machine.moves(state)
            if offers & TICK_BIT or not offers & TAU_BIT or state in path:
                break
            path.add(state)
            state = next(target for event, target in moves if event == TAU_ID)
        known = self._index.get(state)
        if known is None:
            known = self._index[state] = len(self.states)
            accepted = acceptance(offers)
            targets: dict[int, State] = {}
            for event, target in moves:
                if accepted is not None and accepted >> event & 1:
                    targets.setdefault(event, target)
            self.states.append(state)
            self.accepted.append(accepted)
            self._targets.append(targets)
        return known


@dataclass(frozen=True, slots=True)
class Disagreement:
    """After `trace` one state refuses `event` and another performs it."""

    trace: tuple[int, ...]
    event: int


def stable_nondeterminism(
    machine: Machine, meter: Meter, limit: int | None = None
) -> Disagreement | None:
    """A shortest trace after which an event is both possible and refused in stable failures.

    In this model a divergent state refuses nothing, so no single state can stand for all those
    after a trace, and the nodes of the normal form are searched.

    Raises:
        Unfinished: these have more than about `limit` states.
    """
    normal = NormalForm(machine)
    traces: dict[int, tuple[int, int] | None] = {normal.initial: None}
    queue = [normal.initial]
    for node in queue:
        meter.states, meter.transitions = len(normal.states), meter.transitions + 1
        if limit is not None and meter.states > limit:
            raise Unfinished
        allowed = normal.allowed(node)
        for state in normal.members(node):
            accepted = acceptance(normal.offers(state))
            refused = 0 if accepted is None else allowed & ~accepted
            if refused:
                return Disagreement(_trace(traces, node), lowest(refused))
        for event in normal.events(node):
            after = normal.after(node, event)
            if after not in traces:
                traces[after] = node, event
                queue.append(after)
    return None


def _trace(traces: dict[int, tuple[int, int] | None], node: int) -> tuple[int, ...]:
    events: list[int] = []
    while (origin := traces[node]) is not None:
        node, event = origin
        events.append(event)
    return tuple(reversed(events))


def lowest(mask: int) -> int:
    """The first event of a bit mask."""
    return (mask & -mask).bit_length() - 1


def path_along(
    machine: Machine, trace: tuple[int, ...], wanted: Callable[[State, int], bool]
) -> tuple[tuple[State, ...], tuple[int, ...]]:
    """A shortest path with this visible trace to a state of which `wanted(state, offers)` holds.

    Raises:
        ValueError: there is none.
    """
    parents: dict[tuple[int, State], tuple[tuple[int, State], int] | None] = {}
    queue: list[tuple[int, State]] = []
    for state in machine.initial():
        parents[0, state] = None
        queue.append((0, state))
    for pair in queue:
        position, state = pair
        offers, moves = machine.moves(state)
        if position == len(trace) and wanted(state, offers):
            return _unwind(parents, pair)
        for event, target in moves:
            if event == TAU_ID:
                onward = position, target
            elif position < len(trace) and event == trace[position]:
                onward = position + 1, target
            else:
                continue
            if onward not in parents:
                parents[onward] = pair, event
                queue.append(onward)
    raise ValueError("no state after this trace is as wanted")


def _unwind(
    parents: dict[tuple[int, State], tuple[tuple[int, State], int] | None],
    pair: tuple[int, State],
) -> tuple[tuple[State, ...], tuple[int, ...]]:
    states, events = [pair[1]], []
    while (origin := parents[pair]) is not None:
        pair, event = origin
        states.append(pair[1])
        events.append(event)
    return tuple(reversed(states)), tuple(reversed(events))
