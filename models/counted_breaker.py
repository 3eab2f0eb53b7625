"""M19, circuit breaker repaired, its callers counted: for proofs of any number of them.

`CircuitBreaker` with all repairs does two things under its lock: it admits a call or rejects it,
and it takes note of how one has ended. Callers do not differ, so that counting them loses nothing;
how many there are and both thresholds may then be any numbers (`cospec.proofs.induction`). That
each step of the one is a step of the other is shown by exploring (`counted`, breaker-repaired).

>>> CountedBreaker().admits().fails().state.value
'Open'
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.circuit_breaker import IN_SERVICE, CircuitBreaker
from cospec.models.model import action, invariant, require, transition_invariant

__all__ = ["CountedBreaker", "State", "counted"]


class State(Enum):
    """The seed's `CircuitState`."""

    CLOSED = "Closed"
    OPEN = "Open"
    HALF_OPEN = "HalfOpen"


@dataclass(frozen=True)
class CountedBreaker:
    """The breaker with one lock, epochs, permits and a drop guard.

    Attributes:
        failure_threshold, success_threshold: of at least 1.
        state: as in the seed.
        failures, successes: the seed's counts.
        elapsed: whether the timeout has passed since the breaker opened.
        permits: how many are in use.
        running: the calls in f that began in the present state.
        stale: the calls in f that began before the state changed.
        evidence: the calls that have begun and succeeded in HalfOpen, since it began.
    """

    failure_threshold: int = 1
    success_threshold: int = 1
    state: State = State.CLOSED
    failures: int = 0
    successes: int = 0
    elapsed: bool = False
    permits: int = 0
    running: int = 0
    stale: int = 0
    evidence: int = 0

    def _turned(self, state: State, running: int) -> CountedBreaker:
        """Another state, from which no call has begun yet; of the last one some still run."""
        return replace(
            self, state=state, elapsed=False, permits=0, running=0, stale=self.stale + running
        )

    @action
    def admits(self) -> CountedBreaker:
        """A call begins and goes on to f."""
        if self.state is State.OPEN:
            require(self.elapsed)
            turned = self._turned(State.HALF_OPEN, self.running)
            return replace(turned, successes=0, evidence=0, permits=1, running=1)
        if self.state is State.HALF_OPEN:
            require(self.permits < self.success_threshold)
            return replace(self, permits=self.permits + 1, running=self.running + 1)
        return replace(self, running=self.running + 1)

    @action
    def rejects(self) -> CountedBreaker:
        """A call returns `Err(CircuitBreakerError::Open)`."""
        if self.state is State.OPEN:
            require(not self.elapsed)
        else:
            require(self.state is State.HALF_OPEN)
            require(self.permits >= self.success_threshold)
        return self

    @action
    def succeeds(self) -> CountedBreaker:
        """A call that began in the present state succeeds."""
        require(self.running > 0)
        others = self.running - 1
        if self.state is not State.HALF_OPEN:
            return replace(self, failures=0, running=others)
        after = replace(self, successes=self.successes + 1, evidence=self.evidence + 1)
        if after.successes >= self.success_threshold:
            return replace(after._turned(State.CLOSED, others), failures=0)
        return replace(after, permits=self.permits - 1, running=others)

    @action
    def fails(self) -> CountedBreaker:
        """A call that began in the present state fails."""
        require(self.running > 0)
        others = self.running - 1
        after = replace(self, failures=self.failures + 1)
        if after.failures >= self.failure_threshold:
            return after._turned(State.OPEN, others)
        permits = self.permits - 1 if self.state is State.HALF_OPEN else self.permits
        return replace(after, permits=permits, running=others)

    @action
    def cancels(self) -> CountedBreaker:
        """The future of a call is dropped that began in the present state."""
        require(self.running > 0)
        permits = self.permits - 1 if self.state is State.HALF_OPEN else self.permits
        return replace(self, permits=permits, running=self.running - 1)

    @action
    def ends_late(self) -> CountedBreaker:
        """A call that began in an earlier state ends, whichever way: it is ignored."""
        require(self.stale > 0)
        return replace(self, stale=self.stale - 1)

    @action
    def timeout_passes(self) -> CountedBreaker:
        """The timeout has passed since the breaker opened."""
        require(self.state is State.OPEN)
        require(not self.elapsed)
        return replace(self, elapsed=True)

    # ------------------------------------------------------------------------ properties

    @invariant
    def counts(self) -> bool:
        """What the counts may be."""
        if self.state is State.CLOSED:
            plausible = 0 <= self.failures < self.failure_threshold
        else:
            plausible = self.failures >= self.failure_threshold
        return plausible and self.running >= 0 and self.stale >= 0

    @invariant
    def nobody_in_open(self) -> bool:
        """No call runs that began in Open."""
        return self.state is not State.OPEN or self.running == 0

    @invariant
    def permits_accounted(self) -> bool:
        """A permit in use belongs to a call that runs: HalfOpen is never stuck."""
        return self.state is not State.HALF_OPEN or self.permits == self.running

    @invariant
    def single_probe(self) -> bool:
        """In HalfOpen at most `success_threshold` calls run that began in it."""
        return self.state is not State.HALF_OPEN or self.running <= self.success_threshold

    @invariant
    def successes_count(self) -> bool:
        """Every success in HalfOpen counts, and nothing else."""
        if self.state is not State.HALF_OPEN:
            return True
        return self.successes == self.evidence < self.success_threshold

    @transition_invariant
    def legal_edges(self, after: CountedBreaker) -> bool:
        """Only Closed → Open → HalfOpen → Open or Closed."""
        if self.state is State.CLOSED:
            return after.state is not State.HALF_OPEN
        return self.state is State.HALF_OPEN or after.state is not State.CLOSED

    @transition_invariant
    def open_rejects(self, after: CountedBreaker) -> bool:
        """While it is Open and the timeout is not over, no call begins to run and Open it stays."""
        if self.state is not State.OPEN or self.elapsed:
            return True
        calm = after.running + after.stale <= self.running + self.stale
        return after.state is State.OPEN and calm

    @transition_invariant
    def close_evidence(self, after: CountedBreaker) -> bool:
        """It closes after as many successes as it takes, of calls that began in HalfOpen."""
        if self.state is not State.HALF_OPEN or after.state is not State.CLOSED:
            return True
        return after.evidence >= self.success_threshold

    @transition_invariant
    def failure_reopens(self, after: CountedBreaker) -> bool:
        """A failure of a call that began in HalfOpen opens the breaker."""
        failed = after.failures > self.failures
        return self.state is not State.HALF_OPEN or not failed or after.state is State.OPEN

    @transition_invariant
    def never_prolonged(self, after: CountedBreaker) -> bool:
        """Nothing takes back that the timeout has passed, but another opening."""
        if self.state is not State.OPEN or after.state is not State.OPEN:
            return True
        return after.elapsed or not self.elapsed


def counted(breaker: CircuitBreaker) -> CountedBreaker:
    """A state of the breaker with one lock, its callers counted."""
    running = breaker.running()
    in_service = sum(caller.at == IN_SERVICE for caller in breaker.callers)
    return CountedBreaker(
        breaker.failure_threshold,
        breaker.success_threshold,
        State(breaker.state),
        breaker.failure_count,
        breaker.success_count,
        breaker.elapsed and breaker.state == State.OPEN.value,
        breaker.probes,
        running,
        in_service - running,
        breaker.evidence,
    )
