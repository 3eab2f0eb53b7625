"""Pictures of state graphs: complete, readable by XML, the same each time, and harmless."""

from __future__ import annotations

import math
import shutil
from itertools import combinations
from xml.etree import ElementTree

import pytest

import cospec
from cospec import layout
from cospec.drawing import CannotDraw, Marks, as_png, as_svg
from cospec.graph.states import Graph, nearest, part
from cospec.layout import RADIUS, by_columns, by_graphviz, graphviz

SVG = "{http://www.w3.org/2000/svg}"

RING = Graph(("A", "B", "C", "D"), tuple((n, f"e.{n}", (n + 1) % 4) for n in range(4)))
DENSE = Graph(
    tuple(map(str, range(12))),
    tuple((s, f"to.{t}", t) for s in range(12) for t in range(12) if (s * 5 + t * 3) % 4 == 0),
)
GRAPHS = {
    "one state": Graph(("STOP",), ()),
    "a loop": Graph(("LOOP",), ((0, "a", 0), (0, "b", 0), (0, "τ", 0))),
    "a ring": RING,
    "a dense graph": DENSE,
    "two ways": Graph(("A", "B"), ((0, "there", 1), (1, "back", 0))),
    "parts without a way from the start": Graph(("A", "B", "C"), ((1, "a", 2), (2, "b", 0))),
}

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not here")
LAYOUTS = [by_columns, pytest.param(by_graphviz, marks=needs_graphviz)]


@pytest.fixture
def no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)


def tooltips(svg: str) -> list[str]:
    return [title.text or "" for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]


@pytest.mark.parametrize("arrange", LAYOUTS)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_state_and_arrow_has_its_place_within_the_picture(name: str, arrange) -> None:
    graph = GRAPHS[name]
    layout = arrange(graph)
    assert len(layout.states) == len(graph.states)
    drawn = {(a.source, e, a.target) for a in layout.arrows for e in a.events}
    assert drawn == set(graph.edges)
    points = [*layout.states, *(p for a in layout.arrows for p in (a.path[0], a.tip, a.place))]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in points)
    for one, other in combinations(layout.states, 2):
        assert math.dist(one, other) > 2 * RADIUS


@pytest.mark.parametrize("arrange", LAYOUTS)
@pytest.mark.parametrize("name", GRAPHS)
def test_arrows_begin_and_end_at_their_states(name: str, arrange) -> None:
    layout = arrange(GRAPHS[name])
    for arrow in layout.arrows:
        assert math.dist(arrow.path[0], layout.states[arrow.source]) < RADIUS + 4
        assert math.dist(arrow.tip, layout.states[arrow.target]) < RADIUS + 4


def test_states_stand_in_columns_by_their_distance_from_the_start() -> None:
    places = by_columns(RING).states
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert len({round(y) for _, y in places}) == 1


def test_an_arrow_back_goes_round_the_states_between() -> None:
    layout = by_columns(RING)
    back = next(arrow for arrow in layout.arrows if (arrow.source, arrow.target) == (3, 0))
    for state in (1, 2):
        assert math.dist(back.place, layout.states[state]) > 2 * RADIUS


def test_a_graph_that_is_much_too_large_is_drawn_without_care_but_in_time(monkeypatch) -> None:
    """Whether an arrow strikes each of so many others would be looked at for hours."""

    def careful(*_: object) -> float:
        raise AssertionError("with care")

    monkeypatch.setattr(layout._Router, "_struck", careful)
    monkeypatch.setattr(layout._Router, "_covered", careful)
    graph = Graph(
        tuple(map(str, range(2000))),
        tuple((n, f"e.{n}", (n * k + 1) % 2000) for n in range(2000) for k in (2, 3)),
    )
    drawn = by_columns(graph)
    assert len(drawn.arrows) == len({(s, t) for s, _, t in graph.edges})


@pytest.mark.usefixtures("no_graphviz")
def test_a_picture_tells_states_and_events_in_full_when_pointed_at() -> None:
    long = "event." + ".".join(["0123456789"] * 9)
    found = tooltips(as_svg(Graph(("START -> HERE", "B"), ((0, long, 1), (1, "τ", 0)))))
    assert "state 0: START -> HERE" in found
    assert long in found


@pytest.mark.usefixtures("no_graphviz")
def test_the_same_graph_gives_the_same_picture() -> None:
    assert as_svg(DENSE) == as_svg(DENSE)


@pytest.mark.usefixtures("no_graphviz")
def test_names_cannot_smuggle_anything_into_the_page() -> None:
    wicked = '"><script>alert(1)</script>&\x00'
    svg = as_svg(Graph((wicked,), ((0, wicked, 0),)), note=wicked)
    assert "<script" not in svg
    root = ElementTree.fromstring(svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "g", "title", "rect", "circle", "path", "polygon", "text"}
    assert not [e for e in root.iter() if e.get("id") or e.get("class")]


@pytest.mark.usefixtures("no_graphviz")
def test_a_run_stands_out() -> None:
    plain = as_svg(RING)
    marked = as_svg(RING, Marks({0, 1}, {(0, 1)}, {1}))
    assert "#c0272d" not in plain
    assert marked.count('stroke="#c0272d"') == 4  # two states, the ring of the last, an arrow


@pytest.mark.usefixtures("no_graphviz")
def test_what_was_left_out_is_told_in_the_picture() -> None:
    assert "Only the 2 states nearest to the start" in as_svg(part(RING, 2))
    assert "Only the" not in as_svg(RING)


def test_a_part_of_a_graph_is_the_part_of_the_system_that_is_nearest() -> None:
    script = cospec.parse("channel c : {0..5}\nP(n) = c.n -> P((n+1)%6) [] c.5 -> P((n+3)%6)\n")
    process = script["P(0)"]
    assert part(process.graph(), 4) == nearest(process._firing(), 4)[0]


@pytest.mark.usefixtures("no_graphviz")
def test_a_png_needs_graphviz() -> None:
    with pytest.raises(CannotDraw, match="not installed"):
        as_png(RING)


def test_graphviz_that_fails_is_no_reason_not_to_draw(monkeypatch, tmp_path) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho out of order >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(program))
    with pytest.raises(CannotDraw, match="out of order"):
        graphviz("digraph {}", "svg")
    assert as_svg(RING).startswith("<svg")


@needs_graphviz
def test_a_png_is_one() -> None:
    assert as_png(RING).startswith(b"\x89PNG")


def test_a_process_shows_its_graph_in_a_notebook() -> None:
    script = cospec.parse("channel a : {0..99}\nP(n) = a.n -> P((n + 1) % 100)\n")
    shown = script["P(0)"]._repr_mimebundle_()
    assert shown["text/plain"] == "<process P(0)>"
    assert "<svg" in shown["text/html"]
    assert "Only the 60 states" in shown["text/html"]
    assert len(shown["application/vnd.cospec.lts+json"]["states"]) == 60
    assert shown["application/vnd.cospec.lts+json"]["beyond"] == [59]


def test_a_graph_shows_itself_in_a_notebook() -> None:
    graph = cospec.parse("channel a\nP = a -> P\n")["P"].graph()
    shown = graph._repr_mimebundle_()
    assert shown["text/plain"] == "<graph of 1 state and 1 transition>"
    assert graph.svg() in shown["text/html"]
