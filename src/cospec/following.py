"""Finds a run of a process that shows a counterexample, to be marked in its state graph.

A counterexample tells what was seen and what every component did; a picture needs the states of the
whole process. So its trace is walked again by the firing rules, τ at will, breadth first, to the
nearest state that shows the fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cospec.results import Witness
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process

#: Pairs of a state and a place in the trace that are looked at before the search is given up.
EFFORT = 20_000

Node = tuple[Process, int]


@dataclass(frozen=True, slots=True)
class Followed:
    """A run: its states, and the event after each but the last; and all states where it may end."""

    states: tuple[Process, ...]
    events: tuple[str, ...]
    ends: tuple[Process, ...]

    @property
    def steps(self) -> list[tuple[Process, Process]]:
        """The pairs of states between which it moves."""
        return list(zip(self.states, self.states[1:], strict=False))


def to_the_fault(rules: FiringRules, witness: Witness) -> Followed | None:
    """The shortest run of the process at fault that shows the fault; None if that is too far."""
    trace = witness.trace

    def moves(state: Process) -> set[str]:
        return {str(event) for event, _ in rules.transitions(state)}

    def shows(state: Process) -> bool:
        offered = moves(state)
        stable = str(TAU) not in offered
        match witness.kind:
            case "trace":
                return witness.event in offered
            case "failure" | "deadlock":
                accepted = set(witness.accepted or ())
                # What may end may refuse everything else, though it might offer it.
                ends = str(TICK) in offered and accepted <= {str(TICK)}
                return stable and (offered == accepted or ends)
            case "nondeterminism" if not witness.loop:
                return stable and witness.event not in offered
            case _:
                return not stable and _diverges(rules, state)

    found = _walk(rules, trace, shows)
    if found is not None and witness.kind == "trace" and witness.event is not None:
        after = [s for e, s in rules.transitions(found.states[-1]) if str(e) == witness.event]
        states, events = (*found.states, after[0]), (*found.events, witness.event)
        return Followed(states, events, (after[0],))
    return found


def along(rules: FiringRules, trace: Iterable[str]) -> Followed | None:
    """A shortest run with as much of the trace as the process can perform, and every state in which
    it may be then; None if that is too far.
    """
    wanted = tuple(trace)
    seen = _reached(rules, wanted)
    if seen is None:
        return None
    longest = max(place for _, place in seen)
    ends = tuple(state for state, place in seen if place == longest)
    found = _walk(rules, wanted[:longest], lambda _: True)
    return None if found is None else Followed(found.states, found.events, ends)


def _next(rules: FiringRules, node: Node, trace: tuple[str, ...]) -> Iterable[tuple[str, Node]]:
    state, place = node
    for event, after in rules.transitions(state):
        if event is TAU:
            yield str(event), (after, place)
        elif place < len(trace) and str(event) == trace[place]:
            yield str(event), (after, place + 1)


def _reached(
    rules: FiringRules, trace: tuple[str, ...]
) -> dict[Node, tuple[str, Node] | None] | None:
    """Every state with every place in the trace that it can have, and how it was come by."""
    found: dict[Node, tuple[str, Node] | None] = {(s, 0): None for s in rules.initial_states()}
    waiting = deque(found)
    while waiting:
        if len(found) > EFFORT:
            return None
        node = waiting.popleft()
        for event, after in _next(rules, node, trace):
            if after not in found:
                found[after] = event, node
                waiting.append(after)
    return found


def _walk(
    rules: FiringRules, trace: tuple[str, ...], shows: Callable[[Process], bool]
) -> Followed | None:
    """A shortest run with the trace to a state that shows something."""
    reached = _reached(rules, trace)
    if reached is None:
        return None
    for end in reached:  # the nearest first
        if end[1] == len(trace) and shows(end[0]):
            break
    else:
        return None
    states, events, node = [end[0]], [], end
    while (parent := reached[node]) is not None:
        event, node = parent
        events.append(event)
        states.append(node[0])
    return Followed(tuple(reversed(states)), tuple(reversed(events)), (end[0],))


def _diverges(rules: FiringRules, state: Process) -> bool:
    """Whether τ leads from the state back to it; no, if that is too far to be seen."""
    seen = {state}
    waiting = deque([state])
    while waiting and len(seen) < EFFORT:
        for event, after in rules.transitions(waiting.popleft()):
            if event is TAU:
                if after == state:
                    return True
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
    return False
