"""Claims on recommending optimisations (M08): seed 000, section 6.2.

What holds of metrics holds for all numbers: the listing's function is run on symbolic ones, once
for each way through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from itertools import product
from typing import Any

import z3

from cospec.models.recommender import (
    Metrics,
    Requirements,
    optimization_recommendations,
)
from cospec.proofs.evidence import counterexample_of, each, each_wrong_case, prove, weighed
from cospec.proofs.forking import Branch, branches
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
)
from cospec.proofs.symbolic import SymbolicInt

CLAIMS = Register()

SEED = "seed 000, section 6.2"

Advise = Callable[[Metrics, Requirements], tuple[str, ...]]

#: The three rules of the listing, as it puts them: the strategy, and when it is advised.
RULES = ("ThroughputOptimization", "LatencyOptimization", "MemoryOptimization")
METRICS = tuple(each.name for each in fields(Metrics))

#: What the listing requires, and what its repair does.
LISTED_LIMITS = ("min_throughput", "max_latency", "max_memory")
ALL_LIMITS = (*LISTED_LIMITS, "max_cpu", "max_switches")


@cache
def _numbers(name: str, which: tuple[str, ...]) -> dict[str, Any]:
    """Any real number for each field."""
    return {field: z3.Real(f"{name}.{field}") for field in which}


def _metrics(name: str = "metrics") -> dict[str, Any]:
    return _numbers(name, METRICS)


def _ways(
    advise: Advise, limits: tuple[str, ...], metrics: dict[str, Any] | None = None
) -> list[Branch]:
    """All ways through the function, for any metrics and requirements."""

    def symbolic(terms: dict[str, Any]) -> dict[str, Any]:
        return {name: SymbolicInt(term) for name, term in terms.items()}

    given = symbolic(metrics or _metrics())
    required = symbolic(_numbers("required", limits))
    return branches(lambda: advise(Metrics(**given), Requirements(**required)), z3.BoolVal(True))


def _worse() -> list[z3.BoolRef]:
    """For each rule of the listing, that its requirement is not met."""
    metrics, required = _metrics(), _numbers("required", LISTED_LIMITS)
    return [
        metrics["throughput"] < required["min_throughput"],
        metrics["latency_p99"] > required["max_latency"],
        metrics["memory_usage"] > required["max_memory"],
    ]


@CLAIMS.claim(
    "recs-sound-complete",
    model="M08",
    source=f"{SEED}, definition optimization_recommendations",
    statement=(
        "For all metrics and requirements: an optimisation of throughput is recommended if and "
        "only if throughput < min_throughput, of latency if and only if latency_p99 > max_latency, "
        "of memory if and only if memory_usage > max_memory; and nothing if and only if none of "
        "these is so."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def sound_complete(advise: Advise = optimization_recommendations) -> Finding:
    """For all real numbers, on every way through the listing's function."""
    ways = _ways(advise, LISTED_LIMITS)
    prove(z3.Or([way.condition for way in ways]))
    for way in ways:
        said = [
            missed if rule in way.result else z3.Not(missed)
            for rule, missed in zip(RULES, _worse(), strict=True)
        ]
        prove(z3.And(said), way.condition)
        prove(z3.BoolVal(set(way.result) <= set(RULES)))
    return weighed([Proof(Method.Z3_PROOF, f"on each of {len(ways)} ways, for all real numbers")])


@CLAIMS.claim(
    "recs-order",
    model="M08",
    source=f"{SEED}, optimization_recommendations",
    statement=(
        "What is recommended is always in the order memory, latency, throughput, and nothing twice."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def order(advise: Advise = optimization_recommendations) -> Finding:
    """All ways through the function, of which z3 says that there is no other."""
    ways = _ways(advise, LISTED_LIMITS)
    prove(z3.Or([way.condition for way in ways]))
    wanted = tuple(reversed(RULES))

    def ordered(answer: tuple[str, ...]) -> bool:
        return answer == tuple(rule for rule in wanted if rule in answer)

    answers = sorted({way.result for way in ways}, key=len)
    found = each(answers, ordered, "memory, latency, throughput", "all answers", str)
    if isinstance(found, Counterexample):
        return weighed([found])
    return weighed([Proof(Method.Z3_PROOF, f"the {len(answers)} answers possible are so ordered")])


@CLAIMS.claim(
    "recs-monotone",
    model="M08",
    source=f"{SEED}, optimization_recommendations",
    statement=(
        "With less throughput, more latency and more memory used, nothing that was recommended is "
        "no longer."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def monotone(advise: Advise = optimization_recommendations) -> Finding:
    """Every pair of ways through the function, for the metrics before and after."""
    before, after = _metrics(), _metrics("worse")
    worse = z3.And(
        after["throughput"] <= before["throughput"],
        after["latency_p99"] >= before["latency_p99"],
        after["memory_usage"] >= before["memory_usage"],
    )
    later = _ways(advise, LISTED_LIMITS, after)
    pairs = [(one, two) for one in _ways(advise, LISTED_LIMITS) for two in later]
    for one, two in pairs:
        if not set(one.result) <= set(two.result):
            prove(z3.Not(z3.And(one.condition, two.condition)), worse)
    return weighed([Proof(Method.Z3_PROOF, f"{len(pairs)} pairs of ways, for all real numbers")])


@CLAIMS.claim(
    "recs-all-metrics",
    model="M08",
    source=f"{SEED}, definition PerformanceMetrics",
    statement=(
        "Every metric influences what is recommended: for each there are values of which the one "
        "leads to another recommendation than the other, all else being equal."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recs-all-metrics-repaired",
)
def all_metrics(limits: tuple[str, ...] = LISTED_LIMITS) -> Finding:
    """For each metric z3 finds such values, or proves that there are none."""

    def influences(metric: str) -> bool:
        return _influence(metric, limits)

    return each_wrong_case(METRICS, influences, "it matters", "all real numbers", _unseen)


def _influence(metric: str, limits: tuple[str, ...]) -> bool:
    """Whether a metric can make a difference; if z3 says so, on the values that it gives."""
    before = _metrics()
    after = before | {metric: z3.Real(f"other.{metric}")}
    pairs = product(
        _ways(optimization_recommendations, limits),
        _ways(optimization_recommendations, limits, after),
    )
    apart = [z3.And(a.condition, b.condition) for a, b in pairs if a.result != b.result]
    found = counterexample_of(z3.Not(z3.Or(apart)))
    if found is None:
        return False
    if not _differ(found, metric, before, after, limits):
        raise NotReplayed(f"the values of {metric} that z3 gives make no difference")
    return True


def _differ(
    found: z3.ModelRef, metric: str, before: dict[str, Any], after: dict[str, Any], limits: Any
) -> bool:
    """Whether the function says something else on the values of a model of z3."""

    def value(term: Any) -> float:
        given = found.eval(term.translate(found.ctx), model_completion=True)
        return float(given.as_fraction())

    required = Requirements(**{k: value(t) for k, t in _numbers("required", limits).items()})
    one = Metrics(**{name: value(term) for name, term in before.items()})
    other = replace(one, **{metric: value(after[metric])})
    says = optimization_recommendations
    return says(one, required) != says(other, required)


def _unseen(metric: str) -> tuple[str, ...]:
    """What is said of an idle and of a busy machine, all requirements being met."""
    some, most = (0, 100) if metric == "cpu_utilization" else (0, 10**9)
    calm, busy = (replace(Metrics(1, 1, 1, 0, 0), **{metric: value}) for value in (some, most))
    required = Requirements(1, 1, 1)
    return tuple(
        f"{metric} = {getattr(metrics, metric)}: "
        f"{', '.join(optimization_recommendations(metrics, required)) or 'nothing'} is recommended"
        for metrics in (calm, busy)
    )


@CLAIMS.claim(
    "recs-all-metrics-repaired",
    model="M08",
    source=f"{SEED}, repair of optimization_recommendations",
    statement=(
        "With requirements on cpu_utilization and context_switches, and a rule for each, every "
        "metric influences what is recommended."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def all_metrics_repaired(limits: tuple[str, ...] = ALL_LIMITS) -> Finding:
    """For each metric z3 gives two values, on which the function is performed."""
    return all_metrics(limits)
