"""M06, from `save_events` to the read model: seed 004, section 1.3, as written and repaired.

`save_events` commits, and then publishes from memory what it has committed, with a `publish_event`
that is a stub; the bus brings it to `ReadModelProjection`. The model has one order, whose events
are committed by one command each, and knows them by their versions.

>>> print(OrderPipeline().commit())
1 committed, on the bus: nothing, row: none
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.event_relay import Relayed
from cospec.models.model import action, require
from cospec.models.read_models import (
    STATUS,
    OrderEvent,
    ReadModelProjection,
    Row,
    life_of,
)

__all__ = ["REPAIRED", "REPAIRS", "OrderPipeline"]


@dataclass(frozen=True)
class OrderPipeline(Relayed):
    """The write side, the bus and the read side.

    Attributes:
        publishing: repair: `publish_event` publishes; in the listing it is a stub that gives Ok.
        consuming: repair: the projection applies events of all types.
        relaying: repair: the outbox and its relay.
        sequenced: repair: the projection applies each event once, in order.
        life: the events that will be committed.
        savers: how many `save_events` may be under way.
        crashes: how often the process crashes.
        duplicates: how many events the bus delivers once more.
        publish_errors: how often `publish_event` gives an error.
        committed: how many events are committed.
        unpublished: of which a `save_events` has still to publish its event.
        marked: how far the relay has noted that it is.
        sent: whether it has published the next one.
        published: what was ever published.
        in_flight: what is on the bus.
        applied: what the projection has handled, in this order.
        row: the row of the order.
        failed: the events of which the caller was told that they are not saved.
    """

    publishing: bool = False
    consuming: bool = False
    relaying: bool = False
    sequenced: bool = False
    life: tuple[OrderEvent, ...] = life_of("Created", "Paid")
    savers: int = 1
    crashes: int = 0
    duplicates: int = 0
    publish_errors: int = 0
    committed: int = 0
    unpublished: tuple[int, ...] = ()
    marked: int = 0
    sent: bool = False
    published: frozenset[int] = frozenset()
    in_flight: tuple[int, ...] = ()
    applied: tuple[int, ...] = ()
    row: Row | None = None
    failed: tuple[int, ...] = ()

    @property
    def projection(self) -> ReadModelProjection:
        """Who handles the events; `Relayed` sees to their order. Insertions that find a row do
        nothing, so that it is not stuck."""
        return ReadModelProjection(self.consuming, tolerant=True)

    @action
    def commit(self) -> OrderPipeline:
        """The next event is committed; in the listing, what follows is to publish it."""
        require(self.committed < len(self.life) and len(self.unpublished) < self.savers)
        version = self.committed + 1
        after = replace(self, committed=version)
        if self.relaying:
            return after
        return replace(after, unpublished=(*self.unpublished, version))

    def _on_the_bus(self, version: int) -> OrderPipeline:
        """`publish_event`"""
        if not self.publishing:
            return self
        published: OrderPipeline = super()._on_the_bus(version)
        return published

    @action(version=lambda pipeline: pipeline.unpublished)
    def fail_to_publish(self, version: int) -> OrderPipeline:
        """`publish_event` gives an error, and `save_events` gives it to its caller."""
        require(self.publish_errors > 0)
        rest = tuple(each for each in self.unpublished if each != version)
        return replace(
            self,
            publish_errors=self.publish_errors - 1,
            unpublished=rest,
            failed=(*self.failed, version),
        )

    def projecting(self, version: int) -> OrderPipeline:
        """The row after an event."""
        row = self.projection.handle_event(self.row, self.life[version - 1])
        assert row is None or isinstance(row, Row)  # it is tolerant
        return replace(self, row=row)

    # ------------------------------------------------------------------------------- properties

    def failed_are_not_stored(self) -> bool:
        """Whether what a caller was told to be not saved is not."""
        return all(version > self.committed for version in self.failed)

    def projected(self) -> bool:
        """Whether the row is what the committed events give."""
        if self.committed == 0:
            return self.row is None
        status = STATUS[self.life[self.committed - 1].kind]
        return self.row is not None and self.row.status == status

    def __str__(self) -> str:
        waiting = " ".join(f"v{each}" for each in self.in_flight) or "nothing"
        failed = "".join(f", v{each} answered 500" for each in self.failed)
        row = "none" if self.row is None else str(self.row)
        return f"{self.committed} committed, on the bus: {waiting}, row: {row}{failed}"


#: The switches.
REPAIRS = ("publishing", "consuming", "relaying", "sequenced")

REPAIRED = OrderPipeline(publishing=True, consuming=True, relaying=True, sequenced=True)
