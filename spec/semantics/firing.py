"""The firing rules: which events each process term can perform, and what it then is.

This is the operational semantics of CSP in the style of Plotkin, after Roscoe,
*Understanding Concurrent Systems* (2010), chapter 9, and *The Theory and Practice of
Concurrency* (1997), chapter 7: one rule set per operator, one method per rule set. Wherever
a rule speaks of ✓, it is the book's rule with distributed termination (6.5, 9.3): an operand
of a parallel operator that terminates does so by τ, on its own, and the whole performs ✓
when all have ended; `;` turns the ✓ of its left operand into τ; the target of ✓ is always Ω.

Two choices that the literature leaves open are made as in FDR4: both operands of an
interrupt may terminate it, and `P [+A+] Q` is not resolved by τ.

States are terms. A state is never a `Lazy`, and neither is an operand that the rules
look at (the second operand of `;`, of `[>` and of an exception, and the operands of `|~|`, are
not looked at until they take over). So equal states are recognised however they were written,
and what a script never reaches is never evaluated.

Rules nest as deeply as the term does: a term some hundreds of operators deep needs a higher
`sys.setrecursionlimit`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import product
from typing import Any, TypeAlias

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.normalised import normalised
from cospec.spec.semantics.process import (
    OMEGA,
    STOP,
    AlphabetisedParallel,
    Call,
    Chaos,
    Chase,
    Compressed,
    Deterministic,
    Div,
    Embedded,
    ExternalChoice,
    Hide,
    InternalChoice,
    Interrupt,
    Lazy,
    Omega,
    Parallel,
    Prefix,
    Prioritise,
    Process,
    Project,
    Rename,
    Run,
    Sequential,
    Skip,
    Sliding,
    Stop,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
    UnguardedRecursion,
    Watchdog,
)
from cospec.spec.semantics.subsets import (
    barking,
    by_name,
    closure,
    minimal_acceptances,
    minimal_hitting_sets,
    successors,
)

__all__ = ["FiringRules", "Transition", "Transitions", "normalised"]

Transition: TypeAlias = tuple[Event, Process]
Transitions: TypeAlias = tuple[Transition, ...]

_ENDS: Transitions = ((TICK, OMEGA),)


class FiringRules:
    """A process as a transition system, walked by the firing rules.

    What a state can do is computed once and kept, for this object's lifetime.

    >>> from cospec.spec.semantics.process import SKIP, Prefix, Sequential
    >>> rules = FiringRules(Sequential(Prefix([("a", SKIP)]), STOP))
    >>> [str(event) for event, _ in rules.transitions(rules.initial_states()[0])]
    ['a']
    """

    __slots__ = ("_known", "_open", "_participants", "_root", "_shared")

    def __init__(self, root: Process) -> None:
        self._root = normalised(root)
        self._known: dict[Process, Transitions] = {}
        self._shared: dict[Process, Process] = {}
        self._open: set[Call] = set()
        self._participants: dict[
            int, tuple[tuple[Container[Event], ...], dict[Event, tuple[int, ...]]]
        ] = {}

    def initial_states(self) -> tuple[Process, ...]:
        """The root process alone."""
        return (self._root,)

    def transitions(self, state: Process) -> Transitions:
        """What `state` can do, each possibility once, always in the same order.

        Raises:
            UnguardedRecursion: the first step of a process depends on itself.
        """
        known = self._known.get(state)
        if known is None and type(state) is Call:
            known = self._known[state] = self._call(state)
        if known is None:
            share = self._shared.setdefault
            moves = _RULES[type(state)](self, state)
            # One object for each state makes the comparison of the terms around it immediate.
            known = tuple(dict.fromkeys([(event, share(after, after)) for event, after in moves]))
            self._known[state] = known
        return known

    # Each of the following gives the transitions of one class of terms, and may repeat some.

    def _nothing(self, _state: Process) -> Transitions:
        return ()

    def _skip(self, _state: Skip) -> Transitions:
        return _ENDS

    def _div(self, state: Div) -> Transitions:
        return ((TAU, state),)

    def _prefix(self, state: Prefix) -> list[Transition]:
        return [(event, normalised(after)) for event, after in state.branches]

    def _lazy(self, state: Lazy) -> Transitions:
        return self.transitions(normalised(state))

    def _call(self, state: Call) -> Transitions:
        if state in self._open:
            raise UnguardedRecursion(state)
        self._open.add(state)
        try:
            return self.transitions(normalised(state.body()))
        finally:
            self._open.discard(state)

    def _external_choice(self, state: ExternalChoice) -> list[Transition]:
        """τ keeps the choice open; anything else resolves it (9.2)."""
        operands = state.operands
        moves: list[Transition] = []
        for i, operand in enumerate(operands):
            for event, after in self.transitions(operand):
                if event is TAU:
                    moves.append((TAU, ExternalChoice(_with(operands, i, after))))
                else:
                    moves.append((event, after))
        return moves

    def _internal_choice(self, state: InternalChoice) -> list[Transition]:
        return [(TAU, normalised(operand)) for operand in state.operands]

    def _sliding(self, state: Sliding) -> list[Transition]:
        moves: list[Transition] = []
        for event, after in self.transitions(state.left):
            if event is TAU:
                moves.append((TAU, Sliding(after, state.right)))
            else:
                moves.append((event, after))
        moves.append((TAU, normalised(state.right)))
        return moves

    def _sequential(self, state: Sequential) -> list[Transition]:
        right = state.right
        moves: list[Transition] = []
        for event, after in self.transitions(state.left):
            if event is TICK:
                moves.append((TAU, normalised(right)))
            else:
                moves.append((event, Sequential(after, right)))
        return moves

    def _interrupt(self, state: Interrupt) -> list[Transition]:
        """Either operand may terminate the whole (Understanding Concurrent Systems, 9.3)."""
        left, right = state.left, state.right
        moves: list[Transition] = []
        for event, after in self.transitions(left):
            if event is TICK:
                moves.append((TICK, OMEGA))
            else:
                moves.append((event, Interrupt(after, right)))
        for event, after in self.transitions(right):
            if event is TAU:
                moves.append((TAU, Interrupt(left, after)))
            else:
                moves.append((event, after))
        return moves

    def _throw(self, state: Throw) -> list[Transition]:
        thrown, right = state.events, state.right
        moves: list[Transition] = []
        for event, after in self.transitions(state.left):
            if event is TICK:
                moves.append((TICK, OMEGA))
            elif event is not TAU and event in thrown:
                moves.append((event, normalised(right)))
            else:
                moves.append((event, Throw(after, thrown, right)))
        return moves

    def _parallel(self, state: Parallel) -> list[Transition] | Transitions:
        operands, synchronised = state.operands, state.synchronised
        if _all_ended(operands):
            return _ENDS
        moves: list[Transition] = []
        together: dict[Event, list[tuple[Process, ...]]] = {}
        for i, operand in enumerate(operands):
            joint: dict[Event, list[Process]] = {}
            for event, after in self.transitions(operand):
                if event is TICK:
                    moves.append((TAU, Parallel(_with(operands, i, OMEGA), synchronised)))
                elif event is TAU or event not in synchronised:
                    moves.append((event, Parallel(_with(operands, i, after), synchronised)))
                elif i == 0 or event in together:
                    joint.setdefault(event, []).append(after)
            if i == 0:
                together = {event: [(after,) for after in joint[event]] for event in joint}
            elif together:
                together = {
                    event: [(*done, after) for done in together[event] for after in joint[event]]
                    for event in together
                    if event in joint
                }
        for event, combinations in together.items():
            moves += [(event, Parallel(after, synchronised)) for after in combinations]
        return moves

    def _alphabetised_parallel(self, state: AlphabetisedParallel) -> list[Transition] | Transitions:
        operands, alphabets = state.operands, state.alphabets
        if _all_ended(operands):
            return _ENDS
        moves: list[Transition] = []
        offers: list[dict[Event, list[Process]]] = []
        for i, operand in enumerate(operands):
            offer: dict[Event, list[Process]] = {}
            for event, after in self.transitions(operand):
                if event is TAU:
                    moves.append((TAU, AlphabetisedParallel(_with(operands, i, after), alphabets)))
                elif event is TICK:
                    moves.append((TAU, AlphabetisedParallel(_with(operands, i, OMEGA), alphabets)))
                else:
                    offer.setdefault(event, []).append(after)
            offers.append(offer)
        participants = self._participants_of(alphabets)
        for i, offer in enumerate(offers):
            for event in offer:
                members = participants.get(event)
                if members is None:
                    members = tuple(j for j, each in enumerate(alphabets) if event in each)
                    participants[event] = members
                # The first participant speaks for all.
                if not members or members[0] != i:
                    continue
                if not all(event in offers[j] for j in members):
                    continue
                for targets in product(*[offers[j][event] for j in members]):
                    after_all = list(operands)
                    for j, after in zip(members, targets, strict=True):
                        after_all[j] = after
                    moves.append((event, AlphabetisedParallel(tuple(after_all), alphabets)))
        return moves

    def _participants_of(
        self, alphabets: tuple[Container[Event], ...]
    ) -> dict[Event, tuple[int, ...]]:
        """For each event met so far, the operands that have it in their alphabets.

        All states of one parallel share the tuple of alphabets, so its identity is the key.
        """
        kept = self._participants.get(id(alphabets))
        if kept is None:
            kept = self._participants[id(alphabets)] = (alphabets, {})
        return kept[1]

    def _hide(self, state: Hide) -> list[Transition]:
        hidden = state.events
        moves: list[Transition] = []
        for event, after in self.transitions(state.process):
            if event is TICK:
                moves.append((TICK, OMEGA))
            elif event is TAU or event in hidden:
                moves.append((TAU, Hide(after, hidden)))
            else:
                moves.append((event, Hide(after, hidden)))
        return moves

    def _project(self, state: Project) -> list[Transition]:
        shown = state.events
        moves: list[Transition] = []
        for event, after in self.transitions(state.process):
            if event is TICK:
                moves.append((TICK, OMEGA))
            elif event is TAU or event not in shown:
                moves.append((TAU, Project(after, shown)))
            else:
                moves.append((event, Project(after, shown)))
        return moves

    def _rename(self, state: Rename) -> list[Transition]:
        relation = state.relation
        moves: list[Transition] = []
        for event, after in self.transitions(state.process):
            if event is TICK:
                moves.append((TICK, OMEGA))
                continue
            renamed = Rename(after, relation)
            if event is TAU:
                moves.append((TAU, renamed))
            else:
                moves += [(image, renamed) for image in relation.image(event)]
        return moves

    def _synchronising_choice(self, state: SynchronisingChoice) -> list[Transition]:
        """Like `[]`, but an event of the set is performed by all and leaves the choice open."""
        operands, events = state.operands, state.events
        moves: list[Transition] = []
        together: dict[Event, list[tuple[Process, ...]]] = {}
        for i, operand in enumerate(operands):
            joint: dict[Event, list[Process]] = {}
            for event, after in self.transitions(operand):
                if event is TAU:
                    moves.append((TAU, SynchronisingChoice(_with(operands, i, after), events)))
                elif event is TICK or event not in events:
                    moves.append((event, after))
                else:
                    joint.setdefault(event, []).append(after)
            if i == 0:
                together = {event: [(after,) for after in joint[event]] for event in joint}
            else:
                together = {
                    event: [(*done, after) for done in together[event] for after in joint[event]]
                    for event in together
                    if event in joint
                }
        for event, combinations in together.items():
            moves += [(event, SynchronisingChoice(after, events)) for after in combinations]
        return moves

    def _synchronising_interrupt(self, state: SynchronisingInterrupt) -> list[Transition]:
        left, events, right = state.left, state.events, state.right
        moves: list[Transition] = []
        joint: dict[Event, list[Process]] = {}
        for event, after in self.transitions(left):
            if event is TICK:
                moves.append((TICK, OMEGA))
            elif event is TAU or event not in events:
                moves.append((event, SynchronisingInterrupt(after, events, right)))
            else:
                joint.setdefault(event, []).append(after)
        for event, after in self.transitions(right):
            if event is TAU:
                moves.append((TAU, SynchronisingInterrupt(left, events, after)))
            elif event is TICK or event not in events:
                moves.append((event, after))
            else:
                for other in joint.get(event, ()):
                    moves.append((event, SynchronisingInterrupt(other, events, after)))
        return moves

    def _chaos(self, state: Chaos) -> list[Transition]:
        return [(TAU, STOP), *((event, state) for event in by_name(state.events))]

    def _run(self, state: Run) -> list[Transition]:
        return [(event, state) for event in by_name(state.events)]

    def _prioritise(self, state: Prioritise) -> list[Transition]:
        order = state.order
        above = order.above
        possible = self.transitions(state.process)
        events = {event for event, _ in possible}
        moves: list[Transition] = []
        for event, after in possible:
            higher = above.get(event)
            if higher and not higher.isdisjoint(events):
                continue
            moves.append((event, OMEGA if event is TICK else Prioritise(after, order)))
        return moves

    def _chase(self, state: Chase) -> list[Transition] | Transitions:
        """The transitions of the first stable state along the first τ; on a τ-cycle, divergence."""
        process = state.process
        seen: set[Process] = set()
        while True:
            possible = self.transitions(process)
            first = next((after for event, after in possible if event is TAU), None)
            if first is None:
                break
            seen.add(process)
            if first in seen:
                return ((TAU, state),)
            process = first
        return [(event, OMEGA if event is TICK else Chase(after)) for event, after in possible]

    def _compressed(self, state: Compressed) -> Transitions:
        return self.transitions(state.process)

    def _deterministic(self, state: Deterministic) -> list[Transition]:
        """The subset construction: one successor for each event (see `subsets`)."""
        members = closure(self.transitions, map(normalised, state.states))
        moves: list[Transition] = []
        for event, after in successors(self.transitions, members):
            moves.append((event, OMEGA if event is TICK else Deterministic(after)))
        return moves

    def _watchdog(self, state: Watchdog) -> list[Transition]:
        """Follow the specification, bark at what it does not allow (see `subsets`)."""
        members = closure(self.transitions, map(normalised, state.states))
        alphabet, bark, failures = state.alphabet, state.bark, state.failures
        allowed: dict[Event, Process] = {
            event: Watchdog(after, alphabet, bark, failures)
            for event, after in successors(self.transitions, members)
            if event is not TICK
        }
        barked = barking(bark)
        alarms = [(event, barked) for event in by_name(alphabet) if event not in allowed]
        moves: list[Transition] = [*allowed.items(), *alarms]
        if failures:
            demands = minimal_acceptances(self.transitions, members)
            if any(TICK in demand for demand in demands) or frozenset() in demands:
                moves.append((TAU, state))
            else:
                for offer in minimal_hitting_sets(demands):
                    offered = [(event, allowed[event]) for event in by_name(offer)]
                    label = f"watchdog({', '.join(str(event) for event, _ in offered)})"
                    moves.append((TAU, Prefix([*offered, *alarms], label)))
        return moves

    def _embedded(self, state: Embedded) -> list[Transition]:
        system = state.system
        return [
            (event, OMEGA if event is TICK else Embedded(system, after))
            for event, after in system.transitions(state.state)
        ]


def _with(operands: tuple[Process, ...], index: int, changed: Process) -> tuple[Process, ...]:
    return (*operands[:index], changed, *operands[index + 1 :])


def _all_ended(operands: tuple[Process, ...]) -> bool:
    return all(type(operand) is Omega for operand in operands)


_RULES: dict[type[Process], Callable[[FiringRules, Any], list[Transition] | Transitions]] = {
    Stop: FiringRules._nothing,
    Omega: FiringRules._nothing,
    Skip: FiringRules._skip,
    Div: FiringRules._div,
    Prefix: FiringRules._prefix,
    Lazy: FiringRules._lazy,
    Call: FiringRules._call,
    ExternalChoice: FiringRules._external_choice,
    InternalChoice: FiringRules._internal_choice,
    Sliding: FiringRules._sliding,
    Sequential: FiringRules._sequential,
    Interrupt: FiringRules._interrupt,
    Throw: FiringRules._throw,
    Parallel: FiringRules._parallel,
    AlphabetisedParallel: FiringRules._alphabetised_parallel,
    Hide: FiringRules._hide,
    Project: FiringRules._project,
    Rename: FiringRules._rename,
    SynchronisingChoice: FiringRules._synchronising_choice,
    SynchronisingInterrupt: FiringRules._synchronising_interrupt,
    Chaos: FiringRules._chaos,
    Run: FiringRules._run,
    Prioritise: FiringRules._prioritise,
    Chase: FiringRules._chase,
    Compressed: FiringRules._compressed,
    Deterministic: FiringRules._deterministic,
    Watchdog: FiringRules._watchdog,
    Embedded: FiringRules._embedded,
}
