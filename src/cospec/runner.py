"""Check the assertions of a script one by one: whatever happens to one, the others go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded
from cospec.checker.meter import Meter
from cospec.checker.resources import Resources
from cospec.checker.verdict import Outcome, Verdict
from cospec.results import ERROR, Result, decided, quote, subject_of
from cospec.scripts import Limits, Script, Unreadable, load, problem_of
from cospec.spec.semantics.claims import DeadlockFree
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.unfolded import unfolded
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError

if TYPE_CHECKING:
    from cospec.checker.compression import Compression

T = TypeVar("T")

#: Told about twenty times a second which assertion is being checked and how far it has come.
Watch = Callable[[tree.Assertion, Meter, float], None]

#: The file that spans of an assertion from the command line name.
ASSERTION = "<assertion>"

INTERRUPTED = "interrupted"


class Ask(Protocol):
    """Computes something within the limits of time and memory."""

    def __call__(self, question: Callable[[], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How assertions are to be checked."""

    limits: Limits = field(default_factory=Limits)
    termination_allowed: bool = False
    depth_first: bool = False
    #: Whether every state is to be visited, with no compression and no short cuts.
    exhaustive: bool = False
    debug: bool = False
    #: Whether a script must be well-typed.
    types: bool = True
    #: Python models that it may use, as NAME=PLACE:EXPRESSION (`cospec.beside`).
    models: tuple[str, ...] = ()
    #: Threads that search one assertion, and whether each state's predecessor is kept.
    threads: int = 1
    history: bool = True


def opened(path: str, settings: Settings) -> Script:
    """Read a script.

    Raises:
        Unreadable: there is no such script, or it has errors.
        BudgetExceeded: the user pressed Ctrl-C.
    """
    return load(path, types=settings.types, debug=settings.debug, models=settings.models)


def select(script: Script, wanted: Sequence[str]) -> list[tree.Assertion]:
    """The assertions that `--assertion` names: by number, by text, or new ones.

    Raises:
        Unreadable: there is no assertion of that number, or the new one has errors.
    """
    if not wanted:
        return list(script.assertions)
    chosen: list[tree.Assertion] = []
    for text in wanted:
        if text.strip().isdecimal():
            chosen.append(_numbered(script, int(text)))
            continue
        same = [a for a in script.assertions if _squeeze(a.text) == _squeeze(text)]
        chosen.extend(same or [new_assertion(script, text)])
    return chosen


def new_assertion(script: Script, text: str) -> tree.Assertion:
    """An assertion that was typed, spelt so that its spans fit its `text`.

    Raises:
        Unreadable: it has errors.
    """
    text = " ".join(_bare(text).split())
    try:
        return script.assertion(text)
    except ScriptError as error:
        raise Unreadable(error.diagnostics, {ASSERTION: text}) from None


def sources_of(script: Script, assertion: tree.Assertion) -> dict[str, str]:
    """The texts that spans of this assertion and of the script refer to."""
    return {**script.sources, ASSERTION: assertion.text}


def _numbered(script: Script, number: int) -> tree.Assertion:
    count = len(script.assertions)
    if 1 <= number <= count:
        return script.assertions[number - 1]
    has = {0: "no assertions", 1: "one assertion"}.get(count, f"{count} assertions")
    raise Unreadable([Diagnostic("X602", f"no assertion {number}: the script has {has}")], {})


def _bare(text: str) -> str:
    text = text.strip()
    return text[6:].strip() if text.startswith("assert") and text[6:7].isspace() else text


def _squeeze(text: str) -> str:
    return "".join(_bare(text).split())


def check_all(
    script: Script, assertions: Sequence[tree.Assertion], settings: Settings, watch: Watch
) -> Iterator[Result]:
    """The results, as they come. After Ctrl-C the remaining assertions are unknown."""
    from cospec.checker.compression import Compression

    interrupted = False
    compression = Compression()
    for assertion in assertions:
        if interrupted:
            yield _unknown(script, assertion, INTERRUPTED, Meter(), 0.0)
            continue
        try:
            result = check_one(script, assertion, settings, watch, compression)
        except KeyboardInterrupt:
            result = _unknown(script, assertion, INTERRUPTED, Meter(), 0.0)
        interrupted = result.reason == INTERRUPTED
        yield result


def check_one(
    script: Script,
    assertion: tree.Assertion,
    settings: Settings,
    watch: Watch,
    compression: Compression | None = None,
) -> Result:
    """Check one assertion; every mishap becomes a result, too.

    `compression` keeps what one assertion compresses for the next ones of the script.
    """
    from cospec.checker.check import check

    meter = Meter()
    resources = Resources(settings.threads, settings.limits.memory, settings.history)
    started = time.monotonic()

    def work() -> Outcome:
        claim = script.claim(assertion)
        if isinstance(claim, DeadlockFree):
            claim = replace(
                claim,
                ending_allowed=settings.termination_allowed,
                depth_first=(claim.depth_first or settings.depth_first) and not settings.exhaustive,
            )
        with script.located(assertion.span):
            return check(claim, meter, compression, resources, settings.exhaustive)

    try:
        outcome = budget.run(
            work,
            seconds=settings.limits.seconds,
            memory=settings.limits.memory,
            tick=lambda: watch(assertion, meter, time.monotonic() - started),
        )
    except BudgetExceeded as exceeded:
        return _unknown(script, assertion, exceeded.reason, meter, time.monotonic() - started)
    except MemoryError:
        reason = "out of memory: the system has no more"
        return _unknown(script, assertion, reason, meter, time.monotonic() - started)
    except ScriptError as error:
        return _error(script, assertion, error.diagnostics)
    except Exception as error:
        if settings.debug:
            raise
        return _error(script, assertion, [_placed(problem_of(error), assertion)])
    # The time that the user waited: evaluating the processes included.
    outcome = replace(outcome, seconds=time.monotonic() - started)
    return decided(assertion, outcome, subject_of(assertion, sources_of(script, assertion)))


def _placed(problem: Diagnostic, assertion: tree.Assertion) -> Diagnostic:
    return replace(problem, span=assertion.span) if problem.span is None else problem


def _unknown(
    script: Script, assertion: tree.Assertion, reason: str, meter: Meter, seconds: float
) -> Result:
    outcome = Outcome(Verdict.UNKNOWN, reason, None, meter.states, meter.transitions, seconds)
    return decided(assertion, outcome, subject_of(assertion, sources_of(script, assertion)))


def _error(script: Script, assertion: tree.Assertion, problems: Sequence[Diagnostic]) -> Result:
    return Result(
        assertion=assertion.text,
        line=assertion.span.line,
        verdict=ERROR,
        reason="; ".join(f"{problem.code}: {problem.message}" for problem in problems),
        negated=assertion.negated,
        subject=subject_of(assertion, sources_of(script, assertion)),
        problems=tuple(problems),
    )


def evaluate(script: Script, text: str, settings: Settings) -> str:
    """The value of an expression.

    Raises:
        ScriptError: the expression has errors, or its evaluation went beyond its limits.
    """
    return guarded(lambda: script.evaluate(text), settings)


def printed(script: Script, settings: Settings) -> Iterator[tuple[str, str | ScriptError]]:
    """Each `print` of the script with its value or what is wrong with it."""
    for declaration in script.prints:
        text = quote(declaration.expression.span, dict(script.sources))
        try:
            yield text, guarded(partial(script.printed, declaration), settings)
        except ScriptError as error:
            yield text, error


def drawn(script: Script, text: str, form: str, states: int, settings: Settings) -> str | bytes:
    """The state graph of a process in one of the formats of `cospec.graph` or `cospec.drawing`.

    Raises:
        ScriptError: the expression has errors, or its evaluation went beyond its limits.
        TooManyStates: the process has more than `states`.
        CannotDraw: Graphviz is needed and missing.
    """
    from cospec.drawing import PICTURES, CannotDraw
    from cospec.graph.states import TooManyStates, explore
    from cospec.graph.writing import EXPORTERS

    def work() -> str | bytes:
        process = script.process(text)
        with script.located(None):
            graph = explore(FiringRules(unfolded(process)), states)
        return PICTURES[form](graph) if form in PICTURES else EXPORTERS[form](graph)

    return guarded(work, settings, (TooManyStates, CannotDraw))


def within_memory(settings: Settings) -> Settings:
    """The settings; where no memory limit was asked for, by what is free now."""
    if settings.limits.memory is not None:
        return settings
    return replace(settings, limits=replace(settings.limits, memory=budget.available_bytes()))


def answered(
    script: Script,
    question: Callable[[], T],
    settings: Settings,
    tick: Callable[[], None] | None = None,
) -> T:
    """The answer to a question about processes of the script, which may evaluate more of it,
    computed within the limits.

    Raises:
        ScriptError: it goes beyond them, or something is wrong with what is evaluated.
        KeyboardInterrupt: the user pressed Ctrl-C.
    """

    def work() -> T:
        with script.located(None):
            return question()

    return guarded(work, within_memory(settings), tick=tick)


def guarded(
    function: Callable[[], T],
    settings: Settings,
    expected: tuple[type[Exception], ...] = (),
    tick: Callable[[], None] | None = None,
) -> T:
    """What the function gives, computed within the limits; `tick` is that of `budget.run`.

    Raises:
        ScriptError: it goes beyond them, or raises anything but what is `expected`.
        KeyboardInterrupt: the user pressed Ctrl-C.
    """
    try:
        limits = settings.limits
        return budget.run(function, seconds=limits.seconds, memory=limits.memory, tick=tick)
    except BudgetExceeded as exceeded:
        if exceeded.limit == "interrupt":
            raise KeyboardInterrupt from None
        note = Note("--timeout and --memory raise the limits")
        raise ScriptError(Diagnostic("X601", exceeded.reason, notes=(note,))) from None
    except ScriptError:
        raise
    except Exception as error:
        if settings.debug or isinstance(error, expected):
            raise
        raise ScriptError(problem_of(error)) from None
