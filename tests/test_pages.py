"""The examples in the documents are run as they stand."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("page", ["models.md", "python.md", "testing.md"])
def test_every_example_on_the_page_gives_what_stands_there(page: str) -> None:
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL if page == "python.md" else 0
    found = doctest.testfile(str(DOCS / page), module_relative=False, optionflags=options)
    assert found.attempted > 10
    assert found.failed == 0
