"""Proofs by induction over the natural numbers: of what a loop has done after n rounds.

A fold over a list of any length is a function of how many elements it has seen: `F(0)` is where it
begins, `F(i + 1)` comes of `F(i)` and the element `i`. Such equations always have a solution, so
that a function of z3 about which they are given at `i` stands for any fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import z3

from cospec.proofs.evidence.solving import prove


def prove_for_each(
    claim: Callable[[z3.ArithRef], z3.BoolRef],
    *given: z3.BoolRef,
    step: Callable[[z3.ArithRef], Iterable[z3.BoolRef]] = lambda _: (),
    below: z3.ArithRef | None = None,
) -> None:
    """Proves that a claim holds of each number from 0 on, up to `below` and that included.

    Args:
        claim: a formula about a number.
        given: what is known anyway, equations at 0 among it.
        step: what is known of a number and the next one.
        below: how many rounds there are; without it, any number.

    Raises:
        Undecided: z3 does not know, or refutes the base or the step.
    """
    i = z3.FreshInt("n")
    prove(claim(z3.IntVal(0)), *given)
    within = [i >= 0] if below is None else [i >= 0, i < below]
    prove(claim(i + 1), *given, *within, *step(i), claim(i))
