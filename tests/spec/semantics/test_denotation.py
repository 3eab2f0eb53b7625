"""The denotation by itself: known meanings, and where it says that it cannot tell."""

from __future__ import annotations

import pytest
from naive import behaviour

from cospec.spec.semantics.denotation import (
    Undecided,
    divergences,
    failures,
    meaning,
    traces,
)
from cospec.spec.semantics.events import TICK, Trace
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.meaning import maximal_refusals
from cospec.spec.semantics.process import (
    DIV,
    SKIP,
    STOP,
    Chase,
    Definition,
    ExternalChoice,
    Hide,
    InternalChoice,
    Parallel,
    Prefix,
    Process,
    Sequential,
)


def then(event: str, after: Process = STOP) -> Prefix:
    return Prefix([(event, after)])


def prefixes(*events: object) -> set[Trace]:
    return {events[:i] for i in range(len(events) + 1)}


def test_stop_and_skip_differ_by_the_tick() -> None:
    assert traces(STOP, 2) == prefixes()
    assert traces(SKIP, 2) == prefixes(TICK)


def test_the_tick_does_not_count_towards_the_depth() -> None:
    assert traces(then("a", SKIP), 1) == prefixes("a", TICK)
    assert traces(then("a", SKIP), 0) == prefixes()


def test_a_recursion_is_unfolded_to_the_depth() -> None:
    clock = Definition("CLOCK", lambda: then("tick", clock()))
    assert traces(clock(), 3) == prefixes("tick", "tick", "tick")


def test_internal_and_external_choice_differ_in_failures_only() -> None:
    a, b = then("a"), then("b")
    inner, outer = InternalChoice((a, b)), ExternalChoice((a, b))
    assert traces(inner, 2) == traces(outer, 2)
    assert failures(inner, 2)[()] == {frozenset("a"), frozenset("b")}
    assert failures(outer, 2)[()] == {frozenset("ab")}


def test_acceptances_become_refusals() -> None:
    assert maximal_refusals([frozenset("a")], "ab") == {frozenset(["b", TICK])}


def test_a_divergence_is_never_stable() -> None:
    assert failures(DIV, 1) == {}
    assert divergences(then("a", DIV), 1) == {("a",)}


def test_the_strict_meaning_forgets_what_is_beyond_a_divergence() -> None:
    p = InternalChoice((then("a", DIV), then("a", then("b"))))
    assert ("a", "b") in meaning(p, 2).traces
    strict = meaning(p, 2).strict()
    assert strict.traces == prefixes("a")
    assert strict.divergences == {("a",)}
    assert ("a",) not in strict.failures
    chaotic = InternalChoice((then("a", DIV), then("a", STOP)))
    assert meaning(chaotic, 2).strict() == strict


def test_hiding_looks_as_far_as_needed() -> None:
    p: Process = then("b")
    for _ in range(9):
        p = then("a", p)
    assert traces(Hide(p, frozenset("a")), 1) == prefixes("b")


@pytest.mark.parametrize("hidden", ["a", "ab"])
def test_endless_hiding_is_undecided_rather_than_guessed(hidden: str) -> None:
    p = Definition("P", lambda: ExternalChoice((then("a", p()), then("b"))))
    with pytest.raises(Undecided, match="for ever"):
        traces(Hide(p(), frozenset(hidden)), 2)


def test_recursion_through_hiding_is_undecided() -> None:
    p = Definition("P", lambda: then("a", Hide(p(), frozenset("b"))))
    with pytest.raises(Undecided, match="P recurs"):
        traces(p(), 3)


def test_unguarded_recursion_is_undecided() -> None:
    p = Definition("P", lambda: Sequential(SKIP, p()))
    with pytest.raises(Undecided, match="without an event in between"):
        traces(p(), 3)


def test_chase_has_no_denotation() -> None:
    with pytest.raises(Undecided, match="Chase"):
        traces(Chase(STOP), 1)


def test_hidden_loops_diverge_by_the_firing_rules() -> None:
    """What the denotation leaves open: here only the state graph can tell."""
    p = Definition("P", lambda: ExternalChoice((then("a", p()), then("b"))))
    found = behaviour(FiringRules(Hide(p(), frozenset("a"))), 2)
    assert found.divergences == {()}
    assert found.traces == prefixes("b")
    both = Parallel((p(), Definition("Q", lambda: then("a", STOP))()), frozenset("a"))
    assert behaviour(FiringRules(Hide(both, frozenset("a"))), 2).divergences == frozenset()
