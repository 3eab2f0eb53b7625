"""Claims on the topics and partitions of seed 002, and its proof obligation ED2 (M16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import z3

import cospec.spec
from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.partitioned_log import (
    REPAIRED,
    KeyedTopic,
    Log,
    PartitionLog,
    PubSub,
    ReplicatedMessage,
    Subscribed,
    select_partition,
)
from cospec.proofs import map_logic as maps
from cospec.proofs.evidence import (
    always,
    each,
    each_reason,
    inductive,
    leading,
    limited,
    prove,
    refined_by,
    refines,
    refuted,
    smallest_first,
    stepwise,
    weighed,
)
from cospec.proofs.reachability import reachable
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)
from cospec.spec.semantics.claims import Model
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 002, section 2.2"

AS_WRITTEN = PubSub()

#: A partition as the listing has it, and one that stores, with a position for each subscriber.
NOTHING_STORED = PartitionLog()
READ_BY_ALL = PartitionLog(appending=True, positioned=True)

#: How many steps z3 looks at for a counterexample.
DEPTH = 4

Answer = Proof | Counterexample


@cache
def script() -> Session:
    """spec/library/broker_delivery.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "broker_delivery.csp")


def _bounds(system: PubSub) -> str:
    counts = " or ".join(map(str, system.counts))
    return f"1 topic of {counts} partitions, 1 publisher, 1 subscriber, {system.room} messages"


def _registered(design: PubSub) -> PubSub:
    """With a publisher, however it was registered."""
    return replace(design, publishers=("p",))


# ------------------------------------------------------------------------------------ publishing


@CLAIMS.claim(
    "pubsub-publish-possible",
    model="M16",
    source=f"{SEED}, PubSubSystem",
    statement=(
        "Some sequence of calls of the API of PubSubSystem publishes a message, publish giving "
        "Ok; and some lets somebody subscribe."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pubsub-publish-possible-repaired",
)
def publish_possible(design: PubSub = AS_WRITTEN) -> Finding:
    """All calls: what they return, and what none ever does. No operation of the listing inserts
    into `publishers` or `subscribers`."""
    return weighed([_possible(design)])


def _possible(design: PubSub) -> Answer:
    return reachable(
        design,
        lambda system: system.answer,
        ("publish: Ok", "subscribe: Ok"),
        "a message can be published, and somebody can subscribe",
        _bounds(design),
    )


@CLAIMS.claim(
    "pubsub-publish-possible-repaired",
    model="M16",
    source=f"{SEED}, repair of PubSubSystem",
    statement=(
        "With operations that register publishers and subscribers, a message can be published and "
        "somebody can subscribe."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def publish_possible_repaired(design: PubSub = REPAIRED) -> Finding:
    """One call of each is found."""
    return publish_possible(design)


@CLAIMS.claim(
    "pubsub-append-stores",
    model="M16",
    source=f"{SEED}, append_message_to_partition",
    statement="A message of which publish gave Ok is in its partition.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pubsub-append-stores-repaired",
)
def append_stores(design: PubSub = AS_WRITTEN) -> Finding:
    """Of a publisher that is registered, which the listing has no way to do."""
    return weighed([_stored(_registered(design))])


def _stored(start: PubSub) -> Answer:
    text = "a message of which publish gave Ok is in its partition"
    return always(start, PubSub.stored, text, _bounds(start))


@CLAIMS.claim(
    "pubsub-append-stores-repaired",
    model="M16",
    source=f"{SEED}, repair of append_message_to_partition",
    statement=(
        "When append_message_to_partition pushes the message, and create_topic keeps a topic that "
        "there is, a partition holds all messages of which publish gave Ok, in this order, for "
        "any messages and any number of them."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_stores_repaired(design: PubSub = REPAIRED) -> Finding:
    """The system for few messages, a partition for all."""
    found = append_stores(design)
    if found.counterexamples:
        return found
    return weighed([_for_any_messages(design, "stored"), *found.proofs])


def _for_any_messages(design: PubSub, name: str) -> Answer:
    said = {
        "stored": "a partition holds what was published to it, in this order",
        "numbered": "the offset answered last is the number of messages published",
    }
    return inductive(Log(design.appending), name, said[name], depth=DEPTH)


@CLAIMS.claim(
    "pubsub-offset-unique",
    model="M16",
    source=f"{SEED}, append_message_to_partition",
    statement="The offsets that publish answers for a partition are 1, 2, 3, …",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pubsub-offset-unique-repaired",
)
def offset_unique(design: PubSub = AS_WRITTEN) -> Finding:
    """Of a publisher that is registered: two messages have the offset 1."""
    return weighed([_numbered(_registered(design))])


def _numbered(start: PubSub) -> Answer:
    return always(start, PubSub.numbered, "the offsets are 1, 2, 3, …", _bounds(start))


@CLAIMS.claim(
    "pubsub-offset-unique-repaired",
    model="M16",
    source=f"{SEED}, repair of append_message_to_partition",
    statement=(
        "When append_message_to_partition increments the offset, and create_topic keeps a topic "
        "that there is, the offsets of a partition are 1, 2, 3, …, for any number of messages."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def offset_unique_repaired(design: PubSub = REPAIRED) -> Finding:
    """The system for few messages, a partition for all."""
    found = offset_unique(design)
    if found.counterexamples:
        return found
    return weighed([_for_any_messages(design, "numbered"), *found.proofs])


# ----------------------------------------------------------------------------------------- order


@CLAIMS.claim(
    "pubsub-key-partition",
    model="M16",
    source=f"{SEED}, select_partition",
    statement=(
        "Messages of one key go to one partition, and so are read in the order in which they were "
        "published."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def key_partition() -> Finding:
    """When the number of partitions grows, a later message overtakes; with none there is no
    partition. With a fixed number: any hash and any number, and runs of few messages."""
    grows = (KeyedTopic(h, n, n + 1, queues=((),) * n) for n, h in product((1, 2), range(3)))
    none = each(
        range(2),
        lambda count: select_partition(0, count) is not None,
        "there is a partition for the key",
        "up to 1 partition",
        lambda count: f"a topic with {count} partitions: PartitionNotFound",
    )
    fixed = smallest_first(
        (KeyedTopic(h, n, n, 3, queues=((),) * n) for n, h in product((1, 2, 3), range(4))),
        _key_in_order,
        "1 key, up to 3 partitions, 3 messages",
    )
    if isinstance(fixed, Counterexample):
        return weighed([fixed])
    under = "the hash is a function of the key, and the number of partitions fixed, at least 1"
    every = replace(_one_partition(), under=under)
    overtaken = smallest_first(grows, _key_in_order, "1 key, up to 3 partitions, 2 messages")
    return Finding((every, replace(fixed, under=under)), refuted(overtaken, none))


def _key_in_order(start: KeyedTopic) -> Answer:
    text = "messages of one key are read in the order in which they were published"
    return always(start, KeyedTopic.in_order, text, f"{start.room} messages")


def _one_partition() -> Proof:
    """For any keys, any hash and any number of partitions."""
    key = z3.DeclareSort("Key")
    key_hash = z3.Function("hash", key, z3.IntSort())
    one, two = z3.Consts("one two", key)
    count = z3.Int("count")
    chosen, other = key_hash(one) % count, key_hash(two) % count
    exists = z3.And(chosen >= 0, chosen < count)
    prove(z3.And(exists, z3.Implies(one == two, chosen == other)), count >= 1)
    return Proof(Method.Z3_PROOF, "there is a partition for each key, and only one")


@CLAIMS.claim(
    "pubsub-partition-order",
    model="M16",
    source=f"{SEED}, law of Partition",
    statement=(
        "Each consumer of a partition sees all its messages, in the order in which they were "
        "published: the partition is for each of them a queue (PARTITION)."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def partition_order(
    listing: PartitionLog = NOTHING_STORED, repaired: PartitionLog = READ_BY_ALL
) -> Finding:
    """As written there is nothing to be read, which only failures show. With messages stored, two
    consumers of one position see some each. With a position for each it is PARTITION, for few
    messages by refinement in both directions; and for any of them each consumer reads all."""
    shared = replace(listing, appending=True)
    queues = weighed(_as_queues(repaired))
    if queues.counterexamples:
        return queues
    hypothesis = "what is published is stored, and each consumer has a position of its own"
    proofs = (*_read_in_order(repaired), *queues.proofs)
    return limited(Finding(proofs), hypothesis, _is_partition(listing), _is_partition(shared))


def _is_partition(start: PartitionLog) -> Answer:
    bounds = _readers(start.room)
    return refines(script(), f"PARTITION({start.room})", start, Model.FD, bounds)


def _as_queues(design: PartitionLog) -> Iterator[Answer]:
    for room in (1, 2):
        start = replace(design, room=room)
        yield _is_partition(start)
        yield refined_by(script(), f"PARTITION({room})", start, Model.FD, _readers(room))


def _readers(room: int) -> str:
    return f"2 subscribers, {room} {'message' if room == 1 else 'messages'}"


def _read_in_order(design: PartitionLog) -> Iterator[Proof]:
    """What holds of each subscriber, for any messages and any number of them."""
    start = Subscribed(design.appending, design.positioned)
    said = {
        "in_order": "what was published is what a subscriber has read, then what it will read",
        "progresses": "each step is a publication, or a subscriber has less to read",
    }
    for name, text in said.items():
        found = inductive(start, name, text, ("room",), lambda state: state.room >= 0, depth=DEPTH)
        if isinstance(found, Counterexample):
            raise Undecided(f"{found.text}, though the system for few messages does it")
        yield found


# ---------------------------------------------------------------------------------------- topics


@CLAIMS.claim(
    "pubsub-create-topic",
    model="M16",
    source=f"{SEED}, create_topic",
    statement="create_topic keeps a topic that there is: its messages stay.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pubsub-create-topic-repaired",
)
def create_topic(design: PubSub = AS_WRITTEN) -> Finding:
    """When messages are stored: create, publish, create again, Ok; the message is gone."""
    return weighed([_kept(_registered(replace(design, appending=True)))])


def _kept(start: PubSub) -> Answer:
    text = "no message is taken out of a partition"
    return stepwise(start, _messages_stay, text, _bounds(start))


def _messages_stay(before: PubSub, after: PubSub) -> bool:
    return all(
        partition.messages == after.messages_in(topic.name, partition.id)[: len(partition.messages)]
        for topic in before.topics
        for partition in topic.partitions
    )


@CLAIMS.claim(
    "pubsub-create-topic-repaired",
    model="M16",
    source=f"{SEED}, repair of create_topic",
    statement=(
        "When create_topic gives Err(AlreadyExists) for a topic that there is, all topics stay, "
        "for maps of any size, and their messages stay."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def create_topic_repaired(design: PubSub = REPAIRED) -> Finding:
    """The system for few topics, z3 for maps of any size."""
    found = create_topic(design)
    return found if found.counterexamples else Finding((_topics_kept(design), *found.proofs))


def _topics_kept(design: PubSub) -> Proof:
    prove(maps.keeps(design.keeping))
    return Proof(Method.Z3_PROOF, "what is under a key stays, whatever is inserted")


@CLAIMS.claim(
    "pubsub-replication",
    model="M16",
    source=f"{SEED}, replication_factor, replicas and retention_policy",
    statement="Messages are replicated and retained as the configuration of their topic says.",
    registered=Truth.VACUOUS,
    method=Method.EXHAUSTIVE,
    repaired="pubsub-replication-repaired",
)
def replication() -> Finding:
    """The fields are written and never read: whatever is in them, the system does the same."""
    graphs, states = set(), 0
    for policy, factor in product(("for ever", "1 day"), (0, 1, 3)):
        design = replace(REPAIRED, retention_policy=policy, replication_factor=factor)
        found: Exploration[PubSub] = Exploration(ModelSystem(design))
        states += len(found.states)
        graphs.add((tuple(map(_without_policies, found.states)), tuple(found.edges)))
    if len(graphs) != 1:
        raise Undecided("something depends on the configuration")
    text = "with any retention policy and replication factor the system does the same"
    same = Proof(Method.EXHAUSTIVE, text, f"2 policies, 3 factors; {_bounds(REPAIRED)}", states)
    return Finding((same,), vacuous="nothing reads these fields, so that they promise nothing")


def _without_policies(system: PubSub) -> PubSub:
    topics = (replace(topic, retention_policy="", replication_factor=0) for topic in system.topics)
    blind = replace(system, retention_policy="", replication_factor=0)
    return replace(blind, topics=tuple(topics))


@CLAIMS.claim(
    "pubsub-replication-repaired",
    model="M16",
    source=f"{SEED}, repair of replicas",
    statement=(
        "When publish gives Ok only after a quorum of q replicas has the message, it is lost in "
        "no loss of fewer than q replicas, for any number of replicas and any q."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def replication_repaired(spare: int = 1) -> Finding:
    """A quorum is larger than the number of losses by `spare` at least."""
    return weighed(
        [
            inductive(
                ReplicatedMessage(),
                "durable",
                "of what publish gave Ok for, a replica has the message",
                ("replicas", "quorum", "losses"),
                _SPARE[spare],
                depth=DEPTH,
            )
        ]
    )


#: How much larger a quorum is than the number of losses.
_SPARE = {
    0: lambda state: state.losses >= 0 and state.quorum >= state.losses,
    1: lambda state: state.losses >= 0 and state.quorum >= state.losses + 1,
}


# ------------------------------------------------------------------------------------------- ED2


@CLAIMS.claim(
    "ED2",
    model="M16",
    source="seed 002, section 6, proof obligation ED2; section 2.2",
    statement=(
        "Consistency of publishing and subscribing: all subscribers of a partition read the same "
        "sequence of messages, that of which publish gave Ok, with none missing, in the order in "
        "which they were published; and all of it at last."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="ED2-repaired",
)
def ed2(design: PubSub = AS_WRITTEN, partition: PartitionLog = NOTHING_STORED) -> Finding:
    """Five reasons, each with what the ones before it need repaired.

    The document states the obligation by its name only, and proves nothing. In its listing nobody
    can be registered, so that every publish and subscribe fails. With publishers registered, a
    message of which publish gave Ok is nowhere; the next one has the same offset; so that a
    subscriber that reads the partition waits in vain. With messages stored, create_topic for a
    topic that there is throws them away. `ED2-repaired` has all repairs.
    """
    registering = replace(design, registering=True)
    return each_reason(
        iter(
            [
                _possible(design),
                _stored(registering),
                _numbered(registering),
                _is_partition(partition),
                _kept(replace(registering, appending=True)),
            ]
        )
    )


@CLAIMS.claim(
    "ED2-repaired",
    model="M16",
    source="seed 002, section 6, proof obligation ED2; section 2.2, repaired",
    statement=(
        "When publishers and subscribers can be registered, messages are appended, topics are "
        "kept and each subscriber has a position of its own, all subscribers of a partition read "
        "the same sequence, that of which publish gave Ok with the offsets 1, 2, 3, …, in this "
        "order, and under weak fairness all of it at last, for any messages and any number of "
        "them, of subscribers and of topics."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ed2_repaired(design: PubSub = REPAIRED, partition: PartitionLog = READ_BY_ALL) -> Finding:
    """Safety by induction: what was published is what any one subscriber has read, then what it
    will read, so any two have read the same; offsets count the messages; topics stay.

    Liveness: a subscriber with something to read can read, and weak fairness makes it; each read
    leaves less, and publications are finitely many; so that a run ends with all read.

    The system and a partition for few messages first, as it is there that a repair may be missing:
    by exploring, by refinement of PARTITION in both directions, and by the search for fair runs.
    """
    explored = weighed(_consistent(design, partition))
    if explored.counterexamples:
        return explored
    every = weighed(_for_any_messages(design, name) for name in ("stored", "numbered"))
    if every.counterexamples:
        return every
    proofs = (*_read_in_order(partition), *every.proofs, _topics_kept(design), *explored.proofs)
    return Finding(proofs)


def _consistent(design: PubSub, partition: PartitionLog) -> Iterator[Answer]:
    yield _possible(design)
    several = replace(design, counts=(1, 2), hashes=(0, 1))
    yield from (ask(several) for ask in (_stored, _numbered, _kept))
    yield from _as_queues(partition)
    yield always(
        partition,
        PartitionLog.in_order,
        "each subscriber has read the first messages that were published",
        _readers(partition.room),
    )
    yield leading(
        partition,
        lambda state: state.all_read,
        "all subscribers have read all messages at last",
        _readers(partition.room),
        lambda state: bool(state.published),
    )
