"""Models as Python classes: what exploring them shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from cospec.checker.verdict import Verdict
from cospec.models.model import (
    Act,
    ModelError,
    ModelSystem,
    action,
    eventually,
    final,
    invariant,
    leads_to,
    require,
    transition_invariant,
)
from cospec.proofs.explored import DEADLOCK_FREE, explore


@dataclass(frozen=True)
class LeaseLock:
    """A lock whose holder loses it when its lease is over; `fenced` makes it notice."""

    fenced: bool = False
    holder: int = 0
    left: int = 0
    writing: frozenset[int] = frozenset()

    @action(client=(1, 2))
    def acquire(self, client: int) -> LeaseLock:
        """A client takes the free lock and begins to write."""
        require(self.holder == 0)
        return replace(self, holder=client, left=2, writing=self.writing | {client})

    @action(fair=True)
    def tick(self) -> LeaseLock:
        """Time passes; at the end of its lease the lock is free again."""
        require(self.left > 0)
        if self.left > 1:
            return replace(self, left=self.left - 1)
        writing = self.writing - {self.holder} if self.fenced else self.writing
        return replace(self, holder=0, left=0, writing=writing)

    @action(fair=True, client=(1, 2))
    def finish(self, client: int) -> LeaseLock:
        """A client has written, and gives the lock back if it still has it."""
        require(client in self.writing)
        mine = self.holder == client
        free = {"holder": 0, "left": 0} if mine else {}
        return replace(self, writing=self.writing - {client}, **free)

    @invariant
    def one_writer(self) -> bool:
        """At most one client writes."""
        return len(self.writing) <= 1

    @leads_to(lambda state: state.holder != 0)
    def free_again(self) -> bool:
        """A lock that is held is free at last."""
        return self.holder == 0


def test_a_lease_without_a_fence_lets_two_clients_write() -> None:
    found = explore(LeaseLock())
    answer = found.answers["one_writer"]
    assert answer.verdict is Verdict.FAILS
    assert answer.run is not None
    assert [str(event) for event in answer.run.events] == ["acquire.1", "tick", "tick", "acquire.2"]
    assert answer.run.states[-1].writing == {1, 2}


def test_a_fence_repairs_the_lock() -> None:
    found = explore(LeaseLock(fenced=True))
    assert found.holds
    assert len(found.exploration.states) == 5
    assert list(found.answers) == [DEADLOCK_FREE, "one_writer", "free_again"]


def test_a_run_reads_step_by_step() -> None:
    run = explore(LeaseLock()).answers["one_writer"].run
    first = "LeaseLock(fenced=False, holder=0, left=0, writing=frozenset())"
    assert str(run).splitlines()[:2] == [f"      {first}", "   1  acquire.1"]


@dataclass(frozen=True)
class Counter:
    """Counts to a bound, and may turn back or stand still."""

    bound: int = 3
    value: int = 0
    turned: bool = False

    @action(fair=True)
    def up(self) -> Counter:
        require(self.value < self.bound and not self.turned)
        return replace(self, value=self.value + 1)

    @action
    def idle(self) -> Counter:
        require(self.value < self.bound)
        return self

    @action
    def turn(self) -> list[Counter]:
        require(self.bound > 3 and self.value == 2)
        return [replace(self, turned=True), replace(self, value=0)]

    @transition_invariant
    def never_falls(self, after: Counter) -> bool:
        return after.value >= self.value

    @eventually
    def arrives(self) -> bool:
        return self.value == self.bound

    @final
    def at_its_end(self) -> bool:
        return self.value == self.bound


def test_a_fair_action_that_stays_enabled_happens_at_last() -> None:
    assert explore(Counter()).holds


def test_an_action_may_lead_to_several_states() -> None:
    steps = ModelSystem(Counter(4)).transitions(Counter(4, 2))
    assert [(str(act), after.value, after.turned) for act, after in steps] == [
        ("up", 3, False), ("idle", 2, False), ("turn", 2, True), ("turn", 0, False),
    ]  # fmt: skip


def test_a_step_that_breaks_a_transition_invariant_is_the_last_of_the_run() -> None:
    answer = explore(Counter(4)).answers["never_falls"]
    assert answer.run is not None
    assert [str(event) for event in answer.run.events] == ["up", "up", "turn"]
    assert [state.value for state in answer.run.states] == [0, 1, 2, 0]


def test_a_run_that_goes_round_for_ever_shows_its_loop() -> None:
    answer = explore(Counter(4)).answers["arrives"]
    assert answer.verdict is Verdict.FAILS
    run = answer.run
    assert run is not None
    assert run.loop is not None
    assert len(run.events) == len(run.states)
    assert "and so on from step" in str(run)


@dataclass(frozen=True)
class Toggle:
    """Two switches; each step flips one."""

    left: bool = False
    right: bool = False

    @action(fair=True)
    def flip_left(self) -> Toggle:
        return replace(self, left=not self.left)

    @action(fair=True)
    def flip_right(self) -> Toggle:
        return replace(self, right=not self.right)

    @eventually
    def both(self) -> bool:
        return self.left and self.right


def test_fair_runs_may_still_avoid_a_goal() -> None:
    """Left on, left off, right on, right off: both happen again and again, never at once."""
    run = explore(Toggle()).answers["both"].run
    assert run is not None
    assert run.loop is not None
    round_trip = {str(event) for event in run.events[run.loop :]}
    assert round_trip == {"flip_left", "flip_right"}
    assert not any(state.left and state.right for state in run.states)


@dataclass(frozen=True)
class Stuck:
    """Ends where nobody expects it."""

    value: int = 0

    @action
    def step(self) -> Stuck:
        require(self.value < 2)
        return Stuck(self.value + 1)

    @eventually
    def far(self) -> bool:
        return self.value == 5


def test_an_end_that_is_not_final_is_a_deadlock_and_misses_the_goal() -> None:
    found = explore(Stuck())
    for name in (DEADLOCK_FREE, "far"):
        run = found.answers[name].run
        assert run is not None
        assert [state.value for state in run.states] == [0, 1, 2]
        assert run.loop is None


@dataclass(frozen=True)
class Endless:
    """Counts without end."""

    value: int = 0

    @action
    def step(self) -> Iterator[Endless]:
        yield Endless(self.value + 1)

    @invariant
    def small(self) -> bool:
        return self.value < 1000

    @invariant
    def natural(self) -> bool:
        return self.value >= 0


def test_what_a_budget_cuts_short_is_unknown_unless_it_fails() -> None:
    found = explore(Endless(), limit=2000)
    assert found.answers["natural"].verdict is Verdict.UNKNOWN
    assert found.answers["natural"].reason == "more than 2000 states"
    assert found.answers["small"].verdict is Verdict.FAILS
    assert explore(Endless(), seconds=0.05).answers["natural"].verdict is Verdict.UNKNOWN


def test_two_orders_with_different_ends_are_not_confluent() -> None:
    @dataclass(frozen=True)
    class Race:
        word: str = ""

        @action(letter=("a", "b"))
        def write(self, letter: str) -> Race:
            require(letter not in self.word)
            return Race(self.word + letter)

    answer, other = explore(Race()).exploration.confluent()
    assert answer.run is not None
    assert other is not None
    assert {answer.run.states[-1].word, other.states[-1].word} == {"ab", "ba"}
    assert explore(Stuck()).exploration.confluent()[0].verdict is Verdict.HOLDS


def test_mistakes_in_a_class_are_told() -> None:
    class Plain:
        @action
        def step(self) -> None: ...

    @dataclass(frozen=True)
    class Idle:
        value: int = 0

    @dataclass(frozen=True)
    class Forgetful:
        value: int = 0

        @action
        def step(self) -> None: ...

    with pytest.raises(ModelError, match="no frozen dataclass"):
        explore(Plain())
    with pytest.raises(ModelError, match="no action"):
        explore(Idle())
    with pytest.raises(ModelError, match="it has to return the state after it"):
        explore(Forgetful())


def test_an_event_is_written_like_one_of_a_script() -> None:
    assert str(Act("put", (1, True, "x"))) == "put.1.true.x"
    assert hash(Act("put", (1,))) == hash(Act("put", (1,)))
