"""Claims on the token bucket (M18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TypeAlias

import networkx
import z3

from cospec.models.token_bucket import ALLOW, Competitors, Instances, Locks, TokenBucket
from cospec.proofs.evidence import (
    always,
    counterexample_of,
    deadlock_free,
    each,
    each_part,
    leading,
    prove,
)
from cospec.proofs.register import (
    Counterexample,
    Evidence,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
    weighed,
)
from cospec.proofs.token_logic import Call, call, calls, capacity, rate

CLAIMS = Register()

SEED = "seed 004, section 2.2"

#: How many calls a counterexample may take.
CALLS = 4

#: Three calls of `allow` at a time.
THREE_CALLS = Locks((ALLOW,) * 3)

SENSIBLE = "capacity, refill_rate and every tokens_needed are at least 0"

_tokens, _elapsed, _needed, _since, _spent, _later = z3.Reals(
    "tokens elapsed needed since spent later"
)
_sensible = z3.And(capacity >= 0, rate >= 0)


#: A capacity, a rate, and calls: the time since the last one, and the tokens that are needed.
_Case: TypeAlias = tuple[int, int, tuple[tuple[int, int], ...]]


# ---------------------------------------------------------------------------- runs of a bucket


@dataclass(frozen=True, slots=True)
class History:
    """What calls of a new bucket come to: the time that they took, what they took out of it, the
    bucket after them, and whether all that was refused was below 0 or not there."""

    elapsed: Fraction
    taken: Fraction
    bucket: TokenBucket
    refused_for_a_reason: bool
    lines: tuple[str, ...]


def _performed(bucket: TokenBucket, asked: list[tuple[Fraction, Fraction]]) -> History:
    lines = [f"start: capacity {bucket.capacity}, {bucket.refill_rate} tokens a second"]
    time = taken = Fraction(0)
    for_a_reason = True
    for elapsed, needed in asked:
        there = min(bucket.tokens + elapsed * bucket.refill_rate, bucket.capacity)
        allowed, bucket = bucket.allow(elapsed, needed)
        for_a_reason = for_a_reason and (allowed or not 0 <= needed <= there)
        time += elapsed
        taken += max(needed, Fraction(0)) if allowed else 0
        answer = "true" if allowed else "false"
        lines.append(f"{elapsed} s later: allow({needed}) → {answer}, {bucket.tokens} tokens")
    return History(time, taken, bucket, for_a_reason, tuple(lines))


def within_capacity(history: History) -> bool:
    """The bucket holds at least 0 and at most its capacity."""
    return 0 <= history.bucket.tokens <= history.bucket.capacity


def within_rate(history: History) -> bool:
    """What is taken is at most the capacity and what has been refilled."""
    bucket = history.bucket
    return history.taken <= bucket.capacity + bucket.refill_rate * history.elapsed


def _within_capacity(made: list[Call]) -> z3.BoolRef:
    return z3.And(made[-1].after >= 0, made[-1].after <= capacity)


def _within_rate(made: list[Call]) -> z3.BoolRef:
    elapsed = z3.Sum([each.elapsed for each in made])
    return z3.Sum([each.taken for each in made]) <= capacity + rate * elapsed


def _broken_without(
    hypothesis: str,
    holds: Callable[[list[Call]], z3.BoolRef],
    judge: Callable[[History], bool],
    checked: bool = False,
) -> Counterexample | None:
    """The fewest calls of a new bucket that break something where one hypothesis is left out;
    None: so many calls break nothing. With `checked`, the listing sees to all of them."""
    for number in range(1, CALLS + 1):
        made = calls(number, checked)
        parts = {
            "capacity": [capacity >= 0],
            "refill_rate": [rate >= 0],
            "tokens_needed": [] if checked else [each.needed >= 0 for each in made],
        }
        if not checked:
            parts[hypothesis] = []
        whole = [z3.IsInt(term) for term in (capacity, rate, *(each.needed for each in made))]
        least = -1 if hypothesis == "capacity" else 1  # nothing is learnt from an empty bucket
        small = [capacity >= least, capacity <= 5, *(each.elapsed >= 0 for each in made)]
        given = [part for each in parts.values() for part in each]
        model = counterexample_of(holds(made), *given, *whole, *small)
        if model is not None:
            return _counterexample(model, made, hypothesis, judge, checked)
    return None


def _counterexample(
    model: z3.ModelRef,
    made: list[Call],
    hypothesis: str,
    judge: Callable[[History], bool],
    checked: bool,
) -> Counterexample:
    def value(term: z3.ArithRef) -> Fraction:
        found = model.eval(term.translate(model.ctx), model_completion=True)
        return Fraction(found.numerator_as_long(), found.denominator_as_long())

    bucket = TokenBucket(value(capacity), value(rate), value(capacity), checked)
    asked = [(value(each.elapsed), value(each.needed)) for each in made]

    def replay() -> None:
        if judge(_performed(bucket, asked)):
            raise NotReplayed("the bucket keeps it")

    text = f"where {hypothesis} may be below 0, not so: {' '.join((judge.__doc__ or '').split())}"
    lines = _performed(bucket, asked).lines
    return Counterexample(Method.Z3_MODEL, text.rstrip("."), lines, replay)


def _found(
    holds: Callable[[list[Call]], z3.BoolRef], judge: Callable[[History], bool], checked: bool
) -> tuple[Counterexample, ...]:
    hypotheses = ("tokens_needed",) if checked else ("tokens_needed", "refill_rate", "capacity")
    each = [_broken_without(name, holds, judge, checked) for name in hypotheses]
    return tuple(wrong for wrong in each if wrong is not None)


def _invariant(checked: bool) -> Proof:
    """Proves that a bucket holds what it may, from the start and after every call."""
    made = call(_tokens, _elapsed, _needed, checked)
    asked = [] if checked else [_needed >= 0]
    inside = z3.And(_tokens >= 0, _tokens <= capacity)
    prove(z3.And(capacity >= 0, capacity <= capacity), _sensible)
    prove(_within_capacity([made]), _sensible, inside, _elapsed >= 0, *asked)
    return Proof(Method.Z3_PROOF, "0 ≤ tokens ≤ capacity is inductive, over the reals")


def _burst(checked: bool) -> Proof:
    """Proves that what is taken in an interval, and what is left, is at most what there can be.

    The interval begins at any time, `since` after the last refill; `elapsed` later comes its first
    call, and `later` after that another one.
    """
    asked = [] if checked else [_needed >= 0]
    inside = z3.And(_tokens >= 0, _tokens <= capacity)
    times = z3.And(_elapsed >= 0, _since >= 0, _later >= 0)
    first = call(_tokens, _since + _elapsed, _needed, checked)
    prove(first.taken + first.after <= capacity + rate * _elapsed, _sensible, inside, times, *asked)
    known = z3.And(inside, _spent + _tokens <= capacity + rate * _elapsed)
    more = call(_tokens, _later, _needed, checked)
    bound = capacity + rate * (_elapsed + _later)
    prove(_spent + more.taken + more.after <= bound, _sensible, known, times, *asked)
    prove(_spent <= capacity + rate * _elapsed, known)
    text = "taken + tokens ≤ capacity + refill_rate · Δ is inductive, from any time on"
    return Proof(Method.Z3_PROOF, f"{text}, over the reals")


# --------------------------------------------------------------------------------- the limits


@CLAIMS.claim(
    "token-invariant",
    model="M18",
    source=f"{SEED}, TokenBucketRateLimiter",
    statement="0 ≤ tokens ≤ capacity, after new and after every call of allow, over the reals.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="token-burst-repaired",
)
def invariant(checked: bool = False) -> Finding:
    """A request for less than nothing fills the bucket above its capacity."""
    wrong = _found(_within_capacity, within_capacity, checked)
    if checked:
        return Finding(counterexamples=wrong) if wrong else Finding((_invariant(checked),))
    return Finding((replace(_invariant(checked), under=SENSIBLE),), wrong)


@CLAIMS.claim(
    "token-burst",
    model="M18",
    source=f"{SEED}, law",
    statement=(
        "In any interval of length Δ the requests that are allowed take at most "
        "capacity + refill_rate · Δ tokens, over the reals."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
    repaired="token-burst-repaired",
)
def burst(checked: bool = False) -> Finding:
    """What is put back can be taken once more."""
    wrong = _found(_within_rate, within_rate, checked)
    if checked:
        return Finding(counterexamples=wrong) if wrong else Finding((_burst(checked),))
    return Finding((replace(_burst(checked), under=SENSIBLE),), wrong)


@CLAIMS.claim(
    "token-burst-repaired",
    model="M18",
    source=f"{SEED}, repair of new and allow",
    statement=(
        "When new refuses a capacity or a rate below 0, and allow a request for less than nothing, "
        "then 0 ≤ tokens ≤ capacity, and in any interval of length Δ at most "
        "capacity + refill_rate · Δ tokens are taken: for all calls, over the reals."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def burst_repaired(checked: bool = True) -> Finding:
    """Both at once, whatever is asked for; and the listing itself, on small numbers."""
    found = [invariant(checked), burst(checked)]
    proofs = (part for finding in found for part in finding.proofs)
    wrong = (part for finding in found for part in finding.counterexamples)
    return each_part([*proofs, *wrong, _on_small_numbers(checked)])


def _on_small_numbers(checked: bool) -> Evidence:
    """Both of all that `new` makes, after one or two calls. As what refuses everything keeps to any
    limit, each refusal has to have its reason."""
    numbers = product((-1, 0, 1, 2), (-1, 0, 1))
    asked = list(product((0, 1), (-1, 0, 1, 2)))
    sequences = [*product(asked), *product(asked, asked)]
    cases = [(*bucket, made) for bucket in numbers for made in sequences]

    def history(case: _Case) -> History | None:
        most, refilled, made = case
        try:
            bucket = TokenBucket(most, refilled, most, checked)
        except ValueError:
            return None
        return _performed(bucket, [(Fraction(time), Fraction(needed)) for time, needed in made])

    def holds(case: _Case) -> bool:
        most, refilled, _ = case
        made = history(case)
        if made is None:
            return most < 0 or refilled < 0
        return within_capacity(made) and within_rate(made) and made.refused_for_a_reason

    def show(case: _Case) -> tuple[str, ...]:
        made = history(case)
        return ("new refuses the bucket",) if made is None else made.lines

    text = "both hold, and nothing is refused but what is below 0 and what is not there"
    bounds = (
        "capacity -1 to 2, rate -1 to 1, 1 or 2 calls: at once or 1 s later, for -1 to 2 tokens"
    )
    return each(cases, holds, text, bounds, show)


# --------------------------------------------------------------------------------- liveness


@CLAIMS.claim(
    "token-liveness",
    model="M18",
    source=f"{SEED}, law",
    statement="Every request is allowed at last if it is tried again and again.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def liveness() -> Finding:
    """Not if it is for more than the capacity; nor without a refill; nor beside others who take
    each token as it comes. Otherwise when enough has been refilled, and trying costs nothing."""
    inside = z3.And(_tokens >= 0, _tokens <= capacity)
    waited = z3.And(_needed >= 0, _needed <= capacity, rate > 0, _elapsed >= _needed / rate)
    prove(call(_tokens, _elapsed, _needed).allowed, inside, waited)
    tried = call(_tokens, _elapsed, _needed)
    again = call(tried.after, _later, _needed)
    untried = call(_tokens, _elapsed + _later, _needed)
    times = z3.And(_elapsed >= 0, _later >= 0)
    same = z3.And(again.allowed == untried.allowed, again.after == untried.after)
    prove(same, _sensible, inside, times, z3.Not(tried.allowed))
    proof = Proof(
        Method.Z3_PROOF,
        "allowed once tokens_needed / refill_rate has passed, however often it was tried before",
        under="0 ≤ tokens_needed ≤ capacity, refill_rate > 0, and nobody else asks",
    )
    text = "the large request is allowed at last"
    starved = leading(
        Competitors(), Competitors.served_at_last, text, "capacity 2, 1 token each time"
    )
    alone = replace(Competitors(), competing=False)
    served = leading(alone, Competitors.served_at_last, text, "capacity 2, no competitor")
    if isinstance(starved, Proof) or isinstance(served, Counterexample):
        return weighed([starved, served])
    wrong = (_never(1, 1, 2, 1), _never(1, 0, 1, 0), starved)
    return Finding((proof, served), wrong)


def _never(most: int, refilled: int, asked: int, left: int) -> Counterexample:
    """A request that no waiting helps: proved for all times, and tried."""
    numbers = (capacity == most, rate == refilled, _needed == asked)
    within = z3.And(_tokens >= 0, _tokens <= left)
    made = call(_tokens, _elapsed, _needed)
    prove(z3.Not(made.allowed), *numbers, within, _elapsed >= 0)
    prove(made.after <= left, *numbers, within, _elapsed >= 0)
    bucket = TokenBucket(Fraction(most), Fraction(refilled), Fraction(left))

    def replay() -> None:
        after = bucket
        for wait in (0, 1, 10**9):
            allowed, after = after.allow(wait, asked)
            if allowed:
                raise NotReplayed(f"it is allowed after {wait} s")

    lines = (
        f"start: capacity {most}, {refilled} tokens a second, {left} tokens",
        f"any time later: allow({asked}) → false, and so for ever",
    )
    why = "more than the capacity" if asked > most else "an empty bucket that is not refilled"
    return Counterexample(Method.Z3_MODEL, f"{why}: it is never allowed", lines, replay)


# ------------------------------------------------------------------------- locks and processes


@CLAIMS.claim(
    "token-lock-order",
    model="M18",
    source=f"{SEED}, locks in allow",
    statement="No set of concurrent calls of allow blocks for ever.",
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def lock_order(locks: Locks = THREE_CALLS) -> Finding:
    """Every call takes tokens before last_refill: no circle, however many they are."""
    explored = deadlock_free(locks, "some call can always go on", f"{len(locks.taken)} calls")
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(explored,))
    order = sorted(locks.order())
    if not networkx.is_directed_acyclic_graph(networkx.DiGraph(order)):
        raise Undecided("the order of the locks has a circle, and exploring has found no deadlock")
    edges = "; ".join(f"{wanted} while {held} is held" for held, wanted in order)
    text = f"no circle among the locks, so none of calls, however many there are: {edges}"
    return Finding((Proof(Method.STATIC, text), explored))


@CLAIMS.claim(
    "token-distributed",
    model="M18",
    source="seed 004, section 2, title (distributed rate limiting)",
    statement=(
        "A service that runs in several processes allows no more requests in any interval of "
        "length Δ than capacity + refill_rate · Δ."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="token-distributed-repaired",
)
def distributed(shared: bool = False) -> Finding:
    """Each process has a bucket of its own."""
    text = "the service allows no more than capacity + refill_rate · Δ"
    bounds = "2 processes, capacity 1, 1 token each time, for 2 times"
    return weighed([always(Instances(shared=shared), Instances.within_limit, text, bounds)])


@CLAIMS.claim(
    "token-distributed-repaired",
    model="M18",
    source="seed 004, section 2, repair of TokenBucketRateLimiter",
    statement=(
        "When all processes ask one shared bucket, for at least 0 tokens each time, capacity and "
        "refill_rate being at least 0 as well, the service allows no more in any interval of "
        "length Δ than capacity + refill_rate · Δ, however many processes there are."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def distributed_repaired(shared: bool = True) -> Finding:
    """The calls of all processes are calls of one bucket, one after the other (token-burst)."""
    explored = distributed(shared)
    if explored.counterexamples:
        return explored
    return Finding((_burst(checked=False), *explored.proofs))
