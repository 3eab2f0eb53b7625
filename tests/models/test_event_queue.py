"""The queue of seed 000's event bus, the causal order, and clocks, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.event_queue import (
    REPAIRED,
    CausalSort,
    Clocks,
    Emitting,
    Event,
    QueueBus,
    causal_ordering,
    insertion_point,
    sorted_by_causal_order,
)
from cospec.models.model import Disabled, ModelSystem

AS_WRITTEN = QueueBus()

A, B, C = Event(1, 1), Event(2, 2), Event(3, 3)


def bus(*queue: Event, emitting: tuple[Event, ...] = (), design: QueueBus = AS_WRITTEN) -> QueueBus:
    return replace(design, handlers=(("T", Emitting(((B, emitting),))),), event_queue=queue)


def test_what_handlers_emit_is_sorted_and_appended() -> None:
    assert bus(C, emitting=(B, A)).process_event(B).event_queue == (C, A, B)


def test_only_handlers_of_its_type_see_an_event_and_none_is_no_events() -> None:
    other = replace(B, event_type="U")
    assert bus(C, emitting=(A,)).process_event(other).event_queue == (C,)
    assert bus(C, emitting=(A,)).process_event(A).event_queue == (C,)


def test_every_handler_sees_an_event() -> None:
    handlers = tuple(("T", Emitting(((B, (new,)),))) for new in (C, A))
    assert QueueBus(handlers).process_event(B).event_queue == (A, C)


def test_the_repaired_bus_takes_the_event_out_and_inserts_what_is_new_in_order() -> None:
    after = bus(A, B, C, emitting=(Event(5, 9), Event(4, 2)), design=REPAIRED).process_event(B)
    assert after.event_queue == (A, Event(4, 2), C, Event(5, 9))
    assert after.well_formed


@pytest.mark.parametrize(("new", "place"), [(Event(0, 0), 0), (Event(9, 2), 2), (Event(9, 9), 3)])
def test_an_event_belongs_before_the_first_that_comes_after_it(new: Event, place: int) -> None:
    assert insertion_point((A, B, C), new) == place


def test_causal_ordering_asks_happens_before_where_times_are_the_same() -> None:
    same = Event(4, 1)
    assert causal_ordering(A, B, frozenset())
    assert not causal_ordering(B, A, frozenset({(2, 1)}))
    assert causal_ordering(A, same, frozenset({(1, 4)}))
    assert not causal_ordering(A, same, frozenset())


def test_unrelated_events_of_one_time_are_sorted_either_way() -> None:
    same = Event(4, 1)
    for related, sorts in ((frozenset(), 2), (frozenset({(4, 1)}), 1)):
        lists = [(A, same), (same, A)]
        assert sum(sorted_by_causal_order(each, related) for each in lists) == sorts
    assert not sorted_by_causal_order((B, A), frozenset())


@pytest.mark.parametrize(("total", "states"), [(False, 7), (True, 4)])
def test_unrelated_events_are_processed_in_any_order_unless_that_is_total(
    total: bool, states: int
) -> None:
    events = Event(1), Event(2), Event(3, 1)
    table = tuple((each, (Event(10 + each.event_id),)) for each in events)
    start = CausalSort(total, QueueBus((("T", Emitting(table)),)), events)
    # The start; each of two first; then the other; then the third after either order.
    assert len(Exploration(ModelSystem(start)).states) == states


def test_a_lamport_clock_is_put_ahead_of_what_is_received() -> None:
    sent = Clocks(clocks=(5, 0)).emit(0)
    assert [each.timestamp for each in sent.receive(1, 0).history] == [5, 0]
    assert not sent.receive(1, 0).causality_kept
    lamport = replace(sent, lamport=True).receive(1, 0)
    assert [each.timestamp for each in lamport.history] == [5, 6]
    assert lamport.clocks == (6, 7)
    assert lamport.causality_kept


def test_causes_are_passed_on_with_messages() -> None:
    run = Clocks(events=4).emit(0).receive(1, 0).emit(1).receive(0, 2)
    assert run.history[3].causes == {0, 1, 2}
    with pytest.raises(Disabled):
        Clocks(events=4).emit(0).receive(0, 0)
