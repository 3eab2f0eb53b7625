"""Linearizability as it is found by observing agrees with its definition."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from cospec.checker.exploration import Exploration
from cospec.checker.linearizability import Call, Observed, Return, Specification
from cospec.spec.semantics.events import Event

History = tuple[Call | Return, ...]

READ = "read"


def register(value: int, operation: object) -> list[tuple[object, int]]:
    """A variable: reading gives its value, any other operation is the value to write."""
    return [(value, value)] if operation == READ else [("done", int(str(operation)))]


SPECIFICATION = Specification(0, register, lambda event: event)


@dataclass(frozen=True)
class Recorded:
    """A system that performs one history."""

    history: History

    def initial_states(self) -> Iterable[int]:
        return [0]

    def transitions(self, state: int) -> Iterable[tuple[Event, int]]:
        return [(self.history[state], state + 1)] if state < len(self.history) else []


def observed(history: History) -> bool:
    system = Observed(Recorded(history), SPECIFICATION)
    return Exploration(system).always(lambda state: state.explained).run is None


def random_history(random_: random.Random) -> History:
    """A history of three processes, whose results are the right ones of some order, or not."""
    busy: dict[str, object] = {}
    history: list[Call | Return] = []
    for _ in range(random_.randint(1, 9)):
        process = random_.choice("abc")
        if process in busy:
            operation = busy.pop(process)
            result = random_.choice([0, 1, 2]) if operation == READ else "done"
            history.append(Return(process, result))
        else:
            busy[process] = random_.choice([READ, READ, 1, 2])
            history.append(Call(process, busy[process]))
    return tuple(history)


def test_observing_and_trying_all_orders_agree_on_random_histories(pairs: int, seed: int) -> None:
    verdicts = set()
    for number in range(seed, seed + 5 * pairs):
        history = random_history(random.Random(number))
        verdict = observed(history)
        assert verdict == SPECIFICATION.explains(history), f"seed {number}: {history}"
        verdicts.add(verdict)
    assert verdicts == {True, False}


def test_an_operation_that_has_not_returned_may_have_taken_effect() -> None:
    history = (Call("a", 1), Call("b", READ), Return("b", 1), Call("c", READ), Return("c", 0))
    assert observed(history[:3])
    assert not observed(history)  # once it is seen, it stays


def test_a_process_that_calls_twice_is_a_mistake_of_the_model() -> None:
    with pytest.raises(ValueError, match="a calls 1 before its last call has returned"):
        observed((Call("a", READ), Call("a", 1)))
