"""Checks of processes, and what comes of them.

>>> from cospec.api.processes import STOP, define, prefix
>>> CLOCK = define("CLOCK", lambda: prefix("tick", CLOCK()))
>>> stopping = refines(CLOCK(), prefix("tick", STOP), model="F")
>>> stopping.verdict.value, stopping.counterexample.trace
('fails', ('tick',))
>>> refines(CLOCK(), prefix("tick", STOP), model="T").holds
True
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from cospec.api.processes import Process, common, process
from cospec.api.vocabulary import FREE, observed
from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded, available_bytes
from cospec.checker.check import check
from cospec.checker.meter import Meter
from cospec.checker.resources import Resources
from cospec.checker.verdict import Outcome, Verdict
from cospec.report import explained
from cospec.results import Subject, Witness, witness_of
from cospec.spec.semantics import claims
from cospec.spec.semantics.claims import Claim, Model
from cospec.spec.semantics.process import Process as Term
from cospec.spec.syntax.errors import ScriptError

if TYPE_CHECKING:
    from cospec.drawing import Picture
    from cospec.explorer.widget import Explorer

#: Columns of an explanation.
WIDTH = 100

#: In this context mistakes of a script get their places.
Located: TypeAlias = Callable[[], AbstractContextManager[None]]

_NOTHING = Subject("", "the process")


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a check cost.

    Attributes:
        states: of specification and implementation together, as far as they were searched.
        transitions: between them.
        seconds: of the clock on the wall.
        searching: those of them that the search itself took.
        bytes_per_state: memory for a state and its place in the table; None for small searches.
    """

    states: int
    transitions: int
    seconds: float
    searching: float
    bytes_per_state: float | None


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """What a check has found.

    Attributes:
        claim: what was asked, as an assertion would say it.
        verdict: HOLDS, FAILS or UNKNOWN, of the claim as it is written.
        counterexample: the behaviour that breaks it (or shows what a `not` asks for), in texts.
        statistics: what it cost.
        reason: why it is unknown, or a remark.
        text: the counterexample explained, as `cospec check` does.
    """

    claim: str
    verdict: Verdict
    counterexample: Witness | None
    statistics: Statistics
    reason: str = ""
    text: str = ""
    _subject: Subject = field(default=_NOTHING, repr=False, compare=False)
    _asked: Callable[[], Claim] | None = field(default=None, repr=False, compare=False)
    _located: Located = field(default=nullcontext, repr=False, compare=False)

    @property
    def holds(self) -> bool:
        """Whether it is known to hold."""
        return self.verdict is Verdict.HOLDS

    def __bool__(self) -> bool:
        """Whether it holds.

        Raises:
            ValueError: that is unknown, which is neither.
        """
        if self.verdict is Verdict.UNKNOWN:
            raise ValueError(f"it is unknown whether {self.claim} holds: {self.reason}")
        return self.holds

    def __repr__(self) -> str:
        return f"<result of {self.claim}: {self.verdict.value}>"

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        lines = [f"{self.claim}: {self.verdict.value}{reason}", *([self.text] if self.text else [])]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """What was asked is made of functions, and does not go to other programs."""
        kept = self.claim, self.verdict, self.counterexample, self.statistics, self.reason
        return Result, (*kept, self.text, self._subject)

    def diagram(self) -> Picture:
        """The counterexample as a sequence diagram: who took part in which step.

        Raises:
            ValueError: there is no counterexample.
        """
        from cospec.sequence import diagram

        if self.counterexample is None:
            raise ValueError(f"there is no counterexample to {self.claim}: {self.verdict.value}")
        return diagram(self.counterexample, self._subject, self.claim)

    def explore(self) -> Explorer:
        """The interactive explorer of notebooks (docs/notebooks.md), with the counterexample to be
        followed step by step; of a refinement it explores the implementation.

        Raises:
            ValueError: what was asked is not known, as the result comes from another program.
            MissingPackage: anywidget is not installed.
        """
        from cospec.explorer.dialogue import Dialogue
        from cospec.explorer.exploration import Fault
        from cospec.explorer.opening import explorer

        asked, witness = self._asked, self.counterexample
        if asked is None:
            raise ValueError(
                f"what {self.claim} was asked of did not come along with the result: check it again"
            )

        def of() -> Term:
            claim = asked()
            return claim.implementation if isinstance(claim, claims.Refines) else claim.process

        fault = None if witness is None else Fault(witness, self._subject)
        title, located = self._subject.process, self._located
        return explorer(Dialogue(of, title, located=located, fault=fault))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show: the verdict, the counterexample as a table, and its run in the state
        graphs."""
        from cospec.display import explanation, graphs
        from cospec.markup import verdict_line, within_reason

        states = self.statistics.states
        cost = f"{states:,} state{'' if states == 1 else 's'}, {self.statistics.seconds:.2f} s"
        shown = [verdict_line(self.claim, self.verdict.value, self.reason, cost)]
        witness, asked = self.counterexample, self._asked
        if witness is not None and self.holds:
            shown.append("<p>This holds because of a behaviour which it says must exist.</p>")
        if witness is not None:
            shown.append(explanation(witness, self._subject, self.claim))
        if witness is not None and asked is not None:
            shown.append(within_reason(lambda: graphs(asked(), witness, self._subject)))
        return {"text/plain": str(self), "text/html": "".join(shown)}


class Results(list[Result]):
    """The results of a script's assertions, in order.

    Attributes:
        errors: the mistakes because of which others have no result.
    """

    def __init__(self, results: Iterable[Result], errors: Iterable[ScriptError] = ()) -> None:
        super().__init__(results)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(map(str, (*self, *self.errors))) or "the script asserts nothing"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show: all results, then the mistakes."""
        from cospec.drawing import text

        style = "font-family: monospace; white-space: pre-wrap"
        pages = [each._repr_mimebundle_()["text/html"] for each in self]
        pages += [f'<div style="{style}">{text(str(each))}</div>' for each in self.errors]
        shown = '<hr style="margin: 0.6em 0">'.join(pages)
        return {"text/plain": str(self), "text/html": shown or str(self)}

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """The text of it, in place of the one that IPython has for every list."""
        del cycle
        printer.text(str(self))


class Printer(Protocol):
    """What is asked of IPython's printer."""

    def text(self, obj: str) -> None:
        """Writes a text."""


def refines(
    specification: Any,
    implementation: Any,
    model: str = "FD",
    *,
    seconds: float | None = None,
    memory: float | None = None,
) -> Result:
    """Whether every behaviour of the implementation is one of the specification, in a model:
    `specification [model= implementation`.

    >>> from cospec import choice, internal_choice, prefix
    >>> tea, coffee = prefix("tea"), prefix("coffee")
    >>> refines(internal_choice(tea, coffee), choice(tea, coffee)).holds
    True
    >>> refines(choice(tea, coffee), internal_choice(tea, coffee)).counterexample.accepted
    ('tea',)

    Args:
        specification: a process, or a state of a model class.
        implementation: the like.
        model: `"T"`, `"F"` or `"FD"`.
        seconds: how long it may take.
        memory: how many bytes of memory the whole program may occupy; if not given, nine tenths of
            what is free.

    Raises:
        ValueError: there is no such model, or they are processes of different scripts.
        ScriptError: a script's process cannot be evaluated.
        ModelError: a model's action gives no state, or raises an exception.
    """
    kind = _model(model)
    left, right = process(specification), process(implementation)
    subject = Subject("refinement", str(right), str(left))
    text = f"{left} [{model}= {right}"

    def claim(one: Term, other: Term) -> Claim:
        return claims.Refines(one, kind, other)

    return _checked((left, right), claim, text, subject, seconds, memory)


def deadlock_free(
    of: Any,
    model: str = "FD",
    *,
    termination_allowed: bool = False,
    seconds: float | None = None,
    memory: float | None = None,
) -> Result:
    """Whether it never gets stuck: `P :[deadlock free [model]]`. As in FDR4, what has terminated
    counts as stuck, unless `termination_allowed`. The other arguments are those of `refines`; the
    model is `"F"` or `"FD"`, since traces do not tell what can be refused.

    >>> from cospec import prefix
    >>> deadlock_free(prefix("a")).counterexample.trace
    ('a',)
    """
    kind = _model(model, "deadlock free")

    def claim(term: Term) -> Claim:
        return claims.DeadlockFree(term, kind, termination_allowed)

    return _property(of, "deadlock free", _shown(kind), claim, seconds, memory)


def divergence_free(
    of: Any, *, seconds: float | None = None, memory: float | None = None
) -> Result:
    """Whether it never goes on for ever unseen: `P :[divergence free]`. The other arguments are
    those of `refines`.

    >>> from cospec import define, prefix
    >>> CLOCK = define("CLOCK", lambda: prefix("tick", CLOCK()))
    >>> divergence_free(CLOCK()).holds, divergence_free(CLOCK().hide("tick")).holds
    (True, False)
    """
    return _property(of, "divergence free", "", claims.DivergenceFree, seconds, memory)


def deterministic(
    of: Any, model: str = "FD", *, seconds: float | None = None, memory: float | None = None
) -> Result:
    """Whether its surroundings alone decide how it goes on: `P :[deterministic [model]]`. The other
    arguments are those of `refines`; the model is `"F"` or `"FD"`, since traces do not tell what
    can be refused.

    >>> from cospec import choice, prefix
    >>> wrong = deterministic(choice(prefix("a", prefix("b")), prefix("a", prefix("c"))))
    >>> wrong.counterexample.trace, wrong.counterexample.event
    (('a',), 'c')
    """
    kind = _model(model, "deterministic")

    def claim(term: Term) -> Claim:
        return claims.Deterministic(term, kind)

    return _property(of, "deterministic", _shown(kind), claim, seconds, memory)


def has_trace(
    of: Any,
    trace: Iterable[str],
    model: str = "T",
    *,
    seconds: float | None = None,
    memory: float | None = None,
) -> Result:
    """Whether it can perform a trace, and in the models F and FD cannot refuse to:
    `P :[has trace [model]]: <…>`. The other arguments are those of `refines`.

    >>> from cospec import internal_choice, prefix
    >>> either = internal_choice(prefix("tea"), prefix("coffee"))
    >>> has_trace(either, ["tea"]).holds, has_trace(either, ["tea"], "F").holds
    (True, False)
    """
    if isinstance(trace, str):
        raise TypeError(f"a trace is a list of events, not a text: [{trace!r}] has one event")
    kind, made, events = _model(model), process(of), tuple(trace)
    words = made.vocabulary or FREE
    shown = f"⟨{', '.join(events)}⟩"
    text = f"{made} :[has trace [{model}]]: {shown}"

    def claim(term: Term) -> Claim:
        return claims.HasTrace(term, tuple(observed(words, each) for each in events), kind)

    return _checked((made,), claim, text, Subject("has trace", str(made), shown), seconds, memory)


def _model(name: str, question: str = "") -> Model:
    """The model of a name, in which the question can be asked."""
    try:
        model = Model(name)
    except ValueError:
        known = ", ".join(each.value for each in Model)
        raise ValueError(f"there is no model {name!r}: it is one of {known}") from None
    reason = claims.meaningless(question, model)
    if reason is not None:
        raise ValueError(reason)
    return model


def _shown(model: Model) -> str:
    """A model as an assertion names it, where it is not the one that goes without saying."""
    return "" if model is Model.FD else f" [{model.value}]"


def _property(
    of: Any,
    question: str,
    model: str,
    claim: Callable[[Term], Claim],
    seconds: float | None,
    memory: float | None,
) -> Result:
    made = process(of)
    subject = Subject(question, str(made))
    return _checked((made,), claim, f"{made} :[{question}{model}]", subject, seconds, memory)


def _checked(
    processes: tuple[Process, ...],
    claim: Callable[..., Claim],
    text: str,
    subject: Subject,
    seconds: float | None,
    memory: float | None,
) -> Result:
    """Asks the checker, within limits; of memory it has nine tenths of what is free, unless told
    otherwise."""
    words = common(processes)
    started = time.monotonic()
    meter, allowed = Meter(), available_bytes() if memory is None else memory

    def asked() -> Claim:
        return claim(*(each.term(words) for each in processes))

    def work() -> Outcome:
        with (words or FREE).located():
            return check(asked(), meter, resources=Resources(memory=allowed))

    try:
        outcome = budget.run(work, seconds=seconds, memory=allowed)
    except BudgetExceeded as exceeded:
        if exceeded.limit == "interrupt":
            raise KeyboardInterrupt from None
        reason, states, transitions = exceeded.reason, meter.states, meter.transitions
        outcome = Outcome(Verdict.UNKNOWN, reason, None, states, transitions)
    outcome = replace(outcome, seconds=time.monotonic() - started)
    return result_of(outcome, text, subject, asked, (words or FREE).located)


def result_of(
    outcome: Outcome,
    claim: str,
    subject: Subject,
    asked: Callable[[], Claim] | None = None,
    located: Located = nullcontext,
) -> Result:
    """The result that an outcome of the checker amounts to."""
    found = outcome.counterexample
    witness = None if found is None else witness_of(found)
    lines = [] if witness is None else explained(witness, subject, WIDTH)
    cost = Statistics(
        outcome.states,
        outcome.transitions,
        outcome.seconds,
        outcome.searching,
        outcome.bytes_per_state,
    )
    return Result(
        claim,
        outcome.verdict,
        witness,
        cost,
        outcome.reason,
        "\n".join(lines),
        subject,
        asked,
        located,
    )
