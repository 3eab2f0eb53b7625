"""M19, circuit breaker: the listing at the granularity of its locks, as written and repaired.

Seed 004, section 3.1: `state`, `failure_count`, `success_count` and `last_failure_time` are each in
a `tokio::sync::RwLock` of their own. A step of a caller is what it does while it holds one of these
for a moment, or until it waits for the next: `let state = self.state.read().await.clone()` is one
step, as the guard is gone at the end of the statement; the guard in `if let Some(last_failure) =
*self.last_failure_time.read().await { … }` lives as long as the body (The Rust Reference,
*Destructors*, temporary scopes), across the two locks that are taken there.

To wait is no step. A caller that waits has done nothing yet which others could see, so a run in
which it asks late shows the same; only who is served first can differ. tokio's lock is "fair (or
write-preferring), in order to ensure that readers cannot starve writers" (its page on docs.rs): a
reader waits behind a writer that waits (`fair`), which makes a difference for `last_failure_time`
only, the one lock with readers that is held across steps.

Time is one event: all time stamps taken so far are older than `timeout` after it.

>>> from cospec.models.model import ModelSystem
>>> [str(event) for event, _ in ModelSystem(AS_WRITTEN).transitions(AS_WRITTEN)]
['reads_state.0', 'reads_state.1', 'reads_state.2']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cospec.models.model import ModelSystem, action, require

__all__ = [
    "AS_WRITTEN", "CLOSED", "COUNTING_FAILURE", "ERR", "HALF_OPEN", "HALF_OPENING", "HOLDS", "IDLE",
    "IN_SERVICE", "NEVER", "OK", "OPEN", "PAST", "RECENT", "REPAIRED", "REPAIRS", "SERVER_ERROR",
    "WANTS", "Caller", "CircuitBreaker", "lock_order", "tripped",
]  # fmt: skip

#: The seed's `CircuitState`.
CLOSED, OPEN, HALF_OPEN = "Closed", "Open", "HalfOpen"

#: What is in `last_failure_time`: None, or an instant that is older than `timeout` or is not.
NEVER, RECENT, PAST = "None", "recent", "past"

#: What the service answers. To `send()` a response with status 500 is as good as any.
OK, ERR, SERVER_ERROR = "ok", "err", "500"

# Where a caller is: what it does next.
IDLE = "idle"
READING_TIME = "reads last_failure_time"
HALF_OPENING = "state := HalfOpen"
RESETTING_SUCCESSES = "success_count := 0"
IN_SERVICE = "in f"
SUCCEEDED = "on_success"
COUNTING_SUCCESS = "success_count += 1"
CLOSING = "state := Closed"
CLEARING = "failure_count := 0, success_count locked"
FORGETTING = "failure_count := 0"
COUNTING_FAILURE = "failure_count += 1"
OPENING = "state := Open"
RESTARTING = "last_failure_time := now"
RESTARTING_LATE = "last_failure_time := a past now"

#: The locks that are held across steps; `state` never is.
TIME, SUCCESSES, FAILURES = "last_failure_time", "success_count", "failure_count"

#: What a caller holds where.
HOLDS = {
    HALF_OPENING: TIME, RESETTING_SUCCESSES: TIME, CLOSING: SUCCESSES, CLEARING: SUCCESSES,
    OPENING: FAILURES, RESTARTING: FAILURES, RESTARTING_LATE: FAILURES,
}  # fmt: skip

#: The locks that a caller needs for its next step, other than `state`.
WANTS = {
    READING_TIME: TIME, RESETTING_SUCCESSES: SUCCESSES, COUNTING_SUCCESS: SUCCESSES,
    CLEARING: FAILURES, FORGETTING: FAILURES, COUNTING_FAILURE: FAILURES, RESTARTING: TIME,
    RESTARTING_LATE: TIME,
}  # fmt: skip


class Caller(NamedTuple):
    """A task that calls the service through the breaker, again and again.

    Attributes:
        at: what it does next.
        current: whether the state of the breaker is the one in which its call began, without a
            change in between: the epochs of the repair, of which only this matters. Where neither
            a repair nor anybody who observes wants to know, it is not kept.
    """

    at: str = IDLE
    current: bool = False


def _at(*points: str) -> Callable[[CircuitBreaker], list[int]]:
    """The callers that are at one of these points, as the values of a parameter."""
    return lambda state: [n for n, caller in enumerate(state.callers) if caller.at in points]


@dataclass(frozen=True)
class CircuitBreaker:
    """A breaker and those who call through it.

    Attributes:
        failure_threshold: how many failures open it.
        success_threshold: how many successes close it again.
        copying: repair: the Option is copied out before the `if let`, and its guard dropped.
        one_lock: repair: one lock for all fields, held from the beginning of a call to f, and
            through on_success and on_failure.
        epochs: repair: what a call brings is ignored when the state has changed since it began.
        permits: repair: in HalfOpen at most `success_threshold` calls run at a time.
        drop_guard: repair: a call that is cancelled gives its permit back.
        status_checked: repair: `error_for_status()` after `send()`.
        fair: whether a reader waits behind a writer that waits.
        cancelling: whether calls may be cancelled while they run: their future is dropped.
        answers: what the service may answer.
        observing: whether `evidence` and `streak` are kept, which nothing depends on.
        state, failure_count, success_count, last_failure: as in the seed. Counts end at their
            thresholds: more makes no difference.
        elapsed: whether `timeout` has passed since the breaker opened.
        probes: how many permits are in use.
        evidence: the successes counted in HalfOpen, since it began, of calls that began in it.
        streak: the calls that have failed one after the other, of those that are not ignored.
        lost: whether a call has ended with nothing being told of it.
        callers: the tasks.
    """

    failure_threshold: int = 1
    success_threshold: int = 1
    copying: bool = False
    one_lock: bool = False
    epochs: bool = False
    permits: bool = False
    drop_guard: bool = False
    status_checked: bool = False
    fair: bool = True
    cancelling: bool = False
    answers: tuple[str, ...] = (OK, ERR)
    observing: bool = False
    state: str = CLOSED
    failure_count: int = 0
    success_count: int = 0
    last_failure: str = NEVER
    elapsed: bool = False
    probes: int = 0
    evidence: int = 0
    streak: int = 0
    lost: bool = False
    callers: tuple[Caller, ...] = (Caller(), Caller(), Caller())

    # ------------------------------------------------------------------------ parts of a step

    def _moved(self, caller: int, to: str, **changes: object) -> CircuitBreaker:
        """The caller goes on; what it began with stays the same."""
        current = self.callers[caller].current and to != IDLE
        return self._with(caller, Caller(to, current), **changes)

    def _with(self, caller: int, now: Caller, **changes: object) -> CircuitBreaker:
        callers = (*self.callers[:caller], now, *self.callers[caller + 1 :])
        return self._changed(callers=callers, **changes)

    def _changed(self, **changes: object) -> CircuitBreaker:
        """`replace`, in a fifth of the time: most of what an exploration of this model does."""
        after = object.__new__(CircuitBreaker)
        vars(after).update(vars(self), **changes)
        return after

    def _turned(self, state: str) -> CircuitBreaker:
        """`state` is written; if that changes it, no call is of the present epoch any more."""
        if state == self.state:
            return self
        callers = self.callers
        if self.epochs or self.permits or self.observing:
            callers = tuple([caller._replace(current=False) for caller in callers])
        elapsed = self.elapsed and state != OPEN
        evidence = self.evidence if state == CLOSED else 0  # it is what the state rests on
        streak = 0 if state == CLOSED else self.streak
        return self._changed(
            state=state, callers=callers, probes=0, elapsed=elapsed, evidence=evidence,
            streak=streak,
        )  # fmt: skip

    def _held(self, lock: str, but: int) -> bool:
        """Whether another caller holds a lock across steps."""
        if lock == TIME and self.copying:
            return False
        return any(
            HOLDS.get(caller.at) == lock for n, caller in enumerate(self.callers) if n != but
        )

    def _acquires(self, caller: int) -> None:
        """The lock that a caller needs for its next step is free for it."""
        lock = WANTS[self.callers[caller].at]
        if self.callers[caller].at != READING_TIME:
            require(not self._held(lock, caller))
        elif self.fair and self._held(lock, caller):  # by readers, with which it could share it
            waiting = (RESTARTING, RESTARTING_LATE)
            require(not any(other.at in waiting for other in self.callers))

    def _advanced(self, caller: int) -> CircuitBreaker:
        """The next step of a caller that is neither idle nor in f."""
        match self.callers[caller].at:
            case "reads last_failure_time":
                if self.last_failure == RECENT:
                    return self._moved(caller, IDLE)  # Err(Open)
                expired = self.last_failure == PAST
                return self._moved(caller, HALF_OPENING if expired else IN_SERVICE)
            case "state := HalfOpen":
                turned = self._turned(HALF_OPEN)
                return turned._with(caller, Caller(RESETTING_SUCCESSES, True))
            case "success_count := 0":
                probes = self.probes + 1 if self.permits else 0
                return self._moved(caller, IN_SERVICE, success_count=0, probes=probes)
            case "on_success":
                onward = {HALF_OPEN: COUNTING_SUCCESS, CLOSED: FORGETTING, OPEN: IDLE}
                return self._moved(caller, onward[self.state])
            case "success_count += 1":
                return self._success_counted(caller)
            case "state := Closed":
                return self._turned(CLOSED)._moved(caller, CLEARING)
            case "failure_count += 1":
                count = min(self.failure_count + 1, self.failure_threshold)
                enough = count >= self.failure_threshold
                return self._moved(caller, OPENING if enough else IDLE, failure_count=count)
            case "state := Open":
                return self._turned(OPEN)._moved(caller, RESTARTING)
            case "last_failure_time := now":
                return self._moved(caller, IDLE, last_failure=RECENT)
            case "last_failure_time := a past now":
                return self._moved(caller, IDLE, last_failure=PAST)
            case _:  # CLEARING, FORGETTING
                return self._moved(caller, IDLE, failure_count=0)

    def _success_counted(self, caller: int) -> CircuitBreaker:
        count = min(self.success_count + 1, self.success_threshold)
        evidence = self.evidence
        if self.observing and self.callers[caller].current and self.state == HALF_OPEN:
            evidence = min(evidence + 1, self.success_threshold)
        enough = count >= self.success_threshold
        to = CLOSING if enough else IDLE
        return self._moved(caller, to, success_count=count, evidence=evidence)

    def _finished(self, caller: int) -> CircuitBreaker:
        """With one lock, all that a caller does until it gives the lock back."""
        after = self
        while self.one_lock and after.callers[caller].at not in (IDLE, IN_SERVICE):
            after = after._advanced(caller)
        return after

    def _begun(self, caller: int) -> CircuitBreaker:
        """`call` has read the state."""
        if self.state == OPEN:
            return self._with(caller, Caller(READING_TIME, True))._finished(caller)
        probing = self.permits and self.state == HALF_OPEN
        if probing and self.probes >= self.success_threshold:
            return self._moved(caller, IDLE)  # Err(Open)
        probes = self.probes + probing
        return self._with(caller, Caller(IN_SERVICE, True), probes=probes)

    def _returned(self, caller: int, well: bool) -> CircuitBreaker:
        """f has returned."""
        probe = self.callers[caller].current and self.state == HALF_OPEN
        after = self._changed(probes=self.probes - 1) if self.permits and probe else self
        if self.epochs and not self.callers[caller].current:
            return after._moved(caller, IDLE)
        if self.observing:
            streak = 0 if well else min(self.streak + 1, self.failure_threshold)
            after = after._changed(streak=streak)
        return after._moved(caller, SUCCEEDED if well else COUNTING_FAILURE)._finished(caller)

    # ---------------------------------------------------------------------------- call

    @action(fair=True, caller=_at(IDLE))
    def reads_state(self, caller: int) -> CircuitBreaker:
        """A call begins: it reads the state."""
        require(not self.one_lock)
        return self._begun(caller)

    @action(fair=True, caller=_at(IDLE))
    def admits(self, caller: int) -> CircuitBreaker:
        """With one lock: a call begins and goes on to f."""
        require(self.one_lock)
        after = self._begun(caller)
        require(after.callers[caller].at == IN_SERVICE)
        return after

    @action(fair=True, caller=_at(IDLE, READING_TIME))
    def rejects(self, caller: int) -> CircuitBreaker:
        """A call returns `Err(CircuitBreakerError::Open)`."""
        if self.one_lock:
            after = self._begun(caller)
        else:
            require(self.callers[caller].at == READING_TIME)
            self._acquires(caller)
            after = self._advanced(caller)
        require(after.callers[caller].at == IDLE)
        return after

    @action(fair=True, caller=_at(READING_TIME))
    def reads_time(self, caller: int) -> CircuitBreaker:
        """A call that has read Open finds no time stamp, or one that is over."""
        self._acquires(caller)
        after = self._advanced(caller)
        require(after.callers[caller].at != IDLE)
        return after

    @action(fair=True, caller=_at(HALF_OPENING))
    def half_opens(self, caller: int) -> CircuitBreaker:
        """A call sets HalfOpen; last_failure_time is locked by its `if let`."""
        return self._advanced(caller)

    @action(fair=True, caller=_at(RESETTING_SUCCESSES))
    def resets_successes(self, caller: int) -> CircuitBreaker:
        """A call sets success_count to 0, and its `if let` is over."""
        self._acquires(caller)
        return self._advanced(caller)

    # ------------------------------------------------------------------------------- f

    @action(fair=True, caller=_at(IN_SERVICE))
    def succeeds(self, caller: int) -> CircuitBreaker:
        """The service answers, and on_success begins."""
        require(OK in self.answers)
        return self._returned(caller, well=True)

    @action(fair=True, caller=_at(IN_SERVICE))
    def fails(self, caller: int) -> CircuitBreaker:
        """f returns an error, and on_failure begins."""
        require(ERR in self.answers)
        return self._returned(caller, well=False)

    @action(fair=True, caller=_at(IN_SERVICE))
    def answers_500(self, caller: int) -> CircuitBreaker:
        """The service answers with status 500: Ok, unless the status is looked at."""
        require(SERVER_ERROR in self.answers)
        return self._returned(caller, well=not self.status_checked)

    @action(caller=_at(IN_SERVICE))
    def cancels(self, caller: int) -> CircuitBreaker:
        """The future of a call is dropped while f runs."""
        require(self.cancelling)
        probe = self.permits and self.callers[caller].current and self.state == HALF_OPEN
        freed = self.probes - 1 if probe and self.drop_guard else self.probes
        return self._moved(caller, IDLE, probes=freed, lost=self.lost or not self.drop_guard)

    # -------------------------------------------------------------- on_success, on_failure

    @action(fair=True, caller=_at(SUCCEEDED))
    def rereads_state(self, caller: int) -> CircuitBreaker:
        """on_success reads the state."""
        return self._advanced(caller)

    @action(fair=True, caller=_at(COUNTING_SUCCESS))
    def counts_success(self, caller: int) -> CircuitBreaker:
        """on_success, which has read HalfOpen, locks success_count and adds 1."""
        self._acquires(caller)
        return self._advanced(caller)

    @action(fair=True, caller=_at(CLOSING))
    def closes(self, caller: int) -> CircuitBreaker:
        """on_success sets Closed; success_count is locked."""
        return self._advanced(caller)

    @action(fair=True, caller=_at(CLEARING, FORGETTING))
    def clears_failures(self, caller: int) -> CircuitBreaker:
        """on_success sets failure_count to 0."""
        self._acquires(caller)
        return self._advanced(caller)

    @action(fair=True, caller=_at(COUNTING_FAILURE))
    def counts_failure(self, caller: int) -> CircuitBreaker:
        """on_failure locks failure_count and adds 1."""
        self._acquires(caller)
        return self._advanced(caller)

    @action(fair=True, caller=_at(OPENING))
    def opens(self, caller: int) -> CircuitBreaker:
        """on_failure sets Open and takes the time; failure_count is locked."""
        return self._advanced(caller)

    @action(fair=True, caller=_at(RESTARTING, RESTARTING_LATE))
    def stamps_time(self, caller: int) -> CircuitBreaker:
        """on_failure writes last_failure_time, the instant that it took before it waited."""
        self._acquires(caller)
        return self._advanced(caller)

    @action
    def timeout_passes(self) -> CircuitBreaker:
        """All instants taken so far are now longer ago than `timeout`."""
        running = self.state == OPEN and not self.elapsed
        taken = any(caller.at == RESTARTING for caller in self.callers)
        require(running or taken or self.last_failure == RECENT)
        late = [
            caller._replace(at=RESTARTING_LATE) if caller.at == RESTARTING else caller
            for caller in self.callers
        ]
        last = PAST if self.last_failure == RECENT else self.last_failure
        return self._changed(elapsed=True, last_failure=last, callers=tuple(late))

    # ------------------------------------------------------------------------ what is observed

    def running(self) -> int:
        """How many calls run that began in the present state."""
        return sum(caller.at == IN_SERVICE and caller.current for caller in self.callers)

    def __str__(self) -> str:
        counts = f"{self.failure_count} failed, {self.success_count} succeeded"
        doing = "; ".join(f"{n} {caller.at}" for n, caller in enumerate(self.callers))
        return f"{self.state}, {counts}, last failure {self.last_failure} | {doing}"


#: The switches.
REPAIRS = ("copying", "one_lock", "epochs", "permits", "drop_guard", "status_checked")

AS_WRITTEN = CircuitBreaker()

REPAIRED = CircuitBreaker(
    copying=True, one_lock=True, epochs=True, permits=True, drop_guard=True, status_checked=True
)


def tripped(design: CircuitBreaker) -> CircuitBreaker:
    """The breaker after failures, one call after the other, that have opened it, and the timeout:
    performed step by step by its first caller."""
    system, state = ModelSystem(design), design
    while state.state != OPEN or state.callers[0].at != IDLE:
        steps = {str(event): after for event, after in system.transitions(state)}
        other = ("succeeds.0", "cancels.0")
        state = next(steps[name] for name in steps if name.endswith(".0") and name not in other)
    return state.timeout_passes()


def lock_order(design: CircuitBreaker) -> set[tuple[str, str]]:
    """Which locks are asked for while which are held, read off the points of the listing.

    With one lock there are none.
    """
    if design.one_lock:
        return set()
    nested = {(HOLDS[point], WANTS[point]) for point in HOLDS.keys() & WANTS.keys()}
    return {pair for pair in nested if not (design.copying and pair[0] == TIME)}
