"""A counterexample as a sequence diagram: a line of life for each component, time downwards.

Components of CSP do not send: they perform an event together or alone. So a step is no arrow but a
bar, from the first to the last of those that take part, with a dot on each of them. What the
environment sees stands at the left; what is hidden from it stands there in brackets, and is grey
and dashed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap

from cospec.drawing import FONT, INK, MARK, PALE, Picture, text
from cospec.layout import CHARACTER, breadth
from cospec.report import sentence
from cospec.results import FileResult, Move, Subject, Witness
from cospec.spec.semantics.events import TAU
from cospec.table import shorten

#: Heights of a step, of the components' names, and of a line of text.
_STEP, _HEAD, _LINE = 30.0, 34.0, 16.0

#: A run of more steps than this is drawn without its middle, as in the tables.
_MOST, _FIRST, _LAST = 120, 20, 60

#: Names and events are cut to so many characters.
_NAME, _EVENT = 24, 30


def diagram(witness: Witness, subject: Subject, title: str) -> Picture:
    """The diagram of a counterexample.

    Args:
        witness: the counterexample.
        subject: what the assertion is about.
        title: the assertion.
    """
    return _Drawing(witness, subject, title).picture()


def diagrams(files: Iterable[FileResult]) -> Iterator[tuple[str, Picture]]:
    """The diagrams of all counterexamples, each with a name: of the script and the line."""
    names: Counter[str] = Counter()
    for file in files:
        for result in file.results:
            if result.witness is None:
                continue
            name = f"{Path(file.file).stem}-{result.line}"
            names[name] += 1
            if names[name] > 1:  # several on a line, or scripts of the same name
                name = f"{name}-{names[name]}"
            yield name, diagram(result.witness, result.subject, result.assertion)


@dataclass
class _Drawing:
    """A diagram that grows downwards."""

    witness: Witness
    subject: Subject
    title: str
    lines: list[str] = field(default_factory=list)
    y: float = 10.0

    def __post_init__(self) -> None:
        witness = self.witness
        every = [*witness.steps, *witness.loop, *witness.other]
        self.components = [
            index
            for index in range(len(witness.components))
            if any(index < len(s.moves) and s.moves[index] is not None for s in every)
        ]
        self.names = [witness.components[index][0] for index in self.components]
        if not self.components:  # nobody moved, or there is but one process
            only = len(witness.components) == 1
            self.names = [witness.components[0][0] if only else self.subject.process]
        seen = [_seen(step) for step in every] + [witness.event or "", "environment"]
        self.left = 46 + max(breadth(shorten(each, _EVENT)) for each in seen)
        gap = max(74.0, *(breadth(shorten(name, _NAME)) + 24 for name in self.names))
        self.x = [self.left + gap * (0.5 + number) for number in range(len(self.names))]
        self.width = max(self.left + gap * len(self.names) + 10, 420.0)

    def picture(self) -> Picture:
        """All of it."""
        witness = self.witness
        self._say(self.title, INK, bold=True)
        self._say(sentence(self.subject, witness), INK)
        self._run(witness.steps, 1)
        if witness.loop:
            top = self.y
            self._say("and then, again and again:", MARK)
            self._run(witness.loop, len(witness.steps) + 1, names=False)
            self.lines.append(
                f'<rect x="4" y="{top - 6:.0f}" width="{self.width - 8:.0f}" rx="4" '
                f'height="{self.y - top + 2:.0f}" fill="none" stroke="{MARK}" '
                'stroke-dasharray="4 3"/>'
            )
        self._end()
        if witness.other:
            self._say(f"Another run with the same beginning, which performs {witness.event}:", INK)
            self._run(witness.other, 1)
        idle = len(witness.components) - len(self.components)
        if idle and len(witness.components) > 1:
            noun = "component that does" if idle == 1 else "components that do"
            self._say(f"({idle} {noun} not move left out)", PALE)
        size = f'width="{self.width:.0f}" height="{self.y + 6:.0f}"'
        whole = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {self.width:.0f} '
            f'{self.y + 6:.0f}" role="img" font-family="{FONT}" font-size="10">',
            f'<rect {size} rx="4" fill="#ffffff"/>',
            *self.lines,
            "</svg>",
        ]
        return Picture("\n".join(whole), f"<diagram of {self.title}>")

    def _say(self, words: str, colour: str, *, bold: bool = False) -> None:
        """Lines of text over the whole breadth."""
        weight = ' font-weight="bold"' if bold else ""
        for line in wrap(words, max(20, int((self.width - 24) / CHARACTER))):
            self.y += _LINE
            self.lines.append(
                f'<text x="10" y="{self.y - 4:.0f}" fill="{colour}"{weight}>{text(line)}</text>'
            )
        self.y += 4

    def _run(self, steps: Sequence[Move], first: int, *, names: bool = True) -> None:
        """The lines of life, and a bar for each step."""
        top = self.y
        if names:
            self.y += _HEAD
        start = self.y
        bars: list[str] = []
        for number, step in _shown(steps, first):
            self.y += _STEP
            if step is None:
                words = f"… {len(steps) - _FIRST - _LAST} steps left out …"
                bars.append(_words(self.left, self.y, words, PALE, "start"))
            else:
                bars.extend(self._bar(number, step))
        self.y += 14
        for x, name in zip(self.x, self.names, strict=True):
            self.lines.append(
                f'<line x1="{x:.0f}" y1="{start - 4:.0f}" x2="{x:.0f}" y2="{self.y:.0f}" '
                f'stroke="{PALE}" stroke-dasharray="2 3"/>'
            )
            if names:
                self._box(x, top + 6, name)
        if names:
            self.lines.append(_words(self.left - 12, start - 12, "environment", PALE, "end"))
        self.lines.extend(bars)

    def _box(self, x: float, y: float, name: str) -> None:
        short = shorten(name, _NAME)
        half = breadth(short) / 2 + 7
        self.lines.append(
            f"<g><title>{text(name)}</title>"
            f'<rect x="{x - half:.1f}" y="{y:.1f}" width="{2 * half:.1f}" height="22" rx="3" '
            f'fill="#f3f5f7" stroke="{INK}"/>{_words(x, y + 15, short, INK, "middle")}</g>'
        )

    def _bar(self, number: int, step: Move) -> Iterator[str]:
        """Who takes part in a step, and what each of them calls the event."""
        seen, y = _seen(step), self.y
        hidden = step.event == str(TAU)
        colour, dashes = (PALE, ' stroke-dasharray="4 3"') if hidden else (INK, "")
        yield _words(26, y + 3.5, str(number), PALE, "end")
        label = _words(self.left - 12, y + 3.5, shorten(seen, _EVENT), colour, "end")
        yield f"<g><title>{text(seen)}</title>{label}</g>"
        moves = [step.moves[i] if i < len(step.moves) else None for i in self.components]
        if not self.components:
            moves = [seen]
        active = [(x, move) for x, move in zip(self.x, moves, strict=True) if move is not None]
        if not active:
            return
        begin = active[0][0] if hidden else self.left - 6
        yield (
            f'<line x1="{begin:.0f}" y1="{y:.1f}" x2="{active[-1][0]:.0f}" y2="{y:.1f}" '
            f'stroke="{colour}" stroke-width="1.6"{dashes}/>'
        )
        bare = step.hidden if step.hidden is not None else step.event
        for x, move in active:
            yield (
                f"<g><title>{text(move)}</title>"
                f'<circle cx="{x:.0f}" cy="{y:.1f}" r="4" fill="{colour}"/></g>'
            )
            if move != bare and self.components:  # it was renamed on its way out
                yield _words(x, y - 7, shorten(move, _NAME), colour, "middle")

    def _end(self) -> None:
        """What is wrong at the end, in red beneath the lines of life; states as tooltips."""
        witness = self.witness
        faults = {
            "trace": f"{witness.event} is not allowed here",
            "failure": f"offers only {_set(witness.accepted)}",
            "deadlock": "has ended" if witness.ended else "stuck: nothing is possible",
            "divergence": "never offers anything again",
            "nondeterminism": f"may refuse {witness.event}" if not witness.loop else "diverges",
        }
        shown = self.components or list(range(min(1, len(witness.components))))
        for x, index in zip(self.x, shown, strict=False):
            state = witness.components[index][1]
            self.lines.append(
                f"<g><title>{text(f'at the end: {state}')}</title>"
                f'<rect x="{x - 14:.0f}" y="{self.y:.0f}" width="28" height="5" fill="{MARK}"/></g>'
            )
        self.y += 8
        self._say(f"✘ {faults.get(witness.kind, witness.kind)}", MARK, bold=True)


def _set(events: Sequence[str] | None) -> str:
    return "{" + shorten(", ".join(events or ()), 60) + "}"


def _seen(step: Move) -> str:
    """The event as the environment sees it: in brackets, if it does not."""
    return step.event if step.hidden is None else f"[{step.hidden}]"


def _shown(steps: Sequence[Move], first: int) -> Iterator[tuple[int, Move | None]]:
    """The steps with their numbers; one None for those in the middle of very many."""
    for index, step in enumerate(steps):
        if len(steps) <= _MOST or not _FIRST <= index < len(steps) - _LAST:
            yield index + first, step
        elif index == _FIRST:
            yield index + first, None


def _words(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{text(words)}</text>'
    )
