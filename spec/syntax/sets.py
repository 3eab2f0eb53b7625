"""Sets that are described rather than listed, and the operations on all sets.

`Int`, `{3..}`, `Seq(S)`, powersets, products, datatypes, `{| c |}` and `Events` are kept as
descriptions for as long as membership is all that is asked. `elements` lists a set when it must be
listed, and says so when it cannot be.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from cospec.spec.semantics.process import Process
from cospec.spec.syntax.values import (
    Bool,
    Dot,
    Dotted,
    EvaluationError,
    Head,
    Map,
    Tup,
    Value,
    brief,
    in_order,
    show,
)


class SymbolicSet:
    """A set given by a description."""

    __slots__ = ("_explicit",)

    def __init__(self) -> None:
        self._explicit: frozenset[Value] | None = None

    def __contains__(self, value: Value) -> bool:
        raise AssertionError("every description decides membership")

    def list(self) -> Iterable[Value]:
        """The members; may raise `EvaluationError` where there are too many."""
        raise EvaluationError(
            "X520",
            f"`{self}` is infinite, so it cannot be listed",
            "put a finite set in its place, such as `{0..9}`",
        )

    def is_empty(self) -> bool:
        return not self.explicit()

    def explicit(self) -> frozenset[Value]:
        """The set as a `frozenset`."""
        if self._explicit is None:
            self._explicit = frozenset(self.list())
        return self._explicit

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, SymbolicSet):
            return self._same(other) or (
                self._finite() and other._finite() and self.explicit() == other.explicit()
            )
        return isinstance(other, frozenset) and self._finite() and self.explicit() == other

    def _same(self, other: SymbolicSet) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def _key(self) -> Any:
        return id(self)

    def _finite(self) -> bool:
        return True

    def __hash__(self) -> int:
        if self._finite():
            return hash(self.explicit())
        return hash((type(self).__name__, self._key()))

    def __str__(self) -> str:
        return show(self.explicit())


def is_finite(values: Value) -> bool:
    """Whether a set can be listed."""
    return not isinstance(values, SymbolicSet) or values._finite()


def _few_completions(value: Dot) -> bool:
    """Whether an event or a part of one has finitely many completions."""
    if value.complete:
        return True
    last = value.fields[-1] if value.fields else None
    missing = value.head.fields[len(value.fields) :]
    return (type(last) is not Dot or _few_completions(last)) and all(map(is_finite, missing))


class Integers(SymbolicSet):
    """`Int`, or with `first` the integers from there on."""

    __slots__ = ("first",)

    def __init__(self, first: int | None = None) -> None:
        super().__init__()
        self.first = first

    def __contains__(self, value: Value) -> bool:
        return type(value) is int and (self.first is None or value >= self.first)

    def is_empty(self) -> bool:
        return False

    def _key(self) -> Any:
        return self.first

    def _finite(self) -> bool:
        return False

    def __str__(self) -> str:
        return "Int" if self.first is None else f"{{{self.first}..}}"


class Characters(SymbolicSet):
    """`Char`."""

    __slots__ = ()

    def __contains__(self, value: Value) -> bool:
        from cospec.spec.syntax.values import Char

        return type(value) is Char

    def is_empty(self) -> bool:
        return False

    def _key(self) -> Any:
        return None

    def _finite(self) -> bool:
        return False

    def __str__(self) -> str:
        return "Char"


class Processes(SymbolicSet):
    """`Proc`: every process. It has no list of members."""

    __slots__ = ()

    def __contains__(self, value: Value) -> bool:
        return isinstance(value, Process)

    def is_empty(self) -> bool:
        return False

    def _key(self) -> Any:
        return None

    def _finite(self) -> bool:
        return False

    def __str__(self) -> str:
        return "Proc"


class Sequences(SymbolicSet):
    """`Seq(S)`: all finite sequences over S."""

    __slots__ = ("over",)

    def __init__(self, over: Value) -> None:
        super().__init__()
        self.over = over

    def __contains__(self, value: Value) -> bool:
        return type(value) is tuple and all(member(v, self.over) for v in value)

    def is_empty(self) -> bool:
        return is_empty(self.over)

    def _key(self) -> Any:
        return self.over

    def _finite(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"Seq({show(self.over)})"


class Powerset(SymbolicSet):
    """`Set(S)`: all subsets of S."""

    __slots__ = ("over",)

    def __init__(self, over: Value) -> None:
        super().__init__()
        self.over = over

    def __contains__(self, value: Value) -> bool:
        return is_set(value) and is_subset(value, self.over)

    def list(self) -> Iterable[Value]:
        members = in_order(elements(self.over))
        if len(members) > 22:
            raise EvaluationError(
                "X521", f"a powerset of {len(members)} elements has too many members to list"
            )
        for size in range(len(members) + 1):
            for chosen in itertools.combinations(members, size):
                yield frozenset(chosen)

    def is_empty(self) -> bool:
        return False

    def _key(self) -> Any:
        return self.over

    def _finite(self) -> bool:
        return is_finite(self.over)

    def size(self) -> int:
        return int(2 ** size_of(self.over))

    def __str__(self) -> str:
        return f"Set({show(self.over)})"


class Product(SymbolicSet):
    """The tuples, or with `dotted` the dotted values, whose parts are in the given sets."""

    __slots__ = ("parts", "dotted")

    def __init__(self, parts: tuple[Value, ...], dotted: bool) -> None:
        super().__init__()
        self.parts = parts
        self.dotted = dotted

    def __contains__(self, value: Value) -> bool:
        items: tuple[Value, ...]
        if self.dotted:
            if type(value) is not Dotted:
                return False
            items = value.items
        elif type(value) is Tup:
            items = value
        else:
            return False
        return len(items) == len(self.parts) and all(
            member(v, s) for v, s in zip(items, self.parts, strict=True)
        )

    def list(self) -> Iterable[Value]:
        make: Callable[[tuple[Value, ...]], Value] = Dotted if self.dotted else Tup
        return map(make, itertools.product(*(elements(p) for p in self.parts)))

    def is_empty(self) -> bool:
        return any(is_empty(p) for p in self.parts)

    def _key(self) -> Any:
        return (self.parts, self.dotted)

    def _finite(self) -> bool:
        return all(map(is_finite, self.parts))

    def size(self) -> int:
        count = 1
        for part in self.parts:
            count *= size_of(part)
        return count

    def __str__(self) -> str:
        inner = (" . " if self.dotted else ", ").join(map(show, self.parts))
        return f"({inner})"


class Maps(SymbolicSet):
    """`Map(K, V)`: all partial maps."""

    __slots__ = ("keys", "values")

    def __init__(self, keys: Value, values: Value) -> None:
        super().__init__()
        self.keys = keys
        self.values = values

    def __contains__(self, value: Value) -> bool:
        return type(value) is Map and all(
            member(k, self.keys) and member(v, self.values) for k, v in value.entries.items()
        )

    def list(self) -> Iterable[Value]:
        keys, values = in_order(elements(self.keys)), in_order(elements(self.values))
        for chosen in itertools.product([None, *((v,) for v in values)], repeat=len(keys)):
            yield Map({k: c[0] for k, c in zip(keys, chosen, strict=True) if c is not None})

    def is_empty(self) -> bool:
        return False

    def _key(self) -> Any:
        return (self.keys, self.values)

    def _finite(self) -> bool:
        return is_finite(self.keys) and is_finite(self.values)

    def size(self) -> int:
        return int((size_of(self.values) + 1) ** size_of(self.keys))

    def __str__(self) -> str:
        return f"Map({show(self.keys)}, {show(self.values)})"


class Constructed(SymbolicSet):
    """A datatype or subtype: heads, each with the sets of its fields (None: as declared)."""

    __slots__ = ("name", "clauses", "_open")

    def __init__(self, name: str, clauses: tuple[tuple[Head, tuple[Value, ...] | None], ...]):
        super().__init__()
        self.name = name
        self.clauses = dict(clauses)
        self._open = False

    def __contains__(self, value: Value) -> bool:
        if type(value) is not Dot or not value.complete:
            return False
        if value.head not in self.clauses:
            return False
        sets = self.clauses[value.head]
        return sets is None or all(map(member, value.fields, sets))

    def list(self) -> Iterable[Value]:
        if self._open:
            raise EvaluationError(
                "X522", f"the datatype `{self.name}` is recursive, so its values cannot be listed"
            )
        self._open = True
        try:
            for head, sets in self.clauses.items():
                for fields in itertools.product(
                    *(elements(s) for s in (head.fields if sets is None else sets))
                ):
                    known = head.instances.get(fields)
                    if known is None:
                        known = head.instances[fields] = Dot(head, fields, True)
                    yield known
        finally:
            self._open = False

    def is_empty(self) -> bool:
        return not self.clauses

    def _key(self) -> Any:
        return (self.name, tuple(self.clauses))

    def _same(self, other: SymbolicSet) -> bool:
        return (
            isinstance(other, Constructed)
            and self.clauses.keys() == other.clauses.keys()
            and all(s is None for s in (*self.clauses.values(), *other.clauses.values()))
        )

    def _finite(self) -> bool:
        try:
            self.explicit()
        except EvaluationError:
            return False
        return True

    def __str__(self) -> str:
        return self.name


class Productions(SymbolicSet):
    """`{| a, b.1, … |}`: everything that begins with one of the given values."""

    __slots__ = ("prefixes", "_by_head")

    def __init__(self, prefixes: frozenset[Dot]) -> None:
        super().__init__()
        self.prefixes = prefixes
        self._by_head: dict[Head, list[Dot]] = {}
        for prefix in prefixes:
            self._by_head.setdefault(prefix.head, []).append(prefix)

    def __contains__(self, value: Value) -> bool:
        from cospec.spec.syntax.dots import begins

        if type(value) is not Dot or not value.complete:
            return False
        if value in self.prefixes:
            return True
        candidates = self._by_head.get(value.head)
        return candidates is not None and any(
            not p.complete and begins(p, value) for p in candidates
        )

    def explicit(self) -> frozenset[Value]:
        from cospec.spec.syntax.dots import productions

        if self._explicit is None:
            found: list[frozenset[Value]] = []
            for prefix in self.prefixes:
                listed = prefix.head.listed.get(prefix)
                if listed is None:
                    listed = prefix.head.listed[prefix] = frozenset(productions(prefix))
                found.append(listed)
            self._explicit = frozenset().union(*found)
        return self._explicit

    def _key(self) -> Any:
        return self.prefixes

    def _finite(self) -> bool:
        return self._explicit is not None or all(map(_few_completions, self.prefixes))

    def __str__(self) -> str:
        return "{|" + ", ".join(map(show, in_order(self.prefixes))) + "|}"


class AllEvents(SymbolicSet):
    """`Events`: every event of every channel of the script.

    `last` is the order of the last head that counts: channels that are declared later, at a
    prompt, do not belong to what `Events` was before.
    """

    __slots__ = ("channels", "last")

    def __init__(self, channels: Iterable[Head], last: int) -> None:
        super().__init__()
        self.channels = channels
        self.last = last

    def __contains__(self, value: Value) -> bool:
        if type(value) is not Dot or not value.complete:
            return False
        return value.head.is_channel and value.head.order <= self.last

    def list(self) -> Iterable[Value]:
        from cospec.spec.syntax.dots import bare, productions

        for channel in self.channels:
            if channel.order <= self.last:
                yield from productions(bare(channel))

    def _key(self) -> Any:
        return self.last

    def _finite(self) -> bool:
        counted = [channel for channel in self.channels if channel.order <= self.last]
        return self._explicit is not None or all(
            is_finite(each) for channel in counted for each in channel.fields
        )

    def __str__(self) -> str:
        return "Events"


class Without(SymbolicSet):
    """`diff(Events, S)`, or with another large set, undecided until it must be listed."""

    __slots__ = ("all", "taken")

    def __init__(self, everything: Value, taken: Value) -> None:
        super().__init__()
        self.all = everything
        self.taken = taken

    def __contains__(self, value: Value) -> bool:
        return value in self.all and value not in self.taken

    def list(self) -> Iterable[Value]:
        return elements(self.all) - elements(self.taken)

    def _key(self) -> Any:
        return (self.all, self.taken)

    def _finite(self) -> bool:
        return is_finite(self.all)

    def __str__(self) -> str:
        return f"diff({show(self.all)}, {show(self.taken)})"


# ------------------------------------------------------------------------- operations


def is_set(value: Value) -> bool:
    return isinstance(value, frozenset | SymbolicSet)


def _need_set(value: Value) -> None:
    if not is_set(value):
        raise EvaluationError("X590", f"a set is needed here, but this is `{brief(value)}`")


def elements(value: Value) -> frozenset[Value]:
    """The members of any set that can be listed.

    Raises:
        EvaluationError: it is infinite, or not a set.
    """
    if type(value) is frozenset:
        return value
    if isinstance(value, SymbolicSet):
        return value.explicit()
    _need_set(value)
    raise AssertionError


def member(value: Value, values: Value) -> bool:
    """`member(value, values)` for a normal value."""
    if type(values) is not frozenset:
        _need_set(values)
    return value in values


def is_empty(values: Value) -> bool:
    """`empty(values)`."""
    if type(values) is frozenset:
        return not values
    _need_set(values)
    return bool(values.is_empty())


def size_of(values: Value) -> int:
    """`card(values)`."""
    if isinstance(values, Powerset | Product | Maps):
        return values.size()
    return len(elements(values))


def is_subset(left: Value, right: Value) -> bool:
    """Whether every member of `left` is one of `right`."""
    if isinstance(left, Integers):
        return isinstance(right, Integers) and (
            right.first is None or (left.first is not None and left.first >= right.first)
        )
    if isinstance(left, Sequences) and isinstance(right, Sequences):
        return is_subset(left.over, right.over)
    if isinstance(left, SymbolicSet) and left == right:
        return True
    if type(left) is frozenset and type(right) is frozenset:
        return left <= right
    return all(member(v, right) for v in elements(left))


def union(left: Value, right: Value) -> Value:
    """`union(left, right)`."""
    if type(left) is frozenset and type(right) is frozenset:
        return left | right
    _need_set(left)
    _need_set(right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Integers | Characters | Processes | Sequences | AllEvents) and is_subset(
            other, one
        ):
            return one
        if isinstance(one, Integers) and isinstance(other, frozenset):
            return _absorb(one, other)
    if _prefixable(left) and _prefixable(right):
        return Productions(_prefixes(left) | _prefixes(right))
    return elements(left) | elements(right)


def _absorb(integers: Integers, more: frozenset[Value]) -> Value:
    first = integers.first
    assert first is not None
    rest = {v for v in more if v < first}
    while first - 1 in rest:
        first -= 1
        rest.discard(first)
    if rest:
        raise EvaluationError(
            "X520", f"the union of {integers} with {brief(more)} cannot be represented"
        )
    return Integers(first)


def _prefixable(value: Value) -> bool:
    return isinstance(value, Productions) or (
        type(value) is frozenset and all(type(v) is Dot and v.complete for v in value)
    )


def _prefixes(value: Value) -> frozenset[Dot]:
    return value.prefixes if isinstance(value, Productions) else value


def union_all(sets: Iterable[Value]) -> Value:
    """`Union(sets)`."""
    result: Value = frozenset()
    plain: set[Value] = set()
    for each in sets:
        if type(each) is frozenset:
            plain |= each
        else:
            result = each if type(result) is frozenset and not result else union(result, each)
    if not plain:
        return result
    if type(result) is frozenset and not result:
        return frozenset(plain)
    return union(result, frozenset(plain))


def intersection(left: Value, right: Value) -> Value:
    """`inter(left, right)`."""
    if type(left) is frozenset and type(right) is frozenset:
        return left & right
    _need_set(left)
    _need_set(right)
    if isinstance(left, Integers) and isinstance(right, Integers):
        if left.first is None or right.first is None:
            return right if left.first is None else left
        return Integers(max(left.first, right.first))
    if isinstance(left, Powerset) and isinstance(right, Powerset):
        return Powerset(intersection(left.over, right.over))
    for one, other in ((left, right), (right, left)):
        if type(one) is frozenset:
            return frozenset(v for v in one if v in other)
    if not is_finite(left):
        left, right = right, left
    return frozenset(v for v in elements(left) if v in right)


def difference(left: Value, right: Value) -> Value:
    """`diff(left, right)`."""
    if type(left) is frozenset and type(right) is frozenset:
        return left - right
    _need_set(left)
    _need_set(right)
    if isinstance(left, Integers):
        return _integers_without(left, right)
    if isinstance(left, AllEvents) or not is_finite(left):
        return Without(left, right)
    members = elements(left)
    if isinstance(right, Productions):
        try:
            return members - right.explicit()
        except EvaluationError:
            pass  # a channel of infinitely many events still tells its own from others
    return frozenset(v for v in members if v not in right)


def _integers_without(left: Integers, right: Value) -> Value:
    if isinstance(right, Integers):
        if right.first is None:
            return frozenset()
        if left.first is not None:
            return frozenset(range(left.first, right.first))
    elif left.first is not None:
        first = left.first
        taken = {v for v in elements(right) if v >= first}
        while first in taken:
            taken.discard(first)
            first += 1
        if not taken:
            return Integers(first)
    raise EvaluationError("X520", f"{left} without {brief(right)} cannot be represented")


def booleans() -> frozenset[Bool]:
    """`Bool`."""
    from cospec.spec.syntax.values import FALSE, TRUE

    return frozenset((FALSE, TRUE))
