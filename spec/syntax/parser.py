"""From script to syntax tree.

A file is cut into tokens once; the tokens are cut into declarations at the line breaks that count,
and each declaration is parsed alone, so that one run reports the mistakes of every declaration.
Modules and `Timed` sections are walked here, by recursive descent over their declarations, and
included files are spliced in where their `include` stands.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from lark import Lark
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax import tree
from cospec.spec.syntax.builder import Builder, Header, group_clauses
from cospec.spec.syntax.diagnosis import explain, open_brackets
from cospec.spec.syntax.errors import Diagnostic, ScriptError
from cospec.spec.syntax.lexer import FRESH_START, tokenise
from cospec.spec.syntax.patterns import misplaced
from cospec.spec.syntax.sources import find_include, read_source
from cospec.spec.syntax.spelling import Surroundings, misspelt
from cospec.spec.syntax.tokens import Token
from cospec.spec.syntax.tree import Span

#: Modules and timed sections may be nested this deep.
_SECTION_LIMIT = 50


def parse_file(path: str | os.PathLike[str]) -> tree.Script:
    """Read a script and all that it includes.

    Raises:
        ScriptError: with every mistake that was found.
    """
    shown = os.fspath(path)
    return parse_text(read_source(Path(path), shown), shown, Path(path).parent)


def parse_text(text: str, file: str = "<text>", folder: Path | None = None) -> tree.Script:
    """Parse a script given as text; includes are looked for in `folder`."""
    reading = read_text(text, file, folder)
    if reading.diagnostics:
        found = tree.assertions_among(reading.script.declarations)
        raise ScriptError(reading.diagnostics, reading.script.sources, found)
    return reading.script


#: Reads a file: its path, what messages call it, the include that asks for it.
ReadFile = Callable[[Path, str, Span], str]


class Reading(NamedTuple):
    """What could be read of a script, and what could not.

    Attributes:
        script: the declarations without mistakes.
        diagnostics: the mistakes, in the order in which they were met.
        paths: where the files are, by their names in spans; without a script that is only text.
        includes: each `include` that was followed, and the name of its file.
    """

    script: tree.Script
    diagnostics: tuple[Diagnostic, ...]
    paths: dict[str, Path]
    includes: tuple[tuple[Span, str], ...]


def read_text(
    text: str, file: str = "<text>", folder: Path | None = None, read: ReadFile = read_source
) -> Reading:
    """Parse as much as can be parsed of a script given as text.

    Args:
        text: the script.
        file: what spans call it.
        folder: where includes are looked for.
        read: how to read them.
    """
    reader = _Reader(folder, read)
    root = _Source(text, file, folder, None if folder is None else folder / Path(file).name)
    declarations = reader.read(root, (root,), _Place())
    return Reading(
        tree.Script(declarations, reader.sources),
        tuple(reader.diagnostics),
        reader.paths,
        tuple(reader.includes),
    )


def parse_expression(text: str, file: str = "<expression>") -> tree.Expr:
    """Parse a single expression."""
    return cast(tree.Expr, _parse_alone(text, file, "expression", ""))


def parse_assertion(text: str, file: str = "<assertion>") -> tree.Assertion:
    """Parse an assertion written without its `assert`."""
    return cast(tree.Assertion, _parse_alone(text, file, "claim", "ASSERT"))


def _parse_alone(text: str, file: str, start: str, after: str) -> object:
    sources = {file: text}
    lexed = tokenise(text, file, after=after)
    if lexed.diagnostics:
        raise ScriptError(lexed.diagnostics, sources)
    try:
        result = _parse(lexed.tokens, start, Span(file, 1, 1, 1, 2))
    except ScriptError as error:
        raise ScriptError(error.diagnostics, sources) from None
    wrong = misplaced(lexed.tokens, result)
    if wrong:
        raise ScriptError(wrong, sources)
    if isinstance(result, tree.Assertion):
        return replace(result, text=_source(lexed.tokens))
    return result


# ---------------------------------------------------------------- the grammar


class _NoLexer(Lexer):
    """Lark is given tokens one by one; it never asks for a lexer's work."""

    __future_interface__ = 1

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, *_: Any) -> Any:
        raise AssertionError("tokens are fed by hand")


@cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("cspm.lark").read_text(encoding="utf-8")
    return Lark(
        text,
        parser="lalr",
        lexer=_NoLexer,
        start=["declaration", "expression", "claim", "module_header", "timed_header"],
        transformer=Builder(),
        maybe_placeholders=True,
    )


def _parse(
    tokens: Sequence[Token], start: str, nowhere: Span, around: Surroundings | None = None
) -> Any:
    """Parse tokens, none of which is a top-level break; `nowhere` places an empty list.

    `around` is the file in which they stand, where it is more than these.
    """
    if tokens:
        last = tokens[-1]
        place = last.span
        end_span = Span(
            place.file, place.end_line, place.end_column, place.end_line, place.end_column + 1
        )
        end = Token("$END", "", end_span, last.end, last.end)
    else:
        end = Token("$END", "", nowhere, 0, 0)
    state = _grammar().parse_interactive(start=start).parser_state
    for index, token in enumerate((*tokens, end)):
        try:
            result = state.feed_token(cast(Any, token), token is end)
        except UnexpectedToken:
            expected = _expected(tokens[:index], start)
            mistake = explain((*tokens, end), index, expected)
            within = around or Surroundings(tokens)
            raise ScriptError(_with_hint(mistake, (*tokens, end), index, start, within)) from None
    return result


def _with_hint(
    mistake: Diagnostic,
    tokens: Sequence[Token],
    index: int,
    start: str,
    around: Surroundings,
) -> Diagnostic:
    """The mistake, and the keyword that a word before it was probably meant to be."""

    def accepts(beginning: Sequence[Token]) -> bool:
        if start == "declaration" and beginning[0].type in ("IF", "NOT"):
            return False  # an expression, which is no declaration
        state = _grammar().parse_interactive(start=start).parser_state
        try:
            for token in beginning:
                state.feed_token(cast(Any, token), token.type == "$END")
        except (UnexpectedToken, ScriptError):
            return False
        return True

    found = misspelt(tokens, index, accepts, around)
    end = tokens[-1]
    if found is None and tokens[index] is end:  # perhaps a `then` or `else` on the next line
        below = (*tokens[:-1], *around.below(end), end)
        found = misspelt(below, index, accepts, around)
    return mistake if found is None else errors.misspelt(mistake, *found)


def _expected(tokens: Sequence[Token], start: str) -> set[str]:
    """What may follow some tokens. The parser that met the mistake cannot tell, for it has
    already built what the wrong token would have ended elsewhere."""
    interactive = _grammar().parse_interactive(start=start)
    for token in tokens:
        interactive.parser_state.feed_token(cast(Any, token))
    return set(cast(Any, interactive).accepts())


def _source(tokens: Sequence[Token]) -> str:
    """What the tokens cover, with every gap, comments included, as one space."""
    parts: list[str] = []
    end = tokens[0].start if tokens else 0
    for token in tokens:
        if token.type in ("NEWLINE", "SEPARATOR"):
            continue
        if token.start > end:
            parts.append(" ")
        parts.append(re.sub(r"\s+", " ", token.text))
        end = token.end
    return "".join(parts)


# ------------------------------------------------------------------- scripts


class _Place(NamedTuple):
    """What surrounds a declaration: the words of the sections it stands in."""

    module: bool = False
    timed: bool = False
    depth: int = 0


class _Source(NamedTuple):
    """A file that is being read; without a path if it never was one."""

    text: str
    shown: str
    folder: Path | None
    path: Path | None


class _Reader:
    """Collects the mistakes and the texts of a script and its includes."""

    def __init__(self, root: Path | None, read_file: ReadFile) -> None:
        self.root = root
        self.read_file = read_file
        self.diagnostics: list[Diagnostic] = []
        self.sources: dict[str, str] = {}
        self.paths: dict[str, Path] = {}
        self.includes: list[tuple[Span, str]] = []

    def read(
        self, source: _Source, chain: tuple[_Source, ...], place: _Place
    ) -> tuple[tree.Declaration, ...]:
        """The declarations of one file; `chain` are the files that include one another."""
        self.sources[source.shown] = source.text
        if source.path is not None:
            self.paths[source.shown] = source.path
        lexed = tokenise(source.text, source.shown)
        self.diagnostics.extend(lexed.diagnostics)
        section = _Section(self, lexed.tokens, chain)
        return section.declarations(place)[0]

    def include(
        self, token: Token, chain: tuple[_Source, ...], place: _Place
    ) -> tuple[tree.Declaration, ...]:
        """The declarations of the file that an `include` names."""
        here = chain[-1]
        path, shown = find_include(token.text, self.root, here.folder, here.shown)
        known = [s.path.resolve() for s in chain if s.path is not None]
        if path.resolve() in known:
            names = [*(s.shown for s in chain), shown]
            self.diagnostics.append(errors.include_cycle(token.span, names))
            return ()
        try:
            text = self.read_file(path, shown, token.span)
        except ScriptError as error:
            self.diagnostics.extend(error.diagnostics)
            return ()
        self.includes.append((token.span, shown))
        source = _Source(text, shown, path.parent, path)
        return self.read(source, (*chain, source), place)


class _Section:
    """Walks the declarations of one file; modules and timed sections nest."""

    def __init__(self, reader: _Reader, tokens: list[Token], chain: tuple[_Source, ...]) -> None:
        self.reader = reader
        self.tokens = tokens
        self.around = Surroundings(tokens)
        self.chain = chain
        self.at = 0

    def declarations(
        self, place: _Place, ends: tuple[str, ...] = ()
    ) -> tuple[tuple[tree.Declaration, ...], Token | None]:
        """Up to a token of one of the types `ends`, which is taken, or the end of the file."""
        found: list[tree.Declaration] = []
        stop = None
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.type in ends:
                self.at += 1
                stop = token
                break
            try:
                found.extend(self._next(token, place))
            except ScriptError as error:
                self.reader.diagnostics.extend(error.diagnostics)
        return self._group(found), stop

    def _group(self, found: list[tree.Declaration]) -> tuple[tree.Declaration, ...]:
        try:
            return group_clauses(found)
        except ScriptError as error:
            self.reader.diagnostics.extend(error.diagnostics)
            return tuple(found)

    def _next(self, token: Token, place: _Place) -> tuple[tree.Declaration, ...]:
        if token.type == "NEWLINE":
            self.at += 1
            return ()
        if token.type == "INCLUDED":
            self.at += 1
            return self.reader.include(token, self.chain, place)
        if token.type == "MODULE":
            return (self._module(token, place),)
        if token.type == "TIMED":
            return (self._timed(token, place),)
        if token.type in ("EXPORTS", "ENDMODULE", "UNIT_END"):
            self.at += 1
            raise ScriptError(errors.stray_module_word(token.span, token.text))
        unit = self._unit()
        if token.type in ("ASSERT", "PRINT") and place.module:
            raise ScriptError(errors.not_in_module(token.span, token.text))
        if token.type == "PRINT" and place.timed:
            raise ScriptError(errors.print_in_timed(token.span))
        try:
            result = _parse(unit, "declaration", token.span, self.around)
        except ScriptError:
            self._rewind(unit)
            raise
        if isinstance(result, tree.Assertion):
            result = replace(result, text=_source(unit[1:]))
        self.reader.diagnostics.extend(misplaced(unit, result))
        return (result,)

    def _unit(self) -> list[Token]:
        """The tokens up to the next break."""
        start = self.at
        breaks = ("NEWLINE", "INCLUDED", "UNIT_START", "UNIT_END")
        while self.at < len(self.tokens) and self.tokens[self.at].type not in breaks:
            self.at += 1
        if self.at == start:
            self.at += 1
        return self.tokens[start : self.at]

    def _rewind(self, unit: list[Token]) -> None:
        """After a mistake, go on at a line that looks like a declaration although the one above it
        is not finished: `x = 1 +`, and on the next line `y = 2`."""
        text = self.chain[-1].text
        for index, token in enumerate(unit):
            if (
                index
                and token.span.column == 1
                and FRESH_START.match(text, token.start)
                and not open_brackets(unit[:index])
            ):
                self.at -= len(unit) - index
                return

    # --------------------------------------------------------------- sections

    def _enter(self, token: Token, place: _Place, **change: bool) -> _Place:
        if place.depth >= _SECTION_LIMIT:
            raise ScriptError(errors.nested_too_deeply(token, _SECTION_LIMIT))
        return place._replace(depth=place.depth + 1, **change)

    def _header(self, start: str, token: Token) -> Header | None:
        unit = self._unit()
        try:
            header: Header = _parse(unit, start, token.span)
        except ScriptError as error:
            self.reader.diagnostics.extend(error.diagnostics)
            return None
        role = "pattern" if start == "module_header" else ""
        self.reader.diagnostics.extend(misplaced(unit, header.arguments, role))
        return header

    def _module(self, token: Token, place: _Place) -> tree.Module:
        header = self._header("module_header", token)
        inner = self._enter(token, place, module=True)
        private, stop = self.declarations(inner, ("EXPORTS", "ENDMODULE"))
        public: tuple[tree.Declaration, ...] = ()
        name = Token("NAME", "?", token.span, 0, 0) if header is None else header.name
        if stop is None:
            raise ScriptError(errors.module_unclosed(token.span.to(name.span), name.text))
        if stop.type == "ENDMODULE" and header is not None:
            raise ScriptError(errors.exports_missing(token.span.to(name.span), name.text))
        exports = stop
        while stop.type == "EXPORTS":
            if stop is not exports:
                mistake = errors.exports_twice(stop.span, exports.span)
                self.reader.diagnostics.append(mistake)
            public, stop = self.declarations(inner, ("EXPORTS", "ENDMODULE"))
            if stop is None:
                raise ScriptError(errors.module_unclosed(token.span.to(name.span), name.text))
        arguments = () if header is None else header.arguments
        span = token.span.to(stop.span)
        return tree.Module(name.text, arguments, private, public, name.span, span)

    def _timed(self, token: Token, place: _Place) -> tree.Timed:
        begin = self.at
        self._unit()
        if self.at >= len(self.tokens) or self.tokens[self.at].type != "UNIT_START":
            raise ScriptError(errors.timed_brace_missing(token.span))
        self.at = begin
        header = self._header("timed_header", token)
        self.at += 1
        inner = self._enter(token, place, timed=True)
        declarations, stop = self.declarations(inner, ("UNIT_END",))
        end = token if stop is None else stop
        function = header.arguments[0] if header is not None and header.arguments else None
        return tree.Timed(function, declarations, token.span.to(end.span))
