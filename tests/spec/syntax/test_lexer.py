"""Which characters make which tokens, and which line breaks count."""

from __future__ import annotations

import pytest

from cospec.spec.syntax.lexer import claim_words, tokenise, unescape
from cospec.spec.syntax.tokens import Token


def types(text: str) -> str:
    lexed = tokenise(text, "t")
    assert not lexed.diagnostics
    return " ".join(token.type for token in lexed.tokens)


def texts(text: str) -> list[str]:
    lexed = tokenise(text, "t")
    assert not lexed.diagnostics
    return [token.text for token in lexed.tokens]


def only(text: str) -> Token:
    (token,) = tokenise(text, "t").tokens
    return token


def test_a_name_may_end_in_primes_and_a_keyword_with_more_letters_is_a_name() -> None:
    assert types("x'' endmodule' endmoduleX instance1 lettuce") == "NAME NAME NAME NAME NAME"


def test_comments_nest_and_count_as_white_space() -> None:
    assert texts("a {- one {- two -} -- three -}\n + -- four\n b--c") == ["a", "+", "b"]


def test_a_qualified_name_is_one_token_and_a_spaced_double_colon_is_an_annotation() -> None:
    assert texts("M::N::x") == ["M::N::x"]
    assert types("x :: Int") == types("x:: Int") == types("x ::Int") == "NAME TYPED NAME"


def test_tokens_know_their_place() -> None:
    token = tokenise("a =\n  {- x\n -} bc", "t").tokens[2]
    assert (token.span.line, token.span.column, token.span.end_column) == (3, 5, 7)
    assert (token.start, token.end) == (15, 17)


@pytest.mark.parametrize(
    "text", ["x =\n1", "x = 1 +\n2", "x = (\n1\n)", "x = 1\n+ 2", "x = a\n[] b", "x = f(\ny,\nz)"]
)
def test_a_break_is_dropped_where_the_declaration_must_go_on(text: str) -> None:
    assert "NEWLINE" not in types(text)


@pytest.mark.parametrize(
    "text", ["x = 1\ny = 2", "x = 1\n-y", "x = s\n<y> = t", "x = s\n(y) = t", "x = a\nchannel b"]
)
def test_a_break_counts_before_what_may_begin_a_declaration(text: str) -> None:
    assert types(text).count("NEWLINE") == 1


def test_breaks_count_inside_let_but_not_inside_its_brackets() -> None:
    assert types("let\nx = (1\n)\ny = {2,\n3}\nwithin\nx").count("SEPARATOR") == 1


def test_breaks_inside_timed_separate_declarations() -> None:
    assert types("Timed(f) {\n x = 1\n y = 2\n}").split().count("NEWLINE") == 1


@pytest.mark.parametrize(
    ("text", "sequences"),
    [
        ("< > > <>", 2),
        ("<2,1> > <1,2>", 2),
        ("<x | x <- <0..1>, x<2>", 2),
        ("<x | x <- s, (x>2)>", 1),
        ("<x | x <- s, x > 2>", 1),
        ("<<1>,<2>>", 3),
        ("#<1,2> - 1 > 0", 1),
        ("<1>==<1>", 2),
        ("<-1,-2>", 1),
        ("x < y and y > z", 0),
        ("if <> > s then <1> else <2>", 3),
    ],
)
def test_angle_brackets_are_told_from_comparisons(text: str, sequences: int) -> None:
    found = types(text).split()
    assert found.count("SEQUENCE") == found.count("SEQUENCE_END") == sequences


def test_closing_brackets_of_two_characters_need_their_opening_ones() -> None:
    assert types("p[[a<-q[[b<-c]]]]").endswith("RRENAME RRENAME")
    assert types("{x|x<-{|a|}}").endswith("REVENTS RBRACE")
    assert types("p[{|a|}||{|b|}]q").startswith("NAME LBRACKET LEVENTS NAME REVENTS PARALLEL")


def test_a_map_opens_only_before_a_space() -> None:
    assert types("(| |)") == "LMAP RMAP"
    assert types("(|||x:s@p)").startswith("LPAREN REPLICABLE")


def test_minus_is_neither_arrow_nor_comment() -> None:
    assert texts("a-1->b--c") == ["a", "-", "1", "->", "b"]


def test_a_property_is_one_token_with_either_ending_and_either_spelling() -> None:
    for text in (":[deadlock free [F]]", ":[deadlock-free[F]]:", ":[ deadlock  free [ F ] ]"):
        assert claim_words(only(text)) == ("deadlock free", "F")


def test_not_after_assert_negates_the_claim_and_elsewhere_an_expression() -> None:
    assert types("assert not P").split()[1] == "ASSERT_NOT"
    assert types("x = not P").split()[2] == "NOT"


def test_print_takes_its_line() -> None:
    assert types("print 1 +1\n-2").split() == "PRINT INT INFIX INT NEWLINE MINUS INT".split()


def test_escapes_stand_for_characters() -> None:
    assert unescape(r'"a\n\t\"\\b"') == 'a\n\t"\\b'
    assert unescape(r"'\''") == "'"


def test_one_unclosed_bracket_does_not_hide_the_next_declarations() -> None:
    lexed = tokenise("x = (1\ny = 2\nz = {3\nw = 4", "t")
    assert [d.code for d in lexed.diagnostics] == ["X105", "X105"]
    assert [t.text for t in lexed.tokens if t.type == "NAME"] == ["y", "w"]


def test_deep_nesting_is_refused_at_once() -> None:
    lexed = tokenise("x = " + "(" * 1_000_000, "t")
    assert [d.code for d in lexed.diagnostics] == ["X107"]
