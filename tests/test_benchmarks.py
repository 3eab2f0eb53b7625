"""The benchmarks: every model is the same in all its languages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.catalogue import MODELS, Model
from benchmarks.report import line, markdown
from benchmarks.results import Row, ratios
from benchmarks.tools import Cospec, Explicit, Run, Spin, Tool

EXACT = [Cospec(), Spin(), Explicit(), Explicit(graph=True)]
SIZED = [(model, size) for model in MODELS for size in model.sizes]


@pytest.mark.parametrize("tool", EXACT, ids=lambda tool: tool.name)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_all_tools_count_the_same(model: Model, tool: Tool, tmp_path) -> None:
    if tool.missing():
        pytest.skip(tool.missing())

    found = tool.prepare(model, "tiny", tmp_path).run()

    size = model.sizes["tiny"]
    assert (found.states, found.transitions) == (size.states, size.transitions)


@pytest.mark.slow
@pytest.mark.parametrize("tool", [Cospec(reduced=True), Spin(reduced=True)], ids=lambda t: t.name)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_reduction_leaves_no_more_than_there_is(model: Model, tool: Tool, tmp_path) -> None:
    if tool.missing() or not tool.suits(model):
        pytest.skip(tool.missing() or "the model has a deadlock")

    assert 0 < tool.prepare(model, "tiny", tmp_path).run().states <= model.sizes["tiny"].states


@pytest.mark.parametrize("model, size", SIZED, ids=lambda each: getattr(each, "name", each))
def test_parameters_are_put_in_their_places(model: Model, size: str) -> None:
    parameters = model.sizes[size].parameters

    script = model.render("csp", parameters).splitlines()
    promela = model.render("pml", parameters).splitlines()

    for name, value in parameters.items():
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        assert sum(text.split("--")[0].rstrip() == f"{name} = {shown}" for text in script) == 1
        assert promela.count(f"#define {name} {int(value)}") == 1


def test_a_parameter_that_the_source_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="0 places"):
        MODELS[0].render("csp", {"NOBODY": 1})


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_the_formulas_of_the_readme(n: int) -> None:
    from benchmarks.explicit import search, system

    models = {model.name: model for model in MODELS}
    banquet = {"N": n, "MENDED": False, "LEAVES": True}

    assert search(*system(models["banquet"], banquet))[0] == 6**n + (-1) ** n - 1
    assert search(*system(models["milner"], {"N": n}))[0] == 3 * n * 2 ** (n - 1) + 1


def test_the_readme_has_the_counts() -> None:
    text = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")

    for model in MODELS:
        row = next(each for each in text.splitlines() if each.startswith(f"| `{model.name}`"))
        for name in ("small", "medium", "large"):
            size = model.sizes[name]
            shown = " ".join(part for part in str(size).split() if "=" in part)
            assert f"{shown}: {size.states:,}" in row


def test_medians_ratios_and_disagreement() -> None:
    model = MODELS[0]
    states, transitions = model.sizes["tiny"].states, model.sizes["tiny"].transitions
    mine, other = Row(model, "tiny", Cospec()), Row(model, "tiny", Spin())
    mine.runs = [Run(states, transitions, t, t, 10**6) for t in (1.0, 9.0, 2.0)]
    other.runs = [Run(states + 1, transitions, 8.0, 4.0, 3 * 10**6)]

    (ratio,) = ratios([mine, other])
    text = markdown([mine, other], "command", [], ["tiny 3"])

    assert (mine.wall, ratio.speed, ratio.wall, ratio.memory) == (2.0, 2.0, 4.0, 3.0)
    assert not mine.disagreement
    assert other.disagreement in text
    assert f"{states:,}" in line(mine)
    assert "| 2.00 | 4.00 | 3.00 |" in text


def test_a_failure_is_shown_and_nothing_is_measured() -> None:
    row = Row(MODELS[0], "tiny", Spin(), failure="pan: out of memory")

    assert "out of memory" in line(row)
    assert ratios([row]) == []
    assert "out of memory" in markdown([row], "command", ["SPIN: not installed"], ["tiny 1"])


def test_a_missing_tool_says_so(monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)

    assert Spin().missing() == "spin and gcc not installed"
