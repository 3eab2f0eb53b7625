"""The meaning of a process as a value, and how such values are put together.

See `denotation` for what is kept and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from cospec.spec.semantics.events import TICK, Event, Trace

Acceptance: TypeAlias = frozenset[Event]
#: After each trace, the minimal acceptances; no entry where the process is never stable.
Failures: TypeAlias = Mapping[Trace, frozenset[Acceptance]]
Test: TypeAlias = Callable[[Event], bool]

NOTHING: Acceptance = frozenset()
ENDING: Acceptance = frozenset([TICK])


@dataclass(frozen=True, slots=True)
class Meaning:
    """The traces, failures and divergences of a process, up to a depth."""

    traces: frozenset[Trace]
    failures: Failures
    divergences: frozenset[Trace]

    def accepts(self, trace: Trace) -> frozenset[Acceptance]:
        """The minimal acceptances after `trace`."""
        return self.failures.get(trace, frozenset())

    def strict(self) -> Meaning:
        """The same in the failures-divergences model: nothing counts beyond a divergence.

        What a minimal divergence leaves undetermined is left out, rather than made chaotic,
        which loses nothing: two strict meanings are equal if and only if these are.
        """
        minimal = frozenset(
            s for s in self.divergences if not any(s[:i] in self.divergences for i in range(len(s)))
        )

        def before(trace: Trace) -> bool:
            return not any(trace[:i] in minimal for i in range(len(trace) + 1))

        return Meaning(
            frozenset(s for s in self.traces if before(s)) | minimal,
            {s: sets for s, sets in self.failures.items() if before(s)},
            minimal,
        )


def maximal_refusals(
    acceptances: Iterable[Acceptance], alphabet: Iterable[Event]
) -> frozenset[frozenset[Event]]:
    """Minimal acceptances as maximal refusals over `alphabet` and ✓."""
    everything = frozenset(alphabet) | ENDING
    return frozenset(everything - acceptance for acceptance in acceptances)


class Builder:
    """Collects a meaning; `freeze` drops the acceptances that are not minimal."""

    __slots__ = ("divergences", "offers", "traces")

    def __init__(self) -> None:
        self.traces: set[Trace] = {()}
        self.offers: dict[Trace, set[Acceptance]] = {}
        self.divergences: set[Trace] = set()

    def offer(self, trace: Trace, acceptances: Iterable[Acceptance]) -> None:
        self.offers.setdefault(trace, set()).update(acceptances)

    def end(self, trace: Trace) -> None:
        """After `trace`, ✓ is possible."""
        self.traces.add((*trace, TICK))
        self.offer(trace, (ENDING,))
        self.offer((*trace, TICK), (NOTHING,))

    def copy(self, source: Trace, of: Meaning, target: Trace) -> None:
        """Whatever `of` may do at `source`, this may do at `target`."""
        self.traces.add(target)
        self.offer(target, of.accepts(source))
        if source in of.divergences:
            self.divergences.add(target)

    def freeze(self) -> Meaning:
        return Meaning(
            frozenset(self.traces),
            {trace: minimal(sets) for trace, sets in self.offers.items() if sets},
            frozenset(self.divergences),
        )


def minimal(sets: set[Acceptance]) -> frozenset[Acceptance]:
    return frozenset(each for each in sets if not any(other < each for other in sets))


def ended(trace: Trace) -> bool:
    return bool(trace) and trace[-1] is TICK


def length_of(trace: Trace) -> int:
    """The number of visible events."""
    return len(trace) - 1 if ended(trace) else len(trace)


def unions(left: Iterable[Acceptance], right: Iterable[Acceptance]) -> set[Acceptance]:
    right = tuple(right)
    return {a | b for a in left for b in right}


def joint(left: Iterable[Acceptance], right: Iterable[Acceptance], shared: Test) -> set[Acceptance]:
    """What two accept together, a shared event needing both."""
    right = tuple(right)
    return {
        frozenset(e for e in a | b if e is TICK or not shared(e) or (e in a and e in b))
        for a in left
        for b in right
    }


def merge(
    left: Meaning, right: Meaning, both: Test, left_alone: Test, right_alone: Test, depth: int
) -> Meaning:
    """Two processes in parallel: which events need both, which either may do by itself.

    For each trace of the whole, all pairs of traces of the two that make it are followed. ✓
    needs both, which is distributed termination: an operand that has ended has the acceptance
    {✓}, to which the other one contributes what it can do by itself.
    """
    left_steps, right_steps = _steps(left), _steps(right)
    made = Builder()
    level: dict[Trace, set[tuple[Trace, Trace]]] = {(): {((), ())}}
    for length in range(depth + 1):
        following: dict[Trace, set[tuple[Trace, Trace]]] = {}
        for u, pairs in level.items():
            made.traces.add(u)
            for s, t in pairs:
                if s in left.divergences or t in right.divergences:
                    made.divergences.add(u)
                if (*s, TICK) in left.traces and (*t, TICK) in right.traces:
                    made.end(u)
                for a, b in product(left.accepts(s), right.accepts(t)):
                    offer = {e for e in a & b if e is TICK or both(e)}
                    offer.update(e for e in a if e is not TICK and left_alone(e))
                    offer.update(e for e in b if e is not TICK and right_alone(e))
                    made.offer(u, [frozenset(offer)])
                if length == depth:
                    continue
                others = right_steps.get(t, ())
                for e in left_steps.get(s, ()):
                    if both(e) and e in others:
                        following.setdefault((*u, e), set()).add(((*s, e), (*t, e)))
                    if left_alone(e):
                        following.setdefault((*u, e), set()).add(((*s, e), t))
                for e in others:
                    if right_alone(e):
                        following.setdefault((*u, e), set()).add((s, (*t, e)))
        level = following
    return made.freeze()


def _steps(of: Meaning) -> dict[Trace, list[Event]]:
    """The visible events possible after each trace."""
    steps: dict[Trace, list[Event]] = {}
    for s in of.traces:
        if s and s[-1] is not TICK:
            steps.setdefault(s[:-1], []).append(s[-1])
    return steps
