"""A walk through a process as something to look at: what is seen after each step, and the moves.

An `Animation` remembers the steps that were taken back, and can follow a counterexample. It knows
of no terminal: `cospec.animator` shows its scenes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile

from cospec.components import Cast, outline
from cospec.following import along, to_the_fault
from cospec.history import History
from cospec.report import sentence
from cospec.results import PASS, Result
from cospec.runner import Ask
from cospec.spec.semantics.events import TICK
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Process
from cospec.walk import (
    AUTO_STEPS,
    Choice,
    Condition,
    Walk,
    described,
    moment,
    only,
    remark,
    typed,
)


@dataclass(frozen=True, slots=True)
class Component:
    """A component in its local state; whether the last step brought it there."""

    name: str
    state: str
    moved: bool


@dataclass(frozen=True, slots=True)
class Lead:
    """A counterexample that is followed.

    Attributes:
        sentence: what is wrong.
        steps: lead to the fault.
        loop: so many of the steps, the last ones, repeat for ever.
        complete: whether they lead to the fault, and not only as far as they could be found again.
        asked_for: whether the assertion, with a `not`, says that there is such a behaviour.
    """

    sentence: str
    steps: tuple[Choice, ...]
    loop: int = 0
    complete: bool = True
    asked_for: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen after some steps.

    Attributes:
        history: the steps, those included that can be gone forward to.
        choices: what can happen now.
        offers: the same in words.
        names: what may be typed for each, without spaces and capitals, between ends of lines.
        condition: what kind of state it is, and
        remark: what that means.
        seen_after: after how many steps the walk was in this very state before.
        components: in their local states.
        onward: which of the choices is the one that was taken back, or else continues the lead.
        led: so many of the steps taken are the first ones of the lead.
        leading: which of the choices continues the lead.
    """

    history: History
    choices: tuple[Choice, ...]
    offers: tuple[str, ...]
    names: tuple[str, ...]
    condition: Condition
    remark: str
    seen_after: int | None
    components: tuple[Component, ...]
    onward: int | None
    led: int
    leading: int | None

    @property
    def steps(self) -> tuple[Choice, ...]:
        """All steps that are known."""
        return self.history.steps

    @property
    def place(self) -> int:
        """How many of them have been taken."""
        return self.history.at

    @property
    def trace(self) -> tuple[str, ...]:
        """The visible events of these, ✓ included."""
        return self.history.trace

    @property
    def astray(self) -> bool:
        """Whether some of the steps taken are not those of the lead."""
        return self.led < self.place

    def matching(self, text: str) -> list[int]:
        """The choices with the text in them, in any case and whatever the spaces."""
        wanted = _squeezed(text)
        return [number for number, names in enumerate(self.names) if wanted in names]

    def nearest(self, text: str) -> int | None:
        """Of the choices with the text in them, the one that is most likely meant: the very event,
        or else one that begins so, or else the first."""
        wanted, found = _squeezed(text), self.matching(text)
        for fits in (f"\n{wanted}\n", f"\n{wanted}", wanted):
            for number in found:
                if fits in self.names[number]:
                    return number
        return None


class Animation:
    """A walk through `process` whose scenes are computed by `ask`.

    Each move leads to a new `scene`, or leaves the old one where `ask` raises something. It gives a
    remark for the user, mostly empty. Only one move may be made at a time.
    """

    def __init__(self, process: Process, ask: Ask) -> None:
        self._ask = ask
        self._process = process
        self._walk, self._cast = ask(lambda: (Walk(process), Cast(process)))
        self.lead: Lead | None = None
        self._start = self._walk.state
        self.scene = ask(lambda: self._scene(History(self._start)))

    # -------------------------------------------------------------------- moves

    def take(self, choice: Choice) -> str:
        """Take one of the choices. What was taken back before is forgotten, unless this is it."""

        def way() -> History:
            history = self.scene.history.took(choice)
            known = History(self._start, self._led, history.at)
            return known if known.steps[: known.at] == history.steps else history

        return self._go(way)

    def back(self) -> str:
        """Take back the last step."""
        if not self.scene.place:
            return "this is the beginning: there is no step to take back"
        return self.to(self.scene.place - 1)

    def forward(self) -> str:
        """Take the step that was taken back, or the next one of the lead; at the end of what
        repeats for ever, the first one of it."""
        scene, lead = self.scene, self.lead
        if scene.place < len(scene.steps):
            return self.to(scene.place + 1)
        if lead is not None and lead.loop and scene.led == len(lead.steps) == scene.place:
            again = len(lead.steps) - lead.loop
            self.to(again + 1)
            return f"and so on for ever: step {again + 1} follows step {len(lead.steps)}"
        return "no step was taken back, so there is none to go forward to: choose one"

    def to(self, place: int) -> str:
        """Go where the walk was after so many steps, or will be."""
        return self._go(lambda: self.scene.history.went(place))

    def first(self) -> str:
        """Begin at the beginning; all steps can be gone forward to."""
        return self.to(0)

    def last(self) -> str:
        """Go forward as far as possible."""
        return self.to(len(self.scene.steps))

    def rejoin(self) -> str:
        """Go back to where the walk left the lead."""
        if self.lead is None:
            return "no counterexample is followed here"
        before = self.scene.place
        self._go(lambda: History(self._start, self._led, self.scene.led))
        returned = self.scene.place < before
        return f"back on the counterexample, {moment(self.scene.place)}" if returned else ""

    def random(self) -> str:
        """Take a step by chance."""
        if not self.scene.choices:
            return "nothing can happen here"
        return self.take(random.choice(self.scene.choices))

    def auto(self) -> str:
        """Go on as long as there is only one way to go, until the walk has been there before."""
        for taken in range(AUTO_STEPS):
            choice = only(self.scene.choices)
            if choice is None:
                return self._crossroads(taken)
            self.take(choice)
            if self.scene.seen_after is not None:
                return f"{_steps(taken + 1)}, to the same state as {moment(self.scene.seen_after)}"
        return f"{_steps(AUTO_STEPS)}, and there is still only one way to go"

    def _crossroads(self, taken: int) -> str:
        ways = len(self.scene.choices)
        here = f"there are {ways:,} ways to go" if ways else "nothing can happen"
        return f"{_steps(taken)}, then {here}" if taken else f"{here} here"

    # ------------------------------------------------------------------ looking

    def outline(self) -> list[str]:
        """The state in lines: below each operator its parts, indented."""

        def look() -> list[str]:
            lines = outline(self.scene.history.here)
            return [f"{'  ' * depth}{part}" for depth, part in lines]

        return self._ask(look)

    def follow(self, result: Result) -> None:
        """Follow the counterexample of a check, from the beginning."""
        self.lead = self._ask(lambda: self._search(result))
        self._go(lambda: History(self._start, self._led))

    def _search(self, result: Result) -> Lead:
        """The steps of a counterexample, as far as they are found within reasonable effort."""
        witness = result.witness
        assert witness is not None
        rules = FiringRules(self._process)
        shown = to_the_fault(rules, witness)
        run = shown or along(rules, witness.trace)
        return Lead(
            sentence(result.subject, witness, "of the trace"),
            (*run.choices, *run.loop) if run is not None else (),
            len(run.loop) if run is not None else 0,
            shown is not None,
            result.verdict == PASS,
        )

    @property
    def _led(self) -> tuple[Choice, ...]:
        return self.lead.steps if self.lead is not None else ()

    def _go(self, way: Callable[[], History]) -> str:
        """Show what is seen there. Steps are compared where the stack is deep enough."""
        self.scene = self._ask(lambda: self._scene(way()))
        return ""

    def _scene(self, history: History) -> Scene:
        walk, place = self._walk, history.at
        walk.steps = list(history.steps[:place])
        choices = walk.choices()
        offers = tuple(described(choices))
        pairs = zip(walk.steps, self._led, strict=False)
        led = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        leading = self._led[place : place + 1] if led == place else ()
        return Scene(
            history,
            choices,
            offers,
            tuple(map(_names, choices, offers)),
            walk.condition,
            remark(walk.condition, choices),
            walk.seen_after(),
            self._components(history),
            _index(choices, history.steps[place : place + 1] or leading),
            led,
            _index(choices, leading),
        )

    def _components(self, history: History) -> tuple[Component, ...]:
        now = self._cast.states(history.here)
        then = dict(self._cast.states(history.before)) if history.before is not None else dict(now)
        return tuple(Component(name, state, then.get(name) != state) for name, state in now)


def as_sequence(trace: Iterable[str]) -> str:
    """A trace in CSPM, as `P :[has trace]: …` wants it; without ✓, which no script can name."""
    return f"<{', '.join(event for event in trace if event != str(TICK))}>"


def _index(choices: tuple[Choice, ...], step: tuple[Choice, ...]) -> int | None:
    return choices.index(step[0]) if step and step[0] in choices else None


def _names(choice: Choice, offer: str) -> str:
    return "\n".join(["", *map(_squeezed, (*typed(choice), offer)), ""])


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def _steps(count: int) -> str:
    return "one step" if count == 1 else f"{count:,} steps"
