"""An outbox with its relay, a bus that loses nothing, and a consumer: what makes events arrive.

What is committed is a log with versions 1..n, or an outbox written in the same transaction, in the
order of versions (that of ids from a sequence has gaps while transactions are open). A relay
publishes one event after the other, and notes how far it is after it has published; so a
crash in between makes it publish one again. The bus delivers in any order, and perhaps twice; what
a consumer does not acknowledge stays there. The consumer applies the event that comes next, in
one transaction with its position, ignores those that it has applied, and does not acknowledge
those that are too early (C. Richardson, *Microservices Patterns*, 2018, chapter 3).

A bus inside the process is lost in a crash with what is on it (`volatile`); then the relay has to
go back to the position of the consumer, which is `resuming`.

`Relayed` is the part that a model inherits. Without `relaying`, a writer publishes what it has
committed by itself, from its memory; without `sequenced`, the consumer applies what it gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from cospec.models.faults import Crashes, DuplicatedMessages
from cospec.models.model import action, require

__all__ = ["Relayed"]


def _unpublished(state: Any) -> tuple[int, ...]:
    versions: tuple[int, ...] = state.unpublished
    return versions


def _offered(state: Any) -> Iterator[int]:
    return iter(dict.fromkeys(state.in_flight))


class Relayed(Crashes, DuplicatedMessages):
    """The way of events from a log to a consumer.

    A model has these fields:

    * `relaying` and `sequenced`: the repairs; and `resuming` where the bus is `volatile`;
    * `crashes` and `duplicates`: the budgets;
    * `unpublished`: the versions that writers have in memory, still to be published;
    * `marked`: up to which version the relay has noted that it has published;
    * `sent`: whether it has published the next one and not yet noted it;
    * `published`: the versions that were ever published;
    * `in_flight`: the versions on the bus;
    * `applied`: the versions that the consumer has applied, in this order;

    and says how many events are committed (`committed`), and what applying one changes
    (`projecting`).
    """

    volatile: ClassVar[bool] = False
    resuming: bool = False

    def projecting(self: Any, version: int) -> Any:
        """The state after the consumer has applied an event, but for `applied`."""
        raise NotImplementedError

    @property
    def position(self: Any) -> int:
        """How many events the consumer has applied."""
        return len(self.applied)

    # -------------------------------------------------------------------------------- publishing

    @action(fair=True, version=_unpublished)
    def publish(self: Any, version: int) -> Any:
        """A writer publishes an event that it has committed."""
        rest = tuple(each for each in self.unpublished if each != version)
        return replace(self._on_the_bus(version), unpublished=rest)

    @action(fair=True)
    def relay(self: Any) -> Any:
        """The relay publishes the next event."""
        require(self.relaying and not self.sent and self.marked < self.committed)
        return replace(self._on_the_bus(self.marked + 1), sent=True)

    @action(fair=True)
    def mark(self: Any) -> Any:
        """The relay notes that it has."""
        require(self.sent)
        return replace(self, sent=False, marked=self.marked + 1)

    def _on_the_bus(self: Any, version: int) -> Any:
        in_flight = tuple(sorted((*self.in_flight, version)))
        return replace(self, in_flight=in_flight, published=self.published | {version})

    # --------------------------------------------------------------------------------- consuming

    @action(fair=True, version=_offered)
    def deliver(self: Any, version: int) -> Any:
        """The consumer handles an event and acknowledges it; a sequenced one that is too early it
        does not."""
        require(not self.sequenced or version <= self.position + 1)
        place = self.in_flight.index(version)
        rest = self.in_flight[:place] + self.in_flight[place + 1 :]
        taken = replace(self, in_flight=rest)
        if self.sequenced and version <= self.position:
            return taken
        return replace(taken.projecting(version), applied=(*self.applied, version))

    # ------------------------------------------------------------------------------------ faults

    @action(message=lambda state: range(len(state.in_flight)))
    def duplicate(self: Any, message: int) -> Any:
        """An event will be delivered once more; the bus has no order, so that it is kept sorted."""
        after = DuplicatedMessages.duplicate(self, message)
        return replace(after, in_flight=tuple(sorted(after.in_flight)))

    def after_crash(self: Any) -> Any:
        """What was in memory only is gone: what writers had to publish, what the relay knew, and
        the bus if it is."""
        after = replace(self, unpublished=(), sent=False)
        if not self.volatile:
            return after
        marked = self.position if self.resuming else self.marked
        return replace(after, in_flight=(), marked=marked)

    # -------------------------------------------------------------------------------- properties

    def all_published(self: Any) -> bool:
        """Whether every committed event was published."""
        published: frozenset[int] = self.published
        return published == frozenset(range(1, self.committed + 1))

    def published_in_order(self: Any, after: Any) -> bool:
        """Whether an event that is published for the first time is the one that comes next."""
        new: frozenset[int] = after.published - self.published
        return all(version == len(self.published) + 1 for version in new)

    def exactly_once(self: Any) -> bool:
        """Whether the consumer has applied each event up to its position once, in order."""
        applied: tuple[int, ...] = self.applied
        return applied == tuple(range(1, len(applied) + 1))
