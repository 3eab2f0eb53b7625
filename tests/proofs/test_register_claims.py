"""Every claim of the register comes out as it is registered, or says why it does not; and
docs/claims.md and docs/claims/*.md are what `cospec claims` writes today.

To renew them: cospec claims --format markdown --output docs --jobs 2
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cospec.claims_page import ABOUT, as_pages
from cospec.proofs.claims import CLAIMS
from cospec.proofs.register import Claim, Result, Truth

DOCS = Path(__file__).parents[2] / "docs"

#: A name that ends so is that of a repair, which stands in no document.
REPAIRED = "-repaired"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.slug)
def test_each_claim_has_a_verdict_and_it_is_the_registered_one_or_differs_for_a_reason(
    claim: Claim, result_of: Callable[[str], Result]
) -> None:
    result = result_of(claim.slug)
    assert result.found is not None, result.reason
    if claim.differs:
        assert result.found is not claim.registered
    else:
        assert result.as_registered, result


def test_what_is_named_as_a_repair_is_a_claim_that_holds() -> None:
    for claim in CLAIMS:
        if claim.repaired:
            repair = CLAIMS[claim.repaired]
            assert repair.registered in (Truth.TRUE, Truth.CONDITIONAL), claim.slug


def test_every_repair_is_the_repair_of_something() -> None:
    named = {claim.repaired for claim in CLAIMS}
    for claim in CLAIMS:
        assert not claim.slug.endswith(REPAIRED) or claim.slug in named, claim.slug


def test_the_pages_are_up_to_date(result_of: Callable[[str], Result]) -> None:
    pages = as_pages([result_of(claim.slug) for claim in CLAIMS])
    there = {f"claims/{path.name}" for path in (DOCS / "claims").iterdir()} | {"claims.md"}
    assert there == pages.keys()
    for path, page in pages.items():
        assert (DOCS / path).read_text(encoding="utf-8") == f"{page}\n", path


def test_every_claim_has_its_section_on_the_page_of_its_model() -> None:
    for claim in CLAIMS:
        text = (DOCS / "claims" / f"{claim.model}.md").read_text(encoding="utf-8")
        assert f"\n## {claim.slug}\n" in text
        assert not claim.repaired or claim.repaired in CLAIMS


def test_every_model_has_a_name() -> None:
    assert list(ABOUT) == CLAIMS.models
