"""The definitions on sagas: orders, records, states, actions, and the steps of the listing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.saga import (
    DOUBLE,
    INCREASE,
    INVENTORY,
    KEEP_A_FEE,
    PAYMENT,
    Group,
    Order,
    SagaError,
    SagaState,
    SagaStep,
    SagaTransaction,
    Series,
    Service,
    Single,
    allowed,
    compensations_agree,
    done_and_undone,
    execute_saga,
    interpreted,
    precedes,
    saga_state,
    steps_in,
)
from cospec.models.saga_orchestrator import Orchestrator

ONE, TWO, THREE = Single(1), Single(2), Single(3)


@pytest.mark.parametrize(
    ("order", "executions"),
    [
        (ONE, 1),
        (Series((ONE, TWO, THREE)), 1),
        (Group((ONE, TWO)), 6),  # 4! / (2! 2!)
        (Group((ONE, TWO, THREE)), 90),  # 6! / (2! 2! 2!)
        (Series((Group((ONE, TWO)), THREE)), 6),
        (Group((Series((ONE, TWO)), THREE)), 15),  # 6! / (4! 2!)
    ],
)
def test_executions_are_as_many_as_counted_by_hand(order: Order, executions: int) -> None:
    assert len(allowed(order)) == executions
    assert interpreted(order) == allowed(order)


def test_a_series_puts_all_steps_of_a_part_before_those_of_the_next() -> None:
    order = Series((Group((ONE, TWO)), THREE))
    assert precedes(order) == {(1, 3), (2, 3)}
    assert steps_in(order) == (1, 2, 3)
    assert str(order) == "((1 | 2); 3)"


def test_the_listing_executes_one_step_after_the_other_whatever_the_order() -> None:
    pay, ship = SagaStep(1, "pay", "refund"), SagaStep(2, "ship", "recall")
    one_by_one = ("begin 1", "end 1", "begin 2", "end 2")
    for order in (Series((ONE, TWO)), Group((ONE, TWO)), Series((TWO, ONE))):
        assert execute_saga(SagaTransaction((pay, ship), (), order)) == {one_by_one}


def test_the_record_does_not_keep_its_two_lists_together() -> None:
    pay = SagaStep(1, "pay", "refund")
    assert compensations_agree(SagaTransaction((pay,), ("refund",)))
    assert not compensations_agree(SagaTransaction((pay,)))
    assert not compensations_agree(SagaTransaction((pay,), ("recall",)))
    assert compensations_agree(SagaTransaction(()))


def test_states_are_those_of_the_listing_or_tell_more() -> None:
    start = Orchestrator(2, failures=2, reporting=True)
    charged = start.perform(1)
    done = charged.record()
    failed = done.refuse(2)
    stuck = failed.refuse(1)
    undone = failed.undo(1).record()
    shown = [str(saga_state(each)) for each in (start, charged, done, failed, stuck, undone)]
    assert shown == [
        "SagaStarted", "StepExecuting 1", "StepCompleted 1", "SagaCompensating 1", "SagaFailed",
        "SagaFailed",
    ]  # fmt: skip
    assert saga_state(stuck, telling=True) == SagaState("CompensationFailed", (1,))
    assert saga_state(undone, telling=True) == SagaState("SagaCompensated")
    assert saga_state(done.perform(2).record()) == SagaState("SagaCompleted")


def test_the_order_of_compensating_matters() -> None:
    assert done_and_undone((INCREASE, DOUBLE), 1) == 1
    assert done_and_undone((INCREASE, DOUBLE), 1, backwards=False) * 2 == 3
    assert not KEEP_A_FEE.inverted(range(1))


def test_a_step_performs_and_undoes_under_its_id() -> None:
    order = {"amount": 9.5, "user_id": "u", "product_id": "p", "quantity": 2}
    paid, after = PAYMENT.execute(dict(order), Service())
    assert paid["payment_id"] == "id 1"
    assert after.done == {"id 1"}
    assert PAYMENT.compensate(paid, after).done == frozenset()
    with pytest.raises(SagaError):
        PAYMENT.compensate(paid, Service())
    with pytest.raises(SagaError):
        PAYMENT.execute({"amount": "9.5", "user_id": "u"}, Service())
    with pytest.raises(SagaError):
        INVENTORY.execute(dict(order), Service(available=False))


def test_without_an_id_compensate_does_nothing_and_says_so_only_when_repaired() -> None:
    service = Service(frozenset({"id 1"}))
    for output in ({}, {"payment_id": 1}, {"payment_id": None}):
        assert PAYMENT.compensate(dict(output), service) == service
        with pytest.raises(SagaError):
            replace(PAYMENT, demanding=True).compensate(dict(output), service)
