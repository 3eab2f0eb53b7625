"""From the fault that a search found to the behaviour that a reader sees."""

from __future__ import annotations

from dataclasses import dataclass

from cospec.checker.labels import TAU_BIT, TAU_ID, TICK_BIT
from cospec.checker.machine import Machine, State
from cospec.checker.verdict import Counterexample, Kind, Step
from cospec.spec.semantics.events import Event


@dataclass(frozen=True, slots=True)
class Path:
    """States of a machine and the events between them: one event fewer than states."""

    states: tuple[State, ...]
    events: tuple[int, ...]

    def steps(self, machine: Machine) -> tuple[Step, ...]:
        """The transitions, each with what every component did."""
        return tuple(
            machine.step(before, event, behind)
            for before, event, behind in zip(
                self.states, self.events, self.states[1:], strict=False
            )
        )

    def extended(self, event: int, state: State) -> Path:
        """This path with one more transition."""
        return Path((*self.states, state), (*self.events, event))

    @property
    def end(self) -> State:
        return self.states[-1]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A counterexample as the machine knows it, to be replayed and then shown.

    `accepted` and `allowed` are bit masks; `other` and `loop` as in `Counterexample`.
    """

    kind: Kind
    path: Path
    event: int | None = None
    accepted: int | None = None
    allowed: tuple[int, ...] = ()
    loop: Path | None = None
    other: Path | None = None


def show(behaviour: Behaviour, machine: Machine) -> Counterexample:
    """The counterexample in the reader's terms."""
    labels = machine.labels
    event: Event | None = None
    if behaviour.event is not None:
        event = labels.events[behaviour.event]
    accepted = None
    if behaviour.accepted is not None:
        accepted = labels.decode(visible(behaviour.accepted))
    return Counterexample(
        kind=behaviour.kind,
        steps=behaviour.path.steps(machine),
        components=tuple(component.name for component in machine.components),
        states=machine.describe(behaviour.path.end),
        event=event,
        accepted=accepted,
        allowed=tuple(map(labels.decode, behaviour.allowed)),
        loop=() if behaviour.loop is None else behaviour.loop.steps(machine),
        other=() if behaviour.other is None else behaviour.other.steps(machine),
    )


def visible(offers: int) -> int:
    """What of these events the environment can see; ✓ alone where ✓ is possible."""
    return TICK_BIT if offers & TICK_BIT else offers & ~TAU_BIT


def loop_of(states: tuple[State, ...]) -> Path | None:
    """The τ path through these states; None for no states."""
    return Path(states, (TAU_ID,) * (len(states) - 1)) if states else None
