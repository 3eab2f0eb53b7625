"""Processors, projections and partitions: the listings' own behaviour, edges included."""

from __future__ import annotations

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.bank import Deposited, Withdrawn
from cospec.models.event_streams import deposited, journal
from cospec.models.model import ModelSystem
from cospec.models.stream_processing import (
    Failed,
    Formulas,
    chunk,
    in_order,
    interleavings,
    partition,
    process,
    process_stream,
    run_lengths,
    spelled_out,
    split,
    update,
    with_positions,
)
from cospec.models.stream_runs import BatchProcessor, IndexedRows, PartitionedConsumers

EVENTS = tuple(deposited(number) for number in (1, 2, 3))


def test_an_update_makes_an_entry_for_an_account_it_does_not_know() -> None:
    balances = process((Deposited(1, 5), Withdrawn(2, 3), Withdrawn(1, 1)), {}, update)
    assert balances == {1: 4, 2: -3}


def test_an_update_leaves_the_projection_before_it_as_it_was() -> None:
    before = {1: 4}
    assert update(before, Deposited(1, 1)) == {1: 5}
    assert before == {1: 4}


def test_a_consumer_stops_at_the_first_error() -> None:
    def handler(projection: tuple[object, ...] | Failed, event: object) -> object:
        return Failed(projection) if event == EVENTS[1] else (projection, event)

    assert process_stream(EVENTS, (), handler) == Failed(((), EVENTS[0]))  # type: ignore[type-var]


def test_chunks_are_of_equal_size_but_for_the_last() -> None:
    assert chunk([1, 2, 3], 2) == [[1, 2], [3]]
    assert chunk([], 2) == []


def test_chunks_of_none_panic() -> None:
    with pytest.raises(ValueError, match="non-zero"):
        chunk([1], 0)


def test_each_chunk_begins_anew_as_the_document_has_it() -> None:
    def add(total: int, number: int) -> int:
        return total + number

    assert Formulas().batch_process((1, 2, 3), 2, 0, add) == (3, 3)
    assert Formulas(threaded=True).batch_process((1, 2, 3), 2, 0, add) == (3, 6)
    assert Formulas(non_empty=True).batch_process((1, 2), 0, 0, add) == (1, 2)
    assert Formulas().batch_process((), 2, 0, add) == ()


def test_events_are_dealt_out_by_turns_or_by_key() -> None:
    events = ("a1", "a2", "b1")
    assert partition(events, 2) == [("a1", "b1"), ("a2",)]
    assert Formulas(keyed=True).partitions(events, 2, lambda event: event[0]) == [
        ("a1", "a2"),
        ("b1",),
    ]
    assert Formulas(keyed=True).partitions(events, 3, lambda event: event[0])[2] == ()


def test_three_streams_have_the_partitions_of_the_ledger() -> None:
    streams = [("a1", "b1", "a2"), ("b1", "a1", "a2"), ("a1", "a2", "b1")]
    parts = {"a": ("a1", "a2"), "b": ("b1",)}
    assert all(split(events, lambda event: event[0]) == parts for events in streams)
    assert sorted(interleavings(parts.values())) == sorted(streams)


def test_positions_bring_a_stream_back() -> None:
    events = ("a1", "b1", "a2")
    stored = with_positions(events, lambda event: event[0])
    assert stored == {"a": ((0, "a1"), (2, "a2")), "b": ((1, "b1"),)}
    assert in_order(stored) == events


def test_runs_are_counted() -> None:
    assert run_lengths("aab") == (("a", 2), ("b", 1))
    assert spelled_out(run_lengths("aab")) == ("a", "a", "b")
    assert run_lengths(()) == ()


def test_nothing_has_one_interleaving() -> None:
    assert list(interleavings([])) == [()]
    assert list(interleavings([(), (1,)])) == [(1,)]
    assert len(list(interleavings([(1, 2), (3, 4)]))) == 6


def test_runs_have_the_states_counted_by_hand() -> None:
    # Of a batch of one: nothing, one processed, Ok; and a crash before or after, then the same.
    assert len(Exploration(ModelSystem(BatchProcessor(batch=(1,), crashes=0))).states) == 3
    assert len(Exploration(ModelSystem(BatchProcessor(True, (1,)))).states) == 3 + 3
    # Each of two rows has none or one of two values, and the index says so.
    assert len(Exploration(ModelSystem(IndexedRows(True))).states) == 9
    # No event; one in either stream, seen or not.
    one = PartitionedConsumers(longest=1)
    assert len(Exploration(ModelSystem(one)).states) == 1 + 2 * 2


def test_a_journal_tells_all_orders_apart() -> None:
    merged = [process(order, (), journal) for order in interleavings([EVENTS[:1], EVENTS[1:]])]
    assert len(set(merged)) == 3


@pytest.mark.parametrize(
    "processor", [BatchProcessor(True, (1, 2), crashes=2), BatchProcessor(True)]
)
def test_an_atomic_batch_keeps_what_the_proof_says_of_it(processor: BatchProcessor) -> None:
    for state in Exploration(ModelSystem(processor)).states:
        assert state.folded()
        assert state.working_is_the_first_part()
        assert state.nothing_stored_too_early()
        assert state.position_in_batch()
