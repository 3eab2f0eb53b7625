"""Whether τ must come to an end, seen from the components alone.

A τ cycle of the whole leads each component that takes part back to where it was: round a cycle of
its own, along labels that it has in rules shown as τ. So a rule with a label that lies on no such
cycle of its component happens in no τ cycle of the whole; the labels of the rules that are left lie
on fewer cycles, and so on. Where no rule is left, nothing diverges (after Ouaknine, Palikareva,
Roscoe and Worrell, *Static livelock analysis in CSP*, CONCUR 2011). The converse does not hold.
"""

from __future__ import annotations

from cospec.checker.budget import undisturbed
from cospec.checker.component import Component
from cospec.checker.labels import TAU_ID
from cospec.checker.machine import Machine


def converges(machine: Machine) -> bool:
    """Whether it is plain from the components that the machine never diverges.

    All its rules must have been made, and its components be explored.
    """
    rules = [rule for rule, shown in enumerate(machine.shown) if shown == TAU_ID]
    known: dict[tuple[int, frozenset[int]], set[int]] = {}
    while rules:
        labels: dict[int, set[int]] = {}
        for rule in rules:
            for place, label in machine.vectors[rule]:
                labels.setdefault(place, set()).add(label)
        cyclic: dict[int, set[int]] = {}
        for place, used in labels.items():
            component = machine.components[place]
            key = id(component), frozenset(used)
            if key not in known:
                known[key] = labels_on_cycles(component, used)
            cyclic[place] = known[key]
        left = [
            rule
            for rule in rules
            if all(label in cyclic[place] for place, label in machine.vectors[rule])
        ]
        if len(left) == len(rules):
            return False
        rules = left
    return True


def labels_on_cycles(component: Component, labels: set[int]) -> set[int]:
    """Those of the labels that lie on a cycle of transitions with these labels."""
    with undisturbed():
        import networkx as nx  # takes longer to load than most checks take

    graph = nx.DiGraph()
    edges = [
        (state, target, label)
        for label in labels
        for state, targets in component.moves.get(label, {}).items()
        for target in targets
    ]
    graph.add_edges_from((state, target) for state, target, _ in edges)
    part = {
        state: number
        for number, states in enumerate(nx.strongly_connected_components(graph))
        for state in states
    }
    return {label for state, target, label in edges if part[state] == part[target]}
