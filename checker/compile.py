"""From process terms to machines.

Parallel composition, hiding and renaming at the top of a term become structure; what lies
beneath becomes components, walked by the firing rules (LANGUAGE.md 21). `chase(P)` and
`prioritise(P, …)` look at all the moves of P at once, so each is one component from outside, but
the P within is a machine again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cospec.checker.component import Component
from cospec.checker.labels import Labels
from cospec.checker.machine import Machine, State
from cospec.checker.structure import HideNode, Leaf, Node, ParallelNode, RenameNode
from cospec.spec.semantics.events import TAU, Event
from cospec.spec.semantics.firing import FiringRules, normalised
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Call,
    Chase,
    Hide,
    Order,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
    resolve,
)

STATIC = (Parallel, AlphabetisedParallel, Hide, Project, Rename)


class Walk:
    """A leaf term walked by the firing rules."""

    def __init__(self, root: Process, rules: FiringRules) -> None:
        self._root = normalised(root)
        self.transitions = rules.transitions

    def initial_states(self) -> Iterable[Process]:
        return (self._root,)


class ChaseSystem:
    """`chase`: of each state of a machine, the end of the τ path that takes the first one listed.

    A path that comes back to itself has no end; its last state keeps a τ to itself.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._ends: dict[State, State] = {}

    def initial_states(self) -> list[State]:
        return [self._end(state) for state in self.machine.initial()]

    def transitions(self, state: State) -> list[tuple[Event, State]]:
        moves = self.machine.transitions(state)
        if any(event is TAU for event, _ in moves):
            return [(TAU, state)]
        return [(event, self._end(target)) for event, target in moves]

    def _end(self, state: State) -> State:
        path: dict[State, None] = {}
        while state not in path and state not in self._ends:
            path[state] = None
            taus = self.machine.taus(state)
            if not taus:
                break
            state = taus[0]
        end = self._ends.get(state, state)
        self._ends.update(dict.fromkeys(path, end))
        return end


class PrioritySystem:
    """`prioritise`: the moves of a machine that do not give way to others in the same state."""

    def __init__(self, machine: Machine, order: Order) -> None:
        self.machine = machine
        self.order = order

    def initial_states(self) -> list[State]:
        return self.machine.initial()

    def transitions(self, state: State) -> list[tuple[Event, State]]:
        moves = self.machine.transitions(state)
        possible = {event for event, _ in moves}
        above = self.order.above
        return [
            move for move in moves if move[0] not in above or above[move[0]].isdisjoint(possible)
        ]


class Compiler:
    """Makes machines that share their labels, and components where their terms are equal."""

    def __init__(self) -> None:
        self.labels = Labels()
        #: Whether some component follows `chase`.
        self.chases = False
        self._rules: FiringRules | None = None
        self._components: dict[Process, Component] = {}
        self._machines: dict[Process, Machine] = {}
        self._open: set[Process] = set()

    def machine(self, process: Process) -> Machine:
        """The machine that behaves as `process` does."""
        process = resolve(process)
        known = self._machines.get(process)
        if known is None:
            if process in self._open:
                # Unguarded, through `chase` or `prioritise`: the firing rules will say so.
                return Machine(Leaf(self._walk(process), 0, joint=False), self.labels, joint=False)
            self._open.add(process)
            try:
                build = _Build(self)
                root = build.node(process, frozenset(), joint=False)
            finally:
                self._open.discard(process)
            known = self._machines[process] = Machine(root, self.labels, build.joint)
        return known

    def component(self, process: Process) -> Component:
        """The component for a leaf term."""
        known = self._components.get(process)
        if known is None:
            known = self._components[process] = self._new_component(process)
        return known

    def _new_component(self, process: Process) -> Component:
        if isinstance(process, Chase):
            self.chases = True
            return self._component(process, ChaseSystem(self.machine(process.process)))
        if isinstance(process, Prioritise):
            inner = self.machine(process.process)
            return self._component(process, PrioritySystem(inner, process.order))
        return self._walk(process)

    def _walk(self, process: Process) -> Component:
        if self._rules is None:
            self._rules = FiringRules(process)
        return Component(Walk(process, self._rules), self.labels, process, _itself)

    def _component(
        self, process: Chase | Prioritise, system: ChaseSystem | PrioritySystem
    ) -> Component:
        def term(state: State) -> Process:
            # A chased process is replayed as the process itself: see `skeleton`.
            inner = system.machine.term(state)
            return inner if isinstance(process, Chase) else Prioritise(inner, process.order)

        return Component(system, self.labels, process, term)


class _Build:
    """The construction of one machine's tree; numbers its components from left to right."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._count = 0
        self.joint = False

    def node(self, process: Process, open_calls: frozenset[int], joint: bool) -> Node:
        process, open_calls = _opened(process, open_calls)
        labels = self._compiler.labels
        if isinstance(process, (Parallel, AlphabetisedParallel)) and process.operands:
            self.joint = True
            children = tuple(self.node(p, open_calls, joint=True) for p in process.operands)
            return ParallelNode(children, process, labels)
        elif isinstance(process, (Hide, Project)):
            return HideNode(self.node(process.process, open_calls, joint), process, labels)
        elif isinstance(process, Rename):
            return RenameNode(self.node(process.process, open_calls, joint), process, labels)
        self._count += 1
        return Leaf(self._compiler.component(process), self._count - 1, joint)


def _opened(process: Process, open_calls: frozenset[int]) -> tuple[Process, frozenset[int]]:
    """The body of a call when it is structure; a call that is open already is a leaf."""
    process = resolve(process)
    if isinstance(process, Call) and id(process) not in open_calls:
        body = process.body()
        if isinstance(body, (*STATIC, Chase, Prioritise)):
            return body, open_calls | {id(process)}
    return process, open_calls


def skeleton(process: Process, open_calls: frozenset[int] = frozenset()) -> Process:
    """The term as a machine's states are written: calls of structure opened, `chase` left out."""
    process, open_calls = _opened(process, open_calls)
    if isinstance(process, Parallel):
        return Parallel(
            tuple(skeleton(p, open_calls) for p in process.operands), process.synchronised
        )
    if isinstance(process, AlphabetisedParallel):
        return AlphabetisedParallel(
            tuple(skeleton(p, open_calls) for p in process.operands), process.alphabets
        )
    if isinstance(process, (Hide, Project)):
        return type(process)(skeleton(process.process, open_calls), process.events)
    if isinstance(process, Rename):
        return Rename(skeleton(process.process, open_calls), process.relation)
    if isinstance(process, Chase):
        return skeleton(process.process)
    if isinstance(process, Prioritise):
        return Prioritise(skeleton(process.process), process.order)
    return normalised(process)


def _itself(state: Any) -> Process:
    process: Process = state
    return process
