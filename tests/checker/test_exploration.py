"""Liveness under weak fairness, against a definition that tries every set of states."""

from __future__ import annotations

from itertools import combinations
from random import Random

import networkx

from cospec.checker.exploration import Exploration, Run
from cospec.checker.verdict import Verdict

EVENTS = "abc"
FAIR = frozenset("ab")


class Graph:
    """A random transition system over a few numbered states."""

    def __init__(self, random: Random) -> None:
        count = random.randint(1, 5)
        steps = [
            (random.randrange(count), random.choice(EVENTS), random.randrange(count))
            for _ in range(random.randint(0, 9))
        ]
        self.moves = {n: [(e, t) for s, e, t in steps if s == n] for n in range(count)}
        self.goal = {n for n in range(count) if random.random() < 0.25}
        self.trigger = {n for n in range(count) if random.random() < 0.5}

    def initial_states(self) -> tuple[int, ...]:
        return (0,)

    def transitions(self, state: int) -> list[tuple[str, int]]:
        return self.moves[state]


def broken(graph: Graph, starts: set[int]) -> bool:
    """Whether a fair run from one of `starts` avoids the goal, by trying every set of states that
    such a run may visit again and again."""
    avoiding = networkx.DiGraph()
    avoiding.add_nodes_from(n for n in graph.moves if n not in graph.goal)
    for state, moves in graph.moves.items():
        avoiding.add_edges_from((state, to) for _, to in moves if {state, to} <= set(avoiding))
    reached = set()
    for start in starts & set(avoiding):
        reached |= {start} | networkx.descendants(avoiding, start)
    if any(not graph.moves[n] for n in reached):
        return True
    return any(
        fair(graph, set(part))
        for size in range(1, len(reached) + 1)
        for part in combinations(sorted(reached), size)
        if networkx.is_strongly_connected(avoiding.subgraph(part))
        and (size > 1 or avoiding.has_edge(part[0], part[0]))
    )


def fair(graph: Graph, part: set[int]) -> bool:
    """Whether a run that visits just these states again and again, by all the steps between them,
    treats the fair events fairly."""
    for event in FAIR:
        taken = any(e == event and to in part for n in part for e, to in graph.moves[n])
        idle = any(event not in dict(graph.moves[n]) for n in part)
        if not taken and not idle:
            return False
    return True


def check_run(graph: Graph, run: Run[int], starts: set[int]) -> None:
    """The run is one of the graph, and avoids the goal from a trigger on, fairly."""
    assert run.states[0] == 0
    onward = run.states[1:] if run.loop is None else (*run.states[1:], run.states[run.loop])
    for state, event, to in zip(run.states[: len(onward)], run.events, onward, strict=True):
        assert (event, to) in graph.moves[state]
    begun = [n for n, state in enumerate(run.states) if state in starts]
    assert any(not set(run.states[n:]) & graph.goal for n in begun)
    if run.loop is None:
        assert not graph.moves[run.states[-1]]
        return
    round_trip = set(run.states[run.loop :])
    assert not round_trip & graph.goal
    for event in FAIR:
        idle = any(event not in dict(graph.moves[state]) for state in round_trip)
        assert idle or event in run.events[run.loop :]


def test_random_graphs_agree_with_the_definition(seed: int) -> None:
    verdicts = {Verdict.HOLDS: 0, Verdict.FAILS: 0}
    for number in range(seed, seed + 1500):
        graph = Graph(Random(number))
        found = Exploration(graph)
        starts = {n for n in found.states if n in graph.trigger}
        for trigger, begin in ((None, {0}), (graph.trigger.__contains__, starts)):
            answer = found.leads_to(trigger, graph.goal.__contains__, FAIR.__contains__)
            expected = Verdict.FAILS if broken(graph, begin) else Verdict.HOLDS
            assert answer.verdict is expected, f"seed {number}"
            verdicts[expected] += 1
            if answer.run is not None:
                check_run(graph, answer.run, begin)
    assert min(verdicts.values()) > 100, f"one-sided: {verdicts}"


def test_what_needs_too_much_memory_stays_unknown() -> None:
    class Growing:
        def initial_states(self) -> tuple[int]:
            return (0,)

        def transitions(self, state: int) -> list[tuple[str, int]]:
            return [("more", state + 1)]

    found = Exploration(Growing(), memory=1.0)
    assert not found.complete
    assert found.deadlock_free().verdict is Verdict.UNKNOWN
    assert found.deadlock_free().reason == "out of memory: 1e-09 GB allowed"
