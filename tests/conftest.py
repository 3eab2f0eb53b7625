"""Options for the random cross-checks: how many pairs, and from which seed on; and what makes the
tests the same on every machine."""

from __future__ import annotations

import signal

import pytest
from clock import Clock, Keyboard
from hypothesis import HealthCheck, settings

from cospec.checker import budget


def pytest_configure(config: pytest.Config) -> None:
    """A test gives the same examples every time, unless another seed is asked for, and may take its
    time on a busy machine."""
    settings.register_profile(
        "cospec",
        deadline=None,
        derandomize=config.getoption("--hypothesis-seed", None) is None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("cospec")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cospec")
    group.addoption("--pairs", type=int, default=300, help="random process pairs to compare")
    group.addoption("--seed", type=int, default=0, help="seed of the first random pair or script")
    group.addoption("--pictures", help="folder for pictures of what was seen in a browser")
    group.addoption(
        "--jupyter",
        choices=("jupyterlab", "notebook"),
        default="jupyterlab",
        help="what shows the notebooks in the browser",
    )
    group.addoption("--fuzz", type=int, default=2000, help="random scripts for the slow fuzzing")


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c() -> None:
    """Ctrl-C interrupts, also where a shell that runs the tests in the background has it ignored:
    otherwise what a test means to interrupt would never end."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _patience() -> None:
    """What stops is not taken for what does not stop because the machine is busy."""
    budget.GRACE_SECONDS = 300.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of time limits, which stands still."""
    return Clock(monkeypatch)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    """Where Ctrl-C is pressed."""
    return Keyboard(monkeypatch)


@pytest.fixture
def pairs(request: pytest.FixtureRequest) -> int:
    """How many random pairs of processes to compare."""
    return int(request.config.getoption("--pairs"))


@pytest.fixture
def fuzz(request: pytest.FixtureRequest) -> int:
    """How many random scripts the slow test of the front end looks at."""
    return int(request.config.getoption("--fuzz"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of the first random pair or script."""
    return int(request.config.getoption("--seed"))
