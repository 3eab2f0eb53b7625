r"""From characters to tokens: the only part of cospec that knows where CSPM's lines end.

CSPM has no separators: a line break ends a declaration, unless the token before it wants more
or the token after it cannot begin anything. `<` and `>` are brackets or
comparisons by their surroundings (1.5), and `]]`, `|}` or `+]` are one token only where such a
bracket is open. So the scanner keeps the previous token and a stack of open brackets:

* a break is dropped inside brackets, before a token that cannot begin a declaration and after
  one that cannot end an expression. Only `let` and the braces of `Timed` keep the breaks inside.
* `<` opens a sequence where an operand is due. `>` closes it if a sequence is the innermost open
  bracket, unless an operand follows on the same line (FDR's front end would close it there, and
  then refuse the operand; this rule accepts all that FDR accepts).

An unclosed bracket would swallow the rest of the script. The scanner reports it, forgets the
declaration around it, and goes on at the next line whose first column begins a declaration.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.spelling import meant_for_let, meant_for_within
from cospec.spec.syntax.tokens import (
    CLOSERS,
    CLOSING,
    ENDS_OPERAND,
    KEYWORDS,
    SPLIT,
    STARTS_LINE,
    SYMBOLS,
    Token,
)
from cospec.spec.syntax.tree import Span

#: Brackets may be nested this deep. What comes after the parser recurses over the tree.
NESTING_LIMIT = 400

#: After this many lexical mistakes in one file the rest is not looked at.
MISTAKE_LIMIT = 50


class Lexed(NamedTuple):
    tokens: list[Token]
    diagnostics: list[Diagnostic]


_NAME = r"[A-Za-z][A-Za-z0-9_]*'*"

_TOKEN = re.compile(
    r"(?P<SKIP>(?:[ \t\r\f\v]|--[^\n]*)+)"
    r"|(?P<LINE>\n)"
    rf"|(?P<NAME>{_NAME}(?:::{_NAME})*)"
    r"|(?P<INT>[0-9]+)"
    r"|(?P<BLOCK>\{-)"
    r"|(?P<STRING>\"(?:\\.|[^\"\\\n])*\")"
    r"|(?P<CHAR>'(?:\\.|[^'\\\n])')"
    r"|(?P<CLAIM>:\[)"
    r"|(?P<REFINES>\[(?:T|FD|F|VD|V|RD|R)=)"
    r"|(?P<WILDCARD>_)"
    r"|(?P<SYMBOL>\(\|(?=\s)|"
    + "|".join(re.escape(s) for s in sorted(SYMBOLS, key=len, reverse=True) if s != "(|")
    + ")"
)

_BLOCK_EDGE = re.compile(r"\{-|-\}")

#: After these, beside the end of an operand, no declaration goes on.
_NOTHING_OPEN = frozenset(["EXPORTS", "UNIT_START", "NEWLINE", ""])
#: What looks like a set whose first member begins with a minus sign.
_NEGATIVE = re.compile(r"\{-\w[^\n]*\}")
#: What looks like a refinement, and has no model that there is.
_MODEL = re.compile(r"\[(\w*)=(?!=)")
_CLAIM = re.compile(
    r":\[\s*(?P<phrase>[A-Za-z]+(?:[\s-]+[A-Za-z]+)*)\s*(?:\[\s*(?P<tag>[A-Za-z]+)\s*\])?\s*\](?::(?!\[))?"
)

_PHRASES = {
    "deadlock free": "PROPERTY", "livelock free": "PROPERTY", "divergence free": "PROPERTY",
    "deterministic": "PROPERTY", "has trace": "HAS_TRACE", "tau priority": "TAU_PRIORITY",
    "tau priority over": "TAU_PRIORITY", "partial order reduce": "REDUCTION",
}  # fmt: skip

#: What shows that a `>` is a comparison although a sequence is open.
_OPERAND_FOLLOWS = re.compile(r"[ \t]*(?!(?:and|or|then|else|within)\b)[A-Za-z0-9_('\"{#]")

#: A line whose first column begins a declaration: where to go on after a mistake.
FRESH_START = re.compile(
    r"^(?:(?:channel|datatype|subtype|nametype|assert|external|transparent|module|exports|"
    rf"endmodule|instance|Timed|include|print)\b|{_NAME}[ \t]*(?:\([^\n=]*\)[ \t]*)?=(?![=>])|"
    rf"{_NAME}[ \t]*(?:,[ \t]*{_NAME}[ \t]*)*::[ \t])",
    re.MULTILINE,
)

_INCLUDE = re.compile(r"[ \t]*(?:\"(?P<path>[^\"\n]+)\"[ \t\r]*)?")

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class _Open(NamedTuple):
    """An open bracket: its opening symbol, its token, and whether it belongs to a `Timed`."""

    symbol: str
    token: Token
    timed: bool


class _ResumeError(Exception):
    """Go on at the next declaration after this offset."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


def tokenise(text: str, file: str, *, after: str = "") -> Lexed:
    """Split a file into tokens, collecting the mistakes; `after` is the type of a token
    imagined before the first one."""
    scanner = _Scanner(text, file, after)
    scanner.run()
    return Lexed(scanner.tokens, scanner.diagnostics)


def unescape(literal: str) -> str:
    """The characters that a string or character literal, quotes included, stands for."""
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), literal[1:-1])


def claim_words(token: Token) -> tuple[str, str | None]:
    """The phrase of `:[phrase [tag]]`, spelt with single spaces, and the tag."""
    match = _CLAIM.match(token.text)
    assert match is not None
    return re.sub(r"[\s-]+", " ", match["phrase"]), match["tag"]


class _Scanner:
    """The state of one pass over one file."""

    def __init__(self, text: str, file: str, after: str) -> None:
        self.text = text
        self.file = file
        self.tokens: list[Token] = []
        self.diagnostics: list[Diagnostic] = []
        self.stack: list[_Open] = []
        self.last = after
        self.line = 1
        self.line_start = 0
        self.broken = False
        self.timed_head = False

    def run(self) -> None:
        offset = 0
        while True:
            try:
                self._scan(offset, len(self.text))
                self._finish()
                return
            except _ResumeError as resume:
                fresh = FRESH_START.search(self.text, self._blame(resume.offset))
                self._forget_declaration()
                if fresh is None or len(self.diagnostics) >= MISTAKE_LIMIT:
                    return
                offset = fresh.start()
                self.line = self.text.count("\n", 0, offset) + 1
                self.line_start = offset

    # ------------------------------------------------------------- the loop

    def _scan(self, position: int, limit: int) -> None:
        text = self.text
        match_token = _TOKEN.match
        while position < limit:
            match = match_token(text, position, limit)
            if match is None:
                self._strange(position)
            kind = match.lastgroup
            end = match.end()
            if kind == "SKIP":
                pass
            elif kind == "LINE":
                self.broken = True
                self.line += 1
                self.line_start = end
            elif kind == "NAME":
                word = match[0]
                keyword = KEYWORDS.get(word)
                if keyword is None:
                    self._emit("NAME", word, position)
                else:
                    end = self._keyword(keyword, word, position)
            elif kind == "SYMBOL":
                end = self._symbol(match[0], position)
            elif kind == "BLOCK":
                end = self._block_comment(position)
            elif kind == "CLAIM":
                end = self._claim(position)
            else:
                assert kind is not None
                self._emit(kind, match[0], position)
            position = end

    def _finish(self) -> None:
        while self.stack:
            unclosed = next((o for o in self.stack if o.symbol != "unit"), self.stack[0])
            self.diagnostics.append(self._never_closed(unclosed.token, None))
            if unclosed.symbol != "unit":
                raise _ResumeError(unclosed.token.end)
            self.stack.pop()
            self._emit("UNIT_END", "", len(self.text))

    # -------------------------------------------------------------- emitting

    def _span(self, start: int, end: int) -> Span:
        column = start - self.line_start + 1
        return Span(self.file, self.line, column, self.line, column + end - start)

    def _break_counts(self, kind: str) -> bool:
        """Whether the line break just passed separates two declarations."""
        return (
            self.broken
            and self.last in ENDS_OPERAND
            and kind in STARTS_LINE
            and (not self.stack or self.stack[-1].symbol in ("let", "timed", "unit"))
        )

    def _emit(self, kind: str, symbol: str, start: int) -> Token:
        end = start + len(symbol)
        if self.broken:
            if self._break_counts(kind):
                inner = self.stack and self.stack[-1].symbol != "unit"
                span = self._span(start, start)
                self.tokens.append(
                    Token("SEPARATOR" if inner else "NEWLINE", "", span, start, start)
                )
            self.broken = False
        token = Token(kind, symbol, self._span(start, end), start, end)
        self.tokens.append(token)
        self.last = kind
        return token

    def _unclosed(self) -> _Open | None:
        return next((opened for opened in self.stack if opened.symbol != "unit"), None)

    def _blame(self, offset: int) -> int:
        """Where to go on after the mistake just reported: before it, if a bracket has been open
        since a declaration above. Then that is the mistake, and the other one is met again."""
        opened = self._unclosed()
        if opened is None:
            return offset
        fresh = FRESH_START.search(self.text, opened.token.end, offset)
        if fresh is None:
            return offset
        self.diagnostics[-1] = self._never_closed(opened.token, None)
        return opened.token.end

    def _forget_declaration(self) -> None:
        """Take back the tokens of the declaration that is being read."""
        opened = self._unclosed()
        tokens = self.tokens
        while opened is not None and tokens and tokens[-1].start >= opened.token.start:
            tokens.pop()
        while tokens and tokens[-1].type not in ("NEWLINE", "UNIT_START", "INCLUDED"):
            last = tokens.pop()
            if last.span.column == 1 and FRESH_START.match(self.text, last.start):
                tokens.append(Token("NEWLINE", "", last.span, last.start, last.start))
        while self.stack and self.stack[-1].symbol != "unit":
            self.stack.pop()
        self.last = tokens[-1].type if tokens else ""
        self.broken = False

    # -------------------------------------------------------------- keywords

    def _keyword(self, kind: str, word: str, position: int) -> int:
        end = position + len(word)
        if kind == "NOT" and self.last in ("ASSERT", "ASSERT_NOT"):
            kind = "ASSERT_NOT"
        elif kind == "WITHIN":
            self._close("within", "WITHIN", position)
            return end
        elif kind == "INCLUDE":
            return self._include(position)
        elif kind == "PRINT" and not self.stack:
            self._emit(kind, word, position)
            return self._print(end)
        token = self._emit(kind, word, position)
        if kind == "LET":
            self._push("let", token, False)
        return end

    def _include(self, position: int) -> int:
        match = _INCLUDE.match(self.text, position + len("include"))
        assert match is not None
        here = self._span(position, position + len("include"))
        if any(opened.symbol != "unit" for opened in self.stack):
            inside = next(opened for opened in self.stack if opened.symbol != "unit")
            self.diagnostics.append(errors.include_inside(here, inside.token))
            raise _ResumeError(position + 1)
        if self.tokens and self.last not in ENDS_OPERAND | _NOTHING_OPEN:
            self.diagnostics.append(errors.include_inside(here, self.tokens[-1]))
            self._forget_declaration()
            return self._line_end(position)
        path = match["path"]
        rest = self.text[match.end() : self._line_end(position)]
        if path is None or not re.fullmatch(r"(?:\{-.*-\}\s*)?(?:--.*)?", rest.strip()):
            self.diagnostics.append(errors.malformed_include(here))
        else:
            span = self._span(position, match.end("path") + 1)
            self.broken = self.broken or self.last in ENDS_OPERAND
            self.tokens.append(Token("INCLUDED", path, span, position, span.end_column))
            self.last = "INCLUDED"
        return self._line_end(position)

    def _print(self, position: int) -> int:
        """`print` takes the rest of its line, wherever brackets stand."""
        end = self._line_end(position)
        self._scan(position, end)
        if self.stack:
            self.diagnostics.append(self._never_closed(self.stack[0].token, None))
            raise _ResumeError(end)
        span = self._span(end, end)
        self.tokens.append(Token("NEWLINE", "", span, end, end))
        self.last = ""
        return end

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    # --------------------------------------------------------------- symbols

    def _symbol(self, symbol: str, position: int) -> int:
        top = self.stack[-1].symbol if self.stack else ""
        model = _MODEL.match(self.text, position) if symbol == "[" else None
        if model is not None and self.last in ENDS_OPERAND:
            self.diagnostics.append(
                errors.unknown_model(self._span(position, model.end()), model[1])
            )
            raise _ResumeError(model.end())
        if symbol in SPLIT and symbol not in CLOSERS.get(top, ()):
            symbol = SPLIT[symbol]
        if symbol[0] == "<":
            symbol, kind = self._less(symbol)
        elif symbol[0] == ">" and top == "<":
            symbol, kind = self._greater(symbol, position)
        else:
            kind = SYMBOLS[symbol]
        if kind == "SEQUENCE":
            self._push("<", self._emit(kind, symbol, position), False)
        elif kind == "SEQUENCE_END" or (symbol in CLOSING and symbol != ">"):
            self._close(symbol, kind, position)
        elif symbol == "{" and (self.last == "TIMED" or self.timed_head):
            inner = any(opened.symbol != "unit" for opened in self.stack)
            token = self._emit("TIMED_START" if inner else "UNIT_START", symbol, position)
            self._push("timed" if inner else "unit", token, False)
        elif symbol in CLOSERS and symbol != "<":
            timed = self.last == "TIMED"
            self._push(symbol, self._emit(kind, symbol, position), timed)
        else:
            self._emit(kind, symbol, position)
        if symbol != ")":
            self.timed_head = False
        return position + len(symbol)

    def _less(self, symbol: str) -> tuple[str, str]:
        """`<` begins a sequence where an operand is due; so does the `<` of `<-1, 2>`."""
        due = self.last not in ENDS_OPERAND or self._break_counts("SEQUENCE")
        if due and symbol in ("<", "<-"):
            return "<", "SEQUENCE"
        return symbol, SYMBOLS[symbol]

    def _greater(self, symbol: str, position: int) -> tuple[str, str]:
        if symbol == ">=":
            if not self.text.startswith("=", position + 2):
                return symbol, SYMBOLS[symbol]
            return ">", "SEQUENCE_END"
        if self.last in ENDS_OPERAND and _OPERAND_FOLLOWS.match(self.text, position + 1):
            return symbol, SYMBOLS[symbol]
        return symbol, "SEQUENCE_END"

    def _push(self, symbol: str, token: Token, timed: bool) -> None:
        self.stack.append(_Open(symbol, token, timed))
        if len(self.stack) > NESTING_LIMIT:
            self.diagnostics.append(errors.nested_too_deeply(token, NESTING_LIMIT))
            while self.stack:
                self.stack.pop()
            raise _ResumeError(token.end)

    def _close(self, symbol: str, kind: str, position: int) -> None:
        token = Token(kind, symbol, self._span(position, position + len(symbol)), position, 0)
        if not self.stack:
            self.diagnostics.append(self._stray(token))
            raise _ResumeError(position + 1)
        top = self.stack[-1]
        if top.symbol in ("unit", "timed"):
            if symbol != "}":
                self.diagnostics.append(self._stray(token))
                raise _ResumeError(position + 1)
            kind = "UNIT_END" if top.symbol == "unit" else "TIMED_END"
        elif symbol not in CLOSERS[top.symbol]:
            self._mismatch(token)
        self.stack.pop()
        self._emit(kind, symbol, position)
        self.timed_head = top.timed

    def _mismatch(self, token: Token) -> None:
        top = self.stack[-1]
        matches = any(token.text in CLOSERS.get(o.symbol, ("}",)) for o in self.stack)
        if matches or top.symbol != "let":
            self.diagnostics.append(self._never_closed(top.token, token))
            raise _ResumeError(top.token.end)
        self.diagnostics.append(self._stray(token))
        raise _ResumeError(token.start + 1)

    def _never_closed(self, opening: Token, found: Token | None) -> Diagnostic:
        mistake = errors.unclosed(opening, found)
        word = meant_for_within(self.tokens, opening) if opening.type == "LET" else None
        return mistake if word is None else errors.misspelt(mistake, word, "within")

    def _stray(self, token: Token) -> Diagnostic:
        mistake = errors.stray_closer(token)
        word = meant_for_let(self.tokens) if token.type == "WITHIN" else None
        return mistake if word is None else errors.misspelt(mistake, word, "let")

    # ----------------------------------------------------------------- rest

    def _block_comment(self, position: int) -> int:
        depth, at = 0, position
        while True:
            edge = _BLOCK_EDGE.search(self.text, at)
            if edge is None:
                span = self._span(position, position + 2)
                negative = _NEGATIVE.match(self.text, position) is not None
                self.diagnostics.append(errors.unterminated_comment(span, negative))
                raise _ResumeError(len(self.text))
            depth += 1 if edge[0] == "{-" else -1
            at = edge.end()
            if depth == 0:
                break
        lines = self.text.count("\n", position, at)
        if lines:
            self.broken = True
            self.line += lines
            self.line_start = self.text.rfind("\n", position, at) + 1
        return at

    def _claim(self, position: int) -> int:
        match = _CLAIM.match(self.text, position)
        phrase = "" if match is None else re.sub(r"[\s-]+", " ", match["phrase"])
        if match is None or phrase not in _PHRASES:
            close = re.compile(r"[^\]\n]*\]?").match(self.text, position)
            end = close.end() if close else position + 2
            self.diagnostics.append(errors.unknown_property(self._span(position, end), phrase))
            raise _ResumeError(position + 1)
        self._emit(_PHRASES[phrase], match[0], position)
        lines = match[0].count("\n")
        if lines:
            self.line += lines
            self.line_start = self.text.rfind("\n", 0, match.end()) + 1
        return match.end()

    def _strange(self, position: int) -> NoReturn:
        """Report the character here, which begins no token, and go on at the next declaration."""
        span = self._span(position, position + 1)
        character = self.text[position]
        if character == '"':
            self.diagnostics.append(errors.unterminated_string(span))
        elif character == "'":
            self.diagnostics.append(errors.malformed_character(span))
        else:
            self.diagnostics.append(errors.strange_character(span, character))
        raise _ResumeError(position + 1)
