"""Claims on the event store (M12): what a stream keeps, refuses and loses.

Counterexamples are shortest runs of `cospec.models.event_store`; laws are proved for streams of any
length in `cospec.proofs.store_logic`. Repaired claims take the model with its switches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from cospec.models import event_store_002, event_store_004
from cospec.models.event_codec import KINDS, Json, NotDecoded, StoredEvent, append, replay
from cospec.models.event_store import Causes, DeletingLog, EventStore, Identifiers, Timestamps
from cospec.proofs import store_logic as logic
from cospec.proofs.evidence import Evidence, always, conditional, confirmed, each, refuted, stepwise
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

SEED = "seed 003"
BOUNDS = "1 stream of up to 3 events"

#: So many states of the other stores are looked at.
LIMIT = 5_000

# As written, and with the repair that a claim is about.
IDS = Identifiers()
DISTINCT = Identifiers(keeping=True, distinct=True)
MONOTONE = Timestamps(monotone=True, setbacks=1, clock=1)
STORE = EventStore()
VALIDATING = EventStore(validating=True)
ASKING = EventStore(asking_first=True)
KNOWING = Causes(knowing=True)
CRASHING = EventStore(crashes=1)
DURABLE = EventStore(durable=True, crashes=1)


# ------------------------------------------------------------------------------- append only


@CLAIMS.claim(
    "es-append-only",
    model="M12",
    source=f"{SEED}, section 1.1, meaning of the axiom; seed 004, Append-Only",
    statement="No step of any of the stores changes or removes an event: log ⊑ log'.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def append_only() -> Finding:
    """Not where the documents delete: what marks events as committed, and a topic's retention."""
    aggregator, topic = DeletingLog(), DeletingLog(retained=1)
    deleting = (
        stepwise(start, DeletingLog.grows, "log ⊑ log'", "up to 3 events")
        for start in (aggregator, topic)
    )
    wrong = refuted(*deleting)
    if len(wrong) < 2:
        raise Undecided("a log that deletes keeps everything")
    kept = [*_growing()]
    if refuted(*kept):
        return Finding(counterexamples=refuted(*kept))
    under = "no operation deletes or updates"
    explored = (replace(each, under=under) for each in kept if isinstance(each, Proof))
    return Finding((logic.grows(under), *explored), wrong)


def _growing() -> Iterator[Evidence]:
    """What the three stores keep, which delete nothing: those of seeds 003, 002 and 004."""
    text = "log ⊑ log'"
    yield stepwise(EventStore(), EventStore.grows, text, BOUNDS)
    listing, table = event_store_002.EventStore, event_store_004.EventTable
    two = listing.of("a", "b", design=listing(fresh=True))  # calls are not the question here
    yield stepwise(two, listing.append_only, text, "seed 002: 2 streams, 2 events", LIMIT)
    yield stepwise(table(), table.append_only, text, "seed 004: 2 writers, 2 saves", LIMIT)


@CLAIMS.claim(
    "es-append-rewrites-event",
    model="M12",
    source=f"{SEED}, section 4.2, InMemoryEventStore::append_events, against section 1.1",
    statement="The event that is stored has the id of the event that the client produced.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-append-rewrites-event-repaired",
)
def append_rewrites_event(design: Identifiers = IDS) -> Finding:
    """`event.id = EventId::new()`: a causation_id that names the client's id names nothing."""
    explored = _explored(design, Identifiers.as_produced, "id(stored) = id(produced)")
    return confirmed(explored, lambda: logic.kept_ids(design))


def _explored(design: Any, holds: Callable[[Any], bool], text: str) -> Evidence:
    return always(design, holds, text, BOUNDS)


@CLAIMS.claim(
    "es-append-rewrites-event-repaired",
    model="M12",
    source=f"{SEED}, repair of section 4.2",
    statement=(
        "When clients assign ids, and the store its version and the time of recording, the event "
        "that is stored has the id of the event that the client produced."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_rewrites_event_repaired(
    design: Identifiers = DISTINCT,
) -> Finding:
    """For streams of any length."""
    return append_rewrites_event(design)


# --------------------------------------------------------------------- order, ids, validity


@CLAIMS.claim(
    "es-ordering",
    model="M12",
    source=f"{SEED}, section 1.2, order (有序性)",
    statement="ts(e_i) ≤ ts(e_j) for all i < j in a stream of the store.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def ordering(repaired: Timestamps = MONOTONE) -> Finding:
    """Utc::now() goes back when the clock is set."""
    text = "times do not decrease along the stream"
    wrong = _explored(replace(MONOTONE, monotone=False), Timestamps.in_order, text)
    kept = _explored(repaired, Timestamps.in_order, text)
    if isinstance(kept, Counterexample):
        return Finding(counterexamples=(kept,))
    hypothesis = "an event is stamped with max(now, time of the last one)"
    return conditional(wrong, logic.in_order(repaired, hypothesis))


@CLAIMS.claim(
    "es-uniqueness",
    model="M12",
    source=f"{SEED}, section 1.2, uniqueness (唯一性); seed 002, section 4.1, append_events",
    statement="id(e_i) ≠ id(e_j) for all i ≠ j in a stream of any of the stores.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def uniqueness(
    refusing: Identifiers = DISTINCT,
) -> Finding:
    """The store of seed 002 keeps the ids that it is given, and looks at versions only."""
    text = "no two events have the same id"
    wrong = _explored(Identifiers(keeping=True), Identifiers.unique, text)
    generating = IDS
    for design in (generating, refusing):
        kept = _explored(design, Identifiers.unique, text)
        if isinstance(kept, Counterexample):
            return Finding(counterexamples=(kept,))
    return conditional(
        wrong,
        logic.distinct_ids(generating, "the store makes the ids, and never makes one twice"),
        logic.distinct_ids(refusing, "the store refuses an id that it has"),
    )


@CLAIMS.claim(
    "es-validity",
    model="M12",
    source=f"{SEED}, section 1.2, integrity (完整性); section 3.1, validator",
    statement="Every event that the store of section 3.1 has stored is valid.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-validity-repaired",
)
def validity(design: EventStore = STORE) -> Finding:
    """`append_events` never asks `self.validator`."""
    explored = _explored(design, EventStore.all_valid, "every stored event is valid")
    return confirmed(explored, lambda: logic.valid_only(design))


@CLAIMS.claim(
    "es-validity-repaired",
    model="M12",
    source=f"{SEED}, repair of section 3.1",
    statement="When the validator is asked before an event is stored, every stored event is valid.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def validity_repaired(design: EventStore = VALIDATING) -> Finding:
    """For any notion of a valid event."""
    return validity(design)


@CLAIMS.claim(
    "es-append-failed-effect",
    model="M12",
    source=f"{SEED}, section 4.2, or_insert_with in append_events; seed 002, section 4.1",
    statement="An append that is rejected leaves the store unchanged.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es-append-failed-effect-repaired",
)
def append_failed_effect(design: EventStore = STORE) -> Finding:
    """The stream is made before the version is compared."""
    text = "a rejected append leaves the map of streams as it is"
    explored = stepwise(design, EventStore.refused_without_effect, text, BOUNDS)
    return confirmed(explored, lambda: logic.refused_without_effect(design))


@CLAIMS.claim(
    "es-append-failed-effect-repaired",
    model="M12",
    source=f"{SEED}, repair of section 4.2",
    statement="With the version compared before entry(), a rejected append changes nothing.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_failed_effect_repaired(
    design: EventStore = ASKING,
) -> Finding:
    """For streams of any length, and any expected version."""
    return append_failed_effect(design)


@CLAIMS.claim(
    "es-causal",
    model="M12",
    source=f"{SEED}, section 3.4, CausallyConsistent(E); section 4.1, causation_id",
    statement="causes(e1, e2) ⇒ order(e1, e2), causes being causation_id and order the log's.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def causal(knowing: Causes = KNOWING) -> Finding:
    """Nobody looks at `causation_id`: it may name an event that comes later, or none."""
    text = "the cause of an event comes before it"
    wrong = _explored(Causes(), Causes.causes_first, text)
    kept = _explored(knowing, Causes.causes_first, text)
    if isinstance(kept, Counterexample):
        return Finding(counterexamples=(kept,))
    hypothesis = "a causation_id names an event of the log: the writer has read it, or is refused"
    return conditional(wrong, logic.causes_first(knowing, hypothesis))


# --------------------------------------------------------------------------- durability, types


@CLAIMS.claim(
    "es003-durability",
    model="M12",
    source=f"{SEED}, summary, item 1",
    statement="What the store has acknowledged is recorded permanently, through a crash as well.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es003-durability-repaired",
)
def durability(design: EventStore = CRASHING) -> Finding:
    """InMemoryEventStore is what its name says."""
    text = "what is acknowledged is stored"
    explored = always(design, EventStore.still_there, text, f"{BOUNDS}, 1 crash")
    return confirmed(explored, lambda: logic.acknowledged_stays(design))


@CLAIMS.claim(
    "es003-durability-repaired",
    model="M12",
    source=f"{SEED}, repair of InMemoryEventStore",
    statement="With the events on disk before the answer, an acknowledged event is never lost.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def durability_repaired(
    design: EventStore = DURABLE,
) -> Finding:
    """For any number of crashes."""
    return durability(design)


#: Small JSON values.
_DATA: tuple[Json, ...] = (
    None, 1, "1", (), (("amount", None),), (("amount", "1"),), (("amount", 1),),
    (("amount", -1),), (("amount", 1), ("note", None)),
)  # fmt: skip


def _replayed(validated: bool) -> Evidence:
    """Whether a log of one event can always be replayed."""

    def holds(event: StoredEvent) -> bool:
        try:
            replay(append((), event, validated))
        except NotDecoded:
            return False
        return True

    cases = (StoredEvent(kind, data) for kind, data in product((*KINDS, "Opened"), _DATA))
    bounds = f"{len(_DATA)} JSON values, 3 event types"
    return each(cases, holds, "what is stored can be applied by the aggregate", bounds)


@CLAIMS.claim(
    "es003-type-safety",
    model="M12",
    source=f"{SEED}, summary, type safety; section 4.1, Event",
    statement="By the types, an aggregate can apply every event that the store holds.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es003-type-safety-repaired",
)
def type_safety(validated: bool = False) -> Finding:
    """event_type: String and data: serde_json::Value are types of anything."""
    return confirmed(_replayed(validated), logic.codec_round_trip)


@CLAIMS.claim(
    "es003-type-safety-repaired",
    model="M12",
    source=f"{SEED}, repair of Event",
    statement=(
        "When only what decodes is appended, every stored event can be applied; and "
        "decode(encode(e)) = e, so that every event of the aggregate can be stored."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def type_safety_repaired(validated: bool = True) -> Finding:
    """The round trip for all amounts; the log by es-validity-repaired, `valid` being `decodes`."""
    store = EventStore(validating=validated)
    return confirmed(_replayed(validated), logic.codec_round_trip, lambda: logic.valid_only(store))
