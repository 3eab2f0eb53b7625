"""The recommender does what the listing does, and what its repairs say."""

from __future__ import annotations

from itertools import product

import pytest

from cospec.models.recommender import (
    GUIDE_000,
    LISTED,
    REPAIRED,
    Metrics,
    Pattern,
    Recommender,
    Requirement,
    Requirements,
    optimization_recommendations,
)


def recommend_pattern(message: bool, event: bool, pipeline: bool, fault: bool) -> str:
    """The listing, line by line."""
    if message:
        if fault:
            return "ActorPattern(high_resilience_actor_config)"
        else:
            return "CSPPattern(high_throughput_csp_config)"
    elif event:
        return "EventDrivenPattern(optimized_event_config)"
    elif pipeline:
        return "PipelinePattern(parallel_pipeline_config)"
    else:
        return "ActorPattern(balanced_actor_config)"


def test_as_written_it_is_the_listing() -> None:
    for flags in product((False, True), repeat=4):
        asked = {flag for flag, set_ in zip(LISTED, flags, strict=True) if set_}
        (answer,) = Recommender().recommend(asked)
        assert str(answer) == recommend_pattern(*flags)


def test_what_is_no_requirement_yet_is_refused() -> None:
    with pytest.raises(ValueError, match="no requirement: isolation"):
        Recommender().recommend({Requirement.ISOLATION})


def test_repaired_it_gives_one_configuration_of_each_pattern() -> None:
    answers = REPAIRED.recommend({Requirement.ISOLATION, Requirement.FAULT_TOLERANCE})
    assert [str(answer) for answer in answers] == ["ActorPattern(high_resilience_actor_config)"]


def test_each_row_of_the_guide_names_two_patterns_and_two_reasons() -> None:
    assert [(len(row.patterns), len(row.reasons)) for row in GUIDE_000] == [(2, 2)] * 5
    assert sum(Pattern.CQRS in row.patterns for row in GUIDE_000) == 2


@pytest.mark.parametrize(
    ("metrics", "advice"),
    [
        ((1, 9, 9), ("MemoryOptimization", "LatencyOptimization", "ThroughputOptimization")),
        ((5, 5, 5), ()),
        ((4, 5, 6), ("MemoryOptimization", "ThroughputOptimization")),
    ],
    ids=str,
)
def test_what_is_just_met_needs_no_optimisation(
    metrics: tuple[int, int, int], advice: tuple[str, ...]
) -> None:
    given = Metrics(*metrics, cpu_utilization=100, context_switches=10**9)
    assert optimization_recommendations(given, Requirements(5, 5, 5)) == advice
