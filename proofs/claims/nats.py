"""Claims on delivery and the loop of seed 002's NATS adapter (M16).

What core NATS and JetStream do is as their documentation has it
(`cospec.models.broker_delivery`). Liveness is under weak fairness: brokers and consumers go on, but
nothing arrives, crashes or fails because it must.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from cospec.models.broker_delivery import Delivery, Place
from cospec.models.nats import EventLoop
from cospec.proofs.claims.partitions import script
from cospec.proofs.evidence import (
    always,
    conditional,
    each_reason,
    inductive,
    leading,
    refined_by,
    refines,
    refuted,
    smallest_first,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import Hide, Process

CLAIMS = Register()

SEED = "seed 002, section 3.1"

IN_TURN = EventLoop()
SELECTING = EventLoop(selecting=True, catching=True)

#: A subscription of core NATS, as `client.subscribe` makes it, and consumers of JetStream.
CORE = Delivery()
JETSTREAM = Delivery(keeping=True)
CONFIGURED = Delivery(keeping=True, limiting=True)
TERMINATING = Delivery(keeping=True, terminating=True)
IDEMPOTENT = Delivery(keeping=True, deduplicating=True)

#: How many steps z3 looks at for a counterexample.
DEPTH = 3

#: The numbers of a message that may be any.
FAULTS = ("crashes", "failures", "max_deliveries")

#: What an application is not told.
INSIDE = ("deliver", "acknowledge", "crash", "redeliver")

Answer = Proof | Counterexample


# -------------------------------------------------------------------------------------- delivery


def _bounds(start: Delivery) -> str:
    limit = f"max_deliveries {start.max_deliveries}" if start.max_deliveries else "no limit"
    return f"1 message, {limit}, crashes {start.crashes}, failures {start.failures}"


def redelivered(start: Delivery) -> Answer:
    """Whether what is not acknowledged is delivered again, as often as allowed."""
    return leading(
        start,
        lambda message: message.place is Place.WAITING,
        "what is not acknowledged waits to be delivered again",
        _bounds(start),
        lambda message: message.unacknowledged and message.deliveries < message.max_deliveries,
    )


def handled(start: Delivery) -> Answer:
    """Whether the message is handled at last."""
    text = "the message is handled at last"
    return leading(start, lambda message: message.effects > 0, text, _bounds(start))


def handled_once(start: Delivery) -> Answer:
    """Whether it is handled at most once."""
    return always(start, Delivery.once, "the message has one effect at most", _bounds(start))


def _settled(start: Delivery) -> Answer:
    text = "the message is acknowledged or rejected at last"
    return leading(start, lambda message: message.place is Place.SETTLED, text, _bounds(start))


def for_all_faults(start: Delivery, *names: str) -> Iterator[Answer]:
    """What holds of a message whatever the numbers of crashes, failures and deliveries allowed,
    and, where it is terminated without handler, whether it has one; by induction on the steps."""
    said = {
        "progresses": "each step brings a measure down, so that no run is endless",
        "not_lost": "the message is not lost",
        "handled_when_settled": "it is settled only when it was handled, or has no handler",
        "once": "the handler does its work once at most",
        "within_limit": "it is delivered no more often than allowed",
    }
    parameters = (*FAULTS, "known") if start.terminating else FAULTS
    for name in names:
        yield inductive(start, name, said[name], parameters, _counts, depth=DEPTH)


def _counts(message: Delivery) -> bool:
    return message.crashes >= 0 and message.failures >= 0 and message.max_deliveries >= 1


@CLAIMS.claim(
    "nats-config-applied",
    model="M16",
    source=f"{SEED}, SubjectConfig, max_deliveries and ack_wait",
    statement=(
        "A message that is not acknowledged within ack_wait is delivered again until it was "
        "delivered max_deliveries times, and no more often than that."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="nats-config-applied-repaired",
)
def config_applied(design: Delivery = CORE) -> Finding:
    """Both fields are never passed on: core NATS does not deliver again at all; and a consumer of
    JetStream that is not told delivers more often."""
    streaming = replace(design, keeping=True)
    start = replace(streaming, max_deliveries=1, crashes=1)
    text = "the message is delivered no more often than allowed"
    limit = always(start, Delivery.within_limit, text, _bounds(start))
    return each_reason([redelivered(replace(design, crashes=1)), limit])


@CLAIMS.claim(
    "nats-config-applied-repaired",
    model="M16",
    source=f"{SEED}, repair of subscribe",
    statement=(
        "When the subscription is a consumer of JetStream that is configured with both fields, "
        "they are enforced, for any max_deliveries of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def config_applied_repaired(design: Delivery = CONFIGURED) -> Finding:
    """The limit for all numbers; that below it the message is delivered again for small ones, and
    that each delivery is one nearer to it is what is counted."""
    found = config_applied(design)
    if found.counterexamples:
        return found
    again = smallest_first(
        (
            replace(design, max_deliveries=limit, crashes=crashes)
            for limit, crashes in product((1, 2, 3), (0, 1, 2, 3))
        ),
        redelivered,
        "max_deliveries up to 3, up to 3 crashes",
    )
    return weighed([*for_all_faults(design, "within_limit"), *found.proofs, again])


@CLAIMS.claim(
    "nats-ack",
    model="M16",
    source=f"{SEED}, acknowledge",
    statement=(
        "A message that its consumer has received and, when it crashes, not acknowledged is "
        "delivered again."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="nats-ack-repaired",
)
def ack(design: Delivery = CORE) -> Finding:
    """`client.subscribe` is core NATS, at most once: after a crash between receive_message and
    handle the message is gone, and ack has nobody to tell."""
    return weighed([redelivered(replace(design, crashes=1))])


@CLAIMS.claim(
    "nats-ack-repaired",
    model="M16",
    source=f"{SEED}, repair of subscribe: JetStream",
    statement=(
        "A consumer of JetStream is sent each message again until it acknowledges it, for any "
        "number of crashes and failures: no message is lost."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ack_repaired(design: Delivery = JETSTREAM) -> Finding:
    """Not lost by induction; what the broker keeps it can send again, and does so by fairness."""
    found = ack(design)
    if found.counterexamples:
        return found
    return weighed([*for_all_faults(design, "not_lost", "progresses"), *found.proofs])


@CLAIMS.claim(
    "nats-at-least-once",
    model="M16",
    source=f"{SEED}, process_message",
    statement=(
        "Each message of a subscription is handled at least once, and has one effect, also when "
        "the consumer crashes."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def at_least_once(
    listing: Delivery = CORE, streaming: Delivery = JETSTREAM, repaired: Delivery = IDEMPOTENT
) -> Finding:
    """Core NATS loses it in a crash before handle; JetStream delivers it again, and after a crash
    between handle and ack the effect is doubled; with an idempotent handler it is not.

    They refine AT_MOST_ONCE and AT_LEAST_ONCE of the script, for few crashes.
    """
    bounds = "1 message, up to 2 crashes"
    sizes = [replace(repaired, crashes=c, failures=f) for c, f in product(range(3), range(2))]
    small = [smallest_first(sizes, ask, bounds) for ask in (handled, handled_once)]
    names = "handled_when_settled", "not_lost", "progresses", "once"
    specified = weighed(_specified(listing, streaming))
    if specified.counterexamples:
        return specified
    repairs = weighed(small)
    if repairs.counterexamples:
        return repairs
    every = weighed(for_all_faults(repaired, *names))
    if every.counterexamples:
        return every
    under = "a consumer of JetStream without limit of deliveries, and an idempotent handler"
    proofs = [replace(proof, under=under) for proof in (*every.proofs, *repairs.proofs)]
    proofs += specified.proofs
    found = conditional(handled(replace(listing, crashes=1)), *proofs)
    wrong = refuted(handled_once(replace(streaming, crashes=1)))
    return replace(found, counterexamples=(*found.counterexamples, *wrong))


def _specified(listing: Delivery, streaming: Delivery) -> Iterator[Answer]:
    """That core NATS is at most once, JetStream at least once, and each what the script has."""
    for design, outside, process in (
        (listing, "AT_MOST_ONCE", "FORGETTING"),
        (streaming, "AT_LEAST_ONCE", "KEEPING"),
    ):
        for crashes in (0, 1, 2):
            start = replace(design, crashes=crashes, max_deliveries=crashes + 2)
            bounds = _bounds(start)
            yield refines(script(), outside, start, Model.FD, bounds, _outside)
            named = f"{process}({crashes})"
            there = refines(script(), named, start, Model.FD, bounds)
            yield there
            if isinstance(there, Proof):
                yield refined_by(script(), named, start, Model.FD, bounds)


def _outside(process: Process) -> Process:
    return Hide(process, frozenset(script().event(name) for name in INSIDE))


@CLAIMS.claim(
    "nats-unknown-type",
    model="M16",
    source=f"{SEED}, process_message",
    statement="Every message is acknowledged or rejected at last.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="nats-unknown-type-repaired",
)
def unknown_type(design: Delivery = CORE) -> Finding:
    """A type without handler: process_message gives Ok and does nothing. Core NATS has forgotten
    the message; JetStream delivers it for ever, whenever ack_wait is over."""
    message = replace(design, known=False, max_deliveries=0)
    return each_reason([_settled(message), _settled(replace(message, keeping=True))])


@CLAIMS.claim(
    "nats-unknown-type-repaired",
    model="M16",
    source=f"{SEED}, repair of process_message",
    statement=(
        "When a message of a type without handler is terminated, every message of a consumer of "
        "JetStream is acknowledged or terminated at last, for any number of crashes and failures."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def unknown_type_repaired(design: Delivery = TERMINATING) -> Finding:
    """With a handler and without: each run ends, and not with the message lost."""
    sizes = [
        replace(design, known=known, crashes=crashes, failures=failures)
        for known, crashes, failures in product((True, False), range(3), range(2))
    ]
    small = smallest_first(sizes, _settled, "1 message, up to 2 crashes, 1 failure")
    if isinstance(small, Counterexample):
        return weighed([small])
    every = weighed(for_all_faults(design, "progresses", "not_lost", "handled_when_settled"))
    return Finding((*every.proofs, small), every.counterexamples)


# -------------------------------------------------------------------------------------- the loop


@CLAIMS.claim(
    "nats-loop-fair",
    model="M16",
    source=f"{SEED}, start_processing",
    statement="A message that waits on any subscription is processed at last.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="nats-loop-fair-repaired",
)
def loop_fair(design: EventLoop = IN_TURN) -> Finding:
    """Two subscriptions, one of them silent: the loop awaits its next message for ever, at once or,
    when the other one is asked first, after one message."""
    first = replace(design, arriving_2=1)
    second = replace(design, arriving_2=2, turn=2)
    return each_reason(map(_all_processed, (first, second)))


def _all_processed(start: EventLoop) -> Answer:
    return leading(
        start,
        lambda loop: loop.idle,
        "what waits is processed at last",
        _messages(start),
        lambda loop: not loop.idle,
    )


def _second_processed(start: EventLoop) -> Answer:
    return leading(
        start,
        lambda loop: loop.waiting_2 == 0,
        "what waits on the second subscription is processed at last",
        _messages(start),
        lambda loop: loop.waiting_2 > 0,
    )


def _messages(start: EventLoop) -> str:
    first = "messages without end" if start.endless else str(start.arriving_1)
    return f"2 subscriptions, {first} and {start.arriving_2} messages, {start.malformed} malformed"


def _for_all_messages(design: EventLoop, *names: str) -> Iterator[Answer]:
    said = {
        "live": "where a message waits, the loop can take it",
        "progresses": "each step is an arrival, or leaves fewer messages waiting",
        "runs_on": "start_processing does not return",
    }
    for name in names:
        yield inductive(
            design,
            name,
            said[name],
            ("arriving_1", "arriving_2", "malformed"),
            lambda loop: loop.arriving_1 >= 0 and loop.arriving_2 >= 0 and loop.malformed >= 0,
            depth=DEPTH,
        )


@CLAIMS.claim(
    "nats-loop-fair-repaired",
    model="M16",
    source=f"{SEED}, repair of start_processing",
    statement=(
        "A loop that waits for a message of any subscription, and is fair among these, processes "
        "each message that waits at last, for any number of messages; also when those of another "
        "subscription never end."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def loop_fair_repaired(design: EventLoop = SELECTING) -> Finding:
    """A message that waits can be taken, and each step leaves fewer, for any number; few messages,
    and those without end, by the search for fair runs."""
    few = weighed(
        [
            *loop_fair(design).counterexamples,
            smallest_first(
                (
                    replace(design, arriving_1=one, arriving_2=two, malformed=bad)
                    for one, two, bad in product((0, 1, 2), repeat=3)
                ),
                _all_processed,
                "2 subscriptions, up to 2 messages each, 2 malformed",
            ),
            _second_processed(replace(design, endless=True, arriving_2=2)),
        ]
    )
    if few.counterexamples:
        return few
    return weighed([*_for_all_messages(design, "live", "progresses"), *few.proofs])


@CLAIMS.claim(
    "nats-poison-stops",
    model="M16",
    source=f"{SEED}, process_message and start_processing",
    statement="A message that cannot be processed does not stop the consumer.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="nats-poison-stops-repaired",
)
def poison_stops(design: EventLoop = IN_TURN) -> Finding:
    """A payload that is not JSON, or a handler that fails: the `?` returns from the loop, and all
    subscriptions are dead."""
    start = replace(design, waiting_1=1, malformed=1)
    text = "start_processing does not return"
    return weighed([always(start, EventLoop.runs_on, text, "1 message, malformed")])


@CLAIMS.claim(
    "nats-poison-stops-repaired",
    model="M16",
    source=f"{SEED}, repair of start_processing",
    statement=(
        "A loop that settles a message which it cannot process, and goes on, never returns, and "
        "processes all others at last, for any number of messages that are malformed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def poison_stops_repaired(design: EventLoop = SELECTING) -> Finding:
    """For any number of messages; that the others are processed is nats-loop-fair-repaired."""
    found = poison_stops(design)
    if found.counterexamples:
        return found
    return weighed([*_for_all_messages(design, "runs_on", "live", "progresses"), *found.proofs])
