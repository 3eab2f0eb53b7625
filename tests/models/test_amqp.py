"""The RabbitMQ adapter: what the broker does at the edges, and the classes for proofs beside it."""

from __future__ import annotations

from itertools import product

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.amqp import (
    Answer,
    ConsumerTags,
    CountedQueue,
    Declarations,
    Publishing,
    RejectingConsumer,
    Routed,
    SharedChannel,
)
from cospec.models.model import ModelSystem


def test_a_confirm_says_ok_for_what_was_dropped_unless_it_is_mandatory() -> None:
    dropped = Publishing(confirming=True, bound=False).publish().route()
    assert dropped.place is Routed.DROPPED
    assert dropped.confirm().answer is Answer.OK
    returned = Publishing(mandatory=True, confirming=True, bound=False).publish().route()
    assert returned.place is Routed.RETURNED
    assert returned.confirm().answer is Answer.ERR


def test_mandatory_alone_is_not_enough() -> None:
    returned = Publishing(mandatory=True, bound=False).publish().route()
    assert returned.answer is Answer.OK
    assert not returned.kept()


def test_a_restart_keeps_what_is_persistent_and_queued() -> None:
    queued = Publishing(persistent=True).publish().route()
    assert queued.restart().place is Routed.QUEUED
    assert Publishing(persistent=True).publish().restart().place is Routed.LOST


def test_a_tag_that_is_in_use_closes_the_connection() -> None:
    assert not ConsumerTags().consume("q1").consume("q2").open
    assert ConsumerTags(unique=True).consume("q1").consume("q2").all_consumed


def test_other_parameters_close_the_channel() -> None:
    plain, durable = (False, False, False), (True, False, False)
    declared = Declarations((plain, durable)).declare(durable)
    assert declared.declare(durable) == declared
    assert not declared.declare(plain).open


@pytest.mark.parametrize(("separate", "states"), [(False, 4), (True, 2)])
def test_states_of_the_channels(separate: bool, states: int) -> None:
    # All open; both closed, and a call that has failed, which the next one need not; or closed for
    # declarations only.
    design = SharedChannel(separate, reopening=True)
    assert len(Exploration(ModelSystem(design)).states) == states


@pytest.mark.parametrize("counting", [False, True])
def test_a_queue_does_what_its_class_for_proofs_does(counting: bool) -> None:
    for number, limit in product(range(1, 4), (1, 2)):
        for queue in product("Pg", repeat=number):
            start = RejectingConsumer(counting, limit, queue)
            for state in Exploration(ModelSystem(start)).states:
                for _, after in ModelSystem(state).transitions(state):
                    steps = ModelSystem(_counted(state)).transitions(_counted(state))
                    assert _counted(after) in [step for _, step in steps]


def _counted(state: RejectingConsumer) -> CountedQueue:
    good, poison = state.queue.count("g"), state.queue.count("P")
    messages = len(state.queue) + len(state.handled) + len(state.dead)
    return CountedQueue(
        state.counting,
        state.limit,
        messages,
        good,
        poison,
        state.tries,
        len(state.handled),
        len(state.dead),
    )
