"""What the runs of a comparison come to: medians, rates and ratios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.catalogue import Model, Size
from benchmarks.tools import Run, Tool


@dataclass(slots=True)
class Row:
    """A tool on an instance of a model: its runs, or why there are none."""

    model: Model
    size_name: str
    tool: Tool
    runs: list[Run] = field(default_factory=list)
    failure: str = ""

    @property
    def size(self) -> Size:
        """The instance."""
        return self.model.sizes[self.size_name]

    @property
    def states(self) -> int:
        """The states that the tool counted, the same in every run."""
        return self.runs[0].states

    @property
    def transitions(self) -> int:
        """The transitions that the tool counted."""
        return self.runs[0].transitions

    @property
    def wall(self) -> float:
        """Seconds from start to end (median)."""
        return self._median(lambda run: run.wall)

    @property
    def search(self) -> float:
        """The tool's own search seconds (median)."""
        return self._median(lambda run: run.search)

    @property
    def peak_bytes(self) -> float:
        """Peak memory of the whole process (median)."""
        return self._median(lambda run: float(run.peak_bytes))

    @property
    def bytes_per_state(self) -> float:
        """Peak memory by the states that the tool visited."""
        return self.peak_bytes / self.states

    @property
    def store_bytes(self) -> float | None:
        """The tool's own figure for the bytes of a state, where it gives one."""
        return self.runs[0].store_bytes

    def rate(self, count: int) -> float | None:
        """So many a second of search; None when the tool's clock did not move."""
        return count / self.search if self.search > 0 else None

    @property
    def disagreement(self) -> str:
        """In what the counts differ from the known ones; empty when they agree or may differ."""
        known = {(self.size.states, self.size.transitions)}
        counted = {(run.states, run.transitions) for run in self.runs}
        if not self.tool.exact or counted <= known:
            return ""
        shown = "; ".join(f"{states:,} states, {moves:,} trans." for states, moves in counted)
        return f"{self.model.name} {self.size}, {self.tool.name}: {shown}, known are {known}"

    def _median(self, figure: Callable[[Run], float]) -> float:
        return median(figure(run) for run in self.runs)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One tool against another on the same instance, both reduced or both whole.

    `speed` compares search times, `wall` and `memory` what was used, so that more is better for the
    first tool in all three.
    """

    row: Row
    other: Row

    @property
    def speed(self) -> float | None:
        mine, others = self.row.search, self.other.search
        return others / mine if mine > 0 and others > 0 else None

    @property
    def wall(self) -> float:
        return self.other.wall / self.row.wall

    @property
    def memory(self) -> float:
        return self.other.peak_bytes / self.row.peak_bytes


def ratios(rows: list[Row]) -> list[Ratio]:
    """cospec against each of the other tools, instance by instance."""
    done = [row for row in rows if row.runs]
    mine = [row for row in done if row.tool.name.startswith("cospec")]
    return [
        Ratio(row, other)
        for row in mine
        for other in done
        if (other.model, other.size_name) == (row.model, row.size_name)
        and not other.tool.name.startswith("cospec")
        and other.tool.exact == row.tool.exact
    ]
