"""What may differ between two executions of a notebook, and what may not."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook, new_output

import cospec
from cospec import layout
from tests.notebooks.canonical import WIDGET, canonical
from tests.notebooks.renewal import executed, plain
from tests.notebooks.test_notebooks import differences


def shown(text: str, form: str = "text/plain") -> str:
    return canonical([new_output("execute_result", {form: text}, execution_count=7)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4 states, 0.01 s", "4 states, 12.50 s"),
        ("1,500,000 states/s", "900 states/s"),
        ("(states=4, transitions=5, seconds=0.01)", "(states=4, transitions=5, seconds=3e-05)"),
        ("<function f at 0x7f3b2c10>", "<function f at 0x55aa01234567>"),
        ("/home/a/cospec/spec/x.csp", "/builds/cospec-2/spec/x.csp"),
        ("cospec 0.1.0", "cospec 0.2.13"),
    ],
)
def test_timings_addresses_places_and_releases_may_differ(one: str, other: str) -> None:
    assert shown(one) == shown(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("P [T= Q: holds", "P [T= Q: fails"),
        ("4 states, 0.01 s", "5 states, 0.01 s"),
        ("transitions=5, seconds=0.1", "transitions=6, seconds=0.1"),
        ("⟨coin, 1⟩", "⟨coin, 2⟩"),
        ("lock.0.1 / lock.1.0", "lock.0.1 / lock.1.1"),
        ("spec/x.csp", "spec/y.csp"),
    ],
)
def test_what_is_answered_may_not_differ(one: str, other: str) -> None:
    assert shown(one) != shown(other)


MACHINE = r"""
channel coin, tea, coffee
MACHINE = coin -> (tea -> MACHINE [] coffee -> MACHINE)
BROKEN = coin -> (tea -> BROKEN |~| coffee -> BROKEN)
"""


def picture(name: str) -> str:
    return shown(cospec.parse(MACHINE)[name]._repr_mimebundle_()["text/html"], "text/html")


def test_places_in_pictures_may_differ_as_graphviz_and_our_own_layout_do(monkeypatch) -> None:
    def drawn() -> str:
        made: str = cospec.parse(MACHINE)["BROKEN"]._repr_mimebundle_()["text/html"]
        return made

    before = drawn()
    monkeypatch.setattr(layout, "_COLUMN", 200.0)
    monkeypatch.setattr(layout, "_ROW", 20.0)
    monkeypatch.setattr(layout.shutil, "which", lambda _: None)
    after = drawn()
    assert before != after
    assert shown(before, "text/html") == shown(after, "text/html")


def test_what_a_picture_shows_may_not_differ() -> None:
    assert picture("MACHINE") != picture("BROKEN")
    graph = cospec.parse(MACHINE)["MACHINE"].graph().svg()
    assert shown(graph, "text/html") != shown(graph.replace("coffee", "cocoa"), "text/html")
    assert shown(graph, "text/html") != shown(graph.replace("#1f2933", "#c0272d"), "text/html")


def test_numbers_in_the_margin_may_differ_and_kinds_of_output_may_not() -> None:
    one = new_output("execute_result", {"text/plain": "1"}, execution_count=1)
    other = new_output("execute_result", {"text/plain": "1"}, execution_count=2)
    printed = new_output("stream", name="stdout", text="1")
    warned = new_output("stream", name="stderr", text="1")
    assert canonical([one]) == canonical([other])
    assert len({canonical([one]), canonical([printed]), canonical([warned]), canonical([])}) == 4


def test_a_widget_is_stored_without_its_identity_and_is_missed_when_it_is_gone() -> None:
    def cell(*forms: str) -> nbformat.NotebookNode:
        data = {form: {"model_id": "1f3c"} if form == WIDGET else "explorer" for form in forms}
        return new_notebook(cells=[new_code_cell(outputs=[new_output("display_data", data)])])

    live = cell(WIDGET, "text/plain")
    stored = plain(live)
    assert WIDGET not in str(stored)
    assert plain(stored) == stored
    assert canonical(stored.cells[0].outputs) == canonical(live.cells[0].outputs)
    assert canonical(stored.cells[0].outputs) != canonical(cell("text/plain").cells[0].outputs)


CELLS = [
    "%load_ext cospec",
    "%%cspm clock\nchannel tick, tock\nCLOCK = tick -> tock -> CLOCK\nassert CLOCK [F= CLOCK",
    "%cspm_check clock",
    "clock['CLOCK'].initials()",
]


def test_a_result_that_is_no_longer_the_committed_one_is_noticed() -> None:
    notebook = new_notebook(cells=[new_code_cell(each) for each in CELLS])
    stored = plain(executed(notebook))
    assert stored.cells[3].outputs[0]["data"]["text/plain"] == "frozenset({'tick'})"
    assert differences(stored, plain(executed(stored))) == []

    claim, offer = "CLOCK [F= CLOCK", "frozenset({'tick'})"
    assert claim in str(stored.cells[2].outputs)
    stored.cells[2].outputs[0]["data"]["text/plain"] = f"{claim}: fails"
    stored.cells[3].outputs[0]["data"]["text/plain"] = offer.replace("tick", "tock")
    first, second = differences(stored, executed(stored))
    assert f"-{claim}: fails" in first
    assert f"+{claim}: holds" in first
    assert "cell-4:\nclock['CLOCK'].initials()" in second


def test_a_cell_that_fails_is_told_with_its_source_and_its_message() -> None:
    notebook = new_notebook(cells=[new_code_cell(each) for each in CELLS[:3]])
    notebook.cells[1].source = "%%cspm clock\nCLOCK = tick -> CLOCK"
    with pytest.raises(CellExecutionError) as caught:
        executed(notebook)
    assert "CLOCK = tick -> CLOCK" in str(caught.value)
    assert "`tick` is not defined" in str(caught.value)


def test_no_kernel_is_left_behind() -> None:
    """Whether all went well or not."""
    source = "import os\nprint(os.getpid(), file=open('{}', 'w'))\n{}"
    for last in ("", "1 / 0"):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder, "kernel")
            notebook = new_notebook(cells=[new_code_cell(source.format(place.as_posix(), last))])
            with contextlib.suppress(CellExecutionError):
                executed(notebook)
            with pytest.raises(ProcessLookupError):
                os.kill(int(place.read_text()), 0)
