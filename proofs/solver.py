"""A solver in a context of its own.

All solvers of one z3 context share its symbols and its recursive functions: how fast one is, and
whether it decides at all, depends on everything that was said in the same context before. This one
takes terms of the usual context, asks z3 elsewhere, and gives models back in the usual one.
"""

from __future__ import annotations

from typing import Any

import z3

#: A term of z3.
Term = Any


class Solver:
    """What `z3.Solver` is, as far as it is needed."""

    def __init__(self, patience: int) -> None:
        """A solver that may think so many milliseconds about one question."""
        self._context = z3.Context()
        self._solver = z3.Solver(ctx=self._context)
        self._solver.set("timeout", patience)

    def add(self, *terms: Term) -> None:
        """Assumes terms."""
        self._solver.add(*self._translated(terms))

    def check(self, *terms: Term) -> z3.CheckSatResult:
        """Whether all that is assumed, and these terms, can be true."""
        return self._solver.check(*self._translated(terms))

    def model(self) -> z3.ModelRef:
        """The values that the last check has found."""
        return self._solver.model().translate(z3.main_ctx())

    def push(self) -> None:
        """Remembers what is assumed."""
        self._solver.push()

    def pop(self) -> None:
        """Goes back to what was assumed at the last `push`."""
        self._solver.pop()

    def _translated(self, terms: tuple[Term, ...]) -> list[Term]:
        return [term.translate(self._context) for term in terms]
