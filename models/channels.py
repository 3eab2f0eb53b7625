"""M04, channels: as the seed document has them, and with each of its repairs.

Seed 000, section 3.2: a channel is `Empty`, `Buffered` or `Closed`, and `apply_channel_operation`
gives the system after an operation, or None. Each repair is a switch of `Channels`; `REPAIRED` has
all of them on.

>>> Channels().apply(Send(0, "A")).after
Channels(capacity=1, guarded=False, delivering=False, draining=False, explaining=False, \
system=(Buffered(values=('A',)),))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from cospec.models.model import action, invariant, require, transition_invariant

__all__ = [
    "MAX_PERMITS", "REPAIRED", "REPAIRS", "VALUES", "Applied", "Buffered", "Channels", "Close",
    "Closed", "Contents", "Empty", "Operation", "Panicked", "Receive", "Refused", "Send",
    "create_channel", "create_channel_conditions", "mpsc_channel_conditions",
]  # fmt: skip

#: What is sent when a model is explored.
VALUES = ("A", "B")

#: The answer of a `Receive` that succeeds and does not say what it received.
SOME = "some"
#: The answer of an operation that fails and does not say why.
NONE = "none"
#: Why an operation of the repaired channel fails: it may succeed later, or never.
WOULD_BLOCK, CLOSED = "would_block", "closed"


@dataclass(frozen=True, slots=True)
class Empty:
    """An open channel that holds nothing."""

    def __str__(self) -> str:
        return "empty"


@dataclass(frozen=True, slots=True)
class Buffered:
    """An open channel and the values in it, the oldest first."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"[{', '.join(self.values)}]"


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed channel; in the repaired form, with what can still be received."""

    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"closed [{', '.join(self.rest)}]" if self.rest else "closed"


Contents: TypeAlias = Empty | Buffered | Closed


@dataclass(frozen=True, slots=True)
class Send:
    """Put a value into a channel."""

    channel: int
    value: str


@dataclass(frozen=True, slots=True)
class Receive:
    """Take the oldest value out of a channel."""

    channel: int


@dataclass(frozen=True, slots=True)
class Close:
    """Close a channel."""

    channel: int


Operation: TypeAlias = Send | Receive | Close


@dataclass(frozen=True, slots=True)
class Applied:
    """What an operation leads to: the system after it (None: it fails), and what its caller sees
    besides."""

    after: Channels | None
    answer: str = SOME


def _received(state: Channels) -> tuple[str, ...]:
    return VALUES if state.delivering else (SOME,)


def _ids(state: Channels) -> range:
    return range(len(state.system))


@dataclass(frozen=True)
class Channels:
    """A system of channels (`ChannelSystem`), each of them known by its number.

    Attributes:
        capacity: the seed's `max_buffer_size`.
        guarded: repair: a channel that is full refuses to be sent to.
        delivering: repair: `Receive` gives the value that it received.
        draining: repair: what a channel held when it was closed can still be received.
        explaining: repair: an operation that fails tells whether it may succeed later.
        system: what each channel holds.
    """

    capacity: int = 1
    guarded: bool = False
    delivering: bool = False
    draining: bool = False
    explaining: bool = False
    system: tuple[Contents, ...] = (Empty(),)

    # ------------------------------------------------------------------- apply_channel_operation

    def apply(self, operation: Operation) -> Applied:
        """What an operation leads to (`apply_channel_operation`)."""
        match operation:
            case Send(channel, value):
                return self._send(channel, value)
            case Receive(channel):
                return self._receive(channel)
            case Close(channel):
                rest = self.held(channel) if self.draining else ()
                return Applied(self._with(channel, Closed(rest)))

    def _send(self, channel: int, value: str) -> Applied:
        if isinstance(self.system[channel], Closed):
            return Applied(None, CLOSED if self.explaining else NONE)
        values = self.held(channel)
        if self.guarded and len(values) >= self.capacity:
            return Applied(None, WOULD_BLOCK if self.explaining else NONE)
        return Applied(self._with(channel, Buffered((*values, value))))

    def _receive(self, channel: int) -> Applied:
        closed = isinstance(self.system[channel], Closed)
        if not self.held(channel):
            reason = CLOSED if closed else WOULD_BLOCK
            return Applied(None, reason if self.explaining else NONE)
        value, *rest = self.held(channel)
        after: Contents
        if closed:
            after = Closed(tuple(rest))
        else:
            after = Buffered(tuple(rest)) if rest else Empty()
        return Applied(self._with(channel, after), value if self.delivering else SOME)

    def held(self, channel: int) -> tuple[str, ...]:
        """The values in a channel, the oldest first."""
        match self.system[channel]:
            case Buffered(values):
                return values
            case Closed(rest):
                return rest
            case Empty():
                return ()

    def _with(self, channel: int, contents: Contents) -> Channels:
        before, after = self.system[:channel], self.system[channel + 1 :]
        return replace(self, system=(*before, contents, *after))

    # ---------------------------------------------------------------------------------- actions

    @action(channel=_ids, value=VALUES)
    def send(self, channel: int, value: str) -> Channels:
        """A value is accepted."""
        return self._accepted(Send(channel, value), SOME)

    @action(channel=_ids, value=_received)
    def receive(self, channel: int, value: str) -> Channels:
        """A value is handed over; the event tells which, if the receiver learns it."""
        return self._accepted(Receive(channel), value)

    @action(channel=_ids)
    def close(self, channel: int) -> Channels:
        """A channel is closed, perhaps again."""
        return self._accepted(Close(channel), SOME)

    def _accepted(self, operation: Operation, answer: str) -> Channels:
        applied = self.apply(operation)
        require(applied.after is not None and applied.answer == answer)
        assert applied.after is not None
        return applied.after

    # ------------------------------------------------------------------------------- properties

    @invariant
    def within_capacity(self) -> bool:
        """No channel holds more than its capacity (`channel_safety`)."""
        return all(len(self.held(channel)) <= self.capacity for channel in _ids(self))

    @invariant
    def in_normal_form(self) -> bool:
        """A channel that holds nothing and is open is `Empty`."""
        return Buffered(()) not in self.system

    @transition_invariant
    def closed_for_good(self, after: Channels) -> bool:
        """What is closed stays closed."""
        pairs = zip(self.system, after.system, strict=True)
        return all(isinstance(b, Closed) for a, b in pairs if isinstance(a, Closed))

    @transition_invariant
    def one_at_a_time(self, after: Channels) -> bool:
        """A step changes one channel at most."""
        pairs = zip(self.system, after.system, strict=True)
        return sum(a != b for a, b in pairs) <= 1

    def __str__(self) -> str:
        return " | ".join(map(str, self.system))


#: The switches.
REPAIRS = ("guarded", "delivering", "draining", "explaining")

REPAIRED = Channels(guarded=True, delivering=True, draining=True, explaining=True)


# ------------------------------------------------------------------------- creating a channel

#: tokio's `Semaphore::MAX_PERMITS` where `usize` has 64 bits; no channel holds more.
MAX_PERMITS = (2**64 - 1) >> 3


class Panicked(Exception):
    """A Rust thread that panics: no value is returned."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`Err(EventBusError)`: the caller learns that there is no channel."""


def mpsc_channel_conditions(capacity: int) -> tuple[bool, ...]:
    """What `tokio::sync::mpsc::channel` wants of its argument; else it panics, says its page.

    They are comparisons only, so that the argument may be a term of z3 as well.
    """
    return (capacity >= 1, capacity <= MAX_PERMITS)


def create_channel_conditions(
    capacity: int, at_least_one: bool, at_most_permits: bool
) -> tuple[bool, ...]:
    """What `create_channel` looks at before it calls tokio: nothing in the seed."""
    lower, upper = capacity >= 1, capacity <= MAX_PERMITS
    return tuple(c for c, on in ((lower, at_least_one), (upper, at_most_permits)) if on)


def create_channel(
    capacity: int, at_least_one: bool = False, at_most_permits: bool = False
) -> int | Refused:
    """`EventBus::create_channel` of seed 002, section 2.1: the number of the new channel.

    Raises:
        Panicked: tokio does not make such a channel, and nobody has asked before.
    """
    if not all(create_channel_conditions(capacity, at_least_one, at_most_permits)):
        return Refused()
    if not all(mpsc_channel_conditions(capacity)):
        raise Panicked(f"mpsc::channel({capacity})")
    return 0
