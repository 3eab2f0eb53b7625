"""Claims on putting patterns together (M08): seed 000, section 6.1.

What the document leaves undefined is read as CSP has it: a pattern is a process, well formed means
deadlock free, compatible means to have the same events, and ParallelComposition is P [|A|] Q.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import networkx
import z3

import cospec.spec
from cospec.checker.check import check
from cospec.checker.verdict import Outcome, Verdict
from cospec.proofs import composition_logic as logic
from cospec.proofs import csp_logic
from cospec.proofs.evidence import conditional, confirmed, each, independent, prove
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
)
from cospec.spec.semantics.claims import DeadlockFree, Model
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 000, section 6.1"

#: Parts of a cycle of events, and pairs of client and server.
Cycle = tuple[str, ...]
Calls = frozenset[tuple[int, int]]


@cache
def _script() -> Session:
    """spec/library/pattern_composition.csp"""
    library = Path(cospec.spec.__file__).parent / "library"
    return Session.load(library / "pattern_composition.csp")


def _outcome(process: str) -> Outcome:
    """Whether a process of the script is deadlock free."""
    outcome = check(DeadlockFree(_script().process(process), Model.F))
    if outcome.verdict is Verdict.UNKNOWN:
        raise Undecided(outcome.reason)
    return outcome


def _never_stuck(process: str) -> bool:
    return _outcome(process).verdict is Verdict.HOLDS


# -------------------------------------------------------------------------------- composition


@CLAIMS.claim(
    "pattern-composition-literal",
    model="M08",
    source=f"{SEED}, theorem pattern_composition_correctness",
    statement=(
        "If p1 and p2 are compatible and well formed, ParallelComposition (SinglePattern p1) "
        "(SinglePattern p2) is well formed; none of these words being defined."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def composition_literal() -> Finding:
    """Every name is as free as the document leaves it."""
    pattern = z3.DeclareSort("ConcurrencyPattern")
    composition = z3.DeclareSort("PatternComposition")
    truth = z3.BoolSort()
    kinds = ("communication", "synchronization", "error_handling")
    models = [z3.Function(f"compatible_{kind}_models", pattern, pattern, truth) for kind in kinds]
    formed = z3.Function("well_formed_pattern", pattern, truth)
    whole = z3.Function("well_formed_composition", composition, truth)
    single = z3.Function("SinglePattern", pattern, composition)
    parallel = z3.Function("ParallelComposition", composition, composition, composition)
    p1, p2 = z3.Consts("p1 p2", pattern)
    given = z3.And(*(model(p1, p2) for model in models), formed(p1), formed(p2))
    then = whole(parallel(single(p1), single(p2)))
    return independent(
        z3.ForAll([p1, p2], z3.Implies(given, then)),
        "the three compatibility predicates, well_formed_pattern and well_formed_composition are "
        "defined nowhere, and the proof applies a lemma that is the theorem itself",
    )


def cycles(longest: int) -> list[Cycle]:
    """All sequences, to be repeated for ever, in which both events occur."""
    return [
        cycle
        for length in range(2, longest + 1)
        for cycle in product("ab", repeat=length)
        if len(set(cycle)) == 2
    ]


def _sequence(cycle: Cycle) -> str:
    return f"<{', '.join(cycle)}>"


def _composed(operator: str, *cycles: Cycle) -> str:
    return f"{operator}({', '.join(map(_sequence, cycles))})"


@CLAIMS.claim(
    "pattern-composition",
    model="M08",
    source=f"{SEED}, theorem pattern_composition_correctness",
    statement=(
        "If P and Q are deadlock free and have the same events A, then P [|A|] Q is deadlock free."
    ),
    registered=Truth.FALSE,
    method=Method.REFINEMENT,
    repaired="pattern-composition-repaired",
)
def composition(operator: str = "TOGETHER") -> Finding:
    """Pairs of processes that repeat a sequence of a and b, the shortest first."""
    bounds = "P and Q repeat up to 3 events, both a and b among them"
    pairs = sorted(product(cycles(3), repeat=2), key=lambda pair: sum(map(len, pair)))
    for number, (one, other) in enumerate(pairs, 1):
        if not (_never_stuck(_composed("CYCLE", one)) and _never_stuck(_composed("CYCLE", other))):
            raise Undecided("a cycle is stuck by itself")
        if not _never_stuck(_composed(operator, one, other)):
            return Finding(counterexamples=(_stuck_together(operator, one, other, bounds, number),))
    text = "P and Q together are deadlock free"
    return Finding((Proof(Method.REFINEMENT, text, bounds, len(pairs)),))


def _stuck_together(
    operator: str, one: Cycle, other: Cycle, bounds: str, number: int
) -> Counterexample:
    wrong = _outcome(_composed(operator, one, other)).counterexample
    assert wrong is not None
    trace = [str(event) for event in wrong.trace]

    def replay() -> None:
        # By the firing rules: the product is walked along the trace, and each part of it alone has
        # a step after every trace, as it repeats what it does.
        rules = FiringRules(_script().process(_composed(operator, one, other)))
        states = set(rules.initial_states())
        for event in trace:
            states = {s for t in states for e, s in rules.transitions(t) if str(e) == event}
        if not states or any(rules.transitions(state) for state in states):
            raise NotReplayed("the two are not stuck")
        for cycle in (one, other):
            alone = FiringRules(_script().process(_composed("CYCLE", cycle)))
            seen = set(alone.initial_states())
            for _ in range(2 * len(cycle)):
                if not all(alone.transitions(state) for state in seen):
                    raise NotReplayed(f"{cycle} is stuck by itself")
                seen |= {after for state in seen for _, after in alone.transitions(state)}

    steps = (
        f"P = {' → '.join(one)} → P, deadlock free",
        f"Q = {' → '.join(other)} → Q, deadlock free",
        f"P [|{{a, b}}|] Q is stuck after ⟨{', '.join(trace)}⟩",
    )
    text = "two deadlock-free processes with the same events are stuck together"
    return Counterexample(Method.REFINEMENT, text, steps, replay, bounds, number)


def _proof(prove_it: Callable[[], None], text: str) -> Proof:
    prove_it()
    return Proof(Method.Z3_PROOF, text)


@CLAIMS.claim(
    "pattern-composition-repaired",
    model="M08",
    source=f"{SEED}, repair of pattern_composition_correctness",
    statement=(
        "Deadlock-free P and Q are deadlock free together if they share no event, or if Q is "
        "always ready for every event that is shared (RUN); and so are any number of clients and "
        "servers, each serving one client at a time, when no cycle of them call one another."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def composition_repaired() -> Finding:
    """For all processes; and the checker on the cycles and networks of the script."""
    found = each(
        _composites(),
        _never_stuck,
        "deadlock free",
        "cycles of up to 3 events, and all acyclic graphs of who calls whom among 3 processes",
    )
    return confirmed(
        found,
        lambda: _proof(
            logic.acyclic_network,
            "no cycle of calls ⇒ not stuck: by induction on the level of a process, the invariant "
            "being that who waits is served and who serves is waited for",
        ),
        lambda: _proof(logic.independent_patterns, "no event shared ⇒ P goes on as if alone"),
        lambda: _proof(logic.always_ready, "Q = RUN(A) ⇒ P goes on as if alone"),
    )


def _composites() -> Iterator[str]:
    """Texts of processes that are said to be deadlock free."""
    for one in cycles(3):
        yield _composed("READY", one)
        yield from (_composed("APART", one, other) for other in cycles(3))
    for calls in graphs(3):
        if networkx.is_directed_acyclic_graph(networkx.DiGraph(list(calls))):
            yield network(calls)


def graphs(processes: int) -> Iterator[Calls]:
    """All relations of who calls whom, those with the fewest pairs first."""
    pairs = [(i, j) for i, j in product(range(processes), repeat=2) if i != j]
    for count in range(len(pairs) + 1):
        yield from map(frozenset, combinations(pairs, count))


def network(calls: Calls) -> str:
    """The network of the script, as a text."""
    return f"NETWORK({{{', '.join(map(str, sorted(calls)))}}})"


@CLAIMS.claim(
    "principles-000-composable",
    model="M08",
    source="seed 000, design principle 4",
    statement=(
        "Patterns compose well: what is deadlock free by itself is so together with others of its "
        "kind."
    ),
    registered=Truth.FALSE,
    method=Method.REFINEMENT,
    repaired="pattern-composition-repaired",
)
def composable() -> Finding:
    """As pattern-composition."""
    return composition()


# ------------------------------------------------------------------------------ compatibility


@CLAIMS.claim(
    "pattern-compatibility-equivalence",
    model="M08",
    source=f"{SEED}, definition patterns_compatible",
    statement="Compatibility of patterns is reflexive and symmetric.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def compatibility_equivalence() -> Finding:
    """Its three conjuncts may mean anything."""
    pattern = z3.DeclareSort("ConcurrencyPattern")
    kinds = ("communication", "synchronization", "error_handling")
    models = [
        z3.Function(f"compatible_{kind}_models", pattern, pattern, z3.BoolSort()) for kind in kinds
    ]
    p1, p2 = z3.Consts("p1 p2", pattern)

    def compatible(one: Any, other: Any) -> Any:
        return z3.And([model(one, other) for model in models])

    symmetric = z3.Implies(compatible(p1, p2), compatible(p2, p1))
    return independent(
        z3.ForAll([p1, p2], z3.And(compatible(p1, p1), symmetric)),
        "the three predicates that patterns_compatible consists of are defined nowhere",
    )


# ---------------------------------------------------------------------------------- semantics


@CLAIMS.claim(
    "pattern-semantics-compositional",
    model="M08",
    source=f"{SEED}, definition compose_patterns_semantics",
    statement=(
        "Replacing a component of a composition by one that refines it gives a composition that "
        "refines the former one, whatever the three combinators are."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def semantics_compositional() -> Finding:
    """Nothing is known of the combinators; those of CSP are monotone.

    An equal meaning in place of a component leaves the meaning as it is, as it is a function.
    """
    behaviours = ("{⟨⟩}", "{⟨⟩, ⟨a⟩}")

    def monotone(context: tuple[int, int]) -> bool:
        return context[0] <= context[1]

    def shown(context: tuple[int, int]) -> tuple[str, ...]:
        return tuple(
            f"in one place of a combinator, {given} gives {behaviours[gives]}"
            for given, gives in zip(behaviours, context, strict=True)
        )

    contexts = list(product((0, 1), (0, 1)))
    bounds = "all functions on the sets of traces over one event"
    found = each(contexts, monotone, "a refinement of a part refines the whole", bounds, shown)
    _monotone()
    under = (
        "the combinators are ;, [|A|] and parent [|A|] (||| children), and refinement is that of "
        "traces"
    )
    text = "each combinator distributes over choice, by induction on a trace, and so is monotone"
    return conditional(found, Proof(Method.Z3_PROOF, text, under=under))


def _monotone() -> None:
    """Proves that each place of ; and [|A|] is monotone, for every interface: and so is whatever is
    made of them."""
    p, q, r, u = csp_logic.P, csp_logic.Q, csp_logic.R, csp_logic.u
    parallel, sequence, choice = csp_logic.parallel, csp_logic.sequence, csp_logic.choice
    refined = choice(p, q) == p  # the traces of q are among those of p
    distributed = [
        *csp_logic.distributes()[:2],
        csp_logic.law(
            lambda x, y, z: (
                sequence(choice(x, y), z),
                choice(sequence(x, z), sequence(y, z)),
            ),
            3,
        ),
        csp_logic.law(
            lambda x, y, z: (
                sequence(x, choice(y, z)),
                choice(sequence(x, y), sequence(x, z)),
            ),
            3,
        ),
    ]
    contexts: tuple[Callable[[Any], Any], ...] = (
        lambda x: parallel(x, r),
        lambda x: parallel(r, x),
        lambda x: sequence(x, r),
        lambda x: sequence(r, x),
    )
    given = [refined, *distributed, *csp_logic.SETS]
    for context in contexts:
        inside = csp_logic.member(context(q), u)
        prove(z3.Implies(inside, csp_logic.member(context(choice(p, q)), u)), *given)
        prove(z3.Implies(inside, csp_logic.member(context(p), u)), *given)


# -------------------------------------------------------------------------------- performance


@CLAIMS.claim(
    "pattern-performance",
    model="M08",
    source="seed 000, section 6.2, definition pattern_performance_characteristics",
    statement=(
        "The performance of a pattern follows from it: CSP with high_throughput_csp_config has a "
        "higher throughput than actors with balanced_actor_config, which are recommended in its "
        "place."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def performance() -> Finding:
    """Four functions may give any numbers."""
    metrics = z3.DeclareSort("PerformanceMetrics")
    throughput = z3.Function("throughput", metrics, z3.RealSort())
    actors, csp = z3.DeclareSort("ActorConfiguration"), z3.DeclareSort("CSPConfiguration")
    actor_performance = z3.Function("actor_performance", actors, metrics)
    csp_performance = z3.Function("csp_performance", csp, metrics)
    fast = z3.Const("high_throughput_csp_config", csp)
    balanced = z3.Const("balanced_actor_config", actors)
    return independent(
        throughput(csp_performance(fast)) > throughput(actor_performance(balanced)),
        "actor_performance, csp_performance, event_driven_performance and pipeline_performance are "
        "defined nowhere, nor is any configuration",
    )
