"""Claims on trading, game and audit events (M17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations, product

from cospec.models.domain_events import (
    REPAIRED_AUDIT,
    REPAIRED_GAMES,
    REPAIRED_TRADE,
    AuditEvent,
    AuditTrail,
    GameStreams,
    Stored,
    TradeStream,
)
from cospec.models.model import action, require
from cospec.proofs.evidence import (
    Evidence,
    always,
    conditional,
    determined,
    each,
    each_reason,
    inductive,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Register, Truth
from cospec.proofs.storage_logic import anchor_tells

CLAIMS = Register()

SEED = "seed 003"

# The events as the document has them.
ANY_TRADE, ANY_GAME, PLAIN_LIST = TradeStream(), GameStreams(), AuditTrail()

#: How many steps of a class are looked at for a counterexample before it is proved.
DEPTH = 3


# ---------------------------------------------------------------------------------------- trading


@CLAIMS.claim(
    "trade-fill",
    model="M17",
    source=f"{SEED}, section 6.1, TradeEvent",
    statement=(
        "Of every order, the fill quantities come to its quantity at most, no fill is recorded "
        "after it was cancelled, and only an order that is open is cancelled."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="trade-fill-repaired",
)
def trade_fill(design: TradeStream = ANY_TRADE) -> Finding:
    """Nobody accepts or refuses the events: any sequence of them is a stream."""
    asked = {
        "not_overfilled": "no more is filled than the order is for",
        "no_fill_after_cancel": "no fill comes after the order was cancelled",
        "cancelled_while_open": "only an order that is open is cancelled",
    }
    return each_reason(inductive(design, name, text, depth=DEPTH) for name, text in asked.items())


@CLAIMS.claim(
    "trade-fill-repaired",
    model="M17",
    source=f"{SEED}, repair of TradeEvent",
    statement=(
        "An order book that fills only orders that are open, and no more than what remains of "
        "them, keeps all three, for any quantities and any number of events."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def trade_fill_repaired(design: TradeStream = REPAIRED_TRADE) -> Finding:
    """By induction over the events."""
    return trade_fill(design)


# ------------------------------------------------------------------------------------------ games


@dataclass(frozen=True)
class FewGames(GameStreams):
    """Two games and two moves, which can be explored."""

    @action(game=(1, 2))
    def player_joined(self, game: int) -> GameStreams:
        """`PlayerJoined`"""
        return super().player_joined(game)

    @action(game=(1, 2))
    def player_moved(self, game: int) -> GameStreams:
        """`PlayerMoved`"""
        require(len(self.meant) < 2)
        return super().player_moved(game)


def _few(design: GameStreams) -> FewGames:
    return FewGames(design.with_game, design.joined_only)


BOUNDS = "1 player, 2 games, 2 moves"


@CLAIMS.claim(
    "game-move",
    model="M17",
    source=f"{SEED}, section 6.2, GameEvent",
    statement=(
        "Each event belongs to one game: the stored events tell in which game a player has moved, "
        "and that is a game that the player has joined before."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="game-move-repaired",
)
def game_move(design: GameStreams = ANY_GAME) -> Finding:
    """PlayerMoved has no game_id, so that one move in either of two games is the same event, even
    of a player who has joined both."""
    both_joined = replace(_few(design), joined_only=True)
    return each_reason(
        [
            determined(
                both_joined,
                GameStreams.events,
                lambda state: state.meant,
                "the stored events tell the games of the moves",
                f"{BOUNDS}, in games joined before",
            ),
            always(
                _few(design),
                GameStreams.moved_after_joining,
                "a player moves only in games joined before",
                BOUNDS,
            ),
        ]
    )


@CLAIMS.claim(
    "game-move-repaired",
    model="M17",
    source=f"{SEED}, repair of GameEvent",
    statement=(
        "If PlayerMoved has a game_id, and is refused in a game that the player has not joined, "
        "every move is recorded with its game, one joined before; for any games and moves."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def game_move_repaired(design: GameStreams = REPAIRED_GAMES) -> Finding:
    """By induction over the events."""
    asked = {
        "routable": "what is recorded of each move tells its game",
        "moved_after_joining": "a player moves only in games joined before",
    }
    small = game_move(design)
    if small.counterexamples:
        return small
    proofs = (inductive(design, name, text, depth=DEPTH) for name, text in asked.items())
    return weighed([*proofs, *small.proofs])


# ------------------------------------------------------------------------------------------ audit

#: Two events, with different times only: the payload has a time of its own.
ACTIONS = AuditEvent("ada", "read", 1), AuditEvent("ada", "read", 2)


Tampered = tuple[tuple[AuditEvent, ...], tuple[Stored, ...]]


def _tampered(trail: AuditTrail) -> Iterator[Tampered]:
    """What was recorded, and another store: the one that was there with an event changed or
    removed and the digests as they were; or any, with digests that fit it."""
    lists = [made for size in range(4) for made in product(ACTIONS, repeat=size)]
    for recorded in lists:
        stored = trail.stored(recorded)
        for place, (event, digest) in enumerate(stored):
            others = [(other, digest) for other in ACTIONS if other != event]
            for instead in ([], others):
                yield recorded, (*stored[:place], *instead, *stored[place + 1 :])
    for recorded, found in permutations(lists, 2):
        yield recorded, trail.stored(found)


def _detected(trail: AuditTrail) -> Evidence:
    return each(
        _tampered(trail),
        lambda case: not trail.accepts(case[1], trail.anchor(case[0])),
        "an auditor accepts no store but that of the recorded events",
        "up to 3 events of 2 kinds, any other such store",
        lambda case: (
            f"recorded: [{', '.join(map(str, case[0]))}]",
            f"found: [{', '.join(str(event) for event, _ in case[1])}], accepted",
        ),
    )


@CLAIMS.claim(
    "audit-tamper",
    model="M17",
    source=f"{SEED}, section 6.3, AuditEvent",
    statement=(
        "If a recorded event is changed or removed, or another one added, an auditor who looks at "
        "the store can tell."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="audit-tamper-repaired",
)
def audit_tamper(trail: AuditTrail = PLAIN_LIST) -> Finding:
    """Every list of events is one that might have been recorded."""
    return weighed([_detected(trail)])


@CLAIMS.claim(
    "audit-tamper-repaired",
    model="M17",
    source=f"{SEED}, repair of AuditEvent",
    statement=(
        "If each event is stored with a digest of it and of the digest before it, and the auditor "
        "keeps the last digest out of reach, every other store is detected, of any length, as "
        "long as no two things have the same digest."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def audit_tamper_repaired(trail: AuditTrail = REPAIRED_AUDIT) -> Finding:
    """Without the digest that the auditor keeps, whoever can write to the store can write another
    chain, or leave the last events out."""
    found = _detected(trail)
    if isinstance(found, Counterexample):
        return weighed([found])
    return weighed([anchor_tells(chained=trail.chained), found])


@CLAIMS.claim(
    "es003-audit",
    model="M17",
    source=f"{SEED}, summary, item 3; section 6.3",
    statement="The event history supports audit: what is in it is what was recorded.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def audit(trail: AuditTrail = PLAIN_LIST) -> Finding:
    """Append-only is a convention: the listings have nothing that would notice a change."""
    hypothesis = "events are chained by digests without collisions, the last kept by the auditor"
    return conditional(_detected(trail), anchor_tells(under=hypothesis))
