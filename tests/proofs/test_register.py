"""The rules of the claims register: what counts as evidence, and what a verdict rests on."""

from __future__ import annotations

import doctest
import json
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

import cospec.models.channels
import cospec.proofs.register
from cospec import claims as telling
from cospec.claims_page import as_markdown
from cospec.proofs.claims import CLAIMS
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    RegisterError,
    Truth,
    Undecided,
    run,
    run_all,
)

PROOF = Proof(Method.Z3_PROOF, "for all sizes")
UNDER = Proof(Method.Z3_PROOF, "for all sizes", under="it is Monday")
WRONG = Counterexample(Method.EXHAUSTIVE, "it breaks", ("start", "a → broken"), lambda: None)


def not_replayed() -> None:
    raise AssertionError("it does not break")


def registered(
    register: Register, slug: str, truth: Truth, method: Method, check: Callable[[], Finding]
) -> None:
    register.claim(
        slug, model="M00", source="a page", statement="So.", registered=truth, method=method
    )(check)


def result_of(finding: Finding, truth: Truth, method: Method):
    register = Register()
    registered(register, "it", truth, method, lambda: finding)
    return run(register["it"])


@pytest.mark.parametrize("module", [cospec.proofs.register, cospec.models.channels])
def test_the_examples_in_the_module(module) -> None:
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (Finding((PROOF,)), Truth.TRUE),
        (Finding((UNDER, PROOF)), Truth.TRUE),
        (Finding((UNDER,)), None),
        (Finding(), None),
        (Finding((), (WRONG,)), Truth.FALSE),
        (Finding((PROOF,), (WRONG,)), Truth.FALSE),
        (Finding((UNDER,), (WRONG,)), Truth.CONDITIONAL),
        (Finding((PROOF,), vacuous="nobody can tell"), Truth.VACUOUS),
        (Finding(vacuous="nobody can tell"), None),
    ],
)
def test_what_evidence_amounts_to(finding: Finding, verdict: Truth | None) -> None:
    assert finding.verdict is verdict


def test_verdict_and_method_have_to_be_those_registered() -> None:
    assert result_of(Finding((PROOF,)), Truth.TRUE, Method.Z3_PROOF).as_registered
    assert not result_of(Finding((PROOF,)), Truth.FALSE, Method.Z3_PROOF).as_registered
    assert not result_of(Finding((PROOF,)), Truth.TRUE, Method.EXHAUSTIVE).as_registered
    assert result_of(Finding((PROOF,), (WRONG,)), Truth.FALSE, Method.EXHAUSTIVE).as_registered
    both = Finding((UNDER,), (WRONG,))
    assert result_of(both, Truth.CONDITIONAL, Method.Z3_PROOF).as_registered


def test_a_counterexample_that_cannot_be_replayed_is_none() -> None:
    bad = Counterexample(Method.EXHAUSTIVE, "it breaks", (), not_replayed)
    result = result_of(Finding((), (bad,)), Truth.FALSE, Method.EXHAUSTIVE)
    assert not result.as_registered
    assert result.found is None
    assert "it does not break" in result.reason


def test_samples_and_searches_without_bounds_prove_nothing() -> None:
    for method in (Method.SAMPLED, Method.Z3_MODEL):
        with pytest.raises(RegisterError, match="proves nothing"):
            Proof(method, "nothing was found", bounds="1,000 samples")
    for method in (Method.EXHAUSTIVE, Method.REFINEMENT):
        with pytest.raises(RegisterError, match="within bounds"):
            Proof(method, "nothing was found")


def test_no_claim_stops_the_others() -> None:
    register = Register()

    def crashes() -> Finding:
        raise ZeroDivisionError("by zero")

    def gives_up() -> Finding:
        raise Undecided("out of patience")

    registered(register, "crash", Truth.TRUE, Method.Z3_PROOF, crashes)
    registered(register, "open", Truth.TRUE, Method.Z3_PROOF, gives_up)
    registered(register, "empty", Truth.TRUE, Method.Z3_PROOF, Finding)
    registered(register, "fine", Truth.TRUE, Method.Z3_PROOF, lambda: Finding((PROOF,)))
    results = list(run_all(list(register)))
    assert [result.as_registered for result in results] == [False, False, False, True]
    assert "ZeroDivisionError: by zero" in results[0].reason
    assert results[1].reason == "out of patience"
    assert "no evidence" in results[2].reason
    assert telling.summary(results).splitlines() == [
        "          TRUE  CONDITIONAL  FALSE  VACUOUS",
        "z3-proof     1            0      0        0",
        "",
        "4 claims: 1 as registered, 3 not",
    ]
    text = as_markdown(results)
    assert "## Not as registered" in text
    assert "- [open](#open): registered TRUE by z3-proof, found nothing: out of patience" in text
    objects = json.loads(telling.as_json(results))["claims"]
    assert [each["found"] for each in objects] == [None, None, None, "TRUE"]
    with pytest.raises(ZeroDivisionError):
        run(register["crash"], debug=True)


def test_what_differs_is_said() -> None:
    result = result_of(Finding((PROOF,)), Truth.FALSE, Method.EXHAUSTIVE)
    lines = list(telling.as_text(result))
    assert lines[0].startswith("✘ it ")
    assert lines[1:3] == ["    So. (a page)", "    registered: FALSE, exhaustive"]


def test_a_slug_is_registered_once() -> None:
    register = Register()
    registered(register, "it", Truth.TRUE, Method.Z3_PROOF, Finding)
    with pytest.raises(RegisterError, match="twice"):
        registered(register, "it", Truth.TRUE, Method.Z3_PROOF, Finding)
    with pytest.raises(RegisterError, match="twice"):
        Register(register, register)


def ended_at_once() -> Finding:
    os._exit(1)


def test_several_at_once_give_the_same_in_the_same_order_and_a_dead_process_is_told() -> None:
    slugs = ["channel-frame", "channel-receive-value", "channel-safety-initial"]
    claims = [CLAIMS[slug] for slug in slugs]
    found = list(run_all(claims, jobs=2))
    assert [result.claim.slug for result in found] == slugs
    for result, alone in zip(found, run_all(claims), strict=True):
        assert result.found is alone.found
        assert result.finding is not None
        assert alone.finding is not None
        steps = [wrong.steps for wrong in result.finding.counterexamples]
        assert steps == [wrong.steps for wrong in alone.finding.counterexamples]
    dying = replace(claims[0], check=ended_at_once)
    for result in run_all([dying, dying], jobs=2):
        assert result.found is None
        assert "ended unexpectedly" in result.reason
