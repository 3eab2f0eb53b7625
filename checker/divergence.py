"""Whether τ can go on for ever: cycles in the graph of the τ moves.

Depth-first search with colours that are kept from one question to the next, so that all the
questions together cost one visit to each state (Tarjan 1972). The search is iterative: τ paths
are as long as the state space is large.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)

#: A nearest cycle is looked for among this many states, through each of the nearest so many.
NEAR_STATES, NEAR_TRIES = 2000, 100


class Unfinished(Exception):
    """A search came to the number of states that it was allowed."""


class TauCycles(Generic[S]):
    """Which states lead to a τ cycle, and to which.

    Raises, whatever is asked:
        Unfinished: more than `limit` states had to be visited.
    """

    def __init__(self, taus: Callable[[S], Iterable[S]], limit: int | None = None) -> None:
        self._taus = taus
        self._limit = limit
        self._convergent: set[S] = set()
        # Of each state known to diverge, the τ successor that leads round the cycle.
        self._next: dict[S, S] = {}

    def reaches(self, start: S) -> bool:
        """Whether a τ cycle can be reached from `start` by τ alone."""
        if start in self._convergent:
            return False
        if start in self._next:
            return True
        path: dict[S, None] = {start: None}
        stack: list[tuple[S, Iterator[S]]] = [(start, iter(self._taus(start)))]
        convergent, divergent = self._convergent, self._next
        while stack:
            state, targets = stack[-1]
            for target in targets:
                if target in convergent:
                    continue
                if target in path or target in divergent:
                    ahead = [each for each, _ in stack] + [target]
                    divergent.update(itertools.pairwise(ahead))
                    return True
                if self._limit is not None and len(path) + len(convergent) > self._limit:
                    raise Unfinished
                path[target] = None
                stack.append((target, iter(self._taus(target))))
                break
            else:
                convergent.add(state)
                del path[state]
                stack.pop()
        return False

    def lasso(self, start: S) -> tuple[list[S], list[S]]:
        """A τ path from `start`, a state that diverges, to a cycle, and the cycle's states.

        The path ends, and the cycle begins and ends, with the same state. Both are the shortest
        where few states are in question, and not much attention is paid to length otherwise.
        """
        assert self.reaches(start)
        return self.near_cycle(start) or self._found_cycle(start)

    def _found_cycle(self, start: S) -> tuple[list[S], list[S]]:
        """The cycle that the depth-first search came upon."""
        path = {start: 0}
        state = self._next[start]
        while state not in path:
            path[state] = len(path)
            state = self._next[state]
        order = list(path)
        entry = path[state]
        return order[: entry + 1], [*order[entry:], state]

    def near_cycle(self, start: S) -> tuple[list[S], list[S]] | None:
        """A nearest cycle, and through its nearest state a shortest one; None if that is far."""
        parents: dict[S, S] = {start: start}
        targets: dict[S, list[S]] = {}
        for tried, state in enumerate(order := [start]):
            if tried == NEAR_STATES:
                break
            targets[state] = [t for t in self._taus(state) if t not in self._convergent]
            for target in targets[state]:
                if target not in parents:
                    parents[target] = state
                    order.append(target)
        for state in order[:NEAR_TRIES]:
            loop = _round_trip(state, targets)
            if loop:
                return _back(start, state, parents), loop
        return None


def _round_trip(start: S, targets: dict[S, list[S]]) -> list[S] | None:
    """A shortest cycle through `start`."""
    parents: dict[S, S] = {}
    queue = [start]
    for state in queue:
        for target in targets.get(state, ()):
            if target == start:
                return [*_back(start, state, parents), start]
            if target not in parents:
                parents[target] = state
                queue.append(target)
    return None


def _back(start: S, end: S, parents: dict[S, S]) -> list[S]:
    path = [end]
    while path[-1] != start:
        path.append(parents[path[-1]])
    return path[::-1]
