"""Claims on the RabbitMQ adapter of seed 002 (M16).

What the broker does is as the documentation of RabbitMQ has it (`cospec.models.amqp`). Liveness is
under weak fairness: broker and consumers go on, but nothing has to crash or fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

import z3

from cospec.models.amqp import (
    ConsumerTags,
    CountedQueue,
    Declarations,
    Publishing,
    QueueArguments,
    RejectingConsumer,
    SharedChannel,
)
from cospec.models.broker_delivery import Delivery
from cospec.proofs import map_logic as maps
from cospec.proofs.claims.nats import for_all_faults, handled
from cospec.proofs.evidence import (
    always,
    each_reason,
    inductive,
    leading,
    prove,
    refuted,
    smallest_first,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 002, section 3.2"

FIRE_AND_FORGET = Publishing()
CONFIRMED = Publishing(mandatory=True, confirming=True, persistent=True)

REQUEUING = RejectingConsumer()
COUNTING = RejectingConsumer(counting=True)

NO_ARGUMENTS, ARGUMENTS = QueueArguments(), QueueArguments(applying=True)
ONE_TAG, OWN_TAGS = ConsumerTags(), ConsumerTags(unique=True)
ONE_CHANNEL = SharedChannel()
CHANNELS = SharedChannel(separate=True, reopening=True)

#: A queue of RabbitMQ keeps a message until it is acknowledged; the consumer does so at the end.
ACKING_LAST = Delivery(keeping=True)

#: How many steps z3 looks at for a counterexample.
DEPTH = 5

Answer = Proof | Counterexample


# ------------------------------------------------------------------------------------ publishing


@CLAIMS.claim(
    "rabbit-publish-ok",
    model="M16",
    source=f"{SEED}, publish",
    statement=(
        "When publish gives Ok, the message is in a queue, or on its way there, and stays there "
        "when the broker restarts."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="rabbit-publish-ok-repaired",
)
def publish_ok(design: Publishing = FIRE_AND_FORGET) -> Finding:
    """Three reasons, each with what the ones before it need repaired: no queue is bound; the broker
    restarts while the message is on its way; it restarts, and the message was not persistent."""
    returning = replace(design, mandatory=True, confirming=True)
    return each_reason(
        [
            _kept(replace(design, bound=False, restarts=0)),
            _kept(design),
            _kept(returning),
        ]
    )


def _kept(start: Publishing) -> Answer:
    bound = "a queue" if start.bound else "no queue"
    bounds = f"1 message, {bound} bound, {start.restarts} restarts of the broker"
    text = "what publish gave Ok for is in a queue, or on its way there"
    return always(start, Publishing.kept, text, bounds)


@CLAIMS.claim(
    "rabbit-publish-ok-repaired",
    model="M16",
    source=f"{SEED}, repair of publish",
    statement=(
        "When messages are mandatory and persistent and publish waits for the confirm of the "
        "broker, then what it gave Ok for is in a durable queue, and stays there, for any number "
        "of restarts; and publish gives Ok or Err at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def publish_ok_repaired(design: Publishing = CONFIRMED) -> Finding:
    """Explored for few restarts; and for any number by induction, with a queue bound and not."""
    starts = [replace(design, bound=b, restarts=n) for b, n in product((True, False), range(3))]
    few = weighed(
        smallest_first(starts, ask, "up to 2 restarts of the broker") for ask in (_kept, _answers)
    )
    if few.counterexamples:
        return few
    every = weighed(
        inductive(
            replace(design, bound=bound),
            "in_a_queue",
            f"what publish gave Ok for is in a queue, {'a' if bound else 'no'} queue being bound",
            ("restarts",),
            lambda state: state.restarts >= 0,
            depth=DEPTH,
        )
        for bound in (True, False)
    )
    return Finding((*every.proofs, *few.proofs), every.counterexamples)


def _answers(start: Publishing) -> Answer:
    return leading(
        start,
        lambda state: state.answer.value in ("Ok", "Err"),
        "publish gives Ok or Err at last",
        f"1 message, {start.restarts} restarts of the broker",
        lambda state: state.place.value == "on its way",
    )


# ------------------------------------------------------------------------------------- consuming


@CLAIMS.claim(
    "rabbit-poison",
    model="M16",
    source=f"{SEED}, reject",
    statement="Every message leaves the queue at last.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="rabbit-poison-repaired",
)
def poison(design: RejectingConsumer = REQUEUING) -> Finding:
    """A message P that is never handled, and a good one behind it: reject(requeue = true) puts P
    back at the head, so that it is delivered for ever, and the other one never."""
    return weighed([_emptied(design)])


def _emptied(start: RejectingConsumer) -> Answer:
    text = "every message leaves the queue at last"
    return leading(start, lambda state: not state.queue, text, f"the queue {' '.join(start.queue)}")


@CLAIMS.claim(
    "rabbit-poison-repaired",
    model="M16",
    source=f"{SEED}, repair of reject",
    statement=(
        "When failures of a message are counted, and it goes to a dead-letter queue after so "
        "many, every message leaves the queue at last, the good ones handled, for any limit of at "
        "least 1, any number of messages and any order of them."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def poison_repaired(design: RejectingConsumer = COUNTING) -> Finding:
    """All queues of up to three messages; and by a measure for all: the messages left, then the
    tries left of the one at the head. While one is left, it can be consumed."""
    queues = [queue for n in range(1, 4) for queue in product("Pg", repeat=n)]
    starts = (replace(design, queue=queue, limit=n) for queue in queues for n in (1, 2, 3))
    few = smallest_first(starts, _emptied, "up to 3 messages, up to 3 tries")
    if isinstance(few, Counterexample):
        return weighed([few])
    said = {
        "progresses": "each step leaves fewer messages, or fewer tries for the one at the head",
        "counted": "each message is in the queue, handled, or dead",
        "isolates": "only what has failed as often as allowed is dead",
    }
    start = CountedQueue(design.counting, good=0, poison=0, messages=0)
    parameters = ("limit", "messages", "good", "poison")
    every = weighed(
        inductive(start, name, text, parameters, _begins, depth=DEPTH)
        for name, text in said.items()
    )
    return Finding((*every.proofs, few), every.counterexamples)


def _begins(queue: CountedQueue) -> bool:
    return (
        queue.limit >= 1
        and queue.good >= 0
        and queue.poison >= 0
        and queue.messages == queue.good + queue.poison
    )


@CLAIMS.claim(
    "rabbit-ack",
    model="M16",
    source=f"{SEED}, acknowledge and reject",
    statement="Each message is processed at least once, also when its consumer crashes or fails.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def acknowledge(design: Delivery = ACKING_LAST) -> Finding:
    """The adapter leaves to its user when to acknowledge and how to reject. Acknowledged first, a
    message is lost in a crash; rejected without `requeue` and without dead-letter exchange, it is
    lost at once (with one, it is not)."""
    sizes = [replace(design, crashes=c, failures=f) for c, f in product(range(3), range(3))]
    few = smallest_first(sizes, handled, "1 message, up to 2 crashes, 2 failures")
    if isinstance(few, Counterexample):
        return weighed([few])
    every = weighed(for_all_faults(design, "handled_when_settled", "not_lost", "progresses"))
    if every.counterexamples:
        return every
    under = "it is acknowledged after its effect, and not rejected without requeue"
    proofs = tuple(replace(proof, under=under) for proof in (*every.proofs, few))
    wrong = refuted(
        handled(replace(design, acking_first=True, crashes=1)),
        handled(replace(design, rejecting=True, failures=1)),
    )
    letters = replace(design, rejecting=True, dead_lettering=True)
    kept = always(
        replace(letters, crashes=2, failures=2),
        Delivery.not_lost,
        "with a dead-letter exchange what is rejected is not lost",
        "1 message, 2 crashes, 2 failures",
    )
    if isinstance(kept, Counterexample):
        return weighed([kept])
    return Finding((*proofs, kept), wrong)


# ------------------------------------------------------------------------------------- declaring


@CLAIMS.claim(
    "rabbit-arguments",
    model="M16",
    source=f"{SEED}, QueueConfig.arguments and declare_queue",
    statement=(
        "The arguments of a queue's configuration are applied: with x-max-length it is no longer "
        "than that, with x-dead-letter-exchange what is rejected is dead-lettered."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="rabbit-arguments-repaired",
)
def arguments(design: QueueArguments = NO_ARGUMENTS) -> Finding:
    """declare_queue passes FieldTable::default(): neither is known to the broker."""
    return each_reason(_applied(design))


#: What the arguments are for.
_APPLIED = (
    ("bounded", "the queue is no longer than configured"),
    ("dead_lettered", "what is rejected is dead-lettered"),
)


def _applied(start: QueueArguments) -> Iterator[Answer]:
    for name, text in _APPLIED:
        bounds = f"max_length {start.max_length}, {start.room} messages"
        yield always(start, getattr(QueueArguments, name), text, bounds)


@CLAIMS.claim(
    "rabbit-arguments-repaired",
    model="M16",
    source=f"{SEED}, repair of declare_queue",
    statement=(
        "When declare_queue passes the arguments of the configuration, both are applied, for any "
        "x-max-length and any number of messages."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def arguments_repaired(design: QueueArguments = ARGUMENTS) -> Finding:
    """Few messages by exploring, any number by induction."""
    few = arguments(design)
    if few.counterexamples:
        return few
    every = weighed(
        inductive(
            design,
            name,
            text,
            ("max_length", "room"),
            lambda state: state.max_length >= 0,
            depth=DEPTH,
        )
        for name, text in _APPLIED
    )
    return Finding((*every.proofs, *few.proofs), every.counterexamples)


@CLAIMS.claim(
    "rabbit-consumer-tag",
    model="M16",
    source=f"{SEED}, consume",
    statement="Several queues can be consumed with one RabbitMQMessaging.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="rabbit-consumer-tag-repaired",
)
def consumer_tag(design: ConsumerTags = ONE_TAG) -> Finding:
    """The second `basic_consume` uses the tag "consumer" again, which closes the connection."""
    return weighed([_stays_open(design), _all_consumed(design)])


def _stays_open(start: ConsumerTags) -> Answer:
    return always(start, lambda s: s.open, "the connection stays open", _queues(start))


def _all_consumed(start: ConsumerTags) -> Answer:
    text = "each queue has a consumer at last"
    return leading(start, lambda s: s.all_consumed, text, _queues(start))


def _queues(start: ConsumerTags) -> str:
    return f"{len(start.queues)} queues"


@CLAIMS.claim(
    "rabbit-consumer-tag-repaired",
    model="M16",
    source=f"{SEED}, repair of consume",
    statement=(
        "When each consumer has a tag with a number that counts up, no tag is used twice, for any "
        "number of queues, and each queue has a consumer at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def consumer_tag_repaired(design: ConsumerTags = OWN_TAGS) -> Finding:
    """Up to three queues by exploring; that the next number is not in use for any set of tags."""
    starts = [replace(design, queues=("q1", "q2", "q3")[:n]) for n in (1, 2, 3)]
    few = weighed(
        smallest_first(starts, ask, "up to 3 queues") for ask in (_stays_open, _all_consumed)
    )
    if few.counterexamples:
        return few
    used = z3.Const("used", z3.SetSort(z3.IntSort()))
    number, tag = z3.Ints("next tag")

    def below(tags: z3.ArrayRef, limit: z3.ArithRef) -> z3.BoolRef:
        return z3.ForAll([tag], z3.Implies(z3.IsMember(tag, tags), tag < limit))

    prove(below(z3.EmptySet(z3.IntSort()), z3.IntVal(0)))
    fresh = z3.Not(z3.IsMember(number, used))
    prove(z3.And(fresh, below(z3.SetAdd(used, number), number + 1)), below(used, number))
    every = Proof(Method.Z3_PROOF, "the next number is the tag of no consumer, for any number")
    return Finding((every, *few.proofs))


@CLAIMS.claim(
    "rabbit-channel-failure",
    model="M16",
    source=f"{SEED}, RabbitMQMessaging, channel",
    statement="A declaration that fails does not affect publishing and consuming.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="rabbit-channel-failure-repaired",
)
def channel_failure(design: SharedChannel = ONE_CHANNEL) -> Finding:
    """bind_queue to an unknown exchange is a 404 that closes the one channel: every publish and
    every acknowledge after it fails."""
    text = "publish does not fail"
    return weighed([always(design, SharedChannel.publishes, text, "1 connection")])


@CLAIMS.claim(
    "rabbit-channel-failure-repaired",
    model="M16",
    source=f"{SEED}, repair of channel",
    statement=(
        "With a channel for each role, and channels that are opened again, publishing and "
        "acknowledging never fail because of declarations, however many fail, and declarations "
        "are possible again at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def channel_failure_repaired(design: SharedChannel = CHANNELS) -> Finding:
    """The state is finite; any number of calls."""
    found = channel_failure(design)
    again = leading(
        design,
        lambda state: state.declaring,
        "the channel for declarations is open at last",
        "1 connection",
        lambda state: not state.declaring,
    )
    few = weighed([*found.proofs, *found.counterexamples, again])
    if few.counterexamples:
        return few
    every = inductive(design, "publishes", "publish does not fail, after any calls", depth=DEPTH)
    return weighed([every, *few.proofs])


@CLAIMS.claim(
    "rabbit-redeclare",
    model="M16",
    source=f"{SEED}, declare_exchange and declare_queue",
    statement="Declarations are idempotent: to declare again succeeds and changes nothing.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def redeclare() -> Finding:
    """Other parameters than before are a 406 that closes the channel, for each pair of parameters;
    equal ones change nothing, for any names and parameters."""
    truths = (False, True)
    every = [(a, b, c) for a, b, c in product(truths, truths, truths)]
    different = smallest_first(
        (Declarations(pair) for pair in permutations(every, 2)), _open, "8 parameters of a queue"
    )
    same = smallest_first((Declarations((one,)) for one in every), _open, "8 parameters of a queue")
    if isinstance(same, Counterexample):
        return weighed([same])
    under = "the parameters are equal"
    some = maps.Entry.some(maps.value)
    once = maps.insert(maps.entries, refusing=True)
    again = maps.insert(once, refusing=True)
    possible = z3.Or(maps.fresh(), maps.entries[maps.key] == some)
    prove(z3.And(once[maps.key] == some, again == once), possible)
    text = "what is declared again is there with the same parameters, and nothing is changed"
    proofs = Proof(Method.Z3_PROOF, text, under=under), replace(same, under=under)
    return Finding(proofs, refuted(different))


def _open(start: Declarations) -> Answer:
    return always(start, lambda state: state.open, "the channel stays open", "1 queue")
