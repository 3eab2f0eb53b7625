"""The table of a run: a row for each step, a column for each component that takes part.

```
  step  event    PHIL.0      FORK.0
     1  [τ]      ·           ·
```

The event is what the environment sees; an event that is hidden from it stands in brackets; a
component that does not take part has a dot. Columns are aligned by display width.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len as width_of

from cospec.results import Move

#: Columns between two columns.
_GAP = 2
#: In a wide table: this component performs the very event that the row shows.
_SAME = "●"
#: Widths that the cells of a table are cut to, until it fits.
_CELL_WIDTHS = (40, 28, 20, 16, 12)
#: A run of more steps than this is shown without its middle.
_MOST_STEPS = 120
_FIRST_STEPS, _LAST_STEPS = 20, 60

__all__ = ["pad", "shorten", "table", "width_of"]


def table(
    names: Sequence[str], steps: Sequence[Move], loop: Sequence[Move], width: int
) -> list[str]:
    """The steps, then the steps that repeat for ever, within `width` columns where possible.

    Components that never move are left out and counted. A table that is still too wide is
    cut into several, each with the step and event columns.
    """
    every = [*steps, *loop]
    moving = [
        index
        for index in range(len(names))
        if any(index < len(step.moves) and step.moves[index] is not None for step in every)
    ]
    idle = len(names) - len(moving)
    if len(names) <= 1:
        moving = []  # a single component does exactly what is seen
    header = ["step", "event", *(names[index] for index in moving)]
    rows: list[list[str] | str] = []
    for number, step in enumerate(steps, 1):
        if len(steps) > _MOST_STEPS and number == _FIRST_STEPS + 1:
            rows.append(f"… {len(steps) - _FIRST_STEPS - _LAST_STEPS} steps left out …")
        if len(steps) <= _MOST_STEPS or not _FIRST_STEPS < number <= len(steps) - _LAST_STEPS:
            rows.append(_row(number, step, moving))
    if loop:
        rows.append("and then, again and again:")
        rows.extend(_row(number, step, moving) for number, step in enumerate(loop, len(steps) + 1))
    lines: list[str] = []
    for block in _blocks(header, rows, width):
        lines.extend([""] if lines else [])
        lines.extend(block)
    if idle and len(names) > 1:
        noun = "component that does" if idle == 1 else "components that do"
        lines.append(f"  ({idle} {noun} not move left out)")
    return lines


def _row(number: int, step: Move, moving: Sequence[int]) -> list[str]:
    event = step.event if step.hidden is None else f"[{step.hidden}]"
    moves = [step.moves[index] if index < len(step.moves) else None for index in moving]
    return [str(number), event, *("·" if move is None else move for move in moves)]


def _blocks(header: list[str], rows: list[list[str] | str], width: int) -> list[list[str]]:
    """The table as one block of lines, or as several when it is too wide even with short cells."""
    everything = range(len(header))
    sizes = _sizes(header, rows, _CELL_WIDTHS[0])
    if _total(sizes) <= width:
        return [_block(header, rows, sizes, everything)]
    brief = [row if isinstance(row, str) else _brief(row) for row in rows]
    legend = [f"  ({_SAME} takes part in the event)"] if brief != rows else []
    for cell in _CELL_WIDTHS:
        sizes = _sizes(header, brief, cell)
        if _total(sizes) <= width:
            return [_block(header, brief, sizes, everything) + legend]
    *blocks, last = _split(header, brief, sizes, width)
    return [*blocks, last + legend]


def _total(sizes: list[int]) -> int:
    return 2 + sum(sizes) + _GAP * (len(sizes) - 1)


def _brief(row: list[str]) -> list[str]:
    """The row with a mark where a component does just what the event column says."""
    number, event, *moves = row
    bare = event[1:-1] if event.startswith("[") else event
    return [number, event, *(_SAME if move == bare else move for move in moves)]


def _split(
    header: list[str], rows: list[list[str] | str], sizes: list[int], width: int
) -> list[list[str]]:
    """Several tables beside whose steps the components are dealt out."""
    blocks: list[list[str]] = []
    columns: list[int] = []
    fixed = 2 + sizes[0] + _GAP + sizes[1]
    used = fixed
    for index in range(2, len(header)):
        if columns and used + _GAP + sizes[index] > width:
            blocks.append(_block(header, rows, sizes, [0, 1, *columns]))
            columns, used = [], fixed
        columns.append(index)
        used += _GAP + sizes[index]
    return [*blocks, _block(header, rows, sizes, [0, 1, *columns])]


def _sizes(header: list[str], rows: list[list[str] | str], most: int) -> list[int]:
    cells = [header, *(row for row in rows if not isinstance(row, str))]
    return [min(most, max(map(width_of, column))) for column in zip(*cells, strict=True)]


def _block(
    header: list[str], rows: list[list[str] | str], sizes: list[int], columns: Sequence[int]
) -> list[str]:
    lines = []
    for row in [header, *rows]:
        if isinstance(row, str):
            lines.append(f"  {' ' * (sizes[0] + _GAP)}{row}")
            continue
        cells = [pad(shorten(row[index], sizes[index]), sizes[index]) for index in columns]
        cells[0] = row[0].rjust(sizes[0])
        lines.append("  " + (" " * _GAP).join(cells).rstrip())
    return lines


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` columns: the middle gives way to `…`, since names in scripts
    differ at their ends."""
    text = " ".join(text.split())
    if width_of(text) <= width:
        return text
    tail = width // 3
    back = ""
    for character in reversed(text):
        if width_of(character + back) > tail:
            break
        back = character + back
    front = ""
    for character in text:
        if width_of(front + character) + 1 + width_of(back) > width:
            break
        front += character
    return f"{front}…{back}"


def pad(text: str, width: int) -> str:
    """`text` filled up with spaces to `width` columns."""
    return text + " " * (width - width_of(text))
