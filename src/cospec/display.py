"""What notebooks show: HTML with pictures that are part of the page.

A bundle has one form for each kind of reader (`_repr_mimebundle_` of IPython): `text/html` where
there is a browser, `text/plain` for terminals, and a state graph itself for programs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from cospec.drawing import DRAWN, MARK, Marks, as_svg, text, within
from cospec.following import Followed, along, to_the_fault
from cospec.graph.states import Graph, nearest, part, whole_or_wanted
from cospec.graph.writing import as_json
from cospec.markup import ROWS, caption, folded, paragraph, row, table, within_reason
from cospec.report import sentence
from cospec.results import Move, Subject, Witness
from cospec.sequence import diagram
from cospec.spec.semantics.claims import Claim, Refines
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process
from cospec.spec.semantics.unfolded import unfolded

#: The type of a state graph: the JSON of `cospec graph --format json`.
LTS = "application/vnd.cospec.lts+json"


def process_bundle(system: Callable[[], FiringRules], plain: str) -> dict[str, Any]:
    """A process, by the part of its state graph that is nearest to the start."""
    made: dict[str, Any] = {}

    def work() -> str:
        made.update(bundle(nearest(system(), DRAWN)[0], plain))
        return str(made["text/html"])

    shown = within_reason(work)
    return made or {"text/plain": plain, "text/html": caption(plain) + shown}


def bundle(graph: Graph, plain: str) -> dict[str, Any]:
    """A graph, or the part of it that is nearest to the start."""
    shown = part(graph, DRAWN)
    return {
        "text/plain": plain,
        "text/html": f"{caption(plain)}{within(as_svg(shown))}",
        LTS: {**json.loads(as_json(shown)), "beyond": list(shown.beyond)},
    }


def explanation(witness: Witness, subject: Subject, claim: str) -> str:
    """A counterexample: in a sentence, as a table, and, folded up, as a sequence diagram."""
    names = [name for name, _ in witness.components]
    parts = [paragraph(sentence(subject, witness))]
    last = witness.event or "" if witness.kind == "trace" else ""
    if witness.steps or witness.loop or last:
        parts.append(_table(names, witness.steps, witness.loop, last))
    if witness.other:
        parts.append(f"<p>Another run, which performs {text(witness.event or '')}:</p>")
        parts.append(_table(names, witness.other, (), ""))
    drawn = within(diagram(witness, subject, claim).svg)
    parts.append(folded("as a sequence diagram", drawn))
    return "".join(parts)


def _table(names: Sequence[str], steps: Sequence[Move], loop: Sequence[Move], last: str) -> str:
    """A row for each step and for the event that should not have been possible, a column for each
    component that takes part."""
    every = [*steps, *loop]
    moving = [
        index
        for index in range(len(names))
        if len(names) > 1 and any(i.moves[index : index + 1] not in ((), (None,)) for i in every)
    ]
    rows = [row("th", ["step", "event", *(names[index] for index in moving)])]
    for number, step in enumerate(every, 1):
        if number == len(steps) + 1:
            rows.append(row("td", ["", "again and again:", *("" for _ in moving)]))
        if number > ROWS:
            rows.append(row("td", ["…", f"{len(every) - ROWS} more", *("" for _ in moving)]))
            break
        seen = step.event if step.hidden is None else f"[{step.hidden}]"
        cells = [step.moves[index] if index < len(step.moves) else None for index in moving]
        rows.append(row("td", [str(number), seen, *(each or "·" for each in cells)]))
    if last:
        place, fault = f"✘ {len(every) + 1}", f"{last}, which is not allowed"
        rows.append(row("td", [place, fault, *("" for _ in moving)], MARK))
    return table(rows)


def graphs(claim: Claim, witness: Witness, subject: Subject) -> str:
    """The state graphs of what was checked with the run to the fault: of a refinement,
    specification and implementation side by side."""
    if isinstance(claim, Refines):
        one = FiringRules(unfolded(claim.specification))
        other = FiringRules(unfolded(claim.implementation))
        trace = (*witness.trace, *([witness.event] if witness.event is not None else []))
        shown = [
            _graph(f"specification: {subject.wanted}", one, along(one, trace)),
            _graph(f"implementation: {subject.process}", other, _fault(other, witness)),
        ]
    else:
        rules = FiringRules(unfolded(claim.process))
        shown = [_graph(subject.process, rules, _fault(rules, witness))]
    columns = "".join(f'<div style="min-width: 0">{each}</div>' for each in shown)
    return f'<div style="display: flex; flex-wrap: wrap; gap: 1.5em">{columns}</div>'


def _fault(rules: FiringRules, witness: Witness) -> Followed | None:
    """The run to the fault, or at least one with the trace before it."""
    return to_the_fault(rules, witness) or along(rules, witness.trace)


def _graph(title: str, rules: FiringRules, run: Followed | None) -> str:
    """The part of a graph that has the run in it."""
    if run is None:
        graph, _ = nearest(rules, DRAWN)
        note = "The run could not be found again within reasonable time."
        return caption(title) + within(as_svg(graph, note=note))
    if len(run.visited) > DRAWN:
        steps = f"the run has {len(run.steps)} steps: too many to be drawn"
        return caption(f"{title}: {steps}")
    ends: tuple[Process, ...] = run.ends[:DRAWN]
    wanted = [*run.visited, *ends]
    graph, numbers = whole_or_wanted(rules, DRAWN, wanted)
    marks = Marks(
        {numbers[state] for state in run.visited},
        {(numbers[one], numbers[after]) for one, after in run.steps},
        {numbers[state] for state in ends},
    )
    return caption(title) + within(as_svg(graph, marks))
