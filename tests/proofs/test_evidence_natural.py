"""Proofs by induction over the natural numbers."""

from __future__ import annotations

import pytest
import z3

from cospec.proofs.evidence import prove_for_each
from cospec.proofs.register import Undecided

TOTAL = z3.Function("total", z3.IntSort(), z3.IntSort())


def adding(n: z3.ArithRef) -> list[z3.BoolRef]:
    return [TOTAL(n + 1) == TOTAL(n) + n + 1]


def gauss(n: z3.ArithRef) -> z3.BoolRef:
    return 2 * TOTAL(n) == n * (n + 1)


def test_what_holds_at_0_and_goes_on_holds_of_each_number() -> None:
    prove_for_each(gauss, TOTAL(0) == 0, step=adding)


def test_without_its_base_or_its_step_nothing_is_proved() -> None:
    with pytest.raises(Undecided):
        prove_for_each(gauss, TOTAL(0) == 1, step=adding)
    with pytest.raises(Undecided):
        prove_for_each(gauss, TOTAL(0) == 0)


@pytest.mark.parametrize("rounds", [6, 7])
def test_a_loop_goes_up_to_its_bound(rounds: int) -> None:
    prove_for_each(lambda n: n <= 7, below=z3.IntVal(rounds))


def test_and_no_further() -> None:
    with pytest.raises(Undecided):
        prove_for_each(lambda n: n <= 7, below=z3.IntVal(8))
