"""What a search asks of each state: one protocol for refinement, deadlock, divergence and traces.

A question is an automaton that runs beside the machine. Its nodes are numbers, such as those of
a normal form; each makes a *demand* on the states that are met in it. Both the plain search and
the compiled one work from demands, so a question is stated once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cospec.checker.labels import TAU_BIT, TICK_BIT
from cospec.checker.verdict import Kind


@dataclass(frozen=True, slots=True)
class Demand:
    """What is wanted of a state. Sets of events are bit masks; None wants nothing.

    * `allowed`: it offers nothing else, τ apart.
    * `acceptances`: if it is stable or can do ✓, it cannot refuse all of any of these sets'
      events: what it accepts includes one of them whole.
    * `alive`: it offers something.
    * `unreachable`: there is no such state.
    * `convergent`: it cannot perform τ for ever.
    """

    allowed: int | None = None
    acceptances: tuple[int, ...] | None = None
    alive: bool = False
    unreachable: bool = False
    convergent: bool = False


#: Whatever happens here is no fault.
NOTHING = Demand()


class Question(Protocol):
    """What a search asks."""

    @property
    def initial(self) -> int:
        """The node to start in."""
        ...

    def demand(self, node: int, /) -> Demand:
        """What is wanted of the states met in a node."""
        ...

    def after(self, node: int, event: int, /) -> int | None:
        """The node after any event that is allowed; None when nothing beyond it matters.

        τ leads to the same node or to None.
        """
        ...


def judge(demand: Demand, offers: int) -> Kind | None:
    """The fault in a state that offers these events (a bit mask, τ and ✓ included)."""
    if demand.unreachable:
        return Kind.TRACE
    if demand.allowed is not None and offers & ~TAU_BIT & ~demand.allowed:
        return Kind.TRACE
    if demand.alive and not offers:
        return Kind.DEADLOCK
    if demand.acceptances is not None:
        accepted = acceptance(offers)
        if accepted is not None and not any(least & ~accepted == 0 for least in demand.acceptances):
            return Kind.FAILURE
    return None


def acceptance(offers: int) -> int | None:
    """What a state that offers these events cannot refuse; None when it is not stable.

    ✓ cannot be prevented, so a state that can do it may refuse all else.
    """
    if offers & TICK_BIT:
        return TICK_BIT
    return None if offers & TAU_BIT else offers
