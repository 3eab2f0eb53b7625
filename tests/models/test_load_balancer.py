"""Load balancing: what the strategies select."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.load_balancer import (
    NO_HEALTHY_INSTANCES,
    REPAIRED,
    U32_MAX,
    Call,
    Panicked,
    RoundRobin,
    Strategy,
    least_connected,
    ring_owner,
    select,
    smooth,
)
from cospec.models.model import Disabled


@pytest.mark.parametrize("strategy", list(Strategy))
def test_without_instances_there_is_an_error(strategy: Strategy) -> None:
    assert select(strategy, ()) == NO_HEALTHY_INSTANCES


def test_only_chance_and_hash_ever_select_another_than_the_first() -> None:
    selected = {
        strategy: {select(strategy, "ab", value, value, (0, 9)) for value in range(4)}
        for strategy in Strategy
    }
    chosen = {strategy for strategy, names in selected.items() if names == {"a", "b"}}
    assert chosen == {Strategy.RANDOM, Strategy.CONSISTENT_HASHING}


def test_weights_are_added_up_though_nothing_uses_the_sum() -> None:
    heavy = Strategy.WEIGHTED_ROUND_ROBIN, "ab"
    assert select(*heavy, weights=(U32_MAX, 0), overflow_checks=True) == "a"
    assert select(*heavy, weights=(U32_MAX,), overflow_checks=False) == "a"
    with pytest.raises(Panicked):
        select(*heavy, weights=(U32_MAX,), overflow_checks=True)  # the other weight is 1


def test_smooth_round_robin_spreads_the_heavy_one_as_nginx_does() -> None:
    current, picks = (0, 0, 0), ""
    for _ in range(7):
        place, current = smooth(current, (5, 1, 1))
        picks += "abc"[place]
    assert picks == "aabacaa"
    assert current == (0, 0, 0)


def test_of_several_with_the_fewest_connections_the_first_is_selected() -> None:
    assert [least_connected(c) for c in ((0,), (2, 1, 1), (1, 1), (3, 2, 0))] == [0, 1, 0, 2]


def test_a_ring_closes_after_its_last_place() -> None:
    points = ((1, 7), (4, 8))
    assert [ring_owner(points, 6, key) for key in range(6)] == [7, 7, 8, 8, 8, 7]


def test_a_ring_can_do_with_two_moves_of_six() -> None:
    old = ((2, 0), (5, 1))  # three keys each
    new = (*old, (0, 2), (3, 2))
    moved = [key for key in range(6) if ring_owner(old, 6, key) != ring_owner(new, 6, key)]
    assert moved == [0, 3]
    owners = [ring_owner(new, 6, key) for key in range(6)]
    assert [owners.count(instance) for instance in range(3)] == [2, 2, 2]


def test_who_comes_back_is_last() -> None:
    away = replace(REPAIRED, departures=1).leaves(0)
    assert away.selects().counts == (0, 0)  # not all are listed
    assert away.returns(0).listed == (1, 0)
    with pytest.raises(Disabled):
        away.leaves(1)


def test_the_counter_begins_anew_where_it_has_a_modulus() -> None:
    state = RoundRobin(counting=True, modulus=2)
    assert state.selects().selects().counter == 0


def test_a_call_without_retry_is_over_after_one_failure() -> None:
    call = Call().discovers().crash(0).calls()
    assert call.is_over()
    assert not call.answered
    again = Call(retrying=True).discovers().crash(0).calls()
    assert not again.is_over()
    assert again.calls().answered


def test_where_nobody_is_alive_a_call_is_over_at_once() -> None:
    call = Call(alive=(False, False)).discovers()
    assert call.listed == ()
    assert call.is_over()
