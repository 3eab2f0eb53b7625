"""A dialogue with whoever explores: requests are answered with plain data.

A `Dialogue` never raises: what cannot be evaluated, or takes too long, is told in words, and what
is shown stays as it was.

>>> from cospec.spec.semantics.process import SKIP, STOP, Prefix, Sequential
>>> dialogue = Dialogue(lambda: Sequential(Prefix([("a", SKIP)]), STOP), "a -> SKIP ; STOP")
>>> shown = dialogue.answer({"do": "take", "state": 0, "choice": 0})
>>> shown["trace"], shown["condition"], [offer[1:3] for offer in shown["offers"]["shown"]]
(['a'], 'unstable', [['τ', '✓ inside']])
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded
from cospec.explorer import showing
from cospec.explorer.exploration import Exploration, Fault, Refused
from cospec.explorer.looking import Looker, Sight
from cospec.spec.semantics.process import Process

T = TypeVar("T")

#: Seconds that an answer may take.
PATIENCE = 10.0


class Dialogue:
    """Questions about one process, and answers within a limit of time."""

    def __init__(
        self,
        process: Callable[[], Process],
        title: str,
        *,
        describe: Callable[[Process], str] = str,
        located: Callable[[], AbstractContextManager[None]] = nullcontext,
        fault: Fault | None = None,
        at_once: int = 0,
        seconds: float = PATIENCE,
    ) -> None:
        """A dialogue on what `process` gives.

        Args:
            process: makes the process; that, too, is done within the limit.
            title: what it is called.
            describe: how a state is written.
            located: in this context mistakes of a script get their places.
            fault: a counterexample, whose run is loaded as the steps to come.
            at_once: so many states are known from the start, if there are so many.
            seconds: how long an answer may take.
        """
        self.title = showing.cut(title, showing.TITLE)
        self._process = process
        self._describe = describe
        self._located = located
        self._fault = fault
        self._at_once = at_once
        self._seconds = seconds
        self._deadline = 0.0
        self._exploration: Exploration | None = None
        #: What went wrong when it was shown as text, which comes before it is seen.
        self._untold = ""

    @property
    def trace(self) -> tuple[str, ...]:
        """The visible events up to where one is, ✓ included."""
        return self._exploration.history.trace if self._exploration else ()

    def text(self) -> str:
        """Where one is, for places that show nothing but text."""
        self._untold = self._attempt({"do": "show"})
        if self._exploration is None:
            return f"<explorer of {self.title}: {self._untold}>"
        return showing.in_text(self.title, self._exploration.sight, self.trace)

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be shown after a request: {"do": what, …}.

        `show`: everything; `take` choice `choice` of state `state`; `go` to step `step` of the
        history; `jump` to state `state`; `follow` the counterexample from its start; `expand` state
        `state`; `grow` by up to `count` states; `filter` the offers by `text`.
        """
        message = self._attempt(request) or self._untold
        self._untold = ""
        shown = {"title": self.title, "message": message}
        if self._exploration is None:
            return shown
        everything = request.get("do") == "show"
        return {**shown, **self._exploration.shown(everything=everything)}

    def _attempt(self, request: Mapping[str, Any]) -> str:
        """Does what is requested, if it can be done, and else says why not."""
        self._deadline = time.monotonic() + self._seconds
        try:
            self._do(self._exploration or self._opened(), request)
        except BudgetExceeded as exceeded:
            return f"{exceeded.reason}: what is shown was found before"
        except Refused as refused:
            return str(refused)
        except Exception as error:
            return showing.cut(str(error), showing.TEXT) or type(error).__name__
        return ""

    def _ask(self, work: Callable[[], T], /) -> T:
        """What `work` evaluates, on a deep stack and within the time that is left."""

        def placed() -> T:
            with self._located():
                return work()

        return budget.run(placed, seconds=max(0.0, self._deadline - time.monotonic()))

    def _opened(self) -> Exploration:
        """The exploration, once its initial state could be evaluated."""

        def work() -> tuple[Looker, Sight]:
            looker = Looker(self._process(), self._describe)
            return looker, looker.sight(looker.start)

        looker, sight = self._ask(work)
        made = self._exploration = Exploration(looker, sight, self._fault, self._ask)
        if self._fault is not None:
            made.follow()  # before anything else is drawn: a run goes straight to the right
        else:
            made.go(0)
            made.grow(self._at_once)
        return made

    def _do(self, exploration: Exploration, request: Mapping[str, Any]) -> None:
        def number(name: str) -> int:
            value = request.get(name)
            if not isinstance(value, int):
                raise Refused(f"the request has no number `{name}`")
            return value

        match request.get("do"):
            case "show":
                pass
            case "take":
                exploration.take(number("state"), number("choice"))
            case "go":
                exploration.go(number("step"))
            case "jump":
                exploration.jump(number("state"))
            case "follow":
                exploration.follow()
            case "expand":
                exploration.expand(number("state"))
            case "grow":
                exploration.grow(number("count"))
            case "filter":
                exploration.filter = str(request.get("text", ""))
            case other:
                raise Refused(f"there is no request {other!r}")
