"""Random scripts: bytes, tokens, and our own scripts with something changed.

One generator serves both Hypothesis and longer runs: it asks for numbers, and either Hypothesis or
a `random.Random` gives them. Smaller numbers change less.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from typed import Expressions

from cospec.spec.syntax.tokens import KEYWORDS, SYMBOLS

#: Gives a number from 0 up to but not including its argument.
Choose = Callable[[int], int]

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
_FOLDERS = ("spec/library", "tests/language/should_pass", "tests/language/should_fail",
            "benchmarks/models")  # fmt: skip

#: A script as pieces that mutations move about: space, line breaks, comments, tokens.
_PIECE = re.compile(
    r"\n|[ \t\r]+|--[^\n]*|\"[^\"\n]*\"|[A-Za-z][\w']*(?:::[A-Za-z][\w']*)*|[0-9]+|"
    + "|".join(re.escape(s) for s in sorted(SYMBOLS, key=len, reverse=True))
    + "|."
)

_BUILT_IN = (
    "STOP SKIP DIV CHAOS RUN Events Int Bool Char Proc Event True False union inter diff Union "
    "Inter member card empty set Set Seq seq head tail null length concat elem extensions "
    "productions mapLookup mapFromList emptyMap WAIT tock error show normal"
).split()

#: Operators that may stand for each other without changing what is well-formed.
_EXCHANGEABLE = (
    ("+", "-", "*", "/", "%"), ("==", "!="), ("<", "<=", ">", ">="), ("and", "or"),
    ("[]", "|~|", "|||", ";", "[>", "/\\"), ("!", "?", "."), (".", ","), ("[T=", "[F=", "[FD="),
    ("union", "inter", "diff"), ("Union", "Inter"), ("head", "tail", "null", "length"),
    ("member", "elem"), ("STOP", "SKIP", "DIV"), ("Int", "Bool", "Char"), ("true", "false"),
)  # fmt: skip

_BRACKETS = {"(": ")", "{": "}", "<": ">", "{|": "|}", "[|": "|]", "[[": "]]", "(| ": " |)"}


@functools.cache
def corpus() -> tuple[tuple[str, ...], ...]:
    """Our scripts, in pieces."""
    paths = sorted(path for folder in _FOLDERS for path in (ROOT / folder).glob("*.csp"))
    return tuple(pieces(path.read_bytes().decode("latin-1")) for path in paths)


def pieces(text: str) -> tuple[str, ...]:
    """A text cut up; joined, it is what it was."""
    return tuple(_PIECE.findall(text))


def scripts() -> st.SearchStrategy[bytes]:
    """Random scripts for Hypothesis."""

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        return Generator(lambda below: draw(st.integers(0, below - 1))).script()

    return drawn()


def script(seed: int) -> bytes:
    """The random script of a seed."""
    return Generator(Random(seed).randrange).script()


class Generator:
    """Makes random scripts of random numbers."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose

    def script(self) -> bytes:
        """A script, as it might stand in a file."""
        kind = self.choose(24)
        if kind < 9:
            text = self.mutated(mild=True)
        elif kind < 14:
            text = Expressions(self.choose).script()
        elif kind < 20:
            text = self.mutated(mild=False)
        elif kind < 23:
            text = self.tokens()
        else:
            return bytes(self.choose(256) for _ in range(self.choose(60)))
        return text.encode("latin-1")

    def one_of(self, options: Sequence[T]) -> T:
        """One of some things, the first being the simplest."""
        return options[self.choose(len(options))]

    def token(self) -> str:
        """A token of any kind."""
        kind = self.choose(8)
        if kind < 3:
            return self.one_of("a b c P Q f x T".split())
        if kind < 5:
            return self.one_of(tuple(SYMBOLS))
        if kind == 5:
            return self.one_of(tuple(KEYWORDS))
        if kind == 6:
            return self.one_of(("0", "1", "2", "'c'", '"s"', "_", ":[deadlock free]", "[T="))
        return self.one_of(_BUILT_IN)

    def tokens(self) -> str:
        """Random tokens, now and then in lines that begin like definitions."""
        parts = []
        for _ in range(self.choose(60)):
            parts.append(self.token())
            parts.append(("\n", "\nP = ", "\nf(x) = ")[self.choose(3)] if self.chance(8) else " ")
        return "".join(parts)

    def chance(self, one_in: int) -> bool:
        return self.choose(one_in) == one_in - 1

    def mutated(self, mild: bool) -> str:
        """One of our scripts after some changes; mild ones often leave it well-formed."""
        changed = list(self.one_of(corpus()))
        for _ in range(1 + self.choose(3)):
            (self.mild if mild else self.rough)(changed)
        return "".join(changed)

    # ------------------------------------------------------------------------ changes

    def place(self, parts: list[str], wanted: Callable[[str], object]) -> int:
        """The place of a piece of a kind; of any piece if there is none."""
        places = [number for number, part in enumerate(parts) if wanted(part)]
        return self.one_of(places or range(len(parts)))

    def lines(self, parts: list[str]) -> list[list[str]]:
        found: list[list[str]] = [[]]
        for part in parts:
            found[-1].append(part)
            if part == "\n":
                found.append([])
        return found

    def mild(self, parts: list[str]) -> None:
        """Another name, number or operator; another order of lines; a line of another script."""
        match self.choose(8):
            case 0 | 1 | 2:
                names = sorted({p for p in parts if _is_name(p)})
                other = self.one_of(_BUILT_IN if self.chance(4) or not names else names)
                parts[self.place(parts, _is_name)] = other
            case 3:
                here = self.place(parts, str.isdecimal)
                parts[here] = str(self.choose(4)) if not self.chance(9) else "100000000000"
            case 4 | 5:
                here = self.place(parts, lambda p: any(p in group for group in _EXCHANGEABLE))
                for group in _EXCHANGEABLE:
                    if parts[here] in group:
                        parts[here] = self.one_of(group)
                        break
            case 6:
                lines = self.lines(parts)
                line = lines.pop(self.choose(len(lines)))
                lines.insert(self.choose(len(lines) + 1), line)
                parts[:] = [part for each in lines for part in each]
            case _:
                name = self.one_of([p for p in parts if _is_name(p)] or ["P"])
                self.insert_phrase(parts, name)

    def insert_phrase(self, parts: list[str], name: str) -> None:
        """A name becomes something made of it."""
        here = self.place(parts, _is_name)
        old = parts[here]
        wrapped = (
            f"({old}, {name})", f"<{old}, {name}>", f"{{{old}, {name}}}", f"{old}.{name}",
            f"{{|{old}|}}", f"(let v.w = {old} within v)", f"(let v = {name} within {old})",
            f"(\\ v @ {old})({name})", f"(if {name} == {old} then {old} else {name})",
            f"head(<{old}>)", f"<{old} | {old} <- {name}>", f"{{{name} | {old} <- {{{name}}}}}",
            f"{old}({name})", f"{name}({old})", f"{old}.({name})", f"(| {old} => {name} |)",
            f"({old} -> {name})", f"({old}?{name} -> STOP)", f"({old} [[{name} <- {old}]])",
        )  # fmt: skip
        parts[here] = self.one_of(wrapped)

    def rough(self, parts: list[str]) -> None:
        """Anything."""
        match self.choose(10):
            case 0:
                del parts[self.place(parts, str.strip)]
                if not parts:
                    parts.append("\n")
            case 1:
                here = self.place(parts, str.strip)
                parts.insert(here, parts[here])
            case 2:
                one, two = (self.place(parts, str.strip) for _ in range(2))
                parts[one], parts[two] = parts[two], parts[one]
            case 3:
                parts[self.place(parts, str.strip)] = self.token()
            case 4:
                lines = self.lines(parts)
                here = self.choose(len(lines))
                lines[here : here + 1] = [[], lines[here] * 2][self.choose(2) :]
                parts[:] = [part for each in lines for part in each] or ["\n"]
            case 5:
                other = self.one_of(corpus())
                cut = self.choose(len(parts))
                parts[cut:] = other[self.choose(len(other)) :]
            case 6:
                brackets = {*_BRACKETS, *_BRACKETS.values()}
                del parts[self.place(parts, lambda p: p in brackets)]
                if not parts:
                    parts.append("\n")
            case 7:
                here = self.place(parts, str.strip)
                left = self.one_of(tuple(_BRACKETS))
                parts[here] = left + parts[here] + _BRACKETS[left]
            case 8:
                here = self.place(parts, str.strip)
                there = here + 1 + self.choose(8)
                parts[here:there] = parts[here:there] * (1 << self.choose(11))
            case _:
                self.mild(parts)


def _is_name(part: str) -> bool:
    return part[0].isalpha() and part not in KEYWORDS
