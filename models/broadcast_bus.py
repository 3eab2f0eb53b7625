"""M05, the broadcast bus: `EventBus` on a tokio broadcast channel, as it is written and repaired.

Seed 000, section 4.1: handlers are kept by `TypeId`, `publish` sends a boxed event, `run` receives
and dispatches. The listing is no Rust that compiles (a broadcast channel wants values that are
`Clone`, which `Box<dyn Any + Send>` is not); the model is what it does if the box is one that is.

What is known of the libraries, from their pages: a broadcast channel rounds its capacity up to a
power of two and overwrites the oldest event; a receiver that was overtaken gets `Lagged` once, and
then the oldest event that is left; `subscribe` starts behind the newest one. `type_id` of a box
is the type of the box.

>>> BroadcastBus().run().receivable, BroadcastBus().run().publishable
(False, False)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, invariant, require, transition_invariant

__all__ = ["BOXED", "EVENT", "HANDLERS", "REPAIRED", "REPAIRS", "BroadcastBus", "Loop", "slots_for"]

#: What `TypeId::of::<E>()` gives, and what `type_id()` gives of a box with an `E` in it.
EVENT, BOXED = "E", "Box<dyn Any + Send>"

#: What `register_handler` has made: handlers by the types of their events.
HANDLERS = {EVENT: ("handler",)}


class Loop(Enum):
    """Where `run` is."""

    IDLE = "not begun"
    RUNNING = "running"
    ENDED = "ended"


def slots_for(capacity: int) -> int:
    """How many events a broadcast channel of a capacity really keeps."""
    return 1 << (capacity - 1).bit_length()


@dataclass(frozen=True)
class BroadcastBus:
    """A bus with one handler, for events of one type; they are numbered as they are published.

    Attributes:
        slots: how many events the channel keeps.
        events: how many are published at most.
        sharing: repair: who publishes has a clone of the sender and need not borrow the bus.
        early: repair: the loop receives with the receiver that was made with the channel.
        unboxing: repair: handlers are looked up by the type of what is in the box.
        calling: repair: `handle_event_with_handler` calls the handler.
        counting: repair: the loop counts what it has missed and goes on.
        loop: where `run` is; while it is running it holds `&mut self`.
        sent: how many events were published.
        cursor: the number of the event that the loop receives next.
        handled: how many events the handler has been called with.
        lost: how many events the loop knows that it missed.
    """

    slots: int = 2
    events: int = 1
    sharing: bool = False
    early: bool = False
    unboxing: bool = False
    calling: bool = False
    counting: bool = False
    loop: Loop = Loop.IDLE
    sent: int = 0
    cursor: int = 0
    handled: int = 0
    lost: int = 0

    @property
    def publishable(self) -> bool:
        """Whether `publish(&self)` can be called: not while `run(&mut self)` has not returned."""
        return self.sharing or self.loop is not Loop.RUNNING

    @property
    def receivable(self) -> bool:
        """Whether `recv` returns; never with `Closed`, as the bus owns a sender."""
        return self.loop is Loop.RUNNING and self.cursor < self.sent

    # ---------------------------------------------------------------------------------- actions

    @action
    def publish(self) -> BroadcastBus:
        """An event is sent; `Ok`, since the receiver made with the channel is never dropped."""
        require(self.sent < self.events)
        require(self.publishable)
        return replace(self, sent=self.sent + 1)

    @action(fair=True)
    def run(self) -> BroadcastBus:
        """The loop begins to receive."""
        require(self.loop is Loop.IDLE)
        return replace(self, loop=Loop.RUNNING, cursor=0 if self.early else self.sent)

    @action(fair=True)
    def receive(self) -> BroadcastBus:
        """`recv` returns an event, which is dispatched, or `Lagged`."""
        require(self.receivable)
        oldest = self.sent - self.slots
        if self.cursor < oldest:
            if not self.counting:
                return replace(self, loop=Loop.ENDED)
            return replace(self, cursor=oldest, lost=self.lost + oldest - self.cursor)
        return replace(self, cursor=self.cursor + 1, handled=self.handled + self._calls())

    def _calls(self) -> int:
        """How many handlers are called with an event."""
        handlers = HANDLERS.get(EVENT if self.unboxing else BOXED, ())
        return len(handlers) if self.calling else 0

    # ------------------------------------------------------------------------------- properties

    @invariant
    def in_order(self) -> bool:
        """The loop has received no more than was published."""
        return self.cursor >= 0 and self.cursor <= self.sent and self.sent <= self.events

    @invariant
    def nothing_before_it_runs(self) -> bool:
        """Before the loop runs nothing was received."""
        begun = self.loop is not Loop.IDLE
        return begun or (self.cursor == 0 and self.handled == 0 and self.lost == 0)

    @invariant
    def open_to_publishers(self) -> bool:
        """Events can be published while the loop is running."""
        return self.loop is not Loop.RUNNING or self.publishable

    @invariant
    def keeps_running(self) -> bool:
        """The loop does not end."""
        return self.loop is not Loop.ENDED

    @invariant
    def accounted(self) -> bool:
        """What the loop is past was handled, or counted as lost."""
        return self.handled + self.lost == self.cursor

    @invariant
    def loses_what_was_overtaken(self) -> bool:
        """No event is lost unless more are published than the channel keeps."""
        return self.lost == 0 or self.events > self.slots

    @invariant
    def at_rest(self) -> bool:
        """Where nothing can happen any more, each published event was handled or counted."""
        silent = self.sent == self.events or not self.publishable
        over = silent and self.loop is not Loop.IDLE and not self.receivable
        return not over or self.accounted_for

    @property
    def accounted_for(self) -> bool:
        """Whether each published event was handled, or counted as lost."""
        return self.handled + self.lost == self.sent

    @transition_invariant
    def progresses(self, after: BroadcastBus) -> bool:
        """Each step leaves fewer steps to do, so that every run comes to an end."""
        return after.left >= 0 and after.left < self.left

    @property
    def left(self) -> int:
        """A bound on the steps that can still be done."""
        idle = 1 if self.loop is Loop.IDLE else 0
        ended = 0 if self.loop is Loop.ENDED else 1
        return 2 * (self.events - self.sent) + (self.sent - self.cursor) + idle + ended

    def __str__(self) -> str:
        lost = f", {self.lost} lost" if self.lost else ""
        return (
            f"{self.sent} published, loop {self.loop.value}, "
            f"{self.cursor} passed, {self.handled} handled{lost}"
        )


#: The switches.
REPAIRS = ("sharing", "early", "unboxing", "calling", "counting")

REPAIRED = BroadcastBus(sharing=True, early=True, unboxing=True, calling=True, counting=True)
