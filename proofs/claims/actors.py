"""Claims on actors (M01): what becomes of messages, and of actors that want to grow.

What holds for all systems is proved on `cospec.proofs.actor_logic`, where behaviours may be any
functions; what does not is looked for on small nets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import z3

import cospec.spec
from cospec.models.actors import (
    ActorNet,
    ActorSystem,
    forwarding,
    growing_up,
    keeping,
    race,
    system_of,
)
from cospec.proofs import actor_logic as logic
from cospec.proofs.evidence import (
    always,
    prove,
    refined_by,
    refines,
    stepwise,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import STOP, Process, Sequential
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 000, section 2.1"

#: As many states of nets that grow for ever are looked at.
LIMIT = 500

#: Somebody sends to a number that nobody has.
TO_NOBODY = system_of((forwarding(1), (1,)), (None, ()))

#: Two messages go from 0 by way of 1 to 2.
CHAIN = system_of((forwarding(1), (1, 2)), (forwarding(2), ()), (keeping, ()))

#: An actor that wants a child and another behaviour, and nobody else.
FAMILY = system_of((growing_up, (1, 2)))


def recorded(net: ActorNet) -> ActorNet:
    """A net that keeps a history; what is in its mailboxes at the start was sent."""
    queues = enumerate(net.message_queue)
    return replace(net, recording=True, sent=tuple((n, m) for n, queue in queues for m in queue))


# ------------------------------------------------------------------------------------ the frame


def moved(before: ActorNet, after: ActorNet) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Who has handled a message in a step of a recorded net, and what it has sent."""
    actor, message = after.handled[-1]
    one = before.actors[actor]
    assert one is not None
    return actor, one.behaviour.receive(one.state, message)[1]


def frame_kept(before: ActorNet, after: ActorNet, for_nobody: bool = True) -> bool:
    """Whether all other actors are as before, and their mailboxes, but for what is new in them."""
    actor, outgoing = moved(before, after)
    return all(
        after.actors[n] == before.actors[n]
        and after.message_queue[n]
        == before.message_queue[n] + tuple(message for target, message in outgoing if target == n)
        for n in range(len(before.actors))
        if n != actor and (for_nobody or before.exists(n))
    )


def framed() -> Proof:
    """The frame, for all systems, at the numbers of which there is an actor."""
    design = race()
    logic.sending(design)
    after = logic.processed(logic.SYSTEM, logic.one, design)
    given = logic.enabled(logic.SYSTEM, logic.one), logic.one != logic.other
    for part in ("exists", "behaviour", "state"):
        prove(getattr(after, part)(logic.other) == getattr(logic.SYSTEM, part)(logic.other), *given)
    sent = logic.outgoing_of(logic.SYSTEM, logic.one, logic.other)
    longer = z3.Concat(logic.SYSTEM.queue(logic.other), sent)
    prove(after.queue(logic.other) == longer, *given, logic.SYSTEM.exists(logic.other))
    text = "every other actor is as before, and its mailbox has at its end what was sent to it"
    return Proof(Method.Z3_PROOF, text, under="b is the number of an actor")


@CLAIMS.claim(
    "actor-frame",
    model="M01",
    source=f"{SEED}, process_message",
    statement=(
        "If process_message S a = Some S', then for every b ≠ a: the actor b is the same in S and "
        "S', and queue' b = queue b ++ [m | (b, m) ∈ out]."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
    differs=(
        "send_message to a number without an actor leaves the system as it is, so that the mailbox "
        "of that number does not get what was sent to it; true for the numbers of actors"
    ),
)
def frame() -> Finding:
    """Explored on nets, one of them with a number that nobody has; z3 for all systems."""
    text, bounds = "the frame is kept", "2 or 3 numbers, 2 messages at most at the start"
    nets = [recorded(net) for net in (CHAIN, race(), TO_NOBODY)]
    for_actors = weighed(stepwise(net, _frame_of_actors, text, bounds, limit=LIMIT) for net in nets)
    if for_actors.counterexamples:
        return for_actors
    found = weighed(stepwise(net, frame_kept, text, bounds, limit=LIMIT) for net in nets)
    return Finding((framed(), *found.proofs), found.counterexamples)


def _frame_of_actors(before: ActorNet, after: ActorNet) -> bool:
    return frame_kept(before, after, for_nobody=False)


# -------------------------------------------------------------------------- what becomes of them


@CLAIMS.claim(
    "actor-no-message-loss",
    model="M01",
    source=f"{SEED}, send_message",
    statement="Every message sent was handled, or is in a mailbox.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-no-message-loss-repaired",
)
def no_message_loss(dead_lettering: bool = False) -> Finding:
    """Explores nets; one of them sends to nobody."""
    return weighed(_conserving(dead_lettering))


def _conserving(dead_lettering: bool) -> Iterator[Proof | Counterexample]:
    for net in (CHAIN, race(), TO_NOBODY):
        start = recorded(replace(net, dead_lettering=dead_lettering))
        text = "what was sent was handled, or waits in a mailbox or among the dead letters"
        yield always(
            start,
            ActorSystem.conserving,
            text,
            f"{len(net.actors)} numbers, 2 messages",
            limit=LIMIT,
        )


@CLAIMS.claim(
    "actor-no-message-loss-repaired",
    model="M01",
    source=f"{SEED}, repair of send_message",
    statement=(
        "With a list of dead letters: for every number, what was sent to it is what it has "
        "handled, what is in its mailbox, and what of the dead letters is for it, in this order."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def no_message_loss_repaired(dead_lettering: bool = True) -> Finding:
    """Explored for a counterexample; then proved for all systems."""
    found = no_message_loss(dead_lettering)
    if found.counterexamples:
        return found
    design = replace(TO_NOBODY, dead_lettering=dead_lettering)
    return Finding((accounted(design), *found.proofs))


def accounted(design: ActorSystem) -> Proof:
    """Nothing gets lost: inductive, for all behaviours and any number of actors."""
    logic.sending(design)
    after = logic.processed(logic.SYSTEM, logic.one, design)
    given = (
        logic.accounted(logic.SYSTEM, logic.other),
        logic.enabled(logic.SYSTEM, logic.one),
        logic.head_and_tail(logic.SYSTEM.queue(logic.one)),
    )
    prove(logic.accounted(after, logic.other), *given)
    text = "sent = handled, mailbox and dead letters, for each number: inductive"
    return Proof(Method.Z3_PROOF, text)


@CLAIMS.claim(
    "actor-fifo-per-pair",
    model="M01",
    source=f"{SEED}, law",
    statement="Messages from one actor to another are handled in the order they were sent in.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def fifo_per_pair() -> Finding:
    """z3 for all systems; nets explored, and compared with processes of the library."""
    found = weighed(_in_order())
    if found.counterexamples:
        return found
    handled_first()
    logic.selecting()
    text = (
        "what an actor has handled are the first of all messages to it, in their order; so are, "
        "among these, those of one sender"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


def _in_order() -> Iterator[Proof | Counterexample]:
    for net in (CHAIN, race()):
        text = "each actor handles the messages to it in the order in which they were sent"
        yield always(recorded(net), handled_in_order, text, "3 actors, 2 messages", limit=LIMIT)
    for name, net in (("CHAIN", CHAIN), ("RACE", race())):
        compared = script(), name, net, Model.FD, "3 actors, 2 messages", _at_rest
        there = refines(*compared)
        yield there
        if isinstance(there, Proof):
            yield refined_by(*compared)


def _at_rest(process: Process) -> Process:
    """A net that has nothing to do waits for messages; it does not terminate."""
    return Sequential(process, STOP)


def handled_in_order(state: ActorSystem) -> bool:
    """Whether each actor has handled the first of the messages that were sent to it."""

    def to(number: int, letters: tuple[tuple[int, int], ...]) -> list[int]:
        return [message for target, message in letters if target == number]

    handled = {n: to(n, state.handled) for n in range(len(state.actors))}
    return all(to(n, state.sent)[: len(first)] == first for n, first in handled.items())


@cache
def script() -> Session:
    """spec/library/actors.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "actors.csp")


def handled_first() -> None:
    """Proves that what a number has handled are the first messages that were sent to it. Where
    nobody keeps dead letters this is so for whoever exists."""
    design = race()
    logic.sending(design)
    after = logic.processed(logic.SYSTEM, logic.one, design)

    def first(system: logic.System) -> z3.BoolRef:
        here = logic.other
        known = z3.Concat(system.handled(here), system.queue(here))
        return z3.Implies(system.exists(here), system.sent(here) == known)

    law = logic.head_and_tail(logic.SYSTEM.queue(logic.one))
    prove(first(after), first(logic.SYSTEM), logic.enabled(logic.SYSTEM, logic.one), law)


@CLAIMS.claim(
    "actor-no-duplication",
    model="M01",
    source=f"{SEED}, law",
    statement="Each message that is sent is handled at most once.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def no_duplication() -> Finding:
    """z3 for all systems, with messages that are told apart; nets explored."""
    found = weighed(
        always(
            recorded(net),
            lambda state: len(set(state.handled)) == len(state.handled),
            "no message is handled twice by one actor",
            "3 actors, 2 messages",
            LIMIT,
        )
        for net in (CHAIN, race())
    )
    if found.counterexamples:
        return found
    handled_first()
    places = z3.Ints("place later")
    sent, handled, rest = z3.Consts("sent handled rest", logic.Messages)
    inside = [z3.And(place >= 0, place < z3.Length(handled)) for place in places]
    alike = [handled[place] == sent[place] for place in places]
    for same, within in zip(alike, inside, strict=True):
        prove(same, sent == z3.Concat(handled, rest), within)
    told_apart = sent[places[0]] != sent[places[1]]
    prove(handled[places[0]] != handled[places[1]], *alike, told_apart)
    text = "what was handled is a prefix of what was sent: two places in it are two messages sent"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


# ------------------------------------------------------------------------------ spawn and become


@CLAIMS.claim(
    "actor-spawn-become-dead",
    model="M01",
    source=f"{SEED}, spawn and become in ActorBehavior",
    statement=(
        "Actors create actors and change their behaviour: whenever one has handled a message and "
        "its spawn (become) gives Some, there is one more actor (it has that behaviour)."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-spawn-become-dead-repaired",
)
def spawn_become_dead(growing: bool = False) -> Finding:
    """Explores an actor that wants both; z3: no step ever changes who exists or how it behaves."""
    design = replace(FAMILY, growing=growing)
    text = "who wants a child has one after it has handled a message, and is what it wants to be"
    grown = stepwise(recorded(design), grown_as_wanted, text, "1 actor, 2 messages", limit=LIMIT)
    found = weighed([grown])
    if not found.counterexamples:
        return found
    after = logic.processed(logic.SYSTEM, logic.one, design)
    for part in ("exists", "behaviour"):
        prove(getattr(after, part)(logic.other) == getattr(logic.SYSTEM, part)(logic.other))
    never = "no step changes which actors there are, nor the behaviour of any of them"
    return Finding((Proof(Method.Z3_PROOF, never),), found.counterexamples)


def grown_as_wanted(before: ActorNet, after: ActorNet) -> bool:
    """Whether the actor that has handled a message has become and has spawned what it wants."""
    actor, message = after.handled[-1]
    one, now = before.actors[actor], after.actors[actor]
    assert one is not None
    assert now is not None
    state = one.behaviour.receive(one.state, message)[0]
    children = 0 if one.behaviour.spawn(state) is None else 1
    wanted = one.behaviour.become(state) or one.behaviour
    return now.behaviour == wanted and len(after.actors) == len(before.actors) + children


@CLAIMS.claim(
    "actor-spawn-become-dead-repaired",
    model="M01",
    source=f"{SEED}, repair of process_message",
    statement=(
        "When process_message calls become and spawn, and gives a child the number next_actor_id, "
        "every number of an actor is below next_actor_id, so that the child's was free, for any "
        "number of actors; and actors grow as they want, as two of them do in all their runs."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def spawn_become_repaired(growing: bool = True) -> Finding:
    """Explored on two generations; freshness for any number of actors."""
    found = weighed(_family(growing))
    if found.counterexamples:
        return found
    after, fresh = _spawning(growing)
    prove(fresh)
    prove(after)
    proof = "number < next_actor_id for every actor: inductive; so the number of a child was free"
    return Finding((Proof(Method.Z3_PROOF, proof), *found.proofs))


def _family(growing: bool) -> Iterator[Proof | Counterexample]:
    for alone in (FAMILY, system_of((growing_up, (1, 2)), (growing_up, (3,)))):
        net = replace(alone, growing=growing)
        yield stepwise(
            recorded(net), grown_as_wanted, "actors grow as they want", _of(net), limit=LIMIT
        )
        text = "every number of an actor is below next_actor_id"
        yield always(net, ActorSystem.well_formed, text, _of(net), limit=LIMIT)


def _of(net: ActorNet) -> str:
    actors, messages = len(net.actors), sum(map(len, net.message_queue))
    return f"{actors} actor{'s' if actors > 1 else ''}, {messages} messages"


def _spawning(growing: bool) -> tuple[z3.BoolRef, z3.BoolRef]:
    """That numbers stay below the next one, and that the next one is free."""
    exists = z3.Function("exists", z3.IntSort(), z3.BoolSort())
    number, following, spawns = z3.Int("number"), z3.Int("next"), z3.Bool("spawns")
    spawned = z3.And(z3.BoolVal(growing), spawns)
    below = z3.ForAll(number, z3.Implies(exists(number), number < following))
    there = z3.Or(exists(number), z3.And(spawned, number == following))
    later = z3.If(spawned, following + 1, following)
    kept = z3.Implies(z3.And(below, there), number < later)
    return kept, z3.Implies(z3.And(below, spawned), z3.Not(exists(following)))
