"""Claims on topics and partitions and ED2: their counterexamples, and what each repair does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.partitioned_log import REPAIRED, REPAIRS, PartitionLog
from cospec.proofs.claims import partitions as claims
from cospec.proofs.evidence import refined_by, refines
from cospec.proofs.register import Finding, Proof, Result, Truth, Undecided
from cospec.spec.semantics.claims import Model


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("pubsub-publish-possible", [4]),  # each answer there is, and what is none
        ("pubsub-append-stores", [2]),
        ("pubsub-offset-unique", [3]),
        ("pubsub-key-partition", [5, 0]),
        ("pubsub-partition-order", [1, 2]),
        ("pubsub-create-topic", [3]),
        ("ED2", [4, 3, 4, 1, 4]),
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


CHECKS: dict[str, Callable[[claims.PubSub], Finding]] = {
    "possible": claims.publish_possible_repaired,
    "stores": claims.append_stores_repaired,
    "unique": claims.offset_unique_repaired,
    "ED2": claims.ed2_repaired,
}


@pytest.mark.parametrize("name", CHECKS)
def test_with_all_repairs_all_claims_hold(name: str) -> None:
    assert CHECKS[name](REPAIRED).verdict is Truth.TRUE


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_ed2_fails(repair: str) -> None:
    finding = claims.ed2_repaired(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize("repair", ["appending", "positioned"])
def test_without_a_repair_of_the_partition_ed2_fails(repair: str) -> None:
    partition = replace(claims.READ_BY_ALL, **{repair: False})
    assert claims.ed2_repaired(partition=partition).verdict is Truth.FALSE


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("registering", "possible"),
        ("appending", "stores"),
        ("keeping", "stores"),
        ("appending", "unique"),
        ("keeping", "unique"),
    ],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: str) -> None:
    assert CHECKS[broken](replace(REPAIRED, **{repair: False})).verdict is Truth.FALSE


def test_a_topic_that_is_not_kept_loses_messages() -> None:
    assert claims.create_topic_repaired(replace(REPAIRED, keeping=False)).verdict is Truth.FALSE
    assert claims.create_topic(REPAIRED).verdict is Truth.TRUE


def test_induction_notices_what_is_not_stored_or_shared() -> None:
    with pytest.raises(Undecided):
        list(claims._read_in_order(PartitionLog(appending=True)))
    with pytest.raises(Undecided):
        list(claims._read_in_order(PartitionLog(positioned=True)))


def test_a_quorum_is_larger_than_the_number_of_losses() -> None:
    finding = claims.replication_repaired(spare=0)
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


def test_one_position_for_all_is_the_shared_queue_of_the_script() -> None:
    shared = PartitionLog(appending=True)
    there = refines(claims.script(), "SHARED(2)", shared, Model.FD, "2 messages")
    assert isinstance(there, Proof)
    refined_by(claims.script(), "SHARED(2)", shared, Model.FD, "2 messages")
