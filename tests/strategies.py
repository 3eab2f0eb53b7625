"""Random processes over the events a, b and c, for Hypothesis and for longer runs.

One generator serves both: it asks for numbers, and either Hypothesis or a `random.Random` gives
them. Smaller numbers give simpler processes, so that Hypothesis shrinks well.

Recursion is always guarded, and never goes through hiding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st

from cospec.spec.semantics.process import (
    DIV,
    SKIP,
    STOP,
    AlphabetisedParallel,
    Call,
    Chaos,
    Definition,
    ExternalChoice,
    Hide,
    InternalChoice,
    Interrupt,
    Lazy,
    Parallel,
    Prefix,
    Process,
    Project,
    Relation,
    Rename,
    Run,
    Sequential,
    Sliding,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
)

EVENTS = ("a", "b", "c")
#: Gives a number from 0 up to but not including its argument.
Choose = Callable[[int], int]


def processes(size: int = 6) -> st.SearchStrategy[Process]:
    """Random processes of at most about `size` operators."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Process:
        def choose(below: int) -> int:
            return draw(st.integers(0, below - 1))

        return Generator(choose).process(choose(size + 1), (), ())

    return drawn()


def event_sets() -> st.SearchStrategy[frozenset[str]]:
    """Subsets of the events."""
    return st.frozensets(st.sampled_from(EVENTS))


def relations() -> st.SearchStrategy[Relation]:
    """Renamings, one-to-many and many-to-one ones included."""
    pairs = st.tuples(st.sampled_from(EVENTS), st.sampled_from(EVENTS))
    return st.frozensets(pairs, max_size=3).map(Relation)


def random_process(rng: Random, size: int) -> Process:
    """A random process of at most about `size` operators."""
    return Generator(rng.randrange).process(size, (), ())


def random_restarts(rng: Random, size: int) -> Process:
    """A random process in which compositions are started, stopped and started again."""
    return Restarts(rng.randrange).process(size, (), ())


class Generator:
    """Makes processes out of the numbers that `choose` gives."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self._definitions = 0

    def process(self, size: int, calls: tuple[Call, ...], unguarded: tuple[Call, ...]) -> Process:
        """`calls` may be used anywhere inside, `unguarded` only behind a prefix."""
        if size <= 0:
            leaves = [STOP, SKIP, *calls, *calls, STOP, SKIP, STOP, SKIP, STOP, SKIP, DIV]
            return leaves[self.choose(len(leaves))]
        kinds = _KINDS
        return kinds[self.choose(len(kinds))](self, size - 1, calls, unguarded)

    def events(self) -> frozenset[str]:
        bits = self.choose(8)
        return frozenset(e for i, e in enumerate(EVENTS) if bits >> i & 1)

    def event(self) -> str:
        return EVENTS[self.choose(len(EVENTS))]

    def _two(self, size: int, calls: Any, unguarded: Any) -> tuple[Process, Process]:
        left = self.choose(size + 1)
        return (
            self.process(left, calls, unguarded),
            self.process(size - left, calls, unguarded),
        )

    def _prefix(self, size: int, calls: Any, unguarded: Any) -> Process:
        after = self.process(size, calls + unguarded, ())
        return Prefix([(self.event(), after)])

    def _menu(self, size: int, calls: Any, unguarded: Any) -> Process:
        left, right = self._two(size, calls + unguarded, ())
        return Prefix([(self.event(), left), (self.event(), right)])

    def _recursion(self, size: int, calls: Any, unguarded: Any) -> Process:
        self._definitions += 1
        body: list[Process] = []
        definition = Definition(f"P{self._definitions}", lambda: body[0])
        body.append(self.process(size, calls, (*unguarded, definition())))
        return definition()

    def _external(self, size: int, calls: Any, unguarded: Any) -> Process:
        return ExternalChoice(self._two(size, calls, unguarded))

    def _internal(self, size: int, calls: Any, unguarded: Any) -> Process:
        return InternalChoice(self._two(size, calls, unguarded))

    def _sliding(self, size: int, calls: Any, unguarded: Any) -> Process:
        return Sliding(*self._two(size, calls, unguarded))

    def _sequential(self, size: int, calls: Any, unguarded: Any) -> Process:
        left, right = self._two(size, calls, unguarded)
        return Sequential(left, Lazy(lambda: right))

    def _interrupt(self, size: int, calls: Any, unguarded: Any) -> Process:
        return Interrupt(*self._two(size, calls, unguarded))

    def _throw(self, size: int, calls: Any, unguarded: Any) -> Process:
        left, right = self._two(size, calls, unguarded)
        return Throw(left, self.events(), right)

    def _parallel(self, size: int, calls: Any, unguarded: Any) -> Process:
        left, right = self._two(size, calls, unguarded)
        return Parallel((left, Lazy(lambda: right)), self.events())

    def _alphabetised(self, size: int, calls: Any, unguarded: Any) -> Process:
        operands = self._two(size, calls, unguarded)
        return AlphabetisedParallel(operands, (self.events(), self.events()))

    def _three(self, size: int, calls: Any, unguarded: Any) -> Process:
        first, second = self._two(size // 2, calls, unguarded)
        third = self.process(size - size // 2, calls, unguarded)
        operands = (first, second, third)
        match self.choose(4):
            case 0:
                return ExternalChoice(operands)
            case 1:
                return Parallel(operands, self.events())
            case 2:
                alphabets = (self.events(), self.events(), self.events())
                return AlphabetisedParallel(operands, alphabets)
            case _:
                return SynchronisingChoice(operands, self.events())

    def _synchronising_choice(self, size: int, calls: Any, unguarded: Any) -> Process:
        return SynchronisingChoice(self._two(size, calls, unguarded), self.events())

    def _synchronising_interrupt(self, size: int, calls: Any, unguarded: Any) -> Process:
        left, right = self._two(size, calls, unguarded)
        return SynchronisingInterrupt(left, self.events(), right)

    def _hide(self, size: int, _calls: Any, _unguarded: Any) -> Process:
        return Hide(self.process(size, (), ()), self.events())

    def _project(self, size: int, _calls: Any, _unguarded: Any) -> Process:
        return Project(self.process(size, (), ()), self.events())

    def _rename(self, size: int, calls: Any, unguarded: Any) -> Process:
        pairs = frozenset((self.event(), self.event()) for _ in range(self.choose(4)))
        return Rename(self.process(size, calls, unguarded), Relation(pairs))

    def _chaos(self, _size: int, _calls: Any, _unguarded: Any) -> Process:
        return Chaos(self.events())

    def _run(self, _size: int, _calls: Any, _unguarded: Any) -> Process:
        return Run(self.events())


class Restarts(Generator):
    """Makes processes with many compositions beneath operators that change their shape."""

    def process(self, size: int, calls: tuple[Call, ...], unguarded: tuple[Call, ...]) -> Process:
        if size > 2 and self.choose(5) < 2:
            return self._restarted(size - 1, calls, unguarded)
        return super().process(size, calls, unguarded)

    def _composition(self, size: int, calls: Any) -> Process:
        operands = self._two(size, calls, ())
        match self.choose(6):
            case 0:
                return AlphabetisedParallel(operands, (self.events(), self.events()))
            case 1:
                return Hide(Parallel(operands, self.events()), frozenset([self.event()]))
            case 2:
                pairs = frozenset([(self.event(), self.event())])
                return Rename(Parallel(operands, self.events()), Relation(pairs))
            case _:
                return Parallel(operands, self.events())

    def _restarted(self, size: int, calls: Any, _unguarded: Any) -> Process:
        """Recursion through an operator with a composition beneath it."""
        self._definitions += 1
        body: list[Process] = []
        definition = Definition(f"R{self._definitions}", lambda: body[0])
        running = self._composition(size - size // 3, calls)
        again: Process = definition()
        if self.choose(3) == 0:
            again = self._composition(size // 3, (*calls, again) if self.choose(8) == 0 else calls)
        later = Prefix([(self.event(), again)])
        changing = [
            Sequential(running, again),
            Sequential(running, Lazy(lambda: again)),
            Interrupt(running, later),
            Interrupt(later, running),
            Throw(running, self.events(), again),
            ExternalChoice((running, later)),
            ExternalChoice((running, running, later)),
            Sliding(running, again),
            Sequential(Prefix([(self.event(), running)]), again),
            Sequential(Interrupt(running, later), again),
            Throw(Sequential(running, later), self.events(), again),
            Hide(Sequential(ExternalChoice((running, later)), later), frozenset(self.event())),
            Rename(
                Interrupt(later, Throw(running, self.events(), later)),
                Relation(frozenset([(self.event(), self.event())])),
            ),
            SynchronisingChoice((running, later), self.events()),
        ]
        body.append(changing[self.choose(len(changing))])
        return definition()


_KINDS: list[Callable[[Generator, int, Any, Any], Process]] = [
    Generator._prefix,
    Generator._menu,
    Generator._recursion,
    Generator._prefix,
    Generator._menu,
    Generator._prefix,
    Generator._external,
    Generator._internal,
    Generator._sequential,
    Generator._parallel,
    Generator._sliding,
    Generator._interrupt,
    Generator._throw,
    Generator._alphabetised,
    Generator._three,
    Generator._synchronising_choice,
    Generator._synchronising_interrupt,
    Generator._hide,
    Generator._prefix,
    Generator._project,
    Generator._rename,
    Generator._recursion,
    Generator._chaos,
    Generator._run,
]


def show(process: Any, seen: frozenset[Call] = frozenset()) -> str:
    """A term in full, with the body of each call once."""
    if isinstance(process, Lazy):
        return show(process.force(), seen)
    if isinstance(process, Prefix):
        inner = " | ".join(f"{e} -> {show(p, seen)}" for e, p in process.branches)
        return f"({inner})"
    if isinstance(process, Call):
        if process in seen:
            return str(process)
        return f"{process}=[{show(process.body(), seen | {process})}]"
    if isinstance(process, Relation):
        return "{" + ", ".join(f"{a}->{b}" for a, b in sorted(process.pairs, key=str)) + "}"
    if isinstance(process, frozenset):
        return "{" + ",".join(sorted(map(str, process))) + "}"
    if isinstance(process, tuple):
        return ", ".join(show(each, seen) for each in process)
    if is_dataclass(process) and not isinstance(process, type):
        values = [show(getattr(process, f.name), seen) for f in fields(process)]
        return f"{type(process).__name__}({', '.join(values)})" if values else str(process)
    return str(process)
