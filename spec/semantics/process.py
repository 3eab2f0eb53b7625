"""Process terms: CSP's operators as immutable values.

A term says *what* a process is; `firing` says what it can do, `denotation` what its
traces, failures and divergences are. Two terms that compare equal behave alike, which is
what lets a search recognise a state that it has seen. Terms are therefore compared by
their operator and operands, and two kinds by what names them:

* a `Call` by its definition and its arguments (the process `P(3)` is one state, however it
  is reached), so that recursion closes into a finite graph;
* a `Lazy`, and a `Prefix` whose branches are still to be computed, by identity, because what
  follows them is only known when somebody looks.

Operators follow Roscoe, *Understanding Concurrent Systems* (2010), with the names of its
chapters; the CSPM spelling is given with each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform
from zlib import crc32

from cospec.spec.semantics.events import Event
from cospec.spec.semantics.system import TransitionSystem


class Process:
    """Any process term."""

    __slots__ = ("_hash",)


Branch = tuple[Event, Process]
Term = TypeVar("Term", bound=Process)


@dataclass_transform(frozen_default=True)
def operator(term: type[Term]) -> type[Term]:
    """An immutable term, compared by its operands, whose hash is computed only once.

    Terms nest, and a search looks up every term that it builds: without this, each look-up would
    walk the whole term.
    """
    made = dataclass(frozen=True, slots=True)(term)
    of_operands = made.__hash__
    mark = crc32(made.__name__.encode())

    def remembered_hash(self: Term) -> int:
        try:
            return self._hash  # type: ignore[attr-defined, no-any-return]
        except AttributeError:
            value = hash((mark, of_operands(self)))
            object.__setattr__(self, "_hash", value)
            return value

    made.__hash__ = remembered_hash  # type: ignore[assignment, method-assign]
    return made


@operator
class Stop(Process):
    """`STOP`: does nothing at all (deadlock)."""

    def __str__(self) -> str:
        return "STOP"


@operator
class Skip(Process):
    """`SKIP`: terminates successfully, by ✓."""

    def __str__(self) -> str:
        return "SKIP"


@operator
class Omega(Process):
    """Ω: the state after ✓. It does nothing; parallel operators see that it has ended."""

    def __str__(self) -> str:
        return "Ω"


@operator
class Div(Process):
    """`DIV`: performs τ for ever."""

    def __str__(self) -> str:
        return "DIV"


STOP, SKIP, OMEGA, DIV = Stop(), Skip(), Omega(), Div()


class Prefix(Process):
    """`a -> P` and `c?x -> P(x)`: offers each of its events, then behaves as that branch says.

    `branches` may be given as a function; it is called once, when first needed. The same
    event may head several branches. `label` is how the prefix is shown; a label that ends in an
    arrow gives way to the event where there is only one. Prefixes whose branches are given at once
    are equal when those are; any other is equal to itself only.
    """

    __slots__ = ("_branches", "_given", "label")

    def __init__(
        self, branches: Iterable[Branch] | Callable[[], Iterable[Branch]], label: str = ""
    ) -> None:
        self._given = not callable(branches)
        self._branches: Any = branches if callable(branches) else tuple(branches)
        self._hash = hash(self._branches) if self._given else id(self)
        self.label = label

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Prefix) or not self._given or not other._given:
            return False
        return self._hash == other._hash and bool(self._branches == other._branches)

    def __hash__(self) -> int:
        return self._hash

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The events offered, each with the process that follows it."""
        if not isinstance(self._branches, tuple):
            self._branches = tuple(self._branches())
        return self._branches

    def __str__(self) -> str:
        if self._given and len(self._branches) == 1 and self.label.endswith("-> …"):
            return f"{self._branches[0][0]} -> …"
        if self.label:
            return self.label
        return " [] ".join(f"{event} -> {after}" for event, after in self.branches) or "STOP"


class Lazy(Process):
    """A process still to be evaluated; never a state (see `resolve`)."""

    __slots__ = ("_process", "_thunk")

    def __init__(self, thunk: Callable[[], Process]) -> None:
        self._thunk: Callable[[], Process] | None = thunk
        self._process: Process | None = None

    def force(self) -> Process:
        """The process, evaluated at the first call."""
        if self._process is None:
            assert self._thunk is not None
            self._process = self._thunk()
            self._thunk = None
        return self._process

    def __str__(self) -> str:
        return str(self._process) if self._process is not None else "…"


def resolve(process: Process) -> Process:
    """`process` with any `Lazy` around it evaluated."""
    while isinstance(process, Lazy):
        process = process.force()
    return process


class Definition:
    """A named process, perhaps with parameters: `P(x) = …`.

    `unfold(arguments)` evaluates the body. Calls are shared: equal arguments give the
    same `Call` object.
    """

    __slots__ = ("_calls", "_show", "name", "unfold")

    def __init__(
        self,
        name: str,
        unfold: Callable[..., Process],
        show: Callable[[tuple[Hashable, ...]], str] | None = None,
    ) -> None:
        self.name = name
        self.unfold = unfold
        self._calls: dict[tuple[Hashable, ...], Call] = {}
        self._show = show

    def __call__(self, *arguments: Hashable) -> Call:
        call = self._calls.get(arguments)
        if call is None:
            call = self._calls[arguments] = Call(self, arguments)
        return call

    def show(self, arguments: tuple[Hashable, ...]) -> str:
        """The call as a reader writes it."""
        if self._show is not None:
            return self._show(arguments)
        inner = ", ".join(str(a) for a in arguments)
        return f"{self.name}({inner})" if arguments else self.name


class UnguardedRecursion(Exception):
    """A process whose first step needs its own first step, such as `P = P [] STOP`."""

    def __init__(self, call: Call) -> None:
        super().__init__(f"`{call}` is defined in terms of itself without an event in between")
        self.call = call


class Call(Process):
    """A definition with its arguments; compared by identity, since `Definition` shares them."""

    __slots__ = ("_body", "_open", "arguments", "definition")

    def __init__(self, definition: Definition, arguments: tuple[Hashable, ...]) -> None:
        self.definition = definition
        self.arguments = arguments
        self._body: Process | None = None
        self._open = False

    def body(self) -> Process:
        """The process that this call stands for, never itself a `Call` or a `Lazy`.

        Raises:
            UnguardedRecursion: the definition leads back to itself, as in `P = P`.
        """
        if self._body is None:
            if self._open:
                raise UnguardedRecursion(self)
            self._open = True
            try:
                body = resolve(self.definition.unfold(*self.arguments))
                self._body = body.body() if isinstance(body, Call) else body
            finally:
                self._open = False
        return self._body

    def __str__(self) -> str:
        return self.definition.show(self.arguments)


@operator
class ExternalChoice(Process):
    """`P [] Q`: the environment chooses by the first visible event; τ does not resolve it."""

    operands: tuple[Process, ...]

    def __str__(self) -> str:
        return "(" + " [] ".join(map(str, self.operands)) + ")" if self.operands else "STOP"


@operator
class InternalChoice(Process):
    """`P |~| Q`: the process chooses, by τ."""

    operands: tuple[Process, ...]

    def __str__(self) -> str:
        return "(" + " |~| ".join(map(str, self.operands)) + ")"


@operator
class Sliding(Process):
    """`P [> Q`: offers P until it times out to Q."""

    left: Process
    right: Process

    def __str__(self) -> str:
        return f"({self.left} [> {self.right})"


@operator
class Sequential(Process):
    """`P ; Q`: P, and when it terminates, Q."""

    left: Process
    right: Process

    def __str__(self) -> str:
        return f"({self.left} ; {self.right})"


@operator
class Interrupt(Process):
    r"""`P /\ Q`: P, until Q performs its first event and takes over."""

    left: Process
    right: Process

    def __str__(self) -> str:
        return f"({self.left} /\\ {self.right})"


@operator
class Throw(Process):
    """`P [| A |> Q`: P, until it performs an event of A, which hands over to Q."""

    left: Process
    events: Container[Event]
    right: Process

    def __str__(self) -> str:
        return f"({self.left} [|…|> {self.right})"


@operator
class Parallel(Process):
    """`P [| A |] Q`, `P ||| Q` and their replicated forms.

    An event of `synchronised` needs every operand; any other belongs to one. Ends, by ✓,
    when all operands have ended (distributed termination). With no operands it is SKIP.
    """

    operands: tuple[Process, ...]
    synchronised: Container[Event]

    def __str__(self) -> str:
        if isinstance(self.synchronised, Collection) and not self.synchronised:
            return "(" + " ||| ".join(map(str, self.operands)) + ")"
        return "(" + " [|…|] ".join(map(str, self.operands)) + ")"


@operator
class AlphabetisedParallel(Process):
    """`P [ A || B ] Q` and `|| i:S @ [A(i)] P(i)`.

    Operand i may only perform events of `alphabets[i]`; an event needs all the operands
    that have it in their alphabets. Ends when all have ended. With no operands it is SKIP.
    """

    operands: tuple[Process, ...]
    alphabets: tuple[Container[Event], ...]

    def __str__(self) -> str:
        return "(" + " || ".join(map(str, self.operands)) + ")"


@operator
class Hide(Process):
    r"""`P \ A`: the events of A become τ."""

    process: Process
    events: Container[Event]

    def __str__(self) -> str:
        return f"{self.process} \\ …"


@operator
class Project(Process):
    r"""`P |\ A`: every visible event outside A becomes τ."""

    process: Process
    events: Container[Event]

    def __str__(self) -> str:
        return f"{self.process} |\\ …"


@dataclass(frozen=True, slots=True)
class Relation:
    """A renaming: pairs of events. Events outside its domain stay as they are."""

    pairs: frozenset[tuple[Event, Event]]
    _images: dict[Event, tuple[Event, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        images: dict[Event, list[Event]] = {}
        for source, target in self.pairs:
            images.setdefault(source, []).append(target)
        listed = {source: tuple(sorted(targets, key=str)) for source, targets in images.items()}
        object.__setattr__(self, "_images", listed)

    def image(self, event: Event) -> tuple[Event, ...]:
        """The events that `event` becomes: at least one; itself when it is not renamed."""
        return self._images.get(event, (event,))


@operator
class Rename(Process):
    """`P[[a <- b]]`: every event becomes each of its images."""

    process: Process
    relation: Relation

    def __str__(self) -> str:
        return f"{self.process}[[…]]"


@operator
class SynchronisingChoice(Process):
    """`P [+ A +] Q`: events of A are performed by all together and do not resolve the choice."""

    operands: tuple[Process, ...]
    events: Container[Event]

    def __str__(self) -> str:
        return "(" + " [+…+] ".join(map(str, self.operands)) + ")"


@operator
class SynchronisingInterrupt(Process):
    r"""`P /+ A +\ Q`: like interrupt, but events of A are performed by both, uninterrupted."""

    left: Process
    events: Container[Event]
    right: Process

    def __str__(self) -> str:
        return f"({self.left} /+…+\\ {self.right})"


@operator
class Chaos(Process):
    """`CHAOS(A)`: may perform or refuse anything of A at any time."""

    events: frozenset[Event]

    def __str__(self) -> str:
        return "CHAOS(…)"


@operator
class Run(Process):
    """`RUN(A)`: always offers all of A."""

    events: frozenset[Event]

    def __str__(self) -> str:
        return "RUN(…)"


@dataclass(frozen=True, slots=True)
class Order:
    """Which events give way to which: `x` cannot happen while anything in `above[x]` can.

    `above` may map visible events only; its values may hold `TAU` and `TICK`.
    """

    above: Mapping[Event, frozenset[Event]]

    def __hash__(self) -> int:
        return len(self.above)


@operator
class Prioritise(Process):
    """`prioritise(P, …)`: a transition gives way to those above it that are possible in the same
    state (*Understanding Concurrent Systems*, 20.2)."""

    process: Process
    order: Order

    def __str__(self) -> str:
        return f"prioritise({self.process})"


@operator
class Chase(Process):
    """`chase(P)`: follows τ, the first one that is listed, until none is left. Refines P."""

    process: Process

    def __str__(self) -> str:
        return f"chase({self.process})"


@operator
class Compressed(Process):
    """`sbisim(P)`, `diamond(P)`, …: P itself, which a checker may replace by a smaller process with
    the same meaning. `how` is the name of the function."""

    process: Process
    how: str

    def __str__(self) -> str:
        return f"{self.how}({self.process})"


@operator
class Deterministic(Process):
    """`deter(P)`: the deterministic process with the traces of P.

    `process` is the subset of P's states, τ-closed, in which the walk may be.
    """

    states: frozenset[Process]

    def __str__(self) -> str:
        return "deter(…)"


@operator
class Watchdog(Process):
    """`trace_watchdog` and `failure_watchdog`: a specification that barks when it is broken.

    `states` is the τ-closed subset of the specification's states. Every event of `alphabet` that
    the specification does not allow leads to `bark -> STOP`. With `failures`, the watchdog also
    refuses what the specification may refuse, so that a check of deadlock freedom in parallel
    with an implementation finds a broken refusal.
    """

    states: frozenset[Process]
    alphabet: frozenset[Event]
    bark: Event
    failures: bool

    def __str__(self) -> str:
        return "watchdog(…)"


@operator
class Embedded(Process):
    """A state of some other transition system, as a process: a Python model, a machine."""

    system: TransitionSystem[Any]
    state: Hashable

    def __str__(self) -> str:
        return str(self.state)
