"""The token bucket in z3, over the reals: any capacity, any rate, any times and requests.

Seed 004, section 2.2. That this says what `cospec.models.token_bucket.TokenBucket` does is tested
on small numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import z3

capacity, rate = z3.Reals("capacity refill_rate")

#: What the seed leaves to whoever calls `new`.
SENSIBLE = z3.And(capacity >= 0, rate >= 0)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of `allow`: the tokens before it, the time since they were refilled, what it asks for;
    and what comes of it."""

    tokens: z3.ArithRef
    elapsed: z3.ArithRef
    needed: z3.ArithRef
    refilled: z3.ArithRef
    allowed: z3.BoolRef
    after: z3.ArithRef

    @property
    def taken(self) -> z3.ArithRef:
        """What the call takes out of the bucket; nothing if it puts something in."""
        return z3.If(z3.And(self.allowed, self.needed > 0), self.needed, z3.RealVal(0))


def refill(tokens: z3.ArithRef, elapsed: z3.ArithRef) -> z3.ArithRef:
    """`(tokens + elapsed * refill_rate).min(capacity)`"""
    more = tokens + elapsed * rate
    return z3.If(more < capacity, more, capacity)


def call(
    tokens: z3.ArithRef, elapsed: z3.ArithRef, needed: z3.ArithRef, checked: bool = False
) -> Call:
    """`allow`; `checked` refuses a request for less than nothing."""
    refilled = refill(tokens, elapsed)
    allowed = refilled >= needed
    if checked:
        allowed = z3.And(allowed, needed >= 0)
    after = z3.If(allowed, refilled - needed, refilled)
    return Call(tokens, elapsed, needed, refilled, allowed, after)


def calls(number: int, checked: bool = False) -> list[Call]:
    """So many calls one after the other, of a new bucket."""
    made: list[Call] = []
    tokens: z3.ArithRef = capacity
    for place in range(1, number + 1):
        elapsed, needed = z3.Reals(f"elapsed.{place} needed.{place}")
        made.append(call(tokens, elapsed, needed, checked))
        tokens = made[-1].after
    return made
