"""Type annotations: from `f :: Eq a => (a, {a}) -> Bool` to types.

Type variables are introduced by their first use and stand for themselves alone (they are rigid). A
variable that an annotation around this one has named is the same here.
"""

from __future__ import annotations

from cospec.spec.syntax import tree
from cospec.spec.syntax.types import messages
from cospec.spec.syntax.types.environment import Scope
from cospec.spec.syntax.types.messages import IllTyped
from cospec.spec.syntax.types.terms import (
    BOOL,
    CHAR,
    EVENT,
    INT,
    PROC,
    Constraint,
    Datatype,
    Dotable,
    Dotted,
    Extendable,
    Function,
    MapOf,
    Scheme,
    SequenceOf,
    SetOf,
    TupleOf,
    Type,
    Var,
    prune,
)

_BASIC = {"Int": INT, "Bool": BOOL, "Char": CHAR, "Proc": PROC, "Event": EVENT}


class _Reader:
    """Reads one annotation."""

    def __init__(self, scope: Scope, level: int) -> None:
        self.scope = scope
        self.level = level
        self.introduced: dict[str, Var] = {}

    def type(self, expr: tree.Expr) -> Type:
        match expr:
            case tree.Name():
                return self._name(expr)
            case tree.Tuple(items):
                return TupleOf(tuple(map(self.type, items)))
            case tree.Set((item,), None):
                return SetOf(self.type(item))
            case tree.Sequence((item,), None):
                return SequenceOf(self.type(item))
            case tree.Map(((key, value),)):
                return MapOf(self.type(key), self.type(value))
            case tree.Dot(left, right):
                return Dotted(self.type(left), self.type(right))
            case tree.Binary("=>", left, right):
                return Dotable(self.type(left), self.type(right))
            case tree.Binary("=>*", left, right):
                return self._extendable(left, right)
            case tree.Arrow(arguments, result):
                return Function(tuple(map(self.type, arguments)), self.type(result))
            case _:
                raise AssertionError("the parser takes nothing else for a type")

    def _name(self, expr: tree.Name) -> Type:
        text = expr.text
        if text in _BASIC:
            return _BASIC[text]
        entity = self.scope.lookup(text)
        if entity is not None and entity.datatype is not None and not entity.head:
            return entity.datatype
        if "::" in text or (entity is not None and text[0].isupper()):
            raise IllTyped(messages.unknown_type(text, expr.span, entity, self.scope.datatypes()))
        return self.variable(text)

    def variable(self, name: str) -> Var:
        known = self.introduced.get(name) or self.scope.variable(name)
        if known is None:
            known = self.introduced[name] = Var(self.level, rigid=name)
        return known

    def _extendable(self, left: tree.Expr, right: tree.Expr) -> Type:
        rest = self.type(left)
        if not isinstance(rest, Var):
            raise IllTyped(messages.no_variable(left.span))
        result = self.type(right)
        if isinstance(result, Var):
            result.constraints.add(Constraint.YIELDABLE)
        elif result is not EVENT and not isinstance(result, Datatype):
            raise IllTyped(messages.not_extendable(right.span))
        return Extendable(rest, result)


def annotated(annotation: tree.Annotation, scope: Scope, level: int) -> tuple[Scheme, Type]:
    """The general type that an annotation gives, and the same with its variables as they are
    inside the definition.

    Raises:
        IllTyped: it is no type, or has a constraint that says nothing about it.
    """
    reader = _Reader(scope, level)
    found = reader.type(annotation.type)
    for word, name, span in annotation.constraints:
        constraint = next((each for each in Constraint if each.value == word), None)
        outer = scope.variable(name)
        if constraint is None:
            raise IllTyped(messages.unknown_constraint(word, span))
        if name in reader.introduced:
            reader.introduced[name].constraints.add(constraint)
        elif outer is None:
            text = f"the constraint is about `{name}`, which the type does not mention"
            raise IllTyped(messages.useless_constraint(text, span))
        elif constraint not in outer.constraints:
            text = f"`{name}` belongs to an annotation around this one and is settled there"
            raise IllTyped(messages.useless_constraint(text, span))
    scope.variables.update(reader.introduced)
    return Scheme(tuple(reader.introduced.values()), found), prune(found)
