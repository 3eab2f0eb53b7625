"""Claims on the broadcast bus of seed 000 and on its event aggregator (M05).

Each claim on the bus is checked with all repairs but those that it is about: so its counterexample
has one reason, and the bus as it is written has all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

from cospec.models.broadcast_bus import REPAIRED, BroadcastBus, Loop, slots_for
from cospec.models.event_aggregator import EventAggregator, SavedAggregator
from cospec.models.model import ModelSystem
from cospec.proofs.evidence import always, inductive, leading, weighed
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

BUS = "seed 000, section 4.1, Rust EventBus"
AGGREGATOR = "seed 000, section 4.1, EventAggregator"

#: The bus with all its repairs but one.
BORROWED = replace(REPAIRED, sharing=False)
ENDING = replace(REPAIRED, counting=False)
LATE = replace(REPAIRED, early=False)

FORGETTING, KEEPING = EventAggregator(), EventAggregator(keeping=True)
SAVED, COUNTED = SavedAggregator(), SavedAggregator(counting=True)

#: How many steps z3 looks at for a counterexample; they have 4 at most.
DEPTH = 5

#: Enough events to overtake a receiver of this many slots, and to go on.
SLOTS, EVENTS = 2, 4


def _bounds(design: BroadcastBus) -> str:
    slots = "1 slot" if design.slots == 1 else f"{design.slots} slots"
    events = "1 event" if design.events == 1 else f"up to {design.events} events"
    return f"{slots}, {events}, 1 handler"


def _for_all_sizes(design: BroadcastBus, name: str, text: str) -> Proof | Counterexample:
    """Proves an invariant for any number of slots and of events."""
    return inductive(
        design,
        name,
        f"{text}; for every capacity and any number of events",
        parameters=("slots", "events"),
        where=_possible,
        depth=DEPTH,
    )


def _possible(bus: BroadcastBus) -> bool:
    return bus.slots >= 1 and bus.events >= 0


def _never(text: str, holds: Callable[[BroadcastBus], bool], *switches: str) -> tuple[Proof, ...]:
    """Shows of the bus as it is written, whichever of some repairs it has, what never happens.

    Raises:
        Undecided: it does happen.
    """
    states, written = 0, BroadcastBus(SLOTS, EVENTS)
    for values in product((False, True), repeat=len(switches)):
        switched: dict[str, Any] = dict(zip(switches, values, strict=True))
        start = replace(written, **switched)
        found = always(start, holds, text, _bounds(start))
        if isinstance(found, Counterexample):
            raise Undecided(f"{found.text}, which the text of the claim is wrong about")
        states += found.states or 0
    bounds = f"{_bounds(written)}; with and without the repairs {', '.join(switches)}"
    return (Proof(Method.EXHAUSTIVE, text, bounds, states),)


# ------------------------------------------------------------------------------------- borrowing


@CLAIMS.claim(
    "event-bus000-borrow",
    model="M05",
    source=f"{BUS}, publish and run",
    statement="Events can be published while the bus runs.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus000-borrow-repaired",
)
def borrow(design: BroadcastBus = BORROWED) -> Finding:
    """`run(&mut self)` holds the bus; so, if it subscribes late as well, it receives nothing."""
    start = replace(design, slots=SLOTS, events=EVENTS)
    text = "while the loop runs and not all is published, publish can be called"
    found = weighed([always(start, _can_publish, text, _bounds(start))])
    if not found.counterexamples:
        return found
    text, others = "no recv ever returns an event", ("unboxing", "calling", "counting")
    deaf = _never(text, lambda bus: not bus.receivable, *others)
    return Finding(deaf, found.counterexamples)


def _can_publish(bus: BroadcastBus) -> bool:
    """Looks at the steps of the model, not at what it says of itself."""
    if bus.loop is not Loop.RUNNING or bus.sent == bus.events:
        return True
    return any(str(act) == "publish" for act, _ in ModelSystem(bus).transitions(bus))


@CLAIMS.claim(
    "event-bus000-borrow-repaired",
    model="M05",
    source=f"{BUS}, repair of publish",
    statement=(
        "When publishers have a clone of the sender, events can be published while the bus runs."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def borrow_repaired(design: BroadcastBus = REPAIRED) -> Finding:
    """For all sizes; and for small ones, that the step is there."""
    start = replace(design, slots=SLOTS, events=EVENTS)
    text = "while the loop runs, publish can be called"
    every = _for_all_sizes(design, "open_to_publishers", text)
    return weighed([every, always(start, _can_publish, text, _bounds(start))])


# ----------------------------------------------------------------------------------- dispatching


@CLAIMS.claim(
    "event-bus000-dispatch",
    model="M05",
    source=f"{BUS}, run and handle_event_with_handler",
    statement="A published event whose type has a handler reaches it.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus000-dispatch-repaired",
)
def dispatch(unboxing: bool = False, calling: bool = False) -> Finding:
    """Either fault is enough: the type that is asked for is the box's, and the body is empty."""
    designs = dict.fromkeys([(unboxing, True), (True, calling)])
    parts = [
        _handled(replace(REPAIRED, unboxing=unboxed, calling=called)) for unboxed, called in designs
    ]
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    if not wrong:
        return dispatch_repaired(replace(REPAIRED, unboxing=unboxing, calling=calling))
    text, others = "no handler is ever called", ("sharing", "early", "counting")
    return Finding(_never(text, lambda bus: bus.handled == 0, *others), wrong)


def _handled(design: BroadcastBus) -> Proof | Counterexample:
    """One event, which no receiver can miss."""
    start = replace(design, events=1)
    text = "an event that is published is handled at last"
    return leading(start, lambda bus: bus.handled == 1, text, _bounds(start), _published)


def _published(bus: BroadcastBus) -> bool:
    return bus.sent > 0


@CLAIMS.claim(
    "event-bus000-dispatch-repaired",
    model="M05",
    source=f"{BUS}, repair of run and handle_event_with_handler",
    statement=(
        "When handlers are looked up with (*event).type_id() and are called, each event that the "
        "loop has received, or missed and counted, is handled or counted, exactly once."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def dispatch_repaired(design: BroadcastBus = REPAIRED) -> Finding:
    """For all sizes; and one event, which is handled at last."""
    every = _for_all_sizes(design, "accounted", "handled + lost = passed by the loop")
    return weighed([every, _handled(design)])


# -------------------------------------------------------------------------------------- lagging


@CLAIMS.claim(
    "event-bus000-lag",
    model="M05",
    source=f"{BUS}, while let Ok(event) = receiver.recv() in run",
    statement=(
        "The processing loop keeps running under bursts: whatever is published between two recv. "
        "Of a bus that can be published to while it runs, which event-bus000-borrow says it cannot."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus000-lag-repaired",
)
def lag(design: BroadcastBus = ENDING) -> Finding:
    """One event more than the channel keeps ends the loop; a capacity of 3 keeps 4. It is asked of
    a bus that can be published to, as then only there is anything between two recv."""
    parts = []
    for capacity in (1, 2, 3):
        start = replace(design, slots=slots_for(capacity), events=slots_for(capacity) + 2)
        bounds = f"capacity {capacity}, {_bounds(start)}"
        parts.append(always(start, BroadcastBus.keeps_running, "the loop does not end", bounds))
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    if not wrong:
        return lag_repaired(design)
    return Finding(counterexamples=wrong)


@CLAIMS.claim(
    "event-bus000-lag-repaired",
    model="M05",
    source=f"{BUS}, repair of the loop in run",
    statement=(
        "When the loop counts what Lagged says it has missed and goes on, it does not end, and no "
        "event is lost unless more are published than the channel keeps."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def lag_repaired(design: BroadcastBus = REPAIRED) -> Finding:
    """For all sizes."""
    said = {
        "keeps_running": "the loop does not end",
        "accounted": "handled + lost = passed by the loop",
        "loses_what_was_overtaken": "lost = 0, or more events than slots",
    }
    return weighed(_for_all_sizes(design, name, text) for name, text in said.items())


# ---------------------------------------------------------------------------------- subscribing


@CLAIMS.claim(
    "event-bus000-late-subscriber",
    model="M05",
    source=f"{BUS}, self.event_sender.subscribe() in run",
    statement="Events published (with Ok) before run() starts are processed.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="event-bus000-late-subscriber-repaired",
)
def late_subscriber(design: BroadcastBus = LATE) -> Finding:
    """One event."""
    return weighed([_handled(design)])


@CLAIMS.claim(
    "event-bus000-late-subscriber-repaired",
    model="M05",
    source=f"{BUS}, repair of run, with the other repairs of the bus",
    statement=(
        "When the loop receives with the receiver that was made with the channel, and run() is "
        "called at last, every run comes to an end where each published event was handled or "
        "counted as overtaken."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def late_subscriber_repaired(design: BroadcastBus = REPAIRED) -> Finding:
    """For all sizes: a measure falls with each step, and where no step is left all is accounted
    for. For small ones the same by the search for fair runs."""
    start = replace(design, slots=SLOTS, events=EVENTS)
    rest = _for_all_sizes(design, "at_rest", "where no step is left, all published are accounted")
    falls = _for_all_sizes(design, "progresses", "each step leaves fewer steps to do")
    text = "what is published is handled, or counted, at last"
    fair = leading(start, lambda bus: bus.accounted_for, text, _bounds(start), _published)
    return weighed([rest, falls, fair, _handled(design)])


# --------------------------------------------------------------------------------- the aggregator


@CLAIMS.claim(
    "event-aggregator-version",
    model="M05",
    source=f"{AGGREGATOR}, law",
    statement=(
        "The version is the number of calls of apply_event, and the number of uncommitted events "
        "is the version less the number of events that were committed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def aggregator_version() -> Finding:
    """For any events and any order of the calls; as written and as repaired."""
    return weighed(
        inductive(aggregator, name, text, depth=DEPTH)
        for aggregator in (FORGETTING, KEEPING)
        for name, text in (
            ("version_counts", "version = calls of apply_event"),
            ("holds_the_rest", "number of events = version - committed"),
        )
    )


@CLAIMS.claim(
    "event-aggregator-replay",
    model="M05",
    source=f"{AGGREGATOR}, replay_events",
    statement=(
        "replay_events(s, f) rebuilds the state from the event stream: it folds f over all events "
        "that were applied."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="event-aggregator-replay-repaired",
)
def aggregator_replay(design: EventAggregator = FORGETTING) -> Finding:
    """Looks at what is folded; the state is lost for an f that adds events to a list, or numbers
    that are not 0."""
    text = "the events folded are those applied"
    return weighed([inductive(design, "replays_all", text, depth=DEPTH)])


@CLAIMS.claim(
    "event-aggregator-replay-repaired",
    model="M05",
    source=f"{AGGREGATOR}, repair of mark_events_as_committed",
    statement=(
        "When committed events are kept, replay_events folds f over all events that were applied, "
        "in their order, whatever they are and whenever they were committed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def aggregator_replay_repaired(design: EventAggregator = KEEPING) -> Finding:
    """For streams of any length."""
    return aggregator_replay(design)


@CLAIMS.claim(
    "event-aggregator-commit",
    model="M05",
    source=f"{AGGREGATOR}, uncommitted_events and mark_events_as_committed",
    statement="mark_events_as_committed discards only events that were stored.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="event-aggregator-commit-repaired",
)
def aggregator_commit(design: SavedAggregator = SAVED) -> Finding:
    """Somebody reads, stores and marks; others may apply events in between."""
    found = _cleared_when_stored(design)
    if isinstance(found, Proof):
        return Finding((found,))
    alone = _cleared_when_stored(replace(design, exclusive=True))
    if isinstance(alone, Counterexample):
        return Finding(counterexamples=(found, alone))
    under = "whoever saves keeps the aggregate (&mut) from reading the events to marking them"
    return Finding((replace(alone, under=under),), (found,))


def _cleared_when_stored(design: SavedAggregator) -> Proof | Counterexample:
    text = "the events cleared are the ones that were stored"
    return inductive(design, "stored_before_cleared", text, depth=DEPTH)


@CLAIMS.claim(
    "event-aggregator-commit-repaired",
    model="M05",
    source=f"{AGGREGATOR}, repair of mark_events_as_committed",
    statement=(
        "mark_committed(n), which clears the n oldest events, n being how many were stored, "
        "discards only events that were stored, whatever is applied in between."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def aggregator_commit_repaired(design: SavedAggregator = COUNTED) -> Finding:
    """For streams of any length."""
    return weighed([_cleared_when_stored(design)])
