"""M09, the minimal verifiable example of seed 002, section 5, as a program that can be run.

`main` creates a channel, subscribes, publishes an event, creates a user and asks for one, a step
after the other; each `?` ends it. The subscriber's handler runs beside it. The parts are those of
`cospec.models.event_channels` and `cospec.models.user`, each with the repairs that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.event_channels import EventChannel
from cospec.models.model import action, final, require
from cospec.models.user import NAMES, CreateUser, User, UserError, UserService

__all__ = ["REPAIRED", "REPAIRS", "MinimalExample"]

#: The switches, one for each repair.
REPAIRS = ("consuming", "bootstrapped", "created_once", "projecting", "asking_for_it")

#: The event that `main` publishes, and the name of the user that it creates.
PUBLISHED = 1
NAME = NAMES[0]

#: `UserId::new()`: the id of nobody.
FRESH = 1

#: A command side that knows no user.
NOBODY_KNOWN = UserService(streams=(None, None))


@dataclass(frozen=True)
class MinimalExample:
    """A state of the example.

    Attributes:
        consuming: repair: somebody receives from the channel and calls the handler.
        bootstrapped: repair: of an unknown aggregate the stream is empty.
        created_once: repair: a user is created where no event was applied, and not where its id is
            `AggregateId::new()`, which is another one each time.
        projecting: repair: what commands bring about reaches the read model, and the query waits
            for it.
        asking_for_it: repair: the query asks for the user that was created, and not for
            `UserId::new()`.
        line: how far `main` has come.
        failed: the error at which `main` ended.
        channel: the channel of user events, once it is there.
        subscribed: whether the handler is subscribed.
        handled: the events that the handler was called with.
        users: the command side.
        view: the read model, the name of each user; None: not known.
        answered: the answer to the query, once there is one.
    """

    consuming: bool = False
    bootstrapped: bool = False
    created_once: bool = False
    projecting: bool = False
    asking_for_it: bool = False
    line: int = 0
    failed: str = ""
    channel: EventChannel | None = None
    subscribed: bool = False
    handled: tuple[int, ...] = ()
    users: UserService = NOBODY_KNOWN
    view: tuple[int | None, ...] = (None, None)
    answered: tuple[int | None, ...] = ()

    def _next(self, line: int) -> None:
        require(self.line == line and not self.failed)

    @action(fair=True)
    def create_channel(self) -> MinimalExample:
        """`event_bus.create_channel(EventType::new("user"), 1000)`"""
        self._next(0)
        return replace(self, line=1, channel=EventChannel(1000, reporting=True))

    @action(fair=True)
    def subscribe(self) -> MinimalExample:
        """`event_bus.subscribe(user_subscriber)`"""
        self._next(1)
        return replace(self, line=2, subscribed=True)

    @action(fair=True)
    def publish(self) -> MinimalExample:
        """`event_bus.publish(user_created_event)`"""
        self._next(2)
        assert self.channel is not None
        return replace(self, line=3, channel=self.channel.publish(PUBLISHED))

    @action(fair=True)
    def execute_command(self) -> MinimalExample:
        """`cqrs.execute_command(create_user_command)?`"""
        self._next(3)
        user = User(created_once=self.created_once, fresh=True)
        service = replace(self.users, bootstrapped=self.bootstrapped, user=user)
        after = service.handle(0, CreateUser(NAME))
        failed = "" if after.answer is None else str(after.answer)
        return replace(self, line=4, users=after, failed=failed)

    @action(fair=True)
    def execute_query(self) -> MinimalExample:
        """`cqrs.execute_query(get_user_query)?`"""
        self._next(4)
        require(not self.projecting or self.view[0] is not None)
        found = self.view[0 if self.asking_for_it else FRESH]
        failed = "UserNotFound" if found is None else ""
        return replace(self, line=5, answered=(found,), failed=failed)

    @action(fair=True)
    def handle(self) -> MinimalExample:
        """The subscriber's handler is called with the next event of the channel."""
        require(self.consuming and self.subscribed and self.channel is not None)
        assert self.channel is not None
        require(self.channel.queue)
        after = self.channel.receive()
        return replace(self, channel=after, handled=after.received)

    @action(fair=True)
    def project(self) -> MinimalExample:
        """The read model takes over the users."""
        require(self.projecting)
        view = tuple(self._projected(user) for user in range(len(self.view)))
        require(view != self.view)
        return replace(self, view=view)

    def _projected(self, user: int) -> int | None:
        loaded = self.users.load_aggregate(user)
        return None if isinstance(loaded, UserError) or not loaded.created else loaded.name

    @final
    def done(self) -> bool:
        """The example may end wherever nothing is left to do."""
        return True

    @property
    def as_announced(self) -> bool:
        """Whether the handler was called with the event, and the query has found the user."""
        return self.handled == (PUBLISHED,) and self.answered == (NAME,)

    def __str__(self) -> str:
        said = [f"line {self.line} of main", f"handled {list(self.handled)}"]
        said += [f"answered {list(self.answered)}"] if self.answered else []
        said += [f"main has ended with {self.failed}"] if self.failed else []
        return ", ".join(said)


#: All repairs applied.
REPAIRED = MinimalExample(True, True, True, True, True)
