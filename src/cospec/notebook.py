"""`%load_ext cospec`: scripts written in the cells of a notebook (docs/notebooks.md).

* `%%cspm NAME` reads the cell as a script, and NAME is it (`cospec.Script`) from then on;
* `%cspm_check [NAME] [SECONDS]` checks what it asserts, and shows what comes of it.

IPython is not imported: it gives itself to `load_ipython_extension`.
"""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword
from typing import Any, Protocol

from cospec.api.checks import Result
from cospec.api.scripts import Script, parse
from cospec.drawing import text
from cospec.spec.syntax.errors import ScriptError

#: The name of a script whose cell gives it none.
DEFAULT = "script"


class Shell(Protocol):
    """What is asked of IPython."""

    user_ns: dict[str, Any]

    def register_magic_function(
        self, func: Callable[..., Any], magic_kind: str, magic_name: str
    ) -> None:
        """Makes a function a magic."""


class Printer(Protocol):
    """What is asked of IPython's printer."""

    def text(self, obj: str) -> None:
        """Writes a text."""


class ShownError(ScriptError):
    """A mistake in a script, which IPython shows with its place instead of a traceback."""

    def __init__(self, error: ScriptError) -> None:
        super().__init__(error.diagnostics, error.sources, error.assertions, error.warnings)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows."""
        return [str(self)]


class Misused(ValueError):
    """A magic that was not given what it takes, which IPython shows without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows."""
        return [str(self)]


class Results(list[Result]):
    """The results of a script's assertions; those that could not be checked are in `errors`."""

    def __init__(self, script: Script, seconds: float | None) -> None:
        """Checks what the script asserts, one by one: a mistake in one does not stop the others."""
        super().__init__()
        self.errors: list[ScriptError] = []
        for assertion in script.assertions:
            try:
                self.append(assertion.check(seconds=seconds))
            except ScriptError as error:
                self.errors.append(error)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show: all results, then the mistakes."""
        shown = [each._repr_mimebundle_() for each in self]
        wrong = list(map(str, self.errors))
        style = "font-family: monospace; white-space: pre-wrap"
        pages = [each["text/html"] for each in shown]
        pages += [f'<div style="{style}">{text(each)}</div>' for each in wrong]
        plain = [*(each["text/plain"] for each in shown), *wrong]
        nothing = "the script asserts nothing"
        return {
            "text/plain": "\n".join(plain) or nothing,
            "text/html": '<hr style="margin: 0.6em 0">'.join(pages) or nothing,
        }

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """The text of it, in place of the one that IPython has for every list."""
        del cycle
        printer.text(self._repr_mimebundle_()["text/plain"])


def load_ipython_extension(shell: Shell) -> None:
    """Adds the magics to IPython; `%load_ext cospec` calls this."""

    def cspm(line: str, cell: str) -> None:
        name = line.strip() or DEFAULT
        if not name.isidentifier() or iskeyword(name):
            raise Misused(f"a script is called by a name of Python's, which `{name}` is not")
        if isinstance(shell.user_ns.get(name), Script):
            del shell.user_ns[name]  # or a check after a mistake would be one of the old script
        try:
            shell.user_ns[name] = parse(cell)
        except ScriptError as error:
            raise ShownError(error) from None

    def cspm_check(line: str) -> Results:
        name, *rest = line.split() or [DEFAULT]
        script = shell.user_ns.get(name)
        if not isinstance(script, Script):
            raise Misused(f"there is no script `{name}`: a cell `%%cspm {name}` makes one")
        try:
            seconds = float(" ".join(rest)) if rest else None
        except ValueError:
            given = " ".join(rest)
            told = f"after {name} may come the seconds that an assertion may take, not `{given}`"
            raise Misused(told) from None
        return Results(script, seconds)

    cspm.__doc__ = "%%cspm [NAME]: reads the cell as a CSPM script, called NAME from then on."
    cspm_check.__doc__ = (
        "%cspm_check [NAME] [SECONDS]: checks the assertions of a script, each at most so long."
    )
    shell.register_magic_function(cspm, "cell", "cspm")
    shell.register_magic_function(cspm_check, "line", "cspm_check")
