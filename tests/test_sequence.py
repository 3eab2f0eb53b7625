"""Counterexamples as sequence diagrams."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import cospec

SVG = "{http://www.w3.org/2000/svg}"

SCRIPT = r"""
channel coin, tea, coffee, go
MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
CUSTOMER = coin -> tea -> CUSTOMER
IDLE = go -> IDLE
SHOP = (MACHINE [| {coin, tea, coffee} |] CUSTOMER) ||| IDLE
SECRET = (MACHINE [| {coin, tea, coffee} |] CUSTOMER) \ {coin}
RENAMED = (MACHINE [| {coin, tea, coffee} |] CUSTOMER)[[coin <- go]]
ROUND(n) = if n > 0 then go -> ROUND(n - 1) else STOP
"""


@pytest.fixture(scope="module")
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


def drawn(script: cospec.Script, assertion: str) -> ElementTree.Element:
    return ElementTree.fromstring(script.assertion(assertion).check().diagram().svg)


def words(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_components_that_move_have_a_line_of_life_and_a_dot_for_each_event(script) -> None:
    root = drawn(script, "RENAMED :[deadlock free]")
    found = words(root)
    assert {"MACHINE", "CUSTOMER", "environment", "go"} <= set(found)
    assert "✘ stuck: nothing is possible" in found
    assert len(list(root.iter(f"{SVG}circle"))) == 3  # go for both, then τ of the machine's own
    assert found.count("coin") == 2  # what each of them calls it


def test_events_that_are_hidden_are_in_brackets_and_dashed(script) -> None:
    root = drawn(script, "SECRET :[deadlock free]")
    assert "[coin]" in words(root)
    bars = [each for each in root.iter(f"{SVG}line") if each.get("stroke-width")]
    assert bars
    assert all(bar.get("stroke-dasharray") for bar in bars)


def test_components_that_do_nothing_are_left_out_and_counted(script) -> None:
    found = words(drawn(script, "STOP [T= SHOP \\ {coin} [| {go} |] STOP"))
    assert "IDLE" not in found
    assert "(2 components that do not move left out)" in found  # IDLE and STOP


def test_what_goes_on_for_ever_stands_in_a_frame(script) -> None:
    root = drawn(script, "IDLE \\ {go} :[divergence free]")
    assert "and then, again and again:" in words(root)
    assert [each for each in root.iter(f"{SVG}rect") if each.get("stroke-dasharray")]


def test_a_process_that_is_not_deterministic_has_two_runs(script) -> None:
    found = words(drawn(script, "MACHINE :[deterministic]"))
    assert any(each.startswith("Another run") for each in found)
    assert found.count("environment") == 2


def test_the_middle_of_a_very_long_run_is_left_out(script) -> None:
    found = words(drawn(script, "ROUND(200) :[deadlock free]"))
    assert "… 120 steps left out …" in found
    assert {"1", "20", "141", "200"} <= set(found)
    assert "21" not in found


def test_the_event_that_is_not_allowed_is_named(script) -> None:
    assert "✘ coffee is not allowed here" in words(drawn(script, "CUSTOMER [T= MACHINE"))


def test_what_holds_has_no_diagram(script) -> None:
    with pytest.raises(ValueError, match="no counterexample to CUSTOMER :"):
        script.assertion("CUSTOMER :[deadlock free]").check().diagram()


def test_a_diagram_can_be_saved_and_shown(script, tmp_path) -> None:
    picture = script.assertion("CUSTOMER [T= MACHINE").check().diagram()
    picture.save(tmp_path / "run.svg")
    assert (tmp_path / "run.svg").read_text("utf-8") == picture.svg + "\n"
    assert picture.svg in picture._repr_mimebundle_()["text/html"]
    assert str(picture) == "<diagram of CUSTOMER [T= MACHINE>"
