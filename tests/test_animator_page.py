"""docs/animator.md shows what the animator shows today.

To renew a screen, delete its lines from the page and run the test: it writes them, and fails once.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from terminal import press, screen

from cospec import animating
from cospec.animator import Animator
from cospec.runner import Settings
from cospec.scripts import load

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "animator.md"
SCRIPT = ROOT / "spec" / "library" / "dining_philosophers.csp"

BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "number, start, of, keys",
    [
        (0, animating.of_process, "TABLE", ["enter", "enter", "t", "a", "enter"]),
        (1, animating.of_assertion, "TABLE :[deadlock free]", ["end"]),
    ],
)
def test_the_page_shows_what_is_seen(number, start, of, keys, monkeypatch) -> None:
    made: list[Animator] = []
    monkeypatch.setattr(animating, "_held", lambda app: made.append(app) or "")
    start(load(str(SCRIPT)), of, Settings())

    async def played() -> str:
        async with made[0].run_test(size=(80, 24)) as pilot:
            await press(pilot, *keys)
            return f"{await screen(pilot)}\n"

    seen = asyncio.run(played())
    page = PAGE.read_text(encoding="utf-8")
    block = [found for found in BLOCK.finditer(page) if not found[1].startswith("$")][number]

    if not block[1]:
        PAGE.write_text(page[: block.start(1)] + seen + page[block.end(1) :], encoding="utf-8")
        pytest.fail("the page had no screen; it holds the present one now")
    assert seen == block[1]
