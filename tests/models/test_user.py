"""The user aggregate and its command handler at their edges."""

from __future__ import annotations

from cospec.models.user import (
    REPAIRED,
    CreateUser,
    DeactivateUser,
    NameUpdated,
    UpdateName,
    User,
    UserError,
    UserService,
    UserStatus,
)


def test_the_service_keeps_the_streams_of_users_apart() -> None:
    service = UserService(bootstrapped=True, user=REPAIRED, streams=(None, None))
    both = service.handle(0, CreateUser(1)).handle(1, CreateUser(2)).handle(0, DeactivateUser())
    assert [len(stream or ()) for stream in both.streams] == [2, 1]
    assert both.handle(0, UpdateName(2)).answer is UserError.USER_INACTIVE
    assert both.handle(1, UpdateName(1)).answer is None


def test_the_listing_at_its_edges() -> None:
    inactive = User(status=UserStatus.INACTIVE)
    assert inactive.handle_command(UpdateName(1)) is UserError.USER_INACTIVE
    assert inactive.handle_command(DeactivateUser()) is UserError.USER_ALREADY_INACTIVE
    renamed = inactive.apply_event(NameUpdated(2))  # an event is a fact: no guard
    assert (renamed.name, renamed.status, renamed.version) == (2, UserStatus.INACTIVE, 1)
    assert User(fresh=True).handle_command(CreateUser(1)) is UserError.USER_ALREADY_EXISTS
    assert REPAIRED.handle_command(UpdateName(1)) is UserError.USER_NOT_CREATED
