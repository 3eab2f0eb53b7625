"""`HashMap::insert` in z3, for maps of any size: what is registered under keys, and stays so.

A map is an array from keys to a value or none, keys and values being of sorts about which nothing
is known.
"""

from __future__ import annotations

from typing import Any

import z3

Key = z3.DeclareSort("MapKey")
Value = z3.DeclareSort("MapValue")


def _entry() -> Any:
    made = z3.Datatype("MapEntry")
    made.declare("none")
    made.declare("some", ("value", Value))
    return made.create()


Entry = _entry()
Map = z3.ArraySort(Key, Entry)

#: Constants to state theorems with.
entries = z3.Const("entries", Map)
key, other = z3.Consts("key other", Key)
value = z3.Const("value", Value)
wanted = z3.Const("wanted", z3.SetSort(Key))


def insert(into: z3.ArrayRef, refusing: bool) -> z3.ArrayRef:
    """The map after `insert(key, value)`; a refusing one keeps what is under the key."""
    replaced = z3.Store(into, key, Entry.some(value))
    if not refusing:
        return replaced
    return z3.If(Entry.is_some(into[key]), into, replaced)


def keeps(refusing: bool) -> z3.BoolRef:
    """That whatever is under some key before is under it after."""
    before, after = entries[other], insert(entries, refusing)[other]
    return z3.Implies(Entry.is_some(before), after == before)


def fresh() -> z3.BoolRef:
    """That nothing is under the key that is inserted."""
    return Entry.is_none(entries[key])


def is_wanted() -> z3.BoolRef:
    """That a subscriber wants the type `other`."""
    return z3.IsMember(other, wanted)


def all_present() -> z3.BoolRef:
    """The guard of `subscribe`: that there is a channel for each type that is wanted."""
    return z3.ForAll([other], z3.Implies(is_wanted(), Entry.is_some(entries[other])))
