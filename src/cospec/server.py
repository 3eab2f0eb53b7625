"""The language server: what an editor asks about scripts, over the Language Server Protocol.

Nothing of CSP is decided here. `cospec.spec.syntax.analysis` knows what a script means; this module
keeps the texts that are open, has them looked at again when they change, and translates between
places in scripts and the protocol's positions. It needs pygls (the extra `lsp`).

A file that an open script includes is judged as a part of that script, with the names that it
finds there. So is one whose text has not been saved.
"""

from __future__ import annotations

import asyncio
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

import cospec
from cospec.checker import budget
from cospec.scripts import problem_of
from cospec.spec.syntax.analysis import Analysis, Symbol, Use, analyse
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.parser import read_text
from cospec.spec.syntax.sources import read_source
from cospec.spec.syntax.tree import Span

#: How long the text has to stand still before it is looked at, in seconds.
PAUSE = 0.15

#: How long one script may be looked at, in seconds. All in the library take less than a tenth.
PATIENCE = 20.0

#: Where a mistake is shown that has no place.
NOWHERE = (1, 1)

SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
}

SYMBOL_KINDS = {
    "process": lsp.SymbolKind.Object,
    "function": lsp.SymbolKind.Function,
    "value": lsp.SymbolKind.Constant,
    "channel": lsp.SymbolKind.Event,
    "datatype": lsp.SymbolKind.Enum,
    "constructor": lsp.SymbolKind.EnumMember,
    "nametype": lsp.SymbolKind.TypeParameter,
    "module": lsp.SymbolKind.Module,
    "instance": lsp.SymbolKind.Module,
    "timed": lsp.SymbolKind.Namespace,
    "assertion": lsp.SymbolKind.Boolean,
}


# ------------------------------------------------------------------------------ places


def line_starts(text: str, ends: tuple[str, ...]) -> list[int]:
    """Where the lines of a text begin that end as told, longer ends first."""
    starts, at = [0], 0
    while at < len(text):
        end = next((len(e) for e in ends if text.startswith(e, at)), 0)
        at += end or 1
        if end:
            starts.append(at)
    return starts


class Text:
    """Translates places in one text.

    Spans count code points from 1, in lines that end with a line feed. The protocol counts code
    units from 0, in lines that may also end with a carriage return.
    """

    def __init__(self, text: str, codec: PositionCodec) -> None:
        self._text = text
        self._codec = codec
        self._ours = line_starts(text, ("\n",))
        self._theirs = line_starts(text, ("\r\n", "\n", "\r")) if "\r" in text else self._ours

    def position(self, line: int, column: int) -> lsp.Position:
        """A place of a span as the protocol has it."""
        line = min(line, len(self._ours))
        offset = min(self._ours[line - 1] + column - 1, len(self._text))
        number = bisect_right(self._theirs, offset) - 1
        before = self._text[self._theirs[number] : offset]
        return lsp.Position(number, int(self._codec.client_num_units(before)))

    def range(self, span: Span) -> lsp.Range:
        """A span as the protocol has it."""
        start = self.position(span.line, span.column)
        return lsp.Range(start, self.position(span.end_line, span.end_column))

    def place(self, position: lsp.Position) -> tuple[int, int]:
        """The line and column of a position; the nearest if the text has no such position."""
        number = min(position.line, len(self._theirs) - 1)
        last = number + 1 == len(self._theirs)
        end = len(self._text) if last else self._theirs[number + 1]
        offset, units = self._theirs[number], 0
        while offset < end and self._text[offset] not in "\r\n" and units < position.character:
            units += int(self._codec.client_num_units(self._text[offset]))
            offset += 1
        line = bisect_right(self._ours, offset)
        return line, offset - self._ours[line - 1] + 1


# ------------------------------------------------------------------------------ scripts


@dataclass(slots=True)
class Opened:
    """A text that is open in the editor.

    Attributes:
        file: what spans call it.
        uris: the files of the script that it is, by their names in spans.
    """

    uri: str
    file: str
    text: str
    version: int | None
    analysis: Analysis = field(default_factory=Analysis)
    uris: dict[str, str] = field(default_factory=dict)
    stale: bool = True

    def file_of(self, uri: str) -> str | None:
        """What spans call a file of this script."""
        return next((file for file, its in self.uris.items() if its == uri), None)


class Scripts:
    """The open texts and what is known of them."""

    def __init__(self) -> None:
        self._opened: dict[str, Opened] = {}

    def put(self, uri: str, text: str, version: int | None) -> None:
        """A text was opened or has changed."""
        name = Path(to_fs_path(uri) or uri).name or uri
        self._opened[uri] = Opened(uri, name, text, version)
        self._touch(uri)

    def close(self, uri: str) -> None:
        """A text was closed; from now on the file counts."""
        self._opened.pop(uri, None)
        self._touch(uri)

    def version(self, uri: str) -> int | None:
        """The version of an open text."""
        opened = self._opened.get(uri)
        return None if opened is None else opened.version

    def _touch(self, uri: str) -> None:
        for each in self._opened.values():
            each.stale |= uri in each.uris.values()

    def distrust(self) -> None:
        """Files may have changed."""
        for each in self._opened.values():
            each.stale = True

    def refresh(self) -> None:
        """Looks again at what has changed."""
        for each in self._opened.values():
            if each.stale:
                each.analysis = self._examined(each)
                each.uris = {file: self._uri(path) for file, path in each.analysis.paths.items()}
                each.uris[each.file] = each.uri
                each.stale = False

    def whole(self) -> list[Opened]:
        """The open scripts, without those that are parts of others."""
        every = list(self._opened.values())
        return [
            each
            for each in every
            if not any(
                other is not each
                and each.uri in other.uris.values()
                and other.uri not in each.uris.values()
                for other in every
            )
        ]

    def about(self, uri: str) -> tuple[Opened, str] | None:
        """The script that a text belongs to, and what spans call it there."""
        for each in self.whole():
            file = each.file_of(uri)
            if file is not None:
                return each, file
        return None

    # ---------------------------------------------------------------------- looking at them

    def _examined(self, opened: Opened) -> Analysis:
        """What is known of a text, which includes every mistake made in finding it out."""
        where = to_fs_path(opened.uri)
        folder = None if where is None else Path(where).parent

        def examine() -> Analysis:
            reading = read_text(opened.text, opened.file, folder, self._read)
            try:
                return analyse(reading)
            except Exception as error:
                found = (*reading.diagnostics, problem_of(error))
                sources = reading.script.sources
                return Analysis(found, (), (), sources, reading.paths, reading.includes)

        try:
            return budget.run(examine, seconds=PATIENCE)
        except budget.BudgetExceeded as exceeded:
            problem = Diagnostic("X601", exceeded.reason)
        except Exception as error:
            problem = problem_of(error)
        return Analysis((problem,), sources={opened.file: opened.text})

    def _read(self, path: Path, shown: str, span: Span) -> str:
        """The text of an included file, as the editor has it if it is open."""
        opened = self._opened.get(self._uri(path))
        return read_source(path, shown, span) if opened is None else opened.text

    def _uri(self, path: Path) -> str:
        """The name of a file in the protocol, spelt as the editor spells it if it is open."""
        plain = os.path.normpath(path)
        same = (u for u in self._opened if os.path.normpath(to_fs_path(u) or u) == plain)
        return next(same, None) or from_fs_path(plain) or plain


# ------------------------------------------------------------------------------ answers


class Answers:
    """What the server says about open scripts, in the protocol's terms."""

    def __init__(self, scripts: Scripts, codec: PositionCodec) -> None:
        self._scripts = scripts
        self._codec = codec

    def _text(self, opened: Opened, file: str) -> Text:
        return Text(opened.analysis.sources.get(file, ""), self._codec)

    def _location(self, opened: Opened, span: Span) -> lsp.Location:
        uri = opened.uris.get(span.file, opened.uri)
        return lsp.Location(uri, self._text(opened, span.file).range(span))

    def diagnostics(self) -> dict[str, list[lsp.Diagnostic]]:
        """The mistakes of the open scripts, file by file; of open files without any, too."""
        found: dict[str, list[lsp.Diagnostic]] = {}
        for opened in self._scripts.whole():
            for uri in opened.uris.values():
                found.setdefault(uri, [])
            for each in opened.analysis.diagnostics:
                line, column = NOWHERE
                span = each.span or Span(opened.file, line, column, line, column)
                place = self._location(opened, span)
                said = self._diagnostic(opened, each, place.range)
                if said not in found[place.uri]:
                    found[place.uri].append(said)
        return found

    def _diagnostic(self, opened: Opened, each: Diagnostic, place: lsp.Range) -> lsp.Diagnostic:
        lines = [each.message if each.label in each.message else f"{each.message}: {each.label}"]
        related = []
        for note in each.notes:
            if note.span is None:
                lines.append(note.text)
            else:
                location = self._location(opened, note.span)
                related.append(lsp.DiagnosticRelatedInformation(location, note.text))
        return lsp.Diagnostic(
            place,
            "\n".join(lines),
            SEVERITIES[each.severity],
            each.code,
            source="cospec",
            related_information=related or None,
        )

    def _at(self, uri: str, position: lsp.Position) -> tuple[Opened, tuple[str, int, int]] | None:
        """The script that a text belongs to, and a place in it."""
        self._scripts.refresh()
        found = self._scripts.about(uri)
        if found is None:
            return None
        opened, file = found
        return opened, (file, *self._text(opened, file).place(position))

    def hover(self, uri: str, position: lsp.Position) -> lsp.Hover | None:
        """The type of the name at a position, and where it is declared."""
        found = self._at(uri, position)
        if found is None:
            return None
        opened, place = found
        use = opened.analysis.use_at(*place)
        if use is None:
            return None
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, told(use))
        return lsp.Hover(content, self._text(opened, use.span.file).range(use.span))

    def definition(self, uri: str, position: lsp.Position) -> lsp.Location | None:
        """Where the name at a position is declared; of an `include`, the file."""
        found = self._at(uri, position)
        if found is None:
            return None
        opened, place = found
        included = opened.analysis.included_at(*place)
        if included is not None:
            return self._location(opened, Span(included, 1, 1, 1, 1))
        use = opened.analysis.use_at(*place)
        if use is None or use.declared is None:
            return None
        return self._location(opened, use.declared)

    def symbols(self, uri: str) -> list[lsp.DocumentSymbol]:
        """The outline of a text."""
        self._scripts.refresh()
        found = self._scripts.about(uri)
        if found is None:
            return []
        opened, file = found
        return list(self._outline(opened.analysis.outline(file), self._text(opened, file)))

    def _outline(self, symbols: Iterable[Symbol], text: Text) -> Iterator[lsp.DocumentSymbol]:
        for each in symbols:
            yield lsp.DocumentSymbol(
                each.name,
                SYMBOL_KINDS[each.kind],
                text.range(each.span),
                text.range(each.name_span),
                detail=each.detail or None,
                children=list(self._outline(each.children, text)) or None,
            )


def told(use: Use) -> str:
    """What there is to say about a name, in Markdown."""
    whole = f"{use.name} :: {use.type}" if use.type else use.name
    lines = [f"```cspm\n{whole}\n```"]
    if use.type_here != use.type:
        lines.append(f"here `{use.type_here}`")
    declared = use.declared
    if declared is None:
        lines.append(use.kind)
    else:
        lines.append(f"{use.kind}, declared in `{declared.file}`, line {declared.line}")
    return "\n\n".join(lines)


# ------------------------------------------------------------------------------ the server


def made() -> LanguageServer:
    """A server that answers about scripts."""
    # Whole texts: pygls cuts lines also at form feeds when it patches, which editors do not.
    server = LanguageServer(
        "cospec", cospec.__version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full
    )
    scripts = Scripts()
    published: dict[str, list[lsp.Diagnostic]] = {}

    def answers() -> Answers:
        return Answers(scripts, server.workspace.position_codec)

    def publish(changed: str) -> None:
        scripts.refresh()
        found = answers().diagnostics()
        for uri in {**published, **found, changed: []}:
            now = found.get(uri, [])
            if uri == changed or now != published.get(uri, []):
                server.text_document_publish_diagnostics(
                    lsp.PublishDiagnosticsParams(uri, now, scripts.version(uri))
                )
        published.clear()
        published.update(found)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        scripts.put(document.uri, document.text, document.version)
        publish(document.uri)

    def publish_if_still(uri: str, version: int) -> None:
        if scripts.version(uri) == version:
            publish(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        uri, version = params.text_document.uri, params.text_document.version
        scripts.put(uri, server.workspace.get_text_document(uri).source, version)
        asyncio.get_running_loop().call_later(PAUSE, publish_if_still, uri, version)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        scripts.distrust()
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        scripts.close(params.text_document.uri)
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        return answers().hover(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> lsp.Location | None:
        return answers().definition(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return answers().symbols(params.text_document.uri)

    return server


def serve() -> None:
    """Serves one editor over standard input and output, until it says goodbye."""
    made().start_io()
