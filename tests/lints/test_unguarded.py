"""W007: processes that come back to themselves before any event."""

from __future__ import annotations

import pytest

START = "channel a\nQ = a -> SKIP\nE = SKIP\ntransparent normal\n"


@pytest.mark.parametrize(
    "body",
    [
        "P",
        "P [] Q",
        "Q [] P",
        "P ||| Q",
        "P ; Q",
        "SKIP ; P",
        "E ; P",
        "(Q [] SKIP) ; P",
        "(E ; E) ; P",
        "(SKIP ||| SKIP) ; P",
        r"P \ {a}",
        "P[[a <- a]]",
        "P [| {a} |] Q",
        "Q [ {a} || {a} ] P",
        r"Q /\ P",
        "P [> Q",
        "P [| {a} |> Q",
        "normal(P)",
        "let R = P within R",
    ],
)
def test_what_needs_itself_first_warns(warned, body) -> None:
    found = warned(f"{START}P = {body}\n")
    assert [w.split()[0] for w in found] == ["W007"]


@pytest.mark.parametrize(
    "body",
    [
        "a -> P",
        "Q ; P",
        "(Q ||| SKIP) ; P",
        "if 1 == 2 then P else Q",
        "1 == 2 & P",
        "[] x : {} @ P",
        "Q [| {a} |> P",
        "P |~| P",  # a way to write divergence
        "Q [> P",
    ],
)
def test_what_has_an_event_or_a_condition_first_does_not_warn(warned, body) -> None:
    assert warned(f"{START}P = {body}\n") == []


def test_a_circle_of_definitions_warns_once(warned) -> None:
    assert warned("channel a\nP = Q [] a -> P\nQ = R ||| R\nR = P\n") == ["W007 Q"]


def test_what_leads_to_a_circle_does_not_warn(warned) -> None:
    assert warned("channel a\nP = Q [] Q [] a -> STOP\nQ = Q ||| R\nR = STOP\n") == ["W007 Q"]


def test_a_function_that_calls_itself_in_every_case_warns(warned) -> None:
    assert warned("channel a\nP(n) = P(n + 1) [] a -> STOP\n") == ["W007 P(n + 1)"]


def test_a_function_with_a_case_that_ends_does_not_warn(warned) -> None:
    assert warned("channel a\nP(0) = STOP\nP(n) = P(n - 1) [] a -> STOP\n") == []


def test_a_function_that_is_only_passed_on_does_not_warn(warned) -> None:
    assert warned("channel a\ntwice(f) = f(f(0))\nP(n)(m) = P(n)\n") == []


def test_a_local_name_does_not_warn(warned) -> None:
    assert warned("channel a\nP = let P = a -> STOP within P\n") == []


def test_each_warning_is_an_error_or_a_divergence_when_it_is_checked(warned, tmp_path) -> None:
    from cospec.runner import Settings, check_all
    from cospec.scripts import Limits, load

    path = tmp_path / "checked.csp"
    bodies = ["P0", "P1 [] Q", "SKIP ; P2", "P3 ||| Q", "normal(P4)", r"Q /\ P5", "P6 [> Q"]
    lines = [f"P{n} = {body}\nassert P{n} :[divergence free]" for n, body in enumerate(bodies)]
    path.write_text(START + "\n".join(lines), encoding="utf-8")
    script = load(str(path))
    settings = Settings(Limits(seconds=600, memory=4e9))
    for result in check_all(script, script.assertions, settings, lambda *_: None):
        assert result.verdict in {"error", "fail"}, result.assertion
