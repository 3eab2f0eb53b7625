"""Claims on load balancing (M10): seed 001, section 2.1, `LoadBalancer::select_instance`.

Where a strategy is repaired, what is claimed of it is looked at in small cases and proved by z3 for
any number of instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

import z3

from cospec.models.load_balancer import (
    AS_WRITTEN,
    NO_HEALTHY_INSTANCES,
    REPAIRED,
    U32_MAX,
    Call,
    Panicked,
    RoundRobin,
    Strategy,
    hashed,
    least_connected,
    ring_owner,
    select,
    smooth,
)
from cospec.proofs import balancing_logic as logic
from cospec.proofs.evidence import (
    always,
    conditional,
    confirmed,
    each,
    each_reason,
    leading,
    prove,
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

#: Names of instances, as many as needed.
NAMES = ("a", "b", "c", "d")


def _first(_: Sequence[int]) -> int:
    """What three of the five strategies do, whatever they should look at: `&instances[0]`."""
    return 0


# ---------------------------------------------------------------------------------- round robin


def _fair(design: RoundRobin, sizes: Sequence[int] = (1, 2, 3, 4)) -> Proof | Counterexample:
    starts = [
        replace(design, listed=tuple(range(size)), counts=(0,) * size) for size in sizes
    ]  # fmt: skip
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
        return all(
            tuple(map(window.count, range(len(weights)))) == weights for window in windows
        )  # fmt: skip

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


# ------------------------------------------------------------------------------------- hashing

#: The index of a request: from the number of instances, the hash of the name of its service and
#: the hash of a key of its own.
HashPicker = Callable[[int, int, int], int]


def by_service(number: int, service_hash: int, _: int) -> int:
    """`consistent_hash_select(&instances, service_name)`"""
    return hashed(service_hash, number)


def by_request(number: int, _: int, request_hash: int) -> int:
    """Repair: a key of the request is hashed."""
    return hashed(request_hash, number)


@CLAIMS.claim(
    "lb-consistent-hash-balance",
    model="M10",
    source=f"{SEED}, LoadBalancer::consistent_hash_select",
    statement=(
        "The requests for a service spread over its instances: for each instance there are "
        "requests that go to it, whatever the hash of the service's name."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="lb-consistent-hash-balance-repaired",
)
def hash_balance(picker: HashPicker = by_service) -> Finding:
    """The name of the service is the key: its requests all have the same one."""

    def reached(case: tuple[int, int]) -> list[int]:
        number, service = case
        return [picker(number, service, request) for request in range(number)]

    def shown(case: tuple[int, int]) -> tuple[str, ...]:
        number, service = case
        head = f"{number} instances, the service's name has the hash {service}"
        requests = enumerate(reached(case))
        return head, *(f"request with hash {key} → index {place}" for key, place in requests)

    cases = [(number, service) for number in range(1, 5) for service in range(2 * number)]
    found = each(
        cases,
        lambda case: set(reached(case)) == set(range(case[0])),
        "n requests with the hashes 0 to n − 1 go to n instances",
        "1 to 4 instances, all hashes of the service up to twice their number",
        shown,
    )
    return weighed([found])


@CLAIMS.claim(
    "lb-consistent-hash-balance-repaired",
    model="M10",
    source=f"{SEED}, repair of LoadBalancer::consistent_hash_select",
    statement=(
        "When a key of the request is hashed, each of n instances has requests that go to it, and "
        "requests with hashes in a row are spread as by round robin; for every n."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def hash_balance_repaired(picker: HashPicker = by_request) -> Finding:
    """z3 for any number of instances."""
    explored = hash_balance(picker)
    if explored.counterexamples:
        return explored
    return Finding(
        (logic.every_instance_has_keys(), logic.round_robin_is_fair(), *explored.proofs)
    )  # fmt: skip


#: The keys that are looked at: one hash each.
KEYS = range(6)


@CLAIMS.claim(
    "lb-consistent-hash-minimal",
    model="M10",
    source=f"{SEED}, ConsistentHashing and LoadBalancer::consistent_hash_select",
    statement=(
        "When an instance is added, a key that moves goes to the new instance; so of keys that are "
        "spread evenly no more move than have to."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="lb-consistent-hash-minimal-repaired",
)
def hash_minimal() -> Finding:
    """hash mod n: from two instances to three, with the hashes 0 to 5."""
    cases = [(n, key) for n in (1, 2, 3) for key in KEYS]
    to_the_new = each(
        cases,
        lambda case: _stays_or_is_new(*case),
        "a key stays, or goes to the new instance",
        "1 to 3 instances and one more, hashes 0 to 5",
        lambda case: (
            f"{case[0]} instances and one more: the key with hash {case[1]} goes from "
            f"index {hashed(case[1], case[0])} to {hashed(case[1], case[0] + 1)}"
        ),
    )
    few = each(
        [1, 2],
        lambda n: _moved(n) == _fewest_moves(n),
        "no more keys move than have to, that all have as many as before",
        "1 or 2 instances and one more, hashes 0 to 5",
        lambda n: (
            f"{n} instances and one more: {_moved(n)} of {len(KEYS)} keys move, "
            f"{_fewest_moves(n)} would do"
        ),
    )
    return each_reason((to_the_new, few))


def _stays_or_is_new(number: int, key: int) -> bool:
    return hashed(key, number + 1) in (hashed(key, number), number)


def _moved(number: int) -> int:
    return sum(hashed(key, number) != hashed(key, number + 1) for key in KEYS)


def _fewest_moves(number: int) -> int:
    """The least number of keys that move, over all ways to spread them evenly over one more."""
    share = len(KEYS) // (number + 1)
    return min(
        sum(before != after for before, after in zip(_indices(number), spread, strict=True))
        for spread in product(range(number + 1), repeat=len(KEYS))
        if all(spread.count(place) == share for place in range(number + 1))
    )


def _indices(number: int) -> list[int]:
    return [hashed(key, number) for key in KEYS]


#: Whose a key is: from the points on the ring, its size and the key.
Ring = Callable[[Sequence[tuple[int, int]], int, int], int]


@CLAIMS.claim(
    "lb-consistent-hash-minimal-repaired",
    model="M10",
    source=f"{SEED}, repair of LoadBalancer::consistent_hash_select",
    statement=(
        "On a hash ring, with any points for each instance and none at the place of another, a key "
        "that moves when an instance is added goes to the new instance."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def hash_minimal_repaired(owner: Ring = ring_owner) -> Finding:
    """z3 for any ring; all rings of six places with up to four points."""

    def stays(case: tuple[tuple[int, ...], tuple[int, ...]]) -> bool:
        places, owners = case
        points = list(zip(places, owners, strict=True))
        new = max(owners)
        old = [point for point in points if point[1] != new]
        return all(owner(points, 6, key) in (owner(old, 6, key), new) for key in KEYS)

    def shown(case: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
        return f"points at {case[0]} of the instances {case[1]}, the last of which is new"

    text = "a key stays, or goes to the new instance"
    return confirmed(
        each(_rings(), stays, text, "6 places, 2 to 4 points, up to 3 instances", shown),
        logic.a_key_moves_to_the_new_instance,
    )


def _rings() -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    for size in (2, 3, 4):
        for places in combinations(KEYS, size):
            for owners in product(range(3), repeat=size):
                if len(set(owners)) > 1:
                    yield places, owners


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
    names = NAMES[:3]

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


# ---------------------------------------------------------------------------- what is selected


#: A strategy, the instances, hash and chance, the weights, and whether arithmetic is checked.
Selection = tuple[Strategy, tuple[str, ...], int, tuple[int, ...], bool]


@CLAIMS.claim(
    "lb-select-safe",
    model="M10",
    source=f"{SEED}, LoadBalancer::select_instance",
    statement=(
        "select_instance returns one of the instances that were discovered, or "
        "NoHealthyInstances if there are none; it never panics."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
    differs=(
        "The indices are always below the length, but weighted_round_robin_select adds up the "
        "weights as u32: in a build with overflow checks, as debug builds are, it panics if the "
        "sum is 2^32 or more, although nothing uses it. Without such weights it is TRUE."
    ),
)
def select_safe() -> Finding:
    """All strategies; the index for any hash, chance and number of instances."""
    number = z3.Int("number")
    for index in (z3.IntVal(0), z3.Int("hash") % number, z3.Int("chance") % number):
        prove(z3.And(index >= 0, index < number), number >= 1)
    lists = [NAMES[:n] for n in range(4)]
    few = (0, 1, U32_MAX)

    def safe(case: Selection) -> bool:
        strategy, instances, value, weights, checks = case
        try:
            found = select(strategy, instances, value, value, weights, checks)
        except Panicked:
            return False
        return found in instances if instances else found == NO_HEALTHY_INSTANCES

    def shown(case: Selection) -> str:
        strategy, instances, _, weights, _ = case
        return f"{strategy.value} with weights {weights} for {', '.join(instances)} → panics"

    cases: list[Selection] = [
        (strategy, instances, value, weights, checks)
        for instances in lists
        for strategy in Strategy
        for value in range(4)
        for weights in product(few, repeat=len(instances))
        for checks in (False, True)
    ]
    text = "an instance of the list, or NoHealthyInstances if it is empty"
    bounds = "up to 3 instances, weights 0, 1 and 2^32 − 1"
    found = each(cases, safe, text, f"{bounds}, with and without overflow checks", shown)
    under = "the weights add up to less than 2^32, or arithmetic is not checked"
    light = [case for case in cases if sum(case[3]) <= U32_MAX or not case[4]]
    calm = each(light, safe, text, bounds, shown)
    if isinstance(calm, Counterexample):
        return Finding(counterexamples=(calm,))
    every = "each index is below the number of instances, whatever the hash and what is drawn"
    return conditional(
        found, Proof(Method.Z3_PROOF, every, under=under), replace(calm, under=under)
    )  # fmt: skip


@CLAIMS.claim(
    "lb-select-alive",
    model="M10",
    source=f"{SEED}, law of LoadBalancer::select_instance",
    statement="The instance that is selected is alive when it is called.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="lb-select-alive-repaired",
)
def select_alive(design: Call = Call()) -> Finding:  # noqa: B008
    """It dies in between; a check before the call would only be another moment."""
    text = "the selected instance is alive"
    return weighed([always(design, Call.selected_is_alive, text, "2 instances, 1 crash")])


@CLAIMS.claim(
    "lb-select-alive-repaired",
    model="M10",
    source=f"{SEED}, repair of LoadBalancer::select_instance",
    statement=(
        "When a caller goes on to the next instance of the list, no more calls fail than instances "
        "are dead, and it gets an answer if one of them is alive when it is called; for lists of "
        "any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def select_alive_repaired(design: Call = Call(retrying=True)) -> Finding:  # noqa: B008
    """z3 for any list; two to four instances, of which all but one may crash at any time."""
    starts = [replace(design, alive=(True,) * n, crashes=n - 1) for n in (2, 3, 4)]
    bounds = "2 to 4 instances, all but one may crash"
    few = smallest_first(
        starts,
        lambda start: always(start, Call.few_failures, "failures ≤ dead instances", bounds),
        bounds,
    )
    answer = smallest_first(
        starts,
        lambda start: leading(start, lambda s: s.answered, "the caller gets an answer", bounds),
        bounds,
    )
    explored = weighed((few, answer))
    if explored.counterexamples:
        return explored
    return Finding((logic.retrying_gets_an_answer(), *explored.proofs))
