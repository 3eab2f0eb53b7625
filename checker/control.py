r"""Compositions beneath operators that change their shape, without flattening them.

Where a parallel composition stands beneath `;`, `[]`, `/\`, `[>`, an exception or a prefix, the
operators around it are a small transition system of their own, the *control*: its states are
the terms in which each composition is a *slot*, a hole that does nothing by itself. The components
of the composition stay components of the machine, and the control is one more. So

* what the control does by itself is a move of its component, with the label `Move` when it starts
  or stops compositions on the way;
* what a composition in a slot does passes the operators around it, which may let it pass, be
  resolved by it, or give way to another process. Which of these an event does is decided when the
  rule is made; that the control is in a state where it does so is told by a label `Port`.

Components of a composition that is not running are at the state after Ω, where nothing happens, so
that a machine state does not depend on what has been. Starting and stopping put components into
states (`labels.Then`).

Which slots there are has to be known when the machine is built. `discover` walks the control's
first states; a composition that turns up later and has no slot is walked inside the control's
terms (`embed`), which is slow and right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias

from cospec.checker.embed import Embedder
from cospec.checker.labels import TAU_ID, TICK_ID, Labels, Private
from cospec.checker.tree import Shape, has_parallel, shape_of
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.firing import normalised
from cospec.spec.semantics.process import (
    OMEGA,
    Call,
    Embedded,
    ExternalChoice,
    Hide,
    Interrupt,
    Lazy,
    Process,
    Project,
    Rename,
    Sequential,
    Sliding,
    Throw,
)

#: How many states of a control are walked to find its slots, all that is nested in it included.
WALKED = 60
#: More slots in a control, or more ways to start one, are not worth their tables.
MOST_SLOTS, MOST_STARTS = 12, 64
#: How deeply compositions with controls may lie in one another, and beneath how many operators
#: each may lie: an exception doubles what may become of those beneath it.
DEEPEST, MOST_FRAMES = 3, 5

#: Of slots that a move starts, the terms of their leaves; None for those that it stops.
Changes: TypeAlias = tuple[tuple[int, tuple[Process, ...] | None], ...]


class Way(Enum):
    """How an operator treats what its operand does."""

    SEQUENCE = "✓ starts the other operand, and is seen as τ"
    CHOICE = "all but τ resolves it"
    INTERRUPTED = "✓ resolves it"
    THROW = "events of a set start the other operand, ✓ resolves it"
    HIDE = "events of a set become τ, ✓ resolves it"
    PROJECT = "events outside a set become τ, ✓ resolves it"
    RENAME = "events become their images, ✓ resolves it"


class Frame(NamedTuple):
    """One operator around a slot."""

    way: Way
    #: The set of events or the renaming that it has.
    by: Any
    operator: Process
    #: Which of its fields holds the operand, and where in it.
    operand: str
    at: int = 0

    @property
    def inner(self) -> Process:
        value: Any = getattr(self.operator, self.operand)
        inner: Process = value[self.at] if isinstance(value, tuple) else value
        return inner

    def around(self, inner: Process) -> Process:
        """The operator with another operand in this place."""
        value: Any = getattr(self.operator, self.operand)
        changed: Any = inner
        if isinstance(value, tuple):
            changed = (*value[: self.at], inner, *value[self.at + 1 :])
        operator: Any = self.operator
        made: Process = replace(operator, **{self.operand: changed})
        return made


def frames(process: Process) -> list[Frame]:
    """The operands that run, of the operators that a control is made of."""
    match process:
        case ExternalChoice():
            places = range(len(process.operands))
            return [Frame(Way.CHOICE, None, process, "operands", i) for i in places]
        case Sliding():
            return [Frame(Way.CHOICE, None, process, "left")]
        case Sequential():
            return [Frame(Way.SEQUENCE, None, process, "left")]
        case Interrupt():
            return [
                Frame(Way.INTERRUPTED, None, process, "left"),
                Frame(Way.CHOICE, None, process, "right"),
            ]
        case Throw():
            return [Frame(Way.THROW, process.events, process, "left")]
        case Hide():
            return [Frame(Way.HIDE, process.events, process, "process")]
        case Project():
            return [Frame(Way.PROJECT, process.events, process, "process")]
        case Rename():
            return [Frame(Way.RENAME, process.relation, process, "process")]
    return []


class Decision(Enum):
    """What becomes of an operator when its operand moves."""

    STAYS = "stays"
    RESOLVED = "resolved"
    OTHER = "other"


class _Kind(Enum):
    TAU = "τ"
    TICK = "✓"
    SEEN = "visible"


_STAYS, _RESOLVED, _OTHER = Decision.STAYS, Decision.RESOLVED, Decision.OTHER
_TAU, _TICK, _SEEN = _Kind.TAU, _Kind.TICK, _Kind.SEEN
_KINDS = {TAU_ID: _TAU, TICK_ID: _TICK}

#: What each way may decide on τ, on ✓ and on a visible event, and what is then seen.
_POSSIBLE: dict[Way, dict[_Kind, tuple[tuple[Decision, _Kind], ...]]] = {
    way: {
        _TAU: ((_STAYS, _TAU),),
        _TICK: ((_OTHER, _TAU),) if way is Way.SEQUENCE else ((_RESOLVED, _TICK),),
        _SEEN: {
            Way.CHOICE: ((_RESOLVED, _SEEN),),
            Way.THROW: ((_STAYS, _SEEN), (_OTHER, _SEEN)),
            Way.HIDE: ((_STAYS, _SEEN), (_STAYS, _TAU)),
            Way.PROJECT: ((_STAYS, _SEEN), (_STAYS, _TAU)),
        }.get(way, ((_STAYS, _SEEN),)),
    }
    for way in Way
}

#: The ways around a slot, from the inside out, each with its set of events.
Profile: TypeAlias = tuple[tuple[Way, Any], ...]
#: Whether a ✓ was decided on, and what each operator does, from the inside out.
Decisions: TypeAlias = tuple[bool, tuple[Decision, ...]]


def crossings(profile: Profile, event: int, labels: Labels) -> list[tuple[Decisions, int]]:
    """What the operators around a slot make of an event in it: decisions, and what is seen."""
    found: list[tuple[tuple[Decision, ...], int]] = [((), event)]
    for way, by in profile:
        passed: list[tuple[tuple[Decision, ...], int]] = []
        for made, inside in found:
            decision = _STAYS
            outside: tuple[int, ...] = (inside,)
            kind = _KINDS.get(inside, _SEEN)
            if kind is not _SEEN or way not in _BY_EVENT:
                ((decision, seen),) = _POSSIBLE[way][kind]
                outside = (TAU_ID,) if seen is _TAU else (inside,)
            elif way is Way.RENAME:
                outside = tuple(map(labels.number, by.image(labels.events[inside])))
            else:
                among = labels.events[inside] in by
                if way is Way.THROW:
                    decision = _OTHER if among else _STAYS
                elif among is (way is Way.HIDE):
                    outside = (TAU_ID,)
            passed += [((*made, decision), each) for each in outside]
        found = passed
    return [((event == TICK_ID, made), seen) for made, seen in found]


_BY_EVENT = frozenset([Way.THROW, Way.HIDE, Way.PROJECT, Way.RENAME])


def outcomes(slot: Process, around: tuple[Frame, ...]) -> dict[Decisions, Process]:
    """All that may become of a control when the slot inside these frames moves."""
    found: dict[Decisions, Process] = {}

    def walk(depth: int, inner: Process, kind: _Kind, ticked: bool, made: Any) -> None:
        if depth == len(around):
            found[ticked, made] = OMEGA if kind is _TICK else inner
            return
        frame = around[depth]
        for decision, seen in _POSSIBLE[frame.way][kind]:
            match decision:
                case Decision.STAYS:
                    after = frame.around(inner)
                case Decision.RESOLVED:
                    after = inner
                case Decision.OTHER:
                    other: Any = frame.operator
                    after = other.right
            walk(depth + 1, after, seen, ticked, (*made, decision))

    for kind in _Kind:
        walk(0, slot, kind, kind is _TICK, ())
    return found


@dataclass(frozen=True, slots=True)
class Move(Private):
    """The control moves by itself, and starts or stops slots."""

    performed: Event
    changes: Changes

    def seen(self) -> Event | None:
        return self.performed


@dataclass(frozen=True, slots=True)
class Port(Private):
    """A slot moves, and the operators around it decide so."""

    slot: int
    profile: Profile
    decisions: Decisions
    changes: Changes


@dataclass(frozen=True, slots=True)
class Hole:
    """A slot in a term."""

    slot: int

    def __str__(self) -> str:
        return "…"


class _Holes:
    """The transition system of holes: what is in a slot moves by rules of the machine."""

    def initial_states(self) -> tuple[Hole, ...]:
        return ()

    def transitions(self, _hole: Hole) -> tuple[tuple[Event, Hole], ...]:
        return ()


_HOLES = _Holes()


def hole(process: Process) -> int | None:
    """The slot that the term is, if it is one."""
    if isinstance(process, Embedded) and isinstance(process.state, Hole):
        return process.state.slot
    return None


def holes(process: Process, outer: tuple[Frame, ...] = ()) -> Iterator[tuple[int, Any]]:
    """The slots in a control's state, each with the frames around it from the inside out."""
    slot = hole(process)
    if slot is not None:
        yield slot, outer
    elif len(outer) < MOST_FRAMES:
        for frame in frames(process):
            yield from holes(frame.inner, (frame, *outer))


@dataclass(slots=True)
class Slot:
    """A place for compositions of one shape.

    `starts` holds the terms of the leaves with which it may be started; a slot is `thrown` when
    one of its own events may stop it.
    """

    process: Process
    starts: dict[tuple[Process, ...], None] = field(default_factory=dict)
    thrown: bool = False
    #: For each leaf of the composition, its own control.
    controls: tuple[Control | None, ...] = ()


class Control:
    """The operators around some compositions as a transition system with slots."""

    def __init__(self, embedder: Embedder) -> None:
        self.slots: list[Slot] = []
        self._embedder = embedder
        self._numbers: dict[tuple[Shape, int], int] = {}
        #: While this is so, slots and ways to start them are added as they turn up.
        self._discovering = True
        self._known: dict[Process, tuple[Process, Changes]] = {}
        self._moves: dict[Process, list[tuple[Event, Process]]] = {}
        self._broken: dict[Process, Exception] = {}

    def fix(self) -> None:
        """Ends the discovery: slots that have too many starts are given up."""
        kept = {
            number
            for number, slot in enumerate(self.slots)
            if len(slot.starts) <= MOST_STARTS and number < MOST_SLOTS
        }
        self._numbers = {key: number for key, number in self._numbers.items() if number in kept}
        self._discovering = False
        self._known.clear()
        self._moves.clear()
        self._broken.clear()

    @property
    def used(self) -> list[int]:
        """The slots that are not given up."""
        return sorted(self._numbers.values())

    def initial_states(self) -> tuple[Process, ...]:
        return ()

    def enter(self, process: Process) -> tuple[Process, Changes]:
        """The control's state for a term, and the slots which that starts."""
        known = self._known.get(process)
        if known is None:
            changes: dict[int, tuple[Process, ...] | None] = {}
            taken = {slot for slot, _ in holes(process)}
            made = self._slotted(process, taken, changes, (), frozenset())
            known = self._embedder.embed(made), tuple(sorted_changes(changes))
            self._known[process] = known
        return known

    def _slotted(
        self,
        process: Process,
        taken: set[int],
        changes: dict[int, tuple[Process, ...] | None],
        outer: tuple[Way, ...],
        calls: frozenset[Process],
    ) -> Process:
        """The term with its compositions in slots; they are added to `taken` and `changes`."""
        if len(outer) > MOST_FRAMES:
            return process
        if has_parallel(process):
            slot, terms = self._slot(process, taken, Way.THROW in outer)
            if slot is None:
                return process
            taken.add(slot)
            changes[slot] = terms
            return Embedded(_HOLES, Hole(slot))
        if isinstance(process, Call):
            if process in calls:
                return process  # unguarded: the firing rules will say so
            before = len(changes)
            body = normalised(process.body())
            made = self._slotted(body, taken, changes, outer, calls | {process})
            return process if len(changes) == before else made
        around = frames(process)
        for place in range(len(around)):
            frame = around[place]
            made = self._slotted(frame.inner, taken, changes, (*outer, frame.way), calls)
            if made is not frame.inner:
                process = frame.around(made)
                around = frames(process)  # of the term as it has become
        return process

    def _slot(
        self, process: Process, taken: set[int], throws: bool
    ) -> tuple[int | None, tuple[Process, ...]]:
        """A slot that is free for this composition, if any, and the terms to start it with."""
        shape, leaves = shape_of(process)
        terms = tuple(map(normalised, leaves))
        for index in count():
            number = self._numbers.get((shape, index))
            if number is None:
                if not self._discovering:
                    return None, terms
                number = self._numbers[shape, index] = len(self.slots)
                self.slots.append(Slot(process))
            if number in taken:
                continue
            slot = self.slots[number]
            if self._discovering:
                slot.starts[terms] = None
                slot.thrown = slot.thrown or throws
            elif terms not in slot.starts or throws > slot.thrown:
                return None, terms
            return number, terms
        raise AssertionError("there is always another number")

    def transitions(self, state: Process) -> list[tuple[Event, Process]]:
        """The moves of a control's state, those of its slots as ports."""
        if state in self._broken:
            raise self._broken[state]
        known = self._moves.get(state)
        if known is None:
            around = list(holes(state))
            running = [slot for slot, _ in around]
            known = []
            for event, target in self._embedder.transitions(state):
                after, changes = self._after(running, target)
                known.append((Move(event, changes) if changes else event, after))
            for slot, outer in around:
                profile = tuple((frame.way, frame.by) for frame in outer)
                inside = Embedded(_HOLES, Hole(slot))
                for decisions, target in outcomes(inside, outer).items():
                    try:
                        after, changes = self._after(running, normalised(target))
                    except Exception as error:
                        # Nobody knows whether it comes to this: a mistake in what follows is
                        # a mistake only when what follows is reached.
                        after, changes = Lazy(partial(normalised, target)), ()
                        self._broken[after] = error
                    known.append((Port(slot, profile, decisions, changes), after))
            self._moves[state] = known
        return known

    def _after(self, running: Iterable[int], target: Process) -> tuple[Process, Changes]:
        """The state for a term that follows, and which slots that starts and stops."""
        after, started = self.enter(target)
        still = {slot for slot, _ in holes(after)}
        changes: dict[int, tuple[Process, ...] | None] = dict(started)
        for slot in running:
            if slot not in still:
                changes[slot] = None
        return after, tuple(sorted_changes(changes))


def sorted_changes(
    changes: dict[int, tuple[Process, ...] | None],
) -> list[tuple[int, tuple[Process, ...] | None]]:
    return [(slot, changes[slot]) for slot in sorted(changes)]


class _Budget:
    """How many states may still be walked."""

    def __init__(self) -> None:
        self.left = WALKED


def discover(
    starts: Iterable[Process], embedder: Embedder, depth: int = 0, budget: _Budget | None = None
) -> Control | None:
    """The control of a leaf that may begin as each of these terms; None if it needs none."""
    if depth == DEEPEST:
        return None
    budget = _Budget() if budget is None else budget
    control = Control(embedder)
    states: list[Process] = []
    try:
        for start in starts:
            states.append(control.enter(start)[0])
    except Exception:
        if depth == 0:
            raise
        return None  # whoever starts it will say so
    met = set(states)
    for state in states:
        if budget.left == 0:
            break
        budget.left -= 1
        try:
            moves = control.transitions(state)
        except Exception:
            continue  # perhaps never reached, and then no matter
        for _, target in moves:
            if target is not OMEGA and target not in met:
                met.add(target)
                states.append(target)
    control.fix()
    if not control.used:
        return None
    for number in control.used:
        slot = control.slots[number]
        slot.controls = tuple(
            discover(dict.fromkeys(leaf), embedder, depth + 1, budget)
            for leaf in zip(*slot.starts, strict=True)
        )
    return control
