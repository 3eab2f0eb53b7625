"""M11, `RoutingRule` of seed 001, section 2.2: which endpoints a rule has for a request.

The seed gives the four forms and no meaning. `matches` is what they say when each rule that matches
counts; `first_match` is the repair: of a composite rule the first one that matches.

>>> rules = Composite((PathRule("/o", "A"), MethodRule("GET", "B")))
>>> sorted(matches(rules, Request("/o", "GET"))), first_match(rules, Request("/o", "GET"))
(['A', 'B'], 'A')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Composite", "HeaderRule", "MethodRule", "PathRule", "Request", "Rule", "first_match",
    "matches", "size",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What rules look at."""

    path: str
    method: str
    headers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PathRule:
    """`PathBasedRouting`: the path begins so."""

    prefix: str
    endpoint: str

    def __str__(self) -> str:
        return f"path {self.prefix} → {self.endpoint}"


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """`HeaderBasedRouting`: there is such a header."""

    header: str
    endpoint: str

    def __str__(self) -> str:
        return f"header {self.header} → {self.endpoint}"


@dataclass(frozen=True, slots=True)
class MethodRule:
    """`MethodBasedRouting`: the method is that."""

    method: str
    endpoint: str

    def __str__(self) -> str:
        return f"method {self.method} → {self.endpoint}"


@dataclass(frozen=True, slots=True)
class Composite:
    """`CompositeRouting`: a list of rules."""

    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return f"[{'; '.join(map(str, self.rules))}]"


Rule: TypeAlias = PathRule | HeaderRule | MethodRule | Composite


def matches(rule: Rule, request: Request) -> frozenset[str]:
    """The endpoints of all rules that match."""
    match rule:
        case PathRule(prefix, endpoint):
            return frozenset({endpoint} if request.path.startswith(prefix) else ())
        case HeaderRule(header, endpoint):
            return frozenset({endpoint} if header in request.headers else ())
        case MethodRule(method, endpoint):
            return frozenset({endpoint} if request.method == method else ())
        case Composite(rules):
            return frozenset().union(*(matches(each, request) for each in rules))


def first_match(rule: Rule, request: Request) -> str | None:
    """Repair: the endpoint of the first rule that matches; None if none does."""
    if isinstance(rule, Composite):
        for each in rule.rules:
            found = first_match(each, request)
            if found is not None:
                return found
        return None
    return next(iter(matches(rule, request)), None)


def size(rule: Rule) -> int:
    """How many rules a rule consists of, itself included."""
    return 1 + sum(map(size, rule.rules)) if isinstance(rule, Composite) else 1
