"""M05, parts of the bus on mpsc channels that z3 can follow, for proofs of all sizes.

Events are numbers. `EventChannel` is one channel of `cospec.models.event_bus.EventBus`, with
whoever receives from it; `TypedChannels` is two of them. `Outbox` is the repaired bus as it counts
events, `SingleEvent` as one event and one subscriber see it; that the bus does no step which these
do not is tested.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.faults import Crashes
from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = ["EventChannel", "Outbox", "SingleEvent", "TypedChannels"]


@dataclass(frozen=True)
class EventChannel:
    """A channel of the bus, of which somebody receives.

    Attributes:
        capacity: of the mpsc channel.
        reporting: repair: `publish` gives `Err` when the channel is full.
        queue: the events in the channel, the oldest first.
        promised: the events of which `publish` gave `Ok`.
        accepted: the events of which `try_send` gave `Ok`.
        received: the events that were received.
    """

    capacity: int = 1
    reporting: bool = False
    queue: tuple[int, ...] = ()
    promised: tuple[int, ...] = ()
    accepted: tuple[int, ...] = ()
    received: tuple[int, ...] = ()

    @action(event=integers())
    def publish(self, event: int) -> EventChannel:
        """An event is published, and sent if there is room."""
        if len(self.queue) < self.capacity:
            return replace(
                self,
                queue=self.queue + (event,),
                promised=self.promised + (event,),
                accepted=self.accepted + (event,),
            )
        if self.reporting:
            return self
        return replace(self, promised=self.promised + (event,))

    @action
    def receive(self) -> EventChannel:
        """The oldest event is received."""
        require(self.queue)
        return replace(self, queue=self.queue[1:], received=self.received + self.queue[:1])

    @invariant
    def bounded(self) -> bool:
        """The channel holds no more than its capacity."""
        return len(self.queue) <= self.capacity

    @invariant
    def first_in_first_out(self) -> bool:
        """What was accepted is what was received, and then what the channel holds."""
        return self.accepted == self.received + self.queue

    @invariant
    def keeps_its_word(self) -> bool:
        """Each event of which `publish` gave `Ok` was received or is in the channel."""
        return self.promised == self.received + self.queue

    def __str__(self) -> str:
        return f"{list(self.queue)}, ok {list(self.promised)}, received {list(self.received)}"


@dataclass(frozen=True)
class TypedChannels:
    """The channels of two types; events are numbered as they are published.

    Attributes:
        sequencing: repair: one consumer, that takes the event with the next number.
        events: how many are published at most.
        users: the channel of the type user.
        orders: the channel of the type order.
        published: the number of the newest event.
        last: the number of the event consumed last; 0 before.
    """

    sequencing: bool = False
    events: int = 2
    users: tuple[int, ...] = ()
    orders: tuple[int, ...] = ()
    published: int = 0
    last: int = 0

    @action
    def publish_user(self) -> TypedChannels:
        """An event of the type user is published."""
        require(self.published < self.events)
        number = self.published + 1
        return replace(self, published=number, users=self.users + (number,))

    @action
    def publish_order(self) -> TypedChannels:
        """An event of the type order is published."""
        require(self.published < self.events)
        number = self.published + 1
        return replace(self, published=number, orders=self.orders + (number,))

    @action(fair=True)
    def consume_user(self) -> TypedChannels:
        """The oldest event of the type user is consumed."""
        require(self.users)
        require(not self.sequencing or self.users[0] == self.last + 1)
        return replace(self, users=self.users[1:], last=self.users[0])

    @action(fair=True)
    def consume_order(self) -> TypedChannels:
        """The oldest event of the type order is consumed."""
        require(self.orders)
        require(not self.sequencing or self.orders[0] == self.last + 1)
        return replace(self, orders=self.orders[1:], last=self.orders[0])

    @transition_invariant
    def in_publish_order(self, after: TypedChannels) -> bool:
        """No event is consumed after one that was published later."""
        return after.last >= self.last

    @property
    def consumed(self) -> bool:
        """Whether every event published was consumed."""
        return not self.users and not self.orders

    def __str__(self) -> str:
        return f"users {list(self.users)}, orders {list(self.orders)}, last consumed {self.last}"


@dataclass(frozen=True)
class Outbox(Crashes):
    """The repaired bus on one type of events, by numbers.

    Attributes:
        direct: whether there is no relay: `publish` sends an event or gives `Err`.
        events: how many are published at most, but for those that are refused.
        capacity: of the channel.
        subscribers: how many there are; each is called with each event.
        crashes: how often the process will still crash.
        failures: how often a handler, or a routing rule, will still fail.
        stored: how many events are stored; of these `publish` gave `Ok`.
        sent: of how many of them the relay is past.
        done: how many of them are marked as done: they are the oldest.
        served: how many subscribers have handled the oldest that is not done since it was sent.
    """

    direct: bool = False
    events: int = 1
    capacity: int = 1
    subscribers: int = 1
    crashes: int = 0
    failures: int = 0
    stored: int = 0
    sent: int = 0
    done: int = 0
    served: int = 0

    # Whether the parts of the bus can do something; these are the guards of the actions.

    @property
    def room(self) -> bool:
        """The channel is not full."""
        return self.sent - self.done < self.capacity

    @property
    def relayable(self) -> bool:
        """There is a stored event to be sent, and room for it."""
        return self.sent < self.stored and self.room

    @property
    def due(self) -> bool:
        """There is a subscriber to be called."""
        return self.done < self.sent and self.served < self.subscribers

    @property
    def finishable(self) -> bool:
        """All subscribers have been called with the oldest event in the channel."""
        return self.done < self.sent and self.served == self.subscribers

    @action
    def publish(self) -> Outbox:
        """An event is stored; without a relay it is sent, or refused."""
        require(self.stored < self.events)
        if not self.direct:
            return replace(self, stored=self.stored + 1)
        if not self.room:
            return replace(self, events=self.events - 1)
        return replace(self, stored=self.stored + 1, sent=self.sent + 1)

    @action(fair=True)
    def relay(self) -> Outbox:
        """The relay sends the next event."""
        require(self.relayable)
        return replace(self, sent=self.sent + 1)

    @action(fair=True)
    def handle(self) -> Outbox:
        """The next subscriber is called, and handles the event."""
        require(self.due)
        return replace(self, served=self.served + 1)

    @action
    def fail(self) -> Outbox:
        """A handler, or a routing rule, fails; it will be called again."""
        require(self.failures > 0)
        require(self.due or self.relayable)
        return replace(self, failures=self.failures - 1)

    @action(fair=True)
    def finish(self) -> Outbox:
        """The oldest event in the channel is marked as done and taken out."""
        require(self.finishable)
        return replace(self, done=self.done + 1, served=0)

    def after_crash(self) -> Outbox:
        """The channel is empty, and the relay begins with the oldest event that is not done."""
        require(not self.direct)  # without a relay the events would be lost
        return replace(self, sent=self.done, served=0)

    # ------------------------------------------------------------------------------- properties

    @invariant
    def in_turn(self) -> bool:
        """Events are stored, sent, done, in this order; the channel holds what it can."""
        return (
            self.done >= 0
            and self.done <= self.sent
            and self.sent <= self.stored
            and self.stored <= self.events
            and self.sent - self.done <= self.capacity
            and (not self.direct or self.sent == self.stored)
        )

    @invariant
    def budgets(self) -> bool:
        """Faults are counted down to 0."""
        return self.crashes >= 0 and self.failures >= 0

    @invariant
    def served_in_turn(self) -> bool:
        """Subscribers are called in turn, with an event that is in the channel."""
        return (
            self.served >= 0
            and self.served <= self.subscribers
            and (self.done < self.sent or self.served == 0)
        )

    @invariant
    def live(self) -> bool:
        """Where an event is stored and not done, the relay or the dispatcher can do something."""
        return self.done == self.stored or self.relayable or self.due or self.finishable

    @transition_invariant
    def progresses(self, after: Outbox) -> bool:
        """Each step brings a measure down that is never below 0, so that there is no endless run:
        what may still happen from outside, then what is not done, not sent, not served."""
        return all(each >= 0 for each in after.measure) and after.measure < self.measure

    @transition_invariant
    def done_when_handled(self, after: Outbox) -> bool:
        """An event is marked as done only when every subscriber has handled it."""
        return after.done == self.done or (
            after.done == self.done + 1 and self.served == self.subscribers
        )

    @property
    def measure(self) -> tuple[int, int, int, int]:
        """What falls with each step, in the order of a dictionary."""
        outside = self.crashes + self.failures + self.events - self.stored
        return (
            outside,
            self.stored - self.done,
            self.stored - self.sent,
            self.subscribers - self.served,
        )

    def __str__(self) -> str:
        return f"{self.stored} stored, {self.sent} sent, {self.done} done, {self.served} served"


@dataclass(frozen=True)
class SingleEvent:
    """The repaired bus as one event, one rule and one subscriber see it.

    Nothing is bounded: it is published and relayed, and the bus crashes, any number of times.

    Attributes:
        filtering: the switch of the bus.
        retrying: the switch of the bus.
        deduplicating: the switch of the bus.
        accepted: whether the filter of the subscriber lets the event through.
        attempts: its retry policy.
        stored: how often the event is in the store.
        routed: how often the rule has routed it.
        queued: whether it is in the channel.
        failed: how often the handler has failed with it since it was sent.
        settled: whether the handler need not be called any more.
        given_up: whether it failed as often as the policy allows.
        done: whether the event is marked as done.
        effects: how often the handler has done its work.
    """

    filtering: bool = True
    retrying: bool = True
    deduplicating: bool = True
    accepted: bool = True
    attempts: int = 1
    stored: int = 0
    routed: int = 0
    queued: bool = False
    failed: int = 0
    settled: bool = False
    given_up: bool = False
    done: bool = False
    effects: int = 0

    @property
    def due(self) -> bool:
        """Whether the handler still has to be called."""
        return self.queued and not self.settled and (self.accepted or not self.filtering)

    @action
    def publish(self) -> SingleEvent:
        """The event is stored, unless it is."""
        return replace(self, stored=1) if self.stored == 0 else self

    @action
    def relay(self) -> SingleEvent:
        """The event is routed, unless it was, and sent."""
        require(self.stored > 0 and not self.done and not self.queued)
        return replace(self, queued=True, routed=1 if self.routed == 0 else self.routed)

    @action
    def handle(self) -> SingleEvent:
        """The handler is called and does its work, unless it has seen the event."""
        require(self.due)
        seen = self.deduplicating and self.effects > 0
        effects = self.effects if seen else self.effects + 1
        return replace(self, settled=True, failed=0, effects=effects)

    @action
    def fail(self) -> SingleEvent:
        """The handler is called and fails."""
        require(self.due)
        if self.retrying and self.failed + 1 < self.attempts:
            return replace(self, failed=self.failed + 1)
        return replace(self, settled=True, failed=0, given_up=True)

    @action
    def finish(self) -> SingleEvent:
        """The event is marked as done and taken out of the channel."""
        require(self.queued and not self.due)
        return replace(self, queued=False, settled=False, done=True)

    @action
    def crash(self) -> SingleEvent:
        """The channel is empty."""
        return replace(self, queued=False, settled=False, failed=0)

    @invariant
    def in_turn(self) -> bool:
        """Stored, sent, settled, done, in this order."""
        sent = self.queued or self.done
        return (
            (not sent or self.stored > 0)
            and not (self.queued and self.done)
            and (not self.settled or self.queued)
            and (not self.settled or self.effects > 0 or self.given_up)
            and self.failed >= 0
        )

    @invariant
    def stored_once(self) -> bool:
        """The event is in the store once at most."""
        return self.stored == 0 or self.stored == 1

    @invariant
    def routed_once(self) -> bool:
        """The rule has routed the event once when it is sent, and never twice."""
        sent = self.queued or self.done
        return self.routed == 1 or (self.routed == 0 and not sent)

    @invariant
    def works_once(self) -> bool:
        """The handler has done its work once at most."""
        return self.effects == 0 or self.effects == 1

    @invariant
    def filter_kept(self) -> bool:
        """The handler has not seen an event that its filter rejects."""
        return self.effects == 0 or self.accepted

    @invariant
    def done_rightly(self) -> bool:
        """What is done was handled, or rejected by the filter, or given up."""
        return not self.done or self.effects > 0 or not self.accepted or self.given_up

    @transition_invariant
    def gives_up_at_last(self, after: SingleEvent) -> bool:
        """The handler is given up when it has failed as often as its policy allows, no earlier."""
        fails = after.given_up and not self.given_up
        return not fails or self.failed + 1 >= self.attempts
