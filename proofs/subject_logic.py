"""Subjects of NATS as regular languages in z3: words of any length over printable ASCII.

`LISTING` is what `validate_subject` accepts, `PUBLISH` and `SUBSCRIBE` what its repairs do, which
go over the characters; `SUBJECT` and `SUBSCRIPTION` are what NATS takes, by tokens. That they say
what the functions of `cospec.models.nats` do is tested on all short words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import z3

from cospec.models.nats import (
    is_subject,
    is_subscription,
    validate_publish,
    validate_subject,
    validate_subscription,
)
from cospec.proofs.register import Undecided

#: Milliseconds that z3 may think about one question.
PATIENCE = 10_000

_WORD = z3.String("subject")


@dataclass(frozen=True)
class Language:
    """A set of subjects: as a regular expression, and as a function."""

    name: str
    expression: z3.ReRef
    accepts: Callable[[str], bool]


def _either(*parts: z3.ReRef) -> z3.ReRef:
    return z3.Union(*parts)


def _both(*parts: z3.ReRef) -> z3.ReRef:
    return z3.Intersect(*parts)


def _then(*parts: z3.ReRef) -> z3.ReRef:
    return z3.Concat(*parts)


def _one_of(characters: str) -> z3.ReRef:
    return reduce(_either, map(z3.Re, characters))


_CHARACTER = z3.Range(" ", "~")
_ANY = z3.Star(_CHARACTER)
_LETTER = _either(z3.Range("a", "z"), z3.Range("A", "Z"), z3.Range("0", "9"))
#: All characters but some.
_PLAIN = _both(_CHARACTER, z3.Complement(_one_of(" .*>")))
_DOT, _STAR, _REST = z3.Re("."), z3.Re("*"), z3.Re(">")


def _dotted(token: z3.ReRef) -> z3.ReRef:
    """One or more, with dots between them."""
    return _then(token, z3.Star(_then(_DOT, token)))


def _without(*parts: z3.ReRef) -> z3.ReRef:
    """The words in which none of these is found."""
    return reduce(_both, (z3.Complement(_then(_ANY, part, _ANY)) for part in parts))


LISTING = Language("validate_subject", z3.Plus(_either(_LETTER, _one_of(".*>"))), validate_subject)

_TOKEN = z3.Plus(_PLAIN)
_OR_STAR = _either(_TOKEN, _STAR)
SUBJECT = Language("a subject of NATS", _dotted(_TOKEN), is_subject)
SUBSCRIPTION = Language(
    "a subscription of NATS",
    _either(_dotted(_OR_STAR), _REST, _then(_dotted(_OR_STAR), z3.Re(".>"))),
    is_subscription,
)

# What a pass over the characters refuses: a dot at the start, at the end, or after a dot.
_no_dot_first = z3.Complement(_then(_DOT, _ANY))
_no_dot_last = z3.Complement(_then(_ANY, _DOT))
_dots = _both(_no_dot_first, _no_dot_last, _without(z3.Re("..")))
_no_dot = _both(_CHARACTER, z3.Complement(_DOT))

PUBLISH = Language(
    "validate_publish", _both(z3.Plus(_either(_PLAIN, _DOT)), _dots), validate_publish
)
SUBSCRIBE = Language(
    "validate_subscription",
    _both(
        _both(z3.Plus(_either(_PLAIN, _one_of(".*>"))), _dots),
        _without(_then(_no_dot, _one_of("*>")), _then(_STAR, _no_dot), _then(_REST, _CHARACTER)),
    ),
    validate_subscription,
)


def included(smaller: Language, larger: Language) -> bool:
    """Whether each word of one language is in the other, of any length.

    Raises:
        Undecided: z3 does not know.
    """
    return _word(smaller, larger, []) is None


def shortest(smaller: Language, larger: Language) -> list[str]:
    """The words that are in one language and not in the other: all of the least length.

    Raises:
        Undecided: z3 does not know, or there are none.
    """
    if included(smaller, larger):
        raise Undecided("there is no such word")
    length = 0
    while True:
        found: list[str] = []
        while (word := _word(smaller, larger, found, length)) is not None:
            found.append(word)
        if found:
            return sorted(found)
        length += 1


def _word(
    smaller: Language, larger: Language, but: list[str], length: int | None = None
) -> str | None:
    """A word of the one language that is not in the other, of a length, and none of these."""
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(z3.InRe(_WORD, _both(smaller.expression, z3.Complement(larger.expression))))
    solver.add(z3.InRe(_WORD, _ANY), *(word != _WORD for word in but))
    if length is not None:
        solver.add(z3.Length(_WORD) == length)
    answer = solver.check()
    if answer == z3.unknown:
        raise Undecided(f"z3 does not know: {solver.reason_unknown()}")
    if answer == z3.unsat:
        return None
    return str(solver.model().eval(_WORD, model_completion=True).as_string())
