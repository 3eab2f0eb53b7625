"""How far a check has come, for whoever is watching it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """Counters that a check keeps up to date and another thread may read at any time.

    `states` and `transitions` count the product searched so far, `depth` the breadth-first
    level, `bytes` the memory that states and their table take (0 where that is not known), `phase`
    says in a word or two what is being done.
    """

    states: int = 0
    transitions: int = 0
    depth: int = 0
    bytes: int = 0
    phase: str = ""
