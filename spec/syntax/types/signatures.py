"""The types of the names that every script starts with, and of those that it may import."""

from __future__ import annotations

from collections.abc import Callable

from cospec.spec.syntax.types.terms import (
    BOOL,
    CHAR,
    EVENT,
    INT,
    PROC,
    Constraint,
    Dotable,
    Extendable,
    Function,
    MapOf,
    Scheme,
    SequenceOf,
    SetOf,
    TupleOf,
    Type,
    Var,
)

EQ, SET, YIELDABLE = Constraint.EQ, Constraint.SET, Constraint.YIELDABLE

_EVENTS, _STRING = SetOf(EVENT), SequenceOf(CHAR)
_PAIR_OF_EVENTS = TupleOf((EVENT, EVENT))
_PAIRS = SetOf(_PAIR_OF_EVENTS)


def _constant(made: Type) -> Scheme:
    return Scheme((), made)


def _function(*types: Type) -> Scheme:
    """A function without type variables: its arguments, and its result last."""
    return Scheme((), Function(types[:-1], types[-1]))


def _generic(constraint: Constraint | None, of: Callable[[Type], tuple[Type, ...]]) -> Scheme:
    """A function for values of any type that satisfies the constraint."""
    a = Var(0, {constraint} if constraint is not None else set())
    *arguments, result = of(a)
    return Scheme((a,), Function(tuple(arguments), result))


def _keyed(of: Callable[[Type, Type], tuple[Type, ...]]) -> Scheme:
    """A function for maps."""
    k, v = Var(0, {SET}), Var(0)
    *arguments, result = of(k, v)
    return Scheme((k, v), Function(tuple(arguments), result))


def _related(of: Callable[[Type, Type], Function]) -> Scheme:
    """A function for relations between any two types."""
    a, b = Var(0, {EQ}), Var(0, {EQ})
    return Scheme((a, b), of(a, b))


def _pair(a: Type, b: Type) -> Type:
    return TupleOf((a, b))


def _extensions() -> Scheme:
    a, b = Var(0, {SET}), Var(0, {YIELDABLE})
    return Scheme((a, b), Function((Dotable(a, b),), SetOf(a)))


def _productions() -> Scheme:
    a, b = Var(0), Var(0, {YIELDABLE})
    return Scheme((a, b), Function((Extendable(a, b),), SetOf(b)))


def _empty_map() -> Scheme:
    k, v = Var(0, {SET}), Var(0)
    return Scheme((k, v), MapOf(k, v))


def _image(backwards: bool) -> Scheme:
    def of(a: Type, b: Type) -> Function:
        given, found = (b, a) if backwards else (a, b)
        return Function((SetOf(_pair(a, b)),), Function((given,), SetOf(found)))

    return _related(of)


PREDEFINED: dict[str, Scheme] = {
    "Int": _constant(SetOf(INT)),
    "Bool": _constant(SetOf(BOOL)),
    "Char": _constant(SetOf(CHAR)),
    "Proc": _constant(SetOf(PROC)),
    "Events": _constant(_EVENTS),
    "true": _constant(BOOL),
    "false": _constant(BOOL),
    "True": _constant(BOOL),
    "False": _constant(BOOL),
    "STOP": _constant(PROC),
    "SKIP": _constant(PROC),
    "DIV": _constant(PROC),
    "CHAOS": _function(_EVENTS, PROC),
    "RUN": _function(_EVENTS, PROC),
    "BUFFER": _function(INT, _PAIRS, PROC),
    "WEAK_BUFFER": _function(INT, EVENT, _PAIRS, PROC),
    "SIGNAL_BUFFER": _function(INT, EVENT, EVENT, _PAIRS, PROC),
    "union": _generic(SET, lambda a: (SetOf(a), SetOf(a), SetOf(a))),
    "inter": _generic(SET, lambda a: (SetOf(a), SetOf(a), SetOf(a))),
    "diff": _generic(SET, lambda a: (SetOf(a), SetOf(a), SetOf(a))),
    "Union": _generic(SET, lambda a: (SetOf(SetOf(a)), SetOf(a))),
    "Inter": _generic(SET, lambda a: (SetOf(SetOf(a)), SetOf(a))),
    "member": _generic(EQ, lambda a: (a, SetOf(a), BOOL)),
    "card": _generic(EQ, lambda a: (SetOf(a), INT)),
    "empty": _generic(EQ, lambda a: (SetOf(a), BOOL)),
    "Set": _generic(SET, lambda a: (SetOf(a), SetOf(SetOf(a)))),
    "Seq": _generic(SET, lambda a: (SetOf(a), SetOf(SequenceOf(a)))),
    "seq": _generic(EQ, lambda a: (SetOf(a), SequenceOf(a))),
    "set": _generic(SET, lambda a: (SequenceOf(a), SetOf(a))),
    "head": _generic(None, lambda a: (SequenceOf(a), a)),
    "tail": _generic(None, lambda a: (SequenceOf(a), SequenceOf(a))),
    "null": _generic(None, lambda a: (SequenceOf(a), BOOL)),
    "length": _generic(None, lambda a: (SequenceOf(a), INT)),
    "concat": _generic(None, lambda a: (SequenceOf(SequenceOf(a)), SequenceOf(a))),
    "elem": _generic(EQ, lambda a: (a, SequenceOf(a), BOOL)),
    "emptyMap": _empty_map(),
    "mapFromList": _keyed(lambda k, v: (SequenceOf(_pair(k, v)), MapOf(k, v))),
    "mapToList": _keyed(lambda k, v: (MapOf(k, v), SequenceOf(_pair(k, v)))),
    "mapLookup": _keyed(lambda k, v: (MapOf(k, v), k, v)),
    "mapMember": _keyed(lambda k, v: (MapOf(k, v), k, BOOL)),
    "mapUpdate": _keyed(lambda k, v: (MapOf(k, v), k, v, MapOf(k, v))),
    "mapUpdateMultiple": _keyed(lambda k, v: (MapOf(k, v), SequenceOf(_pair(k, v)), MapOf(k, v))),
    "mapDelete": _keyed(lambda k, v: (MapOf(k, v), k, MapOf(k, v))),
    "Map": _keyed(lambda k, v: (SetOf(k), SetOf(v), SetOf(MapOf(k, v)))),
    "error": _generic(None, lambda a: (_STRING, a)),
    "show": _generic(None, lambda a: (a, _STRING)),
    "extensions": _extensions(),
    "productions": _productions(),
}

#: In scope inside timed sections.
TIMED: dict[str, Scheme] = {
    "WAIT": _function(INT, PROC),
    "timed_priority": _function(PROC, PROC),
}

_COMPRESSION = _function(PROC, PROC)

IMPORTED: dict[str, Scheme] = {
    **dict.fromkeys(
        (
            "sbisim", "dbisim", "wbisim", "diamond", "normal", "lazynorm", "tau_loop_factor",
            "explicate", "lazyenumerate", "model_compress", "chase", "chase_nocache", "deter",
            "loop",
        ),
        _COMPRESSION,
    ),
    "prioritise": _function(PROC, SequenceOf(_EVENTS), PROC),
    "prioritise_nocache": _function(PROC, SequenceOf(_EVENTS), PROC),
    "prioritisepo": _function(PROC, _EVENTS, _PAIRS, _EVENTS, PROC),
    "trace_watchdog": _function(PROC, _EVENTS, EVENT, PROC),
    "failure_watchdog": _function(PROC, _EVENTS, EVENT, PROC),
    "mtransclose": _generic(
        EQ, lambda a: (SetOf(_pair(a, a)), SetOf(a), SetOf(_pair(a, a)))
    ),
    "relational_image": _image(backwards=False),
    "relational_inverse_image": _image(backwards=True),
    "transpose": _related(
        lambda a, b: Function((SetOf(_pair(a, b)),), SetOf(_pair(b, a)))
    ),
}  # fmt: skip
