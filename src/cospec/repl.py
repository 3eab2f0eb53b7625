"""The interactive prompt: expressions, definitions, assertions, and walks through a process.

A `Prompt` reads lines from whatever `read` it is given, a terminal or a pipe, and prints answers.
Nothing that is typed ends it but `:quit` and the end of the input: mistakes are shown like those of
`cospec eval`, Ctrl-C interrupts an evaluation, and a fault of cospec's own is told and survived.
"""

from __future__ import annotations

import glob
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import click

from cospec.checker.budget import BudgetExceeded
from cospec.checker.compression import Compression
from cospec.console import Console
from cospec.inputs import (
    COMMAND,
    EXPRESSION,
    Commands,
    Read,
    beginning,
    chosen,
    kind_of,
    table,
    unfinished,
    unknown_command,
)
from cospec.results import internal
from cospec.runner import (
    ASSERTION,
    Settings,
    answered,
    check_one,
    guarded,
    new_assertion,
    opened,
    select,
    sources_of,
    within_memory,
)
from cospec.scripts import Script, Unreadable, blank
from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError, render
from cospec.spec.syntax.tokens import KEYWORDS
from cospec.table import width_of
from cospec.walking import Walking

T = TypeVar("T")

PROMPT, MORE = "cospec> ", "...     "

#: What may precede a word that is being completed.
_DELIMITERS = " \t\n()[]{}<>,=+-*/|&;@!?\\^#\"'"

COMMANDS: Commands = {
    "assert": ("[P [T= Q]", "check an assertion: a new one, the script's by number, or all"),
    "explain": ("X301", "what the number of a message means"),
    "help": ("", "this text"),
    "list": ("[TEXT]", "what is defined, with types; only names that contain TEXT"),
    "load": ("FILE", "read a script in place of the present one"),
    "quit": ("", "leave; so does Ctrl-D"),
    "reload": ("", "read the script again; definitions made here are gone"),
    "trace": ("P", "walk through a process, event by event"),
    "type": ("e", "the type of an expression"),
}


class Prompt:
    """One session at the prompt.

    Args:
        settings: limits, and whether types are looked at.
        read: where lines come from.
    """

    def __init__(self, settings: Settings, read: Read) -> None:
        self.settings = settings
        self.read = read
        self.script: Script = blank(types=settings.types)
        #: The script to load again; what was defined since it was loaded, name by name.
        self.path: str | None = None
        self.defined: dict[str, str] = {}
        self.compression = Compression()
        self.walking: Walking | None = None

    # ------------------------------------------------------------------ reading

    def run(self) -> None:
        """Read and answer until the input ends or the user leaves."""
        while True:
            try:
                text = self._input()
            except EOFError:
                return
            except KeyboardInterrupt:
                click.echo()
                continue
            if self.survived(lambda text=text: self.answer(text)):  # type: ignore[misc]
                return

    def survived(self, work: Callable[[], bool | None]) -> bool:
        """What `work` gives; False if it raises something, after showing what."""
        try:
            return bool(work())
        except ScriptError as error:
            self._problems(error.diagnostics, error.sources)
        except Unreadable as error:
            self._problems((*error.problems, *error.warnings), error.sources)
        except (KeyboardInterrupt, BudgetExceeded):
            click.echo("interrupted", err=True)
        except BrokenPipeError:
            raise
        except Exception as error:
            if self.settings.debug:
                traceback.print_exc()
            self._problems([internal(error)])
        return False

    def _input(self) -> str:
        """One input, which may take several lines."""
        text = self.read(PROMPT)
        block = text.strip() == "let"
        while block or unfinished(text):
            try:
                line = self.read(MORE)
            except EOFError:
                break
            if not line.strip() and not text.lstrip().startswith("module"):
                break
            text += "\n" + line
        return text

    # ---------------------------------------------------------------- answering

    def answer(self, text: str) -> bool:
        """Do what the input says; whether that is to leave."""
        text = text.strip()
        if text in ("quit", "exit", "help", "?") and text not in self.script.known():
            text = ":help" if text in ("help", "?") else ":quit"
        kind, body = kind_of(text)
        match kind:
            case "command":
                return self._command(body)
            case "definition":
                self._define(body)
            case "assertion":
                self._assert(body)
            case "expression":
                click.echo(self._asked(lambda: self.script.evaluate(body), body))
            case "include":
                note = Note("write `:load FILE`, without quotation marks")
                message = "a file cannot be included here"
                raise ScriptError(Diagnostic("X613", message, None, "", (note,)))
        return False

    def _asked(self, question: Callable[[], T], text: str = "") -> T:
        """The answer to a question about the expression `text`, computed within the limits."""
        try:
            return guarded(question, within_memory(self.settings))
        except ScriptError as error:
            sources = {**error.sources, EXPRESSION: text} if text else error.sources
            raise ScriptError(error.diagnostics, sources) from None

    def _define(self, text: str) -> None:
        known = self.script.names()
        types = self._asked(lambda: self.script.define(text))
        for name, type_ in types.items():
            note = ""
            if name in known:
                note = f"   -- what was defined before keeps the old {name}"
            click.echo(f"{name} :: {type_}{note}" if type_ else f"{name} is defined{note}")
        again = [name for name in types if _has_clauses(name, text, self.defined.get(name, ""))]
        if again:
            click.echo(
                f"The clauses of {again[0]} that were given before are not part of it. To give "
                "several, write `let`\nalone on a line, then one clause on each line, then an "
                "empty line."
            )
        self.defined.update(dict.fromkeys(types, text))

    def _assert(self, text: str) -> None:
        # What is typed is about what the names mean now, also where the script asserts the same.
        new = bool(text) and not text.isdecimal()
        wanted = [text] if text else []
        assertions = [new_assertion(self.script, text)] if new else select(self.script, wanted)
        console = Console()
        if not assertions:
            note = Note("write one: `:assert P [T= Q`, `:assert P :[deadlock free]`")
            message = "the script has no assertions"
            raise ScriptError(Diagnostic("X611", message, None, "", (note,)))
        width = max(width_of(assertion.text) for assertion in assertions)
        results = []
        for assertion in assertions:
            result = check_one(
                self.script,
                assertion,
                within_memory(self.settings),
                console.watch,
                self.compression,
            )
            console.result(result, width)
            sources = sources_of(self.script, assertion)
            self._problems(result.problems, {**sources, ASSERTION: assertion.text})
            results.append(result)
            if result.reason == "interrupted":
                break
        console.explanations(results)

    # ----------------------------------------------------------------- commands

    def _command(self, text: str) -> bool:
        match = COMMAND.match(text)
        assert match is not None
        word, rest = match[1], match[2].strip()
        name = chosen(word or "help", COMMANDS)
        if name is None:
            raise unknown_command(f":{word}", [f":{c}" for c in COMMANDS], ":help lists them")
        usage, _ = COMMANDS[name]
        if usage and not usage.startswith("[") and not rest:
            note = Note(f"write `:{name} {usage}`")
            message = f"`:{name}` needs to know what"
            raise ScriptError(Diagnostic("X611", message, None, "", (note,)))
        match name:
            case "type":
                self._type(rest)
            case "assert":
                self._assert(rest)
            case "trace":
                return self._trace(rest)
            case "load":
                self.load(_unquoted(rest))
            case "reload":
                self._reload()
            case "list":
                self._list(rest)
            case "explain":
                self._explain(rest)
            case "help":
                click.echo(overview())
            case "quit":
                return True
        return False

    def _type(self, text: str) -> None:
        found = self._asked(lambda: self.script.type_of(text), text)
        if not found:
            message = "types are not looked at with --no-types"
            raise ScriptError(Diagnostic("X614", message))
        click.echo(f"{text} :: {found}")

    def load(self, path: str) -> None:
        """Read a script in place of the present one.

        Raises:
            Unreadable: it has mistakes; then the present one stays.
        """
        self.path = path
        try:
            script = opened(path, self.settings)
        except Unreadable as error:
            self._problems((*error.problems, *error.warnings), error.sources)
            click.echo(
                "Nothing was loaded; what was defined before is still there. When the script is "
                "mended, `:reload`."
            )
            return
        self.script, self.defined, self.compression = script, {}, Compression()
        names, assertions = len(script.names()), len(script.assertions)
        click.echo(f"{path}: {_many(names, 'name')}, {_many(assertions, 'assertion')}")

    def _reload(self) -> None:
        if self.path is None:
            note = Note("`:load FILE` reads one")
            message = "there is no script to read again"
            raise ScriptError(Diagnostic("X611", message, None, "", (note,)))
        self.load(self.path)

    def _list(self, part: str) -> None:
        names = {n: t for n, t in self.script.names().items() if part.lower() in n.lower()}
        if not names:
            click.echo(f"no name contains {part}" if part else "nothing is defined yet")
        width = max(map(len, names), default=0)
        for name, type_ in sorted(names.items()):
            click.echo(f"{name:<{width}} :: {type_}" if type_ else name)

    def _explain(self, number: str) -> None:
        from cospec.spec.syntax import catalogue

        entry = catalogue.find(number)
        if entry is None:
            message = f"there is no message with the number {number}"
            raise ScriptError(Diagnostic("X611", message))
        click.echo(catalogue.explanation(entry))

    def _trace(self, text: str) -> bool:
        """Walk through a process; whether the input ended meanwhile."""
        process = self._asked(lambda: self.script.process(text), text)

        def computed(question: Callable[[], T], /) -> T:
            return answered(self.script, question, self.settings)

        self.walking = Walking(process, computed, self.read)
        try:
            return self.walking.run(self.survived)
        finally:
            self.walking = None

    # ----------------------------------------------------------------- the rest

    def _problems(
        self, problems: Iterable[Diagnostic], sources: Mapping[str, str] | None = None
    ) -> None:
        """Show mistakes; `sources` are texts that they are in, beside those of the script."""
        known = {**self.script.sources, **(sources or {})}
        sys.stdout.flush()
        for problem in problems:
            click.echo(render(problem, known), err=True)

    def completions(self, before: str, word: str) -> list[str]:
        """What `word`, the end of the line `before`, may become."""
        if self.walking is not None:
            return self.walking.completions(word)
        command = COMMAND.match(before.lstrip())
        if command is not None and before.lstrip() == word:
            # Where something has to follow, the space before it is typed, too.
            gaps = {name: " " * bool(usage) for name, (usage, _) in COMMANDS.items()}
            return beginning(word, [f":{name}{gap}" for name, gap in gaps.items()])
        if command is not None and chosen(command[1], COMMANDS) == "load":
            typed = command[2]
            found = [f + os.sep if os.path.isdir(f) else f for f in glob.glob(typed + "*")]
            return sorted(f[len(typed) - len(word) :] for f in found)
        return beginning(word, [*self.script.known(), *KEYWORDS])


def _has_clauses(name: str, text: str, before: str) -> bool:
    """Whether a function gets one clause now and had others before."""
    clause = re.compile(rf"^\s*{re.escape(name)}\s*\(", re.MULTILINE)
    return len(clause.findall(text)) == 1 and bool(clause.search(before))


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _unquoted(path: str) -> str:
    return path[1:-1] if len(path) > 1 and path[0] == path[-1] == '"' else path


def overview() -> str:
    """What can be typed at the prompt."""
    lines = [
        "An expression shows its value, a process its term. A line that ends in an open bracket or",
        "an operator goes on in the next one; an empty line ends it.",
        "",
        *table(
            [
                ("let d", "define something from here on: `let n = 3`, `let P = a -> STOP`"),
                ("let", "alone: several lines of definitions, up to an empty line"),
                ("assert P [T= Q", "check an assertion"),
            ]
        ),
        *table((f":{name} {usage}", about) for name, (usage, about) in COMMANDS.items()),
        "",
        "A command may be shortened as long as it is clear which one is meant.",
    ]
    return "\n".join(lines)


# ---------------------------------------------------------------- the terminal


def start(path: str | None, settings: Settings) -> None:
    """Run a prompt on the terminal, or on whatever standard input is."""
    person = sys.stdin.isatty()
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    prompt = Prompt(settings, input if person else _piped)
    if person:
        _edit_lines(prompt)
        click.echo("cospec: `:help` says what can be typed here, Ctrl-D leaves.")
    if path is not None:
        prompt.survived(lambda: prompt.load(path))
    prompt.run()
    if person:
        click.echo()


def _piped(_prompt: str) -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def _edit_lines(prompt: Prompt) -> None:
    """Let lines be edited, called back and completed, where Python can do that."""
    try:
        import readline
    except ImportError:  # Windows
        return
    found: list[str] = []

    def complete(word: str, number: int) -> str | None:
        nonlocal found
        if number == 0:
            before = readline.get_line_buffer()[: readline.get_endidx()]
            found = prompt.completions(before, word)
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(_DELIMITERS)
    editline = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if editline else "tab: complete")
