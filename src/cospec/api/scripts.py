"""Scripts from Python: their processes, values and assertions.

>>> script = parse('''
... channel coin, tea, coffee
... CUSTOMER = coin -> tea -> CUSTOMER
... MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
... assert CUSTOMER [T= MACHINE
... ''')
>>> script["MACHINE"].after("coin").refuses("tea")
True
>>> wrong = script.assertions[0].check()
>>> wrong.verdict.value, wrong.counterexample.trace, wrong.counterexample.event
('fails', ('coin',), 'coffee')
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cospec.api.checks import WIDTH, Result, Results, Statistics
from cospec.api.processes import Process
from cospec.api.vocabulary import Declared
from cospec.beside import Beside, given
from cospec.checker import budget
from cospec.checker.verdict import Verdict
from cospec.report import explained
from cospec.results import ERROR, FAIL, PASS
from cospec.runner import INTERRUPTED, Settings, check_one, new_assertion, within_memory
from cospec.scripts import Limits, Unreadable
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, ScriptError
from cospec.spec.syntax.session import Session

#: So many of its names tell a script from others.
MENTIONED = 8

_VERDICTS = {PASS: Verdict.HOLDS, FAIL: Verdict.FAILS}


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion of a script, or one about it.

    Attributes:
        text: as it is written, without `assert`.
        line: its line; 1 where it is not in the script.
    """

    text: str
    line: int
    _script: Script = field(repr=False)
    _tree: tree.Assertion = field(repr=False)

    def __str__(self) -> str:
        return self.text

    def check(self, *, seconds: float | None = None, memory: float | None = None) -> Result:
        """Checks it.

        Args:
            seconds: how long that may take; beyond it the verdict is UNKNOWN.
            memory: how many bytes of memory the whole program may occupy; if not given, nine
                tenths of what is free.

        Raises:
            ScriptError: a mistake was found while its processes were evaluated.
        """
        script = self._script
        limits = Limits(
            script.seconds if seconds is None else seconds,
            script.memory if memory is None else memory,
        )
        settings = within_memory(Settings(limits))
        found = check_one(self._script.session, self._tree, settings, lambda *_: None)
        if found.reason.startswith(INTERRUPTED):
            raise KeyboardInterrupt
        if found.verdict == ERROR:
            raise ScriptError(found.problems, self._script.session.sources)
        lines = [] if found.witness is None else explained(found.witness, found.subject, WIDTH)
        cost = Statistics(
            found.states, found.transitions, found.seconds, found.searching, found.bytes_per_state
        )
        return Result(
            self.text,
            _VERDICTS.get(found.verdict, Verdict.UNKNOWN),
            found.witness,
            cost,
            found.reason,
            "\n".join(lines),
            found.subject,
            lambda: script.session.claim(self._tree),
            lambda: script.session.located(self._tree.span),
        )


class Script:
    """A script that was read.

    Attributes:
        session: what evaluates it (`cospec.spec.syntax.session.Session`).
        seconds: how long the check of an assertion may take where that is not said.
        memory: the like, in bytes of memory.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seconds: float | None = None
        self.memory: float | None = None
        self._words = Declared(session)

    def __repr__(self) -> str:
        names = list(self.session.names())
        more = ["…"] if len(names) > MENTIONED else []
        return f"<script of {', '.join([*names[:MENTIONED], *more]) or 'nothing'}>"

    def __getitem__(self, expression: str) -> Process:
        """The process that an expression stands for, with the definitions of the script.

        Raises:
            ScriptError: it is no process.
        """
        term = budget.unlimited(lambda: self.session.process(expression))
        return Process(lambda _: term, expression, self._words)

    @property
    def assertions(self) -> list[Assertion]:
        """What the script asserts, in order."""
        return [
            Assertion(each.text, each.span.line, self, each) for each in self.session.assertions
        ]

    def assertion(self, text: str) -> Assertion:
        """An assertion about the definitions of the script, which need not be in it.

        Raises:
            ScriptError: it is none.
        """
        try:
            made = new_assertion(self.session, text)
        except Unreadable as error:
            raise ScriptError(error.problems, error.sources) from None
        return Assertion(made.text, made.span.line, self, made)

    def check(self, *, seconds: float | None = None, memory: float | None = None) -> Results:
        """Checks all assertions; the limits are for each of them.

        Raises:
            ScriptError: a mistake was found while the processes of one were evaluated.
        """
        return Results(each.check(seconds=seconds, memory=memory) for each in self.assertions)

    def evaluate(self, expression: str) -> str:
        """The value of an expression, in CSPM's notation.

        Raises:
            ScriptError: it has errors.
        """
        return budget.unlimited(lambda: self.session.evaluate(expression))

    @property
    def names(self) -> dict[str, str]:
        """What the script defines, with types.

        >>> parse("channel c: {0..1}\\nDOUBLE(n) = n + n").names["DOUBLE"]
        '(Int) -> Int'
        """
        return self.session.names()

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is legal in it and hardly meant so.

        >>> for each in parse("channel a\\nP = P [] a -> STOP").warnings:
        ...     print(each.code, each.message)
        W007 `P` comes back to itself before any event
        """
        return self.session.warnings


def load(path: str | os.PathLike[str], *, types: bool = True, models: Sequence[str] = ()) -> Script:
    """Reads the script at `path` and what it includes.

    Args:
        path: its file.
        types: whether it must be well-typed, as FDR wants it.
        models: Python models that it may use, as `"NAME=PLACE:EXPRESSION"` (docs/models.md).

    Raises:
        ScriptError: every mistake that can be found without evaluating anything.
    """
    beside = [Beside.of(text) for text in models]
    return Script(budget.unlimited(lambda: Session.load(path, types, given(beside))))


def parse(text: str, *, types: bool = True) -> Script:
    """A script given as text.

    Raises:
        ScriptError: every mistake that can be found without evaluating anything.
    """
    return Script(budget.unlimited(lambda: Session.of_text(text, types)))
