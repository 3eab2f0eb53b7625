"""Compression: parts of a composition replaced by smaller processes with the same meaning.

Hiding makes a part do much by itself that the rest of the composition never sees, and all of it
multiplies with what the rest does. So a part is explored by itself, and its states are merged
where they are branching bisimilar with divergence kept apart (van Glabbeek and Weijland, *Branching
time and abstraction in bisimulation semantics*, JACM 1996). Such states have the same traces,
stable failures and divergences, and parallel composition, hiding and renaming are all that is
ever around a part, so every claim about the whole keeps its truth. Beneath `prioritise` and
`chase`, which look at τ itself, nothing is compressed.

Classes are found by refining signatures (Blom and Orzan, *Distributed branching bisimulation
reduction of state spaces*, 2003): states start in one class, and are split by what they can do
until nothing changes.
"""

from __future__ import annotations

from typing import TypeAlias

from cospec.checker.compile import Compiler
from cospec.checker.labels import TAU_ID
from cospec.checker.machine import Machine, State
from cospec.checker.meter import Meter
from cospec.checker.tree import opened
from cospec.spec.semantics.claims import (
    Claim,
    DeadlockFree,
    Deterministic,
    DivergenceFree,
    HasTrace,
    Refines,
)
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Embedded,
    Hide,
    Parallel,
    Process,
    Project,
    Rename,
)

#: A part with more states than this is left as it is: exploring it might cost more than it saves.
LARGEST_PART = 60_000

#: The label of a τ cycle in a signature; real labels are not negative.
_DIVERGES = -1

Edge: TypeAlias = tuple[int, int]


class Table:
    """An explicit transition system: row i lists the moves of state i; it starts in 0."""

    def __init__(self, rows: tuple[tuple[tuple[Event, int], ...], ...], title: str) -> None:
        self.rows = rows
        self.title = title

    def initial_states(self) -> tuple[int, ...]:
        return (0,)

    def transitions(self, state: int) -> tuple[tuple[Event, int], ...]:
        return self.rows[state]


class Compression:
    """Compresses processes, each part once.

    A part is replaced when its classes are no more than `worthwhile` times its states.
    """

    def __init__(self, worthwhile: float = 0.9) -> None:
        self._worthwhile = worthwhile
        self._known: dict[Process, Process] = {}
        self._open: set[Process] = set()

    def claim(self, claim: Claim, meter: Meter) -> Claim | None:
        """The same claim about smaller processes; None when nothing can be made smaller."""
        meter.phase = "compressing"
        match claim:
            case Refines():
                left = self._whole(claim.specification)
                right = self._whole(claim.implementation)
                if left is claim.specification and right is claim.implementation:
                    return None
                return Refines(left, claim.model, right)
            case DeadlockFree():
                process = self._whole(claim.process)
                smaller: Claim = DeadlockFree(process, claim.model, claim.ending_allowed)
            case DivergenceFree():
                process = self._whole(claim.process)
                smaller = DivergenceFree(process)
            case Deterministic():
                process = self._whole(claim.process)
                smaller = Deterministic(process, claim.model)
            case HasTrace():
                process = self._whole(claim.process)
                smaller = HasTrace(process, claim.trace, claim.model)
        return None if process is claim.process else smaller

    def _whole(self, process: Process) -> Process:
        """A process with its parts compressed; itself when none became smaller.

        What is above the topmost parallel operator is left: exploring that is the check itself.
        """
        body, _ = opened(process, frozenset())
        match body:
            case Hide() | Project():
                inner = self._whole(body.process)
                return process if inner is body.process else type(body)(inner, body.events)
            case Rename():
                inner = self._whole(body.process)
                return process if inner is body.process else Rename(inner, body.relation)
            case Parallel() | AlphabetisedParallel():
                operands = tuple(self._part(p) if _hides(p) else p for p in body.operands)
                changed = _composed(body, operands)
                return process if changed is body else changed
        return process

    def _part(self, process: Process) -> Process:
        known = self._known.get(process)
        if known is None:
            if process in self._open:
                return process  # a recursion through the operators: no part of a finite whole
            self._open.add(process)
            try:
                known = self._known[process] = self._compressed(process)
            finally:
                self._open.discard(process)
        return known

    def _compressed(self, process: Process) -> Process:
        """A part of a composition: its own parts first, then what they make together."""
        body, _ = opened(process, frozenset())
        smaller: Process = body
        match body:
            case Parallel() | AlphabetisedParallel():
                smaller = _composed(body, tuple(map(self._part, body.operands)))
            case Rename():
                inner = self._part(body.process)
                if inner is not body.process:
                    smaller = Rename(inner, body.relation)
            case Hide() | Project():
                inner = self._part(body.process)
                if inner is not body.process:
                    smaller = type(body)(inner, body.events)
        table = compressed(smaller, self._worthwhile)
        if table is not None:
            return Embedded(table, 0)
        return process if smaller is body else smaller


def _composed(
    body: Parallel | AlphabetisedParallel, operands: tuple[Process, ...]
) -> Parallel | AlphabetisedParallel:
    """The same composition of other operands; itself when they are the same."""
    if all(map(_same, operands, body.operands)):
        return body
    if isinstance(body, Parallel):
        return Parallel(operands, body.synchronised)
    return AlphabetisedParallel(operands, body.alphabets)


def _same(one: object, other: object) -> bool:
    return one is other


def _hides(process: Process) -> bool:
    """Whether some operator in the structure of a part hides events.

    Where nothing is hidden a part has little to lose, and a second search would be as long.
    """
    waiting, seen = [process], set[Process]()
    while waiting:
        body, _ = opened(waiting.pop(), frozenset())
        if body in seen:
            continue
        seen.add(body)
        match body:
            case Hide() | Project():
                return True
            case Rename():
                waiting.append(body.process)
            case Parallel() | AlphabetisedParallel():
                waiting.extend(body.operands)
    return False


def compressed(process: Process, worthwhile: float) -> Table | None:
    """The process as a table with bisimilar states merged.

    None when it has too many states to be explored, cannot be explored by itself, or merging gains
    nothing.
    """
    compiler = Compiler()
    try:
        graph = _explore(compiler.machine(process))
    except Exception:
        # By itself a part comes to states that the whole may never reach: the head of an empty
        # sequence, terms without bound. If the whole does reach them, its own search says so.
        return None
    if graph is None:
        return None
    rows, initial = quotient(graph)
    if len(rows) > len(graph) * worthwhile:
        return None
    order = [initial, *(n for n in range(len(rows)) if n != initial)]
    number = {old: new for new, old in enumerate(order)}
    events = compiler.labels.events
    made = tuple(
        tuple((events[label], number[target]) for label, target in rows[old]) for old in order
    )
    return Table(made, str(process))


def _explore(machine: Machine) -> list[list[Edge]] | None:
    """The moves of each reachable state, from the only initial one; None if there are too many."""
    initial = machine.initial()
    if len(initial) != 1:
        return None
    index: dict[State, int] = {initial[0]: 0}
    states = [initial[0]]
    graph: list[list[Edge]] = []
    for state in states:
        edges: list[Edge] = []
        for event, target in machine.moves(state)[1]:
            number = index.get(target)
            if number is None:
                if len(states) >= LARGEST_PART:
                    return None
                number = index[target] = len(states)
                states.append(target)
            edges.append((event, number))
        graph.append(edges)
    return graph


def quotient(graph: list[list[Edge]]) -> tuple[list[list[Edge]], int]:
    """The classes of divergence-preserving branching bisimilarity, and the class of state 0."""
    collapsed, node_of, order = _without_cycles(graph)
    classes = [0] * len(collapsed)
    count = 0
    while True:
        signatures = _signatures(collapsed, classes, order)
        numbers: dict[tuple[int, frozenset[Edge]], int] = {}
        classes = [
            numbers.setdefault((classes[n], signature), len(numbers))
            for n, signature in enumerate(signatures)
        ]
        if len(numbers) == count:
            break
        count = len(numbers)
    signatures = _signatures(collapsed, classes, order)
    rows: list[list[Edge]] = [[] for _ in range(max(classes) + 1)]
    for n, signature in enumerate(signatures):
        own = classes[n]
        if not rows[own]:
            rows[own] = sorted(
                (TAU_ID, own) if label == _DIVERGES else (label, target)
                for label, target in signature
            )
    return rows, classes[node_of[0]]


def _without_cycles(graph: list[list[Edge]]) -> tuple[list[list[Edge]], list[int], list[int]]:
    """The graph with each τ cycle one node that says so, the node of each state, and the nodes
    in an order in which τ leads backwards only."""
    import networkx as nx  # takes longer to load than most checks take

    silent = nx.DiGraph()
    silent.add_nodes_from(range(len(graph)))
    silent.add_edges_from(
        (state, target) for state, edges in enumerate(graph) for e, target in edges if e == TAU_ID
    )
    node_of = [0] * len(graph)
    members: list[list[int]] = []
    for component in nx.strongly_connected_components(silent):
        for state in component:
            node_of[state] = len(members)
        members.append(list(component))
    collapsed: list[list[Edge]] = []
    acyclic = nx.DiGraph()
    acyclic.add_nodes_from(range(len(members)))
    for node, states in enumerate(members):
        edges: set[Edge] = set()
        for state in states:
            for event, target in graph[state]:
                onto = node_of[target]
                if event != TAU_ID:
                    edges.add((event, onto))
                elif onto == node:
                    edges.add((_DIVERGES, 0))
                else:
                    edges.add((TAU_ID, onto))
                    acyclic.add_edge(node, onto)
        collapsed.append(sorted(edges))
    order = list(nx.topological_sort(acyclic))
    order.reverse()
    return collapsed, node_of, order


def _signatures(
    graph: list[list[Edge]], classes: list[int], order: list[int]
) -> list[frozenset[Edge]]:
    """What each node can do, inert τ left out: pairs of a label and the class it leads to."""
    signatures: list[frozenset[Edge]] = [frozenset()] * len(graph)
    for node in order:
        own = classes[node]
        found: set[Edge] = set()
        for label, target in graph[node]:
            if label == _DIVERGES:
                found.add((_DIVERGES, 0))
            elif label == TAU_ID and classes[target] == own:
                found |= signatures[target]
            else:
                found.add((label, classes[target]))
        signatures[node] = frozenset(found)
    return signatures
