"""What can be claimed of processes: the questions, apart from how they are answered.

`spec.syntax` makes these from assertions, Python code may make them directly, and `checker`
decides them. `not` and priorities are the business of whoever makes the claim: a priority is
applied to the processes, a negation to the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from cospec.spec.semantics.events import Trace
from cospec.spec.semantics.process import Process


class Model(Enum):
    """The denotational models (Roscoe, *Understanding Concurrent Systems*, 10 to 12)."""

    T = "T"
    F = "F"
    FD = "FD"
    V = "V"
    VD = "VD"
    R = "R"
    RD = "RD"


@dataclass(frozen=True, slots=True)
class Refines:
    """`specification [M= implementation`."""

    specification: Process
    model: Model
    implementation: Process


@dataclass(frozen=True, slots=True)
class DeadlockFree:
    """The process never reaches a state that refuses everything (under FD: nor diverges).

    The state after ✓ counts as a deadlock, as in FDR4, unless `ending_allowed`. `depth_first` asks
    for a search that finds deadlocks in large spaces, and not the nearest one.
    """

    process: Process
    model: Model = Model.FD
    ending_allowed: bool = False
    depth_first: bool = False


@dataclass(frozen=True, slots=True)
class DivergenceFree:
    """The process can never perform τ for ever."""

    process: Process


@dataclass(frozen=True, slots=True)
class Deterministic:
    """No event is possible after a trace after which it can also be refused (under FD: and
    the process never diverges)."""

    process: Process
    model: Model = Model.FD


@dataclass(frozen=True, slots=True)
class HasTrace:
    """The process can perform `trace` (F: and cannot refuse it on the way; FD: nor diverge)."""

    process: Process
    trace: Trace
    model: Model = Model.FD


Claim: TypeAlias = Refines | DeadlockFree | DivergenceFree | Deterministic | HasTrace
