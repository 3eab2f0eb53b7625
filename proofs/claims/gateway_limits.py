"""Claims on what a gateway should remember (M11): its limiter and its breaker; seed 001, 2.2.

What needs a memory is explored in the protocol, and proved for any limit and any threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from cospec.models.api_gateway import AS_WRITTEN, REPAIRED, ApiGateway
from cospec.models.gateway_memory import Guarded, Limited
from cospec.proofs import gateway_logic as logic
from cospec.proofs.claims.gateway import SIZES
from cospec.proofs.evidence import always, each_reason, inductive, smallest_first, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 001, section 2.2"


def _explored(design: ApiGateway, name: str, text: str) -> Proof | Counterexample:
    starts = [replace(design, limit=limit, threshold=threshold) for limit, threshold in SIZES]
    asked: Callable[[Any], bool] = getattr(ApiGateway, name)
    bounds = "limit and threshold 1 and 2, five kinds of requests"
    return smallest_first(starts, lambda start: always(start, asked, text, bounds), bounds)


def _limit_is_natural(state: Limited) -> bool:
    return state.limit >= 1


def _threshold_is_natural(state: Guarded) -> bool:
    return state.threshold >= 1


def _of_any_limit(name: str, text: str) -> Proof | Counterexample:
    return inductive(Limited(), name, text, ["limit"], where=_limit_is_natural, depth=3)


@CLAIMS.claim(
    "gateway-rate-limit-stateless",
    model="M11",
    source=f"{SEED}, rate_limiting : Principal -> Request -> bool",
    statement=(
        "A principal can be limited to N equal requests, for 0 < N < ∞: the first N are let "
        "through, and no more."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="gateway-rate-limit-stateless-repaired",
)
def rate_limit_stateless(design: ApiGateway = AS_WRITTEN) -> Finding:
    """A function answers equal requests alike: either N + 1 are let through, or none."""
    more = _explored(design, "within_limit", "no more than N are let through")
    fewer = _explored(
        replace(design, lenient=False), "refused_no_sooner", "none is refused before N are through"
    )
    found = each_reason((more, fewer))
    if not found.counterexamples:
        return found
    logic.pure_limiter_counts_nothing()
    text = "of N + 1 equal requests a function of them lets through all or none, for every N"
    return replace(found, proofs=(Proof(Method.Z3_PROOF, text),))


@CLAIMS.claim(
    "gateway-rate-limit-stateless-repaired",
    model="M11",
    source=f"{SEED}, repair of rate_limiting",
    statement=(
        "When the limiter has a state, that goes in and comes out, the first N requests of a "
        "window are let through and no more, for every N of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def rate_limit_stateless_repaired(design: ApiGateway = REPAIRED) -> Finding:
    """By induction; explored in the protocol, where it counts after and before authorisation."""
    designs = [replace(design, limiting_first=first) for first in (False, True)]
    explored = weighed(part for each_design in designs for part in _within(each_design))
    if explored.counterexamples:
        return explored
    every = weighed(
        (
            _of_any_limit("within_limit", "no more than N requests are let through in a window"),
            _of_any_limit("refused_no_sooner", "none is refused before N were let through"),
        )
    )
    return Finding((*every.proofs, *explored.proofs), every.counterexamples)


def _within(design: ApiGateway) -> Iterator[Proof | Counterexample]:
    yield _explored(design, "within_limit", "no more than N are let through")
    strict = replace(design, lenient=False)
    yield _explored(strict, "refused_no_sooner", "none is refused before N are through")


@CLAIMS.claim(
    "gateway-all-rate-limited",
    model="M11",
    source=f"{SEED}, law of the order of stages in request_pipeline",
    statement="Every request counts against a limit: in a window no more than N are not refused.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="gateway-all-rate-limited-repaired",
)
def all_rate_limited(design: ApiGateway = AS_WRITTEN) -> Finding:
    """Even with a limiter that counts: who is not known, or not allowed, never gets to it."""
    counting = replace(design, counting=True)
    text = "of all requests, no more than N are answered otherwise than with 429"
    return weighed([_explored(counting, "all_within_limit", text)])


@CLAIMS.claim(
    "gateway-all-rate-limited-repaired",
    model="M11",
    source=f"{SEED}, repair of the order of stages in request_pipeline",
    statement=(
        "When a counting limiter comes first, by the address of the client, then in a window no "
        "more than N requests of an address are not refused, for every N of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def all_rate_limited_repaired(design: ApiGateway = REPAIRED) -> Finding:
    """Then all requests are requests to the limiter; explored, and proved for any limit."""
    text = "of all requests, no more than N are answered otherwise than with 429"
    explored = _explored(design, "all_within_limit", text)
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(explored,))
    every = _of_any_limit("within_limit", "no more than N requests are let through in a window")
    return weighed((every, explored))


@CLAIMS.claim(
    "gateway-breaker-feedback",
    model="M11",
    source=f"{SEED}, circuit_breaker : ServiceEndpoint -> CircuitBreakerState",
    statement=(
        "After F failures in a row the breaker of an endpoint is open: it is not called until the "
        "breaker's timeout has passed."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="gateway-breaker-feedback-repaired",
)
def breaker_feedback(design: ApiGateway = AS_WRITTEN) -> Finding:
    """The record is a constant, and request_pipeline gives back no other one."""
    text = "after F failures in a row the endpoint is not called"
    return weighed([_explored(design, "breaker_heard", text)])


@CLAIMS.claim(
    "gateway-breaker-feedback-repaired",
    model="M11",
    source=f"{SEED}, repair of circuit_breaker",
    statement=(
        "When the state of the breaker goes in and comes out, an endpoint is not called after F "
        "failures in a row until the timeout has passed, for every F of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def breaker_feedback_repaired(design: ApiGateway = REPAIRED) -> Finding:
    """By induction; one failure more after the timeout opens it again."""
    explored = breaker_feedback(design)
    if explored.counterexamples:
        return explored
    texts = {
        "breaker_heard": "after F failures in a row the endpoint is not called",
        "opens_in_time": "the breaker is open after F failures in a row, and not before",
    }
    every = weighed(
        inductive(Guarded(), name, text, ["threshold"], where=_threshold_is_natural, depth=3)
        for name, text in texts.items()
    )
    return Finding((*every.proofs, *explored.proofs), every.counterexamples)
