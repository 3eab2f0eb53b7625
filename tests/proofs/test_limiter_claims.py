"""Claims on rate limiters and the fallback: their counterexamples, what each repair does, and that
z3 is asked of what the models do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models.fallback import AS_WRITTEN as UNREPAIRED_FALLBACK
from cospec.models.fallback import REPAIRED as REPAIRED_FALLBACK
from cospec.models.fallback import REPAIRS as FALLBACK_REPAIRS
from cospec.models.model import ModelSystem
from cospec.models.sliding_window import AS_WRITTEN, REPAIRED, REPAIRS, SlidingWindow
from cospec.models.token_bucket import Locks, TokenBucket
from cospec.proofs import token_logic, window_logic
from cospec.proofs.claims import fallback, sliding_window, token_bucket
from cospec.proofs.evidence import counterexample_of, prove
from cospec.proofs.register import Counterexample, Finding, Truth, Undecided


def verdict(finding: Finding) -> Truth | None:
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict


@pytest.mark.parametrize(
    ("check", "steps"),
    [
        (sliding_window.limit, 3),
        (sliding_window.expire, 5),
        (sliding_window.clock_skew, 3),
        (sliding_window.stale_now, 6),
        (token_bucket.invariant, 1),
        (token_bucket.burst, 3),
        (token_bucket.distributed, 2),
        (fallback.available, 2),
        (fallback.once, 3),
        (fallback.selective, 2),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_counterexamples_are_shortest(check: Callable[[], Finding], steps: int) -> None:
    finding = check()
    assert verdict(finding) in (Truth.FALSE, Truth.CONDITIONAL)
    assert len(finding.counterexamples[0].steps) - 1 == steps


def test_with_a_limit_of_one_the_script_as_written_keeps_it() -> None:
    proofs = [proof for proof in sliding_window.limit().proofs if proof.states is not None]
    assert [proof.bounds.split(",")[0] for proof in proofs] == ["max_requests 1"]


# ------------------------------------------------------------------------------- the repairs


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_the_limit_is_not_kept(repair: str) -> None:
    assert verdict(sliding_window.limit_repaired()) is Truth.TRUE
    finding = sliding_window.limit_repaired(replace(REPAIRED, **{repair: False}))
    assert verdict(finding) is Truth.FALSE


@pytest.mark.parametrize("name", ["limit", "expire", "clock_skew", "stale_now"])
def test_with_the_repairs_each_claim_holds(name: str) -> None:
    assert verdict(getattr(sliding_window, name)(REPAIRED)) is Truth.TRUE


def test_without_a_script_a_check_may_become_untrue() -> None:
    finding = sliding_window.atomic(scripted=False)
    assert verdict(finding) is Truth.FALSE
    (wrong,) = finding.counterexamples
    assert [line.split(" ")[0] for line in wrong.steps[1:]] == [
        "checks.0",
        "checks.0",
        "adds.0",
        "adds.0",
    ]


def test_without_a_repair_a_bucket_is_not_kept_to() -> None:
    assert verdict(token_bucket.burst_repaired(checked=False)) is not Truth.TRUE
    below_nothing = token_bucket._on_small_numbers(checked=False)
    assert isinstance(below_nothing, Counterexample)
    below_nothing.replay()
    assert below_nothing.steps[0].startswith("start: capacity -1")
    assert verdict(token_bucket.distributed_repaired(shared=False)) is Truth.FALSE
    assert verdict(token_bucket.distributed(shared=True)) is Truth.TRUE


def test_locks_taken_in_two_orders_block() -> None:
    two = Locks((("tokens", "last_refill"), ("last_refill", "tokens")), (0, 0))
    assert verdict(token_bucket.lock_order(two)) is Truth.FALSE


@pytest.mark.parametrize(
    ("repair", "check"),
    [
        ("classifying", fallback.selective_repaired),
        ("reads_only", fallback.once_repaired),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_without_a_repair_a_claim_on_the_fallback_fails(
    repair: str, check: Callable[..., Finding]
) -> None:
    assert verdict(check(REPAIRED_FALLBACK)) is Truth.TRUE
    assert verdict(check(replace(REPAIRED_FALLBACK, **{repair: False}))) is Truth.FALSE


def test_without_a_timeout_a_request_may_wait_for_ever() -> None:
    assert set(FALLBACK_REPAIRS) == {"classifying", "reads_only", "timeouts"}
    assert verdict(fallback.available_repaired()) is Truth.TRUE
    assert verdict(fallback.available_repaired(timeouts=0)) is Truth.FALSE
    assert verdict(fallback.available(replace(UNREPAIRED_FALLBACK, timeouts=1))) is Truth.TRUE
    assert verdict(fallback.selective(replace(UNREPAIRED_FALLBACK, classifying=True))) is Truth.TRUE


# ------------------------------------------------------------------------- what z3 is asked


def logged(times: tuple[int, ...], first: int, now: int) -> window_logic.Log:
    held = window_logic.EMPTY.times
    for place, time in enumerate(times):
        held = z3.Store(held, place, z3.RealVal(time))
    return window_logic.Log(held, z3.IntVal(len(times)), z3.IntVal(first), z3.RealVal(now))


def after_script(
    limiter: SlidingWindow, times: tuple[int, ...], now: int
) -> tuple[bool, SlidingWindow, tuple[int, ...]]:
    allowed, after = limiter.allow(0)
    return allowed, after, (*times, now) if allowed else times


@pytest.mark.parametrize("limit", [1, 2])
def test_the_log_is_what_the_script_leaves(limit: int) -> None:
    numbers = ((window_logic.limit, z3.IntVal(limit)), (window_logic.window, z3.RealVal(2)))
    start = replace(REPAIRED, max_requests=limit, window=2)
    runs = {(start, (), 0)}
    checked = 0
    for _ in range(5):
        following = set()
        for limiter, times, now in sorted(runs, key=str):
            following.add((limiter.tick(), times, now + 1))
            allowed, after, longer = after_script(limiter, times, now)
            following.add((after, longer, now))
            before = logged(times, len(times) - len(limiter.scores), now)
            left = logged(longer, len(longer) - len(after.scores), now)
            said = window_logic.script(before, left, z3.BoolVal(allowed))
            denied = window_logic.script(before, left, z3.BoolVal(not allowed))
            assert counterexample_of(z3.substitute(said, *numbers)) is None
            assert counterexample_of(z3.Not(z3.substitute(denied, *numbers))) is None
            ages = tuple(sorted(now - time for time in longer[len(longer) - len(after.scores) :]))
            assert after.scores == ages
            checked += 1
        runs = following
    assert checked > 20


def test_the_bucket_of_z3_does_what_the_model_does() -> None:
    some = [Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(2)]
    for most, refilled, left, waited, asked in product(some, some, some, some[1:], some):
        for checked in (False, True):
            made = token_logic.call(
                z3.Q(left.numerator, left.denominator),
                z3.Q(waited.numerator, waited.denominator),
                z3.Q(asked.numerator, asked.denominator),
                checked,
            )
            given = [
                (token_logic.capacity, z3.Q(most.numerator, most.denominator)),
                (token_logic.rate, z3.Q(refilled.numerator, refilled.denominator)),
            ]
            bucket = TokenBucket(most, refilled, left)
            if checked and (most < 0 or refilled < 0):
                continue
            allowed, after = replace(bucket, checked=checked).allow(waited, asked)
            assert z3.is_true(z3.simplify(z3.substitute(made.allowed, *given))) == allowed
            found = z3.simplify(z3.substitute(made.after, *given))
            assert Fraction(found.numerator_as_long(), found.denominator_as_long()) == after.tokens


def test_z3_refutes_the_induction_where_one_more_is_allowed() -> None:
    before, after = window_logic.log("before"), window_logic.log("after")
    step = window_logic.script(before, after, z3.Bool("allowed"))
    known = (window_logic.in_order(before), window_logic.held(before), window_logic.spaced(before))
    prove(window_logic.spaced(after), window_logic.SENSIBLE, *known, step)
    more = z3.substitute(step, (window_logic.limit, window_logic.limit + 1))
    with pytest.raises(Undecided):
        prove(window_logic.spaced(after), window_logic.SENSIBLE, *known, more)


def test_z3_refutes_what_holds_of_no_bucket() -> None:
    tokens, elapsed, needed = z3.Reals("tokens elapsed needed")
    made = token_logic.call(tokens, elapsed, needed)
    inside = z3.And(tokens >= 0, tokens <= token_logic.capacity)
    with pytest.raises(Undecided):
        prove(made.after <= token_logic.capacity, token_logic.SENSIBLE, inside, elapsed >= 0)


@pytest.mark.parametrize(("limit", "states"), [(1, 124), (2, 191)])
def test_all_states_of_a_limiter(limit: int, states: int) -> None:
    found: Exploration[SlidingWindow] = Exploration(
        ModelSystem(replace(AS_WRITTEN, unique=True, max_requests=limit))
    )
    assert len(found.states) == states
