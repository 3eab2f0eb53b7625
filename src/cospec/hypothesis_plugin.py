"""The Hypothesis plugin: `st.from_type` knows the types of cospec (docs/testing.md).

Hypothesis calls `register` when it is imported, also in projects that do not use cospec. So nothing
is imported here: a type gets its strategy when its module is imported, or at once if it has been.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

#: Of each module the type, and the strategy in `cospec.strategies` that makes values of it.
TYPES = {
    "cospec.api.processes": ("Process", "processes"),
    "cospec.api.graphs": ("StateGraph", "lts"),
    "cospec.models.event_streams": ("Event", "domain_events"),
    "cospec.models.saga": ("SagaTransaction", "sagas"),
}


def register() -> None:
    """Registers what is imported by now, and sees to it that the rest will be."""
    for name in TYPES:
        if name in sys.modules:
            _registered(sys.modules[name])
    if not any(isinstance(each, _Watch) for each in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def _registered(module: ModuleType) -> None:
    from hypothesis import strategies as st

    of, name = TYPES[module.__name__]

    def strategy(_: type) -> st.SearchStrategy[Any]:
        made: st.SearchStrategy[Any] = getattr(import_module("cospec.strategies"), name)()
        return made

    st.register_type_strategy(getattr(module, of), strategy)


class _Watch(MetaPathFinder):
    """Finds the modules of `TYPES` as they are found otherwise; each, once executed, is told of."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for any other module."""
        if name not in TYPES:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.loader is None:
            return None
        execute = found.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _registered(module)

        found.loader.exec_module = exec_module  # type: ignore[method-assign]
        return found
