"""`cospec.explore`: the interactive explorer of whatever can be explored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cospec.api.checks import Result
from cospec.api.graphs import StateGraph
from cospec.api.processes import process

if TYPE_CHECKING:
    from cospec.explorer.widget import Explorer


def explore(of: Any) -> Explorer:
    """The explorer of a process, a state of a model, a state graph, or the result of a check, whose
    counterexample it follows; in a notebook it shows itself (docs/notebooks.md).

    Raises:
        ModelError: it is none of these.
        MissingPackage: anywidget is not installed.
    """
    if isinstance(of, StateGraph | Result):
        return of.explore()
    return process(of).explore()
