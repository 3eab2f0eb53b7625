"""Types of CSPM as terms, and how they are written.

Terms are compared by `is` or taken apart after `prune`, which looks through variables that are
bound. A `Var` is the only thing that changes, and only a `Unifier` changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias, Union


class Constraint(Enum):
    """What may be asked of a type."""

    EQ = "Eq"
    ORD = "Ord"
    SET = "Set"
    COMPLETE = "Complete"
    YIELDABLE = "Yieldable"


@dataclass(frozen=True, slots=True)
class Basic:
    """`Int`, `Bool`, `Char`, `Proc` or `Event`."""

    name: str


INT, BOOL, CHAR = Basic("Int"), Basic("Bool"), Basic("Char")
PROC, EVENT = Basic("Proc"), Basic("Event")


@dataclass(slots=True, eq=False)
class Datatype:
    """A declared datatype; every declaration, and every instance of one, is a type of its own."""

    name: str
    #: Whether its values can be compared, which its fields decide.
    comparable: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class SequenceOf:
    item: Type


@dataclass(frozen=True, slots=True, eq=False)
class SetOf:
    item: Type


@dataclass(frozen=True, slots=True, eq=False)
class TupleOf:
    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MapOf:
    key: Type
    value: Type


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of one group of arguments."""

    arguments: tuple[Type, ...]
    result: Type


@dataclass(frozen=True, slots=True, eq=False)
class Dotted:
    """`a.b`, which may be a value of a simpler type once it is known what a is."""

    left: Type
    right: Type


@dataclass(frozen=True, slots=True, eq=False)
class Dotable:
    """`a=>b`: dot an `a` on to get a `b`."""

    argument: Type
    result: Type


@dataclass(frozen=True, slots=True, eq=False)
class Extendable:
    """`a=>*b`: a `b`, or what becomes one. `rest` stands for the fields that are missing: it is
    bound to `Complete` or to a `Missing`."""

    rest: Var
    result: Type


@dataclass(frozen=True, slots=True, eq=False)
class Nothing:
    """Binds the `rest` of an extendable that lacks no field."""


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """Binds the `rest` of an extendable that lacks `field`, and `rest` after that."""

    field: Type
    rest: Var


@dataclass(slots=True, eq=False)
class Var:
    """A type variable.

    `level` tells how deep the definitions are nested that it belongs to; what is deeper than the
    place where a definition stands may be generalised there. A `rigid` variable was named by
    an annotation and stands for itself alone. One that is `mistaken` stands in for a type that a
    mistake, reported already, left unknown.
    """

    level: int
    constraints: set[Constraint] = field(default_factory=set)
    bound: Type | None = None
    rigid: str = ""
    mistaken: bool = False


Type: TypeAlias = Union[
    Basic, Datatype, SequenceOf, SetOf, TupleOf, MapOf, Function, Dotted, Dotable, Extendable,
    Nothing, Missing, Var,
]  # fmt: skip


def prune(term: Type) -> Type:
    """The term itself: bound variables looked through, `(a.b)=>c` written as `a=>b=>c`, and an
    extendable whose missing fields are known as what it is."""
    while True:
        if isinstance(term, Var):
            if term.bound is None:
                return term
            term = term.bound
        elif isinstance(term, Extendable):
            rest = prune(term.rest)
            if isinstance(rest, Nothing):
                term = term.result
            elif isinstance(rest, Missing):
                return _normal(Dotable(rest.field, Extendable(rest.rest, term.result)))
            else:
                assert isinstance(rest, Var)
                return term if rest is term.rest else Extendable(rest, term.result)
        elif isinstance(term, Dotable):
            return _normal(term)
        else:
            return term


def _normal(term: Dotable) -> Dotable:
    argument = prune(term.argument)
    if not isinstance(argument, Dotted):
        return term
    first, *others = parts_of(argument)
    return Dotable(first, dotable(others, term.result))


def parts_of(term: Type) -> list[Type]:
    """The parts of `a.b.c`; of anything else, it alone."""
    parts: list[Type] = []
    waiting = [term]
    while waiting:
        term = prune(waiting.pop())
        if isinstance(term, Dotted):
            waiting += (term.right, term.left)
        else:
            parts.append(term)
    return parts


def dotted(parts: list[Type]) -> Type:
    """`a.b.c` of its parts, of which there is at least one."""
    result = parts[-1]
    for part in reversed(parts[:-1]):
        result = Dotted(part, result)
    return result


def dotable(fields: list[Type], result: Type) -> Type:
    """`a=>b=>result` of its fields."""
    for each in reversed(fields):
        result = Dotable(each, result)
    return result


def fields_of(term: Type) -> tuple[list[Type], Type]:
    """The fields of `a=>b=>c`, and what it is in the end."""
    fields: list[Type] = []
    term = prune(term)
    while isinstance(term, Dotable):
        fields.append(prune(term.argument))
        term = prune(term.result)
    return fields, term


def children(term: Type) -> tuple[Type, ...]:
    """The terms that a pruned term is made of."""
    match term:
        case SequenceOf(item) | SetOf(item):
            return (item,)
        case TupleOf(items):
            return items
        case MapOf(key, value):
            return (key, value)
        case Function(arguments, result):
            return (*arguments, result)
        case Dotted(left, right):
            return (left, right)
        case Dotable(argument, result):
            return (argument, result)
        case Extendable(rest, result):
            return (rest, result)
        case Missing(each, rest):
            return (each, rest)
        case _:
            return ()


def variables(term: Type) -> Iterator[Var]:
    """The variables of a term from left to right, as often as they occur."""
    waiting = [term]
    while waiting:
        term = prune(waiting.pop())
        if isinstance(term, Var):
            yield term
        waiting += reversed(children(term))


@dataclass(frozen=True, slots=True)
class Scheme:
    """A type for all types that `quantified` may stand for."""

    quantified: tuple[Var, ...]
    type: Type

    def instance(self, level: int) -> Type:
        """The type with new variables in place of the quantified ones."""
        if not self.quantified:
            return self.type
        fresh = {
            id(v): Var(level, set(v.constraints), mistaken=v.mistaken) for v in self.quantified
        }
        return substituted(self.type, fresh)


def rebuilt(term: Type, child: Callable[[Type], Type]) -> Type:
    """A pruned term, made of what `child` gives for each of the terms that it is made of."""
    match term:
        case SequenceOf(item):
            return SequenceOf(child(item))
        case SetOf(item):
            return SetOf(child(item))
        case TupleOf(items):
            return TupleOf(tuple(map(child, items)))
        case MapOf(key, value):
            return MapOf(child(key), child(value))
        case Function(arguments, result):
            return Function(tuple(map(child, arguments)), child(result))
        case Dotted(left, right):
            return Dotted(child(left), child(right))
        case Dotable(argument, result):
            return Dotable(child(argument), child(result))
        case Extendable(rest, result):
            onward = child(rest)
            assert isinstance(onward, Var)
            return Extendable(onward, child(result))
        case _:
            return term


def substituted(term: Type, by: dict[int, Var]) -> Type:
    """A term with other variables, given by the identity of those that they replace."""

    def walk(each: Type) -> Type:
        each = prune(each)
        return by.get(id(each), each) if isinstance(each, Var) else rebuilt(each, walk)

    return walk(term)


class Names:
    """Names for type variables, a to z and on; the same name for the same variable.

    A rigid variable keeps the name that the script gave it.
    """

    def __init__(self) -> None:
        self._known: dict[int, str] = {}
        self._taken: set[str] = set()

    def of(self, variable: Var) -> str:
        known = self._known.get(id(variable))
        if known is None:
            known = variable.rigid
            number = 0
            while not known or (known in self._taken and not variable.rigid):
                known = _letters(number)
                number += 1
            self._taken.add(known)
            self._known[id(variable)] = known
        return known


def _letters(number: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[number % 26] + (str(number // 26) if number >= 26 else "")


#: Of a larger type, no more parts than this are written; dots stand for the others.
MOST_WRITTEN = 300


def written(term: Type, names: Names | None = None) -> str:
    """A type in CSPM's notation, without its constraints."""
    names = names if names is not None else Names()
    count = 0

    def listed(items: Iterable[Type], between: str, tight: int = 0) -> str:
        texts: list[str] = []
        for each in items:
            texts.append(show(each, tight))
            if count > MOST_WRITTEN:
                break
        return between.join(texts)

    def show(each: Type, tight: int = 0) -> str:
        nonlocal count
        count += 1
        if count > MOST_WRITTEN:
            return "…"
        each = prune(each)
        match each:
            case Basic(name) | Datatype(name):
                return name
            case SequenceOf(item):
                return "<Char>" if prune(item) is CHAR else f"<{show(item)}>"
            case SetOf(item):
                return f"{{{show(item)}}}"
            case TupleOf(items):
                return f"({listed(items, ', ')})"
            case MapOf(key, value):
                return f"(| {show(key)} => {show(value)} |)"
            case Function(arguments, result):
                return _in(tight, 1, f"({listed(arguments, ', ')}) -> {show(result)}")
            case Dotted():
                return _in(tight, 3, listed(parts_of(each), ".", 3))
            case Dotable(argument, result):
                return _in(tight, 2, f"{show(argument, 3)}=>{show(result, 1)}")
            case Extendable(rest, result):
                return _in(tight, 2, f"{names.of(rest)}=>*{show(result, 1)}")
            case Var():
                return names.of(each)
            case _:
                return "…"

    return show(term)


def _in(around: int, own: int, text: str) -> str:
    return f"({text})" if around >= own and around else text


def written_scheme(scheme: Scheme) -> str:
    """A type with its constraints: `(Eq a, Set b) => (a, {b}) -> Bool`."""
    names = Names()
    text = written(scheme.type, names)
    seen = dict.fromkeys(v for v in variables(scheme.type) if v.constraints)
    found = [f"{c.value} {names.of(v)}" for v in seen for c in _least(v.constraints)]
    if not found:
        return text
    listed = found[0] if len(found) == 1 else f"({', '.join(found)})"
    return f"{listed} => {text}"


def _least(constraints: set[Constraint]) -> list[Constraint]:
    """Constraints in a fixed order, without those that another one implies."""
    implied = {Constraint.SET} if Constraint.EQ in constraints else set()
    if Constraint.YIELDABLE in constraints:
        implied |= {Constraint.COMPLETE, Constraint.SET}
    return [each for each in Constraint if each in constraints - implied]
