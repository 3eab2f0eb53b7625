"""M05, the two tests of seed 002, section 5, as functions of the system that is tested.

A test that cannot fail verifies nothing: so each is run on systems of which it is known what they
do not do. `LISTING` is the bus and CQRS as they are written (where `load_aggregate`, which is
defined nowhere, is taken to succeed), `WORKING` is repaired, and each of `MUTANTS` is the latter
with one part that does nothing, or returns `Ok(default)`.

>>> publish_subscribe(LISTING), publish_subscribe_repaired(LISTING)
(True, False)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.event_bus import REPAIRED, Event, EventBus, Subscriber
from cospec.models.model import ModelSystem

__all__ = [
    "LISTING", "MUTANTS", "WORKING", "Tested", "command_query", "command_query_repaired",
    "publish_subscribe", "publish_subscribe_repaired",
]  # fmt: skip


@dataclass(frozen=True)
class Tested:
    """A system: how its bus works, and which of its functions do more than to return `Ok`."""

    name: str
    bus: EventBus = REPAIRED
    creates: bool = True
    subscribes: bool = True
    publishes: bool = True
    commands: bool = True
    projects: bool = True

    def __str__(self) -> str:
        return self.name


WORKING = Tested("the repaired system")
LISTING = Tested("the listing", EventBus(), projects=False)
MUTANTS = (
    replace(WORKING, name="publish does nothing", publishes=False),
    replace(WORKING, name="subscribe does nothing", subscribes=False),
    replace(WORKING, name="create_channel does nothing", creates=False),
    replace(WORKING, name="nobody dispatches", bus=replace(REPAIRED, dispatching=False)),
    replace(WORKING, name="execute_command does nothing", commands=False),
    replace(WORKING, name="nobody writes the read model", projects=False),
)


class RunningBus:
    """A bus as its callers see it; whatever it does by itself is done before a call returns."""

    def __init__(self, tested: Tested) -> None:
        self._tested = tested
        self._bus = tested.bus

    def create_channel(self, event_type: str) -> bool:
        """Whether there is a channel now, or it is said to be."""
        if not self._tested.creates:
            return True
        self._bus = replace(self._bus, creating=(event_type,)).create_channel(event_type)
        return self._bus.channel(event_type) is not None

    def subscribe(self, subscriber: Subscriber) -> bool:
        """Whether the result is `Ok`."""
        if not self._tested.subscribes:
            return True
        self._bus = replace(self._bus, subscribing=(subscriber,)).subscribe(subscriber)
        return subscriber in self._bus.subscribers

    def publish(self, event: Event) -> bool:
        """Whether the result is `Ok`."""
        if not self._tested.publishes:
            return True
        self._bus = _at_rest(replace(self._bus, publishing=(event,)).publish(event))
        return event in self._bus.promised

    def has_handled(self, subscriber: str, event: Event) -> bool:
        """Whether a handler was called with an event."""
        return (subscriber, event) in self._bus.handled


def _at_rest(bus: EventBus) -> EventBus:
    """A bus after all that it does by itself; in which order makes no difference to one event."""
    fair = [action for action in ModelSystem(bus).actions if action.fair]
    while True:
        after = next((state for action in fair for _, state in action.steps(bus)), None)
        if after is None:
            return bus
        bus = after


class RunningCommands:
    """CQRS as its callers see it: commands publish an event on a bus of its own, and queries read
    what a subscriber of that bus has written."""

    def __init__(self, tested: Tested) -> None:
        self._tested = tested
        self._bus = RunningBus(tested)
        self._registered: set[str] = set()
        if tested.projects:
            self._bus.create_channel("user")
            self._bus.subscribe(Subscriber("view"))

    def register_command_handler(self) -> None:
        """The handler of UserCommand."""
        self._registered.add("command")

    def register_query_handler(self) -> None:
        """The handler of GetUserQuery."""
        self._registered.add("query")

    def execute_command(self, event: Event) -> bool:
        """Whether the result is `Ok`; the command's event is published."""
        if not self._tested.commands:
            return True
        return "command" in self._registered and self._bus.publish(event)

    def execute_query(self, event: Event) -> bool:
        """Whether the view that is answered has what the event says."""
        return "query" in self._registered and self._bus.has_handled("view", event)


def _published(tested: Tested) -> tuple[RunningBus, bool]:
    """What test_event_bus_publish_subscribe does, and whether its assertions hold."""
    bus, event = RunningBus(tested), Event(1, "test")
    passed = bus.create_channel("test")
    passed = passed and bus.subscribe(Subscriber("s", ("test",)))
    return bus, passed and bus.publish(event)


def publish_subscribe(tested: Tested) -> bool:
    """Whether a system passes test_event_bus_publish_subscribe."""
    return _published(tested)[1]


def publish_subscribe_repaired(tested: Tested) -> bool:
    """The same, with the assertion that the handler has seen the event."""
    bus, passed = _published(tested)
    return passed and bus.has_handled("s", Event(1, "test"))


def _commanded(tested: Tested) -> tuple[RunningCommands, bool]:
    """What test_cqrs_command_query does, and whether its assertion holds."""
    cqrs = RunningCommands(tested)
    cqrs.register_command_handler()
    cqrs.register_query_handler()
    return cqrs, cqrs.execute_command(Event(1))


def command_query(tested: Tested) -> bool:
    """Whether a system passes test_cqrs_command_query, which asks no query."""
    return _commanded(tested)[1]


def command_query_repaired(tested: Tested) -> bool:
    """The same, with a query, and the assertion that it answers what the command has created."""
    cqrs, passed = _commanded(tested)
    return passed and cqrs.execute_query(Event(1))
