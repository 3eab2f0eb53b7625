"""Claims on actions and what undoes them (M14): in which order compensations restore the state."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

import z3

from cospec.models.saga import DOUBLE, INCREASE, NEGATE, Deed, done_and_undone
from cospec.proofs.evidence import each, prove, weighed
from cospec.proofs.register import Finding, Method, Proof, Register, Truth
from cospec.proofs.saga_evidence import SIZES

CLAIMS = Register()

SEED = "seed 001, section 4.1"


# States and actions of which nothing is known. `executed` gives the state after steps m+1..k,
# `backwards` and `forwards` the one after their compensations, the last or the first step first.
# Each of the laws below holds for all its arguments; z3 is told those that a proof needs.

AnyState = z3.DeclareSort("AnyState")
Number: TypeAlias = z3.ArithRef
State: TypeAlias = z3.ExprRef
Run: TypeAlias = Callable[[Number, Number, State], State]

_NUMBER = z3.IntSort()
act = z3.Function("act", _NUMBER, AnyState, AnyState)
undo = z3.Function("undo", _NUMBER, AnyState, AnyState)
executed = z3.Function("executed", _NUMBER, _NUMBER, AnyState, AnyState)
backwards = z3.Function("backwards", _NUMBER, _NUMBER, AnyState, AnyState)
forwards = z3.Function("forwards", _NUMBER, _NUMBER, AnyState, AnyState)

M, K = z3.Ints("m k")
S = z3.Const("s", AnyState)


def inverting(step: Number, state: State) -> z3.BoolRef:
    """The hypothesis: a compensation undoes its action."""
    return undo(step, act(step, state)) == state


def passing(step: Number, later: Number, state: State) -> z3.BoolRef:
    """The hypothesis: a compensation can be exchanged with the action of a later step."""
    exchanged = undo(step, act(later, state)) == act(later, undo(step, state))
    return z3.Implies(step < later, exchanged)


def nothing_executed(m: Number, state: State) -> z3.BoolRef:
    """Of `executed`: no step changes nothing."""
    return executed(m, m, state) == state


def nothing_undone(order: Run, m: Number, state: State) -> z3.BoolRef:
    """Of `backwards` and `forwards`: no compensation changes nothing."""
    return order(m, m, state) == state


def last_executed(m: Number, k: Number, state: State) -> z3.BoolRef:
    """Of `executed`: the last step comes last."""
    last = executed(m, k + 1, state) == act(k + 1, executed(m, k, state))
    return z3.Implies(m <= k, last)


def last_undone(m: Number, k: Number, state: State) -> z3.BoolRef:
    """Of `backwards`: the last step is compensated first."""
    last = backwards(m, k + 1, state) == backwards(m, k, undo(k + 1, state))
    return z3.Implies(m <= k, last)


def first_undone(m: Number, k: Number, state: State) -> z3.BoolRef:
    """Of `forwards`: the first step is compensated first."""
    first = forwards(m, k, state) == forwards(m + 1, k, undo(m + 1, state))
    return z3.Implies(m < k, first)


@CLAIMS.claim(
    "saga-inverse",
    model="M14",
    source=f"{SEED}, definition saga_consistency, its meaning",
    statement=(
        "When every compensation undoes its action in every state, then executing any number of "
        "steps and compensating them in reverse order restores the state."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def inverse() -> Finding:
    """By induction on the number of steps, for any actions on any states."""

    def restored(k: Number) -> z3.BoolRef:
        return backwards(M, k, executed(M, k, S)) == S

    prove(restored(M), nothing_executed(M, S), nothing_undone(backwards, M, S))
    after = executed(M, K, S)
    prove(
        restored(K + 1),
        restored(K),
        K >= M,
        last_executed(M, K, S),
        last_undone(M, K, executed(M, K + 1, S)),
        inverting(K + 1, after),
    )
    text = "compensating k..1 after 1..k restores the state: by induction on k"
    return Finding((Proof(Method.Z3_PROOF, text),))


@CLAIMS.claim(
    "saga-inverse-forward",
    model="M14",
    source=f"{SEED}, law",
    statement=(
        "When every compensation undoes its action, the order of compensating does not matter: in "
        "the order of execution it restores the state as well."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="saga-inverse-forward-repaired",
)
def inverse_forward(reverse: bool = False) -> Finding:
    """All sagas of up to three steps with three actions, from small states."""
    cases = (
        (deeds, state)
        for size in SIZES[:3]
        for deeds in product((INCREASE, DOUBLE, NEGATE), repeat=size)
        for state in range(3)
    )

    def restores(case: tuple[tuple[Deed, ...], int]) -> bool:
        deeds, state = case
        assert all(deed.inverted(range(-10, 10)) for deed in deeds)
        return done_and_undone(deeds, state, reverse) == state

    def shown(case: tuple[tuple[Deed, ...], int]) -> tuple[str, ...]:
        deeds, state = case
        left = done_and_undone(deeds, state, reverse)
        return (f"start: {state}", *map(str, deeds), f"compensated in this order: {left}")

    text = "compensating in the order of execution restores the state"
    bounds = "up to 3 steps, 3 actions, states 0 to 2"
    return weighed([each(cases, restores, text, bounds, shown)])


@CLAIMS.claim(
    "saga-inverse-forward-repaired",
    model="M14",
    source=f"{SEED}, law, repaired",
    statement=(
        "When every compensation undoes its action and can be exchanged with the action of every "
        "later step, compensating any number of steps in the order of execution restores the state."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def inverse_forward_repaired() -> Finding:
    """Three inductions: execution may begin with its first step; the compensation of that passes
    all later actions; then what is left is a shorter saga."""
    first = M + 1
    begun, undone = act(first, S), undo(first, S)

    def begins(k: Number) -> z3.BoolRef:
        return executed(M, k, S) == executed(first, k, begun)

    prove(
        begins(first),
        last_executed(M, M, S),
        nothing_executed(M, S),
        nothing_executed(first, begun),
    )
    prove(
        begins(K + 1), begins(K), first <= K, last_executed(M, K, S), last_executed(first, K, begun)
    )

    def passes(k: Number) -> z3.BoolRef:
        return undo(first, executed(first, k, S)) == executed(first, k, undone)

    prove(passes(first), nothing_executed(first, S), nothing_executed(first, undone))
    prove(
        passes(K + 1),
        passes(K),
        first <= K,
        last_executed(first, K, S),
        last_executed(first, K, undone),
        passing(first, K + 1, executed(first, K, S)),
    )

    def restored(m: Number) -> z3.BoolRef:
        return forwards(m, K, executed(m, K, S)) == S

    prove(restored(K), nothing_executed(K, S), nothing_undone(forwards, K, S))
    prove(
        restored(M),
        restored(first),
        M < K,
        begins(K),
        z3.substitute(passes(K), (S, begun)),  # shown above for any state
        first_undone(M, K, executed(M, K, S)),
        inverting(first, S),
    )
    text = "compensating 1..k after 1..k restores the state: by induction on the number of steps"
    return Finding((Proof(Method.Z3_PROOF, text),))
