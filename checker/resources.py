"""What a check may use."""

from __future__ import annotations

from dataclasses import dataclass

#: States are shared out between no more threads than this.
MOST_THREADS = 2


@dataclass(frozen=True, slots=True)
class Resources:
    """What the search of one claim may use.

    * `threads`: 1 or 2 that search at the same time, where there are many states.
    * `memory`: the bytes that the process may occupy; None for no limit.
    * `history`: keep of each state where it was found from, 4 bytes more. Without it a search
      that comes upon a fault is done again with it.
    """

    threads: int = 1
    memory: float | None = None
    history: bool = True


DEFAULT = Resources()
