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


class TauCycles(Generic[S]):
    """Which states lead to a τ cycle, and to which."""

    def __init__(self, taus: Callable[[S], Iterable[S]]) -> None:
        self._taus = taus
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

        The path ends, and the cycle begins and ends, with the same state.
        """
        assert self.reaches(start)
        path = {start: 0}
        state = self._next[start]
        while state not in path:
            path[state] = len(path)
            state = self._next[state]
        order = list(path)
        entry = path[state]
        return order[: entry + 1], [*order[entry:], state]
