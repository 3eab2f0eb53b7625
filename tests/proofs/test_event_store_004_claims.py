"""Claims on the event table and the snapshots of seed 004: transcription and repairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models.event_store_004 import REPAIRS, EventTable
from cospec.models.model import Act, ModelSystem
from cospec.models.order_snapshots import CALLS, CREATED, PAID
from cospec.models.order_snapshots import REPAIRED as REPOSITORY
from cospec.models.order_snapshots import REPAIRS as SNAPSHOT_REPAIRS
from cospec.proofs import event_table_logic as logic
from cospec.proofs.claims import event_store_004 as claims
from cospec.proofs.claims import order_snapshots as snapshots
from cospec.proofs.evidence import counterexample_of
from cospec.proofs.register import Finding, Register, Truth, Undecided, run

CLAIMS = Register(claims.CLAIMS, snapshots.CLAIMS)


def steps(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def refuted(finding: Finding) -> bool:
    """Whether a claim is false by counterexamples that can be performed."""
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict is Truth.FALSE


def test_a_claim_that_is_false_names_one_that_is_true() -> None:
    false = [claim for claim in CLAIMS if claim.registered is Truth.FALSE]
    assert len(false) == 4
    for claim in false:
        assert CLAIMS[claim.repaired].registered is Truth.TRUE


def test_counterexamples_are_shortest() -> None:
    (gap,) = steps("es004-contiguous")
    assert len(gap) == 1 + 3  # one call: begin, insert, commit
    (stale,) = steps("es004-empty-save")
    assert [line.split(" ")[0] for line in stale[4:]] == ["begin.0.0.0", "commit.0"]
    unloadable, differing = steps("es004-snapshot-reapply")
    assert unloadable[-1].count("OrderPaid") == 1  # two events
    assert (len(unloadable), len(differing)) == (1 + 4, 1 + 3)
    uncommitted, twice = steps("es004-snapshot-uncommitted")
    assert (len(uncommitted), len(twice)) == (1 + 4, 1 + 7)
    assert "[OrderCreated, OrderPaid, OrderPaid]" in twice[-1]
    (never,) = steps("es004-snapshot-never")
    assert never[-1] == "save_events.100 → version 100, snapshot none"
    assert [len(each) for each in steps("es004-created-at")] == [1 + 9, 1 + 10, 1 + 7]
    assert [each[-1] for each in steps("es004-performance")] == [
        "0 ms, and not 5",
        "6 ms, and not 5",
    ]


# -------------------------------------------------------------------------------- the repairs


TABLES: dict[str, Callable[[EventTable], Finding]] = {
    "conditional": claims.contiguous_repaired,
    "checked": claims.empty_save_repaired,
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_of_the_table_a_claim_fails(repair: str) -> None:
    assert TABLES[repair](EventTable(**{repair: True})).verdict is Truth.TRUE
    assert refuted(TABLES[repair](EventTable()))


def test_the_insert_alone_does_not_refuse_an_empty_save_and_either_leaves_no_gap() -> None:
    assert refuted(claims.empty_save(claims.CONDITIONAL))
    assert claims.empty_save(claims.CHECKED).verdict is Truth.TRUE
    assert claims.contiguous(claims.CONDITIONAL).verdict is Truth.TRUE
    assert claims.contiguous(claims.CHECKED).verdict is Truth.TRUE


@pytest.mark.parametrize(
    "check", [claims.optimistic, claims.contiguous_repaired, claims.empty_save_repaired]
)
def test_unique_is_needed(check: Callable[[EventTable], Finding]) -> None:
    design = EventTable(conditional=True, checked=True, unique=False)
    assert refuted(check(design))


@pytest.mark.parametrize("switch", ["unique", "ordered"])
def test_load_order_needs_unique_and_order_by(switch: str) -> None:
    assert refuted(claims.load_order(EventTable(**{switch: False})))


@pytest.mark.parametrize(("loads_first", "clock_goes_on"), [(True, False), (False, True)])
def test_created_at_needs_both_hypotheses(loads_first: bool, clock_goes_on: bool) -> None:
    assert claims.created_in_order().verdict is Truth.TRUE
    assert refuted(claims.created_in_order(loads_first, clock_goes_on))


SNAPSHOTS = {
    "counted": snapshots.reapply_repaired,
    "committed": snapshots.uncommitted_repaired,
}


@pytest.mark.parametrize("repair", SNAPSHOT_REPAIRS)
def test_without_a_repair_of_snapshots_a_claim_fails(repair: str) -> None:
    assert SNAPSHOTS[repair](REPOSITORY).verdict is Truth.TRUE
    assert refuted(SNAPSHOTS[repair](replace(REPOSITORY, **{repair: False})))


def test_with_the_repairs_the_claims_on_snapshots_hold() -> None:
    assert snapshots.reapply(REPOSITORY).verdict is Truth.TRUE
    assert (
        snapshots.reapply(replace(REPOSITORY, counted=False, numbered=True)).verdict is Truth.TRUE
    )
    assert snapshots.snapshot_never(snapshots.CALLING).verdict is Truth.TRUE


def test_a_call_that_nothing_leads_to_takes_no_snapshots() -> None:
    calls = {**CALLS, "clear_uncommitted_events": ("save_snapshot",)}
    assert refuted(snapshots.snapshot_never_repaired(calls))


def test_all_orders_there_can_be() -> None:
    streams = snapshots._histories()
    assert streams[0] == (CREATED,)
    assert (CREATED, PAID) in streams
    assert len(streams) == 6  # created; paid, cancelled; shipped, cancelled; cancelled
    assert max(map(len, streams)) == 4


# -------------------------------------------------------------------------- what z3 is asked


def test_z3_refutes_the_induction_where_something_is_missing() -> None:
    claims._holding(EventTable())
    claims._growing(claims.CONDITIONAL)
    claims._growing(claims.CHECKED)
    claims._growing(EventTable(loading=True))
    for design in (EventTable(), replace(claims.CONDITIONAL, unique=False)):
        with pytest.raises(Undecided):
            claims._growing(design)
    with pytest.raises(Undecided):
        claims._holding(EventTable(unique=False))
    with pytest.raises(Undecided):
        claims._beaten(EventTable(unique=False))
    with pytest.raises(Undecided):
        claims._in_order(clock_goes_on=False)
    with pytest.raises(Undecided):
        snapshots._restored(replace(REPOSITORY, counted=False))


def at(values: dict[int, int]) -> logic.Function:
    """A function of z3 with these values, and 0 elsewhere."""

    def value(place: z3.ArithRef) -> z3.ArithRef:
        found: z3.ArithRef = z3.IntVal(0)
        for key, each in values.items():
            found = z3.If(place == key, z3.IntVal(each), found)
        return found

    return value


#: Writers are the saves 101 and 102; 103 is one that has not begun.
WRITERS, NEXT = (101, 102), 103


def transcribed(table: EventTable) -> logic.Table:
    """The same table in z3; saves that are committed are known by their first row."""
    rows = {row.version: row.save for row in table.rows}
    status = dict.fromkeys(rows.values(), logic.COMMITTED)
    expected = {row.save: row.expected for row in table.rows}
    inserted = {row.save: row.batch for row in table.rows}
    for name, saving in zip(WRITERS, table.saving, strict=True):
        if saving is not None:
            rows.update({row.version: name for row in saving.rows})
            status[name], expected[name] = logic.OPEN, saving.expected
            inserted[name] = len(saving.rows)
    length = z3.IntVal(len(table.rows))
    return logic.Table(at(rows), at(status), at(expected), at(inserted), length)


def says(formula: z3.BoolRef) -> bool:
    """Whether a formula without unknowns holds."""
    plain = z3.simplify(formula)
    if z3.is_true(plain) or z3.is_false(plain):
        return z3.is_true(plain)
    return counterexample_of(plain) is None  # it has a quantifier


def insertions(table: EventTable) -> set[int]:
    """The writers whose next insertion succeeds."""
    found = set()
    for event, after in ModelSystem(table).transitions(table):
        if isinstance(event, Act) and event.name == "insert":
            writer = event.arguments[0]
            assert isinstance(writer, int)
            if after.saving[writer] is not None:
                found.add(writer)
    return found


DESIGNS = [
    EventTable(batches=(1, 2)),
    EventTable(batches=(1, 2), conditional=True),
    EventTable(batches=(0, 1, 2), checked=True),
]


@pytest.mark.parametrize("design", DESIGNS, ids=["listing", "conditional", "checked"])
def test_the_transcription_inserts_and_begins_as_the_model_does(design: EventTable) -> None:
    found: Exploration[EventTable] = Exploration(ModelSystem(design))
    for state in found.states[::11]:
        now = transcribed(state)
        able = insertions(state)
        for writer, saving in enumerate(state.saving):
            if saving is None or len(saving.rows) == saving.batch:
                continue
            insert = logic.steps(design, now, z3.IntVal(WRITERS[writer]), z3.IntVal(0))[1]
            assert says(insert.enabled) == (writer in able), state
        for expected in range(3):
            begin = logic.steps(design, now, z3.IntVal(NEXT), z3.IntVal(expected))[0]
            begins = not design.checked or state.version("a") == expected
            assert says(begin.enabled) == begins
        for version in range(1, 5):
            committed = any(row.version == version for row in state.rows)
            assert says(now.committed(z3.IntVal(version))) == committed


@pytest.mark.parametrize("design", DESIGNS, ids=["listing", "conditional", "checked"])
def test_the_transcription_commits_and_fails_as_the_model_does(design: EventTable) -> None:
    found: Exploration[EventTable] = Exploration(ModelSystem(replace(design, crashes=1)))
    compared = 0
    for state in found.states[::11]:
        for event, after in ModelSystem(state).transitions(state):
            if not isinstance(event, Act) or event.name not in ("commit", "crash"):
                continue
            now, number = transcribed(state), 2 if event.name == "commit" else 3
            # A crash ends what any writer is about, one after the other.
            acting = event.arguments or tuple(n for n, one in enumerate(state.saving) if one)
            for writer in acting:
                assert isinstance(writer, int)
                name = z3.IntVal(WRITERS[writer])
                step = logic.steps(design, now, name, z3.IntVal(0))[number]
                assert says(step.enabled)
                now = step.after
            wanted = transcribed(after)
            for version in map(z3.IntVal, range(1, 6)):
                assert says(now.committed(version) == wanted.committed(version))
                taken, free = now.holder(version) != 0, wanted.holder(version) != 0
                assert says(taken == free)
            compared += 1
    assert compared > 10
