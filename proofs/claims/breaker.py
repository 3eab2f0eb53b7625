"""Claims on the circuit breaker (M19), at the granularity of its locks.

Checks take the design as an argument: as written the claims fail, with the repairs they hold, and
without any one of these some fail again, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import networkx

import cospec.spec
from cospec.checker.exploration import Exploration
from cospec.models.circuit_breaker import (
    AS_WRITTEN,
    HALF_OPEN,
    IN_SERVICE,
    OPEN,
    REPAIRED,
    SERVER_ERROR,
    Caller,
    CircuitBreaker,
    lock_order,
    tripped,
)
from cospec.models.counted_breaker import CountedBreaker, counted
from cospec.models.model import ModelSystem
from cospec.models.sequential_breaker import SequentialBreaker
from cospec.proofs.breaker_properties import (
    accounted,
    always_kept,
    bounds_of,
    called_by,
    closed_on_evidence,
    failure_reopens,
    few_probes,
    for_all_thresholds,
    kept_stepwise,
    legal_edge,
    not_prolonged,
    opened_in_time,
    opened_on_count,
    rejects_in_open,
    stays_open,
    successes_kept,
)
from cospec.proofs.evidence import deadlock_free, leading, refined_by, refines
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
    weighed,
)
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import Hide, Process
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 004, section 3.1"

#: Callers of a breaker with several locks block one another within so many states.
DEADLOCK_WITHIN = 12_000

#: failure_threshold and success_threshold.
THRESHOLDS = ((1, 1), (1, 2), (2, 1), (2, 2))


@cache
def _script() -> Session:
    """spec/library/circuit_breaker.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "circuit_breaker.csp")


# ----------------------------------------------------------------------------- Open and HalfOpen


@CLAIMS.claim(
    "breaker-open-rejects",
    model="M19",
    source=f"{SEED}, call",
    statement="While the breaker is Open and its timeout is not over, no call goes on to f.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def open_rejects(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """From the start, where there is no stamp yet; and from a breaker that was open before, where a
    caller that has found the timeout over is slow."""
    new = called_by(design)
    return _both(kept_stepwise(new, rejects_in_open), kept_stepwise(tripped(new), rejects_in_open))


def _both(*parts: Proof | Counterexample) -> Finding:
    """All that was found, not only the first counterexample."""
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    proofs = tuple(part for part in parts if isinstance(part, Proof))
    return Finding(() if wrong else proofs, wrong)


@CLAIMS.claim(
    "breaker-reopen-timeout",
    model="M19",
    source=f"{SEED}, call and on_failure",
    statement="The breaker stays Open for the timeout after each time that it opens.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def reopen_timeout(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """From a breaker that was open before: `state` is written first, the stamp later."""
    return weighed([kept_stepwise(tripped(called_by(design)), stays_open)])


@CLAIMS.claim(
    "breaker-single-probe",
    model="M19",
    source=f"{SEED}, HalfOpen in call",
    statement="In HalfOpen at most success_threshold calls run at a time that began in it.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def single_probe(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """From a breaker that has opened and whose timeout is over."""
    return weighed([always_kept(tripped(called_by(design)), few_probes)])


@CLAIMS.claim(
    "breaker-close-evidence",
    model="M19",
    source=f"{SEED}, on_success",
    statement=(
        "The breaker goes from HalfOpen to Closed only after success_threshold successes of calls "
        "that began in HalfOpen."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def close_evidence(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """A call that began in Closed is slow, and its success is taken for one of a probe."""
    return weighed([kept_stepwise(called_by(design), closed_on_evidence)])


@CLAIMS.claim(
    "breaker-legal-edges",
    model="M19",
    source=f"{SEED}, CircuitState",
    statement=(
        "The state changes only from Closed to Open, from Open to HalfOpen, and from HalfOpen to "
        "Open or Closed."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def legal_edges(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """Two callers find the timeout over, and the slower one sets HalfOpen much later."""
    return weighed([kept_stepwise(tripped(called_by(design)), legal_edge)])


@CLAIMS.claim(
    "breaker-success-reset",
    model="M19",
    source=f"{SEED}, success_count in call",
    statement="Each success in HalfOpen, of a call that began in it, counts until it ends.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def success_reset(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """With success_threshold 2: one caller counts, another sets the count to 0."""
    return weighed([always_kept(tripped(called_by(design, successes=2)), successes_kept)])


@CLAIMS.claim(
    "breaker-late-failure",
    model="M19",
    source=f"{SEED}, on_failure",
    statement=(
        "Failures of calls that began before the breaker opened do not prolong the time that it "
        "stays Open."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-repaired",
)
def late_failure(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """Two calls begin in Closed; one opens the breaker, the other fails after the timeout."""
    return weighed([kept_stepwise(called_by(design), not_prolonged)])


# ------------------------------------------------------------------------------------- deadlock


@CLAIMS.claim(
    "breaker-deadlock-free",
    model="M19",
    source=f"{SEED}, call, on_success and on_failure",
    statement="No set of concurrent calls blocks for ever.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-deadlock-free-repaired",
)
def no_deadlock(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """Three callers, from a breaker that has opened and whose timeout is over; all states. Two
    callers do not suffice, and the order of the locks tells why three do."""
    three = tripped(replace(design, callers=(Caller(),) * 3))
    found = deadlock_free(three, "some caller can always go on", bounds_of(three))
    two = [_two_go_on(design, fair) for fair in (True, False)]
    wrong = tuple(part for part in (found, *two) if isinstance(part, Counterexample))
    proofs = tuple(part for part in (found, *two) if isinstance(part, Proof))
    if not wrong:
        return Finding((_ordered(design), *proofs))
    later = [_later_callers(three, part) for part in wrong[:1]]
    return Finding((*proofs, *_cycle(design), *later), wrong)


def _later_callers(start: CircuitBreaker, deadlock: Counterexample) -> Proof:
    """What becomes of callers that come when the others have blocked one another.

    Raises:
        Undecided: one of them gets to f, or back.
    """
    state = start
    for line in deadlock.steps[1:]:
        event = line.split(" → ")[0]
        steps = ModelSystem(state).transitions(state)
        state = next(after for act, after in steps if str(act) == event)
    blocked = len(state.callers)
    more = replace(state, callers=state.callers + (Caller(),) * 2)
    found: Exploration[CircuitBreaker] = Exploration(ModelSystem(more))
    (end,) = [found.states[n] for n, moves in enumerate(found.edges) if not moves]
    went_on = [s for s in found.states if any(c.at == IN_SERVICE for c in s.callers[blocked:])]
    if went_on or end.callers[:blocked] != state.callers:
        raise Undecided("callers that come later go on")
    text = f"of two that come later none gets to f: all end as {end}"
    return Proof(Method.EXHAUSTIVE, text, "5 callers, from the deadlock on", len(found.states))


def _two_go_on(design: CircuitBreaker, fair: bool) -> Proof | Counterexample:
    start = replace(design, callers=(Caller(),) * 2, fair=fair)
    text = "of two callers one can always go on"
    return deadlock_free(start, text, f"{bounds_of(start)}, locks {'fair' if fair else 'not fair'}")


def _cycle(design: CircuitBreaker) -> list[Proof]:
    order = networkx.DiGraph(sorted(lock_order(design)))
    text = "locks asked for while others are held come round in a circle: "
    found = []
    for locks in networkx.simple_cycles(order):
        first = locks.index(min(locks))
        round_again = [*locks[first:], *locks[:first], locks[first]]
        found.append(Proof(Method.STATIC, text + " → ".join(round_again)))
    return found


def _ordered(design: CircuitBreaker) -> Proof:
    """A caller holds one lock while it waits for another, at most; a set of callers that all wait
    for one another would be a circle in this order."""
    if _cycle(design):
        raise Undecided("the order of the locks has a circle, and exploring has found no deadlock")
    edges = sorted(f"{wanted} while {held} is held" for held, wanted in lock_order(design))
    text = "no circle among the locks, so none of callers, however many there are"
    return Proof(Method.STATIC, f"{text}: {'; '.join(edges) or 'one lock'}")


@CLAIMS.claim(
    "breaker-deadlock-free-repaired",
    model="M19",
    source=f"{SEED}, repair of call",
    statement=(
        "When the Option is copied out of last_failure_time before the `if let`, or when one lock "
        "guards all fields, no set of concurrent calls blocks for ever."
    ),
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def no_deadlock_repaired(copying: bool = True, one_lock: bool = True) -> Finding:
    """Each of the two repairs alone: the order of the locks, for any number of callers, and all
    states of few."""
    designs = (replace(AS_WRITTEN, copying=copying), replace(REPAIRED, one_lock=one_lock))
    if not copying or not one_lock:
        unrepaired = tripped(designs[0] if not copying else replace(designs[1], copying=False))
        text = "of three callers one can always go on"
        return weighed([deadlock_free(unrepaired, text, bounds_of(unrepaired), DEADLOCK_WITHIN)])
    explored = [_two_go_on(designs[0], fair) for fair in (True, False)]
    three = replace(designs[1], cancelling=True)
    explored.append(deadlock_free(three, "of three callers one can always go on", bounds_of(three)))
    found = weighed(explored)
    return found if found.counterexamples else Finding((*map(_ordered, designs), *found.proofs))


# ------------------------------------------------------------------ one caller at a time, and more


@CLAIMS.claim(
    "breaker-halfopen-failure",
    model="M19",
    source=f"{SEED}, on_failure",
    statement="A failure of a call that began in HalfOpen opens the breaker again.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="breaker-repaired",
)
def halfopen_failure(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """failure_count is left at its threshold for that, unless an old success comes late and sets it
    to 0."""
    found = kept_stepwise(called_by(design, failures=2), failure_reopens)
    alone = kept_stepwise(called_by(design, 1, 2, 2), failure_reopens)
    if isinstance(found, Proof):
        return weighed([found, alone])
    if isinstance(alone, Counterexample):
        return Finding(counterexamples=(alone, found))
    return Finding((_alone("failure_reopens"),), (found,))


def _alone(name: str) -> Proof:
    proof = for_all_thresholds(SequentialBreaker(), name)
    return replace(proof, under="calls do not overlap")


@CLAIMS.claim(
    "breaker-consecutive",
    model="M19",
    source=f"{SEED}, failure_count",
    statement=(
        "When failure_threshold calls in Closed have failed one after the other and all have "
        "returned, the breaker is not Closed any more; and Open it is only with that many counted."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="breaker-repaired",
)
def consecutive(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """An old success sets the count to 0 late: between failures, or when it is Open already."""
    parts = (
        always_kept(called_by(design, failures=2), opened_in_time),
        always_kept(called_by(design), opened_on_count),
    )
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    if not wrong:
        return weighed(parts)
    alone = [
        always_kept(called_by(design, 1, 2, 2), kept) for kept in (opened_in_time, opened_on_count)
    ]
    failed = tuple(part for part in alone if isinstance(part, Counterexample))
    if failed:
        return Finding(counterexamples=failed)
    return Finding((_alone("opens_in_time"), _alone("same_counts")), wrong)


@CLAIMS.claim(
    "breaker-sequential",
    model="M19",
    source=f"{SEED}, law",
    statement=(
        "With one caller at a time the listing is the standard breaker of three states: the same "
        "calls go on to f, and it is closed, open and half-open at the same time; for all "
        "thresholds of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def sequential(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """Refinement of BREAKER in both directions, lock by lock; whole calls for all thresholds."""
    compared = weighed(_compared(design, hidden=True))
    if compared.counterexamples:
        return compared
    names = ("same_answers", "same_state", "same_counts")
    proved = [for_all_thresholds(SequentialBreaker(), name) for name in names]
    return Finding((*proved, *compared.proofs))


def _compared(design: CircuitBreaker, hidden: bool = False) -> Iterator[Proof | Counterexample]:
    """The model and BREAKER of the library, in both directions; for one caller with the steps
    inside hidden, for three as they are."""
    for failures, successes in THRESHOLDS:
        callers, number = ("{0}", 1) if hidden else ("Callers", 3)
        start = replace(
            called_by(design, number, failures, successes), cancelling=True, observing=False
        )
        process = f"BREAKER({failures}, {successes}, {callers})"
        within = _outside if hidden else _as_it_is
        if hidden:
            process += " \\ {| admits |}"
        there = refines(_script(), process, start, Model.FD, bounds_of(start), within)
        yield there
        if isinstance(there, Proof):
            yield refined_by(_script(), process, start, Model.FD, bounds_of(start), within)


def _as_it_is(process: Process) -> Process:
    return process


def _outside(process: Process) -> Process:
    """A process of one caller, as it is seen by the caller and by the service."""
    seen = {"rejects", "succeeds", "fails", "cancels", "answers_500", "timeout_passes"}
    inside = {action.name for action in ModelSystem(AS_WRITTEN).actions} - seen
    return Hide(process, frozenset(_script().event(f"{name}.0") for name in inside))


# ------------------------------------------------------------------------- what counts as failing


@CLAIMS.claim(
    "breaker-5xx",
    model="M19",
    source=f"{SEED}, call_external_service_with_circuit_breaker",
    statement="A service that answers every request with status 500 opens the breaker.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="breaker-5xx-repaired",
)
def server_errors(design: CircuitBreaker = AS_WRITTEN) -> Finding:
    """reqwest: "An Err will be returned if there was an error while sending request, redirect loop
    was detected or redirect limit was exhausted" (docs of `RequestBuilder::send`); a status is none
    of these."""
    return weighed(_opening(design))


def _opening(design: CircuitBreaker) -> Iterator[Proof | Counterexample]:
    for failures in (1, 2, 3):
        start = replace(called_by(design, 1, failures), answers=(SERVER_ERROR,), observing=False)
        text = "the breaker opens at last when all that the service answers is status 500"
        yield leading(start, lambda state: state.state == OPEN, text, bounds_of(start))


@CLAIMS.claim(
    "breaker-5xx-repaired",
    model="M19",
    source=f"{SEED}, repair of call_external_service_with_circuit_breaker",
    statement=(
        "With `error_for_status()` after `send()`, a service that answers every request with "
        "status 500 opens the breaker, for all thresholds of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def server_errors_repaired(status_checked: bool = True) -> Finding:
    """Every call is a failure then, and Closed lasts for fewer than failure_threshold of them."""
    found = server_errors(replace(AS_WRITTEN, status_checked=status_checked))
    if found.counterexamples:
        return found
    return Finding((for_all_thresholds(SequentialBreaker(), "opens_in_time"), *found.proofs))


@CLAIMS.claim(
    "breaker-cancel",
    model="M19",
    source=f"{SEED}, law",
    statement="Every call that begins is accounted for, although its future may be dropped.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="breaker-repaired",
)
def cancelled(design: CircuitBreaker = AS_WRITTEN, guarded: CircuitBreaker = REPAIRED) -> Finding:
    """As written neither on_success nor on_failure hears of it. That does no harm while there
    are no permits; where there are, a guard has to give them back."""
    found = always_kept(replace(called_by(design), cancelling=True), accounted)
    with_guard = always_kept(replace(called_by(guarded, 3), cancelling=True), accounted)
    if isinstance(with_guard, Counterexample):
        return Finding(counterexamples=(with_guard,))
    if isinstance(found, Proof):
        return Finding((found, with_guard))
    hypothesis = "a drop guard takes note of calls that are dropped; with the other repairs as well"
    proof = replace(for_all_thresholds(CountedBreaker(), "permits_accounted"), under=hypothesis)
    return Finding((proof,), (found,))


# ------------------------------------------------------------------------------------ the repair


@CLAIMS.claim(
    "breaker-repaired",
    model="M19",
    source=f"{SEED}, repair of CircuitBreaker",
    statement=(
        "With one lock, epochs, permits for probes and a drop guard: Open rejects until its "
        "timeout is over and lasts as long, late failures do not prolong it, at most "
        "success_threshold probes run at a time, each success counts, only successes of probes "
        "close the breaker, a failure in HalfOpen opens it, the state changes as it may, no permit "
        "is lost, and nothing blocks; for any number of callers and all thresholds of at least 1."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def repaired(design: CircuitBreaker = REPAIRED) -> Finding:
    """All states of few callers, refinement of BREAKER in both directions, and z3 for any number
    of callers, who are counted then; that this loses nothing is explored, too."""
    explored = weighed(_all_kept(design))
    if explored.counterexamples:
        return explored
    compared = weighed(_compared(design))
    if compared.counterexamples:
        return compared
    names = (
        "open_rejects", "never_prolonged", "single_probe", "successes_count", "close_evidence",
        "legal_edges", "permits_accounted", "failure_reopens",
    )  # fmt: skip
    proved = [for_all_thresholds(CountedBreaker(), name) for name in names]
    return Finding((*proved, _ordered(design), *compared.proofs, *explored.proofs))


def _all_kept(design: CircuitBreaker) -> Iterator[Proof | Counterexample]:
    """What is kept, for two callers and for three: the first counterexample, or one proof each."""
    for callers in (2, 3):
        for failures, successes in THRESHOLDS:
            start = replace(called_by(design, callers, failures, successes), cancelling=True)
            wrong = next((part for part in _kept(start) if isinstance(part, Counterexample)), None)
            yield wrong or _counting(start)


def _kept(start: CircuitBreaker) -> Iterator[Proof | Counterexample]:
    for kept in (few_probes, successes_kept, opened_on_count, accounted):
        yield always_kept(start, kept)
    for step in (rejects_in_open, stays_open, closed_on_evidence, legal_edge, not_prolonged):
        yield kept_stepwise(start, step)
    yield deadlock_free(start, "some caller can always go on", bounds_of(start))


def _counting(start: CircuitBreaker) -> Proof:
    """That each step of the breaker is a step of `CountedBreaker`, its callers counted.

    Raises:
        Undecided: it is not, so that what is proved of the one says nothing of the other.
    """
    found: Exploration[CircuitBreaker] = Exploration(ModelSystem(start))
    for number, moves in enumerate(found.edges):
        before = counted(found.states[number])
        possible = {_normal(after) for _, after in ModelSystem(before).transitions(before)}
        for event, to in moves:
            if _normal(counted(found.states[to])) not in possible:
                raise Undecided(f"{event} of {found.states[number]} is no step of CountedBreaker")
    text = "all this in every state, and each step is one of CountedBreaker, the callers counted"
    return Proof(Method.EXHAUSTIVE, text, bounds_of(start), len(found.states))


def _normal(state: CountedBreaker) -> CountedBreaker:
    """Counts end at their thresholds, and what only matters in one state is nothing elsewhere."""
    probing = state.state.value == HALF_OPEN
    return replace(
        state,
        failures=min(state.failures, state.failure_threshold),
        successes=state.successes if probing else 0,
        evidence=state.evidence if probing else 0,
        permits=state.permits if probing else 0,
    )
