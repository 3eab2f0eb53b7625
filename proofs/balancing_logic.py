"""Load balancing in z3: any number of instances, requests, weights and points on the ring.

What is said of "each instance" is proved of one about which nothing is known, `some`. Sums over the
instances are functions of how many of them are summed up (`cospec.proofs.natural`). That the same
is said as in `cospec.models.load_balancer` is tested on all small cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

from cospec.proofs.evidence import prove, prove_for_each
from cospec.proofs.register import Method, Proof

#: How many instances there are, one of them, another one, and the one that is picked.
number, some, another, picked = z3.Ints("number some another picked")
#: How many requests there were, how many rounds they make, and how many beyond.
requests, rounds, beyond = z3.Ints("requests rounds beyond")
weight, total = z3.Ints("weight total")

SOME = z3.And(some >= 0, some < number)
PICKED = z3.And(picked >= 0, picked < number)


# ---------------------------------------------------------------------------------- round robin


@dataclass(frozen=True, slots=True)
class Turn:
    """A balancer in its turn: the counter, as whole rounds and what is beyond them."""

    counter: Any
    rounds: Any
    beyond: Any

    def consistent(self) -> z3.BoolRef:
        """The counter is so many rounds and so many requests beyond."""
        within = z3.And(self.beyond >= 0, self.beyond < number)
        return z3.And(number >= 1, within, self.counter == self.rounds * number + self.beyond)

    def given(self, instance: Any) -> Any:
        """How many requests an instance was given."""
        return self.rounds + z3.If(instance < self.beyond, 1, 0)

    def next(self) -> Turn:
        """After one request more."""
        full = self.beyond + 1 == number
        return Turn(
            self.counter + 1,
            z3.If(full, self.rounds + 1, self.rounds),
            z3.If(full, 0, self.beyond + 1),
        )


TURN = Turn(requests, rounds, beyond)


def is_remainder(index: Any, value: Any) -> z3.BoolRef:
    """That an index is `value % number`."""
    quotient = z3.Int("quotient")
    return z3.And(index >= 0, index < number, value == quotient * number + index)


def round_robin_is_fair() -> Proof:
    """Requests to `counter % n` with an atomic counter and n instances: max − min ≤ 1."""
    begun = Turn(*map(z3.IntVal, (0, 0, 0)))
    prove(z3.And(begun.consistent(), begun.given(some) == 0), number >= 1, SOME)
    # The remainder is one number only, whatever the quotient is.
    known = TURN.consistent(), is_remainder(picked, requests)
    quotient = z3.Int("quotient")
    difference = z3.Int("difference")
    prove(difference * number >= number, difference >= 1, number >= 1)
    lemma = [
        z3.Implies(z3.And(each >= 1, number >= 1), each * number >= number)
        for each in (quotient - rounds, rounds - quotient)
    ]
    prove(picked == beyond, *known, *lemma)
    after = TURN.next()
    prove(after.consistent(), *known)
    one_more = TURN.given(some) + z3.If(some == picked, 1, 0)
    prove(after.given(some) == one_more, *known, picked == beyond, SOME)
    both = SOME, another >= 0, another < number
    prove(TURN.given(some) - TURN.given(another) <= 1, TURN.consistent(), *both)
    text = (
        "of k requests each of n instances has ⌊k/n⌋, the first k mod n one more: by induction on k"
    )
    return Proof(Method.Z3_PROOF, text)


# --------------------------------------------------------------------------- least connections

Counts = z3.ArraySort(z3.IntSort(), z3.IntSort())
connections = z3.Const("connections", Counts)


def least_connected_is_least() -> Proof:
    """The loop over the instances ends at one with the fewest connections."""
    best = z3.Function("best", z3.IntSort(), z3.IntSort())

    def least(i: z3.ArithRef) -> z3.BoolRef:
        looked = z3.Implies(some < i, connections[best(i)] <= connections[some])
        return z3.And(best(i) >= 0, best(i) < z3.If(i > 0, i, 1), looked)

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        fewer = connections[i] < connections[best(i)]
        return [best(i + 1) == z3.If(fewer, i, best(i))]

    prove_for_each(least, best(z3.IntVal(0)) == 0, some >= 0, step=step, below=number)
    text = "the instance picked has no more connections than any other: by induction on the list"
    return Proof(Method.Z3_PROOF, text)


def least_connected_is_fair() -> Proof:
    """As long as no connection ends, max − min ≤ 1."""
    least = [connections[picked] <= connections[each] for each in (some, another)]
    after = z3.Store(connections, picked, connections[picked] + 1)

    def close(counts: z3.ArrayRef, one: Any, two: Any) -> z3.BoolRef:
        return counts[one] - counts[two] <= 1

    prove(close(z3.K(z3.IntSort(), z3.IntVal(0)), some, another))
    prove(close(after, some, another), *least, close(connections, some, another))
    return Proof(Method.Z3_PROOF, "max − min ≤ 1 is inductive, as long as no connection ends")


# ------------------------------------------------------------------- smooth weighted round robin


def _sum(name: str) -> z3.FuncDeclRef:
    """A sum over the first so many instances."""
    return z3.Function(name, z3.IntSort(), z3.IntSort())


def _value(name: str) -> z3.FuncDeclRef:
    """A number for each instance."""
    return z3.Function(name, z3.IntSort(), z3.IntSort())


ZERO = z3.IntVal(0)


def smooth_is_exact() -> Proof:
    """Of total weight W, W requests in a row give each instance as many as its weight."""
    _sums_stay_zero()
    _values_stay_above()
    _counts_are_weights()
    _windows_are_alike()
    text = "any W requests in a row give each instance as many as its weight, W being their sum"
    return Proof(Method.Z3_PROOF, text)


def _sums_stay_zero() -> None:
    """What all have earned, less what the picked one pays, is 0 again."""
    current, weights, after = map(_value, ("current", "weight", "after"))
    of_current, of_weights, of_after = map(_sum, ("currents", "weights", "afters"))
    begin = [each(ZERO) == 0 for each in (of_current, of_weights, of_after)]

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        pairs = ((of_current, current), (of_weights, weights), (of_after, after))
        sums = [each(i + 1) == each(i) + value(i) for each, value in pairs]
        paid = z3.If(i == picked, total, 0)
        return [*sums, after(i) == current(i) + weights(i) - paid]

    def summed(i: z3.ArithRef) -> z3.BoolRef:
        return of_after(i) == of_current(i) + of_weights(i) - z3.If(picked < i, total, 0)

    prove_for_each(summed, *begin, PICKED, step=step, below=number)
    known = summed(number), of_current(number) == 0, of_weights(number) == total
    prove(of_after(number) == 0, *known, PICKED)


def _values_stay_above() -> None:
    """No value falls to −W: who is picked has more than 0 before it pays W."""
    earned, of_earned = _value("earned"), _sum("earnings")
    most = z3.Int("most")

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        return [of_earned(i + 1) == of_earned(i) + earned(i), earned(i) <= most]

    given = of_earned(ZERO) == 0, most <= 0
    prove_for_each(lambda i: of_earned(i) <= 0, *given, step=step, below=number)
    # So if the most that anyone has were not above 0, the sum would not be W.
    lemma = z3.Implies(most <= 0, of_earned(number) <= 0)
    prove(most > 0, lemma, of_earned(number) == total, total >= 1)
    current = z3.Int("current")
    prove(-total < 0, total >= 1)  # what each has at the start
    kept = z3.If(some == picked, most - total, current + weight)
    prove(kept > -total, most > 0, current > -total, weight >= 0)


def _counts_are_weights() -> None:
    """After W requests each instance was picked as often as its weight says."""
    current, count, k = z3.Ints("current count k")
    chosen = z3.If(some == picked, 1, 0)
    # What an instance has is what it has earned less what it has paid.
    after = current + weight - z3.If(some == picked, total, 0)
    earned = current == k * weight - total * count
    prove(after == (k + 1) * weight - total * (count + chosen), earned)
    # Above −W, at k = W: it was picked no more often than its weight.
    above = current == total * weight - total * count, current > -total, total >= 1
    missing = weight - count
    prove(total * missing <= -total, missing <= -1, total >= 1)
    lemma = z3.Implies(z3.And(missing <= -1, total >= 1), total * missing <= -total)
    product = total * missing == total * weight - total * count
    prove(product)
    prove(count <= weight, *above, lemma, product)
    # As the counts add up to W like the weights, none is less either.
    lacks, of_lacks = _value("lacks"), _sum("lacking")

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        return [of_lacks(i + 1) == of_lacks(i) + lacks(i), lacks(i) >= 0]

    def at_least(i: z3.ArithRef) -> z3.BoolRef:
        return of_lacks(i) >= z3.If(some < i, lacks(some), 0)

    prove_for_each(at_least, of_lacks(ZERO) == 0, some >= 0, step=step, below=number)
    prove(lacks(some) == 0, at_least(number), of_lacks(number) == 0, lacks(some) >= 0, SOME)
    _sums_of_counts()
    # And so what it has is 0 again.
    prove(current == 0, current == total * weight - total * count, count == weight)


def _sums_of_counts() -> None:
    """The counts add up to the number of requests."""
    before, after = map(_value, ("before", "after"))
    of_before, of_after = map(_sum, ("befores", "afters"))

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        return [
            of_before(i + 1) == of_before(i) + before(i),
            of_after(i + 1) == of_after(i) + after(i),
            after(i) == before(i) + z3.If(i == picked, 1, 0),
        ]

    def one_more(i: z3.ArithRef) -> z3.BoolRef:
        return of_after(i) == of_before(i) + z3.If(picked < i, 1, 0)

    begin = of_before(ZERO) == 0, of_after(ZERO) == 0
    prove_for_each(one_more, *begin, PICKED, step=step, below=number)


def _windows_are_alike() -> None:
    """After W requests all is as at the start, so that any W requests in a row are like the first
    ones: what is picked depends on the values only."""
    values = z3.DeclareSort("BalancerValues")
    state = z3.Function("state", z3.IntSort(), values)
    following = z3.Function("following", values, values)
    gets = z3.Function("gets", values, z3.IntSort())
    count = _sum("count")

    def step(k: z3.ArithRef) -> list[z3.BoolRef]:
        moments = (k, k + total)
        return [
            *(state(each + 1) == following(state(each)) for each in moments),
            *(count(each + 1) == count(each) + gets(state(each)) for each in moments),
        ]

    def alike(k: z3.ArithRef) -> z3.BoolRef:
        return z3.And(state(k + total) == state(k), count(k + total) == count(k) + weight)

    first = state(total) == state(ZERO), count(total) == count(ZERO) + weight
    prove_for_each(alike, *first, step=lambda k: [*step(k), total >= 1])


# ------------------------------------------------------------------------------------ hashing


def a_key_moves_to_the_new_instance() -> Proof:
    """On a ring, with any number of points for each instance, none at the place of another."""
    point = z3.DeclareSort("RingPoint")
    old, new = (z3.Function(name, point, z3.BoolSort()) for name in ("old", "new"))
    distance = z3.Function("distance", point, z3.IntSort())
    before, after, p, q = z3.Consts("before after p q", point)
    there = z3.Or(old(p), new(p))
    apart = z3.Implies(z3.And(there, z3.Or(old(q), new(q)), distance(p) == distance(q)), p == q)
    given = (
        z3.ForAll([p, q], apart),
        old(before),
        z3.ForAll([p], z3.Implies(old(p), distance(before) <= distance(p))),
        z3.Or(old(after), new(after)),
        z3.ForAll([p], z3.Implies(there, distance(after) <= distance(p))),
    )
    prove(z3.Or(new(after), after == before), *given)
    text = "the first point from a key on is the same as before, or one of the new instance"
    return Proof(Method.Z3_PROOF, text)


def every_instance_has_keys() -> Proof:
    """`hash % n` for the hash of a request: each index stands for some hash."""
    prove(some % number == some, SOME)
    hash_value = z3.Int("hash_value")
    prove(z3.And(hash_value % number >= 0, hash_value % number < number), number >= 1)
    return Proof(Method.Z3_PROOF, "for each of n instances there are hashes that stand for it")


# ------------------------------------------------------------------------------------- chance


def random_is_fair_on_average() -> Proof:
    """k requests, each to one of n instances with the same probability: k/n each is expected."""
    expected = z3.Function("expected", z3.IntSort(), z3.RealSort())
    n = z3.ToReal(number)

    def step(k: z3.ArithRef) -> list[z3.BoolRef]:
        return [expected(k + 1) == expected(k) + 1 / n, number >= 1]

    def share(k: z3.ArithRef) -> z3.BoolRef:
        return expected(k) == z3.ToReal(k) * (1 / n)

    prove_for_each(share, expected(ZERO) == 0, number >= 1, step=step)
    text = "of k requests k/n are expected at each of n instances: by induction on k"
    return Proof(Method.Z3_PROOF, text, under="it is the expectation that is meant")


# ---------------------------------------------------------------------------------- retrying


def retrying_gets_an_answer() -> Proof:
    """One call after the other, each to an instance that is alive or dead at that time."""
    alive = z3.Function("alive", z3.IntSort(), z3.BoolSort())
    answered = z3.Function("answered", z3.IntSort(), z3.BoolSort())
    failures, dead = _sum("failures"), _sum("dead")

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        fails = z3.And(z3.Not(answered(i)), z3.Not(alive(i)))
        return [
            answered(i + 1) == z3.Or(answered(i), alive(i)),
            failures(i + 1) == failures(i) + z3.If(fails, 1, 0),
            dead(i + 1) == dead(i) + z3.If(alive(i), 0, 1),
        ]

    def bounded(i: z3.ArithRef) -> z3.BoolRef:
        missed = z3.Implies(z3.And(z3.Not(answered(i)), some < i), z3.Not(alive(some)))
        return z3.And(failures(i) <= dead(i), missed)

    begin = z3.Not(answered(ZERO)), failures(ZERO) == 0, dead(ZERO) == 0, some >= 0
    prove_for_each(bounded, *begin, step=step, below=number)
    prove(answered(number), bounded(number), SOME, alive(some))
    text = "no more calls fail than instances are dead, and one that is alive when called answers"
    return Proof(Method.Z3_PROOF, f"{text}: by induction on the list")
