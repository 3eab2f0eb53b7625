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


_REFUSING = "what a process can refuse", frozenset(Model) - {Model.T}, "F or FD"
_DIVERGING = "divergences", frozenset([Model.FD, Model.VD, Model.RD]), "FD"

#: What a question is about, the models that record it, and those of them that are supported.
_ABOUT = {
    "deadlock free": _REFUSING,
    "deterministic": _REFUSING,
    "divergence free": _DIVERGING,
}


def meaningless(question: str, model: Model) -> str | None:
    """Why a question, spelt as in assertions, has no answer in a model; None where it has one."""
    about = _ABOUT.get(question)
    if about is None or model in about[1]:
        return None
    what, _, asked_in = about
    return (
        f"`{question}` is about {what}, which the model {model.value} does not record:"
        f" it can be asked in {asked_in}"
    )


def _must_mean(question: str, model: Model) -> None:
    reason = meaningless(question, model)
    if reason is not None:
        raise ValueError(reason)


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

    Raises:
        ValueError: the model does not record refusals.
    """

    process: Process
    model: Model = Model.FD
    ending_allowed: bool = False
    depth_first: bool = False

    def __post_init__(self) -> None:
        _must_mean("deadlock free", self.model)


@dataclass(frozen=True, slots=True)
class DivergenceFree:
    """The process can never perform τ for ever."""

    process: Process


@dataclass(frozen=True, slots=True)
class Deterministic:
    """No event is possible after a trace after which it can also be refused (under FD: and
    the process never diverges).

    Raises:
        ValueError: the model does not record refusals.
    """

    process: Process
    model: Model = Model.FD

    def __post_init__(self) -> None:
        _must_mean("deterministic", self.model)


@dataclass(frozen=True, slots=True)
class HasTrace:
    """The process can perform `trace` (F: and cannot refuse it on the way; FD: nor diverge)."""

    process: Process
    trace: Trace
    model: Model = Model.FD


Claim: TypeAlias = Refines | DeadlockFree | DivergenceFree | Deterministic | HasTrace
