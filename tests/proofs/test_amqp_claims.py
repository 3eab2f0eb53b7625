"""Claims on the RabbitMQ adapter: their counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.proofs.claims import amqp as claims
from cospec.proofs.register import Finding, Result, Truth


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("rabbit-publish-ok", [2, 2, 4]),
        ("rabbit-poison", [1]),  # a loop of one step
        ("rabbit-ack", [3, 2]),
        ("rabbit-arguments", [2, 2]),
        ("rabbit-consumer-tag", [2]),
        ("rabbit-channel-failure", [2]),
        ("rabbit-redeclare", [2]),
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert claims.publish_ok(claims.CONFIRMED).verdict is Truth.TRUE
    assert claims.poison(claims.COUNTING).verdict is Truth.TRUE
    assert claims.arguments(claims.ARGUMENTS).verdict is Truth.TRUE
    assert claims.consumer_tag(claims.OWN_TAGS).verdict is Truth.TRUE
    assert claims.channel_failure(claims.CHANNELS).verdict is Truth.TRUE


MUTANTS: dict[str, Callable[[], Finding]] = {
    "not mandatory": lambda: claims.publish_ok_repaired(replace(claims.CONFIRMED, mandatory=False)),
    "not confirming": lambda: claims.publish_ok_repaired(
        replace(claims.CONFIRMED, confirming=False)
    ),
    "not persistent": lambda: claims.publish_ok_repaired(
        replace(claims.CONFIRMED, persistent=False)
    ),
    "not counting": lambda: claims.poison_repaired(claims.REQUEUING),
    "no arguments": lambda: claims.arguments_repaired(claims.NO_ARGUMENTS),
    "one tag": lambda: claims.consumer_tag_repaired(claims.ONE_TAG),
    "one channel": lambda: claims.channel_failure_repaired(
        replace(claims.CHANNELS, separate=False)
    ),
    "not opened again": lambda: claims.channel_failure_repaired(
        replace(claims.CHANNELS, reopening=False)
    ),
    "acknowledged first": lambda: claims.acknowledge(
        replace(claims.ACKING_LAST, acking_first=True)
    ),
    "rejected": lambda: claims.acknowledge(replace(claims.ACKING_LAST, rejecting=True)),
    "not kept": lambda: claims.acknowledge(replace(claims.ACKING_LAST, keeping=False)),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_without_a_repair_a_claim_fails(mutant: str) -> None:
    finding = MUTANTS[mutant]()
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_induction_alone_notices_that_nothing_is_counted() -> None:
    wrong = claims.inductive(
        claims.CountedQueue(),
        "progresses",
        "each step leaves less",
        ("limit", "messages", "good", "poison"),
        claims._begins,
    )
    assert isinstance(wrong, claims.Counterexample)
    wrong.replay()
