"""State graphs from Python: what is written can be read back, and is the same process."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import networkx
import pytest

import cospec
from cospec.graph.reading import (
    GraphSystem,
    NotAGraph,
    from_aut,
    from_graphml,
    from_json,
    from_networkx,
)
from cospec.graph.states import Graph, TooManyStates, explore, nearest, part, whole_or_wanted
from cospec.graph.writing import as_aut, as_graphml, as_json
from cospec.models.channels import REPAIRED

SCRIPT = r"""
channel c : {0..3}
channel a, i, tau
LOOP(n) = c.n -> LOOP((n + 1) % 4)
MIXED = (a -> SKIP) \ {a} [] i -> tau -> MIXED |~| c?x:{0, 1} -> STOP
END = SKIP
"""

PROCESSES = ["LOOP(0)", "MIXED", "END", "STOP"]


@pytest.fixture(scope="module")
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


@pytest.mark.parametrize("text", PROCESSES)
def test_what_is_written_is_read_back_as_it_was(script: cospec.Script, text: str) -> None:
    graph = script[text].graph()
    same = Graph(graph.states, graph.edges)
    assert from_json(as_json(graph)) == same
    assert from_graphml(as_graphml(graph)) == same
    assert from_networkx(graph.to_networkx()) == same
    assert from_aut(as_aut(graph)).edges == same.edges  # Aldebaran does not say what states are


@pytest.mark.parametrize("text", PROCESSES)
def test_a_graph_read_back_is_the_same_process(script: cospec.Script, text: str, tmp_path) -> None:
    original = script[text]
    for form in ("aut", "json", "graphml"):
        path = tmp_path / f"process.{form}"
        original.graph().save(path)
        copy = cospec.read_graph(path).process()
        assert cospec.refines(original, copy).holds
        assert cospec.refines(copy, original).holds


def test_a_copy_that_does_more_is_told_from_the_original(script: cospec.Script) -> None:
    graph = script["LOOP(0)"].graph().to_networkx()
    graph.add_edge(2, 0, event="a")
    result = cospec.refines(script["LOOP(0)"], cospec.from_networkx(graph).process("COPY"))
    assert result.counterexample.trace == ("c.0", "c.1")
    assert result.counterexample.event == "a"


def test_graphml_and_networkx_understand_each_other(script: cospec.Script, tmp_path: Path) -> None:
    graph = script["LOOP(0)"].graph()
    graph.save(tmp_path / "ours.graphml")
    theirs = networkx.read_graphml(tmp_path / "ours.graphml")
    assert theirs.number_of_edges() == 4
    networkx.write_graphml(graph.to_networkx(), tmp_path / "theirs.graphml")
    assert cospec.read_graph(tmp_path / "theirs.graphml") == graph


def test_what_has_a_name_of_its_own_in_a_format_is_called_by_it(script: cospec.Script) -> None:
    graph = cospec.prefix("a", cospec.SKIP).hide("a").graph()
    assert as_aut(graph) == "des (0, 2, 3)\n(0, i, 1)\n(1, exit, 2)"
    root = ElementTree.fromstring(as_graphml(graph))
    assert root.tag == "{http://graphml.graphdrawing.org/xmlns}graphml"
    initial = dict(graph.to_networkx().nodes(data="initial"))
    assert initial == {0: True, 1: False, 2: False}


def test_a_model_has_a_graph_too() -> None:
    graph = cospec.process(REPAIRED).graph()
    copy = graph.process("COPY")
    assert len(graph.states) > 3
    assert cospec.refines(REPAIRED, copy).holds
    assert cospec.refines(copy, REPAIRED).holds


def test_a_graph_explored_as_a_system_is_that_graph(script: cospec.Script) -> None:
    graph = script["MIXED"].graph()
    again = explore(GraphSystem(graph, lambda label: label), len(graph.states))
    assert again.edges == graph.edges


def test_json_of_other_programs_may_have_numbers_for_names_and_events() -> None:
    text = (
        '{"initial": 5, "states": [{"id": 5, "state": 1}, {"id": 7, "state": 2}], '
        '"transitions": [{"source": 5, "event": 3, "target": 7}]}'
    )
    assert from_json(text) == Graph(("1", "2"), ((0, "3", 1),))


def test_graphs_of_other_programs_are_numbered_from_their_initial_state() -> None:
    graph = from_aut('des (2, 3, 4)\n(2,"a b",0)\n(0,i,3)\n  \n(1,"lost",2)\n')
    assert graph.states == ("2", "0", "3")
    assert graph.edges == ((0, "a b", 1), (1, "τ", 2))


def test_mcrl2_writes_tau_in_quotation_marks_which_has_to_be_said() -> None:
    text = 'des (0,1,2)\n(0,"tau",1)\n'
    assert from_aut(text).edges == ((0, "tau", 1),)
    assert from_aut(text, internal=["tau"]).edges == ((0, "τ", 1),)


def test_a_graph_of_networkx_may_name_its_start_and_its_events_otherwise() -> None:
    graph = networkx.DiGraph()
    graph.add_edge("idle", "busy", label="work")
    graph.add_edge("busy", "idle", label="rest")
    found = cospec.from_networkx(graph, initial="busy", event="label")
    assert found.states == ("busy", "idle")
    assert sorted(found.process().traces(2)) == [(), ("rest",), ("rest", "work")]


def test_graphs_of_other_programs_may_have_anything_for_names_and_directed_edges_alone() -> None:
    graph = networkx.DiGraph([(1, 2, {"event": 3})])
    assert from_networkx(graph) == Graph(("1", "2"), ((0, "3", 1),))
    mixed = (
        '<graphml><key id="event" attr.name="event"/><graph edgedefault="undirected">'
        '<node id="a"/><edge directed="true" source="a" target="a"><data key="event">x</data>'
        "</edge></graph></graphml>"
    )
    assert from_graphml(mixed) == Graph(("a",), ((0, "x", 0),))


@pytest.mark.parametrize(
    "read, text, says",
    [
        (from_aut, "", "line 1"),
        (from_aut, "des (0, 1, 1)\nnonsense", "line 2: no transition"),
        (from_aut, f"des (0, 1, 1)\n{'x' * 99}", f"target\\)`: {'x' * 60}$"),
        (from_aut, 'des (0, 2, 1)\n(0,"a",0)', "promises 2 transitions, there are 1"),
        (from_aut, 'des (0, 1, 1)\n(0,"a",1)', "promises 1 states"),
        (from_aut, f"des (0, 0, {'9' * 5000})", "line 1"),
        (
            from_aut,
            'des (0, 1, 999999999999)\n(0,"a",9999999999999)',
            "promises 999999999999 states",
        ),
        (from_json, "{", "not a state graph in JSON"),
        (from_json, "[]", "not a state graph in JSON: TypeError"),
        (from_json, "{}", "not a state graph in JSON: KeyError"),
        (from_json, "[" * 100_000, "not a state graph in JSON: RecursionError"),
        (
            from_json,
            '{"initial": 0, "transitions": [], "states": '
            '[{"id": 0, "state": "P"}, {"id": 0, "state": "Q"}]}',
            "2 states have only 1 names",
        ),
        (from_json, '{"initial": 1, "states": [], "transitions": []}', "no state of the graph"),
        (
            from_json,
            '{"initial": 0, "states": [{"id": 0, "state": "P"}], '
            '"transitions": [{"source": 0, "event": "a", "target": 1}]}',
            "1 is no state of the graph",
        ),
        (
            from_graphml,
            '<graphml><key id="event" attr.name="event"/><graph><node id="a"/>'
            '<edge source="b" target="a"><data key="event">x</data></edge></graph></graphml>',
            "'b' is no state of the graph",
        ),
        (from_graphml, "<graphml", "not XML"),
        (from_graphml, "<graphml/>", "no graph in it"),
        (from_graphml, "<graphml><graph/></graphml>", "no node"),
        (
            from_graphml,
            '<graphml><graph><node id="a"/><edge source="a" target="a"/></graph></graphml>',
            "from a to a has no event",
        ),
        (
            from_graphml,
            '<graphml><key id="event" attr.name="event"/><graph edgedefault="undirected">'
            '<node id="a"/><edge source="a" target="a"><data key="event">x</data></edge>'
            "</graph></graphml>",
            "between a and a is not directed",
        ),
        (
            from_graphml,
            '<graphml><key id="i" attr.name="initial"/><graph>'
            '<node id="a"><data key="i">true</data></node>'
            '<node id="b"><data key="i">true</data></node></graph></graphml>',
            "2 nodes are marked as initial",
        ),
        (from_networkx, networkx.Graph(), "not directed"),
        (from_networkx, networkx.DiGraph(), "no node"),
        (from_networkx, networkx.DiGraph([(1, 2)]), "has no 'event'"),
    ],
)
def test_what_is_no_graph_is_told_with_the_reason(read, text, says: str) -> None:
    with pytest.raises(NotAGraph, match=says):
        read(text)


def test_a_file_that_promises_very_many_states_is_read_as_soon_as_any() -> None:
    assert from_aut('des (0, 1, 999999999999)\n(0,"a",7)').states == ("0", "7")


@pytest.mark.parametrize("form", ["aut", "graphml", "json"])
def test_any_text_may_be_an_event(form: str, tmp_path: Path) -> None:
    texts = ["a\rb", "\u2028", "\x85", 'a"b\\', "\n", "i", "exit", "", "  ", "<&>]]>", "\u202ex"]
    graph = cospec.choice(*(cospec.prefix(text) for text in texts)).graph()
    graph.save(tmp_path / f"odd.{form}")
    assert cospec.read_graph(tmp_path / f"odd.{form}").edges == graph.edges


def test_what_a_format_has_no_place_for_is_told(tmp_path: Path) -> None:
    graph = Graph(("A", "B"), ((0, "\x1b", 1),))
    with pytest.raises(ValueError, match="control characters"):
        as_graphml(graph)
    graph = cospec.prefix("\x1b").graph()
    with pytest.raises(ValueError, match="control characters"):
        graph.text("graphml")
    graph.save(tmp_path / "odd.aut")
    assert cospec.read_graph(tmp_path / "odd.aut").edges == graph.edges


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "graph.aut").write_bytes(b"\xff\xfe\x00d")
    with pytest.raises(NotAGraph, match=r"graph\.aut is no text in UTF-8"):
        cospec.read_graph(tmp_path / "graph.aut")
    (tmp_path / "graph.aut").write_bytes(b'\xef\xbb\xbfdes (0, 1, 1)\r\n(0, "a", 0)\r\n')
    assert cospec.read_graph(tmp_path / "graph.aut").edges == ((0, "a", 0),)


def test_nothing_can_follow_the_end() -> None:
    graph = cospec.from_networkx(networkx.DiGraph([(0, 1, {"event": "✓"}), (1, 0, {"event": "a"})]))
    with pytest.raises(NotAGraph, match="leads to it by ✓"):
        graph.process()


def test_files_and_formats_that_are_not_known_are_told(script: cospec.Script, tmp_path) -> None:
    with pytest.raises(NotAGraph, match=r"\.aut, \.graphml"):
        cospec.read_graph("process.lts")
    with pytest.raises(ValueError, match="no format 'lts'"):
        script["STOP"].graph().save(tmp_path / "process.lts")


def test_a_graph_that_would_be_too_large_is_refused_and_not_cut(script: cospec.Script) -> None:
    assert len(script["LOOP(0)"].graph(4).states) == 4
    with pytest.raises(TooManyStates, match="more than 3 states"):
        script["LOOP(0)"].graph(3)


class Line:
    """0, 1, 2, … without end."""

    def initial_states(self):
        return (0,)

    def transitions(self, state):
        return [("up", state + 1), ("jump", state + 10)]


def test_a_part_of_a_graph_says_where_states_were_left_out() -> None:
    graph, _ = nearest(Line(), 3)
    assert graph.states == ("0", "1", "10")
    assert graph.edges == ((0, "up", 1), (0, "jump", 2))
    assert graph.beyond == (1, 2)
    assert not graph.complete


def test_of_a_part_of_a_graph_the_wanted_states_too_are_numbered_as_they_are_reached() -> None:
    graph, _ = nearest(Line(), 1, [2, 11, 1, 10])
    assert graph.states == ("0", "1", "10", "2", "11")


def test_wanted_states_that_no_kept_ones_lead_to_come_last_with_the_moves_between_them() -> None:
    graph, numbers = nearest(Line(), 1, [7, 8])
    assert graph == Graph(("0", "7", "8"), ((1, "up", 2),), beyond=(0, 1, 2))
    assert numbers == {0: 0, 7: 1, 8: 2}


def test_a_part_of_a_part_leaves_out_what_either_does() -> None:
    graph, _ = nearest(Line(), 5)
    assert graph.beyond == (2, 3, 4)
    assert part(graph, 3) == Graph(("0", "1", "10"), ((0, "up", 1), (0, "jump", 2)), (1, 2))
    assert part(graph, 5) is graph


def test_a_state_that_is_met_again_takes_no_room() -> None:
    last = cospec.define("LAST", lambda: cospec.prefix("c"))
    either = cospec.choice(cospec.prefix("a", last()), cospec.prefix("b", last()))
    assert either.graph(3).edges == ((0, "a", 1), (0, "b", 1), (1, "c", 2))


def test_a_part_of_a_graph_is_not_the_process() -> None:
    graph, _ = nearest(Line(), 3)
    with pytest.raises(NotAGraph, match="states of the graph were left out"):
        GraphSystem(graph, lambda label: label)


def test_a_part_of_a_graph_has_the_states_that_are_wanted() -> None:
    graph, numbers = nearest(Line(), 4, [0, 1, 2, 3, 13])
    assert set(graph.states) == {"0", "1", "2", "3", "13"}
    assert (numbers[3], "jump", numbers[13]) in graph.edges


class Ring(Line):
    """0 to 19, and again."""

    def transitions(self, state):
        return [("up", (state + 1) % 20), ("jump", (state + 10) % 20)]


def test_what_is_wanted_stands_alone_where_it_would_be_lost_among_others() -> None:
    run = [0, 1, 2]
    assert len(whole_or_wanted(Ring(), 20, run)[0].states) == 20
    alone, numbers = whole_or_wanted(Ring(), 19, run)
    assert (alone.states, numbers) == (("0", "1", "2"), {0: 0, 1: 1, 2: 2})
    assert not alone.complete
    assert len(whole_or_wanted(Ring(), 19, [])[0].states) == 19


def test_a_graph_gets_the_events_of_a_script() -> None:
    script = cospec.parse("channel send, got : {0..1}\nCOPY = send?x -> got.x -> COPY")
    read = from_aut('des (0, 4, 3)\n(0,"SEND !1",1)\n(1,i,2)\n(2,"GOT !1",0)\n(2,"GOT !0",0)\n')
    graph = cospec.StateGraph(read.states, read.edges)
    spelt = graph.rename(lambda event: event.lower().replace(" !", "."))
    assert spelt.edges == ((0, "send.1", 1), (1, "τ", 2), (2, "got.1", 0), (2, "got.0", 0))
    wrong = cospec.refines(script["COPY"], spelt.process(), model="T").counterexample
    assert wrong is not None
    assert (wrong.trace, wrong.event) == (("send.1",), "got.0")
    ended = cospec.prefix("a", cospec.SKIP).graph()
    assert [event for _, event, _ in ended.rename(lambda event: "b").edges] == ["b", "✓"]


def test_events_that_get_one_name_are_one_transition_where_they_led_to_one_state() -> None:
    either = cospec.choice(cospec.prefix("a"), cospec.prefix("b")).graph()
    assert len(either.edges) == 2
    assert either.rename(lambda _: "c").edges == ((0, "c", 1),)
