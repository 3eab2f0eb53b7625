"""Claims on the causal order of events, of seed 000's event bus (M05)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import z3

from cospec.models.event_queue import (
    Causes,
    Clocks,
    Event,
    causal_ordering,
    sorted_by_causal_order,
)
from cospec.proofs import event_logic as logic
from cospec.proofs.evidence import (
    NotReplayed,
    always,
    counterexample_of,
    each_reason,
    prove,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 000, section 4.1"

SKEWED, LAMPORT = Clocks(), Clocks(lamport=True, events=4)


def _concrete(model: z3.ModelRef, terms: Iterable[Any]) -> tuple[list[Event], Causes]:
    """The events that a model of z3 gives, numbered, and which happens before which."""

    def value(term: Any) -> Any:
        return model.eval(term.translate(model.ctx), model_completion=True)

    terms = list(terms)
    values = [value(term) for term in terms]
    numbers = [next(n for n, v in enumerate(values) if v.eq(each)) for each in values]
    events = [
        Event(number, value(logic.Event.time(term)).as_long())
        for number, term in zip(numbers, terms, strict=True)
    ]
    pairs = product(zip(numbers, terms, strict=True), repeat=2)
    related = frozenset(
        (one, two)
        for (one, first), (two, second) in pairs
        if z3.is_true(value(logic.happens_before(first, second)))
    )
    return events, related


def _z3_counterexample(
    text: str,
    model: z3.ModelRef,
    terms: tuple[Any, ...],
    broken: Callable[[list[Event], Causes], bool],
) -> Counterexample:
    """What z3 has found, as events of the model, on which its own functions are asked again."""
    events, related = _concrete(model, terms)

    def replay() -> None:
        if not broken(events, related):
            raise NotReplayed("the events do not break it")

    happens = [f"e{one} happens before e{two}" for one, two in sorted(related)]
    shown = (", ".join(map(str, dict.fromkeys(events))), *happens)
    return Counterexample(Method.Z3_MODEL, text, shown, replay)


def is_order(related: Causes) -> bool:
    """Whether what happens before what is a strict partial order."""
    chained = {(one, three) for one, two in related for other, three in related if two == other}
    return chained <= related and not any(one == two for one, two in related)


@CLAIMS.claim(
    "event-causal-spo",
    model="M05",
    source=f"{SEED}, definition causal_ordering",
    statement="causal_ordering is a strict partial order: irreflexive and transitive.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def causal_spo(*given: z3.BoolRef) -> Finding:
    """For any events and any relation happens_before: one event or three break it."""
    one, two, three = logic.one, logic.two, logic.three
    chain = z3.And(logic.causal(one, two), logic.causal(two, three))
    laws = {
        "causal_ordering is irreflexive": (z3.Not(logic.causal(one, one)), (one,)),
        "causal_ordering is transitive": (
            z3.Implies(chain, logic.causal(one, three)),
            (one, two, three),
        ),
    }
    wrong = []
    proper = [z3.Not(logic.happens_before(each, each)) for each in (one, two, three)]
    for text, (law, terms) in laws.items():
        model = counterexample_of(law, *given, *(proper if len(terms) > 1 else ()))
        if model is not None:
            wrong.append(_z3_counterexample(f"Not so: {text}", model, terms, _breaks(len(terms))))
    under = "happens_before is irreflexive and transitive"
    proofs = []
    for text, (law, _) in laws.items():
        prove(law, logic.irreflexive(), logic.transitive())
        proofs.append(Proof(Method.Z3_PROOF, text, under=under if wrong else ""))
    return Finding(tuple(proofs), tuple(wrong))


def _breaks(size: int) -> Callable[[list[Event], Causes], bool]:
    """Whether `causal_ordering` is not irreflexive (of 1 event), or not transitive (of 3)."""

    def broken(events: list[Event], related: Causes) -> bool:
        if size == 1:
            return causal_ordering(events[0], events[0], related)
        one, two, three = events
        chained = causal_ordering(one, two, related) and causal_ordering(two, three, related)
        return chained and not causal_ordering(one, three, related)

    return broken


@CLAIMS.claim(
    "event-causal-sound",
    model="M05",
    source=f"{SEED}, definition causal_ordering, its comment on the causality of events",
    statement=(
        "causal_ordering reflects causality: happens_before e1 e2 implies causal_ordering e1 e2, "
        "happens_before being a strict partial order."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="event-causal-sound-repaired",
)
def causal_sound(clocks: Clocks = SKEWED) -> Finding:
    """For any timestamps; and by exploring two components whose clocks differ by 1."""
    one, two = logic.one, logic.two
    sound = z3.Implies(logic.happens_before(one, two), logic.causal(one, two))
    order = [z3.Not(logic.happens_before(each, each)) for each in (one, two)]
    order.append(z3.Not(logic.happens_before(two, one)))
    order += [logic.Event.time(each) >= 0 for each in (one, two)]
    model = counterexample_of(sound, *order)
    if model is None:
        return Finding((Proof(Method.Z3_PROOF, "happens_before implies causal_ordering"),))

    def broken(events: list[Event], related: Causes) -> bool:
        first, second = events
        caused = (first.event_id, second.event_id) in related
        kept = causal_ordering(first, second, related)
        return is_order(related) and caused and not kept

    text = "an event happens before another one and bears a later timestamp"
    wrong = _z3_counterexample(text, model, (one, two), broken)
    return each_reason([wrong, _causality(clocks)])


def _causality(clocks: Clocks) -> Proof | Counterexample:
    text = "causal_ordering puts each event after those that have caused it"
    bounds = f"2 components, clocks that differ by 1, {clocks.events} events"
    return always(clocks, lambda state: state.causality_kept, text, bounds)


@CLAIMS.claim(
    "event-causal-sound-repaired",
    model="M05",
    source=f"{SEED}, repair of the timestamps",
    statement=(
        "Where timestamps never fall from cause to effect, happens_before implies "
        "causal_ordering; and Lamport clocks see to that, for any number of components and events."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def causal_sound_repaired(clocks: Clocks = LAMPORT) -> Finding:
    """The clocks by induction on the events: a clock is ahead of all events of its component, and
    an event is stamped later than all that happened before it."""
    explored = weighed([_causality(clocks)])
    if explored.counterexamples:
        return explored
    sound = z3.Implies(
        logic.happens_before(logic.one, logic.two), logic.causal(logic.one, logic.two)
    )
    prove(sound, logic.clock_condition())
    clock, sent, earlier, cause = z3.Ints("clock sent earlier cause")
    now = logic.stamp_of_receipt(clock, sent, clocks.lamport)
    ahead = earlier < clock  # an event of the component itself
    before_sent = cause < sent  # what happened before the message was sent
    prove(z3.And(earlier < now, sent < now, cause < now), ahead, before_sent)
    prove(z3.And(earlier < clock, earlier < clock + 1, clock < clock + 1), ahead)
    prove(z3.And(earlier < now + 1, now < now + 1), ahead)
    text = (
        "the clock condition implies soundness; each stamp of a Lamport clock is after those of "
        "the component's events, of the message, and of what happened before it"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


@CLAIMS.claim(
    "event-causal-total",
    model="M05",
    source=f"{SEED}, sorted_by_causal_order in definition deterministic_event_processing",
    statement="A set of events has one causal sort: one list of them in causal order.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="event-causal-total-repaired",
)
def causal_total(total: bool = False) -> Finding:
    """Two events, neither before the other: both lists are sorted, in that no event comes after one
    that it precedes. (If each had to precede the next, neither would be, and there were none.)"""
    one, two = logic.one, logic.two
    order: Callable[[Any, Any], z3.BoolRef] = logic.before if total else logic.causal
    distinct = logic.Event.id(one) != logic.Event.id(two)
    proper = [z3.Not(logic.happens_before(each, each)) for each in (one, two)]
    model = counterexample_of(z3.Or(order(one, two), order(two, one)), distinct, *proper)
    if model is None:
        return one_sort()

    def broken(events: list[Event], related: Causes) -> bool:
        both = (events, events[::-1])
        proper = is_order(related) and events[0] != events[1]
        return proper and all(sorted_by_causal_order(each, related) for each in both)

    text = "two events of one time, unrelated: either list of them is sorted"
    return Finding(counterexamples=(_z3_counterexample(text, model, (one, two), broken),))


def one_sort() -> Finding:
    """Proves that the processing order is strict and total, and that lists of any length which
    are sorted by it and have the same elements are the same: place by place, by induction."""
    one, two, three, before = logic.one, logic.two, logic.three, logic.before
    distinct = logic.Event.id(one) != logic.Event.id(two)
    prove(z3.And(z3.Not(before(one, one)), z3.Not(z3.And(before(one, two), before(two, one)))))
    prove(z3.Implies(z3.And(before(one, two), before(two, three)), before(one, three)))
    prove(z3.Implies(distinct, z3.Or(before(one, two), before(two, one))))
    first, second, here = logic.sorted_one, logic.sorted_two, logic.at
    in_order = [logic.well_formed(each, logic.length)[2] for each in (first, second)]
    so_far = z3.And(logic.place >= 0, logic.place < here)
    alike = z3.ForAll([logic.place], z3.Implies(so_far, first[logic.place] == second[logic.place]))
    here_too = first[here] == second[here]
    prove(here_too, *in_order, *logic.same_elements(), alike, logic.within(here, logic.length))
    text = "(time, source, id) is a strict total order of events with different ids"
    same = "two lists sorted by it with the same elements are the same, for any length"
    return Finding((Proof(Method.Z3_PROOF, same), Proof(Method.Z3_PROOF, text)))


@CLAIMS.claim(
    "event-causal-total-repaired",
    model="M05",
    source=f"{SEED}, repair of causal_ordering",
    statement=(
        "By (timestamp, source, id), which where timestamps rise from cause to effect puts causes "
        "first, a set of events with different ids has one sort, however many they are."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def causal_total_repaired(total: bool = True) -> Finding:
    """It takes clocks that rise strictly: with a tie-break for unrelated events only, beside
    happens_before for related ones of one time, three events may go round in a circle."""
    found = causal_total(total)
    if found.counterexamples:
        return found
    related = logic.happens_before(logic.one, logic.two)
    prove(
        z3.Implies(related, logic.before(logic.one, logic.two)),
        logic.clock_condition(strictly=True),
    )
    text = "where happens_before means an earlier timestamp, it puts causes first"
    return Finding((*found.proofs, Proof(Method.Z3_PROOF, text)))
