"""Claims on the second order aggregate and its service: the chain of repairs, money in doubles,
and that what z3 is told agrees with the class."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import z3

from cospec.models.order_service import BASKET
from cospec.models.order_streams import EVENTS_V2
from cospec.models.order_v2 import (
    AS_WRITTEN,
    REPAIRED,
    REPAIRS,
    Order,
    OrderItem,
    OrderStatus,
    Rules,
)
from cospec.proofs import order_logic as logic
from cospec.proofs.claims import order_money as money
from cospec.proofs.claims import order_service as service
from cospec.proofs.claims import orders_v2 as claims
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Finding, Result, Truth

CHECKS: dict[str, Callable[[Rules], Finding]] = {
    "recording": service.create_persists_repaired,
    "counting_first": service.version_off_by_one_repaired,
    "created_once": claims.created_twice_repaired,
    "deliverable": claims.delivered_reachable_repaired,
    "kept_once_shipped": claims.cancel_shipped_repaired,
    "finite_total": money.total_positive_repaired,
    "positive_quantities": money.quantity_positive_repaired,
    "exact_payment": money.pay_exact_repaired,
    "private_fields": claims.all_changes_repaired,
}


def steps_of(result: Result) -> list[tuple[str, ...]]:
    assert result.finding is not None
    return [wrong.steps for wrong in result.finding.counterexamples]


# ------------------------------------------------------------------------- check, repair, check


def test_no_order_is_stored_then_none_can_be_paid_then_the_chain_holds() -> None:
    assert service.create_persists(AS_WRITTEN).verdict is Truth.FALSE
    assert service.create_persists(service.RECORDING).verdict is Truth.TRUE
    assert service.version_off_by_one(service.RECORDING).verdict is Truth.FALSE
    assert service.version_off_by_one_repaired(service.COUNTING).verdict is Truth.TRUE


def test_counterexamples_are_shortest(result_of: Callable[[str], Result]) -> None:
    for slug, steps in (
        ("es004-create-persists", [1]),
        ("es004-version-off-by-one", [1, 2]),  # events; requests
        ("es004-all-changes-are-events", [1, 2]),
        ("order004-cancel-shipped", [4, 5]),
        ("order004-created-twice", [2]),
        ("meta-004-production", [1]),
    ):
        assert [len(lines) - 1 for lines in steps_of(result_of(slug))] == steps, slug


def test_the_counterexamples_in_money_have_the_fewest_items(
    result_of: Callable[[str], Result],
) -> None:
    for slug, items in (
        ("order004-total-positive", 2),
        ("order004-infinite-total", 1),
        ("order004-pay-exact", 1),
    ):
        for steps in steps_of(result_of(slug)):
            assert steps[0].count("×") == items, slug


def test_one_item_is_never_nan() -> None:
    items = logic.items(1)
    total, price = logic.total_of(items), items[0][0]
    assert counterexample_of(z3.Not(z3.fpIsNaN(total)), logic.finite(price)) is None


@pytest.mark.parametrize("repair", REPAIRS)
def test_a_repaired_claim_fails_without_its_repair(repair: str) -> None:
    check = CHECKS[repair]
    assert check(REPAIRED).verdict is Truth.TRUE

    finding = check(replace(REPAIRED, **{repair: False}))

    assert finding.verdict in (Truth.FALSE, Truth.CONDITIONAL)
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize("repair", ["recording", "counting_first", "kept_once_shipped"])
def test_production_needs_repairs(repair: str) -> None:
    assert service.production_repaired(replace(REPAIRED, **{repair: False})).verdict is Truth.FALSE


def test_production_needs_a_total_that_is_finite() -> None:
    assert service.production_repaired(replace(REPAIRED, finite_total=False)).verdict is Truth.FALSE


def test_an_audit_needs_a_log() -> None:
    assert service.audit_complete_repaired(auditing=False).verdict is Truth.FALSE


# ------------------------------------------------------------- what z3 is told, and the class

DESIGNS = [AS_WRITTEN, REPAIRED, *(replace(AS_WRITTEN, **{repair: True}) for repair in REPAIRS)]


def says(formula: z3.BoolRef, *values: tuple[z3.ExprRef, z3.ExprRef]) -> bool:
    """Whether a formula holds for these values; that has to be plain."""
    plain = z3.simplify(z3.substitute(formula, *values))
    assert z3.is_true(plain) or z3.is_false(plain), plain
    return z3.is_true(plain)


def double(number: float) -> z3.FPRef:
    return z3.FPVal(number, logic.DOUBLE)


AMOUNTS = (0.0, 0.01, 9.99, 9.989999999999998, 10.0, 10.01, -0.01, math.inf, math.nan)
TOTALS = (0.01, 10.0, math.inf, math.nan)


@pytest.mark.parametrize("rules", DESIGNS, ids=lambda rules: str(DESIGNS.index(rules)))
def test_z3_accepts_and_applies_what_the_class_does(rules: Rules) -> None:
    for status in OrderStatus:
        now = (logic.status, logic.STATUS[status])
        order = Order(1, BASKET, 10.0, status)
        for command in ("ship", "cancel", "deliver"):
            accepted = isinstance(getattr(rules, command)(order), Order)
            possible = accepted and (rules.deliverable or command != "deliver")
            assert says(logic.accepts(rules, command, logic.status), now) == possible
        for event in EVENTS_V2:
            kind = type(event)
            applied = rules.apply_event(order, event)
            applicable = logic.applicable(rules, logic.status, kind)
            assert says(applicable, now) == isinstance(applied, Order)
            if isinstance(applied, Order):
                assert says(logic.after(logic.status, kind) == logic.STATUS[applied.status], now)


@pytest.mark.parametrize("rules", [AS_WRITTEN, REPAIRED], ids=["as written", "repaired"])
def test_z3_pays_what_the_class_does(rules: Rules) -> None:
    for total in TOTALS:
        for amount in AMOUNTS:
            order = Order(1, BASKET, total)
            given = ((logic.total, double(total)), (logic.amount, double(amount)))
            paid = isinstance(rules.pay(order, amount), Order)
            assert says(logic.agrees(rules, logic.total, logic.amount), *given) == paid, given


BASKETS = [
    ((1, 10.0),),
    ((-1, 10.0), (2, 10.0)),
    ((10, 1e308),),
    ((10, 1e308), (10, -1e308)),
    ((1, 1e16), (1, 1.0), (1, 1.0)),
    ((0, 5.0),),
    ((3, 0.1), (-3, 0.1)),
    ((-(2**31), -1.5),),
]


@pytest.mark.parametrize("basket", BASKETS, ids=str)
def test_z3_adds_and_creates_as_the_class_does(basket: tuple[tuple[int, float], ...]) -> None:
    items = tuple(OrderItem(n, quantity, price) for n, (quantity, price) in enumerate(basket))
    ordered = logic.items(len(basket))
    given = [
        pair
        for (price, quantity), item in zip(ordered, items, strict=True)
        for pair in (
            (price, double(item.price)),
            (quantity, z3.BitVecVal(item.quantity, 32)),
        )
    ]
    total = logic.total_of(ordered)
    for rules in DESIGNS:
        made = rules.create(1, items)
        assert says(logic.creates(rules, ordered, total), *given) == isinstance(made, Order)
        if isinstance(made, Order):
            assert says(z3.fpToIEEEBV(total) == z3.fpToIEEEBV(double(made.total)), *given)


def test_a_double_of_z3_is_the_same_in_python() -> None:
    for number in (0.1, -0.0, 5e-324, 1e308):
        model = counterexample_of(logic.total != double(number))
        assert model is not None
        found = logic.double_of(model, logic.total)
        assert (found, math.copysign(1.0, found)) == (number, math.copysign(1.0, number))
