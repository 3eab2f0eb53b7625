"""What notebooks show of processes: HTML with pictures that are part of the page.

A bundle has one form for each kind of reader (`_repr_mimebundle_` of IPython): `text/html` where
there is a browser, `text/plain` for terminals, and the graph itself for programs.
"""

from __future__ import annotations

import json
from typing import Any

from cospec.drawing import as_svg, text
from cospec.graph.states import Graph, part
from cospec.graph.writing import as_json

#: The most states that are drawn.
DRAWN = 60

#: The type of a state graph: the JSON of `cospec graph --format json`.
LTS = "application/vnd.cospec.lts+json"


def bundle(graph: Graph, plain: str) -> dict[str, Any]:
    """A graph that is a process, or the part of it that is nearest to the start."""
    shown = part(graph, DRAWN)
    return {
        "text/plain": plain,
        "text/html": f"{caption(plain)}{picture(as_svg(shown))}",
        LTS: {**json.loads(as_json(shown)), "beyond": list(shown.beyond)},
    }


def caption(title: str) -> str:
    """A line above a picture."""
    return f'<div style="font-family: monospace">{text(title)}</div>'


def picture(svg: str) -> str:
    """A picture, which may be broader than the page."""
    return f'<div style="overflow-x: auto; max-width: 100%">{svg}</div>'
