"""Walking a process: what can happen, what a τ hides, where one is, and how one gets back."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import event_sets, processes

from cospec.components import outline
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Hide, Process
from cospec.spec.syntax.session import Session
from cospec.walk import Condition, Walk, described, remark

SCRIPT = """
channel a, b, c
external prioritise
transparent sbisim
channel in, mid, out : {0..11}
SECRET = (a -> STOP) \\ {a}
COPY(from, to) = from?x -> to!x -> COPY(from, to)
BUFFER2 = (COPY(in, mid) [|{| mid |}|] COPY(mid, out)) \\ {| mid |}
"""


@pytest.fixture(scope="module")
def session() -> Session:
    return Session.of_text(SCRIPT)


@pytest.fixture
def walk(session):
    """Begins a walk at a process given as text."""
    return lambda text: Walk(session.process(text))


def _shown(walk: Walk) -> list[str]:
    return [str(choice) for choice in walk.choices()]


def _go(walk: Walk, *events: str) -> Walk:
    for event in events:
        (choice,) = walk.named(event)
        walk.take(choice)
    return walk


def test_it_begins_at_the_beginning(walk) -> None:
    begun = walk("a -> STOP")

    assert (str(begun.state), begun.trace, begun.steps) == ("a -> …", (), [])
    assert begun.seen_after() is None


def test_choices_are_listed_as_a_reader_looks_for_them(walk) -> None:
    assert _shown(walk("in?x -> STOP"))[:4] == ["in.0", "in.1", "in.2", "in.3"]
    assert _shown(walk("(b -> STOP [] SKIP [] a -> STOP) [] (STOP |~| STOP)")) == [
        "a", "b", "✓", "τ"
    ]  # fmt: skip


def test_a_trace_has_what_is_visible(walk) -> None:
    walked = _go(walk("(a -> b -> SKIP) \\ {b}"), "a", "tau", "tick")

    assert list(map(str, walked.trace)) == ["a", "✓"]
    assert [str(step) for step in walked.steps] == ["a", "τ  (b, hidden)", "✓"]
    assert walked.condition is Condition.TERMINATED


@pytest.mark.parametrize(
    "process, condition",
    [
        ("a -> STOP", Condition.STABLE),
        ("SKIP", Condition.STABLE),
        ("a -> STOP |~| b -> STOP", Condition.UNSTABLE),
        ("a -> STOP [> STOP", Condition.UNSTABLE),
        ("DIV", Condition.UNSTABLE),
        ("STOP", Condition.DEADLOCKED),
        ("a -> STOP [|{a, b}|] b -> STOP", Condition.DEADLOCKED),
    ],
)
def test_the_condition_of_a_state(walk, process, condition) -> None:
    assert walk(process).condition is condition


@pytest.mark.parametrize(
    "process, says",
    [
        ("a -> STOP", "stable: it waits for its environment"),
        ("a -> STOP |~| STOP", "not stable: a τ may happen at any time"),
        ("SKIP [] a -> STOP", "stable, but it may terminate (✓) at any time"),
        (
            "SKIP [] (a -> STOP |~| STOP)",
            "not stable: a τ may happen, or it may terminate (✓), at any time",
        ),
        ("STOP", "deadlock: nothing can happen, and it has not terminated"),
    ],
)
def test_what_a_state_waits_for_is_told_in_words(walk, process, says) -> None:
    begun = walk(process)

    assert remark(begun.condition, begun.choices()) == says


def test_choices_that_look_alike_are_told_with_where_they_lead(walk) -> None:
    begun = walk("(a -> STOP [] a -> SKIP [] b -> STOP) [> STOP")

    assert list(described(begun.choices())) == ["a  → STOP", "a  → SKIP", "b", "τ  → STOP"]


@pytest.mark.parametrize(
    "process, taus",
    [
        ("(a -> STOP) \\ {a}", ["τ  (a, hidden)"]),
        ("(a -> STOP) |\\ {b}", ["τ  (a, hidden)"]),
        ("STOP |~| SKIP", ["τ", "τ"]),
        ("(a -> STOP) \\ {a} ||| (b -> STOP) \\ {b}", ["τ  (a, hidden)", "τ  (b, hidden)"]),
        (
            "(a -> STOP) \\ {a} [{a} || {b}] (b -> STOP) \\ {b}",
            ["τ  (a, hidden)", "τ  (b, hidden)"],
        ),
        ("((a -> STOP) \\ {a})[[b <- c]]", ["τ  (a, hidden)"]),
        ("(a -> STOP)[[a <- b]] \\ {b}", ["τ  (b, hidden)"]),
        ("((a -> STOP) \\ {a}) [] c -> STOP", ["τ  (a, hidden)"]),
        ("((a -> STOP) \\ {a}) /\\ ((b -> STOP) \\ {b})", ["τ  (a, hidden)", "τ  (b, hidden)"]),
        ("((a -> STOP) \\ {a}) [|{c}|> STOP", ["τ  (a, hidden)"]),
        ("((a -> STOP) \\ {a}) ; STOP", ["τ  (a, hidden)"]),
        ("((a -> STOP) \\ {a} \\ {b})", ["τ  (a, hidden)"]),
        ("RUN({a, b}) \\ {a, b}", ["τ  (a or b, hidden)"]),
        ("let P = a -> P within P \\ {a}", ["τ  (a, hidden)"]),
        ("((a -> STOP) \\ {a}) [+{c}+] c -> STOP", ["τ  (a, hidden)"]),
        (
            "((a -> STOP) \\ {a}) /+{c}+\\ ((b -> STOP) \\ {b})",
            ["τ  (a, hidden)", "τ  (b, hidden)"],
        ),
        (
            "(let P = a -> P within P \\ {a}) /\\ ((b -> STOP) \\ {b})",
            ["τ  (a, hidden)", "τ  (b, hidden)"],
        ),
        (
            "((b -> STOP) \\ {b}) /\\ (let P = a -> P within P \\ {a})",
            ["τ  (a, hidden)", "τ  (b, hidden)"],
        ),
        ("((a -> STOP) \\ {a}) [> STOP", ["τ", "τ  (a, hidden)"]),
        ("prioritise((a -> STOP) \\ {a}, <{b}, {c}>)", ["τ  (a, hidden)"]),
        ("sbisim((a -> STOP) \\ {a})", ["τ  (a, hidden)"]),
        ("(SKIP [] (a -> STOP) \\ {a}) ||| c -> STOP", ["τ  (a, hidden)", "τ  (✓ inside)"]),
        ("SECRET", ["τ  (a, hidden)"]),
        ("SECRET ||| c -> STOP", ["τ  (a, hidden)"]),
        ("SECRET |\\ {c}", ["τ  (a, hidden)"]),
        ("SKIP ; STOP", ["τ  (✓ inside)"]),
        ("SKIP ; (if true then a -> STOP else STOP)", ["τ  (✓ inside)"]),
        ("SKIP ; (a -> STOP ||| b -> STOP)", ["τ  (✓ inside)"]),
        ("(SKIP [] (a -> STOP) \\ {a}) ; b -> STOP", ["τ  (a, hidden)", "τ  (✓ inside)"]),
        ("SKIP ||| a -> STOP", ["τ  (✓ inside)"]),
        ("DIV", ["τ"]),
        ("(DIV [] a -> STOP) \\ {a}", ["τ", "τ  (a, hidden)"]),
    ],
)
def test_a_tau_says_what_it_hides(walk, process, taus) -> None:
    assert sorted(text for text in _shown(walk(process)) if text.startswith("τ")) == taus


def test_a_hidden_event_of_a_buffer(walk) -> None:
    walked = _go(walk("BUFFER2"), "in.11")

    assert _shown(walked) == ["τ  (mid.11, hidden)"]
    assert _shown(_go(walked, "mid.11"))[-1] == "out.11"


@given(processes(), event_sets())
def test_nothing_is_left_out_and_nothing_added(process: Process, hidden) -> None:
    whole = Hide(process, hidden)
    rules = FiringRules(whole)
    walk = Walk(whole)
    inside = rules.transitions(FiringRules(process).initial_states()[0])

    found = [(choice.event, choice.after) for choice in walk.choices()]

    assert set(found) == set(rules.transitions(rules.initial_states()[0]))
    assert len(found) == len(set(found))
    for choice in walk.choices():
        if choice.event is TAU:
            assert isinstance(choice.after, Hide)
            target = choice.after.process
            expected = {e for e, after in inside if e in hidden and after == target}
            assert expected <= set(choice.hidden)
            assert set(choice.hidden) - {TICK} <= set("abc")
            if (TAU, target) not in inside:
                assert expected == set(choice.hidden) != set()
        else:
            assert choice.hidden == ()


def test_events_may_be_written_with_spaces_and_shortened(walk) -> None:
    begun = walk("in?x -> STOP [] a -> STOP")

    assert [str(c) for c in begun.named(" in . 3")] == ["in.3"]
    assert len(begun.named("in")) == 12
    assert [str(c) for c in begun.named("a")] == ["a"]
    assert [str(c) for c in _go(walk("BUFFER2"), "in.7").named("mid")] == ["τ  (mid.7, hidden)"]
    assert begun.named("in.12") == begun.named("i") == begun.named("") == []


def test_a_name_may_be_several_choices(walk) -> None:
    found = walk("a -> STOP [] a -> SKIP").named("a")

    assert [str(choice.after) for choice in found] == ["STOP", "SKIP"]


def test_steps_are_taken_back(walk) -> None:
    walked = _go(walk("a -> b -> c -> STOP"), "a", "b", "c")

    assert walked.condition is Condition.DEADLOCKED
    assert walked.back() == 1
    assert list(map(str, walked.trace)) == ["a", "b"]
    assert walked.back(9) == 2
    assert walked.back() == 0
    assert _shown(walked) == ["a"]


def test_a_state_that_was_there_before_is_recognised(walk) -> None:
    walked = _go(walk("let P = a -> Q\n    Q = b -> Q [] c -> P within P"), "a")

    assert walked.seen_after() is None
    assert _go(walked, "b").seen_after() == 1
    assert _go(walked, "c").seen_after() == 0


def test_a_composition_is_known_again_when_all_of_it_is_back(walk) -> None:
    begun = walk("BUFFER2")

    assert begun.seen_after() is None
    assert _go(begun, "in.1", "mid.1").seen_after() is None
    assert _go(begun, "out.1").seen_after() == 0


def test_the_outline_of_a_state(walk) -> None:
    state = _go(walk("(BUFFER2 ||| a -> STOP)[[a <- b]]"), "in.4").state

    assert list(outline(state)) == [
        (0, "[[a <- b]]"),
        (1, "|||"),
        (2, "\\ {|mid|}"),
        (3, "[|{|mid|}|]"),
        (4, "mid.4 -> …"),
        (4, "COPY(mid, out)"),
        (2, "a -> …"),
    ]
