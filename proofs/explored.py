"""A model explored: each of its properties with a verdict, and a run that shows why it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cospec.checker.exploration import Answer, Exploration
from cospec.checker.linearizability import Specification
from cospec.checker.linearizability import linearizable as search
from cospec.checker.verdict import Verdict
from cospec.models.model import Act, ModelSystem, Property, PropertyKind

#: The name under which the absence of deadlocks is reported.
DEADLOCK_FREE = "deadlock free"

_SIGNS = {Verdict.HOLDS: "✔", Verdict.FAILS: "✘", Verdict.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Explored:
    """What exploring a model has shown.

    Attributes:
        exploration: the states and steps.
        answers: the verdict on each property, by its name; `DEADLOCK_FREE` is one of them.
    """

    exploration: Exploration[Any]
    answers: dict[str, Answer[Any]]

    @property
    def holds(self) -> bool:
        """Whether every property is known to hold."""
        return all(each.verdict is Verdict.HOLDS for each in self.answers.values())

    def confluent(self) -> Answer[Any]:
        """Whether all runs that end, end in the same state; if not, one that ends elsewhere."""
        answer, other = self.exploration.confluent()
        return replace(answer, run=other)

    def __bool__(self) -> bool:
        """Whether every property holds.

        Raises:
            ValueError: none fails, but of some it is unknown.
        """
        return decided(self.answers)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show: the verdicts, the runs as tables, and in the state graph."""
        from cospec.proofs.display import explored_page

        return {"text/plain": str(self), "text/html": explored_page(self)}

    def __str__(self) -> str:
        found = self.exploration
        lines = [f"{len(found.states):,} states, {found.transitions:,} steps"]
        return "\n".join([*lines, *shown(self.answers)])


def decided(answers: Mapping[str, Answer[Any]]) -> bool:
    """Whether all verdicts are that it holds.

    Raises:
        ValueError: none is that it fails, but some are unknown, which is neither.
    """
    verdicts = {each.verdict for each in answers.values()}
    if Verdict.UNKNOWN in verdicts and Verdict.FAILS not in verdicts:
        open_ones = [name for name, a in answers.items() if a.verdict is Verdict.UNKNOWN]
        raise ValueError(f"it is unknown whether {', '.join(open_ones)} holds")
    return verdicts <= {Verdict.HOLDS}


def shown(answers: Mapping[str, Answer[Any]]) -> list[str]:
    """Lines that tell the verdicts, each with its run."""
    lines = []
    for name, answer in answers.items():
        reason = f" ({answer.reason})" if answer.reason else ""
        lines.append(f"{_SIGNS[answer.verdict]} {name}: {answer.verdict.value}{reason}")
        if answer.run is not None:
            lines.append(str(answer.run))
    return lines


def explore(
    *starts: Any,
    limit: int | None = None,
    seconds: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Explored:
    """Explores a model from the given states, and asks for each of its properties.

    Args:
        starts: states of one model class (`cospec.models.model`).
        limit: how many states may be kept.
        seconds: how long the search for states may take.
        progress: told the number of states from time to time.

    Raises:
        ModelError: the class is no model.
    """
    system = ModelSystem(*starts)
    found = Exploration(system, limit, seconds, progress)
    fair = {each.name for each in system.actions if each.fair}
    answers = {DEADLOCK_FREE: found.deadlock_free(system.may_end)}
    for each in system.properties:
        if each.kind is not PropertyKind.FINAL:
            answers[each.name] = _answer(found, each, fair)
    return Explored(found, answers)


def _answer(found: Exploration[Any], asked: Property, fair: set[str]) -> Answer[Any]:
    match asked.kind:
        case PropertyKind.INVARIANT:
            return found.always(asked.holds)
        case PropertyKind.TRANSITION:
            return found.always_stepwise(asked.holds)
        case _:
            return found.leads_to(
                asked.trigger,
                asked.holds,
                lambda event: isinstance(event, Act) and event.name in fair,
            )


def linearizable(
    *starts: Any,
    specification: Specification[Any],
    limit: int | None = None,
    seconds: float | None = None,
) -> Answer[Any]:
    """Whether each operation of a model seems to take effect at once, somewhere between its call
    and its return, as a sequential specification has it (`cospec.checker.linearizability`).

    Raises:
        ModelError: the class is no model.
    """
    return search(ModelSystem(*starts), specification, limit, seconds)[0]
