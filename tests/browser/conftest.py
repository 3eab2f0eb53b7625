"""What is needed to drive notebooks in a browser; without it, these tests are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from laboratory import Laboratory, Page, missing, opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = missing()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            if lacking:
                item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A JupyterLab that runs."""
    with Laboratory(tmp_path_factory.mktemp("laboratory")).running() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser that runs."""
    with opened(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty page. Whatever a test does with it, nothing may have been asked for beyond this
    machine at the end, and nobody may have complained."""
    folder = request.config.getoption("--pictures")
    made = Page(chromium.new_page(), Path(folder) if folder else None)
    yield made
    made.page.close()
    assert made.strangers == []
    assert made.errors == []
