r"""W008: processes that grow each time they come back to themselves.

`P = (a -> P) \ {b}` becomes `P \ {b}`, `P \ {b} \ {b}` and so on: no two of these terms are the
same state, and the search for them does not end. What is only perhaps evaluated or performed (a
branch of `if`, what a guard or a parallel admits, a call with arguments) counts as if it never
were, and so does a process that no assertion asks for as a whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, below, warning

_CHOICES = frozenset(["[]", "|~|", "[>"])

#: The models in which a specification that diverges allows everything, and ends the search.
_DIVERGENCES = frozenset(["FD", "VD", "RD"])


#: So many definitions are looked at for a way back.
_REACH = 200

#: So many definitions are named that lie on the way back.
_VIA = 3


class _Step(NamedTuple):
    """A call that a definition surely comes to.

    Attributes:
        name: the call, and where it stands.
        found: the definition that it is of.
        guarded: whether an event comes first.
        around: the operator that stays around it; empty where none does.
    """

    name: tree.Name
    found: tree.Definition
    guarded: bool
    around: str


#: A call, and the way from there back to it.
_Circle = tuple[_Step, list[_Step]]


def growing_processes(names: Names) -> Iterator[Diagnostic]:
    """Recursions that leave an operator behind with every turn, in what an assertion searches."""
    if names.every(tree.Timed):
        return
    told: set[int] = set()
    known: dict[int, list[_Step]] = {}
    circles: dict[int, list[_Circle]] = {}
    for assertion in names.every(tree.Assertion):
        subject = _searched(assertion)
        if subject is None:
            continue
        steps = _steps_from(names, subject, known)
        for key in steps:
            if key not in circles:
                circles[key] = _circles(steps, key)
        new = [circle for key in steps if key not in told for circle in circles[key]]
        if new and _is_searched_whole(names, assertion):
            for step, way in new:
                if id(step.found) not in told:
                    yield _growing(step, way, assertion)
                told.update(id(each.found) for each in (step, *way))


def _searched(assertion: tree.Assertion) -> tree.Expr | None:
    """The process whose states an assertion goes through until it has a counterexample."""
    if assertion.negated or assertion.options.tau_priority is not None:
        return None
    match assertion.claim:
        case tree.Refinement(_, _, process) | tree.Property(process):
            return process
    return None


def _is_searched_whole(names: Names, assertion: tree.Assertion) -> bool:
    """Whether nothing but a counterexample ends the search, as a specification that diverges
    does."""
    claim = assertion.claim
    if isinstance(claim, tree.Refinement) and claim.model in _DIVERGENCES:
        return _converges(names, claim.specification)
    return True


def _converges(names: Names, process: tree.Expr) -> bool:
    """Whether nothing in a process can hide events or diverges as it stands."""
    seen: set[int] = set()
    left: list[tree.Expr] = [process]
    while left:
        for node in below(left.pop()):
            match node:
                case tree.Binary("\\" | "|\\") | tree.LinkedParallel() | tree.ReplicatedLink():
                    return False
                case tree.Name():
                    found = names.definition(node)
                    if names.builtin(node) == "DIV" or names.imported(node):
                        return False
                    if found is not None and id(found) not in seen:
                        seen.add(id(found))
                        left += [clause.body for clause in found.clauses]
    return True


def _steps_from(
    names: Names, process: tree.Expr, known: dict[int, list[_Step]]
) -> dict[int, list[_Step]]:
    """The calls in each definition that a process surely comes to; `known` are those of
    definitions that were looked at before."""
    found: dict[int, list[_Step]] = {}
    left = _steps(names, process)
    while left:
        definition = left.pop().found
        key = id(definition)
        if key not in found:
            if key not in known:
                known[key] = _steps(names, definition.clauses[0].body)
            found[key] = known[key]
            left += found[key]
    return found


def _steps(names: Names, process: tree.Expr) -> list[_Step]:
    """The calls that a process surely comes to, of definitions without parameters."""
    found: list[_Step] = []
    left = [(process, False, "")]
    while left:
        expr, guarded, around = left.pop()
        match expr:
            case tree.Name():
                definition = names.definition(expr)
                if definition is not None and not definition.clauses[0].groups:
                    found.append(_Step(expr, definition, guarded, around))
            case tree.Prefix(_, fields, body) if all(map(_open, fields)):
                left.append((body, True, around))
            case tree.Binary(operator, first, second) if operator in _CHOICES:
                left += [(first, guarded, around), (second, guarded, around)]
            case tree.Binary("|||", first, second):
                left += [(first, guarded, "|||"), (second, guarded, "|||")]
            case tree.Binary(";", first, _):
                left.append((first, guarded, ";"))
            case tree.Binary("/\\", first, second):
                left += [(first, guarded, "/\\"), (second, guarded, around)]
            case tree.Binary("\\", first, hidden):
                left.append((first, guarded, "\\" if _not_empty(names, hidden) else around))
            case tree.Rename(inner, ties, statements):
                left.append((inner, guarded, "[[ ]]" if ties and not statements else around))
            case tree.Let(_, inner):
                left.append((inner, guarded, around))
    return found


def _open(field: tree.Field) -> bool:
    """Whether a field surely has a value: it is an output, or an input of anything."""
    return field.kind == "!" or (field.within is None and isinstance(field.pattern, tree.Name))


def _not_empty(names: Names, events: tree.Expr) -> bool:
    """Whether a set surely has members; nothing is left of `P \\ {}`."""
    known = names.constant(events)
    match events if known is None else known:
        case tree.Set(items, None) | tree.EventSet(items, None):
            return bool(items)
    return False


def _circles(steps: dict[int, list[_Step]], key: int) -> list[_Circle]:
    """The calls in a definition that leave an operator behind, with the way from there back to
    them. Without an event on the way, that is another mistake (W007)."""
    found = []
    for call in steps[key]:
        way = _way(steps, call.found, key) if call.around else None
        if way is not None and any(each.guarded for each in (call, *way)):
            found.append((call, way))
    return found


def _way(steps: dict[int, list[_Step]], start: tree.Definition, end: int) -> list[_Step] | None:
    """The shortest way from one definition to another, if it is not too long."""
    before: dict[int, tuple[int, _Step] | None] = {id(start): None}
    left = deque([id(start)])
    while left and end not in before and len(before) < _REACH:
        here = left.popleft()
        for step in steps[here]:
            if id(step.found) not in before:
                before[id(step.found)] = here, step
                left.append(id(step.found))
    way: list[_Step] = []
    there = before.get(end)
    while there is not None:
        way.append(there[1])
        there = before[there[0]]
    return way[::-1] if end in before else None


def _growing(step: _Step, way: list[_Step], assertion: tree.Assertion) -> Diagnostic:
    name = step.found.name
    notes: list[tuple[str, tree.Span | None]] = []
    if way:
        via = ", ".join(f"`{each.found.name}`" for each in way[:_VIA]) + ", …" * (len(way) > _VIA)
        notes.append((f"by way of {via}", way[0].name.span))
    endless = "it has infinitely many states: without a counterexample the check ends at its limits"
    notes.append((endless, None))
    if step.around in ("\\", "[[ ]]"):
        notes.append((f"put the `{step.around}` around a process that comes back to itself", None))
    notes.append(("searched here", assertion.span))
    return warning(
        "W008",
        f"`{name}` grows: with each turn there is one more `{step.around}` around it",
        step.name.span,
        "comes back here",
        *notes,
    )
