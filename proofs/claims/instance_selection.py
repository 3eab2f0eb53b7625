"""Claims on the instance that is selected (M10): by its hash, safely, alive.

Seed 001, section 2.1, `LoadBalancer::select_instance` and `consistent_hash_select`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

import z3

from cospec.models.load_balancer import (
    NO_HEALTHY_INSTANCES,
    U32_MAX,
    Call,
    Panicked,
    Strategy,
    hashed,
    ring_owner,
    select,
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
    smallest_first,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 001, section 2.1"

#: Names of instances.
NAMES = ("a", "b", "c")


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
    return Finding((logic.every_instance_has_keys(), logic.round_robin_is_fair(), *explored.proofs))


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
    )


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
