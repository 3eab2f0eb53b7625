"""The notebooks show what cospec answers: each is executed by a fresh kernel, and every output is
the committed one, apart from what may differ (`canonical`)."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tests.notebooks.renewal import executed, notebooks, outputs, plain, read


def differences(stored: NotebookNode, fresh: NotebookNode) -> list[str]:
    """For each cell whose outputs are others now, its source and what has changed."""
    found = []
    for cell, before, after in zip(stored.cells, outputs(stored), outputs(fresh), strict=True):
        if before != after:
            changed = difflib.unified_diff(
                before.split("\n"), after.split("\n"), "committed", "now", n=1, lineterm=""
            )
            found.append("\n".join([f"{cell.id}:", cell.source, "", *changed]))
    return found


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_answered(path: Path) -> None:
    stored = read(path)
    try:
        fresh = executed(stored)
    except CellExecutionError as error:
        pytest.fail(f"{path.name}: {error}", pytrace=False)
    found = differences(stored, fresh)
    if found:
        advice = "If the new outputs are right, `make notebooks` writes them."
        pytest.fail("\n\n".join([path.name, *found, advice]), pytrace=False)


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_is_stored_in_the_one_form(path: Path) -> None:
    stored = read(path)
    assert stored == plain(stored), "`make notebooks` writes it"
    assert [c.execution_count for c in stored.cells if c.cell_type == "code"] == list(
        range(1, 1 + sum(c.cell_type == "code" for c in stored.cells))
    )
