"""The run that is marked in a picture is one of the process, and has the counterexample's trace."""

from __future__ import annotations

from pathlib import Path

import pytest

import cospec
from cospec.following import to_the_fault
from cospec.spec.semantics.claims import Refines
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.syntax.errors import ScriptError

ROOT = Path(__file__).parents[1]
SCRIPTS = [
    *(ROOT / "tests" / "cli" / "scripts").glob("*.csp"),
    ROOT / "tests" / "language" / "should_pass" / "choices.csp",
    *(ROOT / "spec" / "library" / f"{name}.csp" for name in ("dining_philosophers", "token_ring")),
]


@pytest.mark.parametrize("path", sorted(SCRIPTS), ids=lambda path: path.stem)
def test_runs_are_runs_of_the_process_and_show_the_counterexample(path: Path) -> None:
    try:
        assertions = cospec.load(path).assertions
    except ScriptError:
        return
    for assertion in assertions:
        try:
            result = assertion.check(seconds=5)
        except ScriptError:
            continue
        witness = result.counterexample
        if witness is None:
            continue
        claim = result._asked()
        process = claim.implementation if isinstance(claim, Refines) else claim.process
        rules = FiringRules(process)
        run = to_the_fault(rules, witness)
        assert run is not None, assertion
        assert run.states[0] in set(rules.initial_states())
        for event, (before, after) in zip(run.events, run.steps, strict=False):
            assert (event, after) in {(str(e), s) for e, s in rules.transitions(before)}
        last = (witness.event,) if witness.kind == "trace" else ()
        assert tuple(e for e in run.events if e != "τ") == (*witness.trace, *last)
        offered = {str(event) for event, _ in rules.transitions(run.states[-1])}
        if witness.kind == "deadlock":
            assert not offered
        before = run.states[-1]
        for step in run.loop:
            assert (step.event, step.after) in rules.transitions(before)
            assert str(step.event) == "τ"
            before = step.after
        assert before == run.states[-1]
        assert bool(run.loop) is bool(witness.loop)


def test_of_several_runs_with_one_trace_it_is_the_one_that_the_table_shows() -> None:
    script = cospec.parse(
        """
        channel a, b, c, d, e
        P = (a -> c -> STOP [] b -> a -> c -> d -> STOP [] a -> c -> e -> STOP) \\ {a, b}
        """
    )
    for allowed in ("d", "e"):
        result = script.assertion(f"c -> {allowed} -> STOP [T= P").check()
        rules = FiringRules(script["P"].term())
        run = to_the_fault(rules, result.counterexample)
        shown = [step.hidden for step in result.counterexample.steps]
        assert [str(step.hidden[0]) if step.hidden else None for step in run.choices][:-1] == shown


def test_a_run_in_a_large_system_is_found_by_its_steps() -> None:
    script = cospec.parse(
        """
        channel go : {1..6}.{1..6}
        channel fail
        ONE(i) = go.i.1 -> go.i.2 -> go.i.3 -> go.i.4 -> go.i.5 -> go.i.6 -> SKIP
        ALL = (||| i : {1..6} @ ONE(i)) ; fail -> STOP
        assert STOP [T= ALL \\ {| go |}
        """
    )
    result = script.assertions[0].check()
    run = to_the_fault(FiringRules(script["ALL \\ {| go |}"].term()), result.counterexample)
    assert run is not None
    assert run.events[-1] == "fail"
    assert len(run.events) == len(result.counterexample.steps) + 1


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("SKIP |~| STOP :[deadlock free]", set()),
        ("(a -> SKIP) [] (a -> STOP) :[deadlock free]", set()),
        ("SKIP [] c -> STOP :[deterministic]", {"✓", "c"}),
        ("SKIP [] (c -> STOP |~| a -> STOP) :[deterministic]", {"✓", "τ"}),
    ],
)
def test_what_may_end_is_told_from_what_is_stuck(text: str, end: set[str]) -> None:
    assertion = cospec.parse("channel a, c").assertion(text)
    result = assertion.check()
    claim = result._asked()
    process = claim.implementation if isinstance(claim, Refines) else claim.process
    rules = FiringRules(process)
    run = to_the_fault(rules, result.counterexample)
    assert run is not None
    assert {str(event) for event, _ in rules.transitions(run.states[-1])} == end


def test_a_long_run_of_which_there_are_very_many_orders_is_found() -> None:
    script = cospec.parse(
        """
        channel a, b
        C(n) = if n < 60 then a -> C(n + 1) else b -> STOP
        assert (C(0) ||| C(0) ||| C(0)) \\ {a} :[deadlock free]
        """
    )
    result = script.assertions[0].check()
    rules = FiringRules(result._asked().process)
    run = to_the_fault(rules, result.counterexample)
    assert run is not None
    assert len(run.steps) == len(result.counterexample.steps) == 183
    assert not rules.transitions(run.states[-1])
