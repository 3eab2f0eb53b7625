"""The event table and the snapshots of seed 004: what the listing does at its edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.event_store_004 import EventTable, Row
from cospec.models.model import Act, Disabled, ModelSystem
from cospec.models.order_snapshots import CALLS, CREATED, PAID, Policy, Repository, called_from
from cospec.models.order_v2 import Order, OrderError
from cospec.proofs.explored import explore


def performing(start: EventTable, *steps: str) -> EventTable:
    """The table after steps, each of which leads to one state."""
    system = ModelSystem(start)
    for step in steps:
        (start,) = [after for event, after in system.transitions(start) if str(event) == step]
    return start


def offered(table: EventTable) -> set[str]:
    return {event.name for event, _ in ModelSystem(table).transitions(table) if type(event) is Act}


def versions(table: EventTable) -> list[int]:
    return [row.version for row in table.rows]


def test_who_inserts_a_key_in_progress_waits_and_fails_when_that_commits() -> None:
    table = performing(EventTable(), "begin.0.0.1", "insert.0", "begin.1.0.1")
    assert offered(table) == {"commit"}  # and not the insertion of writer 1
    lost = performing(table, "commit.0", "insert.1")
    assert (versions(lost), lost.saving) == ([1], (None, None))


def test_who_waits_goes_on_when_the_other_is_rolled_back() -> None:
    table = performing(EventTable(), "begin.0.0.1", "insert.0", "begin.1.0.1")
    rolled_back = replace(table, saving=(None, table.saving[1]))
    assert versions(performing(rolled_back, "insert.1", "commit.1")) == [1]


def test_what_is_not_committed_is_not_seen_and_does_not_survive_a_crash() -> None:
    table = performing(EventTable(crashes=1), "begin.0.0.2", "insert.0", "insert.0")
    assert table.load_events("a") == ()
    assert performing(table, "crash").rows == ()
    assert versions(performing(table, "commit.0")) == [1, 2]


def test_a_batch_is_rolled_back_as_a_whole() -> None:
    start = EventTable(rows=(Row(1, "a", 2, 0, 1, 1, 1),), next_id=2)
    half = performing(start, "begin.0.0.2", "insert.0")
    assert versions(performing(half, "insert.0")) == [2]


def test_the_repaired_insert_refuses_a_gap_and_the_check_refuses_it_at_once() -> None:
    gap = performing(EventTable(conditional=True), "begin.0.1.1")
    assert gap.saving[0] is not None
    assert performing(gap, "insert.0").saving == (None, None)
    assert performing(EventTable(checked=True), "begin.0.1.1").saving == (None, None)


def test_created_at_is_when_the_transaction_began() -> None:
    table = performing(EventTable(ticks=1), "begin.0.0.1", "tick", "insert.0", "commit.0")
    assert [row.created_at for row in table.rows] == [0]


def test_ids_are_not_given_back() -> None:
    table = performing(EventTable(crashes=1), "begin.0.0.1", "insert.0", "crash")
    again = performing(table, "begin.0.0.1", "insert.0", "commit.0")
    assert [row.id for row in again.rows] == [2]


@pytest.mark.parametrize("switch", ["unique", "ordered"])
def test_unique_and_order_by_are_needed(switch: str) -> None:
    answers = explore(EventTable(**{switch: False})).answers
    assert answers["loaded_in_order"].verdict.value == "fails"
    assert explore(EventTable()).answers["loaded_in_order"].verdict.value == "holds"


# ---------------------------------------------------------------------------------- snapshots


def test_a_repository_without_snapshot_replays_all() -> None:
    assert Repository().load_aggregate() is OrderError.EMPTY_EVENT_STREAM
    order = Repository(events=(CREATED, PAID)).load_aggregate()
    assert isinstance(order, Order)
    assert order.version == 1  # after two events: the first is not counted


def test_a_snapshot_is_loaded_with_what_comes_after_it() -> None:
    start = Repository(numbered=True, events=(CREATED, PAID))
    first = start.rebuilt(1)
    assert isinstance(first, Order)
    assert start.with_snapshot(first, 1).load_aggregate() == start.rebuilt()
    again = replace(start, numbered=False).with_snapshot(first, 1)  # saved as version 0
    assert again.load_aggregate() != start.rebuilt()


def test_nothing_is_committed_that_does_not_follow() -> None:
    loaded = Repository(counted=True, events=(CREATED,)).load().execute("pay")
    faster = replace(loaded, events=(CREATED, PAID))
    assert faster.save_events().events == (CREATED, PAID)
    assert loaded.save_events().events == (CREATED, PAID)
    with pytest.raises(Disabled):
        loaded.execute("ship")  # one command at a time


def test_snapshots_are_taken_when_a_hundred_is_crossed() -> None:
    policy = Policy(snapshotting=True)
    assert policy.save_events(99).snapshot == 0
    assert policy.save_events(99).save_events(1).snapshot == 100
    assert policy.save_events(99).save_events(250).snapshot == 349
    assert Policy().save_events(1000).snapshot == 0


def test_what_is_called_is_named() -> None:
    assert all(name in CALLS for called in CALLS.values() for name in called if "after" not in name)
    assert called_from("pay_order", CALLS) >= {"Order::pay", "apply_event", "publish_event"}
    assert called_from("save_snapshot", CALLS) == set()
