"""Claims on the user aggregate: shortest counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.user import (
    REPAIRED,
    REPAIRS,
    User,
    UserStatus,
)
from cospec.proofs.claims import users as claims
from cospec.proofs.register import Finding, Result, Truth

CHECKS = {
    claims.create_once_repaired: ("created_once", "created_first"),
    claims.update_before_create_repaired: ("created_first",),
    claims.deactivate_terminal_repaired: ("created_once",),
}


def steps_of(result: Result) -> list[int]:
    assert result.finding is not None
    return [len(wrong.steps) - 1 for wrong in result.finding.counterexamples]


def test_counterexamples_are_shortest(result_of: Callable[[str], Result]) -> None:
    assert steps_of(result_of("user-create-once")) == [2, 0]  # of one id, and of a fresh one
    assert steps_of(result_of("user-update-before-create")) == [1]
    assert steps_of(result_of("user-deactivate-terminal")) == [2]
    assert steps_of(result_of("es002-bootstrap")) == [1]


def test_every_variant_of_the_command_lacks_the_id(result_of: Callable[[str], Result]) -> None:
    finding = result_of("cqrs002-command-address").finding
    assert finding is not None
    assert len(finding.counterexamples) == 3


def test_all_repairs_are_taken_out_below() -> None:
    assert {repair for repairs in CHECKS.values() for repair in repairs} == set(REPAIRS)


@pytest.mark.parametrize(
    ("check", "repair"), [(check, repair) for check, some in CHECKS.items() for repair in some]
)
def test_a_repaired_claim_fails_without_its_repair(
    check: Callable[[User], Finding], repair: str
) -> None:
    # What has no status `NotCreated` begins with one of the listing.
    status = UserStatus.ACTIVE if repair == "created_first" else REPAIRED.status

    finding = check(replace(REPAIRED, status=status, **{repair: False}))

    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_the_first_command_needs_both_its_repairs() -> None:
    assert claims.bootstrap_repaired().verdict is Truth.TRUE
    assert claims.bootstrap_repaired(bootstrapped=False).verdict is Truth.FALSE
    # With a fresh id each time, the aggregate as written refuses every creation.
    assert claims.bootstrap_repaired(user=User()).verdict is Truth.FALSE
