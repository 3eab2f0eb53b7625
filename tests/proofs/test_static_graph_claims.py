"""Claims on descriptions: counterexamples are the smallest, and each hypothesis is needed."""

from __future__ import annotations

import pytest

from cospec.models.static_graphs import Description, Service
from cospec.proofs.claims import microservices, static_graphs
from cospec.proofs.claims.microservices import call_graphs, deployable, pairwise_loose
from cospec.proofs.register import Finding, Register, Truth, run

CLAIMS = Register(microservices.CLAIMS, static_graphs.CLAIMS)


def steps_of(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def replayed(finding: Finding) -> Truth | None:
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict


def test_a_circle_that_is_loose_in_pairs_takes_three_services() -> None:
    (circle,) = steps_of("micro-loose-coupling")
    assert circle[-1] == "cycle of calls: s1 → s2 → s3 → s1"
    assert all(deployable(graph) for graph in call_graphs(2) if pairwise_loose(graph))


def test_an_entity_with_two_owners_takes_two_services() -> None:
    owners, circle = steps_of("micro-architecture")
    assert owners[-1] == "Customer is owned by s1 and s2"
    assert (len(owners), len(circle)) == (3, 4)


@pytest.mark.parametrize("without", ["distinct", "acyclic"])
def test_both_repairs_of_the_architecture_are_needed(without: str) -> None:
    assert replayed(microservices.architecture_repaired()) is Truth.TRUE
    assert replayed(microservices.architecture_repaired(**{without: False})) is Truth.FALSE


def test_contexts_overlap_unless_they_are_refused() -> None:
    (steps,) = steps_of("micro-boundary-disjoint")
    assert steps[:2] == ("sales: {Order.create}", "support: {Order.create}")
    assert replayed(static_graphs.boundary_disjoint(guarded=True)) is Truth.TRUE


def test_two_teams_that_never_talk_are_enough_against_conway() -> None:
    (steps,) = steps_of("micro-conway")
    assert steps[-1] == "s1 calls s2, whose team it does not talk to"


def test_one_type_that_emits_itself_keeps_the_bus_busy() -> None:
    (steps,) = steps_of("event-quiescence")
    assert steps == ("start: ⟨S⟩", "handle → for ever: as at the start")


def test_deployable_is_to_have_no_circle() -> None:
    for graph in call_graphs(3):
        assert deployable(graph) == (not graph.call_cycles())
    assert not deployable(Description((Service("s", calls=frozenset({"s"})),)))
