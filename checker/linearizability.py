"""Linearizability: concurrent operations that might as well have happened one after the other.

Each operation has to seem to take effect at one moment between its call and its return (M. Herlihy
and J. Wing, *Linearizability: a correctness condition for concurrent objects*, TOPLAS 12(3), 1990).
A system is explored beside an observer that keeps every way to explain what was seen so far: which
of the operations that were called have taken effect, with which results, and the state of the
sequential specification after them. What no way explains is not linearizable. This decides all runs
of a finite system, not samples (as Y. Liu et al., *Model checking linearizability via refinement*,
FM 2009, do it with a refinement check).

>>> register = Specification(0, lambda value, operation: [(value, value)] if operation == "read"
...     else [("done", operation)], lambda event: event)
>>> register.explains([Call("a", 7), Call("b", "read"), Return("b", 7), Return("a", "done")])
True
>>> register.explains([Call("a", 7), Return("a", "done"), Call("b", "read"), Return("b", 0)])
False
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Generic, TypeVar

from cospec.checker.exploration import Answer, Exploration, Run
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.system import TransitionSystem

#: A state of the sequential specification.
Abstract = TypeVar("Abstract", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Call:
    """A process begins an operation; it has begun no other that it has not ended."""

    process: Hashable
    operation: Hashable


@dataclass(frozen=True, slots=True)
class Return:
    """The operation of a process ends with a result."""

    process: Hashable
    result: Hashable


@dataclass(frozen=True, slots=True)
class _Done:
    """An operation that has taken effect, with the result that it will return."""

    result: Hashable


#: A way to explain what was seen: the state of the specification, and for each process whose
#: operation has not ended the operation itself, or that it is done.
Way = tuple[Any, frozenset[tuple[Hashable, Hashable]]]


@dataclass(frozen=True, slots=True)
class Specification(Generic[Abstract]):
    """What the operations mean when they happen one after the other.

    Attributes:
        initial: the state at the start.
        perform: for a state and an operation the possible results, each with the state after it.
        observed: the call or return that an event is, None for any other.
    """

    initial: Abstract
    perform: Callable[[Abstract, Any], Iterable[tuple[Hashable, Abstract]]]
    observed: Callable[[Any], Call | Return | None]

    def after(self, ways: frozenset[Way], event: Event) -> frozenset[Way]:
        """The ways that explain one more event.

        Raises:
            ValueError: a process calls while it has called, or returns without having called.
        """
        seen = self.observed(event)
        if seen is None:
            return ways
        if isinstance(seen, Call):
            return frozenset(_called(way, seen) for way in ways)
        return frozenset(_returned(ways_on, seen) for ways_on in self._effects(ways, seen))

    def _effects(self, ways: frozenset[Way], end: Return) -> Iterator[Way]:
        """The ways after any of the pending operations have taken effect, in any order, in which
        the one that ends has done so with the result that it gives."""
        known, waiting = set(ways), list(ways)
        while waiting:
            state, pending = waiting.pop()
            if (end.process, _Done(end.result)) in pending:
                yield state, pending
            for process, operation in pending:
                if isinstance(operation, _Done):
                    continue
                for result, then in self.perform(state, operation):
                    others = pending - {(process, operation)}
                    way = then, others | {(process, _Done(result))}
                    if way not in known:
                        known.add(way)
                        waiting.append(way)

    def explains(self, events: Iterable[Event]) -> bool:
        """Whether a history is linearizable, found by trying all orders of its operations: the
        definition itself, to check what `Observed` finds. Cost: factorial."""
        operations = list(_operations(filter(None, map(self.observed, events))))
        finished = [each for each in operations if each.ended is not None]
        others = [each for each in operations if each.ended is None]
        return any(
            self._in_order(order, self.initial)
            for size in range(len(others) + 1)
            for chosen in permutations(others, size)
            for order in permutations([*finished, *chosen])
            if _respects(order)
        )

    def _in_order(self, order: tuple[_Operation, ...], state: Abstract) -> bool:
        if not order:
            return True
        first, *rest = order
        return any(
            self._in_order(tuple(rest), then)
            for result, then in self.perform(state, first.operation)
            if first.ended is None or result == first.result
        )


def _called(way: Way, call: Call) -> Way:
    state, pending = way
    if any(process == call.process for process, _ in pending):
        raise ValueError(f"{call.process} calls {call.operation} before its last call has returned")
    return state, pending | {(call.process, call.operation)}


def _returned(way: Way, end: Return) -> Way:
    state, pending = way
    return state, pending - {(end.process, _Done(end.result))}


@dataclass(frozen=True, slots=True)
class _Operation:
    """An operation of a history, with the places of its call and its return."""

    operation: Hashable
    begun: int
    ended: int | None = None
    result: Hashable = None


def _operations(seen: Iterable[Call | Return]) -> Iterator[_Operation]:
    begun: dict[Hashable, tuple[Hashable, int]] = {}
    for place, each in enumerate(seen):
        if isinstance(each, Call):
            begun[each.process] = each.operation, place
        else:
            operation, start = begun.pop(each.process)
            yield _Operation(operation, start, place, each.result)
    for operation, start in begun.values():
        yield _Operation(operation, start)


def _respects(order: tuple[_Operation, ...]) -> bool:
    """Whether no operation comes after one that was called only when it had returned."""
    return not any(
        later.ended is not None and later.ended < earlier.begun
        for place, earlier in enumerate(order)
        for later in order[place + 1 :]
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """A state of a system and the ways to explain how it was reached."""

    system: Any
    ways: frozenset[Way]

    @property
    def explained(self) -> bool:
        """Whether there is such a way."""
        return bool(self.ways)


class Observed:
    """A system beside the observer of its operations: a transition system that stops where
    nothing explains what was seen."""

    def __init__(self, system: TransitionSystem[Any], specification: Specification[Any]) -> None:
        self._system, self._specification = system, specification

    def initial_states(self) -> Iterable[Watched]:
        """The system's own, nothing having been seen."""
        way: Way = self._specification.initial, frozenset()
        return [Watched(state, frozenset([way])) for state in self._system.initial_states()]

    def transitions(self, state: Watched) -> Iterable[tuple[Event, Watched]]:
        """The system's own."""
        if not state.ways:
            return []
        return [
            (event, Watched(after, self._specification.after(state.ways, event)))
            for event, after in self._system.transitions(state.system)
        ]


def linearizable(
    system: TransitionSystem[Any],
    specification: Specification[Any],
    limit: int | None = None,
    seconds: float | None = None,
) -> tuple[Answer[Any], int]:
    """Whether every run of a system is linearizable; if not, a shortest one that is not. And how
    many states, of the system with its observer, were looked at.

    Args:
        system: what performs the operations.
        specification: what they mean, and which events are their calls and returns.
        limit: how many states may be kept.
        seconds: how long the search may take.
    """
    found = Exploration(Observed(system, specification), limit, seconds)
    answer = found.always(lambda state: state.explained)
    if answer.run is not None:
        states = tuple(state.system for state in answer.run.states)
        answer = replace(answer, run=Run(states, answer.run.events))
    return answer, len(found.states)
