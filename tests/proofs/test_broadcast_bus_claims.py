"""Claims on the broadcast bus and the aggregator: how short their counterexamples are, and what
each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.models.broadcast_bus import REPAIRED, REPAIRS, BroadcastBus
from cospec.proofs.claims import broadcast_buses as claims
from cospec.proofs.register import Finding, Result, Truth

Check = Callable[[BroadcastBus], Finding]


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("event-bus000-borrow", [1]),
        ("event-bus000-dispatch", [3, 3]),
        ("event-bus000-lag", [4, 5, 7]),  # one event more than there are slots, run, receive
        ("event-bus000-late-subscriber", [2]),
        ("event-aggregator-replay", [2]),
        ("event-aggregator-commit", [4]),
    ],
)
def test_counterexamples_are_shortest(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("sharing", claims.borrow_repaired),
        ("unboxing", claims.dispatch_repaired),
        ("calling", claims.dispatch_repaired),
        ("counting", claims.lag_repaired),
        ("early", claims.late_subscriber_repaired),
    ],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: Check) -> None:
    finding = broken(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert claims.borrow(REPAIRED).verdict is Truth.TRUE
    assert claims.dispatch(unboxing=True, calling=True).verdict is Truth.TRUE
    assert claims.lag(REPAIRED).verdict is Truth.TRUE
    assert claims.late_subscriber(REPAIRED).verdict is Truth.TRUE
    assert claims.aggregator_replay(claims.KEEPING).verdict is Truth.TRUE
    assert claims.aggregator_commit(claims.COUNTED).verdict is Truth.TRUE


def test_without_their_repairs_the_claims_on_the_aggregator_fail() -> None:
    for finding in (
        claims.aggregator_replay_repaired(claims.FORGETTING),
        claims.aggregator_commit_repaired(claims.SAVED),
    ):
        assert finding.verdict is not Truth.TRUE
        for wrong in finding.counterexamples:
            wrong.replay()
