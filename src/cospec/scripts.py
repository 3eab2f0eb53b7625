"""Opening scripts: what the front door needs of one, and what can go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cospec.checker import budget
from cospec.results import internal
from cospec.spec.semantics.claims import Claim
from cospec.spec.semantics.process import Process
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, ScriptError


class Script(Protocol):
    """A script that was read without errors (`cospec.spec.syntax.session.Session`)."""

    @property
    def sources(self) -> Mapping[str, str]:
        """The text of each file that the script consists of."""

    @property
    def warnings(self) -> Sequence[Diagnostic]:
        """What is legal in it and hardly meant so; found when it is asked for."""

    @property
    def assertions(self) -> Sequence[tree.Assertion]:
        """Its assertions, in their order."""

    @property
    def prints(self) -> Sequence[tree.Print]:
        """Its `print` declarations."""

    def printed(self, item: tree.Print) -> str:
        """The value that a `print` asks for, in CSPM notation."""

    def claim(self, assertion: tree.Assertion) -> Claim:
        """What the assertion claims, without its `not`."""

    def assertion(self, text: str) -> tree.Assertion:
        """An assertion that is not in the script."""

    def evaluate(self, text: str) -> str:
        """The value of an expression, in CSPM notation."""

    def process(self, text: str) -> Process:
        """The process that an expression stands for."""

    def type_of(self, text: str) -> str:
        """The type of an expression; empty where types are not looked at."""

    def define(self, text: str) -> Mapping[str, str]:
        """Add definitions; gives their names and types."""

    def names(self) -> Mapping[str, str]:
        """What is defined beside the built-in names, with types."""

    def known(self) -> Sequence[str]:
        """Every name that an expression may begin with."""

    def located(self, span: tree.Span | None) -> AbstractContextManager[None]:
        """Turns mistakes found by evaluating inside into `ScriptError`s."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one assertion may use: wall-clock seconds and bytes of the process's memory."""

    seconds: float | None = None
    memory: float | None = None

    def __post_init__(self) -> None:
        budget.must_be_numbers(seconds=self.seconds, memory=self.memory)

    def shared(self, processes: int) -> Limits:
        """The limits of one of several processes, which share the memory."""
        return Limits(self.seconds, None if self.memory is None else self.memory / processes)


class Unreadable(Exception):
    """A script that cannot be used, with the problems and the texts they refer to.

    `assertions` are those that could be read in spite of the problems, `warnings` what may explain
    the problems.
    """

    def __init__(
        self,
        problems: Sequence[Diagnostic],
        sources: Mapping[str, str],
        assertions: Sequence[tree.Assertion] = (),
        warnings: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.assertions = tuple(assertions)
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
        self.sources = dict(sources)


def load(
    path: str, *, types: bool = True, debug: bool = False, models: Sequence[str] = ()
) -> Script:
    """Read a script.

    Args:
        path: its file.
        models: Python models that it may use (`cospec.beside`), as NAME=PLACE:EXPRESSION.
        types: whether it must be well-typed.
        debug: whether a fault of cospec's own is raised as it is.

    Raises:
        Unreadable: there is no such script, or it has errors.
        BudgetExceeded: the user pressed Ctrl-C.
    """
    try:
        return budget.run(lambda: _session(path, types, models))
    except ScriptError as error:
        sources = error.sources or _texts(error.diagnostics)
        raise Unreadable(error.diagnostics, sources, error.assertions, error.warnings) from None
    except Exception as error:
        if debug:
            raise
        raise Unreadable([problem_of(error)], {}) from None


def blank(*, types: bool = True) -> Script:
    """A script in which nothing is defined yet."""
    from cospec.spec.syntax.session import Session

    return Session.of_text("", types)


def warnings(script: Script) -> tuple[Diagnostic, ...]:
    """The warnings about a script.

    Raises:
        BudgetExceeded: the user pressed Ctrl-C.
    """
    return budget.run(lambda: tuple(script.warnings))


def _session(path: str, types: bool, models: Sequence[str]) -> Script:
    from cospec.spec.syntax.session import Session

    if not models:
        return Session.load(path, types)
    from cospec.beside import Beside, given

    return Session.load(path, types, given([Beside.of(text) for text in models]))


def _texts(problems: Sequence[Diagnostic]) -> dict[str, str]:
    """The files that these problems are in, so that their lines can be shown."""
    spans = [p.span for p in problems] + [n.span for p in problems for n in p.notes]
    texts: dict[str, str] = {}
    for name in {span.file for span in spans if span is not None}:
        try:
            texts[name] = Path(name).read_bytes().decode("utf-8", errors="replace")
        except OSError:
            continue
    return texts


def problem_of(error: Exception) -> Diagnostic:
    """What to tell the user about an exception that is no `ScriptError`."""
    from cospec.models.model import ModelError
    from cospec.spec.syntax.session import diagnose

    if isinstance(error, ModelError):
        return Diagnostic("X608", str(error))
    return diagnose(error) or internal(error)
