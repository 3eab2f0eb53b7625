"""M01, one actor and its task: `ActorContext::run` of seed 000, section 2.2, and its repairs.

The loop receives a message, awaits `handle`, and does what the result says. What tokio adds is as
documented: `UnboundedReceiver::recv` gives None once all senders are gone and the mailbox is empty,
`send` fails once the receiver was closed or dropped, a dropped receiver drops what it holds, and a
panic ends the task without running what is left of it. Messages are numbered as they are sent.

>>> loop = RunLoop(arrivals=1)
>>> print(loop.start(ActorResult.STOP))
ended, state 10, mailbox (), started 1, stopped 0
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.faults import Crashes
from cospec.models.model import action, final, invariant, require

__all__ = ["DEFAULT_STATE", "REPAIRED", "REPAIRS", "ActorResult", "Phase", "RunLoop"]

#: `A::State::default()`
DEFAULT_STATE = 0


class ActorResult(Enum):
    """What `started` and `handle` return."""

    CONTINUE = "continue"
    STOP = "stop"
    RESTART = "restart"

    def __str__(self) -> str:
        return self.value


class Phase(Enum):
    """Where the task is."""

    CREATED = "created"  # before `started`
    RECEIVING = "receiving"
    HANDLING = "handling"
    RESTARTING = "restarting"  # before `started` is called once more
    FAILED = "failed"  # repaired: the supervisor has been told of a panic
    ENDED = "ended"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class RunLoop(Crashes):
    """An actor with its mailbox.

    Attributes:
        rebuilding: repair: a restart gives the initial state, and a new actor object.
        bracketing: repair: `stopped` is called wherever the loop is left.
        buffering: repair: what a handler sends leaves only when the handler has not failed.
        draining: repair: Stop closes the mailbox, and what it holds is still handled.
        reporting: repair: a panic is caught, and the supervisor is told.
        initial: the state given to `spawn`.
        arrivals: how many messages may still be sent to the actor.
        effects: how many messages a handler may send.
        crashes: how often a handler may panic.
        touched: whether `handle` has changed the actor object (`&mut self`).
        accepted, begun, finished, dropped: messages of which the sender has got Ok, that were given
            to `handle`, of which that has returned Continue or Stop, that nobody will handle.
        active: how many calls of `handle` have not returned.
        refused: whether `started` has returned Stop.
        visible, buffered, leaked: what the handler now running has sent that is in the mailboxes of
            others, or will be; and what is there of handlers that have failed.
        restarts: how often the actor was restarted.
        failures, reported, applied: panics; those that the supervisor knows of, and has acted on.
    """

    rebuilding: bool = False
    bracketing: bool = False
    buffering: bool = False
    draining: bool = False
    reporting: bool = False
    initial: int = 10
    arrivals: int = 2
    effects: int = 1
    crashes: int = 0
    phase: Phase = Phase.CREATED
    state: int = 10
    touched: bool = False
    mailbox: tuple[int, ...] = ()
    accepted: tuple[int, ...] = ()
    begun: tuple[int, ...] = ()
    finished: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    current: int = 0
    active: int = 0
    closed: bool = False
    refused: bool = False
    started: int = 0
    stopped: int = 0
    visible: int = 0
    buffered: int = 0
    leaked: int = 0
    restarts: int = 0
    failures: int = 0
    reported: int = 0
    applied: int = 0

    # ---------------------------------------------------------------------------------- the loop

    @action(fair=True, result=tuple(ActorResult))
    def start(self, result: ActorResult) -> RunLoop:
        """`started` is called for the first time; the loop is not entered if it returns Stop."""
        require(self.phase is Phase.CREATED)
        after = replace(self, started=self.started + 1, phase=Phase.RECEIVING)
        if result is not ActorResult.STOP:
            return after
        return replace(after.left(calling=self.bracketing), refused=True)

    @action
    def deliver(self) -> RunLoop:
        """Somebody sends a message, and gets Ok."""
        require(self.phase is not Phase.ENDED and not self.closed)
        require(self.arrivals > 0)
        message = len(self.accepted) + 1
        return replace(
            self,
            arrivals=self.arrivals - 1,
            mailbox=self.mailbox + (message,),
            accepted=self.accepted + (message,),
        )

    @action(fair=True)
    def receive(self) -> RunLoop:
        """`recv` gives the oldest message, and `handle` is called."""
        require(self.phase is Phase.RECEIVING and self.mailbox)
        return replace(
            self,
            phase=Phase.HANDLING,
            mailbox=self.mailbox[1:],
            begun=self.begun + (self.mailbox[0],),
            current=self.mailbox[0],
            active=self.active + 1,
            visible=0,
            buffered=0,
        )

    @action
    def emit(self) -> RunLoop:
        """The handler sends a message to another actor (`ctx.send`)."""
        require(self.phase is Phase.HANDLING and self.visible + self.buffered < self.effects)
        if self.buffering:
            return replace(self, buffered=self.buffered + 1)
        return replace(self, visible=self.visible + 1)

    @action(fair=True, result=tuple(ActorResult))
    def finish(self, result: ActorResult) -> RunLoop:
        """`handle` returns, having changed the state and the actor object."""
        require(self.phase is Phase.HANDLING)
        after = replace(self, active=self.active - 1, state=self.current, touched=True)
        if result is ActorResult.RESTART:
            return after.restarted()
        after = replace(
            after,
            finished=self.finished + (self.current,),
            visible=self.visible + self.buffered,
            buffered=0,
            phase=Phase.RECEIVING,
        )
        if result is ActorResult.CONTINUE:
            return after
        return replace(after, closed=True) if self.draining else after.left()

    def restarted(self) -> RunLoop:
        """The actor with its state initialised again, before `started` is called."""
        return replace(
            self,
            phase=Phase.RESTARTING,
            restarts=self.restarts + 1,
            leaked=self.leaked + self.visible,
            visible=0,
            buffered=0,
            state=self.initial if self.rebuilding else DEFAULT_STATE,
            touched=self.touched and not self.rebuilding,
        )

    @action(fair=True, result=tuple(ActorResult))
    def start_again(self, result: ActorResult) -> RunLoop:
        """`started` is called after a restart."""
        require(self.phase is Phase.RESTARTING)
        after = replace(self, started=self.started + 1, phase=Phase.RECEIVING)
        return replace(after.left(), refused=True) if result is ActorResult.STOP else after

    @action
    def hang_up(self) -> RunLoop:
        """`recv` gives None: the mailbox is empty, and there are no senders or it was closed."""
        require(self.phase is Phase.RECEIVING and not self.mailbox)
        return self.left()

    def left(self, calling: bool = True) -> RunLoop:
        """The actor after the loop: `stopped` was called, if it is, and the receiver is dropped."""
        return replace(
            self,
            phase=Phase.ENDED,
            stopped=self.stopped + 1 if calling else self.stopped,
            dropped=self.mailbox,
            mailbox=(),
        )

    # -------------------------------------------------------------------------------- its failures

    def after_crash(self) -> RunLoop:
        """`handle` panics."""
        require(self.phase is Phase.HANDLING)
        after = replace(self, failures=self.failures + 1, active=self.active - 1)
        if not self.reporting:
            return after.left(calling=False)
        return replace(after, phase=Phase.FAILED, reported=self.reported + 1)

    @action(fair=True)
    def supervise(self) -> RunLoop:
        """The supervisor acts on what it was told: it has the actor restarted."""
        require(self.phase is Phase.FAILED)
        return replace(self.restarted(), applied=self.applied + 1)

    @final
    def ended(self) -> bool:
        """The task has ended, or waits for messages."""
        return self.phase is Phase.ENDED or self.phase is Phase.RECEIVING

    # ---------------------------------------------------------------------------------- properties

    @invariant
    def one_at_a_time(self) -> bool:
        """At most one call of `handle` has not returned, and there is one while the loop waits for
        it."""
        return self.active == (1 if self.phase is Phase.HANDLING else 0)

    @invariant
    def all_or_nothing(self) -> bool:
        """Nothing is left of what a failed handler has sent."""
        return self.leaked == 0

    @invariant
    def withheld(self) -> bool:
        """With buffering, nothing leaves while the handler runs, nor after a panic."""
        if self.phase is not Phase.HANDLING and self.phase is not Phase.FAILED:
            return True
        return not self.buffering or self.visible == 0

    @invariant
    def begun_again(self) -> bool:
        """Before `started` is called again, the state and the actor object are as at the start."""
        if self.phase is not Phase.RESTARTING:
            return True
        return self.state == self.initial and not self.touched

    @invariant
    def bracketed(self) -> bool:
        """`stopped` was called once if the task has ended, and not before."""
        return self.stopped == (1 if self.phase is Phase.ENDED else 0)

    @invariant
    def completed(self) -> bool:
        """While the task runs, each message accepted waits, is being handled, or was finished."""
        if self.phase is Phase.ENDED:
            return True
        handling = 1 if self.phase is Phase.HANDLING else 0
        return len(self.accepted) == len(self.finished) + handling + len(self.mailbox)

    @invariant
    def at_most_once(self) -> bool:
        """What was given to `handle`, what waits and what was dropped is what was accepted, each
        once and in this order."""
        return self.begun + self.mailbox + self.dropped == self.accepted

    @invariant
    def dropped_at_the_end(self) -> bool:
        """Only a task that has ended has dropped messages, and then none wait."""
        return not self.mailbox if self.phase is Phase.ENDED else not self.dropped

    @invariant
    def drained(self) -> bool:
        """No message is dropped by an actor that has started."""
        return self.refused or not self.dropped

    @invariant
    def reported_all(self) -> bool:
        """The supervisor is told of every failure."""
        return self.reported == self.failures

    @invariant
    def acted_on(self) -> bool:
        """The supervisor has acted on every failure that it was told of; on the last one it is just
        about to, where nothing but `supervise` goes on from."""
        return self.applied == self.reported - (1 if self.phase is Phase.FAILED else 0)

    def __str__(self) -> str:
        return (
            f"{self.phase}, state {self.state}, mailbox {self.mailbox}, "
            f"started {self.started}, stopped {self.stopped}"
        )


#: The switches.
REPAIRS = ("rebuilding", "bracketing", "buffering", "draining", "reporting")

REPAIRED = RunLoop(rebuilding=True, bracketing=True, buffering=True, draining=True, reporting=True)
