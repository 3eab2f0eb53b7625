"""Claims on CQRS as seed 002 has it and ED5: their counterexamples, and what each repair does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import z3

from cospec.models.cqrs_002 import CQRS, REPAIRED, REPAIRS, CreateUser, UpdateName, project
from cospec.proofs import relay_logic as logic
from cospec.proofs.claims import cqrs_002 as claims
from cospec.proofs.register import Finding, Result, Truth, Undecided


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("cqrs002-read-models", [3, 2]),  # one command, of which the relay, or the caller, is done
        ("cqrs002-single-store", [2]),  # one command
        ("cqrs002-execute-atomic", [2]),  # one event, which is not published
        ("cqrs002-result-version", [1]),
        ("ED5", [2, 2]),
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


REPAIRED_CLAIMS: dict[str, Callable[[CQRS], Finding]] = {
    "read models": claims.read_models_repaired,
    "stores": claims.single_store_repaired,
    "atomic": claims.execute_atomic_repaired,
    "version": claims.result_version_repaired,
    "ED5": claims.ed5_repaired,
}


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("sharing", "stores"),
        ("sharing", "read models"),
        ("sharing", "ED5"),
        ("subscribed", "read models"),
        ("subscribed", "ED5"),
        ("relaying", "read models"),
        ("relaying", "atomic"),
        ("relaying", "ED5"),
        ("sequenced", "ED5"),
        ("resuming", "read models"),
        ("resuming", "ED5"),
        ("counting", "version"),
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
    checks = (claims.single_store, claims.execute_atomic, claims.result_version, claims.ed5)
    assert {check(REPAIRED).verdict for check in checks} == {Truth.TRUE}


def test_z3_refutes_what_is_not_repaired() -> None:
    for proof in (logic.prove_one_log, logic.prove_answers, logic.prove_version_counts):
        proof(True)
        with pytest.raises(Undecided):
            proof(False)
    with pytest.raises(Undecided):
        logic.prove_leads_to_applied(replace(REPAIRED, resuming=False))


@pytest.mark.parametrize("relaying", [False, True])
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("refused", [False, True])
def test_the_transcription_answers_as_the_class_does(
    relaying: bool, fails: bool, refused: bool
) -> None:
    command = UpdateName(2) if refused else CreateUser(1)
    design = replace(REPAIRED, relaying=relaying, commands=(command,), publish_errors=1)
    after = design.execute(command)
    if after.unpublished:
        after = after.fail_to_publish(1) if fails else after.publish(1)
    err = logic.answers_err(relaying, z3.BoolVal(refused), z3.BoolVal(fails))
    assert z3.is_true(z3.simplify(err)) == (after.answer == "Err")
    assert refused == (len(after.handler_store) == 0)


@pytest.mark.parametrize("sharing", [False, True])
def test_the_transcription_stores_as_the_class_does(sharing: bool) -> None:
    state = replace(REPAIRED, sharing=sharing, relaying=False)
    new = z3.Const("new", logic.Event)
    logs = [z3.Empty(logic.Log)] * 3
    for command in state.commands:
        executed = state.execute(command)
        logs = logic.stored(sharing, logs, new)
        assert lengths(logs) == stores(executed)
        state = executed.publish(executed.unpublished[0])
        logs = logic.published(sharing, logs, new)
        assert lengths(logs) == stores(state)


def lengths(logs: Sequence[z3.SeqRef]) -> list[int]:
    return [z3.simplify(z3.Length(log)).as_long() for log in logs]


def stores(state: CQRS) -> list[int]:
    return [len(log) for log in (state.handler_store, state.bus_store, state.command_store)]


def test_each_store_of_the_listing_has_its_own_events() -> None:
    executed = CQRS().execute(CreateUser(1))
    assert len(executed.handler_store) == 1
    assert executed.publish(1).answer == "Ok"
    assert executed.publish(1).command_store == ()
    assert executed.publish(1).in_flight == ()


def test_a_refused_command_stores_nothing() -> None:
    design = replace(REPAIRED, commands=(UpdateName(2),))
    refused = design.execute(UpdateName(2))
    assert (refused.answer, refused.handler_store) == ("Err", ())


def test_a_crash_empties_the_channel_and_the_relay_begins_again() -> None:
    relayed = replace(REPAIRED, crashes=1).execute(CreateUser(1)).relay().mark()
    assert (relayed.marked, relayed.in_flight) == (1, (1,))
    crashed = relayed.crash()
    assert (crashed.marked, crashed.in_flight) == (0, ())
    shown = crashed.relay().mark().deliver(1)
    assert shown.view == project(shown.handler_store)
