"""The command line. What it promises to other programs is in docs/command-line.md.

Everything heavy is imported inside the commands, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

import click

import cospec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cospec.runner import Settings
    from cospec.scripts import Limits, Script
    from cospec.spec.syntax.errors import Diagnostic, ScriptError

#: What a shell reports for a program that Ctrl-C ended.
INTERRUPTED_STATUS = 130

#: The most states that `graph` explores unless told otherwise.
GRAPH_STATES = 10_000

#: What `graph` writes.
GRAPH_FORMATS = ("dot", "svg", "png", "json", "aut", "graphml")

FILES = click.argument("files", metavar="FILE...", nargs=-1, required=True)
DEBUG = click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds that one assertion or expression may take.",
)
MEMORY = click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="Gigabytes that the process may occupy (default: most of what is free).",
)
TYPES = click.option(
    "--types/--no-types",
    default=True,
    help="Whether the script must be well-typed, as for FDR.",
)
MODELS = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME=PLACE:EXPR",
    callback=lambda _context, _option, given: _models(given),
    help="A Python model that the script may use as the process NAME: PLACE is a module or a file, "
    "EXPR the state it starts in, such as LOCK='lease.py:LeaseLock(fenced=True)'. May be repeated.",
)
WARNINGS = click.option(
    "--warnings/--no-warnings",
    default=True,
    help="Whether to tell what is legal and hardly meant so.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cospec.__version__, prog_name="cospec")
def cli() -> None:
    """Check CSPM scripts: decide what they assert of processes, and show why."""


@cli.command()
@FILES
@click.option(
    "--assertion",
    "-a",
    "wanted",
    multiple=True,
    metavar="N|TEXT",
    help="Check only this one: its number, its text, or a new assertion. May be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="How to print the results.",
)
@MODELS
@TYPES
@WARNINGS
@TIMEOUT
@MEMORY
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Assertions to check at once, each in a process of its own (one alone: threads).",
)
@click.option(
    "--history/--no-history",
    default=True,
    help="Without it, 4 bytes a state are saved and a failing assertion is searched twice.",
)
@click.option(
    "--termination-allowed",
    is_flag=True,
    help="Do not count the state after ✓ as a deadlock (FDR4 does).",
)
@click.option(
    "--search",
    type=click.Choice(["breadth", "depth", "exhaustive"]),
    default="breadth",
    show_default=True,
    help="depth: any deadlock of a space too large to be searched, not the nearest. exhaustive: "
    "every state is visited and counted, where a short cut might have decided.",
)
@click.option(
    "--diagram",
    "folder",
    metavar="DIR",
    help="Write a sequence diagram (SVG) of each counterexample into this folder.",
)
@DEBUG
def check(
    files: tuple[str, ...],
    wanted: tuple[str, ...],
    form: str,
    models: tuple[str, ...],
    types: bool,
    warnings: bool,
    timeout: float | None,
    memory: float | None,
    jobs: int,
    history: bool,
    termination_allowed: bool,
    search: str,
    folder: str | None,
    debug: bool,
) -> None:
    """Check the assertions of each FILE.

    Exit status: 0 all hold, 1 some fail, 2 there is an error, 3 some are unknown; of several, the
    first of 2, 1, 3. A time-out, a memory limit and Ctrl-C make an assertion unknown.
    """
    from cospec.checking import Checking
    from cospec.console import Console
    from cospec.results import exit_status
    from cospec.runner import Settings

    limits = _limits(timeout, memory)
    settings = Settings(
        limits,
        termination_allowed,
        depth_first=search == "depth",
        exhaustive=search == "exhaustive",
        debug=debug,
        history=history,
        types=types,
        models=models,
    )
    console = Console() if form == "text" else None
    checking = Checking(settings, wanted, jobs, console, warnings)
    results = [checking.file(path) for path in files]
    if form == "json":
        from cospec.formats import as_json

        click.echo(as_json(results))
    elif form == "junit":
        from cospec.formats import as_junit

        click.echo(as_junit(results, checking.sources))
    elif console is not None:
        console.summary(results)
    if folder is not None:
        from cospec.sequence import diagrams

        for name, picture in diagrams(results):
            _write(os.path.join(folder, f"{name}.svg"), picture.svg)
    sys.exit(exit_status(results))


@cli.command()
@FILES
@WARNINGS
@DEBUG
def typecheck(files: tuple[str, ...], warnings: bool, debug: bool) -> None:
    """Look for mistakes in each FILE without checking anything.

    Exit status: 0 when there are none, else 2.
    """
    from cospec.runner import Settings

    settings = Settings(debug=debug)
    sys.exit(max(2 if _opened(path, settings, warnings) is None else 0 for path in files))


@cli.command(name="eval")
@click.argument("file", metavar="FILE")
@click.argument("expressions", metavar="EXPR...", nargs=-1, required=True)
@MODELS
@TYPES
@TIMEOUT
@MEMORY
@DEBUG
def evaluate(
    file: str,
    expressions: tuple[str, ...],
    models: tuple[str, ...],
    types: bool,
    timeout: float | None,
    memory: float | None,
    debug: bool,
) -> None:
    """Print the value of each EXPR, read with the definitions of FILE.

    Exit status: 0, or 2 when an expression has errors.
    """
    from cospec.runner import Settings
    from cospec.runner import evaluate as value_of
    from cospec.spec.syntax.errors import ScriptError

    settings = Settings(_limits(timeout, memory), debug=debug, types=types, models=models)
    script = _opened(file, settings)
    if script is None:
        sys.exit(2)
    status = 0
    for text in expressions:
        try:
            click.echo(value_of(script, text, settings))
        except ScriptError as error:
            _complain(error, script.sources, text)
            status = 2
    sys.exit(status)


@cli.command()
@click.argument("file", metavar="FILE")
@click.argument("expression", metavar="EXPR")
@click.option(
    "--format",
    "form",
    type=click.Choice(GRAPH_FORMATS),
    show_default="what --output ends in, else dot",
    help="png needs Graphviz, svg is better with it; aut is Aldebaran, for CADP and mCRL2.",
)
@click.option(
    "--output",
    "-o",
    metavar="PATH",
    help="The file to write, instead of the terminal.",
)
@click.option(
    "--states",
    type=click.IntRange(min=1),
    default=GRAPH_STATES,
    show_default=True,
    metavar="N",
    help="Give up beyond this many states.",
)
@MODELS
@TYPES
@TIMEOUT
@MEMORY
@DEBUG
def graph(
    file: str,
    expression: str,
    form: str | None,
    output: str | None,
    states: int,
    models: tuple[str, ...],
    types: bool,
    timeout: float | None,
    memory: float | None,
    debug: bool,
) -> None:
    """Print the state graph of the process EXPR, read with the definitions of FILE.

    A picture of more than some dozens of states is of little use to anyone.

    Exit status: 0, or 2 for an error.
    """
    from cospec.graph.states import TooManyStates
    from cospec.layout import CannotDraw
    from cospec.runner import Settings, drawn
    from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError

    settings = Settings(_limits(timeout, memory), debug=debug, types=types, models=models)
    script = _opened(file, settings)
    if script is None:
        sys.exit(2)
    ending = os.path.splitext(output or "")[1][1:].lower()
    form = form or (ending if ending in GRAPH_FORMATS else "dot")
    try:
        made = drawn(script, expression, form, states, settings)
        if output is None:
            click.echo(made, nl=isinstance(made, str))
        else:
            _write(output, made)
    except ScriptError as error:
        _complain(error, script.sources, expression)
    except TooManyStates as error:
        _tell(Diagnostic("X603", str(error), notes=(Note("--states raises the limit"),)))
    except CannotDraw as error:
        advice = Note("--format svg and --format dot always work")
        _tell(Diagnostic("X604", str(error), notes=(advice,)))
    else:
        return
    sys.exit(2)


@cli.command()
@click.argument("file", metavar="FILE")
@click.argument("expression", metavar="P", required=False)
@click.option(
    "--assertion",
    "-a",
    "wanted",
    metavar="N|TEXT",
    help="Check this assertion (its number, its text, or a new one), and follow its "
    "counterexample. Of a refinement, the implementation is what is followed.",
)
@MODELS
@TYPES
@TIMEOUT
@MEMORY
@DEBUG
def animate(
    file: str,
    expression: str | None,
    wanted: str | None,
    models: tuple[str, ...],
    types: bool,
    timeout: float | None,
    memory: float | None,
    debug: bool,
) -> None:
    """Walk through the process P on the whole terminal, with the definitions of FILE.

    It shows what P offers, the trace, and the state of each component; a step is chosen by arrow
    keys, by mouse, or by typing a part of its name. `?` shows the other keys. On leaving, the trace
    is printed.

    Exit status: 0, or 2 for an error, or an assertion without a counterexample.
    """
    if (expression is None) == (wanted is None):
        raise click.UsageError("it takes a process P, or else --assertion with one to follow")
    try:
        from cospec import animating
    except ModuleNotFoundError as error:
        _missing(error, ("textual",), "the animator needs textual 8.2.5", "tui")
    from cospec.runner import Settings
    from cospec.scripts import Limits, Unreadable
    from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError

    if not animating.on_terminal():
        advice = Note("`cospec repl` also walks through a process, and reads what is piped to it")
        _tell(Diagnostic("X617", "the animator needs a terminal", notes=(advice,)))
        sys.exit(2)
    limits = Limits(timeout, None if memory is None else memory * 1e9)
    settings = Settings(limits, debug=debug, types=types, models=models)
    script = _opened(file, settings)
    if script is None:
        sys.exit(2)
    try:
        if wanted is None:
            click.echo(animating.of_process(script, expression or "", settings))
        else:
            click.echo(animating.of_assertion(script, wanted, settings))
    except ScriptError as error:
        _complain(error, {**script.sources, **error.sources}, expression or "")
    except Unreadable as error:
        _show(error.problems, error.sources)
    else:
        return
    sys.exit(2)


@cli.command()
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to print the results; markdown has no times in it.",
)
@click.option("--model", metavar="MODEL", help="Only the claims on this model, such as M04.")
@click.option(
    "--output",
    metavar="DIR",
    help="With markdown: write DIR/claims.md and a page for each model beside it.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Claims to check at once, each in a process of its own.",
)
@DEBUG
def claims(
    slugs: tuple[str, ...],
    form: str,
    model: str | None,
    output: str | None,
    jobs: int,
    debug: bool,
) -> None:
    """Check what documents claim of their systems.

    All claims of the register, or those that are named by SLUG; each with its verdict and the
    evidence for it: a proof, or a counterexample step by step.

    Exit status: 0 when every claim came out as registered, else 1; 2 when there is no such claim.
    """
    from cospec import claims as telling
    from cospec.proofs.register import run_all

    if output is not None and (form != "markdown" or slugs or model):
        raise click.UsageError("--output writes all claims as Markdown: --format markdown alone")
    wanted, problems = telling.selected(slugs, model)
    for problem in problems:
        _tell(problem)
    if problems:
        sys.exit(2)
    results = []
    for result in run_all(wanted, debug, jobs):
        results.append(result)
        if form == "text":
            click.echo("\n".join(telling.as_text(result)))
    if form == "text":
        click.echo(f"\n{telling.summary(results)}")
    elif form == "json":
        click.echo(telling.as_json(results))
    elif output is None:
        from cospec.claims_page import as_markdown

        click.echo(as_markdown(results))
    else:
        from cospec.claims_page import as_pages

        for path, page in as_pages(results).items():
            _write(os.path.join(output, path), page)
    sys.exit(0 if all(result.as_registered for result in results) else 1)


@cli.command()
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1)
def explain(numbers: tuple[str, ...]) -> None:
    """Explain messages by their numbers.

    What each NUMBER means, what to do about it, and an example; without one, all are listed.

    Exit status: 0, or 2 when there is no such number.
    """
    from cospec.spec.syntax import catalogue

    if not numbers:
        click.echo(catalogue.overview())
    for place, number in enumerate(numbers):
        entry = catalogue.find(number)
        if entry is None:
            close = catalogue.similar(number)
            advice = f"did you mean {close}?" if close else "`cospec explain` lists them all"
            raise click.UsageError(f"there is no message with the number {number}; {advice}")
        click.echo(("\n" if place else "") + catalogue.explanation(entry))


@cli.command()
@click.argument("file", metavar="[FILE]", required=False)
@MODELS
@TYPES
@TIMEOUT
@MEMORY
@DEBUG
def repl(
    file: str | None,
    models: tuple[str, ...],
    types: bool,
    timeout: float | None,
    memory: float | None,
    debug: bool,
) -> None:
    """Answer what is typed, with the definitions of FILE.

    Expressions, definitions, assertions, and walks through a process event by event: `:help` at the
    prompt lists it all. Lines may also come from a pipe.

    Exit status: 0.
    """
    from cospec.repl import start
    from cospec.runner import Settings
    from cospec.scripts import Limits

    limits = Limits(timeout, None if memory is None else memory * 1e9)
    start(file, Settings(limits, debug=debug, types=types, models=models))


@cli.command()
def lsp() -> None:
    """Serve an editor over standard input and output.

    The editor starts this, and speaks the Language Server Protocol with it: mistakes as you type,
    types of names, where they are declared, an outline. See docs/editors.md.
    """
    try:
        from cospec import server
    except ModuleNotFoundError as error:
        _missing(error, ("lsprotocol", "pygls"), "the language server needs pygls 2", "lsp")
    server.serve()


def _missing(
    error: ModuleNotFoundError, libraries: Sequence[str], needed: str, extra: str
) -> NoReturn:
    """Tell that a command needs what is not installed; anything else is raised again."""
    if (error.name or "").partition(".")[0] not in libraries:
        raise error
    from cospec.spec.syntax.errors import Diagnostic, Note

    cure = Note(f"`pip install 'cospec[{extra}]'` installs it")
    _tell(Diagnostic("X605", f"{needed} or later, which is not installed", notes=(cure,)))
    sys.exit(2)


def _limits(timeout: float | None, memory: float | None) -> Limits:
    from cospec.checker.budget import available_bytes
    from cospec.scripts import Limits

    return Limits(timeout, memory * 1e9 if memory is not None else available_bytes())


def _models(given: tuple[str, ...]) -> tuple[str, ...]:
    """The values of `--model`, which are looked at before anything is read."""
    if given:
        from cospec.beside import Beside

        try:
            for text in given:
                Beside.of(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return given


def _opened(path: str, settings: Settings, warnings: bool = False) -> Script | None:
    """The script; None after its errors were shown."""
    from cospec.checker.budget import BudgetExceeded
    from cospec.runner import opened
    from cospec.scripts import Unreadable
    from cospec.scripts import warnings as warnings_of

    try:
        script = opened(path, settings)
        if warnings:
            _show(warnings_of(script), script.sources)
    except BudgetExceeded:
        raise KeyboardInterrupt from None
    except Unreadable as unreadable:
        _show(unreadable.problems, unreadable.sources)
        if warnings:
            _show(unreadable.warnings, unreadable.sources)
        return None
    return script


def _show(problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
    """Errors or warnings, to standard error."""
    from cospec.spec.syntax.errors import render

    for problem in problems:
        click.echo(render(problem, sources), err=True)


def _complain(error: ScriptError, sources: Mapping[str, str], text: str) -> None:
    """Show the errors of an expression given on the command line."""
    _show(error.diagnostics, {**sources, "<expression>": text})


def _tell(problem: Diagnostic) -> None:
    """Show an error that is not in a script."""
    from cospec.spec.syntax.errors import render

    click.echo(render(problem, {}), err=True)


def _write(path: str, content: str | bytes) -> None:
    """Write a file, in folders that are made where they are missing.

    Raises:
        SystemExit: it cannot be written, which has been told.
    """
    from pathlib import Path

    from cospec.spec.syntax.errors import Diagnostic

    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            Path(path).write_bytes(content)
        else:
            Path(path).write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _tell(Diagnostic("X616", f"`{path}` cannot be written: {reason}"))
        sys.exit(2)


def main(arguments: Sequence[str] | None = None) -> None:
    """The program `cospec`."""
    _write_anything((sys.stdout, sys.stderr))
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        status = cli.main(args=given, prog_name="cospec", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        status = INTERRUPTED_STATUS
    except BrokenPipeError:
        # The reader, `head` perhaps, has what it wanted; nothing more can be written.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        status = 0
    except Exception as error:
        if "--debug" in given:
            raise
        from cospec.results import internal

        _tell(internal(error))
        status = 2
    sys.exit(status)


def _write_anything(streams: Iterable[object]) -> None:
    """Let no ✓ end the program on a terminal that cannot show it."""
    for stream in streams:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
