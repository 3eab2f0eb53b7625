"""Evidence on what can be reached at all.

That something is never reached is shown by all that is reached: a set of states that contains the
start and that no step leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from cospec.checker.exploration import Exploration
from cospec.models.model import Act, ModelSystem
from cospec.proofs.register import Counterexample, Method, NotReplayed, Proof, Undecided

#: How many states are looked at, unless more are asked for.
LIMIT = 5_000


class _Abstracted:
    """A model of which some states count as the same."""

    def __init__(self, start: Any, same: Callable[[Any], Any]) -> None:
        self._system = ModelSystem(start)
        self._start = same(start)
        self._same = same

    def initial_states(self) -> Iterable[Any]:
        return [self._start]

    def transitions(self, state: Any) -> Iterable[tuple[Act, Any]]:
        return [(act, self._same(after)) for act, after in self._system.transitions(state)]


def reachable(
    start: Any,
    of: Callable[[Any], Hashable],
    wanted: Sequence[Hashable],
    text: str,
    bounds: str,
    same: Callable[[Any], Any] = lambda state: state,
    limit: int = LIMIT,
) -> Proof | Counterexample:
    """Whether a model can reach states of which `of` gives each of the values `wanted`.

    Args:
        start: a state of the model, of which finitely many others are reached.
        of: what is looked at.
        wanted: the values to reach.
        text: what holds, in a sentence.
        bounds: what the model is limited to.
        same: gives one state for all those that differ in nothing that decides which steps are
            possible or what they change; for models that count without end.
        limit: how many states may be looked at.

    Raises:
        Undecided: there are more, and not all values are among those of these.
    """
    system = _Abstracted(start, same)
    found: Exploration[Any] = Exploration(system, limit)
    first: dict[Hashable, int] = {}
    for number, state in enumerate(found.states):
        first.setdefault(of(state), number)
    missing = [value for value in wanted if value not in first]
    if not missing:
        return Proof(Method.EXHAUSTIVE, text, bounds, len(found.states))
    if not found.complete:
        raise Undecided(found.reason)
    reached = set(found.states)

    def replay() -> None:
        if same(start) not in reached:
            raise NotReplayed("the start is not among the states reached")
        for state in reached:
            if of(state) in missing:
                raise NotReplayed(f"{of(state)} is reached")
            if any(after not in reached for _, after in system.transitions(state)):
                raise NotReplayed(f"a step from {state} leads to a state that was not looked at")

    ways = [
        f"{value}: {', '.join(map(str, found.run_to(number).events)) or 'at the start'}"
        for value, number in first.items()
    ]
    never = f"never: {', '.join(map(str, missing))}"
    return Counterexample(
        Method.EXHAUSTIVE,
        f"Not so: {text}",
        (*ways, never),
        replay,
        bounds,
        len(found.states),
    )
