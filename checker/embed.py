r"""Structure beneath operators that change their shape: machines inside leaf terms.

A leaf is walked by the firing rules, term by term. Where a parallel composition stands beneath
`;`, `[]`, `/\` and the like, or only comes about later (`setup -> (P ||| Q)`), walking it as a
term would be slow: each state is a nest of tuples. So every state of a leaf is rewritten: such a
composition becomes an `Embedded` state of a machine, which the firing rules walk like any other.
`chase(P)` and `prioritise(P, …)` look at all the moves of P at once; they become `Embedded`
states of a system that filters the moves of P's machine. `sbisim(P)` and the like become
states of a table, if there is one for them.

One machine serves all the compositions of the same *shape*: its components hold any term there
may be, so that equal terms are equal states again, as they were before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, TypeAlias

from cospec.checker.component import Component
from cospec.checker.labels import Labels
from cospec.checker.machine import Machine, State
from cospec.checker.structure import Leaf, Node
from cospec.checker.tree import Shape, grow, has_parallel, shape_of
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules, normalised
from cospec.spec.semantics.process import (
    OMEGA,
    STOP,
    AlphabetisedParallel,
    Call,
    Chase,
    Compressed,
    Embedded,
    ExternalChoice,
    Hide,
    Interrupt,
    Order,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
    Sequential,
    Sliding,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
)
from cospec.spec.semantics.system import TransitionSystem

#: Gives the table in place of a compressed process, if any; True beneath `prioritise`.
Tables: TypeAlias = Callable[[Compressed, bool], TransitionSystem[int] | None]


def no_tables(_call: Compressed, _strict: bool) -> None:
    """Compressed processes as they are."""


#: A chase of more steps than this is looked at more closely: it may have no end.
FURTHEST_CHASE = 10_000


class ChaseSystem:
    """`chase`: of each state of a machine, the end of the τ path that takes the first one listed.

    A path that comes back to itself has no end; its last state keeps a τ to itself.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._ends: dict[State, State] = {}

    def initial_states(self) -> list[State]:
        return [self.end(state) for state in self.machine.initial()]

    def transitions(self, state: State) -> list[tuple[Event, State]]:
        moves = self.machine.transitions(state)
        if any(event is TAU for event, _ in moves):
            return [(TAU, state)]
        return [(event, self.end(target)) for event, target in moves]

    def end(self, state: State) -> State:
        """Where the chase from `state` ends."""
        known = self._ends.get(state)
        if known is None:
            known = self.machine.settled(state, FURTHEST_CHASE)
            known = self._ends[state] = self._cycle(state) if known is None else known
        return known

    def _cycle(self, state: State) -> State:
        """The same, step by step, for a path that may come back to itself."""
        path: dict[State, None] = {}
        while state not in path and state not in self._ends:
            path[state] = None
            after = next(self.machine.taus(state), None)
            if after is None:
                break
            state = after
        end = self._ends.get(state, state)
        self._ends.update(dict.fromkeys(path, end))
        return end

    def term(self, state: State) -> Process:
        """The state as a term; without `chase`, as `canonical` has it."""
        return self.machine.term(state)


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

    def term(self, state: State) -> Process:
        """The state as a term."""
        return Prioritise(self.machine.term(state), self.order)


class Embedder:
    """Rewrites the states of leaves, and writes them as plain terms again."""

    def __init__(self, labels: Labels, tables: Tables = no_tables, strict: bool = False) -> None:
        self._chases = False
        self._compresses = False
        self._labels = labels
        self._tables = tables
        self._strict = strict
        self._beneath: Embedder | None = None
        self._rules = FiringRules(STOP)
        self._component = Component(self, labels, STOP, self.plain, self.embed)
        self._machines: dict[Shape, Machine] = {}
        self._chasing: dict[Machine, ChaseSystem] = {}
        self._ranking: dict[tuple[Machine, Order], PrioritySystem] = {}
        self._known: dict[Process, Process] = {}
        self._open: set[Process] = set()

    @property
    def chases(self) -> bool:
        """Whether some state follows `chase`."""
        return self._chases or (self._beneath is not None and self._beneath.chases)

    @property
    def compresses(self) -> bool:
        """Whether some state is one of a table."""
        return self._compresses or (self._beneath is not None and self._beneath.compresses)

    def beneath(self) -> Embedder:
        """The embedder of what is beneath `prioritise`."""
        if self._strict:
            return self
        if self._beneath is None:
            self._beneath = Embedder(self._labels, self._tables, strict=True)
        return self._beneath

    # The transition system of all leaf terms.

    def initial_states(self) -> tuple[Process, ...]:
        return ()

    def transitions(self, state: Process) -> Iterable[tuple[Event, Process]]:
        """What the firing rules say. The states after it are still to be rewritten."""
        if isinstance(state, Embedded):
            system = state.system
            if isinstance(system, (Machine, ChaseSystem, PrioritySystem)):
                inner: Any = state.state
                return [
                    (event, OMEGA if event is TICK else Embedded(system, after))
                    for event, after in system.transitions(inner)
                ]
        return self._rules.transitions(state)

    def embed(self, process: Process) -> Process:
        """`process`, a term as the firing rules keep them, with machines for its compositions."""
        if type(process) not in _REWRITTEN:
            return process
        known = self._known.get(process)
        if known is None:
            if process in self._open:
                return process  # unguarded: the firing rules will say so
            self._open.add(process)
            try:
                known = self._known[process] = self._embed(process)
            finally:
                self._open.discard(process)
        return known

    def _embed(self, process: Process) -> Process:
        if isinstance(process, Chase):
            self._chases = True
            machine, state = self._composition(process.process)
            chase = self._chasing.setdefault(machine, ChaseSystem(machine))
            return Embedded(chase, chase.end(state))
        if isinstance(process, Prioritise):
            machine, state = self.beneath()._composition(process.process)
            key = machine, process.order
            if key not in self._ranking:
                self._ranking[key] = PrioritySystem(machine, process.order)
            return Embedded(self._ranking[key], state)
        if isinstance(process, Compressed):
            table = self._tables(process, self._strict)
            if table is None:
                return self.embed(process.process)
            self._compresses = True
            (start,) = table.initial_states()
            return Embedded(table, start)
        if has_parallel(process):
            return Embedded(*self._composition(process))
        if isinstance(process, Call):
            body = normalised(process.body())
            embedded = self.embed(body)
            return process if embedded == body else embedded
        return with_operands(process, self.embed)

    def _composition(self, process: Process) -> tuple[Machine, State]:
        shape, leaves = shape_of(process)
        machine = self._machines.get(shape)
        if machine is None:
            machine = self._machines[shape] = self._machine(process)
        number = self._component.number
        return machine, tuple(number(self.embed(normalised(leaf))) for leaf in leaves)

    def _machine(self, process: Process) -> Machine:
        """A machine for all compositions with the shape of this one."""
        places = count()

        def leaf(_: Process, together: bool) -> Node:
            return Leaf(self._component, next(places), together, self._labels)

        return Machine(grow(process, self._labels, leaf, priorities=False), self._labels)

    def plain(self, process: Process) -> Process:
        """The term that a rewritten state stands for, in canonical form."""
        if isinstance(process, Embedded):
            system, state = process.system, process.state
            if isinstance(system, (Machine, ChaseSystem, PrioritySystem)):
                assert isinstance(state, tuple)
                return system.term(state)
            return process
        return with_operands(process, self.plain)


def canonical(process: Process, tables: Tables = no_tables) -> Process:
    """The form in which terms are compared: what `embed` leaves out of account is left out.

    `chase` is dropped, and a call whose body the firing rules would look into is its body. A
    compressed process is the first state of its table or, if it has none, the process itself.
    """
    return _canonical(normalised(process), tables, False, frozenset())


def _canonical(
    process: Process, tables: Tables, strict: bool, calls: frozenset[Process]
) -> Process:
    """The same of a term that is normalised, as its operands are then; `strict` beneath
    `prioritise`, and beneath these `calls`."""

    def inside(term: Process) -> Process:
        return _canonical(term, tables, strict, calls)

    if isinstance(process, Chase):
        return inside(process.process)
    if isinstance(process, Compressed):
        table = tables(process, strict)
        if table is None:
            return inside(process.process)
        (start,) = table.initial_states()
        return Embedded(table, start)
    if isinstance(process, Call) and process not in calls:
        body = normalised(process.body())
        if isinstance(body, (Chase, Compressed, *_OPERATORS)):
            return _canonical(body, tables, strict, calls | {process})
        return process
    if isinstance(process, Prioritise):
        strict = True
    return with_operands(process, inside)


class Canonical:
    """`canonical` for terms that the firing rules make: of a composition, each part only once."""

    def __init__(self, tables: Tables = no_tables) -> None:
        self._tables = tables
        self._known: dict[Process, Process] = {}

    def __call__(self, process: Process) -> Process:
        known = self._known.get(process)
        if known is None:
            if isinstance(process, (Parallel, AlphabetisedParallel, Hide, Project, Rename)):
                known = with_operands(process, self)
            else:
                known = canonical(process, self._tables)
            self._known[process] = known
        return known


def with_operands(process: Process, change: Any) -> Process:
    """The term with those operands changed that the firing rules look at; itself if none is."""
    match process:
        case ExternalChoice() | SynchronisingChoice() | Parallel() | AlphabetisedParallel():
            operands = tuple(map(change, process.operands))
            if all(map(_same, operands, process.operands)):
                return process
            match process:
                case ExternalChoice():
                    return ExternalChoice(operands)
                case SynchronisingChoice():
                    return SynchronisingChoice(operands, process.events)
                case Parallel():
                    return Parallel(operands, process.synchronised)
                case AlphabetisedParallel():
                    return AlphabetisedParallel(operands, process.alphabets)
        case Interrupt() | SynchronisingInterrupt():
            left, right = change(process.left), change(process.right)
            if left is process.left and right is process.right:
                return process
            if isinstance(process, Interrupt):
                return Interrupt(left, right)
            return SynchronisingInterrupt(left, process.events, right)
        case Sequential() | Sliding() | Throw():
            left = change(process.left)
            if left is process.left:
                return process
            if isinstance(process, Throw):
                return Throw(left, process.events, process.right)
            return type(process)(left, process.right)
        case Hide() | Project() | Rename() | Prioritise():
            inner = change(process.process)
            if inner is process.process:
                return process
            match process:
                case Rename():
                    return Rename(inner, process.relation)
                case Prioritise():
                    return Prioritise(inner, process.order)
                case Hide() | Project():
                    return type(process)(inner, process.events)
    return process


def operands(process: Process) -> list[Process]:
    """The operands that the firing rules look at."""
    found: list[Process] = []

    def look(operand: Process) -> Process:
        found.append(operand)
        return operand

    with_operands(process, look)
    return found


def _same(one: object, other: object) -> bool:
    return one is other


#: The operators that have operands which the firing rules look at.
_OPERATORS = (
    ExternalChoice,
    SynchronisingChoice,
    Parallel,
    AlphabetisedParallel,
    Interrupt,
    SynchronisingInterrupt,
    Sequential,
    Sliding,
    Throw,
    Hide,
    Project,
    Rename,
    Prioritise,
)

_REWRITTEN = frozenset([*_OPERATORS, Chase, Compressed, Call])
