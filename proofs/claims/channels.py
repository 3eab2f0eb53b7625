"""Claims on channels (M04), and on the function that creates one (M05).

Those on the repaired channel take its switches as an argument, so that each of them can be taken
out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import z3

import cospec.spec
from cospec.checker.exploration import Exploration, Run
from cospec.models.channels import (
    REPAIRED,
    Buffered,
    Channels,
    Closed,
    Empty,
    Panicked,
    Receive,
    create_channel,
    create_channel_conditions,
    mpsc_channel_conditions,
)
from cospec.models.model import ModelSystem
from cospec.proofs import channel_logic as logic
from cospec.proofs.evidence import (
    NotReplayed,
    always,
    counterexample_of,
    lines_of,
    performed,
    prove,
    refined_by,
    refines,
    weighed,
)
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import STOP, Parallel, Process
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 000, section 3.2"

#: The capacities that are explored.
CAPACITIES = (1, 2, 3)

AS_WRITTEN = Channels()

#: A system that may grow for ever is explored as far as this.
LIMIT = 2_000


@cache
def _script() -> Session:
    """spec/library/channels.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "channels.csp")


def _of(capacity: int) -> str:
    return f"capacity {capacity}, 2 values, 1 channel"


def _inductive(design: Channels) -> None:
    """Proves that safety is inductive for every capacity."""
    natural = logic.capacity >= 0
    prove(logic.safe(logic.ALL_EMPTY[logic.other]), natural)
    before = logic.system[logic.other]
    for step in logic.steps(design):
        after = step.after[logic.other]
        # The induction hypothesis is used for one channel only; that is all it takes.
        prove(logic.safe(after), natural, logic.safe(before), step.enabled)


# ------------------------------------------------------------------------------------- capacity


@CLAIMS.claim(
    "channel-operation-atomicity",
    model="M04",
    source=f"{SEED}, theorem channel_operation_atomicity",
    statement=(
        "For every max_buffer_size n: if channel_safety holds of a system and an operation leads "
        "to another one, then channel_safety holds of that, too."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="channel-bounded-repaired",
)
def operation_atomicity(design: Channels = AS_WRITTEN) -> Finding:
    """Explores n = 0, 1, 2, 3, and has z3 say for which n one more `Send` is too much: all."""
    parts = [_within_capacity(design, n) for n in (0, *CAPACITIES)]
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    if not wrong:
        return bounded_repaired(design)
    send = logic.steps(design)[0]
    full = z3.Length(logic.held(logic.system[logic.channel])) == logic.capacity
    too_much = z3.And(send.enabled, z3.Not(logic.safe(send.after[logic.channel])))
    opened = z3.Not(logic.is_closed(logic.system[logic.channel]))
    prove(too_much, logic.capacity >= 0, full, opened)
    every = Proof(
        Method.Z3_PROOF,
        "for every n, `Send` to an open channel that holds n values succeeds and leaves n + 1",
    )
    return Finding((every,), wrong)


def _within_capacity(design: Channels, capacity: int) -> Proof | Counterexample:
    return always(
        replace(design, capacity=capacity),
        Channels.within_capacity,
        f"no channel holds more than n = {capacity} values",
        _of(capacity),
        LIMIT,
    )


@CLAIMS.claim(
    "channel-safety-initial",
    model="M04",
    source=f"{SEED}, definition channel_safety",
    statement="The system in which every channel is Empty is safe, for every n of at least 0.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def safety_initial() -> Finding:
    """For any channel and any n."""
    prove(logic.safe(logic.ALL_EMPTY[logic.other]), logic.capacity >= 0)
    text = "channel_safety of the empty system, for every channel and every n ≥ 0"
    return Finding((Proof(Method.Z3_PROOF, text),))


@CLAIMS.claim(
    "channel-bounded-repaired",
    model="M04",
    source=f"{SEED}, repair of channel_operation_atomicity",
    statement=(
        "When Send to a full channel is refused, channel_safety holds at the start and is kept by "
        "every operation, for every n of at least 0, all channels and all values."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def bounded_repaired(design: Channels = REPAIRED) -> Finding:
    """Explored for small n first, for a counterexample; then proved for all."""
    explored = weighed(_within_capacity(design, n) for n in (0, *CAPACITIES))
    if explored.counterexamples:
        return explored
    _inductive(design)
    text = "channel_safety is inductive: at the start, and under send, receive and close"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# --------------------------------------------------------------------------- values and their order


@CLAIMS.claim(
    "channel-receive-value",
    model="M04",
    source=f"{SEED}, Receive in apply_channel_operation",
    statement=(
        "Receive yields the value received: where two systems hold different values at the head "
        "of a channel, it does not give the same result."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="channel-receive-value-repaired",
)
def receive_value(design: Channels = AS_WRITTEN) -> Finding:
    """Looks at all pairs of states with up to n values."""
    design = replace(design, guarded=True)  # the capacity is not the question here
    return weighed(_told_apart(replace(design, capacity=n)) for n in CAPACITIES)


def _told_apart(design: Channels) -> Proof | Counterexample:
    """Whether `Receive` tells different heads apart, in all pairs of reachable states."""
    found: Exploration[Channels] = Exploration(ModelSystem(design))
    full = [(n, state) for n, state in enumerate(found.states) if state.held(0)]
    for one, first in full:
        for two, second in full:
            if first.held(0)[0] != second.held(0)[0]:
                if first.apply(Receive(0)) == second.apply(Receive(0)):
                    return _same_result(found.run_to(one), found.run_to(two), _of(design.capacity))
    text = "where the heads differ, so do the results of Receive"
    return Proof(Method.EXHAUSTIVE, text, _of(design.capacity), len(found.states))


def _same_result(one: Run[Channels], two: Run[Channels], bounds: str) -> Counterexample:
    results = [run.states[-1].apply(Receive(0)) for run in (one, two)]

    def replay() -> None:
        first, second = (performed(run.states[0], run) for run in (one, two))
        if first.held(0)[0] == second.held(0)[0]:
            raise NotReplayed("the same value is at the head")
        if first.apply(Receive(0)) != second.apply(Receive(0)):
            raise NotReplayed("the results differ")

    text = "two runs with different values at the head end in the same result"
    shown = [
        (*lines_of(run), f"Receive 0 → {result.after}, answer: {result.answer}")
        for run, result in zip((one, two), results, strict=True)
    ]
    steps = (*shown[0], "and the other run", *shown[1])
    return Counterexample(Method.EXHAUSTIVE, text, steps, replay, bounds)


@CLAIMS.claim(
    "channel-receive-value-repaired",
    model="M04",
    source=f"{SEED}, repair of Receive",
    statement=(
        "When Receive gives (system, value), its value is the head of what the channel held, for "
        "every length; so different heads give different results."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def receive_value_repaired(design: Channels = REPAIRED) -> Finding:
    """All pairs for small n, and z3 for any length."""
    explored = weighed(_told_apart(replace(design, capacity=n)) for n in CAPACITIES)
    if explored.counterexamples:
        return explored
    receive = logic.steps(design)[1]
    before = logic.held(logic.system[logic.channel])
    after = logic.held(receive.after[logic.channel])
    prove(z3.Concat(receive.delivered, after) == before, receive.enabled)
    text = "what Receive gives, followed by what is left, is what the channel held"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


@CLAIMS.claim(
    "channel-fifo",
    model="M04",
    source=f"{SEED}, law of the repaired channel",
    statement=(
        "With outputs added, the values received are the first of the values sent, in the order "
        "in which they were sent and none twice, for every capacity."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def fifo(design: Channels = REPAIRED) -> Finding:
    """z3 for all sizes; and the model refines BUFF of the library, and BUFF the model."""
    compared = weighed(_buffers(design))
    if compared.counterexamples:
        return compared
    _histories(design, lossless=False)
    text = "the values received are a prefix of those sent: inductive, whatever is closed when"
    return Finding((Proof(Method.Z3_PROOF, text), *compared.proofs))


def _buffers(design: Channels) -> Iterator[Proof | Counterexample]:
    """The model that nobody closes, and BUFF: in both directions."""
    script = _script()
    closing = frozenset({script.event("close.0")})

    def never_closed(process: Process) -> Process:
        return Parallel((process, STOP), closing)

    for n in CAPACITIES:
        start, buffer = replace(design, capacity=n), f"BUFF({n}, 0)"
        there = refines(script, buffer, start, Model.FD, _of(n), never_closed)
        yield there
        if isinstance(there, Proof):
            yield refined_by(script, buffer, start, Model.FD, _of(n), never_closed)


def _histories(design: Channels, lossless: bool) -> None:
    """Proves by induction that what was sent is what was received, what is held and what was lost,
    in this order; and that only closing loses anything, or, if it is to be lossless, nothing."""

    def related(sent: z3.SeqRef, received: z3.SeqRef, lost: z3.SeqRef, contents: Any) -> z3.BoolRef:
        none = lost == logic.NOTHING
        unless = none if lossless else z3.Or(none, logic.is_closed(contents))
        return z3.And(sent == z3.Concat(received, logic.held(contents), lost), unless)

    nothing = logic.NOTHING
    prove(logic.head_and_tail(logic.sent))  # for every sequence; assumed below
    prove(related(nothing, nothing, nothing, logic.ALL_EMPTY[logic.channel]))
    now = logic.system[logic.channel]
    given = (
        related(logic.sent, logic.received, logic.lost, now),
        logic.typed(design, now),
        logic.head_and_tail(logic.held(now)),
    )
    for step in logic.steps(design):
        sent = z3.Concat(logic.sent, step.accepted)
        received = z3.Concat(logic.received, step.delivered)
        lost = z3.Concat(step.dropped, logic.lost)
        after = step.after[logic.channel]
        prove(related(sent, received, lost, after), *given, step.enabled)
        prove(logic.typed(design, after), *given, step.enabled)


# ------------------------------------------------------------------------------------- closing


@CLAIMS.claim(
    "channel-close-keeps-buffer",
    model="M04",
    source=f"{SEED}, Close in apply_channel_operation",
    statement=(
        "Values accepted before Close can still be received: what was sent is what was received "
        "and what can be received."
    ),
    registered=Truth.FALSE,
    method=Method.REFINEMENT,
    repaired="channel-close-keeps-buffer-repaired",
)
def close_keeps_buffer(design: Channels = AS_WRITTEN) -> Finding:
    """Compares with CHANNEL of the library; capacity and outputs are not the question here."""
    design = replace(design, guarded=True, delivering=True)
    return weighed(_closing(design))


def _closing(design: Channels) -> Iterator[Proof | Counterexample]:
    """The model and CHANNEL: in both directions."""
    for n in CAPACITIES:
        start, channel = replace(design, capacity=n), f"CHANNEL({n}, 0)"
        there = refines(_script(), channel, start, Model.FD, _of(n))
        yield there
        if isinstance(there, Proof):
            yield refined_by(_script(), channel, start, Model.FD, _of(n))


@CLAIMS.claim(
    "channel-close-keeps-buffer-repaired",
    model="M04",
    source=f"{SEED}, repair of Close",
    statement=(
        "When Closed keeps what the channel held and Receive drains it, the values sent are the "
        "values received followed by those that can still be received, for every capacity."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def close_keeps_buffer_repaired(design: Channels = REPAIRED) -> Finding:
    """z3 for all sizes; refinement in both directions."""
    compared = weighed(_closing(design))
    if compared.counterexamples:
        return compared
    _histories(design, lossless=True)
    text = "sent = received followed by held: inductive, Close included"
    return Finding((Proof(Method.Z3_PROOF, text), *compared.proofs))


@CLAIMS.claim(
    "channel-close-absorbing",
    model="M04",
    source=f"{SEED}, law",
    statement="Once Closed a channel stays Closed, and to close it twice is to close it once.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def close_absorbing() -> Finding:
    """For the channel as written and as repaired."""
    for design in (AS_WRITTEN, REPAIRED):
        closed = logic.is_closed(logic.system[logic.other])
        typed = logic.typed(design, logic.system[logic.channel])
        for step in logic.steps(design):
            prove(logic.is_closed(step.after[logic.other]), closed, step.enabled)
        once = logic.steps(design)[2].after
        twice = logic.steps(design, once)[2].after
        prove(once == twice, typed)
    text = "closed before a step, closed after it; Close ∘ Close = Close; as written and repaired"
    return Finding((Proof(Method.Z3_PROOF, text),))


@CLAIMS.claim(
    "channel-none-meaning",
    model="M04",
    source=f"{SEED}, comments in apply_channel_operation",
    statement=(
        "The result of a Receive that fails tells its caller why: whether a later one can succeed."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="channel-none-meaning-repaired",
)
def none_meaning(design: Channels = AS_WRITTEN) -> Finding:
    """Looks at all pairs of states in which `Receive` fails."""
    design = replace(design, guarded=True)  # the capacity is not the question here
    return weighed(_telling(replace(design, capacity=n)) for n in CAPACITIES)


def _telling(design: Channels) -> Proof | Counterexample:
    """Whether the answer of a failed `Receive` says if a later one can succeed."""
    bounds = _of(design.capacity)
    found: Exploration[Channels] = Exploration(ModelSystem(design))
    failing = [n for n, state in enumerate(found.states) if not state.held(0)]
    hopeful = [n for n in failing if _can_receive(found.states[n])]
    for one in hopeful:
        for two in failing:
            answers = [found.states[n].apply(Receive(0)).answer for n in (one, two)]
            if two not in hopeful and answers[0] == answers[1]:
                return _same_answer(found.run_to(one), found.run_to(two), answers[0], bounds)
    text = "the answer of a failed Receive decides whether a later one can succeed"
    return Proof(Method.EXHAUSTIVE, text, bounds, len(found.states))


def _can_receive(start: Channels) -> bool:
    """Whether a state leads to one that has something to receive."""
    return any(state.held(0) for state in Exploration(ModelSystem(start)).states)


def _same_answer(
    hopeful: Run[Channels], hopeless: Run[Channels], answer: str, bounds: str
) -> Counterexample:
    def replay() -> None:
        wait, end = (performed(run.states[0], run) for run in (hopeful, hopeless))
        if wait.apply(Receive(0)) != end.apply(Receive(0)):
            raise NotReplayed("the answers differ")
        if not _can_receive(wait) or _can_receive(end):
            raise NotReplayed("both may, or neither may, receive something later")

    ways = (
        (*lines_of(run), f"Receive 0 → answer: {answer}; {later}")
        for run, later in ((hopeful, "later there may be a value"), (hopeless, "there never will"))
    )
    one, two = ways
    text = "the same answer where it pays to wait and where it never will"
    steps = (*one, "and the other run", *two)
    return Counterexample(Method.EXHAUSTIVE, text, steps, replay, bounds)


@CLAIMS.claim(
    "channel-none-meaning-repaired",
    model="M04",
    source=f"{SEED}, repair of the result",
    statement=(
        "When a Receive that fails answers WouldBlock or Closed: after WouldBlock a later one can "
        "succeed, after Closed none ever will; for every capacity of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def none_meaning_repaired(design: Channels = REPAIRED) -> Finding:
    """All pairs for small n; z3 for any capacity."""
    explored = weighed(_telling(replace(design, capacity=n)) for n in CAPACITIES)
    if explored.counterexamples:
        return explored
    now = logic.system[logic.channel]
    fails = z3.Length(logic.held(now)) == 0
    send = logic.steps(design)[0]
    then = logic.steps(design, send.after)[1]
    waiting = fails, z3.Not(logic.is_closed(now)), logic.capacity >= 1
    prove(z3.And(send.enabled, then.enabled), *waiting)
    over = z3.And(fails, logic.is_closed(now))
    for step in logic.steps(design):
        after = step.after[logic.channel]
        still = z3.And(z3.Length(logic.held(after)) == 0, logic.is_closed(after))
        prove(still, over, step.enabled)
    text = (
        "nothing to receive and open: Send, then Receive succeed; nothing to receive and closed: "
        "so it stays"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# --------------------------------------------------------------------------------- normal form


@CLAIMS.claim(
    "channel-empty-normal-form",
    model="M04",
    source=f"{SEED}, type ChannelState",
    statement="Empty is the only state of an open channel that holds nothing.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def empty_normal_form(design: Channels = AS_WRITTEN) -> Finding:
    """As a statement on the type; and on the systems that are reached from normal ones."""
    of_type = z3.Or(
        logic.is_closed(logic.system[logic.channel]),
        z3.Length(logic.held(logic.system[logic.channel])) > 0,
        logic.system[logic.channel] == logic.Contents.empty,
    )
    if counterexample_of(of_type) is None:
        return Finding((Proof(Method.Z3_PROOF, "Empty is the only such value of the type"),))
    second = replace(design, system=(Buffered(()),))

    def replay() -> None:
        if second.held(0) or isinstance(second.system[0], Empty | Closed):
            raise NotReplayed("Buffered [] is no second state of that kind")
        if second.apply(Receive(0)).after is not None:
            raise NotReplayed("something can be received")

    wrong = Counterexample(
        Method.Z3_MODEL,
        "Buffered [] is a value of the type, holds nothing, is open, and is not Empty",
        ("start: []", "Receive 0 → None"),
        replay,
    )
    for repaired in (design, REPAIRED):
        _stays_normal(repaired)
    proof = Proof(
        Method.Z3_PROOF,
        "never Buffered []: inductive under all operations, as written and repaired",
        under="no channel is Buffered [] at the start",
    )
    return Finding((proof,), (wrong,))


def _stays_normal(design: Channels) -> None:
    prove(logic.normal(logic.ALL_EMPTY[logic.other]))
    before = logic.system[logic.other]
    for step in logic.steps(design):
        prove(logic.normal(step.after[logic.other]), logic.normal(before), step.enabled)


@CLAIMS.claim(
    "channel-frame",
    model="M04",
    source=f"{SEED}, law",
    statement="An operation on one channel changes no other.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def frame() -> Finding:
    """For any two channels, as written and as repaired."""
    for design in (AS_WRITTEN, REPAIRED):
        for step in logic.steps(design):
            same = step.after[logic.other] == logic.system[logic.other]
            prove(same, logic.other != logic.channel)
    text = (
        "after send, receive and close, every other channel is as before; as written and repaired"
    )
    two = replace(REPAIRED, system=(Empty(), Empty()))
    found: Exploration[Channels] = Exploration(ModelSystem(two))
    answer = found.always_stepwise(Channels.one_at_a_time)
    if answer.run is not None:
        raise Undecided("z3 proves it for its own definitions, and the model does not keep it")
    bounds = "capacity 1, 2 values, 2 channels"
    seen = Proof(Method.EXHAUSTIVE, "a step changes one channel at most", bounds, len(found.states))
    return Finding((Proof(Method.Z3_PROOF, text), seen))


# ---------------------------------------------------------------------------- creating channels


@CLAIMS.claim(
    "channel-capacity-zero",
    model="M05",
    source="seed 002, section 2.1, create_channel",
    statement="create_channel(type, capacity) returns Ok or Err for every capacity: usize.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="channel-capacity-zero-repaired",
)
def capacity_zero(at_least_one: bool = False, at_most_permits: bool = False) -> Finding:
    """z3 looks for the smallest capacity with which tokio panics, and the smallest above 0."""
    checks = (at_least_one, at_most_permits)
    wrong = [_least_panic(floor, checks) for floor in (0, 1)]
    found = dict.fromkeys(capacity for capacity in wrong if capacity is not None)
    if found:
        return Finding(counterexamples=tuple(_panics(capacity, checks) for capacity in found))
    text = "whatever create_channel lets through, tokio accepts; the rest is refused with Err"
    return Finding((Proof(Method.Z3_PROOF, text),))


def _least_panic(floor: int, checks: tuple[bool, bool]) -> int | None:
    """The least capacity from `floor` on with which create_channel panics; None: proved, none."""
    capacity = z3.Int("capacity")
    search = z3.Optimize()
    search.add(capacity >= floor, capacity < 2**64)
    search.add(*create_channel_conditions(capacity, *checks))
    search.add(z3.Not(z3.And(*mpsc_channel_conditions(capacity))))
    search.minimize(capacity)
    answer = search.check()
    if answer == z3.unknown:
        raise Undecided(f"z3 does not know: {search.reason_unknown()}")
    return int(search.model()[capacity].as_long()) if answer == z3.sat else None


def _panics(capacity: int, checks: tuple[bool, bool]) -> Counterexample:
    def replay() -> None:
        try:
            create_channel(capacity, *checks)
        except Panicked:
            return
        raise NotReplayed("it returns")

    steps = (f"create_channel(type, {capacity})", f"mpsc::channel({capacity}) panics")
    return Counterexample(Method.Z3_MODEL, "neither Ok nor Err is returned", steps, replay)


@CLAIMS.claim(
    "channel-capacity-zero-repaired",
    model="M05",
    source="seed 002, section 2.1, repair of create_channel",
    statement=(
        "When create_channel refuses capacities below 1 and above Semaphore::MAX_PERMITS, it "
        "returns Ok or Err for every capacity: usize."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def capacity_zero_repaired(at_least_one: bool = True, at_most_permits: bool = True) -> Finding:
    """All 2^64 capacities; both limits are needed."""
    return capacity_zero(at_least_one, at_most_permits)
