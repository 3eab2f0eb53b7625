"""The same as milner.csp, step for step, in plain Python.

A state is where each cell is: 0 waits for the turn, 1 before a, 2 before b and passing the turn, 3
before passing it, 4 before b; cell 0 begins with 5, before start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

State = tuple[int, ...]


def system(N: int) -> tuple[State, Callable[[State], Iterable[State]]]:
    """The initial state and the successor function."""

    def successors(state: State) -> Iterable[State]:
        for i, cell in enumerate(state):
            if cell in (1, 2, 4, 5):  # a, b, b, start
                after = {1: 2, 2: 3, 4: 0, 5: 1}[cell]
                yield (*state[:i], after, *state[i + 1 :])
            following = (i + 1) % N
            if cell in (2, 3) and state[following] == 0:
                turned = list(state)
                turned[i], turned[following] = 4 if cell == 2 else 0, 1
                yield tuple(turned)

    return (5,) + (0,) * (N - 1), successors
