"""Claims on the API gateway: shortest counterexamples, the pipeline in z3, the repairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import product

import pytest
import z3

from cospec.models.api_gateway import (
    AS_WRITTEN,
    REPAIRED,
    REPAIRS,
    ApiGateway,
    Gateway,
    Refusal,
    request_pipeline,
)
from cospec.models.gateway_routing import Request, Rule, matches
from cospec.proofs import gateway_logic as logic
from cospec.proofs.claims import CLAIMS, gateway_limits
from cospec.proofs.claims import gateway as claims
from cospec.proofs.register import Counterexample, Finding, Truth, run


def runs(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


@pytest.mark.parametrize(
    ("slug", "lengths"),
    [
        ("gateway-rate-limit-stateless", [3, 1]),
        ("gateway-all-rate-limited", [3]),
        ("gateway-breaker-feedback", [5]),
    ],
)
def test_counterexamples_are_shortest(slug: str, lengths: list[int]) -> None:
    assert [len(steps) - 1 for steps in runs(slug)] == lengths


def test_the_confused_deputy_takes_one_request() -> None:
    (steps,) = runs("gateway-confused-deputy")
    assert steps == (
        "authentication request0 = Some principal0; authorization principal0 request0 = true",
        "request_transformation request0 = request1; authorization principal0 request1 = false",
        "forward_request endpoint0 request1",
    )


def test_two_rules_with_different_endpoints_are_enough() -> None:
    (steps,) = runs("gateway-routing-unambiguous")
    assert steps == ("rules [path /o → A; path /o → B]", "GET /o → A and B")


def test_each_hypothesis_on_validity_is_needed() -> None:
    found = runs("gateway-valid-response")
    assert len(found) == len(logic.VALIDITY) == 4


# ----------------------------------------------------------------------------------- the repairs

REPAIRED_CLAIMS: dict[str, Callable[[ApiGateway], Finding]] = {
    "deputy": claims.confused_deputy_repaired,
    "limit": gateway_limits.rate_limit_stateless_repaired,
    "all": gateway_limits.all_rate_limited_repaired,
    "breaker": gateway_limits.breaker_feedback_repaired,
    "failures": claims.failures_repaired,
}


def verdicts(design: ApiGateway) -> dict[str, Truth | None]:
    found = {}
    for name, check in REPAIRED_CLAIMS.items():
        finding = check(design)
        for wrong in finding.counterexamples:
            wrong.replay()
        found[name] = finding.verdict
    return found


def test_with_all_repairs_all_claims_hold() -> None:
    assert set(verdicts(REPAIRED).values()) == {Truth.TRUE}


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("authorising_last", {"deputy", "failures"}),
        ("counting", {"limit", "all", "failures"}),
        ("limiting_first", {"all", "failures"}),
        ("feeding", {"breaker", "failures"}),
        ("timing", {"failures"}),
    ],
)
def test_without_a_repair_its_claims_fail(repair: str, broken: set[str]) -> None:
    found = verdicts(replace(REPAIRED, **{repair: False}))
    assert {name for name, truth in found.items() if truth is Truth.FALSE} == broken


def test_every_repair_is_taken_out_above() -> None:
    (mark,) = test_without_a_repair_its_claims_fail.pytestmark
    assert {repair for repair, _ in mark.args[1]} == set(REPAIRS)


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert claims.confused_deputy(authorising_last=True).verdict is Truth.TRUE
    assert gateway_limits.all_rate_limited(REPAIRED).verdict is Truth.TRUE
    assert gateway_limits.breaker_feedback(REPAIRED).verdict is Truth.TRUE
    stateful = replace(AS_WRITTEN, counting=True)
    assert gateway_limits.rate_limit_stateless(stateful).verdict is Truth.TRUE


@dataclass(frozen=True)
class Generous(ApiGateway):
    """A gateway whose limiter lets one more through."""

    def _limited(self) -> bool:
        return self.used > self.limit


def test_a_limiter_that_is_off_by_one_is_found_out() -> None:
    generous = Generous(**{each.name: getattr(REPAIRED, each.name) for each in fields(REPAIRED)})
    for check in (gateway_limits.all_rate_limited_repaired, claims.failures_repaired):
        finding = check(generous)
        assert finding.verdict is Truth.FALSE
        finding.counterexamples[0].replay()


def last_match(rule: Rule, request: Request) -> str | None:
    """A router that takes the greatest endpoint, and one where nothing matches."""
    return max(matches(rule, request), default="A")


def test_a_router_that_errs_is_found_out() -> None:
    finding = claims.routing_unambiguous_repaired(last_match)
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


def test_of_a_gateway_with_all_hypotheses_no_invalid_response_is_found() -> None:
    for small in claims.SMALL:
        if all(claims._kept(small)):
            assert claims._small_pipeline(small) == claims.VALID


# ------------------------------------------------------------------------------ what z3 is asked

R, T = z3.Consts("r t", logic.Request)
P = z3.Const("p", logic.Principal)
E = z3.Const("e", logic.Endpoint)
ANSWER, SHOWN = z3.Consts("answer shown", logic.Response)


@pytest.mark.parametrize("last", [False, True])
def test_the_pipeline_of_z3_is_that_of_the_model(last: bool) -> None:
    answered = logic.request_pipeline(last)
    responses = [*logic.REFUSALS.values(), SHOWN]
    names = [each.value for each in Refusal] + ["shown"]
    for known, came, goes, within, routed, closed in product((False, True), repeat=6):
        gateway = Gateway(
            authentication=lambda _, known=known: "p" if known else None,
            authorization=lambda _, r, came=came, goes=goes: came if r == "r" else goes,
            rate_limiting=lambda *_, within=within: within,
            routing_rules=lambda _, routed=routed: "e" if routed else None,
            breaker_allows=lambda _, closed=closed: closed,
            request_transformation=lambda _: "t",
            forward_request=lambda *_: "answer",
            response_transformation=lambda _: "shown",
        )
        answer = request_pipeline(gateway, "r", last)
        solver = z3.Solver()
        solver.add(z3.Distinct(R, T), z3.Distinct(*responses), logic.request == R)
        some_p, some_e = logic.SomePrincipal, logic.SomeEndpoint
        solver.add(
            logic.authentication(R) == (some_p.some(P) if known else some_p.none),
            logic.authorization(P, R) == came,
            logic.authorization(P, T) == goes,
            logic.rate_limiting(P, R) == within,
            logic.routing_rules(R) == (some_e.some(E) if routed else some_e.none),
            logic.breaker_allows(E) == closed,
            logic.request_transformation(R) == T,
            logic.forward_request(E, T) == ANSWER,
            logic.response_transformation(ANSWER) == SHOWN,
        )
        response = responses[names.index(answer.response)]
        same = z3.And(
            answered.response == logic.SomeResponse.some(response),
            answered.called == (answer.forwarded is not None),
        )
        assert solver.check() == z3.sat
        solver.add(z3.Not(same))
        assert solver.check() == z3.unsat


def test_the_deputy_that_z3_finds_is_replayed_by_the_model() -> None:
    (wrong,) = claims.confused_deputy().counterexamples
    assert isinstance(wrong, Counterexample)
    wrong.replay()
