"""The first order aggregate at its edges: as listed, and repaired."""

from __future__ import annotations

from cospec.models.order_v1 import (
    BASKETS,
    REPAIRED,
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
from cospec.proofs.explored import explore


def test_the_repaired_order_has_the_states_counted_by_hand() -> None:
    # For each of two baskets: created, confirmed, shipped, delivered, cancelled at once and later.
    assert len(explore(REPAIRED).exploration.states) == 1 + 2 * 6


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
