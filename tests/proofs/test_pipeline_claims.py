"""Claims on pipelines: shortest counterexamples, what each repair is good for, and that what z3 is
told is what the functions and the model do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.pipeline_runs import (
    REPAIRED,
    REPAIRS,
    ParallelExecution,
    batch_effects,
)
from cospec.models.pipelines import (
    ConditionalStage,
    Err,
    Inl,
    Ok,
    Some,
    Stage,
    branch_filter,
    case_filter,
    compose_filters,
    composed,
    parallel_filters,
)
from cospec.proofs import pipeline_logic as logic
from cospec.proofs.claims import pipeline_filters as filters
from cospec.proofs.claims import pipeline_runs as runs
from cospec.proofs.claims import pipelines as claims
from cospec.proofs.evidence import prove
from cospec.proofs.pipeline_logic import Flight, option
from cospec.proofs.register import Finding, Result, Truth, Undecided


def steps_of(result: Result) -> list[tuple[str, ...]]:
    assert result.finding is not None
    return [wrong.steps for wrong in result.finding.counterexamples]


def test_counterexamples_are_shortest(result_of: Callable[[str], Result]) -> None:
    for slug, steps in (
        ("pipeline-parallel-order", [3]),  # start both, and the second is done first
        ("pipeline-parallel-error", [3, 3]),
        ("pipeline-parallel-zero", [0]),  # nothing happens at all, with no input
        ("pipeline-aggregation-window", [2]),
        ("pipeline-backpressure", [runs.HOPED + 1]),
        ("pipeline-batch-atomic", [2]),
    ):
        assert [len(lines) - 1 for lines in steps_of(result_of(slug))] == steps, slug


def test_a_pipeline_without_stages_may_cast_in_vain(result_of: Callable[[str], Result]) -> None:
    for slug in ("pipeline-rust-execute", "pipeline-downcast-safe"):
        [steps] = steps_of(result_of(slug))
        assert steps[0] == "Pipeline<int, str> of stages []"


# -------------------------------------------------------------------------------- the repairs

CHECKS: dict[str, Callable[[ParallelExecution], Finding]] = {
    "ordered": runs.parallel_order_repaired,
    "at_least_one": runs.parallel_zero_repaired,
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_a_repaired_claim_fails_without_its_repair(repair: str) -> None:
    check = CHECKS[repair]
    assert check(REPAIRED).verdict is Truth.TRUE

    finding = check(replace(REPAIRED, **{repair: False}))

    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_the_first_error_needs_the_order() -> None:
    assert runs.parallel_error_repaired(REPAIRED).verdict is Truth.TRUE
    unordered = replace(REPAIRED, ordered=False)
    assert runs.parallel_error_repaired(unordered).verdict is Truth.FALSE
    # Inputs in flight are dropped even so.
    assert runs.parallel_error(REPAIRED).verdict is Truth.FALSE


@pytest.mark.parametrize(
    "without",
    [
        lambda: claims.batch_atomic_repaired(transactional=False),
        lambda: runs.aggregation_window_repaired(flushing=False),
        lambda: runs.backpressure_repaired(bounded_channels=False),
    ],
)
def test_other_repaired_claims_fail_without_theirs(without: Callable[[], Finding]) -> None:
    finding = without()
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_z3_refutes_the_induction_over_a_batch_that_is_not_transactional() -> None:
    before, world, kept, new = z3.Consts("before world kept new", logic.EFFECTS)
    after, _ = logic.batch_item(False, world, kept, new)
    with pytest.raises(Undecided):
        prove(after == before, world == before)


@pytest.mark.parametrize("transactional", [False, True])
def test_z3_leaves_the_effects_that_a_batch_leaves(transactional: bool) -> None:
    done = [z3.Unit(z3.Const(f"effect{n}", logic.EFFECTS.basis())) for n in range(3)]
    for failing in (0, 1, 2, None):
        world, kept = logic.batch_begun(z3.Empty(logic.EFFECTS))
        for effect in done[:failing]:
            world, kept = logic.batch_item(transactional, world, kept, effect)
        ok = z3.BoolVal(failing is None)
        left = batch_effects(3, () if failing is None else (failing,), transactional).effects
        expected = z3.Concat(
            z3.Empty(logic.EFFECTS), z3.Empty(logic.EFFECTS), *map(done.__getitem__, left)
        )
        prove(logic.batch_ended(transactional, ok, world, kept) == expected)


# --------------------------------------------------------- the laws notice other definitions


def forgetful(
    first: logic.Filter, between: logic.Option, second: logic.Filter, target: logic.Option
) -> logic.Filter:
    """A composition that makes an error of its own."""
    own = target.nothing(z3.Const("own", logic.ERROR))
    return lambda given: z3.If(
        between.is_some(first(given)), second(between.value(first(given))), own
    )


def backwards(
    first: logic.Filter, between: logic.Option, second: logic.Filter, target: logic.Option
) -> logic.Filter:
    """A composition that gives nothing where it should give something, and something else."""
    value = z3.Const("any", target.sort.value(z3.Const("t", target.sort)).sort())
    return lambda given: z3.If(
        between.is_some(first(given)), target.nothing(value_error(target)), target.some(value)
    )


def value_error(target: logic.Option) -> Any:
    return z3.Const("error", logic.ERROR) if target.errors else None


def test_the_laws_fail_of_compositions_that_are_none() -> None:
    with pytest.raises(Undecided):
        filters.identity(forgetful)
    for law in (filters.correctness, filters.associativity, filters.identity):
        with pytest.raises(Undecided):
            law(backwards)


# ------------------------------------------------------- what z3 is told, and what the functions do

INPUTS = (0, 1)
ANSWERS: tuple[int | None, ...] = (None, 0, 1)

#: All filters from two values to two values.
TABLES = list(product(ANSWERS, repeat=len(INPUTS)))
NUMBERS = option(z3.IntSort())


def filter_of(table: tuple[int | None, ...]) -> Callable[[int], Some[int] | None]:
    return lambda given: None if table[given] is None else Some(table[given])  # type: ignore[arg-type]


def term_of(table: tuple[int | None, ...]) -> logic.Filter:
    def answer(number: int | None) -> Any:
        return NUMBERS.nothing() if number is None else NUMBERS.some(z3.IntVal(number))

    return lambda given: z3.If(given == 0, answer(table[0]), answer(table[1]))


def same(term: Any, expected: Any) -> bool:
    plain = z3.simplify(term == expected)
    assert z3.is_true(plain) or z3.is_false(plain), plain
    return z3.is_true(plain)


@pytest.mark.parametrize("given", INPUTS)
def test_z3_composes_and_pairs_as_the_functions_do(given: int) -> None:
    both = logic.pair(z3.IntSort(), z3.IntSort())
    pairs = option(both)
    for one, two in product(TABLES, repeat=2):
        f, g, f_term, g_term = filter_of(one), filter_of(two), term_of(one), term_of(two)
        number = z3.IntVal(given)

        then = compose_filters(f, g)(given)
        term = logic.compose(f_term, NUMBERS, g_term, NUMBERS)(number)
        assert same(term, NUMBERS.nothing() if then is None else NUMBERS.some(then.value))

        together = parallel_filters(f, g)(given)
        term = logic.parallel(f_term, NUMBERS, g_term, NUMBERS, both)(number)
        expected = pairs.nothing()
        if together is not None:
            expected = pairs.some(both.pair(*map(z3.IntVal, together.value)))
        assert same(term, expected)


@pytest.mark.parametrize("given", INPUTS)
def test_z3_branches_as_the_functions_do(given: int) -> None:
    one = logic.either(z3.IntSort(), z3.IntSort())
    sums = option(one)
    for left, right, true_for in product(TABLES, TABLES, INPUTS):
        f, g, f_term, g_term = filter_of(left), filter_of(right), term_of(left), term_of(right)

        def predicate(value: Any, chosen: int = true_for) -> Any:
            return value == chosen

        branched = branch_filter(predicate, f, g)
        branched_term = logic.branch(predicate, f_term, NUMBERS, g_term, NUMBERS, one)
        answer = branched(given)
        expected = sums.nothing()
        if answer is not None:
            side = one.inl if isinstance(answer.value, Inl) else one.inr
            expected = sums.some(side(answer.value.value))
        assert same(branched_term(z3.IntVal(given)), expected)

        then = compose_filters(branched, case_filter(f, g))(given)
        term = logic.compose(branched_term, sums, logic.case(f_term, g_term, one), NUMBERS)(
            z3.IntVal(given)
        )
        assert same(term, NUMBERS.nothing() if then is None else NUMBERS.some(then.value))


def test_z3_hands_errors_on_as_the_stages_do() -> None:
    results = option(z3.IntSort(), errors=True)
    names = {name: z3.Const(name, logic.ERROR) for name in "ef"}
    answers: tuple[Any, ...] = (Err("e"), Err("f"), Ok(0), Ok(1))

    def term(answer: Any) -> Any:
        if isinstance(answer, Err):
            return results.nothing(names[answer.error])
        return results.some(z3.IntVal(answer.value))

    for one, two in product(product(answers, repeat=2), repeat=2):
        stages = [Stage("int", "int", table.__getitem__) for table in (one, two)]
        first, second = (
            (lambda given, table=table: z3.If(given == 0, term(table[0]), term(table[1])))
            for table in (one, two)
        )
        for given in INPUTS:
            made = logic.compose(first, results, second, results)(z3.IntVal(given))
            assert same(made, term(composed(stages, given)))
            chosen = ConditionalStage(lambda n: n == 0, one.__getitem__, two.__getitem__)
            branch = logic.conditional(lambda n: n == 0, first, second)(z3.IntVal(given))
            assert same(branch, term(chosen.process(given)))


# ------------------------------------------------------------------- what z3 counts, and the model


def counted(state: ParallelExecution) -> Flight:
    running = len(state.in_flight) - len(state.finished)
    numbers = (state.started, running, len(state.finished))
    flags = (state.exhausted, bool(state.result))
    return Flight(*map(z3.IntVal, numbers), *map(z3.BoolVal, flags))


def holds(formula: z3.BoolRef) -> bool:
    plain = z3.simplify(formula)
    assert z3.is_true(plain) or z3.is_false(plain), plain
    return z3.is_true(plain)


def equal(one: Flight, two: Flight) -> z3.BoolRef:
    return z3.And(
        one.started == two.started,
        one.exhausted == two.exhausted,
        one.returned == two.returned,
        # What was dropped with an error is no longer counted by anybody.
        z3.Or(one.returned, z3.And(one.running == two.running, one.finished == two.finished)),
    )


@pytest.mark.parametrize("failing", [(), (0,), (1,), (0, 1)], ids=str)
@pytest.mark.parametrize("ordered", [False, True], ids=["unordered", "ordered"])
def test_every_step_of_the_model_is_one_that_z3_counts(
    ordered: bool, failing: tuple[int, ...]
) -> None:
    for inputs, parallelism in ((0, 1), (1, 1), (2, 1), (2, 2), (3, 2)):
        start = ParallelExecution(inputs, parallelism, failing, ordered=ordered)
        found: Exploration[ParallelExecution] = Exploration(ModelSystem(start))
        n, p = z3.IntVal(inputs), z3.IntVal(parallelism)
        for number, state in enumerate(found.states):
            now = counted(state)
            possible = [after for guard, after in now.steps(n, p) if holds(guard)]
            for _, after in found.edges[number]:
                reached = counted(found.states[after])
                assert any(holds(equal(each, reached)) for each in possible), state
            if not state.result:
                assert holds(now.may_go_on(p)) == bool(found.edges[number]), state
