"""From "this token does not fit" to what its author has probably forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.tokens import KEYWORDS, Token
from cospec.spec.syntax.tree import Span

_ONLY_TOP = frozenset(
    [
        "CHANNEL",
        "ASSERT",
        "DATATYPE",
        "SUBTYPE",
        "NAMETYPE",
        "MODULE",
        "EXPORTS",
        "ENDMODULE",
        "INSTANCE",
        "PRINT",
    ]
)

_PAIRS = {
    "LPAREN": "RPAREN", "LBRACE": "RBRACE", "LEVENTS": "REVENTS", "LMAP": "RMAP",
    "LRENAME": "RRENAME", "LBRACKET": "RBRACKET", "LSYNC": "RSYNC", "LINTERRUPT": "RINTERRUPT",
    "SEQUENCE": "SEQUENCE_END", "LET": "WITHIN", "TIMED_START": "TIMED_END",
}  # fmt: skip
_OPENERS = frozenset(_PAIRS) | {"LINTERFACE"}
_CLOSERS = frozenset(_PAIRS.values()) | {"RINTERFACE", "REXCEPTION"}

_REPLICATORS = frozenset(["REPLICABLE", "PARALLEL", "RINTERFACE", "RSYNC", "BACKSLASH"])

_WORDS = {
    "AT": "`@`", "EQUALS": "`=`", "COMMA": "`,`", "THEN": "`then`", "ELSE": "`else`",
    "BIND": "`<-`", "TIE": "`<->`", "COLON": "`:`", "BAR": "`|`", "REFINES": "a refinement",
    "PROPERTY": "a property", "WITHIN": "`within`", "PARALLEL": "`||`", "RANGE": "`..`",
    "RPAREN": "`)`", "RBRACE": "`}`", "REVENTS": "`|}`", "RMAP": "`|)`", "RRENAME": "`]]`",
    "RBRACKET": "`]`", "RSYNC": "`+]`", "RINTERRUPT": "`+\\`", "RINTERFACE": "`|]`",
    "SEQUENCE_END": "`>`", "LBRACKET": "`[`", "REXCEPTION": "`|>`",
}  # fmt: skip

#: Operators of their own token types, which `an operator` covers.
_OPERATOR_LIKE = frozenset(["`:`", "`[`"])


def explain(tokens: Sequence[Token], index: int, expected: Collection[str]) -> Diagnostic:
    """Why `tokens[index]` cannot follow the tokens before it; `expected` are the types that could.

    The last token is of type `$END` and stands where the declaration ends.
    """
    token = tokens[index]
    before = tokens[index - 1] if index else None
    found = _found(token)
    if token.type in _ONLY_TOP and _depth(tokens[:index], {"LET"}, {"WITHIN"}):
        return errors.not_in_let(token.span, token.text)
    if token.type == "NAME" and before is not None and before.end == token.start:
        if before.type in ("INT", "WILDCARD"):
            return errors.name_starts_wrongly(before.span.to(token.span), before.text[0])
    fresh = _fresh_definition(tokens, index)
    if fresh is not None:
        return fresh
    if token.type == "EQUALS" and index == 1 and before is not None and before.text in KEYWORDS:
        return errors.reserved_name(before.span, before.text)
    if tokens[0].type == "MODULE" and "$END" in expected and token.type != "$END":
        return errors.module_header_line(token.span, found)
    if "NAME" in expected and "INT" not in expected:
        return _name_missing(token, before, found)
    if "INT" in expected:
        return _operand_missing(tokens, index)
    if token.type == "EQUALS":
        return _equals(tokens, index)
    if tokens[0].type == "MINUS" and not any(t.type == "EQUALS" for t in tokens):
        return errors.line_starts_with_operator(tokens[0].span, "-")
    conditional = _open_conditional(tokens[:index])
    if conditional is not None and not _bracket_inside(tokens[:index], conditional):
        if "THEN" in expected or tokens[conditional].type == "IF":
            return errors.then_missing(token.span, tokens[conditional].span)
        return errors.else_missing(token.span, _its_if(tokens, conditional).span)
    if expected == {"LBRACKET"}:
        return errors.alphabet_missing(token.span, found)
    if "AT" in expected:
        operator = _replicator(tokens[:index])
        if operator is not None:
            return errors.body_missing(token.span, found, operator.text)
    if tokens[0].type in ("DATATYPE", "SUBTYPE", "NAMETYPE", "INSTANCE") and index == 2:
        return errors.no_equals(token.span, tokens[0].text, tokens[1].text)
    if token.type in ("$END", "WITHIN", "SEPARATOR", "TIMED_END") and "EQUALS" in expected:
        return errors.definition_expected(_last_line(tokens[:index]))
    return errors.unexpected(token.span, found, _wanted(expected))


def _found(token: Token) -> str:
    if token.type == "$END":
        return "the end of the declaration"
    if token.type == "SEPARATOR":
        return "a new line"
    return f"`{token.text}`"


def _wanted(expected: Collection[str]) -> str:
    words = [_WORDS[kind] for kind in sorted(expected) if kind in _WORDS]
    if "INFIX" in expected:
        words = ["an operator", *(w for w in words if w not in _OPERATOR_LIKE)]
        if "$END" in expected or "SEPARATOR" in expected:
            words.append("a new line")
    elif not words:
        return "a new line"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _name_missing(token: Token, before: Token | None, found: str) -> Diagnostic:
    if token.text in KEYWORDS:
        return errors.reserved_name(token.span, token.text)
    if token.type == "EQUALS" and before is not None and before.type == "NAME":
        return errors.channel_equals(token.span)
    return errors.unexpected(token.span, found, "a name")


def _operand_missing(tokens: Sequence[Token], index: int) -> Diagnostic:
    token = tokens[index]
    before = tokens[index - 1] if index else None
    if tokens[0].type == "MODULE" and token.type == "RPAREN":
        return errors.empty_arguments(token.span, "a module")
    if tokens[0].type == "INSTANCE" and token.type == "RPAREN":
        return errors.empty_arguments(token.span, "an instance")
    if before is None and token.text in KEYWORDS:
        return errors.reserved_name(token.span, token.text)
    if before is None:
        return errors.line_starts_with_operator(token.span, token.text)
    if before.type == "SEPARATOR" or before.type == "LET":
        return errors.unexpected(token.span, _found(token), "a definition")
    if token.type == "EQUALS" and before.text == "=":
        return errors.equals_for_comparison(token.span)
    return errors.operand_missing(token.span, before.text, _found(token))


def _equals(tokens: Sequence[Token], index: int) -> Diagnostic:
    if tokens[0].type == "CHANNEL":
        return errors.channel_equals(tokens[index].span)
    return errors.equals_for_comparison(tokens[index].span)


def _fresh_definition(tokens: Sequence[Token], index: int) -> Diagnostic | None:
    """A mistake on a line that looks like a new definition, although the one before goes on."""
    first = index
    while first and tokens[first - 1].span.line == tokens[index].span.line:
        first -= 1
    line = [t for t in tokens[first:] if t.span.line == tokens[first].span.line]
    equals = next((t for t in line if t.type == "EQUALS"), None)
    if first == 0 or equals is None or tokens[first].span.column > tokens[0].span.column:
        return None
    opened = open_brackets(tokens[:first])
    if opened and opened[-1].type in ("LET", "TIMED_START"):
        return None
    if opened:
        return errors.bracket_before_definition(opened[-1], tokens[first].span.to(equals.span))
    before = tokens[first - 1]
    return errors.operand_missing(before.span, before.text, "a new definition on a later line")


def _last_line(tokens: Sequence[Token]) -> Span:
    """From the start of the innermost declaration to the end of the tokens."""
    start = len(tokens) - 1
    while start and tokens[start - 1].type not in ("LET", "SEPARATOR", "TIMED_START"):
        start -= 1
    return tokens[start].span.to(tokens[-1].span)


def open_brackets(tokens: Sequence[Token]) -> list[Token]:
    """The brackets, `let` and `Timed` included, that are open after these tokens."""
    stack: list[Token] = []
    for token in tokens:
        if token.type in _OPENERS:
            stack.append(token)
        elif token.type in _CLOSERS and stack:
            stack.pop()
    return stack


def _depth(tokens: Sequence[Token], up: Collection[str], down: Collection[str]) -> int:
    return sum((t.type in up) - (t.type in down) for t in tokens)


def _open_conditional(tokens: Sequence[Token]) -> int | None:
    """Where the innermost `if` without `then`, or `then` without `else`, stands."""
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.type == "IF":
            stack.append(index)
        elif token.type == "THEN" and stack:
            stack[-1] = index
        elif token.type == "ELSE" and stack:
            stack.pop()
        elif token.type == "SEPARATOR":
            stack = [i for i in stack if _bracket_inside(tokens[:index], i)] or stack
    return stack[-1] if stack else None


def _its_if(tokens: Sequence[Token], then: int) -> Token:
    depth = 0
    for token in reversed(tokens[:then]):
        if token.type == "ELSE":
            depth += 1
        elif token.type == "IF":
            if depth == 0:
                return token
            depth -= 1
    return tokens[then]


def _bracket_inside(tokens: Sequence[Token], start: int) -> bool:
    """Whether a bracket opened after `start` is still open."""
    return _depth(tokens[start:], _OPENERS, _CLOSERS) > 0


def _replicator(tokens: Sequence[Token]) -> Token | None:
    return next((t for t in reversed(tokens) if t.type in _REPLICATORS), None)
