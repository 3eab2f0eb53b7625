"""M12, snapshots of seed 004, section 1.4, of the orders of section 1.2 (`cospec.models.order_v2`).

`save_snapshot` keeps one snapshot of an order, the newest that was saved, and `load_aggregate`
applies to it the events with versions above that of the snapshot. Each repair is a switch of
`Repository`; `REPAIRED` has all of them on. That the listing's `Order` cannot be serialized, and
that `create` stores no event, is not the question here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cospec.models.model import action, integers, invariant, require
from cospec.models.order_v2 import (
    Order,
    OrderCreated,
    OrderError,
    OrderEvent,
    OrderItem,
    OrderPaid,
    Rules,
)

__all__ = [
    "CALLS", "CREATED", "REPAIRED", "REPAIRS", "Policy", "Repository", "Snapshot", "called_from",
]  # fmt: skip

#: The first event of the order, and that of somebody who pays it.
CREATED = OrderCreated(1, (OrderItem(1, 1, 10.0),), 10.0)
PAID = OrderPaid(1, 10.0)

#: What a handler may be asked to do.
COMMANDS = ("pay", "ship", "cancel")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A row of the table `snapshots`."""

    order: Order
    version: int

    def __str__(self) -> str:
        return f"{_shown(self.order)}, saved as version {self.version}"


@dataclass(frozen=True)
class Repository:
    """The events of one order, its snapshot, and a command handler that has loaded it.

    Attributes:
        counted: `from_events` counts the first event.
        numbered: a snapshot is saved with the version of the last event that it is made of, and
            not with `order.version`.
        committed: a snapshot is saved only of an order without uncommitted events.
        events: what is committed; the event at place i has version i + 1.
        snapshot: what is saved.
        loaded: the order that the handler has loaded or made of it.
        seen: of how many committed events that was made.
        expected: the version that it had when it was loaded.
    """

    counted: bool = False
    numbered: bool = False
    committed: bool = False
    events: tuple[OrderEvent, ...] = ()
    snapshot: Snapshot | None = None
    loaded: Order | None = None
    seen: int = 0
    expected: int = 0

    # -------------------------------------------------------------------------- the listing

    @property
    def rules(self) -> Rules:
        """What orders may do."""
        return Rules(counting_first=self.counted)

    def rebuilt(self, count: int | None = None) -> Order | OrderError:
        """`from_events` of the first so many events, or of all."""
        return self.rules.from_events(self.events[:count])

    def load_aggregate(self) -> Order | OrderError:
        """`load_aggregate`: the snapshot and the events with versions above it, or all events."""
        if self.snapshot is None:
            return self.rebuilt()
        order = self.snapshot.order
        for event in self.events[self.snapshot.version :]:
            after = self.rules.apply_event(order, event)
            if isinstance(after, OrderError):
                return after
            order = after
        return order

    def with_snapshot(self, order: Order, seen: int) -> Repository:
        """`save_snapshot`, of an order that is made of so many committed events."""
        version = seen if self.numbered else order.version
        return replace(self, snapshot=Snapshot(order, version))

    # ---------------------------------------------------------------------------- actions

    @action
    def create(self) -> Repository:
        """The order is created, and that is committed."""
        require(not self.events)
        return replace(self, events=(CREATED,))

    @action
    def somebody_else(self) -> Repository:
        """Another handler pays the order."""
        require(self.events == (CREATED,))
        return replace(self, events=(CREATED, PAID))

    @action
    def load(self) -> Repository:
        """The handler loads the order, if it can."""
        return self._holding(self.load_aggregate(), len(self.events))

    @action(command=COMMANDS)
    def execute(self, command: str) -> Repository:
        """The handler carries out one command on what it has loaded, if the order allows it."""
        order = self._held()
        require(order.version == self.expected)
        match command:
            case "pay":
                after = self.rules.pay(order, order.total)
            case "ship":
                after = self.rules.ship(order)
            case _:
                after = self.rules.cancel(order)
        done = self._holding(after, self.seen)
        return replace(done, expected=self.expected)

    @action
    def save_events(self) -> Repository:
        """What is not committed is, if it follows the version that the order had when it was
        loaded (else its versions are taken); the handler is done."""
        new = self._held().uncommitted
        follows = self.expected == len(self.events)
        return replace(self.give_up(), events=self.events + new) if follows else self.give_up()

    @action
    def give_up(self) -> Repository:
        """The events are not saved: the handler has failed before."""
        self._held()
        return replace(self, loaded=None, seen=0, expected=0)

    @action
    def save_snapshot(self) -> Repository:
        """A snapshot is saved of what the handler has."""
        order = self._held()
        require(not self.committed or not order.uncommitted)
        return self.with_snapshot(order, self.seen)

    def _held(self) -> Order:
        require(self.loaded is not None)
        assert self.loaded is not None
        return self.loaded

    def _holding(self, order: Order | OrderError, seen: int) -> Repository:
        require(isinstance(order, Order))
        assert isinstance(order, Order)
        return replace(self, loaded=order, seen=seen, expected=order.version)

    # -------------------------------------------------------------------------- properties

    @invariant
    def loadable(self) -> bool:
        """An order that has events can be loaded."""
        return not self.events or isinstance(self.load_aggregate(), Order)

    @invariant
    def readable(self) -> bool:
        """The committed events are those of an order."""
        return not self.events or isinstance(self.rebuilt(), Order)

    @invariant
    def loads_what_events_give(self) -> bool:
        """`load_aggregate` gives what all events give."""
        return self.load_aggregate() == self.rebuilt()

    @invariant
    def snapshot_is_committed(self) -> bool:
        """A snapshot is what some of the committed events give."""
        if self.snapshot is None:
            return True
        given = [self.rebuilt(count) for count in range(1, len(self.events) + 1)]
        return self.snapshot.order in given

    def __str__(self) -> str:
        saved = f"; snapshot: {self.snapshot}" if self.snapshot else ""
        loaded = f"; loaded: {_shown(self.loaded)}" if self.loaded else ""
        return f"[{', '.join(map(str, self.events))}]{saved}{loaded}"


def _shown(order: Order) -> str:
    waiting = ", ".join(map(str, order.uncommitted))
    return f"{order}, uncommitted [{waiting}]" if waiting else str(order)


#: The switches; `numbered` does for a snapshot's version what `counted` does for every version.
REPAIRS = ("counted", "committed")

REPAIRED = Repository(counted=True, committed=True)


# --------------------------------------------------------------------------------- the policy

_COMMAND = ("load_events", "from_events", "save_events", "uncommitted_events")

#: What each function of sections 1.2 to 1.4 calls, of those that are the seed's own, constructors
#: apart. `routes` stands for the ways in; the handlers of two routes are said to be like that of
#: `pay`.
CALLS: dict[str, tuple[str, ...]] = {
    "routes": (
        "create_order", "pay_order", "ship_order", "cancel_order", "get_order", "list_user_orders",
    ),
    "create_order": ("Order::create", "save_events", "uncommitted_events"),
    "pay_order": ("Order::pay", *_COMMAND),
    "ship_order": ("Order::ship", *_COMMAND),
    "cancel_order": ("Order::cancel", *_COMMAND),
    "get_order": (),
    "list_user_orders": (),
    "Order::create": ("from_events",),
    "Order::pay": ("record_event",),
    "Order::ship": ("record_event",),
    "Order::cancel": ("record_event",),
    "from_events": ("apply_event",),
    "record_event": ("apply_event",),
    "apply_event": (),
    "uncommitted_events": (),
    "clear_uncommitted_events": (),
    "save_events": ("publish_event",),
    "publish_event": (),
    "load_events": (),
    "load_aggregate": (
        "load_snapshot", "load_events", "from_events", "load_events_after_version", "apply_event",
    ),
    "load_snapshot": (),
    "save_snapshot": (),
    "ReadModelProjection::handle_event": (),
}  # fmt: skip


def called_from(start: str, calls: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The functions that are called from one, directly or not."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for each in calls.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


@dataclass(frozen=True)
class Policy:
    """How many events there are, and of how many the newest snapshot is.

    Attributes:
        every: a snapshot is to be taken every so many events.
        snapshotting: `save_events` saves a snapshot when the version crosses a multiple of
            `every`, in its transaction; nothing does in the listing.
        version: the version of the last event.
        snapshot: that of the snapshot; 0 where there is none.
    """

    every: int = 100
    snapshotting: bool = False
    version: int = 0
    snapshot: int = 0

    @action(count=integers())
    def save_events(self, count: int) -> Policy:
        """Some more events are committed."""
        require(count >= 1)
        version = self.version + count
        crossed = version // self.every > self.version // self.every
        snapshot = version if self.snapshotting and crossed else self.snapshot
        return replace(self, version=version, snapshot=snapshot)

    @invariant
    def short_tail(self) -> bool:
        """Fewer events than `every` have to be applied to the snapshot."""
        return self.version - self.snapshot < self.every

    @invariant
    def same_block(self) -> bool:
        """The snapshot is of the same hundred as the last event."""
        return self.version // self.every == self.snapshot // self.every

    @invariant
    def not_ahead(self) -> bool:
        """The snapshot is of events that there are."""
        return 0 <= self.snapshot <= self.version

    def __str__(self) -> str:
        return f"version {self.version}, snapshot {self.snapshot or 'none'}"
