"""Compression: parts become smaller and mean the same."""

from __future__ import annotations

import pytest

from cospec.checker import reductions, witness
from cospec.checker.check import check
from cospec.checker.compression import Compression
from cospec.checker.lts import of_rows
from cospec.checker.meter import Meter
from cospec.checker.replay import ReplayError
from cospec.checker.verdict import Verdict
from cospec.spec.semantics.claims import DeadlockFree, DivergenceFree, Model, Refines
from cospec.spec.semantics.events import TAU
from cospec.spec.semantics.priority import priority
from cospec.spec.semantics.process import (
    DIV,
    STOP,
    Compressed,
    Definition,
    Hide,
    InternalChoice,
    Lazy,
    Parallel,
    Prefix,
    Prioritise,
    Process,
    Sliding,
)


def prefix(event: str, after: Process) -> Process:
    return Prefix([(event, after)])


def counter(size: int) -> Process:
    """Counts hidden steps up and down before each visible `b`."""

    def unfold(n: int) -> Process:
        return prefix("b", cell(0)) if n == size else prefix("a", cell(n + 1))

    cell = Definition("N", unfold)
    return cell(0)


def test_a_hidden_counter_becomes_a_single_state() -> None:
    table = Compression().part(Hide(counter(50), frozenset("a")), 10_000)

    assert table is not None
    assert table.lts.count == 1


def test_a_part_that_does_not_shrink_is_left_as_it_is() -> None:
    assert Compression().part(prefix("a", prefix("b", STOP)), 10_000) is None


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


def test_leaves_are_reduced_where_nothing_is_hidden() -> None:
    """A cell that goes round in twelve states, all alike, six times beside others."""

    def around(name: str) -> Process:
        def unfold(n: int) -> Process:
            return prefix(name, cell((n + 1) % 12))

        cell = Definition(name, unfold)
        return cell(0)

    whole = Parallel(tuple(map(around, "uvwxyz")), frozenset())
    smaller = Compression().claim(DivergenceFree(whole), Meter())

    assert smaller is not None
    assert check(smaller).states == 1
    outcome = check(DivergenceFree(whole))  # three million states without that
    assert outcome.verdict is Verdict.HOLDS
    assert outcome.states == 1


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


@pytest.mark.parametrize("largest", [5, 1000], ids=["left as it is", "compressed"])
def test_beneath_a_priority_that_is_to_be_compressed_itself_nothing_is_lost(largest: int) -> None:
    """`sbisim(prioritise(diamond(P) ||| Q, …))`: where the whole is too large for `sbisim`, the
    `diamond` is beneath `prioritise` all the same."""
    abc = prefix("a", prefix("c", STOP))
    part = Compressed(Sliding(abc, prefix("a", STOP)), "diamond")
    beside = Parallel((part, prefix("b", prefix("b", STOP))), frozenset())
    ranked = Prioritise(beside, priority([frozenset(), frozenset("a")]))
    only_c = Hide(Compressed(ranked, "sbisim"), frozenset("ab"))
    compression = Compression(largest_call=largest)

    never = check(Refines(STOP, Model.T, only_c), None, compression)
    once = check(Refines(only_c, Model.T, prefix("c", STOP)), None, compression)

    assert never.verdict is Verdict.HOLDS  # a gives way to the τ, after which there is no c
    assert once.verdict is Verdict.FAILS


def test_a_part_that_by_itself_runs_into_an_error_is_left_as_it_is() -> None:
    """The rest of the composition may prevent what would be an error."""

    def unfold(n: int) -> Process:
        if n == 3:
            raise ValueError("the script's mistake")
        return prefix("a", cell(n + 1))

    cell = Definition("N", unfold)
    whole = Parallel((cell(0), STOP), frozenset("a"))

    assert Compression(worthwhile=1.0).part(cell(0), 10_000) is None
    assert Compression().claim(DivergenceFree(whole), Meter()) is None
    assert check(DivergenceFree(whole)).verdict is Verdict.HOLDS


def test_compressions_without_end_are_given_up() -> None:
    cell = Definition("P", lambda n: prefix("a", Compressed(cell(n + 1), "sbisim")))
    whole = Parallel((cell(0), prefix("a", STOP)), frozenset("a"))
    compression = Compression(largest_call=100)

    assert check(DivergenceFree(whole), None, compression).verdict is Verdict.HOLDS


def test_what_is_still_to_be_evaluated_is_compressed_once() -> None:
    evaluated = Hide(counter(5), frozenset("a"))
    compression = Compression()
    tables = [
        compression.table(Compressed(process, "sbisim"), False)
        for process in (Lazy(lambda: evaluated), evaluated)
    ]

    assert tables[0] is tables[1] is not None


def test_a_fault_is_shown_in_a_component_named_by_the_call() -> None:
    part = Compressed(Hide(counter(5), frozenset("a")), "diamond")
    outcome = check(Refines(STOP, Model.T, Parallel((part, STOP), frozenset())))

    assert outcome.counterexample is not None
    assert outcome.counterexample.components[0] == str(part)
    assert outcome.counterexample.event == "b"


def test_a_table_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault is looked for in the process as it is written, too."""
    monkeypatch.setitem(reductions.REDUCTIONS, "sbisim", lambda _: of_rows([[]]))
    claim = DeadlockFree(Compressed(counter(3), "sbisim"), Model.F)

    with pytest.raises(ReplayError, match="without compression"):
        check(claim)


def test_where_the_process_is_too_large_the_table_is_taken_on_trust(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(witness, "PATIENCE", 1)
    part = Hide(counter(50), frozenset("a"))
    claim = Refines(STOP, Model.T, Compressed(part, "diamond"))

    assert check(claim).verdict is Verdict.FAILS
