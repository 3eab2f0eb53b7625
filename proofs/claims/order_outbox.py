"""Claims on the way from `save_events` to the read model, and on the outbox that repairs it (M06).

Each claim is checked on the pipeline with all repairs but those that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cospec.models.order_pipeline import REPAIRED, OrderPipeline
from cospec.models.read_models import life_of
from cospec.proofs import relay_logic as logic
from cospec.proofs.claims.read_models import LIVES
from cospec.proofs.evidence import always, each_reason, leading, stepwise, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

STORE = "seed 004, section 1.3, 3.1 event store"

#: The pipeline with all its repairs but one.
STUB = replace(REPAIRED, publishing=False, relaying=False)
DROPPING = replace(REPAIRED, consuming=False)
FROM_MEMORY = replace(REPAIRED, relaying=False)

#: The life of which the outbox is asked for 1, 2 and 3 events.
LONGEST = life_of("Created", "Paid", "Shipped")
FAULTS = "up to 3 events, 2 crashes, 2 duplicates, any order of deliveries"


def _for_all(text: str) -> Proof:
    return Proof(Method.Z3_PROOF, text)


# --------------------------------------------------------------------------------- the read model


def _projected(design: OrderPipeline, *kinds: str) -> Proof | Counterexample:
    start = replace(design, life=life_of(*kinds))
    text = "the read model is what the committed events give, at last"
    bounds = f"an order that is {', '.join(kinds)}"
    if start.crashes or start.duplicates:
        bounds += "; a crash and a duplicate"
    return leading(start, OrderPipeline.projected, text, bounds, _behind)


def _behind(pipeline: OrderPipeline) -> bool:
    return not pipeline.projected()


@CLAIMS.claim(
    "cqrs004-eventual",
    model="M06",
    source="seed 004, section 1.1, principle 3 (eventual consistency); ReadModelProjection",
    statement="After the last command the read model is at last what the events give.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs004-eventual-repaired",
)
def eventual(stub: OrderPipeline = STUB, dropping: OrderPipeline = DROPPING) -> Finding:
    """Either fault is enough: `publish_event` is a stub; the projection has an arm `_ => {}`."""
    return each_reason([_projected(stub, "Created"), _projected(dropping, "Created", "Cancelled")])


@CLAIMS.claim(
    "cqrs004-eventual-repaired",
    model="M06",
    source="seed 004, section 1.1, repair of principle 3",
    statement=(
        "When events are published from an outbox, and the projection applies those of all types, "
        "once and in order, the read model is at last what the events give, for any number of "
        "events, under finitely many crashes, any order of deliveries and any duplicates."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def eventual_repaired(design: OrderPipeline = REPAIRED) -> Finding:
    """Explored for each life of an order with a crash and a duplicate; then for all sizes."""
    start = replace(design, crashes=1, duplicates=1)
    found = weighed(_projected(start, *kinds) for kinds in LIVES)
    if found.counterexamples:
        return found
    logic.prove_leads_to_applied(design)
    text = "state = project(position), inductive; each event is applied at last: by a rank"
    return Finding((_for_all(text), *found.proofs))


# ------------------------------------------------------------------------------------ publishing


def _published(design: OrderPipeline, text: str, bounds: str) -> Proof | Counterexample:
    start = replace(design, life=life_of("Created"))
    return leading(start, OrderPipeline.all_published, text, bounds, _unpublished)


def _unpublished(pipeline: OrderPipeline) -> bool:
    return not pipeline.all_published()


def _publications(design: OrderPipeline) -> Iterator[Proof | Counterexample]:
    crashing, refusing = replace(design, crashes=1), replace(design, publish_errors=1)
    text = "a committed event is published at last"
    yield _published(crashing, f"{text}, though there is a crash", "1 event, 1 crash")
    yield _published(refusing, f"{text}, though publish_event fails", "1 event, 1 error")
    text = "what save_events answers with an error is not stored"
    yield always(refusing, OrderPipeline.failed_are_not_stored, text, "2 events, 1 error")


@CLAIMS.claim(
    "cqrs004-dual-write",
    model="M06",
    source=f"{STORE}, save_events",
    statement="Events that are committed are published.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs-outbox-repaired",
)
def dual_write(design: OrderPipeline = FROM_MEMORY) -> Finding:
    """With a crash, and with an error of publish_event; which the caller takes for one of the
    whole, and tries again what is done."""
    return each_reason(_publications(design))


def _applied_once(design: OrderPipeline) -> Iterator[Proof | Counterexample]:
    """All that is asked of the outbox, for 1, 2 and 3 events."""
    for size in range(1, len(LONGEST) + 1):
        start = replace(design, life=LONGEST[:size], crashes=2, duplicates=2)
        text = "the projection has applied the first events, each once, in order"
        yield always(start, OrderPipeline.exactly_once, text, FAULTS)
        for version in range(1, size + 1):

            def committed(state: OrderPipeline, version: int = version) -> bool:
                return state.committed >= version

            def applied(state: OrderPipeline, version: int = version) -> bool:
                return state.position >= version

            text = f"event {version} of {size} is applied at last, when it is committed"
            yield leading(start, applied, text, FAULTS, committed)
        text = "the read model is what the committed events give, at last"
        yield leading(start, OrderPipeline.projected, text, FAULTS, _behind)


@CLAIMS.claim(
    "cqrs-outbox-repaired",
    model="M06",
    source="seeds 002 and 004, repair of publishing after the commit",
    statement=(
        "With an outbox row in the transaction, a relay that publishes the events of an aggregate "
        "in the order of their versions at least once, and a consumer that keeps its position in "
        "one transaction with its state: each committed event is projected at last, and exactly "
        "once, for any number of events, crashes anywhere, any order of deliveries and any "
        "duplicates."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def outbox_repaired(design: OrderPipeline = REPAIRED) -> Finding:
    """Explored with faults, and then for all sizes; crashes are finitely many.

    The order is that of versions, which have no gaps: ids from a sequence may be committed out of
    order (es-global-gap), and a relay that remembers the highest id would pass over some.
    """
    found = weighed([*_applied_once(design), *_publications(design)])
    if found.counterexamples:
        return found
    logic.prove_leads_to_applied(design)
    text = (
        "no event on its way is lost, each up to the position is applied once: inductive; and a "
        "rank falls until an event is applied"
    )
    return Finding((_for_all(text), *found.proofs))


def _in_order(design: OrderPipeline, crashes: int = 0) -> Proof | Counterexample:
    start = replace(design, savers=2, life=LONGEST, crashes=crashes)
    text = "what is published for the first time is the event that comes next"
    bounds = f"2 savers, 3 events{', a crash' if crashes else ''}"
    return stepwise(start, OrderPipeline.published_in_order, text, bounds)


@CLAIMS.claim(
    "cqrs-publish-order",
    model="M06",
    source=f"{STORE}, save_events",
    statement="Events are published in the order of their versions.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs-publish-order-repaired",
)
def publish_order(design: OrderPipeline = FROM_MEMORY) -> Finding:
    """With two savers."""
    return weighed([_in_order(design)])


@CLAIMS.claim(
    "cqrs-publish-order-repaired",
    model="M06",
    source=f"{STORE}, repair of save_events",
    statement=(
        "When a single relay publishes, an event that is published for the first time is the one "
        "that comes next, for any number of events and crashes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def publish_order_repaired(design: OrderPipeline = REPAIRED) -> Finding:
    """Explored with a crash, after which an event is published again; then for all sizes."""
    found = weighed([_in_order(design, crashes=1)])
    if found.counterexamples:
        return found
    logic.prove_published_in_order(design)
    text = "the relay is at most one event behind what was published: inductive"
    return Finding((_for_all(text), *found.proofs))
