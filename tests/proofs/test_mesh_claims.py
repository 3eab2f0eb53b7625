"""Claims on the service mesh: their counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cospec.models.model import action, require
from cospec.models.service_mesh import MeshedCalls, TracedService
from cospec.proofs.claims import mesh as claims
from cospec.proofs.register import Result, Truth


@pytest.mark.parametrize(
    ("slug", "lines"),
    [
        ("mesh-transparency", [3, 5]),  # ⟨call, execute⟩ and execute; 4 steps with the lost reply
        ("mesh-observability-coverage", [2]),
        ("mesh-correctness", [9]),  # two runs of 3 steps each
        ("mesh-timeout-retry", [2]),
        ("mesh-config-consistency", [3]),
    ],
)
def test_counterexamples_are_short(
    slug: str, lines: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) for wrong in finding.counterexamples] == lines


def test_the_lost_response_is_in_the_second_run(result_of: Callable[[str], Result]) -> None:
    finding = result_of("mesh-transparency").finding
    assert finding is not None
    events = [line.split(" → ")[0] for line in finding.counterexamples[1].steps[1:]]
    assert events == ["call", "execute", "lose_reply", "execute"]


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert claims.transparency(MeshedCalls(deduplicating=True)).verdict is Truth.TRUE
    assert claims.observability_coverage(total=True).verdict is Truth.TRUE
    assert claims.correctness(TracedService(forwarding=True)).verdict is Truth.TRUE
    assert claims.correctness(TracedService(sequential=True)).verdict is Truth.TRUE


@dataclass(frozen=True)
class Silent(MeshedCalls):
    """A server that drops a request whose id it knows: outside, that could be a lost one."""

    @action
    def respond(self) -> MeshedCalls:
        """Never."""
        require(False)
        return self


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(
            lambda: claims.transparency_repaired(MeshedCalls()), id="the server knows no ids"
        ),
        pytest.param(
            lambda: claims.transparency_repaired(Silent(deduplicating=True)),
            id="a request that was executed is not answered again",
        ),
        pytest.param(
            lambda: claims.observability_coverage_repaired(total=False), id="a sidecar is missing"
        ),
        pytest.param(
            lambda: claims.correctness_repaired(forwarding=False), id="no header is forwarded"
        ),
        pytest.param(
            lambda: claims.correctness_repaired(sequential=False), id="requests at the same time"
        ),
    ],
)
def test_without_a_repair_a_claim_fails(check: Callable[[], claims.Finding]) -> None:
    finding = check()
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_a_conflict_of_policies_is_one_of_retries(result_of: Callable[[str], Result]) -> None:
    finding = result_of("mesh-timeout-retry").finding
    assert finding is not None
    assert "try 2, the caller has given up" in finding.counterexamples[0].steps[-1]
