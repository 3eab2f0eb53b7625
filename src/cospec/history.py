"""How one got where one is, and how one may go on: steps of which some have been taken back."""

from __future__ import annotations

from collections.abc import Sequence

from cospec.spec.semantics.events import TAU
from cospec.spec.semantics.process import Process
from cospec.walk import Choice


class History:
    """A run from `start`; `at` is how far one is along it.

    Steps after that have been taken back, or are those of a counterexample that are still to come.
    """

    def __init__(self, start: Process, steps: Sequence[Choice] = (), at: int = 0) -> None:
        self.start = start
        self.steps = tuple(steps)
        self.at = at

    def state(self, step: int) -> Process:
        """Where one is after a step."""
        return self.steps[step - 1].after if step else self.start

    @property
    def here(self) -> Process:
        """Where one is now."""
        return self.state(self.at)

    @property
    def before(self) -> Process | None:
        """Where one was before the last step; None at the start."""
        return self.state(self.at - 1) if self.at else None

    @property
    def trace(self) -> tuple[str, ...]:
        """The visible events so far, ✓ included."""
        taken = self.steps[: self.at]
        return tuple(str(step.event) for step in taken if step.event is not TAU)

    def states(self) -> list[Process]:
        """Where one has been, from the start to here."""
        return [self.start, *(step.after for step in self.steps[: self.at])]

    def went(self, step: int) -> History:
        """The same, at another step, or at the first or last."""
        return History(self.start, self.steps, min(max(step, 0), len(self.steps)))

    def took(self, choice: Choice) -> History:
        """With a further step: the one that comes next anyway, or a new one in place of those."""
        if self.steps[self.at : self.at + 1] == (choice,):
            return self.went(self.at + 1)
        return History(self.start, (*self.steps[: self.at], choice), self.at + 1)

    def nearest(self, state: Process) -> int | None:
        """The step nearest to here after which one is in a state."""
        wanted = hash(state)  # which terms remember: most need not be compared

        def there(step: int) -> bool:
            found = self.state(step)
            return hash(found) == wanted and found == state

        steps = filter(there, range(len(self.steps) + 1))
        return min(steps, key=lambda step: abs(step - self.at), default=None)
