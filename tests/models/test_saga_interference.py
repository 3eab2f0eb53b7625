"""Sagas on one account, on one item, and the members of a group."""

from __future__ import annotations

import pytest

from cospec.models.saga_interference import LastItem, ParallelGroup, Progress, SharedAccount
from cospec.proofs.explored import explore


def test_restoring_a_balance_forgets_what_another_saga_has_added() -> None:
    lost = SharedAccount().act_first().act_second().compensate_first()
    assert lost.balance == 10
    kept = SharedAccount(relative=True).act_first().act_second().compensate_first()
    assert kept.balance == 13


def test_one_saga_alone_is_undone_either_way() -> None:
    for relative in (False, True):
        assert SharedAccount(relative).act_second().compensate_second().balance == 10
        assert SharedAccount(relative).act_second().commit_second().balance == 13


def test_a_locked_item_is_refused_only_when_it_is_sold() -> None:
    held = LastItem(locking=True).reserve(1)
    sold, free = held.settle(1)
    assert sold.refuse(2).second is Progress.REFUSED
    assert free.reserve(2).second is Progress.DONE
    assert explore(LastItem(locking=True)).holds


@pytest.mark.parametrize(("size", "states"), [(1, 4), (2, 9), (3, 16), (4, 25)])
def test_a_group_that_is_joined_has_as_many_states_as_counted_by_hand(
    size: int, states: int
) -> None:
    # Of n members some have completed and some failed: (n + 1)(n + 2) / 2. When all have answered
    # and c < n have completed, these are compensated one by one, and then it returns.
    assert states == (size + 1) * (size + 2) // 2 + size * (size - 1) // 2 + size
    found = explore(ParallelGroup(joining=True, running=size))
    assert len(found.exploration.states) == states
    assert found.holds


def test_a_group_without_failures_completes() -> None:
    done = ParallelGroup().complete().complete()
    assert done.over()
    assert done.done == 2
