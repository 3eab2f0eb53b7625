"""A client with a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from editors.client import Client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client whose folder is empty."""
    client = Client(tmp_path)
    yield client
    client.kill()
