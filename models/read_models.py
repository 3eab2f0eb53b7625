"""M06, the read side of seed 004, section 1.3: the projection of orders, on a bus of any order.

`ReadModelProjection.handle_event` inserts a row for `OrderCreated`, updates its status for
`OrderPaid` and ignores all others. An update that finds no row changes nothing and is no error, as
PostgreSQL has it; an insertion of a key that is there is one. An event whose handling
gives an error is not acknowledged, and stays on the bus.

>>> bus = Deliveries()
>>> print(bus.deliver(bus.in_flight[1]).deliver(bus.in_flight[0]))
row: pending; on the bus: nothing
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cospec.models.faults import DuplicatedMessages, LostReplies
from cospec.models.model import action, invariant, require

__all__ = [
    "AS_WRITTEN", "STATUS", "Client", "CreateOrders", "Deliveries", "OrderEvent",
    "ReadModelProjection", "Row", "life_of",
]  # fmt: skip

#: The kinds of events, with the status that an order has after each.
STATUS = {
    "Created": "pending",
    "Paid": "paid",
    "Shipped": "shipped",
    "Cancelled": "cancelled",
    "Delivered": "delivered",
}

#: What `fetch_one` finds where there is no row.
ROW_NOT_FOUND = -1


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """An event of the one order that is looked at; with a repair, it carries its version."""

    version: int
    kind: str

    def __str__(self) -> str:
        return self.kind


def life_of(*kinds: str) -> tuple[OrderEvent, ...]:
    """The events of an order, in the order of their versions."""
    return tuple(OrderEvent(version, kind) for version, kind in enumerate(kinds, 1))


@dataclass(frozen=True, slots=True)
class Row:
    """The row of the order in `orders_read_model`; only repairs look at its version."""

    status: str
    version: int = 0

    def __str__(self) -> str:
        return f"{self.status} v{self.version}" if self.version else self.status


@dataclass(frozen=True, slots=True)
class PrimaryKeyViolation:
    """The error that an insertion ends with where there is a row of that key."""

    def __str__(self) -> str:
        return "primary key violation"


@dataclass(frozen=True, slots=True)
class ReadModelProjection:
    """`ReadModelProjection`

    Attributes:
        consuming: repair: events of all types are applied, and not those of two types.
        tolerant: half a repair: `INSERT … ON CONFLICT DO NOTHING`.
        upserting: repair: each event carries the whole row, which is written where its version is
            above that of the row.
    """

    consuming: bool = False
    tolerant: bool = False
    upserting: bool = False

    def handle_event(self, row: Row | None, event: OrderEvent) -> Row | PrimaryKeyViolation | None:
        """`handle_event`: the row after an event."""
        if self.upserting:
            if row is not None and event.version <= row.version:
                return row
            known = self.consuming or event.kind in ("Created", "Paid")
            old = "" if row is None else row.status
            return Row(STATUS[event.kind] if known else old, event.version)
        match event.kind:
            case "Created":
                if row is None:
                    return Row("pending")
                return row if self.tolerant else PrimaryKeyViolation()
            case kind if kind == "Paid" or self.consuming:
                return None if row is None else Row(STATUS[kind])
            case _:
                return row


AS_WRITTEN = ReadModelProjection()


@dataclass(frozen=True)
class Deliveries(DuplicatedMessages):
    """The events of one order on their way to the projection.

    Attributes:
        projection: who handles them.
        ordered: whether the bus delivers them in the order in which they were published; if not, in
            any order. A budget of `Reorderings` would have to be as large as the bus is long.
        life: all the events.
        in_flight: those on the bus, the oldest first.
        duplicates: how many may still be delivered once more.
        row: the row of the order.
        handled: the versions that were handled.
        error: the error that handling the last event has ended with.
    """

    projection: ReadModelProjection = AS_WRITTEN
    ordered: bool = False
    life: tuple[OrderEvent, ...] = life_of("Created", "Paid")
    in_flight: tuple[OrderEvent, ...] = life_of("Created", "Paid")
    duplicates: int = 0
    row: Row | None = None
    handled: frozenset[int] = frozenset()
    error: str = ""

    @staticmethod
    def of(*kinds: str, projection: ReadModelProjection, duplicates: int = 0) -> Deliveries:
        """All the events of an order on a bus without order."""
        life = life_of(*kinds)
        return Deliveries(projection, False, life, life, duplicates)

    def _offered(self) -> Sequence[OrderEvent]:
        return self.in_flight[:1] if self.ordered else tuple(dict.fromkeys(self.in_flight))

    @action(fair=True, event=_offered)
    def deliver(self, event: OrderEvent) -> Deliveries:
        """The projection handles an event, and acknowledges it unless that is an error."""
        row = self.projection.handle_event(self.row, event)
        if isinstance(row, PrimaryKeyViolation):
            return replace(self, error=str(row))
        place = self.in_flight.index(event)
        return replace(
            self,
            in_flight=self.in_flight[:place] + self.in_flight[place + 1 :],
            row=row,
            handled=self.handled | {event.version},
            error="",
        )

    @property
    def projected(self) -> bool:
        """Whether the row is what the events of the order give."""
        return self.row is not None and self.row.status == STATUS[self.life[-1].kind]

    @invariant
    def right_at_last(self) -> bool:
        """When all events are delivered, the row is what they give."""
        return bool(self.in_flight) or self.projected

    def __str__(self) -> str:
        waiting = " ".join(map(str, self.in_flight)) or "nothing"
        error = f"; {self.error}" if self.error else ""
        return f"row: {self.row or 'none'}; on the bus: {waiting}{error}"


# ------------------------------------------------------------------------------------- clients


@dataclass(frozen=True)
class Client:
    """A client that posts, and then looks; the projection is some events behind.

    Attributes:
        waiting: repair: a client sends the version that it knows, and is answered when the
            projection has come that far.
        committed: how many events are committed.
        projected: how many of them the read model shows.
        known: up to which version the client has been told of what it did.
        seen: the version that the last GET has shown; -1 before, and where there is no row.
        looked: whether the last thing that the client did was to look.
    """

    waiting: bool = False
    committed: int = 0
    projected: int = 0
    known: int = 0
    seen: int = ROW_NOT_FOUND
    looked: bool = False

    @action
    def post(self) -> Client:
        """`POST` answers 200 when its event is committed."""
        count = self.committed + 1
        return replace(self, committed=count, known=count, looked=False)

    @action
    def other_post(self) -> Client:
        """Somebody else does."""
        return replace(self, committed=self.committed + 1)

    @action(fair=True)
    def project(self) -> Client:
        """The projection handles the next event."""
        require(self.projected < self.committed)
        return replace(self, projected=self.projected + 1)

    @action
    def get(self) -> Client:
        """`GET`; `fetch_one` fails where there is no row."""
        require(not self.waiting or self.projected >= self.known)
        seen = self.projected if self.projected > 0 else ROW_NOT_FOUND
        return replace(self, seen=seen, looked=True)

    @invariant
    def behind(self) -> bool:
        """The read model shows what is committed, and the client was told of such things only."""
        return 0 <= self.projected <= self.committed and 0 <= self.known <= self.committed

    @invariant
    def reads_own_writes(self) -> bool:
        """A client that has looked has seen all that it was told of."""
        return not self.looked or self.known == 0 or self.seen >= self.known

    def __str__(self) -> str:
        seen = "nothing" if self.seen == ROW_NOT_FOUND else f"version {self.seen}"
        looked = f", has seen {seen}" if self.looked else ""
        return f"{self.committed} committed, {self.projected} projected{looked}"


@dataclass(frozen=True)
class CreateOrders(LostReplies):
    """A client that wants one order and posts again when it hears nothing.

    The rows of others matter to nobody here: `Uuid::new_v4` never gives an id twice, and a key is
    of one request. `create` is the repaired one, which stores an order (es004-create-persists).

    Attributes:
        keyed: repair: the client sends an idempotency key, which is unique in the table.
        lost_replies: how many answers may be lost.
        answered: whether the client has its answer.
        orders: how many orders there are for this one request.
    """

    keyed: bool = False
    lost_replies: int = 1
    answered: bool = False
    orders: int = 0

    def _created(self) -> int:
        return self.orders if self.keyed and self.orders > 0 else self.orders + 1

    @action(fair=True)
    def post(self) -> CreateOrders:
        """`create_order` stores an order with a new id; the client is answered."""
        require(not self.answered)
        return replace(self, answered=True, orders=self._created())

    def without_reply(self) -> CreateOrders:
        """The order is stored, and the client has no answer."""
        require(not self.answered)
        return replace(self, orders=self._created())

    @invariant
    def one_order(self) -> bool:
        """There is one order for one request, at most; one when it is answered."""
        return self.orders <= 1 and (not self.answered or self.orders == 1)

    @invariant
    def counted(self) -> bool:
        """There is no negative number of orders."""
        return self.orders >= 0

    def __str__(self) -> str:
        return f"{self.orders} orders, {'answered' if self.answered else 'waiting'}"
