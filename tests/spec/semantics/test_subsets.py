"""`deter` and the watchdogs, against what they are for."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from naive import TooLarge, behaviour, states
from strategies import EVENTS, processes, random_process, show

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    DIV,
    SKIP,
    STOP,
    ExternalChoice,
    Hide,
    InternalChoice,
    Parallel,
    Prefix,
    Process,
    Sequential,
)
from cospec.spec.semantics.subsets import (
    deterministic,
    failure_watchdog,
    minimal_hitting_sets,
    trace_watchdog,
)

ALL = frozenset(EVENTS)
LIMIT = 2000
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def then(event: str, after: Process = STOP) -> Process:
    return Prefix([(event, after)])


def violations(specification: Process, implementation: Process) -> tuple[bool, bool]:
    """Whether the traces, and whether the stable failures, are not included: naively, all states.

    Both must never terminate.
    """
    spec, impl = FiringRules(specification), FiringRules(implementation)

    def close(members: set[Process]) -> frozenset[Process]:
        waiting = list(members)
        while waiting:
            for event, after in spec.transitions(waiting.pop()):
                if event is TAU and after not in members:
                    members.add(after)
                    waiting.append(after)
        return frozenset(members)

    start = (close(set(spec.initial_states())), impl.initial_states()[0])
    found: set[tuple[frozenset[Process], Process]] = {start}
    waiting = [start]
    bad_trace = bad_refusal = False
    while waiting:
        members, state = waiting.pop()
        moves = impl.transitions(state)
        offered = {event for event, _ in moves}
        if TAU not in offered:
            demands: list[set[Event]] = []
            for member in members:
                events = {event for event, _ in spec.transitions(member)}
                if TAU not in events:
                    demands.append(events)
            bad_refusal |= not any(demand <= offered for demand in demands)
        for event, after in moves:
            following = members
            if event is not TAU:
                following = close(
                    {to for member in members for e, to in spec.transitions(member) if e == event}
                )
                if not following:
                    bad_trace = True
                    continue
            if (following, after) not in found:
                found.add((following, after))
                waiting.append((following, after))
        if len(found) > LIMIT:
            raise TooLarge
    return bad_trace, bad_trace or bad_refusal


def barks(watched: Process) -> bool:
    system = FiringRules(watched)
    found: set[Any] = states(system, LIMIT)
    return any(event == "bark" for state in found for event, _ in system.transitions(state))


def deadlocks(watched: Process) -> bool:
    system = FiringRules(watched)
    found: set[Any] = states(system, LIMIT)
    return any(not system.transitions(state) for state in found)


def diverges(process: Process) -> bool:
    """Whether some reachable state can perform τ for ever."""
    system = FiringRules(process)
    rest: set[Any] = states(system, LIMIT)
    while True:
        kept = {s for s in rest if any(e is TAU and t in rest for e, t in system.transitions(s))}
        if kept == rest:
            return bool(rest)
        rest = kept


def pairs() -> st.SearchStrategy[tuple[Process, Process]]:
    """An endless specification and implementation, often of the same kin."""
    endless = processes(5).map(lambda p: Sequential(p, STOP))
    kin = st.tuples(endless, endless).map(lambda pq: (InternalChoice(pq), pq[0]))
    twins = st.tuples(endless, endless).map(lambda pq: (InternalChoice(pq), ExternalChoice(pq)))
    return st.one_of(st.tuples(endless, endless), kin, twins)


def agree(specification: Process, implementation: Process) -> None:
    for process in (specification, implementation):
        states(FiringRules(process), 200)
    bad_trace, bad_failure = violations(specification, implementation)
    watch = trace_watchdog(specification, ALL, "bark")
    assert barks(Hide(Parallel((watch, implementation), ALL), ALL)) == bad_trace
    watch = failure_watchdog(specification, ALL, "bark")
    watched = Parallel((watch, implementation), ALL)
    assert (deadlocks(watched) or barks(watched)) == bad_failure
    if not diverges(implementation):
        assert deadlocks(watched) == bad_failure


@quick
@given(pairs())
def test_the_watchdogs_find_exactly_what_breaks_the_specification(
    pair: tuple[Process, Process],
) -> None:
    note(f"specification {show(pair[0])}\nimplementation {show(pair[1])}")
    try:
        agree(*pair)
    except TooLarge:
        assume(False)


def test_the_watchdogs_find_exactly_what_breaks_the_specification_in_many_terms() -> None:
    seen = {(True, True): 0, (False, True): 0, (False, False): 0}
    for seed in range(800):
        rng = Random(seed)
        p, q = (Sequential(random_process(rng, 5), STOP) for _ in range(2))
        for specification in (p, InternalChoice((p, q))):
            try:
                agree(specification, q)
                seen[violations(specification, q)] += 1
            except TooLarge:
                pass
            except AssertionError as error:
                text = f"seed {seed}: {show(specification)} against {show(q)}"
                raise AssertionError(text) from error
    assert min(seen.values()) > 50, seen


def test_what_may_be_refused_altogether_is_never_demanded() -> None:
    watch = failure_watchdog(InternalChoice((STOP, then("a"))), ALL, "bark")
    assert not deadlocks(Parallel((watch, STOP), ALL))
    assert deadlocks(Parallel((watch, then("b")), ALL))


def test_a_specification_that_diverges_excludes_every_stable_state() -> None:
    assert deadlocks(Parallel((failure_watchdog(DIV, ALL, "bark"), STOP), ALL))
    assert not deadlocks(Parallel((failure_watchdog(DIV, ALL, "bark"), DIV), ALL))


def test_the_bark_at_an_implementation_that_then_diverges_is_no_deadlock() -> None:
    watched = Parallel((failure_watchdog(then("a"), ALL, "bark"), then("b", DIV)), ALL)
    assert not deadlocks(watched)
    assert barks(watched)


def test_termination_is_not_watched() -> None:
    assert not barks(Parallel((trace_watchdog(STOP, ALL, "bark"), SKIP), ALL))
    ends = failure_watchdog(InternalChoice((SKIP, then("a"))), ALL, "bark")
    assert (TAU, ends) in FiringRules(ends).transitions(ends)


@quick
@given(processes(6))
def test_deter_has_the_same_traces_and_never_refuses_what_it_can_do(process: Process) -> None:
    note(show(process))
    try:
        states(FiringRules(process), LIMIT)
        before = behaviour(FiringRules(process), 3, LIMIT)
        after = behaviour(FiringRules(deterministic(process)), 3, LIMIT)
    except TooLarge:
        assume(False)
    assert after.traces == before.traces
    assert not after.divergences
    for trace, accepted in after.acceptances.items():
        possible = frozenset(s[-1] for s in after.traces if s and s[:-1] == trace)
        if len(trace) < 3 or TICK in trace:
            ends = frozenset([TICK])
            assert accepted == {ends if TICK in possible else possible}


@given(st.lists(st.frozensets(st.integers(0, 4)), max_size=4))
def test_hitting_sets_are_all_the_minimal_ones(family: list[frozenset[int]]) -> None:
    subsets = [frozenset(c) for n in range(6) for c in combinations(range(5), n)]
    hits = [h for h in subsets if all(h & each for each in family)]
    expected = {h for h in hits if not any(other < h for other in hits)}
    found = minimal_hitting_sets(family)
    assert set(found) == expected
    assert len(found) == len(expected)
