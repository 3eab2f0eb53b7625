"""Single transitions derived, against all that the firing rules list."""

from __future__ import annotations

from random import Random

from strategies import Generator, random_process, show

from cospec.checker.derivation import Derivation
from cospec.checker.embed import canonical
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    OMEGA,
    STOP,
    AlphabetisedParallel,
    Hide,
    Parallel,
    Prefix,
    Process,
    Project,
    Relation,
    Rename,
    UnguardedRecursion,
)

#: So many states of each process are tried with one another.
MOST_STATES = 25


def static(random: Random, depth: int) -> Process:
    """A random process with parallel operators, hiding and renaming at the top."""
    generator = Generator(random.randrange)
    if not depth:
        return random_process(random, 4)
    inner = [static(random, depth - 1) for _ in range(random.choice([2, 2, 3]))]
    match random.randrange(6):
        case 0 | 1:
            return Parallel(tuple(inner), generator.events())
        case 2:
            return AlphabetisedParallel(tuple(inner), tuple(generator.events() for _ in inner))
        case 3:
            return Hide(inner[0], generator.events())
        case 4:
            return Project(inner[0], generator.events())
        case _:
            pairs = frozenset((generator.event(), generator.event()) for _ in range(3))
            return Rename(inner[0], Relation(pairs))


def test_what_is_derived_is_what_the_rules_list(seed: int, pairs: int) -> None:
    derived = listed = 0
    for number in range(seed * 1_000_003, seed * 1_000_003 + pairs):
        process = canonical(static(Random(number), 2))
        rules = FiringRules(process)
        derivation = Derivation(rules, canonical)
        states, moves = [process], {}
        try:
            for state in states:
                if state not in moves and len(moves) < MOST_STATES:
                    moves[state] = [(e, canonical(after)) for e, after in rules.transitions(state)]
                    states += [after for _, after in moves[state]]
        except (RecursionError, UnguardedRecursion):
            continue
        for before, possible in moves.items():
            for behind in dict.fromkeys(states[: 4 * MOST_STATES]):
                for event in ("a", "b", "c", TAU, TICK):
                    found = derivation.leads(before, event, behind)
                    expected = (event, behind) in possible
                    assert expected or not found, f"seed {number}: {show(before)} {event}"
                    if before != behind and event is not TICK:
                        derived, listed = derived + found, listed + expected
    assert derived > 0.9 * listed > 0


def test_joint_termination_is_not_derived() -> None:
    ended = Parallel((OMEGA, OMEGA), frozenset())
    assert not Derivation(FiringRules(ended), canonical).leads(ended, TICK, ended)


def test_a_part_is_not_derived_to_move_with_another() -> None:
    do = Prefix([("a", STOP)])
    before, behind = Parallel((do, do), frozenset()), Parallel((STOP, STOP), frozenset())
    derivation = Derivation(FiringRules(before), canonical)
    assert not derivation.leads(before, "a", behind)
    assert derivation.leads(before, "a", Parallel((STOP, do), frozenset()))
    together = Parallel((do, do), frozenset("a"))
    assert derivation.leads(together, "a", Parallel((STOP, STOP), frozenset("a")))
    assert not derivation.leads(together, "a", Parallel((STOP, do), frozenset("a")))
