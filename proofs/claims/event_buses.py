"""Claims on the channels and subscribers of seed 002's event bus, and on its tests (M05)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from cospec.models.event_bus import Channel, Event, EventBus, Subscriber
from cospec.models.event_bus_suite import (
    LISTING,
    MUTANTS,
    WORKING,
    Tested,
    command_query,
    command_query_repaired,
    publish_subscribe,
    publish_subscribe_repaired,
)
from cospec.models.event_channels import EventChannel, TypedChannels
from cospec.proofs import map_logic as maps
from cospec.proofs import numbered_logic as numbers
from cospec.proofs.evidence import (
    always,
    each,
    each_reason,
    inductive,
    leading,
    prove,
    smallest_first,
    stepwise,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

BUS = "seed 002, section 2.1"

AS_WRITTEN, REFUSING = EventBus(), EventBus(refusing=True)

TYPED, NUMBERED = TypedChannels(), TypedChannels(sequencing=True, events=4)

#: How many steps z3 looks at for a counterexample.
DEPTH = 5

#: The mutants that touch what is tested by each of the two tests.
BUS_MUTANTS = tuple(mutant for mutant in MUTANTS if mutant.commands and mutant.projects)
COMMAND_MUTANTS = MUTANTS

Answer = Proof | Counterexample
Test = Callable[[Tested], bool]


# ------------------------------------------------------------------------------------------ order


@CLAIMS.claim(
    "event-bus002-type-fifo",
    model="M05",
    source=f"{BUS}, law of EventChannel",
    statement=(
        "Events of one type leave their channel in the order in which they were published, none "
        "of those that entered it missing, for every capacity."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def type_fifo() -> Finding:
    """For any events; as written and as repaired."""
    text = "accepted = received, then what the channel holds"
    return weighed(
        inductive(
            EventChannel(reporting=reporting),
            "first_in_first_out",
            text,
            ("capacity",),
            lambda channel: channel.capacity >= 1,
            depth=DEPTH,
        )
        for reporting in (False, True)
    )


@CLAIMS.claim(
    "event-bus002-cross-order",
    model="M05",
    source=f"{BUS}, law of the channels of an EventBus",
    statement="Events of different types are consumed in the order in which they were published.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-cross-order-repaired",
)
def cross_order(channels: TypedChannels = TYPED) -> Finding:
    """Two types, each with a consumer."""
    text = "no event is consumed after a later one"
    order = stepwise(channels, TypedChannels.in_publish_order, text, _numbers(channels))
    return weighed([order])


def _numbers(channels: TypedChannels) -> str:
    return f"2 types, {channels.events} events"


@CLAIMS.claim(
    "event-bus002-cross-order-repaired",
    model="M05",
    source=f"{BUS}, repair: sequence numbers",
    statement=(
        "When events bear one sequence of numbers and one consumer takes the next number from "
        "whichever channel has it, events of all types are consumed in the order in which they "
        "were published, and all of them at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def cross_order_repaired(channels: TypedChannels = NUMBERED) -> Finding:
    """For any number of events: the order, and that while one is left, the next number is at the
    head of the channel of its type, so that the consumer can take it. And by exploring."""
    text = "no event is consumed after a later one"
    every = inductive(channels, "in_publish_order", text, ("events",), depth=DEPTH)
    goal = "all that was published is consumed at last"
    all_consumed = leading(
        channels,
        lambda state: state.consumed,
        goal,
        _numbers(channels),
        lambda state: state.published > 0,
    )
    found = weighed([every, all_consumed])
    return found if found.counterexamples else Finding((*found.proofs, _next_is_there()))


def _next_is_there() -> Proof:
    """Proves that a channel holds what is left of its type in order, by induction on the steps; and
    from this that the next number, if it is of this type, is at the head."""
    now = numbers.state()
    prove(numbers.empty().holds_what_is_left())
    for enabled, after in numbers.steps(now):
        prove(after.holds_what_is_left(), now.holds_what_is_left(), enabled)
    left = now.last < now.published
    prove(now.next_at_head(), now.holds_what_is_left(), left, numbers.own[now.last + 1])
    text = "while an event is left, the next number is at the head of the channel of its type"
    return Proof(Method.Z3_PROOF, text)


# ---------------------------------------------------------------------------------- configuration


@CLAIMS.claim(
    "event-bus002-create-channel",
    model="M05",
    source=f"{BUS}, create_channel",
    statement=(
        "create_channel does not disturb a channel of that type that exists: its id stays valid "
        "and the events in it stay."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-create-channel-repaired",
)
def create_channel(design: EventBus = AS_WRITTEN) -> Finding:
    """The same type twice: an event is lost, and even without one the id dangles."""
    return each_reason(iter(_created_twice(design)))


def _created_twice(design: EventBus) -> list[Answer]:
    start = replace(design, creating=("user", "user"), publishing=(Event(1),))
    bounds = "2 channels created, 1 event"
    kept = stepwise(start, _keeps_events, "no event is lost when a channel is created", bounds)
    valid = stepwise(start, _same_ids, "the id of each channel stays valid", bounds)
    return [kept, valid]


def _keeps_events(before: EventBus, after: EventBus) -> bool:
    created = before.creating != after.creating
    return not created or _held(before) <= _held(after)


def _held(bus: EventBus) -> set[Event]:
    return {event for channel in bus.channels for event in channel.queue}


def _same_ids(before: EventBus, after: EventBus) -> bool:
    return {c.channel_id for c in before.channels} <= {c.channel_id for c in after.channels}


@CLAIMS.claim(
    "event-bus002-create-channel-repaired",
    model="M05",
    source=f"{BUS}, repair of create_channel",
    statement=(
        "When create_channel gives Err for a type that has a channel, it disturbs no channel, "
        "however many there are."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def create_channel_repaired(design: EventBus = REFUSING) -> Finding:
    """The model for two, z3 for maps of any size."""
    explored = weighed(_created_twice(design))
    if explored.counterexamples:
        return explored
    prove(maps.keeps(design.refusing))
    text = "what is in the map before insert is in it after"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


@CLAIMS.claim(
    "event-bus002-subscribe",
    model="M05",
    source=f"{BUS}, subscribe",
    statement=(
        "subscribe succeeds only if all event types of the subscriber have channels, and it keeps "
        "the subscriptions of others."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="event-bus002-subscribe-repaired",
)
def subscribe(design: EventBus = AS_WRITTEN) -> Finding:
    """A subscriber whose id is taken replaces the other one."""
    found = weighed(_subscriptions(design, "s", "s"))
    prove(maps.Entry.is_some(maps.entries[maps.other]), maps.all_present(), maps.is_wanted())
    prove(maps.keeps(design.refusing), maps.fresh())
    text = "where subscribe is Ok all types have channels, and what was subscribed stays so"
    if not found.counterexamples:
        prove(maps.keeps(design.refusing))
        return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))
    apart = weighed(_subscriptions(design, "s", "t"))
    if apart.counterexamples:
        return apart
    under = "no subscriber has the id of another one"
    seen = tuple(replace(proof, under=under) for proof in apart.proofs)
    return Finding((Proof(Method.Z3_PROOF, text, under=under), *seen), found.counterexamples)


def _subscriptions(design: EventBus, first: str, second: str) -> Iterator[Answer]:
    types: tuple[tuple[str, ...], ...] = (("user",), ("order",), ("user", "order"), ())
    starts = [
        replace(
            design,
            channels=(Channel(0, "user"),),
            subscribing=(Subscriber(first, one, "h"), Subscriber(second, two, "k")),
        )
        for one, two in product(types, repeat=2)
    ]
    bounds = "2 subscribers, each to up to 2 types, 1 channel"
    for ask in (_to_existing, _lasting):
        yield smallest_first(starts, ask, bounds)


def _to_existing(start: EventBus) -> Answer:
    return always(start, _types_exist, "all types subscribed to have channels", "1 channel")


def _lasting(start: EventBus) -> Answer:
    return stepwise(start, _subscribers_stay, "who has subscribed stays subscribed", "1 channel")


def _types_exist(bus: EventBus) -> bool:
    return all(
        bus.channel(each) is not None
        for subscriber in bus.subscribers
        for each in subscriber.event_types
    )


def _subscribers_stay(before: EventBus, after: EventBus) -> bool:
    return {*before.subscribers} <= {*after.subscribers}


@CLAIMS.claim(
    "event-bus002-subscribe-repaired",
    model="M05",
    source=f"{BUS}, repair of subscribe",
    statement=(
        "When subscribe gives Err for an id that is taken, it succeeds only if all event types "
        "have channels, and it keeps all subscriptions."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def subscribe_repaired(design: EventBus = REFUSING) -> Finding:
    """The model for two, z3 for maps of any size."""
    return subscribe(design)


# ------------------------------------------------------------------------- the tests of the seed


@CLAIMS.claim(
    "event-bus002-test-adequate",
    model="M05",
    source="seed 002, section 5, test_event_bus_publish_subscribe and test_cqrs_command_query",
    statement=(
        "The tests verify publishing and subscribing, and CQRS: they fail for a system in which "
        "one of these does nothing but return Ok."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-test-adequate-repaired",
)
def suite_adequate(
    publishing: Test = publish_subscribe, commanding: Test = command_query
) -> Finding:
    """Mutants, and the listing itself."""
    return each_reason(_killing(publishing, commanding))


def _killing(publishing: Test, commanding: Test) -> Iterator[Answer]:
    for test, touched in ((publishing, BUS_MUTANTS), (commanding, COMMAND_MUTANTS)):
        for systems, kind in ((touched, f"{len(touched)} mutants"), ((LISTING,), "the listing")):
            text = f"{test.__name__} fails for a system that does nothing"
            yield each(systems, _fails(test), text, kind)


def _fails(test: Test) -> Test:
    return lambda tested: not test(tested)


@CLAIMS.claim(
    "event-bus002-test-adequate-repaired",
    model="M05",
    source="seed 002, section 5, repair of the tests",
    statement=(
        "Tests which also assert that the handler has seen the event, and that the query answers "
        "what the command has created, fail for the listing and for every system in which one "
        "part does nothing but return Ok, and pass for the repaired one."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def suite_adequate_repaired(
    publishing: Test = publish_subscribe_repaired, commanding: Test = command_query_repaired
) -> Finding:
    """The same mutants."""
    text = "the tests pass for the repaired system"
    passing = each(
        (publishing, commanding),
        lambda test: test(WORKING),
        text,
        "2 tests",
        lambda test: test.__name__,
    )
    return weighed([passing, *_killing(publishing, commanding)])
