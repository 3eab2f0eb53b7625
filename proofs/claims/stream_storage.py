"""Claims on how streams are stored: indexed, compressed and in partitions (M17)."""

from __future__ import annotations

from itertools import product

import z3

from cospec.models.event_streams import Event, set_to
from cospec.models.stream_processing import (
    AS_WRITTEN,
    REPAIRED,
    Formulas,
    in_order,
    run_lengths,
    spelled_out,
    split,
    with_positions,
)
from cospec.models.stream_runs import IndexedRows
from cospec.proofs import split_logic, storage_logic
from cospec.proofs.evidence import Evidence, always, confirmed, each, independent, weighed
from cospec.proofs.register import Finding, Method, Proof, Register, Truth
from cospec.proofs.small_streams import CHANGES, Stream, streams, told

CLAIMS = Register()

SEED = "seed 003"


# ------------------------------------------------------------------------------------------ index


@CLAIMS.claim(
    "index",
    model="M17",
    source=f"{SEED}, section 5.2, Index(P, I)",
    statement="Index(P, I) = create_index(P, I) · optimize_query(Q, I).",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="index-repaired",
)
def index() -> Finding:
    """As an equation, with `·` as an operation of some kind on some sorts."""
    sort = {name: z3.DeclareSort(name) for name in ("P", "I", "Q", "Index", "Created", "Query")}
    p, i, q = (z3.Const(name.lower(), sort[name]) for name in "PIQ")
    made = z3.Function("Index", sort["P"], sort["I"], sort["Index"])
    create = z3.Function("create_index", sort["P"], sort["I"], sort["Created"])
    optimize = z3.Function("optimize_query", sort["Q"], sort["I"], sort["Query"])
    dot = z3.Function("·", sort["Created"], sort["Query"], sort["Index"])
    text = "Q stands on one side only; `·`, create_index and optimize_query are not defined"
    return independent(made(p, i) == dot(create(p, i), optimize(q, i)), text)


@CLAIMS.claim(
    "index-repaired",
    model="M17",
    source=f"{SEED}, repair of Index(P, I)",
    statement=(
        "A lookup by the index gives what a scan of the projection gives, after any number of "
        "updates, if every update takes its row out of the index and puts it in again."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def index_repaired(maintained: bool = True) -> Finding:
    """For any rows and values; an index that is made once is wrong after one update."""
    evidence = always(
        IndexedRows(maintained),
        IndexedRows.lookup_is_scan,
        "the index finds what a scan finds",
        "2 rows, 2 values",
    )
    return confirmed(evidence, lambda: storage_logic.index_follows(maintained))


# ------------------------------------------------------------------------------------ compression


@CLAIMS.claim(
    "compress-lossless",
    model="M17",
    source=f"{SEED}, section 5.3, Compress(E)",
    statement="Compress(E) = encode(E) · compress(encode(E)).",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="compress-lossless-repaired",
)
def compress_lossless() -> Finding:
    """Nor would it be what is meant, whether `·` joins texts (longer than without compressing) or
    composes functions (which encodes what is encoded)."""
    stream, data = z3.DeclareSort("E"), z3.DeclareSort("Data")
    events = z3.Const("events", stream)
    whole, encode = (z3.Function(name, stream, data) for name in ("Compress", "encode"))
    compress, dot = z3.Function("compress", data, data), z3.Function("·", data, data, data)
    text = "neither `·` nor encode nor compress is defined"
    encoded = encode(events)
    return independent(whole(events) == dot(encoded, compress(encoded)), text)


@CLAIMS.claim(
    "compress-lossless-repaired",
    model="M17",
    source=f"{SEED}, repair of Compress(E)",
    statement=(
        "decode(decompress(compress(encode(E)))) = E for every stream, if decode inverts encode "
        "and decompress compress; as run lengths do, for streams of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def compress_lossless_repaired() -> Finding:
    """Run lengths: each run of equal events is stored as one of them with their number."""
    evidence = each(
        streams(4, *CHANGES),
        lambda events: spelled_out(run_lengths(events)) == events,
        "run lengths give the stream back",
        "up to 4 events of 3 kinds",
    )
    return confirmed(evidence, storage_logic.round_trip, storage_logic.RUNS_SPELLED_OUT.proof)


# ------------------------------------------------------------------------------------- partitions

TWO_STREAMS = set_to(1), set_to(1, aggregate="b")


def _stream_of(event: Event) -> str:
    return event.aggregate


def _recoverable(formulas: Formulas) -> Evidence:
    """Whether no two streams are stored alike."""
    pairs = (
        pair
        for size in range(5)
        for pair in product(product(TWO_STREAMS, repeat=size), repeat=2)
        if pair[0] != pair[1]
    )
    return each(
        pairs,
        lambda pair: formulas.stored(pair[0], _stream_of) != formulas.stored(pair[1], _stream_of),
        "streams that differ are stored differently",
        "pairs of streams of up to 4 events of 2 aggregates",
        lambda pair: (*told(pair[0]), *told(pair[1]), f"both: {_shown(formulas, pair[0])}"),
    )


def _shown(formulas: Formulas, stream: Stream) -> str:
    stored = formulas.stored(stream, _stream_of)
    return "; ".join(f"{name}: [{', '.join(map(str, part))}]" for name, part in stored.items())


@CLAIMS.claim(
    "partition-lossless",
    model="M17",
    source=f"{SEED}, section 5.3, Partition(E, P)",
    statement="A stream can be recovered from its partitions, as split(E, P) stores them.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="partition-lossless-repaired",
)
def partition_lossless(formulas: Formulas = AS_WRITTEN) -> Finding:
    """Two streams with the same partitions: nobody can tell which of them it was."""
    return weighed([_recoverable(formulas)])


@CLAIMS.claim(
    "partition-lossless-repaired",
    model="M17",
    source=f"{SEED}, repair of Partition(E, P)",
    statement=(
        "If events are stored with their position in the stream, sorting by position recovers the "
        "stream, for any number of partitions and events. Without it, each partition still has its "
        "own events in their order."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def partition_lossless_repaired(formulas: Formulas = REPAIRED) -> Finding:
    """What is sorted by position has the same partitions as E: so it is E."""
    different = _recoverable(formulas)
    if isinstance(different, Proof):
        recovered = each(
            streams(4, *TWO_STREAMS),
            lambda events: in_order(with_positions(events, _stream_of)) == events,
            "sorting by position gives the stream back",
            "up to 4 events of 2 aggregates",
        )
        own = each(
            streams(4, *TWO_STREAMS),
            lambda events: all(
                part == tuple(event for event in events if event.aggregate == name)
                for name, part in split(events, _stream_of).items()
            ),
            "each partition has its events in their order",
            "up to 4 events of 2 aggregates",
        )
        return weighed([split_logic.positions_tell(formulas.positions), recovered, own, different])
    return weighed([different])
