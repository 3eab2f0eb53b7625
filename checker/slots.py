"""The control of compositions in its place in a machine: its slots, and how it moves with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from cospec.checker.component import FINAL_STATE
from cospec.checker.control import (
    Changes,
    Control,
    Decisions,
    Move,
    Port,
    Profile,
    crossings,
    hole,
)
from cospec.checker.embed import with_operands
from cospec.checker.labels import ENDED_ID, TAU_ID, TICK_ID, Labels, Then
from cospec.checker.structure import NONE, Leaf, Node, Rule, Vector
from cospec.spec.semantics.firing import normalised
from cospec.spec.semantics.process import Process

#: The states into which components are put, by their places.
Settings: TypeAlias = dict[int, int]


class SlotNode:
    """The composition in a slot: its operators, and the places of its leaves from left to right."""

    def __init__(self, tree: Node, tops: list[Leaf | ControlNode]) -> None:
        self.tree = tree
        self._tops = tops

    def started(self, terms: tuple[Process, ...]) -> Settings:
        """The states of all components when the composition starts with these leaves."""
        settings: Settings = {}
        for top, term in zip(self._tops, terms, strict=True):
            settings |= started(top, term)
        return settings

    def stopped(self) -> Settings:
        """The states of all components when nothing runs here."""
        return {leaf.place: FINAL_STATE for leaf in self.tree.leaves()}


def started(top: Leaf | ControlNode, term: Process) -> Settings:
    """The states of all components beneath a leaf, perhaps one with a control, for its term."""
    if isinstance(top, ControlNode):
        return top.started(term)
    return {top.place: top.component.number(normalised(term))}


class ControlNode(Node):
    """A leaf whose compositions are components of their own."""

    __slots__ = (
        "_control",
        "_front",
        "_inside",
        "_labels",
        "_places",
        "_ports",
        "_slots",
        "_terms",
        "_together",
    )

    def __init__(
        self,
        control: Control,
        front: Leaf,
        slots: dict[int, SlotNode],
        labels: Labels,
        together: bool,
    ) -> None:
        super().__init__()
        self._control = control
        self._front = front
        self._slots = slots
        self._labels = labels
        self._together = together
        #: What each slot can do, and by which labels of the control it may.
        self._inside: dict[int, list[Rule]] = {number: [] for number in slots}
        self._ports: dict[int, dict[Profile, dict[Decisions, list[tuple[int, Changes]]]]]
        self._ports = {number: {} for number in slots}
        self._places = tuple(leaf.place for leaf in self.leaves())
        self._terms: dict[tuple[int, ...], Process] = {}
        front.connect(self._from_front)
        for number, slot in slots.items():
            self._connect(number, slot.tree)

    def _connect(self, number: int, tree: Node) -> None:
        tree.connect(lambda rule: self._from_slot(number, rule))
        everybody = tuple((leaf.place, ENDED_ID) for leaf in tree.ends())
        self._from_slot(number, Rule(everybody, TICK_ID))

    def leaves(self) -> Iterator[Leaf]:
        yield self._front
        for slot in self._slots.values():
            yield from slot.tree.leaves()

    def ends(self) -> Iterator[Leaf]:
        yield self._front

    def started(self, term: Process) -> Settings:
        """The states of all components when the control starts with this term."""
        state, changes = self._control.enter(normalised(term))
        settings: Settings = {self._front.place: self._front.component.number(state)}
        for slot in self._slots.values():
            settings |= slot.stopped()
        return settings | self._changed(changes)

    def _changed(self, changes: Changes) -> Settings:
        settings: Settings = {}
        for number, terms in changes:
            slot = self._slots[number]
            settings |= slot.stopped() if terms is None else slot.started(terms)
        return settings

    def term(self, locals_: tuple[int, ...], joint: bool = False) -> Process:  # noqa: ARG002
        # Of a thousand controls few have moved when a state is written out as a term.
        mine = tuple(map(locals_.__getitem__, self._places))
        known = self._terms.get(mine)
        if known is None:
            known = self._terms[mine] = self._filled(locals_)
        return known

    def _filled(self, locals_: tuple[int, ...]) -> Process:
        """The control's term with those of the compositions in its slots."""

        def filled(process: Process) -> Process:
            slot = hole(process)
            if slot is not None:
                return self._slots[slot].tree.term(locals_)
            return with_operands(process, filled)

        return filled(self._front.component.term(locals_[self._front.place]))

    def _from_front(self, rule: Rule) -> None:
        ((_, label),) = rule.vector
        match self._labels.events[label]:
            case Move(event, changes):
                self._offer(rule.vector, self._labels.number(event), changes)
            case Port(slot, profile, decisions, changes):
                ports = self._ports[slot].setdefault(profile, {})
                ports.setdefault(decisions, []).append((label, changes))
                for inner in self._inside[slot]:
                    for made, event in crossings(profile, inner.shown, self._labels):
                        if made == decisions:
                            self._join(inner, label, event, changes)
            case _:
                self._up(rule)

    def _from_slot(self, number: int, rule: Rule) -> None:
        self._inside[number].append(rule)
        for profile, ports in self._ports[number].items():
            for made, event in crossings(profile, rule.shown, self._labels):
                for label, changes in ports.get(made, ()):
                    self._join(rule, label, event, changes)

    def _join(self, inner: Rule, label: int, event: int, changes: Changes) -> None:
        """A move of a slot with what the control makes of it."""
        hidden = inner.hidden
        if event == TAU_ID and inner.shown > TICK_ID:
            hidden = inner.shown
        self._offer((*inner.vector, (self._front.place, label)), event, changes, hidden)

    def _offer(self, vector: Vector, event: int, changes: Changes, hidden: int = NONE) -> None:
        if changes:
            vector = self._then(vector, self._changed(changes))
        if event == TICK_ID and self._together:
            event = TAU_ID
        self._up(Rule(vector, event, hidden))

    def _then(self, vector: Vector, settings: Settings) -> Vector:
        """The vector, after which components are put into these states."""
        labels = self._labels
        moving = dict(vector)
        for place, state in settings.items():
            performed: Any = labels.events[moving[place]] if place in moving else None
            if isinstance(performed, Then):  # it was to be put somewhere else
                performed = performed.performed
            moving[place] = labels.number(Then(performed, state))
        return tuple(moving.items())
