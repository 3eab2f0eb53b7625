"""Which names an expression or a declaration takes from around it.

Definitions are typed in the order of their dependencies, those that depend on each other together,
so this has to be exact: a name that is bound on the way would join groups that are independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.matcher import pattern_names
from cospec.spec.syntax.tree import Span

#: Whether a name is a channel or a constructor, and so never bound by a pattern.
IsHead = Callable[[str], bool]
Bound = frozenset[str]

NOTHING: Bound = frozenset()


def bound_by(pattern: tree.Expr, is_head: IsHead) -> set[str]:
    """The variables of a pattern."""
    return {each for each in pattern_names(pattern) if not is_head(each)}


def place_of(name: str, pattern: object) -> Span | None:
    """Where a pattern, or a tuple of patterns, has a name."""
    if isinstance(pattern, tree.Name):
        return pattern.span if pattern.text == name else None
    return next((span for part in parts(pattern) if (span := place_of(name, part))), None)


class FreeNames:
    """Walks trees in a scope whose channels and constructors are known."""

    def __init__(self, is_head: IsHead) -> None:
        self._is_head = is_head
        self._found: dict[str, None] = {}

    def of(self, node: object) -> list[str]:
        """The names that are used from outside, in the order of their first use."""
        self._found = {}
        self._walk(node, NOTHING)
        return list(self._found)

    def _walk(self, node: object, bound: Bound) -> None:
        match node:
            case tree.Name(text):
                if text not in bound:
                    self._found[text] = None
            case tree.Sequence() | tree.Set() | tree.EventSet():
                inside = self._statements(node.statements or (), bound)
                self._all(node.items, inside)
            case tree.SequenceRange() | tree.SetRange():
                inside = self._statements(node.statements or (), bound)
                self._all((node.first, node.last), inside)
            case tree.Lambda():
                self._function(node.patterns, node.body, bound)
            case tree.Clause():
                patterns = tuple(p for group in node.groups for p in group)
                self._function(patterns, node.body, bound)
            case tree.Let():
                inside = bound | self._defined(node.declarations)
                self._all((*node.declarations, node.body), inside)
            case tree.Prefix():
                self._prefix(node, bound)
            case tree.Replicated():
                inside = self._statements(node.statements, bound)
                each = node.operator == "||"
                self._walk(node.events, inside if each else bound)
                self._walk(node.body, inside)
            case tree.ReplicatedLink():
                inside = self._statements(node.statements, bound)
                deeper = self._statements(node.tie_statements, inside)
                self._all(node.ties, deeper)
                self._walk(node.body, inside)
            case tree.LinkedParallel():
                self._all((node.left, node.right), bound)
                inside = self._statements(node.statements, bound)
                self._all(node.ties, inside)
            case tree.Rename():
                self._walk(node.process, bound)
                inside = self._statements(node.statements, bound)
                self._all(node.ties, inside)
            case tree.PatternDefinition():
                self._pattern(node.pattern, bound)
                self._walk(node.body, bound)
            case tree.Annotation():
                self._walk(node.type, bound)
            case _:
                self._all(parts(node), bound)

    def _all(self, nodes: Iterable[object], bound: Bound) -> None:
        for node in nodes:
            self._walk(node, bound)

    def _bound(self, pattern: tree.Expr) -> set[str]:
        return bound_by(pattern, self._is_head)

    def _pattern(self, pattern: tree.Expr, bound: Bound) -> None:
        """The channels and constructors that a pattern names."""
        self._walk(pattern, bound | self._bound(pattern))

    def _function(self, patterns: tuple[tree.Expr, ...], body: tree.Expr, bound: Bound) -> None:
        inside = bound
        for pattern in patterns:
            self._pattern(pattern, bound)
            inside |= self._bound(pattern)
        self._walk(body, inside)

    def _statements(self, statements: Iterable[tree.Statement], bound: Bound) -> Bound:
        """Looks through statements; returns what is bound behind them."""
        for statement in statements:
            if isinstance(statement, tree.Generator):
                self._walk(statement.container, bound)
                self._pattern(statement.pattern, bound)
                bound |= self._bound(statement.pattern)
            else:
                self._walk(statement.condition, bound)
        return bound

    def _prefix(self, node: tree.Prefix, bound: Bound) -> None:
        self._walk(node.channel, bound)
        for each in node.fields:
            self._walk(each.within, bound)
            if each.kind == "!":
                self._walk(each.pattern, bound)
            else:
                self._pattern(each.pattern, bound)
                bound |= self._bound(each.pattern)
        self._walk(node.body, bound)

    def _defined(self, declarations: Iterable[tree.Declaration]) -> set[str]:
        found: set[str] = set()
        for item in declarations:
            match item:
                case tree.Definition(name):
                    found.add(name)
                case tree.PatternDefinition(pattern):
                    found |= self._bound(pattern)
                case tree.Import(_, names):
                    found |= {name for name, _ in names}
                case tree.Timed(_, inner):
                    found |= self._defined(inner)
                case _:
                    pass
        return found


def parts(node: object) -> Iterator[object]:
    """The nodes that a node is made of, those in tuples included."""
    if isinstance(node, tuple):
        for each in node:
            yield from parts(each) if isinstance(each, tuple) else (each,)
        return
    for name in getattr(type(node), "__dataclass_fields__", ()):
        if name != "span":
            value = getattr(node, name)
            if isinstance(value, tuple):
                yield from parts(value)
            else:
                yield value
