"""Claims on the fallback behind a circuit breaker (M19)."""

from __future__ import annotations

from dataclasses import replace

from cospec.models import circuit_breaker
from cospec.models.fallback import AS_WRITTEN, REFUSED, REPAIRED, FallbackService
from cospec.proofs.evidence import always, deadlock_free, each_reason, leading, refuted
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth, weighed

CLAIMS = Register()

SEED = "seed 004, section 3.2"

#: All that may happen to a request is a few steps long.
ONE = "one request, whatever happens to it"

#: As many states of the breaker are looked at until its callers block one another.
LIMIT = 12_000


@CLAIMS.claim(
    "fallback-available",
    model="M19",
    source=f"{SEED}, FallbackService::call",
    statement="If the fallback answers Ok whenever it is asked, every request gets Ok at last.",
    registered=Truth.CONDITIONAL,
    method=Method.EXHAUSTIVE,
    repaired="fallback-available-repaired",
)
def available(design: FallbackService = AS_WRITTEN) -> Finding:
    """The primary may hang; and so may the breaker, in which callers block one another."""
    found = _answered(design)
    if isinstance(found, Proof):
        return Finding((found,))
    returns = _answered(replace(design, hanging=False))
    if isinstance(returns, Counterexample):
        return Finding(counterexamples=(returns, found))
    hypothesis = "the call of the breaker returns, with a result or an error"
    return Finding((replace(returns, under=hypothesis),), (found, *_blocked()))


def _answered(design: FallbackService) -> Proof | Counterexample:
    text = "the caller gets Ok at last"
    return leading(design, lambda state: state.answer == "Ok", text, ONE)


def _blocked() -> tuple[Counterexample, ...]:
    """Three callers of the breaker as written, who never get as far as their fallback."""
    start = circuit_breaker.tripped(circuit_breaker.AS_WRITTEN)
    text = "a caller of the breaker can go on, to its fallback if need be"
    found = deadlock_free(start, text, "3 callers, thresholds 1/1", LIMIT)
    return refuted(found)


@CLAIMS.claim(
    "fallback-available-repaired",
    model="M19",
    source=f"{SEED}, repair of FallbackService::call",
    statement=(
        "With a timeout around the call of the breaker, every request gets Ok at last if the "
        "fallback answers Ok whenever it is asked."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def available_repaired(timeouts: int = 1) -> Finding:
    """Whatever happens behind the breaker, the primary never coming back included."""
    return weighed([_answered(replace(AS_WRITTEN, timeouts=timeouts))])


@CLAIMS.claim(
    "fallback-once",
    model="M19",
    source=f"{SEED}, law",
    statement="A request takes effect at most once.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="fallback-once-repaired",
)
def once(design: FallbackService = AS_WRITTEN) -> Finding:
    """The reply of the primary is lost."""
    text = "the request is carried out at most once"
    return weighed([always(design, lambda state: state.effects <= 1, text, ONE)])


@CLAIMS.claim(
    "fallback-once-repaired",
    model="M19",
    source=f"{SEED}, repair of FallbackService::call",
    statement=(
        "When the fallback is asked only for requests that change nothing, a request takes effect "
        "at most once, whatever is lost and whoever gives up waiting."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def once_repaired(design: FallbackService = REPAIRED) -> Finding:
    """With a lost reply, a primary that hangs, and a timeout."""
    return once(design)


@CLAIMS.claim(
    "fallback-selective",
    model="M19",
    source=f"{SEED}, InnerError in FallbackService::call",
    statement=(
        "The fallback is asked only where the primary is not available: not where it has refused "
        "the request; nor does the breaker count that as a failure."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="fallback-selective-repaired",
)
def selective(design: FallbackService = AS_WRITTEN) -> Finding:
    """What is refused gets a second chance, and opens the breaker."""

    def heard(state: FallbackService) -> bool:
        return state.reason != REFUSED or state.answer == "Err"

    def not_counted(state: FallbackService) -> bool:
        return state.reason != REFUSED or not state.counted

    return each_reason(
        [
            always(design, heard, "who is refused hears of it, and no other is asked", ONE),
            always(design, not_counted, "what is refused is not counted as a failure", ONE),
        ]
    )


@CLAIMS.claim(
    "fallback-selective-repaired",
    model="M19",
    source=f"{SEED}, repair of FallbackService::call",
    statement=(
        "When errors are classified before the breaker sees them, a request that the primary "
        "refuses is not put to the fallback, and does not count as a failure."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def selective_repaired(design: FallbackService = REPAIRED) -> Finding:
    """All that may happen to a request."""
    return selective(design)
