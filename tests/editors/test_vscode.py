"""The extension for Visual Studio Code: its files, and the colours that its grammar gives.

`Painter` does what an editor does with a TextMate grammar, as far as this grammar goes. The real
thing reads regular expressions of Oniguruma; those here mean the same in Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cospec.highlighting import PROVIDED, TYPES
from cospec.spec.syntax.lexer import tokenise
from cospec.spec.syntax.sources import read_source
from cospec.spec.syntax.tokens import KEYWORDS, SYMBOLS

ROOT = Path(__file__).parent.parent.parent
EXTENSION = ROOT / "editors" / "vscode"
SCRIPTS = sorted(
    [*(ROOT / "spec" / "library").glob("*.csp"), *ROOT.glob("tests/*/should_pass/**/*.csp")]
)


def read(name: str) -> Any:
    return json.loads((EXTENSION / name).read_text(encoding="utf-8"))


GRAMMAR = read("syntaxes/cspm.tmLanguage.json")


def rules(node: Any) -> Iterator[dict[str, Any]]:
    """Every rule of the grammar."""
    if isinstance(node, dict):
        if "match" in node or "begin" in node:
            yield node
        for each in node.values():
            yield from rules(each)
    elif isinstance(node, list):
        for each in node:
            yield from rules(each)


class Piece(NamedTuple):
    """A stretch of a line, and the innermost scope that it got."""

    start: int
    text: str
    scope: str


class Painter:
    """Gives scopes to lines, one after the other; `stack` holds the rules that are open."""

    def __init__(self) -> None:
        self.stack: list[dict[str, Any]] = []

    def _choices(self, patterns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for each in patterns:
            if "include" in each:
                included = GRAMMAR["repository"][each["include"].removeprefix("#")]
                if "match" in included or "begin" in included:
                    yield included
                else:
                    yield from self._choices(included["patterns"])
            else:
                yield each

    def _next(self, line: str, at: int) -> tuple[re.Match[str], dict[str, Any], str] | None:
        top = self.stack[-1] if self.stack else GRAMMAR
        found = [(top, "end")] if self.stack else []
        found += [(r, "match" if "match" in r else "begin") for r in self._choices(top["patterns"])]
        matches = [(re.compile(rule[key]).search(line, at), rule, key) for rule, key in found]
        best = [(m, rule, key) for m, rule, key in matches if m is not None]
        return min(best, key=lambda each: each[0].start(), default=None)

    def line(self, line: str) -> list[Piece]:
        """The scoped stretches of the next line."""
        pieces: list[Piece] = []
        at = 0
        while True:
            inside = self.stack[-1].get("name", "") if self.stack else ""
            found = self._next(line, at)
            if found is None:
                pieces.append(Piece(at, line[at:], inside))
                return [piece for piece in pieces if piece.text.strip()]
            match, rule, key = found
            pieces.append(Piece(at, line[at : match.start()], inside))
            captures = rule.get("captures") or rule.get(f"{key}Captures") or {}
            if key == "end":
                self.stack.pop()
            elif key == "begin":
                self.stack.append(rule)
            for number, capture in (captures or {"0": {"name": rule.get("name", "")}}).items():
                if match[int(number)]:
                    start = match.start(int(number))
                    pieces.append(Piece(start, match[int(number)], capture["name"]))
            if match.end() == at and key == "match":
                raise AssertionError(f"an empty match: {rule}")
            if match.end() == len(line) and not (self.stack and self._ends(line)):
                return [piece for piece in pieces if piece.text.strip()]
            at = match.end()

    def _ends(self, line: str) -> bool:
        """Whether the open rule ends at the end of the line."""
        match = re.compile(self.stack[-1]["end"]).search(line, len(line))
        return match is not None


def painted(text: str) -> list[tuple[str, str]]:
    """The pieces of a text, with the first two words of their scopes."""
    painter = Painter()
    pieces = [piece for line in text.split("\n") for piece in painter.line(line)]
    return [(piece.text, ".".join(piece.scope.split(".")[:2])) for piece in pieces]


# ------------------------------------------------------------------------------------ files


def test_the_extension_names_files_that_exist() -> None:
    contributes = read("package.json")["contributes"]
    (language,) = contributes["languages"]
    (grammar,) = contributes["grammars"]

    assert language["id"] == grammar["language"]
    assert language["extensions"] == [".csp"]
    assert (EXTENSION / language["configuration"]).is_file()
    assert (EXTENSION / grammar["path"]).is_file()
    assert grammar["scopeName"] == GRAMMAR["scopeName"]


def test_the_editor_comments_as_the_language_does() -> None:
    comments = read("language-configuration.json")["comments"]
    start, end = comments["blockComment"]
    text = f"{comments['lineComment']} one\n{start} two\n {end} x = 1\n"

    assert [token.text for token in tokenise(text, "").tokens] == ["x", "=", "1"]


def test_what_the_editor_takes_for_a_word_is_a_name() -> None:
    word = re.compile(read("language-configuration.json")["wordPattern"])

    for name in ("x", "Count_2''", "CamelCase"):
        assert word.fullmatch(name)
        assert [token.type for token in tokenise(name, "").tokens] == ["NAME"]
    assert not word.fullmatch("_x")


# ---------------------------------------------------------------------------------- grammar


def test_every_expression_compiles_and_every_include_leads_somewhere() -> None:
    found = list(rules(GRAMMAR))

    assert len(found) > 20
    for rule in found:
        for key in ("match", "begin", "end"):
            if key in rule:
                compiled = re.compile(rule[key])
                captures = rule.get("captures" if key == "match" else f"{key}Captures", {})
                assert all(int(number) <= compiled.groups for number in captures)
    for name in re.findall(r'"include": "#([^"]*)"', json.dumps(GRAMMAR)):
        assert name in GRAMMAR["repository"]


def test_the_words_are_those_of_the_language() -> None:
    listed: set[str] = set()
    for rule in GRAMMAR["repository"]["words"]["patterns"]:
        listed.update(re.search(r"\(\?:([\w|]+)\)", rule["match"])[1].split("|"))

    assert listed == set(KEYWORDS)


@pytest.mark.parametrize("scope, words", [("support.type", TYPES), ("support.function", PROVIDED)])
def test_provided_names_are_those_of_the_language(scope: str, words: frozenset[str]) -> None:
    (rule,) = [r for r in rules(GRAMMAR) if r.get("name") == f"{scope}.cspm"]

    assert set(re.search(r"\(\?:([\w|]+)\)", rule["match"])[1].split("|")) == words


@pytest.mark.parametrize("symbol", [*SYMBOLS, "[T=", "[FD="])
def test_every_symbol_is_one_piece(symbol: str) -> None:
    ((text, scope),) = painted(symbol)

    assert text == symbol
    assert scope.startswith(("keyword.operator", "punctuation"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_tokens_have_the_scopes_of_their_kinds(path: Path) -> None:
    text = read_source(path, path.name)
    painter = Painter()
    scopes = {
        (number, piece.start): piece.scope
        for number, line in enumerate(text.split("\n"), 1)
        for piece in painter.line(line)
    }
    expected = {
        "NAME": ("variable", "entity.name", "support"),
        "INT": ("constant.numeric",),
        "STRING": ("string",),
        "CHAR": ("string",),
        "TRUE": ("constant.language",),
        "FALSE": ("constant.language",),
        "WILDCARD": ("variable.language",),
        "INCLUDED": ("keyword.declaration",),
        "REFINES": ("keyword.operator.refinement",),
        "PROPERTY": ("punctuation.definition.property",),
    }
    assert painter.stack == []
    for token in tokenise(text, path.name).tokens:
        if token.type in expected:
            scope = scopes[token.span.line, token.span.column - 1]
            assert scope.startswith(expected[token.type]), (token, scope)
        elif token.text in KEYWORDS:
            assert scopes[token.span.line, token.span.column - 1].startswith("keyword"), token


def test_comments_nest_over_lines() -> None:
    text = "x {- one {- two\nthree -} four\n-} y -- z {-\nw"

    assert [piece for piece in painted(text) if not piece[1].startswith("comment")] == [
        ("x", "variable.other"),
        ("y", "variable.other"),
        ("w", "variable.other"),
    ]


def test_declared_names_stand_out() -> None:
    text = "channel a, b : T\nchannel c\ndatatype T = A\nmodule M\nf(x) = x == 1\nx == f"

    assert [piece for piece in painted(text) if piece[1].startswith(("variable", "entity"))] == [
        ("a", "variable.other"), ("b", "variable.other"), ("T", "variable.other"),
        ("c", "variable.other"), ("T", "entity.name"), ("A", "variable.other"),
        ("M", "entity.name"), ("f", "entity.name"), ("x", "variable.other"),
        ("x", "variable.other"), ("x", "variable.other"), ("f", "variable.other"),
    ]  # fmt: skip


def test_properties_end_at_their_bracket() -> None:
    text = "assert not P :[deadlock free [FD]]\nQ"

    assert painted(text)[3:] == [
        (":[", "punctuation.definition"), ("deadlock", "keyword.other"), ("free", "keyword.other"),
        ("[", "punctuation.definition"), ("FD", "keyword.other"), ("]", "punctuation.definition"),
        ("]", "punctuation.definition"), ("Q", "variable.other"),
    ]  # fmt: skip
