"""The event store of the documents: edges of its listings, and states counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.event_batches import RetryingClient, Sending
from cospec.models.event_codec import (
    KINDS,
    AccountEvent,
    NotDecoded,
    StoredEvent,
    append,
    decode,
    encode,
    replay,
)
from cospec.models.event_readers import GlobalLog, Poller, Replicas, Transaction
from cospec.models.event_store import Causes, EventStore, Identifiers, Timestamps
from cospec.models.event_writers import CONFLICT, Accounts, Appends, Client, Phase, Writer
from cospec.models.model import Disabled
from cospec.proofs.explored import explore


def test_an_unknown_stream_is_version_0() -> None:
    assert EventStore().append(0, 1) == EventStore(exists=True, events=(1,), acknowledged=1)
    assert EventStore().append(1, 1) == EventStore(exists=True)
    assert EventStore(asking_first=True).append(1, 1) == EventStore(asking_first=True)


def test_a_conflict_leaves_the_events_alone() -> None:
    store = EventStore().append(0, 1)
    assert store.append(0, 2) == store.append(2, 2) == store


def test_the_store_stamps_events_with_its_clock() -> None:
    stamped = Timestamps(clock=2, setbacks=1).append().set_clock(0).append()
    assert stamped.times == (2, 0)
    kept = Timestamps(monotone=True, clock=2, setbacks=1).append().set_clock(0).append()
    assert kept.times == (2, 2)
    with pytest.raises(Disabled):
        Timestamps(clock=2).set_clock(1)


def test_ids_of_the_store_are_new_and_those_of_clients_are_kept() -> None:
    assert Identifiers().append(3).append(3).ids == (1, 2)
    assert Identifiers(keeping=True).append(3).append(3).ids == (3, 3)
    with pytest.raises(Disabled):
        Identifiers(keeping=True, distinct=True).append(3).append(3)


def test_a_cause_may_be_missing_but_not_unknown() -> None:
    assert Causes(knowing=True).append(0).append(1).causes == (0, 1)
    with pytest.raises(Disabled):
        Causes(knowing=True).append(1)


@pytest.mark.parametrize(("atomic", "states"), [(False, 28), (True, 13)])
def test_states_of_two_writers(atomic: bool, states: int) -> None:
    """Both have called with expected version 1. Atomic: nobody has appended yet (1), one has (2),
    both are done (2), each done or returned, once its result is there: 1 + 2·2 + 2·4."""
    start = Appends(atomic, (Writer(1, Phase.CALLED, 1),) * 2, initial=1)
    assert len(explore(start).exploration.states) == states


def test_a_writer_that_expects_another_version_is_told_so() -> None:
    start = Appends(True, (Writer(2),))
    refused = start.call(0, 1).append(0)
    assert refused.writers[0].result == CONFLICT
    assert refused.log == ()
    accepted = start.call(0, 0).append(0)
    assert accepted.writers[0].result == 2
    assert accepted.versions == (1, 2)


def test_an_account_refuses_what_it_does_not_hold() -> None:
    start = Accounts(True, (Client(),), balance=0)
    (end,) = (state for state in explore(start).exploration.states if state.all_answered())
    assert end.balance == 0
    assert end.version == 1


def test_a_client_that_has_its_answer_is_done() -> None:
    client = RetryingClient().load().append().hear()
    assert client.sending is Sending.DONE
    assert client.appended == 1
    beaten = RetryingClient(others=1).load().append_other().append().hear()
    assert beaten.sending is Sending.START
    assert beaten.appended == 0


def test_equal_times_hide_the_order_of_streams() -> None:
    one = GlobalLog().append("A").append("B")
    assert one.streams == GlobalLog().append("B").append("A").streams
    assert one.streams != GlobalLog().append("B").tick().append("A").streams
    assert GlobalLog(True).append("A").streams != GlobalLog(True).append("B").streams


def test_a_poller_reads_what_is_committed_in_its_range() -> None:
    state = Poller().insert(0).insert(1).commit(1)
    assert state.poll().seen == {2}
    with pytest.raises(Disabled):
        replace(state, below_open=True).poll()
    assert replace(state.commit(0), below_open=True).poll().seen == {1, 2}
    assert str(Transaction(3)) == "id 3 open"


def test_replicas_add_or_collect() -> None:
    added = Replicas().update().deliver().deliver()
    assert added.states == (1, 1)
    assert added.converged
    collected = Replicas(True, states=(frozenset(), frozenset())).update().deliver()
    assert collected.states == ({1}, frozenset())
    assert not collected.converged


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_encoded_can_be_decoded(kind: str) -> None:
    for amount in (-1, 0, 1, 10**30):
        event = AccountEvent(kind, amount)
        assert decode(encode(event)) == event
        assert append((), encode(event), validated=True) == (encode(event),)


def test_any_text_and_any_value_is_an_event() -> None:
    null = StoredEvent("Withdrawn", None)
    assert append((), null) == (null,)
    assert append((), null, validated=True) == ()
    with pytest.raises(NotDecoded, match=r"data: null"):
        replay((null,))
    log = (encode(AccountEvent("Deposited", 5)), encode(AccountEvent("Withdrawn", 2)))
    assert replay(log) == 3
