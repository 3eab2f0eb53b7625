"""M02, supervision: the trees of seed 000, section 2.2, and supervisors that keep count.

`handle_child_failure` does what the listing does. What the seed leaves open is chosen so:
`apply_restart_strategy` and its two relatives name the children that the directive is for, and
`children_after` gives those behind the first occurrence.

>>> tree = SupervisionTree(("a", "b", "c"), Strategy.REST_FOR_ONE)
>>> print(handle_child_failure(tree, "b"))
restart b, c
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from cospec.models.model import action, require

__all__ = [
    "REPAIRED", "REPAIRS", "Children", "Directive", "Escalation", "History", "Strategy",
    "SupervisionAction", "SupervisionTree", "Supervisor", "children_after", "group",
    "handle_child_failure", "valid",
]  # fmt: skip


class Strategy(Enum):
    """Which children a failure concerns (`SupervisionStrategy`)."""

    ONE_FOR_ONE = "OneForOne"
    ONE_FOR_ALL = "OneForAll"
    REST_FOR_ONE = "RestForOne"


class Directive(Enum):
    """What is done with them (`RestartStrategy`)."""

    RESTART = "restart"
    STOP = "stop"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class SupervisionTree:
    """A supervisor and its children, in the order in which they were started.

    Attributes:
        parent: whether the supervisor has one itself; a root has none.
        failure_count, last_failure_time: the seed's record of failures.
    """

    children: tuple[str, ...]
    strategy: Strategy
    directive: Directive = Directive.RESTART
    parent: bool = True
    failure_count: int = 0
    last_failure_time: int = 0

    def __str__(self) -> str:
        children = ", ".join(self.children)
        place = "" if self.parent else ", root"
        return f"{self.strategy.value} {self.directive.value}, children [{children}]{place}"


@dataclass(frozen=True, slots=True)
class SupervisionAction:
    """What a supervisor does about a failure: a directive, and the children it is for."""

    directive: Directive
    targets: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.directive.value} {', '.join(self.targets)}"


def children_after(child: str, children: tuple[str, ...]) -> tuple[str, ...]:
    """The children behind the first occurrence of one; none if it does not occur."""
    if not children:
        return ()
    first, *rest = children
    return tuple(rest) if first == child else children_after(child, tuple(rest))


def handle_child_failure(
    tree: SupervisionTree, failed_child: str, failure_reason: object = "AnyFailure"
) -> SupervisionAction:
    """What is done about a failure; nothing is asked of its reason."""
    del failure_reason
    match tree.strategy:
        case Strategy.ONE_FOR_ONE:
            targets: tuple[str, ...] = (failed_child,)
        case Strategy.ONE_FOR_ALL:
            targets = tree.children
        case Strategy.REST_FOR_ONE:
            targets = (failed_child, *children_after(failed_child, tree.children))
    return SupervisionAction(tree.directive, targets)


def valid(tree: SupervisionTree, failed: str, done: SupervisionAction) -> bool:
    """`valid_supervision_action`, which the seed does not define: the targets are children, the
    failed one is among them, none is there twice, they are in the order in which they were started;
    and there is somebody to escalate to."""
    places = [tree.children.index(each) for each in done.targets if each in tree.children]
    return (
        len(places) == len(done.targets)
        and failed in done.targets
        and places == sorted(set(places))
        and (done.directive is not Directive.ESCALATE or tree.parent)
    )


def group(tree: SupervisionTree, place: int) -> range:
    """The places of the children that the failure of the one at a place concerns, by the names of
    the strategies."""
    match tree.strategy:
        case Strategy.ONE_FOR_ONE:
            return range(place, place + 1)
        case Strategy.ONE_FOR_ALL:
            return range(len(tree.children))
        case Strategy.REST_FOR_ONE:
            return range(place, len(tree.children))


@dataclass(frozen=True)
class Children:
    """Children that work, and lose what they have done when they are restarted."""

    tree: SupervisionTree
    done: tuple[int, ...]

    @action(place=lambda state: range(len(state.done)))
    def work(self, place: int) -> Children:
        """A child does something, once."""
        require(self.done[place] == 0)
        return replace(self, done=(*self.done[:place], 1, *self.done[place + 1 :]))

    @action(place=lambda state: range(len(state.done)))
    def fail(self, place: int) -> Children:
        """A child that has done something fails, and the supervisor restarts its targets."""
        require(self.done[place] == 1)
        targets = handle_child_failure(self.tree, self.tree.children[place]).targets
        pairs = zip(self.tree.children, self.done, strict=True)
        return replace(self, done=tuple(0 if child in targets else each for child, each in pairs))

    def __str__(self) -> str:
        return f"{self.tree.strategy.value}, done {list(self.done)}"


# ---------------------------------------------------------------------------------- how often


@dataclass(frozen=True)
class History:
    """A child that fails at some times, and was rightly restarted each time.

    Attributes:
        max_restarts, time_window: what `Restart` allows: so many in any window of that length.
        horizon: when time ends.
        failures: the times of all failures, at most one at each time.
    """

    max_restarts: int = 2
    time_window: int = 10
    horizon: int = 11
    clock: int = 0
    failures: tuple[int, ...] = ()

    @action
    def tick(self) -> History:
        """Time passes."""
        require(self.clock < self.horizon)
        return replace(self, clock=self.clock + 1)

    @action
    def fail(self) -> History:
        """The child fails and is restarted."""
        require(self.restart_now and self.clock not in self.failures)
        return replace(self, failures=(*self.failures, self.clock))

    @property
    def restart_now(self) -> bool:
        """Whether a failure now is to be answered with a restart: with it, there are not more than
        `max_restarts` in the window that ends now."""
        return len(self.within(self.clock)) + 1 <= self.max_restarts

    def within(self, time: int) -> list[int]:
        """The failures in the window that ends at a time."""
        return [each for each in self.failures if time - self.time_window < each <= time]

    @property
    def last(self) -> int | None:
        """`last_failure_time`"""
        return self.failures[-1] if self.failures else None

    @property
    def count(self) -> int:
        """`failure_count`, of all failures."""
        return len(self.failures)

    @property
    def count_in_window(self) -> int:
        """`failure_count`, of the failures in the window that ended with the last one."""
        return 0 if self.last is None else len(self.within(self.last))

    def __str__(self) -> str:
        return f"now {self.clock}, failures at {list(self.failures)}"


@dataclass(frozen=True)
class Supervisor:
    """A supervisor that restarts a child, or gives up. Times are told as ages.

    Attributes:
        recording: repair: a failure changes the record; without it `handle_child_failure` gives an
            action and nothing else.
        remembering: repair: the record is the list of the failures of the last window.
        failures, restarts: what really happened in the last window, the oldest first.
        failure_count, last_failure: the record; a failure that old that it cannot matter is None.
        recent: the repaired record.
        pending: whether a failure waits for an answer.
    """

    recording: bool = False
    remembering: bool = False
    max_restarts: int = 2
    time_window: int = 3
    failures: tuple[int, ...] = ()
    restarts: tuple[int, ...] = ()
    failure_count: int = 0
    last_failure: int | None = None
    recent: tuple[int, ...] = ()
    pending: bool = False
    given_up: bool = False

    @action
    def fail(self) -> Supervisor:
        """The child fails."""
        require(not self.pending and not self.given_up)
        after = replace(self, pending=True, failures=(*self.failures, 0))
        if not self.recording:
            return after
        if self.remembering:
            return replace(after, recent=(*self.recent, 0))
        count = 1 if self.last_failure is None else self.failure_count + 1
        return replace(after, failure_count=count, last_failure=0)

    @property
    def grants(self) -> bool:
        """Whether the record allows one more restart."""
        count = len(self.recent) if self.remembering else self.failure_count
        return count <= self.max_restarts

    @action
    def restart(self) -> Supervisor:
        """The child is restarted."""
        require(self.pending and self.grants)
        return replace(self, pending=False, restarts=(*self.restarts, 0))

    @action
    def give_up(self) -> Supervisor:
        """The child is not restarted, and the supervisor ends."""
        require(self.pending and not self.grants)
        return replace(self, pending=False, given_up=True)

    @action
    def tick(self) -> Supervisor:
        """Time passes."""
        require(not self.pending and not self.given_up)
        last = self.last_failure
        return replace(
            self,
            failures=self._older(self.failures),
            restarts=self._older(self.restarts),
            recent=self._older(self.recent),
            last_failure=None if last is None or last + 1 >= self.time_window else last + 1,
        )

    def _older(self, ages: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(age + 1 for age in ages if age + 1 < self.time_window)

    def limited(self) -> bool:
        """There were at most `max_restarts` restarts in the last window."""
        return len(self.restarts) <= self.max_restarts

    def exact(self) -> bool:
        """A failure is answered with a restart if and only if that is allowed."""
        return not self.pending or self.grants == (len(self.failures) <= self.max_restarts)

    def __str__(self) -> str:
        state = "given up" if self.given_up else "failed" if self.pending else "running"
        return f"{state}, failures {list(self.failures)}, restarts {list(self.restarts)} ago"


#: The switches of the supervisor.
REPAIRS = ("recording", "remembering")

REPAIRED = Supervisor(recording=True, remembering=True)


# ---------------------------------------------------------------------------------- escalation


@dataclass(frozen=True)
class Escalation:
    """A failure that is handed on from supervisor to supervisor.

    Attributes:
        parents: of each supervisor its own one, or None for a root.
        escalating: whether its directive is Escalate.
        at: where the failure is.
        handled: whether somebody has dealt with it.
    """

    parents: tuple[int | None, ...]
    escalating: tuple[bool, ...]
    at: int = 0
    handled: bool = False

    @action(fair=True)
    def escalate(self) -> Escalation:
        """The failure goes to the parent; where there is none, nothing can be done."""
        require(not self.handled and self.escalating[self.at])
        parent = self.parents[self.at]
        require(parent is not None)
        assert parent is not None
        return replace(self, at=parent)

    @action(fair=True)
    def handle(self) -> Escalation:
        """A supervisor restarts or stops its children."""
        require(not self.handled and not self.escalating[self.at])
        return replace(self, handled=True)

    def __str__(self) -> str:
        parents = ["nobody" if each is None else str(each) for each in self.parents]
        return f"parents {parents}, escalating {list(self.escalating)}, at {self.at}" + (
            ", handled" if self.handled else ""
        )
