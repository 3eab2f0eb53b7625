"""Claims on seed 002 as a whole: its proof obligation ED3, and that the framework ensures what it
says (M16).

The document states its six obligations by their names, and proves none. What each amounts to, what
the listings do, and what they have to be for it to hold, is shown where the obligation is: ED1 with
the event bus, ED2 with the partitions, ED4 and ED6 with the event store, ED5 with CQRS, ED3 here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cospec.proofs.claims import (
    amqp,
    cqrs_002,
    event_delivery,
    event_handlers_002,
    nats,
    nats_subjects,
    partitions,
)
from cospec.proofs.register import Finding, Method, Register, Truth, Undecided

CLAIMS = Register()

Check = Callable[[], Finding]

#: What ED3 asks of the two adapters, as the listing has them.
AS_WRITTEN: tuple[Check, ...] = (
    nats.loop_fair,
    amqp.publish_ok,
    amqp.poison,
    nats.poison_stops,
    nats.ack,
    nats.unknown_type,
    nats_subjects.subject_sound,
)


def _acknowledged() -> Finding:
    """Of consumers that terminate unknown types, too."""
    return nats.ack_repaired(nats.TERMINATING)


#: The same of the repaired ones.
REPAIRED: tuple[Check, ...] = (
    nats.loop_fair_repaired,
    amqp.publish_ok_repaired,
    amqp.poison_repaired,
    nats.poison_stops_repaired,
    _acknowledged,
    nats.unknown_type_repaired,
    nats_subjects.subject_sound_repaired,
    nats_subjects.subject_complete_repaired,
)


def _all_of(checks: Sequence[Check]) -> Finding:
    """What the findings on the parts of a statement come to: the first reason against each part
    that is refuted, or else the first proof of each.

    Raises:
        Undecided: a part is neither proved nor refuted.
    """
    findings = [check() for check in checks]
    wrong = tuple(each.counterexamples[0] for each in findings if each.verdict is Truth.FALSE)
    if wrong:
        return Finding((), wrong)
    if any(each.verdict is not Truth.TRUE for each in findings):
        raise Undecided("a part is neither refuted nor proved without a hypothesis")
    first = tuple(each.proofs[0] for each in findings)
    return Finding(first + tuple(proof for each in findings for proof in each.proofs[1:]))


@CLAIMS.claim(
    "ED3",
    model="M16",
    source="seed 002, section 6, proof obligation ED3; sections 3.1 and 3.2",
    statement=(
        "Correctness of the integration of message brokers: the adapters accept only subjects "
        "that are valid; what publish gave Ok for is stored; each message is handled at least "
        "once and then acknowledged, also when the consumer crashes; and a message that cannot be "
        "handled does not keep others from that."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="ED3-repaired",
)
def ed3(checks: Sequence[Check] = AS_WRITTEN) -> Finding:
    """A reason against each part, each with a run as short as there is one.

    The document states the obligation by its name only, and proves nothing. In its listings the
    loop over NATS subscriptions waits for a silent one while a message waits at another; publish
    of RabbitMQ gives Ok for a message that no queue is bound for; a message that cannot be handled
    is put back at the head of its queue for ever, and one that is malformed ends the loop of NATS;
    core NATS forgets what a crashed consumer had; a message of a type without handler is never
    settled; and `*`, `.` and `>` are subjects to publish to. `ED3-repaired` has it all repaired.
    """
    return _all_of(checks)


@CLAIMS.claim(
    "ED3-repaired",
    model="M16",
    source="seed 002, section 6, proof obligation ED3; sections 3.1 and 3.2, repaired",
    statement=(
        "All parts of ED3 hold of the adapters with their repairs (a loop that selects among "
        "subscriptions and settles what it cannot process, JetStream, unknown types terminated, "
        "validation by tokens; mandatory, persistent messages with confirms, and a dead-letter "
        "queue after so many failures), under weak fairness, for any number of messages, crashes, "
        "failures and restarts."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ed3_repaired(checks: Sequence[Check] = REPAIRED) -> Finding:
    """Safety by induction; liveness by measures that fall with each step, while something that is
    fair can happen until the goal is reached; subjects by the inclusion of regular languages. Each
    repair can be taken out of its part, which then fails."""
    return _all_of(checks)


#: The obligations, as the listings are.
OBLIGATIONS: tuple[Check, ...] = (
    event_delivery.ed1,
    partitions.ed2,
    ed3,
    event_handlers_002.ed4,
    cqrs_002.ed5,
    event_handlers_002.ed6,
)

#: And as the repaired ones are.
REPAIRED_OBLIGATIONS: tuple[Check, ...] = (
    event_delivery.ed1_repaired,
    partitions.ed2_repaired,
    ed3_repaired,
    event_handlers_002.ed4_repaired,
    cqrs_002.ed5_repaired,
    event_handlers_002.ed6_repaired,
)


@CLAIMS.claim(
    "meta-002-ensures",
    model="M16",
    source="seed 002, sections 1 and 7, status completed",
    statement=(
        "The framework ensures the correctness, reliability and consistency of event-driven "
        "systems: its listings satisfy the obligations ED1 to ED6."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="meta-002-ensures-repaired",
)
def ensures(obligations: Sequence[Check] = OBLIGATIONS) -> Finding:
    """The first reason against each of the six: none holds, and the document proves none."""
    return _all_of(obligations)


@CLAIMS.claim(
    "meta-002-ensures-repaired",
    model="M16",
    source="seed 002, section 6, with all repairs",
    statement="The repaired event bus, partitions, brokers, store and CQRS satisfy ED1 to ED6.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ensures_repaired(obligations: Sequence[Check] = REPAIRED_OBLIGATIONS) -> Finding:
    """All six, as each is proved where it belongs."""
    return _all_of(obligations)
