"""M14, the saga orchestrator: as the seed document has it, and with each of its repairs.

Seed 001, section 4.1, `SagaOrchestrator`: `execute` calls one step after the other and remembers
in memory those that have answered `Ok`; at the first `Err` it calls `compensate` of these in
reverse order, writes to stderr which of them failed, and returns the error. Each repair is a
switch of `Orchestrator`; `REPAIRED` has all of them on. Between any two steps there may be a crash.

A call is two steps: the service does what it is asked for, then its answer is received. An answer
may be lost: then the caller has an error in its hand and the service has done it all the same.

>>> from cospec.models.model import ModelSystem
>>> charged = Orchestrator(lost_replies=1).perform(1)
>>> for event, state in ModelSystem(charged).transitions(charged):
...     print(event, "→", state)
lose_reply → failed, log [], effects {1 of run 1: +1}
record → completed, log [1], effects {1 of run 1: +1}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from cospec.models.faults import Crashes, LostReplies
from cospec.models.model import action, final, invariant, require, transition_invariant

__all__ = ["REPAIRED", "REPAIRS", "Entry", "Key", "Orchestrator", "Phase", "Result", "Stage"]


class Phase(Enum):
    """What `execute` is doing."""

    FORWARD = "executing"
    BACKWARD = "compensating"
    COMPLETED = "completed"  # it has returned Ok
    FAILED = "failed"  # it has returned an error


class Stage(Enum):
    """How far the present call has come."""

    IDLE = ""  # there is none
    LATE = "waiting"  # the request takes long on its way
    ANSWERED = "answered"  # the service has done it and says so


class Result(Enum):
    """What the caller of `execute` learns."""

    OK = "ok"
    FAILED = "failed"
    COMPENSATION_FAILED = "compensation_failed"


class Key(NamedTuple):
    """One step of one execution; the repaired services are told it with every request."""

    run: int
    step: int

    def __str__(self) -> str:
        return f"{self.run}.{self.step}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A step that the orchestrator remembers, with whether it has answered."""

    key: Key
    done: bool = True

    def __str__(self) -> str:
        return f"{self.key.step}{'' if self.done else '?'}"


def _current(state: Orchestrator) -> Iterable[int]:
    return state.calling()


def _late(state: Orchestrator) -> Iterable[Key]:
    return sorted(state.late)


@dataclass(frozen=True)
class Orchestrator(Crashes, LostReplies):
    """A saga of some steps, executed once or several times.

    Attributes:
        steps: how many there are; they are numbered from 1.
        names: of each step what `step_name` returns; empty when no two return the same.
        durable: what is remembered survives a crash, with whether and how far it is compensated;
            and a restarted orchestrator goes on from there.
        intending: a step is remembered before it is called, and compensated even if it has not
            answered.
        retrying: a compensation that has failed is called again.
        keyed: services know a request by its key: to perform, or to undo, twice is to do it once,
            and what has not been performed is undone by doing nothing.
        tombstones: a key that has been undone can be performed no more.
        renewed: each execution remembers its own steps only.
        indexed: a step is found by its number, not by its name.
        timed: an answer is not waited for for ever.
        reporting: the caller learns that a compensation was given up.
        failures: how many calls may still be answered by an error, without effect.
        delays: how many requests may still take long.
        runs: how often the saga may still be executed anew.
        watching: whether `asked` is kept.
        phase: what `execute` is doing.
        stage: how far the present call has come.
        up: whether the orchestrator runs.
        run: the number of this execution.
        log: what is remembered, in order: `executed_steps`.
        cursor: how many of these are still to be compensated.
        effects: what the services have done for a key, less what they have undone, if not nothing.
        tombs: the keys that can be performed no more.
        late: the requests that may still arrive.
        given_up: the steps whose compensation has failed for good, if that is reported.
        told: whether the caller has the result.
        asked: the steps whose compensation was asked for in this execution.
    """

    steps: int = 1
    names: tuple[str, ...] = ()
    durable: bool = False
    intending: bool = False
    retrying: bool = False
    keyed: bool = False
    tombstones: bool = False
    renewed: bool = False
    indexed: bool = False
    timed: bool = False
    reporting: bool = False
    failures: int = 0
    delays: int = 0
    runs: int = 0
    crashes: int = 0
    lost_replies: int = 0
    watching: bool = False
    phase: Phase = Phase.FORWARD
    stage: Stage = Stage.IDLE
    up: bool = True
    run: int = 1
    log: tuple[Entry, ...] = ()
    cursor: int = 0
    effects: frozenset[tuple[Key, int]] = frozenset()
    tombs: frozenset[Key] = frozenset()
    late: frozenset[Key] = frozenset()
    given_up: tuple[int, ...] = ()
    told: bool = False
    asked: tuple[int, ...] = ()

    # --------------------------------------------------------------------- what may be asked of it

    @property
    def finished(self) -> bool:
        """Whether `execute` has returned."""
        return self.phase in (Phase.COMPLETED, Phase.FAILED)

    @property
    def result(self) -> Result | None:
        """What `execute` has returned."""
        if self.phase is Phase.COMPLETED:
            return Result.OK
        given_up = Result.COMPENSATION_FAILED if self.given_up else Result.FAILED
        return given_up if self.phase is Phase.FAILED else None

    def effect(self, key: Key) -> int:
        """How often a step has been performed, less how often it has been undone."""
        return dict(self.effects).get(key, 0)

    def keys(self, run: int | None = None) -> list[Key]:
        """The keys of an execution, or of the present one."""
        return [Key(run or self.run, step) for step in range(1, self.steps + 1)]

    @property
    def pending(self) -> Key | None:
        """What the orchestrator is about to call, or has called; None if nothing."""
        if not self.up or self.finished:
            return None
        if self.phase is Phase.BACKWARD:
            return self.log[self.cursor - 1].key
        return Key(
            self.run, 1 + sum(entry.done and entry.key.run == self.run for entry in self.log)
        )

    def calling(self) -> tuple[int, ...]:
        """The step that can be called now, if one can."""
        key = self.pending
        if key is None or self.stage is not Stage.IDLE or self._intention_missing():
            return ()
        return (key.step,)

    def _intention_missing(self) -> bool:
        if self.pending is None or self.phase is not Phase.FORWARD or not self.intending:
            return False
        return self.log[-1:] != (Entry(self.pending, done=False),)

    # ------------------------------------------------------------------------------------ forwards

    @action(fair=True)
    def intend(self) -> Orchestrator:
        """The repaired orchestrator writes down which step it is going to call."""
        require(self.stage is Stage.IDLE and self._intention_missing())
        assert self.pending is not None
        return replace(self, log=(*self.log, Entry(self.pending, done=False)))

    @action(fair=True, step=_current)
    def perform(self, step: int) -> Orchestrator:
        """A service performs a step."""
        require(self.phase is Phase.FORWARD)
        key = Key(self.run, step)
        if key in self.tombs:
            return self._failing()
        return replace(self._performed(key), stage=Stage.ANSWERED)

    def _performed(self, key: Key) -> Orchestrator:
        if key in self.tombs or (self.keyed and self.effect(key) > 0):
            return self
        return self._with(key, self.effect(key) + 1)

    @action(fair=True)
    def record(self) -> Orchestrator:
        """The answer `Ok` to a request is received."""
        require(self.up and self.stage is Stage.ANSWERED)
        if self.phase is Phase.BACKWARD:
            return self._next()
        key = self.pending
        assert key is not None
        before = self.log[:-1] if self.intending else self.log
        phase = Phase.COMPLETED if key.step == self.steps else Phase.FORWARD
        return replace(self, log=(*before, Entry(key)), phase=phase, stage=Stage.IDLE)

    def _failing(self) -> Orchestrator:
        """A step has answered `Err`, or so it seems."""
        phase = Phase.BACKWARD if self.log else Phase.FAILED
        return replace(self, phase=phase, stage=Stage.IDLE, cursor=len(self.log))

    # ----------------------------------------------------------------------------------- backwards

    @action(fair=True, step=_current)
    def undo(self, step: int) -> Orchestrator:
        """A service is asked to undo what the last step that is remembered has done."""
        require(self.phase is Phase.BACKWARD)
        asked = self._asking(step)
        if self._found(step) != step:
            return asked._not_undone()  # an unknown id there
        key = self.log[self.cursor - 1].key
        left = 0 if self.keyed else self.effect(key) - 1
        tombs = self.tombs | {key} if self.tombstones else self.tombs
        return replace(asked._with(key, left), stage=Stage.ANSWERED, tombs=tombs)

    def _found(self, step: int) -> int:
        """Whose `compensate` is called with the output of a step."""
        if self.indexed or not self.names:
            return step
        return self.names.index(self.names[step - 1]) + 1

    def _asking(self, step: int) -> Orchestrator:
        return replace(self, asked=(*self.asked, step)) if self.watching else self

    def _not_undone(self) -> Orchestrator:
        """A compensation has answered `Err`, or so it seems."""
        if self.retrying:
            return replace(self, stage=Stage.IDLE)
        failed = (self.log[self.cursor - 1].key.step,) if self.reporting else ()
        return replace(self._next(), given_up=self.given_up + failed)

    def _next(self) -> Orchestrator:
        phase = Phase.BACKWARD if self.cursor > 1 else Phase.FAILED
        return replace(self, phase=phase, stage=Stage.IDLE, cursor=self.cursor - 1)

    # ------------------------------------------------------------------------------ the caller

    @action(result=[each.value for each in Result])
    def respond(self, result: str) -> Orchestrator:
        """The caller of `execute` has its result."""
        require(self.result is not None and self.result.value == result and not self.told)
        return replace(self, told=True)

    @action
    def again(self) -> Orchestrator:
        """The caller executes the same saga anew."""
        require(self.finished and self.runs > 0)
        return replace(
            self,
            runs=self.runs - 1,
            run=self.run + 1,
            phase=Phase.FORWARD,
            log=() if self.renewed else self.log,
            cursor=0,
            given_up=(),
            told=False,
            asked=(),
        )

    # ------------------------------------------------------------------------------------- faults

    @action(step=_current)
    def refuse(self, step: int) -> Orchestrator:
        """A service answers with an error and has done nothing."""
        require(self.failures > 0)
        refused = replace(self, failures=self.failures - 1)
        if self.phase is Phase.FORWARD:
            return refused._failing()
        return refused._asking(step)._not_undone()

    def without_reply(self) -> Orchestrator:
        """What a service has done it cannot tell: the orchestrator has an error instead."""
        require(self.up and self.stage is Stage.ANSWERED)
        return self._failing() if self.phase is Phase.FORWARD else self._not_undone()

    @action(step=_current)
    def delay(self, step: int) -> list[Orchestrator]:
        """A request to perform a step takes long on its way, or for ever."""
        require(self.delays > 0 and self.phase is Phase.FORWARD)
        waiting = replace(self, delays=self.delays - 1, stage=Stage.LATE)
        return [replace(waiting, late=self.late | {Key(self.run, step)}), waiting]

    @action(key=_late)
    def arrive(self, key: Key) -> Orchestrator:
        """A request arrives after all; perhaps nobody waits for its answer."""
        there = replace(self._performed(key), late=self.late - {key})
        if self.stage is not Stage.LATE or key != self.pending:
            return there
        return there._failing() if key in self.tombs else replace(there, stage=Stage.ANSWERED)

    @action(fair=True)
    def time_out(self) -> Orchestrator:
        """The orchestrator waits no longer for an answer, and takes it for an error."""
        require(self.timed and self.stage is Stage.LATE)
        return self._failing()

    def after_crash(self) -> Orchestrator:
        """The orchestrator, that has not returned, loses what it has in memory only.

        The same happens when the future of `execute` is dropped.
        """
        require(self.up and not self.finished)
        return replace(self, up=False, stage=Stage.IDLE, log=self.log if self.durable else ())

    @action(fair=True)
    def restart(self) -> Orchestrator:
        """The orchestrator goes on with what it finds in its log."""
        require(self.durable and not self.up)
        return replace(self, up=True)

    def _with(self, key: Key, effect: int) -> Orchestrator:
        others = frozenset(each for each in self.effects if each[0] != key)
        return replace(self, effects=others | {(key, effect)} if effect else others)

    # --------------------------------------------------------------------------------- properties

    @invariant
    def all_or_nothing(self) -> bool:
        """What has returned Ok has done every step; what has returned an error, none
        (`saga_atomicity`)."""
        wanted = 1 if self.phase is Phase.COMPLETED else 0
        return not self.finished or all(self.effect(key) == wanted for key in self.keys())

    @invariant
    def remembered(self) -> bool:
        """What is done outlives a crash: it is in the log from which a restart goes on
        (`saga_durability`)."""
        return self.up or {key for key, _ in self.effects} <= {entry.key for entry in self.log}

    @invariant
    def undone_once(self) -> bool:
        """Nothing is undone more often than it was performed."""
        return all(effect > 0 for _, effect in self.effects)

    @transition_invariant
    def own_steps_only(self, after: Orchestrator) -> bool:
        """An execution undoes nothing that an earlier one has done."""
        return all(
            after.effect(key) >= self.effect(key)
            for earlier in range(1, self.run)
            for key in self.keys(earlier)
        )

    @final
    def returned(self) -> bool:
        """`execute` has returned."""
        return self.finished

    def __str__(self) -> str:
        done = ", ".join(
            f"{key.step} of run {key.run}: {effect:+}" for key, effect in sorted(self.effects)
        )
        log = ", ".join(map(str, self.log))
        doing = f"{self.phase.value}{' ' if self.stage.value else ''}{self.stage.value}"
        return f"{doing if self.up else 'down'}, log [{log}], effects {{{done}}}"


#: The switches.
REPAIRS = (
    "durable", "intending", "retrying", "keyed", "tombstones", "renewed", "indexed", "timed",
    "reporting",
)  # fmt: skip

REPAIRED = Orchestrator(
    durable=True,
    intending=True,
    retrying=True,
    keyed=True,
    tombstones=True,
    renewed=True,
    indexed=True,
    timed=True,
    reporting=True,
)
