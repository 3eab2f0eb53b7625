"""The pytest plugin: assertions of scripts as tests, scripts and models in tests (docs/testing.md).

pytest loads this module at every start, also where there is no script. So nothing of cospec is
imported before it is needed.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from cospec.api.scripts import Script
    from cospec.proofs.explored import Explored
    from cospec.results import Result
    from cospec.scripts import Script as Readable
    from cospec.spec.syntax import tree
    from cospec.spec.syntax.errors import Diagnostic

#: The marker, as `pytest --markers` shows it.
BUDGET = (
    "csp_budget(seconds=None, memory=None): how long one check of cospec may take, and how much "
    'memory the whole program may occupy, in bytes or as in "2 GB"; beyond that it is unknown.'
)
ASSERTION = "csp: an assertion of a .csp script."

#: Columns of an explanation: those of `cospec check` where there is no terminal.
WIDTH = 100

#: The name of the only item of a script that cannot be checked.
WHOLE = "script"

_UNITS = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}


# ------------------------------------------------------------------------------------ options


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--csp`, and what may be set once for a project."""
    group = parser.getgroup("cospec", "cospec: checking CSP scripts")
    group.addoption(
        "--csp", action="store_true", help="collect .csp files: one test for each assertion"
    )
    parser.addini("csp_files", "scripts to collect as tests, as patterns of names", "args", [])
    parser.addini("csp_seconds", "how long one check of cospec may take", default="")
    parser.addini("csp_memory", "memory it may occupy, as in 2 GB", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Names the markers, and looks at the budget before anything is run."""
    config.addinivalue_line("markers", BUDGET)
    config.addinivalue_line("markers", ASSERTION)
    try:
        _configured(config)
    except NoBudget as error:
        raise pytest.UsageError(str(error)) from None


# ------------------------------------------------------------------------------------ budgets


class NoBudget(Exception):
    """What was given as a budget is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds that a check may take, and bytes that the program may occupy."""

    seconds: float | None = None
    memory: float | None = None


def _seconds(given: object, where: str) -> float:
    """A number of seconds; `where` it was given belongs to the message."""
    wanted = f"{where}={given!r}: give a positive number of seconds, such as 10 or 0.5"
    return _positive(given, 1.0, wanted)


def _bytes(given: object, where: str) -> float:
    """A number of bytes, also from a text with a unit."""
    wanted = f'{where}={given!r}: give a positive number of bytes, or a text such as "2 GB"'
    if not isinstance(given, str):
        return _positive(given, 1.0, wanted)
    parts = re.fullmatch(r"\s*([\d.]+)\s*([a-zA-Z]*)\s*", given)
    if parts is None or parts[2].lower() not in _UNITS:
        raise NoBudget(wanted)
    return _positive(parts[1], _UNITS[parts[2].lower()], wanted)


def _positive(given: object, unit: float, wanted: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise NoBudget(wanted)
    try:
        number = float(given) * unit
    except (ValueError, OverflowError):
        raise NoBudget(wanted) from None
    if not (number > 0 and math.isfinite(number)):
        raise NoBudget(wanted)
    return number


def _configured(config: pytest.Config) -> Budget:
    """What pytest's configuration allows."""
    seconds, memory = config.getini("csp_seconds"), config.getini("csp_memory")
    return Budget(
        _seconds(seconds, "csp_seconds") if seconds else None,
        _bytes(memory, "csp_memory") if memory else None,
    )


def _budget(item: pytest.Item) -> Budget:
    """What a test is allowed: by its nearest marker, where that says nothing by the configuration.

    Raises:
        NoBudget: the marker does not say what it should.
    """
    budget = _configured(item.config)
    marker = item.get_closest_marker("csp_budget")
    if marker is None:
        return budget
    unknown = [repr(each) for each in marker.args]
    unknown += [name for name in marker.kwargs if name not in ("seconds", "memory")]
    if unknown:
        raise NoBudget(
            f"csp_budget takes seconds=… and memory=…, by name, and not {', '.join(unknown)}"
        )
    seconds, memory = marker.kwargs.get("seconds"), marker.kwargs.get("memory")
    return Budget(
        budget.seconds if seconds is None else _seconds(seconds, "csp_budget: seconds"),
        budget.memory if memory is None else _bytes(memory, "csp_budget: memory"),
    )


# ------------------------------------------------------------------------ scripts as tests


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CspFile | None:
    """A script, where scripts are wanted."""
    wanted = parent.config.getini("csp_files")
    if (file_path.suffix == ".csp" and parent.config.getoption("--csp")) or any(
        _fits(file_path, pattern) for pattern in wanted
    ):
        return CspFile.from_parent(parent, path=file_path)
    return None


def _fits(path: Path, pattern: str) -> bool:
    """As `python_files` does it: a pattern with a slash is one of the end of the path."""
    if "/" in pattern:
        return fnmatch(path.as_posix(), f"*/{pattern}")
    return fnmatch(path.name, pattern)


class CspFailure(Exception):
    """An assertion that does not hold, or of which that is not known. The message is shown."""


class CspFile(pytest.File):
    """A script: its items are its assertions, or one failing item if it has errors."""

    def collect(self) -> Iterator[CspItem]:
        """Reads the script."""
        from cospec.checker.budget import BudgetExceeded
        from cospec.runner import Settings, opened
        from cospec.scripts import Unreadable

        path = _shown(self.path)
        try:
            script = opened(path, Settings())
        except BudgetExceeded:
            raise KeyboardInterrupt from None
        except Unreadable as error:
            text = _rendered(error.problems, error.sources)
            yield CspItem.from_parent(self, name=WHOLE, told=text)
            return
        for each in script.assertions:
            line = f"{each.span.line}:{each.text}"
            elsewhere = each.span.file != path  # in a file that the script includes
            name = f"{os.path.basename(each.span.file)}:{line}" if elsewhere else line
            # `::` separates the parts of an id, also where a module's process is meant.
            name = name.replace("::", ":")
            yield CspItem.from_parent(self, name=name, script=script, assertion=each)

    @cached_property
    def compression(self) -> Any:
        """What the check of one assertion compresses is kept for the next ones."""
        from cospec.checker.compression import Compression

        return Compression()


class CspItem(pytest.Item):
    """One assertion of a script; without one, what is wrong with the script."""

    def __init__(
        self,
        *,
        script: Readable | None = None,
        assertion: tree.Assertion | None = None,
        told: str = "",
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self.script = script
        self.assertion = assertion
        self.told = told
        self.add_marker("csp")

    def runtest(self) -> None:
        """Checks the assertion.

        Raises:
            CspFailure: it does not hold, or that is not known.
        """
        if self.script is None or self.assertion is None:
            raise CspFailure(self.told)
        from cospec.checker.budget import available_bytes
        from cospec.results import PASS
        from cospec.runner import INTERRUPTED, Settings, check_one
        from cospec.scripts import Limits

        try:
            budget = _budget(self)
        except NoBudget as error:
            raise CspFailure(str(error)) from None
        limits = Limits(budget.seconds, budget.memory or available_bytes())
        compression = self.parent.compression if isinstance(self.parent, CspFile) else None
        found = check_one(
            self.script, self.assertion, Settings(limits), lambda *_: None, compression
        )
        if found.reason == INTERRUPTED:
            raise KeyboardInterrupt
        self.user_properties += [("states", found.states), ("transitions", found.transitions)]
        if found.verdict != PASS:
            raise CspFailure(_explained(found, self.script, self.assertion))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The counterexample, as `cospec check` shows it."""
        if isinstance(excinfo.value, CspFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The place of the assertion; pytest counts lines from 0."""
        line = None if self.assertion is None else self.assertion.span.line - 1
        return self.path, line, f"{self.path.name}::{self.name}"


def _shown(path: Path) -> str:
    """A path as messages show it: from here, where it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _rendered(problems: Iterable[Diagnostic], sources: Any) -> str:
    from cospec.spec.syntax.errors import render

    return "\n\n".join(render(each, sources) for each in problems)


def _explained(found: Result, script: Readable, assertion: tree.Assertion) -> str:
    from cospec.report import explanation
    from cospec.results import ERROR, FAIL
    from cospec.runner import sources_of

    if found.verdict == ERROR:
        return _rendered(found.problems, sources_of(script, assertion))
    if found.witness is not None:
        return "\n".join(explanation(found, WIDTH)).rstrip()
    reason = f" ({found.reason})" if found.reason else ""
    if found.verdict == FAIL:
        reason += ": what it denies holds" if found.negated else ""
    what = f"This fails{reason}" if found.verdict == FAIL else f"This is unknown{reason}"
    return f"line {found.line}: assert {found.assertion}\n\n  {what}."


# ----------------------------------------------------------------------------------- fixtures


@pytest.fixture
def csp_script(request: pytest.FixtureRequest) -> LoadsScripts:
    """Loads a script: `csp_script("lock.csp")` is a `cospec.Script`; relative to the test file."""
    return LoadsScripts(request.path.parent, _allowed(request))


@pytest.fixture
def explore(request: pytest.FixtureRequest) -> Callable[..., Explored]:
    """Explores a model: `explore(Lock())`, as `cospec.check`."""
    budget = _allowed(request)

    def exploring(*starts: Any, limit: int | None = None, seconds: float | None = None) -> Explored:
        from cospec.checker import budget as budgets
        from cospec.models.model import ModelError
        from cospec.proofs import explored

        if not starts:
            _fail("explore needs a state of a model to start from: explore(Lock())")
        wanted = next((each for each in starts if isinstance(each, type)), None)
        if wanted is not None:
            name = wanted.__name__
            _fail(f"explore needs a state to start from, not the class: explore({name}(…))")
        allowed = budget.seconds if seconds is None else seconds
        try:
            return budgets.run(
                lambda: explored.explore(*starts, limit=limit, seconds=allowed),
                memory=budget.memory,
            )
        except budgets.BudgetExceeded as exceeded:
            if exceeded.limit == "interrupt":
                raise KeyboardInterrupt from None
            reason = exceeded.reason
        except ModelError as error:
            reason = str(error)
        return _fail(f"the model cannot be explored: {reason}")

    return exploring


class LoadsScripts:
    """What the fixture `csp_script` is: to be called with the path of a script."""

    def __init__(self, folder: Path, budget: Budget) -> None:
        self._folder = folder
        self._budget = budget

    def __call__(self, path: Any, *, types: bool = True) -> Script:
        """The script at a path relative to the test file; its checks have the test's budget.

        Args:
            path: its file, a text or a path.
            types: whether it must be well-typed.
        """
        from cospec.api.scripts import load
        from cospec.spec.syntax.errors import ScriptError

        if not isinstance(path, str | os.PathLike):
            _fail(f"csp_script needs the path of a script, not {path!r}")
        file = self._folder / path
        if not file.is_file():
            _fail(_missing(file))
        try:
            script = load(_shown(file), types=types)
        except ScriptError as error:
            problems = error
        else:
            script.seconds, script.memory = self._budget.seconds, self._budget.memory
            return script
        return _fail(_rendered(problems.diagnostics, problems.sources))

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        raise AttributeError(
            f'csp_script has no {name}: it loads a script, csp_script("lock.csp").{name}'
        )


def _missing(file: Path) -> str:
    """Says that there is no such script, and what there is instead."""
    import difflib

    what = "it is a folder" if file.is_dir() else "there is no script"
    folder = file.parent
    if not folder.is_dir():
        return f"{what} {_shown(file)}: there is no folder {_shown(folder)}"
    names = sorted(each.name for each in folder.glob("*.csp"))
    near = difflib.get_close_matches(file.name, names, n=3) or names[:5]
    there = f"there is {', '.join(near)}" if near else "there are no scripts"
    return f"{what} {_shown(file)}: in that folder {there}"


def _allowed(request: pytest.FixtureRequest) -> Budget:
    try:
        return _budget(request.node)
    except NoBudget as error:
        reason = str(error)
    return _fail(reason)


def _fail(reason: str) -> NoReturn:
    """Fails the test with a message alone."""
    __tracebackhide__ = True
    pytest.fail(reason, pytrace=False)
