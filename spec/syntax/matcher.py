"""Patterns: from the expressions they are parsed as to code that takes values apart.

A pattern compiles to a list of steps, each an assignment or a test; a failed test means that the
pattern does not match.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.pycode import assign, at, call, compare, constant, name, store, tuple_of
from cospec.spec.syntax.scopes import Binding, Kind, bound_twice

if TYPE_CHECKING:
    from cospec.spec.syntax.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Step:
    """A statement to run or, when `is_test`, a condition that must be true."""

    node: ast.stmt | ast.expr
    is_test: bool


def width(pattern: tree.Expr) -> int:
    """How many fields a pattern takes where it is not the last part of a dot."""
    if isinstance(pattern, tree.Dot):
        return width(pattern.left) + width(pattern.right)
    if isinstance(pattern, tree.Binary) and pattern.operator == "@@":
        return max(width(pattern.left), width(pattern.right))
    return 1


def pattern_names(pattern: tree.Expr) -> set[str]:
    """The unqualified names in a pattern, constructors included."""
    if isinstance(pattern, tree.Name):
        return {pattern.text}
    found: set[str] = set()
    if isinstance(pattern, tree.Tuple | tree.Sequence | tree.Set):
        for item in pattern.items:
            found |= pattern_names(item)
    elif isinstance(pattern, tree.Dot | tree.Binary):
        found = pattern_names(pattern.left) | pattern_names(pattern.right)
    return found


def spine(expr: tree.Expr) -> list[tree.Expr]:
    """The parts of `a.b.c`."""
    parts = []
    while isinstance(expr, tree.Dot):
        parts.append(expr.left)
        expr = expr.right
    return [*parts, expr]


class Matcher:
    """Compiles one pattern, or several that share their variables.

    Variables are bound in the compiler's current scope. Subjects are Python variables of the
    function being written.
    """

    def __init__(self, compiler: Expressions) -> None:
        self.compiler = compiler
        self.steps: list[Step] = []
        self.bound: set[str] = set()

    def test(self, condition: ast.expr) -> None:
        self.steps.append(Step(condition, True))

    def run(self, statement: ast.stmt) -> None:
        self.steps.append(Step(statement, False))

    def force(self, subject: str, span: tree.Span) -> None:
        """Make sure that `subject` is in head form."""
        if subject not in self.compiler.settled:
            self.run(assign(subject, call(span, "force", name(subject))))
            self.compiler.settled.add(subject)

    def match(self, pattern: tree.Expr, subject: str) -> None:
        """Add the steps that match `pattern` against the Python variable `subject`."""
        method = getattr(self, "_" + type(pattern).__name__.lower(), None)
        if method is None:
            self._not_a_pattern(pattern)
        else:
            method(pattern, subject)

    def _not_a_pattern(self, pattern: tree.Expr) -> None:
        note = Note(
            "a pattern is made of variables, literals, channels and constructors, and of dots, "
            "tuples, sequences and sets of these"
        )
        message = "this expression cannot be used as a pattern"
        self._wrong(pattern, "X310", message, pattern.span, (note,))

    def _wrong(
        self,
        pattern: tree.Expr,
        code: str,
        message: str,
        span: tree.Span,
        notes: tuple[Note, ...] = (),
    ) -> None:
        """Report the pattern; its variables count as bound, so that this is all that is said."""
        self.compiler.report(Diagnostic(code, message, span, "", notes))
        for title in pattern_names(pattern):
            self.compiler.bind_variable(title, "wrong", pattern.span)

    def constructor(self, pattern: tree.Expr) -> Binding | None:
        """The channel or constructor that a name pattern stands for, if it is one."""
        if not isinstance(pattern, tree.Name):
            return None
        if "::" in pattern.text:
            binding = self.compiler.resolve(pattern)
            if binding is not None and binding.kind is not Kind.HEAD:
                self._not_a_pattern(pattern)
            return binding
        found = self.compiler.scope.find(pattern.text)
        if found is not None and found.kind is Kind.HEAD:
            self.compiler.use(found)
            return found
        return None

    def _wildcard(self, pattern: tree.Wildcard, subject: str) -> None:
        pass

    def _name(self, pattern: tree.Name, subject: str) -> None:
        head = self.constructor(pattern)
        if head is not None:
            self.force(subject, pattern.span)
            self.test(compare(name(subject), ast.Is(), call(pattern.span, "bare", name(head.code))))
            return
        if pattern.text in self.bound:
            self.compiler.report(bound_twice(pattern.text, pattern.span))
        self.bound.add(pattern.text)
        self.compiler.bind_variable(pattern.text, subject, pattern.span)

    def _equals(self, pattern: tree.Expr, subject: str, value: ast.expr) -> None:
        self.force(subject, pattern.span)
        self.test(at(compare(name(subject), ast.Eq(), value), pattern.span))

    def _int(self, pattern: tree.Int, subject: str) -> None:
        self._equals(pattern, subject, constant(pattern.value))

    def _unary(self, pattern: tree.Unary, subject: str) -> None:
        if pattern.operator == "-" and isinstance(pattern.operand, tree.Int):
            self._equals(pattern, subject, constant(-pattern.operand.value))
        else:
            self._not_a_pattern(pattern)

    def _bool(self, pattern: tree.Bool, subject: str) -> None:
        self._equals(pattern, subject, name("TRUE" if pattern.value else "FALSE"))

    def _char(self, pattern: tree.Char, subject: str) -> None:
        self._equals(pattern, subject, self.compiler.literal(pattern))

    def _string(self, pattern: tree.String, subject: str) -> None:
        self.test(call(pattern.span, "equal", name(subject), self.compiler.literal(pattern)))

    def _parts(self, patterns: list[tree.Expr], found: ast.expr, span: tree.Span) -> None:
        """Match `patterns` against the parts that `found` gives, None meaning no match."""
        parts = self.compiler.fresh("parts")
        self.run(assign(parts, found))
        self.test(compare(name(parts), ast.IsNot(), constant(None)))
        self._unpack(patterns, name(parts), span)

    def _unpack(self, patterns: list[tree.Expr], value: ast.expr, span: tree.Span) -> None:
        targets = [self.compiler.fresh("part") for _ in patterns]
        if targets:
            unpack = ast.Assign([ast.Tuple([store(t) for t in targets], ast.Store())], value)
            self.run(at(unpack, span))
        for pattern, target in zip(patterns, targets, strict=True):
            self.match(pattern, target)

    def _tuple(self, pattern: tree.Tuple, subject: str) -> None:
        self._unpack(
            list(pattern.items), call(pattern.span, "components", name(subject)), pattern.span
        )

    def _sequence(self, pattern: tree.Sequence, subject: str) -> None:
        if pattern.statements is not None:
            self._not_a_pattern(pattern)
            return
        count = constant(len(pattern.items))
        found = call(pattern.span, "match_exactly", name(subject), count)
        self._parts(list(pattern.items), found, pattern.span)

    def _set(self, pattern: tree.Set, subject: str) -> None:
        if pattern.statements is not None or len(pattern.items) > 1:
            message = "a set pattern is `{}` or `{p}`: sets have no first element"
            self._wrong(pattern, "X311", message, pattern.span)
        elif pattern.items:
            found = call(pattern.span, "match_single", name(subject))
            self._parts(list(pattern.items), found, pattern.span)
        else:
            self.test(call(pattern.span, "match_empty_set", name(subject)))

    def _binary(self, pattern: tree.Binary, subject: str) -> None:
        if pattern.operator == "@@":
            self.match(pattern.left, subject)
            self.match(pattern.right, subject)
        elif pattern.operator == "^":
            self._concatenation(pattern, subject)
        else:
            self._not_a_pattern(pattern)

    def _concatenation(self, pattern: tree.Binary, subject: str) -> None:
        start: list[tree.Expr] = []
        middle: list[tree.Expr] = []
        end: list[tree.Expr] = []
        for part in _concatenated(pattern):
            known = _known_items(part)
            if known is not None:
                (end if middle else start).extend(known)
            else:
                middle.append(part)
        if len(middle) > 1:
            message = "a sequence pattern may have only one part of unknown length"
            self._wrong(pattern, "X312", message, middle[1].span)
            return
        span, value = pattern.span, name(subject)
        if not middle:
            found = call(span, "match_exactly", value, constant(len(start)))
        elif end:
            counts = constant(len(start)), constant(len(end))
            found = call(span, "match_ends", value, *counts)
        else:
            found = call(span, "match_start", value, constant(len(start)))
        self._parts([*start, *middle, *end], found, span)

    def _dot(self, pattern: tree.Dot, subject: str) -> None:
        parts: list[ast.expr] = []
        rest: list[tree.Expr] = []
        for part in spine(pattern):
            head = self.constructor(part)
            if head is not None:
                parts.append(name(head.code))
            else:
                parts.append(constant(width(part)))
                rest.append(part)
        found = call(pattern.span, "match_dot", name(subject), tuple_of(parts))
        self._parts(rest, found, pattern.span)


def _concatenated(pattern: tree.Expr) -> list[tree.Expr]:
    if isinstance(pattern, tree.Binary) and pattern.operator == "^":
        return [*_concatenated(pattern.left), *_concatenated(pattern.right)]
    return [pattern]


def _known_items(part: tree.Expr) -> list[tree.Expr] | None:
    if isinstance(part, tree.Sequence) and part.statements is None:
        return list(part.items)
    if isinstance(part, tree.String):
        return [tree.Char(c, part.span) for c in part.value]
    return None
