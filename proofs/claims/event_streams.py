"""Claims on event streams (M12): replay, rebuilding, time travel and order, as formulas.

What is true is proved for streams of any length and any `apply` (`cospec.proofs.stream_logic`);
what is not is refuted by the smallest stream there is. Repaired claims take the switches as an
argument, so that each of them can be taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

import z3

from cospec.models.event_streams import (
    AS_WRITTEN,
    REPAIRED,
    Event,
    Formulas,
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
    time_travel_query,
    up_to,
    withdrawn,
)
from cospec.proofs import stream_logic as logic
from cospec.proofs.evidence import (
    Evidence,
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
    Register,
    Truth,
    Undecided,
)
from cospec.proofs.small_streams import (
    ACCOUNT,
    CHANGES,
    NOTHING,
    TIMES,
    Stream,
    numbered,
    streams,
    timed,
    told,
)

CLAIMS = Register()

SEED_001, SEED_003 = "seed 001, section 3.2", "seed 003"

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
    return confirmed(
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
            == fold(case[1], fold(case[0], 0, balance), balance)
        ),
        "replaying a stream is replaying its second part from the state after the first",
        "two streams of up to 2 events of 3 kinds",
    )
    return confirmed(evidence, logic.REPLAY_OF_JOINED.proof)


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
    return confirmed(evidence, logic.NOW.proof)


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
    return each_reason([_travelling(formulas, False), _travelling(formulas, True)])


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
    return confirmed(_travelling(formulas, True), logic.TIME_TRAVEL_VALID.proof)


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
    return conditional(wrong, logic.EVOLUTION.proof(hypothesis), logic.OWN_EVENTS.proof())


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
    return conditional(wrong, logic.PREFIX.proof("times do not decrease along E"))


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
    return conditional(wrong, logic.COMPOSE.proof("times do not decrease along E"))


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
    return confirmed(evidence, logic.OWN_EVENTS.proof, logic.FILTERS_COMMUTE.proof)


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
    return confirmed(evidence, lambda: proof(formulas.ordered, formulas.per_stream))


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
    wrong = refuted(*parts)
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
