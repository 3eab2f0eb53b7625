"""Which events texts stand for: those of a script, or any."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Protocol
from zlib import crc32

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.syntax.session import Session


class Vocabulary(Protocol):
    """The events that the texts of a program name.

    τ and ✓ are none of them: no process can be made to perform τ, and ✓ is what SKIP does.
    """

    def event(self, text: str) -> Event:
        """The event of that name.

        Raises:
            TypeError: it is no text.
            ValueError: it is `"τ"` or `"✓"`.
        """

    def events(self, texts: Iterable[str]) -> Container[Event]:
        """The events of these names; of a script, all events of a channel."""

    def located(self) -> AbstractContextManager[None]:
        """What is done inside may evaluate a script, whose mistakes are told with their places."""


class Named(str):
    """The event of a text. Its hash is the same in every run, so that counterexamples are."""

    __slots__ = ()

    def __hash__(self) -> int:
        return crc32(self.encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other  # `str` has one of its own, which would be inherited


class Free:
    """Every text is an event."""

    def event(self, text: str) -> Event:
        """The text itself."""
        return Named(_nameable(text))

    def events(self, texts: Iterable[str]) -> frozenset[Event]:
        """The texts themselves."""
        return frozenset(map(self.event, texts))

    def located(self) -> AbstractContextManager[None]:
        """There is no script."""
        return nullcontext()


class Declared:
    """The channels of a script say which events there are."""

    def __init__(self, session: Session) -> None:
        self._event = cache(session.event)
        self._value = session.value
        self._located = session.located

    def event(self, text: str) -> Event:
        """The event that an expression stands for.

        Raises:
            ScriptError: it is none, or lacks fields.
        """
        found: Event = self._event(_nameable(text))
        return found

    def events(self, texts: Iterable[str]) -> Container[Event]:
        """All events that begin as one of the expressions says.

        Raises:
            ScriptError: one is no event, channel or part of an event.
        """
        found: Container[Event] = self._value(f"{{| {', '.join(map(_nameable, texts))} |}}")
        return found

    def located(self) -> AbstractContextManager[None]:
        """Mistakes in the script become a `ScriptError`."""
        return self._located(None)


def observed(words: Vocabulary, text: str) -> Event:
    """The event of that name in a trace, where ✓ may stand, too."""
    return TICK if text == str(TICK) else words.event(text)


def _nameable(text: object) -> str:
    if not isinstance(text, str):
        several = isinstance(text, list | tuple | set | frozenset)
        cure = ": give several one by one" if several else ""
        raise TypeError(f"an event is a text, such as 'coin' or 'left.0', not {text!r}{cure}")
    if text == str(TICK):
        raise ValueError("✓ is no event like others: SKIP performs it, and nothing can keep it off")
    if text == str(TAU):
        raise ValueError("τ has no name: `hide` makes events into it, and it cannot be seen")
    return text


#: The vocabulary of processes that no script is involved in.
FREE = Free()
