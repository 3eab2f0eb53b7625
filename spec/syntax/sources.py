"""Reading scripts: bytes to text, and where an included file is looked for."""

from __future__ import annotations

from pathlib import Path

from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.tree import Span


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
        raise ScriptError(errors.missing_file(shown, span)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScriptError(errors.unreadable(shown, reason, span)) from None
    if data.startswith(b"{\\rtf1"):
        raise ScriptError(errors.rich_text(shown, span))
    if b"\0" in data:
        raise ScriptError(errors.binary(shown, span))
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def find_include(name: str, root: Path | None, including: Path | None) -> Path:
    """Where `include "name"` points: from the folder of the root script, or else from that of the
    including file."""
    folders = [folder for folder in (root, including) if folder is not None] or [Path()]
    candidates = [folder / name for folder in folders]
    return next((path for path in candidates if path.exists()), candidates[0])
