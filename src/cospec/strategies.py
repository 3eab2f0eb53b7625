"""Hypothesis strategies for what cospec is about: events, traces, processes, streams, sagas.

Sizes and other wishes are given by name. What a failing test shrinks to is small: events become the
first one, processes lose operators, orders become one step after the other. docs/testing.md has
examples. Where Hypothesis loads plugins, `st.from_type(cospec.Process)` is `processes()`, and so on
(`cospec.hypothesis_plugin`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from cospec.api.graphs import StateGraph
from cospec.api.processes import (
    DIV,
    SKIP,
    STOP,
    Process,
    choice,
    define,
    interleave,
    internal_choice,
    moves,
    parallel,
    prefix,
    process,
)
from cospec.api.scripts import Script
from cospec.checker import budget
from cospec.graph.reading import arranged
from cospec.models.event_streams import Event, Stream
from cospec.models.saga import Group, Order, SagaStep, SagaTransaction, Series, Single
from cospec.results import natural_order
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process as Term
from cospec.spec.syntax.errors import ScriptError

__all__ = ["domain_events", "event_streams", "events", "lts", "processes", "sagas", "traces"]

#: The events of processes that nothing else is said of.
EVENTS = ("a", "b", "c")

#: By how many elements something is longer than it has to be, on average.
MORE = 5

T = TypeVar("T")


def _sizes(min_size: int, max_size: int, least: int = 0) -> None:
    """Refuses what cannot be meant.

    Raises:
        InvalidArgument: the sizes are none, or the wrong way round.
    """
    for name, size in (("min_size", min_size), ("max_size", max_size)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise InvalidArgument(f"{name}={size!r} is no whole number")
    if min_size < least:
        raise InvalidArgument(f"min_size={min_size} is too small: the least is {least}")
    if min_size > max_size:
        raise InvalidArgument(f"min_size={min_size} is more than max_size={max_size}")


def _elements(
    given: st.SearchStrategy[T] | None, otherwise: Callable[[], st.SearchStrategy[T]]
) -> st.SearchStrategy[T]:
    if given is None:
        return otherwise()
    if not isinstance(given, st.SearchStrategy):
        raise InvalidArgument(f"elements={given!r} is no strategy; perhaps events({given!r})?")
    return given


# ------------------------------------------------------------------------- events and traces


def events(of: Script | Iterable[str] = EVENTS) -> st.SearchStrategy[str]:
    """Events, as texts.

    Args:
        of: the events, the simplest first; of a script, those of all its channels.
    """
    if isinstance(of, Script):
        return st.deferred(lambda: st.sampled_from(_of_script(of)))
    known = tuple(of) if isinstance(of, Iterable) and not isinstance(of, str) else ()
    if not known or not all(isinstance(each, str) for each in known):
        raise InvalidArgument(f"events({of!r}): give texts, as in events(['a', 'b']), or a script")
    return st.sampled_from(known)


def _of_script(script: Script) -> list[str]:
    def work() -> list[str]:
        return [str(each) for each in script.session.value("seq(Events)")]

    try:
        found = budget.unlimited(work)
    except ScriptError as error:
        raise InvalidArgument(f"the events of the script cannot be listed: {error}") from None
    if not found:
        raise InvalidArgument("the script has no events: it declares no channel")
    return sorted(found, key=natural_order)


def traces(of: Any, *, min_size: int = 0, max_size: int = 10) -> st.SearchStrategy[tuple[str, ...]]:
    """Traces of a process: what it can perform, event by event; ✓ where it terminates.

    Args:
        of: a process, or a state of a model.
        min_size: of how many events at least; the process must be able to perform so many.
        max_size: of how many at most.
    """
    _sizes(min_size, max_size)
    walked = _Walk(process(of))

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[str, ...]:
        states = walked.start()
        if not walked.lasts(states, min_size):
            raise InvalidArgument(
                f"{of} has no trace of {min_size} events, which min_size={min_size} asks for"
            )
        trace: list[str] = []
        while len(trace) < max_size:
            needed = min_size - len(trace) - 1
            offered = walked.moves(states)
            possible = [e for e, after in offered.items() if walked.lasts(after, needed)]
            if not possible or (needed < 0 and draw(st.integers(0, MORE)) == 0):
                break
            trace.append(draw(st.sampled_from(possible)))
            states = offered[trace[-1]]
        return tuple(trace)

    return drawn()


States: TypeAlias = frozenset[Term]


class _Walk:
    """A process walked trace by trace; each set of states that it may be in is looked at once."""

    def __init__(self, of: Process) -> None:
        self._of = of
        self.start = cache(self._start)
        self.moves = cache(self._moves)
        self.lasts = cache(self._lasts)

    def _start(self) -> States:
        def work() -> States:
            self._rules = FiringRules(self._of.term())
            return frozenset(self._rules.initial_states())

        return budget.unlimited(work)

    def _moves(self, states: States) -> dict[str, States]:
        found = budget.unlimited(lambda: moves(self._rules, states))
        return {event: found[event] for event in sorted(found, key=natural_order)}

    def _lasts(self, states: States, length: int) -> bool:
        """Whether so many more events are possible."""
        if length <= 0:
            return True
        return any(self.lasts(after, length - 1) for after in self.moves(states).values())


# ------------------------------------------------------------------------------- processes


def processes(
    elements: st.SearchStrategy[str] | None = None,
    *,
    min_size: int = 0,
    max_size: int = 6,
    recursive: bool = True,
) -> st.SearchStrategy[Process]:
    """Processes with finitely many states, made by the operators of `cospec`.

    Every call of a definition comes after an event, and never inside what is hidden, renamed,
    composed in parallel, interrupted or followed by `;`: so no process grows as it goes on. They
    are shown in CSPM, such as `(let P = a -> P within P)`.

    Args:
        elements: its events; `events()` if nothing is said.
        min_size: how many operators at least.
        max_size: how many at most.
        recursive: whether there may be definitions; without them each process ends.
    """
    _sizes(min_size, max_size)
    labels = _elements(elements, events)

    @st.composite
    def drawn(draw: st.DrawFn) -> Process:
        return _Builder(draw, labels, recursive).process(min_size, max_size)

    return drawn()


class _Place:
    """Part of a process that may become a definition, which is known when something calls it."""

    def __init__(self) -> None:
        self.body = STOP
        self.call: Process | None = None

    def called(self, name: str) -> Process:
        """A call of it; the first one gives it the name."""
        if self.call is None:
            self.call = define(name, lambda: self.body)()
        return self.call


Places: TypeAlias = tuple[_Place, ...]

#: Names of definitions; there is hardly need for more.
_NAMES = "PQRSTUVWXYZ"


@dataclass
class _Builder:
    """Builds one process of what is drawn. Less is simpler: parts can be left out one by one, or
    put in the place of the whole, and what is drawn after them keeps its meaning."""

    draw: st.DrawFn
    elements: st.SearchStrategy[str]
    recursive: bool
    made: int = 0  # how many operators so far

    def __post_init__(self) -> None:
        self._names = (_NAMES[n] if n < len(_NAMES) else f"P{n}" for n in count())

    def process(
        self, least: int, most: int, behind: Places = (), unguarded: Places = ()
    ) -> Process:
        """A process of so many operators.

        What is `behind` an event may be called at once, what is `unguarded` after an event.
        """
        made: Process = self.draw(_part(self, least, most, behind, unguarded))
        return made

    def of(self, kind: Kind, least: int, most: int, behind: Places, unguarded: Places) -> Process:
        """A process of that kind, and of so many operators."""
        self.made += 1
        place = _Place()
        made = kind(self, least - 1, most - 1, behind, (*unguarded, place))
        if place.call is None:
            return made
        place.body = made
        return Process(place.call.term, f"(let {place.call} = {made} within {place.call})")

    def leaf(self, behind: Places) -> Process:
        """A process without operators."""
        calls = behind[::-1] if self.recursive else ()
        leaves: tuple[Process | _Place, ...] = (STOP, SKIP, DIV, *calls)
        leaf = self.draw(st.sampled_from(leaves))
        if isinstance(leaf, Process):
            return leaf
        return leaf.call or leaf.called(next(self._names))

    def _event(self) -> str:
        return self.draw(self.elements)

    def _events(self, least: int) -> list[str]:
        drawn = self.draw(st.sets(self.elements, min_size=least, max_size=3))
        return sorted(drawn, key=natural_order)

    def _prefix(self, least: int, most: int, behind: Places, unguarded: Places) -> Process:
        return prefix(self._event(), self.process(least, most, behind + unguarded, ()))

    def _choice(self, least: int, most: int, behind: Places, unguarded: Places) -> Process:
        return choice(*self._both(least, most, (behind, unguarded), (behind, unguarded)))

    def _internal_choice(self, least: int, most: int, behind: Places, unguarded: Places) -> Process:
        return internal_choice(*self._both(least, most, (behind, unguarded), (behind, unguarded)))

    def _sequence(self, least: int, most: int, behind: Places, _unguarded: Places) -> Process:
        left, right = self._both(least, most, right=(behind, ()))
        return left.then(right)

    def _interleaving(self, least: int, most: int, _behind: Places, _unguarded: Places) -> Process:
        return interleave(*self._both(least, most))

    def _parallel(self, least: int, most: int, _behind: Places, _unguarded: Places) -> Process:
        shared = self._events(1)
        return parallel(*self._both(least, most), on=shared)

    def _interrupt(self, least: int, most: int, behind: Places, _unguarded: Places) -> Process:
        left, right = self._both(least, most, right=(behind, ()))
        return left.interrupted_by(right)

    def _hiding(self, least: int, most: int, _behind: Places, _unguarded: Places) -> Process:
        hidden = self._events(1)
        return self.process(least, most).hide(*hidden)

    def _renaming(self, least: int, most: int, _behind: Places, _unguarded: Places) -> Process:
        change = {self._event(): self._event()}
        return self.process(least, most).rename(change)

    def _both(
        self,
        least: int,
        most: int,
        left: tuple[Places, Places] = ((), ()),
        right: tuple[Places, Places] = ((), ()),
    ) -> tuple[Process, Process]:
        """Two processes of so many operators together; what each may call."""
        share, before = self.draw(st.integers(0, most)), self.made
        first = self.process(least - (most - share), share, *left)
        made = self.made - before
        return first, self.process(least - made, most - share, *right)


Kind: TypeAlias = Callable[[_Builder, int, int, Places, Places], Process]


@st.composite
def _part(
    draw: st.DrawFn, builder: _Builder, least: int, most: int, behind: Places, unguarded: Places
) -> Process:
    """A strategy of its own, so that a part may be tried in the place of one that it is in."""
    end = (None,) if least <= 0 else ()
    kind = draw(st.sampled_from((*end, *(_KINDS if most > 0 else ()))))
    if kind is None:
        return builder.leaf(behind)
    return builder.of(kind, least, most, behind, unguarded)


#: Prefixes and choices are what most of a process is made of; the simplest comes first.
_KINDS: tuple[Kind, ...] = (
    _Builder._prefix,
    _Builder._prefix,
    _Builder._prefix,
    _Builder._choice,
    _Builder._choice,
    _Builder._internal_choice,
    _Builder._interleaving,
    _Builder._parallel,
    _Builder._sequence,
    _Builder._interrupt,
    _Builder._hiding,
    _Builder._renaming,
)


# ---------------------------------------------------------------------- transition systems


class _Shown(StateGraph):
    """A graph that a failing test shows in full."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"StateGraph(states={self.states!r}, edges={self.edges!r})"


def lts(
    elements: st.SearchStrategy[str] | None = None,
    *,
    min_size: int = 1,
    max_size: int = 6,
    silent: bool = True,
) -> st.SearchStrategy[StateGraph]:
    """Labelled transition systems, all of whose states can be reached from state 0.

    Each is a `cospec.StateGraph`, shown as Python writes it; its method `process` makes one of it.

    Args:
        elements: its events; `events()` if nothing is said.
        min_size: how many states at least.
        max_size: how many at most.
        silent: whether there may be τ.
    """
    _sizes(min_size, max_size, least=1)
    labels = _elements(elements, events)
    if silent:  # not `one_of`: a τ would be simpler than an event, which takes a choice more
        labels = st.builds(lambda event, n: event if n < 3 else "τ", labels, st.integers(0, 3))

    @st.composite
    def drawn(draw: st.DrawFn) -> StateGraph:
        # What is too large a number is the last state: so states can be left out one by one.
        state = st.integers(0, max_size - 1)
        first = st.lists(st.tuples(state, labels), min_size=min_size - 1, max_size=max_size - 1)
        edges = [
            (min(source, new - 1), event, new) for new, (source, event) in enumerate(draw(first), 1)
        ]
        size = len(edges) + 1
        more = st.lists(st.tuples(state, labels, state), max_size=2 * max_size)
        edges += [(min(s, size - 1), event, min(t, size - 1)) for s, event, t in draw(more)]
        numbers = tuple(map(str, range(size)))
        return _Shown(numbers, arranged(0, dict(enumerate(numbers)), dict.fromkeys(edges)).edges)

    return drawn()


# -------------------------------------------------------------------------- event streams


def domain_events(
    *, kinds: Iterable[str] = ("deposited", "withdrawn", "set"), aggregates: Iterable[str] = "ab"
) -> st.SearchStrategy[Event]:
    """Events of event-sourced systems (`cospec.models.event_streams.Event`).

    Args:
        kinds: what may have happened.
        aggregates: to what it may have happened.
    """
    small = st.integers(0, 100)
    return st.builds(
        Event,
        kind=st.sampled_from(tuple(kinds)),
        amount=small,
        time=small,
        aggregate=st.sampled_from(tuple(aggregates)),
        version=st.just(0),
    )


def event_streams(
    elements: st.SearchStrategy[Event] | None = None,
    *,
    min_size: int = 0,
    max_size: int = 10,
    ordered: bool = True,
) -> st.SearchStrategy[Stream]:
    """Streams of events, each with its position among those of its aggregate as its version.

    Args:
        elements: the events; `domain_events()` if nothing is said.
        min_size: how many at least.
        max_size: how many at most.
        ordered: whether no event is earlier than the one before it.
    """
    _sizes(min_size, max_size)
    drawn = st.lists(_elements(elements, domain_events), min_size=min_size, max_size=max_size)

    def stream(listed: list[Event]) -> Stream:
        chosen = sorted(listed, key=lambda event: event.time) if ordered else listed
        versions: dict[str, int] = {}
        made = []
        for event in chosen:
            versions[event.aggregate] = versions.get(event.aggregate, 0) + 1
            made.append(replace(event, version=versions[event.aggregate]))
        return tuple(made)

    return drawn.map(stream)


# ---------------------------------------------------------------------------------- sagas


def sagas(
    *, min_size: int = 1, max_size: int = 4, agreeing: bool = True
) -> st.SearchStrategy[SagaTransaction]:
    """Definitions of sagas: steps, what compensates them, and an order in which all are executed.

    A saga of n steps at the same time has (2n)! / 2ⁿ executions: 2,520 for four.

    Args:
        min_size: how many steps at least.
        max_size: how many at most.
        agreeing: whether the list of compensations says what the steps say.
    """
    _sizes(min_size, max_size)

    @st.composite
    def drawn(draw: st.DrawFn) -> SagaTransaction:
        size = draw(st.integers(min_size, max_size))
        numbers = range(1, size + 1)
        steps = tuple(SagaStep(n, f"do {n}", f"undo {n}") for n in numbers)
        undone = tuple(step.compensation for step in steps)
        if not agreeing and undone:
            undone = tuple(draw(st.lists(st.sampled_from(undone), max_size=size)))
        return SagaTransaction(steps, undone, _order(draw, tuple(numbers)))

    return drawn()


def _order(draw: st.DrawFn, steps: tuple[int, ...], inside: bool = False) -> Order:
    """An order of steps: one after the other, all at the same time, or of two orders."""
    if inside and len(steps) == 1:
        return Single(steps[0])
    together = len(steps) > 1 and draw(st.booleans())
    parts: tuple[Order, ...] = tuple(map(Single, steps))
    if len(steps) > 2 and draw(st.booleans()):
        cut = draw(st.integers(1, len(steps) - 1))
        parts = _order(draw, steps[:cut], True), _order(draw, steps[cut:], True)
    return Group(parts) if together else Series(parts)
