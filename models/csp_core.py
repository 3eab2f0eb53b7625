r"""M03, CSP as seed 000, section 3.1, writes it: the type of processes, and `process_traces`.

The seed names `parallel_traces`, `hide_events` and `rename_events` without defining them; here they
are Hoare's (*Communicating Sequential Processes*, 1985, 2.6 and 3.5, with an interface in place of
the alphabets). Its `Skip` has the traces of `Stop`; with `ticking`, which is the repair, it ends by
✓, and so does a parallel composition when both of its sides do.

>>> ab = Prefix("a", Prefix("b", STOP))
>>> print(Parallel(ab, frozenset("b"), ab))
(a → b → STOP [|{b}|] a → b → STOP)
>>> sorted(map(len, process_traces(Hide(ab, frozenset("a")))))
[0, 1]
>>> [process_traces(SKIP, ticking) == process_traces(STOP, ticking) for ticking in (False, True)]
[True, False]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import TypeAlias

from cospec.spec.semantics import process as csp
from cospec.spec.semantics.events import TICK, Event, Trace

__all__ = [
    "SKIP", "STOP", "CSPProcess", "Choice", "Hide", "Parallel", "Prefix", "Rename", "Skip", "Stop",
    "Traces", "alphabet", "hide_events", "longest", "nodes", "parallel_traces", "process_traces",
    "rename_events", "renamings", "shown", "subsets", "term", "terms", "trace_equivalent",
]  # fmt: skip

Events: TypeAlias = frozenset[Event]
Traces: TypeAlias = frozenset[Trace]
#: A function from events to events: what it changes.
Renaming: TypeAlias = tuple[tuple[Event, Event], ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Does nothing."""

    def __str__(self) -> str:
        return "STOP"


@dataclass(frozen=True, slots=True)
class Skip:
    """Is done, says its name."""

    def __str__(self) -> str:
        return "SKIP"


@dataclass(frozen=True, slots=True)
class Prefix:
    """`e -> P`."""

    event: Event
    after: CSPProcess

    def __str__(self) -> str:
        return f"{self.event} → {self.after}"


@dataclass(frozen=True, slots=True)
class Choice:
    """`P [] Q`."""

    left: CSPProcess
    right: CSPProcess

    def __str__(self) -> str:
        return f"({self.left} [] {self.right})"


@dataclass(frozen=True, slots=True)
class Parallel:
    """`P [| A |] Q`."""

    left: CSPProcess
    events: Events
    right: CSPProcess

    def __str__(self) -> str:
        return f"({self.left} [|{shown(self.events)}|] {self.right})"


@dataclass(frozen=True, slots=True)
class Hide:
    """`Hide P A`."""

    process: CSPProcess
    events: Events

    def __str__(self) -> str:
        return f"({self.process} \\ {shown(self.events)})"


@dataclass(frozen=True, slots=True)
class Rename:
    """`Rename P f`."""

    process: CSPProcess
    renaming: Renaming

    def __str__(self) -> str:
        changed = ", ".join(f"{a} ← {b}" for a, b in self.renaming if a != b)
        return f"({self.process})[[{changed}]]"


CSPProcess: TypeAlias = Stop | Skip | Prefix | Choice | Parallel | Hide | Rename

STOP, SKIP = Stop(), Skip()


def shown(events: Iterable[Event]) -> str:
    """A set of events as a reader writes it."""
    return "{" + ", ".join(sorted(map(str, events))) + "}"


# ------------------------------------------------------------------------------- process_traces


@cache
def process_traces(process: CSPProcess, ticking: bool = False) -> Traces:
    """The traces of a process: the seed's clauses, and with `ticking` the ✓ of `Skip`."""
    match process:
        case Stop():
            return frozenset([()])
        case Skip():
            return frozenset([(), (TICK,)]) if ticking else frozenset([()])
        case Prefix(event, after):
            return frozenset([()]) | {(event, *t) for t in process_traces(after, ticking)}
        case Choice(left, right):
            return process_traces(left, ticking) | process_traces(right, ticking)
        case Parallel(left, events, right):
            sides = process_traces(left, ticking), process_traces(right, ticking)
            return parallel_traces(sides[0], events, sides[1])
        case Hide(inner, events):
            return hide_events(process_traces(inner, ticking), events)
        case Rename(inner, renaming):
            return rename_events(process_traces(inner, ticking), renaming)


@cache
def parallel_traces(left: Traces, events: Events, right: Traces) -> Traces:
    """The traces that one of the left and one of the right make together; ✓ needs both."""
    both = events | {TICK}
    return frozenset(u for s, t in product(left, right) for u in _merged(s, both, t))


@cache
def _merged(left: Trace, both: Events, right: Trace) -> Traces:
    """The ways in which two traces together are one, which uses up both."""
    if not left and not right:
        return frozenset([()])
    made: set[Trace] = set()
    if left and left[0] not in both:
        made.update((left[0], *u) for u in _merged(left[1:], both, right))
    if right and right[0] not in both:
        made.update((right[0], *u) for u in _merged(left, both, right[1:]))
    if left and right and left[0] == right[0] and left[0] in both:
        made.update((left[0], *u) for u in _merged(left[1:], both, right[1:]))
    return frozenset(made)


def hide_events(traces: Traces, events: Events) -> Traces:
    """The traces without the events."""
    return frozenset(tuple(e for e in trace if e not in events) for trace in traces)


def rename_events(traces: Traces, renaming: Renaming) -> Traces:
    """The traces with each event replaced."""
    image = dict(renaming)
    return frozenset(tuple(image.get(e, e) for e in trace) for trace in traces)


def trace_equivalent(left: CSPProcess, right: CSPProcess) -> bool:
    """The seed's equality of processes."""
    return process_traces(left) == process_traces(right)


def alphabet(process: CSPProcess) -> Events:
    """The events that a process may perform, read off its term."""
    match process:
        case Stop() | Skip():
            return frozenset()
        case Prefix(event, after):
            return alphabet(after) | {event}
        case Choice(left, right) | Parallel(left, _, right):
            return alphabet(left) | alphabet(right)
        case Hide(inner, events):
            return alphabet(inner) - events
        case Rename(inner, renaming):
            image = dict(renaming)
            return frozenset(image.get(e, e) for e in alphabet(inner))


def longest(process: CSPProcess) -> int:
    """A length that no trace of a process exceeds, ✓ counted, read off its term."""
    match process:
        case Stop():
            return 0
        case Skip():
            return 1
        case Prefix(_, after):
            return 1 + longest(after)
        case Choice(left, right):
            return max(longest(left), longest(right))
        case Parallel(left, _, right):
            return longest(left) + longest(right)
        case Hide(inner, _) | Rename(inner, _):
            return longest(inner)


# ------------------------------------------------------------------------------- terms and cases


def nodes(process: CSPProcess) -> int:
    """How many constructors a term has."""
    match process:
        case Stop() | Skip():
            return 1
        case Choice(left, right) | Parallel(left, _, right):
            return 1 + nodes(left) + nodes(right)
        case Prefix(_, inner) | Hide(inner, _) | Rename(inner, _):
            return 1 + nodes(inner)


def subsets(events: Iterable[Event]) -> list[Events]:
    """All sets of the events, the smallest first."""
    listed = tuple(events)
    return [frozenset(c) for n in range(len(listed) + 1) for c in combinations(listed, n)]


def renamings(events: Iterable[Event], to: Iterable[Event]) -> list[Renaming]:
    """All functions from events to some events."""
    listed, targets = tuple(events), tuple(to)
    return [tuple(zip(listed, f, strict=True)) for f in product(targets, repeat=len(listed))]


@cache
def terms(size: int, events: tuple[Event, ...], every: bool = False) -> tuple[CSPProcess, ...]:
    """All terms of at most so many nodes, the smallest first.

    Of `Stop`, `Skip`, `Prefix` and `Choice`, which can write any trace set that the others can; of
    `every` constructor, if asked for.
    """
    return tuple(p for n in range(1, size + 1) for p in _of_size(n, events, every))


@cache
def _of_size(size: int, events: tuple[Event, ...], every: bool) -> tuple[CSPProcess, ...]:
    if size == 1:
        return STOP, SKIP
    return tuple(_composed(size, events, every))


def _composed(size: int, events: tuple[Event, ...], every: bool) -> Iterator[CSPProcess]:
    inner = _of_size(size - 1, events, every)
    yield from (Prefix(e, p) for e in events for p in inner)
    pairs = [
        pair
        for n in range(1, size - 1)
        for pair in product(_of_size(n, events, every), _of_size(size - 1 - n, events, every))
    ]
    yield from (Choice(p, q) for p, q in pairs)
    if every:
        yield from (Parallel(p, a, q) for a in subsets(events) for p, q in pairs)
        yield from (Hide(p, a) for a in subsets(events) for p in inner)
        yield from (Rename(p, f) for f in renamings(events, events) for p in inner)


@cache
def term(process: CSPProcess) -> csp.Process:
    """The same process in the project's own language, whose semantics is independent of this."""
    match process:
        case Stop():
            return csp.STOP
        case Skip():
            return csp.SKIP
        case Prefix(event, after):
            return csp.Prefix([(event, term(after))])
        case Choice(left, right):
            return csp.ExternalChoice((term(left), term(right)))
        case Parallel(left, events, right):
            return csp.Parallel((term(left), term(right)), events)
        case Hide(inner, events):
            return csp.Hide(term(inner), events)
        case Rename(inner, renaming):
            return csp.Rename(term(inner), csp.Relation(frozenset(renaming)))
