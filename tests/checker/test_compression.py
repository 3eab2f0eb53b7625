"""Compression: parts become smaller and mean the same."""

from __future__ import annotations

from cospec.checker.check import check
from cospec.checker.compression import Compression, compressed, quotient
from cospec.checker.labels import TAU_ID
from cospec.checker.meter import Meter
from cospec.checker.verdict import Verdict
from cospec.spec.semantics.claims import DivergenceFree, Model, Refines
from cospec.spec.semantics.events import TAU
from cospec.spec.semantics.priority import priority
from cospec.spec.semantics.process import (
    DIV,
    STOP,
    Definition,
    Hide,
    InternalChoice,
    Parallel,
    Prefix,
    Prioritise,
    Process,
)

A, B = 2, 3


def prefix(event: str, after: Process) -> Process:
    return Prefix([(event, after)])


def counter(size: int) -> Process:
    """Counts hidden steps up and down before each visible `b`."""

    def unfold(n: int) -> Process:
        return prefix("b", cell(0)) if n == size else prefix("a", cell(n + 1))

    cell = Definition("N", unfold)
    return cell(0)


def test_a_chain_of_inert_taus_becomes_one_state() -> None:
    rows, initial = quotient([[(TAU_ID, 1)], [(TAU_ID, 2)], [(A, 0)]])

    assert rows == [[(A, 0)]]
    assert initial == 0


def test_a_tau_that_takes_a_choice_away_is_kept() -> None:
    rows, _ = quotient([[(TAU_ID, 1), (A, 2)], [(B, 2)], []])

    assert len(rows) == 3


def test_a_tau_cycle_stays_divergent() -> None:
    rows, initial = quotient([[(TAU_ID, 1)], [(TAU_ID, 0), (A, 2)], []])

    assert (TAU_ID, initial) in rows[initial]


def test_a_divergent_and_a_convergent_state_stay_apart() -> None:
    rows, _ = quotient([[(A, 1), (A, 2)], [(TAU_ID, 1)], []])

    assert len(rows) == 3


def test_a_hidden_counter_becomes_a_single_state() -> None:
    table = compressed(Hide(counter(50), frozenset("a")), 0.9)

    assert table is not None
    assert len(table.rows) == 1


def test_a_part_that_does_not_shrink_is_left_as_it_is() -> None:
    assert compressed(prefix("a", prefix("b", STOP)), 0.9) is None


def test_a_claim_about_a_compressed_composition_has_the_same_verdict() -> None:
    part = Hide(counter(20), frozenset("a"))
    forever = Definition("B", lambda: prefix("b", forever()))
    whole = Parallel((part, part), frozenset("b"))
    claim = Refines(forever(), Model.FD, whole)
    smaller = Compression().claim(claim, Meter())

    assert smaller is not None
    assert check(claim).states > 400
    assert check(smaller).states == 1
    assert check(claim).verdict is check(smaller).verdict is Verdict.HOLDS


def test_a_divergence_inside_a_part_is_not_compressed_away() -> None:
    part = Hide(prefix("a", InternalChoice((DIV, prefix("b", STOP)))), frozenset("a"))
    claim = DivergenceFree(Parallel((part, STOP), frozenset()))
    smaller = Compression(worthwhile=1.0).claim(claim, Meter())

    assert smaller is not None
    assert check(smaller).verdict is Verdict.FAILS


def test_nothing_beneath_a_priority_is_compressed() -> None:
    """`prioritise` sees τ, which compression takes away."""
    part = Hide(counter(20), frozenset("a"))
    whole = Prioritise(Parallel((part, part), frozenset()), priority([frozenset(), frozenset("b")]))
    claim = DivergenceFree(whole)

    assert TAU in next(iter(whole.order.above.values()))
    assert Compression().claim(claim, Meter()) is None


def test_a_part_that_by_itself_runs_into_an_error_is_left_as_it_is() -> None:
    """The rest of the composition may prevent what would be an error."""

    def unfold(n: int) -> Process:
        if n == 3:
            raise ValueError("the script's mistake")
        return prefix("a", cell(n + 1))

    cell = Definition("N", unfold)
    whole = Parallel((cell(0), STOP), frozenset("a"))

    assert compressed(cell(0), 1.0) is None
    assert Compression().claim(DivergenceFree(whole), Meter()) is None
    assert check(DivergenceFree(whole)).verdict is Verdict.HOLDS
