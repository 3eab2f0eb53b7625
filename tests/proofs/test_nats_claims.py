"""Claims on the NATS adapter: their counterexamples, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.proofs import subject_logic as logic
from cospec.proofs.claims import nats as claims
from cospec.proofs.claims import nats_subjects as subjects
from cospec.proofs.register import Finding, Result, Truth


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("nats-subscribe-validated", [1, 1, 2]),
        ("nats-config-applied", [2, 4]),
        ("nats-ack", [2]),  # deliver, crash
        ("nats-at-least-once", [2, 6]),  # lost; or handled, crash, handled again
        ("nats-unknown-type", [2, 4]),  # forgotten; or delivered for ever
        ("nats-loop-fair", [1, 3]),  # 2 subscriptions, 1 message
        ("nats-poison-stops", [1]),  # 1 message
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


def test_the_shortest_wrong_subjects(result_of: Callable[[str], Result]) -> None:
    accepted = result_of("nats-subject-sound").finding
    assert accepted is not None
    assert [wrong.steps for wrong in accepted.counterexamples] == [("* . >",), (".",)]
    refused = result_of("nats-subject-complete").finding
    assert refused is not None
    (words,) = refused.counterexamples[0].steps
    assert {"-", "_", "$"} < set(words.split())
    # All printable ASCII but letters, digits, the space and `.*>`.
    assert len(words.split()) == 95 - 62 - 1 - 3


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert subjects.subject_sound(logic.PUBLISH).verdict is Truth.TRUE
    assert subjects.subject_complete(logic.PUBLISH).verdict is Truth.TRUE
    assert subjects.subscribe_validated(subjects.CHECKED).verdict is Truth.TRUE
    assert claims.config_applied(claims.CONFIGURED).verdict is Truth.TRUE
    assert claims.ack(claims.JETSTREAM).verdict is Truth.TRUE
    assert claims.unknown_type(claims.TERMINATING).verdict is Truth.TRUE
    assert claims.loop_fair(claims.SELECTING).verdict is Truth.TRUE
    assert claims.poison_stops(claims.SELECTING).verdict is Truth.TRUE


MUTANTS: dict[str, Callable[[], Finding]] = {
    "publish takes what the listing does": lambda: subjects.subject_sound_repaired(logic.LISTING),
    "subscribe takes what the listing does": lambda: subjects.subject_sound_repaired(
        subscribe=logic.LISTING
    ),
    "publish refuses what the listing does": lambda: subjects.subject_complete_repaired(
        logic.LISTING
    ),
    "subscriptions without wildcards": lambda: subjects.subject_complete_repaired(
        subscribe=logic.PUBLISH
    ),
    "not matching": lambda: subjects.subscribe_validated_repaired(
        replace(subjects.CHECKED, matching=False)
    ),
    "keyed by subjects": lambda: subjects.subscribe_validated_repaired(
        replace(subjects.CHECKED, keyed=False)
    ),
    "no limit": lambda: claims.config_applied_repaired(replace(claims.CONFIGURED, limiting=False)),
    "config without JetStream": lambda: claims.config_applied_repaired(
        replace(claims.CONFIGURED, keeping=False)
    ),
    "core NATS": lambda: claims.ack_repaired(replace(claims.JETSTREAM, keeping=False)),
    "nothing terminated": lambda: claims.unknown_type_repaired(
        replace(claims.TERMINATING, terminating=False)
    ),
    "asked in turn": lambda: claims.loop_fair_repaired(replace(claims.SELECTING, selecting=False)),
    "nothing caught": lambda: claims.poison_stops_repaired(
        replace(claims.SELECTING, catching=False)
    ),
    "not idempotent": lambda: claims.at_least_once(repaired=claims.JETSTREAM),
    "at least once on core NATS": lambda: claims.at_least_once(
        repaired=replace(claims.IDEMPOTENT, keeping=False)
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_without_a_repair_a_claim_fails(mutant: str) -> None:
    finding = MUTANTS[mutant]()
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()
