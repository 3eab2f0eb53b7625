"""Every claim of the register comes out as it is registered, or says why it does not; and
docs/claims.md is what `cospec claims --format markdown` prints today.

To renew it: cospec claims --format markdown --jobs 2 > docs/claims.md
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cospec.claims_page import as_markdown
from cospec.proofs.claims import CLAIMS
from cospec.proofs.register import Claim, Result, Truth

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"

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


def test_the_page_is_up_to_date(result_of: Callable[[str], Result]) -> None:
    page = as_markdown([result_of(claim.slug) for claim in CLAIMS])
    assert PAGE.read_text(encoding="utf-8") == f"{page}\n"


def test_every_claim_has_its_section_and_every_link_leads_to_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for claim in CLAIMS:
        assert f"\n### {claim.slug}\n" in text
        assert not claim.repaired or claim.repaired in CLAIMS
