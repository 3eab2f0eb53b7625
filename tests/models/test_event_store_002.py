"""The event store of seed 002: what the listing does at its edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.event_store_002 import (
    FOREIGN_EVENT,
    HANDLER_ERROR,
    OK,
    REPAIRED,
    VERSION_MISMATCH,
    Event,
    EventStore,
    NotFound,
    SmallSnapshots,
    Writers,
    get_events,
    last_version,
    validate_event_versions,
)
from cospec.proofs.explored import explore

A1, A2, A3 = (Event("a", version) for version in (1, 2, 3))


def test_an_append_of_nothing_makes_a_stream_known() -> None:
    store = EventStore().append_events("a", ())
    assert store.answer == OK
    assert get_events(store.streams[0]) == ()
    with pytest.raises(NotFound):
        get_events(EventStore().streams[0])


def test_versions_are_those_that_come_next() -> None:
    assert last_version(None) == last_version(()) == 0
    assert validate_event_versions((A1,), (A2, A3))
    assert not validate_event_versions((A1,), (A3,))
    assert not validate_event_versions((A1,), (A2, A2))
    assert validate_event_versions((A1,), ())


def test_from_version_is_exclusive() -> None:
    assert get_events((A1, A2, A3), 2) == (A3,)
    assert get_events((A1, A2, A3), 0) == get_events((A1, A2, A3)) == (A1, A2, A3)


def test_an_append_stores_the_whole_batch_or_nothing_of_it() -> None:
    for design in (EventStore(failures=1), replace(REPAIRED, failures=1)):
        start = design.append_events("a", (A1,))
        for batch in ((), (A2,), (A2, A3), (A3,), (A2, A2), (Event("b", 2),)):
            after = start.append_events("a", batch)
            refused = after.answer in (VERSION_MISMATCH, FOREIGN_EVENT)
            assert after.stream("a") == ((A1,) if refused else (A1, *batch))


def test_a_handler_that_fails_ends_the_pass() -> None:
    store = EventStore(failures=1).append_events("a", (A1, A2, A3), failing=2)
    assert (store.calls, store.answer, store.failures) == ((A1,), HANDLER_ERROR, 0)
    assert store.stream("a") == (A1, A2, A3)


def test_each_append_calls_with_all_events_and_the_repaired_with_the_new_ones() -> None:
    store = EventStore().append_events("a", (A1,)).append_events("a", (A2, A3))
    assert store.calls == (A1, A1, A2, A3)
    fresh = EventStore(fresh=True).append_events("a", (A1,)).append_events("a", (A2, A3))
    assert fresh.calls == (A1, A2, A3)


def test_the_repaired_store_calls_later() -> None:
    store = REPAIRED.append_events("a", (A1, A2))
    assert store.calls == ()
    assert store.handled("a").handled("a").calls == (A1, A2)


def test_an_event_out_of_turn_waits() -> None:
    store = replace(REPAIRED, streams=((A1, A2),), called=(1,))
    assert store.handled("a").applied == ()


def test_states_are_those_counted_by_hand() -> None:
    # The versions that are kept, 0, 1, 2, and the last version, 0, 1, 2.
    assert len(explore(SmallSnapshots()).exploration.states) == 9
    assert len(explore(SmallSnapshots(not_newer=True)).exploration.states) == 6


def test_two_writers_race_and_one_wins() -> None:
    assert explore(Writers()).answers["one_wins"].verdict.value == "holds"
    broken = explore(Writers(checked=False)).answers["one_wins"].run
    assert broken is not None
    assert [str(event) for event in broken.events] == [
        "load.0", "load.1", "append.0.1", "append.1.1",
    ]  # fmt: skip


def test_the_repaired_store_keeps_everything_with_failures_and_crashes() -> None:
    start = EventStore.of("a", "b", design=replace(REPAIRED, failures=1))
    assert explore(start).holds
    crashing = explore(replace(start, crashes=1))
    wrong = [name for name, each in crashing.answers.items() if each.verdict.value != "holds"]
    assert wrong == ["called_once"]  # called again after the crash, and applied once all the same
