"""Channels in z3: the definitions of seed 000, section 3.2, for any capacity and any values.

A system is an array of contents, values are of a sort about which nothing is known, and what a
channel holds is a sequence of any length. The switches are those of `cospec.models.channels`; that
both say the same is tested on all small systems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

from cospec.models.channels import Channels

Value = z3.DeclareSort("ChannelValue")
Values = z3.SeqSort(Value)


def _contents() -> Any:
    made = z3.Datatype("Contents")
    made.declare("empty")
    made.declare("buffered", ("values", Values))
    made.declare("closed", ("rest", Values))
    return made.create()


Contents = _contents()
System = z3.ArraySort(z3.IntSort(), Contents)
NOTHING = z3.Empty(Values)

#: Constants to state theorems with.
capacity = z3.Int("capacity")
channel, other = z3.Ints("channel other")
value = z3.Const("value", Value)
system = z3.Const("system", System)
sent, received, lost = (z3.Const(name, Values) for name in ("sent", "received", "lost"))


@dataclass(frozen=True, slots=True)
class Step:
    """An operation on `channel`: when it succeeds, and what there is after it."""

    name: str
    enabled: z3.BoolRef
    after: z3.ArrayRef
    #: The values that it takes from the sender, those that it hands to the receiver, and those
    #: that nobody will receive.
    accepted: z3.SeqRef = NOTHING
    delivered: z3.SeqRef = NOTHING
    dropped: z3.SeqRef = NOTHING


def held(contents: Any) -> z3.SeqRef:
    """The values in a channel, the oldest first."""
    inner = z3.If(Contents.is_closed(contents), Contents.rest(contents), NOTHING)
    return z3.If(Contents.is_buffered(contents), Contents.values(contents), inner)


def steps(design: Channels, state: z3.ArrayRef = system) -> list[Step]:
    """The operations on `channel` in a state, for the switches of a model."""
    now = state[channel]
    values = held(now)
    size = z3.Length(values)

    def put(contents: Any) -> z3.ArrayRef:
        return z3.Store(state, channel, contents)

    room = [size < capacity] if design.guarded else []
    longer = Contents.buffered(z3.Concat(values, z3.Unit(value)))
    rest = z3.SubSeq(values, 1, size - 1)
    opened = z3.If(z3.Length(rest) == 0, Contents.empty, Contents.buffered(rest))
    taken = z3.If(Contents.is_closed(now), Contents.closed(rest), opened)
    head = z3.Unit(values[0])
    kept, dropped = (values, NOTHING) if design.draining else (NOTHING, values)
    return [
        Step("send", z3.And(z3.Not(Contents.is_closed(now)), *room), put(longer), z3.Unit(value)),
        Step("receive", size > 0, put(taken), delivered=head if design.delivering else NOTHING),
        Step("close", z3.BoolVal(True), put(Contents.closed(kept)), dropped=dropped),
    ]


def head_and_tail(values: z3.SeqRef) -> z3.BoolRef:
    """A law of sequences, which z3 uses if it is told: one that is not empty is its first value
    and the others."""
    size = z3.Length(values)
    parts = z3.Concat(z3.Unit(values[0]), z3.SubSeq(values, 1, size - 1))
    return z3.Implies(size > 0, values == parts)


def typed(design: Channels, contents: Any) -> z3.BoolRef:
    """That contents are of the type of the design: the seed's `Closed` holds nothing."""
    nothing_left = z3.Length(Contents.rest(contents)) == 0
    return z3.BoolVal(True) if design.draining else z3.Implies(is_closed(contents), nothing_left)


def safe(contents: Any) -> z3.BoolRef:
    """`channel_safety` for one channel; what a closed one still holds counts, too."""
    return z3.Length(held(contents)) <= capacity


def is_closed(contents: Any) -> z3.BoolRef:
    """Whether a channel is closed."""
    return Contents.is_closed(contents)


def normal(contents: Any) -> z3.BoolRef:
    """Whether contents are not `Buffered []`."""
    return contents != Contents.buffered(NOTHING)


#: The system in which every channel is empty.
ALL_EMPTY = z3.K(z3.IntSort(), Contents.empty)
