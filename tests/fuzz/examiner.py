"""Whether the front end and the evaluator survive a script, found out in a process of its own.

Run as a program, this module reads scripts from standard input, one a line, and answers each with a
line. An `Examiner` talks to such a program: it knows which script is being looked at when the
program crashes or gives no answer.
"""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, TypeVar

from agreement import agrees

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded
from cospec.scripts import problem_of
from cospec.spec.semantics import claims
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, ScriptError, render
from cospec.spec.syntax.parser import parse_file
from cospec.spec.syntax.session import Session
from cospec.spec.syntax.types.definitions import check
from cospec.spec.syntax.types.terms import written_scheme

#: Seconds in which the front end must have said what it thinks of a script.
FRONT_END_SECONDS = 60.0

#: Seconds for evaluating what a script defines; an endless computation is no fault.
EVALUATION_SECONDS = 1.0

#: Seconds after which a program that has not answered has hung.
PATIENCE = 600.0

#: States of each process that are looked at.
STATES = 20

#: Bytes that the program may occupy.
MEMORY = 3e9

#: Mistakes that a well-typed script cannot make: values of the wrong types meet; what takes no
#: fields is given one; an event is wanted of something that is none; no set as a type.
ILL_TYPED = {"X511", "X515", "X516", "X517", "X590", "X591"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a script."""

    #: The number of its first mistake; of a good one, `evaluated` or `endless`.
    outcome: str
    #: What is wrong with cospec; empty if nothing is.
    fault: str = ""
    #: How long the front end took.
    seconds: float = 0.0


# ------------------------------------------------------------------- in the program


class _FaultError(Exception):
    """Something that must not happen."""


def _examine(data: bytes, path: Path) -> Report:
    path.write_bytes(data)
    started = time.monotonic()
    typed, outcome = True, "evaluated"
    try:
        try:
            session = _guarded(lambda: _read(path, True), FRONT_END_SECONDS)
        except ScriptError as error:
            _check_all(error, {})
            outcome = error.diagnostics[0].code
            if not all(each.code.startswith("X4") for each in error.diagnostics):
                return Report(outcome, "", time.monotonic() - started)
            typed = False
            session = _guarded(lambda: _read(path, False), FRONT_END_SECONDS)
    except BudgetExceeded as exceeded:
        raise _FaultError(f"the front end: {exceeded.reason}") from None
    seconds = time.monotonic() - started
    for warning in session.warnings:
        _check(warning, session.sources)
    try:
        _guarded(lambda: _evaluate(session, path, typed), EVALUATION_SECONDS)
    except BudgetExceeded as exceeded:
        if "still runs" in exceeded.reason:
            raise _FaultError(f"evaluation: {exceeded.reason}") from None
        outcome = "endless" if typed else outcome
    return Report(outcome, "", seconds)


def _read(path: Path, types: bool) -> Session:
    session = Session.load(path, types)
    assert isinstance(session.warnings, tuple)  # they are found when asked for
    return session


def _guarded(work: Callable[[], T], seconds: float) -> T:
    """The result of `work`; any mishap that the program would tell its user is a `ScriptError`."""
    try:
        return budget.run(work, seconds=seconds, memory=MEMORY)
    except (ScriptError, _FaultError):
        raise
    except Exception as error:
        problem = problem_of(error)
        if problem.code == "X900":
            raise
        raise ScriptError(problem) from error


def _check_all(error: ScriptError, sources: Mapping[str, str]) -> None:
    if not error.diagnostics:
        raise _FaultError("an error that says nothing")
    for diagnostic in (*error.diagnostics, *error.warnings):
        _check(diagnostic, {**sources, **error.sources})


def _check(diagnostic: Diagnostic, sources: Mapping[str, str]) -> None:
    """Whether a diagnostic can be shown and its places are in the text."""
    shown = render(diagnostic, sources)
    if not re.fullmatch(r"X[1-7]\d\d|W\d\d\d", diagnostic.code):
        raise _FaultError(f"a mistake numbered {diagnostic.code}:\n{shown}")
    for span in (diagnostic.span, *(note.span for note in diagnostic.notes)):
        if span is not None and not _inside(span, sources):
            raise _FaultError(f"a place that is not in the text: {span}\n{shown}")
    if diagnostic.span is None and diagnostic.code[:2] not in ("X5", "X7"):
        raise _FaultError(f"a mistake without a place:\n{shown}")


def _inside(span: tree.Span, sources: Mapping[str, str]) -> bool:
    if span.file not in sources:
        return False
    lines = sources[span.file].split("\n")
    if not 1 <= span.line <= span.end_line <= len(lines):
        return False
    first, last = lines[span.line - 1], lines[span.end_line - 1]
    # What is missing at the end of a line is pointed at just behind it.
    return 1 <= span.column <= len(first) + 1 and span.end_column <= len(last) + 2


def _evaluate(session: Session, path: Path, typed: bool) -> None:
    for assertion in session.assertions:
        with _mistakes(session, typed):
            for process in _processes(session.claim(assertion)):
                with session.located(assertion.span):
                    _explore(process)
    script = parse_file(path)
    known = check(script).scope.names
    for name in _constants(script.declarations):
        with _mistakes(session, typed):
            scheme = known[name].scheme
            assert scheme is not None
            value = session.value(name)
            if typed and not agrees(value, scheme.type):
                raise _FaultError(
                    "the script is well-typed, but\n"
                    f"`{name}` is of type `{written_scheme(scheme)}`, and its value is `{value}`"
                )
            session.evaluate(name)


@contextmanager
def _mistakes(session: Session, typed: bool) -> Iterator[None]:
    """Mistakes that evaluation finds inside may be there, unless typing should have found them."""
    try:
        yield
    except ScriptError as error:
        _check_all(error, session.sources)
        for diagnostic in error.diagnostics:
            if typed and diagnostic.code in ILL_TYPED:
                shown = render(diagnostic, session.sources)
                raise _FaultError(f"the script is well-typed, but\n{shown}") from error


def _processes(claim: claims.Claim) -> Iterator[Process]:
    if isinstance(claim, claims.Refines):
        yield claim.specification
        yield claim.implementation
    else:
        yield claim.process


def _explore(process: Process) -> None:
    rules = FiringRules(process)
    found = dict.fromkeys(rules.initial_states())
    waiting = list(found)
    for state in waiting:
        for _, after in rules.transitions(state):
            if after not in found and len(waiting) < STATES:
                found[after] = None
                waiting.append(after)


def _constants(declarations: Iterable[tree.Declaration]) -> Iterator[str]:
    for each in declarations:
        match each:
            case tree.Definition(name) if not each.clauses[0].groups:
                yield name
            case tree.Timed(_, inner):
                yield from _constants(inner)
            case _:
                pass


def main() -> None:
    """Answers scripts until there are no more."""
    budget.GRACE_SECONDS = PATIENCE / 2  # a busy machine is no fault
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.csp"
        for line in sys.stdin:
            try:
                report = _examine(json.loads(line).encode("latin-1"), path)
            except _FaultError as fault:
                report = Report("fault", str(fault))
            except BaseException:
                report = Report("fault", traceback.format_exc()[-3000:])
            print(json.dumps(asdict(report)), flush=True)


# -------------------------------------------------------------------- outside of it


class Examiner:
    """Has scripts examined, in a program that is started anew when it crashed or hangs."""

    def __init__(self) -> None:
        self._program: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> int | None:
        if self._program is None:
            return None
        self._program.kill()
        status = self._program.wait()
        self._program = None
        return status

    def examine(self, script: bytes) -> Report:
        """What becomes of a script."""
        if self._program is None:
            self._program = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps(script.decode("latin-1")) + "\n")
        self._program.stdin.flush()
        ready, _, _ = select.select([self._program.stdout], [], [], PATIENCE)
        line = self._program.stdout.readline() if ready else ""
        if line:
            return Report(**json.loads(line))
        status = self._end()
        why = f"no answer in {PATIENCE:g} s" if not ready else f"the interpreter ended: {status}"
        return Report("fault", why)


if __name__ == "__main__":
    main()
