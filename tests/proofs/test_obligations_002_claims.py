"""ED3 and what seed 002 says of itself: each part is needed, and none holds of the listings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cospec.proofs.claims import amqp, nats, nats_subjects
from cospec.proofs.claims import obligations_002 as claims
from cospec.proofs.register import Finding, Result, Truth, Undecided

Check = Callable[[], Finding]


def _fine() -> Finding:
    return nats_subjects.subject_sound_repaired()


#: Each part of ED3 with one repair taken out.
MUTANTS: dict[str, Check] = {
    "asked in turn": lambda: nats.loop_fair_repaired(replace(nats.SELECTING, selecting=False)),
    "no confirms": lambda: amqp.publish_ok_repaired(replace(amqp.CONFIRMED, confirming=False)),
    "nothing counted": lambda: amqp.poison_repaired(amqp.REQUEUING),
    "nothing caught": lambda: nats.poison_stops_repaired(replace(nats.SELECTING, catching=False)),
    "core NATS": lambda: nats.ack_repaired(replace(nats.TERMINATING, keeping=False)),
    "nothing terminated": lambda: nats.unknown_type_repaired(nats.JETSTREAM),
    "subjects of the listing": nats_subjects.subject_sound,
}


def test_with_all_repairs_ed3_holds(result_of: Callable[[str], Result]) -> None:
    assert result_of("ED3-repaired").found is Truth.TRUE


@pytest.mark.parametrize("mutant", MUTANTS)
def test_without_a_repair_ed3_fails(mutant: str) -> None:
    finding = claims.ed3_repaired((_fine, MUTANTS[mutant]))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_there_is_a_reason_against_each_part(result_of: Callable[[str], Result]) -> None:
    parts = result_of("ED3").finding
    assert parts is not None
    assert len(parts.counterexamples) == len(claims.AS_WRITTEN)
    obligations = result_of("meta-002-ensures").finding
    assert obligations is not None
    assert len(obligations.counterexamples) == 6


def test_one_obligation_that_fails_is_enough() -> None:
    assert claims.ensures_repaired((_fine, claims.ed3)).verdict is Truth.FALSE


def test_a_part_that_holds_conditionally_decides_nothing() -> None:
    with pytest.raises(Undecided):
        claims.ed3_repaired((_fine, amqp.redeclare))
