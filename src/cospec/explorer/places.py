"""Where states are drawn: cells of a grid, given away once and for all.

A graph that grows must not jump: a state stays where it is, and new ones are put into free cells
to the right of those that led to them, as near as there is room. The same exploration gives the
same picture again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import count

Cell = tuple[int, int]

#: Distances between columns and between rows.
WIDTH, HEIGHT = 150, 66

#: So many new states go into one column; more are spread over several, to about a square.
_COLUMN = 14


class Places:
    """A grid of columns, from left to right, and rows; each cell has at most one state."""

    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self._taken: defaultdict[int, set[int]] = defaultdict(set)

    def add(self, parents: Sequence[Sequence[int]]) -> None:
        """Places new states, the next numbers: for each, the states that lead to it."""
        if not parents:
            return
        rows = _fanned([self._middle(each) for each in parents])
        columns = [self.cells[parent][0] for each in parents for parent in each]
        first = max(columns, default=max(self._taken, default=-1)) + 1
        order = sorted(range(len(rows)), key=lambda index: (rows[index], index))
        if len(rows) > _COLUMN:
            breadth = max(1, math.isqrt(len(rows)) // 3)
            top = sum(rows) / len(rows) - len(rows) / breadth / 2
            wanted = {i: (first + n % breadth, top + n // breadth) for n, i in enumerate(order)}
        else:
            wanted = {index: (first, rows[index]) for index in order}
        given = {index: self._free(*wanted[index]) for index in order}
        self.cells.extend(given[index] for index in range(len(rows)))

    def _middle(self, states: Sequence[int]) -> float:
        return sum(self.cells[each][1] for each in states) / len(states) if states else 0.0

    def _free(self, column: int, row: float) -> Cell:
        """Takes the free cell of a column that is nearest to a row."""
        taken, near = self._taken[column], round(row)
        for distance in count():
            for each in (near + distance, near - distance):
                if each not in taken:
                    taken.add(each)
                    return column, each
        raise AssertionError("a column has no end")


def _fanned(rows: list[float]) -> list[float]:
    """Rows for states of which several want the same: these side by side, about where they want."""
    wanting: defaultdict[float, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        wanting[row].append(index)
    spread = list(rows)
    for row, members in wanting.items():
        for place, index in enumerate(members):
            spread[index] = row + place - (len(members) - 1) / 2
    return spread


def bend(source: Cell, target: Cell) -> int:
    """How far an arrow is bent aside, to keep clear of the states between, and of the arrow in the
    opposite direction: not at all if it leads to the next column."""
    columns = target[0] - source[0]
    if columns == 1 or source == target:
        return 0
    return 30 if columns == 0 else min(30 + 12 * abs(columns), 260)
