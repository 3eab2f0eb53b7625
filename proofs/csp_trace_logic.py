"""Single traces in z3: what two traces make together, and what becomes of it.

The relation *s and t make w* is the seed's `parallel_traces`. What hiding and renaming do to a
parallel composition, and what all operators keep, is proved of it by induction, for any sets of
traces (see `cospec.proofs.csp_logic`). Where a trace has to be found, it is looked for among those
that the induction hypothesis gives, with an event in front.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import z3

from cospec.proofs.csp_logic import (
    BOOL,
    EMPTY,
    TICK,
    Event,
    Trace,
    by_induction,
    e,
    for_all,
    interface,
    s,
    t,
    v,
    w,
    x,
    y,
)
from cospec.proofs.evidence import prove

#: The events that are hidden, and what each event is renamed to.
hidden = z3.Function("hidden", Event, BOOL)
image = z3.Function("image", Event, Event)

makes = z3.Function("makes", Trace, Trace, Trace, BOOL)
#: The same with the image of the interface as the interface.
makes_renamed = z3.Function("makes_renamed", Trace, Trace, Trace, BOOL)
hide = z3.Function("hide", Trace, Trace)
rename = z3.Function("rename", Trace, Trace)
below = z3.Function("below", Trace, Trace, BOOL)
ends = z3.Function("ends", Trace, BOOL)
length = z3.Function("length", Trace, z3.IntSort())
occurs = z3.Function("occurs", Event, Trace, BOOL)
renamed_interface = z3.Function("renamed_interface", Event, BOOL)
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
        for_all([s, t], none == z3.And(s == EMPTY, t == EMPTY), none),
        for_all([s, t, e, w], whole == z3.If(together(e), joint, z3.Or(left, right)), whole),
    ]


def _recursive(function: Any, at_empty: Any, at_event: Any, *more: Any) -> list[z3.BoolRef]:
    """A function of a trace by its value for ⟨⟩ and for ⟨e⟩^w."""
    whole = function(*more, Trace.event(e, w))
    none = function(*more, EMPTY)
    return [
        for_all([*more], none == at_empty, none),
        for_all([*more, e, w], whole == at_event, whole),
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
    for_all([w], below(EMPTY, w), below(EMPTY, w)),
    for_all(
        [e, v, w],
        below(Trace.event(e, v), w) == z3.And(starts(w, e), below(v, Trace.rest(w))),
        below(Trace.event(e, v), w),
    ),
    # The image of the interface: an event of it is the image of one of the interface.
    for_all([e], z3.Implies(interface(e), renamed_interface(image(e))), image(e)),
    for_all(
        [y],
        z3.Implies(renamed_interface(y), z3.And(interface(_origin(y)), image(_origin(y)) == y)),
        renamed_interface(y),
    ),
]

#: No event is both hidden and in the interface.
DISJOINT = for_all([e], z3.Not(z3.And(interface(e), hidden(e))), interface(e), hidden(e))
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
    for_all([e], (image(e) == TICK) == (e == TICK), image(e)),
]


def _shapes(name: str) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """⟨⟩, and ⟨first⟩^rest: each with its first event and its rest, where there are such."""
    first, rest = z3.Const(f"{name}_first", Event), z3.Const(f"{name}_rest", Trace)
    return [(EMPTY, []), (Trace.event(first, rest), [(first, rest)])]


def distributes_over_making(change: Any, relation: Any, *given: z3.BoolRef) -> None:
    """Proves that changing what two traces make is making it of the two changed: for all s, t, v,

        (∃ w · s and t make w, and changed it is v)  ⇔  s and t changed make v.

    With s in P and t in Q that says which v are in the changed P [|A|] Q, and which in the parallel
    composition of the changed ones.

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
    also = z3.Function("hidden_second", Event, BOOL)
    theory = [
        *TRACES,
        *_recursive(second, EMPTY, z3.If(also(e), second(w), Trace.event(e, second(w)))),
        *_recursive(
            both, EMPTY, z3.If(z3.Or(hidden(e), also(e)), both(w), Trace.event(e, both(w)))
        ),
    ]
    same = by_induction(lambda w: second(hide(w)) == both(w), [], hide, *theory)
    p, q = (z3.Function(name, Trace, BOOL) for name in ("in_p", "in_q"))

    def image_of(sets: Callable[[Any], Any], change: Callable[[Any], Any]) -> z3.BoolRef:
        """Whether v is in the image of a set."""
        return z3.Exists([s], z3.And(sets(s), change(s) == v))

    prove(image_of(p, lambda trace: second(hide(trace))) == image_of(p, both), same)
    union = image_of(lambda trace: z3.Or(p(trace), q(trace)), hide)
    prove(union == z3.Or(image_of(p, hide), image_of(q, hide)))


def choice_and_prefix_keep_prefixes() -> None:
    """Proves that P ∪ Q and {⟨⟩} ∪ {⟨x⟩^t | t ∈ P} are closed under prefixes if P and Q are."""
    p, q = (z3.Function(name, Trace, BOOL) for name in ("in_p", "in_q"))

    def closed(sets: Callable[[Any], Any], one: Any, other: Any) -> z3.BoolRef:
        return z3.Implies(z3.And(sets(other), below(one, other)), sets(one))

    def prefixed(trace: Any) -> z3.BoolRef:
        return z3.Or(trace == EMPTY, z3.And(starts(trace, x), p(Trace.rest(trace))))

    given = [
        for_all([s, t], closed(each, s, t), z3.MultiPattern(each(t), below(s, t)))
        for each in (p, q)
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

    def in_changed(change: Any) -> Callable[[Any], z3.BoolRef]:
        return lambda trace: z3.Implies(ends(trace), ends(change(trace)))

    for change in (hide, rename):
        by_induction(in_changed(change), [], change, *theory)


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


def refusals_tell_deadlocks() -> None:
    """Proves that a process may be exchanged for one that refuses what it refuses: if P beside a
    partner may be stuck after w, so may any Q with the refusals of P.

    An offer is the set of events, ✓ among them, that are possible in a stable state. Both sides are
    stuck when nothing outside the interface is offered, and nothing inside by both.
    """
    offers = z3.SetSort(Event)
    of_p, of_q, of_partner = (
        z3.Function(name, Trace, offers, BOOL) for name in ("of_p", "of_q", "of_partner")
    )
    one, partner = z3.Consts("one partner", offers)
    refused = z3.Const("refused", offers)
    found = z3.Function("found", Trace, offers, offers)

    def stuck(offer: Any) -> z3.BoolRef:
        together = z3.And(interface(e), z3.IsMember(e, offer), z3.IsMember(e, partner))
        alone = z3.And(z3.Not(interface(e)), z3.Or(z3.IsMember(e, offer), z3.IsMember(e, partner)))
        return z3.ForAll([e], z3.Not(z3.Or(together, alone)))

    # What P refuses after s, Q does in one of its states: `found` is what that one offers.
    nothing = z3.EmptySet(Event)
    holds = z3.And(
        of_q(s, found(s, refused)), z3.SetIntersect(found(s, refused), refused) == nothing
    )
    after_s = z3.And(of_p(s, one), z3.SetIntersect(one, refused) == nothing)
    same = z3.Implies(after_s, holds)
    chosen = z3.SetComplement(one)
    given = z3.substitute(same, (refused, chosen))
    before = z3.And(makes(s, t, w), of_p(s, one), of_partner(t, partner), stuck(one))
    offer = found(s, chosen)
    after_all = z3.And(makes(s, t, w), of_q(s, offer), of_partner(t, partner), stuck(offer))
    prove(z3.Implies(before, after_all), given)


def steps_use_up_terms() -> None:
    """Proves that each firing rule of the seed's operators makes a term's measure smaller: `Skip`
    counts 1 and so do `Prefix` and `Parallel`, with what their operands count."""
    left, right, left_after, right_after = z3.Ints("left right left_after right_after")
    given = [left_after >= 0, left_after < left, right_after >= 0, right_after < right]
    prove(z3.IntVal(0) < 1)  # SKIP, and two sides that have ended
    prove(left < 1 + left)  # e -> P
    prove(left_after < left + right, *given)  # P [] Q, by an event of P
    prove(left_after + right < left + right, *given)  # P [] Q, by τ of P
    prove(left_after + right + 1 < left + right + 1, *given)  # P [|A|] Q, by P alone
    prove(left_after + right_after + 1 < left + right + 1, *given)  # by both
    # What is hidden or renamed counts what its operand counts, and 0 when that has ended.
    prove(left > 0, *given)
