"""Values that stand for any number, truth value, text or sequence.

They behave as the plain ones do where that can be said in z3, ask the run for a decision where
Python wants a plain truth value, and refuse the rest with an error that says what to write instead.
Nothing turns silently into a plain value.

`isinstance` takes them for what they stand for. Integer division is Python's: z3 rounds so that the
remainder is not negative, Python so that it has the sign of the divisor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import z3

from cospec.proofs.forking import SymbolicError, decide, refused
from cospec.proofs.solver import Term


class _Symbolic:
    """What no symbolic value can do."""

    __slots__ = ("term",)
    _shown = "value"

    def __init__(self, term: Term) -> None:
        self.term = term

    def _cannot_hash(self) -> NoReturn:
        raise refused(
            "S601",
            f"a symbolic {self._shown} cannot be looked up in a set or dict: compare it with `==`, "
            "or use `in` with a tuple",
        )

    def _cannot_iterate(self) -> NoReturn:
        raise refused(
            "S602",
            f"a symbolic {self._shown} has no known number of parts: use `len`, `in`, an index, a "
            "slice or `+`, and not a loop, a star or `tuple(...)`",
        )

    def _cannot_be_plain(self) -> NoReturn:
        raise refused(
            "S603",
            f"a symbolic {self._shown} cannot become a plain number (by `int`, `range`, as an "
            "index of a plain tuple): compute with it, or guard an action by it",
        )

    def _cannot_show(self, _: str = "") -> NoReturn:
        raise refused("S604", f"a symbolic {self._shown} cannot be written as text")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise refused("S608", f"`.{name}` of a symbolic {self._shown} is not supported")

    def __setattr__(self, name: str, value: object) -> None:
        if name != "term":
            raise AttributeError(name)
        object.__setattr__(self, name, value)

    __hash__ = _cannot_hash
    __int__ = __index__ = __float__ = __complex__ = _cannot_be_plain
    __round__ = __trunc__ = __floor__ = __ceil__ = _cannot_be_plain
    __str__ = __repr__ = _cannot_show
    __format__ = _cannot_show
    __reduce_ex__ = _cannot_show  # type: ignore[assignment]


def _standing_for(plain: type) -> Any:
    """What makes `isinstance` answer as it does for a plain value."""
    return property(lambda _: plain)


def number_term(value: object) -> Term | None:
    """An integer or a truth value as an integer of z3; None for anything else."""
    kind = type(value)
    if kind is SymbolicInt:
        return value.term  # type: ignore[attr-defined]
    if kind is SymbolicBool:
        return z3.If(value.term, z3.IntVal(1), z3.IntVal(0))  # type: ignore[attr-defined]
    if issubclass(kind, int):
        return z3.IntVal(int(value))  # type: ignore[call-overload]
    return None


def truth_term(value: object) -> Term | None:
    """A truth value as one of z3; None for anything else."""
    if type(value) is SymbolicBool:
        return value.term
    return z3.BoolVal(value) if isinstance(value, bool) else None


def _refuse(operator: str, other: object) -> NoReturn:
    kind = type(other).__name__
    raise refused("S608", f"`{operator}` of a symbolic number and a {kind} is not supported")


def _computing(operator: str, compute: Callable[[Term, Term], Term]) -> Any:
    def method(self: object, other: object) -> Any:
        mine, others = number_term(self), number_term(other)
        if others is None:
            _refuse(operator, other)
        return SymbolicInt(compute(mine, others))

    return method


def _swapped(method: Callable[[Term, Term], Term]) -> Callable[[Term, Term], Term]:
    return lambda mine, others: method(others, mine)


def _comparing(operator: str, compare: Callable[[Term, Term], Term]) -> Any:
    def method(self: object, other: object) -> Any:
        mine, others = number_term(self), number_term(other)
        if others is None:
            if operator in ("==", "!=") and not isinstance(other, (float, complex)):
                return operator == "!="
            _refuse(operator, other)
        return SymbolicBool(compare(mine, others))

    return method


def _divide(dividend: Term, divisor: Term) -> Term:
    """The quotient rounded down, as Python has it."""
    if decide(divisor == 0):
        raise ZeroDivisionError("integer division or modulo by zero")
    return z3.If(divisor > 0, dividend / divisor, (-dividend) / (-divisor))


def _remainder(dividend: Term, divisor: Term) -> Term:
    return dividend - divisor * _divide(dividend, divisor)


def _unsupported(operator: str) -> Any:
    def method(_: object, other: object) -> NoReturn:
        _refuse(operator, other)

    return method


class _Number(_Symbolic):
    """What integers and truth values can do."""

    __slots__ = ()

    __add__ = __radd__ = _computing("+", lambda a, b: a + b)
    __sub__ = _computing("-", lambda a, b: a - b)
    __rsub__ = _computing("-", lambda a, b: b - a)
    __mul__ = __rmul__ = _computing("*", lambda a, b: a * b)
    __floordiv__ = _computing("//", _divide)
    __rfloordiv__ = _computing("//", _swapped(_divide))
    __mod__ = _computing("%", _remainder)
    __rmod__ = _computing("%", _swapped(_remainder))
    __truediv__ = __rtruediv__ = _unsupported("/")
    __pow__ = __rpow__ = _unsupported("**")
    __lshift__ = __rlshift__ = _unsupported("<<")
    __rshift__ = __rrshift__ = _unsupported(">>")
    __matmul__ = __rmatmul__ = _unsupported("@")
    __lt__ = _comparing("<", lambda a, b: a < b)
    __le__ = _comparing("<=", lambda a, b: a <= b)
    __gt__ = _comparing(">", lambda a, b: a > b)
    __ge__ = _comparing(">=", lambda a, b: a >= b)
    __eq__ = _comparing("==", lambda a, b: a == b)
    __ne__ = _comparing("!=", lambda a, b: a != b)
    __hash__ = _Symbolic._cannot_hash

    def __divmod__(self, other: object) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: object) -> tuple[Any, Any]:
        return other // self, other % self

    def __neg__(self) -> SymbolicInt:
        return SymbolicInt(-number_term(self))  # type: ignore[operator]

    def __pos__(self) -> SymbolicInt:
        return SymbolicInt(number_term(self))

    def __invert__(self) -> SymbolicInt:
        return SymbolicInt(-number_term(self) - 1)  # type: ignore[operator]

    def __abs__(self) -> SymbolicInt:
        term = number_term(self)
        return SymbolicInt(z3.If(term < 0, -term, term))  # type: ignore[operator]


class SymbolicInt(_Number):
    """Any integer."""

    __slots__ = ()
    _shown = "number"
    __class__ = _standing_for(int)
    __and__ = __rand__ = _unsupported("&")
    __or__ = __ror__ = _unsupported("|")
    __xor__ = __rxor__ = _unsupported("^")

    def __bool__(self) -> bool:
        return decide(self.term != 0)


def _logical(operator: str, compute: Callable[[Term, Term], Term]) -> Any:
    def method(self: SymbolicBool, other: object) -> Any:
        others = truth_term(other)
        if others is None:
            _refuse(operator, other)
        return SymbolicBool(compute(self.term, others))

    return method


class SymbolicBool(_Number):
    """Any truth value; Python asks it with `if`, `and`, `not`, and it asks the run."""

    __slots__ = ()
    _shown = "truth value"
    __class__ = _standing_for(bool)
    __and__ = __rand__ = _logical("&", z3.And)
    __or__ = __ror__ = _logical("|", z3.Or)
    __xor__ = __rxor__ = _logical("^", z3.Xor)

    def __bool__(self) -> bool:
        return decide(self.term)


# ------------------------------------------------------------------ texts


_numbers: dict[str, int] = {}
_texts: dict[int, str] = {}


def text_number(text: str) -> int:
    """The number by which a text is known; different texts have different numbers."""
    number = _numbers.get(text)
    if number is None:
        number = len(_texts)
        while number in _texts:
            number += 1
        _numbers[text], _texts[number] = number, text
    return number


def text_of(number: int) -> str:
    """The text that a number stands for: one that is met somewhere, or a new one."""
    if number not in _texts:
        text = f"text{number}"
        while text in _numbers:
            text += "_"
        _numbers[text], _texts[number] = number, text
    return _texts[number]


def text_term(value: object) -> Term | None:
    """A text as its number; None for anything else."""
    if type(value) is SymbolicText:
        return value.term
    return z3.IntVal(text_number(str.__str__(value))) if issubclass(type(value), str) else None


class SymbolicText(_Symbolic):
    """Any text. It can be compared for equality, and nothing else: its letters are not known."""

    __slots__ = ()
    _shown = "text"
    __class__ = _standing_for(str)
    __hash__ = _Symbolic._cannot_hash
    __iter__ = _Symbolic._cannot_iterate
    __len__ = _Symbolic._cannot_be_plain

    def __eq__(self, other: object) -> Any:
        others = text_term(other)
        return False if others is None else SymbolicBool(self.term == others)

    def __ne__(self, other: object) -> Any:
        others = text_term(other)
        return True if others is None else SymbolicBool(self.term != others)

    def __bool__(self) -> bool:
        return decide(self.term != text_number(""))

    def _cannot(self, *_: object) -> NoReturn:
        raise refused("S608", "a symbolic text can be compared by `==` and `!=`, nothing else")

    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _cannot
    __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = __contains__ = _cannot


# ------------------------------------------------------------------ sequences


class Elements:
    """How the elements of a sequence are written as integers of z3."""

    def __init__(self, name: str, term: Callable[[object], Term | None], wrap: Any) -> None:
        self.name = name
        self.term = term
        self.wrap = wrap


class SymbolicTuple(_Symbolic, Sequence[Any]):
    """A tuple of any length, whose elements are all of one kind."""

    __slots__ = ("elements",)
    _shown = "tuple"
    __class__ = _standing_for(tuple)
    __hash__ = _Symbolic._cannot_hash
    __iter__ = _Symbolic._cannot_iterate
    __reversed__ = _Symbolic._cannot_iterate

    def index(self, *_: object) -> NoReturn:
        self._cannot_iterate()

    def count(self, *_: object) -> NoReturn:
        self._cannot_iterate()

    def __init__(self, term: Term, elements: Elements) -> None:
        self.term = term
        object.__setattr__(self, "elements", elements)

    def symbolic_length(self) -> SymbolicInt:
        """What `len` gives in a run."""
        return SymbolicInt(z3.Length(self.term))

    def __len__(self) -> int:
        raise refused("S602", "the length of a symbolic tuple: call `len`, and not in a pattern")

    def __bool__(self) -> bool:
        return decide(z3.Length(self.term) > 0)

    def __contains__(self, value: object) -> bool:
        element = self._elements().term(value)
        return element is not None and decide(z3.Contains(self.term, z3.Unit(element)))

    def _elements(self) -> Elements:
        found: Elements = object.__getattribute__(self, "elements")
        return found

    def sequence_term(self, other: object) -> Term | None:
        """A tuple, symbolic or plain, as a sequence of z3; None where it is none of this kind."""
        return sequence_term(other, self._elements())

    def _joined(self, other: object, swapped: bool) -> SymbolicTuple:
        others = self.sequence_term(other)
        if others is None:
            raise refused(
                "S608",
                f"`+` of a symbolic tuple takes a tuple whose elements are {self._elements().name}",
            )
        parts = (others, self.term) if swapped else (self.term, others)
        return SymbolicTuple(z3.Concat(*parts), self._elements())

    def __add__(self, other: object) -> SymbolicTuple:
        return self._joined(other, swapped=False)

    def __radd__(self, other: object) -> SymbolicTuple:
        return self._joined(other, swapped=True)

    def _cannot(self, *_: object) -> NoReturn:
        raise refused("S608", "this operator of a symbolic tuple is not supported")

    __mul__ = __rmul__ = __lt__ = __le__ = __gt__ = __ge__ = _cannot

    def __eq__(self, other: object) -> Any:
        others = self._compared(other)
        return False if others is None else SymbolicBool(self.term == others)

    def __ne__(self, other: object) -> Any:
        others = self._compared(other)
        return True if others is None else SymbolicBool(self.term != others)

    def _compared(self, other: object) -> Term | None:
        if not isinstance(other, tuple):
            return None
        others = self.sequence_term(other)
        if others is None:
            raise refused("S608", f"tuples of {self._elements().name} are compared with others")
        return others

    def __getitem__(self, index: Any) -> Any:
        length = z3.Length(self.term)
        if not isinstance(index, slice):
            place = number_term(index)
            if place is None:
                raise refused("S608", "a symbolic tuple is indexed by numbers and slices")
            place = z3.If(place < 0, place + length, place)
            if not decide(z3.And(place >= 0, place < length)):
                raise IndexError("tuple index out of range")
            return self._elements().wrap(self.term[z3.simplify(place)])
        if index.step is not None:
            raise refused("S608", "a slice of a symbolic tuple has no step")
        start = _bound(index.start, z3.IntVal(0), length)
        stop = _bound(index.stop, length, length)
        part = z3.SubSeq(self.term, start, z3.If(stop > start, stop - start, z3.IntVal(0)))
        return SymbolicTuple(z3.simplify(part), self._elements())


def _bound(given: object, missing: Term, length: Term) -> Term:
    """An end of a slice, counted from the front and kept within the sequence."""
    if given is None:
        return missing
    place = number_term(given)
    if place is None:
        raise refused("S608", "a symbolic tuple is sliced by numbers")
    place = z3.If(place < 0, place + length, place)
    return z3.simplify(z3.If(place < 0, z3.IntVal(0), z3.If(place > length, length, place)))


def sequence_term(value: object, elements: Elements) -> Term | None:
    """A tuple, symbolic or plain, as a sequence of z3; None where an element is of another kind."""
    if type(value) is SymbolicTuple:
        return value.term if value._elements().name == elements.name else None
    if type(value) is not tuple:
        return None
    terms = [elements.term(each) for each in value]
    if any(each is None for each in terms):
        return None
    units = [z3.Unit(each) for each in terms]
    if not units:
        return z3.Empty(z3.SeqSort(z3.IntSort()))
    return units[0] if len(units) == 1 else z3.Concat(*units)


def concrete(value: Any, model: z3.ModelRef) -> Any:
    """A value with plain ones in place of the symbolic, as a model of z3 has them."""
    kind = type(value)
    if kind is SymbolicInt:
        return model.eval(value.term, model_completion=True).as_long()
    if kind is SymbolicBool:
        return z3.is_true(model.eval(value.term, model_completion=True))
    if kind is SymbolicText:
        return text_of(model.eval(value.term, model_completion=True).as_long())
    if kind is tuple:
        return tuple(concrete(each, model) for each in value)
    if issubclass(kind, _Symbolic):
        raise SymbolicError("S608", f"a symbolic {value._shown} is no argument of an action")
    return value
