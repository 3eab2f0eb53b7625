"""The broadcast bus and the aggregator of seed 000, step by step."""

from __future__ import annotations

from dataclasses import replace
from operator import add

import pytest

from cospec.models.broadcast_bus import REPAIRED, BroadcastBus, Loop, slots_for
from cospec.models.event_aggregator import EventAggregator, SavedAggregator
from cospec.models.model import Disabled
from cospec.proofs.explored import explore


@pytest.mark.parametrize(
    ("capacity", "slots"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (1000, 1024)]
)
def test_a_capacity_is_rounded_up_to_a_power_of_two(capacity: int, slots: int) -> None:
    assert slots_for(capacity) == slots


def publishing(bus: BroadcastBus, times: int) -> BroadcastBus:
    for _ in range(times):
        bus = bus.publish()
    return bus


def test_the_loop_of_the_document_ends_after_1025_events_between_two_recv() -> None:
    start = BroadcastBus(slots_for(1000), events=2000, sharing=True).run()
    assert publishing(start, 1024).receive().loop is Loop.RUNNING
    assert publishing(start, 1025).receive().loop is Loop.ENDED


def test_a_receiver_that_was_overtaken_goes_on_with_the_oldest_event_that_is_left() -> None:
    lagged = publishing(replace(REPAIRED, events=9).run(), 5).receive()
    assert (lagged.cursor, lagged.lost, lagged.handled) == (3, 3, 0)
    assert (lagged.receive().cursor, lagged.receive().handled) == (4, 1)


def test_the_bus_is_borrowed_until_the_loop_ends() -> None:
    bus = BroadcastBus(events=9).run()
    with pytest.raises(Disabled):
        bus.publish()
    assert replace(bus, loop=Loop.ENDED).publish().sent == 1


def test_states_are_those_counted_by_hand() -> None:
    # As written n + 1 states before the loop runs, and one more after each: nothing is received.
    assert len(explore(BroadcastBus(events=4)).exploration.states) == 10
    # With no slot to spare: idle n + 1, running all pairs cursor <= sent, each lost or handled.
    assert len(explore(replace(REPAIRED, slots=9, events=2)).exploration.states) == 3 + 6


def test_replaying_folds_what_was_not_committed() -> None:
    aggregator = EventAggregator().apply_event(1).apply_event(2)
    assert aggregator.replay_events(10, add) == 13
    committed = aggregator.mark_events_as_committed()
    assert (committed.replay_events(10, add), committed.version) == (10, 2)
    kept = replace(aggregator, keeping=True).mark_events_as_committed().apply_event(3)
    assert kept.replay_events((), lambda seen, event: (*seen, event)) == (1, 2, 3)


def test_marking_clears_what_was_applied_since_reading_unless_it_counts() -> None:
    read = SavedAggregator().apply_event(1).read_events().apply_event(2).store()
    assert (read.mark().events, read.mark().cleared) == ((), (1, 2))
    counted = replace(read, counting=True).mark()
    assert (counted.events, counted.cleared, counted.stored) == ((2,), (1,), (1,))
    with pytest.raises(Disabled):
        SavedAggregator(exclusive=True).read_events().apply_event(1)
