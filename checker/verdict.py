"""What a check found out: the verdict, the counterexample, the figures.

Verdicts are three-valued. `UNKNOWN` always comes with its reason: a budget that ran out or a
model that is not supported. That nothing was found is never reported as `HOLDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cospec.spec.semantics.events import Event


class Verdict(Enum):
    """Whether a claim was decided, and how."""

    HOLDS = "holds"  #: it has been shown
    FAILS = "fails"  #: there is a counterexample
    UNKNOWN = "unknown"  #: neither; the reason is given


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of the implementation on the way to the fault.

    `event` is what the environment sees, `TAU` included. `hidden` is the visible event that a
    component or an inner operator performed where `event` is `TAU` because of hiding; None for a
    τ of a component's own. `moves[i]` is what component i did: its local event, or None when it
    did not take part.
    """

    event: Event
    hidden: Event | None
    moves: tuple[Event | None, ...]


class Kind(Enum):
    """What a counterexample shows."""

    TRACE = "trace"
    FAILURE = "failure"
    DIVERGENCE = "divergence"
    DEADLOCK = "deadlock"
    NONDETERMINISM = "nondeterminism"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A behaviour of the implementation that breaks the claim: a shortest one, unless the outcome's
    reason says that there may be shorter ones.

    * TRACE: after `steps`, the implementation performs `event`, which is not allowed there.
    * FAILURE: after `steps` it is stable and offers only `accepted`; `allowed` holds the
      specification's minimal acceptances, none of which lies within `accepted`.
    * DIVERGENCE: after `steps` it can perform τ for ever; `loop` is the cycle's steps.
    * DEADLOCK: after `steps` it offers nothing (`accepted` is empty).
    * NONDETERMINISM: after `steps` it may refuse `event`, and after `other` (the same visible
      trace) it performs `event`; or it diverges and `loop` is not empty.

    `components` names the parts of the implementation, as `Step.moves` numbers them;
    `states` is what each of them had become at the end.
    """

    kind: Kind
    steps: tuple[Step, ...]
    components: tuple[str, ...]
    states: tuple[str, ...]
    event: Event | None = None
    accepted: frozenset[Event] | None = None
    allowed: tuple[frozenset[Event], ...] = ()
    loop: tuple[Step, ...] = ()
    other: tuple[Step, ...] = ()

    @property
    def trace(self) -> tuple[Event, ...]:
        """The visible events of `steps`, ✓ included."""
        from cospec.spec.semantics.events import TAU

        return tuple(step.event for step in self.steps if step.event is not TAU)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one question, with its cost.

    `states` and `transitions` count the product of specification and implementation as far as it
    was searched; `seconds` is wall time, `searching` the part of it that the search itself took.
    `bytes_per_state` is what the compiled search needed for its states; None where it did not
    come to that.
    """

    verdict: Verdict
    reason: str = ""
    counterexample: Counterexample | None = None
    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    searching: float = 0.0
    bytes_per_state: float | None = None
