"""Evidence by going through all cases, where each case that fails is a finding of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cospec.proofs.evidence import each
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Undecided

Case = TypeVar("Case")


def each_wrong_case(
    cases: Iterable[Case],
    holds: Callable[[Case], bool],
    text: str,
    bounds: str,
    show: Callable[[Case], str | tuple[str, ...]] = str,
) -> Finding:
    """Whether a predicate holds of every case: a proof with their number, or all the cases of which
    it does not, in their order. The arguments are those of `each`.

    Raises:
        Undecided: there is no case at all.
    """
    answers = [each([case], holds, text, bounds, show) for case in cases]
    wrong = tuple(answer for answer in answers if isinstance(answer, Counterexample))
    if wrong:
        return Finding(counterexamples=wrong)
    if not answers:
        raise Undecided("there is no case")
    return Finding((Proof(Method.EXHAUSTIVE, text, bounds, len(answers)),))
