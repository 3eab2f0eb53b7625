"""Finds a run of a process that shows a counterexample, to be marked in its state graph or walked.

A counterexample tells what was seen and what every component did; a picture needs the states of the
whole process. So its steps are walked again by the firing rules, breadth first, and where that is
too far, as steps of many components may be taken in many orders, depth first. Where they lead
nowhere, as they may if the checker compressed the process, its trace is walked, τ at will, to the
nearest state that shows the fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cospec.results import Witness
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process
from cospec.walk import Choice, choice

#: Pairs of a state and a place in the run that are looked at before the search is given up.
EFFORT = 20_000

#: A step to be taken: its event, and the one that is hidden in it, None if that does not matter.
Wanted = tuple[str, str | None]

#: A state, and how many of the wanted steps have been taken there.
Node = tuple[Process, int]

#: Nodes, and the transition by which each was come by first.
Reached = dict[Node, tuple[Event, Node] | None]


@dataclass(frozen=True, slots=True)
class Followed:
    """A run.

    Attributes:
        start: the state in which it begins.
        choices: its steps, each with the state after it.
        ends: every state in which the process may be at its end.
        loop: of a run to a divergence, the τ that lead from its last state back there.
    """

    start: Process
    choices: tuple[Choice, ...]
    ends: tuple[Process, ...]
    loop: tuple[Choice, ...] = ()

    @property
    def states(self) -> tuple[Process, ...]:
        """Its states, the first and the last included."""
        return (self.start, *(step.after for step in self.choices))

    @property
    def events(self) -> tuple[str, ...]:
        """The event of each step."""
        return tuple(str(step.event) for step in self.choices)

    @property
    def visited(self) -> tuple[Process, ...]:
        """The states of the run and then those of the loop."""
        return (*self.states, *(step.after for step in self.loop))

    @property
    def steps(self) -> list[tuple[Process, Process]]:
        """The pairs of states between which it moves, those of the loop included."""
        return list(pairwise(self.visited))


def to_the_fault(rules: FiringRules, witness: Witness) -> Followed | None:
    """The shortest run of the process at fault that shows the fault; None if that is too far."""

    def moves(state: Process) -> set[str]:
        return {str(event) for event, _ in rules.transitions(state)}

    def shows(state: Process) -> bool:
        offered = moves(state)
        stable = str(TAU) not in offered
        # What may end may refuse everything else, though it might offer it, or move on unseen.
        ends = str(TICK) in offered and witness.accepted == (str(TICK),)
        match witness.kind:
            case "trace":
                return witness.event in offered
            case "failure" | "deadlock":
                return ends or offered == set(witness.accepted or ())  # and so it is stable
            case "nondeterminism" if not witness.loop:
                return ends or (stable and witness.event not in offered)
            case _:
                return not stable and _loop(rules, state) is not None

    steps = [(step.event, step.hidden) for step in witness.steps]
    found = _walk(rules, steps, shows, free=False)
    found = found or _walk(rules, steps, shows, free=False, deep=True)
    found = found or _walk(rules, _seen(witness.trace), shows, free=True)
    if found is None:
        return None
    end = found.states[-1]
    if witness.kind == "trace":
        event, after = next(
            move for move in rules.transitions(end) if str(move[0]) == witness.event
        )
        last = choice(rules, end, event, after)
        return Followed(found.start, (*found.choices, last), (after,))
    if witness.loop:
        return Followed(found.start, found.choices, found.ends, _loop(rules, end) or ())
    return found


def along(rules: FiringRules, trace: Iterable[str]) -> Followed | None:
    """A shortest run with as much of the trace as the process can perform, and every state in which
    it may be then; None if that is too far.
    """
    wanted = _seen(trace)
    seen = _reached(rules, wanted, free=True)
    if seen is None:
        return None
    longest = max(place for _, place in seen)
    ends = tuple(state for state, place in seen if place == longest)
    found = _walk(rules, wanted[:longest], lambda _: True, free=True)
    return None if found is None else Followed(found.start, found.choices, ends)


def _seen(trace: Iterable[str]) -> list[Wanted]:
    return [(event, None) for event in trace]


def _next(
    rules: FiringRules, node: Node, wanted: Sequence[Wanted], free: bool
) -> Iterable[tuple[Event, Node]]:
    """Where the next of the wanted steps leads and, where τ are `free`, any τ."""
    state, place = node
    event, hidden = wanted[place] if place < len(wanted) else (None, None)
    for move, after in rules.transitions(state):
        if free and move is TAU:
            yield move, (after, place)
        elif str(move) == event:
            inside = () if hidden is None else choice(rules, state, move, after).hidden
            if hidden is None or hidden in map(str, inside):
                yield move, (after, place + 1)


def _reached(
    rules: FiringRules,
    wanted: Sequence[Wanted],
    *,
    free: bool,
    deep: bool = False,
    last: Callable[[Node], bool] = lambda _: False,
) -> Reached | None:
    """Every state with every number of wanted steps that may have been taken there, up to one that
    is the `last`; `deep` goes straight on, which finds one where many orders of steps are alike."""
    found: Reached = {(state, 0): None for state in rules.initial_states()}
    waiting = deque(found)
    while waiting:
        if len(found) > EFFORT:
            return None
        node = waiting.pop() if deep else waiting.popleft()
        if last(node):
            break
        for event, after in _next(rules, node, wanted, free):
            if after not in found:
                found[after] = event, node
                waiting.append(after)
    return found


def _walk(
    rules: FiringRules,
    wanted: Sequence[Wanted],
    shows: Callable[[Process], bool],
    *,
    free: bool,
    deep: bool = False,
) -> Followed | None:
    """A shortest run with the wanted steps to a state that shows something."""
    ends: list[Node] = []

    def last(node: Node) -> bool:
        if node[1] == len(wanted) and shows(node[0]):
            ends.append(node)
        return bool(ends)

    reached = _reached(rules, wanted, free=free, deep=deep, last=last)
    if reached is None or not ends:
        return None
    node = ends[0]
    end, steps = node[0], []
    while (parent := reached[node]) is not None:
        event, before = parent
        steps.append(choice(rules, before[0], event, node[0]))
        node = before
    return Followed(node[0], tuple(reversed(steps)), (end,))


def _loop(rules: FiringRules, state: Process) -> tuple[Choice, ...] | None:
    """The τ that lead from the state back to it; None if there are none, or that is too far."""
    before: dict[Process, Process] = {}
    waiting = deque([state])
    while waiting and len(before) < EFFORT and state not in before:
        here = waiting.popleft()
        for event, after in rules.transitions(here):
            if event is TAU and after not in before:
                before[after] = here
                waiting.append(after)
    if state not in before:
        return None
    path = [state, before[state]]
    while path[-1] != state:
        path.append(before[path[-1]])
    path.reverse()
    return tuple(choice(rules, here, TAU, after) for here, after in pairwise(path))
