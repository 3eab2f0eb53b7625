"""Trading, game and audit events: what may be recorded, and what an auditor accepts."""

from __future__ import annotations

import pytest

from cospec.models.domain_events import (
    REPAIRED_AUDIT,
    REPAIRED_TRADE,
    AuditEvent,
    AuditTrail,
    GameStreams,
    TradeStream,
)
from cospec.models.model import Disabled

READ, WRITE = AuditEvent("ada", "read"), AuditEvent("ada", "write")


def test_an_order_of_ten_may_be_filled_with_fourteen() -> None:
    order = TradeStream().order_placed(10).order_filled(7).order_filled(7)
    assert (order.filled, order.quantity) == (14, 10)


def test_an_order_book_fills_what_remains() -> None:
    order = REPAIRED_TRADE.order_placed(10).order_filled(7)
    with pytest.raises(Disabled):
        order.order_filled(4)
    full = order.order_filled(3)
    assert not full.is_open()
    for refused in (
        full.order_cancelled,
        lambda: full.order_filled(1),
        lambda: full.order_placed(1),
    ):
        with pytest.raises(Disabled):
            refused()


def test_an_order_book_cancels_what_is_open() -> None:
    cancelled = REPAIRED_TRADE.order_placed(1).order_cancelled()
    assert cancelled.cancelled
    assert not cancelled.cancelled_late
    with pytest.raises(Disabled):
        cancelled.order_filled(1)
    with pytest.raises(Disabled):
        REPAIRED_TRADE.order_cancelled()


def test_a_move_does_not_say_in_which_game() -> None:
    joined = GameStreams().player_joined(1).player_joined(2)
    assert joined.player_moved(1).events() == joined.player_moved(2).events()
    assert GameStreams(with_game=True).player_moved(1).events() == ((), (1,))


def test_nobody_joins_a_game_twice() -> None:
    with pytest.raises(Disabled):
        GameStreams().player_joined(1).player_joined(1)


@pytest.mark.parametrize("trail", [AuditTrail(), AuditTrail(chained=True), REPAIRED_AUDIT])
def test_what_was_recorded_is_accepted(trail: AuditTrail) -> None:
    for events in ((), (READ,), (READ, WRITE, READ)):
        assert trail.accepts(trail.stored(events), trail.anchor(events))


def test_a_chain_alone_does_not_notice_that_its_end_is_missing() -> None:
    chained = AuditTrail(chained=True)
    stored = chained.stored((READ, WRITE))
    assert chained.accepts(stored[:1], chained.anchor((READ, WRITE)))
    assert not chained.accepts(stored[1:], chained.anchor((READ, WRITE)))
    assert not REPAIRED_AUDIT.accepts(stored[:1], REPAIRED_AUDIT.anchor((READ, WRITE)))


def test_a_digest_depends_on_all_that_came_before() -> None:
    one, two = (REPAIRED_AUDIT.anchor(events) for events in ((READ, WRITE), (WRITE, WRITE)))
    assert one != two
