"""States by numbers, moves between them: all that a system can reach, or the nearest part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cospec.spec.semantics.system import TransitionSystem

State = TypeVar("State")


class TooManyStates(ValueError):
    """The process has more states than the graph may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the process has more than {limit:,} states")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Graph:
    """States by their numbers, in breadth-first order from the initial one, number 0.

    `edges` are (source, event, target); `states` is how each state is written. In a part of a
    graph, `beyond` has the states with moves to others that were left out; else it is empty.
    """

    states: tuple[str, ...]
    edges: tuple[tuple[int, str, int], ...]
    beyond: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return not self.beyond


def explore(system: TransitionSystem[State], limit: int) -> Graph:
    """All that the system can reach.

    Raises:
        TooManyStates: there are more than `limit` states.
    """
    found, _ = nearest(system, limit)
    if not found.complete:
        raise TooManyStates(limit)
    return found


def nearest(
    system: TransitionSystem[State], limit: int, wanted: Iterable[State] = ()
) -> tuple[Graph, dict[State, int]]:
    """The `limit` states that are nearest to the start, and the number of each.

    Args:
        system: what is explored.
        limit: how many states the graph may have; more, if there are more starts or wanted ones.
        wanted: states that have to be among them, wherever they are.
    """
    kept: dict[State, None] = dict.fromkeys(system.initial_states())
    room = limit - len(kept)
    extra = [state for state in dict.fromkeys(wanted) if state not in kept]
    room -= len(extra)
    moves: dict[State, list[tuple[str, State]]] = {}
    order: list[State] = list(kept)
    reserved = set(extra)
    for state in order:  # grows while it is walked
        moves[state] = [(str(event), after) for event, after in system.transitions(state)]
        for _, after in moves[state]:
            if after in kept or (after not in reserved and room <= 0):
                continue
            room -= after not in reserved
            kept[after] = None
            order.append(after)
    for state in extra:  # wanted, though no chain of kept states leads there
        if state not in kept:
            kept[state] = None
            moves[state] = [(str(event), after) for event, after in system.transitions(state)]
    numbers = {state: number for number, state in enumerate(kept)}
    edges = tuple(
        (number, event, numbers[after])
        for state, number in numbers.items()
        for event, after in moves[state]
        if after in numbers
    )
    beyond = tuple(
        number
        for state, number in numbers.items()
        if any(after not in numbers for _, after in moves[state])
    )
    return Graph(tuple(map(str, numbers)), edges, beyond), numbers


def whole_or_wanted(
    system: TransitionSystem[State], limit: int, wanted: Sequence[State]
) -> tuple[Graph, dict[State, int]]:
    """All that the system can reach; or where that are more than `limit` states, the starts and the
    wanted ones alone, which among many others would not be seen. Without any, the nearest."""
    graph, numbers = nearest(system, limit, wanted)
    if graph.complete or not wanted:
        return graph, numbers
    return nearest(system, 0, wanted)


def part(graph: Graph, limit: int) -> Graph:
    """The first `limit` states of a graph, which are those nearest to the start."""
    if len(graph.states) <= limit:
        return graph
    edges = tuple(edge for edge in graph.edges if edge[0] < limit and edge[2] < limit)
    beyond = {source for source, _, target in graph.edges if source < limit <= target}
    kept = beyond | {number for number in graph.beyond if number < limit}
    return Graph(graph.states[:limit], edges, tuple(sorted(kept)))
