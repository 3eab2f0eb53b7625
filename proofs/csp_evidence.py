"""Evidence on CSP terms: traces compared case by case, and replayed by the firing rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import product
from typing import TypeVar

import networkx

from cospec.checker.check import check
from cospec.checker.verdict import Verdict
from cospec.models.csp_core import CSPProcess, longest, nodes, process_traces, shown, term
from cospec.proofs.register import Counterexample, Method, NotReplayed, Proof, Undecided
from cospec.spec.semantics import denotation
from cospec.spec.semantics.claims import Model, Refines
from cospec.spec.semantics.events import TAU, Trace
from cospec.spec.semantics.firing import FiringRules, Transitions
from cospec.spec.semantics.meaning import Acceptance, Failures
from cospec.spec.semantics.process import (
    ExternalChoice,
    Hide,
    Omega,
    Parallel,
    Prefix,
    Process,
    Rename,
    Skip,
    Stop,
)
from cospec.spec.semantics.subsets import closure, successors

Case = TypeVar("Case")
Term = TypeVar("Term", bound=CSPProcess)

#: What the seed has, without ✓; and with it.
SEED, TICKING = (False,), (False, True)


def spelled(trace: Trace) -> str:
    """A trace as a reader writes it."""
    return f"⟨{', '.join(map(str, trace))}⟩"


def by_size(*terms: Iterable[Term]) -> list[tuple[Term, ...]]:
    """All tuples of terms, those with the fewest nodes first."""
    return sorted(product(*terms), key=lambda case: sum(map(nodes, case)))


def same_traces(
    cases: Iterable[Case],
    sides: Callable[[Case], tuple[CSPProcess, CSPProcess]],
    text: str,
    bounds: str,
    ticking: tuple[bool, ...] = TICKING,
) -> Proof | Counterexample:
    """Whether the two terms of each case have the same traces: a proof with the number of cases, or
    the first case in which they have not, with the shortest trace that tells them apart.

    Args:
        cases: all of them, the smallest first.
        sides: the two terms of a case.
        text: what holds, in a sentence.
        bounds: which cases these are.
        ticking: whether ✓ counts: `SEED` or, both ways, `TICKING`.

    Raises:
        Undecided: there is no case.
    """
    number = 0
    for number, case in enumerate(cases, 1):
        left, right = sides(case)
        for ticks in ticking:
            one, other = process_traces(left, ticks), process_traces(right, ticks)
            if one != other:
                return _apart(left, right, min(one ^ other, key=_length), text, bounds, number)
    if not number:
        raise Undecided("there is no case")
    return Proof(Method.EXHAUSTIVE, text, bounds, number)


def _length(trace: Trace) -> tuple[int, str]:
    return len(trace), spelled(trace)


def _apart(
    left: CSPProcess, right: CSPProcess, trace: Trace, text: str, bounds: str, number: int
) -> Counterexample:
    def replay() -> None:
        if possible(term(left), trace) == possible(term(right), trace):
            raise NotReplayed(f"{spelled(trace)} does not tell {left} from {right}")

    side = "left" if possible(term(left), trace) else "right"
    steps = (f"{left}", f"{right}", f"{spelled(trace)} is a trace of the {side} one only")
    return Counterexample(Method.EXHAUSTIVE, f"Not so: {text}", steps, replay, bounds, number)


def same_failures(
    cases: Iterable[Case],
    sides: Callable[[Case], tuple[CSPProcess, CSPProcess]],
    text: str,
    bounds: str,
) -> Proof | Counterexample:
    """Whether the two terms of each case have the same stable failures, with ✓: by their
    denotations, and replayed by the checker.

    Raises:
        Undecided: there is no case.
    """
    number = 0
    for number, case in enumerate(cases, 1):
        left, right = sides(case)
        if failures_of(left) != failures_of(right):
            return _unlike(left, right, text, bounds, number)
    if not number:
        raise Undecided("there is no case")
    return Proof(Method.EXHAUSTIVE, text, bounds, number)


def _unlike(
    left: CSPProcess, right: CSPProcess, text: str, bounds: str, number: int
) -> Counterexample:
    def replay() -> None:
        there = Refines(term(left), Model.F, term(right))
        back = Refines(term(right), Model.F, term(left))
        if check(there).verdict is check(back).verdict is Verdict.HOLDS:
            raise NotReplayed(f"{left} and {right} refine each other")

    one, other = failures_of(left), failures_of(right)
    trace = min((s for s in {*one, *other} if one.get(s) != other.get(s)), key=_length)
    steps = [
        f"{side}: after {spelled(trace)} it may offer no more than {_offers(failures.get(trace))}"
        for side, failures in ((left, one), (right, other))
    ]
    said = f"Not so: {text}"
    return Counterexample(Method.EXHAUSTIVE, said, tuple(steps), replay, bounds, number)


@cache
def failures_of(process: CSPProcess) -> Failures:
    """The stable failures of a term, as its minimal acceptances after each trace."""
    return denotation.failures(term(process), longest(process))


def _offers(acceptances: Iterable[Acceptance] | None) -> str:
    return " or ".join(sorted(map(shown, acceptances or ()))) or "nothing stable"


# ----------------------------------------------------------------------------- by the firing rules


def possible(process: Process, trace: Trace) -> bool:
    """Whether a process can perform a trace."""
    rules = FiringRules(process)
    here = closure(rules.transitions, rules.initial_states())
    for event in trace:
        here = dict(successors(rules.transitions, here)).get(event, frozenset())
    return bool(here)


def performed_traces(process: Process) -> frozenset[Trace]:
    """All traces of a process that comes to an end."""
    rules = FiringRules(process)
    found: set[Trace] = set()
    start = closure(rules.transitions, rules.initial_states())
    waiting: list[tuple[Trace, frozenset[Process]]] = [((), start)]
    while waiting:
        trace, here = waiting.pop()
        found.add(trace)
        waiting += [((*trace, event), to) for event, to in successors(rules.transitions, here)]
    return frozenset(found)


@cache
def deadlocks(process: Process) -> frozenset[Trace]:
    """The traces after which a process that comes to an end may be stuck without having ended."""
    walks = _walks(process)
    return frozenset(s for s, state, moves in walks if not moves and not isinstance(state, Omega))


def _walks(process: Process) -> Iterator[tuple[Trace, Process, Transitions]]:
    """Every trace with every state that it may lead to, and what can be done there."""
    rules = FiringRules(process)
    waiting: list[tuple[Trace, Process]] = [((), state) for state in rules.initial_states()]
    seen = set(waiting)
    while waiting:
        trace, state = waiting.pop()
        moves = rules.transitions(state)
        yield trace, state, moves
        for event, to in moves:
            following = (trace if event is TAU else (*trace, event), to)
            if following not in seen:
                seen.add(following)
                waiting.append(following)


def measure(process: Process) -> int:
    """How many steps, τ and ✓ counted, a term of the seed's operators has at most.

    Raises:
        Undecided: it has another operator.
    """
    match process:
        case Stop() | Omega():
            return 0
        case Skip():
            return 1
        case Prefix():
            return 1 + sum(measure(after) for _, after in process.branches)
        case ExternalChoice(operands):
            return sum(map(measure, operands))
        case Parallel(operands):
            return 1 + sum(map(measure, operands))
        case Hide(inner) | Rename(inner):
            return measure(inner)
        case _:
            raise Undecided(f"{process} is no term of the seed's operators")


def uses_up(process: Process) -> bool:
    """Whether each step that is ever possible makes the measure smaller."""
    return all(
        measure(to) < measure(state) for _, state, moves in _walks(process) for _, to in moves
    )


def endless(process: Process) -> bool:
    """Whether a process with finitely many states can perform τ for ever."""
    rules = FiringRules(process)
    silent = networkx.DiGraph()
    waiting: list[Process] = list(rules.initial_states())
    seen = set(waiting)
    while waiting:
        state = waiting.pop()
        for event, to in rules.transitions(state):
            if event is TAU:
                silent.add_edge(state, to)
            if to not in seen:
                seen.add(to)
                waiting.append(to)
    return not networkx.is_directed_acyclic_graph(silent)
