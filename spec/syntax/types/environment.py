"""What names stand for while types are found, and in which order definitions are looked at.

Modules and their instances are laid flat: an instance is the module's declarations once more, with
names of its own and its arguments bound to the parameters. What remains is one list of items, put
into groups that depend on each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cospec.spec.syntax import tree
from cospec.spec.syntax.scopes import MOST_COPIES
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.free import FreeNames, bound_by, place_of
from cospec.spec.syntax.types.signatures import IMPORTED, PREDEFINED, TIMED
from cospec.spec.syntax.types.terms import PROC, Datatype, Scheme, Type, Var


@dataclass(slots=True, eq=False)
class Entity:
    """What one name stands for: a definition, a channel, a variable, a module."""

    name: str
    span: Span | None = None
    #: The type, once it is known in general; before that, `type` is the one being found.
    scheme: Scheme | None = None
    type: Type | None = None
    #: Whether it is a channel or a constructor.
    head: bool = False
    #: The datatype, of the name of one and of its constructors.
    datatype: Datatype | None = None
    #: The item that declares it.
    item: Item | None = None
    #: The annotation that gives its type.
    annotation: tree.Annotation | None = None
    #: The names of a module or instance; of a module with parameters, none.
    scope: Scope | None = None
    module: tree.Module | None = None
    #: Where a module's own names are looked up, and the item that all of it belongs to.
    home: Scope | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """The names of one level, and the level around it."""

    parent: Scope | None = None
    names: dict[str, Entity] = field(default_factory=dict)
    #: Type variables that annotations of this level have named.
    variables: dict[str, Var] = field(default_factory=dict)

    def lookup(self, name: str) -> Entity | None:
        """What a perhaps qualified name stands for."""
        first, *rest = name.split("::")
        entity = self._find(first, module=bool(rest))
        for part in rest:
            if entity is None or entity.scope is None:
                return None
            entity = entity.scope.names.get(part)
        return entity

    def _find(self, name: str, module: bool) -> Entity | None:
        """The innermost thing of the name; before `::`, the innermost module."""
        scope: Scope | None = self
        while scope is not None:
            entity = scope.names.get(name)
            if entity is not None and (entity.module is not None or not module):
                return entity
            scope = scope.parent
        return None

    def variable(self, name: str) -> Var | None:
        """The type variable that an annotation here or further out has named."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return None

    def is_head(self, name: str) -> bool:
        """Whether the name is a channel or a constructor here."""
        entity = self.lookup(name)
        return entity is not None and entity.head

    def datatypes(self) -> list[str]:
        """The names of datatypes that can be seen from here, those of modules included."""
        found: dict[str, None] = {}
        scope: Scope | None = self
        while scope is not None:
            for name, entity in scope.names.items():
                if entity.datatype is not None and not entity.head:
                    found[name] = None
                for inner, each in entity.scope.names.items() if entity.scope else ():
                    if each.datatype is not None and not each.head:
                        found[f"{name}::{inner}"] = None
            scope = scope.parent
        return list(found)

    def binds(self, pattern: tree.Expr) -> list[str]:
        """The variables of a pattern, in a fixed order."""
        return sorted(bound_by(pattern, self.is_head))


@dataclass(slots=True, eq=False)
class Item:
    """A declaration to be typed in a scope. `declaration` is a pair where an argument of an
    instance meets a parameter, and None for a module or an instance as a whole."""

    declaration: tree.Declaration | Binding | None
    scope: Scope
    defines: list[Entity] = field(default_factory=list)
    #: Items that have to come before this one beside those whose names it uses.
    after: list[Item] = field(default_factory=list)
    #: Names, beside its own, whose items have to come before this one.
    uses: list[Entity] = field(default_factory=list)
    instance: tree.Instance | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A parameter of a module, bound to an argument that is evaluated in another scope."""

    pattern: tree.Expr
    argument: tree.Expr
    scope: Scope


def predefined() -> Scope:
    """The scope around every script."""
    return Scope(None, {name: Entity(name, scheme=s) for name, s in PREDEFINED.items()})


def beginning(script: tree.Script) -> Scope:
    """The scope of a script before its declarations: with the processes that it is given."""
    given = {name: Entity(name, scheme=Scheme((), PROC)) for name in script.given}
    return Scope(predefined(), given)


class Layout:
    """Lays out a level of declarations: its names into a scope, its items into a list."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._inside: list[tree.Module] = []
        self._copies = 0
        #: The names of the modules and instances that are being laid out.
        self._path: list[str] = []

    def level(self, declarations: Sequence[tree.Declaration], scope: Scope) -> None:
        """Declares the names of a level and lists its items, with those of modules inside."""
        for declaration in declarations:
            self._declare_heads(declaration, scope)
        for declaration in declarations:
            self._declare(declaration, scope)
        for declaration in declarations:
            self._annotate(declaration, scope)

    def _annotate(self, declaration: tree.Declaration, scope: Scope) -> None:
        if isinstance(declaration, tree.Annotation):
            for name, _ in declaration.names:
                entity = scope.names.get(name)
                if entity is not None and entity.annotation is None:
                    entity.annotation = declaration
        elif isinstance(declaration, tree.Timed):
            for inner in declaration.declarations:
                self._annotate(inner, scope)

    def _add(self, name: str, span: Span, item: Item, **more: object) -> Entity:
        """A name of an item; when there are two of one name, which is an error, the first."""
        entity = Entity(name, span, item=item, **more)  # type: ignore[arg-type]
        entity = item.scope.names.setdefault(name, entity)
        if entity.item is item:
            item.defines.append(entity)
        return entity

    def _item(self, declaration: tree.Declaration | Binding | None, scope: Scope) -> Item:
        item = Item(declaration, scope)
        self.items.append(item)
        return item

    def _declare_heads(self, declaration: tree.Declaration, scope: Scope) -> None:
        """Channels and constructors, which decide what patterns bind."""
        match declaration:
            case tree.Channel(names):
                item = self._item(declaration, scope)
                for name, span in names:
                    self._add(name, span, item, head=True)
            case tree.Datatype(name, clauses, False):
                item = self._item(declaration, scope)
                datatype = Datatype("::".join([*self._path, name]))
                self._add(name, declaration.name_span, item, datatype=datatype)
                for clause in clauses:
                    self._add(clause.name, clause.name_span, item, head=True, datatype=datatype)
            case tree.Timed(_, inner):
                for each in inner:
                    self._declare_heads(each, scope)
            case _:
                pass

    def _declare(self, declaration: tree.Declaration, scope: Scope) -> None:
        match declaration:
            case tree.Definition(name):
                self._add(name, declaration.name_span, self._item(declaration, scope))
            case tree.PatternDefinition(pattern):
                item = self._item(declaration, scope)
                for name in scope.binds(pattern):
                    self._add(name, pattern.span, item)
            case tree.Datatype(name, _, True) | tree.Nametype(name):
                self._add(name, declaration.name_span, self._item(declaration, scope))
            case tree.Import(_, names):
                for name, span in names:
                    if name in IMPORTED:
                        entity = Entity(name, span, scheme=IMPORTED[name])
                        scope.names.setdefault(name, entity)
            case tree.Timed(_, inner):
                self._timed(declaration, inner, scope)
            case tree.Module():
                self._module(declaration, scope)
            case tree.Instance():
                self._instance(declaration, scope)
            case tree.Assertion() | tree.Print():
                self._item(declaration, scope)
            case _:
                pass

    def _timed(self, section: tree.Timed, inner: Sequence[tree.Declaration], scope: Scope) -> None:
        self._item(section, scope)
        inside = timed_scope(scope)
        before = len(self.items)
        for each in inner:
            self._declare(each, scope)
        for item in self.items[before:]:
            if item.scope is scope:
                item.scope = inside

    # -------------------------------------------------------------------------- modules

    def _module(self, module: tree.Module, scope: Scope) -> None:
        item = self._item(None, scope)
        entity = self._add(module.name, module.name_span, item, module=module, home=scope)
        if entity.item is not item:
            return
        inner = Scope(scope)
        if module.parameters:
            inner = Scope(inner)
            for name in sorted({n for p in module.parameters for n in scope.binds(p)}):
                parameter = Entity(name, place_of(name, module.parameters), type=Var(0))
                assert inner.parent is not None
                inner.parent.names[name] = parameter
        else:
            entity.scope = inner
        item.after = self._inside_of(module, module.name, inner)

    def _inside_of(self, module: tree.Module, name: str, scope: Scope) -> list[Item]:
        """The items of a module's body, the module or its instance being called `name`."""
        before = len(self.items)
        self._inside.append(module)
        self._path.append(name)
        self.level((*module.private, *module.public), scope)
        self._path.pop()
        self._inside.pop()
        return self.items[before:]

    def _instance(self, declaration: tree.Instance, scope: Scope) -> None:
        found = scope.lookup(declaration.module.text)
        if found is None or found.module is None or found.home is None:
            return  # names are checked elsewhere
        module = found.module
        item = self._item(None, scope)
        if module not in self._inside:  # which is reported with the names
            item.instance = declaration
        outer = Scope(found.home)
        inner = Scope(outer)
        entity = self._add(
            declaration.name, declaration.name_span, item, scope=inner, module=module,
            home=found.home,
        )  # fmt: skip
        if entity.item is not item or found.item is None:
            return
        item.uses.append(found)
        if module in self._inside or len(module.parameters) != len(declaration.arguments):
            return
        self._copies += len(module.private) + len(module.public)
        if self._copies > MOST_COPIES:
            return
        for pattern, argument in zip(module.parameters, declaration.arguments, strict=True):
            bound = self._item(Binding(pattern, argument, scope), outer)
            bound.after.append(item)
            for name in found.home.binds(pattern):
                self._add(name, pattern.span, bound)
        for each in self._inside_of(module, declaration.name, inner):
            each.after.append(item)


def timed_scope(scope: Scope) -> Scope:
    """The scope inside a timed section."""
    return Scope(scope, {n: Entity(n, scheme=s) for n, s in TIMED.items() if n not in scope.names})


def uses(item: Item) -> Iterator[Entity]:
    """What an item takes from around it."""
    yield from item.uses
    declaration, scope = item.declaration, item.scope
    if declaration is None:
        return
    free = FreeNames(scope.is_head)
    nodes: Iterable[tuple[object, Scope]]
    if isinstance(declaration, Binding):
        nodes = ((declaration.pattern, scope), (declaration.argument, declaration.scope))
    elif isinstance(declaration, tree.Timed):
        nodes = ((declaration.function, scope), (tree.Name("tock", declaration.span), scope))
    elif isinstance(declaration, tree.Datatype):
        nodes = [(clause.type, scope) for clause in declaration.clauses]
        if declaration.subtype:
            named = (tree.Name(c.name, c.name_span) for c in declaration.clauses)
            nodes = [*nodes, *((name, scope) for name in named)]
    else:
        nodes = ((declaration, scope),)
    for node, where in nodes:
        for name in free.of(node):
            entity = where.lookup(name)
            if entity is not None:
                yield entity
    for entity in item.defines:
        if entity.annotation is not None:
            for name in free.of(entity.annotation.type):
                datatype = scope.lookup(name)
                if datatype is not None and datatype.datatype is not None:
                    yield datatype


def groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items, those together that depend on each other, and after what they depend on.

    Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), without recursion.
    """
    among = {id(item): number for number, item in enumerate(items)}

    def needed(item: Item) -> list[int]:
        found = [entity.item for entity in uses(item)] + list(item.after)
        numbers = (among.get(id(each)) for each in found if each is not None)
        return sorted({n for n in numbers if n is not None})

    yield from _components(len(items), lambda n: needed(items[n]), items)


def _components(
    count: int, edges: Callable[[int], list[int]], items: Sequence[Item]
) -> Iterator[list[Item]]:
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in range(count):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        path = [(root, iter(edges(root)))]
        while path:
            here, onward = path[-1]
            for to in onward:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on_stack.add(to)
                    path.append((to, iter(edges(to))))
                    break
                if to in on_stack:
                    low[here] = min(low[here], index[to])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[here])
                if low[here] == index[here]:
                    found = []
                    while True:
                        found.append(stack.pop())
                        on_stack.discard(found[-1])
                        if found[-1] == here:
                            break
                    yield [items[n] for n in sorted(found)]
