"""What a circuit breaker should keep, as predicates of `CircuitBreaker`, and ways to ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from cospec.checker.verdict import Verdict
from cospec.models.circuit_breaker import (
    CLOSED,
    COUNTING_FAILURE,
    HALF_OPEN,
    IDLE,
    IN_SERVICE,
    OPEN,
    RECENT,
    Caller,
    CircuitBreaker,
)
from cospec.models.counted_breaker import CountedBreaker
from cospec.models.sequential_breaker import SequentialBreaker
from cospec.proofs.evidence import always, stepwise
from cospec.proofs.induction import Proved, prove
from cospec.proofs.register import Counterexample, Method, Proof, Undecided

Kept = Callable[[CircuitBreaker], bool]
KeptStep = Callable[[CircuitBreaker, CircuitBreaker], bool]


def called_by(
    design: CircuitBreaker, callers: int = 2, failures: int = 1, successes: int = 1
) -> CircuitBreaker:
    """The design with so many callers and these thresholds, its ghosts kept."""
    return replace(
        design,
        failure_threshold=failures,
        success_threshold=successes,
        callers=(Caller(),) * callers,
        observing=True,
    )


def bounds_of(design: CircuitBreaker) -> str:
    """What an exploration is limited to, in words."""
    number = len(design.callers)
    callers = "1 caller that calls" if number == 1 else f"{number} callers that call"
    thresholds = f"{design.failure_threshold}/{design.success_threshold}"
    return f"{callers} again and again, thresholds {thresholds}"


# ------------------------------------------------------------------------------- what is kept


def rejects_in_open(before: CircuitBreaker, after: CircuitBreaker) -> bool:
    """While the breaker is Open and its timeout is not over, no caller goes on to f."""
    if before.state != OPEN or before.elapsed:
        return True
    pairs = zip(before.callers, after.callers, strict=True)
    return not any(b.at != IN_SERVICE and a.at == IN_SERVICE for b, a in pairs)


def stays_open(before: CircuitBreaker, after: CircuitBreaker) -> bool:
    """The breaker leaves Open when its timeout is over, and no sooner."""
    return before.state != OPEN or after.state == OPEN or before.elapsed


def few_probes(breaker: CircuitBreaker) -> bool:
    """In HalfOpen at most `success_threshold` calls run that began in it."""
    return breaker.state != HALF_OPEN or breaker.running() <= breaker.success_threshold


def closed_on_evidence(before: CircuitBreaker, after: CircuitBreaker) -> bool:
    """HalfOpen becomes Closed after `success_threshold` successes of calls that began in it."""
    if before.state != HALF_OPEN or after.state != CLOSED:
        return True
    return after.evidence >= after.success_threshold


#: How the state may change.
EDGES = {(CLOSED, OPEN), (OPEN, HALF_OPEN), (HALF_OPEN, OPEN), (HALF_OPEN, CLOSED)}


def legal_edge(before: CircuitBreaker, after: CircuitBreaker) -> bool:
    """The state stays, or changes as it may."""
    return before.state == after.state or (before.state, after.state) in EDGES


def failure_reopens(before: CircuitBreaker, after: CircuitBreaker) -> bool:
    """on_failure, of a call that began in HalfOpen, does not end there."""
    if before.state != HALF_OPEN or after.state != HALF_OPEN:
        return True
    pairs = zip(before.callers, after.callers, strict=True)
    return not any(b == Caller(COUNTING_FAILURE, True) and a.at == IDLE for b, a in pairs)


def opened_in_time(breaker: CircuitBreaker) -> bool:
    """When all calls have returned and the breaker is Closed, fewer than `failure_threshold` have
    failed in a row."""
    returned = all(caller.at == IDLE for caller in breaker.callers)
    return not returned or breaker.state != CLOSED or breaker.streak < breaker.failure_threshold


def opened_on_count(breaker: CircuitBreaker) -> bool:
    """While it is Open, failure_count says why."""
    return breaker.state != OPEN or breaker.failure_count >= breaker.failure_threshold


def successes_kept(breaker: CircuitBreaker) -> bool:
    """In HalfOpen, success_count has every success of a call that began in it."""
    return breaker.state != HALF_OPEN or breaker.success_count >= breaker.evidence


def not_prolonged(before: CircuitBreaker, after: CircuitBreaker) -> bool:
    """No call that began before the breaker opened restarts its timer after the timeout."""
    restarted = before.last_failure != RECENT and after.last_failure == RECENT
    if not (restarted and before.state == after.state == OPEN and before.elapsed):
        return True
    pairs = zip(before.callers, after.callers, strict=True)
    return not any(b != a and not b.current for b, a in pairs)


def accounted(breaker: CircuitBreaker) -> bool:
    """No call has ended with nothing being told of it, and a permit in use is one of a call that
    runs."""
    if breaker.permits and breaker.state == HALF_OPEN and breaker.probes != breaker.running():
        return False
    return not breaker.lost


def _text(kept: Callable[..., bool]) -> str:
    return " ".join((kept.__doc__ or "").split()).rstrip(".")


def always_kept(design: CircuitBreaker, kept: Kept) -> Proof | Counterexample:
    """Whether one of the predicates above holds in every state, in the words of its docstring."""
    return always(design, kept, _text(kept), bounds_of(design))


def kept_stepwise(design: CircuitBreaker, kept: KeptStep) -> Proof | Counterexample:
    """Whether one of the predicates above holds of every step, in the words of its docstring."""
    return stepwise(design, kept, _text(kept), bounds_of(design))


@cache
def _proved(model: CountedBreaker | SequentialBreaker) -> Proved:
    return prove(
        model,
        parameters=("failure_threshold", "success_threshold"),
        where=lambda state: (state.failure_threshold >= 1) & (state.success_threshold >= 1),
        depth=1,  # counterexamples are looked for by exploring the breaker itself
    )


def for_all_thresholds(model: CountedBreaker | SequentialBreaker, name: str) -> Proof:
    """The proof of an invariant or transition invariant of a model, for all thresholds.

    Raises:
        Undecided: it is not proved.
    """
    answer = _proved(model).answers[name]
    if answer.verdict is not Verdict.HOLDS:
        raise Undecided(f"{name}: {answer.reason}")
    text = f"{_text(getattr(type(model), name))}: inductive, for all thresholds of at least 1"
    return Proof(Method.Z3_PROOF, text)
