"""Evidence by going through all cases: those that fail are told, each by itself."""

from __future__ import annotations

import pytest

from cospec.proofs.evidence import each_wrong_case
from cospec.proofs.register import NotReplayed, Truth, Undecided


def test_all_cases_hold() -> None:
    finding = each_wrong_case(range(4), lambda n: n < 4, "small", "0 to 3")
    assert finding.verdict is Truth.TRUE
    assert [proof.states for proof in finding.proofs] == [4]


def test_each_case_that_fails_is_a_counterexample() -> None:
    wrong: set[int] = {1, 3}
    finding = each_wrong_case(range(5), lambda n: n not in wrong, "not wrong", "0 to 4")
    assert [found.steps for found in finding.counterexamples] == [("1",), ("3",)]
    wrong.clear()
    with pytest.raises(NotReplayed):
        finding.counterexamples[0].replay()


def test_without_a_case_nothing_is_decided() -> None:
    with pytest.raises(Undecided):
        each_wrong_case([], bool, "nothing", "no cases")
