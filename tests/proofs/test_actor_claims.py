"""Claims on actors: the counterexamples, the transcription for z3, and what each repair does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models import actors, shared_state
from cospec.models.actors import ActorNet, SteppedNet, forwarding, race, system_of
from cospec.models.model import ModelSystem, action, require
from cospec.models.shared_state import Rules
from cospec.proofs import actor_logic as logic
from cospec.proofs.claims import actor_isolation, actor_mailboxes, actor_schedules
from cospec.proofs.claims import actors as claims
from cospec.proofs.confluence import diamond_gives_one_end
from cospec.proofs.evidence import deadlock_free, solving
from cospec.proofs.register import Finding, Proof, Result, Truth, Undecided, run

ResultOf = Callable[[str], Result]


def steps(result_of: ResultOf, slug: str) -> list[tuple[str, ...]]:
    finding = result_of(slug).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


@pytest.mark.parametrize(
    ("slug", "most"),
    [
        ("actor-frame", 1),
        ("actor-no-message-loss", 1),
        ("actor-isolation-refs", 2),
        ("actor-step-fairness", 1),
        ("actor-step-progress", 0),
        ("actor-spawn-become-dead", 1),
    ],
)
def test_counterexamples_are_as_short_as_stated(slug: str, most: int, result_of: ResultOf) -> None:
    (wrong,) = steps(result_of, slug)
    assert len(wrong) - 1 == most


@pytest.mark.parametrize("slug", ["actor-determinism", "actor-pattern-safety"])
def test_the_race_is_lost_in_four_steps_either_way(slug: str, result_of: ResultOf) -> None:
    (wrong,) = steps(result_of, slug)
    middle = wrong.index("and the other run")
    one, two = wrong[:middle], wrong[middle + 1 :]
    assert len(one) - 1 == len(two) - 1 == 4
    assert {run[-1].split("keeps, ")[1] for run in (one, two)} == {"1: []", "2: []"}


def test_a_mailbox_exceeds_n_after_n_steps(result_of: ResultOf) -> None:
    assert [len(run) - 1 for run in steps(result_of, "actor-mailbox-bounded")] == [1, 2, 3]


def test_who_sends_two_letters_waits_for_itself_and_two_wait_for_each_other(
    result_of: ResultOf,
) -> None:
    own, ring = steps(result_of, "actor-mailbox-blocking")
    assert [line.split(" → ")[0] for line in own[1:]] == ["take.0", "send.0"]
    assert sorted(line.split(" → ")[0] for line in ring[1:]) == [
        "send.0", "send.1", "take.0", "take.1",
    ]  # fmt: skip


def test_two_actors_that_answer_each_message_with_one_never_wait_for_each_other() -> None:
    ring = system_of((forwarding(1), (1,)), (forwarding(0), (2,)))
    start = actor_mailboxes._sending(ring, blocking=True)
    assert isinstance(deadlock_free(start, "going on", "2 actors"), Proof)


def test_the_smallest_shared_state_of_rust_is_a_mutex_in_an_arc(result_of: ResultOf) -> None:
    (wrong,) = steps(result_of, "actor-isolation-rust")
    assert wrong[0].startswith("State = Arc<Mutex<i32>>")
    assert wrong[-1].startswith("handle → A has 1, B has 1")


# -------------------------------------------------------------------------------- the repairs

#: The checks of repaired claims by the name of what they can be deprived of.
REPAIRED: list[tuple[Callable[..., Finding], str]] = [
    (claims.no_message_loss_repaired, "dead_lettering"),
    (actor_mailboxes.mailbox_bounded_repaired, "bounded"),
    (claims.spawn_become_repaired, "growing"),
    (actor_isolation.linear_messages, "linear"),
    (actor_isolation.isolation_rust_repaired, "owned"),
    (actor_schedules.kahn, "single_producer"),
    (actor_schedules.pattern_safety_repaired, "single_producer"),
    (actor_schedules.pattern_safety_repaired, "linear"),
    (actor_schedules.step_fairness_repaired, "rotating"),
]


@pytest.mark.parametrize(("check", "repair"), REPAIRED)
def test_without_its_repair_a_claim_fails(check: Callable[..., Finding], repair: str) -> None:
    finding = check(**{repair: False})
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_is_taken_out_above() -> None:
    assert set(actors.REPAIRS) <= {repair for _, repair in REPAIRED}


@pytest.mark.parametrize(
    ("check", "repair"),
    [
        (claims.no_message_loss, "dead_lettering"),
        (actor_mailboxes.mailbox_bounded, "bounded"),
        (claims.spawn_become_dead, "growing"),
        (actor_isolation.isolation_refs, "linear"),
        (actor_isolation.isolation_rust, "owned"),
        (actor_schedules.step_fairness, "rotating"),
    ],
)
def test_with_its_repair_a_false_claim_is_false_no_more(
    check: Callable[..., Finding], repair: str
) -> None:
    assert check(**{repair: True}).verdict is Truth.TRUE


def test_without_the_race_nets_are_safe() -> None:
    nets = (claims.CHAIN, actor_schedules.PING_PONG)
    assert actor_schedules.determinism(nets).verdict is Truth.TRUE
    assert actor_schedules.pattern_safety(nets).verdict is Truth.TRUE
    assert actor_mailboxes.mailbox_blocking(blocking=False).verdict is Truth.TRUE
    assert actor_mailboxes.mailbox_refusing(blocking=True).verdict is Truth.FALSE


# ------------------------------------------------------------------------------ other models


@dataclass(frozen=True)
class LastFirst(ActorNet):
    """Actors that handle the youngest message first."""

    @action(actor=(0, 1, 2), message=(1, 2))
    def process(self, actor: int, message: int) -> ActorNet:
        require(self.message_queue[actor] and self.message_queue[actor][-1] == message)
        queues = list(self.message_queue)
        queues[actor] = (message, *queues[actor][:-1])
        after = replace(self, message_queue=tuple(queues)).process_message(actor)
        assert after is not None
        return after


@dataclass(frozen=True)
class Twice(ActorNet):
    """Actors that handle a message, and may do so again."""

    @action(actor=(0, 1, 2))
    def again(self, actor: int) -> ActorNet:
        require(self.message_queue[actor] and len(self.handled) < 3)
        after = self.process_message(actor)
        assert after is not None
        return replace(after, message_queue=self.message_queue)


def as_class(net: ActorNet, model: type[ActorNet]) -> ActorNet:
    return model(net.actors, net.message_queue, net.next_actor_id)


@pytest.mark.parametrize(
    ("model", "check"), [(LastFirst, claims.fifo_per_pair), (Twice, claims.no_duplication)]
)
def test_actors_that_do_otherwise_are_noticed(
    model: type[ActorNet], check: Callable[[], Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "CHAIN", as_class(claims.CHAIN, model))
    finding = check()
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


def test_an_arc_that_does_not_ask_for_sync_leads_to_races(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(t: Rules) -> Rules:
        return replace(shared_state._arc(t), send=t.send)

    monkeypatch.setitem(shared_state.RULES, "Arc", careless)
    with pytest.raises(Undecided):
        actor_isolation.isolation_rust_repaired()


# -------------------------------------------------------------------------- what z3 is asked


def test_the_diamond_property_is_needed_for_one_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "PATIENCE", 500)
    with pytest.raises(Undecided):
        diamond_gives_one_end(z3.BoolVal(True))


def test_z3_refutes_what_a_repair_is_needed_for() -> None:
    with pytest.raises(Undecided):
        claims.accounted(race())
    with pytest.raises(Undecided):
        actor_isolation.one_owner(linear=False)


def test_three_actors_that_send_to_one_each_have_one_end_and_two_senders_may_have_several() -> None:
    nets = list(actor_schedules.small_nets(single_producer=False))
    single = list(actor_schedules.small_nets())
    assert (len(nets), len(single)) == (512, 272)
    several = [net for net in nets if actor_schedules.ends(net) > 1]
    assert several
    assert not set(map(str, several)) & set(map(str, single))


NAMES = {n: z3.Const(f"message {n}", logic.Message) for n in (1, 2)}
IDS = [z3.Const(f"id {n}", logic.Id) for n in range(3)]


def sequence(messages: tuple[int, ...]) -> Any:
    return z3.Concat(logic.NONE, logic.NONE, *(z3.Unit(NAMES[m]) for m in messages))


def by_number(values: list[Any]) -> logic.Each:
    """A function that gives a value for each of the numbers."""

    def value(number: Any) -> Any:
        return z3.If(number == IDS[0], values[0], z3.If(number == IDS[1], values[1], values[2]))

    return value


def transcribed(net: ActorNet) -> logic.System:
    def letters(kept: tuple[tuple[int, int], ...], number: int) -> Any:
        return sequence(tuple(message for to, message in kept if to == number))

    numbers = range(3)
    return replace(
        logic.SYSTEM,
        exists=by_number([z3.BoolVal(net.exists(n)) for n in numbers]),
        queue=by_number([sequence(net.message_queue[n]) for n in numbers]),
        sent=by_number([letters(net.sent, n) for n in numbers]),
        handled=by_number([letters(net.handled, n) for n in numbers]),
        dead=by_number([letters(net.dead_letters, n) for n in numbers]),
    )


def sending_of(net: ActorNet, actor: int) -> logic.Each:
    one = net.actors[actor]
    assert one is not None
    outgoing = one.behaviour.receive(one.state, net.message_queue[actor][0])[1]
    return by_number([sequence(tuple(m for to, m in outgoing if to == n)) for n in range(3)])


@pytest.mark.parametrize("dead_lettering", [False, True])
def test_the_transcription_does_what_the_model_does(
    dead_lettering: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [(None, (1,)), (actors.keeping, (1,)), *_senders()]
    solver = z3.Solver()
    solver.add(z3.Distinct(*IDS), z3.Distinct(*NAMES.values()))
    checked = 0
    for first, second in product(parts, parts):
        net = system_of(first, second, (actors.keeping, ()))
        net = claims.recorded(replace(net, dead_lettering=dead_lettering))
        for number in range(3):
            after = net.process_message(number)
            able = logic.enabled(transcribed(net), IDS[number])
            wanted = able if after is not None else z3.Not(able)
            assert solver.check(z3.Not(wanted)) == z3.unsat
            if after is None:
                continue
            out = sending_of(net, number)
            monkeypatch.setattr(logic, "outgoing", lambda _b, _s, _m, to, out=out: out(to))
            found = logic.processed(transcribed(net), IDS[number], net)
            expected = transcribed(after)
            same = [
                getattr(found, part)(each) == getattr(expected, part)(each)
                for part in ("exists", "queue", "sent", "handled", "dead")
                for each in IDS
            ]
            assert solver.check(z3.Not(z3.And(same))) == z3.unsat
            checked += 1
    assert checked > 40


def test_a_single_send_of_the_transcription_is_that_of_the_model() -> None:
    for bounded, dead_lettering, full in product((False, True), repeat=3):
        net = system_of((actors.keeping, (1,) if full else ()), (None, ()), (actors.keeping, ()))
        net = replace(net, bounded=bounded, dead_lettering=dead_lettering)
        for to in range(3):
            sent = logic.after_one(transcribed(net), IDS[to], NAMES[2], net)
            expected = transcribed(net.send_message(to, 2))
            same = [
                getattr(sent, part)(each) == getattr(expected, part)(each)
                for part in ("exists", "queue", "dead")
                for each in IDS
            ]
            solver = z3.Solver()
            solver.add(z3.Distinct(*IDS), z3.Distinct(*NAMES.values()), logic.capacity == 1)
            assert solver.check(z3.Not(z3.And(same))) == z3.unsat


def test_the_choice_of_the_transcription_is_that_of_the_model() -> None:
    for size in (1, 2, 3):
        for active in product((False, True), repeat=size):
            for turn in range(size):
                net = SteppedNet(
                    (actors.Actor(actors.keeping),) * size,
                    tuple((number,) if on else () for number, on in enumerate(active)),
                    size,
                    rotating=True,
                    recording=True,
                    turn=turn,
                )
                solver = z3.Solver()
                solver.add(logic.size == size, logic.turn == turn, logic.choice())
                solver.add(*(logic.active(n) == on for n, on in enumerate(active)))
                if not net.active_actors:
                    assert solver.check() == z3.unsat
                    continue
                assert solver.check() == z3.sat
                after = net.stepped()
                assert after is not None
                solver.add(
                    z3.Or(
                        logic.chosen != after.handled[-1][0],
                        logic.next_turn(rotating=True) != after.turn,
                    )
                )
                assert solver.check() == z3.unsat


def _senders() -> list[tuple[actors.Behaviour, tuple[int, ...]]]:
    targets: list[tuple[int, ...]] = [(0,), (1, 1), (2, 0), (2, 1, 2)]
    return [(actors.forwarding(*each), (1, 2)) for each in targets]


def test_all_runs_of_the_race_are_seen_by_the_library_process() -> None:
    assert run(claims.CLAIMS["actor-fifo-per-pair"]).found is Truth.TRUE
    found: Exploration[ActorNet] = Exploration(ModelSystem(race()))
    assert sum(not moves for moves in found.edges) == 2


@pytest.mark.parametrize("net", ["CHAIN", "PING_PONG"])
def test_a_hypothesis_that_is_too_weak_would_be_noticed(
    net: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor_schedules, net, race())
    finding = actor_schedules.actor_diamond()
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()
