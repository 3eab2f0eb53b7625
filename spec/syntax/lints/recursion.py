"""W007: processes that come back to themselves before any event.

`P = P [] Q` has no first step, and `P = SKIP ; P` has nothing but an invisible one. `P = P |~| P`
is a way to write a process that diverges, and not reported. What is only perhaps evaluated (a
branch of `if`, what a guard admits, a clause among several, a replicated process) counts as if it
never were.
"""

from __future__ import annotations

from collections.abc import Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, warning
from cospec.spec.syntax.types.signatures import IMPORTED

_BOTH = frozenset(["[]", "|||", "/\\"])


def unguarded_recursion(names: Names) -> Iterator[Diagnostic]:
    """Definitions that need themselves to know their first event."""
    definitions = [d for d in names.every(tree.Definition) if len(d.clauses) == 1]
    ends = _Ends(names)
    needed = {id(d): _needed(names, ends, d.clauses[0].body) for d in definitions}
    _drop_finite(needed)
    told: set[int] = set()
    for definition in definitions:
        circle = _circle(definition, needed)
        if circle and told.isdisjoint(id(each) for each, _ in circle):
            told.update(id(each) for each, _ in circle)
            yield _unguarded(circle)


Step = tuple[tree.Definition, tree.Expr]


def _drop_finite(needed: dict[int, list[Step]]) -> None:
    """Leaves only definitions from which one can go on for ever."""
    users: dict[int, list[int]] = {}
    open_steps = {key: len(steps) for key, steps in needed.items()}
    for key, steps in needed.items():
        for found, _ in steps:
            users.setdefault(id(found), []).append(key)
    left = [key for key, count in open_steps.items() if not count]
    left += [key for key in users if key not in needed]
    while left:
        ended = left.pop()
        needed.pop(ended, None)
        for user in users.get(ended, ()):
            open_steps[user] -= 1
            if not open_steps[user]:
                left.append(user)


def _circle(start: tree.Definition, needed: dict[int, list[Step]]) -> list[Step]:
    """The shortest way from a definition back to itself: what is needed, and where."""
    before: dict[int, tuple[tree.Definition, Step]] = {}
    left = [start]
    for here in left:
        for step in needed.get(id(here), ()):
            found, _ = step
            if id(found) in before:
                continue
            before[id(found)] = (here, step)
            if found is start:
                way: list[Step] = []
                while True:
                    there, taken = before[id(found)]
                    way.append(taken)
                    if there is start:
                        return way[::-1]
                    found = there
            left.append(found)
    return []


def _unguarded(circle: list[Step]) -> Diagnostic:
    definition, last = circle[-1]
    first = circle[0][1]
    notes: list[tuple[str, tree.Span | None]] = []
    if len(circle) > 1:
        via = ", ".join(f"`{each.name}`" for each, _ in circle[:-1])
        notes.append((f"by way of {via}, which comes back here", last.span))
    notes.append(("put an event before the recursive use", None))
    return warning(
        "W007",
        f"`{definition.name}` comes back to itself before any event",
        first.span,
        "needed for the first event",
        *notes,
    )


def _needed(names: Names, ends: _Ends, body: tree.Expr) -> list[Step]:
    """The definitions that a process surely asks for before its first event."""
    found: list[Step] = []
    left: list[tree.Expr] = [body]
    while left:
        expr = left.pop()
        match expr:
            case tree.Name() | tree.Apply():
                inner = _argument(names, expr)
                if inner is not None:
                    left.append(inner)
                    continue
                definition = _called(names, expr)
                if definition is not None:
                    found.append((definition, expr))
            case tree.Binary(operator, first, second) if operator in _BOTH:
                left += [second, first]
            case tree.Binary("[>", first, _):
                left.append(first)
            case tree.Binary(";", first, second):
                left += [second, first] if ends.at_once(first) else [first]
            case tree.Binary("\\" | "|\\", process, _) | tree.Rename(process, _):
                left.append(process)
            case tree.SetBinary("[|>", process, _, _):
                left.append(process)
            case tree.SetBinary(_, first, _, second) | tree.LinkedParallel(first, _, _, second):
                left += [second, first]
            case tree.AlphabetisedParallel(first, _, _, second):
                left += [second, first]
            case tree.Let(_, inside):
                left.append(inside)
    return found


def _argument(names: Names, expr: tree.Expr) -> tree.Expr | None:
    """The process that a compression is applied to."""
    if isinstance(expr, tree.Apply) and names.imported(expr.function) in IMPORTED:
        return expr.arguments[0] if len(expr.arguments) == 1 else None
    return None


def _called(names: Names, expr: tree.Expr) -> tree.Definition | None:
    """The definition that a call, with arguments for all its groups, is of."""
    depth = 0
    while isinstance(expr, tree.Apply):
        expr, depth = expr.function, depth + 1
    found = names.definition(expr)
    if found is None or len(found.clauses[0].groups) != depth:
        return None
    return found


class _Ends:
    """Which processes can surely terminate without an event."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[int, bool] = {}

    def at_once(self, expr: tree.Expr) -> bool:
        """Whether a process can; what is defined by itself counts as if it could not."""
        if id(expr) not in self._known:
            self._known[id(expr)] = False
            self._known[id(expr)] = self._at_once(expr)
        return self._known[id(expr)]

    def _at_once(self, expr: tree.Expr) -> bool:
        match expr:
            case tree.Name():
                body = self.names.constant(expr)
                return self.names.builtin(expr) == "SKIP" if body is None else self.at_once(body)
            case tree.Binary("[]" | "|~|" | "[>", first, second):
                return self.at_once(first) or self.at_once(second)
            case tree.Binary(";" | "|||", first, second) | tree.SetBinary("[||]", first, _, second):
                return self.at_once(first) and self.at_once(second)
            case tree.Binary("\\" | "|\\", process, _) | tree.Rename(process, _):
                return self.at_once(process)
        return False
