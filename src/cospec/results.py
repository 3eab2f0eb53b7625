"""What a run found, as plain data: strings and numbers only.

The checker's outcomes hold events and processes; a reader, a file or another process wants
text. Everything that is printed, in whichever format, is made from these records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cospec.checker.verdict import Counterexample, Kind, Outcome, Step, Verdict
from cospec.spec.semantics.events import TICK, Event
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note

PASS, FAIL, ERROR, UNKNOWN = "pass", "fail", "error", "unknown"

#: Exit statuses, the worst first: what a run of several verdicts ends with.
SEVERITY = ((ERROR, 2), (FAIL, 1), (UNKNOWN, 3))


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a counterexample.

    Attributes:
        event: what is seen outside, `"τ"` included.
        hidden: the event that took place inside and was hidden; None where there was none.
        moves: what each component did, in the order of `components`; None if it did not move.
    """

    event: str
    hidden: str | None
    moves: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """A counterexample in text.

    Attributes:
        kind: "trace", "failure", "divergence", "deadlock" or "nondeterminism".
        trace: the visible events, ✓ included.
        steps: all steps on the way, τ included.
        components: the name of each component, and what it has become at the end.
        event: what is performed though forbidden, or may be refused.
        accepted: what is offered in the end, where that is what is wrong.
        allowed: the specification's minimal acceptances.
        loop: the steps that repeat for ever.
        other: of nondeterminism, the steps that end with the event.
        ended: whether the process has terminated (✓) before it was asked to go on.
    """

    kind: str
    trace: tuple[str, ...]
    steps: tuple[Move, ...]
    components: tuple[tuple[str, str], ...]
    event: str | None = None
    accepted: tuple[str, ...] | None = None
    allowed: tuple[tuple[str, ...], ...] = ()
    loop: tuple[Move, ...] = ()
    other: tuple[Move, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What an assertion is about, in the script's own words.

    `question` is "refinement", "deadlock free", "divergence free", "deterministic" or "has trace";
    `wanted` is the specification or the trace, empty where there is none.
    """

    question: str
    process: str
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one assertion. `verdict` is about the assertion as it is written."""

    assertion: str
    line: int
    verdict: str
    reason: str = ""
    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    #: Of the seconds, those in which states were searched; the others went into evaluating,
    #: compiling and compressing.
    searching: float = 0.0
    bytes_per_state: float | None = None
    witness: Witness | None = None
    negated: bool = False
    subject: Subject = Subject("refinement", "the process")
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one script: `problems` are those that concern all of it."""

    file: str
    problems: tuple[Diagnostic, ...] = ()
    results: tuple[Result, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def all_problems(self) -> tuple[Diagnostic, ...]:
        """The problems of the script and of its assertions."""
        return (*self.problems, *(p for result in self.results for p in result.problems))

    @property
    def verdicts(self) -> set[str]:
        """The verdicts that occur; an error of the whole script counts as one."""
        return {result.verdict for result in self.results} | ({ERROR} if self.problems else set())


def exit_status(files: Iterable[FileResult]) -> int:
    """0 when everything holds, else 2 for an error, 1 for a failure, 3 for something unknown."""
    found = {verdict for file in files for verdict in file.verdicts}
    return next((status for verdict, status in SEVERITY if verdict in found), 0)


def judge(verdict: Verdict, *, negated: bool) -> str:
    """The verdict on the assertion as it is written, its `not` included."""
    if verdict is Verdict.UNKNOWN:
        return UNKNOWN
    return PASS if (verdict is Verdict.HOLDS) is not negated else FAIL


def decided(assertion: tree.Assertion, outcome: Outcome, subject: Subject) -> Result:
    """The record of an assertion that the checker answered."""
    witness = None
    if outcome.counterexample is not None:
        witness = witness_of(outcome.counterexample)
    return Result(
        assertion=assertion.text,
        line=assertion.span.line,
        verdict=judge(outcome.verdict, negated=assertion.negated),
        reason=outcome.reason,
        states=outcome.states,
        transitions=outcome.transitions,
        seconds=outcome.seconds,
        searching=outcome.searching,
        bytes_per_state=outcome.bytes_per_state,
        witness=witness,
        negated=assertion.negated,
        subject=subject,
    )


def witness_of(found: Counterexample) -> Witness:
    """The counterexample in text."""
    return Witness(
        kind=found.kind.value,
        trace=tuple(map(str, found.trace)),
        steps=_moves(found.steps),
        components=tuple(zip(found.components, found.states, strict=False)),
        event=None if found.event is None else str(found.event),
        accepted=None if found.accepted is None else _sorted(found.accepted),
        allowed=tuple(sorted(map(_sorted, found.allowed))),
        loop=_moves(found.loop),
        other=_moves(found.other),
        ended=found.kind is Kind.DEADLOCK and TICK in found.trace,
    )


def _moves(steps: Iterable[Step]) -> tuple[Move, ...]:
    return tuple(
        Move(
            event=str(step.event),
            hidden=None if step.hidden is None else str(step.hidden),
            moves=tuple(None if move is None else str(move) for move in step.moves),
        )
        for step in steps
    )


def _sorted(events: Iterable[Event]) -> tuple[str, ...]:
    """Events in the order in which a person looks for them: `a.2` before `a.10`."""
    return tuple(sorted(map(str, events), key=natural_order))


def natural_order(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts numbers in names by their values."""
    pieces: list[tuple[int, int, str]] = []
    digits = ""
    for character in text + "\0":
        if character.isdecimal():
            digits += character
            continue
        if digits:
            pieces.append((0, int(digits), digits))
            digits = ""
        pieces.append((1, ord(character), character))
    return tuple(pieces)


def subject_of(assertion: tree.Assertion, sources: dict[str, str]) -> Subject:
    """What the assertion is about, quoted from the script."""
    claim = assertion.claim
    if isinstance(claim, tree.Refinement):
        wanted = quote(claim.specification.span, sources) or "the specification"
        process = quote(claim.implementation.span, sources) or "the implementation"
        return Subject("refinement", process, wanted)
    process = quote(claim.process.span, sources) or "the process"
    if isinstance(claim, tree.HasTrace):
        trace = ", ".join(quote(event.span, sources) for event in claim.trace)
        return Subject("has trace", process, f"⟨{trace}⟩")
    return Subject(claim.kind, process)


def quote(span: tree.Span, sources: dict[str, str]) -> str:
    """The text that a span covers, on one line; empty when there is no such text."""
    lines = sources.get(span.file, "").split("\n")[span.line - 1 : span.end_line]
    if len(lines) != span.end_line - span.line + 1:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(" ".join(lines).split())


def internal(error: BaseException) -> Diagnostic:
    """The diagnostic for a fault of cospec's own."""
    text = " ".join(str(error).split()) or "no further message"
    return Diagnostic(
        "X900",
        f"this is a bug in cospec, not in your script: {type(error).__name__}: {text}",
        notes=(Note("please report it, with the script; --debug shows the traceback"),),
    )
