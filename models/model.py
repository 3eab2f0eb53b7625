"""Models written as Python classes: immutable state, guarded actions, properties.

A model is a frozen dataclass. Its fields are the state, an object of it is a place to start from,
and methods that are marked say the rest:

>>> from dataclasses import dataclass, replace
>>> @dataclass(frozen=True)
... class Lock:
...     '''A lock that one client holds at a time.'''
...     holder: int = 0
...
...     @action(client=(1, 2))
...     def acquire(self, client):
...         require(self.holder == 0)
...         return replace(self, holder=client)
...
...     @action
...     def release(self):
...         require(self.holder != 0)
...         return replace(self, holder=0)
...
...     @invariant
...     def held_by_a_client(self):
...         return self.holder in (0, 1, 2)
>>> system = ModelSystem(Lock())
>>> [str(event) for event, _ in system.transitions(Lock())]
['acquire.1', 'acquire.2']

Nothing is inherited and nothing is registered: what is marked in the class and its bases counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from enum import Enum
from itertools import product
from typing import Any, TypeVar, overload

__all__ = [
    "Act", "Action", "Integers", "ModelError", "ModelSystem", "Property", "PropertyKind", "action",
    "eventually", "final", "integers", "invariant", "leads_to", "parts_of", "require",
    "transition_invariant",
]  # fmt: skip

State = Any
Method = TypeVar("Method", bound=Callable[..., Any])
#: The values of a parameter: listed, or found in the state.
Domain = Iterable[Hashable] | Callable[[State], Iterable[Hashable]]

_MARK = "__cospec_mark__"


class ModelError(Exception):
    """A model class that does not keep the rules, with what to do about it."""


class Disabled(Exception):
    """Raised by `require`; whoever asks for the successors of a state catches it."""


def require(condition: object) -> None:
    """Guards an action: where the condition does not hold, the action is not enabled."""
    if not condition:
        raise Disabled


@dataclass(frozen=True, slots=True)
class Integers:
    """Every integer, as the values of a parameter: for proofs, as they cannot be listed."""

    def __iter__(self) -> Iterator[Hashable]:
        raise ModelError(
            "a parameter that may be any integer cannot be explored: prove the model "
            "(`cospec.proofs.induction`), or list some values, such as `range(3)`"
        )


def integers() -> Integers:
    """The domain of a parameter that may be any integer: `@action(value=integers())`."""
    return Integers()


@dataclass(frozen=True, slots=True)
class Act:
    """The event of an action with its arguments, such as `acquire.1`."""

    name: str
    arguments: tuple[Hashable, ...] = ()

    def __str__(self) -> str:
        return ".".join([self.name, *map(_shown, self.arguments)])

    def __hash__(self) -> int:
        return zlib.crc32(str(self).encode())  # the same in every run, as texts' own is not


def _shown(value: Hashable) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class PropertyKind(Enum):
    """What a property speaks about."""

    INVARIANT = "invariant"  # every reachable state
    TRANSITION = "transition invariant"  # every step, as a pair of states
    EVENTUALLY = "eventually"  # every fair run, from the start
    LEADS_TO = "leads to"  # every fair run, from each state where something else holds
    FINAL = "final"  # the states in which a run may end


@dataclass(frozen=True, slots=True)
class Property:
    """A marked method: `holds` takes a state, of a transition invariant two.

    `trigger` says, of a *leads to*, in which states it begins to wait.
    """

    name: str
    kind: PropertyKind
    text: str
    holds: Callable[..., bool]
    trigger: Callable[[State], bool] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A marked method that gives the state, or the states, after a step."""

    name: str
    text: str
    domains: tuple[tuple[str, Domain], ...]
    perform: Callable[..., Any]
    #: Whether it happens at last when it stays possible for ever (weak fairness).
    fair: bool = False

    def steps(self, state: State) -> Iterator[tuple[Act, State]]:
        """What the action does in a state, for all values of its parameters.

        Raises:
            ModelError: it gives something else than states of the model.
        """
        names = [name for name, _ in self.domains]
        values = (d(state) if callable(d) else d for _, d in self.domains)
        for arguments in product(*values):
            try:
                after = self.perform(state, **dict(zip(names, arguments, strict=True)))
                outcomes = list(after) if isinstance(after, (Iterator, list, tuple)) else [after]
            except Disabled:
                continue
            act = Act(self.name, arguments)
            for each in outcomes:
                if type(each) is not type(state):
                    raise ModelError(
                        f"the action `{act}` gives {each!r}, which is no {type(state).__name__}: "
                        "it has to return the state after it, or several of them in a list"
                    )
                yield act, each


@overload
def action(method: Method, /) -> Method: ...
@overload
def action(*, fair: bool = False, **domains: Domain) -> Callable[[Method], Method]: ...
def action(method: Any = None, /, *, fair: bool = False, **domains: Domain) -> Any:
    """Marks a method as an action.

    Args:
        method: the method, where the mark has no arguments.
        fair: whether it happens at last when it stays possible for ever (weak fairness).
        domains: for each parameter its values, or a function of the state that lists them.
    """

    def mark(each: Method) -> Method:
        made = Action(each.__name__, _text(each), tuple(domains.items()), each, fair)
        return _marked(each, made)

    return mark if method is None else mark(method)


def invariant(method: Method) -> Method:
    """Marks a predicate that holds in every reachable state."""
    return _marked(method, Property(method.__name__, PropertyKind.INVARIANT, _text(method), method))


def transition_invariant(method: Method) -> Method:
    """Marks a predicate of two states that holds of each step: `def grows(self, after)`."""
    made = Property(method.__name__, PropertyKind.TRANSITION, _text(method), method)
    return _marked(method, made)


def eventually(method: Method) -> Method:
    """Marks a predicate that every run satisfies at last, fair actions being treated fairly."""
    made = Property(method.__name__, PropertyKind.EVENTUALLY, _text(method), method)
    return _marked(method, made)


def leads_to(trigger: Callable[[State], bool]) -> Callable[[Method], Method]:
    """Marks a predicate that holds at last whenever `trigger` has held."""

    def mark(method: Method) -> Method:
        kind = PropertyKind.LEADS_TO
        made = Property(method.__name__, kind, _text(method), method, trigger)
        return _marked(method, made)

    return mark


def final(method: Method) -> Method:
    """Marks a predicate of the states in which nothing more has to happen.

    Any other state without an enabled action is a deadlock.
    """
    return _marked(method, Property(method.__name__, PropertyKind.FINAL, _text(method), method))


def _marked(method: Method, what: Action | Property) -> Method:
    setattr(method, _MARK, what)
    return method


def _text(method: Callable[..., Any]) -> str:
    """The first paragraph of a docstring, on one line."""
    first = (method.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(first.split())


def parts_of(model: type) -> tuple[tuple[Action, ...], tuple[Property, ...]]:
    """The actions and the properties of a model class, in the order of their definition; those of
    a base class first, unless they are defined anew.

    Raises:
        ModelError: the class is no frozen dataclass, or has no action.
    """
    found: dict[str, Action | Property] = {}
    for base in reversed(model.__mro__):
        for name, method in vars(base).items():
            found.pop(name, None)
            mark = getattr(method, _MARK, None)
            if mark is not None:
                found[name] = mark
    actions = tuple(each for each in found.values() if isinstance(each, Action))
    if not is_dataclass(model) or not model.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        cure = ": write `@dataclass(frozen=True)` above it" if actions else ", as models are"
        raise ModelError(f"{model.__name__} is no frozen dataclass{cure}")
    if not actions:
        raise ModelError(f"{model.__name__} has no action: mark a method with `@action`")
    return actions, tuple(each for each in found.values() if isinstance(each, Property))


class ModelSystem:
    """A model as a transition system (`cospec.spec.semantics.system.TransitionSystem`)."""

    def __init__(self, *starts: State) -> None:
        """A system that may start in any of the given states, all of one model class.

        Raises:
            ModelError: there is none, it is no state, or its class is no model.
        """
        if not starts:
            raise ModelError("give a state of a model to start from")
        if isinstance(starts[0], type):
            name = starts[0].__name__
            raise ModelError(f"{name} is a class: give a state to start from, such as {name}()")
        model: type[Any] = type(starts[0])
        self.actions, self.properties = parts_of(model)
        self._starts = starts

    def initial_states(self) -> Iterable[State]:
        """Where the model may start."""
        return self._starts

    def transitions(self, state: State) -> Iterable[tuple[Act, State]]:
        """What each action does in `state`."""
        return [step for each in self.actions for step in each.steps(state)]

    def may_end(self, state: State) -> bool:
        """Whether nothing more has to happen in a state (`final`)."""
        ends = (each for each in self.properties if each.kind is PropertyKind.FINAL)
        return any(each.holds(state) for each in ends)
