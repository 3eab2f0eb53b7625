"""Claims on what the event bus of seed 002 delivers, and its proof obligation ED1 (M05).

Liveness is under weak fairness: what the bus can do by itself and stays able to do, it does at
last. Publishers, crashes and failures owe nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from cospec.checker.exploration import Exploration
from cospec.models.event_bus import REPAIRED, Channel, Event, EventBus, Subscriber
from cospec.models.event_channels import EventChannel, Outbox, SingleEvent
from cospec.models.model import ModelSystem
from cospec.proofs.evidence import always, each_reason, inductive, leading, smallest_first, weighed
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
REPORTING = replace(AS_WRITTEN, reporting=True)
#: Without a relay: what is promised is in a channel, and lost in a crash.
HONEST = replace(AS_WRITTEN, dispatching=True, filtering=True, retrying=True, reporting=True)

USER = Channel(0, "user")
EVENTS = tuple(Event(number) for number in (1, 2, 3))
#: Handlers may fail once; this is more often.
SUBSCRIBERS = Subscriber("s", attempts=2), Subscriber("t", attempts=2)

#: The fields of `Outbox` that may be anything; the number of crashes, where it has a relay.
SIZES = ("events", "capacity", "subscribers", "failures")

#: How many steps z3 looks at for a counterexample.
DEPTH = 5

Answer = Proof | Counterexample


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


def _of_each_event(design: EventBus, said: dict[str, str]) -> Iterator[Answer]:
    """What holds of each event with each rule and subscriber, however often it is published and
    whatever fails or crashes how often; by induction on the steps."""
    event = SingleEvent(design.filtering, design.retrying, design.deduplicating)
    for name, text in said.items():
        yield inductive(event, name, text, ("accepted", "attempts"), depth=DEPTH)


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
    explored = smallest_first(starts, _delivers, bounds)
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
    return each_reason(_sent(start) for start in _crowded(design))


def _crowded(design: EventBus) -> Iterator[EventBus]:
    for capacity in (1, 2):
        yield _bus(design, capacity + 1, 0, capacity)
    yield replace(design, publishing=EVENTS[:1])


def _sent(start: EventBus) -> Answer:
    text = "what publish gave Ok for is in the channel, or was"
    return leading(start, lambda bus: {*bus.promised} <= bus.sent, text, _bounds(start), _promised)


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
    return each_reason(_atomic(start) for start in _disturbed(design))


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
    method=Method.Z3_PROOF,
)
def publish_atomic_repaired(design: EventBus = REPAIRED) -> Finding:
    """Two events, of which one is published twice, as if the first answer had been lost, with all
    kinds of faults together; and for all sizes, what holds of each event, and that each is sent."""
    first, second, _ = EVENTS
    bus = replace(_bus(design, 0, 2), publishing=(first, second, first), rules=2)
    faults = (0, 0), (0, 1), (1, 0), (2, 1)
    starts = [replace(bus, crashes=each, rule_errors=wrong) for each, wrong in faults]
    bounds = "2 events, 1 of them twice, 2 subscribers, 2 rules, 2 crashes, 1 failure of a rule"
    explored = weighed(smallest_first(starts, ask, bounds) for ask in (_atomic, _once))
    if explored.counterexamples:
        return explored
    once = {
        "stored_once": "an event is stored once at most",
        "routed_once": "an event is routed once by each rule when it is sent, and never twice",
        "works_once": "a handler does its work at most once with an event",
    }
    unbounded = (*_of_each_event(design, once), *_for_all_sizes(Outbox(), "crashes"))
    return weighed([*unbounded, *explored.proofs])


def _once(start: EventBus) -> Answer:
    text = "no handler does its work twice with an event"
    return always(start, lambda bus: not bus.repeated, text, _bounds(start))


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
    found = each_reason(iter([_delivers(_bus(design)), _filtered(added), _retried(added)]))
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
    method=Method.Z3_PROOF,
)
def filter_retry_repaired(design: EventBus = REPAIRED) -> Finding:
    """The three questions on small buses, and both fields at once; and for all."""
    both = replace(_picky(design), failures=1)
    explored = weighed(
        [_delivers(_bus(design)), _filtered(design), _retried(design), _delivers(both)]
    )
    if explored.counterexamples:
        return explored
    honoured = {
        "filter_kept": "no handler does its work with an event that its filter rejects",
        "done_rightly": "what is done was handled, rejected by the filter, or given up",
        "gives_up_at_last": "a handler is given up after as many failures as its policy allows",
    }
    return weighed([*_of_each_event(design, honoured), *explored.proofs])


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
    return each_reason(
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
    explored = smallest_first(starts, _delivers, bounds)
    if isinstance(explored, Counterexample):
        return weighed([explored])
    return weighed([*_for_all_sizes(Outbox(), "crashes"), explored])
