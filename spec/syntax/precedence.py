r"""From a flat list of operands and operators to a tree.

The grammar does not layer its operators; this module does, by one table and two stacks (Dijkstra's
shunting yard), so that chains of any length cost no recursion. The table is section 3 of the
language reference.

**Hiding.** The table alone would read `P \ A ||| Q` as `P \ (A ||| Q)`. No process is a set, so
what can only stand between processes ends the right-hand side of a hiding or a projection, as if
the tree had been rotated afterwards. `P ||| Q \ A` still hides in all of `P ||| Q`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, Union

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.tree import Span


class Prefixed(NamedTuple):
    """A prefix operator in a flat list."""

    symbol: str
    span: Span


class Infix(NamedTuple):
    """An infix operator in a flat list, with the expressions between its brackets."""

    symbol: str
    span: Span
    events: tuple[tree.Expr, ...] = ()
    ties: tuple[tree.Tie, ...] = ()
    statements: tuple[tree.Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """`c?x!y` without its arrow."""

    channel: tree.Expr
    fields: tuple[tree.Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Within:
    """`x : S` after a `?` or `$`."""

    pattern: tree.Expr
    container: tree.Expr
    span: Span
    colon: Span


Term: TypeAlias = Union[tree.Expr, Prefixed, Infix]
_Value: TypeAlias = Union[tree.Expr, Fields, Within]

#: Tightest first: associativity, infix operators.
LEVELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("left", ("^",)),
    ("prefix", ("#",)),
    ("left", ("*", "/", "%")),
    ("left", ("+", "-")),
    ("none", ("==", "!=", "<", "<=", ">", ">=")),
    ("prefix", ("not",)),
    ("left", ("and",)),
    ("left", ("or",)),
    ("right", (".",)),
    ("right", ("=>", "=>*")),
    ("none", (":",)),
    ("left", ("?", "!", "$")),
    ("right", ("->", "&")),
    ("left", (";",)),
    ("left", ("[>",)),
    ("left", ("/\\", "/++\\")),
    ("left", ("[]", "[++]")),
    ("left", ("|~|",)),
    ("none", ("[||]", "[|>", "[A||B]", "[<->]")),
    ("left", ("|||",)),
    ("left", ("\\", "|\\")),
    ("left", ("@@",)),
)

_LEVEL = {symbol: level for level, (_, symbols) in enumerate(LEVELS) for symbol in symbols}
_ARROW = _LEVEL["->"]

#: A prefix operator takes an operand made of operators up to this level.
_PREFIX_REACH = {"#": _LEVEL["^"], "-": _LEVEL["*"], "not": _LEVEL["=="]}


def _reach(symbol: str) -> int:
    """The loosest level that may stand in the right operand of an infix operator."""
    if symbol in ("\\", "|\\"):
        return _ARROW
    level = _LEVEL[symbol]
    return level if LEVELS[level][0] == "right" else level - 1


_REACH = {symbol: _reach(symbol) for symbol in _LEVEL if symbol not in ("#", "not")}
_NONE = frozenset(s for kind, symbols in LEVELS if kind == "none" for s in symbols if s != ":")


def climb(terms: Sequence[Term]) -> tree.Expr:
    """The tree of a flat list, which the grammar has checked to alternate properly."""
    if len(terms) == 1:
        only = terms[0]
        assert not isinstance(only, Prefixed | Infix)
        return only
    values: list[_Value] = []
    operators: list[Prefixed | Infix] = []
    for term in terms:
        if isinstance(term, Prefixed):
            operators.append(term)
        elif isinstance(term, Infix):
            _reduce(values, operators, _LEVEL[term.symbol])
            _check_chain(operators, term)
            operators.append(term)
        else:
            values.append(term)
    _reduce(values, operators, len(LEVELS))
    return _plain(values[0])


def split_typed(terms: list[Term]) -> tuple[tree.Expr, tree.Expr] | None:
    """Pattern and container of `p : S`, or None if the list has no `:` of its own."""
    for index, term in enumerate(terms):
        if isinstance(term, Infix) and term.symbol == ":":
            return climb(terms[:index]), climb(terms[index + 1 :])
    return None


def split_entry(terms: list[Term]) -> tuple[tree.Expr, tree.Expr] | None:
    """Key and value of `k => v`, or None."""
    for index, term in enumerate(terms):
        if isinstance(term, Infix) and term.symbol == "=>":
            return climb(terms[:index]), climb(terms[index + 1 :])
    return None


def _reduce(values: list[_Value], operators: list[Prefixed | Infix], level: int) -> None:
    """Build the trees of all pending operators whose operand ends before one of `level`."""
    while operators:
        top = operators[-1]
        if isinstance(top, Prefixed):
            if level <= _PREFIX_REACH[top.symbol]:
                return
            operand = _plain(values.pop())
            values.append(tree.Unary(top.symbol, operand, top.span.to(operand.span)))
        else:
            if level <= _REACH[top.symbol]:
                return
            if top.symbol in _NONE and level == _LEVEL[top.symbol]:
                return
            right = values.pop()
            values.append(_node(values.pop(), top, right))
        operators.pop()


def _check_chain(operators: list[Prefixed | Infix], new: Infix) -> None:
    if operators and new.symbol in _NONE:
        top = operators[-1]
        if isinstance(top, Infix) and _LEVEL[top.symbol] == _LEVEL[new.symbol]:
            raise ScriptError(errors.chained(top.symbol, top.span, new.symbol, new.span))


def _plain(value: _Value) -> tree.Expr:
    if isinstance(value, Fields):
        raise ScriptError(errors.fields_without_arrow(value.span, value.fields[0].kind))
    if isinstance(value, Within):
        raise ScriptError(errors.stray_colon(value.colon))
    return value


def _node(left: _Value, operator: Infix, right: _Value) -> _Value:
    symbol = operator.symbol
    span = left.span.to(right.span)
    if symbol in ("?", "!", "$"):
        return _field(left, operator, right, span)
    if symbol == "->":
        body = _plain(right)
        if isinstance(left, Fields):
            return tree.Prefix(left.channel, left.fields, body, span)
        return tree.Prefix(_plain(left), (), body, span)
    first, second = _plain(left), _plain(right)
    if symbol == ".":
        return tree.Dot(first, second, span)
    if symbol == ":":
        return Within(first, second, span, operator.span)
    if symbol == "[A||B]":
        a, b = operator.events
        return tree.AlphabetisedParallel(first, a, b, second, span)
    if symbol == "[<->]":
        return tree.LinkedParallel(first, operator.ties, operator.statements, second, span)
    if operator.events:
        return tree.SetBinary(symbol, first, operator.events[0], second, span)
    return tree.Binary(symbol, first, second, span)


def _field(left: _Value, operator: Infix, right: _Value, span: Span) -> Fields:
    within = None
    if isinstance(right, Within):
        if operator.symbol == "!":
            raise ScriptError(errors.stray_colon(right.colon))
        pattern, within = right.pattern, right.container
    else:
        pattern = _plain(right)
    field = tree.Field(operator.symbol, pattern, within, operator.span.to(right.span))
    if isinstance(left, Fields):
        return Fields(left.channel, (*left.fields, field), span)
    return Fields(_plain(left), (field,), span)
