"""Runs of models: told line by line, and performed again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cospec.checker.exploration import Run
from cospec.models.model import Act, Integers, ModelSystem
from cospec.proofs.register import NotReplayed
from cospec.spec.semantics.events import Event

#: What the first line of a run begins with.
START = "start: "


def lines_of(run: Run[Any]) -> tuple[str, ...]:
    """A run, a line for each event with the state after it."""
    lines = [f"{START}{run.states[0]}"]
    lines += [
        f"{event} → {state}" for event, state in zip(run.events, run.states[1:], strict=False)
    ]
    if run.loop is not None:
        again = f"for ever: as after step {run.loop}" if run.loop else "for ever: as at the start"
        lines.append(f"{run.events[-1]} → {again}")
    return tuple(lines)


def performed(start: Any, run: Run[Any]) -> Any:
    """The last state of a run after performing it again on the model.

    Raises:
        NotReplayed: the model cannot do one of its steps.
    """
    system = ModelSystem(start)
    state = start
    for event, after in zip(run.events, _after(run), strict=True):
        if (event, after) not in list(_steps(system, state, event)):
            raise NotReplayed(f"{event} does not lead from {state} to {after}")
        state = after
    return state


def _steps(system: ModelSystem, state: Any, event: Event) -> Iterator[tuple[Act, Any]]:
    """The steps of the action of an event, where a parameter may be any integer with its own."""
    if not isinstance(event, Act):
        return
    for action in system.actions:
        if action.name == event.name:
            given = zip(action.domains, event.arguments, strict=True)
            domains = tuple((n, (a,) if isinstance(d, Integers) else d) for (n, d), a in given)
            yield from replace(action, domains=domains).steps(state)


def _after(run: Run[Any]) -> list[Any]:
    """The state after each event."""
    back = [] if run.loop is None else [run.states[run.loop]]
    return [*run.states[1:], *back]
