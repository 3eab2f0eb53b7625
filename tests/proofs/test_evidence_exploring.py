"""Evidence by exploring, on models small enough to be seen through."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import z3

from cospec.checker.exploration import Run
from cospec.checker.linearizability import Call, Return, Specification
from cospec.models.model import (
    Act,
    ModelSystem,
    action,
    final,
    invariant,
    require,
    transition_invariant,
)
from cospec.proofs.evidence import (
    NotReplayed,
    confluent,
    deadlock_free,
    determined,
    each,
    independent,
    inductive,
    leading,
    linearizable,
    performed,
    stepwise,
)
from cospec.proofs.evidence.exploring import _treated_fairly
from cospec.proofs.register import Counterexample, Proof, Truth, Undecided

BOUNDS = "two counters up to 2"


@dataclass(frozen=True)
class Race:
    """Two clients that each add one to a counter, in two steps; `atomic` in one."""

    atomic: bool = False
    value: int = 0
    seen: tuple[int | None, int | None] = (None, None)
    done: frozenset[int] = frozenset()

    @action(client=(0, 1))
    def read(self, client: int) -> Race:
        """A client looks."""
        require(not self.atomic and self.seen[client] is None)
        seen = list(self.seen)
        seen[client] = self.value
        return replace(self, seen=(seen[0], seen[1]))

    @action(client=(0, 1))
    def write(self, client: int) -> Race:
        """And stores one more."""
        require(client not in self.done)
        before = self.value if self.atomic else self.seen[client]
        require(before is not None)
        assert before is not None
        return replace(self, value=before + 1, done=self.done | {client})

    @final
    def over(self) -> bool:
        """Both are done."""
        return len(self.done) == 2


def operations(event: object) -> Call | Return | None:
    assert isinstance(event, Act)
    (client,) = event.arguments
    return Call(client, "add") if event.name == "read" else Return(client, "done")


ADDING = Specification(0, lambda value, _: [("done", value + 1)], operations)


def wrong(found: Proof | Counterexample, length: int) -> Counterexample:
    assert isinstance(found, Counterexample)
    assert len(found.steps) == length, found.steps
    found.replay()
    return found


def test_runs_that_end_apart_are_both_shown() -> None:
    found = confluent(Race(), "the sum is the same", BOUNDS, lambda state: state.value)
    assert "and the other run" in wrong(found, 11).steps
    assert isinstance(confluent(Race(atomic=True), "the same", BOUNDS, lambda s: s.value), Proof)


def test_what_is_seen_decides_what_is_wanted_or_two_runs_show_that_it_does_not() -> None:
    found = determined(Race(), lambda s: s.value, lambda s: len(s.done), "the value tells", BOUNDS)
    wrong(found, 3 + 1 + 5)  # one client is done, or both are
    whole = determined(Race(), lambda s: s, lambda s: s.value, "the state tells", BOUNDS)
    assert isinstance(whole, Proof)


def test_a_step_that_breaks_a_property_is_the_last_one_shown() -> None:
    found = stepwise(Race(), lambda a, b: b.value <= a.value, "never more", BOUNDS)
    assert wrong(found, 3).steps[-1].startswith("write.0")
    assert isinstance(stepwise(Race(), lambda a, b: b.done >= a.done, "more", BOUNDS), Proof)


def test_an_end_that_the_model_allows_is_no_deadlock() -> None:
    assert isinstance(deadlock_free(Race(), "nothing is stuck", BOUNDS), Proof)


def test_a_lost_update_is_linearizable_only_as_long_as_nobody_can_tell() -> None:
    reading = Specification(0, lambda value, _: [(value, value + 1)], told)
    found = linearizable(Telling(), reading, "adding is atomic", BOUNDS)
    wrong(found, 5)
    atomic = Telling(atomic=True)
    assert isinstance(linearizable(atomic, reading, "adding is atomic", BOUNDS), Proof)


@dataclass(frozen=True)
class Telling:
    """As `Race`, and each client learns what the counter was before."""

    atomic: bool = False
    value: int = 0
    seen: tuple[int, int] = (-1, -1)
    done: frozenset[int] = frozenset()

    @action(client=(0, 1))
    def read(self, client: int) -> Telling:
        """A client looks; if that is to be atomic, nobody else is at it."""
        busy = [n for n in (0, 1) if self.seen[n] >= 0 and n not in self.done]
        require(self.seen[client] < 0 and not (self.atomic and busy))
        seen = list(self.seen)
        seen[client] = self.value
        return replace(self, seen=(seen[0], seen[1]))

    @action(client=(0, 1), value=lambda state: sorted({*state.seen}))
    def write(self, client: int, value: int) -> Telling:
        """It stores one more."""
        require(client not in self.done and self.seen[client] == value >= 0)
        return replace(self, value=value + 1, done=self.done | {client})


def told(event: object) -> Call | Return | None:
    assert isinstance(event, Act)
    client = event.arguments[0]
    return Call(client, "add") if event.name == "read" else Return(client, event.arguments[1])


@dataclass(frozen=True)
class Lamp:
    """A lamp that is switched on and off, and at last, in fairness, breaks."""

    fair: bool = True
    on: bool = False
    broken: bool = False

    @action
    def switch(self) -> Lamp:
        """On and off."""
        require(not self.broken)
        return replace(self, on=not self.on)

    @action(fair=True)
    def fail(self) -> Lamp:
        """For good."""
        require(not self.broken and (self.on or self.fair))
        return replace(self, broken=True)


def test_what_stays_possible_happens_and_what_does_not_need_not() -> None:
    assert isinstance(leading(Lamp(), lambda s: s.broken, "it breaks", "one lamp"), Proof)
    found = leading(Lamp(fair=False), lambda s: s.broken, "it breaks", "one lamp")
    assert wrong(found, 3).steps[-1] == "switch → for ever: as at the start"
    found = leading(Lamp(), lambda s: s.on, "on again", "one lamp", trigger=lambda s: s.broken)
    wrong(found, 2)


def test_a_loop_that_treats_an_action_unfairly_is_not_replayed() -> None:
    lamp = Lamp()
    run = Run((lamp, replace(lamp, on=True)), (Act("switch"), Act("switch")), loop=0)
    assert performed(lamp, run) == lamp
    with pytest.raises(NotReplayed, match="fail stays possible"):
        _treated_fairly(ModelSystem(lamp), run, lambda event: str(event) == "fail")


def test_cases_are_counted_and_the_first_bad_one_is_shown() -> None:
    found = each(range(5), lambda n: n < 9, "small", "numbers below 5")
    assert isinstance(found, Proof)
    assert found.states == 5
    bad = wrong(each(range(5), lambda n: n < 3, "small", "numbers below 5"), 1)
    assert (bad.steps, bad.states) == (("3",), 4)
    with pytest.raises(Undecided, match="no case"):
        each([], bool, "nothing", "no numbers")


def test_a_statement_with_undefined_names_says_nothing_unless_its_form_decides() -> None:
    thing = z3.DeclareSort("Thing")
    atomic = z3.Function("atomic", thing, z3.BoolSort())
    x = z3.Const("x", thing)
    found = independent(z3.ForAll([x], atomic(x)), "`atomic` is not defined")
    assert found.verdict is Truth.VACUOUS
    with pytest.raises(Undecided, match="holds whatever"):
        independent(z3.ForAll([x], z3.Or(atomic(x), z3.Not(atomic(x)))), "`atomic`")


@dataclass(frozen=True)
class Counter:
    """Counts up, to a limit if it is `guarded`."""

    guarded: bool = True
    limit: int = 3
    value: int = 0

    @action
    def count(self) -> Counter:
        """One more."""
        require(not self.guarded or self.value < self.limit)
        return replace(self, value=self.value + 1)

    @invariant
    def limited(self) -> bool:
        """Never beyond."""
        return self.value <= self.limit

    @transition_invariant
    def grows(self, after: Counter) -> bool:
        """Never down."""
        return after.value > self.value


def test_invariants_are_proved_for_all_sizes_or_refuted_by_a_run() -> None:
    def positive(state: Counter) -> bool:
        return state.limit >= 0

    for name in ("limited", "grows"):
        found = inductive(Counter(), name, "as it says", ["limit"], positive)
        assert isinstance(found, Proof)
    wrong(inductive(Counter(guarded=False), "limited", "never beyond", ["limit"], positive), 2)
