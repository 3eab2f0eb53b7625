"""M13, orders in use: the second order aggregate by itself, and behind the event store and the
command service of seed 004, sections 1.2 and 1.3.

`OrderLife` is one order and the events that it has recorded; `CarrierToo` and `FieldsToo` add
what others may do to it. `OrderService` answers requests: it loads, performs a command and saves,
in a table whose rows are unique by (aggregate, version). `AuditedService` has it used by somebody.

>>> created = OrderService().perform("create")
>>> str(created)
'order 1: no row; answered 200 OK'
>>> str(created.perform("pay"))
'order 1: no row; answered 400 empty event stream'
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeAlias

from cospec.models.model import action, invariant, require, transition_invariant
from cospec.models.order_v2 import (
    AS_WRITTEN,
    Order,
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderError,
    OrderEvent,
    OrderItem,
    OrderPaid,
    OrderShipped,
    OrderStatus,
    Rules,
)

__all__ = [
    "AMOUNTS", "BASKET", "OPERATIONS", "AuditedService", "CarrierToo", "Entry", "FieldsToo",
    "Json", "OrderLife", "OrderService", "Row", "decoded", "encoded",
]  # fmt: skip

#: What is ordered when orders are explored, and what is offered for it: the total, and less.
BASKET = (OrderItem(1, 1, 10.0),)
AMOUNTS = (10.0, 5.0)


@dataclass(frozen=True)
class OrderLife:
    """One order in memory, and the events that it has recorded so far."""

    rules: Rules = AS_WRITTEN
    order: Order | None = None
    stream: tuple[OrderEvent, ...] = ()

    def _after(self, order: Order | OrderError) -> OrderLife:
        require(isinstance(order, Order))
        assert isinstance(order, Order)
        return replace(self, order=order.cleared(), stream=(*self.stream, *order.uncommitted))

    def _existing(self) -> Order:
        require(self.order is not None)
        assert self.order is not None
        return self.order

    @action
    def create(self) -> OrderLife:
        """`Order::create` succeeds."""
        require(self.order is None)
        return self._after(self.rules.create(1, BASKET))

    @action(amount=AMOUNTS)
    def pay(self, amount: float) -> OrderLife:
        """`pay` succeeds."""
        return self._after(self.rules.pay(self._existing(), amount))

    @action
    def ship(self) -> OrderLife:
        """`ship` succeeds."""
        return self._after(self.rules.ship(self._existing()))

    @action
    def cancel(self) -> OrderLife:
        """`cancel` succeeds."""
        return self._after(self.rules.cancel(self._existing()))

    @action
    def deliver(self) -> OrderLife:
        """`deliver`, where there is such a command, succeeds."""
        require(self.rules.deliverable)
        return self._after(self.rules.deliver(self._existing()))

    @invariant
    def loadable(self) -> bool:
        """The stream of an order can be replayed."""
        return not self.stream or isinstance(self.rules.from_events(self.stream), Order)

    @invariant
    def replays_to_itself(self) -> bool:
        """The replay of a stream is the order that has recorded it."""
        return not self.stream or self.rules.from_events(self.stream) == self.order

    @transition_invariant
    def recorded_is_applied(self, after: OrderLife) -> bool:
        """What a command records is one event, which was applied: the version counts it."""
        if self.order is None or after.order is None:
            return True
        recorded = len(after.stream) - len(self.stream)
        return recorded == after.order.version - self.order.version == 1

    @transition_invariant
    def changes_are_recorded(self, after: OrderLife) -> bool:
        """Where the order changes, an event is recorded."""
        return self.order == after.order or len(after.stream) > len(self.stream)

    @transition_invariant
    def shipped_orders_are_not_cancelled(self, after: OrderLife) -> bool:
        """A shipped order does not become a cancelled one."""
        if self.order is None or after.order is None:
            return True
        shipped = self.order.status is OrderStatus.SHIPPED
        return not (shipped and after.order.status is OrderStatus.CANCELLED)

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.stream))
        return f"{self.order or 'no order'}, [{shown}]"


@dataclass(frozen=True)
class CarrierToo(OrderLife):
    """An order whose parcel a carrier delivers, whatever has become of the order."""

    @action
    def carrier_delivers(self) -> OrderLife:
        """The parcel arrives: `OrderDelivered` is appended to the stream."""
        done = [type(event) for event in self.stream]
        require(OrderShipped in done and OrderDelivered not in done)
        stream = (*self.stream, OrderDelivered(1))
        loaded = self.rules.from_events(stream)
        return replace(
            self, stream=stream, order=loaded if isinstance(loaded, Order) else self.order
        )


@dataclass(frozen=True)
class FieldsToo(OrderLife):
    """An order whose fields are public: whoever has it may assign them."""

    @action(status=tuple(OrderStatus))
    def assign_status(self, status: OrderStatus) -> OrderLife:
        """`order.status = status` by somebody."""
        require(not self.rules.private_fields)
        return replace(self, order=replace(self._existing(), status=status))


# ----------------------------------------------------------------------------- the event store

#: A value of `serde_json::Value`, an object as a tuple of its members.
Json: TypeAlias = "int | float | str | tuple[Json, ...] | None"

_TYPES = {
    each.__name__: each
    for each in (OrderCreated, OrderPaid, OrderShipped, OrderCancelled, OrderDelivered)
}


def encoded(event: OrderEvent) -> Json:
    """`serde_json::to_value`: a number that is not finite becomes null (its `Value::from`)."""
    members: tuple[Json, ...] = tuple(_encoded(getattr(event, each.name)) for each in fields(event))
    return (type(event).__name__, members)


def _encoded(value: float | tuple[OrderItem, ...]) -> Json:
    if isinstance(value, tuple):
        return tuple((each.product_id, each.quantity, _encoded(each.price)) for each in value)
    return value if math.isfinite(value) else None


def decoded(data: Json) -> OrderEvent | None:
    """`serde_json::from_value`; None: it fails, as null is no number."""
    assert isinstance(data, tuple)
    name, members = data
    assert isinstance(name, str)
    assert isinstance(members, tuple)
    if name != OrderCreated.__name__:
        return None if None in members else _TYPES[name](*members)  # type: ignore[arg-type]
    order_id, items, total = members
    assert isinstance(items, tuple)
    prices = [each[2] for each in items if isinstance(each, tuple)]
    if total is None or None in prices:
        return None
    made = tuple(OrderItem(*each) for each in items)  # type: ignore[misc]
    return OrderCreated(order_id, made, total)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table `events`."""

    version: int
    data: Json

    def __str__(self) -> str:
        name = self.data[0] if isinstance(self.data, tuple) else "?"
        return f"{name} v{self.version}"


# -------------------------------------------------------------------------- the command service

#: The requests: those of the command service, and one that only looks.
OPERATIONS = ("create", "pay", "ship", "cancel", "read")

OK = "200 OK"


@dataclass(frozen=True)
class OrderService:
    """`CommandService` and `EventStore`: what is stored, and the last answer.

    Attributes:
        rules: what the aggregate does.
        baskets: what may be ordered.
        amounts: what may be offered.
        orders: how many orders may be asked for.
        table: the rows of each order that was asked for and answered with 200.
        answer: the last answer; empty at the start.
    """

    rules: Rules = AS_WRITTEN
    baskets: tuple[tuple[OrderItem, ...], ...] = (BASKET,)
    amounts: tuple[float, ...] = AMOUNTS[:1]
    orders: int = 1
    table: tuple[tuple[Row, ...], ...] = ()
    answer: str = ""

    # ------------------------------------------------------------------------ save and load

    def _saved(self, order: int, events: Sequence[OrderEvent], expected: int) -> OrderService:
        """`save_events`: all rows, or none if one has a version that is taken."""
        rows = [Row(expected + n, encoded(event)) for n, event in enumerate(events, 1)]
        taken = {row.version for row in self.table[order]}
        twice = [row.version for row in rows if row.version in taken]
        if twice:
            return replace(self, answer=f"500 duplicate key (order, version {twice[0]})")
        table = list(self.table)
        table[order] = tuple(sorted((*table[order], *rows), key=lambda row: row.version))
        return replace(self, table=tuple(table), answer=OK)

    def loaded(self, order: int) -> Order | str:
        """`load_events` and `from_events`; or the answer that tells why not."""
        events = [decoded(row.data) for row in self.table[order]]
        if None in events:
            return "500 invalid type: null, expected f64"
        made = self.rules.from_events([event for event in events if event is not None])
        return _bad(made) if isinstance(made, OrderError) else made

    # ----------------------------------------------------------------------------- requests

    @action(items=lambda state: state.baskets)
    def create_order(self, items: tuple[OrderItem, ...]) -> OrderService:
        """`POST /orders`"""
        require(len(self.table) < self.orders)
        number = len(self.table)
        order = self.rules.create(number + 1, items)
        if isinstance(order, OrderError):
            return replace(self, answer=_bad(order))
        begun = replace(self, table=(*self.table, ()))
        return begun._saved(number, order.uncommitted, 0)

    @action(order=lambda state: range(len(state.table)), amount=lambda state: state.amounts)
    def pay_order(self, order: int, amount: float) -> OrderService:
        """`POST /orders/:id/pay`"""
        return self._commanded(order, lambda found: self.rules.pay(found, amount))

    @action(order=lambda state: range(len(state.table)))
    def ship_order(self, order: int) -> OrderService:
        """`POST /orders/:id/ship`"""
        return self._commanded(order, self.rules.ship)

    @action(order=lambda state: range(len(state.table)))
    def cancel_order(self, order: int) -> OrderService:
        """`POST /orders/:id/cancel`"""
        return self._commanded(order, self.rules.cancel)

    def _commanded(
        self, order: int, command: Callable[[Order], Order | OrderError]
    ) -> OrderService:
        found = self.loaded(order)
        if isinstance(found, str):
            return replace(self, answer=found)
        after = command(found)
        if isinstance(after, OrderError):
            return replace(self, answer=_bad(after))
        return self._saved(order, after.uncommitted, found.version)

    def perform(self, operation: str) -> OrderService:
        """One of `OPERATIONS` on the first order, with the first basket or amount."""
        if operation == "create":
            return self.create_order(self.baskets[0])
        require(self.table)
        match operation:
            case "pay":
                return self.pay_order(0, self.amounts[0])
            case "ship":
                return self.ship_order(0)
            case "cancel":
                return self.cancel_order(0)
        found = self.loaded(0)
        return replace(self, answer=found if isinstance(found, str) else OK)

    # --------------------------------------------------------------------------- properties

    @invariant
    def answered_orders_are_stored(self) -> bool:
        """An order whose creation was answered with 200 has events in the store."""
        return all(self.table)

    @invariant
    def no_internal_error(self) -> bool:
        """No request is answered with 500: what is refused is refused by a rule of the order."""
        return not self.answer.startswith("500")

    @invariant
    def stored_orders_load(self) -> bool:
        """What is stored of an order can be loaded."""
        return all(isinstance(self.loaded(n), Order) for n, rows in enumerate(self.table) if rows)

    @invariant
    def versions_continue(self) -> bool:
        """The version of an order is that of its last row, so that a save continues the rows."""
        return all(
            order.version == rows[-1].version == len(rows)
            for n, rows in enumerate(self.table)
            if rows and isinstance(order := self.loaded(n), Order)
        )

    @invariant
    def stored_orders_can_be_paid(self) -> bool:
        """An order that is stored and pending can be paid with its total."""
        return all(
            self.pay_order(n, order.total).answer == OK
            for n, rows in enumerate(self.table)
            if rows
            and isinstance(order := self.loaded(n), Order)
            and order.status is OrderStatus.PENDING
        )

    def __str__(self) -> str:
        shown = [
            f"order {n}: {', '.join(map(str, rows)) or 'no row'}"
            for n, rows in enumerate(self.table, 1)
        ]
        answered = [f"answered {self.answer}"] if self.answer else []
        return "; ".join([*shown, *answered]) or "no order"


def _bad(error: OrderError) -> str:
    return f"400 {error.value}"


# ----------------------------------------------------------------------------- who has done what


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation, whose it was and how it was answered."""

    principal: str
    operation: str
    answer: str

    def __str__(self) -> str:
        return f"{self.principal}: {self.operation}: {self.answer}"


@dataclass(frozen=True)
class AuditedService:
    """The service with its users: what has happened, and what was written down of it.

    Attributes:
        service: the service.
        auditing: repair: an operation is entered in an audit log, with its principal.
        operations: how many there may be.
        happened: the operations.
        log: the audit log.
    """

    service: OrderService = field(default_factory=OrderService)
    auditing: bool = False
    operations: int = 2
    happened: tuple[Entry, ...] = ()
    log: tuple[Entry, ...] = ()

    @action(principal=("customer", "clerk"), operation=OPERATIONS)
    def perform(self, principal: str, operation: str) -> AuditedService:
        """Somebody asks for something, and is answered."""
        require(len(self.happened) < self.operations)
        service = self.service.perform(operation)
        entry = Entry(principal, operation, service.answer)
        log = (*self.log, entry) if self.auditing else self.log
        return replace(self, service=service, happened=(*self.happened, entry), log=log)

    def __str__(self) -> str:
        return f"{self.service}; log: [{', '.join(map(str, self.log))}]"
