"""CSPM in colours: a lexer for Pygments, found there by the name `cspm`.

Words and operators are those of cospec's own lexer. What that lexer needs brackets and line breaks
for, such as whether `<` opens a sequence, makes no difference to colours and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, default, include
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from cospec.spec.syntax.tokens import CLOSERS, CLOSING, KEYWORDS, SYMBOLS
from cospec.spec.syntax.types.signatures import IMPORTED, PREDEFINED, TIMED

CONSTANTS = frozenset(["true", "false"])
WORD_OPERATORS = frozenset(["and", "or", "not"])
CONTROL = frozenset(["if", "then", "else", "let", "within"])

#: Words that begin a declaration or a section, or end it.
DECLARATIONS = frozenset(KEYWORDS) - CONSTANTS - WORD_OPERATORS - CONTROL

#: The sets that type expressions are made of.
TYPES = frozenset(["Int", "Bool", "Char", "Proc", "Events"])

#: Other names that are there without being defined, or that can be imported.
PROVIDED = frozenset([*PREDEFINED, *TIMED, *IMPORTED]) - TYPES - CONSTANTS

BRACKETS = frozenset([*CLOSERS, *CLOSING, ","]) & frozenset(SYMBOLS) - {"<", ">", "|>"}


def _words(these: Iterable[str]) -> str:
    """Matches any of these words, whole."""
    return rf"(?:{'|'.join(sorted(these))})(?![A-Za-z0-9_'])"


def _symbols(these: Iterable[str]) -> str:
    """Matches the longest of these symbols."""
    return "|".join(re.escape(each) for each in sorted(these, key=len, reverse=True))


_NAME = r"[A-Za-z][A-Za-z0-9_]*'*"
_NEW_NAME = rf"(?!{_words(KEYWORDS)}){_NAME}"
_BLANK = r"[ \t\r\f\v\n]+"


class CspmLexer(RegexLexer):  # type: ignore[misc]  # Pygments has no types
    """Highlights CSPM, the language of FDR and cospec."""

    name = "CSPM"
    url = "https://cocotec.io/fdr/manual/cspm.html"
    aliases: ClassVar = ["cspm"]
    filenames: ClassVar = ["*.csp"]
    mimetypes: ClassVar = ["text/x-cspm"]

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            # What a line defines: `name = ...` or `name(...) = ...`.
            (
                rf"^([ \t]*)({_NEW_NAME})(?=[ \t]*(?:\([^\n=]*\)[ \t]*)*=(?![=>]))",
                bygroups(Whitespace, Name.Function),
            ),
            include("blanks"),
            (r"(include)([ \t]+)(\"[^\"\n]*\")", bygroups(Keyword.Namespace, Whitespace, String)),
            (
                rf"(datatype|subtype|nametype)({_BLANK})({_NEW_NAME})",
                bygroups(Keyword.Declaration, Whitespace, Name.Class),
            ),
            (
                rf"(module|instance)({_BLANK})({_NEW_NAME})",
                bygroups(Keyword.Declaration, Whitespace, Name.Namespace),
            ),
            (_words(["channel"]), Keyword.Declaration, "channels"),
            (_words(DECLARATIONS), Keyword.Declaration),
            (_words(CONTROL), Keyword),
            (_words(WORD_OPERATORS), Operator.Word),
            (_words(CONSTANTS), Keyword.Constant),
            (rf"({_NAME})(::)(?={_NAME})", bygroups(Name.Namespace, Punctuation)),
            (_words(TYPES), Keyword.Type),
            (_words(PROVIDED), Name.Builtin),
            (_NAME, Name),
            (r"[0-9]+", Number.Integer),
            (r"\"", String.Double, "string"),
            (r"'(?:\\.|[^'\\\n])'", String.Char),
            (r"_", Name.Builtin.Pseudo),
            (r":\[", Punctuation, "claim"),
            (r"\[(?:T|FD|F|VD|V|RD|R)=", Operator),
            (r"\(\|(?=\s)", Punctuation),
            # No bracket begins like an operator of two characters or more.
            (_symbols(s for s in SYMBOLS.keys() - BRACKETS if len(s) > 1), Operator),
            (_symbols(BRACKETS - {"(|"}), Punctuation),
            (_symbols(s for s in SYMBOLS.keys() - BRACKETS if len(s) == 1), Operator),
        ],
        "blanks": [
            # A line break alone, so that the next line is seen from its beginning.
            (r"[ \t\r\f\v]*\n", Whitespace),
            (r"[ \t\r\f\v]+", Whitespace),
            (r"--[^\n]*", Comment.Single),
            (r"\{-", Comment.Multiline, "comment"),
        ],
        "comment": [
            (r"[^{-]+", Comment.Multiline),
            (r"\{-", Comment.Multiline, "#push"),
            (r"-\}", Comment.Multiline, "#pop"),
            (r"[{-]", Comment.Multiline),
        ],
        # After `channel`, and after each comma there.
        "channels": [
            include("blanks"),
            (_NEW_NAME, Name.Variable, ("#pop", "another")),
            default("#pop"),
        ],
        "another": [
            (rf"((?:{_BLANK})?)(,)", bygroups(Whitespace, Punctuation), ("#pop", "channels")),
            default("#pop"),
        ],
        "string": [
            (r"[^\"\\\n]+", String.Double),
            (r"\\.", String.Escape),
            (r"\"", String.Double, "#pop"),
            default("#pop"),
        ],
        # Between `:[` and `]`.
        "claim": [
            (_BLANK, Whitespace),
            (r"[A-Za-z]+(?:-[A-Za-z]+)*", Keyword.Reserved),
            (r"(\[)([A-Za-z]+)(\])", bygroups(Punctuation, Keyword.Reserved, Punctuation)),
            (r"\]", Punctuation, "#pop"),
            default("#pop"),
        ],
    }
