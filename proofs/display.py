"""What notebooks show of models and claims: verdicts, runs as tables, runs in the state graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from cospec.checker.exploration import Answer, Exploration, Run
from cospec.checker.verdict import Verdict
from cospec.drawing import DRAWN, MARK, PALE, Marks, as_svg, text, within
from cospec.graph.states import whole_or_wanted
from cospec.markup import ROWS, caption, folded, paragraph, row, table, verdict_line, within_reason
from cospec.models.model import parts_of
from cospec.proofs.evidence.runs import START
from cospec.proofs.register import Counterexample, Truth
from cospec.spec.semantics.events import Event

if TYPE_CHECKING:
    from cospec.proofs.explored import Explored
    from cospec.proofs.register import Result

#: State graphs of up to so many states are seen without a click.
_SMALL = 25

_COLOURS = {Truth.TRUE: "#1b7f3b", Truth.FALSE: MARK}


def explored_page(found: Explored) -> str:
    """What exploring a model has shown: each verdict, with its run; and the state graph."""
    exploration = found.exploration
    model = type(exploration.states[0])
    texts = {each.name: each.text for each in parts_of(model)[1]}
    size = f"{len(exploration.states):,} states, {exploration.transitions:,} steps"
    more = "" if exploration.complete else ", and others that were not explored"
    parts = [caption(f"{model.__name__}: {size}{more}"), answers_page(found.answers, texts)]
    failed = [(name, answer) for name, answer in found.answers.items() if answer.run]
    name, run = (failed[0][0], failed[0][1].run) if failed else ("", None)
    title = f"the state graph, with the run that breaks {name}" if run else "the state graph"
    small = len(exploration.states) <= _SMALL
    picture = within_reason(lambda: _drawn(exploration, run))
    return "".join([*parts, folded(title, picture, open=small)])


def answers_page(answers: Mapping[str, Answer[Any]], texts: Mapping[str, str] | None = None) -> str:
    """Verdicts on the properties of a model, each with its run.

    Args:
        answers: the verdicts by the names of the properties.
        texts: what the properties say, by their names, as far as known.
    """
    parts = []
    for name, answer in answers.items():
        said = (texts or {}).get(name, "").replace("`", "")
        parts.append(verdict_line(name, answer.verdict.value, answer.reason, said))
        if answer.run is not None:
            parts.append(run_table(answer.run, answer.verdict is Verdict.FAILS))
    return "".join(parts)


# ------------------------------------------------------------------------------------- runs


def run_table(run: Run[Any], fails: bool = True) -> str:
    """A run as a table: the events, and the states that they lead to.

    States of a class that says how they are written have one column; of others there is a column
    for each field that changes in the run, and a line above with the others that are not as usual.
    """
    columns, cells = _columns(run.states)
    rows = [row("th", ["step", "event", *columns]), row("td", ["", "start", *cells[0]])]
    loop = len(run.states) if run.loop is None else run.loop
    last = len(run.states) - 1
    for number, event in enumerate(run.events, 1):
        if number == loop + 1:
            rows.append(row("td", ["", "again and again:", *("" for _ in columns)]))
        if number > ROWS:
            rest = f"{len(run.events) - ROWS} more"
            rows.append(row("td", ["…", rest, *("" for _ in columns)]))
            break
        after = cells[number] if number <= last else cells[loop]
        fault = fails and run.loop is None and number == last
        rows.append(row("td", [str(number), str(event), *after], MARK if fault else "inherit"))
    return _setting(run.states) + table(rows)


def _by_fields(states: Sequence[Any]) -> bool:
    """Whether states are shown by their fields, as their class does not say how to write them."""
    written = any("__str__" in vars(each) for each in type(states[0]).__mro__[:-1])
    return is_dataclass(states[0]) and not written


def _setting(states: Sequence[Any]) -> str:
    """The fields that have one value in all of a run, and not the one that they have by default."""
    if not _by_fields(states):
        return ""
    first, changing = states[0], _changing(states)
    usual = {
        each.name: each.default if each.default_factory is MISSING else each.default_factory()
        for each in fields(first)
    }
    given = [
        f"{name} = {_value(getattr(first, name))}"
        for name, default in usual.items()
        if name not in changing and getattr(first, name) != default
    ]
    return caption(f"with {', '.join(given)}") if given else ""


def _changing(states: Sequence[Any]) -> list[str]:
    names = [each.name for each in fields(states[0])]
    return [n for n in names if any(getattr(s, n) != getattr(states[0], n) for s in states)]


def _columns(states: Sequence[Any]) -> tuple[list[str], list[list[str]]]:
    """The titles of the columns, and of each state what stands in them."""
    if not _by_fields(states):
        return ["state"], [[str(state)] for state in states]
    shown = _changing(states) or [each.name for each in fields(states[0])]
    return shown, [[_value(getattr(state, name)) for name in shown] for state in states]


def _value(value: object) -> str:
    """A value as a reader likes it: sets in braces and in order, enumerations by what they hold."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(_value, value))) + "}"
    if isinstance(value, tuple) and type(value) is tuple:
        return "(" + ", ".join(map(_value, value)) + ")"
    return str(value)


class _Numbered:
    """What was explored, as a system whose states are numbers."""

    def __init__(self, found: Exploration[Any]) -> None:
        self._found = found

    def initial_states(self) -> Iterable[int]:
        return self._found.initial

    def transitions(self, state: int) -> Iterable[tuple[Event, int]]:
        edges = self._found.edges
        return edges[state] if state < len(edges) else ()


def _drawn(found: Exploration[Any], run: Run[Any] | None) -> str:
    """The state graph, or the part of it that is nearest to the start or on the run."""
    if run is not None and len(run.states) > DRAWN:
        return caption(f"the run has {len(run.events)} steps: too many to be drawn")
    path = [found.number(state) for state in run.states] if run is not None else []
    graph, places = whole_or_wanted(_Numbered(found), DRAWN, path)
    states = tuple(str(found.states[number]) for number in places)
    back = [] if run is None or run.loop is None else [path[run.loop]]
    steps = {(places[a], places[b]) for a, b in zip(path, [*path[1:], *back], strict=False)}
    ends = {places[number] for number in path[-1:]}
    marks = Marks({places[number] for number in path}, steps, ends)
    note = "" if found.complete else "Not all states were explored."
    return within(as_svg(replace(graph, states=states), marks, note))


# ----------------------------------------------------------------------------------- claims


def claim_page(result: Result) -> str:
    """A claim with its verdict and the evidence for it."""
    claim, finding = result.claim, result.finding
    verdict = "unknown" if result.found is None else result.found.value
    colour = PALE if result.found is None else _COLOURS.get(result.found, "inherit")
    parts = [
        f'<div style="font-family: monospace">{text(claim.slug)}: '
        f'<b style="color: {colour}">{text(verdict)}</b></div>',
        paragraph(f"“{claim.statement}”"),
        f'<div style="color: {PALE}">{text(claim.source)}</div>',
        *map(paragraph, result.remarks),
    ]
    if finding is not None:
        parts += [_evidence(wrong) for wrong in finding.counterexamples]
        parts += [paragraph(f"✔ {proof}") for proof in finding.proofs]
    if claim.repaired:
        parts.append(paragraph(f"Repaired: {claim.repaired}"))
    return "".join(parts)


def _evidence(wrong: Counterexample) -> str:
    """A counterexample with the way there: a run as a table, anything else line by line."""
    rows = [row("td", [step]) for step in wrong.steps]
    if wrong.steps and wrong.steps[0].startswith(START):
        told = [step.partition(" → ")[::2] for step in wrong.steps[1:]]
        rows = [
            row("th", ["step", "event", "state"]),
            row("td", ["", "start", wrong.steps[0].removeprefix(START)]),
            *(row("td", [str(number), *each]) for number, each in enumerate(told, 1)),
        ]
    return paragraph(f"✘ {wrong}") + table(rows)
