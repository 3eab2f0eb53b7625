"""The explorer as a widget of Jupyter; it needs anywidget, which the extra `notebook` brings along.

What the browser runs is one module, sent with the widget: nothing is fetched from anywhere.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import anywidget

from cospec.explorer.dialogue import Dialogue

#: The parts of the module, in this order.
_PARTS = ("view.js", "graph.js", "many.js", "panel.js", "explorer.js")


def _read(name: str) -> str:
    return files("cospec.explorer").joinpath(name).read_text(encoding="utf-8")


def module() -> str:
    """The whole module. cytoscape.js is written for several kinds of loaders, and gets the one that
    it looks for first, so that a loader of the page cannot get between."""
    library = _read("vendor/cytoscape.min.js")
    wrapped = (
        "const cytoscape = (() => {\n"
        "const module = { exports: {} }, exports = module.exports;\n"
        f"{library}\nreturn module.exports; }})();"
    )
    return "\n".join([wrapped, *map(_read, _PARTS)])


class Explorer(anywidget.AnyWidget):
    """An exploration in a notebook: at the end of a cell it shows itself."""

    _esm = module()
    _css = _read("explorer.css")

    def __init__(self, dialogue: Dialogue) -> None:
        super().__init__()
        self._dialogue = dialogue
        self.on_msg(self._answer)

    @property
    def trace(self) -> tuple[str, ...]:
        """The visible events up to where one is, ✓ included."""
        return self._dialogue.trace

    def __repr__(self) -> str:
        return self._dialogue.text()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, and for places that have no JavaScript the text in full."""
        data, metadata = super()._repr_mimebundle_() or ({}, {})
        return {**data, "text/plain": repr(self)}, metadata

    def _answer(self, _widget: Any, request: Any, _buffers: Any) -> None:
        """Answers a view, and with it all others."""
        if isinstance(request, dict):
            self.send({"id": request.get("id"), **self._dialogue.answer(request)})
