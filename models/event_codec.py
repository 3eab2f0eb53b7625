"""M12, what an event of the store says of its data: seed 003, sections 4.1 and 4.3.

The `Event` that is stored has `event_type: String` and `data: serde_json::Value`; the account
applies values of `AccountEvent`, which no listing defines or derives from it. Here `decode` is the
function that is missing, and `validated` the repair: to store only what it can decode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "AccountEvent", "Json", "NotDecoded", "StoredEvent", "append", "decode", "encode", "replay",
]  # fmt: skip

#: `serde_json::Value`, as far as it matters: null, a number, a text, or an object.
Json: TypeAlias = "int | str | tuple[tuple[str, Json], ...] | None"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """`Event` of section 4.1: any text as the type, any JSON value as the data."""

    event_type: str
    data: Json

    def __str__(self) -> str:
        return f"Event {{ event_type: {self.event_type!r}, data: {_shown(self.data)} }}"


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """`AccountEvent::Deposited { amount }` or `AccountEvent::Withdrawn { amount }`."""

    kind: str
    amount: int


#: The kinds of `AccountEvent`.
KINDS = ("Deposited", "Withdrawn")


class NotDecoded(ValueError):
    """A stored event that is no `AccountEvent`: an error at run time, on every replay."""


def _shown(data: Json) -> str:
    if isinstance(data, tuple):
        return "{" + ", ".join(f'"{key}": {_shown(value)}' for key, value in data) + "}"
    return "null" if data is None else repr(data).replace("'", '"')


def encode(event: AccountEvent) -> StoredEvent:
    """The stored form of an event."""
    return StoredEvent(event.kind, (("amount", event.amount),))


def decode(stored: StoredEvent) -> AccountEvent:
    """The event that a stored one stands for.

    Raises:
        NotDecoded: it stands for none.
    """
    match stored:
        case StoredEvent(kind, (("amount", int(amount)),)) if kind in KINDS:
            return AccountEvent(kind, amount)
    raise NotDecoded(str(stored))


def append(
    log: tuple[StoredEvent, ...], event: StoredEvent, validated: bool = False
) -> tuple[StoredEvent, ...]:
    """The log after `append_events` of one event: as before, if it is refused."""
    if validated:
        try:
            decode(event)
        except NotDecoded:
            return log
    return (*log, event)


def replay(log: tuple[StoredEvent, ...]) -> int:
    """The balance after all events.

    Raises:
        NotDecoded: the log holds something that no account can apply.
    """
    decoded = [decode(event) for event in log]
    return sum(event.amount if event.kind == "Deposited" else -event.amount for event in decoded)
