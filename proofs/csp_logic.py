"""Trace sets in z3: laws of CSP for all processes, by induction on a trace.

A sort of sets of traces about which only this is said: whether ⟨⟩ is in a set, and the set *after*
an event e, {t | ⟨e⟩^t is in it}. Each operator is given by these two (Brzozowski, *Derivatives of
regular expressions*, JACM 11(4), 1964), so that membership is defined by recursion on the trace,
and two expressions are equal when no trace tells them apart:

* in the base case, both have ⟨⟩ or none has;
* in the step, the law is assumed for one trace and *all* sets, those after the first event among
  them. Sets with the same members are the same set, which the definitions of `after` make use of.

✓ is an event in which a parallel composition always synchronises, so that what holds for every
interface holds with and without it. That all definitions say the same as those of
`cospec.models.csp_core` is tested on small sets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from cospec.proofs.evidence import prove

Event = z3.DeclareSort("CspEvent")
Traces = z3.DeclareSort("CspTraces")


def _trace() -> Any:
    made = z3.Datatype("CspTrace")
    made.declare("empty")
    made.declare("event", ("head", Event), ("rest", made))
    return made.create()


Trace = _trace()
EMPTY = Trace.empty

#: The events in which a parallel composition synchronises.
interface = z3.Function("interface", Event, z3.BoolSort())
TICK = z3.Const("tick", Event)

#: Constants to state theorems with.
P, Q, R = z3.Consts("P Q R", Traces)
e, x, y = z3.Consts("e x y", Event)
s, t, u, v, w = z3.Consts("s t u v w", Trace)

# ---------------------------------------------------------------------- sets and their operators

BOOL = z3.BoolSort()
has_empty = z3.Function("has_empty", Traces, BOOL)
after = z3.Function("after", Traces, Event, Traces)
member = z3.Function("member", Traces, Trace, BOOL)

NONE, STOP, SKIP = z3.Consts("none stop skip", Traces)
choice = z3.Function("choice", Traces, Traces, Traces)
prefix = z3.Function("prefix", Event, Traces, Traces)
parallel = z3.Function("parallel", Traces, Traces, Traces)
sequence = z3.Function("sequence", Traces, Traces, Traces)
#: Whether an event is in the alphabet.
uses = z3.Function("uses", Traces, Event, BOOL)
#: Empty, or as the traces of a process are: ⟨⟩ is among them, and nothing follows ✓.
healthy = z3.Function("healthy", Traces, BOOL)


def for_all(variables: list[Any], body: z3.BoolRef, *patterns: Any) -> z3.BoolRef:
    """A statement on all values, and the terms at which z3 is to use it."""
    return z3.ForAll(variables, body, patterns=list(patterns)) if variables else body


def can(process: Any, event: Any) -> z3.BoolRef:
    """Whether an event is possible at first."""
    return has_empty(after(process, event))


def _definitions() -> list[z3.BoolRef]:
    both, together = parallel(P, Q), parallel(after(P, e), after(Q, e))
    either = choice(parallel(after(P, e), Q), parallel(P, after(Q, e)))
    follows = z3.If(can(P, TICK), after(Q, e), NONE)
    ending = z3.If(e == TICK, follows, choice(sequence(after(P, e), Q), follows))
    return [
        for_all([P], member(P, EMPTY) == has_empty(P), member(P, EMPTY)),
        for_all(
            [P, e, u],
            member(P, Trace.event(e, u)) == member(after(P, e), u),
            member(P, Trace.event(e, u)),
        ),
        z3.Not(has_empty(NONE)),
        for_all([e], after(NONE, e) == NONE, after(NONE, e)),
        for_all([u], z3.Not(member(NONE, u)), member(NONE, u)),
        has_empty(STOP),
        for_all([e], after(STOP, e) == NONE, after(STOP, e)),
        has_empty(SKIP),
        for_all([e], after(SKIP, e) == z3.If(e == TICK, STOP, NONE), after(SKIP, e)),
        for_all([P, Q], has_empty(choice(P, Q)) == z3.Or(has_empty(P), has_empty(Q)), choice(P, Q)),
        for_all(
            [P, Q, e],
            after(choice(P, Q), e) == choice(after(P, e), after(Q, e)),
            after(choice(P, Q), e),
        ),
        for_all(
            [P, Q, u],
            member(choice(P, Q), u) == z3.Or(member(P, u), member(Q, u)),
            member(choice(P, Q), u),
        ),
        for_all([x, P], has_empty(prefix(x, P)), prefix(x, P)),
        for_all(
            [x, P, e], after(prefix(x, P), e) == z3.If(e == x, P, NONE), after(prefix(x, P), e)
        ),
        for_all([P, Q], has_empty(both) == z3.And(has_empty(P), has_empty(Q)), both),
        for_all([P, Q, e], after(both, e) == z3.If(interface(e), together, either), after(both, e)),
        for_all([P, Q], has_empty(sequence(P, Q)) == has_empty(P), sequence(P, Q)),
        for_all([P, Q, e], after(sequence(P, Q), e) == ending, after(sequence(P, Q), e)),
    ]


#: What it means to be healthy.
HEALTH = [
    for_all(
        [P, e],
        z3.Implies(healthy(P), healthy(after(P, e))),
        z3.MultiPattern(healthy(P), after(P, e)),
    ),
    for_all([P], z3.Implies(z3.And(healthy(P), z3.Not(has_empty(P))), P == NONE), healthy(P)),
    for_all(
        [P],
        z3.Implies(healthy(P), after(P, TICK) == z3.If(can(P, TICK), STOP, NONE)),
        healthy(P),
    ),
]

#: What defines the operators on sets.
SETS = _definitions()

#: Outside its alphabet a process performs nothing, and never will.
ALPHABETS = [
    for_all([P, x], z3.Implies(z3.Not(uses(P, x)), after(P, x) == NONE), after(P, x)),
    for_all(
        [P, e, x],
        z3.Implies(z3.Not(uses(P, x)), z3.Not(uses(after(P, e), x))),
        uses(after(P, e), x),
    ),
]


def by_induction(
    statement: Callable[[Any], z3.BoolRef],
    variables: list[Any],
    pattern: Callable[[Any], Any],
    *given: z3.BoolRef,
) -> z3.BoolRef:
    """Proves a statement on every trace, by induction on it; gives it as a theorem to use.

    Args:
        statement: on a trace; the induction hypothesis is this for the rest of a trace.
        variables: what it holds for all of.
        pattern: the term, with all of these, at which z3 is to use the hypothesis.
        given: theorems, and what defines the functions in it.

    Raises:
        Undecided: one of the two cases is refuted, or z3 does not know.
    """
    prove(statement(EMPTY), *given)
    prove(statement(Trace.event(e, u)), for_all(variables, statement(u), pattern(u)), *given)
    return for_all([*variables, u], statement(u), pattern(u))


def law(
    sides: Callable[..., tuple[Any, Any]],
    count: int,
    *given: z3.BoolRef,
    where: Callable[..., z3.BoolRef] | None = None,
) -> z3.BoolRef:
    """Proves that two expressions of so many sets (P, Q, R) have the same members.

    Args:
        sides: the expressions of given sets.
        count: of how many sets.
        given: what is known of the interface, and theorems.
        where: what is known of the sets; it has to be true of them after an event, too.
    """
    variables = [P, Q, R][:count]
    left, right = sides(*variables)
    known = z3.BoolVal(True) if where is None else where(*variables)

    def same(trace: Any) -> z3.BoolRef:
        return z3.Implies(known, member(left, trace) == member(right, trace))

    return by_induction(
        same, variables, lambda trace: member(left, trace), *SETS, *HEALTH, *ALPHABETS, *given
    )


def distributes() -> list[z3.BoolRef]:
    """Parallel composition distributes over choice, and with nothing it is nothing."""
    return [
        law(lambda p, q, r: (parallel(choice(p, q), r), choice(parallel(p, r), parallel(q, r))), 3),
        law(lambda p, q, r: (parallel(p, choice(q, r)), choice(parallel(p, q), parallel(p, r))), 3),
        law(lambda p: (parallel(NONE, p), NONE), 1),
        law(lambda p: (parallel(p, NONE), NONE), 1),
    ]


def within_interface(process: Any) -> z3.BoolRef:
    """That a process performs nothing but events of the interface."""
    return for_all([x], z3.Implies(uses(process, x), interface(x)), uses(process, x))


def interface_is(test: Callable[[Any], z3.BoolRef]) -> z3.BoolRef:
    """Says which events the interface consists of."""
    return for_all([e], interface(e) == test(e), interface(e))
