"""The second order aggregate and its service at their edges."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cospec.models.order_service import BASKET, CarrierToo, OrderLife, OrderService, encoded
from cospec.models.order_v2 import (
    AS_WRITTEN,
    Order,
    OrderCreated,
    OrderError,
    OrderItem,
    OrderPaid,
    Rules,
)
from cospec.proofs.explored import explore

#: With the first repair of the chain, and with both.
RECORDING = replace(AS_WRITTEN, recording=True)
COUNTING = replace(RECORDING, counting_first=True)


@pytest.mark.parametrize(
    ("rules", "answers"),
    [
        (AS_WRITTEN, ["200 OK", "400 empty event stream", "400 empty event stream"]),
        (
            RECORDING,
            ["200 OK", "500 duplicate key (order, version 1)", "400 order not paid"],
        ),
        (COUNTING, ["200 OK", "200 OK", "200 OK"]),
    ],
    ids=["as written", "recording", "recording and counting"],
)
def test_what_creating_paying_and_shipping_is_answered(rules: Rules, answers: list[str]) -> None:
    state, found = OrderService(rules), []
    for operation in ("create", "pay", "ship"):
        state = state.perform(operation)
        found.append(state.answer)
    assert found == answers


def test_orders_have_the_states_counted_by_hand() -> None:
    # None; pending; paid; shipped; cancelled from each of these three.
    assert len(explore(OrderLife()).exploration.states) == 7
    # Delivered after shipped, and after shipped and cancelled.
    assert len(explore(CarrierToo(RECORDING)).exploration.states) == 9


def test_the_listing_at_its_edges() -> None:
    rules = AS_WRITTEN
    assert rules.create(1, ()) is OrderError.EMPTY_ORDER
    assert rules.create(1, (OrderItem(1, 1, 0.0),)) is OrderError.INVALID_TOTAL
    assert rules.from_events(()) is OrderError.EMPTY_EVENT_STREAM
    assert rules.from_events((OrderPaid(1, 1.0),)) is OrderError.INVALID_FIRST_EVENT
    order = rules.create(1, BASKET)
    assert isinstance(order, Order)
    assert rules.ship(order) is OrderError.ORDER_NOT_PAID
    assert rules.pay(order, 10.02) is OrderError.INVALID_PAYMENT_AMOUNT
    paid = rules.pay(order, 10.01)  # the difference is 0.00999…, not above 0.01
    assert isinstance(paid, Order)
    assert paid.uncommitted == (OrderPaid(1, 10.01),)
    assert rules.pay(paid, 10.0) is OrderError.ORDER_NOT_PENDING
    cancelled = rules.cancel(paid)
    assert isinstance(cancelled, Order)
    assert rules.cancel(cancelled) is OrderError.CANNOT_CANCEL


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_not_finite_are_written_as_null(number: float) -> None:
    assert encoded(OrderCreated(1, (), number)) == ("OrderCreated", (1, (), None))


def test_rows_are_unique_and_all_or_none_are_saved() -> None:
    created = OrderService(COUNTING).perform("create")
    events = (OrderPaid(1, 10.0), OrderPaid(1, 10.0))
    clash = created._saved(0, events, 0)  # versions 1 and 2: the first is taken
    assert clash.answer.startswith("500 duplicate key")
    assert clash.table == created.table
