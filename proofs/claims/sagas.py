"""Claims on the definitions of sagas (M14): ACID, records and states."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Any

import z3

from cospec.models.saga import (
    DOUBLE,
    INCREASE,
    KEEP_A_FEE,
    NEGATE,
    SagaStep,
    SagaTransaction,
    compensations_agree,
    saga_state,
)
from cospec.models.saga_interference import LastItem, SharedAccount
from cospec.models.saga_orchestrator import Orchestrator, Phase
from cospec.proofs import saga_logic as logic
from cospec.proofs.claims.saga_orchestrator import atomicity, durability
from cospec.proofs.evidence import (
    always,
    counterexample_of,
    determined,
    each,
    independent,
    inductive,
    prove,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.proofs.saga_evidence import SIZES, bounds_of, following
from cospec.proofs.saga_evidence import inductive as saga_inductive

CLAIMS = Register()

SEED = "seed 001, section 4.1"

AS_WRITTEN = Orchestrator()


# ------------------------------------------------------------------------------- correctness


@CLAIMS.claim(
    "saga-correctness",
    model="M14",
    source=f"{SEED}, theorem saga_correctness",
    statement=(
        "Every well-formed saga has saga_atomicity, saga_consistency and saga_durability; "
        "well-formed being what the record can express: distinct steps, a compensation for each."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-repaired",
)
def correctness(design: Orchestrator = AS_WRITTEN, inverting: bool = False) -> Finding:
    """Each of the three conjuncts, for the smallest saga that breaks it."""
    deeds = (INCREASE, DOUBLE, NEGATE, KEEP_A_FEE)
    consistent = each(
        [deed for deed in deeds if not inverting or deed.inverted(range(-10, 10))],
        lambda deed: deed.inverted(range(10)),
        "each step's compensation undoes its action",
        "sagas of one step, 4 actions with a compensation, states 0 to 9",
    )
    found = [atomicity(design), weighed([consistent]), durability(design)]
    wrong = tuple(one for finding in found for one in finding.counterexamples)
    proofs = tuple(one for finding in found for one in finding.proofs)
    return Finding(counterexamples=wrong) if wrong else Finding(proofs)


@CLAIMS.claim(
    "saga-consistency-literal",
    model="M14",
    source=f"{SEED}, definition saga_consistency",
    statement=(
        "For every step of a saga and every compensation that equals the step's: the step's action "
        "and the compensation are consistent as a pair."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="saga-inverse",
)
def consistency_literal() -> Finding:
    """The predicate is a name without definition; the second quantifier says nothing."""
    step_sort, deed_sort, undoing_sort = map(
        z3.DeclareSort, ("SagaStep", "Action", "CompensationAction")
    )
    inside = z3.Function("in_steps", step_sort, z3.BoolSort())
    action = z3.Function("action", step_sort, deed_sort)
    compensation = z3.Function("compensation", step_sort, undoing_sort)
    consistent = z3.Function("pair_consistent", deed_sort, undoing_sort, z3.BoolSort())
    step, undoing = z3.Const("step", step_sort), z3.Const("compensation", undoing_sort)
    pair = z3.Implies(undoing == compensation(step), consistent(action(step), undoing))
    statement = z3.ForAll([step, undoing], z3.Implies(inside(step), pair))
    plain = z3.Implies(inside(step), consistent(action(step), compensation(step)))
    prove(statement == z3.ForAll([step], plain))
    found = independent(
        statement, "action_compensation_pair_consistent is not defined, and nothing else is said"
    )
    text = "it says the same without the second quantifier"
    return replace(found, proofs=(*found.proofs, Proof(Method.Z3_PROOF, text)))


# ---------------------------------------------------------------------------------- isolation


@CLAIMS.claim(
    "saga-isolation",
    model="M14",
    source=f"{SEED}, definition saga_isolation",
    statement=(
        "Concurrent sagas do not interfere: what they leave is what those that took effect leave "
        "one after the other, and none is refused because of what another one takes back."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-isolation-repaired",
)
def isolation(relative: bool = False, locking: bool = False) -> Finding:
    """Two sagas on one account, and two that want the last item: a lost update, a dirty read."""
    kept = always(
        SharedAccount(relative=relative),
        SharedAccount.no_update_lost,
        "the balance is what the sagas in effect make of it",
        "2 sagas: -5 and +3 on 10",
    )
    clean = always(
        LastItem(locking=locking),
        LastItem.refused_for_a_sale,
        "a saga is refused only if the item is sold",
        "2 sagas, 1 item",
    )
    wrong = tuple(one for one in (kept, clean) if isinstance(one, Counterexample))
    proofs = tuple(one for one in (kept, clean) if isinstance(one, Proof))
    return Finding(counterexamples=wrong) if wrong else Finding(proofs)


@CLAIMS.claim(
    "saga-isolation-repaired",
    model="M14",
    source=f"{SEED}, repair of saga_isolation",
    statement=(
        "When compensations take their amount back instead of restoring a balance, the balance is "
        "what the sagas in effect make of it, for two sagas and any amounts; when a reservation "
        "locks the item until it is settled, a saga is refused only if the item is sold."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def isolation_repaired(relative: bool = True, locking: bool = True) -> Finding:
    """Explored for a counterexample; then by induction, for any amounts."""
    explored = isolation(relative, locking)
    if explored.counterexamples:
        return explored
    kept = inductive(
        SharedAccount(relative=relative),
        "no_update_lost",
        "the balance is what the sagas in effect make of it, for all amounts",
        parameters=("initial", "first_amount", "second_amount", "balance"),
        where=lambda state: state.balance == state.initial,
    )
    clean = inductive(
        LastItem(locking=locking),
        "refused_for_a_sale",
        "a saga is refused only if the item is sold",
    )
    return weighed([kept, clean, *explored.proofs])


# -------------------------------------------------------------------------- records and states


@CLAIMS.claim(
    "saga-two-compensation-lists",
    model="M14",
    source=f"{SEED}, record SagaTransaction, fields compensations and steps",
    statement=(
        "The compensations of a saga and those of its steps agree: as many, and the same at each "
        "place."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def two_compensation_lists() -> Finding:
    """The smallest record in which they do not; for all lengths if one is made from the other."""
    step_sort, undoing_sort = z3.DeclareSort("SagaStep"), z3.DeclareSort("CompensationAction")
    step_list, undoing_list = z3.SeqSort(step_sort), z3.SeqSort(undoing_sort)
    of = z3.Function("compensation", step_sort, undoing_sort)
    steps, tail = z3.Const("steps", step_list), z3.Const("tail", step_list)
    listed = z3.Const("compensations", undoing_list)
    made = z3.Function("map", step_list, undoing_list)
    head, place = z3.Const("head", step_sort), z3.Int("place")

    def agree(those: z3.SeqRef, these: z3.SeqRef, at: z3.ArithRef) -> z3.BoolRef:
        same = z3.Implies(z3.And(at >= 0, at < z3.Length(these)), those[at] == of(these[at]))
        return z3.And(z3.Length(those) == z3.Length(these), same)

    if counterexample_of(agree(listed, steps, place)) is None:
        return Finding((Proof(Method.Z3_PROOF, "they always agree"),))
    small = each(
        _records(),
        compensations_agree,
        "compensations and the steps' own ones agree",
        "records of up to 2 steps",
        lambda saga: f"steps {[s.step_id for s in saga.steps]}, compensations {saga.compensations}",
    )
    # compensations = map compensation steps, by induction on the steps.
    empty = z3.Empty(step_list)
    prove(agree(made(empty), empty, place), made(empty) == z3.Empty(undoing_list))
    longer = z3.Concat(z3.Unit(head), tail)
    prove(
        agree(made(longer), longer, place),
        made(longer) == z3.Concat(z3.Unit(of(head)), made(tail)),
        agree(made(tail), tail, place - 1),
    )
    proof = Proof(
        Method.Z3_PROOF,
        "the lists agree at each place, for every number of steps: by induction on the steps",
        under="compensations = map compensation steps",
    )
    return Finding((proof,), (small,) if isinstance(small, Counterexample) else ())


def _records() -> Iterator[SagaTransaction]:
    """Small records, those with fewer steps first."""
    for size in (0, 1, 2):
        steps = tuple(SagaStep(n, f"do {n}", f"undo {n}") for n in range(1, size + 1))
        for length in range(size + 1):
            yield SagaTransaction(steps, tuple(f"undo {n}" for n in range(1, length + 1)))


@CLAIMS.claim(
    "saga-states",
    model="M14",
    source=f"{SEED}, type SagaState",
    statement=(
        "The SagaState of an execution that has ended tells the outcome: which steps are still "
        "done."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-states-repaired",
)
def states(telling: bool = False) -> Finding:
    """Compares all executions; steps and compensations may be refused."""

    def seen(saga: Orchestrator) -> Hashable:
        return saga_state(saga, telling)

    text = "executions that end in the same SagaState have the same steps done"
    starts = (replace(AS_WRITTEN, steps=n, reporting=telling, failures=3) for n in SIZES)
    return weighed(determined(start, seen, _left, text, bounds_of(start)) for start in starts)


def _left(saga: Orchestrator) -> Hashable:
    """The steps that are still done, where the execution has ended."""
    ended = saga.phase in (Phase.COMPLETED, Phase.FAILED)
    return frozenset(key.step for key, _ in saga.effects) if ended else None


@CLAIMS.claim(
    "saga-states-repaired",
    model="M14",
    source=f"{SEED}, repair of SagaState",
    statement=(
        "With the states SagaCompensated and CompensationFailed (list of steps) instead of "
        "SagaFailed, the state tells which steps are still done where each service says truly "
        "whether it has done what it was asked for; for any number of steps."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def states_repaired(telling: bool = True) -> Finding:
    """The same comparison; then z3, for all sizes: the list holds the steps that are left."""
    seen = states(telling)
    if seen.counterexamples:
        return seen
    unless = ("lose_reply", "delay", "crash")
    saga_inductive(replace(AS_WRITTEN, reporting=True), logic.truly_stuck, without=unless)
    following(logic.truly_stuck, _told)
    text = (
        "the steps that are done are all of them after SagaCompleted, those of the list after "
        "CompensationFailed, and none after SagaCompensated"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *seen.proofs))


def _told(state: logic.State, step: Any) -> Any:
    """That a step is done where the state says so: after SagaCompleted, or in the list."""
    left = z3.If(z3.Or(state.phase == logic.COMPLETED, state.stuck[step]), 1, 0)
    return z3.Implies(logic.finished(state), state.effect[step] == left)
