"""The same as philosophers.csp, step for step, in plain Python.

A state is how far each philosopher is: 0 has not sat down, 1 has no fork, 2 one, 3 and 4 both
(before and after eating), 5 one again, 6 none. Who holds a fork follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

State = tuple[int, ...]


def system(N: int, MENDED: bool, LEAVES: bool) -> tuple[State, Callable[[State], Iterable[State]]]:
    """The initial state and the successor function."""
    last = 6 if LEAVES else 5
    forks = [(i, (i + 1) % N) for i in range(N)]
    if MENDED:
        forks[0] = forks[0][::-1]

    def successors(state: State) -> Iterable[State]:
        taken = [False] * N
        for (first, second), step in zip(forks, state, strict=True):
            if 2 <= step <= 5:
                taken[first] = True
                if 3 <= step <= 4:
                    taken[second] = True
        for i, step in enumerate(state):
            if step in (1, 2) and taken[forks[i][step - 1]]:
                continue
            yield (*state[:i], 0 if step == last else step + 1, *state[i + 1 :])

    return (0,) * N, successors
