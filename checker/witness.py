"""The search for a state of a process that shows a fault, on the firing rules alone.

A component that was compressed has states that stand for no term of the script. So a behaviour of
such a machine is looked for once more in the process as it is written: among the terms that
its trace leads to, one must show the fault. They can be too many to be looked at, which is why
people compress; then nothing is found out.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from cospec.checker.divergence import TauCycles
from cospec.checker.embed import Canonical, canonical, operands
from cospec.spec.semantics.events import TAU, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process

#: How many terms are looked at, each counted with the operators that it has.
PATIENCE = 100_000


def patience(process: Process) -> int:
    """How many terms of the size of a process may be looked at: some seconds' worth."""
    size, waiting = 0, [process]
    while waiting:
        size += 1
        waiting += operands(waiting.pop())
    return PATIENCE // size


class Exhausted(Exception):
    """There are more terms than may be looked at."""


class Witnesses:
    """Looks for terms of one process, without `chase`, whose choices are the machine's.

    The bound is on all the terms looked at together.
    """

    def __init__(self, process: Process) -> None:
        self._start = canonical(process)
        self._canonical = Canonical()
        self._rules = FiringRules(self._start)
        self._known: dict[Process, tuple[tuple[Event, Process], ...]] = {}
        self._patience = patience(self._start)
        self._cycles: TauCycles[Process] = TauCycles(self._taus)

    def offers(self, term: Process) -> set[Event]:
        """The events that a term offers, τ and ✓ included."""
        return {event for event, _ in self._moves(term)}

    def diverges(self, term: Process) -> bool:
        """Whether a term can perform τ for ever."""
        return self._cycles.reaches(term)

    def exists(self, trace: Sequence[Event], shows: Callable[[Process], bool]) -> bool:
        """Whether some term after `trace` is as wanted.

        Those that are further along the trace are looked at first, and of these the latest found:
        most faults are where τ has come to its end.

        Raises:
            Exhausted: there are too many terms, and none so far was as wanted.
        """
        seen = {(0, self._start)}
        queue = [(0, 0, self._start)]
        while queue:
            behind, _, term = heapq.heappop(queue)
            position = -behind
            if position == len(trace) and shows(term):
                return True
            for event, after in self._moves(term):
                if event is TAU:
                    pair = position, after
                elif position < len(trace) and event == trace[position]:
                    pair = position + 1, after
                else:
                    continue
                if pair not in seen:
                    seen.add(pair)
                    heapq.heappush(queue, (-pair[0], -len(seen), after))
        return False

    def _moves(self, term: Process) -> tuple[tuple[Event, Process], ...]:
        known = self._known.get(term)
        if known is None:
            if len(self._known) == self._patience:
                raise Exhausted
            moves = self._rules.transitions(term)
            known = self._known[term] = tuple(
                (event, self._canonical(after)) for event, after in moves
            )
        return known

    def _taus(self, term: Process) -> list[Process]:
        return [after for event, after in self._moves(term) if event is TAU]
