"""Evidence from several places at once: many sizes as one proof, many reasons as one finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cospec.proofs.register import Counterexample, Finding, Method, Proof, Undecided

Start = TypeVar("Start")


def smallest_first(
    starts: Iterable[Start], ask: Callable[[Start], Proof | Counterexample], bounds: str
) -> Proof | Counterexample:
    """The answers for several starts, the smallest first, as one: the first counterexample, or a
    proof with the number of all their states.

    Raises:
        Undecided: there is no start.
    """
    states, text = 0, ""
    for start in starts:
        answer = ask(start)
        if isinstance(answer, Counterexample):
            return answer
        states, text = states + (answer.states or 0), answer.text
    if not text:
        raise Undecided("there is nothing to ask")
    return Proof(Method.EXHAUSTIVE, text, bounds, states)


def each_reason(parts: Iterable[Proof | Counterexample]) -> Finding:
    """As `weighed`, but with every counterexample, where each has a reason of its own."""
    found = list(parts)
    wrong = tuple(part for part in found if isinstance(part, Counterexample))
    proofs = tuple(part for part in found if isinstance(part, Proof))
    return Finding(() if wrong else proofs, wrong)
