"""The dialogue of a walk: shows what can happen, and takes the step that is typed."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Sequence
from itertools import islice

import click

from cospec.components import outline
from cospec.inputs import (
    Commands,
    Read,
    beginning,
    chosen,
    either,
    shortened,
    table,
    unknown_command,
)
from cospec.runner import Ask
from cospec.spec.semantics.events import TAU, TICK
from cospec.spec.semantics.process import Process
from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError
from cospec.table import shorten
from cospec.walk import (
    AUTO_STEPS,
    SPELLINGS,
    Choice,
    Condition,
    Walk,
    described,
    moment,
    only,
    remark,
    typed,
)

WALKING = "trace> "

#: A state is shown in so many columns.
STATE_WIDTH = 400

#: Of more possible events than this the first are shown; `all` shows the others.
MOST_CHOICES = 40

#: So many numbers of choices are listed in a message.
FEW = 8

COMMANDS: Commands = {
    "all": ("", "show all that can happen, however much it is"),
    "auto": ("[N]", "go on as long as there is only one way to go, N steps at most"),
    "back": ("[N]", "take back the last step, or N of them"),
    "help": ("", "this text"),
    "quit": ("", "leave the walk; so does Ctrl-C"),
    "random": ("[N]", "take a step, or N of them, by chance"),
    "restart": ("", "begin at the beginning"),
    "state": ("", "show the parts of the state, each on its line"),
    "steps": ("", "show every step so far, τ included"),
}


class Walking:
    """A walk that somebody steers by typing.

    Args:
        process: where it begins.
        ask: computes what can happen.
        read: where lines come from.
    """

    def __init__(self, process: Process, ask: Ask, read: Read) -> None:
        self._ask = ask
        self._read = read
        self._walk = ask(lambda: Walk(process))
        self._choices: Sequence[Choice] = ()

    def run(self, survived: Callable[[Callable[[], bool]], bool]) -> bool:
        """Walk until the user leaves; whether the input has ended.

        `survived` does something and reports what it raises.
        """
        self._show()
        while True:
            try:
                line = self._read(WALKING).strip()
            except EOFError:
                return True
            except KeyboardInterrupt:
                click.echo()
                return False
            if line and survived(lambda line=line: self.answer(line)):  # type: ignore[misc]
                return False

    def completions(self, word: str) -> list[str]:
        """What a word may become."""
        names = [name for choice in self._choices for name in typed(choice)]
        return beginning(word, [*names, *COMMANDS])

    def answer(self, line: str) -> bool:
        """Do what was typed; whether that is to leave the walk."""
        if line.isdecimal():
            self._numbered(int(line))
            return False
        found = [] if line.startswith(":") else self._ask(lambda: self._walk.named(line))
        if found:
            self._named(line, found)
            return False
        word, _, argument = line.removeprefix(":").partition(" ")
        name = chosen(word, COMMANDS)
        if name is None and (line.startswith(":") or shortened(word, COMMANDS)):
            raise unknown_command(word, list(COMMANDS), "`help` lists them")
        if name is None:
            raise self._impossible(line)
        if name == "quit":
            return True
        self._command(name, argument.strip())
        return False

    # ----------------------------------------------------------------- showing

    def _show(self, everything: bool = False) -> None:
        """Show where the walk is and what can happen."""
        walk, most = self._walk, None if everything else MOST_CHOICES

        def look() -> tuple[Sequence[Choice], list[str], Condition, str, int | None]:
            choices = walk.choices()
            listed = list(islice(described(choices), most))
            return choices, listed, walk.condition, str(walk.state), walk.seen_after()

        self._choices, listed, condition, state, before = self._ask(look)
        click.echo(f"state  {shorten(state, STATE_WIDTH)}")
        if before is not None:
            click.echo(f"       the same state as {moment(before)}")
        click.echo(f"trace  ⟨{', '.join(map(str, walk.trace))}⟩")
        click.echo(remark(condition, self._choices))
        for number, text in enumerate(listed, 1):
            click.echo(f"{number:>3}  {text}")
        left = len(self._choices) - len(listed)
        if left:
            click.echo(f"     and {left} more: `all` shows them")

    # ------------------------------------------------------------------- going

    def _go(self, choice: Choice) -> None:
        """Take a step; if what can happen after it cannot be computed, take it back."""
        self._walk.take(choice)
        try:
            self._ask(self._walk.choices)
        except BaseException:
            self._walk.back()
            raise

    def _numbered(self, number: int) -> None:
        if not 1 <= number <= len(self._choices):
            raise self._no_such(f"there is no choice {number}")
        self._go(self._choices[number - 1])
        self._show()

    def _named(self, text: str, found: Sequence[Choice]) -> None:
        if len(found) > 1:
            numbers = [str(self._choices.index(choice) + 1) for choice in found]
            message = f"`{text}` may be each of {len(found)} choices"
            which = f": {either(numbers)}" if len(found) <= FEW else ""
            raise self._no_such(message, f"type its number{which}")
        self._go(found[0])
        self._show()

    def _impossible(self, line: str) -> ScriptError:
        """What was typed is no choice and no command."""
        event = SPELLINGS.get(line, line)
        if event in (str(TAU), str(TICK)):
            return self._no_such(f"{event} cannot happen now")
        names = [name for choice in self._choices for name in typed(choice)]
        close = difflib.get_close_matches(line, [*names, *COMMANDS], n=1, cutoff=0.6)
        advice = [f"did you mean `{close[0]}`?"] if close else []
        message = f"`{line}` cannot happen now, and is no command either"
        return self._no_such(message, *advice, "type a number, an event, or `help`")

    def _no_such(self, message: str, *notes: str) -> ScriptError:
        if not self._choices:
            notes = ("nothing can happen here: `back` goes back, `quit` leaves",)
        return ScriptError(Diagnostic("X612", message, None, "", tuple(map(Note, notes))))

    # ---------------------------------------------------------------- commands

    def _command(self, name: str, argument: str) -> None:
        walk = self._walk
        usage, _ = COMMANDS[name]
        if argument and not (usage and argument.isdecimal()):
            wants = "takes a number of steps" if usage else "stands alone"
            raise ScriptError(Diagnostic("X611", f"`{name}` {wants}"))
        count = int(argument or 0)
        match name:
            case "help":
                click.echo(overview())
                return
            case "state":
                lines = self._ask(lambda: list(outline(walk.state)))
                for depth, part in lines:
                    click.echo("  " * depth + shorten(part, STATE_WIDTH))
                return
            case "steps":
                for number, step in enumerate(walk.steps, 1):
                    click.echo(f"{number:>4}  {step}")
                return
            case "back":
                if not walk.back(count or 1):
                    message = "this is the beginning: there is no step to take back"
                    raise ScriptError(Diagnostic("X612", message))
            case "restart":
                walk.back(len(walk.steps))
            case "auto":
                self._several(count or AUTO_STEPS, only)
            case "random":
                self._several(count or 1, _any)
        self._show(everything=name == "all")

    def _several(self, most: int, choose: Callable[[Sequence[Choice]], Choice | None]) -> None:
        """Take steps as long as one is chosen; `auto` ends where the walk has been before."""
        for _ in range(most):
            choice = choose(self._ask(self._walk.choices))
            if choice is None:
                break
            self._go(choice)
            click.echo(f"     {choice}")
            if choose is only and self._ask(self._walk.seen_after) is not None:
                break


def _any(choices: Sequence[Choice]) -> Choice | None:
    return random.choice(choices) if choices else None


def overview() -> str:
    """What can be typed during a walk."""
    lines = [
        "A number takes that choice. So does the event: `tau` and `tick` for τ and ✓, or the event",
        "that a τ hides.",
        "",
        *table((f"{name} {usage}", about) for name, (usage, about) in COMMANDS.items()),
        "",
        "Where an event has the name of a command, `:` before the word means the command.",
    ]
    return "\n".join(lines)
