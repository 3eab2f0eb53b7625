"""Lints without the command line around them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.session import Session

Warned = Callable[..., list[str]]


@pytest.fixture
def warned(tmp_path: Path) -> Warned:
    """Gives the warnings about a script: of each its number and the text that it is about.

    The script may have errors. Other files that it includes are given by their names.
    """

    def warnings_of(text: str, types: bool = True, **included: str) -> list[str]:
        for name, other in included.items():
            (tmp_path / f"{name}.csp").write_text(other, encoding="utf-8")
        path = tmp_path / "script.csp"
        path.write_text(text, encoding="utf-8")
        try:
            session = Session.load(path, types)
            found, sources = session.warnings, session.sources
        except ScriptError as error:
            found, sources = error.warnings, error.sources
        told = []
        for each in found:
            span = each.span
            assert each.severity == "warning"
            assert span is not None
            line = sources[span.file].split("\n")[span.line - 1]
            end = span.end_column - 1 if span.end_line == span.line else len(line)
            told.append(f"{each.code} {line[span.column - 1 : end]}")
        return told

    return warnings_of
