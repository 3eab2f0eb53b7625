"""Claims on load balancing (M10): seed 001, section 2.1, `LoadBalancer::select_instance`.

Where a strategy is repaired, what is claimed of it is looked at in small cases and proved by z3 for
any number of instances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

from cospec.models.load_balancer import (
    AS_WRITTEN,
    REPAIRED,
    RoundRobin,
    Strategy,
    least_connected,
    select,
    smooth,
)
from cospec.proofs import balancing_logic as logic
from cospec.proofs.evidence import (
    always,
    conditional,
    confirmed,
    each,
    refuted,
    smallest_first,
    weighed,
)
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

SEED = "seed 001, section 2.1"

#: Names of instances.
NAMES = ("a", "b", "c")


def _first(_: Sequence[int]) -> int:
    """What three of the five strategies do, whatever they should look at: `&instances[0]`."""
    return 0


# ---------------------------------------------------------------------------------- round robin


def _fair(design: RoundRobin, sizes: Sequence[int] = (1, 2, 3, 4)) -> Proof | Counterexample:
    starts = [replace(design, listed=tuple(range(size)), counts=(0,) * size) for size in sizes]
    text = "no instance is given two requests more than another"
    bounds = f"{min(sizes)} to {max(sizes)} instances, {design.requests} requests"
    return smallest_first(
        starts, lambda start: always(start, RoundRobin.fair, text, bounds), bounds
    )


@CLAIMS.claim(
    "lb-fairness-rr",
    model="M10",
    source=f"{SEED}, definition load_balancing_fairness, for LoadBalancingStrategy::RoundRobin",
    statement=(
        "Among the same healthy instances, no instance is ever given two requests more than "
        "another."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="lb-rr-repaired",
)
def fairness_rr(design: RoundRobin = AS_WRITTEN) -> Finding:
    """The second request goes where the first went."""
    return confirmed(_fair(design), logic.round_robin_is_fair)


@CLAIMS.claim(
    "lb-rr-repaired",
    model="M10",
    source=f"{SEED}, repair of LoadBalancingStrategy::RoundRobin",
    statement=(
        "With a counter, its remainder by the number of instances being the index, no instance is "
        "ever given two requests more than another, while all of them are listed."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def rr_repaired(design: RoundRobin = REPAIRED) -> Finding:
    """What is against it: instances that leave and come back, a counter that is read by two at
    once, and one that begins anew where that is no whole number of rounds (u8 to u64 do, at a
    power of two); here 4 with three instances."""
    still = _fair(design)
    if isinstance(still, Counterexample):
        return Finding(counterexamples=(still,))
    wrong = refuted(
        _fair(replace(design, departures=2)),
        _fair(replace(design, atomic=False)),
        _fair(replace(design, modulus=4), (3,)),
    )
    if not wrong:
        raise Undecided("no case needs the hypothesis")
    hypothesis = (
        "the list stays as it is, the counter is read and incremented in one step, and it never "
        "begins anew"
    )
    return Finding((replace(logic.round_robin_is_fair(), under=hypothesis), still), wrong)


# ------------------------------------------------------------------------------------- weighted

#: A balancer with weights: the index that it picks, and what it remembers.
Balancer = Callable[[Sequence[int], Sequence[int]], tuple[int, tuple[int, ...]]]


def first_of_all(current: Sequence[int], weights: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """`weighted_round_robin_select`: the sum of the weights is computed, and not used."""
    return _first(weights), tuple(current)


def _picks(balancer: Balancer, weights: Sequence[int], requests: int) -> list[int]:
    current: tuple[int, ...] = (0,) * len(weights)
    made = []
    for _ in range(requests):
        place, current = balancer(current, weights)
        made.append(place)
    return made


@CLAIMS.claim(
    "lb-fairness-weighted",
    model="M10",
    source=f"{SEED}, LoadBalancer::weighted_round_robin_select",
    statement=(
        "Of as many requests in a row as the weights add up to, each instance is given as many as "
        "its weight."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="lb-fairness-weighted-repaired",
)
def fairness_weighted(balancer: Balancer = first_of_all) -> Finding:
    """All weights up to 4 for up to three instances, and all windows of three rounds."""

    def exact(weights: tuple[int, ...]) -> bool:
        total = sum(weights)
        picks = _picks(balancer, weights, 3 * total)
        windows = (picks[k : k + total] for k in range(2 * total + 1))
        return all(tuple(map(window.count, range(len(weights)))) == weights for window in windows)

    def shown(weights: tuple[int, ...]) -> tuple[str, ...]:
        picks = _picks(balancer, weights, sum(weights))
        given = tuple(map(picks.count, range(len(weights))))
        return f"weights {weights}", f"{sum(weights)} requests → {given}"

    cases = [weights for n in (1, 2, 3) for weights in product(range(1, 5), repeat=n)]
    text = "as many requests as the weights say, in each window"
    ordered = sorted(cases, key=lambda weights: (len(weights), sum(weights)))
    return weighed([each(ordered, exact, text, "weights of 1 to 4, up to 3 instances", shown)])


@CLAIMS.claim(
    "lb-fairness-weighted-repaired",
    model="M10",
    source=f"{SEED}, repair of LoadBalancer::weighted_round_robin_select",
    statement=(
        "With smooth weighted round robin, any as many requests in a row as the weights add up to "
        "give each instance as many as its weight; for any number of instances and any weights of "
        "at least 0 that are not all 0."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def fairness_weighted_repaired(balancer: Balancer = smooth) -> Finding:
    """By induction on the requests: what each instance has is k times its weight less W for each
    time it was picked, adds up to 0, and stays above −W."""
    explored = fairness_weighted(balancer)
    if explored.counterexamples:
        return explored
    return Finding((logic.smooth_is_exact(), *explored.proofs))


# ---------------------------------------------------------------------------- least connections

#: What picks an index from the connections of each instance.
Picker = Callable[[Sequence[int]], int]


@CLAIMS.claim(
    "lb-least-connections",
    model="M10",
    source=f"{SEED}, LoadBalancer::select_least_connected",
    statement="The instance that is selected has no more active connections than any other.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="lb-least-connections-repaired",
)
def least_connections(picker: Picker = _first) -> Finding:
    """Up to three instances with up to five connections each."""

    def least(connections: tuple[int, ...]) -> bool:
        return connections[picker(connections)] == min(connections)

    def shown(connections: tuple[int, ...]) -> str:
        return f"active connections {connections} → index {picker(connections)}"

    cases = [c for n in (1, 2, 3) for c in product(range(6), repeat=n)]
    ordered = sorted(cases, key=lambda connections: (len(connections), sum(connections)))
    text = "the fewest connections"
    return weighed([each(ordered, least, text, "up to 3 instances, 5 connections", shown)])


@CLAIMS.claim(
    "lb-least-connections-repaired",
    model="M10",
    source=f"{SEED}, repair of LoadBalancer::select_least_connected",
    statement=(
        "When the first minimum is selected, the instance has no more active connections than any "
        "other; and as long as no connection ends, no two instances differ by more than one; for "
        "any number of instances."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def least_connections_repaired(picker: Picker = least_connected) -> Finding:
    """The loop by induction on the list, the difference by induction on the requests."""
    explored = least_connections(picker)
    if explored.counterexamples:
        return explored
    every = logic.least_connected_is_least(), logic.least_connected_is_fair()
    return Finding((*every, *explored.proofs))


# -------------------------------------------------------------------------------------- chance


@CLAIMS.claim(
    "lb-random",
    model="M10",
    source=f"{SEED}, LoadBalancingStrategy::Random",
    statement="Random selection is fair: no instance is given two requests more than another.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def random_selection() -> Finding:
    """`SliceRandom::choose` gives each element with the same probability (its page): so all
    sequences of choices are as likely. One of them gives all to one instance; over all of them,
    each instance has its share."""
    names = NAMES

    def places(chances: tuple[int, ...], number: int) -> list[str]:
        return [select(Strategy.RANDOM, names[:number], chance=c) for c in chances]

    def counts(case: tuple[int, tuple[int, ...]]) -> list[int]:
        chosen = places(case[1], case[0])
        return [chosen.count(name) for name in names[: case[0]]]

    def fair(case: tuple[int, tuple[int, ...]]) -> bool:
        return max(counts(case)) - min(counts(case)) <= 1

    sizes = [(n, k) for k in range(4) for n in (1, 2, 3)]
    cases = [(n, chances) for n, k in sizes for chances in product(range(n), repeat=k)]
    run = each(
        cases,
        fair,
        "no instance is given two requests more than another, whatever is drawn",
        "up to 3 instances and 3 requests",
        lambda case: f"{case[0]} instances, {len(case[1])} requests → {tuple(counts(case))}",
    )

    def shared(size: tuple[int, int]) -> bool:
        n, k = size
        runs = [counts((n, chances)) for chances in product(range(n), repeat=k)]
        all_to_one = sum(max(given) == k for given in runs)
        sums = [sum(column) * n for column in zip(*runs, strict=True)]
        likely = all_to_one * n ** max(k - 1, 0) == len(runs)  # n^(1 − k), where k ≥ 1
        return sums == [k * len(runs)] * n and (k == 0 or likely)

    text = "on average k/n each; all to one with probability n^(1 − k)"
    average = each(sizes, shared, text, "up to 3 instances and 3 requests", str)
    if isinstance(average, Counterexample):
        return Finding(counterexamples=(average, *refuted(run)))
    proof = logic.random_is_fair_on_average()
    return conditional(run, proof, replace(average, under=proof.under))
