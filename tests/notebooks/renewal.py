"""Executes the notebooks and writes them again: `make notebooks`.

    python -m tests.notebooks.renewal [NAME ...]

A notebook is written in one form only: nothing in it tells when, where or by whom it was executed,
so that to renew it twice gives the same file, apart from what `canonical` leaves out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.notebooks.canonical import WIDGET, canonical

FOLDER = Path(__file__).parents[2] / "notebooks"

#: Seconds that a cell may take.
PATIENCE = 1200


def notebooks() -> list[Path]:
    """The notebooks, in the order in which they are read."""
    return sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """A notebook as it is stored."""
    return nbformat.read(path, as_version=4)


def executed(stored: NotebookNode) -> NotebookNode:
    """The notebook with the outputs of a fresh kernel.

    Raises:
        CellExecutionError: a cell fails; the message has its source.
    """
    notebook: NotebookNode = nbformat.from_dict(stored)
    # Of all kernels called `python3` the one of this interpreter, whatever the user has installed.
    specs = KernelSpecManager(kernel_dirs=[])
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=PATIENCE,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(FOLDER)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    client.owns_km = True  # it ends the kernel that it starts, though the manager was given to it
    client.execute()
    return notebook


def plain(notebook: NotebookNode) -> NotebookNode:
    """The notebook without anything that belongs to one execution."""
    cells = [_cell(number, cell) for number, cell in enumerate(notebook.cells, 1)]
    return nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
            },
            "cells": cells,
        }
    )


def _cell(number: int, cell: NotebookNode) -> dict[str, Any]:
    tags = cell.metadata.get("tags")
    made: dict[str, Any] = {
        "id": f"cell-{number}",
        "cell_type": cell.cell_type,
        "metadata": {"tags": tags} if tags else {},
        "source": cell.source,
    }
    if cell.cell_type == "code":
        made["execution_count"] = cell.execution_count
        made["outputs"] = [_output(each) for each in cell.outputs]
    return made


def _output(output: NotebookNode) -> dict[str, Any]:
    """An output; of a widget its other forms, for nothing but a running kernel can show it."""
    made = dict(output)
    if WIDGET in made.get("data", {}):
        made["data"] = {form: data for form, data in made["data"].items() if form != WIDGET}
        made["metadata"] = {"widget": True}
    return made


def outputs(notebook: NotebookNode) -> list[str]:
    """The outputs of each cell, as they are compared."""
    return [canonical(cell.get("outputs", ())) for cell in notebook.cells]


def shown(notebook: NotebookNode) -> list[tuple[str, int | None]]:
    """The outputs of each cell with the numbers in the margin."""
    counts = [cell.get("execution_count") for cell in notebook.cells]
    return list(zip(outputs(notebook), counts, strict=True))


def renew(path: Path) -> str:
    """Executes a notebook, writes it if anything in it has changed that is compared, and tells
    what was done."""
    stored = read(path)
    started = time.monotonic()
    fresh = plain(executed(stored))
    seconds = time.monotonic() - started
    if plain(stored) == stored and shown(stored) == shown(fresh):
        return f"{path.name}: as it was ({seconds:.1f} s)"
    nbformat.validate(fresh)
    nbformat.write(fresh, path)
    return f"{path.name}: written ({seconds:.1f} s)"


def main(names: list[str]) -> None:
    """Renews the notebooks of these names, or all."""
    for path in notebooks():
        if not names or path.name in names or path.stem in names:
            print(renew(path), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
