"""The README shows what cospec prints today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cospec.cli import main

README = Path(__file__).parent.parent / "README.md"


def test_the_first_script_gives_the_output_shown(tmp_path, monkeypatch, capsys) -> None:
    blocks = re.findall(r"^```\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    script = next(block for block in blocks if block.startswith("channel coin"))
    shown = next(block for block in blocks if block.startswith("vending.csp"))
    (tmp_path / "vending.csp").write_text(script, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(["check", "vending.csp"])

    def without_times(text: str) -> str:
        return re.sub(r" +\d+\.\d\d s", " 0.00 s", text)

    assert without_times(capsys.readouterr().out) == without_times(shown)
    assert ended.value.code == 1
