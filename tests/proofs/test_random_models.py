"""Random small models: what is proved or refuted with z3 is what exploring all states finds."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pytest

from cospec.checker.verdict import Verdict
from cospec.models.model import action, invariant, require, transition_invariant
from cospec.proofs.explored import explore
from cospec.proofs.induction import prove

MODELS = 320
BLOCK = 20
DEPTH = 4


class Mode(Enum):
    """A field with few values."""

    IDLE = 1
    BUSY = 2
    DONE = 3


class Writer:
    """Writes a random model as the Python source of a class."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, state: str, depth: int = 2) -> str:
        form = self.random.randrange(9 if depth else 3)
        if form < 2:
            return f"{state}.{self.random.choice('xy')}"
        if form == 2:
            return str(self.random.randrange(-2, 4))
        one, other = self.number(state, depth - 1), self.number(state, depth - 1)
        by = self.random.choice([-3, -2, 2, 3])
        return self.random.choice([
            f"({one} + {other})", f"({one} - {other})", f"({one} * {other})", f"({one} // {by})",
            f"({one} % {by})", f"min({one}, {other})", f"max({one}, {other})", f"abs({one})",
            f"({one} if {self.truth(state, 0)} else {other})", f"divmod({one}, {by})[1]",
            f"({one} + {state}.on)", f"(-{one}, {other})[{state}.on and 1 or 0]",
        ])  # fmt: skip

    def truth(self, state: str, depth: int = 2) -> str:
        a, b, c = (self.number(state, min(depth, 1)) for _ in range(3))
        simple = [
            f"{state}.on", f"{a} < {b}", f"{a} == {b}", f"{a} <= {b} < {c}", f"{a} != {b}",
            f"{a} in ({b}, {c})", f"{state}.mode is Mode.{self.random.choice(list(Mode)).name}",
            f"{state}.mode == Mode.{self.random.choice(list(Mode)).name}", f"bool({a})",
        ]  # fmt: skip
        if not depth:
            return f"({self.random.choice(simple)})"
        one, other = self.truth(state, depth - 1), self.truth(state, depth - 1)
        joined = [
            f"{one} and {other}", f"{one} or {other}", f"not {one}", f"any([{one}, {other}])",
            f"{one} == {other}", f"({a}, {b}) < ({c}, 1)",
        ]  # fmt: skip
        return f"({self.random.choice([*simple, *joined])})"

    def change(self) -> str:
        field = self.random.choice(["x", "y", "on", "mode"])
        if field == "on":
            return f"on={self.truth('self', 1)}"
        if field == "mode":
            one, other = self.random.choices(list(Mode), k=2)
            return f"mode=Mode.{one.name} if {self.truth('self', 1)} else Mode.{other.name}"
        number = self.random.choice([self.number("self"), "by", f"self.{field} + 1"])
        return f"{field}=({number}) % {self.random.choice([2, 3, 4])}"

    def model(self) -> str:
        lines = ["@dataclass(frozen=True)", "class Made:", "    x: int = 0", "    y: int = 1"]
        lines += ["    on: bool = False", "    mode: Mode = Mode.IDLE"]
        for number in range(self.random.randrange(1, 4)):
            after = f"replace(self, {self.change()})"
            if self.random.random() < 0.2:
                after = f"[{after}, replace(self, {self.change()})]"
            lines += ["    @action(by=(0, 2))", f"    def act{number}(self, by):"]
            lines += [f"        require({self.truth('self')})", f"        return {after}"]
        for number in range(3):
            lines += ["    @invariant", f"    def always{number}(self):"]
            lines += [
                f"        return {self.truth('self')} or self.x < {self.random.choice((1, 3))}"
            ]
        lines += ["    @transition_invariant", "    def stepwise(self, after):"]
        lines += [f"        return {self.truth('self')} or {self.truth('after')}"]
        return "\n".join(lines)


def made(source: str) -> Any:
    space = {
        "action": action, "dataclass": dataclass, "invariant": invariant, "Mode": Mode,
        "replace": replace, "require": require, "transition_invariant": transition_invariant,
        "__name__": __name__,
    }  # fmt: skip
    exec(source, space)
    return space["Made"]


def blocks() -> list[Any]:
    """The first seeds of all blocks; only one block belongs to the fast tests."""
    later = range(BLOCK, MODELS, BLOCK)
    return [0, *(pytest.param(first, marks=pytest.mark.slow) for first in later)]


@pytest.mark.parametrize("first", blocks())
def test_proofs_and_exploration_never_disagree(first: int) -> None:
    seen = dict.fromkeys(Verdict, 0)
    for seed in range(first, first + BLOCK):
        source = Writer(seed).model()
        model = made(source)
        explored = explore(model())
        proved = prove(model(), induction=2, depth=DEPTH)
        for name, answer in proved.answers.items():
            truth = explored.answers[name]
            told = f"seed {seed}, {name}\n{source}\n{explored}\n{proved}"
            seen[answer.verdict] += 1
            assert answer.verdict in (truth.verdict, Verdict.UNKNOWN), told
            if truth.run is not None and len(truth.run.events) <= DEPTH:
                assert answer.run is not None, told
                assert len(answer.run.events) == len(truth.run.events), told
    print(f"seeds {first} to {first + BLOCK - 1}: {seen}")
    assert seen[Verdict.HOLDS] > BLOCK / 2
    assert seen[Verdict.FAILS] > 0
