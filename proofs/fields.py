"""The fields of a model as variables of z3: what each kind of field may be.

A kind turns a field into variables, variables into a value for Python to compute with, such
a value into terms, and an answer of z3 into a plain value. Kinds with few values (enumerations,
None, sets of these) are never symbolic in Python: each value is a run of its own, so that `is` and
hashing mean what they always mean.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum, Flag
from typing import Any, Protocol

import z3

from cospec.proofs.forking import SymbolicError, assume, choose, decide
from cospec.proofs.solver import Term
from cospec.proofs.symbolic import (
    Elements,
    SymbolicBool,
    SymbolicInt,
    SymbolicText,
    SymbolicTuple,
    number_term,
    sequence_term,
    text_of,
    text_term,
    truth_term,
)


class Kind(Protocol):
    """What may stand in a field."""

    def sorts(self) -> list[Any]:
        """The sorts of the variables that it takes."""

    def possible(self, terms: Sequence[Term]) -> Term:
        """Whether variables stand for a value at all."""

    def wrap(self, terms: Sequence[Term]) -> Any:
        """The value for Python to compute with; may fork."""

    def terms(self, value: Any) -> list[Term] | None:
        """A value as terms; None where it is of another kind."""

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        """The value that a model of z3 gives."""


class Number:
    """Any integer."""

    def sorts(self) -> list[Any]:
        return [z3.IntSort()]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.BoolVal(True)

    def wrap(self, terms: Sequence[Term]) -> Any:
        return SymbolicInt(terms[0])

    def terms(self, value: Any) -> list[Term] | None:
        # A truth value would be shown as a number: what prints differently is not the same state.
        term = None if truth_term(value) is not None else number_term(value)
        return None if term is None else [term]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        return model.eval(terms[0], model_completion=True).as_long()


class Truth:
    """True or false."""

    def sorts(self) -> list[Any]:
        return [z3.BoolSort()]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.BoolVal(True)

    def wrap(self, terms: Sequence[Term]) -> Any:
        return SymbolicBool(terms[0])

    def terms(self, value: Any) -> list[Term] | None:
        term = truth_term(value)
        return None if term is None else [term]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        return z3.is_true(model.eval(terms[0], model_completion=True))


class Text:
    """Any text, known by a number."""

    def sorts(self) -> list[Any]:
        return [z3.IntSort()]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.BoolVal(True)

    def wrap(self, terms: Sequence[Term]) -> Any:
        return SymbolicText(terms[0])

    def terms(self, value: Any) -> list[Term] | None:
        term = text_term(value)
        return None if term is None else [term]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        return text_of(model.eval(terms[0], model_completion=True).as_long())


@dataclass(frozen=True)
class Listed:
    """One of some values, known by its place among them."""

    values: tuple[Hashable, ...]

    def sorts(self) -> list[Any]:
        return [z3.IntSort()]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.And(terms[0] >= 0, terms[0] < len(self.values))

    def wrap(self, terms: Sequence[Term]) -> Any:
        place = choose(len(self.values))
        assume(terms[0] == place)
        return self.values[place]

    def terms(self, value: Any) -> list[Term] | None:
        """The place; -1, which is not possible, for a value that is not listed."""
        place: Term = z3.IntVal(-1)
        for number, each in reversed(list(enumerate(self.values))):
            same = value == each
            if type(same) is SymbolicBool:
                place = z3.If(same.term, z3.IntVal(number), place)
            elif same and type(value) is type(each):
                place = z3.IntVal(number)
        return [place]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        place = model.eval(terms[0], model_completion=True).as_long()
        return self.values[place] if 0 <= place < len(self.values) else None


@dataclass(frozen=True)
class Maybe:
    """None, or a value of a kind."""

    kind: Kind

    def sorts(self) -> list[Any]:
        return [z3.BoolSort(), *self.kind.sorts()]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.Implies(terms[0], self.kind.possible(terms[1:]))

    def wrap(self, terms: Sequence[Term]) -> Any:
        return self.kind.wrap(terms[1:]) if decide(terms[0]) else None

    def terms(self, value: Any) -> list[Term] | None:
        if value is None:
            return [z3.BoolVal(False), *map(_anything, self.kind.sorts())]
        inner = self.kind.terms(value)
        return None if inner is None else [z3.BoolVal(True), *inner]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        given = z3.is_true(model.eval(terms[0], model_completion=True))
        return self.kind.plain(terms[1:], model) if given else None


def _anything(sort: Any) -> Term:
    """A value for a variable that does not matter."""
    if sort == z3.IntSort():
        return z3.IntVal(0)
    return z3.BoolVal(False) if sort == z3.BoolSort() else z3.Empty(sort)


@dataclass(frozen=True)
class Parts:
    """A tuple of a fixed length."""

    kinds: tuple[Kind, ...]

    def _each(self, terms: Sequence[Term]) -> list[tuple[Kind, Sequence[Term]]]:
        found, start = [], 0
        for kind in self.kinds:
            stop = start + len(kind.sorts())
            found.append((kind, terms[start:stop]))
            start = stop
        return found

    def sorts(self) -> list[Any]:
        return [sort for kind in self.kinds for sort in kind.sorts()]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.And([kind.possible(part) for kind, part in self._each(terms)])

    def wrap(self, terms: Sequence[Term]) -> Any:
        return tuple(kind.wrap(part) for kind, part in self._each(terms))

    def terms(self, value: Any) -> list[Term] | None:
        if type(value) is not tuple or len(value) != len(self.kinds):
            return None
        found: list[Term] = []
        for kind, each in zip(self.kinds, value, strict=True):
            inner = kind.terms(each)
            if inner is None:
                return None
            found += inner
        return found

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        return tuple(kind.plain(part, model) for kind, part in self._each(terms))


@dataclass(frozen=True)
class Row:
    """A tuple of any length, of numbers or of texts."""

    kind: Number | Text

    def _elements(self) -> Elements:
        if isinstance(self.kind, Text):
            return Elements("texts", text_term, SymbolicText)
        return Elements("numbers", _only_number, SymbolicInt)

    def sorts(self) -> list[Any]:
        return [z3.SeqSort(z3.IntSort())]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.BoolVal(True)

    def wrap(self, terms: Sequence[Term]) -> Any:
        return SymbolicTuple(terms[0], self._elements())

    def terms(self, value: Any) -> list[Term] | None:
        term = sequence_term(value, self._elements())
        return None if term is None else [term]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        length = model.eval(z3.Length(terms[0]), model_completion=True).as_long()
        return tuple(self.kind.plain([terms[0][place]], model) for place in range(length))


def _only_number(value: object) -> Term | None:
    return None if truth_term(value) is not None else number_term(value)


@dataclass(frozen=True)
class Chosen:
    """A set of some of the members of an enumeration, or of truth values."""

    members: tuple[Hashable, ...]

    def sorts(self) -> list[Any]:
        return [z3.BoolSort() for _ in self.members]

    def possible(self, terms: Sequence[Term]) -> Term:
        return z3.BoolVal(True)

    def wrap(self, terms: Sequence[Term]) -> Any:
        return frozenset(m for m, term in zip(self.members, terms, strict=True) if decide(term))

    def terms(self, value: Any) -> list[Term] | None:
        if type(value) is not frozenset or not value <= set(self.members):
            return None
        return [z3.BoolVal(member in value) for member in self.members]

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        true = [z3.is_true(model.eval(term, model_completion=True)) for term in terms]
        return frozenset(m for m, inside in zip(self.members, true, strict=True) if inside)


def kinds_of(start: Any, among: Mapping[str, Sequence[Hashable]]) -> dict[str, Kind]:
    """The kind of each field of a model, from its annotation or from the values given for it.

    Raises:
        SymbolicError: an annotation says nothing that is supported.
    """
    model = type(start)
    space = dict(vars(sys.modules[model.__module__])) if model.__module__ in sys.modules else {}
    found: dict[str, Kind] = {}
    for each in fields(model):
        if each.name in among:
            found[each.name] = Listed(tuple(dict.fromkeys(among[each.name])))
            continue
        value = getattr(start, each.name)
        kind = _kind(_annotation(each.type, space, value))
        if kind is None:
            raise SymbolicError(
                "S606",
                f"the field `{each.name}: {each.type}` has no symbolic form: int, bool, str, "
                "enumerations, None, tuples of these, tuples of any length of int or of str, and "
                "frozensets of enumerations have one; for any other type list the values, "
                f"`among={{{each.name!r}: [...]}}`",
            )
        found[each.name] = kind
    return found


def _annotation(given: Any, space: dict[str, Any], value: object) -> Any:
    """What an annotation means; where its names are not known, the class of the first value."""
    if not isinstance(given, str):
        return given
    known = {**vars(typing), **space, type(value).__name__: type(value)}
    try:
        return eval(given, known)
    except Exception:
        return None


def _kind(annotation: Any) -> Kind | None:
    simple: dict[Any, Kind] = {int: Number(), bool: Truth(), str: Text()}
    if isinstance(annotation, type) and annotation in simple:
        return simple[annotation]
    members = _members(annotation)
    if members is not None:
        return Listed(members)
    origin, given = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return Listed(given)
    if origin in (typing.Union, types.UnionType):
        rest = [each for each in given if each is not type(None)]
        inner = _kind(rest[0]) if len(rest) == 1 and len(given) == 2 else None
        return None if inner is None else Maybe(inner)
    if origin is frozenset:
        chosen = (False, True) if given[0] is bool else _members(given[0])
        return None if chosen is None else Chosen(chosen)
    if origin is tuple and len(given) == 2 and given[1] is Ellipsis:
        element = _kind(given[0])
        return Row(element) if isinstance(element, (Number, Text)) else None
    if origin is tuple:
        kinds = [_kind(each) for each in given]
        known = tuple(kind for kind in kinds if kind is not None)
        return Parts(known) if len(known) == len(kinds) else None
    return None


def _members(annotation: Any) -> tuple[Hashable, ...] | None:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return None if issubclass(annotation, Flag) else tuple(annotation)
    return None
