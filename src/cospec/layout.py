"""Where the states and arrows of a picture go.

Graphviz decides that where its program `dot` is installed. Elsewhere a small layout of our own
does, for graphs of some dozens of states: states in columns by their distance from the start (so
that no arrow to the right crosses a column), ordered within a column as the states before them are
(the barycentre heuristic of Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of
Hierarchical System Structures*, 1981), and arrows bent until they keep clear of states and labels.
Both give the same picture again when asked again.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rich.cells import cell_len

from cospec.graph.states import Graph
from cospec.graph.writing import merged

Point = tuple[float, float]

#: Radius of a state, and height of a line of text.
RADIUS = 13.0
LINE = 13.0

#: Width of a character of a label, in the font of the pictures.
CHARACTER = 6.2

#: Distances between columns (plus the labels between them) and between the states of one.
_COLUMN = 64.0
_ROW = 58.0

#: How far an arrow may be bent, tried in this order.
_BENDS = (0, 18, -18, 36, -36, 58, -58, 84, -84, 116, -116, 160, -160, 220, -220, 290, -290)

#: Of more states nobody can see anything: there all arrows are bent a little, whatever is in the
#: way, so that two in opposite directions do not lie on each other.
_CAREFUL, _LEAST = 150, (14,)

#: Bends this wide count as 1, as faults do in `_Router`.
_DETOUR = 30.0

#: Longer labels are cut: the picture has them in full as tooltips.
_LABEL = 28

#: `dot` may take so many seconds; it is slow on dense graphs.
_PATIENCE = 10


class CannotDraw(Exception):
    """Graphviz is not there, or it failed."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two states, for all events between them.

    `path` is a chain of cubic Bézier curves: a start, then three points for each; the arrow's head
    ends in `tip`. `label` is as much of the events as is shown, centred at `place`.
    """

    source: int
    target: int
    events: tuple[str, ...]
    path: tuple[Point, ...] = ()
    tip: Point = (0.0, 0.0)
    place: Point = (0.0, 0.0)

    @property
    def label(self) -> str:
        """The events, cut where they are long."""
        text = ", ".join(self.events)
        return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of the states by their numbers, and arrows, within a width and a height."""

    width: float
    height: float
    states: tuple[Point, ...]
    arrows: tuple[Arrow, ...]


def arrange(graph: Graph) -> Layout:
    """The layout that Graphviz gives, or our own where it is not installed or does not cope."""
    try:
        return by_graphviz(graph)
    except CannotDraw:
        return by_columns(graph)


def _arrows(graph: Graph) -> list[Arrow]:
    return [
        Arrow(source, target, tuple(events))
        for (source, target), events in merged(graph.edges).items()
    ]


def breadth(text: str) -> float:
    """How wide a text is drawn."""
    return cell_len(text) * CHARACTER


# ------------------------------------------------------------------------------- Graphviz


def graphviz(source: str, form: str) -> bytes:
    """What `dot` makes of a text in its language.

    Raises:
        CannotDraw: it is not installed, failed, or took too long.
    """
    program = shutil.which("dot")
    if program is None:
        raise CannotDraw(f"{form} needs the program `dot` of Graphviz, which is not installed")
    try:
        done = subprocess.run(
            [program, f"-T{form}"], input=source.encode(), capture_output=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotDraw(f"Graphviz failed: {error}") from None
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip()
        raise CannotDraw(f"Graphviz failed: {message or done.returncode}")
    return done.stdout


def by_graphviz(graph: Graph) -> Layout:
    """The layout by `dot`: only its coordinates are taken, so that both pictures look alike.

    Raises:
        CannotDraw: Graphviz is not installed or does not cope.
    """
    arrows = _arrows(graph)
    size = 2 * RADIUS / 72
    lines = [
        "digraph {",
        "rankdir=LR; ranksep=0.4; nodesep=0.3;",
        f'node [shape=circle, fixedsize=true, width={size:.3f}, label=""];',
        'edge [fontname="DejaVu Sans Mono", fontsize=10];',
        *(f"{number};" for number in range(len(graph.states))),
    ]
    for index, arrow in enumerate(arrows):
        # Any text of the same breadth does: what events are called is not Graphviz's business.
        stand_in = "m" * cell_len(arrow.label)
        lines.append(f'{arrow.source} -> {arrow.target} [label="{stand_in}", id="{index}"];')
    made = json.loads(graphviz("\n".join([*lines, "}"]), "json0"))
    _, _, width, height = map(float, made["bb"].split(","))
    placed = {int(each["name"]): _point(each["pos"], height) for each in made.get("objects", [])}
    for edge in made.get("edges", []):
        pieces = edge["pos"].split()
        tip = next((p[2:] for p in pieces if p.startswith("e,")), "")
        path = tuple(_point(p, height) for p in pieces if p[1] != ",")
        index = int(edge["id"])
        arrows[index] = replace(
            arrows[index],
            path=path,
            tip=_point(tip, height) if tip else path[-1],
            place=_point(edge["lp"], height),
        )
    states = tuple(placed[number] for number in range(len(graph.states)))
    return _framed(states, arrows, (0.0, 0.0, width, height))


def _point(text: str, height: float) -> Point:
    """A point of Graphviz, whose second coordinate grows upwards."""
    x, y = map(float, text.split(","))
    return x, height - y


# ------------------------------------------------------------------------------- our own


def by_columns(graph: Graph) -> Layout:
    """The layout of our own."""
    arrows = _arrows(graph)
    columns = _columns(len(graph.states), arrows)
    rank = {state: number for number, column in enumerate(columns) for state in column}
    _order(columns, rank, arrows)
    gaps = [0.0] * len(columns)
    for arrow in arrows:
        first, last = sorted((rank[arrow.source], rank[arrow.target]))
        if last - first == 1:
            gaps[first] = max(gaps[first], breadth(arrow.label))
    places: dict[int, Point] = {}
    x = 0.0
    for column, gap in zip(columns, gaps, strict=True):
        top = -(len(column) - 1) * _ROW / 2
        for row, state in enumerate(column):
            places[state] = x, top + row * _ROW
        x += _COLUMN + gap
    states = tuple(places[number] for number in range(len(graph.states)))
    router = _Router(states)
    # The shortest first: they have the least freedom.
    shortest = sorted(arrows, key=lambda a: math.dist(states[a.source], states[a.target]))
    routed = {arrow: router.routed(arrow) for arrow in shortest}
    return _framed(states, [routed[arrow] for arrow in arrows], (0.0, 0.0, 0.0, 0.0))


def _columns(count: int, arrows: Sequence[Arrow]) -> list[list[int]]:
    """The states by their distance from state 0; what is not reached from there comes last."""
    after: list[list[int]] = [[] for _ in range(count)]
    for arrow in arrows:
        after[arrow.source].append(arrow.target)
    columns: list[list[int]] = []
    seen: set[int] = set()
    column = [0] if count else []
    while column:
        columns.append(column)
        seen.update(column)
        column = [n for n in dict.fromkeys(t for s in column for t in after[s]) if n not in seen]
    rest = [number for number in range(count) if number not in seen]
    return [*columns, rest] if rest else columns


def _order(columns: list[list[int]], rank: dict[int, int], arrows: Sequence[Arrow]) -> None:
    """Sorts each column by the middle of the neighbours in the column before it, then after it."""
    near: dict[int, list[int]] = {state: [] for state in rank}
    for arrow in arrows:
        if abs(rank[arrow.source] - rank[arrow.target]) == 1:
            near[arrow.source].append(arrow.target)
            near[arrow.target].append(arrow.source)
    row = {s: i - (len(column) - 1) / 2 for column in columns for i, s in enumerate(column)}

    def sort(number: int, beside: int) -> None:
        def middle(state: int) -> float:
            places = [row[other] for other in near[state] if rank[other] == beside]
            return sum(places) / len(places) if places else row[state]

        columns[number].sort(key=middle)
        for index, state in enumerate(columns[number]):
            row[state] = index - (len(columns[number]) - 1) / 2

    for _ in range(3):
        for number in range(1, len(columns)):
            sort(number, number - 1)
        for number in range(len(columns) - 2, -1, -1):
            sort(number, number + 1)


@dataclass
class _Router:
    """Bends arrows round states, labels and each other, one after the other."""

    states: Sequence[Point]
    labels: list[tuple[float, float, float, float]] = field(default_factory=list)

    def routed(self, arrow: Arrow) -> Arrow:
        """The arrow where it is in nobody's way, or in as few's as possible."""
        if len(self.states) > _CAREFUL:
            _, path = next(self._paths(arrow, _LEAST))
            middle = list(sampled(path))[12]
            return replace(arrow, path=path, tip=path[-1], place=middle)
        best: tuple[float, Arrow] | None = None
        for bend, path in self._paths(arrow):
            if best is not None and best[0] <= bend / _DETOUR:
                break
            curve = list(sampled(path))
            cost = bend / _DETOUR + self._struck(arrow, curve)
            for share in (0.5, 0.4, 0.6, 0.3, 0.7):
                x, y = curve[round(share * (len(curve) - 1))]
                made = replace(arrow, path=path, tip=path[-1], place=(x, y))
                whole = cost + self._covered(made)
                if best is None or whole < best[0]:
                    best = whole, made
        assert best is not None
        self.labels.append(box(best[1]))
        return best[1]

    def _paths(
        self, arrow: Arrow, bends: Iterable[int] = _BENDS
    ) -> Iterator[tuple[float, tuple[Point, ...]]]:
        """Ways from state to state with how far they are bent, the shortest first."""
        (x, y), (u, v) = self.states[arrow.source], self.states[arrow.target]
        if arrow.source == arrow.target:
            for size in (36, 50, 70):
                for side in (-1, 1):
                    foot, top = y + side * (RADIUS - 1), y + side * size
                    half = size / 2
                    yield size, ((x - 6, foot), (x - half, top), (x + half, top), (x + 6, foot))
            return
        length = math.dist((x, y), (u, v))
        ahead = (u - x) / length, (v - y) / length
        aside = -ahead[1], ahead[0]
        for bend in bends:
            reach = length * 0.3
            one = x + ahead[0] * reach + aside[0] * bend, y + ahead[1] * reach + aside[1] * bend
            two = u - ahead[0] * reach + aside[0] * bend, v - ahead[1] * reach + aside[1] * bend
            yield abs(bend), (_towards((x, y), one), one, two, _towards((u, v), two))

    def _struck(self, arrow: Arrow, curve: Sequence[Point]) -> float:
        """How bad it is that the curve runs through other states, and beneath labels."""
        cost = 0.0
        for number, (x, y) in enumerate(self.states):
            if number not in (arrow.source, arrow.target):
                cost += 40 * any(math.dist((x, y), point) < RADIUS + 5 for point in curve)
        for left, top, right, bottom in self.labels:
            cost += 2 * any(left < x < right and top < y < bottom for x, y in curve)
        return cost

    def _covered(self, arrow: Arrow) -> float:
        """How bad it is that the label would lie on states and other labels."""
        left, top, right, bottom = box(arrow)
        cost = 0.0
        for a, b, c, d in self.labels:
            cost += 4 * (left < c and a < right and top < d and b < bottom)
        for x, y in self.states:
            near = max(left - x, x - right, 0.0), max(top - y, y - bottom, 0.0)
            cost += 6 * (math.hypot(*near) < RADIUS)
        return cost


def _towards(centre: Point, other: Point) -> Point:
    """The point of a state's circle that faces another point."""
    length = math.dist(centre, other) or 1.0
    return (
        centre[0] + (other[0] - centre[0]) / length * (RADIUS + 1),
        centre[1] + (other[1] - centre[1]) / length * (RADIUS + 1),
    )


def sampled(path: Sequence[Point]) -> Iterator[Point]:
    """Points along a chain of Bézier curves."""
    for start in range(0, len(path) - 3, 3):
        a, b, c, d = path[start : start + 4]
        for step in range(25):
            t = step / 24
            w = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield (
                w[0] * a[0] + w[1] * b[0] + w[2] * c[0] + w[3] * d[0],
                w[0] * a[1] + w[1] * b[1] + w[2] * c[1] + w[3] * d[1],
            )


def box(arrow: Arrow) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an arrow's label."""
    (x, y), half = arrow.place, breadth(arrow.label) / 2 + 2
    return x - half, y - LINE / 2, x + half, y + LINE / 2


def _framed(
    states: Sequence[Point], arrows: Iterable[Arrow], least: tuple[float, float, float, float]
) -> Layout:
    """Everything moved to where coordinates begin at 0, with a margin."""
    arrows = list(arrows)
    left, top, right, bottom = least
    boxes = [(x - RADIUS - 2, y - RADIUS - 2, x + RADIUS + 2, y + RADIUS + 2) for x, y in states]
    if states:  # the arrow that points at the start
        boxes.append((states[0][0] - RADIUS - 26, states[0][1], states[0][0], states[0][1]))
    boxes += [box(arrow) for arrow in arrows]
    boxes += [(x, y, x, y) for arrow in arrows for x, y in sampled(arrow.path)]
    if boxes:
        left, top = min(left, *(b[0] for b in boxes)), min(top, *(b[1] for b in boxes))
        right, bottom = max(right, *(b[2] for b in boxes)), max(bottom, *(b[3] for b in boxes))
    margin = 8.0

    def moved(point: Point) -> Point:
        return point[0] - left + margin, point[1] - top + margin

    return Layout(
        right - left + 2 * margin,
        bottom - top + 2 * margin,
        tuple(map(moved, states)),
        tuple(
            replace(a, path=tuple(map(moved, a.path)), tip=moved(a.tip), place=moved(a.place))
            for a in arrows
        ),
    )
