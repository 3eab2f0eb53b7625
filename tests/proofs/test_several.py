"""Evidence from several starts, and for several reasons; runs with any integer as an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from cospec.models.model import action, integers, invariant, require
from cospec.proofs.evidence import always, inductive
from cospec.proofs.register import Counterexample, Proof, Truth, Undecided
from cospec.proofs.several import each_reason, smallest_first


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
