"""M09, types of Coq listings: whether an expression has one, and whether a declaration is legal.

Types are terms: `("list", ("Event",))`, functions are `("->", argument, result)`, and a name in
place of a tuple is a type variable. Expressions are inferred by unification (R. Milner, *A theory
of type polymorphism in programming*, JCSS 17(3), 1978), with constants that are polymorphic and
local names that are not. Of a declaration is asked what Coq asks: a `Record` does not mention
itself, an `Inductive` only where it is not an argument, that is strictly positively.

>>> types = {"length": function(("list", "a"), ("nat",)), "events": ("list", ("Event",))}
>>> written(infer(Apply(Name("length"), Name("events")), types))
'nat'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

__all__ = [
    "BEHAVIOUR", "BEHAVIOUR_BY_NAME", "EVENT_HANDLING", "HANDLING_REPAIRED", "HANDLING_TYPES",
    "Apply", "Expression", "Function", "IllTyped", "Match", "Name", "TypeDeclaration", "defects",
    "function", "infer", "written",
]  # fmt: skip

#: A type variable, or the name of a type constructor with its arguments.
Type: TypeAlias = Any

Expression: TypeAlias = "Name | Apply | Function | Match"


class IllTyped(TypeError):
    """An expression that has no type."""


@dataclass(frozen=True, slots=True)
class Name:
    """A constant, or a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function and its argument."""

    function: Expression
    argument: Expression


@dataclass(frozen=True, slots=True)
class Function:
    """`fun parameter => body`"""

    parameter: str
    body: Expression


@dataclass(frozen=True, slots=True)
class Match:
    """`match of with Some x => some | None => none end`"""

    of: Expression
    variable: str
    some: Expression
    none: Expression


def function(*types: Type) -> Type:
    """The type of functions of all but the last to the last."""
    first, *rest = types
    return ("->", first, function(*rest)) if rest else first


def written(type: Type) -> str:
    """A type as Coq writes it."""
    if isinstance(type, str):
        return type
    name, *arguments = type
    if name in ("->", "*"):
        left, right = map(written, arguments)
        return f"{_bracketed(left)} {name} {right if name == '->' else _bracketed(right)}"
    return " ".join([name, *(_bracketed(written(each)) for each in arguments)])


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text


def infer(expression: Expression, types: Mapping[str, Type]) -> Type:
    """The type of an expression; `types` are those of its constants.

    Raises:
        IllTyped: it has none.
        KeyError: a name has no type.
    """
    found = _Inference(types)
    return found.resolved(found.of(expression, {}))


class _Inference:
    """What is known of the type variables."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._known: dict[str, Type] = {}
        self._numbers = count(1)

    def _fresh(self) -> str:
        return f"t{next(self._numbers)}"

    def of(self, expression: Expression, local: Mapping[str, Type]) -> Type:
        match expression:
            case Name(name):
                return local[name] if name in local else self._instance(self._types[name], {})
            case Apply(called, argument):
                taking, taken = self.of(called, local), self.of(argument, local)
                result = self._fresh()
                try:
                    self._unify(taking, ("->", taken, result))
                except IllTyped as error:
                    given, wanted = (written(self.resolved(each)) for each in (taken, taking))
                    raise IllTyped(f"{given} is given to {wanted}") from error
                return result
            case Function(parameter, body):
                taken = self._fresh()
                return ("->", taken, self.of(body, {**local, parameter: taken}))
            case Match(scrutinee, variable, some, none):
                inside = self._fresh()
                self._unify(("option", inside), self.of(scrutinee, local))
                result = self.of(some, {**local, variable: inside})
                self._unify(result, self.of(none, local))
                return result

    def _instance(self, type: Type, names: dict[str, str]) -> Type:
        if isinstance(type, str):
            return names.setdefault(type, self._fresh())
        return (type[0], *(self._instance(each, names) for each in type[1:]))

    def resolved(self, type: Type) -> Type:
        """A type with all that is known put in; what is free is called a, b, …"""
        names: dict[str, str] = {}
        return self._named(type, names)

    def _named(self, type: Type, names: dict[str, str]) -> Type:
        type = self._head(type)
        if isinstance(type, str):
            return names.setdefault(type, chr(ord("a") + len(names)))
        return (type[0], *(self._named(each, names) for each in type[1:]))

    def _head(self, type: Type) -> Type:
        while isinstance(type, str) and type in self._known:
            type = self._known[type]
        return type

    def _unify(self, wanted: Type, given: Type) -> None:
        wanted, given = self._head(wanted), self._head(given)
        if wanted == given:
            return
        for variable, other in ((wanted, given), (given, wanted)):
            if isinstance(variable, str):
                if variable in set(self._variables(other)):
                    raise IllTyped(f"{written(self.resolved(other))} would contain itself")
                self._known[variable] = other
                return
        if wanted[0] != given[0] or len(wanted) != len(given):
            one, other = written(self.resolved(given)), written(self.resolved(wanted))
            raise IllTyped(f"{one} is not {other}")
        for one, other in zip(wanted[1:], given[1:], strict=True):
            self._unify(one, other)

    def _variables(self, type: Type) -> Iterator[str]:
        type = self._head(type)
        if isinstance(type, str):
            yield type
        else:
            for each in type[1:]:
                yield from self._variables(each)


# ---------------------------------------------------------------------------- declarations


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A `Record`, an `Inductive` or a `CoInductive` with one constructor, and its fields."""

    kind: str
    name: str
    fields: tuple[tuple[str, Type], ...]


def defects(declared: TypeDeclaration) -> list[str]:
    """Why Coq refuses a declaration; nothing where it does not."""
    found = []
    for field, type in declared.fields:
        places = list(_places(declared.name, type))
        if places and declared.kind == "Record":
            found.append(f"{field} : {written(type)}: a Record may not mention itself")
        elif "argument" in places:
            found.append(f"{field} : {written(type)}: {declared.name} is an argument")
    return found


def _places(name: str, type: Type, place: str = "result") -> Iterator[str]:
    """Where a name stands in a type: as an argument of a function, or not."""
    if isinstance(type, str):
        return
    if type[0] == name:
        yield place
    for number, each in enumerate(type[1:]):
        yield from _places(name, each, "argument" if type[0] == "->" and number == 0 else place)


# ----------------------------------------------------------------------- as the document has it

_STATE, _MESSAGE, _ID = ("ActorState",), ("Message",), ("ActorID",)
_SENT = ("list", ("*", _ID, _MESSAGE))


def _behaviour(name: str, kind: str, next_one: Type) -> TypeDeclaration:
    return TypeDeclaration(
        kind,
        name,
        (
            ("receive", function(_STATE, _MESSAGE, ("*", _STATE, _SENT))),
            ("spawn", function(_STATE, ("option", ("*", _ID, next_one)))),
            ("become", function(_STATE, ("option", next_one))),
        ),
    )


#: `ActorBehavior` of seed 000, section 2.1, and its repair, in which behaviours have names.
BEHAVIOUR = _behaviour("ActorBehavior", "Record", ("ActorBehavior",))
BEHAVIOUR_BY_NAME = _behaviour("ActorBehavior", "Record", ("BehaviorName",))

_EVENT, _EVENTS = ("Event",), ("list", ("Event",))

#: The types of the names in `process_event` of seed 000, section 4.1, where it defines them; of
#: `option_to_list` and `sort_events` those that their names and uses say.
HANDLING_TYPES: Mapping[str, Type] = {
    "event": _EVENT,
    "applicable_handlers": ("list", function(_EVENT, ("option", _EVENTS))),
    "flat_map": function(function("a", ("list", "b")), ("list", "a"), ("list", "b")),
    "option_to_list": function(("option", "a"), ("list", "a")),
    "sort_events": function(("ProcessingOrder",), _EVENTS, _EVENTS),
    "processing_order": ("ProcessingOrder",),
    "nil": ("list", "a"),
}


def _handling(answer: Expression) -> Expression:
    """`sort_events processing_order (flat_map (fun h => answer) applicable_handlers)`"""
    each = Apply(Name("flat_map"), Function("h", answer))
    events = Apply(each, Name("applicable_handlers"))
    return Apply(Apply(Name("sort_events"), Name("processing_order")), events)


_ANSWER = Apply(Name("h"), Name("event"))

#: What `process_event` puts into the queue, and its repair.
EVENT_HANDLING = _handling(Apply(Name("option_to_list"), _ANSWER))
HANDLING_REPAIRED = _handling(Match(_ANSWER, "l", Name("l"), Name("nil")))
