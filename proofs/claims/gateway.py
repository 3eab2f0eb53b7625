"""Claims on the API gateway (M11): seed 001, section 2.2; its pipeline, its routes, its answers.

Those on the pipeline are proved of any gateway by z3. The protocol is checked against GATEWAY of
`spec/library/api_gateway.csp`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import z3

import cospec.spec
from cospec.models.api_gateway import (
    AS_WRITTEN,
    REPAIRED,
    ApiGateway,
    Gateway,
    Phase,
    request_pipeline,
)
from cospec.models.gateway_routing import (
    Composite,
    HeaderRule,
    MethodRule,
    PathRule,
    Request,
    Rule,
    first_match,
    matches,
)
from cospec.proofs import gateway_logic as logic
from cospec.proofs.evidence import (
    NotReplayed,
    always,
    confirmed,
    counterexample_of,
    each,
    leading,
    prove,
    refined_by,
    refines,
    weighed,
)
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)
from cospec.spec.semantics.claims import Model
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 001, section 2.2"

ANY_GATEWAY = "for every gateway and every request"


@cache
def _script() -> Session:
    """spec/library/api_gateway.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "api_gateway.csp")


# ---------------------------------------------------------------------------------- the pipeline


@CLAIMS.claim(
    "gateway-total",
    model="M11",
    source=f"{SEED}, theorem api_gateway_correctness, the branch None => False",
    statement="For every gateway and every request, request_pipeline gives Some response.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def total() -> Finding:
    """No hypothesis on the gateway or the request is needed."""
    prove(logic.SomeResponse.is_some(logic.request_pipeline().response))
    return Finding((Proof(Method.Z3_PROOF, f"every branch is Some, {ANY_GATEWAY}"),))


@CLAIMS.claim(
    "gateway-valid-response",
    model="M11",
    source=f"{SEED}, theorem api_gateway_correctness",
    statement="For every gateway and every valid request, the response is valid.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def valid_response() -> Finding:
    """well_formed_gateway has no definition. Four hypotheses do instead, and each is needed: there
    is a small gateway for which all the others hold."""
    answer = logic.SomeResponse.value(logic.request_pipeline().response)
    prove(
        logic.valid_response(answer), logic.valid_request(logic.request), *logic.VALIDITY.values()
    )
    proof = Proof(
        Method.Z3_PROOF, f"the response is valid, {ANY_GATEWAY}", under="; ".join(logic.VALIDITY)
    )
    needed = [_without(name) for name in reversed(logic.VALIDITY)]
    found = tuple(part for part in needed if isinstance(part, Counterexample))
    if len(found) < len(needed):
        raise Undecided("one of the hypotheses is not needed")
    return Finding((proof,), found)


#: Requests and responses, as far as it matters.
VALID, INVALID = "valid", "invalid"
#: A function of these, by its values.
Table = tuple[str, str]
#: Whether the caller is known, what the constant responses are, and the three functions, in the
#: order of the hypotheses.
SmallGateway = tuple[bool, str, Table, Table, Table]

SMALL: list[SmallGateway] = [
    (known, constant, *tables)  # type: ignore[misc]
    for known, constant in product((True, False), (VALID, INVALID))
    for tables in product(product((VALID, INVALID), repeat=2), repeat=3)
]


def _applied(table: Table, value: str) -> str:
    return table[(VALID, INVALID).index(value)]


def _small_pipeline(small: SmallGateway) -> str:
    """The response to a valid request."""
    known, constant, transform, forward, answer = small
    gateway = Gateway(
        authentication=lambda _: "p" if known else None,
        authorization=lambda *_: True,
        rate_limiting=lambda *_: True,
        routing_rules=lambda _: "e",
        breaker_allows=lambda _: True,
        request_transformation=lambda request: _applied(transform, request),
        forward_request=lambda _, request: _applied(forward, request),
        response_transformation=lambda response: _applied(answer, response),
        refusal=lambda _: constant,
    )
    return request_pipeline(gateway, VALID).response


def _kept(small: SmallGateway) -> list[bool]:
    """Which of the hypotheses hold, in their order."""
    _, constant, *tables = small
    return [constant == VALID, *(table[0] == VALID for table in tables)]


def _without(name: str) -> Proof | Counterexample:
    """The small gateways of which all the other hypotheses hold, and how they answer."""
    place = list(logic.VALIDITY).index(name)
    rest = [small for small in SMALL if all(_kept(small)[:place] + _kept(small)[place + 1 :])]
    return each(
        rest,
        lambda small: _small_pipeline(small) == VALID,
        f"the response to a valid request is valid, but for the hypothesis that {name}",
        "2 requests, 2 responses, one valid each",
        lambda small: (
            f"the constants: {small[1]}; request_transformation, forward_request and "
            "response_transformation make of what is valid: "
            f"{', '.join(table[0] for table in small[2:])}",
            f"the response to a valid request of {'a known' if small[0] else 'an unknown'} caller: "
            f"{_small_pipeline(small)}",
        ),
    )


@CLAIMS.claim(
    "gateway-no-bypass",
    model="M11",
    source=f"{SEED}, law of request_pipeline",
    statement=(
        "forward_request is called only if the request, as it came, is authenticated, authorised, "
        "within the rate and routed, and the breaker of its endpoint allows it."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def no_bypass(design: ApiGateway = AS_WRITTEN) -> Finding:
    """z3 for every gateway; and the protocol, whatever its limits."""
    answered = logic.request_pipeline()
    for stage in answered.stages:
        prove(z3.Implies(answered.called, stage))
    prove(z3.Implies(z3.And(answered.stages), answered.called))
    proof = Proof(Method.Z3_PROOF, f"called iff all five stages pass, {ANY_GATEWAY}")
    text = "who reaches the backend is known, allowed and routed"
    explored = always(design, ApiGateway.none_passes_by, text, _of(design))
    return confirmed(explored, lambda: proof)


@CLAIMS.claim(
    "gateway-confused-deputy",
    model="M11",
    source=f"{SEED}, law of request_transformation in request_pipeline",
    statement="The request that reaches the backend is one that its principal may make.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="gateway-confused-deputy-repaired",
)
def confused_deputy(authorising_last: bool = False) -> Finding:
    """Authorisation looks at the request as it came, the backend at what has become of it."""
    answered = logic.request_pipeline(authorising_last)
    permitted = logic.authorization(answered.principal, answered.forwarded)
    model = counterexample_of(z3.Implies(answered.called, permitted))
    if model is None:
        return Finding((Proof(Method.Z3_PROOF, f"it is authorised, {ANY_GATEWAY}"),))
    found = logic.found_in(model)
    forwarded = request_pipeline(found.gateway, found.request, authorising_last).forwarded
    if forwarded is None:
        raise Undecided("the gateway that z3 has found forwards nothing")
    who, where, what = forwarded

    def replay() -> None:
        again = request_pipeline(found.gateway, found.request, authorising_last).forwarded
        if again != forwarded or found.gateway.authorization(who, what):
            raise NotReplayed("what is forwarded is authorised")

    steps = (
        f"authentication {found.request} = Some {who}; "
        f"authorization {who} {found.request} = {_bool(found.gateway.authorization, who, found)}",
        f"request_transformation {found.request} = {what}; authorization {who} {what} = false",
        f"forward_request {where} {what}",
    )
    text = "what is forwarded is another request, and its principal may not make it"
    return Finding(counterexamples=(Counterexample(Method.Z3_MODEL, text, steps, replay),))


def _bool(authorization: Callable[[str, str], bool], who: str, found: logic.Found) -> str:
    return str(authorization(who, found.request)).lower()


@CLAIMS.claim(
    "gateway-confused-deputy-repaired",
    model="M11",
    source=f"{SEED}, repair of request_pipeline",
    statement=(
        "The request that reaches the backend is one that its principal may make, if whoever may "
        "make a request may make it as transformed; and also if authorisation is asked of the "
        "transformed request."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def confused_deputy_repaired(design: ApiGateway = REPAIRED) -> Finding:
    """Both repairs by z3 for every gateway; the second one in the protocol, too."""
    text = "the backend receives nothing that is forbidden"
    explored = always(design, ApiGateway.authorised_only, text, _of(design))
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(explored,))
    answered = logic.request_pipeline()
    who, came = answered.principal, logic.authorization(answered.principal, logic.request)
    permitted = logic.authorization(who, answered.forwarded)
    prove(z3.Implies(answered.called, permitted), z3.Implies(came, permitted))
    hypothesis = "if authorization p r implies authorization p (request_transformation r)"
    proof = Proof(Method.Z3_PROOF, f"what is forwarded is authorised, {hypothesis}")
    last = confused_deputy(authorising_last=True)
    if last.counterexamples:
        return last
    return Finding((proof, *last.proofs, explored))


def _of(design: ApiGateway) -> str:
    return f"limit {design.limit}, threshold {design.threshold}, five kinds of requests"


SIZES = [(limit, threshold) for limit in (1, 2) for threshold in (1, 2)]


# --------------------------------------------------------------------------------------- routing

REQUESTS = [
    Request(path, method, headers)
    for path, method, headers in product(
        "/o /p".split(), ("GET", "PUT"), (frozenset("h"), frozenset())
    )
]
SIMPLE: list[Rule] = [
    rule
    for endpoint in "AB"
    for rule in (PathRule("/o", endpoint), MethodRule("GET", endpoint), HeaderRule("h", endpoint))
]


def _rules() -> Iterator[Rule]:
    """Small rules first: simple ones, pairs of them, and pairs of a simple rule and a pair."""
    yield from SIMPLE
    pairs = [Composite(pair) for pair in product(SIMPLE, repeat=2)]
    yield from pairs
    yield from (Composite((one, pair)) for one, pair in product(SIMPLE, pairs))


ROUTES = "8 requests; 6 simple rules, their pairs, and pairs of one of each"


@CLAIMS.claim(
    "gateway-routing-unambiguous",
    model="M11",
    source=f"{SEED}, type RoutingRule",
    statement="A rule has at most one endpoint for a request.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="gateway-routing-unambiguous-repaired",
)
def routing_unambiguous() -> Finding:
    """Two rules of a composite match, and nothing says which of them comes first."""
    found = each(
        ((rule, request) for rule in _rules() for request in REQUESTS),
        lambda case: len(matches(*case)) <= 1,
        "at most one endpoint",
        ROUTES,
        lambda case: (
            f"rules {case[0]}",
            f"{case[1].method} {case[1].path} → {' and '.join(sorted(matches(*case)))}",
        ),
    )
    return weighed([found])


#: Which endpoint a rule has for a request.
Router = Callable[[Rule, Request], str | None]


@CLAIMS.claim(
    "gateway-routing-unambiguous-repaired",
    model="M11",
    source=f"{SEED}, repair of RoutingRule",
    statement=(
        "When the first rule of a composite that matches decides, there is one endpoint, one of "
        "those of the rules that match, if there are any, and else none; and the search ends; for "
        "rules of any size."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def routing_unambiguous_repaired(router: Router = first_match) -> Finding:
    """By induction on rules: on the list of a composite, and on their size."""

    def decided(case: tuple[Rule, Request]) -> bool:
        all_of_them, found = matches(*case), router(*case)
        return found in all_of_them if all_of_them else found is None

    cases = ((rule, request) for rule in _rules() for request in REQUESTS)
    text = "one of the endpoints that match, and none where none does"
    explored = each(cases, decided, text, ROUTES, str)
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(explored,))
    logic.first_match_is_one_of_all()
    logic.rules_inside_are_smaller()
    proofs = (
        Proof(Method.Z3_PROOF, f"{text}: by induction on the rule"),
        Proof(Method.Z3_PROOF, "each rule inside a composite is smaller, so the search ends"),
    )
    return Finding((*proofs, explored))


# -------------------------------------------------------------------------------------- failures


@CLAIMS.claim(
    "gateway-failures",
    model="M11",
    source=f"{SEED}, comment on api_gateway_correctness: always a response",
    statement="The gateway answers each request, also where the backend fails or hangs.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="gateway-failures-repaired",
)
def failures() -> Finding:
    """Whatever forward_request is, it is a function that gives a response."""
    answered = logic.request_pipeline()
    prove(logic.SomeResponse.is_some(answered.response))
    given = logic.SomeResponse.some(
        logic.response_transformation(logic.forward_request(answered.endpoint, answered.forwarded))
    )
    prove(z3.Implies(answered.called, answered.response == given))
    text = "where the backend is called, the response is the value of forward_request, transformed"
    return Finding(
        (Proof(Method.Z3_PROOF, text),),
        vacuous=(
            "forward_request is a total function: that the backend fails, or never answers, cannot "
            "be said in the model, so that the answer is assumed and not shown"
        ),
    )


@CLAIMS.claim(
    "gateway-failures-repaired",
    model="M11",
    source=f"{SEED}, repair of forward_request",
    statement=(
        "When the backend may succeed, fail or hang, and a call that hangs is given up with 504, "
        "each request gets exactly one response; and clients and backend see what GATEWAY of the "
        "library says, no less and no more."
    ),
    registered=Truth.TRUE,
    method=Method.REFINEMENT,
)
def failures_repaired(design: ApiGateway = REPAIRED) -> Finding:
    """The protocol and GATEWAY, in both directions; and every request is answered at last."""
    return weighed(_answers(design))


def _answers(design: ApiGateway) -> Iterator[Proof | Counterexample]:
    for limit, threshold in SIZES:
        start = replace(design, limit=limit, threshold=threshold)
        gateway = f"GATEWAY({limit}, {threshold}, true)"
        there = refines(_script(), gateway, start, Model.FD, _of(start))
        yield there
        if isinstance(there, Proof):
            yield refined_by(_script(), gateway, start, Model.FD, _of(start))
    yield leading(
        design,
        lambda state: state.phase is Phase.IDLE,
        "every request is answered at last",
        _of(design),
        trigger=lambda state: state.phase is not Phase.IDLE,
    )
