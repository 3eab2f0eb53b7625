"""Which events texts stand for: those of a script, or any."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import cache
from typing import Protocol
from zlib import crc32

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.syntax.session import Session


class Vocabulary(Protocol):
    """The events that the texts of a program name."""

    def event(self, text: str) -> Event:
        """The event of that name."""

    def events(self, texts: Iterable[str]) -> Container[Event]:
        """The events of these names; of a script, all events of a channel."""


class Named(str):
    """The event of a text. Its hash is the same in every run, so that counterexamples are."""

    __slots__ = ()

    def __hash__(self) -> int:
        return crc32(self.encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and str.__eq__(self, other)


class Free:
    """Every text is an event."""

    def event(self, text: str) -> Event:
        """The text itself."""
        return Named(text)

    def events(self, texts: Iterable[str]) -> frozenset[Event]:
        """The texts themselves."""
        return frozenset(map(Named, texts))


class Declared:
    """The channels of a script say which events there are."""

    def __init__(self, session: Session) -> None:
        self._event = cache(session.event)
        self._value = session.value

    def event(self, text: str) -> Event:
        """The event that an expression stands for.

        Raises:
            ScriptError: it is none, or lacks fields.
        """
        special = {str(TICK): TICK, str(TAU): TAU}.get(text)
        return self._event(text) if special is None else special

    def events(self, texts: Iterable[str]) -> Container[Event]:
        """All events that begin as one of the expressions says.

        Raises:
            ScriptError: one is no event, channel or part of an event.
        """
        found: Container[Event] = self._value(f"{{| {', '.join(texts)} |}}")
        return found


#: The vocabulary of processes that no script is involved in.
FREE = Free()
