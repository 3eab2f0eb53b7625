"""Symbolic values do as plain ones do, or say that they cannot."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pytest
import z3

from cospec.models.model import ModelError, action, invariant, require
from cospec.proofs.forking import SymbolicError, branches
from cospec.proofs.induction import prove
from cospec.proofs.symbolic import Elements, SymbolicInt, SymbolicText, SymbolicTuple, number_term

another_name = operator.is_

NUMBERS = Elements("numbers", number_term, SymbolicInt)
X, Y, Q = z3.Int("x"), z3.Int("y"), z3.Const("q", z3.SeqSort(z3.IntSort()))


def outcome(function: Callable[..., Any], *given: Any) -> object:
    try:
        return function(*given)
    except (ZeroDivisionError, IndexError) as error:
        return error.__class__.__name__


def agree(function: Callable[..., Any], symbolic: list[Any], fixed: Any, plain: list[Any]) -> None:
    """Compares what a function gives for symbolic values that are fixed by a condition."""
    found = branches(lambda: outcome(function, *symbolic), fixed)
    results = []
    for each in found:
        solver = z3.Solver()
        solver.add(fixed, each.condition)
        if solver.check() == z3.sat:
            value, model = each.result, solver.model()
            if type(value) is SymbolicTuple:
                length = model.eval(z3.Length(value.term)).as_long()
                value = tuple(model.eval(value.term[n]).as_long() for n in range(length))
            elif hasattr(type(value), "term"):
                term = model.eval(value.term)
                value = term.as_long() if z3.is_int(term) else z3.is_true(term)
            results.append(value)
    assert results == [outcome(function, *plain)], plain


ARITHMETIC: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x // y,
    lambda x, y: x % y,
    lambda x, y: divmod(x, y)[0] * y + divmod(x, y)[1],
    lambda x, y: 7 // y,
    lambda x, y: -7 % y,
    lambda x, y: min(x, y, 2) + max(x, -y) - abs(y),
    lambda x, y: -x + ~y,
    lambda x, y: (x < y) + (x == y) * 2,
    lambda x, y: x and y,
    lambda x, y: x or y,
    lambda x, y: not x,
    lambda x, y: 0 < x < y,
    lambda x, y: x in (y, 1, 3),
    lambda x, y: x not in range(2),
    lambda x, y: sorted([x, y, 1])[1],
    lambda x, y: sum([x, y, x > y]),
    lambda x, y: (x, y) <= (y, x),
    lambda x, y: (x > 0) ^ (y > 0),
    lambda x, y: x == "1" or x is None,
    lambda x, y: any(n == x for n in range(y if y is None else 3)),
]


@pytest.mark.parametrize("number", range(len(ARITHMETIC)))
def test_numbers_compute_as_in_python(number: int) -> None:
    """Division for all signs above all, where Python and z3 differ."""
    for x in (-7, -2, 0, 1, 7):
        for y in (-3, -1, 0, 2, 3):
            fixed = z3.And(x == X, y == Y)
            agree(ARITHMETIC[number], [SymbolicInt(X), SymbolicInt(Y)], fixed, [x, y])


SEQUENCES: list[Callable[[Any, int], Any]] = [
    lambda q, n: q[n],
    lambda q, n: q[n:],
    lambda q, n: q[:n],
    lambda q, n: q[n:2],
    lambda q, n: q[-2:n],
    lambda q, n: q + (n,),
    lambda q, n: (n, 8) + q,
    lambda q, n: len(q) * 10 + (n in q),
    lambda q, n: bool(q),
    lambda q, n: q == (1, 2),
    lambda q, n: q != (),
    lambda q, n: isinstance(q, tuple) and not isinstance(q, list),
]


@pytest.mark.parametrize("number", range(len(SEQUENCES)))
def test_tuples_compute_as_in_python(number: int) -> None:
    for q in ((), (1,), (1, 2), (4, 5, 6)):
        for n in (-4, -2, -1, 0, 1, 2, 5):
            units = [z3.Unit(z3.IntVal(each)) for each in q]
            value = z3.Concat(z3.Empty(Q.sort()), z3.Empty(Q.sort()), *units)
            agree(SEQUENCES[number], [SymbolicTuple(value, NUMBERS), n], z3.BoolVal(True), [q, n])


class Colour(Enum):
    """Something with two values."""

    RED = 1
    BLUE = 2


UNSUPPORTED: list[tuple[str, Callable[[Any, Any, Any], object]]] = [
    ("S601", lambda x, q, t: {1: 2}.get(x)),
    ("S601", lambda x, q, t: x in {1, 2}),
    ("S601", lambda x, q, t: frozenset((t,))),
    ("S602", lambda x, q, t: list(q)),
    ("S602", lambda x, q, t: (*q, 1)),
    ("S602", lambda x, q, t: tuple(q)),
    ("S602", lambda x, q, t: q.index(1)),
    ("S603", lambda x, q, t: int(x)),
    ("S603", lambda x, q, t: int(x > 1)),
    ("S603", lambda x, q, t: list(range(x))),
    ("S603", lambda x, q, t: (1, 2, 3)[x]),
    ("S603", lambda x, q, t: float(x)),
    ("S603", lambda x, q, t: round(x)),
    ("S604", lambda x, q, t: f"{x}"),
    ("S604", lambda x, q, t: str(x)),
    ("S604", lambda x, q, t: repr(q)),
    ("S605", lambda x, q, t: (x > 1) is True),
    ("S605", lambda x, q, t: x is x),
    ("S605", lambda x, q, t: type(x) == int),  # noqa: E721
    ("S605", lambda x, q, t: Colour.RED is t),
    ("S605", lambda x, q, t: operator.is_(x, t)),
    ("S605", lambda x, q, t: operator.is_not(x, t)),
    ("S605", lambda x, q, t: any(map(operator.is_, [x], [t]))),
    ("S605", lambda x, q, t: another_name(x, t)),
    ("S607", lambda x, q, t: next(n for n in iter(int, 1) if x > 3 and x < 2)),
    ("S608", lambda x, q, t: x / 2),
    ("S608", lambda x, q, t: x * 1.5),
    ("S608", lambda x, q, t: x == 1.5),
    ("S608", lambda x, q, t: 2**x),
    ("S608", lambda x, q, t: x & 1),
    ("S608", lambda x, q, t: "a" * x),
    ("S608", lambda x, q, t: x.bit_length()),
    ("S608", lambda x, q, t: t.startswith("a")),
    ("S608", lambda x, q, t: t < "b"),
    ("S608", lambda x, q, t: q + ("a",)),
    ("S608", lambda x, q, t: q[::2]),
    ("S608", lambda x, q, t: q < (1,)),
]


@pytest.mark.parametrize("number", range(len(UNSUPPORTED)))
def test_what_cannot_be_followed_is_refused_and_never_guessed(number: int) -> None:
    code, function = UNSUPPORTED[number]
    given = SymbolicInt(X), SymbolicTuple(Q, NUMBERS), SymbolicText(Y)
    with pytest.raises(SymbolicError) as caught:
        branches(lambda: function(*given), z3.BoolVal(True))
    assert caught.value.code == code
    assert isinstance(caught.value, ModelError)


def test_an_error_that_the_model_catches_is_still_told() -> None:
    def careless() -> int:
        try:
            return int(SymbolicInt(X))
        except Exception:
            return 0

    with pytest.raises(SymbolicError, match="S603"):
        branches(careless, z3.BoolVal(True))


def test_patterns_do_not_pass_by_a_symbolic_tuple() -> None:
    def matched() -> int:
        match SymbolicTuple(Q, NUMBERS):
            case ():
                return 0
            case _:
                return 1

    with pytest.raises(SymbolicError, match="not in a pattern"):
        branches(matched, z3.BoolVal(True))


def test_is_may_ask_for_none_and_for_members_of_enumerations() -> None:
    def asked(colour: Colour | None) -> str:
        if colour is None:
            return "none"
        return "red" if colour is Colour.RED else "blue"

    found = [branches(lambda c=c: asked(c), z3.BoolVal(True)) for c in (None, *Colour)]  # type: ignore[misc]
    assert [each[0].result for each in found] == ["none", "red", "blue"]


def test_texts_are_compared() -> None:
    text = SymbolicText(Y)
    found = branches(lambda: "a" if text == "a" else "b" if text in ("b", "c") else "?", X == X)
    assert [each.result for each in found].count("b") == 2
    assert {each.result for each in found} == {"a", "b", "?"}


def test_a_model_that_asks_differently_each_time_is_refused() -> None:
    asked: list[int] = []

    def drifting() -> bool:
        asked.append(1)
        return bool(SymbolicInt(X) > len(asked))

    with pytest.raises(SymbolicError, match="S609"):
        branches(drifting, z3.BoolVal(True))


def test_fields_of_other_types_and_values_of_other_types_are_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        table: dict[str, int] | int = 0

        @action
        def step(self) -> Odd:
            return self

    @dataclass(frozen=True)
    class Changing:
        value: int = 0

        @action
        def step(self) -> Changing:
            return Changing(None)  # type: ignore[arg-type]

        @invariant
        def fine(self) -> bool:
            return True

    with pytest.raises(SymbolicError, match=r"S606: the field `table: .*among="):
        prove(Odd())
    with pytest.raises(SymbolicError, match="S610: after `step` the field `value` gets a NoneType"):
        prove(Changing())


@dataclass(frozen=True)
class Asserting:
    """A model whose `assert`s pytest has rewritten, as it does in every module of tests."""

    holder: int | None = None

    @action
    def take(self) -> Asserting:
        """From nobody."""
        require(self.holder is None)
        assert self.holder is None, "checked before"
        return replace(self, holder=1)

    @action
    def give(self) -> Asserting:
        """Back."""
        require(self.holder is not None)
        assert self.holder is not None
        return replace(self, holder=None)

    @invariant
    def held_by_one(self) -> bool:
        """By the only one there is."""
        return self.holder is None or self.holder == 1


def test_asserts_that_pytest_has_rewritten_may_compare_with_none() -> None:
    names = Asserting.take.__code__.co_varnames
    assert any(name.startswith("@py_assert") for name in names)
    assert prove(Asserting()).holds
