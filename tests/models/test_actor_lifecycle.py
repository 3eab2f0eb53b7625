"""One actor and its task: what the loop does with each result, and what a panic leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.actor_lifecycle import DEFAULT_STATE, REPAIRED, ActorResult, Phase, RunLoop
from cospec.models.model import Disabled, ModelSystem
from cospec.proofs.explored import explore

CONTINUE, STOP, RESTART = ActorResult


def handling(loop: RunLoop) -> RunLoop:
    """The loop while it handles the first of two messages."""
    return loop.deliver().deliver().start(CONTINUE).receive()


def test_the_loop_has_the_states_counted_by_hand() -> None:
    # Without messages: created, receiving, ended by Stop in started, ended by hanging up.
    assert len(explore(RunLoop(arrivals=0)).exploration.states) == 4


def test_continue_takes_the_next_message() -> None:
    after = handling(RunLoop()).finish(CONTINUE).receive()
    assert (after.begun, after.finished, after.state) == ((1, 2), (1,), 1)


def test_stop_ends_the_task_and_drops_what_waits() -> None:
    after = handling(RunLoop()).finish(STOP)
    assert (after.phase, after.stopped, after.dropped) == (Phase.ENDED, 1, (2,))
    assert not list(ModelSystem(after).transitions(after))


def test_stop_in_the_first_started_does_not_call_stopped_and_in_the_second_does() -> None:
    assert RunLoop().start(STOP).stopped == 0
    assert handling(RunLoop()).finish(RESTART).start_again(STOP).stopped == 1


def test_restart_in_started_is_taken_for_continue() -> None:
    assert RunLoop().start(RESTART) == RunLoop().start(CONTINUE)


def test_restart_gives_the_default_state_and_keeps_the_actor_object() -> None:
    after = handling(RunLoop()).finish(RESTART)
    assert (after.state, after.touched) == (DEFAULT_STATE, True)
    repaired = handling(REPAIRED).finish(RESTART)
    assert (repaired.state, repaired.touched) == (REPAIRED.initial, False)


def test_what_was_sent_before_a_restart_has_left_unless_it_was_held_back() -> None:
    assert handling(RunLoop()).emit().finish(RESTART).leaked == 1
    held = handling(REPAIRED).emit()
    assert (held.visible, held.buffered) == (0, 1)
    assert held.finish(RESTART).leaked == 0
    assert held.finish(CONTINUE).visible == 1


def test_a_drained_actor_takes_no_new_messages_and_handles_the_old_ones() -> None:
    closed = handling(replace(REPAIRED, arrivals=3)).finish(STOP)
    assert (closed.phase, closed.mailbox) == (Phase.RECEIVING, (2,))
    with pytest.raises(Disabled):
        closed.deliver()
    with pytest.raises(Disabled):
        closed.hang_up()
    assert closed.receive().finish(CONTINUE).hang_up().stopped == 1


def test_a_panic_ends_the_task_without_stopped_or_is_reported() -> None:
    crashed = handling(replace(RunLoop(), crashes=1)).crash()
    assert (crashed.phase, crashed.stopped, crashed.dropped) == (Phase.ENDED, 0, (2,))
    assert (crashed.failures, crashed.reported, crashed.crashes) == (1, 0, 0)
    told = handling(replace(REPAIRED, crashes=1)).crash()
    assert (told.phase, told.reported) == (Phase.FAILED, 1)
    assert told.supervise().phase is Phase.RESTARTING
    with pytest.raises(Disabled):
        replace(RunLoop(), crashes=1).crash()  # only a handler panics
