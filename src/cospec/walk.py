"""Walking through a process, one event after the other.

A `Walk` knows where it is, how it got there and what can happen now. It asks the firing rules
(`cospec.spec.semantics.firing`), which are the plain meaning of a process: nothing is compressed
and nothing is left out.

>>> from cospec.spec.semantics.process import SKIP, STOP, Prefix, Sequential
>>> walk = Walk(Sequential(Prefix([("a", SKIP)]), STOP))
>>> walk.take(walk.choices()[0])
>>> walk.trace, str(walk.choices()[0]), walk.condition
(('a',), 'τ  (✓ inside)', <Condition.UNSTABLE: 'unstable'>)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from cospec.results import natural_order
from cospec.spec.semantics.events import TAU, TICK, Event, Trace
from cospec.spec.semantics.firing import FiringRules, normalised
from cospec.spec.semantics.process import (
    OMEGA,
    AlphabetisedParallel,
    Call,
    Compressed,
    ExternalChoice,
    Hide,
    Interrupt,
    Omega,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
    Sequential,
    Sliding,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
)
from cospec.spec.semantics.unfolded import unfolded
from cospec.table import shorten

#: What may be typed for the events that no script can name.
SPELLINGS = {"tau": str(TAU), "tick": str(TICK)}

#: Going on while there is only one way to go ends after so many steps unless told otherwise.
AUTO_STEPS = 1000

#: Of more events that a τ may be, the first are named.
MOST_HIDDEN = 8

#: Columns of the state that a choice leads to.
TARGET_WIDTH = 100


class Condition(Enum):
    """What kind of state a walk has come to."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    DEADLOCKED = "deadlocked"
    TERMINATED = "terminated"


_REMARKS = {
    Condition.STABLE: "stable: it waits for its environment",
    Condition.UNSTABLE: "not stable: a τ may happen at any time",
    Condition.DEADLOCKED: "deadlock: nothing can happen, and it has not terminated",
    Condition.TERMINATED: "terminated: ✓ has happened, nothing more can",
}
#: The same where ✓ is possible, which nothing outside can prevent.
_ENDING = {
    Condition.STABLE: "stable, but it may terminate (✓) at any time",
    Condition.UNSTABLE: "not stable: a τ may happen, or it may terminate (✓), at any time",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can happen, and what the process is after it.

    `hidden` are the events that this τ may be inside: mostly one that is hidden, or the ✓ of a part
    that ends before the others; several where they lead to the same state; none where a process
    moves on its own account.
    """

    event: Event
    after: Process
    hidden: tuple[Event, ...] = ()

    def __str__(self) -> str:
        if not self.hidden:
            return str(self.event)
        names = [str(event) for event in self.hidden if event is not TICK]
        if len(names) > MOST_HIDDEN:
            names[MOST_HIDDEN:] = [f"{len(names) - MOST_HIDDEN:,} others"]
        hidden = " or ".join(names)
        inside = [f"{hidden}, hidden"] * bool(hidden) + ["✓ inside"] * (TICK in self.hidden)
        return f"{self.event}  ({' or '.join(inside)})"


def choice(rules: FiringRules, before: Process, event: Event, after: Process) -> Choice:
    """A transition with what is hidden in it."""
    return _choice(_Moves(rules), before, event, after)


class Walk:
    """One walk through `process`; `steps` is how it has gone so far.

    What a state can do is computed when it is asked for: that may go on for ever, and raise
    whatever evaluating a script may raise.
    """

    def __init__(self, process: Process) -> None:
        self._rules = FiringRules(process)
        (self._start,) = self._rules.initial_states()
        self.steps: list[Choice] = []

    @property
    def state(self) -> Process:
        """What the process is now."""
        return self.steps[-1].after if self.steps else self._start

    @property
    def trace(self) -> Trace:
        """The visible events so far, ✓ included."""
        return tuple(step.event for step in self.steps if step.event is not TAU)

    def choices(self) -> tuple[Choice, ...]:
        """What can happen now: visible events in the order of their names, then ✓, then τ."""
        return offered(self._rules, self.state)

    @property
    def condition(self) -> Condition:
        """Whether the state is stable, and whether it is an end."""
        return condition_of(self._rules, self.state)

    def seen_after(self) -> int | None:
        """After how many steps the walk was in this very state before."""
        if not self.steps:
            return None
        # The start may be the name of a composition; later states are compositions.
        states = [unfolded(self._start), *(step.after for step in self.steps)]
        first = states.index(self.state)
        return first if first < len(self.steps) else None

    def take(self, choice: Choice) -> None:
        """Go where `choice`, one of the choices, leads."""
        self.steps.append(choice)

    def back(self, steps: int = 1) -> int:
        """Take back the last steps; gives how many there were to take back."""
        taken = min(steps, len(self.steps))
        del self.steps[len(self.steps) - taken :]
        return taken

    def named(self, text: str) -> list[Choice]:
        """The choices that `text` may mean: an event, or else the hidden event behind a τ, or else
        the beginning of either up to a dot."""
        wanted = "".join(text.split())
        wanted = SPELLINGS.get(wanted, wanted)
        choices = self.choices()
        for fits in (
            [c for c in choices if _spelt(c.event) == wanted],
            [c for c in choices if wanted in map(_spelt, c.hidden)],
            [c for c in choices if any(n.startswith(wanted + ".") for n in _names(c))],
        ):
            if fits:
                return fits
        return []


def offered(rules: FiringRules, state: Process) -> tuple[Choice, ...]:
    """What can happen in a state: visible events in the order of their names, then ✓, then τ."""
    moves = _Moves(rules)
    found = (_choice(moves, state, event, after) for event, after in rules.transitions(state))
    return tuple(sorted(found, key=_place))


def condition_of(rules: FiringRules, state: Process) -> Condition:
    """Whether a state is stable, and whether it is an end."""
    possible = rules.transitions(state)
    if not possible:
        return Condition.TERMINATED if isinstance(state, Omega) else Condition.DEADLOCKED
    unstable = any(event is TAU for event, _ in possible)
    return Condition.UNSTABLE if unstable else Condition.STABLE


def remark(condition: Condition, choices: Iterable[Choice]) -> str:
    """What a state of this kind, in which these are the choices, is waiting for."""
    ending = any(choice.event is TICK for choice in choices)
    return (_ENDING if ending else _REMARKS)[condition]


def described(choices: Sequence[Choice]) -> Iterator[str]:
    """The choices in words; a τ, and what others look like, with the state that it leads to."""
    names = [str(choice) for choice in choices]
    times = Counter(names)
    for name, choice in zip(names, choices, strict=True):
        if times[name] == 1 and choice.event is not TAU:
            yield name
        else:
            yield f"{name}  → {shorten(str(choice.after), TARGET_WIDTH)}"


def moment(steps: int) -> str:
    """When so many steps had been taken."""
    return f"after step {steps}" if steps else "at the beginning"


def only(choices: Sequence[Choice]) -> Choice | None:
    """The choice, where there is but one."""
    return choices[0] if len(choices) == 1 else None


def typed(choice: Choice) -> list[str]:
    """A choice as it may be typed: τ and ✓ by their names, and what a τ hides."""
    names = {value: key for key, value in SPELLINGS.items()}
    return [names.get(str(event), str(event)) for event in (choice.event, *choice.hidden)]


def _place(choice: Choice) -> tuple[bool, bool, object]:
    event = choice.event
    return event is TAU, event is TICK, natural_order(str(event))


def _spelt(event: Event) -> str:
    return "".join(str(event).split())


def _names(choice: Choice) -> Iterator[str]:
    yield from map(_spelt, (choice.event, *choice.hidden))


class _Moves:
    """Transitions by where they lead: a state may have thousands of them."""

    def __init__(self, rules: FiringRules) -> None:
        self._rules = rules
        self._known: dict[Process, dict[Process, list[Event]]] = {}

    def between(self, before: Process, after: Process) -> Sequence[Event]:
        """The events that lead from one state to the other."""
        if before not in self._known:
            known = self._known[before] = {}
            for event, target in self._rules.transitions(before):
                known.setdefault(target, []).append(event)
        return self._known[before].get(after, ())


def _choice(moves: _Moves, before: Process, event: Event, after: Process) -> Choice:
    return Choice(event, after, _hidden(moves, before, after) if event is TAU else ())


def _hidden(moves: _Moves, before: Process, after: Process) -> tuple[Event, ...]:
    """The visible events inside that the τ from `before` to `after` may be."""
    if TAU not in moves.between(before, after):
        return ()
    found: list[Event] = []
    if isinstance(before, Hide | Project) and isinstance(after, Hide | Project):
        concealing = isinstance(before, Hide)
        for event in moves.between(before.process, after.process):
            if event not in (TAU, TICK) and (event in before.events) is concealing:
                found.append(event)
    if isinstance(before, Sequential) and after == normalised(before.right):
        found.append(TICK)  # a τ of the left part would leave the sequence one
    for one, other in _parts(before, after):
        found.extend(_hidden(moves, one, other))
        joint = isinstance(before, Parallel | AlphabetisedParallel)
        if joint and other is OMEGA and TICK in moves.between(one, OMEGA):
            found.append(TICK)
    return tuple(dict.fromkeys(found))


def _parts(before: Process, after: Process) -> Iterator[tuple[Process, Process]]:
    """Where a τ of the whole may be the τ of a part: that part before and after."""
    match before, after:
        case Call(), _:
            yield normalised(before.body()), after
        case Compressed(), _:
            yield before.process, after
        case ((Hide() | Project() | Rename() | Prioritise()), _):
            if isinstance(after, Hide | Project | Rename | Prioritise):
                yield before.process, after.process
        case ((Sequential() | Sliding() | Throw()), (Sequential() | Sliding() | Throw())):
            yield before.left, after.left
        case ((Interrupt() | SynchronisingInterrupt()), (Interrupt() | SynchronisingInterrupt())):
            if before.right == after.right:
                yield before.left, after.left
            if before.left == after.left:
                yield before.right, after.right
        case (
            (ExternalChoice() | SynchronisingChoice() | Parallel() | AlphabetisedParallel()),
            (ExternalChoice() | SynchronisingChoice() | Parallel() | AlphabetisedParallel()),
        ):
            pairs = list(zip(before.operands, after.operands, strict=False))
            changed = [pair for pair in pairs if pair[0] != pair[1]]
            # A τ that changes nothing may be that of any part.
            yield from changed[:1] if changed else pairs
