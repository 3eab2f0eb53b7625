"""M06, CQRS as seed 002, section 4.2 has it, and with each of its repairs.

`execute_command` calls a handler, which loads the aggregate from its own event store, lets it
handle the command and appends the events there; then it publishes each of them on a bus, which
stores it in its own store, and sends it to the channel of its type. There is none, and no way to
make one; and nothing writes to the read models that queries are answered from. The `EventStore` of
`CommandSide` is a third one. They are three values, since `EventStore` is `Clone` and owns its map.

The model has one user, whose commands carry its id and who may be created (cqrs002-command-address
and es002-bootstrap are other claims); events are known by their versions. What is stored
and what is in read models is not lost in a crash; what is in channels is.

>>> executed = CQRS().execute(CreateUser(1)).publish(1)
>>> print(executed)
handler [1], bus [1], command side []; Ok; view: version 0
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from cospec.models.event_relay import Relayed
from cospec.models.model import action, require
from cospec.models.user import REPAIRED as NEW_USER
from cospec.models.user import (
    CreateUser,
    DeactivateUser,
    UpdateName,
    User,
    UserCommand,
    UserError,
    UserEvent,
)

__all__ = ["COMMANDS", "CQRS", "REPAIRED", "REPAIRS", "CreateUser", "UpdateName"]

#: The commands that are executed where the model is explored.
COMMANDS: tuple[UserCommand, ...] = (CreateUser(1), UpdateName(2), DeactivateUser())


@dataclass(frozen=True)
class CQRS(Relayed):
    """`CQRS`, with `UserCommandHandler`, the read model of `UserQueryHandler`, and a caller.

    Attributes:
        sharing: repair: there is one event store, `Arc<RwLock<EventStore>>`; the bus stores no
            event that is there.
        subscribed: repair: there is a channel, and a projector that receives from it and writes to
            the read model.
        relaying: repair: `execute_command` ends when events are stored, and a relay publishes what
            is in the store of the command side.
        sequenced: repair: the projector applies each event once, in order.
        resuming: repair: after a crash the relay begins at the position of the projector.
        counting: repair: the version in a `CommandResult` is that after the events.
        commands: those that will be executed, in this order.
        crashes: how often the process crashes.
        duplicates: how many events are delivered once more.
        publish_errors: how often publishing fails.
        handler_store: the store of the handler.
        bus_store: the store of the bus.
        command_store: the store of the command side.
        unpublished: the events of `execute_command` that are still to be published.
        marked: how far the relay has noted that it is.
        sent: whether it has published the next one.
        published: what was ever sent to a channel.
        in_flight: what is in the channel.
        applied: what the projector has applied, in this order.
        view: the read model.
        answer: what `execute_command` has answered last: Ok, Err, or nothing yet.
        version: the version in that `CommandResult`.
        stored: how many events the handler had stored before.
    """

    volatile: ClassVar[bool] = True

    sharing: bool = False
    subscribed: bool = False
    relaying: bool = False
    sequenced: bool = False
    resuming: bool = False
    counting: bool = False
    commands: tuple[UserCommand, ...] = COMMANDS
    crashes: int = 0
    duplicates: int = 0
    publish_errors: int = 0
    handler_store: tuple[UserEvent, ...] = ()
    bus_store: tuple[UserEvent, ...] = ()
    command_store: tuple[UserEvent, ...] = ()
    unpublished: tuple[int, ...] = ()
    marked: int = 0
    sent: bool = False
    published: frozenset[int] = frozenset()
    in_flight: tuple[int, ...] = ()
    applied: tuple[int, ...] = ()
    view: User = NEW_USER
    answer: str = ""
    version: int = 0
    stored: int = 0

    @property
    def committed(self) -> int:
        """How many events the relay finds."""
        return len(self.command_store)

    # ---------------------------------------------------------------------------------- commands

    def load_aggregate(self) -> User:
        """The fold of the events in the store of the handler."""
        return project(self.handler_store)

    @action(command=lambda cqrs: cqrs.commands[:1])
    def execute(self, command: UserCommand) -> CQRS:
        """`execute_command` calls the handler. It is `&mut self`: one at a time."""
        require(not self.unpublished)
        after = replace(
            self, commands=self.commands[1:], stored=len(self.handler_store), answer=""
        )  # fmt: skip
        aggregate = self.load_aggregate()
        event = aggregate.handle_command(command)
        if isinstance(event, UserError):
            return replace(after, answer="Err")
        version = aggregate.version
        after = after._appended(event)
        after = replace(after, version=version + 1 if self.counting else version)
        if self.relaying:
            return replace(after, answer="Ok")
        return replace(after, unpublished=(len(after.handler_store),))

    def _appended(self, event: UserEvent) -> CQRS:
        """`append_events` of the handler's store."""
        longer = (*self.handler_store, event)
        if self.sharing:
            return replace(self, handler_store=longer, bus_store=longer, command_store=longer)
        return replace(self, handler_store=longer)

    def _on_the_bus(self, version: int) -> CQRS:
        """`EventBus::publish`: stores, and sends to the channel if there is one."""
        after = self
        if not self.sharing:
            event = self.handler_store[version - 1]
            after = replace(self, bus_store=(*self.bus_store, event))
        if not self.subscribed:
            return after
        published: CQRS = super(CQRS, after)._on_the_bus(version)
        return published

    @action(fair=True, version=lambda cqrs: cqrs.unpublished)
    def publish(self, version: int) -> CQRS:
        """`execute_command` publishes the event, and answers."""
        published: CQRS = super().publish(version)
        return replace(published, answer="Ok")

    @action(version=lambda cqrs: cqrs.unpublished)
    def fail_to_publish(self, version: int) -> CQRS:
        """Publishing fails, and `execute_command` answers with that error."""
        require(self.publish_errors > 0)
        rest = tuple(each for each in self.unpublished if each != version)
        errors = self.publish_errors - 1
        return replace(self, unpublished=rest, publish_errors=errors, answer="Err")

    # -------------------------------------------------------------------------------- projecting

    def projecting(self, version: int) -> CQRS:
        """The read model after an event."""
        return replace(self, view=self.view.apply_event(self.handler_store[version - 1]))

    # -------------------------------------------------------------------------------- properties

    def one_log(self) -> bool:
        """Whether the three stores hold the same, when no command is being executed."""
        stores = {self.handler_store, self.bus_store, self.command_store}
        return bool(self.unpublished) or len(stores) == 1

    def err_stores_nothing(self) -> bool:
        """Whether a command that was answered with Err has stored nothing."""
        return self.answer != "Err" or len(self.handler_store) == self.stored

    def result_version(self) -> bool:
        """Whether the version in the last result is that of the aggregate."""
        return self.answer != "Ok" or self.version == self.load_aggregate().version

    def reflected(self) -> bool:
        """Whether the read model is what the events give that were stored."""
        return self.view == project(self.handler_store)

    def shows_a_past(self) -> bool:
        """Whether the read model is what the first of those events give, however many."""
        stored = self.handler_store
        return any(self.view == project(stored[:n]) for n in range(len(stored) + 1))

    def __str__(self) -> str:
        stores = (self.handler_store, self.bus_store, self.command_store)
        named = zip(("handler", "bus", "command side"), stores, strict=True)
        numbers = {name: " ".join(str(n + 1) for n in range(len(store))) for name, store in named}
        shown = ", ".join(f"{name} [{held}]" for name, held in numbers.items())
        answer = self.answer or "no answer"
        return f"{shown}; {answer}; view: version {self.view.version}"


def project(events: tuple[UserEvent, ...]) -> User:
    """The read model that events give."""
    user = NEW_USER
    for event in events:
        user = user.apply_event(event)
    return user


#: The switches.
REPAIRS = ("sharing", "subscribed", "relaying", "sequenced", "resuming", "counting")

REPAIRED = CQRS(
    sharing=True, subscribed=True, relaying=True, sequenced=True, resuming=True, counting=True
)
