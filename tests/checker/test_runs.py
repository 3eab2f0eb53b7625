"""Machines of many components look at them in runs; that must change nothing.

`RUN` is made small, so that small random machines have several runs, and large, so that they have
none.
"""

from __future__ import annotations

from random import Random

import pytest

from cospec.checker import machine as machines
from cospec.checker.check import check
from cospec.checker.compile import Compiler
from cospec.checker.machine import Machine, State
from cospec.checker.verdict import Verdict
from cospec.spec.semantics.claims import Model, Refines
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Chase,
    Definition,
    Hide,
    Prefix,
    Process,
)


def network(random: Random, parts: int) -> Process:
    """Cyclic components, each over a few of the same events, some of them hidden."""
    events = [f"e{i}" for i in range(parts + 2)]

    def part(number: int) -> tuple[Process, frozenset[str]]:
        cycle = random.choices(events[number : number + 3], k=random.choice([1, 2, 3]))

        def unfold(place: int) -> Process:
            return Prefix([(cycle[place], cell((place + 1) % len(cycle)))])

        cell = Definition(f"P{number}", unfold)
        return cell(0), frozenset(cycle)

    made = [part(i) for i in range(parts)]
    whole = AlphabetisedParallel(tuple(p for p, _ in made), tuple(a for _, a in made))
    return Hide(whole, frozenset(random.sample(events, k=len(events) // 3)))


def explored(process: Process) -> dict[State, tuple[int, frozenset[tuple[str, State]]]]:
    """Every state with what it offers and where that leads."""
    machine: Machine = Compiler().machine(process)
    found: dict[State, tuple[int, frozenset[tuple[str, State]]]] = {}
    waiting = machine.initial()
    for state in waiting:
        if state not in found and len(found) < 400:
            moves = machine.transitions(state)
            found[state] = len(moves), frozenset((str(e), t) for e, t in moves)
            waiting.extend(target for _, target in moves)
    return found


@pytest.mark.parametrize("number", range(25))
def test_runs_of_components_change_nothing(
    number: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = network(Random(seed + number), 9)
    print(f"seed {seed + number}")
    monkeypatch.setattr(machines, "RUN", 1000)
    plain = explored(process)
    monkeypatch.setattr(machines, "RUN", 2)

    assert explored(process) == plain


@pytest.mark.parametrize("number", range(25))
def test_a_chase_in_steps_ends_where_a_walk_along_the_first_tau_ends(
    number: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"seed {seed + number}")
    monkeypatch.setattr(machines, "RUN", 2)
    machine = Compiler().machine(network(Random(seed + number), 9))
    state = machine.initial()[0]
    for _ in range(20):
        walk, steps = state, 0
        while (after := next(machine.taus(walk), None)) is not None and steps < 50:
            walk, steps = after, steps + 1
        if steps == 50:
            assert machine.settled(state, 50) is None  # a cycle of τ
            break
        assert machine.settled(state, 51) == walk
        moves = machine.moves(walk)[1]
        if not moves:
            break
        state = moves[-1][1]


@pytest.mark.parametrize("number", range(25))
def test_a_chased_network_refines_the_network(
    number: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"seed {seed + number}")
    monkeypatch.setattr(machines, "RUN", 2)
    process = network(Random(seed + number), 6)

    assert check(Refines(process, Model.FD, Chase(process))).verdict is Verdict.HOLDS
