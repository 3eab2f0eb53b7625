"""Claims on the event bus of seed 002, and its proof obligation ED1 (M05).

Liveness is under weak fairness: what the bus can do by itself and stays able to do, it does at
last. Publishers, crashes and failures owe nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import TypeVar

from cospec.checker.exploration import Exploration
from cospec.models.event_bus import REPAIRED, Channel, Event, EventBus, Subscriber
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
from cospec.models.event_channels import EventChannel, Outbox, TypedChannels
from cospec.models.model import ModelSystem
from cospec.proofs import map_logic as maps
from cospec.proofs.evidence import always, each, inductive, leading, prove, stepwise, weighed
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

BUS = "seed 002, section 2.1"

AS_WRITTEN = EventBus()
#: Only what is named is repaired.
DISPATCHING = replace(AS_WRITTEN, dispatching=True)
REPORTING = replace(AS_WRITTEN, reporting=True)
REFUSING = replace(AS_WRITTEN, refusing=True)
#: Without a relay: what is promised is in a channel, and lost in a crash.
HONEST = replace(DISPATCHING, filtering=True, retrying=True, reporting=True)

TYPED, NUMBERED = TypedChannels(), TypedChannels(sequencing=True, events=4)

USER = Channel(0, "user")
EVENTS = tuple(Event(number) for number in (1, 2, 3))
#: Handlers may fail once; this is more often.
SUBSCRIBERS = Subscriber("s", attempts=2), Subscriber("t", attempts=2)

#: The fields of `Outbox` that may be anything; the number of crashes, where it has a relay.
SIZES = ("events", "capacity", "subscribers", "failures")

#: How many steps z3 looks at for a counterexample.
DEPTH = 5

#: The mutants that touch what is tested by each of the two tests.
BUS_MUTANTS = tuple(mutant for mutant in MUTANTS if mutant.commands and mutant.projects)
COMMAND_MUTANTS = MUTANTS

Answer = Proof | Counterexample
Test = Callable[[Tested], bool]
Start = TypeVar("Start")


def _bus(design: EventBus, events: int = 1, subscribers: int = 1, capacity: int = 1) -> EventBus:
    """A bus with one channel, and so many events to be published."""
    return replace(
        design,
        channels=(replace(USER, capacity=capacity),),
        subscribers=SUBSCRIBERS[:subscribers],
        publishing=EVENTS[:events],
    )


def _bounds(bus: EventBus) -> str:
    counted = (
        (len(bus.publishing), "event", "events"),
        (len(bus.subscribers), "subscriber", "subscribers"),
        (bus.crashes, "crash", "crashes"),
        (bus.failures, "failure of a handler", "failures of handlers"),
        (bus.rules, "rule", "rules"),
        (bus.rule_errors, "failure of a rule", "failures of rules"),
        (bus.retries, "publication again", "publications again"),
    )
    sizes = [f"capacity {channel.capacity}" for channel in bus.channels] or ["no channel"]
    sizes += [f"{many} {one if many == 1 else more}" for many, one, more in counted if many]
    return ", ".join(sizes)


def _promised(bus: EventBus) -> bool:
    return bool(bus.promised)


def _delivers(start: EventBus) -> Answer:
    """Whether each event of which `publish` gave `Ok` is handled by each of its subscribers."""
    text = "what publish gave Ok for is handled by all subscribers at last"
    return leading(start, lambda bus: bus.delivered, text, _bounds(start), _promised)


def _for_all_sizes(bus: Outbox, *parameters: str) -> Iterator[Answer]:
    """The liveness of the repaired bus, for any number of events, subscribers and faults, and any
    capacity: by a measure that falls with each step."""
    said = {
        "live": "while an event is stored and not done, the bus can do something",
        "progresses": "each step brings a measure down, so that no run is endless",
        "done_when_handled": "an event is done only when all subscribers have handled it",
    }
    for name, text in said.items():
        yield inductive(bus, name, text, (*SIZES, *parameters), _possible, depth=DEPTH)


def _smallest_first(starts: Iterable[Start], ask: Callable[[Start], Answer], bounds: str) -> Answer:
    """The answers for several starts as one: the first counterexample, or a proof."""
    states, text = 0, ""
    for start in starts:
        answer = ask(start)
        if isinstance(answer, Counterexample):
            return answer
        states, text = states + (answer.states or 0), answer.text
    return Proof(Method.EXHAUSTIVE, text, bounds, states)


def _possible(bus: Outbox) -> bool:
    return (
        bus.capacity >= 1
        and bus.events >= 0
        and bus.subscribers >= 0
        and bus.crashes >= 0
        and bus.failures >= 0
    )


# -------------------------------------------------------------------------------------- delivery


@CLAIMS.claim(
    "event-bus002-delivery",
    model="M05",
    source=f"{BUS}, publish and subscribe",
    statement=(
        "When publish(e) has given Ok, every subscriber of e's type handles e at last, at least "
        "once."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-delivery-repaired",
)
def delivery(design: EventBus = AS_WRITTEN) -> Finding:
    """One event: nothing in the listing receives from a channel or calls a handler."""
    return weighed([_delivers(_bus(design))])


@CLAIMS.claim(
    "event-bus002-delivery-repaired",
    model="M05",
    source=f"{BUS}, repair: a dispatcher for each channel",
    statement=(
        "With a dispatcher that calls the handlers of all matching subscribers, again where one "
        "fails as its policy says, and publish giving Err on a full channel, every event of which "
        "publish gave Ok is handled by each subscriber at last, at least once, under weak "
        "fairness and if handlers fail less often than their policy allows for."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def delivery_repaired(design: EventBus = HONEST) -> Finding:
    """Without a relay and crashes: explored for small sizes, and counted for all (`ED1-repaired`
    says how)."""
    sizes = (1, 1, 1, 0), (1, 1, 1, 1), (1, 2, 1, 0), (1, 3, 2, 1), (2, 3, 2, 1)
    starts = (
        replace(_bus(design, events, subscribers, capacity), failures=failures)
        for capacity, events, subscribers, failures in sizes
    )
    bounds = "capacity up to 2, up to 3 events, 2 subscribers, 1 failure of a handler"
    explored = _smallest_first(starts, _delivers, bounds)
    if isinstance(explored, Counterexample):
        return weighed([explored])
    return weighed([*_for_all_sizes(Outbox(direct=True)), explored])


@CLAIMS.claim(
    "event-bus002-full",
    model="M05",
    source=f"{BUS}, publish_to_channels",
    statement="When publish(e) has given Ok, e is, or was, in the channel of its type.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-full-repaired",
)
def full(design: EventBus = AS_WRITTEN) -> Finding:
    """A channel of capacity n and n + 1 events; and no channel at all."""
    return _all_reasons(_sent(start) for start in _crowded(design))


def _crowded(design: EventBus) -> Iterator[EventBus]:
    for capacity in (1, 2):
        yield _bus(design, capacity + 1, 0, capacity)
    yield replace(design, publishing=EVENTS[:1])


def _sent(start: EventBus) -> Answer:
    text = "what publish gave Ok for is in the channel, or was"
    return leading(start, lambda bus: {*bus.promised} <= bus.sent, text, _bounds(start), _promised)


def _all_reasons(parts: Iterator[Answer]) -> Finding:
    """As `weighed`, but with every counterexample: each has a reason of its own."""
    found = list(parts)
    wrong = tuple(part for part in found if isinstance(part, Counterexample))
    return Finding(() if wrong else tuple(p for p in found if isinstance(p, Proof)), wrong)


@CLAIMS.claim(
    "event-bus002-full-repaired",
    model="M05",
    source=f"{BUS}, repair of publish_to_channels",
    statement=(
        "When publish gives Err where the channel is full or missing, every event of which it "
        "gave Ok is in the channel or was received, for every capacity of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def full_repaired(design: EventBus = REPORTING) -> Finding:
    """For any capacity and any events; and on the bus itself, for small ones."""
    channel = EventChannel(reporting=design.reporting)
    text = "promised = received, then what the channel holds"
    every = inductive(
        channel, "keeps_its_word", text, ("capacity",), lambda c: c.capacity >= 1, depth=DEPTH
    )
    return weighed([every, *(_sent(start) for start in _crowded(design))])


# ------------------------------------------------------------------------------------- atomicity


@CLAIMS.claim(
    "event-bus002-publish-atomic",
    model="M05",
    source=f"{BUS}, publish",
    statement=(
        "publish is all or nothing over store, routes and channels: at last an event is stored "
        "once, routed once by each rule and sent, or nothing of all that; also when the publisher "
        "tries again after a failure."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-publish-atomic-repaired",
)
def publish_atomic(design: EventBus = AS_WRITTEN) -> Finding:
    """A rule that fails; the same, and the publisher tries again; a crash."""
    return _all_reasons(_atomic(start) for start in _disturbed(design))


def _disturbed(design: EventBus) -> Iterator[EventBus]:
    bus = replace(_bus(design), rules=2)
    yield replace(bus, rule_errors=1)
    yield replace(bus, rule_errors=1, retries=1)
    yield replace(bus, crashes=1)


def _atomic(start: EventBus) -> Answer:
    text = "what is stored is stored, routed and sent once, at last"
    return leading(
        start, lambda bus: bus.all_or_nothing, text, _bounds(start), lambda bus: bool(bus.store)
    )


@CLAIMS.claim(
    "event-bus002-publish-atomic-repaired",
    model="M05",
    source=f"{BUS}, repair of publish: an outbox",
    statement=(
        "When publish only stores, an event that is there not again, and a relay routes and sends "
        "what is stored, then at last each stored event is stored once, routed once by each rule, "
        "and sent, whatever fails or crashes in between; and handlers that ignore what they have "
        "seen do their work at most once."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def publish_atomic_repaired(design: EventBus = REPAIRED) -> Finding:
    """Two events, of which one is published twice, as if the first answer had been lost; and all
    kinds of faults together."""
    first, second, _ = EVENTS
    bus = replace(_bus(design, 0, 2), publishing=(first, second, first), rules=2)
    faults = (0, 0), (0, 1), (1, 0), (2, 1)
    starts = [replace(bus, crashes=each, rule_errors=wrong) for each, wrong in faults]
    bounds = "2 events, 1 of them twice, 2 subscribers, 2 rules, 2 crashes, 1 failure of a rule"
    return weighed(_smallest_first(starts, ask, bounds) for ask in (_atomic, _once))


def _once(start: EventBus) -> Answer:
    text = "no handler does its work twice with an event"
    return always(start, lambda bus: not bus.repeated, text, _bounds(start))


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
    """The order for any number of events; that all are consumed, by exploring."""
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
    return weighed([every, all_consumed])


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
    return _all_reasons(iter(_created_twice(design)))


def _created_twice(design: EventBus) -> list[Answer]:
    start = replace(design, creating=("user", "user"), publishing=EVENTS[:1])
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
            channels=(USER,),
            subscribing=(Subscriber(first, one, "h"), Subscriber(second, two, "k")),
        )
        for one, two in product(types, repeat=2)
    ]
    bounds = "2 subscribers, each to up to 2 types, 1 channel"
    for ask in (_to_existing, _lasting):
        yield _smallest_first(starts, ask, bounds)


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


# ------------------------------------------------------------------------------ filters, policies


@CLAIMS.claim(
    "event-bus002-filter-retry",
    model="M05",
    source=f"{BUS}, Subscriber.filter and Subscriber.retry_policy",
    statement=(
        "Filters and retry policies are honoured: a handler is called with the events that its "
        "filter accepts and no others, and again when it has failed, if its policy says so."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus002-filter-retry-repaired",
)
def filter_retry(design: EventBus = AS_WRITTEN) -> Finding:
    """As written no handler is called; with the plain dispatcher added all are, once."""
    added = replace(design, dispatching=True)
    found = _all_reasons(iter([_delivers(_bus(design)), _filtered(added), _retried(added)]))
    if not found.counterexamples or design.filtering or design.retrying:
        return found
    return Finding((_unread(added),), found.counterexamples)


def _picky(design: EventBus, accepts: str = "x", attempts: int = 2) -> EventBus:
    """Two events, one of which a filter accepts."""
    wanted = Subscriber("s", accepts=frozenset({accepts}), attempts=attempts)
    events = Event(1), Event(2, data="y")
    return replace(_bus(design), subscribers=(wanted,), publishing=events)


def _filtered(design: EventBus) -> Answer:
    start = replace(_picky(design), publishing=(Event(1, data="y"),))
    text = "no handler is called with an event that its filter rejects"
    return always(start, lambda bus: bus.filters_kept, text, _bounds(start))


def _retried(design: EventBus) -> Answer:
    """A policy of two attempts, and a handler that fails once."""
    return _delivers(replace(_bus(design), failures=1))


def _unread(design: EventBus) -> Proof:
    """Shows that the fields are not read: the bus does the same whatever is in them."""
    graphs, states = set(), 0
    for accepts, attempts in product("xy", (1, 2)):
        start = replace(_picky(design, accepts, attempts), failures=1)
        found: Exploration[EventBus] = Exploration(ModelSystem(start))
        states += len(found.states)
        blind = tuple(replace(state, subscribers=()) for state in found.states)
        graphs.add((blind, tuple(found.edges)))
    if len(graphs) != 1:
        raise Undecided("the dispatcher reads the filter or the policy")
    text = "with any filter and any policy the bus, with a plain dispatcher, does the same"
    return Proof(Method.EXHAUSTIVE, text, "2 events, 2 filters, 2 policies, 1 failure", states)


@CLAIMS.claim(
    "event-bus002-filter-retry-repaired",
    model="M05",
    source=f"{BUS}, repair: a dispatcher for each channel",
    statement=(
        "A dispatcher that asks the filter first and calls a handler again after a failure, as "
        "its policy says, honours both."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def filter_retry_repaired(design: EventBus = REPAIRED) -> Finding:
    """The three questions, and both at once."""
    both = replace(_picky(design), failures=1)
    return weighed([_delivers(_bus(design)), _filtered(design), _retried(design), _delivers(both)])


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
    return _all_reasons(_killing(publishing, commanding))


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


# ------------------------------------------------------------------------------------------- ED1


@CLAIMS.claim(
    "ED1",
    model="M05",
    source="seed 002, section 6, proof obligation ED1; section 2.1",
    statement=(
        "Reliability of message delivery by the event bus: every event of which publish gave Ok "
        "is handled by every subscriber of its type at last, at least once, under weak fairness, "
        "also when the process crashes and handlers fail (less often than their policy allows)."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="ED1-repaired",
)
def ed1(design: EventBus = AS_WRITTEN) -> Finding:
    """Four reasons, each with what the ones before it need repaired.

    The document states the obligation by its name only, and proves nothing. Its listing handles
    no event at all (1 event). With a dispatcher, an event is lost for which the channel has no
    room, and publish gives Ok (capacity + 1 events). With that told as well, what was in the
    channel is lost in a crash, and the store that has it is not read. With a relay that sends what
    is stored, a handler that fails is not called again. `ED1-repaired` has all four repairs.
    """
    dispatching = replace(design, dispatching=True)
    reporting = replace(dispatching, reporting=True)
    relaying = replace(reporting, relaying=True)
    return _all_reasons(
        iter(
            [
                _delivers(_bus(design)),
                _delivers(_bus(dispatching, events=2)),
                _delivers(replace(_bus(reporting), crashes=1)),
                _delivers(replace(_bus(relaying), failures=1)),
            ]
        )
    )


@CLAIMS.claim(
    "ED1-repaired",
    model="M05",
    source="seed 002, section 6, proof obligation ED1; section 2.1, repaired",
    statement=(
        "On a bus with a dispatcher, a relay that sends what is stored until all have handled it, "
        "and retries, every event of which publish gave Ok is handled by every subscriber of its "
        "type at last, at least once, under weak fairness, for any number of events, subscribers, "
        "crashes and failures of handlers that their policy allows for, and any capacity."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ed1_repaired(design: EventBus = REPAIRED) -> Finding:
    """For all sizes on `Outbox`, which counts what the bus does: a measure falls with each step,
    so every run ends; where something is stored and not done, the relay or the dispatcher can go
    on, and weak fairness makes it; so a run ends with all done, and done is what all have handled.

    On the bus itself by the search for fair runs, for small sizes: that is done first, as it is
    there that a repair may be missing.
    """
    sizes = (1, 1, 1, 0, 0), (1, 2, 1, 0, 0), (1, 1, 1, 1, 0), (1, 1, 1, 0, 1), (2, 3, 2, 2, 1)
    starts = (
        replace(_bus(design, events, subscribers, capacity), crashes=crashes, failures=failures)
        for capacity, events, subscribers, crashes, failures in sizes
    )
    bounds = "capacity up to 2, up to 3 events, 2 subscribers, 2 crashes, 1 failure of a handler"
    explored = _smallest_first(starts, _delivers, bounds)
    if isinstance(explored, Counterexample):
        return weighed([explored])
    return weighed([*_for_all_sizes(Outbox(), "crashes"), explored])
