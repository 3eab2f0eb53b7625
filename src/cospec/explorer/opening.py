"""Makes explorers, of whatever can be explored; only here is anywidget asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cospec.explorer.dialogue import Dialogue

if TYPE_CHECKING:
    from cospec.explorer.widget import Explorer


class MissingPackage(ImportError):
    """Something that is installed separately is not installed; the text says how to install it."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows."""
        return [str(self)]


def explorer(dialogue: Dialogue) -> Explorer:
    """The widget that carries on a dialogue.

    Raises:
        MissingPackage: anywidget is not installed.
    """
    try:
        from cospec.explorer.widget import Explorer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("anywidget", "ipywidgets"):
            raise
        raise MissingPackage(
            "the explorer needs anywidget, which is not installed: pip install 'cospec[notebook]'"
        ) from None
    return Explorer(dialogue)
