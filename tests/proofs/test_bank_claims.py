"""Claims on the bank account: shortest counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from cospec.models.bank import (
    REPAIRED,
    REPAIRS,
    AccountError,
    AccountEvent,
    BankAccount,
    Replaying,
)
from cospec.proofs.claims import bank as claims
from cospec.proofs.register import Finding, Result, Truth

CHECKS = {
    claims.non_negative_repaired: "positive",
    claims.withdraw_decreases_repaired: "positive",
    claims.account_id_repaired: "own_only",
}


def test_counterexamples_are_one_command_or_event(result_of: Callable[[str], Result]) -> None:
    for slug in ("bank-non-negative", "bank-withdraw-decreases", "bank-account-id"):
        finding = result_of(slug).finding
        assert finding is not None
        assert len(finding.counterexamples[0].steps) == 2  # the start, and one step


def test_all_repairs_are_taken_out_below() -> None:
    assert set(CHECKS.values()) == set(REPAIRS)


@pytest.mark.parametrize(("check", "repair"), CHECKS.items())
def test_a_repaired_claim_fails_without_its_repair(
    check: Callable[[BankAccount], Finding], repair: str
) -> None:
    assert check(REPAIRED).verdict is Truth.TRUE

    finding = check(replace(REPAIRED, **{repair: False}))

    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@dataclass(frozen=True)
class NumberTwoDoesNotCount(Replaying):
    """An account that counts events unless its id is 2."""

    def apply_event(self, event: AccountEvent) -> BankAccount | AccountError:
        after = super().apply_event(event)
        if isinstance(after, BankAccount) and self.id == 2:
            return replace(after, version=self.version)
        return after


def test_what_is_replayed_is_proved_for_accounts_of_any_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "Replaying", NumberTwoDoesNotCount)
    assert claims.version().verdict is Truth.FALSE
