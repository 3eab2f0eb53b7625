"""docs/repl.md shows what the prompt answers today.

To renew the answers, delete them from the page and run the test: it writes them, and fails once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dialogue import hold, plain, typed

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "repl.md"

BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = "$ cospec repl vending.csp\n"


def test_the_page_shows_what_is_answered(tmp_path, monkeypatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = next(b for b in BLOCK.findall(readme) if b.startswith("channel coin"))
    (tmp_path / "vending.csp").write_text(script, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    blocks = BLOCK.findall(page)
    written = "".join(blocks).removeprefix(COMMAND)

    said = hold(written, "vending.csp")

    if plain(written) != said and all(_bare(block) for block in blocks[1:]):
        PAGE.write_text(_answered(page, said), encoding="utf-8")
        pytest.fail("the page had no answers; it holds the present ones now")
    assert said == plain(written)


def _bare(block: str) -> bool:
    return typed(block) == block.splitlines()


def _answered(page: str, said: str) -> str:
    """The page with each block followed by what is said up to the beginning of the next one."""
    starts = [f"{typed(block)[0]}\n" for block in BLOCK.findall(page)]
    places = [0]
    for start in starts[1:]:
        places.append(said.index("\n" + start, places[-1]) + 1)
    parts = [said[a:b] for a, b in zip(places, [*places[1:], len(said)], strict=True)]
    parts[0] = COMMAND + parts[0]
    answers = iter(parts)
    return BLOCK.sub(lambda _: f"```\n{next(answers)}```", page)
