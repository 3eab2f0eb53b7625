"""Trace sets in z3: laws of CSP for all processes, by induction on a trace.

A sort of sets of traces about which only this is said: whether ⟨⟩ is in a set, and the set *after*
an event e, {t | ⟨e⟩^t is in it}. Each operator is given by these two (Brzozowski, *Derivatives of
regular expressions*, JACM 11(4), 1964), so that membership is defined by recursion on the trace,
and two expressions are equal when no trace tells them apart:

* in the base case, both have ⟨⟩ or none has;
* in the step, the law is assumed for one trace and *all* sets, those after the first event among
  them. Sets with the same members are the same set, which the definitions of `after` make use of.

What hiding and renaming do to a parallel composition is proved on single traces, from the relation
*s and t make u*, which is the seed's `parallel_traces`.

✓ is an event in which a parallel composition always synchronises, so that what holds for every
interface holds with and without it. That all definitions say the same as those of
`cospec.models.csp_core` is tested on small sets.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
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

#: The interface A, the events B that are hidden, and the renaming.
interface = z3.Function("interface", Event, z3.BoolSort())
hidden = z3.Function("hidden", Event, z3.BoolSort())
image = z3.Function("image", Event, Event)
TICK = z3.Const("tick", Event)

#: Constants to state theorems with.
P, Q, R = z3.Consts("P Q R", Traces)
e, x, y = z3.Consts("e x y", Event)
s, t, u, v, w = z3.Consts("s t u v w", Trace)

# ---------------------------------------------------------------------- sets and their operators

_BOOL = z3.BoolSort()
has_empty = z3.Function("has_empty", Traces, _BOOL)
after = z3.Function("after", Traces, Event, Traces)
member = z3.Function("member", Traces, Trace, _BOOL)

NONE, STOP, SKIP = z3.Consts("none stop skip", Traces)
choice = z3.Function("choice", Traces, Traces, Traces)
prefix = z3.Function("prefix", Event, Traces, Traces)
parallel = z3.Function("parallel", Traces, Traces, Traces)
sequence = z3.Function("sequence", Traces, Traces, Traces)
#: Whether an event is in the alphabet.
uses = z3.Function("uses", Traces, Event, _BOOL)
#: Empty, or as the traces of a process are: ⟨⟩ is among them, and nothing follows ✓.
healthy = z3.Function("healthy", Traces, _BOOL)


def _all(variables: list[Any], body: z3.BoolRef, *patterns: Any) -> z3.BoolRef:
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
        _all([P], member(P, EMPTY) == has_empty(P), member(P, EMPTY)),
        _all(
            [P, e, u],
            member(P, Trace.event(e, u)) == member(after(P, e), u),
            member(P, Trace.event(e, u)),
        ),
        z3.Not(has_empty(NONE)),
        _all([e], after(NONE, e) == NONE, after(NONE, e)),
        _all([u], z3.Not(member(NONE, u)), member(NONE, u)),
        has_empty(STOP),
        _all([e], after(STOP, e) == NONE, after(STOP, e)),
        has_empty(SKIP),
        _all([e], after(SKIP, e) == z3.If(e == TICK, STOP, NONE), after(SKIP, e)),
        _all([P, Q], has_empty(choice(P, Q)) == z3.Or(has_empty(P), has_empty(Q)), choice(P, Q)),
        _all(
            [P, Q, e],
            after(choice(P, Q), e) == choice(after(P, e), after(Q, e)),
            after(choice(P, Q), e),
        ),
        _all(
            [P, Q, u],
            member(choice(P, Q), u) == z3.Or(member(P, u), member(Q, u)),
            member(choice(P, Q), u),
        ),
        _all([x, P], has_empty(prefix(x, P)), prefix(x, P)),
        _all([x, P, e], after(prefix(x, P), e) == z3.If(e == x, P, NONE), after(prefix(x, P), e)),
        _all([P, Q], has_empty(both) == z3.And(has_empty(P), has_empty(Q)), both),
        _all([P, Q, e], after(both, e) == z3.If(interface(e), together, either), after(both, e)),
        _all([P, Q], has_empty(sequence(P, Q)) == has_empty(P), sequence(P, Q)),
        _all([P, Q, e], after(sequence(P, Q), e) == ending, after(sequence(P, Q), e)),
    ]


#: What it means to be healthy.
HEALTH = [
    _all(
        [P, e],
        z3.Implies(healthy(P), healthy(after(P, e))),
        z3.MultiPattern(healthy(P), after(P, e)),
    ),
    _all([P], z3.Implies(z3.And(healthy(P), z3.Not(has_empty(P))), P == NONE), healthy(P)),
    _all(
        [P],
        z3.Implies(healthy(P), after(P, TICK) == z3.If(can(P, TICK), STOP, NONE)),
        healthy(P),
    ),
]

#: What defines the operators on sets.
SETS = _definitions()

#: Outside its alphabet a process performs nothing, and never will.
ALPHABETS = [
    _all([P, x], z3.Implies(z3.Not(uses(P, x)), after(P, x) == NONE), after(P, x)),
    _all(
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
    prove(statement(Trace.event(e, u)), _all(variables, statement(u), pattern(u)), *given)
    return _all([*variables, u], statement(u), pattern(u))


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
    return _all([x], z3.Implies(uses(process, x), interface(x)), uses(process, x))


def interface_is(test: Callable[[Any], z3.BoolRef]) -> z3.BoolRef:
    """Says which events the interface consists of."""
    return _all([e], interface(e) == test(e), interface(e))


# ------------------------------------------------------------------------------- single traces

makes = z3.Function("makes", Trace, Trace, Trace, _BOOL)
#: The same with the image of the interface as the interface.
makes_renamed = z3.Function("makes_renamed", Trace, Trace, Trace, _BOOL)
hide = z3.Function("hide", Trace, Trace)
rename = z3.Function("rename", Trace, Trace)
below = z3.Function("below", Trace, Trace, _BOOL)
ends = z3.Function("ends", Trace, _BOOL)
length = z3.Function("length", Trace, z3.IntSort())
occurs = z3.Function("occurs", Event, Trace, _BOOL)
renamed_interface = z3.Function("renamed_interface", Event, _BOOL)
_origin = z3.Function("origin", Event, Event)


def starts(trace: Any, event: Any) -> z3.BoolRef:
    """Whether an event is the first of a trace."""
    return z3.And(Trace.is_event(trace), Trace.head(trace) == event)


def _making(relation: Any, together: Any) -> list[z3.BoolRef]:
    joint = z3.And(starts(s, e), starts(t, e), relation(Trace.rest(s), Trace.rest(t), w))
    left = z3.And(starts(s, e), relation(Trace.rest(s), t, w))
    right = z3.And(starts(t, e), relation(s, Trace.rest(t), w))
    whole = relation(s, t, Trace.event(e, w))
    none = relation(s, t, EMPTY)
    return [
        _all([s, t], none == z3.And(s == EMPTY, t == EMPTY), none),
        _all([s, t, e, w], whole == z3.If(together(e), joint, z3.Or(left, right)), whole),
    ]


def _recursive(function: Any, at_empty: Any, at_event: Any, *more: Any) -> list[z3.BoolRef]:
    """A function of a trace by its value for ⟨⟩ and for ⟨e⟩^w."""
    whole = function(*more, Trace.event(e, w))
    none = function(*more, EMPTY)
    return [
        _all([*more], none == at_empty, none),
        _all([*more, e, w], whole == at_event, whole),
    ]


#: What defines the functions of single traces.
TRACES = [
    *_making(makes, interface),
    *_making(makes_renamed, renamed_interface),
    *_recursive(hide, EMPTY, z3.If(hidden(e), hide(w), Trace.event(e, hide(w)))),
    *_recursive(rename, EMPTY, Trace.event(image(e), rename(w))),
    *_recursive(ends, True, z3.And(ends(w), z3.Implies(e == TICK, w == EMPTY))),
    *_recursive(length, 0, 1 + length(w)),
    *_recursive(occurs, False, z3.Or(x == e, occurs(x, w)), x),
    _all([w], below(EMPTY, w), below(EMPTY, w)),
    _all(
        [e, v, w],
        below(Trace.event(e, v), w) == z3.And(starts(w, e), below(v, Trace.rest(w))),
        below(Trace.event(e, v), w),
    ),
    # The image of the interface: an event of it is the image of one of the interface.
    _all([e], z3.Implies(interface(e), renamed_interface(image(e))), image(e)),
    _all(
        [y],
        z3.Implies(renamed_interface(y), z3.And(interface(_origin(y)), image(_origin(y)) == y)),
        renamed_interface(y),
    ),
]

#: No event is both hidden and in the interface.
DISJOINT = _all([e], z3.Not(z3.And(interface(e), hidden(e))), interface(e), hidden(e))
#: No event of the interface is renamed to what another event is renamed to.
UNSHARED = z3.ForAll(
    [x, y],
    z3.Implies(z3.And(interface(x), image(x) == image(y)), x == y),
    patterns=[z3.MultiPattern(image(x), image(y))],
)
#: ✓ is synchronised, not hidden, and neither renamed nor the image of another event.
TICKING = [
    interface(TICK),
    z3.Not(hidden(TICK)),
    _all([e], (image(e) == TICK) == (e == TICK), image(e)),
]


def _shapes(name: str) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """⟨⟩, and ⟨first⟩^rest: each with its first event and its rest, where there are such."""
    first, rest = z3.Const(f"{name}_first", Event), z3.Const(f"{name}_rest", Trace)
    return [(EMPTY, []), (Trace.event(first, rest), [(first, rest)])]


def distributes_over_making(change: Any, relation: Any, *given: z3.BoolRef) -> None:
    """Proves that changing what two traces make is making it of the two changed: for all s, t, v,

        (∃ w · s and t make w, and changed it is v)  ⇔  s and t changed make v.

    From left to right by induction on w; from right to left on the lengths of s and t together,
    where w is found among those of the shorter pairs with an event in front.
    """
    theory = [*TRACES, *given]
    by_induction(
        lambda w: z3.Implies(makes(s, t, w), relation(change(s), change(t), change(w))),
        [s, t],
        lambda w: makes(s, t, w),
        *theory,
    )
    for (left, lefts), (right, rights), (made, mades) in product(
        _shapes("s"), _shapes("t"), _shapes("v")
    ):
        shorter = [
            (p, q)
            for p, q in product(
                [left, *(rest for _, rest in lefts)], [right, *(rest for _, rest in rights)]
            )
            if (p, q) != (left, right)
        ]
        candidates, hypotheses = [EMPTY], []
        for i, ((p, q), r) in enumerate(product(shorter, [made, *(rest for _, rest in mades)])):
            found = z3.Const(f"found_{i}", Trace)
            holds = z3.And(makes(p, q, found), change(found) == r)
            hypotheses.append(z3.Implies(relation(change(p), change(q), r), holds))
            candidates += [Trace.event(first, found) for first, _ in [*lefts, *rights]]
        goal = z3.Or(*(z3.And(makes(left, right, c), change(c) == made) for c in candidates))
        prove(z3.Implies(relation(change(left), change(right), made), goal), *hypotheses, *theory)


def keeps_prefixes(change: Any) -> None:
    """Proves that what is below a changed trace is a changed trace that is below it: for all s, v
    below the change of s, there is a trace below s whose change is v. By induction on s."""
    for (whole, wholes), (part, parts) in product(_shapes("s"), _shapes("v")):
        candidates, hypotheses = [EMPTY], []
        for i, ((first, rest), r) in enumerate(
            product(wholes, [part, *(rest for _, rest in parts)])
        ):
            found = z3.Const(f"found_{i}", Trace)
            holds = z3.And(below(found, rest), change(found) == r)
            hypotheses.append(z3.Implies(below(r, change(rest)), holds))
            candidates.append(Trace.event(first, found))
        goal = z3.Or(*(z3.And(below(c, whole), change(c) == part) for c in candidates))
        prove(z3.Implies(below(part, change(whole)), goal), *hypotheses, *TRACES)


def making_keeps_prefixes() -> None:
    """Proves that what is below a trace that s and t make is made by traces below s and t. By
    induction on the trace."""
    for (whole, wholes), (part, parts) in product(_shapes("w"), _shapes("v")):
        candidates, hypotheses = [(EMPTY, EMPTY)], []
        for (first, rest), (_, below_it) in product(wholes, parts):
            ways = product([s, Trace.rest(s)], [t, Trace.rest(t)])
            for i, (p, q) in enumerate(ways):
                one, two = z3.Consts(f"one_{i} two_{i}", Trace)
                holds = z3.And(below(one, p), below(two, q), makes(one, two, below_it))
                given = z3.And(makes(p, q, rest), below(below_it, rest))
                hypotheses.append(z3.Implies(given, holds))
                longer = Trace.event(first, one), Trace.event(first, two)
                candidates += product((one, longer[0]), (two, longer[1]))
        goal = z3.Or(*(z3.And(below(a, s), below(b, t), makes(a, b, part)) for a, b in candidates))
        prove(
            z3.Implies(z3.And(makes(s, t, whole), below(part, whole)), goal), *hypotheses, *TRACES
        )


def hiding_composes() -> None:
    """Proves for any sets P and Q that (P \\ A) \\ B = P \\ (A ∪ B), and that
    (P ∪ Q) \\ A = (P \\ A) ∪ (Q \\ A): the first of single traces by induction, and both of the
    sets of their images."""
    second, both = (z3.Function(name, Trace, Trace) for name in ("hide_second", "hide_both"))
    also = z3.Function("hidden_second", Event, _BOOL)
    theory = [
        *TRACES,
        *_recursive(second, EMPTY, z3.If(also(e), second(w), Trace.event(e, second(w)))),
        *_recursive(
            both, EMPTY, z3.If(z3.Or(hidden(e), also(e)), both(w), Trace.event(e, both(w)))
        ),
    ]
    same = by_induction(lambda w: second(hide(w)) == both(w), [], hide, *theory)
    p, q = (z3.Function(name, Trace, _BOOL) for name in ("in_p", "in_q"))

    def image_of(sets: Callable[[Any], Any], change: Callable[[Any], Any]) -> z3.BoolRef:
        """Whether v is in the image of a set."""
        return z3.Exists([s], z3.And(sets(s), change(s) == v))

    prove(image_of(p, lambda trace: second(hide(trace))) == image_of(p, both), same)
    union = image_of(lambda trace: z3.Or(p(trace), q(trace)), hide)
    prove(union == z3.Or(image_of(p, hide), image_of(q, hide)))


def choice_and_prefix_keep_prefixes() -> None:
    """Proves that P ∪ Q and {⟨⟩} ∪ {⟨x⟩^t | t ∈ P} are closed under prefixes if P and Q are."""
    p, q = (z3.Function(name, Trace, _BOOL) for name in ("in_p", "in_q"))

    def closed(sets: Callable[[Any], Any], one: Any, other: Any) -> z3.BoolRef:
        return z3.Implies(z3.And(sets(other), below(one, other)), sets(one))

    def prefixed(trace: Any) -> z3.BoolRef:
        return z3.Or(trace == EMPTY, z3.And(starts(trace, x), p(Trace.rest(trace))))

    given = [
        _all([s, t], closed(each, s, t), z3.MultiPattern(each(t), below(s, t))) for each in (p, q)
    ]
    prove(closed(lambda trace: z3.Or(p(trace), q(trace)), v, w), *given)
    prove(prefixed(EMPTY))
    for (part, _), (whole, _) in product(_shapes("v"), _shapes("w")):
        prove(closed(prefixed, part, whole), *given, *TRACES)


def keep_tick_last() -> None:
    """Proves that nothing follows ✓ in what traces make, in hidden and in renamed ones, if nothing
    does in these."""
    theory = [*TRACES, *TICKING]
    none = z3.Implies(z3.And(s == EMPTY, t == EMPTY), w == EMPTY)

    def in_made(trace: Any) -> z3.BoolRef:
        last = z3.And(ends(trace), z3.substitute(none, (w, trace)))
        return z3.Implies(z3.And(makes(s, t, trace), ends(s), ends(t)), last)

    by_induction(in_made, [s, t], lambda trace: makes(s, t, trace), *theory)
    for change in (hide, rename):
        by_induction(lambda w: z3.Implies(ends(w), ends(change(w))), [], change, *theory)  # noqa: B023


def operators_bound_traces() -> None:
    """Proves that what s and t make is no longer than both together and has no other events, that a
    hidden trace is no longer and has none of the hidden events, and that a renamed one is as long
    and has only images of events."""

    def short(trace: Any) -> z3.BoolRef:
        return z3.Implies(makes(s, t, trace), length(trace) <= length(s) + length(t))

    def among(trace: Any) -> z3.BoolRef:
        both = z3.And(makes(s, t, trace), occurs(x, trace))
        return z3.Implies(both, z3.Or(occurs(x, s), occurs(x, t)))

    def without_hidden(trace: Any) -> z3.BoolRef:
        kept = z3.And(occurs(x, trace), z3.Not(hidden(x)))
        return z3.Implies(occurs(x, hide(trace)), kept)

    def only_images(trace: Any) -> z3.BoolRef:
        return z3.Implies(occurs(y, rename(trace)), _is_image(trace))

    by_induction(short, [s, t], lambda w: makes(s, t, w), *TRACES)
    by_induction(among, [s, t, x], lambda w: z3.MultiPattern(makes(s, t, w), occurs(x, w)), *TRACES)
    by_induction(lambda w: length(hide(w)) <= length(w), [], hide, *TRACES)
    by_induction(without_hidden, [x], lambda w: occurs(x, hide(w)), *TRACES)
    by_induction(lambda w: length(rename(w)) == length(w), [], rename, *TRACES)
    by_induction(only_images, [y], lambda w: occurs(y, rename(w)), *TRACES)


def _is_image(trace: Any) -> z3.BoolRef:
    """Whether y is the image of an event that occurs in a trace."""
    return z3.Exists([x], z3.And(occurs(x, trace), image(x) == y))
