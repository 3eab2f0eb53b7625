"""Of the models that z3 might give, the smallest is taken, whatever z3 was asked before."""

from __future__ import annotations

import pytest
import z3

from cospec.proofs.smallest import smallest

X, Y = z3.Ints("x y")
ON = z3.Bool("on")
ITEMS = z3.Const("items", z3.SeqSort(z3.IntSort()))
NAME = z3.String("name")


def found(*given: z3.BoolRef, terms: list[z3.ExprRef]) -> list[str]:
    solver = z3.Solver()
    solver.add(*given)
    assert solver.check() == z3.sat
    model = smallest(solver, terms)
    assert all(z3.is_true(model.eval(each, model_completion=True)) for each in given)
    assert len(solver.assertions()) == len(given)  # nothing is left behind
    return [str(model.eval(term, model_completion=True)) for term in terms]


@pytest.mark.parametrize("least", [0, 1, 4, 13, 1000, 10**20])
def test_a_number_is_the_least_natural_one(least: int) -> None:
    assert found(z3.Or(least <= X, X < -3), least <= X, terms=[X]) == [str(least)]


def test_where_there_is_no_natural_number_it_is_the_negative_one_next_to_zero() -> None:
    assert found(X < -13, terms=[X]) == ["-14"]


def test_those_that_come_first_are_made_small_first() -> None:
    assert found(X + Y == 7, X >= 0, Y >= 0, terms=[X, Y]) == ["0", "7"]
    assert found(X + Y == 7, X >= 0, Y >= 0, terms=[Y, X]) == ["7", "0"][::-1]


def test_truth_values_texts_and_sequences_are_small_too() -> None:
    assert found(z3.Or(ON, X > 3), terms=[ON, X]) == ["False", "4"]
    assert found(z3.StringVal("") != NAME, terms=[NAME]) == ['"a"']
    assert found(z3.Length(ITEMS) > 1, ITEMS[1] > 4, terms=[ITEMS, ITEMS[0], ITEMS[1]])[1:] == [
        "0",
        "5",
    ]
