"""The service mesh: how many states it has, and what its classes for proofs have to do with it."""

from __future__ import annotations

from itertools import product

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.service_mesh import (
    CountedRollOut,
    MeshedCalls,
    RollOut,
    TracedRequests,
    TracedService,
    calls_at_the_end,
    observed_by_mesh,
)


@pytest.mark.parametrize(("retries", "states"), [(0, 5), (1, 10), (2, 17)])
def test_calls_have_the_states_counted_by_hand(retries: int, states: int) -> None:
    # At try k, counted from 0, up to k executions with a request under way and one more, of at
    # least 1, with a response; given up after up to r + 1 of them; and idle.
    counted = 1 + sum(k + 1 + k + 1 for k in range(retries + 1)) + retries + 2
    assert counted == states
    assert len(Exploration(ModelSystem(MeshedCalls(retries))).states) == states


def test_a_call_is_seen_from_either_end() -> None:
    sidecars = {"A": True, "B": False}
    assert observed_by_mesh(sidecars, "A", "B")
    assert observed_by_mesh(sidecars, "B", "A")
    assert not observed_by_mesh(sidecars, "B", "B")


@pytest.mark.parametrize(
    ("failing", "made"), [(0, (1, True)), (1, (2, True)), (3, (4, True)), (4, (4, False))]
)
def test_two_hops_with_one_retry_each(failing: int, made: tuple[int, bool]) -> None:
    assert calls_at_the_end(2, 1, failing) == made


@pytest.mark.parametrize(("forwarding", "sequential"), [*product((False, True), repeat=2)])
def test_any_number_of_requests_has_the_steps_of_few(forwarding: bool, sequential: bool) -> None:
    few = TracedService(forwarding, sequential)
    for state in Exploration(ModelSystem(few)).states:
        for act, after in ModelSystem(few).transitions(state):
            fields = {name: getattr(state, name) for name in state.__dataclass_fields__}
            assert getattr(TracedRequests(**fields), act.name)(*act.arguments) == TracedRequests(
                **{name: getattr(after, name) for name in after.__dataclass_fields__}
            )


def test_a_roll_out_does_no_step_that_the_counted_one_does_not() -> None:
    start = RollOut(2, proxies=(1, 1, 1))

    def counted(state: RollOut) -> CountedRollOut:
        behind = sum(each != state.version for each in state.proxies)
        return CountedRollOut(state.updates, len(state.proxies), behind)

    for state in Exploration(ModelSystem(start)).states:
        possible = {
            (act.name, c) for act, c in ModelSystem(counted(start)).transitions(counted(state))
        }
        assert {(a.name, counted(s)) for a, s in ModelSystem(start).transitions(state)} == possible
