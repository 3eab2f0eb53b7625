"""How one got somewhere: where one was, and what is ahead where one has gone back."""

from __future__ import annotations

import pytest

import cospec
from cospec.history import History
from cospec.walk import Choice, Walk


@pytest.fixture
def round_and_on() -> History:
    """A run a, τ, a, τ, b that is twice in the same states, gone to its end."""
    script = cospec.parse("channel a, b, h\nP = (a -> h -> P [] b -> SKIP)\nQ = P \\ {h}")
    walk = Walk(script["P \\ {h}"].term())
    for event in ("a", "tau", "a", "tau", "b"):
        walk.take(walk.named(event)[0])
    return History(Walk(script["P \\ {h}"].term()).state, walk.steps, 5)


def test_a_history_begins_where_nothing_has_happened(round_and_on: History) -> None:
    begun = History(round_and_on.start)
    assert (begun.steps, begun.at, begun.trace, begun.before) == ((), 0, (), None)
    assert begun.here == begun.start
    assert begun.states() == [begun.start]


def test_what_is_ahead_has_not_happened(round_and_on: History) -> None:
    steps = round_and_on.steps
    assert round_and_on.trace == ("a", "a", "b")
    assert round_and_on.here == steps[4].after
    back = round_and_on.went(3)
    assert back.trace == ("a", "a")
    assert back.here == steps[2].after
    assert back.before == steps[1].after
    assert back.states() == [back.start, *(step.after for step in steps[:3])]
    assert back.steps == steps
    assert back.went(1).before == back.start


def test_one_cannot_go_further_than_there_are_steps(round_and_on: History) -> None:
    assert round_and_on.went(-1).at == 0
    assert round_and_on.went(9).at == 5


def test_the_step_that_comes_next_anyway_keeps_those_after_it(round_and_on: History) -> None:
    steps = round_and_on.steps
    back = round_and_on.went(2)
    again = back.took(steps[2])
    assert (again.at, again.steps) == (3, steps)
    other = Choice(steps[4].event, steps[4].after)
    elsewhere = back.took(other)
    assert (elsewhere.at, elsewhere.steps) == (3, (*steps[:2], other))
    assert round_and_on.took(other).steps == (*steps, other)


def test_the_nearest_step_in_a_state_is_found_behind_and_ahead(round_and_on: History) -> None:
    start, between = round_and_on.start, round_and_on.steps[0].after
    assert [round_and_on.went(at).nearest(start) for at in range(6)] == [0, 0, 2, 2, 4, 4]
    assert [round_and_on.went(at).nearest(between) for at in range(6)] == [1, 1, 1, 3, 3, 3]
    assert round_and_on.went(0).nearest(round_and_on.steps[4].after) == 5
    assert round_and_on.nearest(cospec.STOP.term()) is None
