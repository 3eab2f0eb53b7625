"""`%load_ext cospec`: scripts written in the cells of a notebook (docs/notebooks.md).

* `%%cspm NAME` reads the cell as a script, and NAME is it (`cospec.Script`) from then on;
* `%cspm_check [NAME] [SECONDS]` checks what it asserts, and shows what comes of it.

IPython is not imported: it gives itself to `load_ipython_extension`.
"""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword
from typing import Any, Protocol

from cospec.api.checks import Result, Results
from cospec.api.scripts import Script, parse
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


def checked(script: Script, seconds: float | None) -> Results:
    """What comes of all that the script asserts: a mistake in one does not stop the others."""
    results: list[Result] = []
    errors: list[ScriptError] = []
    for assertion in script.assertions:
        try:
            results.append(assertion.check(seconds=seconds))
        except ScriptError as error:
            errors.append(error)
    return Results(results, errors)


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
        return checked(script, seconds)

    cspm.__doc__ = "%%cspm [NAME]: reads the cell as a CSPM script, called NAME from then on."
    cspm_check.__doc__ = (
        "%cspm_check [NAME] [SECONDS]: checks the assertions of a script, each at most so long."
    )
    shell.register_magic_function(cspm, "cell", "cspm")
    shell.register_magic_function(cspm_check, "line", "cspm_check")
