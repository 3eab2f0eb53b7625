"""M15, the service mesh: calls that pass a sidecar, traces, retries, timeouts and roll-outs.

Seed 001, section 5.1, has records of names: a mesh is a data plane with a sidecar proxy for some
services, a control plane that distributes configurations, and a list of policies, retries and
timeouts among them. What a sidecar does is here as service meshes do it; each class says which
policy it has, and which repair is a switch.

>>> from cospec.models.model import ModelSystem
>>> [str(event) for event, _ in ModelSystem(MeshedCalls()).transitions(MeshedCalls())]
['call']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = [
    "CountedRollOut", "MeshedCalls", "Phase", "RollOut", "TimedRetries", "TracedRequests",
    "TracedService", "calls_at_the_end", "observed_by_mesh",
]  # fmt: skip


class Phase(Enum):
    """How far a call has come."""

    IDLE = "idle"
    REQUEST = "request under way"
    RESPONSE = "response under way"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class MeshedCalls:
    """An application, the sidecar that its calls pass, a network that loses messages, and a server;
    one call after the other.

    Attributes:
        retries: `RetryPolicy`: how often the sidecar tries again. With 0 it does what an
            application does that uses the network itself.
        deduplicating: repair: the server knows requests by an id, and executes each once.
        phase: of the present call.
        left: how often it will still be tried again.
        executed: how often the server has executed it.
    """

    retries: int = 0
    deduplicating: bool = False
    phase: Phase = Phase.IDLE
    left: int = 0
    executed: int = 0

    @action
    def call(self) -> MeshedCalls:
        """The application calls the server; the sidecar sends the request."""
        require(self.phase is Phase.IDLE)
        return replace(self, phase=Phase.REQUEST, left=self.retries)

    @action
    def lose_request(self) -> MeshedCalls:
        """The request is lost, and the sidecar's timeout is over."""
        require(self.phase is Phase.REQUEST)
        return self._timed_out()

    @action
    def execute(self) -> MeshedCalls:
        """The server executes the request, and responds."""
        require(self.phase is Phase.REQUEST)
        require(not self.deduplicating or self.executed == 0)
        return replace(self, phase=Phase.RESPONSE, executed=self.executed + 1)

    @action
    def respond(self) -> MeshedCalls:
        """The server has seen the id of the request, and responds as before."""
        require(self.phase is Phase.REQUEST)
        require(self.deduplicating and self.executed > 0)
        return replace(self, phase=Phase.RESPONSE)

    @action
    def lose_reply(self) -> MeshedCalls:
        """The response is lost, and the sidecar's timeout is over."""
        require(self.phase is Phase.RESPONSE)
        return self._timed_out()

    @action
    def ok(self) -> MeshedCalls:
        """The application has its answer."""
        require(self.phase is Phase.RESPONSE)
        return replace(self, phase=Phase.IDLE, left=0, executed=0)

    @action
    def failed(self) -> MeshedCalls:
        """The application is told that there is none."""
        require(self.phase is Phase.GIVEN_UP)
        return replace(self, phase=Phase.IDLE, executed=0)

    def _timed_out(self) -> MeshedCalls:
        if self.left > 0:
            return replace(self, phase=Phase.REQUEST, left=self.left - 1)
        return replace(self, phase=Phase.GIVEN_UP)

    @invariant
    def at_most_once(self) -> bool:
        """The server executes a call at most once."""
        return self.executed <= 1

    @invariant
    def counted(self) -> bool:
        """Calls are executed a number of times, between calls none is, and what is answered was."""
        return (
            self.executed >= 0
            and (self.phase is not Phase.IDLE or self.executed == 0)
            and (self.phase is not Phase.RESPONSE or self.executed >= 1)
        )

    @transition_invariant
    def as_without_mesh(self, after: MeshedCalls) -> bool:
        """A step that is seen outside is one that is possible without a mesh: a call is executed
        that was not, an answer is given when it was executed once."""
        executes = after.executed > self.executed
        answers = self.phase is Phase.RESPONSE and after.phase is Phase.IDLE
        return (not executes or self.executed == 0) and (not answers or self.executed == 1)

    def __str__(self) -> str:
        return f"{self.phase.value}, executed {self.executed} times, {self.left} retries left"


# ------------------------------------------------------------------------------------- observing


def observed_by_mesh(sidecar_proxies: Mapping[str, bool], caller: str, callee: str) -> bool:
    """Whether a sidecar sees a call: that of the caller or that of the callee, if it has one
    (`sidecar_proxies : ServiceID -> option SidecarProxy`)."""
    return sidecar_proxies[caller] or sidecar_proxies[callee]


def _open(service: TracedService) -> Iterator[int]:
    first = service.received if service.sequential else 1
    return iter(range(max(first, 1), service.received + 1))


@dataclass(frozen=True)
class TracedService:
    """A service that is called and, to answer, calls another one; its sidecar sees both, and is to
    tell which request has caused which call. Requests are numbered as they come in; in what they
    ask for, requests and calls are all alike.

    Attributes:
        forwarding: repair: the service puts the trace header of the request into its calls.
        sequential: repair: the service has one request at a time.
        requests: how many come in at most.
        calls: how many calls it makes at most.
        received: how many requests have come in.
        before: of each call how many requests had come in when the sidecar saw it.
        headers: of each call the header that the sidecar saw; 0 if none.
        causes: of each call the request that it was made for.
    """

    forwarding: bool = False
    sequential: bool = False
    requests: int = 2
    calls: int = 2
    received: int = 0
    before: tuple[int, ...] = ()
    headers: tuple[int, ...] = ()
    causes: tuple[int, ...] = ()

    @action
    def receive(self) -> TracedService:
        """A request comes in."""
        require(self.received < self.requests)
        return replace(self, received=self.received + 1)

    @action(request=_open)
    def call(self, request: int) -> TracedService:
        """The service makes a call for one of the requests that it works on."""
        require(len(self.causes) < self.calls)
        header = request if self.forwarding else 0
        return replace(
            self,
            before=self.before + (self.received,),
            headers=self.headers + (header,),
            causes=self.causes + (request,),
        )

    @property
    def observed(self) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """All that the sidecar has seen, in its order."""
        return self.received, self.before, self.headers

    @invariant
    def traced(self) -> bool:
        """The sidecar knows the causes: from the headers, or as the newest request each time."""
        return self.causes == (self.headers if self.forwarding else self.before)

    def __str__(self) -> str:
        shown = (f"after {n} requests" + (f", header {h}" if h else "") for n, h in self._calls)
        return f"{self.received} requests; calls: {'; '.join(shown) or 'none'}; for {self.causes}"

    @property
    def _calls(self) -> Iterator[tuple[int, int]]:
        return zip(self.before, self.headers, strict=True)


@dataclass(frozen=True)
class TracedRequests(TracedService):
    """The same with any number of requests and calls, for proofs."""

    @action
    def receive(self) -> TracedService:
        """A request comes in."""
        return replace(self, received=self.received + 1)

    @action(request=integers())
    def call(self, request: int) -> TracedService:
        """The service makes a call for one of the requests that it works on."""
        require(request >= 1 and request <= self.received)
        require(not self.sequential or request == self.received)
        header = request if self.forwarding else 0
        return replace(
            self,
            before=self.before + (self.received,),
            headers=self.headers + (header,),
            causes=self.causes + (request,),
        )


# -------------------------------------------------------------------------------------- policies


def calls_at_the_end(depth: int, retries: int, failing: int) -> tuple[int, bool]:
    """How many calls reach the last service of a chain of so many hops when its first `failing`
    executions fail and each hop tries again, and whether the first caller has an answer."""
    made = 0

    def hop(left: int) -> bool:
        nonlocal made
        if left == 0:
            made += 1
            return made > failing
        return any(hop(left - 1) for _ in range(retries + 1))

    answered = hop(depth)
    return made, answered


@dataclass(frozen=True)
class TimedRetries:
    """A caller that waits for a while, and the sidecar that tries for it.

    Attributes:
        retries: `RetryPolicy`.
        per_try: `TimeoutPolicy`: how long the sidecar waits for each try.
        patience: how long the caller waits.
        now: the time since the call.
        attempt: which try it is, from 1 on.
        within: how long it has taken.
        trying: whether the sidecar is trying.
        waiting: whether the caller is waiting.
    """

    retries: int = 1
    per_try: int = 1
    patience: int = 1
    now: int = 0
    attempt: int = 1
    within: int = 0
    trying: bool = True
    waiting: bool = True

    @action
    def tick(self) -> TimedRetries:
        """Time passes."""
        require(self.trying or self.waiting)
        waits = self.waiting and self.now + 1 < self.patience
        later = replace(self, now=self.now + 1, waiting=waits)
        if not self.trying:
            return later
        if self.within + 1 < self.per_try:
            return replace(later, within=self.within + 1)
        if self.attempt <= self.retries:
            return replace(later, attempt=self.attempt + 1, within=0)
        return replace(later, trying=False)

    @action
    def respond(self) -> TimedRetries:
        """The server answers a try."""
        require(self.trying)
        return replace(self, trying=False, waiting=False)

    @invariant
    def wanted(self) -> bool:
        """While the sidecar is trying, the caller is waiting."""
        return self.waiting or not self.trying

    def __str__(self) -> str:
        tries = f"try {self.attempt}" if self.trying else "no try"
        return f"at {self.now}: {tries}, the caller {'waits' if self.waiting else 'has given up'}"


def _proxies(state: RollOut) -> range:
    return range(len(state.proxies))


@dataclass(frozen=True)
class RollOut:
    """A control plane that distributes configurations.

    Attributes:
        updates: how many newer ones there will be.
        version: the newest.
        proxies: which version each proxy acts on.
    """

    updates: int = 1
    version: int = 1
    proxies: tuple[int, ...] = (1, 1)

    @action
    def update(self) -> RollOut:
        """There is a new configuration."""
        require(self.updates > 0)
        return replace(self, updates=self.updates - 1, version=self.version + 1)

    @action(fair=True, proxy=_proxies)
    def distribute(self, proxy: int) -> RollOut:
        """A proxy gets the newest configuration."""
        require(self.proxies[proxy] != self.version)
        before, after = self.proxies[:proxy], self.proxies[proxy + 1 :]
        return replace(self, proxies=(*before, self.version, *after))

    @property
    def consistent(self) -> bool:
        """All proxies act on the same configuration."""
        return len(set(self.proxies)) <= 1

    def __str__(self) -> str:
        return f"version {self.version}, the proxies on {', '.join(map(str, self.proxies))}"


@dataclass(frozen=True)
class CountedRollOut:
    """The same by the number of proxies that do not act on the newest configuration.

    Attributes:
        updates: how many newer configurations there will be.
        proxies: how many proxies there are.
        behind: how many of them act on an older one.
    """

    updates: int = 1
    proxies: int = 2
    behind: int = 0

    @action
    def update(self) -> CountedRollOut:
        """There is a new configuration, that no proxy has."""
        require(self.updates > 0)
        return replace(self, updates=self.updates - 1, behind=self.proxies)

    @action(fair=True)
    def distribute(self) -> CountedRollOut:
        """A proxy gets the newest configuration."""
        require(self.behind > 0)
        return replace(self, behind=self.behind - 1)

    @invariant
    def within(self) -> bool:
        """Counts are counts."""
        return self.updates >= 0 and self.behind >= 0 and self.behind <= self.proxies

    @transition_invariant
    def progresses(self, after: CountedRollOut) -> bool:
        """Each step brings a measure down that is never below 0: updates to come, then proxies
        behind."""
        falls = after.updates < self.updates
        reaches = after.updates == self.updates and after.behind < self.behind
        return (falls or reaches) and after.updates >= 0 and after.behind >= 0
