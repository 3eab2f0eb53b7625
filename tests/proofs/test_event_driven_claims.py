"""Claims on the queue and the causal order: counterexamples, repairs, and what z3 is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, product

import pytest
import z3

from cospec.models.event_queue import (
    REPAIRED,
    REPAIRS,
    Clocks,
    Event,
    causal_ordering,
    insertion_point,
)
from cospec.proofs import event_logic as logic
from cospec.proofs.claims import event_causality as causality
from cospec.proofs.claims import event_driven as claims
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Finding, Result, Truth


def evidence(slug: str, result_of: Callable[[str], Result]) -> Finding:
    finding = result_of(slug).finding
    assert finding is not None
    return finding


def test_each_part_of_well_formedness_is_broken_by_itself(
    result_of: Callable[[str], Result],
) -> None:
    found = evidence("event-driven-correctness", result_of).counterexamples
    assert [wrong.steps for wrong in found] == [
        ("queue [e1@1]", "process e1@0; handlers emit e2@0", "→ [e1@1, e2@0]"),
        ("queue []", "process e1@0; handlers emit e1@0, e1@0", "→ [e1@0, e1@0]"),
        ("queue []", "process e1@0; handlers emit e2@-1", "→ [e2@-1]"),
    ]


def test_an_event_without_handlers_stays_in_the_queue(result_of: Callable[[str], Result]) -> None:
    (wrong,) = evidence("event-process-dequeues", result_of).counterexamples
    assert wrong.steps == ("queue [e1@0]", "process e1@0; handlers emit -", "→ [e1@0]")


def test_counterexamples_to_the_causal_order_are_as_small_as_can_be(
    result_of: Callable[[str], Result],
) -> None:
    self_caused, open_chain = evidence("event-causal-spo", result_of).counterexamples
    assert len(self_caused.steps) == 2
    assert open_chain.steps[0].count("e") <= 3
    unsound, skewed = evidence("event-causal-sound", result_of).counterexamples
    assert unsound.steps[0].count("e") == 2
    assert len(skewed.steps) - 1 == 2
    (two_sorts,) = evidence("event-causal-total", result_of).counterexamples
    assert two_sorts.steps[0].count("e") == 2
    (two_runs,) = evidence("event-determinism", result_of).counterexamples
    assert two_runs.steps.index("and the other run") == 3  # the start and 2 events


# -------------------------------------------------------------------------------- the repairs


def test_with_all_repairs_the_claims_hold() -> None:
    assert claims.correctness(REPAIRED, contract=True).verdict is Truth.TRUE
    assert claims.correctness_repaired(REPAIRED).verdict is Truth.TRUE
    assert claims.dequeues(REPAIRED).verdict is Truth.TRUE
    assert claims.determinism(total=True).verdict is Truth.TRUE
    assert causality.causal_total(total=True).verdict is Truth.TRUE
    assert causality.causal_spo(logic.irreflexive(), logic.transitive()).verdict is Truth.TRUE


@pytest.mark.parametrize(
    ("repair", "broken"),
    [("merging", claims.correctness_repaired), ("dequeuing", claims.dequeues_repaired)],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: Callable[..., Finding]) -> None:
    finding = broken(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


def test_without_the_contract_the_repaired_bus_is_broken_by_its_handlers() -> None:
    found = claims.correctness(REPAIRED)
    assert [wrong.text.split(" after")[0] for wrong in found.counterexamples] == [
        "Not so: the ids in the queue are unique",
        "Not so: the queued events are well-formed",
    ]


@pytest.mark.parametrize(
    "finding",
    [
        lambda: claims.determinism_repaired(total=False),
        lambda: causality.causal_total_repaired(total=False),
        lambda: causality.causal_sound_repaired(Clocks()),
    ],
    ids=["determinism", "total", "sound"],
)
def test_without_their_orders_and_clocks_the_repaired_claims_fail(
    finding: Callable[[], Finding],
) -> None:
    found = finding()
    assert found.verdict is Truth.FALSE
    for wrong in found.counterexamples:
        wrong.replay()


def test_a_tie_break_for_unrelated_events_only_goes_round_in_a_circle() -> None:
    # That is why the repaired order takes clocks that rise strictly, and leaves happens_before.
    def mended(one: z3.ExprRef, two: z3.ExprRef) -> z3.BoolRef:
        related = z3.Or(logic.happens_before(one, two), logic.happens_before(two, one))
        tied = z3.And(logic.Event.time(one) == logic.Event.time(two), z3.Not(related))
        return z3.Or(logic.causal(one, two), z3.And(tied, logic.before(one, two)))

    one, two, three = logic.one, logic.two, logic.three
    circle = z3.And(mended(one, two), mended(two, three), mended(three, one))
    distinct = z3.Distinct(*map(logic.Event.id, (one, two, three)))
    order = [
        z3.Not(z3.And(logic.happens_before(a, b), logic.happens_before(b, c)))
        for a, b, c in product((one, two, three), repeat=3)
    ]
    assert counterexample_of(z3.Not(circle), distinct, *order) is not None


# -------------------------------------------------------------------------- what z3 is asked

EVENTS = [Event(number, time, source=source) for number, time, source in
          ((1, 0, "A"), (2, 0, "B"), (3, 0, "A"), (4, 1, "A"), (5, 2, "B"))]  # fmt: skip


def term(event: Event) -> z3.ExprRef:
    return logic.Event.event(event.event_id, event.timestamp, "AB".index(event.source))


def says(formula: z3.BoolRef, *values: tuple[z3.ExprRef, z3.ExprRef]) -> bool:
    """Whether a formula holds for these values, which have to decide it."""
    plain = z3.substitute(formula, *values)
    solver = z3.Solver()
    solver.add(z3.Not(plain))
    refuted = solver.check()
    assert refuted != z3.unknown
    return bool(refuted == z3.unsat)


def array(events: tuple[Event, ...]) -> z3.ArrayRef:
    made = z3.K(z3.IntSort(), term(Event(0)))
    for place, event in enumerate(events):
        made = z3.Store(made, place, term(event))
    return made


def test_orders_in_z3_are_those_of_the_model() -> None:
    for one, two in product(EVENTS, repeat=2):
        assert says(logic.before(term(one), term(two))) == (one.order < two.order)
        for related in (False, True):
            given = logic.happens_before(term(one), term(two)) == related
            causes = frozenset({(one.event_id, two.event_id)} if related else ())
            expected = causal_ordering(one, two, causes)
            wanted = logic.causal(term(one), term(two)) == expected
            assert says(z3.Implies(given, wanted))


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_insertion_and_removal_in_z3_are_those_of_the_model(size: int) -> None:
    for chosen in combinations(EVENTS[:4], size):
        queue = tuple(sorted(chosen, key=lambda event: event.order))
        for new in EVENTS:
            given = (logic.queue, array(queue)), (logic.length, z3.IntVal(size))
            point = insertion_point(queue, new)
            longer = (*queue[:point], new, *queue[point:])
            for place in range(-1, size + 2):
                here = (*given, (logic.at, z3.IntVal(place)), (logic.new, term(new)))
                assert says(logic.insertion_point(), *here) == (place == point)
            here = (*given, (logic.at, z3.IntVal(point)), (logic.new, term(new)))
            for place, event in enumerate(longer):
                assert says(logic.inserted()[place] == term(event), *here)
            for place, event in enumerate((*queue, new)):
                assert says(logic.appended()[place] == term(event), *here)
            known = new.event_id in {event.event_id for event in queue}
            assert says(logic.fresh(logic.new), *here) == (not known)
        for taken in range(size):
            rest = queue[:taken] + queue[taken + 1 :]
            there = (*given, (logic.at, z3.IntVal(taken)))
            for place, event in enumerate(rest):
                assert says(logic.removed()[place] == term(event), *there)


def test_what_the_proofs_assume_is_not_contradictory() -> None:
    queue = array((EVENTS[0], EVENTS[3]))
    given = (
        (logic.queue, queue),
        (logic.length, z3.IntVal(2)),
        (logic.at, z3.IntVal(1)),
        (logic.new, term(EVENTS[1])),
    )
    for assumed in (*claims._contract(), logic.insertion_point()):
        assert says(assumed, *given)
    both = (logic.sorted_one, queue), (logic.sorted_two, queue), (logic.length, z3.IntVal(2))
    for assumed in logic.same_elements():
        assert not says(z3.Not(assumed), *both)  # where the places are those of each itself


def test_what_the_proofs_show_of_an_insertion_is_not_so_of_appending() -> None:
    early, late = EVENTS[0], EVENTS[3]
    given = (
        (logic.queue, array((late,))),
        (logic.length, z3.IntVal(1)),
        (logic.at, z3.IntVal(0)),
        (logic.new, term(early)),
    )
    size = logic.length + 1
    assert all(says(part, *given) for part in logic.well_formed(logic.inserted(), size))
    events, ids, order = logic.well_formed(logic.appended(), size)
    assert says(events, *given)
    assert says(ids, *given)
    assert not says(order, *given)


def test_stamps_in_z3_are_those_of_the_clocks() -> None:
    for clock, sent, lamport in product(range(3), range(3), (False, True)):
        start = Clocks(lamport, 2, (sent, clock))
        stamp = start.emit(0).receive(1, 0).history[1].timestamp
        found = z3.simplify(logic.stamp_of_receipt(z3.IntVal(clock), z3.IntVal(sent), lamport))
        assert found.as_long() == stamp


def test_unordered_events_that_do_not_commute_have_no_diamond() -> None:
    one, two, left = logic.one, logic.two, z3.SetAdd(z3.EmptySet(logic.Event), logic.one)
    left = z3.SetAdd(left, two)
    free = z3.Not(z3.Or(*(logic.precedes(a, b) for a, b in product((one, two), repeat=2))))
    assert says(z3.Implies(free, logic.may_be_next(one, left)))
    assert not says(z3.Implies(free, logic.commute(one, two)))
    first = z3.And(logic.precedes(one, two), one != two)
    assert says(z3.Implies(first, z3.Not(logic.may_be_next(two, left))))
