"""M06, the two sides of seed 001, section 3.1: what commands and queries do to commands.

Each class is what a statement that the seed leaves to undefined predicates is about: `Account`
decides and appends, `TwoSides` answers commands with and without queries in between, `Pool` has the
connections that both services ask for, `LossyPipeline` a bus that loses an event.

>>> overdrawn = Account().decide(0).decide(1).append(0).append(1)
>>> print(overdrawn)
balance -1, version 2
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.faults import LostMessages
from cospec.models.model import action, integers, invariant, require, transition_invariant
from cospec.models.order_pipeline import OrderPipeline

__all__ = ["Account", "AmongWriters", "LossyPipeline", "Pool", "TwoSides"]

#: A writer that is not about anything.
IDLE = -1


@dataclass(frozen=True)
class Account:
    """An account, and two writers that withdraw 1 from it.

    Attributes:
        stateless: whether writers decide without looking at the balance, as `Command::execute` of
            seed 000 has to.
        expecting: repair: an append says which version the decision was made at, and is refused
            where there is another.
        balance: what the events give.
        version: how many events there are.
        decided: of each writer, the version at which it has decided to withdraw; -1: it has not.
        withdrawals: how many writers may still decide.
    """

    stateless: bool = False
    expecting: bool = False
    balance: int = 1
    version: int = 0
    decided: tuple[int, ...] = (IDLE, IDLE)
    withdrawals: int = 2

    @action(writer=(0, 1))
    def decide(self, writer: int) -> Account:
        """`command_handlers` gives an event, which the balance allows."""
        require(self.withdrawals > 0)
        require(self.decided[writer] == IDLE)
        require(self.stateless or self.balance >= 1)
        after = replace(self, withdrawals=self.withdrawals - 1)
        return replace(after, decided=_put(self.decided, writer, self.version))

    @action(writer=(0, 1))
    def append(self, writer: int) -> Account:
        """It is appended."""
        require(self.decided[writer] >= 0)
        done = replace(self, decided=_put(self.decided, writer, IDLE))
        if self.expecting and self.decided[writer] != self.version:
            return done
        return replace(done, balance=self.balance - 1, version=self.version + 1)

    @invariant
    def not_overdrawn(self) -> bool:
        """The invariant of the aggregate: its balance is not negative."""
        return self.balance >= 0

    def serialised(self, after: Account) -> bool:
        """Whether what is appended in a step was decided at the version there was."""
        if after.version == self.version:
            return True
        pairs = zip(self.decided, after.decided, strict=True)
        return any(old == self.version and new == IDLE for old, new in pairs)

    def __str__(self) -> str:
        return f"balance {self.balance}, version {self.version}"


def _put(row: tuple[int, ...], place: int, value: int) -> tuple[int, ...]:
    return (*row[:place], value, *row[place + 1 :])


@dataclass(frozen=True)
class AmongWriters:
    """One writer among any number of others, withdrawals of any amount, and deposits.

    Of the others is known what is proved of this one: that they append what the version they
    have seen allows, and only where that is the version now.

    Attributes:
        expecting: as in `Account`.
        balance: what the events give.
        version: how many there are.
        seen: the version at which the writer has decided; -1: it has not.
        seen_balance: the balance then.
        amount: what it will withdraw.
    """

    expecting: bool = True
    balance: int = 0
    version: int = 0
    seen: int = IDLE
    seen_balance: int = 0
    amount: int = 0

    @action(amount=integers())
    def decide(self, amount: int) -> AmongWriters:
        """The writer decides to withdraw what the balance allows."""
        require(self.seen == IDLE)
        require(amount >= 1)
        require(amount <= self.balance)
        return replace(self, seen=self.version, seen_balance=self.balance, amount=amount)

    @action
    def append(self) -> AmongWriters:
        """It appends, where that is not refused."""
        require(self.seen >= 0)
        done = replace(self, seen=IDLE, seen_balance=0, amount=0)
        if self.expecting and self.seen != self.version:
            return done
        return replace(done, balance=self.balance - self.amount, version=self.version + 1)

    @action(change=integers())
    def other_append(self, change: int) -> AmongWriters:
        """Another one appends what the balance allows."""
        require(self.balance + change >= 0)
        return replace(self, balance=self.balance + change, version=self.version + 1)

    @invariant
    def not_overdrawn(self) -> bool:
        """The balance is not negative."""
        return self.balance >= 0

    @transition_invariant
    def serialised(self, after: AmongWriters) -> bool:
        """What the writer appends was decided at the version there was."""
        ended = self.seen >= 0 and after.seen == IDLE
        return not ended or after.version == self.version or self.seen == self.version

    @invariant
    def seen_was_so(self) -> bool:
        """At the version that was seen, the balance was the one that was seen."""
        known = self.seen <= self.version and self.amount <= self.seen_balance
        return self.seen == IDLE or (
            self.seen >= 0
            and known
            and (self.seen != self.version or self.seen_balance == self.balance)
        )

    @invariant
    def counts(self) -> bool:
        """Versions are counted from 0."""
        return self.version >= 0

    def __str__(self) -> str:
        decided = f", {self.amount} decided at {self.seen}" if self.seen >= 0 else ""
        return f"balance {self.balance}, version {self.version}{decided}"


@dataclass(frozen=True)
class TwoSides:
    """The command side twice: once with queries in between and once without; and a query side.

    Attributes:
        sharing: whether queries write to what commands decide by, as a last access or a lock that
            is kept with the aggregate.
        state: the command side.
        result: what the last command was answered.
        alone: the command side of a system that gets the same commands and no queries.
        alone_result: its answer.
        view: how many of the events the query side has seen.
        cached: what it keeps of its own.
    """

    sharing: bool = False
    state: tuple[int, ...] = ()
    result: int = 0
    alone: tuple[int, ...] = ()
    alone_result: int = 0
    view: int = 0
    cached: int = 0

    @action(command=integers())
    def command(self, command: int) -> TwoSides:
        """Both get a command; the answer is the version after it."""
        state, alone = self.state + (command,), self.alone + (command,)
        return replace(
            self, state=state, alone=alone, result=len(state), alone_result=len(alone)
        )  # fmt: skip

    @action
    def project(self) -> TwoSides:
        """The query side sees the next event of the stream."""
        require(self.view < len(self.state))
        return replace(self, view=self.view + 1)

    @action(query=integers())
    def query(self, query: int) -> TwoSides:
        """A query is answered, from what the query side has."""
        after = replace(self, cached=query)
        return replace(after, state=self.state + (query,)) if self.sharing else after

    @invariant
    def undisturbed(self) -> bool:
        """The command side and its answers are those of the system without queries."""
        return self.state == self.alone and self.result == self.alone_result


@dataclass(frozen=True)
class Pool:
    """`PgPool`: connections that commands and queries ask for.

    Attributes:
        separate: repair: commands have a pool of their own.
        size: how many connections there are; in the pool for commands, too.
        queries: how many queries run.
        commands: how many commands run.
    """

    separate: bool = False
    size: int = 1
    queries: int = 0
    commands: int = 0

    def _free(self) -> int:
        """How many connections a query finds."""
        return self.size - self.queries - (0 if self.separate else self.commands)

    def _free_for_commands(self) -> int:
        """How many a command finds."""
        return self.size - self.commands - (0 if self.separate else self.queries)

    @action
    def begin_query(self) -> Pool:
        """A query gets a connection; it may take as long as it likes."""
        require(self._free() > 0)
        return replace(self, queries=self.queries + 1)

    @action
    def end_query(self) -> Pool:
        """It gives it back."""
        require(self.queries > 0)
        return replace(self, queries=self.queries - 1)

    @action
    def begin_command(self) -> Pool:
        """A command gets a connection."""
        require(self._free_for_commands() > 0)
        return replace(self, commands=self.commands + 1)

    @action
    def end_command(self) -> Pool:
        """It gives it back."""
        require(self.commands > 0)
        return replace(self, commands=self.commands - 1)

    @invariant
    def counts(self) -> bool:
        """No pool gives more than it has."""
        if self.separate:
            return 0 <= self.queries <= self.size and 0 <= self.commands <= self.size
        return self.queries >= 0 and self.commands >= 0 and self._free() >= 0

    @invariant
    def commands_do_not_wait(self) -> bool:
        """A command that comes when none runs gets a connection, whatever queries run."""
        return self.commands > 0 or self._free_for_commands() > 0

    @transition_invariant
    def queries_leave_commands(self, after: Pool) -> bool:
        """A step of a query leaves commands as many connections as there were."""
        same = after.commands == self.commands
        return not same or after._free_for_commands() == self._free_for_commands()

    def __str__(self) -> str:
        return f"{self.queries} queries and {self.commands} commands run, {self.size} connections"


@dataclass(frozen=True)
class LossyPipeline(LostMessages, OrderPipeline):
    """Store, bus and projector, with a bus that loses events.

    Attributes:
        losses: how many.
    """

    losses: int = 1
