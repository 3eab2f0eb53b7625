"""The saga orchestrator in z3: an execution, with any number of steps and of faults.

What is remembered is an array over the numbers of the steps, and so are the effects: a theorem
on all steps is proved for one that may be any (`other`), beside the one that is called. The
switches are those of `cospec.models.saga_orchestrator`; no two steps have the same name, and no
fault has a budget. The state is what concerns the keys of one execution; where the log begins anew
with the next one, that follows. That both say the same is tested on all states of small sagas.

`work` is what remains to be done if nothing else goes wrong: each step of the orchestrator makes it
less, so that after the last fault there are only so many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import z3

from cospec.models.saga_orchestrator import Orchestrator, Phase, Stage

PHASE, _PHASES = z3.EnumSort("SagaPhase", [each.name for each in Phase])
STAGE, _STAGES = z3.EnumSort("SagaStage", [each.name for each in Stage])
PHASES = dict(zip(Phase, _PHASES, strict=True))
STAGES = dict(zip(Stage, _STAGES, strict=True))

FORWARD, BACKWARD, COMPLETED, FAILED = _PHASES
IDLE, LATE, ANSWERED = _STAGES

#: How many steps the saga has, and the number of any of them.
steps = z3.Int("steps")
other = z3.Int("other")
#: The request that arrives late.
arriving = z3.Int("arriving")

NEVER = z3.IntVal(-1)


@dataclass(frozen=True, slots=True)
class State:
    """Any state; steps are numbered from 0.

    Attributes:
        phase: what `execute` is doing.
        stage: how far the present call has come.
        up: whether the orchestrator runs.
        run: the number of the execution.
        size: how many steps are remembered.
        owner: of each step that is remembered, the execution that it belongs to.
        intended: whether the last of these has only been intended.
        cursor: how many of these are still to be compensated.
        effect: of each step, how often it was performed less how often it was undone.
        tomb: of each step, whether it can be performed no more.
        late: of each step, whether a request may still arrive.
        given_up: whether a compensation has failed for good, if that is reported.
        stuck: of each step, whether it is reported that its compensation has.
        asked: how many compensations were asked for.
        when: of each step, how many were asked for before its own was, the last time; `NEVER` if
            it was not.
    """

    phase: Any
    stage: Any
    up: Any
    run: Any
    size: Any
    owner: Any
    intended: Any
    cursor: Any
    effect: Any
    tomb: Any
    late: Any
    given_up: Any
    stuck: Any
    asked: Any
    when: Any


@dataclass(frozen=True, slots=True)
class Step:
    """Something that may happen: when, and what there is after it."""

    name: str
    enabled: Any
    after: State
    #: Whether the orchestrator does it, or a service that works; else it is a fault or the
    #: arrival of a late request, of which there are no more than faults.
    wanted: bool = False


def _array(name: str, sort: Any) -> Any:
    return z3.Array(name, z3.IntSort(), sort)


#: Any state at all.
STATE = State(
    z3.Const("phase", PHASE),
    z3.Const("stage", STAGE),
    z3.Bool("up"),
    z3.Int("run"),
    z3.Int("size"),
    _array("owner", z3.IntSort()),
    z3.Bool("intended"),
    z3.Int("cursor"),
    _array("effect", z3.IntSort()),
    _array("tomb", z3.BoolSort()),
    _array("late", z3.BoolSort()),
    z3.Bool("given_up"),
    _array("stuck", z3.BoolSort()),
    z3.Int("asked"),
    _array("when", z3.IntSort()),
)

_NONE, _NO = z3.K(z3.IntSort(), z3.IntVal(0)), z3.K(z3.IntSort(), z3.BoolVal(False))


def beginning(run: Any) -> State:
    """Where an execution begins."""
    return State(
        phase=FORWARD,
        stage=IDLE,
        up=z3.BoolVal(True),
        run=run,
        size=z3.IntVal(0),
        owner=_NONE,
        intended=z3.BoolVal(False),
        cursor=z3.IntVal(0),
        effect=_NONE,
        tomb=_NO,
        late=_NO,
        given_up=z3.BoolVal(False),
        stuck=_NO,
        asked=z3.IntVal(0),
        when=z3.K(z3.IntSort(), NEVER),
    )


#: Where the first execution begins.
START = beginning(z3.IntVal(1))


def chosen(condition: Any, one: State, two: State) -> State:
    """One state if a condition holds, and else another."""
    pairs = ((getattr(one, name), getattr(two, name)) for name in State.__slots__)
    return State(*(a if a is b else z3.If(condition, a, b) for a, b in pairs))


def finished(state: State) -> Any:
    """Whether `execute` has returned."""
    return z3.Or(state.phase == COMPLETED, state.phase == FAILED)


def calling(state: State) -> Any:
    """The step that is called: the next one, or the last one not yet compensated."""
    forward = state.size - z3.If(state.intended, 1, 0)
    return z3.If(state.phase == FORWARD, forward, state.cursor - 1)


def all_done(state: State, step: Any) -> Any:
    """That a step is done, once, where `execute` has returned Ok."""
    return z3.Implies(state.phase == COMPLETED, state.effect[step] == 1)


def all_undone(state: State, step: Any) -> Any:
    """That a step is not done where `execute` has returned an error and no more than that."""
    plainly = z3.And(state.phase == FAILED, z3.Not(state.given_up))
    return z3.Implies(plainly, state.effect[step] == 0)


def _failing(state: State) -> State:
    phase = z3.If(state.size > 0, BACKWARD, FAILED)
    return replace(state, phase=phase, stage=IDLE, cursor=state.size)


def _next(state: State) -> State:
    phase = z3.If(state.cursor > 1, BACKWARD, FAILED)
    return replace(state, phase=phase, stage=IDLE, cursor=state.cursor - 1)


def _performed(design: Orchestrator, state: State, step: Any) -> State:
    known = state.effect[step] > 0 if design.keyed else z3.BoolVal(False)
    changed = z3.Store(state.effect, step, state.effect[step] + 1)
    return replace(state, effect=z3.If(z3.Or(state.tomb[step], known), state.effect, changed))


def _asking(state: State) -> State:
    when = z3.Store(state.when, calling(state), state.asked)
    return replace(state, asked=state.asked + 1, when=when)


def steps_of(design: Orchestrator, state: State = STATE) -> list[Step]:
    """What may happen in a state, for the switches of a model."""
    step = calling(state)
    forward, backward = state.phase == FORWARD, state.phase == BACKWARD
    idle = z3.And(state.up, state.stage == IDLE)
    answered = z3.And(state.up, state.stage == ANSWERED)
    called = state.intended if design.intending else z3.BoolVal(True)

    def not_undone(after: State) -> State:
        if design.retrying:
            return replace(after, stage=IDLE)
        if not design.reporting:
            return _next(after)
        stuck = z3.Store(after.stuck, step, True)
        return replace(_next(after), given_up=z3.BoolVal(True), stuck=stuck)

    own = z3.Store(state.owner, step, state.run)
    grown = replace(state, size=state.size + 1, intended=z3.BoolVal(True), owner=own)
    performed = replace(_performed(design, state, step), stage=ANSWERED)
    done = replace(
        state,
        size=step + 1,
        owner=own,
        intended=z3.BoolVal(False),
        phase=z3.If(step + 1 == steps, COMPLETED, FORWARD),
        stage=IDLE,
    )
    left = z3.IntVal(0) if design.keyed else state.effect[step] - 1
    undone = replace(
        _asking(state),
        effect=z3.Store(state.effect, step, left),
        stage=ANSWERED,
        tomb=z3.Store(state.tomb, step, True) if design.tombstones else state.tomb,
    )
    late = z3.Store(state.late, step, True)
    there = replace(_performed(design, state, arriving), late=z3.Store(state.late, arriving, False))
    awaited = z3.And(state.up, state.stage == LATE, arriving == step)
    heard = chosen(state.tomb[arriving], _failing(there), replace(there, stage=ANSWERED))
    down = replace(state, up=z3.BoolVal(False), stage=IDLE)
    if not design.durable:
        down = replace(down, size=z3.IntVal(0), intended=z3.BoolVal(False), owner=_NONE)
    again = [Step("again", finished(state), beginning(state.run + 1))] if design.renewed else []

    return [
        Step(
            "intend",
            z3.And(idle, forward, z3.Not(called)),
            grown,
            wanted=True,
        ),
        Step(
            "perform",
            z3.And(idle, forward, called),
            chosen(state.tomb[step], _failing(state), performed),
            wanted=True,
        ),
        Step("record", z3.And(answered, forward), done, wanted=True),
        Step("time_out", z3.And(state.stage == LATE, design.timed), _failing(state), wanted=True),
        Step("undo", z3.And(idle, backward), undone, wanted=True),
        Step("record", z3.And(answered, backward), _next(state), wanted=True),
        Step(
            "restart",
            z3.And(z3.Not(state.up), design.durable),
            replace(state, up=z3.BoolVal(True)),
            wanted=True,
        ),
        Step("refuse", z3.And(idle, forward, called), _failing(state)),
        Step("refuse", z3.And(idle, backward), not_undone(_asking(state))),
        Step("lose_reply", z3.And(answered, forward), _failing(state)),
        Step("lose_reply", z3.And(answered, backward), not_undone(state)),
        Step("delay", z3.And(idle, forward, called), replace(state, late=late, stage=LATE)),
        Step("delay", z3.And(idle, forward, called), replace(state, stage=LATE)),
        Step(
            "arrive",
            z3.And(arriving >= 0, arriving < steps, state.late[arriving]),
            chosen(awaited, heard, there),
        ),
        Step("crash", z3.And(state.up, z3.Not(finished(state))), down),
        *again,
    ]


def work(state: State) -> Any:
    """How many steps are still to be done at most, if nothing goes wrong any more."""
    turn = z3.If(state.stage == IDLE, 2, 1)
    # Executing: intend, perform and record for each step that is left; and, as one may turn out to
    # fail without a fault of its own, call and record for each of those to be compensated.
    here = z3.If(state.stage == IDLE, z3.If(state.intended, 2, 3), z3.If(state.stage == LATE, 2, 1))
    left = steps - state.size + z3.If(state.intended, 1, 0)
    onwards = 2 * steps + 1 + 3 * (left - 1) + here
    back = 2 * (state.cursor - 1) + turn
    doing = z3.If(state.phase == FORWARD, onwards, z3.If(state.phase == BACKWARD, back, 0))
    return doing + z3.If(state.up, 0, 1)


def sound(state: State, step: Any) -> Any:
    """What holds of every state of the repaired orchestrator and any of its steps: the invariant
    from which `all_done` and `all_undone` follow, even if compensations are given up."""
    effect, tomb, late = state.effect[step], state.tomb[step], state.late[step]
    fresh = z3.And(effect == 0, z3.Not(tomb), z3.Not(late))
    forward = z3.And(
        z3.Implies(state.intended, state.size > 0),
        z3.Implies(state.stage != IDLE, state.intended),
        z3.Implies(step < calling(state), z3.And(effect == 1, z3.Not(tomb))),
        z3.Implies(step >= state.size, fresh),
        z3.Implies(
            z3.And(step == calling(state), state.intended),
            z3.And(z3.Not(tomb), z3.Implies(state.stage == ANSWERED, effect == 1)),
        ),
    )
    gone = z3.And(effect == 0, tomb)
    settled = z3.Or(gone, state.given_up)
    backward = z3.And(
        state.stage != LATE,
        state.cursor <= state.size,
        z3.Implies(z3.And(state.cursor <= step, step < state.size), settled),
        z3.Implies(z3.And(state.stage == ANSWERED, step == state.cursor - 1), gone),
        z3.Implies(step >= state.size, fresh),
    )
    return z3.And(
        steps > 0,
        state.size >= 0,
        state.size <= steps,
        z3.Implies(z3.Or(z3.Not(state.up), finished(state)), state.stage == IDLE),
        z3.Implies(finished(state), state.up),
        effect >= 0,
        effect <= 1,
        z3.Implies(state.phase == FORWARD, z3.And(calling(state) < steps, forward)),
        z3.Implies(state.phase == BACKWARD, z3.And(state.cursor > 0, backward)),
        z3.Implies(state.phase == COMPLETED, z3.And(effect == 1, z3.Not(tomb))),
        z3.Implies(state.phase == FAILED, z3.And(state.cursor == 0, backward)),
    )


def none_given_up(state: State, step: Any) -> Any:  # noqa: ARG001
    """That no compensation is given up."""
    return z3.Not(state.given_up)


def remembered(state: State, step: Any) -> Any:
    """That a step which is done is in the log from which a restart goes on."""
    return z3.Implies(z3.And(z3.Not(state.up), state.effect[step] != 0), step < state.size)


def own(state: State, step: Any) -> Any:
    """That a step which is remembered was called in this execution."""
    return z3.Implies(z3.And(step >= 0, step < state.size), state.owner[step] == state.run)


def truly_stuck(state: State, step: Any) -> Any:
    """How far an orchestrator that reports what it gives up has come, where services that answer
    with an error have done nothing, and nothing else goes wrong."""
    effect, stuck = state.effect[step], state.stuck[step]
    remembered = z3.And(step >= 0, step < state.size)
    undone = z3.And(state.stage == ANSWERED, step == state.cursor - 1)
    compensating = z3.And(
        state.cursor <= state.size,
        z3.Implies(z3.And(step >= state.cursor, remembered), effect == z3.If(stuck, 1, 0)),
        z3.Implies(step < state.cursor, z3.And(effect == z3.If(undone, 0, 1), z3.Not(stuck))),
        z3.Implies(step >= state.size, z3.And(effect == 0, z3.Not(stuck))),
    )
    answered = z3.And(state.stage == ANSWERED, step == state.size)
    going = z3.And(effect == z3.If(z3.Or(remembered, answered), 1, 0), z3.Not(stuck))
    none = z3.And(z3.Not(state.late[step]), z3.Not(state.tomb[step]), state.stage != LATE)
    return z3.And(
        state.up,
        none,
        z3.Not(state.intended),
        state.size >= 0,
        z3.Implies(finished(state), state.stage == IDLE),
        z3.Implies(state.phase == FORWARD, z3.And(state.size < steps, going)),
        z3.Implies(state.phase == COMPLETED, z3.And(state.size == steps, effect == 1)),
        z3.Implies(state.phase == BACKWARD, z3.And(state.cursor > 0, compensating)),
        z3.Implies(state.phase == FAILED, z3.And(state.cursor == 0, compensating)),
    )


def in_reverse(state: State, step: Any) -> Any:
    """How far compensating has come without a crash: of the n steps that are remembered, step
    n - 1 was asked for first, step n - 2 next, and so on down to where the cursor is."""
    begun = z3.And(
        state.cursor >= 0,
        state.cursor <= state.size,
        state.asked + state.cursor == state.size + z3.If(state.stage == ANSWERED, 1, 0),
        z3.Implies(
            z3.And(step >= 0, step < state.size),
            state.when[step]
            == z3.If(step >= state.size - state.asked, state.size - 1 - step, NEVER),
        ),
        z3.Implies(step >= state.size, state.when[step] == NEVER),
    )
    none = z3.And(state.asked == 0, state.when[step] == NEVER)
    return z3.And(
        state.up,
        state.size >= 0,
        z3.Implies(finished(state), state.stage == IDLE),
        z3.Implies(state.stage == LATE, state.phase == FORWARD),
        z3.Implies(state.phase == FORWARD, none),
        z3.Implies(state.phase == COMPLETED, none),
        z3.Implies(state.phase == BACKWARD, z3.And(state.cursor > 0, begun)),
        z3.Implies(state.phase == FAILED, z3.And(state.cursor == 0, begun)),
    )
