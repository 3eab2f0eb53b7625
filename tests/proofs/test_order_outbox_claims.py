"""Claims on the read model and the outbox of seed 004: their counterexamples, what repairs do, and
what z3 refutes without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.order_pipeline import REPAIRED, REPAIRS, OrderPipeline
from cospec.models.read_models import (
    AS_WRITTEN,
    Deliveries,
    ReadModelProjection,
    life_of,
)
from cospec.proofs import relay_logic as logic
from cospec.proofs.claims import order_outbox as outbox
from cospec.proofs.claims import read_models as claims
from cospec.proofs.register import Finding, Result, Truth, Undecided


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("cqrs004-read-order", [2]),  # 2 deliveries
        ("cqrs004-read-idempotent", [3, 5]),  # delivered twice; and then for ever
        ("cqrs004-read-your-writes", [2]),
        ("cqrs004-create-idempotent", [2]),
        ("cqrs004-eventual", [2, 8]),  # 1 event; 2 events, all of them delivered
        ("cqrs004-dual-write", [2, 2, 2]),  # commit, crash
        ("cqrs-publish-order", [3]),
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


def count(start: Deliveries | OrderPipeline) -> int:
    return len(Exploration(ModelSystem(start)).states)


def test_the_numbers_of_states() -> None:
    # Counted by hand: nothing, Created, Paid, both in either order, which differ in the row.
    assert count(Deliveries()) == 5
    # An earlier search over the same designs met 15, 8 and 10 states; it counted the commits of the
    # write side, which come one by one, and here all events are on the bus at the start.
    guarded = ReadModelProjection(consuming=True, upserting=True)
    assert count(Deliveries.of("Created", "Paid", projection=guarded)) == 4  # what is on the bus
    # It met 83, 354 and 1,010 states of the outbox with 2 crashes and 2 duplicates. Here that the
    # relay notes what it has published is a step of its own, and it is kept what was published.
    kinds = ("Created", "Paid", "Shipped")
    sizes = [
        count(replace(REPAIRED, life=life_of(*kinds[:size]), crashes=2, duplicates=2))
        for size in (1, 2, 3)
    ]
    assert sizes == [120, 652, 2252]
    # Nothing, committed, relayed, marked, each of the last two delivered or not: by hand.
    assert count(replace(REPAIRED, life=life_of("Created"))) == 6


# ------------------------------------------------------------------------------------ the repairs

#: The claims that a pipeline with all repairs satisfies.
REPAIRED_CLAIMS: dict[str, Callable[[OrderPipeline], Finding]] = {
    "eventual": outbox.eventual_repaired,
    "outbox": outbox.outbox_repaired,
    "order": outbox.publish_order_repaired,
}


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("publishing", "eventual"),
        ("publishing", "outbox"),
        ("consuming", "eventual"),
        ("consuming", "outbox"),
        ("relaying", "eventual"),
        ("relaying", "outbox"),
        ("relaying", "order"),
        ("sequenced", "eventual"),
        ("sequenced", "outbox"),
    ],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: str) -> None:
    finding = REPAIRED_CLAIMS[broken](replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


def test_with_the_repairs_what_was_refuted_holds() -> None:
    assert outbox.eventual(REPAIRED, REPAIRED).verdict is Truth.TRUE
    assert outbox.dual_write(REPAIRED).verdict is Truth.TRUE
    assert outbox.publish_order(REPAIRED).verdict is Truth.TRUE
    assert claims.read_order(claims.UPSERTING).verdict is Truth.TRUE
    assert claims.read_idempotent(claims.UPSERTING).verdict is Truth.TRUE


@pytest.mark.parametrize("check", [claims.read_order_repaired, claims.read_idempotent_repaired])
@pytest.mark.parametrize("repair", ["upserting", "consuming"])
def test_the_guard_is_what_makes_a_projection_right(
    check: Callable[[ReadModelProjection], Finding], repair: str
) -> None:
    finding = check(replace(claims.UPSERTING, **{repair: False}))
    idempotent = check is claims.read_idempotent_repaired and repair == "consuming"
    assert finding.verdict is (Truth.TRUE if idempotent else Truth.FALSE)


def test_on_conflict_do_nothing_is_enough_for_the_events_of_the_listing_in_order() -> None:
    found = claims.read_tolerant()
    assert found.verdict is Truth.CONDITIONAL
    early, late = found.counterexamples
    # Out of order, Paid is ignored first and applied when it comes again.
    assert [step.split(" ")[0] for step in early.steps[1:]] == [
        "duplicate.1",
        "deliver.Paid",
        "deliver.Created",
        "deliver.Paid",
    ]
    # And when later events are applied as well, an earlier one undoes them.
    assert late.steps[-1].endswith("row: paid; on the bus: nothing")


def test_without_it_an_event_that_comes_again_in_order_fails() -> None:
    found = claims.read_tolerant(AS_WRITTEN)
    assert found.verdict is Truth.FALSE
    assert any("primary key violation" in wrong.steps[-1] for wrong in found.counterexamples)


def test_with_the_version_guard_there_is_no_condition() -> None:
    assert claims.read_tolerant(claims.UPSERTING).verdict is Truth.TRUE


def test_services_that_share_a_table_are_found() -> None:
    calls = {**claims.CALLS, "get_order": ("EventStore::load_events",)}
    finding = claims.principle_separation(calls)
    assert finding.verdict is Truth.FALSE
    (wrong,) = finding.counterexamples
    wrong.replay()
    assert [step.split(" → ")[0] for step in wrong.steps] == ["create_order", "get_order"]
    sql = {**claims.SQL, "get_order": ("SELECT * FROM events",)}
    assert claims.principle_separation(sql=sql).verdict is Truth.FALSE


def test_without_their_repairs_clients_are_refuted() -> None:
    assert claims.read_your_writes_repaired(claims.HASTY).verdict is Truth.FALSE
    assert claims.create_idempotent_repaired(claims.KEYLESS).verdict is Truth.FALSE


# --------------------------------------------------------------------------------- what z3 is asked


@pytest.mark.parametrize("repair", ["relaying", "sequenced"])
def test_z3_refutes_the_induction_without_a_repair(repair: str) -> None:
    for proof in (logic.prove_exactly_once, logic.prove_leads_to_applied):
        with pytest.raises(Undecided):
            proof(replace(REPAIRED, **{repair: False}))


def test_z3_refutes_relays_and_projections_that_look_at_nothing() -> None:
    with pytest.raises(Undecided):
        logic.prove_published_in_order(replace(REPAIRED, relaying=False))
    for proof in (logic.prove_upserts, logic.prove_upserts_once):
        with pytest.raises(Undecided):
            proof(guarded=False)
