"""cospec from Python: processes of scripts, of Python and of models, together and checked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from clock import lines_of

import cospec
from cospec.api import checks
from cospec.api.vocabulary import FREE
from cospec.checker import budget
from cospec.models.channels import Channels
from cospec.models.model import ModelError
from cospec.spec.semantics import claims, denotation
from cospec.spec.semantics.events import TICK
from cospec.spec.semantics.process import STOP
from cospec.spec.syntax.errors import ScriptError

SCRIPT = """
channel a, b : {0..1}
channel c
P = a?x -> b!x -> P
Q = b?x -> c -> Q
N = a.0 -> STOP |~| b.0 -> STOP
END = c -> SKIP
DIVERGES = let X = c -> X within X \\ {c}
assert P [T= Q
assert not P [T= Q
assert P :[deadlock free]
"""


@pytest.fixture
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


def test_importing_cospec_imports_nothing_heavy() -> None:
    asked = "import cospec, sys; print({'numpy', 'networkx', 'lark', 'z3'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout == "set()\n"


def test_every_name_that_is_exported_is_there() -> None:
    for name in cospec.__all__:
        assert getattr(cospec, name) is not None
    assert set(cospec.__all__) <= set(dir(cospec))
    with pytest.raises(AttributeError, match="no attribute 'refine'"):
        cospec.refine  # noqa: B018


def test_assertions_are_checked_as_they_are_written(script: cospec.Script) -> None:
    verdicts = [each.verdict for each in script.check()]
    assert verdicts == [cospec.Verdict.FAILS, cospec.Verdict.HOLDS, cospec.Verdict.HOLDS]
    first, negated, _ = script.assertions
    assert (str(first), first.line) == ("P [T= Q", 9)
    assert negated.check().counterexample is not None  # what shows that it does not refine


def test_what_takes_too_long_is_neither_true_nor_false(script: cospec.Script) -> None:
    count = cospec.define("COUNT", lambda n: cospec.prefix("c", count(n + 1)))
    result = cospec.deadlock_free(count(0), seconds=0.3)
    assert result.verdict is cospec.Verdict.UNKNOWN
    assert result.reason
    with pytest.raises(ValueError, match="unknown whether"):
        bool(result)
    assert not result.holds


def test_a_mistake_is_a_script_error_with_its_text(script: cospec.Script, tmp_path: Path) -> None:
    for wrong in (
        lambda: cospec.parse("P = a -> P"),
        lambda: script["P("],
        lambda: script["3"],
        lambda: script.assertion("P [Z= Q"),
        lambda: script.assertion("P [T= head(<>)").check(),
        lambda: cospec.load(tmp_path / "no.csp"),
        lambda: script["P"].after("d"),
    ):
        with pytest.raises(ScriptError) as error:
            wrong()
        assert str(error.value)


def test_a_script_is_loaded_with_models_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "beside.csp"
    path.write_text("channel send, receive : {0}.{A, B}\nchannel close : {0}\ndatatype V = A | B\n")
    start = "CHANNEL=cospec.models.channels:Channels(guarded=True, delivering=True)"
    loaded = cospec.load(path, models=[start])
    assert loaded["CHANNEL"].initials() == {"send.0.A", "send.0.B", "close.0"}
    with pytest.raises(ValueError, match="not of the form"):
        cospec.load(path, models=["CHANNEL"])


# --------------------------------------------------------------------------------- questions


@pytest.mark.parametrize("name", ["P", "Q", "N", "END", "P [|{|b|}|] Q", "N ||| END", "N [] END"])
def test_traces_are_those_of_the_denotational_semantics(script: cospec.Script, name: str) -> None:
    asked = script[name]
    wanted = denotation.traces(asked.term(), 3)
    assert asked.traces(3) == {tuple(map(str, trace)) for trace in wanted}


def test_initials_and_after_look_through_internal_steps(script: cospec.Script) -> None:
    both = script["N"].hide("b")
    assert both.initials() == {"a.0"}
    assert script["N"].after().initials() == {"a.0", "b.0"}
    assert script["P"].after("a.1").initials() == {"b.1"}
    assert script["END"].after("c").initials() == {str(TICK)}
    assert script["END"].after("c", "✓").initials() == frozenset()


def test_what_it_cannot_do_is_told_with_what_it_can(script: cospec.Script) -> None:
    with pytest.raises(ValueError, match=r"P cannot perform c after ⟨a.0⟩, only b.0"):
        script["P"].after("a.0", "c")
    with pytest.raises(ValueError, match="only nothing"):
        cospec.STOP.after("c")
    with pytest.raises(ValueError, match=r"only a, b, d$"):
        cospec.choice(*map(cospec.prefix, "dba")).after("c")


def test_a_refusal_needs_a_stable_state(script: cospec.Script) -> None:
    assert script["N"].refuses("a")
    assert not script["N"].refuses("a", "b")  # nobody knows which, but one of them
    assert not script["P"].refuses("a.0")
    assert script["P"].refuses("b", "c")
    assert not script["DIVERGES"].refuses("c")
    assert cospec.STOP.refuses("anything")


def test_what_may_terminate_may_refuse_all_but_that() -> None:
    ending = cospec.choice(cospec.SKIP, cospec.prefix("a"))
    assert ending.refuses("a")  # as the checker has it: nothing outside keeps it from ending
    assert not cospec.refines(cospec.prefix("a"), ending, model="F").holds
    assert cospec.SKIP.after("✓").refuses("a")


# --------------------------------------------------------------------------------- building


def test_operators_of_python_mean_those_of_scripts(script: cospec.Script) -> None:
    p, q = script["P"], script["Q"]
    pairs = {
        "a.0 -> P": cospec.prefix("a.0", p),
        "P [] Q": cospec.choice(p, q),
        "P |~| Q": cospec.internal_choice(p, q),
        "P [|{|b|}|] Q": cospec.parallel(p, q, on=["b"]),
        "P ||| Q": cospec.interleave(p, q),
        "P \\ {|a|}": p.hide("a"),
        "P[[a.0 <- b.1]]": p.rename({"a.0": "b.1"}),
        "END ; P": script["END"].then(p),
        "P /\\ Q": p.interrupted_by(q),
        "STOP": cospec.choice(),
        "SKIP": cospec.SKIP,
    }
    for text, made in pairs.items():
        assert cospec.refines(script[text], made).holds, text
        assert cospec.refines(made, script[text]).holds, text


def test_processes_are_compared_by_what_they_do_and_differ_where_they_do(
    script: cospec.Script,
) -> None:
    wrong = cospec.refines(script["P"], script["P"].rename({"a.0": "a.1"}), model="T")
    assert wrong.counterexample is not None
    assert (wrong.counterexample.trace, wrong.counterexample.event) == (("a.1",), "b.0")
    assert wrong.claim == "P [T= P[[a.0 <- a.1]]"
    assert "can perform b.0, which P does not allow there" in str(wrong)


def test_there_is_every_property(script: cospec.Script) -> None:
    p, n = script["P"], script["N"]
    assert cospec.deadlock_free(p)
    assert not cospec.deadlock_free(n)
    assert cospec.divergence_free(p)
    assert not cospec.divergence_free(script["DIVERGES"])
    assert cospec.deterministic(p)
    assert not cospec.deterministic(n)
    assert cospec.has_trace(p, ["a.0", "b.0"])
    assert not cospec.has_trace(p, ["b.0"])
    with pytest.raises(ValueError, match="no model 'X'"):
        cospec.deadlock_free(p, "X")


def test_processes_without_a_script_have_the_events_they_name() -> None:
    loop = cospec.define("LOOP", lambda: cospec.prefix("left", cospec.prefix("right", loop())))
    assert loop().traces(2) == {(), ("left",), ("left", "right")}
    assert cospec.refines(loop(), loop()).holds
    right = cospec.define("RIGHT", lambda: cospec.prefix("right", right()))
    assert cospec.refines(right(), loop().hide("left"))


def test_processes_of_two_scripts_do_not_meet(script: cospec.Script) -> None:
    other = cospec.parse(SCRIPT)
    with pytest.raises(ValueError, match="different scripts"):
        cospec.refines(script["P"], other["P"])
    with pytest.raises(ValueError, match="different scripts"):
        cospec.choice(script["P"], other["P"])


def test_scripts_and_results_are_told_in_a_line() -> None:
    script = cospec.parse("channel a\nP = a -> STOP\nassert STOP [T= P\nassert P [T= P")
    assert repr(script) == "<script of a, P>"
    assert repr(script.check()) == "[<result of STOP [T= P: fails>, <result of P [T= P: holds>]"
    failing, passing = str(script.check()).split("P [T= P: holds")
    assert failing.startswith("STOP [T= P: fails\n  At the start, P can perform a")
    assert passing == ""
    assert repr(cospec.parse("")) == "<script of nothing>"
    many = cospec.parse("channel a, b, c, d, e, f, g, h, i")
    assert repr(many) == "<script of a, b, c, d, e, f, g, h, …>"


def test_what_is_no_process_is_told(script: cospec.Script) -> None:
    with pytest.raises(ModelError, match="int is no frozen dataclass, as models are"):
        cospec.refines(cospec.STOP, 3)
    with pytest.raises(TypeError, match=r"not a Script: one of its own is script\['NAME'\]"):
        cospec.refines(cospec.STOP, script)
    with pytest.raises(TypeError, match=r"not a StateGraph: graph.process\(\) is one"):
        cospec.refines(cospec.STOP, script["N"].graph())
    with pytest.raises(TypeError, match=r"define\('P', lambda: …\)"):
        cospec.define("P", cospec.STOP)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="something to choose from"):
        cospec.internal_choice()


def test_what_is_no_event_is_told(script: cospec.Script) -> None:
    with pytest.raises(TypeError, match=r"not \['a', 'b'\]: give several one by one"):
        script["P"].refuses(["a", "b"])  # type: ignore[arg-type]
    with pytest.raises(ScriptError, match=r"`c` is not a process$"):
        script["c"]


def test_a_model_is_specification_and_implementation() -> None:
    guarded, wild = Channels(guarded=True), Channels()
    assert cospec.refines(wild, guarded, model="T")
    wrong = cospec.refines(guarded, wild, model="T")
    assert wrong.counterexample is not None
    assert len(wrong.counterexample.trace) == 1


def test_counterexamples_are_the_same_in_every_run(tmp_path: Path) -> None:
    program = (
        "import cospec as c\n"
        "many = [c.prefix(e, c.STOP) for e in 'zyxwvut']\n"
        "print(c.refines(c.STOP, c.choice(*many)).counterexample.event)\n"
        "after = c.choice(*(c.prefix('a', each) for each in many)).after('a')\n"
        "print(after.graph().edges)\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(found) == 1


def test_termination_is_seen_in_traces_and_no_event_otherwise(script: cospec.Script) -> None:
    ending = cospec.prefix("a", cospec.SKIP)
    assert cospec.has_trace(ending, ["a", "✓"]).holds
    assert ending.after("a").refuses("a")
    assert not ending.after("a").refuses("✓")
    assert ending.after("a", "✓").refuses("a", "✓")
    for made in (
        lambda: cospec.prefix("✓").initials(),
        lambda: ending.hide("✓").initials(),
        lambda: cospec.parallel(script["P"], cospec.SKIP, on=["✓"]).initials(),
        lambda: script["P"].rename({"c": "✓"}).initials(),
    ):
        with pytest.raises(ValueError, match="✓ is no event like others"):
            made()
    with pytest.raises(ValueError, match="τ has no name"):
        ending.after("τ")


@pytest.mark.parametrize(
    "around",
    [
        lambda p: cospec.parallel(p, cospec.prefix("a"), on=["a"]),
        lambda p: cospec.choice(p, cospec.prefix("b")),
        lambda p: p.hide("b"),
    ],
    ids=["parallel", "choice", "hide"],
)
def test_of_many_operators_one_in_the_other_each_costs_the_same(
    around: Callable[[cospec.Process], cospec.Process],
) -> None:
    def cost(times: int) -> int:
        process = cospec.prefix("a")
        for _ in range(times):
            process = around(process)
        return lines_of(lambda: cospec.deadlock_free(process))

    assert_linear(cost)


def test_of_many_options_each_costs_the_same() -> None:
    def cost(number: int) -> int:
        process = cospec.choice(*(cospec.prefix(f"e.{each}") for each in range(number)))
        return lines_of(lambda: cospec.deterministic(process))

    assert_linear(cost)


@pytest.mark.parametrize(
    "claim", ["P :[deterministic]", "P [FD= Q", "(|~| x:VALUES @ c.x -> P) [FD= P"]
)
def test_of_many_events_that_lead_to_one_state_each_costs_the_same(claim: str) -> None:
    def cost(number: int) -> int:
        script = cospec.parse(f"""
            VALUES = {{1..{number}}}
            channel c : VALUES
            P = [] x:VALUES @ c.x -> P
            Q = c?x -> Q
        """)
        return lines_of(lambda: script.assertion(claim).check())

    assert_linear(cost)


def assert_linear(cost: Callable[[int], int]) -> None:
    """What is twice as large takes about twice the work; quadratic would be four times as much."""
    first = cost(20)  # where something is computed once, that is done now
    small, large = cost(150), cost(300)
    assert large < 2.7 * small, f"{first} lines, {small}, {large}"


def test_events_and_traces_are_told_from_other_things() -> None:
    with pytest.raises(TypeError, match=r"an event is a text.*, not 3"):
        cospec.prefix(3).initials()
    with pytest.raises(TypeError, match=r"\['ab'\] has one event"):
        cospec.has_trace(cospec.STOP, "ab")
    with pytest.raises(TypeError, match="the one called P is script\\['P'\\]"):
        cospec.deadlock_free("P")
    step = cospec.prefix("step")
    assert cospec.parallel(step, step, on="step").traces(2) == {(), ("step",)}


def test_mistakes_found_while_a_process_is_walked_have_their_place() -> None:
    script = cospec.parse("channel a : {0..2}\nQ(x) = a.0 -> a.x -> STOP\nP = Q(7)\n")
    questions = (
        lambda: script["P"].traces(2),
        lambda: cospec.deadlock_free(script["P"]),
        lambda: cospec.deadlock_free(script["P"].hide("a.0")),
    )
    for ask in questions:
        with pytest.raises(cospec.ScriptError) as caught:
            ask()
        assert str(caught.value).startswith(
            "error[X510]: `a.7` is not in the set defined for the channel `a`\n"
            " --> <text>:2:15\n  |\n2 | Q(x) = a.0 -> a.x -> STOP\n  |               ^^^"
        )


def test_what_an_event_leads_to_is_not_looked_at_before_it_is_asked_for() -> None:
    endless = cospec.define("N", lambda n: cospec.prefix("tick", endless(n + 1)))
    busy = cospec.prefix("a", endless(0).hide("tick"))  # after a, τ lead to more and more states
    either = cospec.choice(busy, cospec.prefix("b"))
    assert either.initials() == {"a", "b"}
    assert either.traces(1) == {(), ("a",), ("b",)}
    assert either.refuses("c")
    assert either.after("b").initials() == set()


def test_a_part_that_occurs_twice_has_its_states_once() -> None:
    process = cospec.STOP
    for _ in range(40):
        process = cospec.internal_choice(cospec.prefix("a", process), cospec.prefix("b", process))
    assert len(process.graph(200).states) < 200
    assert len(str(process)) <= 10_000


def test_what_is_left_of_a_free_process_is_free(script: cospec.Script) -> None:
    rest = cospec.prefix("b.0", cospec.prefix("c")).after("b.0")
    assert cospec.refines(rest, script["c -> STOP"]).holds
    assert rest.after("c").initials() == frozenset()
    with pytest.raises(ValueError, match="cannot perform a after ⟨c⟩, only nothing"):
        rest.after("c", "a")


def test_an_interrupt_ends_what_asks_and_not_only_the_question(keyboard) -> None:
    def pressed(work: Callable[[], object]) -> None:
        keyboard.ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            work()

    endless = cospec.define("N", lambda n: cospec.prefix("tick", endless(n + 1)))
    hidden = endless(0).hide("tick")
    script = cospec.parse("channel c\nN(n) = c -> N(n + 1)\nassert N(0) :[deadlock free]")
    pressed(hidden.initials)
    pressed(script.assertions[0].check)
    ages = "let f(n) = if n < 2 then n else f(n - 1) + f(n - 2) within f(80)"
    pressed(lambda: script.evaluate(ages))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "not None"),
        ([cospec.STOP], r"choice\(\*them\)"),
        (cospec.define("P", lambda: cospec.STOP), r"call what `define` has made, as P\(\)"),
    ],
)
def test_usual_mistakes_are_told_for_what_they_are(given: object, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        cospec.choice(given, cospec.STOP)
    with pytest.raises(TypeError, match="an event is a text"):
        cospec.prefix("a").hide(["a"]).initials()  # type: ignore[arg-type]


def endless() -> cospec.Process:
    """A process without an end of states, each of 100 kilobytes."""
    grow = cospec.define("GROW", lambda n, text: cospec.prefix("more", grow(n + 1, f"{n:100000}")))
    return grow(0, "")


def test_nothing_takes_more_memory_than_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = budget.resident_bytes() + 200e6
    monkeypatch.setattr(budget, "available_bytes", lambda: allowed)
    monkeypatch.setattr(checks, "available_bytes", lambda: allowed)
    found = cospec.deadlock_free(endless())
    assert found.verdict is cospec.Verdict.UNKNOWN
    assert found.reason.startswith("out of memory: ")
    with pytest.raises(MemoryError, match="out of memory: "):
        endless().traces(10**9)


def test_a_limit_that_is_no_number_is_told_at_once(script: cospec.Script) -> None:
    for limits in ({"seconds": "10"}, {"seconds": float("nan")}, {"memory": "1 GB"}):
        (told,) = (f"`{name}` is a number, not {limit!r}" for name, limit in limits.items())
        for check in (script.check, script.assertions[0].check):
            with pytest.raises(TypeError, match=told):
                check(**limits)
        with pytest.raises(TypeError, match=told):
            cospec.deadlock_free(script["P"], **limits)
    for seconds in (20, 20.0, numpy.int64(20), numpy.float32(20)):
        assert cospec.deadlock_free(script["P"], seconds=seconds).verdict


def test_a_check_that_is_given_up_tells_how_far_it_came(clock) -> None:
    def body(n: int) -> cospec.Process:
        if n == 1000:
            clock.passes()
        return cospec.prefix("up", count(n + 1))

    count = cospec.define("COUNT", body)
    found = cospec.deadlock_free(count(0), seconds=0.5)
    assert found.reason == "out of time: 0.5 s allowed"
    assert found.statistics.states > 100


def test_a_model_that_is_not_the_usual_one_is_part_of_what_was_asked() -> None:
    assert cospec.deadlock_free(cospec.DIV).claim == "DIV :[deadlock free]"
    assert cospec.deadlock_free(cospec.DIV, "F").claim == "DIV :[deadlock free [F]]"
    assert cospec.deterministic(cospec.DIV, "F").claim == "DIV :[deterministic [F]]"
    with pytest.raises(ValueError, match="no model 'X'"):
        cospec.deterministic(cospec.DIV, "X")


def test_what_traces_do_not_tell_cannot_be_asked_of_them() -> None:
    refused = "about what a process can refuse, which the model T does not record"
    with pytest.raises(ValueError, match=f"`deadlock free` is {refused}.*asked in F or FD"):
        cospec.deadlock_free(cospec.STOP, "T")
    with pytest.raises(ValueError, match=f"`deterministic` is {refused}.*asked in F or FD"):
        cospec.deterministic(cospec.STOP, model="T")
    with pytest.raises(ValueError, match="`deadlock free` is"):
        claims.DeadlockFree(STOP, claims.Model.T)
    with pytest.raises(ValueError, match="`deterministic` is"):
        claims.Deterministic(STOP, claims.Model.T)
    assert cospec.has_trace(cospec.STOP, [], "T")


def test_a_model_that_records_refusals_and_is_not_supported_leaves_a_question_open() -> None:
    assert cospec.deadlock_free(cospec.STOP, "V").verdict.value == "unknown"


def test_what_is_no_model_is_told_how_it_is_asked(script: cospec.Script) -> None:
    with pytest.raises(TypeError, match="DIV is a process, not a model: ask deadlock_free"):
        cospec.check(cospec.DIV)
    with pytest.raises(TypeError, match=r"script\.check\(\) checks its assertions"):
        cospec.check(script)


def test_what_may_terminate_is_stuck_or_not_as_one_asks() -> None:
    ending = cospec.prefix("a", cospec.SKIP)
    assert cospec.deadlock_free(ending).counterexample.trace == ("a", "✓")
    assert cospec.deadlock_free(ending, termination_allowed=True).holds
    assert not cospec.deadlock_free(cospec.prefix("a"), termination_allowed=True).holds


def test_a_model_may_stand_wherever_a_process_may(script: cospec.Script) -> None:
    model, first = Channels(), "send.0.A"
    known = cospec.process(model)
    b = cospec.prefix("b")
    for composed, of_the_known in (
        (cospec.prefix("b", model), cospec.prefix("b", known)),
        (cospec.choice(model, b), cospec.choice(known, b)),
        (cospec.internal_choice(b, model), cospec.internal_choice(b, known)),
        (cospec.parallel(b, model), cospec.parallel(b, known)),
        (cospec.interleave(model, b), cospec.interleave(known, b)),
        (cospec.SKIP.then(model), cospec.SKIP.then(known)),
        (b.interrupted_by(model), b.interrupted_by(known)),
    ):
        assert composed.traces(2) == of_the_known.traces(2)
        assert any(first in trace for trace in composed.traces(2))
        assert str(composed) == str(of_the_known)
    for compose in (cospec.prefix("a").then, cospec.prefix("a").interrupted_by):
        with pytest.raises(TypeError, match="not a text"):
            compose("P")


def test_two_events_are_two_even_where_their_hashes_are_one() -> None:
    one, other = FREE.event("plumless"), FREE.event("buckeroo")
    assert hash(one) == hash(other)
    assert cospec.choice(cospec.prefix("plumless"), cospec.prefix("buckeroo")).initials() == {
        "plumless",
        "buckeroo",
    }
    assert one != "plumless"  # whose hash is another in every run
    assert one == FREE.event("plumless")


def test_after_events_one_is_in_that_state_and_not_about_to_be() -> None:
    assert cospec.prefix("a", cospec.prefix("b")).after("a").graph().edges == ((0, "b", 1),)


def test_a_title_that_begins_and_ends_with_brackets_of_two_parts_gets_its_own() -> None:
    either = cospec.choice(cospec.prefix("a"), cospec.prefix("b"))
    assert str(either.rename({"a": "c"})) == "(a -> STOP [] b -> STOP)[[a <- c]]"
    assert str(either.after("a").rename({"a": "c"})) == (
        "((a -> STOP [] b -> STOP) / ⟨a⟩)[[a <- c]]"
    )
    assert str(cospec.prefix("b", either).rename({"a": "c"})) == (
        "(b -> (a -> STOP [] b -> STOP))[[a <- c]]"
    )
    both = cospec.parse("channel a, b")["(a -> STOP) [] (b -> STOP)"]
    assert str(both.rename({"a": "b"})) == "((a -> STOP) [] (b -> STOP))[[a <- b]]"
    assert str(cospec.STOP.rename({"a": "b"})) == "STOP[[a <- b]]"


def test_a_result_as_text_is_the_claim_the_verdict_and_the_reason_or_the_explanation() -> None:
    count = cospec.define("COUNT", lambda n: cospec.prefix("up", count(n + 1)))
    unknown = cospec.deadlock_free(count(0), seconds=0.1)
    assert str(unknown) == f"COUNT(0) :[deadlock free]: unknown ({unknown.reason})"
    assert str(cospec.divergence_free(cospec.STOP)) == "STOP :[divergence free]: holds"
    stuck = cospec.deadlock_free(cospec.STOP)
    assert str(stuck) == f"STOP :[deadlock free]: fails\n{stuck.text}"
    assert stuck.text.startswith("  ")


def test_limits_of_a_script_are_those_of_its_assertions_unless_they_are_given_others() -> None:
    script = cospec.parse("channel c\nN(n) = c -> N(n + 1)\nassert N(0) :[deadlock free]")
    script.seconds = 0.3
    (endless,) = script.check()
    assert endless.reason.startswith("out of time")
    script.seconds, script.memory = 600, 1
    assert script.assertions[0].check(seconds=0.3, memory=1e12).reason.startswith("out of time")
    assert script.assertions[0].check().reason.startswith("out of memory")
