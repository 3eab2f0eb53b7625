"""Rate limiters: the edges of the listings."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cospec.models.sliding_window import (
    AS_WRITTEN,
    REPAIRED,
    REPAIRS,
    Reply,
    SlidingWindow,
    from_request_parts,
)
from cospec.models.token_bucket import Competitors, Instances, Locks, TokenBucket
from cospec.proofs.explored import explore


def at_times(limiter: SlidingWindow, *times: int) -> list[bool]:
    """Whether requests at these times are allowed, one after the other."""
    answers, now = [], 0
    for time in times:
        for _ in range(time - now):
            limiter = limiter.tick()
        now = time
        allowed, limiter = limiter.allow(0)
        answers.append(allowed)
    return answers


def test_a_request_counts_until_the_window_has_passed() -> None:
    one = replace(AS_WRITTEN, max_requests=1, window=3)
    assert at_times(one, 0, 2, 3) == [True, False, True]
    assert at_times(one, 0, 1, 2, 3, 5, 6) == [True, False, False, True, False, True]


def test_requests_of_one_instant_are_one_member_unless_members_are_unique() -> None:
    assert at_times(AS_WRITTEN, 0, 0, 0, 1, 1) == [True, True, True, True, False]
    assert at_times(REPAIRED, 0, 0, 0, 1, 1) == [True, True, False, False, False]


def test_the_key_expires_after_and_not_at_its_time() -> None:
    short = replace(AS_WRITTEN, max_requests=1, window=9, expiry=2)
    assert at_times(short, 0, 2) == [True, False]
    assert at_times(short, 0, 3) == [True, True]
    assert at_times(replace(short, expiring=True), 0, 3, 8, 9) == [True, False, False, True]


def test_a_refused_request_does_not_renew_the_expiry() -> None:
    assert at_times(replace(AS_WRITTEN, max_requests=1, window=9, expiry=2), 0, 1, 2, 3) == [
        True,
        False,
        False,
        True,
    ]


def test_a_script_with_a_clock_that_is_ahead_removes_what_is_not_over() -> None:
    skewed = replace(AS_WRITTEN, max_requests=1, window=3, offsets=(0, 3))
    first, after = skewed.allow(0)
    second, after = after.allow(1)
    assert (first, second, after.scores) == (True, True, (-3,))
    assert not replace(skewed, server_time=True).allow(0)[1].allow(1)[0]


def test_no_request_passes_without_ok_true() -> None:
    assert {reply: from_request_parts(reply) for reply in Reply} == {
        Reply.NO_LIMITER: 500,
        Reply.NO_CONNECTION: 500,
        Reply.SCRIPT_ERROR: 500,
        Reply.REPLY_LOST: 500,
        Reply.ALLOWED: 200,
        Reply.REFUSED: 429,
    }


def test_repairs_are_switches_of_the_model() -> None:
    assert replace(AS_WRITTEN, **dict.fromkeys(REPAIRS, True)) == REPAIRED
    assert explore(REPAIRED).holds
    assert not explore(AS_WRITTEN).holds


# ------------------------------------------------------------------------------ token bucket


def test_a_bucket_is_refilled_up_to_its_capacity_and_no_further() -> None:
    bucket = TokenBucket(5, Fraction(1, 2), 5)
    allowed, bucket = bucket.allow(0, 4)
    assert (allowed, bucket.tokens) == (True, 1)
    allowed, bucket = bucket.allow(1, 2)
    assert (allowed, bucket.tokens) == (False, Fraction(3, 2))
    assert bucket.allow(1, 2) == (True, replace(bucket, tokens=0))
    assert bucket.allow(1_000, 6) == (False, replace(bucket, tokens=5))


def test_a_request_for_less_than_nothing_is_refused_when_it_is_looked_at() -> None:
    assert TokenBucket(5, 1, 5).allow(0, -5)[1].tokens == 10
    assert TokenBucket(5, 1, 5, checked=True).allow(0, -5)[0] is False
    assert TokenBucket(0, 0, 0, checked=True).allow(0, 0)[0] is True
    for capacity, rate in ((-1, 1), (1, -1)):
        TokenBucket(capacity, rate, capacity)
        with pytest.raises(ValueError, match="at least 0"):
            TokenBucket(capacity, rate, capacity, checked=True)


def test_all_states_of_the_small_models() -> None:
    assert explore(Instances(shared=True)).holds
    assert not explore(Instances()).holds
    assert explore(Locks()).holds
    assert len(explore(Competitors()).exploration.states) == 4
