"""Claims on snapshots of event streams (M12): their consistency, the policy that takes them, and
rebuilding from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import z3

from cospec.models.event_streams import (
    AS_WRITTEN,
    REPAIRED,
    Formulas,
    Snapshot,
    SnapshotPolicy,
    balance,
    fold,
    journal,
    ordered,
    rebuild,
    up_to,
)
from cospec.proofs import stream_logic as logic
from cospec.proofs.evidence import (
    Evidence,
    always,
    conditional,
    confirmed,
    each,
    each_reason,
    independent,
    refuted,
    weighed,
)
from cospec.proofs.register import (
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)
from cospec.proofs.small_streams import (
    CHANGES,
    NOTHING,
    TIMES,
    Stream,
    numbered,
    streams,
    told,
)

CLAIMS = Register()

SEED_001, SEED_003 = "seed 001, section 3.2", "seed 003"


# --------------------------------------------------------------------------- consistent snapshots

#: The snapshots that are looked at, with versions beyond the end of some streams.
SNAPSHOTS = [Snapshot(state, version) for version in range(3) for state in range(3)]

Kept = tuple[Stream, Snapshot[int]]


def _snapshots(formulas: Formulas, longest: int = 2) -> Iterator[Kept]:
    """Small streams with each snapshot that is consistent with them."""
    for stream, snapshot in product(streams(longest, *CHANGES), SNAPSHOTS):
        if formulas.snapshot_consistency(snapshot, stream, 0, balance):
            yield stream, snapshot


_SNAPSHOT_BOUNDS = "up to 2 events of 3 kinds, versions up to 2, states up to 2"


def _exact(case: Kept) -> bool:
    stream, snapshot = case
    return snapshot.state == fold(stream[: snapshot.version], 0, balance)


@CLAIMS.claim(
    "es-snapshot-consistency",
    model="M12",
    source=f"{SEED_001}, definition snapshot_consistency",
    statement="In every store, replay(snapshot, skipn v E) = replay(init, E).",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def snapshot_consistency() -> Finding:
    """Nothing in the record relates the snapshot that is read to the events that are."""
    wrong = each(
        product(streams(2, *CHANGES), SNAPSHOTS),
        lambda case: AS_WRITTEN.snapshot_consistency(case[1], case[0], 0, balance),
        "a snapshot and the events after it come to what all events come to",
        _SNAPSHOT_BOUNDS,
        lambda case: told(*case),
    )
    return conditional(wrong, logic.CUT.proof("the snapshot is replay(init, firstn v E)"))


@CLAIMS.claim(
    "es-snapshot-consistency-converse",
    model="M12",
    source=f"{SEED_001}, definition snapshot_consistency",
    statement="A consistent snapshot is the state after as many events as its version says.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-snapshot-consistency-converse-repaired",
)
def snapshot_consistency_converse(formulas: Formulas = AS_WRITTEN) -> Finding:
    """An event that overwrites the state hides what was wrong before it."""
    return weighed([_is_state_at_version(formulas)])


def _is_state_at_version(formulas: Formulas) -> Evidence:
    text = "a consistent snapshot is the state at its version"
    return each(_snapshots(formulas), _exact, text, _SNAPSHOT_BOUNDS, lambda case: told(*case))


@CLAIMS.claim(
    "es-snapshot-consistency-converse-repaired",
    model="M12",
    source=f"{SEED_001}, repair of snapshot_consistency",
    statement=(
        "With snapshot = replay(init, firstn v E) as the definition, a consistent snapshot is the "
        "state at its version, and what comes after it leads to replay(init, E)."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def snapshot_consistency_converse_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """The first half is the definition; the second is proved for all streams."""
    return confirmed(_is_state_at_version(formulas), logic.CUT.proof)


@CLAIMS.claim(
    "es-snapshot-future",
    model="M12",
    source=f"{SEED_001}, definition snapshot_consistency, skipn",
    statement="The version of a consistent snapshot is at most the number of events.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-snapshot-future-repaired",
)
def snapshot_future(formulas: Formulas = AS_WRITTEN) -> Finding:
    """The second counterexample is what comes of it: events that are skipped for ever."""
    parts = _within(formulas), _stays_consistent(formulas)
    wrong = refuted(*parts)
    return Finding(counterexamples=wrong) if wrong else weighed(parts)


def _within(formulas: Formulas) -> Evidence:
    return each(
        _snapshots(formulas),
        lambda case: case[1].version <= len(case[0]),
        "the version of a consistent snapshot is at most the number of events",
        _SNAPSHOT_BOUNDS,
        lambda case: told(*case),
    )


def _stays_consistent(formulas: Formulas) -> Evidence:
    cases = product(_snapshots(formulas), streams(2, *CHANGES))
    return each(
        cases,
        lambda case: formulas.snapshot_consistency(
            case[0][1], case[0][0] + case[1], 0, balance
        ),
        "a consistent snapshot stays so when events are appended",
        f"{_SNAPSHOT_BOUNDS}, up to 2 events more",
        lambda case: (*told(*case[0]), "appended:", *told(case[1])),
    )  # fmt: skip


@CLAIMS.claim(
    "es-snapshot-future-repaired",
    model="M12",
    source=f"{SEED_001}, repair of snapshot_consistency",
    statement=(
        "With v ≤ |E| in the definition, a consistent snapshot stays consistent whatever is "
        "appended."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def snapshot_future_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """For all streams and snapshots; small ones first."""
    evidence = _stays_consistent(formulas)
    found = confirmed(evidence, lambda: logic.snapshot_stays(formulas.within))
    return found if found.counterexamples else weighed([*found.proofs, _within(formulas)])


@CLAIMS.claim(
    "es-time-travel-with-snapshot",
    model="M12",
    source=f"{SEED_001}, time_travel_query; {SEED_003}, section 2.3",
    statement=(
        "For a snapshot of the state after v events: replay(snapshot, filter(ts ≤ t)(skipn v E)) = "
        "time_travel_query E t, for every t."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def time_travel_with_snapshot() -> Finding:
    """The state is the list of events applied: no other `apply` tells more cases apart."""
    cases = ((e, v, t) for e in numbered(3) for v in range(len(e) + 1) for t in TIMES)
    wrong = each(
        cases,
        lambda case: (
            fold(up_to(case[0][case[1] :], case[2]), case[0][: case[1]], journal)
            == rebuild(case[0], case[2], NOTHING, journal)
        ),
        "replay from the snapshot and time travel agree",
        "up to 3 events, 3 times",
        lambda case: told(case[0], f"v = {case[1]}", f"t = {case[2]}"),
    )
    return conditional(wrong, logic.SNAPSHOT_IN_TIME.proof("ts ≤ t for the first v events"))


# ------------------------------------------------------------------------------ snapshot policy


@CLAIMS.claim(
    "es-snapshot-policy",
    model="M12",
    source=f"{SEED_003}, section 2.3, Snapshot(S, t); seed 004, section 1.4",
    statement=(
        "With a snapshot whenever the version after an append is a multiple of k, at most k events "
        "come after the last snapshot, batches having at most k."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-snapshot-policy-repaired",
)
def snapshot_policy(formulas: Formulas = AS_WRITTEN) -> Finding:
    """A first batch of 1, then batches of k: none of the versions is a multiple of k, ever."""
    found = weighed(_tails(formulas, SnapshotPolicy.short_tail, "at most k"))
    if found.counterexamples:
        return Finding((logic.never_due(),), found.counterexamples)
    return snapshot_policy_repaired(formulas)


def _tails(
    formulas: Formulas, short: Callable[[SnapshotPolicy], bool], text: str
) -> Iterator[Evidence]:
    for interval in (1, 2, 3, 4):
        start = SnapshotPolicy(interval, formulas.crossing)
        bounds = f"k = {interval}, versions up to {start.horizon}"
        yield always(start, short, f"{text} events after the last snapshot", bounds)


@CLAIMS.claim(
    "es-snapshot-policy-repaired",
    model="M12",
    source=f"{SEED_003}, repair of Snapshot(S, t)",
    statement=(
        "With a snapshot whenever an append reaches or passes a multiple of k, at most k - 1 "
        "events come after the last snapshot, for every k ≥ 1 and all batches."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def snapshot_policy_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """Explored for small k; proved for all."""
    explored = weighed(_tails(formulas, SnapshotPolicy.shorter_tail, "at most k - 1"))
    if explored.counterexamples:
        return explored
    return Finding((logic.tails_are_short(formulas.crossing), *explored.proofs))


@CLAIMS.claim(
    "es-snapshot-policy-time",
    model="M12",
    source=f"{SEED_003}, section 2.3, Snapshot(S, t)",
    statement="Snapshot(S, t) tells for a time t whether t mod k = 0.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def snapshot_policy_time() -> Finding:
    """Times have no `mod`: the name may mean anything."""
    time = z3.DeclareSort("Time")
    mod = z3.Function("mod", time, z3.IntSort(), z3.IntSort())
    now, interval = z3.Const("now", time), z3.Int("k")
    text = (
        "mod of a time (DateTime) is not defined, nor is S used; for versions: es-snapshot-policy"
    )
    return independent(mod(now, interval) == 0, text)


# ----------------------------------------------------------------------------- rebuild_optimized


@CLAIMS.claim(
    "es-rebuild-optimized-typing",
    model="M12",
    source=f"{SEED_003}, section 2.3, rebuild_optimized",
    statement="rebuild_optimized(E, t, S) = rebuild(filter(E, ts(e) > ts_S), S) as printed.",
    registered=Truth.VACUOUS,
    method=Method.STATIC,
)
def rebuild_optimized_typing() -> Finding:
    """z3's sorts are the types: `rebuild` takes a stream and a time, as section 1.3 defines it.
    Read with `fold` for `rebuild` it has a type, and gives the state of now for every t.

    Raises:
        Undecided: the right-hand side has a type.
    """
    moment = z3.DeclareSort("Time")
    rebuilding = z3.Function("rebuild", logic.Stream, moment, logic.State)
    try:
        rebuilding(logic.stream, logic.state)
    except z3.Z3Exception as error:
        text = f"rebuild(E, t) with a state for t is ill-typed: {str(error).strip()}"
    else:
        raise Undecided("rebuild(E, S) has a type")
    why = "the state stands where the time should, and t does not occur on the right-hand side"
    return Finding((Proof(Method.STATIC, text),), vacuous=why)


Cut = tuple[Stream, int, int]


def _cuts(longest: int, formulas: Formulas, only_ordered: bool) -> Iterator[Cut]:
    """Streams, the number of events that a snapshot is made of, and a time that is asked for."""
    for stream in numbered(longest):
        if formulas.admits(stream) and (ordered(stream) or not only_ordered):
            for version, time in product(range(1, len(stream) + 1), TIMES):
                if formulas.may_rebuild(time, _snapshot_of(stream, version)):
                    yield stream, version, time


def _snapshot_of(stream: Stream, version: int) -> Snapshot[Stream]:
    return Snapshot(stream[:version], version, stream[version - 1].time)


def _optimized(formulas: Formulas, case: Cut) -> bool:
    """Whether `rebuild_optimized` gives what `rebuild` gives."""
    stream, version, time = case
    snapshot = _snapshot_of(stream, version)
    quick = formulas.rebuild_optimized(stream, time, snapshot, journal)
    return quick == rebuild(stream, time, NOTHING, journal)


def _told_cut(case: Cut) -> tuple[str, ...]:
    stream, version, time = case
    snapshot_time = stream[version - 1].time
    return told(stream, f"snapshot after {version} events @{snapshot_time}", f"t = {time}")


@CLAIMS.claim(
    "es-rebuild-optimized",
    model="M12",
    source=f"{SEED_003}, section 2.3, rebuild_optimized",
    statement="fold(filter(ts_S < ts ≤ t) E, S) = rebuild(E, t) for ordered E and a snapshot S.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-rebuild-optimized-repaired",
)
def rebuild_optimized(formulas: Formulas = AS_WRITTEN) -> Finding:
    """All ordered streams of up to 4 events at 3 times, all snapshots, all t: 315 cases. The second
    counterexample is no question about the past, but a tie."""
    bounds = "up to 4 events in order, 3 times, every snapshot"
    cases = list(_cuts(4, formulas, only_ordered=True))
    differing = [case for case in cases if not _optimized(formulas, case)]
    later = [case for case in cases if _snapshot_of(*case[:2]).time <= case[2]]
    text = f"rebuild_optimized is rebuild ({len(differing)} of {len(cases)} cases differ)"
    return each_reason(
        each(chosen, lambda case: _optimized(formulas, case), text, bounds, _told_cut)
        for chosen in (cases, later)
    )


@CLAIMS.claim(
    "es-rebuild-optimized-repaired",
    model="M12",
    source=f"{SEED_003}, repair of rebuild_optimized",
    statement=(
        "If E is ordered, S is the state after v events and t is at least the time of the v-th: "
        "fold(filter(ts ≤ t)(skipn v E), S) = rebuild(E, t)."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def rebuild_optimized_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """Cut by version: small streams in any order that the log admits, then all."""
    evidence = each(
        _cuts(4, formulas, only_ordered=False),
        lambda case: _optimized(formulas, case),
        "rebuild_optimized is rebuild",
        "up to 4 events, 3 times, every snapshot",
        _told_cut,
    )
    return confirmed(evidence, logic.CUT_BY_VERSION.proof)
