"""The exit status of `cospec claims`, and that it goes on when a claim crashes."""

from __future__ import annotations

import json

import pytest

from cospec import claims as telling
from cospec.proofs.register import Finding, Method, Proof, Register, Truth


def arranged() -> Register:
    """A register with a claim that crashes before one that holds."""
    register = Register()
    about = {"model": "M00", "source": "a page", "registered": Truth.TRUE}

    @register.claim("crash", statement="It crashes.", method=Method.Z3_PROOF, **about)
    def crash() -> Finding:
        raise ZeroDivisionError("by zero")

    @register.claim("fine", statement="It holds.", method=Method.STATIC, **about)
    def fine() -> Finding:
        return Finding((Proof(Method.STATIC, "as one reads"),))

    return register


def test_a_crash_is_told_and_the_rest_is_checked(cospec, monkeypatch) -> None:
    register = arranged()
    monkeypatch.setattr(telling.selected, "__defaults__", (register,))
    ended = cospec("claims", "--format", "json")
    crash, fine = json.loads(ended.out)["claims"]
    assert (crash["found"], crash["as_registered"]) == (None, False)
    assert crash["reason"] == "its check has failed: ZeroDivisionError: by zero"
    assert fine["as_registered"]
    assert ended.status == 1
    assert cospec("claims", "fine").status == 0
    text = cospec("claims")
    assert text.status == 1
    assert text.out.endswith("2 claims: 1 as registered, 1 not\n")


def test_the_pages_of_all_claims_go_to_a_folder(cospec, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(telling.selected, "__defaults__", (arranged(),))
    ended = cospec("claims", "--format", "markdown", "--output", str(tmp_path))
    assert (ended.status, ended.out) == (1, "")
    index = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert "| [M00](claims/M00.md) | 2 | 1 | 0 | 0 | 0 |" in index
    assert "[crash](claims/M00.md#crash): registered TRUE by z3-proof, found nothing" in index
    page = (tmp_path / "claims" / "M00.md").read_text(encoding="utf-8")
    assert "| [fine](#fine) | TRUE | static | all sizes |" in page
    assert "\n## fine\n\nIt holds. (a page)\n" in page


@pytest.mark.parametrize("more", [["fine"], ["--model", "M00"], ["--format", "text"]])
def test_pages_of_some_claims_are_not_written(cospec, tmp_path, more) -> None:
    ended = cospec("claims", "--format", "markdown", "--output", str(tmp_path), *more)
    assert ended.status == 2
    assert "--output writes all claims" in ended.err
    assert not list(tmp_path.iterdir())


def test_claims_keep_the_order_in_which_they_are_named(cospec) -> None:
    ended = cospec("claims", "channel-frame", "channel-fifo", "channel-frame", "--format", "json")
    slugs = [each["slug"] for each in json.loads(ended.out)["claims"]]
    assert slugs == ["channel-frame", "channel-fifo"]
    assert ended.status == 0


def test_a_claim_on_another_model_is_left_out(cospec) -> None:
    ended = cospec("claims", "channel-frame", "channel-capacity-zero", "--model", "M05")
    assert "channel-capacity-zero" in ended.out
    assert "channel-frame" not in ended.out
