"""The results for a reader: a line as soon as it is known, and the file in Markdown."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.results import Row, ratios

COLUMNS = (
    "model",
    "tool",
    "states",
    "transitions",
    "wall s",
    "search s",
    "states/s",
    "trans./s",
    "peak MB",
    "bytes/state",
)
#: How wide each column is when the lines are printed one by one.
WIDTHS = 31, 18, 12, 14, 8, 9, 12, 12, 8, 12

HOW_TO_READ = """\
*wall* is what a user waits for: for SPIN it includes generating and compiling the verifier, for
cospec starting Python and reading the script. *search* is the tool's own figure for the search
alone, and *states/s* and *trans./s* are by it. *peak* is the memory of the whole process in units
of 10⁶ bytes, *bytes/state* is peak by states, so it says little below a million states; in
brackets stands what a state and its share of the table take by cospec's own count. Every figure is
the median of the runs; every run is a process of its own, and the tools take turns, since the speed
of a machine drifts. A ratio under 1.7 says nothing.

All tools but the *reduced* ones visit the whole state space, and their counts are compared: they
have to be the same. Those visit fewer states by partial order reduction, so that rates say nothing
of them: compare their times with each other's. They do not do the same: cospec looks for deadlocks
only, which leaves more out, and SPIN's reduction keeps what any assertion about the state needs.
SPIN's clock has steps of 0.01 s, which is too coarse for small models.
"""

HOW_RATIOS_READ = """\
How many times better cospec is: *speed* by search time, *wall* by wall time, *memory* by peak
memory. Below 1 the other tool is better. Whole searches are compared with whole ones, reduced
with reduced.
"""


def heading() -> str:
    """The titles of the columns, for `line`."""
    return _spread(COLUMNS)


def line(row: Row) -> str:
    """A row as it is printed."""
    if not row.runs:
        return f"{_instance(row):<31}{row.tool.name:<18}{row.failure}"
    return _spread(_cells(row))


def markdown(
    rows: Sequence[Row], command: str, missing: Sequence[str], repeats: Sequence[str]
) -> str:
    """The whole file."""
    parts = ["# Benchmark results\n", _circumstances(command, missing, repeats), HOW_TO_READ]
    for size_name in dict.fromkeys(row.size_name for row in rows):
        parts.append(f"## {size_name.capitalize()}\n")
        some = [row for row in rows if row.size_name == size_name]
        parts.append(_table(COLUMNS, [_cells(row) for row in some]))
    compared = [
        (
            _instance(each.row),
            each.row.tool.name,
            each.other.tool.name,
            _times(each.speed),
            _times(each.wall),
            _times(each.memory),
        )
        for each in ratios(list(rows))
    ]
    if compared:
        parts += ["## Ratios\n", HOW_RATIOS_READ]
        parts.append(_table(("model", "", "against", "speed", "wall", "memory"), compared))
    disagreements = [row.disagreement for row in rows if row.disagreement]
    parts.append("## Agreement\n")
    if disagreements:
        parts.append("".join(f"- {each}\n" for each in disagreements))
    else:
        parts.append("The counts of all tools agree wherever they visit the whole state space.\n")
    return "\n".join(parts)


def _circumstances(command: str, missing: Sequence[str], repeats: Sequence[str]) -> str:
    lines = [
        f"- {date.today().isoformat()}, `{command}`",
        f"- {machine()}",
        f"- {load()}",
        f"- {', '.join(versions())}",
        f"- runs of each: {', '.join(repeats)}",
        *(f"- {each}" for each in missing),
    ]
    return "\n".join(lines) + "\n"


def promises(findings: Sequence[str]) -> str:
    """The file about speed, threads and start-up."""
    circumstances = (date.today().isoformat(), machine(), load(), ", ".join(versions()))
    parts = ["# What cospec promises of itself\n"]
    parts += ["".join(f"- {each}\n" for each in lines) for lines in (circumstances, findings)]
    return "\n".join(parts)


def machine() -> str:
    """The machine in words."""
    name = platform.processor() or platform.machine()
    memory = ""
    try:
        for entry in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if entry.startswith("model name"):
                name = entry.partition(":")[2].strip()
                break
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {pages / 1e9:.0f} GB of memory"
    except (OSError, ValueError):
        pass
    return f"{name}, {os.cpu_count()} cores{memory}, {platform.system()}"


def load() -> str:
    """How busy the machine has been in the last quarter of an hour, these runs included."""
    try:
        minutes = os.getloadavg()[2]
    except OSError:
        return "load of the machine unknown"
    return f"{minutes:.1f} programs at work on average in the last 15 minutes, these included"


def versions() -> list[str]:
    """The programs and packages that took part, with their versions."""
    found = [f"Python {platform.python_version()}"]
    for package in ("cospec", "numba", "numpy", "networkx"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    for command in (("spin", "-V"), ("gcc", "--version")):
        try:
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        except OSError:
            continue
        found.append(said.partition("\n")[0].strip())
    return found


def _instance(row: Row) -> str:
    return f"{row.model.name} {row.size}"


def _cells(row: Row) -> tuple[str, ...]:
    if not row.runs:
        return (_instance(row), row.tool.name, row.failure, *[""] * 7)
    return (
        _instance(row),
        row.tool.name,
        f"{row.states:,}" + (" (!)" if row.disagreement else ""),
        f"{row.transitions:,}",
        f"{row.wall:.2f}",
        f"{row.search:.2f}",
        _rounded(row.rate(row.states)),
        _rounded(row.rate(row.transitions)),
        f"{row.peak_bytes / 1e6:,.0f}",
        f"{row.bytes_per_state:,.0f}" + (f" ({own:.0f})" if (own := row.store_bytes) else ""),
    )


def _rounded(rate: float | None) -> str:
    if rate is None:
        return "–"
    return f"{rate / 1e6:.2f} M" if rate >= 1e6 else f"{rate / 1e3:.0f} k"


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}"


def _spread(cells: Iterable[str]) -> str:
    placed = []
    for i, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True)):
        placed.append(f"{cell:<{width}}" if i < 2 else f"{cell:>{width}}")
    return "".join(placed)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    marks = ["---" if i < 2 else "---:" for i in range(len(columns))]
    lines = [columns, marks, *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
