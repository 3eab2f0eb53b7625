"""M16, one message on its way from a broker to a consumer, with NATS and with RabbitMQ.

Seed 002, sections 3.1 and 3.2. Core NATS hands a message over and forgets it (at most once); a
JetStream consumer and a queue of RabbitMQ with manual acknowledgement keep it until it is
acknowledged, and deliver it again when `ack_wait` is over, or the channel closed. Sources: *NATS
Docs, Core NATS* and *JetStream, Consumers*; *RabbitMQ, Consumer Acknowledgements*.

>>> print(Delivery(keeping=True, crashes=1).deliver().crash())
unacknowledged, delivered 1 times, 0 effects
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.faults import Crashes
from cospec.models.model import action, invariant, require, transition_invariant

__all__ = ["Delivery", "Place"]


class Place(Enum):
    """Where a message is."""

    UNACKNOWLEDGED = "unacknowledged"  # kept by the broker, which will deliver it again
    WAITING = "waiting"  # at the broker
    RECEIVED = "received"  # in the hands of the consumer
    ACKNOWLEDGED = "acknowledged"  # in its hands, and forgotten by the broker
    HANDLED = "handled"  # and not yet acknowledged
    SETTLED = "settled"  # acknowledged or rejected for good, on purpose
    DEAD_LETTERED = "dead-lettered"
    LOST = "lost"


#: How far it is from there to the end.
_FAR = {
    Place.UNACKNOWLEDGED: 5,
    Place.WAITING: 4,
    Place.RECEIVED: 3,
    Place.ACKNOWLEDGED: 2,
    Place.HANDLED: 1,
    Place.SETTLED: 0,
    Place.DEAD_LETTERED: 0,
    Place.LOST: 0,
}


@dataclass(frozen=True)
class Delivery(Crashes):
    """A message, its broker and its consumer.

    Attributes:
        keeping: the broker keeps it until it is acknowledged; for NATS that is the repair, a
            JetStream consumer instead of a subscription.
        limiting: repair: the consumer is configured with `max_deliveries`.
        terminating: repair: a message of a type without handler is terminated.
        deduplicating: repair: the handler knows the message again and does nothing.
        acking_first: the consumer acknowledges before it handles, which is a mistake.
        rejecting: it rejects what it fails to handle without `requeue`.
        dead_lettering: the queue has a dead-letter exchange.
        known: whether there is a handler for the type of the message.
        max_deliveries: how often it shall be delivered at most.
        crashes: how often the consumer will crash.
        failures: how often the handler will fail.
        place: where the message is.
        deliveries: how often it was delivered, up to one more than allowed.
        effects: how often the handler has done its work.
    """

    keeping: bool = False
    limiting: bool = False
    terminating: bool = False
    deduplicating: bool = False
    acking_first: bool = False
    rejecting: bool = False
    dead_lettering: bool = False
    known: bool = True
    max_deliveries: int = 2
    crashes: int = 0
    failures: int = 0
    place: Place = Place.WAITING
    deliveries: int = 0
    effects: int = 0

    @action(fair=True)
    def deliver(self) -> Delivery:
        """The broker delivers the message."""
        require(self.place is Place.WAITING)
        beyond = self.deliveries > self.max_deliveries
        number = self.deliveries if beyond else self.deliveries + 1
        return replace(self, place=Place.RECEIVED, deliveries=number)

    @action(fair=True)
    def handle(self) -> Delivery:
        """The handler does its work."""
        first = Place.ACKNOWLEDGED if self.acking_first else Place.RECEIVED
        require(self.place == first)
        require(self.known)
        again = self.deduplicating and self.effects > 0
        after = Place.SETTLED if self.acking_first else Place.HANDLED
        return replace(self, place=after, effects=self.effects if again else self.effects + 1)

    @action
    def fail(self) -> Delivery:
        """The handler fails."""
        first = Place.ACKNOWLEDGED if self.acking_first else Place.RECEIVED
        require(self.place == first)
        require(self.known)
        require(self.failures > 0)
        failed = replace(self, failures=self.failures - 1)
        if self.rejecting and not self.acking_first:
            return replace(failed, place=Place.DEAD_LETTERED if self.dead_lettering else Place.LOST)
        return failed._dropped()

    @action(fair=True)
    def acknowledge(self) -> Delivery:
        """The consumer acknowledges the message."""
        if self.acking_first:
            require(self.place is Place.RECEIVED)
            return replace(self, place=Place.ACKNOWLEDGED)
        require(self.place is Place.HANDLED)
        return replace(self, place=Place.SETTLED)

    @action(fair=True)
    def skip(self) -> Delivery:
        """There is no handler for the type of the message: the listing does nothing."""
        require(self.place is Place.RECEIVED)
        require(not self.known)
        if self.terminating:
            return replace(self, place=Place.SETTLED)
        return self._dropped()

    @action(fair=True)
    def redeliver(self) -> Delivery:
        """`ack_wait` is over, or the channel is closed: the message waits again."""
        require(self.place is Place.UNACKNOWLEDGED)
        require(not self.limiting or self.deliveries < self.max_deliveries)
        return replace(self, place=Place.WAITING)

    def after_crash(self) -> Delivery:
        """What the consumer has in its hands is gone, but for what the broker keeps."""
        held = (Place.RECEIVED, Place.ACKNOWLEDGED, Place.HANDLED)
        require(self.place in held)
        return self._dropped()

    def _dropped(self) -> Delivery:
        kept = self.keeping and self.place is not Place.ACKNOWLEDGED
        return replace(self, place=Place.UNACKNOWLEDGED if kept else Place.LOST)

    # ------------------------------------------------------------------------------- properties

    @property
    def unacknowledged(self) -> bool:
        """The consumer does not have the message any more, and has not acknowledged it."""
        return self.place in (Place.UNACKNOWLEDGED, Place.LOST)

    @invariant
    def counted(self) -> bool:
        """What is counted is not negative."""
        counts = self.deliveries >= 0 and self.effects >= 0
        return counts and self.crashes >= 0 and self.failures >= 0

    @invariant
    def plausible(self) -> bool:
        """What waits may be delivered, and only what may be so is acknowledged first."""
        waits = self.place is Place.WAITING and self.limiting
        return (not waits or self.deliveries < self.max_deliveries) and (
            self.place is not Place.ACKNOWLEDGED or self.acking_first
        )

    @invariant
    def not_lost(self) -> bool:
        """The message is not lost."""
        return self.place is not Place.LOST

    @invariant
    def handled_when_settled(self) -> bool:
        """What is settled, or will be, the handler has done, or there is no handler."""
        done = self.place is Place.SETTLED or self.place is Place.HANDLED
        return not done or self.effects > 0 or not self.known

    @invariant
    def once(self) -> bool:
        """The handler has done its work once at most."""
        return self.effects <= 1

    @invariant
    def within_limit(self) -> bool:
        """The message was delivered no more often than allowed."""
        return self.deliveries <= self.max_deliveries

    @transition_invariant
    def progresses(self, after: Delivery) -> bool:
        """Each step brings a measure down that is never below 0: faults to come, then how far it
        is to the end."""
        faults, faults_after = self.crashes + self.failures, after.crashes + after.failures
        if faults_after != faults:
            return faults_after >= 0 and faults_after < faults
        return _FAR[after.place] < _FAR[self.place]

    def __str__(self) -> str:
        return f"{self.place.value}, delivered {self.deliveries} times, {self.effects} effects"
