"""Every script of `spec/library` checks, with the verdicts noted beside its assertions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cospec.spec
from cospec.checking import Checking
from cospec.runner import Settings
from cospec.scripts import Limits

LIBRARY = Path(cospec.spec.__file__).parent / "library"
SCRIPTS = sorted(LIBRARY.glob("*.csp"))
NOTED = re.compile(r"^assert .*-- expect (pass|fail)$")


def test_the_library_is_there() -> None:
    assert len(SCRIPTS) >= 6


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_verdicts_are_those_noted(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    noted = {n: m[1] for n, line in enumerate(lines, 1) if (m := NOTED.match(line))}
    asserted = [n for n, line in enumerate(lines, 1) if line.startswith("assert ")]
    assert sorted(noted) == asserted, "each assertion needs its expected verdict"

    found = Checking(Settings(Limits(seconds=600)), (), 1, None).file(str(script))

    assert not found.all_problems
    assert {result.line: result.verdict for result in found.results} == noted
    assert max(result.states for result in found.results) < 20_000
    assert {"pass", "fail"} <= set(noted.values()), "a script shows what fails, too"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_opens_with_what_to_learn(script: Path) -> None:
    head = script.read_text(encoding="utf-8").split("\n\n")[0]

    assert all(line.startswith("--") for line in head.splitlines())
    assert "What to learn" in head
