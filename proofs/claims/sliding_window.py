"""Claims on the sliding window limiter (M18)."""

from __future__ import annotations

from dataclasses import replace

import z3

from cospec.models.sliding_window import (
    AS_WRITTEN,
    REPAIRED,
    Reply,
    SlidingWindow,
    from_request_parts,
)
from cospec.proofs import window_logic as logic
from cospec.proofs.evidence import always, each, prove
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    weighed,
)

CLAIMS = Register()

SEED = "seed 004, section 2.1"

_before, _after = logic.log("before"), logic.log("after")
_allowed = z3.Bool("allowed")
_given = (logic.SENSIBLE, logic.in_order(_before), logic.held(_before), logic.spaced(_before))
_step = logic.script(_before, _after, _allowed)


def _bounds(design: SlidingWindow) -> str:
    parts = [f"max_requests {design.max_requests}, window {design.window}"]
    if design.expiry < design.window:
        parts.append(f"expiry {design.expiry}")
    if len(design.offsets) > 1:
        ahead = " and ".join(map(str, design.offsets))
        parts.append(f"servers whose clocks are {ahead} ahead")
    if design.delay:
        parts.append(f"up to 2 requests on their way for up to {design.delay}")
    return ", ".join([*parts, "any number of requests at any times"])


def _within_limit(design: SlidingWindow) -> Proof | Counterexample:
    text = f"at most {design.max_requests} requests are allowed in every window"
    return always(design, SlidingWindow.within_limit, text, _bounds(design))


def _inductive() -> Proof:
    """Proves that the limit is kept with unique members and one clock, whatever the numbers."""
    parts = (logic.in_order, logic.held, logic.spaced)
    for part in parts:
        prove(part(logic.EMPTY), logic.SENSIBLE)
        prove(part(_after), *_given, _step)
    first, last = z3.Ints("first last")
    until = z3.Real("t")
    both = z3.And(until - logic.window < _before.times[first], _before.times[last] <= until)
    apart = (first >= 0, last >= first + logic.limit, last < _before.size)
    prove(z3.Not(both), *_given, *apart)
    expiry = z3.Real("expiry")
    gone = logic.expired(_before, _after.now, expiry)
    removed = logic.removes(_before, _after.first, _after.now)
    prove(_after.first == _before.size, *_given, gone, removed, expiry >= logic.window)
    text = (
        "of max_requests + 1 requests that were allowed, no window has the first and the last: "
        "inductive; a key that expires after the window held nothing any more"
    )
    return Proof(Method.Z3_PROOF, text)


# ---------------------------------------------------------------------------------- the limit


@CLAIMS.claim(
    "sliding-limit",
    model="M18",
    source=f"{SEED}, Lua script in allow",
    statement=(
        "In every window (t - window, t] at most max_requests requests of a key are allowed, on "
        "one server, with a window that is no longer than the expiry of the key."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="sliding-limit-repaired",
)
def limit(design: SlidingWindow = AS_WRITTEN) -> Finding:
    """The member is the time: two requests in one millisecond are one member. With max_requests 1
    that does no harm, as a member is only added where there is none."""
    found = _within_limit(design)
    if isinstance(found, Proof):
        return Finding((_inductive(), found))
    one = _within_limit(replace(design, max_requests=1))
    if isinstance(one, Counterexample):
        return Finding(counterexamples=(one, found))
    prove(_after.first == _before.size, *_given, _step, _allowed, logic.limit == 1)
    text = (
        "with max_requests 1 a member is added only where there is none, so that all are unique, "
        "and the limit is kept"
    )
    return Finding((replace(_inductive(), text=text), one), (found,))


@CLAIMS.claim(
    "sliding-expire",
    model="M18",
    source=f"{SEED}, EXPIRE in the Lua script",
    statement=(
        "In every window at most max_requests requests of a key are allowed, also with window_secs "
        "above 60."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="sliding-limit-repaired",
)
def expire(design: SlidingWindow = AS_WRITTEN) -> Finding:
    """In units of 30 seconds: a window of 120, and the key that expires after 60."""
    return weighed([_within_limit(replace(design, max_requests=1, window=4, expiry=2))])


@CLAIMS.claim(
    "sliding-clock-skew",
    model="M18",
    source=f"{SEED}, SystemTime::now() in allow",
    statement=(
        "In every window at most max_requests requests of a key are allowed, with any number of "
        "application servers."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="sliding-limit-repaired",
)
def clock_skew(design: SlidingWindow = AS_WRITTEN) -> Finding:
    """The clock of the second server is ahead, by less than the window."""
    return weighed([_within_limit(replace(design, max_requests=1, offsets=(0, 2)))])


@CLAIMS.claim(
    "sliding-stale-now",
    model="M18",
    source=f"{SEED}, now in allow, before the script runs",
    statement=(
        "With unique members and one clock, of the requests sent in any window at most "
        "max_requests are allowed, however long they are on their way."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="sliding-limit-repaired",
)
def stale_now(design: SlidingWindow = AS_WRITTEN) -> Finding:
    """A request that is overtaken works with a `now` that is over. One at a time cannot do harm."""
    late = replace(design, unique=True, window=1, delay=1)
    found = _within_limit(late)
    one = _within_limit(replace(late, max_requests=1))
    if isinstance(found, Counterexample) and isinstance(one, Proof):
        return Finding((one,), (found,))
    return weighed([one, found])


@CLAIMS.claim(
    "sliding-limit-repaired",
    model="M18",
    source=f"{SEED}, repair of allow",
    statement=(
        "With unique members, the time of Redis (which does not go back) and an expiry of at least "
        "the window, in every window at most max_requests requests are allowed: for any number of "
        "requests and servers, any limit of at least 1, any window and any delay."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def limit_repaired(design: SlidingWindow = REPAIRED) -> Finding:
    """Explored with clocks that differ, delays and a short expiry; then proved for all."""
    hard = replace(design, window=4, expiry=2, offsets=(0, 2), delay=1)
    explored = weighed(_within_limit(replace(hard, max_requests=n)) for n in (1, 2))
    if explored.counterexamples:
        return explored
    return Finding((_inductive(), *explored.proofs))


# ------------------------------------------------------------------------- laws of the script


@CLAIMS.claim(
    "sliding-atomic",
    model="M18",
    source=f"{SEED}, atomic operation by a Lua script",
    statement=(
        "Concurrent calls of allow are serialised: none adds a member after a check that another "
        "one has made untrue."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def atomic(scripted: bool = True) -> Finding:
    """A check that were made untrue would leave more members than the limit. As the script is one
    step, who calls it and how many do makes no difference to the induction; without a script, it
    would."""
    design = replace(AS_WRITTEN, unique=True, scripted=scripted, delay=int(scripted))
    explored = weighed(_few(replace(design, max_requests=n)) for n in (1, 2))
    if explored.counterexamples:
        return explored
    found = Finding((_counted(), *explored.proofs))
    broken = _few(replace(design, scripted=False, delay=0))
    assert isinstance(broken, Counterexample), "the model has no race to exclude"
    return found


def _few(design: SlidingWindow) -> Proof | Counterexample:
    text = f"the key holds at most {design.max_requests} members"
    return always(design, SlidingWindow.few_entries, text, _bounds(design))


def _counted() -> Proof:
    """Proves that the script keeps the number of members within the limit, where it adds one member
    or, if there is one of that name, none."""
    members, left, added, limit = z3.Ints("members left added max_requests")
    step = (left >= 0, left <= members, added >= 0, added <= 1)
    after = z3.If(left < limit, left + added, left)
    prove(after <= limit, members <= limit, *step)
    prove(z3.IntVal(0) <= limit, limit >= 0)
    text = "ZCARD ≤ max_requests is inductive: nothing held at first, and one member added below it"
    return Proof(Method.Z3_PROOF, text)


@CLAIMS.claim(
    "sliding-memory",
    model="M18",
    source=f"{SEED}, law",
    statement="A key holds at most max_requests members, for every limit of at least 0.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def memory() -> Finding:
    """Whatever the clocks and delays: also where the limit itself is not kept."""
    explored = weighed(_few(replace(AS_WRITTEN, max_requests=n, offsets=(0, 2))) for n in (1, 2))
    return explored if explored.counterexamples else Finding((_counted(), *explored.proofs))


@CLAIMS.claim(
    "sliding-boundary",
    model="M18",
    source=f"{SEED}, window_start in allow",
    statement=(
        "The window is half-open: a request that was allowed counts until the window has passed, "
        "and not any more when it has; so with max_requests 1, two requests exactly a window apart "
        "are both allowed, and two that are less than that apart are not. On one clock."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def boundary() -> Finding:
    """Of the last request that was allowed, for all times; and the model, for small windows."""
    last = _before.times[_before.size - 1]
    given = (*_given, _step, logic.limit == 1, _before.size > 0, _after.now >= last)
    held = _before.first < _before.size  # not yet removed
    prove(_allowed, *given, _after.now == last + logic.window)
    prove(z3.Not(_allowed), *given, _after.now < last + logic.window, held)
    gone = z3.Implies(z3.Not(held), _before.now >= last + logic.window)
    prove(gone, *given)

    def as_stated(case: tuple[int, int]) -> bool:
        window, apart = case
        limiter = replace(AS_WRITTEN, max_requests=1, window=window).requests(0)
        for _ in range(apart):
            limiter = limiter.tick()
        return limiter.allow(0)[0] == (apart >= window)

    cases = [(window, apart) for window in range(1, 7) for apart in range(9)]
    text = "the second of two requests is allowed if they are a window apart, and only then"
    tried = each(cases, as_stated, text, "windows up to 6, up to 8 apart")
    text = "allowed at last + window; before that it is not, as the last one is still held"
    proof = Proof(Method.Z3_PROOF, text)
    return weighed([tried]) if isinstance(tried, Counterexample) else Finding((proof, tried))


@CLAIMS.claim(
    "sliding-no-starvation",
    model="M18",
    source=f"{SEED}, law",
    statement=(
        "When for a window no request was allowed, the next one is; requests that are refused do "
        "not prolong this. With max_requests of at least 1, on one clock."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def no_starvation() -> Finding:
    """What is held is a part of what was allowed, whether members are unique or not: when that is
    over, the key holds nothing."""
    last = _before.times[_before.size - 1]
    waited = z3.Or(_before.size == 0, _after.now >= last + logic.window)
    removed = logic.removes(_before, _after.first, _after.now)
    given = (logic.SENSIBLE, logic.in_order(_before), _before.first >= 0)
    prove(_after.first == _before.size, *given, removed, waited)
    for state in (_before, _after):
        prove(logic.allows(state, state.size), logic.SENSIBLE)
    prove(logic.in_order(_after), *given, _before.first <= _before.size, _step)
    same = z3.And(_after.times == _before.times, _after.size == _before.size)
    prove(same, *given, _step, z3.Not(_allowed))
    text = "nothing held a window after the last one that was allowed; who is refused adds nothing"
    proof = Proof(Method.Z3_PROOF, text)

    def allowed_again(state: SlidingWindow) -> bool:
        return bool(state.allowed) or state.allow(0)[0]

    text = "where no request was allowed in the last window, one would be"
    seen = always(AS_WRITTEN, allowed_again, text, _bounds(AS_WRITTEN))
    return weighed([seen]) if isinstance(seen, Counterexample) else Finding((proof, seen))


@CLAIMS.claim(
    "sliding-key-independence",
    model="M18",
    source=f"{SEED}, redis_key in allow",
    statement=(
        "The requests for one key change neither what another key holds nor whether its requests "
        "are allowed."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def key_independence() -> Finding:
    """The script reads and writes the one key that it is given, whatever it does there; and keys
    that differ have names in Redis that differ."""
    contents = z3.DeclareSort("SortedSet")
    store = z3.Const("store", z3.ArraySort(z3.StringSort(), contents))
    left = z3.Function("left", contents, z3.RealSort(), contents)
    allows = z3.Function("allows", contents, z3.RealSort(), z3.BoolSort())
    key, other = z3.Strings("key other")
    now, later = z3.Reals("now later")

    def name(of: z3.SeqRef) -> z3.SeqRef:
        return z3.Concat(z3.StringVal("rate_limit:"), of)

    after = z3.Store(store, name(key), left(store[name(key)], now))
    differ = key != other
    prove(name(key) != name(other), differ)
    prove(after[name(other)] == store[name(other)], differ)
    prove(allows(after[name(other)], later) == allows(store[name(other)], later), differ)
    text = "whatever a script does with the one key that it is given, any other is as before"
    return Finding((Proof(Method.Z3_PROOF, text),))


@CLAIMS.claim(
    "sliding-fail-closed",
    model="M18",
    source=f"{SEED}, from_request_parts",
    statement="If Redis fails no request passes: it is answered with status 500.",
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def fail_closed() -> Finding:
    """All that `allow` may come to."""

    def closed(reply: Reply) -> bool:
        passes = from_request_parts(reply) == 200
        failed = reply not in (Reply.ALLOWED, Reply.REFUSED)
        return passes == (reply is Reply.ALLOWED) and failed == (from_request_parts(reply) == 500)

    text = "a request passes on Ok(true) only, and failures are answered with 500"
    return weighed([each(Reply, closed, text, "all outcomes", lambda reply: reply.value)])
