"""M17, the event families of seed 003, section 6: trading, games, and the audit trail.

The document gives the events and nobody who accepts or refuses them: any sequence is a stream. Each
repair is a switch of somebody who does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cospec.models.model import action, integers, invariant, require

__all__ = [
    "GAME_REPAIRS", "REPAIRED_AUDIT", "REPAIRED_GAMES", "REPAIRED_TRADE", "TRADE_REPAIRS",
    "AUDIT_REPAIRS", "AuditEvent", "AuditTrail", "GameStreams", "TradeStream",
]  # fmt: skip


@dataclass(frozen=True)
class TradeStream:
    """The `TradeEvent`s of one order, whoever records them.

    Attributes:
        within: repair: no more is filled than what remains.
        open_only: repair: only an order that is placed, and neither cancelled nor filled, is filled
            or cancelled; an order is placed once.
        placed: whether `OrderPlaced` was recorded.
        quantity: the quantity of the order.
        filled: the sum of all fill quantities.
        cancelled: whether `OrderCancelled` was recorded.
        filled_late: whether there was a fill after it.
        cancelled_late: whether an order was cancelled that was not open.
    """

    within: bool = False
    open_only: bool = False
    placed: bool = False
    quantity: int = 0
    filled: int = 0
    cancelled: bool = False
    filled_late: bool = False
    cancelled_late: bool = False

    def is_open(self) -> bool:
        """Whether the order is placed, and neither cancelled nor filled."""
        return self.placed and not self.cancelled and self.filled < self.quantity

    @action(quantity=integers())
    def order_placed(self, quantity: int) -> TradeStream:
        """`OrderPlaced`; the quantity is a u64."""
        require(quantity >= 0 and not (self.open_only and self.placed))
        return replace(self, placed=True, quantity=quantity)

    @action(fill_quantity=integers())
    def order_filled(self, fill_quantity: int) -> TradeStream:
        """`OrderFilled`, of more than nothing."""
        require(fill_quantity > 0)
        require(not self.open_only or self.is_open())
        require(not self.within or self.filled + fill_quantity <= self.quantity)
        late = self.filled_late or self.cancelled
        return replace(self, filled=self.filled + fill_quantity, filled_late=late)

    @action
    def order_cancelled(self) -> TradeStream:
        """`OrderCancelled`"""
        require(not self.open_only or self.is_open())
        late = self.cancelled_late or not self.is_open()
        return replace(self, cancelled=True, cancelled_late=late)

    @invariant
    def not_overfilled(self) -> bool:
        """The fill quantities come to the quantity of the order at most."""
        return self.filled <= self.quantity

    @invariant
    def no_fill_after_cancel(self) -> bool:
        """No fill is recorded after the order was cancelled."""
        return not self.filled_late

    @invariant
    def cancelled_while_open(self) -> bool:
        """Only an order that is open is cancelled."""
        return not self.cancelled_late

    @invariant
    def nothing_before_placed(self) -> bool:
        """Before the order is placed nothing is filled."""
        return self.placed or (self.filled == 0 and self.quantity == 0)

    def __str__(self) -> str:
        shown = f"{self.filled} of {self.quantity} filled"
        return f"{shown}{', cancelled' * self.cancelled}{'' if self.placed else ', not placed'}"


TRADE_REPAIRS = ("within", "open_only")

REPAIRED_TRADE = TradeStream(within=True, open_only=True)


@dataclass(frozen=True)
class GameStreams:
    """The `GameEvent`s of one player, and the games in which they happened.

    Attributes:
        with_game: repair: `PlayerMoved` has a `game_id`.
        joined_only: repair: a player moves only in games joined before.
        joined: the games joined.
        recorded: for each move the game that is recorded with it, 0 if none is.
        meant: for each move the game in which it was made.
        uninvited: whether a move was made in a game that the player has not joined.
    """

    with_game: bool = False
    joined_only: bool = False
    joined: tuple[int, ...] = ()
    recorded: tuple[int, ...] = ()
    meant: tuple[int, ...] = ()
    uninvited: bool = False

    @action(game=integers())
    def player_joined(self, game: int) -> GameStreams:
        """`PlayerJoined`"""
        require(game > 0 and game not in self.joined)
        return replace(self, joined=self.joined + (game,))

    @action(game=integers())
    def player_moved(self, game: int) -> GameStreams:
        """`PlayerMoved`; the position in the game does not matter here."""
        require(game > 0)
        stranger = game not in self.joined
        require(not (self.joined_only and stranger))
        return replace(
            self,
            recorded=self.recorded + (game if self.with_game else 0,),
            meant=self.meant + (game,),
            uninvited=self.uninvited or stranger,
        )

    @invariant
    def routable(self) -> bool:
        """What is recorded of each move tells the game that it belongs to."""
        return self.recorded == self.meant

    @invariant
    def moved_after_joining(self) -> bool:
        """A player moves only in games joined before."""
        return not self.uninvited

    def events(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """All that the stored events say."""
        return self.joined, self.recorded

    def __str__(self) -> str:
        moves = [f"PlayerMoved{f' in {game}' if game else ''}" for game in self.recorded]
        stored = [f"PlayerJoined {game}" for game in self.joined] + moves
        return f"stored [{', '.join(stored)}], moves made in games {list(self.meant)}"


GAME_REPAIRS = ("with_game", "joined_only")

REPAIRED_GAMES = GameStreams(with_game=True, joined_only=True)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """`AuditEvent::UserAction`, with its own timestamp."""

    user_id: str
    action: str
    timestamp: int = 0

    def __str__(self) -> str:
        return f"{self.user_id} {self.action} @{self.timestamp}"


#: An event as it is stored, with the digest beside it, if there is one.
Stored = tuple[AuditEvent, str]

_GENESIS = ""


@dataclass(frozen=True)
class AuditTrail:
    """How audit events are stored, and what an auditor can tell of the store afterwards.

    Attributes:
        chained: repair: each event is stored with a digest of it and of the digest before it.
        anchored: repair: the auditor keeps the last digest, where nobody else can write.
    """

    chained: bool = False
    anchored: bool = False

    def digests(self, events: Sequence[AuditEvent]) -> list[str]:
        """The digest that belongs beside each event."""
        made, before = [], _GENESIS
        for event in events:
            before = hashlib.sha256(f"{before}|{event!r}".encode()).hexdigest()
            made.append(before if self.chained else "")
        return made

    def stored(self, events: Sequence[AuditEvent]) -> tuple[Stored, ...]:
        """The store after these events were recorded, by whoever can write to it."""
        return tuple(zip(events, self.digests(events), strict=True))

    def anchor(self, events: Sequence[AuditEvent]) -> str:
        """What the auditor keeps, outside of the store."""
        return (self.digests(events) or [_GENESIS])[-1] if self.anchored else ""

    def accepts(self, found: Sequence[Stored], anchor: str) -> bool:
        """Whether the auditor takes a store for what was recorded."""
        events = [event for event, _ in found]
        return self.stored(events) == tuple(found) and self.anchor(events) == anchor


AUDIT_REPAIRS = ("chained", "anchored")

REPAIRED_AUDIT = AuditTrail(chained=True, anchored=True)
