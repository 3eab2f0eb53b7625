"""Claims on CQRS in seeds 000 and 001: their counterexamples, what repairs do, and that what stands
for a part of a model in a proof of all sizes does what the model does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.command_sides import Account, LossyPipeline, Pool
from cospec.models.cqrs_bus_000 import BUS_REPAIRS, CaughtUp, CQRSBus, Resent
from cospec.models.cqrs_system import REPAIRED, REPAIRS, CQRSSystem, OneEntity
from cospec.models.handler_registry import Boxed, Registry, Seed
from cospec.models.model import ModelSystem
from cospec.proofs import cqrs_logic as logic
from cospec.proofs.claims import command_sides as sides
from cospec.proofs.claims import cqrs_buses as buses
from cospec.proofs.claims import cqrs_system as systems
from cospec.proofs.register import Finding, Result, Truth, Undecided


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("cqrs000-correctness", [1]),  # one command
        ("cqrs000-eventual-consistency", [1]),
        ("cqrs000-homomorphism", [1, 1]),  # no event; one event
        ("cqrs000-command-state-blind", [2]),  # created twice
        ("cqrs000-send-atomic", [2, 2]),  # append, crash; append, an error
        ("cqrs000-error-means-failed", [2, 4]),
        ("cqrs000-projection-order", [3]),  # two are stored, the second is projected
        ("cqrs000-handlers-used", [0, 1]),
        ("cqrs000-stream-concurrency", [4, 4]),  # two withdrawals
        ("cqrs001-command-consistency", [4]),
        ("cqrs001-query-ec", [4]),  # one event, which is lost
        ("cqrs001-independent-load", [1]),  # one connection, one query
        ("cqrs001-send-command", [1]),
        ("cqrs001-send-query", [1]),
        ("cqrs001-events-stored", [1, 1]),
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


def test_what_is_undefined_says_nothing() -> None:
    assert sides.query_ec_literal().verdict is Truth.VACUOUS
    assert sides.separation().verdict is Truth.VACUOUS


# --------------------------------------------------------------------------- the system of seed 000


@pytest.mark.parametrize(
    ("repair", "check"),
    [
        ("folding", systems.correctness_repaired),
        ("projecting", systems.correctness_repaired),
        ("projecting", systems.eventual_consistency_repaired),
        ("deciding", systems.command_state_blind_repaired),
        ("folding", systems.command_state_blind_repaired),
    ],
)
def test_without_a_repair_a_claim_on_the_system_fails(
    repair: str, check: Callable[[CQRSSystem], Finding]
) -> None:
    finding = check(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_of_the_system_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_on_the_system_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


def test_with_the_repairs_what_was_refuted_of_the_system_holds() -> None:
    checks = (systems.correctness, systems.eventual_consistency, systems.command_state_blind)
    assert {check(REPAIRED).verdict for check in checks} == {Truth.TRUE}


def test_z3_refutes_systems_that_are_not_repaired() -> None:
    for proof in (logic.prove_fold_of_append, logic.prove_answers):
        proof(True)
        with pytest.raises(Undecided):
            proof(False)
    for blind in (logic.prove_frozen, logic.prove_blind):
        blind(False)
        with pytest.raises(Undecided):
            blind(True)


def test_a_system_whose_projection_is_not_folded_is_refuted() -> None:
    with pytest.raises(Undecided):
        systems.projection_inductive(updating=False)


def test_types_with_another_system_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    changing = "CQRSSystem -> Query -> CQRSSystem * QueryResult"
    monkeypatch.setitem(systems.SIGNATURES, "handle_query", changing)
    assert systems.query_pure().verdict is None
    monkeypatch.setitem(systems.SIGNATURES, "handle_command", "CQRSSystem -> Command -> CQRSSystem")
    assert systems.reject_no_effect().verdict is None


@pytest.mark.parametrize("deciding", [False, True])
def test_what_happens_to_one_entity_are_steps_of_its_model(deciding: bool) -> None:
    def seen(state: CQRSSystem) -> OneEntity:
        there, creations, deletions = False, 0, 0
        for event in state.event_store:
            creations += event.kind == "created"
            deletions += event.kind == "deleted" and there
            there = event.data is not None
        return OneEntity(deciding, there, creations, deletions)

    found = Exploration(ModelSystem(replace(REPAIRED, deciding=deciding)))
    for number, state in enumerate(found.states):
        now = seen(state)
        possible = {now, *(after for _, after in ModelSystem(now).transitions(now))}
        assert all(seen(found.states[after]) in possible for _, after in found.edges[number])


# ---------------------------------------------------------------------------- the bus of seed 000


@pytest.mark.parametrize(
    ("repair", "check"),
    [
        ("catching_up", buses.send_atomic_repaired),
        ("catching_up", buses.projection_order_repaired),
        ("identified", buses.error_means_failed_repaired),
    ],
)
def test_without_a_repair_a_claim_on_the_bus_fails(
    repair: str, check: Callable[[CQRSBus], Finding]
) -> None:
    repaired = CQRSBus(catching_up=repair == "catching_up", identified=repair == "identified")
    assert check(repaired).verdict is Truth.TRUE
    finding = check(replace(repaired, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_of_the_bus_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_on_the_bus_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(BUS_REPAIRS)


def seen_at(place: int, state: CQRSBus, projection: int) -> CaughtUp:
    """What one place of the store and of a projection tells."""
    store, view = state.event_store, state.views[projection]
    stored = store[place] if place < len(store) else 0
    handled = view[place] if place < len(view) else 0
    return CaughtUp(state.catching_up, place, len(store), len(view), stored, handled)


@pytest.mark.parametrize("catching_up", [False, True])
def test_what_one_projection_does_are_steps_of_its_model(catching_up: bool) -> None:
    start = CQRSBus(catching_up, commands=(1, 2), concurrent=2, crashes=1, errors=1)
    found = Exploration(ModelSystem(start))
    cases = product(enumerate(found.states), range(len(start.views)), range(2))
    for (number, state), one, place in cases:
        now, store = seen_at(place, state, one), state.event_store
        projected = [now.project(n, event) for n, event in enumerate(store) if not catching_up]
        if catching_up and len(state.views[one]) < len(store):
            projected.append(now.project(now.position, store[now.position]))
        for _, after in found.edges[number]:
            later = found.states[after]
            appended = now.append(later.event_store[-1]) if later.event_store else now
            assert seen_at(place, later, one) in (now, appended, *projected)


def test_sending_one_command_again_are_steps_of_its_model() -> None:
    for identified in (False, True):
        start = CQRSBus(identified=identified, commands=(1, 2), errors=1, retries=1, views=((),))
        found = Exploration(ModelSystem(start))
        for number, state in enumerate(found.states):
            now = Resent(identified, state.event_store.count(1))
            for _, after in found.edges[number]:
                then = Resent(identified, found.states[after].event_store.count(1))
                assert then in (now, now.send())


def test_a_withdrawal_that_expects_another_version_is_refused() -> None:
    overdrawn = Account().decide(0).decide(1).append(0).append(1)
    assert overdrawn.balance == -1
    refused = Account(expecting=True).decide(0).decide(1).append(0).append(1)
    assert (refused.balance, refused.version) == (0, 1)
    assert buses.stream_concurrency(buses.EXPECTING).verdict is Truth.TRUE
    assert buses.stream_concurrency_repaired(buses.UNEXPECTING).verdict is Truth.FALSE


# -------------------------------------------------------------------------------------- registries


def test_a_box_is_cast_to_the_type_of_what_is_in_it_only() -> None:
    boxed = Boxed("PayHandler", "PayHandler")
    assert boxed.downcast_ref("PayHandler") == "PayHandler"
    assert boxed.downcast_ref("Box<dyn Handler<Pay>>") is None


@pytest.mark.parametrize(
    ("registry", "check"),
    [
        (Registry(Seed.ZEROTH, boxing=True), buses.handlers_used_repaired),
        (Registry(Seed.ZEROTH, looking_up=True), buses.handlers_used_repaired),
        (Registry(Seed.FIRST), buses.send_command_repaired),
        (Registry(Seed.FIRST_QUERIES, boxing=True), buses.send_query_repaired),
        (Registry(Seed.FIRST_QUERIES, looking_up=True), buses.send_query_repaired),
    ],
)
def test_without_a_repair_handlers_are_not_found(
    registry: Registry, check: Callable[[Registry], Finding]
) -> None:
    finding = check(registry)
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_z3_refutes_lookups_that_are_not_repaired() -> None:
    for switches in ((True, False), (False, True)):
        with pytest.raises(Undecided):
            logic.prove_lookup(*switches)


def test_a_handler_that_is_registered_later_replaces_the_first() -> None:
    registry = Registry(Seed.FIRST, boxing=True).register("Pay", "one").register("Pay", "two")
    assert registry.send("Pay").called == "two"
    assert registry.send("Ship").answer == "No handler registered"


# -------------------------------------------------------------------------- the sides of seed 001


@pytest.mark.parametrize("repair", ["returning", "relaying", "sequenced"])
def test_without_a_repair_events_are_not_kept(repair: str) -> None:
    finding = buses.events_stored_repaired(replace(buses.KEEPING, **{repair: False}))
    assert finding.verdict is Truth.FALSE


def test_hypotheses_make_conditional_statements_true() -> None:
    assert sides.command_consistency(Account(expecting=True)).verdict is Truth.TRUE
    assert sides.independent_load(Pool(separate=True)).verdict is Truth.TRUE
    assert sides.query_ec(replace(sides.LOSSY, losses=0)).verdict is Truth.TRUE


def test_queries_that_write_disturb_commands() -> None:
    finding = sides.noninterference(sides.SHARED)
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()
    assert len(finding.counterexamples[0].steps) == 1 + 1


def test_a_lost_event_is_on_no_bus() -> None:
    assert isinstance(sides.LOSSY, LossyPipeline)
    relayed = sides.LOSSY.commit().relay()
    assert relayed.lose(0).in_flight == ()
