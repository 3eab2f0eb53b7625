"""Claims on recommending patterns and optimisations (M08): seed 000, section 6.2, and the selection
guides of seeds 000 and 001.

What holds of metrics holds for all numbers: the listing's function is run on symbolic ones, once
for each way through it. Flags are finitely many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from functools import cache
from itertools import combinations, product
from typing import Any

import z3

from cospec.models.recommender import (
    GUIDE_000,
    GUIDE_001,
    REPAIRED,
    RESILIENT,
    Metrics,
    Pattern,
    Recommendation,
    Recommender,
    Requirement,
    Requirements,
    Row,
    optimization_recommendations,
)
from cospec.proofs.evidence import (
    counterexample_of,
    each,
    each_wrong_case,
    independent,
    prove,
    weighed,
)
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

AS_WRITTEN = Recommender()


# ------------------------------------------------------------------------ what to optimise

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


# ----------------------------------------------------------------------- which pattern to choose


def asked_of(recommender: Recommender) -> Iterator[frozenset[Requirement]]:
    """All that can be asked, what asks for the least first."""
    for count in range(len(recommender.requirements) + 1):
        yield from map(frozenset, combinations(recommender.requirements, count))


def _bounds(recommender: Recommender) -> str:
    count = len(recommender.requirements)
    return f"all {2**count} inputs, {count} flags"


def _asking(asked: AbstractSet[Requirement]) -> str:
    return " ∧ ".join(sorted(each.value for each in asked)) or "nothing is asked for"


def _told(recommender: Recommender) -> Callable[[AbstractSet[Requirement]], str]:
    def told(asked: AbstractSet[Requirement]) -> str:
        return f"{_asking(asked)} ⇒ {', '.join(map(str, recommender.recommend(asked)))}"

    return told


def patterns(answers: Sequence[Recommendation]) -> frozenset[Pattern]:
    """The patterns, without their configurations."""
    return frozenset(answer.pattern for answer in answers)


@CLAIMS.claim(
    "recommend-total",
    model="M08",
    source=f"{SEED}, definition recommend_pattern",
    statement=(
        "recommend_pattern gives one pattern for every input, always the same, and each of its "
        "five outcomes for some."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def total(recommender: Recommender = AS_WRITTEN) -> Finding:
    """Each input is asked twice."""

    def one_answer(asked: AbstractSet[Requirement]) -> bool:
        answer = recommender.recommend(asked)
        return len(answer) == 1 and answer == recommender.recommend(asked)

    outcomes = {
        answer for asked in asked_of(recommender) for answer in recommender.recommend(asked)
    }
    bounds = _bounds(recommender)
    return weighed(
        (
            each(asked_of(recommender), one_answer, "one pattern", bounds, _told(recommender)),
            each([outcomes], lambda found: len(found) == 5, "five outcomes", bounds, _outcomes),
        )
    )


def _outcomes(found: AbstractSet[Recommendation]) -> tuple[str, ...]:
    return tuple(sorted(map(str, found)))


@CLAIMS.claim(
    "recommend-table",
    model="M08",
    source=f"{SEED}, definition recommend_pattern and pattern selection guide",
    statement=(
        "The function agrees with the document's own selection guide: for each scenario there is "
        "an input for which it recommends the patterns of that row."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recommend-table-repaired",
)
def table(recommender: Recommender = AS_WRITTEN) -> Finding:
    """Every row recommends two patterns, the function one, and CQRS never."""
    known = set(recommender.requirements)

    def agrees(row: Row) -> bool:
        if row.reasons <= known:
            return patterns(recommender.recommend(row.reasons)) == row.patterns
        return any(
            patterns(recommender.recommend(a)) == row.patterns for a in asked_of(recommender)
        )

    text, bounds = "the row can be recommended", _bounds(recommender)
    return each_wrong_case(GUIDE_000, agrees, text, bounds, _missed(recommender))


def _missed(recommender: Recommender) -> Callable[[Row], tuple[str, ...]]:
    def missed(row: Row) -> tuple[str, ...]:
        closest = max(
            (patterns(recommender.recommend(asked)) for asked in asked_of(recommender)),
            key=lambda found: (len(found & row.patterns), -len(found - row.patterns)),
        )
        return (
            f"{row.scenario}: {_names(row.patterns)}, says the guide",
            f"the closest of all answers: {_names(closest)}",
        )

    return missed


def _names(found: AbstractSet[Pattern]) -> str:
    return " + ".join(sorted(pattern.value for pattern in found))


@CLAIMS.claim(
    "recommend-table-repaired",
    model="M08",
    source=f"{SEED}, repair of recommend_pattern",
    statement=(
        "When it gives all patterns that answer a requirement, CQRS among them, and may be asked "
        "for the reasons that the guide names, it recommends for the reasons of each row exactly "
        "the patterns of that row, and something for every input."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def table_repaired(recommender: Recommender = REPAIRED) -> Finding:
    """The five rows, each asked for by its reasons; and all inputs."""
    found = table(recommender)
    if found.counterexamples:
        return found

    def something(asked: AbstractSet[Requirement]) -> bool:
        return bool(recommender.recommend(asked))

    bounds = _bounds(recommender)
    total = each(asked_of(recommender), something, "a recommendation", bounds, _asking)
    return weighed((*found.proofs, total))


@CLAIMS.claim(
    "recommend-fault-tolerance",
    model="M08",
    source=f"{SEED}, law of recommend_pattern",
    statement=(
        "When fault tolerance is critical, a resilient configuration is recommended, whatever else "
        "is asked for."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recommend-fault-tolerance-repaired",
)
def fault_tolerance(recommender: Recommender = AS_WRITTEN) -> Finding:
    """Where no messages are passed the flag is not looked at: with nothing else, and with each of
    the other two."""

    def resilient(asked: AbstractSet[Requirement]) -> bool:
        return RESILIENT in recommender.recommend(asked)

    critical = [a for a in asked_of(recommender) if Requirement.FAULT_TOLERANCE in a]
    bounds = f"{_bounds(recommender)}, fault tolerance being critical"
    text = "a resilient configuration is recommended"
    return each_wrong_case(critical, resilient, text, bounds, _told(recommender))


@CLAIMS.claim(
    "recommend-fault-tolerance-repaired",
    model="M08",
    source=f"{SEED}, repair of recommend_pattern",
    statement=(
        "When fault tolerance is looked at first, a resilient configuration is recommended "
        "whenever it is critical."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def fault_tolerance_repaired(recommender: Recommender = REPAIRED) -> Finding:
    """All inputs of the repaired recommender, which has more."""
    return fault_tolerance(recommender)


@CLAIMS.claim(
    "recommend-monotone",
    model="M08",
    source=f"{SEED}, law of recommend_pattern",
    statement=(
        "Asking for more, where something was asked for, never takes away a pattern that was "
        "recommended."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recommend-monotone-repaired",
)
def monotone_patterns(recommender: Recommender = AS_WRITTEN) -> Finding:
    """What is looked at first hides the rest: no pipeline where messages are passed."""
    steps = (
        (asked, more)
        for asked in asked_of(recommender)
        if asked
        for more in recommender.requirements
        if more not in asked
    )

    def keeps(step: tuple[frozenset[Requirement], Requirement]) -> bool:
        asked, more = step
        before, after = recommender.recommend(asked), recommender.recommend({*asked, more})
        return patterns(before) <= patterns(after)

    def shown(step: tuple[frozenset[Requirement], Requirement]) -> tuple[str, ...]:
        told = _told(recommender)
        return told(step[0]), told({*step[0], step[1]})

    text = "what was recommended still is"
    return weighed([each(steps, keeps, text, f"{_bounds(recommender)}, and one flag more", shown)])


@CLAIMS.claim(
    "recommend-monotone-repaired",
    model="M08",
    source=f"{SEED}, repair of recommend_pattern",
    statement=(
        "When it gives all patterns that answer a requirement, asking for more, where something "
        "was asked for, never takes away a pattern that was recommended."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def monotone_patterns_repaired(recommender: Recommender = REPAIRED) -> Finding:
    """One requirement more, and so any number."""
    return monotone_patterns(recommender)


# -------------------------------------------------------------------------- the selection guides


def _advice(guide: tuple[Row, ...], text: str) -> Finding:
    """That nothing follows for a guide whose rows speak of what suits a scenario."""
    scenarios, names = z3.DeclareSort("Scenario"), z3.DeclareSort("PatternName")
    suits = z3.Function("suits", scenarios, names, z3.BoolSort())
    pairs = [
        (row.scenario, name)
        for row in guide
        for name in (*sorted(pattern.value for pattern in row.patterns), *row.others)
    ]
    said = [suits(z3.Const(s, scenarios), z3.Const(name, names)) for s, name in pairs]
    return independent(z3.And(said), text)


@CLAIMS.claim(
    "table-000",
    model="M08",
    source="seed 000, pattern selection guide",
    statement="In each of the five scenarios the patterns named suit best.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def table_000() -> Finding:
    """What suits is defined nowhere."""
    return _advice(
        GUIDE_000,
        "when a pattern suits a scenario is undefined: it is advice; of its reasons isolation is "
        "looked at by actor-isolation, back-pressure by pipeline-backpressure, fault tolerance by "
        "supervision-tree-correctness, determinism by actor-determinism, and whether the function "
        "of the same section says the same by recommend-table",
    )


@CLAIMS.claim(
    "table-001",
    model="M08",
    source="seed 001, pattern selection guide",
    statement="In each of the five scenarios the patterns named suit best.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def table_001() -> Finding:
    """What suits is defined nowhere."""
    return _advice(
        GUIDE_001,
        "when a pattern suits a scenario is undefined: it is advice; that sagas lead to a "
        "consistent end is looked at by saga-repaired and not so for the listing, that a mesh is "
        "transparent by mesh-transparency, and one entrance by the claims on the API gateway",
    )
