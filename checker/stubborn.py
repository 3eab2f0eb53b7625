"""Stubborn sets: which moves of a state are enough to find every deadlock beyond it.

Components that do not hear of one another move in any order, and a search that follows every
order sees a state for each selection of those that have moved. To find deadlocks one order is
enough (Valmari, *Stubborn sets for reduced state space generation*, APN 1990; *The state explosion
problem*, 1998, section 6).

A set C of components is *closed* in a state when for each rule in which some component of C takes
part with a label that it offers there: if the rule is enabled, all its components are in C; if not,
C has one of those that do not offer their label. The moves of C are those of the enabled rules in
which it takes part. If there are any, following them alone misses no deadlock:

1. Whatever the others do, the components of C stay as they are. For the first rule to move one
   of them would use a label that it offers; were it enabled in the beginning, it would be a move of
   C; were it not, it would still be missing a label of a component of C, which has not moved.
2. So a move of C is possible after the others have moved just as before, with the same result in
   either order. On the way to a deadlock, C must move some time, or its moves would still be
   possible at the end; and the first time that it does, it may as well do so at once: what remains
   of the way is shorter by one, and by induction that deadlock is found at its end.

A rule with several targets is a move for each, and the components do not mind which.

A machine finds its rules as its components are met in new local states, and a rule that nobody
knows yet may be the one that moves C. So components are explored to their ends beforehand, each by
itself, whereupon all rules among them are known. Those too large for it are *open*: an unknown
rule needs one of them to do what it has not done before, so a component that can do anything is
closed up with all of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain, product
from typing import TypeAlias

from cospec.checker.component import FINAL_STATE, OMEGA_STATE, Component
from cospec.checker.machine import Machine, State

#: Components with more local states than this, or together with more than the latter, are open.
LARGEST_COMPONENT, LARGEST_TOTAL = 2_000, 100_000

#: No component is explored beforehand once there are so many rules.
MOST_RULES = 200_000

#: Of how many more components the closed sets are looked at when one with moves is known.
PATIENCE = 60

#: The number of a rule, and where it leads.
RuleMove: TypeAlias = tuple[int, State]
#: The components that one needs in its closed set, and the enabled rules in which it takes part.
_Needs: TypeAlias = tuple[list[int], list[int]]
_Parts: TypeAlias = tuple[tuple[int, dict[int, tuple[int, ...]]], ...]


class StubbornSets:
    """The moves of a machine's states that a search for deadlocks has to follow."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._count = len(machine.components)
        #: Of each rule its components, with where its label leads from each local state.
        self._parts: list[_Parts] = []
        #: The components that each rule moves.
        self.places: list[tuple[int, ...]] = []
        self._having: list[dict[int, list[int]]] = [{} for _ in range(self._count)]
        self._offered: list[dict[int, tuple[int, ...]]] = [{} for _ in range(self._count)]
        self.open = open_components(machine)
        self._learn()

    def _learn(self) -> None:
        """Takes note of the rules that have been made since the last time."""
        components = self.machine.components
        vectors = self.machine.vectors
        for rule in range(len(self._parts), len(vectors)):
            vector = vectors[rule]
            self._parts.append(
                tuple((p, components[p].moves.setdefault(label, {})) for p, label in vector)
            )
            self.places.append(tuple(place for place, _ in vector))
            for place, label in vector:
                self._having[place].setdefault(label, []).append(rule)
                self._offered[place].clear()

    def _meet(self, state: State) -> None:
        """Lets the machine make the rules of the local states of open components."""
        for place in self.open:
            self.machine.announce(place, state[place])
        if len(self._parts) != len(self.machine.vectors):
            self._learn()

    def _rules(self, place: int, local: int) -> tuple[int, ...]:
        """The rules that have a part for the component in this local state."""
        known = self._offered[place].get(local)
        if known is None:
            having = self._having[place]
            row = self.machine.announce(place, local)
            known = tuple(rule for label in row for rule in having.get(label, ()))
            self._offered[place][local] = known
        return known

    def _lacking(self, rule: int, state: Sequence[int]) -> list[int]:
        """The components that keep a rule from being enabled."""
        return [place for place, table in self._parts[rule] if state[place] not in table]

    def targets(self, rule: int, place: int, local: int) -> tuple[int, ...]:
        """Where a rule may lead one of its components from a local state."""
        return next(table for each, table in self._parts[rule] if each == place).get(local, ())

    def enabled_at(self, state: Sequence[int], places: Iterable[int]) -> set[int]:
        """The enabled rules in which some of these components take part."""
        return {
            rule
            for place in places
            for rule in self._rules(place, state[place])
            if not self._lacking(rule, state)
        }

    def needs(self, place: int, state: State, visited: Container[int]) -> _Needs:
        """With which components one must be closed up, and its enabled rules.

        Of the components that keep a rule from being enabled one is enough: one of `visited`, which
        costs nothing more, or else the first.
        """
        needed: dict[int, None] = {}
        enabled: list[int] = []
        parts = self._parts
        for rule in self._rules(place, state[place]):
            lacking = [each for each, table in parts[rule] if state[each] not in table]
            if not lacking:
                enabled.append(rule)
                for each in self.places[rule]:
                    needed[each] = None
            elif not any(each in needed for each in lacking):
                needed[next((p for p in lacking if p in visited), lacking[0])] = None
        if self.open and self.machine.announce(place, state[place]):
            needed.update(dict.fromkeys(self.open))
        needed.pop(place, None)
        return list(needed), enabled

    def moves(self, state: State, near: Iterable[int] = ()) -> list[RuleMove] | None:
        """The moves of a closed set that has few of them; None when nothing is possible at all.

        Moves that change nothing are left out, so there may be none though some are possible.
        The sets around the components of `near` are looked at first. Closed sets are
        found as the strongly connected parts of the graph in which each component points to
        those that it must be closed up with (Tarjan 1972): such a part is closed when the rules of
        no other part that it leads to are enabled, and its own moves are those of the set.
        """
        self._meet(state)
        closed = _ClosedSets(self, state)
        best: tuple[int, ...] | None = None
        least = 0
        for start in chain(near, range(self._count)):
            for rules in closed.around(start):
                cost = sum(self._cost(rule, state) for rule in rules)
                if best is None:
                    closed.most = len(closed.visited) + PATIENCE
                if best is None or cost < least:
                    best, least = rules, cost
                if least <= 1:
                    return self._following(best, state)
            if closed.exhausted:
                break
        if best is not None:
            return self._following(best, state)
        return None

    def _cost(self, rule: int, state: State) -> int:
        """How many states a rule leads to, other than the one where it starts."""
        count, stays = 1, True
        for place, table in self._parts[rule]:
            targets = table[state[place]]
            count *= len(targets)
            stays = stays and state[place] in targets
        return count - stays

    def _following(self, rules: Iterable[int], state: State) -> list[RuleMove]:
        found: list[RuleMove] = []
        for rule in rules:
            parts = self._parts[rule]
            for targets in product(*(table[state[place]] for place, table in parts)):
                after = list(state)
                for (place, _), target in zip(parts, targets, strict=True):
                    after[place] = target
                target_state = tuple(after)
                if target_state != state:
                    found.append((rule, target_state))
        return found


class _ClosedSets:
    """The search for closed sets in one state."""

    def __init__(self, sets: StubbornSets, state: State) -> None:
        self._sets = sets
        self._state = state
        #: The components looked at, numbered in that order.
        self.visited: dict[int, int] = {}
        #: How many may be looked at; None as long as no moves are known.
        self.most: int | None = None
        self._low: dict[int, int] = {}
        self._needs: dict[int, _Needs] = {}
        self._path: list[int] = []
        # The components from which others with enabled rules are needed, and those themselves.
        self._lively: set[int] = set()

    @property
    def exhausted(self) -> bool:
        """Whether no more components may be looked at."""
        return self.most is not None and len(self.visited) > self.most

    def around(self, start: int) -> Iterator[tuple[int, ...]]:
        """The moves of each closed set with moves, and none smaller within, that `start` needs."""
        if start in self.visited:
            return
        stack = [self._enter(start)]
        while stack:
            place, ahead = stack[-1]
            for other in ahead:
                if other not in self.visited:
                    if self.most is not None and len(self.visited) > self.most:
                        return
                    stack.append(self._enter(other))
                    break
                if other in self._low:
                    self._low[place] = min(self._low[place], self.visited[other])
            else:
                stack.pop()
                low = self._low[place]
                if stack:
                    below = stack[-1][0]
                    self._low[below] = min(self._low[below], low)
                if low == self.visited[place]:
                    moves = self._leave(place)
                    if moves:
                        yield moves

    def _enter(self, place: int) -> tuple[int, Iterator[int]]:
        needs = self._needs[place] = self._sets.needs(place, self._state, self.visited)
        self._low[place] = self.visited[place] = len(self.visited)
        self._path.append(place)
        return place, iter(needs[0])

    def _leave(self, place: int) -> tuple[int, ...]:
        """The moves of the strongly connected part that was entered by `place`, if it is closed."""
        members: list[int] = []
        while not members or members[-1] != place:
            members.append(self._path.pop())
            del self._low[members[-1]]
        moves = dict.fromkeys(rule for each in members for rule in self._needs[each][1])
        beyond = any(other in self._lively for each in members for other in self._needs[each][0])
        if beyond or moves:
            self._lively.update(members)
        return () if beyond else tuple(moves)


def open_components(machine: Machine) -> tuple[int, ...]:
    """The components that cannot be explored to their ends; of the others, all rules are made."""
    explored: dict[int, list[int] | None] = {}
    total, unknown = 0, []
    for place, component in enumerate(machine.components):
        if id(component) not in explored:
            most = min(LARGEST_COMPONENT, LARGEST_TOTAL - total)
            found = explored[id(component)] = explored_states(component, most)
            total += len(found or ())
        locals_ = explored[id(component)]
        if locals_ is None or len(machine.vectors) > MOST_RULES:
            unknown.append(place)
            continue
        for local in locals_:
            machine.announce(place, local)
    return tuple(unknown)


def explored_states(component: Component, most: int) -> list[int] | None:
    """All that a component can be by itself; None when that is more than `most`, or a mistake.

    The mistake may be one that the whole never comes to. If it does, its own search says so.
    """
    found = dict.fromkeys((*component.initial, OMEGA_STATE, FINAL_STATE))
    waiting = list(found)
    try:
        while waiting:
            if len(found) > most:
                return None
            for targets in component.row(waiting.pop()).values():
                for target in targets:
                    if target not in found:
                        found[target] = None
                        waiting.append(target)
    except Exception:
        return None
    return list(found)
