"""Evidence by z3, on formulas."""

from __future__ import annotations

import z3

from cospec.proofs.register import Finding, Method, Proof, Undecided
from cospec.proofs.smallest import constants_of, smallest

#: Milliseconds that z3 may think about one formula, and about making a counterexample smaller.
PATIENCE = 20_000
SHORT = 5_000


def counterexample_of(formula: z3.BoolRef, *given: z3.BoolRef) -> z3.ModelRef | None:
    """The smallest values for which `formula` does not hold although what is `given` does; None:
    proved.

    Raises:
        Undecided: z3 does not know.
    """
    # In a context of its own, so that the answer does not depend on what was asked before.
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", PATIENCE)
    asked = [each.translate(solver.ctx) for each in (*given, z3.Not(formula))]
    solver.add(*asked)
    answer = solver.check()
    if answer == z3.unknown:
        raise Undecided(f"z3 does not know: {solver.reason_unknown()}")
    if answer == z3.unsat:
        return None
    solver.set("timeout", SHORT)
    return smallest(solver, constants_of(asked))


def prove(formula: z3.BoolRef, *given: z3.BoolRef) -> None:
    """Proves that `formula` follows from what is `given`, for all values of the constants in it.

    Raises:
        Undecided: z3 does not know, or refutes it. What z3 gives then need not be reachable: it is
            for the caller to find a counterexample, by exploring.
    """
    if counterexample_of(formula, *given) is not None:
        raise Undecided("z3 refutes a step of the proof, and exploring has found no counterexample")


def independent(statement: z3.BoolRef, text: str) -> Finding:
    """Shows that a statement says nothing: its names being free to mean anything, there is a
    meaning for which it holds and one for which it does not.

    Args:
        statement: in which each name that the document leaves undefined is an uninterpreted
            function or constant.
        text: which names these are, as a sentence.

    Raises:
        Undecided: every meaning makes it true, or none does, or z3 does not know.
    """
    if counterexample_of(statement) is None:
        raise Undecided("it holds whatever the names mean")
    if counterexample_of(z3.Not(statement)) is None:
        raise Undecided("it does not hold, whatever the names mean")
    shown = "the statement and its negation each have a model: it follows from no definition"
    return Finding((Proof(Method.Z3_PROOF, shown),), vacuous=text)
