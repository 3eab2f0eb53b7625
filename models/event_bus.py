"""M05, the bus on mpsc channels: `EventBus` as it is written, and with each of its repairs.

Seed 002, section 2.1: a bus has a channel for each type of events, subscribers, an event store and
routing rules. `publish` stores an event, applies the rules, and tries to send it to the channel of
its type. Nothing in the listing receives from a channel or calls a handler; that is the first
repair, `dispatching`. `publish` is three steps here, as it waits for the store and for the
rules; and it holds `&mut self`, so that there is one at a time.

What is in channels is in memory; the store, and what handlers have done, is not lost in a crash.

>>> bus = EventBus(channels=(Channel(0, "user"),), publishing=(Event(1),))
>>> print(bus.publish(Event(1)).send())
user [e1], stored e1, ok e1
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from cospec.models.faults import Crashes
from cospec.models.model import action, require

__all__ = ["REPAIRED", "REPAIRS", "Channel", "Event", "EventBus", "Subscriber"]


@dataclass(frozen=True, slots=True)
class Event:
    """An event; `data` is what a filter looks at."""

    id: int
    event_type: str = "user"
    data: str = "x"

    def __str__(self) -> str:
        return f"e{self.id}"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber.

    Attributes:
        id: its `SubscriberId`.
        event_types: what it has subscribed to.
        handler: the name of its handler.
        accepts: its filter: the data that it wants; None: any.
        attempts: its retry policy: how often its handler is called with an event at most.
    """

    id: str
    event_types: tuple[str, ...] = ("user",)
    handler: str = "h"
    accepts: frozenset[str] | None = None
    attempts: int = 1

    def passes(self, event: Event) -> bool:
        """Whether its filter lets an event through."""
        return self.accepts is None or event.data in self.accepts

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Channel:
    """An `EventChannel`."""

    channel_id: int
    event_type: str
    capacity: int = 1
    queue: tuple[Event, ...] = ()

    @property
    def full(self) -> bool:
        """Whether `try_send` gives `Full`."""
        return len(self.queue) >= self.capacity

    def __str__(self) -> str:
        return f"{self.event_type} [{', '.join(map(str, self.queue))}]"


#: A subscriber, by its id, and an event.
Call = tuple[str, Event]


def _names(bus: EventBus) -> Iterator[str]:
    return (each.id for each in bus.subscribers)


def _types(bus: EventBus) -> Iterator[str]:
    return (each.event_type for each in bus.channels)


@dataclass(frozen=True)
class EventBus(Crashes):
    """A bus and those who use it.

    Attributes:
        dispatching: repair: for each channel somebody calls the handlers of all subscribers to its
            type with the oldest event, and takes it out.
        filtering: repair: not of those subscribers whose filter rejects the event.
        retrying: repair: a handler that fails is called again, as its policy says.
        reporting: repair: `publish` gives `Err` when the channel is full or there is none.
        relaying: repair: `publish` only stores (once); a relay sends what is stored and not marked
            as done, and an event is so marked when all handlers have been called with it.
        deduplicating: repair: a handler does nothing with an event that it has seen.
        refusing: repair: `create_channel` and `subscribe` give `Err` for a key that is there.
        rules: how many routing rules match each event.
        creating: types for which channels will be created.
        subscribing: who will subscribe.
        publishing: events that will be published, in this order.
        retries: how often an event whose `publish` failed is published again.
        crashes: how often the process crashes.
        failures: how often a handler fails.
        rule_errors: how often a routing rule fails.
        channels: `self.channels`, the values.
        subscribers: `self.subscribers`, the values.
        store: what is stored.
        current: the event that is being published.
        stage: how many rules have routed it.
        routed: which rule has routed which events.
        sent: which events have ever been in a channel.
        promised: the events of which `publish` gave `Ok`.
        refused: the events of which `publish` gave `Err`, or nothing before a crash.
        tried: how often handlers have failed with the events at the head of a channel.
        settled: for which events at the head of a channel a handler need not be called any more.
        done: which events are marked as done in the store.
        handled: which handlers have done their work with which events.
        repeated: which have done it more than once.
    """

    dispatching: bool = False
    filtering: bool = False
    retrying: bool = False
    reporting: bool = False
    relaying: bool = False
    deduplicating: bool = False
    refusing: bool = False
    rules: int = 0
    creating: tuple[str, ...] = ()
    subscribing: tuple[Subscriber, ...] = ()
    publishing: tuple[Event, ...] = ()
    retries: int = 0
    crashes: int = 0
    failures: int = 0
    rule_errors: int = 0
    channels: tuple[Channel, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    store: tuple[Event, ...] = ()
    current: Event | None = None
    stage: int = 0
    routed: tuple[tuple[int, Event], ...] = ()
    sent: frozenset[Event] = frozenset()
    promised: tuple[Event, ...] = ()
    refused: tuple[Event, ...] = ()
    tried: tuple[Call, ...] = ()
    settled: frozenset[Call] = frozenset()
    done: frozenset[Event] = frozenset()
    handled: frozenset[Call] = frozenset()
    repeated: frozenset[Call] = frozenset()

    # ------------------------------------------------------------------------- configuring the bus

    @action(event_type=lambda bus: bus.creating[:1])
    def create_channel(self, event_type: str) -> EventBus:
        """A channel is inserted; `HashMap::insert` replaces what is there."""
        after = replace(self, creating=self.creating[1:])
        if self.refusing and self.channel(event_type) is not None:
            return after  # Err(AlreadyExists)
        numbers = (each.channel_id for each in self.channels)
        made = Channel(max(numbers, default=-1) + 1, event_type)
        return after._with_channel(made)

    @action(subscriber=lambda bus: bus.subscribing[:1])
    def subscribe(self, subscriber: Subscriber) -> EventBus:
        """A subscriber is inserted if there is a channel for each of its types."""
        after = replace(self, subscribing=self.subscribing[1:])
        if any(self.channel(each) is None for each in subscriber.event_types):
            return after  # Err(ChannelNotFound)
        known = any(each.id == subscriber.id for each in self.subscribers)
        if self.refusing and known:
            return after  # Err(AlreadyExists)
        others = (each for each in self.subscribers if each.id != subscriber.id)
        return replace(after, subscribers=(*others, subscriber))

    def channel(self, event_type: str) -> Channel | None:
        """`self.channels.get`"""
        return next((each for each in self.channels if each.event_type == event_type), None)

    def _with_channel(self, channel: Channel) -> EventBus:
        others = [each for each in self.channels if each.event_type != channel.event_type]
        inserted = sorted([*others, channel], key=lambda each: each.event_type)
        return replace(self, channels=tuple(inserted))

    # --------------------------------------------------------------------------------- publishing

    @action(event=lambda bus: bus.publishing[:1])
    def publish(self, event: Event) -> EventBus:
        """The event is stored; that is all of it when a relay does the rest."""
        require(self.current is None)
        after = replace(self, publishing=self.publishing[1:])
        if not self.relaying:
            return replace(after, store=(*self.store, event), current=event, stage=0)
        if self.reporting and self.channel(event.event_type) is None:
            return replace(after, refused=(*self.refused, event))
        stored = self.store if event in self.store else (*self.store, event)
        return replace(after, store=stored, promised=(*self.promised, event))

    @action(fair=True)
    def route(self) -> EventBus:
        """The next rule routes the event (`route_event`)."""
        require(self.current is not None)
        require(self.stage < self.rules)
        assert self.current is not None
        routed = (*self.routed, (self.stage, self.current))
        return replace(self, routed=routed, stage=self.stage + 1)

    @action(fair=True)
    def send(self) -> EventBus:
        """`publish_to_channels`: a failure to send is part of a result that is `Ok`."""
        require(self.current is not None)
        require(self.stage == self.rules)
        event = self.current
        assert event is not None
        after = replace(self, current=None, stage=0)
        channel = self.channel(event.event_type)
        if channel is not None and not channel.full:
            return replace(after._sent(channel, event), promised=(*self.promised, event))
        if self.reporting:
            return replace(after, refused=(*self.refused, event))
        return replace(after, promised=(*self.promised, event))

    @action
    def fail_rule(self) -> EventBus:
        """A routing rule fails: `publish` gives up, and the relay will try again."""
        require(self.rule_errors > 0)
        spent = replace(self, rule_errors=self.rule_errors - 1)
        if self.relaying:
            require(any(self._next_stored(each) for each in self.channels))
            return spent
        require(self.current is not None)
        require(self.stage < self.rules)
        assert self.current is not None
        return replace(spent, current=None, stage=0, refused=(*self.refused, self.current))

    @action(event=lambda bus: bus.refused[:1])
    def retry(self, event: Event) -> EventBus:
        """Whoever has published an event without success will do it again."""
        require(self.retries > 0)
        return replace(
            self,
            retries=self.retries - 1,
            refused=self.refused[1:],
            publishing=(*self.publishing, event),
        )

    def _sent(self, channel: Channel, event: Event) -> EventBus:
        longer = replace(channel, queue=(*channel.queue, event))
        return replace(self._with_channel(longer), sent=self.sent | {event})

    # ----------------------------------------------------------------------------------- relaying

    @action(fair=True, event_type=_types)
    def relay(self, event_type: str) -> EventBus:
        """The oldest event in the store that is neither done nor sent is routed and sent."""
        require(self.relaying)
        channel = self.channel(event_type)
        assert channel is not None
        event = self._next_stored(channel)
        require(event is not None)
        assert event is not None
        new = [(rule, event) for rule in range(self.rules) if (rule, event) not in self.routed]
        return replace(self, routed=(*self.routed, *new))._sent(channel, event)

    def _next_stored(self, channel: Channel) -> Event | None:
        """What the relay sends to a channel next, if there is room."""
        waiting = (
            event
            for event in self.store
            if event.event_type == channel.event_type
            and event not in self.done
            and event not in channel.queue
        )
        return None if channel.full else next(waiting, None)

    # -------------------------------------------------------------------------------- dispatching

    @action(fair=True, subscriber=_names, event_type=_types)
    def handle(self, subscriber: str, event_type: str) -> EventBus:
        """A handler is called with the oldest event of a channel, and does its work."""
        call = subscriber, self._head(event_type)
        require(call in self._due(event_type))
        after = self._without_tries(call)
        again = call in self.handled and not self.deduplicating
        return replace(
            after,
            settled=self.settled | {call},
            handled=self.handled | {call},
            repeated=self.repeated | ({call} if again else frozenset()),
        )

    @action(subscriber=_names, event_type=_types)
    def fail_handler(self, subscriber: str, event_type: str) -> EventBus:
        """A handler is called and fails."""
        require(self.failures > 0)
        call = subscriber, self._head(event_type)
        require(call in self._due(event_type))
        spent = replace(self, failures=self.failures - 1)
        policy = next(each.attempts for each in self.subscribers if each.id == subscriber)
        if self.retrying and self.tried.count(call) + 1 < policy:
            return replace(spent, tried=(*self.tried, call))
        return replace(spent._without_tries(call), settled=self.settled | {call})

    @action(fair=True, event_type=_types)
    def finish(self, event_type: str) -> EventBus:
        """The oldest event of a channel is taken out once no handler is due."""
        require(self.dispatching)
        channel = self.channel(event_type)
        assert channel is not None
        require(channel.queue)
        require(not self._due(event_type))
        event, *rest = channel.queue
        settled = frozenset(call for call in self.settled if call[1] != event)
        done = self.done | {event} if self.relaying else self.done
        shorter = replace(channel, queue=tuple(rest))
        return replace(self, settled=settled, done=done)._with_channel(shorter)

    def _head(self, event_type: str) -> Event:
        channel = self.channel(event_type)
        require(self.dispatching and channel is not None and channel.queue)
        assert channel is not None
        return channel.queue[0]

    def _due(self, event_type: str) -> frozenset[Call]:
        """The calls that the dispatcher still has to make with the oldest event of a channel."""
        event = self._head(event_type)
        return frozenset(
            (each.id, event)
            for each in self.subscribers
            if event_type in each.event_types
            and (each.passes(event) or not self.filtering)
            and (each.id, event) not in self.settled
        )

    def _without_tries(self, call: Call) -> EventBus:
        return replace(self, tried=tuple(each for each in self.tried if each != call))

    # ------------------------------------------------------------------------------------- faults

    def after_crash(self) -> EventBus:
        """What is found again: the configuration, the store, and what handlers have done."""
        unanswered = () if self.current is None else (self.current,)
        return replace(
            self,
            channels=tuple(replace(each, queue=()) for each in self.channels),
            current=None,
            stage=0,
            refused=(*self.refused, *unanswered),
            tried=(),
            settled=frozenset(),
        )

    # --------------------------------------------------------------------------------- properties

    def wanted(self, events: tuple[Event, ...]) -> frozenset[Call]:
        """The calls that subscribers ask for by their types and filters."""
        return frozenset(
            (each.id, event)
            for each, event in product(self.subscribers, events)
            if event.event_type in each.event_types and each.passes(event)
        )

    @property
    def delivered(self) -> bool:
        """Whether each event of which `publish` gave `Ok` was handled by each subscriber to it."""
        return self.wanted(self.promised) <= self.handled

    @property
    def filters_kept(self) -> bool:
        """Whether no handler was called with an event that its filter rejects."""
        return all(
            each.passes(event)
            for each, (name, event) in product(self.subscribers, self.handled)
            if each.id == name
        )

    @property
    def all_or_nothing(self) -> bool:
        """Whether no event is in some of store, routes and channels only, or in one twice."""
        events = {*self.store, *self.sent, *(event for _, event in self.routed)}
        return self.current is None and all(
            event in self.sent
            and self.store.count(event) == 1
            and all(self.routed.count((rule, event)) == 1 for rule in range(self.rules))
            for event in events
        )

    def __str__(self) -> str:
        shown = {
            "": map(str, self.channels),
            "subscribed ": (f"{each.id}:{each.handler}" for each in self.subscribers),
            "stored ": map(str, self.store),
            "publishing ": map(str, () if self.current is None else (self.current,)),
            "ok ": map(str, self.promised),
            "not ok ": map(str, self.refused),
            "handled ": sorted(f"{name}({event})" for name, event in self.handled),
        }
        parts = ((said, " ".join(each)) for said, each in shown.items())
        return ", ".join(said + listed for said, listed in parts if listed) or "nothing"


#: The switches.
REPAIRS = (
    "dispatching", "filtering", "retrying", "reporting", "relaying", "deduplicating", "refusing",
)  # fmt: skip

REPAIRED = EventBus(
    dispatching=True,
    filtering=True,
    retrying=True,
    reporting=True,
    relaying=True,
    deduplicating=True,
    refusing=True,
)
