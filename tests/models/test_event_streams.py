"""Event streams as the documents define them."""

from __future__ import annotations

import pytest

from cospec.models.event_streams import (
    AS_WRITTEN,
    REPAIRED,
    Snapshot,
    SnapshotPolicy,
    balance,
    between,
    consistency,
    deposited,
    fold,
    journal,
    of_aggregate,
    ordered,
    prefixes,
    rebuild,
    replay_events,
    replay_loop,
    set_to,
    time_travel_query,
    up_to,
    withdrawn,
)
from cospec.proofs.explored import explore

STREAM = (deposited(5, 1), withdrawn(2, 1, "b"), set_to(9, 2), withdrawn(1, 3))


def test_an_account_adds_subtracts_and_is_set() -> None:
    assert [fold(p, 0, balance) for p in prefixes(STREAM)] == [0, 5, 3, 9, 8]


def test_all_ways_to_replay_agree_and_leave_the_empty_stream_alone() -> None:
    assert replay_events(0, STREAM, balance) == replay_loop(STREAM, 0, balance) == 8
    assert replay_events(7, (), balance) == replay_loop((), 7, balance) == fold((), 7, balance) == 7
    assert fold(STREAM, (), journal) == STREAM


def test_filters_keep_ties_and_the_order() -> None:
    assert up_to(STREAM, 1) == STREAM[:2]
    assert between(STREAM, 1, 2) == STREAM[2:3]
    assert of_aggregate(STREAM, "b") == STREAM[1:2]
    assert ordered(STREAM)
    assert not ordered(STREAM[::-1])


def test_a_query_on_no_stream_has_no_answer_and_on_an_empty_one_the_initial_state() -> None:
    assert time_travel_query(None, 0, 0, balance) is None
    assert time_travel_query((), 0, 0, balance) == 0
    assert time_travel_query(STREAM, 1, 0, balance) == rebuild(STREAM, 1, 0, balance) == 3


def test_without_a_snapshot_or_events_everything_is_consistent() -> None:
    for formulas in (AS_WRITTEN, REPAIRED):
        assert formulas.snapshot_consistency(None, STREAM, 0, balance)
        assert formulas.snapshot_consistency(Snapshot(99, 9), None, 0, balance)


def test_a_snapshot_of_the_right_state_is_consistent_in_every_reading() -> None:
    for version, state in enumerate([0, 5, 3, 9, 8]):
        for formulas in (AS_WRITTEN, REPAIRED):
            assert formulas.snapshot_consistency(Snapshot(state, version), STREAM, 0, balance)


def test_a_wrong_snapshot_hides_behind_an_event_that_overwrites_it() -> None:
    wrong = Snapshot(99, 1)
    assert AS_WRITTEN.snapshot_consistency(wrong, STREAM, 0, balance)
    assert not REPAIRED.snapshot_consistency(wrong, STREAM, 0, balance)


def test_consistency_compares_streams_that_have_nothing_to_do_with_each_other() -> None:
    log = tuple(
        deposited(1, time, name).__class__("put", 1, time, name, version)
        for time, (name, version) in enumerate([("A", 1), ("A", 2), ("B", 1)])
    )
    assert not consistency(log)
    assert consistency(log, per_stream=True)
    assert consistency(log[:2])


@pytest.mark.parametrize(
    ("crossing", "versions"), [(False, [0, 2, 4]), (True, [2, 3, 4])], ids=["written", "repaired"]
)
def test_when_a_snapshot_is_due(crossing: bool, versions: list[int]) -> None:
    formulas = REPAIRED if crossing else AS_WRITTEN
    # Appends that lead from 0 to 0, from 0 to 1, from 0 to 2, from 1 to 3 and from 3 to 4; k = 2.
    appends = [(0, 0), (0, 1), (0, 2), (1, 3), (3, 4)]
    assert [after for before, after in appends if formulas.snapshot_due(before, after, 2)] == (
        versions
    )


def test_the_policy_is_explored_as_far_as_its_horizon() -> None:
    # k = 1: every append is followed by a snapshot, as written and repaired.
    for crossing in (False, True):
        found = explore(SnapshotPolicy(1, crossing, horizon=5)).exploration
        assert [state.snapshot for state in found.states] == list(range(6))
