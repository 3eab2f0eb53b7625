"""Claims on the event store, its writers and readers: shortest runs, what each repair is good for,
and that what z3 proves is proved of the models that are explored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest

from cospec.checker.exploration import Exploration
from cospec.models import event_store_004
from cospec.models.event_readers import Poller, Transaction, WatchedTransaction
from cospec.models.event_store import Causes, EventStore, Identifiers, Timestamps
from cospec.models.event_writers import (
    Accounts,
    AnyClients,
    Appends,
    Client,
    CompareAndAppend,
    Doing,
    Phase,
    Writer,
)
from cospec.models.model import Act, Disabled, ModelSystem, action
from cospec.proofs import store_logic as logic
from cospec.proofs.claims import event_store as store
from cospec.proofs.claims import event_writers as writers
from cospec.proofs.evidence import always, stepwise
from cospec.proofs.register import Counterexample, Finding, Truth, Undecided

#: The number of steps of each counterexample.
LENGTHS: dict[Callable[[], Finding], list[int]] = {
    store.append_only: [2, 3],  # one event is committed; of two one is retained
    store.append_rewrites_event: [1],
    store.ordering: [3],  # an append, the clock is set back, an append
    store.uniqueness: [2],
    store.validity: [1],
    store.append_failed_effect: [1],
    store.causal: [1],
    store.durability: [2],
    writers.append_cas_310: [4],
    writers.double_spend: [6],
    writers.append_retry: [7],
    writers.global_gap: [5],
    writers.eventual: [3, 5],
}


@pytest.mark.parametrize("check", LENGTHS, ids=lambda check: check.__name__)
def test_counterexamples_are_shortest(check: Callable[[], Finding]) -> None:
    found = [len(wrong.steps) - 1 for wrong in check().counterexamples]
    assert found == LENGTHS[check]


def test_two_histories_of_two_events_look_the_same() -> None:
    (wrong,) = writers.global_order().counterexamples
    assert [step.split(" ")[0] for step in wrong.steps if step.startswith("append")] == [
        "append.A", "append.B", "append.B", "append.A",
    ]  # fmt: skip


def test_the_untyped_event_is_the_smallest() -> None:
    (wrong,) = store.type_safety().counterexamples
    assert wrong.steps == ("Event { event_type: 'Deposited', data: null }",)


# -------------------------------------------------------------------------------- the repairs

#: Each repaired claim with its repair, and without.
REPAIRS: list[tuple[Callable[..., Finding], Any, Any]] = [
    (store.append_rewrites_event_repaired, store.DISTINCT, Identifiers()),
    (store.validity_repaired, EventStore(validating=True), EventStore()),
    (store.append_failed_effect_repaired, EventStore(asking_first=True), EventStore()),
    (store.durability_repaired, EventStore(durable=True, crashes=1), EventStore(crashes=1)),
    (store.type_safety_repaired, True, False),
    (writers.append_cas_420, True, False),
    (writers.double_spend_repaired, True, False),
    (writers.append_batch_atomic, True, False),
    (writers.append_retry_repaired, True, False),
    (writers.global_order_repaired, True, False),
    (writers.global_gap_repaired, True, False),
]


@pytest.mark.parametrize(
    ("check", "repaired", "broken"), REPAIRS, ids=[check.__name__ for check, _, _ in REPAIRS]
)
def test_without_its_repair_a_claim_fails(
    check: Callable[..., Finding], repaired: Any, broken: Any
) -> None:
    assert check(repaired).verdict is Truth.TRUE
    finding = check(broken)
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize(
    ("check", "without"),
    [
        (store.ordering, {"repaired": Timestamps(setbacks=1, clock=1)}),
        (store.uniqueness, {"refusing": Identifiers(keeping=True)}),
        (store.causal, {"knowing": Causes()}),
        (writers.thread_safety, {"atomic": False}),
        (writers.eventual, {"idempotent": False}),
        (writers.eventual, {"losses": 1}),
    ],
)
def test_without_its_hypothesis_a_conditional_claim_is_false(
    check: Callable[..., Finding], without: dict[str, Any]
) -> None:
    assert check().verdict is Truth.CONDITIONAL
    assert check(**without).verdict is Truth.FALSE


def test_with_the_repair_a_false_claim_is_false_no_more() -> None:
    for check in (
        writers.append_cas_310, writers.double_spend, writers.append_retry, writers.global_order,
        writers.global_gap,
    ):  # fmt: skip
        assert check(True).verdict is Truth.TRUE


# ------------------------------------------------------- z3 and the models say the same


def switched(start: Any, *names: str) -> list[Any]:
    return [
        replace(start, **dict(zip(names, values, strict=True)))
        for values in product((False, True), repeat=len(names))
    ]


AGREEING: list[tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = [
    *(
        (design, lambda d: always(d, Timestamps.in_order, "", "-"), logic.in_order)
        for design in switched(Timestamps(setbacks=1), "monotone")
    ),
    *(
        (design, lambda d: always(d, Identifiers.unique, "", "-"), logic.distinct_ids)
        for design in switched(Identifiers(), "keeping", "distinct")
    ),
    *(
        (design, lambda d: always(d, Identifiers.as_produced, "", "-"), logic.kept_ids)
        for design in switched(Identifiers(), "keeping", "distinct")
    ),
    *(
        (design, lambda d: always(d, Causes.causes_first, "", "-"), logic.causes_first)
        for design in switched(Causes(), "knowing")
    ),
    *(
        (design, lambda d: always(d, EventStore.all_valid, "", "-"), logic.valid_only)
        for design in switched(EventStore(), "validating", "asking_first")
    ),
    *(
        (
            design,
            lambda d: stepwise(d, EventStore.refused_without_effect, "", "-"),
            logic.refused_without_effect,
        )
        for design in switched(EventStore(), "validating", "asking_first")
    ),
    *(
        (design, lambda d: always(d, EventStore.still_there, "", "-"), logic.acknowledged_stays)
        for design in switched(EventStore(crashes=2), "durable")
    ),
]


@pytest.mark.parametrize(("design", "exploring", "proving"), AGREEING)
def test_z3_proves_what_exploring_does_not_refute(
    design: Any, exploring: Callable[[Any], Any], proving: Callable[[Any], Any]
) -> None:
    if isinstance(exploring(design), Counterexample):
        with pytest.raises(Undecided):
            proving(design)
    else:
        proving(design)


def test_versions_are_contiguous_because_they_are_compared() -> None:
    logic.contiguous()
    with pytest.raises(Undecided):
        logic.contiguous(comparing=False)


def refinement(
    start: Any, abstract: Callable[[Any], Any], performed: Callable[[Act, Any], Callable[[], Any]]
) -> int:
    """How many steps of a model are steps of its abstraction, or none that it sees.

    Every one has to be: otherwise what is proved of the abstraction says nothing of the model.
    """
    found: Exploration[Any] = Exploration(ModelSystem(start))
    seen = 0
    for state, moves in zip(found.states, found.edges, strict=True):
        for event, number in moves:
            assert isinstance(event, Act)
            before, after = abstract(state), abstract(found.states[number])
            if before == after:
                continue
            try:
                assert performed(event, state)() == after, (event, str(state))
            except Disabled:
                raise AssertionError((event, str(state))) from None
            seen += 1
    return seen


@pytest.mark.parametrize("watched", [0, 1])
def test_any_number_of_clients_may_do_what_two_do(watched: int) -> None:
    def abstract(state: Appends) -> CompareAndAppend:
        accepted = state.accepted
        return CompareAndAppend(
            watched=watched,
            version=state.version,
            successes=sum(writer.expected == watched for writer in accepted),
            added=sum(writer.size for writer in accepted),
        )

    def performed(event: Act, state: Appends) -> Callable[[], Any]:
        writer = state.writers[event.arguments[0]]  # type: ignore[call-overload]
        return lambda: abstract(state).append(writer.expected, writer.size)

    assert refinement(Appends(True, (Writer(1), Writer(2))), abstract, performed) > 0


def test_any_number_of_clients_may_withdraw_as_three_do() -> None:
    def abstract(state: Accounts) -> AnyClients:
        return AnyClients(version=state.version, balance=state.balance)

    def performed(event: Act, state: Accounts) -> Callable[[], Any]:
        client = state.clients[event.arguments[0]]  # type: ignore[call-overload]
        assert client.doing is Doing.DECIDED
        return lambda: abstract(state).withdraw(client.expected, state.balance, 1)

    assert refinement(Accounts(True, (Client(),) * 3, retries=2), abstract, performed) > 0


@pytest.mark.parametrize("below_open", [False, True])
@pytest.mark.parametrize("watched", [0, 1, 2])
def test_a_watched_transaction_may_do_what_one_of_three_does(
    below_open: bool, watched: int
) -> None:
    def abstract(state: Poller) -> WatchedTransaction:
        one = state.transactions[watched]
        return WatchedTransaction(
            below_open, state.next_id, state.last, one.id, one.committed, one.id in state.seen
        )

    def performed(event: Act, state: Poller) -> Callable[[], Any]:
        now, mine = abstract(state), event.arguments == (watched,)
        match event.name:
            case "insert":
                return now.insert if mine else now.insert_other
            case "commit":
                return now.commit
        return lambda: now.poll(state.poll().last)

    start = Poller(below_open, (Transaction(),) * 3)
    assert refinement(start, abstract, performed) > 0


def test_the_linearizability_check_accepts_a_history_only_in_order() -> None:
    specification = writers._sequential((1, 2))
    call, answer = "call", "answer"
    racing = [Act(call, (0, 0)), Act(call, (1, 0)), Act(answer, (0, 1)), Act(answer, (1, 3))]
    assert not specification.explains(racing)
    ordered = [Act(call, (0, 0)), Act(call, (1, 1)), Act(answer, (0, 1)), Act(answer, (1, 3))]
    assert specification.explains(ordered)
    assert Phase.CHECKED is not Phase.DONE


@dataclass(frozen=True)
class Forgetting(event_store_004.EventTable):
    """A table of which a commit replaces what there was."""

    @action(fair=True, writer=(0, 1))
    def commit(self, writer: int) -> event_store_004.EventTable:
        return replace(super().commit(writer), rows=self._of(writer).rows)


def test_append_only_is_asked_of_each_of_the_three_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = store.append_only()
    assert [proof.bounds.split(":")[0] for proof in finding.proofs[2:]] == ["seed 002", "seed 004"]
    assert all(proof.under for proof in finding.proofs)
    monkeypatch.setattr(event_store_004, "EventTable", Forgetting)
    assert store.append_only().verdict is Truth.FALSE
