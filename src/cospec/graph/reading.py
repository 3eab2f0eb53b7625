"""State graphs that other programs, or cospec, have written; and graphs as transition systems.

What is read is numbered anew, breadth first from its initial state; what cannot be reached from
there is left out. A graph that cospec has written comes back as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from cospec.graph.states import Graph
from cospec.spec.semantics.events import TAU, TICK, Event

Edge = tuple[Hashable, str, Hashable]


class NotAGraph(ValueError):
    """The text is no state graph of the format."""


class GraphSystem:
    """A graph as a transition system (`cospec.spec.semantics.system`): its states are numbers."""

    def __init__(self, graph: Graph, event: Callable[[str], Event]) -> None:
        """A system whose labels, but τ and ✓, stand for the events that `event` gives.

        Raises:
            NotAGraph: a state has moves after ✓, which no process has; or states were left out.
        """
        if not graph.complete:
            raise NotAGraph("states of the graph were left out, so it is not the process")
        special: dict[str, Event] = {str(TAU): TAU, str(TICK): TICK}
        self._moves: list[list[tuple[Event, int]]] = [[] for _ in graph.states]
        named: dict[str, Event] = {}
        for source, label, target in graph.edges:
            if label not in named:
                named[label] = special.get(label) or event(label)
            self._moves[source].append((named[label], target))
        for source, label, target in graph.edges:
            if named[label] is TICK and self._moves[target]:
                raise NotAGraph(f"state {target} has moves, though {source} leads to it by ✓")

    def initial_states(self) -> Iterable[int]:
        """State 0."""
        return (0,)

    def transitions(self, state: int) -> Iterable[tuple[Event, int]]:
        """The edges that leave it."""
        return self._moves[state]


def arranged(initial: Hashable, states: Mapping[Hashable, str], edges: Iterable[Edge]) -> Graph:
    """The graph of any states and edges, numbered breadth first from the initial state.

    Raises:
        NotAGraph: an edge leads from or to a state that is none.
    """
    leaving: dict[Hashable, list[tuple[str, Hashable]]] = {state: [] for state in states}
    for source, event, target in edges:
        for end in (source, target):
            if end not in leaving:
                raise NotAGraph(f"{end!r} is no state of the graph")
        leaving[source].append((event, target))
    if initial not in leaving:
        raise NotAGraph(f"the initial state {initial!r} is no state of the graph")
    numbers = {initial: 0}
    order = [initial]
    for state in order:  # grows while it is walked
        for _, target in leaving[state]:
            if target not in numbers:
                numbers[target] = len(order)
                order.append(target)
    return Graph(
        tuple(states[state] for state in order),
        tuple((numbers[s], event, numbers[target]) for s in order for event, target in leaving[s]),
    )


def from_json(text: str) -> Graph:
    """The object that `as_json` writes.

    Raises:
        NotAGraph: it is none.
    """
    try:
        whole = json.loads(text)
        states = {each["id"]: str(each["state"]) for each in whole["states"]}
        _single(states, len(whole["states"]))
        moves = [(m["source"], str(m["event"]), m["target"]) for m in whole["transitions"]]
        return arranged(whole["initial"], states, moves)
    except NotAGraph:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotAGraph(f"not a state graph in JSON: {type(error).__name__} {error}") from error


def _single(states: Mapping[Hashable, str], count: int) -> None:
    """Refuses two states of one name.

    Raises:
        NotAGraph: there are such.
    """
    if len(states) < count:
        raise NotAGraph(f"{count} states have only {len(states)} names")


_NUMBER = r"(\d{1,18})"
_HEADER = re.compile(rf"\s*des\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)\s*")
_LABEL = r'(?:"((?:[^"\\]|\\.)*)"|(.*?))'
_EDGE = re.compile(rf"\s*\(\s*{_NUMBER}\s*,\s*{_LABEL}\s*,\s*{_NUMBER}\s*\)\s*")

#: Labels without quotation marks that are no names. mCRL2 writes them with marks (see `internal`).
_SPECIAL = {"i": str(TAU), "tau": str(TAU), "exit": str(TICK)}

#: What a letter after a backslash stands for; anything else is itself.
_ESCAPES = {"n": "\n", "r": "\r"}


def from_aut(text: str, internal: Iterable[str] = ()) -> Graph:
    """Aldebaran, as `as_aut`, CADP and mCRL2 write it.

    Args:
        text: the file.
        internal: labels that stand for τ besides `i`, such as mCRL2's `"tau"`.

    Raises:
        NotAGraph: it is none, or has not as many transitions as it says.
    """
    first, *rest = text.split("\n")  # other characters that end lines may be part of labels
    header = _HEADER.fullmatch(first)
    if header is None:
        raise NotAGraph(
            "line 1: an Aldebaran file begins with `des (initial, transitions, states)`"
        )
    initial, transitions, states = map(int, header.groups())
    hidden = dict.fromkeys(internal, str(TAU))
    edges: list[tuple[int, str, int]] = []
    for number, line in enumerate(rest, 2):
        if not line.strip():
            continue
        found = _EDGE.fullmatch(line)
        if found is None:
            raise NotAGraph(
                f"line {number}: no transition `(source, label, target)`: {line.strip()[:60]}"
            )
        source, quoted, bare, target = found.groups()
        if quoted is None:
            label = _SPECIAL.get(bare, bare)
        else:
            label = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), quoted)
        edges.append((int(source), hidden.get(label, label), int(target)))
    if len(edges) != transitions:
        raise NotAGraph(f"line 1 promises {transitions} transitions, there are {len(edges)}")
    ends = {initial, *(s for s, _, _ in edges), *(t for _, _, t in edges)}
    if max(ends) >= states:
        raise NotAGraph(f"line 1 promises {states} states, and a transition has one beyond them")
    return arranged(initial, {n: str(n) for n in ends}, edges)


def from_graphml(text: str) -> Graph:
    """GraphML whose edges have an `event` and whose nodes may have a `state`.

    The initial node is the one whose `initial` is true, or the first.

    Raises:
        NotAGraph: it is none, it is not directed, or several nodes are initial.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise NotAGraph(f"not XML: {error}") from error
    space = root.tag.removesuffix("graphml")
    body = root.find(f"{space}graph")
    if body is None:
        raise NotAGraph("there is no graph in it")
    names = {key.get("id"): key.get("attr.name") for key in root.iter(f"{space}key")}

    def data(element: ElementTree.Element) -> dict[str | None, str]:
        return {names.get(d.get("key")): d.text or "" for d in element.iter(f"{space}data")}

    listed = list(body.iter(f"{space}node"))
    nodes = {node.get("id", ""): data(node) for node in listed}
    if not nodes:
        raise NotAGraph("there is no node in it")
    marked = [n for n, known in nodes.items() if known.get("initial", "").lower() == "true"]
    otherwise = body.get("edgedefault", "directed") == "directed"
    edges: list[Edge] = []
    for edge in body.iter(f"{space}edge"):
        source, target = edge.get("source", ""), edge.get("target", "")
        event = data(edge).get("event")
        if event is None:
            raise NotAGraph(f"the edge from {source} to {target} has no event")
        if edge.get("directed", otherwise) not in (True, "true"):
            raise NotAGraph(f"the edge between {source} and {target} is not directed")
        edges.append((source, event, target))
    states: dict[Hashable, str] = {n: known.get("state", n) for n, known in nodes.items()}
    _single(states, len(listed))
    return arranged(_first(marked, nodes), states, edges)


def _first(marked: Sequence[Hashable], nodes: Iterable[Hashable]) -> Hashable:
    """The node that is marked as initial, or the first.

    Raises:
        NotAGraph: several are marked.
    """
    if len(marked) > 1:
        raise NotAGraph(f"{len(marked)} nodes are marked as initial: a process has one")
    return marked[0] if marked else next(iter(nodes))


def from_networkx(graph: Any, initial: Hashable = None, event: str = "event") -> Graph:
    """A directed graph of networkx.

    Args:
        graph: a `DiGraph` or `MultiDiGraph`.
        initial: its initial node; else the one whose attribute `initial` is true, or the first.
        event: the attribute of the edges that names their event.

    Raises:
        NotAGraph: it is not directed, has no node, or an edge has no event; or several nodes are
            marked as initial.
    """
    if not graph.is_directed():
        raise NotAGraph("the graph is not directed")
    nodes: dict[Hashable, Mapping[str, Any]] = dict(graph.nodes(data=True))
    if not nodes:
        raise NotAGraph("there is no node in it")
    if initial is None:
        initial = _first([n for n, known in nodes.items() if known.get("initial")], nodes)
    edges: list[Edge] = []
    for source, target, known in graph.edges(data=True):
        if event not in known:
            raise NotAGraph(f"the edge from {source!r} to {target!r} has no {event!r}")
        edges.append((source, str(known[event]), target))
    states = {node: str(known.get("state", node)) for node, known in nodes.items()}
    return arranged(initial, states, edges)


#: The formats by name.
READERS: Mapping[str, Callable[[str], Graph]] = {
    "json": from_json,
    "aut": from_aut,
    "graphml": from_graphml,
}
