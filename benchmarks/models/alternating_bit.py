"""The same as alternating_bit.csp, step for step, in plain Python.

A state is the sender's bit and datum (None when it has none), the receiver's bit, what the
receiver has to hand over (None: nothing) and the bit that it has to acknowledge (None: none), and
the two queues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Queue = tuple[tuple[int, int], ...]
State = tuple[int, int | None, int, int | None, int | None, Queue, tuple[int, ...]]


def system(K: int, D: int) -> tuple[State, Callable[[State], Iterable[State]]]:
    """The initial state and the successor function."""

    def successors(state: State) -> Iterable[State]:
        sending, datum, receiving, held, due, forth, back = state
        if datum is None:
            for x in range(D):
                yield sending, x, receiving, held, due, forth, back
        else:
            if len(forth) < K:
                queued = (*forth, (sending, datum))
                yield sending, datum, receiving, held, due, queued, back
            if back and back[0] == sending:
                yield 1 - sending, None, receiving, held, due, forth, back[1:]
            elif back:
                yield sending, datum, receiving, held, due, forth, back[1:]
        if held is not None:
            yield sending, datum, 1 - receiving, None, receiving, forth, back
        elif due is not None:
            if len(back) < K:
                yield sending, datum, receiving, None, None, forth, (*back, due)
        elif forth:
            bit, x = forth[0]
            if bit == receiving:
                yield sending, datum, receiving, x, None, forth[1:], back
            else:
                yield sending, datum, receiving, None, bit, forth[1:], back
        if forth:
            yield sending, datum, receiving, held, due, forth[1:], back
        if back:
            yield sending, datum, receiving, held, due, forth, back[1:]

    return (0, None, 0, None, None, (), ()), successors
