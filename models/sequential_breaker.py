"""M19, circuit breaker as written, called by one caller at a time: for proofs of all thresholds.

Where calls do not overlap, a whole call of seed 004, section 3.1 is one step, and so the breaker of
the pattern (M. Nygard, *Release It!*, 2007) can go along with it: the same events happen to both.

>>> SequentialBreaker().calls(well=False).opened
True
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.counted_breaker import State
from cospec.models.model import action, invariant, require, transition_invariant

__all__ = ["SequentialBreaker"]


@dataclass(frozen=True)
class SequentialBreaker:
    """The listing, and beside it the breaker of the pattern.

    Attributes:
        failure_threshold, success_threshold: of at least 1.
        state, failure_count, success_count: as in the seed.
        stamped: whether `last_failure_time` is an instant, and not None.
        past: whether that is longer ago than `timeout`.
        answered: whether the last call has gone on to f.
        opened: whether the breaker of the pattern is open.
        probing: whether it is half-open.
        expired: whether its timeout has passed since it opened.
        failed: the calls that have failed one after the other, since it closed.
        succeeded: those that have succeeded one after the other, since it was half-open.
        let_through: whether it would have let the last call go on.
    """

    failure_threshold: int = 1
    success_threshold: int = 1
    state: State = State.CLOSED
    failure_count: int = 0
    success_count: int = 0
    stamped: bool = False
    past: bool = False
    answered: bool = True
    opened: bool = False
    probing: bool = False
    expired: bool = False
    failed: int = 0
    succeeded: int = 0
    let_through: bool = True

    @action(well=(True, False))
    def calls(self, well: bool) -> SequentialBreaker:
        """A call from its beginning to its end; f succeeds or fails, if it comes to that."""
        return self._listing(well)._pattern(well)

    @action
    def timeout_passes(self) -> SequentialBreaker:
        """All instants taken so far are now longer ago than `timeout`."""
        require(self.stamped and not self.past)
        return replace(self, past=True, expired=True)

    def _listing(self, well: bool) -> SequentialBreaker:
        begun = replace(self, answered=True)
        if self.state == State.OPEN and self.stamped:
            if not self.past:
                return replace(self, answered=False)
            begun = replace(begun, state=State.HALF_OPEN, success_count=0)
        return begun._on_success() if well else begun._on_failure()

    def _on_success(self) -> SequentialBreaker:
        if self.state == State.CLOSED:
            return replace(self, failure_count=0)
        if self.state == State.OPEN:
            return self
        count = self.success_count + 1
        if count >= self.success_threshold:
            return replace(self, success_count=count, state=State.CLOSED, failure_count=0)
        return replace(self, success_count=count)

    def _on_failure(self) -> SequentialBreaker:
        count = self.failure_count + 1
        if count >= self.failure_threshold:
            return replace(self, failure_count=count, state=State.OPEN, stamped=True, past=False)
        return replace(self, failure_count=count)

    def _pattern(self, well: bool) -> SequentialBreaker:
        if self.opened and not self.expired:
            return replace(self, let_through=False)
        begun = replace(self, let_through=True)
        if self.opened:
            begun = replace(begun, opened=False, probing=True, succeeded=0)
        if not well:
            failed = begun.failed + 1
            if begun.probing or failed >= self.failure_threshold:
                return replace(begun, opened=True, probing=False, expired=False, failed=failed)
            return replace(begun, failed=failed)
        if not begun.probing:
            return replace(begun, failed=0)
        succeeded = begun.succeeded + 1
        if succeeded >= self.success_threshold:
            return replace(begun, probing=False, succeeded=succeeded, failed=0)
        return replace(begun, succeeded=succeeded)

    # ------------------------------------------------------------------------ properties

    @invariant
    def same_answers(self) -> bool:
        """Both have let the last call go on, or both have rejected it."""
        return self.answered == self.let_through

    @invariant
    def same_state(self) -> bool:
        """Both are closed, open or half-open, and their timeouts have passed or have not."""
        if self.state == State.OPEN:
            return self.opened and self.stamped and self.past == self.expired
        return not self.opened and self.probing == (self.state == State.HALF_OPEN)

    @invariant
    def same_counts(self) -> bool:
        """Their counts are the same where they matter."""
        if self.state == State.CLOSED:
            return self.failure_count == self.failed
        if self.state == State.HALF_OPEN:
            return self.success_count == self.succeeded < self.success_threshold
        return True

    @invariant
    def opens_in_time(self) -> bool:
        """As long as it is closed, fewer calls than `failure_threshold` have failed in a row; and
        otherwise as many had before."""
        if self.state == State.CLOSED:
            return 0 <= self.failure_count < self.failure_threshold
        return self.failure_count >= self.failure_threshold

    @transition_invariant
    def failure_reopens(self, after: SequentialBreaker) -> bool:
        """A call that goes on to f when it is not closed, and fails, leaves it open."""
        failed = after.failure_count > self.failure_count
        return self.state == State.CLOSED or not failed or after.state == State.OPEN
