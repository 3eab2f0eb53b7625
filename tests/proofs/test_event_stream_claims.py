"""Claims on event streams: shortest counterexamples, what each repair is good for, and that z3
speaks of the same functions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import permutations

import pytest
import z3

from cospec.models import event_streams as model
from cospec.models.event_streams import REPAIRED, REPAIRS, Event, Formulas
from cospec.proofs import stream_logic as logic
from cospec.proofs.claims import event_snapshots as snapshots
from cospec.proofs.claims import event_streams as claims
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Counterexample, Finding, Truth, Undecided
from cospec.proofs.small_streams import streams

LAWS = {name: each for name, each in vars(logic).items() if isinstance(each, logic.Law)}


def sizes(finding: Finding) -> list[int]:
    """The number of events in the stream of each counterexample."""
    return [wrong.steps[0].count("@") for wrong in finding.counterexamples]


def test_counterexamples_are_shortest() -> None:
    assert sizes(claims.correctness()) == [1, 2]
    assert sizes(claims.consistency_literal()) == [3]
    assert sizes(snapshots.snapshot_consistency()) == [0]
    assert sizes(snapshots.snapshot_consistency_converse()) == [1]
    assert sizes(snapshots.snapshot_future()) == [0, 0]
    assert sizes(snapshots.time_travel_with_snapshot()) == [1]
    assert sizes(claims.evolution()) == sizes(claims.rebuild_prefix()) == [2]
    assert sizes(claims.rebuild_compose()) == [2]
    assert sizes(claims.rebuild_aggregate()) == [1]
    assert sizes(snapshots.rebuild_optimized()) == [1, 2]
    assert (
        len(snapshots.snapshot_policy().counterexamples[0].steps) == 1 + 2
    )  # 1, then 2: version 3


def test_the_optimised_rebuild_is_wrong_in_195_of_315_cases() -> None:
    finding = snapshots.rebuild_optimized()
    assert "195 of 315" in finding.counterexamples[0].text


def test_cut_by_version_no_case_differs() -> None:
    by_version = Formulas(by_version=True, not_before=True)
    assert snapshots.rebuild_optimized(by_version).verdict is Truth.TRUE


# -------------------------------------------------------------------------------- the repairs

REPAIRED_CLAIMS = {
    "exact": snapshots.snapshot_consistency_converse_repaired,
    "within": snapshots.snapshot_future_repaired,
    "ordered": claims.time_travel_repaired,
    "by_aggregate": claims.rebuild_aggregate_repaired,
    "per_stream": claims.consistency_repaired,
    "by_version": snapshots.rebuild_optimized_repaired,
    "not_before": snapshots.rebuild_optimized_repaired,
    "crossing": snapshots.snapshot_policy_repaired,
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_a_claim_fails(repair: str) -> None:
    check = REPAIRED_CLAIMS[repair]
    assert check().verdict is Truth.TRUE
    finding = check(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize(
    "check",
    [
        snapshots.snapshot_consistency_converse, snapshots.snapshot_future, claims.correctness,
        claims.rebuild_aggregate, claims.consistency_literal, snapshots.snapshot_policy,
        snapshots.rebuild_optimized,
    ],
)  # fmt: skip
def test_with_the_repairs_a_false_claim_is_false_no_more(check: object) -> None:
    finding = check(REPAIRED)  # type: ignore[operator]
    if check is claims.correctness:  # still nothing says that the states on the way are valid
        assert len(finding.counterexamples) == 1
    else:
        assert finding.verdict is Truth.TRUE


# ------------------------------------------------------------------------------ what z3 proves


@pytest.mark.parametrize(
    "law", ["LATE", "TIME_TRAVEL_VALID", "PREFIX", "COMPOSE", "CUT_BY_VERSION"]
)
def test_without_order_z3_refutes_what_needs_it(law: str) -> None:
    """Of a stream of two events, and of the cut after both."""
    one, two = z3.Consts("one two", logic.Event)
    pair = logic.Stream.cons(one, logic.Stream.cons(two, logic.NIL))
    says = LAWS[law].at(pair, logic.state, z3.IntVal(2))
    hypothesis = logic.ordered(pair, logic.since)
    assert counterexample_of(says) is None
    assert counterexample_of(z3.substitute(says, (hypothesis, z3.BoolVal(True)))) is not None


def test_a_law_that_does_not_hold_is_not_proved() -> None:
    with pytest.raises(Undecided):
        logic.Law("a stream has one event", logic.length(logic.stream) <= 1).proof()
    with pytest.raises(Undecided):
        logic.Law("all is past", logic.up_to(logic.stream, logic.time) == logic.stream).proof()


def test_the_proofs_by_induction_over_the_log_need_their_hypotheses() -> None:
    for proof in (
        lambda: logic.snapshot_stays(within=False),
        lambda: logic.versions_follow_time(monotone=False),
        lambda: logic.versions_follow_time(per_stream=False),
        lambda: logic.tails_are_short(crossing=False),
    ):
        with pytest.raises(Undecided):
            proof()


# --------------------------------------------------------------- the same functions in z3


@cache
def constant(event: Event) -> z3.ExprRef:
    return z3.Const(str(event), logic.Event)


AGGREGATES = {name: z3.Const(name, logic.Aggregate) for name in "ab"}


def literal(events: tuple[Event, ...]) -> z3.ExprRef:
    made = logic.NIL
    for event in reversed(events):
        made = logic.Stream.cons(constant(event), made)
    return made


def folded(events: tuple[Event, ...]) -> z3.ExprRef:
    state = logic.state
    for event in events:
        state = logic.apply(state, constant(event))
    return state


EVENTS = [
    model.Event(kind, 1, time, aggregate)
    for kind, time, aggregate in [("x", 0, "a"), ("y", 1, "b"), ("z", 2, "a")]
]

FACTS = [
    *(logic.time_of(constant(event)) == event.time for event in EVENTS),
    *(logic.aggregate_of(constant(event)) == AGGREGATES[event.aggregate] for event in EVENTS),
    AGGREGATES["a"] != AGGREGATES["b"],
    z3.Distinct(*map(constant, EVENTS)),
]


def test_the_transcription_says_what_the_functions_do() -> None:
    """All streams of up to two events at three times, of two aggregates, and of all three."""
    equations: list[z3.BoolRef] = []
    for stream in (*streams(2, *EVENTS), *permutations(EVENTS)):
        term = literal(stream)
        more = [
            logic.length(term) == len(stream),
            logic.fold(term, logic.state) == folded(stream),
            logic.joined(term, literal(stream[:1])) == literal(stream + stream[:1]),
            logic.of_aggregate(term, AGGREGATES["a"]) == literal(model.of_aggregate(stream, "a")),
            logic.ordered(term, 0) == model.ordered(stream),
        ]
        for number in range(4):
            more += [
                logic.first(number, term) == literal(stream[:number]),
                logic.skipped(number, term) == literal(stream[number:]),
                logic.up_to(term, number) == literal(model.up_to(stream, number)),
                logic.between(term, 0, number) == literal(model.between(stream, 0, number)),
                logic.all_before(term, number) == model.all_before(stream, number),
            ]
            if number < len(stream):
                more.append(logic.nth(number, term) == constant(stream[number]))
        equations.append(z3.And(more))
        valid = [logic.valid(folded(prefix)) for prefix in model.prefixes(stream)]
        equations.append(logic.always_valid(term, logic.state) == z3.And(valid))
    assert counterexample_of(z3.And(equations), *FACTS) is None


def test_evidence_is_replayed_on_the_case_itself() -> None:
    (wrong, _) = claims.correctness().counterexamples
    assert isinstance(wrong, Counterexample)
    wrong.replay()
