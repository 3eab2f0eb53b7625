"""What the plugin costs a project that has no scripts: starts of pytest with and without it.

`python -m benchmarks.starting` prints milliseconds of a session with one empty test, of processor
time, which other programs disturb least: the best and the median of twenty, taken turn by turn.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROUNDS = 20


def spent(folder: str, *more: str) -> float:
    """Milliseconds that one session takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Prints both figures."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
        spent(folder)  # compiles what is not compiled yet
        pairs = [(spent(folder), spent(folder, "-p", "no:cospec")) for _ in range(ROUNDS)]
    for name, found in zip(("with", "without"), zip(*pairs, strict=True), strict=True):
        print(f"{name:>7} the plugin: best {min(found):.0f} ms, median {median(found):.0f} ms")


if __name__ == "__main__":
    main()
