"""State graphs from Python: out to other programs, and back as processes that can be checked.

>>> from cospec.api.processes import choice, define, prefix
>>> MACHINE = define("MACHINE", lambda: prefix("coin", choice(
...     prefix("tea", MACHINE()), prefix("coffee", MACHINE()))))
>>> graph = MACHINE().graph()
>>> graph
<graph of 2 states and 3 transitions>
>>> print(graph.text("aut"))
des (0, 3, 2)
(0, "coin", 1)
(1, "tea", 0)
(1, "coffee", 0)
>>> from cospec.api.checks import refines
>>> refines(MACHINE(), from_networkx(graph.to_networkx()).process("COPY")).holds
True
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cospec.api.processes import Process
from cospec.api.vocabulary import Vocabulary
from cospec.display import bundle
from cospec.drawing import DRAWN, as_svg
from cospec.graph import reading, writing
from cospec.graph.states import Graph, part
from cospec.spec.semantics import process as terms
from cospec.spec.semantics.events import TAU, TICK

if TYPE_CHECKING:
    import networkx

    from cospec.explorer.widget import Explorer


@dataclass(frozen=True, slots=True, repr=False)
class StateGraph(Graph):
    """States by numbers, number 0 being the initial one, and moves between them.

    Attributes:
        states: how each state is written.
        edges: (source, event, target); events are texts, τ and ✓ among them.
    """

    def __repr__(self) -> str:
        return (
            f"<graph of {_of(len(self.states), 'state')} and {_of(len(self.edges), 'transition')}>"
        )

    def to_networkx(self) -> networkx.MultiDiGraph:
        """A `networkx.MultiDiGraph`: nodes are numbers and have `state` and `initial`, edges have
        `event`."""
        return writing.as_networkx(self)

    def text(self, form: str) -> str:
        """The graph as `"dot"`, `"json"`, `"aut"` (Aldebaran) or `"graphml"`.

        Raises:
            ValueError: there is no such format, or it has no place for a character.
        """
        if form not in writing.EXPORTERS:
            known = ", ".join(writing.EXPORTERS)
            raise ValueError(f"there is no format {form!r}: it is one of {known}")
        return writing.EXPORTERS[form](self)

    def svg(self) -> str:
        """A picture, with the states and events in full as tooltips; of a large graph the nearest
        states only, which it says."""
        return as_svg(part(self, DRAWN))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """What notebooks show: a picture, the text, and the graph itself."""
        return bundle(self, repr(self))

    def explore(self) -> Explorer:
        """The interactive explorer of notebooks (docs/notebooks.md): of up to 10,000 states all are
        there from the start.

        Raises:
            NotAGraph: there are moves after ✓.
            MissingPackage: anywidget is not installed.
        """
        from cospec.explorer.dialogue import Dialogue
        from cospec.explorer.exploration import MOST
        from cospec.explorer.opening import explorer

        made = self.process()

        def describe(state: terms.Process) -> str:
            if isinstance(state, terms.Embedded) and isinstance(state.state, int):
                return self.states[state.state]
            return str(state)

        count = len(self.states)
        at_once = count if count <= MOST else 0
        title = repr(self)[1:-1]
        return explorer(Dialogue(made.term, title, describe=describe, at_once=at_once))

    def rename(self, name: Callable[[str], str]) -> StateGraph:
        """The graph with other events, such as those of a script: `name` gives each its new name,
        τ and ✓ excepted.

        >>> from cospec.api.processes import prefix
        >>> sent = prefix("SEND !1").graph()
        >>> sent.rename(lambda event: event.replace(" !", ".")).edges
        ((0, 'SEND.1', 1),)
        """
        special = (str(TAU), str(TICK))
        renamed = ((s, e if e in special else name(e), t) for s, e, t in self.edges)
        return replace(self, edges=tuple(dict.fromkeys(renamed)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a file, in the format that its name ends in.

        Raises:
            ValueError: there is no such format.
        """
        place = Path(path)
        place.write_text(self.text(place.suffix.removeprefix(".")) + "\n", encoding="utf-8")

    def process(self, title: str = "graph") -> Process:
        """The process that moves as the graph does; in company of a script's processes its events
        are events of the script.

        Raises:
            NotAGraph: there are moves after ✓.
        """

        def build(words: Vocabulary) -> terms.Process:
            return terms.Embedded(reading.GraphSystem(self, words.event), 0)

        reading.GraphSystem(self, lambda label: label)  # so that what is no process is told here
        return Process(build, title)


def _of(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def read_graph(path: str | os.PathLike[str], *, internal: Iterable[str] = ()) -> StateGraph:
    """Reads a state graph that another program, or `save`, has written.

    Args:
        path: a file whose name ends in `.aut`, `.graphml` or `.json`.
        internal: labels of an `.aut` file that stand for τ, besides `i`; mCRL2's is `"tau"`.

    Raises:
        NotAGraph: its name ends otherwise, or it is no graph of that format.
        OSError: it cannot be read.
    """
    place = Path(path)
    form = place.suffix.removeprefix(".")
    if form not in reading.READERS:
        known = ", ".join(f".{each}" for each in reading.READERS)
        raise reading.NotAGraph(f"{place.name} does not end in one of {known}")
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise reading.NotAGraph(f"{place.name} is no text in UTF-8: {error}") from None
    found = reading.from_aut(text, internal) if form == "aut" else reading.READERS[form](text)
    return StateGraph(found.states, found.edges)


def from_networkx(graph: Any, *, initial: Hashable = None, event: str = "event") -> StateGraph:
    """The state graph that a directed graph of networkx is.

    Args:
        graph: a `DiGraph` or `MultiDiGraph`.
        initial: its initial node; else the one whose attribute `initial` is true, or the first.
        event: the attribute of the edges that names their event.

    Raises:
        NotAGraph: it is not directed, has no node, an edge has no event, or several nodes are
            marked as initial.
    """
    found = reading.from_networkx(graph, initial, event)
    return StateGraph(found.states, found.edges)
