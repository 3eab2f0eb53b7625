"""M12, the event store of seed 004, section 1.3: `save_events` and `load_events` on a table.

The listing runs on PostgreSQL, of which the model has what its documentation says:

* *Index uniqueness checks*: who inserts a key that a transaction in progress has inserted waits for
  its end; if that commits, or the key was there before, the insertion fails.
* *Read committed* (the default): a query sees what is committed when it begins, and what its own
  transaction has done.
* `NOW()` is the time at which the transaction began.
* A transaction of sqlx that is dropped, as `?` drops it, is rolled back.

Each repair is a switch of `EventTable`. `UNIQUE` and `ORDER BY` are switches as well, on in the
listing: what they are good for shows when they are off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from cospec.models.faults import Crashes
from cospec.models.model import action, invariant, require, transition_invariant

__all__ = ["REPAIRS", "EventTable", "Row", "Saving"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table `events`.

    Attributes:
        id: what the sequence of `BIGSERIAL` gave when it was inserted.
        aggregate: whose event it is.
        version: its version.
        created_at: when its transaction began.
        expected: the `expected_version` of its `save_events`.
        save: the id of the first row of the same `save_events`, by which that is known.
        batch: how many events that has.
    """

    id: int
    aggregate: str
    version: int
    created_at: int
    expected: int
    save: int
    batch: int

    def __str__(self) -> str:
        return f"{self.aggregate}{self.version}"


@dataclass(frozen=True, slots=True)
class Saving:
    """A `save_events` that is not over, with the rows that its transaction has inserted.

    `stale` says whether the stream had more events than it expected when it began.
    """

    aggregate: str
    expected: int
    batch: int
    began: int
    stale: bool
    rows: tuple[Row, ...] = ()

    @property
    def version(self) -> int:
        """The version of the event that is inserted next."""
        return self.expected + len(self.rows) + 1

    def __str__(self) -> str:
        done = " ".join(map(str, self.rows))
        return f"{self.aggregate} after {self.expected}, {self.batch} events: [{done}]"


#: Time goes from 0 to this, where it goes at all.
LATEST = 2


@dataclass(frozen=True)
class EventTable(Crashes):
    """The table, and writers in the middle of `save_events`.

    Attributes:
        conditional: a row is inserted only where the highest version is the one before it
            (`INSERT … WHERE max(version) = expected`).
        checked: the highest version is compared with `expected_version` before the loop.
        unique: `UNIQUE(aggregate_id, version)`, as in the listing.
        ordered: `ORDER BY version`, as in the listing.
        loading: writers load the events and count them, as command handlers do; else they may
            expect any version.
        aggregates: the aggregate that each writer writes to.
        batches: how many events a `save_events` may have.
        saves: how many may still begin.
        crashes: how often all that is not committed may still be lost.
        ticks: how often the clock of the database may still go on.
        steps_back: how often it may still be set back.
        rows: what is committed, in the order in which it was.
        next_id: what the sequence gives next.
        clock: the time.
        loaded: the version that each writer has loaded; -1 before.
        saving: what each writer is about.
        accepted_stale: whether a `save_events` that was stale when it began has answered Ok.
    """

    conditional: bool = False
    checked: bool = False
    unique: bool = True
    ordered: bool = True
    loading: bool = False
    aggregates: tuple[str, ...] = ("a", "a")
    batches: tuple[int, ...] = (0, 1, 2)
    saves: int = 2
    crashes: int = 0
    ticks: int = 0
    steps_back: int = 0
    rows: tuple[Row, ...] = ()
    next_id: int = 1
    clock: int = 0
    loaded: tuple[int, ...] = (-1, -1)
    saving: tuple[Saving | None, ...] = (None, None)
    accepted_stale: bool = False

    # -------------------------------------------------------------------------- the listing

    def load_events(self, aggregate: str) -> tuple[Row, ...]:
        """`load_events`: the rows of an aggregate by version; without `ORDER BY` as they lie."""
        found = tuple(row for row in self.rows if row.aggregate == aggregate)
        return tuple(sorted(found, key=lambda row: row.version)) if self.ordered else found

    def version(self, aggregate: str) -> int:
        """The highest version that is committed; 0 where there is none."""
        return max((r.version for r in self.rows if r.aggregate == aggregate), default=0)

    def _visible(self, saving: Saving) -> int:
        """The highest version that the transaction sees."""
        own = saving.rows[-1].version if saving.rows else 0
        return max(self.version(saving.aggregate), own)

    def _who(self) -> range:
        return range(len(self.aggregates))

    def _expected(self) -> range:
        """Versions that a caller may expect: up to two more than there are events."""
        return range(len(self.rows) + 3)

    def _ended(self, writer: int) -> EventTable:
        """After a `save_events`, however it has ended."""
        return replace(
            self, saving=_put(self.saving, writer, None), loaded=_put(self.loaded, writer, -1)
        )  # fmt: skip

    def _of(self, writer: int) -> Saving:
        saving = self.saving[writer]
        require(saving is not None)
        assert saving is not None
        return saving

    # ---------------------------------------------------------------------------- actions

    @action(writer=_who)
    def load(self, writer: int) -> EventTable:
        """A command handler loads the events of its aggregate, and counts them."""
        require(self.loading and self.saves and self.saving[writer] is None)
        version = len(self.load_events(self.aggregates[writer]))
        return replace(self, loaded=_put(self.loaded, writer, version))

    @action(writer=_who, expected=_expected, batch=lambda s: s.batches)
    def begin(self, writer: int, expected: int, batch: int) -> EventTable:
        """`save_events` begins its transaction; a repaired one looks at the version."""
        require(self.saves and self.saving[writer] is None)
        require(not self.loading or self.loaded[writer] == expected)
        now = self.version(self.aggregates[writer])
        started = replace(self, saves=self.saves - 1)
        if self.checked and now != expected:
            return started._ended(writer)
        saving = Saving(self.aggregates[writer], expected, batch, self.clock, expected < now)
        return replace(started, saving=_put(self.saving, writer, saving))

    @action(writer=_who)
    def insert(self, writer: int) -> EventTable:
        """The next event is inserted; if that fails, the transaction is rolled back."""
        saving = self._of(writer)
        require(len(saving.rows) < saving.batch)
        aggregate, version = saving.aggregate, saving.version
        if self.conditional and self._visible(saving) != version - 1:
            return self._ended(writer)
        if self.unique:
            others = (each for each in self.saving if each is not None and each is not saving)
            require(not _holds((row for each in others for row in each.rows), aggregate, version))
            if _holds(self.rows, aggregate, version):
                return self._ended(writer)
        first = saving.rows[0].id if saving.rows else self.next_id
        row = Row(
            self.next_id, aggregate, version, saving.began, saving.expected, first, saving.batch
        )
        more = replace(saving, rows=(*saving.rows, row))
        return replace(self, saving=_put(self.saving, writer, more), next_id=self.next_id + 1)

    @action(fair=True, writer=_who)
    def commit(self, writer: int) -> EventTable:
        """All events are inserted: the transaction commits, and `save_events` answers Ok."""
        saving = self._of(writer)
        require(len(saving.rows) == saving.batch)
        stale = self.accepted_stale or saving.stale
        return replace(self._ended(writer), rows=self.rows + saving.rows, accepted_stale=stale)

    def after_crash(self) -> EventTable:
        """What is not committed is rolled back."""
        return replace(
            self, saving=(None,) * len(self.saving), loaded=(-1,) * len(self.loaded)
        )  # fmt: skip

    @action
    def tick(self) -> EventTable:
        """Time passes."""
        require(self.ticks and self.clock < LATEST)
        return replace(self, ticks=self.ticks - 1, clock=self.clock + 1)

    @action
    def step_back(self) -> EventTable:
        """The clock of the database is set back."""
        require(self.steps_back and self.clock)
        return replace(self, steps_back=self.steps_back - 1, clock=self.clock - 1)

    # -------------------------------------------------------------------------- properties

    @invariant
    def contiguous(self) -> bool:
        """The versions of an aggregate are 1..n."""
        for name in self.aggregates:
            versions = sorted(row.version for row in self.rows if row.aggregate == name)
            if versions != list(range(1, len(versions) + 1)):
                return False
        return True

    @invariant
    def one_commits(self) -> bool:
        """Of the saves with the same expected version and at least one event, one commits."""
        saves = {(row.aggregate, row.expected, row.save) for row in self.rows}
        return len(saves) == len({(aggregate, expected) for aggregate, expected, _ in saves})

    @invariant
    def whole_batches(self) -> bool:
        """Of each save there are all events or none."""
        saves = {(row.save, row.batch) for row in self.rows}
        return all(sum(r.save == save for r in self.rows) == batch for save, batch in saves)

    @invariant
    def stale_is_rejected(self) -> bool:
        """No save that was stale when it began has answered Ok."""
        return not self.accepted_stale

    @invariant
    def loaded_in_order(self) -> bool:
        """`load_events` gives the events by ascending versions, none twice."""
        for name in self.aggregates:
            versions = [row.version for row in self.load_events(name)]
            if versions != sorted(set(versions)):
                return False
        return True

    @invariant
    def created_in_version_order(self) -> bool:
        """No event of an aggregate was created later than one with a higher version."""
        return all(
            one.created_at <= other.created_at
            for one in self.rows
            for other in self.rows
            if one.aggregate == other.aggregate and one.version < other.version
        )

    @invariant
    def created_in_id_order(self) -> bool:
        """No event was created later than one with a higher id, of whatever aggregates."""
        times = [row.created_at for row in sorted(self.rows, key=lambda row: row.id)]
        return times == sorted(times)

    @transition_invariant
    def append_only(self, after: EventTable) -> bool:
        """What is committed stays."""
        return after.rows[: len(self.rows)] == self.rows

    def __str__(self) -> str:
        timed = self.clock or any(row.created_at for row in self.rows)
        rows = " ".join(f"{row}@{row.created_at}" if timed else str(row) for row in self.rows)
        clock = f"; time {self.clock}" if timed else ""
        open_ones = "; ".join(str(each) for each in self.saving if each is not None)
        return f"[{rows}]{clock}" + (f"; {open_ones}" if open_ones else "")


def _holds(rows: Iterator[Row] | tuple[Row, ...], aggregate: str, version: int) -> bool:
    return any(row.aggregate == aggregate and row.version == version for row in rows)


Element = TypeVar("Element")


def _put(row: tuple[Element, ...], place: int, value: Element) -> tuple[Element, ...]:
    return (*row[:place], value, *row[place + 1 :])


#: The switches. Either of them keeps versions free of gaps; `checked` also refuses a save of
#: nothing that is stale.
REPAIRS = ("conditional", "checked")
