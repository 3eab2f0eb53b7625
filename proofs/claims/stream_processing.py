"""Claims on processors, projections, batches and parallel workers (M17).

What is true is proved for streams of any length and any handler (`cospec.proofs.split_logic`,
`cospec.proofs.stream_logic`); what is not is refuted by the smallest stream, or the shortest run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations, product

import z3

from cospec.models.bank import AccountEvent, BankAccount, Deposited, Withdrawn
from cospec.models.event_streams import Event, balance, journal, set_to
from cospec.models.model import action, require
from cospec.models.stream_processing import (
    AS_WRITTEN,
    REPAIRED,
    Failed,
    Formulas,
    interleavings,
    process,
    process_stream,
    update,
)
from cospec.models.stream_runs import BatchProcessor, PartitionedConsumers, ProjectionFeed
from cospec.proofs import balance_logic, split_logic, stream_logic
from cospec.proofs.evidence import (
    Evidence,
    always,
    confirmed,
    each,
    leading,
    limited,
    prove,
    refuted,
    weighed,
)
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)
from cospec.proofs.small_streams import CHANGES, NOTHING, Stream, numbered, streams, told

CLAIMS = Register()

SEED = "seed 003"

#: Deposits and withdrawals of two accounts.
MOVEMENTS: tuple[AccountEvent, ...] = (
    *(Deposited(account, amount) for amount in (1, 2) for account in (1, 2)),
    *(Withdrawn(account, amount) for amount in (1, 2) for account in (1, 2)),
)

#: The projections after reset().
NO_BALANCES: Mapping[int, int] = {}
NO_PARTS: Mapping[str, int] = {}


def _movements(longest: int) -> Iterator[tuple[AccountEvent, ...]]:
    return (made for size in range(longest + 1) for made in product(MOVEMENTS, repeat=size))


# ------------------------------------------------------------------------------------ projections


@dataclass(frozen=True)
class FewDeposits(ProjectionFeed):
    """A feed of few deposits, which can be explored."""

    most: int = 1

    @action(amount=(1, 2))
    def append(self, amount: int) -> ProjectionFeed:
        """A deposit is appended to the log, and sent."""
        require(len(self.log) < self.most)
        return super().append(amount)

    @action(position=lambda state: range(len(state.log)))
    def arrive(self, position: int) -> ProjectionFeed:
        """An event arrives."""
        require(len(self.applied) <= self.most)
        return super().arrive(position)


@CLAIMS.claim(
    "projection-rebuild",
    model="M17",
    source=f"{SEED}, sections 2.4 and 4.4, Projection",
    statement=(
        "After reset(), and update with each of the first n events of the log, a projection is the "
        "one that n updates have left that was maintained as events came."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def projection_rebuild(guarded: bool = True) -> Finding:
    """Any log and any projection: what is compared is the list of all updates since reset()."""
    text = "the updates were those of the first events of the log"
    wrong = refuted(*(_as_rebuilt(FewDeposits(most=most), text) for most in (1, 2)))
    if len(wrong) < 2:
        raise Undecided("deposits that arrive twice, or not in order, do no harm in small cases")
    stream_logic.LOOP_END.proof()
    once = stream_logic.LOOP_STEP.proof("each event arrives once, in the order of the log")
    hypothesis = "an update takes place at the position after the last one only, whatever arrives"
    few = _as_rebuilt(FewDeposits(guarded, most=2), text)
    guard = confirmed(few, lambda: split_logic.updates_follow(guarded))
    found = limited(guard, hypothesis, *wrong)
    return found if guard.counterexamples else replace(found, proofs=(once, *found.proofs))


def _as_rebuilt(feed: FewDeposits, text: str) -> Evidence:
    bounds = f"at most {feed.most} deposit{'s' * (feed.most > 1)} of 1 or 2"
    return always(feed, FewDeposits.as_rebuilt, text, bounds)


@CLAIMS.claim(
    "projection-balance-simulation",
    model="M17",
    source=f"{SEED}, sections 4.3 and 4.4, BankAccount and AccountBalanceProjection",
    statement=(
        "For every account a, balances[a] of the projection (0 if there is none) is the balance of "
        "the aggregate a, the first having seen all events and the second those of its stream."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def balance_simulation() -> Finding:
    """The projection looks at account_id, the aggregate does not: its events must be its own."""
    evidence = each(
        ((events, account) for events in _movements(3) for account in (1, 2)),
        lambda case: process(case[0], NO_BALANCES, update).get(case[1], 0) == _balance(*case),
        "the projection has the balance of the aggregate",
        "up to 3 deposits and withdrawals of 1 or 2, 2 accounts",
    )
    return confirmed(evidence, balance_logic.simulates)


def _balance(events: tuple[AccountEvent, ...], account: int) -> int:
    """The balance of an aggregate after the events of its stream."""
    aggregate = BankAccount(id=account)
    for event in events:
        if event.account_id == account:
            after = aggregate.apply_event(event)
            assert isinstance(after, BankAccount)
            aggregate = after
    return aggregate.balance


@CLAIMS.claim(
    "projection-balance-commutes",
    model="M17",
    source=f"{SEED}, section 4.4, AccountBalanceProjection",
    statement=(
        "AccountBalanceProjection comes to the same balances, and the same accounts, for every "
        "order of the same events, each of them taken as often as it is there."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def balance_commutes() -> Finding:
    """A partition for each event: every order of the events is an interleaving of these."""
    evidence = each(
        ((events, other) for events in _movements(3) for other in permutations(events)),
        lambda case: process(case[0], NO_BALANCES, update) == process(case[1], NO_BALANCES, update),
        "all orders of the events lead to the same balances",
        "up to 3 deposits and withdrawals of 1 or 2, 2 accounts",
    )
    return confirmed(evidence, balance_logic.updates_commute, split_logic.merges_fold_alike)


@CLAIMS.claim(
    "es-projection-fold",
    model="M17",
    source=f"{SEED}, section 2.4, project(E, φ)",
    statement=(
        "project(E ++ F) continues with F from project(E), for all streams and every φ, which is a "
        "function, so that the same stream always leads to the same projection."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def projection_fold() -> Finding:
    """A new event costs one φ, and no second look at those before it."""
    evidence = each(
        product(streams(2, *CHANGES), streams(2, *CHANGES)),
        lambda case: (
            process(case[0] + case[1], 0, balance)
            == process(case[1], process(case[0], 0, balance), balance)
        ),
        "projecting a stream is projecting its second part from the projection of the first",
        "two streams of up to 2 events of 3 kinds",
    )
    return confirmed(evidence, stream_logic.REPLAY_OF_JOINED.proof)


# ------------------------------------------------------------------------------------- processors


#: The projection with which a consumer begins.
AT_FIRST: Stream | Failed = NOTHING


def _until_one_fails(projection: Stream | Failed, event: Event) -> Stream | Failed:
    """A handler that gives an error for amounts of 2; a fold calls it after an error, too."""
    if isinstance(projection, Failed):
        return projection
    return Failed(projection) if event.amount == 2 else journal(projection, event)


@CLAIMS.claim(
    "es-process-fold",
    model="M17",
    source=f"{SEED}, section 2.2, Process(E, P)",
    statement=(
        "A consumer that calls process_event once for each event, in order, until there is none or "
        "one gives an error, comes to fold(E, P, process_event), in which an error stays an error."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def process_fold() -> Finding:
    """After i rounds the projection is the fold of the first i events."""
    evidence = each(
        numbered(3),
        lambda events: (
            process_stream(events, AT_FIRST, _until_one_fails)
            == process(events, AT_FIRST, _until_one_fails)
        ),
        "loop and fold come to the same projection, or the same error",
        "up to 3 events, the second of which gives an error",
    )
    laws = stream_logic.LOOP_STEP, stream_logic.LOOP_END, split_logic.STOPPED
    return confirmed(evidence, *(law.proof for law in laws))


@CLAIMS.claim(
    "es-batch-law",
    model="M17",
    source=f"{SEED}, section 2.2, process_event_batch",
    statement="process_event_batch(E, P) = fold(E, P, process_event), once it has returned Ok.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def batch_law(atomic: bool = True) -> Finding:
    """A batch that is cut off leaves its first part in the projection, and begins again."""
    hypothesis = (
        "a batch is process_event of each event in order, and is stored as a whole or not at all"
    )
    small = _batch_folded(BatchProcessor(atomic, (1, 2), crashes=2))
    found = confirmed(small, lambda: split_logic.batch_is_whole(atomic))
    return limited(found, hypothesis, _batch_folded(BatchProcessor(batch=(1, 2))))


def _batch_folded(processor: BatchProcessor) -> Evidence:
    text = "a batch that is reported as processed was folded into the projection"
    bounds = f"a batch of {len(processor.batch)}, crashes: {processor.crashes}"
    return always(processor, BatchProcessor.folded, text, bounds)


# ---------------------------------------------------------------------------- batches and workers


@CLAIMS.claim(
    "batch-process",
    model="M17",
    source=f"{SEED}, section 5.1, BatchProcess(E, k)",
    statement="BatchProcess(E, k) = chunk(E, k) · map(process_batch) comes to Process(E, P).",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="batch-process-repaired",
)
def batch_process(formulas: Formulas = AS_WRITTEN) -> Finding:
    """map gives each chunk the projection at the start; a chunk size of 0 means nothing."""
    return weighed([_batched(formulas, 1), _batched(formulas, 0)])


def _batched(formulas: Formulas, least: int) -> Evidence:
    def same(case: tuple[Stream, int]) -> bool:
        try:
            made = formulas.batch_process(case[0], case[1], 0, balance)
        except ValueError:
            return False
        return (made or (0,))[-1] == process(case[0], 0, balance)

    return each(
        product(streams(3, *CHANGES), range(least, 4)),
        same,
        "the projection after the last chunk is Process(E, P)",
        f"up to 3 events of 3 kinds, chunk sizes {least} to 3",
        lambda case: told(case[0], f"k = {case[1]}"),
    )


@CLAIMS.claim(
    "batch-process-repaired",
    model="M17",
    source=f"{SEED}, repair of BatchProcess(E, k)",
    statement=(
        "If each chunk is processed from the projection that the chunk before has left, batch "
        "processing comes to an end, with Process(E, P), for every chunk size k ≥ 1; 0 counts as 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def batch_process_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """For streams of any length and any handler."""
    evidence = _batched(formulas, 0)
    threaded, positive = formulas.threaded, formulas.non_empty
    return confirmed(evidence, lambda: split_logic.chunks_fold(threaded, positive))


#: Two changes of one aggregate, and one of another: per aggregate they are kept apart.
BY_AGGREGATE = set_to(1), set_to(2), set_to(1, aggregate="b")


def _own_part(projection: Mapping[str, int], event: Event) -> Mapping[str, int]:
    """A handler that changes the part of the event's aggregate only."""
    before = projection.get(event.aggregate, 0)
    return {**projection, event.aggregate: balance(before, event)}


def _in_parallel(formulas: Formulas) -> Evidence:
    cases = (
        (events, workers, order)
        for events in streams(3, *BY_AGGREGATE)
        for workers in (1, 2, 3)
        for order in interleavings(formulas.partitions(events, workers, lambda e: e.aggregate))
    )
    return each(
        cases,
        lambda case: process(case[2], NO_PARTS, _own_part) == process(case[0], NO_PARTS, _own_part),
        "whoever is first, the workers come to Process(E, P)",
        "up to 3 events of 3 kinds, 2 aggregates, up to 3 workers",
        lambda case: told(case[0], f"{case[1]} workers", f"→ {told(case[2])[0]}"),
    )


@CLAIMS.claim(
    "parallel-process",
    model="M17",
    source=f"{SEED}, section 5.1, ParallelProcess(E, n)",
    statement=(
        "ParallelProcess(E, n) = partition(E, n) · parallel_map(process) comes to Process(E, P), "
        "the workers sharing P, in every order of their steps."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def parallel_process(formulas: Formulas = REPAIRED) -> Finding:
    """By turns, two changes of one aggregate go to two workers; by aggregate to one."""
    found = confirmed(
        _in_parallel(formulas), split_logic.merges_fold_alike, balance_logic.own_parts_commute
    )
    hypothesis = (
        "events of different partitions commute, as where they are partitioned by aggregate, and "
        "each aggregate has a part of P of its own"
    )
    return limited(found, hypothesis, _in_parallel(AS_WRITTEN))


# ------------------------------------------------------------------------------------- causality


@CLAIMS.claim(
    "es-causal-partitions",
    model="M17",
    source=f"{SEED}, sections 3.4 and 5.1",
    statement=(
        "Where each stream has a worker of its own, the projection sees the cause of an event "
        "before the event."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-causal-partitions-repaired",
)
def causal_partitions(delaying: bool = False) -> Finding:
    """The cause lies in another stream, whose worker is slower."""
    return weighed([_causes_first(delaying)])


def _causes_first(delaying: bool) -> Evidence:
    return always(
        PartitionedConsumers(delaying, longest=3),
        PartitionedConsumers.causes_first,
        "whatever the projection has seen, it had seen the cause of before",
        "3 events of 2 streams, each because of an event before it or of none",
    )


@CLAIMS.claim(
    "es-causal-partitions-repaired",
    model="M17",
    source=f"{SEED}, repair of causality under section 5.1",
    statement=(
        "If a worker waits until the event named by causation_id was processed, the projection "
        "sees causes before effects; and as causes stand before effects in the log, some worker "
        "can always go on, so that every event is seen at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def causal_partitions_repaired(delaying: bool = True) -> Finding:
    """For any number of events and streams."""
    evidence = _causes_first(delaying)
    if isinstance(evidence, Counterexample):
        return Finding(counterexamples=(evidence,))
    ending = leading(
        PartitionedConsumers(delaying, longest=3),
        PartitionedConsumers.all_seen,
        "every event is seen at last",
        "3 events of 2 streams",
    )
    return weighed([causes_stay_first(delaying), somebody_goes_on(), evidence, ending])


_INDEX = z3.IntSort()
_seen = z3.Const("seen", z3.ArraySort(_INDEX, z3.BoolSort()))
_cause = z3.Const("cause", z3.ArraySort(_INDEX, _INDEX))
_stream = z3.Const("stream", z3.ArraySort(_INDEX, _INDEX))
_now, _event, _size = z3.Ints("now event size")


def _met(event: z3.ArithRef) -> z3.BoolRef:
    """That an event has no cause, or one that was seen."""
    return z3.Or(_cause[event] < 0, _seen[_cause[event]])


def causes_stay_first(delaying: bool = True) -> Proof:
    """Proves of every step that it leaves no event seen whose cause is not: what is seen stays so,
    so that each cause was seen before its effect."""
    after = z3.Store(_seen, _now, z3.BoolVal(True))
    cause_seen = z3.Or(_cause[_event] < 0, after[_cause[_event]])
    prove(
        z3.Implies(after[_event], cause_seen),
        z3.Implies(_seen[_event], _met(_event)),
        *([_met(_now)] if delaying else []),
    )
    text = "whatever was seen, its cause was: kept by every step, for any log and any workers"
    return Proof(Method.Z3_PROOF, text)


def somebody_goes_on(causes_before: bool = True) -> Proof:
    """Proves that the first event of the log that was not seen can be processed: all before it in
    its stream, and its cause, come earlier in the log.

    Args:
        causes_before: whether causes stand before their effects.
    """
    i = z3.Int("i")
    first = z3.ForAll([i], z3.Implies(z3.And(i >= 0, i < _now), _seen[i]))
    mine_done = z3.Implies(
        z3.And(_event >= 0, _event < _now, _stream[_event] == _stream[_now]), _seen[_event]
    )
    given = [first, z3.Not(_seen[_now]), _now >= 0]
    if causes_before:
        given.append(_cause[_now] < _now)
    prove(z3.And(mine_done, _met(_now)), *given)
    text = "the first event of the log that was not seen can be processed, for any log"
    return Proof(Method.Z3_PROOF, text)
