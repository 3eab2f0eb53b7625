"""The language, script by script.

`should_pass` holds a script for each topic. What must come out stands in the script: a definition
`test… = …` must be true, and beside each assertion a comment says `pass`, `fail`, `unknown` or
`error`, worked out by hand. `should_fail` holds a script for each kind of mistake, beside it the
whole output of `cospec check` in a text file; to renew one, delete it and run the tests twice. A
script whose first line is `-- untyped` is checked without looking at its types.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cospec.checker import budget
from cospec.cli import main
from cospec.runner import Settings, check_one
from cospec.scripts import Limits, Script, load

HERE = Path(__file__).parent
PASSING = sorted((HERE / "should_pass").glob("[!_]*.csp"))
FAILING = sorted((HERE / "should_fail").glob("[!_]*.csp"))

_TEST = re.compile(r"^(test\w*'*)\s*=", re.MULTILINE)
_ASSERTION = re.compile(r"assert\s+(.*?)\s*--\s*(pass|fail|unknown|error)\s*$")
_SETTINGS = Settings(Limits(seconds=600, memory=4e9))


@functools.cache
def _script(path: Path) -> Script:
    return load(str(path))


def _title(path: Path) -> str:
    return path.stem.replace("_", " ")


def _tests() -> Iterator[object]:
    for path in PASSING:
        for name in _TEST.findall(path.read_text(encoding="utf-8")):
            said = " ".join(re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name[4:])).lower()
            yield pytest.param(path, name, id=f"{_title(path)}: {said} is true")


def _assertions() -> Iterator[object]:
    for path in PASSING:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            found = _ASSERTION.match(line.strip())
            if found:
                said = f"{_title(path)}: line {number}, {found[1]}, is {found[2]}"
                yield pytest.param(path, number, found[2], id=said)


@pytest.mark.parametrize("path, name", list(_tests()))
def test_of_data(path: Path, name: str) -> None:
    script = _script(path)
    assert budget.run(lambda: script.evaluate(name), seconds=600, memory=4e9) == "true"


@pytest.mark.parametrize("path, line, verdict", list(_assertions()))
def test_of_a_process(path: Path, line: int, verdict: str) -> None:
    script = _script(path)
    (assertion,) = (a for a in script.assertions if a.span.line == line)
    result = check_one(script, assertion, _SETTINGS, lambda *_: None)
    assert result.verdict == verdict, result.reason


@pytest.mark.parametrize("path", PASSING, ids=_title)
def test_every_assertion_says_what_to_expect(path: Path) -> None:
    expected = [
        number
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if _ASSERTION.match(line.strip())
    ]
    assert [a.span.line for a in _script(path).assertions] == expected


def _options(path: Path) -> list[str]:
    """Mistakes that typing finds first are also found when they are evaluated."""
    untyped = path.read_bytes().startswith(b"-- untyped")
    return ["--no-types"] if untyped else []


@pytest.mark.parametrize("path", FAILING, ids=_title)
def test_message(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE)
    with pytest.raises(SystemExit) as ended:
        main(["check", "--no-warnings", *_options(path), f"should_fail/{path.name}"])
    captured = capsys.readouterr()
    text = re.sub(r" +\d+\.\d\d s\b", "   0.00 s", f"{captured.out}--- err\n{captured.err}")
    golden = path.with_suffix(".txt")
    if not golden.exists():
        golden.write_text(f"status {ended.value.code}\n{text}", encoding="utf-8")
        pytest.fail(f"{golden.name} did not exist; it holds the present output now")
    assert f"status {ended.value.code}\n{text}" == golden.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "X900" not in text
