"""M10, load balancing: `LoadBalancer` of seed 001, section 2.1, as written and repaired.

What a strategy does with a list of instances is a function here: in the seed nothing is remembered,
so that three of the five strategies give the first instance. `RoundRobin` is a balancer whose
counter is kept, among instances that leave and come back; `Call` is what a caller does with the
instance that it was given.

>>> [smooth((0, 0), (1, 3))[0], smooth((1, -1), (1, 3))[0]]
[1, 0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.channels import Panicked
from cospec.models.model import action, final, invariant, require

__all__ = [
    "AS_WRITTEN", "NO_HEALTHY_INSTANCES", "REPAIRED", "REPAIRS", "U32_MAX", "Call", "Panicked",
    "RoundRobin", "Strategy", "hashed", "least_connected", "ring_owner", "select", "smooth",
]  # fmt: skip


class Strategy(Enum):
    """`LoadBalancingStrategy`; Random is not in the Coq type."""

    ROUND_ROBIN = "RoundRobin"
    WEIGHTED_ROUND_ROBIN = "WeightedRoundRobin"
    LEAST_CONNECTIONS = "LeastConnections"
    RANDOM = "Random"
    CONSISTENT_HASHING = "ConsistentHashing"


#: `Err(LoadBalancerError::NoHealthyInstances)`
NO_HEALTHY_INSTANCES = "NoHealthyInstances"

U32_MAX = 2**32 - 1


def select(
    strategy: Strategy,
    instances: Sequence[str],
    service_hash: int = 0,
    chance: int = 0,
    weights: Sequence[int] = (),
    overflow_checks: bool = False,
) -> str:
    """`select_instance` as written, for the list that `discover` gives.

    Args:
        strategy: of the balancer.
        instances: the ids of the healthy instances.
        service_hash: what `DefaultHasher` makes of the name of the service; it is not specified.
        chance: which instance `choose` draws, counted round the list.
        weights: of each instance; 1 for those beyond.
        overflow_checks: whether arithmetic is checked, as in a debug build: `Iterator::sum` "will
            panic if the computation overflows and overflow checks are enabled" (its page).

    Raises:
        Panicked: so the task does.
    """
    if not instances:
        return NO_HEALTHY_INSTANCES
    if strategy is Strategy.RANDOM:
        return instances[chance % len(instances)]
    if strategy is Strategy.CONSISTENT_HASHING:
        return instances[hashed(service_hash, len(instances))]
    if strategy is Strategy.WEIGHTED_ROUND_ROBIN:
        given = [*weights, *[1] * len(instances)][: len(instances)]
        total_weight = sum(given)
        if overflow_checks and total_weight > U32_MAX:
            raise Panicked("attempt to add with overflow")
    return instances[0]


def hashed(hash_value: int, number: int) -> int:
    """Which of so many instances a hash stands for."""
    return hash_value % number


def least_connected(connections: Sequence[int]) -> int:
    """Repair of `select_least_connected`: the first instance with the fewest connections."""
    best = 0
    for place, count in enumerate(connections):
        if count < connections[best]:
            best = place
    return best


def smooth(current: Sequence[int], weights: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Repair of `weighted_round_robin_select`: nginx's smooth weighted round robin.

    Each instance earns its weight, who has most is picked and pays all the weights.
    """
    earned = [now + weight for now, weight in zip(current, weights, strict=True)]
    picked = max(range(len(earned)), key=lambda place: (earned[place], -place))
    earned[picked] -= sum(weights)
    return picked, tuple(earned)


def ring_owner(points: Sequence[tuple[int, int]], size: int, key: int) -> int:
    """Repair of `consistent_hash_select`: whose point comes first from a key on, round the ring.

    Args:
        points: the points, each with its position and the instance to which it belongs.
        size: of the ring; positions and keys are below it.
        key: the hash of a request's key.
    """
    return min(points, key=lambda point: (point[0] - key) % size)[1]


# ---------------------------------------------------------------------------------- round robin


def _listed(state: RoundRobin) -> tuple[int, ...]:
    return state.listed


def _away(state: RoundRobin) -> tuple[int, ...]:
    return tuple(each for each in range(len(state.counts)) if each not in state.listed)


@dataclass(frozen=True)
class RoundRobin:
    """A balancer that takes the instances in turn.

    Attributes:
        counting: repair: it has a counter; else it takes the first instance.
        atomic: the counter is read and incremented in one step (`fetch_add`).
        modulus: where the counter begins anew; 0: it never gets there.
        departures: how often an instance may still leave.
        requests: how many requests may still come.
        listed: the instances as `discover` gives them; who comes back is last.
        counter: how many requests have been counted.
        read: the values that requests have read and not incremented yet.
        counts: how many requests each instance was given, while all of them were listed.
    """

    counting: bool = False
    atomic: bool = True
    modulus: int = 0
    departures: int = 0
    requests: int = 8
    listed: tuple[int, ...] = (0, 1)
    counter: int = 0
    read: tuple[int, ...] = ()
    counts: tuple[int, ...] = (0, 0)

    def _given(self) -> RoundRobin:
        require(self.requests > 0)
        place = self.counter % len(self.listed) if self.counting else 0
        chosen = self.listed[place]
        counts = list(self.counts)
        if len(self.listed) == len(self.counts):
            counts[chosen] += 1
        return replace(self, counts=tuple(counts), requests=self.requests - 1)

    def _counted(self, value: int) -> int:
        return (value + 1) % self.modulus if self.modulus else value + 1

    @action
    def selects(self) -> RoundRobin:
        """A request is given an instance, and the counter goes on."""
        require(self.atomic)
        return replace(self._given(), counter=self._counted(self.counter))

    @action
    def reads(self) -> RoundRobin:
        """A request reads the counter, and goes to the instance that it stands for."""
        require(not self.atomic)
        return replace(self._given(), read=(*self.read, self.counter))

    @action
    def writes(self) -> RoundRobin:
        """The request that has read first stores what it has read, and one more."""
        require(self.read)
        return replace(self, counter=self._counted(self.read[0]), read=self.read[1:])

    @action(instance=_listed)
    def leaves(self, instance: int) -> RoundRobin:
        """An instance is not discovered any more."""
        require(self.departures and len(self.listed) > 1)
        left = tuple(each for each in self.listed if each != instance)
        return replace(self, listed=left, departures=self.departures - 1)

    @action(instance=_away)
    def returns(self, instance: int) -> RoundRobin:
        """An instance registers again."""
        return replace(self, listed=(*self.listed, instance))

    @invariant
    def fair(self) -> bool:
        """No instance was given two requests more than another, while all were there."""
        return max(self.counts) - min(self.counts) <= 1

    def __str__(self) -> str:
        read = f", read {list(self.read)}" if self.read else ""
        return f"listed {list(self.listed)}, counter {self.counter}{read}, given {self.counts}"


# --------------------------------------------------------------------------------------- a call


def _alive(state: Call) -> tuple[int, ...]:
    return tuple(place for place, alive in enumerate(state.alive) if alive)


@dataclass(frozen=True)
class Call:
    """A caller that discovers the instances of a service and calls one.

    Attributes:
        retrying: repair: where one does not answer, the caller goes on to the next of the list.
        crashes: how many instances may still crash.
        alive: of each instance whether it would answer.
        listed: the instances that were discovered; None before.
        failures: how many calls have failed.
        answered: whether one was answered.
    """

    retrying: bool = False
    crashes: int = 1
    alive: tuple[bool, ...] = (True, True)
    listed: tuple[int, ...] | None = None
    failures: int = 0
    answered: bool = False

    @action(fair=True)
    def discovers(self) -> Call:
        """The registry gives the instances that are alive."""
        require(self.listed is None)
        return replace(self, listed=_alive(self))

    @action(instance=_alive)
    def crash(self, instance: int) -> Call:
        """An instance dies."""
        require(self.crashes)
        alive = tuple(each and place != instance for place, each in enumerate(self.alive))
        return replace(self, alive=alive, crashes=self.crashes - 1)

    @action(fair=True)
    def calls(self) -> Call:
        """The selected instance is called; if it is dead, the call fails."""
        selected = self.selected()
        require(selected is not None and not self.answered)
        assert selected is not None
        if self.alive[selected]:
            return replace(self, answered=True)
        return replace(self, failures=self.failures + 1)

    def selected(self) -> int | None:
        """The instance that is to be called next; None if there is none, or not yet."""
        tries = len(self.listed or ()) if self.retrying else 1
        if not self.listed or self.failures >= tries:
            return None
        return self.listed[self.failures]

    @final
    def is_over(self) -> bool:
        """The caller has an answer, or an error."""
        return self.answered or (self.listed is not None and self.selected() is None)

    def selected_is_alive(self) -> bool:
        """The instance that is to be called is alive."""
        selected = self.selected()
        return selected is None or self.answered or self.alive[selected]

    def few_failures(self) -> bool:
        """No more calls have failed than instances are dead."""
        return self.failures <= self.alive.count(False)

    def __str__(self) -> str:
        listed = "not yet" if self.listed is None else str(list(self.listed))
        end = ", answered" if self.answered else ""
        return f"alive {list(_alive(self))}, discovered: {listed}, {self.failures} failed{end}"


#: The switches: those of `RoundRobin`, and of `Call`.
REPAIRS = ("counting", "retrying")

AS_WRITTEN = RoundRobin()

REPAIRED = RoundRobin(counting=True)
