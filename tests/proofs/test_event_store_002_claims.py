"""Claims on the event store of seed 002: the model, its transcription, and the repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest
import z3

from cospec.models.event_store_002 import OK, REPAIRED, REPAIRS, Event, EventStore, Writers
from cospec.proofs import event_store_logic as logic
from cospec.proofs.claims import event_handlers_002 as handlers
from cospec.proofs.claims import event_store_002 as claims
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Finding, Register, Truth, Undecided, run

CLAIMS = Register(claims.CLAIMS, handlers.CLAIMS)


def steps(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def test_a_claim_that_is_false_names_one_that_is_true() -> None:
    false = [claim for claim in CLAIMS if claim.registered is Truth.FALSE]
    assert len(false) == 5
    for claim in false:
        assert CLAIMS[claim.repaired].registered is Truth.TRUE


def test_counterexamples_are_shortest() -> None:
    (foreign,) = steps("es002-foreign-event")
    assert len(foreign) == 1 + 1  # one append, after the start
    again, quadratic = steps("es002-handlers-once")
    assert len(again) == 1 + 2
    assert quadratic == ("append_events(a, [a1])", "append_events(a, [a2])", "3 calls")
    stored, mismatch = steps("es002-append-error")
    assert len(stored) == 1 + 1
    assert mismatch[-1].endswith("VersionMismatch")
    older, above = steps("es002-snapshot-monotone")
    assert (len(older), len(above)) == (1 + 4, 1 + 1)
    counter, applied, twice = steps("ED6")
    assert counter[-1] == "the counter is 3, and not 2"
    assert len(applied) == 1 + 2
    assert twice[-1] == "call 2 with a1: the counter is 2"
    assert [len(each) for each in steps("ED4")] == [1 + 1, 1 + 1]


# -------------------------------------------------------------------------------- the repairs


CHECKS: dict[str, Callable[[EventStore], Finding]] = {
    "owned": claims.foreign_event_repaired,
    "fresh": handlers.handlers_once_repaired,
    "outside": handlers.append_error_repaired,
    "deduplicating": handlers.ed6_repaired,
    "together": handlers.ed6_repaired,
}


def test_every_repair_has_a_claim() -> None:
    assert set(CHECKS) == set(REPAIRS)


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_a_claim_fails(repair: str) -> None:
    finding = CHECKS[repair](replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize("repair", ["owned", "outside"])
def test_a_repair_alone_is_enough_for_its_claim(repair: str) -> None:
    assert CHECKS[repair](EventStore(**{repair: True})).verdict is Truth.TRUE


def test_calls_inside_an_append_are_not_made_again_when_the_handler_has_failed() -> None:
    calling_later = EventStore(fresh=True, outside=True)
    assert CHECKS["fresh"](calling_later).verdict is Truth.TRUE
    finding = CHECKS["fresh"](EventStore(fresh=True))
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()
    assert (
        finding.counterexamples[0].text == "Not so: the handler answers each stored event at last"
    )


def test_deduplication_takes_a_position_that_no_crash_loses() -> None:
    # Without `fresh` there is no end of the calls; ED6 counts what they do, up to a bound.
    design = EventStore(deduplicating=True, together=True, fresh=True, outside=True)
    assert handlers.ed6_repaired(design).verdict is Truth.TRUE
    (lost,) = handlers.ed6_repaired(replace(design, together=False)).counterexamples
    assert [line.split(" ")[0] for line in lost.steps] == [
        "start:", "append.a.[a1].0", "dispatch.a", "crash", "dispatch.a",
    ]  # fmt: skip


@pytest.mark.parametrize("repair", ["owned", "outside"])
def test_ed4_takes_both_repairs(repair: str) -> None:
    assert handlers.ed4_repaired(EventStore(owned=True, outside=True)).verdict is Truth.TRUE
    assert handlers.ed4_repaired(replace(REPAIRED, **{repair: False})).verdict is Truth.FALSE


def test_with_the_repairs_the_false_claims_are_false_no_more() -> None:
    checks = (claims.foreign_event, handlers.handlers_once, handlers.append_error)
    assert {check(REPAIRED).verdict for check in checks} == {Truth.TRUE}
    assert handlers.ed4(REPAIRED).verdict is Truth.TRUE
    assert handlers.ed6(REPAIRED).verdict is Truth.TRUE


def test_both_comparisons_of_the_validator_are_needed() -> None:
    assert claims.snapshot_validated(True, True).verdict is Truth.TRUE
    for checks in ((True, False), (False, True)):
        finding = claims.snapshot_validated(*checks)
        assert finding.verdict is Truth.FALSE
        finding.counterexamples[0].replay()


def test_without_the_version_check_two_writers_are_accepted() -> None:
    finding = claims.optimistic(Writers(checked=False))
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


# -------------------------------------------------------------------------- what z3 is asked


def test_z3_refutes_the_induction_where_a_repair_is_missing() -> None:
    for repair, proof in (
        ("owned", claims.prove_owned),
        ("fresh", handlers._answered_once),
        ("outside", handlers._stores_or_fails),
        ("deduplicating", handlers._applied_once),
        ("together", handlers._applied_once),
    ):
        proof(REPAIRED)
        with pytest.raises(Undecided):
            proof(replace(REPAIRED, **{repair: False}))


def test_z3_refutes_a_snapshot_of_another_version() -> None:
    version = z3.Int("version")
    logic.restored(version, version)
    for folded in (version + 1, version - 1):
        with pytest.raises(Undecided):
            logic.restored(version, folded)


def row(events: tuple[Event, ...]) -> logic.Row:
    """Events as a row of z3, with the numbers of their aggregates."""

    def at(values: list[int]) -> logic.Place:
        def value(place: z3.ArithRef) -> z3.ArithRef:
            found = z3.IntVal(-1)
            for number, each in enumerate(values):
                found = z3.If(place == number, z3.IntVal(each), found)
            return found

        return value

    owners = [ord(event.aggregate) for event in events]
    versions = [event.version for event in events]
    return logic.Row(z3.IntVal(len(events)), at(versions), at(owners))


def says(formula: z3.BoolRef) -> bool:
    """Whether a formula without unknowns holds; the aggregate is `a`."""
    given = logic.aggregate == ord("a")
    holds = counterexample_of(formula, given) is None
    assert holds != (counterexample_of(z3.Not(formula), given) is None)
    return holds


def batches() -> Iterator[tuple[Event, ...]]:
    events = [Event(name, version) for name, version in product("ab", (1, 2, 3))]
    for size in range(3):
        yield from product(events, repeat=size)


@pytest.mark.parametrize("owned", [False, True])
def test_the_transcription_appends_as_the_model_does(owned: bool) -> None:
    design = EventStore(owned=owned)
    for stream in ((), (Event("a", 1),), (Event("b", 1),)):
        start = replace(design, streams=(stream,))
        for batch in batches():
            after = start.append_events("a", batch)
            formula = logic.accepted(design, row(stream), row(batch))
            assert says(formula) == (after.answer == OK)
            if after.answer == OK:
                stored = logic.appended(row(stream), row(batch))
                wanted = row(after.stream("a"))
                same = logic.of_each(
                    wanted,
                    lambda i, stored=stored, wanted=wanted: z3.And(  # type: ignore[misc]
                        stored.version(i) == wanted.version(i),
                        stored.owner(i) == wanted.owner(i),
                    ),
                )
                assert says(z3.And(stored.length == wanted.length, same))
                assert says(logic.contiguous(stored)) == after.contiguous()
                assert says(logic.own_events_only(stored)) == after.own_events_only()


@pytest.mark.parametrize("fresh", [False, True])
def test_the_transcription_calls_as_the_model_does(fresh: bool) -> None:
    design = EventStore(fresh=fresh, outside=True)
    events = tuple(Event("a", version) for version in range(1, 5))
    store = design
    now = logic.Calling(z3.K(z3.IntSort(), z3.IntVal(0)), z3.IntVal(0), z3.IntVal(0))
    for batch in (events[:1], events[1:3], (), events[3:]):
        store = store.append_events("a", batch)
        now = now.appending(design, z3.IntVal(len(batch)))
        while store.pending("a"):
            assert z3.is_true(z3.simplify(now.called < now.length))
            store, now = store.handled("a"), now.answered()
        assert z3.is_true(z3.simplify(now.called == now.length))
        for place, event in enumerate(events):
            assert z3.simplify(now.calls[place]).as_long() == store.calls.count(event)


@pytest.mark.parametrize("deduplicating", [False, True])
def test_the_transcription_applies_as_the_model_does(deduplicating: bool) -> None:
    design = EventStore(deduplicating=deduplicating)
    events = tuple(Event("a", version) for version in (1, 2, 3))
    start = z3.Const("start", logic.State)
    for delivered in product(range(3), repeat=3):
        store = replace(design, streams=(events,))
        handler = logic.Handler(start, z3.K(z3.IntSort(), z3.IntVal(0)))
        for place in delivered:
            store = replace(store, called=(place,)).handled("a")
            owner, version = z3.IntVal(0), z3.IntVal(place + 1)
            handler = handler.handle(design, owner, version, logic.event(place))
        wanted = start
        for event in store.applied:
            wanted = logic.apply(wanted, logic.event(event.version - 1))
        assert z3.is_true(z3.simplify(handler.state == wanted))
