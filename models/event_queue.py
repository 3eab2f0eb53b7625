"""M05, the bus as a queue: `process_event` and the causal order of events, as written and repaired.

Seed 000, section 4.1, the Coq part: a bus has handlers and a queue; to process an event is to
append what its handlers emit, sorted. What the seed leaves open is chosen so: the processing order
is by timestamp, source and id; a handler's `None` is no events; an event is well-formed when
its time is not negative, and a bus when its events are, bear different ids, and are in order.

>>> x, y = Event(1, timestamp=5), Event(2, timestamp=3)
>>> bus = QueueBus((("T", Emitting(((x, (y,)),))),), (x,))
>>> [str(event) for event in bus.process_event(x).event_queue]
['e1@5', 'e2@3']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cospec.models.model import action, require

__all__ = [
    "REPAIRED", "REPAIRS", "CausalSort", "Clocks", "Emitting", "Event", "Handler", "QueueBus",
    "Stamped", "causal_ordering", "sorted_by_causal_order", "well_formed_event",
]  # fmt: skip

#: An event and a later one, by their ids.
Causes = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the seed's record."""

    event_id: int
    timestamp: int = 0
    event_type: str = "T"
    event_data: str = ""
    source: str = "A"

    @property
    def order(self) -> tuple[int, str, int]:
        """Its place in the processing order."""
        return self.timestamp, self.source, self.event_id

    def __str__(self) -> str:
        return f"e{self.event_id}@{self.timestamp}"


#: What an event makes a handler emit; None for nothing.
Handler = Callable[[Event], tuple[Event, ...] | None]


@dataclass(frozen=True, slots=True)
class Emitting:
    """A handler, given by a table."""

    answers: tuple[tuple[Event, tuple[Event, ...]], ...] = ()

    def __call__(self, event: Event) -> tuple[Event, ...] | None:
        return dict(self.answers).get(event)


def well_formed_event(event: Event) -> bool:
    """Whether an event is as the theorem wants it."""
    return event.timestamp >= 0


@dataclass(frozen=True)
class QueueBus:
    """The seed's `EventBus`.

    Attributes:
        handlers: each with the type of its events.
        event_queue: the queue, the oldest first.
        merging: repair: what is emitted is inserted where it belongs.
        dequeuing: repair: to process an event takes it out of the queue.
    """

    handlers: tuple[tuple[str, Handler], ...] = ()
    event_queue: tuple[Event, ...] = ()
    merging: bool = False
    dequeuing: bool = False

    def process_event(self, event: Event) -> QueueBus:
        """The bus after an event; the repaired one takes the event from its queue."""
        queue = self.event_queue
        if self.dequeuing:
            queue = tuple(each for each in queue if each != event)
        new = sorted(self.emitted(event), key=lambda each: each.order)
        if not self.merging:
            return replace(self, event_queue=(*queue, *new))
        for each in new:
            at = insertion_point(queue, each)
            queue = (*queue[:at], each, *queue[at:])
        return replace(self, event_queue=queue)

    def emitted(self, event: Event) -> list[Event]:
        """What the handlers of its type emit, in their order."""
        handlers = (handler for kind, handler in self.handlers if kind == event.event_type)
        return [new for handler in handlers for new in handler(event) or ()]

    @property
    def events_well_formed(self) -> bool:
        """Whether all events in the queue are well-formed."""
        return all(map(well_formed_event, self.event_queue))

    @property
    def ids_unique(self) -> bool:
        """Whether no two events in the queue have the same id."""
        return len({each.event_id for each in self.event_queue}) == len(self.event_queue)

    @property
    def in_order(self) -> bool:
        """Whether the queue is sorted by the processing order."""
        return all(one.order <= two.order for one, two in pairwise(self.event_queue))

    @property
    def well_formed(self) -> bool:
        """`well_formed_event_bus`"""
        return self.events_well_formed and self.ids_unique and self.in_order

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.event_queue))}]"


def insertion_point(queue: Sequence[Event], new: Event) -> int:
    """Where an event belongs: before the first that is to be processed after it."""
    later = (place for place, each in enumerate(queue) if new.order < each.order)
    return next(later, len(queue))


#: The switches of `QueueBus`.
REPAIRS = ("merging", "dequeuing")

REPAIRED = QueueBus(merging=True, dequeuing=True)


# ------------------------------------------------------------------------------------- causality


def causal_ordering(one: Event, two: Event, happens_before: Causes) -> bool:
    """`causal_ordering`"""
    related = (one.event_id, two.event_id) in happens_before
    return one.timestamp < two.timestamp or (one.timestamp == two.timestamp and related)


def sorted_by_causal_order(events: Sequence[Event], happens_before: Causes) -> bool:
    """Whether no event comes after one that it precedes."""
    return not any(
        causal_ordering(later, earlier, happens_before)
        for place, later in enumerate(events)
        for earlier in events[:place]
    )


@dataclass(frozen=True)
class CausalSort:
    """`process_event_sequence` on some events, in any order that is a causal sort of them.

    Attributes:
        total: repair: they are sorted by timestamp, source and id.
        bus: the bus that processes them.
        pending: the events still to be processed.
        happens_before: which events cause which.
        written: the data of the event processed last, as a projection keeps it that is written to
            by each.
    """

    total: bool = False
    bus: QueueBus = QueueBus()
    pending: tuple[Event, ...] = ()
    happens_before: Causes = frozenset()
    written: str = ""

    def precedes(self, one: Event, two: Event) -> bool:
        """Whether the order wants an event before another one."""
        if self.total:
            return one.order < two.order
        return causal_ordering(one, two, self.happens_before)

    @action(event=lambda state: state.pending)
    def process(self, event: Event) -> CausalSort:
        """An event is processed that no other one precedes."""
        require(not any(self.precedes(other, event) for other in self.pending))
        rest = tuple(each for each in self.pending if each != event)
        after = self.bus.process_event(event)
        return replace(self, bus=after, pending=rest, written=event.event_data)

    def __str__(self) -> str:
        return f"queue {self.bus}, written {self.written or '-'}"


# ----------------------------------------------------------------------------------------- clocks


@dataclass(frozen=True, slots=True)
class Stamped:
    """An event as it was stamped, and the numbers of all events that happened before it."""

    component: int
    timestamp: int
    causes: frozenset[int]


@dataclass(frozen=True)
class Clocks:
    """Components that stamp their events, each by its own clock, and that send each other messages.

    Attributes:
        lamport: repair: a clock is put ahead of the timestamp of each message received.
        events: how many there will be at most.
        clocks: the next timestamp of each component.
        history: the events so far; each may be the sending of a message.
    """

    lamport: bool = False
    events: int = 2
    clocks: tuple[int, ...] = (1, 0)
    history: tuple[Stamped, ...] = ()

    @action(component=lambda state: range(len(state.clocks)))
    def emit(self, component: int) -> Clocks:
        """An event that only its component's own events have caused."""
        return self._with(component, self.clocks[component], frozenset())

    @action(
        component=lambda state: range(len(state.clocks)),
        message=lambda state: range(len(state.history)),
    )
    def receive(self, component: int, message: int) -> Clocks:
        """An event that a message from another component has caused."""
        sent = self.history[message]
        require(sent.component != component)
        now = self.clocks[component]
        if self.lamport:
            now = max(now, sent.timestamp + 1)
        return self._with(component, now, sent.causes | {message})

    def _with(self, component: int, now: int, causes: frozenset[int]) -> Clocks:
        require(len(self.history) < self.events)
        for number, each in enumerate(self.history):
            if each.component == component:
                causes |= each.causes | {number}
        clocks = (*self.clocks[:component], now + 1, *self.clocks[component + 1 :])
        event = Stamped(component, now, causes)
        return replace(self, clocks=clocks, history=(*self.history, event))

    @property
    def causality_kept(self) -> bool:
        """Whether `causal_ordering` puts each event after all that happened before it."""
        happens_before = frozenset(
            (cause, number) for number, each in enumerate(self.history) for cause in each.causes
        )
        plain = [Event(number, each.timestamp) for number, each in enumerate(self.history)]
        return all(
            causal_ordering(plain[one], plain[two], happens_before) for one, two in happens_before
        )

    def __str__(self) -> str:
        events = (f"{'AB'[each.component]}@{each.timestamp}" for each in self.history)
        return f"events {' '.join(events) or '-'}"
