"""M12, event streams: folds, replay, snapshots and time travel, as pure functions.

Seed 003, sections 1 and 2, defines `fold`, `rebuild`, `rebuild_optimized`, the snapshot policy and
`Consistency`; seed 001, section 3.2, `replay_events`, `snapshot_consistency` and
`time_travel_query`; seed 000, section 4.2, the loop of `EventSourcedAggregate`. Their repairs are
the switches of `Formulas`. Every function that folds does so with the `Apply` that it is given.

>>> stream = (deposited(1, time=10), withdrawn(1, time=5))
>>> rebuild(stream, 10, 0, balance), rebuild(stream, 5, 0, balance)
(0, -1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

from cospec.models.model import action, invariant, require

__all__ = [
    "AS_WRITTEN", "REPAIRED", "REPAIRS", "Event", "Formulas", "Snapshot", "SnapshotPolicy",
    "all_before", "balance", "between", "consistency", "deposited", "fold", "journal",
    "of_aggregate", "ordered", "prefixes", "rebuild", "replay_events", "replay_loop", "set_to",
    "time_travel_query", "up_to", "withdrawn",
]  # fmt: skip

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Event:
    """An event e with ts(e), agg(e), type(e) and data(e)."""

    kind: str
    amount: int
    time: int = 0
    aggregate: str = "a"
    #: The position in its aggregate's own stream, where that matters.
    version: int = 0

    def __str__(self) -> str:
        version = f" v{self.version}" if self.version else ""
        return f"{self.kind} {self.amount} @{self.time} ({self.aggregate}{version})"


def set_to(amount: int, time: int = 0, aggregate: str = "a") -> Event:
    """The event that makes the state what it says."""
    return Event("set", amount, time, aggregate)


def deposited(amount: int, time: int = 0, aggregate: str = "a") -> Event:
    """`AccountEvent::Deposited`."""
    return Event("deposited", amount, time, aggregate)


def withdrawn(amount: int, time: int = 0, aggregate: str = "a") -> Event:
    """`AccountEvent::Withdrawn`."""
    return Event("withdrawn", amount, time, aggregate)


Stream = tuple[Event, ...]
Apply = Callable[[State, Event], State]


def balance(state: int, event: Event) -> int:
    """`apply_event` of an account."""
    match event.kind:
        case "set":
            return event.amount
        case "deposited":
            return state + event.amount
        case _:
            return state - event.amount


def journal(state: Stream, event: Event) -> Stream:
    """The `apply` that forgets nothing: what it cannot tell apart, no other can."""
    return (*state, event)


# ------------------------------------------------------------------------------ fold and replay


def fold(events: Stream, state: State, apply: Apply[State]) -> State:
    """`fold(E, S)`: S if E is empty, else `fold(E', apply(S, head(E)))`."""
    while events:
        state, events = apply(state, events[0]), events[1:]
    return state


def replay_events(initial: State, events: Stream, apply: Apply[State]) -> State:
    """`replay_events initial_state events`, by recursion."""
    if not events:
        return initial
    event, *rest = events
    return replay_events(apply(initial, event), tuple(rest), apply)


def replay_loop(events: Stream, default: State, apply: Apply[State]) -> State:
    """`EventSourcedAggregate::replay_events`: a loop from `State::default()`."""
    state = default
    for event in events:
        state = apply(state, event)
    return state


def up_to(events: Stream, time: int) -> Stream:
    """`filter(E, λe: ts(e) ≤ t)`."""
    return tuple(event for event in events if event.time <= time)


def between(events: Stream, after: int, time: int) -> Stream:
    """`filter(E, λe: after < ts(e) ≤ t)`."""
    return tuple(event for event in events if after < event.time <= time)


def of_aggregate(events: Stream, aggregate: str) -> Stream:
    """`E_a`: the events of one aggregate."""
    return tuple(event for event in events if event.aggregate == aggregate)


def prefixes(events: Stream) -> Iterable[Stream]:
    """What the log has been, from the empty one on."""
    return (events[:size] for size in range(len(events) + 1))


def ordered(events: Stream) -> bool:
    """Order (有序性): times do not decrease along the stream."""
    return all(one.time <= two.time for one, two in pairwise(events))


def all_before(events: Stream, time: int) -> bool:
    """Whether no event is later than `time`."""
    return all(event.time <= time for event in events)


def rebuild(events: Stream, time: int, initial: State, apply: Apply[State]) -> State:
    """`rebuild(E, t) = fold(filter(E, λe: ts(e) ≤ t), S_0)`."""
    return fold(up_to(events, time), initial, apply)


def time_travel_query(
    events: Stream | None, time: int, initial: State, apply: Apply[State]
) -> State | None:
    """`time_travel_query`: None where the store has no such stream."""
    return None if events is None else replay_events(initial, up_to(events, time), apply)


def consistency(events: Stream, per_stream: bool = False) -> bool:
    """`Consistency(E)`: of two events that with the lower version is not the later one; with
    `per_stream`, of two events of the same stream."""
    return all(
        one.time <= two.time
        for one in events
        for two in events
        if one.version < two.version and not (per_stream and one.aggregate != two.aggregate)
    )


# ------------------------------------------------------------------------------------ snapshots


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[State]):
    """A state that was kept, with the number of events it is made of, and the time of the last."""

    state: State
    version: int
    time: int = 0

    def __str__(self) -> str:
        return f"snapshot {self.state} v{self.version} @{self.time}"


@dataclass(frozen=True)
class Formulas:
    """The formulas that have to be repaired, as written or, with their switches, repaired.

    Attributes:
        exact: `snapshot_consistency` wants the state at the version of the snapshot.
        within: … and that version to be at most the number of events.
        ordered: a log takes no event that is earlier than its last one.
        by_aggregate: `rebuild` filters the events of the aggregate that is asked for.
        per_stream: `Consistency` compares events of the same stream.
        by_version: `rebuild_optimized` skips as many events as the snapshot is made of.
        not_before: `rebuild_optimized` is asked for times from that of the snapshot on.
        crossing: a snapshot is taken when an append reaches or passes a multiple of k.
    """

    exact: bool = False
    within: bool = False
    ordered: bool = False
    by_aggregate: bool = False
    per_stream: bool = False
    by_version: bool = False
    not_before: bool = False
    crossing: bool = False

    def admits(self, events: Stream) -> bool:
        """Whether a log may hold such a stream."""
        return not self.ordered or ordered(events)

    def snapshot_consistency(
        self, snapshot: Snapshot[State] | None, events: Stream | None, initial: State,
        apply: Apply[State],
    ) -> bool:  # fmt: skip
        """`snapshot_consistency`: to replay what comes after the snapshot is to replay it all."""
        if snapshot is None or events is None:
            return True
        if self.exact and snapshot.state != fold(events[: snapshot.version], initial, apply):
            return False
        if self.within and snapshot.version > len(events):
            return False
        rest = events[snapshot.version :]  # skipn
        return replay_events(snapshot.state, rest, apply) == replay_events(initial, events, apply)

    def rebuild_of(
        self, events: Stream, time: int, aggregate: str, initial: State, apply: Apply[State]
    ) -> State:
        """`rebuild(E, t)` where it is to give the state of one aggregate."""
        chosen = of_aggregate(events, aggregate) if self.by_aggregate else events
        return rebuild(chosen, time, initial, apply)

    def may_rebuild(self, time: int, snapshot: Snapshot[State]) -> bool:
        """Whether `rebuild_optimized` may be asked for the state at a time."""
        return not self.not_before or snapshot.time <= time

    def rebuild_optimized(
        self, events: Stream, time: int, snapshot: Snapshot[State], apply: Apply[State]
    ) -> State:
        """`rebuild_optimized(E, t, S_snapshot)`, read as the fold of the events later than the
        snapshot and not later than t. (As printed it has no t at all.)"""
        if self.by_version:
            rest = up_to(events[snapshot.version :], time)
        else:
            rest = between(events, snapshot.time, time)
        return fold(rest, snapshot.state, apply)

    def snapshot_due(self, before: int, after: int, interval: int) -> bool:
        """`Snapshot(S, t)`, t being the version after an append to a stream of version `before`:
        t mod k = 0; repaired, whether a multiple of k has been reached or passed."""
        if self.crossing:
            return after // interval > before // interval
        return after % interval == 0


@dataclass(frozen=True)
class SnapshotPolicy:
    """A stream that batches are appended to, and the version of its last snapshot.

    Attributes:
        interval: the policy's k.
        crossing: the switch of `Formulas`.
        version: the number of events.
        snapshot: how many of them the last snapshot is made of; none, at the start.
        horizon: the version beyond which nothing is appended.
    """

    interval: int = 2
    crossing: bool = False
    version: int = 0
    snapshot: int = 0
    horizon: int = 16

    @action(batch=lambda state: range(1, state.interval + 1))
    def append(self, batch: int) -> SnapshotPolicy:
        """A batch of at most k events is appended; then the policy is asked."""
        version = self.version + batch
        require(version <= self.horizon)
        due = Formulas(crossing=self.crossing).snapshot_due(self.version, version, self.interval)
        return replace(self, version=version, snapshot=version if due else self.snapshot)

    @invariant
    def short_tail(self) -> bool:
        """At most k events come after the last snapshot."""
        return self.version - self.snapshot <= self.interval

    @invariant
    def shorter_tail(self) -> bool:
        """Fewer than k events come after the last snapshot."""
        return self.version - self.snapshot < self.interval

    def __str__(self) -> str:
        return f"version {self.version}, snapshot of version {self.snapshot}"


#: The switches.
REPAIRS = (
    "exact", "within", "ordered", "by_aggregate", "per_stream", "by_version", "not_before",
    "crossing",
)  # fmt: skip

AS_WRITTEN = Formulas()

REPAIRED = Formulas(**dict.fromkeys(REPAIRS, True))
