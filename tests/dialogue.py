"""Dialogues with the prompt as text: what was typed stands behind the prompts.

A dialogue is its own test. The lines that begin with a prompt are typed again, and the transcript
must come out the same.
"""

from __future__ import annotations

import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from cospec.repl import MORE, PROMPT, Prompt
from cospec.runner import Settings
from cospec.scripts import Limits
from cospec.walking import WALKING

PROMPTS = (PROMPT, MORE, WALKING)


def typed(dialogue: str) -> list[str]:
    """The lines of a dialogue that were typed, with their prompts."""
    return [
        line
        for line in dialogue.splitlines()
        if line.startswith(tuple(p.rstrip() for p in PROMPTS))
    ]


def hold(dialogue: str, path: str | None = None, settings: Settings | None = None) -> str:
    """The transcript of typing what was typed in `dialogue`, spaces at the ends of lines and times
    apart."""
    screen = StringIO()
    lines = iter(typed(dialogue))

    def read(prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        expected = line[: len(prompt)].ljust(len(prompt))
        assert expected == prompt, f"{prompt!r} is shown where {line!r} was typed"
        screen.write(line + "\n")
        return line[len(prompt) :]

    with redirect_stdout(screen), redirect_stderr(screen):
        prompt = Prompt(settings or Settings(Limits(seconds=600)), read)
        if path is not None:
            prompt.load(path)
        prompt.run()
    return plain(screen.getvalue())


def plain(text: str) -> str:
    """Text without what differs from run to run, and without spaces at the ends of lines."""
    text = re.sub(r" +\d+\.\d\d s\b", "   0.00 s", text)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())
