"""Claims on the cached query model and the event processor of seed 003, and their repairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.event_processor import EventProcessor, SeenByOne
from cospec.models.model import ModelSystem
from cospec.models.projection_cache import (
    CACHE_REPAIRS,
    COMPARED,
    TAGGED,
    AmongOthers,
    QueryModel,
)
from cospec.proofs.claims import query_models as claims
from cospec.proofs.evidence import always, inductive
from cospec.proofs.register import Counterexample, Result, Truth


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("cqrs003-cache-fresh", [4, 5]),  # miss, fill, process, hit; and then hits for ever
        ("cqrs003-cache-fill-race", [3, 5]),  # miss, process, fill
        ("cqrs003-processor-all", [2]),  # a call that fails, a call
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


def count(start: QueryModel) -> int:
    return len(Exploration(ModelSystem(start)).states)


def test_the_numbers_of_states() -> None:
    # By hand, as written: nothing, read, filled, each before and after the event (6); read and
    # filled after it (2); read late, filled with that, and hit (3); the stale entry hit (1).
    assert count(QueryModel()) == 12
    # An earlier search met 18 states, and 21 where the event removes the entry: it had two steps
    # for asking the cache and the projection. What is refuted takes as many steps here or fewer.
    assert count(QueryModel(invalidating=True)) == 14
    assert (count(COMPARED), count(TAGGED)) == (12, 12)


def test_the_stale_answer_needs_no_race() -> None:
    stale = QueryModel().miss().fill().process().hit()
    assert (stale.asked, stale.answer) == (1, 0)
    assert stale.hit() == stale


@pytest.mark.parametrize("repair", CACHE_REPAIRS)
def test_without_a_repair_tagged_entries_are_stale(repair: str) -> None:
    finding = claims.cache_repaired(replace(TAGGED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize("repair", ["invalidating", "comparing", "tag_first"])
def test_without_a_repair_compared_entries_are_stale(repair: str) -> None:
    finding = claims.cache_fill_race_repaired(replace(COMPARED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize("design", [TAGGED, COMPARED])
def test_with_the_repairs_what_was_refuted_holds(design: QueryModel) -> None:
    assert claims.cache_fresh(design).verdict is Truth.TRUE
    assert claims.cache_fill_race(design).verdict is Truth.TRUE


def test_other_clients_do_no_more_than_one_does() -> None:
    # What `AmongOthers` assumes of the others is an invariant of each, whatever the switches.
    for tag_first in (True, False):
        for start in (QueryModel(events=2), replace(TAGGED, events=2), replace(COMPARED, events=2)):
            design = replace(start, tag_first=tag_first)
            found = always(design, QueryModel.reads_in_order, "in order", "2 events")
            assert not isinstance(found, Counterexample)


def test_z3_refutes_the_tag_that_is_noted_last() -> None:
    design = AmongOthers(tagged=True, tag_first=False)
    found = inductive(design, "answers_fresh", "fresh", parameters=("events",), depth=claims.DEPTH)
    assert isinstance(found, Counterexample)
    found.replay()


def test_positions_make_an_event_processed_once() -> None:
    assert claims.processor_all(claims.POSITIONED).verdict is Truth.TRUE
    assert claims.processor_all_repaired(claims.PROCESSOR).verdict is Truth.FALSE


@pytest.mark.parametrize("positioned", [False, True])
@pytest.mark.parametrize("one", [0, 1, 2])
def test_what_one_projection_sees_are_steps_of_its_model(positioned: bool, one: int) -> None:
    def seen(state: EventProcessor) -> SeenByOne:
        applied = state.applied[one]
        return SeenByOne(positioned, state.done, max(applied, default=0), len(applied))

    found = Exploration(ModelSystem(EventProcessor(positioned, failures=2)))
    for number, state in enumerate(found.states):
        now = seen(state)
        possible = [after for _, after in ModelSystem(now).transitions(now)]
        assert all(seen(found.states[after]) in possible for _, after in found.edges[number])
