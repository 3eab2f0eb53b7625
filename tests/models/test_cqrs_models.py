"""The models of CQRS in seeds 000, 001 and 003, call by call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.command_sides import Pool
from cospec.models.cqrs_bus_000 import CQRSBus
from cospec.models.cqrs_bus_001 import CQRSBus as TypedBus
from cospec.models.cqrs_system import REPAIRED, CQRSSystem, Create, Delete, Update, fold
from cospec.models.event_processor import EventProcessor
from cospec.models.model import Disabled
from cospec.models.projection_cache import COMPARED, TAGGED, QueryModel


def test_an_invalid_command_is_refused() -> None:
    assert CQRSSystem().handle_command(Create(0, 1)) is None
    assert CQRSSystem().command(Create(0, 1)).refused


def test_the_listing_updates_what_is_not_there() -> None:
    updated = CQRSSystem().handle_command(Update(1, 2))
    assert updated is not None
    assert updated.projection_state == ((1, 2),)
    assert REPAIRED.handle_command(Update(1, 2)) is None
    assert REPAIRED.handle_command(Delete(1)) is None


def test_entities_are_what_events_give() -> None:
    system: CQRSSystem | None = REPAIRED
    for command in (Create(2, 1), Create(1, 1), Update(2, 5), Delete(1)):
        assert system is not None
        system = system.handle_command(command)
    assert system is not None
    assert system.entities == fold((), system.event_store) == ((2, 5),)
    assert (system.handle_query(2), system.handle_query(1)) == (5, None)


def test_a_bus_answers_ok_after_its_last_projection() -> None:
    bus = CQRSBus().append(1)
    with pytest.raises(Disabled):
        bus.catch_up(0)  # a repair
    assert not bus.project(1).ok
    assert bus.project(1).project(1).ok == {1}


def test_a_projection_that_catches_up_is_not_asked_for_an_answer() -> None:
    bus = CQRSBus(catching_up=True, errors=1).append(1)
    assert bus.ok == {1}
    assert bus.fail_to_catch_up(0).catch_up(0).views == ((1,), ())


def test_an_event_that_is_known_is_not_stored_again() -> None:
    failed = CQRSBus(identified=True, errors=1, retries=1).append(1).fail(1)
    assert failed.resend(1).append(1).event_store == (1,)


def test_the_bus_of_seed_001_publishes_what_it_returns_once_it_is_repaired() -> None:
    assert TypedBus().send().published == frozenset()
    returned = TypedBus(returning=True).send()
    assert returned.unpublished == (1,)
    assert returned.publish(1).all_published()


def test_a_failed_call_leaves_out_the_later_projections() -> None:
    assert EventProcessor().process(2).applied == ((1,), (1,), ())
    twice = EventProcessor(positioned=True).process(2).process(0)
    assert twice.applied == ((1,), (1,), (1,))


def test_an_entry_with_an_old_tag_is_a_miss() -> None:
    filled = replace(TAGGED, events=1).miss().fill()
    assert filled.hit().answer == 0
    with pytest.raises(Disabled):
        filled.process().hit()
    assert filled.process().miss().fill().answer == 1


def test_a_result_that_is_too_old_is_answered_and_not_kept() -> None:
    raced = COMPARED.miss().process().fill()
    assert (raced.answer, raced.cached) == (0, -1)
    assert QueryModel().miss().process().fill().cached == 0


def test_queries_use_up_a_shared_pool() -> None:
    busy = Pool(size=1).begin_query()
    with pytest.raises(Disabled):
        busy.begin_command()
    assert Pool(size=1, separate=True).begin_query().begin_command().commands == 1
    assert busy.end_query().begin_command().end_command() == Pool(size=1)
