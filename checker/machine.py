"""A machine: components and the rules by which they move together.

A state is a tuple with one local state for each component. A rule names the components that
take part, the label that each performs, and the event seen outside. Which rules a state enables
is found with bit sets: each component and local state *blocks* the rules that involve the
component with a label which that local state lacks; what no component blocks is enabled. So a
state costs one `or` per component, however many rules there are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from typing import TypeAlias

from cospec.checker.component import Component, Row, shortened
from cospec.checker.labels import ENDED_ID, TAU_ID, TICK_ID, Labels, bits
from cospec.checker.structure import Leaf, Node, Rule, Vector
from cospec.checker.verdict import Step
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.process import Process

#: How many components are looked at together where there are many.
RUN = 24

State: TypeAlias = tuple[int, ...]
Move: TypeAlias = tuple[int, State]
_Part: TypeAlias = tuple[int, dict[int, tuple[int, ...]]]


class Machine:
    """A composition of components as a transition system, its rules found as it is explored.

    Args:
        root: the tree of static operators.
        labels: the numbers of the events, shared by all that is compared with this machine.
    """

    def __init__(self, root: Node, labels: Labels) -> None:
        self.labels = labels
        self.root = root
        self.leaves: list[Leaf] = sorted(root.leaves(), key=lambda leaf: leaf.place)
        self.components: list[Component] = [leaf.component for leaf in self.leaves]
        count = len(self.components)
        #: For how many seconds local states were expanded, and rules made of their labels.
        self.compiling = 0.0
        #: Of each rule, which components move and with which labels, the number of the event
        #: seen outside, and of the event that was hidden (or -1).
        self.vectors: list[Vector] = []
        self.shown: list[int] = []
        self.hidden: list[int] = []
        #: With priorities: of each rule, the number of the event that it is at `prioritise`, and
        #: of each of these events a bit mask of those that it gives way to. Without, `above` is
        #: empty. A rule cannot happen where another is enabled whose event is above its own.
        self.ranked: list[int] = []
        self.above: dict[int, int] = {}
        self._order = root.order()
        self._ranks: set[int] = set()
        self._undominated: dict[int, int] = {}
        self._plans: list[tuple[int, int, tuple[_Part, ...]]] = []
        self._known: set[tuple[Vector, int, int]] = set()
        self._all = 0
        self._taus = 0
        self._mine = [0] * count
        self._having: list[dict[int, int]] = [{} for _ in range(count)]
        self._announced: list[set[int]] = [set() for _ in range(count)]
        self._blocked: list[dict[int, int]] = [{} for _ in range(count)]
        #: What runs of neighbouring components block together, by their local states: of a
        #: thousand components few move in a step, so most runs are as they were.
        self._runs: list[tuple[int, int, dict[State, int]]] = [
            (start, min(start + RUN, count), {}) for start in range(0, count, RUN)
        ]
        root.connect(self._add_rule)
        if root.joint:
            everybody = tuple((leaf.place, ENDED_ID) for leaf in root.ends())
            self._add_rule(Rule(everybody, TICK_ID, ranked=TICK_ID))

    # What the search uses: numbers in place of events.

    def initial(self) -> list[State]:
        """The states in which the machine may start."""
        return list(product(*(component.initial for component in self.components)))

    def moves(self, state: State) -> tuple[int, list[Move]]:
        """The bit mask of the events possible in `state`, and the moves."""
        plans = self._plans
        offers = 0
        found: list[Move] = []
        add = found.append
        enabled = self._possible(state)
        while enabled:
            low = enabled & -enabled
            enabled ^= low
            event, bit, parts = plans[low.bit_length() - 1]
            offers |= bit
            if len(parts) == 1:
                ((place, table),) = parts
                targets = table[state[place]]
                before, behind = state[:place], state[place + 1 :]
                if len(targets) == 1:
                    add((event, before + targets + behind))
                else:
                    for target in targets:
                        add((event, (*before, target, *behind)))
                continue
            after = list(state)
            certain = True
            for place, table in parts:
                targets = table[state[place]]
                if len(targets) == 1:
                    after[place] = targets[0]
                else:
                    certain = False
                    break
            if certain:
                add((event, tuple(after)))
            else:
                found.extend((event, target) for target in _products(state, parts))
        return offers, found

    def taus(self, state: State) -> Iterator[State]:
        """Where τ leads from `state`."""
        for rule in bits(self._possible(state) & self._taus):
            parts = self._plans[rule][2]
            after = list(state)
            for place, table in parts:
                targets = table[state[place]]
                if len(targets) > 1:
                    yield from _products(state, parts)
                    break
                after[place] = targets[0]
            else:
                yield tuple(after)

    def settled(self, state: State, most: int) -> State | None:
        """Where the first τ listed, and the first after that, and so on, leads in the end.

        None when there are more than `most` of them. Only what a step changes is looked at
        again: a chase may take hundreds of steps through a thousand components.
        """
        if self._possible(state) & self._taus == 0:
            return state
        local = list(state)
        masks: list[int] = []
        rules = -1
        for _ in range(most):
            while rules != len(self._plans):  # new rules: every mask may have changed
                rules = len(self._plans)
                masks = [self._mask(run, local) for run in range(len(self._runs))]
            blocked = 0
            for mask in masks:
                blocked |= mask
            enabled = self._all & ~blocked
            if self.above:
                enabled = self._allowed(enabled)
            enabled &= self._taus
            if not enabled:
                return tuple(local)
            parts = self._plans[(enabled & -enabled).bit_length() - 1][2]
            for place, table in parts:
                local[place] = table[local[place]][0]
            for place, _table in parts:
                masks[place // RUN] = self._mask(place // RUN, local)
        return None

    def _possible(self, state: State) -> int:
        """The rules that may happen: those enabled that do not give way to others."""
        enabled = self._enabled(state)
        return self._allowed(enabled) if self.above else enabled

    def _allowed(self, enabled: int) -> int:
        """Of these rules, those that give way to none of the others."""
        known = self._undominated.get(enabled)
        if known is None:
            present = 0
            for rule in bits(enabled):
                present |= 1 << self.ranked[rule]
            known = enabled
            for rule in bits(enabled):
                if self.above.get(self.ranked[rule], 0) & present:
                    known ^= 1 << rule
            self._undominated[enabled] = known
        return known

    def _rank(self, event: int) -> None:
        """Finds what is above and below an event that rules are met with for the first time."""
        assert self._order is not None
        self._ranks.add(event)
        events, above = self.labels.events, self._order.above
        for each in self._ranks:
            for low, high in ((event, each), (each, event)):
                if events[high] in above.get(events[low], ()):
                    self.above[low] = self.above.get(low, 0) | 1 << high

    def _mask(self, run: int, local: list[int]) -> int:
        """What the components of a run block in their local states."""
        start, end, known = self._runs[run]
        part = tuple(local[start:end])
        mask = known.get(part)
        if mask is None:
            while True:
                try:
                    mask = 0
                    for cache, each in zip(self._blocked[start:end], part, strict=True):
                        mask |= cache[each]
                    break
                except KeyError:
                    self._prepare(tuple(local))
            known[part] = mask
        return mask

    def _enabled(self, state: State) -> int:
        if len(state) > RUN:
            return self._enabled_by_runs(state)
        while True:
            blocked = 0
            try:
                for cache, local in zip(self._blocked, state, strict=True):
                    blocked |= cache[local]
            except KeyError:
                self._prepare(state)
            else:
                return self._all & ~blocked

    def _enabled_by_runs(self, state: State) -> int:
        while True:
            blocked = 0
            try:
                for start, end, known in self._runs:
                    part = state[start:end]
                    try:
                        blocked |= known[part]
                    except KeyError:
                        mask = 0
                        for cache, local in zip(self._blocked[start:end], part, strict=True):
                            mask |= cache[local]
                        known[part] = mask
                        blocked |= mask
            except KeyError:
                self._prepare(state)
            else:
                return self._all & ~blocked

    def announce(self, place: int, local: int) -> Row:
        """The moves of a local state, all the rules that they give rise to being made."""
        announced = self._announced[place]
        if local in announced:
            return self.components[place].row(local)
        started = time.perf_counter()
        row = self.components[place].row(local)
        announced.add(local)
        having, offer = self._having[place], self.leaves[place].offer
        for label in row:
            if label not in having:
                having[label] = 0
                offer(label)
        self.compiling += time.perf_counter() - started
        return row

    def _prepare(self, state: State) -> None:
        """Announces the labels of these local states, then works out what each blocks."""
        for place, local in enumerate(state):
            if local not in self._blocked[place]:
                self.announce(place, local)
        for place, local in enumerate(state):
            if local not in self._blocked[place]:
                having, allowed = self._having[place], 0
                for label in self.components[place].row(local):
                    allowed |= having.get(label, 0)
                self._blocked[place][local] = self._mine[place] & ~allowed

    def _add_rule(self, rule: Rule) -> None:
        vector, event = tuple(sorted(rule.vector)), rule.shown
        if (vector, event, rule.ranked) in self._known:
            return
        self._known.add((vector, event, rule.ranked))
        if self._order is not None and rule.ranked not in self._ranks:
            self._rank(rule.ranked)
        bit = 1 << len(self._plans)
        parts: list[_Part] = []
        for place, label in vector:
            parts.append((place, self.components[place].moves.setdefault(label, {})))
            self._mine[place] |= bit
            having = self._having[place]
            having[label] = having.get(label, 0) | bit
            self._blocked[place].clear()
            self._runs[place // RUN][2].clear()
        self._plans.append((event, 1 << event, tuple(parts)))
        self.vectors.append(vector)
        self.shown.append(event)
        self.hidden.append(rule.hidden)
        self.ranked.append(rule.ranked)
        self._all |= bit
        if event == TAU_ID:
            self._taus |= bit

    # What everybody else uses: events.

    def initial_states(self) -> Iterator[State]:
        """Where the system may start (`TransitionSystem`)."""
        return iter(self.initial())

    def transitions(self, state: State) -> list[tuple[Event, State]]:
        """The moves possible in `state` (`TransitionSystem`)."""
        events = self.labels.events
        return [(events[event], target) for event, target in self.moves(state)[1]]

    def term(self, state: State) -> Process:
        """The process that `state` stands for."""
        return self.root.term(state)

    def describe(self, state: State) -> tuple[str, ...]:
        """What each component is in this state, for a reader."""
        return tuple(
            shortened(component.term(local))
            for component, local in zip(self.components, state, strict=True)
        )

    def step(self, state: State, event: int, target: State) -> Step:
        """What each component did in the move from `state` to `target`."""
        events = self.labels.events
        for rule in bits(self._possible(state)):
            shown, _, parts = self._plans[rule]
            if shown == event and target in _products(state, parts):
                moves: list[Event | None] = [None] * len(self.components)
                for place, label in self.vectors[rule]:
                    moves[place] = self.labels.performed(label)
                hidden = self.hidden[rule]
                return Step(events[event], None if hidden < 0 else events[hidden], tuple(moves))
        raise ValueError("no rule leads from the one state to the other")


def _products(state: State, parts: tuple[_Part, ...]) -> Iterator[State]:
    """Every state that a rule may lead to."""
    for targets in product(*(table[state[place]] for place, table in parts)):
        after = list(state)
        for (place, _), target in zip(parts, targets, strict=True):
            after[place] = target
        yield tuple(after)
