"""The projection of seed 004 event by event, and the pipeline that leads to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.model import Disabled
from cospec.models.order_pipeline import REPAIRED, OrderPipeline
from cospec.models.read_models import (
    AS_WRITTEN,
    PrimaryKeyViolation,
    ReadModelProjection,
    Row,
    life_of,
)

CREATED, PAID, SHIPPED = life_of("Created", "Paid", "Shipped")


def test_a_row_is_inserted_once() -> None:
    assert AS_WRITTEN.handle_event(None, CREATED) == Row("pending")
    assert AS_WRITTEN.handle_event(Row("pending"), CREATED) == PrimaryKeyViolation()
    tolerant = ReadModelProjection(tolerant=True)
    assert tolerant.handle_event(Row("paid"), CREATED) == Row("paid")


def test_an_update_of_no_row_is_no_error() -> None:
    assert AS_WRITTEN.handle_event(None, PAID) is None
    assert AS_WRITTEN.handle_event(Row("pending"), PAID) == Row("paid")


def test_other_events_are_ignored() -> None:
    assert AS_WRITTEN.handle_event(Row("paid"), SHIPPED) == Row("paid")
    consuming = ReadModelProjection(consuming=True)
    assert consuming.handle_event(Row("paid"), SHIPPED) == Row("shipped")


def test_a_guarded_row_is_that_of_the_highest_version() -> None:
    guarded = ReadModelProjection(consuming=True, upserting=True)
    row = guarded.handle_event(None, SHIPPED)
    assert row == Row("shipped", 3)
    assert guarded.handle_event(Row("shipped", 3), PAID) == Row("shipped", 3)


def test_an_event_whose_handling_fails_stays_on_the_bus() -> None:
    design = replace(REPAIRED, relaying=False, sequenced=False)
    pipeline = design.commit().publish(1)
    assert pipeline.in_flight == (1,)
    assert pipeline.deliver(1).row == Row("pending")


def test_the_stub_publishes_nothing_and_is_ok() -> None:
    written = OrderPipeline().commit().publish(1)
    assert (written.committed, written.published, written.failed) == (1, frozenset(), ())


def test_a_relay_publishes_again_what_it_had_not_noted() -> None:
    relayed = replace(REPAIRED, crashes=1).commit().relay()
    again = relayed.crash().relay()
    assert again.in_flight == (1, 1)
    once = again.deliver(1)
    assert once.deliver(1) == replace(once, in_flight=())
    with pytest.raises(Disabled):
        relayed.relay()
