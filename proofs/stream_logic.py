"""Event streams in z3: laws of any stream, any `apply` and any order of times, by induction.

Streams are lists; `apply`, the events, the states, which of them are valid and which event belongs
to which aggregate are left open, so that what is proved holds whatever they are. The functions are
those of `cospec.models.event_streams`, by recursion on the list; that both say the same is tested
on all small streams.

A `Law` is proved as one proves it by hand: it holds of the empty stream, and of a stream with
one more event in front if it holds of the rest, for every state and all numbers in it. z3 is
asked for both without quantifiers: the hypothesis is given for those states and numbers to which
the step leads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof

Event = z3.DeclareSort("StreamEvent")
State = z3.DeclareSort("StreamState")
Aggregate = z3.DeclareSort("StreamAggregate")
Number = z3.IntSort()


def _streams() -> Any:
    made = z3.Datatype("EventStream")
    made.declare("nil")
    made.declare("cons", ("head", Event), ("tail", made))
    return made.create()


Stream = _streams()
NIL = Stream.nil

# What is not known of events and states.
apply = z3.Function("apply", State, Event, State)
time_of = z3.Function("time_of", Event, Number)
aggregate_of = z3.Function("aggregate_of", Event, Aggregate)
valid = z3.Function("valid", State, z3.BoolSort())

#: Constants to state laws with: each stands for any value.
event, last = z3.Consts("event last", Event)
stream, more = z3.Consts("stream more", Stream)
state = z3.Const("state", State)
aggregate = z3.Const("aggregate", Aggregate)
number, since, time, later = z3.Ints("number since time later")


def recursive(name: str, *parameters: Any, result: Any, body: Callable[[Any], Any]) -> Any:
    """A function that is defined by recursion; `body` takes the function itself."""
    made = z3.RecFunction(name, *(each.sort() for each in parameters), result)
    z3.RecAddDefinition(made, list(parameters), body(made))
    return made


_empty = stream == NIL
_head, _tail = Stream.head(stream), Stream.tail(stream)

#: `fold(E, S)`, by its definition in seed 003, section 1.3.
fold = recursive(
    "fold", stream, state, result=State,
    body=lambda f: z3.If(_empty, state, f(_tail, apply(state, _head))),
)  # fmt: skip
#: E followed by F.
joined = recursive(
    "joined", stream, more, result=Stream,
    body=lambda f: z3.If(_empty, more, Stream.cons(_head, f(_tail, more))),
)  # fmt: skip
#: `length E`.
length = recursive(
    "length", stream, result=Number, body=lambda f: z3.If(_empty, 0, 1 + f(_tail))
)  # fmt: skip
#: `firstn n E` and `skipn n E`.
first = recursive(
    "first", number, stream, result=Stream,
    body=lambda f: z3.If(
        z3.Or(number <= 0, _empty), NIL, Stream.cons(_head, f(number - 1, _tail))
    ),
)  # fmt: skip
skipped = recursive(
    "skipped", number, stream, result=Stream,
    body=lambda f: z3.If(z3.Or(number <= 0, _empty), stream, f(number - 1, _tail)),
)  # fmt: skip
#: The event at an index, from 0 on.
nth = recursive(
    "nth", number, stream, result=Event,
    body=lambda f: z3.If(number <= 0, _head, f(number - 1, _tail)),
)  # fmt: skip


def _filtered(name: str, *parameters: Any, keeps: Any) -> Any:
    return recursive(
        name, stream, *parameters, result=Stream,
        body=lambda f: z3.If(
            _empty,
            NIL,
            z3.If(keeps, Stream.cons(_head, f(_tail, *parameters)), f(_tail, *parameters)),
        ),
    )  # fmt: skip


up_to = _filtered("up_to", time, keeps=time_of(_head) <= time)
between = _filtered(
    "between", time, later, keeps=z3.And(time < time_of(_head), time_of(_head) <= later)
)  # fmt: skip
of_aggregate = _filtered("of_aggregate", aggregate, keeps=aggregate_of(_head) == aggregate)

#: Whether times do not decrease along the stream, nor start before `since`.
ordered = recursive(
    "ordered", stream, since, result=z3.BoolSort(),
    body=lambda f: z3.Or(
        _empty, z3.And(since <= time_of(_head), f(_tail, time_of(_head)))
    ),
)  # fmt: skip
all_before = recursive(
    "all_before", stream, time, result=z3.BoolSort(),
    body=lambda f: z3.Or(_empty, z3.And(time_of(_head) <= time, f(_tail, time))),
)  # fmt: skip
#: Whether the state is valid, and after each event as well.
always_valid = recursive(
    "always_valid", stream, state, result=z3.BoolSort(),
    body=lambda f: z3.And(valid(state), z3.Or(_empty, f(_tail, apply(state, _head)))),
)  # fmt: skip


# --------------------------------------------------------------------------------------- laws


@dataclass(frozen=True, slots=True)
class Law:
    """A law of all streams, proved by induction from other laws.

    Attributes:
        text: the law in words.
        says: the law for the constants `stream`, `state`, `number` and `since`, that is, for all.
        lemmas: what is proved first and used for the same streams.
        given: the law's hypotheses on `apply`, about the constants, `event` being the first event.
    """

    text: str
    says: z3.BoolRef
    lemmas: tuple[Law, ...] = ()
    given: tuple[z3.BoolRef, ...] = ()

    def at(self, *values: Any) -> z3.BoolRef:
        """The law for a stream, and perhaps a state, a number and a time before it."""
        constants = (stream, state, number, since)
        return z3.substitute(self.says, *zip(constants, values, strict=False))

    def proof(self, under: str = "") -> Proof:
        """Proves the law, the lemmas first.

        Raises:
            Undecided: z3 cannot prove it, or refutes a step.
        """
        for lemma in self.lemmas:
            lemma.proof()
        longer = Stream.cons(event, stream)
        prove(self.at(NIL), *self._known(NIL))
        # The hypothesis is about the rest of the stream, where the state may be the one after
        # the first event, the number one less, and that event the one before.
        hypotheses = [
            self.at(stream, each, number - 1, time_of(event))
            for each in (state, apply(state, event))
        ]
        known = self._known(longer, stream)
        prove(self.at(longer), *hypotheses, *known, *self.given)
        return Proof(Method.Z3_PROOF, f"{self.text}: by induction on the stream", under=under)

    def _known(self, *streams: Any) -> list[z3.BoolRef]:
        return [
            lemma.at(each, state, number, before)
            for lemma in self.lemmas
            for each in streams
            for before in (since, time_of(event))
        ]


#: The hypothesis that the stream is ordered.
IN_ORDER = ordered(stream, since)


def _under(conclusion: z3.BoolRef, *hypotheses: z3.BoolRef) -> z3.BoolRef:
    return z3.Implies(z3.And(*hypotheses), conclusion)


REPLAY_OF_JOINED = Law(
    "fold(E ++ F, s) = fold(F, fold(E, s))",
    fold(joined(stream, more), state) == fold(more, fold(stream, state)),
)
ONE_MORE_EVENT = Law(
    "fold(E ++ [e], s) = apply(fold(E, s), e)",
    fold(joined(stream, Stream.cons(last, NIL)), state) == apply(fold(stream, state), last),
)
LOOP_STEP = Law(
    "after i + 1 rounds the loop's state is apply of that after i rounds and the event of index i",
    _under(
        fold(first(number + 1, stream), state)
        == apply(fold(first(number, stream), state), nth(number, stream)),
        z3.And(number >= 0, number < length(stream)),
    ),
)
LOOP_END = Law(
    "after as many rounds as there are events the loop has seen them all",
    _under(first(number, stream) == stream, number >= length(stream)),
    (Law("a length is at least 0", length(stream) >= 0),),
)
CUT = Law(
    "fold(skipn v E, fold(firstn v E, s)) = fold(E, s)",
    fold(skipped(number, stream), fold(first(number, stream), state)) == fold(stream, state),
)
SKIPPED_OF_JOINED = Law(
    "v ≤ |E| ⇒ skipn v (E ++ F) = (skipn v E) ++ F",
    _under(
        skipped(number, joined(stream, more)) == joined(skipped(number, stream), more),
        number <= length(stream),
    ),
)
NOW = Law(
    "no event is later than t ⇒ filter(ts ≤ t) E = E",
    _under(up_to(stream, time) == stream, all_before(stream, time)),
)
LATE = Law(
    "E is ordered and begins after t ⇒ filter(ts ≤ t) E is empty",
    _under(
        up_to(stream, time) == NIL, IN_ORDER, since > time
    ),
)  # fmt: skip
LATE_BETWEEN = Law(
    "E is ordered and begins after t1 ⇒ filter(t1 < ts ≤ t2) E = filter(ts ≤ t2) E",
    _under(
        between(stream, time, later) == up_to(stream, later),
        IN_ORDER,
        since > time,
    ),
)
TIME_TRAVEL_VALID = Law(
    "E is ordered and every prefix folds to a valid state ⇒ fold(filter(ts ≤ t) E) is valid",
    _under(
        valid(fold(up_to(stream, time), state)),
        IN_ORDER,
        always_valid(stream, state),
    ),
    (LATE,),
)
_NOT_NEGATIVE = Law("the number of events up to t is at least 0", length(up_to(stream, time)) >= 0)
PREFIX = Law(
    "E is ordered ⇒ filter(ts ≤ t) E = firstn n E for n = |filter(ts ≤ t) E|",
    _under(up_to(stream, time) == first(length(up_to(stream, time)), stream), IN_ORDER),
    (LATE, _NOT_NEGATIVE),
)
EVOLUTION = Law(
    "E is ordered ⇒ fold of a's events up to t = fold of a's events among the first n of the log",
    _under(
        (
            fold(of_aggregate(up_to(stream, time), aggregate), state)
            == fold(of_aggregate(first(length(up_to(stream, time)), stream), aggregate), state)
        ),
        IN_ORDER,
    ),
    (PREFIX,),
)
COMPOSE = Law(
    "E is ordered, t1 ≤ t2 ⇒ fold(filter(t1 < ts ≤ t2) E, rebuild(E, t1)) = rebuild(E, t2)",
    _under(
        (
            fold(between(stream, time, later), fold(up_to(stream, time), state))
            == fold(up_to(stream, later), state)
        ),
        IN_ORDER,
        time <= later,
    ),
    (LATE, LATE_BETWEEN),
)
SNAPSHOT_IN_TIME = Law(
    "ts ≤ t for the first v events ⇒ "
    "fold(filter(ts ≤ t)(skipn v E), fold(firstn v E, s)) = fold(filter(ts ≤ t) E, s)",
    _under(
        (
            fold(up_to(skipped(number, stream), time), fold(first(number, stream), state))
            == fold(up_to(stream, time), state)
        ),
        all_before(first(number, stream), time),
    ),
)
_BEFORE_THE_CUT = Law(
    "E is ordered, 1 ≤ v ≤ |E|, ts(e_v) ≤ t ⇒ ts ≤ t for the first v events",
    _under(
        all_before(first(number, stream), time),
        IN_ORDER,
        z3.And(number >= 1, number <= length(stream), time_of(nth(number - 1, stream)) <= time),
    ),
)
CUT_BY_VERSION = Law(
    "E is ordered, 1 ≤ v ≤ |E|, t ≥ ts(e_v) ⇒ the fold of filter(ts ≤ t)(skipn v E) from the state "
    "at v = rebuild(E, t)",
    _under(
        (
            fold(up_to(skipped(number, stream), time), fold(first(number, stream), state))
            == fold(up_to(stream, time), state)
        ),
        IN_ORDER,
        z3.And(number >= 1, number <= length(stream), time_of(nth(number - 1, stream)) <= time),
    ),
    (_BEFORE_THE_CUT, SNAPSHOT_IN_TIME),
)
OWN_EVENTS = Law(
    "an event of a is applied to a's state, an event of another aggregate leaves it as it is",
    (
        fold(of_aggregate(joined(stream, Stream.cons(last, NIL)), aggregate), state)
        == z3.If(
            aggregate_of(last) == aggregate,
            apply(fold(of_aggregate(stream, aggregate), state), last),
            fold(of_aggregate(stream, aggregate), state),
        )
    ),
)
FILTERS_COMMUTE = Law(
    "the events up to t of a's own stream are a's events among those up to t",
    (up_to(of_aggregate(stream, aggregate), time) == of_aggregate(up_to(stream, time), aggregate)),
)


# --------------------------------------------------------------------------- what follows of them


def snapshot_stays(within: bool = True) -> Proof:
    """Proves that a consistent snapshot stays consistent, whatever is appended.

    Args:
        within: whether its version is at most the number of events.
    """
    kept = z3.Const("kept", State)
    parts = skipped(number, stream)
    laws = SKIPPED_OF_JOINED, REPLAY_OF_JOINED
    for law in laws:
        law.proof()
    prove(
        fold(skipped(number, joined(stream, more)), kept) == fold(joined(stream, more), state),
        SKIPPED_OF_JOINED.says,
        REPLAY_OF_JOINED.at(parts, kept),
        REPLAY_OF_JOINED.says,
        fold(parts, kept) == fold(stream, state),
        *([number <= length(stream)] if within else []),
    )
    text = "v ≤ |E| and the snapshot is consistent with E ⇒ it is consistent with E ++ F"
    return Proof(Method.Z3_PROOF, f"{text}: from {laws[0].text}, and {laws[1].text}")


def versions_follow_time(monotone: bool = True, per_stream: bool = True) -> Proof:
    """Proves that in a log of many streams, each of which counts its versions, of two events of one
    stream that with the lower version is not the later one: by induction on the log.

    Args:
        monotone: whether the clock does not go back.
        per_stream: whether only events of one stream are compared.
    """
    name = z3.DeclareSort("StreamName")
    names, versions, times = (
        z3.Const(each, z3.ArraySort(Number, sort))
        for each, sort in (("names", name), ("versions", Number), ("times", Number))
    )
    sizes = z3.Const("sizes", z3.ArraySort(name, Number))
    size, latest, now, one, two = z3.Ints("size latest now one two")
    to = z3.Const("to", name)

    def in_log(index: Any) -> Any:
        return z3.And(index >= 0, index < size)

    def known(index: Any, names: Any, versions: Any, times: Any, sizes: Any, latest: Any) -> Any:
        return z3.And(versions[index] <= sizes[names[index]], times[index] <= latest)

    def related(names: Any, versions: Any, times: Any) -> Any:
        same = z3.Or(names[one] == names[two], not per_stream)
        lower = z3.And(same, versions[one] < versions[two])
        return z3.Implies(lower, times[one] <= times[two])

    grown = (
        z3.Store(names, size, to),
        z3.Store(versions, size, sizes[to] + 1),
        z3.Store(times, size, now),
    )
    counted = z3.Store(sizes, to, sizes[to] + 1)
    given = (
        *(
            z3.Implies(in_log(each), known(each, names, versions, times, sizes, latest))
            for each in (one, two)
        ),
        z3.Implies(z3.And(in_log(one), in_log(two)), related(names, versions, times)),
        *([now >= latest] if monotone else []),
    )
    for each in (one, two):
        prove(
            known(each, *grown, counted, z3.If(now > latest, now, latest)),
            *given,
            each >= 0,
            each <= size,
        )
    prove(related(*grown), *given, one >= 0, one <= size, two >= 0, two <= size)
    text = "of two events of a stream that with the lower version is not the later one"
    return Proof(Method.Z3_PROOF, f"{text}: kept by every append, for any number of streams")


def tails_are_short(crossing: bool = True) -> Proof:
    """Proves that fewer than k events come after the last snapshot, for every k and all batches.

    A version v is q k + r; the last snapshot is of a version q k + u with u ≤ r, so that it is in
    the past and no multiple of k lies between. An append leads to a version q' k + r'.

    Args:
        crossing: whether a snapshot is taken when q' > q; else when r' = 0, as in seed 003.
    """
    k, q, r, u, batch, q2, r2 = z3.Ints("k q r u batch q' r'")
    given = (
        k >= 1,
        batch >= 1,
        *(u >= 0, u <= r, r < k),
        *(r2 >= 0, r2 < k, q * k + r + batch == q2 * k + r2),
    )
    due = q2 > q if crossing else r2 == 0
    prove(z3.Implies(z3.Not(due), z3.And(q2 == q, u <= r2)), *given)
    prove(r - u < k, *given)
    text = "a snapshot whenever a multiple of k is reached or passed leaves a tail of at most k - 1"
    return Proof(Method.Z3_PROOF, f"{text}: kept by every append, for all k ≥ 1 and all batches")


def never_due() -> Proof:
    """Proves that t mod k = 0 never holds again once a batch of 1 is followed by batches of k."""
    k, times = z3.Ints("k times")
    # 1 + n k = m k would mean that k times something is 1.
    prove(times * k != 1, k >= 2)
    text = "of the versions 1, 1 + k, 1 + 2k, … none is a multiple of k, for every k ≥ 2"
    return Proof(Method.Z3_PROOF, text)
