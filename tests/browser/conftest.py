"""What is needed to drive notebooks in a browser; without it, these tests are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from definitions import DEFINITIONS
from laboratory import Laboratory, Page, missing, opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lacking = missing(config.getoption("--jupyter"))
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            if lacking:
                item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.fixture(scope="session")
def laboratory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laboratory]:
    """A JupyterLab that runs, or what `--jupyter` names."""
    program = request.config.getoption("--jupyter")
    with Laboratory(tmp_path_factory.mktemp("laboratory"), program).running() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser that runs."""
    with opened(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures of what was seen are kept, if they are wanted."""
    folder = request.config.getoption("--pictures")
    return Path(folder) if folder else None


@pytest.fixture(scope="session")
def definitions(request: pytest.FixtureRequest) -> str:
    """What the first cell of every notebook defines."""
    library = request.config.rootpath / "spec" / "library"
    return DEFINITIONS.replace("LIBRARY", repr(str(library)))


@pytest.fixture(scope="session")
def opened_notebook(
    laboratory: Laboratory, chromium: Any, pictures: Path | None, definitions: str
) -> Page:
    """A notebook whose first cell has been run; its others are there to be filled."""
    made = Page(chromium.new_page(), pictures)
    made.open(laboratory.notebook("explorer", [definitions, "1", "2", "3"]))
    made.finish(0)
    return made


@pytest.fixture
def page(opened_notebook: Page) -> Iterator[Page]:
    """The notebook. Whatever a test does with it, nothing may have been asked for beyond this
    machine at the end, and nobody may have complained."""
    opened_notebook.errors.clear()
    yield opened_notebook
    assert opened_notebook.strangers == []
    assert opened_notebook.errors == []
