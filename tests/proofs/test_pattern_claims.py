"""Claims on patterns and on recommending them: their counterexamples, and what the repairs do."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import networkx
import pytest
import z3

from cospec.checker.check import check
from cospec.models.recommender import REPAIRED, REPAIRS, Metrics, Requirements
from cospec.proofs import composition_logic as logic
from cospec.proofs.claims import optimisations, patterns, recommendations
from cospec.proofs.claims.patterns import CLAIMS as PATTERNS
from cospec.proofs.claims.patterns import Calls, graphs, network
from cospec.proofs.claims.recommendations import CLAIMS as RECOMMENDATIONS
from cospec.proofs.register import Finding, Truth, Undecided, run
from cospec.spec.semantics.claims import DeadlockFree, Model

_, NODES = z3.EnumSort("Node", ["n0", "n1", "n2"])


def steps_of(finding: Finding | None) -> list[tuple[str, ...]]:
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def test_two_patterns_are_stuck_at_the_start() -> None:
    (steps,) = steps_of(run(PATTERNS["pattern-composition"]).finding)
    assert steps == (
        "P = a → b → P, deadlock free",
        "Q = b → a → Q, deadlock free",
        "P [|{a, b}|] Q is stuck after ⟨⟩",
    )


def test_patterns_that_share_nothing_or_are_always_ready_are_not_stuck() -> None:
    assert patterns.composition("APART").verdict is Truth.TRUE


# ------------------------------------------------------------------------- clients and servers


def test_exactly_the_cycles_of_calls_that_all_fall_into_stop_a_network() -> None:
    # Two processes that call each other, and a third one that has nothing to do with them, go on.
    for calls in graphs(3):
        graph = networkx.DiGraph(list(calls))
        graph.add_nodes_from(range(3))
        cyclic = {node for part in networkx.simple_cycles(graph) for node in part}
        doomed = {
            node for node in graph if node in cyclic or cyclic & networkx.descendants(graph, node)
        }
        assert patterns._never_stuck(network(calls)) == (len(doomed) < 3), calls


def test_without_levels_a_network_of_any_size_is_not_proved() -> None:
    logic.acyclic_network()
    with pytest.raises(Undecided, match="refutes"):
        logic.acyclic_network(falling=False)


class Transcribed:
    """A network of three as the transcription for z3 has it, walked with plain values."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def _may_call(self, one: Any, other: Any) -> Any:
        pairs = ((NODES[i], NODES[j]) for i, j in self._calls)
        return z3.Or([z3.And(one == i, other == j) for i, j in pairs])

    def _among(self, values: tuple[Any, ...]) -> logic.Each:
        first, second, third = values
        return lambda node: z3.If(node == NODES[0], first, z3.If(node == NODES[1], second, third))

    def _seen(self, state: tuple[tuple[Any, ...], ...]) -> tuple[tuple[str, ...], ...]:
        """What is looked at; the rest may be anything."""
        shown = []
        for mode, own, client, server in zip(*state, strict=True):
            busy, asks = not mode.eq(logic.IDLE), str(mode) in ("calling", "waiting")
            served = str(client) if busy and not z3.is_true(own) else ""
            shown.append((str(mode), str(own) if busy else "", served, str(server) if asks else ""))
        return tuple(shown)

    def states(self) -> int:
        """How many states are reached from where all are idle."""
        nothing = (NODES[0],) * 3
        start = ((logic.IDLE,) * 3, (z3.BoolVal(False),) * 3, nothing, nothing)
        found = {self._seen(start)}
        waiting = [start]
        while waiting:
            net = logic.Network(*map(self._among, waiting.pop()))
            for i, j in product(NODES, repeat=2):
                for step in logic.steps(self._may_call, net, i, j):
                    if z3.is_true(z3.simplify(step.enabled)):
                        made = step.after
                        each = (made.mode, made.own, made.client, made.server)
                        after = tuple(
                            tuple(z3.simplify(values(node)) for node in NODES) for values in each
                        )
                        if self._seen(after) not in found:
                            found.add(self._seen(after))
                            waiting.append(after)
        return len({tuple(map(self._in_script, enumerate(state))) for state in found})

    def _in_script(self, numbered: tuple[int, tuple[str, ...]]) -> tuple[str, ...]:
        """In the script who may call nobody answers at once."""
        number, (mode, *rest) = numbered
        leaf = all(client != number for client, _ in self._calls)
        return ("answering" if leaf and mode == "serving" else mode, *rest)


@pytest.mark.parametrize("calls", [{(0, 1)}, {(0, 1), (1, 2)}, {(0, 1), (1, 0)}], ids=str)
def test_the_transcription_of_networks_has_as_many_states_as_the_script(calls: set[Any]) -> None:
    claim = DeadlockFree(patterns._script().process(network(frozenset(calls))), Model.F)
    assert Transcribed(frozenset(calls)).states() == check(claim, exhaustive=True).states


# ------------------------------------------------------------------------------- recommending


def test_recommending_fails_in_the_fewest_flags() -> None:
    wrong = steps_of(run(RECOMMENDATIONS["recommend-fault-tolerance"]).finding)
    assert wrong[0] == ("fault_tolerance_critical ⇒ ActorPattern(balanced_actor_config)",)
    assert wrong[1] == (
        "event_processing_intensive ∧ fault_tolerance_critical ⇒ "
        "EventDrivenPattern(optimized_event_config)",
    )
    assert len(steps_of(run(RECOMMENDATIONS["recommend-table"]).finding)) == 5


def test_metrics_that_are_never_looked_at_are_these_two() -> None:
    wrong = steps_of(run(optimisations.CLAIMS["recs-all-metrics"]).finding)
    assert [steps[0].split(" ")[0] for steps in wrong] == ["cpu_utilization", "context_switches"]


REPAIRED_CLAIMS = {
    "resilient": recommendations.fault_tolerance_repaired,
    "combining": recommendations.monotone_patterns_repaired,
    "extended": recommendations.table_repaired,
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_its_claim_fails(repair: str) -> None:
    check = REPAIRED_CLAIMS[repair]
    assert check(REPAIRED).verdict is Truth.TRUE
    finding = check(replace(REPAIRED, **{repair: False}))
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_optimisations_that_are_not_advised_rightly_are_noticed() -> None:
    def lenient(metrics: Metrics, required: Requirements) -> tuple[str, ...]:
        return ("LatencyOptimization",) if metrics.latency_p99 < required.max_latency else ()

    with pytest.raises(Undecided):
        optimisations.sound_complete(lenient)
    with pytest.raises(Undecided):
        optimisations.monotone(lenient)

    def unordered(metrics: Metrics, required: Requirements) -> tuple[str, ...]:
        both = ("ThroughputOptimization", "MemoryOptimization")
        return both if metrics.throughput < required.min_throughput else ()

    assert optimisations.order(unordered).verdict is Truth.FALSE
