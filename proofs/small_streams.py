"""Small event streams, the cases of claims on them: the shortest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from cospec.models.event_streams import Event, deposited, set_to, withdrawn

Stream = tuple[Event, ...]

#: The times of small streams.
TIMES = range(3)

#: The state of a journal at the start.
NOTHING: Stream = ()

ACCOUNT = deposited(1), withdrawn(1)
CHANGES = set_to(1), set_to(2), deposited(1)


def streams(longest: int, *events: Event) -> Iterator[Stream]:
    """All streams of some events."""
    return (made for size in range(longest + 1) for made in product(events, repeat=size))


def timed(longest: int, *events: Event) -> Iterator[Stream]:
    """All streams of some events, each of them at any of the times."""
    return streams(longest, *(replace(event, time=time) for event in events for time in TIMES))


def numbered(longest: int) -> Iterator[Stream]:
    """All streams of events that can be told apart, at any times."""
    for size in range(longest + 1):
        for times in product(TIMES, repeat=size):
            yield tuple(deposited(number, time) for number, time in enumerate(times, 1))


def told(stream: Stream, *more: object) -> tuple[str, ...]:
    """A case as lines."""
    return (f"E = [{', '.join(map(str, stream))}]", *map(str, more))
