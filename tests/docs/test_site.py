"""The site is built from the documents, and whatever Sphinx warns of is a mistake."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"

pytest.importorskip("furo", reason="the site needs the extra `docs`: pip install 'cospec[docs]'")


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_needs_no_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    built = subprocess.run(
        [*command, str(DOCS), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (built.returncode, built.stderr) == (0, "")

    language = (tmp_path / "errors.html").read_text(encoding="utf-8")
    assert 'class="highlight-cspm' in language
    assert (
        '<span class="kd">channel</span>' in language
        or '<span class="k">channel</span>' in language
    )
    reference = (tmp_path / "api" / "processes.html").read_text(encoding="utf-8")
    assert 'id="cospec.Process.initials"' in reference
    notebook = (tmp_path / "notebooks" / "01_first_steps.html").read_text(encoding="utf-8")
    assert "<svg" in notebook
    assert 'href="02_deadlock.html"' in notebook
    for page in tmp_path.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'(?:<script|<link|<img)[^>]*(?:src|href)="(https?:[^"]+)"', text)
        assert not loaded, f"{page.name} loads {loaded[0]}"
