"""The sliding window limiter in z3: any number of requests, any times, any limit and window.

Seed 004, section 2.1. With unique members and one clock that does not go back, the key holds the
last of the requests that were allowed: what has been removed is older than what is left. So a state
is the list of the times at which requests were allowed, and the place in it from which on they are
still held. That this says what `cospec.models.sliding_window` does is tested on all small cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import z3

limit, window = z3.Int("max_requests"), z3.Real("window")

#: What the parameters are.
SENSIBLE = z3.And(limit >= 1, window > 0)

Times = z3.ArraySort(z3.IntSort(), z3.RealSort())
_i, _j = z3.Ints("i j")


@dataclass(frozen=True, slots=True)
class Log:
    """The requests that were allowed.

    Attributes:
        times: when, from the first on.
        size: how many there are.
        first: the first of them that the key still holds.
        now: when the script was run last.
    """

    times: z3.ArrayRef
    size: z3.ArithRef
    first: z3.ArithRef
    now: z3.ArithRef


def log(name: str) -> Log:
    """Any log."""
    size, first = z3.Ints(f"{name}.size {name}.first")
    return Log(z3.Const(f"{name}.times", Times), size, first, z3.Real(f"{name}.now"))


EMPTY = Log(z3.K(z3.IntSort(), z3.RealVal(0)), z3.IntVal(0), z3.IntVal(0), z3.RealVal(0))


def _all(formula: z3.BoolRef, *names: z3.ArithRef) -> z3.BoolRef:
    return z3.ForAll(list(names), formula)


def in_order(state: Log) -> z3.BoolRef:
    """The times do not go back, and none lies after the present."""
    times, size = state.times, state.size
    pairs = z3.Implies(z3.And(_i >= 0, _i <= _j, _j < size), times[_i] <= times[_j])
    past = z3.Implies(z3.And(_i >= 0, _i < size), times[_i] <= state.now)
    return z3.And(_all(pairs, _i, _j), _all(past, _i))


def held(state: Log) -> z3.BoolRef:
    """The key holds a last part of the list, of `limit` at most; what it lacks is over."""
    over = z3.Implies(z3.And(_i >= 0, _i < state.first), state.times[_i] <= state.now - window)
    few = z3.And(state.first >= 0, state.first <= state.size, state.size - state.first <= limit)
    return z3.And(few, _all(over, _i))


def spaced(state: Log) -> z3.BoolRef:
    """Each request and the one that comes `limit` places later are a window apart."""
    between = state.times[_i + limit] >= state.times[_i] + window
    return _all(z3.Implies(z3.And(_i >= 0, _i + limit < state.size), between), _i)


def removes(before: Log, first: z3.ArithRef, now: z3.ArithRef) -> z3.BoolRef:
    """ZREMRANGEBYSCORE at a time: from which place on the key holds the list after it."""
    start, times = now - window, before.times
    gone = z3.Implies(z3.And(_i >= before.first, _i < first), times[_i] <= start)
    kept = z3.Implies(z3.And(_i >= first, _i < before.size), times[_i] > start)
    return z3.And(
        before.first <= first, first <= before.size, _all(gone, _i), _all(kept, _i)
    )  # fmt: skip


def allows(before: Log, first: z3.ArithRef) -> z3.BoolRef:
    """ZCARD < max_requests."""
    return before.size - first < limit


def script(before: Log, after: Log, allowed: z3.BoolRef) -> z3.BoolRef:
    """The script, run at a time that is no earlier than the last."""
    longer = z3.And(
        after.times == z3.Store(before.times, before.size, after.now),
        after.size == before.size + 1,
    )
    same = z3.And(after.times == before.times, after.size == before.size)
    return z3.And(
        after.now >= before.now,
        removes(before, after.first, after.now),
        allowed == allows(before, after.first),
        z3.If(allowed, longer, same),
    )


def expired(before: Log, now: z3.ArithRef, expiry: z3.ArithRef) -> z3.BoolRef:
    """The key is gone: it was renewed with the last request that was allowed."""
    return z3.And(before.size > 0, now > before.times[before.size - 1] + expiry)
