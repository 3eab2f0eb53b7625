"""Panes of the animator: lines of text, of which there may be any number.

What scripts contain is shown as it stands: nothing here reads it as markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer

from cospec.table import width_of

#: Gives a line of a pane that is so wide.
Line = Callable[[int, int], Text]

#: A line of a script in a message, or the one with the carets below it, after the bar.
_QUOTED = re.compile(r"( *\d* *\| )(.*)")


class Lines(ScrollView):
    """Many lines, of which only those that are seen are made."""

    class Picked(Message):
        """A line was clicked."""

        def __init__(self, lines: Lines, number: int) -> None:
            super().__init__()
            self.lines = lines
            self.number = number

        @property
        def control(self) -> Lines:
            return self.lines

    def __init__(self, *, id: str, title: str = "", focus: bool = False) -> None:
        super().__init__(id=id)
        self.can_focus = focus
        self.entitle(title)
        self._count = 0
        self._visible: int | None = None
        self._line: Line = lambda _number, _width: Text()

    def entitle(self, title: str) -> None:
        """Set what stands in the border."""
        self.border_title = Content(plain(title))

    def show(self, count: int, line: Line, visible: int | None = None) -> None:
        """Show so many lines, and that one at any rate."""
        self._count, self._line, self._visible = count, line, visible
        self.virtual_size = Size(0, count)
        self.refresh()
        self.call_after_refresh(self._reveal)

    def text(self, text: str, style: str) -> None:
        """Show a text in lines as wide as the window, and take as much room as it needs."""
        width = self.app.size.width - self.gutter.width
        lines = [line for each in text.split("\n") for line in _fitted(plain(each), width)]
        self.styles.height = len(lines) + self.gutter.height
        self.show(len(lines), lambda number, _: Text.assemble((lines[number], style)), 0)

    def on_resize(self) -> None:
        """What had to be seen still has."""
        self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        if self._visible is not None:
            line = Region(0, self._visible, 1, 1)
            self.scroll_to_region(line, animate=False, immediate=True, force=True)

    def render_line(self, y: int) -> Strip:
        """The line at a place of the window."""
        number, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if number >= self._count:
            return Strip.blank(width, self.rich_style)
        text = self._line(number, width)
        text.truncate(width, overflow="ellipsis", pad=True)
        strip = Strip(text.render(self.app.console, end=""), width)
        return strip.apply_style(self.rich_style)

    def on_click(self, event: Click) -> None:
        """Tell which line was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self.scroll_offset.y < self._count:
            self.post_message(self.Picked(self, offset.y + self.scroll_offset.y))


class Page(ModalScreen[None]):
    """Something to be read, above everything else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark", "dismiss", "Close"),
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        yield Lines(id="page", title=self._title, focus=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        page = self.query_one(Lines)
        page.show(len(self._lines), lambda number, _: Text(plain(self._lines[number])))
        page.focus()


def plain(text: str) -> str:
    """Text on one line, with nothing in it that moves the cursor of a terminal."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def _fitted(text: str, width: int) -> list[str]:
    """A line of a message in as many as it takes; lines of scripts are not broken."""
    if _QUOTED.fullmatch(text) or width_of(text) <= width:
        return [text]
    lines, line = [], ""
    indent = " " * (len(text) - len(text.lstrip()))
    for word in text.split():
        if line and width_of(f"{line} {word}") > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else f"{indent}{word}"
    return [*lines, line]


def aligned(message: str, width: int) -> str:
    """A message whose quoted lines are moved to the left as far as it takes to see the carets."""
    lines = message.split("\n")
    for number, line in enumerate(lines[1:], 1):
        above, carets = _QUOTED.fullmatch(lines[number - 1]), _QUOTED.fullmatch(line)
        if above and carets and carets[2].lstrip().startswith("^"):
            hidden = max(0, min(line.rindex("^") + 1 - width, line.index("^") - len(carets[1])))
            if hidden:
                lines[number - 1] = f"{above[1]}…{above[2][hidden + 1 :]}"
                lines[number] = f"{carets[1]}{carets[2][hidden:]}"
    return "\n".join(lines)


def ending(text: str, width: int) -> str:
    """The end of a text, where it is too long."""
    if width_of(text) <= width:
        return text
    left = width - 2
    start = len(text)
    while start and (left := left - width_of(text[start - 1])) >= 0:
        start -= 1
    shown = text[start:]
    return f"… {shown.partition(', ')[2] or shown}"
