"""Running the command line inside the test's own process, and comparing whole outputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cospec.cli import main

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def cospec(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """Runs `cospec ARGUMENTS...` in the folder of the test scripts."""

    def run(*arguments: str) -> Ended:
        monkeypatch.chdir(HERE / "scripts")
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def golden() -> Callable[[str, Ended], None]:
    """Compares an output with the file of that name in `golden/`.

    To renew a file, delete it and run the test: it writes the new one, and fails once.
    """

    def compare(name: str, ended: Ended) -> None:
        text = f"status {ended.status}\n--- out\n{ended.out}"
        if ended.err:
            text += f"--- err\n{ended.err}"
        text = re.sub(r" +\d+\.\d\d s\b", "   0.00 s", text)
        text = re.sub(r'((?:_|")seconds": |time=")[\d.]+(e-\d+)?', r"\g<1>0.0", text)
        path = HERE / "golden" / f"{name}.txt"
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            pytest.fail(f"{path.name} did not exist; it holds the present output now")
        assert text == path.read_text(encoding="utf-8")

    return compare
