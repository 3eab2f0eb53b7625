"""M08, which pattern to choose and what to optimise: seed 000, section 6.2 and its selection guide.

`Recommender` is `recommend_pattern` with a switch for each repair. As written it gives exactly one
pattern, and what it looks at first hides the rest; the document's own table names pairs, and CQRS,
which is no pattern there. `optimization_recommendations` is the listing's, and with requirements on
the two metrics that it never looks at its repair.

>>> one = Recommender().recommend({Requirement.EVENT_PROCESSING, Requirement.FAULT_TOLERANCE})
>>> print(*one)
EventDrivenPattern(optimized_event_config)
>>> GUIDE_000[1].scenario, sorted(pattern.value for pattern in GUIDE_000[1].patterns)
('data processing pipeline', ['CSPPattern', 'PipelinePattern'])
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "GUIDE_000", "GUIDE_001", "LISTED", "REPAIRED", "REPAIRS", "Guideline", "Metrics", "Pattern",
    "Recommendation", "Recommender", "Requirement", "Requirements", "Row",
    "optimization_recommendations",
]  # fmt: skip


class Pattern(Enum):
    """`ConcurrencyPattern`, and CQRS, which is none of its constructors."""

    ACTOR = "ActorPattern"
    CSP = "CSPPattern"
    EVENT_DRIVEN = "EventDrivenPattern"
    PIPELINE = "PipelinePattern"
    CQRS = "CQRS"


class Requirement(Enum):
    """What is asked of a system: the flags of `SystemRequirements`, and the reasons that the
    selection guide gives."""

    MESSAGE_PASSING = "message_passing_intensive"
    FAULT_TOLERANCE = "fault_tolerance_critical"
    EVENT_PROCESSING = "event_processing_intensive"
    DATA_PIPELINE = "data_pipeline_intensive"
    ISOLATION = "isolation"
    BACK_PRESSURE = "back-pressure"
    STATE_MANAGEMENT = "state management"
    DETERMINISM = "determinism"
    LOW_LATENCY = "low latency"
    DECOUPLING = "decoupling"
    SCALABILITY = "scalability"


#: The fields of `SystemRequirements`.
LISTED = (
    Requirement.MESSAGE_PASSING,
    Requirement.EVENT_PROCESSING,
    Requirement.DATA_PIPELINE,
    Requirement.FAULT_TOLERANCE,
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A pattern with its configuration."""

    pattern: Pattern
    configuration: str

    def __str__(self) -> str:
        return f"{self.pattern.value}({self.configuration})"


RESILIENT = Recommendation(Pattern.ACTOR, "high_resilience_actor_config")
BALANCED = Recommendation(Pattern.ACTOR, "balanced_actor_config")
FAST = Recommendation(Pattern.CSP, "high_throughput_csp_config")
EVENTS = Recommendation(Pattern.EVENT_DRIVEN, "optimized_event_config")
PIPELINE = Recommendation(Pattern.PIPELINE, "parallel_pipeline_config")
SEPARATED = Recommendation(Pattern.CQRS, "separate_models_config")


@dataclass(frozen=True, slots=True)
class Guideline:
    """A rule of the repaired recommender: what answers a requirement."""

    requirement: Requirement
    answer: Recommendation


#: What answers a flag of the listing, in the order in which it looks at them once fault tolerance
#: comes first.
LISTED_GUIDELINES = (
    Guideline(Requirement.FAULT_TOLERANCE, RESILIENT),
    Guideline(Requirement.MESSAGE_PASSING, FAST),
    Guideline(Requirement.EVENT_PROCESSING, EVENTS),
    Guideline(Requirement.DATA_PIPELINE, PIPELINE),
)

#: What answers a reason of the guide.
FURTHER_GUIDELINES = (
    Guideline(Requirement.ISOLATION, BALANCED),
    Guideline(Requirement.BACK_PRESSURE, FAST),
    Guideline(Requirement.STATE_MANAGEMENT, SEPARATED),
    Guideline(Requirement.DETERMINISM, FAST),
    Guideline(Requirement.LOW_LATENCY, PIPELINE),
    Guideline(Requirement.DECOUPLING, EVENTS),
    Guideline(Requirement.SCALABILITY, SEPARATED),
)

#: The switches of the recommender, one for each repair.
REPAIRS = ("resilient", "combining", "extended")


@dataclass(frozen=True, slots=True)
class Recommender:
    """`recommend_pattern`.

    Attributes:
        resilient: repair: fault tolerance is looked at first, whatever else is asked for.
        combining: repair: all patterns that answer a requirement, and not the first one only.
        extended: repair: CQRS is a pattern, and the reasons of the guide can be asked for.
    """

    resilient: bool = False
    combining: bool = False
    extended: bool = False

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What it can be asked for."""
        return tuple(Requirement) if self.extended else LISTED

    def recommend(self, asked: AbstractSet[Requirement]) -> tuple[Recommendation, ...]:
        """What it recommends; as written, exactly one pattern.

        Raises:
            ValueError: it is asked for what is no requirement to it.
        """
        unknown = sorted(each.value for each in asked - set(self.requirements))
        if unknown:
            raise ValueError(f"no requirement: {', '.join(unknown)}")
        first: dict[Pattern, Recommendation] = {}
        for answer in self._answers(asked):
            first.setdefault(answer.pattern, answer)
        answers = tuple(first.values()) or (BALANCED,)
        return answers if self.combining else answers[:1]

    def _answers(self, asked: AbstractSet[Requirement]) -> list[Recommendation]:
        """What answers the requirements, the first one first."""
        found = []
        # As written, fault tolerance counts only where messages are passed, and then hides CSP.
        resilient = self.resilient or Requirement.MESSAGE_PASSING in asked
        guidelines = LISTED_GUIDELINES + (FURTHER_GUIDELINES if self.extended else ())
        for rule in guidelines:
            if rule.requirement in asked and (rule.answer != RESILIENT or resilient):
                found.append(rule.answer)
        return found


#: All repairs applied.
REPAIRED = Recommender(**dict.fromkeys(REPAIRS, True))


# ---------------------------------------------------------------------------- selection guides


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a selection guide: a scenario, the patterns recommended for it, and why.

    Attributes:
        scenario: translated, as the rest.
        patterns: as the document names them, where they are patterns of seed 000.
        reasons: the requirements that the row's last column names.
        others: patterns that seed 000 does not know.
    """

    scenario: str
    patterns: frozenset[Pattern]
    reasons: frozenset[Requirement] = frozenset()
    others: tuple[str, ...] = ()


def _row(scenario: str, patterns: tuple[Pattern, ...], *reasons: Requirement) -> Row:
    return Row(scenario, frozenset(patterns), frozenset(reasons))


#: The pattern selection guide of seed 000.
GUIDE_000 = (
    _row(
        "highly concurrent server",
        (Pattern.ACTOR, Pattern.EVENT_DRIVEN),
        Requirement.ISOLATION,
        Requirement.EVENT_PROCESSING,
    ),
    _row(
        "data processing pipeline",
        (Pattern.PIPELINE, Pattern.CSP),
        Requirement.DATA_PIPELINE,
        Requirement.BACK_PRESSURE,
    ),
    _row(
        "distributed system",
        (Pattern.ACTOR, Pattern.CQRS),
        Requirement.FAULT_TOLERANCE,
        Requirement.STATE_MANAGEMENT,
    ),
    _row(
        "real-time system",
        (Pattern.CSP, Pattern.PIPELINE),
        Requirement.DETERMINISM,
        Requirement.LOW_LATENCY,
    ),
    _row(
        "microservice architecture",
        (Pattern.EVENT_DRIVEN, Pattern.CQRS),
        Requirement.DECOUPLING,
        Requirement.SCALABILITY,
    ),
)

#: The pattern selection guide of seed 001.
GUIDE_001 = (
    Row("splitting a monolith", frozenset(), others=("microservices", "API gateway")),
    Row("many reads and writes", frozenset({Pattern.CQRS}), others=("event sourcing",)),
    Row("transactions across services", frozenset(), others=("saga",)),
    Row("communication between services", frozenset(), others=("service mesh",)),
    Row("real-time data processing", frozenset({Pattern.EVENT_DRIVEN})),
)


# ------------------------------------------------------------------------ what to optimise


@dataclass(frozen=True, slots=True)
class Metrics:
    """`PerformanceMetrics`."""

    throughput: float
    latency_p99: float
    memory_usage: float
    cpu_utilization: float
    context_switches: float


@dataclass(frozen=True, slots=True)
class Requirements:
    """`PerformanceRequirements`, of which the listing uses three.

    Attributes:
        max_cpu: repair: a limit of `cpu_utilization`; None as written.
        max_switches: repair: a limit of `context_switches`; None as written.
    """

    min_throughput: float
    max_latency: float
    max_memory: float
    max_cpu: float | None = None
    max_switches: float | None = None


def optimization_recommendations(metrics: Metrics, required: Requirements) -> tuple[str, ...]:
    """What to optimise, each put before what was there."""
    recommendations: tuple[str, ...] = ()
    if metrics.throughput < required.min_throughput:
        recommendations = ("ThroughputOptimization", *recommendations)
    if metrics.latency_p99 > required.max_latency:
        recommendations = ("LatencyOptimization", *recommendations)
    if metrics.memory_usage > required.max_memory:
        recommendations = ("MemoryOptimization", *recommendations)
    if required.max_cpu is not None and metrics.cpu_utilization > required.max_cpu:
        recommendations = ("CpuOptimization", *recommendations)
    if required.max_switches is not None and metrics.context_switches > required.max_switches:
        recommendations = ("SchedulingOptimization", *recommendations)
    return recommendations
