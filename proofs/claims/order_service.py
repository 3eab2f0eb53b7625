"""Claims on orders behind the command service (M13): check, repair, check again.

As written no order is ever stored. When create records its event, no order can be paid. When the
version counts that event, orders are created, paid and shipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import z3

from cospec.models.order_service import BASKET, AuditedService, CarrierToo, OrderService
from cospec.models.order_streams import StreamV2
from cospec.models.order_v2 import AS_WRITTEN, REPAIRED, OrderItem, Rules
from cospec.proofs.evidence import always, determined, each_reason, inductive, prove
from cospec.proofs.reachability import reachable
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    weighed,
)

CLAIMS = Register()

SEED = "seed 004, sections 1.2 and 1.3"

#: With the first repair of the chain, and with both.
RECORDING = replace(AS_WRITTEN, recording=True)
COUNTING = replace(RECORDING, counting_first=True)

#: Orders share no row of the table, so that two are as good as more.
BOUNDS = "2 orders, 1 basket, 1 amount, any number of requests"

#: So many states are looked at.
LIMIT = 5_000


def _service(rules: Rules) -> OrderService:
    return OrderService(rules, orders=2)


def _stored(rules: Rules) -> Proof | Counterexample:
    text = "an order whose creation was answered with 200 has events in the store"
    return always(_service(rules), OrderService.answered_orders_are_stored, text, BOUNDS, LIMIT)


def _no_error(rules: Rules) -> Proof | Counterexample:
    text = "no request is answered with 500"
    return always(_service(rules), OrderService.no_internal_error, text, BOUNDS, LIMIT)


@CLAIMS.claim(
    "es004-create-persists",
    model="M13",
    source=f"{SEED}, Order::create and create_order",
    statement="When create_order answers 200, the order exists: its events are stored.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-create-persists-repaired",
)
def create_persists(rules: Rules = AS_WRITTEN) -> Finding:
    """create rebuilds the order from its event, and so has nothing uncommitted to save."""
    return weighed([_stored(rules)])


@CLAIMS.claim(
    "es004-create-persists-repaired",
    model="M13",
    source=f"{SEED}, repair of Order::create",
    statement="When create records OrderCreated, an order answered with 200 has events stored.",
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def create_persists_repaired(rules: Rules = RECORDING) -> Finding:
    """This repair alone suffices for that; what it uncovers is es004-version-off-by-one."""
    return create_persists(rules)


@CLAIMS.claim(
    "es004-version-off-by-one",
    model="M13",
    source=f"{SEED}, from_events and save_events",
    statement=(
        "from_events of n events has version n; so that save_events(expected = version) continues "
        "the rows, and with create repaired a command is never refused as a duplicate."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-version-off-by-one-repaired",
)
def version_off_by_one(rules: Rules = RECORDING) -> Finding:
    """One event: version 0. Then the payment is saved as version 1, which is taken."""
    text = "from_events of n events has version n"
    counted = always(StreamV2(rules), StreamV2.version_counts_events, text, "any events", LIMIT)
    return each_reason([counted, _no_error(rules)])


@CLAIMS.claim(
    "es004-version-off-by-one-repaired",
    model="M13",
    source=f"{SEED}, repair of from_events",
    statement=(
        "When OrderCreated makes version 1, from_events of n events has version n, for any events "
        "in any number; and with create repaired as well, in all runs with two orders no request "
        "is answered with 500, each pending order can be paid, and orders are paid, shipped and "
        "cancelled."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def version_off_by_one_repaired(rules: Rules = COUNTING) -> Finding:
    """By induction over the stream; then the whole chain of requests."""
    return weighed(_chain(rules))


def _chain(rules: Rules) -> Iterator[Proof | Counterexample]:
    text = "from_events of n events has version n"
    yield inductive(StreamV2(rules), "version_counts_events", text, among={"rules": [rules]})
    yield _stored(rules)
    yield _no_error(rules)
    start = _service(rules)
    text = "each pending order can be paid"
    yield always(start, OrderService.stored_orders_can_be_paid, text, BOUNDS, LIMIT)
    wanted = ["paid", "shipped", "cancelled"]
    yield reachable(start, _first_status, wanted, "orders are paid, shipped, cancelled", BOUNDS)


def _first_status(service: OrderService) -> str:
    """The status of the first order, as far as it is stored."""
    if not service.table:
        return "no order"
    order = service.loaded(0)
    return order if isinstance(order, str) else order.status.value


# --------------------------------------------------------------------------------------- audit


@CLAIMS.claim(
    "es004-audit-complete",
    model="M13",
    source="seed 004, section 1.1, core principle 4 (complete audit)",
    statement=(
        "Every operation can be traced: what is stored decides which operations were asked for, by "
        "whom, and how they were answered."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-audit-complete-repaired",
)
def audit_complete(rules: Rules = AS_WRITTEN, auditing: bool = False) -> Finding:
    """As written even a creation leaves nothing; with create repaired, not who it was."""
    text = "what is stored decides what has happened"
    starts = [
        AuditedService(OrderService(each), auditing)
        for each in dict.fromkeys([rules, replace(rules, recording=True)])
    ]
    bounds = "2 principals, 5 operations, 2 of them in a row"
    return each_reason(
        [determined(start, _kept, _happened, text, bounds, LIMIT) for start in starts]
    )


def _kept(service: AuditedService) -> tuple[object, ...]:
    """What is stored: the rows, and the audit log."""
    return tuple(rows for rows in service.service.table if rows), service.log


def _happened(service: AuditedService) -> tuple[object, ...]:
    return service.happened


@CLAIMS.claim(
    "es004-audit-complete-repaired",
    model="M13",
    source="seed 004, section 1.1, repair: an audit log with principals",
    statement=(
        "When each operation is entered in an audit log with its principal and answer, what is "
        "stored decides what has happened, for any number of operations."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def audit_complete_repaired(auditing: bool = True) -> Finding:
    """The log is what has happened: by induction; and all runs of two operations."""
    explored = audit_complete(REPAIRED, auditing)
    if explored.counterexamples:
        return explored
    entries = z3.SeqSort(z3.DeclareSort("AuditEntry"))
    happened, log = z3.Consts("happened log", entries)
    new = z3.Unit(z3.Const("new", entries.basis()))
    prove(z3.Concat(happened, new) == z3.Concat(log, new), happened == log)
    text = "log = what has happened: both are empty at the start, and each operation adds to both"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# ----------------------------------------------------------------------------------- production

#: What requests may carry: an order like any other, one whose total is no number, one whose total
#: is infinite, and one with a negative quantity.
BASKETS = (
    BASKET,
    (OrderItem(1, 10, 1e308), OrderItem(2, 10, -1e308)),
    (OrderItem(1, 10, 1e308),),
    (OrderItem(1, -1, 10.0), OrderItem(2, 2, 10.0)),
)
HOSTILE = f"2 orders, {len(BASKETS)} baskets, 2 amounts, any number of requests"


@CLAIMS.claim(
    "meta-004-production",
    model="M13",
    source="seed 004, header (production ready, a design template to copy)",
    statement=(
        "The order listings can be copied to production: what is answered with 200 is stored, what "
        "is stored can be loaded, and no request is answered with 500."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="meta-004-production-repaired",
)
def production(rules: Rules = AS_WRITTEN) -> Finding:
    """The first request breaks it; the other claims on seed 004 tell what else does."""
    start = OrderService(rules, BASKETS, (10.0, 0.0), orders=2)
    parts = (
        (OrderService.answered_orders_are_stored, "what is answered with 200 is stored"),
        (OrderService.no_internal_error, "no request is answered with 500"),
        (OrderService.stored_orders_load, "what is stored can be loaded"),
        (OrderService.versions_continue, "versions continue the rows"),
        (OrderService.stored_orders_can_be_paid, "pending orders can be paid"),
    )
    service = (always(start, holds, text, HOSTILE, LIMIT) for holds, text in parts)
    found = weighed(service)
    if found.counterexamples:
        return found
    text = "streams can be loaded, deliveries by the carrier included"
    carried = always(CarrierToo(rules), CarrierToo.loadable, text, "1 order and its carrier", LIMIT)
    return weighed([*found.proofs, carried])


@CLAIMS.claim(
    "meta-004-production-repaired",
    model="M13",
    source="seed 004, header, repaired as far as orders go",
    statement=(
        "With the repairs of the order aggregate, what is answered with 200 is stored, what is "
        "stored can be loaded and paid, deliveries included, and no request is answered with 500, "
        "requests one after the other. (Concurrent ones, publishing, read models, limiters and "
        "breakers are claims of their own.)"
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def production_repaired(rules: Rules = REPAIRED) -> Finding:
    """All runs, with orders that are hard to store among the requests."""
    return production(rules)
