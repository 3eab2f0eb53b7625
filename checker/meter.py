"""How far a check has come, for whoever is watching it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """Counters that a check keeps up to date and another thread may read at any time.

    `states` and `transitions` count the product searched so far, `depth` the breadth-first
    level, `bytes` the memory that states and their table take (0 where that is not known), `phase`
    says in a word or two what is being done. `searching` is for how many seconds states were
    searched, as opposed to evaluating, compiling and compressing processes.
    """

    states: int = 0
    transitions: int = 0
    depth: int = 0
    bytes: int = 0
    searching: float = 0.0
    phase: str = ""

    def reset(self) -> None:
        """Back to the beginning, for another check."""
        self.states = self.transitions = self.depth = self.bytes = 0
        self.searching = 0.0
        self.phase = ""

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Counts the time spent as searching."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.searching += time.monotonic() - started
