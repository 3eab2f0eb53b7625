"""Claims on the definitions of sagas: shortest counterexamples, and what repairs are good for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import z3

from cospec.models.saga_orchestrator import REPAIRED
from cospec.proofs.claims import saga_inverses, saga_steps, sagas
from cospec.proofs.evidence import prove
from cospec.proofs.register import Finding, Result, Truth, Undecided

Results = Callable[[str], Result]


def lines(result: Result) -> list[tuple[str, ...]]:
    assert result.finding is not None
    return [wrong.steps for wrong in result.finding.counterexamples]


def test_counterexamples_are_shortest(result_of: Results) -> None:
    lost, dirty = lines(result_of("saga-isolation"))
    assert len(lost) - 1 == len(dirty) - 1 == 3
    (late,) = lines(result_of("saga-parallel-inflight"))
    assert [line.split(" ")[0] for line in late[1:]] == ["fail", "give_back", "complete"]
    (apart,) = lines(result_of("saga-inverse-forward"))
    assert apart[-1] == "compensated in this order: 1/2"
    (ignored,) = lines(result_of("saga-order-ignored"))
    assert ignored[0] == "execution order (1 | 2)"
    (unasked,) = lines(result_of("saga-two-compensation-lists"))
    assert unasked == ("steps [1], compensations ()",)
    (silent,) = lines(result_of("saga-payment-compensate"))
    assert silent[1] == "compensate(output with no id) → Ok, id 1 stays"


def test_every_conjunct_of_the_theorem_fails(result_of: Results) -> None:
    atomic, literally, fee, durable = lines(result_of("saga-correctness"))
    assert [len(steps) - 1 for steps in (atomic, literally, durable)] == [4, 1, 2]
    assert fee == ("x - 5 / x + 3",)


@pytest.mark.parametrize(
    ("check", "repairs"),
    [
        (sagas.isolation, {"relative": True, "locking": True}),
        (sagas.states, {"telling": True}),
        (sagas.correctness, {"design": REPAIRED, "inverting": True}),
        (saga_inverses.inverse_forward, {"reverse": True}),
        (saga_steps.order_ignored, {"interpreting": True}),
        (saga_steps.parallel_inflight, {"joining": True}),
        (saga_steps.payment_compensate, {"demanding": True}),
    ],
)
def test_with_its_repairs_a_false_claim_is_false_no_more(
    check: Callable[..., Finding], repairs: dict[str, object]
) -> None:
    assert check(**repairs).verdict is Truth.TRUE


@pytest.mark.parametrize(
    ("check", "repair"),
    [
        (sagas.isolation_repaired, "relative"),
        (sagas.isolation_repaired, "locking"),
        (sagas.states_repaired, "telling"),
        (saga_steps.order_ignored_repaired, "interpreting"),
        (saga_steps.parallel_inflight_repaired, "joining"),
        (saga_steps.payment_compensate_repaired, "demanding"),
    ],
)
def test_without_a_repair_a_claim_fails(check: Callable[..., Finding], repair: str) -> None:
    finding = check(**{repair: False})
    assert finding.verdict is Truth.FALSE
    for wrong in finding.counterexamples:
        wrong.replay()


@pytest.mark.parametrize(
    ("check", "law"),
    [
        (saga_inverses.inverse, "inverting"),
        (saga_inverses.inverse, "last_undone"),
        (saga_inverses.inverse_forward_repaired, "inverting"),
        (saga_inverses.inverse_forward_repaired, "passing"),
        (saga_inverses.inverse_forward_repaired, "first_undone"),
    ],
)
def test_without_a_law_z3_proves_no_restoration(
    check: Callable[[], Finding], law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check().verdict is Truth.TRUE
    monkeypatch.setattr(saga_inverses, law, lambda *_: z3.BoolVal(True))
    with pytest.raises(Undecided):
        check()


def test_the_laws_that_are_assumed_hold_of_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every step adds 1, every compensation takes 1 away: so the laws contradict nothing.
    laws, number = saga_inverses, z3.Int("number")
    monkeypatch.setattr(laws, "act", lambda _, state: state + 1)
    monkeypatch.setattr(laws, "undo", lambda _, state: state - 1)
    monkeypatch.setattr(laws, "executed", lambda m, k, state: state + (k - m))
    for order in ("backwards", "forwards"):
        monkeypatch.setattr(laws, order, lambda m, k, state: state - (k - m))
    m, k = laws.M, laws.K
    prove(laws.inverting(k, number))
    prove(laws.passing(m, k, number))
    prove(laws.nothing_executed(m, number))
    prove(laws.last_executed(m, k, number))
    prove(laws.last_undone(m, k, number))
    prove(laws.first_undone(m, k, number))
    for order in (laws.backwards, laws.forwards):
        prove(laws.nothing_undone(order, m, number))
