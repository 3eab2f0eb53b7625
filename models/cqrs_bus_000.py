"""M06, the CQRS bus of seed 000, section 4.2, Rust: `send_command`, as written and repaired.

`send_command` validates and executes a command, appends its events to the one stream
`"command_stream"`, and then has each projection handle them, until one fails. It takes `&self`, so
that several run at a time. What is stored, and what projections have made of it, is not lost
in a crash. A command leads to one event here, known by the number of the command.

>>> bus = CQRSBus().append(1).project(1).project(1)
>>> print(bus)
stored [1]; views [1] [1]; ok 1
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.faults import Crashes
from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = ["BUS_REPAIRS", "CQRSBus", "CaughtUp", "Resent"]


@dataclass(frozen=True)
class CQRSBus(Crashes):
    """`CQRSBus`, its callers, and its projections.

    Attributes:
        catching_up: repair: `send_command` ends when events are stored; each projection has a
            position in the store, kept with its state, and reads on from there.
        identified: repair: events carry the id of their command, and are stored once.
        commands: those to be sent.
        concurrent: how many may run at a time.
        errors: how often a projection fails.
        retries: how often a caller that is told Err sends its command again.
        crashes: how often the process crashes.
        running: the commands whose events are stored, each with the projection that is next.
        event_store: what is stored.
        views: what each projection has handled, in this order.
        ok: the commands that were answered with Ok.
        err: those that were answered with Err.
    """

    catching_up: bool = False
    identified: bool = False
    commands: tuple[int, ...] = (1,)
    concurrent: int = 1
    errors: int = 0
    retries: int = 0
    crashes: int = 0
    running: tuple[tuple[int, int], ...] = ()
    event_store: tuple[int, ...] = ()
    views: tuple[tuple[int, ...], ...] = ((), ())
    ok: frozenset[int] = frozenset()
    err: frozenset[int] = frozenset()

    def _running(self) -> list[int]:
        return [command for command, _ in self.running]

    def _views(self) -> range:
        return range(len(self.views))

    def _handled(self, projection: int, event: int) -> CQRSBus:
        views = list(self.views)
        views[projection] = (*views[projection], event)
        return replace(self, views=tuple(views))

    def _without(self, command: int) -> CQRSBus:
        return replace(self, running=tuple(each for each in self.running if each[0] != command))

    # ------------------------------------------------------------------------------- send_command

    @action(command=lambda bus: bus.commands)
    def append(self, command: int) -> CQRSBus:
        """`send_command` up to `append_events`."""
        require(len(self.running) < self.concurrent)
        rest = tuple(each for each in self.commands if each != command)
        known = self.identified and command in self.event_store
        store = self.event_store if known else (*self.event_store, command)
        after = replace(self, commands=rest, event_store=store)
        if self.catching_up or known:
            return replace(after, ok=self.ok | {command})
        return replace(after, running=(*self.running, (command, 0)))

    @action(fair=True, command=_running)
    def project(self, command: int) -> CQRSBus:
        """The next projection handles the event; after the last one `send_command` gives Ok."""
        projection = dict(self.running)[command]
        after = self._handled(projection, command)
        if projection + 1 == len(self.views):
            return replace(after._without(command), ok=self.ok | {command})
        running = [(each, n + (each == command)) for each, n in after.running]
        return replace(after, running=tuple(running))

    @action(command=_running)
    def fail(self, command: int) -> CQRSBus:
        """The next projection fails, and `send_command` gives that error."""
        require(self.errors > 0)
        ended = self._without(command)
        return replace(ended, errors=self.errors - 1, err=self.err | {command})

    @action(command=lambda bus: sorted(bus.err))
    def resend(self, command: int) -> CQRSBus:
        """A caller that was told Err sends its command again."""
        require(self.retries > 0)
        again = (*self.commands, command)
        return replace(self, retries=self.retries - 1, err=self.err - {command}, commands=again)

    # -------------------------------------------------------------------------------- catching up

    @action(fair=True, projection=_views)
    def catch_up(self, projection: int) -> CQRSBus:
        """A projection handles the next event of the store."""
        position = len(self.views[projection])
        require(self.catching_up and position < len(self.event_store))
        return self._handled(projection, self.event_store[position])

    @action(projection=_views)
    def fail_to_catch_up(self, projection: int) -> CQRSBus:
        """It fails, and will try again."""
        require(self.catching_up and self.errors > 0)
        require(len(self.views[projection]) < len(self.event_store))
        return replace(self, errors=self.errors - 1)

    def after_crash(self) -> CQRSBus:
        """Nobody hears of what was running."""
        return replace(self, running=())

    # ------------------------------------------------------------------------------- properties

    def projected(self) -> bool:
        """Whether each projection has handled what is stored, and nothing else."""
        return all(sorted(view) == sorted(self.event_store) for view in self.views)

    def in_store_order(self) -> bool:
        """Whether each projection has handled the first events of the store, in its order."""
        return all(view == self.event_store[: len(view)] for view in self.views)

    def failed_have_no_effect(self) -> bool:
        """Whether nothing is stored of a command that was answered with Err."""
        return not self.err & set(self.event_store)

    def stored_once(self) -> bool:
        """Whether the event of each command is stored once."""
        return len(set(self.event_store)) == len(self.event_store)

    def __str__(self) -> str:
        views = " ".join(f"[{' '.join(map(str, view))}]" for view in self.views)
        answers = [f"{name} {' '.join(map(str, sorted(told)))}"
                   for name, told in (("ok", self.ok), ("err", self.err)) if told]  # fmt: skip
        stored = " ".join(map(str, self.event_store))
        return "; ".join([f"stored [{stored}]", f"views {views}", *answers])


#: The switches.
BUS_REPAIRS = ("catching_up", "identified")


@dataclass(frozen=True)
class CaughtUp:
    """A store and one projection of it, whatever the others do, as one place of both tells.

    Attributes:
        catching_up: as in `CQRSBus`; without, events are handled in any order.
        place: the place that is looked at, counted from 0.
        length: how many events are stored.
        position: how many events the projection has handled.
        stored: the event at that place of the store, once there is one.
        handled: the one that the projection has handled there.
    """

    catching_up: bool = True
    place: int = 0
    length: int = 0
    position: int = 0
    stored: int = 0
    handled: int = 0

    @action(event=integers())
    def append(self, event: int) -> CaughtUp:
        """An event is stored."""
        stored = event if self.length == self.place else self.stored
        return replace(self, length=self.length + 1, stored=stored)

    @action(place=integers(), event=integers())
    def project(self, place: int, event: int) -> CaughtUp:
        """The projection handles the event at a place of the store: the next, or any."""
        require(place >= 0)
        require(place < self.length)
        require(place != self.place or event == self.stored)
        require(not self.catching_up or place == self.position)
        handled = event if self.position == self.place else self.handled
        return replace(self, position=self.position + 1, handled=handled)

    @invariant
    def in_store_order(self) -> bool:
        """What the projection has handled at a place is what is stored there."""
        return self.position <= self.place or self.handled == self.stored

    @invariant
    def not_ahead(self) -> bool:
        """Catching up, it has handled no more than there are."""
        within = self.position >= 0 and self.length >= 0
        return within and (not self.catching_up or self.position <= self.length)

    @transition_invariant
    def goes_on(self, after: CaughtUp) -> bool:
        """Each step handles one more event, or stores one."""
        handled, stored = after.position - self.position, after.length - self.length
        return handled >= 0 and stored >= 0 and handled + stored == 1

    def __str__(self) -> str:
        there = f": {self.stored}" if self.length > self.place else ""
        seen = f", {self.handled} handled there" if self.position > self.place else ""
        return f"{self.length} stored, at {self.place}{there}; {self.position} handled{seen}"


@dataclass(frozen=True)
class Resent:
    """One command, sent any number of times, whatever is stored of others.

    Attributes:
        identified: as in `CQRSBus`.
        stored: how often its event is stored.
    """

    identified: bool = False
    stored: int = 0

    @action
    def send(self) -> Resent:
        """It is sent, and answered with Ok, Err or not at all."""
        if self.identified and self.stored > 0:
            return self
        return replace(self, stored=self.stored + 1)

    @invariant
    def stored_once(self) -> bool:
        """It is stored once at most."""
        return 0 <= self.stored <= 1

    def __str__(self) -> str:
        return f"stored {self.stored} times"
