"""The types of expressions, patterns and statements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Note
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types import messages
from cospec.spec.syntax.types.environment import Entity, Scope
from cospec.spec.syntax.types.messages import IllTyped
from cospec.spec.syntax.types.terms import (
    BOOL,
    CHAR,
    EVENT,
    INT,
    PROC,
    Constraint,
    Dotable,
    Dotted,
    Extendable,
    Function,
    MapOf,
    SequenceOf,
    SetOf,
    TupleOf,
    Type,
    Var,
    dotted,
    parts_of,
    prune,
    rebuilt,
)
from cospec.spec.syntax.types.unify import Mismatch, TooLarge, Unifier, Unsatisfied

EVENTS = SetOf(EVENT)

_ARITHMETIC = {"+", "-", "*", "/", "%"}
_ORDERED = {"<", "<=", ">", ">="}
_PROCESSES = {";", "[>", "/\\", "[]", "|~|", "|||"}


class Inference(ABC):
    """Finds types in a scope; definitions are left to whoever inherits this.

    Attributes:
        scope: the names at the place that is being looked at.
        level: how deep definitions are nested there whose types may be generalised.
        uses: each use of a name: where, what it stands for, and its type there.
        unknown: how many names were met that are not defined.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.level = 0
        self.unifier = Unifier()
        self.uses: list[tuple[Span, Entity, Type]] = []
        self.unknown = 0

    @abstractmethod
    def let(self, declarations: Sequence[tree.Declaration]) -> None:
        """Types local declarations, their names added to the scope."""

    def fresh(self, *constraints: Constraint) -> Var:
        """A type variable of which nothing else is known."""
        return Var(self.level, set(constraints))

    @contextmanager
    def nested(self) -> Iterator[Scope]:
        """A scope inside the present one."""
        outer = self.scope
        self.scope = Scope(outer)
        try:
            yield self.scope
        finally:
            self.scope = outer

    # ---------------------------------------------------------------------------- asking

    def unify(
        self,
        expected: Type,
        actual: Type,
        span: Span,
        what: str,
        notes: Callable[[], Iterable[Note]] = tuple,
        strict: bool = False,
        pattern: bool = False,
    ) -> None:
        """Makes the types the same, or says what is wrong with `what` at `span`; with `pattern`, a
        pattern stands there.

        Raises:
            IllTyped: they cannot be.
        """
        try:
            if strict:
                with self.unifier.strict():
                    self.unifier.unify(expected, actual)
            else:
                self.unifier.unify(expected, actual)
        except Mismatch as error:
            error.pairs.insert(0, (expected, actual))
            if not isinstance(error, TooLarge):
                ends = error.pairs[0], error.pairs[-1]
                error.pairs = [(self._simple(one), self._simple(other)) for one, other in ends]
            types = self.scope.datatypes()
            wrong = messages.mismatch(error, span, what, notes(), types, pattern)
            raise IllTyped(wrong) from None
        except Unsatisfied as error:
            raise IllTyped(messages.unsatisfied(error, span, what, notes())) from None

    def _simple(self, found: Type) -> Type:
        """A type for a message: dotted types as what they amount to."""
        found = prune(found)
        if isinstance(found, Dotted):
            with suppress(Mismatch, Unsatisfied):
                found = self.unifier.settled(found)
        return dotted([rebuilt(part, self._simple) for part in parts_of(found)])

    def require(self, constraint: Constraint, found: Type, span: Span, what: str) -> None:
        """Sees to it that a type satisfies a constraint."""
        try:
            self.unifier.require(constraint, found)
        except Unsatisfied as error:
            raise IllTyped(messages.unsatisfied(error, span, what)) from None
        except Mismatch as error:
            raise IllTyped(messages.mismatch(error, span, what)) from None

    def settled(self, found: Type, span: Span) -> Type:
        """The type at the border of a definition: a last variable has taken all fields."""
        try:
            return self.unifier.settled(found)
        except Mismatch as error:
            raise IllTyped(messages.mismatch(error, span, "this")) from None
        except Unsatisfied as error:
            raise IllTyped(messages.unsatisfied(error, span, "this")) from None

    def check(
        self,
        expr: tree.Expr,
        expected: Type,
        what: str,
        notes: Callable[[], Iterable[Note]] = tuple,
    ) -> None:
        """Sees to it that an expression is of a type; `what` names its place, and `notes` tell
        why it must be of this type."""
        if isinstance(expr, tree.If):
            self.check(expr.condition, BOOL, "the condition of `if`")
            self.check(expr.then, expected, what, notes)
            self.check(expr.otherwise, expected, what, notes)
        elif isinstance(expr, tree.Let):
            with self.nested():
                self.let(expr.declarations)
                self.check(expr.body, expected, what, notes)
        else:
            found = self.infer(expr)
            self.unify(expected, found, expr.span, what, lambda: (*self._origin(expr), *notes()))

    def _origin(self, expr: tree.Expr) -> tuple[Note, ...]:
        """Where the name comes from that an expression is, or applies, or begins with."""
        while isinstance(expr, (tree.Apply, tree.Dot)):
            expr = expr.function if isinstance(expr, tree.Apply) else expr.left
        if not isinstance(expr, tree.Name):
            return ()
        entity = self.scope.lookup(expr.text)
        return messages.declared(entity, expr.text) if entity is not None else ()

    # ----------------------------------------------------------------------- expressions

    def infer(self, expr: tree.Expr) -> Type:
        """The type of an expression; dotted types are left as they are written.

        Raises:
            IllTyped: it has none.
        """
        return _RULES[type(expr)](self, expr)

    def _name(self, expr: tree.Name) -> Type:
        entity = self.scope.lookup(expr.text)
        if entity is None or (entity.scheme is None and entity.type is None):
            self.unknown += 1  # not defined, which is said elsewhere; or a module
            return Var(self.level, mistaken=True)
        found = entity.type
        if entity.scheme is not None:
            found = entity.scheme.instance(self.level)
        assert found is not None
        self.uses.append((expr.span, entity, found))
        return found

    def _int(self, _expr: tree.Int) -> Type:
        return INT

    def _bool(self, _expr: tree.Bool) -> Type:
        return BOOL

    def _char(self, _expr: tree.Char) -> Type:
        return CHAR

    def _string(self, _expr: tree.String) -> Type:
        return SequenceOf(CHAR)

    def _anything(self, _expr: tree.Expr) -> Type:
        return self.fresh()

    def _tuple(self, expr: tree.Tuple) -> Type:
        return TupleOf(tuple(map(self.infer, expr.items)))

    def _sequence(self, expr: tree.Sequence) -> Type:
        with self.nested():
            self.statements(expr.statements, SequenceOf)
            item = self.fresh()
            self._items(expr.items, item, "an element of a sequence")
        return SequenceOf(item)

    def _set(self, expr: tree.Set) -> Type:
        with self.nested():
            self.statements(expr.statements, SetOf)
            item = self.fresh(Constraint.SET)
            self._items(expr.items, item, "a member of a set")
        return SetOf(item)

    def _items(self, items: Iterable[tree.Expr], item: Type, what: str) -> None:
        first: tree.Expr | None = None
        for each in items:
            self.check(each, item, what, _like(first, "like the first one"))
            first = first or each

    def _range(self, expr: tree.SequenceRange | tree.SetRange) -> Type:
        kind = SequenceOf if isinstance(expr, tree.SequenceRange) else SetOf
        with self.nested():
            self.statements(expr.statements, kind)
            self.check(expr.first, INT, "the first number of a range")
            if expr.last is not None:
                self.check(expr.last, INT, "the last number of a range")
        return kind(INT)

    def _event_set(self, expr: tree.EventSet) -> Type:
        result = self.fresh(Constraint.YIELDABLE)
        with self.nested():
            self.statements(expr.statements, SetOf)
            for each in expr.items:
                self.check(each, Extendable(self.fresh(), result), "what stands in `{| |}`")
        return SetOf(result)

    def _map(self, expr: tree.Map) -> Type:
        key, value = self.fresh(Constraint.SET), self.fresh()
        for each, its in expr.pairs:
            self.check(each, key, "a key of a map")
            self.check(its, value, "a value of a map")
        return MapOf(key, value)

    def _dot(self, expr: tree.Dot) -> Type:
        return Dotted(self.infer(expr.left), self.infer(expr.right))

    def _apply(self, expr: tree.Apply) -> Type:
        function = prune(self.infer(expr.function))
        name = f"`{expr.function.text}`" if isinstance(expr.function, tree.Name) else "the function"
        given = len(expr.arguments)
        if isinstance(function, Var) and not function.rigid:
            made = Function(tuple(self.fresh() for _ in range(given)), self.fresh())
            self.unify(made, function, expr.function.span, name)
            function = made
        if not isinstance(function, Function):
            notes = self._origin(expr.function)
            raise IllTyped(messages.not_a_function(expr.function.span, function, notes))
        if given != len(function.arguments):
            raise IllTyped(
                messages.wrong_arguments(
                    name, given, len(function.arguments), expr.span, self._origin(expr.function)
                )
            )
        for number, (argument, expected) in enumerate(
            zip(expr.arguments, function.arguments, strict=True), 1
        ):
            what = f"argument {number} of {name}" if given > 1 else f"the argument of {name}"
            self._argument(argument, expected, what, expr.function)
        return function.result

    def _argument(
        self, argument: tree.Expr, expected: Type, what: str, function: tree.Expr
    ) -> None:
        found = self.infer(argument)
        if not isinstance(prune(expected), (Extendable, Dotable)):
            found = self.settled(found, argument.span)
        self.unify(
            expected, found, argument.span, what, lambda: self._origin(function), strict=True
        )

    def _lambda(self, expr: tree.Lambda) -> Type:
        with self.nested():
            arguments = tuple(self.parameter(p) for p in expr.patterns)
            return Function(arguments, self.body(expr.body))

    def body(self, expr: tree.Expr) -> Type:
        """The type of what a function gives."""
        return self.settled(self.infer(expr), expr.span)

    def _let(self, expr: tree.Let) -> Type:
        with self.nested():
            self.let(expr.declarations)
            return self.infer(expr.body)

    def _if(self, expr: tree.If) -> Type:
        self.check(expr.condition, BOOL, "the condition of `if`")
        found = self.infer(expr.then)
        like = _like(expr.then, "like what follows `then`")
        self.check(expr.otherwise, found, "what follows `else`", like)
        return found

    def _unary(self, expr: tree.Unary) -> Type:
        match expr.operator:
            case "not":
                self.check(expr.operand, BOOL, "what follows `not`")
                return BOOL
            case "#":
                self.check(expr.operand, SequenceOf(self.fresh()), "what follows `#`")
                return INT
            case _:
                self.check(expr.operand, INT, "what follows `-`")
                return INT

    def _binary(self, expr: tree.Binary) -> Type:
        operator = expr.operator
        if operator in _PROCESSES:
            return self._both(expr, PROC)
        if operator in _ARITHMETIC:
            return self._both(expr, INT)
        if operator in {"and", "or"}:
            return self._both(expr, BOOL)
        if operator == "^":
            return self._both(expr, SequenceOf(self.fresh()))
        if operator == "&":
            self.check(expr.left, BOOL, "the left side of `&`")
            self.check(expr.right, PROC, "the right side of `&`")
            return PROC
        if operator in {"\\", "|\\"}:
            self.check(expr.left, PROC, f"the left side of `{operator}`")
            self.check(expr.right, EVENTS, f"the right side of `{operator}`")
            return PROC
        if operator in {"==", "!="} or operator in _ORDERED:
            return self._comparison(expr)
        return self.fresh()  # no expression; reported by the names' checks

    def _both(self, expr: tree.Binary, both: Type) -> Type:
        self.check(expr.left, both, f"the left side of `{expr.operator}`")
        self.check(expr.right, both, f"the right side of `{expr.operator}`")
        return both

    def _comparison(self, expr: tree.Binary) -> Type:
        left = self.infer(expr.left)
        right = self.infer(expr.right)
        what = f"the right side of `{expr.operator}`, like its left side,"
        self.unify(left, right, expr.right.span, what, lambda: self._origin(expr.right))
        constraint = Constraint.ORD if expr.operator in _ORDERED else Constraint.EQ
        self.require(constraint, left, expr.span, f"what `{expr.operator}` compares")
        return BOOL

    # ------------------------------------------------------------------------- processes

    def _prefix(self, expr: tree.Prefix) -> Type:
        with self.nested() if expr.fields else nullcontext():
            parts = [self.infer(expr.channel)]
            parts += [self._field(each) for each in expr.fields]
            whole = expr.channel.span
            if expr.fields:
                whole = whole.to(expr.fields[-1].span)
            self._event(dotted(parts), whole, expr)
            self.check(expr.body, PROC, "what follows `->`")
        return PROC

    def _event(self, found: Type, span: Span, prefix: tree.Prefix) -> None:
        """What stands before `->` must be an event, with all its fields and no more."""
        try:
            self.unifier.unify(EVENT, found)
        except (Mismatch, Unsatisfied) as error:
            notes = (*self._captured(prefix), *self._origin(prefix.channel))
            try:
                found = self.unifier.settled(found)
            except Mismatch as inside:
                raise IllTyped(messages.wrong_field(inside, span, notes)) from None
            except Unsatisfied as inside:
                raise IllTyped(messages.unsatisfied(inside, span, "a field", notes)) from None
            raise IllTyped(messages.no_event(error, found, span, notes)) from None

    def _captured(self, prefix: tree.Prefix) -> Iterator[Note]:
        """Input fields that bind nothing, being the names of channels or constructors."""
        for each in prefix.fields:
            pattern = each.pattern
            if each.kind != "!" and isinstance(pattern, tree.Name):
                entity = self.scope.lookup(pattern.text)
                if entity is not None and entity.head:
                    text = f"`{entity.name}` is no new variable: it is declared here"
                    yield Note(text, entity.span)

    def _field(self, each: tree.Field) -> Type:
        if each.kind == "!":
            return self.infer(each.pattern)
        within = None if each.within is None else self.infer(each.within)
        found = self.pattern(each.pattern)
        self.require(Constraint.COMPLETE, found, each.pattern.span, f"what follows `{each.kind}`")
        if within is not None:
            assert each.within is not None
            what = "the set that an input is taken from"
            self.unify(SetOf(found), within, each.within.span, what)
            self.require(Constraint.COMPLETE, found, each.within.span, "a member of this set")
        return found

    def _set_binary(self, expr: tree.SetBinary) -> Type:
        shown = _SHOWN[expr.operator]
        self.check(expr.left, PROC, f"the left side of `{shown}`")
        self.check(expr.events, EVENTS, f"the set in `{shown}`")
        self.check(expr.right, PROC, f"the right side of `{shown}`")
        return PROC

    def _alphabetised(self, expr: tree.AlphabetisedParallel) -> Type:
        self.check(expr.left, PROC, "the left side of `[A || B]`")
        self.check(expr.left_events, EVENTS, "the left alphabet of `[A || B]`")
        self.check(expr.right_events, EVENTS, "the right alphabet of `[A || B]`")
        self.check(expr.right, PROC, "the right side of `[A || B]`")
        return PROC

    def _linked(self, expr: tree.LinkedParallel) -> Type:
        self.check(expr.left, PROC, "the left side of `[a <-> b]`")
        self.check(expr.right, PROC, "the right side of `[a <-> b]`")
        with self.nested():
            self.statements(expr.statements, SetOf)
            self._ties(expr.ties, "<->")
        return PROC

    def _rename(self, expr: tree.Rename) -> Type:
        self.check(expr.process, PROC, "what stands before `[[ ]]`")
        with self.nested():
            self.statements(expr.statements, SetOf)
            self._ties(expr.ties, "<-")
        return PROC

    def _ties(self, ties: Iterable[tree.Tie], arrow: str) -> None:
        for tie in ties:
            both = Extendable(self.fresh(), EVENT)
            self.check(tie.left, both, f"the left side of `{arrow}`")
            self.check(tie.right, both, f"the right side of `{arrow}`, like its left side,")

    def _replicated(self, expr: tree.Replicated) -> Type:
        kind = SequenceOf if expr.operator == ";" else SetOf
        shown = f"replicated `{_SHOWN.get(expr.operator, expr.operator)}`"
        if expr.events is not None and expr.operator != "||":
            self.check(expr.events, EVENTS, f"the set in {shown}")
        with self.nested():
            self.statements(expr.statements, kind)
            if expr.events is not None and expr.operator == "||":
                self.check(expr.events, EVENTS, f"the alphabet in {shown}")
            self.check(expr.body, PROC, f"the body of {shown}")
        return PROC

    def _replicated_link(self, expr: tree.ReplicatedLink) -> Type:
        with self.nested():
            self.statements(expr.statements, SequenceOf)
            self.check(expr.body, PROC, "the body of replicated `[a <-> b]`")
            with self.nested():
                self.statements(expr.tie_statements, SetOf)
                self._ties(expr.ties, "<->")
        return PROC

    # ------------------------------------------------------------------------ statements

    def statements(
        self, statements: Iterable[tree.Statement] | None, kind: type[SetOf | SequenceOf]
    ) -> None:
        """Types statements, which go through sets or sequences; their variables join the scope."""
        for statement in statements or ():
            if isinstance(statement, tree.Condition):
                self.check(statement.condition, BOOL, "a condition")
                continue
            item = self.fresh()
            called = "set" if kind is SetOf else "sequence"
            self.check(statement.container, kind(item), f"the {called} gone through here")
            found = self.settled(self.pattern(statement.pattern), statement.pattern.span)
            what = f"a pattern for the elements of this {called}"
            notes = _like(statement.container, f"the {called}")
            span = statement.pattern.span
            self.unify(found, item, span, what, notes, strict=True, pattern=True)

    # -------------------------------------------------------------------------- patterns

    def parameter(self, pattern: tree.Expr) -> Type:
        """The type of a function's parameter, its variables added to the scope."""
        return self.settled(self.pattern(pattern), pattern.span)

    def pattern(self, pattern: tree.Expr) -> Type:
        """The type of a pattern, its variables added to the scope."""
        match pattern:
            case tree.Name() if self.scope.is_head(pattern.text):
                return self._name(pattern)
            case tree.Name(text, span):
                entity = Entity(text, span, type=self.fresh())
                self.scope.names[text] = entity
                assert entity.type is not None
                self.uses.append((span, entity, entity.type))
                return entity.type
            case tree.Tuple(items):
                return TupleOf(tuple(map(self.pattern, items)))
            case tree.Sequence(items):
                return SequenceOf(self._alike(items, self.fresh(), "an element of a sequence"))
            case tree.Set(items):
                item = self.fresh(Constraint.EQ)
                return SetOf(self._alike(items, item, "a member of a set"))
            case tree.Dot(left, right):
                first = self.pattern(left)
                return Dotted(first, self.pattern(right))
            case tree.Binary("^", left, right):
                whole = SequenceOf(self.fresh())
                self.unify(whole, self.pattern(left), left.span, "a part of a sequence")
                self.unify(whole, self.pattern(right), right.span, "a part of a sequence")
                return whole
            case tree.Binary("@@", left, right):
                found = self.settled(self.pattern(left), left.span)
                also = self.settled(self.pattern(right), right.span)
                what = "the right side of `@@`, like its left side,"
                self.unify(found, also, right.span, what)
                return found
            case tree.Unary("-"):
                return INT
            case tree.Int() | tree.Bool() | tree.Char() | tree.String():
                return self.infer(pattern)
            case _:
                return self.fresh()  # no pattern; reported by the names' checks

    def _alike(self, items: Iterable[tree.Expr], item: Type, what: str) -> Type:
        for each in items:
            found = self.settled(self.pattern(each), each.span)
            self.unify(item, found, each.span, what)
        return item


def _like(expr: tree.Expr | None, text: str) -> Callable[[], Iterable[Note]]:
    """A note on what decides which type something must have."""
    return lambda: () if expr is None else (Note(text, expr.span),)


_SHOWN = {"[||]": "[| A |]", "[|>": "[| A |>", "[++]": "[+ A +]", "/++\\": "/+ A +\\"}

_RULES: dict[type, Callable[[Any, Any], Type]] = {
    tree.Name: Inference._name,
    tree.Int: Inference._int,
    tree.Bool: Inference._bool,
    tree.Char: Inference._char,
    tree.String: Inference._string,
    tree.Wildcard: Inference._anything,
    tree.Tuple: Inference._tuple,
    tree.Sequence: Inference._sequence,
    tree.SequenceRange: Inference._range,
    tree.Set: Inference._set,
    tree.SetRange: Inference._range,
    tree.EventSet: Inference._event_set,
    tree.Map: Inference._map,
    tree.Dot: Inference._dot,
    tree.Apply: Inference._apply,
    tree.Lambda: Inference._lambda,
    tree.Let: Inference._let,
    tree.If: Inference._if,
    tree.Unary: Inference._unary,
    tree.Binary: Inference._binary,
    tree.Prefix: Inference._prefix,
    tree.SetBinary: Inference._set_binary,
    tree.AlphabetisedParallel: Inference._alphabetised,
    tree.LinkedParallel: Inference._linked,
    tree.Rename: Inference._rename,
    tree.Replicated: Inference._replicated,
    tree.ReplicatedLink: Inference._replicated_link,
    tree.Arrow: Inference._anything,
}
