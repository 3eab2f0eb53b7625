"""Numbers for events: what the tables of a check hold in place of the events themselves.

One `Labels` serves all the machines of one check, so that specification and implementation
agree on the numbers. Sets of events are bit masks over these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from cospec.spec.semantics.events import TAU, TICK, Event


class _Internal(Enum):
    ENDED = "ended"


#: The numbers that every table knows. `ENDED_ID` is a label, not an event: a component offers
#: it when it is at Ω, and the joint termination of a parallel composition synchronises on it.
TAU_ID, TICK_ID, ENDED_ID = 0, 1, 2

TAU_BIT, TICK_BIT = 1 << TAU_ID, 1 << TICK_ID


class Private:
    """A label that no other part of the process takes for an event."""

    __slots__ = ()

    def seen(self) -> Event | None:
        """What a component with this label performs; perhaps itself such a label."""
        return None


@dataclass(frozen=True, slots=True)
class Then(Private):
    """A component is put into `state` after it has performed `performed`.

    Every state offers such labels where its component is one that others start and stop.
    """

    performed: Event | None
    state: int

    def seen(self) -> Event | None:
        return self.performed


class Labels:
    """Events numbered in order of discovery."""

    __slots__ = ("_ids", "events")

    def __init__(self) -> None:
        self.events: list[Event] = [TAU, TICK, _Internal.ENDED]
        self._ids: dict[Event, int] = {TAU: TAU_ID, TICK: TICK_ID, _Internal.ENDED: ENDED_ID}

    def number(self, event: Event) -> int:
        """The number of `event`, a new one when it is met for the first time."""
        known = self._ids.get(event)
        if known is None:
            known = self._ids[event] = len(self.events)
            self.events.append(event)
        return known

    def performed(self, label: int) -> Event | None:
        """What a component with this label does, for a reader; None if that is no event."""
        event: Event | None = self.events[label]
        while isinstance(event, Private):
            event = event.seen()
        # A component that is at Ω when all end together has already had its ✓.
        return None if event is _Internal.ENDED else event

    def decode(self, mask: int) -> frozenset[Event]:
        """The set of events that the bit mask stands for."""
        return frozenset(self.events[i] for i in bits(mask))


def bits(mask: int) -> Iterator[int]:
    """The positions of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
