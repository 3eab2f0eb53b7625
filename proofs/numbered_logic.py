"""Channels whose events bear one sequence of numbers, in z3: for any number of events and types.

One channel is looked at, and what others do beside it: an event is of its type or of another. The
channel is an array between a head and a tail; `where` says at which place a number is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

_index, _later, _number = z3.Ints("index later number")

#: Whether the event with a number is of the type of the channel.
own = z3.Array("own", z3.IntSort(), z3.BoolSort())


@dataclass(frozen=True, slots=True)
class Numbered:
    """A channel, and which numbers were published and consumed, in whatever channel."""

    queue: z3.ArrayRef
    where: z3.ArrayRef
    head: Any
    tail: Any
    last: Any
    published: Any

    def holds_what_is_left(self) -> z3.BoolRef:
        """That the channel holds the numbers of its type which are published and not consumed, in
        their order."""
        held = z3.And(self.head <= _index, _index < self.tail)
        waiting = z3.And(self.last < _number, _number <= self.published, own[_number])
        value, place = self.queue[_index], self.where[_number]
        only = z3.And(self.last < value, value <= self.published, own[value])
        pair = z3.And(held, _index < _later, _later < self.tail)
        there = z3.And(self.head <= place, place < self.tail, self.queue[place] == _number)
        return z3.And(
            self.head <= self.tail,
            self.last <= self.published,
            z3.ForAll([_index], z3.Implies(held, only)),
            z3.ForAll([_index, _later], z3.Implies(pair, value < self.queue[_later])),
            z3.ForAll([_number], z3.Implies(waiting, there)),
        )

    def next_at_head(self) -> z3.BoolRef:
        """That the oldest event in the channel is the next number."""
        return z3.And(self.head < self.tail, self.queue[self.head] == self.last + 1)


def state() -> Numbered:
    """A channel about which nothing is known."""
    queue, where = (z3.Array(name, z3.IntSort(), z3.IntSort()) for name in ("queue", "where"))
    return Numbered(queue, where, *z3.Ints("head tail last published"))


def empty() -> Numbered:
    """The channel at the start."""
    begun, zero = state(), z3.IntVal(0)
    return Numbered(begun.queue, begun.where, zero, zero, zero, zero)


def steps(now: Numbered) -> list[tuple[z3.BoolRef, Numbered]]:
    """What can happen, each with when: an event is published here or elsewhere; the next number
    is consumed here or elsewhere."""
    number = now.published + 1
    here = Numbered(
        z3.Store(now.queue, now.tail, number),
        z3.Store(now.where, number, now.tail),
        now.head,
        now.tail + 1,
        now.last,
        number,
    )
    elsewhere = Numbered(now.queue, now.where, now.head, now.tail, now.last, number)
    after = now.last + 1
    taken = Numbered(now.queue, now.where, now.head + 1, now.tail, after, now.published)
    passed = Numbered(now.queue, now.where, now.head, now.tail, after, now.published)
    others = z3.And(now.last < now.published, z3.Not(own[after]))
    return [
        (own[number], here),
        (z3.Not(own[number]), elsewhere),
        (now.next_at_head(), taken),
        (others, passed),
    ]
