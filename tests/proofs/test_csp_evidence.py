"""What is read off the firing rules: traces, deadlocks, the length of runs, endless τ."""

from __future__ import annotations

import pytest

from cospec.models.csp_core import SKIP, STOP, Choice, Hide, Parallel, Prefix, term
from cospec.proofs.csp_evidence import (
    by_size,
    deadlocks,
    endless,
    measure,
    performed_traces,
    possible,
    spelled,
    uses_up,
)
from cospec.proofs.register import Undecided
from cospec.spec.semantics import process as csp
from cospec.spec.semantics.events import TICK

A = Prefix("a", STOP)
BUSY = csp.Definition("BUSY", lambda: csp.Prefix([("a", BUSY())]))


def test_a_hidden_event_takes_no_part_in_a_trace() -> None:
    hidden = term(Hide(Prefix("a", Prefix("b", SKIP)), frozenset("a")))
    assert performed_traces(hidden) == {(), ("b",), ("b", TICK)}
    assert possible(hidden, ("b", TICK))
    assert not possible(hidden, ("a",))


def test_who_has_ended_is_not_stuck() -> None:
    assert deadlocks(term(SKIP)) == frozenset()
    assert deadlocks(term(STOP)) == {()}
    assert deadlocks(term(Choice(A, Prefix("a", SKIP)))) == {("a",)}
    assert deadlocks(term(Parallel(SKIP, frozenset("a"), A))) == {()}


def test_steps_are_counted_with_what_nobody_sees() -> None:
    assert measure(term(STOP)) == 0
    assert measure(term(SKIP)) == 1
    assert measure(term(Parallel(SKIP, frozenset(), SKIP))) == 3  # two τ and ✓
    assert uses_up(term(Hide(Parallel(SKIP, frozenset(), Choice(A, A)), frozenset("a"))))
    with pytest.raises(Undecided):
        measure(BUSY())


def test_what_is_hidden_for_ever_is_endless() -> None:
    assert endless(csp.Hide(BUSY(), frozenset("a")))
    assert endless(csp.Prefix([("b", csp.DIV)]))
    assert not endless(BUSY())
    assert not endless(term(Hide(A, frozenset("a"))))


def test_cases_come_by_their_size() -> None:
    sizes = [(str(p), str(q)) for p, q in by_size([A, STOP], [SKIP, A])]
    assert sizes == [
        ("STOP", "SKIP"),
        ("a → STOP", "SKIP"),
        ("STOP", "a → STOP"),
        ("a → STOP", "a → STOP"),
    ]
    assert spelled(("a", TICK)) == "⟨a, ✓⟩"
