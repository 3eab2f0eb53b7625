"""State graphs as pictures.

The SVG is meant to stand within a page, so that its tooltips work: a notebook shows an SVG *file*
as an image, without them. Hence everything is an attribute (a style sheet or an identifier would
act on all of the page), and whatever comes from a script is escaped.
"""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from cospec.graph.states import Graph
from cospec.graph.writing import as_dot
from cospec.layout import RADIUS, Arrow, CannotDraw, Layout, Point, arrange, box, graphviz
from cospec.spec.semantics.events import TAU

__all__ = [
    "DRAWN",
    "PICTURES",
    "CannotDraw",
    "Marks",
    "Picture",
    "as_png",
    "as_svg",
    "text",
    "within",
]

INK, PALE, MARK, _FILL = "#1f2933", "#7b8794", "#c0272d", "#fbdcdc"

FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"


#: The most states that are drawn.
DRAWN = 60

#: Characters of a tooltip.
_TOOLTIP = 600


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: as SVG, and in words where no picture can be shown."""

    svg: str
    plain: str

    def __str__(self) -> str:
        return self.plain

    def __repr__(self) -> str:
        return self.plain

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show. As HTML, not as an SVG file: see above."""
        return {"text/plain": self.plain, "text/html": within(self.svg)}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file, as SVG."""
        Path(path).write_text(self.svg + "\n", encoding="utf-8")


#: What shows the picture in place of its copy.
_SHOWN = (
    "<style>.cospec-picture[hidden] { display: block !important } "
    ".cospec-picture + img { display: none }</style>"
)


def within(svg: str) -> str:
    """A picture in a page, that may be broader than the page.

    A notebook that nobody has trusted yet, such as one just downloaded, is shown without styles and
    without the elements of SVG, though with the words in them. Then these stay hidden, and a copy
    of the picture is shown as an image: without tooltips.
    """
    copy = base64.b64encode(svg.encode()).decode()
    return (
        f'{_SHOWN}<div class="cospec-picture" hidden="hidden" '
        f'style="overflow-x: auto; max-width: 100%">{svg}</div>'
        f'<img alt="" src="data:image/svg+xml;base64,{copy}"/>'
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands out: the states and steps (source, target) of a run, and where it ends."""

    states: Collection[int] = ()
    steps: Collection[tuple[int, int]] = ()
    ends: Collection[int] = ()


def as_svg(graph: Graph, marks: Marks | None = None, note: str = "") -> str:
    """A drawing, with the states and events in full as tooltips.

    Args:
        graph: what is drawn; where it is only a part, the picture says so.
        marks: what stands out.
        note: a line beneath.
    """
    marks = marks or Marks()
    layout = arrange(graph)
    notes = [each for each in (_left_out(graph, marks), note) if each]
    body = [_arrow(arrow, (arrow.source, arrow.target) in marks.steps) for arrow in layout.arrows]
    if layout.states:
        x, y = layout.states[0]
        start = x - RADIUS - 22, y
        tip = x - RADIUS - 1, y
        body.append(_line((start, start, tip, tip), tip, INK, 1.2, ""))
    body += [_state(graph, number, place, marks) for number, place in enumerate(layout.states)]
    body += [_label(arrow, (arrow.source, arrow.target) in marks.steps) for arrow in layout.arrows]
    return framed(body, layout, notes)


def _left_out(graph: Graph, marks: Marks) -> str:
    if graph.complete:
        return ""
    drawn = f"{len(graph.states)} states nearest to the start (or on the run)"
    if len({*marks.states, *marks.ends}) == len(graph.states):
        drawn = f"{len(graph.states)} states of the run"
    return (
        f"Only the {drawn} are drawn: those with a dashed rim, {len(graph.beyond)}, lead to others."
    )


def framed(body: list[str], layout: Layout, notes: list[str]) -> str:
    """The whole picture: its parts on a light ground, with the notes beneath."""
    width = max(layout.width, *(6.4 * len(note) + 20 for note in notes), 60)
    height = layout.height + 16 * len(notes)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{FONT}" font-size="10">',
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="4" fill="#ffffff"/>',
        *body,
    ]
    for index, note in enumerate(notes):
        y = layout.height + 16 * index + 6
        lines.append(f'<text x="10" y="{y:.0f}" fill="{PALE}">{text(note)}</text>')
    return "\n".join([*lines, "</svg>"])


def _state(graph: Graph, number: int, place: Point, marks: Marks) -> str:
    x, y = place
    marked = number in marks.states or number in marks.ends
    colour, fill = (MARK, _FILL) if marked else (INK, "#f3f5f7")
    dashed = ' stroke-dasharray="3 2"' if number in graph.beyond else ""
    rim = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS - 3:.1f}" fill="none" stroke="{MARK}"/>'
    return (
        f"<g><title>{tooltip(f'state {number}: {graph.states[number]}')}</title>"
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS:.1f}" fill="{fill}" '
        f'stroke="{colour}" stroke-width="{1.8 if marked else 1.1}"{dashed}/>'
        f"{rim if number in marks.ends else ''}"
        f'<text x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="middle" fill="{colour}">{number}</text>'
        "</g>"
    )


def _arrow(arrow: Arrow, marked: bool) -> str:
    hidden = all(event == str(TAU) for event in arrow.events)
    colour = MARK if marked else PALE if hidden else INK
    dashes = ' stroke-dasharray="5 3"' if hidden else ""
    line = _line(arrow.path, arrow.tip, colour, 2.0 if marked else 1.1, dashes)
    return f"<g><title>{tooltip(', '.join(arrow.events))}</title>{line}</g>"


def _line(path: tuple[Point, ...], tip: Point, colour: str, width: float, dashes: str) -> str:
    """A curve with a head; a `marker` would need an identifier."""
    (x, y), rest = path[0], path[1:]
    curve = f"M{x:.1f},{y:.1f} C" + " ".join(f"{a:.1f},{b:.1f}" for a, b in rest)
    before = next((p for p in reversed(path) if math.dist(p, tip) > 1), (tip[0] - 1, tip[1]))
    length = math.dist(before, tip)
    dx, dy = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    size = 6 + width
    back = tip[0] - dx * size, tip[1] - dy * size
    half = size * 0.42
    head = " ".join(
        f"{a:.1f},{b:.1f}"
        for a, b in (
            tip,
            (back[0] - dy * half, back[1] + dx * half),
            (back[0] + dy * half, back[1] - dx * half),
        )
    )
    return (
        f'<path d="{curve}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>'
        f'<polygon points="{head}" fill="{colour}"/>'
    )


def _label(arrow: Arrow, marked: bool) -> str:
    """The events on a white ground, which keeps them readable where lines cross them."""
    x, y = arrow.place
    left, top, right, bottom = box(arrow)
    colour = MARK if marked else INK
    weight = ' font-weight="bold"' if marked else ""
    return (
        f"<g><title>{tooltip(', '.join(arrow.events))}</title>"
        f'<rect x="{left + 1:.1f}" y="{top:.1f}" width="{right - left - 2:.1f}" '
        f'height="{bottom - top:.1f}" fill="#ffffff" fill-opacity="0.85"/>'
        f'<text x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="middle" fill="{colour}"{weight}>'
        f"{text(arrow.label)}</text></g>"
    )


def text(anything: str) -> str:
    """A text as it may stand between the tags of XML, which knows no control characters."""
    return escape("".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in anything))


def tooltip(anything: str) -> str:
    """The like, not longer than anyone would read in a tooltip."""
    return text(anything if len(anything) <= _TOOLTIP else anything[: _TOOLTIP - 1] + "…")


def as_png(graph: Graph) -> bytes:
    """A drawing by Graphviz.

    Raises:
        CannotDraw: it is not installed or does not cope.
    """
    return graphviz(as_dot(graph), "png")


#: The formats of pictures by name.
PICTURES: Mapping[str, Callable[[Graph], str | bytes]] = {"svg": as_svg, "png": as_png}
