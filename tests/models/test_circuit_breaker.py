"""The circuit breaker: the edges of the listing, its locks, and its smaller forms."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.circuit_breaker import (
    AS_WRITTEN,
    CLOSED,
    HALF_OPEN,
    HALF_OPENING,
    HOLDS,
    IN_SERVICE,
    OPEN,
    PAST,
    RECENT,
    REPAIRED,
    REPAIRS,
    WANTS,
    Caller,
    CircuitBreaker,
    lock_order,
    tripped,
)
from cospec.models.counted_breaker import State
from cospec.models.model import ModelSystem
from cospec.models.sequential_breaker import SequentialBreaker

ONE = (Caller(),)


def after(start: CircuitBreaker, *events: str) -> CircuitBreaker:
    state = start
    for event in events:
        steps = {str(act): to for act, to in ModelSystem(state).transitions(state)}
        state = steps[event]
    return state


def called(state: CircuitBreaker, well: bool) -> tuple[CircuitBreaker, bool]:
    """After a call of the only caller from its beginning to its end, and whether it got to f."""
    answered = False
    while True:
        steps = {str(act): to for act, to in ModelSystem(state).transitions(state)}
        ends = "succeeds.0" if well else "fails.0"
        mine = [name for name in steps if name.endswith(".0") and name != "cancels.0"]
        chosen = ends if ends in steps else mine[0]
        answered |= chosen == ends
        state = steps[chosen]
        if state.callers == ONE:
            return state, answered


def test_an_open_breaker_rejects_until_its_timeout_is_over() -> None:
    state, answered = called(replace(AS_WRITTEN, callers=ONE), well=False)
    assert (state.state, answered, state.last_failure) == (OPEN, True, RECENT)
    assert called(state, well=True) == (state, False)

    state, answered = called(state.timeout_passes(), well=True)
    assert (state.state, answered) == (CLOSED, True)


def test_the_instant_is_taken_before_the_lock_is_waited_for() -> None:
    start = replace(AS_WRITTEN, callers=ONE)
    stopped = after(start, "reads_state.0", "fails.0", "counts_failure.0", "opens.0")
    assert after(stopped, "stamps_time.0").last_failure == RECENT
    assert after(stopped, "timeout_passes", "stamps_time.0").last_failure == PAST


def test_a_reader_waits_behind_a_writer_that_waits_where_locks_are_fair() -> None:
    for fair in (True, False):
        start = tripped(replace(AS_WRITTEN, fair=fair))
        reading = after(start, "reads_state.0", "reads_state.1", "reads_time.0")
        assert after(reading, "reads_time.1").callers[1].at == HALF_OPENING
        opening = after(
            reading, "half_opens.0", "reads_state.2", "fails.2", "counts_failure.2", "opens.2"
        )
        steps = [str(act) for act, _ in ModelSystem(opening).transitions(opening)]
        assert ("reads_time.1" in steps) == (not fair)
        assert "stamps_time.2" not in steps


def test_a_permit_is_one_of_a_call_that_runs() -> None:
    start = replace(REPAIRED, cancelling=True)
    probing = after(tripped(start), "admits.0")
    assert (probing.state, probing.probes) == (HALF_OPEN, 1)
    assert after(probing, "rejects.1").callers[1] == Caller()
    freed = after(probing, "cancels.0")
    assert freed.probes == 0
    assert after(freed, "admits.1").callers[1].at == IN_SERVICE
    leaking = after(tripped(replace(start, drop_guard=False)), "admits.0", "cancels.0")
    assert leaking.probes == 1


@pytest.mark.parametrize(("failures", "successes"), list(product((1, 2, 3), repeat=2)))
def test_a_call_as_one_step_does_what_its_steps_do(failures: int, successes: int) -> None:
    fine = replace(AS_WRITTEN, callers=ONE, failure_threshold=failures, success_threshold=successes)
    coarse = SequentialBreaker(failures, successes)
    seen, waiting = {(fine, coarse)}, [(fine, coarse)]
    while waiting:
        state, whole = waiting.pop()
        following = []
        for well in (True, False):
            onward, answered = called(state, well)
            counterpart = whole.calls(well)
            assert answered == counterpart.answered
            following.append((onward, counterpart))
        if whole.stamped and not whole.past:
            following.append((state.timeout_passes(), whole.timeout_passes()))
        for onward, counterpart in following:
            assert State(onward.state) is counterpart.state
            assert onward.failure_count == min(counterpart.failure_count, failures)
            assert onward.success_count == min(counterpart.success_count, successes)
            capped = replace(
                counterpart,
                failure_count=onward.failure_count,
                success_count=onward.success_count,
                failed=min(counterpart.failed, failures),
            )
            if (onward, capped) not in seen:
                seen.add((onward, capped))
                waiting.append((onward, capped))
    assert len(seen) > 5


def test_the_order_of_the_locks_is_the_one_that_is_seen() -> None:
    found: Exploration[CircuitBreaker] = Exploration(ModelSystem(replace(AS_WRITTEN)), 8_000)
    seen = {
        (HOLDS[caller.at], WANTS[caller.at])
        for state in found.states
        for caller in state.callers
        if caller.at in HOLDS and caller.at in WANTS
    }
    assert seen == lock_order(AS_WRITTEN)
    assert len(lock_order(replace(AS_WRITTEN, copying=True))) == 2
    assert lock_order(REPAIRED) == set()


def test_all_states_of_few_callers() -> None:
    sizes = {
        number: len(Exploration(ModelSystem(replace(AS_WRITTEN, callers=ONE * number))).states)
        for number in (1, 2)
    }
    assert sizes == {1: 37, 2: 1_095}
    assert len(Exploration(ModelSystem(REPAIRED)).states) == 74


def test_the_repairs_are_switches_of_the_model() -> None:
    assert replace(AS_WRITTEN, **dict.fromkeys(REPAIRS, True)) == REPAIRED
