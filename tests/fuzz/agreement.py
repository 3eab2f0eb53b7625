"""Whether a value is one of a type: what "well-typed" promises."""

from __future__ import annotations

from typing import Any

from cospec.spec.semantics.process import Process
from cospec.spec.syntax.sets import SymbolicSet
from cospec.spec.syntax.types.terms import (
    EVENT,
    Basic,
    Datatype,
    Dotable,
    Dotted,
    Function,
    MapOf,
    SequenceOf,
    SetOf,
    TupleOf,
    Type,
    Var,
    fields_of,
    parts_of,
    prune,
)
from cospec.spec.syntax.values import Bool, Char, Dot, Map, Tup
from cospec.spec.syntax.values import Dotted as DottedValue
from cospec.spec.syntax.values import Function as FunctionValue

_BASIC: dict[str, type] = {"Int": int, "Bool": Bool, "Char": Char, "Proc": Process}


def agrees(value: Any, term: Type) -> bool:
    """Whether a value, all of it evaluated, is of a type; what that leaves open is believed."""
    term = prune(term)
    match term:
        case Basic() if term is not EVENT:
            return isinstance(value, _BASIC[term.name])
        case Basic() | Datatype():
            event = term is EVENT
            return isinstance(value, Dot) and value.complete and value.head.is_channel == event
        case SequenceOf(item):
            return type(value) is tuple and all(agrees(each, item) for each in value)
        case SetOf(item):
            if isinstance(value, SymbolicSet):
                return True  # its members are too many to look at
            return isinstance(value, frozenset) and all(agrees(each, item) for each in value)
        case TupleOf(items):
            return (
                isinstance(value, Tup)
                and len(value) == len(items)
                and all(map(agrees, value, items))
            )
        case MapOf(key, its):
            return isinstance(value, Map) and all(
                agrees(k, key) and agrees(v, its) for k, v in value.entries.items()
            )
        case Function():
            return isinstance(value, FunctionValue) and value.arity == len(term.arguments)
        case Dotable():
            fields, final = fields_of(term)
            if any(isinstance(each, Var) for each in (*fields, final)):
                return True
            return isinstance(value, Dot) and not value.complete
        case Dotted():
            parts = parts_of(term)
            if any(isinstance(each, (Var, Dotable)) for each in parts):
                return True
            return (
                isinstance(value, DottedValue)
                and len(value.items) == len(parts)
                and all(map(agrees, value.items, parts))
            )
        case _:
            return True
