"""M12, the event store: a stream of seed 003's `InMemoryEventStore`, and how it is repaired.

Section 4.2: `append_events` takes the write lock, makes the stream if there is none, compares its
length with the expected version, and pushes each event with a new id, its version and the time.
What the lock encloses is one step here; `cospec.models.event_writers` looks inside. Each class is
one side of a stream, small enough to be explored; that its laws hold of streams of any length is
proved in `cospec.proofs.store_logic`. Each repair is a switch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from cospec.models.faults import Crashes
from cospec.models.model import action, invariant, require, transition_invariant

__all__ = ["NO_CAUSE", "ROOM", "Causes", "DeletingLog", "EventStore", "Identifiers", "Timestamps"]

#: How many events a stream is explored with.
ROOM = 3

#: The `causation_id` of an event that names no cause: `None`.
NO_CAUSE = 0


@dataclass(frozen=True)
class EventStore(Crashes):
    """What is stored: events are numbers, those below 0 are not valid.

    Attributes:
        asking_first: repair: the version is compared before the stream is made.
        validating: repair: the `validator` is asked before an event is stored (section 3.1).
        durable: repair: what is acknowledged is on disk.
        exists: whether the map has an entry for the stream.
        events: the stream.
        acknowledged: how many events clients know to be stored.
        crashes: how many crashes there may be.
    """

    asking_first: bool = False
    validating: bool = False
    durable: bool = False
    exists: bool = False
    events: tuple[int, ...] = ()
    acknowledged: int = 0
    crashes: int = 0

    @action(version=range(ROOM), event=(1, 2, -1))
    def append(self, version: int, event: int) -> EventStore:
        """A client appends an event after as many as it expects, or is refused."""
        require(len(self.events) < ROOM)
        if version != len(self.events):  # after `or_insert_with(Vec::new)`
            return replace(self, exists=self.exists or not self.asking_first)
        require(event >= 0 or not self.validating)
        events = self.events + (event,)
        return replace(self, exists=True, events=events, acknowledged=len(self.events) + 1)

    def after_crash(self) -> EventStore:
        """What was in memory is gone."""
        return self if self.durable else replace(self, exists=False, events=())

    @invariant
    def all_valid(self) -> bool:
        """Integrity (完整性): every stored event is valid."""
        return all(event >= 0 for event in self.events)

    @invariant
    def still_there(self) -> bool:
        """What a client knows to be stored is stored."""
        return self.acknowledged <= len(self.events)

    @transition_invariant
    def grows(self, after: EventStore) -> bool:
        """What was in the log stays there, in its place: log ⊑ log'."""
        return after.events[: len(self.events)] == self.events

    @transition_invariant
    def refused_without_effect(self, after: EventStore) -> bool:
        """A step that appends nothing leaves the map of streams as it is."""
        return len(after.events) != len(self.events) or after.exists == self.exists

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.events))}]" if self.exists else "no stream"


@dataclass(frozen=True)
class Timestamps:
    """When the events of a stream are said to have happened.

    Attributes:
        monotone: repair: an event is stamped with the clock or, if later, with the last time.
        setbacks: how often the clock may be set back.
        times: the times of the events.
        clock: `Utc::now()`.
    """

    monotone: bool = False
    setbacks: int = 0
    times: tuple[int, ...] = ()
    clock: int = 0

    @action
    def append(self) -> Timestamps:
        """An event is pushed."""
        require(len(self.times) < ROOM)
        time = self.clock
        if self.monotone and len(self.times) > 0 and self.times[-1] > time:
            time = self.times[-1]
        return replace(self, times=self.times + (time,))

    @action(now=range(3))
    def set_clock(self, now: int) -> Timestamps:
        """Time passes, or the clock is set back."""
        if now < self.clock:
            require(self.setbacks > 0)
            return replace(self, clock=now, setbacks=self.setbacks - 1)
        return replace(self, clock=now)

    @invariant
    def in_order(self) -> bool:
        """Order (有序性): ts(e_i) ≤ ts(e_j) for i < j."""
        return all(one <= two for one, two in pairwise(self.times))

    def __str__(self) -> str:
        return f"times {list(self.times)}, clock {self.clock}"


@dataclass(frozen=True)
class Identifiers:
    """Whose ids the events of a stream have.

    Attributes:
        keeping: repair: the client's id is kept, instead of `EventId::new()`.
        distinct: repair: an event whose id is in the stream is not stored again.
        ids: the ids of the events.
        asked: the ids that they had at the clients.
        generated: how many ids the store has made; no two are the same.
    """

    keeping: bool = False
    distinct: bool = False
    ids: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    generated: int = 0

    @action(id=(1, 2, 3))
    def append(self, id: int) -> Identifiers:
        """A client appends an event that it has produced with an id."""
        require(len(self.ids) < ROOM)
        if not self.keeping:
            made = self.generated + 1
            asked = self.asked + (id,)
            return replace(self, ids=self.ids + (made,), asked=asked, generated=made)
        require(not self.distinct or id not in self.ids)
        return replace(self, ids=self.ids + (id,), asked=self.asked + (id,))

    @invariant
    def unique(self) -> bool:
        """Uniqueness (唯一性): id(e_i) ≠ id(e_j) for i ≠ j."""
        return len(set(self.ids)) == len(self.ids)

    @invariant
    def as_produced(self) -> bool:
        """The stored event has the id that its client gave it."""
        return self.ids == self.asked

    def __str__(self) -> str:
        return f"ids {list(self.ids)}, the clients' ids {list(self.asked)}"


@dataclass(frozen=True)
class Causes:
    """What the events of a log name as their cause: the n-th one has the id n.

    Attributes:
        knowing: repair: an event is refused whose `causation_id` is not in the log.
        causes: the `causation_id` of each event.
    """

    knowing: bool = False
    causes: tuple[int, ...] = ()

    @action(cause=range(ROOM + 1))
    def append(self, cause: int) -> Causes:
        """A client appends an event and says what has caused it."""
        require(len(self.causes) < ROOM)
        known = 1 <= cause <= len(self.causes)
        require(cause == NO_CAUSE or known or not self.knowing)
        return replace(self, causes=self.causes + (cause,))

    @invariant
    def causes_first(self) -> bool:
        """causes(e1, e2) ⇒ e1 comes before e2 in the log."""
        named = ((n, cause) for n, cause in enumerate(self.causes, 1) if cause != NO_CAUSE)
        return all(1 <= cause < n for n, cause in named)

    def __str__(self) -> str:
        named = (f"event {n} because of {c}" for n, c in enumerate(self.causes, 1) if c)
        return f"{len(self.causes)} events{': ' if any(self.causes) else ''}{', '.join(named)}"


@dataclass(frozen=True)
class DeletingLog:
    """Logs of the documents that delete: seed 000's `EventAggregator`, whose
    `mark_events_as_committed` clears what it has recorded, and seed 002's `Topic`, whose
    `retention_policy` says what is kept (no listing shows where it is applied).

    Attributes:
        retained: how many events the policy keeps; None: it is no topic, but the aggregator.
        room: how many events are appended.
    """

    retained: int | None = None
    events: tuple[int, ...] = ()
    room: int = 3

    @action
    def append(self) -> DeletingLog:
        """An event is recorded."""
        require(self.room > 0)
        return replace(self, events=(*self.events, 4 - self.room), room=self.room - 1)

    @action
    def apply_retention(self) -> DeletingLog:
        """The oldest event is deleted, when there are more than the policy keeps."""
        require(self.retained is not None and len(self.events) > self.retained)
        return replace(self, events=self.events[1:])

    @action
    def mark_events_as_committed(self) -> DeletingLog:
        """`self.events.clear()`."""
        require(self.retained is None)
        return replace(self, events=())

    @transition_invariant
    def grows(self, after: DeletingLog) -> bool:
        """What was in the log stays there, in its place: log ⊑ log'."""
        return after.events[: len(self.events)] == self.events

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.events))}]"
