"""Claims on the circuit breaker: how short the counterexamples are, and what each repair does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.circuit_breaker import AS_WRITTEN, REPAIRED, REPAIRS, Caller, CircuitBreaker
from cospec.proofs.claims import breaker as claims
from cospec.proofs.register import Finding, Truth

#: How many steps a counterexample has at most, as first found by hand or by other programs.
SHORTEST = {
    "open_rejects": 6,
    "reopen_timeout": 10,
    "single_probe": 5,
    "close_evidence": 14,
    "legal_edges": 11,
    "success_reset": 8,
    "late_failure": 11,
    "halfopen_failure": 19,
    "cancelled": 2,
}


def steps_of(finding: Finding) -> int:
    """How many steps the first counterexample has; its first line is the start."""
    for wrong in finding.counterexamples:
        wrong.replay()
    return len(finding.counterexamples[0].steps) - 1


@pytest.mark.parametrize("name", SHORTEST)
def test_counterexamples_are_shortest(name: str) -> None:
    assert steps_of(getattr(claims, name)()) == SHORTEST[name]


def test_three_callers_block_one_another_and_two_do_not() -> None:
    finding = claims.no_deadlock()
    assert steps_of(finding) <= 14
    assert finding.counterexamples[0].states == 31_246
    two = [proof for proof in finding.proofs if proof.states is not None]
    assert [proof.states for proof in two] == [1_631, 1_631]
    (cycle,) = [proof.text for proof in finding.proofs if proof.states is None]
    circle = "failure_count → last_failure_time → success_count → failure_count"
    assert cycle.endswith(circle)


@pytest.mark.parametrize("fair", [True, False])
def test_whether_locks_are_fair_makes_no_difference_to_the_deadlock(fair: bool) -> None:
    start = claims.tripped(replace(AS_WRITTEN, fair=fair))
    found = claims.deadlock_free(start, "some caller can always go on", "", 12_000)
    assert len(found.steps) - 1 == 13  # type: ignore[union-attr]


# ------------------------------------------------------------------------------- the repairs


def verdict(finding: Finding) -> Truth | None:
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict


def without(repair: str) -> CircuitBreaker:
    return replace(REPAIRED, **{repair: False})


def test_with_all_repairs_the_claims_hold() -> None:
    assert claims.repaired().verdict is Truth.TRUE
    for check in (
        claims.open_rejects,
        claims.reopen_timeout,
        claims.single_probe,
        claims.close_evidence,
        claims.legal_edges,
        claims.success_reset,
        claims.late_failure,
        claims.no_deadlock,
        claims.halfopen_failure,
        claims.consecutive,
        claims.server_errors,
        claims.cancelled,
    ):
        assert check(REPAIRED).verdict is Truth.TRUE, check.__name__


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_a_claim_fails(repair: str) -> None:
    match repair:
        case "copying":
            finding = claims.no_deadlock_repaired(copying=False)
        case "status_checked":
            finding = claims.server_errors_repaired(status_checked=False)
        case _:
            finding = claims.repaired(without(repair))
    assert verdict(finding) is Truth.FALSE


def test_without_one_lock_and_a_copy_callers_block_one_another() -> None:
    assert verdict(claims.no_deadlock_repaired(one_lock=False)) is Truth.FALSE


def test_a_guard_that_does_not_account_for_what_is_dropped_is_no_hypothesis() -> None:
    assert verdict(claims.cancelled(guarded=without("drop_guard"))) is Truth.FALSE


def test_alone_the_listing_is_the_standard_breaker_with_some_repairs_but_not_with_all() -> None:
    for change in ({"epochs": True}, {"permits": True, "drop_guard": True}, {"copying": True}):
        assert claims.sequential(replace(AS_WRITTEN, **change)).verdict is Truth.TRUE
    assert verdict(claims.sequential(replace(AS_WRITTEN, permits=True))) is Truth.FALSE


def test_a_step_that_is_none_of_the_counted_breaker_is_noticed() -> None:
    design = replace(REPAIRED, epochs=False, observing=True, callers=(Caller(),) * 3)
    with pytest.raises(claims.Undecided):
        claims._counting(design)
