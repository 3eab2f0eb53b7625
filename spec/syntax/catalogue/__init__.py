"""What every number of a message means: the long form, with an example and its repair.

The entries stand beside this file in Markdown, one file for each hundred numbers. An entry is

    ### X303: a pattern binds one name twice

    What it means, why it is a mistake, what to do.

    ```cspm
    a script that has the mistake
    ```

    ```cspm
    the script without it
    ```

A fence of kind `console` before them holds the command that shows the mistake, where that is not
`cospec check example.csp`; what no script can show has no script. `python -m
cospec.spec.syntax.catalogue > docs/errors.md` writes all of it in one document.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

#: How an example is checked, unless its entry says otherwise.
COMMAND = "cospec check example.csp"

_HEADING = re.compile(r"^### ([A-Z]\d{3}): (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"([A-Z]?)(\d{3})")


@dataclass(frozen=True, slots=True)
class Entry:
    """The long form of one number.

    Attributes:
        code: the number, as in `X301`.
        title: the mistake in one line.
        text: paragraphs in Markdown.
        command: what shows the mistake, the example standing in `example.csp`.
        wrong: the example; empty where no script can show the mistake.
        repaired: the example without the mistake; empty where the repair is not in the script.
    """

    code: str
    title: str
    text: str
    command: str = COMMAND
    wrong: str = ""
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The numbers of one hundred: a heading, what they have in common, and the entries."""

    title: str
    text: str
    entries: tuple[Entry, ...]


@functools.cache
def sections() -> tuple[Section, ...]:
    """The whole catalogue, in the order of the numbers."""
    texts = [file.read_text("utf-8") for file in _files() if file.name != "introduction.md"]
    found = [_section(text) for text in texts]
    # Errors come before warnings.
    return tuple(sorted(found, key=lambda s: (s.entries[0].code[0] != "X", s.entries[0].code)))


@functools.cache
def entries() -> dict[str, Entry]:
    """The entries by their numbers."""
    return {entry.code: entry for section in sections() for entry in section.entries}


def find(number: str) -> Entry | None:
    """The entry of a number, which may be written `X301`, `x301` or, of an error, `301`."""
    return entries().get(_spelt(number))


def similar(number: str) -> str:
    """The known number that is most like an unknown one; empty when none is."""
    wanted = _spelt(number)
    close = difflib.get_close_matches(wanted, entries(), n=20, cutoff=0.7)
    return max(
        close, key=lambda e: sum(a == b for a, b in zip(wanted, e, strict=False)), default=""
    )


def _spelt(number: str) -> str:
    """A number as the catalogue writes it."""
    found = _NUMBER.fullmatch(number.strip().upper())
    return f"{found[1] or 'X'}{found[2]}" if found else number.strip().upper()


def explanation(entry: Entry) -> str:
    """The long form for a terminal."""
    parts = [f"{entry.code}: {entry.title}", entry.text]
    if entry.command != COMMAND:
        parts += ["Command:", _indented(f"$ {entry.command}")]
    if entry.wrong:
        parts += ["Example:", _indented(entry.wrong)]
    if entry.repaired:
        parts += ["Repaired:", _indented(entry.repaired)]
    return "\n\n".join(parts)


def overview() -> str:
    """All numbers with their titles."""
    parts = []
    for section in sections():
        lines = [section.title, *(f"  {entry.code}  {entry.title}" for entry in section.entries)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def document() -> str:
    """The catalogue as one Markdown document, after its introduction."""
    (introduction,) = (f.read_text("utf-8") for f in _files() if f.name == "introduction.md")
    parts = [introduction.rstrip()]
    for section in sections():
        parts += [f"## {section.title}", section.text]
        for entry in section.entries:
            parts += [f"### {entry.code}: {entry.title}", entry.text, *_fences(entry)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _fences(entry: Entry) -> Iterator[str]:
    if entry.command != COMMAND:
        yield f"```console\n$ {entry.command}\n```"
    if entry.wrong:
        yield f"```cspm\n{entry.wrong}```"
    if entry.repaired:
        yield f"Repaired:\n\n```cspm\n{entry.repaired}```"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _files() -> list[Traversable]:
    folder = files("cospec.spec.syntax.catalogue")
    return sorted((f for f in folder.iterdir() if f.name.endswith(".md")), key=lambda f: f.name)


def _section(text: str) -> Section:
    head, *pieces = _HEADING.split(text)
    title, _, common = head.strip().partition("\n")
    found = tuple(_entry(*pieces[number : number + 3]) for number in range(0, len(pieces), 3))
    return Section(title.removeprefix("## "), common.strip(), found)


def _entry(code: str, title: str, body: str) -> Entry:
    scripts = []
    command = COMMAND
    for kind, held in _FENCE.findall(body):
        if kind == "console":
            command = held.strip().removeprefix("$ ")
        else:
            scripts.append(held)
    wrong, repaired, *_ = (*scripts, "", "")
    text = re.sub(r"\n{3,}", "\n\n", _FENCE.sub("", body)).strip()
    return Entry(code, title, text, command, wrong, repaired)
