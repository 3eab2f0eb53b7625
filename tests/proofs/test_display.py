"""What notebooks show of models and claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from html.parser import HTMLParser
from typing import Any

import pytest

import cospec
from cospec.checker.exploration import Answer
from cospec.checker.verdict import Verdict
from cospec.models.model import ModelError, action, eventually, final, invariant, require
from cospec.proofs.display import run_table
from cospec.proofs.explored import Explored, explore
from cospec.proofs.induction import Proved
from cospec.proofs.register import (
    Claim,
    Counterexample,
    Finding,
    Method,
    Proof,
    Result,
    Truth,
)


class Lamp(Enum):
    ON = "on"
    OFF = "off"


@dataclass(frozen=True)
class Room:
    """A lamp, and people who are counted; they go up to three where two are allowed."""

    lamp: Lamp = Lamp.OFF
    people: int = 0
    named: frozenset[str] = frozenset()

    @action
    def enter(self) -> Room:
        require(self.people < 3)
        return replace(self, people=self.people + 1, named=self.named | {"<b>", "a"})

    @action
    def leave(self) -> Room:
        require(self.people > 0)
        return replace(self, people=self.people - 1)

    @invariant
    def not_crowded(self) -> bool:
        """At most two people are <inside>."""
        return self.people <= 2

    @eventually
    def lit(self) -> bool:
        """The lamp is lit at last."""
        return self.lamp is Lamp.ON

    @final
    def empty(self) -> bool:
        return self.people == 0


@dataclass(frozen=True)
class Counter:
    """More states than are drawn."""

    most: int = 200
    value: int = 0

    @action
    def up(self) -> Counter:
        require(self.value < self.most)
        return replace(self, value=self.value + 1)

    @final
    def over(self) -> bool:
        return self.value == self.most

    @invariant
    def below_forty(self) -> bool:
        return self.value < 40

    def __str__(self) -> str:
        return f"at {self.value}"


class Balanced(HTMLParser):
    """Complains of tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(shown: Any) -> str:
    bundle = shown._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == str(shown)
    reader = Balanced()
    reader.feed(bundle["text/html"])
    assert not reader.open
    found: str = bundle["text/html"]
    return found


def cells(html: str) -> list[list[str]]:
    """The rows of all tables."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", each) for each in rows]


def test_a_run_has_a_column_for_each_field_that_changes():
    html = page(explore(Room()))
    assert cells(html)[:5] == [
        ["step", "event", "people", "named"],
        ["", "start", "0", "{}"],
        ["1", "enter", "1", "{&lt;b&gt;, a}"],
        ["2", "enter", "2", "{&lt;b&gt;, a}"],
        ["3", "enter", "3", "{&lt;b&gt;, a}"],
    ]


def test_what_is_not_as_usual_is_said_above_the_run():
    assert "with lamp = on" in page(explore(Room(lamp=Lamp.ON)))
    assert "with " not in page(explore(Room())).split("<table")[0]


def test_states_that_say_how_they_are_written_have_one_column():
    assert cells(page(explore(Counter())))[:3] == [
        ["step", "event", "state"],
        ["", "start", "at 0"],
        ["1", "up", "at 1"],
    ]


def test_verdicts_stand_beside_what_the_properties_say():
    html = page(explore(Room()))
    assert "not_crowded: <b" in html
    assert "At most two people are &lt;inside&gt;." in html
    assert html.count(">fails</b>") == 2
    assert html.count(">holds</b>") == 1


def test_a_run_without_end_says_where_it_begins_again():
    found = explore(Room())
    rows = cells(page(found))
    again = rows.index(["", "again and again:", "", ""])
    run = found.answers["lit"].run
    assert run is not None
    assert run.loop is not None
    assert len(rows[again + 1 :]) == len(run.events) - run.loop
    assert rows[-1][2:] == rows[again - 1][2:]


def test_the_first_run_to_a_fault_is_red_in_the_state_graph():
    html = page(explore(Room()))
    assert "with the run that breaks not_crowded" in html
    assert html.count("<svg") == 1
    arrows = re.findall(r'<path [^>]*stroke="#c0272d" stroke-width="2.0"', html)
    assert len(arrows) == 3


def test_a_fault_beyond_what_is_drawn_is_drawn_all_the_same():
    html = page(explore(Counter()))
    assert "Only the 41 states of the run are drawn" in html
    assert "state 40: at 40" in html
    assert "<details open" not in html


def test_a_run_of_many_steps_is_cut_and_says_so():
    run = explore(Counter(150)).exploration.run_to(150)
    html = run_table(run)
    assert cells(html)[-1] == ["…", "50 more", ""]
    explored = explore(Counter(value=-100))
    assert "the run has 140 steps: too many to be drawn" in page(explored)


def test_a_picture_that_cannot_be_drawn_hides_no_verdict():
    @dataclass(frozen=True)
    class Shy(Counter):
        """Cannot be written once it is at 7, which no run shows."""

        def __str__(self) -> str:
            return f"{1 // (7 - self.value)}"

        @invariant
        def below_forty(self) -> bool:
            return self.value < 5

    html = page(explore(Shy(most=10)))
    assert ">fails</b>" in html
    assert "The state graph cannot be drawn: integer division or modulo by zero" in html


def test_a_search_that_was_cut_short_says_so():
    html = page(explore(Counter(), limit=10))
    assert "and others that were not explored" in html
    assert ">unknown</b>" in html
    assert "Not all states were explored." in html


def test_proofs_show_how_they_were_found_and_what_they_do_not_say():
    html = page(cospec.prove(Counter(), parameters=["most"]))
    assert "below_forty: <b" in html
    assert ">unknown</b>" in html
    assert "not inductive" in html
    assert cells(html)[0] == ["step", "event", "state"]


def result(finding: Finding | None, registered: Truth = Truth.FALSE, **more: Any) -> Result:
    claim = Claim(
        "a-claim", "M00", "a book, 1", "It is <so>.", registered, Method.EXHAUSTIVE,
        "a-claim-repaired", lambda: Finding(),
    )  # fmt: skip
    return Result(claim, finding, **more)


def test_a_claim_shows_its_statement_and_the_evidence():
    wrong = Counterexample(
        Method.EXHAUSTIVE, "breaks it", ("start: zero", "up → one"), lambda: None, "found with 1"
    )
    html = page(result(Finding(counterexamples=(wrong,))))
    assert ">FALSE</b>" in html
    assert "“It is &lt;so&gt;.”" in html
    assert "exhaustive: breaks it; found with 1" in html
    assert cells(html) == [["step", "event", "state"], ["", "start", "zero"], ["1", "up", "one"]]
    assert "Repaired: a-claim-repaired" in html
    assert "registered" not in html


def test_a_claim_that_differs_from_the_register_says_so():
    proof = Proof(Method.EXHAUSTIVE, "all states", bounds="1 client")
    html = page(result(Finding((proof,))))
    assert ">TRUE</b>" in html
    assert "registered: FALSE, exhaustive" in html
    undecided = page(result(None, reason="z3 gave up"))
    assert ">unknown</b>" in undecided
    assert "z3 gave up" in undecided


def test_a_claim_of_the_register_is_checked_by_its_name():
    found = cospec.check_claim("es-double-spend")
    assert found.found is Truth.FALSE
    assert "load.0" in page(found)
    with pytest.raises(ValueError, match="did you mean `es-double-spend`"):
        cospec.check_claim("es-double-spent")


def test_what_was_found_is_true_only_where_all_holds():
    assert not explore(Room())
    assert not explore(Counter())
    assert explore(Counter(most=30))
    with pytest.raises(ValueError, match="unknown whether deadlock free, below_forty holds"):
        assert explore(Counter(), limit=10)
    with pytest.raises(ValueError, match="unknown whether it holds"):
        assert Proved({"it": Answer(Verdict.UNKNOWN)})


def test_a_model_is_checked_from_a_state_of_it():
    assert isinstance(cospec.check(Counter(most=3)), Explored)
    with pytest.raises(
        ModelError, match=r"Room is a class: give a state to start from, .* Room\(\)"
    ):
        cospec.check(Room)
    with pytest.raises(ModelError, match="give a state"):
        cospec.check()
