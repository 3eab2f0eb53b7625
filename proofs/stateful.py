"""A model driving an implementation: Hypothesis chooses, the model says what is right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from cospec.models.model import Act, Action, ModelSystem, PropertyKind


def _keyword(name: str) -> str:
    """The name of a parameter, as `rule` takes it: two names have a meaning of their own there."""
    return f"{name}_" if name in ("target", "targets") else name


def _possible(action: Action, states: list[Any]) -> list[dict[str, Any]]:
    """The arguments with which an action can be performed in each of some states."""
    if not states:
        return []
    acts = set.intersection(*({act for act, _ in action.steps(state)} for state in states))
    names = [name for name, _ in action.domains]
    return [dict(zip(names, act.arguments, strict=True)) for act in sorted(acts, key=str)]


def machine_of(
    *starts: Any,
    implementation: Callable[[], Any],
    agrees: Callable[[Any, Any], bool] = lambda _state, _implementation: True,
) -> type[RuleBasedStateMachine]:
    """A Hypothesis state machine that performs a model's actions on an implementation.

    Each action that the model allows is called as a method of the same name, with the action's
    parameters as keywords. Where the model may go to several states, any of those that agree with
    the implementation will do, so that an implementation may decide what the model leaves open.
    A failure is shown as the calls that lead to it, as few as possible.

    Args:
        starts: states of one model class.
        implementation: makes a new implementation for each run.
        agrees: whether an implementation is as a state of the model says it should be.

    Returns:
        The class; its `TestCase` is for unittest and pytest.
        `hypothesis.stateful.run_state_machine_as_test` runs it anywhere.
    """
    system = ModelSystem(*starts)
    invariants = [each for each in system.properties if each.kind is PropertyKind.INVARIANT]

    class Machine(RuleBasedStateMachine):
        """Keeps the states that the model may be in, beside the implementation."""

        states: list[Any]
        #: The arguments with which each action, by its name, is possible now.
        possible: dict[str, list[dict[str, Any]]]
        _nothing_more: Any

        def __init__(self) -> None:
            super().__init__()
            self.implementation = implementation()
            #: The arguments of the next step, as far as they are drawn.
            self.drawn: dict[str, Any] = {}
            enter(self, [state for state in starts if agrees(state, self.implementation)])
            assert self.states, "the implementation does not start as the model does"

        def teardown(self) -> None:
            close = getattr(self.implementation, "close", None)
            if callable(close):
                close()

    def enter(machine: Machine, states: list[Any]) -> None:
        """Now the model is in one of these states; what is possible is so in all of them."""
        machine.states = states
        machine.possible = {each.name: _possible(each, states) for each in system.actions}

    def chosen(action: Action, name: str) -> strategies.SearchStrategy[Any]:
        """An argument with which, beside those drawn before it, the action is possible."""

        def drawing(machine: Machine) -> strategies.SearchStrategy[Any]:
            possible = machine.possible[action.name]
            fitting = (each for each in possible if machine.drawn.items() <= each.items())
            values = list(dict.fromkeys(each[name] for each in fitting))
            return strategies.sampled_from(values).map(partial(machine.drawn.setdefault, name))

        return strategies.runner().flatmap(drawing)

    def step(action: Action) -> Any:
        names = [name for name, _ in action.domains]

        def perform(self: Machine, **drawn: Any) -> None:
            self.drawn.clear()
            arguments = {name: drawn[_keyword(name)] for name in names}
            act = Act(action.name, tuple(arguments.values()))
            getattr(self.implementation, action.name)(**arguments)
            after = [s for state in self.states for a, s in action.steps(state) if a == act]
            enter(self, [s for s in dict.fromkeys(after) if agrees(s, self.implementation)])
            assert self.states, (
                f"after {act} the implementation is as no state of the model that may follow: "
                + ", ".join(map(str, dict.fromkeys(after)))
            )
            for each in invariants:
                assert all(map(each.holds, self.states)), f"the model breaks {each.name}"

        perform.__name__ = action.name
        arguments: dict[str, Any] = {_keyword(name): chosen(action, name) for name in names}
        made: Any = rule(**arguments)
        return precondition(lambda self: bool(self.possible[action.name]))(made(perform))

    def nothing_more(self: Machine) -> None:
        """Hypothesis asks for a step where the model has none."""

    for action in system.actions:
        setattr(Machine, action.name, step(action))
    stuck: Any = precondition(lambda self: not any(self.possible.values()))
    Machine._nothing_more = stuck(rule()(nothing_more))
    Machine.__name__ = Machine.__qualname__ = f"{type(starts[0]).__name__}Machine"
    return Machine
