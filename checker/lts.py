"""Explicit labelled transition systems: every state a number, every transition a row of an array.

What compressions work on. A machine is explored into one, the compressions turn one into another,
and a `Table` makes a component of the last. numpy takes long to load, so this module is imported
only where something is compressed.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cospec.checker.budget import undisturbed
from cospec.checker.embed import operands
from cospec.checker.labels import TAU_ID
from cospec.checker.machine import Machine, State
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.process import Process

Ints: TypeAlias = npt.NDArray[np.int64]

#: A term may become this much deeper than twice the first one. As many levels of the search pass
#: before it is asked, then twice as many, and so on, of so many states at most.
DEEPER, INSPECTED = 50, 1000

#: The compiled search explores what has more states than this.
SMALL = 20_000

#: The label of a loop at a state that can perform τ for ever, where τ cycles are merged. Real
#: labels are not negative.
DIVERGES = -1


@dataclass(frozen=True, eq=False)
class Lts:
    """A labelled transition system with the states 0 to `count` - 1.

    Transition i leads from `source[i]` by `label[i]` to `target[i]`. They are sorted, and no two
    are the same; `made` sees to that.
    """

    count: int
    start: int
    source: Ints
    label: Ints
    target: Ints
    #: The transitions of state s are those from `first[s]` to `first[s + 1]` - 1.
    first: Ints = field(init=False)

    def __post_init__(self) -> None:
        first = np.searchsorted(self.source, np.arange(self.count + 1))
        object.__setattr__(self, "first", first)

    def rows(self) -> list[list[tuple[int, int]]]:
        """Of each state its transitions, as pairs of a label and a target."""
        pairs = list(zip(self.label.tolist(), self.target.tolist(), strict=True))
        bounds = self.first.tolist()
        return [pairs[a:b] for a, b in itertools.pairwise(bounds)]

    def silent(self) -> Lts:
        """The same with τ loops where it says that a state diverges."""
        label = np.where(self.label == DIVERGES, TAU_ID, self.label)
        return made(self.count, self.start, self.source, label, self.target)


def made(count: int, start: int, source: Ints, label: Ints, target: Ints) -> Lts:
    """An LTS of these transitions, in any order and any number of times."""
    if len(source):
        order = np.lexsort((target, label, source))
        source, label, target = source[order], label[order], target[order]
        new = np.ones(len(source), dtype=bool)
        new[1:] = (np.diff(source) != 0) | (np.diff(label) != 0) | (np.diff(target) != 0)
        source, label, target = source[new], label[new], target[new]
    return Lts(count, start, source, label, target)


def of_rows(rows: Sequence[Sequence[tuple[int, int]]], start: int = 0) -> Lts:
    """An LTS given as `Lts.rows` gives it."""
    counts = np.array([len(row) for row in rows], dtype=np.int64)
    source = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
    pairs = np.array([pair for row in rows for pair in row], dtype=np.int64).reshape(-1, 2)
    return made(len(rows), start, source, pairs[:, 0], pairs[:, 1])


def merged(lts: Lts, classes: Ints, inert: bool) -> Lts:
    """The quotient: each class one state, which can do what some member can.

    With `inert`, τ within a class is left out.
    """
    source, label, target = classes[lts.source], lts.label, classes[lts.target]
    if inert:
        kept = (label != TAU_ID) | (source != target)
        source, label, target = source[kept], label[kept], target[kept]
    count = int(classes.max()) + 1
    return made(count, int(classes[lts.start]), source, label, target)


def explore(machine: Machine, most: int) -> Lts | None:
    r"""All the reachable states of a machine with one initial state.

    None if there are more than `most`, or no end to them as it seems: recursion beneath an
    operator, as in `P = (a -> P) \ A`, puts ever more operators around the process, and each step
    costs more than the one before.
    """
    initial = machine.initial()
    if len(initial) != 1:
        return None
    index: dict[State, int] = {initial[0]: 0}
    states = [initial[0]]
    sources, labels, targets = array("q"), array("q"), array("q")
    moves_of = machine.moves
    deepest = 2 * nesting(machine.term(initial[0])) + DEEPER
    level, ends, inspected = 0, 1, DEEPER
    for number, state in enumerate(states):
        if number == ends:
            level, ends = level + 1, len(states)
            if level == inspected:
                inspected *= 2
                newest = states[number : number + INSPECTED]
                if any(nesting(machine.term(each)) > deepest for each in newest):
                    return None
        for event, target in moves_of(state)[1]:
            found = index.get(target)
            if found is None:
                found = index[target] = len(states)
                states.append(target)
            sources.append(number)
            labels.append(event)
            targets.append(found)
        if len(states) > most:
            return None
        if len(states) > SMALL:
            with undisturbed():
                from cospec.checker.transitions import transitions

            found_all = transitions(machine, most)
            return None if found_all is None else made(found_all[0], 0, *found_all[1])
    columns = (np.array(each, dtype=np.int64) for each in (sources, labels, targets))
    return made(len(states), 0, *columns)


def nesting(process: Process) -> int:
    """How many operators are around the innermost part of a term."""
    deepest = 0
    waiting = [(process, 0)]
    while waiting:
        term, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(each, depth + 1) for each in operands(term)]
    return deepest


class Table:
    """An LTS as a transition system (`TransitionSystem`) whose states are numbers."""

    def __init__(self, lts: Lts, events: Sequence[Event], title: str) -> None:
        self.lts = lts
        self.title = title
        self._events = events

    def initial_states(self) -> tuple[int, ...]:
        return (self.lts.start,)

    def transitions(self, state: int) -> list[tuple[Event, int]]:
        lts, events = self.lts, self._events
        here = slice(lts.first[state], lts.first[state + 1])
        moves = zip(lts.label[here].tolist(), lts.target[here].tolist(), strict=True)
        return [(events[label], target) for label, target in moves]
