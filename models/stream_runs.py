"""M17, streams step by step: a projection that is fed, a batch that is cut off, workers side by
side, and an index; as seed 003, sections 2 to 5, has them, and with each of their repairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.faults import Crashes
from cospec.models.model import action, final, integers, invariant, require

__all__ = ["BatchProcessor", "IndexedRows", "PartitionedConsumers", "ProjectionFeed"]


@dataclass(frozen=True)
class ProjectionFeed:
    """Deposits on their way from the log to a projection that is maintained as they come.

    They may be lost, arrive again, and overtake each other, all of that as often as it happens.

    Attributes:
        guarded: repair: an event is applied only if it is the one after the last.
        log: the amounts deposited.
        applied: the amounts that the projection was updated with, in the order of the updates.
    """

    guarded: bool = False
    log: tuple[int, ...] = ()
    applied: tuple[int, ...] = ()

    @action(amount=integers())
    def append(self, amount: int) -> ProjectionFeed:
        """A deposit is appended to the log, and sent."""
        require(amount > 0)
        return replace(self, log=self.log + (amount,))

    @action(position=integers())
    def arrive(self, position: int) -> ProjectionFeed:
        """An event arrives, for the first time or again: `update`, unless the guard ignores it."""
        require(position >= 0 and position < len(self.log))
        require(not self.guarded or position == len(self.applied))
        return replace(self, applied=self.applied + (self.log[position],))

    @invariant
    def as_rebuilt(self) -> bool:
        """reset(), and an update with each of the first events of the log, gives the same."""
        return self.applied == self.log[: len(self.applied)]

    @invariant
    def not_ahead(self) -> bool:
        """There were no more updates than there are events."""
        return len(self.applied) <= len(self.log)

    def __str__(self) -> str:
        applied = f"updated with {list(self.applied)}: balance {sum(self.applied)}"
        return f"log {list(self.log)}: balance {sum(self.log)}; {applied}"


@dataclass(frozen=True)
class BatchProcessor(Crashes):
    """`process_event_batch` that calls `process_event` for each event, and is called again after
    it was cut off. The projection is stored where a crash does not reach it.

    Attributes:
        atomic: repair: the projection is stored once, when the whole batch is processed.
        batch: the events.
        stored: the events that the stored projection was updated with.
        working: those of the projection in memory.
        position: how many events of the batch are processed in this attempt.
        done: whether the batch is reported as processed.
    """

    atomic: bool = False
    batch: tuple[int, ...] = ()
    stored: tuple[int, ...] = ()
    working: tuple[int, ...] = ()
    position: int = 0
    done: bool = False
    crashes: int = 1

    @action
    def process_event(self) -> BatchProcessor:
        """The next event of the batch."""
        require(not self.done and self.position < len(self.batch))
        working = self.working + (self.batch[self.position],)
        stored = self.stored if self.atomic else working
        return replace(self, working=working, stored=stored, position=self.position + 1)

    @action
    def report(self) -> BatchProcessor:
        """All events are processed: Ok."""
        require(not self.done and self.position == len(self.batch))
        return replace(self, stored=self.working, done=True)

    def after_crash(self) -> BatchProcessor:
        """The batch begins again, with the projection that is stored."""
        require(not self.done)
        return replace(self, working=self.stored, position=0)

    @final
    def processed(self) -> bool:
        """The batch is processed."""
        return self.done

    @invariant
    def folded(self) -> bool:
        """A batch that is reported as processed was folded into the projection, each event once."""
        return not self.done or self.stored == self.batch

    @invariant
    def working_is_the_first_part(self) -> bool:
        """The projection in memory was updated with the first events of the batch."""
        return self.working == self.batch[: self.position]

    @invariant
    def nothing_stored_too_early(self) -> bool:
        """Until then nothing of the batch is stored."""
        return self.done or self.stored == ()

    @invariant
    def position_in_batch(self) -> bool:
        """The position is one of the batch, or its end."""
        return self.position >= 0 and self.position <= len(self.batch)

    def __str__(self) -> str:
        shown = f"stored {list(self.stored)}, {self.position} of {len(self.batch)} processed"
        return f"{shown}, Ok" if self.done else shown


@dataclass(frozen=True)
class PartitionedConsumers:
    """Workers, one for each stream, that process a log side by side into one projection.

    Attributes:
        delaying: repair: an event waits until its cause was processed.
        streams: how many streams and workers there are.
        longest: how many events are appended.
        log: for each event its stream, and the index of the event that caused it, or -1.
        seen: the indexes of the events processed, in the order of their processing.
    """

    delaying: bool = False
    streams: int = 2
    longest: int = 2
    log: tuple[tuple[int, int], ...] = ()
    seen: tuple[int, ...] = ()

    @action(
        stream=lambda state: range(state.streams), cause=lambda state: range(-1, len(state.log))
    )
    def append(self, stream: int, cause: int) -> PartitionedConsumers:
        """An event is appended to a stream, because of an event of any stream, or of none."""
        require(len(self.log) < self.longest)
        return replace(self, log=(*self.log, (stream, cause)))

    @action(fair=True, worker=lambda state: range(state.streams))
    def process(self, worker: int) -> PartitionedConsumers:
        """A worker processes the next event of its stream."""
        mine = [n for n, (stream, _) in enumerate(self.log) if stream == worker]
        waiting = [n for n in mine if n not in self.seen]
        require(waiting)
        cause = self.log[waiting[0]][1]
        require(not self.delaying or cause < 0 or cause in self.seen)
        return replace(self, seen=(*self.seen, waiting[0]))

    @invariant
    def causes_first(self) -> bool:
        """Whatever the projection has seen, it had seen the cause of before."""
        return all(
            self.log[event][1] < 0 or self.log[event][1] in self.seen[:place]
            for place, event in enumerate(self.seen)
        )

    def all_seen(self) -> bool:
        """Whether every event was processed."""
        return len(self.seen) == len(self.log)

    def __str__(self) -> str:
        events = [
            f"e{n + 1} in {'ABCD'[stream]}" + (f" because of e{cause + 1}" if cause >= 0 else "")
            for n, (stream, cause) in enumerate(self.log)
        ]
        return f"log [{', '.join(events)}], seen [{', '.join(f'e{n + 1}' for n in self.seen)}]"


@dataclass(frozen=True)
class IndexedRows:
    """A projection of rows with an index of their values.

    Attributes:
        maintained: repair: an update takes the row out of the index, and puts it in again.
        rows: the value of each row, None where there is none.
        index: pairs of a value and a row.
    """

    maintained: bool = False
    rows: tuple[int | None, ...] = (None, None)
    index: frozenset[tuple[int, int]] = frozenset()

    @action(row=lambda state: range(len(state.rows)), value=(0, 1))
    def write(self, row: int, value: int) -> IndexedRows:
        """An event gives a row a value."""
        rows = (*self.rows[:row], value, *self.rows[row + 1 :])
        if not self.maintained:
            return replace(self, rows=rows)
        others = frozenset(entry for entry in self.index if entry[1] != row)
        return replace(self, rows=rows, index=others | {(value, row)})

    def scan(self, value: int) -> list[int]:
        """The rows with a value, by looking at all of them."""
        return [row for row, found in enumerate(self.rows) if found == value]

    def lookup(self, value: int) -> list[int]:
        """The rows with a value, by the index."""
        return sorted(row for found, row in self.index if found == value)

    @invariant
    def lookup_is_scan(self) -> bool:
        """The index finds what a scan finds."""
        return all(self.lookup(value) == self.scan(value) for value in (0, 1))

    def __str__(self) -> str:
        return f"rows {list(self.rows)}, index {sorted(self.index)}"
