"""M12, readers of the event store: the order over all streams, pollers, and replicas.

Seed 003, section 2.1, promises `read_all_events(from_position, batch_size)`; the store of section
4.2 has a `global_position` for it that nothing ever increments, and seed 004's table an
`id BIGSERIAL`, which is taken before its transaction commits. Each repair is a switch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.faults import DuplicatedMessages, LostMessages, Reorderings
from cospec.models.model import action, final, integers, invariant, require

__all__ = ["GlobalLog", "Poller", "Replicas", "Transaction", "WatchedTransaction"]


@dataclass(frozen=True)
class GlobalLog:
    """A map of two streams, and what a reader of all events is given.

    Attributes:
        positioned: repair: `global_position` is incremented under the lock and kept in the event.
        room: how many events are appended.
        clock: the time; it never goes back, and need not go on between two events.
        order: the stream of each event, in the order of the appends: what is to be told.
        times: the time of each event.
    """

    positioned: bool = False
    room: int = 3
    clock: int = 0
    order: tuple[str, ...] = ()
    times: tuple[int, ...] = ()

    @action(stream=("A", "B"))
    def append(self, stream: str) -> GlobalLog:
        """An event is appended to a stream."""
        require(len(self.order) < self.room)
        return replace(self, order=(*self.order, stream), times=(*self.times, self.clock))

    @action
    def tick(self) -> GlobalLog:
        """Time passes."""
        require(self.clock < 2)
        return replace(self, clock=self.clock + 1)

    @property
    def streams(self) -> frozenset[tuple[str, int, int, int]]:
        """What the map holds: of each event its stream, version, time and, repaired, position."""
        return frozenset(
            (
                stream,
                self.order[:place].count(stream) + 1,
                self.times[place],
                place + 1 if self.positioned else 0,
            )
            for place, stream in enumerate(self.order)
        )

    def __str__(self) -> str:
        held = sorted(
            (f"{stream}.v{version}", f"@{time}", f" at {position}" if position else "")
            for stream, version, time, position in self.streams
        )
        return f"{{{', '.join(map(''.join, held))}}}"


# ----------------------------------------------------------------------------------- pollers


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that inserts one event: its id (0: none yet), and whether it is committed."""

    id: int = 0
    committed: bool = False

    def __str__(self) -> str:
        if not self.id:
            return "not begun"
        return f"id {self.id} {'committed' if self.committed else 'open'}"


def _transactions(state: Poller) -> range:
    return range(len(state.transactions))


@dataclass(frozen=True)
class Poller:
    """Transactions that take ids, and a poller that asks for `id > last`.

    Attributes:
        below_open: repair: it asks for ids below that of every open transaction.
        transactions: each inserts one event.
        next_id: the next value of the sequence.
        last: the last id that the poller has read.
        seen: the ids that it has read.
    """

    below_open: bool = False
    transactions: tuple[Transaction, ...] = (Transaction(), Transaction())
    next_id: int = 1
    last: int = 0
    seen: frozenset[int] = frozenset()

    def _with(self, transaction: int, now: Transaction) -> tuple[Transaction, ...]:
        return (*self.transactions[:transaction], now, *self.transactions[transaction + 1 :])

    @action(transaction=_transactions)
    def insert(self, transaction: int) -> Poller:
        """A transaction inserts its event: the sequence gives it an id."""
        require(self.transactions[transaction].id == 0)
        now = self._with(transaction, Transaction(self.next_id))
        return replace(self, transactions=now, next_id=self.next_id + 1)

    @action(transaction=_transactions)
    def commit(self, transaction: int) -> Poller:
        """A transaction commits: its event can be read."""
        now = self.transactions[transaction]
        require(now.id > 0 and not now.committed)
        return replace(self, transactions=self._with(transaction, Transaction(now.id, True)))

    @action
    def poll(self) -> Poller:
        """The poller reads what there is after the last id that it has read."""
        begun = [each for each in self.transactions if each.id > 0]
        opened = [each.id for each in begun if not each.committed]
        limit = min(opened, default=self.next_id) if self.below_open else self.next_id
        read = [each.id for each in begun if each.committed and self.last < each.id < limit]
        require(read)
        return replace(self, last=max(read), seen=self.seen | set(read))

    @invariant
    def no_gap(self) -> bool:
        """No event that is committed lies behind the poller unread."""
        committed = (each.id for each in self.transactions if each.committed)
        return all(id > self.last or id in self.seen for id in committed)

    def __str__(self) -> str:
        seen = ", ".join(map(str, sorted(self.seen))) or "nothing"
        return f"{'; '.join(map(str, self.transactions))} | read {seen}, last {self.last}"


@dataclass(frozen=True)
class WatchedTransaction:
    """Any one of any number of transactions, and the poller; what the others do is left open.

    A poll reads up to any id that has been given: more may happen than in `Poller`, so that what
    never happens here does not happen there.

    Attributes:
        below_open: the switch of `Poller`.
        next_id: the next value of the sequence.
        last: the last id that the poller has read.
        id: that of the transaction; 0 before it has one.
        committed, seen: whether it is committed, and whether its event has been read.
    """

    below_open: bool = False
    next_id: int = 1
    last: int = 0
    id: int = 0
    committed: bool = False
    seen: bool = False

    @action
    def insert(self) -> WatchedTransaction:
        """The transaction gets its id."""
        require(self.id == 0)
        return replace(self, id=self.next_id, next_id=self.next_id + 1)

    @action
    def insert_other(self) -> WatchedTransaction:
        """Another transaction gets one."""
        return replace(self, next_id=self.next_id + 1)

    @action
    def commit(self) -> WatchedTransaction:
        """The transaction commits."""
        require(self.id > 0 and not self.committed)
        return replace(self, committed=True)

    @action(upto=integers())
    def poll(self, upto: int) -> WatchedTransaction:
        """The poller reads what there is up to an id."""
        require(upto > self.last and upto < self.next_id)
        opened = self.id > 0 and not self.committed
        require(not (self.below_open and opened and upto >= self.id))
        read = self.committed and self.id > self.last and self.id <= upto
        return replace(self, last=upto, seen=self.seen or read)

    @invariant
    def no_gap(self) -> bool:
        """Once committed, the event does not lie behind the poller unread."""
        return not self.committed or self.id > self.last or self.seen

    @invariant
    def open_ahead(self) -> bool:
        """Repaired: an open transaction is ahead of the poller."""
        return not self.below_open or self.id == 0 or self.committed or self.id > self.last

    @invariant
    def ids_given(self) -> bool:
        """All ids there are have been given by the sequence."""
        return self.last >= 0 and self.last < self.next_id and self.id < self.next_id

    def __str__(self) -> str:
        shown = Transaction(self.id, self.committed)
        return f"{shown}, {'read' if self.seen else 'not read'}; last {self.last}"


# ---------------------------------------------------------------------------------- replicas


@dataclass(frozen=True)
class Replicas(LostMessages, DuplicatedMessages, Reorderings):
    """A source of updates, and two replicas that they are sent to.

    Attributes:
        idempotent: repair: an update is applied once, known by its number; else by `+=`.
        updates: how many updates there are; they stop then.
        sent: how many have been made.
        in_flight: which update is on its way to which replica.
        states: of each replica the sum of the numbers it has added, or the set of them.
        losses, duplicates, reorderings: how often the network does so.
    """

    idempotent: bool = False
    updates: int = 1
    sent: int = 0
    in_flight: tuple[tuple[int, int], ...] = ()
    states: tuple[frozenset[int] | int, frozenset[int] | int] = (0, 0)
    losses: int = 0
    duplicates: int = 0
    reorderings: int = 0

    @action(fair=True)
    def update(self) -> Replicas:
        """The source makes an update and sends it to both replicas."""
        require(self.sent < self.updates)
        made = self.sent + 1
        return replace(self, sent=made, in_flight=(*self.in_flight, (made, 0), (made, 1)))

    @action(fair=True)
    def deliver(self) -> Replicas:
        """The oldest message arrives."""
        require(self.in_flight)
        (update, replica), *rest = self.in_flight
        states = list(self.states)
        states[replica] = self._applied(states[replica], update)
        return replace(self, in_flight=tuple(rest), states=(states[0], states[1]))

    def _applied(self, state: frozenset[int] | int, update: int) -> frozenset[int] | int:
        if self.idempotent:
            return (state if isinstance(state, frozenset) else frozenset()) | {update}
        return (state if isinstance(state, int) else 0) + update

    @final
    def quiet(self) -> bool:
        """There is nothing more to come."""
        return self.sent == self.updates and not self.in_flight

    @property
    def converged(self) -> bool:
        """Nothing more is to come, and both replicas are in the same state: for good."""
        return self.quiet() and self.states[0] == self.states[1]

    def __str__(self) -> str:
        def shown(state: frozenset[int] | int) -> str:
            return str(sorted(state)) if isinstance(state, frozenset) else str(state)

        flying = [f"{update} to {'S1' if to == 0 else 'S2'}" for update, to in self.in_flight]
        one, two = map(shown, self.states)
        return f"S1 = {one}, S2 = {two}; in flight: {', '.join(flying) or '-'}"
