"""M12, the event store of seed 002, section 4.1, and what it calls handlers with.

`append_events` compares versions, stores the events, and calls every handler with **every** event
of the stream; what a handler answers becomes its own answer. Each repair is a switch of
`EventStore`; `REPAIRED` has all of them on. `&mut self` lets one caller in at a time, so an append
is one step.

A handler may be anything. What it sees is modelled (`calls`), and what changes its state
(`applied`): the handler that remembers all of that, of which the state of every other one is a
function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

from cospec.models.faults import Crashes
from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = [
    "AGGREGATE_NOT_FOUND", "FOREIGN_EVENT", "HANDLER_ERROR", "OK", "REPAIRED", "REPAIRS",
    "VERSION_MISMATCH", "Batch", "Event", "EventStore", "NotFound", "SmallSnapshots",
    "SnapshotSlot", "Stream", "Writers", "fold_tail", "folded", "get_events", "last_version",
    "validate_event_versions",
]  # fmt: skip

State = TypeVar("State")

#: What `append_events` answers.
OK = "Ok"
VERSION_MISMATCH = "VersionMismatch"
HANDLER_ERROR = "the handler's error"
#: What the repaired one answers besides.
FOREIGN_EVENT = "ForeignEvent"
#: What `get_events` answers of a stream that nobody has appended to.
AGGREGATE_NOT_FOUND = "AggregateNotFound"


class NotFound(Exception):
    """`EventStoreError::AggregateNotFound`."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event, as far as the store looks at it: whose it is, and its version."""

    aggregate: str
    version: int

    def __str__(self) -> str:
        return f"{self.aggregate}{self.version}"


Stream = tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """The events of one append."""

    events: Stream = ()

    def __str__(self) -> str:
        return f"[{' '.join(map(str, self.events))}]"


def last_version(stream: Stream | None) -> int:
    """The version of the last event; 0 where there is none."""
    return stream[-1].version if stream else 0


def validate_event_versions(stream: Stream | None, events: Iterable[Event]) -> bool:
    """Whether the versions of the events are those that come next."""
    last = last_version(stream)
    return all(event.version == last + i + 1 for i, event in enumerate(events))


def get_events(stream: Stream | None, from_version: int | None = None) -> Stream:
    """The events with versions above `from_version`; all of them without one.

    Raises:
        NotFound: nothing has been appended to the stream.
    """
    if stream is None:
        raise NotFound
    if from_version is None:
        return stream
    return tuple(event for event in stream if event.version > from_version)


def folded(events: Iterable[Event], apply: Callable[[State, Event], State], start: State) -> State:
    """The state after all events."""
    for event in events:
        start = apply(start, event)
    return start


def fold_tail(
    stream: Stream, version: int, data: State, apply: Callable[[State, Event], State]
) -> State:
    """A snapshot of a version brought up to date: with what `get_events` gives after it."""
    return folded(get_events(stream, version), apply, data)


@dataclass(frozen=True)
class EventStore(Crashes):
    """The store with its streams, one handler, and what that has been called with.

    Attributes:
        owned: an append is refused where an event is of another aggregate.
        fresh: of each stream it is remembered how far the handler has been called, and it is
            called with what follows only.
        outside: an append ends when its events are stored; handlers are called later.
        deduplicating: the handler has a position in each stream, and ignores what that says it
            has applied, and what is not next.
        together: it keeps the position in one transaction with its state; else a crash may lose
            the one and not the other.
        failures: how often the handler may still fail.
        crashes: how often whoever calls it may still crash, and forget what it has not saved.
        room: how many events are stored at most where the model is explored.
        aggregates: the streams; None where nothing has been appended to one.
        streams: what they hold.
        calls: every call of the handler that it has answered with Ok, in order.
        applied: those which have changed its state.
        called: of each stream, the version up to which the handler has been called.
        position: of each stream, the version up to which the handler notes that it has applied.
        saved: both positions, where a crash cannot lose them.
        answer: what the last append has answered.
    """

    owned: bool = False
    fresh: bool = False
    outside: bool = False
    deduplicating: bool = False
    together: bool = False
    failures: int = 0
    crashes: int = 0
    room: int = 2
    aggregates: tuple[str, ...] = ("a",)
    streams: tuple[Stream | None, ...] = (None,)
    calls: tuple[Event, ...] = ()
    applied: tuple[Event, ...] = ()
    called: tuple[int, ...] = (0,)
    position: tuple[int, ...] = (0,)
    saved: tuple[tuple[int, ...], tuple[int, ...]] = ((0,), (0,))
    answer: str = OK

    @staticmethod
    def of(*aggregates: str, design: EventStore | None = None) -> EventStore:
        """An empty store with streams of these aggregates."""
        count = len(aggregates)
        zeros = (0,) * count
        return replace(
            design or EventStore(),
            aggregates=aggregates, streams=(None,) * count, called=zeros, position=zeros,
            saved=(zeros, zeros),
        )  # fmt: skip

    # -------------------------------------------------------------------------- the listing

    def stream(self, aggregate: str) -> Stream:
        """The events of an aggregate, none if it is not known."""
        return self.streams[self.aggregates.index(aggregate)] or ()

    def append_events(self, aggregate: str, events: Stream, failing: int = 0) -> EventStore:
        """`append_events`: `failing` is the number of the handler's call that fails, if any."""
        place = self.aggregates.index(aggregate)
        before = self.streams[place]
        if self.owned and any(event.aggregate != aggregate for event in events):
            return replace(self, answer=FOREIGN_EVENT)
        if not validate_event_versions(before, events):
            return replace(self, answer=VERSION_MISMATCH)
        stored = replace(
            self,
            streams=_put(self.streams, place, (before or ()) + events),
            called=self.called if self.fresh else _put(self.called, place, 0),
            answer=OK,
        )
        return stored if self.outside else stored.trigger_event_handlers(aggregate, failing)

    def pending(self, aggregate: str) -> Stream:
        """The events that the handler is still to be called with."""
        place = self.aggregates.index(aggregate)
        return self.stream(aggregate)[self.called[place] :]

    def trigger_event_handlers(self, aggregate: str, failing: int = 0) -> EventStore:
        """Calls the handler with one event after the other, until it fails."""
        state = self
        for number, _ in enumerate(self.pending(aggregate), 1):
            if number == failing:
                return replace(state, failures=state.failures - 1, answer=HANDLER_ERROR)
            state = state.handled(aggregate)
        return state

    def handled(self, aggregate: str) -> EventStore:
        """After the handler's answer Ok to the next event."""
        place = self.aggregates.index(aggregate)
        event = self.stream(aggregate)[self.called[place]]
        known = event.aggregate in self.aggregates  # it may be anybody's, as the listing has it
        own = self.aggregates.index(event.aggregate) if known else place
        news = not self.deduplicating or event.version == self.position[own] + 1
        noted = _put(self.position, own, self.position[own] + 1)
        return replace(
            self,
            calls=(*self.calls, event),
            applied=(*self.applied, event) if news else self.applied,
            called=_put(self.called, place, self.called[place] + 1),
            position=noted if news and self.deduplicating else self.position,
        )

    # ---------------------------------------------------------------------------- actions

    def _batches(self) -> Iterator[Batch]:
        """Batches of up to two events of any aggregates and versions, as long as there is room."""
        free = self.room - sum(len(self.stream(each)) for each in self.aggregates)
        versions = range(1, self.room + 1)
        events = [Event(a, v) for a, v in product(self.aggregates, versions)]
        for size in range(min(free, 2) + 1):
            yield from map(Batch, product(events, repeat=size))

    def _failing(self) -> range:
        return range(self.room + 1 if self.failures else 1)

    @action(aggregate=lambda s: s.aggregates, batch=_batches, failing=_failing)
    def append(self, aggregate: str, batch: Batch, failing: int) -> EventStore:
        """A caller appends events; the handler's call of the number `failing` fails."""
        after = self.append_events(aggregate, batch.events, failing)
        require(not failing or after.failures < self.failures)
        return after

    def _waiting(self) -> list[str]:
        return [each for each in self.aggregates if self.outside and self.pending(each)]

    @action(fair=True, aggregate=_waiting)
    def dispatch(self, aggregate: str) -> EventStore:
        """The handler is called with the next event of a stream, outside an append."""
        return self.handled(aggregate)

    @action
    def dispatch_fails(self) -> EventStore:
        """The handler is called and fails; it will be called again."""
        require(self.failures > 0 and self._waiting())
        return replace(self, failures=self.failures - 1)

    @action
    def save_position(self) -> EventStore:
        """Whoever calls the handler saves how far it is; and the handler, if it does not do that
        each time."""
        now = self.called, self.position
        require(self.outside and self.crashes and self.saved != now)
        return replace(self, saved=now)

    def after_crash(self) -> EventStore:
        """Positions are those that were saved."""
        require(self.outside)
        called, position = self.saved
        return replace(self, called=called, position=self.position if self.together else position)

    # -------------------------------------------------------------------------- properties

    @invariant
    def contiguous(self) -> bool:
        """The versions of a stream are 1..n."""
        return all(
            [event.version for event in stream or ()] == list(range(1, len(stream or ()) + 1))
            for stream in self.streams
        )

    @invariant
    def own_events_only(self) -> bool:
        """A stream contains only events of its aggregate."""
        pairs = zip(self.aggregates, self.streams, strict=True)
        return all(event.aggregate == name for name, stream in pairs for event in stream or ())

    @invariant
    def called_once(self) -> bool:
        """The handler is called once with each stored event, when it has no more to be called
        with, and never twice."""
        stored = [event for stream in self.streams for event in stream or ()]
        once = len(set(self.calls)) == len(self.calls)
        waiting = any(map(self.pending, self.aggregates))
        return once and (waiting or sorted(map(str, self.calls)) == sorted(map(str, stored)))

    @invariant
    def applied_once(self) -> bool:
        """What the handler has applied is the beginning of each stream, and all of it when it has
        no more to be called with."""
        for name in self.aggregates:
            applied = tuple(event for event in self.applied if event.aggregate == name)
            stream = self.stream(name)
            wanted = stream if not self.pending(name) else stream[: len(applied)]
            if applied != wanted:
                return False
        return True

    @transition_invariant
    def all_or_nothing(self, after: EventStore) -> bool:
        """An append that fails stores nothing."""
        return after.answer == OK or after.streams == self.streams

    @transition_invariant
    def append_only(self, after: EventStore) -> bool:
        """What is stored stays."""
        pairs = zip(self.streams, after.streams, strict=True)
        return all((now or ())[: len(old or ())] == (old or ()) for old, now in pairs)

    def __str__(self) -> str:
        pairs = zip(self.aggregates, self.streams, strict=True)
        held = ", ".join(f"{n}: {_row(stream)}" for n, stream in pairs)
        return (
            f"{held}; called with {_row(self.calls)}, applied {_row(self.applied)}; {self.answer}"
        )


Element = TypeVar("Element")


def _put(row: tuple[Element, ...], place: int, value: Element) -> tuple[Element, ...]:
    return (*row[:place], value, *row[place + 1 :])


def _row(events: Stream | None) -> str:
    return "unknown" if events is None else f"[{' '.join(map(str, events))}]"


#: The switches.
REPAIRS = ("owned", "fresh", "outside", "deduplicating", "together")

REPAIRED = EventStore(
    owned=True, fresh=True, outside=True, deduplicating=True, together=True
)  # fmt: skip


# ------------------------------------------------------------------------------ two writers


@dataclass(frozen=True)
class Writers:
    """Writers that load a stream and append what follows the version that they have seen.

    Attributes:
        checked: whether `append_events` compares versions, as it does in the listing.
        room: how many events are stored at most where the model is explored.
        stream: the stream.
        loaded: the version that each writer has seen; -1 before it has loaded.
        accepted: the versions that a writer had loaded whose append was accepted.
    """

    checked: bool = True
    room: int = 4
    stream: Stream = ()
    loaded: tuple[int, ...] = (-1, -1)
    accepted: tuple[int, ...] = ()

    def _who(self) -> range:
        return range(len(self.loaded))

    @action(writer=_who)
    def load(self, writer: int) -> Writers:
        """A writer loads the stream."""
        require(self.loaded[writer] < 0)
        return replace(self, loaded=_put(self.loaded, writer, last_version(self.stream)))

    @action(writer=_who, count=(1, 2))
    def append(self, writer: int, count: int) -> Writers:
        """A writer appends events that follow what it has loaded; it may be refused."""
        version = self.loaded[writer]
        require(version >= 0 and len(self.stream) + count <= self.room)
        events = tuple(Event("a", version + i) for i in range(1, count + 1))
        done = replace(self, loaded=_put(self.loaded, writer, -1))
        if self.checked and not validate_event_versions(self.stream, events):
            return done
        return replace(done, stream=self.stream + events, accepted=(*self.accepted, version))

    @invariant
    def one_wins(self) -> bool:
        """Of the writers that had loaded the same version, one is accepted at most."""
        return len(set(self.accepted)) == len(self.accepted)

    def __str__(self) -> str:
        seen = ", ".join("-" if each < 0 else str(each) for each in self.loaded)
        return f"{_row(self.stream)}, loaded {seen}, accepted after {list(self.accepted)}"


# -------------------------------------------------------------------------------- snapshots


@dataclass(frozen=True)
class SnapshotSlot:
    """The one snapshot that the store keeps of an aggregate, `save_snapshot`.

    Attributes:
        not_newer: `validate_snapshot_version`, which no listing defines, refuses a version above
            that of the last event.
        not_older: it refuses one below that of the snapshot that is kept.
        last: the version of the last event.
        saved: the version of the snapshot; 0 where there is none.
        honest: whether whoever saves one has loaded the aggregate, now or at any time before.
        room: how many events are stored at most where the model is explored.
    """

    not_newer: bool = False
    not_older: bool = False
    last: int = 0
    saved: int = 0
    honest: bool = False
    room: int = 2

    @action
    def append(self) -> SnapshotSlot:
        """One more event."""
        require(self.last < self.room)
        return replace(self, last=self.last + 1)

    @action(version=integers())
    def save_snapshot(self, version: int) -> SnapshotSlot:
        """Somebody saves a snapshot, and the validator lets it through."""
        require(version >= 1)
        require(not self.honest or version <= self.last)
        require(not self.not_newer or version <= self.last)
        require(not self.not_older or version >= self.saved)
        return replace(self, saved=version)

    @invariant
    def of_stored_events(self) -> bool:
        """The version of the snapshot is not above that of the last event."""
        return self.saved <= self.last

    @transition_invariant
    def never_older(self, after: SnapshotSlot) -> bool:
        """A snapshot is not replaced by an older one."""
        return after.saved >= self.saved

    def __str__(self) -> str:
        return f"last version {self.last}, snapshot {self.saved or 'none'}"


@dataclass(frozen=True)
class SmallSnapshots(SnapshotSlot):
    """The same with versions that can be listed, to be explored."""

    @action(version=(1, 2))
    def save_snapshot(self, version: int) -> SnapshotSlot:
        """Somebody saves a snapshot, and the validator lets it through."""
        return super().save_snapshot(version)
