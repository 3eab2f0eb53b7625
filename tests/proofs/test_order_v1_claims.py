"""Claims on the first order aggregate: shortest counterexamples; what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.order_v1 import (
    REPAIRED,
    REPAIRS,
    Order,
)
from cospec.proofs.claims import orders_v1 as claims
from cospec.proofs.register import Finding, Result, Truth

CHECKS: dict[str, Callable[[Order], Finding]] = {
    "complete": claims.statuses_reachable_repaired,
    "created_once": claims.create_once_repaired,
    "own_only": claims.id_match_repaired,
    "numbered": claims.event_version_repaired,
    "guarded": claims.apply_guard_repaired,
    "validating": claims.total_repaired,
}


def steps_of(result: Result) -> list[tuple[str, ...]]:
    assert result.finding is not None
    return [wrong.steps for wrong in result.finding.counterexamples]


def test_counterexamples_are_shortest(result_of: Callable[[str], Result]) -> None:
    for slug, commands in (
        ("order001-create-once", 2),
        ("order001-id-match", 1),
        ("order001-event-version", 2),
        ("order001-apply-guard", 1),
    ):
        [steps] = steps_of(result_of(slug))
        assert len(steps) == commands + 1, slug  # the start is a line as well


def test_three_statuses_are_never_reached(result_of: Callable[[str], Result]) -> None:
    never, silent = steps_of(result_of("order001-reachable"))
    assert never[-1] == "never: shipped, delivered, cancelled"
    assert len(silent) == 2


def test_the_total_below_zero_is_that_of_one_item(result_of: Callable[[str], Result]) -> None:
    [steps] = steps_of(result_of("order001-total"))
    assert steps[0] == "create an order of 1 × -1.0"


@pytest.mark.parametrize("repair", REPAIRS)
def test_a_repaired_claim_fails_without_its_repair(repair: str) -> None:
    check = CHECKS[repair]
    assert check(REPAIRED).verdict is Truth.TRUE

    finding = check(replace(REPAIRED, **{repair: False}))

    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()
