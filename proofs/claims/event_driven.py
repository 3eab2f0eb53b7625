"""Claims on the queue of seed 000's event bus, and on the order of processing (M05)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, product

import z3

from cospec.models.event_queue import (
    REPAIRED,
    CausalSort,
    Emitting,
    Event,
    QueueBus,
    well_formed_event,
)
from cospec.proofs import event_logic as logic
from cospec.proofs.claims.event_causality import is_order, one_sort
from cospec.proofs.evidence import confluent, each, each_reason, prove, smallest_first, weighed
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

SEED = "seed 000, section 4.1"

AS_WRITTEN = QueueBus()

#: A bus and the event that it processes.
Case = tuple[QueueBus, Event]

#: What a bus is made of where all small ones are gone through; a time of -1 is ill-formed.
UNIVERSE = tuple(Event(number, time) for number, time in product((1, 2, 3), (-1, 0, 1)))
SMALL = "queues of up to 2 events, a handler that emits up to 2, 3 ids, times -1, 0, 1"


# ----------------------------------------------------------------------------------- well-formed


def _cases(design: QueueBus) -> Iterator[Case]:
    """All small well-formed buses with one handler, and well-formed events; the smallest first."""
    good = [event for event in UNIVERSE if well_formed_event(event)]
    for size in range(5):
        for held in range(max(0, size - 2), min(2, size) + 1):
            for queue in product(good, repeat=held):
                bus = replace(design, event_queue=queue)
                if bus.well_formed:
                    for event, new in product(good, product(UNIVERSE, repeat=size - held)):
                        yield replace(bus, handlers=(("T", Emitting(((event, new),))),)), event


def _emits_well_formed(case: Case) -> bool:
    bus, event = case
    return all(map(well_formed_event, bus.emitted(event)))


def _emits_fresh(case: Case) -> bool:
    """Whether handlers emit ids that nobody else has."""
    bus, event = case
    known = {each.event_id for each in bus.event_queue} | {event.event_id}
    new = [each.event_id for each in bus.emitted(event)]
    return len({*new} - known) == len(new)


def _contracted(case: Case) -> bool:
    """Whether handlers keep the contract of the repaired theorem."""
    return _emits_well_formed(case) and _emits_fresh(case)


def _processed(case: Case) -> QueueBus:
    bus, event = case
    return bus.process_event(event)


def _told(case: Case) -> tuple[str, ...]:
    bus, event = case
    new = ", ".join(map(str, bus.emitted(event)))
    return f"queue {bus}", f"process {event}; handlers emit {new or '-'}", f"→ {_processed(case)}"


@CLAIMS.claim(
    "event-driven-correctness",
    model="M05",
    source=f"{SEED}, theorem event_driven_correctness",
    statement=(
        "When a bus is well-formed (its queued events are, their ids are unique, and the queue is "
        "in the processing order) and an event is, so is process_event bus event."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-driven-correctness-repaired",
)
def correctness(design: QueueBus = AS_WRITTEN, contract: bool = False) -> Finding:
    """Each part of well-formedness by itself; with a contract, for handlers that keep it."""
    found = each_reason(_parts([*_cases(design)], contract))
    if not found.counterexamples or contract:
        return found
    return Finding((_append_keeps(),), found.counterexamples)


def _parts(cases: list[Case], contract: bool) -> Iterator[Proof | Counterexample]:
    """The parts of well-formedness, each where handlers break no other one by what they emit."""
    parts: tuple[tuple[str, Callable[[QueueBus], bool], Callable[[Case], bool]], ...] = (
        ("the queue is in order", lambda bus: bus.in_order, _contracted),
        ("the ids in the queue are unique", lambda bus: bus.ids_unique, _emits_well_formed),
        ("the queued events are well-formed", lambda bus: bus.events_well_formed, _emits_fresh),
    )
    for text, part, where in parts:
        allowed = [case for case in cases if (_contracted if contract else where)(case)]
        kept = _after(part)
        yield each(allowed, kept, f"{text} after process_event", SMALL, _told)


def _after(part: Callable[[QueueBus], bool]) -> Callable[[Case], bool]:
    return lambda case: part(_processed(case))


def _contract() -> list[z3.BoolRef]:
    """A well-formed queue of any length, and one event that a handler emits as it should."""
    bus = logic.well_formed(logic.queue, logic.length)
    emitted = logic.fresh(logic.new), logic.Event.time(logic.new) >= 0
    return [logic.length >= 0, *bus, *emitted]


def _append_keeps() -> Proof:
    """Proves what appending does keep."""
    events, ids, _ = logic.well_formed(logic.appended(), logic.length + 1)
    prove(z3.And(events, ids), *_contract())
    text = "appending fresh well-formed events keeps all of it but the order, for any queue"
    return Proof(Method.Z3_PROOF, text)


@CLAIMS.claim(
    "event-driven-correctness-repaired",
    model="M05",
    source=f"{SEED}, repair of process_event",
    statement=(
        "When handlers emit well-formed events with fresh ids, and each is inserted into the queue "
        "where it belongs, process_event keeps a bus well-formed, for queues and handlers of any "
        "size."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def correctness_repaired(design: QueueBus = REPAIRED) -> Finding:
    """To take an event out keeps it; an insertion keeps it, and other ids stay fresh: so, by
    induction, any number does. All small buses are gone through as well."""
    explored = correctness(design, contract=True)
    if explored.counterexamples:
        return explored
    for part in logic.well_formed(logic.inserted(), logic.length + 1):
        prove(part, *_contract(), logic.insertion_point())
    shorter, taken = logic.removed(), logic.within(logic.at, logic.length)
    fresh = logic.fresh(logic.new, shorter, logic.length - 1)
    for part in (*logic.well_formed(shorter, logic.length - 1), fresh):
        prove(part, *_contract(), taken)
    _stays_fresh()
    text = "to take an event out and to insert one keep the queue well-formed, fresh ids fresh"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


def _stays_fresh() -> None:
    """An event whose id is not in the queue, nor that of what is inserted, is not in it after."""
    given = [*_contract(), logic.insertion_point(), logic.fresh(logic.newer)]
    other = logic.Event.id(logic.newer) != logic.Event.id(logic.new)
    prove(logic.fresh(logic.newer, logic.inserted(), logic.length + 1), *given, other)


@CLAIMS.claim(
    "event-process-dequeues",
    model="M05",
    source=f"{SEED}, process_event",
    statement="Processing an event that is in event_queue removes it from there.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-process-dequeues-repaired",
)
def dequeues(design: QueueBus = AS_WRITTEN) -> Finding:
    """Goes through small buses; z3 shows that nothing ever leaves the queue, however long."""
    found = weighed([each(_queued(design), _taken_out, "the event is taken out", SMALL, _told)])
    if not found.counterexamples:
        return found
    there = logic.within(logic.place, logic.length)
    prove(z3.Implies(there, logic.appended()[logic.place] == logic.queue[logic.place]))
    text = "after process_event each event is where it was, however long the queue is"
    return Finding((Proof(Method.Z3_PROOF, text),), found.counterexamples)


def _queued(design: QueueBus) -> Iterator[Case]:
    """Buses that process an event of their queue, with handlers that keep their contract."""
    return (case for case in _cases(design) if case[1] in case[0].event_queue and _contracted(case))


def _taken_out(case: Case) -> bool:
    return case[1] not in _processed(case).event_queue


@CLAIMS.claim(
    "event-process-dequeues-repaired",
    model="M05",
    source=f"{SEED}, repair of process_event",
    statement=(
        "When the event is taken out first, it is not in the queue after process_event, for "
        "queues of any length with unique ids and handlers that emit fresh ids."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def dequeues_repaired(design: QueueBus = REPAIRED) -> Finding:
    """Small buses; z3 for all: it is not in what is left, and no insertion brings it back."""
    explored = dequeues(design)
    if explored.counterexamples:
        return explored
    gone = logic.fresh(logic.queue[logic.at], logic.removed(), logic.length - 1)
    unique = logic.well_formed(logic.queue, logic.length)[1]
    prove(gone, unique, logic.within(logic.at, logic.length))
    _stays_fresh()
    text = "no event in the rest has its id, and after any insertion none has"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# ---------------------------------------------------------------------------------- determinism


@CLAIMS.claim(
    "event-determinism-literal",
    model="M05",
    source=f"{SEED}, definition deterministic_event_processing",
    statement=(
        "For all events in causal order, deterministic_result(process_event_sequence bus events): "
        "processing them has one result."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def determinism_literal() -> Finding:
    """Whatever process_event does, and whatever order the events are in."""
    bus, events = z3.DeclareSort("SomeBus"), z3.DeclareSort("SomeEvents")
    sequence = z3.Function("process_event_sequence", bus, events, bus)
    start, given = z3.Const("bus", bus), z3.Const("events", events)
    first, second = z3.Consts("first second", bus)
    result = sequence(start, given)
    prove(z3.Implies(z3.And(first == result, second == result), first == second))
    text = "two results of process_event_sequence for one bus and one list are the same"
    return Finding(
        (Proof(Method.Z3_PROOF, text),),
        vacuous=(
            "process_event_sequence is a function of the list, so it has one result for any bus, "
            "any handlers and any order; the question is whether two sorts of the same events "
            "have the same one (event-determinism)"
        ),
    )


@CLAIMS.claim(
    "event-determinism",
    model="M05",
    source=f"{SEED}, definition deterministic_event_processing",
    statement=(
        "Processing any two causal sorts of the same events gives the same result: the same queue, "
        "and the same value of what each event has written."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-determinism-repaired",
)
def determinism(total: bool = False) -> Finding:
    """All causal sorts of up to 3 events, with any times and any happens_before."""
    bounds = "up to 3 events, times 0 and 1, all strict partial orders of them"
    return weighed([smallest_first(_sorts(total), _one_result, bounds)])


def _sorts(total: bool) -> Iterator[CausalSort]:
    """Some events, for each of which a handler emits another one."""
    for size in (1, 2, 3):
        pairs = [(one, two) for one, two in product(range(size), repeat=2) if one != two]
        orders = [
            frozenset(related)
            for many in range(len(pairs) + 1)
            for related in combinations(pairs, many)
        ]
        for times, related in product(product((0, 1), repeat=size), orders):
            events = tuple(Event(n, time, event_data=f"d{n}") for n, time in enumerate(times))
            if is_order(related):
                table = tuple((event, (Event(10 + event.event_id),)) for event in events)
                bus = QueueBus((("T", Emitting(table)),))
                yield CausalSort(total, bus, events, related)


def _one_result(start: CausalSort) -> Proof | Counterexample:
    text = "all causal sorts of the events give the same queue and the same value"
    bounds = f"{len(start.pending)} events"
    return confluent(start, text, bounds, lambda state: (state.bus.event_queue, state.written))


@CLAIMS.claim(
    "event-determinism-repaired",
    model="M05",
    source=f"{SEED}, repair of deterministic_event_processing",
    statement=(
        "When events are sorted by (timestamp, source, id), any two sorts of the same events give "
        "the same result, whatever handlers do and however many events there are."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def determinism_repaired(total: bool = True) -> Finding:
    """There is one sort, so there is one result; and by exploring, for up to 3 events. With several
    sorts it takes handlers for which the order of unordered events makes no difference."""
    explored = determinism(total)
    if explored.counterexamples:
        return explored
    sorts = one_sort()
    literal = determinism_literal()
    if not literal.proofs:
        raise Undecided("processing a list has several results")
    return Finding((*sorts.proofs, *literal.proofs, *explored.proofs, _diamond()))


def _diamond() -> Proof:
    """Proves that two events either of which may be next lead, in either order, to the same bus and
    the same events left. Each step leaves one event less; so all runs end alike, by induction."""
    one, two, left = logic.one, logic.two, logic.pending
    either = [logic.may_be_next(one, left), logic.may_be_next(two, left), one != two]
    unordered = z3.Not(z3.Or(logic.precedes(one, two), logic.precedes(two, one)))
    still = z3.And(
        logic.may_be_next(two, z3.SetDel(left, one)),
        logic.may_be_next(one, z3.SetDel(left, two)),
    )
    commuting = z3.Implies(unordered, logic.commute(one, two))
    prove(z3.And(still, logic.commute(one, two)), *either, commuting)
    text = "whatever order events are sorted by, all sorts of them have one result"
    return Proof(Method.Z3_PROOF, text, under="events that are not ordered commute")
