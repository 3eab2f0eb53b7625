"""Filters and stages in z3: the definitions of seed 000, section 5.1, over sorts about which
nothing is known and functions that may be any.

A filter is a Python function from a term to a term of an option sort. That these definitions are
those of `cospec.models.pipelines` is tested on all filters between small sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import z3

Term = Any
Filter = Callable[[Term], Term]

#: The types of the theorems.
A, B, C, D = (z3.DeclareSort(f"Pipeline{name}") for name in "ABCD")
ERROR = z3.DeclareSort("PipelineError")


@dataclass(frozen=True, slots=True)
class Option:
    """`option T`, or with errors `Result<T, E>`: what there is of a value, or what went wrong.

    With `errors` nothing is `Err(e)`, which is handed on as it is.
    """

    sort: Any
    errors: bool = False

    def some(self, value: Term) -> Term:
        """Something."""
        return self.sort.some(value)

    def nothing(self, error: Term | None = None) -> Term:
        """Nothing, for the reason that another one gives."""
        return self.sort.nothing(error) if self.errors else self.sort.nothing

    def is_some(self, term: Term) -> Term:
        """Whether there is something."""
        return self.sort.is_some(term)

    def value(self, term: Term) -> Term:
        """What there is."""
        return self.sort.value(term)

    def reason(self, term: Term) -> Term | None:
        """Why there is nothing."""
        return self.sort.error(term) if self.errors else None


@cache
def option(of: Any, errors: bool = False) -> Option:
    """The option sort, or the sort of results, of a sort."""
    made = z3.Datatype(f"{'Result' if errors else 'Option'}_{of.name()}")
    made.declare("nothing", *([("error", ERROR)] if errors else []))
    made.declare("some", ("value", of))
    return Option(made.create(), errors)


@cache
def pair(left: Any, right: Any) -> Any:
    """The sort of pairs."""
    made = z3.Datatype(f"Pair_{left.name()}_{right.name()}")
    made.declare("pair", ("fst", left), ("snd", right))
    return made.create()


@cache
def either(left: Any, right: Any) -> Any:
    """The sort `left + right`."""
    made = z3.Datatype(f"Sum_{left.name()}_{right.name()}")
    made.declare("inl", ("left", left))
    made.declare("inr", ("right", right))
    return made.create()


def any_filter(name: str, source: Any, target: Any, errors: bool = False) -> Filter:
    """A filter that may be any."""
    function: Filter = z3.Function(name, source, option(target, errors).sort)
    return function


def bind(given: Term, source: Option, then: Filter, target: Option) -> Term:
    """What follows of something; nothing stays nothing."""
    nothing = target.nothing(source.reason(given))
    return z3.If(source.is_some(given), then(source.value(given)), nothing)


def compose(first: Filter, between: Option, second: Filter, target: Option) -> Filter:
    """`compose_filters`"""
    return lambda given: bind(first(given), between, second, target)


def mapped(function: Filter, given: Term, source: Option, target: Option) -> Term:
    """`option_map`"""
    return bind(given, source, lambda value: target.some(function(value)), target)


def parallel(left: Filter, of_left: Option, right: Filter, of_right: Option, both: Any) -> Filter:
    """`parallel_filters`; `both` is the sort of the pairs."""
    target = option(both)

    def together(given: Term) -> Term:
        b, c = left(given), right(given)
        some = target.some(both.pair(of_left.value(b), of_right.value(c)))
        return z3.If(z3.And(of_left.is_some(b), of_right.is_some(c)), some, target.nothing())

    return together


def branch(
    predicate: Filter,
    when_true: Filter,
    of_true: Option,
    when_false: Filter,
    of_false: Option,
    one: Any,
) -> Filter:
    """`branch_filter`; `one` is the sort of the sum."""
    target = option(one, of_true.errors)

    def chosen(given: Term) -> Term:
        b, c = when_true(given), when_false(given)
        left = z3.If(
            of_true.is_some(b),
            target.some(one.inl(of_true.value(b))),
            target.nothing(of_true.reason(b)),
        )
        right = z3.If(
            of_false.is_some(c),
            target.some(one.inr(of_false.value(c))),
            target.nothing(of_false.reason(c)),
        )
        return z3.If(predicate(given), left, right)

    return chosen


def case(left: Filter, right: Filter, one: Any) -> Filter:
    """What follows a branch: a filter for each of its sides."""
    return lambda given: z3.If(one.is_inl(given), left(one.left(given)), right(one.right(given)))


def conditional(predicate: Filter, when_true: Filter, when_false: Filter) -> Filter:
    """`ConditionalStage::process`"""
    return lambda given: z3.If(predicate(given), when_true(given), when_false(given))


# ---------------------------------------------------------------------------------------- batches

#: What a stage has done to the world, in the order in which it was done.
EFFECTS = z3.SeqSort(z3.DeclareSort("PipelineEffect"))


def batch_begun(world: Term) -> tuple[Term, Term]:
    """The world, and what is kept back, before the first item."""
    return world, z3.Empty(EFFECTS)


def batch_item(transactional: bool, world: Term, kept: Term, done: Term) -> tuple[Term, Term]:
    """Both after an item that was Ok."""
    return (world, z3.Concat(kept, done)) if transactional else (z3.Concat(world, done), kept)


def batch_ended(transactional: bool, ok: Term, world: Term, kept: Term) -> Term:
    """The world after the batch."""
    return z3.If(ok, z3.Concat(world, kept), world) if transactional else world


# ----------------------------------------------------------------------- inputs in flight, counted


@dataclass(frozen=True, slots=True)
class Flight:
    """`ParallelExecution` by numbers: how many inputs were started, how many are running, and how
    many are finished and not collected; whether the stream has ended, and whether something was
    returned."""

    started: Term
    running: Term
    finished: Term
    exhausted: Term
    returned: Term

    def sound(self, inputs: Term) -> Term:
        """What every such state satisfies."""
        counted = z3.And(self.running >= 0, self.finished >= 0, self.started >= 0)
        return z3.And(counted, self.started <= inputs)

    def steps(self, inputs: Term, parallelism: Term) -> list[tuple[Term, Flight]]:
        """What may happen, ordered or not: a guard that every such step satisfies, and the state
        after it."""
        going, yes = z3.Not(self.returned), z3.BoolVal(True)
        room = self._room(parallelism)
        more = self.started < inputs
        over = z3.And(self.exhausted, self.running + self.finished == 0)
        runs, waits = z3.And(going, self.running > 0), z3.And(going, self.finished > 0)
        less, fewer = self.running - 1, self.finished - 1
        return [
            (z3.And(room, more), replace(self, started=self.started + 1, running=self.running + 1)),
            (z3.And(room, z3.Not(more)), replace(self, exhausted=yes)),
            # A result waits for its turn, or is collected at once; so is an error.
            (runs, replace(self, running=less, finished=self.finished + 1)),
            (runs, replace(self, running=less)),
            (runs, replace(self, running=less, returned=yes)),
            (waits, replace(self, finished=fewer)),
            (waits, replace(self, finished=fewer, returned=yes)),
            (z3.And(going, over), replace(self, returned=yes)),
        ]

    def _room(self, parallelism: Term) -> Term:
        in_flight = self.running + self.finished
        return z3.And(z3.Not(self.returned), in_flight < parallelism, z3.Not(self.exhausted))

    def may_go_on(self, parallelism: Term) -> Term:
        """That a step is certainly possible. Of finished inputs the oldest is one if none runs."""
        idle = self.running + self.finished == 0
        some = z3.Or(self._room(parallelism), self.running > 0, self.finished > 0)
        return z3.And(z3.Not(self.returned), z3.Or(some, z3.And(self.exhausted, idle)))

    def left(self, inputs: Term) -> Term:
        """How much is left to do: a number that every step makes smaller."""
        ahead = 4 * (inputs - self.started) + 2 * self.running + self.finished
        return ahead + z3.If(self.exhausted, 0, 1) + z3.If(self.returned, 0, 1)
