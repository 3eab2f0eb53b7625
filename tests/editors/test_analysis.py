"""What the server knows of scripts, compared with what the command line says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cospec import server
from cospec.checker import budget
from cospec.scripts import Unreadable, load, warnings
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.sources import read_source

HERE = Path(__file__).parent
#: Not those that tell of files whose text an editor would not open like this.
SCRIPTS = [
    path
    for path in sorted((HERE.parent / "language" / "should_fail").glob("[!_]*.csp"))
    if not path.read_bytes().startswith(b"{\\rtf1") and b"\0" not in path.read_bytes()
]


def signs(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[tuple[str, int, int]]:
    """Numbers and places."""
    spans = [(each.code, each.span) for each in diagnostics]
    return [(code, span.line, span.column) for code, span in spans if span is not None]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_the_server_finds_what_the_command_line_finds(path: Path) -> None:
    try:
        script = load(str(path))
    except Unreadable as unreadable:
        expected = [*unreadable.problems, *unreadable.warnings]
    else:
        expected = [*warnings(script)]
        if script.prints:
            pytest.skip("values that are printed are looked at when they are printed")
    scripts = server.Scripts()
    scripts.put(path.as_uri(), read_source(path, path.name), 1)
    scripts.refresh()
    (opened,) = scripts.whole()

    assert sorted(signs(opened.analysis.diagnostics)) == sorted(signs(expected))


def test_a_fault_of_cospecs_own_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> object:
        raise KeyError("a table without this entry")

    monkeypatch.setattr(server, "analyse", fail)
    scripts = server.Scripts()
    scripts.put("file:///a.csp", "P = STOP\nQ = (\n", 1)
    scripts.refresh()
    (opened,) = scripts.whole()

    assert [each.code for each in opened.analysis.diagnostics] == ["X105", "X900"]


def test_a_fault_in_reading_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise KeyError("a table without this entry")

    monkeypatch.setattr(server, "read_text", fail)
    scripts = server.Scripts()
    scripts.put("untitled:Untitled-1", "P = STOP\n", 1)
    scripts.refresh()
    (opened,) = scripts.whole()

    assert [each.code for each in opened.analysis.diagnostics] == ["X900"]
    assert opened.analysis.outline(opened.file) == ()


def test_what_takes_too_long_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> object:
        raise budget.BudgetExceeded("time", "out of time: 20 s allowed")

    monkeypatch.setattr(budget, "run", run)
    scripts = server.Scripts()
    scripts.put("file:///a.csp", "P = STOP\n", 1)
    scripts.refresh()
    (opened,) = scripts.whole()

    assert [each.code for each in opened.analysis.diagnostics] == ["X601"]
