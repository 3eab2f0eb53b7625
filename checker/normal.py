"""The normal form of a specification, worked out where a search needs it.

A node is the set of all the states in which the process may be after a trace, closed under τ
(the subset construction; Roscoe, *Understanding Concurrent Systems*, 8.3 and 16.1). What a node
allows is kept as bit masks of events: those that may happen, and the *minimal acceptances*, the
least sets of events that a stable member offers. A member that can do ✓ counts with the
acceptance {✓} even where it has τ: nothing can prevent termination.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from cospec.checker.divergence import TauCycles
from cospec.checker.labels import TAU_BIT, TAU_ID, TICK_BIT
from cospec.checker.machine import Machine, State


@dataclass(slots=True)
class _Node:
    """What is known of a set of states."""

    members: tuple[int, ...]
    allowed: int
    targets: dict[int, dict[int, None]]
    after: dict[int, int] = field(default_factory=dict)
    acceptances: tuple[int, ...] | None = None
    divergent: bool | None = None


class TooLarge(Exception):
    """A specification has more states than were allowed for its normal form."""


class NormalForm:
    """The subset construction over a machine, on demand. Nodes are numbers.

    Raises, whatever is asked:
        TooLarge: more than `limit` of the machine's states have been met.
    """

    def __init__(self, machine: Machine, limit: int | None = None) -> None:
        self.machine = machine
        self._limit = limit
        self._numbers: dict[State, int] = {}
        self.states: list[State] = []
        self._rows: list[tuple[int, tuple[tuple[int, int], ...]] | None] = []
        self._nodes: list[_Node] = []
        self._index: dict[frozenset[int], int] = {}
        #: The nodes that begin with one state: the thousand events of a channel may all lead there.
        self._of_one: dict[int, int] = {}
        self._cycles: TauCycles[int] = TauCycles(self._taus)
        self.initial = self._node(dict.fromkeys(map(self._number, machine.initial())))

    def members(self, node: int) -> list[State]:
        """The machine's states in this node."""
        return [self.states[i] for i in self._nodes[node].members]

    def offers(self, state: State) -> int:
        """The events that one member offers, τ and ✓ included."""
        return self._row(self._number(state))[0]

    def allowed(self, node: int) -> int:
        """The visible events, and ✓, that some member can perform."""
        return self._nodes[node].allowed

    def events(self, node: int) -> list[int]:
        """The allowed events one by one."""
        return list(self._nodes[node].targets)

    def after(self, node: int, event: int) -> int:
        """The node after an allowed event."""
        here = self._nodes[node]
        known = here.after.get(event)
        if known is None:
            known = here.after[event] = self._node(here.targets[event])
        return known

    def acceptances(self, node: int) -> tuple[int, ...]:
        """The minimal acceptances; none when no member is stable or can do ✓."""
        here = self._nodes[node]
        if here.acceptances is None:
            found: set[int] = set()
            for member in here.members:
                offers = self._row(member)[0]
                if offers & TICK_BIT:
                    found.add(TICK_BIT)
                elif not offers & TAU_BIT:
                    found.add(offers)
            here.acceptances = minimal(found)
        return here.acceptances

    def divergent(self, node: int) -> bool:
        """Whether some member can perform τ for ever."""
        here = self._nodes[node]
        if here.divergent is None:
            here.divergent = any(map(self._cycles.reaches, here.members))
        return here.divergent

    def _number(self, state: State) -> int:
        known = self._numbers.get(state)
        if known is None:
            if len(self.states) == self._limit:
                raise TooLarge
            known = self._numbers[state] = len(self.states)
            self.states.append(state)
            self._rows.append(None)
        return known

    def _row(self, state: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        row = self._rows[state]
        if row is None:
            offers, moves = self.machine.moves(self.states[state])
            row = offers, tuple((event, self._number(target)) for event, target in moves)
            self._rows[state] = row
        return row

    def _taus(self, state: int) -> list[int]:
        return [target for event, target in self._row(state)[1] if event == TAU_ID]

    def _node(self, start: dict[int, None]) -> int:
        """The node of the τ-closure of `start`."""
        if len(start) > 1:
            return self._closed(start)
        (state,) = start
        known = self._of_one.get(state)
        if known is None:
            known = self._of_one[state] = self._closed(start)
        return known

    def _closed(self, start: dict[int, None]) -> int:
        closure = dict(start)
        stack = list(start)
        allowed = 0
        targets: dict[int, dict[int, None]] = {}
        while stack:
            offers, moves = self._row(stack.pop())
            allowed |= offers
            for event, target in moves:
                if event != TAU_ID:
                    targets.setdefault(event, {})[target] = None
                elif target not in closure:
                    closure[target] = None
                    stack.append(target)
        key = frozenset(closure)
        known = self._index.get(key)
        if known is None:
            known = self._index[key] = len(self._nodes)
            self._nodes.append(_Node(tuple(closure), allowed & ~TAU_BIT, targets))
        return known


def minimal(sets: set[int]) -> tuple[int, ...]:
    """The least of these bit masks under inclusion, smallest first."""
    least: list[int] = []
    for _, alike in groupby(sorted(sets, key=_size_first), key=int.bit_count):
        # Of as many events, none includes another: a thousand single ones need not be compared.
        least += [mask for mask in alike if not any(less & ~mask == 0 for less in least)]
    return tuple(least)


def _size_first(mask: int) -> tuple[int, int]:
    return mask.bit_count(), mask
