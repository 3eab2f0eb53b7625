"""M13, the bank account: as seed 003, section 4.3 has it, and with each of its repairs.

Amounts are whole numbers of the smallest unit, of any size: `Decimal` is exact as well. That a
`Decimal` may overflow is left out.

>>> str(BankAccount().after_command(Deposit(-1)))
'balance -1, version 1'
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = [
    "REPAIRED", "REPAIRS", "AccountCommand", "AccountError", "AccountEvent", "BankAccount",
    "Deposit", "Deposited", "Replaying", "Withdraw", "Withdrawn",
]  # fmt: skip


class AccountError(Enum):
    """Why a command or an event is refused; the last two are those of the repairs."""

    INSUFFICIENT_FUNDS = "insufficient funds"
    INVALID_AMOUNT = "invalid amount"
    ANOTHER_ACCOUNT = "another account"


@dataclass(frozen=True, slots=True)
class Deposit:
    """Put an amount into the account."""

    amount: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take an amount out of the account."""

    amount: int


AccountCommand: TypeAlias = Deposit | Withdraw


@dataclass(frozen=True, slots=True)
class Deposited:
    """An amount was put into an account."""

    account_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An amount was taken out of an account."""

    account_id: int
    amount: int


AccountEvent: TypeAlias = Deposited | Withdrawn


@dataclass(frozen=True)
class BankAccount:
    """The aggregate `BankAccount`.

    Attributes:
        positive: repair: amounts have to be above 0.
        own_only: repair: an event of another account is refused.
        id: which account this is.
        balance: what is in it.
        version: how many events were applied, as the account counts them.
        applied: the amounts of the events applied, those withdrawn negated.
        withdrawing: whether the last event was `Withdrawn`.
        own: what the events of this account come to, among those applied.
    """

    positive: bool = False
    own_only: bool = False
    id: int = 1
    balance: int = 0
    version: int = 0
    applied: tuple[int, ...] = ()
    withdrawing: bool = False
    own: int = 0

    # -------------------------------------------------------------------------- AggregateRoot

    def handle_command(self, command: AccountCommand) -> AccountEvent | AccountError:
        """The event that a command leads to, or why it is refused."""
        if self.positive and command.amount <= 0:
            return AccountError.INVALID_AMOUNT
        match command:
            case Deposit(amount):
                return Deposited(self.id, amount)
            case Withdraw(amount):
                if self.balance < amount:
                    return AccountError.INSUFFICIENT_FUNDS
                return Withdrawn(self.id, amount)

    def apply_event(self, event: AccountEvent) -> BankAccount | AccountError:
        """The account after an event; only the repaired one refuses any."""
        if self.own_only and event.account_id != self.id:
            return AccountError.ANOTHER_ACCOUNT
        match event:
            case Deposited(amount=amount):
                change = amount
            case Withdrawn(amount=amount):
                change = -amount
        return replace(
            self,
            balance=self.balance + change,
            version=self.version + 1,
            applied=self.applied + (change,),
            withdrawing=isinstance(event, Withdrawn),
            own=self.own + change if event.account_id == self.id else self.own,
        )

    def after_command(self, command: AccountCommand) -> BankAccount | AccountError:
        """The account after the event of a command."""
        event = self.handle_command(command)
        return event if isinstance(event, AccountError) else self.apply_event(event)

    # ---------------------------------------------------------------------------------- actions

    @action(amount=integers())
    def deposit(self, amount: int) -> BankAccount:
        """`Deposit` is accepted."""
        return self._accepted(self.after_command(Deposit(amount)))

    @action(amount=integers())
    def withdraw(self, amount: int) -> BankAccount:
        """`Withdraw` is accepted."""
        return self._accepted(self.after_command(Withdraw(amount)))

    def _accepted(self, after: BankAccount | AccountError) -> BankAccount:
        require(isinstance(after, BankAccount))
        assert isinstance(after, BankAccount)
        return after

    # ------------------------------------------------------------------------------- properties

    @invariant
    def non_negative(self) -> bool:
        """The balance is at least 0."""
        return self.balance >= 0

    @invariant
    def version_counts_events(self) -> bool:
        """The version is the number of events applied."""
        return self.version == len(self.applied)

    @invariant
    def only_its_own(self) -> bool:
        """The balance is what the account's own events come to."""
        return self.balance == self.own

    @transition_invariant
    def withdrawing_takes(self, after: BankAccount) -> bool:
        """A withdrawal does not increase the balance."""
        return not after.withdrawing or after.balance <= self.balance

    def __str__(self) -> str:
        return f"balance {self.balance}, version {self.version}"


@dataclass(frozen=True)
class Replaying(BankAccount):
    """An account that applies whatever events come, as when a stream is replayed."""

    @action(account_id=integers(), amount=integers())
    def deposited(self, account_id: int, amount: int) -> BankAccount:
        """`Deposited` of some account is applied."""
        return self._accepted(self.apply_event(Deposited(account_id, amount)))

    @action(account_id=integers(), amount=integers())
    def withdrawn(self, account_id: int, amount: int) -> BankAccount:
        """`Withdrawn` of some account is applied."""
        return self._accepted(self.apply_event(Withdrawn(account_id, amount)))


#: The switches.
REPAIRS = ("positive", "own_only")

REPAIRED = BankAccount(positive=True, own_only=True)
