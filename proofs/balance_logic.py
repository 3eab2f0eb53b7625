"""`AccountBalanceProjection` and `BankAccount` in z3, for any accounts, amounts and streams.

Balances are a map from accounts to a number or none. That these definitions are those of
`cospec.models.stream_processing.update` and `cospec.models.bank.BankAccount` is tested.
"""

from __future__ import annotations

from typing import Any

import z3

from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof

Account = z3.DeclareSort("Account")
Amount = z3.RealSort()


def _event() -> Any:
    made = z3.Datatype("AccountEvent")
    for kind in ("deposited", "withdrawn"):
        fields = (f"account_{kind}", Account), (f"amount_{kind}", Amount)
        made.declare(kind, *fields)
    return made.create()


def _entry() -> Any:
    made = z3.Datatype("BalanceEntry")
    made.declare("none")
    made.declare("some", ("value", Amount))
    return made.create()


Event, Entry = _event(), _entry()
Balances = z3.ArraySort(Account, Entry)

#: The projection after reset().
NO_BALANCES = z3.K(Account, Entry.none)


def account_of(event: Any) -> Any:
    """The account_id of an event."""
    return z3.If(
        Event.is_deposited(event), Event.account_deposited(event), Event.account_withdrawn(event)
    )


def _signed(event: Any) -> Any:
    return z3.If(
        Event.is_deposited(event), Event.amount_deposited(event), -Event.amount_withdrawn(event)
    )


def or_zero(entry: Any) -> Any:
    """`or_insert(Decimal::ZERO)`"""
    return z3.If(Entry.is_some(entry), Entry.value(entry), z3.RealVal(0))


def update(balances: Any, event: Any) -> Any:
    """`AccountBalanceProjection::update`"""
    account = account_of(event)
    return z3.Store(balances, account, Entry.some(or_zero(balances[account]) + _signed(event)))


def apply_event(balance: Any, event: Any) -> Any:
    """`BankAccount::apply_event`, which does not look whose event it is."""
    return balance + _signed(event)


def simulates(routed: bool = True) -> Proof:
    """Proves that the projection's balance of an account is that of the aggregate: at the start,
    and after every event if before it.

    Args:
        routed: whether an aggregate is given the events of its own stream only.
    """
    balances, event = z3.Const("balances", Balances), z3.Const("event", Event)
    mine, balance = z3.Const("mine", Account), z3.Const("balance", Amount)

    def related(balances: Any, balance: Any) -> Any:
        return or_zero(balances[mine]) == balance

    prove(related(NO_BALANCES, z3.RealVal(0)))
    applied = apply_event(balance, event)
    after = z3.If(account_of(event) == mine, applied, balance) if routed else applied
    prove(related(update(balances, event), after), related(balances, balance))
    text = "balances[a], or 0, = the balance of account a: by induction on the stream"
    return Proof(Method.Z3_PROOF, text)


def updates_commute() -> Proof:
    """Proves that of any two updates either may come first."""
    balances = z3.Const("balances", Balances)
    one, two = z3.Consts("one two", Event)
    prove(update(update(balances, one), two) == update(update(balances, two), one))
    text = "update(update(b, e), f) = update(update(b, f), e), for all balances and events"
    return Proof(Method.Z3_PROOF, text)


def own_parts_commute(same_part: bool = False) -> Proof:
    """Proves that handlers commute that read and write the part of their own aggregate only.

    Args:
        same_part: whether two events of one aggregate are looked at.
    """
    kind, what = z3.DeclareSort("PartState"), z3.DeclareSort("PartEvent")
    handle = z3.Function("handle", kind, what, kind)
    parts = z3.Const("parts", z3.ArraySort(Account, kind))
    one, two = z3.Consts("one two", what)
    first, second = z3.Consts("first second", Account)

    def handled(parts: Any, event: Any, of: Any) -> Any:
        return z3.Store(parts, of, handle(parts[of], event))

    either = handled(handled(parts, one, first), two, second) == handled(
        handled(parts, two, second), one, first
    )
    prove(either, first == second if same_part else first != second)
    text = "handlers of different aggregates commute if each changes the part of its own only"
    return Proof(Method.Z3_PROOF, text)
