"""M18, the token bucket: as written and repaired; with a competitor, in several processes.

Seed 004, section 2.2, `TokenBucketRateLimiter`. Numbers are exact here, in the seed they are `f64`.

>>> bucket = TokenBucket(5, 1, 5)
>>> bucket.allow(elapsed=0, needed=-5)
(True, TokenBucket(capacity=5, refill_rate=1, tokens=10, checked=False))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from cospec.models.model import action, final, invariant, leads_to, require

__all__ = ["ALLOW", "Competitors", "Instances", "Locks", "TokenBucket"]

Number: TypeAlias = int | Fraction


@dataclass(frozen=True)
class TokenBucket:
    """A bucket after its last refill.

    Attributes:
        capacity, refill_rate, tokens: as in the seed.
        checked: repair: `new` wants a capacity and a rate of at least 0, and a request for less
            than nothing is refused.
    """

    capacity: Number
    refill_rate: Number
    tokens: Number
    checked: bool = False

    def __post_init__(self) -> None:
        if self.checked and (self.capacity < 0 or self.refill_rate < 0):
            raise ValueError("a bucket has a capacity and a rate of at least 0")

    def allow(self, elapsed: Number, needed: Number) -> tuple[bool, TokenBucket]:
        """Whether a request is allowed that comes so long after the last refill, and the bucket
        after it."""
        tokens = min(self.tokens + elapsed * self.refill_rate, self.capacity)
        if tokens < needed or (self.checked and needed < 0):
            return False, replace(self, tokens=tokens)
        return True, replace(self, tokens=tokens - needed)


@dataclass(frozen=True)
class Competitors:
    """A request for a full bucket, and others for one token each.

    Both ask again and again. What the large one waits for is that the bucket is full when it asks.
    """

    capacity: int = 2
    refill_rate: int = 1
    competing: bool = True
    tokens: int = 0
    served: bool = False

    def _bucket(self) -> TokenBucket:
        return TokenBucket(self.capacity, self.refill_rate, self.tokens)

    def _asked(self, needed: int) -> tuple[bool, Competitors]:
        allowed, bucket = self._bucket().allow(0, needed)
        return allowed, replace(self, tokens=int(bucket.tokens))

    @action(fair=True)
    def asks_for_all(self) -> Competitors:
        """The large request is tried."""
        require(not self.served)
        allowed, after = self._asked(self.capacity)
        return replace(after, served=allowed)

    @action(fair=True)
    def asks_for_one(self) -> Competitors:
        """A small request is tried."""
        require(self.competing and not self.served)
        return self._asked(1)[1]

    @action(fair=True)
    def tick(self) -> Competitors:
        """Time passes."""
        require(not self.served)
        return replace(self, tokens=int(self._bucket().allow(1, 0)[1].tokens))

    @leads_to(lambda state: not state.served)
    def served_at_last(self) -> bool:
        """The large request is allowed."""
        return self.served

    def __str__(self) -> str:
        return f"{self.tokens} tokens{', all of them taken' if self.served else ''}"


@dataclass(frozen=True)
class Instances:
    """A service in several processes, each with a bucket of its own, or with a shared one.

    Attributes:
        shared: repair: all ask one store.
        horizon: how much time is looked at.
        buckets: of each process, its tokens and the time since they were refilled.
        elapsed, allowed: how much time has passed, and what was allowed in it.
    """

    capacity: int = 1
    refill_rate: int = 1
    shared: bool = False
    horizon: int = 2
    buckets: tuple[tuple[int, int], ...] = ((1, 0), (1, 0))
    elapsed: int = 0
    allowed: int = 0

    @action(process=lambda state: range(len(state.buckets)))
    def requests(self, process: int) -> Instances:
        """A request for one token comes to one of the processes, and is allowed."""
        place = 0 if self.shared else process
        tokens, since = self.buckets[place]
        bucket = TokenBucket(self.capacity, self.refill_rate, tokens)
        allowed, after = bucket.allow(since, 1)
        require(allowed)
        changed = list(self.buckets)
        changed[place] = int(after.tokens), 0
        return replace(self, buckets=tuple(changed), allowed=self.allowed + 1)

    @action
    def tick(self) -> Instances:
        """Time passes."""
        require(self.elapsed < self.horizon)
        later = tuple([(tokens, since + 1) for tokens, since in self.buckets])
        return replace(self, buckets=later, elapsed=self.elapsed + 1)

    @final
    def over(self) -> bool:
        """The time that is looked at has passed."""
        return self.elapsed == self.horizon

    @invariant
    def within_limit(self) -> bool:
        """The service allows no more than one bucket holds and gets in the time."""
        return self.allowed <= self.capacity + self.refill_rate * self.elapsed

    def __str__(self) -> str:
        return f"{self.allowed} allowed in {self.elapsed}, buckets {list(self.buckets)}"


#: The locks that `allow` takes, in the order of the listing; both are given back at its end.
ALLOW = ("tokens", "last_refill")


@dataclass(frozen=True)
class Locks:
    """Tasks that take locks one after the other and give all of them back at the end.

    Attributes:
        programs: of each task, its locks in the order in which it takes them.
        taken: of each task, how many of them it has.
    """

    programs: tuple[tuple[str, ...], ...] = (ALLOW, ALLOW, ALLOW)
    taken: tuple[int, ...] = (0, 0, 0)

    def _with(self, task: int, number: int) -> Locks:
        return replace(self, taken=(*self.taken[:task], number, *self.taken[task + 1 :]))

    @action(task=lambda state: range(len(state.taken)))
    def locks(self, task: int) -> Locks:
        """A task takes its next lock."""
        program, number = self.programs[task], self.taken[task]
        require(number < len(program))
        held = [
            lock
            for each, count in zip(self.programs, self.taken, strict=True)
            for lock in each[:count]
        ]
        require(program[number] not in held)
        return self._with(task, number + 1)

    @action(task=lambda state: range(len(state.taken)))
    def unlocks(self, task: int) -> Locks:
        """A task that has all its locks is done, and begins again."""
        require(self.taken[task] == len(self.programs[task]))
        return self._with(task, 0)

    def order(self) -> set[tuple[str, str]]:
        """Which locks are taken while which are held."""
        return {
            (held, wanted)
            for program in self.programs
            for place, wanted in enumerate(program)
            for held in program[:place]
        }
