"""The state graph of a process, and the formats in which other programs read it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from xml.etree import ElementTree

from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.system import TransitionSystem

State = TypeVar("State")

#: A label longer than this would make a drawing unreadable.
_LABEL = 60


class TooManyStates(Exception):
    """The process has more states than the graph may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the process has more than {limit:,} states")
        self.limit = limit


class CannotDraw(Exception):
    """Graphviz is not there, or it failed."""


@dataclass(frozen=True, slots=True)
class Graph:
    """States by their numbers, in breadth-first order from the initial one, number 0.

    `edges` are (source, event, target); `states` is how each state is written.
    """

    states: tuple[str, ...]
    edges: tuple[tuple[int, str, int], ...]


def explore(system: TransitionSystem[State], limit: int) -> Graph:
    """All that the system can reach.

    Raises:
        TooManyStates: there are more than `limit` states.
    """
    numbers: dict[State, int] = {}
    order: list[State] = []

    def number(state: State) -> int:
        if state not in numbers:
            if len(order) >= limit:
                raise TooManyStates(limit)
            numbers[state] = len(order)
            order.append(state)
        return numbers[state]

    for state in system.initial_states():
        number(state)
    edges: list[tuple[int, str, int]] = []
    for source, state in enumerate(order):  # grows while it is walked
        for event, after in system.transitions(state):
            edges.append((source, str(event), number(after)))
    return Graph(tuple(map(str, order)), tuple(edges))


def as_dot(graph: Graph) -> str:
    """Graphviz."""
    lines = [
        "digraph process {",
        "  rankdir=LR;",
        '  node [shape=circle, fontname="sans-serif", fontsize=10, width=0.3];',
        '  edge [fontname="sans-serif", fontsize=10];',
        '  start [shape=point, label=""];',
        "  start -> 0;",
    ]
    for number, state in enumerate(graph.states):
        lines.append(f"  {number} [tooltip={_quoted(_short(state))}];")
    for (source, target), events in _merged(graph.edges).items():
        style = ', style=dashed, color="gray40"' if events == [str(TAU)] else ""
        lines.append(f"  {source} -> {target} [label={_quoted(_short(', '.join(events)))}{style}];")
    return "\n".join([*lines, "}"])


def _merged(edges: Iterable[tuple[int, str, int]]) -> dict[tuple[int, int], list[str]]:
    """The events between each two states, for one arrow with several labels."""
    merged: dict[tuple[int, int], list[str]] = {}
    for source, event, target in edges:
        merged.setdefault((source, target), []).append(event)
    return merged


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def as_svg(graph: Graph) -> str:
    """A drawing, by the `dot` program.

    Raises:
        CannotDraw: Graphviz is not installed or does not cope.
    """
    program = shutil.which("dot")
    if program is None:
        raise CannotDraw("svg needs the program `dot` of Graphviz, which is not installed")
    done = subprocess.run(
        [program, "-Tsvg"], input=as_dot(graph), capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        raise CannotDraw(f"Graphviz failed: {done.stderr.strip() or done.returncode}")
    return done.stdout.rstrip("\n")


def as_json(graph: Graph) -> str:
    """An object with `states`, each with its number and text, and `transitions`."""
    states = [{"id": number, "state": state} for number, state in enumerate(graph.states)]
    moves = [{"source": s, "event": e, "target": t} for s, e, t in graph.edges]
    whole = {"initial": 0, "states": states, "transitions": moves}
    return json.dumps(whole, ensure_ascii=False, indent=2)


def as_aut(graph: Graph) -> str:
    """Aldebaran, as CADP and mCRL2 read it: τ is `i`, and a ✓ is `exit`."""
    special = {str(TAU): "i", str(TICK): "exit"}
    lines = [f"des (0, {len(graph.edges)}, {len(graph.states)})"]
    for source, event, target in graph.edges:
        label = special.get(event) or _quoted(event)
        lines.append(f"({source}, {label}, {target})")
    return "\n".join(lines)


def as_graphml(graph: Graph) -> str:
    """GraphML, as Gephi, yEd and networkx read it."""
    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for key, owner in (("state", "node"), ("event", "edge")):
        ElementTree.SubElement(
            root,
            "key",
            {"id": key, "for": owner, "attr.name": key, "attr.type": "string"},
        )
    body = ElementTree.SubElement(root, "graph", id="process", edgedefault="directed")
    for number, state in enumerate(graph.states):
        node = ElementTree.SubElement(body, "node", id=f"n{number}")
        ElementTree.SubElement(node, "data", key="state").text = state
    for index, (source, event, target) in enumerate(graph.edges):
        edge = ElementTree.SubElement(
            body, "edge", id=f"e{index}", source=f"n{source}", target=f"n{target}"
        )
        ElementTree.SubElement(edge, "data", key="event").text = event
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(
        root, encoding="unicode"
    )


#: The formats by name.
EXPORTERS: Mapping[str, Callable[[Graph], str]] = {
    "dot": as_dot,
    "svg": as_svg,
    "json": as_json,
    "aut": as_aut,
    "graphml": as_graphml,
}
