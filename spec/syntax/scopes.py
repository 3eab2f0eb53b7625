"""Names and what they stand for.

A `Scope` maps the names of one level (the script, a module, a `let`, a clause) to `Binding`s and
knows the level around it. A binding tells the code generator how to write a use of the name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.tree import Span

#: The declarations in instances of modules may be as many as this. Modules that hold two instances
#: of one another would double them at every step.
MOST_COPIES = 5_000


class Kind(Enum):
    """How a name is used in generated code."""

    VARIABLE = auto()  # a Python variable: a parameter or a pattern's variable
    CONSTANT = auto()  # a Thunk
    FUNCTION = auto()  # a Python function taking the arguments of all groups
    PROCESS = auto()  # a process definition; with groups, to be called
    HEAD = auto()  # a channel or constructor
    BUILTIN = auto()  # a predefined function or constant
    MODULE = auto()  # a module or instance: `scope` holds its names
    TEMPLATE = auto()  # a module with parameters, to be instantiated first


@dataclass(slots=True)
class Binding:
    """What one name stands for."""

    name: str
    kind: Kind
    #: The Python name that generated code uses.
    code: str
    span: Span | None = None
    #: Number of parameters of each argument group.
    groups: tuple[int, ...] = ()
    #: Whether the name (fully applied) is a process.
    process: bool = False
    #: Serial number; of two local bindings the later one was made inside or after the other.
    serial: int = 0
    #: Whether it lives in a Python function rather than at top level.
    local: bool = False
    #: The Python name of the frame of the `let` that defines it.
    frame: str = ""
    scope: Scope | None = None
    module: tree.Module | None = None
    #: Only visible inside its module.
    private: bool = False


@dataclass(slots=True)
class Scope:
    """One level of names."""

    parent: Scope | None
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        """The binding of an unqualified name, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            binding = scope.names.get(name)
            if binding is not None:
                return binding
            scope = scope.parent
        return None

    def _module(self, name: str) -> Binding | None:
        """The innermost module of a name; a variable of the same name does not hide it."""
        scope: Scope | None = self
        while scope is not None:
            binding = scope.names.get(name)
            if binding is not None and binding.kind in (Kind.MODULE, Kind.TEMPLATE):
                return binding
            scope = scope.parent
        return None

    def inside(self, other: Scope | None) -> bool:
        """Whether this scope is `other` or within it."""
        scope: Scope | None = self
        while scope is not None:
            if scope is other:
                return True
            scope = scope.parent
        return False

    def visible(self) -> list[str]:
        """All unqualified names, for suggestions."""
        found: dict[str, None] = {}
        scope: Scope | None = self
        while scope is not None:
            found.update(dict.fromkeys(scope.names))
            scope = scope.parent
        return list(found)

    def lookup(self, name: str) -> Binding | str:
        """The binding of a perhaps qualified name, or why there is none."""
        first, *rest = name.split("::")
        binding = (self._module(first) if rest else None) or self.find(first)
        for part in rest:
            if binding is None:
                return "missing"
            if binding.kind is Kind.TEMPLATE:
                return "template"
            if binding.kind is not Kind.MODULE or binding.scope is None:
                return "not a module"
            inner = binding.scope.names.get(part)
            if inner is not None and inner.private and not self.inside(binding.scope):
                return "private"
            binding = inner
        return binding if binding is not None else "missing"


# ------------------------------------------------------------------------------ messages


def unknown_name(
    name: str, span: Span, scope: Scope, why: str, imports: set[str], advise: bool = True
) -> Diagnostic:
    """`name` is used and not defined, or not within reach.

    `advise`: whether similar names are to be looked for, which takes long when there are many.
    """
    notes: list[Note] = []
    if why == "template":
        message = f"`{name}` is inside a module with parameters"
        advice = "make an instance of the module first: `instance I = M(...)`, then `I::x`"
        notes.append(Note(advice))
        return Diagnostic("X305", message, span, "", tuple(notes))
    if why == "private":
        notes.append(Note("move its definition to the `exports` section of the module"))
        return Diagnostic("X306", f"`{name}` is private to its module", span, "", tuple(notes))
    if why == "not a module":
        return _no_module(name, span, scope)
    if "::" in name:
        notes.append(_missing_part(name, scope))
    elif name in imports:
        keyword = "transparent" if imports_transparent(name) else "external"
        notes.append(Note(f"it has to be imported: write `{keyword} {name}` above"))
    elif advise:
        visible = scope.visible()
        close = [each for each in visible if each.lower() == name.lower()]  # Stop, for STOP
        close = close or difflib.get_close_matches(name, visible, n=1, cutoff=0.65)
        if close:
            found = scope.find(close[0])
            notes.append(
                Note(f"did you mean `{close[0]}`?", found.span if found is not None else None)
            )
    return Diagnostic("X301", f"`{name}` is not defined", span, "not defined", tuple(notes))


def _no_module(name: str, span: Span, scope: Scope) -> Diagnostic:
    """Before `::` stands what is no module."""
    parts = name.split("::")
    before = "::".join(parts[:1])
    for count in range(1, len(parts)):
        before = "::".join(parts[:count])
        found = scope.lookup(before)
        if isinstance(found, Binding) and found.kind is not Kind.MODULE:
            notes = (Note(f"`{before}` is declared here", found.span),) if found.span else ()
            return Diagnostic("X307", f"`{before}` is not a module", span, "", notes)
    raise AssertionError(f"every part of {name} is a module")


def no_such_module(
    name: str, span: Span, scope: Scope, declared: Iterable[tree.Module]
) -> Diagnostic:
    """An instance of what is no module, or not yet one; `declared` are those of its level."""
    message = f"there is no module `{name}` above this instance"
    later = next((module for module in declared if module.name == name), None)
    if later is not None:
        note = Note("an instance must come after its module, which is here", later.name_span)
        return Diagnostic("X317", message, span, "", (note,))
    modules = [
        each
        for each in scope.visible()
        if (found := scope.find(each)) is not None and found.kind in (Kind.MODULE, Kind.TEMPLATE)
    ]
    close = difflib.get_close_matches(name, modules, n=1, cutoff=0.6)
    notes = []
    if close:
        known = scope.find(close[0])
        notes = [Note(f"did you mean `{close[0]}`?", None if known is None else known.span)]
    return Diagnostic("X317", message, span, "", tuple(notes))


def no_constructor(name: str, span: Span, found: Binding) -> Diagnostic:
    """A clause of a subtype that is no constructor."""
    notes = (Note(f"`{name}` is declared here", found.span),) if found.span is not None else ()
    return Diagnostic("X319", f"`{name}` is no constructor of a datatype", span, "", notes)


def _missing_part(name: str, scope: Scope) -> Note:
    """Which part of a qualified name there is not."""
    module, _, last = name.rpartition("::")
    found = scope.lookup(module)
    if isinstance(found, str):
        return Note(f"there is no module `{module}`")
    names = found.scope.names if found.scope is not None else {}
    public = [n for n, binding in names.items() if not binding.private]
    close = difflib.get_close_matches(last, public, n=1, cutoff=0.65)
    if close:
        return Note(f"did you mean `{module}::{close[0]}`?", names[close[0]].span)
    return Note(f"the module `{module}` has no `{last}`", found.span)


def imports_transparent(name: str) -> bool:
    """Whether `name` is imported by `transparent`."""
    from cospec.spec.syntax.externals import TRANSPARENT

    return name in TRANSPARENT


def defined_twice(name: str, span: Span, first: Span | None, equations: bool) -> Diagnostic:
    """One level defines `name` twice; `equations`: as a function both times."""
    notes = [Note("it is first defined here", first)]
    if first is None:
        notes = [Note("a process of this name is given beside the script")]
    if equations:
        advice = "the equations of one function must stand next to each other, in one file"
        notes.append(Note(advice))
    return Diagnostic("X302", f"`{name}` is defined twice", span, "", tuple(notes))


def bound_twice(name: str, span: Span) -> Diagnostic:
    """One pattern binds `name` twice."""
    note = Note("use two names and compare them, as in `x == y`")
    return Diagnostic("X303", f"the pattern binds `{name}` twice", span, "", (note,))


def annotated_elsewhere(name: str, span: Span) -> Diagnostic:
    """A type annotation of a name that its level does not define."""
    note = Note("a type annotation stands beside the definition it is about")
    message = f"`{name}` is given a type here, but it is not defined here"
    return Diagnostic("X316", message, span, "", (note,))


def annotated_twice(name: str, span: Span, first: Span) -> Diagnostic:
    """Two type annotations of one name."""
    note = Note("the first time", first)
    return Diagnostic("X326", f"`{name}` is given a type twice", span, "", (note,))


def annotated_together(name: str, other: str, span: Span, first: Span) -> Diagnostic:
    """Type annotations of two channels of one declaration."""
    note = Note(f"`{other}` is given its type here", first)
    message = f"`{name}` is declared together with `{other}`, so they have one type"
    return Diagnostic("X327", message, span, "", (note,))


def unknown_import(name: str, span: Span, known: list[str]) -> Diagnostic:
    """`transparent` or `external` with a name that does not exist."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    notes = (Note(f"did you mean `{close[0]}`?"),) if close else ()
    return Diagnostic("X308", f"there is no function `{name}` to import", span, "", notes)


def nested_too_deeply(span: Span, limit: int) -> Diagnostic:
    """Expressions that become Python functions stand in each other, too many for Python."""
    note = Note("give a part of it a name of its own")
    message = f"more than {limit:,} expressions are nested around this one"
    return Diagnostic("X328", message, span, "", (note,))
