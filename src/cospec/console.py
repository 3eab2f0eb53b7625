"""Writing results to the terminal, or to whatever stands in for it.

Colours and the moving progress line appear on a terminal only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console as RichConsole
from rich.status import Status
from rich.text import Text

from cospec.checker.meter import Meter
from cospec.report import explanation, headline, remark, summary
from cospec.results import ERROR, FAIL, PASS, UNKNOWN, FileResult, Result
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, render
from cospec.table import shorten, width_of

#: Columns where there is no terminal to ask.
PLAIN_WIDTH = 100

#: Columns of the lines on assertions, where there is no terminal.
LOG_WIDTH = 160

#: A check that takes longer than this is shown while it runs, in seconds.
PATIENCE = 1.0

_STYLES = {PASS: "green", FAIL: "bold red", UNKNOWN: "yellow", ERROR: "bold magenta"}


class Console:
    """Prints one script's results after the other."""

    def __init__(self) -> None:
        self._out = RichConsole(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self._err = RichConsole(file=sys.stderr, highlight=False, markup=False, emoji=False)
        self._status: Status | None = None
        self.width = max(40, self._out.width) if self._out.is_terminal else PLAIN_WIDTH

    def title(self, file: str) -> None:
        """The name of a script, where there are several."""
        self._line(Text(file, "bold"))

    def result(self, result: Result, text_width: int) -> None:
        """The line on one assertion, as soon as it is finished."""
        self._end_watch()
        # A log is read with other tools: there the assertion should stand in full.
        width = self.width if self._out.is_terminal else max(self.width, LOG_WIDTH)
        line = headline(result, width, text_width)
        self._line(Text.assemble((line[:1], _STYLES[result.verdict]), line[1:]))
        note = remark(result)
        if note is not None:
            self._line(Text(note))

    def printed(self, text: str, value: str) -> None:
        """The value of a `print` declaration."""
        self._line(Text(f"  print {text} = {value}"))

    def problems(self, problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        """Mistakes, to standard error."""
        self._out.file.flush()
        for problem in problems:
            self._err.print(Text(render(problem, sources)), soft_wrap=True)

    def explanations(self, results: Sequence[Result]) -> None:
        """The counterexamples, each under its assertion."""
        for result in results:
            first, *rest = explanation(result, self.width) or [""]
            if first:
                self._line(Text(""))
                self._line(Text(first, "bold"))
                for line in rest[:-1] if not rest[-1] else rest:
                    self._line(Text(line))

    def summary(self, files: Sequence[FileResult]) -> None:
        """The last line."""
        self._line(Text(""))
        self._line(Text(summary(files)))

    def watch(self, assertion: tree.Assertion, meter: Meter, seconds: float) -> None:
        """Show on a terminal how far a check has come, in a line that disappears with it."""
        if not self._err.is_terminal or seconds < PATIENCE:
            return
        if self._status is None:
            self._status = self._err.status("")
            self._status.start()
        self._status.update(Text(progress_line(assertion.text, meter, seconds, self.width - 4)))

    def _end_watch(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _line(self, text: Text) -> None:
        self._out.print(text, soft_wrap=True)


def progress_line(assertion: str, meter: Meter, seconds: float, width: int) -> str:
    """How far a running check has come, in one line."""
    rate = meter.transitions / seconds if seconds > 0 else 0.0
    phase = meter.phase or "evaluating"
    figures = (
        f"  {phase}: {meter.states:,} states, {meter.transitions:,} transitions, "
        f"{rate:,.0f}/s, {seconds:.0f} s"
    )
    return shorten(assertion, max(10, width - width_of(figures))) + figures
