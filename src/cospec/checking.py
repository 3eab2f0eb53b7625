"""The command `check`, apart from its options: script after script, assertion after assertion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cospec.checker.budget import BudgetExceeded
from cospec.checker.meter import Meter
from cospec.checker.resources import MOST_THREADS
from cospec.console import Console
from cospec.results import ERROR, FileResult, Result
from cospec.runner import Settings, check_all, opened, printed, select, sources_of
from cospec.scripts import Script, Unreadable, warnings
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.table import width_of


class Checking:
    """One run over several scripts. `console` is None when the results go to a program."""

    def __init__(
        self,
        settings: Settings,
        wanted: Sequence[str],
        jobs: int,
        console: Console | None,
        warnings: bool = True,
    ) -> None:
        self.settings = settings
        self.wanted = wanted
        self.jobs = jobs
        self.console = console
        #: What is legal and hardly meant so is told, unless single assertions are asked for.
        self.warnings = warnings and not wanted
        #: The texts of all the scripts read, for showing lines of them.
        self.sources: dict[str, str] = {}

    def file(self, path: str) -> FileResult:
        """Check one script."""
        try:
            script = opened(path, self.settings)
            self.sources.update(script.sources)
            assertions = select(script, self.wanted)
        except Unreadable as unreadable:
            self.sources.update(unreadable.sources)
            return self._useless(path, unreadable)
        except BudgetExceeded:
            raise KeyboardInterrupt from None
        return self._assertions(path, script, assertions)

    def _warned(self, script: Script) -> tuple[Diagnostic, ...]:
        """The warnings about a script, after they were shown."""
        if not self.warnings:
            return ()
        try:
            found = warnings(script)
        except BudgetExceeded:
            raise KeyboardInterrupt from None
        if self.console is not None:
            self.console.problems(found, script.sources)
        return found

    def _useless(self, path: str, unreadable: Unreadable) -> FileResult:
        """A script with errors: each of its assertions that could be read is one, too."""
        if self.console is not None:
            self.console.problems(unreadable.problems, self.sources)
            if self.warnings:
                self.console.problems(unreadable.warnings, self.sources)
        results = tuple(
            Result(a.text, a.span.line, ERROR, "the script has errors", negated=a.negated)
            for a in unreadable.assertions
        )
        also = unreadable.warnings if self.warnings else ()
        return FileResult(path, problems=unreadable.problems, results=results, warnings=also)

    def _assertions(
        self, path: str, script: Script, assertions: Sequence[tree.Assertion]
    ) -> FileResult:
        console = self.console
        if console is None:
            found = self._warned(script)
            results = dict(self._checked(path, script, assertions))
            ordered = tuple(results[n] for n in sorted(results))
            return FileResult(path, results=ordered, warnings=found)
        console.title(path)
        found = self._warned(script)
        problems = self._prints(script)
        text_width = max((width_of(a.text) for a in assertions), default=0)
        results = {}
        for number, result in self._checked(path, script, assertions):
            results[number] = result
            console.result(result, text_width)
            console.problems(result.problems, sources_of(script, assertions[number]))
        ordered = tuple(results[n] for n in sorted(results))
        console.explanations(ordered)
        return FileResult(path, problems=tuple(problems), results=ordered, warnings=found)

    def _prints(self, script: Script) -> list[Diagnostic]:
        """Show what the script prints; return what is wrong with it."""
        problems: list[Diagnostic] = []
        if self.console is None or self.wanted:
            return problems
        for text, value in printed(script, self.settings):
            if isinstance(value, str):
                self.console.printed(text, value)
            else:
                self.console.problems(value.diagnostics, script.sources)
                problems.extend(value.diagnostics)
        return problems

    def _checked(
        self, path: str, script: Script, assertions: Sequence[tree.Assertion]
    ) -> Iterator[tuple[int, Result]]:
        """The results with the positions of their assertions, as they come."""
        if self.jobs > 1 and len(assertions) > 1:
            from cospec.workers import check_in_parallel

            yield from check_in_parallel(path, assertions, self.settings, self.jobs)
            return
        watch = _ignore if self.console is None else self.console.watch
        settings = replace(self.settings, threads=min(self.jobs, MOST_THREADS))
        yield from enumerate(check_all(script, assertions, settings, watch))


def _ignore(assertion: tree.Assertion, meter: Meter, seconds: float) -> None:
    """Nobody watches."""
