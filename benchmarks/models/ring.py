"""The same as ring.csp, step for step, in plain Python.

A state holds, for each process, how many messages it has sent, whose message it is about to pass on
(None: nobody's), and its queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Messages = tuple[int, ...]
State = tuple[Messages, tuple[int | None, ...], tuple[Messages, ...]]


def system(N: int, M: int, K: int) -> tuple[State, Callable[[State], Iterable[State]]]:
    """The initial state and the successor function."""

    def successors(state: State) -> Iterable[State]:
        sent, held, queues = state
        for i in range(N):
            following = (i + 1) % N
            room = len(queues[following]) < K
            message = held[i]
            if message is not None:
                if room:
                    empty = (*held[:i], None, *held[i + 1 :])
                    yield sent, empty, put(queues, following, message)
                continue
            if sent[i] < M and room:
                counted = (*sent[:i], sent[i] + 1, *sent[i + 1 :])
                yield counted, held, put(queues, following, i)
            if queues[i]:
                first, rest = queues[i][0], queues[i][1:]
                taken = (*queues[:i], rest, *queues[i + 1 :])
                keeps = held if first == i else (*held[:i], first, *held[i + 1 :])
                yield sent, keeps, taken

    return ((0,) * N, (None,) * N, ((),) * N), successors


def put(queues: tuple[Messages, ...], i: int, message: int) -> tuple[Messages, ...]:
    """The queues after `message` has been put into that of process i."""
    return (*queues[:i], (*queues[i], message), *queues[i + 1 :])
