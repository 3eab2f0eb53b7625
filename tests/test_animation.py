"""What an animation shows after each move, and what its moves do to the steps; no terminal here."""

from __future__ import annotations

import pytest

from cospec.animation import Animation, as_sequence
from cospec.runner import Settings, check_one, new_assertion
from cospec.spec.semantics.claims import Refines
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.session import Session
from cospec.walk import Condition

SCRIPT = """
channel a, b, c, tea, tear
channel in, mid, out : {0..1}
COPY(from, to) = from?x -> to!x -> COPY(from, to)
BUFFER2 = (COPY(in, mid) [|{| mid |}|] COPY(mid, out)) \\ {| mid |}
AB = a -> b -> AB
LINE = a -> b -> c -> STOP
WRONG = a -> (b -> STOP [] c -> STOP)
GAME = a -> (AGAIN \\ {b, c})
AGAIN = b -> c -> AGAIN
FAULTY = a -> FAULT
FAULT = b -> (if head(<>) == 1 then STOP else SKIP)
"""


@pytest.fixture(scope="module")
def session() -> Session:
    return Session.of_text(SCRIPT)


@pytest.fixture
def animated(session):
    """Animates a process given as text."""

    def ask(question):
        with session.located(None):
            return question()

    return lambda text: Animation(session.process(text), ask)


@pytest.fixture
def followed(session):
    """Checks an assertion, and follows its counterexample."""

    def follow(text: str) -> Animation:
        assertion = new_assertion(session, text)
        result = check_one(session, assertion, Settings(), lambda *_: None)
        claim = session.claim(assertion)
        process = claim.implementation if isinstance(claim, Refines) else claim.process
        animation = Animation(process, lambda question: question())
        animation.follow(result)
        return animation

    return follow


def _take(animation: Animation, *typed: str) -> Animation:
    for text in typed:
        number = animation.scene.nearest(text)
        assert number is not None, f"{text} is not offered"
        animation.take(animation.scene.choices[number])
    return animation


def _moved(animation: Animation) -> list[str]:
    return [f"{each.name}: {each.state}" for each in animation.scene.components if each.moved]


def test_the_first_scene(animated) -> None:
    scene = animated("BUFFER2").scene

    assert scene.offers == ("in.0", "in.1")
    assert (scene.steps, scene.place, scene.trace, scene.seen_after) == ((), 0, (), None)
    assert (scene.condition, scene.remark) == (
        Condition.STABLE,
        "stable: it waits for its environment",
    )
    assert [(each.name, each.state, each.moved) for each in scene.components] == [
        ("COPY(in, mid)", "COPY(in, mid)", False),
        ("COPY(mid, out)", "COPY(mid, out)", False),
    ]


def test_components_that_move_are_known(animated) -> None:
    animation = _take(animated("BUFFER2"), "in.1")
    assert _moved(animation) == ["COPY(in, mid): mid.1 -> …"]
    assert animation.scene.offers[0].startswith("τ  (mid.1, hidden)  → ")

    _take(animation, "mid.1")
    assert _moved(animation) == ["COPY(in, mid): COPY(in, mid)", "COPY(mid, out): out.1 -> …"]
    assert list(animation.scene.trace) == ["in.1"]

    animation.first()
    assert _moved(animation) == []


def test_steps_that_were_taken_back_can_be_taken_again(animated) -> None:
    animation = _take(animated("LINE"), "a", "b")
    animation.back()
    animation.back()
    assert (animation.scene.place, animation.scene.onward) == (0, 0)
    assert animation.back() == "this is the beginning: there is no step to take back"

    animation.forward()
    animation.forward()
    assert list(animation.scene.trace) == ["a", "b"]
    assert animation.forward().startswith("no step was taken back")

    animation.first()
    assert animation.scene.place == 0
    animation.last()
    assert animation.scene.place == 2
    animation.to(1)
    assert animation.scene.place == 1


def test_another_choice_forgets_what_was_taken_back_and_the_same_one_does_not(animated) -> None:
    animation = _take(animated("WRONG"), "a", "b")
    animation.first()
    _take(animation, "a")
    assert len(animation.scene.steps) == 2

    _take(animation, "c")
    assert list(animation.scene.trace) == ["a", "c"]
    assert len(animation.scene.steps) == 2


def test_the_same_state_is_recognised(animated) -> None:
    assert _take(animated("a -> AB"), "a", "a", "b").scene.seen_after == 1
    assert _take(animated("AB"), "a", "b").scene.seen_after == 0


@pytest.mark.parametrize(
    "process, condition",
    [("STOP", Condition.DEADLOCKED), ("b -> STOP |~| STOP", Condition.UNSTABLE)],
)
def test_the_condition(animated, process, condition) -> None:
    assert animated(process).scene.condition is condition


def test_what_has_terminated_offers_nothing(animated) -> None:
    animation = _take(animated("SKIP"), "tick")

    assert animation.scene.condition is Condition.TERMINATED
    assert animation.scene.choices == ()
    assert animation.random() == "nothing can happen here"


def test_random_takes_one_of_the_choices(animated) -> None:
    animation = animated("WRONG")
    for _ in range(2):
        animation.random()

    assert animation.scene.trace in {("a", "b"), ("a", "c")}


@pytest.mark.parametrize(
    "process, trace, said",
    [
        ("LINE", "a b c", "3 steps, then nothing can happen"),
        ("WRONG", "a", "one step, then there are 2 ways to go"),
        ("AB", "a b", "2 steps, to the same state as at the beginning"),
        ("a -> STOP [] b -> STOP", "", "there are 2 ways to go here"),
    ],
)
def test_auto_goes_on_while_there_is_one_way(animated, process, trace, said) -> None:
    animation = animated(process)

    assert animation.auto() == said
    assert " ".join(animation.scene.trace) == trace


def test_choices_are_found_by_a_part_of_their_names(animated) -> None:
    scene = animated("tear -> STOP [] tea -> STOP [] (mid!1 -> STOP) \\ {mid.1}").scene

    assert [scene.offers[number] for number in scene.matching("TEA")] == ["tea", "tear"]
    assert scene.nearest("tea") == 0
    assert scene.nearest("ear") == 1
    assert scene.nearest("r") == 1
    assert scene.nearest("d.1") == scene.nearest("tau") == 2
    assert scene.nearest("coffee") is None
    assert scene.matching("") == [0, 1, 2]


def test_the_very_event_is_meant_before_one_that_begins_so(animated) -> None:
    scene = animated("tear -> STOP [] (tea -> STOP) \\ {tea}").scene
    assert [str(choice) for choice in scene.choices] == ["tear", "τ  (tea, hidden)"]
    assert [scene.nearest(text) for text in ("tea", "te", "tear")] == [1, 0, 0]


def test_going_on_ends_after_so_many_steps_and_says_so(animated, monkeypatch) -> None:
    monkeypatch.setattr("cospec.animation.AUTO_STEPS", 2)
    animation = animated("LINE")
    assert animation.auto() == "2 steps, and there is still only one way to go"
    assert animation.scene.trace == ("a", "b")


def test_where_nothing_can_be_computed_the_scene_stays(animated) -> None:
    animation = _take(animated("c -> FAULTY"), "c")
    scene = animation.scene

    with pytest.raises(ScriptError, match="empty"):
        _take(animation, "a")

    assert animation.scene is scene
    assert animation.outline() == ["FAULTY"]


def test_the_whole_state_in_lines(animated) -> None:
    assert _take(animated("BUFFER2"), "in.0").outline() == [
        "\\ {|mid|}", "  [|{|mid|}|]", "    mid.0 -> …", "    COPY(mid, out)"
    ]  # fmt: skip


# ------------------------------------------------------------------- counterexamples


def test_a_counterexample_is_followed_to_the_fault(followed) -> None:
    animation = followed("a -> b -> STOP [T= WRONG")
    lead, scene = animation.lead, animation.scene
    assert lead.sentence == (
        "After ⟨a⟩, WRONG can perform c, which a -> b -> STOP does not allow there."
    )
    assert (lead.loop, lead.complete, lead.asked_for) == (0, True, False)
    assert (scene.place, len(scene.steps), scene.leading, scene.astray) == (0, 2, 0, False)

    animation.forward()
    assert (animation.scene.offers[animation.scene.leading], animation.scene.led) == ("c", 1)
    animation.last()
    assert as_sequence(animation.scene.trace) == "<a, c>"
    assert animation.forward().startswith("no step was taken back")


def test_it_can_be_left_and_come_back_to(followed) -> None:
    animation = followed("a -> b -> STOP [T= WRONG")
    _take(animation, "a", "b")
    assert (animation.scene.astray, animation.scene.led) == (True, 1)
    assert animation.scene.leading is None

    assert animation.rejoin() == "back on the counterexample, after step 1"
    assert (animation.scene.astray, animation.scene.place) == (False, 1)
    animation.forward()
    assert as_sequence(animation.scene.trace) == "<a, c>"


def test_choosing_its_step_after_going_back_follows_it_again(followed) -> None:
    animation = followed("WRONG [T= a -> (b -> STOP [] c -> tea -> STOP)")
    _take(animation, "a", "b")
    animation.back()
    assert not animation.scene.astray
    assert animation.scene.offers[animation.scene.leading] == "c"
    assert animation.scene.offers[animation.scene.onward] == "b"

    _take(animation, "c")
    animation.forward()
    assert as_sequence(animation.scene.trace) == "<a, c, tea>"


def test_a_divergence_repeats_for_ever(followed) -> None:
    animation = followed("GAME :[divergence free]")
    lead = animation.lead
    assert (len(lead.steps), lead.loop) == (3, 2)

    animation.last()
    assert animation.scene.place == 3
    assert animation.scene.seen_after == 1
    assert animation.forward() == "and so on for ever: step 2 follows step 3"
    assert animation.scene.place == 2
    assert not animation.scene.astray


def test_a_deadlock_at_the_start_has_no_steps(followed) -> None:
    animation = followed("STOP :[deadlock free]")

    assert (animation.lead.steps, animation.scene.condition) == ((), Condition.DEADLOCKED)


def test_steps_that_are_too_far_are_not_made_up(followed, monkeypatch) -> None:
    monkeypatch.setattr("cospec.following.EFFORT", 1)
    animation = followed("LINE :[deadlock free]")

    assert (animation.lead.steps, animation.lead.complete) == ((), False)
    assert animation.lead.sentence.startswith("After ⟨a, b, c⟩, LINE is stuck")
    assert animation.scene.offers == ("a",)


def test_what_a_not_asks_for_is_followed_too(followed) -> None:
    animation = followed("not LINE :[deadlock free]")

    assert animation.lead.asked_for
    assert len(animation.lead.steps) == 3


def test_without_a_counterexample_there_is_nothing_to_return_to(animated) -> None:
    assert animated("LINE").rejoin() == "no counterexample is followed here"


def test_a_trace_in_cspm_has_no_tick(animated) -> None:
    assert as_sequence(_take(animated("a -> SKIP"), "a", "tick").scene.trace) == "<a>"
