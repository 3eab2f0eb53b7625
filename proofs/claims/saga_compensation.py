"""Claims on the compensations of the saga orchestrator (M14): which, in what order, how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import z3

from cospec.models.saga_orchestrator import REPAIRED, Orchestrator, Phase, Result
from cospec.proofs import saga_logic as logic
from cospec.proofs.evidence import determined, prove, stepwise, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.proofs.saga_evidence import (
    FAULTS,
    SIZES,
    atomic,
    bounds_of,
    ending,
    everywhere,
    explored,
    following,
    inductive,
    is_step,
    returning,
)

CLAIMS = Register()

SEED = "seed 001, section 4.1"

AS_WRITTEN = Orchestrator()

#: The orchestrator of the seed that calls a compensation again when it has failed.
RETRYING = replace(AS_WRITTEN, retrying=True)


@CLAIMS.claim(
    "saga-reverse-order",
    model="M14",
    source=f"{SEED}, SagaOrchestrator::compensate",
    statement=(
        "When no two steps have the same name and nothing crashes, the compensations of the "
        "executed steps are attempted in reverse order, each exactly once in the first run of an "
        "orchestrator (a later one: saga-reuse); for any number of steps, whatever fails."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def reverse_order(design: Orchestrator = AS_WRITTEN) -> Finding:
    """z3 for all sizes; and the order of all runs of up to four steps."""
    text = "the compensations that were asked for are the executed steps from the last to the first"
    faults = {"failures": 3, "lost_replies": 1, "delays": 1}
    watched = replace(design, watching=True)
    seen = weighed(explored(watched, _reversed, text, steps=n, **faults) for n in SIZES)
    if seen.counterexamples:
        return seen
    inductive(design, logic.in_reverse, without=["crash"])
    following(logic.in_reverse, _all_in_reverse)
    text = "when execute has failed, the i-th of m executed steps was the (m - i + 1)-th asked for"
    return Finding((Proof(Method.Z3_PROOF, text), *seen.proofs))


def _reversed(state: Orchestrator) -> bool:
    executed = [entry.key.step for entry in state.log]
    return state.phase is not Phase.FAILED or list(state.asked) == executed[::-1]


def _all_in_reverse(state: logic.State, step: Any) -> Any:
    """What the invariant comes to in the end: all were asked for, in reverse, and no other was."""
    executed = z3.And(step >= 0, step < state.size)
    ordinal = z3.If(executed, state.size - 1 - step, logic.NEVER)
    exactly = z3.And(state.asked == state.size, state.when[step] == ordinal)
    return z3.Implies(state.phase == logic.FAILED, exactly)


@CLAIMS.claim(
    "saga-same-name",
    model="M14",
    source=f"{SEED}, SagaOrchestrator::compensate, find by step_name",
    statement="Each executed step is compensated by itself, whatever the steps are called.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-same-name-repaired",
)
def same_name(design: Orchestrator = AS_WRITTEN) -> Finding:
    """Two steps of one name get each other's output: refund(id of bank B) fails at bank A."""
    text = "where one step has failed and nothing else, no step has an effect"

    def parts() -> Iterator[Proof | Counterexample]:
        for names in _namings(3):
            named = replace(design, names=names)
            holds = Orchestrator.all_or_nothing
            yield explored(named, holds, text, steps=len(names), failures=1)

    return weighed(parts())


def _namings(most: int) -> Iterator[tuple[str, ...]]:
    """The names of up to so many steps: all that differ in which of them are the same."""
    known = ("payment", "shipping", "invoice", "report")[:most]
    for size in range(1, most + 1):
        for names in product(known, repeat=size):
            if tuple(dict.fromkeys(names)) == known[: len(set(names))]:
                yield names


@CLAIMS.claim(
    "saga-same-name-repaired",
    model="M14",
    source=f"{SEED}, repair of compensate",
    statement=(
        "When the number of a step is remembered instead of its name, each executed step is "
        "compensated by itself, whatever the steps are called, and execute returns; for any number "
        "of steps."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def same_name_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """All ways to name up to three steps; then z3, for all sizes. What is proved knows no names, as
    the orchestrator that finds a step by its number does not look at them."""
    named = same_name(design)
    ends = weighed(
        returning(replace(design, names=("payment",) * n), steps=n, failures=1) for n in SIZES[:3]
    )
    for found in (named, ends):
        if found.counterexamples:
            return found
    ending(design)
    return Finding((atomic(design), *named.proofs, *ends.proofs))


@CLAIMS.claim(
    "saga-reuse",
    model="M14",
    source=f"{SEED}, SagaOrchestrator::execute(&mut self)",
    statement=(
        "Each call of execute compensates only steps of its own, and each of those at most once: "
        "an orchestrator can be used again."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-reuse-repaired",
)
def reuse(design: Orchestrator = AS_WRITTEN) -> Finding:
    """Two executions, without lost replies or crashes: a second refund, and a completed saga that
    a later one undoes."""
    found = [weighed(check(design)) for check in (_refunded, _undone)]
    wrong = tuple(each for finding in found for each in finding.counterexamples)
    return Finding(() if wrong else sum((each.proofs for each in found), ()), wrong)


def _refunded(design: Orchestrator, runs: int = 1) -> Iterator[Proof | Counterexample]:
    text = "nothing is undone more often than it was performed"
    for n in SIZES[1:3]:
        yield explored(design, Orchestrator.undone_once, text, steps=n, failures=2, runs=runs)


def _undone(design: Orchestrator, runs: int = 1) -> Iterator[Proof | Counterexample]:
    text = "an execution undoes nothing that an earlier one has done"
    for n in SIZES[:3]:
        start = replace(design, steps=n, failures=2, runs=runs)
        yield stepwise(start, Orchestrator.own_steps_only, text, bounds_of(start))


@CLAIMS.claim(
    "saga-reuse-repaired",
    model="M14",
    source=f"{SEED}, repair of execute",
    statement=(
        "When an execution begins with an empty log and keys of its own, it compensates only steps "
        "of its own, none twice, and nothing that happens later changes what it has done; for any "
        "number of steps and of executions."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def reuse_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """Explored for a counterexample, three executions; then z3, for all sizes."""
    seen = weighed(part for check in (_refunded, _undone) for part in check(design, runs=2))
    if seen.counterexamples:
        return seen
    inductive(design, logic.own)
    for invariant in (logic.sound, logic.none_given_up):
        inductive(design, invariant)
    over = z3.And(logic.finished(logic.STATE), z3.Not(logic.STATE.given_up))
    given = (is_step(logic.other), *everywhere(logic.sound), *everywhere(logic.own))
    for step in logic.steps_of(design):
        called = logic.calling(logic.STATE)
        if step.name == "undo":
            prove(logic.STATE.owner[called] == logic.STATE.run, *given, step.enabled)
        elif step.name != "again":
            same = step.after.effect[logic.other] == logic.STATE.effect[logic.other]
            prove(same, over, *given, step.enabled)
    text = (
        "what is compensated was called in the same execution, and once that has returned, nothing "
        "that may still happen to its keys changes an effect"
    )
    return Finding((Proof(Method.Z3_PROOF, text), atomic(design), *seen.proofs))


@CLAIMS.claim(
    "saga-compensation-reported",
    model="M14",
    source=f"{SEED}, SagaOrchestrator::execute and compensate, SagaError::CompensationFailed",
    statement=(
        "The caller of execute learns that a compensation has failed: an error after which all is "
        "undone does not look like one after which something is not."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-compensation-reported-repaired",
)
def compensation_reported(design: Orchestrator = AS_WRITTEN) -> Finding:
    """Compares all states in which execute has returned."""
    start = replace(design, steps=2, failures=2)
    text = "the result of execute tells whether all is undone"
    return weighed([determined(start, _result, _rolled_back, text, bounds_of(start))])


def _result(state: Orchestrator) -> Result | None:
    return state.result


def _rolled_back(state: Orchestrator) -> bool | None:
    """Whether all is undone, where execute has returned an error and does not say that more is
    wrong."""
    plain = state.result is Result.FAILED
    return not state.effects if plain else None


@CLAIMS.claim(
    "saga-compensation-reported-repaired",
    model="M14",
    source=f"{SEED}, repair of execute",
    statement=(
        "When execute returns CompensationFailed if a compensation was given up, its other error "
        "means that every step is undone, for any number of steps and of faults; and it does not "
        "return CompensationFailed where no compensation has failed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def compensation_reported_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """With compensations that are not tried again, as otherwise none is given up."""
    design = replace(design, retrying=False)
    text = "where execute has returned its other error, no step has an effect"
    quiet = "where nothing but a step has failed, execute does not return CompensationFailed"

    def parts() -> Iterator[Proof | Counterexample]:
        told = compensation_reported(design)
        yield from told.counterexamples or told.proofs
        for n in SIZES[:3]:
            yield explored(design, lambda s: _rolled_back(s) is not False, text, steps=n, **FAULTS)
            yield explored(
                design,
                lambda s: s.result is not Result.COMPENSATION_FAILED,
                quiet,
                steps=n,
                failures=1,
            )

    seen = weighed(parts())
    if seen.counterexamples:
        return seen
    return Finding((atomic(design), _given_up_by_a_compensation(design), *seen.proofs))


def _given_up_by_a_compensation(design: Orchestrator) -> Proof:
    """Proves that nothing but a compensation which has failed, or seems to, makes `given_up`."""
    now = logic.STATE
    for step in logic.steps_of(design):
        failing = step.name in ("refuse", "lose_reply")
        failed = now.phase == logic.BACKWARD if failing else z3.BoolVal(False)
        prove(z3.Implies(step.after.given_up, z3.Or(now.given_up, failed)), step.enabled)
    text = "CompensationFailed is returned only where a compensation was given up: for all sizes"
    return Proof(Method.Z3_PROOF, text)


@CLAIMS.claim(
    "saga-compensation-idempotent",
    model="M14",
    source=f"{SEED}, trait SagaStep, compensate",
    statement=(
        "To compensate a step twice is to compensate it once: when a compensation is tried again "
        "because its reply was lost, nothing is undone more often than it was performed."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def compensation_idempotent(design: Orchestrator = RETRYING) -> Finding:
    """The orchestrator of the seed, with retries; then services that know a request by its key."""
    text = "nothing is undone more often than it was performed"
    seen = weighed(
        explored(design, Orchestrator.undone_once, text, steps=n, failures=1, lost_replies=2)
        for n in SIZES
    )
    keyed = replace(design, keyed=True)
    inductive(keyed, lambda state, step: state.effect[step] >= 0)
    prove(*_undone_again(keyed))
    proved = "undo, lost reply, undo leaves what undo leaves; no effect is ever below 0"
    under = "services know a compensation by a key of its own (idempotency key)"
    if seen.counterexamples:
        return Finding((Proof(Method.Z3_PROOF, proved, under=under),), seen.counterexamples)
    return Finding((Proof(Method.Z3_PROOF, proved), *seen.proofs))


def _undone_again(design: Orchestrator) -> tuple[z3.BoolRef, ...]:
    """That undoing once more changes no effect; and the states, after a lost reply, it is about."""
    (undo,) = [step for step in logic.steps_of(design) if step.name == "undo"]
    lost = [step for step in logic.steps_of(design, undo.after) if step.name == "lose_reply"][-1]
    (again,) = [step for step in logic.steps_of(design, lost.after) if step.name == "undo"]
    same = again.after.effect[logic.other] == undo.after.effect[logic.other]
    return same, undo.enabled, lost.enabled, again.enabled
