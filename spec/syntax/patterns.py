"""What the grammar lets through because patterns and types are expressions to it.

`_` and `@@` are for patterns, `=>` for types and `()` for the types of functions without
arguments; the walk here reports them elsewhere. It uses a stack of its own, since a chain of
operators may make a tree deeper than Python's recursion goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.tokens import Token

_SUSPECT = frozenset(["_", "@@", "=>", "=>*"])


def misplaced(tokens: Sequence[Token], root: object, role: str = "") -> list[Diagnostic]:
    """The diagnostics for one declaration; cheap when no such token occurs in it.

    `role` is "pattern" where `root` is one.
    """
    suspect = any(token.text in _SUSPECT for token in tokens) or any(
        left.type == "LPAREN" and right.type == "RPAREN" for left, right in pairwise(tokens)
    )
    return sorted(_walk(root, role), key=Diagnostic.sort_key) if suspect else []


def _walk(root: object, role: str) -> Iterator[Diagnostic]:
    stack: list[tuple[Any, str]] = [(root, role)]
    while stack:
        node, role = stack.pop()
        match node:
            case tree.Wildcard() if not role:
                yield errors.wildcard_outside(node.span)
            case tree.Binary("@@", _, _, _) if role != "pattern":
                yield errors.double_at_outside(node.span)
            case tree.Binary("=>" | "=>*", _, _, _) if role != "type":
                yield errors.fat_arrow_outside(node.span)
            case tree.Tuple((), _):
                yield errors.empty_parentheses(node.span)
        stack.extend(_children(node, role))


def _children(node: Any, role: str) -> Iterator[tuple[Any, str]]:
    match node:
        case tuple():
            yield from ((item, role) for item in node)
        case tree.Clause():
            yield (node.groups, "pattern")
            yield (node.body, "")
        case tree.PatternDefinition(pattern, body, _):
            yield (pattern, "pattern")
            yield (body, "")
        case tree.Lambda(patterns, body, _):
            yield (patterns, "pattern")
            yield (body, "")
        case tree.Generator(pattern, container, _):
            yield (pattern, "pattern")
            yield (container, "")
        case tree.Field(kind, pattern, within, _):
            yield (pattern, "" if kind == "!" else "field")
            yield (within, "")
        case tree.Annotation():
            yield (node.type, "type")
        case tree.Span() | str() | int() | None:
            return
        case _:
            yield from ((getattr(node, f.name), role) for f in fields(node))
