"""`prioritise` at the top of a machine: rules that give way, against the firing rules."""

from __future__ import annotations

from random import Random

import naive
import pytest
import strategies

from cospec.checker.compile import Compiler
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    SKIP,
    STOP,
    Call,
    Definition,
    Hide,
    Order,
    Parallel,
    Prefix,
    Prioritise,
    Process,
    Relation,
    Rename,
)

NONE: frozenset[Event] = frozenset()


def order(random: Random) -> Order:
    """A strict order on some of a, b, c, τ and ✓."""
    low, middle, high = random.sample(strategies.EVENTS, k=3)
    top: list[Event] = [e for e in (TAU, TICK) if random.random() < 0.6]
    above: dict[Event, frozenset[Event]] = {low: frozenset([middle, high, *top])}
    if random.random() < 0.7:
        above[middle] = frozenset([high, *top])
    if random.random() < 0.3:
        above = {low: frozenset(top)}
    return Order(above)


def prioritised(random: Random) -> Process:
    """A random composition beneath `prioritise`, and hiding and renaming beneath and above it."""
    operands = tuple(strategies.random_process(random, 4) for _ in range(random.choice([1, 2, 3])))
    inner: Process = operands[0]
    if len(operands) > 1:
        events = frozenset(e for e in strategies.EVENTS if random.random() < 0.4)
        inner = Parallel(operands, events)

    def wrapped(term: Process) -> Process:
        match random.randrange(4):
            case 0:
                return Hide(term, frozenset(random.sample(strategies.EVENTS, k=1)))
            case 1:
                pair = random.choice(strategies.EVENTS), random.choice(strategies.EVENTS)
                return Rename(term, Relation(frozenset([pair])))
            case _:
                return term

    return wrapped(Prioritise(wrapped(inner), order(random)))


def test_a_prioritised_machine_behaves_as_the_firing_rules_say(pairs: int, seed: int) -> None:
    compared = held_back = 0
    for each in range(seed, seed + pairs):
        process = prioritised(Random(each))
        machine = Compiler().machine(process)
        try:
            expected = naive.behaviour(FiringRules(process), 4, limit=400)
        except naive.TooLarge:
            continue
        assert naive.behaviour(machine, 4) == expected, f"seed {each}: {process}"
        compared += 1
        held_back += bool(machine.above)

    assert compared > pairs // 2
    assert held_back > pairs // 4


def test_what_is_hidden_above_the_operator_gives_way_as_what_it_was() -> None:
    process = Prioritise(
        Parallel((Prefix([("a", STOP)]), Prefix([("b", STOP)])), NONE),
        Order({"b": frozenset(["a"])}),
    )
    machine = Compiler().machine(Hide(process, frozenset("b")))
    (start,) = machine.initial()

    assert len(machine.components) == 2
    assert [event for event, _ in machine.transitions(start)] == ["a"]
    assert list(machine.taus(start)) == []
    assert machine.settled(start, 10) == start
    ((_, after),) = machine.transitions(start)
    assert [event for event, _ in machine.transitions(after)] == [TAU]
    assert machine.term(after) == Hide(
        Prioritise(Parallel((STOP, Prefix([("b", STOP)])), NONE), Order({"b": frozenset("a")})),
        frozenset("b"),
    )


@pytest.mark.parametrize("called", [False, True])
def test_priorities_beneath_the_topmost_stay_in_their_leaf(called: bool) -> None:
    inner: Process = Prioritise(Prefix([("a", SKIP), ("b", SKIP)]), Order({"a": frozenset("b")}))
    if called:
        call: Call = Definition("P", lambda inner=inner: inner)()
        inner = call
    outer = Prioritise(Parallel((inner, STOP), NONE), Order({"b": frozenset("c")}))
    machine = Compiler().machine(outer)
    (start,) = machine.initial()

    assert [event for event, _ in machine.transitions(start)] == ["b"]
