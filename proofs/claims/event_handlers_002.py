"""Claims on how the event store of seed 002 calls its handlers (M12): how often, and what its own
answer says then; and the obligations ED4 and ED6.

Those on the repaired store take its switches as an argument, so that each of them can be taken
out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import z3

from cospec.models.event_store_002 import (
    REPAIRED,
    VERSION_MISMATCH,
    Event,
    EventStore,
)
from cospec.proofs import event_store_logic as logic
from cospec.proofs.claims.event_store_002 import (
    AS_WRITTEN,
    BOUNDS,
    LIMIT,
    SEED,
    own_events,
    prove_contiguous,
    prove_owned,
    proved,
    two_streams,
)
from cospec.proofs.evidence import (
    always,
    each,
    each_part,
    leading,
    prove,
    prove_for_each,
    refuted,
    stepwise,
    weighed,
)
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

#: How many single appends are counted on the class itself.
COUNTED = 8


@CLAIMS.claim(
    "es002-handlers-once",
    model="M12",
    source=f"{SEED}, trigger_event_handlers",
    statement="A handler is called once with each event that is stored.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es002-handlers-once-repaired",
)
def handlers_once(design: EventStore = AS_WRITTEN) -> Finding:
    """Searched for; then how often it is called, counted on the class and proved for all n."""
    found = _once(design)
    if isinstance(found, Proof):
        return weighed([found, _at_last(design)])
    one_by_one = each(
        range(COUNTED + 1),
        lambda n: len(_one_by_one(design, n).calls) == n,
        "n events appended one by one make n calls",
        f"n up to {COUNTED}",
        lambda n: (*_appends(n), f"{len(_one_by_one(design, n).calls)} calls"),
    )
    return Finding((_quadratic(), _counted(design)), (found, *refuted(one_by_one)))


def _once(design: EventStore) -> Proof | Counterexample:
    text = "the handler is called once with each stored event"
    return always(replace(design, failures=1), EventStore.called_once, text, BOUNDS, LIMIT)


def _at_last(design: EventStore) -> Proof | Counterexample:
    """Whether calls catch up with what is stored, where a call that stays possible is made."""
    return leading(
        replace(design, failures=1),
        lambda store: not any(map(store.pending, store.aggregates)),
        "the handler answers each stored event at last",
        f"{BOUNDS}, 1 failure",
        limit=LIMIT,
        trigger=lambda store: any(map(store.pending, store.aggregates)),
    )


def _one_by_one(design: EventStore, count: int) -> EventStore:
    """The store after so many appends of one event, and after the calls that come of them."""
    store = design
    for version in range(1, count + 1):
        store = store.append_events("a", (Event("a", version),))
        while store.pending("a"):
            store = store.handled("a")
    return store


def _appends(count: int) -> tuple[str, ...]:
    return tuple(f"append_events(a, [a{version}])" for version in range(1, count + 1))


def _counted(design: EventStore) -> Proof:
    """The numbers that are proved, counted on the class itself."""

    def quadratic(n: int) -> bool:
        store = _one_by_one(design, n)
        with_each = [store.calls.count(event) for event in store.stream("a")]
        return len(store.calls) == n * (n + 1) // 2 and with_each == list(range(n, 0, -1))

    text = "n(n+1)/2 calls for n events appended one by one, n-j+1 of them with event j"
    counted = each(range(COUNTED + 1), quadratic, text, f"n up to {COUNTED}")
    if isinstance(counted, Counterexample):
        raise Undecided("the class does not make as many calls as is proved of a pass over all")
    return counted


def _quadratic() -> Proof:
    """Proves how many calls there are if each append makes a pass over the whole stream, by
    induction over the events of a pass and over the appends."""
    # One pass over a stream, as `trigger_event_handlers` makes one at each append.
    passed = z3.Function("calls_in_a_pass", z3.IntSort(), z3.IntSort())
    prove_for_each(
        lambda i: passed(i) == i, passed(0) == 0, step=lambda i: [passed(i + 1) == passed(i) + 1]
    )
    # After n appends of one event each. That a pass over n events has n calls is proved above.
    total = z3.Function("calls", z3.IntSort(), z3.IntSort())
    prove_for_each(
        lambda n: 2 * total(n) == n * (n + 1),
        total(0) == 0,
        step=lambda n: [total(n + 1) == total(n) + (n + 1)],
    )
    # And with one of the events: in each pass over a stream that holds it.
    of_one = z3.Function("calls_with_event", z3.IntSort(), z3.IntSort())
    j = z3.Int("j")
    once = [of_one(0) == 0, j >= 1]
    prove_for_each(
        lambda n: of_one(n) == z3.If(n >= j, n - j + 1, z3.IntVal(0)),
        *once,
        step=lambda n: [of_one(n + 1) == of_one(n) + z3.If(n + 1 >= j, 1, 0)],
    )
    return proved(
        "n events appended one by one make n(n+1)/2 calls, n-j+1 of them with event j; for all n, "
        "by induction"
    )


@CLAIMS.claim(
    "es002-handlers-once-repaired",
    model="M12",
    source=f"{SEED}, repair of trigger_event_handlers",
    statement=(
        "When it is remembered up to which event of a stream the handler has answered, and it is "
        "called, outside of append_events, with what follows only, until it has answered: it "
        "answers each stored event once and never again, for any number of events, batches and "
        "failures of the handler."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def handlers_once_repaired(design: EventStore = REPAIRED) -> Finding:
    """Explored for small streams, with fair calls; z3 for all."""
    explored = weighed(part(design) for part in (_once, _at_last))
    if explored.counterexamples:
        return explored
    _answered_once(design)
    text = (
        "calls with event j: one if j is not above the position, else none; inductive; and each "
        "answer leaves one event less to be called with"
    )
    return Finding((proved(text), *explored.proofs))


def _answered_once(design: EventStore) -> None:
    """Proves that the events up to the position have been answered once, and no others."""
    before, count, j = logic.any_calling(), z3.Int("count"), z3.Int("j")

    def once(now: logic.Calling) -> z3.BoolRef:
        inside = z3.And(j >= 0, j < now.called)
        wanted = z3.If(inside, z3.IntVal(1), z3.IntVal(0))
        within = z3.And(now.called >= 0, now.called <= now.length)
        return z3.And(within, now.calls[j] == wanted)

    none = z3.K(z3.IntSort(), z3.IntVal(0))
    prove(once(logic.Calling(none, z3.IntVal(0), z3.IntVal(0))))
    prove(once(before.appending(design, count)), once(before), count >= 0)
    prove(once(before.answered()), once(before), before.called < before.length)
    # A call that fails changes nothing of this: the position stays, and the call is made again.
    after = before.answered()
    prove(after.length - after.called == before.length - before.called - 1)
    done = before.called == before.length
    prove(before.calls[j] == 1, once(before), done, j >= 0, j < before.length)


@CLAIMS.claim(
    "es002-append-error",
    model="M12",
    source=f"{SEED}, append_events",
    statement="When append_events answers Err, nothing has been stored.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es002-append-error-repaired",
)
def append_error(design: EventStore = AS_WRITTEN) -> Finding:
    """With a handler that may fail once; and what becomes of the caller that tries again."""
    found = _all_or_nothing(design)
    if isinstance(found, Proof):
        return Finding((found,))
    return Finding(counterexamples=(found, *_tried_again(design)))


def _all_or_nothing(design: EventStore) -> Proof | Counterexample:
    design = replace(design, fresh=True, failures=1)
    text = "an append that answers Err has stored nothing"
    return stepwise(design, EventStore.all_or_nothing, text, BOUNDS, LIMIT)


def _tried_again(design: EventStore) -> Iterator[Counterexample]:
    """A caller that appends the same events again after Err."""
    events = (Event("a", 1),)

    def again() -> list[EventStore]:
        first = replace(design, failures=1).append_events("a", events, failing=1)
        return [first, first.append_events("a", events)]

    def replay() -> None:
        first, second = again()
        if first.answer == "Ok" or second.answer != VERSION_MISMATCH:
            raise NotReplayed("trying again is accepted")
        if first.stream("a") != events:
            raise NotReplayed("nothing has been stored")

    steps = tuple(f"append_events(a, [a1]) → {state}" for state in again())
    text = "Not so: a caller that is told Err can tell whether to try again"
    yield Counterexample(Method.EXHAUSTIVE, text, steps, replay)


@CLAIMS.claim(
    "es002-append-error-repaired",
    model="M12",
    source=f"{SEED}, repair of append_events",
    statement=(
        "When append_events stores and handlers are called outside of it, it answers Err only if "
        "it has stored nothing, for any stream, batch and handler."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def append_error_repaired(design: EventStore = REPAIRED) -> Finding:
    """Explored with a handler that may fail; z3 for all."""
    explored = weighed([_all_or_nothing(design)])
    if explored.counterexamples:
        return explored
    _stores_or_fails(design)
    text = "append_events answers Err and leaves the stream as it is, or stores the whole batch"
    return Finding((proved(text), *explored.proofs))


def _stores_or_fails(design: EventStore) -> None:
    """Proves that an append which answers Err has stored nothing, and else all of its events."""
    stream, batch = logic.any_row("stream"), logic.any_row("batch")
    fails, after = logic.append(design, stream, batch, z3.Bool("handler_fails"))
    prove(z3.Implies(fails, logic.same(after, stream)), batch.length > 0)
    prove(z3.Implies(z3.Not(fails), logic.same(after, logic.appended(stream, batch))))


# ------------------------------------------------------------------------------- obligations


def _integrity(design: EventStore) -> Iterator[Proof | Counterexample]:
    """The four parts of ED4, explored."""
    stores = two_streams(replace(design, fresh=True))
    text = "the versions of every stream are 1..n"
    yield always(stores, EventStore.contiguous, text, BOUNDS, LIMIT)
    yield own_events(replace(design, fresh=True))
    yield _all_or_nothing(design)
    text = "what is stored stays, so that a state is the fold of the log"
    yield stepwise(stores, EventStore.append_only, text, BOUNDS, LIMIT)


@CLAIMS.claim(
    "ED4",
    model="M12",
    source="seed 002, section 6, obligation ED4 (integrity of event sourcing)",
    statement=(
        "Streams are gap-free 1..n, contain only events of their aggregate, an append stores all "
        "of its events or answers Err and stores none, and a state is the fold of the log."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="ED4-repaired",
)
def ed4(design: EventStore = AS_WRITTEN) -> Finding:
    """The four parts one by one: two hold of the listing, for all sizes, and two do not."""
    parts = list(_integrity(design))
    prove_contiguous(design)
    logic.restored(z3.Int("version"), z3.Int("version"))
    text = "gap-free, and state = fold(log) from any snapshot: for all sizes, by induction"
    return each_part([proved(text), *parts])


@CLAIMS.claim(
    "ED4-repaired",
    model="M12",
    source="seed 002, section 6, repair of ED4",
    statement=(
        "When append_events compares the aggregates and handlers are called outside of it: streams "
        "are gap-free, contain only their own events, appends are all or nothing, and a state "
        "built from any snapshot and the events after it is the fold of the log, for all sizes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ed4_repaired(design: EventStore = REPAIRED) -> Finding:
    """Explored, then each of the four parts by induction."""
    explored = weighed(_integrity(design))
    if explored.counterexamples:
        return explored
    prove_contiguous(design)
    prove_owned(design)
    _stores_or_fails(design)
    logic.restored(z3.Int("version"), z3.Int("version"))
    text = "gap-free, own events only, all or nothing, state = fold(log): each for all sizes"
    return Finding((proved(text), *explored.proofs))


def _idempotent(design: EventStore) -> Proof | Counterexample:
    text = "what the handler has applied are the events of the stream, each once"
    design = replace(design, failures=0, crashes=1)
    return always(design, EventStore.applied_once, text, f"{BOUNDS}, 1 crash", LIMIT)


def _stuttering(design: EventStore) -> Proof | Counterexample:
    """Whether a second call with the same event changes the handler, in a few states of it."""

    def after_calls(applied: int) -> tuple[int, int]:
        """How many events it has applied after one call with the next event, and after two."""
        events = tuple(Event("a", version) for version in range(1, applied + 2))
        start = replace(design, streams=(events,), applied=events[:-1], position=(applied,))
        once = replace(start, called=(applied,)).handled("a")
        twice = replace(once, called=(applied,)).handled("a")
        return len(once.applied), len(twice.applied)

    def stutters(applied: int) -> bool:
        once, twice = after_calls(applied)
        return once == twice == applied + 1

    def show(applied: int) -> tuple[str, ...]:
        calls = enumerate(after_calls(applied), 1)
        return (
            f"a counter that is at {applied}",
            *(f"call {n} with a{applied + 1}: the counter is {count}" for n, count in calls),
        )

    text = "a handler that is called twice with an event is as after one call"
    return each(range(4), stutters, text, "a handler that has applied up to 3 events", show)


@CLAIMS.claim(
    "ED6",
    model="M12",
    source="seed 002, section 6, obligation ED6 (idempotence of event handling)",
    statement=(
        "To process an event twice is to process it once: whatever the handler, its state is "
        "that after each stored event has been applied once."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="ED6-repaired",
)
def ed6(design: EventStore = AS_WRITTEN) -> Finding:
    """On the store, which calls again by itself; and a counter called twice with an event."""
    return each_part([_counting(design), _idempotent(design), _stuttering(design)])


def _counting(design: EventStore) -> Proof | Counterexample:
    """A handler that counts, and events appended one by one."""

    def counter(n: int) -> int:
        return len(_one_by_one(design, n).applied)

    def show(n: int) -> tuple[str, ...]:
        return (*_appends(n), f"the counter is {counter(n)}, and not {n}")

    text = "a handler that counts events counts those that are stored"
    bounds = f"up to {COUNTED} appends of one event"
    return each(range(COUNTED + 1), lambda n: counter(n) == n, text, bounds, show)


@CLAIMS.claim(
    "ED6-repaired",
    model="M12",
    source="seed 002, section 6, repair of ED6",
    statement=(
        "When the position (aggregate, version) of the last event applied is kept in one "
        "transaction with the handler's state, and only the event that comes next is applied: for "
        "every handler, processing an event twice is processing it once; after calls with any "
        "stored events, in any order and any number, and crashes, its state is the fold of a "
        "beginning of the log; and after a pass over the whole log, which is what the listing "
        "makes, of all of it."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ed6_repaired(design: EventStore = REPAIRED) -> Finding:
    """Explored with crashes, on the repaired store and on one that calls again at each append."""
    again = replace(design, fresh=False, outside=False)
    parts: list[Callable[[], Proof | Counterexample]] = [
        lambda: _idempotent(design),
        lambda: _counting(again),
        lambda: _stuttering(design),
    ]
    explored = weighed(part() for part in parts)
    if explored.counterexamples:
        return explored
    _applied_once(design)
    text = "handle(e); handle(e) = handle(e), state = fold(log up to the position): inductive"
    return Finding((proved(text), *explored.proofs))


def _applied_once(design: EventStore) -> None:
    """Proves that any handler that keeps its position is idempotent, and loses nothing."""
    handler, owner, version = logic.any_handler(), z3.Int("owner"), z3.Int("version")
    event = z3.Const("delivered", logic.Event)
    # Twice is once, for any event in any state.
    once = handler.handle(design, owner, version, event)
    twice = once.handle(design, owner, version, event)
    prove(z3.And(twice.state == once.state, twice.position == once.position))
    # One stream: after any calls the state is the fold of as many events as the position says.
    fold = z3.Function("fold", z3.IntSort(), logic.State)
    length, i = z3.Int("length"), z3.Int("i")
    own = logic.aggregate

    def beginning(now: logic.Handler) -> z3.BoolRef:
        position = now.position[own]
        within = z3.And(position >= 0, position <= length)
        return z3.And(within, now.state == fold(position))

    start = logic.Handler(fold(0), z3.K(z3.IntSort(), z3.IntVal(0)))
    prove(beginning(start), length >= 0)
    called = handler.handle(design, own, i + 1, logic.event(i))
    folding = fold(i + 1) == logic.apply(fold(i), logic.event(i))
    prove(beginning(called), beginning(handler), i >= 0, i < length, folding)
    saved = z3.Array("saved", z3.IntSort(), z3.IntSort())
    earlier = z3.And(saved[own] >= 0, saved[own] <= handler.position[own])
    prove(beginning(handler.crashed(design, saved)), beginning(handler), earlier)
    # A pass from the first event to the last: after round i the position is at least i.
    passing = z3.And(beginning(handler), handler.position[own] >= i)
    reached = z3.And(beginning(called), called.position[own] >= i + 1)
    prove(reached, passing, i >= 0, i < length, folding)
    prove(handler.state == fold(length), beginning(handler), handler.position[own] >= length)
