"""What cospec promises of itself: a quick start, a steady speed, threads that help, small states.

`python -m benchmarks.scaling [startup] [speed] [threads] [huge]`; `huge` takes long and much
memory, so it is left out unless it is named.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from benchmarks import report
from benchmarks.catalogue import BY_NAME, Size
from benchmarks.measure import Finished, run
from benchmarks.tools import ROOT, Cospec, Failed, Run

#: Seconds for `cospec --help`, and for checking a script of a few states from start to end.
HELP_SECONDS = 0.2
SMALL_SECONDS = 1.0

#: The least part of the speed at one million states that is left at ten million.
STEADY = 0.5

#: The memory for more than 300 million states.
HUGE_BYTES = 24 * 2**30

#: How often `cospec` is started to see how long that takes.
STARTS = 7

#: Every run here is of this model, whose sizes go furthest.
MODEL = BY_NAME["banquet"]

#: A buffer of one place over four values and its specification: ten states in all.
SMALL_SCRIPT = """\
channel left, right : {0..3}
COPY = left?x -> right!x -> COPY
SPEC = left?x -> right!x -> SPEC
assert SPEC [T= COPY
assert COPY :[deadlock free]
"""

#: What a small check must not wait for.
HEAVY = "numba", "numpy", "z3", "networkx", "hypothesis"


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise, what was measured, and whether it is kept."""

    promise: str
    figure: str
    kept: bool

    def __str__(self) -> str:
        return f"{'✔' if self.kept else '✘'} {self.promise}: {self.figure}"


def startup(repeat: int) -> list[Finding]:  # noqa: ARG001
    """How long cospec takes before it does anything, and what it loads."""
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "small.csp"
        script.write_text(SMALL_SCRIPT, encoding="utf-8")
        helping = [_cospec("--help") for _ in range(STARTS)]
        checking = [_cospec("check", str(script)) for _ in range(STARTS)]
        loaded = _loaded(script)
    return [
        _within(HELP_SECONDS, "`cospec --help`", helping),
        _within(SMALL_SECONDS, "a script of ten states", checking),
        Finding(
            f"a small check loads none of {', '.join(HEAVY)}",
            ", ".join(loaded) or "none",
            not loaded,
        ),
    ]


def _within(allowed: float, what: str, starts: Sequence[Finished]) -> Finding:
    seconds = median(each.seconds for each in starts)
    busy = median(each.busy for each in starts)
    figure = f"{seconds:.2f} s, of which {busy:.2f} s on the processor"
    return Finding(f"{what} within {allowed:g} s", figure, seconds <= allowed)


def _cospec(*arguments: str) -> Finished:
    done = run([sys.executable, "-m", "cospec", *arguments], 60, ROOT / "src")
    if done.status != 0:
        raise Failed(f"cospec {arguments[0]}: {done.errors.strip()}")
    return done


def _loaded(script: Path) -> list[str]:
    """The heavy packages that a check of this script imports."""
    command = [sys.executable, "-X", "importtime", "-m", "cospec", "check", str(script)]
    names = {
        entry.rpartition("|")[2].strip().partition(".")[0]
        for entry in run(command, 60, ROOT / "src").errors.splitlines()
        if entry.startswith("import time:")
    }
    return [name for name in HEAVY if name in names]


def speed(repeat: int) -> list[Finding]:
    """States a second at about one and at about ten million states."""
    (million, ten), runs = _alternated([("medium", 1), ("large", 1)], repeat)
    fraction = _rate(runs[1]) / _rate(runs[0])
    return [
        Finding(
            f"at {ten.states:,} states at least half the speed of {million.states:,}",
            f"{_rate(runs[1]) / 1e6:.2f} of {_rate(runs[0]) / 1e6:.2f} million states/s, "
            f"{fraction:.2f}",
            fraction >= STEADY,
        )
    ]


def threads(repeat: int) -> list[Finding]:
    """Two threads against one."""
    (size, _), runs = _alternated([("large", 1), ("large", 2)], repeat)
    faster = _rate(runs[1]) / _rate(runs[0])
    return [
        Finding(
            f"two threads faster than one at {size.states:,} states",
            f"{_rate(runs[1]) / 1e6:.2f} and {_rate(runs[0]) / 1e6:.2f} million states/s, "
            f"{faster:.2f} times",
            faster > 1,
        )
    ]


def huge(repeat: int) -> list[Finding]:  # noqa: ARG001
    """More than 300 million states."""
    (size,), ((done,),) = _alternated([("huge", 1)], 1)
    return [
        Finding(
            f"{size.states:,} states within {HUGE_BYTES / 2**30:.0f} GiB",
            f"{done.peak_bytes / 2**30:.1f} GiB, {done.peak_bytes / done.states:.1f} bytes a state,"
            f" {done.search:.0f} s, {_rate([done]) / 1e6:.2f} million states/s",
            done.peak_bytes <= HUGE_BYTES,
        )
    ]


def _alternated(
    instances: Sequence[tuple[str, int]], repeat: int
) -> tuple[list[Size], list[list[Run]]]:
    """The runs of each instance (a size and a number of threads), which take turns."""
    sizes = [MODEL.sizes[name] for name, _ in instances]
    runs: list[list[Run]] = [[] for _ in instances]
    with tempfile.TemporaryDirectory() as place:
        prepared = []
        for i, (name, count) in enumerate(instances):
            folder = Path(place) / str(i)
            folder.mkdir()
            prepared.append(Cospec(count).prepare(MODEL, name, folder))
        for _ in range(repeat):
            for size, tool, mine in zip(sizes, prepared, runs, strict=True):
                done = tool.run()
                if (done.states, done.transitions) != (size.states, size.transitions):
                    raise Failed(f"{size}: {done.states:,} states, known are {size.states:,}")
                mine.append(done)
    return sizes, runs


def _rate(runs: Sequence[Run]) -> float:
    """States a second of search (median)."""
    return median(each.states / each.search for each in runs)


PARTS: dict[str, Callable[[int], list[Finding]]] = {
    "startup": startup,
    "speed": speed,
    "threads": threads,
    "huge": huge,
}
USUAL_PARTS = "startup", "speed", "threads"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)), metavar="[PART]...")
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write Markdown here.")
def main(parts: tuple[str, ...], repeat: int, out: Path | None) -> None:
    """Measure what cospec promises of itself; PART is startup, speed, threads or huge.

    Exit status 1 when a promise is not kept.
    """
    findings: list[Finding] = []
    click.echo(report.machine())
    for name in parts or USUAL_PARTS:
        try:
            some = PARTS[name](repeat)
        except Failed as failure:
            some = [Finding(name, str(failure), False)]
        findings += some
        for each in some:
            click.echo(str(each))
    if out is not None:
        out.write_text(report.promises(list(map(str, findings))), encoding="utf-8")
    sys.exit(0 if all(each.kept for each in findings) else 1)


if __name__ == "__main__":
    main()
