"""Claims on the services and the read model of seed 004, sections 1.1 and 1.3 (M06)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from cospec.models.read_models import (
    AS_WRITTEN,
    Client,
    CreateOrders,
    Deliveries,
    ReadModelProjection,
)
from cospec.proofs import relay_logic as logic
from cospec.proofs.evidence import (
    always,
    each_reason,
    inductive,
    leading,
    limited,
    stepwise,
    weighed,
)
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

QUERIES = "seed 004, section 1.3, 3.3 query service"
COMMANDS = "seed 004, section 1.3, 3.2 command service"

#: What may become of an order.
LIVES = (
    ("Created",),
    ("Created", "Paid"),
    ("Created", "Cancelled"),
    ("Created", "Paid", "Shipped"),
    ("Created", "Paid", "Shipped", "Delivered"),
)

UPSERTING = ReadModelProjection(consuming=True, upserting=True)
TOLERANT = ReadModelProjection(tolerant=True)

HASTY, PATIENT = Client(), Client(waiting=True)
KEYLESS, KEYED = CreateOrders(), CreateOrders(keyed=True)

BOUNDS = "the orders of up to 4 events, delivered in any order"
IN_ORDER = "the orders of up to 4 events, delivered in order, and one of them once more at the end"


def _for_all(text: str) -> Proof:
    return Proof(Method.Z3_PROOF, text)


# --------------------------------------------------------------------------------- the principle

#: The statements of SQL in each function of the listing.
SQL: Mapping[str, tuple[str, ...]] = {
    "EventStore::save_events": ("INSERT INTO events (aggregate_id, …) VALUES ($1, …)",),
    "EventStore::load_events": ("SELECT event_data FROM events WHERE aggregate_id = $1",),
    "get_order": ("SELECT * FROM orders_read_model WHERE id = $1",),
    "list_user_orders": ("SELECT * FROM orders_read_model WHERE user_id = $1",),
    "ReadModelProjection::handle_event": (
        "INSERT INTO orders_read_model (id, …) VALUES ($1, …)",
        "UPDATE orders_read_model SET status = 'paid', updated_at = $2 WHERE id = $1",
    ),
}

#: Which functions call which others, as far as those do anything with the database.
CALLS: Mapping[str, tuple[str, ...]] = {
    "create_order": ("EventStore::save_events",),
    "pay_order": ("EventStore::load_events", "EventStore::save_events"),
    "EventStore::save_events": ("EventStore::publish_event",),
}

#: The functions behind the routes of each service.
COMMAND_SERVICE = ("create_order", "pay_order")
QUERY_SERVICE = ("get_order", "list_user_orders")

_TABLE = re.compile(r"(?:FROM|INTO|UPDATE)\s+(\w+)")


def tables(
    functions: Sequence[str],
    calls: Mapping[str, Sequence[str]] = CALLS,
    sql: Mapping[str, Sequence[str]] = SQL,
) -> dict[str, tuple[str, ...]]:
    """The tables that functions reach, each with the way to it."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(name,) for name in functions]
    seen = set(functions)
    while waiting:
        way = waiting.pop(0)
        for statement in sql.get(way[-1], ()):
            for table in _TABLE.findall(statement):
                found.setdefault(table, (*way, statement))
        new = [name for name in calls.get(way[-1], ()) if name not in seen]
        seen.update(new)
        waiting += [(*way, name) for name in new]
    return found


@CLAIMS.claim(
    "cqrs004-principle-separation",
    model="M06",
    source="seed 004, section 1.1, principle 1 (separation of commands and queries)",
    statement=(
        "Reads and writes use different models: no table is reached both from a route of "
        "QueryService and from one of CommandService, in the listing."
    ),
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def principle_separation(
    calls: Mapping[str, Sequence[str]] = CALLS, sql: Mapping[str, Sequence[str]] = SQL
) -> Finding:
    """Walks the calls of the listing to its statements of SQL."""
    written, read = tables(COMMAND_SERVICE, calls, sql), tables(QUERY_SERVICE, calls, sql)
    shared = sorted(set(written) & set(read))
    text = f"commands reach {', '.join(written)}; queries reach {', '.join(read)}"
    if not shared:
        return Finding((Proof(Method.STATIC, text),))
    ways = written[shared[0]], read[shared[0]]

    def replay() -> None:
        for way in ways:
            pairs = pairwise(way[:-1])
            if any(callee not in calls[caller] for caller, callee in pairs):
                raise NotReplayed("a call is not in the listing")
            if way[-1] not in sql[way[-2]] or shared[0] not in way[-1]:
                raise NotReplayed("the table is not in the statement")

    steps = tuple(" → ".join(way) for way in ways)
    return Finding(counterexamples=(Counterexample(Method.STATIC, text, steps, replay),))


# ------------------------------------------------------------------------------------- deliveries


def _right(projection: ReadModelProjection, *kinds: str) -> Proof | Counterexample:
    # Once is enough to refute; the repaired one is asked for twice, too.
    start = Deliveries.of(*kinds, projection=projection, duplicates=int(projection.upserting))
    text = "when all events are delivered, the row is what they give"
    return always(start, Deliveries.right_at_last, text, BOUNDS)


@CLAIMS.claim(
    "cqrs004-read-order",
    model="M06",
    source=f"{QUERIES}, ReadModelProjection::handle_event",
    statement=(
        "The projection is right for any order of deliveries: when each event of an order has been "
        "delivered once, its row has the status that the events give."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs004-read-order-repaired",
)
def read_order(projection: ReadModelProjection = AS_WRITTEN) -> Finding:
    """An order that was paid, of which the listing handles all events."""
    return weighed([_right(projection, "Created", "Paid")])


@CLAIMS.claim(
    "cqrs004-read-order-repaired",
    model="M06",
    source=f"{QUERIES}, repair of handle_event",
    statement=(
        "When each event carries the whole row, and is written where its version is above that of "
        "the row, then for any number of events, delivered in any order and any number of times: "
        "when all are delivered, the row is what the last one gives."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def read_order_repaired(projection: ReadModelProjection = UPSERTING) -> Finding:
    """Explored with one event delivered twice; then for any number of events."""
    found = weighed(_right(projection, *kinds) for kinds in LIVES)
    if found.counterexamples:
        return found
    logic.prove_upserts(projection.upserting)
    text = "each event is on the bus or below the version of the row: inductive"
    return Finding((_for_all(text), *found.proofs))


def _idempotent(
    projection: ReadModelProjection, *kinds: str, ordered: bool = False
) -> Proof | Counterexample:
    start = Deliveries.of(*kinds, projection=projection, duplicates=1)
    text = "an event that was handled before changes nothing and is no error"
    bounds = IN_ORDER if ordered else BOUNDS
    return stepwise(replace(start, ordered=ordered), _unchanged, text, bounds)


def _unchanged(before: Deliveries, after: Deliveries) -> bool:
    news = after.handled != before.handled
    return news or (after.row == before.row and not after.error)


def _goes_on(projection: ReadModelProjection) -> Proof | Counterexample:
    start = Deliveries.of("Created", "Paid", projection=projection, duplicates=1)
    text = "all that is on the bus is handled at last"
    return leading(start, lambda state: not state.in_flight, text, BOUNDS)


@CLAIMS.claim(
    "cqrs004-read-idempotent",
    model="M06",
    source=f"{QUERIES}, ReadModelProjection::handle_event",
    statement=(
        "An event that is delivered again does not change the read model, and handling it does not "
        "fail."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs004-read-idempotent-repaired",
)
def read_idempotent(projection: ReadModelProjection = AS_WRITTEN) -> Finding:
    """A created order; and the consumer, which gets its event again for ever."""
    return each_reason([_idempotent(projection, "Created"), _goes_on(projection)])


@CLAIMS.claim(
    "cqrs004-read-idempotent-repaired",
    model="M06",
    source=f"{QUERIES}, repair of handle_event",
    statement=(
        "With the version guard, an event that is delivered again, at once or after any others, "
        "changes nothing and does not fail."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def read_idempotent_repaired(projection: ReadModelProjection = UPSERTING) -> Finding:
    """Explored, then for any rows and versions."""
    parts = [*(_idempotent(projection, *kinds) for kinds in LIVES), _goes_on(projection)]
    found = weighed(parts)
    if found.counterexamples:
        return found
    logic.prove_upserts_once(projection.upserting)
    text = "after an event the row has its version, never loses it, and then ignores the event"
    return Finding((_for_all(text), *found.proofs))


@CLAIMS.claim(
    "cqrs004-read-tolerant",
    model="M06",
    source=f"{QUERIES}, handle_event with INSERT … ON CONFLICT DO NOTHING",
    statement=(
        "When an insertion that finds a row does nothing, an event that is delivered again changes "
        "nothing, and handling it does not fail."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.EXHAUSTIVE,
    repaired="cqrs004-read-idempotent-repaired",
)
def read_tolerant(projection: ReadModelProjection = TOLERANT) -> Finding:
    """OrderPaid, handled too early, finds no row, and has one when it comes again; and where all
    events are applied, it undoes OrderShipped."""
    kept = [_idempotent(projection, *kinds, ordered=True) for kinds in LIVES]
    proved = weighed([*kept, _goes_on(projection)])
    early = _idempotent(projection, "Created", "Paid")
    three = ("Created", "Paid", "Shipped")
    late = _idempotent(replace(projection, consuming=True), *three, ordered=True)
    hypothesis = "events come in order at first, and only OrderCreated and OrderPaid are applied"
    return limited(proved, hypothesis, early, late)


# ---------------------------------------------------------------------------------------- clients


@CLAIMS.claim(
    "cqrs004-read-your-writes",
    model="M06",
    source="seed 004, section 1.3, create_order and get_order",
    statement="A client that was answered 200 finds with a GET what it has done.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="cqrs004-read-your-writes-repaired",
)
def read_your_writes(client: Client = HASTY) -> Finding:
    """With a projection that is as slow as it may be."""
    text = "a GET shows what the client was told to be done"
    return weighed([inductive(client, "reads_own_writes", text)])


@CLAIMS.claim(
    "cqrs004-read-your-writes-repaired",
    model="M06",
    source="seed 004, section 1.3, repair of get_order",
    statement=(
        "When a GET carries the version that its client knows, and waits until the read model has "
        "it, a client finds what it has done, whatever others do and however slow the projection."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def read_your_writes_repaired(client: Client = PATIENT) -> Finding:
    """For any number of events."""
    return read_your_writes(client)


@CLAIMS.claim(
    "cqrs004-create-idempotent",
    model="M06",
    source=f"{COMMANDS}, create_order",
    statement="A client that posts an order again because it heard nothing makes one order.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="cqrs004-create-idempotent-repaired",
)
def create_idempotent(service: CreateOrders = KEYLESS) -> Finding:
    """On the create_order that stores an order, es004-create-persists."""
    text = "one request makes one order"
    return weighed(
        [
            inductive(
                service,
                "one_order",
                text,
                parameters=("lost_replies",),
                where=lambda state: state.lost_replies >= 0,
            )
        ]
    )


@CLAIMS.claim(
    "cqrs004-create-idempotent-repaired",
    model="M06",
    source=f"{COMMANDS}, repair of create_order",
    statement=(
        "When the client sends a key with its request, unique in the table, however often the "
        "answer is lost, there is one order."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def create_idempotent_repaired(service: CreateOrders = KEYED) -> Finding:
    """For any number of lost answers."""
    return create_idempotent(service)
