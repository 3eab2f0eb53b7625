"""M06, the event processor of seed 003, section 3.2: a handler and then all projections, until one
of them fails.

`process_event` gives that error to its caller, who calls it again with the same event: it is not
processed, as far as is known. Handlers and projections are alike here; the first is the handler.

>>> print(EventProcessor().process(2).process(0))
handler: e1 e1; p1: e1 e1; p2: e1
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, invariant, require

__all__ = ["EventProcessor", "SeenByOne"]


@dataclass(frozen=True)
class EventProcessor:
    """`EventProcessor`, and its caller.

    Attributes:
        positioned: repair: the handler and each projection keep the version of the last event they
            have applied, in one transaction with their state, and ignore what is not above it.
        events: how many events there are.
        failures: how often a projection may fail.
        done: how many events were processed with Ok.
        applied: the versions that the handler and each projection have applied.
    """

    positioned: bool = False
    events: int = 2
    failures: int = 1
    done: int = 0
    applied: tuple[tuple[int, ...], ...] = ((), (), ())

    @action(fair=True, failing=lambda state: range(len(state.applied) if state.failures else 1))
    def process(self, failing: int) -> EventProcessor:
        """`process_event` with the next event; the projection of this number fails, or none."""
        require(self.done < self.events)
        version = self.done + 1
        reached = failing or len(self.applied)
        applied = tuple(
            self._updated(each, version) if number < reached else each
            for number, each in enumerate(self.applied)
        )
        after = replace(self, applied=applied)
        if failing:
            return replace(after, failures=self.failures - 1)
        return replace(after, done=version)

    def _updated(self, applied: tuple[int, ...], version: int) -> tuple[int, ...]:
        position = applied[-1] if applied else 0
        return applied if self.positioned and version <= position else (*applied, version)

    def once(self) -> bool:
        """Whether the handler and each projection have applied each event once: those that were
        processed, and perhaps the one that is."""
        return all(
            each == tuple(range(1, len(each) + 1)) and self.done <= len(each) <= self.done + 1
            for each in self.applied
        )

    def __str__(self) -> str:
        names = ["handler", *(f"p{number}" for number in range(1, len(self.applied)))]
        shown = [
            f"{name}: {' '.join(f'e{version}' for version in each) or '-'}"
            for name, each in zip(names, self.applied, strict=True)
        ]
        return "; ".join(shown)


@dataclass(frozen=True)
class SeenByOne:
    """What one projection sees of the processor, whatever the others are and do.

    Attributes:
        positioned: as in `EventProcessor`.
        done: how many events were processed with Ok.
        position: the version of the last event that it has applied.
        updates: how often it has applied one.
    """

    positioned: bool = False
    done: int = 0
    position: int = 0
    updates: int = 0

    def _updated(self) -> SeenByOne:
        version = self.done + 1
        if self.positioned and version <= self.position:
            return self
        return replace(self, position=version, updates=self.updates + 1)

    @action
    def not_reached(self) -> SeenByOne:
        """An event is processed; this projection fails, or one before it."""
        return self

    @action
    def failed_later(self) -> SeenByOne:
        """This one is updated, and one after it fails."""
        return self._updated()

    @action
    def ok(self) -> SeenByOne:
        """All are updated."""
        return replace(self._updated(), done=self.done + 1)

    @invariant
    def once(self) -> bool:
        """Each event up to its position was applied once."""
        return self.updates == self.position

    @invariant
    def complete(self) -> bool:
        """It has applied all events that were processed with Ok, and at most one more."""
        return 0 <= self.done <= self.position <= self.done + 1

    def __str__(self) -> str:
        return f"{self.done} processed, {self.updates} updates up to event {self.position}"
