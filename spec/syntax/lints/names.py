"""What every name of a script stands for, and which part of the script uses which.

The script is cut into regions: a definition, a channel declaration, an assertion, also the
definitions of a `let`. A region knows its nodes and the names that it uses, those of definitions
inside it left out. The body of a module is looked at once, however many instances it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.environment import (
    Binding,
    Entity,
    Item,
    Layout,
    Scope,
    beginning,
)
from cospec.spec.syntax.types.free import bound_by, parts

N = TypeVar("N")


@dataclass(slots=True, eq=False)
class Region:
    """A declaration, with the nodes in it.

    Attributes:
        declaration: what it is.
        defines: where the names that it gives are declared. A place stands for the name in all
            instances of a module.
        outer: the region around it, if it belongs to a `let`.
        module: whether it belongs to a module.
        uses: what the names in it stand for.
        nodes: its expressions, statements and fields, in no particular order.
    """

    declaration: object
    defines: tuple[Span, ...]
    outer: Region | None
    module: bool
    uses: list[Entity] = field(default_factory=list)
    nodes: list[object] = field(default_factory=list)


class Names:
    """Resolves the names of a script.

    Attributes:
        script: the script.
        regions: all regions, in no particular order.
        defining: the region that declares what is declared at a place.
    """

    def __init__(self, script: tree.Script) -> None:
        self.script = script
        self.regions: list[Region] = []
        self.defining: dict[Span, Region] = {}
        self._meanings: dict[int, Entity] = {}
        self._seen: dict[int, Region] = {}
        self._left: list[tuple[object, Scope, Region]] = []
        self._kinds: dict[type, list[object]] = {}
        self._modules = frozenset(id(d) for d in _in_modules(script.declarations, inside=False))
        scope = beginning(script)
        self._level(script.declarations, scope, None)
        while self._left:
            self._visit(*self._left.pop())
        for region in self.regions:
            for node in (region.declaration, *region.nodes):
                self._kinds.setdefault(type(node), []).append(node)

    # ------------------------------------------------------------------------- questions

    @property
    def file(self) -> str:
        """The script itself, as spans name it; other files are included."""
        return next(iter(self.script.sources), "")

    def meaning(self, name: tree.Name) -> Entity | None:
        """What a name stands for; None for one that is not defined."""
        return self._meanings.get(id(name))

    def region(self, declaration: object) -> Region | None:
        """The region of a declaration."""
        return self._seen.get(id(declaration))

    def every(self, kind: type[N]) -> list[N]:
        """The nodes and declarations of a kind in the whole script."""
        return cast(list[N], self._kinds.get(kind, []))

    def builtin(self, expr: object) -> str:
        """The name of the built-in that an expression is; empty when it is something else."""
        entity = self.meaning(expr) if isinstance(expr, tree.Name) else None
        return entity.name if entity is not None and _is_builtin(entity) else ""

    def imported(self, expr: object) -> str:
        """The name of the `transparent` or `external` function that an expression is, or empty."""
        entity = self.meaning(expr) if isinstance(expr, tree.Name) else None
        known = entity is not None and entity.item is None and entity.scheme is not None
        return entity.name if entity is not None and known and entity.span is not None else ""

    def definition(self, expr: object) -> tree.Definition | None:
        """The definition that a name stands for."""
        entity = self.meaning(expr) if isinstance(expr, tree.Name) else None
        if entity is None or entity.item is None:
            return None
        found = entity.item.declaration
        return found if isinstance(found, tree.Definition) else None

    def constant(self, expr: object) -> tree.Expr | None:
        """What an expression that names a constant is defined as."""
        found = self.definition(expr)
        if found is None or found.clauses[0].groups:
            return None
        return found.clauses[0].body

    def head(self, expr: object) -> Entity | None:
        """The channel or constructor that an expression names."""
        entity = self.meaning(expr) if isinstance(expr, tree.Name) else None
        return entity if entity is not None and entity.head else None

    def text(self, start: Span, end: Span | None = None) -> str:
        """The source from the start of a span to the end of another one, on one line."""
        span = start if end is None else start.to(end)
        lines = self.script.sources.get(span.file, "").split("\n")
        lines = lines[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join(" ".join(lines).split())

    def reached(self, roots: Iterable[Region]) -> dict[Span, Region]:
        """What regions use, directly or not: each place of a declaration with the root that
        comes to it first. The roots themselves are not in it unless they are used."""
        found: dict[Span, Region] = {}
        left = [(root, root) for root in roots]
        done: set[int] = set()
        while left:
            root, region = left.pop()
            if id(region) in done:
                continue
            done.add(id(region))
            for entity in region.uses:
                if entity.span is not None and entity.span not in found:
                    found[entity.span] = root
                    used = self.defining.get(entity.span)
                    if used is not None:
                        left.append((root, used))
        return found

    # --------------------------------------------------------------------------- the walk

    def _level(
        self, declarations: Sequence[tree.Declaration], scope: Scope, outer: Region | None
    ) -> None:
        layout = Layout()
        layout.level(declarations, scope)
        for item in layout.items:
            self._item(item, outer)

    def _item(self, item: Item, outer: Region | None) -> None:
        what: object = item.instance if item.declaration is None else item.declaration
        if isinstance(what, Binding):
            region = self._seen.get(id(item.after[0].instance))
            if region is not None and id(what.argument) not in self._seen:
                self._seen[id(what.argument)] = region
                self._left.append((what.argument, what.scope, region))
            return
        if what is None or id(what) in self._seen:
            return  # a module, whose declarations are items, too; or another instance
        defines = tuple(entity.span for entity in item.defines if entity.span is not None)
        region = Region(what, defines, outer, id(what) in self._modules)
        self._seen[id(what)] = region
        self.regions.append(region)
        for span in defines:
            self.defining.setdefault(span, region)
        for entity in item.defines:
            if entity.annotation is not None:
                self._left.append((entity.annotation.type, item.scope, region))
        region.uses.extend(item.uses)
        self._inside(what, item.scope, region)

    def _inside(self, declaration: object, scope: Scope, region: Region) -> None:
        match declaration:
            case tree.Timed(function):
                self._all((function, tree.Name("tock", declaration.span)), scope, region)
            case tree.Datatype(_, clauses):
                self._all((clause.type for clause in clauses), scope, region)
                if declaration.subtype:
                    named = [tree.Name(clause.name, clause.name_span) for clause in clauses]
                    self._all(named, scope, region)
            case tree.Definition(_, clauses):
                self._all(clauses, scope, region)
            case tree.PatternDefinition(pattern, body):
                self._all((pattern, body), scope, region)
            case tree.Channel(_, type):
                self._all((type,), scope, region)
            case tree.Nametype(_, type):
                self._all((type,), scope, region)
            case _:
                self._all(parts(declaration), scope, region)

    def _all(self, nodes: Iterable[object], scope: Scope, region: Region) -> None:
        self._left.extend((node, scope, region) for node in nodes)

    def _visit(self, node: object, scope: Scope, region: Region) -> None:
        if node is None or isinstance(node, str | int | Span):
            return
        region.nodes.append(node)
        match node:
            case tree.Name():
                self._name(node, scope, region)
            case tree.Sequence() | tree.Set() | tree.EventSet():
                inside = self._statements(node.statements or (), scope, region)
                self._all(node.items, inside, region)
            case tree.SequenceRange() | tree.SetRange():
                inside = self._statements(node.statements or (), scope, region)
                self._all((node.first, node.last), inside, region)
            case tree.Lambda(patterns, body):
                inside = self._bind(patterns, scope)
                self._all((*patterns, body), inside, region)
            case tree.Clause(groups, body):
                patterns = tuple(pattern for group in groups for pattern in group)
                inside = self._bind(patterns, scope)
                self._all((*patterns, body), inside, region)
            case tree.Let(declarations, body):
                inside = Scope(scope)
                self._level(declarations, inside, region)
                self._left.append((body, inside, region))
            case tree.Prefix(channel, fields, body):
                self._prefix(channel, fields, body, scope, region)
            case tree.Replicated(operator, events, statements, body):
                inside = self._statements(statements, scope, region)
                self._left.append((events, inside if operator == "||" else scope, region))
                self._left.append((body, inside, region))
            case tree.ReplicatedLink(ties, tie_statements, statements, body):
                inside = self._statements(statements, scope, region)
                self._left.append((body, inside, region))
                self._all(ties, self._statements(tie_statements, inside, region), region)
            case tree.LinkedParallel(left, ties, statements, right):
                self._all((left, right), scope, region)
                self._all(ties, self._statements(statements, scope, region), region)
            case tree.Rename(process, ties, statements):
                self._left.append((process, scope, region))
                self._all(ties, self._statements(statements, scope, region), region)
            case _:
                self._all(parts(node), scope, region)

    def _name(self, node: tree.Name, scope: Scope, region: Region) -> None:
        entity = scope.lookup(node.text)
        if entity is not None:
            self._meanings[id(node)] = entity
            region.uses.append(entity)
        module, _, _ = node.text.rpartition("::")
        while module:
            around = scope.lookup(module)
            if around is not None:
                region.uses.append(around)
            module, _, _ = module.rpartition("::")

    def _bind(self, patterns: Iterable[tree.Expr], scope: Scope) -> Scope:
        inside = Scope(scope)
        for pattern in patterns:
            for name in bound_by(pattern, scope.is_head):
                inside.names[name] = Entity(name, pattern.span)
        return inside

    def _statements(
        self, statements: Iterable[tree.Statement], scope: Scope, region: Region
    ) -> Scope:
        """Leaves statements to be visited; returns the scope behind them."""
        for statement in statements:
            region.nodes.append(statement)
            if isinstance(statement, tree.Generator):
                self._left.append((statement.container, scope, region))
                scope = self._bind((statement.pattern,), scope)
                self._left.append((statement.pattern, scope, region))
            else:
                self._left.append((statement.condition, scope, region))
        return scope

    def _prefix(
        self,
        channel: tree.Expr,
        fields: Iterable[tree.Field],
        body: tree.Expr,
        scope: Scope,
        region: Region,
    ) -> None:
        self._left.append((channel, scope, region))
        for each in fields:
            region.nodes.append(each)
            self._left.append((each.within, scope, region))
            if each.kind != "!":
                scope = self._bind((each.pattern,), scope)
            self._left.append((each.pattern, scope, region))
        self._left.append((body, scope, region))


def declared_fields(head: Entity) -> list[tree.Expr]:
    """The types of the fields that the declaration of a channel or constructor writes."""
    assert head.item is not None
    declaration = head.item.declaration
    found: tree.Expr | None = None
    if isinstance(declaration, tree.Channel):
        found = declaration.type
    elif isinstance(declaration, tree.Datatype):
        found = next((c.type for c in declaration.clauses if c.name == head.name), None)
    return [] if found is None else _factors(found)


def _factors(type: tree.Expr) -> list[tree.Expr]:
    """The parts of a dotted type, in parentheses or not."""
    if isinstance(type, tree.Dot):
        return _factors(type.left) + _factors(type.right)
    return [type]


def _is_builtin(entity: Entity) -> bool:
    return entity.span is None and entity.item is None and entity.scheme is not None


def _in_modules(declarations: Iterable[tree.Declaration], inside: bool) -> Iterator[object]:
    """The declarations that stand in modules."""
    for declaration in declarations:
        if inside:
            yield declaration
        if isinstance(declaration, tree.Module):
            yield from _in_modules((*declaration.private, *declaration.public), inside=True)
        elif isinstance(declaration, tree.Timed):
            yield from _in_modules(declaration.declarations, inside)


def warning(
    code: str, message: str, span: Span, label: str, *notes: tuple[str, Span | None]
) -> Diagnostic:
    """A warning with its notes, each a text and perhaps a place."""
    made = tuple(Note(text, place) for text, place in notes)
    return Diagnostic(code, message, span, label, made, "warning")


def below(*roots: object) -> Iterator[object]:
    """The nodes of trees, their roots included."""
    left: list[object] = list(roots)
    while left:
        node = left.pop()
        if node is not None and not isinstance(node, str | int | Span):
            yield node
            left.extend(parts(node))
