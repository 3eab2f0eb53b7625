"""Claims on the event table of seed 004, section 1.3 (M12).

Those on the repaired table take its switches as an argument, so that each of them can be taken
out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import z3

from cospec.models.event_store_004 import EventTable, Row
from cospec.proofs import event_table_logic as logic
from cospec.proofs.evidence import always, limited, prove, prove_for_each, weighed
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

SEED = "seed 004, section 1.3"

AS_WRITTEN = EventTable()
CONDITIONAL = EventTable(conditional=True)
CHECKED = EventTable(checked=True)

BOUNDS = "2 writers, 2 saves of up to 2 events"

#: Any save, and any other one; any version.
save, other, version = z3.Ints("save other version")


# ---------------------------------------------------------------------------------- one wins


@CLAIMS.claim(
    "es004-optimistic",
    model="M12",
    source=f"{SEED}, save_events and UNIQUE(aggregate_id, version)",
    statement=(
        "Of two saves of the same aggregate with the same expected_version and at least one event "
        "each, one commits at most, and one that does not commit leaves nothing in the table, "
        "whatever other saves do in between."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def optimistic(design: EventTable = AS_WRITTEN) -> Finding:
    """All interleavings of two writers with crashes; z3 for any number of saves and any size."""
    explored = weighed(_one_commits(replace(design, crashes=1)))
    if explored.counterexamples:
        return explored
    _holding(design)
    now = logic.any_table()
    both = (save, other)
    committed = [now.status(each) == logic.COMMITTED for each in both]
    some = [now.inserted(each) >= 1 for each in both]
    first = now.expected(save) + 1
    given = [logic.held(now, each, first) for each in both]
    same = now.expected(save) == now.expected(other)
    prove(z3.Not(z3.And(*committed)), *given, *some, same, save != other)
    nothing = now.holder(version) != save
    prove(nothing, logic.held(now, save, version), now.status(save) == logic.FAILED)
    text = (
        "a save holds what it has inserted and no more, and nothing after it has failed: "
        "inductive; so two that have committed do not both hold expected_version + 1"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


def _one_commits(design: EventTable) -> Iterator[Proof | Counterexample]:
    bounds = f"{BOUNDS}, 1 crash"
    text = "of the saves with the same expected version and at least one event, one commits"
    yield always(design, EventTable.one_commits, text, bounds)
    text = "of each save there are all events in the table, or none"
    yield always(design, EventTable.whole_batches, text, bounds)


def _holding(design: EventTable) -> None:
    """Proves what a save holds, whatever it or another save does."""
    expected = z3.Int("expected_version")
    prove(logic.held(logic.EMPTY, save, version), save >= 1)
    now = logic.any_table()
    acting = z3.Int("acting")
    for step in logic.steps(design, now, acting, expected):
        given = [logic.held(now, each, version) for each in (save, acting)]
        prove(logic.held(step.after, save, version), *given, step.enabled, save >= 1)


# ------------------------------------------------------------------------------------ no gaps


@CLAIMS.claim(
    "es004-contiguous",
    model="M12",
    source=f"{SEED}, version = expected_version + i + 1 in save_events",
    statement="The versions of an aggregate in the table are 1..n.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-contiguous-repaired",
)
def contiguous(design: EventTable = AS_WRITTEN) -> Finding:
    """Searched for; and what becomes of the aggregate afterwards."""
    found = _gap_free(design)
    if isinstance(found, Proof):
        return Finding((found,))
    return Finding((_stuck(design),), (found,))


def _gap_free(design: EventTable) -> Proof | Counterexample:
    text = "the versions of an aggregate are 1..n"
    return always(design, EventTable.contiguous, text, BOUNDS)


def _stuck(design: EventTable) -> Proof:
    """Whether writers that count the events ever write to an aggregate that holds version 2
    only."""
    alone = (Row(1, "a", 2, 0, 1, 1, 1),)
    start = replace(design, loading=True, rows=alone, next_id=2, saves=3, batches=(1, 2))
    text = "no command that counts the one event, of version 2, ever stores another one"
    stuck = always(start, lambda table: table.rows == alone, text, "2 writers, 3 saves")
    if isinstance(stuck, Counterexample):
        raise Undecided("the aggregate can still be written")
    return stuck


@CLAIMS.claim(
    "es004-contiguous-repaired",
    model="M12",
    source=f"{SEED}, repair of the INSERT in save_events",
    statement=(
        "When a row is inserted only where the highest version that the transaction sees is the "
        "one before it (INSERT … WHERE max(version) = expected), and UNIQUE stays, the versions "
        "of an aggregate are 1..n; for any number of concurrent saves of any size."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def contiguous_repaired(design: EventTable = CONDITIONAL) -> Finding:
    """Explored first; then proved for any number of saves."""
    explored = weighed([_gap_free(replace(design, crashes=1))])
    if explored.counterexamples:
        return explored
    _growing(design)
    text = (
        "committed versions are 1..n, and a save in progress that has inserted rows continues "
        "them: inductive under begin, insert, commit and rollback of any save"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


def _growing(design: EventTable) -> None:
    """Proves that committed versions stay 1..n, whatever any save does."""
    _holding(design)
    expected, acting = z3.Ints("expected_version acting")
    prove(logic.contiguous(logic.EMPTY, version))
    prove(logic.next_to_the_log(design, logic.EMPTY, save))
    now = logic.any_table()
    # The invariants are used for these versions and saves; that is all it takes.
    versions = (version, now.length, now.length + 1, now.key(acting), now.key(acting) - 1)
    given = [logic.contiguous(now, each) for each in (*versions, expected)]
    given += [logic.held(now, one, each) for one in (save, acting) for each in versions]
    given += [logic.next_to_the_log(design, now, one) for one in (save, acting)]
    for step in logic.steps(design, now, acting, expected):
        prove(logic.contiguous(step.after, version), *given, step.enabled, save >= 1)
        prove(logic.next_to_the_log(design, step.after, save), *given, step.enabled, save >= 1)


# ------------------------------------------------------------------------------ saving nothing


@CLAIMS.claim(
    "es004-empty-save",
    model="M12",
    source=f"{SEED}, save_events",
    statement=(
        "A save whose expected_version is stale, the stream having more events when it begins, is "
        "rejected."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-empty-save-repaired",
)
def empty_save(design: EventTable = AS_WRITTEN) -> Finding:
    """All interleavings of two writers."""
    return weighed([_stale(design)])


def _stale(design: EventTable) -> Proof | Counterexample:
    text = "no save that is stale when it begins is answered with Ok"
    return always(design, EventTable.stale_is_rejected, text, BOUNDS)


@CLAIMS.claim(
    "es004-empty-save-repaired",
    model="M12",
    source=f"{SEED}, repair of save_events",
    statement=(
        "When save_events compares expected_version with the highest version before its loop, a "
        "save with another expected_version than the stream has then is rejected, whether it has "
        "events or none; and with UNIQUE the versions are 1..n, for any number of saves."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def empty_save_repaired(design: EventTable = CHECKED) -> Finding:
    """Explored first; then proved for any number of saves."""
    # Without the other repair, which does nothing for a save of no events.
    design = replace(design, conditional=False)
    explored = weighed(part(design) for part in (_stale, _gap_free))
    if explored.counterexamples:
        return explored
    _growing(design)
    now, expected = logic.any_table(), z3.Int("expected_version")
    begin = logic.steps(design, now, save, expected)[0]
    given = [logic.contiguous(now, each) for each in (expected, now.length)]
    prove(expected == now.length, *given, begin.enabled)
    text = "a save begins only if it expects the number of events that are committed"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# ------------------------------------------------------------------------------------ loading


@CLAIMS.claim(
    "es004-load-order",
    model="M12",
    source=f"{SEED}, load_events",
    statement=(
        "load_events gives the events of an aggregate in the order of their versions, none twice, "
        "in whatever order they were committed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def load_order(design: EventTable = AS_WRITTEN) -> Finding:
    """All tables of two writers; z3 for any number of rows."""
    text = "load_events gives ascending versions, none twice"
    explored = weighed([always(design, EventTable.loaded_in_order, text, BOUNDS)])
    if explored.counterexamples:
        return explored
    loaded = z3.Function("loaded_version", z3.IntSort(), z3.IntSort())
    row = z3.Function("loaded_row", z3.IntSort(), z3.IntSort())  # the row at a place of the result
    place, size = z3.Ints("place size")

    def ordered(i: z3.ArithRef) -> list[z3.BoolRef]:
        # ORDER BY: none is below the one before it. SELECT: different places, different rows.
        # UNIQUE: different rows of an aggregate, different versions.
        apart = z3.Implies(row(i) != row(i + 1), loaded(i) != loaded(i + 1))
        return [loaded(i) <= loaded(i + 1), row(i) != row(i + 1), apart]

    def later(i: z3.ArithRef) -> z3.BoolRef:
        return z3.Implies(z3.And(place >= 0, place < i), loaded(place) < loaded(i))

    prove_for_each(later, step=ordered, below=size - 1)
    proof = "ORDER BY and UNIQUE: of any two rows loaded, the later has the higher version"
    return Finding((Proof(Method.Z3_PROOF, proof), *explored.proofs))


# --------------------------------------------------------------------------------- created_at


@CLAIMS.claim(
    "es004-created-at",
    model="M12",
    source=f"{SEED}, column created_at with DEFAULT NOW()",
    statement=(
        "The order of created_at is that of the events: of two events of an aggregate the one "
        "with the lower version was not created later, and of any two the one with the lower id."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def created_at() -> Finding:
    """With two aggregates, with a clock that is set back, and with writers that do not load; and
    without all of these."""
    loading = replace(AS_WRITTEN, loading=True, batches=(1,), ticks=2)
    across = always(
        replace(loading, aggregates=("a", "b")),
        EventTable.created_in_id_order,
        "of two aggregates, no event was created later than one with a higher id",
        "2 writers, 2 saves of 1 event, the clock goes on",
    )
    back = always(
        replace(loading, steps_back=1),
        EventTable.created_in_version_order,
        "of one aggregate, no event was created later than one with a higher version",
        "2 writers, 2 saves of 1 event, the clock is set back once",
    )
    guessing = always(
        replace(loading, loading=False),
        EventTable.created_in_version_order,
        "the same where writers may expect what they have not loaded",
        "2 writers, 2 saves of 1 event, the clock goes on",
    )
    hypothesis = (
        "events of one aggregate, a database clock that is never set back, and writers that load "
        "before their transaction begins"
    )
    return limited(created_in_order(), hypothesis, across, back, guessing)


def created_in_order(
    loads_first: bool = True, clock_goes_on: bool = True, explored: EventTable = AS_WRITTEN
) -> Finding:
    """The order within an aggregate, where writers load what they expect, then begin."""
    design = replace(explored, loading=loads_first, batches=(1, 2), ticks=2)
    design = replace(design, steps_back=0 if clock_goes_on else 1)
    text = "no event was created later than one with a higher version, or a higher id"
    parts = (EventTable.created_in_version_order, EventTable.created_in_id_order)
    small = weighed(always(design, part, text, BOUNDS) for part in parts)
    if small.counterexamples:
        return small
    _growing(design)
    _beaten(design)
    _in_order(clock_goes_on)
    text = (
        "whoever commits version n+1 has loaded version n after it was created: inductive, for "
        "any number of saves; so created_at never falls from one version to the next"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *small.proofs))


def _beaten(design: EventTable) -> None:
    """Proves that a save that expects less than there is cannot insert its first row."""
    now, expected = logic.any_table(), z3.Int("expected_version")
    insert = logic.steps(design, now, save, expected)[1]
    key = now.key(save)
    given = [logic.contiguous(now, key), logic.held(now, save, key)]
    behind = z3.And(now.inserted(save) == 0, now.expected(save) < now.length)
    prove(z3.Not(insert.enabled), *given, behind)


def _in_order(clock_goes_on: bool) -> None:
    """Proves that created_at never falls, for any number of saves that load, begin and commit."""
    integer = z3.IntSort()
    expected, seen, began, stage = (
        z3.Function(name, integer, integer) for name in ("expected", "seen", "began", "stage")
    )
    length, newest, clock, count, later = z3.Ints("length newest clock count later")

    def kept(
        one: z3.ArithRef,
        stage: logic.Function,
        expected: logic.Function,
        seen: logic.Function,
        began: logic.Function,
        now: tuple[z3.ArithRef, z3.ArithRef, z3.ArithRef],
    ) -> z3.BoolRef:
        """That who has loaded all there is has done so after the newest event was created."""
        length, newest, clock = now
        current = z3.Implies(expected(one) == length, newest <= seen(one))
        loaded = z3.Implies(
            stage(one) >= 1, z3.And(expected(one) <= length, current, seen(one) <= clock)
        )
        begun = z3.Implies(stage(one) >= 2, z3.And(seen(one) <= began(one), began(one) <= clock))
        return z3.And(newest <= clock, loaded, begun)

    def put(function: logic.Function, value: z3.ArithRef | int) -> logic.Function:
        return lambda at: z3.If(at == other, value, function(at))

    now = length, newest, clock
    given = [kept(one, stage, expected, seen, began, now) for one in (save, other)]
    prove(kept(save, lambda _: z3.IntVal(0), expected, seen, began, (length, clock, clock)))
    # Any save loads, begins, commits or fails: `other` acts, `save` is any one.
    loads = kept(save, put(stage, 1), put(expected, length), put(seen, clock), began, now)
    prove(loads, *given, stage(other) == 0)
    begins = kept(save, put(stage, 2), expected, seen, put(began, clock), now)
    prove(begins, *given, stage(other) == 1)
    commits = [stage(other) == 2, expected(other) == length, count >= 1]
    prove(began(other) >= newest, *given, *commits)
    after = length + count, began(other), clock
    over = put(stage, 3)
    prove(kept(save, over, expected, seen, began, after), *given, *commits)
    prove(kept(save, over, expected, seen, began, now), *given, stage(other) == 2)
    passes = [later >= clock] if clock_goes_on else []
    prove(kept(save, stage, expected, seen, began, (length, newest, later)), *given, *passes)
