"""The functions that a script imports by `transparent` and `external`.

Compressions keep the meaning of a process; they only mark it, and the checker replaces what is
marked by something smaller. The others do what they say.
"""

from __future__ import annotations

from collections.abc import Callable

from cospec.spec.semantics import process as terms
from cospec.spec.semantics.priority import partial_priority, priority
from cospec.spec.semantics.process import Compressed, Definition, Order, Process, Sequential
from cospec.spec.semantics.subsets import deterministic, failure_watchdog, trace_watchdog
from cospec.spec.syntax.builtins import check_event, event_set
from cospec.spec.syntax.sets import elements
from cospec.spec.syntax.values import (
    EvaluationError,
    Function,
    Tup,
    Value,
    brief,
    components,
    elements_of,
    force,
    in_order,
    normal,
)


def _same(process: Value) -> Value:
    return force(process)


def _compression(how: str) -> Callable[[Value], Process]:
    def compress(process: Value) -> Process:
        return Compressed(_process(process), how)

    return compress


def _chase(process: Value) -> Process:
    return terms.Chase(_process(process))


def _process(value: Value) -> Process:
    value = force(value)
    if not isinstance(value, Process):
        raise EvaluationError("X590", f"a process is needed here, but this is `{brief(value)}`")
    return value


def _loop(process: Value) -> Process:
    """`loop(P)`: P again and again."""
    body = _process(process)
    again: Definition = Definition("loop", lambda p: Sequential(p, again(p)))
    return again(body)


def _ordered(process: Value, order: Order) -> Process:
    return terms.Prioritise(_process(process), order) if order.above else _process(process)


def _prioritise(process: Value, classes: Value) -> Process:
    sets = [event_set(s) for s in elements_of(classes)]
    if not sets:
        raise EvaluationError("X540", "`prioritise` needs at least one set of events")
    return _ordered(process, priority(sets))


def timed_priority(tock: Value, process: Value) -> Process:
    """`timed_priority(P)`: time passes only when nothing internal can happen."""
    return _ordered(process, priority([frozenset(), frozenset((tock,))]))


def below_tau(process: Process, events: Value) -> Process:
    """`… :[tau priority over]: events`."""
    listed = event_set(events)
    return _ordered(process, priority([frozenset(), listed])) if listed else process


def _prioritise_partially(process: Value, events: Value, order: Value, maximal: Value) -> Process:
    pairs = {
        (check_event(u), check_event(low))
        for u, low in (map(normal, components(p)) for p in in_order(elements(force(order))))
    }
    try:
        built = partial_priority(event_set(events), pairs, event_set(maximal))
    except ValueError as fault:
        raise EvaluationError("X541", f"`prioritisepo`: {fault}") from None
    return _ordered(process, built)


def _deter(process: Value) -> Process:
    return deterministic(_process(process))


def _trace_watchdog(process: Value, alphabet: Value, bark: Value) -> Process:
    return trace_watchdog(_process(process), event_set(alphabet), check_event(normal(bark)))


def _failure_watchdog(process: Value, alphabet: Value, bark: Value) -> Process:
    return failure_watchdog(_process(process), event_set(alphabet), check_event(normal(bark)))


# ----------------------------------------------------------------------------- relations


def _pairs(relation: Value) -> list[tuple[Value, Value]]:
    return [(normal(a), normal(b)) for a, b in map(components, in_order(elements(force(relation))))]


def _transpose(relation: Value) -> Value:
    return frozenset(Tup((b, a)) for a, b in _pairs(relation))


def _image_of(name: str, pairs: list[tuple[Value, Value]]) -> Function:
    partners: dict[Value, set[Value]] = {}
    for source, target in pairs:
        partners.setdefault(source, set()).add(target)
    frozen = {source: frozenset(targets) for source, targets in partners.items()}
    nothing: frozenset[Value] = frozenset()

    def image(value: Value) -> Value:
        return frozen.get(normal(value), nothing)

    return Function(name, image, 1, frozenset(pairs), None)


def _relational_image(relation: Value) -> Value:
    return _image_of("relational_image", _pairs(relation))


def _relational_inverse_image(relation: Value) -> Value:
    return _image_of("relational_inverse_image", [(b, a) for a, b in _pairs(relation)])


def _mtransclose(relation: Value, universe: Value) -> Value:
    """Classes of the symmetric transitive closure, as pairs (representative, other member).

    Only pairs within the universe count; the representative is the first in the fixed order of
    values.
    """
    members = elements(force(universe))
    parent: dict[Value, Value] = {v: v for v in members}

    def find(value: Value) -> Value:
        while parent[value] is not value:
            parent[value] = parent[parent[value]]
            value = parent[value]
        return value

    for left, right in _pairs(relation):
        if left in parent and right in parent:
            a, b = find(left), find(right)
            if a is not b:
                parent[b] = a
    classes: dict[Value, list[Value]] = {}
    for value in members:
        classes.setdefault(find(value), []).append(value)
    found: set[Value] = set()
    for group in classes.values():
        first, *rest = in_order(group)
        found.update(Tup((first, other)) for other in rest)
    return frozenset(found)


_COMPRESSIONS = (
    "sbisim", "dbisim", "wbisim", "diamond", "normal", "lazynorm", "tau_loop_factor", "explicate",
)  # fmt: skip

Import = tuple[Callable[..., Value], int, bool]

#: name -> (function, number of arguments, gives a process)
TRANSPARENT: dict[str, Import] = {
    **{name: (_compression(name), 1, True) for name in _COMPRESSIONS},
    "lazyenumerate": (_same, 1, True),
    "model_compress": (_same, 1, True),
    "chase": (_chase, 1, True),
    "chase_nocache": (_chase, 1, True),
}

EXTERNAL: dict[str, Import] = {
    "chase": (_chase, 1, True),
    "chase_nocache": (_chase, 1, True),
    "deter": (_deter, 1, True),
    "loop": (_loop, 1, True),
    "prioritise": (_prioritise, 2, True),
    "prioritise_nocache": (_prioritise, 2, True),
    "prioritisepo": (_prioritise_partially, 4, True),
    "trace_watchdog": (_trace_watchdog, 3, True),
    "failure_watchdog": (_failure_watchdog, 3, True),
    "mtransclose": (_mtransclose, 2, False),
    "relational_image": (_relational_image, 1, False),
    "relational_inverse_image": (_relational_inverse_image, 1, False),
    "transpose": (_transpose, 1, False),
}
