"""The exit status of `cospec claims`, and that it goes on when a claim crashes."""

from __future__ import annotations

import json

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


def test_claims_keep_the_order_in_which_they_are_named(cospec) -> None:
    ended = cospec("claims", "channel-frame", "channel-fifo", "channel-frame", "--format", "json")
    slugs = [each["slug"] for each in json.loads(ended.out)["claims"]]
    assert slugs == ["channel-frame", "channel-fifo"]
    assert ended.status == 0


def test_a_claim_on_another_model_is_left_out(cospec) -> None:
    ended = cospec("claims", "channel-frame", "channel-capacity-zero", "--model", "M05")
    assert "channel-capacity-zero" in ended.out
    assert "channel-frame" not in ended.out
