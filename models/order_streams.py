"""M13, streams of any length: both order aggregates as they replay whatever events come.

For proofs by induction: a state has the status and the version of the order and how many events
were applied, and a step is one more event that `apply_event` takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models import order_v1, order_v2
from cospec.models.model import action, invariant, require

__all__ = ["EVENTS_V1", "EVENTS_V2", "StreamV1", "StreamV2"]

#: An event of each type.
EVENTS_V1: tuple[order_v1.OrderEvent, ...] = (
    order_v1.OrderCreated(1, (), 0.0),
    order_v1.OrderConfirmed(1),
    order_v1.OrderShipped(1),
    order_v1.OrderCancelled(1),
    order_v1.OrderDelivered(1),
)
EVENTS_V2: tuple[order_v2.OrderEvent, ...] = (
    order_v2.OrderCreated(1, (), 0.0),
    order_v2.OrderPaid(1, 0.0),
    order_v2.OrderShipped(1),
    order_v2.OrderCancelled(1),
    order_v2.OrderDelivered(1),
)


@dataclass(frozen=True)
class StreamV1:
    """The order of seed 001 that replays events; nobody has to have emitted them."""

    guarded: bool = False
    status: order_v1.OrderStatus = order_v1.OrderStatus.PENDING
    version: int = 0
    events: int = 0

    @action(event=EVENTS_V1)
    def apply(self, event: order_v1.OrderEvent) -> StreamV1:
        """One more event is applied."""
        order = order_v1.Order(guarded=self.guarded, status=self.status, version=self.version)
        after = order.apply_event(event)
        require(isinstance(after, order_v1.Order))
        assert isinstance(after, order_v1.Order)
        return replace(self, status=after.status, version=after.version, events=self.events + 1)

    @invariant
    def version_counts_events(self) -> bool:
        """The version is the number of events applied."""
        return self.version == self.events

    def __str__(self) -> str:
        return f"{self.status.value}, version {self.version} after {self.events} events"


@dataclass(frozen=True)
class StreamV2:
    """The order of seed 004 that `from_events` rebuilds; before the first event it has no status.

    `created` counts the `OrderCreated` among the events.
    """

    rules: order_v2.Rules = order_v2.AS_WRITTEN
    status: order_v2.OrderStatus | None = None
    version: int = 0
    events: int = 0
    created: int = 0

    @action(event=EVENTS_V2)
    def begin(self, event: order_v2.OrderEvent) -> StreamV2:
        """The first event."""
        require(self.status is None)
        return self._after(self.rules.from_events((event,)), event)

    @action(event=EVENTS_V2)
    def apply(self, event: order_v2.OrderEvent) -> StreamV2:
        """One more event."""
        require(self.status is not None)
        assert self.status is not None
        order = order_v2.Order(1, (), 0.0, self.status, self.version)
        return self._after(self.rules.apply_event(order, event), event)

    def _after(
        self, order: order_v2.Order | order_v2.OrderError, event: order_v2.OrderEvent
    ) -> StreamV2:
        require(isinstance(order, order_v2.Order))
        assert isinstance(order, order_v2.Order)
        return replace(
            self,
            status=order.status,
            version=order.version,
            events=self.events + 1,
            created=self.created + 1 if isinstance(event, order_v2.OrderCreated) else self.created,
        )

    @invariant
    def version_counts_events(self) -> bool:
        """The version is the number of events, so that a save continues the stream."""
        return self.version == self.events

    @invariant
    def created_exactly_once(self) -> bool:
        """A stream that is not empty has one `OrderCreated`."""
        return self.created == (0 if self.status is None else 1)

    @invariant
    def begun_where_there_are_events(self) -> bool:
        """There is an order where there are events."""
        return self.events == 0 if self.status is None else self.events > 0

    def __str__(self) -> str:
        status = "nothing" if self.status is None else self.status.value
        return f"{status}, version {self.version} after {self.events} events"
