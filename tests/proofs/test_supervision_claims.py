"""Claims on supervision: the counterexamples, the lists of z3, and what each repair is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import z3

from cospec.models import supervision as model
from cospec.models.supervision import (
    REPAIRED,
    REPAIRS,
    History,
    Strategy,
    SupervisionAction,
    SupervisionTree,
    Supervisor,
    children_after,
    handle_child_failure,
)
from cospec.proofs import supervision_logic as logic
from cospec.proofs.claims import restart_intensity, supervision
from cospec.proofs.register import Finding, Result, Truth

ResultOf = Callable[[str], Result]


def steps(result_of: ResultOf, slug: str) -> list[tuple[str, ...]]:
    finding = result_of(slug).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


def test_counterexamples_to_the_theorem_are_smallest(result_of: ResultOf) -> None:
    twice, root = steps(result_of, "supervision-tree-correctness")
    assert twice[0] == "OneForAll restart, children [a, a]"
    assert root[0] == "OneForOne escalate, children [a], root"
    (suffix,) = steps(result_of, "supervision-restforone-suffix")
    assert suffix[1] == "the child at place 1, a, fails → restart a, a"


def test_two_histories_with_the_same_record_need_different_answers(result_of: ResultOf) -> None:
    found = steps(result_of, "supervision-intensity")
    assert len(found) == 2  # for either meaning of failure_count
    for wrong in found:
        middle = wrong.index("and the other run")
        one, two = wrong[:middle], wrong[middle + 1 :]
        assert max(len(one), len(two)) - 1 <= 13  # two failures, and eleven steps of time


def test_a_failure_of_one_child_takes_the_work_of_another_in_three_steps(
    result_of: ResultOf,
) -> None:
    (wrong,) = steps(result_of, "principles-000-isolation")
    assert len(wrong) - 1 == 3


def test_n_messages_give_n_restarts(result_of: ResultOf) -> None:
    counted = [
        sum(line.startswith("finish.restart") for line in run)
        for run in steps(result_of, "actor-crash-loop-bounded")
    ]
    assert counted == [1, 2, 3]


def test_escalation_ends_nowhere_without_its_hypotheses(result_of: ResultOf) -> None:
    root, cycle = steps(result_of, "supervision-escalate-terminates")
    assert len(root) == 1  # nothing can be done
    assert cycle[-1].endswith("for ever: as at the start")


# -------------------------------------------------------------------------------- the repairs


def repaired(design: Supervisor) -> dict[str, Truth | None]:
    checks = (restart_intensity.intensity_repaired, restart_intensity.limit_progress_repaired)
    return {check.__name__: check(design).verdict for check in checks}


def test_with_all_repairs_all_claims_hold() -> None:
    assert set(repaired(REPAIRED).values()) == {Truth.TRUE}
    assert restart_intensity.limit_progress(REPAIRED).verdict is Truth.TRUE


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_a_claim_fails(repair: str) -> None:
    without: dict[str, Any] = {repair: False}
    design = replace(REPAIRED, **without)
    assert Truth.FALSE in repaired(design).values()
    for wrong in restart_intensity.intensity_repaired(design).counterexamples:
        wrong.replay()


def test_the_list_of_recent_failures_decides() -> None:
    def recent(state: History) -> object:
        return (tuple(state.within(state.clock)), state.clock)

    assert restart_intensity.intensity(recent).verdict is Truth.TRUE


# ------------------------------------------------------------------------------ other listings


def all_before(child: str, children: tuple[str, ...]) -> tuple[str, ...]:
    return children[: children.index(child)]


@pytest.mark.parametrize(
    "check",
    [
        supervision.tree_correctness,
        supervision.restforone_suffix,
        supervision.principle_isolation_repaired,
    ],
)
def test_a_strategy_that_restarts_other_children_is_noticed(
    check: Callable[[], Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "children_after", all_before)
    finding = check()
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


def test_a_supervisor_that_looks_at_the_reason_is_noticed() -> None:
    def looking(tree: SupervisionTree, child: str, reason: object) -> SupervisionAction:
        if reason == "normal":
            return SupervisionAction(tree.directive, ())
        return handle_child_failure(tree, child)

    assert supervision.reason_ignored(looking).verdict is Truth.FALSE


# -------------------------------------------------------------------------- what z3 is asked

NAMES = {name: z3.Const(name, logic.Child) for name in "abc"}


def sequence(children: tuple[str, ...]) -> Any:
    return z3.Concat(logic.NONE, logic.NONE, *(z3.Unit(NAMES[child]) for child in children))


def test_the_lists_of_z3_are_those_of_the_model() -> None:
    checked = 0
    for size in (1, 2, 3):
        for children in product("ab" if size < 3 else "abc", repeat=size):
            for failed, strategy in product(set(children), Strategy):
                after = children_after(failed, children)
                before = children[: len(children) - len(after) - 1]
                given = (
                    (logic.children, sequence(children)),
                    (logic.before, sequence(before)),
                    (logic.after, sequence(after)),
                    (logic.failed, NAMES[failed]),
                )
                targets = handle_child_failure(SupervisionTree(children, strategy), failed).targets
                assert failed not in before
                for formula in (logic.FOUND, logic.targets(strategy) == sequence(targets)):
                    plain = z3.simplify(z3.substitute(formula, *given))
                    assert z3.is_true(plain), plain
                checked += 1
    assert checked > 150
