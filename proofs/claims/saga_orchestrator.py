"""Claims on the saga orchestrator (M14): what becomes of an execution when something goes wrong.

Each check takes a design as an argument: what is refuted for the orchestrator of the seed is
asked of the repaired one by the same function, and with any repair taken out one of them fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import z3

import cospec.spec
from cospec.models.saga_orchestrator import REPAIRED, Orchestrator, Phase
from cospec.proofs import saga_logic as logic
from cospec.proofs.evidence import prove, refines, refuted, weighed
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
    returning,
)
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import Hide, Process
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 001, section 4.1"

AS_WRITTEN = Orchestrator()

#: All repairs but the last one.
WITHOUT_TOMBSTONES = replace(REPAIRED, tombstones=False)


@cache
def _script() -> Session:
    """spec/library/saga.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "saga.csp")


# ---------------------------------------------------------------------------------- atomicity


@CLAIMS.claim(
    "saga-atomicity",
    model="M14",
    source=f"{SEED}, definition saga_atomicity",
    statement=(
        "Whenever execute has returned, either every step has succeeded, or every step that has "
        "completed was compensated. (Literally: or all compensations were executed, those of steps "
        "that never ran as well.)"
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-repaired",
)
def atomicity(design: Orchestrator = AS_WRITTEN) -> Finding:
    """A step and a compensation may fail; for the literal reading nothing but one step fails."""
    text = "an execution that has returned has done all of its steps or none"
    meant = weighed(
        explored(design, Orchestrator.all_or_nothing, text, steps=n, failures=2) for n in SIZES
    )
    literal = explored(
        replace(design, watching=True),
        lambda state: state.phase is not Phase.FAILED or len(state.asked) == state.steps,
        "after a failure the compensations of all steps, even of those that never ran, have run",
        failures=1,
    )
    if not meant.counterexamples:
        return meant
    return Finding(counterexamples=(*meant.counterexamples, *refuted(literal)))


@CLAIMS.claim(
    "saga-ambiguous-step",
    model="M14",
    source=f"{SEED}, SagaOrchestrator::execute, PaymentStep::execute",
    statement="A step that has returned Err has no effect, or is compensated.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-ambiguous-step-repaired",
)
def ambiguous_step(design: Orchestrator = AS_WRITTEN) -> Finding:
    """A reply may be lost: the service has charged, and the step returns an error."""
    text = "where execute has returned an error, no step has an effect"
    return weighed(
        explored(design, Orchestrator.all_or_nothing, text, steps=n, lost_replies=1, failures=1)
        for n in SIZES
    )


@CLAIMS.claim(
    "saga-ambiguous-step-repaired",
    model="M14",
    source=f"{SEED}, repair of execute",
    statement=(
        "When each step is remembered before it is called, compensated even if it has not "
        "answered, and undone by its key until that succeeds, no step has an effect where execute "
        "has returned an error; for any number of steps, refusals, lost replies and crashes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ambiguous_step_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """Explored for a counterexample; then z3, for all sizes."""
    seen = ambiguous_step(design)
    if seen.counterexamples:
        return seen
    return Finding((atomic(design), *seen.proofs))


@CLAIMS.claim(
    "saga-durability",
    model="M14",
    source=f"{SEED}, definition saga_durability",
    statement=(
        "The state of an execution survives a crash at any point: what is done is remembered."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-durability-repaired",
)
def durability(design: Orchestrator = AS_WRITTEN) -> Finding:
    """One crash between any two steps; what is done and nowhere remembered, nobody undoes."""
    text = "after a crash, every step that is done is in the log"
    return weighed(
        explored(design, Orchestrator.remembered, text, steps=n, crashes=1, failures=1)
        for n in SIZES
    )


@CLAIMS.claim(
    "saga-durability-repaired",
    model="M14",
    source=f"{SEED}, repair of saga_durability",
    statement=(
        "With a log that is written ahead and survives, and from which a restarted orchestrator "
        "goes on, every step that is done is in the log after a crash, and execute returns after "
        "the last fault; for any number of steps and of crashes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def durability_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """Explored for a counterexample; then z3, for all sizes."""
    seen = durability(design)
    ends = weighed(returning(design, steps=n, crashes=2, failures=1) for n in SIZES)
    for found in (seen, ends):
        if found.counterexamples:
            return found
    inductive(design, logic.sound)
    following(logic.sound, logic.remembered)
    ending(design)
    text = "what is done is in the log after any crash, and each step from there leaves less to do"
    return Finding((Proof(Method.Z3_PROOF, text), *seen.proofs, *ends.proofs))


@CLAIMS.claim(
    "saga-repaired",
    model="M14",
    source=f"{SEED}, repair of saga_correctness",
    statement=(
        "With a durable log of intended, done and compensated steps, steps and compensations that "
        "are idempotent by key, compensation of what was only intended, retries until it succeeds "
        "and restart after a crash, every execution that has returned has done all of its steps or "
        "none, as its result says, and it returns after finitely many faults; for any number of "
        "steps, crashes, refusals, lost replies and late requests."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def repaired(design: Orchestrator = REPAIRED) -> Finding:
    """z3 for all sizes; all states for up to four steps; and the model refines SAGA of the
    library."""
    small = weighed(_small(design))
    if small.counterexamples:
        return small
    ending(design)
    return Finding((atomic(design), *small.proofs))


def _small(design: Orchestrator) -> Iterator[Proof | Counterexample]:
    text = "an execution that has returned has done all of its steps or none"
    for n in SIZES:
        yield explored(design, Orchestrator.all_or_nothing, text, steps=n, **FAULTS)
        yield returning(design, steps=n, **FAULTS)
        yield as_specified(replace(design, steps=n, **FAULTS | {"delays": 0}))


def as_specified(start: Orchestrator) -> Proof | Counterexample:
    """Whether what services and caller see of an orchestrator is what SAGA of the library does."""
    script = _script()
    inside = script.value("Inside")

    def outside(process: Process) -> Process:
        return Hide(process, inside)

    return refines(script, f"SAGA({start.steps})", start, Model.FD, bounds_of(start), outside)


# ------------------------------------------------------------------------------------- waiting


@CLAIMS.claim(
    "saga-timeout",
    model="M14",
    source=f"{SEED}, SagaStep.timeout, SagaError::Timeout",
    statement="A step that exceeds its timeout fails the saga: execute returns at last.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-timeout-repaired",
)
def timeout(design: Orchestrator = AS_WRITTEN) -> Finding:
    """A request is never answered: nothing in `execute` looks at a clock."""
    return weighed(returning(design, steps=n, delays=1) for n in SIZES)


@CLAIMS.claim(
    "saga-timeout-repaired",
    model="M14",
    source=f"{SEED}, repair of execute with tokio::time::timeout",
    statement=(
        "When a step that takes too long is treated like one that has failed without saying "
        "whether it has an effect, execute returns, for any number of steps that never answer, and "
        "without an effect if it returns an error."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def timeout_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """Explored for a counterexample; then z3, for all sizes."""
    seen, kept = timeout(design), late_request(design)
    for found in (seen, kept):
        if found.counterexamples:
            return found
    ending(design)
    text = "each step, giving up among them, leaves less to do, and there is one until it returns"
    return Finding((Proof(Method.Z3_PROOF, text), atomic(design), *seen.proofs, *kept.proofs))


@CLAIMS.claim(
    "saga-late-request",
    model="M14",
    source=f"{SEED}, law",
    statement=(
        "After its compensation no effect of a step can appear, where timeouts, intents and "
        "idempotency keys are added to the orchestrator."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-late-request-repaired",
)
def late_request(design: Orchestrator = WITHOUT_TOMBSTONES) -> Finding:
    """A request overtaken by its own cancellation, for which there was nothing to cancel."""
    text = "where execute has returned an error, no step has an effect"
    return weighed(
        explored(design, Orchestrator.all_or_nothing, text, steps=n, delays=1) for n in SIZES
    )


@CLAIMS.claim(
    "saga-late-request-repaired",
    model="M14",
    source=f"{SEED}, law, repaired",
    statement=(
        "When a service that has undone a key performs it no more, no effect of a step can appear "
        "after its compensation, however late requests arrive, for any number of them."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def late_request_repaired(design: Orchestrator = REPAIRED) -> Finding:
    """Explored for a counterexample; then z3, for all sizes."""
    seen = late_request(design)
    if seen.counterexamples:
        return seen
    inductive(design, logic.sound)
    for step in logic.steps_of(design):
        gone, still = (
            z3.And(state.effect[logic.other] == 0, state.tomb[logic.other])
            for state in (logic.STATE, step.after)
        )
        if step.name != "again":  # the next execution has other keys
            prove(still, gone, *everywhere(logic.sound), step.enabled)
    text = "what is undone and may be performed no more stays so, whatever step or request comes"
    return Finding((Proof(Method.Z3_PROOF, text), atomic(design), *seen.proofs))
