"""Which names an expression or a declaration takes from around it.

Definitions are typed in the order of their dependencies, those that depend on each other together,
so this has to be exact: a name that is bound on the way would join groups that are independent.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.matcher import pattern_names

#: Whether a name is a channel or a constructor, and so never bound by a pattern.
IsHead = Callable[[str], bool]
Bound = frozenset[str]

NOTHING: Bound = frozenset()


def bound_by(pattern: tree.Expr, is_head: IsHead) -> set[str]:
    """The variables of a pattern."""
    return {each for each in pattern_names(pattern) if not is_head(each)}


class FreeNames:
    """Walks trees in a scope whose channels and constructors are known."""

    def __init__(self, is_head: IsHead) -> None:
        self._is_head = is_head

    def of(self, node: object, bound: Bound = NOTHING) -> Iterator[tree.Name]:
        """Each use of a name from outside, as often as it occurs."""
        match node:
            case tree.Name():
                if node.text not in bound:
                    yield node
            case tree.Sequence() | tree.Set() | tree.EventSet():
                inside = yield from self._statements(node.statements or (), bound)
                yield from self._all(node.items, inside)
            case tree.SequenceRange() | tree.SetRange():
                inside = yield from self._statements(node.statements or (), bound)
                yield from self._all((node.first, node.last), inside)
            case tree.Lambda():
                yield from self._function(node.patterns, node.body, bound)
            case tree.Clause():
                patterns = tuple(p for group in node.groups for p in group)
                yield from self._function(patterns, node.body, bound)
            case tree.Let():
                inside = bound | self._defined(node.declarations)
                yield from self._all((*node.declarations, node.body), inside)
            case tree.Prefix():
                yield from self._prefix(node, bound)
            case tree.Replicated():
                inside = yield from self._statements(node.statements, bound)
                each = node.operator == "||"
                yield from self.of(node.events, inside if each else bound)
                yield from self.of(node.body, inside)
            case tree.ReplicatedLink():
                inside = yield from self._statements(node.statements, bound)
                deeper = yield from self._statements(node.tie_statements, inside)
                yield from self._all(node.ties, deeper)
                yield from self.of(node.body, inside)
            case tree.LinkedParallel():
                yield from self._all((node.left, node.right), bound)
                inside = yield from self._statements(node.statements, bound)
                yield from self._all(node.ties, inside)
            case tree.Rename():
                yield from self.of(node.process, bound)
                inside = yield from self._statements(node.statements, bound)
                yield from self._all(node.ties, inside)
            case tree.PatternDefinition():
                yield from self._pattern(node.pattern, bound)
                yield from self.of(node.body, bound)
            case tree.Annotation():
                yield from self.of(node.type, bound)
            case _:
                yield from self._all(parts(node), bound)

    def _all(self, nodes: Iterable[object], bound: Bound) -> Iterator[tree.Name]:
        for node in nodes:
            yield from self.of(node, bound)

    def _bound(self, pattern: tree.Expr) -> set[str]:
        return bound_by(pattern, self._is_head)

    def _pattern(self, pattern: tree.Expr, bound: Bound) -> Iterator[tree.Name]:
        """The channels and constructors that a pattern names."""
        yield from self.of(pattern, bound | self._bound(pattern))

    def _function(
        self, patterns: tuple[tree.Expr, ...], body: tree.Expr, bound: Bound
    ) -> Iterator[tree.Name]:
        inside = bound
        for pattern in patterns:
            yield from self._pattern(pattern, bound)
            inside |= self._bound(pattern)
        yield from self.of(body, inside)

    def _statements(
        self, statements: Iterable[tree.Statement], bound: Bound
    ) -> Generator[tree.Name, None, Bound]:
        """Names used by statements; returns what is bound behind them."""
        for statement in statements:
            if isinstance(statement, tree.Generator):
                yield from self.of(statement.container, bound)
                yield from self._pattern(statement.pattern, bound)
                bound |= self._bound(statement.pattern)
            else:
                yield from self.of(statement.condition, bound)
        return bound

    def _prefix(self, node: tree.Prefix, bound: Bound) -> Iterator[tree.Name]:
        yield from self.of(node.channel, bound)
        for each in node.fields:
            yield from self.of(each.within, bound)
            if each.kind == "!":
                yield from self.of(each.pattern, bound)
            else:
                yield from self._pattern(each.pattern, bound)
                bound |= self._bound(each.pattern)
        yield from self.of(node.body, bound)

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
