r"""What a process means, computed from its term alone: traces, stable failures, divergences.

This is the second, independent meaning of a process. Nothing here looks at the firing rules:
each operator has one clause that combines the meanings of its operands. The clauses are those of
Roscoe, *The Theory and Practice of Concurrency* (1997), 8.1 and 8.2, and *Understanding Concurrent
Systems* (2010), 11.1 (traces), 11.2 (stable failures), 12.4 (divergences), with ✓ and
distributed termination throughout. The traces alone are the `process_traces` of the first seed
document, with ✓ added, so that `SKIP` and `STOP` differ.

A meaning is cut off at a depth: it holds the traces of at most so many visible events (a final
✓ is not counted), and what is refused after each.

* **Failures** are kept as *minimal acceptances*: after trace s, a set Y stands for every
  refusal that is disjoint from Y. A state that can terminate has the acceptance {✓}, whatever else
  it offers, since its environment cannot prevent it from ending; after ✓ the acceptance is {}.
  In these terms `P \ A` keeps the acceptances disjoint from A, and `P [] Q` joins them pairwise.
* **Divergences** are the traces that lead to an endless sequence of τ, and only those: they are not
  closed under extension, and traces and failures beyond them are kept. The strict
  failures-divergences model follows by `Meaning.strict`; the less common congruence kept here is
  the finer one, so that tests find more.

Hiding asks for more than any depth: `P \ A` can need arbitrarily long traces of P. It is computed
from ever longer traces of P, until no longer one is relevant, which proves that hiding adds no
divergence (König: terms here branch finitely). Where that does not come to an end, as in
`(P = a -> P) \ {a}`, and where a recursion goes through hiding, `Undecided` is raised: never
a guess.

`prioritise` and `chase` are not congruences of these models, and `deter`, the watchdogs and
embedded systems are defined by states: for them `Undecided` is raised too.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import reduce
from itertools import product
from typing import Any

from cospec.spec.semantics.events import TICK, Event, Trace
from cospec.spec.semantics.meaning import (
    NOTHING,
    Acceptance,
    Builder,
    Failures,
    Meaning,
    Test,
    ended,
    joint,
    length_of,
    merge,
    unions,
)
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Call,
    Chaos,
    Compressed,
    Div,
    ExternalChoice,
    Hide,
    InternalChoice,
    Interrupt,
    Omega,
    Parallel,
    Prefix,
    Process,
    Project,
    Rename,
    Run,
    Sequential,
    Skip,
    Sliding,
    Stop,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
    resolve,
)

#: How many events beyond the depth hiding looks for, and among how many traces.
PATIENCE = 12
TRACES = 4000


class Undecided(Exception):
    """The meaning cannot be computed within the depth; says nothing about the process."""


def meaning(process: Process, depth: int) -> Meaning:
    """The meaning of `process` up to `depth` visible events.

    Raises:
        Undecided: hiding or recursion needs more than any depth, or an operator has no
            denotation in these models.
    """
    return _Clauses().of(process, depth)


def traces(process: Process, depth: int) -> frozenset[Trace]:
    """The traces of at most `depth` visible events, ✓ not counted.

    >>> from cospec.spec.semantics.process import SKIP, STOP
    >>> sorted(map(len, traces(ExternalChoice((Prefix([("a", SKIP)]), STOP)), 3)))
    [0, 1, 2]
    """
    return meaning(process, depth).traces


def failures(process: Process, depth: int) -> Failures:
    """The stable failures, as the minimal acceptances after each trace (see above)."""
    return meaning(process, depth).failures


def divergences(process: Process, depth: int) -> frozenset[Trace]:
    """The traces after which the process can perform τ for ever."""
    return meaning(process, depth).divergences


class _Clauses:
    """One clause for each operator; each meaning is computed once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Process, int], Meaning] = {}
        self._open: dict[Call, int] = {}
        self._hidden = 0

    def of(self, process: Process, depth: int) -> Meaning:
        process = resolve(process)
        known = self._known.get((process, depth))
        if known is None:
            clause = _CLAUSES.get(type(process))
            if clause is None:
                raise Undecided(f"{type(process).__name__} has no denotation in these models")
            known = self._known[process, depth] = clause(self, process, depth)
            if self._hidden and len(known.traces) > TRACES:
                raise Undecided("hiding: too many hidden traces")
        return known

    def _stop(self, _p: Process, _depth: int) -> Meaning:
        return Meaning(frozenset([()]), {(): frozenset([NOTHING])}, frozenset())

    def _skip(self, _p: Skip, _depth: int) -> Meaning:
        made = Builder()
        made.end(())
        return made.freeze()

    def _div(self, _p: Div, _depth: int) -> Meaning:
        return Meaning(frozenset([()]), {}, frozenset([()]))

    def _prefix(self, p: Prefix, depth: int) -> Meaning:
        made = Builder()
        made.offer((), [frozenset(event for event, _ in p.branches)])
        if depth > 0:
            for event, after in p.branches:
                follows = self.of(after, depth - 1)
                for s in follows.traces:
                    made.copy(s, follows, (event, *s))
        return made.freeze()

    def _call(self, p: Call, depth: int) -> Meaning:
        """The least fixed point: in a guarded recursion each unfolding needs a smaller depth."""
        outer = self._open.get(p)
        if outer is not None and depth >= outer:
            raise Undecided(f"{p} recurs without an event in between, or through hiding")
        self._open[p] = depth
        try:
            return self.of(p.body(), depth)
        finally:
            if outer is None:
                del self._open[p]
            else:
                self._open[p] = outer

    def _external_choice(self, p: ExternalChoice, depth: int) -> Meaning:
        made = Builder()
        first: set[Acceptance] = {NOTHING}
        for operand in p.operands:
            each = self.of(operand, depth)
            first = unions(first, each.accepts(()))
            for s in each.traces:
                if s:
                    made.copy(s, each, s)
            if () in each.divergences:
                made.divergences.add(())
        made.offer((), first)
        if (TICK,) in made.traces:
            made.end(())
        return made.freeze()

    def _internal_choice(self, p: InternalChoice, depth: int) -> Meaning:
        made = Builder()
        for operand in p.operands:
            each = self.of(operand, depth)
            for s in each.traces:
                made.copy(s, each, s)
        return made.freeze()

    def _sliding(self, p: Sliding, depth: int) -> Meaning:
        left, right = self.of(p.left, depth), self.of(p.right, depth)
        made = Builder()
        for s in right.traces:
            made.copy(s, right, s)
        for s in left.traces:
            if s:
                made.copy(s, left, s)
        made.divergences |= left.divergences
        if (TICK,) in left.traces:
            made.end(())
        return made.freeze()

    def _sequential(self, p: Sequential, depth: int) -> Meaning:
        left = self.of(p.left, depth)
        made = Builder()
        for s in left.traces:
            if not ended(s):
                made.traces.add(s)
                made.offer(s, (sets for sets in left.accepts(s) if TICK not in sets))
                continue
            before = s[:-1]
            right = self.of(p.right, depth - len(before))
            for t in right.traces:
                made.copy(t, right, before + t)
        made.divergences |= left.divergences
        return made.freeze()

    def _interrupt(self, p: Interrupt, depth: int) -> Meaning:
        return self._interrupting(p.left, p.right, lambda _event: False, depth)

    def _synchronising_interrupt(self, p: SynchronisingInterrupt, depth: int) -> Meaning:
        return self._interrupting(p.left, p.right, lambda event: event in p.events, depth)

    def _interrupting(self, p: Process, q: Process, shared: Test, depth: int) -> Meaning:
        """Until q performs an event of its own, both perform the shared events together."""
        left, right = self.of(p, depth), self.of(q, depth)
        # What q does together with p, and how it may take over then.
        takeovers: dict[Trace, list[tuple[Trace, Trace]]] = {}
        for t in right.traces:
            own = next((i for i, event in enumerate(t) if event is TICK or not shared(event)), None)
            if own is not None:
                takeovers.setdefault(t[:own], []).append((t[own:], t))
        made = Builder()
        for s in left.traces:
            if ended(s):
                continue
            done = tuple(filter(shared, s))
            if done not in right.traces:
                continue
            made.traces.add(s)
            made.offer(s, joint(left.accepts(s), right.accepts(done), shared))
            if s in left.divergences or done in right.divergences:
                made.divergences.add(s)
            if (*s, TICK) in left.traces:
                made.end(s)
            for rest, t in takeovers.get(done, ()):
                if rest == (TICK,):
                    made.end(s)
                elif len(s) + length_of(rest) <= depth:
                    made.copy(t, right, s + rest)
        return made.freeze()

    def _throw(self, p: Throw, depth: int) -> Meaning:
        left = self.of(p.left, depth)
        made = Builder()
        for s in left.traces:
            thrown = next((i for i, event in enumerate(s) if _throws(event, p.events)), None)
            if thrown is None:
                made.copy(s, left, s)
            elif thrown == len(s) - 1:
                right = self.of(p.right, depth - len(s))
                for t in right.traces:
                    made.copy(t, right, s + t)
        return made.freeze()

    def _parallel(self, p: Parallel, depth: int) -> Meaning:
        def shared(event: Event) -> bool:
            return event in p.synchronised

        def alone(event: Event) -> bool:
            return event not in p.synchronised

        parts = [self.of(operand, depth) for operand in p.operands]
        if not parts:
            return self._skip(Skip(), depth)
        return reduce(lambda a, b: merge(a, b, shared, alone, alone, depth), parts)

    def _alphabetised(self, p: AlphabetisedParallel, depth: int) -> Meaning:
        """One operand after another joins those before it, whose alphabet is their union."""
        made: Meaning = self._skip(Skip(), depth)
        for i, operand in enumerate(p.operands):
            made = self._joined(made, p.alphabets[:i], operand, p.alphabets[i], depth)
        return made

    def _joined(
        self,
        before: Meaning,
        alphabets: tuple[Container[Event], ...],
        operand: Process,
        alphabet: Container[Event],
        depth: int,
    ) -> Meaning:
        def old(event: Event) -> bool:
            return any(event in each for each in alphabets)

        return merge(
            before,
            self.of(operand, depth),
            lambda event: old(event) and event in alphabet,
            lambda event: old(event) and event not in alphabet,
            lambda event: event in alphabet and not old(event),
            depth,
        )

    def _hide(self, p: Hide, depth: int) -> Meaning:
        return self._hiding(p.process, lambda event: event not in p.events, depth)

    def _project(self, p: Project, depth: int) -> Meaning:
        return self._hiding(p.process, lambda event: event in p.events, depth)

    def _hiding(self, p: Process, shown: Test, depth: int) -> Meaning:
        def visible(trace: Trace) -> Trace:
            return tuple(event for event in trace if event is TICK or shown(event))

        for length in range(depth + 1, depth + PATIENCE + 1):
            self._hidden += 1
            try:
                inner = self.of(p, length)
            finally:
                self._hidden -= 1
            relevant = [(s, v) for s in inner.traces if length_of(v := visible(s)) <= depth]
            if all(length_of(s) < length for s, _ in relevant):
                break
        else:
            raise Undecided("hiding: the hidden events seem to go on for ever")
        made = Builder()
        for s, v in relevant:
            made.traces.add(v)
            made.offer(v, (a for a in inner.accepts(s) if all(e is TICK or shown(e) for e in a)))
            if s in inner.divergences:
                made.divergences.add(v)
        return made.freeze()

    def _compressed(self, p: Compressed, depth: int) -> Meaning:
        return self.of(p.process, depth)

    def _rename(self, p: Rename, depth: int) -> Meaning:
        def image(event: Event) -> tuple[Event, ...]:
            return (TICK,) if event is TICK else p.relation.image(event)

        inner = self.of(p.process, depth)
        made = Builder()
        for s in inner.traces:
            offers = [frozenset(b for a in each for b in image(a)) for each in inner.accepts(s)]
            for renamed in product(*map(image, s)):
                made.traces.add(renamed)
                made.offer(renamed, offers)
                if s in inner.divergences:
                    made.divergences.add(renamed)
        return made.freeze()

    def _synchronising_choice(self, p: SynchronisingChoice, depth: int) -> Meaning:
        """As long as all events are of the set, all operands perform them; then one goes on.

        The clause is ours; on traces, failures and divergences it is determined, since what an
        operand does after its own event depends on its own trace only.
        """

        def shared(event: Event) -> bool:
            return event is not TICK and event in p.events

        parts = [self.of(operand, depth) for operand in p.operands]
        made = Builder()
        if not parts:
            made.offer((), [NOTHING])
            return made.freeze()
        for i, part in enumerate(parts):
            others = parts[:i] + parts[i + 1 :]
            for s in part.traces:
                common = next((s[:k] for k, event in enumerate(s) if not shared(event)), s)
                if not all(common in other.traces for other in others):
                    continue
                if common != s:
                    made.copy(s, part, s)
                    if s == (*common, TICK):
                        made.end(common)
                    continue
                made.traces.add(s)
                if s in part.divergences:
                    made.divergences.add(s)
                if i == 0:
                    offers: Iterable[Acceptance] = part.accepts(s)
                    for other in others:
                        offers = joint(offers, other.accepts(s), shared)
                    made.offer(s, offers)
        return made.freeze()

    def _chaos(self, p: Chaos, depth: int) -> Meaning:
        made = Builder()
        for s in _all_traces(p.events, depth):
            made.traces.add(s)
            made.offer(s, [NOTHING])
        return made.freeze()

    def _run(self, p: Run, depth: int) -> Meaning:
        made = Builder()
        for s in _all_traces(p.events, depth):
            made.traces.add(s)
            made.offer(s, [p.events])
        return made.freeze()


def _throws(event: Event, events: Container[Event]) -> bool:
    return event is not TICK and event in events


def _all_traces(events: frozenset[Event], depth: int) -> Iterable[Trace]:
    for length in range(depth + 1):
        yield from product(events, repeat=length)


_CLAUSES: dict[type[Process], Callable[[_Clauses, Any, int], Meaning]] = {
    Stop: _Clauses._stop,
    Omega: _Clauses._stop,
    Skip: _Clauses._skip,
    Div: _Clauses._div,
    Prefix: _Clauses._prefix,
    Call: _Clauses._call,
    ExternalChoice: _Clauses._external_choice,
    InternalChoice: _Clauses._internal_choice,
    Sliding: _Clauses._sliding,
    Sequential: _Clauses._sequential,
    Interrupt: _Clauses._interrupt,
    Throw: _Clauses._throw,
    Parallel: _Clauses._parallel,
    AlphabetisedParallel: _Clauses._alphabetised,
    Hide: _Clauses._hide,
    Project: _Clauses._project,
    Rename: _Clauses._rename,
    Compressed: _Clauses._compressed,
    SynchronisingChoice: _Clauses._synchronising_choice,
    SynchronisingInterrupt: _Clauses._synchronising_interrupt,
    Chaos: _Clauses._chaos,
    Run: _Clauses._run,
}
