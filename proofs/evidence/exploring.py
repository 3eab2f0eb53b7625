"""Evidence by exploring all states of a model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

from cospec.checker.exploration import Answer, Exploration, Run
from cospec.checker.linearizability import Specification
from cospec.checker.linearizability import linearizable as search
from cospec.checker.verdict import Verdict
from cospec.models.model import Act, ModelSystem
from cospec.proofs.evidence.runs import lines_of, performed
from cospec.proofs.register import Counterexample, Method, NotReplayed, Proof, Undecided
from cospec.spec.semantics.events import Event

#: A predicate of a state.
Predicate = Callable[[Any], bool]


@lru_cache(maxsize=8)
def _explored(start: Any, limit: int | None) -> Exploration[Any]:
    """The states of a model; several claims ask for the same."""
    return Exploration(ModelSystem(start), limit)


def always(
    start: Any, holds: Predicate, text: str, bounds: str, limit: int | None = None
) -> Proof | Counterexample:
    """Whether a predicate holds in all states that a model reaches: a proof, or the shortest run to
    a state where it does not.

    Raises:
        Undecided: there are more states than `limit`, and nothing was found among these; so for
            all functions of this module.
    """
    found = _explored(start, limit)

    def broken(run: Run[Any]) -> None:
        if holds(run.states[-1]):
            raise NotReplayed("the last state keeps the property")

    return _answered(found, found.always(holds), text, bounds, broken)


def stepwise(
    start: Any, holds: Callable[[Any, Any], bool], text: str, bounds: str, limit: int | None = None
) -> Proof | Counterexample:
    """Whether a predicate of the states before and after holds of each step of a model."""
    found = _explored(start, limit)

    def broken(run: Run[Any]) -> None:
        if holds(*run.states[-2:]):
            raise NotReplayed("the last step keeps the property")

    return _answered(found, found.always_stepwise(holds), text, bounds, broken)


def deadlock_free(
    start: Any, text: str, bounds: str, limit: int | None = None
) -> Proof | Counterexample:
    """Whether something can happen in every state but those that the model calls `final`."""
    found, system = _explored(start, limit), ModelSystem(start)

    def broken(run: Run[Any]) -> None:
        if list(system.transitions(run.states[-1])) or system.may_end(run.states[-1]):
            raise NotReplayed("the last state is no deadlock")

    return _answered(found, found.deadlock_free(system.may_end), text, bounds, broken)


def leading(
    start: Any,
    goal: Predicate,
    text: str,
    bounds: str,
    trigger: Predicate | None = None,
    limit: int | None = None,
) -> Proof | Counterexample:
    """Whether every run comes to the goal, from the start or whenever `trigger` holds; actions that
    the model marks as fair happen at last when they stay possible."""
    found, system = _explored(start, limit), ModelSystem(start)
    fair = {action.name for action in system.actions if action.fair}

    def is_fair(event: Event) -> bool:
        return isinstance(event, Act) and event.name in fair

    def broken(run: Run[Any]) -> None:
        since = 0 if trigger is None else _last(run.states[: _end(run)], trigger)
        if any(goal(state) for state in run.states[since:]):
            raise NotReplayed("the goal is reached")
        if run.loop is None:
            if list(system.transitions(run.states[-1])):
                raise NotReplayed("the run may go on")
        else:
            _treated_fairly(system, run, is_fair)

    return _answered(found, found.leads_to(trigger, goal, is_fair), text, bounds, broken)


def _end(run: Run[Any]) -> int:
    return len(run.states) if run.loop is None else run.loop + 1


def _last(states: Sequence[Any], trigger: Predicate) -> int:
    for number in range(len(states) - 1, -1, -1):
        if trigger(states[number]):
            return number
    raise NotReplayed("what should lead to the goal never holds")


def _treated_fairly(system: ModelSystem, run: Run[Any], is_fair: Callable[[Event], bool]) -> None:
    assert run.loop is not None
    possible: list[set[Event]] = [
        {event for event, _ in system.transitions(state) if is_fair(event)}
        for state in run.states[run.loop :]
    ]
    starved = set.intersection(*possible) - set(run.events[run.loop :])
    if starved:
        raise NotReplayed(f"{min(map(str, starved))} stays possible for ever and never happens")


def confluent(
    start: Any,
    text: str,
    bounds: str,
    of: Callable[[Any], Hashable] = lambda state: state,
    limit: int | None = None,
) -> Proof | Counterexample:
    """Whether all runs that end, end alike: in states of which `of` gives the same."""
    found = _explored(start, limit)
    ends = [number for number, moves in enumerate(found.edges) if not moves]
    if not ends:
        raise Undecided(found.reason or "no run ends")
    usual = of(found.states[ends[0]])
    other = next((number for number in ends if of(found.states[number]) != usual), None)
    if other is None:
        return _proof(found, text, bounds)
    runs = found.run_to(ends[0]), found.run_to(other)
    return _two_runs(found, runs, text, bounds, lambda: _ended_apart(runs, of))


def _ended_apart(runs: tuple[Run[Any], Run[Any]], of: Callable[[Any], Hashable]) -> None:
    last = [run.states[-1] for run in runs]
    if any(list(ModelSystem(state).transitions(state)) for state in last):
        raise NotReplayed("a run may go on")
    if of(last[0]) == of(last[1]):
        raise NotReplayed("both end alike")


def determined(
    start: Any,
    seen: Callable[[Any], Hashable],
    wanted: Callable[[Any], Hashable],
    text: str,
    bounds: str,
    limit: int | None = None,
) -> Proof | Counterexample:
    """Whether `seen` decides what is `wanted`: in any two states where the first is the same, the
    second is. If not, two runs that look the same and call for different answers."""
    found = _explored(start, limit)
    first: dict[Hashable, int] = {}
    for number, state in enumerate(found.states):
        other = first.setdefault(seen(state), number)
        if wanted(found.states[other]) != wanted(state):
            runs = found.run_to(other), found.run_to(number)

            def apart(runs: tuple[Run[Any], Run[Any]] = runs) -> None:
                one, two = (run.states[-1] for run in runs)
                if seen(one) != seen(two) or wanted(one) == wanted(two):
                    raise NotReplayed("the runs are told apart, or need not be")

            return _two_runs(found, runs, text, bounds, apart)
    return _proof(found, text, bounds)


def linearizable(
    start: Any,
    specification: Specification[Any],
    text: str,
    bounds: str,
    limit: int | None = None,
) -> Proof | Counterexample:
    """Whether each operation of a model seems to take effect at once, somewhere between its call
    and its return, as the sequential specification has it (`cospec.checker.linearizability`)."""
    answer, states = search(ModelSystem(start), specification, limit)
    if answer.verdict is Verdict.UNKNOWN:
        raise Undecided(answer.reason)
    run = answer.run
    if run is None:
        return Proof(Method.EXHAUSTIVE, text, bounds, states)

    def replay() -> None:
        performed(start, run)
        if specification.explains(run.events):
            raise NotReplayed("an order of the operations explains the run")

    shown = lines_of(run)
    return Counterexample(Method.EXHAUSTIVE, f"Not so: {text}", shown, replay, bounds, states)


def _answered(
    found: Exploration[Any],
    answer: Answer[Any],
    text: str,
    bounds: str,
    broken: Callable[[Run[Any]], None],
) -> Proof | Counterexample:
    if answer.verdict is Verdict.UNKNOWN:
        raise Undecided(answer.reason)
    run = answer.run
    if run is None:
        return _proof(found, text, bounds)

    def replay() -> None:
        performed(run.states[0], run)
        broken(run)

    shown = lines_of(run)
    return Counterexample(
        Method.EXHAUSTIVE, f"Not so: {text}", shown, replay, bounds, len(found.states)
    )


def _two_runs(
    found: Exploration[Any],
    runs: tuple[Run[Any], Run[Any]],
    text: str,
    bounds: str,
    apart: Callable[[], None],
) -> Counterexample:
    def replay() -> None:
        for run in runs:
            performed(run.states[0], run)
        apart()

    one, two = map(lines_of, runs)
    steps = (*one, "and the other run", *two)
    return Counterexample(
        Method.EXHAUSTIVE, f"Not so: {text}", steps, replay, bounds, len(found.states)
    )


def _proof(found: Exploration[Any], text: str, bounds: str) -> Proof:
    if not found.complete:
        raise Undecided(found.reason)
    return Proof(Method.EXHAUSTIVE, text, bounds, len(found.states))
