"""The animator without a terminal: keys are pressed, and the screen is read as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from textual.pilot import Pilot

from cospec.animator import Animator

#: Seconds after which what has not come true never will.
PATIENCE = 600


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, each when what the last one asked for has been computed."""
    assert isinstance(pilot.app, Animator)
    for key in keys:
        await pilot.press(key)
        await until(pilot.app._idle.is_set)


async def click(pilot: Pilot[None], pane: str, line: int) -> None:
    """Click a line of a pane, and wait for what comes of it."""
    assert isinstance(pilot.app, Animator)
    await pilot.click(pane, offset=(3, line))
    await until(pilot.app._idle.is_set)


async def screen(pilot: Pilot[None]) -> str:
    """What stands on the screen."""
    await pilot.pause()
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something has become true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not become true"
        await asyncio.sleep(0.02)
