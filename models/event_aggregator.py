"""M05, the aggregator: `EventAggregator` with the store that its events go to.

Seed 000, section 4.1: events are applied, read, and forgotten when they are committed. Its event
is `Box<dyn Event>`, of a trait that is `Clone` and so no type of objects: the listing does not
compile. Here an event is a number, which `replay_events` with `+` adds up.

>>> EventAggregator().apply_event(1).mark_events_as_committed().replay_events(0, int.__add__)
0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from cospec.models.model import action, integers, invariant, require

__all__ = ["EventAggregator", "SavedAggregator"]

T = TypeVar("T")


@dataclass(frozen=True)
class EventAggregator:
    """The listing itself, whose caller may do anything at any time.

    Attributes:
        keeping: repair: what is committed is kept for replaying.
        events: what `uncommitted_events` gives.
        version: the field of the listing.
        kept: what was committed, if that is kept.
        applied: all events so far; nothing that the listing knows.
        calls: how often `apply_event` was called.
        committed: how many events were forgotten, or kept, by committing.
    """

    keeping: bool = False
    events: tuple[int, ...] = ()
    version: int = 0
    kept: tuple[int, ...] = ()
    applied: tuple[int, ...] = ()
    calls: int = 0
    committed: int = 0

    def replay_events(self, state: T, apply: Callable[[T, int], T]) -> T:
        """The state that the events lead to."""
        for event in self.replayed:
            state = apply(state, event)
        return state

    @property
    def replayed(self) -> tuple[int, ...]:
        """The events that `replay_events` applies."""
        return self.kept + self.events

    @action(event=integers())
    def apply_event(self, event: int) -> EventAggregator:
        """An event is added."""
        return replace(
            self,
            events=self.events + (event,),
            version=self.version + 1,
            applied=self.applied + (event,),
            calls=self.calls + 1,
        )

    @action
    def mark_events_as_committed(self) -> EventAggregator:
        """All events are cleared."""
        kept = self.kept + self.events if self.keeping else self.kept
        return replace(self, events=(), kept=kept, committed=self.committed + len(self.events))

    @invariant
    def version_counts(self) -> bool:
        """The version is the number of calls of `apply_event`."""
        return self.version == self.calls

    @invariant
    def holds_the_rest(self) -> bool:
        """The number of events is the version less those that were committed."""
        return len(self.events) == self.version - self.committed

    @invariant
    def replays_all(self) -> bool:
        """What is replayed is what was applied, in this order."""
        return self.replayed == self.applied

    def __str__(self) -> str:
        kept = f", kept {list(self.kept)}" if self.kept else ""
        return f"events {list(self.events)}, version {self.version}{kept}"


@dataclass(frozen=True)
class SavedAggregator:
    """An aggregate that is saved: its events are read, stored, and marked as committed.

    Attributes:
        exclusive: hypothesis: whoever saves keeps `&mut` from reading to marking.
        counting: repair: `mark_committed(n)` clears the n oldest events, those that were stored.
        events: what `uncommitted_events` gives.
        saving: whether somebody is between reading and marking.
        read: what has been read and not yet marked.
        saved: whether what was read is stored.
        stored: the events in the store.
        cleared: the events that marking has cleared.
    """

    exclusive: bool = False
    counting: bool = False
    events: tuple[int, ...] = ()
    saving: bool = False
    read: tuple[int, ...] = ()
    saved: bool = False
    stored: tuple[int, ...] = ()
    cleared: tuple[int, ...] = ()

    @action(event=integers())
    def apply_event(self, event: int) -> SavedAggregator:
        """An event is added, perhaps while another is saving."""
        require(not (self.exclusive and self.saving))
        return replace(self, events=self.events + (event,))

    @action
    def read_events(self) -> SavedAggregator:
        """Whoever saves copies the uncommitted events."""
        require(not self.saving)
        return replace(self, saving=True, saved=False, read=self.events)

    @action
    def store(self) -> SavedAggregator:
        """What was read is stored."""
        require(self.saving)
        require(not self.saved)
        return replace(self, saved=True, stored=self.stored + self.read)

    @action
    def mark(self) -> SavedAggregator:
        """The events are marked as committed."""
        require(self.saving)
        require(self.saved)
        many = len(self.read) if self.counting else len(self.events)
        return replace(
            self,
            saving=False,
            saved=False,
            read=(),
            events=self.events[many:],
            cleared=self.cleared + self.events[:many],
        )

    @invariant
    def saves_in_turn(self) -> bool:
        """Nothing is saved where nobody saves."""
        return self.saving or not self.saved

    @invariant
    def reads_the_oldest(self) -> bool:
        """What was read is still at the head of the events."""
        return not self.saving or self.events[: len(self.read)] == self.read

    @invariant
    def alone(self) -> bool:
        """With exclusive access, what was read is all there is."""
        return not (self.exclusive and self.saving) or self.events == self.read

    @invariant
    def stored_before_cleared(self) -> bool:
        """What was cleared is what was stored, but for what is stored and not yet marked."""
        if self.saved:
            return self.stored == self.cleared + self.read
        return self.stored == self.cleared

    def __str__(self) -> str:
        read = f", read {list(self.read)}" if self.saving else ""
        return f"events {list(self.events)}{read}, stored {list(self.stored)}"
