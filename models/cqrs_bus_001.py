"""M06, the CQRS bus of seed 001, section 3.1: what becomes of the events of commands.

`CommandHandler::handle` gives `Result<(), Error>`: a command that is accepted leads to no events
that anybody sees. The bus is made with an event store and an event bus, which no method uses.
How it finds handlers is another question (`cospec.models.handler_registry`).

>>> print(CQRSBus().send())
1 accepted, 0 stored, 0 published
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.event_relay import Relayed
from cospec.models.model import action, require

__all__ = ["CQRSBus"]


@dataclass(frozen=True)
class CQRSBus(Relayed):
    """The bus, its store, and a consumer of its event bus.

    Attributes:
        returning: repair: `handle` gives events, which the bus appends, and then publishes.
        relaying: repair: a relay publishes what is in the store.
        sequenced: repair: the consumer applies each event once, in order.
        commands: how many will be sent; each has one event.
        crashes: how often the process crashes.
        duplicates: how many events are delivered once more.
        accepted: how many commands were answered with Ok.
        committed: how many events are stored.
        unpublished: those that `send_command` has still to publish.
        marked: how far the relay has noted that it is.
        sent: whether it has published the next one.
        published: what was published.
        in_flight: what is on the event bus.
        applied: what the consumer has applied.
    """

    returning: bool = False
    relaying: bool = False
    sequenced: bool = False
    commands: int = 2
    crashes: int = 0
    duplicates: int = 0
    accepted: int = 0
    committed: int = 0
    unpublished: tuple[int, ...] = ()
    marked: int = 0
    sent: bool = False
    published: frozenset[int] = frozenset()
    in_flight: tuple[int, ...] = ()
    applied: tuple[int, ...] = ()

    @action
    def send(self) -> CQRSBus:
        """`send_command` with a command that its handler accepts."""
        require(self.accepted < self.commands and not self.unpublished)
        after = replace(self, accepted=self.accepted + 1)
        if not self.returning:
            return after
        version = self.committed + 1
        after = replace(after, committed=version)
        return after if self.relaying else replace(after, unpublished=(version,))

    def projecting(self, version: int) -> CQRSBus:  # noqa: ARG002
        """What the consumer makes of events is not looked at."""
        return self

    def all_stored(self) -> bool:
        """Whether the events of all accepted commands are stored."""
        return self.committed == self.accepted

    def published_what_was_accepted(self) -> bool:
        """Whether they are published."""
        return len(self.published) == self.accepted

    def __str__(self) -> str:
        return f"{self.accepted} accepted, {self.committed} stored, {len(self.published)} published"
