"""Warnings: what is legal in a script and hardly meant so.

Every lint is a function from the `Names` of a script to its findings, and all of them look at the
syntax tree alone: nothing is evaluated, and an ill-typed script has lints, too. A lint that is not
sure says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.alphabets import blocked_events
from cospec.spec.syntax.lints.captures import captured_variables
from cospec.spec.syntax.lints.comparisons import comparisons_in_dots
from cospec.spec.syntax.lints.endless import endless_alphabets
from cospec.spec.syntax.lints.growing import growing_processes
from cospec.spec.syntax.lints.names import Names
from cospec.spec.syntax.lints.recursion import unguarded_recursion
from cospec.spec.syntax.lints.redefined import redefined_names
from cospec.spec.syntax.lints.unused import unused_definitions

Lint = Callable[[Names], Iterator[Diagnostic]]

#: Those that may tell why a script has errors.
EXPLAINING: tuple[Lint, ...] = (captured_variables, comparisons_in_dots, redefined_names)

#: Those that only make sense of a script without errors.
OTHERS: tuple[Lint, ...] = (
    endless_alphabets,
    unused_definitions,
    blocked_events,
    unguarded_recursion,
    growing_processes,
)


def warnings(
    script: tree.Script, errors: Sequence[Diagnostic] | None = None
) -> tuple[Diagnostic, ...]:
    """The warnings about a script, in the order of their places.

    Args:
        script: the script.
        errors: the errors that it has; then only the lints that may explain them are asked, and
            nothing is said twice.
    """
    names = Names(script)
    asked = EXPLAINING if errors else (*EXPLAINING, *OTHERS)
    found = dict.fromkeys(warning for lint in asked for warning in lint(names))
    told = [warning for warning in found if not _said(warning, errors or ())]
    return tuple(sorted(told, key=Diagnostic.sort_key))


def _said(warning: Diagnostic, errors: Sequence[Diagnostic]) -> bool:
    """Whether an error at the same place points to the same cause already."""
    causes = {note.span for note in warning.notes} - {None}
    return any(
        _overlap(error.span, warning.span) and causes & {note.span for note in error.notes}
        for error in errors
    )


def _overlap(one: tree.Span | None, other: tree.Span | None) -> bool:
    if one is None or other is None or one.file != other.file:
        return False
    return (
        (one.line, one.column) < (other.end_line, other.end_column)
        and (other.line, other.column) < (one.end_line, one.end_column)
    )  # fmt: skip
