"""Evidence on the saga orchestrator: explored for small sagas, proved by z3 for all."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import z3

from cospec.models.saga_orchestrator import Orchestrator
from cospec.proofs import saga_logic as logic
from cospec.proofs.evidence import always, leading, prove
from cospec.proofs.register import Counterexample, Method, Proof

#: How many steps the sagas have that are explored.
SIZES = (1, 2, 3, 4)

#: What may go wrong in an exploration: the budgets, by the names of the fields.
FAULTS: dict[str, Any] = {"crashes": 2, "failures": 2, "lost_replies": 1, "delays": 1}


#: What budgets are called where there is one left, and where there are more.
BUDGETS = {
    "crashes": ("crash", "crashes"),
    "failures": ("refusal", "refusals"),
    "lost_replies": ("lost reply", "lost replies"),
    "delays": ("delay", "delays"),
    "runs": ("more run", "more runs"),
}


def bounds_of(state: Orchestrator) -> str:
    """The bounds of an exploration."""
    called = f" called {' and '.join(state.names)}" if state.names else ""
    found = [f"{state.steps} step{'s' * (state.steps > 1)}{called}"]
    for budget, (one, more) in BUDGETS.items():
        if left := getattr(state, budget):
            found.append(f"{left} {one if left == 1 else more}")
    return ", ".join(found)


def explored(
    design: Orchestrator, holds: Callable[[Orchestrator], bool], text: str, **changes: Any
) -> Proof | Counterexample:
    """Whether a predicate holds in all states that a design reaches."""
    start = replace(design, **changes)
    return always(start, holds, text, bounds_of(start))


def returning(design: Orchestrator, **changes: Any) -> Proof | Counterexample:
    """Whether `execute` returns at last."""
    start = replace(design, **changes)
    return leading(start, lambda state: state.finished, "execute returns at last", bounds_of(start))


# ------------------------------------------------------------------------------ for all sizes

#: A property of a state and of any of its steps.
Invariant = Callable[[logic.State, Any], Any]


def everywhere(invariant: Invariant) -> tuple[z3.BoolRef, ...]:
    """That an invariant holds of those steps that a proof is about: any one, the one that is
    called, and the one whose request arrives."""
    return tuple(
        z3.Implies(is_step(number), invariant(logic.STATE, number))
        for number in (logic.other, logic.calling(logic.STATE), logic.arriving)
    )


def is_step(number: Any) -> z3.BoolRef:
    """That a step has this number."""
    return z3.And(number >= 0, number < logic.steps)


def inductive(design: Orchestrator, invariant: Invariant, without: Collection[str] = ()) -> None:
    """Proves an invariant for any number of steps and of faults, but for some kinds of these."""
    given = (logic.steps > 0, is_step(logic.other))
    prove(invariant(logic.START, logic.other), *given)
    for step in logic.steps_of(design):
        if step.name not in without:
            before = everywhere(invariant)
            prove(invariant(step.after, logic.other), *given, *before, step.enabled)


def following(invariant: Invariant, *conclusions: Invariant) -> None:
    """Proves that an invariant says something of every step of every state."""
    for conclusion in conclusions:
        inside = (logic.steps > 0, is_step(logic.other))
        prove(conclusion(logic.STATE, logic.other), *inside, *everywhere(invariant))


def ending(design: Orchestrator) -> None:
    """Proves that as long as `execute` has not returned there is a step to be done, and that each
    leaves less of them; so that it returns after the last fault.

    There are no more late requests than there were faults, and these do not make it more.
    """
    given = (logic.steps > 0, is_step(logic.other), *everywhere(logic.sound))
    now = logic.work(logic.STATE)
    steps = logic.steps_of(design)
    some = z3.Or([step.enabled for step in steps if step.wanted])
    prove(z3.Or(logic.finished(logic.STATE), some), *given)
    prove(now >= 0, *given)
    for step in steps:
        after = logic.work(step.after)
        if step.wanted:
            prove(after < now, *given, step.enabled)
        elif step.name == "arrive":
            prove(after <= now, *given, step.enabled)


def atomic(design: Orchestrator) -> Proof:
    """Atomicity of any number of steps, with any number of faults."""
    inductive(design, logic.sound)
    following(logic.sound, logic.all_done, logic.all_undone)
    text = (
        "after Ok every step is done once, after an error none is: by an invariant that every step "
        "and every fault keeps, for any number of steps, crashes, refusals, lost and late messages"
    )
    if design.retrying:
        inductive(design, logic.none_given_up)
    return Proof(Method.Z3_PROOF, text)
