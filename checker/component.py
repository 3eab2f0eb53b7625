"""A component: one part of a machine, as a table of numbered states that grows on demand.

A leaf need not be compiled whole before the search: a queue of 32 cells over 8 values has more
local states than any table holds, yet a composition reaches few of them. States
are numbered in the order in which they are met.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeAlias

from cospec.checker.labels import ENDED_ID, TICK_ID, Labels, Then
from cospec.spec.semantics.process import OMEGA, Call, Omega, Process, UnguardedRecursion
from cospec.spec.semantics.system import TransitionSystem

#: Every component's state 0 is Ω, where ✓ leads; it offers the label `ENDED_ID`, which leads to
#: state 1, where nothing happens any more.
OMEGA_STATE, FINAL_STATE = 0, 1

#: How much of a term is shown where a component is named.
SHOWN_LENGTH = 60

Row: TypeAlias = dict[int, tuple[int, ...]]


class Component:
    """A transition system with numbered states and labels, expanded when somebody looks.

    `rows[i]` maps the labels of state i to its targets, None while it is unexpanded; `moves[l]`
    is the same table the other way round, from states to targets. States are kept as `rewrite`
    gives them, and it must leave alone what it has given. `term` gives the process that a state
    stands for, so that a counterexample can be shown and replayed.

    A component that others start and stop (`control`) also offers in every state to be put into
    each of the states that `settle` has named.
    """

    __slots__ = (
        "_index",
        "_labels",
        "_moving",
        "_open",
        "_rewrite",
        "_settings",
        "_system",
        "_term",
        "initial",
        "moves",
        "root",
        "rows",
        "states",
    )

    def __init__(
        self,
        system: TransitionSystem[Any],
        labels: Labels,
        root: Process,
        term: Callable[[Any], Process],
        rewrite: Callable[[Any], Any],
    ) -> None:
        self.root = root
        self.states: list[Hashable] = [OMEGA, OMEGA]
        self.rows: list[Row | None] = [None, None]
        self.moves: dict[int, dict[int, tuple[int, ...]]] = {}
        self._settings: tuple[int, ...] = ()
        self._moving = False
        self._open: set[int] = set()
        self._labels = labels
        self._system = system
        self._index: dict[Hashable, int] = {}
        self._term = term
        self._rewrite = rewrite
        self.initial = tuple(dict.fromkeys(self.number(s) for s in system.initial_states()))

    @property
    def name(self) -> str:
        """The component for a reader: the term that it was made from."""
        return shortened(self.root)

    def row(self, state: int) -> Row:
        """The moves of `state`, by label."""
        row = self.rows[state]
        if row is None:
            row = self.rows[state] = self._expand(state)
        return row

    def term(self, state: int) -> Process:
        """The process that `state` stands for."""
        return OMEGA if state <= FINAL_STATE else self._term(self.states[state])

    def number(self, state: Hashable) -> int:
        """The number of a state of the system, a new one when it is met for the first time."""
        known = self._index.get(state)
        if known is None:
            if isinstance(state, Omega):
                return OMEGA_STATE
            # What a call stands for is looked into when somebody asks for its moves: most of
            # the states that a queue's cells lead to are never reached.
            rewritten = state if isinstance(state, Call) else self._rewrite(state)
            if rewritten is state:
                known = len(self.states)
                self.states.append(state)
                self.rows.append(None)
            else:
                known = self.number(rewritten)
            self._index[state] = known
        return known

    def settle(self, settings: Iterable[Hashable], moving: bool) -> None:
        """Names the states in which the component may be put, before any is expanded.

        Args:
            settings: the states; Ω's successor, in which nothing happens, is always one.
            moving: whether it may be put there while it performs some event, not only when it
                does nothing or ends.
        """
        assert not any(self.rows), "the component is in use already"
        self._settings = (FINAL_STATE, *dict.fromkeys(map(self.number, settings)))
        self._moving = moving
        self.initial = (FINAL_STATE,)

    def start(self, state: Hashable) -> None:
        """Names the state that the component is in at first."""
        self.initial = (self.number(state),)

    def _expand(self, state: int) -> Row:
        if state <= FINAL_STATE:
            row: Row = {ENDED_ID: (FINAL_STATE,)} if state == OMEGA_STATE else {}
        elif (rewritten := self._rewritten(state)) != state:
            row = self._body(state, rewritten)
        else:
            found: dict[int, dict[int, None]] = {}
            known, number = self._index, self._labels.number
            for event, target in self._system.transitions(self.states[state]):
                label = number(event)
                after = OMEGA_STATE
                if label != TICK_ID:
                    seen = known.get(target)
                    after = self.number(target) if seen is None else seen
                found.setdefault(label, {})[after] = None
            row = {label: tuple(targets) for label, targets in found.items()}
        if self._settings:
            self._set(row)
        for label, targets in row.items():
            self.moves.setdefault(label, {})[state] = targets
        return row

    def _rewritten(self, state: int) -> int:
        """The state that stands for the body of a call whose body is rewritten."""
        term = self.states[state]
        if not isinstance(term, Call):
            return state
        rewritten = self._rewrite(term)
        return state if rewritten is term else self.number(rewritten)

    def _body(self, call: int, body: int) -> Row:
        """The moves of a call, which are those of its body.

        Raises:
            UnguardedRecursion: they depend on themselves.
        """
        if call in self._open:
            term = self.states[call]
            assert isinstance(term, Call)
            raise UnguardedRecursion(term)
        self._open.add(call)
        try:
            return dict(self.row(body))
        finally:
            self._open.discard(call)

    def _set(self, row: Row) -> None:
        """Adds to a row the labels by which the component is put into its settings."""
        number, events = self._labels.number, self._labels.events
        own = [label for label in row if self._moving or label == ENDED_ID]
        for setting in self._settings:
            row[number(Then(None, setting))] = (setting,)
            for label in own:
                row[number(Then(events[label], setting))] = (setting,)


def shortened(process: Process) -> str:
    """The term for a reader, cut when it is long."""
    shown = str(process)
    return shown if len(shown) <= SHOWN_LENGTH else shown[: SHOWN_LENGTH - 1] + "…"
