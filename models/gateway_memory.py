"""M11, what the repaired gateway remembers, for proofs of any limit and any threshold.

`ApiGateway` with its repairs does two things with memory: its limiter counts requests, and its
breaker counts failures. Each is a class of numbers here; that `ApiGateway` takes their steps is
tested on all its states.

>>> Limited(limit=1).request().request().passed
1
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.api_gateway import Breaker
from cospec.models.model import action, invariant, require

__all__ = ["Guarded", "Limited"]


@dataclass(frozen=True)
class Limited:
    """The limiter, and the requests that have come to it.

    Attributes:
        limit: of at least 1.
        used: what it has counted in this window.
        passed: what it has let through in this window.
        refused: whether it has refused the last request.
    """

    limit: int = 1
    used: int = 0
    passed: int = 0
    refused: bool = False

    @action
    def request(self) -> Limited:
        """A request comes to the limiter."""
        if self.used >= self.limit:
            return replace(self, refused=True)
        return replace(self, used=self.used + 1, passed=self.passed + 1, refused=False)

    @action
    def window_passes(self) -> Limited:
        """A new window begins."""
        return replace(self, used=0, passed=0, refused=False)

    @invariant
    def within_limit(self) -> bool:
        """In a window no more than `limit` requests are let through."""
        return self.passed <= self.limit

    @invariant
    def refused_no_sooner(self) -> bool:
        """None is refused before `limit` were let through."""
        return not self.refused or self.passed >= self.limit

    @invariant
    def counts_agree(self) -> bool:
        """What is counted is what was let through."""
        return 0 <= self.used == self.passed

    def __str__(self) -> str:
        return f"{self.passed} of {self.limit} let through"


@dataclass(frozen=True)
class Guarded:
    """The breaker, and the calls of the endpoint.

    Attributes:
        threshold: of at least 1.
        failed, breaker: what it remembers.
        row: the calls that have failed since one has succeeded, up to `threshold`.
        tripped: whether as many have failed in a row, and the timeout has not passed since.
        called: whether the last request was let go on to the endpoint although `tripped`.
    """

    threshold: int = 1
    failed: int = 0
    breaker: Breaker = Breaker.CLOSED
    row: int = 0
    tripped: bool = False
    called: bool = False

    @action
    def succeeds(self) -> Guarded:
        """A call of the endpoint succeeds."""
        require(self.breaker != Breaker.OPEN)
        return Guarded(self.threshold, called=self.tripped)

    @action
    def fails(self) -> Guarded:
        """A call of the endpoint fails, or takes too long."""
        require(self.breaker != Breaker.OPEN)
        row = self.row + 1 if self.row < self.threshold else self.row
        after = replace(self, row=row, tripped=row >= self.threshold, called=self.tripped)
        if self.breaker == Breaker.HALF_OPEN or self.failed + 1 >= self.threshold:
            return replace(after, breaker=Breaker.OPEN, failed=0)
        return replace(after, failed=self.failed + 1)

    @action
    def timeout_passes(self) -> Guarded:
        """The timeout passes since it tripped."""
        require(self.tripped)
        return replace(self, tripped=False, breaker=Breaker.HALF_OPEN)

    @invariant
    def breaker_heard(self) -> bool:
        """A call goes on to the endpoint only if it has not tripped, or the timeout has passed."""
        return not self.called

    @invariant
    def opens_in_time(self) -> bool:
        """It is open after as many failures in a row as the threshold says, and not before."""
        return (self.breaker == Breaker.OPEN) == self.tripped

    @invariant
    def counts_agree(self) -> bool:
        """While it is closed it counts what fails in a row."""
        if self.breaker == Breaker.CLOSED:
            return 0 <= self.failed == self.row < self.threshold
        return self.row == self.threshold

    def __str__(self) -> str:
        return f"{self.row} failed in a row, {self.breaker.value}"
