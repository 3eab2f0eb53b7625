"""Evidence for the claims register from the three engines: z3, exploration, refinement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import z3

from cospec.checker.check import check
from cospec.checker.exploration import Answer, Exploration, Run
from cospec.checker.verdict import Verdict
from cospec.models.composition import process_of
from cospec.models.model import ModelSystem
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Undecided
from cospec.spec.semantics.claims import HasTrace, Model, Refines
from cospec.spec.semantics.process import Process
from cospec.spec.syntax.session import Session

#: Milliseconds that z3 may think about one formula.
PATIENCE = 20_000


class NotReplayed(Exception):
    """A counterexample that is none when it is performed again."""


def counterexample_of(formula: z3.BoolRef, *given: z3.BoolRef) -> z3.ModelRef | None:
    """Values for which `formula` does not hold although what is `given` does; None: proved.

    Raises:
        Undecided: z3 does not know.
    """
    # In a context of its own, so that the answer does not depend on what was asked before.
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", PATIENCE)
    solver.add(*(each.translate(solver.ctx) for each in (*given, z3.Not(formula))))
    answer = solver.check()
    if answer == z3.unknown:
        raise Undecided(f"z3 does not know: {solver.reason_unknown()}")
    return solver.model() if answer == z3.sat else None


def prove(formula: z3.BoolRef, *given: z3.BoolRef) -> None:
    """Proves that `formula` follows from what is `given`, for all values of the constants in it.

    Raises:
        Undecided: z3 does not know, or refutes it. What z3 gives then need not be reachable: it is
            for the caller to find a counterexample, by exploring.
    """
    if counterexample_of(formula, *given) is not None:
        raise Undecided("z3 refutes a step of the proof, and exploring has found no counterexample")


def weighed(parts: Iterable[Proof | Counterexample]) -> Finding:
    """What pieces of evidence on one statement come to: the first counterexample refutes it, and
    no more are asked for."""
    proofs: list[Proof] = []
    for part in parts:
        if isinstance(part, Counterexample):
            return Finding(counterexamples=(part,))
        proofs.append(part)
    return Finding(tuple(proofs))


def lines_of(run: Run[Any]) -> tuple[str, ...]:
    """A run, a line for each event with the state after it."""
    steps = zip(run.events, run.states[1:], strict=True)
    return (f"start: {run.states[0]}", *(f"{event} → {state}" for event, state in steps))


def performed(start: Any, run: Run[Any]) -> Any:
    """The last state of a run after performing it again on the model.

    Raises:
        NotReplayed: the model cannot do one of its steps.
    """
    system = ModelSystem(start)
    state = start
    for event, after in zip(run.events, run.states[1:], strict=True):
        if (event, after) not in list(system.transitions(state)):
            raise NotReplayed(f"{event} does not lead from {state} to {after}")
        state = after
    return state


def always(
    start: Any, holds: Callable[[Any], bool], text: str, bounds: str, limit: int | None = None
) -> Proof | Counterexample:
    """Whether a predicate holds in all states that a model reaches: explored, and a proof or the
    shortest run to a state where it does not.

    Raises:
        Undecided: there are more states than `limit`, and nothing was found among these.
    """
    found: Exploration[Any] = Exploration(ModelSystem(start), limit)
    answer: Answer[Any] = found.always(holds)
    if answer.verdict is Verdict.UNKNOWN:
        raise Undecided(answer.reason)
    if answer.run is None:
        return Proof(Method.EXHAUSTIVE, text, bounds, len(found.states))
    run = answer.run

    def replay() -> None:
        if holds(performed(start, run)):
            raise NotReplayed("the last state keeps the property")

    return Counterexample(Method.EXHAUSTIVE, f"Not so: {text}", lines_of(run), replay, bounds)


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
    outcome = check(Refines(specified, model, implementation))
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
    outcome = check(Refines(specification, model, script.process(implementation)))
    text = f"{type(start).__name__} [{model.value}= {implementation}"
    if outcome.verdict is Verdict.UNKNOWN:
        raise Undecided(outcome.reason)
    if outcome.verdict is Verdict.HOLDS:
        return Proof(Method.REFINEMENT, text, bounds, outcome.states)
    raise Undecided(f"{text} does not hold: the specification does more than the model")


def _process(script: Session, start: Any) -> Process:
    return process_of(start, event=lambda act: script.event(str(act)))


def _set(events: frozenset[Any]) -> str:
    return "{" + ", ".join(sorted(map(str, events))) + "}"
