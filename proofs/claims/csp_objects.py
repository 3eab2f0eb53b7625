"""Claims on the Rust objects of CSP (M03): what they perform, compared with what is denoted.

An object that is one of the repaired ones takes its switches as arguments, so that each of them can
be taken out. What is said of every component is checked with components that answer in every
possible way, as a composition knows no more of them; what is said of all traces is proved by z3
(`cospec.proofs.csp_object_logic`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import z3

import cospec.spec
from cospec.checker.check import check
from cospec.checker.verdict import Verdict
from cospec.models.csp_core import (
    STOP,
    CSPProcess,
    Prefix,
    alphabet,
    process_traces,
    subsets,
    term,
    terms,
)
from cospec.models.csp_objects import (
    Fault,
    Object,
    ParallelProcess,
    Running,
    SequentialProcess,
    Stepped,
    TermProcess,
    object_traces,
)
from cospec.proofs import csp_logic as logic
from cospec.proofs import csp_object_logic as objects
from cospec.proofs.csp_evidence import by_size, failures_of, performed_traces, possible, spelled
from cospec.proofs.evidence import each, refined_by, refines
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
    weighed,
)
from cospec.spec.semantics import denotation
from cospec.spec.semantics import process as csp
from cospec.spec.semantics.claims import Model, Refines
from cospec.spec.semantics.events import TAU, TICK, Event, Trace
from cospec.spec.semantics.subsets import deterministic
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SOURCE = "seed 000, section 3.1"

EVENTS: tuple[Event, ...] = ("a", "b")
FOUR = terms(4, EVENTS)
#: Longer than any trace of two of these.
DEPTH = 12

_BOUNDS = "objects of all terms of Stop, Skip, Prefix, Choice with at most 4 nodes over {a, b}"
_ANSWERS = "components that give every possible answer"

_Z3 = "for all objects, given by their ✓-traces: by induction on a trace"


@cache
def _script() -> Session:
    """spec/library/seqpar.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "seqpar.csp")


def _performs(
    cases: Iterable[Any],
    built: Callable[[Any], tuple[Object, csp.Process]],
    text: str,
    bounds: str,
) -> Proof | Counterexample:
    """Whether the object of each case has the ✓-traces that its process denotes; if not, the first
    case in which it has not, with the shortest trace that only one of them has."""
    number = 0
    for number, case in enumerate(cases, 1):
        made, process = built(case)
        done, denoted = object_traces(made), denotation.traces(process, DEPTH)
        if done != denoted:
            trace = min(done ^ denoted, key=lambda s: (len(s), spelled(s)))
            return _against(made, process, trace, text, bounds, number)
    if not number:
        raise Undecided("there is no case")
    return Proof(Method.EXHAUSTIVE, text, bounds, number)


def _against(
    made: Object, process: csp.Process, trace: Trace, text: str, bounds: str, number: int
) -> Counterexample:
    lines, here, can = [f"start: {made}"], made, True
    for event in trace:
        if event is TICK:
            can = here.is_terminated()
            lines.append(f"is_terminated() = {str(can).lower()}")
            continue
        here, error = here.step(event)
        can = error is None
        lines.append(f"step({event}) → {here if error is None else f'Err({error.value})'}")
    lines.append(
        f"{spelled(trace)} is {'no' if can else 'a'} trace of {str(process).replace('->', '→')}"
    )

    def replay() -> None:
        if can == possible(process, trace):
            raise NotReplayed("by the firing rules, the process does what the object does")
        if can != (trace in object_traces(made)):
            raise NotReplayed("the object does something else when it is asked again")

    said = f"Not so: {text}"
    return Counterexample(Method.EXHAUSTIVE, said, tuple(lines), replay, bounds, number)


def _proved(
    parts: Iterable[Proof | Counterexample], proof: Callable[[], object], text: str
) -> Finding:
    """A counterexample among small objects, or else the proof for all."""
    found = weighed(parts)
    if found.counterexamples:
        return found
    proof()
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


# --------------------------------------------------------------------------- SequentialProcess


def _in_sequence(
    firsts: Iterable[CSPProcess],
    seconds: Iterable[CSPProcess],
    completing: bool,
    following: bool,
    bounds: str,
) -> Proof | Counterexample:
    def built(case: tuple[CSPProcess, ...]) -> tuple[Object, csp.Process]:
        first, second = case
        parts = TermProcess(first), TermProcess(second)
        made = SequentialProcess(*parts, completing=completing, following=following)
        return made, csp.Sequential(term(first), term(second))

    text = "SequentialProcess(P, Q) has the ✓-traces of P ; Q"
    return _performs(by_size(firsts, seconds), built, text, bounds)


def _silent(process: CSPProcess) -> bool:
    """Whether a process can do nothing else wherever it can end."""
    traces = process_traces(process, ticking=True)
    after_end = [s[:-1] for s in traces if s[-1:] == (TICK,)]
    return not any(s[:-1] in after_end for s in traces if s and s[-1] is not TICK)


@CLAIMS.claim(
    "csp-sequential-rust",
    model="M03",
    source=f"{SOURCE}, struct SequentialProcess",
    statement="SequentialProcess(P, Q) has the ✓-traces of P ; Q, for all objects P and Q.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-sequential-rust-repaired",
)
def sequential_rust(completing: bool = False, following: bool = False) -> Finding:
    """All pairs, the smallest first."""
    return weighed([_in_sequence(FOUR, FOUR, completing, following, _BOUNDS)])


@CLAIMS.claim(
    "csp-sequential-rust-repaired",
    model="M03",
    source=f"{SOURCE}, repair of struct SequentialProcess",
    statement=(
        "When a first that has terminated before any step counts as completed, "
        "SequentialProcess(P, Q) has the ✓-traces of P ; Q, for all objects P that can do nothing "
        "else where they may terminate, and all Q."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def sequential_rust_repaired(completing: bool = True) -> Finding:
    """For P without SKIP in a choice; what there is to do about these is a repair of its own."""
    silent = [p for p in FOUR if _silent(p)]
    bounds = f"{_BOUNDS}; nothing else is possible where the first may end"
    explored = _in_sequence(silent, FOUR, completing, False, bounds)

    def proof() -> None:
        nothing = logic.law(lambda p: (logic.sequence(logic.NONE, p), logic.NONE), 1)
        objects.performs(
            objects.completing, logic.sequence, nothing, where=lambda p, _: objects.silent(p)
        )

    return _proved([explored], proof, _Z3)


@CLAIMS.claim(
    "csp-sequential-early-cut",
    model="M03",
    source=f"{SOURCE}, step of SequentialProcess",
    statement=(
        "SequentialProcess(P, Q) has the ✓-traces of P ; Q also for a P that, after a step, may "
        "either terminate or go on."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-sequential-early-cut-repaired",
)
def sequential_early_cut(following: bool = False) -> Finding:
    """All P that have not terminated before the first step, so that it is not that mistake."""
    begun = [p for p in terms(5, EVENTS) if not TermProcess(p).is_terminated()]
    bounds = "objects P of at most 5 nodes that have not terminated at the start, and Q of 2"
    return weighed([_in_sequence(begun, terms(2, EVENTS), False, following, bounds)])


@CLAIMS.claim(
    "csp-sequential-early-cut-repaired",
    model="M03",
    source=f"{SOURCE}, repair of SequentialProcess",
    statement=(
        "When moreover a first that may terminate is offered together with second until one of "
        "them is chosen, and both are kept while nobody can tell, SequentialProcess(P, Q) has the "
        "✓-traces of P ; Q, for all objects P and Q."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def sequential_early_cut_repaired(completing: bool = True, following: bool = True) -> Finding:
    """Offering both is not enough where both can do the same: then it may be in either state."""
    explored = [
        _in_sequence(FOUR, FOUR, completing, following, _BOUNDS),
        _in_sequence(terms(5, EVENTS), terms(2, EVENTS), completing, following, "P of 5 nodes"),
    ]

    def proof() -> None:
        nothing = logic.law(lambda p: (logic.sequence(logic.NONE, p), logic.NONE), 1)
        objects.performs(objects.going_on, logic.sequence, nothing)

    return _proved(explored, proof, _Z3)


# ----------------------------------------------------------------------------- ParallelProcess


def _in_parallel(
    cases: Iterable[Any], following: bool, bounds: str, text: str = ""
) -> Proof | Counterexample:
    def built(case: Any) -> tuple[Object, csp.Process]:
        (left, right), events = case
        made = ParallelProcess(TermProcess(left), TermProcess(right), events, following)
        return made, csp.Parallel((term(left), term(right)), events)

    text = text or "ParallelProcess(P, A, Q) has the ✓-traces of P [|A|] Q"
    return _performs(cases, built, text, bounds)


@cache
def _pairs(size: int = 4) -> list[tuple[tuple[CSPProcess, ...], frozenset[Event]]]:
    listed = terms(size, EVENTS)
    return list(product(by_size(listed, listed), subsets(EVENTS)))


@CLAIMS.claim(
    "csp-parallel-rust",
    model="M03",
    source=f"{SOURCE}, struct ParallelProcess",
    statement="ParallelProcess(P, A, Q) has the ✓-traces of P [|A|] Q, for all A, P and Q.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-parallel-rust-repaired",
)
def parallel_rust(following: bool = False) -> Finding:
    """All pairs, the smallest first, with every interface."""
    return weighed([_in_parallel(_pairs(), following, _BOUNDS)])


@CLAIMS.claim(
    "csp-parallel-rust-repaired",
    model="M03",
    source=f"{SOURCE}, repair of struct ParallelProcess",
    statement=(
        "When a step that either side may make leaves both possibilities open, ParallelProcess(P, "
        "A, Q) has the ✓-traces of P [|A|] Q, for all A, P and Q; as written it has them if no "
        "event outside A is in both alphabets."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_rust_repaired(following: bool = True) -> Finding:
    """Both ways out; and the smallest pair that goes wrong is compared with the library, too."""
    apart = [(pq, a) for pq, a in _pairs(3) if alphabet(pq[0]) & alphabet(pq[1]) <= a]
    bounds = "objects of all terms of Stop, Skip, Prefix, Choice with at most 3 nodes over {a, b}"
    explored = [
        _in_parallel(_pairs(3), following, bounds),
        _in_parallel(apart, False, f"{bounds}; alphabets meet in A", "as written it has them"),
    ]
    found = weighed(explored)
    if found.counterexamples:
        return found
    lemmas = logic.distributes()
    objects.performs(objects.following, logic.parallel, *lemmas)
    objects.performs(objects.left_first, logic.parallel, *lemmas, where=objects.apart)
    left, right = Prefix("A", STOP), Prefix("A", Prefix("B", STOP))
    start = Running(ParallelProcess(TermProcess(left), TermProcess(right), following=following))
    bounds = "LEFT and RIGHT of spec/library/seqpar.csp"
    compared = (
        refines(_script(), "BOTH", start, Model.T, bounds),
        refined_by(_script(), "BOTH", start, Model.T, bounds),
    )
    return weighed([Proof(Method.Z3_PROOF, _Z3), *found.proofs, *compared])


# -------------------------------------------------------------- what components may answer


@dataclass(frozen=True, slots=True)
class Component:
    """Any object, as far as one step is concerned: what it answers when it is asked.

    Attributes:
        name: for the reader.
        can: what `can_perform` says.
        works: whether `step` succeeds; only then it moves.
        ended: what `is_terminated` says.
        moved: whether it has made a step.
    """

    name: str
    can: bool = True
    works: bool = True
    ended: bool = False
    moved: bool = False

    def alphabet(self) -> frozenset[Event]:
        return frozenset("a")

    def step(self, event: Event) -> Stepped:  # noqa: ARG002
        if not self.works:
            return Stepped(self, Fault.EVENT_NOT_ALLOWED)
        return Stepped(replace(self, moved=True))

    def can_perform(self, event: Event) -> bool:  # noqa: ARG002
        return self.can

    def is_terminated(self) -> bool:
        return self.ended

    def __str__(self) -> str:
        faulty = ", whose step fails" if self.can and not self.works else ""
        return f"{self.name}{faulty}{' (moved)' if self.moved else ''}"


_BOTH = (True, False)


def _components(name: str, contract: bool) -> list[Component]:
    """All answers; only those that keep the contract of the trait, if asked for."""
    return [
        Component(name, can, works, ended)
        for can, works, ended in product(_BOTH, _BOTH, (False, True))
        if can == works or not contract
    ]


def _parallels(contract: bool, **repairs: bool) -> list[ParallelProcess]:
    sides = product(_components("left", contract), _components("right", contract))
    return [
        ParallelProcess(left, right, events, right_first=right_first, **repairs)
        for (left, right), events, right_first in product(
            sides, (frozenset("a"), frozenset[Event]()), (False, True)
        )
    ]


def _sequences(**repairs: bool) -> list[SequentialProcess]:
    parts = product(_components("first", True), _components("second", True))
    return [
        SequentialProcess(first, second, completed, **repairs)
        for (first, second), completed in product(parts, (False, True))
    ]


def _shows_step(made: Object) -> tuple[str, ...]:
    after, error = made.step("a")
    return f"start: {made}", f"step(a) → {'Ok' if error is None else error.value}, {after}"


def _is_atomic(made: Object) -> bool:
    after, error = made.step("a")
    return error is None or after == made


@CLAIMS.claim(
    "csp-parallel-step-atomic",
    model="M03",
    source=f"{SOURCE}, step of ParallelProcess, synchronised events",
    statement="A step of ParallelProcess that fails leaves both components as they were.",
    registered=Truth.CONDITIONAL,
    method=Method.EXHAUSTIVE,
    repaired="csp-parallel-step-atomic-repaired",
)
def parallel_step_atomic(committing: bool = False) -> Finding:
    """`try_join!` does not undo the step that has succeeded when the other one fails."""
    text = "a step that fails changes nothing"
    unrestricted = each(
        _parallels(False, committing=committing), _is_atomic, text, _ANSWERS, _shows_step
    )
    if isinstance(unrestricted, Proof):
        return weighed([unrestricted])
    under = "can_perform is true exactly when step succeeds, in both components"
    within = each(_parallels(True, committing=committing), _is_atomic, text, _ANSWERS, _shows_step)
    if isinstance(within, Counterexample):
        return Finding(counterexamples=(unrestricted, within))
    return Finding((replace(within, under=under),), (unrestricted,))


@CLAIMS.claim(
    "csp-parallel-step-atomic-repaired",
    model="M03",
    source=f"{SOURCE}, repair of step of ParallelProcess",
    statement=(
        "When both steps are tried on copies and kept only if both succeed, a step of "
        "ParallelProcess that fails leaves both components as they were, whatever these do."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def parallel_step_atomic_repaired(committing: bool = True) -> Finding:
    """With every answer, whichever side is ready first."""
    made = _parallels(False, committing=committing)
    return weighed(
        [each(made, _is_atomic, "a step that fails changes nothing", _ANSWERS, _shows_step)]
    )


def _keeps_contract(made: Object) -> bool:
    return made.can_perform("a") == (made.step("a").error is None)


@CLAIMS.claim(
    "csp-can-step-contract",
    model="M03",
    source=f"{SOURCE}, trait CSPProcess",
    statement=(
        "can_perform(e) is true exactly when step(e) returns Ok, for SequentialProcess and "
        "ParallelProcess, if it is so for their components."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def can_step_contract(completing: bool = False, following: bool = False) -> Finding:
    """With every answer that keeps the contract, and so, by induction, however deep they nest."""
    repairs = {"completing": completing, "following": following}
    made: list[Object] = [*_sequences(**repairs), *_parallels(True, following=following)]
    text = "can_perform is true exactly when step succeeds"
    nested = [
        SequentialProcess(ParallelProcess(p, q, events, following), r, **repairs)
        for (p, q, r), events in product(
            product(map(TermProcess, terms(2, EVENTS)), repeat=3), subsets(EVENTS)
        )
    ]
    reached = [state for start in nested for state in _reached(start)]
    return weighed(
        [
            each(made, _keeps_contract, text, _ANSWERS, _shows_step),
            each(reached, _keeps_contract, text, "what SEQ(PAR(P, A, Q), R) of 2 nodes each reach"),
        ]
    )


def _reached(start: Object) -> list[Object]:
    """The states of an object, by steps that succeed."""
    found = [start]
    for here in found:  # which grows
        for event in sorted(here.alphabet(), key=str):
            after, error = here.step(event)
            if error is None and after not in found:
                found.append(after)
    return found


# -------------------------------------------------------------- what such objects can be


@CLAIMS.claim(
    "csp-step-nondeterminism",
    model="M03",
    source=f"{SOURCE}, comment on step: returns the possible successors",
    statement="An object with such a step can represent every process of the type CSPProcess.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def step_nondeterminism() -> Finding:
    """`step` gives one successor: after each trace the object offers one set, all that can follow.
    So the failures of an object follow from its traces, and those of a process do not."""
    wrong = each(
        terms(5, EVENTS),
        lambda p: failures_of(p) == _offered(p),
        "an object with the traces of P has the failures of P",
        "all terms of Stop, Skip, Prefix, Choice with at most 5 nodes over {a, b}",
        lambda p: (
            f"{p}",
            *(
                f"after {spelled(s)} it may refuse what an object with its traces has to offer"
                for s in sorted(_offered(p), key=spelled)
                if failures_of(p)[s] != _offered(p)[s]
            ),
        ),
    )
    if isinstance(wrong, Proof):
        raise Undecided("no small term tells")
    found = wrong
    process = next(term(p) for p in terms(5, EVENTS) if str(p) == found.steps[0])

    def replay() -> None:
        found.replay()
        object_of = deterministic(process)
        if check(Refines(object_of, Model.F, process)).verdict is not Verdict.FAILS:
            raise NotReplayed("the checker finds that it refines the deterministic one")

    under = "the same traces are enough: the object follows all branches at once"
    explored = each(
        terms(5, EVENTS),
        lambda p: object_traces(TermProcess(p)) == performed_traces(term(p)),
        "the object of a term has its ✓-traces",
        "all terms of Stop, Skip, Prefix, Choice with at most 5 nodes over {a, b}",
    )
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(wrong, explored))
    objects.represents()
    text = "the object whose state is the set of traces that are left has the traces of the process"
    return Finding(
        (Proof(Method.Z3_PROOF, text, under=under), replace(explored, under=under)),
        (replace(wrong, replay=replay),),
    )


def _offered(process: CSPProcess) -> dict[Trace, frozenset[frozenset[Event]]]:
    """The failures of the object of a term, as the one set that it offers after each trace."""
    traces = object_traces(TermProcess(process))
    offers: dict[Trace, frozenset[Event]] = {s: frozenset() for s in traces}
    for s in traces:
        if s:
            offers[s[:-1]] |= {s[-1]}
    return {
        s: frozenset([frozenset([TICK]) if TICK in offer else offer]) for s, offer in offers.items()
    }


@CLAIMS.claim(
    "csp-termination-parallel",
    model="M03",
    source=f"{SOURCE}, is_terminated of ParallelProcess",
    statement=(
        "ParallelProcess has terminated exactly when both of its sides have, and this is when "
        "P [|A|] Q can perform ✓ (distributed termination)."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def termination_parallel() -> Finding:
    """The rule with every answer; and with everything synchronised, all traces."""
    rule = each(
        _parallels(False),
        lambda made: (
            made.is_terminated() == (made.left.is_terminated() and made.right.is_terminated())
        ),
        "is_terminated() is that of the left and that of the right",
        _ANSWERS,
    )
    full = [(pq, a) for pq, a in _pairs() if a == frozenset(EVENTS)]
    bounds = f"{_BOUNDS}; A = {{a, b}}, so that nothing else is in question"
    traces = _in_parallel(full, False, bounds)

    def proof() -> None:
        objects.ends_together()
        everything = logic.interface_is(lambda _: z3.BoolVal(True))
        objects.performs(objects.left_first, logic.parallel, *logic.distributes(), everything)

    text = (
        "⟨✓⟩ is a trace of P [|A|] Q exactly when it is one of P and of Q; and the ✓-traces of the "
        "object are those denoted when everything is synchronised: by induction on a trace"
    )
    return _proved([rule, traces], proof, text)


@CLAIMS.claim(
    "csp-tau-not-synchronised",
    model="M03",
    source=f"{SOURCE}, Event::Tau and sync_events",
    statement="Internal events never need a partner: what a side can do by τ, the whole can.",
    registered=Truth.CONDITIONAL,
    method=Method.EXHAUSTIVE,
)
def tau_not_synchronised() -> Finding:
    """Nothing keeps τ out of sync_events."""

    def free(made: ParallelProcess) -> bool:
        one_can = made.left.can_perform(TAU) or made.right.can_perform(TAU)
        return not one_can or made.step(TAU).error is None

    events = (TAU, "a")
    made = [
        ParallelProcess(TermProcess(left), TermProcess(right), sync)
        for (left, right), sync in product(
            by_size(terms(3, events), terms(3, events)), subsets(events)
        )
    ]
    text = "what a side can do by τ, the whole can"
    wrong = each(
        made,
        free,
        text,
        "objects of all terms with at most 3 nodes over {τ, a}",
        lambda case: (str(case), "τ is possible on one side, and the whole refuses it"),
    )
    if isinstance(wrong, Proof):
        raise Undecided("no pair of small objects tells")
    answers = [case for case in _parallels(True) if TAU not in case.sync_events]
    within = each(answers, free, text, f"{_ANSWERS}, τ not in A")
    small = each([m for m in made if TAU not in m.sync_events], free, text, wrong.bounds)
    parts = [within, small]
    against = tuple(part for part in parts if isinstance(part, Counterexample))
    under = "τ is not in sync_events, which the constructor has to check, as for ✓"
    proofs = tuple(replace(part, under=under) for part in parts if isinstance(part, Proof))
    return Finding(() if against else proofs, (wrong, *against))
