"""Evidence by going through all cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cospec.proofs.register import Counterexample, Method, NotReplayed, Proof, Undecided

Case = TypeVar("Case")


def each(
    cases: Iterable[Case],
    holds: Callable[[Case], bool],
    text: str,
    bounds: str,
    show: Callable[[Case], str | tuple[str, ...]] = str,
) -> Proof | Counterexample:
    """Whether a predicate holds of every case: a proof with their number, or the first case of
    which it does not.

    Args:
        cases: all of them, the smallest first.
        holds: the predicate, without side effects; a replay asks it again.
        text: what holds, in a sentence.
        bounds: which cases these are.
        show: the lines that tell a case.

    Raises:
        Undecided: there is no case at all.
    """
    number = 0
    for number, case in enumerate(cases, 1):
        if not holds(case):
            return _against(case, holds, f"Not so: {text}", bounds, show(case), number)
    if number == 0:
        raise Undecided("there is no case")
    return Proof(Method.EXHAUSTIVE, text, bounds, number)


def _against(
    case: Case,
    holds: Callable[[Case], bool],
    text: str,
    bounds: str,
    shown: str | tuple[str, ...],
    number: int,
) -> Counterexample:
    def replay() -> None:
        if holds(case):
            raise NotReplayed("the case keeps the property")

    steps = (shown,) if isinstance(shown, str) else shown
    return Counterexample(Method.EXHAUSTIVE, text, steps, replay, bounds, number)
