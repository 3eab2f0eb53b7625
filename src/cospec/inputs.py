"""What is typed at a prompt: whether it is complete, and what kind of thing it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError
from cospec.spec.syntax.lexer import tokenise
from cospec.spec.syntax.tokens import ENDS_OPERAND

#: Gives the next line, after a prompt that only a person needs to see.
Read: TypeAlias = Callable[[str], str]

#: Commands by name: what follows the name, and what the command does.
Commands: TypeAlias = Mapping[str, tuple[str, str]]

EXPRESSION = "<expression>"

#: Tokens that begin a definition, those that make an assertion of what they stand in, and those
#: that make a definition of it.
_DECLARING = {"CHANNEL", "DATATYPE", "SUBTYPE", "NAMETYPE", "IMPORT", "MODULE", "INSTANCE", "TIMED"}
_CLAIMING = {"REFINES", "PROPERTY", "HAS_TRACE"}
_DEFINING = {"EQUALS", "TYPED"}

_OPENING = {"LPAREN", "LBRACE", "LEVENTS", "LMAP", "LRENAME", "LBRACKET", "SEQUENCE", "LET"}
_CLOSING = {"RPAREN", "RBRACE", "REVENTS", "RMAP", "RRENAME", "RBRACKET", "SEQUENCE_END", "WITHIN"}

COMMAND = re.compile(r":\s*([A-Za-z?]*)\s*(.*)", re.DOTALL)

#: A refinement of a model that there is not: no bracket that somebody means to close.
_MISSPELT = re.compile(r"\[(?!(?:T|FD|F|VD|V|RD|R)=)[A-Za-z]*=")

#: Commands whose argument may take several lines.
_LONG = ("assert", "trace", "type")


def unfinished(text: str) -> bool:
    """Whether more lines belong to the input: a bracket is open, or an operator wants more."""
    text = text.strip()
    command = COMMAND.match(text) if text.startswith(":") else None
    if command is not None:
        if not any(name.startswith(command[1]) for name in _LONG):
            return False
        text = command[2]
    if re.match(r"let\b", text) and not _is_let_within(text):
        text = without(text, "let")
    lexed = tokenise(text, EXPRESSION)
    if any(map(_is_open, lexed.diagnostics)):
        return _MISSPELT.search(text) is None
    kinds = [token.type for token in lexed.tokens if token.type != "NEWLINE"]
    if not kinds or lexed.diagnostics or kinds[0] == "LBRACKET":
        return False  # nothing begins with `[`, as a list does elsewhere
    if kinds[0] == "MODULE":
        return kinds.count("MODULE") > kinds.count("ENDMODULE")
    return kinds[-1] not in ENDS_OPERAND or kinds.count("IF") > kinds.count("ELSE")


def _is_open(problem: Diagnostic) -> bool:
    """Whether a bracket or a comment is not closed, rather than closed by the wrong thing."""
    found_instead = any(note.span is not None for note in problem.notes)
    return problem.code in ("X104", "X105") and not found_instead


def kind_of(text: str) -> tuple[str, str]:
    """What an input is, and what of it counts: a command, a definition, an assertion, an include,
    an expression, or nothing."""
    if not text:
        return "nothing", ""
    if text.startswith(":"):
        return "command", text
    first = re.match(r"[A-Za-z]\w*'*", text)
    word = first[0] if first is not None else ""
    if word == "assert":
        return "assertion", without(text, "assert")
    if word == "print":
        return "expression", without(text, "print")
    if word == "include":
        return "include", text
    if word == "let" and not _is_let_within(text):
        return "definition", without(text, "let")
    tokens = tokenise(text, EXPRESSION).tokens
    if not tokens:
        return ("expression" if tokenise(text, EXPRESSION).diagnostics else "nothing"), text
    depth = 0
    for token in tokens:
        depth += (token.type in _OPENING) - (token.type in _CLOSING)
        if depth == 0 and token.type in _CLAIMING:
            return "assertion", text
        if depth == 0 and token.type in _DEFINING:
            return "definition", text
    return ("definition" if tokens[0].type in _DECLARING else "expression"), text


def _is_let_within(text: str) -> bool:
    """Whether a `let` at the beginning of an expression has its `within`."""
    tokens = tokenise(text, EXPRESSION).tokens
    depth = 0
    for token in tokens if tokens and tokens[0].type == "LET" else ():
        depth += (token.type == "LET") - (token.type == "WITHIN")
        if depth == 0:
            return True
    return False


def without(text: str, word: str) -> str:
    """What follows the first word."""
    return text[len(word) :].strip()


def chosen(word: str, commands: Iterable[str]) -> str | None:
    """The command that a word means: itself, or the only one that begins with it."""
    if word == "?":
        return "help"
    found = [word] if word in commands else shortened(word, commands)
    return found[0] if len(found) == 1 else None


def shortened(word: str, commands: Iterable[str]) -> list[str]:
    """The commands that begin with a word."""
    return [name for name in commands if word and name.startswith(word)]


def unknown_command(word: str, commands: Sequence[str], advice: str) -> ScriptError:
    """Nobody knows this command, or several begin like it."""
    notes = [advice]
    several = shortened(word, commands)
    close = difflib.get_close_matches(word, commands, n=1, cutoff=0.5)
    if several:
        message = f"`{word}` may be {either(several)}"
    else:
        message = f"there is no command `{word}`"
        if close:
            notes.insert(0, f"did you mean `{close[0]}`?")
    return ScriptError(Diagnostic("X610", message, None, "", tuple(map(Note, notes))))


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def beginning(word: str, names: Iterable[str]) -> list[str]:
    """The names that begin with the word, in order."""
    return sorted({name for name in names if name.startswith(word)})


def table(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Rows of a help text."""
    return [f"  {left.strip():<18}{right}" for left, right in rows]
