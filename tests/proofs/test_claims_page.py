"""docs/claims.md is what `cospec claims --format markdown` prints today.

To renew it: cospec claims --format markdown > docs/claims.md
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cospec.cli import main
from cospec.proofs.claims import CLAIMS

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


def test_the_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["claims", "--format", "markdown"])
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8")
    assert ended.value.code == 0


def test_every_claim_has_its_section_and_every_link_leads_to_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for claim in CLAIMS:
        assert f"\n## {claim.slug}\n" in text
        assert not claim.repaired or claim.repaired in CLAIMS
