"""Claims on one actor and its task: the counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cospec.models.actor_lifecycle import REPAIRED, REPAIRS, Phase, RunLoop
from cospec.models.model import action, require
from cospec.proofs.claims import actor_lifecycle as claims
from cospec.proofs.register import Finding, Result, Truth, Undecided


@pytest.mark.parametrize(
    ("slug", "events"),
    [
        ("actor-lifecycle-bracket", "start.stop"),
        ("actor-restart-initial-state", "start.continue deliver receive finish.restart"),
        ("actor-restart-keeps-message", "start.continue deliver receive finish.restart"),
        (
            "actor-handler-failure-atomicity",
            "start.continue deliver receive emit finish.restart",
        ),
        ("actor-stop-drains", "start.continue deliver deliver receive finish.stop"),
        ("actor-supervision-effective", "start.continue deliver receive crash"),
    ],
)
def test_counterexamples_are_shortest(
    slug: str, events: str, result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    (wrong,) = finding.counterexamples
    assert sorted(line.split(" ")[0] for line in wrong.steps[1:]) == sorted(events.split())


REPAIRED_CLAIMS = {
    "rebuilding": claims.restart_initial_state_repaired,
    "bracketing": claims.lifecycle_bracket_repaired,
    "buffering": claims.failure_atomicity_repaired,
    "draining": claims.stop_drains_repaired,
    "reporting": claims.supervision_effective_repaired,
}


def test_with_all_repairs_all_claims_hold() -> None:
    assert {check(REPAIRED).verdict for check in REPAIRED_CLAIMS.values()} == {Truth.TRUE}
    assert claims.run_to_completion(REPAIRED).verdict is Truth.TRUE
    assert claims.at_most_once(REPAIRED).verdict is Truth.TRUE


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_a_claim_fails(repair: str) -> None:
    without: dict[str, Any] = {repair: False}
    finding = REPAIRED_CLAIMS[repair](replace(REPAIRED, **without))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize(
    "check",
    [
        claims.failure_atomicity,
        claims.restart_initial_state,
        claims.lifecycle_bracket,
        claims.stop_drains,
        claims.supervision_effective,
    ],
)
def test_with_its_repair_a_false_claim_is_false_no_more(
    check: Callable[[RunLoop], Finding],
) -> None:
    assert check(REPAIRED).verdict is Truth.TRUE


@dataclass(frozen=True)
class Spawning(RunLoop):
    """A loop that does not await `handle`."""

    @action(fair=True)
    def receive(self) -> RunLoop:
        require(self.phase in (Phase.RECEIVING, Phase.HANDLING) and self.mailbox)
        return replace(
            self,
            phase=Phase.HANDLING,
            mailbox=self.mailbox[1:],
            begun=(*self.begun, self.mailbox[0]),
            active=self.active + 1,
        )


@dataclass(frozen=True)
class Redelivering(RunLoop):
    """A loop that puts a message back whose handler asks for a restart."""

    def restarted(self) -> RunLoop:
        again = (self.current,) if self.restarts == 0 else ()  # without end, there are no ends
        return replace(super().restarted(), mailbox=again + self.mailbox)


def test_loops_that_do_otherwise_are_noticed() -> None:
    overlapping = claims.run_to_completion(Spawning())
    assert overlapping.verdict is Truth.FALSE
    again = claims.at_most_once(Redelivering())
    assert again.verdict is Truth.FALSE
    for wrong in (*overlapping.counterexamples, *again.counterexamples):
        wrong.replay()


def test_the_mailbox_is_not_drained_by_a_task_that_a_panic_ends() -> None:
    loop = replace(REPAIRED, reporting=False)
    assert claims.stop_drains_repaired(loop).verdict is Truth.FALSE
    assert claims.stop_drains_repaired(REPAIRED).verdict is Truth.TRUE


@dataclass(frozen=True)
class ActingOnce(RunLoop):
    """A supervisor that acts on the first failure only, and has the actor restarted each time."""

    @action(fair=True)
    def supervise(self) -> RunLoop:
        require(self.phase is Phase.FAILED)
        return replace(self.restarted(), applied=1)


def test_a_supervisor_that_acts_on_the_first_failure_only_is_noticed() -> None:
    fixed = dict.fromkeys(REPAIRS, True)
    with pytest.raises(Undecided, match="acted_on"):
        claims.supervision_effective_repaired(ActingOnce(**fixed))
