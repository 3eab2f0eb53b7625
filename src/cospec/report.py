"""Results as text, for a reader who may be meeting CSP for the first time.

Each assertion takes one line; each counterexample is told in a sentence, then as its trace, then
as a table of what every component did. Nothing here writes or colours: functions return lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cospec.results import ERROR, FAIL, PASS, UNKNOWN, FileResult, Result, Subject, Witness
from cospec.table import pad, shorten, table, width_of

MARKS = {PASS: "✔", FAIL: "✘", UNKNOWN: "?", ERROR: "!"}

#: A trace longer than this many columns is not repeated inside a sentence.
_TRACE_IN_SENTENCE = 60

#: Components whose final states are all listed, whether they moved or not.
_STATES_LISTED = 12

_FIGURES = 46


def headline(result: Result, width: int, text_width: int) -> str:
    """One line on one assertion: mark, place, assertion, verdict and cost."""
    mark = MARKS[result.verdict]
    room = max(20, min(text_width, width - _FIGURES - 8))
    text = pad(shorten(result.assertion, room), room)
    line = f"{mark} {result.line:>4}  {text}  {result.verdict:<7}"
    if result.verdict == ERROR:
        return line.rstrip()
    cost = f"{result.states:>9,} states {result.transitions:>10,} trans. {_time(result.seconds)}"
    return f"{line} {cost}"


def _time(seconds: float) -> str:
    return f"{seconds:>6.2f} s" if seconds < 1000 else f"{seconds:>6.0f} s"


def remark(result: Result) -> str | None:
    """What belongs under the headline: the reason, and what a large search cost."""
    if result.verdict == ERROR:
        return None  # the error itself is shown, with its place
    reasons = [result.reason] if result.reason else []
    if result.bytes_per_state is not None:
        reasons.append(
            f"{result.searching:.2f} s of searching, {result.bytes_per_state:.1f} bytes a state"
        )
    return f"        {'; '.join(reasons)}" if reasons else None


def summary(files: Sequence[FileResult]) -> str:
    """The last line: how many assertions, and what became of them."""
    verdicts = Counter(result.verdict for file in files for result in file.results)
    total = sum(verdicts.values())
    names = {PASS: "passed", FAIL: "failed", UNKNOWN: "unknown", ERROR: "in error"}
    parts = [f"{verdicts[v]} {name}" for v, name in names.items() if verdicts[v]]
    broken = sum(bool(file.problems) for file in files)
    if broken:
        parts.append(f"{broken} script{'s' if broken > 1 else ''} with errors")
    noun = "assertion" if total == 1 else "assertions"
    return f"{total} {noun}: {', '.join(parts)}" if parts else f"{total} {noun}"


def explanation(result: Result, width: int) -> list[str]:
    """The counterexample of a result (or the witness that a `not` asks for) as lines."""
    witness = result.witness
    if witness is None:
        return []
    lines = [f"line {result.line}: assert {result.assertion}", ""]
    if result.verdict == PASS:
        lines.append("  This holds because of the following behaviour, which it says must exist.")
    return [*lines, *explained(witness, result.subject, width)]


def explained(witness: Witness, subject: Subject, width: int) -> list[str]:
    """A counterexample as lines: in a sentence, as facts, as a table of steps."""
    lines = [*_wrapped(sentence(subject, witness), width, "  "), ""]
    lines.extend(_facts(witness, width))
    lines.extend(_steps(witness, width))
    lines.extend(_final_states(witness, width))
    lines.extend(_other_run(witness, width))
    return lines


# ------------------------------------------------------------------ in words


def sentence(subject: Subject, witness: Witness, place: str = "shown below") -> str:
    """What went wrong, in one or two sentences; `place` is where a long trace is to be seen."""
    process, wanted = subject.process, subject.wanted
    when = _when(witness, place)
    match witness.kind:
        case "trace":
            does = "terminate (✓)" if witness.event == "✓" else f"perform {witness.event}"
            if subject.question == "has trace":
                return f"{when} {process} can {does}."
            return f"{when} {process} can {does}, which {wanted} does not allow there."
        case "failure":
            return _failure(subject, witness, when)
        case "divergence":
            end = f", which {wanted} does not allow" if wanted else ""
            return (
                f"{when} {process} can go on for ever with internal steps alone, and so never "
                f"offer anything again: it diverges{end}."
            )
        case "deadlock" if witness.ended:
            return (
                f"{when} {process} has terminated and does nothing more. As in FDR4 this counts "
                "as a deadlock; with --termination-allowed it does not."
            )
        case "deadlock":
            return (
                f"{when} {process} is stuck: it offers no event at all and has not terminated. "
                "This is a deadlock."
            )
        case _:
            return _nondeterminism(witness, when, process)


def _failure(subject: Subject, witness: Witness, when: str) -> str:
    process = subject.process
    accepted = witness.accepted or ()
    if not accepted:
        offer = f"{process} can refuse everything"
    else:
        offer = f"{process} can be in a state where it offers only {_some(accepted)}"
    if subject.question == "has trace":
        return f"{when} {offer}, and so refuse {_some(witness.allowed[0])}, which comes next."
    if not witness.allowed:
        return f"{when} {offer}, which {subject.wanted} does not allow."
    if len(witness.allowed) == 1:
        needed = f"must offer at least {_some(witness.allowed[0])}"
    else:
        needed = "must offer at least one of these sets in full: " + " or ".join(
            map(_set, witness.allowed[:4])
        )
        if len(witness.allowed) > 4:
            needed += f" or {len(witness.allowed) - 4} more"
    return f"{when} {offer}, but {subject.wanted} {needed}."


def _nondeterminism(witness: Witness, when: str, process: str) -> str:
    if witness.loop:
        return (
            f"{when} {process} can go on for ever with internal steps alone (it diverges), and a "
            "process that can diverge is not deterministic."
        )
    return (
        f"{when} {process} may perform {witness.event} or refuse it, and nothing outside it "
        "decides which: it is not deterministic."
    )


def _when(witness: Witness, place: str) -> str:
    if not witness.trace:
        return "At the start," if not witness.steps else "Before any visible event,"
    trace = _trace(witness.trace)
    if width_of(trace) <= _TRACE_IN_SENTENCE:
        return f"After {trace},"
    return f"After the {len(witness.trace)} events {place},"


def _trace(events: Iterable[str]) -> str:
    return f"⟨{', '.join(events)}⟩"


def _set(events: Iterable[str]) -> str:
    return "{" + ", ".join(events) + "}"


def _some(events: Sequence[str]) -> str:
    if len(events) > 8:
        return f"{', '.join(events[:7])} and {len(events) - 7} other events"
    if len(events) <= 1:
        return "".join(events) or "nothing"
    return f"{', '.join(events[:-1])} and {events[-1]}"


# ------------------------------------------------------------------ as facts


def _facts(witness: Witness, width: int) -> list[str]:
    """Trace, offer and demand, each under its name."""
    facts = [("trace", _trace(witness.trace))]
    if witness.kind == "trace":
        facts.append(("then", witness.event or ""))
    if witness.kind == "nondeterminism" and not witness.loop:
        facts.append(("event", witness.event or ""))
    if witness.kind in ("failure", "deadlock", "nondeterminism") and witness.accepted is not None:
        facts.append(("offered", _set(witness.accepted)))
    if witness.kind == "failure" and witness.allowed:
        facts.append(("wanted", "   or   ".join(map(_set, witness.allowed))))
    lines: list[str] = []
    for name, text in facts:
        first, *rest = _wrapped(text, width, " " * 12)
        lines.append(f"  {name:<10}{first.lstrip()}")
        lines.extend(rest)
    return [*lines, ""]


def _steps(witness: Witness, width: int) -> list[str]:
    if not witness.steps and not witness.loop:
        return []
    names = [name for name, _ in witness.components]
    return [*table(names, witness.steps, witness.loop, width), ""]


def _other_run(witness: Witness, width: int) -> list[str]:
    """The second run of a nondeterministic process."""
    if not witness.other:
        return []
    names = [name for name, _ in witness.components]
    title = f"  Another run with the same beginning, which performs {witness.event}:"
    return [title, "", *table(names, witness.other, (), width), ""]


def _final_states(witness: Witness, width: int) -> list[str]:
    """Where each component stands at the end."""
    moving = {
        index
        for step in (*witness.steps, *witness.loop)
        for index, move in enumerate(step.moves)
        if move is not None
    }
    rows = list(enumerate(witness.components))
    if len(rows) > _STATES_LISTED:
        rows = [(index, row) for index, row in rows if index in moving] or rows[:_STATES_LISTED]
    if not rows:
        return []
    room = min(30, max(width_of(name) for _, (name, _) in rows))
    lines = ["  At the end:"]
    for _, (name, state) in rows:
        label = pad(shorten(name, room), room)
        lines.append(f"    {label}  {shorten(state, max(20, width - room - 6))}".rstrip())
    left = len(witness.components) - len(rows)
    if left:
        lines.append(f"    ({left} more, which did not move)")
    return [*lines, ""]


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """`text` broken at spaces into lines of at most `width` columns."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and width_of(indent) + width_of(line) + 1 + width_of(word) > width:
            lines.append(indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, indent + line]
