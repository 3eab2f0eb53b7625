"""Claims on the second order aggregate (M13): statuses, streams, and what is recorded.

An order takes four events at most but for `OrderCreated`s that nobody emits; where amounts matter,
z3 proves the guards for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import z3

from cospec.models.order_service import BASKET, CarrierToo, FieldsToo, OrderLife
from cospec.models.order_streams import StreamV2
from cospec.models.order_v2 import (
    AS_WRITTEN,
    REPAIRED,
    Order,
    OrderCreated,
    OrderError,
    OrderStatus,
    Rules,
)
from cospec.proofs import order_logic as logic
from cospec.proofs.evidence import always, each, each_reason, inductive, prove, refuted, stepwise
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

SEED = "seed 004, section 1.2, Order"

#: With the repair without which nothing is recorded of a creation.
RECORDING = replace(AS_WRITTEN, recording=True)

BOUNDS = "1 basket, 2 amounts, any number of commands"

#: So many states are looked at; an order has a dozen, but a wrong one may have no end of them.
LIMIT = 500


def _status_of(life: OrderLife) -> str:
    return "no order" if life.order is None else life.order.status.value


# --------------------------------------------------------------------------- guards and events


def _accepted_is_applicable(rules: Rules) -> None:
    """Proves, for all statuses, totals and amounts, that what a command emits can be applied."""
    for command, event in logic.EMITS.items():
        accepted = logic.accepts(rules, command, logic.status)
        prove(logic.applicable(rules, logic.status, event), accepted)


@CLAIMS.claim(
    "order004-guard-apply",
    model="M13",
    source=f"{SEED}, law of the commands and apply_event",
    statement=(
        "Where a command is accepted in a status, its event is applicable in that status: for all "
        "statuses, totals and amounts (doubles), as written and as repaired."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def guard_apply() -> Finding:
    """For pay, ship and cancel, and the deliver of the repair."""
    for rules in (AS_WRITTEN, REPAIRED):
        _accepted_is_applicable(rules)
    text = "accepted(command, status) ⇒ applicable(its event, status)"
    theorem = Proof(Method.Z3_PROOF, text)
    text = "a command that is accepted records one event, and it is applied"
    return weighed([theorem, each(_commanded(), _applied, text, COMMANDED, _told)])


#: A command: the repairs, the status of the order, the command, and what it makes of the order.
Commanded = tuple[Rules, OrderStatus, str, Order | OrderError]

COMMANDED = "5 statuses, 3 commands and deliver, the amount being the total"


def _commanded() -> Iterator[Commanded]:
    """Each command in each status."""
    for rules in (AS_WRITTEN, REPAIRED):
        for status in OrderStatus:
            order = Order(1, BASKET, 10.0, status)
            yield rules, status, "pay", rules.pay(order, order.total)
            yield rules, status, "ship", rules.ship(order)
            yield rules, status, "cancel", rules.cancel(order)
            if rules.deliverable:
                yield rules, status, "deliver", rules.deliver(order)


def _applied(case: Commanded) -> bool:
    *_, after = case
    return isinstance(after, OrderError) or len(after.uncommitted) == after.version == 1


def _refused_when_over(case: Commanded) -> bool:
    _, status, _, after = case
    over = status in (OrderStatus.DELIVERED, OrderStatus.CANCELLED)
    return not over or isinstance(after, OrderError)


def _told(case: Commanded) -> str:
    _, status, command, after = case
    return f"{command} in {status.value} → {after}"


@CLAIMS.claim(
    "es004-record-event",
    model="M13",
    source=f"{SEED}, record_event",
    statement=(
        "Every event among the uncommitted ones was applied, although record_event discards the "
        "error of apply_event."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def record_event() -> Finding:
    """Its callers are the commands, whose guards imply that of apply_event."""
    for rules in (AS_WRITTEN, REPAIRED):
        _accepted_is_applicable(rules)
    text = "record_event is called with applicable events only: the error discarded is none"
    theorem = Proof(Method.Z3_PROOF, text)
    seen = "each command records one event, and the version grows by one"
    runs = [
        stepwise(OrderLife(rules), OrderLife.recorded_is_applied, seen, BOUNDS, LIMIT)
        for rules in (AS_WRITTEN, REPAIRED)
    ]
    return weighed([theorem, *runs])


@CLAIMS.claim(
    "order004-replay-total",
    model="M13",
    source=f"{SEED}, law of from_events",
    statement=(
        "With create repaired, every stream that create and accepted commands have written is "
        "replayed by from_events without an error, and to the status of the order that wrote it."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def replay_total() -> Finding:
    """By induction over the stream, for all amounts; and all runs of the class."""
    for rules in (RECORDING, REPAIRED):
        pending = logic.STATUS[OrderStatus.PENDING]
        begun = logic.after(pending, OrderCreated)  # create makes a pending order, so does a replay
        prove(begun == pending)
        for command, event in logic.EMITS.items():
            given = (
                logic.status == logic.replayed_status,
                logic.accepts(rules, command, logic.status),
            )
            prove(logic.applicable(rules, logic.replayed_status, event), *given)
            alike = logic.after(logic.status, event) == logic.after(logic.replayed_status, event)
            prove(alike, *given)
    theorem = Proof(Method.Z3_PROOF, "replayed status = status of the order: inductive")
    text = "from_events of what is recorded is the order itself, its version included"
    runs = [
        always(OrderLife(rules), OrderLife.replays_to_itself, text, BOUNDS, LIMIT)
        for rules in (RECORDING, REPAIRED)
    ]
    return weighed([theorem, *runs])


@CLAIMS.claim(
    "order004-terminal",
    model="M13",
    source=f"{SEED}, law of the commands",
    statement="A delivered or cancelled order accepts no command, for all totals and amounts.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def terminal() -> Finding:
    """As written and as repaired."""
    over = z3.Or(
        [
            logic.status == logic.STATUS[final]
            for final in (OrderStatus.DELIVERED, OrderStatus.CANCELLED)
        ]
    )
    for rules in (AS_WRITTEN, REPAIRED):
        for command in logic.EMITS:
            prove(z3.Not(logic.accepts(rules, command, logic.status)), over)
    text = "no command is accepted in Delivered and Cancelled"
    theorem = Proof(Method.Z3_PROOF, text)
    return weighed([theorem, each(_commanded(), _refused_when_over, text, COMMANDED, _told)])


@CLAIMS.claim(
    "order004-created-twice",
    model="M13",
    source=f"{SEED}, OrderCreated in from_events and apply_event",
    statement="In every stream that from_events accepts, OrderCreated occurs once, and first.",
    registered=Truth.CONDITIONAL,
    method=Method.EXHAUSTIVE,
    repaired="order004-created-twice-repaired",
)
def created_twice(rules: Rules = AS_WRITTEN) -> Finding:
    """The first position is enforced; a second OrderCreated only counts for the version."""
    text = "a stream that is accepted has one OrderCreated"
    stream = StreamV2(rules)
    anything = "streams of any events"
    if rules.created_once:
        return weighed([_inductive(rules, "created_exactly_once", text)])
    wrong = always(stream, StreamV2.created_exactly_once, text, anything, LIMIT)
    writing = OrderLife(replace(rules, recording=True))
    written = always(writing, _begun_once, "OrderCreated is first, and nowhere else", BOUNDS, LIMIT)
    if isinstance(written, Counterexample):
        return Finding(counterexamples=(written,))
    under = "the stream was written by create and the commands of one order"
    return Finding((replace(written, under=under),), refuted(wrong))


def _begun_once(life: OrderLife) -> bool:
    """Whether `OrderCreated` is the first event and no other one."""
    created = [isinstance(event, OrderCreated) for event in life.stream]
    return created == [number == 0 for number in range(len(created))]


def _inductive(rules: Rules, name: str, text: str) -> Proof | Counterexample:
    return inductive(StreamV2(rules), name, text, among={"rules": [rules]})


@CLAIMS.claim(
    "order004-created-twice-repaired",
    model="M13",
    source=f"{SEED}, repair of apply_event",
    statement=(
        "When apply_event refuses OrderCreated, every stream that from_events accepts has one "
        "OrderCreated, which is first: streams of any events, of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def created_twice_repaired(rules: Rules = REPAIRED) -> Finding:
    """By induction over the stream; that another event cannot be first is in from_events."""
    return created_twice(rules)


# ------------------------------------------------------------------------------------ statuses


@CLAIMS.claim(
    "order004-delivered-reachable",
    model="M13",
    source=f"{SEED}, OrderDelivered and OrderCommand",
    statement="Every status, Delivered among them, is reached by create and the commands.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order004-delivered-reachable-repaired",
)
def delivered_reachable(rules: Rules = AS_WRITTEN) -> Finding:
    """There is an event and no command."""
    wanted = [status.value for status in OrderStatus]
    return weighed(
        [reachable(OrderLife(rules), _status_of, wanted, "every status is reached", BOUNDS)]
    )


@CLAIMS.claim(
    "order004-delivered-reachable-repaired",
    model="M13",
    source=f"{SEED}, repair: a command deliver",
    statement="When there is a command deliver for a shipped order, every status is reached.",
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def delivered_reachable_repaired(rules: Rules = REPAIRED) -> Finding:
    """All runs of the repaired order."""
    return delivered_reachable(rules)


@CLAIMS.claim(
    "order004-cancel-shipped",
    model="M13",
    source=f"{SEED}, law of cancel",
    statement=(
        "With create repaired, a shipped order cannot be cancelled, and a stream can still be "
        "loaded after the carrier has delivered the parcel."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order004-cancel-shipped-repaired",
)
def cancel_shipped(rules: Rules = RECORDING) -> Finding:
    """The carrier is the environment: a parcel on its way arrives, whatever was cancelled."""
    start = CarrierToo(rules)
    kept = "a shipped order is not cancelled"
    loads = "the stream can be loaded"
    return each_reason(
        [
            stepwise(start, OrderLife.shipped_orders_are_not_cancelled, kept, BOUNDS, LIMIT),
            always(start, OrderLife.loadable, loads, BOUNDS, LIMIT),
        ]
    )


@CLAIMS.claim(
    "order004-cancel-shipped-repaired",
    model="M13",
    source=f"{SEED}, repair of cancel",
    statement=(
        "When only pending and paid orders can be cancelled, no shipped order is, and every stream "
        "can be loaded, deliveries by the carrier included."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def cancel_shipped_repaired(rules: Rules = REPAIRED) -> Finding:
    """All runs of the repaired order and its carrier."""
    return cancel_shipped(rules)


# ------------------------------------------------------------------------- all changes are events


@CLAIMS.claim(
    "es004-all-changes-are-events",
    model="M13",
    source="seed 004, section 1.1, core principle 2 (event sourcing), and struct Order",
    statement="Every change of the state of an Order is recorded as an event.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es004-all-changes-are-events-repaired",
)
def all_changes(rules: Rules = AS_WRITTEN) -> Finding:
    """As written, create records nothing; and with that repaired, the fields are still public."""
    text = "where the order changes, an event is recorded"
    starts = dict.fromkeys([FieldsToo(rules), FieldsToo(replace(rules, recording=True))])
    return each_reason(
        [stepwise(start, OrderLife.changes_are_recorded, text, BOUNDS, LIMIT) for start in starts]
    )


@CLAIMS.claim(
    "es004-all-changes-are-events-repaired",
    model="M13",
    source="seed 004, section 1.1, repair: private fields, and create records its event",
    statement=(
        "When the fields are private and create records OrderCreated, every change of an order is "
        "recorded as an event."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def all_changes_repaired(rules: Rules = REPAIRED) -> Finding:
    """All runs of the repaired order."""
    return all_changes(rules)
