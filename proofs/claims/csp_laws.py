r"""Claims on the algebraic laws of CSP (M03): each for all processes by z3, and on all small terms.

The small terms come first, for a counterexample; they are compared with the firing rules when that
is replayed. What z3 proves is in `cospec.proofs.csp_logic`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

import z3

from cospec.models.csp_core import (
    SKIP,
    STOP,
    Choice,
    CSPProcess,
    Hide,
    Parallel,
    Prefix,
    Rename,
    alphabet,
    renamings,
    subsets,
    terms,
)
from cospec.proofs import csp_logic as logic
from cospec.proofs.csp_evidence import SEED, by_size, same_failures, same_traces
from cospec.proofs.csp_logic import choice, law, parallel, prefix
from cospec.proofs.csp_trace_logic import (
    DISJOINT,
    UNSHARED,
    distributes_over_making,
    hide,
    hiding_composes,
    makes,
    makes_renamed,
    rename,
)
from cospec.proofs.evidence import limited, prove
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
from cospec.spec.semantics.events import Event

CLAIMS = Register()

SOURCE = "seed 000, section 3.1"

EVENTS: tuple[Event, ...] = ("a", "b")
#: Terms of at most so many nodes: 58 of four, 18 of three.
FOUR, THREE = terms(4, EVENTS), terms(3, EVENTS)
INTERFACES = subsets(EVENTS)

#: A trace set that is no more than a set, for the laws of choice.
Sets = z3.SetSort(z3.DeclareSort("CspAnyTrace"))
P, Q, R = z3.Consts("P Q R", Sets)


def _terms(nodes: int) -> str:
    return f"all terms of Stop, Skip, Prefix, Choice with at most {nodes} nodes over {{a, b}}"


def _proved(
    parts: Iterable[Proof | Counterexample], proof: Callable[[], object], text: str
) -> Finding:
    """A counterexample among small terms, or else the proof for all processes."""
    found = weighed(parts)
    if found.counterexamples:
        return found
    proof()
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


def _conditional(
    unrestricted: Proof | Counterexample,
    parts: Iterable[Proof | Counterexample],
    proof: Callable[[], object],
    text: str,
    under: str,
) -> Finding:
    """A counterexample to the statement as it stands, and its proof under a hypothesis.

    Raises:
        Undecided: no counterexample is found, so that there is no need for the hypothesis.
    """
    if isinstance(unrestricted, Proof):
        raise Undecided(f"no counterexample among these: {unrestricted.bounds}")
    return limited(_proved(parts, proof, text), under, unrestricted)


# ---------------------------------------------------------------------------------------- choice


@CLAIMS.claim(
    "csp-choice-comm",
    model="M03",
    source=f"{SOURCE}, theorem csp_choice_commutative",
    statement="P [] Q and Q [] P have the same traces, for all processes P and Q.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def choice_comm() -> Finding:
    """For any two sets of traces, as that is all that `[]` looks at."""
    explored = same_traces(
        by_size(FOUR, FOUR),
        lambda case: (Choice(*case), Choice(*reversed(case))),
        "P [] Q and Q [] P have the same traces",
        _terms(4),
    )
    union = z3.SetUnion(P, Q) == z3.SetUnion(Q, P)
    return _proved([explored], lambda: prove(union), "P ∪ Q = Q ∪ P, for any sets of traces")


@CLAIMS.claim(
    "csp-choice-assoc",
    model="M03",
    source=f"{SOURCE}, theorem csp_choice_associative",
    statement="(P [] Q) [] R and P [] (Q [] R) have the same traces, for all P, Q and R.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def choice_assoc() -> Finding:
    """For any three sets of traces."""
    explored = same_traces(
        by_size(THREE, THREE, THREE),
        lambda case: (
            Choice(Choice(case[0], case[1]), case[2]),
            Choice(case[0], Choice(case[1], case[2])),
        ),
        "(P [] Q) [] R and P [] (Q [] R) have the same traces",
        _terms(3),
    )
    left, right = z3.SetUnion(z3.SetUnion(P, Q), R), z3.SetUnion(P, z3.SetUnion(Q, R))
    text = "(P ∪ Q) ∪ R = P ∪ (Q ∪ R), for any sets of traces"
    return _proved([explored], lambda: prove(left == right), text)


@CLAIMS.claim(
    "csp-choice-idem-unit",
    model="M03",
    source=f"{SOURCE}, laws of Choice",
    statement="P [] P and P [] STOP have the traces of P, for every process P.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def choice_idem_unit() -> Finding:
    """For any set of traces; the second needs ⟨⟩ to be in it, as in those of all processes."""

    def law_of(other: Callable[[CSPProcess], CSPProcess], text: str) -> Proof | Counterexample:
        return same_traces(FOUR, lambda p: (Choice(p, other(p)), p), text, _terms(4))

    def proof() -> None:
        empty = z3.Const("empty", Sets.domain())
        prove(z3.SetUnion(P, P) == P)
        stop = z3.SetAdd(z3.EmptySet(Sets.domain()), empty)
        prove(z3.SetUnion(P, stop) == P, z3.IsMember(empty, P))

    return _proved(
        [
            law_of(lambda p: p, "P [] P has the traces of P"),
            law_of(lambda _: STOP, "P [] STOP has the traces of P"),
        ],
        proof,
        "P ∪ P = P, and P ∪ {⟨⟩} = P where ⟨⟩ ∈ P, for any set of traces",
    )


@CLAIMS.claim(
    "csp-prefix-distributes",
    model="M03",
    source=f"{SOURCE}, law of Prefix and Choice",
    statement="e → (P [] Q) = (e → P) [] (e → Q), for all e, P and Q.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def prefix_distributes() -> Finding:
    """In the traces model it holds; in stable failures the right side may have chosen after e."""
    cases = [(e, p, q) for (p, q), e in product(by_size(THREE, THREE), EVENTS)]

    def sides(case: tuple[Event, CSPProcess, CSPProcess]) -> tuple[CSPProcess, CSPProcess]:
        e, p, q = case
        return Prefix(e, Choice(p, q)), Choice(Prefix(e, p), Prefix(e, q))

    unrestricted = same_failures(cases, sides, "the two sides have the same failures", _terms(3))
    explored = same_traces(cases, sides, "the two sides have the same traces", _terms(3))

    def sets(p: Any, q: Any) -> tuple[Any, Any]:
        return prefix(logic.x, choice(p, q)), choice(prefix(logic.x, p), prefix(logic.x, q))

    return _conditional(
        unrestricted,
        [explored],
        lambda: law(sets, 2),
        "both sides have the same traces, for any sets of traces: by induction on a trace",
        "equality is that of traces",
    )


# -------------------------------------------------------------------------------------- parallel


def _with_interfaces(cases: Iterable[Any]) -> Iterator[Any]:
    return ((case, a) for case in cases for a in INTERFACES)


@CLAIMS.claim(
    "csp-par-comm",
    model="M03",
    source=f"{SOURCE}, law of Parallel",
    statement="P [|A|] Q and Q [|A|] P have the same traces, for all A, P and Q.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def par_comm() -> Finding:
    """By induction on a trace, for any two sets of traces."""

    def sides(case: Any) -> tuple[CSPProcess, CSPProcess]:
        (p, q), a = case
        return Parallel(p, a, q), Parallel(q, a, p)

    explored = same_traces(
        _with_interfaces(by_size(THREE, THREE)),
        sides,
        "P [|A|] Q and Q [|A|] P have the same traces",
        _terms(3),
    )
    return _proved(
        [explored],
        lambda: law(lambda p, q: (parallel(p, q), parallel(q, p)), 2),
        "P [|A|] Q = Q [|A|] P for any interface and any sets of traces: by induction on a trace",
    )


def _associated(case: Any) -> tuple[CSPProcess, CSPProcess]:
    (p, q, r), a, b = case
    return Parallel(Parallel(p, a, q), b, r), Parallel(p, a, Parallel(q, b, r))


@CLAIMS.claim(
    "csp-par-assoc-same",
    model="M03",
    source=f"{SOURCE}, law of Parallel",
    statement=(
        "(P [|A|] Q) [|A|] R and P [|A|] (Q [|A|] R) have the same traces, for all A, P, Q and R."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def par_assoc_same() -> Finding:
    """By induction on a trace; that it distributes over choice is a lemma, proved first."""
    explored = same_traces(
        ((case, a, a) for case in by_size(THREE, THREE, THREE) for a in INTERFACES),
        _associated,
        "(P [|A|] Q) [|A|] R and P [|A|] (Q [|A|] R) have the same traces",
        _terms(3),
    )
    return _proved(
        [explored],
        lambda: law(
            lambda p, q, r: (parallel(parallel(p, q), r), parallel(p, parallel(q, r))),
            3,
            *logic.distributes(),
        ),
        "for any interface and any sets of traces: by induction on a trace, as [|A|] distributes "
        "over []",
    )


@CLAIMS.claim(
    "csp-par-assoc-mixed",
    model="M03",
    source=f"{SOURCE}, law of Parallel",
    statement=(
        "(P [|A|] Q) [|B|] R and P [|A|] (Q [|B|] R) have the same traces, for all A, B, P, Q "
        "and R."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="csp-par-assoc-same",
)
def par_assoc_mixed(mixed: bool = True) -> Finding:
    """The smallest three terms, and then the smallest interfaces; A = B if they are not mixed."""
    pairs = [(a, b) for a, b in product(INTERFACES, INTERFACES) if mixed or a == b]
    found = same_traces(
        ((case, a, b) for case in by_size(THREE, THREE, THREE) for a, b in pairs),
        _associated,
        "(P [|A|] Q) [|B|] R and P [|A|] (Q [|B|] R) have the same traces",
        _terms(3),
        SEED,
    )
    return weighed([found])


@CLAIMS.claim(
    "csp-par-idem",
    model="M03",
    source=f"{SOURCE}, law of Parallel",
    statement="P [|A|] P has the traces of P, for all A and P.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def par_idem() -> Finding:
    """Every event of P has to be in the interface."""

    def sides(case: Any) -> tuple[CSPProcess, CSPProcess]:
        p, a = case
        return Parallel(p, a, p), p

    text = "P [|A|] P has the traces of P"
    cases = list(_with_interfaces(FOUR))
    within = [(p, a) for p, a in cases if alphabet(p) <= a]
    return _conditional(
        same_traces(cases, sides, text, _terms(4), SEED),
        [same_traces(within, sides, text, _terms(4))],
        lambda: law(
            lambda p: (parallel(p, p), p), 1, *logic.distributes(), where=logic.within_interface
        ),
        "P [|A|] P = P for any set of traces over A: by induction on a trace",
        "A contains the alphabet of P, and equality is that of traces",
    )


@CLAIMS.claim(
    "csp-par-unit",
    model="M03",
    source=f"{SOURCE}, law of Parallel",
    statement="P ||| STOP = P, for every process P.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def par_unit() -> Finding:
    """With ✓, STOP never ends, so that the whole does not; the unit is SKIP then."""

    def beside(unit: CSPProcess) -> Callable[[CSPProcess], tuple[CSPProcess, CSPProcess]]:
        return lambda p: (Parallel(p, frozenset(), unit), p)

    def proof() -> None:
        lemmas = logic.distributes()
        nothing = logic.interface_is(lambda _: z3.BoolVal(False))
        law(lambda p: (parallel(p, logic.STOP), p), 1, *lemmas, nothing)
        ticks = logic.interface_is(lambda event: event == logic.TICK)
        law(lambda p: (parallel(p, logic.SKIP), p), 1, *lemmas, ticks, where=logic.healthy)

    stop = "P ||| STOP has the traces of P"
    return _conditional(
        same_traces(FOUR, beside(STOP), stop, _terms(4)),
        [
            same_traces(FOUR, beside(STOP), stop, _terms(4), SEED),
            same_traces(FOUR, beside(SKIP), "P ||| SKIP has the traces of P", _terms(4)),
        ],
        proof,
        "P ||| STOP = P for any set of traces, and with ✓ P ||| SKIP = P for those of processes: "
        "by induction on a trace",
        "no ✓, as in the seed; with ✓, SKIP in place of STOP",
    )


# -------------------------------------------------------------------------- hiding and renaming


@CLAIMS.claim(
    "csp-hide-laws",
    model="M03",
    source=f"{SOURCE}, laws of Hide",
    statement=(
        "(P \\ A) \\ B has the traces of P \\ (A ∪ B), and (P [] Q) \\ A has those of "
        "(P \\ A) [] (Q \\ A), for all A, B, P and Q."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def hide_laws() -> Finding:
    """By induction on a trace the first, and both for the images of any sets. (In failures the
    second fails: spec/library/laws.csp.)"""
    bounds = _terms(4)
    twice = same_traces(
        ((p, a, b) for p in FOUR for a, b in product(INTERFACES, INTERFACES)),
        lambda case: (Hide(Hide(case[0], case[1]), case[2]), Hide(case[0], case[1] | case[2])),
        "(P \\ A) \\ B has the traces of P \\ (A ∪ B)",
        bounds,
    )
    over_choice = same_traces(
        _with_interfaces(by_size(THREE, THREE)),
        lambda case: (
            Hide(Choice(*case[0]), case[1]),
            Choice(Hide(case[0][0], case[1]), Hide(case[0][1], case[1])),
        ),
        "(P [] Q) \\ A has the traces of (P \\ A) [] (Q \\ A)",
        _terms(3),
    )
    return _proved(
        [twice, over_choice],
        hiding_composes,
        "for any sets of traces: hiding A and then B hides A ∪ B from each trace, by induction; "
        "and the image of a union is the union of the images",
    )


@CLAIMS.claim(
    "csp-hide-parallel",
    model="M03",
    source=f"{SOURCE}, law of Hide and Parallel",
    statement=(
        "(P [|A|] Q) \\ B and (P \\ B) [|A|] (Q \\ B) have the same traces, for all A, B, P and Q."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def hide_parallel() -> Finding:
    """Hiding what is synchronised makes each side do it alone."""

    def sides(case: Any) -> tuple[CSPProcess, CSPProcess]:
        (p, q), a, b = case
        return Hide(Parallel(p, a, q), b), Parallel(Hide(p, b), a, Hide(q, b))

    cases = [
        (case, a, b) for case in by_size(THREE, THREE) for a, b in product(INTERFACES, INTERFACES)
    ]
    disjoint = [(case, a, b) for case, a, b in cases if not a & b]
    text = "(P [|A|] Q) \\ B and (P \\ B) [|A|] (Q \\ B) have the same traces"
    return _conditional(
        same_traces(cases, sides, text, _terms(3), SEED),
        [same_traces(disjoint, sides, text, _terms(3))],
        lambda: distributes_over_making(hide, makes, DISJOINT),
        "for any sets of traces: what two traces make, without B, is what they make without B; "
        "by induction on the traces",
        "A and B have no event in common",
    )


@CLAIMS.claim(
    "csp-rename-parallel",
    model="M03",
    source=f"{SOURCE}, law of Rename and Parallel",
    statement=(
        "(P [|A|] Q)[f] and P[f] [|f(A)|] Q[f] have the same traces, for all A, P, Q and functions "
        "f from events to events."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def rename_parallel(unshared: bool = True, closed: bool = False) -> Finding:
    """No event of A may be renamed to what another event is renamed to.

    That f is injective is more than that. That f⁻¹(f(A)) = A, which `closed` asks for instead, is
    less, and not enough.
    """

    def sides(case: Any) -> tuple[CSPProcess, CSPProcess]:
        (p, q), a, f = case
        return Rename(Parallel(p, a, q), f), Parallel(Rename(p, f), _image(f, a), Rename(q, f))

    functions = renamings(EVENTS, ("a", "b", "c"))
    cases = [(case, a, f) for case in by_size(THREE, THREE) for a in INTERFACES for f in functions]
    within = [
        (case, a, f)
        for case, a, f in cases
        if (not unshared or _unshared(f, a)) and (not closed or _closed(f, a))
    ]
    text = "(P [|A|] Q)[f] and P[f] [|f(A)|] Q[f] have the same traces"
    bounds = f"{_terms(3)}, functions from {{a, b}} to {{a, b, c}}"
    return _conditional(
        same_traces(cases, sides, text, bounds, SEED),
        [same_traces(within, sides, text, bounds)],
        lambda: distributes_over_making(rename, makes_renamed, UNSHARED),
        "for any sets of traces: what two traces make, renamed, is what they make renamed; by "
        "induction on the traces",
        "f gives no event of A the image of another event; an injective f is such a one",
    )


def _image(f: tuple[tuple[Event, Event], ...], events: Iterable[Event]) -> frozenset[Event]:
    renamed = dict(f)
    return frozenset(renamed.get(event, event) for event in events)


def _unshared(f: tuple[tuple[Event, Event], ...], events: frozenset[Event]) -> bool:
    renamed = dict(f)
    return all(renamed[x] != renamed[y] for x in events for y in EVENTS if x != y)


def _closed(f: tuple[tuple[Event, Event], ...], events: frozenset[Event]) -> bool:
    renamed = dict(f)
    return {event for event in EVENTS if renamed[event] in _image(f, events)} == events
