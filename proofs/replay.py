"""Runs that a solver has found, performed again by the model class with plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from cospec.checker.exploration import Run
from cospec.models.model import Act, Action, Integers, ModelSystem


def replayed(system: ModelSystem, run: Run[Any], outcomes: Sequence[int]) -> None:
    """Performs a run on the class.

    Args:
        system: the model.
        run: the states and events that a solver found.
        outcomes: of each step, which of the states that the action gives it is.

    Raises:
        AssertionError: the class does something else, which is a bug in cospec.
    """
    for number, (event, outcome) in enumerate(zip(run.events, outcomes, strict=True)):
        assert isinstance(event, Act)
        before, after = run.states[number : number + 2]
        action = next(each for each in system.actions if each.name == event.name)
        found = _performed(action, event, before)
        if outcome >= len(found) or not _alike(found[outcome], after):
            raise AssertionError(
                f"this is a bug in cospec: from {before} the event {event} leads to "
                f"{', '.join(map(str, found)) or 'nothing'}, and not to {after}"
            )


def _performed(action: Action, event: Act, before: Any) -> list[Any]:
    """The states after an event, its arguments being among the values of the parameters."""
    for (_, domain), argument in zip(action.domains, event.arguments, strict=True):
        if not isinstance(domain, Integers):
            assert argument in list(domain(before) if callable(domain) else domain)
    names = (name for name, _ in action.domains)
    given = tuple((n, (a,)) for n, a in zip(names, event.arguments, strict=True))
    alone = Action(action.name, action.text, given, action.perform, action.fair)
    return [after for _, after in alone.steps(before)]


def _alike(one: Any, other: Any) -> bool:
    """Whether two states have the same fields; `==` may have been written anew."""
    values = [(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)]
    return all(a == b and type(a) is type(b) for a, b in values)
