"""Claims on the event store of seed 002, section 4.1 (M12): versions, streams and snapshots.

Those on the repaired store take its switches as an argument, so that each of them can be taken
out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import z3

from cospec.models.event_store_002 import (
    REPAIRED,
    VERSION_MISMATCH,
    Event,
    EventStore,
    NotFound,
    SmallSnapshots,
    SnapshotSlot,
    Stream,
    Writers,
    fold_tail,
    folded,
    get_events,
)
from cospec.proofs import event_store_logic as logic
from cospec.proofs.evidence import (
    always,
    each,
    inductive,
    limited,
    prove,
    prove_for_each,
    stepwise,
    weighed,
)
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
)

CLAIMS = Register()

SEED = "seed 002, section 4.1"

AS_WRITTEN = EventStore()
WRITERS = Writers()

#: A store whose handler is called again and again is explored as far as this.
LIMIT = 2_000

BOUNDS = "2 events, batches of up to 2 events of any versions"


def two_streams(design: EventStore) -> EventStore:
    """The store with streams of two aggregates."""
    return EventStore.of("a", "b", design=design)


def proved(text: str) -> Proof:
    return Proof(Method.Z3_PROOF, text)


# -------------------------------------------------------------------------- versions, writers


@CLAIMS.claim(
    "es002-version-contiguous",
    model="M12",
    source=f"{SEED}, validate_event_versions",
    statement=(
        "The versions of every stream are 1..n, and an append whose events have other versions "
        "than n+1, n+2, … is rejected and stores nothing."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def version_contiguous(design: EventStore = AS_WRITTEN) -> Finding:
    """Explored with streams of two aggregates; z3 for streams and batches of any length."""
    # Every append calls the handler again, which is not the question here.
    design = replace(two_streams(design), fresh=True)
    explored = weighed(_gap_free(design))
    if explored.counterexamples:
        return explored
    prove_contiguous(design)
    text = "versions 1..n: of the empty stream, and kept by every append that is accepted, which "
    text += "is one with the versions n+1, n+2, …"
    return Finding((proved(text), *explored.proofs))


def _gap_free(design: EventStore) -> Iterator[Proof | Counterexample]:
    def rejected(before: EventStore, after: EventStore) -> bool:
        return after.answer != VERSION_MISMATCH or after.streams == before.streams

    text = "the versions of every stream are 1..n"
    yield always(design, EventStore.contiguous, text, BOUNDS, LIMIT)
    yield stepwise(design, rejected, "what is rejected is not stored", BOUNDS, LIMIT)


def prove_contiguous(design: EventStore) -> None:
    """Proves that the versions of a stream are 1..n, whatever is appended to it."""
    stream, batch = logic.any_row("stream"), logic.any_row("batch")
    accepted = logic.accepted(design, stream, batch)
    given = logic.natural(stream), logic.natural(batch), logic.contiguous(stream)
    prove(logic.contiguous(logic.EMPTY))
    prove(logic.contiguous(logic.appended(stream, batch)), *given, accepted)
    next_ones = logic.of_each(batch, lambda i: batch.version(i) == stream.length + i + 1)
    prove(z3.Implies(accepted, next_ones), *given)
    prove(z3.Implies(next_ones, logic.accepted(AS_WRITTEN, stream, batch)), *given)


@CLAIMS.claim(
    "es002-optimistic",
    model="M12",
    source=f"{SEED}, append_events with the version check",
    statement=(
        "Of writers that have loaded the same version of a stream and each append at least one "
        "event that follows it, one is accepted at most, whatever happens in between."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def optimistic(design: Writers = WRITERS) -> Finding:
    """Two writers that load and append in every order; z3 for any number, length and batch."""
    text = "of writers that loaded the same version one is accepted at most"
    explored = weighed([always(design, Writers.one_wins, text, "2 writers, 4 events", LIMIT)])
    if explored.counterexamples:
        return explored
    prove_contiguous(AS_WRITTEN)
    stream, batch = logic.any_row("stream"), logic.any_row("batch")
    given = logic.natural(stream), logic.contiguous(stream), batch.length > 0
    accepted = logic.accepted(AS_WRITTEN, stream, batch)
    loaded = z3.Int("loaded")
    # What a writer loads is the number of events there are at that time. Once one of those who
    # loaded it has been accepted, there are more: for ever, as no append takes any away.
    prove(logic.last_version(stream) == stream.length, *given)
    after = logic.appended(stream, batch)
    follows = batch.version(z3.IntVal(0)) == loaded + 1
    prove(after.length > loaded, *given, accepted, follows)
    prove(after.length >= stream.length, *given)
    prove(z3.Not(accepted), *given, stream.length > loaded, follows)
    proof = proved(
        "after an accepted append that follows version v there are more than v events, for ever, "
        "and with more than v events no append that follows v is accepted"
    )
    return Finding((proof, *explored.proofs))


# ------------------------------------------------------------------------ whose events they are


@CLAIMS.claim(
    "es002-foreign-event",
    model="M12",
    source=f"{SEED}, append_events",
    statement="A stream contains only events of its aggregate.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es002-foreign-event-repaired",
)
def foreign_event(design: EventStore = AS_WRITTEN) -> Finding:
    """Two aggregates, and batches with events of either."""
    # Every append calls the handler again, which is not the question here.
    return weighed([own_events(replace(design, fresh=True))])


def own_events(design: EventStore) -> Proof | Counterexample:
    text = "a stream contains only events of its aggregate"
    return always(two_streams(design), EventStore.own_events_only, text, BOUNDS, LIMIT)


@CLAIMS.claim(
    "es002-foreign-event-repaired",
    model="M12",
    source=f"{SEED}, repair of append_events",
    statement=(
        "When append_events refuses a batch in which an event names another aggregate, a stream "
        "contains only events of its aggregate, for streams and batches of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def foreign_event_repaired(design: EventStore = REPAIRED) -> Finding:
    """Explored for two aggregates, then proved for any."""
    explored = foreign_event(design)
    if explored.counterexamples:
        return explored
    prove_owned(design)
    text = "only own events: of the empty stream, and kept by every append that is accepted"
    return Finding((proved(text), *explored.proofs))


def prove_owned(design: EventStore) -> None:
    stream, batch = logic.any_row("stream"), logic.any_row("batch")
    prove(logic.own_events_only(logic.EMPTY))
    after = logic.own_events_only(logic.appended(stream, batch))
    given = logic.natural(stream), logic.own_events_only(stream)
    prove(after, *given, logic.accepted(design, stream, batch))


# -------------------------------------------------------------------------------- get_events


def _streams() -> Iterator[Stream]:
    """The streams of up to five events, as they are."""
    return (tuple(Event("a", v) for v in range(1, n + 1)) for n in range(6))


@CLAIMS.claim(
    "es002-get-events-bounds",
    model="M12",
    source=f"{SEED}, get_events",
    statement=(
        "get_events(a, None) = get_events(a, Some(0)), and get_events(a, Some(v)) are the events "
        "with versions above v, in order: event v itself is not among them."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def get_events_bounds() -> Finding:
    """All streams of up to five events; z3 by induction over a stream of any length."""

    def exclusive(case: tuple[Stream | None, int]) -> bool:
        stream, version = case
        try:
            whole, tail = get_events(stream), get_events(stream, version)
        except NotFound:
            return stream is None
        return whole == get_events(stream, 0) and tail == whole[version:]

    cases = [(None, 0), *product(_streams(), range(7))]
    text = "get_events(None) = get_events(Some(0)); get_events(Some(v)) is what follows event v"
    small = weighed([each(cases, exclusive, text, "streams of up to 5 events, v up to 6")])
    if small.counterexamples:
        return small
    _filtered()
    proof = proved(
        "in a stream with versions 1..n, the first v events followed by get_events(Some(v)) are "
        "get_events(None); by induction over the stream"
    )
    return Finding((proof, *small.proofs))


def _filtered() -> None:
    """Proves what the loop of `get_events` has collected after each round."""
    rows = z3.Function("first", z3.IntSort(), logic.Events)  # events.clone(), round by round
    kept = z3.Function("kept", z3.IntSort(), logic.Events)  # the filter with `version > v`
    stream = logic.any_row("stream")
    above = z3.Int("above")
    nothing = z3.Empty(logic.Events)

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        unit = z3.Unit(logic.event(i))
        return [
            rows(i + 1) == z3.Concat(rows(i), unit),
            kept(i + 1) == z3.If(stream.version(i) > above, z3.Concat(kept(i), unit), kept(i)),
        ]

    def split(i: z3.ArithRef) -> z3.BoolRef:
        early = z3.Implies(i <= above, kept(i) == nothing)
        late = z3.Implies(i >= above, rows(i) == z3.Concat(rows(above), kept(i)))
        return z3.And(early, late)

    given = (rows(0) == nothing, kept(0) == nothing, logic.contiguous(stream), above >= 0)
    prove_for_each(split, *given, step=step, below=stream.length)
    same = [*given, above == 0]
    prove_for_each(lambda i: rows(i) == kept(i), *same, step=step, below=stream.length)


# --------------------------------------------------------------------------------- snapshots


@CLAIMS.claim(
    "es002-snapshot-tail",
    model="M12",
    source=f"{SEED}, get_snapshot and get_events",
    statement=(
        "For a snapshot whose data is the fold of the events up to its version: folding "
        "get_events(Some(snapshot.version)) onto its data gives the fold of all events, whatever "
        "is folded and however many events have been appended since."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def snapshot_tail() -> Finding:
    """All snapshots of streams of up to five events; z3 for any length and any aggregate."""

    nothing: Stream = ()

    def remember(seen: Stream, event: Event) -> Stream:
        return (*seen, event)

    def restored(case: tuple[Stream, int]) -> bool:
        stream, version = case
        data = folded(stream[:version], remember, nothing)
        return fold_tail(stream, version, data, remember) == folded(stream, remember, nothing)

    cases = [(stream, v) for stream in _streams() for v in range(len(stream) + 1)]
    text = "the snapshot and the events after it give what all events give"
    small = weighed([each(cases, restored, text, "streams of up to 5 events, all snapshots")])
    if small.counterexamples:
        return small
    logic.restored(z3.Int("version"), z3.Int("version"))
    proof = proved("for any aggregate and any length, by induction over the stream")
    return Finding((proof, *small.proofs))


@CLAIMS.claim(
    "es002-snapshot-monotone",
    model="M12",
    source=f"{SEED}, save_snapshot with validate_snapshot_version",
    statement=(
        "Whatever validate_snapshot_version is, which save_snapshot calls and no listing defines: "
        "a snapshot is never replaced by an older one, and its version is not above that of the "
        "last event."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def snapshot_monotone(not_newer: bool = True, not_older: bool = True) -> Finding:
    """With a validator that accepts everything; and with the one that the law calls for."""
    hypothesis = "the validator lets through: version of the kept snapshot ≤ version ≤ last version"
    proved = snapshot_validated(not_newer, not_older)
    return limited(proved, hypothesis, *_snapshots(False, False))


def _snapshots(not_newer: bool, not_older: bool) -> Iterator[Proof | Counterexample]:
    """Savers that have loaded what they save; and any."""
    slot = SmallSnapshots(not_newer, not_older)
    text = "savers that have loaded what they save never replace a snapshot by an older one"
    yield stepwise(replace(slot, honest=True), SnapshotSlot.never_older, text, "2 events")
    text = "the version of a snapshot is not above that of the last event"
    yield always(slot, SnapshotSlot.of_stored_events, text, "2 events, versions 1 and 2")


def snapshot_validated(not_newer: bool, not_older: bool) -> Finding:
    """Explored first; then for any number of events and any versions, by induction."""
    explored = weighed(_snapshots(not_newer, not_older))
    if explored.counterexamples:
        return explored
    slot = SnapshotSlot(not_newer, not_older)
    never_older = "a snapshot is never replaced by an older one; for all versions, by induction"
    of_stored = "no snapshot is of a version above the last; for all versions, by induction"
    return weighed(
        [
            inductive(slot, "never_older", never_older, parameters=["room"]),
            inductive(slot, "of_stored_events", of_stored, parameters=["room"]),
        ]
    )
