"""The event table of seed 004, section 1.3, in z3: any number of saves, of batches of any size.

The table is that of one aggregate. A *save* is a call of `save_events`, known by a number; each has
begun at most once. Who holds a version is one function, for rows that are committed as for those of
transactions in progress, as in an index. The switches are those of
`cospec.models.event_store_004`; that both say the same is tested on all small tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import z3

from cospec.models.event_store_004 import EventTable

Function = Callable[[z3.ArithRef], z3.ArithRef]

#: What a save may be; it is 0 before it has begun.
OPEN, COMMITTED, FAILED = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Table:
    """What there is of an aggregate.

    Attributes:
        holder: the save that has inserted a version; 0 if none has.
        status: of each save.
        expected: the version that each save expects.
        inserted: how many rows each save has inserted.
        length: how many versions are committed, where they are 1..n.
    """

    holder: Function
    status: Function
    expected: Function
    inserted: Function
    length: z3.ArithRef

    def key(self, save: z3.ArithRef) -> z3.ArithRef:
        """The version that a save inserts next."""
        return self.expected(save) + self.inserted(save) + 1

    def committed(self, version: z3.ArithRef) -> z3.BoolRef:
        """Whether a version is in the table for everybody to see."""
        holder = self.holder(version)
        return z3.And(holder != 0, self.status(holder) == COMMITTED)

    def visible(self, save: z3.ArithRef, version: z3.ArithRef) -> z3.BoolRef:
        """Whether the transaction of a save sees a version."""
        return z3.Or(self.committed(version), self.holder(version) == save)

    def newest(self, version: z3.ArithRef, seen: Callable[[z3.ArithRef], z3.BoolRef]) -> z3.BoolRef:
        """Whether a version is the highest that is seen; 0 where there is none."""
        other = z3.FreshInt("version")
        above = z3.ForAll(other, z3.Implies(other > version, z3.Not(seen(other))))
        return z3.And(z3.Or(version == 0, seen(version)), above)


def any_table() -> Table:
    """A table of which nothing is known."""
    integer = z3.IntSort()
    names = ("holder", "status", "expected", "inserted")
    holder, status, expected, inserted = (z3.Function(name, integer, integer) for name in names)
    return Table(holder, status, expected, inserted, z3.Int("length"))


#: The empty table, before any save has begun.
EMPTY = Table(
    lambda _: z3.IntVal(0),
    lambda _: z3.IntVal(0),
    lambda _: z3.IntVal(0),
    lambda _: z3.IntVal(0),
    z3.IntVal(0),
)


def _put(function: Function, place: z3.ArithRef, value: z3.ArithRef | int) -> Function:
    return lambda at: z3.If(at == place, value, function(at))


@dataclass(frozen=True, slots=True)
class Step:
    """What a save may do: when, and what there is after it."""

    name: str
    enabled: z3.BoolRef
    after: Table


def steps(design: EventTable, now: Table, save: z3.ArithRef, version: z3.ArithRef) -> list[Step]:
    """What one save may do next; it is 1 or more, and expects `version` when it begins.

    A save that fails is rolled back; it may at any time, for reasons of its own as well.
    """
    begins = [save >= 1, now.status(save) == 0, version >= 0]
    if design.checked:
        begins.append(now.newest(version, now.committed))
    if design.loading:
        # What has been counted was committed then, and is so now.
        begins.append(version <= now.length)
    key = now.key(save)
    inserts = [save >= 1, now.status(save) == OPEN]
    if design.unique:
        inserts.append(now.holder(key) == 0)
    if design.conditional:
        inserts.append(now.newest(key - 1, lambda at: now.visible(save, at)))
    active = z3.And(save >= 1, now.status(save) == OPEN)
    some = now.inserted(save) >= 1
    last = now.expected(save) + now.inserted(save)
    return [
        Step(
            "begin",
            z3.And(begins),
            replace(
                now,
                status=_put(now.status, save, OPEN),
                expected=_put(now.expected, save, version),
                inserted=_put(now.inserted, save, 0),
            ),
        ),
        Step(
            "insert",
            z3.And(inserts),
            replace(
                now,
                holder=_put(now.holder, key, save),
                inserted=_put(now.inserted, save, now.inserted(save) + 1),
            ),
        ),
        Step(
            "commit",
            active,
            replace(
                now,
                status=_put(now.status, save, COMMITTED),
                length=z3.If(some, last, now.length),
            ),
        ),
        Step(
            "fail",
            active,
            replace(
                now,
                status=_put(now.status, save, FAILED),
                holder=lambda at: z3.If(now.holder(at) == save, 0, now.holder(at)),
            ),
        ),
    ]


def held(now: Table, save: z3.ArithRef, version: z3.ArithRef) -> z3.BoolRef:
    """That a save holds the versions that it has inserted, and no others; after it has failed,
    none."""
    alive = z3.Or(now.status(save) == OPEN, now.status(save) == COMMITTED)
    inside = z3.And(
        now.expected(save) < version, version <= now.expected(save) + now.inserted(save)
    )
    status = now.status(save)
    known = z3.And(status >= 0, status <= FAILED, now.inserted(save) >= 0, now.expected(save) >= 0)
    return z3.And(known, (now.holder(version) == save) == z3.And(alive, inside))


def contiguous(now: Table, version: z3.ArithRef) -> z3.BoolRef:
    """That the committed versions are 1..n, as far as one version tells."""
    inside = z3.And(version >= 1, version <= now.length)
    return z3.And(now.length >= 0, now.committed(version) == inside)


def next_to_the_log(design: EventTable, now: Table, save: z3.ArithRef) -> z3.BoolRef:
    """That a save in progress that has inserted rows continues what is committed."""
    active = now.status(save) == OPEN
    some = z3.Implies(now.inserted(save) >= 1, now.expected(save) == now.length)
    known = now.expected(save) <= now.length
    early = known if design.checked or design.loading else z3.BoolVal(True)
    return z3.Implies(active, z3.And(some, early))
