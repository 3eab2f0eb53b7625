"""M10, the lock of the registry: who waits while a health check talks to the network.

Seed 001, section 2.1: `health_check` holds the read lock while it asks one instance after the
other. The lock is tokio's, as its page has it (`tokio::sync::RwLock`): "the priority policy of
Tokio's read-write lock is fair (or write-preferring)", "Fairness is ensured using a first-in,
first-out queue for the tasks awaiting the lock; a read lock will not be given out until all write
lock requests that were queued before it have been acquired and released."

>>> state = RegistryLock().check_asks().asks("register").asks("discover")
>>> state.holders, state.queue
(('check',), ('register', 'discover'))
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, invariant, require

__all__ = ["AS_WRITTEN", "REPAIRED", "RegistryLock"]

#: Those who call the registry; `write_back` is the second half of the repaired check.
CALLERS = ("register", "discover")
CHECK, WRITE_BACK = "check", "write_back"
WRITERS = ("register", WRITE_BACK)


def _callers(state: RegistryLock) -> tuple[str, ...]:
    return tuple(each for each in CALLERS if each not in state.called)


def _holding(state: RegistryLock) -> tuple[str, ...]:
    return tuple(each for each in state.holders if each != CHECK)


@dataclass(frozen=True)
class RegistryLock:
    """One health check, one `register` and one `discover`, at any times.

    Attributes:
        instances: how many are to be checked.
        snapshotting: repair: the check copies the list, lets go of the lock, asks the network, and
            writes what it has found under a write lock of its own.
        holders: who holds the lock.
        queue: who waits for it, the first in front.
        called: who has called.
        left: how many instances are still to be asked; None before the check begins.
        stalled: for how many answers of the network `register` and `discover` were in the queue.
    """

    instances: int = 1
    snapshotting: bool = False
    holders: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    left: int | None = None
    stalled: tuple[int, int] = (0, 0)

    # ---------------------------------------------------------------------------- the lock

    def _wait(self, task: str) -> RegistryLock:
        """A task asks for the lock, and gets it as soon as its turn comes."""
        return replace(self, queue=(*self.queue, task))._granted()

    def _granted(self) -> RegistryLock:
        """As many from the front of the queue as may hold the lock together."""
        state = self
        while state.queue:
            first, *rest = state.queue
            alone = first in WRITERS or any(each in WRITERS for each in state.holders)
            if state.holders and alone:
                return state
            state = replace(state, holders=(*state.holders, first), queue=tuple(rest))
        return state

    def _released(self, task: str) -> RegistryLock:
        left = tuple(each for each in self.holders if each != task)
        return replace(self, holders=left)._granted()

    # --------------------------------------------------------------------------- the tasks

    @action(fair=True)
    def check_asks(self) -> RegistryLock:
        """`health_check` is called, and asks for the read lock."""
        require(self.left is None)
        return replace(self, left=self.instances)._wait(CHECK)

    @action(fair=True)
    def check_copies(self) -> RegistryLock:
        """Repaired: the list is copied, and the lock let go."""
        require(self.snapshotting and CHECK in self.holders)
        return self._released(CHECK)

    @action
    def answer_arrives(self) -> RegistryLock:
        """An instance answers a health check, or the time-out of that call is over: nothing that
        the lock should wait for, and so not fair."""
        require(self.left and CHECK not in self.queue)
        require((CHECK in self.holders) != self.snapshotting)
        assert self.left is not None
        register, discover = (name in self.queue for name in CALLERS)
        stalled = self.stalled[0] + register, self.stalled[1] + discover
        return replace(self, left=self.left - 1, stalled=stalled)

    @action
    def tick(self) -> RegistryLock:
        """Time passes, and nothing else happens."""
        return self

    @action(fair=True)
    def check_ends(self) -> RegistryLock:
        """All are checked: the guard is dropped; or the results are written."""
        require(self.left == 0 and CHECK not in self.queue)
        if not self.snapshotting:
            require(CHECK in self.holders)
            return self._released(CHECK)
        require(CHECK not in self.holders and WRITE_BACK not in self.called)
        return replace(self, called=(*self.called, WRITE_BACK))._wait(WRITE_BACK)

    @action(caller=_callers)
    def asks(self, caller: str) -> RegistryLock:
        """`register` asks for the write lock, or `discover` for the read lock."""
        return replace(self, called=(*self.called, caller))._wait(caller)

    @action(fair=True, caller=_holding)
    def is_done(self, caller: str) -> RegistryLock:
        """Who holds the lock does its work on the map, and lets go."""
        return self._released(caller)

    # -------------------------------------------------------------------------- properties

    @invariant
    def writers_alone(self) -> bool:
        """Who writes is the only holder."""
        return len(self.holders) <= 1 or not any(each in WRITERS for each in self.holders)

    def __str__(self) -> str:
        held, queue = ", ".join(self.holders) or "nobody", ", ".join(self.queue) or "nobody"
        left = "" if self.left is None else f", {self.left} to be checked"
        return f"held by {held}, waiting: {queue}{left}"


AS_WRITTEN = RegistryLock()

REPAIRED = RegistryLock(snapshotting=True)
