"""Events, queues and causality in z3: for any clocks, any happens-before, queues of any length.

An event has an id, a timestamp and a source (a number); a queue is an array with a length. The
processing order is that of `cospec.models.event_queue.Event.order`; that both say the same is
tested.
"""

from __future__ import annotations

from typing import Any

import z3


def _event() -> Any:
    made = z3.Datatype("QueuedEvent")
    made.declare("event", ("id", z3.IntSort()), ("time", z3.IntSort()), ("source", z3.IntSort()))
    return made.create()


Event = _event()
Queue = z3.ArraySort(z3.IntSort(), Event)

#: Constants to state theorems with.
one, two, three, new, newer, any_event = z3.Consts("one two three new newer any_event", Event)
queue, sorted_one, sorted_two = z3.Consts("queue sorted_one sorted_two", Queue)
length, at, place, later = z3.Ints("length at place later")

happens_before = z3.Function("happens_before", Event, Event, z3.BoolSort())


# ------------------------------------------------------------------------------------- causality


def causal(first: Any, second: Any) -> z3.BoolRef:
    """`causal_ordering`"""
    same = z3.And(Event.time(first) == Event.time(second), happens_before(first, second))
    return z3.Or(Event.time(first) < Event.time(second), same)


def irreflexive() -> z3.BoolRef:
    """No event happens before itself."""
    return z3.ForAll([one], z3.Not(happens_before(one, one)))


def transitive() -> z3.BoolRef:
    """What happens before something happens before all that this happens before."""
    chain = z3.And(happens_before(one, two), happens_before(two, three))
    return z3.ForAll([one, two, three], z3.Implies(chain, happens_before(one, three)))


def stamp_of_receipt(clock: Any, sent: Any, lamport: bool) -> Any:
    """The timestamp of an event that a message has caused; a Lamport clock is put ahead."""
    return z3.If(sent + 1 > clock, sent + 1, clock) if lamport else clock


def clock_condition(strictly: bool = False) -> z3.BoolRef:
    """What happens before something bears no later timestamp, or an earlier one."""
    first, second = Event.time(one), Event.time(two)
    kept = first < second if strictly else first <= second
    return z3.ForAll([one, two], z3.Implies(happens_before(one, two), kept))


def before(first: Any, second: Any) -> z3.BoolRef:
    """The processing order: by timestamp, source, id."""
    same_time = Event.time(first) == Event.time(second)
    same_source = Event.source(first) == Event.source(second)
    by_id = z3.And(same_source, Event.id(first) < Event.id(second))
    by_source = z3.Or(Event.source(first) < Event.source(second), by_id)
    return z3.Or(Event.time(first) < Event.time(second), z3.And(same_time, by_source))


# ---------------------------------------------------------------------------------------- queues


def within(index: Any, size: Any) -> z3.BoolRef:
    """An index of a queue."""
    return z3.And(index >= 0, index < size)


def well_formed(events: z3.ArrayRef, size: Any) -> list[z3.BoolRef]:
    """The three parts of `well_formed_event_bus`: events well-formed, ids unique, in order."""
    pair = z3.And(within(place, size), within(later, size), place < later)
    first, second = events[place], events[later]
    return [
        z3.ForAll([place], z3.Implies(within(place, size), Event.time(events[place]) >= 0)),
        z3.ForAll([place, later], z3.Implies(pair, Event.id(first) != Event.id(second))),
        z3.ForAll([place, later], z3.Implies(pair, before(first, second))),
    ]


def insertion_point() -> z3.BoolRef:
    """That `at` is where `new` belongs: before the first event that comes after it."""
    none_before = z3.ForAll(
        [place], z3.Implies(within(place, at), z3.Not(before(new, queue[place])))
    )
    return z3.And(
        within(at, length + 1), none_before, z3.Implies(at < length, before(new, queue[at]))
    )


def inserted() -> z3.ArrayRef:
    """The queue with `new` at its place, one longer."""
    index = z3.Int("index")
    shifted = z3.If(index == at, new, queue[index - 1])
    return z3.Lambda([index], z3.If(index < at, queue[index], shifted))


def appended() -> z3.ArrayRef:
    """The queue with `new` at its end, one longer."""
    return z3.Store(queue, length, new)


def removed() -> z3.ArrayRef:
    """The queue without the event that is `at` some place, one shorter."""
    index = z3.Int("index")
    return z3.Lambda([index], z3.If(index < at, queue[index], queue[index + 1]))


def fresh(event: Any, events: z3.ArrayRef = queue, size: Any = length) -> z3.BoolRef:
    """That no event in a queue has the id of this one."""
    differs = Event.id(events[place]) != Event.id(event)
    return z3.ForAll([place], z3.Implies(within(place, size), differs))


def same_elements() -> list[z3.BoolRef]:
    """That two queues of one length hold the same events: each is somewhere in the other."""
    there, back = (z3.Function(name, z3.IntSort(), z3.IntSort()) for name in ("there", "back"))
    return [
        z3.ForAll(
            [place],
            z3.Implies(
                within(place, length),
                z3.And(within(where(place), length), first[place] == second[where(place)]),
            ),
        )
        for first, second, where in (
            (sorted_one, sorted_two, there),
            (sorted_two, sorted_one, back),
        )
    ]


# ------------------------------------------------------------------------------------ processing

Bus = z3.DeclareSort("QueueBus")
bus = z3.Const("bus", Bus)
pending = z3.Const("pending", z3.SetSort(Event))
#: `process_event`, of which nothing is known.
process = z3.Function("process_event", Bus, Event, Bus)
#: The order that the events are sorted by, of which nothing is known.
precedes = z3.Function("precedes", Event, Event, z3.BoolSort())


def may_be_next(event: Any, events: z3.ArrayRef) -> z3.BoolRef:
    """That an event is pending, and no pending event precedes it."""
    earlier = z3.And(z3.IsMember(any_event, events), precedes(any_event, event))
    return z3.And(z3.IsMember(event, events), z3.Not(z3.Exists([any_event], earlier)))


def commute(first: Any, second: Any) -> z3.BoolRef:
    """That two events, in whichever order they are processed, have the same result."""
    return process(process(bus, first), second) == process(process(bus, second), first)
