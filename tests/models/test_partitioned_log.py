"""Topics and partitions: the listing's edges, and what the classes for proofs leave out."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.partitioned_log import (
    KeyedTopic,
    Log,
    PartitionLog,
    PubSub,
    Subscribed,
    select_partition,
)

DESIGNS = [PartitionLog(*switches) for switches in product((False, True), repeat=2)]


def test_what_publish_answers() -> None:
    assert PubSub().publish("p", "m", 0).answer == "publish: PublisherNotFound"
    known = PubSub(publishers=("p",))
    assert known.publish("p", "m", 0).answer == "publish: TopicNotFound"
    empty = known.create_topic("t", 0)
    assert empty.publish("p", "m", 0).answer == "publish: PartitionNotFound"
    published = known.create_topic("t", 2).publish("p", "m", 3)
    assert published.answer == "publish: Ok"
    assert published.published[0].partition == 1
    assert published.messages_in("t", 1) == ()


@pytest.mark.parametrize(("count", "chosen"), [(1, 0), (2, 0), (3, 2), (0, None)])
def test_a_key_with_hash_2(count: int, chosen: int | None) -> None:
    assert select_partition(2, count) == chosen


def test_a_topic_of_one_partition_is_a_queue() -> None:
    found: Exploration[KeyedTopic] = Exploration(ModelSystem(KeyedTopic(room=3)))
    # 0 ≤ read ≤ published ≤ 3
    assert len(found.states) == 10


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.appending}-{d.positioned}")
def test_a_partition_does_what_its_classes_for_proofs_do(design: PartitionLog) -> None:
    found: Exploration[PartitionLog] = Exploration(ModelSystem(replace(design, room=3)))
    for state in found.states:
        for act, after in ModelSystem(state).transitions(state):
            if act.name == "publish":
                assert _log(state).publish(act.arguments[0]) == _log(after)
            for number in (1, 2):
                seen = _subscribed(state, number)
                steps = {(a.name, s) for a, s in _steps(seen, act.arguments[0])}
                same = _subscribed(after, number)
                own = act.name == "read" and act.arguments[0] == number
                if act.name == "publish":
                    assert ("publish", same) in steps
                elif own:
                    assert ("read_next", same) in steps
                else:  # with a position of one's own, nothing happens
                    assert ("read_elsewhere", same) in steps or (design.positioned and same == seen)


def _steps(state: Subscribed, message: object) -> list[tuple[object, Subscribed]]:
    """The steps, a publication of one message only."""
    assert isinstance(message, int)
    system = ModelSystem(state)
    others = [a for a in system.actions if a.name != "publish"]
    found = [step for each in others for step in each.steps(state)]
    publish = next(a for a in system.actions if a.name == "publish")
    return [*found, *replace(publish, domains=(("message", (message,)),)).steps(state)]


def _log(state: PartitionLog) -> Log:
    return Log(state.appending, state.offset, state.messages, state.published, state.newest)


def _subscribed(state: PartitionLog, number: int) -> Subscribed:
    own = state.positioned and number == 2
    position = state.position_2 if own else state.position
    read = state.read_1 if number == 1 else state.read_2
    unread = state.messages[position:]
    return Subscribed(state.appending, state.positioned, state.room, state.published, unread, read)
