"""Texts and tables, made from records by hand."""

from __future__ import annotations

import pytest

from cospec.checker.meter import Meter
from cospec.checker.verdict import Counterexample, Kind, Step, Verdict
from cospec.console import progress_line
from cospec.report import explanation, headline, summary
from cospec.results import FileResult, Move, Result, Subject, Witness, judge, quote, witness_of
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.syntax.tree import Span
from cospec.table import pad, shorten, table, width_of


def result(witness: Witness, *, verdict: str = "fail", subject: Subject | None = None) -> Result:
    subject = subject or Subject("refinement", "SYSTEM", "SPEC")
    return Result("SPEC [T= SYSTEM", 7, verdict, witness=witness, subject=subject)


def sentence(witness: Witness, subject: Subject | None = None) -> str:
    lines = explanation(result(witness, subject=subject), 10_000)
    return lines[2].strip()


@pytest.mark.parametrize(
    ("verdict", "negated", "expected"),
    [
        (Verdict.HOLDS, False, "pass"),
        (Verdict.HOLDS, True, "fail"),
        (Verdict.FAILS, False, "fail"),
        (Verdict.FAILS, True, "pass"),
        (Verdict.UNKNOWN, False, "unknown"),
        (Verdict.UNKNOWN, True, "unknown"),
    ],
)
def test_not_turns_the_verdict_but_never_unknown(verdict, negated, expected) -> None:
    assert judge(verdict, negated=negated) == expected


def test_a_forbidden_event_in_words() -> None:
    witness = Witness("trace", ("a", "b"), (), (), event="c")

    assert (
        sentence(witness) == "After ⟨a, b⟩, SYSTEM can perform c, which SPEC does not allow there."
    )


def test_a_forbidden_end_in_words() -> None:
    witness = Witness("trace", (), (), (), event="✓")

    assert sentence(witness) == (
        "At the start, SYSTEM can terminate (✓), which SPEC does not allow there."
    )


def test_a_refusal_in_words() -> None:
    allowed = (("a", "b"), ("c",))
    witness = Witness("failure", ("x",), (), (), accepted=("a",), allowed=allowed)

    assert sentence(witness) == (
        "After ⟨x⟩, SYSTEM can be in a state where it offers only a, but SPEC must offer at least "
        "one of these sets in full: {a, b} or {c}."
    )


def test_a_long_trace_is_not_squeezed_into_the_sentence() -> None:
    events = tuple(f"event.{n}" for n in range(20))
    witness = Witness("deadlock", events, (), (), accepted=())

    assert sentence(witness, Subject("deadlock free", "P")).startswith(
        "After the 20 events shown below, P is stuck"
    )


def test_a_witness_of_a_negated_assertion_is_announced() -> None:
    lines = explanation(result(Witness("trace", (), (), (), event="a"), verdict="pass"), 100)

    assert "says must exist" in lines[2]


def test_events_of_the_checker_become_text_in_natural_order() -> None:
    found = Counterexample(
        Kind.DEADLOCK,
        steps=(Step(TAU, "mid", ("mid", None)), Step(TICK, None, (TICK, TICK))),
        components=("P", "Q"),
        states=("Ω", "Ω"),
        accepted=frozenset({"a.10", "a.9", "a.1"}),
    )
    witness = witness_of(found)

    assert witness.trace == ("✓",)
    assert witness.ended
    assert witness.accepted == ("a.1", "a.9", "a.10")
    assert witness.steps[0] == Move("τ", "mid", ("mid", None))


def test_a_table_leaves_out_what_does_not_move() -> None:
    steps = [Move("a", None, ("a", None, None)), Move("τ", "m", ("m", "m", None))]

    assert table(["P", "Q", "R"], steps, [], 80) == [
        "  step  event  P  Q",
        "     1  a      a  ·",
        "     2  [m]    m  m",
        "  (1 component that does not move left out)",
    ]


def test_a_table_marks_what_repeats() -> None:
    steps = [Move("a", None, ("a", None))]
    loop = [Move("τ", "m", ("m", "m"))]

    assert table(["P", "Q"], steps, loop, 80) == [
        "  step  event  P  Q",
        "     1  a      a  ·",
        "        and then, again and again:",
        "     2  [m]    m  m",
    ]


def test_a_table_is_aligned_by_display_width() -> None:
    lines = table(["主人", "Q"], [Move("吃.1", None, ("吃.1", "x"))], [], 80)

    assert lines == ["  step  event  主人  Q", "     1  吃.1   吃.1  x"]
    assert width_of(lines[0]) == width_of(lines[1])


def test_a_wide_table_marks_who_takes_part() -> None:
    names = [f"COMPONENT.{n}" for n in range(5)]
    step = Move("a.very.long.event.name", None, ("a.very.long.event.name",) * 4 + ("b",))
    lines = table(names, [step], [], 100)

    assert lines[-1] == "  (● takes part in the event)"
    assert lines[1].count("●") == 4
    assert all(width_of(line) <= 100 for line in lines)


@pytest.mark.parametrize("width", [60, 100, 200])
def test_a_very_wide_table_becomes_several(width) -> None:
    names = [f"COMPONENT.{n}" for n in range(40)]
    lines = table(names, [Move("a", None, ("b",) * 40)], [], width)

    assert all(width_of(line) <= width for line in lines)
    assert sum(line.split()[:2] == ["step", "event"] for line in lines) > 1
    assert sum(line.count(" b") for line in lines) == 40


def test_a_very_long_run_is_shown_without_its_middle() -> None:
    lines = table(["P"], [Move(f"e.{n}", None, (f"e.{n}",)) for n in range(1000)], [], 80)

    assert len(lines) == 1 + 20 + 1 + 60
    assert lines[21].strip() == "… 920 steps left out …"


def test_shorten_keeps_both_ends_and_never_exceeds_the_width() -> None:
    assert shorten("PHILOSOPHER.LEFT.17", 12) == "PHILOSO…T.17"
    assert [width_of(shorten("吃" * 9, n)) <= n for n in range(2, 20)] == [True] * 18


def test_pad_counts_columns_and_not_characters() -> None:
    assert pad("吃", 4) == "吃  "


def test_headline_of_an_error_has_no_figures() -> None:
    assert headline(Result("P [T= Q", 3, "error"), 100, 7).split() == "! 3 P [T= Q error".split()


def test_summary_counts() -> None:
    results = tuple(Result("", 1, v) for v in ("pass", "pass", "fail", "unknown"))

    assert summary([FileResult("x", results=results)]) == (
        "4 assertions: 2 passed, 1 failed, 1 unknown"
    )


def test_quote_takes_several_lines_on_one() -> None:
    text = "assert P\n  |~| Q  [T= R"

    assert quote(Span("f", 1, 8, 2, 8), {"f": text}) == "P |~| Q"
    assert quote(Span("f", 9, 8, 9, 9), {"f": text}) == ""


def test_progress_line_fits() -> None:
    line = progress_line(
        "SPEC [T= " + "X" * 200, Meter(12345, 67890, 3, phase="searching"), 2.0, 100
    )

    assert line.endswith("searching: 12,345 states, 67,890 transitions, 33,945/s, 2 s")
    assert width_of(line) <= 100
