"""Invariants proved for all values of the parameters, refuted, and left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

import pytest

from cospec.checker.exploration import Answer
from cospec.checker.verdict import Verdict
from cospec.models.model import (
    ModelError,
    ModelSystem,
    action,
    integers,
    invariant,
    require,
    transition_invariant,
)
from cospec.proofs.explored import explore
from cospec.proofs.induction import prove


@dataclass(frozen=True)
class Channel:
    """A first-in first-out channel of any capacity."""

    capacity: int = 1
    queue: tuple[int, ...] = ()
    sent: int = 0
    received: int = 0
    guarded: bool = True

    @action(value=integers())
    def send(self, value: int) -> Channel:
        require(not self.guarded or len(self.queue) < self.capacity)
        return replace(self, queue=self.queue + (value,), sent=self.sent + 1)

    @action
    def receive(self) -> Channel:
        require(self.queue)
        return replace(self, queue=self.queue[1:], received=self.received + 1)

    @invariant
    def bounded(self) -> bool:
        return len(self.queue) <= self.capacity

    @invariant
    def nothing_lost(self) -> bool:
        return self.sent == self.received + len(self.queue)

    @transition_invariant
    def first_in_first_out(self, after: Channel) -> bool:
        if after.received > self.received:
            return after.queue == self.queue[1:]
        return after.queue[: len(self.queue)] == self.queue


def positive(state: Channel) -> bool:
    return state.capacity >= 1


def test_a_channel_is_safe_for_every_capacity() -> None:
    found = prove(Channel(), parameters=["capacity"], where=positive)
    assert found.holds
    assert str(found) == (
        "✔ bounded: holds (by induction)\n"
        "✔ nothing_lost: holds (by induction)\n"
        "✔ first_in_first_out: holds (by induction)"
    )


def test_what_is_not_assumed_is_not_proved() -> None:
    """Without the constraint a channel of capacity -1 is full of less than nothing."""
    answer = prove(Channel(), parameters=["capacity"]).answers["bounded"]
    assert answer.verdict is Verdict.FAILS
    assert answer.run is not None
    assert answer.run.events == ()
    assert answer.run.states[0].capacity < 0


def performed(start: object, answer: Answer[object]) -> bool:
    """Whether the model itself can take the run of an answer."""
    run = answer.run
    assert run is not None
    system = ModelSystem(start)
    return all(
        (event, after) in list(system.transitions(before))
        for (before, after), event in zip(pairwise(run.states), run.events, strict=True)
    )


def test_a_missing_guard_gives_a_run_from_the_start() -> None:
    found = prove(Channel(guarded=False), parameters=["capacity"], where=lambda s: s.capacity >= 3)
    answer = found.answers["bounded"]
    assert answer.verdict is Verdict.FAILS
    assert answer.run is not None
    assert answer.run.states[0].queue == ()
    assert answer.run.states[0].capacity == 3
    assert len(answer.run.events) == 4
    last = answer.run.states[-1]
    assert type(last.queue) is tuple
    assert len(last.queue) == 4
    assert found.answers["nothing_lost"].verdict is Verdict.HOLDS


@dataclass(frozen=True)
class Steps:
    """Counts in steps of two; that it is never odd says nothing of any other even number."""

    value: int = 0

    @action
    def step(self) -> Steps:
        return Steps(self.value + 2)

    @invariant
    def never_seven(self) -> bool:
        return self.value != 7

    @transition_invariant
    def not_from_five(self, after: Steps) -> bool:
        return self.value != 5


def test_what_is_true_but_not_inductive_is_unknown_and_shows_the_step() -> None:
    answer = prove(Steps()).answers["never_seven"]
    assert answer.verdict is Verdict.UNKNOWN
    assert "not inductive" in answer.reason
    assert "nothing says that its first state can be reached" in answer.reason
    assert answer.run is not None
    assert [state.value for state in answer.run.states] == [5, 7]
    assert performed(Steps(), answer)


def test_a_step_that_may_be_unreachable_refutes_no_transition_invariant() -> None:
    answer = prove(Steps()).answers["not_from_five"]
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.run is not None
    assert [state.value for state in answer.run.states] == [5, 7]


def test_another_invariant_makes_it_inductive() -> None:
    class Even(Steps):
        @invariant
        def even(self) -> bool:
            return self.value % 2 == 0

        @action
        def step(self) -> Steps:
            return replace(self, value=self.value + 2)

    assert prove(Even()).holds


@dataclass(frozen=True)
class Ring:
    """A walk 0, 1, 2 and back to 0, and elsewhere from 4 to 5 and on to 6."""

    place: int = 0

    @action
    def step(self) -> Ring:
        if self.place in (0, 1, 4, 5):
            return Ring(self.place + 1)
        require(self.place == 2)
        return Ring(0)

    @invariant
    def never_six(self) -> bool:
        return self.place != 6


def test_two_states_in_a_row_prove_what_one_does_not() -> None:
    """Before 6 comes 5, and before that 4, before which there is nothing."""
    assert prove(Ring()).answers["never_six"].verdict is Verdict.UNKNOWN
    assert prove(Ring(), induction=2).answers["never_six"].verdict is Verdict.UNKNOWN
    answer = prove(Ring(), induction=3).answers["never_six"]
    assert (answer.verdict, answer.reason) == (Verdict.HOLDS, "by 3-induction")
    assert explore(Ring()).answers["never_six"].verdict is Verdict.HOLDS


def test_bounded_model_checking_alone_proves_nothing_that_goes_on() -> None:
    answer = prove(Ring(), induction=0, depth=5).answers["never_six"]
    assert answer == Answer(Verdict.UNKNOWN, reason="no counterexample within 5 steps")
    assert prove(Ring(4), induction=0, depth=1).answers["never_six"].verdict is Verdict.UNKNOWN
    assert prove(Ring(4), induction=0, depth=2).answers["never_six"].verdict is Verdict.FAILS


def test_invariants_that_need_a_false_one_are_not_proved_by_it() -> None:
    @dataclass(frozen=True)
    class Leaning:
        one: int = 0
        other: int = 0

        @action
        def grow(self) -> Leaning:
            return Leaning(self.one + 1, self.other + (1 if self.one > 20 else 0))

        @invariant
        def wrong(self) -> bool:
            return self.one <= 20

        @invariant
        def leans_on_it(self) -> bool:
            return self.other == 0

    found = prove(Leaning())
    assert {answer.verdict for answer in found.answers.values()} == {Verdict.UNKNOWN}
    deep = prove(Leaning(), depth=22)
    assert {answer.verdict for answer in deep.answers.values()} == {Verdict.FAILS}


def test_runs_that_end_are_seen_whole() -> None:
    @dataclass(frozen=True)
    class Short:
        left: int = 3
        odd: int = 1

        @action
        def step(self) -> Short:
            require(self.left > 0 and self.odd != 3)
            return Short(self.left - 1, self.odd * 5)

        @invariant
        def not_two(self) -> bool:
            return self.odd != 10

    answer = prove(Short(), induction=0).answers["not_two"]
    assert (answer.verdict, answer.reason) == (Verdict.HOLDS, "no run has more than 3 steps")


class Phase(Enum):
    """Where a lease is."""

    FREE = "free"
    HELD = "held"


@dataclass(frozen=True)
class Lease:
    """A lock whose writers are a set, which has no symbolic form: its values are listed."""

    length: int = 2
    phase: Phase = Phase.FREE
    holder: int | None = None
    left: int = 0
    writing: frozenset[int] = frozenset()
    fenced: bool = True

    @action(client=(1, 2))
    def acquire(self, client: int) -> Lease:
        require(self.phase is Phase.FREE)
        writing = self.writing | {client}
        return replace(self, phase=Phase.HELD, holder=client, left=self.length, writing=writing)

    @action
    def tick(self) -> Lease:
        require(self.left > 0)
        if self.left > 1:
            return replace(self, left=self.left - 1)
        writing: frozenset[int] = frozenset() if self.fenced else self.writing
        return replace(self, phase=Phase.FREE, holder=None, left=0, writing=writing)

    @invariant
    def one_writer(self) -> bool:
        return len(self.writing) <= 1

    @invariant
    def free_means_unwritten(self) -> bool:
        return self.phase is not Phase.FREE or not self.writing


SETS = [frozenset[int](), frozenset({1}), frozenset({2}), frozenset({1, 2})]


def test_a_fenced_lease_of_any_length_has_one_writer() -> None:
    found = prove(
        Lease(), parameters=["length"], where=lambda s: s.length > 0, among={"writing": SETS}
    )
    assert found.holds


def test_an_unfenced_lease_does_not() -> None:
    start = Lease(fenced=False)
    answer = prove(start, among={"writing": SETS}).answers["one_writer"]
    assert answer.verdict is Verdict.FAILS
    assert performed(start, answer)
    assert [str(event) for event in answer.run.events][1:3] == ["tick", "tick"]  # type: ignore[union-attr]


def test_values_that_are_not_listed_make_nothing_true() -> None:
    found = prove(Lease(), among={"writing": [frozenset(), frozenset({1})]})
    assert {answer.verdict for answer in found.answers.values()} == {Verdict.UNKNOWN}
    assert "not among those listed" in found.answers["one_writer"].reason


def test_an_action_that_raises_leaves_the_invariants_open() -> None:
    @dataclass(frozen=True)
    class Sharing:
        parts: int = 2

        @action
        def fewer(self) -> Sharing:
            return Sharing(self.parts - 1 + 0 // self.parts)

        @invariant
        def whole(self) -> bool:
            return self.parts < 3

    answer = prove(Sharing()).answers["whole"]
    assert answer.verdict is Verdict.UNKNOWN
    assert "raises an exception" in answer.reason
    assert answer.run is not None
    assert answer.run.states[-1] == Sharing(0)
    with pytest.raises(ZeroDivisionError):
        explore(Sharing())


def test_an_unbounded_parameter_cannot_be_explored() -> None:
    with pytest.raises(ModelError, match="cannot be explored: prove the model"):
        explore(Channel())


def test_a_field_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="no field `size`, only capacity, guarded"):
        prove(Channel(), parameters=["size"])


@pytest.mark.parametrize(
    "where",
    [lambda s: s.capacity > 5 and s.capacity < 4, lambda s: len(s.queue) > 0],
    ids=["contradictory", "not so at the start"],
)
def test_where_no_start_is_as_assumed_nothing_is_proved(where: Callable[[Channel], bool]) -> None:
    with pytest.raises(ModelError, match="no start"):
        prove(Channel(guarded=False), parameters=["capacity"], where=where)
