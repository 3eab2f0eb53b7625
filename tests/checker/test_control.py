"""Compositions beneath operators that change their shape: components, not one large leaf."""

from __future__ import annotations

from random import Random

import naive
import pytest
import strategies
from test_machine import NONE, do

from cospec.checker.check import check
from cospec.checker.compile import Compiler
from cospec.checker.machine import Machine, State
from cospec.checker.verdict import Verdict
from cospec.spec.semantics.claims import DeadlockFree, DivergenceFree, Model, Refines
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    SKIP,
    STOP,
    Definition,
    ExternalChoice,
    Hide,
    Interrupt,
    Lazy,
    Parallel,
    Prefix,
    Process,
    Sequential,
    Sliding,
    Throw,
    UnguardedRecursion,
)


def cell(name: str) -> Process:
    """Does one event for ever."""
    definition = Definition(name, lambda: do(name, then=definition()))
    return definition()


def both(*events: Event, then: Process = SKIP) -> Process:
    """Each event once, in any order."""
    return Parallel(tuple(do(event, then=then) for event in events), NONE)


def reachable(machine: Machine) -> dict[State, list[tuple[Event, State]]]:
    found: dict[State, list[tuple[Event, State]]] = {}
    queue = list(machine.initial_states())
    for state in queue:
        if state not in found:
            found[state] = machine.transitions(state)
            queue += [target for _, target in found[state]]
    return found


def agree(process: Process, depth: int = 4, limit: int = 600) -> Machine:
    """The machine of a process, compared with the firing rules."""
    machine = Compiler().machine(process)
    assert naive.behaviour(machine, depth, limit) == naive.behaviour(
        FiringRules(process), depth, limit
    )
    return machine


def test_random_machines_behave_as_the_firing_rules_say(pairs: int, seed: int) -> None:
    compared = controlled = 0
    for each in range(seed, seed + 3 * pairs):
        process = strategies.random_restarts(Random(each), 4 + each % 6)
        try:
            expected = naive.behaviour(FiringRules(process), 4, limit=500)
        except (naive.TooLarge, UnguardedRecursion, RecursionError):
            continue
        machine = Compiler().machine(process)
        assert naive.behaviour(machine, 4, limit=2000) == expected, f"seed {each}"
        compared += 1
        controlled += len(machine.components) > 2

    assert compared > pairs
    assert controlled > compared // 4


def test_every_state_of_a_random_machine_is_a_term_that_behaves_alike(
    pairs: int, seed: int
) -> None:
    compared = 0
    for each in range(seed, seed + pairs // 2):
        process = strategies.random_restarts(Random(each), 4 + each % 4)
        rules = FiringRules(process)
        try:
            if len(naive.states(rules, limit=150)) < 4:
                continue
        except (naive.TooLarge, UnguardedRecursion, RecursionError):
            continue
        machine = Compiler().machine(process)
        for state, moves in list(reachable(machine).items())[:40]:
            of_term = FiringRules(machine.term(state))
            expected = naive.behaviour(of_term, 2, limit=2000)
            here = _From(machine, state)
            assert naive.behaviour(here, 2, limit=2000) == expected, f"seed {each}: {state}"
            for event, target in moves:
                (number,) = {n for n, t in machine.moves(state)[1] if t == target} & {
                    machine.labels.number(event)
                }
                assert machine.step(state, number, target).event == event
        compared += 1

    assert compared > pairs // 8


class _From:
    """A machine that starts in another state."""

    def __init__(self, machine: Machine, state: State) -> None:
        self._state = state
        self.transitions = machine.transitions

    def initial_states(self) -> list[State]:
        return [self._state]


# What is a component.


@pytest.mark.parametrize(
    "process",
    [
        do("x", then=both("a", "b")),
        Prefix([("x", both("a", "b")), ("y", STOP)]),
        Sequential(both("a", "b"), do("c")),
        Sequential(do("c", then=SKIP), Lazy(lambda: both("a", "b"))),
        Interrupt(both("a", "b"), do("c")),
        Interrupt(do("c"), both("a", "b")),
        ExternalChoice((both("a", "b"), do("c"))),
        Sliding(both("a", "b"), do("c")),
        Throw(both("a", "b"), frozenset("a"), do("c")),
        Hide(Sequential(Hide(both("a", "b"), frozenset("a")), do("c")), frozenset("b")),
    ],
    ids=str,
)
def test_a_composition_beneath_an_operator_is_not_flattened(process: Process) -> None:
    machine = agree(process)

    assert len(machine.components) == 3


def test_compositions_of_one_shape_share_a_slot() -> None:
    process = Prefix([(e, both(e, "x")) for e in "abc"] + [("d", do("e", then=both("y", "x")))])
    machine = agree(process)

    assert len(machine.components) == 3


def test_recursion_comes_back_to_the_same_states() -> None:
    name = Definition("P", lambda: Sequential(both("a", "b"), name()))
    machine = agree(name())

    # Each of a and b is yet to be done, done, or ended; and all that is left is one loop.
    assert len(machine.components) == 3
    assert len(reachable(machine)) == 9
    assert check(DivergenceFree(name())).verdict is Verdict.HOLDS


def test_recursion_with_finitely_many_arguments_is_one_slot() -> None:
    name: Definition = Definition("P", lambda: STOP)
    name.unfold = lambda i: Sequential(both(("a", i), "b"), name((i + 1) % 5))
    machine = agree(name(0))

    assert len(machine.components) == 3
    assert len(reachable(machine)) == 5 * 9


def test_recursion_with_endless_arguments_goes_on() -> None:
    name: Definition = Definition("P", lambda: STOP)
    name.unfold = lambda i: Sequential(both(("a", i), "b"), name(i + 1))
    machine = Compiler().machine(name(0))
    state = machine.initial()[0]
    for _ in range(2000):
        state = machine.moves(state)[1][0][1]
    assert [e for e, _ in machine.transitions(state) if e != TAU]


def test_nested_recursion_goes_on() -> None:
    name = Definition("P", lambda: do("a", then=Parallel((name(), do("b")), NONE)))
    machine = Compiler().machine(name())
    state = machine.initial()[0]
    for depth in range(1, 12):
        a = machine.labels.number("a")
        state = next(target for event, target in machine.moves(state)[1] if event == a)
        terms = FiringRules(machine.term(state)).transitions(machine.term(state))
        assert sum(event == "b" for event, _ in machine.transitions(state)) >= 1
        assert {e for e, _ in terms} == {e for e, _ in machine.transitions(state)}, depth


def test_stopping_a_composition_forgets_where_it_was() -> None:
    name = Definition(
        "P", lambda: Interrupt(Parallel((cell("a"), do("b", "c")), NONE), do("r", then=name()))
    )
    machine = agree(name())
    found = reachable(machine)
    restarted = {target for moves in found.values() for event, target in moves if event == "r"}

    assert restarted == set(machine.initial())


def test_an_event_that_throws_moves_its_component_no_further() -> None:
    name = Definition(
        "P", lambda: Throw(Parallel((do("a", "b"), cell("c")), NONE), frozenset("b"), name())
    )
    machine = agree(name())

    assert len(reachable(machine)) == 2
    assert len(machine.components) == 3


def test_all_end_together_and_once() -> None:
    inner = Sequential(both("a", "b"), both("c"))
    machine = agree(Parallel((inner, SKIP), NONE))
    last = [e for moves in reachable(machine).values() for e, _ in moves if e is TICK]

    assert last == [TICK]


def test_an_error_in_what_never_follows_stays_unseen() -> None:
    def error() -> Process:
        raise ZeroDivisionError

    never = Sequential(Parallel((cell("a"), cell("b")), NONE), Lazy(error))
    once = Sequential(both("a", "b"), Lazy(error))

    assert len(Compiler().machine(never).components) == 3
    assert check(DeadlockFree(never)).verdict is Verdict.HOLDS
    with pytest.raises(ZeroDivisionError):
        check(DeadlockFree(once))


def test_counterexamples_name_what_the_components_did() -> None:
    process = do("x", then=Sequential(both("a", "b"), do("c")))
    shown = check(Refines(do("x", "a"), Model.T, process)).counterexample

    assert shown is not None
    assert shown.trace == ("x",)
    assert [step.moves for step in shown.steps] == [("x", None, None)]
    assert len(shown.components) == 3


def test_equal_components_share_their_table() -> None:
    crowd = Parallel(tuple(cell("a") for _ in range(1)) * 100, NONE)
    process = Parallel((crowd, do("x", then=Sequential(crowd, STOP))), NONE)
    machine = Compiler().machine(process)

    assert len(machine.components) == 201
    assert len({id(component) for component in machine.components}) == 3
