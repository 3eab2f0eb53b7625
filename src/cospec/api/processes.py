"""Processes, made in Python or taken from a script or a model, and questions about them.

>>> MACHINE = define("MACHINE", lambda: prefix("coin", choice(
...     prefix("tea", MACHINE()), prefix("coffee", MACHINE()))))
>>> machine = MACHINE()
>>> sorted(machine.traces(2))
[(), ('coin',), ('coin', 'coffee'), ('coin', 'tea')]
>>> sorted(machine.after("coin").initials())
['coffee', 'tea']
>>> machine.refuses("tea"), machine.after("coin").refuses("tea")
(True, False)
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from cospec.api.vocabulary import FREE, Vocabulary, observed
from cospec.checker import budget
from cospec.graph.states import explore
from cospec.models.composition import process_of
from cospec.spec.semantics import process as terms
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.subsets import minimal_acceptances
from cospec.spec.semantics.unfolded import unfolded

if TYPE_CHECKING:
    from cospec.api.graphs import StateGraph
    from cospec.explorer.widget import Explorer

T = TypeVar("T")

#: A trace as texts; ✓ is the last event of a process that has terminated.
Trace: TypeAlias = tuple[str, ...]

Build: TypeAlias = Callable[[Vocabulary], terms.Process]

#: Characters of a title: where parts occur again and again, it doubles with each.
LONGEST = 10_000


class Process:
    """A process: what can be composed with others, asked about, and checked.

    Its events are texts, such as `"coin"` or `"left.0"`. Composed with processes of a script they
    are events of the script; a script's channel then stands for all its events where a set is
    wanted. Whatever a script or a model raises when it is evaluated, questions raise.
    """

    def __init__(self, build: Build, title: str, vocabulary: Vocabulary | None = None) -> None:
        """A process that `build` makes for a vocabulary; `vocabulary`, if it is bound to one."""
        self._build = build
        self._title = title if len(title) <= LONGEST else title[: LONGEST - 1] + "…"
        self.vocabulary = vocabulary
        self._rules: FiringRules | None = None
        self._last: tuple[Vocabulary, terms.Process] | None = None

    def __str__(self) -> str:
        return self._title

    def __repr__(self) -> str:
        return f"<process {self._title}>"

    def term(self, vocabulary: Vocabulary | None = None) -> terms.Process:
        """The term behind it (`cospec.spec.semantics.process`), in a vocabulary.

        >>> print(prefix("a").term())
        a -> …
        """
        words = vocabulary or self.vocabulary or FREE
        if self._last is None or self._last[0] is not words:
            # Made once, so that a part which occurs twice has its states once.
            self._last = words, self._build(words)
        return self._last[1]

    # ------------------------------------------------------------------------- questions

    def initials(self) -> frozenset[str]:
        """The visible events that it may perform first, τ apart; ✓ if it may terminate.

        >>> choice(prefix("a"), SKIP).initials() == {"a", "✓"}
        True
        """
        return frozenset(self._asked(lambda: moves(self._firing(), self._start())))

    def traces(self, length: int) -> frozenset[Trace]:
        """Its traces of at most so many events; the cost is as many as there are.

        >>> sorted(prefix("a", SKIP).traces(2))
        [(), ('a',), ('a', '✓')]
        """

        def work() -> frozenset[Trace]:
            rules = self._firing()
            found: dict[Trace, frozenset[terms.Process]] = {(): self._start()}
            latest = dict(found)
            for _ in range(length):
                latest = {
                    (*trace, event): after
                    for trace, states in latest.items()
                    for event, after in moves(rules, states).items()
                }
                found |= latest
            return frozenset(found)

        return self._asked(work)

    def after(self, *events: str) -> Process:
        """The process after a trace: `P / s`; which of several states it is in, nobody knows.

        >>> prefix("a", prefix("b")).after("a")
        <process a -> b -> STOP / ⟨a⟩>

        Raises:
            ValueError: it cannot perform the trace.
        """

        def build(words: Vocabulary) -> terms.Process:
            rules = FiringRules(self.term(words))
            states = frozenset(rules.initial_states())
            for place, event in enumerate(events):
                offers = moves(rules, states)
                wanted = str(observed(words, event))
                if wanted not in offers:
                    begun = f"⟨{', '.join(events[:place])}⟩"
                    offered = ", ".join(sorted(offers)) or "nothing"
                    raise ValueError(
                        f"{self._title} cannot perform {event} after {begun}, only {offered}"
                    )
                states = offers[wanted]
            ordered = tuple(sorted(states, key=str))
            return ordered[0] if len(ordered) == 1 else terms.InternalChoice(ordered)

        title = f"{self._title} / ⟨{', '.join(map(str, events))}⟩" if events else self._title
        found = Process(build, title, self.vocabulary)
        self._asked(found.term)  # so that what it cannot perform is told here
        return found

    def refuses(self, *events: str) -> bool:
        """Whether it may, at once, come to rest and refuse all of these: `(⟨⟩, X)` is a failure of
        it. What can terminate may refuse all but ✓, as nothing outside can keep it from that.

        >>> prefix("a", STOP).refuses("b"), prefix("a", STOP).refuses("a", "b")
        (True, False)
        >>> choice(SKIP, prefix("a", STOP)).refuses("a")
        True
        """

        def work() -> bool:
            tick = {TICK} if str(TICK) in events else set()
            named = [event for event in events if event != str(TICK)]
            refused = (self.vocabulary or FREE).events(named)
            rules = self._firing()
            accepted = minimal_acceptances(rules.transitions, closed(rules, self._start()))
            return any(
                not any(event in refused or event in tick for event in each) for each in accepted
            )

        return self._asked(work)

    def graph(self, limit: int = 10_000) -> StateGraph:
        """Its state graph: to be looked at, exported, and read back (`cospec.api.graphs`).

        >>> prefix("a", SKIP).graph().edges
        ((0, 'a', 1), (1, '✓', 2))

        Raises:
            TooManyStates: it has more than `limit` states.
        """
        from cospec.api.graphs import StateGraph

        def work() -> StateGraph:
            found = explore(self._firing(), limit)
            return StateGraph(found.states, found.edges)

        return self._asked(work)

    def explore(self) -> Explorer:
        """The interactive explorer of notebooks (docs/notebooks.md): step through the process and
        see its graph grow.

        Raises:
            MissingPackage: anywidget is not installed.
        """
        from cospec.explorer.dialogue import Dialogue
        from cospec.explorer.opening import explorer

        located = (self.vocabulary or FREE).located
        return explorer(Dialogue(self.term, self._title, located=located))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """What notebooks show: the part of the state graph that is nearest to the start."""
        from cospec.display import process_bundle

        return process_bundle(self._firing, repr(self))

    def _asked(self, work: Callable[[], T]) -> T:
        """The answer to a question, computed on a deep stack, as scripts may recurse deeply."""

        def placed() -> T:
            with (self.vocabulary or FREE).located():
                return work()

        return budget.unlimited(placed)

    def _firing(self) -> FiringRules:
        if self._rules is None:
            self._rules = FiringRules(unfolded(self.term()))
        return self._rules

    def _start(self) -> frozenset[terms.Process]:
        return frozenset(self._firing().initial_states())

    # ------------------------------------------------------------------------- operators

    def hide(self, *events: str) -> Process:
        r"""`P \ X`: the events happen unseen.

        >>> prefix("a", prefix("b")).hide("a").initials()
        frozenset({'b'})
        """
        return _made(
            (self,),
            lambda words, inner: terms.Hide(inner[0], words.events(events)),
            f"({self._title} \\ {_set(events)})",
        )

    def rename(self, changes: Mapping[str, str]) -> Process:
        """`P[[old <- new]]`: events under other names.

        >>> prefix("a", prefix("b")).rename({"a": "c"}).initials()
        frozenset({'c'})
        """

        def build(words: Vocabulary, inner: tuple[terms.Process, ...]) -> terms.Process:
            pairs = {(words.event(old), words.event(new)) for old, new in changes.items()}
            return terms.Rename(inner[0], terms.Relation(frozenset(pairs)))

        written = ", ".join(f"{old} <- {new}" for old, new in changes.items())
        return _made((self,), build, f"{_operand(self._title)}[[{written}]]")

    def then(self, other: Any) -> Process:
        """`P ; Q`: when it has terminated, the other.

        >>> sorted(prefix("a", SKIP).then(prefix("b")).traces(2))
        [(), ('a',), ('a', 'b')]
        """
        right = process(other)
        return _made(
            (self, right),
            lambda _, inner: terms.Sequential(inner[0], inner[1]),
            f"({self._title} ; {right._title})",
        )

    def interrupted_by(self, other: Any) -> Process:
        r"""`P /\ Q`: at any time the other may begin instead.

        >>> stoppable = prefix("a", prefix("b")).interrupted_by(prefix("stop"))
        >>> sorted(stoppable.after("a").initials())
        ['b', 'stop']
        """
        right = process(other)
        return _made(
            (self, right),
            lambda _, inner: terms.Interrupt(inner[0], inner[1]),
            f"({self._title} /\\ {right._title})",
        )


def _set(events: Iterable[str]) -> str:
    return "{" + ", ".join(map(str, events)) + "}"


def _operand(title: str) -> str:
    """A title as it stands before `[[`, which binds closest."""
    return title if " " not in title or _bracketed(title) else f"({title})"


def _bracketed(title: str) -> bool:
    """Whether the bracket that a title begins with is closed at its end."""
    depth = 0
    for place, letter in enumerate(title):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return 0 < place == len(title) - 1
    return False


def closed(rules: FiringRules, states: Iterable[terms.Process]) -> frozenset[terms.Process]:
    """The states and those that τ leads to."""
    found = set(states)
    waiting = list(found)
    while waiting:
        for event, after in rules.transitions(waiting.pop()):
            if event is TAU and after not in found:
                found.add(after)
                waiting.append(after)
    return frozenset(found)


def moves(
    rules: FiringRules, states: Iterable[terms.Process]
) -> dict[str, frozenset[terms.Process]]:
    """For each visible event that is possible in the states, or after τ, the states it leads to."""
    found: dict[str, set[terms.Process]] = {}
    for state in closed(rules, states):
        for event, after in rules.transitions(state):
            if event is not TAU:
                found.setdefault(str(event), set()).add(after)
    return {event: frozenset(after) for event, after in found.items()}


# --------------------------------------------------------------------------------- building


#: How one comes to a process from what is none.
_WAYS = {"Script": ": one of its own is script['NAME']", "StateGraph": ": graph.process() is one"}


def process(of: Any) -> Process:
    """A process of whatever is one: a process, or a state of a model (`cospec.models.model`),
    whose actions are its events.

    Raises:
        ModelError: it is neither.
        TypeError: it is a text, a list or a function, or nothing.
    """
    if isinstance(of, Process):
        return of
    if isinstance(of, str):
        raise TypeError(f"a process is wanted, not a text: the one called {of} is script[{of!r}]")
    if of is None:
        raise TypeError("a process is wanted, not None: does a function give none back?")
    if isinstance(of, list | tuple | set | frozenset | Generator):
        raise TypeError("a process is wanted, not several: give them singly, choice(*them)")
    if isinstance(of, FunctionType):
        raise TypeError("a process is wanted, not a function: call what `define` has made, as P()")

    if (kind := type(of)).__module__.startswith("cospec.api."):
        raise TypeError(f"a process is wanted, not a {kind.__name__}{_WAYS.get(kind.__name__, '')}")

    def build(words: Vocabulary) -> terms.Process:
        return process_of(of, event=lambda act: words.event(str(act)))

    build(FREE)  # so that what is no model is told here
    return Process(build, type(of).__name__)


def _made(
    parts: tuple[Process, ...],
    build: Callable[[Vocabulary, tuple[terms.Process, ...]], terms.Process],
    title: str,
) -> Process:
    """A process of several, which have to be of one vocabulary."""

    def whole(words: Vocabulary) -> terms.Process:
        return build(words, tuple(part.term(words) for part in parts))

    return Process(whole, title, common(parts))


def common(parts: Iterable[Process]) -> Vocabulary | None:
    """The vocabulary that processes are bound to; None if to none.

    Raises:
        ValueError: they are of different scripts.
    """
    bound = list(dict.fromkeys(p.vocabulary for p in parts if p.vocabulary is not None))
    if len(bound) > 1:
        raise ValueError("processes of different scripts have no events in common")
    return bound[0] if bound else None


STOP = Process(lambda _: terms.STOP, "STOP")
SKIP = Process(lambda _: terms.SKIP, "SKIP")
DIV = Process(lambda _: terms.DIV, "DIV")


def prefix(event: str, then: Any = STOP) -> Process:
    """`event -> P`.

    >>> prefix("a", prefix("b")), prefix("a").after("a").initials()
    (<process a -> b -> STOP>, frozenset())
    """
    after = process(then)

    def build(words: Vocabulary) -> terms.Process:
        branch = words.event(event), terms.Lazy(lambda: after.term(words))
        return terms.Prefix([branch], label=f"{event} -> …")

    return Process(build, f"{event} -> {after}", after.vocabulary)


def choice(*options: Any) -> Process:
    """`P [] Q`: the environment chooses.

    >>> sorted(choice(prefix("a"), prefix("b")).initials())
    ['a', 'b']
    """
    return _several(options, terms.ExternalChoice, " [] ", "STOP")


def internal_choice(*options: Any) -> Process:
    """`P |~| Q`: nobody is asked.

    >>> either = internal_choice(prefix("a"), prefix("b"))
    >>> sorted(either.initials()), either.refuses("a"), either.refuses("a", "b")
    (['a', 'b'], True, False)

    Raises:
        ValueError: there is no option.
    """
    if not options:
        raise ValueError("an internal choice needs something to choose from")
    return _several(options, terms.InternalChoice, " |~| ", "")


def _several(
    options: tuple[Any, ...],
    operator: Callable[[tuple[terms.Process, ...]], terms.Process],
    sign: str,
    none: str,
) -> Process:
    parts = tuple(map(process, options))
    title = f"({sign.join(map(str, parts))})" if parts else none
    return _made(parts, lambda _, inner: operator(inner), title)


def parallel(*parts: Any, on: str | Iterable[str] = ()) -> Process:
    """`P [| X |] Q`: they perform the events `on` which they agree together, all others alone.

    >>> sorted(parallel(prefix("go", prefix("a")), prefix("go"), on=["go"]).traces(2))
    [(), ('go',), ('go', 'a')]
    """
    shared = (on,) if isinstance(on, str) else tuple(on)
    made = tuple(map(process, parts))
    sign = f" [| {_set(shared)} |] " if shared else " ||| "
    return _made(
        made,
        lambda words, inner: terms.Parallel(inner, words.events(shared)),
        f"({sign.join(map(str, made))})",
    )


def interleave(*parts: Any) -> Process:
    """`P ||| Q`: each on its own.

    >>> sorted(interleave(prefix("a"), prefix("b")).traces(2))
    [(), ('a',), ('a', 'b'), ('b',), ('b', 'a')]
    """
    return parallel(*parts)


def define(name: str, body: Callable[..., Any]) -> Callable[..., Process]:
    """A process defined by an equation, perhaps with parameters: `COUNT = define("COUNT", body)`
    where `body(n)` is a process that may use `COUNT(n + 1)` after an event.

    >>> CYCLE = define("CYCLE", lambda n: prefix(f"step.{n}", CYCLE((n + 1) % 3)))
    >>> CYCLE(2).after("step.2").initials()
    frozenset({'step.0'})

    Raises:
        TypeError: the body is no function, as it would be without `lambda:`.
    """
    if not callable(body):
        raise TypeError(f"the body of {name} is a function: define({name!r}, lambda: …)")
    made: WeakKeyDictionary[Vocabulary, terms.Definition] = WeakKeyDictionary()

    def call(*arguments: Hashable) -> Process:
        def build(words: Vocabulary) -> terms.Process:
            if words not in made:
                made[words] = terms.Definition(
                    name, lambda *given: process(body(*given)).term(words)
                )
            return made[words](*arguments)

        inner = ", ".join(map(str, arguments))
        return Process(build, f"{name}({inner})" if arguments else name)

    return call
