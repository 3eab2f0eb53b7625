"""Claims on the bank account: shortest counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.bank import (
    REPAIRED,
    REPAIRS,
    AccountError,
    BankAccount,
    Deposit,
    Deposited,
    Withdraw,
    Withdrawn,
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


def test_the_listing_at_its_edges() -> None:
    account = BankAccount(balance=5)
    assert account.handle_command(Withdraw(5)) == Withdrawn(1, 5)
    assert account.handle_command(Withdraw(6)) is AccountError.INSUFFICIENT_FUNDS
    assert account.handle_command(Deposit(0)) == Deposited(1, 0)
    emptied = account.apply_event(Withdrawn(1, 7))  # an event is a fact: no guard
    assert isinstance(emptied, BankAccount)
    assert (emptied.balance, emptied.version) == (-2, 1)


def test_the_repaired_account_at_its_edges() -> None:
    account = replace(REPAIRED, balance=5)
    for command in (Deposit(0), Withdraw(0), Deposit(-1), Withdraw(-1)):
        assert account.handle_command(command) is AccountError.INVALID_AMOUNT
    assert account.apply_event(Deposited(2, 1)) is AccountError.ANOTHER_ACCOUNT
