"""Running the command line on a script, and comparing whole outputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cospec.cli import main

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Runs `cospec ARGUMENTS...` beside a script called `example.csp`: status and both outputs."""

    def run(script: str | bytes | None, *arguments: str) -> str:
        monkeypatch.chdir(tmp_path)
        if script is not None:
            data = script.encode() if isinstance(script, str) else script
            (tmp_path / "example.csp").write_bytes(data)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capsys.readouterr()
        text = f"status {ended.value.code}\n{captured.out}--- err\n{captured.err}"
        return re.sub(r" +\d+\.\d\d s\b", "   0.00 s", text)

    return run


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares an output with the file of its number in `golden/`, or writes it."""

    def compare(number: str, text: str) -> None:
        assert f"[{number}]: " in text
        path = GOLDEN / f"{number}.txt"
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            pytest.fail(f"{path.name} did not exist; it holds the present output now")
        assert text == path.read_text(encoding="utf-8")

    return compare
