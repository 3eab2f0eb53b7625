"""What an editor wants to know of a script: its mistakes, its outline, and what each name means.

Nothing is evaluated, and a script with mistakes is looked at as far as it can be. An `Analysis`
does not change; the names of files in it are those that spans use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cospec.spec.syntax import tree
from cospec.spec.syntax.declarations import Declarations
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints import warnings
from cospec.spec.syntax.parser import Reading
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.definitions import Definitions, check
from cospec.spec.syntax.types.environment import Binding, Entity, Scope
from cospec.spec.syntax.types.free import parts, place_of
from cospec.spec.syntax.types.signatures import IMPORTED
from cospec.spec.syntax.types.terms import Scheme, Type, written_scheme


@dataclass(frozen=True, slots=True)
class Use:
    """A name in a script: where it stands, and what it stands for."""

    span: Span
    entity: Entity
    #: Its type in this place; None where it is declared, and for a module.
    found: Type | None = None

    @property
    def name(self) -> str:
        """The name, without the modules that it is looked up in."""
        return self.entity.name

    @property
    def declared(self) -> Span | None:
        """Where it is declared; None for a predefined name."""
        return _place(self.entity)

    @property
    def type(self) -> str:
        """Its type in general, in CSPM notation; empty if it has none."""
        entity = self.entity
        if entity.module is not None:
            return ""
        if entity.scheme is not None:
            return written_scheme(entity.scheme)
        return "" if entity.type is None else written_scheme(Scheme((), entity.type))

    @property
    def type_here(self) -> str:
        """Its type in this place; for `head` in `head(<1>)`, `(<Int>) -> Int`."""
        return self.type if self.found is None else written_scheme(Scheme((), self.found))

    @property
    def kind(self) -> str:
        """What it is, in a few words."""
        return kind_of(self.entity)


def kind_of(entity: Entity) -> str:
    """What a name stands for, in a few words."""
    declaration = None if entity.item is None else entity.item.declaration
    if entity.module is not None:
        instance = None if entity.item is None else entity.item.instance
        return "module" if instance is None else f"instance of `{entity.module.name}`"
    if entity.head:
        return "channel" if entity.datatype is None else f"constructor of `{entity.datatype.name}`"
    if entity.span is None:
        return "predefined"
    match declaration:
        case tree.Datatype(subtype=subtype):
            return "subtype" if subtype else "datatype"
        case tree.Nametype():
            return "nametype"
        case tree.Definition(clauses=(tree.Clause(groups=()), *_)):
            return "definition"
        case tree.Definition():
            return "function"
        case None if entity.scheme is not None:
            return "imported function"
        case _:
            return "variable"


@dataclass(frozen=True, slots=True)
class Symbol:
    """An entry of a script's outline.

    `kind` is "process", "function", "value", "channel", "datatype", "constructor", "nametype",
    "module", "instance", "timed" or "assertion"; `detail` is a type where there is one.
    """

    name: str
    kind: str
    span: Span
    name_span: Span
    detail: str = ""
    children: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """A script that was looked at without evaluating anything.

    Attributes:
        diagnostics: its mistakes and the warnings, in the order of their places.
        symbols: its outline, with what includes contribute.
        uses: the names in it.
        sources: the text of each file.
        paths: where the files are.
        includes: each `include`, and the name of its file.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    uses: tuple[Use, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)
    includes: tuple[tuple[Span, str], ...] = ()

    def use_at(self, file: str, line: int, column: int) -> Use | None:
        """The name at a place, or just before it."""
        touching = [use for use in self.uses if _touches(use.span, file, line, column)]
        return max(touching, key=lambda use: use.span.column, default=None)

    def included_at(self, file: str, line: int, column: int) -> str | None:
        """The file that the `include` at a place names."""
        found = (name for span, name in self.includes if _touches(span, file, line, column))
        return next(found, None)

    def outline(self, file: str) -> tuple[Symbol, ...]:
        """The symbols of one file."""
        return tuple(_of_file(self.symbols, file))


def _touches(span: Span, file: str, line: int, column: int) -> bool:
    return span.file == file and span.line == line and span.column <= column <= span.end_column


def _of_file(symbols: Iterable[Symbol], file: str) -> Iterator[Symbol]:
    for symbol in symbols:
        inside = tuple(_of_file(symbol.children, file))
        if symbol.span.file != file:
            yield from inside
        elif inside == symbol.children:
            yield symbol
        else:
            yield Symbol(
                symbol.name, symbol.kind, symbol.span, symbol.name_span, symbol.detail, inside
            )


def mistakes(names: Iterable[Diagnostic], types: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is wrong with names and types. What is wrong with a name is said once, in the words of
    names."""
    of_names = dict.fromkeys(names)
    said = {diagnostic.span for diagnostic in of_names}
    return (*of_names, *dict.fromkeys(each for each in types if each.span not in said))


def analyse(reading: Reading) -> Analysis:
    """Finds out what names mean in a script that was read.

    Only if all of it could be read, it is said what is wrong with names and types, and what hardly
    meant: most of that would be consequences.
    """
    script = reading.script
    types = check(script)
    found = list(reading.diagnostics)
    if not found:
        compiler = Declarations()
        compiler.script(script)
        for item in _prints(script.declarations):
            compiler.expression(item.expression)
            types.expression(item.expression)
        found += mistakes(compiler.diagnostics, types.diagnostics)
        found += warnings(script, found)
    return Analysis(
        tuple(sorted(found, key=Diagnostic.sort_key)),
        tuple(_symbols(script.declarations, types.scope)),
        tuple(_uses(script, types)),
        script.sources,
        reading.paths,
        reading.includes,
    )


def _prints(declarations: Sequence[tree.Declaration]) -> Iterator[tree.Print]:
    return (each for each in declarations if isinstance(each, tree.Print))


# ------------------------------------------------------------------------------ names


def _uses(script: tree.Script, types: Definitions) -> Iterator[Use]:
    """Each name once. A module is typed once for each instance: the first counts."""
    lines = {file: text.split("\n") for file, text in script.sources.items()}
    seen: set[Span] = set()
    declared = (Use(span, e) for e in types.declared for span in _declarations_of(e))
    mentioned = _mentioned(script.declarations, types.scope)
    used = (Use(span, entity, found) for span, entity, found in types.uses)
    for use in (*declared, *mentioned, *used):
        span = use.span
        if span in seen or span.line != span.end_line:
            continue
        written = lines[span.file][span.line - 1][span.column - 1 : span.end_column - 1]
        # The checker looks up names that a script does not spell out, such as `tock`.
        if written.rpartition("::")[2] == use.name:
            seen.add(span)
            yield use


def _place(entity: Entity) -> Span | None:
    """Where a name is declared: in a pattern, the name itself."""
    declaration = None if entity.item is None else entity.item.declaration
    if isinstance(declaration, tree.PatternDefinition | Binding):
        return place_of(entity.name, declaration.pattern)
    return entity.span


def _declarations_of(entity: Entity) -> Iterator[Span]:
    """Where a name is declared: each equation of a function, and its annotation."""
    declaration = None if entity.item is None else entity.item.declaration
    place = _place(entity)
    if place is not None:
        yield place
    if isinstance(declaration, tree.Definition):
        for clause in declaration.clauses:
            start = clause.span
            end = start.column + len(declaration.name)
            yield Span(start.file, start.line, start.column, start.line, end)
    if entity.annotation is not None:
        yield from (span for name, span in entity.annotation.names if name == entity.name)


def _mentioned(declarations: Iterable[tree.Declaration], scope: Scope) -> Iterator[Use]:
    """Names that have no type where they stand, and those that are imported."""
    for each in declarations:
        match each:
            case tree.Import(_, names):
                for name, span in names:
                    if name in IMPORTED:
                        yield Use(span, Entity(name, span, scheme=IMPORTED[name]))
            case tree.Annotation(type=type):
                for used in _names_in(type):
                    entity = scope.lookup(used.text)
                    if entity is not None:
                        yield Use(used.span, entity)
            case tree.Instance(module=module):
                entity = scope.lookup(module.text)
                if entity is not None:
                    yield Use(module.span, entity)
            case tree.Timed(_, inner):
                yield from _mentioned(inner, scope)
            case tree.Module():
                yield from _mentioned((*each.private, *each.public), _inside(each, scope))
            case _:
                pass


def _names_in(node: object) -> Iterator[tree.Name]:
    if isinstance(node, tree.Name):
        yield node
    else:
        for part in parts(node):
            yield from _names_in(part)


def _inside(module: tree.Module, scope: Scope) -> Scope:
    """The scope of a module; around it, if it has parameters."""
    entity = scope.names.get(module.name)
    return entity.scope if entity is not None and entity.scope is not None else scope


# ------------------------------------------------------------------------------ outline


def _symbols(declarations: Iterable[tree.Declaration], scope: Scope) -> Iterator[Symbol]:
    for each in declarations:
        match each:
            case tree.Definition():
                yield _definition(each, scope)
            case tree.PatternDefinition(pattern):
                for bound in _names_in(pattern):
                    entity = scope.names.get(bound.text)
                    if entity is not None and _place(entity) == bound.span:
                        yield Symbol(bound.text, "value", each.span, bound.span, _type(entity))
            case tree.Channel(names):
                for name, span in names:
                    yield Symbol(name, "channel", span, span, _type(scope.names.get(name)))
            case tree.Datatype(name, clauses):
                members = tuple(
                    Symbol(
                        c.name, "constructor", c.span, c.name_span, _type(scope.names.get(c.name))
                    )
                    for c in clauses
                )
                yield Symbol(name, "datatype", each.span, each.name_span, "", members)
            case tree.Nametype(name):
                detail = _type(scope.names.get(name))
                yield Symbol(name, "nametype", each.span, each.name_span, detail)
            case tree.Module(name):
                inner = tuple(_symbols((*each.private, *each.public), _inside(each, scope)))
                yield Symbol(name, "module", each.span, each.name_span, "", inner)
            case tree.Instance(name, module):
                yield Symbol(name, "instance", each.span, each.name_span, module.text)
            case tree.Timed(_, inner_declarations):
                inner = tuple(_symbols(inner_declarations, scope))
                yield Symbol("Timed", "timed", each.span, _start(each.span), "", inner)
            case tree.Assertion():
                yield Symbol(each.text, "assertion", each.span, _start(each.span))
            case _:
                pass


def _start(span: Span) -> Span:
    return Span(span.file, span.line, span.column, span.line, span.column)


def _constructor(clause: tree.DatatypeClause, scope: Scope) -> Symbol:
    detail = _type(scope.names.get(clause.name))
    return Symbol(clause.name, "constructor", clause.span, clause.name_span, detail)


def _definition(declaration: tree.Definition, scope: Scope) -> Symbol:
    detail = _type(scope.names.get(declaration.name))
    kind = "function" if declaration.clauses[0].groups else "value"
    if kind == "value" and detail == "Proc":
        kind = "process"
    return Symbol(declaration.name, kind, declaration.span, declaration.name_span, detail)


def _type(entity: Entity | None) -> str:
    return "" if entity is None or entity.scheme is None else written_scheme(entity.scheme)
