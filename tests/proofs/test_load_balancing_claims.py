"""Claims on load balancing: shortest counterexamples, and what z3 says is what the models do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import pytest
import z3

from cospec.models.load_balancer import REPAIRED, Call, RoundRobin, least_connected, smooth
from cospec.models.model import action
from cospec.proofs import balancing_logic as logic
from cospec.proofs.claims import CLAIMS, instance_selection
from cospec.proofs.claims import load_balancing as claims
from cospec.proofs.evidence import natural, prove
from cospec.proofs.register import Finding, Proof, Truth, Undecided, run


def runs(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def test_counterexamples_are_shortest() -> None:
    assert [len(steps) - 1 for steps in runs("lb-fairness-rr")] == [2]
    assert [len(steps) - 1 for steps in runs("lb-rr-repaired")] == [4, 2, 5]
    assert [len(steps) - 1 for steps in runs("lb-select-alive")] == [2]
    assert runs("lb-fairness-weighted") == [("weights (1, 1)", "2 requests → (2, 0)")]
    assert runs("lb-least-connections") == [("active connections (1, 0) → index 0",)]
    assert runs("lb-random") == [("2 instances, 2 requests → (2, 0)",)]


def test_adding_a_third_instance_moves_four_keys_of_six() -> None:
    (key,), (share,) = runs("lb-consistent-hash-minimal")
    assert key == "2 instances and one more: the key with hash 3 goes from index 1 to 0"
    assert share == "2 instances and one more: 4 of 6 keys move, 2 would do"


def test_only_the_sum_of_the_weights_makes_selecting_panic() -> None:
    (steps,) = runs("lb-select-safe")
    assert steps == ("WeightedRoundRobin with weights (1, 4294967295) for a, b → panics",)


# ----------------------------------------------------------------------------------- the repairs


def first_heaviest(current: Sequence[int], weights: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """A weighted balancer that forgets what it owes."""
    return weights.index(max(weights)), tuple(current)


def last_least(connections: Sequence[int]) -> int:
    """The most connections instead of the fewest."""
    return connections.index(max(connections))


def by_rank(points: Sequence[tuple[int, int]], _: int, key: int) -> int:
    """No ring at all."""
    return points[key % len(points)][1]


def falsified(finding: Finding) -> bool:
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict is Truth.FALSE


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert claims.fairness_rr(REPAIRED).verdict is Truth.TRUE
    assert claims.fairness_weighted(smooth).verdict is Truth.TRUE
    assert claims.least_connections(least_connected).verdict is Truth.TRUE
    assert instance_selection.hash_balance(instance_selection.by_request).verdict is Truth.TRUE


def test_without_its_repair_each_claim_fails() -> None:
    assert falsified(claims.rr_repaired(RoundRobin()))
    assert falsified(claims.fairness_weighted_repaired(claims.first_of_all))
    assert falsified(claims.least_connections_repaired(lambda _: 0))
    assert falsified(instance_selection.hash_balance_repaired(instance_selection.by_service))
    assert falsified(instance_selection.select_alive_repaired(Call()))


def test_other_balancers_that_err_are_found_out() -> None:
    assert falsified(claims.fairness_weighted_repaired(first_heaviest))
    assert falsified(claims.least_connections_repaired(last_least))
    assert falsified(instance_selection.hash_minimal_repaired(by_rank))


@dataclass(frozen=True)
class Skipping(RoundRobin):
    """A balancer whose counter goes on by two."""

    @action
    def selects(self) -> RoundRobin:
        after = self._given()
        return replace(after, counter=self.counter + 2)


def test_a_counter_that_skips_is_found_out() -> None:
    assert falsified(claims.rr_repaired(Skipping(counting=True)))


# ------------------------------------------------------------------------------ what z3 is asked


def says(formula: z3.BoolRef, *values: tuple[z3.ExprRef, int]) -> bool:
    """Whether a formula holds for these values; that has to be plain."""
    plain = z3.simplify(z3.substitute(formula, *((n, z3.IntVal(v)) for n, v in values)))
    assert z3.is_true(plain) or z3.is_false(plain), plain
    return z3.is_true(plain)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_turns_of_z3_are_those_of_the_model(size: int) -> None:
    state = replace(REPAIRED, listed=tuple(range(size)), counts=(0,) * size, requests=9)
    turn = logic.Turn(*map(z3.IntVal, (0, 0, 0)))
    for _ in range(9):
        assert says(turn.consistent(), (logic.number, size))
        assert says(turn.counter == state.counter)
        for place, count in enumerate(state.counts):
            assert says(turn.given(z3.IntVal(place)) == count)
        state = state.selects()
        turn = logic.Turn(
            *(
                z3.simplify(z3.substitute(each, (logic.number, z3.IntVal(size))))
                for each in (turn.next().counter, turn.next().rounds, turn.next().beyond)
            )
        )


def test_what_z3_proves_of_smooth_round_robin_is_so_in_small_cases() -> None:
    for weights in product(range(4), repeat=3):
        total, current, counts = sum(weights), (0, 0, 0), [0, 0, 0]
        if total == 0:
            continue
        for k in range(2 * total + 1):
            assert sum(current) == 0
            assert all(value > -total for value in current)
            earned = zip(weights, counts, strict=True)
            assert current == tuple(k * weight - total * count for weight, count in earned)
            place, current = smooth(current, weights)
            counts[place] += 1


PROOFS = (
    logic.round_robin_is_fair,
    logic.least_connected_is_least,
    logic.least_connected_is_fair,
    logic.smooth_is_exact,
    logic.a_key_moves_to_the_new_instance,
    logic.every_instance_has_keys,
    logic.random_is_fair_on_average,
    logic.retrying_gets_an_answer,
)


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.__name__)
def test_no_proof_rests_on_hypotheses_that_contradict_one_another(
    proof: Callable[[], Proof], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def proved(formula: z3.BoolRef, *given: z3.BoolRef) -> None:
        solver = z3.Solver()
        solver.add(*given)
        assert solver.check() == z3.sat, given
        asked.append(formula)
        prove(formula, *given)

    monkeypatch.setattr(logic, "prove", proved)
    monkeypatch.setattr(natural, "prove", proved)
    assert not proof().bounds
    assert asked


def test_z3_refutes_a_turn_that_gives_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(turn: logic.Turn, instance: z3.ArithRef) -> z3.ArithRef:
        return turn.rounds + z3.If(instance <= turn.beyond, 1, 0)

    monkeypatch.setattr(logic.Turn, "given", given)
    with pytest.raises(Undecided):
        logic.round_robin_is_fair()
