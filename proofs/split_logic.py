"""Streams that are split into partitions, and what is left of their order, in z3.

Two streams are split alike if each partition of one is that partition of the other: one may then
be any interleaving of the other's partitions, as parallel workers make it. Partitions are those of
`cospec.proofs.stream_logic.aggregate_of`, a function that may be any, and positions are `time_of`.
"""

from __future__ import annotations

from typing import Any

import z3

from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof
from cospec.proofs.stream_logic import (
    CUT,
    NIL,
    Aggregate,
    Event,
    Law,
    State,
    Stream,
    aggregate,
    aggregate_of,
    apply,
    event,
    first,
    fold,
    joined,
    length,
    number,
    of_aggregate,
    recursive,
    since,
    skipped,
    state,
    stream,
    time_of,
)

_head, _tail = Stream.head(stream), Stream.tail(stream)
_mine = of_aggregate(stream, aggregate)
_other = z3.Const("other", Aggregate)

#: The stream without its first event of a partition.
without_first = recursive(
    "without_first", stream, aggregate, result=Stream,
    body=lambda f: z3.If(
        stream == NIL,
        NIL,
        z3.If(aggregate_of(_head) == aggregate, _tail, Stream.cons(_head, f(_tail, aggregate))),
    ),
)  # fmt: skip

#: Whether positions grow along the stream, all of them above `since`.
numbered = recursive(
    "numbered", stream, since, result=z3.BoolSort(),
    body=lambda f: z3.Or(
        stream == NIL, z3.And(since < time_of(_head), f(_tail, time_of(_head)))
    ),
)  # fmt: skip

_OWN = Law(
    "what a partition begins with belongs to it",
    z3.Implies(_mine != NIL, aggregate_of(Stream.head(_mine)) == aggregate),
)


def _commute(one: Any, two: Any) -> z3.BoolRef:
    """That it does not matter which of two events of different partitions comes first."""
    either = apply(apply(state, one), two) == apply(apply(state, two), one)
    return z3.Implies(aggregate_of(one) != aggregate_of(two), either)


def _taken_first(commuting: bool) -> Law:
    given = (_commute(event, Stream.head(_mine)),) if commuting else ()
    ahead = fold(without_first(stream, aggregate), apply(state, Stream.head(_mine)))
    return Law(
        "fold(E, s) = the fold of E without p's first event, from the state after that event",
        z3.Implies(_mine != NIL, fold(stream, state) == ahead),
        (_OWN,),
        given,
    )


_STILL_SPLIT = Law(
    "without p's first event p is one event shorter and every other partition what it was",
    z3.Implies(
        _mine != NIL,
        of_aggregate(without_first(stream, aggregate), _other)
        == z3.If(aggregate == _other, Stream.tail(_mine), of_aggregate(stream, _other)),
    ),
)
_NUMBERED_SPLIT = Law(
    "the positions of E grow from above n ⇒ the first position of every partition is above n",
    z3.Implies(z3.And(numbered(stream, since), _mine != NIL), time_of(Stream.head(_mine)) > since),
)

#: A second stream, and its first event and the rest.
_one, _rest = z3.Const("one", Event), z3.Const("rest", Stream)


def _alike(first_stream: Any, second_stream: Any, of: Any) -> z3.BoolRef:
    return of_aggregate(first_stream, of) == of_aggregate(second_stream, of)


def merges_fold_alike(commuting: bool = True) -> Proof:
    """Proves that streams which are split alike fold to the same state, by induction on one.

    Args:
        commuting: whether events of different partitions commute under `apply`.
    """
    law = _taken_first(commuting)
    law.proof()
    _STILL_SPLIT.proof()
    # A stream that is split like the empty one has no event: that would be in its own partition.
    prove(stream == NIL, _alike(stream, NIL, aggregate_of(_head)))
    merged = Stream.cons(_one, _rest)
    mine = aggregate_of(_one)
    left = without_first(stream, mine)
    same = _alike(merged, stream, mine)

    def of_mine(formula: z3.BoolRef) -> z3.BoolRef:
        return z3.substitute(formula, (aggregate, mine))

    # What is left of both is split alike as well, so that the hypothesis of the induction applies.
    prove(
        _alike(_rest, left, _other),
        same,
        _alike(merged, stream, _other),
        of_mine(_STILL_SPLIT.says),
    )
    after = apply(state, _one)
    hypothesis = fold(_rest, after) == fold(left, after)
    prove(fold(merged, state) == fold(stream, state), same, of_mine(law.says), hypothesis)
    text = (
        "if events of different partitions commute, every interleaving of the partitions of E "
        "folds to what E folds to: by induction on the interleaving, for any number of partitions"
    )
    return Proof(Method.Z3_PROOF, text)


def positions_tell(numbering: bool = True) -> Proof:
    """Proves that two streams which are split alike, and in which positions grow, are the same.

    Args:
        numbering: whether events have positions that grow.
    """
    _NUMBERED_SPLIT.proof()
    prove(stream == NIL, _alike(stream, NIL, aggregate_of(_head)))
    longer, other = Stream.cons(event, stream), Stream.cons(_one, _rest)
    parts = aggregate_of(event), aggregate_of(_one)
    given = [_alike(longer, other, part) for part in parts]
    if numbering:
        given += [numbered(longer, since), numbered(other, since)]
    # Were they of different partitions, each would come after the other.
    lemmas = [
        z3.substitute(_NUMBERED_SPLIT.says, (stream, rest), (aggregate, part), (since, before))
        for rest, part, before in (
            (stream, parts[1], time_of(event)),
            (_rest, parts[0], time_of(_one)),
        )
    ]
    prove(event == _one, *given, *lemmas)
    # What comes after them is split alike, and the hypothesis of the induction applies.
    alike = _alike(longer, other, _other)
    prove(_alike(stream, _rest, _other), alike, event == _one)
    prove(longer == other, stream == _rest, event == _one)
    text = (
        "two streams with the same partitions, in both of which positions grow, are the same: by "
        "induction on them, for any number of partitions"
    )
    return Proof(Method.Z3_PROOF, text)


# --------------------------------------------------------------------------------------- chunks

CHUNKS_JOINED = Law(
    "E's first chunk of k events, followed by the rest, is E",
    joined(first(number, stream), skipped(number, stream)) == stream,
)
_SHORTER = Law(
    "k ≥ 1 and E is not empty ⇒ after its first chunk of k events fewer are left",
    z3.And(
        z3.Implies(
            z3.And(number >= 1, stream != NIL), length(skipped(number, stream)) < length(stream)
        ),
        length(skipped(number, stream)) <= length(stream),
        length(stream) >= 0,
    ),
)


def chunks_fold(threaded: bool = True, positive: bool = True) -> Proof:
    """Proves that processing chunk by chunk comes to the fold of all events, and to an end.

    Args:
        threaded: whether a chunk is processed from the state that the chunk before has left.
        positive: whether chunks have at least one event.
    """
    for law in (CUT, CHUNKS_JOINED, _SHORTER):
        law.proof()
    initial, all_of_it = z3.Const("initial", State), z3.Const("all", Stream)
    left = skipped(number, stream)
    after = fold(first(number, stream), state if threaded else initial)
    # After each chunk: what is left, folded from the state so far, is the fold of all.
    prove(
        fold(left, after) == fold(all_of_it, initial),
        fold(stream, state) == fold(all_of_it, initial),
        CUT.says,
    )
    least = [number >= 1] if positive else []
    prove(length(left) < length(stream), _SHORTER.says, stream != NIL, *least)
    text = (
        "after each chunk, the fold of what is left from the state so far is the fold of E, and "
        "fewer events are left: by induction on the chunks, for every chunk size k ≥ 1"
    )
    return Proof(Method.Z3_PROOF, text)


# ------------------------------------------------------------------------------ step by step

_Events = z3.ArraySort(z3.IntSort(), Event)
_place = z3.Int("place")


def _first_of(events: Any, updates: Any, count: Any) -> z3.BoolRef:
    """That the first so many updates were those with the first events."""
    within = z3.And(_place >= 0, _place < count)
    return z3.And(count >= 0, z3.Implies(within, updates[_place] == events[_place]))


def updates_follow(guarded: bool = True) -> Proof:
    """Proves that a projection was updated with the first events of a log, which grows while they
    arrive, get lost, arrive again and overtake each other (`ProjectionFeed`).

    Args:
        guarded: whether an update takes place only at the position after the last one.
    """
    log, applied = z3.Const("log", _Events), z3.Const("applied", _Events)
    size, count, position = z3.Ints("size count position")
    before = z3.And(_first_of(log, applied, count), count <= size)
    prove(_first_of(log, applied, z3.IntVal(0)))
    prove(_first_of(z3.Store(log, size, event), applied, count), before)
    given = [position >= 0, position < size, *([position == count] if guarded else [])]
    updated = z3.Store(applied, count, log[position])
    prove(z3.And(_first_of(log, updated, count + 1), count + 1 <= size), before, *given)
    text = "the updates were those of the first events of the log: kept by every append and arrival"
    return Proof(Method.Z3_PROOF, text)


def batch_is_whole(atomic: bool = True) -> Proof:
    """Proves that a batch which is reported as processed was folded into the projection, each event
    once and in order, for any batch and any number of crashes (`BatchProcessor`).

    Args:
        atomic: whether the projection is stored once, when the whole batch is processed.
    """
    batch, working, stored = (z3.Const(name, _Events) for name in ("batch", "working", "stored"))
    size, count, stored_count, position = z3.Ints("size count stored_count position")
    zero = z3.IntVal(0)

    def unfinished(working: Any, count: Any, stored_count: Any, position: Any) -> z3.BoolRef:
        return z3.And(
            _first_of(batch, working, count), count == position, stored_count == 0, position <= size
        )

    before = unfinished(working, count, stored_count, position)
    prove(unfinished(working, zero, zero, zero), size >= 0)
    # The next event; a crash; the report that all are processed.
    updated = z3.Store(working, count, batch[position])
    kept = stored_count if atomic else count + 1
    prove(unfinished(updated, count + 1, kept, position + 1), before, position < size)
    prove(unfinished(stored, stored_count, stored_count, zero), before, size >= 0)
    prove(z3.And(_first_of(batch, working, size), count == size), before, position == size)
    text = "a batch that is reported was folded once, in order: kept by every event and every crash"
    return Proof(Method.Z3_PROOF, text)


# --------------------------------------------------------------------------------------- errors

_failed = z3.Function("failed", State, z3.BoolSort())

STOPPED = Law(
    "where a state with an error is left as it is, to stop at the first error is to fold",
    z3.Implies(_failed(state), fold(stream, state) == state),
    given=(z3.Implies(_failed(state), apply(state, event) == state),),
)
