"""Claims on the event bus of seed 002 and ED1: their counterexamples, and what each repair does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import z3

from cospec.models.event_bus import REPAIRED, REPAIRS, Channel, EventBus, Subscriber
from cospec.models.event_bus_suite import publish_subscribe, publish_subscribe_repaired
from cospec.models.event_channels import TypedChannels
from cospec.models.model import ModelSystem
from cospec.proofs import map_logic as maps
from cospec.proofs import numbered_logic as numbers
from cospec.proofs.claims import event_buses as claims
from cospec.proofs.claims import event_delivery as deliveries
from cospec.proofs.register import Finding, Result, Truth

Check = Callable[[EventBus], Finding]


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("event-bus002-delivery", [2]),  # one event: stored, sent
        ("event-bus002-full", [4, 6, 2]),  # capacity + 1 events; no channel, 1 event
        ("event-bus002-publish-atomic", [2, 7, 2]),
        ("event-bus002-cross-order", [4]),  # 2 events
        ("event-bus002-create-channel", [4, 2]),
        ("event-bus002-subscribe", [2]),
        ("event-bus002-filter-retry", [2, 3, 4]),
        ("event-bus002-test-adequate", [0, 0, 0, 0]),
        ("ED1", [2, 6, 3, 4]),
    ],
)
def test_counterexamples_are_short(
    slug: str, steps: list[int], result_of: Callable[[str], Result]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [len(wrong.steps) - 1 for wrong in finding.counterexamples] == steps


#: The claims that a bus with all repairs satisfies.
REPAIRED_CLAIMS: dict[str, Check] = {
    "ED1": deliveries.ed1_repaired,
    "full": deliveries.full_repaired,
    "atomic": deliveries.publish_atomic_repaired,
    "create": claims.create_channel_repaired,
    "subscribe": claims.subscribe_repaired,
    "filter": deliveries.filter_retry_repaired,
}


@pytest.mark.parametrize("name", REPAIRED_CLAIMS)
def test_with_all_repairs_all_claims_hold(name: str) -> None:
    assert REPAIRED_CLAIMS[name](REPAIRED).verdict is Truth.TRUE


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("dispatching", "ED1"),
        ("retrying", "ED1"),
        ("relaying", "ED1"),
        ("reporting", "full"),
        ("relaying", "atomic"),
        ("deduplicating", "atomic"),
        ("refusing", "create"),
        ("refusing", "subscribe"),
        ("filtering", "filter"),
        ("retrying", "filter"),
    ],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: str) -> None:
    finding = REPAIRED_CLAIMS[broken](replace(REPAIRED, **{repair: False}))
    assert finding.verdict is not Truth.TRUE
    assert finding.counterexamples
    for wrong in finding.counterexamples:
        wrong.replay()


def test_every_repair_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_fails.pytestmark
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


@pytest.mark.parametrize("repair", ["dispatching", "retrying", "reporting"])
def test_delivery_without_a_relay_takes_each_of_its_repairs(repair: str) -> None:
    finding = deliveries.delivery_repaired(replace(deliveries.HONEST, **{repair: False}))
    assert finding.verdict is Truth.FALSE


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert deliveries.delivery(REPAIRED).verdict is Truth.TRUE
    assert deliveries.full(REPAIRED).verdict is Truth.TRUE
    assert deliveries.publish_atomic(REPAIRED).verdict is Truth.TRUE
    assert claims.create_channel(REPAIRED).verdict is Truth.TRUE
    assert claims.subscribe(REPAIRED).verdict is Truth.TRUE
    assert deliveries.filter_retry(REPAIRED).verdict is Truth.TRUE
    assert deliveries.ed1(REPAIRED).verdict is Truth.TRUE
    assert claims.cross_order(claims.NUMBERED).verdict is Truth.TRUE


def test_without_numbers_the_order_of_types_is_lost() -> None:
    assert claims.cross_order_repaired(TypedChannels()).verdict is Truth.FALSE


def test_one_repaired_test_is_not_enough() -> None:
    finding = claims.suite_adequate_repaired(publishing=publish_subscribe)
    assert finding.verdict is Truth.FALSE
    assert publish_subscribe.__name__ in finding.counterexamples[0].text
    finding = claims.suite_adequate(publishing=publish_subscribe_repaired)
    assert all("command_query" in wrong.text for wrong in finding.counterexamples)


# ------------------------------------------------------------------ numbered channels in z3


def concrete(state: TypedChannels, own: tuple[int, ...]) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
    """The values of a state of the model, looked at from the channel for users."""
    queue = where = z3.K(z3.IntSort(), z3.IntVal(-1))
    for place, number in enumerate(state.users):
        queue, where = z3.Store(queue, place, number), z3.Store(where, number, place)
    kinds = z3.K(z3.IntSort(), z3.BoolVal(False))
    for number in own:
        kinds = z3.Store(kinds, number, True)
    now = numbers.state()
    return [
        (now.queue, queue),
        (now.where, where),
        (now.head, z3.IntVal(0)),
        (now.tail, z3.IntVal(len(state.users))),
        (now.last, z3.IntVal(state.last)),
        (now.published, z3.IntVal(state.published)),
        (numbers.own, kinds),
    ]


def says(formula: z3.BoolRef, values: list[tuple[z3.ExprRef, z3.ExprRef]]) -> bool:
    solver = z3.Solver()
    solver.add(z3.Not(z3.substitute(formula, *values)))
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.unsat)


def test_numbered_channels_in_z3_are_those_of_the_model() -> None:
    now = numbers.state()
    begun: tuple[TypedChannels, tuple[int, ...]] = (claims.NUMBERED, ())
    seen, waiting = {begun}, [begun]
    while waiting:
        state, own = waiting.pop()
        values = concrete(state, own)
        assert says(now.holds_what_is_left(), values)
        possible = {str(act): after for act, after in ModelSystem(state).transitions(state)}
        assert says(now.next_at_head(), values) == ("consume_user" in possible)
        for name, after in possible.items():
            mine = (*own, after.published) if name == "publish_user" else own
            step = concrete(after, mine)
            assert says(now.holds_what_is_left(), step)
            if (after, mine) not in seen:
                seen.add((after, mine))
                waiting.append((after, mine))
    assert len(seen) == 2**5 - 1 + sum(n * 2**n for n in range(1, 5))  # kinds, and how many taken


def test_a_channel_with_something_else_in_it_is_not_what_is_left() -> None:
    values = concrete(TypedChannels(users=(2, 1), published=2), (1, 2))
    assert not says(numbers.state().holds_what_is_left(), values)
    values = concrete(TypedChannels(users=(1,), published=2), (1, 2))
    assert not says(numbers.state().holds_what_is_left(), values)


# ---------------------------------------------------------------------------- maps in z3


def inserted(taken: tuple[str, ...], new: str, refusing: bool) -> list[tuple[bool, bool]]:
    """Of two keys, whether something is under them after an insertion, and whether it is new."""
    keys = {name: z3.Const(name, maps.Key) for name in ("s", "t")}
    values = {name: z3.Const(f"old {name}", maps.Value) for name in keys}
    before = z3.K(maps.Key, maps.Entry.none)
    for name in taken:
        before = z3.Store(before, keys[name], maps.Entry.some(values[name]))
    after = z3.substitute(
        maps.insert(maps.entries, refusing), (maps.entries, before), (maps.key, keys[new])
    )
    distinct = z3.Distinct(*keys.values()), z3.Distinct(maps.value, *values.values())

    def follows(formula: z3.BoolRef) -> bool:
        solver = z3.Solver()
        solver.add(*distinct, z3.Not(formula))
        return bool(solver.check() == z3.unsat)

    return [
        (
            follows(maps.Entry.is_some(after[key])),
            follows(after[key] == maps.Entry.some(maps.value)),
        )
        for key in keys.values()
    ]


@pytest.mark.parametrize("refusing", [False, True])
@pytest.mark.parametrize("taken", [(), ("s",), ("t",), ("s", "t")])
def test_maps_say_what_the_bus_does(taken: tuple[str, ...], refusing: bool) -> None:
    for new in ("s", "t"):
        old = tuple(Subscriber(name) for name in taken)
        subscriber = Subscriber(new, handler="new")
        start = EventBus(
            refusing=refusing, channels=(Channel(0, "user"),), subscribers=old
        ).subscribe(subscriber)
        found = {each.id: each.handler for each in start.subscribers}
        expected = [(name in found, found.get(name) == "new") for name in ("s", "t")]
        assert inserted(taken, new, refusing) == expected

        channels = tuple(Channel(n, name) for n, name in enumerate(taken))
        bus = EventBus(refusing=refusing, channels=channels).create_channel(new)
        numbers = {each.event_type: each.channel_id for each in bus.channels}
        kept = {each.event_type: each.channel_id for each in channels}
        expected = [(n in numbers, numbers.get(n) not in (None, kept.get(n))) for n in ("s", "t")]
        assert inserted(taken, new, refusing) == expected


def test_designs_of_the_claims_differ_by_their_repairs() -> None:
    switched = {
        tuple(getattr(design, name) for name in REPAIRS)
        for design in (claims.AS_WRITTEN, claims.REFUSING, deliveries.REPORTING, deliveries.HONEST)
    }
    assert len(switched) == 4
    assert not any(getattr(claims.AS_WRITTEN, name) for name in REPAIRS)
    assert all(getattr(REPAIRED, name) for name in REPAIRS)
