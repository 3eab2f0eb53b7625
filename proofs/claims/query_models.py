"""Claims on the event processor and on the cached query model of seed 003 (M06)."""

from __future__ import annotations

from dataclasses import fields, replace

from cospec.models.event_processor import EventProcessor, SeenByOne
from cospec.models.projection_cache import COMPARED, TAGGED, AmongOthers, QueryModel
from cospec.proofs.evidence import always, each_reason, inductive, leading, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

QUERIES = "seed 003, section 3.3, QueryModel::query"

#: As written, but that nothing stale is put into the cache: that is another claim.
UNREMOVED = QueryModel(comparing=True)
INVALIDATED = QueryModel(invalidating=True)
PROCESSOR, POSITIONED = EventProcessor(), EventProcessor(positioned=True)

#: How many steps z3 looks at for a counterexample; they have 5 at most.
DEPTH = 6


# ------------------------------------------------------------------------------------ the processor


def _once(processor: EventProcessor) -> Proof | Counterexample:
    text = "the handler and each projection have applied each event once"
    bounds = f"2 projections, 2 events, failures: {processor.failures}, each tried again"
    return always(processor, EventProcessor.once, text, bounds)


@CLAIMS.claim(
    "cqrs003-processor-all",
    model="M06",
    source="seed 003, section 3.2, EventProcessor::process_event",
    statement=(
        "Every projection processes every event, once, when whoever is told that an event was not "
        "processed calls again."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs003-processor-all-repaired",
)
def processor_all(processor: EventProcessor = PROCESSOR) -> Finding:
    """With two projections, of which one fails once."""
    return weighed([_once(processor)])


@CLAIMS.claim(
    "cqrs003-processor-all-repaired",
    model="M06",
    source="seed 003, section 3.2, repair of EventProcessor::process_event",
    statement=(
        "When the handler and each projection keep their position in one transaction with their "
        "state, and ignore events that are not above it, each applies each event once, for any "
        "number of projections, events, failures and calls."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def processor_all_repaired(processor: EventProcessor = POSITIONED) -> Finding:
    """Explored; then what any one of them sees, for all sizes. With failures that end, all events
    are processed at last."""
    start = replace(processor, failures=2)
    text = "all events are processed at last"
    ends = leading(start, lambda state: state.done == state.events, text, "2 events, 2 failures")
    found = weighed([_once(start), ends])
    if found.counterexamples:
        return found
    seen = SeenByOne(processor.positioned)
    said = {
        "once": "updates = position",
        "complete": "processed ≤ position ≤ processed + 1",
    }
    every = weighed(inductive(seen, name, text, depth=DEPTH) for name, text in said.items())
    return Finding((*every.proofs, *found.proofs), every.counterexamples)


# ---------------------------------------------------------------------------------------- the cache


def _answers(design: QueryModel) -> Proof | Counterexample:
    text = "an answer reflects all events that were processed before the query"
    return always(design, QueryModel.answers_fresh, text, _bounds(design))


def _serves(design: QueryModel) -> Proof | Counterexample:
    text = "what the cache serves reflects all events that are processed"
    return always(design, QueryModel.cache_fresh, text, _bounds(design))


def _at_last(design: QueryModel) -> Proof | Counterexample:
    """A client that asks again and again, after the last event."""
    text = "after the last event, a query is at last answered with what reflects it"
    return leading(
        design,
        lambda state: state.answer == state.version,
        text,
        _bounds(design),
        lambda state: state.events == 0,
    )


def _bounds(design: QueryModel) -> str:
    return f"one query, one client, events: {design.events}"


def _for_all_sizes(design: QueryModel, name: str, text: str) -> Proof | Counterexample:
    """Proves an invariant for any number of events and clients."""
    values = {each.name: getattr(design, each.name) for each in fields(design)}
    return inductive(
        AmongOthers(**values),
        name,
        f"{text}; for any number of events and clients",
        parameters=("events",),
        where=lambda model: model.events >= 0,
        depth=DEPTH,
    )


@CLAIMS.claim(
    "cqrs003-cache-fresh",
    model="M06",
    source=f"{QUERIES}; section 5.2, Cache(Q, C)",
    statement=(
        "A query is answered with what reflects all events processed before it, or at least at "
        "last when it is asked again and again."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs003-cache-repaired",
)
def cache_fresh(design: QueryModel = UNREMOVED) -> Finding:
    """Neither: the answer is stale, and stays so for ever."""
    return each_reason([_answers(design), _at_last(design)])


@CLAIMS.claim(
    "cqrs003-cache-fill-race",
    model="M06",
    source=f"{QUERIES}, the repair that removes entries",
    statement="When each event removes the entry from the cache, what it serves is never stale.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs003-cache-fill-race-repaired",
)
def cache_fill_race(design: QueryModel = INVALIDATED) -> Finding:
    """A client that has read before the event puts what it has read into the cache after it; and
    nothing removes that until the next event."""
    return each_reason([_serves(design), _at_last(design)])


def _fresh_for_all(design: QueryModel) -> Finding:
    """Explored with two events, and then for all sizes."""
    start = replace(design, events=2)
    found = weighed([_serves(start), _answers(start), _at_last(start)])
    if found.counterexamples:
        return found
    said = {
        "answers_fresh": "an answer reflects all events processed before the query",
        "cache_fresh": "what the cache serves reflects all events",
    }
    every = weighed(_for_all_sizes(design, name, text) for name, text in said.items())
    return Finding((*every.proofs, *found.proofs), every.counterexamples)


@CLAIMS.claim(
    "cqrs003-cache-fill-race-repaired",
    model="M06",
    source=f"{QUERIES}, repair of the one that removes entries",
    statement=(
        "When each event removes the entry, and a result is put into the cache only where the "
        "version of the projection is still the one noted before the query was executed (compare "
        "and set), neither the cache nor an answer is ever stale, for any number of clients and "
        "events."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def cache_fill_race_repaired(design: QueryModel = COMPARED) -> Finding:
    """The comparison, the removal, and setting an entry are one step with the version."""
    return _fresh_for_all(design)


@CLAIMS.claim(
    "cqrs003-cache-repaired",
    model="M06",
    source=f"{QUERIES}, repair with tagged entries",
    statement=(
        "When an entry is tagged with the version of the projection, noted before the query was "
        "executed, and is served only where that is the version now, answers are never stale, for "
        "any number of clients and events."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def cache_repaired(design: QueryModel = TAGGED) -> Finding:
    """Nothing has to remove entries."""
    return _fresh_for_all(design)
