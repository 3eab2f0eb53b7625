"""Replays a counterexample on the firing rules before anyone sees it.

The machine that found a fault is the clever part; this is the plain one. Each machine
state on the path is written out as a whole process term, and the
firing rules must lead from each term to the next, and show the fault in the last. For a
refinement the specification's terms, too, must allow the trace and not the fault.

Two liberties of the machine are allowed for by admitting further τ in a step: nested parallel
operators end together, and `chase` jumps to the end of a τ path. A chased process is replayed
as the process itself: which path the firing rules would chase is no business of the machine's.

Where the script compresses a process, the machine has a component whose states stand for no
terms. The terms of such a machine are those of the process with the explicit table in place of what
was compressed, and the table itself is taken on trust. So the fault is looked for a second time, in
the process as it is written (`witness`); but where that has too many states after the trace, the
first replay is all there is.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from cospec.checker.compile import Compiler
from cospec.checker.counterexample import Behaviour, Path
from cospec.checker.derivation import Derivation
from cospec.checker.divergence import TauCycles
from cospec.checker.embed import Canonical, canonical
from cospec.checker.labels import TAU_ID
from cospec.checker.machine import Machine, State
from cospec.checker.verdict import Kind
from cospec.checker.witness import Exhausted, Witnesses, patience
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules, normalised
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Chase,
    Hide,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
)

#: How many terms may be looked at to replay one step.
FURTHEST = 1_000_000


class ReplayError(Exception):
    """A counterexample does not stand up to the firing rules. This is a bug in cospec."""


class Replay:
    """Replays the behaviours of one process."""

    def __init__(self, process: Process, machine: Machine, compiler: Compiler) -> None:
        self._process = process
        self._machine = machine
        self._compiler = compiler
        self._start = canonical(process, compiler.tables)
        self._rules = FiringRules(self._start)
        self._canonical = Canonical(compiler.tables)
        self._derivation = Derivation(self._rules, self._canonical)

    def _term(self, state: State) -> Process:
        """The whole process that a machine's state stands for."""
        return self._canonical(self._machine.term(state))

    def check(self, behaviour: Behaviour) -> None:
        """Replays the path and the fault at its end.

        Raises:
            ReplayError: some step or the fault is not what the firing rules say.
        """
        self._check(behaviour)
        if self._compiler.embedder.compresses:
            with suppress(Exhausted):
                self._check_written(behaviour)

    def _check_written(self, behaviour: Behaviour) -> None:
        """Looks for the fault among the terms of the process as it is written.

        Raises:
            Exhausted: there are too many.
        """
        written = Witnesses(self._process)
        events = self._machine.labels.events
        trace = [events[event] for event in _visible(behaviour.path)]
        accepted = self._machine.labels.decode(behaviour.accepted or 0)
        event = None if behaviour.event is None else events[behaviour.event]

        def accepts(term: Process) -> bool:
            offers = written.offers(term)
            return TICK in offers if accepted == {TICK} else offers <= accepted

        found = False
        if behaviour.loop is not None:
            found = written.exists(trace, written.diverges)
        elif behaviour.kind is Kind.TRACE:
            found = written.exists(trace, lambda term: event in written.offers(term))
        elif behaviour.accepted is not None:
            found = written.exists(trace, accepts)
            if behaviour.other is not None:
                other = [events[each] for each in _visible(behaviour.other)]
                found = found and written.exists(other, lambda _: True)
        _require(found, "the process does not show the fault without compression")

    def _check(self, behaviour: Behaviour) -> None:
        end = self._walk(behaviour.path)
        offers = {event for event, _ in self._rules.transitions(end)}
        events = self._machine.labels.events
        match behaviour.kind:
            case Kind.TRACE:
                assert behaviour.event is not None
                _require(events[behaviour.event] in offers, "the event is not possible")
            case Kind.DEADLOCK:
                _require(not offers, "the last state is no deadlock")
            case Kind.FAILURE:
                self._check_acceptance(behaviour, offers)
            case Kind.DIVERGENCE:
                self._check_loop(behaviour)
            case Kind.NONDETERMINISM:
                if behaviour.loop is not None:
                    self._check_loop(behaviour)
                    return
                assert behaviour.other is not None
                assert behaviour.event is not None
                self._check_acceptance(behaviour, offers)
                self._walk(behaviour.other)
                refusing = (*_visible(behaviour.path), behaviour.event)
                _require(refusing == _visible(behaviour.other), "the two traces differ")
                refused = events[behaviour.event]
                _require(
                    refused not in offers or (TICK in offers and refused is not TICK),
                    "the event is not refused",
                )

    def _check_acceptance(self, behaviour: Behaviour, offers: set[Event]) -> None:
        assert behaviour.accepted is not None
        accepted = self._machine.labels.decode(behaviour.accepted)
        if accepted == {TICK}:
            _require(TICK in offers, "the last state cannot terminate")
        else:
            _require(offers == accepted, "the last state offers something else")

    def _check_loop(self, behaviour: Behaviour) -> None:
        assert behaviour.loop is not None
        states = behaviour.loop.states
        _require(
            len(states) > 1 and states[0] == states[-1] == behaviour.path.end, "the loop is open"
        )
        self._steps(behaviour.loop)

    def _walk(self, path: Path) -> Process:
        first = self._term(path.states[0])
        _require(self._leads(self._start, None, first), "the path begins somewhere else")
        self._steps(path)
        return self._term(path.end)

    def _steps(self, path: Path) -> None:
        events = self._machine.labels.events
        terms = [self._term(state) for state in path.states]
        for number, (before, behind) in enumerate(itertools.pairwise(terms)):
            event = events[path.events[number]]
            _require(
                self._derivation.leads(before, event, behind) or self._leads(before, event, behind),
                f"step {number + 1} ({event}) is no transition",
            )

    def _leads(self, start: Process, event: Event | None, end: Process) -> bool:
        """Whether the event, if any, and then any number of τ lead from one term to the other.

        Chasing a process of 200 parts leads through a closure of 2 to the 200 states, so terms
        that look more like the end are looked at first.
        """
        first = [start] if event is None else self._after(start, event)
        seen = set(first)
        queue = [(distance(term, end), number, term) for number, term in enumerate(seen)]
        heapq.heapify(queue)
        while queue:
            term = self._canonical(heapq.heappop(queue)[2])
            if term == end:
                return True
            if len(seen) > FURTHEST:
                raise ReplayError("the counterexample is too long to be replayed")
            for target in self._after(term, TAU):
                if target not in seen:
                    seen.add(target)
                    heapq.heappush(queue, (distance(target, end), len(seen), target))
        return False

    def _after(self, term: Process, event: Event) -> list[Process]:
        return [after for each, after in self._rules.transitions(term) if each == event]


def distance(one: Process, other: Process) -> int:
    """In how many parts two terms differ, parallel operators being taken apart."""
    if one is other:
        return 0
    if isinstance(one, (Parallel, AlphabetisedParallel)) and type(one) is type(other):
        like: Any = other
        parts = zip(one.operands, like.operands, strict=False)
        return sum(0 if a is b else distance(a, b) for a, b in parts)
    if isinstance(one, (Hide, Project, Rename, Prioritise, Chase)) and type(one) is type(other):
        wrapped: Any = other
        return distance(one.process, wrapped.process)
    return int(one != other)


def check_refused(
    specification: Process, compiler: Compiler, behaviour: Behaviour, model: Model
) -> None:
    """Checks on its terms that the specification allows the trace and not the fault.

    Raises:
        ReplayError: it does not allow the one or does allow the other.
    """
    if compiler.embedder.chases:
        return  # The rules may chase along other paths than the machine did.
    if not compiler.embedder.compresses:
        _check_refused(specification, compiler, behaviour, model, normalised, math.inf)
        return

    _check_refused(specification, compiler, behaviour, model, Canonical(compiler.tables), math.inf)
    with suppress(Exhausted):
        most = patience(canonical(specification))
        _check_refused(specification, compiler, behaviour, model, normalised, most)


def _check_refused(
    specification: Process,
    compiler: Compiler,
    behaviour: Behaviour,
    model: Model,
    form: Callable[[Process], Process],
    most: float,
) -> None:
    """The same for terms in this form; raises `Exhausted` when they are more than `most`."""
    start = form(specification)
    rules = FiringRules(start)
    known: dict[Process, list[tuple[Event, Process]]] = {}

    def moves(term: Process) -> list[tuple[Event, Process]]:
        found = known.get(term)
        if found is None:
            if len(known) >= most:
                raise Exhausted
            found = [(event, form(after)) for event, after in rules.transitions(term)]
            known[term] = found
        return found

    def taus(term: Process) -> list[Process]:
        return [target for event, target in moves(term) if event is TAU]

    cycles: TauCycles[Process] = TauCycles(taus)
    events = compiler.labels.events
    here = _closure([start], taus)
    trace = [events[event] for event in _visible(behaviour.path)]
    for event in [*trace, None]:
        if model is Model.FD:
            _require(not any(map(cycles.reaches, here)), "the specification diverges on the way")
        if event is not None:
            onward = [t for term in here for e, t in moves(term) if e == event]
            _require(bool(onward), f"the specification does not allow {event} on the way")
            here = _closure(onward, taus)
    offers = [{event for event, _ in moves(term)} for term in here]
    if behaviour.kind is Kind.TRACE:
        assert behaviour.event is not None
        fault = events[behaviour.event]
        _require(not any(fault in each for each in offers), f"the specification allows {fault}")
    elif behaviour.kind is Kind.FAILURE:
        assert behaviour.accepted is not None
        accepted = compiler.labels.decode(behaviour.accepted)
        for each in offers:
            if TICK in each:
                _require(TICK not in accepted, "the specification may refuse as much: it can end")
            elif TAU not in each:
                _require(not each <= accepted, "the specification may refuse as much")


def _closure(
    start: Iterable[Process], taus: Callable[[Process], Iterable[Process]]
) -> dict[Process, None]:
    """All that τ leads to, nearest first."""
    closure = dict.fromkeys(start)
    queue = list(closure)
    for term in queue:
        for target in taus(term):
            if target not in closure:
                closure[target] = None
                queue.append(target)
    return closure


def _visible(path: Path) -> tuple[int, ...]:
    return tuple(event for event in path.events if event != TAU_ID)


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ReplayError(f"the counterexample cannot be replayed: {otherwise}")
