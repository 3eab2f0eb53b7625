"""Keywords that are misspelt: which one was meant, where a declaration cannot be read.

To the lexer a misspelt keyword is a name, and a name may stand almost anywhere, so that the mistake
is met later. Of the names up to there, one is taken for a keyword if it is spelt nearly like it, if
the grammar goes on beyond the mistake with the keyword in its place, and if it is not used as a
name anywhere else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import islice, takewhile

from cospec.spec.syntax.tokens import ENDS_OPERAND, KEYWORDS, STARTS_LINE, Token

#: Whether the grammar can begin with these tokens.
Accepts = Callable[[Sequence[Token]], bool]

#: What follows the keywords that the grammar of declarations does not have.
_FOLLOWED = {
    "include": frozenset(["STRING"]),
    "module": frozenset(["NAME"]),
    "exports": frozenset(["$END"]),
    "endmodule": frozenset(["$END"]),
    "Timed": frozenset(["LPAREN", "LBRACE"]),
}

#: These are brackets to the lexer, which misses the one where the other is there.
_PAIRED = frozenset(["let", "within"])

#: Before a `within`, a definition has ended.
_ENDED = ENDS_OPERAND | {"SEPARATOR", "NEWLINE"}

#: So many tokens before a mistake are looked at, and the first one of the declaration.
REACH = 30

#: In a declaration that has more tokens before the mistake no keyword is looked for: the grammar
#: would have to go through all of them for each word.
LONGEST = 5000

_SMALL = {keyword.lower(): keyword for keyword in KEYWORDS}


@lru_cache(4096)
def nearly(word: str) -> tuple[str, ...]:
    """The keywords that are spelt nearly so: with a letter more or less, or with letters
    exchanged. Capitals do not matter."""
    small = word.lower()
    close = get_close_matches(small, _SMALL, n=3, cutoff=0.75)
    exchanged = [each for each in _SMALL if sorted(each) == sorted(small) and each not in close]
    return tuple(_SMALL[each] for each in (*close, *exchanged))


class Surroundings:
    """The tokens of a file, in which a declaration stands."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    @cached_property
    def names(self) -> frozenset[str]:
        """The words that are anywhere used as names: with nothing before them that they would have
        to be separated from, and nothing after them."""
        tokens = self._tokens
        kinds = ["NEWLINE", *(token.type for token in tokens), "NEWLINE"]
        found = set()
        for place, token in enumerate(tokens):
            before, after = kinds[place], kinds[place + 2]
            alone = before in ("NEWLINE", "INCLUDED") and after == "NEWLINE"
            apart = before not in ENDS_OPERAND - {"INCLUDED"} and after not in STARTS_LINE
            if token.type == "NAME" and apart and not alone:
                found.add(token.text)
        return frozenset(found)

    @cached_property
    def has_module(self) -> bool:
        """Whether a module begins somewhere."""
        return any(token.type == "MODULE" for token in self._tokens)

    def below(self, end: Token) -> list[Token]:
        """The first token after a declaration."""
        place = _first(self._tokens, end.start)
        return [token for token in self._tokens[place : place + 2] if token.type != "NEWLINE"][:1]


def misspelt(
    tokens: Sequence[Token], index: int, accepts: Accepts, around: Surroundings
) -> tuple[Token, str] | None:
    """The word that has probably brought about the mistake, and the keyword it was meant to be.

    Args:
        tokens: a declaration, or an expression, and its end.
        index: of them the one that cannot stand there.
        accepts: what the grammar says of the beginning of such a declaration.
        around: the file.
    """
    if index > LONGEST:
        return None
    for place in (*range(index, max(0, index - REACH), -1), 0):
        token = tokens[place]
        if token.type != "NAME":
            continue
        for keyword in nearly(token.text):
            if keyword in _PAIRED or token.text in around.names:
                continue
            if keyword in _FOLLOWED:
                fits = place == 0 and _begins(keyword, tokens, around)
            else:
                fits = accepts(_replaced(tokens, place, keyword, index))
            if fits:
                return token, keyword
    return None


def _replaced(tokens: Sequence[Token], place: int, keyword: str, index: int) -> list[Token]:
    """The tokens as far as the mistake, or one further where the word itself is that, with the
    keyword in the place of the word."""
    kind = KEYWORDS[keyword]
    after = list(tokens[place + 1 : max(index, place + 1) + 1])
    if kind == "ASSERT":
        negated = next((n for n, each in enumerate(after) if each.type != "NOT"), len(after))
        after[:negated] = [each._replace(type="ASSERT_NOT") for each in after[:negated]]
    if place == index and kind in ("THEN", "ELSE") and after and after[0].type == "$END":
        after.clear()  # what follows stands on the next line
    return [*tokens[:place], tokens[place]._replace(type=kind, text=keyword), *after]


def _begins(keyword: str, tokens: Sequence[Token], around: Surroundings) -> bool:
    """Whether these tokens look like a declaration that begins with the keyword."""
    if keyword in ("exports", "endmodule") and not around.has_module:
        return False
    return len(tokens) > 1 and tokens[1].type in _FOLLOWED[keyword]


# ------------------------------------------------------------------------ `let` and `within`


def meant_for_within(tokens: Sequence[Token], let: Token) -> Token | None:
    """The word after a `let` without `within` that was probably meant to be one: it stands where a
    definition has ended, and an expression begins after it."""
    for place in range(_first(tokens, let.end), len(tokens)):
        token, before = tokens[place], tokens[place - 1].type
        if token.type != "NAME" or before not in _ENDED:
            continue
        after = tokens[place + 1].type if place + 1 < len(tokens) else "NAME"
        alone = before == "SEPARATOR" == after
        if (alone or after in STARTS_LINE) and "within" in nearly(token.text):
            if alone or not _defines(tokens, place):
                return token
    return None


def meant_for_let(tokens: Sequence[Token]) -> Token | None:
    """The word before a `within` without `let` that was probably meant to be one."""
    for place in range(len(tokens) - 2, -1, -1):
        token = tokens[place]
        if token.type == "NEWLINE":
            return None
        if token.type == "NAME" and "let" in nearly(token.text):
            if tokens[place + 1].type == "NAME" and token.text not in Surroundings(tokens).names:
                return token
    return None


def _defines(tokens: Sequence[Token], place: int) -> bool:
    """Whether the line that begins there goes on as a definition."""
    line = tokens[place].span.line
    on_it = takewhile(lambda each: each.span.line == line, islice(tokens, place, None))
    return any(each.type == "EQUALS" for each in on_it)


def _first(tokens: Sequence[Token], offset: int) -> int:
    """Where the tokens from this offset on begin."""
    return bisect_left(tokens, offset, key=lambda token: token.start)
