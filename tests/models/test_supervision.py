"""Supervision: what the listing does with lists, and what supervisors remember."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.model import Disabled
from cospec.models.supervision import (
    REPAIRED,
    Children,
    Directive,
    Escalation,
    History,
    Strategy,
    SupervisionAction,
    SupervisionTree,
    Supervisor,
    children_after,
    handle_child_failure,
    valid,
)
from cospec.proofs.explored import explore


def test_children_after_is_what_follows_the_first_occurrence() -> None:
    assert children_after("a", ()) == ()
    assert children_after("a", ("b",)) == ()
    assert children_after("b", ("a", "b", "c")) == ("c",)
    assert children_after("a", ("a", "b", "a")) == ("b", "a")


@pytest.mark.parametrize(
    ("strategy", "targets"),
    [
        (Strategy.ONE_FOR_ONE, ("b",)),
        (Strategy.ONE_FOR_ALL, ("a", "b", "c")),
        (Strategy.REST_FOR_ONE, ("b", "c")),
    ],
)
def test_each_strategy_has_its_targets(strategy: Strategy, targets: tuple[str, ...]) -> None:
    tree = SupervisionTree(("a", "b", "c"), strategy, Directive.STOP)
    assert handle_child_failure(tree, "b") == SupervisionAction(Directive.STOP, targets)


def test_an_action_is_valid_only_if_all_parts_of_the_definition_hold() -> None:
    tree = SupervisionTree(("a", "b", "c"), Strategy.ONE_FOR_ALL)

    def is_valid(*targets: str, directive: Directive = Directive.RESTART) -> bool:
        return valid(tree, "b", SupervisionAction(directive, targets))

    assert is_valid("b", "c")
    assert not is_valid("b", "x")
    assert not is_valid("a", "c")
    assert not is_valid("b", "b")
    assert not is_valid("c", "b")
    assert is_valid("b", directive=Directive.ESCALATE)
    root = replace(tree, parent=False)
    assert not valid(root, "b", SupervisionAction(Directive.ESCALATE, ("b",)))


def test_the_histories_of_the_document_have_one_record_and_two_answers() -> None:
    one, two = (History(clock=11, failures=times) for times in ((0, 9), (8, 9)))
    assert (one.count, one.count_in_window, one.last) == (2, 2, 9)
    assert (two.count, two.count_in_window, two.last) == (2, 2, 9)
    assert one.restart_now
    assert not two.restart_now


def test_a_supervisor_as_written_never_gives_up() -> None:
    state = Supervisor(max_restarts=0)
    for _ in range(3):
        state = state.fail().restart()
    assert state.failure_count == 0
    with pytest.raises(Disabled):
        state.fail().give_up()


def test_a_repaired_supervisor_gives_up_within_a_window_and_not_after_it() -> None:
    state = replace(REPAIRED, max_restarts=1, time_window=2).fail().restart().tick()
    assert state.fail().give_up().given_up
    assert not state.tick().fail().restart().given_up


def test_a_supervisor_that_counts_gives_up_too_early() -> None:
    counting = Supervisor(recording=True, max_restarts=2, time_window=3)
    state = counting.fail().restart().tick().tick().fail().restart().tick().fail()
    assert not state.grants
    assert not state.exact()


def test_a_supervisor_that_remembers_has_few_states() -> None:
    # 26: the lists of at most two ages below 3 that do not increase, with what waits and what ends.
    assert len(explore(REPAIRED).exploration.states) == 26


def test_a_restart_takes_the_work_of_all_targets() -> None:
    tree = SupervisionTree(("a", "b", "c"), Strategy.REST_FOR_ONE)
    state = Children(tree, (1, 1, 1)).fail(1)
    assert state.done == (1, 0, 0)


def test_escalation_ends_where_somebody_handles_it() -> None:
    state = Escalation((None, 0), (False, True), at=1).escalate()
    assert state.at == 0
    assert state.handle().handled
    with pytest.raises(Disabled):
        Escalation((None,), (True,)).escalate()
