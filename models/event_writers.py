"""M12, concurrent writers: who appends to one stream at the same time, step by step.

Seed 003 has two stores with the same interface. That of section 3.1 asks its storage for the
version, compares it with the expected one, and then has the storage append: between the two awaits
anybody may come. That of section 4.2 does it all under a write lock, one step for everybody else.
`atomic` is the switch between them, and the repair. `CompareAndAppend` and `AnyClients` are the
same for any number of clients, for proofs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, final, integers, invariant, require

__all__ = [
    "CONFLICT", "Accounts", "AnyClients", "Appends", "Client", "CompareAndAppend", "Doing", "Phase",
    "Writer",
]  # fmt: skip

#: `Err(EventStoreError::ConcurrencyConflict)`.
CONFLICT = "conflict"


class Phase(Enum):
    """How far an append has come."""

    IDLE = "idle"
    CALLED = "called"
    CHECKED = "checked"  # the version was the expected one when it was asked for
    DONE = "done"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Writer:
    """A client that appends one batch.

    Attributes:
        size: the number of events in it.
        expected: the version that it expects.
        result: the new version, or a conflict.
    """

    size: int = 1
    phase: Phase = Phase.IDLE
    expected: int = 0
    result: int | str = 0

    def __str__(self) -> str:
        if self.phase is Phase.IDLE:
            return "idle"
        if self.phase in (Phase.DONE, Phase.RETURNED):
            return f"{self.phase.value} {self.result}"
        return f"{self.phase.value} {self.expected}"


def _writers(state: Appends) -> range:
    return range(len(state.writers))


@dataclass(frozen=True)
class Appends:
    """`append_events` by several clients, each of whom appends one batch.

    Attributes:
        atomic: repair: compare and append are one step (section 4.2).
        writers: the clients.
        log: the writer of each event, the oldest first.
        versions: the version of each event.
        initial: how many events there were before.
    """

    atomic: bool = False
    writers: tuple[Writer, ...] = (Writer(), Writer())
    log: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    initial: int = 0

    @property
    def version(self) -> int:
        """`get_current_version`."""
        return self.initial + len(self.log)

    def _with(self, writer: int, **changes: object) -> Appends:
        now = replace(self.writers[writer], **changes)  # type: ignore[arg-type]
        return replace(
            self, writers=(*self.writers[:writer], now, *self.writers[writer + 1 :])
        )  # fmt: skip

    @action(writer=_writers, expected=range(3))
    def call(self, writer: int, expected: int) -> Appends:
        """A client calls `append_events`."""
        require(self.writers[writer].phase is Phase.IDLE)
        return self._with(writer, phase=Phase.CALLED, expected=expected)

    @action(writer=_writers)
    def check(self, writer: int) -> Appends:
        """`get_current_version`, compared with the expected version."""
        require(not self.atomic and self.writers[writer].phase is Phase.CALLED)
        if self.version != self.writers[writer].expected:
            return self._with(writer, phase=Phase.DONE, result=CONFLICT)
        return self._with(writer, phase=Phase.CHECKED)

    @action(writer=_writers)
    def write(self, writer: int) -> Appends:
        """The storage appends, whatever the version is now."""
        require(not self.atomic and self.writers[writer].phase is Phase.CHECKED)
        return self._written(writer, self.version)

    @action(writer=_writers)
    def append(self, writer: int) -> Appends:
        """Compare and append under the write lock."""
        require(self.atomic and self.writers[writer].phase is Phase.CALLED)
        if self.version != self.writers[writer].expected:
            return self._with(writer, phase=Phase.DONE, result=CONFLICT)
        return self._written(writer, self.writers[writer].expected)

    def _written(self, writer: int, version: int) -> Appends:
        size = self.writers[writer].size
        after = self._with(writer, phase=Phase.DONE, result=version + size)
        new = tuple(range(version + 1, version + size + 1))
        return replace(after, log=self.log + (writer,) * size, versions=self.versions + new)

    @action(writer=_writers, result=(CONFLICT, *range(1, 6)))
    def answer(self, writer: int, result: int | str) -> Appends:
        """The call returns."""
        now = self.writers[writer]
        require(now.phase is Phase.DONE and now.result == result)
        return self._with(writer, phase=Phase.RETURNED)

    @final
    def all_returned(self) -> bool:
        """Every client has its answer."""
        return all(writer.phase is Phase.RETURNED for writer in self.writers)

    @property
    def accepted(self) -> tuple[Writer, ...]:
        """The writers whose batch was appended."""
        over = (w for w in self.writers if w.phase in (Phase.DONE, Phase.RETURNED))
        return tuple(writer for writer in over if writer.result != CONFLICT)

    @invariant
    def one_of_them(self) -> bool:
        """Of the appends with the same expected version at most one succeeds."""
        expected = [writer.expected for writer in self.accepted]
        return len(set(expected)) == len(expected)

    @invariant
    def nothing_lost(self) -> bool:
        """The stream is as long as it was, and what was accepted."""
        return len(self.log) == sum(writer.size for writer in self.accepted)

    @invariant
    def contiguous(self) -> bool:
        """Versions are those that follow the first ones."""
        after = range(self.initial + 1, self.initial + len(self.log) + 1)
        return self.versions == tuple(after)

    def __str__(self) -> str:
        by = "".join(f" w{writer}" for writer in self.log)
        writers = "; ".join(map(str, self.writers))
        return f"version {self.version}{f', appended by{by}' if by else ''} | {writers}"


@dataclass(frozen=True)
class CompareAndAppend:
    """The store of section 4.2 for any number of clients: anybody may append at any time.

    Attributes:
        comparing: whether the version is compared in the step that appends; what section 3.1 does
            in that step is to append, the comparison being over.
        watched: any version.
        initial: the number of events at the start.
        version: the number of events.
        successes: how many appends have succeeded that expected the watched version.
        added: how many events were appended by those that succeeded.
    """

    comparing: bool = True
    watched: int = 0
    initial: int = 0
    version: int = 0
    successes: int = 0
    added: int = 0

    @action(expected=integers(), size=integers())
    def append(self, expected: int, size: int) -> CompareAndAppend:
        """A client appends a batch of events, having expected a version; or is refused."""
        require(size >= 1)
        if self.comparing and self.version != expected:
            return self
        successes = self.successes + (1 if expected == self.watched else 0)
        return replace(
            self, version=self.version + size, successes=successes, added=self.added + size
        )

    @invariant
    def safe(self) -> bool:
        """Of the appends that expected the watched version at most one has succeeded, and the
        stream is as long as it was, and what was accepted."""
        return self.successes <= 1 and self.version == self.initial + self.added

    @invariant
    def then_later(self) -> bool:
        """Once one has succeeded, the stream is longer than it expected."""
        return self.successes == 0 or self.version > self.watched

    def __str__(self) -> str:
        return f"version {self.version}, {self.successes} accepted that expected {self.watched}"


# --------------------------------------------------------------------------------- money


class Doing(Enum):
    """How far a client has come that wants to withdraw."""

    START = "start"
    DECIDED = "decided"  # has loaded the account and decided on `Withdrawn`
    CHECKED = "checked"
    PAID = "paid"
    REFUSED = "refused"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Client:
    """A client that withdraws 1 once; `expected` is the version that it has loaded."""

    doing: Doing = Doing.START
    expected: int = 0

    def __str__(self) -> str:
        return f"{self.doing.value} (v{self.expected})" if self.expected else self.doing.value


def _clients(state: Accounts) -> range:
    return range(len(state.clients))


@dataclass(frozen=True)
class Accounts:
    """`BankAccount` of section 4.3 and clients that withdraw from it.

    Attributes:
        atomic: repair: the store is that of section 4.2.
        clients: who withdraws.
        version: the number of events in the account's stream; the first deposits 1.
        balance: the fold of the stream.
        retries: how often clients try again after a conflict.
    """

    atomic: bool = False
    clients: tuple[Client, ...] = (Client(), Client())
    version: int = 1
    balance: int = 1
    retries: int = 0

    def _with(self, client: int, doing: Doing, expected: int | None = None) -> Accounts:
        before = self.clients[client].expected
        now = Client(doing, before if expected is None else expected)
        return replace(
            self, clients=(*self.clients[:client], now, *self.clients[client + 1 :])
        )  # fmt: skip

    @action(client=_clients)
    def load(self, client: int) -> Accounts:
        """Replays the stream and decides: `handle_command(Withdraw { amount: 1 })`."""
        require(self.clients[client].doing is Doing.START)
        doing = Doing.REFUSED if self.balance < 1 else Doing.DECIDED
        return self._with(client, doing, self.version)

    @action(client=_clients)
    def check(self, client: int) -> Accounts:
        """Section 3.1: `get_current_version`, compared."""
        require(not self.atomic and self.clients[client].doing is Doing.DECIDED)
        same = self.clients[client].expected == self.version
        return self._with(client, Doing.CHECKED if same else Doing.CONFLICT)

    @action(client=_clients)
    def write(self, client: int) -> Accounts:
        """Section 3.1: the storage appends `Withdrawn`."""
        require(not self.atomic and self.clients[client].doing is Doing.CHECKED)
        return self._withdrawn(client)

    @action(client=_clients)
    def append(self, client: int) -> Accounts:
        """Section 4.2: compare and append under the lock."""
        require(self.atomic and self.clients[client].doing is Doing.DECIDED)
        if self.clients[client].expected != self.version:
            return self._with(client, Doing.CONFLICT)
        return self._withdrawn(client)

    def _withdrawn(self, client: int) -> Accounts:
        after = self._with(client, Doing.PAID)
        return replace(after, version=self.version + 1, balance=self.balance - 1)

    @action(client=_clients)
    def retry(self, client: int) -> Accounts:
        """After a conflict: from the start."""
        require(self.retries > 0 and self.clients[client].doing is Doing.CONFLICT)
        return replace(self._with(client, Doing.START), retries=self.retries - 1)

    @final
    def all_answered(self) -> bool:
        """Every client has withdrawn or been refused."""
        over = (Doing.PAID, Doing.REFUSED, Doing.CONFLICT)
        return all(client.doing in over for client in self.clients)

    @invariant
    def covered(self) -> bool:
        """The balance is at least 0."""
        return self.balance >= 0

    def __str__(self) -> str:
        clients = "; ".join(map(str, self.clients))
        return f"balance {self.balance}, version {self.version} | {clients}"


@dataclass(frozen=True)
class AnyClients:
    """Any number of clients that withdraw any amounts from the account of section 4.3.

    What a client has loaded when it appends is any version of the past with the balance of that
    moment: of these, `balances` knows that of the current version only, and says nothing of others.

    Attributes:
        comparing: whether a version that is not the current one is refused.
        version: the number of events.
        balance: the fold of the stream.
    """

    comparing: bool = True
    version: int = 0
    balance: int = 0

    @action(expected=integers(), loaded=integers(), amount=integers())
    def withdraw(self, expected: int, loaded: int, amount: int) -> AnyClients:
        """A client that has loaded a version and a balance appends `Withdrawn`."""
        require(expected >= 0 and expected <= self.version)
        require(expected != self.version or loaded == self.balance)
        require(amount >= 1 and loaded >= amount)  # handle_command
        require(not self.comparing or expected == self.version)
        return replace(self, version=self.version + 1, balance=self.balance - amount)

    @action(amount=integers())
    def deposit(self, amount: int) -> AnyClients:
        """A client appends `Deposited`."""
        require(amount >= 1)
        return replace(self, version=self.version + 1, balance=self.balance + amount)

    @invariant
    def covered(self) -> bool:
        """The balance is at least 0."""
        return self.balance >= 0

    def __str__(self) -> str:
        return f"balance {self.balance}, version {self.version}"
