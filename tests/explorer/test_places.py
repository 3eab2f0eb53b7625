"""States have places of their own, to the right of what leads to them, and keep them."""

from __future__ import annotations

import random

from cospec.explorer.places import Places, bend


def test_no_two_states_share_a_cell_and_none_ever_moves() -> None:
    chance = random.Random(7)
    places = Places()
    places.add([[]])
    for _ in range(60):
        known = len(places.cells)
        before = list(places.cells)
        size = chance.choice([1, 2, 5, 40])
        parents = [chance.choices(range(known), k=chance.randint(1, 3)) for _ in range(size)]
        places.add(parents)
        assert places.cells[:known] == before
    assert len(set(places.cells)) == len(places.cells)


def test_successors_stand_to_the_right_of_a_state_about_its_row() -> None:
    places = Places()
    places.add([[]])
    places.add([[0], [0], [0]])
    assert places.cells == [(0, 0), (1, -1), (1, 0), (1, 1)]


def test_where_rows_are_taken_the_nearest_ones_above_and_below_are() -> None:
    places = Places()
    places.add([[]])
    places.add([[0], [0], [0]])
    places.add([[0], [0], [0]])
    assert {row for _, row in places.cells[4:]} <= {-3, -2, 2, 3}
    assert {column for column, _ in places.cells[1:]} == {1}


def test_a_state_that_two_lead_to_stands_between_them() -> None:
    places = Places()
    places.add([[]])
    places.add([[0], [0], [0]])
    places.add([[1, 3]])
    assert places.cells[4] == (2, 0)


def test_many_successors_fill_several_columns() -> None:
    places = Places()
    places.add([[]])
    places.add([[0]] * 2000)
    columns = {column for column, _ in places.cells[1:]}
    rows = {row for _, row in places.cells}
    assert min(columns) == 1
    assert len(columns) > 5
    assert len(rows) < 250


def test_arrows_back_and_over_columns_are_bent_but_not_those_to_the_next() -> None:
    assert bend((0, 0), (1, 3)) == 0
    assert bend((0, 0), (0, 0)) == 0
    assert bend((1, 0), (0, 0)) > 0
    assert bend((0, 0), (2, 0)) > 0
    assert bend((0, 0), (0, 2)) > 0
