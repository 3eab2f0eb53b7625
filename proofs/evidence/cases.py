"""Evidence by going through all cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cospec.proofs.evidence.weighing import refuted
from cospec.proofs.register import (
    Counterexample,
    Evidence,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Undecided,
)

Case = TypeVar("Case")
Start = TypeVar("Start")


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
    if wrong := refuted(*answers):
        return Finding(counterexamples=wrong)
    if not answers:
        raise Undecided("there is no case")
    return Finding((Proof(Method.EXHAUSTIVE, text, bounds, len(answers)),))


def smallest_first(
    starts: Iterable[Start], ask: Callable[[Start], Evidence], bounds: str
) -> Evidence:
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
