"""W003: a check that meets infinitely many events.

`channel c : Int` is legal, and so are outputs on it, but an input `c?x` goes through all integers,
and so do `RUN`, `CHAOS` and renaming. Sets in parallels and hidings, as in `P \\ {| c |}`, are
only asked for their members and may be infinite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, Region, declared_fields, warning
from cospec.spec.syntax.matcher import spine
from cospec.spec.syntax.tree import Span

_EVENTS = "this set of events is infinite"
_VALUES = "there are infinitely many values to go through here"


@dataclass(frozen=True, slots=True)
class Cause:
    """What is infinite, as the script spells it, and where."""

    text: str
    span: Span


def endless_alphabets(names: Names) -> Iterator[Diagnostic]:
    """Places on the way to an assertion where something infinite is listed."""
    roots = [r for r in names.regions if isinstance(r.declaration, tree.Assertion)]
    way = names.reached(roots)
    types = _Infinite(names)
    if not types.possible():
        return
    for region in names.regions:
        root = region if region in roots else _on_the_way(region, way)
        if root is None:
            continue
        for node in region.nodes:
            for span, message, cause in _listings(names, types, node):
                assert isinstance(root.declaration, tree.Assertion)
                yield warning(
                    "W003",
                    message,
                    span,
                    "cannot be listed" if message is _EVENTS else "never ends",
                    (f"`{cause.text}` is infinite", None if cause.span == span else cause.span),
                    ("put a finite set in its place, such as `{0..9}`", None),
                    *(() if root is region else (("needed here", root.declaration.span),)),
                )


def _on_the_way(region: Region, way: dict[Span, Region]) -> Region | None:
    return next((way[span] for span in region.defines if span in way), None)


Listing = tuple[Span, str, Cause]


def _listings(names: Names, types: _Infinite, node: object) -> Iterator[Listing]:
    """What a node goes through, where that is infinite."""
    match node:
        case tree.Apply(function, (events,)) if names.builtin(function) in {"RUN", "CHAOS"}:
            yield from _set(types, events)
        case tree.Prefix():
            yield from _inputs(types, node)
        case tree.Rename(_, ties) | tree.LinkedParallel(_, ties):
            for tie in ties:
                cause = types.completions(tie.left)
                if cause is not None:
                    yield tie.left.span, _EVENTS, cause
    match node:
        case (
            tree.Set(_, statements) | tree.EventSet(_, statements) | tree.SetRange(_, _, statements)
        ) if statements is not None:
            yield from _generators(types, statements)
        case tree.Replicated(operator, _, statements) if operator != ";":
            yield from _generators(types, statements)


def _set(types: _Infinite, values: tree.Expr, message: str = _EVENTS) -> Iterator[Listing]:
    cause = types.set(values)
    if cause is not None:
        yield values.span, message, cause


def _generators(types: _Infinite, statements: Sequence[tree.Statement]) -> Iterator[Listing]:
    for statement in statements:
        if isinstance(statement, tree.Generator):
            yield from _set(types, statement.container, _VALUES)


def _inputs(types: _Infinite, prefix: tree.Prefix) -> Iterator[Listing]:
    """Inputs without a set of their own; each field before must take one field of the channel."""
    head, *given = spine(prefix.channel)
    entity = types.names.head(head)
    if entity is None:
        return
    fields = declared_fields(entity)
    place = len(given)
    if any(not types.single(part) for part in given):
        return
    for number, each in enumerate(prefix.fields):
        parts = spine(each.pattern)
        for part in parts:
            last = number == len(prefix.fields) - 1 and part is parts[-1]
            taken = fields[place:] if last else fields[place : place + 1]
            if each.kind != "!" and each.within is None:
                cause = next(filter(None, map(types.set, taken)), None)
                if cause is not None:
                    yield each.span, _VALUES, cause
            elif each.within is not None:
                yield from _set(types, each.within, _VALUES)
            if not types.single(part):
                return
            place += 1


class _Infinite:
    """Which sets and types are surely infinite."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[int, Cause | None] = {}

    def possible(self) -> bool:
        """Whether the script has anything infinite at all."""
        return any(
            self.names.builtin(name) in {"Int", "Seq"} for name in self.names.every(tree.Name)
        ) or any(r.last is None for r in self.names.every(tree.SetRange))

    def single(self, part: tree.Expr) -> bool:
        """Whether what stands in a dot takes one field: no constructor with fields of its own."""
        head = self.names.head(part)
        return head is None or not declared_fields(head)

    def set(self, expr: tree.Expr) -> Cause | None:
        """Why a set, or what a type expression describes, is infinite; None if it may not be."""
        if id(expr) in self._known:
            return self._known[id(expr)]
        self._known[id(expr)] = None  # what is defined by itself
        found = self._known[id(expr)] = self._set(expr)
        return found

    def _set(self, expr: tree.Expr) -> Cause | None:
        match expr:
            case tree.Name():
                return self._name(expr)
            case tree.SetRange(_, None, None):
                return Cause(self.names.text(expr.span), expr.span)
            case tree.EventSet(items):
                return next(filter(None, map(self.completions, items)), None)
            case tree.Tuple(items):
                return next(filter(None, map(self.set, items)), None)
            case tree.Dot(left, right):
                return self.set(left) or self.set(right)
            case tree.Apply(function, arguments) if arguments:
                return self._call(self.names.builtin(function), arguments, expr.span)
        return None

    def _name(self, expr: tree.Name) -> Cause | None:
        called = self.names.builtin(expr)
        if called == "Int":
            return Cause("Int", expr.span)
        if called == "Events":
            for channel in self.names.every(tree.Channel):
                cause = None if channel.type is None else self.set(channel.type)
                if cause is not None:
                    return cause
            return None
        constant = self.names.constant(expr)
        if constant is not None:
            return self.set(constant)
        entity = self.names.meaning(expr)
        declaration = None if entity is None or entity.item is None else entity.item.declaration
        if isinstance(declaration, tree.Nametype):
            return self.set(declaration.type)
        if isinstance(declaration, tree.Datatype):
            types = (clause.type for clause in declaration.clauses if clause.type is not None)
            return next(filter(None, map(self.set, types)), None)
        return None

    def _call(self, called: str, arguments: Sequence[tree.Expr], span: Span) -> Cause | None:
        first = arguments[0]
        match called:
            case "Seq" if not (isinstance(first, tree.Set) and not first.items):
                return Cause(self.names.text(span), span)
            case "union":
                return next(filter(None, map(self.set, arguments)), None)
            case "diff" if self._lists_events(first):
                return self.set(first)
            case "Set" | "productions":
                return self.set(first) if called == "Set" else self.completions(first)
        return None

    def _lists_events(self, expr: tree.Expr) -> bool:
        constant = self.names.constant(expr)
        if constant is not None and not isinstance(constant, tree.Name):
            return self._lists_events(constant)
        return isinstance(expr, tree.EventSet) or self.names.builtin(expr) == "Events"

    def completions(self, expr: tree.Expr) -> Cause | None:
        """Why a channel, perhaps with some fields, has infinitely many events."""
        head, *given = spine(expr)
        entity = self.names.head(head)
        if entity is None or not all(map(self.single, given)):
            return None
        return next(filter(None, map(self.set, declared_fields(entity)[len(given) :])), None)
