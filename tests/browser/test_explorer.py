"""The explorer as people meet it: in JupyterLab, in a browser, without a network.

Every test also sees to it that nothing was asked for beyond this machine, and that no error was
told on the browser's console (`conftest.page`). Figures are printed, not judged: `-rA` shows them.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from laboratory import Laboratory, Page

#: Resolves when the browser has drawn.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

#: Clicks, and waits until the answer has been drawn; milliseconds.
CLICK = f"""([explorer, selector, number]) => new Promise((resolve) => {{
  const begun = performance.now();
  const changed = new MutationObserver(() => {{
    changed.disconnect();
    {DRAWN}.then(() => resolve(performance.now() - begun));
  }});
  changed.observe(explorer, {{ attributes: true, attributeFilter: ["data-at"] }});
  explorer.querySelectorAll(selector)[number].click();
}})"""

#: The tooltip of whatever part of a picture is drawn at a point.
TOOLTIP = """([x, y]) =>
  document.elementFromPoint(x, y).closest("g").querySelector("title").textContent"""


def shown(page: Page, source: str, cell: int = 1) -> Any:
    """The explorer that an expression is, in a cell."""
    explorer = page.run(cell, source).locator(".cospec-explorer[data-at]")
    explorer.wait_for()
    explorer.scroll_into_view_if_needed()  # what moves while it is clicked is not clicked
    settle(page)
    return explorer


def settle(page: Page) -> None:
    """Gives the browser the time to draw."""
    page.page.wait_for_timeout(300)


def states(explorer: Any) -> int:
    return int(explorer.get_attribute("data-states"))


def trace(explorer: Any) -> str:
    return explorer.locator(".trace").inner_text()


def come(explorer: Any, number: int) -> None:
    """Waits until a state has been reached."""
    explorer.locator(f"xpath=self::*[@data-at='{number}']").wait_for()
    explorer.page.wait_for_timeout(200)


def press(explorer: Any, name: str) -> None:
    explorer.get_by_role("button", name=name).first.click()


def place(explorer: Any, number: int) -> dict[str, float]:
    """Where a state is drawn, within the graph."""
    return explorer.evaluate("(e, number) => e.view.where(number)", number)


def test_an_event_that_is_clicked_extends_the_trace_and_the_graph(page: Page) -> None:
    explorer = shown(page, 'script["MACHINE"].explore()')
    assert states(explorer) == 2
    before = place(explorer, 0)
    press(explorer, "coin")
    come(explorer, 1)
    assert trace(explorer) == "⟨coin⟩"
    assert states(explorer) == 4
    assert explorer.locator(".condition").inner_text() == "unstable"
    assert explorer.locator(".offer .to").all_inner_texts() == ["→ 2", "→ 3"]
    assert place(explorer, 1)["x"] > place(explorer, 0)["x"]
    assert before  # the picture may have been moved, the states have not: see test_places.py
    page.picture("vending", explorer)


def test_states_can_be_clicked_pointed_at_and_expanded(page: Page) -> None:
    explorer = shown(page, 'script["MACHINE"].explore()')
    canvas = explorer.locator(".canvas")
    canvas.click(position=place(explorer, 1))
    come(explorer, 1)
    assert trace(explorer) == "⟨coin⟩"
    canvas.hover(position=place(explorer, 2))
    assert explorer.locator(".tip").inner_text().startswith("state 2: tea ->")
    page.picture("tooltip", explorer)
    canvas.dblclick(position=place(explorer, 2))
    come(explorer, 2)
    assert trace(explorer) == "⟨coin⟩"
    press(explorer, "expand all states")
    settle(page)
    assert states(explorer) == 4


def test_keys_go_along_the_steps_and_leave_the_notebook_alone(page: Page) -> None:
    explorer = shown(page, 'script["CUSTOMER"].explore()')
    page.page.keyboard.press("Escape")  # keys are now commands to the notebook
    press(explorer, "coin")
    come(explorer, 1)
    cells = page.page.locator(".jp-Notebook .jp-CodeCell")
    before = cells.count(), cells.nth(1).get_attribute("class")
    for key, step in (("ArrowLeft", 0), ("ArrowRight", 1), ("Home", 0), ("End", 1)):
        page.page.keyboard.press(key)
        come(explorer, step)
        assert explorer.locator(".place").inner_text() == f"step {step} of 1"
    page.page.keyboard.press("b")  # there it would be a new cell
    settle(page)
    assert (cells.count(), cells.nth(1).get_attribute("class")) == before
    explorer.locator(".offer").first.focus()
    page.page.keyboard.press("Enter")
    come(explorer, 0)
    assert trace(explorer) == "⟨coin, tea⟩"


def test_a_counterexample_is_followed_step_by_step(page: Page) -> None:
    explorer = shown(page, "table.assertions[0].check().explore()")
    assert "is stuck" in explorer.locator(".sentence").inner_text()
    assert explorer.locator(".place").inner_text() == "step 0 of 8"
    page.picture("counterexample-start", explorer)
    for step in range(1, 5):
        press(explorer, "one step on")
        page.page.wait_for_timeout(200)
        assert explorer.locator(".place").inner_text() == f"step {step} of 8"
    assert explorer.locator(".moved th").all_inner_texts() == ["PHIL(3)"]
    page.picture("counterexample", explorer)
    press(explorer, "to the last step")
    explorer.locator('.condition[data-condition="deadlocked"]').wait_for()
    settle(page)
    page.picture("counterexample-end", explorer)


def test_what_is_not_allowed_is_told_at_the_end_of_its_run(page: Page) -> None:
    explorer = shown(
        page, 'cospec.refines(script["CUSTOMER"], script["MACHINE"], model="T").explore()'
    )
    press(explorer, "to the last step")
    explorer.locator(".step.now.fault").wait_for()
    assert "✘ not allowed" in explorer.locator(".step.now").inner_text()
    settle(page)
    page.picture("refinement", explorer)


def test_the_cycle_of_a_divergence_is_shown(page: Page) -> None:
    explorer = shown(page, 'script.assertion("ENDLESS :[divergence free]").check().explore()')
    assert "it diverges" in explorer.locator(".sentence").inner_text()
    press(explorer, "to the last step")
    settle(page)
    assert explorer.locator(".step.round").count() == 2
    page.picture("divergence", explorer)


def test_two_views_of_one_exploration_show_the_same(page: Page) -> None:
    first = shown(page, 'exploring = script["MACHINE"].explore(); exploring', 1)
    second = shown(page, "exploring", 2)
    press(first, "coin")
    come(first, 1)
    come(second, 1)
    assert states(first) == states(second) == 4
    assert "('coin',)" in page.finish(3, "exploring.trace").inner_text()
    page.finish(2, "2")


def test_what_cannot_be_evaluated_is_told_and_the_rest_goes_on(page: Page) -> None:
    explorer = shown(page, 'script["BROKEN"].explore()')
    press(explorer, "coin")
    come(explorer, 1)
    press(explorer, "tea")
    explorer.locator(".message").wait_for()
    assert "if head(<>) then STOP" in explorer.locator(".message").inner_text()
    assert trace(explorer) == "⟨coin⟩"
    page.picture("mistake", explorer)
    press(explorer, "one step back")
    come(explorer, 0)
    assert explorer.locator(".message").is_hidden()


def test_what_cannot_even_begin_says_so_and_can_be_tried_again(page: Page) -> None:
    explorer = page.run(1, 'script["WRONG"].explore()').locator(".cospec-explorer")
    explorer.locator(".message").wait_for()
    assert "if head(<>) then STOP" in explorer.locator(".message").inner_text()
    press(explorer, "evaluate the initial state again")
    settle(page)
    assert explorer.locator(".message").is_visible()
    assert explorer.locator(".body").is_hidden()
    page.picture("nothing", explorer)


def test_a_graph_of_5000_states_is_drawn_and_can_be_used(page: Page) -> None:
    for _ in range(2):
        page.finish(1, "1")
        begun = time.monotonic()
        output = page.run(1, "large.explore()")
        explorer = output.locator(".cospec-explorer[data-at]")
        explorer.wait_for()
        page.page.evaluate(f"() => {DRAWN}")
        print(f"5,000 states, from the key to the picture: {time.monotonic() - begun:.2f} s")
    assert states(explorer) == 5000
    page.picture("large", explorer)
    press(explorer, "show all of the graph")
    settle(page)
    page.picture("large-whole", explorer)
    target = explorer.locator(".offer .to").first.inner_text().removeprefix("→ ")
    taken = page.page.evaluate(CLICK, [explorer.element_handle(), ".offer", 0])
    print(f"an event in it, from the click to the picture: {taken:.0f} ms")
    assert explorer.get_attribute("data-at") == target
    explorer.locator(".canvas").click(position=place(explorer, 0))
    come(explorer, 0)


def test_a_system_of_ten_million_states_is_explored_at_once(page: Page) -> None:
    begun = time.monotonic()
    output = page.run(1, 'script["CLOCKS(7)"].explore()')
    explorer = output.locator(".cospec-explorer[data-at]")
    explorer.wait_for()
    print(f"10,000,000 states, to the first picture: {time.monotonic() - begun:.2f} s")
    handle = explorer.element_handle()
    taken = [page.page.evaluate(CLICK, [handle, ".offer", n % 7]) for n in range(10)]
    print("events in it, from the click to the picture:", *(f"{t:.0f}" for t in taken), "ms")
    assert len(trace(explorer).split(",")) == 10
    before = states(explorer)
    press(explorer, "expand all states")
    explorer.locator(f"xpath=self::*[@data-states='{before + 200}']").wait_for()
    page.picture("lazily", explorer)
    explorer.get_by_label("how many states").fill("1000")
    press(explorer, "expand all states")  # from here on it is drawn in another way
    explorer.locator(f"xpath=self::*[@data-states='{before + 1200}']").wait_for()
    settle(page)
    at = int(explorer.get_attribute("data-at"))
    assert place(explorer, at)
    page.picture("lazily-1000", explorer)


def test_thousands_of_events_can_be_filtered(page: Page) -> None:
    explorer = shown(page, "many.explore()")
    assert explorer.locator(".offer").count() == 100
    assert "and 1,900 more" in explorer.locator(".offers").inner_text()
    explorer.get_by_label("filter the events").fill("1999")
    explorer.locator(".offer").nth(1).wait_for(state="detached")
    assert explorer.locator(".offer .event").all_inner_texts() == ["event.1999"]
    page.picture("filter", explorer)
    page.page.keyboard.press("Enter")
    come(explorer, 1)
    assert trace(explorer) == "⟨event.1999⟩"


def test_names_are_texts_whatever_they_look_like(page: Page) -> None:
    explorer = shown(page, "hostile().explore()")
    explorer.locator(".offer").first.click()
    come(explorer, 1)
    explorer.locator(".canvas").hover(position=place(explorer, 0))
    settle(page)
    assert "<img" in trace(explorer)
    assert "<img" in explorer.locator(".tip").inner_text()
    assert explorer.locator("img").count() == 0
    assert page.page.evaluate("window.hacked") is None
    page.picture("hostile", explorer)


def test_it_can_be_read_in_the_dark_and_in_a_narrow_window(
    laboratory: Laboratory, chromium: Any, pictures: Path | None, definitions: str
) -> None:
    laboratory.theme("JupyterLab Dark")
    page = Page(chromium.new_page(), pictures)
    page.open(laboratory.notebook("dark", [definitions, "1"]))
    page.finish(0)
    explorer = shown(page, "table.assertions[0].check().explore()")
    press(explorer, "one step on")
    settle(page)
    colour = explorer.evaluate("e => getComputedStyle(e).backgroundColor")
    assert sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) < 200
    page.picture("dark", explorer)
    page.page.set_viewport_size({"width": 620, "height": 1000})
    settle(page)
    graph, panel = (explorer.locator(part).bounding_box() for part in (".side", ".panel"))
    assert panel["y"] >= graph["y"] + graph["height"]  # below the graph, no longer beside it
    assert explorer.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    page.picture("dark-narrow", explorer)
    assert page.errors == []


def test_pictures_in_the_page_have_tooltips(page: Page) -> None:
    picture = page.run(1, 'script["MACHINE"]').locator("svg[role=img]").first
    picture.wait_for()
    box = picture.locator("circle").nth(1).bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    told = page.page.evaluate(TOOLTIP, middle)
    assert told == "state 1: (tea -> … |~| coffee -> …)"
    page.picture("static", page.cell(1))
    page.finish(1, "table.assertions[0].check()")
    settle(page)
    page.picture("static-result", page.cell(1))
