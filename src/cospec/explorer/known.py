"""The part of a state graph that is known: it grows, and tells what is new since it was last asked.

Nothing here evaluates anything, so nothing can fail or take long: what a state can do has been
found out before (`cospec.explorer.looking`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from cospec.explorer.looking import Look, Move
from cospec.explorer.places import HEIGHT, WIDTH, Places, bend
from cospec.explorer.showing import cut
from cospec.spec.semantics.process import Process
from cospec.walk import Condition

#: Characters of an arrow's label, and of a tooltip.
LABEL, TOOLTIP = 16, 400


class Known:
    """States by their numbers, in the order in which they were found, and moves between them."""

    def __init__(self, start: Look) -> None:
        """At first the initial state alone."""
        self.states: list[Process] = []
        self.numbers: dict[Process, int] = {}
        self._texts: list[str] = []
        self._places = Places()
        self._conditions: dict[int, Condition] = {}
        self._expanded: set[int] = set()
        self._after: list[dict[int, list[str]]] = []
        self._new_states: set[int] = set()
        self._new_moves: set[tuple[int, int]] = set()
        self._add([(start.state, start.text, [])])
        self.looked([start])

    def __len__(self) -> int:
        return len(self.states)

    # ---------------------------------------------------------------------------- growing

    def looked(self, looks: Iterable[Look]) -> None:
        """It is known what these states, which are known already, are able to do."""
        for look in looks:
            number = self.numbers[look.state]
            self._conditions[number] = look.condition
            if not look.moves:
                self._expanded.add(number)
            self._new_states.add(number)

    def grow(self, looks: Iterable[Look], room: int | None = None) -> None:
        """States are expanded: all that they lead to is known from now on, but no more new states
        than there is room for. What is new is placed as one layer."""
        looks = list(looks)
        self.looked(looks)
        fresh: dict[Process, tuple[str, list[int]]] = {}
        for look in looks:
            number = self.numbers[look.state]
            for move in look.moves:
                if move.after in self.numbers:
                    continue
                found = fresh.get(move.after)
                if found is None:
                    if room is not None and len(fresh) >= room:
                        continue
                    found = fresh[move.after] = move.text, []
                if number not in found[1]:
                    found[1].append(number)
        self._add([(state, text, parents) for state, (text, parents) in fresh.items()])
        for look in looks:
            number = self.numbers[look.state]
            connected = [self._connect(number, move) for move in look.moves]
            if all(connected):
                self._expanded.add(number)

    def step(self, state: Process, move: Move) -> None:
        """A move from a known state, and where it leads."""
        if move.after not in self.numbers:
            self._add([(move.after, move.text, [self.numbers[state]])])
        self._connect(self.numbers[state], move)

    def _add(self, found: list[tuple[Process, str, list[int]]]) -> None:
        self._places.add([parents for _, _, parents in found])
        for state, text, _ in found:
            number = self.numbers[state] = len(self.states)
            self.states.append(state)
            self._texts.append(cut(text, TOOLTIP))
            self._after.append({})
            self._new_states.add(number)

    def _connect(self, source: int, move: Move) -> bool:
        """Adds a move, if it is known where it leads; whether it is."""
        target = self.numbers.get(move.after)
        if target is None:
            return False
        events = self._after[source].setdefault(target, [])
        if move.event not in events:
            events.append(move.event)
            self._new_moves.add((source, target))
        return True

    # ---------------------------------------------------------------------------- asking

    def fresh(self, look: Look) -> int:
        """How many states there are to which a state leads, and which are not known."""
        return len({move.after for move in look.moves} - self.numbers.keys())

    def unexpanded(self) -> list[int]:
        """The states of which it is not known, or not shown, where they lead."""
        return [number for number in range(len(self.states)) if number not in self._expanded]

    def expanded(self, number: int) -> bool:
        """Whether all is known to which a state leads."""
        return number in self._expanded

    def path(self, target: int) -> list[int] | None:
        """The shortest known way from the start to a state, both included; None if none is."""
        before: dict[int, int] = {0: 0}
        waiting = deque([0])
        while waiting and target not in before:
            number = waiting.popleft()
            for each in self._after[number]:
                if each not in before:
                    before[each] = number
                    waiting.append(each)
        if target not in before:
            return None
        found = [target]
        while found[-1]:
            found.append(before[found[-1]])
        return found[::-1]

    def picture(self, *, everything: bool) -> dict[str, Any]:
        """What is new, or all there is, as plain data.

        A state is [number, x, y, condition, whether it is expanded, text], an arrow [source,
        target, label, all events, bend].
        """
        if everything:
            states: Iterable[int] = range(len(self.states))
            moves = [(s, t) for s, after in enumerate(self._after) for t in after]
        else:
            states, moves = sorted(self._new_states), sorted(self._new_moves)
        self._new_states, self._new_moves = set(), set()
        return {
            "everything": everything,
            "states": [self._state(number) for number in states],
            "moves": [self._move(source, target) for source, target in moves],
        }

    def _state(self, number: int) -> list[Any]:
        column, row = self._places.cells[number]
        condition = self._conditions.get(number)
        return [
            number,
            column * WIDTH,
            row * HEIGHT,
            condition.value if condition else "",
            number in self._expanded,
            self._texts[number],
        ]

    def _move(self, source: int, target: int) -> list[Any]:
        events = ", ".join(self._after[source][target])
        cells = self._places.cells
        bent = bend(cells[source], cells[target])
        return [source, target, cut(events, LABEL), cut(events, TOOLTIP), bent]
