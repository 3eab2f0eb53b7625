"""The one protocol at the centre: a labelled transition system.

Everything that cospec checks is one of these: a process term walked by the firing
rules, a Python model, an explicit graph, a machine of components and rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from cospec.spec.semantics.events import Event

State = TypeVar("State")


class TransitionSystem(Protocol[State]):
    """States and labelled moves: the only thing that the checker knows of a model.

    States are hashable and compare by value. Both methods must list their results in
    the same order whenever they are asked again. One event may lead to several states.
    `TAU` and `TICK` are events like any other; after `TICK` there are no moves.
    """

    def initial_states(self) -> Iterable[State]:
        """Where the system may start."""
        ...

    def transitions(self, state: State) -> Iterable[tuple[Event, State]]:
        """The moves possible in `state`, as pairs of an event and the state after it."""
        ...
