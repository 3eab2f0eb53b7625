"""Where one is in a process, how one got there, and what is known of its graph.

What has to be evaluated is asked for (`Ask`) before anything changes: when that fails or takes too
long, all is as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cospec.explorer import showing
from cospec.explorer.known import Known
from cospec.explorer.looking import Look, Looker, Move, Parts, Run, Sight
from cospec.history import History
from cospec.report import sentence
from cospec.results import Subject, Witness
from cospec.spec.semantics.process import Process

T = TypeVar("T")

#: A state that is visited shows where it leads, if that adds no more new states than `FEW`; if it
#: would, that has to be asked for, and then adds at most `MANY`.
FEW, MANY = 24, 500

#: So many states are drawn at most; those that are visited are added to them.
MOST = 10_000

_ENOUGH = f"{MOST:,} states are drawn, and no more will be: take an event to go on"


_NO_RUN = "the run of the counterexample could not be found again within reasonable time"
_SHORT = "only the trace of the counterexample can be followed: the fault was not found again"


class Refused(Exception):
    """A request that cannot be carried out, or not in full; the text says why."""


class Ask(Protocol):
    """Evaluates something within limits."""

    def __call__(self, work: Callable[[], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """A counterexample that an exploration follows: what was found, and of what."""

    witness: Witness
    subject: Subject


class Exploration:
    """A walk through a process, and the part of its graph that is known."""

    def __init__(self, looker: Looker, sight: Sight, fault: Fault | None, ask: Ask) -> None:
        """At the start, of which `sight` is what is seen."""
        self.history = History(looker.start)
        self.sight = sight
        #: The offers that are shown have this in them.
        self.filter = ""
        self._looker = looker
        self._fault = fault
        self._ask = ask
        self._before: Parts = ()
        self._run: Run | None = None
        self._known = Known(sight.look)

    # ------------------------------------------------------------------------- going

    def take(self, number: int, choice: int) -> None:
        """Takes what is offered in a state, if one is still there."""
        if number != self._known.numbers[self.history.here]:
            return
        if not 0 <= choice < len(self.sight.choices):
            raise Refused(f"state {number} has no choice {choice}")
        taken, before = self.sight.choices[choice], self.sight
        sight = self._ask(lambda: self._looker.sight(taken.after))
        move = Move(str(taken.event), taken.after, sight.look.text)
        self._known.step(before.look.state, move)
        self._arrive(self.history.took(taken), sight, before.components)

    def go(self, step: int) -> None:
        """Goes to a step of the history."""
        self._went(self.history.went(step))

    def jump(self, number: int) -> None:
        """Goes to a known state: along the history if it is there, else by the shortest way."""
        state = self._numbered(number)
        step = self.history.nearest(state)
        if step is not None:
            self.go(step)
            return
        path = self._known.path(number)
        if path is None:
            raise Refused(f"no way to state {number} is known")
        states = [self._known.states[each] for each in path]
        steps = self._ask(lambda: self._looker.along(states))
        self._went(History(self.history.start, steps, len(steps)))

    def follow(self) -> None:
        """The run of the counterexample becomes the history, from its beginning."""
        if self._fault is None:
            raise Refused("there is no counterexample here")
        witness = self._fault.witness
        if self._run is None:
            found = self._ask(lambda: self._looker.run(witness))
            if found is None:
                self.go(0)
                raise Refused(_NO_RUN)
            run, looks = found
            for look, step in zip(looks, run.steps, strict=False):
                move = Move(str(step.event), step.after, self._looker.text(step.after))
                self._known.step(look.state, move)
            self._known.grow(looks, room=0)
            self._run = run
        self._went(History(self.history.start, self._run.steps))
        if not self._run.complete:
            raise Refused(_SHORT)

    def _went(self, history: History) -> None:
        before = history.before

        def work() -> tuple[Sight, Parts]:
            sight = self._looker.sight(history.here)
            return sight, () if before is None else self._looker.parts(before)

        sight, components = self._ask(work)
        self._arrive(history, sight, components)

    def _arrive(self, history: History, sight: Sight, before: Parts) -> None:
        """One is in a state now, and sees where it leads if that is not too much."""
        self.history, self.sight, self._before, self.filter = history, sight, before, ""
        self._known.looked([sight.look])
        if self._known.fresh(sight.look) <= FEW:
            self._known.grow([sight.look])

    # ------------------------------------------------------------------------- growing

    def expand(self, number: int) -> None:
        """Shows where a state leads."""
        state = self._numbered(number)
        look = self._ask(lambda: self._looker.look(state))
        room = max(0, min(MANY, MOST - len(self._known)))
        self._known.grow([look], room)
        left = self._known.fresh(look)
        if left and not room:
            raise Refused(_ENOUGH)
        if left:
            raise Refused(f"state {number} leads to {left:,} more states: expand it again")

    def grow(self, count: int) -> None:
        """Expands all states that are not expanded, and those found thereby, until so many are new.
        What was found when time is out is kept."""
        wanted = min(len(self._known) + count, MOST)
        layer = self._known.unexpanded()
        # At `MOST`, too: the last states may lead to known ones only, and then that is all.
        while layer and (len(self._known) < wanted or wanted == MOST):
            begun = len(self._known)
            room = max(0, wanted - begun)
            states = [self._known.states[number] for number in layer]
            looks: list[Look] = []
            try:
                self._look_at(states, room, looks)
            finally:
                self._known.grow(list(looks), room)
            layer = list(range(begun, len(self._known)))
        if len(self._known) >= MOST and self._known.unexpanded():
            raise Refused(_ENOUGH)

    def _look_at(self, states: list[Process], room: int, looks: list[Look]) -> None:
        """Looks at states until there are more that nobody knew than there is room for."""

        def work() -> None:
            fresh: set[Process] = set()
            for state in states:
                look = self._looker.look(state)
                looks.append(look)
                fresh.update(m.after for m in look.moves if m.after not in self._known.numbers)
                if len(fresh) > room:
                    return

        self._ask(work)

    def _numbered(self, number: int) -> Process:
        if not 0 <= number < len(self._known):
            raise Refused(f"there is no state {number}")
        return self._known.states[number]

    # ------------------------------------------------------------------------- showing

    def shown(self, *, everything: bool) -> dict[str, Any]:
        """What is to be shown, as plain data: of the graph everything, or what is new."""
        numbers, known = self._known.numbers, self._known
        at = numbers[self.history.here]
        wrong = len(self.history.steps) if self._forbidden else None
        return {
            **known.picture(everything=everything),
            **showing.place(self.sight),
            **showing.way(self.history, wrong),
            "at": at,
            "trail": [numbers[state] for state in self.history.states()[-MOST:]],
            "expanded": known.expanded(at),
            "known": len(known),
            "offers": showing.offers(self.sight.choices, self.filter, numbers.get),
            "components": showing.components(self.sight.components, self._before),
            "fault": self._told(),
        }

    @property
    def _followed(self) -> bool:
        """Whether the history is the run of the counterexample."""
        return self._run is not None and self.history.steps == self._run.steps

    @property
    def _forbidden(self) -> bool:
        """Whether the last event of the history is what should not have been possible."""
        if self._fault is None or self._run is None:
            return False
        if not self._followed or not self._run.complete:
            return False
        witness, subject = self._fault.witness, self._fault.subject
        return witness.kind == "trace" and subject.question == "refinement"

    def _told(self) -> dict[str, Any] | None:
        """The counterexample in a sentence, and its run in the graph, as far as it was found."""
        if self._fault is None:
            return None
        run = self._run
        states = run and [self.history.start, *(step.after for step in run.steps)]
        return {
            "sentence": sentence(self._fault.subject, self._fault.witness, "of the trace"),
            "followed": self._followed,
            "trail": [self._known.numbers[state] for state in states or ()],
            "loop": run and run.loop,
            "complete": run is not None and run.complete,
        }
