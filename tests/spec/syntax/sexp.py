"""Trees as s-expressions, for comparing them by eye."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from cospec.spec.syntax import tree

_NAMELESS = {"Binary", "Unary", "SetBinary"}


def sexp(node: Any) -> str:
    """`1 + x` as `(+ 1 x)`; spans are left out, names and numbers stand for themselves."""
    match node:
        case None:
            return "-"
        case str():
            return node
        case bool() | int():
            return str(node)
        case tuple():
            return "[" + " ".join(map(sexp, node)) + "]"
        case tree.Name(text, _):
            return text
        case tree.Int(value, _):
            return str(value)
        case tree.Wildcard():
            return "_"
        case tree.Dot(left, right, _):
            return f"(. {sexp(left)} {sexp(right)})"
        case tree.Field(kind, pattern, None, _):
            return f"({kind} {sexp(pattern)})"
        case tree.Field(kind, pattern, within, _):
            return f"({kind} {sexp(pattern)} {sexp(within)})"
    parts = [
        sexp(getattr(node, field.name))
        for field in fields(node)
        if field.name not in ("span", "name_span")
    ]
    if type(node).__name__ not in _NAMELESS:
        parts.insert(0, type(node).__name__)
    return "(" + " ".join(parts) + ")"
