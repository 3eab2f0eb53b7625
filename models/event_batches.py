"""M12, one append: the batch that is pushed event by event, and the reply that may be lost.

Seed 003, section 4.2, pushes a batch under the write lock and gives each event a new id; seed 004,
section 3.1, inserts it in a transaction. Each repair is a switch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.faults import Crashes, LostReplies
from cospec.models.model import action, final, integers, invariant, require

__all__ = ["BatchAppend", "RetryingClient", "Sending"]


@dataclass(frozen=True)
class BatchAppend(Crashes):
    """The loop that pushes a batch, event by event, and a reader.

    Between `write().await` and the end of the loop there is no other await, and a task is dropped
    at an await only (tokio, *Cancel safety*): nothing but a crash of the process interrupts it.

    Attributes:
        isolated: whether readers wait for the write lock (seed 003, section 4.2), or do not see
            what is not committed (seed 004, section 3.1).
        durable: a crash loses what is not committed (seed 004) and not all memory (seed 003).
        rows: how many events are in the stream.
        whole: how many of them are in complete batches.
        left: how many are still to be pushed.
        writing: whether somebody holds the lock, or has a transaction open.
        torn: whether a reader has seen a part of a batch.
        crashes: how many crashes there may be.
    """

    isolated: bool = True
    durable: bool = False
    rows: int = 0
    whole: int = 0
    left: int = 0
    writing: bool = False
    torn: bool = False
    crashes: int = 0

    @action(size=integers())
    def begin(self, size: int) -> BatchAppend:
        """A client takes the lock and has compared the version."""
        require(not self.writing and size >= 1)
        return replace(self, writing=True, left=size)

    @action
    def push(self) -> BatchAppend:
        """One event more is pushed."""
        require(self.writing and self.left > 0)
        return replace(self, rows=self.rows + 1, left=self.left - 1)

    @action
    def finish(self) -> BatchAppend:
        """The batch is complete: the lock is given back, or the transaction committed."""
        require(self.writing and self.left == 0)
        return replace(self, writing=False, whole=self.rows)

    @action
    def read(self) -> BatchAppend:
        """A reader looks at the stream."""
        require(not (self.isolated and self.writing))
        return replace(self, torn=self.torn or self.rows != self.whole)

    def after_crash(self) -> BatchAppend:
        """What was in memory, or in an open transaction, is gone."""
        whole = self.whole if self.durable else 0
        return replace(self, rows=whole, whole=whole, left=0, writing=False)

    @invariant
    def never_torn(self) -> bool:
        """No reader sees a part of a batch."""
        return not self.torn

    @invariant
    def whole_when_free(self) -> bool:
        """While nobody writes, all events are in complete batches."""
        return self.writing or self.rows == self.whole

    def __str__(self) -> str:
        writing = f", {self.left} to come" if self.writing else ""
        return f"{self.rows} events, {self.whole} in batches{writing}{', torn' * self.torn}"


# ------------------------------------------------------------------------- lost replies


class Sending(Enum):
    """How far the client has come with its one command."""

    START = "start"
    SENT = "sent"  # the store may have answered, the client does not know
    ANSWERED = "answered"
    DONE = "done"


@dataclass(frozen=True)
class RetryingClient(LostReplies):
    """A client that deposits once, and tries again when it hears nothing, or of a conflict.

    Attributes:
        deduplicating: repair: the event has the client's id; asked to append what it has, the
            store answers Ok.
        sending: how far the client has come.
        version: the length of the stream; others may append as well.
        expected: the version that the client has loaded.
        accepted: whether the answer on its way is Ok, else a conflict.
        appended: how often the client's event is in the stream.
        lost_replies: how many answers may be lost.
        others: how many events others append.
    """

    deduplicating: bool = False
    sending: Sending = Sending.START
    version: int = 0
    expected: int = 0
    accepted: bool = False
    appended: int = 0
    lost_replies: int = 1
    others: int = 0

    @action
    def load(self) -> RetryingClient:
        """The client reads the stream and decides on `Deposited`."""
        require(self.sending is Sending.START)
        return replace(self, sending=Sending.SENT, expected=self.version)

    @action
    def append(self) -> RetryingClient:
        """The store carries the request out, and answers."""
        require(self.sending is Sending.SENT)
        answered = replace(self, sending=Sending.ANSWERED)
        if self.deduplicating and self.appended > 0:
            return replace(answered, accepted=True)
        if self.version != self.expected:
            return replace(answered, accepted=False)
        return replace(
            answered, accepted=True, version=self.version + 1, appended=self.appended + 1
        )

    @action
    def hear(self) -> RetryingClient:
        """The client has its answer; after a conflict it loads and decides again."""
        require(self.sending is Sending.ANSWERED)
        return replace(self, sending=Sending.DONE if self.accepted else Sending.START)

    def without_reply(self) -> RetryingClient:
        """The client hears nothing, and sends the same request again."""
        require(self.sending is Sending.ANSWERED)
        return replace(self, sending=Sending.SENT)

    @action
    def append_other(self) -> RetryingClient:
        """Another client appends to the same stream."""
        require(self.others > 0)
        return replace(self, version=self.version + 1, others=self.others - 1)

    @final
    def done(self) -> bool:
        """The client knows that its event is stored."""
        return self.sending is Sending.DONE

    @invariant
    def once(self) -> bool:
        """The event is in the stream at most once, and is there when the client believes so."""
        believed = self.sending is Sending.DONE
        told = self.sending is Sending.ANSWERED and self.accepted
        if believed or told:
            return self.appended == 1
        return self.appended >= 0 and self.appended <= 1

    def __str__(self) -> str:
        answer = ("conflict", "ok")[self.accepted]
        said = f" {answer}" if self.sending is Sending.ANSWERED else ""
        return f"{self.sending.value}{said}, expects {self.expected}; {self.appended} of it stored"
