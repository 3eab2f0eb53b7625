"""M13, the first order aggregate: as seed 001, section 3.1 has it, and with each of its repairs.

`handle_command` turns a command into events, `apply_event` changes the order. Here the order also
keeps the stream of what it has emitted, with the number that `event_version` gives each event.
Times, tracking numbers and reasons decide nothing and are left out.

>>> order = Order()
>>> order.handle_command(ShipOrder(1))  # accepted, and nothing happens
()
>>> str(order.after_command(ConfirmOrder(2)))
'confirmed, version 1, [OrderConfirmed.2 v1]'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from cospec.models.model import action, invariant, require

__all__ = [
    "BASKETS", "IDS", "LEGAL", "REPAIRED", "REPAIRS", "CancelOrder", "ConfirmOrder", "CreateOrder",
    "DeliverOrder", "Order", "OrderCancelled", "OrderCommand", "OrderConfirmed", "OrderCreated",
    "OrderDelivered", "OrderError", "OrderEvent", "OrderItem", "OrderShipped", "OrderStatus",
    "ShipOrder", "Stored", "replayed", "sound_item", "total_of",
]  # fmt: skip


class OrderStatus(Enum):
    """Where an order stands; a new aggregate is `Pending` as well."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class OrderError(Enum):
    """Why a command or an event is refused; the last three are those of the repairs."""

    EMPTY_ORDER = "order cannot be empty"
    INVALID_STATE_TRANSITION = "invalid state transition"
    ORDER_EXISTS = "order exists"
    ANOTHER_ORDER = "another order"
    INVALID_ITEM = "invalid item"


@dataclass(frozen=True, slots=True, repr=False)
class OrderItem:
    """So many of a product, at a price each."""

    product_id: int
    quantity: int
    price: float

    def __repr__(self) -> str:
        return f"{self.quantity} × {self.price!r}"


def total_of(items: Iterable[OrderItem]) -> float:
    """The sum as Rust computes it: from the left, in `f64` (Python's own `sum` compensates)."""
    total = 0.0
    for item in items:
        total += item.price * float(item.quantity)
    return total


def sound_item(item: OrderItem) -> bool:
    """What the repaired order wants of an item."""
    return item.price > 0.0 and item.quantity >= 1


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Create an order of some items."""

    order_id: int
    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class ConfirmOrder:
    """Confirm a pending order."""

    order_id: int


@dataclass(frozen=True, slots=True)
class ShipOrder:
    """Ship a confirmed order."""

    order_id: int


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel an order that is not shipped."""

    order_id: int


@dataclass(frozen=True, slots=True)
class DeliverOrder:
    """Deliver a shipped order: a command that the seed lacks."""

    order_id: int


OrderCommand: TypeAlias = CreateOrder | ConfirmOrder | ShipOrder | CancelOrder | DeliverOrder


@dataclass(frozen=True, slots=True)
class OrderCreated:
    """An order was created."""

    order_id: int
    items: tuple[OrderItem, ...]
    total: float


@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    """An order was confirmed."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderShipped:
    """An order was shipped."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order was cancelled."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderDelivered:
    """An order was delivered: an event that the seed lacks."""

    order_id: int


OrderEvent: TypeAlias = (
    OrderCreated | OrderConfirmed | OrderShipped | OrderCancelled | OrderDelivered
)

#: In which statuses of an order that exists a command is legal, and what it should emit.
LEGAL: tuple[
    tuple[type[ConfirmOrder | ShipOrder | CancelOrder], tuple[OrderStatus, ...], type[OrderEvent]],
    ...,
] = (
    (ConfirmOrder, (OrderStatus.PENDING,), OrderConfirmed),
    (ShipOrder, (OrderStatus.CONFIRMED,), OrderShipped),
    (CancelOrder, (OrderStatus.PENDING, OrderStatus.CONFIRMED), OrderCancelled),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An event in the stream, with its `event_version`."""

    event: OrderEvent
    version: int

    def __str__(self) -> str:
        return f"{type(self.event).__name__}.{self.event.order_id} v{self.version}"


#: The ids and the items with which orders are explored.
IDS = (1, 2)
BASKETS = ((OrderItem(1, 1, 10.0),), (OrderItem(2, 1, 20.0),))


@dataclass(frozen=True)
class Order:
    """The aggregate `Order`, which has emitted a stream of events.

    Attributes:
        complete: repair: shipping, cancelling and delivering are implemented.
        created_once: repair: only an aggregate without events can be created.
        own_only: repair: a command for another order is refused.
        numbered: repair: an event is numbered when it is appended.
        guarded: repair: events that do not fit the status are refused, and nothing but
            `OrderCreated` is first.
        validating: repair: items have a price above 0 and a quantity of at least 1.
        id: which order this is.
        items: what was ordered.
        total: what it costs.
        status: where it stands.
        version: how many events were applied.
        stream: the events emitted.
    """

    complete: bool = False
    created_once: bool = False
    own_only: bool = False
    numbered: bool = False
    guarded: bool = False
    validating: bool = False
    id: int = 1
    items: tuple[OrderItem, ...] = ()
    total: float = 0.0
    status: OrderStatus = OrderStatus.PENDING
    version: int = 0
    stream: tuple[Stored, ...] = ()

    # -------------------------------------------------------------------------- AggregateRoot

    def handle_command(self, command: OrderCommand) -> tuple[OrderEvent, ...] | OrderError:
        """The events that a command leads to, or why it is refused."""
        if self.own_only and command.order_id != self.id:
            return OrderError.ANOTHER_ORDER
        if self.guarded and self.version == 0 and not isinstance(command, CreateOrder):
            return OrderError.INVALID_STATE_TRANSITION
        order_id = command.order_id
        match command:
            case CreateOrder(items=items):
                return self._created(order_id, items)
            case ConfirmOrder():
                return self._moved(OrderConfirmed(order_id), OrderStatus.PENDING)
            case ShipOrder() if self.complete:
                return self._moved(OrderShipped(order_id), OrderStatus.CONFIRMED)
            case CancelOrder() if self.complete:
                early = (OrderStatus.PENDING, OrderStatus.CONFIRMED)
                return self._moved(OrderCancelled(order_id), *early)
            case DeliverOrder() if self.complete:
                return self._moved(OrderDelivered(order_id), OrderStatus.SHIPPED)
        return ()

    def _created(
        self, order_id: int, items: tuple[OrderItem, ...]
    ) -> tuple[OrderEvent, ...] | OrderError:
        if self.created_once and self.version != 0:
            return OrderError.ORDER_EXISTS
        if not items:
            return OrderError.EMPTY_ORDER
        if self.validating and not all(map(sound_item, items)):
            return OrderError.INVALID_ITEM
        return (OrderCreated(order_id, items, total_of(items)),)

    def _moved(
        self, event: OrderEvent, *wanted: OrderStatus
    ) -> tuple[OrderEvent, ...] | OrderError:
        return (event,) if self.status in wanted else OrderError.INVALID_STATE_TRANSITION

    def apply_event(self, event: OrderEvent) -> Order | OrderError:
        """The order after an event; only the repaired one refuses any."""
        if self.guarded and not self._fits(event):
            return OrderError.INVALID_STATE_TRANSITION
        match event:
            case OrderCreated(items=items, total=total):
                after = replace(self, items=items, total=total, status=OrderStatus.PENDING)
            case OrderConfirmed():
                after = replace(self, status=OrderStatus.CONFIRMED)
            case OrderShipped():
                after = replace(self, status=OrderStatus.SHIPPED)
            case OrderCancelled():
                after = replace(self, status=OrderStatus.CANCELLED)
            case OrderDelivered():
                after = replace(self, status=OrderStatus.DELIVERED)
        return replace(after, version=self.version + 1)

    def _fits(self, event: OrderEvent) -> bool:
        if self.version == 0 or isinstance(event, OrderCreated):
            return self.version == 0 and isinstance(event, OrderCreated)
        match event:
            case OrderConfirmed():
                return self.status is OrderStatus.PENDING
            case OrderShipped():
                return self.status is OrderStatus.CONFIRMED
            case OrderDelivered():
                return self.status is OrderStatus.SHIPPED
        return self.status in (OrderStatus.PENDING, OrderStatus.CONFIRMED)

    def after_command(self, command: OrderCommand) -> Order | OrderError:
        """The order after its events are appended to the stream and applied, where they can be."""
        events = self.handle_command(command)
        if isinstance(events, OrderError):
            return events
        order = self
        for event in events:
            version = len(order.stream) + 1 if self.numbered else 1
            order = replace(order, stream=(*order.stream, Stored(event, version)))
            applied = order.apply_event(event)
            order = order if isinstance(applied, OrderError) else applied
        return order

    # ---------------------------------------------------------------------------------- actions

    @action(order_id=IDS, items=BASKETS)
    def create(self, order_id: int, items: tuple[OrderItem, ...]) -> Order:
        """`CreateOrder` is accepted."""
        return self._accepted(CreateOrder(order_id, items))

    @action(order_id=IDS)
    def confirm(self, order_id: int) -> Order:
        """`ConfirmOrder` is accepted."""
        return self._accepted(ConfirmOrder(order_id))

    @action(order_id=IDS)
    def ship(self, order_id: int) -> Order:
        """`ShipOrder` is accepted."""
        return self._accepted(ShipOrder(order_id))

    @action(order_id=IDS)
    def cancel(self, order_id: int) -> Order:
        """`CancelOrder` is accepted."""
        return self._accepted(CancelOrder(order_id))

    @action(order_id=IDS)
    def deliver(self, order_id: int) -> Order:
        """`DeliverOrder` is accepted; the seed has no such command."""
        require(self.complete)
        return self._accepted(DeliverOrder(order_id))

    def _accepted(self, command: OrderCommand) -> Order:
        after = self.after_command(command)
        require(isinstance(after, Order))
        assert isinstance(after, Order)
        return after

    # ------------------------------------------------------------------------------- properties

    @invariant
    def commands_take_effect(self) -> bool:
        """In an order that exists, each legal command emits its event."""
        return self.version == 0 or all(
            [type(event) for event in _accepted_events(self.handle_command(command(self.id)))]
            == [emits]
            for command, statuses, emits in LEGAL
            if self.status in statuses
        )

    @invariant
    def created_at_most_once(self) -> bool:
        """The stream has one `OrderCreated` at most."""
        return sum(isinstance(stored.event, OrderCreated) for stored in self.stream) <= 1

    @invariant
    def events_are_its_own(self) -> bool:
        """All events in the stream carry the id of the order."""
        return all(stored.event.order_id == self.id for stored in self.stream)

    @invariant
    def versions_are_positions(self) -> bool:
        """The event at position n of the stream, counted from 1, has version n."""
        return all(stored.version == n for n, stored in enumerate(self.stream, 1))

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.stream))
        return f"{self.status.value}, version {self.version}, [{shown}]"


def _accepted_events(answer: tuple[OrderEvent, ...] | OrderError) -> tuple[OrderEvent, ...]:
    return () if isinstance(answer, OrderError) else answer


def replayed(start: Order, events: Iterable[OrderEvent]) -> Order | OrderError:
    """An order rebuilt from a stream."""
    order = start
    for event in events:
        after = order.apply_event(event)
        if isinstance(after, OrderError):
            return after
        order = after
    return order


#: The switches.
REPAIRS = ("complete", "created_once", "own_only", "numbered", "guarded", "validating")

REPAIRED = Order(
    complete=True,
    created_once=True,
    own_only=True,
    numbered=True,
    guarded=True,
    validating=True,
)
