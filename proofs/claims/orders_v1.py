"""Claims on the first order aggregate (M13).

The repaired order takes four events at most (created, confirmed, shipped, delivered), so that
exploring it to its end looks at streams of all lengths; of ids there are its own and another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import z3

from cospec.models.order_streams import EVENTS_V1, StreamV1
from cospec.models.order_v1 import (
    REPAIRED,
    CreateOrder,
    Order,
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    OrderDelivered,
    OrderEvent,
    OrderItem,
    OrderShipped,
    OrderStatus,
    replayed,
)
from cospec.proofs import order_logic as logic
from cospec.proofs.evidence import always, counterexample_of, each, each_reason, inductive, prove
from cospec.proofs.reachability import reachable
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    weighed,
)

CLAIMS = Register()

SEED = "seed 001, section 3.1, Order"

AS_WRITTEN = Order()

BOUNDS = "2 order ids, 2 baskets"

#: The order as written may be created again and again: it is explored as far as this.
LIMIT = 500


# ----------------------------------------------------------------------------------- commands


@CLAIMS.claim(
    "order001-reachable",
    model="M13",
    source=f"{SEED}, OrderStatus and handle_command",
    statement=(
        "Each declared status is reached by commands, and each command of an order in a status in "
        "which it is legal (confirm: Pending; ship: Confirmed; cancel: both) emits its event."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order001-reachable-repaired",
)
def statuses_reachable(design: Order = AS_WRITTEN) -> Finding:
    """`ShipOrder` and `CancelOrder` fall into `_ => Ok(vec![])`; nothing delivers."""
    statuses = reachable(
        design,
        lambda order: order.status.value,
        [status.value for status in OrderStatus],
        "every status is reached",
        f"{BOUNDS}, any number of commands",
        _status_only,
    )
    text = "each legal command emits its event"
    effect = always(design, Order.commands_take_effect, text, BOUNDS, LIMIT)
    return each_reason([statuses, effect])


def _status_only(order: Order) -> Order:
    """What commands look at: the status, and whether there was any event."""
    return replace(order, version=min(order.version, 1), items=(), total=0.0, stream=())


@CLAIMS.claim(
    "order001-reachable-repaired",
    model="M13",
    source=f"{SEED}, repair of handle_command",
    statement=(
        "When shipping, cancelling and delivering are implemented, each status is reached, and "
        "each legal command emits its event."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def statuses_reachable_repaired(design: Order = REPAIRED) -> Finding:
    """All runs of the repaired order."""
    return statuses_reachable(design)


@CLAIMS.claim(
    "order001-create-once",
    model="M13",
    source=f"{SEED}, CreateOrder in handle_command",
    statement="An order that exists cannot be created again: its stream has one OrderCreated.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order001-create-once-repaired",
)
def create_once(design: Order = AS_WRITTEN) -> Finding:
    """Nothing asks whether there is an order; a second creation replaces the items."""
    text = "there is one OrderCreated at most"
    return weighed([always(design, Order.created_at_most_once, text, BOUNDS, LIMIT)])


@CLAIMS.claim(
    "order001-create-once-repaired",
    model="M13",
    source=f"{SEED}, repair of CreateOrder",
    statement="When CreateOrder asks for version 0, there is one OrderCreated in each stream.",
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def create_once_repaired(design: Order = REPAIRED) -> Finding:
    """All runs of the repaired order."""
    return create_once(design)


@CLAIMS.claim(
    "order001-id-match",
    model="M13",
    source=f"{SEED}, order_id in handle_command",
    statement="All events that an aggregate emits carry its id.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order001-id-match-repaired",
)
def id_match(design: Order = AS_WRITTEN) -> Finding:
    """The id of the command goes into the event, and nobody compares it with the order's own."""
    text = "the events of an order carry its id"
    return weighed([always(design, Order.events_are_its_own, text, BOUNDS, LIMIT)])


@CLAIMS.claim(
    "order001-id-match-repaired",
    model="M13",
    source=f"{SEED}, repair of handle_command",
    statement="When commands for other orders are refused, all events of an order carry its id.",
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def id_match_repaired(design: Order = REPAIRED) -> Finding:
    """All runs of the repaired order."""
    return id_match(design)


# ------------------------------------------------------------------------------------ versions


@CLAIMS.claim(
    "order001-version",
    model="M13",
    source=f"{SEED}, law of apply_event",
    statement=(
        "The version is the number of events applied, for any events in any number, as written "
        "and as repaired."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def version() -> Finding:
    """By induction over the stream, whoever has written it."""
    text = "version = number of events applied"
    return weighed(
        inductive(StreamV1(guarded), "version_counts_events", text) for guarded in (False, True)
    )


@CLAIMS.claim(
    "order001-event-version",
    model="M13",
    source=f"{SEED}, event_version of OrderEvent",
    statement="event_version is the position of an event in its stream, counted from 1.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order001-event-version-repaired",
)
def event_version(design: Order = AS_WRITTEN) -> Finding:
    """It is 1 for every event."""
    text = "the event at position n has version n"
    return weighed([always(design, Order.versions_are_positions, text, BOUNDS, LIMIT)])


@CLAIMS.claim(
    "order001-event-version-repaired",
    model="M13",
    source=f"{SEED}, repair of event_version",
    statement="When events are numbered as they are appended, event_version is the position.",
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def event_version_repaired(design: Order = REPAIRED) -> Finding:
    """All runs of the repaired order."""
    return event_version(design)


# -------------------------------------------------------------------------------------- replay

#: A letter for each type of event, and the legal streams over them.
LETTERS: dict[type[OrderEvent], str] = {
    OrderCreated: "c",
    OrderConfirmed: "f",
    OrderShipped: "s",
    OrderDelivered: "d",
    OrderCancelled: "x",
}
LEGAL_STREAM = re.compile("(c(x|f(x|s(d)?)?)?)?")

#: One more than the length of the longest legal stream: where no stream of this length can be
#: replayed, none that is longer can, as replaying stops at the first event that is refused.
LONGEST = 5


def _streams(design: Order) -> Iterator[tuple[OrderEvent, ...]]:
    events = [one for one in EVENTS_V1 if design.complete or not isinstance(one, OrderDelivered)]
    for length in range(LONGEST + 1):
        yield from product(events, repeat=length)


def _legal(stream: tuple[OrderEvent, ...]) -> bool:
    return LEGAL_STREAM.fullmatch("".join(LETTERS[type(one)] for one in stream)) is not None


@CLAIMS.claim(
    "order001-apply-guard",
    model="M13",
    source=f"{SEED}, apply_event",
    statement=(
        "Only legal streams can be replayed: created, then confirmed, then shipped (then "
        "delivered, where there is such an event), or cancelled before it is shipped."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="order001-apply-guard-repaired",
)
def apply_guard(design: Order = AS_WRITTEN) -> Finding:
    """apply_event takes every event in every status."""

    def legal_if_replayed(stream: tuple[OrderEvent, ...]) -> bool:
        return _legal(stream) or not isinstance(replayed(design, stream), Order)

    return weighed(
        [
            each(
                _streams(design),
                legal_if_replayed,
                "what can be replayed is legal",
                f"streams of up to {LONGEST} events",
                _told,
            )
        ]
    )


def _told(stream: tuple[OrderEvent, ...]) -> tuple[str, ...]:
    return ("start: pending, version 0", *(type(event).__name__ for event in stream))


@CLAIMS.claim(
    "order001-apply-guard-repaired",
    model="M13",
    source=f"{SEED}, repair of apply_event",
    statement=(
        "When apply_event refuses events that do not fit the status, the streams that can be "
        "replayed are the legal ones, neither more nor fewer."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def apply_guard_repaired(design: Order = REPAIRED) -> Finding:
    """No stream of five events is replayed, and so none that is longer."""
    wrong = apply_guard(design)
    if wrong.counterexamples:
        return wrong

    def replayed_if_legal(stream: tuple[OrderEvent, ...]) -> bool:
        accepted = isinstance(replayed(design, stream), Order)
        return accepted == _legal(stream) and (len(stream) < LONGEST or not accepted)

    text = "what can be replayed are the legal streams, none of which has five events"
    bounds = f"streams of up to {LONGEST} events, beyond which none can be replayed"
    return weighed([each(_streams(design), replayed_if_legal, text, bounds, _told)])


# --------------------------------------------------------------------------------------- total


@CLAIMS.claim(
    "order001-total",
    model="M13",
    source=f"{SEED}, CreateOrder in handle_command",
    statement="The total of an order that is created, Σ price · quantity in f64, is at least 0.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="order001-total-repaired",
)
def total(design: Order = AS_WRITTEN) -> Finding:
    """z3 looks for one item with a whole price; else it proves the sum by induction."""
    [(price, quantity)] = logic.items(1)
    made = logic.total_of([(price, quantity)], signed=False)
    sound = [logic.sound(price, quantity)] if design.validating else []
    small = z3.And(quantity == 1, *logic.whole(price, 1))
    least = z3.fpGEQ(made, logic.ZERO)
    model = counterexample_of(least, small, *sound)
    if model is not None:
        item = OrderItem(
            1, logic.integer_of(model, quantity, signed=False), logic.double_of(model, price)
        )
        return Finding(counterexamples=(_below_zero(design, item),))
    _never_below_zero(quantity, sound)
    text = "the sum begins with 0, and one more item keeps it at least 0 and a number"
    return Finding((Proof(Method.Z3_PROOF, text),))


def _never_below_zero(quantity: z3.BitVecRef, sound: list[z3.BoolRef]) -> None:
    """Proves the steps of the induction one by one, each of them for all doubles: a quantity as a
    double, a product, and a sum with what there was before."""
    one, (x, y) = z3.FPVal(1.0, logic.DOUBLE), z3.FPs("x y", logic.DOUBLE)
    prove(z3.fpGEQ(z3.fpUnsignedToFP(logic.NEAREST, quantity, logic.DOUBLE), one), *sound)
    product, added = z3.fpMul(logic.NEAREST, x, y), z3.fpAdd(logic.NEAREST, x, y)
    prove(z3.fpGEQ(product, logic.ZERO), z3.fpGT(x, logic.ZERO), z3.fpGEQ(y, one))
    prove(z3.fpGEQ(added, logic.ZERO), z3.fpGEQ(x, logic.ZERO), z3.fpGEQ(y, logic.ZERO))


def _below_zero(design: Order, item: OrderItem) -> Counterexample:
    def replay() -> None:
        events = design.handle_command(CreateOrder(design.id, (item,)))
        if not isinstance(events, tuple):
            raise NotReplayed("the order is refused")
        (event,) = events
        if not isinstance(event, OrderCreated) or event.total >= 0.0:
            raise NotReplayed("the total is at least 0")

    steps = (f"create an order of {item!r}", f"accepted: total {item.price * item.quantity}")
    return Counterexample(Method.Z3_MODEL, "an order with a total below 0", steps, replay)


@CLAIMS.claim(
    "order001-total-repaired",
    model="M13",
    source=f"{SEED}, repair of CreateOrder",
    statement=(
        "When each price has to be above 0 and each quantity at least 1, the total is a number and "
        "at least 0, for any number of items: all doubles, all u32."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def total_repaired(design: Order = REPAIRED) -> Finding:
    """By induction over the items, in floating point."""
    return total(design)
