"""The bank account at its edges: as listed, and repaired."""

from __future__ import annotations

from dataclasses import replace

from cospec.models.bank import (
    REPAIRED,
    AccountError,
    BankAccount,
    Deposit,
    Deposited,
    Withdraw,
    Withdrawn,
)


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
