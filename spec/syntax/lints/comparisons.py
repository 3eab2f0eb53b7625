"""W002: `c.x == y`, which is read as `c.(x == y)`.

The dot binds more loosely than everything that is done with data. For arithmetic that is what one
wants, `c.n+1`; for comparisons and `and`, `or` it hardly ever is. Where the last field of a channel
is a boolean, it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, declared_fields, warning
from cospec.spec.syntax.matcher import spine
from cospec.spec.syntax.tree import Span

_LOGICAL = frozenset(["==", "!=", "<", "<=", ">", ">=", "and", "or"])


def comparisons_in_dots(names: Names) -> Iterator[Diagnostic]:
    """Dotted values with a comparison among their parts that has no parentheses of its own."""
    inner = {id(dot.right) for dot in names.every(tree.Dot)}
    events = _events(names)
    for dot in names.every(tree.Dot):
        if id(dot) in inner:
            continue
        parts = spine(dot)
        found = [part for part in parts if _bare(part)]
        if not found or (found == parts[-1:] and _boolean(names, dot, parts, events)):
            continue
        first = found[0]
        assert isinstance(first, tree.Binary)
        yield warning(
            "W002",
            f"`{names.text(dot.span)}` is read as `{_as_read(names, parts)}`",
            dot.span,
            f"`.` binds more loosely than `{first.operator}`",
            (f"write `{_as_meant(names, parts)}` if that is meant, or else the parentheses above",
             None),
        )  # fmt: skip


def _bare(part: tree.Expr) -> bool:
    """Whether an expression is a comparison or the like without parentheses around it."""
    if not isinstance(part, tree.Binary) or part.operator not in _LOGICAL:
        return False
    outer, inner = part.span, part.left.span
    return (outer.line, outer.column) == (inner.line, inner.column)


def _events(names: Names) -> set[int]:
    """The expressions that stand where an event is wanted, by their identity."""
    found = {id(prefix.channel) for prefix in names.every(tree.Prefix)}
    for each in names.every(tree.EventSet):
        found.update(map(id, each.items))
    return found


def _boolean(names: Names, dot: tree.Dot, parts: list[tree.Expr], events: set[int]) -> bool:
    """Whether the last part may well be meant as a boolean field."""
    head = names.head(parts[0])
    if head is None:
        return id(dot) in events
    declared = declared_fields(head)
    if len(parts) - 2 >= len(declared):
        return False
    return names.builtin(declared[len(parts) - 2]) == "Bool"


def _as_read(names: Names, parts: list[tree.Expr]) -> str:
    texts = [names.text(part.span) for part in parts]
    shown = (f"({text})" if _bare(part) else text for part, text in zip(parts, texts, strict=True))
    return ".".join(shown)


def _as_meant(names: Names, parts: list[tree.Expr]) -> str:
    """The same with parentheses around the dots instead."""
    text = ""
    group: list[str] = []
    for part in parts:
        if not _bare(part):
            group.append(names.text(part.span))
            continue
        left, right = _ends(part)
        group.append(names.text(left.span))
        end, start = left.span, right.span
        between = Span(end.file, end.end_line, end.end_column, start.line, start.column)
        text += f"{_dotted(group)} {names.text(between)} "
        group = [names.text(right.span)]
    return text + _dotted(group)


def _dotted(group: list[str]) -> str:
    return group[0] if len(group) == 1 else f"({'.'.join(group)})"


def _ends(part: tree.Expr) -> tuple[tree.Expr, tree.Expr]:
    """The operands at both ends of a chain of comparisons."""
    left = right = part
    while isinstance(left, tree.Binary) and _bare(left):
        left = left.left
    while isinstance(right, tree.Binary) and _bare(right):
        right = right.right
    return left, right
