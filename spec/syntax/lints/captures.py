"""W001: a channel or constructor where a variable was meant.

In a pattern, the name of a channel or constructor matches that alone. To match a constructor is
what patterns are for, so it is suspicious only where it is the one case there is and others are
given: as the same parameter of all clauses of a function that is called with another constructor,
as a generator's or a lambda's whole pattern, in an input if it looks like a variable and is used
like one. To match a channel is rare, and goes unnoticed only where it is the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, below, declared_fields, warning
from cospec.spec.syntax.matcher import spine
from cospec.spec.syntax.types.environment import Entity

_LITERALS = (tree.Int, tree.Bool, tree.Char, tree.String, tree.Sequence, tree.Set, tree.Unary)
_ON_DATA = frozenset(["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!="])


def captured_variables(names: Names) -> Iterator[Diagnostic]:
    """Patterns that a channel or constructor has captured."""
    for prefix in names.every(tree.Prefix):
        yield from _inputs(names, prefix)
    for definition in names.every(tree.Clause):
        yield from _values(names, definition)
    yield from _parameters(names)
    for each in names.every(tree.Generator):
        if names.head(each.pattern) is not None:
            yield _captured(names, each.pattern)
    for function in names.every(tree.Lambda):
        for pattern in function.patterns:
            if names.head(pattern) is not None:
                yield _captured(names, pattern)


def _captured(names: Names, pattern: tree.Expr) -> Diagnostic:
    assert isinstance(pattern, tree.Name)
    head = names.head(pattern)
    assert head is not None
    what = "channel" if head.datatype is None else "constructor"
    return warning(
        "W001",
        f"`{pattern.text}` is a {what}: in this pattern it matches itself alone and is no new "
        "variable",
        pattern.span,
        "matches one value only",
        (f"the {what} is declared here", head.span),
        (f"if a variable is meant, give it a name that no {what} has", None),
    )


# ------------------------------------------------------------------------------- inputs


def _inputs(names: Names, prefix: tree.Prefix) -> Iterator[Diagnostic]:
    """`c?x` where `x` is a channel, or a constructor in small letters that is used afterwards. To
    fix one of several fields, as in `c?x.on`, is common."""
    for number, each in enumerate(prefix.fields):
        if each.kind == "!":
            continue
        rest = (*prefix.fields[number + 1 :], prefix.body)
        for part in spine(each.pattern):
            head = names.head(part)
            if head is None:
                continue
            if head.datatype is None or (
                part is each.pattern
                and head.name[0].islower()
                and _one_of_many(head)
                and _occurs(names, head, rest)
                and not _cases(names, prefix, head)
            ):
                yield _captured(names, part)


def _one_of_many(constructor: Entity) -> bool:
    """Whether a constructor has no fields, and others beside it."""
    declaration = constructor.item.declaration if constructor.item is not None else None
    assert isinstance(declaration, tree.Datatype)
    return len(declaration.clauses) > 1 and not declared_fields(constructor)


def _occurs(names: Names, head: Entity, where: tuple[object, ...]) -> bool:
    return any(names.head(node) is head for node in below(*where))


def _cases(names: Names, prefix: tree.Prefix, head: Entity) -> bool:
    """Whether inputs on the same channel tell the constructor from others of its datatype."""
    channel = names.head(spine(prefix.channel)[0])
    for other in names.every(tree.Prefix):
        if names.head(spine(other.channel)[0]) is channel:
            for each in other.fields:
                for part in spine(each.pattern):
                    found = names.head(part)
                    if found is not None and found.datatype is head.datatype and found is not head:
                        return True
    return False


# --------------------------------------------------------------------------- parameters


def _parameters(names: Names) -> Iterator[Diagnostic]:
    for definition in names.every(tree.Definition):
        yield from _parameters_of(names, definition)


def _parameters_of(names: Names, definition: tree.Definition) -> Iterator[Diagnostic]:
    """Parameters that are the same channel or constructor in every clause, or one beside a
    literal, which is of another type."""
    rows = [clause.groups for clause in definition.clauses]
    for group in range(len(rows[0])):
        for place in range(len(rows[0][group])):
            column = [row[group][place] for row in rows if place < len(row[group])]
            heads = [names.head(pattern) for pattern in column]
            first = heads[0]
            if first is not None and all(head is first for head in heads):
                given = _given(names, definition, group, place)
                if _unfit(names, first, given):
                    yield from (_captured(names, pattern) for pattern in column)
            elif any(isinstance(pattern, _LITERALS) for pattern in column):
                for pattern, head in zip(column, heads, strict=True):
                    if head is not None:
                        yield _captured(names, pattern)


def _given(
    names: Names, definition: tree.Definition, group: int, place: int
) -> list[tree.Expr | None]:
    """What calls give a parameter; None for one that cannot be told."""
    found: list[tree.Expr | None] = []
    direct = 0
    for node in names.every(tree.Apply):
        depth, function = 0, node.function
        while isinstance(function, tree.Apply):
            depth, function = depth + 1, function.function
        if names.definition(function) is definition:
            direct += depth == 0
            if depth == group:
                found.append(node.arguments[place] if place < len(node.arguments) else None)
    named = sum(names.definition(name) is definition for name in names.every(tree.Name))
    return found + [None] * (named - direct)


def _unfit(names: Names, head: Entity, given: list[tree.Expr | None]) -> bool:
    """Whether a channel is not always what is given; of a constructor, whether another one is."""
    heads = [names.head(each) for each in given]
    if head.datatype is None:
        return not given or any(each is not head for each in heads)
    return any(
        each is not None and each is not head and each.datatype is head.datatype for each in heads
    )


def _values(names: Names, clause: tree.Clause) -> Iterator[Diagnostic]:
    """Channels inside a parameter, as in `<x>^s`, that the body uses as if they were data."""
    for pattern in (pattern for group in clause.groups for pattern in group):
        if isinstance(pattern, tree.Name | tree.Dot):
            continue
        for part in below(pattern):
            head = names.head(part)
            if head is not None and head.datatype is None and _as_data(names, head, clause.body):
                assert isinstance(part, tree.Name)
                yield _captured(names, part)


def _as_data(names: Names, head: Entity, body: tree.Expr) -> bool:
    for node in below(body):
        used: tuple[object, ...] = ()
        match node:
            case tree.Field("!", sent):
                used = tuple(spine(sent))
            case tree.Dot(_, right):
                used = (right,)
            case tree.Binary(operator, left, right) if operator in _ON_DATA:
                used = (left, right)
        if any(names.head(each) is head for each in used):
            return True
    return False
