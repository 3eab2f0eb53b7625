"""M16, topics with partitions: `PubSubSystem` as it is written, and with each of its repairs.

Seed 002, section 2.2: a topic has partitions, a partition an offset and messages. `PubSub` has the
operations of the listing; `PartitionLog` is one partition with what is published to it and who
reads it, which nobody does in the listing. `select_partition` is not shown: it is taken to be the
usual hash of the key by the number of partitions.

>>> print(PubSub(publishers=("p",)).create_topic("t", 1).publish("p", "m", 0))
t [0: offset 0, -]; published ('m at 1',)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, integers, invariant, require, transition_invariant

__all__ = [
    "REPAIRED", "REPAIRS", "KeyedTopic", "Log", "Partition", "PartitionLog", "PubSub", "Published",
    "ReplicatedMessage", "Subscribed", "Topic", "select_partition",
]  # fmt: skip


def select_partition(key_hash: int, partitions: int) -> int | None:
    """The number of the partition for a key; None where there is no partition."""
    return key_hash % partitions if partitions > 0 else None


@dataclass(frozen=True, slots=True)
class Partition:
    """A `Partition`; its replicas are never read."""

    id: int
    offset: int = 0
    messages: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id}: offset {self.offset}, {' '.join(self.messages) or '-'}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A `Topic`; retention policy and replication factor are stored, and never read."""

    name: str
    partitions: tuple[Partition, ...]
    retention_policy: str = "for ever"
    replication_factor: int = 1

    def __str__(self) -> str:
        return f"{self.name} [{'; '.join(map(str, self.partitions))}]"


@dataclass(frozen=True, slots=True)
class Published:
    """A `PublishResult`, and the message that it was given for."""

    topic: str
    partition: int
    offset: int
    message: str

    def __str__(self) -> str:
        return f"{self.message} at {self.offset}"


def _messages(system: PubSub) -> tuple[str, ...]:
    return (f"m{len(system.published) + 1}",)


@dataclass(frozen=True)
class PubSub:
    """A `PubSubSystem`.

    Attributes:
        registering: repair: there are operations that register publishers and subscribers.
        appending: repair: `append_message_to_partition` stores the message and the offset.
        keeping: repair: `create_topic` gives `Err(AlreadyExists)` for a topic that there is.
        counts: the partition counts that topics are created with.
        hashes: the hashes of the keys of messages.
        retention_policy: of the topics that are created.
        replication_factor: of the topics that are created.
        room: how many messages are published at most.
        topics: the topics.
        publishers: who is registered.
        subscribers: who is registered.
        answer: what the last operation has returned.
        published: of which messages `publish` gave `Ok`.
    """

    registering: bool = False
    appending: bool = False
    keeping: bool = False
    counts: tuple[int, ...] = (1,)
    hashes: tuple[int, ...] = (0,)
    retention_policy: str = "for ever"
    replication_factor: int = 1
    room: int = 2
    topics: tuple[Topic, ...] = ()
    publishers: tuple[str, ...] = ()
    subscribers: tuple[str, ...] = ()
    answer: str = "no call"
    published: tuple[Published, ...] = ()

    @action(name=("t",), partitions=lambda system: system.counts)
    def create_topic(self, name: str, partitions: int) -> PubSub:
        """A topic is inserted; `HashMap::insert` replaces what is there."""
        if self.keeping and self._topic(name) is not None:
            return replace(self, answer="create_topic: AlreadyExists")
        empty = tuple(map(Partition, range(partitions)))
        made = Topic(name, empty, self.retention_policy, self.replication_factor)
        return replace(self._with(made), answer="create_topic: Ok")

    @action(publisher=("p",))
    def register_publisher(self, publisher: str) -> PubSub:
        """A publisher is inserted: the listing has no such operation."""
        require(self.registering)
        require(publisher not in self.publishers)
        known = (*self.publishers, publisher)
        return replace(self, publishers=known, answer="register_publisher: Ok")

    @action(subscriber=("s",))
    def register_subscriber(self, subscriber: str) -> PubSub:
        """A subscriber is inserted: the listing has no such operation."""
        require(self.registering)
        require(subscriber not in self.subscribers)
        known = (*self.subscribers, subscriber)
        return replace(self, subscribers=known, answer="register_subscriber: Ok")

    @action(publisher=("p",), message=_messages, key_hash=lambda system: system.hashes)
    def publish(self, publisher: str, message: str, key_hash: int) -> PubSub:
        """A message is published to the topic t."""
        require(len(self.published) < self.room)
        if publisher not in self.publishers:
            return replace(self, answer="publish: PublisherNotFound")
        topic = self._topic("t")
        if topic is None:
            return replace(self, answer="publish: TopicNotFound")
        number = select_partition(key_hash, len(topic.partitions))
        if number is None:
            return replace(self, answer="publish: PartitionNotFound")
        offset = topic.partitions[number].offset + 1
        result = Published(topic.name, number, offset, message)
        after = replace(self, answer="publish: Ok", published=(*self.published, result))
        return after._appended(topic, number, message, offset) if self.appending else after

    @action(subscriber=("s",))
    def subscribe(self, subscriber: str) -> PubSub:
        """Somebody subscribes."""
        known = subscriber in self.subscribers
        return replace(self, answer=f"subscribe: {'Ok' if known else 'SubscriberNotFound'}")

    def _topic(self, name: str) -> Topic | None:
        return next((each for each in self.topics if each.name == name), None)

    def _with(self, topic: Topic) -> PubSub:
        others = (each for each in self.topics if each.name != topic.name)
        return replace(self, topics=(*others, topic))

    def _appended(self, topic: Topic, number: int, message: str, offset: int) -> PubSub:
        before, old = topic.partitions[:number], topic.partitions[number]
        grown = Partition(old.id, offset, (*old.messages, message))
        partitions = (*before, grown, *topic.partitions[number + 1 :])
        return self._with(replace(topic, partitions=partitions))

    def messages_in(self, topic: str, partition: int) -> tuple[str, ...]:
        """What a partition holds; nothing if there is none."""
        found = self._topic(topic)
        if found is None or partition >= len(found.partitions):
            return ()
        return found.partitions[partition].messages

    @invariant
    def stored(self) -> bool:
        """Each message of which `publish` gave `Ok` is in its partition."""
        return all(p.message in self.messages_in(p.topic, p.partition) for p in self.published)

    @invariant
    def numbered(self) -> bool:
        """The offsets that were answered for a partition are 1, 2, 3, …"""
        given: dict[tuple[str, int], list[int]] = {}
        for each in self.published:
            given.setdefault((each.topic, each.partition), []).append(each.offset)
        return all(offsets == list(range(1, len(offsets) + 1)) for offsets in given.values())

    def __str__(self) -> str:
        topics = ", ".join(map(str, self.topics)) or "no topic"
        return f"{topics}; published {tuple(map(str, self.published))}"


#: The switches.
REPAIRS = ("registering", "appending", "keeping")

REPAIRED = PubSub(registering=True, appending=True, keeping=True)


# ---------------------------------------------------------------------------------- one partition


@dataclass(frozen=True)
class PartitionLog:
    """A partition, to which messages are published and which two subscribers read.

    Attributes:
        appending: repair: what is published is stored.
        positioned: repair: each subscriber has a position of its own; else they share one.
        room: how many messages will still be published.
        offset: the partition's.
        messages: what it holds.
        published: of which messages `publish` gave `Ok`.
        newest: the offset that was answered last.
        position: of the first subscriber, or of both.
        position_2: of the second.
        read_1: what the first has read.
        read_2: what the second has read.
    """

    appending: bool = False
    positioned: bool = False
    room: int = 2
    offset: int = 0
    messages: tuple[int, ...] = ()
    published: tuple[int, ...] = ()
    newest: int = 0
    position: int = 0
    position_2: int = 0
    read_1: tuple[int, ...] = ()
    read_2: tuple[int, ...] = ()

    @action(message=(1, 2))
    def publish(self, message: int) -> PartitionLog:
        """A message is appended; the listing computes an offset and stores nothing."""
        require(self.room > 0)
        answered = replace(
            self,
            room=self.room - 1,
            published=(*self.published, message),
            newest=self.offset + 1,
        )
        if not self.appending:
            return answered
        return replace(answered, messages=(*self.messages, message), offset=self.offset + 1)

    @action(fair=True, subscriber=(1, 2), message=(1, 2))
    def read(self, subscriber: int, message: int) -> PartitionLog:
        """A subscriber reads the message at its position."""
        position = self.position_2 if self.positioned and subscriber == 2 else self.position
        require(self.messages[position : position + 1] == (message,))
        if subscriber == 1:
            return replace(self, position=self.position + 1, read_1=(*self.read_1, message))
        moved = replace(self, read_2=(*self.read_2, message))
        if self.positioned:
            return replace(moved, position_2=self.position_2 + 1)
        return replace(moved, position=self.position + 1)

    @invariant
    def in_order(self) -> bool:
        """Each subscriber has read the first messages that were published: none is missing, none
        twice, none too early."""
        return (
            self.read_1 == self.published[: len(self.read_1)]
            and self.read_2 == self.published[: len(self.read_2)]
        )

    @property
    def all_read(self) -> bool:
        """Whether both subscribers have read as many messages as were published."""
        return len(self.read_1) == len(self.read_2) == len(self.published)

    def __str__(self) -> str:
        read = f"1 has read {list(self.read_1)}, 2 has read {list(self.read_2)}"
        return f"offset {self.offset}, {list(self.messages)}; newest {self.newest}; {read}"


@dataclass(frozen=True)
class Log:
    """A partition that any messages are published to, any number of them; for proofs.

    The fields are those of `PartitionLog`.
    """

    appending: bool = False
    offset: int = 0
    messages: tuple[int, ...] = ()
    published: tuple[int, ...] = ()
    newest: int = 0

    @action(message=integers())
    def publish(self, message: int) -> Log:
        """A message is appended; the listing computes an offset and stores nothing."""
        told = self.published + (message,)
        answered = replace(self, published=told, newest=self.offset + 1)
        if not self.appending:
            return answered
        return replace(answered, messages=self.messages + (message,), offset=self.offset + 1)

    @invariant
    def stored(self) -> bool:
        """The partition holds what was published, in this order."""
        return self.messages == self.published

    @invariant
    def numbered(self) -> bool:
        """The offset answered last is the number of messages published: 1, 2, 3, …"""
        return self.newest == len(self.published)

    @invariant
    def counted(self) -> bool:
        """The offset of the partition is the number of messages in it."""
        return self.offset == len(self.messages)

    def __str__(self) -> str:
        return f"offset {self.offset}, {list(self.messages)}; newest {self.newest}"


@dataclass(frozen=True)
class Subscribed:
    """A partition as any one of its subscribers sees it, with any messages; for proofs.

    Attributes:
        appending: the switch of `PartitionLog`.
        positioned: the switch of `PartitionLog`.
        room: how many messages will still be published.
        published: of which messages `publish` gave `Ok`.
        unread: what the partition holds from the position on.
        read: what the subscriber has read.
    """

    appending: bool = False
    positioned: bool = False
    room: int = 2
    published: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    read: tuple[int, ...] = ()

    @action(message=integers())
    def publish(self, message: int) -> Subscribed:
        """A message is published."""
        require(self.room > 0)
        told = replace(self, room=self.room - 1, published=self.published + (message,))
        return replace(told, unread=self.unread + (message,)) if self.appending else told

    @action(fair=True)
    def read_next(self) -> Subscribed:
        """The subscriber reads the message at its position."""
        require(self.unread)
        return replace(self, unread=self.unread[1:], read=self.read + self.unread[:1])

    @action
    def read_elsewhere(self) -> Subscribed:
        """Another subscriber reads the message at its position, which may be the same position."""
        require(not self.positioned)
        require(self.unread)
        return replace(self, unread=self.unread[1:])

    @invariant
    def in_order(self) -> bool:
        """What was published is what the subscriber has read and then what it will read: in this
        order, with none missing and none twice."""
        return self.published == self.read + self.unread

    @transition_invariant
    def progresses(self, after: Subscribed) -> bool:
        """Each step is a publication, of which there are so many, or leaves less to be read."""
        publishes = after.room < self.room and after.room >= 0
        return publishes or (after.room == self.room and len(after.unread) < len(self.unread))

    def __str__(self) -> str:
        held = f"{list(self.unread)} to be read"
        return f"published {list(self.published)}, {held}, read {list(self.read)}"


@dataclass(frozen=True)
class KeyedTopic:
    """The messages of one key in a topic whose number of partitions may change; each partition is
    read at its own pace.

    Attributes:
        key_hash: of the key.
        partitions: how many there are.
        largest: how many there will be at most.
        room: how many messages will still be published.
        published: how many were.
        queues: of each partition the numbers of the messages that were not read.
        read: the numbers of the messages that were, in this order.
    """

    key_hash: int = 0
    partitions: int = 1
    largest: int = 1
    room: int = 2
    published: int = 0
    queues: tuple[tuple[int, ...], ...] = ((),)
    read: tuple[int, ...] = ()

    @action
    def grow(self) -> KeyedTopic:
        """The topic gets one more partition."""
        require(self.partitions < self.largest)
        return replace(self, partitions=self.partitions + 1, queues=(*self.queues, ()))

    @action
    def publish(self) -> KeyedTopic:
        """The next message is appended to the partition of its key."""
        require(self.published < self.room)
        number, chosen = self.published + 1, select_partition(self.key_hash, self.partitions)
        assert chosen is not None
        return replace(self, published=number)._queued(chosen, (*self.queues[chosen], number))

    @action(partition=lambda topic: range(topic.partitions))
    def consume(self, partition: int) -> KeyedTopic:
        """The oldest message of a partition is read."""
        require(self.queues[partition])
        number, *rest = self.queues[partition]
        return replace(self, read=(*self.read, number))._queued(partition, tuple(rest))

    def _queued(self, partition: int, queue: tuple[int, ...]) -> KeyedTopic:
        before, after = self.queues[:partition], self.queues[partition + 1 :]
        return replace(self, queues=(*before, queue, *after))

    @invariant
    def in_order(self) -> bool:
        """Messages of one key are read in the order in which they were published."""
        return list(self.read) == sorted(self.read)

    def __str__(self) -> str:
        queues = " ".join(f"{n}: {list(queue)}" for n, queue in enumerate(self.queues))
        return f"hash {self.key_hash}; {queues}; read {list(self.read)}"


@dataclass(frozen=True)
class ReplicatedMessage:
    """A message that is copied to replicas, and acknowledged when a quorum has it.

    Attributes:
        replicas: how many there are.
        quorum: how many must have the message before `publish` gives `Ok`.
        losses: how many replicas that have the message are lost at most.
        copies: how many replicas have the message.
        lost: how many were lost that had it.
        promised: whether `publish` has given `Ok`.
    """

    replicas: int = 3
    quorum: int = 2
    losses: int = 1
    copies: int = 0
    lost: int = 0
    promised: bool = False

    @action(fair=True)
    def replicate(self) -> ReplicatedMessage:
        """One more replica has the message."""
        require(self.copies + self.lost < self.replicas)
        return replace(self, copies=self.copies + 1)

    @action(fair=True)
    def acknowledge(self) -> ReplicatedMessage:
        """`publish` gives `Ok`."""
        require(not self.promised)
        require(self.copies >= self.quorum)
        return replace(self, promised=True)

    @action
    def lose_replica(self) -> ReplicatedMessage:
        """A replica that has the message is lost."""
        require(self.lost < self.losses)
        require(self.copies > 0)
        return replace(self, copies=self.copies - 1, lost=self.lost + 1)

    @invariant
    def durable(self) -> bool:
        """Of what `publish` gave `Ok` for, a replica has the message."""
        return not self.promised or self.copies > 0

    @invariant
    def counted(self) -> bool:
        """Where it was promised, a quorum less what was lost is left."""
        return (
            self.copies >= 0
            and self.lost >= 0
            and self.lost <= self.losses
            and (not self.promised or self.copies + self.lost >= self.quorum)
        )

    def __str__(self) -> str:
        said = ", Ok" if self.promised else ""
        return f"{self.copies} copies, {self.lost} lost{said}"
