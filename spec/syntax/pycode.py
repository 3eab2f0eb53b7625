"""Small builders for the Python syntax trees that scripts are compiled to.

Every node carries the place in the script that it comes from, so that a Python traceback through
generated code *is* a location in the script, at no cost while all goes well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from cospec.spec.syntax.tree import Span

#: File names of generated code begin with this, so tracebacks can be told apart.
MARK = "<cspm>"

Node = TypeVar("Node", bound=ast.AST)


def at(node: Node, span: Span) -> Node:
    """`node`, placed at `span`."""
    place: Any = node
    place.lineno, place.col_offset = span.line, span.column - 1
    place.end_lineno, place.end_col_offset = span.end_line, max(span.end_column - 1, 0)
    return node


def name(text: str) -> ast.expr:
    """A use of a variable."""
    return ast.Name(text, ast.Load())


def store(text: str) -> ast.expr:
    return ast.Name(text, ast.Store())


def constant(value: Any) -> ast.expr:
    return ast.Constant(value)


def call(span: Span, function: str | ast.expr, *arguments: ast.expr) -> ast.expr:
    """`function(arguments)`."""
    target = name(function) if isinstance(function, str) else function
    return at(ast.Call(target, list(arguments), []), span)


def tuple_of(items: Iterable[ast.expr]) -> ast.expr:
    return ast.Tuple(list(items), ast.Load())


def assign(target: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([store(target)], value)


def give(value: ast.expr) -> ast.stmt:
    return ast.Return(value)


def parameters(names: Sequence[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])


def function(title: str, names: Sequence[str], body: list[ast.stmt], span: Span) -> ast.stmt:
    """`def title(names): body`."""
    node = ast.FunctionDef(title, parameters(names), body or [ast.Pass()], [], None)
    return at(node, span)


def thunk_body(value: ast.expr, names: Sequence[str] = ()) -> ast.expr:
    """`lambda names: value`."""
    return ast.Lambda(parameters(names), value)


def test(condition: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt]) -> ast.stmt:
    return ast.If(condition, body or [ast.Pass()], otherwise)


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right])


def execute(statements: list[ast.stmt], span: Span, variables: dict[str, Any]) -> None:
    """Run generated statements with `variables` as their globals."""
    module = ast.Module(statements, [])
    for node in statements:
        if not hasattr(node, "lineno"):
            at(node, span)
    ast.fix_missing_locations(module)
    exec(compile(module, MARK + span.file, "exec", dont_inherit=True), variables)
