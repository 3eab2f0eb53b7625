"""Models written as Python classes: checked, proved, and claims about them (docs/models.md).

>>> from dataclasses import dataclass, replace
>>> from cospec import action, invariant, prove
>>> @dataclass(frozen=True)
... class Counter:
...     '''A counter that should not go beyond its limit.'''
...     limit: int = 2
...     value: int = 0
...
...     @action
...     def up(self):
...         return replace(self, value=(self.value + 1) % (self.limit + 1))
...
...     @invariant
...     def in_range(self):
...         return 0 <= self.value <= self.limit
>>> print(check(Counter()))
3 states, 3 steps
✔ deadlock free: holds
✔ in_range: holds
>>> print(prove(Counter(), parameters=["limit"], where=lambda counter: counter.limit >= 0))
✔ in_range: holds (by induction)
"""

from __future__ import annotations

from typing import Any

from cospec.api.processes import Process
from cospec.api.scripts import Script
from cospec.proofs.explored import Explored, explore
from cospec.proofs.register import Register, Result, run

__all__ = ["check", "check_claim"]


def check(*starts: Any, limit: int | None = None, seconds: float | None = None) -> Explored:
    """Explores a model from the given states, and says of each of its properties whether it holds.

    Args:
        starts: states of one model class.
        limit: how many states may be kept.
        seconds: how long the search for states may take.

    Raises:
        ModelError: the class is no model.
        TypeError: it is a process or a script, of which other things are asked.
    """
    for each in starts:
        if isinstance(each, Process):
            raise TypeError(f"{each} is a process, not a model: ask deadlock_free, refines, …")
        if isinstance(each, Script):
            raise TypeError("a script is no model: script.check() checks its assertions")
    return explore(*starts, limit=limit, seconds=seconds)


def check_claim(slug: str) -> Result:
    """Checks a claim of the register anew: `cospec claims` on the command line lists them.

    Raises:
        ValueError: there is no such claim.
    """
    from cospec.proofs.claims import CLAIMS

    if slug not in CLAIMS:
        raise ValueError(_unknown(slug, CLAIMS))
    return run(CLAIMS[slug])


def _unknown(slug: str, register: Register) -> str:
    close = register.similar(slug)
    return f"there is no claim `{slug}`" + (f": did you mean `{close}`?" if close else "")
