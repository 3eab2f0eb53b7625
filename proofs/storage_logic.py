"""Streams as they are stored, in z3: compressed, chained by digests, and indexed.

Events are those of `cospec.proofs.stream_logic`, about which nothing is known.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import z3

from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof
from cospec.proofs.stream_logic import NIL, Event, Law, Stream, event, recursive, stream

# ----------------------------------------------------------------------------------- run lengths


def _runs() -> Any:
    made = z3.Datatype("Runs")
    made.declare("none")
    made.declare("run", ("value", Event), ("count", z3.IntSort()), ("others", made))
    return made.create()


Runs = _runs()
_all_runs = z3.Const("runs", Runs)
_count = z3.Int("count")


def with_event_before(first: Any, runs: Any) -> Any:
    """The runs of a stream with one more event in front."""
    same = z3.And(Runs.is_run(runs), Runs.value(runs) == first)
    longer = Runs.run(first, Runs.count(runs) + 1, Runs.others(runs))
    return z3.If(same, longer, Runs.run(first, z3.IntVal(1), runs))


#: `run_lengths` of `cospec.models.stream_processing`.
run_lengths = recursive(
    "run_lengths", stream, result=Runs,
    body=lambda f: z3.If(
        stream == NIL, Runs.none, with_event_before(Stream.head(stream), f(Stream.tail(stream)))
    ),
)  # fmt: skip
#: `spelled_out`, with the number of the first run as an argument of its own.
_spelled = recursive(
    "spelled", event, _count, _all_runs, result=Stream,
    body=lambda f: z3.If(
        _count > 0,
        Stream.cons(event, f(event, _count - 1, _all_runs)),
        z3.If(
            Runs.is_run(_all_runs),
            f(Runs.value(_all_runs), Runs.count(_all_runs), Runs.others(_all_runs)),
            NIL,
        ),
    ),
)  # fmt: skip


def spelled_out(runs: Any) -> Any:
    """The stream that the runs are of."""
    return _spelled(event, z3.IntVal(0), runs)


_COUNTED = Law(
    "every first run has at least one event",
    z3.Implies(Runs.is_run(run_lengths(stream)), Runs.count(run_lengths(stream)) >= 1),
)
#: Compressed and decompressed, a stream is what it was.
RUNS_SPELLED_OUT = Law(
    "decompress(compress(E)) = E", spelled_out(run_lengths(stream)) == stream, (_COUNTED,)
)


def round_trip(parts_invert: bool = True) -> Proof:
    """Proves that decoding what was compressed gives the event stream, for any encoding.

    Args:
        parts_invert: whether decode inverts encode, and decompress compress.
    """
    data, packed = z3.DeclareSort("Encoded"), z3.DeclareSort("Compressed")
    encode, decode = z3.Function("encode", Stream, data), z3.Function("decode", data, Stream)
    compress = z3.Function("compress", data, packed)
    decompress = z3.Function("decompress", packed, data)
    some_data = z3.Const("data", data)
    inverse = [
        z3.ForAll([stream], decode(encode(stream)) == stream),
        z3.ForAll([some_data], decompress(compress(some_data)) == some_data),
    ]
    restored = decode(decompress(compress(encode(stream))))
    prove(restored == stream, *(inverse if parts_invert else []))
    text = "decode(decompress(compress(encode(E)))) = E if decode and decompress invert the others"
    return Proof(Method.Z3_PROOF, text)


# -------------------------------------------------------------------------------- chain of digests

Digest = z3.DeclareSort("Digest")
_genesis = z3.Const("genesis", Digest)
_digest_of = z3.Function("digest_of", Digest, Event, Digest)
_before, _what = z3.Function("before", Digest, Digest), z3.Function("what", Digest, Event)


def _chain() -> Any:
    """Streams that grow at their end, as a log does."""
    made = z3.Datatype("Log")
    made.declare("empty")
    made.declare("then", ("earlier", made), ("last", Event))
    return made.create()


Log = _chain()
_log, _other = z3.Consts("log other", Log)


@cache
def _anchor(chained: bool) -> Any:
    """The last digest of a log; unless it is chained, it is of the last event only."""
    made = z3.RecFunction("anchor" if chained else "digest_of_last", Log, Digest)
    before = made(Log.earlier(_log)) if chained else _genesis
    digest = z3.If(Log.is_empty(_log), _genesis, _digest_of(before, Log.last(_log)))
    z3.RecAddDefinition(made, [_log], digest)
    return made


def anchor_tells(collision_free: bool = True, chained: bool = True, under: str = "") -> Proof:
    """Proves that logs with the same last digest are the same, by induction on one of them.

    Args:
        collision_free: whether a digest tells of what it is, and is never that of the empty log.
        chained: whether a digest is of the digest before it as well, and not of the event only.
        under: the hypothesis, where the statement does not name it.
    """
    anchor = _anchor(chained)
    last, latest = z3.Consts("last latest", Event)
    longer, another = Log.then(_log, last), Log.then(_other, latest)

    def told(log: Any, event: Any) -> list[z3.BoolRef]:
        before = anchor(log) if chained else _genesis
        made = _digest_of(before, event)
        parts = [_before(made) == before, _what(made) == event, made != _genesis]
        return parts if collision_free else []

    # If one of them is empty, so is the other.
    prove(anchor(longer) != anchor(Log.empty), *told(_log, last))
    # Both have a last event, and the same is supposed of the logs without it.
    hypothesis = z3.Implies(anchor(_log) == anchor(_other), _log == _other)
    equal = anchor(longer) == anchor(another)
    prove(longer == another, equal, hypothesis, *told(_log, last), *told(_other, latest))
    text = (
        "two logs with the same last digest are the same log, if no two things have the same "
        "digest: by induction on the logs, of any length"
    )
    return Proof(Method.Z3_PROOF, text, under=under)


# ------------------------------------------------------------------------------------------ index

_Row, _Value = z3.DeclareSort("Row"), z3.DeclareSort("Value")


def index_follows(maintained: bool = True) -> Proof:
    """Proves that an index finds what a scan finds, after any number of updates of any rows.

    Args:
        maintained: whether an update takes its row out of the index, and puts it in again.
    """
    there = z3.Const("there", z3.ArraySort(_Row, z3.BoolSort()))
    rows = z3.Const("rows", z3.ArraySort(_Row, _Value))
    index = z3.Const("index", z3.ArraySort(_Value, _Row, z3.BoolSort()))
    row, asked, found = z3.Const("row", _Row), z3.Const("asked", _Row), z3.Const("found", _Value)
    value = z3.Const("value", _Value)

    def right(there: Any, rows: Any, index: Any) -> Any:
        return index[found, asked] == z3.And(there[asked], rows[asked] == found)

    none = z3.K(_Row, z3.BoolVal(False))
    empty = z3.Lambda([found, asked], z3.BoolVal(False))
    prove(right(none, rows, empty))
    entry = z3.If(row == asked, value == found, index[found, asked])
    after = z3.Lambda([found, asked], entry) if maintained else index
    grown = z3.Store(there, row, z3.BoolVal(True)), z3.Store(rows, row, value), after
    prove(right(*grown), right(there, rows, index))
    text = "the index has a row under a value exactly if the row has it: kept by every update"
    return Proof(Method.Z3_PROOF, text)
