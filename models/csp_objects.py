"""M03, CSP as the Rust listing of seed 000, section 3.1, has it: processes as objects with a step.

The trait `CSPProcess` has `can_perform`, `step` and `is_terminated`; here `step` takes no mutable
reference, but gives the answer together with the object as it is afterwards, which after an error
need not be the one before. `SequentialProcess` and `ParallelProcess` are those of the listing. What
they are made of, the seed leaves open: `TermProcess` is the object for a term of `csp_core`.

Repairs are switches of the two classes: `completing`, `following` and `committing`.

>>> a, skip = TermProcess(Prefix("a", SKIP)), TermProcess(SKIP)
>>> SequentialProcess(a, skip).step("a").after.is_terminated()
True
>>> stuck = SequentialProcess(skip, a)
>>> stuck.can_perform("a"), stuck.is_terminated()
(False, False)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple, Protocol

from cospec.models.csp_core import (
    SKIP,
    Choice,
    CSPProcess,
    Prefix,
    Traces,
    alphabet,
    process_traces,
    shown,
)
from cospec.models.model import action, final, require
from cospec.spec.semantics.events import TICK, Event, Trace

__all__ = [
    "REPAIRS", "AnyOf", "Fault", "Object", "ParallelProcess", "Running", "SequentialProcess",
    "Stepped", "TermProcess", "after_event", "object_traces",
]  # fmt: skip


class Fault(Enum):
    """`CSPError`: why a step is refused."""

    SYNCHRONIZATION_FAILED = "SynchronizationFailed"
    EVENT_NOT_ALLOWED = "EventNotAllowed"


class Stepped(NamedTuple):
    """What `step` gives: the object afterwards, and `Err` or, with None, `Ok`."""

    after: Object
    error: Fault | None = None


class Object(Protocol):
    """The trait `CSPProcess`."""

    def alphabet(self) -> frozenset[Event]:
        """The events of the process."""
        ...

    def step(self, event: Event) -> Stepped:
        """Performs an event."""
        ...

    def can_perform(self, event: Event) -> bool:
        """Whether an event is possible."""
        ...

    def is_terminated(self) -> bool:
        """Whether the process has terminated."""
        ...


def after_event(process: CSPProcess, event: Event) -> CSPProcess | None:
    """The process after an event, with all its choices still open; None where it refuses it."""
    match process:
        case Prefix(first, after):
            return after if first == event else None
        case Choice(left, right):
            sides = [p for p in (after_event(left, event), after_event(right, event)) if p]
            return Choice(sides[0], sides[1]) if len(sides) == 2 else next(iter(sides), None)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class TermProcess:
    """The object of a term of `Stop`, `Skip`, `Prefix` and `Choice`.

    Where two branches begin with the same event it goes on as both, so that it has the traces of
    the term.
    """

    term: CSPProcess

    def alphabet(self) -> frozenset[Event]:
        return alphabet(self.term)

    def step(self, event: Event) -> Stepped:
        after = after_event(self.term, event)
        if after is None:
            return Stepped(self, Fault.EVENT_NOT_ALLOWED)
        return Stepped(TermProcess(after))

    def can_perform(self, event: Event) -> bool:
        return after_event(self.term, event) is not None

    def is_terminated(self) -> bool:
        return (TICK,) in process_traces(self.term, ticking=True)

    def __str__(self) -> str:
        return str(self.term)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Repair `following`: the states in which an object may be, as nobody can tell which."""

    objects: tuple[Object, ...]

    def alphabet(self) -> frozenset[Event]:
        return frozenset[Event]().union(*(each.alphabet() for each in self.objects))

    def step(self, event: Event) -> Stepped:
        able = [each.step(event) for each in self.objects if each.can_perform(event)]
        if not able:
            return Stepped(self, Fault.EVENT_NOT_ALLOWED)
        return Stepped(_any_of(each.after for each in able))

    def can_perform(self, event: Event) -> bool:
        return any(each.can_perform(event) for each in self.objects)

    def is_terminated(self) -> bool:
        return any(each.is_terminated() for each in self.objects)

    def __str__(self) -> str:
        return " or ".join(map(str, self.objects))


def _any_of(objects: Iterable[Object]) -> Object:
    flat = [o for each in objects for o in (each.objects if isinstance(each, AnyOf) else [each])]
    kept = tuple(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else AnyOf(kept)


@dataclass(frozen=True, slots=True)
class SequentialProcess:
    """`SequentialProcess`: first, and when it has terminated, second.

    Attributes:
        first: as in the listing.
        second: as in the listing.
        first_completed: as in the listing: set by `step` only.
        completing: repair: a `first` that has terminated before any step counts as completed.
        following: repair: a `first` that may terminate may go on as well.
    """

    first: Object
    second: Object
    first_completed: bool = False
    completing: bool = False
    following: bool = False

    def __post_init__(self) -> None:
        if self.completing and self.first.is_terminated():
            object.__setattr__(self, "first_completed", True)

    def alphabet(self) -> frozenset[Event]:
        return self.first.alphabet() | self.second.alphabet()

    def step(self, event: Event) -> Stepped:
        if not self.first_completed:
            return self._first(event)
        if not (self.following and self.first.can_perform(event)):
            return self._second(event)
        ways = [self._first(event).after]
        if self.second.can_perform(event):
            ways.append(self._second(event).after)
        return Stepped(_any_of(ways))

    def _first(self, event: Event) -> Stepped:
        first, error = self.first.step(event)
        completed = error is None and first.is_terminated()
        return Stepped(replace(self, first=first, first_completed=completed), error)

    def _second(self, event: Event) -> Stepped:
        second, error = self.second.step(event)
        # From here on first has no part in it, even if it could go on.
        first = TermProcess(SKIP) if self.following else self.first
        return Stepped(replace(self, first=first, second=second), error)

    def can_perform(self, event: Event) -> bool:
        if self.following and self.first_completed:
            return self.first.can_perform(event) or self.second.can_perform(event)
        if not self.first_completed:
            return self.first.can_perform(event)
        return self.second.can_perform(event)

    def is_terminated(self) -> bool:
        return self.first_completed and self.second.is_terminated()

    def __str__(self) -> str:
        done = " (completed)" if self.first_completed else ""
        return f"({self.first}{done} ; {self.second})"


@dataclass(frozen=True, slots=True)
class ParallelProcess:
    """`ParallelProcess`: both, together in the events of `sync_events`.

    `tokio::try_join!` runs both steps in one task, gives the first error that one of them meets and
    drops the other one, and does not undo what has been done (its documentation: it "returns when
    all branches return with `Ok` or when the first branch returns with `Err`"). Which one is ready
    first is not known; `right_first` says.

    Attributes:
        left: as in the listing.
        right: as in the listing.
        sync_events: as in the listing.
        following: repair: what both may do alone leaves it open which of them has done it.
        committing: repair: a step that fails leaves both as they were.
        right_first: whether the right step of a joint one is ready before the left.
    """

    left: Object
    right: Object
    sync_events: frozenset[Event] = frozenset()
    following: bool = False
    committing: bool = False
    right_first: bool = False

    def alphabet(self) -> frozenset[Event]:
        return self.left.alphabet() | self.right.alphabet()

    def step(self, event: Event) -> Stepped:
        left_can, right_can = self.left.can_perform(event), self.right.can_perform(event)
        if event in self.sync_events:
            if not (left_can and right_can):
                return Stepped(self, Fault.SYNCHRONIZATION_FAILED)
            return self._try_join(event)
        if not left_can and not right_can:
            return Stepped(self, Fault.EVENT_NOT_ALLOWED)
        if self.following and left_can and right_can:
            ways = [self._alone(side, event) for side in ("left", "right")]
            return Stepped(_any_of(way.after for way in ways))
        return self._alone("left" if left_can else "right", event)

    def _alone(self, side: str, event: Event) -> Stepped:
        after, error = getattr(self, side).step(event)
        if error is not None and self.committing:
            return Stepped(self, error)
        return Stepped(replace(self, **{side: after}), error)

    def _try_join(self, event: Event) -> Stepped:
        joined = self
        for side in ("right", "left") if self.right_first else ("left", "right"):
            after, error = getattr(joined, side).step(event)
            joined = replace(joined, **{side: after})
            if error is not None:
                return Stepped(self if self.committing else joined, error)
        return Stepped(joined)

    def can_perform(self, event: Event) -> bool:
        if event in self.sync_events:
            return self.left.can_perform(event) and self.right.can_perform(event)
        return self.left.can_perform(event) or self.right.can_perform(event)

    def is_terminated(self) -> bool:
        return self.left.is_terminated() and self.right.is_terminated()

    def __str__(self) -> str:
        return f"({self.left} [|{shown(self.sync_events)}|] {self.right})"


#: The switches.
REPAIRS = ("completing", "following", "committing")


# ------------------------------------------------------------------------------- what objects do


def object_traces(start: Object) -> Traces:
    """The traces of an object: its successful steps, and ✓ where it says that it has terminated.

    It has to come to an end, as the objects of the seed's terms do.
    """
    found: set[Trace] = set()
    waiting: list[tuple[Trace, Object]] = [((), start)]
    while waiting:
        trace, here = waiting.pop()
        found.add(trace)
        if here.is_terminated():
            found.add((*trace, TICK))
        for event in here.alphabet():
            after, error = here.step(event)
            if error is None:
                waiting.append(((*trace, event), after))
    return frozenset(found)


def _alphabet(state: Running) -> list[Event]:
    return sorted(state.process.alphabet(), key=str)


@dataclass(frozen=True)
class Running:
    """An object that is told to perform what it says it can perform."""

    process: Object

    @action(event=_alphabet)
    def perform(self, event: Event) -> Running:
        """A step that succeeds."""
        after, error = self.process.step(event)
        require(error is None)
        return Running(after)

    @final
    def terminated(self) -> bool:
        """The object says that it has terminated."""
        return self.process.is_terminated()

    def __str__(self) -> str:
        return str(self.process)
