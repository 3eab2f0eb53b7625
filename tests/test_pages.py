"""The examples in the documents are run as they stand, page by page."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"

#: Where a block of code begins or ends; to doctest that is the end of an output.
FENCE = re.compile(r"^```.*$", re.MULTILINE)

PAGES = sorted(page for page in DOCS.rglob("*.md") if "\n>>> " in page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_example_on_the_page_gives_what_stands_there(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = doctest.DocTestParser().get_doctest(text, {}, page.stem, str(page), 0)
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    tried = doctest.DocTestRunner(optionflags=options).run(found)
    assert tried.attempted
    assert not tried.failed
