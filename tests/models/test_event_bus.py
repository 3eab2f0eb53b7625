"""The event bus of seed 002 step by step, and what stands for it in proofs of all sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.event_bus import REPAIRED, Channel, Event, EventBus, Subscriber
from cospec.models.event_bus_suite import (
    LISTING,
    MUTANTS,
    WORKING,
    command_query,
    command_query_repaired,
    publish_subscribe,
    publish_subscribe_repaired,
)
from cospec.models.event_channels import EventChannel, Outbox, SingleEvent
from cospec.models.model import Disabled, ModelSystem
from cospec.proofs.claims.event_delivery import HONEST

E1, E2, E3 = (Event(number) for number in (1, 2, 3))
USER = Channel(0, "user")
S, T = Subscriber("s", attempts=3), Subscriber("t", attempts=3)


def published(bus: EventBus, event: Event) -> EventBus:
    return replace(bus, publishing=(event,)).publish(event).send()


def test_publish_is_ok_whether_or_not_the_event_is_sent() -> None:
    bus = published(EventBus(channels=(USER,)), E1)
    assert (bus.promised, bus.channel("user").queue) == ((E1,), (E1,))
    bus = published(bus, E2)
    assert (bus.promised, bus.channel("user").queue) == ((E1, E2), (E1,))
    assert published(EventBus(), E1).promised == (E1,)


def test_publish_reports_what_it_cannot_send_when_it_is_repaired() -> None:
    bus = published(published(EventBus(reporting=True, channels=(USER,)), E1), E2)
    assert (bus.promised, bus.refused) == ((E1,), (E2,))
    assert published(EventBus(reporting=True), E1).refused == (E1,)


def test_the_example_of_the_document_drops_its_event_number_1001() -> None:
    bus = EventBus(channels=(replace(USER, capacity=1000),))
    for number in range(1001):
        bus = published(bus, Event(number))
    assert len(bus.promised) == 1001
    assert bus.sent == set(bus.promised[:1000])


def test_a_second_publish_waits_for_the_first() -> None:
    bus = EventBus(channels=(USER,), publishing=(E1, E2)).publish(E1)
    with pytest.raises(Disabled):
        bus.publish(E2)


def test_a_channel_that_is_created_again_is_another_one() -> None:
    bus = EventBus(creating=("user",)).create_channel("user")
    again = replace(published(bus, E1), creating=("user",)).create_channel("user")
    assert again.channels == (Channel(1, "user"),)
    kept = replace(published(bus, E1), creating=("user",), refusing=True).create_channel("user")
    assert kept.channels == (Channel(0, "user", queue=(E1,)),)


def test_subscribing_to_a_type_without_a_channel_fails_and_to_no_type_succeeds() -> None:
    bus = EventBus(channels=(USER,))
    assert not bus.subscribe(Subscriber("s", ("user", "order"))).subscribers
    nothing = Subscriber("s", ())
    assert bus.subscribe(nothing).subscribers == (nothing,)


def test_a_crash_empties_channels_and_keeps_the_store() -> None:
    bus = replace(published(EventBus(channels=(USER,)), E1), crashes=1)
    assert (bus.crash().channels, bus.crash().store, bus.crash().crashes) == ((USER,), (E1,), 0)


def test_a_handler_is_called_as_often_as_its_policy_says() -> None:
    bus = replace(HONEST, channels=(USER,), subscribers=(S,), failures=9)
    bus = published(bus, E1)
    for _ in range(S.attempts - 1):
        bus = bus.fail_handler("s", "user")
        with pytest.raises(Disabled):
            bus.finish("user")
    given_up = bus.fail_handler("s", "user")
    with pytest.raises(Disabled):
        given_up.handle("s", "user")
    assert not given_up.finish("user").channel("user").queue
    assert bus.handle("s", "user").handled == {("s", E1)}


def test_handling_again_after_a_crash_does_its_work_again_unless_it_is_repaired() -> None:
    for design in (REPAIRED, replace(REPAIRED, deduplicating=False)):
        bus = replace(design, channels=(USER,), subscribers=(S,), publishing=(E1,), crashes=1)
        bus = bus.publish(E1).relay("user").handle("s", "user").crash()
        bus = bus.relay("user").handle("s", "user")
        assert bool(bus.repeated) is not design.deduplicating


def test_states_are_those_counted_by_hand() -> None:
    # Each event: stored, then sent; with room for one: the second is not.
    start = EventBus(channels=(USER,), publishing=(E1, E2))
    assert len(Exploration(ModelSystem(start)).states) == 5
    # Stored, relayed, handled, finished.
    one = replace(REPAIRED, channels=(USER,), subscribers=(S,), publishing=(E1,))
    assert len(Exploration(ModelSystem(one)).states) == 5


def test_the_channel_with_its_history_does_what_the_bus_does() -> None:
    for reporting in (False, True):
        bus = EventBus(reporting=reporting, channels=(replace(USER, capacity=2),))
        channel = EventChannel(capacity=2, reporting=reporting)
        for event in (E1, E2, E3):
            bus, channel = published(bus, event), channel.publish(event.id)
            assert tuple(each.id for each in bus.promised) == channel.promised
            assert tuple(each.id for each in bus.channel("user").queue) == channel.queue


# ------------------------------------------------------------------------- counting for the bus


def counted(bus: EventBus) -> Outbox:
    """What `Outbox` is where a bus is in some state."""
    (channel,) = bus.channels
    direct = not bus.relaying
    waiting = len(bus.publishing) + (bus.current is not None)
    done = len(bus.sent) - len(channel.queue) if direct else len(bus.done)
    return Outbox(
        direct=direct,
        events=len(bus.promised) + waiting,
        capacity=channel.capacity,
        subscribers=len(bus.subscribers),
        crashes=bus.crashes,
        failures=bus.failures + bus.rule_errors,
        stored=len(bus.promised),
        sent=done + len(channel.queue),
        done=done,
        served=len(bus.settled),
    )


@pytest.mark.parametrize("design", [REPAIRED, HONEST], ids=["with a relay", "without a relay"])
@pytest.mark.parametrize("capacity", [1, 2])
def test_each_step_of_the_bus_is_one_of_the_outbox_that_counts_for_it(
    design: EventBus, capacity: int
) -> None:
    start = replace(
        design,
        channels=(replace(USER, capacity=capacity),),
        subscribers=(S, T),
        publishing=(E1, E2, E3),
        crashes=2 if design.relaying else 0,
        failures=2,
        rule_errors=1 if design.relaying else 0,
    )
    found: Exploration[EventBus] = Exploration(ModelSystem(start))
    system = ModelSystem(counted(start))
    for number, moves in enumerate(found.edges):
        before = counted(found.states[number])
        possible = {after for _, after in system.transitions(before)}
        fair = {str(act) for act, _ in system.transitions(before)} & {"relay", "handle", "finish"}
        own = {act.name for act, _ in moves} & {"relay", "handle", "finish"}  # type: ignore[attr-defined]
        assert own == fair
        for act, after in moves:
            counts = counted(found.states[after])
            # Storing an event that is not yet sent counts for nothing without a relay.
            unseen = str(act).startswith("publish") and not design.relaying
            assert counts == before if unseen else counts in possible, act


def seen_by_one(bus: EventBus, event: Event, subscriber: Subscriber, rule: int) -> SingleEvent:
    """What `SingleEvent` is where a bus is in some state."""
    call = subscriber.id, event
    done, handled = event in bus.done, call in bus.handled
    failed = bus.tried.count(call)
    settled = call in bus.settled
    return SingleEvent(
        filtering=bus.filtering,
        retrying=bus.retrying,
        deduplicating=bus.deduplicating,
        accepted=subscriber.passes(event),
        attempts=subscriber.attempts,
        stored=bus.store.count(event),
        routed=bus.routed.count((rule, event)),
        queued=any(event in channel.queue for channel in bus.channels),
        failed=failed,
        settled=settled,
        done=done,
        effects=handled + (call in bus.repeated),
    )


def without_ghost(event: SingleEvent) -> SingleEvent:
    """Whether a handler was given up is nothing that the bus knows."""
    return replace(event, given_up=False)


@pytest.mark.parametrize("deduplicating", [False, True])
@pytest.mark.parametrize("filtering", [False, True])
def test_each_step_of_the_bus_is_one_or_none_of_each_event(
    filtering: bool, deduplicating: bool
) -> None:
    picky = replace(S, accepts=frozenset("x"), attempts=2)
    events = E1, replace(E2, data="y")
    start = replace(
        REPAIRED,
        filtering=filtering,
        deduplicating=deduplicating,
        channels=(USER,),
        subscribers=(picky, T),
        publishing=(*events, E1),
        rules=2,
        crashes=1,
        failures=2,
        rule_errors=1,
    )
    found: Exploration[EventBus] = Exploration(ModelSystem(start))
    parts = [(event, who, rule) for event in events for who in (picky, T) for rule in (0, 1)]
    for number, moves in enumerate(found.edges):
        for part in parts:
            before = seen_by_one(found.states[number], *part)
            system = ModelSystem(before)
            possible = {without_ghost(after) for _, after in system.transitions(before)}
            for act, after in moves:
                counts = seen_by_one(found.states[after], *part)
                assert counts == before or counts in possible, act


# ------------------------------------------------------------------------- the tests of the seed


def test_the_tests_of_the_document_pass_for_the_listing_and_the_repaired_ones_do_not() -> None:
    assert publish_subscribe(LISTING)
    assert command_query(LISTING)
    assert not publish_subscribe_repaired(LISTING)
    assert not command_query_repaired(LISTING)
    assert publish_subscribe_repaired(WORKING)
    assert command_query_repaired(WORKING)


def test_a_mutant_is_the_repaired_system_but_for_one_part() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        plain = replace(mutant, name=WORKING.name)
        differing = [name for name in vars(plain) if getattr(plain, name) != getattr(WORKING, name)]
        assert len(differing) == 1
