"""Evidence from several starts, parts and hypotheses; runs with any integer as an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from cospec.models.model import action, integers, invariant, require
from cospec.proofs.evidence import (
    always,
    conditional,
    confirmed,
    each_part,
    each_reason,
    inductive,
    limited,
    smallest_first,
    under,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Truth, Undecided


@dataclass(frozen=True)
class Counter:
    """Counts up to its limit."""

    limit: int = 1
    count: int = 0

    @action
    def step(self) -> Counter:
        require(self.count < self.limit)
        return replace(self, count=self.count + 1)


def below(bound: int, start: Counter) -> Proof | Counterexample:
    return always(start, lambda state: state.count < bound, f"below {bound}", "1 counter")


def test_proofs_of_several_starts_are_one_with_all_their_states() -> None:
    found = smallest_first(map(Counter, (1, 2, 3)), lambda start: below(9, start), "up to 3")
    assert isinstance(found, Proof)
    assert (found.states, found.bounds) == (2 + 3 + 4, "up to 3")


def test_the_first_start_that_fails_is_shown_and_no_later_one_is_asked() -> None:
    asked = []

    def ask(start: Counter) -> Proof | Counterexample:
        asked.append(start.limit)
        return below(2, start)

    found = smallest_first(map(Counter, (1, 2, 3)), ask, "up to 3")
    assert isinstance(found, Counterexample)
    assert asked == [1, 2]
    found.replay()


def test_nothing_to_ask_is_no_proof() -> None:
    with pytest.raises(Undecided):
        smallest_first([], lambda start: below(1, start), "none")


def test_each_reason_is_a_counterexample_of_its_own() -> None:
    parts = [below(bound, Counter(2)) for bound in (1, 2, 3)]
    assert len(each_reason(parts).counterexamples) == 2
    assert each_reason(parts).verdict is Truth.FALSE
    assert each_reason(parts[2:]).verdict is Truth.TRUE


@dataclass(frozen=True)
class Cell:
    """Holds what was last written to it."""

    value: int = 0

    @action(value=integers())
    def write(self, value: int) -> Cell:
        return replace(self, value=value)

    @invariant
    def never_seven(self) -> bool:
        """It is not 7."""
        return self.value != 7


def test_a_run_that_chooses_among_all_integers_is_performed_again() -> None:
    found = inductive(Cell(), "never_seven", "it is never 7", depth=1)
    assert isinstance(found, Counterexample)
    assert found.steps[1].startswith("write.7")
    found.replay()


def test_the_parts_that_hold_are_kept_beside_those_that_do_not() -> None:
    found = each_part(below(bound, Counter(2)) for bound in (1, 2, 3))
    assert (len(found.proofs), len(found.counterexamples)) == (1, 2)
    assert found.verdict is Truth.FALSE


def test_a_hypothesis_stands_with_what_needs_it() -> None:
    holds, fails = below(3, Counter(2)), below(2, Counter(2))
    assert isinstance(holds, Proof)
    [proof] = under("it counts to 2", holds)
    finding = conditional(fails, proof)
    assert finding.verdict is Truth.CONDITIONAL
    assert finding == limited(Finding((holds,)), "it counts to 2", holds, fails)


def test_a_hypothesis_that_is_not_enough_does_not_make_a_claim_conditional() -> None:
    fails = below(2, Counter(2))
    assert isinstance(fails, Counterexample)
    assert conditional(fails, below(1, Counter(2))).verdict is Truth.FALSE
    assert limited(Finding(counterexamples=(fails,)), "too weak", fails).verdict is Truth.FALSE


def test_a_hypothesis_that_nothing_needs_is_not_named() -> None:
    holds = below(3, Counter(2))
    assert isinstance(holds, Proof)
    assert limited(Finding((holds,)), "not needed", holds).verdict is Truth.TRUE
    with pytest.raises(Undecided, match="no case needs"):
        conditional(holds, holds)


def test_small_cases_come_before_the_proof_for_all() -> None:
    def for_all() -> Proof:
        return Proof(Method.Z3_PROOF, "for all")

    assert confirmed(below(3, Counter(2)), for_all).main.method is Method.Z3_PROOF
    assert confirmed(below(2, Counter(2)), for_all).verdict is Truth.FALSE
