"""Claims on actors (M01): how much a mailbox holds, and what happens when it is full."""

from __future__ import annotations

from dataclasses import replace

import z3

from cospec.models.actors import ActorNet, SendingNet, forwarding, system_of
from cospec.proofs import actor_logic as logic
from cospec.proofs.claims.actors import LIMIT
from cospec.proofs.evidence import always, deadlock_free, each_reason, prove, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 000, section 2.2"

#: Sends two messages to itself for each that it handles.
DOUBLING = system_of((forwarding(0, 0), (1,)))

#: Two actors send what they get to each other, twice.
RING = system_of((forwarding(1, 1), (1,)), (forwarding(0, 0), (2,)))


@CLAIMS.claim(
    "actor-mailbox-bounded",
    model="M01",
    source=f"{SEED}, UnboundedReceiver in ActorContext",
    statement="There is a number of messages that no mailbox ever exceeds.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-mailbox-bounded-repaired",
)
def mailbox_bounded(bounded: bool = False) -> Finding:
    """Explores for 1, 2 and 3; and z3 says that this net has a run of n steps for every n, with
    n + 1 messages after it."""
    design = replace(DOUBLING, bounded=bounded)
    parts = [_within(design, bound) for bound in (1, 2, 3)]
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    if not wrong:
        return Finding(tuple(part for part in parts if isinstance(part, Proof)))
    after = logic.processed(logic.SYSTEM, logic.one, design)
    two = z3.Length(logic.outgoing_of(logic.SYSTEM, logic.one, logic.one)) == 2
    size = [z3.Length(system.queue(logic.one)) for system in (logic.SYSTEM, after)]
    given = logic.enabled(logic.SYSTEM, logic.one), two
    prove(z3.And(size[1] == size[0] + 1, logic.enabled(after, logic.one)), *given)
    text = "who sends two messages to itself for each that it handles has one more after each step"
    return Finding((Proof(Method.Z3_PROOF, text),), wrong)


def _within(design: ActorNet, bound: int) -> Proof | Counterexample:
    return always(
        replace(design, capacity=bound),
        lambda state: all(len(queue) <= bound for queue in state.message_queue),
        f"no mailbox ever holds {bound + 1} messages",
        f"1 actor, a bound of {bound}",
        LIMIT,
    )


@CLAIMS.claim(
    "actor-mailbox-bounded-repaired",
    model="M01",
    source=f"{SEED}, repair of the mailbox",
    statement=(
        "With mailboxes of a capacity n ≥ 1, and full ones refusing what is sent to them, no "
        "mailbox ever holds more than n messages, for every n."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def mailbox_bounded_repaired(bounded: bool = True) -> Finding:
    """Explored for n = 1, 2, 3; proved for every n, of each single send and of each receive."""
    design = replace(DOUBLING, bounded=bounded)
    found = weighed(_within(design, bound) for bound in (1, 2, 3))
    if found.counterexamples:
        return found
    to, message = z3.Const("to", logic.Id), z3.Const("message", logic.Message)
    sent = logic.after_one(logic.SYSTEM, to, message, design)
    taken = logic.processed(logic.SYSTEM, logic.one, design)
    before = z3.Length(logic.SYSTEM.queue(logic.other)) <= logic.capacity
    silent = logic.outgoing_of(logic.SYSTEM, logic.one, logic.other) == logic.NONE
    prove(z3.Length(sent.queue(logic.other)) <= logic.capacity, before)
    given = before, silent, logic.enabled(logic.SYSTEM, logic.one)
    prove(z3.Length(taken.queue(logic.other)) <= logic.capacity, *given)
    text = "no mailbox is longer than its capacity: inductive, each letter being sent by itself"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


@CLAIMS.claim(
    "actor-mailbox-blocking",
    model="M01",
    source=f"{SEED}, repair of the mailbox",
    statement=(
        "With bounded mailboxes and senders that wait for room, no system gets stuck; whoever "
        "handles a message having taken it out of the mailbox first."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-mailbox-blocking-repaired",
)
def mailbox_blocking(blocking: bool = True) -> Finding:
    """Mailboxes of one message, and actors that send two for each that they have taken out: to
    themselves, and to each other. (With one letter for each message there is always room.)"""
    text = "as long as there are messages, some actor can take one or go on sending"
    return each_reason(
        deadlock_free(_sending(net, blocking), text, f"{_of(net)}, capacity 1", LIMIT)
        for net in (DOUBLING, RING)
    )


def _sending(net: ActorNet, blocking: bool) -> SendingNet:
    """A net with bounded mailboxes whose actors send letter by letter."""
    nothing = ((),) * len(net.actors)
    return SendingNet(
        net.actors, net.message_queue, net.next_actor_id,
        bounded=True, blocking=blocking, sending=nothing,
    )  # fmt: skip


def _of(net: ActorNet) -> str:
    return "1 actor" if len(net.actors) == 1 else f"{len(net.actors)} actors"


@CLAIMS.claim(
    "actor-mailbox-blocking-repaired",
    model="M01",
    source=f"{SEED}, repair of the mailbox",
    statement=(
        "With bounded mailboxes that refuse what is sent to them when they are full, in a "
        "well-formed system whoever has a message can handle it; and it stays well formed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def mailbox_refusing(blocking: bool = False) -> Finding:
    """Explored; for all systems, as no send can make handling wait."""
    found = mailbox_blocking(blocking)
    if found.counterexamples:
        return found
    design = replace(RING, bounded=True)
    to, message = z3.Const("to", logic.Id), z3.Const("message", logic.Message)
    sent = logic.after_one(logic.SYSTEM, to, message, design)
    prove(logic.well_formed(sent, logic.other), logic.well_formed(logic.SYSTEM, logic.other))
    waits = z3.Length(logic.SYSTEM.queue(logic.one)) > 0
    able = logic.enabled(logic.SYSTEM, logic.one)
    prove(able, waits, logic.well_formed(logic.SYSTEM, logic.one))
    text = "whoever has a message exists, so can handle it; sending keeps that so"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))
