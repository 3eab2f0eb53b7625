"""Which events give way to which: the orders behind `prioritise` and `prioritisepo`.

Priority is an operator on the state graph rather than on traces: whether an event survives
depends on what else the very same state can do (Roscoe, *Understanding Concurrent Systems*,
20.2; Roscoe and Hopkins, *SVA, a tool for analysing shared-variable programs*, 2007). τ and ✓ are
never held back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.process import Order

_UNSTOPPABLE: frozenset[Event] = frozenset((TAU, TICK))


def priority(classes: Sequence[Iterable[Event]]) -> Order:
    """The order of `prioritise(P, <S1,...,Sn>)`: an event gives way to those of earlier classes.

    τ and ✓ belong to the first class; events of no class are unaffected. An event that is in
    several classes gives way to all that is above it in any of them, but never to itself.

    >>> order = priority([{"a"}, {"b"}])
    >>> sorted(map(str, order.above["b"]))
    ['a', 'τ', '✓']

    Raises:
        ValueError: there is no class at all.
    """
    if not classes:
        raise ValueError("prioritise needs at least one set of events: the list is empty")
    above: dict[Event, frozenset[Event]] = {}
    higher: frozenset[Event] = _UNSTOPPABLE
    for rank, members in enumerate(map(frozenset, classes)):
        if rank > 0:
            for event in members:
                above[event] = above.get(event, frozenset()) | (higher - {event})
        higher |= members
    return Order(above)


def partial_priority(
    events: Iterable[Event],
    order_pairs: Iterable[tuple[Event, Event]],
    maximal: Iterable[Event],
) -> Order:
    """The order of `prioritisepo(P, E, O, M)`: a pair (u, l) of O puts u above l.

    The order is closed transitively. Every event of E is moreover below τ and ✓, except
    those of M; events outside E are unaffected.

    >>> order = partial_priority({"a", "b", "c"}, {("a", "b"), ("b", "c")}, {"a"})
    >>> sorted(map(str, order.above["c"])), "a" in order.above
    (['a', 'b', 'τ', '✓'], False)

    Raises:
        ValueError: an event is above itself, an event of M has one above it, or O or M
            mention an event that is not in E.
    """
    known, pairs, top = frozenset(events), list(order_pairs), frozenset(maximal)
    _require_known(known, (event for pair in pairs for event in pair), "in the order")
    _require_known(known, top, "among the maximal events")
    directly: dict[Event, set[Event]] = {}
    for upper, lower in pairs:
        directly.setdefault(lower, set()).add(upper)
    above: dict[Event, frozenset[Event]] = {}
    for event in sorted(known, key=str):
        higher = _reachable(directly, event)
        if event in higher:
            raise ValueError(f"the priority order has a cycle: {event} is above itself")
        if event not in top:
            above[event] = higher | _UNSTOPPABLE
        elif higher:
            upper = min(map(str, higher))
            raise ValueError(f"{event} is declared maximal, but {upper} is above it")
    return Order(above)


def _require_known(known: frozenset[Event], mentioned: Iterable[Event], where: str) -> None:
    unknown = {str(event) for event in mentioned if event not in known}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"{names}: {where}, but not in the set of prioritised events")


def _reachable(directly: dict[Event, set[Event]], start: Event) -> frozenset[Event]:
    """Everything above `start`; `start` itself only when it is on a cycle."""
    found: set[Event] = set()
    waiting = [start]
    while waiting:
        fresh = directly.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)
