"""M13, the second order aggregate: as seed 004, section 1.2 has it, and with each of its repairs.

`Order::create`, `from_events` and the commands are functions of the `Rules`, which are the
repairs. Money is an `f64`, which is what a Python float is. Times, tracking numbers and reasons
decide nothing and are left out.

>>> rules = Rules()
>>> order = rules.create(1, (OrderItem(1, 1, 10.0),))
>>> order.version, order.uncommitted
(0, ())
>>> rules.pay(order, 10.0).status
<OrderStatus.PAID: 'paid'>
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

__all__ = [
    "AGREED", "AS_WRITTEN", "REPAIRED", "REPAIRS", "Order", "OrderCancelled", "OrderCreated",
    "OrderDelivered", "OrderError", "OrderEvent", "OrderItem", "OrderPaid", "OrderShipped",
    "OrderStatus", "Rules", "total_of",
]  # fmt: skip

#: How far an amount may be from the total.
AGREED = 0.01


class OrderStatus(Enum):
    """Where an order stands."""

    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class OrderError(Enum):
    """Why something is refused; the last two are those of repairs."""

    EMPTY_EVENT_STREAM = "empty event stream"
    INVALID_FIRST_EVENT = "invalid first event"
    INVALID_TRANSITION = "invalid state transition"
    EMPTY_ORDER = "empty order"
    INVALID_TOTAL = "invalid total"
    ORDER_NOT_PENDING = "order not pending"
    INVALID_PAYMENT_AMOUNT = "invalid payment amount"
    ORDER_NOT_PAID = "order not paid"
    CANNOT_CANCEL = "cannot cancel order"
    INVALID_QUANTITY = "invalid quantity"
    ORDER_NOT_SHIPPED = "order not shipped"


@dataclass(frozen=True, slots=True, repr=False)
class OrderItem:
    """So many of a product (an `i32`), at a price each."""

    product_id: int
    quantity: int
    price: float

    def __repr__(self) -> str:
        return f"{self.quantity} × {self.price!r}"


@dataclass(frozen=True, slots=True)
class OrderCreated:
    """An order was created."""

    order_id: int
    items: tuple[OrderItem, ...]
    total: float

    def __str__(self) -> str:
        return "OrderCreated"


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """An order was paid."""

    order_id: int
    amount: float

    def __str__(self) -> str:
        return "OrderPaid"


@dataclass(frozen=True, slots=True)
class OrderShipped:
    """An order was shipped."""

    order_id: int

    def __str__(self) -> str:
        return "OrderShipped"


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order was cancelled."""

    order_id: int

    def __str__(self) -> str:
        return "OrderCancelled"


@dataclass(frozen=True, slots=True)
class OrderDelivered:
    """An order was delivered."""

    order_id: int

    def __str__(self) -> str:
        return "OrderDelivered"


OrderEvent: TypeAlias = OrderCreated | OrderPaid | OrderShipped | OrderCancelled | OrderDelivered


def total_of(items: Iterable[OrderItem]) -> float:
    """The sum as Rust computes it: from the left, in `f64` (Python's own `sum` compensates)."""
    total = 0.0
    for item in items:
        total += item.price * float(item.quantity)
    return total


@dataclass(frozen=True, slots=True)
class Order:
    """The aggregate `Order`; `uncommitted` are the events not saved yet."""

    id: int
    items: tuple[OrderItem, ...]
    total: float
    status: OrderStatus = OrderStatus.PENDING
    version: int = 0
    uncommitted: tuple[OrderEvent, ...] = ()

    def cleared(self) -> Order:
        """`clear_uncommitted_events`."""
        return replace(self, uncommitted=())

    def __str__(self) -> str:
        return f"{self.status.value}, version {self.version}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What orders may do, a switch for each repair.

    Attributes:
        recording: `create` records `OrderCreated`.
        counting_first: `OrderCreated` counts for the version.
        created_once: a second `OrderCreated` is refused.
        deliverable: there is a command that delivers.
        kept_once_shipped: a shipped order cannot be cancelled.
        finite_total: the total has to be finite.
        positive_quantities: an item has a quantity of at least 1.
        exact_payment: money is whole cents, and the amount has to be the total.
        private_fields: nobody but the aggregate changes its fields.
    """

    recording: bool = False
    counting_first: bool = False
    created_once: bool = False
    deliverable: bool = False
    kept_once_shipped: bool = False
    finite_total: bool = False
    positive_quantities: bool = False
    exact_payment: bool = False
    private_fields: bool = False

    # ------------------------------------------------------------------------------- from_events

    def from_events(self, events: Sequence[OrderEvent]) -> Order | OrderError:
        """An order rebuilt from its events."""
        if not events:
            return OrderError.EMPTY_EVENT_STREAM
        first = events[0]
        if not isinstance(first, OrderCreated):
            return OrderError.INVALID_FIRST_EVENT
        version = 1 if self.counting_first else 0
        order = Order(first.order_id, first.items, first.total, version=version)
        for event in events[1:]:
            after = self.apply_event(order, event)
            if isinstance(after, OrderError):
                return after
            order = after
        return order

    def apply_event(self, order: Order, event: OrderEvent) -> Order | OrderError:
        """An order after one more event."""
        if not self.applicable(order.status, event):
            return OrderError.INVALID_TRANSITION
        match event:
            case OrderCreated():
                status = order.status  # what it says was taken over when the order was made
            case OrderPaid():
                status = OrderStatus.PAID
            case OrderShipped():
                status = OrderStatus.SHIPPED
            case OrderDelivered():
                status = OrderStatus.DELIVERED
            case OrderCancelled():
                status = OrderStatus.CANCELLED
        return replace(order, status=status, version=order.version + 1)

    def applicable(self, status: OrderStatus, event: OrderEvent) -> bool:
        """Whether `apply_event` accepts an event in a status."""
        match event:
            case OrderCreated():
                return not self.created_once
            case OrderPaid():
                return status is OrderStatus.PENDING
            case OrderShipped():
                return status is OrderStatus.PAID
            case OrderDelivered():
                return status is OrderStatus.SHIPPED
            case OrderCancelled():
                return self._may_cancel(status)

    def _may_cancel(self, status: OrderStatus) -> bool:
        over = status in (OrderStatus.DELIVERED, OrderStatus.CANCELLED)
        shipped = self.kept_once_shipped and status is OrderStatus.SHIPPED
        return not over and not shipped

    def _record_event(self, order: Order, event: OrderEvent) -> Order:
        """`record_event`: what `apply_event` refuses is ignored."""
        pushed = replace(order, uncommitted=(*order.uncommitted, event))
        after = self.apply_event(pushed, event)
        return pushed if isinstance(after, OrderError) else after

    # ---------------------------------------------------------------------------------- commands

    def create(self, order_id: int, items: tuple[OrderItem, ...]) -> Order | OrderError:
        """A new order, if it may be."""
        if not items:
            return OrderError.EMPTY_ORDER
        if self.positive_quantities and any(item.quantity < 1 for item in items):
            return OrderError.INVALID_QUANTITY
        total = total_of(items)
        if total <= 0.0 or (self.finite_total and not math.isfinite(total)):
            return OrderError.INVALID_TOTAL
        event = OrderCreated(order_id, items, total)
        order = self.from_events((event,))
        if self.recording and isinstance(order, Order):
            return replace(order, uncommitted=(event,))
        return order

    def pay(self, order: Order, amount: float) -> Order | OrderError:
        """An order that is paid."""
        if order.status is not OrderStatus.PENDING:
            return OrderError.ORDER_NOT_PENDING
        if self._wrong_amount(order.total, amount):
            return OrderError.INVALID_PAYMENT_AMOUNT
        return self._record_event(order, OrderPaid(order.id, amount))

    def _wrong_amount(self, total: float, amount: float) -> bool:
        if self.exact_payment:
            return amount != total
        return abs(amount - total) > AGREED

    def ship(self, order: Order) -> Order | OrderError:
        """An order that is shipped."""
        if order.status is not OrderStatus.PAID:
            return OrderError.ORDER_NOT_PAID
        return self._record_event(order, OrderShipped(order.id))

    def cancel(self, order: Order) -> Order | OrderError:
        """An order that is cancelled."""
        if not self._may_cancel(order.status):
            return OrderError.CANNOT_CANCEL
        return self._record_event(order, OrderCancelled(order.id))

    def deliver(self, order: Order) -> Order | OrderError:
        """An order that is delivered: a command that the seed lacks."""
        if order.status is not OrderStatus.SHIPPED:
            return OrderError.ORDER_NOT_SHIPPED
        return self._record_event(order, OrderDelivered(order.id))


#: The switches.
REPAIRS = (
    "recording",
    "counting_first",
    "created_once",
    "deliverable",
    "kept_once_shipped",
    "finite_total",
    "positive_quantities",
    "exact_payment",
    "private_fields",
)

AS_WRITTEN = Rules()

REPAIRED = Rules(**dict.fromkeys(REPAIRS, True))
