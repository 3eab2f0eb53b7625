"""Events, and the two that every process shares: τ and ✓.

An event is any hashable value whose `str` is what a reader sees, such as `left.0`.
Two events are the same when they compare equal. Nothing else is asked of them, so that
the CSPM evaluator, Python models and tests may each bring events of their own.

Hashes should not depend on the run (no addresses, no randomised strings): the order in
which transitions are listed decides which of several shortest counterexamples is shown.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import TypeAlias

Event: TypeAlias = Hashable
Trace: TypeAlias = tuple[Event, ...]


class Special(Enum):
    """The events that no script can name."""

    TAU = "τ"
    TICK = "✓"

    def __str__(self) -> str:
        return self.value

    def __hash__(self) -> int:
        return 1 if self is Special.TAU else 2


#: The internal event: invisible, and nothing can prevent it.
TAU = Special.TAU
#: Successful termination (Roscoe, *Understanding Concurrent Systems*, 6.5).
TICK = Special.TICK
