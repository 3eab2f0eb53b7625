"""Claims on concurrent writers and readers of the event store (M12).

Small numbers of clients are explored, for shortest counterexamples and for linearizability; what
holds is proved for any number of them by induction on a model class.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from cospec.checker.linearizability import Call, Return, Specification
from cospec.models.event_batches import BatchAppend, RetryingClient
from cospec.models.event_readers import (
    GlobalLog,
    Poller,
    Replicas,
    Transaction,
    WatchedTransaction,
)
from cospec.models.event_writers import (
    CONFLICT,
    Accounts,
    AnyClients,
    Appends,
    Client,
    CompareAndAppend,
    Phase,
    Writer,
)
from cospec.models.model import Act
from cospec.proofs import store_logic as logic
from cospec.proofs.evidence import (
    Evidence,
    always,
    determined,
    inductive,
    leading,
    linearizable,
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

CLAIMS = Register()

SEED = "seed 003"


# --------------------------------------------------------------------------- compare and append


def _expecting(atomic: bool, clients: int) -> Appends:
    """Clients that have all called `append_events` with the version that there is, 1."""
    return Appends(atomic, (Writer(1, Phase.CALLED, 1),) * clients, initial=1)


def _one_accepted(atomic: bool) -> Iterator[Evidence]:
    text = "of appends with the same expected version at most one succeeds"
    for clients in (2, 3):
        start, bounds = _expecting(atomic, clients), f"{clients} clients, one append each"
        yield always(start, Appends.one_of_them, text, bounds)


@CLAIMS.claim(
    "es-append-cas-310",
    model="M12",
    source=f"{SEED}, section 3.1, EventStore::append_events",
    statement=(
        "Of concurrent appends to a stream with the same expected_version at most one succeeds."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-append-cas-420",
)
def append_cas_310(atomic: bool = False) -> Finding:
    """Between `get_current_version` and `storage.append_events` anybody may come."""
    return weighed(_one_accepted(atomic))


def _sequential(sizes: tuple[int, ...]) -> Specification[int]:
    """`append_events` one after the other: the result is the new version, or a conflict."""

    def perform(version: int, operation: tuple[int, int]) -> list[tuple[int | str, int]]:
        expected, size = operation
        if version != expected:
            return [(CONFLICT, version)]
        return [(version + size, version + size)]

    def observed(act: Act) -> Call | Return | None:
        if act.name == "call":
            writer, expected = act.arguments
            assert isinstance(writer, int)
            return Call(writer, (expected, sizes[writer]))
        return Return(*act.arguments) if act.name == "answer" else None

    return Specification(0, perform, observed)


#: The batches of two and of three clients.
PAIR, THREE = (1, 2), (1, 1, 2)


def _concurrent(atomic: bool, *batches: tuple[int, ...]) -> Iterator[Evidence]:
    """Clients that expect any version up to 2."""
    for sizes in batches:
        start = Appends(atomic, tuple(map(Writer, sizes)))
        bounds = f"{len(sizes)} clients, batches of {', '.join(map(str, sizes))}"
        text = "linearizable: as if the appends happened one after the other"
        yield linearizable(start, _sequential(sizes), text, bounds)
        yield always(start, Appends.nothing_lost, "length = initial + accepted", bounds)
        yield always(start, Appends.contiguous, "versions are 1, 2, …, n", bounds)


def _any_number(comparing: bool, under: str = "") -> Proof:
    found = inductive(
        CompareAndAppend(comparing),
        "safe",
        "of appends with the same expected version at most one succeeds, and the length is initial "
        "+ the sizes of the batches accepted: for any number of clients, batches and events",
        ["watched", "initial", "version"],
        lambda state: state.initial == state.version and state.version >= 0,
    )
    if isinstance(found, Counterexample):
        raise Undecided("the model without the comparison breaks it, and that with steps not")
    return Proof(found.method, found.text, under=under)


@CLAIMS.claim(
    "es-append-cas-420",
    model="M12",
    source=f"{SEED}, section 4.2, InMemoryEventStore::append_events; section 2.1, EventStore",
    statement=(
        "Of concurrent appends to a stream with the same expected_version at most one succeeds; "
        "the stream grows by what was accepted, and its versions are contiguous."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_cas_420(atomic: bool = True) -> Finding:
    """Proved for any number of clients; with two and three, linearizable as well."""
    explored = weighed([*_one_accepted(atomic), *_concurrent(atomic, PAIR, THREE)])
    if explored.counterexamples:
        return explored
    return Finding((_any_number(atomic), logic.contiguous(atomic), *explored.proofs))


@CLAIMS.claim(
    "es003-thread-safety",
    model="M12",
    source=f"{SEED}, summary, concurrency",
    statement=(
        "The listings are safe to use by concurrent clients: of appends with the same expected "
        "version at most one succeeds, none is lost, as if they had come one after the other."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def thread_safety(atomic: bool = True) -> Finding:
    """Free of data races by its types, the store of section 3.1 still has a race."""
    wrong = weighed(_concurrent(False, PAIR)).counterexamples
    kept = weighed(_concurrent(atomic, PAIR))
    if kept.counterexamples:
        return kept
    hypothesis = "the store is that of section 4.2, which compares and appends under its lock"
    return Finding((_any_number(atomic, hypothesis), *kept.proofs), wrong)


def _spending(atomic: bool) -> Iterator[Evidence]:
    for clients, retries in ((2, 0), (3, 0), (3, 2)):
        start = Accounts(atomic, (Client(),) * clients, retries=retries)
        bounds = f"{clients} clients, balance 1, {retries} retries"
        yield always(start, Accounts.covered, "the balance is at least 0", bounds)


@CLAIMS.claim(
    "es-double-spend",
    model="M12",
    source=f"{SEED}, section 4.3, BankAccount, on the store of section 3.1",
    statement="Clients that check the balance before they withdraw never make it negative.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-double-spend-repaired",
)
def double_spend(atomic: bool = False) -> Finding:
    """Both load balance 1, both find version 1, both append."""
    return weighed(_spending(atomic))


@CLAIMS.claim(
    "es-double-spend-repaired",
    model="M12",
    source=f"{SEED}, section 4.3, BankAccount, on the store of section 4.2",
    statement=(
        "On the store that compares and appends at once the balance never becomes negative, for "
        "any number of clients, amounts and retries."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def double_spend_repaired(atomic: bool = True) -> Finding:
    """Explored with two and three clients; proved for any."""
    explored = weighed(_spending(atomic))
    if explored.counterexamples:
        return explored
    proved = inductive(
        AnyClients(comparing=atomic),
        "covered",
        "the balance is at least 0: for any number of clients, and all amounts",
    )
    return weighed([proved, *explored.proofs])


# ---------------------------------------------------------------------------- batches, replies


@CLAIMS.claim(
    "es-append-batch-atomic",
    model="M12",
    source=f"{SEED}, section 4.2, the loop in append_events; seed 004, section 3.1, transaction",
    statement="All events of a batch become visible together or not at all, crashes included.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_batch_atomic(isolated: bool = True) -> Finding:
    """Batches of any size and any number of crashes; in memory, and in a transaction."""
    return weighed(
        inductive(
            BatchAppend(isolated, durable),
            "never_torn",
            f"no reader ever sees a part of a batch, {where}",
            ["crashes"],
            lambda state: state.crashes >= 0,
        )
        for durable, where in ((False, "in memory under a lock"), (True, "in a transaction"))
    )


@CLAIMS.claim(
    "es-append-retry",
    model="M12",
    source=f"{SEED}, section 4.2, EventId::new() in append_events",
    statement="A client that tries again after a lost reply appends its event exactly once.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-append-retry-repaired",
)
def append_retry(deduplicating: bool = False) -> Finding:
    """The retry meets a conflict, which the client's own event has caused."""
    start = RetryingClient(deduplicating)
    text, bounds = "the event is in the stream once at most", "1 event, 1 lost reply"
    return weighed([always(start, RetryingClient.once, text, bounds)])


@CLAIMS.claim(
    "es-append-retry-repaired",
    model="M12",
    source=f"{SEED}, repair of append_events",
    statement=(
        "When the event has an id of its client's choice, and a store that has it answers Ok, it "
        "is appended once: at most once always, and once when the client believes so."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_retry_repaired(deduplicating: bool = True) -> Finding:
    """Any number of lost replies, and of events that others append."""
    explored = append_retry(deduplicating)
    if explored.counterexamples:
        return explored
    proved = inductive(
        RetryingClient(deduplicating),
        "once",
        "the event is in the stream at most once, and is there when the client believes so",
        ["lost_replies", "others"],
        lambda state: state.lost_replies >= 0 and state.others >= 0,
    )
    return weighed([proved, *explored.proofs])


# --------------------------------------------------------------------------------- all streams


def _order(positioned: bool) -> Evidence:
    return determined(
        GlobalLog(positioned),
        lambda state: state.streams,
        lambda state: state.order,
        "what the store holds tells the order of the appends",
        "2 streams, up to 3 events, 3 times",
    )


@CLAIMS.claim(
    "es-global-order",
    model="M12",
    source=f"{SEED}, section 2.1, read_all_events; section 4.2, global_position",
    statement="read_all_events can return the events of all streams in the order of the appends.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-global-order-repaired",
)
def global_order(positioned: bool = False) -> Finding:
    """Two histories that leave the same map: no implementation can tell them apart."""
    return weighed([_order(positioned)])


@CLAIMS.claim(
    "es-global-order-repaired",
    model="M12",
    source=f"{SEED}, repair of global_position",
    statement=(
        "With a position taken by fetch_add under the lock and kept in the event, positions are in "
        "the order of the appends, so that read_all_events can sort by them."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def global_order_repaired(positioned: bool = True) -> Finding:
    """For any number of events."""
    explored = _order(positioned)
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(explored,))
    return Finding((logic.positions_in_order(), explored))


def _polling(below_open: bool) -> Iterator[Evidence]:
    for size in (2, 3):
        start = Poller(below_open, (Transaction(),) * size)
        bounds = f"{size} transactions of one event"
        yield always(start, Poller.no_gap, "the poller misses no committed event", bounds)


@CLAIMS.claim(
    "es-global-gap",
    model="M12",
    source=f"{SEED}, section 4.2, global_position; seed 004, id BIGSERIAL",
    statement="A poller that asks for id > last sees every event that is committed.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-global-gap-repaired",
)
def global_gap(below_open: bool = False) -> Finding:
    """Ids are taken in one order, and committed in another."""
    return weighed(_polling(below_open))


@CLAIMS.claim(
    "es-global-gap-repaired",
    model="M12",
    source=f"{SEED}, repair of the poller",
    statement=(
        "A poller that reads only below the lowest id of an open transaction sees every event "
        "that is committed, for any number of transactions."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def global_gap_repaired(below_open: bool = True) -> Finding:
    """Explored with two and three; proved for any one of any number."""
    explored = weighed(_polling(below_open))
    if explored.counterexamples:
        return explored
    text = "the poller does not pass a transaction by: any one of any number of them"
    proved = inductive(WatchedTransaction(below_open), "no_gap", text)
    return weighed([proved, *explored.proofs])


# ------------------------------------------------------------------------------------ replicas


def _converging(bounds: str, **design: Any) -> Evidence:
    if design.get("idempotent"):
        design["states"] = (frozenset(), frozenset())
    text = "both replicas come to the same state and stay there"
    return leading(Replicas(**design), lambda state: state.converged, text, bounds)


@CLAIMS.claim(
    "es-eventual-literal",
    model="M12",
    source=f"{SEED}, section 3.4, EventuallyConsistent(S1, S2)",
    statement="∃ t: converge(S1(t), S2(t)), converge being equality.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def eventual_literal() -> Finding:
    """True of any two replicas that begin alike, one that never hears of anything included."""
    state = z3.DeclareSort("ReplicaState")
    time = z3.Int("t")
    one, two = (z3.Function(name, z3.IntSort(), state) for name in ("S1", "S2"))
    prove(z3.Exists([time], z3.And(time >= 0, one(time) == two(time))), one(0) == two(0))
    diverged = _converging("1 update, 1 lost message", losses=1)
    if isinstance(diverged, Proof):
        raise Undecided("replicas converge although a message is lost")
    text = "∃ t: S1(t) = S2(t) whenever S1(0) = S2(0), whatever the replicas do later: t = 0"
    why = "it asks for one moment, and the first one will do; meant is es-eventual"
    return Finding((Proof(Method.Z3_PROOF, text),), (diverged,), why)


@CLAIMS.claim(
    "es-eventual",
    model="M12",
    source=f"{SEED}, section 3.4, meaning of EventuallyConsistent",
    statement=(
        "When updates stop, there is a time from which on the replicas are in the same state."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def eventual(idempotent: bool = True, losses: int = 0) -> Finding:
    """A lost update, and one that is delivered twice into `+=`; without these it holds."""
    wrong = (
        _converging("1 update, 1 lost message", losses=1),
        _converging("1 update, 1 duplicate", duplicates=1),
    )
    if len(refuted(*wrong)) < len(wrong):
        raise Undecided("a hypothesis is not needed")
    kept = _converging(
        "2 updates, 2 duplicates, 2 reorderings, fair delivery",
        idempotent=idempotent,
        losses=losses,
        updates=2,
        duplicates=2,
        reorderings=2,
    )
    if isinstance(kept, Counterexample):
        return Finding(counterexamples=(kept,))
    proof = logic.converged()
    reached = Proof(kept.method, kept.text, kept.bounds, kept.states, proof.under)
    return Finding((proof, reached), refuted(*wrong))
