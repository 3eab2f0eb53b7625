"""What concerns all lints."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from cospec.checker import budget
from cospec.scripts import load
from cospec.scripts import warnings as warnings_of
from cospec.spec.syntax import catalogue
from cospec.spec.syntax.lints import warnings
from cospec.spec.syntax.parser import parse_text

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted([*ROOT.glob("spec/library/*.csp"), *ROOT.glob("benchmarks/models/*.csp")])
ENTRIES = [entry for code, entry in catalogue.entries().items() if code.startswith("W")]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_our_own_models_do_not_warn(path) -> None:
    assert [str(warning) for warning in warnings_of(load(str(path)))] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_the_example_of_the_catalogue_warns_and_the_repaired_one_does_not(warned, entry) -> None:
    assert {told.split()[0] for told in warned(entry.wrong)} == {entry.code}
    assert warned(entry.repaired) == []


def test_every_golden_output_has_an_entry_in_the_catalogue() -> None:
    golden = {path.stem for path in (Path(__file__).parent / "golden").glob("*.csp")}
    assert golden == {entry.code for entry in ENTRIES}


@pytest.mark.parametrize("operator", ["[]", ";", "|~|", "|||", "->"])
def test_a_very_long_chain_of_operators_is_looked_at(operator) -> None:
    last = "STOP" if operator == "->" else "a -> SKIP"
    start = ["a"] * 3000 if operator == "->" else ["(a -> SKIP)"] * 3000
    text = f"channel a\nP = {f' {operator} '.join([*start, last])}\nQ = P [| {{a}} |] P\n"
    assert budget.run(lambda: warnings(parse_text(f"{text}assert Q [T= P\n"))) == ()


def test_a_long_chain_of_definitions_is_looked_at(warned) -> None:
    names = [f"P{n}" for n in range(1000)]
    text = "".join(f"{here} = {there} [] a -> STOP\n" for here, there in pairwise(names))
    assert warned(f"channel a\n{text}P999 = STOP\nassert P0 [T= STOP\n") == []


def test_warnings_come_in_the_order_of_their_places(warned) -> None:
    text = (
        "channel a\nP = P\nunion(x, y) = x\nQ = Q\nassert STOP [T= STOP\nprint (a, P, Q, union)\n"
    )
    assert warned(text) == ["W007 P", "W005 union", "W007 Q"]
