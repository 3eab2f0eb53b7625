"""Claims on CSP terms and objects: how short the counterexamples are, and what each repair is
good for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cospec.models.csp_objects import REPAIRS
from cospec.proofs.claims import csp_core, csp_laws
from cospec.proofs.claims import csp_objects as claims
from cospec.proofs.csp_evidence import same_failures, same_traces
from cospec.proofs.register import Finding, Proof, Result, Truth, Undecided
from cospec.spec.semantics.claims import Model

Results = Callable[[str], Result]


def steps(result_of: Results, slug: str) -> list[tuple[str, ...]]:
    finding = result_of(slug).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


@pytest.mark.parametrize(
    ("slug", "shown"),
    [
        (
            "csp-trace-equivalence-adequate",
            "a → SKIP and (a → STOP [] a → SKIP) have the same traces",
        ),
        ("csp-skip-stop", "process_traces(STOP) = process_traces(SKIP) = {⟨⟩}"),
        ("csp-hide-divergence", "P where P = STOP"),
        ("csp-prefix-distributes", "a → (STOP [] SKIP): after ⟨a⟩ it may offer no more than {✓}"),
        ("csp-par-assoc-mixed", "((STOP [|{a}|] STOP) [|{}|] a → STOP)"),
        ("csp-par-idem", "(a → STOP [|{}|] a → STOP)"),
        ("csp-par-unit", "(SKIP [|{}|] STOP)"),
        ("csp-hide-parallel", "((STOP [|{a}|] a → b → STOP) \\ {a})"),
        ("csp-rename-parallel", "((STOP [|{b}|] a → STOP))[[b ← a]]"),
        ("csp-sequential-rust", "start: (SKIP ; SKIP)"),
        ("csp-sequential-early-cut", "start: (a → (SKIP [] a → STOP) ; STOP)"),
        ("csp-parallel-rust", "start: (a → STOP [|{}|] a → b → STOP)"),
        ("csp-parallel-step-atomic", "start: (left [|{a}|] right, whose step fails)"),
        ("csp-step-nondeterminism", "(a → STOP [] a → SKIP)"),
        ("csp-tau-not-synchronised", "(STOP [|{τ}|] τ → STOP)"),
    ],
)  # fmt: skip
def test_counterexamples_are_the_smallest_terms(result_of: Results, slug: str, shown: str) -> None:
    (lines,) = steps(result_of, slug)
    assert lines[0] == shown


def test_what_the_objects_lose_is_told_step_by_step(result_of: Results) -> None:
    assert steps(result_of, "csp-sequential-rust")[0][1:] == (
        "is_terminated() = false",
        "⟨✓⟩ is a trace of (SKIP ; SKIP)",
    )
    assert steps(result_of, "csp-parallel-rust")[0][1:] == (
        "step(a) → (STOP [|{}|] a → b → STOP)",
        "step(b) → Err(EventNotAllowed)",
        "⟨a, b⟩ is a trace of (a → STOP ||| a → b → STOP)",
    )


@pytest.mark.parametrize(
    ("slug", "cases"),
    [
        ("csp-choice-comm", [3364]),
        ("csp-choice-assoc", [5832]),
        ("csp-choice-idem-unit", [58, 58]),
        ("csp-prefix-distributes", [648]),
        ("csp-par-comm", [1296]),
        ("csp-par-assoc-same", [23328]),
        ("csp-hide-laws", [928, 1296]),
    ],
)
def test_cases_are_as_many_as_counted_by_hand(
    result_of: Results, slug: str, cases: list[int]
) -> None:
    finding = result_of(slug).finding
    assert finding is not None
    assert [each.states for each in finding.proofs if each.states is not None] == cases


# -------------------------------------------------------------------------------- the repairs


def verdict(finding: Finding) -> Truth | None:
    """The verdict, after every counterexample has been replayed."""
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict


@pytest.mark.parametrize(
    ("repair", "broken"),
    [
        ("completing", claims.sequential_rust_repaired),
        ("completing", claims.sequential_early_cut_repaired),
        ("following", claims.sequential_early_cut_repaired),
        ("following", claims.parallel_rust_repaired),
        ("committing", claims.parallel_step_atomic_repaired),
    ],
)
def test_without_a_repair_a_claim_fails(repair: str, broken: Callable[..., Finding]) -> None:
    assert verdict(broken(**{repair: False})) is Truth.FALSE


def test_every_repair_is_taken_out_above() -> None:
    marks = test_without_a_repair_a_claim_fails.pytestmark  # type: ignore[attr-defined]
    assert {repair for repair, _ in marks[0].args[1]} == set(REPAIRS)


def test_with_its_repair_a_false_claim_is_false_no_more() -> None:
    assert verdict(claims.sequential_rust(completing=True, following=True)) is Truth.TRUE
    assert verdict(claims.sequential_early_cut(following=True)) is Truth.TRUE
    assert verdict(claims.parallel_rust(following=True)) is Truth.TRUE
    assert verdict(claims.parallel_step_atomic(committing=True)) is Truth.TRUE


def test_completing_alone_does_not_cure_a_choice_with_skip() -> None:
    assert verdict(claims.sequential_rust(completing=True)) is Truth.FALSE


@pytest.mark.parametrize("repairs", [{"completing": True}, {"completing": True, "following": True}])
def test_repairs_keep_the_contract_of_the_trait(repairs: dict[str, bool]) -> None:
    assert verdict(claims.can_step_contract(**repairs)) is Truth.TRUE


def test_statements_on_terms_change_with_their_repairs() -> None:
    assert verdict(csp_core.skip_stop(ticking=True)) is Truth.TRUE
    assert verdict(csp_core.skip_stop_repaired(ticking=False)) is Truth.FALSE
    assert verdict(csp_core.trace_equivalence_adequate_repaired(failures=False)) is Truth.FALSE
    assert verdict(csp_core.hide_divergence(Model.FD)) is Truth.TRUE
    assert verdict(csp_core.hide_divergence_repaired(Model.T)) is Truth.FALSE
    assert verdict(csp_laws.par_assoc_mixed(mixed=False)) is Truth.TRUE


def test_that_the_interface_is_the_preimage_of_its_image_is_not_enough_for_renaming() -> None:
    # Two events of the interface may meet in one: a → STOP [|{a, b}|] b → STOP, both renamed to c.
    finding = csp_laws.rename_parallel(unshared=False, closed=True)
    assert verdict(finding) is Truth.FALSE
    assert finding.counterexamples[1].steps[0] == "((a → STOP [|{a, b}|] b → STOP))[[b ← a]]"


# ------------------------------------------------------------------------------- the evidence


def test_no_cases_are_no_evidence() -> None:
    for compare in (same_traces, same_failures):
        with pytest.raises(Undecided):
            compare([], lambda case: (case, case), "", "none")


def test_equal_failures_are_found_equal() -> None:
    found = same_failures(csp_core.FOUR, lambda p: (p, p), "P has the failures of P", "58 terms")
    assert isinstance(found, Proof)
    assert found.states == 58
