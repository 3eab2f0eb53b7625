"""Sets of states in place of states: what `deter` and the watchdogs are made of.

Both follow a process in all the ways at once that agree with the events seen so far: the subset
construction over the τ-closure, which is also the first half of normalisation (Roscoe,
*Understanding Concurrent Systems*, 16.1).

**The trace watchdog** of a specification offers, at each such subset, every event that some
member can perform, and every other event of its alphabet A leads to `bark -> STOP`. So
`Spec [T= Impl` exactly when `STOP [T= (watchdog [|A|] Impl) \\ A`, for processes with their
events in A (Goldsmith, Moffat, Roscoe, Whitworth, Zakiuddin, *Watchdog transformations for
property-oriented model-checking*, FME 2003).

**The failures watchdog** must moreover cause a deadlock [F] exactly when the implementation
reaches a stable state whose offer Y includes none of the minimal acceptances M of the subset.
It does so by choosing internally, at each subset, a *minimal hitting set* H of M: a set that
meets every member of M. It then offers only H (and the barking events).

* If Y includes some m of M, then H meets Y whatever H is: no deadlock.
* If Y includes none, then what M's members hold outside Y hits all of M, so some minimal H is
  disjoint from Y: the parallel deadlocks, or barks and then does.
* If M is empty (the specification has no stable state here), H is empty, and any stable
  implementation state deadlocks, as it should: it has a failure that the specification lacks.
* If M holds the empty set (the specification may refuse everything), nothing hits it, nothing is
  demanded, and the watchdog diverges by τ, so that no deadlock is seen here.

Until it chooses, it offers everything allowed, so that no trace is missed. So
`Spec [F= Impl` exactly when the parallel is free of deadlock [F] and never barks. Freedom of
deadlock alone tells for an implementation that does not diverge: one that breaks a trace and then
diverges is barked at, but is never stable again.

Termination is not watched. Neither watchdog ever performs ✓: under distributed termination a
parallel partner sees nothing of the ✓ of the implementation. Where the specification may
terminate, the failures watchdog therefore demands nothing; where it may not, an
implementation that does is found by the failures watchdog as a deadlock, if something is demanded
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.process import STOP, Deterministic, Prefix, Process, Watchdog

Moves = Callable[[Process], Iterable[tuple[Event, Process]]]


def deterministic(process: Process) -> Deterministic:
    """`deter(process)`: the deterministic process with the same traces."""
    return Deterministic(frozenset([process]))


def trace_watchdog(specification: Process, alphabet: Iterable[Event], bark: Event) -> Watchdog:
    """`trace_watchdog(Spec, A, bark)`: barks when an event of A breaks `specification`."""
    return Watchdog(frozenset([specification]), frozenset(alphabet), bark, failures=False)


def failure_watchdog(specification: Process, alphabet: Iterable[Event], bark: Event) -> Watchdog:
    """`failure_watchdog(Spec, A, bark)`: moreover deadlocks with what refuses too much."""
    return Watchdog(frozenset([specification]), frozenset(alphabet), bark, failures=True)


@cache
def barking(bark: Event) -> Prefix:
    """`bark -> STOP`, the same object each time."""
    return Prefix([(bark, STOP)], f"{bark} -> STOP")


def by_name(events: Iterable[Event]) -> list[Event]:
    """The events in the order of their names, which no hash seed can change."""
    return sorted(events, key=str)


def closure(moves: Moves, states: Iterable[Process]) -> frozenset[Process]:
    """The states together with all that τ leads to."""
    found = set(states)
    waiting = list(found)
    while waiting:
        for event, after in moves(waiting.pop()):
            if event is TAU and after not in found:
                found.add(after)
                waiting.append(after)
    return frozenset(found)


def successors(moves: Moves, states: Iterable[Process]) -> list[tuple[Event, frozenset[Process]]]:
    """For each visible event, and for ✓, in order of name: the τ-closed states after it."""
    after_event: dict[Event, set[Process]] = {}
    for state in states:
        for event, after in moves(state):
            if event is not TAU:
                after_event.setdefault(event, set()).add(after)
    return [(event, closure(moves, after_event[event])) for event in by_name(after_event)]


def minimal_acceptances(moves: Moves, states: Iterable[Process]) -> list[frozenset[Event]]:
    """The minimal sets of events that a stable one of the states offers.

    A state that can terminate, stable or not, counts as one that accepts {✓}: its environment
    cannot prevent it, so it may refuse everything else (*Theory and Practice*, 7.2).
    """
    offers: set[frozenset[Event]] = set()
    for state in states:
        events = frozenset(event for event, _ in moves(state))
        if TICK in events:
            offers.add(frozenset([TICK]))
        elif TAU not in events:
            offers.add(events)
    return minimal(offers)


def minimal(sets: Iterable[frozenset[Event]]) -> list[frozenset[Event]]:
    """Those that include no other of the sets; smallest first, then by name."""
    kept: list[frozenset[Event]] = []
    for each in sorted(set(sets), key=lambda s: (len(s), sorted(map(str, s)))):
        if not any(other <= each for other in kept):
            kept.append(each)
    return kept


def minimal_hitting_sets(sets: Iterable[frozenset[Event]]) -> list[frozenset[Event]]:
    """The minimal sets that meet each of `sets` (Berge's algorithm: one set after another).

    No set can meet the empty set; only the empty set is needed to meet none.
    """
    hitting: list[frozenset[Event]] = [frozenset()]
    for each in sets:
        hitting = minimal(
            grown
            for old in hitting
            for grown in ([old] if old & each else [old | {event} for event in each])
        )
    return hitting
