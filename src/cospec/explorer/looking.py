"""What a state is able to do, found out by the firing rules.

Only this evaluates anything: it may raise whatever evaluating a script or a model may raise, take
long, or go on for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from cospec.components import Cast, Part
from cospec.following import along, to_the_fault
from cospec.results import Witness
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process
from cospec.spec.semantics.unfolded import unfolded
from cospec.walk import Choice, Condition, condition_of, offered

#: Components with their states.
Parts: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """An event, what the process is after it, and how that is written."""

    event: str
    after: Process
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """A state, and all moves that it has."""

    state: Process
    text: str
    condition: Condition
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """All that is shown of the state in which an exploration is."""

    look: Look
    choices: tuple[Choice, ...]
    components: Parts


@dataclass(frozen=True, slots=True)
class Run:
    """A counterexample as steps.

    Attributes:
        steps: from the start.
        loop: after this step, if there is one, it goes round for ever.
        complete: whether the fault is at the end; else only the trace before it was found again.
    """

    steps: tuple[Choice, ...]
    loop: int | None
    complete: bool


class Looker:
    """Looks at the states of one process; what it has found it keeps."""

    def __init__(self, process: Process, describe: Callable[[Process], str] = str) -> None:
        """`describe` is how states are written."""
        self.rules = FiringRules(unfolded(process))
        (self.start,) = self.rules.initial_states()
        self._describe = describe
        self._texts: dict[Process, str] = {}
        self._cast = Cast(process)

    def look(self, state: Process) -> Look:
        """What a state is able to do."""
        moves = tuple(
            Move(str(event), after, self.text(after))
            for event, after in self.rules.transitions(state)
        )
        return Look(state, self.text(state), condition_of(self.rules, state), moves)

    def sight(self, state: Process) -> Sight:
        """The like, and what is offered, and what the components are."""
        return Sight(self.look(state), offered(self.rules, state), self.parts(state))

    def parts(self, state: Process) -> Parts:
        """The components of a state."""
        return self._cast.states(state)

    def along(self, states: Sequence[Process]) -> tuple[Choice, ...]:
        """The choices that lead from each of these states to the next one."""
        return tuple(
            next(each for each in offered(self.rules, before) if each.after == after)
            for before, after in pairwise(states)
        )

    def run(self, witness: Witness) -> tuple[Run, list[Look]] | None:
        """The run of a counterexample, and a look at each of its states; None if it is too far."""
        fault = to_the_fault(self.rules, witness)
        found = fault or along(self.rules, witness.trace)
        if found is None:
            return None
        loop = len(found.choices) if found.loop else None
        run = Run((*found.choices, *found.loop), loop, fault is not None)
        return run, list(map(self.look, found.visited))

    def text(self, state: Process) -> str:
        """How a state is written, in one line."""
        found = self._texts.get(state)
        if found is None:
            found = self._texts[state] = " ".join(self._describe(state).split())
        return found
