"""CSP as the seed writes it: its traces are those of the project's own semantics."""

from __future__ import annotations

import pytest

from cospec.models.csp_core import (
    SKIP,
    STOP,
    Choice,
    CSPProcess,
    Hide,
    Parallel,
    Prefix,
    Rename,
    alphabet,
    longest,
    nodes,
    parallel_traces,
    process_traces,
    renamings,
    subsets,
    term,
    terms,
    trace_equivalent,
)
from cospec.proofs.csp_evidence import performed_traces
from cospec.spec.semantics import denotation
from cospec.spec.semantics.events import TICK

AB = ("a", "b")
EVERY = (*terms(3, AB, every=True), *terms(4, ("a",), every=True))
A = Prefix("a", STOP)


def test_terms_are_as_many_as_counted_by_hand() -> None:
    # 2, 4, 12 and 40 of one to four nodes.
    assert [len(terms(n, AB)) for n in range(1, 5)] == [2, 6, 18, 58]
    assert len(set(terms(4, AB))) == 58
    assert [nodes(p) for p in terms(4, AB)] == sorted(nodes(p) for p in terms(4, AB))


@pytest.mark.parametrize("ticking", [False, True])
def test_traces_are_those_denoted_and_those_performed(ticking: bool) -> None:
    for process in EVERY:
        traces = process_traces(process, ticking)
        for others in (
            denotation.traces(term(process), longest(process)),
            performed_traces(term(process)),
        ):
            seen = others if ticking else {s for s in others if TICK not in s}
            assert traces == seen, process


def test_the_seeds_skip_is_its_stop() -> None:
    assert trace_equivalent(SKIP, STOP)
    assert process_traces(SKIP, ticking=True) == {(), (TICK,)}


def test_both_sides_perform_what_is_synchronised_and_either_what_is_not() -> None:
    alone = process_traces(Parallel(A, frozenset(), A))
    assert alone == {(), ("a",), ("a", "a")}
    assert process_traces(Parallel(A, frozenset("a"), A)) == {(), ("a",)}
    assert process_traces(Parallel(A, frozenset("a"), STOP)) == {()}


def test_a_parallel_composition_ends_when_both_sides_have_ended() -> None:
    one = process_traces(Parallel(SKIP, frozenset(), A), ticking=True)
    both = process_traces(Parallel(SKIP, frozenset(), Prefix("a", SKIP)), ticking=True)
    assert one == {(), ("a",)}
    assert both == {(), ("a",), ("a", TICK)}


def test_an_empty_set_of_traces_makes_none() -> None:
    assert parallel_traces(frozenset(), frozenset(), process_traces(A)) == frozenset()


@pytest.mark.parametrize(
    ("process", "shown", "events", "length"),
    [
        (Choice(A, SKIP), "(a → STOP [] SKIP)", {"a"}, 1),
        (Parallel(A, frozenset("ab"), A), "(a → STOP [|{a, b}|] a → STOP)", {"a"}, 2),
        (Hide(A, frozenset("a")), "(a → STOP \\ {a})", set(), 1),
        (Rename(A, (("a", "b"), ("b", "b"))), "(a → STOP)[[a ← b]]", {"b"}, 1),
        (Prefix("b", SKIP), "b → SKIP", {"b"}, 2),
    ],
)
def test_what_is_read_off_a_term(
    process: CSPProcess, shown: str, events: set[str], length: int
) -> None:
    assert str(process) == shown
    assert alphabet(process) == events
    assert longest(process) == length


def test_sets_and_functions_of_events_are_all_there() -> None:
    assert list(map(sorted, subsets(AB))) == [[], ["a"], ["b"], ["a", "b"]]
    assert len(renamings(AB, "abc")) == 9
