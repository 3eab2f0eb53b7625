"""The Rust objects: what the listing does at its edges, and what the repairs change."""

from __future__ import annotations

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.csp_core import SKIP, STOP, Choice, Prefix, process_traces, terms
from cospec.models.csp_objects import (
    AnyOf,
    Fault,
    Object,
    ParallelProcess,
    Running,
    SequentialProcess,
    TermProcess,
    after_event,
    object_traces,
)
from cospec.models.model import ModelSystem
from cospec.spec.semantics.events import TICK

A, AB = Prefix("a", STOP), Prefix("a", Prefix("b", STOP))


def pair(**repairs: bool) -> ParallelProcess:
    """The smallest two objects that the listing gets wrong."""
    return ParallelProcess(TermProcess(A), TermProcess(AB), **repairs)


def test_the_object_of_a_term_has_its_traces() -> None:
    for process in terms(5, ("a", "b")):
        assert object_traces(TermProcess(process)) == process_traces(process, ticking=True)


def test_after_an_event_all_branches_that_begin_with_it_are_open() -> None:
    assert after_event(Choice(A, AB), "a") == Choice(STOP, Prefix("b", STOP))
    assert after_event(Choice(A, SKIP), "a") == STOP
    assert after_event(SKIP, "a") is None


def test_an_event_that_is_refused_changes_nothing_and_says_why() -> None:
    together = ParallelProcess(TermProcess(A), TermProcess(STOP), frozenset("a"))
    assert together.step("a") == (together, Fault.SYNCHRONIZATION_FAILED)
    assert together.step("c") == (together, Fault.EVENT_NOT_ALLOWED)
    assert TermProcess(STOP).step("a") == (TermProcess(STOP), Fault.EVENT_NOT_ALLOWED)
    sequence = SequentialProcess(TermProcess(A), TermProcess(A))
    assert sequence.step("b") == (sequence, Fault.EVENT_NOT_ALLOWED)


def test_the_left_side_goes_first() -> None:
    after, error = pair().step("a")
    assert error is None
    assert not after.can_perform("b")
    assert after.can_perform("a")


def test_the_repaired_one_follows_both_sides() -> None:
    after, error = pair(following=True).step("a")
    assert error is None
    assert isinstance(after, AnyOf)
    assert after.can_perform("b")
    assert after.can_perform("a")
    assert after.step("c").error is Fault.EVENT_NOT_ALLOWED


def test_what_two_sides_do_alike_is_one_state() -> None:
    same = ParallelProcess(TermProcess(A), TermProcess(A), following=True)
    twice = same.step("a").after.step("a").after
    assert twice == ParallelProcess(TermProcess(STOP), TermProcess(STOP), following=True)


@pytest.mark.parametrize("repaired", [False, True])
def test_skip_then_skip_is_over_at_once_only_if_it_is_repaired(repaired: bool) -> None:
    done = SequentialProcess(TermProcess(SKIP), TermProcess(SKIP), completing=repaired)
    assert done.is_terminated() is repaired
    assert object_traces(done) == ({(), (TICK,)} if repaired else {()})


def test_second_begins_when_first_has_terminated() -> None:
    sequence: Object = SequentialProcess(TermProcess(Prefix("a", SKIP)), TermProcess(A))
    assert not sequence.is_terminated()
    sequence = sequence.step("a").after
    assert sequence.can_perform("a")
    assert str(sequence) == "(SKIP (completed) ; a → STOP)"


def test_one_that_goes_on_is_followed_into_both_states() -> None:
    first = Choice(SKIP, Prefix("a", SKIP))
    repaired = SequentialProcess(
        TermProcess(first), TermProcess(AB), completing=True, following=True
    )
    after = repaired.step("a").after
    assert isinstance(after, AnyOf)
    assert object_traces(after) == {(), ("a",), ("a", "b"), ("b",)}


def test_a_running_object_is_a_model_that_may_end_where_it_has_terminated() -> None:
    over: Exploration[Running] = Exploration(ModelSystem(Running(TermProcess(Prefix("a", SKIP)))))
    assert [str(state) for state in over.states] == ["a → SKIP", "SKIP"]
    assert over.states[-1].terminated()
    stuck: Exploration[Running] = Exploration(ModelSystem(Running(pair())))
    assert len(stuck.states) == 4  # left, then right twice: nothing is open
    assert not any(state.terminated() for state in stuck.states)
