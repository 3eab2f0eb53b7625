"""Whether the firing rules lead from one term to another by an event: asked, not searched for.

To list all that a composition of a thousand parts can do, and look whether a given term is among
it, takes a million parts to be written down. It is enough to look at the parts in which the two
terms differ: the rules of parallel composition, hiding and renaming say what each of these has to
do. Only what a part without such operators can do is listed.

Nothing is derived that the rules do not give. The converse does not hold: joint termination and
moves that change nothing are not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TypeAlias

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    OMEGA,
    AlphabetisedParallel,
    Hide,
    Parallel,
    Process,
    Project,
    Rename,
)

_Operands: TypeAlias = tuple[Process, ...]


class Derivation:
    """Derives single transitions.

    Args:
        rules: say what a part can do.
        canonical: the form in which terms are compared.
    """

    def __init__(self, rules: FiringRules, canonical: Callable[[Process], Process]) -> None:
        self._rules = rules
        self._canonical = canonical

    def leads(self, before: Process, event: Event, behind: Process) -> bool:
        """Whether `event` is derived to lead from the one term to the other."""
        match before, behind:
            case Parallel(), Parallel():
                if _equal(before.synchronised, behind.synchronised):
                    return self._parallel(before, event, behind)
            case AlphabetisedParallel(), AlphabetisedParallel():
                if _equal(before.alphabets, behind.alphabets):
                    return self._alphabetised(before, event, behind)
            case ((Hide() | Project()), (Hide() | Project())):
                if type(before) is type(behind) and _equal(before.events, behind.events):
                    return self._hiding(before, event, before.process, behind.process)
            case Rename(), Rename():
                if before.relation == behind.relation:
                    return self._renaming(before, event, behind.process)
        return any(
            each == event and self._canonical(after) == behind
            for each, after in self._rules.transitions(before)
        )

    def _parallel(self, before: Parallel, event: Event, behind: Parallel) -> bool:
        if len(before.operands) != len(behind.operands):
            return False
        if event not in (TAU, TICK) and event in before.synchronised:
            pairs = zip(before.operands, behind.operands, strict=True)
            return all(self.leads(one, event, other) for one, other in pairs)
        return self._alone(before.operands, event, behind.operands)

    def _alphabetised(
        self, before: AlphabetisedParallel, event: Event, behind: AlphabetisedParallel
    ) -> bool:
        if event in (TAU, TICK):
            return self._alone(before.operands, event, behind.operands)
        members = [event in alphabet for alphabet in before.alphabets]
        return any(members) and all(
            self.leads(one, event, other) if member else one == other
            for one, other, member in zip(before.operands, behind.operands, members, strict=True)
        )

    def _alone(self, before: _Operands, event: Event, behind: _Operands) -> bool:
        """One operand moves by itself; its ✓ is a τ."""
        changed = _changed(before, behind)
        if event is TICK or len(changed) != 1:
            return False
        one, other = changed[0]
        if self.leads(one, event, other):
            return True
        return event is TAU and other is OMEGA and self.leads(one, TICK, OMEGA)

    def _hiding(
        self, operator: Hide | Project, event: Event, before: Process, behind: Process
    ) -> bool:
        def hidden(each: Event) -> bool:
            return (each in operator.events) is isinstance(operator, Hide)

        if event is TAU:
            if self.leads(before, TAU, behind):
                return True
            events = [each for each in self._events(before, behind) if hidden(each)]
            return any(self.leads(before, each, behind) for each in events)
        if event is TICK or hidden(event):
            return False
        return self.leads(before, event, behind)

    def _renaming(self, before: Rename, event: Event, behind: Process) -> bool:
        if event in (TAU, TICK):
            return event is TAU and self.leads(before.process, TAU, behind)
        relation = before.relation
        sources = {source for source, _ in relation.pairs} | {event}
        return any(
            self.leads(before.process, source, behind)
            for source in sources
            if event in relation.image(source)
        )

    def _events(self, before: Process, behind: Process) -> set[Event]:
        """Visible events that may lead from the one term to the other: what a part in which they
        differ can do."""
        changed: list[tuple[Process, Process]] = []
        match before, behind:
            case Parallel(), Parallel():
                changed = _changed(before.operands, behind.operands)
            case AlphabetisedParallel(), AlphabetisedParallel():
                changed = _changed(before.operands, behind.operands)
            case ((Hide() | Project()), (Hide() | Project())):
                inside: Container[Event] = before.events
                return {
                    event
                    for event in self._events(before.process, behind.process)
                    if (event in inside) is not isinstance(before, Hide)
                }
            case Rename(), Rename():
                return {
                    image
                    for event in self._events(before.process, behind.process)
                    for image in before.relation.image(event)
                }
            case _:
                return {event for event, _ in self._rules.transitions(before)} - {TAU, TICK}
        return self._events(*changed[0]) if changed else set()


def _changed(before: _Operands, behind: _Operands) -> list[tuple[Process, Process]]:
    """The operands that are not the same."""
    return [
        (one, other)
        for one, other in zip(before, behind, strict=False)
        if one is not other and one != other
    ]


def _equal(one: object, other: object) -> bool:
    return one is other or one == other
