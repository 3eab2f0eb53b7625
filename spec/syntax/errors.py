"""What is wrong with a script, said so that its author can mend it.

A `Diagnostic` is one mistake with a number: X1xx characters and tokens, X2xx grammar, X3xx names,
X4xx types, X5xx evaluation, X6xx models and checks, X7xx files; X9xx is a fault of cospec's own.
A `ScriptError` carries one or several of them. W… are warnings: what is legal and hardly meant so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cospec.spec.syntax.tree import Assertion, Span


@dataclass(frozen=True, slots=True)
class Note:
    """A second place or a piece of advice that belongs to a diagnostic."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake or warning: what it is, where, and what to do about it."""

    code: str
    message: str
    span: Span | None = None
    #: What exactly is meant there, in a few words under the carets.
    label: str = ""
    notes: tuple[Note, ...] = field(default=())
    severity: Literal["error", "warning"] = "error"

    def sort_key(self) -> tuple[str, int, int]:
        if self.span is None:
            return ("", 0, 0)
        return (self.span.file, self.span.line, self.span.column)


class ScriptError(Exception):
    """One or more mistakes in a script, in the order of their places.

    As text it is all of them with their places and the lines that they are in.
    """

    def __init__(
        self,
        diagnostics: Iterable[Diagnostic] | Diagnostic,
        sources: Mapping[str, str] | None = None,
        assertions: Iterable[Assertion] = (),
        warnings: Iterable[Diagnostic] = (),
    ) -> None:
        #: The texts that the spans are about, as far as they are known, for `render`.
        self.sources = dict(sources or {})
        #: The assertions of the script that could be read all the same; none can be checked.
        self.assertions = tuple(assertions)
        #: What may explain the mistakes.
        self.warnings = tuple(warnings)
        given = [diagnostics] if isinstance(diagnostics, Diagnostic) else list(diagnostics)
        self.diagnostics = tuple(sorted(given, key=Diagnostic.sort_key))
        super().__init__(self.summary)

    @property
    def summary(self) -> str:
        """The mistakes on one line, without their places.

        >>> ScriptError([Diagnostic("X301", "`a` is not defined")]).summary
        '`a` is not defined'
        """
        return "; ".join(each.message for each in self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(render(each, self.sources) for each in self.diagnostics)


#: A longer line of a script is shown in part only.
WIDEST_LINE = 160

#: How far apart tab stops are shown.
TAB = 4


def _shown(line: str) -> tuple[str, list[int]]:
    """A line as a terminal can show it, and in which column each character begins, from 0.

    Tabs become spaces; East Asian characters take two columns, combining ones none.
    """
    shown: list[str] = []
    columns = [0]
    for character in line:
        at = columns[-1]
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if character == "\t":
            width = TAB - at % TAB
            shown.append(" " * width)
        elif unicodedata.category(character) == "Zs":
            shown.append(" " * width)
        elif not character.isprintable():
            shown.append("\N{REPLACEMENT CHARACTER}")
        else:
            width = 0 if unicodedata.category(character) in ("Mn", "Me") else width
            shown.append(character)
        columns.append(at + width)
    return "".join(shown), columns


def _excerpt(span: Span, sources: Mapping[str, str], label: str, gutter: int) -> list[str]:
    """The first line of a span, with carets under what belongs to it."""
    lines = sources.get(span.file, "").split("\n")
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1].rstrip()
    end = len(line) + 1
    if span.end_line == span.line:
        end = span.end_column
    else:
        label = f"{label} (to line {span.end_line})".strip()
    column = span.column
    if len(line) > WIDEST_LINE:  # show what is around the place
        left = max(0, column - 1 - WIDEST_LINE // 2)
        cut = line[left : left + WIDEST_LINE]
        tail = "…" if left + WIDEST_LINE < len(line) else ""
        line = ("…" if left else "") + cut + tail
        shift_by = left - (1 if left else 0)
        column, end = column - shift_by, end - shift_by
    text, columns = _shown(line)
    start, stop = (columns[min(place, len(columns)) - 1] for place in (column, end))
    margin = " " * gutter
    under = f"{margin} | {' ' * start}{'^' * max(1, stop - start)}" + (f" {label}" if label else "")
    return [f"{margin} |", f"{span.line:>{gutter}} | {text}", under]


def render(diagnostic: Diagnostic, sources: Mapping[str, str]) -> str:
    """The diagnostic as text: number and cause, place, caret line, advice, other places."""
    out = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    places = [diagnostic.span, *(note.span for note in diagnostic.notes)]
    gutter = max([len(str(p.line)) for p in places if p is not None], default=1)
    if diagnostic.span is not None:
        span = diagnostic.span
        out.append(f"{' ' * gutter}--> {span.file}:{span.line}:{span.column}")
        out.extend(_excerpt(span, sources, diagnostic.label, gutter))
    for note in sorted(diagnostic.notes, key=lambda note: note.span is not None):
        out.append(f"{' ' * gutter} = note: {note.text}")
        if note.span is not None:
            out.append(f"{' ' * gutter}--> {note.span.file}:{note.span.line}:{note.span.column}")
            out.extend(_excerpt(note.span, sources, "", gutter))
    return "\n".join(out)
