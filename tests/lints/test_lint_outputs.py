"""The whole output of `cospec` for a script with each warning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cospec.cli import main

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = sorted(path.stem for path in GOLDEN.glob("*.csp"))


def _run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.chdir(GOLDEN)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, captured.out, captured.err


@pytest.mark.parametrize("number", SCRIPTS)
def test_output_of_typecheck(capsys, monkeypatch, number) -> None:
    status, out, err = _run(capsys, monkeypatch, "typecheck", f"{number}.csp")
    golden = GOLDEN / f"{number}.txt"
    text = f"status {status}\n{out}{err}"
    if not golden.exists():
        golden.write_text(text, encoding="utf-8")
        pytest.fail(f"{golden.name} did not exist; it holds the present output now")
    assert text == golden.read_text(encoding="utf-8")
    assert f"warning[{number}]" in text


@pytest.mark.parametrize("command", ["check", "typecheck"])
@pytest.mark.parametrize("number", SCRIPTS)
def test_warnings_never_change_the_status_and_can_be_silenced(
    capsys, monkeypatch, command, number
) -> None:
    status, _, err = _run(capsys, monkeypatch, command, f"{number}.csp")
    silent, _, less = _run(capsys, monkeypatch, command, "--no-warnings", f"{number}.csp")
    assert status == silent
    assert "warning[" in err
    assert "warning[" not in less


def test_warnings_have_a_field_in_json(capsys, monkeypatch) -> None:
    _, out, err = _run(capsys, monkeypatch, "check", "--format", "json", "W006.csp")
    (warning,) = json.loads(out)["warnings"]
    assert (warning["code"], warning["line"], warning["column"]) == ("W006", 6, 50)
    assert err == ""
    _, out, _ = _run(capsys, monkeypatch, "check", "--format", "json", "--no-warnings", "W006.csp")
    assert json.loads(out)["warnings"] == []


def test_warnings_beside_errors_have_a_field_in_json(capsys, monkeypatch) -> None:
    _, out, _ = _run(capsys, monkeypatch, "check", "--format", "json", "W002.csp")
    found = json.loads(out)
    assert found["errors"]
    assert {warning["code"] for warning in found["warnings"]} == {"W002"}


def test_junit_has_no_warnings(capsys, monkeypatch) -> None:
    _, out, err = _run(capsys, monkeypatch, "check", "--format", "junit", "W006.csp")
    assert "warning" not in out + err
    assert "blocked" not in out + err


def test_a_single_assertion_is_checked_without_warnings(capsys, monkeypatch) -> None:
    _, _, err = _run(capsys, monkeypatch, "check", "-a", "1", "W006.csp")
    assert err == ""
