"""The orders behind `prioritise` and `prioritisepo`."""

from __future__ import annotations

import pytest

from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.priority import partial_priority, priority


def test_each_class_gives_way_to_all_earlier_ones_and_to_tau_and_tick() -> None:
    order = priority([{"a"}, {"b"}, {"c"}])
    assert order.above == {"b": {"a", TAU, TICK}, "c": {"a", "b", TAU, TICK}}


def test_one_class_changes_nothing() -> None:
    assert priority([{"a", "b"}]).above == {}


def test_an_empty_first_class_still_holds_tau_and_tick() -> None:
    assert priority([set(), {"tock"}]).above == {"tock": {TAU, TICK}}


def test_an_empty_list_of_classes_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        priority([])


def test_an_event_never_gives_way_to_itself() -> None:
    assert priority([{"a"}, {"a", "b"}]).above["a"] == {TAU, TICK}


def test_a_partial_order_is_closed_transitively() -> None:
    order = partial_priority({"a", "b", "c", "d"}, {("a", "b"), ("b", "c")}, {"a"})
    assert order.above == {
        "b": {"a", TAU, TICK},
        "c": {"a", "b", TAU, TICK},
        "d": {TAU, TICK},
    }


@pytest.mark.parametrize(
    ("pairs", "maximal", "message"),
    [
        ({("a", "b"), ("b", "a")}, set(), "cycle"),
        ({("a", "a")}, set(), "cycle"),
        ({("a", "b")}, {"b"}, "b is declared maximal, but a is above it"),
        ({("a", "x")}, set(), "x: in the order"),
        (set(), {"y"}, "y: among the maximal events"),
    ],
)
def test_orders_that_make_no_sense_are_errors(
    pairs: set[tuple[str, str]], maximal: set[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        partial_priority({"a", "b"}, pairs, maximal)
