"""A slow and obvious reading of transition systems, to compare the real thing with.

Nothing is shared with the code under test: sets of states are followed event by event, and what is
asked of a set is asked of every state in it. Unlike `denotation`, which never sees a state,
this never sees a term.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from cospec.spec.semantics.events import TAU, TICK, Event, Trace
from cospec.spec.semantics.system import TransitionSystem

State = Hashable


class TooLarge(Exception):
    """More states than a naive walk should take on."""


@dataclass(frozen=True)
class Behaviour:
    """The traces, minimal acceptances and divergences of a system, up to a depth."""

    traces: frozenset[Trace]
    acceptances: dict[Trace, frozenset[frozenset[Event]]]
    divergences: frozenset[Trace]


def behaviour(system: TransitionSystem[Any], depth: int, limit: int = 20_000) -> Behaviour:
    """Everything observable within `depth` visible events, ✓ not counted."""
    walker = _Walker(system, limit)
    traces: set[Trace] = set()
    acceptances: dict[Trace, frozenset[frozenset[Event]]] = {}
    divergences: set[Trace] = set()
    waiting: list[tuple[Trace, frozenset[State]]] = [((), walker.close(system.initial_states()))]
    while waiting:
        trace, states = waiting.pop()
        traces.add(trace)
        accepted = walker.acceptances(states)
        if accepted:
            acceptances[trace] = accepted
        if walker.diverges(states):
            divergences.add(trace)
        after: dict[Event, set[State]] = {}
        for state in states:
            for event, target in walker.moves(state):
                if event is not TAU:
                    after.setdefault(event, set()).add(target)
        for event, targets in after.items():
            if event is TICK or len(trace) < depth:
                waiting.append(((*trace, event), walker.close(targets)))
    return Behaviour(frozenset(traces), acceptances, frozenset(divergences))


def states(system: TransitionSystem[Any], limit: int = 20_000) -> set[State]:
    """All reachable states."""
    found: set[State] = set(system.initial_states())
    waiting = list(found)
    while waiting:
        for _, target in system.transitions(waiting.pop()):
            if target not in found:
                found.add(target)
                waiting.append(target)
        if len(found) > limit:
            raise TooLarge
    return found


class _Walker:
    def __init__(self, system: TransitionSystem[Any], limit: int) -> None:
        self.system = system
        self.limit = limit
        self.known: dict[State, list[tuple[Event, State]]] = {}

    def moves(self, state: State) -> list[tuple[Event, State]]:
        if state not in self.known:
            if len(self.known) >= self.limit:
                raise TooLarge
            self.known[state] = list(self.system.transitions(state))
        return self.known[state]

    def close(self, states: Iterable[State]) -> frozenset[State]:
        found = set(states)
        waiting = list(found)
        while waiting:
            for event, target in self.moves(waiting.pop()):
                if event is TAU and target not in found:
                    found.add(target)
                    waiting.append(target)
        return frozenset(found)

    def acceptances(self, states: frozenset[State]) -> frozenset[frozenset[Event]]:
        accepted: set[frozenset[Event]] = set()
        for state in states:
            events = [event for event, _ in self.moves(state)]
            if TICK in events:
                accepted.add(frozenset([TICK]))
            elif TAU not in events:
                accepted.add(frozenset(events))
        return frozenset(a for a in accepted if all(not b < a for b in accepted))

    def diverges(self, states: frozenset[State]) -> bool:
        """Take away states without τ into the rest until nothing changes: cycles remain."""
        rest = set(states)
        while True:
            kept = {
                state
                for state in rest
                if any(event is TAU and target in rest for event, target in self.moves(state))
            }
            if kept == rest:
                return bool(rest)
            rest = kept
