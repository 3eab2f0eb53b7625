"""Claims on actors (M01): what depends on the order in which actors run, and what does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

import z3

from cospec.checker.exploration import Exploration
from cospec.models.actors import (
    Actor,
    ActorNet,
    ActorSystem,
    SteppedNet,
    forwarding,
    hopping,
    keeping,
    race,
    system_of,
)
from cospec.models.model import ModelSystem
from cospec.proofs import actor_logic as logic
from cospec.proofs.actor_logic import SYSTEM, one, other, target
from cospec.proofs.claims.actor_isolation import linear_messages
from cospec.proofs.claims.actors import CHAIN, LIMIT, SEED, frame_kept, framed, recorded
from cospec.proofs.confluence import diamond_gives_one_end
from cospec.proofs.evidence import (
    always,
    confluent,
    each,
    leading,
    prove,
    refuted,
    stepwise,
    weighed,
)
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

#: Two actors that send what they get to one another, each with a message.
PING_PONG = system_of((hopping(1), (2,)), (hopping(0), (2,)))

# ----------------------------------------------------------------------------------- determinism


@CLAIMS.claim(
    "actor-determinism-literal",
    model="M01",
    source=f"{SEED}, definition actor_determinism",
    statement=(
        "deterministic_execution(apply_message_sequence S msgs) for all msgs, where neither name "
        "is defined; read as: equal systems and equal sequences lead to equal systems."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="actor-kahn",
)
def determinism_literal() -> Finding:
    """For any function whatever: z3 knows no more of it than that it is one."""
    system, message = z3.DeclareSort("ActorSystem"), z3.DeclareSort("Letter")
    apply = z3.Function("apply_message_sequence", system, z3.SeqSort(message), system)
    first, second = z3.Consts("first second", system)
    messages, others = z3.Consts("messages others", z3.SeqSort(message))
    alike = z3.And(first == second, messages == others)
    prove(z3.Implies(alike, apply(first, messages) == apply(second, others)))
    text = "every function gives equal results for equal arguments"
    why = (
        "apply_message_sequence is a function, if it is anything: whatever its meaning, it is "
        "deterministic; nothing is said of the order in which actors run"
    )
    return Finding((Proof(Method.Z3_PROOF, text),), vacuous=why)


@CLAIMS.claim(
    "actor-determinism",
    model="M01",
    source=f"{SEED}, definition actor_determinism, over all schedules",
    statement="All runs of process_message from a system that end lead to the same final system.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-kahn",
)
def determinism(nets: Iterable[ActorNet] = (CHAIN, PING_PONG, race())) -> Finding:
    """Explores nets; in one of them two actors send to a third one."""
    text = "all runs that end, end in the same system"
    return weighed(
        confluent(net, text, f"{len(net.actors)} actors, 2 messages at the start", limit=LIMIT)
        for net in nets
    )


def small_nets(single_producer: bool = True) -> Iterator[ActorNet]:
    """All nets of three actors that each send to one actor or to nobody, with up to one message
    each at the start, which goes on twice; those without messages first.

    Args:
        single_producer: only those in which no two actors send to the same.
    """
    nobody = 3
    for full in sorted(product((False, True), repeat=3), key=sum):
        for targets in product((0, 1, 2, nobody), repeat=3):
            real = [each for each in targets if each != nobody]
            if not single_producer or len(set(real)) == len(real):
                queues = [(2,) if each else () for each in full]
                parts = zip(map(hopping, targets), queues, strict=True)
                yield system_of(*parts)


def ends(net: ActorNet) -> int:
    """In how many systems runs of a net end."""
    found: Exploration[ActorNet] = Exploration(ModelSystem(net), LIMIT)
    if not found.complete:
        raise Undecided(found.reason)
    return sum(not moves for moves in found.edges)


@CLAIMS.claim(
    "actor-kahn",
    model="M01",
    source=f"{SEED}, repair of actor_determinism",
    statement=(
        "If no two actors ever send to the same actor, all runs of process_message from a system "
        "that end lead to the same final system, after the same number of steps; and if one run "
        "ends, every run does."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def kahn(single_producer: bool = True) -> Finding:
    """All small nets explored; for all systems, z3 proves the diamond property of two steps, and
    that it suffices."""
    text = "all runs that end, end in the same system"
    bounds = "3 actors, each sending to one at most; up to 1 message each, handled up to 3 times"
    found = each(small_nets(single_producer), lambda net: ends(net) == 1, text, bounds)
    if isinstance(found, Counterexample):
        return Finding(counterexamples=(found,))
    return Finding((*_confluence(), found))


def _confluence() -> tuple[Proof, Proof]:
    design = race()
    logic.sending(design)
    logic.diamond(design)
    apart = z3.Or(*(logic.outgoing_of(SYSTEM, each, target) == logic.NONE for each in (one, other)))
    prove(apart, logic.separate(SYSTEM, one, other, target))
    prove(logic.commuting(), apart)
    text = (
        "two actors that never send to the same one can handle their first messages in either "
        "order, with the same system after both; behaviours and their targets stay as they are"
    )
    return Proof(Method.Z3_PROOF, text), diamond_gives_one_end()


@CLAIMS.claim(
    "actor-diamond",
    model="M01",
    source=f"{SEED}, process_message",
    statement=(
        "If two actors a ≠ b can handle a message, then a before b leads to the same system as b "
        "before a."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def actor_diamond() -> Finding:
    """A pair of steps of explored nets that does not commute; z3 for all systems where what both
    send to one actor does."""
    text = "two steps of different actors lead to the same system in either order"
    alone, raced = (
        each(_reached(nets), commuting, text, "the states of nets of 2 and 3 actors", _both_ways)
        for nets in ((CHAIN, PING_PONG), (race(),))
    )
    if isinstance(alone, Counterexample):  # in these nets the hypothesis holds
        return Finding(counterexamples=(alone,))
    wrong = refuted(raced)
    logic.sending(race())
    logic.diamond(race())
    text = "process a; process b = process b; process a, for all behaviours and any queues"
    under = "for every actor, what a sends to it and what b sends to it gives the same in any order"
    proved = Proof(Method.Z3_PROOF, text, under=under)
    return Finding((proved, replace(alone, under=under)), wrong)


def _reached(nets: Iterable[ActorNet]) -> Iterator[tuple[ActorNet, int, int]]:
    """The states of nets, each with two actors that can handle a message."""
    for net in nets:
        found: Exploration[ActorNet] = Exploration(ModelSystem(net), LIMIT)
        if not found.complete:
            raise Undecided(found.reason)
        for state in found.states:
            able = [actor for actor in state.active_actors if state.exists(actor)]
            yield from ((state, a, b) for a in able for b in able if a < b)


def commuting(case: tuple[ActorNet, int, int]) -> bool:
    """Whether two enabled actors can handle their messages in either order."""
    state, first, second = case
    return in_turn(state, first, second) == in_turn(state, second, first)


def in_turn(state: ActorNet, first: int, second: int) -> ActorNet | None:
    """The system after one actor and then the other has handled a message."""
    after = state.process_message(first)
    return None if after is None else after.process_message(second)


def _both_ways(case: tuple[ActorNet, int, int]) -> tuple[str, ...]:
    state, first, second = case
    one_way = f"{first}, then {second} → {in_turn(state, first, second)}"
    other_way = f"{second}, then {first} → {in_turn(state, second, first)}"
    return (f"start: {state}", one_way, other_way)


# ----------------------------------------------------------------------------------- the theorem


@CLAIMS.claim(
    "actor-pattern-safety",
    model="M01",
    source=f"{SEED}, theorem actor_pattern_safety",
    statement=(
        "In every well-formed system (only actors that exist have messages, their numbers are "
        "below next_actor_id) other actors are not touched by a step, each message is one step, "
        "and all runs that end lead to the same system."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-pattern-safety-repaired",
)
def pattern_safety(nets: Iterable[ActorNet] = (CHAIN, PING_PONG, race())) -> Finding:
    """Each conjunct on well-formed nets; each step is one message in every one of them."""
    return weighed(part for net in nets for part in _safe(net))


def _safe(net: ActorNet) -> Iterator[Proof | Counterexample]:
    bounds = f"{len(net.actors)} actors, 2 messages at the start"
    start = recorded(net)
    yield always(start, ActorSystem.well_formed, "the system is well formed", bounds, limit=LIMIT)
    yield stepwise(start, frame_kept, "no other actor is touched", bounds, limit=LIMIT)
    yield stepwise(start, _one_message, "a step is one message", bounds, limit=LIMIT)
    yield confluent(net, "all runs that end, end in the same system", bounds, limit=LIMIT)


def _one_message(before: ActorNet, after: ActorNet) -> bool:
    return len(after.handled) == len(before.handled) + 1


@CLAIMS.claim(
    "actor-pattern-safety-repaired",
    model="M01",
    source=f"{SEED}, repair of actor_pattern_safety",
    statement=(
        "In a well-formed system in which no two actors send to the same one, and in which "
        "messages hand over what they refer to: it stays well formed; a step touches other actors "
        "only by appending to their mailboxes; what actors refer to stays disjoint; all runs that "
        "end lead to the same system."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def pattern_safety_repaired(single_producer: bool = True, linear: bool = True) -> Finding:
    """The conjuncts, each for all systems."""
    explored = weighed(part for net in (CHAIN, PING_PONG) for part in _safe(net))
    for part in (explored, kahn(single_producer), linear_messages(linear)):
        if part.counterexamples:
            return part
    _stays_well_formed()
    frame = framed()
    text = (
        "well formed: inductive; the frame; references disjoint: inductive; the diamond property, "
        "by which all ends are the same"
    )
    proofs = (Proof(Method.Z3_PROOF, text), Proof(Method.Z3_PROOF, frame.text))
    return Finding((*proofs, diamond_gives_one_end(), *explored.proofs))


def _stays_well_formed() -> None:
    """Proves that only actors that exist have messages, after a step as before it."""
    logic.sending(race())
    after = logic.processed(SYSTEM, one, race())
    given = logic.well_formed(SYSTEM, other), logic.enabled(SYSTEM, one)
    prove(logic.well_formed(after, other), *given)


# ------------------------------------------------------------------------------ actor_system_step

#: The first actor always has a message for itself, the second one has one from somebody.
SELFISH = SteppedNet((Actor(forwarding(0)), Actor(keeping)), ((1,), (2,)), 2)

#: Two selfish actors, and one that waits with two messages.
CROWD = SteppedNet(
    (Actor(forwarding(0)), Actor(forwarding(1)), Actor(keeping)), ((1,), (1,), (2, 2)), 3
)

#: A mailbox that is nobody's, and an actor with a message.
GHOST = SteppedNet((None, Actor(keeping)), ((1,), (2,)), 2)


@CLAIMS.claim(
    "actor-step-fairness",
    model="M01",
    source=f"{SEED}, actor_system_step",
    statement="Every message in a mailbox is handled at last by the steps of actor_system_step.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-step-fairness-repaired",
)
def step_fairness(rotating: bool = False) -> Finding:
    """Looks for a run for ever in which the last actor's messages stay where they are."""
    return weighed(_served(rotating))


def _served(rotating: bool) -> Iterator[Proof | Counterexample]:
    for net in (SELFISH, CROWD):
        last = len(net.actors) - 1
        start = SteppedNet(net.actors, net.message_queue, net.next_actor_id, rotating=rotating)

        def handled(state: SteppedNet, last: int = last) -> bool:
            return not state.message_queue[last]

        text = f"the messages of actor {last} are handled at last"
        yield leading(start, handled, text, f"{last + 1} actors, all with messages")


@CLAIMS.claim(
    "actor-step-fairness-repaired",
    model="M01",
    source=f"{SEED}, repair of actor_system_step",
    statement=(
        "In a well-formed system of n actors whose steps begin the search for an active actor "
        "behind the last one, whoever has a message handles one within n steps; so every message "
        "in a mailbox is handled at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def step_fairness_repaired(rotating: bool = True) -> Finding:
    """Explored; for any n, z3 proves that the number of actors before a waiting one decreases with
    each step until it runs, and that meanwhile it goes on waiting with the same first message."""
    found = step_fairness(rotating)
    if found.counterexamples:
        return found
    waiting = z3.Int("waiting")
    valid = z3.And(waiting >= 0, waiting < logic.size)
    before = logic.distance(waiting, logic.turn)
    after = logic.distance(waiting, logic.next_turn(rotating))
    nearer = z3.And(after >= 0, after < before, before < logic.size)
    served = z3.Or(logic.chosen == waiting, nearer)
    prove(served, valid, logic.active(waiting), logic.choice())
    step = logic.processed(SYSTEM, one, race())
    still = z3.And(
        logic.enabled(step, other),
        logic.head(step, other) == logic.head(SYSTEM, other),
        z3.PrefixOf(SYSTEM.queue(other), step.queue(other)),
    )
    prove(still, logic.enabled(SYSTEM, one), logic.enabled(SYSTEM, other), one != other)
    text = (
        "the distance of an active actor from the place where the search starts is below n, and "
        "decreases with every step that is not its own; messages before another one only get fewer"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


@CLAIMS.claim(
    "actor-step-progress",
    model="M01",
    source=f"{SEED}, actor_system_step",
    statement="If some actor has a message, a step of actor_system_step handles a message.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def step_progress() -> Finding:
    """Explores systems, one of them with a mailbox that is nobody's; z3 for well-formed systems."""
    text = "if some actor has a message, a step handles one"
    formed, ghost = (
        always(net, progressing, text, "2 numbers", limit=LIMIT) for net in (SELFISH, GHOST)
    )
    if isinstance(formed, Counterexample):
        return Finding(counterexamples=(formed,))
    wrong = refuted(ghost)
    _stays_well_formed()
    waits = z3.Length(SYSTEM.queue(one)) > 0
    prove(logic.enabled(SYSTEM, one), waits, logic.well_formed(SYSTEM, one))
    text = "whoever is found with a message can handle it; a step keeps the hypothesis"
    under = "only actors that exist have messages"
    return Finding((Proof(Method.Z3_PROOF, text, under=under), replace(formed, under=under)), wrong)


def progressing(state: SteppedNet) -> bool:
    """Whether a step handles a message, if some actor has one."""
    able = any(state.exists(actor) for actor in state.active_actors)
    return not able or state.stepped() is not None
