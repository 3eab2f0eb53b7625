"""What holds of a model for all values of its parameters: proofs by k-induction with z3.

An invariant is proved when it holds at the start, and when every step from any state that
satisfies all the proved invariants leads to one that satisfies it. Invariants are proved together:
those that no step breaks while the others are assumed are found as the largest such set (C.
Flanagan and K. R. M. Leino, *Houdini, an annotation assistant for ESC/Java*, FME 2001).
With k-induction the last k states are assumed to satisfy them (M. Sheeran, S. Singh,
G. Stålmarck, *Checking safety properties using induction and a SAT-solver*, FMCAD 2000).
What fails is looked for from the start, step by step, and each run found is performed by the
class itself before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import z3

from cospec.checker.exploration import Answer, Run
from cospec.checker.verdict import Verdict
from cospec.models.model import ModelError, ModelSystem, PropertyKind
from cospec.proofs.explored import decided, shown
from cospec.proofs.relation import Relation, Variables
from cospec.proofs.replay import replayed
from cospec.proofs.smallest import smallest
from cospec.proofs.solver import Solver, Term

#: How many steps from the start are looked at for counterexamples.
DEPTH = 10

#: How long z3 may take for one question, in seconds.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Proved:
    """The verdict on each invariant and transition invariant of a model, by its name.

    Where it holds, `reason` says how that was proved.
    """

    answers: dict[str, Answer[Any]]

    @property
    def holds(self) -> bool:
        """Whether every one is proved."""
        return all(each.verdict is Verdict.HOLDS for each in self.answers.values())

    def __bool__(self) -> bool:
        """Whether every one is proved.

        Raises:
            ValueError: none is refuted, but of some it is unknown.
        """
        return decided(self.answers)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show: the verdicts, and the runs as tables."""
        from cospec.proofs.display import answers_page

        return {"text/plain": str(self), "text/html": answers_page(self.answers)}

    def __str__(self) -> str:
        return "\n".join(shown(self.answers))


def prove(
    *starts: Any,
    parameters: Sequence[str] = (),
    where: Callable[[Any], bool] | None = None,
    among: Mapping[str, Sequence[Hashable]] | None = None,
    induction: int = 1,
    depth: int = DEPTH,
    seconds: float = PATIENCE,
) -> Proved:
    """Proves or refutes the invariants and transition invariants of a model.

    Args:
        starts: states of one model class.
        parameters: fields that may have any value at the start, instead of the one given.
        where: what is known of them at the start, such as `lambda state: state.capacity >= 1`.
        among: for fields of types without symbolic form, their values. That no step leads
            elsewhere is proved as well.
        induction: up to how many states in a row are assumed to satisfy the invariants; with 0
            only runs from the start are looked at.
        depth: how many steps from the start are looked at.
        seconds: how long z3 may take for one question.

    Raises:
        ModelError: the class is no model, or no start satisfies `where`.
        SymbolicError: it does what symbolic values cannot follow.
    """
    system = ModelSystem(*starts)
    names = sorted(starts[0].__dataclass_fields__)
    unknown = [name for name in (*parameters, *(among or {})) if name not in names]
    if unknown:
        raise ModelError(
            f"{type(starts[0]).__name__} has no field `{unknown[0]}`, only {', '.join(names)}"
        )
    return Proved(
        _Proof(system, tuple(parameters), where, among or {}, seconds).run(depth, induction)
    )


@dataclass(slots=True, eq=False)
class _Goal:
    """A property to prove; a lemma is one that is not asked for, but may help."""

    name: str
    formula: Term
    holds: Callable[..., Any]
    step: bool = False
    lemma: bool = False
    #: At how many of the first states (or steps) it is known to hold.
    checked: int = 0
    answer: Answer[Any] | None = None
    #: Why it is not proved, as far as known.
    doubt: Answer[Any] | None = field(default=None)


#: The number of the way that a step goes.
_WAY = z3.Int("way")

#: Lemmas have names that no method can have.
_POSSIBLE, _CONSTANT, _WHERE = "(values)", "(constants)", "(where)"


class _Proof:
    """One attempt, from the start on and by induction."""

    def __init__(
        self,
        system: ModelSystem,
        parameters: Sequence[str],
        where: Callable[[Any], bool] | None,
        among: Mapping[str, Sequence[Hashable]],
        seconds: float,
    ) -> None:
        self._system = system
        self._relation = relation = Relation(system, among)
        self._patience = int(seconds * 1000)
        self._trails: list[tuple[Variables, Variables, Term]] = []
        starts = list(system.initial_states())
        begun = z3.Or([relation.starting(each, parameters) for each in starts])
        self._initial = z3.And(begun, relation.possible)
        self._goals = [
            _Goal(each.name, relation.predicate(each.holds, step), each.holds, step)
            for each in system.properties
            if each.kind in (PropertyKind.INVARIANT, PropertyKind.TRANSITION)
            for step in [each.kind is PropertyKind.TRANSITION]
        ]
        self._possible = _Goal(_POSSIBLE, relation.possible, bool, lemma=True)
        self._broken = z3.Or([each.condition for each in relation.broken])
        self._invariants = [self._possible, *(goal for goal in self._goals if not goal.step)]
        changing = {each.name for each in fields(starts[0])} - relation.constant()
        kept = z3.Or([relation.starting(each, {*changing, *parameters}) for each in starts])
        self._invariants.append(_Goal(_CONSTANT, kept, bool, lemma=True))
        if where is not None:
            formula = relation.predicate(where)
            self._initial = z3.And(self._initial, formula)
            self._invariants.append(_Goal(_WHERE, formula, where, lemma=True))
            self._require_a_start()

    def run(self, depth: int, induction: int) -> dict[str, Answer[Any]]:
        """The answers, by the names of the properties."""
        stopped = self._look(max(depth, induction - 1))
        if stopped is None:
            proved: list[_Goal] = []
            for length in range(1, induction + 1):
                proved += self._together(proved, length)
                self._conclude(proved, length)
        return {goal.name: self._answered(goal, stopped, depth) for goal in self._goals}

    def _answered(self, goal: _Goal, stopped: Answer[Any] | None, depth: int) -> Answer[Any]:
        if goal.answer is not None:
            return goal.answer
        nothing = f"no counterexample within {depth} steps"
        return stopped or goal.doubt or Answer(Verdict.UNKNOWN, reason=nothing)

    def _require_a_start(self) -> None:
        """Of no state at all everything holds: a proof of that would be worth nothing."""
        solver = self._solver()
        solver.add(self._initial)
        if solver.check() == z3.unsat:
            raise ModelError("no start satisfies `where`, whatever its parameters are")

    # ------------------------------------------------------------------ formulas along a run

    def _state(self, number: int) -> Variables:
        return self._trail(number)[0]

    def _trail(self, number: int) -> tuple[Variables, Variables, Term]:
        """The variables of a state, of the arguments of the step from it, and of its way."""
        while len(self._trails) <= number:
            place = len(self._trails)
            inputs = [z3.Int(f"{place}.{term}") for term in self._relation.inputs()]
            trail = self._relation.variables(str(place)), inputs, z3.Int(f"{place}.way")
            self._trails.append(trail)
        return self._trails[number]

    def _swaps(self, number: int, step: bool) -> list[tuple[Term, Term]]:
        state, inputs, way = self._trail(number)
        pairs = [*zip(self._relation.before, state, strict=True)]
        pairs += zip(self._relation.inputs(), inputs, strict=True)
        if step:
            pairs.append((_WAY, way))
            pairs += zip(self._relation.after, self._state(number + 1), strict=True)
        return pairs

    def _at(self, formula: Term, number: int, step: bool = False) -> Term:
        """A formula, of a state or a step of a run."""
        return z3.substitute(formula, *self._swaps(number, step))

    def _breaking(self, goal: _Goal, number: int) -> Term:
        """That a state breaks an invariant, and is a state at all if that is not what is asked."""
        broken = z3.Not(self._at(goal.formula, number))
        if goal is self._possible:
            return broken
        return z3.And(broken, self._at(self._possible.formula, number))

    def _step(self, number: int) -> Term:
        return self._at(self._relation.formula(_WAY), number, step=True)

    def _ask(self, solver: Solver, *more: Term) -> tuple[Any, z3.ModelRef | None]:
        solver.push()
        solver.add(*more)
        result = solver.check()
        model = smallest(solver, self._variables()) if result == z3.sat else None
        solver.pop()
        return result, model

    def _variables(self) -> Variables:
        """All variables so far, those of the first step first: which way, with which arguments."""
        return [term for state, inputs, way in self._trails for term in (way, *inputs, *state)]

    def _solver(self) -> Solver:
        return Solver(self._patience)

    def _run_of(self, model: z3.ModelRef, steps: int) -> tuple[Run[Any], list[int]]:
        """The states and events that a model of z3 gives, and which outcomes they are."""
        states = [self._relation.plain(self._state(n), model) for n in range(steps + 1)]
        events, outcomes = [], []
        for number in range(steps):
            chosen = model.eval(self._trail(number)[2], model_completion=True).as_long()
            way = self._relation.ways[chosen]
            events.append(
                self._relation.act(way, lambda term, n=number: self._at(term, n), model)  # type: ignore[misc]
            )
            outcomes.append(way.outcome)
        return Run(tuple(states), tuple(events)), outcomes

    # ------------------------------------------------------------------ from the start

    def _look(self, depth: int) -> Answer[Any] | None:
        """Looks for counterexamples; what it cannot go beyond stops it."""
        solver = self._solver()
        solver.add(self._at(self._initial, 0))
        for number in range(depth + 1):
            stopped = self._look_at(solver, number)
            if stopped is not None:
                return stopped
            if number == depth:
                break
            solver.add(self._step(number))
            if solver.check() == z3.unsat:
                self._all_seen(number)
                break
            self._look_at_step(solver, number)
        return None

    def _look_at(self, solver: Solver, number: int) -> Answer[Any] | None:
        for goal in self._invariants:
            if goal.answer is None and goal.checked == number:
                result, model = self._ask(solver, self._breaking(goal, number))
                self._note(goal, result, model, number)
            if self._possible.answer is not None:
                run = self._possible.answer.run
                reason = "a step gives a field a value that is not among those listed"
                before = run and Run(run.states[:-1], run.events[:-1])
                return Answer(Verdict.UNKNOWN, before, reason)
        result, model = self._ask(solver, self._at(self._broken, number))
        if model is not None:
            run, outcomes = self._run_of(model, number)
            replayed(self._system, run, outcomes)
            return Answer(Verdict.UNKNOWN, run, "an action raises an exception in the last state")
        return None

    def _look_at_step(self, solver: Solver, number: int) -> None:
        for goal in self._goals:
            if goal.step and goal.answer is None and goal.checked == number:
                result, model = self._ask(solver, z3.Not(self._at(goal.formula, number, step=True)))
                self._note(goal, result, model, number + 1)

    def _note(self, goal: _Goal, result: Any, model: z3.ModelRef | None, steps: int) -> None:
        if result == z3.unsat:
            goal.checked += 1
        elif model is None:
            reason = f"z3 did not decide whether {steps} steps can break it"
            goal.doubt = Answer(Verdict.UNKNOWN, reason=reason)
        else:
            run, outcomes = self._run_of(model, steps)
            goal.answer = Answer(Verdict.FAILS, run)
            if goal.lemma:
                return
            replayed(self._system, run, outcomes)
            given = run.states[-2:] if goal.step else run.states[-1:]
            goal.answer = _judged(goal, run, given)

    def _all_seen(self, steps: int) -> None:
        """No run is longer: what holds of all these steps holds."""
        for goal in (*self._goals, *self._invariants):
            wanted = steps if goal.step else steps + 1
            if goal.answer is None and goal.checked >= wanted:
                reason = f"no run has more than {steps} steps"
                goal.answer = Answer(Verdict.HOLDS, reason=reason)

    # ------------------------------------------------------------------ by induction

    def _together(self, proved: list[_Goal], length: int) -> list[_Goal]:
        """The invariants that no step breaks after `length` states that satisfy them all."""
        hoped = [
            goal
            for goal in self._invariants
            if goal not in proved
            and (goal.answer is None or goal.answer.verdict is Verdict.HOLDS)
            and goal.checked >= length
        ]
        changed = True
        while changed:
            changed = False
            solver = self._after([*proved, *hoped], length)
            for goal in list(hoped):
                result, model = self._ask(solver, self._breaking(goal, length))
                if result != z3.unsat:
                    if not goal.lemma:
                        goal.doubt = self._not_inductive(model, length)
                    hoped.remove(goal)
                    changed = True
        return hoped

    def _after(self, assumed: list[_Goal], length: int) -> Solver:
        """Runs of some steps whose states, but for the last, satisfy what is assumed."""
        solver = self._solver()
        for number in range(length):
            solver.add(*(self._at(goal.formula, number) for goal in assumed))
            solver.add(self._at(self._relation.possible, number), self._step(number))
        return solver

    def _not_inductive(self, model: z3.ModelRef | None, length: int) -> Answer[Any]:
        if model is None:
            return Answer(Verdict.UNKNOWN, reason="z3 did not decide whether a step can break it")
        run, outcomes = self._run_of(model, length)
        replayed(self._system, run, outcomes)
        reason = (
            "not inductive: the run below breaks it, but nothing says that its first state can be "
            "reached; a further invariant may exclude it"
        )
        return Answer(Verdict.UNKNOWN, run, reason)

    def _conclude(self, proved: list[_Goal], length: int) -> None:
        """Answers what follows of what is proved, provided that no step leaves the formulas."""
        if self._possible not in proved:
            reason = "not inductive: a step may give a field a value that is not among those listed"
            self._doubt(Answer(Verdict.UNKNOWN, reason=reason))
            return
        solver = self._solver()
        solver.add(*(self._at(goal.formula, 0) for goal in proved))
        result, model = self._ask(solver, self._at(self._broken, 0))
        if result != z3.unsat:
            run = None if model is None else self._run_of(model, 0)[0]
            reason = "an action raises an exception in a state that satisfies what is proved"
            self._doubt(Answer(Verdict.UNKNOWN, run, reason))
            return
        how = "by induction" if length == 1 else f"by {length}-induction"
        for goal in proved:
            goal.answer = goal.answer or Answer(Verdict.HOLDS, reason=how)
        self._conclude_steps(proved, length, how)

    def _conclude_steps(self, proved: list[_Goal], length: int, how: str) -> None:
        for goal in self._goals:
            if goal.step and goal.answer is None and goal.checked >= length - 1:
                solver = self._after(proved, length)
                broken = z3.Not(self._at(goal.formula, length - 1, step=True))
                result, model = self._ask(solver, broken)
                if result == z3.unsat:
                    goal.answer = Answer(Verdict.HOLDS, reason=how)
                else:
                    goal.doubt = self._not_inductive(model, length)

    def _doubt(self, answer: Answer[Any]) -> None:
        for goal in self._goals:
            if goal.answer is None:
                goal.doubt = answer


def _judged(goal: _Goal, run: Run[Any], given: Sequence[Any]) -> Answer[Any]:
    """The verdict of the class itself on a run that is said to break a property."""
    try:
        holds = goal.holds(*given)
    except Exception as error:
        reason = f"`{goal.name}` raises {type(error).__name__} in the last state: {error}"
        return Answer(Verdict.UNKNOWN, run, reason)
    if holds:
        raise AssertionError(f"this is a bug in cospec: {goal.name} holds at the end of\n{run}")
    return Answer(Verdict.FAILS, run)
