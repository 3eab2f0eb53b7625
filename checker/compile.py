"""From process terms to machines.

The structure at the top of a term (`tree`) becomes rules, each leaf beneath it a component whose
states are terms (`embed`), walked by the firing rules (LANGUAGE.md 21).
"""

from __future__ import annotations

from collections.abc import Iterable

from cospec.checker.component import Component
from cospec.checker.embed import Embedder
from cospec.checker.labels import Labels
from cospec.checker.machine import Machine
from cospec.checker.tree import build
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.firing import normalised
from cospec.spec.semantics.process import Process


class Walk:
    """A leaf term walked by the firing rules."""

    def __init__(self, root: Process, embedder: Embedder) -> None:
        self._start = normalised(root)
        self._embedder = embedder

    def initial_states(self) -> tuple[Process, ...]:
        return (self._start,)

    def transitions(self, state: Process) -> Iterable[tuple[Event, Process]]:
        return self._embedder.transitions(state)


class Compiler:
    """Makes machines that share their labels, and components where their terms are equal."""

    def __init__(self) -> None:
        self.labels = Labels()
        self.embedder = Embedder(self.labels)
        self._components: dict[Process, Component] = {}

    def machine(self, process: Process) -> Machine:
        """The machine that behaves as `process` does."""
        return build(process, self.labels, self.component)

    def component(self, process: Process) -> Component:
        """The component for a leaf term."""
        known = self._components.get(process)
        if known is None:
            walk = Walk(process, self.embedder)
            known = Component(walk, self.labels, process, self.embedder.plain, self.embedder.embed)
            self._components[process] = known
        return known
