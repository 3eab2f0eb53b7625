"""Claims on the circuit breaker: how short the counterexamples are, and what each repair does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.circuit_breaker import (
    AS_WRITTEN,
    REPAIRED,
    REPAIRS,
    Caller,
    CircuitBreaker,
    tripped,
)
from cospec.proofs.claims import breaker as claims
from cospec.proofs.evidence import deadlock_free
from cospec.proofs.register import Counterexample, Finding, Result, Truth, Undecided

#: How many steps a counterexample has at most, by the names of the claims.
SHORTEST = {
    "breaker-open-rejects": 6,
    "breaker-reopen-timeout": 10,
    "breaker-single-probe": 5,
    "breaker-close-evidence": 14,
    "breaker-legal-edges": 11,
    "breaker-success-reset": 8,
    "breaker-late-failure": 11,
    "breaker-deadlock-free": 13,
    "breaker-halfopen-failure": 19,
    "breaker-cancel": 2,
}


def steps_of(finding: Finding | None) -> int:
    """How many steps the first counterexample has; its first line is the start."""
    assert finding is not None
    return len(finding.counterexamples[0].steps) - 1


@pytest.mark.parametrize("slug", SHORTEST)
def test_counterexamples_are_shortest(slug: str, result_of: Callable[[str], Result]) -> None:
    assert steps_of(result_of(slug).finding) == SHORTEST[slug]


def test_three_callers_block_one_another_and_two_do_not(
    result_of: Callable[[str], Result],
) -> None:
    finding = result_of("breaker-deadlock-free").finding
    assert finding is not None
    assert finding.counterexamples[0].states == 14_299
    explored = [proof for proof in finding.proofs if proof.states is not None]
    assert [proof.states for proof in explored] == [1_095, 1_095, 4]
    assert "none gets to f" in explored[-1].text  # nor does anybody who comes later
    (cycle,) = [proof.text for proof in finding.proofs if proof.states is None]
    circle = "failure_count → last_failure_time → success_count → failure_count"
    assert cycle.endswith(circle)


def test_with_locks_that_are_not_fair_callers_block_one_another_as_well() -> None:
    start = tripped(replace(AS_WRITTEN, fair=False))
    found = deadlock_free(start, "some caller can always go on", "3 callers", 12_000)
    assert isinstance(found, Counterexample)
    assert len(found.steps) - 1 == 13


# ------------------------------------------------------------------------------- the repairs


def verdict(finding: Finding) -> Truth | None:
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict


def without(repair: str) -> CircuitBreaker:
    return replace(REPAIRED, **{repair: False})


def test_with_all_repairs_the_claims_hold() -> None:
    for check in (
        claims.open_rejects,
        claims.reopen_timeout,
        claims.single_probe,
        claims.close_evidence,
        claims.legal_edges,
        claims.success_reset,
        claims.late_failure,
        claims.no_deadlock,
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
    some = replace(AS_WRITTEN, copying=True, epochs=True, permits=True, drop_guard=True)
    assert claims.sequential(some).verdict is Truth.TRUE
    assert verdict(claims.sequential(replace(AS_WRITTEN, permits=True))) is Truth.FALSE


def test_a_step_that_is_none_of_the_counted_breaker_is_noticed() -> None:
    design = replace(REPAIRED, epochs=False, observing=True, callers=(Caller(),) * 3)
    with pytest.raises(Undecided):
        claims._counting(design)
