"""The run that is marked in a picture is one of the process, and has the counterexample's trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import cospec
from cospec import following
from cospec.following import along, to_the_fault
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
            result = assertion.check(seconds=600)
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
        assert run.ends == (run.states[-1],)
        assert run.visited == (*run.states, *(step.after for step in run.loop))


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


def test_of_two_runs_that_show_the_fault_it_is_the_one_with_the_same_hidden_events() -> None:
    script = cospec.parse(
        """
        channel a, b, c
        P = (a -> c -> STOP [] b -> c -> SKIP) \\ {a, b}
        """
    )
    witness = script.assertion("STOP [T= P").check().counterexample
    rules = FiringRules(script["P"].term())
    (tau,) = witness.steps
    for hidden in ("a", "b"):
        run = to_the_fault(rules, replace(witness, steps=(replace(tau, hidden=hidden),)))
        assert [tuple(map(str, step.hidden)) for step in run.choices] == [(hidden,), ()]


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
        ("SKIP [] c -> STOP [] DIV :[deterministic [F]]", {"✓", "c", "τ"}),
        ("a -> c -> STOP |~| a -> (c -> STOP |~| c -> STOP) |~| a -> STOP :[deterministic]", set()),
        ("a -> (c -> STOP |~| c -> STOP) |~| a -> STOP |~| a -> c -> STOP :[deterministic]", set()),
        ("a -> c -> STOP [F= a -> c -> STOP |~| a -> (c -> STOP |~| STOP) |~| a -> STOP", set()),
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
    assert not run.loop


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


def test_a_trace_is_gone_along_as_far_as_possible_and_all_states_are_known_that_it_may_be_in() -> (
    None
):
    script = cospec.parse("channel a, b, c\nP = a -> b -> STOP |~| a -> c -> STOP |~| b -> STOP")
    rules = FiringRules(script["P"].term())
    run = along(rules, ["a", "a", "b"])
    assert run.events == ("τ", "a")
    assert run.start == rules.initial_states()[0]
    assert {frozenset(str(e) for e, _ in rules.transitions(end)) for end in run.ends} == {
        frozenset("b"),
        frozenset("c"),
    }
    assert run.states[-1] in run.ends
    assert along(rules, ["c"]).events == ()


@pytest.mark.parametrize("text", ["a -> c -> STOP [] c -> STOP", "c -> STOP [] a -> c -> STOP"])
def test_along_a_trace_the_run_is_as_short_as_any(text: str) -> None:
    script = cospec.parse("channel a, c")
    assert along(FiringRules(script[f"({text}) \\ {{a}}"].term()), ["c"]).events == ("c",)


def test_a_run_that_is_too_far_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    script = cospec.parse("channel a, b\nP(n) = if n < 9 then a -> P(n + 1) else b -> STOP")
    result = script.assertion("STOP [T= P(0) \\ {a}").check()
    rules = FiringRules(script["P(0) \\ {a}"].term())
    assert to_the_fault(rules, result.counterexample) is not None
    assert along(rules, ["b"]) is not None
    monkeypatch.setattr(following, "EFFORT", 8)
    assert to_the_fault(rules, result.counterexample) is None
    assert along(rules, ["b"]) is None


def test_of_a_divergence_the_loop_is_the_shortest_way_back() -> None:
    script = cospec.parse(
        """
        channel a, b, c
        P = c -> Q
        Q = a -> a -> a -> Q [] b -> b -> Q
        """
    )
    process = script["P \\ {a, b}"]
    run = to_the_fault(FiringRules(process.term()), cospec.divergence_free(process).counterexample)
    assert run.events == ("c",)
    assert [tuple(map(str, step.hidden)) for step in run.loop] == [("b",), ("b",)]
    assert run.loop[-1].after == run.states[-1]
    assert len(run.steps) == 3
