"""Compressions that take τ away: `diamond` and `normal`.

Both put everything that can be done after τ into one state. In FDR such a state carries its minimal
acceptances as a mark. Here every state is one of an ordinary LTS: one that accepts more than one
set, or less than it can do, has a τ to a stable state for each of its minimal acceptances, and
one that diverges a τ to itself. No other τ is left. Traces, stable failures and divergences
stay the same, and ✓ counts as the acceptance {✓} wherever it is possible.

Sources: Roscoe et al., *Hierarchical compression for model-checking CSP*, TACAS 1995; Roscoe,
*Understanding Concurrent Systems*, 8.8.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from cospec.checker.bisimulation import branching, branching_acyclic, strong
from cospec.checker.labels import TAU_ID, TICK_ID
from cospec.checker.lts import DIVERGES, Lts, of_rows

#: A normal form with more nodes than this is not built; the process is reduced otherwise.
MOST_NODES = 100_000

_Row: TypeAlias = list[tuple[int, int]]
_Labels: TypeAlias = frozenset[int]


class _Graph:
    """An LTS without τ cycles, taken apart."""

    def __init__(self, lts: Lts) -> None:
        rows = lts.rows()
        self.visible = [[m for m in row if m[0] > TAU_ID] for row in rows]
        self.taus = [[t for label, t in row if label == TAU_ID] for row in rows]
        self.diverges = [any(label == DIVERGES for label, _ in row) for row in rows]
        self.start = lts.start

    def closure(self, states: Iterable[int]) -> list[int]:
        """The states that τ leads to, with those themselves."""
        seen = dict.fromkeys(states)
        waiting = list(seen)
        while waiting:
            for target in self.taus[waiting.pop()]:
                if target not in seen:
                    seen[target] = None
                    waiting.append(target)
        return list(seen)

    def acceptances(self, states: Iterable[int]) -> dict[_Labels, int]:
        """The minimal acceptances of states, {✓} apart, each with a state that has it."""
        found: dict[_Labels, int] = {}
        for state in states:
            if not self.taus[state] and not self.diverges[state]:
                accepted = frozenset(label for label, _ in self.visible[state])
                if TICK_ID not in accepted:
                    found.setdefault(accepted, state)
        return {a: s for a, s in found.items() if not any(other < a for other in found)}


def diamond(lts: Lts) -> Lts:
    """Every state with all that can be done after τ, and only the states that are then needed.

    Has no more states than the process with its τ cycles merged. A state costs as much as τ
    leads to from it.
    """
    graph = _Graph(branching_acyclic(lts))
    index = {graph.start: 0}
    needed = [graph.start]
    rows: list[_Row] = []

    def number(state: int) -> int:
        if state not in index:
            index[state] = len(needed)
            needed.append(state)
        return index[state]

    for state in needed:
        closure = graph.closure([state])
        able = dict.fromkeys(move for each in closure for move in graph.visible[each])
        diverges = any(graph.diverges[each] for each in closure)
        acceptances = graph.acceptances(closure)
        row: _Row = []
        if not _is_stable(able, acceptances, diverges):
            for each in acceptances.values():
                row.append((TAU_ID, number(each)))
                for move in graph.visible[each]:
                    able.pop(move, None)
            if diverges:
                row.append((TAU_ID, number(state)))
        rows.append(row + [(label, number(target)) for label, target in able])
    return of_rows(rows)


def _is_stable(
    able: Iterable[tuple[int, int]], acceptances: dict[_Labels, int], diverges: bool
) -> bool:
    """Whether a state that can do this, and has no τ, has these acceptances besides {✓}."""
    if diverges:
        return False
    labels = frozenset(label for label, _ in able)
    if TICK_ID in labels:
        return not acceptances
    return list(acceptances) == [labels]


def normal(lts: Lts) -> Lts:
    """The normal form: after each trace one state, with its minimal acceptances.

    It may have exponentially many states; if there are more than `MOST_NODES`, the process is
    reduced by branching bisimulation instead. Bisimilar states of the result are merged.
    """
    graph = _Graph(branching_acyclic(lts))
    index: dict[tuple[frozenset[int], _Labels | None], int] = {}
    nodes: list[tuple[frozenset[int], _Labels | None]] = []

    def number(members: frozenset[int], accepted: _Labels | None) -> int:
        node = members, accepted
        if node not in index:
            index[node] = len(nodes)
            nodes.append(node)
        return index[node]

    number(frozenset(graph.closure([graph.start])), None)
    rows: list[_Row] = []
    for own, (members, accepted) in enumerate(nodes):
        if len(nodes) > MOST_NODES:
            return branching(lts)
        targets: dict[int, list[int]] = {}
        for member in members:
            for label, target in graph.visible[member]:
                if accepted is None or label in accepted:
                    targets.setdefault(label, []).append(target)
        row: _Row = []
        if accepted is None:
            acceptances = graph.acceptances(members)
            diverges = any(graph.diverges[each] for each in members)
            if not _is_stable([(label, 0) for label in targets], acceptances, diverges):
                for each in acceptances:
                    row.append((TAU_ID, number(members, each)))
                    for label in each:
                        targets.pop(label, None)
                if diverges:
                    row.append((TAU_ID, own))
        for label, onto in targets.items():
            row.append((label, number(frozenset(graph.closure(onto)), None)))
        rows.append(row)
    return strong(of_rows(rows))
