"""What a state consists of: named components, in fixed order, whatever becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

import cospec
from cospec import components
from cospec.components import Cast, outline
from cospec.models.composition import process_of
from cospec.models.model import action
from cospec.spec.semantics.normalised import normalised
from cospec.spec.semantics.process import Lazy, Process, UnguardedRecursion
from cospec.walk import Walk

SCRIPT = """
channel a, b, c
external prioritise
transparent chase, sbisim
P = a -> (P ||| b -> SKIP)
UNGUARDED = P ||| UNGUARDED
ENDLESS = TURN ; STOP
TURN = TURN ; SKIP
PHASES = (a -> SKIP ||| b -> SKIP); c -> STOP
STOPPED = (P ||| P) /\\ c -> STOP
HIDDEN = prioritise((P [|{b}|] (b -> STOP)[[b <- c]]) \\ {a}, <{b}, {c}>)
DONE = SKIP ||| SKIP
"""


@pytest.fixture(scope="module")
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


def after(process: Process, *events: str) -> tuple[tuple[str, str], ...]:
    """The components of a process after events."""
    cast, walk = Cast(process), Walk(process)
    for event in events:
        walk.take(walk.named(event)[0])
    return tuple(map(tuple, cast.states(walk.state)))


def test_components_keep_the_names_that_they_have_at_the_start(script) -> None:
    philosophers = cospec.load("spec/library/dining_philosophers.csp")["TABLE"].term()
    found = after(philosophers, "sits.1", "takes.1.1")
    assert [name for name, _ in found] == [
        *(f"PHIL({number})" for number in range(4)),
        *(f"FORK({number})" for number in range(4)),
    ]
    changed = {name: state for name, state in found if name != state}
    assert changed == {"PHIL(1)": "takes.1.2 -> …", "FORK(1)": "drops.1.1 -> …"}


def test_a_process_with_one_component_is_that_component(script) -> None:
    assert after(script["P"].term()) == (("P", "P"),)


def test_parts_that_come_into_being_are_called_by_what_they_came_from(script) -> None:
    assert after(script["P"].term(), "a", "a") == (
        ("P, part 1.1", "P"),
        ("P, part 1.2", "b -> …"),
        ("P, part 2", "b -> …"),
    )


def test_a_part_of_one_of_several_is_called_by_that_one_and_its_place_in_it(script) -> None:
    assert after(script["P ||| c -> STOP"].term(), "a", "a") == (
        ("P, part 1.1", "P"),
        ("P, part 1.2", "b -> …"),
        ("P, part 2", "b -> …"),
        ("c -> …", "c -> …"),
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("({}) \\ {{a}}", "\\ {a}"),
        ("({}) |\\ {{a, b}}", "|\\ {a, b}"),
        ("({})[[a <- c]]", "[[a <- c]]"),
        ("prioritise({}, <{{a}}, {{b}}>)", "prioritise"),
        ("chase({})", "chase"),
        ("sbisim({})", "sbisim"),
        ("({}) ; SKIP", "; SKIP"),
        ("({}) [|{{c}}|> SKIP", "[| {c} |> SKIP"),
        ("({}) /\\ P", "/\\"),
    ],
)
@pytest.mark.parametrize(("both", "sign"), [("P ||| P", "|||"), ("P [{a} || {b}] P", "||")])
def test_components_are_found_behind_every_operator(script, text, title, both, sign) -> None:
    process = script[f"({text.format(both)}) ; STOP"].term()
    assert after(process)[:2] == (("P", "P"), ("P (2)", "P"))
    found = list(outline(process))
    assert found[:5] == [(0, "; STOP"), (1, title), (2, sign), (3, "P"), (3, "P")]


def test_a_sequence_in_a_composition_is_one_component(script) -> None:
    for sign in ("|||", "[{a, b} || {c}]"):
        process = script[f"((a -> SKIP ; b -> SKIP) {sign} c -> SKIP) ; P"].term()
        assert [name for name, _ in after(process)] == ["(a -> … ; …)", "c -> …"]
    either = script["(P ||| P) /\\ (a -> SKIP ; b -> SKIP)"].term()
    assert [name for name, _ in after(either)] == ["P", "P (2)", "(a -> … ; …)"]


def test_what_is_still_to_be_evaluated_has_the_components_of_what_it_stands_for(script) -> None:
    whole = script["P ||| P"].term()
    assert Cast(Lazy(lambda: whole)).states(whole) == (("P", "P"), ("P (2)", "P"))


def test_of_a_sequence_the_parts_that_run_are_shown(script) -> None:
    assert after(script["PHASES"].term(), "a") == (("a -> …", "SKIP"), ("b -> …", "b -> …"))
    ended = after(script["PHASES"].term(), "a", "b", "tau", "tau", "tau")
    assert ended == (("c -> …", "c -> …"),)


def test_components_with_one_name_are_told_apart_by_numbers(script) -> None:
    assert after(script["STOPPED"].term()) == (("P", "P"), ("P (2)", "P"), ("c -> …", "c -> …"))


def test_operators_around_components_are_looked_through(script) -> None:
    assert [name for name, _ in after(script["HIDDEN"].term())] == ["P", "b -> …"]
    assert [title for _, title in outline(script["HIDDEN"].term())] == [
        "prioritise", "\\ {a}", "[|{b}|]", "P", "[[b <- c]]", "b -> …",
    ]  # fmt: skip


def test_when_all_have_terminated_the_whole_has(script) -> None:
    assert after(script["DONE"].term(), "tau", "tau", "tick") == (("Ω", "Ω"),)


def test_a_process_inside_of_itself_is_refused(script) -> None:
    for question in (Cast, lambda process: list(outline(process))):
        with pytest.raises(UnguardedRecursion, match="UNGUARDED"):
            question(script["UNGUARDED"].term())
        with pytest.raises(UnguardedRecursion, match="TURN"):
            question(script["ENDLESS"].term())


@dataclass(frozen=True)
class Cell:
    """A cell that is filled once."""

    content: int = 0
    ready: bool = True

    @action
    def fill(self) -> Cell:
        return replace(self, content=self.content + 1, ready=False)


@dataclass(frozen=True)
class Bell:
    """A bell, which has no state."""

    @action
    def ring(self) -> Bell:
        return self


def test_a_model_is_shown_by_its_fields() -> None:
    assert after(process_of(Cell()), "fill") == (("Cell.content", "1"), ("Cell.ready", "False"))


def test_a_model_among_others_keeps_its_place_and_one_without_fields_is_shown_as_it_is() -> None:
    two = cospec.interleave(Cell(), Cell(5), Bell()).term()
    assert after(two, "fill") == (
        ("Cell.content", "1"),
        ("Cell.ready", "False"),
        ("Cell.content (2)", "5"),
        ("Cell.ready (2)", "True"),
        ("Bell", "Bell()"),
    )


def test_deeply_nested_operators_are_taken_apart_in_no_time(script) -> None:
    nested = cospec.parse("channel a, b\nR = a -> (R ; b -> SKIP)\nQ = a -> b -> SKIP\n")
    within = "(Q ||| Q)" + "".join("; Q)" for _ in range(60))
    parts = after(nested["(" * 60 + within].term(), "a")
    assert [name for name, _ in parts] == ["Q", "Q (2)"]
    assert after(nested["R"].term(), *["a"] * 300)[0][0] == "R"


@pytest.mark.parametrize("text", ["C ; SKIP", "C /\\ P", "C [|{c}|> P", "(C ; SKIP) \\ {c}"])
def test_each_of_many_nested_names_is_looked_behind_a_few_times(monkeypatch, text) -> None:
    behind = text.replace("C", "CHAIN(n - 1)")
    chain = cospec.parse(f"{SCRIPT}CHAIN(n) = if n == 0 then P ||| P else {behind}\n")
    process = chain["CHAIN(60)"].term()
    looked = []
    monkeypatch.setattr(components, "normalised", lambda of: looked.append(of) or normalised(of))
    assert Cast(process).states(process)[:2] == (("P", "P"), ("P (2)", "P"))
    assert list(outline(process))
    assert len(looked) < 20 * 60  # if each were looked behind at every level, more than 60 * 60
