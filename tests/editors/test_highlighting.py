"""The Pygments lexer, compared with the lexer that reads scripts."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String
from pygments.token import Whitespace as White

from cospec.highlighting import CspmLexer
from cospec.spec.syntax.lexer import tokenise
from cospec.spec.syntax.sources import read_source
from cospec.spec.syntax.tokens import KEYWORDS, SYMBOLS

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = sorted(
    [*(ROOT / "spec" / "library").glob("*.csp"), *ROOT.glob("tests/*/should_pass/**/*.csp")]
)
COLOURS = {
    "NAME": (Name, Keyword.Type),
    "WILDCARD": (Name.Builtin.Pseudo,),
    "INT": (Number,),
    "CHAR": (String,),
    "STRING": (String,),
    "INCLUDED": (Keyword,),
    "TRUE": (Keyword.Constant,),
    "FALSE": (Keyword.Constant,),
    "NOT": (Operator.Word,),
    "ASSERT_NOT": (Operator.Word,),
    "REFINES": (Operator,),
}


def coloured(text: str) -> list[tuple[object, str]]:
    """The tokens that are no white space."""
    found = CspmLexer().get_tokens(text)
    return [(kind, value) for kind, value in found if kind is not White]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_scripts_come_back_whole_and_without_errors(path: Path) -> None:
    text = read_source(path, path.name)
    found = list(CspmLexer().get_tokens_unprocessed(text))

    assert "".join(value for _, _, value in found) == text
    assert [value for _, kind, value in found if kind in Error] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_tokens_have_the_colours_of_their_kinds(path: Path) -> None:
    text = read_source(path, path.name)
    kinds = {at: kind for at, kind, _ in CspmLexer().get_tokens_unprocessed(text)}
    for token in tokenise(text, path.name).tokens:
        if not token.text:
            continue
        kind = kinds.get(token.start)
        if kind is None:  # `<-1..1>`: only the grammar knows that this is no arrow
            assert text[token.start - 1 : token.start + 1] == "<-"
            continue
        if token.type == "NAME" and "::" in token.text:
            assert kind is Name.Namespace
        elif token.text in KEYWORDS and token.type not in COLOURS:
            assert kind in Keyword or kind is Operator.Word, token
        else:
            expected = COLOURS.get(token.type, (Operator, Punctuation))
            assert any(kind in each for each in expected), (token, kind)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_symbol_is_one_token(symbol: str) -> None:
    ((kind, value),) = coloured(f"{symbol} ")

    assert value == symbol
    assert kind in (Operator, Punctuation)


@pytest.mark.parametrize("word", KEYWORDS)
def test_words_are_only_words_when_whole(word: str) -> None:
    ((kind, _),) = coloured(word)
    assert kind not in Name

    assert coloured(f"{word}X") == [(Name, f"{word}X")]
    assert coloured(f"{word}'") == [(Name, f"{word}'")]


def test_declared_names_stand_out() -> None:
    text = "channel a, b\n\ndatatype T = A\nmodule M\nf(x) = x == 1\n  y = f\nx == y\n"

    assert [(kind, value) for kind, value in coloured(text) if kind in Name] == [
        (Name.Variable, "a"), (Name.Variable, "b"), (Name.Class, "T"), (Name, "A"),
        (Name.Namespace, "M"), (Name.Function, "f"), (Name, "x"), (Name, "x"),
        (Name.Function, "y"), (Name, "f"), (Name, "x"), (Name, "y"),
    ]  # fmt: skip


def test_after_its_names_a_channel_declaration_ends() -> None:
    found = coloured("channel a\nassert channel , b\nP = STOP")

    assert (Keyword.Declaration, "assert") in found
    assert (Name.Function, "P") in found


def test_comments_nest() -> None:
    text = "{- {- inner -} still - { a comment -} x -- {- to the end\ny"

    kinds = {value: kind for kind, value in coloured(text)}

    assert kinds["x"] is Name
    assert kinds["y"] is Name
    assert kinds["-- {- to the end"] is Comment.Single
    assert all(kind in Comment for value, kind in kinds.items() if value not in "xy")


def test_assertions() -> None:
    text = "assert not P :[deadlock free [FD]]"

    assert [value for kind, value in coloured(text) if kind in Keyword] == [
        "assert", "deadlock", "free", "FD",
    ]  # fmt: skip


def test_what_is_no_cspm_is_an_error() -> None:
    assert (Error, "é") in coloured("P = é")
    assert (Error, "~") in coloured("P = a ~ b")


def test_pygments_finds_it_by_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"]["pygments.lexers"]["cspm"].partition(":")

    lexer = getattr(importlib.import_module(module), name)

    assert lexer is CspmLexer
    assert "cspm" in lexer.aliases
    assert lexer.filenames == ["*.csp"]
