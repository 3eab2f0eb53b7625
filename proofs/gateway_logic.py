"""`request_pipeline` in z3: any gateway, its functions being uninterpreted.

The seed's definition as it stands, seed 001, section 2.2; with `authorising_last` authorisation is
asked of the request as it is forwarded. What z3 finds is turned into a gateway with tables, so that
`cospec.models.api_gateway` can do it again; that both always agree is tested on small gateways.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from cospec.models.api_gateway import Gateway, Refusal
from cospec.proofs.evidence import prove, prove_for_each

Request, Principal, Endpoint, Response = map(
    z3.DeclareSort, ("GatewayRequest", "GatewayPrincipal", "GatewayEndpoint", "GatewayResponse")
)


def _option(of: z3.SortRef) -> Any:
    made = z3.Datatype(f"{of}Option")
    made.declare("none")
    made.declare("some", ("value", of))
    return made.create()


SomePrincipal, SomeEndpoint, SomeResponse = map(_option, (Principal, Endpoint, Response))

authentication = z3.Function("authentication", Request, SomePrincipal)
authorization = z3.Function("authorization", Principal, Request, z3.BoolSort())
rate_limiting = z3.Function("rate_limiting", Principal, Request, z3.BoolSort())
routing_rules = z3.Function("routing_rules", Request, SomeEndpoint)
breaker_allows = z3.Function("breaker_allows", Endpoint, z3.BoolSort())
request_transformation = z3.Function("request_transformation", Request, Request)
forward_request = z3.Function("forward_request", Endpoint, Request, Response)
response_transformation = z3.Function("response_transformation", Response, Response)
valid_request = z3.Function("valid_request", Request, z3.BoolSort())
valid_response = z3.Function("valid_response", Response, z3.BoolSort())
REFUSALS = {each: z3.Const(each.value, Response) for each in Refusal}

#: Constants to state theorems with: each stands for any value.
request = z3.Const("request", Request)
principal = z3.Const("principal", Principal)
endpoint = z3.Const("endpoint", Endpoint)
response = z3.Const("response", Response)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the pipeline answers to `request`, and what reaches the backend if `called`."""

    response: Any
    called: Any
    principal: Any
    endpoint: Any
    forwarded: Any
    #: What has been looked at and found well: known, allowed, within the rate, routed, closed.
    stages: tuple[Any, ...]


def request_pipeline(authorising_last: bool = False) -> Answered:
    """The definition, branch by branch."""
    some = SomeResponse.some
    forwarded = request_transformation(request)
    known = SomePrincipal.is_some(authentication(request))
    who = SomePrincipal.value(authentication(request))
    allowed = authorization(who, forwarded if authorising_last else request)
    within = rate_limiting(who, request)
    routed = SomeEndpoint.is_some(routing_rules(request))
    where = SomeEndpoint.value(routing_rules(request))
    closed = breaker_allows(where)
    stages = [
        (known, Refusal.AUTHENTICATION_REQUIRED),
        (allowed, Refusal.UNAUTHORIZED),
        (within, Refusal.RATE_LIMIT_EXCEEDED),
        (routed, Refusal.NOT_FOUND),
        (closed, Refusal.CIRCUIT_BREAKER),
    ]
    answer: Any = some(response_transformation(forward_request(where, forwarded)))
    called: Any = z3.BoolVal(True)
    for passes, refusal in reversed(stages):
        answer = z3.If(passes, answer, some(REFUSALS[refusal]))
        called = z3.If(passes, called, False)
    passes = tuple(passes for passes, _ in stages)
    return Answered(answer, called, who, where, forwarded, passes)


def _keeps(valid: z3.FuncDeclRef, transformation: z3.FuncDeclRef, value: Any) -> z3.BoolRef:
    kept = z3.Implies(valid(value), valid(transformation(value)))
    return z3.ForAll([value], kept)


def _answers_well() -> z3.BoolRef:
    answer = valid_response(forward_request(endpoint, request))
    return z3.ForAll([endpoint, request], z3.Implies(valid_request(request), answer))


#: The hypotheses under which responses are valid, in words.
VALIDITY = {
    "the constant responses are valid": z3.And(
        [valid_response(each) for each in REFUSALS.values()]
    ),
    "a valid request is valid when transformed": _keeps(
        valid_request, request_transformation, request
    ),
    "forward_request answers a valid request with a valid response": _answers_well(),
    "a valid response is valid when transformed": _keeps(
        valid_response, response_transformation, response
    ),
}


# ----------------------------------------------------------------- what z3 finds, performed again


@dataclass(frozen=True, slots=True)
class Found:
    """A gateway that z3 has found, and the request."""

    gateway: Gateway
    request: str


class _Values:
    """The functions of a model of z3, on the names of its values."""

    def __init__(self, model: z3.ModelRef) -> None:
        self._model = model
        self._known: dict[str, Any] = {}

    def of(self, term: Any) -> Any:
        """The value of a term of this module."""
        return self._model.eval(term.translate(self._model.ctx), model_completion=True)

    def named(self, value: Any) -> str:
        """The name of a value, short: the last part of what z3 calls it."""
        kind, *_, number = str(value).split("!")
        name = f"{kind.removeprefix('Gateway').lower()}{number}"
        self._known[name] = value
        return name

    def _call(self, function: z3.FuncDeclRef, names: tuple[str, ...]) -> Any:
        given = [z3.Const(f"given{n}", function.domain(n)) for n in range(len(names))]
        swaps = [
            (constant.translate(self._model.ctx), self._known[name])
            for constant, name in zip(given, names, strict=True)
        ]
        term = z3.substitute(function(*given).translate(self._model.ctx), *swaps)
        return self._model.eval(term, model_completion=True)

    def naming(self, function: z3.FuncDeclRef) -> Callable[..., str]:
        """A function whose results are values."""
        return lambda *names: self.named(self._call(function, names))

    def deciding(self, function: z3.FuncDeclRef) -> Callable[..., bool]:
        """A predicate."""
        return lambda *names: z3.is_true(self._call(function, names))

    def perhaps(self, function: z3.FuncDeclRef) -> Callable[..., str | None]:
        """A function whose results are values or none."""

        def called(*names: str) -> str | None:
            result = self._call(function, names)
            return self.named(result.arg(0)) if result.num_args() else None

        return called


def found_in(model: z3.ModelRef) -> Found:
    """The gateway of a model of z3, with functions on the names of its values."""
    values = _Values(model)
    gateway = Gateway(
        authentication=values.perhaps(authentication),
        authorization=values.deciding(authorization),
        rate_limiting=values.deciding(rate_limiting),
        routing_rules=values.perhaps(routing_rules),
        breaker_allows=values.deciding(breaker_allows),
        request_transformation=values.naming(request_transformation),
        forward_request=values.naming(forward_request),
        response_transformation=values.naming(response_transformation),
        refusal=lambda refusal: values.named(values.of(REFUSALS[refusal])),
    )
    return Found(gateway, values.named(values.of(request)))


# ------------------------------------------------------------------------------- other proofs


def pure_limiter_counts_nothing() -> None:
    """However a function answers, of N + 1 equal requests it lets through all or none, and so
    never exactly N, for any N of at least 1."""
    count = z3.Function("count", z3.IntSort(), z3.IntSort())
    answer = rate_limiting(principal, request)

    def step(k: z3.ArithRef) -> list[z3.BoolRef]:
        return [count(k + 1) == count(k) + z3.If(answer, 1, 0)]

    def all_or_none(k: z3.ArithRef) -> z3.BoolRef:
        return count(k) == z3.If(answer, k, 0)

    prove_for_each(all_or_none, count(z3.IntVal(0)) == 0, step=step)
    number = z3.Int("number")
    prove(count(number + 1) != number, all_or_none(number + 1), number >= 1)


def first_match_is_one_of_all() -> None:
    """For a composite rule, if it is so for each of its rules: where some rule matches the first
    match is one of the endpoints that match, else there is none."""
    number = z3.Int("number")
    natural = z3.IntSort()
    first, of_rule = (z3.Function(n, natural, SomeEndpoint) for n in ("first", "first_of_rule"))
    some, has = (z3.Function(n, natural, z3.BoolSort()) for n in ("matched", "matches"))

    def related(found: Any, matched: Any) -> z3.BoolRef:
        missed = z3.Implies(SomeEndpoint.is_none(found), z3.Not(matched))
        return z3.And(missed, z3.Implies(found == SomeEndpoint.some(endpoint), matched))

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        return [
            first(i + 1) == z3.If(SomeEndpoint.is_none(first(i)), of_rule(i), first(i)),
            some(i + 1) == z3.Or(some(i), has(i)),
            related(of_rule(i), has(i)),  # the hypothesis on the rules inside
        ]

    begin = first(z3.IntVal(0)) == SomeEndpoint.none, z3.Not(some(z3.IntVal(0)))
    prove_for_each(lambda i: related(first(i), some(i)), *begin, step=step, below=number)
    # A rule that is no composite matches or does not, with one endpoint of its own.
    holds, own = z3.Bool("holds"), z3.Const("own", Endpoint)
    leaf = z3.If(holds, SomeEndpoint.some(own), SomeEndpoint.none)
    prove(related(leaf, z3.And(holds, endpoint == own)), own == endpoint)
    other = z3.Not(z3.And(holds, endpoint == own))
    prove(z3.Implies(own != endpoint, leaf != SomeEndpoint.some(endpoint)), other)


def rules_inside_are_smaller() -> None:
    """Each rule of a composite is smaller than that, so that looking into rules comes to an end."""
    number, inside = z3.Ints("number inside")
    size, sizes = (z3.Function(n, z3.IntSort(), z3.IntSort()) for n in ("size", "sizes"))

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        return [sizes(i + 1) == sizes(i) + size(i), size(i) >= 1]

    def no_larger(i: z3.ArithRef) -> z3.BoolRef:
        return z3.And(sizes(i) >= 0, z3.Implies(inside < i, size(inside) <= sizes(i)))

    prove_for_each(no_larger, sizes(z3.IntVal(0)) == 0, inside >= 0, step=step, below=number)
    prove(size(inside) < 1 + sizes(number), no_larger(number), inside >= 0, inside < number)
