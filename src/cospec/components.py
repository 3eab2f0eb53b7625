"""What a state consists of: the operators that put parts together, and the components in them.

>>> from cospec.spec.semantics.process import STOP, Parallel, Prefix
>>> walker = Prefix([("step", STOP)], label="WALKER")
>>> both = Parallel((walker, Prefix([("halt", STOP)])), frozenset())
>>> list(outline(both))
[(0, '|||'), (1, 'WALKER'), (1, 'halt -> STOP')]
>>> Cast(both).states(Parallel((STOP, both.operands[1]), frozenset()))
(Part(name='WALKER', state='STOP'), Part(name='halt -> STOP', state='halt -> STOP'))
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import fields
from typing import Any, NamedTuple, TypeAlias

from cospec.models.composition import model_state
from cospec.results import natural_order
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.firing import normalised
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Call,
    Chase,
    Compressed,
    Hide,
    Interrupt,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
    Sequential,
    Throw,
    UnguardedRecursion,
)

#: Where a component is: which operand of the whole, which operand of that, and so on.
Place: TypeAlias = tuple[int, ...]

_NO_CALLS: frozenset[Call] = frozenset()


class Part(NamedTuple):
    """A component and what it is now, both as a reader writes them."""

    name: str
    state: str


class Cast:
    """The components of a process, called by what they are at the start, as in a counterexample.

    A part that comes into being later, as in `P = a -> (P ||| Q)`, is called by the component that
    it came from and a number. A model is shown by the fields of its state.
    """

    def __init__(self, start: Process) -> None:
        self._names: dict[Place, str] = {}
        taken: set[str] = set()
        for place, name, _ in _components(normalised(start), ()):
            self._names[place] = _other_than(taken, name)

    def states(self, state: Process) -> tuple[Part, ...]:
        """Every component of a state, in the order in which they are written.

        Raises:
            ScriptError, UnguardedRecursion: what a part stands for cannot be evaluated.
        """
        taken: set[str] = set()
        return tuple(
            Part(_other_than(taken, self._name(place, name)), text)
            for place, name, text in _components(normalised(state), ())
        )

    def _name(self, place: Place, otherwise: str) -> str:
        """What the component at a place is called."""
        if place in self._names:
            return self._names[place]
        for length in range(len(place), -1, -1):
            if place[:length] in self._names:
                number = ".".join(str(each + 1) for each in place[length:])
                return f"{self._names[place[:length]]}, part {number}"
        # Several have become one, as when all of them have terminated.
        return otherwise


def _components(
    process: Process, place: Place, calls: frozenset[Call] = _NO_CALLS, composed: bool = False
) -> Iterator[tuple[Place, str, str]]:
    """The components below a place: where each is, its name if it is at the start, its state.

    `calls` are those that the place is inside of; `composed`, that there are several components in
    the process, if that is known.
    """
    model = model_state(process)
    if model is not None:
        yield from _fields(model, place)
        return
    inner, calls = _inside(process, calls, composed)
    operands = _operands(inner, calls, composed)
    if not operands:
        yield place, str(process), str(process)
    for number, operand in enumerate(operands):
        # Operators with one operand are no place of their own: nothing else can be there.
        below = (*place, number) if len(operands) > 1 else place
        yield from _components(operand, below, calls, _passed_on(inner, number, composed))


def _fields(model: Any, place: Place) -> Iterator[tuple[Place, str, str]]:
    """A model's state: a component for each field."""
    name = type(model).__name__
    if not fields(model):
        yield place, name, str(model)
    for number, field in enumerate(fields(model)):
        yield (*place, number), f"{name}.{field.name}", repr(getattr(model, field.name))


def _other_than(taken: set[str], name: str) -> str:
    """The name, with a number where others have it already."""
    number, wanted = 1, name
    while wanted in taken:
        number += 1
        wanted = f"{name} ({number})"
    taken.add(wanted)
    return wanted


def outline(process: Process) -> Iterator[tuple[int, str]]:
    """A state in lines: the operators that put parts together, below each its parts, one deeper.

    Raises:
        ScriptError, UnguardedRecursion: what a part stands for cannot be evaluated.
    """
    return _outline(normalised(process), 0, _NO_CALLS, False)


def _outline(
    process: Process, depth: int, calls: frozenset[Call], composed: bool
) -> Iterator[tuple[int, str]]:
    inner, calls = _inside(process, calls, composed)
    operands = _operands(inner, calls, composed)
    yield depth, _title(inner) if operands else str(process)
    for number, part in enumerate(operands):
        yield from _outline(part, depth + 1, calls, _passed_on(inner, number, composed))


def _inside(
    process: Process, calls: frozenset[Call], composed: bool
) -> tuple[Process, frozenset[Call]]:
    """What a call stands for, if that is made of parts, and the calls that it is inside of then.

    Raises:
        UnguardedRecursion: it is inside of itself.
    """
    if not isinstance(process, Call) or model_state(process) is not None:
        return process, calls
    if process in calls:
        raise UnguardedRecursion(process)
    body = normalised(process.body())
    inside = calls | {process}
    return (body, inside) if _operands(body, inside, composed) else (process, calls)


def _operands(process: Process, calls: frozenset[Call], composed: bool) -> tuple[Process, ...]:
    """The parts that an operator puts together; none for a component, known by its name."""
    match process:
        case Parallel(operands, _) | AlphabetisedParallel(operands, _):
            return operands
        case (
            Hide(inside, _)
            | Project(inside, _)
            | Rename(inside, _)
            | Prioritise(inside, _)
            | Chase(inside)
            | Compressed(inside, _)
        ):
            return (inside,)
        case Sequential(left, _) | Throw(left, _, _) if composed or _composed(left, calls):
            return (left,)
        case Interrupt(left, right) if composed or _composed(left, calls):
            return left, right
        case _:
            return ()


def _passed_on(process: Process, number: int, composed: bool) -> bool:
    """Whether it is known that there are several components in an operand, from what is known of
    the whole. (To find it out at every level again would take long where many are nested.)"""
    match process:
        case Sequential() | Throw() | Interrupt():
            return number == 0  # or it would have been one component
        case Parallel() | AlphabetisedParallel():
            return False
        case _:
            return composed


def _composed(process: Process, calls: frozenset[Call]) -> bool:
    """Whether there are several components in a process, in the part of it that is running."""
    while True:
        match process:
            case Parallel() | AlphabetisedParallel():
                return True
            case Call() as call if model_state(call) is None:
                if call in calls:
                    raise UnguardedRecursion(call)
                process, calls = normalised(call.body()), calls | {call}
            case (
                Hide(inside, _)
                | Project(inside, _)
                | Rename(inside, _)
                | Prioritise(inside, _)
                | Chase(inside)
                | Compressed(inside, _)
                | Sequential(inside, _)
                | Throw(inside, _, _)
                | Interrupt(inside, _)
            ):
                process = inside
            case _:
                return False


def _title(process: Process) -> str:
    """How an operator that puts parts together is written."""
    match process:
        case Hide(_, events):
            return f"\\ {_listed(events)}"
        case Project(_, events):
            return f"|\\ {_listed(events)}"
        case Rename(_, relation):
            pairs = sorted(f"{old} <- {new}" for old, new in relation.pairs)
            return f"[[{', '.join(pairs)}]]"
        case Parallel(_, synchronised):
            listed = _listed(synchronised)
            return "|||" if listed == "{}" else f"[|{listed}|]"
        case AlphabetisedParallel():
            return "||"
        case Prioritise():
            return "prioritise"
        case Chase():
            return "chase"
        case Compressed(_, how):
            return how
        case Sequential(_, right):
            return f"; {right}"
        case Throw(_, events, right):
            return f"[| {_listed(events)} |> {right}"
        case _:
            return "/\\"


def _listed(events: Container[Event]) -> str:
    if not isinstance(events, Iterable):
        return str(events)
    return f"{{{', '.join(sorted(map(str, events), key=natural_order))}}}"
