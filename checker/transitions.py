"""All the transitions of a machine as arrays, found by the compiled search."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cospec.checker import kernel
from cospec.checker.divergence import Unfinished
from cospec.checker.explorer import Explorer
from cospec.checker.kernel import address_of
from cospec.checker.machine import Machine
from cospec.checker.meter import Meter
from cospec.checker.question import NOTHING, Demand

Columns: TypeAlias = tuple[npt.NDArray[np.int64], ...]

#: States whose transitions are listed between two looks at the clock, and room for transitions at
#: first.
SLICE, ROOM = 1 << 15, 1 << 18


class Everything:
    """The question that finds no fault and so goes everywhere."""

    initial = 0

    def demand(self, _node: int) -> Demand:
        return NOTHING

    def after(self, node: int, _event: int) -> int | None:
        return node


def transitions(machine: Machine, most: int) -> tuple[int, Columns] | None:
    """The number of reachable states, and columns of sources, labels and targets.

    States are numbered in the order in which a breadth-first search finds them; the first are
    those in which the machine may start. None if there are more than about `most`.
    """
    explorer = Explorer(machine, Everything(), Meter())
    try:
        explorer.run(most)
    except Unfinished:
        return None
    partition, packing = explorer.only, explorer.packing
    columns: Columns = tuple(np.zeros(ROOM, np.int64) for _ in range(3))
    first, written = 0, 0
    while first < partition.count:
        before = first
        last = min(partition.count, first + SLICE)
        first, written = kernel.list_moves(
            packing.tables,
            packing.demands,
            partition.store,
            partition.scratch,
            tuple(map(address_of, columns)),
            (first, last, written, columns[0].size),
        )
        if first == last:
            continue
        if columns[0].size - written < partition.scratch.size:
            columns = tuple(np.concatenate([each, np.zeros_like(each)]) for each in columns)
        elif first == before:
            partition.make_scratch(2 * partition.scratch.size)
    sources, events, targets = (each[:written] for each in columns)
    labels = np.array(packing.nodes.labels, np.int64)[events]
    return partition.count, (sources, labels, targets)
