"""Dotting, productions and extensions: how channels and constructors take their fields.

A named value is a head (channel or constructor) with the fields it has so far. Dotting pushes
an item into the innermost head that still waits for one, and checks each field against its
declared set as soon as the field is complete (FDR manual, "Dot"; libcspm's evaluator).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cospec.spec.syntax.sets import elements, member
from cospec.spec.syntax.values import (
    Dot,
    Dotted,
    EvaluationError,
    Head,
    Value,
    brief,
    in_order,
    normal,
    show,
)


def make(head: Head, fields: tuple[Value, ...]) -> Dot:
    """The shared value of `head` with these normal fields, checked to be within range.

    Raises:
        EvaluationError: a complete field is not in the set declared for it.
    """
    dot = head.instances.get(fields)
    if dot is None:
        declared = head.fields
        if fields:
            _check_range(head, fields, declared)
        last = fields[-1] if fields else None
        complete = len(fields) == len(declared) and (type(last) is not Dot or last.complete)
        dot = head.instances[fields] = Dot(head, fields, complete)
    return dot


def _check_range(head: Head, fields: tuple[Value, ...], declared: tuple[Value, ...]) -> None:
    """Check the last field; the ones before it were checked when they were the last."""
    place = len(fields) - 1
    field = fields[place]
    if type(field) is Dot and not field.complete:
        return
    if not member(field, declared[place]):
        whole = ".".join([head.name, *map(brief, fields)])
        what = "channel" if head.is_channel else "constructor"
        raise EvaluationError(
            "X510",
            f"`{whole}` is not in the set defined for the {what} `{head.name}`",
            f"its field number {place + 1} is `{brief(field)}`, "
            f"which must be one of {_shorten(declared[place])}",
        )


def _shorten(values: Value) -> str:
    text = show(values)
    return text if len(text) <= 200 else text[:197] + "..."


def bare(head: Head) -> Dot:
    """The head with no fields yet."""
    return make(head, ())


def _push(dot: Dot, item: Value) -> Dot:
    """Give an incomplete value its next field."""
    fields = dot.fields
    if fields:
        last = fields[-1]
        if type(last) is Dot and not last.complete:
            return make(dot.head, (*fields[:-1], _push(last, item)))
    return make(dot.head, (*fields, item))


def dot(left: Value, right: Value) -> Value:
    """`left.right`."""
    left, right = normal(left), normal(right)
    items = right.items if type(right) is Dotted else (right,)
    if type(left) is Dot and not left.complete:
        for place, item in enumerate(items):
            if left.complete:
                return Dotted((left, *items[place:]))
            left = _push(left, item)
        return left
    if type(left) is Dotted:
        last = left.items[-1]
        if type(last) is Dot and not last.complete:
            end = dot(last, right)
            ends = end.items if type(end) is Dotted else (end,)
            return Dotted((*left.items[:-1], *ends))
        return Dotted((*left.items, *items))
    return Dotted((left, *items))


def dot_all(first: Value, *rest: Value) -> Value:
    """`first.a.b.c`, right associative."""
    if type(first) is Dot and not first.fields:
        known = first.head.instances.get(rest) if _settled(rest) else None
        if known is not None and known.complete:
            return known
    value = rest[-1]
    for item in rest[-2::-1]:
        value = dot(item, value)
    return dot(first, value)


def _settled(values: tuple[Value, ...]) -> bool:
    return all(type(v) is int or type(v) is Dot for v in values)


def _split(value: Value) -> tuple[Value, ...]:
    return value.items if type(value) is Dotted else (value,)


def _join(items: tuple[Value, ...]) -> Value:
    return items[0] if len(items) == 1 else Dotted(items)


def next_fields(partial: Value) -> Iterable[Value]:
    """The values for the next missing field of an incomplete value: what `?x` ranges over.

    Raises:
        EvaluationError: `partial` is not an incomplete channel or constructor.
    """
    if type(partial) is not Dot or partial.complete:
        raise _no_more_fields(partial)
    fields = partial.fields
    if fields:
        last = fields[-1]
        if type(last) is Dot and not last.complete:
            return _next_within(last, partial.head.fields[len(fields) - 1])
    return elements(partial.head.fields[len(fields)])


def next_head(partial: Value, head: Head) -> Iterable[Value]:
    """What `?B` followed by more fields ranges over: the constructor B, where it may stand.

    If B takes fields itself, those that follow fill them.
    """
    start = bare(head)
    return (start,) if not start.complete or start in next_fields(partial) else ()


def _no_more_fields(value: Value) -> EvaluationError:
    if type(value) is Dot:
        return EvaluationError("X511", f"`{brief(value)}` is complete: it takes no more fields")
    return EvaluationError(
        "X511", f"`{brief(value)}` is not a channel or constructor that takes more fields"
    )


def _next_within(partial: Dot, allowed: Value) -> Iterable[Value]:
    """The next field of `partial` such that some member of `allowed` continues it."""
    found: dict[Value, None] = {}
    for candidate in elements(allowed):
        rest = _rest_after(partial, candidate)
        if rest is not None:
            found[rest[0]] = None
    return found


def _rest_after(partial: Dot, whole: Value) -> tuple[Value, ...] | None:
    """The fields that turn `partial` into `whole`, innermost first; None if they do not match."""
    if partial is whole:
        return ()
    if type(whole) is not Dot or whole.head is not partial.head:
        return None
    count = len(partial.fields)
    if len(whole.fields) < count:
        return None
    inner: tuple[Value, ...] = ()
    for place, field in enumerate(partial.fields):
        other = whole.fields[place]
        if field is other or field == other:
            continue
        if place == count - 1 and type(field) is Dot and not field.complete:
            rest = _rest_after(field, other)
            if rest is None:
                return None
            inner = rest
            continue
        return None
    return (*inner, *whole.fields[count:])


def extensions(partial: Value) -> Iterator[Value]:
    """All x such that `partial.x` is complete: what a last `?x` ranges over.

    Raises:
        EvaluationError: `partial` is not an incomplete channel or constructor.
    """
    if type(partial) is not Dot or partial.complete:
        raise _no_more_fields(partial)
    if len(partial.head.fields) - len(partial.fields) == 1 and not _half_built(partial):
        yield from elements(partial.head.fields[-1])
        return
    for items in _completions(partial):
        yield _join(items)


def _half_built(partial: Dot) -> bool:
    if not partial.fields:
        return False
    last = partial.fields[-1]
    return type(last) is Dot and not last.complete


def _completions(partial: Dot) -> Iterator[tuple[Value, ...]]:
    """Each way to complete `partial`, as the items to dot on."""
    heads: Iterable[tuple[Value, ...]] = ((),)
    if _half_built(partial):
        last = partial.fields[-1]
        allowed = partial.head.fields[len(partial.fields) - 1]
        found: dict[tuple[Value, ...], None] = {}
        for candidate in elements(allowed):
            rest = _rest_after(last, candidate)
            if rest is not None:
                found[rest] = None
        heads = found
    missing = [elements(s) for s in partial.head.fields[len(partial.fields) :]]
    for start in heads:
        yield from _product(start, missing, 0)


def _product(
    start: tuple[Value, ...], sets: Sequence[Iterable[Value]], place: int
) -> Iterator[tuple[Value, ...]]:
    if place == len(sets):
        yield start
        return
    for value in sets[place]:
        yield from _product((*start, value), sets, place + 1)


def productions(value: Value) -> Iterator[Value]:
    """All complete values that begin with `value`."""
    value = normal(value)
    if type(value) is not Dot or value.complete:
        yield value
    elif _half_built(value):
        for items in _completions(value):
            whole: Value = value
            for item in items:
                whole = _push(whole, item)
            yield whole
    else:
        head = value.head
        missing = [elements(s) for s in head.fields[len(value.fields) :]]
        for fields in _product(value.fields, missing, 0):
            known = head.instances.get(fields)
            if known is None:
                known = head.instances[fields] = Dot(head, fields, True)
            yield known


def begins(prefix: Dot, whole: Value) -> bool:
    """Whether `whole` is among the productions of `prefix`."""
    return prefix is whole or _rest_after(prefix, whole) is not None


def fields_of(sets: Value, what: str) -> tuple[Value, ...]:
    """Split the set of one type expression into the sets of its fields.

    A set of plain dotted values stands for several fields and must be rectangular.

    Raises:
        EvaluationError: the set is not the product of its fields.
    """
    if type(sets) is not frozenset or not any(type(v) is Dotted for v in sets):
        return (sets,)
    items = [_split(v) for v in sets]
    widths = {len(i) for i in items}
    if len(widths) > 1:
        return (sets,)
    columns = tuple(frozenset(column) for column in zip(*items, strict=True))
    size = 1
    for column in columns:
        size *= len(column)
    if size != len(sets):
        missing = next(
            i for i in _product((), [in_order(c) for c in columns], 0) if Dotted(i) not in sets
        )
        raise EvaluationError(
            "X512",
            f"the set of `{what}` is not rectangular: it is not the product of its fields",
            f"the set is {_shorten(sets)}",
            f"a product of its fields would also hold {brief(Dotted(missing))}",
        )
    return columns
