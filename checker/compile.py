"""From process terms to machines.

The structure at the top of a term (`tree`) becomes rules, each leaf beneath it a component whose
states are terms (`embed`), walked by the firing rules. A leaf that starts
compositions of its own becomes several components (`control`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

from cospec.checker.component import Component
from cospec.checker.control import Control, discover
from cospec.checker.embed import Embedder, Tables, no_tables, with_operands
from cospec.checker.labels import Labels
from cospec.checker.machine import Machine
from cospec.checker.slots import ControlNode, SlotNode
from cospec.checker.structure import Leaf, Node
from cospec.checker.tree import TOPMOST, grow, prioritised
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.firing import normalised
from cospec.spec.semantics.process import Call, Compressed, Prioritise, Process, resolve


class Walk:
    """A leaf term walked by the firing rules."""

    def __init__(self, root: Process, embedder: Embedder) -> None:
        self._start = normalised(root)
        self._embedder = embedder

    def initial_states(self) -> tuple[Process, ...]:
        return (self._start,)

    def transitions(self, state: Process) -> Iterable[tuple[Event, Process]]:
        return self._embedder.transitions(state)


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of a composition in a slot: what may happen to it from outside.

    `starts` are the terms that it may be put to, `first` the one that it begins with, if its slot
    is in use from the beginning. It may be `thrown` out in the middle of a move.
    """

    starts: tuple[Process, ...]
    first: Process | None
    thrown: bool


class Compiler:
    """Makes machines that share their labels, and components where their terms are equal.

    Args:
        tables: gives the tables in place of compressed processes.
        strict: whether everything is beneath `prioritise`.
    """

    def __init__(self, tables: Tables = no_tables, strict: bool = False) -> None:
        self.labels = Labels()
        self.tables = tables
        self._strict = strict
        self.embedder = Embedder(self.labels, tables, strict)
        self._components: dict[Process, Component] = {}
        self._controls: dict[Process, Control | None] = {}
        self._parts: dict[tuple[Control | None, Process | Part], Component] = {}
        self._beneath: Compiler | None = None

    def machine(self, process: Process) -> Machine:
        """The machine that behaves as `process` does."""
        process = self._structure(process, frozenset(), self._strict)
        compiler = self._strictly() if prioritised(process) else self
        return compiler._machine(process)

    def _strictly(self) -> Compiler:
        """The compiler of what is beneath `prioritise`, with the same labels."""
        embedder = self.embedder.beneath()
        if embedder is self.embedder:
            return self
        if self._beneath is None:
            self._beneath = Compiler(self.tables, strict=True)
            self._beneath.labels, self._beneath.embedder = self.labels, embedder
        return self._beneath

    def _machine(self, process: Process) -> Machine:
        places = count()

        def leaf(term: Process, together: bool) -> Node:
            if term not in self._controls:
                self._controls[term] = discover([normalised(term)], self.embedder)
            control = self._controls[term]
            if control is None:
                return Leaf(self.component(term), next(places), together, self.labels)
            return self._controlled(control, term, None, together, places)

        return Machine(grow(process, self.labels, leaf, priorities=True), self.labels)

    def _structure(self, process: Process, calls: frozenset[int], strict: bool) -> Process:
        """A term without the calls of compression functions at its top that come to nothing.

        What stands beneath them is structure again, and not a leaf; it may be a `prioritise`,
        beneath which everything is `strict`.
        """
        term = resolve(process)
        if isinstance(term, Compressed):
            if self.tables(term, strict) is not None:
                return process
            return self._structure(term.process, calls, strict)
        if isinstance(term, Call):
            if id(term) in calls or not isinstance(body := term.body(), (*TOPMOST, Compressed)):
                return process
            inner = self._structure(body, calls | {id(term)}, strict)
            return process if inner is body else inner
        if isinstance(term, TOPMOST):
            strict = strict or isinstance(term, Prioritise)
            return with_operands(term, lambda each: self._structure(each, calls, strict))
        return process

    def component(self, process: Process) -> Component:
        """The component for a leaf term."""
        known = self._components.get(process)
        if known is None:
            known = self._component(Walk(process, self.embedder), process)
            self._components[process] = known
        return known

    def _component(self, system: Any, root: Process) -> Component:
        return Component(system, self.labels, root, self.embedder.plain, self.embedder.embed)

    def _controlled(
        self, control: Control, root: Process, part: Part | None, together: bool, places: count[int]
    ) -> ControlNode:
        """The control and the compositions of a leaf, itself in a slot when it is a `part`."""
        front = Leaf(self._front(control, root, part), next(places), together, self.labels)
        begun: dict[int, Any] = {}
        first = root if part is None else part.first
        if first is not None:
            begun = dict(control.enter(normalised(first))[1])
        slots: dict[int, SlotNode] = {}
        for number in control.used:
            slot = control.slots[number]
            thrown = slot.thrown or (part is not None and part.thrown)
            terms = begun.get(number)
            parts = [
                (inner, Part(tuple(dict.fromkeys(starts)), terms[i] if terms else None, thrown))
                for i, (inner, starts) in enumerate(
                    zip(slot.controls, zip(*slot.starts, strict=True), strict=True)
                )
            ]
            slots[number] = self._slot(slot.process, parts, places)
        return ControlNode(control, front, slots, self.labels, together)

    def _slot(
        self, process: Process, parts: list[tuple[Control | None, Part]], places: count[int]
    ) -> SlotNode:
        tops: list[Leaf | ControlNode] = []

        def leaf(term: Process, together: bool) -> Node:
            control, part = parts[len(tops)]
            top: Leaf | ControlNode
            if control is None:
                top = Leaf(self._inner(term, part), next(places), together, self.labels)
            else:
                top = self._controlled(control, term, part, together, places)
            tops.append(top)
            return top

        return SlotNode(grow(process, self.labels, leaf, priorities=False), tops)

    def _front(self, control: Control, root: Process, part: Part | None) -> Component:
        """The component of a control."""
        known = self._parts.get((control, part or root))
        if known is None:
            known = self._component(control, root)
            first = root if part is None else part.first
            if part is not None:
                known.settle([control.enter(start)[0] for start in part.starts], part.thrown)
            if first is not None:
                known.start(control.enter(normalised(first))[0])
            self._parts[control, part or root] = known
        return known

    def _inner(self, root: Process, part: Part) -> Component:
        """The component of a leaf in a slot."""
        known = self._parts.get((None, part))
        if known is None:
            known = self._component(self.embedder, root)
            known.settle(part.starts, part.thrown)
            if part.first is not None:
                known.start(part.first)
            self._parts[None, part] = known
        return known
