"""The hunt for a deadlock: depth first, through the moves of stubborn sets only.

Breadth first, a search must see all that lies nearer than the deadlock; a hunt heads for where
less and less is possible: of the moves from a state, those are followed first after which fewest
rules are enabled. It may lose its way all the same. So it is begun afresh, with ties decided
by chance, whenever it has seen a number of states that doubles each time (after Luby, Sinclair and
Zuckerman, *Optimal speedup of Las Vegas algorithms*, 1993). A hunt that comes to its end within
its number has seen every state that matters: there is no deadlock. That costs about
twice what a single search would.

A way that was found depth first has detours. Steps are left out as long as what remains still
leads to a deadlock; it need not be the shortest way then.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import TypeAlias

from cospec.checker.divergence import Unfinished
from cospec.checker.labels import TICK_ID
from cospec.checker.machine import Machine, State
from cospec.checker.meter import Meter
from cospec.checker.search import METER_INTERVAL, Fault
from cospec.checker.stubborn import RuleMove, StubbornSets
from cospec.checker.verdict import Kind

#: How many states the first hunt may see.
FIRST_LIMIT = 20_000

#: How many steps may be looked at to shorten a way.
SHORTENING = 10_000_000

#: A state on the way that is being followed, the rule that led there, what is still to be tried.
_Stop: TypeAlias = tuple[State, int, Iterator[RuleMove]]


class Hunt:
    """A depth-first search for a deadlock.

    Args:
        machine: where; new rules may be found on the way.
        ending_allowed: whether the state after ✓ is none.
        meter: told how far the present hunt has come.
    """

    def __init__(self, machine: Machine, ending_allowed: bool, meter: Meter) -> None:
        self._machine = machine
        self._sets = StubbornSets(machine)
        self._ending_allowed = ending_allowed
        self._meter = meter
        self._transitions = 0

    @property
    def exhaustive(self) -> bool:
        """Whether all that the components can do is known, not only what they did."""
        return not self._sets.open

    def run(self, limit: int | None = None) -> Fault | None:
        """A deadlock, or None when there is none.

        Raises:
            Unfinished: `limit` states were seen, of all hunts together.
        """
        random: Random | None = None
        most, spent = FIRST_LIMIT, 0
        while True:
            last = limit is not None and spent + most >= limit
            try:
                way = self._follow(most if limit is None or not last else limit - spent, random)
            except Unfinished:
                if last:
                    raise
                spent += most
                most *= 2
                random = Random(spent)
            else:
                return None if way is None else self._fault(way)

    def _follow(self, most: int, random: Random | None) -> list[tuple[State, int]] | None:
        """One hunt: the states to a deadlock with the rules that led to them."""
        seen: set[bytes] = set()
        meter, self._transitions = self._meter, 0
        for start in self._machine.initial():
            stack: list[_Stop] = []
            arrived: tuple[State, int] | None = (start, -1)
            while True:
                if arrived is not None:
                    state, rule = arrived
                    count = len(seen)
                    seen.add(packed(state))
                    if len(seen) > count:
                        if not count % METER_INTERVAL:
                            meter.states, meter.transitions = count, self._transitions
                            if count >= most:
                                raise Unfinished
                        onward = self._onward(state, rule, random)
                        if onward is None:
                            self._count(seen)
                            return [*((each, by) for each, by, _ in stack), (state, rule)]
                        stack.append((state, rule, onward))
                if not stack:
                    break
                move = next(stack[-1][2], None)
                if move is None:
                    stack.pop()
                    arrived = None
                else:
                    arrived = move[1], move[0]
        self._count(seen)
        return None

    def _count(self, seen: set[bytes]) -> None:
        self._meter.states, self._meter.transitions = len(seen), self._transitions

    def _onward(self, state: State, rule: int, random: Random | None) -> Iterator[RuleMove] | None:
        """The moves to be followed, most hopeful first; None for a deadlock."""
        sets = self._sets
        moves = sets.moves(state, () if rule < 0 else sets.places[rule])
        if moves is None:
            return None
        self._transitions += len(moves)
        if self._ending_allowed:
            moves = [move for move in moves if self._machine.shown[move[0]] != TICK_ID]
        if len(moves) > 1:
            ranked = [
                (self._gain(state, move), random.random() if random else 0.0, number)
                for number, move in enumerate(moves)
            ]
            moves = [moves[number] for _, _, number in sorted(ranked)]
        return iter(moves)

    def _gain(self, state: State, move: RuleMove) -> int:
        """How many more rules are enabled after a move."""
        sets, (rule, target) = self._sets, move
        places = sets.places[rule]
        return len(sets.enabled_at(target, places)) - len(sets.enabled_at(state, places))

    def _fault(self, way: list[tuple[State, int]]) -> Fault:
        way = shortened(way, self._sets)
        path = tuple(state for state, _ in way)
        events = tuple(self._machine.shown[rule] for _, rule in way[1:])
        return Fault(Kind.DEADLOCK, 0, path, events, offers=0)


def packed(state: State) -> bytes:
    """A state as bytes, the same for equal states only.

    A state of a thousand components takes 8 kB as a tuple and 1 kB like this.
    """
    try:
        return bytes(state)
    except ValueError:  # a local state beyond 255; the length tells which form it is
        return array("I", state).tobytes()


def shortened(way: list[tuple[State, int]], sets: StubbornSets) -> list[tuple[State, int]]:
    """A way to a deadlock with steps left out, and what then cannot happen either.

    Half of the steps, a quarter and so on down to single ones are tried, from the end to the
    beginning, as far as `SHORTENING` allows.
    """
    steps = [
        _Step(
            rule,
            places,
            tuple(map(before.__getitem__, places)),
            tuple(map(after.__getitem__, places)),
        )
        for (before, _), (after, rule) in pairwise(way)
        for places in (sets.places[rule],)
    ]
    start, end = way[0][0], list(way[-1][0])
    length, tried = len(steps) // 2, 0
    while length and tried < SHORTENING:
        stop = len(steps)
        while stop > 0 and tried < SHORTENING:
            first = max(0, stop - length)
            tried += len(steps) - first
            kept, other = _without(steps, first, stop, sets)
            reached = end.copy()
            for place, local in other.items():
                reached[place] = local
            if not sets.enabled_at(reached, other):  # else nothing is either
                steps, end = kept, reached
            stop = first
        length //= 2
    states = [(start, -1)]
    for step in steps:
        after = list(states[-1][0])
        for place, target in zip(step.places, step.after, strict=True):
            after[place] = target
        states.append((tuple(after), step.rule))
    return states


@dataclass(frozen=True, slots=True)
class _Step:
    """A rule, the components that it moves, and what these are before and after."""

    rule: int
    places: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]


def _without(
    steps: list[_Step], first: int, stop: int, sets: StubbornSets
) -> tuple[list[_Step], dict[int, int]]:
    """The steps but those from `first` to `stop`, and but those that cannot happen without them.

    Also what the components that do not end as they did are instead.
    """
    kept = steps[:first]
    other: dict[int, int] = {}  # the components that are not what they were at this point
    for number in range(first, len(steps)):
        if number >= stop and not other:
            kept += steps[number:]
            break
        step = steps[number]
        if number >= stop and other.keys().isdisjoint(step.places):
            kept.append(step)
            continue
        before = tuple(map(other.get, step.places, step.before))
        possible = number >= stop and all(
            target in sets.targets(step.rule, place, local)
            for place, local, target in zip(step.places, before, step.after, strict=True)
        )
        if possible:
            kept.append(replace(step, before=before))
        for place, local, target in zip(step.places, before, step.after, strict=True):
            if possible or local == target:
                other.pop(place, None)
            else:
                other[place] = local
    return kept, other
