"""Evidence is what it says: proofs that z3 refuses, runs that the model cannot perform."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import z3

from cospec.checker.exploration import Run
from cospec.models.channels import REPAIRED, Buffered, Channels
from cospec.models.model import Act, action
from cospec.proofs.claims import channels as claims
from cospec.proofs.evidence import (
    NotReplayed,
    always,
    performed,
    prove,
    refined_by,
    refines,
    refining,
)
from cospec.proofs.register import Counterexample, Proof, Undecided
from cospec.spec.semantics.claims import Model
from cospec.spec.syntax.session import Session

FULL = replace(REPAIRED, system=(Buffered(("A",)),))


def test_what_does_not_follow_is_not_proved() -> None:
    x = z3.Int("x")
    prove(x * x >= 0)
    prove(x > 1, x > 2)
    with pytest.raises(Undecided, match="refutes"):
        prove(x > 2, x > 1)


def test_what_was_cut_short_is_undecided() -> None:
    with pytest.raises(Undecided, match="more than 5 states"):
        always(replace(REPAIRED, capacity=3), lambda _: True, "anything", "capacity 3", limit=5)
    found = always(Channels(3), Channels.within_capacity, "no more than 3", "capacity 3", limit=99)
    assert isinstance(found, Counterexample)
    assert len(found.steps) == 5


def test_a_run_that_the_model_cannot_perform_is_not_replayed() -> None:
    good = Run((REPAIRED, FULL), (Act("send", (0, "A")),))
    assert performed(REPAIRED, good) == FULL
    for bad in (
        Run((REPAIRED, FULL), (Act("send", (0, "B")),)),
        Run((FULL, FULL), (Act("send", (0, "A")),)),
    ):
        with pytest.raises(NotReplayed):
            performed(bad.states[0], bad)


@dataclass(frozen=True)
class Growing:
    """A count without an end."""

    value: int = 0

    @action
    def tick(self) -> Growing:
        """One more."""
        return replace(self, value=self.value + 1)


def test_a_model_that_grows_for_ever_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refining, "PATIENCE", 0.5)
    script = Session.of_text("channel tick\nCLOCK = tick -> CLOCK")
    with pytest.raises(Undecided):
        refines(script, "CLOCK", Growing(), Model.T, "no bound")


def test_refinement_in_one_direction_is_not_refinement_in_the_other() -> None:
    script = claims._script()
    bounds = "capacity 1 beside 2"
    assert isinstance(refines(script, "CHANNEL(2, 0)", REPAIRED, Model.T, bounds), Proof)
    with pytest.raises(Undecided, match="does more than the model"):
        refined_by(script, "CHANNEL(2, 0)", REPAIRED, Model.T, bounds)
    wrong = refines(script, "CHANNEL(1, 0)", replace(REPAIRED, capacity=2), Model.T, bounds)
    assert isinstance(wrong, Counterexample)
    assert wrong.steps[0].startswith("send.0.")
    assert wrong.steps[1].startswith("then send.0.")
    wrong.replay()
