"""The explorer as people meet it: in JupyterLab, in a browser, without a network."""

from __future__ import annotations

from typing import Any

from laboratory import Laboratory, Page

VENDING = '''import cospec
script = cospec.parse(r"""
channel coin, tea, coffee, mid
CUSTOMER = coin -> tea -> CUSTOMER
MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
SERVED = MACHINE [| {coin, tea, coffee} |] CUSTOMER
ENDLESS = coin -> (let SPIN = mid -> tea -> SPIN within SPIN \\ {mid, tea})
BROKEN = coin -> tea -> coin -> (if head(<>) then STOP else STOP)
""")'''


def shown(page: Page, cell: int) -> Any:
    """The explorer that a cell shows."""
    explorer = page.run(cell).locator(".cospec-explorer[data-at]")
    explorer.wait_for()
    return explorer


def states(explorer: Any) -> int:
    return int(explorer.get_attribute("data-states"))


def settle(page: Page) -> None:
    """Gives the browser the time to draw."""
    page.page.wait_for_timeout(400)


def at(explorer: Any, number: int) -> Any:
    return explorer.page.locator(f'.cospec-explorer[data-at="{number}"]')


def test_an_event_that_is_clicked_extends_the_trace_and_the_graph(
    laboratory: Laboratory, page: Page
) -> None:
    page.open(laboratory.notebook("vending", [VENDING, 'script["MACHINE"].explore()']))
    page.run(0)
    explorer = shown(page, 1)
    assert states(explorer) == 2
    explorer.get_by_role("button", name="coin").click()
    at(explorer, 1).wait_for()
    assert explorer.locator(".trace").inner_text() == "⟨coin⟩"
    assert states(explorer) == 4
    assert explorer.locator(".condition").inner_text() == "unstable"
    settle(page)
    page.picture("vending", explorer)
