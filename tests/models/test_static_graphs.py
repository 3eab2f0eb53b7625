"""What the static checks find, and what they say when a description is none."""

from __future__ import annotations

import networkx
import pytest

from cospec.models.static_graphs import (
    BREAKER,
    ORDERS_004,
    TOKEN_BUCKET,
    Description,
    DescriptionError,
    Service,
    consequences,
)


def test_the_breaker_takes_its_locks_in_a_circle() -> None:
    # The deadlock that exploring finds with three callers, seen without exploring.
    breaker = Description.of_text(BREAKER)
    assert breaker.lock_cycles() == [("failure_count", "last_failure_time", "success_count")]
    assert breaker.report() == [
        "cycle of locks: failure_count → last_failure_time → success_count → failure_count"
    ]


def test_the_token_bucket_does_not() -> None:
    bucket = Description.of_text(TOKEN_BUCKET)
    assert bucket.lock_order() == {("tokens", "last_refill")}
    assert bucket.report() == []


@pytest.mark.parametrize("step", ["drop x", "lock x"])
def test_steps_that_are_none_are_refused(step: str) -> None:
    described = Description.of_text(f'[locks]\nf = ["take y", "{step}"]')
    with pytest.raises(DescriptionError, match=step):
        described.lock_order()


def test_snapshots_and_projections_of_seed_004_are_never_called() -> None:
    orders = Description.of_text(ORDERS_004)
    routes = [name for name in orders.calls if "/" in name]
    assert len(routes) == 6
    assert orders.never_called(routes) == [
        "handle_event",
        "save_snapshot",
        "load_aggregate",
        "load_snapshot",
        "load_events_after_version",
    ]
    assert orders.report() == []


def test_everything_is_reported_by_name() -> None:
    described = Description.of_text("""
        [service.a]
        owns = ["X"]
        operations = {pay = "paying", ship = "shipping"}
        calls = ["b"]
        team = "one"
        [service.b]
        owns = ["X"]
        calls = ["a"]
        team = "two"
        [team.one]
        talks_to = ["three"]
        [context.sales]
        boundary = ["Order.create", "Order.cancel"]
        [context.support]
        boundary = ["Order.cancel"]
        [emits]
        Paid = ["Shipped"]
        Shipped = ["Paid"]
    """)
    assert described.report() == [
        "cycle of calls: a → b → a",
        "X is owned by a and b",
        "a serves paying and shipping",
        "a calls b, whose team it does not talk to",
        "b calls a, whose team it does not talk to",
        "sales and support overlap: Order.cancel",
        "cycle of events: Paid → Shipped → Paid",
    ]


def test_teams_that_talk_are_not_reported() -> None:
    text = '[service.a]\nteam = "x"\ncalls = ["b"]\n[service.b]\nteam = "y"\n'
    assert Description.of_text(text).silent() == [("a", "b")]
    assert Description.of_text(f'{text}[team.y]\ntalks_to = ["x"]').silent() == []


def test_entities_of_another_capability_are_foreign() -> None:
    service = Service("s", "paying", frozenset({"Order", "Bill"}))
    belongs = {"Order": "ordering", "Bill": "paying"}
    assert Description((service,)).foreign(belongs) == {"s": ["Order"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[service.a]\ncalls = ["b"]', "a calls b: no service"),
        ("[services.a]", "no such table: services"),
        ("[service.a]\nowner = 1", "a has no owner"),
    ],
    ids=["unknown service", "unknown table", "unknown key"],
)
def test_mistakes_in_a_description_are_named(text: str, said: str) -> None:
    with pytest.raises(DescriptionError, match=said):
        Description.of_text(text)


def test_cycles_of_events_count_where_they_can_be_reached() -> None:
    described = Description(emits={"A": ("B",), "B": (), "C": ("C",)})
    assert described.emission_cycles() == [("C",)]
    assert described.emission_cycles(["A"]) == []
    assert consequences({"A": ("B", "B"), "B": ()}) == {"A": 3, "B": 1}
    with pytest.raises(networkx.NetworkXUnfeasible):
        consequences({"C": ("C",)})
