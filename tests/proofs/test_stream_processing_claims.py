"""Claims on streams and domain events: shortest counterexamples, what each repair is good for, and
that z3 speaks of the same functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from typing import Any

import pytest
import z3

from cospec.models import stream_processing as model
from cospec.models.bank import AccountEvent, BankAccount, Deposited
from cospec.models.domain_events import (
    AUDIT_REPAIRS,
    GAME_REPAIRS,
    REPAIRED_AUDIT,
    REPAIRED_GAMES,
    REPAIRED_TRADE,
    TRADE_REPAIRS,
)
from cospec.models.event_streams import Event
from cospec.models.stream_processing import REPAIRED, REPAIRS
from cospec.proofs import balance_logic, split_logic, storage_logic
from cospec.proofs import stream_logic as logic
from cospec.proofs.claims import domain_events as domain
from cospec.proofs.claims import stream_processing as claims
from cospec.proofs.claims import stream_storage as storage
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Finding, Proof, Truth, Undecided
from cospec.proofs.small_streams import streams


def lines(finding: Finding) -> list[int]:
    """How many lines each counterexample has; for a run, its steps and one more."""
    return [len(wrong.steps) for wrong in finding.counterexamples]


def events_in(finding: Finding) -> int:
    """The number of events in the stream of the first counterexample."""
    return finding.counterexamples[0].steps[0].count("@")


def test_counterexamples_are_shortest() -> None:
    # An append and two arrivals; two appends and the arrival of the second.
    assert lines(claims.projection_rebuild()) == [1 + 3, 1 + 3]
    # A step, a crash, the batch of two again, and Ok.
    assert lines(claims.batch_law()) == [1 + 5]
    # Two appends; the worker of the effect is first.
    assert lines(claims.causal_partitions()) == [1 + 3]
    assert events_in(claims.batch_process()) == 2
    assert events_in(claims.parallel_process()) == 2
    assert events_in(storage.partition_lossless()) == 2
    assert lines(domain.trade_fill()) == [1 + 1, 1 + 2, 1 + 1]
    # Two runs of three steps, and a line between; then a run of one step.
    assert lines(domain.game_move()) == [4 + 1 + 4, 1 + 1]
    assert events_in(domain.audit_tamper()) == events_in(domain.audit()) == 1


def test_a_projection_that_is_updated_twice_has_a_balance_of_two() -> None:
    [twice, _] = claims.projection_rebuild().counterexamples
    assert twice.steps[-1].endswith("log [1]: balance 1; updated with [1, 1]: balance 2")


def test_every_counterexample_can_be_replayed() -> None:
    checks = [
        claims.projection_rebuild, claims.batch_law, claims.batch_process, claims.parallel_process,
        claims.causal_partitions, storage.partition_lossless, domain.trade_fill, domain.game_move,
        domain.audit_tamper,
    ]  # fmt: skip
    for check in checks:
        for wrong in check().counterexamples:  # type: ignore[operator]
            wrong.replay()


# -------------------------------------------------------------------------------- the repairs

Check = Callable[..., Finding]

REPAIRED_CLAIMS: list[tuple[Check, Any, str]] = [
    (claims.batch_process_repaired, REPAIRED, "threaded"),
    (claims.batch_process_repaired, REPAIRED, "non_empty"),
    (storage.partition_lossless_repaired, REPAIRED, "positions"),
    *((domain.trade_fill_repaired, REPAIRED_TRADE, repair) for repair in TRADE_REPAIRS),
    *((domain.game_move_repaired, REPAIRED_GAMES, repair) for repair in GAME_REPAIRS),
    *((domain.audit_tamper_repaired, REPAIRED_AUDIT, repair) for repair in AUDIT_REPAIRS),
]


def test_every_repair_of_a_formula_is_taken_out_somewhere() -> None:
    assert {repair for _, design, repair in REPAIRED_CLAIMS if design is REPAIRED} == {*REPAIRS} - {
        "keyed"
    }


@pytest.mark.parametrize(("check", "design", "repair"), REPAIRED_CLAIMS)
def test_without_a_repair_a_claim_fails(check: Check, design: Any, repair: str) -> None:
    assert check(design).verdict is Truth.TRUE
    finding = check(replace(design, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize("check", [claims.causal_partitions_repaired, storage.index_repaired])
def test_without_its_repair_a_model_fails(check: Check) -> None:
    finding = check(False)
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


@pytest.mark.parametrize(
    "check",
    [
        lambda: claims.projection_rebuild(guarded=False),
        lambda: claims.batch_law(atomic=False),
        lambda: claims.parallel_process(replace(REPAIRED, keyed=False)),
    ],
)
def test_without_its_hypothesis_a_claim_is_not_conditional(check: Callable[[], Finding]) -> None:
    assert check().verdict is Truth.FALSE


def test_with_the_repairs_a_false_claim_is_false_no_more() -> None:
    findings = [
        claims.batch_process(REPAIRED),
        claims.causal_partitions(delaying=True),
        storage.partition_lossless(REPAIRED),
        domain.trade_fill(REPAIRED_TRADE),
        domain.game_move(REPAIRED_GAMES),
        domain.audit_tamper(REPAIRED_AUDIT),
    ]
    assert [finding.verdict for finding in findings] == [Truth.TRUE] * len(findings)


# ------------------------------------------------------------------------------ what z3 proves


@pytest.mark.parametrize(
    "proof",
    [
        lambda: split_logic.merges_fold_alike(commuting=False),
        lambda: split_logic.positions_tell(numbering=False),
        lambda: split_logic.updates_follow(guarded=False),
        lambda: split_logic.batch_is_whole(atomic=False),
        lambda: split_logic.chunks_fold(threaded=False),
        lambda: split_logic.chunks_fold(positive=False),
        replace(split_logic.STOPPED, given=()).proof,
        lambda: storage_logic.round_trip(parts_invert=False),
        lambda: storage_logic.anchor_tells(collision_free=False),
        lambda: storage_logic.anchor_tells(chained=False),
        lambda: storage_logic.index_follows(maintained=False),
        lambda: balance_logic.simulates(routed=False),
        lambda: balance_logic.own_parts_commute(same_part=True),
        lambda: claims.causes_stay_first(delaying=False),
        lambda: claims.somebody_goes_on(causes_before=False),
    ],
)
def test_proofs_need_their_hypotheses(proof: Callable[[], Proof]) -> None:
    with pytest.raises(Undecided):
        proof()


# --------------------------------------------------------------- the same functions in z3


@cache
def constant(event: Event) -> Any:
    return z3.Const(str(event), logic.Event)


AGGREGATES = {name: z3.Const(name, logic.Aggregate) for name in "abc"}
EVENTS = [Event("x", 1, 0, "a"), Event("y", 1, 1, "b"), Event("z", 1, 2, "a")]
FACTS = [
    *(logic.time_of(constant(event)) == event.time for event in EVENTS),
    *(logic.aggregate_of(constant(event)) == AGGREGATES[event.aggregate] for event in EVENTS),
    z3.Distinct(*AGGREGATES.values()),
    z3.Distinct(*map(constant, EVENTS)),
]


def literal(events: tuple[Event, ...]) -> Any:
    made = logic.NIL
    for event in reversed(events):
        made = logic.Stream.cons(constant(event), made)
    return made


def without_first(events: tuple[Event, ...], aggregate: str) -> tuple[Event, ...]:
    for place, event in enumerate(events):
        if event.aggregate == aggregate:
            return events[:place] + events[place + 1 :]
    return events


def runs_of(events: tuple[Event, ...]) -> Any:
    made = storage_logic.Runs.none
    for event, count in reversed(model.run_lengths(events)):
        made = storage_logic.Runs.run(constant(event), z3.IntVal(count), made)
    return made


def test_the_transcription_of_streams_says_what_the_functions_do() -> None:
    equations: list[z3.BoolRef] = []
    for stream in streams(3, *EVENTS):
        term = literal(stream)
        parts = model.split(stream, lambda event: event.aggregate)
        for name, constant_of in AGGREGATES.items():
            equations += [
                logic.of_aggregate(term, constant_of) == literal(parts.get(name, ())),
                split_logic.without_first(term, constant_of)
                == literal(without_first(stream, name)),
            ]
        times = [-1, *(event.time for event in stream)]
        growing = all(one < two for one, two in pairwise(times))
        equations += [
            split_logic.numbered(term, z3.IntVal(-1)) == growing,
            storage_logic.run_lengths(term) == runs_of(stream),
            storage_logic.spelled_out(runs_of(stream)) == term,
        ]
        for size in (1, 2):
            chunks = model.chunk(stream, size)
            if chunks:
                equations.append(logic.first(z3.IntVal(size), term) == literal(tuple(chunks[0])))
    assert counterexample_of(z3.And(equations), *FACTS) is None


ACCOUNTS = {number: z3.Const(f"account {number}", balance_logic.Account) for number in (1, 2)}


def movement(event: AccountEvent) -> Any:
    kind = "deposited" if isinstance(event, Deposited) else "withdrawn"
    made = getattr(balance_logic.Event, kind)
    return made(ACCOUNTS[event.account_id], z3.RealVal(event.amount))


def test_the_transcription_of_balances_says_what_the_classes_do() -> None:
    equations: list[z3.BoolRef] = []
    for events in product(claims.MOVEMENTS, repeat=2):
        term, balances = (
            balance_logic.NO_BALANCES,
            model.process(events, claims.NO_BALANCES, model.update),
        )
        account, total = BankAccount(), z3.RealVal(0)
        for event in events:
            term = balance_logic.update(term, movement(event))
            after = account.apply_event(event)
            assert isinstance(after, BankAccount)
            account, total = after, balance_logic.apply_event(total, movement(event))
        for number, name in ACCOUNTS.items():
            entry = balance_logic.Entry.none
            if number in balances:
                entry = balance_logic.Entry.some(z3.RealVal(balances[number]))
            equations.append(term[name] == entry)
        equations.append(total == account.balance)
    assert counterexample_of(z3.And(equations), z3.Distinct(*ACCOUNTS.values())) is None
