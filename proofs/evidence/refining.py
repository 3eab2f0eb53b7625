"""Evidence by refinement: a model and a process of a script, each against the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded
from cospec.checker.check import check
from cospec.checker.verdict import Outcome, Verdict
from cospec.models.composition import process_of
from cospec.proofs.register import Counterexample, Method, NotReplayed, Proof, Undecided
from cospec.spec.semantics.claims import HasTrace, Model, Refines
from cospec.spec.semantics.process import Process
from cospec.spec.syntax.session import Session

#: Seconds that one refinement may take.
PATIENCE = 120.0


def refines(
    script: Session,
    specification: str,
    start: Any,
    model: Model,
    bounds: str,
    within: Callable[[Process], Process] = lambda process: process,
) -> Proof | Counterexample:
    """Whether a model refines a process of a script.

    Args:
        script: has a channel for each action of the model.
        specification: the process, as a text.
        start: a state of the model.
        model: the denotational model.
        bounds: what the check is limited to.
        within: puts the process of the model into its environment.
    """
    implementation = within(_process(script, start))
    specified = script.process(specification)
    outcome = _within_reason(Refines(specified, model, implementation))
    text = f"{specification} [{model.value}= {type(start).__name__}"
    if outcome.verdict is Verdict.UNKNOWN:
        raise Undecided(outcome.reason)
    wrong = outcome.counterexample
    if wrong is None:
        return Proof(Method.REFINEMENT, text, bounds, outcome.states)
    trace = [str(event) for event in wrong.trace]
    if wrong.event is not None:
        said = f"then {wrong.event}, which {specification} does not allow"
    else:
        offered = ", ".join(sorted(map(str, wrong.accepted or ())))
        wanted = " or ".join(sorted(_set(events) for events in wrong.allowed))
        said = f"then only {{{offered}}} is offered, where {specification} offers {wanted}"

    def replay() -> None:
        after = () if wrong.event is None else (wrong.event,)
        possible = HasTrace(implementation, (*wrong.trace, *after), Model.T)
        if check(possible).verdict is not Verdict.HOLDS:
            raise NotReplayed("the model cannot perform the trace")
        forbidden = HasTrace(specified, (*wrong.trace, *after), Model.T)
        if after and check(forbidden).verdict is not Verdict.FAILS:
            raise NotReplayed("the specification performs the trace as well")

    # The checker itself has replayed it by the firing rules, refusals included.
    return Counterexample(
        Method.REFINEMENT, f"Not so: {text}", (*trace, said), replay, bounds, outcome.states
    )


def refined_by(
    script: Session,
    implementation: str,
    start: Any,
    model: Model,
    bounds: str,
    within: Callable[[Process], Process] = lambda process: process,
) -> Proof:
    """Shows that a process of a script refines a model: the other direction of `refines`.

    Raises:
        Undecided: it does not, which is no fault of the model but shows that the script is looser.
    """
    specification = within(_process(script, start))
    outcome = _within_reason(Refines(specification, model, script.process(implementation)))
    text = f"{type(start).__name__} [{model.value}= {implementation}"
    if outcome.verdict is Verdict.UNKNOWN:
        raise Undecided(outcome.reason)
    if outcome.verdict is Verdict.HOLDS:
        return Proof(Method.REFINEMENT, text, bounds, outcome.states)
    raise Undecided(f"{text} does not hold: the specification does more than the model")


def _within_reason(claim: Refines) -> Outcome:
    """What the checker finds, unless it takes too long: a model that grows for ever."""
    try:
        return budget.run(lambda: check(claim), seconds=PATIENCE)
    except BudgetExceeded as exceeded:
        if exceeded.limit == "interrupt":
            raise KeyboardInterrupt from None
        raise Undecided(exceeded.reason) from None


def _process(script: Session, start: Any) -> Process:
    return process_of(start, event=lambda act: script.event(str(act)))


def _set(events: frozenset[Any]) -> str:
    return "{" + ", ".join(sorted(map(str, events))) + "}"
