"""M11, API gateway: `request_pipeline` of seed 001, section 2.2, as written, and as a protocol.

The pipeline of the seed is a function of a record of functions, and nothing is remembered: not how
many requests there were, nor how calls have ended. `ApiGateway` has the same pipeline between
clients and a backend that may fail or hang; each repair is a switch.

>>> [str(status) for status in Refusal][:2]
['authentication_required', 'unauthorized']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, final, invariant, require

__all__ = [
    "AS_WRITTEN", "REPAIRED", "REPAIRS", "Answer", "ApiGateway", "Breaker", "Gateway", "Kind",
    "Phase", "Refusal", "request_pipeline",
]  # fmt: skip


# -------------------------------------------------------------------------------- the function


class Refusal(Enum):
    """The constant responses of the pipeline."""

    AUTHENTICATION_REQUIRED = "authentication_required"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    NOT_FOUND = "not_found"
    CIRCUIT_BREAKER = "circuit_breaker"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Gateway:
    """`APIGateway`, with what the seed leaves open: `forward_request`, what a breaker allows."""

    authentication: Callable[[str], str | None]
    authorization: Callable[[str, str], bool]
    rate_limiting: Callable[[str, str], bool]
    routing_rules: Callable[[str], str | None]
    breaker_allows: Callable[[str], bool]
    request_transformation: Callable[[str], str]
    forward_request: Callable[[str, str], str]
    response_transformation: Callable[[str], str]
    refusal: Callable[[Refusal], str] = str


@dataclass(frozen=True, slots=True)
class Answer:
    """The response, and who asked what of which endpoint if the request was forwarded."""

    response: str
    forwarded: tuple[str, str, str] | None = None


def request_pipeline(gateway: Gateway, request: str, authorising_last: bool = False) -> Answer:
    """What a gateway answers.

    Args:
        gateway: its functions.
        request: of a client.
        authorising_last: repair: authorisation is asked of the request as it is forwarded.
    """
    transformed = gateway.request_transformation(request)
    principal = gateway.authentication(request)
    if principal is None:
        return Answer(gateway.refusal(Refusal.AUTHENTICATION_REQUIRED))
    if not gateway.authorization(principal, transformed if authorising_last else request):
        return Answer(gateway.refusal(Refusal.UNAUTHORIZED))
    if not gateway.rate_limiting(principal, request):
        return Answer(gateway.refusal(Refusal.RATE_LIMIT_EXCEEDED))
    endpoint = gateway.routing_rules(request)
    if endpoint is None:
        return Answer(gateway.refusal(Refusal.NOT_FOUND))
    if not gateway.breaker_allows(endpoint):
        return Answer(gateway.refusal(Refusal.CIRCUIT_BREAKER))
    response = gateway.forward_request(endpoint, transformed)
    return Answer(gateway.response_transformation(response), (principal, endpoint, transformed))


# -------------------------------------------------------------------------------- the protocol


class Kind(Enum):
    """Requests, by what becomes of them; a crafted one is forbidden only when transformed."""

    GOOD = "good"
    ANONYMOUS = "anonymous"
    FORBIDDEN = "forbidden"
    UNROUTED = "unrouted"
    CRAFTED = "crafted"

    def __str__(self) -> str:
        return self.value


class Phase(Enum):
    """How far the gateway is with a request."""

    IDLE = "idle"
    ADMITTED = "admitted"
    FORWARDED = "forwarded"
    HUNG = "hung"
    ANSWERING = "answering"


class Breaker(Enum):
    """The state of the endpoint's circuit breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


#: The statuses of the responses.
STATUSES = (200, 401, 403, 404, 429, 502, 503, 504)


@dataclass(frozen=True)
class ApiGateway:
    """A gateway with one endpoint, one request at a time.

    Attributes:
        limit: how many requests are to be let through in a window of time, of at least 1.
        threshold: after how many failures in a row the breaker is to open, of at least 1.
        lenient: what the seed's `rate_limiting` says of these requests: it is a function of them.
        authorising_last: repair: authorisation is asked of the request as it is forwarded.
        counting: repair: the limiter counts.
        limiting_first: repair: it counts, by address, before who asks is known.
        feeding: repair: the breaker is told how calls end.
        timing: repair: a call that takes too long is given up.
        phase, asked, status: the request in work, and its response.
        sent: what the backend has received, while the request is in work.
        used: what the limiter has counted in this window.
        failed, breaker: what the breaker remembers.
        passed: the requests that were allowed and not limited, in this window; so many as matter.
        served: the requests that were answered and not limited, in this window; so many as matter.
        row: the calls that have failed since one has succeeded; so many as matter.
        tripped: whether `threshold` in a row have failed, and its timeout has not passed since.
    """

    limit: int = 1
    threshold: int = 1
    lenient: bool = True
    authorising_last: bool = False
    counting: bool = False
    limiting_first: bool = False
    feeding: bool = False
    timing: bool = False
    phase: Phase = Phase.IDLE
    asked: Kind = Kind.GOOD
    status: int = 200
    sent: Kind | None = None
    used: int = 0
    failed: int = 0
    breaker: Breaker = Breaker.CLOSED
    passed: int = 0
    served: int = 0
    row: int = 0
    tripped: bool = False

    # ---------------------------------------------------------------------------- the pipeline

    def _transformed(self, kind: Kind) -> Kind:
        return Kind.FORBIDDEN if kind == Kind.CRAFTED else kind

    def _answering(self, status: int) -> ApiGateway:
        return replace(self, phase=Phase.ANSWERING, status=status)

    def _limited(self) -> bool:
        return self.used >= self.limit if self.counting else not self.lenient

    def _counted(self) -> ApiGateway:
        return replace(self, used=self.used + 1) if self.counting else self

    def _decided(self, kind: Kind) -> ApiGateway:
        """`request_pipeline`, up to `forward_request`."""
        begun = self
        if self.limiting_first:
            if self._limited():
                return self._answering(429)
            begun = self._counted()
        if kind == Kind.ANONYMOUS:
            return begun._served()._answering(401)
        authorised = self._transformed(kind) if self.authorising_last else kind
        if authorised == Kind.FORBIDDEN:
            return begun._served()._answering(403)
        if not self.limiting_first:
            if begun._limited():
                return begun._answering(429)
            begun = begun._counted()
        passed = begun.passed + 1 if begun.passed <= begun.limit else begun.passed
        begun = replace(begun._served(), passed=passed)
        if kind == Kind.UNROUTED:
            return begun._answering(404)
        if self.breaker == Breaker.OPEN:
            return begun._answering(503)
        return replace(begun, phase=Phase.ADMITTED)

    def _served(self) -> ApiGateway:
        more = self.served + 1 if self.served <= self.limit else self.served
        return replace(self, served=more)

    def _ended(self, well: bool, status: int) -> ApiGateway:
        """A call has ended; the breaker learns it, if it is told."""
        after = self._answering(status)
        if well:
            told = replace(after, row=0, tripped=False)
            return replace(told, failed=0, breaker=Breaker.CLOSED) if self.feeding else told
        row = self.row + 1 if self.row < self.threshold else self.row
        told = replace(after, row=row, tripped=row >= self.threshold)
        if not self.feeding:
            return told
        if self.breaker == Breaker.HALF_OPEN or self.failed + 1 >= self.threshold:
            return replace(told, breaker=Breaker.OPEN, failed=0)
        return replace(told, failed=self.failed + 1)

    # ----------------------------------------------------------------------------- actions

    @action(kind=tuple(Kind))
    def request(self, kind: Kind) -> ApiGateway:
        """A client asks."""
        require(self.phase == Phase.IDLE)
        return replace(self, asked=kind)._decided(kind)

    @action(fair=True, kind=tuple(Kind))
    def forward(self, kind: Kind) -> ApiGateway:
        """The backend receives the request as it was transformed."""
        require(self.phase == Phase.ADMITTED and kind == self._transformed(self.asked))
        return replace(self, phase=Phase.FORWARDED, sent=kind)

    @action
    def succeeds(self) -> ApiGateway:
        """The backend answers."""
        require(self.phase == Phase.FORWARDED)
        return self._ended(True, 200)

    @action
    def fails(self) -> ApiGateway:
        """The backend answers with an error, or its connection breaks."""
        require(self.phase == Phase.FORWARDED)
        return self._ended(False, 502)

    @action
    def hangs(self) -> ApiGateway:
        """The backend will not answer."""
        require(self.phase == Phase.FORWARDED)
        return replace(self, phase=Phase.HUNG)

    @action(fair=True)
    def times_out(self) -> ApiGateway:
        """The gateway waits no longer; the one of the seed has no such step."""
        require(self.timing and self.phase == Phase.HUNG)
        return self._ended(False, 504)

    @action(fair=True, status=STATUSES)
    def response(self, status: int) -> ApiGateway:
        """The client gets its response."""
        require(self.phase == Phase.ANSWERING and status == self.status)
        return replace(self, phase=Phase.IDLE, status=200, asked=Kind.GOOD, sent=None)

    @action
    def window_passes(self) -> ApiGateway:
        """A new window of the limiter begins."""
        require(self.phase == Phase.IDLE)
        return replace(self, used=0, passed=0, served=0)

    @action
    def timeout_passes(self) -> ApiGateway:
        """The endpoint has been left alone for as long as the timeout of its breaker."""
        require(self.phase == Phase.IDLE and self.tripped)
        breaker = Breaker.HALF_OPEN if self.feeding else self.breaker
        return replace(self, tripped=False, breaker=breaker)

    # -------------------------------------------------------------------------- properties

    @final
    def at_rest(self) -> bool:
        """No request is in work."""
        return self.phase is Phase.IDLE

    @invariant
    def authorised_only(self) -> bool:
        """The backend receives nothing that is forbidden."""
        return self.sent != Kind.FORBIDDEN

    @invariant
    def none_passes_by(self) -> bool:
        """Who reaches the backend was known, allowed, within the limit and routed."""
        return self.sent is None or self.asked in (Kind.GOOD, Kind.CRAFTED)

    @invariant
    def within_limit(self) -> bool:
        """In a window no more than `limit` requests that are allowed are let through."""
        return self.passed <= self.limit

    @invariant
    def refused_no_sooner(self) -> bool:
        """Nobody is told to wait before `limit` requests were let through."""
        enough = self.served if self.limiting_first else self.passed
        return self.phase != Phase.ANSWERING or self.status != 429 or enough >= self.limit

    @invariant
    def all_within_limit(self) -> bool:
        """In a window no more than `limit` requests of any kind are answered but with 429."""
        return self.served <= self.limit

    @invariant
    def breaker_heard(self) -> bool:
        """After `threshold` failures in a row the endpoint is not called until the timeout."""
        calling = self.phase in (Phase.ADMITTED, Phase.FORWARDED, Phase.HUNG)
        return not calling or not self.tripped

    def __str__(self) -> str:
        work = "" if self.phase is Phase.IDLE else f" {self.asked}"
        counts = f"{self.passed} let through, {self.served} answered, {self.row} failed in a row"
        return f"{self.phase.value}{work} | {counts}, breaker {self.breaker.value}"


#: The switches.
REPAIRS = ("authorising_last", "counting", "limiting_first", "feeding", "timing")

AS_WRITTEN = ApiGateway()

REPAIRED = ApiGateway(
    authorising_last=True, counting=True, limiting_first=True, feeding=True, timing=True
)
