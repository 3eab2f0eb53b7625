"""A model class as formulas: its steps, its properties, its states, each over variables of z3."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

import z3

from cospec.models.model import Act, Action, Integers, ModelSystem
from cospec.proofs.fields import kinds_of
from cospec.proofs.forking import DECISION_PATIENCE, Branch, SymbolicError, branches, choose
from cospec.proofs.solver import Solver, Term
from cospec.proofs.symbolic import SymbolicBool, SymbolicInt, SymbolicText, concrete, truth_term

Variables = list[Term]


@dataclass(frozen=True, slots=True)
class Way:
    """One way that an action can go: from which states, with which arguments, and to which."""

    action: Action
    arguments: tuple[Any, ...]
    outcome: int
    condition: Term
    after: Variables


class Relation:
    """The steps of a model from any state to the next.

    Attributes:
        before: variables for any state.
        after: variables for the state after it.
        possible: whether `before` is a state.
        ways: what the actions do.
        broken: the states in which an action raises an exception, with what is raised.
    """

    def __init__(self, system: ModelSystem, among: Mapping[str, Sequence[Hashable]]) -> None:
        self._system = system
        self._start = next(iter(system.initial_states()))
        self._kinds = kinds_of(self._start, among)
        self.before, self.after = self.variables("before"), self.variables("after")
        self.possible = self._possible(self.before)
        self._inputs: list[tuple[Action, str, Term]] = []
        self.ways: list[Way] = []
        self.broken: list[Branch] = []
        for each in system.actions:
            self._learn(each)

    # ------------------------------------------------------------------ states

    def variables(self, prefix: str) -> Variables:
        """New variables for a state."""
        return [
            z3.Const(f"{prefix}.{name}.{number}", sort)
            for name, kind in self._kinds.items()
            for number, sort in enumerate(kind.sorts())
        ]

    def _cut(self, terms: Sequence[Term]) -> Iterator[tuple[str, Any, Sequence[Term]]]:
        start = 0
        for name, kind in self._kinds.items():
            stop = start + len(kind.sorts())
            yield name, kind, terms[start:stop]
            start = stop

    def _possible(self, terms: Sequence[Term]) -> Term:
        return z3.And([kind.possible(part) for _, kind, part in self._cut(terms)])

    def _object(self, values: Mapping[str, Any]) -> Any:
        """A state with given fields. Nothing is computed, as `__post_init__` might."""
        made = object.__new__(type(self._start))
        for name, value in values.items():
            object.__setattr__(made, name, value)
        return made

    def _symbolic(self, terms: Sequence[Term]) -> Any:
        return self._object({name: kind.wrap(part) for name, kind, part in self._cut(terms)})

    def plain(self, terms: Sequence[Term], model: z3.ModelRef) -> Any:
        """The state that a model of z3 gives."""
        return self._object(
            {name: kind.plain(part, model) for name, kind, part in self._cut(terms)}
        )

    def terms(self, state: Any, where: str) -> Variables:
        """A state as terms."""
        found: Variables = []
        for each in fields(state):
            value = getattr(state, each.name)
            part = self._kinds[each.name].terms(value)
            if part is None:
                raise SymbolicError(
                    "S610",
                    f"{where} the field `{each.name}` gets a {type(value).__name__}, where "
                    f"`{each.type}` is declared",
                )
            found += part
        return found

    def constant(self) -> set[str]:
        """The fields that no action changes."""
        found = set()
        pairs = list(
            zip(self._cut(self.before), *(self._cut(w.after) for w in self.ways), strict=True)
        )
        for (name, _, old), *news in pairs:
            changes = [
                z3.And(way.condition, z3.Or([a != b for a, b in zip(old, new, strict=True)]))
                for way, (_, _, new) in zip(self.ways, news, strict=True)
                if not all(a.eq(b) for a, b in zip(old, new, strict=True))
            ]
            solver = Solver(DECISION_PATIENCE)
            solver.add(self.possible, z3.Or(changes))
            if solver.check() == z3.unsat:
                found.add(name)
        return found

    def starting(self, start: Any, parameters: Collection[str]) -> Term:
        """That a state is a start, its parameters being anything."""
        terms = self.terms(start, "at the start")
        fixed = [name not in parameters for name, _, part in self._cut(terms) for _ in part]
        pairs = zip(self.before, terms, fixed, strict=True)
        return z3.And([variable == term for variable, term, kept in pairs if kept])

    # ------------------------------------------------------------------ properties

    def predicate(self, holds: Callable[..., Any], step: bool = False) -> Term:
        """Where a predicate holds, of a state or of a step; where it raises, it does not."""

        def ask() -> Any:
            given = [self._symbolic(self.before)]
            if step:
                given.append(self._symbolic(self.after))
            result = holds(*given)
            return bool(result) if truth_term(result) is None else result

        both = z3.And(self.possible, self._possible(self.after)) if step else self.possible
        found = [each for each in branches(ask, both) if each.error is None]
        return z3.Or([z3.And(each.condition, truth_term(each.result)) for each in found])

    # ------------------------------------------------------------------ actions

    def _learn(self, action: Action) -> None:
        """Adds the ways of an action."""
        names = [name for name, _ in action.domains]
        inputs = {
            name: z3.Int(f"{action.name}.{name}")
            for name, domain in action.domains
            if isinstance(domain, Integers)
        }
        self._inputs += [(action, name, term) for name, term in inputs.items()]

        def perform() -> Any:
            state = self._symbolic(self.before)
            values: list[list[Any]] = []
            for name, domain in action.domains:
                if name in inputs:
                    values.append([SymbolicInt(inputs[name])])
                else:
                    values.append(list(domain(state) if callable(domain) else domain))
            choices = list(product(*values))
            if not choices:
                return (), []
            arguments = choices[choose(len(choices))]
            given = dict(zip(names, arguments, strict=True))
            outcomes = [after for _, after in _alone(action, given).steps(state)]
            return arguments, [self.terms(each, f"after `{action.name}`") for each in outcomes]

        for each in branches(perform, self.possible):
            if each.error is not None:
                self.broken.append(each)
                continue
            arguments, outcomes = each.result
            for number, after in enumerate(outcomes):
                self.ways.append(Way(action, arguments, number, each.condition, after))

    def formula(self, chosen: Term) -> Term:
        """That `after` comes of `before` by the way whose number is `chosen`."""
        return z3.Or(
            [
                z3.And(chosen == number, way.condition, *map(operator.eq, self.after, way.after))
                for number, way in enumerate(self.ways)
            ]
        )

    def inputs(self) -> Variables:
        """The variables of parameters that may be any integer."""
        return [term for _, _, term in self._inputs]

    def act(self, way: Way, swap: Callable[[Term], Term], model: z3.ModelRef) -> Act:
        """The event of a way, with plain arguments."""
        swapped = (_swapped(each, swap) for each in way.arguments)
        return Act(way.action.name, tuple(concrete(each, model) for each in swapped))


def _swapped(value: Any, swap: Callable[[Term], Term]) -> Any:
    if type(value) in (SymbolicInt, SymbolicBool, SymbolicText):
        return type(value)(swap(value.term))
    return value


def _alone(action: Action, given: Mapping[str, Any]) -> Action:
    """An action with one value for each parameter."""
    domains = tuple((name, (value,)) for name, value in given.items())
    return Action(action.name, action.text, domains, action.perform, action.fair)
