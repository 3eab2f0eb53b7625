"""Reading scripts: bytes to text, and where an included file is looked for."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.tree import Span

#: How graphs begin: Aldebaran, Graphviz, GraphML, JSON. No script begins so.
_GRAPH = re.compile(
    rb"\s*("
    rb"des\s*\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)\s*(\(|$)"
    rb'|(strict\s+)?(di)?graph(\s*"([^"\\]|\\.)*"|\s+-?[\w.]+)?\s*\{'
    rb"|(<\?xml[^>]*>\s*)?<graphml\b"
    rb'|\{\s*"'
    rb")"
)


def read_source(path: Path, shown: str, span: Span | None = None) -> str:
    """The text of a script; `span` is the include that asks for it.

    Decoded as UTF-8, or else as Windows-1252, or else as Latin-1, which cannot fail.

    Raises:
        ScriptError: X7xx, when there is no such file or it is no script.
    """
    try:
        if path.is_dir():
            raise ScriptError(errors.is_directory(shown, span))
        data = path.read_bytes()
    except FileNotFoundError:
        raise ScriptError(errors.missing_file(shown, span, _beside(path))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScriptError(errors.unreadable(shown, reason, span)) from None
    if data.startswith(b"{\\rtf1"):
        raise ScriptError(errors.rich_text(shown, span))
    if b"\0" in data:
        raise ScriptError(errors.binary(shown, span))
    if _GRAPH.match(data):
        raise ScriptError(errors.state_graph(shown, span))
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _beside(path: Path) -> list[str]:
    """The names of what is in the folder of a file."""
    try:
        return sorted(each.name for each in path.parent.iterdir())
    except OSError:
        return []


def find_include(
    name: str, root: Path | None, including: Path | None, including_shown: str
) -> tuple[Path, str]:
    """Where `include "name"` points, and what messages call it.

    A path counts from the folder of the root script, or else from that of the including file. The
    second is shown as seen from the first.
    """
    first = (root or Path()) / name
    if first.exists() or including is None:
        return first, name
    second = including / name
    if not second.exists():
        return first, name
    return second, (PurePath(including_shown).parent / name).as_posix()
