"""Claims on the first order aggregate: shortest counterexamples; what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.order_v1 import (
    BASKETS,
    REPAIRED,
    REPAIRS,
    CancelOrder,
    ConfirmOrder,
    CreateOrder,
    DeliverOrder,
    Order,
    OrderConfirmed,
    OrderError,
    OrderItem,
    OrderShipped,
    OrderStatus,
    ShipOrder,
    replayed,
    total_of,
)
from cospec.proofs.claims import orders_v1 as claims
from cospec.proofs.explored import explore
from cospec.proofs.register import Finding, Result, Truth

CHECKS: dict[str, Callable[[Order], Finding]] = {
    "complete": claims.statuses_reachable_repaired,
    "created_once": claims.create_once_repaired,
    "own_only": claims.id_match_repaired,
    "numbered": claims.event_version_repaired,
    "guarded": claims.apply_guard_repaired,
    "validating": claims.total_repaired,
}


def steps_of(result: Result) -> list[tuple[str, ...]]:
    assert result.finding is not None
    return [wrong.steps for wrong in result.finding.counterexamples]


def test_counterexamples_are_shortest(result_of: Callable[[str], Result]) -> None:
    for slug, commands in (
        ("order001-create-once", 2),
        ("order001-id-match", 1),
        ("order001-event-version", 2),
        ("order001-apply-guard", 1),
    ):
        [steps] = steps_of(result_of(slug))
        assert len(steps) == commands + 1, slug  # the start is a line as well


def test_three_statuses_are_never_reached(result_of: Callable[[str], Result]) -> None:
    never, silent = steps_of(result_of("order001-reachable"))
    assert never[-1] == "never: shipped, delivered, cancelled"
    assert len(silent) == 2


def test_the_total_below_zero_is_that_of_one_item(result_of: Callable[[str], Result]) -> None:
    [steps] = steps_of(result_of("order001-total"))
    assert steps[0] == "create an order of 1 × -1.0"


def test_the_repaired_order_has_the_states_counted_by_hand() -> None:
    # For each of two baskets: created, confirmed, shipped, delivered, cancelled at once and later.
    assert len(explore(REPAIRED).exploration.states) == 1 + 2 * 6


@pytest.mark.parametrize("repair", REPAIRS)
def test_a_repaired_claim_fails_without_its_repair(repair: str) -> None:
    check = CHECKS[repair]
    assert check(REPAIRED).verdict is Truth.TRUE

    finding = check(replace(REPAIRED, **{repair: False}))

    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_what_has_no_arm_is_accepted_and_does_nothing() -> None:
    order = Order()
    for command in (ShipOrder(1), CancelOrder(1), DeliverOrder(1)):
        assert order.handle_command(command) == ()
        assert order.after_command(command) == order


def test_the_listing_at_its_edges() -> None:
    order = Order()
    assert order.handle_command(CreateOrder(1, ())) is OrderError.EMPTY_ORDER
    assert order.handle_command(ConfirmOrder(2)) == (OrderConfirmed(2),)  # never created
    confirmed = order.after_command(ConfirmOrder(1))
    assert isinstance(confirmed, Order)
    refused = confirmed.after_command(ConfirmOrder(1))
    assert refused is OrderError.INVALID_STATE_TRANSITION
    again = confirmed.after_command(CreateOrder(1, BASKETS[1]))
    assert isinstance(again, Order)
    assert (again.status, again.items, again.total) == (OrderStatus.PENDING, BASKETS[1], 20.0)


def test_the_repaired_order_at_its_edges() -> None:
    assert REPAIRED.handle_command(ShipOrder(1)) is OrderError.INVALID_STATE_TRANSITION
    assert REPAIRED.handle_command(ConfirmOrder(2)) is OrderError.ANOTHER_ORDER
    for item in (OrderItem(1, 0, 1.0), OrderItem(1, 1, 0.0), OrderItem(1, 1, float("nan"))):
        assert REPAIRED.handle_command(CreateOrder(1, (item,))) is OrderError.INVALID_ITEM
    assert replayed(REPAIRED, [OrderShipped(1)]) is OrderError.INVALID_STATE_TRANSITION


def test_a_total_is_added_from_the_left_and_rounded_each_time() -> None:
    items = [OrderItem(1, 1, price) for price in (1e16, 1.0, 1.0)]
    assert total_of(items) == 1e16  # a compensated sum would be 1e16 + 2
