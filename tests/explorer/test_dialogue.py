"""Exploring by requests: steps, jumps, counterexamples, growth, and what may go wrong."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

import cospec
from cospec import following
from cospec.explorer import exploration, looking
from cospec.explorer.dialogue import Dialogue
from cospec.explorer.exploration import FEW, MANY, Fault
from cospec.explorer.showing import OFFERS, STEPS, TEXT, TITLE
from cospec.spec.semantics.claims import Refines

SCRIPT = r"""
channel coin, tea, coffee, mid
channel count : {0..2999}
CUSTOMER = coin -> tea -> CUSTOMER
MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
HIDDEN = (coin -> mid -> tea -> HIDDEN) \ {mid}
STUCK = MACHINE [| {coin, tea, coffee} |] CUSTOMER
ENDLESS = coin -> (let SPIN = mid -> tea -> SPIN within SPIN \ {mid, tea})
WIDE = count?x -> WIDE
NEST(n) = count.n -> (if n < 2999 then NEST(n + 1) else STOP)
CLOCKS(n) = ||| i : {0..n-1} @ CLOCK(i, 0)
CLOCK(i, v) = count.(10 * i + v) -> CLOCK(i, (v + 1) % 10)
BAD = tea -> coin -> (if head(<>) then STOP else STOP)
WRONG = coin -> (if head(<>) then STOP else STOP)
FIB(n) = if n < 2 then n else FIB(n - 1) + FIB(n - 2)
SLOW = coin -> SLOW [] tea -> coin -> count.FIB(80) -> STOP
"""


@pytest.fixture(scope="module")
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


@pytest.fixture
def explore(script: cospec.Script) -> Callable[..., Dialogue]:
    def made(name: str, **given: Any) -> Dialogue:
        process = script[name]
        return Dialogue(process.term, name, located=process.vocabulary.located, **given)

    return made


def followed(script: cospec.Script, assertion: str) -> Dialogue:
    result = script.assertion(assertion).check()
    asked, witness = result._asked, result.counterexample
    assert asked is not None
    assert witness is not None
    claim = asked()
    process = claim.implementation if isinstance(claim, Refines) else claim.process
    return Dialogue(lambda: process, "P", fault=Fault(witness, result._subject))


def ask(dialogue: Dialogue, do: str, **request: object) -> dict[str, Any]:
    """An answer, which has to be plain data."""
    answer = dialogue.answer({"do": do, **request})
    assert json.loads(json.dumps(answer)) == answer
    return answer


def take(dialogue: Dialogue, event: str) -> dict[str, Any]:
    shown = ask(dialogue, "show")
    choice = next(number for number, name, *_ in shown["offers"]["shown"] if name == event)
    return ask(dialogue, "take", state=shown["at"], choice=choice)


def events(shown: dict[str, Any]) -> list[str]:
    return [event for _, event, *_ in shown["offers"]["shown"]]


# ------------------------------------------------------------------------------ stepping


def test_an_exploration_begins_in_the_initial_state_and_shows_where_it_leads(explore) -> None:
    shown = ask(explore("MACHINE"), "show")
    assert (shown["at"], shown["trace"], shown["condition"]) == (0, [], "stable")
    assert events(shown) == ["coin"]
    assert [number for number, *_ in shown["states"]] == [0, 1]
    assert shown["moves"] == [[0, 1, "coin", "coin", 0]]


def test_an_event_that_is_taken_extends_the_trace_and_the_graph(explore) -> None:
    dialogue = explore("MACHINE")
    before = ask(dialogue, "show")
    after = take(dialogue, "coin")
    assert after["trace"] == ["coin"]
    assert after["at"] == 1
    assert after["known"] > before["known"]
    assert {number for number, *_ in after["states"]} == {1, 2, 3}
    assert after["condition"] == "unstable"


def test_only_what_is_new_is_sent_unless_everything_is_asked_for(explore) -> None:
    dialogue = explore("MACHINE")
    take(dialogue, "coin")
    nothing = ask(dialogue, "go", step=1)
    assert nothing["moves"] == []
    everything = ask(dialogue, "show")
    assert [number for number, *_ in everything["states"]] == [0, 1, 2, 3]


def test_a_tau_says_what_is_hidden_in_it_and_is_no_part_of_the_trace(explore) -> None:
    dialogue = explore("HIDDEN")
    shown = take(dialogue, "coin")
    assert [offer[1:3] for offer in shown["offers"]["shown"]] == [["τ", "mid, hidden"]]
    assert take(dialogue, "τ")["trace"] == ["coin"]


def test_steps_that_are_taken_back_can_be_taken_again(explore) -> None:
    dialogue = explore("CUSTOMER")
    take(dialogue, "coin")
    take(dialogue, "tea")
    back = ask(dialogue, "go", step=1)
    assert (back["trace"], back["steps"]["at"], back["steps"]["of"]) == (["coin"], 1, 2)
    again = take(dialogue, "tea")
    assert (again["steps"]["at"], again["steps"]["of"]) == (2, 2)


def test_another_event_replaces_the_steps_that_were_taken_back(explore) -> None:
    dialogue = explore("CLOCKS(2)")
    take(dialogue, "count.0")
    take(dialogue, "count.1")
    ask(dialogue, "go", step=1)
    shown = take(dialogue, "count.10")
    assert shown["trace"] == ["count.0", "count.10"]
    assert shown["steps"]["of"] == 2


def test_steps_beyond_the_ends_of_the_history_lead_to_its_ends(explore) -> None:
    dialogue = explore("CUSTOMER")
    take(dialogue, "coin")
    assert ask(dialogue, "go", step=99)["steps"]["at"] == 1
    assert ask(dialogue, "go", step=-3)["steps"]["at"] == 0


def test_a_jump_goes_the_shortest_known_way(explore) -> None:
    dialogue = explore("CLOCKS(2)")
    for event in ("count.0", "count.10", "count.1"):
        shown = take(dialogue, event)
    target = next(offer[3] for offer in shown["offers"]["shown"] if offer[1] == "count.11")
    shown = ask(dialogue, "jump", state=target)
    assert shown["at"] == target
    assert len(shown["trace"]) == 4
    assert sorted(shown["trace"]) == ["count.0", "count.1", "count.10", "count.11"]


def test_a_jump_leaves_a_longer_known_way_aside() -> None:
    end = cospec.define("END", lambda: cospec.prefix("again", cospec.SKIP))
    short = cospec.prefix("a", cospec.prefix("b", end()))
    long = cospec.prefix("c", cospec.prefix("d", cospec.prefix("e", end())))
    for both in ((short, long), (long, short)):
        dialogue = Dialogue(cospec.choice(*both).term, "P")
        ask(dialogue, "grow", count=100)
        states = {text: number for number, *_, text in ask(dialogue, "show")["states"]}
        assert ask(dialogue, "jump", state=states["END"])["trace"] == ["a", "b"]


def test_a_jump_to_a_state_of_the_history_goes_along_it(explore) -> None:
    dialogue = explore("CLOCKS(2)")
    for event in ("count.0", "count.10"):
        take(dialogue, event)
    shown = ask(dialogue, "jump", state=0)
    assert (shown["steps"]["at"], shown["steps"]["of"]) == (0, 2)


def test_the_trail_is_a_way_through_the_moves_that_are_shown(explore) -> None:
    dialogue = explore("CLOCKS(2)")
    for event in ("count.0", "count.10", "count.1"):
        take(dialogue, event)
    shown = ask(dialogue, "show")
    moves = {(source, target) for source, target, *_ in shown["moves"]}
    assert set(pairwise(shown["trail"])) <= moves
    assert shown["trail"][-1] == shown["at"]


def test_a_choice_that_was_meant_for_another_state_is_not_taken(explore) -> None:
    dialogue = explore("CUSTOMER")
    take(dialogue, "coin")
    twice = ask(dialogue, "take", state=0, choice=0)
    assert twice["trace"] == ["coin"]


def test_components_that_moved_are_told(explore) -> None:
    dialogue = explore("CLOCKS(3)")
    assert [moved for *_, moved in ask(dialogue, "show")["components"]] == [False] * 3
    shown = take(dialogue, "count.10")
    assert [moved for *_, moved in shown["components"]] == [False, True, False]
    assert shown["components"][1][:2] == ["CLOCK(1, 0)", "CLOCK(1, 1)"]


def test_of_one_component_alone_nothing_is_told_but_of_two(explore) -> None:
    assert ask(explore("CUSTOMER"), "show")["components"] == []
    assert [name for name, *_ in ask(explore("STUCK"), "show")["components"]] == [
        "MACHINE",
        "CUSTOMER",
    ]


def test_components_that_moved_are_told_of_a_step_that_is_gone_back_to(explore) -> None:
    dialogue = explore("CLOCKS(3)")
    for event in ("count.0", "count.10"):
        take(dialogue, event)
    moved = {
        step: [each for *_, each in ask(dialogue, "go", step=step)["components"]]
        for step in (1, 0, 2)
    }
    assert moved == {0: [False] * 3, 1: [True, False, False], 2: [False, True, False]}


def test_a_state_whose_moves_are_too_many_to_be_shown_is_known_for_what_it_is() -> None:
    many = cospec.choice(*(cospec.prefix(f"e.{n}", cospec.prefix("f")) for n in range(FEW + 1)))
    wide = cospec.internal_choice(many, many)
    dialogue = Dialogue(cospec.prefix("go", wide).term, "P")
    take(dialogue, "go")
    shown = take(dialogue, "τ")
    conditions = {number: condition for number, _, _, condition, *_ in shown["states"]}
    assert conditions[shown["at"]] == "stable"


def test_deadlock_and_termination_are_told_apart(script) -> None:
    for process, condition in ((cospec.STOP, "deadlocked"), (cospec.SKIP, "terminated")):
        dialogue = Dialogue(process.term, "P")
        shown = ask(dialogue, "show")
        shown = take(dialogue, "✓") if events(shown) else shown
        assert shown["condition"] == condition
        assert shown["states"][-1][3] == condition


# ---------------------------------------------------------------------- counterexamples


def test_a_counterexample_is_the_history_from_its_start_with_its_sentence(script) -> None:
    shown = ask(followed(script, "CUSTOMER [T= MACHINE"), "show")
    assert (shown["steps"]["at"], shown["steps"]["of"]) == (0, 3)
    assert [step[1] for step in shown["steps"]["shown"]] == ["coin", "τ", "coffee"]
    assert [step[3] for step in shown["steps"]["shown"]] == [False, False, True]
    assert shown["fault"]["sentence"].startswith("After ⟨coin⟩, MACHINE can perform coffee")
    moves = {(source, target) for source, target, *_ in shown["moves"]}
    assert set(pairwise(shown["fault"]["trail"])) <= moves


def test_a_run_whose_fault_is_not_found_again_does_not_claim_to_end_with_it(script) -> None:
    result = script.assertion("CUSTOMER [T= MACHINE").check()
    witness = dataclasses.replace(result.counterexample, event="mid")
    dialogue = Dialogue(script["MACHINE"].term, "P", fault=Fault(witness, result._subject))
    shown = ask(dialogue, "show")
    assert [step[1] for step in shown["steps"]["shown"]] == ["coin"]
    assert not any(step[3] for step in shown["steps"]["shown"])
    assert not shown["fault"]["complete"]


def test_where_the_search_for_a_run_fails_one_is_at_the_start_and_told(
    script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("it is too hard")

    with monkeypatch.context() as patched:
        patched.setattr(looking, "to_the_fault", fails)
        dialogue = followed(script, "CUSTOMER [T= MACHINE")
        shown = ask(dialogue, "show")
    assert shown["message"] == "it is too hard"
    assert (shown["at"], shown["steps"]["of"], events(shown)) == (0, 0, ["coin"])
    fault = shown["fault"]
    assert (fault["followed"], fault["trail"], fault["loop"], fault["complete"]) == (
        False,
        [],
        None,
        False,
    )
    assert ask(dialogue, "follow")["steps"]["of"] == 3


def test_a_run_that_is_too_far_to_be_found_again_is_told_and_one_can_explore(
    script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EFFORT", 1)
    dialogue = followed(script, "CUSTOMER [T= MACHINE")
    shown = ask(dialogue, "show")
    assert "could not be found again within reasonable time" in shown["message"]
    assert (shown["at"], shown["steps"]["of"], shown["fault"]["followed"]) == (0, 0, False)
    assert take(dialogue, "coin")["trace"] == ["coin"]


def test_of_a_counterexample_the_run_is_drawn_and_what_its_states_are(script) -> None:
    shown = ask(followed(script, "CUSTOMER [T= MACHINE"), "show")
    assert [state[3] for state in shown["states"]] == ["stable", "unstable", "stable"]
    assert shown["fault"]["trail"] == [0, 1, 2, 0]


def test_the_run_of_a_counterexample_is_drawn_in_one_row(script) -> None:
    shown = ask(followed(script, "STUCK :[deadlock free]"), "show")
    rows = {number: y for number, _, y, *_ in shown["states"]}
    assert len({rows[number] for number in shown["fault"]["trail"]}) == 1


def test_who_leaves_a_counterexample_can_follow_it_again(script) -> None:
    dialogue = followed(script, "CUSTOMER [T= MACHINE")
    ask(dialogue, "go", step=1)
    elsewhere = ask(dialogue, "show")
    other = next(o for o in elsewhere["offers"]["shown"] if o[3] not in elsewhere["fault"]["trail"])
    left = ask(dialogue, "take", state=elsewhere["at"], choice=other[0])
    assert not left["fault"]["followed"]
    again = ask(dialogue, "follow")
    assert again["fault"]["followed"]
    assert (again["steps"]["at"], again["steps"]["of"]) == (0, 3)


def test_a_divergence_ends_with_the_cycle_that_goes_on_for_ever(script) -> None:
    shown = ask(followed(script, "ENDLESS :[divergence free]"), "show")
    trail, loop = shown["fault"]["trail"], shown["fault"]["loop"]
    assert loop == 1
    assert trail[loop] == trail[-1]
    assert shown["steps"]["of"] == len(trail) - 1
    last = ask(followed(script, "ENDLESS :[divergence free]"), "go", step=99)
    assert last["trace"] == ["coin"]


def test_a_deadlock_is_at_the_end_of_its_run(script) -> None:
    dialogue = followed(script, "STUCK :[deadlock free]")
    end = ask(dialogue, "go", step=99)
    assert end["condition"] == "deadlocked"
    assert end["offers"]["total"] == 0


def test_there_is_nothing_to_follow_without_a_counterexample(explore) -> None:
    shown = ask(explore("MACHINE"), "follow")
    assert shown["message"] == "there is no counterexample here"
    assert shown["fault"] is None


# --------------------------------------------------------------------------- growing


def test_all_states_are_expanded_up_to_a_number(explore) -> None:
    dialogue = explore("CLOCKS(6)")
    before = ask(dialogue, "show")["known"]
    shown = ask(dialogue, "grow", count=300)
    assert shown["known"] == before + 300
    cells = {(x, y) for _, x, y, *_ in ask(dialogue, "show")["states"]}
    assert len(cells) == before + 300


def test_to_find_a_few_states_only_a_few_are_looked_at(explore, monkeypatch) -> None:
    dialogue = explore("CLOCKS(6)")
    ask(dialogue, "grow", count=300)
    looked = []
    look = looking.Looker.look
    monkeypatch.setattr(
        looking.Looker, "look", lambda self, state: looked.append(state) or look(self, state)
    )
    ask(dialogue, "grow", count=1)
    assert 0 < len(looked) < 30


def test_a_graph_that_is_known_in_full_has_no_state_to_expand(script, explore) -> None:
    dialogue = explore("CLOCKS(2)")
    shown = ask(dialogue, "grow", count=1000)
    everything = ask(dialogue, "show")
    assert shown["known"] == len(script["CLOCKS(2)"].graph().states)
    assert all(expanded for *_, expanded, _ in everything["states"])
    assert ask(dialogue, "grow", count=1000)["message"] == ""


def test_states_keep_their_places_while_the_graph_grows(explore) -> None:
    dialogue = explore("CLOCKS(4)")
    places: dict[int, tuple[int, int]] = {}
    for step in range(12):
        event = events(ask(dialogue, "show"))[step % 4]
        shown = ask(dialogue, "grow", count=20) if step % 3 else take(dialogue, event)
        for number, x, y, *_ in ask(dialogue, "show")["states"]:
            assert places.setdefault(number, (x, y)) == (x, y)
        assert shown["message"] == ""


def test_a_state_of_many_events_is_offered_in_part_and_can_be_filtered(explore) -> None:
    dialogue = Dialogue(
        lambda: cospec.choice(
            *(cospec.prefix(f"e.{n}", cospec.prefix(f"f.{n}")) for n in range(2000))
        ).term(),
        "MANY",
    )
    shown = ask(dialogue, "show")
    assert shown["known"] == 1  # more than FEW
    assert len(shown["state"]) <= TEXT
    assert shown["offers"]["total"] == 2000
    assert events(shown) == [f"e.{n}" for n in range(OFFERS)]
    found = ask(dialogue, "filter", text="E.77")
    assert found["offers"]["fitting"] == 11
    assert events(found)[:3] == ["e.77", "e.770", "e.771"]
    took = take(dialogue, "e.777")
    assert took["trace"] == ["e.777"]
    assert took["offers"]["filter"] == ""
    assert took["known"] == 3
    back = ask(dialogue, "expand", state=0)
    assert back["known"] == 3 + MANY
    assert "1,499 more states" in back["message"]


def test_a_state_that_leads_to_few_others_shows_them_at_once(explore) -> None:
    for count in (FEW, FEW + 1):
        process = cospec.choice(
            *(cospec.prefix(f"e.{n}", cospec.prefix(f"f.{n}")) for n in range(count))
        )
        shown = ask(Dialogue(process.term, "P"), "show")
        assert shown["known"] == (1 + count if count <= FEW else 1)
        assert shown["expanded"] is (count <= FEW)


def test_no_more_than_so_many_states_are_drawn_but_one_can_go_on(explore, monkeypatch) -> None:
    monkeypatch.setattr(exploration, "MOST", 300)
    dialogue = explore("CLOCKS(6)")
    shown = ask(dialogue, "grow", count=10**9)
    assert shown["known"] == 300
    assert "no more will be" in shown["message"]
    dashed = next(state[0] for state in ask(dialogue, "show")["states"] if not state[4])
    assert "no more will be" in ask(dialogue, "expand", state=dashed)["message"]
    shown = ask(dialogue, "jump", state=dashed)
    assert shown["at"] == dashed
    assert shown["known"] > 300


def test_a_graph_of_just_as_many_states_as_are_drawn_is_complete(explore, monkeypatch) -> None:
    monkeypatch.setattr(exploration, "MOST", 100)
    dialogue = explore("CLOCKS(2)")
    shown = ask(dialogue, "grow", count=1000)
    assert (shown["known"], shown["message"]) == (100, "")
    assert all(expanded for *_, expanded, _ in ask(dialogue, "show")["states"])


def test_a_long_history_is_shown_in_part(explore) -> None:
    dialogue = explore("NEST(0)")
    for number in range(150):
        shown = take(dialogue, f"count.{number}")
    assert len(shown["trace"]) == STEPS
    assert shown["earlier"] == 50
    assert len(shown["steps"]["shown"]) == STEPS
    assert shown["steps"]["shown"][-1][:2] == [150, "count.149"]
    early = ask(dialogue, "go", step=10)["steps"]["shown"]
    assert (early[0][0], len(early)) == (1, STEPS)


# ------------------------------------------------------------------- what may go wrong


def test_a_mistake_in_what_comes_next_is_told_and_changes_nothing(explore) -> None:
    dialogue = explore("BAD")
    before = ask(dialogue, "show")
    wrong = take(dialogue, "tea")
    assert "`head` of the empty sequence" in wrong["message"]
    assert "BAD = tea -> coin -> (if head(<>) then STOP else STOP)" in wrong["message"]
    assert ask(dialogue, "show") == before


def test_what_takes_for_ever_is_given_up_and_one_goes_on_elsewhere(explore, clock) -> None:
    dialogue = explore("SLOW", seconds=600)
    before = ask(dialogue, "show")
    assert before["offers"]["total"] == 2
    clock.flies = lambda: True
    stuck = take(dialogue, "tea")
    clock.flies = lambda: False
    assert "out of time" in stuck["message"]
    assert (stuck["at"], stuck["trace"]) == (0, [])
    assert take(dialogue, "coin")["trace"] == ["coin"]


def test_a_process_that_cannot_be_made_says_why_and_may_be_asked_again() -> None:
    failures = iter([ValueError("<not yet>")])

    def process():
        for failure in failures:
            raise failure
        return cospec.prefix("a").term()

    dialogue = Dialogue(process, "P")
    assert dialogue.answer({"do": "show"}) == {"title": "P", "message": "<not yet>"}
    assert events(ask(dialogue, "show")) == ["a"]


def test_what_went_wrong_before_anybody_looked_is_told_to_who_looks_first(script) -> None:
    result = script.assertion("CUSTOMER [T= MACHINE").check()
    witness = dataclasses.replace(result.counterexample, trace=("tea",), steps=())
    elsewhere = Fault(witness, result._subject)
    dialogue = Dialogue(script["CUSTOMER"].term, "P", fault=elsewhere)
    assert dialogue.text().startswith("<explorer of P>\nstate  CUSTOMER")
    shown = ask(dialogue, "show")
    assert shown["message"].startswith("only the trace of the counterexample can be followed")
    assert shown["steps"]["of"] == 0
    broken = Dialogue(script["WRONG"].term, "P")
    assert "`head` of the empty sequence" in broken.text()
    assert broken.answer({"do": "show"}).keys() == {"title", "message"}


def test_a_title_of_any_length_takes_a_line_or_two(explore) -> None:
    dialogue = Dialogue(cospec.STOP.term, "P [] " * 10_000)
    assert len(ask(dialogue, "show")["title"]) == TITLE
    assert len(dialogue.text()) < 2 * TITLE


def test_it_shows_itself_as_text_where_there_is_nothing_else(explore) -> None:
    dialogue = explore("HIDDEN")
    take(dialogue, "coin")
    assert dialogue.text().splitlines() == [
        "<explorer of HIDDEN>",
        "state  mid -> … \\ …",
        "trace  ⟨coin⟩",
        "not stable: a τ may happen at any time",
        "  τ  (mid, hidden)",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"do": "dance"},
        {"do": "take"},
        {"do": "take", "state": 0, "choice": 99},
        {"do": "take", "state": 0, "choice": -1},
        {"do": "jump", "state": 99},
        {"do": "jump", "state": "0"},
        {"do": "expand", "state": -1},
        {"do": "go", "step": None},
        {"do": "grow", "count": "many"},
    ],
)
def test_requests_that_make_no_sense_are_told_so_and_change_nothing(explore, request_) -> None:
    dialogue = explore("MACHINE")
    before = ask(dialogue, "show")
    answer = dialogue.answer(request_)
    assert answer["message"]
    assert ask(dialogue, "show") == before


def test_numbers_just_beyond_what_there_is_are_refused(explore) -> None:
    dialogue = explore("MACHINE")
    known = ask(dialogue, "show")["known"]
    assert ask(dialogue, "take", state=0, choice=1)["message"] == "state 0 has no choice 1"
    for do in ("jump", "expand"):
        assert ask(dialogue, do, state=known)["message"] == f"there is no state {known}"
