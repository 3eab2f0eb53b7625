"""What generated code calls: process operators, plain and timed.

The timed versions are those of tock-CSP: everything lets time pass.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from cospec.spec.semantics import process as terms
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.process import (
    SKIP,
    STOP,
    Branch,
    Definition,
    Lazy,
    Prefix,
    Process,
    Relation,
)
from cospec.spec.syntax import dots
from cospec.spec.syntax.builtins import check_event, check_member, wait
from cospec.spec.syntax.externals import timed_priority
from cospec.spec.syntax.sets import SymbolicSet
from cospec.spec.syntax.values import Dot, EvaluationError, Thunk, Value, brief, force, normal

Events = Container[Event]


def a_process(value: Value) -> Process:
    """The value itself, which has to be a process."""
    if isinstance(value, Process):
        return value
    raise EvaluationError("X590", f"a process is needed here, but this is `{brief(value)}`")


def _processes(values: Iterable[Value]) -> tuple[Process, ...]:
    return tuple(map(a_process, values))


def operator_set(value: Value) -> Events:
    """The set of events given to an operator, checked to hold complete events."""
    if type(value) is frozenset:
        for event in value:
            if not (type(event) is Dot and event.complete and event.head.is_channel):
                check_member(event)
        return value
    if isinstance(value, SymbolicSet):
        return value
    raise EvaluationError("X590", f"a set of events is needed here, but this is `{brief(value)}`")


# -------------------------------------------------------------------------- sequential


def prefix(event: Value, after: Process, label: str) -> Process:
    """`event -> after`."""
    return Prefix(((check_event(event), after),), label)


def inputs(branches: Callable[[], Iterable[Branch]], label: str) -> Process:
    """A prefix with input fields."""
    return Prefix(branches, label)


def external_choice(operands: Sequence[Value]) -> Process:
    """`P [] Q [] …`; the literal STOP is its unit."""
    chosen = tuple(p for p in _processes(operands) if p is not STOP)
    if not chosen:
        return STOP
    return chosen[0] if len(chosen) == 1 else terms.ExternalChoice(chosen)


def internal_choice(operands: Sequence[Value]) -> Process:
    """`P |~| Q |~| …`."""
    return terms.InternalChoice(_processes(operands))


def replicated_internal(operands: Sequence[Value]) -> Process:
    """`|~| x:S @ P`, and the choice of `$` fields."""
    if not operands:
        raise EvaluationError("X532", "an internal choice needs something to choose from")
    if len(operands) == 1:
        return a_process(operands[0])
    return terms.InternalChoice(_processes(operands))


def sequential(left: Value, right: Process) -> Process:
    """`P ; Q`."""
    return terms.Sequential(a_process(left), right)


def sequential_chain(operands: Sequence[Process]) -> Process:
    """`; x:s @ P`."""
    if not operands:
        return SKIP
    return reduce(lambda after, before: terms.Sequential(before, after), reversed(operands))


def sliding(left: Value, right: Value) -> Process:
    """`P [> Q`."""
    return terms.Sliding(a_process(left), a_process(right))


def interrupt(left: Value, right: Value) -> Process:
    r"""`P /\ Q`."""
    return terms.Interrupt(a_process(left), a_process(right))


def throw(left: Value, events: Events, right: Process) -> Process:
    """`P [| A |> Q`."""
    return terms.Throw(a_process(left), events, right)


# ---------------------------------------------------------------------------- parallel


def interleave(operands: Sequence[Value]) -> Process:
    """`P ||| Q ||| …`."""
    return parallel(operands, frozenset())


def parallel(operands: Sequence[Value], events: Events) -> Process:
    """`P [| A |] Q` and `[| A |] x:S @ P`."""
    if not operands:
        return SKIP
    if len(operands) == 1:
        return a_process(operands[0])
    return terms.Parallel(_processes(operands), events)


def alphabetised(operands: Sequence[Value], alphabets: tuple[Events, ...]) -> Process:
    """`P [ A || B ] Q`."""
    return terms.AlphabetisedParallel(_processes(operands), alphabets)


def replicated_alphabetised(pairs: Sequence[tuple[Events, Value]]) -> Process:
    """`|| x:S @ [A] P`."""
    if not pairs:
        return SKIP
    return alphabetised([p for _, p in pairs], tuple(a for a, _ in pairs))


def synchronising_choice(operands: Sequence[Value], events: Events) -> Process:
    """`P [+ A +] Q`."""
    if not operands:
        return STOP
    if len(operands) == 1:
        return a_process(operands[0])
    return terms.SynchronisingChoice(_processes(operands), events)


def synchronising_interrupt(left: Value, events: Events, right: Value) -> Process:
    r"""`P /+ A +\ Q`."""
    return terms.SynchronisingInterrupt(a_process(left), events, a_process(right))


# ------------------------------------------------------------------- hiding and renaming


def hide(process: Value, events: Events) -> Process:
    r"""`P \ A`; hiding nothing is the identity."""
    if type(events) is frozenset and not events:
        return a_process(process)
    return terms.Hide(a_process(process), events)


def project(process: Value, events: Events) -> Process:
    r"""`P |\ A`."""
    return terms.Project(a_process(process), events)


def _pairs(ties: Iterable[tuple[Value, Value]]) -> Iterable[tuple[Event, Event]]:
    """The pairs of events that ties stand for: `c <- d` ties c.x to d.x."""
    for left, right in ties:
        left, right = normal(left), normal(right)
        if type(left) is Dot and left.complete:
            yield check_event(left), check_event(right)
        else:
            for more in dots.extensions(left):
                yield check_event(dots.dot(left, more)), check_event(dots.dot(right, more))


def rename(process: Value, ties: Iterable[tuple[Value, Value]]) -> Process:
    """`P[[a <- b]]`."""
    pairs = frozenset(_pairs(ties))
    return terms.Rename(a_process(process), Relation(pairs)) if pairs else a_process(process)


@dataclass(frozen=True, slots=True)
class Link:
    """The hidden event of two linked events happening together."""

    left: Event
    right: Event

    def __str__(self) -> str:
        return f"{self.left}<->{self.right}"


def linked(left: Value, ties: Iterable[tuple[Value, Value]], right: Value) -> Process:
    """`P [ c <-> d ] Q`, which is `(P[[c <- f]] [| {|f|} |] Q[[d <- f]]) \\ {|f|}`."""
    pairs = sorted(set(_pairs(ties)), key=lambda pair: (str(pair[0]), str(pair[1])))
    for side in (0, 1):
        seen: set[Event] = set()
        for pair in pairs:
            if pair[side] in seen:
                raise EvaluationError(
                    "X533", f"the event `{pair[side]}` is linked twice on one side"
                )
            seen.add(pair[side])
    if not pairs:
        return terms.Parallel((a_process(left), a_process(right)), frozenset())
    links = [Link(a, b) for a, b in pairs]
    renamed = terms.Rename(a_process(left), Relation(frozenset((k.left, k) for k in links)))
    other = terms.Rename(a_process(right), Relation(frozenset((k.right, k) for k in links)))
    tied = frozenset(links)
    return terms.Hide(terms.Parallel((renamed, other), tied), tied)


def linked_chain(ties: Sequence[tuple[Value, Value]], operands: Sequence[Value]) -> Process:
    """`[ c <-> d ] x:s @ P`: each element linked to the next."""
    if not operands:
        raise EvaluationError("X532", "a linked parallel needs at least one process")
    return reduce(lambda left, right: linked(left, ties, right), map(a_process, operands))


# --------------------------------------------------------------------------- tock-CSP


class Clock:
    """A timed section's event `tock`, how long each event takes, and its STOP and SKIP."""

    def __init__(self, tock: Value, duration: Value) -> None:
        self.tock = check_event(tock)
        self._duration = duration
        self.set = frozenset((self.tock,))
        self.stop = Definition("TSTOP", lambda: Prefix(((self.tock, self.stop()),)))
        self.skip = Definition(
            "TSKIP", lambda: terms.ExternalChoice((SKIP, Prefix(((self.tock, self.skip()),))))
        )
        self._delay = Definition("WAIT", self._after)

    def ticks(self, event: Event) -> int:
        """How many tocks follow `event`."""
        from cospec.spec.syntax.runtime import apply

        return 1 if self._duration is None else int(apply(self._duration, event))

    def _after(self, count: int, process: Process) -> Process:
        if count <= 0:
            return process
        return Prefix(((self.tock, self._delay(count - 1, process)),))

    def offer(self, branches: Callable[[], Iterable[Branch]], label: str) -> Process:
        """A process that offers `branches`, letting time pass until one is taken."""

        def unfold() -> Process:
            taken = [
                (event, after if not (n := self.ticks(event)) else Lazy(_later(self, n, after)))
                for event, after in branches()
            ]
            return Prefix([(self.tock, waiting()), *taken], label)

        waiting = Definition(label, unfold)
        return waiting()

    def with_tock(self, events: Events) -> Events:
        """`events` and `tock`."""
        if type(events) is frozenset:
            return events | self.set
        return _Also(events, self.tock)


def _later(clock: Clock, count: int, after: Process) -> Callable[[], Process]:
    return lambda: clock._delay(count, terms.resolve(after))


@dataclass(frozen=True, slots=True)
class _Also:
    """A set of events and one more."""

    events: Events
    more: Event

    def __contains__(self, event: object) -> bool:
        return event == self.more or event in self.events


def _clock(thunk: Thunk) -> Clock:
    clock = force(thunk)
    assert isinstance(clock, Clock)
    return clock


def timed_constant(clock: Thunk, title: str) -> Process:
    """`STOP` and `SKIP`."""
    return _clock(clock).stop() if title == "STOP" else _clock(clock).skip()


def timed_prefix(clock: Thunk, event: Value, after: Process, label: str) -> Process:
    checked = check_event(event)
    return _clock(clock).offer(lambda: ((checked, after),), label)


def timed_inputs(clock: Thunk, branches: Callable[[], Iterable[Branch]], label: str) -> Process:
    return _clock(clock).offer(branches, label)


def timed_external_choice(clock: Thunk, operands: Sequence[Value]) -> Process:
    return timed_synchronising_choice(clock, operands, frozenset())


def timed_interleave(clock: Thunk, operands: Sequence[Value]) -> Process:
    return timed_parallel(clock, operands, frozenset())


def timed_parallel(clock: Thunk, operands: Sequence[Value], events: Events) -> Process:
    time = _clock(clock)
    return parallel(operands, time.with_tock(events)) if operands else time.stop()


def timed_alphabetised(
    clock: Thunk, operands: Sequence[Value], alphabets: tuple[Events, ...]
) -> Process:
    return alphabetised(operands, tuple(map(_clock(clock).with_tock, alphabets)))


def timed_replicated_alphabetised(clock: Thunk, pairs: Sequence[tuple[Events, Value]]) -> Process:
    time = _clock(clock)
    if not pairs:
        return time.stop()
    return replicated_alphabetised([(time.with_tock(a), p) for a, p in pairs])


def timed_synchronising_choice(clock: Thunk, operands: Sequence[Value], events: Events) -> Process:
    time = _clock(clock)
    return synchronising_choice(operands, time.with_tock(events)) if operands else time.stop()


def timed_interrupt(clock: Thunk, left: Value, right: Value) -> Process:
    return synchronising_interrupt(left, _clock(clock).set, right)


def timed_synchronising_interrupt(
    clock: Thunk, left: Value, events: Events, right: Value
) -> Process:
    return synchronising_interrupt(left, _clock(clock).with_tock(events), right)


def timed_sequential_chain(clock: Thunk, operands: Sequence[Process]) -> Process:
    return sequential_chain(operands) if operands else _clock(clock).skip()


def timed_wait(clock: Thunk) -> Callable[[Value], Process]:
    """`WAIT` of a timed section."""
    return lambda count: wait(_clock(clock).tock, force(count), _clock(clock).skip())


def timed_chooser(clock: Thunk) -> Callable[[Value], Process]:
    """`timed_priority` of a timed section."""
    return lambda process: timed_priority(_clock(clock).tock, process)


_PLAIN: tuple[Callable[..., Any], ...] = (
    operator_set, prefix, inputs, external_choice, internal_choice, replicated_internal, sequential,
    sequential_chain, sliding, interrupt, throw, interleave, parallel, alphabetised,
    replicated_alphabetised, synchronising_choice, synchronising_interrupt, hide, project, rename,
    linked, linked_chain,
)  # fmt: skip

_TIMED: tuple[Callable[..., Any], ...] = (
    timed_constant, timed_prefix, timed_inputs, timed_external_choice, timed_interleave,
    timed_parallel, timed_alphabetised, timed_replicated_alphabetised, timed_synchronising_choice,
    timed_interrupt, timed_synchronising_interrupt, timed_sequential_chain, timed_wait,
    timed_chooser,
)  # fmt: skip

#: What generated code finds under its own names.
OPERATORS: dict[str, Any] = {f.__name__: f for f in (*_PLAIN, *_TIMED)} | {
    "STOP": STOP,
    "Lazy": Lazy,
    "Clock": Clock,
    "check_event": check_event,
    "a_process": a_process,
}
