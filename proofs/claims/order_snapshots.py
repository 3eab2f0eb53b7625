"""Claims on the snapshots of seed 004, section 1.4 (M12).

Those on the repaired repository take its switches as an argument, so that each of them can be
taken out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product

import z3

from cospec.checker.exploration import Exploration
from cospec.checker.verdict import Verdict
from cospec.models.model import ModelSystem
from cospec.models.order_snapshots import (
    CALLS,
    REPAIRED,
    Policy,
    Repository,
    called_from,
)
from cospec.models.order_v2 import Order, OrderEvent
from cospec.proofs import event_store_logic as logic
from cospec.proofs.evidence import (
    always,
    counterexample_of,
    each,
    each_part,
    inductive,
    limited,
    prove,
    prove_for_each,
    refuted,
    weighed,
)
from cospec.proofs.induction import prove as prove_model
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
)

CLAIMS = Register()

SEED = "seed 004, section 1.4"

AS_WRITTEN = Repository()

#: The calls of the repaired listing.
CALLING = {**CALLS, "save_events": (*CALLS["save_events"], "save_snapshot")}

BOUNDS = "an order with all its commands, one handler and one other"


# ----------------------------------------------------------------------------- applied again


@CLAIMS.claim(
    "es004-snapshot-reapply",
    model="M12",
    source=f"{SEED}, save_snapshot with version = order.version, and load_aggregate",
    statement="load_aggregate gives what from_events gives of all events.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-snapshot-reapply-repaired",
)
def reapply(design: Repository = AS_WRITTEN) -> Finding:
    """Snapshots of loaded orders only: those with uncommitted events are not the question here."""
    return each_part(_reapplied(replace(design, committed=True)))


def _reapplied(design: Repository) -> Iterator[Proof | Counterexample]:
    text = "an order that has events can be loaded"
    yield always(design, Repository.loadable, text, BOUNDS)
    text = "load_aggregate gives the order that all events give, its version included"
    yield always(design, Repository.loads_what_events_give, text, BOUNDS)


@CLAIMS.claim(
    "es004-snapshot-reapply-repaired",
    model="M12",
    source=f"{SEED}, repair of the version of a snapshot",
    statement=(
        "When from_events counts the first event, or when a snapshot is saved with the version of "
        "the last event that it is made of: load_aggregate gives what all events give, for any "
        "number of events, whatever an event does to an order."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def reapply_repaired(design: Repository = REPAIRED) -> Finding:
    """With either repair: explored, then proved for any number of events."""
    other = replace(design, counted=False, numbered=design.counted)
    explored = weighed(
        part
        for each_one in (design, other)
        for part in _reapplied(replace(each_one, committed=True))
    )
    if explored.counterexamples:
        return explored
    _restored(design)
    _restored(other)
    text = "the snapshot and the events after it give what all events give: by induction over these"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


def _restored(design: Repository) -> None:
    """Proves that a snapshot of a loaded order and the events after it give what all events do."""
    first = 1 if design.counted else 0
    version = z3.Function("order_version", z3.IntSort(), z3.IntSort())
    # order.version after from_events of so many events, of at least one.
    prove_for_each(
        lambda i: version(i + 1) == i + first,
        version(1) == first,
        step=lambda i: [version(i + 2) == version(i + 1) + 1],
    )
    folded = z3.Int("folded")
    saved = folded if design.numbered else folded - 1 + first
    logic.restored(saved, folded, folded >= 1)


# --------------------------------------------------------------------------- an older snapshot


def _histories() -> list[tuple[OrderEvent, ...]]:
    """All streams that commands make of an order, those with few events first."""
    found: Exploration[Repository] = Exploration(ModelSystem(REPAIRED))
    return list(dict.fromkeys(state.events for state in found.states if state.events))


def _made_of(repository: Repository, count: int) -> Repository:
    """With a snapshot of the first so many events."""
    order = repository.rebuilt(count)
    assert isinstance(order, Order)
    return repository.with_snapshot(order, count)


@CLAIMS.claim(
    "es004-snapshot-regress",
    model="M12",
    source=f"{SEED}, ON CONFLICT DO UPDATE in save_snapshot",
    statement=(
        "To replace a snapshot by an older one, each made of the events up to its version, does "
        "not change what load_aggregate gives."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def regress() -> Finding:
    """All orders with all pairs of snapshots; z3 for any number of events."""

    def same(case: tuple[tuple[OrderEvent, ...], int, int]) -> bool:
        events, one, two = case
        start = Repository(numbered=True, events=events)
        newer = _made_of(start, one)
        older = _made_of(newer, two)
        return newer.load_aggregate() == older.load_aggregate() == start.rebuilt()

    cases = (
        (events, one, two)
        for events in _histories()
        for one, two in product(range(1, len(events) + 1), repeat=2)
    )
    text = "with either snapshot load_aggregate gives what all events give"
    small = weighed([each(cases, same, text, "all orders, with any two snapshots")])
    if small.counterexamples:
        return small
    version = z3.Int("version")
    logic.restored(version, version, version >= 1)
    proof = "whichever snapshot there is, load_aggregate gives what all events give: by induction"
    return Finding((Proof(Method.Z3_PROOF, proof), *small.proofs))


# ------------------------------------------------------------------------- what is committed


@CLAIMS.claim(
    "es004-snapshot-uncommitted",
    model="M12",
    source=f"{SEED}, save_snapshot of an Order, which has the field uncommitted_events",
    statement="A snapshot contains only committed state: it is what committed events give.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def uncommitted(design: Repository = REPAIRED) -> Finding:
    """Snapshots of whatever the handler has; and of what it has loaded only."""
    # The versions are right, which is not the question here.
    parts = _committed(replace(design, committed=False))
    hypothesis = (
        "a snapshot is saved only of an order that has no uncommitted events, such as one loaded"
    )
    return limited(uncommitted_repaired(design), hypothesis, *parts)


def _committed(design: Repository) -> Iterator[Proof | Counterexample]:
    text = "a snapshot is what some of the committed events give"
    yield always(design, Repository.snapshot_is_committed, text, BOUNDS)
    text = "no event is committed that cannot be applied"
    yield always(design, Repository.readable, text, BOUNDS)


def uncommitted_repaired(design: Repository) -> Finding:
    """Explored, and by induction over what happens, for any number of events."""
    explored = weighed(_committed(design))
    if explored.counterexamples:
        return explored
    _restored(design)  # what is loaded is the fold of all events
    fold = z3.Function("fold", z3.IntSort(), logic.State)
    length, saved, seen, more = z3.Ints("length saved seen more")
    loaded, changed, snapshot = z3.Consts("loaded changed snapshot", logic.State)
    fresh = z3.Bool("fresh")

    def kept(
        length: z3.ArithRef,
        loaded: z3.ExprRef,
        seen: z3.ArithRef,
        fresh: z3.BoolRef,
        snapshot: z3.ExprRef,
        saved: z3.ArithRef,
    ) -> z3.BoolRef:
        """That the snapshot, and what is loaded and not changed, are folds of committed events."""
        own = z3.Implies(fresh, z3.And(seen <= length, loaded == fold(seen)))
        return z3.And(own, saved <= length, snapshot == fold(saved))

    now = kept(length, loaded, seen, fresh, snapshot, saved)
    true, false = z3.BoolVal(True), z3.BoolVal(False)
    prove(kept(length, fold(length), length, true, snapshot, saved), now)
    prove(kept(length, changed, seen, false, snapshot, saved), now)
    prove(kept(length + more, loaded, seen, fresh, snapshot, saved), now, more >= 0)
    allowed = fresh if design.committed else true
    prove(kept(length, loaded, seen, fresh, loaded, seen), now, allowed)
    text = (
        "a snapshot is the fold of the first events, as many as it is made of: inductive under "
        "load, execute, commit and save_snapshot"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# ------------------------------------------------------------------------------- every hundred


@CLAIMS.claim(
    "es004-snapshot-never",
    model="M12",
    source=f"{SEED}, comment on save_snapshot (every 100 events)",
    statement=(
        "A snapshot is taken every 100 events: fewer than 100 events have to be applied to it "
        "when an aggregate is loaded."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="es004-snapshot-never-repaired",
)
def snapshot_never(calls: Mapping[str, tuple[str, ...]] = CALLS) -> Finding:
    """Whether save_snapshot is called at all, by the functions of the listing; and what follows
    from that, for any number of batches of any sizes."""
    callers = sorted(name for name, called in calls.items() if "save_snapshot" in called)
    design = Policy(snapshotting="save_snapshot" in called_from("routes", calls))
    text = "fewer than 100 events are to be applied to the snapshot"
    # Runs of a few steps are enough to refute it; long ones with divisions take z3 very long.
    if prove_model(design, depth=1).answers["short_tail"].verdict is Verdict.HOLDS:
        return Finding((Proof(Method.Z3_PROOF, f"{text}: inductive, for batches of any sizes"),))
    static = f"of {len(calls) - 1} functions, save_snapshot is called by {callers or 'none'}"
    wrong = refuted(inductive(design, "short_tail", text))
    return Finding((Proof(Method.STATIC, static, states=len(calls) - 1),), wrong)


@CLAIMS.claim(
    "es004-snapshot-never-repaired",
    model="M12",
    source=f"{SEED}, repair of save_events",
    statement=(
        "When save_events saves a snapshot in its transaction whenever the version crosses a "
        "multiple of 100, fewer than 100 events have to be applied to it, whatever the sizes of "
        "the batches."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def snapshot_never_repaired(calls: Mapping[str, tuple[str, ...]] = CALLING) -> Finding:
    """By induction on the class."""
    return snapshot_never(calls)


# --------------------------------------------------------------------------------- ten times


def loading_time(events: Fraction, snapshot: Fraction, each_event: Fraction) -> Fraction:
    """How long it takes to load an aggregate: its snapshot, and then so many events."""
    return snapshot + events * each_event


@CLAIMS.claim(
    "es004-performance",
    model="M12",
    source=f"{SEED}, comment on the effect of snapshots",
    statement=(
        "If an aggregate of 1000 events takes 50 ms to load, each event taking the same time, "
        "then with snapshots every 100 events it takes 5 ms: ten times less."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def performance() -> Finding:
    """Times are what reading the snapshot takes, and each event applied to it: z3 over the reals,
    for a tail of so many events; the policy leaves `1000 mod 100`, the comment says 100."""
    per_event, reading = z3.Reals("per_event reading")
    tail = z3.Int("tail")
    time = reading + z3.ToReal(tail) * per_event
    known = [1000 * per_event == 50, reading >= 0, tail >= 0]
    claimed = time == 5
    questions = (
        ("the tail that the policy leaves, 1000 mod 100", [tail == 1000 % 100, reading == 0]),
        ("reading the snapshot takes time", [tail == 100, reading > 0]),
    )
    found = []
    for what, given in questions:
        model = counterexample_of(claimed, *known, *given)
        if model is not None:
            values = [_fraction(model, each_one) for each_one in (tail, reading, per_event)]
            found.append(_other_time(what, values[0], values[1], values[2]))
    hypothesis = [tail == 100, reading == 0]
    prove(z3.And(claimed, 1000 * per_event == 10 * time), *known, *hypothesis)
    # What it is in general: 50 / (reading + 5) with a tail of 100.
    factor = z3.Real("factor")
    prove(factor * (reading + 5) == 50, *known, tail == 100, factor * time == 1000 * per_event)
    under = "a snapshot is read in no time, and 100 events follow it (the policy leaves 0 to 99)"
    text = "100 · c = 5 and 1000 · c = 10 · 5 where 1000 · c = 50"
    return Finding((Proof(Method.Z3_PROOF, text, under=under),), tuple(found))


def _fraction(model: z3.ModelRef, term: z3.ArithRef) -> Fraction:
    """A value of a model, which is in a context of its own."""
    value = model.eval(term.translate(model.ctx), model_completion=True)
    return Fraction(str(value))


def _other_time(
    what: str, tail: Fraction, reading: Fraction, per_event: Fraction
) -> Counterexample:
    def replay() -> None:
        if loading_time(Fraction(1000), Fraction(0), per_event) != 50 or reading < 0:
            raise NotReplayed("without a snapshot it does not take 50 ms")
        if loading_time(tail, reading, per_event) == 5:
            raise NotReplayed("it takes 5 ms")

    steps = (
        f"{what}: {tail} events, {reading} ms to read the snapshot, {per_event} ms for an event",
        f"{loading_time(tail, reading, per_event)} ms, and not 5",
    )
    text = "1000 events take 50 ms without a snapshot, and with one not 5"
    return Counterexample(Method.Z3_MODEL, text, steps, replay)
