"""Claims on listings, by rules that a machine applies to what they declare (M09): Coq types of
seed 000, and the types that Rust listings give up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import z3

from cospec.models.listing_types import (
    BEHAVIOUR,
    BEHAVIOUR_BY_NAME,
    EVENT_HANDLING,
    HANDLING_REPAIRED,
    HANDLING_TYPES,
    Expression,
    IllTyped,
    TypeDeclaration,
    defects,
    infer,
    written,
)
from cospec.models.rust_excerpts import EXCERPTS
from cospec.models.rust_listings import Listing
from cospec.proofs.claims import broadcast_buses, pipelines
from cospec.proofs.evidence import prove
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()


# ---------------------------------------------------------------------------------- behaviours


@CLAIMS.claim(
    "actor-behavior-type",
    model="M09",
    source="seed 000, section 2.1, record ActorBehavior",
    statement=(
        "The declaration of ActorBehavior is legal in Coq, and it has a value for a behaviour A "
        "that becomes B, which becomes A."
    ),
    registered=Truth.FALSE,
    method=Method.STATIC,
    repaired="actor-behavior-type-repaired",
)
def behavior_type(declared: TypeDeclaration = BEHAVIOUR) -> Finding:
    """As a Record it is refused; as an Inductive, which it could be, it has no such value."""
    refused = defects(declared)
    if refused:
        wrong = _refused(declared, refused)
        inductive = replace(declared, kind="Inductive")
        circles = () if defects(inductive) else (_without_circles(),)
        return Finding(counterexamples=(wrong, *circles))
    if not _mentions_itself(declared):
        text = f"a {declared.kind} that does not mention {declared.name} is legal"
        return Finding((Proof(Method.STATIC, text), _ping_pong()))
    if declared.kind == "Inductive":
        return Finding(counterexamples=(_without_circles(),))
    text = "a CoInductive is legal, and a circle of its values is guarded by the constructor"
    return Finding((Proof(Method.STATIC, text),))


def _mentions_itself(declared: TypeDeclaration) -> bool:
    words = {word for _, type in declared.fields for word in re.findall(r"\w+", written(type))}
    return declared.name in words


def _refused(declared: TypeDeclaration, refused: list[str]) -> Counterexample:
    def replay() -> None:
        if not _mentions_itself(declared):
            raise NotReplayed("the declaration does not mention itself")

    text = f"Coq refuses the {declared.kind}"
    return Counterexample(Method.STATIC, text, tuple(refused), replay)


def _without_circles() -> Counterexample:
    """That an inductive type has no circle of values: by z3, whose datatypes are inductive."""

    def replay() -> None:
        made = z3.Datatype("Behaviour")
        made.declare("stays")
        made.declare("becomes", ("next_one", made))  # what it becomes in some state
        behaviour = made.create()
        a, b = z3.Consts("a b", behaviour)
        prove(z3.Not(z3.And(a == behaviour.becomes(b), b == behaviour.becomes(a))))
        prove(a != behaviour.becomes(a))

    replay()
    steps = (
        "A.become s = Some B and B.become s = Some A",
        "A would be a part of itself, and no value of an inductive type is",
    )
    text = "as an Inductive it has no value for A that becomes B that becomes A"
    return Counterexample(Method.Z3_PROOF, text, steps, replay)


def _ping_pong() -> Proof:
    """Two behaviours in a table, each becoming the other one: performed."""
    table: Mapping[str, str | None] = {"ping": "pong", "pong": "ping"}
    names = ["ping"]
    for _ in range(4):
        following = table[names[-1]]
        assert following is not None
        names.append(following)
    if names != ["ping", "pong", "ping", "pong", "ping"]:
        raise Undecided("the behaviours do not alternate")
    text = "a table of names has ping become pong and pong become ping"
    return Proof(Method.STATIC, text)


@CLAIMS.claim(
    "actor-behavior-type-repaired",
    model="M09",
    source="seed 000, section 2.1, repair of ActorBehavior",
    statement=(
        "With become : ActorState -> option BehaviorName, and a table of behaviours by their "
        "names, the declaration is legal, and A becomes B becomes A has a value."
    ),
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def behavior_type_repaired(declared: TypeDeclaration = BEHAVIOUR_BY_NAME) -> Finding:
    """As `cospec.models.actors` has it."""
    return behavior_type(declared)


# ------------------------------------------------------------------------------ event handlers


@CLAIMS.claim(
    "event-handler-typing",
    model="M09",
    source="seed 000, section 4.1, definition process_event",
    statement="What process_event puts into the queue is a list of events.",
    registered=Truth.VACUOUS,
    method=Method.STATIC,
)
def handler_typing(
    expression: Expression = EVENT_HANDLING, repaired: Expression = HANDLING_REPAIRED
) -> Finding:
    """Types are inferred; the repaired expression has the one that is asked for."""
    mended = written(infer(repaired, HANDLING_TYPES))
    if mended != "list Event":
        raise Undecided(f"repaired it is a {mended}")
    try:
        found = written(infer(expression, HANDLING_TYPES))
    except IllTyped as error:
        proofs = (
            Proof(Method.STATIC, f"the expression has no type: {error}"),
            Proof(
                Method.STATIC,
                "with match h event with Some l => l | None => [] it is a list Event; None and "
                "Some [] mean the same",
            ),
        )
        return Finding(
            proofs,
            vacuous="option_to_list : option A -> list A gives a list of lists of events, which "
            "cannot be sorted as events: the definition has no meaning of which anything could be "
            "true",
        )
    return Finding((Proof(Method.STATIC, f"its type is {found}"),))


# --------------------------------------------------------------------------------- type safety


@CLAIMS.claim(
    "principles-000-types",
    model="M09",
    source="seed 000, design principle 5, and the listings of seeds 000 and 001",
    statement=(
        "The type system of Rust guarantees that the listings are safe: no type is given up, to be "
        "found again, or not, at run time."
    ),
    registered=Truth.FALSE,
    method=Method.STATIC,
    repaired="principles-000-types-repaired",
)
def types(excerpts: Mapping[str, str] = EXCERPTS) -> Finding:
    """The places, and what becomes of two of them at run time."""
    places = _erased(excerpts)
    if not places:
        return Finding((Proof(Method.STATIC, "no dyn Any, and no downcast"), _typed_registry()))
    failing = (*broadcast_buses.dispatch().counterexamples[:1], *_cast())

    def replay() -> None:
        if not any("dyn " in text and "Any" in text for text in excerpts.values()):
            raise NotReplayed("nothing is an Any")
        for wrong in failing:
            wrong.replay()

    shown = [f"fails at run time: {wrong.text}; {'; '.join(wrong.steps)}" for wrong in failing]
    text = f"{len(places)} places where the type is given up"
    wrong = Counterexample(Method.STATIC, text, (*places, *shown), replay)
    return Finding(counterexamples=(wrong,))


def _cast() -> tuple[Counterexample, ...]:
    """A pipeline of which a cast fails."""
    found = pipelines.downcast_safe().counterexamples
    if not found:
        raise Undecided("no cast of a pipeline fails")
    return found


def _erased(excerpts: Mapping[str, str]) -> list[str]:
    return [
        f"seed {document}: {place}"
        for document, text in excerpts.items()
        for place in Listing.of_text(text).erased()
    ]


def _typed_registry() -> Proof:
    """Handlers by the type that they take: what is found for an event takes it."""
    types, handlers = z3.DeclareSort("MessageType"), z3.DeclareSort("Handler")
    takes = z3.Function("takes", handlers, types)
    listed = z3.Function("listed", types, handlers, z3.BoolSort())
    key, event = z3.Consts("key event", types)
    handler, new = z3.Consts("handler new", handlers)

    def typed(found: z3.BoolRef, at: z3.ExprRef) -> z3.BoolRef:
        return z3.Implies(found, takes(handler) == at)

    added = z3.Or(listed(key, handler), z3.And(key == takes(new), handler == new))
    prove(typed(added, key), typed(listed(key, handler), key))
    prove(takes(handler) == event, listed(event, handler), typed(listed(event, handler), event))
    text = "however many handlers are registered, one that is found for an event takes its type"
    return Proof(Method.Z3_PROOF, text)


#: With a map of handlers for each type of message, and stages that keep their types.
TYPED = {
    document: text.replace("dyn std::any::Any", "dyn Handler<M>")
    .replace("dyn Any", "dyn Handler<M>")
    .replace("downcast", "call")
    for document, text in EXCERPTS.items()
}


@CLAIMS.claim(
    "principles-000-types-repaired",
    model="M09",
    source="seed 000, repair of design principle 5",
    statement=(
        "With a map of handlers for each type of message in place of dyn Any, no type is given up, "
        "and each handler that is found for a message takes it."
    ),
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def types_repaired(excerpts: Mapping[str, str] = TYPED) -> Finding:
    """Nothing is erased in the listings, and the registry is typed, however many are registered."""
    return types(excerpts)
