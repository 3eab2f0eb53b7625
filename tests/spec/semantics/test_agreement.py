"""The firing rules and the denotation are two accounts of one thing: they must agree.

Terms are drawn at random; what the firing rules give is read off by the naive walker of
`tests/naive.py`, which knows no terms, and compared with what `denotation` computes, which knows no
states. A disagreement means that one of the two is wrong: see the books, not the test.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from naive import TooLarge, behaviour
from strategies import processes, random_process, show

from cospec.spec.semantics.denotation import Undecided, meaning
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process

DEPTH = 3


def disagreements(process: Process) -> list[str] | None:
    """What differs; None where either side cannot tell."""
    try:
        said = meaning(process, DEPTH)
        done = behaviour(FiringRules(process), DEPTH, limit=3000)
    except (Undecided, TooLarge):
        return None
    found = []
    if said.traces != done.traces:
        found.append(f"traces: {set(said.traces) ^ set(done.traces)}")
    if dict(said.failures) != done.acceptances:
        found.append(f"failures: {dict(said.failures)} but {done.acceptances}")
    if said.divergences != done.divergences:
        found.append(f"divergences: {set(said.divergences) ^ set(done.divergences)}")
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(processes(8))
def test_firing_rules_agree_with_the_denotation(process: Process) -> None:
    note(show(process))
    found = disagreements(process)
    assume(found is not None)
    assert found == []


@pytest.mark.parametrize(("start", "size"), [(0, 6), (100_000, 9), (200_000, 14)])
def test_firing_rules_agree_with_the_denotation_on_many_terms(start: int, size: int) -> None:
    undecided = 0
    for seed in range(start, start + 700):
        process = random_process(Random(seed), size)
        found = disagreements(process)
        if found is None:
            undecided += 1
        else:
            assert not found, f"seed {seed}, size {size}: {show(process)}: {found}"
    assert undecided < 140


@pytest.mark.slow
@pytest.mark.parametrize("size", [5, 7, 9, 12, 16])
def test_firing_rules_agree_with_the_denotation_on_very_many_terms(size: int) -> None:
    first = Random().randrange(10**9)
    for seed in range(first, first + 4000):
        process = random_process(Random(seed), size)
        found = disagreements(process)
        assert not found, f"seed {seed}, size {size}: {show(process)}: {found}"
