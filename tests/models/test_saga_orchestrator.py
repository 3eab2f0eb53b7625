"""The saga orchestrator, as written and repaired: what it does step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.model import Act, ModelSystem
from cospec.models.saga_orchestrator import (
    REPAIRED,
    REPAIRS,
    Entry,
    Key,
    Orchestrator,
    Phase,
    Result,
    Stage,
)
from cospec.proofs.explored import explore


def after(start: Orchestrator, *events: str) -> Orchestrator:
    """The state after some events, each of which leads to one state."""
    state = start
    for event in events:
        found = [s for act, s in ModelSystem(state).transitions(state) if str(act) == event]
        assert len(found) == 1, f"{event} in {state}"
        state = found[0]
    return state


def possible(state: Orchestrator) -> set[str]:
    return {str(event) for event, _ in ModelSystem(state).transitions(state)}


@pytest.mark.parametrize(("steps", "states"), [(1, 5), (2, 7), (3, 9)])
def test_without_faults_there_is_one_run(steps: int, states: int) -> None:
    # The start, perform and record for each step, the completed saga told to the caller; intending
    # adds a state for each step.
    written = explore(Orchestrator(steps))
    assert len(written.exploration.states) == states - 1
    assert written.holds
    assert len(explore(replace(REPAIRED, steps=steps)).exploration.states) == states - 1 + steps


def test_a_saga_with_one_failure_is_undone_in_reverse_order() -> None:
    start = Orchestrator(3, failures=1)
    failed = after(start, "perform.1", "record", "perform.2", "record", "refuse.3")
    assert failed.phase is Phase.BACKWARD
    end = after(failed, "undo.2", "record", "undo.1", "record")
    assert end.phase is Phase.FAILED
    assert not end.effects
    assert possible(end) == {"respond.failed"}


def test_executed_steps_is_not_cleared() -> None:
    start = Orchestrator(1, runs=1)
    again = after(start, "perform.1", "record", "again")
    assert again.log == (Entry(Key(1, 1)),)
    assert after(replace(REPAIRED, runs=1), "intend", "perform.1", "record", "again").log == ()


def test_a_step_is_compensated_by_the_first_one_of_its_name() -> None:
    start = Orchestrator(3, names=("pay", "pay", "ship"), failures=1)
    failed = after(start, "perform.1", "record", "perform.2", "record", "refuse.3")
    wrong = after(failed, "undo.2")
    assert wrong.stage is Stage.IDLE
    assert wrong.cursor == 1
    assert wrong.effect(Key(1, 2)) == 1
    right = after(replace(failed, indexed=True), "undo.2")
    assert right.stage is Stage.ANSWERED
    assert right.effect(Key(1, 2)) == 0


def test_a_crash_takes_the_log_where_it_is_in_memory() -> None:
    done = ("perform.1", "record")
    lost = after(Orchestrator(2, crashes=1), *done, "crash")
    assert lost.log == ()
    assert possible(lost) == set()
    kept = after(replace(REPAIRED, steps=2, crashes=1), "intend", *done, "crash", "restart")
    assert kept.log == (Entry(Key(1, 1)),)
    assert possible(kept) == {"intend"}


def test_after_a_crash_the_intended_step_is_called_again_and_done_once() -> None:
    start = replace(REPAIRED, crashes=1)
    again = after(start, "intend", "perform.1", "crash", "restart", "perform.1", "record")
    assert again.phase is Phase.COMPLETED
    assert again.effect(Key(1, 1)) == 1
    twice = after(
        replace(start, keyed=False), "intend", "perform.1", "crash", "restart", "perform.1"
    )
    assert twice.effect(Key(1, 1)) == 2


def test_a_crash_while_it_compensates_does_not_begin_anew() -> None:
    start = replace(REPAIRED, steps=2, crashes=1, failures=1)
    half = after(start, "intend", "perform.1", "record", "intend", "refuse.2", "undo.2", "record")
    assert possible(after(half, "crash", "restart")) == {"undo.1"}


def test_a_request_that_takes_long_may_never_arrive() -> None:
    start = Orchestrator(1, delays=1)
    late, lost = (s for act, s in ModelSystem(start).transitions(start) if act.name == "delay")
    assert possible(late) == {"arrive.1.1"}
    assert possible(lost) == set()
    assert possible(replace(lost, timed=True)) == {"time_out"}
    assert after(late, "arrive.1.1").stage is Stage.ANSWERED


def test_what_is_undone_cannot_be_performed_any_more() -> None:
    start = replace(REPAIRED, delays=1)
    waiting = next(
        s
        for act, s in ModelSystem(start.intend()).transitions(start.intend())
        if act == Act("delay", (1,))
    )
    undone = after(waiting, "time_out", "undo.1", "record")
    assert after(undone, "arrive.1.1").effects == frozenset()
    without = replace(undone, tombstones=False, tombs=frozenset())
    assert after(without, "arrive.1.1").effect(Key(1, 1)) == 1


def test_the_result_says_more_where_that_is_repaired() -> None:
    events = ("perform.1", "record", "refuse.2", "refuse.1")
    start = Orchestrator(2, failures=2)
    assert after(start, *events).result is Result.FAILED
    told = after(replace(start, reporting=True), *events)
    assert told.result is Result.COMPENSATION_FAILED
    assert told.given_up == (1,)
    assert after(told, "respond.compensation_failed").told


@pytest.mark.parametrize(("steps", "states"), [(1, 65), (2, 148), (3, 255), (4, 386)])
def test_the_repaired_orchestrator_keeps_everything(steps: int, states: int) -> None:
    found = explore(replace(REPAIRED, steps=steps, crashes=2, failures=2))
    assert len(found.exploration.states) == states
    assert found.holds


def test_every_switch_is_a_repair() -> None:
    assert all(getattr(REPAIRED, name) and not getattr(Orchestrator(), name) for name in REPAIRS)
    switches = {k for k, v in vars(Orchestrator()).items() if v is False} - {"watching", "told"}
    assert switches == set(REPAIRS)
