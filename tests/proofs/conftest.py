"""Each claim is checked once in a run of the tests, whichever test asks first."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from cospec.proofs.claims import CLAIMS
from cospec.proofs.register import Result, run


@pytest.fixture(scope="session")
def result_of() -> Callable[[str], Result]:
    """The result of a claim, by its slug."""
    return cache(lambda slug: run(CLAIMS[slug]))
