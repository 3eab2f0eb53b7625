"""The API gateway: its pipeline, its protocol, what it remembers, and its routes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.api_gateway import (
    AS_WRITTEN,
    REPAIRED,
    REPAIRS,
    ApiGateway,
    Breaker,
    Gateway,
    Kind,
    Phase,
    request_pipeline,
)
from cospec.models.gateway_memory import Guarded, Limited
from cospec.models.gateway_routing import (
    Composite,
    HeaderRule,
    MethodRule,
    PathRule,
    Request,
    first_match,
    matches,
    size,
)
from cospec.models.model import Act, Disabled, ModelSystem
from cospec.proofs.explored import explore

OPEN_TO_ALL = Gateway(
    authentication=lambda _: "p",
    authorization=lambda *_: True,
    rate_limiting=lambda *_: True,
    routing_rules=lambda _: "e",
    breaker_allows=lambda _: True,
    request_transformation=lambda request: f"({request})",
    forward_request=lambda endpoint, request: f"{endpoint} on {request}",
    response_transformation=lambda response: f"<{response}>",
)


def test_what_passes_all_stages_is_forwarded_as_transformed() -> None:
    answer = request_pipeline(OPEN_TO_ALL, "r")
    assert answer.response == "<e on (r)>"
    assert answer.forwarded == ("p", "e", "(r)")


def test_the_first_stage_that_fails_answers() -> None:
    refusing = (
        replace(OPEN_TO_ALL, breaker_allows=lambda _: False),
        replace(OPEN_TO_ALL, breaker_allows=lambda _: False, routing_rules=lambda _: None),
        replace(OPEN_TO_ALL, routing_rules=lambda _: None, rate_limiting=lambda *_: False),
        replace(OPEN_TO_ALL, rate_limiting=lambda *_: False, authorization=lambda *_: False),
        replace(OPEN_TO_ALL, authorization=lambda *_: False, authentication=lambda _: None),
    )
    answers = [request_pipeline(gateway, "r") for gateway in refusing]
    assert [answer.forwarded for answer in answers] == [None] * 5
    assert [answer.response for answer in answers] == [
        "circuit_breaker",
        "not_found",
        "rate_limit_exceeded",
        "unauthorized",
        "authentication_required",
    ]


# ---------------------------------------------------------------------------------- the protocol


@pytest.mark.parametrize(("design", "states"), [(AS_WRITTEN, 117), (REPAIRED, 61)])
def test_the_gateway_has_as_many_states(design: ApiGateway, states: int) -> None:
    assert len(explore(design).exploration.states) == states


def test_with_all_repairs_all_properties_hold() -> None:
    assert explore(replace(REPAIRED, limit=2, threshold=2)).holds


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Kind.ANONYMOUS, 401), (Kind.FORBIDDEN, 403), (Kind.UNROUTED, 404), (Kind.CRAFTED, 403)],
)
def test_what_is_refused_is_answered_at_once(kind: Kind, status: int) -> None:
    state = REPAIRED.request(kind)
    assert (state.phase, state.status) == (Phase.ANSWERING, status)
    with pytest.raises(Disabled):
        state.response(200)


def test_as_written_nobody_waits_for_a_backend_that_hangs() -> None:
    hung = AS_WRITTEN.request(Kind.GOOD).forward(Kind.GOOD).hangs()
    assert not list(ModelSystem(hung).transitions(hung))
    timing = replace(hung, timing=True).times_out()
    assert timing.status == 504


def test_a_failure_after_the_timeout_opens_the_breaker_again() -> None:
    design = replace(REPAIRED, limit=9, threshold=2)
    for _ in range(2):
        design = design.request(Kind.GOOD).forward(Kind.GOOD).fails().response(502)
    assert design.breaker is Breaker.OPEN
    assert design.request(Kind.GOOD).status == 503
    probing = design.timeout_passes()
    assert probing.breaker is Breaker.HALF_OPEN
    failed = probing.request(Kind.GOOD).forward(Kind.GOOD).fails()
    assert failed.breaker is Breaker.OPEN
    well = probing.request(Kind.GOOD).forward(Kind.GOOD).succeeds()
    assert (well.breaker, well.failed) == (Breaker.CLOSED, 0)


# --------------------------------------------------------- the memory, for any limit and threshold


def limited(state: ApiGateway) -> Limited:
    passed = state.served if state.limiting_first else state.passed
    refused = state.phase is Phase.ANSWERING and state.status == 429
    return Limited(state.limit, state.used, passed, refused)


def guarded(state: ApiGateway) -> Guarded:
    return Guarded(state.threshold, state.failed, state.breaker, state.row, state.tripped)


#: The steps of the gateway that are steps of its breaker.
OF_THE_BREAKER = {
    "succeeds": "succeeds",
    "fails": "fails",
    "times_out": "fails",
    "timeout_passes": "timeout_passes",
}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(("limit", "threshold"), list(product((1, 2), (1, 2, 3))))
def test_the_gateway_takes_the_steps_of_its_memory(first: bool, limit: int, threshold: int) -> None:
    start = replace(REPAIRED, limit=limit, threshold=threshold, limiting_first=first)
    found: Exploration[ApiGateway] = Exploration(ModelSystem(start))
    limiter_steps = 0
    for before, moves in zip(found.states, found.edges, strict=True):
        for event, number in moves:
            after = found.states[number]
            assert isinstance(event, Act)
            asked = event.name == "request" and (first or after.status not in (401, 403))
            if asked:
                limiter_steps += 1
                assert limited(after) == limited(before).request()
            elif event.name == "window_passes":
                assert limited(after) == limited(before).window_passes()
            else:
                same = replace(limited(before), refused=False)
                assert replace(limited(after), refused=False) == same
            if event.name in OF_THE_BREAKER:
                step = getattr(guarded(before), OF_THE_BREAKER[event.name])()
                assert guarded(after) == replace(step, called=False)
                assert not step.called
            else:
                assert guarded(after) == guarded(before)
    assert limiter_steps > 0


def test_every_switch_is_one_of_the_repairs() -> None:
    on = {name for name in REPAIRS if getattr(REPAIRED, name)}
    assert on == set(REPAIRS)
    assert not any(getattr(AS_WRITTEN, name) for name in REPAIRS)


# ---------------------------------------------------------------------------------------- routes


def test_the_first_rule_that_matches_decides() -> None:
    inner = Composite((HeaderRule("h", "C"), MethodRule("GET", "B")))
    rule = Composite((Composite(()), inner, PathRule("/o", "A")))
    assert first_match(rule, Request("/o", "GET")) == "B"
    assert first_match(rule, Request("/o", "PUT")) == "A"
    assert first_match(rule, Request("/o/1", "GET", frozenset({"h"}))) == "C"
    assert first_match(rule, Request("/p", "PUT")) is None
    assert matches(rule, Request("/o", "GET")) == {"A", "B"}
    assert size(rule) == 6
