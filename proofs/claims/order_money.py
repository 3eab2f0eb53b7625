"""Claims on the money of the second order aggregate (M13), in IEEE 754 doubles by z3.

z3 finds the items and the amounts; a counterexample is performed again with Python's floats, which
are the same doubles.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence

import z3

from cospec.models.order_service import OrderService, decoded, encoded
from cospec.models.order_v2 import (
    AS_WRITTEN,
    REPAIRED,
    Order,
    OrderCreated,
    OrderItem,
    OrderPaid,
    OrderStatus,
    Rules,
)
from cospec.proofs import order_logic as logic
from cospec.proofs.evidence import counterexample_of, each, prove
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
    weighed,
)

CLAIMS = Register()

SEED = "seed 004, section 1.2, Order"

#: The largest power of two among doubles.
HUGE = 2.0**1023

#: Amounts to offer for a total that is no number.
ANY_AMOUNTS = (0.0, -1.0, 1e300)

Items = Sequence[tuple[z3.FPRef, z3.BitVecRef]]


def _found(
    rules: Rules,
    broken: Callable[[z3.FPRef, Items], z3.BoolRef],
    small: Callable[[z3.FPRef, z3.BitVecRef], Sequence[z3.BoolRef]],
    most: int = 2,
) -> tuple[OrderItem, ...] | None:
    """The fewest items, of finite prices, that `create` accepts and that break something.

    Args:
        rules: what `create` asks for.
        broken: what is broken, of the total and the items.
        small: what makes an item easy to read; only such ones are looked for.
        most: how many items there are at most.
    """
    for count in range(1, most + 1):
        ordered = logic.items(count)
        total = logic.total_of(ordered)
        given = [logic.creates(rules, ordered, total)]
        for price, quantity in ordered:
            given += [logic.finite(price), *small(price, quantity)]
        model = counterexample_of(z3.Not(broken(total, ordered)), *given)
        if model is not None:
            return tuple(
                OrderItem(n, logic.integer_of(model, q), logic.double_of(model, p))
                for n, (p, q) in enumerate(ordered, 1)
            )
    return None


def _a_few(price: z3.FPRef, quantity: z3.BitVecRef) -> Sequence[z3.BoolRef]:
    """Up to ten pieces, at a price of 1 or of 2^1023, up or down."""
    return (quantity >= 1, quantity <= 10, logic.one_of(price, (1.0, -1.0, HUGE, -HUGE)))


def _created(rules: Rules, items: tuple[OrderItem, ...]) -> Order:
    order = rules.create(1, items)
    if not isinstance(order, Order):
        raise NotReplayed(f"the order is refused: {order.value}")
    if not all(math.isfinite(item.price) for item in items):
        raise NotReplayed("a price is not finite: JSON cannot carry it")
    return order


def _shown(items: tuple[OrderItem, ...]) -> str:
    return ", ".join(map(repr, items))


# ------------------------------------------------------------------------------------ the total


@CLAIMS.claim(
    "order004-total-positive",
    model="M13",
    source=f"{SEED}, create",
    statement="When create accepts items with finite prices, the total is above 0.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="order004-total-positive-repaired",
)
def total_positive(rules: Rules = AS_WRITTEN) -> Finding:
    """Two items whose totals are +∞ and −∞ come to NaN, which is not at most 0 either."""
    above = z3.fpGT(logic.total, logic.ZERO)
    accepted = logic.creates(rules, logic.items(1), logic.total)
    if counterexample_of(above, accepted) is None:
        text = "whatever the items come to, a total that create accepts is above 0"
        return Finding((Proof(Method.Z3_PROOF, text),))
    items = _found(rules, lambda total, _: z3.Not(z3.fpGT(total, logic.ZERO)), _a_few)
    if items is None:
        raise Undecided("a total could be accepted that is not above 0, but no items have it")
    proofs: tuple[Proof, ...] = ()
    if not rules.exact_payment:
        nan = z3.fpIsNaN(logic.total)
        prove(logic.agrees(rules, logic.total, logic.amount), nan)
        proofs = (Proof(Method.Z3_PROOF, "an order whose total is NaN is paid by any amount"),)
    return Finding(proofs, (_no_number(rules, items),))


def _no_number(rules: Rules, items: tuple[OrderItem, ...]) -> Counterexample:
    def replay() -> None:
        order = _created(rules, items)
        if order.total > 0.0:
            raise NotReplayed("the total is above 0")
        for amount in () if rules.exact_payment else ANY_AMOUNTS:
            paid = rules.pay(order, amount)
            if not isinstance(paid, Order) or paid.status is not OrderStatus.PAID:
                raise NotReplayed(f"{amount} is refused")

    total = _created(rules, items).total
    steps = (
        f"create an order of {_shown(items)}",
        f"accepted: total {total}, as {total} <= 0.0 is {str(total <= 0.0).lower()}",
        *(f"pay {amount}: accepted" for amount in ANY_AMOUNTS if not rules.exact_payment),
    )
    return Counterexample(Method.Z3_MODEL, "an accepted order has no total", steps, replay)


@CLAIMS.claim(
    "order004-total-positive-repaired",
    model="M13",
    source=f"{SEED}, repair of create",
    statement=(
        "When create asks for a finite total as well, a total that it accepts is above 0, for any "
        "items in any number."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def total_positive_repaired(rules: Rules = REPAIRED) -> Finding:
    """For all doubles that a sum may come to."""
    return total_positive(rules)


@CLAIMS.claim(
    "order004-infinite-total",
    model="M13",
    source=f"{SEED}, law of create, and section 1.3, save_events and load_events",
    statement=(
        "With create recording its event, every order that is accepted can be loaded again from "
        "its JSON."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="order004-infinite-total-repaired",
)
def infinite_total(rules: Rules = AS_WRITTEN) -> Finding:
    """serde_json writes null for a double that is not finite, and null is no number."""
    accepted = logic.creates(rules, logic.items(1), logic.total)
    if counterexample_of(logic.finite(logic.total), accepted) is None:
        theorem = Proof(Method.Z3_PROOF, "whatever the items come to, an accepted total is finite")
        return weighed([theorem, _finite_loads()])
    items = _found(rules, lambda total, _: z3.Not(logic.finite(total)), _a_few)
    if items is None:
        raise Undecided("a total could be accepted that is not finite, but no items have it")
    return Finding(counterexamples=(_unreadable(rules, items),))


#: Doubles at the edges: the least, the least normal, the greatest, and some between.
EDGES = (5e-324, sys.float_info.min, 0.01, 1.0, 2.0**53 + 2, sys.float_info.max)


def _finite_loads() -> Proof | Counterexample:
    """That finite numbers come back from JSON."""
    events = [
        event
        for edge in EDGES
        for number in (edge, -edge)
        for event in (OrderPaid(1, number), OrderCreated(1, (OrderItem(1, 1, number),), edge))
    ]
    text = "an event of finite numbers comes back from JSON as it was"
    return each(
        events, lambda event: decoded(encoded(event)) == event, text, "doubles at all edges"
    )


def _unreadable(rules: Rules, items: tuple[OrderItem, ...]) -> Counterexample:
    storing = Rules(
        recording=True,
        counting_first=True,
        finite_total=rules.finite_total,
        positive_quantities=rules.positive_quantities,
    )

    def replay() -> None:
        _created(rules, items)
        stored = OrderService(storing, baskets=(items,)).perform("create")
        if not stored.answer.startswith("200") or not stored.table[0]:
            raise NotReplayed("the order is not stored")
        if not isinstance(stored.loaded(0), str):
            raise NotReplayed("the order can be loaded")

    stored = OrderService(storing, baskets=(items,)).perform("create")
    steps = (
        f"create an order of {_shown(items)}: {stored.answer}",
        f"its total: {_created(rules, items).total}",
        f"stored: {stored.table[0][0].data}",
        f"load: {stored.loaded(0)}",
    )
    return Counterexample(Method.Z3_MODEL, "an accepted order is never read again", steps, replay)


@CLAIMS.claim(
    "order004-infinite-total-repaired",
    model="M13",
    source=f"{SEED}, repair of create",
    statement=(
        "When create asks for a finite total, that of an accepted order is written as a number, "
        "and events of finite numbers come back from JSON as they were, tried at all edges."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def infinite_total_repaired(rules: Rules = REPAIRED) -> Finding:
    """For all doubles that a sum may come to."""
    return infinite_total(rules)


# ------------------------------------------------------------------------------------ quantities


@CLAIMS.claim(
    "order004-quantity-positive",
    model="M13",
    source=f"{SEED}, quantity: i32 in OrderItem, and create",
    statement="The items of an order that create accepts have quantities of at least 1.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="order004-quantity-positive-repaired",
)
def quantity_positive(rules: Rules = AS_WRITTEN) -> Finding:
    """z3 looks for items with whole, positive prices; else it proves the guard for each item."""

    def few(price: z3.FPRef, quantity: z3.BitVecRef) -> Sequence[z3.BoolRef]:
        cheap = logic.one_of(price, (1.0, 2.0))
        return (cheap, quantity >= -2, quantity <= 2, quantity != 0)

    def wrong(_: z3.FPRef, ordered: Items) -> z3.BoolRef:
        return z3.Or([quantity < 1 for _, quantity in ordered])

    items = _found(rules, wrong, few)
    if items is not None:
        return Finding(counterexamples=(_fewer_than_none(rules, items),))
    (_, quantity), *_ = ordered = logic.items(1)
    prove(quantity >= 1, logic.creates(rules, ordered, logic.total))
    text = "each item is asked by itself, whatever the total: an accepted one has at least 1"
    return Finding((Proof(Method.Z3_PROOF, text),))


def _fewer_than_none(rules: Rules, items: tuple[OrderItem, ...]) -> Counterexample:
    def replay() -> None:
        if all(item.quantity >= 1 for item in _created(rules, items).items):
            raise NotReplayed("all quantities are positive")

    total = _created(rules, items).total
    steps = (f"create an order of {_shown(items)}", f"accepted: total {total}")
    return Counterexample(Method.Z3_MODEL, "an order of less than nothing", steps, replay)


@CLAIMS.claim(
    "order004-quantity-positive-repaired",
    model="M13",
    source=f"{SEED}, repair of create",
    statement="When create asks each item for a quantity of at least 1, accepted items have it.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def quantity_positive_repaired(rules: Rules = REPAIRED) -> Finding:
    """For any item, all i32."""
    return quantity_positive(rules)


# -------------------------------------------------------------------------------------- payment


@CLAIMS.claim(
    "order004-pay-exact",
    model="M13",
    source=f"{SEED}, pay",
    statement=(
        "A payment that is accepted covers the total, which is above 0: its amount is at least "
        "the total."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="order004-pay-exact-repaired",
)
def pay_exact(rules: Rules = AS_WRITTEN) -> Finding:
    """z3 looks for an amount of nothing, and for one of less than nothing."""
    due = (z3.fpGT(logic.total, logic.ZERO), logic.finite(logic.total))
    offered = logic.finite(logic.amount)
    accepted = logic.agrees(rules, logic.total, logic.amount)
    covers = z3.fpGEQ(logic.amount, logic.total)
    cent = z3.FPVal(0.01, logic.DOUBLE)
    some = z3.fpGEQ(logic.total, z3.FPVal(0.001, logic.DOUBLE))
    nothing = z3.And(logic.amount == logic.ZERO, z3.fpGEQ(logic.total, cent))
    less = z3.And(logic.amount == z3.fpNeg(logic.total), some, logic.power_of_two(logic.total))
    found = [
        counterexample_of(covers, *due, offered, accepted, extreme) for extreme in (nothing, less)
    ]
    wrong = tuple(
        _too_little(
            rules, logic.double_of(model, logic.total), logic.double_of(model, logic.amount)
        )
        for model in found
        if model is not None
    )
    if wrong:
        return Finding(counterexamples=wrong)
    prove(covers, logic.agrees(rules, logic.total, logic.amount))
    text = "an accepted amount is at least the total, for all doubles"
    return Finding((Proof(Method.Z3_PROOF, text),))


def _too_little(rules: Rules, total: float, amount: float) -> Counterexample:
    items = (OrderItem(1, 1, total),)

    def replay() -> None:
        order = _created(rules, items)
        paid = rules.pay(order, amount)
        if not isinstance(paid, Order) or paid.status is not OrderStatus.PAID:
            raise NotReplayed("the payment is refused")
        if amount > 0.0 or order.total <= amount:
            raise NotReplayed("something is paid, or the total is covered")

    steps = (f"create an order of {_shown(items)}: accepted", f"pay {amount!r}: accepted")
    return Counterexample(Method.Z3_MODEL, "an order is paid for nothing", steps, replay)


@CLAIMS.claim(
    "order004-pay-exact-repaired",
    model="M13",
    source=f"{SEED}, repair of pay",
    statement=(
        "When money is whole cents and pay asks for equality, an accepted payment is the total; "
        "that equality suffices is so for all doubles."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def pay_exact_repaired(rules: Rules = REPAIRED) -> Finding:
    """For all totals and amounts."""
    return pay_exact(rules)
