"""The compression functions of CSPM by name."""

from __future__ import annotations

from collections.abc import Callable

from cospec.checker.bisimulation import delay, strong, weak, without_tau_loops
from cospec.checker.lts import Lts
from cospec.checker.normalising import diamond, normal


def _explicit(lts: Lts) -> Lts:
    return lts


REDUCTIONS: dict[str, Callable[[Lts], Lts]] = {
    "explicate": _explicit,
    "sbisim": strong,
    "dbisim": delay,
    "wbisim": weak,
    "tau_loop_factor": without_tau_loops,
    "diamond": diamond,
    "normal": normal,
    "lazynorm": normal,
}
