"""The comparison: every model at every size, by every tool that is installed."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from benchmarks import report
from benchmarks.catalogue import BY_NAME, Model
from benchmarks.results import Row
from benchmarks.tools import Cospec, Explicit, Failed, Prepared, Spin, Tool

#: From small to large. `tiny` is for tests and `huge` is a matter of its own (see scaling.py).
SIZES = "tiny", "small", "medium", "large", "huge"
USUAL_SIZES = "small", "medium", "large"

TOOLS = "cospec", "cospec-reduced", "spin", "spin-reduced", "python", "networkx"

#: The largest size at which a slow tool takes part unless it is asked for by name.
LARGEST = {"python": "medium", "networkx": "small"}

#: How often each instance is run, unless `--repeat` says otherwise.
REPEATS = {"large": 1, "huge": 1}
USUAL_REPEATS = 3


def listed(context: click.Context, parameter: click.Parameter, value: str) -> list[str]:  # noqa: ARG001
    """The parts of an option that takes several, separated by commas."""
    return [part.strip() for part in value.split(",") if part.strip()]


def among(known: Iterable[str], wanted: list[str], what: str) -> list[str]:
    """The wanted ones, each of them known."""
    for name in wanted:
        if name not in known:
            raise click.BadParameter(f"no {what} {name!r}; there are {', '.join(known)}")
    return wanted


def tools_named(name: str, threads: list[int]) -> list[Tool]:
    """The tools that a name on the command line stands for."""
    match name:
        case "cospec":
            return [Cospec(count) for count in threads]
        case "cospec-reduced":
            return [Cospec(reduced=True)]
        case "spin":
            return [Spin()]
        case "spin-reduced":
            return [Spin(reduced=True)]
        case "python":
            return [Explicit()]
        case _:
            return [Explicit(graph=True)]


def compare(
    model: Model, size_name: str, tools: list[Tool], repeat: int, timeout: float
) -> list[Row]:
    """One instance of a model by all tools, which take turns: A B C, A B C, …"""
    rows = [Row(model, size_name, tool) for tool in tools if tool.suits(model)]
    with tempfile.TemporaryDirectory() as place:
        prepared: dict[int, Prepared] = {}
        for i, row in enumerate(rows):
            folder = Path(place) / str(i)
            folder.mkdir()
            try:
                prepared[i] = row.tool.prepare(model, size_name, folder)
            except Failed as failure:
                row.failure = str(failure)
        for _ in range(repeat):
            for i, row in enumerate(rows):
                if row.failure:
                    continue
                try:
                    row.runs.append(prepared[i].run(timeout))
                except Failed as failure:
                    row.failure = str(failure)
                    row.runs.clear()
    return rows


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--size", "sizes", default=",".join(USUAL_SIZES), callback=listed, show_default=True)
@click.option("--model", "models", default=",".join(BY_NAME), callback=listed, show_default=True)
@click.option("--tools", "names", default="", callback=listed, help=f"Of {', '.join(TOOLS)}.")
@click.option("--repeat", type=click.IntRange(min=1), help="Runs of each; usually 3, large ones 1.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds that a run may take.")
@click.option("--threads", default="1", callback=listed, help="Threads of cospec, such as 1,2.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write Markdown here.")
def main(
    sizes: list[str],
    models: list[str],
    names: list[str],
    repeat: int | None,
    timeout: float,
    threads: list[str],
    out: Path | None,
) -> None:
    """Compare cospec with SPIN and with plain Python on the same models.

    Several sizes, models, tools or numbers of threads are separated by commas. Exit status 1 when
    the tools do not agree on a count, or one failed.
    """
    among(SIZES, sizes, "size")
    chosen = [BY_NAME[name] for name in among(BY_NAME, models, "model")]
    among(TOOLS, names, "tool")
    counts = [int(count) for count in threads]
    absent: dict[str, str] = {}
    rows: list[Row] = []
    click.echo(report.machine())
    click.echo(report.heading())
    for size_name in sizes:
        tools: list[Tool] = []
        for name in names or TOOLS:
            largest = SIZES.index("huge" if names else LARGEST.get(name, "huge"))
            for tool in tools_named(name, counts):
                if why := tool.missing():
                    absent[tool.name] = f"{tool.name}: {why}"
                elif SIZES.index(size_name) <= largest:
                    tools.append(tool)
        for model in chosen:
            if size_name not in model.sizes:
                continue
            times = repeat or REPEATS.get(size_name, USUAL_REPEATS)
            some = compare(model, size_name, tools, times, timeout)
            rows += some
            for row in some:
                click.echo(report.line(row))
    for why in absent.values():
        click.echo(why)
    if out is not None:
        command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
        repeats = [f"{size} {repeat or REPEATS.get(size, USUAL_REPEATS)}" for size in sizes]
        text = report.markdown(rows, command, list(absent.values()), repeats)
        out.write_text(text, encoding="utf-8")
    wrong = [row.disagreement for row in rows if row.disagreement]
    for each in wrong:
        click.echo(f"the counts differ: {each}", err=True)
    sys.exit(1 if wrong or any(row.failure for row in rows) else 0)


if __name__ == "__main__":
    main()
