"""Claims on the saga orchestrator: the transcription for z3, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models.model import Act, ModelSystem
from cospec.models.saga_orchestrator import REPAIRED, REPAIRS, Orchestrator
from cospec.proofs import saga_logic as logic
from cospec.proofs.claims import saga_compensation, saga_orchestrator
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Counterexample, Finding, Proof, Result, Truth, Undecided
from cospec.proofs.saga_evidence import atomic, ending, everywhere, inductive, is_step

Results = Callable[[str], Result]


@pytest.mark.parametrize(
    ("slug", "lengths"),
    [
        ("saga-atomicity", [4, 1]),
        ("saga-ambiguous-step", [2]),
        ("saga-durability", [2]),
        ("saga-reuse", [8, 5]),
        ("saga-timeout", [1]),
        ("saga-late-request", [6]),
        ("saga-same-name", [8]),
        ("saga-compensation-idempotent", [6]),
    ],
)
def test_counterexamples_are_shortest(slug: str, lengths: list[int], result_of: Results) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == lengths


def test_two_runs_look_the_same_to_the_caller(result_of: Results) -> None:
    finding = result_of("saga-compensation-reported").finding
    assert finding is not None
    (wrong,) = finding.counterexamples
    ends = [line for line in wrong.steps if " failed, " in line]
    assert [line.rpartition("effects ")[2] for line in ends] == ["{}", "{1 of run 1: +1}"]


# -------------------------------------------------------------------------------- the repairs

#: The claims on the repaired orchestrator, and which of them fails without a repair.
CHECKS: dict[str, Callable[[Orchestrator], Finding]] = {
    "durable": saga_orchestrator.durability_repaired,
    "intending": saga_orchestrator.ambiguous_step_repaired,
    "retrying": saga_orchestrator.repaired,
    "keyed": saga_compensation.compensation_idempotent,
    "tombstones": saga_orchestrator.late_request_repaired,
    "renewed": saga_compensation.reuse_repaired,
    "indexed": saga_compensation.same_name_repaired,
    "timed": saga_orchestrator.timeout_repaired,
    "reporting": saga_compensation.compensation_reported_repaired,
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_with_all_repairs_a_claim_holds_and_without_one_it_fails(repair: str) -> None:
    check = CHECKS[repair]
    assert check(REPAIRED).verdict is Truth.TRUE
    finding = check(replace(REPAIRED, **{repair: False}))
    assert finding.verdict in (Truth.FALSE, Truth.CONDITIONAL)
    assert finding.counterexamples
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize(
    "check",
    [
        saga_orchestrator.atomicity,
        saga_orchestrator.ambiguous_step,
        saga_orchestrator.durability,
        saga_orchestrator.timeout,
        saga_orchestrator.late_request,
        saga_compensation.same_name,
        saga_compensation.reuse,
        saga_compensation.compensation_reported,
        saga_compensation.compensation_idempotent,
    ],
)
def test_with_its_repairs_a_false_claim_is_false_no_more(
    check: Callable[[Orchestrator], Finding],
) -> None:
    assert check(REPAIRED).verdict is Truth.TRUE


@pytest.mark.parametrize("repair", ["durable", "intending", "retrying"])
def test_the_specification_notices_a_missing_repair(repair: str) -> None:
    faults = {"crashes": 1, "failures": 2, "lost_replies": 1}
    start = replace(REPAIRED, steps=2, **faults)
    assert isinstance(saga_orchestrator.as_specified(start), Proof)
    wrong = saga_orchestrator.as_specified(replace(start, **{repair: False}))
    assert isinstance(wrong, Counterexample)
    wrong.replay()


def test_the_specification_refuses_a_charge_without_a_refund() -> None:
    wrong = saga_orchestrator.as_specified(Orchestrator(lost_replies=1))
    assert isinstance(wrong, Counterexample)
    assert wrong.steps == ("perform.1", "then respond.failed, which SAGA(1) does not allow")


# -------------------------------------------------------------------------- what z3 is asked


@pytest.mark.parametrize("repair", ["intending", "keyed", "tombstones", "durable"])
def test_z3_refutes_the_induction_where_a_repair_is_missing(repair: str) -> None:
    with pytest.raises(Undecided):
        atomic(replace(REPAIRED, **{repair: False}))


@pytest.mark.parametrize("repair", ["durable", "timed"])
def test_z3_refutes_that_there_is_always_a_step_where_a_repair_is_missing(repair: str) -> None:
    ending(REPAIRED)
    with pytest.raises(Undecided):
        ending(replace(REPAIRED, **{repair: False}))


def test_with_retries_or_crashes_the_order_of_attempts_is_another_one() -> None:
    with pytest.raises(Undecided):
        inductive(replace(Orchestrator(), retrying=True), logic.in_reverse, without=["crash"])
    with pytest.raises(Undecided):
        inductive(replace(Orchestrator(), durable=True), logic.in_reverse)


def test_it_is_noticed_where_a_failing_step_alone_counts_as_a_failed_compensation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    design = replace(REPAIRED, retrying=False)
    real = logic.steps_of

    def alarming(design: Orchestrator, state: logic.State = logic.STATE) -> list[logic.Step]:
        """Steps of which each refusal is reported, whatever was refused."""
        return [
            replace(step, after=replace(step.after, given_up=z3.BoolVal(True)))
            if step.name == "refuse"
            else step
            for step in real(design, state)
        ]

    saga_compensation._given_up_by_a_compensation(design)
    monkeypatch.setattr(logic, "steps_of", alarming)
    with pytest.raises(Undecided):
        saga_compensation._given_up_by_a_compensation(design)


def test_what_is_proved_of_undoing_twice_speaks_of_some_state() -> None:
    _, *states = saga_compensation._undone_again(replace(Orchestrator(), retrying=True))
    assert counterexample_of(z3.Not(z3.And(states))) is not None


@pytest.mark.parametrize("step", logic.steps_of(REPAIRED), ids=lambda step: step.name)
def test_every_step_is_possible_in_a_state_that_the_proofs_are_about(step: logic.Step) -> None:
    given = (logic.steps > 0, is_step(logic.other), *everywhere(logic.sound), step.enabled)
    assert counterexample_of(z3.BoolVal(False), *given) is not None


def test_the_invariants_hold_of_the_states_that_are_reached() -> None:
    start = replace(REPAIRED, steps=2, crashes=1, failures=1, delays=1)
    invariants = (logic.sound, logic.remembered, logic.none_given_up, logic.own)
    formula = z3.And([invariant(logic.STATE, logic.other) for invariant in invariants])
    for state in Exploration(ModelSystem(start)).states:
        for number in range(start.steps):
            known = [*values(state), (logic.other, z3.IntVal(number))]
            assert value_of(z3.substitute(formula, *known), 0) is True, str(state)


def test_what_remains_to_be_done_bounds_what_is_done() -> None:
    for steps in (1, 2, 3):
        bound = value_of(z3.substitute(logic.work(logic.START), (logic.steps, z3.IntVal(steps))), 0)
        longest = len(Exploration(ModelSystem(replace(REPAIRED, steps=steps))).states) - 2
        assert longest == 3 * steps <= bound


# ---------------------------------------------------------------------------- the transcription

Plain = tuple[Any, ...]


def plain(state: Orchestrator) -> Plain:
    """A state of the model, as the values of the fields of the transcription."""
    keys = state.keys()
    asked = list(state.asked)
    last = {step: number for number, step in enumerate(asked)}
    return (
        state.phase.name,
        state.stage.name,
        state.up,
        state.run,
        len(state.log),
        (*(entry.key.run for entry in state.log), *[0] * (state.steps - len(state.log))),
        bool(state.log) and not state.log[-1].done,
        state.cursor,
        tuple(state.effect(key) for key in keys),
        tuple(key in state.tombs for key in keys),
        tuple(key in state.late for key in keys),
        bool(state.given_up),
        tuple(key.step in state.given_up for key in keys),
        len(asked),
        tuple(last.get(key.step, -1) for key in keys),
    )


def term(value: Any) -> Any:
    if isinstance(value, str):
        named = {
            each.name: t for table in (logic.PHASES, logic.STAGES) for each, t in table.items()
        }
        return named[value]
    if isinstance(value, bool):
        return z3.BoolVal(value)
    if isinstance(value, int):
        return z3.IntVal(value)
    array = z3.K(z3.IntSort(), term(type(value[0])(0)))
    for number, each in enumerate(value):
        array = z3.Store(array, number, term(each))
    return array


def value_of(field: Any, steps: int) -> Any:
    if z3.is_array(field):
        return tuple(value_of(field[number], steps) for number in range(steps))
    shown = z3.simplify(field)
    if z3.is_int_value(shown):
        return shown.as_long()
    if z3.is_bool(shown):
        assert z3.is_true(shown) or z3.is_false(shown), shown
        return z3.is_true(shown)
    return str(shown)


def values(state: Orchestrator) -> list[tuple[Any, Any]]:
    """What the variables of the transcription stand for in a state of the model."""
    fields = (getattr(logic.STATE, name) for name in logic.State.__slots__)
    given = [(one, term(two)) for one, two in zip(fields, plain(state), strict=True)]
    return [*given, (logic.steps, z3.IntVal(state.steps))]


def moves(design: Orchestrator, state: Orchestrator) -> set[tuple[str, Plain]]:
    """What the transcription says may happen in a state of the model."""
    found = set()
    names = logic.State.__slots__
    given = values(state)
    for step in logic.steps_of(design):
        for arriving in range(state.steps if step.name == "arrive" else 1):
            known = [*given, (logic.arriving, z3.IntVal(arriving))]
            if value_of(z3.substitute(step.enabled, *known), 0):
                fields = (z3.substitute(getattr(step.after, name), *known) for name in names)
                after = tuple(value_of(field, state.steps) for field in fields)
                found.add((step.name, after))
    return found


DESIGNS = {
    "as written": Orchestrator(),
    "repaired": REPAIRED,
    **{f"only {repair}": replace(Orchestrator(), **{repair: True}) for repair in REPAIRS},
    **{f"all but {repair}": replace(REPAIRED, **{repair: False}) for repair in REPAIRS},
}


def check_agreement(design: Orchestrator, **budgets: int) -> None:
    # Where the log is not begun anew, the transcription is of the first execution only.
    faults = {"crashes": 1, "failures": 1, "lost_replies": 1, "delays": 1, "runs": design.renewed}
    seen = set()
    for state in Exploration(ModelSystem(replace(design, watching=True, **budgets))).states:
        if state.told or plain(state) in seen:
            continue
        seen.add(plain(state))
        asked = replace(state, **faults)
        real = set()
        for event, after in ModelSystem(asked).transitions(asked):
            assert isinstance(event, Act)
            if event.name == "arrive" and event.arguments[0].run != state.run:
                assert plain(after) == plain(state)
            elif event.name != "respond":
                real.add((event.name, plain(after)))
        assert moves(design, state) == real, str(state)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_transcription_does_what_the_model_does_with_one_step(name: str) -> None:
    check_agreement(DESIGNS[name], steps=1, crashes=1, failures=1, lost_replies=1, delays=1)


@pytest.mark.parametrize("name", ["as written", "repaired", "only reporting"])
def test_the_transcription_does_what_the_model_does_with_two_steps(name: str) -> None:
    check_agreement(DESIGNS[name], steps=2, crashes=1, failures=1, delays=1)


def test_the_transcription_does_what_the_model_does_when_it_is_executed_again() -> None:
    check_agreement(REPAIRED, steps=1, failures=1, delays=1, runs=1)


def test_steps_that_are_found_by_number_may_have_one_name() -> None:
    check_agreement(replace(REPAIRED, names=("pay", "pay")), steps=2, failures=2)


def test_the_transcription_begins_where_the_model_does() -> None:
    begun = [value_of(getattr(logic.START, name), 2) for name in logic.State.__slots__]
    assert tuple(begun) == plain(Orchestrator(2))
