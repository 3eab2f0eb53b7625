"""Misspelt keywords: the one that was meant is named, and names are left alone."""

from __future__ import annotations

import pytest

from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.parser import parse_expression, parse_text
from cospec.spec.syntax.spelling import nearly
from cospec.spec.syntax.tokens import KEYWORDS


def hints(text: str) -> list[str]:
    """What is said of keywords, for each mistake that says something."""
    with pytest.raises(ScriptError) as caught:
        parse_text(text)
    notes = [note.text for each in caught.value.diagnostics for note in each.notes]
    return [text for text in notes if "did you mean" in text]


@pytest.mark.parametrize(
    ("text", "word", "meant"),
    [
        ("datatyp Pos = A | B", "datatyp", "datatype"),
        ("subtpye S = A", "subtpye", "subtype"),
        ("nametpye T = {0..3}", "nametpye", "nametype"),
        ("chanel a", "chanel", "channel"),
        ("channels a, b : {0..3}", "channels", "channel"),
        ("CHANNEL a", "CHANNEL", "channel"),
        ("asert P [T= Q", "asert", "assert"),
        ("Assert (P) :[deadlock free]", "Assert", "assert"),
        ("asert not not P [T= Q", "asert", "assert"),
        ("transparant normal", "transparant", "transparent"),
        ("extrenal prioritise", "extrenal", "external"),
        ('inlcude "other.csp"', "inlcude", "include"),
        ("modul M", "modul", "module"),
        ("instanc I = M", "instanc", "instance"),
        ("timed(f) { x = 1 }", "timed", "Timed"),
        ("prnt 3", "prnt", "print"),
        ("x = let y = 1 witin y", "witin", "within"),
        ("P = let\n  Q = a -> Q\nwithn Q", "withn", "within"),
        ("P = let\n  Q = a -> Q\n witin\n  Q", "witin", "within"),
        ("x = lett y = 1 within y", "lett", "let"),
        ("f(x) = iff b then 1 else 2", "iff", "if"),
        ("f(x) = iff (b) then 1 else 2", "iff", "if"),
        ("f(x) = if b thn 1 else 2", "thn", "then"),
        ("f(x) = if b\n  thn 1\n  else 2", "thn", "then"),
        ("f(x) = if b then 1 esle 2", "esle", "else"),
        ("f(x) = if b then 1\n  els 2", "els", "else"),
        ("x = If a Then b Else c", "If", "if"),
        ("x = nott a", "nott", "not"),
        ("x = a and nto b", "nto", "not"),
        ("x = a\nprint y\nchanel c", "chanel", "channel"),
    ],
)
def test_the_keyword_that_was_meant_is_named(text: str, word: str, meant: str) -> None:
    assert hints(text)[0] == f"`{word}` is no keyword: did you mean `{meant}`?"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x = a adn b", "and"),
        ("x = a orr b", "or"),
        ("x = {y | y <- s, y nad z}", "and"),
        ("module M\nx = 1\nexport\ny = 2\nendmodule", "exports"),
        ("module M\nx = 1\nexports\ny = 2\nendmodul", "endmodule"),
    ],
)
def test_where_the_word_is_the_mistake_only_the_keyword_is_named(text: str, meant: str) -> None:
    assert hints(text) == [f"did you mean `{meant}`?"]


@pytest.mark.parametrize(
    "text",
    [
        "x = foo bar",
        "f(x) y = 3",
        "P = a -> b c",
        "print x y",
        "x = a any b",  # `any` is not nearly `and`
        "x = a orr",  # nothing follows: an `or` could not stand there either
        "channel orr\nx = a orr b",  # a name of the script
        "P = a -> lets Q",  # there is no `within`
        "asserts = 3\nasserts P",
        "channels = {1}\nx = channels y",
        "x = if b\nelse_ = 2",  # the next line is a definition
        "x = let y = 1\n    withi = 2",
        "x = let y = withi",
        "P = let\n  datatyp T = A\nwithin Q",  # no `datatype` could stand there
        "export",  # there is no module
        "chanel = 1 2",
        "notes x",
        "iffy (b)",
    ],
)
def test_names_are_not_taken_for_keywords(text: str) -> None:
    assert hints(text) == []


def test_names_like_keywords_are_names() -> None:
    parse_text(
        "channel els, thn, chanel\nasert = 1\niff(x) = x\n"
        "P = els -> thn -> chanel -> P\nx = iff (asert)\n"
    )


def test_an_expression_alone_has_hints_too() -> None:
    with pytest.raises(ScriptError, match="cannot stand here") as caught:
        parse_expression("iff true then 1 else 2")
    assert "did you mean `if`?" in str(caught.value)


def test_every_keyword_is_found_again_with_a_letter_lost_or_doubled_or_two_exchanged() -> None:
    for keyword in KEYWORDS:
        assert keyword in nearly(keyword.upper())
        for place in range(1, len(keyword)):
            if len(keyword) > 3:
                assert keyword in nearly(keyword[:place] + keyword[place + 1 :])
            assert keyword in nearly(keyword[:place] + keyword[place - 1 :])
            letters = list(keyword)
            letters[place - 1 : place + 1] = letters[place - 1 : place + 1][::-1]
            assert keyword in nearly("".join(letters))


@pytest.mark.parametrize("name", ["x", "P", "i", "o", "ends", "next", "any", "into", "send"])
def test_short_and_common_names_are_not_nearly_keywords(name: str) -> None:
    assert not nearly(name)
