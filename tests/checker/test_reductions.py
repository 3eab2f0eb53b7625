"""Reductions of explicit systems: small ones worked out by hand, random ones against the obvious.

`pytest tests/checker/test_reductions.py --pairs 5000 --seed 7` tries more.
"""

from __future__ import annotations

from random import Random
from typing import TypeAlias

import pytest
from naive import behaviour

from cospec.checker import bisimulation
from cospec.checker.bisimulation import (
    branching,
    delay,
    strong,
    strong_classes,
    weak,
    without_tau_loops,
)
from cospec.checker.labels import TAU_ID, TICK_ID
from cospec.checker.lts import Lts, Table, of_rows
from cospec.checker.normalising import diamond, normal
from cospec.checker.reductions import REDUCTIONS
from cospec.spec.semantics.events import TAU, TICK

Rows: TypeAlias = list[list[tuple[int, int]]]
A, B = 2, 3
EVENTS = [TAU, TICK, "a", "b", "c"]


def random_rows(random: Random) -> Rows:
    """A random system whose last state is the one after ✓."""
    count = random.randrange(1, 12)
    rows: Rows = []
    for _ in range(count):
        row: list[tuple[int, int]] = []
        for _ in range(random.choice([0, 1, 2, 2, 3])):
            label = random.choice([TAU_ID, TAU_ID, TICK_ID, A, A, B])
            row.append((label, count if label == TICK_ID else random.randrange(count)))
        rows.append(row)
    return [*rows, []]


def naive_classes(rows: Rows) -> list[int]:
    classes = [0] * len(rows)
    while True:
        numbers: dict[object, int] = {}
        finer = [
            numbers.setdefault(
                (classes[s], frozenset((e, classes[t]) for e, t in row)), len(numbers)
            )
            for s, row in enumerate(rows)
        ]
        if len(set(finer)) == len(set(classes)):
            return finer
        classes = finer


def reachable(lts: Lts) -> int:
    rows, seen = lts.rows(), {lts.start}
    waiting = [lts.start]
    while waiting:
        for _, target in rows[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return len(seen)


@pytest.mark.parametrize("few", [0, 3, 200])
def test_strong_classes_are_those_of_naive_refinement(
    few: int, pairs: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bisimulation, "FEW", few)
    for each in range(seed, seed + pairs):
        rows = random_rows(Random(each))
        found, expected = strong_classes(of_rows(rows)).tolist(), naive_classes(rows)

        together = set(zip(found, expected, strict=True))
        assert len(together) == len(set(found)) == len(set(expected)), f"seed {each}"


@pytest.mark.parametrize("how", REDUCTIONS)
def test_a_reduction_keeps_traces_failures_and_divergences(how: str, pairs: int, seed: int) -> None:
    for each in range(seed, seed + pairs):
        lts = of_rows(random_rows(Random(each)))
        reduced = REDUCTIONS[how](lts)

        before, after = (behaviour(Table(x, EVENTS, ""), 4) for x in (lts, reduced))
        assert after == before, f"seed {each}"


def test_coarser_relations_give_smaller_systems_and_again_the_same(pairs: int, seed: int) -> None:
    for each in range(seed, seed + pairs):
        lts = of_rows(random_rows(Random(each)))
        sizes = [lts.count, *(reduce(lts).count for reduce in (strong, branching, delay, weak))]
        assert sizes == sorted(sizes, reverse=True), f"seed {each}"
        assert diamond(lts).count <= reachable(without_tau_loops(lts)), f"seed {each}"
        for reduce in (strong, branching, delay, weak, without_tau_loops, normal):
            once = reduce(lts)
            assert reduce(once).count == once.count, f"seed {each}: {reduce.__name__}"


def test_a_chain_of_inert_taus_becomes_one_state() -> None:
    assert branching(of_rows([[(TAU_ID, 1)], [(TAU_ID, 2)], [(A, 0)]])).rows() == [[(A, 0)]]


def test_a_tau_that_takes_a_choice_away_is_kept() -> None:
    rows = [[(TAU_ID, 1), (A, 2)], [(B, 2)], []]

    assert branching(of_rows(rows)).count == weak(of_rows(rows)).count == 3


def test_a_tau_cycle_stays_divergent() -> None:
    rows = [[(TAU_ID, 1)], [(TAU_ID, 0), (A, 2)], []]

    for reduce in (branching, delay, weak, without_tau_loops, diamond, normal):
        lts = reduce(of_rows(rows))
        assert (TAU_ID, lts.start) in lts.rows()[lts.start], reduce.__name__


def test_weak_merges_what_branching_keeps_apart() -> None:
    """a.(b + τ.c) + a.c + τ-free remainder: the second a is matched by a followed by τ."""
    c = 4
    with_both = [[(A, 1), (A, 2)], [(B, 3), (TAU_ID, 2)], [(c, 3)], []]
    with_one = [[(A, 1)], [(B, 3), (TAU_ID, 2)], [(c, 3)], []]
    rows = [[(B, 1), (B, 5)]]
    rows += [[(e, t + 1) for e, t in row] for row in with_both]
    rows += [[(e, t + 5) for e, t in row] for row in with_one]

    assert weak(of_rows(rows)).count < branching(of_rows(rows)).count


def test_diamond_leaves_no_tau_where_nothing_is_chosen() -> None:
    rows = [
        [(TAU_ID, 1), (TAU_ID, 2)],
        [(A, 3), (TAU_ID, 3)],
        [(B, 3), (TAU_ID, 3)],
        [(A, 0), (B, 0)],
    ]

    assert all(label != TAU_ID for row in diamond(of_rows(rows)).rows() for label, _ in row)


def test_a_long_chain_takes_no_long_time() -> None:
    """A class is split off at every step: only what changes is looked at again."""
    length = 30_000
    rows: Rows = [[(A, n + 1)] for n in range(length)]

    assert strong(of_rows([*rows, []])).count == length + 1
