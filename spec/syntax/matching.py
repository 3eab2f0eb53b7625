"""What generated code calls to take values apart by patterns.

Each function gives the parts as a tuple, or None where the pattern does not match.
"""

from __future__ import annotations

from cospec.spec.syntax.sets import elements, is_empty
from cospec.spec.syntax.values import (
    Cons,
    Dot,
    Dotted,
    Head,
    Value,
    elements_of,
    force,
    make_sequence,
)


def match_exactly(sequence: Value, count: int) -> tuple[Value, ...] | None:
    """`<p1, …, pn>`; looks no further than is needed to know the length."""
    sequence = force(sequence)
    if type(sequence) is tuple:
        return sequence if len(sequence) == count else None
    found: list[Value] = []
    while type(sequence) is Cons:
        if len(found) == count:
            return None
        found.append(sequence.head)
        sequence = force(sequence.tail)
    found.extend(sequence)
    return tuple(found) if len(found) == count else None


def match_start(sequence: Value, count: int) -> tuple[Value, ...] | None:
    """`<p1, …, pn>^rest`: the elements, then the rest, which is not looked at."""
    sequence = force(sequence)
    found: list[Value] = []
    while type(sequence) is Cons and len(found) < count:
        found.append(sequence.head)
        rest = sequence.tail
        if len(found) == count:
            return (*found, rest)
        sequence = force(rest)
    if type(sequence) is Cons:
        return (*found, sequence)
    missing = count - len(found)
    if len(sequence) < missing:
        return None
    return (*found, *sequence[:missing], sequence[missing:])


def match_ends(sequence: Value, first: int, last: int) -> tuple[Value, ...] | None:
    """`<p1, …>^middle^<q1, …>`: the first elements, the middle, the last elements."""
    items = tuple(elements_of(sequence))
    if len(items) < first + last:
        return None
    middle = make_sequence(*items[first : len(items) - last])
    return (*items[:first], middle, *items[len(items) - last :])


def match_single(values: Value) -> tuple[Value, ...] | None:
    """`{p}`."""
    found = elements(force(values))
    return tuple(found) if len(found) == 1 else None


def match_empty_set(values: Value) -> bool:
    """`{}`."""
    return is_empty(force(values))


def match_dot(value: Value, parts: tuple[Head | int, ...]) -> tuple[Value, ...] | None:
    """`p1.p2.….pn`.

    `parts` says for each pattern what it takes: a `Head` for a constructor's or channel's own
    name, the number of fields for any other. The last takes all that is left. Only what the
    numbers took is returned.
    """
    value = force(value)
    items: list[Value] = list(value.items) if type(value) is Dotted else [value]
    if type(parts[0]) is int and len(items) == 1 and type(value) is Dot and len(parts) > 1:
        items = [value.head.instances.get((), value), *value.fields]
    taken: list[Value] = []
    last = len(parts) - 1
    for place, part in enumerate(parts):
        if not items:
            return None
        if isinstance(part, Head):
            first = items[0]
            if type(first) is not Dot or first.head is not part:
                return None
            items[:1] = first.fields
        elif place == last:
            taken.append(items[0] if len(items) == 1 else Dotted(tuple(items)))
            items = []
        else:
            if len(items) < part:
                return None
            taken.append(items[0] if part == 1 else Dotted(tuple(items[:part])))
            del items[:part]
    return None if items else tuple(taken)
