"""A model beside real implementations, right and wrong ones."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from cospec.models.model import action, invariant, require
from cospec.proofs.stateful import machine_of

SETTINGS = settings(
    suppress_health_check=list(HealthCheck),  # machines may be busy
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
)


@dataclass(frozen=True)
class Stack:
    """A stack of small numbers."""

    items: tuple[int, ...] = ()

    @action(value=range(3))
    def push(self, value: int) -> Stack:
        require(len(self.items) < 4)
        return Stack((*self.items, value))

    @action
    def pop(self) -> Stack:
        require(self.items)
        return Stack(self.items[:-1])

    @invariant
    def bounded(self) -> bool:
        return len(self.items) <= 4


class Good:
    """A stack as it should be."""

    closed = 0

    def __init__(self) -> None:
        self.items: list[int] = []

    def push(self, value: int) -> None:
        self.items.append(value)

    def pop(self) -> None:
        self.items.pop()

    def close(self) -> None:
        Good.closed += 1


class Queue(Good):
    """Takes from the wrong end."""

    def pop(self) -> None:
        self.items.pop(0)


def same(state: Stack, implementation: Good) -> bool:
    return list(state.items) == implementation.items


def run(machine: type) -> None:
    run_state_machine_as_test(machine, settings=SETTINGS)


def test_a_right_implementation_passes_and_is_closed() -> None:
    run(machine_of(Stack(), implementation=Good, agrees=same))
    assert Good.closed > 0


def test_a_wrong_one_fails_with_a_short_story() -> None:
    with pytest.raises(AssertionError, match="after pop the implementation is as no state") as told:
        run(machine_of(Stack(), implementation=Queue, agrees=same))
    notes = "\n".join(told.value.__notes__)
    assert notes.count("state.push") <= 3
    assert notes.count("state.pop") == 1


def test_a_failure_is_shown_as_calls_with_their_arguments() -> None:
    with pytest.raises(AssertionError) as told:
        run(machine_of(Stack(), implementation=Queue, agrees=same))
    lines = "\n".join(told.value.__notes__).split("\n")
    calls = [line for line in lines if line.startswith("state.")]
    assert calls == [
        "state.push(value=0)",
        "state.push(value=1)",
        "state.pop()",
        "state.teardown()",
    ]


@dataclass(frozen=True)
class Once:
    """Two arguments that belong together, and then an end."""

    sent: tuple[int, int] | None = None

    @action(target=range(3), message=range(3))
    def send(self, target: int, message: int) -> Once:
        require(self.sent is None and message == (target + 1) % 3)
        return Once((target, message))


class Post:
    """Forgets to whom, if it is to 2."""

    def __init__(self) -> None:
        self.sent: tuple[int, int] | None = None

    def send(self, target: int, message: int) -> None:
        self.sent = (target % 2, message)


def test_arguments_fit_together_and_a_model_may_end() -> None:
    def agrees(state: Once, post: Post) -> bool:
        return post.sent is None or state.sent == post.sent

    with pytest.raises(AssertionError, match=r"after send\.2\.0 the") as told:
        run(machine_of(Once(), implementation=Post, agrees=agrees))
    assert "state.send(message=0, target_=2)" in "\n".join(told.value.__notes__)
    run(machine_of(Once(), implementation=Post))


@dataclass(frozen=True)
class Bag:
    """A bag that gives back whichever item it likes."""

    items: frozenset[int] = frozenset()

    @action(value=range(3))
    def put(self, value: int) -> Bag:
        require(value not in self.items)
        return Bag(self.items | {value})

    @action
    def take(self) -> list[Bag]:
        require(self.items)
        return [replace(self, items=self.items - {each}) for each in sorted(self.items)]


class Shuffled:
    def __init__(self) -> None:
        self.items: set[int] = set()

    def put(self, value: int) -> None:
        self.items.add(value)

    def take(self) -> None:
        self.items.remove(random.choice(sorted(self.items)))


class Greedy(Shuffled):
    """Takes two at once when it holds three."""

    def take(self) -> None:
        super().take()
        if len(self.items) == 2:
            super().take()


def test_an_implementation_may_decide_what_the_model_leaves_open() -> None:
    def alike(state: Bag, implementation: Shuffled) -> bool:
        return state.items == implementation.items

    run(machine_of(Bag(), implementation=Shuffled, agrees=alike))
    with pytest.raises(AssertionError, match="after take"):
        run(machine_of(Bag(), implementation=Greedy, agrees=alike))


def test_an_implementation_must_start_like_the_model() -> None:
    with pytest.raises(AssertionError, match="does not start"):
        run(machine_of(Stack((1,)), implementation=Good, agrees=same))


def test_the_machine_is_a_test_case_of_its_own() -> None:
    machine = machine_of(Stack(), implementation=Good, agrees=same)
    assert machine.__name__ == "StackMachine"
    case = machine.TestCase
    case.settings = settings(SETTINGS, phases=[Phase.generate])
    case("runTest").debug()
