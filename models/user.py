"""M13, the user aggregate and its command handler: as seed 002, section 4 has them, and with each
of their repairs.

The seed compares `self.id` with `AggregateId::new()` and says neither what `new` gives nor in which
status a user begins; so both are fields of the model. Names are
known by numbers; e-mail addresses decide nothing and are left out.

>>> user = User(fresh=True)
>>> user.handle_command(CreateUser(1))
<UserError.USER_ALREADY_EXISTS: 'user already exists'>
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = [
    "NAMES", "REPAIRED", "REPAIRS", "CreateUser", "DeactivateUser", "NameUpdated", "UpdateName",
    "User", "UserCommand", "UserCreated", "UserDeactivated", "UserError", "UserEvent",
    "UserService", "UserStatus",
]  # fmt: skip


class UserStatus(Enum):
    """Whether a user may do anything; `NotCreated` is that of a repair."""

    NOT_CREATED = "not created"
    ACTIVE = "active"
    INACTIVE = "inactive"


class UserError(Enum):
    """Why a command is refused; the last two are those of the command handler and of a repair."""

    USER_ALREADY_EXISTS = "user already exists"
    USER_INACTIVE = "user inactive"
    USER_ALREADY_INACTIVE = "user already inactive"
    AGGREGATE_NOT_FOUND = "aggregate not found"
    USER_NOT_CREATED = "user not created"


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Create a user."""

    name: int


@dataclass(frozen=True, slots=True)
class UpdateName:
    """Give a user another name."""

    name: int


@dataclass(frozen=True, slots=True)
class DeactivateUser:
    """Make a user inactive."""


UserCommand: TypeAlias = CreateUser | UpdateName | DeactivateUser


@dataclass(frozen=True, slots=True)
class UserCreated:
    """A user was created."""

    name: int


@dataclass(frozen=True, slots=True)
class NameUpdated:
    """A user has another name."""

    name: int


@dataclass(frozen=True, slots=True)
class UserDeactivated:
    """A user is inactive."""


UserEvent: TypeAlias = UserCreated | NameUpdated | UserDeactivated

#: The names with which the command handler is explored.
NAMES = (1, 2)

#: The id with which an aggregate is made, which under one reading is what `new` gives again.
MADE_WITH = 0


@dataclass(frozen=True)
class User:
    """The aggregate `UserAggregate`.

    Attributes:
        created_once: repair: a user is created only where no event was applied before.
        created_first: repair: a user that was never created has a status of its own, in which
            other commands are refused.
        fresh: whether `AggregateId::new()` gives an id that it never gave before; if not, the same
            one each time.
        id: which user this is; no event sets it.
        version: how many events were applied.
        name: the name.
        status: whether the user is active.
        creating: whether the last event was `UserCreated`.
        created: whether `UserCreated` was ever applied: whether the user exists.
    """

    created_once: bool = False
    created_first: bool = False
    fresh: bool = False
    id: int = MADE_WITH
    version: int = 0
    name: int = 0
    status: UserStatus = UserStatus.ACTIVE
    creating: bool = False
    created: bool = False

    # -------------------------------------------------------------------------- AggregateRoot

    def _new_id(self) -> int:
        """`AggregateId::new()`, called once the aggregate has its id."""
        return self.id + 1 if self.fresh else MADE_WITH

    def _exists_already(self) -> bool:
        return self.version != 0 if self.created_once else self.id != self._new_id()

    def handle_command(self, command: UserCommand) -> UserEvent | UserError:
        """The event that a command leads to, or why it is refused."""
        if self.status is UserStatus.NOT_CREATED and not isinstance(command, CreateUser):
            return UserError.USER_NOT_CREATED
        match command:
            case CreateUser(name):
                if self._exists_already():
                    return UserError.USER_ALREADY_EXISTS
                return UserCreated(name)
            case UpdateName(name):
                if self.status is UserStatus.INACTIVE:
                    return UserError.USER_INACTIVE
                return NameUpdated(name)
            case DeactivateUser():
                if self.status is UserStatus.INACTIVE:
                    return UserError.USER_ALREADY_INACTIVE
                return UserDeactivated()

    def apply_event(self, event: UserEvent) -> User:
        """The user after an event; none is refused."""
        match event:
            case UserCreated(name):
                after = replace(self, name=name, status=UserStatus.ACTIVE, created=True)
            case NameUpdated(name):
                after = replace(self, name=name)
            case UserDeactivated():
                after = replace(self, status=UserStatus.INACTIVE)
        return replace(after, version=self.version + 1, creating=isinstance(event, UserCreated))

    def after_command(self, command: UserCommand) -> User | UserError:
        """The user after the event of a command."""
        event = self.handle_command(command)
        return event if isinstance(event, UserError) else self.apply_event(event)

    # ---------------------------------------------------------------------------------- actions

    @action(name=integers())
    def create(self, name: int) -> User:
        """`CreateUser` is accepted."""
        return self._accepted(CreateUser(name))

    @action(name=integers())
    def update_name(self, name: int) -> User:
        """`UpdateName` is accepted."""
        return self._accepted(UpdateName(name))

    @action
    def deactivate(self) -> User:
        """`DeactivateUser` is accepted."""
        return self._accepted(DeactivateUser())

    def _accepted(self, command: UserCommand) -> User:
        after = self.after_command(command)
        require(isinstance(after, User))
        assert isinstance(after, User)
        return after

    # ------------------------------------------------------------------------------- properties

    @invariant
    def absent_users_can_be_created(self) -> bool:
        """`CreateUser` succeeds for a user that does not exist."""
        refused = isinstance(self.handle_command(CreateUser(self.name)), UserError)
        return self.created or not refused

    @transition_invariant
    def existing_users_are_not_created(self, after: User) -> bool:
        """`CreateUser` does not succeed for a user that exists."""
        return not (self.created and after.creating)

    @transition_invariant
    def nothing_before_the_creation(self, after: User) -> bool:
        """To a user that does not exist nothing happens but its creation."""
        return after.created

    @invariant
    def version_of_the_created(self) -> bool:
        """What has a status of the seed has events, where creation comes first."""
        if not self.created_first:
            return True
        existing = self.status is not UserStatus.NOT_CREATED
        return existing == self.created and self.version >= 0 and (self.version > 0) == existing

    @transition_invariant
    def inactive_users_do_nothing(self, after: User) -> bool:
        """To an inactive user nothing happens but a creation."""
        return self.status is not UserStatus.INACTIVE or after.creating

    @transition_invariant
    def inactive_for_good(self, after: User) -> bool:
        """An inactive user stays inactive."""
        return self.status is not UserStatus.INACTIVE or after.status is UserStatus.INACTIVE

    def __str__(self) -> str:
        return f"{self.status.value}, name {self.name}, version {self.version}"


#: The switches.
REPAIRS = ("created_once", "created_first")

#: The repaired user, which begins in the status that is added.
REPAIRED = User(created_once=True, created_first=True, status=UserStatus.NOT_CREATED)


# -------------------------------------------------------------------------- the command handler


@dataclass(frozen=True)
class UserService:
    """`UserCommandHandler` with its `EventStore`: loads the aggregate, handles, appends.

    The ids that commands should carry are given (another claim is that they do not). Commands
    are accepted or refused; after either the answer is kept.

    Attributes:
        bootstrapped: repair: of an unknown aggregate the stream is empty.
        user: a new aggregate.
        streams: the events of each user that the store knows; None: not known.
        answer: what the last command was answered; None: accepted.
    """

    bootstrapped: bool = False
    user: User = User()
    streams: tuple[tuple[UserEvent, ...] | None, ...] = (None,)
    answer: UserError | None = None

    def get_events(self, user: int) -> tuple[UserEvent, ...] | UserError:
        """`EventStore::get_events` of all versions."""
        events = self.streams[user]
        if events is None:
            return () if self.bootstrapped else UserError.AGGREGATE_NOT_FOUND
        return events

    def load_aggregate(self, user: int) -> User | UserError:
        """`load_aggregate`, which the seed calls and does not define: the fold of the events."""
        events = self.get_events(user)
        if isinstance(events, UserError):
            return events
        aggregate = self.user
        for event in events:
            aggregate = aggregate.apply_event(event)
        return aggregate

    def handle(self, user: int, command: UserCommand) -> UserService:
        """`UserCommandHandler::handle`."""
        aggregate = self.load_aggregate(user)
        if isinstance(aggregate, UserError):
            return replace(self, answer=aggregate)
        event = aggregate.handle_command(command)
        if isinstance(event, UserError):
            return replace(self, answer=event)
        stream = (*(self.streams[user] or ()), event)
        streams = (*self.streams[:user], stream, *self.streams[user + 1 :])
        return replace(self, streams=streams, answer=None)

    @action(user=lambda state: range(len(state.streams)), name=NAMES)
    def create(self, user: int, name: int) -> UserService:
        """`CreateUser` for a user that is not known yet."""
        require(self.streams[user] is None)
        return self.handle(user, CreateUser(name))

    @invariant
    def first_commands_are_accepted(self) -> bool:
        """The first command that the store ever gets, to create a user, is accepted."""
        return self.answer is None

    def __str__(self) -> str:
        known = ["-" if stream is None else str(len(stream)) for stream in self.streams]
        answer = "" if self.answer is None else f", refused: {self.answer.value}"
        return f"events: {' '.join(known)}{answer}"
