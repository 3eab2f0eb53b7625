"""A transition system explored state by state, and questions about what was found.

For systems whose states carry meaning of their own (Python models) and that fit in memory. The
search is breadth first, so that a path to a state is a shortest one. What a budget cuts short
answers *unknown* where it has found nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import networkx

from cospec.checker.budget import available_bytes, out_of_memory, resident_bytes
from cospec.checker.verdict import Verdict
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.system import TransitionSystem

State = TypeVar("State", bound=Hashable)

#: How many states are explored between two looks at the clock.
CLOCK_INTERVAL = 256


@dataclass(frozen=True, slots=True)
class Run(Generic[State]):
    """A path from an initial state, as states and the events between them.

    With `loop` the run goes on for ever: from the last state an event leads back to the state
    of that index.
    """

    states: tuple[State, ...]
    events: tuple[Event, ...]
    loop: int | None = None

    def __str__(self) -> str:
        lines = [f"      {self.states[0]}"]
        steps = zip(self.events, [*self.states[1:], None], strict=False)
        for number, (event, state) in enumerate(steps, 1):
            shown = f"and so on from step {self.loop}" if state is None else str(state)
            lines += [f"{number:4}  {event}", f"      {shown}"]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Answer(Generic[State]):
    """The verdict on one question.

    Attributes:
        verdict: whether it holds, fails, or is unknown.
        run: a run that shows why it fails.
        reason: why it is unknown, or how it was proved.
    """

    verdict: Verdict
    run: Run[State] | None = None
    reason: str = ""


class Exploration(Generic[State]):
    """The reachable part of a transition system.

    Args:
        system: what is explored.
        limit: how many states may be kept.
        seconds: how long the search may take.
        progress: told the number of states from time to time.
        memory: how many bytes the whole program may occupy; if not given, nine tenths of what is
            free, so that the machine does not swap.

    Attributes:
        states: the states in the order in which they were met.
        initial: the numbers of those that it starts from.
        edges: of each state, by its number, the events and the numbers of the states after.
        reason: why not all states were explored; empty when they were.
    """

    def __init__(
        self,
        system: TransitionSystem[State],
        limit: int | None = None,
        seconds: float | None = None,
        progress: Callable[[int], None] | None = None,
        memory: float | None = None,
    ) -> None:
        self.states: list[State] = []
        self.edges: list[tuple[tuple[Event, int], ...]] = []
        self.reason = ""
        self._number: dict[State, int] = {}
        self._parent: list[tuple[int, Event] | None] = []
        self.initial = [self._enter(state, None) for state in system.initial_states()]
        self._explore(system, limit, seconds, progress, memory or available_bytes())

    def _enter(self, state: State, parent: tuple[int, Event] | None) -> int:
        known = self._number.get(state)
        if known is None:
            known = self._number[state] = len(self.states)
            self.states.append(state)
            self._parent.append(parent)
        return known

    def _explore(
        self,
        system: TransitionSystem[State],
        limit: int | None,
        seconds: float | None,
        progress: Callable[[int], None] | None,
        memory: float | None,
    ) -> None:
        deadline = None if seconds is None else time.monotonic() + seconds
        while len(self.edges) < len(self.states):
            number = len(self.edges)
            if limit is not None and len(self.states) > limit:
                self.reason = f"more than {limit} states"
                return
            if number % CLOCK_INTERVAL == 0:
                if progress is not None:
                    progress(len(self.states))
                if deadline is not None and time.monotonic() > deadline:
                    self.reason = f"more than {seconds:g} s"
                    return
                if memory is not None and resident_bytes() > memory:
                    self.reason = out_of_memory(memory)
                    return
            moves = system.transitions(self.states[number])
            self.edges.append(tuple([(e, self._enter(s, (number, e))) for e, s in moves]))

    def number(self, state: State) -> int:
        """The number of a state that was met."""
        return self._number[state]

    @property
    def complete(self) -> bool:
        """Whether all reachable states were explored."""
        return not self.reason

    @property
    def transitions(self) -> int:
        """How many transitions there are."""
        return sum(map(len, self.edges))

    def run_to(self, number: int) -> Run[State]:
        """A shortest run to a state."""
        numbers, events = [number], []
        while (parent := self._parent[numbers[-1]]) is not None:
            numbers.append(parent[0])
            events.append(parent[1])
        return Run(tuple(self.states[n] for n in reversed(numbers)), tuple(reversed(events)))

    # ---------------------------------------------------------------------------- safety

    def always(self, holds: Callable[[State], bool]) -> Answer[State]:
        """Whether a predicate holds in every reachable state."""
        for number, state in enumerate(self.states):
            if not holds(state):
                return Answer(Verdict.FAILS, self.run_to(number))
        return self._nothing_found()

    def always_stepwise(self, holds: Callable[[State, State], bool]) -> Answer[State]:
        """Whether a predicate of two states holds of every step."""
        for number, moves in enumerate(self.edges):
            for event, after in moves:
                if not holds(self.states[number], self.states[after]):
                    return Answer(Verdict.FAILS, self._stepping(number, event, after))
        return self._nothing_found()

    def deadlock_free(self, ended: Callable[[State], bool] = lambda _: False) -> Answer[State]:
        """Whether every state has a successor, but for those that are `ended`."""
        for number, moves in enumerate(self.edges):
            if not moves and not ended(self.states[number]):
                return Answer(Verdict.FAILS, self.run_to(number))
        return self._nothing_found()

    def confluent(self) -> tuple[Answer[State], Run[State] | None]:
        """Whether all runs that end, end in the same state; if not, two that do not."""
        ends = [number for number, moves in enumerate(self.edges) if not moves]
        if len(ends) > 1:
            return Answer(Verdict.FAILS, self.run_to(ends[0])), self.run_to(ends[1])
        return self._nothing_found(), None

    def _nothing_found(self) -> Answer[State]:
        if self.complete:
            return Answer(Verdict.HOLDS)
        return Answer(Verdict.UNKNOWN, reason=self.reason)

    def _stepping(self, number: int, event: Event, after: int) -> Run[State]:
        run = self.run_to(number)
        return Run((*run.states, self.states[after]), (*run.events, event))

    # -------------------------------------------------------------------------- liveness

    def leads_to(
        self,
        trigger: Callable[[State], bool] | None,
        goal: Callable[[State], bool],
        fair: Callable[[Event], bool],
    ) -> Answer[State]:
        """Whether each run comes to a state in which `goal` holds, from every state in which
        `trigger` does (None: from the start).

        Runs count that end where nothing is enabled, and infinite ones that treat `fair` events
        fairly: one that stays enabled for ever happens (weak fairness; Manna and Pnueli, *The
        Temporal Logic of Reactive and Concurrent Systems*, 1992, 2.5). A run that breaks this stays
        among the states without the goal, in the end within a strongly connected part of them
        where each fair event happens or is disabled somewhere.
        """
        avoiding = [not goal(state) for state in self.states]
        if trigger is None:
            starts = [n for n in dict.fromkeys(self.initial) if avoiding[n]]
        else:
            starts = [n for n, s in enumerate(self.states) if avoiding[n] and trigger(s)]
        parents = self._avoiding_goal(starts, avoiding)
        for number in parents:
            if number < len(self.edges) and not self.edges[number]:
                return Answer(Verdict.FAILS, self._lead(number, parents))
        graph = networkx.DiGraph()
        graph.add_nodes_from(parents)
        for number in parents:
            graph.add_edges_from((number, to) for _, to in self._moves(number) if to in parents)
        for part in networkx.strongly_connected_components(graph):
            stops = self._fair_stops(part, fair)
            if stops is not None:
                return Answer(Verdict.FAILS, self._lasso(part, stops, parents))
        return self._nothing_found()

    def _moves(self, number: int) -> tuple[tuple[Event, int], ...]:
        return self.edges[number] if number < len(self.edges) else ()

    def _avoiding_goal(
        self, starts: Iterable[int], avoiding: list[bool]
    ) -> dict[int, tuple[int, Event] | None]:
        """The states reached from `starts` without the goal, each with the step that found it."""
        parents: dict[int, tuple[int, Event] | None] = dict.fromkeys(starts)
        waiting = deque(parents)
        while waiting:
            number = waiting.popleft()
            for event, to in self._moves(number):
                if avoiding[to] and to not in parents:
                    parents[to] = number, event
                    waiting.append(to)
        return parents

    def _fair_stops(
        self, part: set[int], fair: Callable[[Event], bool]
    ) -> list[tuple[int, Event | None, int]] | None:
        """The steps (or, with None, states) that a fair run within a part comes by again and again;
        None when there is no such run."""
        inside = [(n, e, to) for n in sorted(part) for e, to in self.edges[n] if to in part]
        if not inside:
            return None
        stops: list[tuple[int, Event | None, int]] = []
        events = dict.fromkeys(e for n in sorted(part) for e, _ in self.edges[n] if fair(e))
        for event in events:
            taken = next((step for step in inside if step[1] == event), None)
            idle = next((n for n in sorted(part) if event not in dict(self.edges[n])), None)
            if taken is not None:
                stops.append(taken)
            elif idle is not None:
                stops.append((idle, None, idle))
            else:
                return None
        return stops or [inside[0]]

    def _lead(self, number: int, parents: dict[int, tuple[int, Event] | None]) -> Run[State]:
        """A run to a state that avoids the goal from the trigger on."""
        states, events = [number], []
        while (parent := parents[states[-1]]) is not None:
            states.append(parent[0])
            events.append(parent[1])
        before = self.run_to(states[-1])
        onward = [self.states[n] for n in reversed(states[:-1])]
        return Run((*before.states, *onward), (*before.events, *reversed(events)))

    def _lasso(
        self,
        part: set[int],
        stops: list[tuple[int, Event | None, int]],
        parents: dict[int, tuple[int, Event] | None],
    ) -> Run[State]:
        """A run into a part and round by all its stops."""
        lead = self._lead(stops[0][0], parents)
        states, events = list(lead.states), list(lead.events)
        entry, here = len(states) - 1, stops[0][0]

        def go(steps: Iterator[tuple[Event, int]]) -> None:
            nonlocal here
            for event, here in steps:
                states.append(self.states[here])
                events.append(event)

        for start, event, to in stops:
            go(self._inside(part, here, start))
            if event is not None:
                go(iter([(event, to)]))
        if len(states) - 1 == entry:  # all stops are one state: any step out of it, and back
            go(iter([next(step for step in self.edges[here] if step[1] in part)]))
        go(self._inside(part, here, stops[0][0]))
        return Run(tuple(states[:-1]), tuple(events), entry)

    def _inside(self, part: set[int], start: int, goal: int) -> Iterator[tuple[Event, int]]:
        """A shortest path between two states within a strongly connected part."""
        parents: dict[int, tuple[int, Event] | None] = {start: None}
        waiting = deque(parents)
        while goal not in parents:
            number = waiting.popleft()
            for event, to in self.edges[number]:
                if to in part and to not in parents:
                    parents[to] = number, event
                    waiting.append(to)
        path: list[tuple[Event, int]] = []
        while (parent := parents[goal]) is not None:
            path.append((parent[1], goal))
            goal = parent[0]
        return reversed(path)
