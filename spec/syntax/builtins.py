"""The names that every script starts with: constants and functions.

Arguments may be thunks; each function forces what it looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cospec.spec.semantics import process as terms
from cospec.spec.semantics.process import Definition, Prefix, Process
from cospec.spec.syntax import dots
from cospec.spec.syntax.sets import (
    Characters,
    Integers,
    Maps,
    Powerset,
    Processes,
    Sequences,
    booleans,
    difference,
    elements,
    intersection,
    is_empty,
    member,
    size_of,
    union,
    union_all,
)
from cospec.spec.syntax.values import (
    FALSE,
    TRUE,
    Bool,
    Char,
    Cons,
    Dot,
    Dotted,
    EvaluationError,
    Map,
    Tup,
    Value,
    brief,
    components,
    elements_of,
    force,
    in_order,
    normal,
    show,
    stream,
    truth,
    wrong_kind,
)


def _union(left: Value, right: Value) -> Value:
    return union(force(left), force(right))


def _inter(left: Value, right: Value) -> Value:
    return intersection(force(left), force(right))


def _diff(left: Value, right: Value) -> Value:
    return difference(force(left), force(right))


def _union_all(sets: Value) -> Value:
    return union_all(elements(force(sets)))


def _inter_all(sets: Value) -> Value:
    result: Value = None
    for each in elements(force(sets)):
        result = each if result is None else intersection(result, each)
    return frozenset() if result is None else result


def _member(value: Value, values: Value) -> Bool:
    return truth(member(normal(value), force(values)))


def _card(values: Value) -> int:
    return size_of(force(values))


def _empty(values: Value) -> Bool:
    return truth(is_empty(force(values)))


def _powerset(values: Value) -> Value:
    return Powerset(force(values))


def _sequences(values: Value) -> Value:
    return Sequences(force(values))


def _seq(values: Value) -> Value:
    """`seq(S)`: the members, in an order that depends on the set alone."""
    return tuple(in_order(elements(force(values))))


def _set(sequence: Value) -> Value:
    return frozenset(normal(v) for v in elements_of(sequence))


def head(sequence: Value) -> Value:
    """`head(s)`."""
    sequence = force(sequence)
    if type(sequence) is Cons:
        return force(sequence.head)
    if type(sequence) is not tuple:
        raise wrong_kind("a sequence", sequence)
    if not sequence:
        raise EvaluationError("X503", "`head` of the empty sequence")
    return sequence[0]


def tail(sequence: Value) -> Value:
    """`tail(s)`."""
    sequence = force(sequence)
    if type(sequence) is Cons:
        return force(sequence.tail)
    if type(sequence) is not tuple:
        raise wrong_kind("a sequence", sequence)
    if not sequence:
        raise EvaluationError("X503", "`tail` of the empty sequence")
    return sequence[1:]


def _null(sequence: Value) -> Bool:
    sequence = force(sequence)
    if type(sequence) is not tuple and type(sequence) is not Cons:
        raise wrong_kind("a sequence", sequence)
    return truth(type(sequence) is tuple and not sequence)


def length(sequence: Value) -> int:
    """`#s`."""
    sequence = force(sequence)
    if type(sequence) is tuple:
        return len(sequence)
    return sum(1 for _ in elements_of(sequence))


def _concat(sequences: Value) -> Value:
    def each() -> Iterator[Value]:
        for sequence in elements_of(sequences):
            yield from elements_of(sequence)

    outer = force(sequences)
    if type(outer) is tuple and all(type(s) is tuple for s in outer):
        return tuple(v for s in outer for v in s)
    return stream(each)


def _elem(value: Value, sequence: Value) -> Bool:
    wanted = normal(value)
    return truth(any(normal(v) == wanted for v in elements_of(sequence)))


def _key_value(pair: Value) -> tuple[Value, Value]:
    key, value = components(pair)
    return normal(key), normal(value)


def _map(value: Value) -> dict[Value, Value]:
    value = force(value)
    if type(value) is not Map:
        raise EvaluationError("X590", f"a map is needed here, but this is `{brief(value)}`")
    return value.entries


def _map_from_list(pairs: Value) -> Value:
    return Map(dict(map(_key_value, elements_of(pairs))))


def _map_to_list(value: Value) -> Value:
    entries = _map(value)
    return tuple(Tup((k, entries[k])) for k in in_order(entries))


def _map_lookup(value: Value, key: Value) -> Value:
    entries, key = _map(value), normal(key)
    if key not in entries:
        raise EvaluationError("X504", f"the map has no entry for `{brief(key)}`")
    return entries[key]


def _map_member(value: Value, key: Value) -> Bool:
    return truth(normal(key) in _map(value))


def _map_update(value: Value, key: Value, new: Value) -> Value:
    return Map({**_map(value), normal(key): normal(new)})


def _map_update_multiple(value: Value, pairs: Value) -> Value:
    return Map({**_map(value), **dict(map(_key_value, elements_of(pairs)))})


def _map_delete(value: Value, key: Value) -> Value:
    key = normal(key)
    return Map({k: v for k, v in _map(value).items() if k != key})


def _maps(keys: Value, values: Value) -> Value:
    return Maps(force(keys), force(values))


def _error(message: Value) -> Value:
    raise EvaluationError("X500", f"the script calls `error`: {show(normal(message))}")


def text(value: str) -> Value:
    """A CSPM string."""
    return tuple(map(Char, value))


def _show(value: Value) -> Value:
    return text(show(normal(value)))


def _extensions(value: Value) -> Value:
    return frozenset(dots.extensions(normal(value)))


def _productions(value: Value) -> Value:
    return frozenset(dots.productions(normal(value)))


def event_set(values: Value) -> frozenset[Value]:
    """The set of events an operator was given, listed.

    Raises:
        EvaluationError: it is no set, or holds something that is not a complete event.
    """
    listed = elements(force(values))
    for value in listed:
        if not is_event(value):
            check_member(value)
    return listed


def is_event(value: Value) -> bool:
    return type(value) is Dot and value.head.is_channel and value.complete


def check_member(value: Value) -> Value:
    """`value`, a member of a set of events, if it is an event.

    Raises:
        EvaluationError: it is something else, or lacks fields.
    """
    try:
        return check_event(value)
    except EvaluationError as error:
        if error.code != "X513" or type(value) is not Dot:
            raise
        note = f"all events of `{brief(value)}` together are `{{| {brief(value)} |}}`"
        raise EvaluationError(error.code, error.message, *error.notes, note) from None


def check_event(value: Value) -> Value:
    """`value`, if it is an event.

    Raises:
        EvaluationError: it is something else, or lacks fields.
    """
    if is_event(value):
        return value
    if type(value) is Dot and value.head.is_channel:
        have, want = len(value.fields), len(value.head.fields)
        raise EvaluationError(
            "X513",
            f"`{brief(value)}` is not a complete event",
            f"the channel `{value.head.name}` takes {want} field{'s' * (want != 1)}, "
            f"and {have} {'are' if have != 1 else 'is'} given",
        )
    if type(value) is Dotted and is_event(value.items[0]):
        whole = value.items[0]
        raise EvaluationError(
            "X513",
            f"`{brief(value)}` is no event: `{brief(whole)}` is one, and takes no more fields",
        )
    raise EvaluationError("X514", f"an event is needed here, but this is `{brief(value)}`")


def _chaos(events: Value) -> Process:
    return terms.Chaos(event_set(events))


def _run(events: Value) -> Process:
    return terms.Run(event_set(events))


# ------------------------------------------------------------------------------- buffers


def _buffer_pairs(pairs: Value, extra: tuple[Value, ...]) -> dict[Value, Value]:
    mapping: dict[Value, Value] = {}
    seen = set(extra)
    for pair in in_order(elements(force(pairs))):
        source, target = map(check_event, map(normal, components(pair)))
        for event in (source, target):
            if event in seen:
                raise EvaluationError(
                    "X530", f"the event `{brief(event)}` is used twice in one buffer"
                )
            seen.add(event)
        mapping[source] = target
    return mapping


def _make_buffer(
    name: str, capacity: Value, pairs: Value, full: Value | None, empty: Value | None
) -> Process:
    size = force(capacity)
    if size < 1:
        raise EvaluationError("X531", f"a buffer needs a capacity of at least 1, not {size}")
    signals = tuple(check_event(normal(e)) for e in (full, empty) if e is not None)
    mapping = _buffer_pairs(pairs, signals)

    def unfold(contents: tuple[Value, ...]) -> Process:
        branches: list[tuple[Value, Process]] = []
        if len(contents) < size:
            branches += [(i, state((*contents, o))) for i, o in mapping.items()]
        elif full is not None:
            branches.append((signals[0], state(contents)))
        if contents:
            branches.append((contents[0], state(contents[1:])))
        elif empty is not None:
            branches.append((signals[1], state(contents)))
        return Prefix(branches)

    state = Definition(name, unfold, lambda arguments: f"{name}{show(arguments[0])}")
    return state(())


def _buffer(capacity: Value, pairs: Value) -> Process:
    return _make_buffer("BUFFER", capacity, pairs, None, None)


def _weak_buffer(capacity: Value, full: Value, pairs: Value) -> Process:
    return _make_buffer("WEAK_BUFFER", capacity, pairs, full, None)


def _signal_buffer(capacity: Value, full: Value, empty: Value, pairs: Value) -> Process:
    return _make_buffer("SIGNAL_BUFFER", capacity, pairs, full, empty)


def wait(tock: Value, count: Value, skip: Process) -> Process:
    """`WAIT(n)`: n tocks, then the timed SKIP."""

    def after(left: int) -> Process:
        return Prefix(((tock, definition(left - 1)),)) if left > 0 else skip

    definition = Definition("WAIT", after)
    return definition(force(count))


#: name -> (value or function, number of arguments or None for a constant, gives a process)
FUNCTIONS: dict[str, tuple[Callable[..., Value], int, bool]] = {
    "union": (_union, 2, False),
    "inter": (_inter, 2, False),
    "diff": (_diff, 2, False),
    "Union": (_union_all, 1, False),
    "Inter": (_inter_all, 1, False),
    "member": (_member, 2, False),
    "card": (_card, 1, False),
    "empty": (_empty, 1, False),
    "Set": (_powerset, 1, False),
    "Seq": (_sequences, 1, False),
    "seq": (_seq, 1, False),
    "set": (_set, 1, False),
    "head": (head, 1, False),
    "tail": (tail, 1, False),
    "null": (_null, 1, False),
    "length": (length, 1, False),
    "concat": (_concat, 1, False),
    "elem": (_elem, 2, False),
    "mapFromList": (_map_from_list, 1, False),
    "mapToList": (_map_to_list, 1, False),
    "mapLookup": (_map_lookup, 2, False),
    "mapMember": (_map_member, 2, False),
    "mapUpdate": (_map_update, 3, False),
    "mapUpdateMultiple": (_map_update_multiple, 2, False),
    "mapDelete": (_map_delete, 2, False),
    "Map": (_maps, 2, False),
    "error": (_error, 1, False),
    "show": (_show, 1, False),
    "extensions": (_extensions, 1, False),
    "productions": (_productions, 1, False),
    "CHAOS": (_chaos, 1, True),
    "RUN": (_run, 1, True),
    "BUFFER": (_buffer, 2, True),
    "WEAK_BUFFER": (_weak_buffer, 3, True),
    "SIGNAL_BUFFER": (_signal_buffer, 4, True),
}

#: name -> (value, is a process)
CONSTANTS: dict[str, tuple[Value, bool]] = {
    "Int": (Integers(), False),
    "Bool": (booleans(), False),
    "Char": (Characters(), False),
    "Proc": (Processes(), False),
    "true": (TRUE, False),
    "false": (FALSE, False),
    "True": (TRUE, False),
    "False": (FALSE, False),
    "emptyMap": (Map({}), False),
    "STOP": (terms.STOP, True),
    "SKIP": (terms.SKIP, True),
    "DIV": (terms.DIV, True),
}
