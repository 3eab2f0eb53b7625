"""Time limits and Ctrl-C at a moment that the test chooses, however fast the machine is."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, SimpleNamespace

import pytest

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded


class Clock:
    """The clock of `cospec.checker.budget`, which stands still unless it is told that time passes.

    Being given up takes no time by it, so that a slow machine is waited for.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = time.monotonic()
        #: Looked at whenever something is waited for that is computed within a budget: whether
        #: hours pass now.
        self.flies: Callable[[], bool] = lambda: False
        monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: self._now))
        wait = budget._Job.wait

        def waiting(job: budget._Job[object], seconds: float) -> bool:
            if self.flies():
                self.passes()
            return wait(job, seconds)

        monkeypatch.setattr(budget._Job, "wait", waiting)

    def passes(self, seconds: float = 3600.0) -> None:
        """So much time passes, at once."""
        self._now += seconds


class Keyboard:
    """Ctrl-C, pressed as soon as something is waited for that is computed within a budget."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pressed = threading.Event()
        wait = budget._Job.wait

        def waiting(job: budget._Job[object], seconds: float) -> bool:
            if self._pressed.is_set():
                self._pressed.clear()
                signal.raise_signal(signal.SIGINT)
            return wait(job, seconds)

        monkeypatch.setattr(budget._Job, "wait", waiting)

    def ctrl_c(self) -> None:
        """Whatever is waited for next is interrupted."""
        self._pressed.set()


def interrupted(work: Callable[[], object], calls: int) -> bool:
    """Whether `work` was stopped, as `budget.run` stops it, when it called a function of Python for
    the time of this number. A deep recursion is computed on a deep stack."""
    return _calls(work, calls) >= calls


def calls_of(work: Callable[[], object]) -> int:
    """How many functions of Python `work` calls."""
    return _calls(work, -1)


def lines_of(work: Callable[[], object]) -> int:
    """How many lines of Python are executed in the threads that `work` starts, as checks do: its
    cost, on any machine."""
    count = 0

    def executed(frame: FrameType, event: str, argument: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return executed

    threading.settrace(executed)
    try:
        work()
    finally:
        threading.settrace(None)  # type: ignore[arg-type]
    return count


def _calls(work: Callable[[], object], last: int) -> int:
    count = 0

    def called(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1
        if count == last:
            raise BudgetExceeded

    def watched() -> int:
        sys.settrace(called)
        try:
            work()
        except BudgetExceeded:
            pass
        finally:
            sys.settrace(None)
        return count

    return budget.run(watched)
