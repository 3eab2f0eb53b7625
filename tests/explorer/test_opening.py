"""What can be explored, and the widget as Jupyter sees it."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from typing import Any

import pytest

import cospec
from cospec.explorer import exploration
from cospec.models.channels import REPAIRED

pytest.importorskip("anywidget")

SCRIPT = """
channel coin, tea, coffee
CUSTOMER = coin -> tea -> CUSTOMER
MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
assert CUSTOMER [T= MACHINE
assert MACHINE :[deadlock free]
"""


@pytest.fixture(scope="module")
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


def ask(explorer: Any, **request: Any) -> dict[str, Any]:
    """What a view gets that asks something."""
    sent: list[dict[str, Any]] = []
    explorer.send = sent.append
    explorer._handle_custom_msg({"id": 7, **request}, [])
    (answer,) = sent
    assert answer["id"] == 7
    return answer


def test_processes_models_graphs_and_results_are_explored_alike(script) -> None:
    machine = script["MACHINE"]
    result = script.assertions[0].check()
    explored = [machine, machine.graph(), result, REPAIRED, cospec.prefix("a")]
    titles = [ask(cospec.explore(each), do="show")["title"] for each in explored]
    assert titles == [
        "MACHINE",
        "graph of 4 states and 5 transitions",
        "MACHINE",
        "Channels",
        "a -> STOP",
    ]
    with pytest.raises(cospec.ModelError):
        cospec.explore(42)


def test_of_a_graph_the_end_is_shown_too() -> None:
    explorer = cospec.explore(cospec.prefix("a", cospec.SKIP).graph())
    for state in (0, 1):
        shown = ask(explorer, do="take", state=state, choice=0)
    assert (shown["trace"], shown["condition"], shown["state"]) == (["a", "✓"], "terminated", "Ω")


def test_of_a_graph_all_states_are_there_at_once_if_they_are_no_more_than_are_drawn(
    script, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = cospec.prefix("c", cospec.prefix("d"))
    graph = cospec.prefix("a", cospec.prefix("b", end)).graph()
    for most, known in ((5, 5), (4, 2)):
        monkeypatch.setattr(exploration, "MOST", most)
        assert ask(cospec.explore(graph), do="show")["known"] == known


def test_a_failed_check_is_explored_along_its_counterexample(script) -> None:
    for result in (
        script.assertions[0].check(),
        cospec.refines(script["CUSTOMER"], script["MACHINE"], model="T"),
    ):
        shown = ask(result.explore(), do="go", step=99)
        assert shown["trace"] == ["coin", "coffee"]
        assert shown["fault"]["sentence"].startswith("After ⟨coin⟩, MACHINE can perform coffee")


def test_a_check_that_holds_is_explored_from_the_start(script) -> None:
    shown = ask(script.assertions[1].check().explore(), do="show")
    assert shown["fault"] is None
    assert shown["steps"]["of"] == 0


def test_a_result_of_another_program_has_nothing_to_explore(script) -> None:
    elsewhere = pickle.loads(pickle.dumps(script.assertions[0].check()))
    with pytest.raises(ValueError, match="check it again"):
        elsewhere.explore()


def test_states_of_a_graph_have_its_numbers_and_texts(script) -> None:
    graph = script["MACHINE"].graph()
    shown = ask(graph.explore(), do="show")
    assert [state[0] for state in shown["states"]] == list(range(len(graph.states)))
    assert [state[5] for state in shown["states"]] == list(graph.states)
    moves = {(source, target) for source, target, *_ in shown["moves"]}
    assert moves == {(source, target) for source, _, target in graph.edges}


def test_a_graph_of_too_many_states_is_explored_from_its_start() -> None:
    states = tuple(str(n) for n in range(10_001))
    edges = tuple((n, "a", n + 1) for n in range(10_000))
    shown = ask(cospec.StateGraph(states, edges).explore(), do="show")
    assert shown["known"] == 2


def test_it_shows_itself_as_a_widget_and_as_text(script) -> None:
    data, _ = script["MACHINE"].explore()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].splitlines() == [
        "<explorer of MACHINE>",
        "state  MACHINE",
        "trace  ⟨⟩",
        "stable: it waits for its environment",
        "  coin",
    ]


def test_its_trace_can_be_had_in_python(script) -> None:
    explorer = script["MACHINE"].explore()
    assert explorer.trace == ()
    ask(explorer, do="take", state=0, choice=0)
    assert explorer.trace == ("coin",)


def test_nothing_that_the_browser_runs_is_fetched_from_anywhere(script) -> None:
    explorer = script["MACHINE"].explore()
    code = explorer._esm
    assert "const cytoscape = " in code
    assert code.count("export default") == 1
    assert not re.search(r"^\s*import\b|\bimport\(|fetch\(|XMLHttpRequest", code, re.MULTILINE)
    assert "innerHTML" not in code.split("return module.exports; })();")[1]
    assert "url(" not in explorer._css


def without(package: str) -> str:
    """What comes of exploring where a package is not installed."""
    program = f"""
import sys
import cospec
assert not {{"anywidget", "cospec.explorer"}} & sys.modules.keys()
sys.modules["{package}"] = None
try:
    cospec.prefix("a").explore()
except cospec.explorer.opening.MissingPackage as error:
    print("|".join(error._render_traceback_()))
except ImportError as error:
    print(error)
"""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("package", ["anywidget", "ipywidgets"])
def test_without_anywidget_one_sentence_says_what_to_install(package: str) -> None:
    assert without(package) == (
        "the explorer needs anywidget, which is not installed: pip install 'cospec[notebook]'\n"
    )


def test_without_anything_else_nothing_else_is_blamed_on_anywidget() -> None:
    assert "traitlets" in without("traitlets")
