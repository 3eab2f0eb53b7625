"""Claims on event streams (M12): replay, time travel, snapshots, as formulas.

What is true is proved for streams of any length and any `apply` (`cospec.proofs.stream_logic`);
what is not is refuted by the smallest stream there is. Repaired claims take the switches as an
argument, so that each of them can be taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product

import z3

from cospec.models.event_streams import (
    AS_WRITTEN,
    REPAIRED,
    Event,
    Formulas,
    Snapshot,
    SnapshotPolicy,
    all_before,
    balance,
    between,
    consistency,
    deposited,
    fold,
    journal,
    of_aggregate,
    ordered,
    prefixes,
    rebuild,
    replay_events,
    replay_loop,
    set_to,
    time_travel_query,
    up_to,
    withdrawn,
)
from cospec.proofs import stream_logic as logic
from cospec.proofs.evidence import always, each, independent, weighed
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

SEED_001, SEED_003 = "seed 001, section 3.2", "seed 003"

#: The times of small streams.
TIMES = range(3)

Stream = tuple[Event, ...]

#: The state of a journal at the start.
NOTHING: Stream = ()

Evidence = Proof | Counterexample


def streams(longest: int, *events: Event) -> Iterator[Stream]:
    """All streams of some events, the shortest first."""
    return (made for size in range(longest + 1) for made in product(events, repeat=size))


def timed(longest: int, *events: Event) -> Iterator[Stream]:
    """All streams of some events, each of them at any of the times."""
    return streams(longest, *(replace(event, time=time) for event in events for time in TIMES))


def numbered(longest: int) -> Iterator[Stream]:
    """All streams of events that can be told apart, at any times."""
    for size in range(longest + 1):
        for times in product(TIMES, repeat=size):
            yield tuple(deposited(number, time) for number, time in enumerate(times, 1))


ACCOUNT = deposited(1), withdrawn(1)
CHANGES = set_to(1), set_to(2), deposited(1)


def told(stream: Stream, *more: object) -> tuple[str, ...]:
    """A case as lines."""
    return (f"E = [{', '.join(map(str, stream))}]", *map(str, more))


def under(evidence: Evidence, *proofs: Proof) -> Finding:
    """What holds under a hypothesis, with what speaks against the statement without it.

    Raises:
        Undecided: nothing does, so that no hypothesis is needed in the cases looked at.
    """
    if isinstance(evidence, Proof):
        raise Undecided(f"no case needs the hypothesis: {evidence.text}")
    return Finding(proofs, (evidence,))


def and_proved(evidence: Evidence, *proofs: Callable[[], Proof]) -> Finding:
    """A counterexample among small cases; where there is none, the proofs for all sizes."""
    if isinstance(evidence, Counterexample):
        return Finding(counterexamples=(evidence,))
    return Finding((*(proof() for proof in proofs), evidence))


# -------------------------------------------------------------------------------------- replay


@CLAIMS.claim(
    "cqrs000-es-aggregate-replay",
    model="M12",
    source="seed 000, section 4.2, EventSourcedAggregate::replay_events",
    statement="The loop of replay_events is the left fold of apply_event from the default state.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def aggregate_replay() -> Finding:
    """After i rounds the loop's state is the fold of the first i events: i = 0 by definition."""
    cases = ((stream, state) for stream in streams(4, *CHANGES) for state in (0, 1))
    evidence = each(
        cases,
        lambda case: replay_loop(*case, balance) == fold(*case, balance),
        "loop and fold come to the same state",
        "up to 4 events of 3 kinds, 2 initial states",
    )
    return and_proved(
        evidence, logic.LOOP_STEP.proof, logic.LOOP_END.proof, logic.ONE_MORE_EVENT.proof
    )


@CLAIMS.claim(
    "es-replay-append",
    model="M12",
    source=f"{SEED_001}, replay_events; {SEED_003}, section 1.3, fold",
    statement="fold(E ++ F, s) = fold(F, fold(E, s)) for all finite streams E and F and states s.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def replay_append() -> Finding:
    """The recursion is on the rest of a finite list, so it ends; z3 accepts it as a definition."""
    evidence = each(
        product(streams(2, *CHANGES), streams(2, *CHANGES)),
        lambda case: (
            replay_events(0, case[0] + case[1], balance)
            == replay_events(replay_events(0, case[0], balance), case[1], balance)
        ),
        "replaying a stream is replaying its second part from the state after the first",
        "two streams of up to 2 events of 3 kinds",
    )
    return and_proved(evidence, logic.REPLAY_OF_JOINED.proof)


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
    return under(wrong, logic.CUT.proof("the snapshot is replay(init, firstn v E)"))


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
    return and_proved(_is_state_at_version(formulas), logic.CUT.proof)


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
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
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
    found = and_proved(evidence, lambda: logic.snapshot_stays(formulas.within))
    return found if found.counterexamples else weighed([*found.proofs, _within(formulas)])


# --------------------------------------------------------------------------------- time travel


@CLAIMS.claim(
    "es-time-travel-latest",
    model="M12",
    source=f"{SEED_001}, definition time_travel_query",
    statement="time_travel_query at t is the current state where no event is later than t.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def time_travel_latest() -> Finding:
    """In any order of the events."""
    cases = ((e, t) for e in numbered(4) for t in TIMES if all_before(e, t))
    evidence = each(
        cases,
        lambda case: time_travel_query(*case, NOTHING, journal) == fold(case[0], NOTHING, journal),
        "the query gives the state after all events",
        "up to 4 events, 3 times",
    )
    return and_proved(evidence, logic.NOW.proof)


def _valid(state: int | None) -> bool:
    """`valid_aggregate_state` of an account."""
    return state is None or state >= 0


def _travelling(formulas: Formulas, always_valid: bool) -> Evidence:
    """Whether every query gives a valid state; the record's snapshot is none, so consistent."""
    cases = (
        (stream, time)
        for stream in timed(3, *ACCOUNT)
        if formulas.admits(stream)
        and formulas.snapshot_consistency(None, stream, 0, balance)
        and (not always_valid or all(_valid(fold(p, 0, balance)) for p in prefixes(stream)))
        for time in TIMES
    )
    return each(
        cases,
        lambda case: _valid(time_travel_query(case[0], case[1], 0, balance)),
        "time_travel_query gives a valid state, a balance of at least 0",
        "up to 3 deposits and withdrawals of 1, 3 times, no snapshot",
        lambda case: told(case[0], f"t = {case[1]}", f"→ {rebuild(*case, 0, balance)}"),
    )


@CLAIMS.claim(
    "es-correctness",
    model="M12",
    source=f"{SEED_001}, theorem event_sourcing_correctness",
    statement=(
        "If snapshot_consistency holds of a store and an aggregate, time_travel_query gives a "
        "valid state for every time, valid being a balance of at least 0."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-time-travel-repaired",
)
def correctness(formulas: Formulas = AS_WRITTEN) -> Finding:
    """The second counterexample has only valid states on its way: the theorem's hypothesis has
    nothing to do with its conclusion, as the query reads no snapshot."""
    parts = _travelling(formulas, False), _travelling(formulas, True)
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    return Finding(counterexamples=wrong) if wrong else weighed(parts)


@CLAIMS.claim(
    "es-time-travel-repaired",
    model="M12",
    source=f"{SEED_001}, repair of event_sourcing_correctness",
    statement=(
        "If times do not decrease along the stream and every prefix folds to a valid state, "
        "time_travel_query gives a valid state for every time."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def time_travel_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """For every stream, every `apply` and every notion of a valid state."""
    return and_proved(_travelling(formulas, True), logic.TIME_TRAVEL_VALID.proof)


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
    return under(wrong, logic.SNAPSHOT_IN_TIME.proof("ts ≤ t for the first v events"))


# -------------------------------------------------------------------------------- rebuild, fold

#: Events of two aggregates that cannot be told apart but by their aggregate and their time.
TWO_ACCOUNTS = deposited(1, aggregate="a"), deposited(1, aggregate="b")


@CLAIMS.claim(
    "es-evolution",
    model="M12",
    source=f"{SEED_003}, section 1.1, S_a(t) = fold(E_a[0:t], S_a(0))",
    statement=(
        "The fold of a's events up to t is a state that a was in: that after a's events among the "
        "first n of the log, for some n."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def evolution() -> Finding:
    """A clock that goes back makes events from the future part of the past."""
    cases = ((e, t) for e in timed(3, deposited(1), withdrawn(1)) for t in TIMES)
    wrong = each(
        cases,
        lambda case: (
            fold(of_aggregate(up_to(*case), "a"), 0, balance)
            in [fold(of_aggregate(p, "a"), 0, balance) for p in prefixes(case[0])]
        ),
        "S_a(t) is a state that a was in",
        "up to 3 deposits and withdrawals of 1, 3 times",
        lambda case: told(case[0], f"t = {case[1]}"),
    )
    hypothesis = "times do not decrease along the log"
    return under(wrong, logic.EVOLUTION.proof(hypothesis), logic.OWN_EVENTS.proof())


def _is_prefix_of(events: Stream, stream: Stream) -> bool:
    return stream[: len(events)] == events


@CLAIMS.claim(
    "es-rebuild-prefix",
    model="M12",
    source=f"{SEED_003}, section 1.3, rebuild",
    statement="rebuild(E, t) is the fold of a prefix of E, that of the events up to t.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def rebuild_prefix() -> Finding:
    """For events that can be told apart."""
    cases = ((e, t) for e in numbered(3) for t in TIMES)
    wrong = each(
        cases,
        lambda case: _is_prefix_of(rebuild(*case, NOTHING, journal), case[0]),
        "rebuild(E, t) folds a prefix of E",
        "up to 3 events, 3 times",
        lambda case: told(case[0], f"t = {case[1]}"),
    )
    return under(wrong, logic.PREFIX.proof("times do not decrease along E"))


@CLAIMS.claim(
    "es-rebuild-compose",
    model="M12",
    source=f"{SEED_003}, section 1.3, rebuild",
    statement="t1 ≤ t2 ⇒ rebuild(E, t2) = fold(filter(t1 < ts ≤ t2) E, rebuild(E, t1)).",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def rebuild_compose() -> Finding:
    """For events that can be told apart."""
    spans = [(one, two) for one in TIMES for two in TIMES if one <= two]
    wrong = each(
        product(numbered(3), spans),
        lambda case: (
            rebuild(case[0], case[1][1], NOTHING, journal)
            == fold(
                between(case[0], *case[1]), rebuild(case[0], case[1][0], NOTHING, journal), journal
            )
        ),
        "rebuilding in two steps is rebuilding in one",
        "up to 3 events, 3 times",
        lambda case: told(case[0], f"t1 = {case[1][0]}, t2 = {case[1][1]}"),
    )
    return under(wrong, logic.COMPOSE.proof("times do not decrease along E"))


def _by_itself(events: Stream, time: int, aggregate: str) -> Stream:
    """What happened to an aggregate up to a time, each aggregate's events kept by themselves."""
    states: dict[str, Stream] = {}
    for event in events:
        if event.time <= time:
            states[event.aggregate] = journal(states.get(event.aggregate, ()), event)
    return states.get(aggregate, ())


def _of_its_aggregate(formulas: Formulas) -> Evidence:
    cases = ((e, t, a) for e in timed(3, *TWO_ACCOUNTS) for t in TIMES for a in "ab")
    return each(
        cases,
        lambda case: formulas.rebuild_of(*case, NOTHING, journal) == _by_itself(*case),
        "rebuild gives the state of the aggregate that is asked for",
        "up to 3 events of 2 aggregates, 3 times",
        lambda case: told(case[0], f"t = {case[1]}, aggregate {case[2]}"),
    )


@CLAIMS.claim(
    "es-rebuild-aggregate",
    model="M12",
    source=f"{SEED_003}, sections 1.1 and 1.3, rebuild",
    statement="rebuild(E, t) is the state of an aggregate a at t, E being the log of them all.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-rebuild-aggregate-repaired",
)
def rebuild_aggregate(formulas: Formulas = AS_WRITTEN) -> Finding:
    """The filter asks for times only."""
    return weighed([_of_its_aggregate(formulas)])


@CLAIMS.claim(
    "es-rebuild-aggregate-repaired",
    model="M12",
    source=f"{SEED_003}, repair of rebuild",
    statement=(
        "With filter(agg(e) = a), rebuild gives a's state: an event of a is applied to it, an "
        "event of another aggregate leaves it as it is."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def rebuild_aggregate_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """The filters by aggregate and by time commute."""
    evidence = _of_its_aggregate(formulas)
    return and_proved(evidence, logic.OWN_EVENTS.proof, logic.FILTERS_COMMUTE.proof)


# ------------------------------------------------------------------------------- Consistency(E)


def _logs(longest: int, times: Callable[[int], Iterable[tuple[int, ...]]]) -> Iterator[Stream]:
    """Logs of two streams, each of which counts its versions."""
    for size in range(longest + 1):
        for names, stamps in product(product("AB", repeat=size), times(size)):
            yield tuple(
                Event("put", 1, stamps[n], name, 1 + names[:n].count(name))
                for n, name in enumerate(names)
            )


def _consistent(logs: Iterable[Stream], formulas: Formulas, bounds: str) -> Evidence:
    return each(
        (log for log in logs if formulas.admits(log)),
        lambda log: consistency(log, formulas.per_stream),
        "a lower version is never of a later time",
        bounds,
        told,
    )


@CLAIMS.claim(
    "es-consistency-literal",
    model="M12",
    source=f"{SEED_003}, section 2.1, Consistency(E)",
    statement="For all events of a log: version(e_i) < version(e_j) ⇒ ts(e_i) ≤ ts(e_j).",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-consistency-repaired",
)
def consistency_literal(formulas: Formulas = AS_WRITTEN) -> Finding:
    """With a perfect clock: the n-th event of the log happens at time n."""
    logs = _logs(4, lambda size: [tuple(range(size))])
    return weighed([_consistent(logs, formulas, "up to 4 events, 2 streams, a perfect clock")])


@CLAIMS.claim(
    "es-consistency-repaired",
    model="M12",
    source=f"{SEED_003}, repair of Consistency(E)",
    statement=(
        "For two events of the same stream, under a clock that never goes back: version(e_i) < "
        "version(e_j) ⇒ ts(e_i) ≤ ts(e_j)."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def consistency_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """Any number of streams and events, by induction over the log."""
    logs = _logs(3, lambda size: product(TIMES, repeat=size))
    evidence = _consistent(logs, formulas, "up to 3 events, 2 streams, 3 times")
    proof = logic.versions_follow_time
    return and_proved(evidence, lambda: proof(formulas.ordered, formulas.per_stream))


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
    parts = [
        each(chosen, lambda case: _optimized(formulas, case), text, bounds, _told_cut)
        for chosen in (cases, later)
    ]
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    return Finding(counterexamples=wrong) if wrong else weighed(parts)


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
    return and_proved(evidence, logic.CUT_BY_VERSION.proof)


# ------------------------------------------------------------------------------- what is promised


@CLAIMS.claim(
    "es003-time-travel",
    model="M12",
    source=f"{SEED_003}, summary, item 2",
    statement="The state at any past time can be rebuilt from what the store holds.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def time_travel() -> Finding:
    """Not if times decrease; nor if the oldest events are deleted."""
    asked = ((e, 0, t) for e in timed(2, *ACCOUNT) for t in TIMES)
    retained = (
        (e, dropped, t)
        for e in timed(2, *ACCOUNT)
        if ordered(e)
        for dropped in range(len(e) + 1)
        for t in TIMES
    )
    parts = [
        each(
            cases,
            lambda case: (
                rebuild(case[0][case[1] :], case[2], 0, balance)
                in [fold(p, 0, balance) for p in prefixes(case[0])]
            ),
            "what is rebuilt is a state that there was",
            "up to 2 deposits and withdrawals of 1, 3 times",
            lambda case: told(case[0], f"{case[1]} of them deleted", f"t = {case[2]}"),
        )
        for cases in (asked, retained)
    ]
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    if len(wrong) < len(parts):
        raise Undecided("one of the two hypotheses is not needed in small cases")
    hypothesis = "times do not decrease, and no event is deleted"
    return Finding((logic.PREFIX.proof(hypothesis),), wrong)


@CLAIMS.claim(
    "es-immutability-literal",
    model="M12",
    source=f"{SEED_003}, section 1.1, axiom of immutable events",
    statement="∀ e ∈ E, t ∈ T: e(t) = e(t') for all t' ≥ t.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def immutability_literal() -> Finding:
    """An event is a value; what e(t) means, if it is to be a function of time, is left open."""
    one, two = z3.Ints("t t'")
    seen = z3.Function("seen", logic.Event, z3.IntSort(), z3.DeclareSort("Observation"))
    event = logic.event
    statement = z3.ForAll(
        [event, one, two], z3.Implies(two >= one, seen(event, one) == seen(event, two))
    )
    text = "e(t) is not defined: an event is no function of time; meant is es-append-only"
    return independent(statement, text)


@CLAIMS.claim(
    "es-record-store-pure",
    model="M12",
    source=f"{SEED_001}, record EventStore",
    statement="Events that append_events accepts can be read back by read_events.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def record_store_pure() -> Finding:
    """The fields of the record are functions, fixed when it is made; `append_events` gives a stream
    and no new store, so that after it `read_events` is the function it was."""
    accepted = z3.Function("append_events", logic.Aggregate, logic.Stream, z3.BoolSort())
    read = z3.Function("read_events", logic.Aggregate, logic.Stream)
    before = z3.Const("before", logic.Stream)
    who, added = logic.aggregate, logic.more
    readable = z3.Exists([before], read(who) == logic.joined(before, added))
    text = (
        "append_events returns no new store: read_events is a field that has nothing to do with it"
    )
    return independent(z3.Implies(accepted(who, added), readable), text)


@CLAIMS.claim(
    "es003-summary-rest",
    model="M12",
    source=f"{SEED_003}, summary, items 4 and 5, memory and performance",
    statement=(
        "Event sourcing gives a decoupled architecture and extensibility; with Rust, memory "
        "management and zero-cost abstraction."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def summary_rest() -> Finding:
    """None of the four words is defined, nor does any listing speak of them."""
    system = z3.DeclareSort("System")
    it = z3.Const("it", system)
    sourced, *promised = (
        z3.Function(name, system, z3.BoolSort())
        for name in ("event_sourced", "decoupled", "extensible", "memory_managed", "zero_cost")
    )
    text = (
        "decoupled, extensible, memory-managed and zero-cost are not defined: advice, no statement"
    )
    return independent(z3.Implies(sourced(it), z3.And(*(each(it) for each in promised))), text)
