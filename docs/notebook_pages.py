"""Notebooks as pages of the site, with the outputs that are stored in them; nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser


class NotebookParser(MystParser):
    """Reads a notebook as the Markdown that it amounts to."""

    supported: ClassVar[tuple[str, ...]] = ("notebook",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Reads what the file of a notebook contains."""
        parts = [part for cell in json.loads(inputstring)["cells"] for part in _parts(cell)]
        super().parse("\n\n".join(parts), document)


def _parts(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield _fenced("cspm" if source.startswith("%%cspm") else "python", source)
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "text/html" in data:
            yield _fenced("{raw} html", "".join(data["text/html"]))
        else:
            yield _fenced("", "".join(output.get("text", data.get("text/plain", ""))))


def _fenced(kind: str, text: str) -> str:
    return f"``````{kind}\n{text.rstrip()}\n``````"
