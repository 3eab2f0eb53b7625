"""Claims on the bank account (M13)."""

from __future__ import annotations

from cospec.models.bank import REPAIRED, BankAccount, Replaying
from cospec.proofs.evidence import inductive
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    weighed,
)

CLAIMS = Register()

SEED = "seed 003, section 4.3, BankAccount"

AS_WRITTEN = BankAccount()

#: How many events from the start are looked at for a counterexample, before it is proved.
DEPTH = 2


def _commanded(design: BankAccount, name: str, text: str) -> Finding:
    """What holds of any account that is given any commands."""
    return weighed([inductive(design, name, text, ["id"])])


def _replayed(design: BankAccount, name: str, text: str) -> Proof | Counterexample:
    """What holds of an account to which any events are applied, from commands or from elsewhere."""
    replaying = Replaying(positive=design.positive, own_only=design.own_only)
    return inductive(replaying, name, text, ["id"], depth=DEPTH)


@CLAIMS.claim(
    "bank-non-negative",
    model="M13",
    source=f"{SEED}, handle_command and apply_event",
    statement=(
        "An account that begins with 0 never has a balance below 0, whatever commands it handles "
        "one after the other, their events being applied."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="bank-non-negative-repaired",
)
def non_negative(design: BankAccount = AS_WRITTEN) -> Finding:
    """Amounts are signed: a negative deposit is a withdrawal that nothing guards."""
    return _commanded(design, "non_negative", "the balance is at least 0")


@CLAIMS.claim(
    "bank-non-negative-repaired",
    model="M13",
    source=f"{SEED}, repair of handle_command",
    statement=(
        "When amounts of 0 and below are refused, the balance is never below 0, for any commands "
        "in any number, one after the other. (For concurrent ones the store has to compare "
        "versions: es-append-cas-420.)"
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def non_negative_repaired(design: BankAccount = REPAIRED) -> Finding:
    """By induction, for all amounts."""
    return non_negative(design)


@CLAIMS.claim(
    "bank-withdraw-decreases",
    model="M13",
    source=f"{SEED}, Withdraw in handle_command",
    statement="Withdraw, if accepted, does not increase the balance.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="bank-withdraw-decreases-repaired",
)
def withdraw_decreases(design: BankAccount = AS_WRITTEN) -> Finding:
    """The guard asks for a balance that is not below the amount, which a negative one grants."""
    text = "a withdrawal does not increase the balance"
    return _commanded(design, "withdrawing_takes", text)


@CLAIMS.claim(
    "bank-withdraw-decreases-repaired",
    model="M13",
    source=f"{SEED}, repair of handle_command",
    statement=(
        "When amounts of 0 and below are refused, Withdraw does not increase the balance, for all "
        "amounts and balances."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def withdraw_decreases_repaired(design: BankAccount = REPAIRED) -> Finding:
    """By induction, for all amounts."""
    return withdraw_decreases(design)


@CLAIMS.claim(
    "bank-version",
    model="M13",
    source=f"{SEED}, law",
    statement=(
        "The version of an account is the number of events applied to it, for any events in any "
        "number, as written and as repaired."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def version() -> Finding:
    """By induction over the events; they may come from anywhere."""
    text = "version = number of events applied"
    designs = (AS_WRITTEN, REPAIRED)
    return weighed(_replayed(design, "version_counts_events", text) for design in designs)


@CLAIMS.claim(
    "bank-account-id",
    model="M13",
    source=f"{SEED}, apply_event",
    statement=(
        "An account applies only its own events: its balance is what those with its account_id "
        "come to, whatever events are replayed."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="bank-account-id-repaired",
)
def account_id(design: BankAccount = AS_WRITTEN) -> Finding:
    """The patterns of apply_event leave the account_id out (`..`)."""
    text = "the balance is what the account's own events come to"
    return weighed([_replayed(design, "only_its_own", text)])


@CLAIMS.claim(
    "bank-account-id-repaired",
    model="M13",
    source=f"{SEED}, repair of apply_event",
    statement=(
        "When apply_event refuses events of other accounts, the balance is what the account's own "
        "come to, whatever events are replayed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def account_id_repaired(design: BankAccount = REPAIRED) -> Finding:
    """By induction, for all account ids and amounts."""
    return account_id(design)
