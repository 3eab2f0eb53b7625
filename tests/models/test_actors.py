"""Actors: what the functions of the listing do at their edges, and what a repair changes."""

from __future__ import annotations

from dataclasses import replace

from cospec.models.actors import (
    Actor,
    SteppedNet,
    forwarding,
    growing_up,
    keeping,
    race,
    system_of,
)
from cospec.models.shared_state import INTEGER, Type, is_send, rules_of, shares, types
from cospec.proofs.explored import explore


def test_the_race_has_the_eleven_states_counted_before() -> None:
    found = explore(race())
    assert len(found.exploration.states) == 11
    assert found.holds  # it ends, and where it ends nobody has a message


def test_sending_to_nobody_changes_nothing_and_is_kept_when_repaired() -> None:
    system = system_of((keeping, ()), (None, ()))
    assert system.send_message(1, 5) == system
    assert system.send_message(7, 5) == system
    kept = replace(system, dead_lettering=True).send_message(1, 5)
    assert kept.dead_letters == ((1, 5),)


def test_a_message_is_put_behind_the_others_and_the_first_one_is_handled() -> None:
    system = system_of((keeping, (1,))).send_message(0, 2)
    assert system.message_queue == ((1, 2),)
    after = system.process_message(0)
    assert after is not None
    assert after.message_queue == ((2,),)
    assert after.actors == (Actor(keeping, 1),)


def test_nobody_and_whoever_has_no_message_handle_nothing() -> None:
    system = system_of((None, (1,)), (keeping, ()))
    assert system.process_message(0) is None
    assert system.process_message(1) is None


def test_what_an_actor_sends_to_itself_comes_after_what_it_has() -> None:
    after = system_of((forwarding(0), (1, 2))).process_message(0)
    assert after is not None
    assert after.message_queue == ((2, 1),)


def test_a_full_mailbox_returns_the_message() -> None:
    system = replace(system_of((keeping, (1,))), bounded=True, recording=True)
    after = system.send_message(0, 2)
    assert after.message_queue == ((1,),)
    assert after.returned == ((0, 2),)


def test_spawn_and_become_are_called_only_when_repaired() -> None:
    system = system_of((growing_up, (1,)))
    assert system.process_message(0) == replace(
        system, actors=(Actor(growing_up, 1),), message_queue=((),)
    )
    grown = replace(system, growing=True).process_message(0)
    assert grown is not None
    assert grown.actors == (Actor(keeping, 1), Actor(keeping))
    assert grown.next_actor_id == 2


def test_a_child_gets_the_next_number_also_where_that_leaves_a_gap() -> None:
    system = replace(system_of((growing_up, (1,))), growing=True, next_actor_id=3)
    grown = system.process_message(0)
    assert grown is not None
    assert [grown.exists(number) for number in range(5)] == [True, False, False, True, False]
    assert grown.well_formed()


def test_a_step_takes_the_first_active_actor_or_the_next_one_in_turn() -> None:
    net = SteppedNet((Actor(forwarding(0)), Actor(keeping)), ((1,), (2,)), 2)
    assert net.stepped() == net  # the first one again, for ever
    rotating = replace(net, rotating=True)
    first = rotating.stepped()
    assert first is not None
    second = first.stepped()
    assert second is not None
    assert (first.turn, second.turn) == (1, 0)
    assert second.message_queue == ((1,), ())


def test_a_mailbox_that_is_nobodys_stops_every_step() -> None:
    net = SteppedNet((None, Actor(keeping)), ((1,), (2,)), 2)
    assert net.stepped() is None
    assert explore(net).exploration.states == [net]


def test_the_rules_of_send_are_those_of_the_documentation() -> None:
    def made(*names: str) -> Type:
        return INTEGER if not names else Type(names[0], made(*names[1:]))

    assert [str(each) for each, _ in zip(types(), range(4), strict=False)] == [
        "i32", "Vec<i32>", "Cell<i32>", "Mutex<i32>",
    ]  # fmt: skip
    assert is_send(made("Arc", "Mutex"))
    assert is_send(made("Mutex", "Cell"))
    assert not is_send(made("Arc", "Cell"))
    assert not is_send(made("Rc"))
    assert not is_send(made("Mutex", "Rc"))
    assert not is_send(made("&'static ", "Cell"))
    assert rules_of(made("Mutex", "Cell")).sync
    assert not rules_of(made("Cell")).sync
    assert shares(made("Vec", "Arc", "Mutex"))
    assert not shares(made("Arc"))
    assert not shares(made("Mutex", "Vec"))
