"""Claims on the order of a saga's steps, on groups of them, and on what a step does (M14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from cospec.models.saga import (
    INVENTORY,
    PAYMENT,
    Group,
    Json,
    Order,
    SagaError,
    SagaStep,
    SagaTransaction,
    Series,
    Service,
    ServiceStep,
    Single,
    allowed,
    execute_saga,
    steps_in,
)
from cospec.models.saga_interference import ParallelGroup
from cospec.proofs.evidence import always, each, inductive, weighed
from cospec.proofs.register import Finding, Method, Register, Truth
from cospec.proofs.saga_evidence import SIZES

CLAIMS = Register()

SEED = "seed 001, section 4.1"


# --------------------------------------------------------------------------- the order of steps


@CLAIMS.claim(
    "saga-order-ignored",
    model="M14",
    source=f"{SEED}, type ExecutionOrder, definition execute_saga",
    statement=(
        "A saga is executed in its execution order: its executions are those in which a step "
        "begins once all steps before it have ended, those of a group at the same time."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-order-ignored-repaired",
)
def order_ignored(interpreting: bool = False) -> Finding:
    """All orders of up to three steps; `execute_saga` uses only the list of steps."""
    text = "the executions of a saga are those that its execution order allows"
    bounds = "all series-parallel orders of up to 3 steps"
    cases = (order for size in SIZES[:3] for order in _orders(tuple(range(1, size + 1))))

    def kept(order: Order) -> bool:
        return execute_saga(_saga(order), interpreting) == allowed(order)

    def shown(order: Order) -> tuple[str, ...]:
        wanted, found = allowed(order), execute_saga(_saga(order), interpreting)
        missing = min(wanted - found, default=())
        return f"execution order {order}", f"no execution: {', '.join(missing)}"

    return weighed([each(cases, kept, text, bounds, shown)])


def _saga(order: Order) -> SagaTransaction:
    """A saga with the steps of an order, listed by their numbers."""
    numbers = sorted(steps_in(order))
    listed = tuple(SagaStep(number, f"do {number}", f"undo {number}") for number in numbers)
    return SagaTransaction(listed, tuple(step.compensation for step in listed), order)


def _orders(steps: tuple[int, ...]) -> Iterator[Order]:
    """All series-parallel orders of some steps, in which the steps are listed by their numbers."""
    if len(steps) == 1:
        yield Single(steps[0])
        return
    for cut in range(1, len(steps)):
        for first, rest in product(_orders(steps[:cut]), _orders(steps[cut:])):
            yield Series((first, rest))
            yield Group((first, rest))


@CLAIMS.claim(
    "saga-order-ignored-repaired",
    model="M14",
    source=f"{SEED}, repair of execute_saga",
    statement=(
        "An interpreter of series-parallel orders executes a saga in its execution order, for all "
        "orders of up to three steps."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def order_ignored_repaired(interpreting: bool = True) -> Finding:
    """Compared with what the orders allow, found by another way."""
    return order_ignored(interpreting)


@CLAIMS.claim(
    "saga-parallel-inflight",
    model="M14",
    source=f"{SEED}, constructor Parallel",
    statement=(
        "When a member of a parallel group fails, all members that complete are compensated."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-parallel-inflight-repaired",
)
def parallel_inflight(joining: bool = False) -> Finding:
    """A member completes after those that had completed were compensated."""
    text = "where a group has failed, no member is done and not compensated"
    return weighed(
        always(
            ParallelGroup(joining, running=n),
            ParallelGroup.all_compensated,
            text,
            f"a group of {n}",
        )
        for n in SIZES
    )


@CLAIMS.claim(
    "saga-parallel-inflight-repaired",
    model="M14",
    source=f"{SEED}, constructor Parallel, repair",
    statement=(
        "When the orchestrator waits for all members of a group before it compensates, all that "
        "have completed are compensated, for groups of any size."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_inflight_repaired(joining: bool = True) -> Finding:
    """Explored for a counterexample; then by induction, for any number of members."""
    explored = parallel_inflight(joining)
    if explored.counterexamples:
        return explored
    text = "where a group has failed, no member is done and not compensated, for all sizes"
    proved = inductive(
        ParallelGroup(joining),
        "all_compensated",
        text,
        parameters=("running",),
        where=lambda state: state.running >= 1,
    )
    return weighed([proved, *explored.proofs])


# ------------------------------------------------------------------------------------- the steps


@CLAIMS.claim(
    "saga-payment-compensate",
    model="M14",
    source=f"{SEED}, PaymentStep::compensate, InventoryReservationStep::compensate",
    statement=(
        "When compensate returns Ok, the payment is refunded, or the reservation is cancelled."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-payment-compensate-repaired",
)
def payment_compensate(demanding: bool = False) -> Finding:
    """Both steps, with every kind of JSON value where the id should be."""
    steps = [replace(step, demanding=demanding) for step in (PAYMENT, INVENTORY)]
    cases = (
        (step, output, available)
        for step in steps
        for output in _outputs(step)
        for available in (True, False)
    )
    text = "where compensate returns Ok, nothing is left of what execute has done"
    bounds = "2 steps, no id or one of each kind of JSON value, a service that answers or not"
    return weighed([each(cases, _refunded, text, bounds, _output_shown)])


_INPUT: dict[str, Json] = {"amount": 9.5, "user_id": "u", "product_id": "p", "quantity": 2}

#: A value of each kind of JSON.
_VALUES: tuple[Json, ...] = (None, True, 1, 1.5, "other", ("id 1",), frozenset({"id 1"}))

Output = tuple[ServiceStep, dict[str, Json], bool]


def _outputs(step: ServiceStep) -> Iterator[dict[str, Json]]:
    """What `compensate` may be given: the id, another value in its place, none at all."""
    output, _ = step.execute(_INPUT, Service())
    yield output
    yield {key: value for key, value in output.items() if key != step.result}
    yield from ({**output, step.result: value} for value in _VALUES)


def _refunded(case: Output) -> bool:
    step, output, available = case
    _, service = step.execute(_INPUT, Service())
    try:
        left = step.compensate(output, replace(service, available=available))
    except SagaError:
        return True
    return not left.done


def _output_shown(case: Output) -> tuple[str, ...]:
    step, output, _ = case
    given = f"{step.result} = {output[step.result]!r}" if step.result in output else "no id"
    return f"{step.name}: executed, id 1", f"compensate(output with {given}) → Ok, id 1 stays"


@CLAIMS.claim(
    "saga-payment-compensate-repaired",
    model="M14",
    source=f"{SEED}, repair of compensate",
    statement=(
        "When a missing id, or one that is no text, is an error, compensate returns Ok only if the "
        "payment is refunded, or the reservation cancelled; whatever JSON value is in its place."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def payment_compensate_repaired(demanding: bool = True) -> Finding:
    """The same cases."""
    return payment_compensate(demanding)
