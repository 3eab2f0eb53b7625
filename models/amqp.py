"""M16, the RabbitMQ adapter of seed 002: publishing, declaring, consuming and rejecting.

Seed 002, section 3.2. What the broker does is as its documentation has it: AMQP 0-9-1 with the
errors of its reference (404 and 406 close the channel, 530 the connection), *Publishers*
(`mandatory`, unroutable messages), *Consumer Acknowledgements and Publisher Confirms*, *Queues*
(durability, arguments). Of lapin: `basic_publish` gives `Ok` when the frames are written, unless
the channel is in confirm mode (`confirm_select`).

>>> Publishing(bound=False).publish().route()
Publishing(mandatory=False, confirming=False, persistent=False, bound=False, restarts=1, \
place=<Routed.DROPPED: 'dropped'>, answer=<Answer.OK: 'Ok'>)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, invariant, require, transition_invariant

__all__ = [
    "Answer", "ConsumerTags", "CountedQueue", "Declarations", "Publishing", "QueueArguments",
    "RejectingConsumer", "Routed", "SharedChannel",
]  # fmt: skip


class Routed(Enum):
    """Where a message that is published is."""

    HERE = "not published"
    SENT = "on its way"
    QUEUED = "in a queue"
    RETURNED = "returned"
    DROPPED = "dropped"
    LOST = "lost"


class Answer(Enum):
    """What `publish` returns."""

    NONE = "no answer"
    OK = "Ok"
    ERR = "Err"


@dataclass(frozen=True)
class Publishing:
    """A message that is published to an exchange, and the durable queue that it is meant for.

    Attributes:
        mandatory: repair: what cannot be routed is returned.
        confirming: repair: `publish` waits for the broker's confirm, and gives `Err` for a return.
        persistent: repair: `delivery_mode` is 2.
        bound: whether a queue is bound to the exchange.
        restarts: how often the broker will restart, the connection being lost.
        place: where the message is.
        answer: what `publish` has returned.
    """

    mandatory: bool = False
    confirming: bool = False
    persistent: bool = False
    bound: bool = True
    restarts: int = 1
    place: Routed = Routed.HERE
    answer: Answer = Answer.NONE

    @action
    def publish(self) -> Publishing:
        """`basic_publish` writes the message to the connection."""
        require(self.place is Routed.HERE)
        if self.confirming:
            return replace(self, place=Routed.SENT)
        return replace(self, place=Routed.SENT, answer=Answer.OK)

    @action(fair=True)
    def route(self) -> Publishing:
        """The broker routes the message."""
        require(self.place is Routed.SENT)
        if self.bound:
            return replace(self, place=Routed.QUEUED)
        return replace(self, place=Routed.RETURNED if self.mandatory else Routed.DROPPED)

    @action(fair=True)
    def confirm(self) -> Publishing:
        """The broker confirms: what is in its queue, or nowhere; what is returned, after that."""
        require(self.confirming and self.answer is Answer.NONE)
        if self.place is Routed.RETURNED:
            return replace(self, answer=Answer.ERR)
        require(self.place is Routed.QUEUED or self.place is Routed.DROPPED)
        return replace(self, answer=Answer.OK)

    @action
    def restart(self) -> Publishing:
        """The broker restarts: a durable queue has its persistent messages again."""
        require(self.restarts > 0)
        require(self.place is Routed.SENT or self.place is Routed.QUEUED)
        failed = Answer.ERR if self.answer is Answer.NONE else self.answer
        after = replace(self, restarts=self.restarts - 1, answer=failed)
        if self.place is Routed.QUEUED and self.persistent:
            return after
        return replace(after, place=Routed.LOST)

    @invariant
    def kept(self) -> bool:
        """What `publish` gave `Ok` for is in a queue, or on its way there."""
        there = self.place is Routed.QUEUED or self.place is Routed.SENT
        return self.answer is not Answer.OK or there

    @invariant
    def in_a_queue(self) -> bool:
        """What `publish` gave `Ok` for is in a queue."""
        return self.answer is not Answer.OK or self.place is Routed.QUEUED

    @invariant
    def plausible(self) -> bool:
        """Nothing is dropped that is mandatory."""
        dropped = self.place is Routed.DROPPED
        return self.restarts >= 0 and not (dropped and self.mandatory)

    def __str__(self) -> str:
        return f"{self.place.value}, {self.answer.value}"


# ------------------------------------------------------------------------------------- rejecting


@dataclass(frozen=True)
class RejectingConsumer:
    """A queue, and a consumer (prefetch 1) that rejects with `requeue` what it fails to handle.

    RabbitMQ puts a message that is requeued at its former place, which is the head.

    Attributes:
        counting: repair: deliveries are counted, and a message goes to a dead-letter queue when it
            has failed as often as allowed.
        limit: how often it may fail.
        queue: the messages, the oldest first; handling `P` always fails.
        tries: how often the message at the head has failed, where that is counted.
        handled: what was handled.
        dead: what is in the dead-letter queue.
    """

    counting: bool = False
    limit: int = 3
    queue: tuple[str, ...] = ("P", "g")
    tries: int = 0
    handled: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()

    @action(fair=True)
    def consume(self) -> RejectingConsumer:
        """The message at the head is delivered, and acknowledged or rejected."""
        require(self.queue)
        head, rest = self.queue[0], self.queue[1:]
        if head != "P":
            return replace(self, queue=rest, handled=(*self.handled, head))
        if not self.counting:
            return self
        if self.tries + 1 < self.limit:
            return replace(self, tries=self.tries + 1)
        return replace(self, queue=rest, tries=0, dead=(*self.dead, head))

    def __str__(self) -> str:
        return f"queue {' '.join(self.queue) or '-'}, handled {len(self.handled)}, dead {self.dead}"


@dataclass(frozen=True)
class CountedQueue:
    """The same by numbers, in any order of messages; for proofs.

    Attributes:
        counting: the switch of `RejectingConsumer`.
        limit: how often a message may fail.
        messages: how many there were.
        good: how many are left that can be handled.
        poison: how many are left that cannot.
        tries: how often the message at the head has failed, where that is counted.
        handled: how many were handled.
        dead: how many are in the dead-letter queue.
    """

    counting: bool = False
    limit: int = 3
    messages: int = 2
    good: int = 1
    poison: int = 1
    tries: int = 0
    handled: int = 0
    dead: int = 0

    @action(fair=True)
    def consume_good(self) -> CountedQueue:
        """A message that can be handled is at the head."""
        require(self.good > 0)
        require(self.tries == 0)
        return replace(self, good=self.good - 1, handled=self.handled + 1)

    @action(fair=True)
    def consume_poison(self) -> CountedQueue:
        """A message that cannot be handled is at the head, and stays there."""
        require(self.poison > 0)
        if not self.counting:
            return self
        if self.tries + 1 < self.limit:
            return replace(self, tries=self.tries + 1)
        return replace(self, poison=self.poison - 1, tries=0, dead=self.dead + 1)

    @invariant
    def counted(self) -> bool:
        """Each message is in the queue, handled, or dead; only one that is there has failed."""
        return (
            self.good >= 0
            and self.poison >= 0
            and self.tries >= 0
            and self.tries < self.limit
            and (self.tries == 0 or self.poison > 0)
            and self.good + self.poison + self.handled + self.dead == self.messages
        )

    @transition_invariant
    def progresses(self, after: CountedQueue) -> bool:
        """Each step leaves fewer messages, or the one at the head has fewer tries left."""
        left, left_after = self.good + self.poison, after.good + after.poison
        tried = after.tries > self.tries and after.tries < self.limit
        return left_after < left or (left_after == left and tried)

    @transition_invariant
    def isolates(self, after: CountedQueue) -> bool:
        """Only what has failed as often as allowed goes to the dead-letter queue."""
        return after.dead == self.dead or self.tries + 1 >= self.limit


@dataclass(frozen=True)
class QueueArguments:
    """A queue that is declared with `x-max-length` and `x-dead-letter-exchange`.

    Attributes:
        applying: repair: the arguments of the configuration are passed on, instead of none.
        max_length: what is configured.
        room: how many messages are published at most.
        length: how many are in the queue.
        rejected: how many were rejected without `requeue`.
        dead: how many were dead-lettered after that.
    """

    applying: bool = False
    max_length: int = 1
    room: int = 2
    length: int = 0
    rejected: int = 0
    dead: int = 0

    @action
    def publish(self) -> QueueArguments:
        """A message is added; in a full queue the oldest gives way."""
        require(self.room > 0)
        fewer = replace(self, room=self.room - 1)
        if self.applying and self.length >= self.max_length:
            return fewer
        return replace(fewer, length=self.length + 1)

    @action
    def reject(self) -> QueueArguments:
        """A consumer rejects a message without `requeue`."""
        require(self.length > 0)
        dead = self.dead + 1 if self.applying else self.dead
        return replace(self, length=self.length - 1, rejected=self.rejected + 1, dead=dead)

    @invariant
    def bounded(self) -> bool:
        """The queue is no longer than configured."""
        return self.length <= self.max_length

    @invariant
    def dead_lettered(self) -> bool:
        """What was rejected is dead-lettered."""
        return self.dead == self.rejected

    def __str__(self) -> str:
        return f"{self.length} queued, {self.rejected} rejected, {self.dead} dead-lettered"


# -------------------------------------------------------------------------------------- channels


@dataclass(frozen=True)
class ConsumerTags:
    """The consumers of a channel: a tag that is in use closes the connection (530).

    Attributes:
        unique: repair: each consumer has a tag of its own.
        queues: what is to be consumed.
        tags: of each consumer its tag.
        consumed: of each consumer its queue.
        open: whether the connection is open.
    """

    unique: bool = False
    queues: tuple[str, ...] = ("q1", "q2")
    tags: tuple[str, ...] = ()
    consumed: tuple[str, ...] = ()
    open: bool = True

    @action(fair=True, queue=lambda state: state.queues)
    def consume(self, queue: str) -> ConsumerTags:
        """`basic_consume`, with the tag "consumer" in the listing."""
        require(self.open)
        require(queue not in self.consumed)
        tag = f"consumer-{len(self.tags)}" if self.unique else "consumer"
        if tag in self.tags:
            return replace(self, open=False, tags=(), consumed=())
        return replace(self, tags=(*self.tags, tag), consumed=(*self.consumed, queue))

    @property
    def all_consumed(self) -> bool:
        """Whether each queue has a consumer."""
        return self.open and set(self.consumed) == set(self.queues)

    def __str__(self) -> str:
        listed = " ".join(f"{q}:{t}" for q, t in zip(self.consumed, self.tags, strict=True))
        return listed or "no consumer" if self.open else "closed"


@dataclass(frozen=True)
class SharedChannel:
    """The channels of an adapter: the one of the listing, or one for each role.

    Attributes:
        separate: repair: declarations have a channel of their own.
        reopening: repair: a channel that was closed is opened again.
        declaring: whether the channel for declarations is open.
        publishing: whether the channel for publishing and acknowledging is open.
        failed: whether the last call to publish has failed.
    """

    separate: bool = False
    reopening: bool = False
    declaring: bool = True
    publishing: bool = True
    failed: bool = False

    @action(exists=(True, False))
    def bind(self, exists: bool) -> SharedChannel:
        """`bind_queue` to an exchange that exists, or not: 404, and the channel is closed."""
        require(self.declaring)
        if exists:
            return self
        return replace(self, declaring=False, publishing=self.publishing and self.separate)

    @action
    def publish(self) -> SharedChannel:
        """`publish`, or `acknowledge`, on a channel that may be closed."""
        return replace(self, failed=not self.publishing)

    @action(fair=True)
    def reopen(self) -> SharedChannel:
        """The channel for declarations is opened again."""
        require(self.reopening)
        require(not self.declaring)
        return replace(self, declaring=True, publishing=True)

    @invariant
    def publishes(self) -> bool:
        """To publish does not fail."""
        return not self.failed

    @invariant
    def usable(self) -> bool:
        """The channel for publishing is open."""
        return self.publishing

    def __str__(self) -> str:
        opened = (("declaring", self.declaring), ("publishing", self.publishing))
        said = ", ".join(f"{name} {'open' if on else 'closed'}" for name, on in opened)
        return f"{said}{'; publish: Err' if self.failed else ''}"


@dataclass(frozen=True)
class Declarations:
    """A broker on which a queue is declared again and again.

    Attributes:
        parameters: what is declared: durable, exclusive, auto_delete.
        declared: with what the queue exists; None: it does not.
        open: whether the channel is open.
    """

    parameters: tuple[tuple[bool, bool, bool], ...] = ()
    declared: tuple[bool, bool, bool] | None = None
    open: bool = True

    @action(parameters=lambda state: state.parameters)
    def declare(self, parameters: tuple[bool, bool, bool]) -> Declarations:
        """`queue_declare`: other parameters than before close the channel (406)."""
        require(self.open)
        if self.declared is None:
            return replace(self, declared=parameters)
        return self if parameters == self.declared else replace(self, open=False)

    def __str__(self) -> str:
        names = ("durable", "exclusive", "auto_delete")
        if self.declared is None:
            return "no queue"
        listed = [name for name, on in zip(names, self.declared, strict=True) if on]
        return f"queue {' '.join(listed) or 'plain'}{'' if self.open else ', channel closed'}"
