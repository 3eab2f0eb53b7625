"""What is shown of an exploration, as plain data: lists, texts and numbers.

Long lists are cut, so that neither a walk of a million steps nor a state that offers as many events
makes a page that cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cospec.explorer.looking import Parts, Sight
from cospec.history import History
from cospec.spec.semantics.process import Process
from cospec.walk import Choice, remark

#: So many of the offers, of the steps and of the components are shown.
OFFERS, STEPS, COMPONENTS = 100, 100, 200

#: Characters of a title, of the text of a state, and of that of a component.
TITLE, TEXT, PART = 150, 2_000, 500

#: Offers that are listed where nothing but text can be shown.
LISTED = 24


def cut(text: str, most: int) -> str:
    """A text, or its beginning."""
    return text if len(text) <= most else text[: most - 1] + "…"


def place(sight: Sight) -> dict[str, Any]:
    """The state where one is."""
    waits = remark(sight.look.condition, sight.choices)
    return {
        "state": cut(sight.look.text, TEXT),
        "condition": sight.look.condition.value,
        # The remark begins with the condition, which is shown anyway.
        "remark": re.sub(r"^.*?[:,] ", "", waits),
    }


def way(history: History, wrong: int | None) -> dict[str, Any]:
    """The trace, and the part of the history that is around here, as [number, event, what is hidden
    in it, whether it is step `wrong`, which should not have been possible]."""
    trace = history.trace
    last = min(len(history.steps), max(history.at + STEPS // 2, STEPS))
    first = max(0, last - STEPS)
    steps = [
        [number, str(step.event), inside(step), number == wrong]
        for number, step in enumerate(history.steps[first:last], first + 1)
    ]
    return {
        "trace": list(trace[-STEPS:]),
        "earlier": max(0, len(trace) - STEPS),
        "steps": {"at": history.at, "of": len(history.steps), "shown": steps},
    }


def offers(
    choices: Sequence[Choice], wanted: str, number: Callable[[Process], int | None]
) -> dict[str, Any]:
    """The choices that have a text in them, as [number, event, what is hidden in it, number of the
    state that it leads to]."""
    fitting = [
        (index, each)
        for index, each in enumerate(choices)
        if wanted.casefold() in str(each).casefold()
    ]
    shown = [
        [index, str(each.event), inside(each), number(each.after)]
        for index, each in fitting[:OFFERS]
    ]
    return {"total": len(choices), "fitting": len(fitting), "shown": shown, "filter": wanted}


def components(now: Parts, before: Parts) -> list[list[Any]]:
    """Each component's state, and whether the last step changed it; of one alone, nothing."""
    if len(now) < 2:
        return []
    old = before if len(before) == len(now) else now
    return [
        [name, cut(state, PART), state != earlier]
        for (name, state), (_, earlier) in zip(now[:COMPONENTS], old, strict=False)
    ]


def inside(choice: Choice) -> str:
    """What is hidden in a τ, in words."""
    whole, event = str(choice), str(choice.event)
    return whole.removeprefix(event).strip().removeprefix("(").removesuffix(")")


def in_text(title: str, sight: Sight, trace: Iterable[str]) -> str:
    """Where one is, for places that show nothing but text."""
    choices = sight.choices
    left = len(choices) - LISTED
    lines = [
        f"<explorer of {title}>",
        f"state  {cut(sight.look.text, PART)}",
        f"trace  ⟨{', '.join(trace)}⟩",
        remark(sight.look.condition, choices),
        *(f"  {choice}" for choice in choices[:LISTED]),
    ]
    return "\n".join([*lines, *([f"  and {left:,} more"] if left > 0 else [])])
