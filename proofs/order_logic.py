"""The order of seed 004 in z3: its money as IEEE 754 doubles, and its guards for all amounts.

The switches are those of `cospec.models.order_v2.Rules`; that both say the same is tested on all
statuses and on amounts around every edge.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import z3

from cospec.models.order_v2 import (
    AGREED,
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderEvent,
    OrderPaid,
    OrderShipped,
    OrderStatus,
    Rules,
)

DOUBLE = z3.Float64()

#: Rust and Python round to the nearest, ties to even.
NEAREST = z3.RNE()

ZERO = z3.FPVal(0.0, DOUBLE)

Status, _STATUSES = z3.EnumSort("OrderStatusV2", [each.name for each in OrderStatus])

#: The terms of the statuses.
STATUS = dict(zip(OrderStatus, _STATUSES, strict=True))

#: The event of each command on an order that exists.
EMITS: dict[str, type[OrderEvent]] = {
    "pay": OrderPaid,
    "ship": OrderShipped,
    "cancel": OrderCancelled,
    "deliver": OrderDelivered,
}

#: Constants to state theorems with.
status, replayed_status = z3.Consts("status replayed_status", Status)
amount, total = z3.FPs("amount total", DOUBLE)


def items(count: int) -> list[tuple[z3.FPRef, z3.BitVecRef]]:
    """Constants for so many items: the price and the quantity of each."""
    return [(z3.FP(f"price{n}", DOUBLE), z3.BitVec(f"quantity{n}", 32)) for n in range(count)]


def finite(number: z3.FPRef) -> z3.BoolRef:
    """Whether a double is neither infinite nor NaN."""
    return z3.Not(z3.Or(z3.fpIsInf(number), z3.fpIsNaN(number)))


def whole(number: z3.FPRef, bound: int) -> tuple[z3.BoolRef, ...]:
    """That a double is a whole number up to a bound, for counterexamples that can be read."""
    limit = z3.FPVal(float(bound), DOUBLE)
    return (
        z3.fpLEQ(z3.fpAbs(number), limit),
        z3.fpEQ(z3.fpRoundToIntegral(NEAREST, number), number),
    )


def power_of_two(number: z3.FPRef) -> z3.BoolRef:
    """That a double is ±2^n: no bit of its fraction is set."""
    return z3.Extract(51, 0, z3.fpToIEEEBV(number)) == 0


def one_of(number: z3.FPRef, values: Sequence[float]) -> z3.BoolRef:
    """That a double is one of these."""
    return z3.Or([number == z3.FPVal(value, number.sort()) for value in values])


def sound(price: z3.FPRef, quantity: z3.BitVecRef) -> z3.BoolRef:
    """What the repaired order of seed 001 wants of an item (`order_v1.sound_item`)."""
    return z3.And(z3.fpGT(price, ZERO), z3.UGE(quantity, 1))


def plus_item(
    sum_before: z3.FPRef, price: z3.FPRef, quantity: z3.BitVecRef, signed: bool = True
) -> z3.FPRef:
    """One step of the sum; a quantity is an `i32` in seed 004 and a `u32` in seed 001."""
    convert = z3.fpSignedToFP if signed else z3.fpUnsignedToFP
    product = z3.fpMul(NEAREST, price, convert(NEAREST, quantity, DOUBLE))
    return z3.fpAdd(NEAREST, sum_before, product)


def total_of(ordered: Sequence[tuple[z3.FPRef, z3.BitVecRef]], signed: bool = True) -> z3.FPRef:
    """The total of some items."""
    made = ZERO
    for price, quantity in ordered:
        made = plus_item(made, price, quantity, signed)
    return made


def creates(
    rules: Rules, ordered: Sequence[tuple[z3.FPRef, z3.BitVecRef]], made: z3.FPRef
) -> z3.BoolRef:
    """Whether `create` accepts items, whose total is `made`."""
    wanted = [z3.BoolVal(bool(ordered)), z3.Not(z3.fpLEQ(made, ZERO))]
    if rules.finite_total:
        wanted.append(finite(made))
    if rules.positive_quantities:
        wanted += [quantity >= 1 for _, quantity in ordered]
    return z3.And(wanted)


def agrees(rules: Rules, due: z3.FPRef, offered: z3.FPRef) -> z3.BoolRef:
    """Whether `pay` finds that an amount is that of the total."""
    if rules.exact_payment:
        return z3.fpEQ(offered, due)
    apart = z3.fpAbs(z3.fpSub(NEAREST, offered, due))
    return z3.Not(z3.fpGT(apart, z3.FPVal(AGREED, DOUBLE)))


def accepts(
    rules: Rules, command: str, now: Any, due: z3.FPRef = total, offered: z3.FPRef = amount
) -> z3.BoolRef:
    """Whether a command is accepted in a status."""
    if command == "pay":
        return z3.And(now == STATUS[OrderStatus.PENDING], agrees(rules, due, offered))
    if command == "ship":
        return now == STATUS[OrderStatus.PAID]
    if command == "cancel":
        return _cancels(rules, now)
    return z3.And(rules.deliverable, now == STATUS[OrderStatus.SHIPPED])


def applicable(rules: Rules, now: Any, event: type[OrderEvent]) -> z3.BoolRef:
    """Whether `apply_event` accepts an event in a status."""
    if event is OrderCreated:
        return z3.BoolVal(not rules.created_once)
    if event is OrderCancelled:
        return _cancels(rules, now)
    before = {
        OrderPaid: OrderStatus.PENDING,
        OrderShipped: OrderStatus.PAID,
        OrderDelivered: OrderStatus.SHIPPED,
    }
    return now == STATUS[before[event]]


def _cancels(rules: Rules, now: Any) -> z3.BoolRef:
    final = [OrderStatus.DELIVERED, OrderStatus.CANCELLED]
    if rules.kept_once_shipped:
        final.append(OrderStatus.SHIPPED)
    return z3.And([now != STATUS[each] for each in final])


def after(now: Any, event: type[OrderEvent]) -> Any:
    """The status after an event that was applied."""
    changed = {
        OrderPaid: OrderStatus.PAID,
        OrderShipped: OrderStatus.SHIPPED,
        OrderCancelled: OrderStatus.CANCELLED,
        OrderDelivered: OrderStatus.DELIVERED,
    }
    return STATUS[changed[event]] if event in changed else now


def double_of(model: z3.ModelRef, number: z3.FPRef) -> float:
    """The Python float that a model gives to a constant, bit for bit."""
    bits = model.eval(z3.fpToIEEEBV(number).translate(model.ctx), model_completion=True)
    return float(struct.unpack("<d", bits.as_long().to_bytes(8, "little"))[0])


def integer_of(model: z3.ModelRef, number: z3.BitVecRef, signed: bool = True) -> int:
    """The number that a model gives to a constant."""
    value = model.eval(number.translate(model.ctx), model_completion=True)
    return int(value.as_signed_long() if signed else value.as_long())
