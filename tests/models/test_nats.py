"""The NATS adapter and the delivery of a message: edges, states, and subjects beside z3."""

from __future__ import annotations

from itertools import product

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models.broker_delivery import Delivery, Place
from cospec.models.model import ModelSystem
from cospec.models.nats import EventLoop, is_subject, is_subscription, validate_subject
from cospec.proofs import subject_logic as logic


@pytest.mark.parametrize("subject", ["*", ">", ".", "a..b", ".a", "a.", "a.>.b", "a*b"])
def test_the_listing_accepts_what_is_no_subject(subject: str) -> None:
    assert validate_subject(subject)
    assert not is_subject(subject)


@pytest.mark.parametrize("subject", ["order-events", "user_created", "$JS.API", "-"])
def test_the_listing_refuses_subjects(subject: str) -> None:
    assert is_subject(subject)
    assert not validate_subject(subject)


@pytest.mark.parametrize(
    ("subject", "taken"),
    [("*", True), (">", True), ("a.>", True), ("*.b", True), ("a.>.b", False), ("a*", False)],
)
def test_wildcards_of_subscriptions(subject: str, taken: bool) -> None:
    assert is_subscription(subject) is taken


LANGUAGES = [
    logic.LISTING, logic.SUBJECT, logic.SUBSCRIPTION, logic.PUBLISH, logic.SUBSCRIBE,
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_expressions_say_what_the_functions_do(language: logic.Language) -> None:
    for length in range(5):
        for letters in product("a.*> -" if length < 4 else "a.*>", repeat=length):
            word = "".join(letters)
            said = z3.simplify(z3.InRe(z3.StringVal(word), language.expression))
            assert z3.is_true(said) or z3.is_false(said)
            assert z3.is_true(said) == language.accepts(word), word


def test_a_character_is_told_in_all_languages() -> None:
    for language, number in product(LANGUAGES, range(32, 127)):
        word = chr(number)
        said = z3.simplify(z3.InRe(z3.StringVal(word), language.expression))
        assert z3.is_true(said) == language.accepts(word), (language.name, word)


def test_a_message_that_is_not_kept_is_lost_in_a_crash() -> None:
    received = Delivery(crashes=1).deliver()
    assert received.crash().place is Place.LOST
    assert received.handle().crash().place is Place.LOST
    kept = Delivery(keeping=True, crashes=1).deliver()
    assert kept.crash().place is Place.UNACKNOWLEDGED
    assert kept.crash().redeliver().deliver().deliveries == 2


@pytest.mark.parametrize(("crashes", "states"), [(0, 4), (1, 6)])
def test_states_of_a_message_of_core_nats(crashes: int, states: int) -> None:
    # waiting, received, handled, settled; with a crash, lost before and after the effect.
    found: Exploration[Delivery] = Exploration(ModelSystem(Delivery(crashes=crashes)))
    assert len(found.states) == states


def test_a_loop_that_has_returned_processes_nothing() -> None:
    ended = EventLoop(waiting_1=1, waiting_2=1, malformed=1).process_malformed(1)
    assert not ended.running
    assert not list(ModelSystem(ended).transitions(ended))
