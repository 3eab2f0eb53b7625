"""Models as processes, beside processes of scripts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from cospec.checker.check import check
from cospec.checker.verdict import Verdict
from cospec.models.composition import process_of
from cospec.models.model import Act, action, final, require
from cospec.proofs.explored import explore
from cospec.spec.semantics.claims import DeadlockFree, Model, Refines
from cospec.spec.semantics.process import Hide, Parallel, Process
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.session import Session


@dataclass(frozen=True)
class Channel:
    """A channel of bounded capacity; as some have it, it takes one value too many."""

    capacity: int
    greedy: bool = False
    queue: tuple[int, ...] = ()

    @action(value=(0, 1))
    def put(self, value: int) -> Channel:
        require(len(self.queue) < self.capacity + self.greedy)
        return replace(self, queue=(*self.queue, value))

    @action(value=(0, 1))
    def get(self, value: int) -> Channel:
        require(self.queue and self.queue[0] == value)
        return replace(self, queue=self.queue[1:])


SCRIPT = """
channel put, get : {0, 1}
BUFF(n) = LIST(n, <>)
LIST(n, s) = #s < n & put?x -> LIST(n, s^<x>) [] #s > 0 & get!head(s) -> LIST(n, tail(s))
READER = get?x -> READER
"""


@pytest.fixture(scope="module")
def script() -> Session:
    return Session.of_text(SCRIPT)


def in_script(script: Session, model: object) -> Process:
    return process_of(model, event=lambda act: script.event(str(act)))


@pytest.mark.parametrize("capacity", [1, 2, 3])
@pytest.mark.parametrize("model", [Model.T, Model.F, Model.FD])
def test_a_channel_refines_its_specification_and_the_other_way_round(
    script: Session, capacity: int, model: Model
) -> None:
    specification = script.process(f"BUFF({capacity})")
    channel = in_script(script, Channel(capacity))
    assert check(Refines(specification, model, channel)).verdict is Verdict.HOLDS
    assert check(Refines(channel, model, specification)).verdict is Verdict.HOLDS


def test_one_value_too_many_is_found(script: Session) -> None:
    greedy = in_script(script, Channel(2, greedy=True))
    outcome = check(Refines(script.process("BUFF(2)"), Model.T, greedy))
    assert outcome.verdict is Verdict.FAILS
    assert outcome.counterexample is not None
    assert [str(step.event) for step in outcome.counterexample.steps] == ["put.0", "put.0"]
    assert str(outcome.counterexample.event) == "put.0"


def test_a_model_runs_beside_a_process_of_the_script(script: Session) -> None:
    shared = frozenset(script.event(f"get.{x}") for x in (0, 1))
    together = Parallel((in_script(script, Channel(2)), script.process("READER")), shared)
    assert check(DeadlockFree(together)).verdict is Verdict.HOLDS
    alone = script.process("READER")
    stuck = Parallel((in_script(script, Channel(0)), alone), shared)
    assert check(DeadlockFree(stuck)).verdict is Verdict.FAILS


def test_actions_can_be_hidden() -> None:
    puts = frozenset({Act("put", (0,)), Act("put", (1,))})
    outcome = check(DeadlockFree(Hide(process_of(Channel(2)), puts)))
    assert outcome.verdict is Verdict.HOLDS


def test_as_many_states_are_met_as_by_exploring() -> None:
    model = Channel(3)
    assert check(DeadlockFree(process_of(model))).states == len(explore(model).exploration.states)


def test_several_starts_are_an_internal_choice() -> None:
    either = process_of(Channel(0), Channel(1))
    assert check(DeadlockFree(either)).verdict is Verdict.FAILS
    assert check(Refines(process_of(Channel(1)), Model.T, either)).verdict is Verdict.HOLDS


def test_an_end_is_termination_where_the_model_may_end() -> None:
    @dataclass(frozen=True)
    class Job:
        steps: int

        @action
        def step(self) -> Job:
            require(self.steps > 0)
            return replace(self, steps=self.steps - 1)

        @final
        def done(self) -> bool:
            return self.steps == 0

    @dataclass(frozen=True)
    class Broken(Job):
        @final
        def done(self) -> bool:
            return False

    def ends_well(job: Job) -> Verdict:
        return check(DeadlockFree(process_of(job), ending_allowed=True)).verdict

    assert ends_well(Job(2)) is Verdict.HOLDS
    assert ends_well(Broken(2)) is Verdict.FAILS
    assert check(DeadlockFree(process_of(Job(2)))).verdict is Verdict.FAILS


def test_an_action_without_a_channel_is_an_error(script: Session) -> None:
    with pytest.raises(ScriptError, match="not defined"):
        check(DeadlockFree(process_of(Channel(1), event=lambda act: script.event(f"x{act}"))))
    with pytest.raises(ScriptError, match="not a complete event"):
        script.event("put")
