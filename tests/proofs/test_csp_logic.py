"""The definitions that z3 is given say the same as the models: each is evaluated on small values.

What is proved from definitions that nothing satisfies is worthless, and what they say has to be
what the models do. So each definition is evaluated, with the functions of `cospec.models` for its
names, on all small traces and some sets of them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import z3

from cospec.models.csp_core import parallel_traces, term, terms
from cospec.models.csp_objects import (
    Fault,
    Object,
    ParallelProcess,
    SequentialProcess,
    Stepped,
    object_traces,
)
from cospec.proofs import csp_logic as logic
from cospec.proofs import csp_object_logic as objects
from cospec.proofs import csp_trace_logic
from cospec.proofs.csp_trace_logic import (
    distributes_over_making,
    hide,
    makes,
    makes_renamed,
    rename,
)
from cospec.proofs.evidence import prove, solving
from cospec.proofs.register import Undecided
from cospec.spec.semantics import denotation
from cospec.spec.semantics import process as csp
from cospec.spec.semantics.events import TICK, Event, Trace

EVENTS = ("a", "b", TICK)
TRACES = [t for n in range(3) for t in product(EVENTS, repeat=n)]
Set = frozenset[Trace]

HEALTHY: list[Set] = [
    frozenset(traces)
    for traces in (
        [()],
        [(), (TICK,)],
        [(), ("a",)],
        [(), ("a",), ("a", "b")],
        [(), ("a",), ("b",), ("b", TICK)],
        [(), (TICK,), ("a",), ("a", TICK)],
    )
]
SETS = [frozenset[Trace](), *HEALTHY, frozenset([("a",)]), frozenset([("a", "b"), (TICK,)])]


def after(traces: Set, event: Event) -> Set:
    return frozenset(t[1:] for t in traces if t[:1] == (event,))


def sequence(left: Set, right: Set) -> Set:
    unended = {s for s in left if TICK not in s}
    return frozenset(unended | {(*s[:-1], *t) for s in left if s[-1:] == (TICK,) for t in right})


def healthy(traces: Set) -> bool:
    prefixes = all(s[:-1] in traces for s in traces if s)
    return not traces or (prefixes and all(TICK not in s[:-1] for s in traces))


def silent(traces: Set) -> bool:
    ends = {s[:-1] for s in traces if s[-1:] == (TICK,)}
    return not any(s[:-1] in ends and s[-1] is not TICK for s in traces if s)


class SetProcess:
    """The object that is given by its ✓-traces."""

    def __init__(self, traces: Set) -> None:
        self.traces = traces

    def __hash__(self) -> int:
        return hash(self.traces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SetProcess) and self.traces == other.traces

    def alphabet(self) -> frozenset[Event]:
        return frozenset(e for trace in self.traces for e in trace if e is not TICK)

    def step(self, event: Event) -> Stepped:
        if not self.can_perform(event):
            return Stepped(self, Fault.EVENT_NOT_ALLOWED)
        return Stepped(SetProcess(after(self.traces, event)))

    def can_perform(self, event: Event) -> bool:
        return () in after(self.traces, event)

    def is_terminated(self) -> bool:
        return () in after(self.traces, TICK)


class Meaning:
    """What the names mean, for an interface, hidden events and a renaming."""

    def __init__(
        self, interface: set[Event], hidden: set[Event], image: dict[Event, Event]
    ) -> None:
        self.interface = frozenset({*interface, TICK})
        self.hidden, self.image = hidden, {TICK: TICK, **image}
        self.renamed = frozenset(self.image[e] for e in self.interface)
        self.origin = {self.image[e]: e for e in self.interface}

    def apply(self, name: str, *x: Any) -> Any:
        match name:
            case "tick":
                return TICK
            case "none" | "stop" | "skip":
                return frozenset({"none": [], "stop": [()], "skip": [(), (TICK,)]}[name])
            case "interface" | "hidden":
                return x[0] in getattr(self, name)
            case "renamed_interface":
                return x[0] in self.renamed
            case "image":
                return self.image[x[0]]
            case "origin":
                return self.origin.get(x[0], "a")
            case "has_empty":
                return () in x[0]
            case "after":
                return after(*x)
            case "member":
                return x[1] in x[0]
            case "choice":
                return x[0] | x[1]
            case "prefix":
                return frozenset([(), *((x[0], *s) for s in x[1])])
            case "parallel":
                return parallel_traces(x[0], self.interface, x[1])
            case "sequence":
                return sequence(*x)
            case "healthy":
                return healthy(x[0])
            case "uses":
                return any(x[1] in s for s in x[0])
            case "silent":
                return silent(x[0])
            case "makes":
                return x[2] in parallel_traces(frozenset([x[0]]), self.interface, frozenset([x[1]]))
            case "makes_renamed":
                return x[2] in parallel_traces(frozenset([x[0]]), self.renamed, frozenset([x[1]]))
            case "hide":
                return tuple(e for e in x[0] if e not in self.hidden)
            case "rename":
                return tuple(self.image[e] for e in x[0])
            case "below":
                return x[1][: len(x[0])] == x[0]
            case "ends":
                return TICK not in x[0][:-1]
            case "length":
                return len(x[0])
            case "occurs":
                return x[0] in x[1]
            case "empty":
                return ()
            case "event":
                return (x[0], *x[1])
            case "head":
                return x[0][0] if x[0] else None
            case "rest":
                return x[0][1:]
            case "is":
                return bool(x[0])
            case _:
                return x[-1] in object_traces(self.composed(name, *x[:-1]))

    def composed(self, name: str, *sets: Set) -> Object:
        parts = [SetProcess(each) for each in sets]
        match name:
            case "single":
                return parts[0]
            case "left_first" | "following":
                return ParallelProcess(*parts, self.interface, following=name == "following")
            case "beginning":
                return SequentialProcess(*parts)
            case "going_on":
                return SequentialProcess(*parts, completing=True, following=True)
            case _:
                raise AssertionError(f"what is {name}?")


MEANINGS = [
    Meaning(set(), {"a"}, {"a": "a", "b": "a"}),
    Meaning({"a"}, {"b"}, {"a": "b", "b": "a"}),
    Meaning({"a", "b"}, set(), {"a": "a", "b": "b"}),
]


Compiled = Callable[[Meaning, tuple[Any, ...], list[Set]], Any]


def compiled(term: Any) -> Compiled:
    """A term of z3 as a function of the names' meaning; of a quantifier, for all small values."""
    if z3.is_quantifier(term):
        sorts = [str(term.var_sort(i)) for i in range(term.num_vars())]
        body = compiled(term.body())

        def for_all(meaning: Meaning, bound: tuple[Any, ...], sets: list[Set]) -> bool:
            domains = {"CspEvent": EVENTS, "CspTrace": TRACES, "CspTraces": sets}
            ranges = [domains[sort] for sort in sorts]
            return all(body(meaning, (*bound, *each), sets) for each in product(*ranges))

        return for_all
    if z3.is_var(term):
        index = z3.get_var_index(term)
        return lambda _, bound, __: bound[len(bound) - 1 - index]
    if z3.is_int_value(term):
        number = term.as_long()
        return lambda *_: number
    parts = [compiled(each) for each in term.children()]
    known, name = CONNECTIVES.get(term.decl().kind()), term.decl().name()

    def applied(meaning: Meaning, bound: tuple[Any, ...], sets: list[Set]) -> Any:
        arguments = [part(meaning, bound, sets) for part in parts]
        return known(*arguments) if known else meaning.apply(name, *arguments)

    return applied


def value(term: Any, meaning: Meaning, sets: list[Set]) -> Any:
    return compiled(term)(meaning, (), sets)


CONNECTIVES: dict[int, Callable[..., Any]] = {
    z3.Z3_OP_TRUE: lambda: True,
    z3.Z3_OP_FALSE: lambda: False,
    z3.Z3_OP_AND: lambda *x: all(x),
    z3.Z3_OP_OR: lambda *x: any(x),
    z3.Z3_OP_NOT: lambda x: not x,
    z3.Z3_OP_IMPLIES: lambda x, y: not x or y,
    z3.Z3_OP_ITE: lambda x, y, z: y if x else z,
    z3.Z3_OP_EQ: lambda x, y: x == y,
    z3.Z3_OP_DISTINCT: lambda x, y: x != y,
    z3.Z3_OP_ADD: lambda *x: sum(x),
}


def mentions(formula: Any, name: str) -> bool:
    return f"{name}(" in formula.sexpr() or f"({name} " in formula.sexpr()


@pytest.mark.parametrize("number", range(len(MEANINGS)))
def test_what_defines_the_operators_is_true_of_the_models(number: int) -> None:
    for formula in (*logic.SETS, *logic.HEALTH, *logic.ALPHABETS):
        # How `;` goes on is asked of processes only: sets with ⟨✓⟩ have ⟨⟩.
        sets = HEALTHY if mentions(formula, "sequence") else SETS
        assert value(formula, MEANINGS[number], sets), formula


@pytest.mark.parametrize("number", range(len(MEANINGS)))
def test_what_defines_the_functions_of_traces_is_true_of_the_models(number: int) -> None:
    for formula in csp_trace_logic.TRACES:
        assert value(formula, MEANINGS[number], SETS), formula


@pytest.mark.parametrize("number", range(len(MEANINGS)))
def test_what_defines_the_objects_is_true_of_the_classes(number: int) -> None:
    for formula in (*objects.OBJECTS, *objects.SILENCE):
        assert value(formula, MEANINGS[number], HEALTHY), formula


def test_what_is_assumed_of_an_interface_can_be_true_and_can_be_false() -> None:
    found = {
        name: [value(formula, meaning, SETS) for meaning in MEANINGS]
        for name, formula in (
            ("disjoint", csp_trace_logic.DISJOINT),
            ("unshared", csp_trace_logic.UNSHARED),
        )
    }
    assert found == {"disjoint": [True, True, True], "unshared": [True, True, True]}
    shared = Meaning({"a"}, {"a"}, {"a": "a", "b": "a"})
    assert not value(csp_trace_logic.DISJOINT, shared, SETS)
    assert not value(csp_trace_logic.UNSHARED, shared, SETS)


def test_an_evaluation_notices_a_wrong_definition() -> None:
    wrong = z3.ForAll([logic.P, logic.Q], logic.parallel(logic.P, logic.Q) == logic.P)
    assert not value(wrong, MEANINGS[0], SETS)


def test_the_sequence_of_trace_sets_is_the_one_denoted() -> None:
    for left, right in product(terms(4, ("a",)), repeat=2):
        parts = term(left), term(right)
        sets = [denotation.traces(each, 9) for each in parts]
        assert sequence(*sets) == denotation.traces(csp.Sequential(*parts), 9)


# -------------------------------------------------------------------- what z3 does not prove


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "PATIENCE", 400)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "attempt",
    [
        lambda: prove(z3.BoolVal(False), *logic.SETS, *logic.HEALTH, *logic.ALPHABETS),
        lambda: prove(z3.BoolVal(False), *csp_trace_logic.TRACES, *csp_trace_logic.TICKING),
        lambda: prove(z3.BoolVal(False), *logic.SETS, *objects.OBJECTS, *objects.SILENCE),
        lambda: logic.law(lambda p: (logic.parallel(p, p), p), 1, *logic.distributes()),
        lambda: logic.law(lambda p, q: (logic.parallel(p, q), logic.choice(p, q)), 2),
        lambda: distributes_over_making(hide, makes),
        lambda: distributes_over_making(rename, makes_renamed),
        lambda: objects.performs(objects.left_first, logic.parallel, *logic.distributes()),
        lambda: objects.performs(objects.completing, logic.sequence),
        lambda: objects.performs(objects.beginning, logic.sequence),
    ],
    ids=[
        "nonsense of sets", "nonsense of traces", "nonsense of objects", "sharing nothing",
        "another operator", "hiding the interface", "renaming strangers", "left first",
        "cut early", "as written",
    ],
)  # fmt: skip
def test_what_is_not_so_is_not_proved(attempt: Callable[[], object]) -> None:
    with pytest.raises(Undecided):
        attempt()
