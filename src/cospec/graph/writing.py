"""The formats in which other programs read state graphs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from cospec.graph.states import Graph
from cospec.spec.semantics.events import TAU, TICK

if TYPE_CHECKING:
    import networkx

#: A label longer than this would make a drawing unreadable.
_LABEL = 60


def as_dot(graph: Graph) -> str:
    """Graphviz."""
    lines = [
        "digraph process {",
        "  rankdir=LR;",
        '  node [shape=circle, fontname="sans-serif", fontsize=10, width=0.3];',
        '  edge [fontname="sans-serif", fontsize=10];',
        '  start [shape=point, label="", width=0.08];',
        "  start -> 0;",
    ]
    for number, state in enumerate(graph.states):
        lines.append(f"  {number} [tooltip={_quoted(short(state))}];")
    for (source, target), events in merged(graph.edges).items():
        style = ', style=dashed, color="gray40"' if events == [str(TAU)] else ""
        lines.append(f"  {source} -> {target} [label={_quoted(short(', '.join(events)))}{style}];")
    return "\n".join([*lines, "}"])


def merged(edges: Iterable[tuple[int, str, int]]) -> dict[tuple[int, int], list[str]]:
    """The events between each two states, for one arrow with several labels."""
    merged: dict[tuple[int, int], list[str]] = {}
    for source, event, target in edges:
        merged.setdefault((source, target), []).append(event)
    return merged


def short(text: str) -> str:
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


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
        label = special.get(event) or _quoted(event).replace("\r", "\\r")
        lines.append(f"({source}, {label}, {target})")
    return "\n".join(lines)


#: What no XML file may have in it.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_graphml(graph: Graph) -> str:
    """GraphML, as Gephi, yEd and networkx read it.

    Raises:
        ValueError: a text has a control character in it, which XML has no way to write.
    """
    for text in (*graph.states, *(event for _, event, _ in graph.edges)):
        if _NOT_XML.search(text):
            raise ValueError(f"GraphML has no place for control characters, as in {text!r}")
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
    # A reader would take a carriage return for the end of a line.
    written = ElementTree.tostring(root, encoding="unicode").replace("\r", "&#13;")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}'


def as_networkx(graph: Graph) -> networkx.MultiDiGraph:
    """A `networkx.MultiDiGraph`: nodes are numbers with `state` and `initial`, edges `event`."""
    import networkx

    made = networkx.MultiDiGraph()
    for number, state in enumerate(graph.states):
        made.add_node(number, state=state, initial=number == 0)
    for source, event, target in graph.edges:
        made.add_edge(source, target, event=event)
    return made


#: The formats by name.
EXPORTERS: Mapping[str, Callable[[Graph], str]] = {
    "dot": as_dot,
    "json": as_json,
    "aut": as_aut,
    "graphml": as_graphml,
}
