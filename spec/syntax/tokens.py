"""The tokens of CSPM: their names, the brackets that pair, and what may end or begin a line."""

from __future__ import annotations

from typing import NamedTuple

from cospec.spec.syntax.tree import Span


class Token(NamedTuple):
    """A token; `start` and `end` are offsets in its file."""

    type: str
    text: str
    span: Span
    start: int
    end: int


#: `type`, which the manual reserves, is a name to FDR's own front end, and here.
KEYWORDS = {
    "and": "INFIX", "or": "INFIX", "not": "NOT", "if": "IF", "then": "THEN", "else": "ELSE",
    "let": "LET", "within": "WITHIN", "channel": "CHANNEL", "assert": "ASSERT",
    "datatype": "DATATYPE", "subtype": "SUBTYPE", "external": "IMPORT", "transparent": "IMPORT",
    "nametype": "NAMETYPE", "module": "MODULE", "exports": "EXPORTS", "endmodule": "ENDMODULE",
    "instance": "INSTANCE", "Timed": "TIMED", "include": "INCLUDE", "false": "FALSE",
    "true": "TRUE", "print": "PRINT",
}  # fmt: skip

#: Operators and punctuation. Brackets and the ambiguous ones are looked at again in `_symbol`.
SYMBOLS = {
    "^": "INFIX", "*": "INFIX", "/": "INFIX", "%": "INFIX", "+": "INFIX", "-": "MINUS",
    "==": "INFIX", "!=": "INFIX", "<": "INFIX", "<=": "INFIX", ">": "INFIX", ">=": "INFIX",
    ".": "DOT", "..": "RANGE", ":": "COLON", "::": "TYPED", "=>": "FAT_ARROW", "=>*": "INFIX",
    "?": "INFIX", "!": "INFIX", "$": "INFIX", "->": "INFIX", "&": "INFIX", ";": "REPLICABLE",
    "[>": "INFIX", "/\\": "INFIX", "[]": "REPLICABLE", "|~|": "REPLICABLE", "|||": "REPLICABLE",
    "||": "PARALLEL", "|\\": "INFIX", "\\": "BACKSLASH", "@@": "INFIX", "@": "AT",
    "=": "EQUALS", "<-": "BIND", "<->": "TIE", "|": "BAR", ",": "COMMA", "#": "LENGTH",
    "(": "LPAREN", ")": "RPAREN", "{": "LBRACE", "}": "RBRACE", "{|": "LEVENTS", "|}": "REVENTS",
    "(|": "LMAP", "|)": "RMAP", "[[": "LRENAME", "]]": "RRENAME", "[|": "LINTERFACE",
    "|]": "RINTERFACE", "|>": "REXCEPTION", "[": "LBRACKET", "]": "RBRACKET", "[+": "LSYNC",
    "+]": "RSYNC", "/+": "LINTERRUPT", "+\\": "RINTERRUPT",
}  # fmt: skip

#: Which closing symbols belong to an opening one.
CLOSERS = {
    "(": (")",), "{": ("}",), "{|": ("|}",), "(|": ("|)",), "[[": ("]]",), "[|": ("|]", "|>"),
    "[": ("]",), "[+": ("+]",), "/+": ("+\\",), "<": (">",), "let": ("within",),
}  # fmt: skip

CLOSING = frozenset(closer for closers in CLOSERS.values() for closer in closers)

#: Two-character closers that fall into two tokens where no such bracket is innermost.
SPLIT = {"]]": "]", "|}": "|", "|)": "|", "|]": "|", "|>": "|", "+]": "+", "+\\": "+"}

#: Tokens after which a line break may end a declaration.
ENDS_OPERAND = frozenset(
    [
        "NAME",
        "INT",
        "CHAR",
        "STRING",
        "TRUE",
        "FALSE",
        "WILDCARD",
        "RPAREN",
        "RBRACE",
        "REVENTS",
        "RMAP",
        "RRENAME",
        "SEQUENCE_END",
        "PROPERTY",
        "REDUCTION",
        "ENDMODULE",
        "UNIT_END",
        "TIMED_END",
        "INCLUDED",
    ]
)

_DECLARATION_KEYWORDS = frozenset(
    [
        "CHANNEL",
        "ASSERT",
        "DATATYPE",
        "SUBTYPE",
        "IMPORT",
        "NAMETYPE",
        "MODULE",
        "EXPORTS",
        "ENDMODULE",
        "INSTANCE",
        "TIMED",
        "INCLUDE",
        "PRINT",
    ]
)

#: Tokens before which a line break may end a declaration.
STARTS_LINE = _DECLARATION_KEYWORDS | frozenset(
    [
        "NAME",
        "INT",
        "CHAR",
        "STRING",
        "TRUE",
        "FALSE",
        "WILDCARD",
        "LPAREN",
        "LBRACE",
        "LEVENTS",
        "LMAP",
        "SEQUENCE",
        "LENGTH",
        "MINUS",
        "IF",
        "LET",
        "NOT",
    ]
)
