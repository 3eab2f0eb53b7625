"""Claims on actors (M01): what one of them owns, and what another one can see of it."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import z3

from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.shared_state import (
    OF_INTEGER,
    RULES,
    Cells,
    References,
    Rules,
    Type,
    is_send,
    shares,
    types,
)
from cospec.proofs.claims.actors import SEED
from cospec.proofs.evidence import always, each, independent, prove, weighed
from cospec.proofs.register import Finding, Method, Proof, Register, Truth

CLAIMS = Register()

BOUNDS = "2 actors, 2 references"

#: Types whose clones point to the same place.
POINTERS = ("Rc", "Arc", "&'static ")


@CLAIMS.claim(
    "actor-isolation",
    model="M01",
    source=f"{SEED}, definition actor_isolation",
    statement=(
        "For all id1 ≠ id2 with states s1 and s2: disjoint_memory_regions (state_memory_region s1) "
        "(state_memory_region s2), where neither name is defined."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="actor-isolation-refs-repaired",
)
def isolation() -> Finding:
    """The statement and its negation each have a model."""
    number, state, region = map(z3.DeclareSort, ("ActorID", "ActorState", "Region"))
    exists = z3.Function("exists", number, z3.BoolSort())
    state_of = z3.Function("state", number, state)
    region_of = z3.Function("state_memory_region", state, region)
    disjoint = z3.Function("disjoint_memory_regions", region, region, z3.BoolSort())
    one, two = z3.Consts("id1 id2", number)
    there = z3.And(one != two, exists(one), exists(two))
    apart = disjoint(region_of(state_of(one)), region_of(state_of(two)))
    text = (
        "disjoint_memory_regions and state_memory_region are not defined, and a value of Coq has "
        "no address"
    )
    return independent(z3.ForAll((one, two), z3.Implies(there, apart)), text)


@CLAIMS.claim(
    "actor-message-atomicity",
    model="M01",
    source=f"{SEED}, definition message_atomicity",
    statement=(
        "For all messages: atomic_operation (receive_and_update S a msg), where neither name is "
        "defined."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="actor-run-to-completion",
)
def message_atomicity() -> Finding:
    """The statement and its negation each have a model."""
    system, number, message, operation = map(
        z3.DeclareSort, ("ActorSystem", "ActorID", "Message", "Operation")
    )
    update = z3.Function("receive_and_update", system, number, message, operation)
    atomic = z3.Function("atomic_operation", operation, z3.BoolSort())
    here, actor, each = z3.Const("S", system), z3.Const("a", number), z3.Const("msg", message)
    text = "receive_and_update and atomic_operation are not defined"
    return independent(z3.ForAll(each, atomic(update(here, actor, each))), text)


# ------------------------------------------------------------------------------------ references


@CLAIMS.claim(
    "actor-isolation-refs",
    model="M01",
    source=f"{SEED}, and design principle 2 of the summary",
    statement=(
        "Where states and messages hold references, and no two actors hold the same one at the "
        "start, they never do."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-isolation-refs-repaired",
)
def isolation_refs(linear: bool = False) -> Finding:
    """Explored."""
    text = "no two actors refer to the same thing"
    return weighed([always(References(linear), References.isolated, text, BOUNDS)])


@CLAIMS.claim(
    "actor-isolation-refs-repaired",
    model="M01",
    source=f"{SEED}, repair of actor_isolation",
    statement=(
        "If what an actor has and sends after a message is what it and the message had before, and "
        "no reference is in two of these, then among all states and messages no reference is ever "
        "in two, if none is at the start."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def linear_messages(linear: bool = True) -> Finding:
    """Explored; then for any number of actors, messages and references."""
    found = isolation_refs(linear)
    return found if found.counterexamples else Finding((one_owner(linear), *found.proofs))


def one_owner(linear: bool = True) -> Proof:
    """Each reference has one owner, a state or a message: inductive.

    A reference is fixed; which of the owners have it, is a predicate of owners.
    """
    owner = z3.DeclareSort("Owner")
    has, gets, new = (z3.Function(n, owner, z3.BoolSort()) for n in ("has", "gets", "new"))
    actor, message, x, y = z3.Consts("actor message x y", owner)

    def alone(holds: Any) -> z3.BoolRef:
        return z3.ForAll((x, y), z3.Implies(z3.And(holds(x), holds(y)), x == y))

    def after(z: Any) -> z3.BoolRef:
        kept = z3.And(z != message, has(z))
        return z3.If(z3.Or(z == actor, new(z)), gets(z), kept)

    def involved(z: Any) -> z3.BoolRef:
        return z3.And(gets(z), z3.Or(z == actor, new(z)))

    nothing_new = z3.ForAll(x, z3.Implies(involved(x), z3.Or(has(actor), has(message))))
    fresh = z3.ForAll(x, z3.Implies(new(x), z3.Not(has(x))))
    handed_over = alone(involved) if linear else z3.BoolVal(True)
    prove(alone(after), alone(has), nothing_new, fresh, handed_over)
    return Proof(Method.Z3_PROOF, "every reference has one owner at most: inductive")


@CLAIMS.claim(
    "principles-000-message",
    model="M01",
    source="seed 000, design principle 2 (message passing)",
    statement="Components that only exchange messages share no state.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def principle_message() -> Finding:
    """References in messages are shared, unless they are handed over."""
    wrong = isolation_refs().counterexamples
    proof = one_owner()
    under = "whoever sends a reference keeps none, and sends it once"
    return Finding((Proof(Method.Z3_PROOF, proof.text, under=under),), wrong)


# ------------------------------------------------------------------------------------ Rust's types


@CLAIMS.claim(
    "actor-isolation-rust",
    model="M01",
    source="seed 000, section 2.2, trait Actor",
    statement=(
        "If the type State is Send + 'static, two actors, one of which was started with a clone of "
        "the other's state, share no state that can be changed."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-isolation-rust-repaired",
)
def isolation_rust(owned: bool = False) -> Finding:
    """Goes through the types, the smallest first; of each, what B sees of what A does."""
    cases = takewhile(lambda each: size(each) <= 4, types())
    wanted = [each for each in cases if is_send(each) and (not owned or is_owned(each))]
    text = "B, which has handled nothing, finds its state as it was, whatever A does"
    bounds = "types of up to 4 names"
    found = each(wanted, lambda state: _touched(state) is None, text, bounds, _told)
    return weighed([found])


def size(of: Type) -> int:
    """Of how many names a type consists."""
    return 1 if of.inner is None else 1 + size(of.inner)


def is_owned(of: Type) -> bool:
    """Whether a type has no shared pointer in it."""
    return of.inner is None or (of.name not in POINTERS and is_owned(of.inner))


def _touched(state: Type) -> tuple[str, ...] | None:
    """A run of two actors in which one changes what the other has; None: there is none."""
    found: Exploration[Cells] = Exploration(ModelSystem(Cells(shares(state))))
    run = found.always(Cells.untouched).run
    if run is None:
        return None
    return (
        str(run.states[0]),
        *(f"{e} → {s}" for e, s in zip(run.events, run.states[1:], strict=True)),
    )


def _told(state: Type) -> tuple[str, ...]:
    run = _touched(state) or ()
    return (f"State = {state}, which is Send + 'static", "spawn(A, s.clone()), spawn(B, s)", *run)


@CLAIMS.claim(
    "actor-isolation-rust-repaired",
    model="M01",
    source="seed 000, section 2.2, repair of trait Actor",
    statement=(
        "Of the types made of i32, Vec, Cell, Mutex, Rc, Arc and 'static references, none that is "
        "Send can be the cause of a data race; and two actors, one started with a clone of the "
        "other's state, share nothing that can be changed if the type is made without Rc, Arc and "
        "references."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def isolation_rust_repaired(owned: bool = True) -> Finding:
    """Explored for small types; by induction over the structure of all types that can be made."""
    found = isolation_rust(owned)
    if found.counterexamples:
        return found
    inner = Rules(*z3.Bools("send sync mutable shares races races_shared"))
    for made in (OF_INTEGER, *(rule(inner) for rule in RULES.values())):
        terms = [z3.BoolVal(t) if isinstance(t, bool) else t for t in _terms(made)]
        prove(_no_race(*terms), _no_race(*_terms(inner)))
    prove(z3.Not(z3.BoolVal(OF_INTEGER.shares)))
    for name, rule in RULES.items():
        if is_owned(Type(name, Type("i32"))):
            prove(z3.Not(rule(inner).shares), z3.Not(inner.shares))
    races = "no type that is Send leads to a data race, nor a reference to one that is Sync"
    apart = "without Rc, Arc and references, a clone has no memory in common with the original"
    how = "by induction over the structure of types"
    proofs = [Proof(Method.Z3_PROOF, f"{text}: {how}") for text in (races, apart)]
    return Finding((*proofs, *found.proofs))


def _terms(rules: Rules) -> tuple[Any, ...]:
    return rules.send, rules.sync, rules.races, rules.races_shared


def _no_race(send: Any, sync: Any, races: Any, races_shared: Any) -> z3.BoolRef:
    moved = z3.Implies(send, z3.Not(races))
    return z3.And(moved, z3.Implies(sync, z3.Not(races_shared)))
