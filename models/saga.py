"""M14, the definitions on sagas: transactions, the order of their steps, their states, their steps.

Seed 001, section 4.1, the Coq listing, and `PaymentStep` and `InventoryReservationStep` of the Rust
one. What the listing leaves undefined (`execute_saga_steps`, `ParallelGroup`) is read as the Rust
orchestrator and the comments have it, and says so.

>>> pay, ship = SagaStep(1, "pay", "refund"), SagaStep(2, "ship", "recall")
>>> together = SagaTransaction((pay, ship), execution_order=Group((Single(1), Single(2))))
>>> [" ".join(run) for run in sorted(execute_saga(together))]
['begin 1 end 1 begin 2 end 2']
>>> len(execute_saga(together, interpreting=True))
6
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from cospec.models.saga_orchestrator import Orchestrator, Phase, Stage

# ------------------------------------------------------------------------- the order of the steps


@dataclass(frozen=True, slots=True)
class Single:
    """One step."""

    step: int

    def __str__(self) -> str:
        return str(self.step)


@dataclass(frozen=True, slots=True)
class Series:
    """One part after the other. `Sequential` of the listing is the series of all steps, `Mixed` a
    series of groups."""

    parts: tuple[Order, ...]

    def __str__(self) -> str:
        return "(" + "; ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class Group:
    """Parts at the same time. `Parallel` of the listing is a series of groups of steps."""

    parts: tuple[Order, ...]

    def __str__(self) -> str:
        return "(" + " | ".join(map(str, self.parts)) + ")"


Order: TypeAlias = Single | Series | Group

#: What happens in an execution, in order: that a step begins, and that it ends.
Execution: TypeAlias = tuple[str, ...]


def steps_in(order: Order) -> tuple[int, ...]:
    """The steps of an order."""
    if isinstance(order, Single):
        return (order.step,)
    return tuple(step for part in order.parts for step in steps_in(part))


def precedes(order: Order) -> set[tuple[int, int]]:
    """What the order says: which step has to have ended before which one begins."""
    if isinstance(order, Single):
        return set()
    found = {pair for part in order.parts for pair in precedes(part)}
    if isinstance(order, Series):
        for number, part in enumerate(order.parts):
            rest = [step for later in order.parts[number + 1 :] for step in steps_in(later)]
            found |= set(product(steps_in(part), rest))
    return found


def allowed(order: Order) -> set[Execution]:
    """All executions that keep to an order (`precedes`), tried one event at a time."""
    steps, pairs = steps_in(order), precedes(order)

    def onward(begun: frozenset[int], ended: frozenset[int]) -> Iterator[Execution]:
        if len(ended) == len(steps):
            yield ()
        for step in steps:
            if step not in begun and all(a in ended for a, b in pairs if b == step):
                for rest in onward(begun | {step}, ended):
                    yield (f"begin {step}", *rest)
            if step in begun and step not in ended:
                for rest in onward(begun, ended | {step}):
                    yield (f"end {step}", *rest)

    return set(onward(frozenset(), frozenset()))


def interpreted(order: Order) -> set[Execution]:
    """What an interpreter of orders executes: the repaired `execute_saga`, by its structure."""
    if isinstance(order, Single):
        return {(f"begin {order.step}", f"end {order.step}")}
    found: set[Execution] = {()}
    together = _shuffled if isinstance(order, Group) else _joined
    for part in order.parts:
        found = {run for one in found for two in interpreted(part) for run in together(one, two)}
    return found


def _joined(one: Execution, two: Execution) -> Iterator[Execution]:
    yield one + two


def _shuffled(one: Execution, two: Execution) -> Iterator[Execution]:
    if not one or not two:
        yield one + two
        return
    yield from ((one[0], *rest) for rest in _shuffled(one[1:], two))
    yield from ((two[0], *rest) for rest in _shuffled(one, two[1:]))


# --------------------------------------------------------------------------------- transactions


@dataclass(frozen=True, slots=True)
class SagaStep:
    """A step: its number, what it does, and what undoes that."""

    step_id: int
    action: str
    compensation: str


@dataclass(frozen=True, slots=True)
class SagaTransaction:
    """The record of the listing. Nothing in it relates `compensations` to the steps."""

    steps: tuple[SagaStep, ...]
    compensations: tuple[str, ...] = ()
    execution_order: Order = field(default=Series(()))


def compensations_agree(saga: SagaTransaction) -> bool:
    """Whether the two descriptions of how to compensate say the same."""
    return saga.compensations == tuple(step.compensation for step in saga.steps)


def execute_saga(saga: SagaTransaction, interpreting: bool = False) -> set[Execution]:
    """`execute_saga`: `execute_saga_steps saga.steps SagaStarted`, one step after the other.

    The execution order is looked at by the repaired one only (`interpreting`).
    """
    if interpreting:
        return interpreted(saga.execution_order)
    return interpreted(Series(tuple(Single(step.step_id) for step in saga.steps)))


# ---------------------------------------------------------------------------------------- states


@dataclass(frozen=True, slots=True)
class SagaState:
    """A state of the listing, such as `StepExecuting 1`; the last two are those of the repair."""

    name: str
    steps: tuple[int, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.steps)])


def saga_state(saga: Orchestrator, telling: bool = False) -> SagaState:
    """The `SagaState` of an execution.

    `SagaFailed` is all that the listing has for an execution that did not complete; the repaired
    states (`telling`) are `SagaCompensated`, and `CompensationFailed` with the steps that are left.
    """
    match saga.phase:
        case Phase.COMPLETED:
            return SagaState("SagaCompleted")
        case Phase.FAILED if not telling:
            return SagaState("SagaFailed")
        case Phase.FAILED if saga.given_up:
            return SagaState("CompensationFailed", tuple(sorted(saga.given_up)))
        case Phase.FAILED:
            return SagaState("SagaCompensated")
        case Phase.BACKWARD:
            left = (entry.key.step for entry in saga.log[: saga.cursor])
            return SagaState("SagaCompensating", tuple(left))
        case Phase.FORWARD:
            return _executing(saga)


def _executing(saga: Orchestrator) -> SagaState:
    done = sum(entry.done and entry.key.run == saga.run for entry in saga.log)
    if saga.stage is not Stage.IDLE:
        return SagaState("StepExecuting", (done + 1,))
    return SagaState("StepCompleted", (done,)) if done else SagaState("SagaStarted")


# ------------------------------------------------------------------- actions and what undoes them


@dataclass(frozen=True, slots=True)
class Deed:
    """An action on a number, and its compensation."""

    name: str
    act: Callable[[Fraction], Fraction]
    undo: Callable[[Fraction], Fraction]

    def inverted(self, states: range) -> bool:
        """Whether the compensation undoes the action (`action_compensation_pair_consistent`)."""
        return all(self.undo(self.act(Fraction(state))) == state for state in states)

    def __str__(self) -> str:
        return self.name


INCREASE = Deed("x + 1 / x - 1", lambda x: x + 1, lambda x: x - 1)
DOUBLE = Deed("2x / x ÷ 2", lambda x: 2 * x, lambda x: x / 2)
NEGATE = Deed("-x / -x", lambda x: -x, lambda x: -x)
#: A compensation that returns less than was taken: no type forbids it.
KEEP_A_FEE = Deed("x - 5 / x + 3", lambda x: x - 5, lambda x: x + 3)


def done_and_undone(deeds: tuple[Deed, ...], state: int, backwards: bool = True) -> Fraction:
    """What is left after some actions in order and then their compensations, in reverse order or in
    the same one."""
    now = Fraction(state)
    for deed in deeds:
        now = deed.act(now)
    for deed in reversed(deeds) if backwards else deeds:
        now = deed.undo(now)
    return now


# ---------------------------------------------------------------- the steps of the Rust listing

#: A value of `serde_json`, each kind of it.
Json: TypeAlias = bool | int | float | str | tuple["Json", ...] | frozenset["Json"] | None


class SagaError(Exception):
    """`SagaError`: the step or the compensation returns `Err`."""


@dataclass(frozen=True, slots=True)
class Service:
    """`PaymentService` and `InventoryService`: what was done under which id, and not undone.

    It may be `available` or not.
    """

    done: frozenset[str] = frozenset()
    available: bool = True

    def perform(self) -> tuple[str, Service]:
        """`process_payment` and `reserve_inventory`: a new id."""
        if not self.available:
            raise SagaError("service unavailable")
        made = f"id {len(self.done) + 1}"
        return made, Service(self.done | {made})

    def undo(self, known: str) -> Service:
        """`refund_payment` and `cancel_reservation`."""
        if not self.available or known not in self.done:
            raise SagaError("service unavailable, or unknown id")
        return Service(self.done - {known})


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """A step of the listing: what it needs in its input, and where it puts the id.

    Attributes:
        name: what `step_name` returns.
        needed: the keys of the input, with the type that they must have.
        result: the key of the output that holds the id.
        demanding: the repair: a compensation without an id is an error.
    """

    name: str
    needed: tuple[tuple[str, type], ...]
    result: str
    demanding: bool = False

    def execute(self, data: dict[str, Json], service: Service) -> tuple[dict[str, Json], Service]:
        """`execute`: the output, and the service after it.

        Raises:
            SagaError: something is missing or of another type, or the service has failed.
        """
        for key, kind in self.needed:
            if type(data.get(key)) is not kind:
                raise SagaError(f"{key} not found, or no {kind.__name__}")
        made, after = service.perform()
        return {**data, self.result: made}, after

    def compensate(self, output: dict[str, Json], service: Service) -> Service:
        """`compensate`: the service after it. `if let Ok(Some(id)) = …` is all that is asked.

        Raises:
            SagaError: the service has failed.
        """
        known = output.get(self.result)
        if isinstance(known, str):
            return service.undo(known)
        if self.demanding:
            raise SagaError(f"{self.result} not found, or no text")
        return service


PAYMENT = ServiceStep("payment", (("amount", float), ("user_id", str)), "payment_id")
INVENTORY = ServiceStep(
    "inventory_reservation", (("product_id", str), ("quantity", int)), "reservation_id"
)
