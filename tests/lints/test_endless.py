"""W003: infinite sets on the way to an assertion that have to be listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cospec.runner import Settings, check_all
from cospec.scripts import Limits, load
from cospec.scripts import warnings as warnings_of

START = """
channel c : Int
channel d : {0..1}.Int
channel a
datatype T = A | B.Int
channel t : T
nametype N = Int
channel n : N
Q = c!1 -> Q
P = a -> P
"""

ENDLESS = [
    "Q [| {c.x | x <- Int} |] P",
    "RUN({| c |})",
    "CHAOS(Events)",
    "c?x -> STOP",
    "d?x?y -> STOP",
    "d?x -> STOP",
    "d.0?x -> STOP",
    "c?x:{0..} -> STOP",
    "t?x -> STOP",
    "[] x : Int @ c.x -> STOP",
    "Q[[c <- d.0]]",
]

FINITE = [
    r"Q \ {| c |}",
    r"Q \ {| d |}",
    r"Q \ {| d.0 |}",
    r"Q \ {| t |}",
    r"Q \ {| n |}",
    r"Q \ {| c, a |}",
    r"Q \ Events",
    r"Q \ diff(Events, {a})",
    r"Q \ union({| c |}, {a})",
    r"Q |\ {| c |}",
    "Q [| {| c |} |> P",
    "Q [| Events |] P",
    "P [| {| c |} |] P",
    "Q [| {| c |} |] Q",
    "Q [ {| c |} || {| a |} ] P",
    "|| x : {0..1} @ [{| c |}] Q",
    "Q [| diff({| c |}, {c.0}) |] Q",
    "Q [| {c.1, a} |] P",
    "Q [| inter({| c |}, {a}) |] P",
    "c?x:{0..3} -> STOP",
    "d?x!0 -> STOP",
    "d?x!1 -> Q",
    r"Q \ {a}",
    r"Q \ {c.1}",
    r"Q \ {| d.0.1 |}",
    "[] x : {0..3} @ c.x -> STOP",
]


@pytest.mark.parametrize("process", ENDLESS)
def test_what_never_ends_warns(warned, process) -> None:
    assert "W003" in _codes(warned(f"{START}assert {process} :[deadlock free]\n"))


@pytest.mark.parametrize("process", FINITE)
def test_what_ends_does_not_warn(warned, process) -> None:
    assert "W003" not in _codes(warned(f"{START}assert {process} :[deadlock free]\n"))


def test_nothing_that_cannot_be_listed_when_it_is_checked_goes_without_warning(
    tmp_path: Path,
) -> None:
    path = tmp_path / "script.csp"
    lines = [f"assert {process} :[deadlock free]" for process in (*ENDLESS, *FINITE)]
    path.write_text(START + "\n".join(lines), encoding="utf-8")
    script = load(str(path))
    told = {w.span.line for w in warnings_of(script) if w.code == "W003" and w.span is not None}
    settings = Settings(Limits(seconds=600, memory=4e9))
    results = check_all(script, script.assertions, settings, lambda *_: None)
    unlisted = {r.line for r in results if r.problems and r.problems[0].code == "X520"}
    assert unlisted
    assert unlisted <= told


def test_a_place_that_no_assertion_comes_to_does_not_warn(warned) -> None:
    script = f"{START}R = c?x -> STOP\nassert P [T= P\n"
    assert "W003" not in _codes(warned(script))


def test_a_place_behind_definitions_warns(warned) -> None:
    script = f"{START}R = c?x -> STOP\nS = let L = R within a -> L\nassert S [T= P\n"
    assert "W003 ?x" in warned(script)


def test_a_redefined_int_does_not_warn(warned) -> None:
    script = "Int = {0..1}\nchannel c : Int\nassert c?x -> STOP :[deadlock free]\n"
    assert "W003" not in _codes(warned(script))


def test_an_endless_sequence_does_not_warn(warned) -> None:
    script = "channel c : {0..3}\nfrom = <0..>\nassert c!head(from) -> STOP :[deadlock free]\n"
    assert warned(script) == []


def _codes(told: list[str]) -> set[str]:
    return {each.split()[0] for each in told}
