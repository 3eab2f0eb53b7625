"""Random processes: the checker's verdicts against a plain oracle.

The oracle explores the firing rules state by state and follows both processes of a refinement as
sets of states, event by event. It shares no code with the checker: no machine, no components,
no normal form, no search of single states.

`pytest tests/checker/test_against_oracle.py --pairs 5000 --seed 7` tries more. A failure names
the seed of its pair, which `pair(seed)` gives again.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
import strategies

import cospec.checker.check as check_module
from cospec.checker.check import check
from cospec.checker.compression import Compression
from cospec.checker.meter import Meter
from cospec.checker.reductions import REDUCTIONS
from cospec.checker.verdict import Kind, Verdict
from cospec.spec.semantics import claims, process
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    DIV,
    SKIP,
    STOP,
    Definition,
    Prefix,
    Process,
    UnguardedRecursion,
)

#: Processes with more states than this are passed over.
MOST_STATES = 150
ALPHABET = ("a", "b", "c")


# Random terms.


class Terms:
    """Random terms over three events, with recursion."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = [Definition(f"X{i}", lambda: STOP) for i in range(2)]
        self.body = True
        for name in self.names:
            body = self.term(3, guarded=False)
            name.unfold = lambda body=body: body
        self.body = False

    def some_events(self) -> frozenset[Event]:
        return frozenset(e for e in ALPHABET if self.random.random() < 0.5)

    def prefix(self, depth: int, guarded: bool | None) -> Process:
        heads = self.random.choice([1, 1, 1, 2])
        then = None if guarded is None else True
        return Prefix(
            [(self.random.choice(ALPHABET), self.term(depth, then)) for _ in range(heads)]
        )

    def term(self, depth: int, guarded: bool | None = True) -> Process:
        """A term; calls appear in it only where an event guards them, or not at all if `guarded`
        is None. In the body of a definition they mostly appear only where terms do not grow.
        """
        random = self.random
        if depth <= 0:
            leaves = [STOP, SKIP, SKIP, DIV]
            if guarded and random.random() < 0.6:
                return random.choice(self.names)()
            return random.choice(leaves)
        if random.random() < 0.35:
            return self.prefix(depth - 1, guarded)
        kind = random.randrange(19)
        if self.body and kind > 4 and random.random() < 0.9:
            guarded = None

        def operand() -> Process:
            return self.term(depth - 1, guarded)

        def several() -> tuple[Process, ...]:
            return tuple(operand() for _ in range(random.choice([2, 2, 2, 3])))

        match kind:
            case 0 | 1:
                return process.ExternalChoice(several())
            case 2 | 3:
                return process.InternalChoice(several())
            case 4:
                return process.Sliding(operand(), operand())
            case 5 | 6:
                return process.Sequential(operand(), operand())
            case 7:
                return process.Interrupt(operand(), operand())
            case 8:
                return process.Throw(operand(), self.some_events(), operand())
            case 9 | 10:
                return process.Parallel(several(), self.some_events())
            case 11:
                operands = several()
                return process.AlphabetisedParallel(
                    operands, tuple(self.some_events() for _ in operands)
                )
            case 12 | 13:
                return process.Hide(operand(), self.some_events())
            case 14:
                return process.Project(operand(), self.some_events())
            case 15:
                pairs = frozenset(
                    (random.choice(ALPHABET), random.choice(ALPHABET)) for _ in range(2)
                )
                return process.Rename(operand(), process.Relation(pairs))
            case 16:
                return process.SynchronisingChoice(several(), self.some_events())
            case 17:
                return process.SynchronisingInterrupt(operand(), self.some_events(), operand())
            case _:
                return random.choice(
                    [
                        process.Chaos(self.some_events()),
                        process.Run(self.some_events()),
                        process.Prioritise(operand(), self.order()),
                        process.Deterministic(frozenset([self.term(2, None)])),
                    ]
                )

    def order(self) -> process.Order:
        """One event gives way to others, and perhaps to τ or ✓."""
        low, *others = self.random.sample(ALPHABET, k=3)
        above = frozenset(e for e in (*others, TAU, TICK) if self.random.random() < 0.5)
        return process.Order({low: above})


# The oracle.


class Graph:
    """All the states of a process by the firing rules, if there are not too many."""

    def __init__(self, root: Process) -> None:
        self.endless = False
        rules = FiringRules(root)
        self.start = list(rules.initial_states())
        self.moves: dict[Process, tuple[tuple[Event, Process], ...]] = {}
        waiting = list(self.start)
        try:
            for state in waiting:  # breadth first: terms that grow for ever grow slowly
                if state not in self.moves:
                    self.moves[state] = rules.transitions(state)
                    waiting += [after for _, after in self.moves[state]]
                if not self.small():
                    break
        except (RecursionError, UnguardedRecursion):  # deter looks beyond the first event
            self.endless = True

    def small(self) -> bool:
        return not self.endless and len(self.moves) <= MOST_STATES

    def close(self, states: Iterable[Process]) -> frozenset[Process]:
        found: set[Process] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting += [after for event, after in self.moves[state] if event is TAU]
        return frozenset(found)

    def after(self, states: frozenset[Process], event: Event) -> frozenset[Process]:
        return self.close(t for s in states for e, t in self.moves[s] if e == event)

    def initials(self, states: Iterable[Process]) -> frozenset[Event]:
        return frozenset(e for s in states for e, _ in self.moves[s] if e is not TAU)

    def refusals(self, states: frozenset[Process]) -> list[frozenset[Event]]:
        """The maximal refusals: of stable states, and all but ✓ where ✓ is possible."""
        universe = {*ALPHABET, TICK}
        found: list[frozenset[Event]] = []
        for state in states:
            offers = {event for event, _ in self.moves[state]}
            if TICK in offers:
                found.append(frozenset(ALPHABET))
            elif TAU not in offers:
                found.append(frozenset(universe - offers))
        return found

    def diverges(self, states: frozenset[Process]) -> bool:
        """Whether τ can go on for ever: what is left when states without τ are taken away."""
        left = set(states)
        while True:
            stuck = {s for s in left if not any(e is TAU and t in left for e, t in self.moves[s])}
            if not stuck:
                return bool(left)
            left -= stuck


def oracle_refines(specification: Graph, model: Model, implementation: Graph) -> bool:
    start = specification.close(specification.start), implementation.close(implementation.start)
    seen, waiting = {start}, [start]
    while waiting:
        spec, impl = waiting.pop()
        if model is Model.FD:
            if specification.diverges(spec):
                continue
            if implementation.diverges(impl):
                return False
        events = implementation.initials(impl)
        if not events <= specification.initials(spec):
            return False
        if model is not Model.T:
            allowed = specification.refusals(spec)
            for refused in implementation.refusals(impl):
                if not any(refused <= each for each in allowed):
                    return False
        for event in events:
            pair = specification.after(spec, event), implementation.after(impl, event)
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return True


def reachable_sets(graph: Graph) -> list[frozenset[Process]]:
    start = graph.close(graph.start)
    seen, waiting = {start: None}, [start]
    for states in waiting:
        for event in graph.initials(states):
            after = graph.after(states, event)
            if after not in seen:
                seen[after] = None
                waiting.append(after)
    return list(seen)


def oracle_deadlock_free(graph: Graph, model: Model, ending_allowed: bool) -> bool:
    ended = {after for moves in graph.moves.values() for event, after in moves if event is TICK}
    for state, moves in graph.moves.items():
        if not moves and not (ending_allowed and state in ended):
            return False
    return model is Model.F or not graph.diverges(frozenset(graph.moves))


def oracle_deterministic(graph: Graph, model: Model) -> bool:
    for states in reachable_sets(graph):
        if model is Model.FD and graph.diverges(states):
            return False
        if any(r & graph.initials(states) for r in graph.refusals(states)):
            return False
    return True


def oracle_has_trace(graph: Graph, trace: tuple[Event, ...], model: Model) -> bool:
    states = graph.close(graph.start)
    for event in [*trace, None]:
        if model is Model.FD and graph.diverges(states):
            return False
        if event is None:
            return True
        if event not in graph.initials(states):
            return False
        if model is not Model.T and any(event in r for r in graph.refusals(states)):
            return False
        states = graph.after(states, event)
    return True


# The comparison.


class CompressedTerms(Terms):
    """The same with compression functions called here and there."""

    def term(self, depth: int, guarded: bool | None = True) -> Process:
        term = super().term(depth, guarded)
        while self.random.random() < 0.25:
            term = process.Compressed(term, self.random.choice(list(REDUCTIONS)))
        return term


def pair(seed: int, compressed: bool = False) -> tuple[Process, Process]:
    """Two random processes; sometimes the second is made to be like the first."""
    random = Random(seed)
    terms = CompressedTerms(random) if compressed else Terms(random)
    first = terms.term(random.choice([2, 3, 4]))
    if random.random() < 0.2:
        first = strategies.random_restarts(random, random.choice([3, 4, 5, 6]))
    if random.random() < 0.5:
        return first, terms.term(random.choice([2, 3]))
    other = terms.term(2)
    likeness = random.choice(
        [
            process.InternalChoice((first, other)),
            process.ExternalChoice((first, first)),
            process.Sequential(SKIP, first),
            process.Parallel((first, STOP if random.random() < 0.5 else SKIP), frozenset()),
            process.Hide(first, terms.some_events()),
            process.Sliding(other, first),
        ]
    )
    return (likeness, first) if random.random() < 0.7 else (first, likeness)


def compare(seed: int, compressed: bool = False) -> int:
    """Asks everything of one pair; the number of questions asked."""
    first, second = pair(seed, compressed)
    graphs = Graph(first), Graph(second)
    if not (graphs[0].small() and graphs[1].small()):
        return 0
    asked = 0
    compression = Compression(worthwhile=1.0, largest_call=500)

    def expect(claim: claims.Claim, holds: bool) -> None:
        nonlocal asked
        asked += 1
        outcome = check(claim, None, compression)
        expected = Verdict.HOLDS if holds else Verdict.FAILS
        assert outcome.verdict is expected, f"seed {seed}: {claim}"
        smaller = compression.claim(claim, Meter())
        if smaller is not None:
            verdict = check(smaller, None, compression).verdict
            assert verdict is expected, f"seed {seed}, compressed: {claim}"
        shown = outcome.counterexample
        if holds:
            assert shown is None
        elif not isinstance(claim, claims.HasTrace):
            assert shown is not None, f"seed {seed}: {claim}"
            assert all(len(step.moves) == len(shown.components) for step in shown.steps)

    for model in (Model.T, Model.F, Model.FD):
        expect(claims.Refines(first, model, second), oracle_refines(*_in(graphs, model)))
        trace = _some_trace(Random(seed), graphs[1])
        expect(claims.HasTrace(second, trace, model), oracle_has_trace(graphs[1], trace, model))
    for term, graph in zip((first, second), graphs, strict=True):
        expect(claims.DivergenceFree(term), not graph.diverges(frozenset(graph.moves)))
        for model in (Model.F, Model.FD):
            expect(claims.Deterministic(term, model), oracle_deterministic(graph, model))
            for ending in (False, True):
                expect(
                    claims.DeadlockFree(term, model, ending),
                    oracle_deadlock_free(graph, model, ending),
                )
    return asked


def _in(graphs: tuple[Graph, Graph], model: Model) -> tuple[Graph, Model, Graph]:
    return graphs[0], model, graphs[1]


def _some_trace(random: Random, graph: Graph) -> tuple[Event, ...]:
    """A trace that is often possible."""
    states, trace = graph.close(graph.start), list[Event]()
    for _ in range(random.randrange(4)):
        possible = sorted(graph.initials(states), key=str)
        if not possible or random.random() < 0.15:
            trace.append(random.choice(ALPHABET))
            break
        trace.append(random.choice(possible))
        states = graph.after(states, trace[-1])
        if trace[-1] is TICK:
            break
    return tuple(trace)


CHUNKS = 10


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_verdict_is_the_oracles(chunk: int, pairs: int, seed: int) -> None:
    share = range(seed + chunk, seed + pairs, CHUNKS)
    print(f"the seeds of the pairs: {share}")
    asked = sum(compare(seed) for seed in share)
    assert asked > 10 * len(share), "too many pairs were passed over"


def test_every_verdict_of_the_compiled_search_is_the_oracles(
    pairs: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, with nothing left to the plain search."""
    monkeypatch.setattr(check_module, "SMALL", 0)
    share = range(seed, seed + pairs, 25)
    print(f"the seeds of the pairs: {share}")
    assert sum(compare(seed) for seed in share) > 10 * len(share)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_compression_functions_change_no_verdict(chunk: int, pairs: int, seed: int) -> None:
    share = range(seed + chunk, seed + pairs, CHUNKS)
    print(f"the seeds of the pairs: {share}")
    asked = sum(compare(seed, compressed=True) for seed in share)
    assert asked > 10 * len(share), "too many pairs were passed over"


def test_the_oracle_sees_every_kind_of_fault(seed: int) -> None:
    kinds = {Kind.TRACE: 0, Kind.FAILURE: 0, Kind.DIVERGENCE: 0}
    for each in range(seed, seed + 1200):
        first, second = pair(each)
        if Graph(first).small() and Graph(second).small():
            shown = check(claims.Refines(first, Model.FD, second)).counterexample
            if shown is not None:
                kinds[shown.kind] += 1
        if min(kinds.values()) >= 3:
            return
    pytest.fail(f"the random pairs are one-sided: {kinds}")
