"""M14, what sagas do to one another, and the members of a group to their orchestrator.

Seed 001, section 4.1: `saga_isolation` is defined and not proved, and nothing in the listing keeps
a saga from seeing what another one has not yet committed; `Parallel` is a list of groups. Each
repair is a switch, which is off as the listing has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, final, invariant, require

__all__ = ["LastItem", "ParallelGroup", "Progress", "SharedAccount"]


class Progress(Enum):
    """How far a saga of one step has come."""

    WAITING = "waiting"
    DONE = "done"
    COMMITTED = "committed"
    UNDONE = "undone"
    REFUSED = "refused"


_IN_EFFECT = (Progress.DONE, Progress.COMMITTED)


@dataclass(frozen=True)
class SharedAccount:
    """Two sagas that each change one account; each may fail and is compensated then.

    Attributes:
        relative: a compensation takes the amount back, instead of restoring the balance that was
            found.
        initial: the balance in the beginning.
        first_amount: what the first saga adds.
        second_amount: what the second saga adds.
        balance: what the account holds.
        first: how far the first saga has come.
        second: how far the second saga has come.
        first_found: the balance that the first saga has found.
        second_found: the balance that the second saga has found.
    """

    relative: bool = False
    initial: int = 10
    first_amount: int = -5
    second_amount: int = 3
    balance: int = 10
    first: Progress = Progress.WAITING
    second: Progress = Progress.WAITING
    first_found: int = 0
    second_found: int = 0

    @action
    def act_first(self) -> SharedAccount:
        """The first saga changes the balance."""
        require(self.first is Progress.WAITING)
        changed = self.balance + self.first_amount
        return replace(self, first=Progress.DONE, balance=changed, first_found=self.balance)

    @action
    def act_second(self) -> SharedAccount:
        """The second saga changes the balance."""
        require(self.second is Progress.WAITING)
        changed = self.balance + self.second_amount
        return replace(self, second=Progress.DONE, balance=changed, second_found=self.balance)

    @action
    def compensate_first(self) -> SharedAccount:
        """The first saga fails in a later step, and is compensated."""
        require(self.first is Progress.DONE)
        balance = self.balance - self.first_amount if self.relative else self.first_found
        return replace(self, first=Progress.UNDONE, balance=balance)

    @action
    def compensate_second(self) -> SharedAccount:
        """The second saga fails in a later step, and is compensated."""
        require(self.second is Progress.DONE)
        balance = self.balance - self.second_amount if self.relative else self.second_found
        return replace(self, second=Progress.UNDONE, balance=balance)

    @action
    def commit_first(self) -> SharedAccount:
        """The first saga completes."""
        require(self.first is Progress.DONE)
        return replace(self, first=Progress.COMMITTED)

    @action
    def commit_second(self) -> SharedAccount:
        """The second saga completes."""
        require(self.second is Progress.DONE)
        return replace(self, second=Progress.COMMITTED)

    @invariant
    def no_update_lost(self) -> bool:
        """The balance is what the sagas in effect make of it, one after the other."""
        first = self.first_amount if self.first in _IN_EFFECT else 0
        second = self.second_amount if self.second in _IN_EFFECT else 0
        return self.balance == self.initial + first + second

    @final
    def over(self) -> bool:
        """No saga is at work."""
        return Progress.DONE not in (self.first, self.second)

    def __str__(self) -> str:
        return f"balance {self.balance}, first {self.first.value}, second {self.second.value}"


@dataclass(frozen=True)
class LastItem:
    """Two sagas that reserve the only item; who finds none is refused.

    Attributes:
        locking: a reservation that is not committed is a semantic lock: who comes next is not
            answered before it is committed or compensated.
        first: how far the first saga has come.
        second: how far the second saga has come.
    """

    locking: bool = False
    first: Progress = Progress.WAITING
    second: Progress = Progress.WAITING

    def _other(self, saga: int) -> Progress:
        return self.second if saga == 1 else self.first

    def _own(self, saga: int) -> Progress:
        return self.first if saga == 1 else self.second

    def _with(self, saga: int, progress: Progress) -> LastItem:
        return replace(self, first=progress) if saga == 1 else replace(self, second=progress)

    @action(fair=True, saga=(1, 2))
    def reserve(self, saga: int) -> LastItem:
        """A saga reserves the item if it is there."""
        require(self._own(saga) is Progress.WAITING and self._other(saga) not in _IN_EFFECT)
        return self._with(saga, Progress.DONE)

    @action(fair=True, saga=(1, 2))
    def refuse(self, saga: int) -> LastItem:
        """A saga finds that there is no item, and gives up."""
        taken = (Progress.COMMITTED,) if self.locking else _IN_EFFECT
        require(self._own(saga) is Progress.WAITING and self._other(saga) in taken)
        return self._with(saga, Progress.REFUSED)

    @action(fair=True, saga=(1, 2))
    def settle(self, saga: int) -> list[LastItem]:
        """A saga completes, or fails in a later step and is compensated."""
        require(self._own(saga) is Progress.DONE)
        return [self._with(saga, Progress.COMMITTED), self._with(saga, Progress.UNDONE)]

    @invariant
    def refused_for_a_sale(self) -> bool:
        """Who was refused was so because the item is sold, or will be: not because of what was
        taken back later."""
        return not any(
            self._own(saga) is Progress.REFUSED and self._other(saga) is Progress.UNDONE
            for saga in (1, 2)
        )

    @final
    def over(self) -> bool:
        """Both sagas have come to their end."""
        return not {Progress.WAITING, Progress.DONE} & {self.first, self.second}

    def __str__(self) -> str:
        return f"first {self.first.value}, second {self.second.value}"


@dataclass(frozen=True)
class ParallelGroup:
    """The members of a group, all begun at once. Which one does something is no matter, so that
    they are counted.

    Attributes:
        joining: the orchestrator waits for all members before it compensates.
        running: how many have not answered.
        done: how many have completed and are not compensated.
        failed: how many have failed.
        compensated: how many are compensated.
        returned: whether the orchestrator has compensated those that it found completed, and has
            returned an error.
    """

    joining: bool = False
    running: int = 2
    done: int = 0
    failed: int = 0
    compensated: int = 0
    returned: bool = False

    @action(fair=True)
    def complete(self) -> ParallelGroup:
        """A member completes, whether anybody waits for it or not."""
        require(self.running > 0)
        return replace(self, running=self.running - 1, done=self.done + 1)

    @action
    def fail(self) -> ParallelGroup:
        """A member fails."""
        require(self.running > 0)
        return replace(self, running=self.running - 1, failed=self.failed + 1)

    @action(fair=True)
    def compensate(self) -> ParallelGroup:
        """A member that has completed is compensated."""
        require(self.done > 0)
        require(self._compensating())
        return replace(self, done=self.done - 1, compensated=self.compensated + 1)

    @action(fair=True)
    def give_back(self) -> ParallelGroup:
        """No member is left to compensate: the orchestrator returns the error."""
        require(self.done == 0)
        require(self._compensating())
        return replace(self, returned=True)

    def _compensating(self) -> bool:
        if self.failed == 0 or self.returned:
            return False
        return self.running == 0 if self.joining else True

    @invariant
    def all_compensated(self) -> bool:
        """Where the error is returned, no member is done and not compensated."""
        return self.done == 0 if self.returned else True

    @invariant
    def counted(self) -> bool:
        """No count is negative; and where members are waited for, none runs any more after the
        return."""
        nobody_left = self.running == 0 if self.joining and self.returned else True
        return self.running >= 0 and self.done >= 0 and self.failed >= 0 and nobody_left

    @final
    def over(self) -> bool:
        """All members have completed, or the error is returned."""
        return self.returned or (self.running == 0 and self.failed == 0)

    def __str__(self) -> str:
        counts = f"{self.running} running, {self.done} done, {self.failed} failed"
        return f"{counts}, {self.compensated} compensated{', returned' * self.returned}"
