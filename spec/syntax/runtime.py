"""What generated code calls: data.

Together with `operators` (processes) these names are the globals of every compiled script.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from cospec.spec.semantics.process import Call, Definition, Process
from cospec.spec.syntax import dots
from cospec.spec.syntax.sets import (
    Constructed,
    Integers,
    Product,
    Productions,
    elements,
    is_set,
    is_subset,
    union_all,
)
from cospec.spec.syntax.values import (
    FALSE,
    TRUE,
    Char,
    Cons,
    Dot,
    EvaluationError,
    Frame,
    Function,
    Head,
    Map,
    Thunk,
    Tup,
    Value,
    brief,
    elements_of,
    force,
    make_tuple,
    normal,
    show,
    stream,
    wrong_kind,
)

EMPTY_FRAME = Frame(tuple)


def is_true(value: Value) -> bool:
    """The Python truth of a CSPM boolean."""
    if value is TRUE:
        return True
    if value is FALSE:
        return False
    raise EvaluationError("X590", f"a boolean is needed here, but this is `{brief(value)}`")


def plus(left: Value, right: Value) -> int:
    """`left + right`."""
    if type(left) is int and type(right) is int:
        return left + right
    raise not_numbers("+", left, right)


def minus(left: Value, right: Value) -> int:
    """`left - right`."""
    if type(left) is int and type(right) is int:
        return left - right
    raise not_numbers("-", left, right)


def times(left: Value, right: Value) -> int:
    """`left * right`."""
    if type(left) is int and type(right) is int:
        return left * right
    raise not_numbers("*", left, right)


def not_numbers(operator: str, left: Value, right: Value) -> EvaluationError:
    """The mistake of computing with something else than numbers."""
    shown = f"`{brief(left)}` {operator} `{brief(right)}`"
    notes: tuple[str, ...] = ()
    if operator == "+" and not {type(left), type(right)}.isdisjoint((tuple, Cons)):
        notes = ("sequences are joined by `^`",)
    if operator == "+" and is_set(left):
        notes = ("the union of two sets is `union(x, y)`",)
    if operator == "-" and is_set(left):
        notes = ("the difference of two sets is `diff(x, y)`",)
    return EvaluationError("X590", f"`{operator}` is for numbers, but this is {shown}", *notes)


def less(left: Value, right: Value) -> bool:
    """`left < right`."""
    left, right = normal(left), normal(right)
    return bool(left != right) and at_most(left, right)


def at_most(left: Value, right: Value) -> bool:
    """`left <= right`."""
    left, right = normal(left), normal(right)
    kind = type(left)
    if kind is not type(right) and not (is_set(left) and is_set(right)):
        raise EvaluationError(
            "X590",
            f"`{brief(left)}` and `{brief(right)}` are of different types: they have no order",
        )
    if kind is int:
        return bool(left <= right)
    if kind is Char:
        return bool(left.value <= right.value)
    if kind is tuple:
        return len(left) <= len(right) and bool(right[: len(left)] == left)
    if is_set(left):
        return is_subset(left, right)
    if kind is Tup:
        for a, b in zip(left, right, strict=False):
            if a != b:
                return at_most(a, b)
        return True
    if kind is Map:
        return all(
            k in right.entries and at_most(v, right.entries[k]) for k, v in left.entries.items()
        )
    raise EvaluationError("X590", f"`{brief(left)}` and `{brief(right)}` have no order")


# --------------------------------------------------------------------------- containers


def _need_numbers(*values: Value) -> None:
    for value in values:
        if type(value) is not int:
            raise wrong_kind("a number", value)


def sequence_range(first: int, last: int) -> Value:
    """`<first..last>`."""
    _need_numbers(first, last)
    if last - first < 10_000:
        return tuple(range(first, last + 1))
    return stream(lambda: iter(range(first, last + 1)))


def sequence_from(first: int) -> Value:
    """`<first..>`."""
    _need_numbers(first)
    return stream(lambda: itertools.count(first))


def set_range(first: int, last: int) -> Value:
    """`{first..last}`."""
    _need_numbers(first, last)
    if last - first > 20_000_000:
        raise EvaluationError(
            "X520", f"the set {{{first}..{last}}} has {last - first + 1} members: too many to list"
        )
    return frozenset(range(first, last + 1))


def set_from(first: int) -> Value:
    """`{first..}`."""
    _need_numbers(first)
    return Integers(first)


def make_set(*items: Value) -> Value:
    """`{a, b, …}`."""
    return frozenset(map(normal, items))


def set_of(items: Iterable[Value]) -> Value:
    return frozenset(map(normal, items))


def make_map(*pairs: tuple[Value, Value]) -> Value:
    """`(| k => v, … |)`."""
    return Map({normal(k): normal(v) for k, v in pairs})


def production_set(items: Iterable[Value]) -> Value:
    """`{| a, b, … |}`."""
    values = [normal(v) for v in items]
    for value in values:
        if type(value) is not Dot:
            raise EvaluationError(
                "X515", f"`{brief(value)}` in `{{| |}}` is no channel, event or constructor"
            )
    if all(v.complete for v in values):
        return frozenset(values)
    return Productions(frozenset(values))


# ---------------------------------------------------------------------------- functions


def no_match(what: str, *arguments: Value) -> Value:
    """No clause or pattern fits.

    Raises:
        EvaluationError: always.
    """
    shown = ", ".join(brief(a) for a in arguments)
    raise EvaluationError(
        "X502",
        f"no pattern of `{what}` matches ({shown})"
        if what not in ("this lambda", "this pattern")
        else f"{what} does not match ({shown})",
    )


def apply(target: Value, *arguments: Value) -> Value:
    """`target(arguments)` for a function that is only known now."""
    target = force(target)
    if type(target) is not Function:
        raise EvaluationError("X590", f"`{brief(target)}` is not a function")
    if target.arity != len(arguments):
        raise EvaluationError(
            "X590",
            f"{_titled(target)} takes {_many(target.arity, 'argument')}, {len(arguments)} given",
        )
    return target.code(*arguments)


def _titled(target: Function) -> str:
    return "this lambda" if target.name == "\\" else f"`{target.name}`"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def curried(
    title: str, code: Callable[..., Value], groups: tuple[int, ...], site: Hashable, frame: Frame
) -> Function:
    """A function value whose argument groups are given one after the other."""
    first, rest = groups[0], groups[1:]
    if not rest:
        return Function(title, code, first, site, frame)

    def partial(*arguments: Value) -> Function:
        inner = Frame(lambda: (*arguments, frame))
        site_inside = _site(site, len(rest))
        return curried(title, lambda *more: code(*arguments, *more), rest, site_inside, inner)

    return Function(title, partial, first, site, frame)


def _site(site: Hashable, depth: int) -> str:
    return f"{site}/{depth}"


class LocalDefinition:
    """A process defined in a `let`: becomes the one shared `Definition` of its place and frame."""

    __slots__ = ("name", "code", "site", "frame", "places", "_shared")

    def __init__(
        self,
        name: str,
        code: Callable[..., Process],
        site: str,
        frame: Frame,
        places: dict[Any, Definition],
    ) -> None:
        self.name = name
        self.code = code
        self.site = site
        self.frame = frame
        self.places = places
        self._shared: Definition | None = None

    def __call__(self, *arguments: Value) -> Call:
        if self._shared is None:
            key = (self.site, self.frame.key())
            shared = self.places.get(key)
            if shared is None:
                shared = self.places[key] = _definition(self.name, self.code)
            self._shared = shared
        return self._shared(*arguments)


def _definition(title: str, code: Callable[..., Process]) -> Definition:
    def unfold(*arguments: Value) -> Process:
        process = code(*arguments)
        if not isinstance(process, Process):
            raise EvaluationError("X590", f"`{title}` is not a process but `{brief(process)}`")
        return process

    def text(arguments: tuple[Hashable, ...]) -> str:
        return f"{title}({', '.join(map(show, arguments))})" if arguments else title

    return Definition(title, unfold, text)


def definer(places: dict[Any, Definition]) -> Callable[..., Any]:
    """The function `define` of one script; `places` holds its local definitions."""

    def define(
        title: str, code: Callable[..., Process], site: str, frame: Frame
    ) -> Definition | LocalDefinition:
        if frame is EMPTY_FRAME:
            key = (site, ())
            if key not in places:
                places[key] = _definition(title, code)
            return places[key]
        return LocalDefinition(title, code, site, frame, places)

    return define


def sharer(terms: dict[Any, Process]) -> Callable[..., Process]:
    """The function `share` of one script; `terms` holds what it has made."""

    def share(site: str, frame: Frame, make: Callable[[], Process]) -> Process:
        try:
            key = (site, frame.key())
        except EvaluationError:  # in a value that is perhaps never needed
            return make()
        found = terms.get(key)
        if found is None:
            found = terms[key] = make()
        return found

    return share


def calls(definition: Callable[..., Call]) -> Callable[..., Call]:
    """A definition as a function of arguments that may be thunks."""
    return lambda *arguments: definition(*map(normal, arguments))


# ------------------------------------------------------------------------------- types


def _field_sets(what: str, parts: tuple[Value, ...]) -> tuple[Value, ...]:
    found: list[Value] = []
    for part in parts:
        if isinstance(part, Product) and part.dotted:
            found.extend(part.parts)
        elif is_set(part):
            found.extend(dots.fields_of(part, what))
        else:
            raise EvaluationError(
                "X516", f"the type of `{what}` needs a set here, but this is `{brief(part)}`"
            )
    return tuple(found)


def type_fields(what: str, parts: tuple[Value, ...]) -> tuple[Value, ...]:
    """The sets of the fields of a channel or constructor."""
    return _field_sets(what, parts)


def type_set(what: str, parts: tuple[Value, ...]) -> Value:
    """The set that a type expression describes."""
    if len(parts) == 1:
        return parts[0]
    return Product(_field_sets(what, parts), dotted=True)


def type_tuple(*parts: Value) -> Value:
    """`(A, B)` as a type: the tuples of their members."""
    return Product(parts, dotted=False)


def constructed(title: str, clauses: tuple[tuple[Head, None], ...]) -> Value:
    """The set of a datatype's values."""
    return Constructed(title, clauses)


def subtype(title: str, clauses: tuple[tuple[Head, tuple[Value, ...]], ...]) -> Value:
    """The set of a subtype's values; fields that it leaves out are as declared."""
    filled = []
    for head, sets in clauses:
        if len(sets) > len(head.fields):
            raise EvaluationError(
                "X517",
                f"`{head.name}` has {_many(len(head.fields), 'field')}, the subtype gives it more",
            )
        filled.append((head, (*sets, *head.fields[len(sets) :])))
    return Constructed(title, tuple(filled))


#: What generated code finds under its own names.
DATA: dict[str, Any] = {
    f.__name__: f
    for f in (
        is_true, plus, minus, times, less, at_most, sequence_range, sequence_from, set_range,
        set_from, make_set, set_of, make_map, production_set, no_match, apply, curried, calls,
        type_fields, type_set, type_tuple, constructed, subtype, elements, elements_of, force,
        normal, make_tuple, stream, union_all, Function, Frame, Thunk,
    )
}  # fmt: skip
