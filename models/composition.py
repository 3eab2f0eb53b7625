"""A model as a process: its actions are events, to be shared, hidden and renamed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from cospec.models.model import Act, ModelError, ModelSystem
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.process import (
    SKIP,
    STOP,
    Call,
    Definition,
    InternalChoice,
    Prefix,
    Process,
)


def process_of(*starts: Any, event: Callable[[Act], Event] = lambda act: act) -> Process:
    """The process that performs the actions of a model.

    The environment chooses among the actions that are enabled; where one action leads to several
    states, nobody does. A state without a step in which the model may end (`final`) is SKIP, any
    other is STOP. From several starts, which one it is is an internal choice.

    Args:
        starts: states of one model class.
        event: the event of an action, such as that of a script's channel of the same name.

    Raises:
        ModelError: the class is no model, or, when the process is walked, an action gives no state
            or raises an exception.
    """
    system = ModelSystem(*starts)
    named: Callable[[Act], Event] = cache(event)

    def unfold(state: Hashable) -> Process:
        steps = [(named(act), definition(after)) for act, after in _performed(system, state)]
        if steps:
            return Prefix(steps, label=str(state))
        return SKIP if system.may_end(state) else STOP

    definition = _States(type(starts[0]).__name__, unfold, lambda given: str(given[0]))
    begun = tuple(definition(state) for state in starts)
    return begun[0] if len(begun) == 1 else InternalChoice(begun)


class _States(Definition):
    """The processes of the states of a model."""

    __slots__ = ()


def model_state(process: Process) -> Any | None:
    """The state of a model that a process is (`process_of`); None for any other process."""
    if isinstance(process, Call) and isinstance(process.definition, _States):
        return process.arguments[0]
    return None


def _performed(system: ModelSystem, state: Any) -> list[tuple[Act, Any]]:
    try:
        return list(system.transitions(state))
    except ModelError:
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise ModelError(
            f"an action of {type(state).__name__} raises {type(error).__name__}: {error} "
            f"(line {place.lineno} of {place.filename}), in the state {state}"
        ) from error
