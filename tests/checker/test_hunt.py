"""Stubborn sets and the hunt for deadlocks, against a walk through all states.

`pytest tests/checker/test_hunt.py --pairs 5000 --seed 7` tries more. A failure names the
seed of its composition, which the same seed gives again.
"""

from __future__ import annotations

from random import Random

import naive
import pytest
from strategies import EVENTS, Generator, show

from cospec.checker import hunt, stubborn
from cospec.checker.check import NOT_SHORTEST, check
from cospec.checker.compile import Compiler
from cospec.checker.convergence import converges
from cospec.checker.counterexample import Behaviour, Path
from cospec.checker.divergence import Unfinished
from cospec.checker.hunt import Hunt
from cospec.checker.machine import Machine
from cospec.checker.meter import Meter
from cospec.checker.replay import Replay
from cospec.checker.stubborn import StubbornSets
from cospec.checker.verdict import Kind, Verdict
from cospec.spec.semantics.claims import DeadlockFree, Model
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    DIV,
    SKIP,
    STOP,
    AlphabetisedParallel,
    Definition,
    ExternalChoice,
    Hide,
    InternalChoice,
    Parallel,
    Prefix,
    Process,
    Relation,
    Rename,
    UnguardedRecursion,
)

NONE: frozenset[str] = frozenset()


def crowd(random: Random, depth: int = 2) -> Process:
    """A random composition of components, some of them composed themselves, hidden or renamed."""
    generator = Generator(random.randrange)
    kind = random.randrange(8) if depth else 0
    operands = tuple(
        crowd(random, depth - 1)
        if depth and random.random() < 0.4
        else generator.process(random.randrange(6), (), ())
        for _ in range(random.choice([2, 2, 3, 4] if depth == 2 else [2, 2, 3]))
    )
    if kind < 3:
        return Parallel(operands, generator.events())
    if kind < 5:
        return AlphabetisedParallel(operands, tuple(generator.events() for _ in operands))
    if kind == 5:
        return Hide(crowd(random, depth - 1), generator.events())
    if kind == 6:
        pairs = frozenset((generator.event(), generator.event()) for _ in range(3))
        return Rename(crowd(random, depth - 1), Relation(pairs))
    return Parallel(operands, frozenset(EVENTS))


def network(random: Random) -> Process:
    """Some components that go round for ever by themselves: together they may be in a deadlock."""
    events = "abcdefgh"
    operands, alphabets = [], []
    for number in range(random.choice([2, 3, 3, 4, 4, 5])):
        own = random.sample(events, k=random.choice([1, 2, 2, 3]))
        count = random.choice([1, 2, 3, 4])
        name = Definition(f"C{number}", lambda: STOP)
        bodies = []
        for _ in range(count):
            heads = [
                (random.choice(own), name(random.randrange(count)))
                for _ in range(random.choice([1, 1, 1, 2, 2, 3]))
            ]
            body: Process = Prefix(heads)
            if random.random() < 0.1:
                body = InternalChoice((body, name(random.randrange(count))))
            elif random.random() < 0.05:
                body = ExternalChoice((body, SKIP))
            bodies.append(body)
        name.unfold = lambda state, bodies=bodies: bodies[state]
        operands.append(name(0))
        alphabets.append(frozenset(own))
    if random.random() < 0.5:
        return AlphabetisedParallel(tuple(operands), tuple(alphabets))
    half = random.randrange(1, len(operands))
    left = Parallel(tuple(operands[:half]), frozenset(random.sample(events, k=2)))
    right = Parallel(tuple(operands[half:]), frozenset(random.sample(events, k=2)))
    shared = frozenset(random.sample(events, k=5))
    return Hide(Parallel((left, right), shared), frozenset(random.sample(events, k=2)))


class TooLarge(Exception):
    """A composition is not small enough for the walk."""


class Walked:
    """All states of a composition, walked by the firing rules."""

    def __init__(self, process: Process) -> None:
        rules = FiringRules(process)
        try:
            states = naive.states(rules, 2_000)
            self.moves = {state: rules.transitions(state) for state in states}
        except (naive.TooLarge, RecursionError, UnguardedRecursion):
            raise TooLarge from None

    def deadlocks(self, ending_allowed: bool) -> bool:
        ended = {t for moves in self.moves.values() for event, t in moves if event is TICK}
        return any(
            not moves and not (ending_allowed and state in ended)
            for state, moves in self.moves.items()
        )

    def diverges(self) -> bool:
        left = {s: [t for e, t in moves if e is TAU] for s, moves in self.moves.items()}
        while True:
            stuck = [s for s, targets in left.items() if not any(t in left for t in targets)]
            if not stuck:
                return bool(left)
            for state in stuck:
                del left[state]


def compare(seed: int) -> int:
    """Asks everything of one composition; 1 if it was small enough."""
    random = Random(seed)
    process = crowd(random) if random.random() < 0.5 else network(random)
    try:
        walked = Walked(process)
    except TooLarge:
        return 0
    about = f"seed {seed}: {show(process)}"
    for ending_allowed in (False, True):
        dead = walked.deadlocks(ending_allowed)
        compiler = Compiler()
        machine = compiler.machine(process)
        found = Hunt(machine, ending_allowed, Meter()).run()
        assert (found is not None) is dead, about
        if found is not None:
            behaviour = Behaviour(Kind.DEADLOCK, Path(found.path, found.events), accepted=0)
            Replay(process, machine, compiler).check(behaviour)
        for model in (Model.F, Model.FD):
            claim = DeadlockFree(process, model, ending_allowed, depth_first=True)
            holds = not dead and (model is Model.F or not walked.diverges())
            outcome = check(claim)
            assert outcome.verdict is (Verdict.HOLDS if holds else Verdict.FAILS), about
    machine = Compiler().machine(process)
    if not StubbornSets(machine).open and converges(machine):
        assert not walked.diverges(), about
    return 1


def compare_deadlocks(seed: int) -> int:
    """Whether the moves of stubborn sets lead to all deadlocks; how much smaller the search was."""
    random = Random(seed)
    process = network(random) if random.random() < 0.8 else crowd(random)

    def explored(stubbornly: bool) -> tuple[set[Process], int]:
        machine = Compiler().machine(process)
        sets = StubbornSets(machine)
        waiting = list(machine.initial())
        found, dead = set(waiting), set[Process]()
        for state in waiting:
            if len(waiting) > 3_000:
                raise TooLarge
            if not machine.moves(state)[1]:
                dead.add(machine.term(state))
            moves = sets.moves(state) if stubbornly else machine.moves(state)[1]
            for _, target in moves or ():
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return dead, len(found)

    try:
        dead, states = explored(stubbornly=False)
    except (TooLarge, RecursionError, UnguardedRecursion):
        return 0
    reduced = explored(stubbornly=True)
    assert reduced[0] == dead, f"seed {seed}: {show(process)}"
    assert reduced[1] <= states
    return states - reduced[1]


def test_all_deadlocks_are_found(seed: int, pairs: int) -> None:
    first = seed * 1_000_081
    assert sum(map(compare_deadlocks, range(first, first + 5 * pairs)))


def test_all_deadlocks_are_found_among_components_that_are_not_known(
    seed: int, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stubborn, "LARGEST_COMPONENT", 4)
    first = seed * 1_000_099
    assert sum(map(compare_deadlocks, range(first, first + 5 * pairs)))


def compare_from(first: int, pairs: int) -> None:
    assert sum(map(compare, range(first, first + pairs)))


def test_random_compositions(seed: int, pairs: int) -> None:
    compare_from(seed * 1_000_003, pairs)


def test_random_compositions_of_components_that_are_not_known(
    seed: int, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stubborn, "LARGEST_COMPONENT", 4)
    compare_from(seed * 1_000_033, pairs // 3)


def test_random_compositions_with_many_new_beginnings(
    seed: int, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hunt, "FIRST_LIMIT", 2)
    monkeypatch.setattr(hunt, "METER_INTERVAL", 1)
    monkeypatch.setattr(stubborn, "PATIENCE", 1)
    compare_from(seed * 1_000_037, pairs // 3)


def philosophers(count: int, one_is_left_handed: bool) -> Process:
    """Each takes the fork of his own number first; one may be the other way round."""

    def sitting(i: int) -> Process:
        mine, other = ("fork", i), ("fork", (i + 1) % count)
        first, second = (other, mine) if one_is_left_handed and i == 0 else (mine, other)
        eaten = Prefix([((*mine, "down", i), Prefix([((*other, "down", i), guest(i))]))])
        return Prefix([((*first, "up", i), Prefix([((*second, "up", i), eaten)]))])

    def lying(i: int) -> Process:
        return Prefix(
            [
                (("fork", i, "up", user), Prefix([(("fork", i, "down", user), fork(i))]))
                for user in (i, (i - 1) % count)
            ]
        )

    guest, fork = Definition("Guest", sitting), Definition("Fork", lying)
    hands = [
        frozenset(("fork", f, move, i) for f in (i, (i + 1) % count) for move in ("up", "down"))
        for i in range(count)
    ]
    places = [
        frozenset(("fork", f, move, i) for i in (f, (f - 1) % count) for move in ("up", "down"))
        for f in range(count)
    ]
    parts = (*map(guest, range(count)), *map(fork, range(count)))
    return AlphabetisedParallel(parts, (*hands, *places))


def test_a_hundred_philosophers_are_stuck() -> None:
    process = philosophers(100, one_is_left_handed=False)
    outcome = check(DeadlockFree(process, depth_first=True))
    assert outcome.verdict is Verdict.FAILS
    assert outcome.counterexample is not None
    assert len(outcome.counterexample.steps) == 100
    assert outcome.reason == NOT_SHORTEST


@pytest.mark.parametrize("measure", ["LARGE", "LONG"])
@pytest.mark.parametrize("one_is_left_handed", [False, True])
def test_a_large_check_goes_hunting_by_itself(
    one_is_left_handed: bool, measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = DeadlockFree(philosophers(10 if one_is_left_handed else 20, one_is_left_handed))
    monkeypatch.setattr("cospec.checker.check.SMALL", 1_000)
    monkeypatch.setattr(f"cospec.checker.check.{measure}", 3_000)
    outcome = check(claim)
    assert outcome.verdict is (Verdict.HOLDS if one_is_left_handed else Verdict.FAILS)
    assert outcome.reason == ("" if one_is_left_handed else NOT_SHORTEST)
    assert outcome.states < 3_000
    assert outcome.bytes_per_state is None


def test_an_exhaustive_check_takes_no_short_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that its count is that of the whole space, as it is without any limit."""
    claim = DeadlockFree(philosophers(8, one_is_left_handed=True))
    whole = check(claim)
    monkeypatch.setattr("cospec.checker.check.SMALL", 1_000)
    monkeypatch.setattr("cospec.checker.check.LARGE", 3_000)
    assert check(claim).states < whole.states
    exhaustive = check(claim, exhaustive=True)
    assert exhaustive.verdict is whole.verdict is Verdict.HOLDS
    assert (exhaustive.states, exhaustive.transitions) == (whole.states, whole.transitions)


def test_the_reduced_space_is_searched_to_its_end() -> None:
    full = check(DeadlockFree(philosophers(5, one_is_left_handed=True)))
    reduced = check(DeadlockFree(philosophers(5, one_is_left_handed=True), depth_first=True))
    assert full.verdict is reduced.verdict is Verdict.HOLDS
    assert reduced.states < full.states


def test_what_changes_nothing_is_no_way_out_but_no_deadlock() -> None:
    ticking = Definition("Ticking", lambda: Prefix([("a", ticking())]))
    process = Parallel((ticking(), STOP), NONE)
    outcome = check(DeadlockFree(process, Model.F, depth_first=True))
    assert (outcome.verdict, outcome.states) == (Verdict.HOLDS, 1)


def test_divergence_is_not_overlooked() -> None:
    for process in (DIV, Parallel((DIV, Prefix([("a", STOP)])), NONE)):
        claim = DeadlockFree(process, Model.FD, depth_first=True)
        shown = check(claim).counterexample
        assert shown is not None
        assert shown.kind is Kind.DIVERGENCE
    talk = Definition("Talk", lambda: Prefix([("a", Prefix([("b", talk())]))]))
    silent = Hide(Parallel((talk(), talk()), frozenset("ab")), frozenset("ab"))
    assert not converges(known(silent))
    heard = Hide(Parallel((talk(), talk()), frozenset("ab")), frozenset("a"))
    assert converges(known(heard))


def known(process: Process) -> Machine:
    """A machine all of whose rules were made."""
    machine = Compiler().machine(process)
    assert not StubbornSets(machine).open
    return machine


def test_a_component_that_fails_where_the_whole_never_comes_is_open() -> None:
    def mistaken() -> Process:
        raise ValueError("the head of an empty sequence")

    wrong = Definition("Wrong", mistaken)
    risky = Prefix([("a", STOP), ("b", Prefix([("c", wrong())]))])
    machine = Compiler().machine(Parallel((risky, Prefix([("a", STOP)])), frozenset("ab")))
    assert StubbornSets(machine).open == (0,)
    assert Hunt(machine, False, Meter()).run() is not None


def test_a_hunt_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hunt, "FIRST_LIMIT", 4)
    monkeypatch.setattr(hunt, "METER_INTERVAL", 1)
    live = Compiler().machine(philosophers(6, one_is_left_handed=True))
    with pytest.raises(Unfinished):
        Hunt(live, False, Meter()).run(limit=30)
    assert Hunt(live, False, Meter()).run() is None
