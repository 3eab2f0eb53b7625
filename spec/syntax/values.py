"""The values of CSPM, as the evaluator holds them.

| CSPM | Python |
| --- | --- |
| `Int` | `int` |
| `Bool` | `TRUE`, `FALSE` (never Python's own: `1` and `true` must not be equal) |
| `Char` | `Char` |
| sequence | `tuple` when every element is known, otherwise `Cons` cells, perhaps infinite |
| tuple | `Tup` when every component is known, otherwise `LazyTup` |
| set | `frozenset`, or a symbolic set of `sets` |
| map | `Map` |
| channel or constructor with fields so far | `Dot`, shared: equal means identical |
| `1.2` | `Dotted` |
| function | `Function` |
| process | a term of `spec.semantics.process` |

Evaluation is call by need. A `Thunk` stands for a value that nobody has asked for yet; it may
sit in a variable, a `Cons` or a `LazyTup`. `force` gives the value in head form, `normal` gives it
with nothing left to evaluate inside. Sets, dots, map keys and process arguments hold normal
values only, so they can be compared and hashed.

Hashes do not depend on the run, hence neither does the order of a set's elements.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, final

Value: TypeAlias = Any


class EvaluationError(Exception):
    """A mistake found while evaluating; gets its place from the generated code it passed through.

    Args:
        code: its number, `X5…`.
        message: one sentence in the script's own terms.
        notes: what to do, or which values were involved.
    """

    def __init__(self, code: str, message: str, *notes: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.notes = notes


@final
class Bool:
    """`true` and `false`."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value

    def __hash__(self) -> int:
        return 7919 + self.value

    def __str__(self) -> str:
        return "true" if self.value else "false"

    __repr__ = __str__


TRUE, FALSE = Bool(True), Bool(False)


def truth(flag: bool) -> Bool:
    """CSPM's truth value for Python's."""
    return TRUE if flag else FALSE


@final
class Char:
    """A character."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is Char and other.value == self.value

    def __hash__(self) -> int:
        return ord(self.value) + 104729

    def __str__(self) -> str:
        return f"'{self.value}'"

    __repr__ = __str__


class _Open:
    """Marks a thunk that is being evaluated."""


_OPEN = _Open()


@final
class Thunk:
    """A value to be computed at most once."""

    __slots__ = ("code", "value")

    def __init__(self, code: Callable[[], Value]) -> None:
        self.code: Any = code
        self.value: Value = None

    def force(self) -> Value:
        """The value in head form.

        Raises:
            EvaluationError: the value is needed to compute itself.
        """
        code = self.code
        if code is None:
            return self.value
        if code is _OPEN:
            raise EvaluationError(
                "X501", "this value is needed to compute itself",
                "a definition such as `x = x + 1` has no value",
            )  # fmt: skip
        self.code = _OPEN
        try:
            value = code()
            while type(value) is Thunk:
                value = value.force()
        except BaseException:
            self.code = code
            raise
        self.value = value
        self.code = None
        return value


def wrong_kind(wanted: str, found: Value) -> EvaluationError:
    """The mistake that `wanted` is needed, and something else was found."""
    return EvaluationError("X590", f"{wanted} is needed here, but this is `{brief(found)}`")


def brief(value: Value) -> str:
    """The value as far as it fits into a message."""
    text = show(value)
    return text if len(text) <= 80 else text[:77] + "..."


def force(value: Value) -> Value:
    """`value` in head form."""
    return value.force() if type(value) is Thunk else value


@final
class Tup(tuple):  # type: ignore[type-arg]
    """A tuple of normal values; never equal to a sequence of the same elements."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is Tup and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


@final
class LazyTup:
    """A tuple some of whose components are thunks or not normal."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Value, ...]) -> None:
        self.items = items


@final
class Cons:
    """A sequence cell: an element and the rest, either perhaps a thunk."""

    __slots__ = ("head", "tail")

    def __init__(self, head: Value, tail: Value) -> None:
        self.head = head
        self.tail = tail


@final
class Dotted:
    """`a.b` where `a` is no channel or constructor that waits for a field."""

    __slots__ = ("items", "_hash")

    def __init__(self, items: tuple[Value, ...]) -> None:
        self.items = items
        self._hash = hash(items) ^ 0x5BD1E995

    def __eq__(self, other: object) -> bool:
        return type(other) is Dotted and other.items == self.items

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return ".".join(map(show, self.items))


@final
class Head:
    """A channel or datatype constructor.

    `fields` gives the set of each field, computed on first use; `order` numbers the heads of
    a script as they are declared.
    """

    __slots__ = ("name", "is_channel", "order", "_fields", "instances", "listed")

    def __init__(
        self,
        name: str,
        is_channel: bool,
        order: int,
        fields: Callable[[], tuple[Value, ...]] | tuple[Value, ...],
    ) -> None:
        self.name = name
        self.is_channel = is_channel
        self.order = order
        self._fields: Any = fields if isinstance(fields, tuple) else Thunk(fields)
        self.instances: dict[tuple[Value, ...], Dot] = {}
        #: Of values of this head that lack fields, all complete ones (`dots.productions`).
        self.listed: dict[Dot, frozenset[Value]] = {}

    @property
    def fields(self) -> tuple[Value, ...]:
        """The set of values of each field."""
        fields = self._fields
        if type(fields) is Thunk:
            fields = self._fields = fields.force()
        return fields  # type: ignore[no-any-return]

    def __hash__(self) -> int:
        return self.order * 2654435761 % 4294967291

    def __str__(self) -> str:
        return self.name


@final
class Dot:
    """A channel or constructor with some or all of its fields; shared by `dots.make`."""

    __slots__ = ("head", "fields", "complete", "_hash")

    def __init__(self, head: Head, fields: tuple[Value, ...], complete: bool) -> None:
        self.head = head
        self.fields = fields
        self.complete = complete
        self._hash = hash((head.order, fields))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return ".".join([self.head.name, *map(_show_field, self.fields)])

    __repr__ = __str__


@final
class Map:
    """A finite map from normal keys to values."""

    __slots__ = ("entries", "_hash")

    def __init__(self, entries: dict[Value, Value]) -> None:
        self.entries = entries
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return type(other) is Map and other.entries == self.entries

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.entries.items()))
        return self._hash


class Frame:
    """The values that a local definition or a lambda sees from outside itself.

    Two local definitions from the same place in the script are the same exactly when their
    frames are equal; that is how `let P = … within P` gives one state, not one for each time
    that it is evaluated. Computed only when somebody compares.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Callable[[], tuple[Value, ...]]) -> None:
        self._values: Any = values

    def key(self) -> tuple[Value, ...]:
        """The values, normal."""
        if not isinstance(self._values, tuple):
            self._values = tuple(v.key() if type(v) is Frame else normal(v) for v in self._values())
        return self._values


@final
class Function:
    """A function value: equal to another from the same place with an equal frame."""

    __slots__ = ("name", "code", "arity", "site", "frame")

    def __init__(
        self, name: str, code: Callable[..., Value], arity: int, site: object, frame: Frame | None
    ) -> None:
        self.name = name
        self.code = code
        self.arity = arity
        self.site = site
        self.frame = frame

    def key(self) -> tuple[Value, ...]:
        return self.frame.key() if self.frame is not None else ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not Function or other.site is not self.site:
            return False
        return self.key() == other.key()

    def __hash__(self) -> int:
        return hash((self.name, self.arity, self.key()))

    def __str__(self) -> str:
        return self.name


#: More elements than this are taken for an infinite sequence where one is needed whole.
LONGEST = 1_000_000


def _whole(sequence: Value) -> Iterator[Value]:
    for count, element in enumerate(elements_of(sequence)):
        if count == LONGEST:
            raise EvaluationError(
                "X520",
                f"a sequence of more than {LONGEST} elements, perhaps infinite, is needed whole",
                "to compare two values, or to call a process with one, all of it must be known",
            )
        yield normal(element)


def normal(value: Value) -> Value:
    """`value` with nothing left to evaluate in it.

    Raises:
        EvaluationError: it holds an infinite sequence.
    """
    kind = type(value)
    if kind is Thunk:
        value = value.force()
        kind = type(value)
    if kind is LazyTup:
        return Tup(map(normal, value.items))
    if kind is Cons:
        return tuple(_whole(value))
    return value


_UNSETTLED = (Thunk, LazyTup, Cons)


def make_tuple(*items: Value) -> Value:
    """`(a, b, …)`; the items may be thunks."""
    for item in items:
        if type(item) in _UNSETTLED:
            return LazyTup(items)
    return Tup(items)


def make_sequence(*items: Value) -> Value:
    """`<a, b, …>`; the items may be thunks."""
    for item in items:
        if type(item) in _UNSETTLED:
            cell: Value = ()
            for each in reversed(items):
                cell = Cons(each, cell)
            return cell
    return items


def stream(produce: Callable[[], Iterator[Value]]) -> Value:
    """The sequence of what `produce()` yields, each element asked for when it is needed.

    An iterator ends for good when it is interrupted or meets a mistake, which is not the end of
    the sequence. So each step takes the iterator with it, and whoever comes here once more begins
    with a new one.
    """
    return _streamed(produce, produce(), 0)


def _streamed(
    produce: Callable[[], Iterator[Value]], items: Iterator[Value] | None, taken: int
) -> Value:
    if items is None:
        items = itertools.islice(produce(), taken, None)
    try:
        first = next(items)
    except StopIteration:
        return ()

    def rest() -> Value:
        nonlocal items
        onward, items = items, None
        return _streamed(produce, onward, taken + 1)

    return Cons(first, Thunk(rest))


def components(value: Value) -> tuple[Value, ...]:
    """The components of a tuple, perhaps thunks."""
    value = force(value)
    if type(value) is LazyTup:
        return value.items
    if type(value) is not Tup:
        raise wrong_kind("a tuple", value)
    return value


def elements_of(sequence: Value) -> Iterator[Value]:
    """The elements of a sequence, perhaps thunks, asked for one by one."""
    sequence = force(sequence)
    while type(sequence) is Cons:
        yield sequence.head
        sequence = force(sequence.tail)
    if type(sequence) is not tuple:
        raise wrong_kind("a sequence", sequence)
    yield from sequence


def concatenate(left: Value, right: Value) -> Value:
    """`left ^ right`; `right` may be a thunk and is then left alone until it is reached."""
    left = force(left)
    if type(left) is tuple:
        if not left:
            return right.force() if type(right) is Thunk else right
        if type(right) is tuple:
            return left + right
        for each in reversed(left):
            right = Cons(each, right)
        return right
    if type(left) is not Cons:
        raise wrong_kind("a sequence", left)
    tail = left.tail
    return Cons(left.head, Thunk(lambda: concatenate(tail, right)))


def equal(left: Value, right: Value) -> bool:
    """`left == right`."""
    left, right = normal(left), normal(right)
    return bool(left == right)


# ------------------------------------------------------------------ an order on all values

_RANK = {int: 0, Bool: 1, Char: 2, Dot: 3, Dotted: 4, Tup: 5, tuple: 6, frozenset: 7, Map: 8}


def order_key(value: Value) -> Any:
    """A key that sorts any values, whatever their kinds: for printing and for `seq`.

    Has nothing to do with CSPM's `<`.
    """
    kind = type(value)
    rank = _RANK.get(kind, 9)
    if kind is int:
        return (rank, value)
    if kind is Bool or kind is Char:
        return (rank, value.value)
    if kind is Dot:
        return (rank, value.head.order, tuple(map(order_key, value.fields)))
    if kind is Dotted:
        return (rank, tuple(map(order_key, value.items)))
    if kind is Tup or kind is tuple:
        return (rank, tuple(map(order_key, value)))
    if kind is frozenset:
        return (rank, len(value), tuple(sorted(map(order_key, value))))
    if kind is Map:
        pairs = sorted((order_key(k), order_key(v)) for k, v in value.entries.items())
        return (rank, tuple(pairs))
    explicit = getattr(value, "explicit", None)
    if explicit is not None:
        return order_key(explicit())
    return (rank, str(value))


def in_order(values: Iterable[Value]) -> list[Value]:
    """The values sorted by `order_key`."""
    return sorted(values, key=order_key)


# ----------------------------------------------------------------------------- printing


def _show_field(value: Value) -> str:
    text = show(value)
    return f"({text})" if type(value) is Dotted else text


def show(value: Value) -> str:
    """The value in CSPM's notation. An infinite sequence is cut after 100 elements."""
    value = force(value)
    kind = type(value)
    if kind is Tup or kind is LazyTup:
        return "(" + ", ".join(show(v) for v in components(value)) + ")"
    if kind is tuple or kind is Cons:
        return _show_sequence(value)
    if kind is frozenset:
        return "{" + ", ".join(show(v) for v in in_order(value)) + "}"
    if kind is Map:
        items = sorted(value.entries.items(), key=lambda kv: order_key(kv[0]))
        inner = ", ".join(f"{show(k)} => {show(v)}" for k, v in items)
        return f"(| {inner} |)" if items else "(| |)"
    return _digits(value) if kind is int else str(value)


#: So many digits Python writes in one piece.
_PIECE = 4000
_FACTOR = 10**_PIECE


def _digits(number: int) -> str:
    """A number in decimal, of any length."""
    sign, rest = "-" if number < 0 else "", abs(number)
    pieces: list[str] = []
    while rest >= _FACTOR:
        rest, low = divmod(rest, _FACTOR)
        pieces.append(f"{low:0{_PIECE}}")
    return sign + "".join([str(rest), *reversed(pieces)])


def _show_sequence(sequence: Value) -> str:
    shown: list[Value] = []
    for element in elements_of(sequence):
        if len(shown) == 100 and type(sequence) is Cons:
            return "<" + ", ".join(map(show, shown)) + ", ...>"
        shown.append(force(element))
    if shown and all(type(e) is Char for e in shown):
        return "".join(e.value for e in shown)
    return "<" + ", ".join(map(show, shown)) + ">"
