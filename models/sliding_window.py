"""M18, the sliding window limiter on Redis: the Lua script as written, and repaired.

Seed 004, section 2.1, `SlidingWindowRateLimiter::allow`. A server reads its clock and sends the
script, which Redis runs as one step (*Scripting with Lua*, redis.io: "Redis guarantees the script's
atomic execution"): it removes the scores up to `now - window`, counts the members left, and below
the limit adds the member `now` with the score `now` and renews the key's expiry. Redis keeps one
score for each member.

Times are ages, counted back from the present on a clock that nobody needs to read: so there are
finitely many states, and the search is over all times, not the first few.

>>> limiter = AS_WRITTEN
>>> for _ in range(3):
...     limiter = limiter.requests(0)
>>> limiter.scores, limiter.allowed
((0,), (0, 0, 0))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, invariant, require

__all__ = ["AS_WRITTEN", "REPAIRED", "REPAIRS", "Reply", "SlidingWindow", "from_request_parts"]


def _servers(state: SlidingWindow) -> range:
    return range(len(state.offsets))


def _on_their_way(state: SlidingWindow) -> range:
    return range(len(state.sent))


@dataclass(frozen=True)
class SlidingWindow:
    """A key of the limiter, the servers that ask for it, and what they were allowed.

    Attributes:
        max_requests, window: as in the seed.
        expiry: the 60 of `EXPIRE key 60`, in the same unit as the window.
        unique: repair: members are unique, `now` is only their score.
        server_time: repair: the script asks Redis for the time.
        expiring: repair: the key expires no sooner than the window has passed.
        scripted: whether the commands are one script; if not, others come in between the check and
            `ZADD`.
        offsets: how far the clock of each server is ahead.
        delay: how long a request may be on its way to Redis.
        scores: the ages of the scores, the newest first; below 0 if they lie in the future.
        renewed: how long ago the expiry was last set.
        sent: the requests on their way, each as its server and the age of its `now`.
        passed: the requests that are between the check and `ZADD`.
        allowed: the ages of the requests that were allowed, as far as they matter: when they were
            sent, or with server time when Redis took them.
    """

    max_requests: int = 2
    window: int = 3
    expiry: int = 60
    unique: bool = False
    server_time: bool = False
    expiring: bool = False
    scripted: bool = True
    offsets: tuple[int, ...] = (0,)
    delay: int = 0
    scores: tuple[int, ...] = ()
    renewed: int = 0
    sent: tuple[tuple[int, int], ...] = ()
    passed: int = 0
    allowed: tuple[int, ...] = ()

    # --------------------------------------------------------------------------- the script

    def _now(self, server: int, age: int) -> int:
        """The age of the `now` that the script works with."""
        return 0 if self.server_time else age - self.offsets[server]

    def _checked(self, server: int, age: int) -> SlidingWindow:
        """ZREMRANGEBYSCORE key 0 window_start; Redis has dropped an expired key before."""
        last = max(self.expiry, self.window) if self.expiring else self.expiry
        found = () if self.renewed > last else self.scores
        start = self._now(server, age) + self.window
        return replace(self, scores=tuple([score for score in found if score < start]))

    def _added(self, server: int, age: int) -> SlidingWindow:
        """ZADD key now now; EXPIRE key 60."""
        now = self._now(server, age)
        same = now in self.scores and not self.unique
        scores = self.scores if same else tuple(sorted((*self.scores, now)))
        taken = 0 if self.server_time else age
        # Where the limit is broken already, more makes no difference, and would have no end.
        enough = self.allowed.count(taken) > self.max_requests
        allowed = self.allowed if enough else tuple(sorted((*self.allowed, taken)))
        return replace(self, scores=scores, renewed=0, allowed=allowed)

    def allow(self, server: int, age: int = 0) -> tuple[bool, SlidingWindow]:
        """What the script returns for a request whose `now` is so old, and what it leaves."""
        checked = self._checked(server, age)
        if len(checked.scores) < self.max_requests:
            return True, checked._added(server, age)
        return False, checked

    # ----------------------------------------------------------------------------- actions

    @action(server=_servers)
    def requests(self, server: int) -> SlidingWindow:
        """A server asks, and Redis runs the script at once."""
        require(self.scripted)
        return self.allow(server)[1]

    @action(server=_servers)
    def sends(self, server: int) -> SlidingWindow:
        """A server reads its clock and sends the script."""
        require(self.scripted and self.delay and len(self.sent) < 2)
        return replace(self, sent=tuple(sorted((*self.sent, (server, 0)))))

    @action(request=_on_their_way)
    def arrives(self, request: int) -> SlidingWindow:
        """Redis runs a script that was on its way."""
        server, age = self.sent[request]
        rest = self.sent[:request] + self.sent[request + 1 :]
        return replace(self.allow(server, age)[1], sent=rest)

    @action(server=_servers)
    def checks(self, server: int) -> SlidingWindow:
        """Without a script: a server removes and counts, and finds room."""
        require(not self.scripted and self.passed < 2)
        checked = self._checked(server, 0)
        require(len(checked.scores) < self.max_requests)
        return replace(checked, passed=self.passed + 1)

    @action(server=_servers)
    def adds(self, server: int) -> SlidingWindow:
        """Without a script: a server that has found room adds its member."""
        require(self.passed > 0)
        return replace(self._added(server, 0), passed=self.passed - 1)

    @action
    def tick(self) -> SlidingWindow:
        """Time passes; no request is on its way for longer than `delay`."""
        require(all(age < self.delay for _, age in self.sent))
        oldest = self.window + self.delay + max(map(abs, self.offsets))  # no script keeps these
        scores = tuple([min(score + 1, oldest) for score in self.scores])
        allowed = tuple([age + 1 for age in self.allowed if age + 1 < self.window + self.delay])
        return replace(
            self,
            scores=scores,
            renewed=min(self.renewed + 1, max(self.expiry, self.window) + 1),
            sent=tuple([(server, age + 1) for server, age in self.sent]),
            allowed=allowed,
        )

    # -------------------------------------------------------------------------- properties

    @invariant
    def within_limit(self) -> bool:
        """In every window at most `max_requests` requests are allowed."""
        return all(
            sum(age <= other < age + self.window for other in self.allowed) <= self.max_requests
            for age in self.allowed
        )

    @invariant
    def few_entries(self) -> bool:
        """The key holds at most `max_requests` members."""
        return len(self.scores) <= self.max_requests

    def __str__(self) -> str:
        on_their_way = f", on their way {list(self.sent)}" if self.sent else ""
        ages = f"allowed {list(self.allowed)} ago, scores {list(self.scores)} ago"
        return f"{ages}{on_their_way}{f', {self.passed} checked' if self.passed else ''}"


#: The switches.
REPAIRS = ("unique", "server_time", "expiring")

AS_WRITTEN = SlidingWindow()

REPAIRED = SlidingWindow(unique=True, server_time=True, expiring=True)


# ------------------------------------------------------------------------------ the extractor


class Reply(Enum):
    """What `limiter.allow(&client_ip).await` comes to."""

    NO_LIMITER = "no limiter in the extensions"
    NO_CONNECTION = "Err: no connection"
    SCRIPT_ERROR = "Err: the script has failed"
    REPLY_LOST = "Err: the script has run, the reply is lost"
    ALLOWED = "Ok(true)"
    REFUSED = "Ok(false)"


def from_request_parts(reply: Reply) -> int:
    """The extractor `RateLimited`: 200 if the request goes on to its handler, or the status."""
    match reply:
        case Reply.ALLOWED:
            return 200
        case Reply.REFUSED:
            return 429
        case _:
            return 500
