"""M10, `HttpHealthChecker::check_health` of seed 001, section 2.1: a request under a time-out.

`tokio::time::timeout` polls the request first and its own timer second (its page: "If the future
completes before the duration has elapsed, then the completed value is returned"), and an executor
polls a task that is woken before time goes on. reqwest's `send` gives a response with some status,
or an error.

>>> HttpCheck(timeout=1).replies(204).polled().result.value
'Healthy'
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, final, integers, invariant, require
from cospec.models.service_registry import HealthStatus

__all__ = ["HttpCheck"]


@dataclass(frozen=True)
class HttpCheck:
    """One call of `check_health`.

    Attributes:
        timeout: of at least 0.
        clock: how long ago the call began.
        status: of the response that has arrived, below 100 for an error; None before.
        replied: when it arrived.
        result: what the call has returned.
        returned: when.
    """

    timeout: int = 1
    clock: int = 0
    status: int | None = None
    replied: int = 0
    result: HealthStatus | None = None
    returned: int = 0

    @action(status=integers())
    def replies(self, status: int) -> HttpCheck:
        """A response arrives, or the connection fails."""
        require(self.status is None and self.result is None)
        return replace(self, status=status, replied=self.clock)

    @action
    def polled(self) -> HttpCheck:
        """The task is woken by the response or by the timer."""
        require(self.result is None)
        if self.status is not None:
            success = 200 <= self.status <= 299  # `StatusCode::is_success`
            return self._returning(HealthStatus.HEALTHY if success else HealthStatus.UNHEALTHY)
        require(self.clock >= self.timeout)
        return self._returning(HealthStatus.UNHEALTHY)

    def _returning(self, result: HealthStatus) -> HttpCheck:
        return replace(self, result=result, returned=self.clock)

    @action
    def tick(self) -> HttpCheck:
        """Time passes, unless the task is woken and has not been polled yet."""
        require(self.result is None and self.status is None and self.clock < self.timeout)
        return replace(self, clock=self.clock + 1)

    @final
    def has_returned(self) -> bool:
        """The call is over."""
        return self.result is not None

    @invariant
    def healthy_iff_success(self) -> bool:
        """The result is Healthy if a response with a status of 2xx has arrived, else Unhealthy."""
        if self.result is None:
            return True
        arrived = self.status is not None and 200 <= self.status <= 299
        return self.result == (HealthStatus.HEALTHY if arrived else HealthStatus.UNHEALTHY)

    @invariant
    def in_time(self) -> bool:
        """It returns within the time-out, and until then has waited for no longer."""
        return 0 <= self.replied <= self.clock <= self.timeout and self.returned <= self.timeout

    @invariant
    def waits_for_it(self) -> bool:
        """It does not give up earlier."""
        no_reply = self.result is not None and self.status is None
        return not no_reply or self.returned == self.timeout

    def __str__(self) -> str:
        answer = "no response" if self.status is None else f"status {self.status}"
        result = "waiting" if self.result is None else self.result.value
        return f"after {self.clock}: {answer}, {result}"
