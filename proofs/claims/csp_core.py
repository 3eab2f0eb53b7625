"""Claims on the type of processes and on what its traces tell (M03).

Whether traces tell enough is found out by comparing `process_traces` with the firing rules and the
failures of the project's own language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from typing import Any, get_args

import z3

from cospec.checker.check import check
from cospec.checker.verdict import Verdict
from cospec.models.csp_core import (
    STOP,
    CSPProcess,
    Parallel,
    alphabet,
    longest,
    process_traces,
    subsets,
    term,
    terms,
)
from cospec.proofs import csp_logic as logic
from cospec.proofs import csp_trace_logic
from cospec.proofs.csp_evidence import (
    by_size,
    deadlocks,
    endless,
    failures_of,
    performed_traces,
    spelled,
    uses_up,
)
from cospec.proofs.csp_logic import Trace
from cospec.proofs.evidence import NotReplayed, each, prove
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
    weighed,
)
from cospec.spec.semantics import process as csp
from cospec.spec.semantics.claims import DivergenceFree, Model, Refines
from cospec.spec.semantics.events import TICK, Event

CLAIMS = Register()

SOURCE = "seed 000, section 3.1"

EVENTS: tuple[Event, ...] = ("a", "b")
FOUR = terms(4, EVENTS)
#: With every constructor: 242 terms of at most three nodes, 326 of four over one event.
EVERY = (*terms(3, EVENTS, every=True), *terms(4, ("a",), every=True))

_SMALL = "all terms of Stop, Skip, Prefix, Choice with at most 4 nodes over {a, b}"
_ALL_SMALL = "all terms with at most 3 nodes over {a, b}, or 4 over {a}"


# ------------------------------------------------------------------- equality of traces, and ✓


def _contexts() -> list[tuple[str, Callable[[CSPProcess], CSPProcess]]]:
    """The process by itself, and beside small partners with any interface."""

    def beside(partner: CSPProcess, events: frozenset[Event]) -> Callable[..., CSPProcess]:
        return lambda process: Parallel(process, events, partner)

    made: list[tuple[str, Callable[[CSPProcess], CSPProcess]]] = [("alone", lambda p: p)]
    for partner, events in product(terms(2, EVENTS), subsets(EVENTS)):
        made.append((f"{Parallel(STOP, events, partner)}"[6:-1], beside(partner, events)))
    return made


@cache
def _stuck(process: CSPProcess) -> tuple[frozenset[Any], ...]:
    """In each context the traces after which it may be stuck, by the firing rules."""
    return tuple(deadlocks(term(context(process))) for _, context in _contexts())


def _interchangeable(case: tuple[CSPProcess, ...]) -> bool:
    return _stuck(case[0]) == _stuck(case[1])


def _difference(case: tuple[CSPProcess, ...]) -> tuple[str, ...]:
    places = zip(_contexts(), *map(_stuck, case), strict=True)
    name, one, other = next((n, a, b) for (n, _), a, b in places if a != b)
    trace = min(one ^ other, key=lambda s: (len(s), spelled(s)))
    which = "first" if trace in one else "second"
    return (
        f"{case[0]} and {case[1]} have the same traces",
        f"{name}, the {which} one only may be stuck after {spelled(trace)}",
    )


def _equal(
    same: Callable[[CSPProcess], object], size: int, events: tuple[Event, ...]
) -> Iterator[tuple[CSPProcess, ...]]:
    """All pairs that a function does not tell apart, the smallest first."""
    known = {process: same(process) for process in terms(size, events)}
    for case in by_size(known, known):
        if known[case[0]] == known[case[1]]:
            yield case


@CLAIMS.claim(
    "csp-trace-equivalence-adequate",
    model="M03",
    source=f"{SOURCE}, definition trace_equivalent, called equality of processes",
    statement=(
        "Processes with the same traces are interchangeable: in every context both may be stuck "
        "after the same traces, or neither."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-trace-equivalence-adequate-repaired",
)
def trace_equivalence_adequate() -> Finding:
    """The smallest pair of terms; ✓ counts as an event, so that it is not the lack of that."""

    def same(process: CSPProcess) -> object:
        return process_traces(process, ticking=True)

    found = each(
        _equal(same, 5, ("a",)),
        _interchangeable,
        "processes with the same traces, ✓ included, are stuck after the same traces in every "
        "context",
        "all terms of at most 5 nodes over {a}",
        _difference,
    )
    if isinstance(found, Proof):
        raise Undecided("no pair of small terms tells")
    one, other = next(case for case in _equal(same, 5, ("a",)) if not _interchangeable(case))

    def replay() -> None:
        found.replay()
        if performed_traces(term(one)) != performed_traces(term(other)):
            raise NotReplayed(f"{one} and {other} do not perform the same traces")
        if failures_of(one) == failures_of(other):
            raise NotReplayed(f"{one} and {other} have the same failures")

    return Finding(counterexamples=(replace(found, replay=replay),))


@CLAIMS.claim(
    "csp-trace-equivalence-adequate-repaired",
    model="M03",
    source=f"{SOURCE}, repair of trace_equivalent",
    statement=(
        "Processes with the same traces and stable failures, ✓ included, are interchangeable: "
        "beside every partner, with every interface, both may be stuck after the same traces, or "
        "neither."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def trace_equivalence_adequate_repaired(failures: bool = True) -> Finding:
    """For any offers by z3, and by what small processes do, as the firing rules have it."""

    def same(process: CSPProcess) -> object:
        traces = process_traces(process, ticking=True)
        return (traces, failures_of(process)) if failures else traces

    bounds = f"{_SMALL}; alone, and beside all of at most 2 nodes with any interface"
    alike = each(
        _equal(same, 4, EVENTS),
        _interchangeable,
        "processes with the same failures are stuck after the same traces in every context",
        bounds,
        _difference,
    )
    larger = each(
        _equal(same, 5, ("a",)),
        _interchangeable,
        "so are larger ones over one event",
        "all terms of at most 5 nodes over {a}, in the same contexts",
        _difference,
    )
    found = weighed([alike, larger])
    if found.counterexamples:
        return found
    csp_trace_logic.refusals_tell_deadlocks()
    text = "whoever refuses what P refuses is stuck, beside any partner, wherever P is"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


@CLAIMS.claim(
    "csp-skip-stop",
    model="M03",
    source=f"{SOURCE}, clause for Skip in process_traces",
    statement=(
        "Skip denotes successful termination, distinct from Stop: processes with the same traces "
        "can end by ✓ after the same traces."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-skip-stop-repaired",
)
def skip_stop(ticking: bool = False) -> Finding:
    """Whether a process can end is found by the firing rules."""

    def ends(process: CSPProcess) -> frozenset[Any]:
        return frozenset(s for s in performed_traces(term(process)) if s[-1:] == (TICK,))

    found = each(
        by_size(terms(3, EVENTS), terms(3, EVENTS)),
        lambda case: (
            process_traces(case[0], ticking) != process_traces(case[1], ticking)
            or ends(case[0]) == ends(case[1])
        ),
        "processes with the same traces end after the same traces",
        "all pairs of terms of at most 3 nodes over {a, b}",
        lambda case: (
            f"process_traces({case[0]}) = process_traces({case[1]}) = "
            + "{"
            + ", ".join(sorted(map(spelled, process_traces(case[0], ticking))))
            + "}",
            f"only {next(p for p in case if ends(p))} can end by ✓",
        ),
    )
    return weighed([found])


@CLAIMS.claim(
    "csp-skip-stop-repaired",
    model="M03",
    source=f"{SOURCE}, repair of the clause for Skip",
    statement=(
        "With traces(Skip) = {⟨⟩, ⟨✓⟩}, Skip and Stop have different traces; and of the terms of "
        "up to 3 nodes over two events each has a trace that ends in ✓ exactly where it can end."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def skip_stop_repaired(ticking: bool = True) -> Finding:
    """✓ is an event, in the interface of every parallel composition."""

    def agree(process: CSPProcess) -> bool:
        return process_traces(process, ticking) == performed_traces(term(process))

    walked = each(EVERY, agree, "what process_traces gives is what is performed", _ALL_SMALL)
    if isinstance(walked, Counterexample):
        return weighed([walked])
    ended = Trace.event(logic.TICK, logic.EMPTY)
    told_apart = z3.And(logic.member(logic.SKIP, ended), z3.Not(logic.member(logic.STOP, ended)))
    prove(told_apart, *logic.SETS)
    return Finding((Proof(Method.Z3_PROOF, "⟨✓⟩ is a trace of Skip and none of Stop"), walked))


# ------------------------------------------------------------------------- what trace sets are


@CLAIMS.claim(
    "csp-traces-healthy",
    model="M03",
    source=f"{SOURCE}, law of process_traces",
    statement=(
        "The traces of every process include ⟨⟩ and, with each trace, all its prefixes; with ✓, "
        "nothing follows it."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def traces_healthy() -> Finding:
    """By induction on the term: each operator keeps it, for any sets that have it."""

    def healthy(process: CSPProcess) -> bool:
        return all(
            () in traces
            and all(trace[:-1] in traces for trace in traces if trace)
            and all(TICK not in trace[:-1] for trace in traces)
            for traces in (process_traces(process), process_traces(process, ticking=True))
        )

    explored = each(EVERY, healthy, "traces include ⟨⟩ and their prefixes", _ALL_SMALL)
    if isinstance(explored, Counterexample):
        return weighed([explored])
    csp_trace_logic.choice_and_prefix_keep_prefixes()
    csp_trace_logic.making_keeps_prefixes()
    for change in (csp_trace_logic.hide, csp_trace_logic.rename):
        csp_trace_logic.keeps_prefixes(change)
    csp_trace_logic.keep_tick_last()
    text = (
        "each operator gives such sets when it is given such: what is below a trace that it gives "
        "comes of what is below the traces that this is made of"
    )
    return Finding((Proof(Method.Z3_PROOF, text), explored))


@CLAIMS.claim(
    "csp-traces-finite",
    model="M03",
    source=f"{SOURCE}, type CSPProcess",
    statement=(
        "Every process of the type has finitely many traces and only finite runs: there is no "
        "recursion, so that hiding never diverges."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def traces_finite() -> Finding:
    """By induction on the term: traces are no longer than `longest`, over the finite `alphabet`;
    and each step that a firing rule allows, τ and ✓ too, leaves a term with a smaller measure."""

    def bounded(process: CSPProcess) -> bool:
        traces = process_traces(process, ticking=True)
        return all(
            len(trace) <= longest(process) and set(trace) <= alphabet(process) | {TICK}
            for trace in traces
        )

    explored = each(EVERY, bounded, "traces are bounded by longest and alphabet", _ALL_SMALL)
    walked = each(EVERY, lambda p: uses_up(term(p)), "a step uses up the term", _ALL_SMALL)
    found = weighed([explored, walked])
    if found.counterexamples:
        return found
    csp_trace_logic.operators_bound_traces()
    csp_trace_logic.steps_use_up_terms()
    text = (
        "a trace that an operator gives is no longer, and has no other events, than longest and "
        "alphabet say of those of its operands, which finitely many are; and each firing rule "
        "makes the measure of a term smaller"
    )
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


@CLAIMS.claim(
    "csp-missing-operators",
    model="M03",
    source=f"{SOURCE}, type CSPProcess",
    statement="The type CSPProcess is CSP.",
    registered=Truth.VACUOUS,
    method=Method.STATIC,
)
def missing_operators() -> Finding:
    """What the seed's type lacks of the project's language, and that the rest means the same."""
    names = {each.__name__ for each in get_args(CSPProcess)} | {"ExternalChoice"}
    wanted = {
        "sequential composition": csp.Sequential,
        "recursion": csp.Call,
        "internal choice": csp.InternalChoice,
        "interrupt": csp.Interrupt,
        "timeout": csp.Sliding,
        "exceptions": csp.Throw,
    }
    lacking = [name for name, operator in wanted.items() if operator.__name__ not in names]
    if not lacking:
        raise Undecided("nothing is missing: then it has to be compared with CSP")
    same = each(
        EVERY,
        lambda p: process_traces(p, ticking=True) == performed_traces(term(p)),
        "as a part of the project's language, with ✓, its terms have the traces they have there",
        _ALL_SMALL,
    )
    if isinstance(same, Counterexample):
        return weighed([same])
    text = f"of the operators of the project's language it has no {', '.join(lacking)}"
    why = "“CSP” is not defined, and the type is a part of it: nothing could refute that"
    return Finding((Proof(Method.STATIC, text), same), vacuous=why)


# ----------------------------------------------------------------- recursion, which the seed lacks


@dataclass(frozen=True, slots=True, eq=False)
class Extended:
    """A process of the language with recursion, which an equation for P defines."""

    text: str
    size: int
    process: csp.Process

    def __str__(self) -> str:
        return self.text


Build = Callable[[csp.Process], csp.Process]


def _bodies(size: int, event: Event) -> Iterator[tuple[str, Build, bool]]:
    """The right sides of P = … with so many nodes: each as a text, as a function of P, and whether
    every P in it comes after an event."""
    if size == 1:
        yield "STOP", lambda _: csp.STOP, True
        yield "SKIP", lambda _: csp.SKIP, True
        yield "P", lambda p: p, False
        return
    for text, build, _ in _bodies(size - 1, event):
        yield f"{event} → {text}", partial(_prefixed, event, build), True
    for n in range(1, size - 1):
        for one, other in product(_bodies(n, event), list(_bodies(size - 1 - n, event))):
            both = partial(_either, one[1], other[1])
            yield f"({one[0]} [] {other[0]})", both, one[2] and other[2]


def _prefixed(event: Event, build: Build, again: csp.Process) -> csp.Process:
    return csp.Prefix([(event, build(again))])


def _either(one: Build, other: Build, again: csp.Process) -> csp.Process:
    return csp.ExternalChoice((one(again), other(again)))


def _fixed_point(build: Build) -> csp.Process:
    definition = csp.Definition("P", lambda: build(definition()))
    return definition()


@cache
def _extended() -> tuple[Extended, ...]:
    """All of at most 3 nodes over {a}, and the same with a hidden, the smallest first."""
    made = []
    for size in range(1, 4):
        for text, build, guarded in _bodies(size, "a"):
            if guarded:
                process = _fixed_point(build)
                made.append(Extended(f"P where P = {text}", size, process))
                hiding = csp.Hide(process, frozenset({"a"}))
                made.append(Extended(f"P \\ {{a}} where P = {text}", size + 1, hiding))
    return tuple(sorted(made, key=lambda each: each.size))


_EXTENDED = "P = … with at most 3 nodes of STOP, SKIP, P, a →, [], by itself and with a hidden"


def _alike(one: Extended, other: Extended, model: Model) -> bool:
    there, back = (Refines(p.process, model, q.process) for p, q in ((one, other), (other, one)))
    return check(there).verdict is Verdict.HOLDS is check(back).verdict


def _diverge_alike(model: Model) -> Proof | Counterexample:
    """Whether what the model does not tell apart diverges alike: the smallest pairs first."""
    diverging = {p: endless(p.process) for p in _extended()}
    pairs = sorted(product(_extended(), repeat=2), key=lambda case: case[0].size + case[1].size)
    return each(
        pairs,
        lambda case: (
            diverging[case[0]] == diverging[case[1]] or not _alike(case[0], case[1], model)
        ),
        f"processes that are equal in the model {model.value} perform τ for ever alike",
        _EXTENDED,
        lambda case: (
            *map(str, case),
            f"equal in the model {model.value}",
            f"only {next(p for p in case if diverging[p])} performs τ for ever",
        ),
    )


@CLAIMS.claim(
    "csp-hide-divergence",
    model="M03",
    source=f"{SOURCE}, Hide in a language with recursion",
    statement=(
        "In the language with recursion, processes that have the same traces when events are "
        "hidden behave the same: one performs τ for ever only if the other does."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-hide-divergence-repaired",
)
def hide_divergence(model: Model = Model.T) -> Finding:
    """The smallest pair; the checker's search for divergence has to say the same again."""
    found = _diverge_alike(model)
    if isinstance(found, Proof):
        return weighed([found])
    one, other = (next(p for p in _extended() if str(p) == line) for line in found.steps[:2])

    def replay() -> None:
        found.replay()
        verdicts = {check(DivergenceFree(p.process)).verdict for p in (one, other)}
        if verdicts != {Verdict.HOLDS, Verdict.FAILS}:
            raise NotReplayed("the checker does not find one of them to diverge, and one not")

    return Finding(counterexamples=(replace(found, replay=replay),))


@CLAIMS.claim(
    "csp-hide-divergence-repaired",
    model="M03",
    source=f"{SOURCE}, repair: failures and divergences",
    statement=(
        "In the language with recursion, processes that are equal in failures and divergences "
        "perform τ for ever alike, whatever is hidden."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def hide_divergence_repaired(model: Model = Model.FD) -> Finding:
    """Equal in FD means to have the same divergences; whether the checker's refinement in FD keeps
    to that is compared with the cycles of τ in the graph of the firing rules."""
    return weighed([_diverge_alike(model)])
