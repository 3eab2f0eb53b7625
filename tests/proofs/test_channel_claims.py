"""Claims on channels: the model, its transcription for z3, and what each repair is good for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import z3

from cospec.models.channels import (
    MAX_PERMITS,
    REPAIRED,
    REPAIRS,
    VALUES,
    Buffered,
    Channels,
    Close,
    Closed,
    Empty,
    Panicked,
    Receive,
    Refused,
    Send,
    create_channel,
)
from cospec.proofs import channel_logic as logic
from cospec.proofs.claims import channels as claims
from cospec.proofs.claims.channels import CLAIMS
from cospec.proofs.explored import explore
from cospec.proofs.register import Finding, Truth, Undecided, run

DESIGNS = [
    Channels(2, **dict(zip(REPAIRS, switches, strict=True)))
    for switches in product((False, True), repeat=len(REPAIRS))
]


def test_a_claim_that_is_false_names_one_that_is_true() -> None:
    false = [claim for claim in CLAIMS if claim.registered is Truth.FALSE]
    assert len(false) == 5
    for claim in false:
        assert CLAIMS[claim.repaired].registered is Truth.TRUE


def events(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def test_counterexamples_are_shortest() -> None:
    runs = events("channel-operation-atomicity")
    assert [len(run) - 1 for run in runs] == [1, 2, 3, 4]  # n + 1 for n = 0, 1, 2, 3
    (lost,) = events("channel-close-keeps-buffer")
    assert lost[:2] == ("send.0.A", "close.0")
    (dropped,) = events("channel-receive-value")
    assert len(dropped) == 7
    none, many = events("channel-capacity-zero")
    assert none[0] == "create_channel(type, 0)"
    assert many[0] == f"create_channel(type, {MAX_PERMITS + 1})"


@pytest.mark.parametrize(("capacity", "states"), [(1, 4), (2, 8), (3, 16)])
def test_states_are_those_counted_by_hand(capacity: int, states: int) -> None:
    # 2^(n+1) - 1 queues and, where closing forgets, one closed state; else as many closed ones.
    guarded = explore(Channels(capacity, guarded=True))
    assert len(guarded.exploration.states) == states
    repaired = explore(replace(REPAIRED, capacity=capacity))
    assert repaired.holds
    assert len(repaired.exploration.states) == 2 * (states - 1)


# -------------------------------------------------------------------------------- the repairs


def repaired_claims(design: Channels) -> dict[str, Truth | None]:
    """The verdicts on the repaired channel, for a design."""
    checks = (
        claims.bounded_repaired,
        claims.receive_value_repaired,
        claims.fifo,
        claims.close_keeps_buffer_repaired,
        claims.none_meaning_repaired,
    )
    found = {}
    for check in checks:
        finding: Finding = check(design)
        for wrong in finding.counterexamples:
            wrong.replay()
        found[check.__name__] = finding.verdict
    return found


def test_with_all_repairs_all_claims_hold() -> None:
    assert set(repaired_claims(REPAIRED).values()) == {Truth.TRUE}


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("guarded", "bounded_repaired"),
        ("delivering", "receive_value_repaired"),
        ("draining", "close_keeps_buffer_repaired"),
        ("explaining", "none_meaning_repaired"),
    ],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: str) -> None:
    check = getattr(claims, broken)
    finding = check(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert claims.operation_atomicity(REPAIRED).verdict is Truth.TRUE
    assert claims.receive_value(REPAIRED).verdict is Truth.TRUE
    assert claims.close_keeps_buffer(REPAIRED).verdict is Truth.TRUE
    assert claims.none_meaning(REPAIRED).verdict is Truth.TRUE


@pytest.mark.parametrize("checks", [(False, True), (True, False)])
def test_both_limits_of_create_channel_are_needed(checks: tuple[bool, bool]) -> None:
    finding = claims.capacity_zero_repaired(*checks)
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


# -------------------------------------------------------------------------- what z3 is asked


def test_z3_refutes_the_induction_where_a_repair_is_missing() -> None:
    with pytest.raises(Undecided):
        claims._inductive(replace(REPAIRED, guarded=False))
    with pytest.raises(Undecided):
        claims._histories(replace(REPAIRED, draining=False), lossless=True)
    with pytest.raises(Undecided):
        claims._histories(replace(REPAIRED, delivering=False), lossless=False)
    claims._histories(replace(REPAIRED, draining=False), lossless=False)


NAMES = {name: z3.Const(name, logic.Value) for name in VALUES}


def sequence(values: tuple[str, ...]) -> z3.SeqRef:
    return z3.Concat(logic.NOTHING, logic.NOTHING, *(z3.Unit(NAMES[v]) for v in values))


def term(contents: Empty | Buffered | Closed) -> z3.ExprRef:
    match contents:
        case Empty():
            return logic.Contents.empty
        case Buffered(values):
            return logic.Contents.buffered(sequence(values))
        case Closed(rest):
            return logic.Contents.closed(sequence(rest))


def says(formula: z3.BoolRef, *values: tuple[z3.ExprRef, z3.ExprRef]) -> bool:
    """Whether a formula holds for these values; that has to be plain."""
    plain = z3.simplify(z3.substitute(formula, *values))
    assert z3.is_true(plain) or z3.is_false(plain), plain
    return z3.is_true(plain)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: str(DESIGNS.index(design)))
def test_the_transcription_says_what_the_model_does(design: Channels) -> None:
    queues = [q for n in range(3) for q in product(VALUES, repeat=n)]
    kept = queues if design.draining else [()]
    contents = [Empty(), *map(Buffered, queues), *map(Closed, kept)]
    operations = (Send(0, "A"), Receive(0), Close(0))
    for now in contents:
        start = replace(design, system=(now,))
        given = (
            (logic.system, z3.K(z3.IntSort(), term(now))),
            (logic.capacity, z3.IntVal(design.capacity)),
            (logic.channel, z3.IntVal(0)),
            (logic.value, NAMES["A"]),
        )
        for operation, step in zip(operations, logic.steps(design), strict=True):
            applied = start.apply(operation)
            assert says(step.enabled, *given) == (applied.after is not None)
            if applied.after is None:
                continue
            after = term(applied.after.system[0])
            assert says(step.after[logic.channel] == after, *given)
            delivered = (applied.answer,) if applied.answer in VALUES else ()
            assert says(step.delivered == sequence(delivered), *given)
            accepted = ("A",) if isinstance(operation, Send) else ()
            assert says(step.accepted == sequence(accepted), *given)
            dropped = start.held(0) if isinstance(operation, Close) and not design.draining else ()
            assert says(step.dropped == sequence(dropped), *given)


# ------------------------------------------------------------------------ creating a channel


def test_creating_a_channel() -> None:
    assert create_channel(1) == create_channel(MAX_PERMITS) == 0
    for capacity in (0, MAX_PERMITS + 1):
        with pytest.raises(Panicked):
            create_channel(capacity)
        assert create_channel(capacity, True, True) == Refused()
    assert create_channel(1, True, True) == 0
