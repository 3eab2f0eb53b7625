"""The static operators above the components: how local labels become rules.

Parallel composition, hiding and renaming keep their shape while a process runs, so they are not
walked: each is a node that turns the labels of the components beneath it into *rules*, vectors
of labels that move together with the event seen outside (a supercombinator in the words of FDR:
Roscoe, *Understanding Concurrent Systems*, 8.9; Gibson-Robinson et al., *FDR3*, TACAS 2014).

Rules are found on demand. When a component offers a label for the first time, the label is
pushed up the tree; a synchronising node combines it with what its other children have offered
so far, so each combination arises when its last constituent arrives.

Termination. Under a parallel operator a component's own ✓ is a τ to Ω, and when every component
is at Ω, ✓ happens once. Terms perform one such τ for every nested parallel operator; here they
are one, which is sound: those τ are confluent and nothing else can happen in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple, TypeAlias

from cospec.checker.component import FINAL_STATE, OMEGA_STATE, Component
from cospec.checker.labels import ENDED_ID, TAU_ID, TICK_ID, Labels, Then
from cospec.spec.semantics.process import (
    OMEGA,
    AlphabetisedParallel,
    Hide,
    Order,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
)

#: Which components take part, each with its label.
Vector: TypeAlias = tuple[tuple[int, int], ...]
NONE = -1


class Rule(NamedTuple):
    """Components that move together, and the event that it makes.

    `shown` is the event seen from where the rule has come to, `hidden` the event that became τ on
    the way, `ranked` the event that it was at the `prioritise` above: -1 where there is none.
    """

    vector: Vector
    shown: int
    hidden: int = NONE
    ranked: int = NONE


Sink: TypeAlias = Callable[[Rule], None]


class Node:
    """An operator or a leaf in the tree above the components."""

    __slots__ = ("_up",)

    #: Whether what is beneath ends together, by a ✓ that all its components take part in.
    joint = False

    def __init__(self) -> None:
        self._up: Sink = _nowhere

    def connect(self, up: Sink) -> None:
        """Sends what this node offers to `up`."""
        self._up = up

    def leaves(self) -> Iterator[Leaf]:
        """The components beneath."""
        raise NotImplementedError

    def ends(self) -> Iterator[Leaf]:
        """Of these, those which have to end for this node to end."""
        return self.leaves()

    def order(self) -> Order | None:
        """The order of the `prioritise` at the top, if there is one."""
        return None

    def term(self, locals_: tuple[int, ...], joint: bool = False) -> Process:
        """The process term of a machine state, with the components' terms filled in.

        Args:
            locals_: the machine state.
            joint: whether a parallel operator lies above, so that an ended part shows as Ω.
        """
        raise NotImplementedError

    def _ended(self, locals_: tuple[int, ...]) -> bool:
        return all(locals_[leaf.place] <= FINAL_STATE for leaf in self.ends())


def _nowhere(_rule: Rule) -> None:
    raise AssertionError("a node was used before it was connected")


class Leaf(Node):
    """A component in its place."""

    __slots__ = ("_labels", "_together", "component", "place")

    def __init__(self, component: Component, place: int, together: bool, labels: Labels) -> None:
        super().__init__()
        self.component = component
        self.place = place
        self._labels = labels
        #: Whether it ends together with others: its own ✓ is then a τ.
        self._together = together

    def leaves(self) -> Iterator[Leaf]:
        yield self

    def offer(self, label: int) -> None:
        """Announces that the component has a transition with this label."""
        if label == ENDED_ID or isinstance(self._labels.events[label], Then):
            return  # who puts components somewhere makes the rules for it
        event = TAU_ID if label == TICK_ID and self._together else label
        self._up(Rule(((self.place, label),), event))

    def term(self, locals_: tuple[int, ...], joint: bool = False) -> Process:  # noqa: ARG002
        return self.component.term(locals_[self.place])


class UnaryNode(Node):
    """An operator on the events of one process."""

    __slots__ = ("_child", "_labels", "joint")

    def __init__(self, child: Node, labels: Labels) -> None:
        super().__init__()
        self._child = child
        self._labels = labels
        self.joint = child.joint
        child.connect(self._offer)

    def _offer(self, rule: Rule) -> None:
        raise NotImplementedError

    def _around(self, inner: Process) -> Process:
        """The operator's term."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Leaf]:
        return self._child.leaves()

    def ends(self) -> Iterator[Leaf]:
        return self._child.ends()

    def order(self) -> Order | None:
        return self._child.order()

    def term(self, locals_: tuple[int, ...], joint: bool = False) -> Process:
        inner = self._child.term(locals_, joint)
        if inner is OMEGA and self._ended(locals_):
            return OMEGA
        return self._around(inner)


class HideNode(UnaryNode):
    r"""`P \ A` and `P |\ A`: the events of A, or those outside A, are seen as τ."""

    __slots__ = ("_operator",)

    def __init__(self, child: Node, operator: Hide | Project, labels: Labels) -> None:
        super().__init__(child, labels)
        self._operator = operator

    def _offer(self, rule: Rule) -> None:
        event = rule.shown
        if event > TICK_ID:
            inside = self._labels.events[event] in self._operator.events
            if inside is isinstance(self._operator, Hide):
                rule = rule._replace(shown=TAU_ID, hidden=event)
        self._up(rule)

    def _around(self, inner: Process) -> Process:
        return type(self._operator)(inner, self._operator.events)


class RenameNode(UnaryNode):
    """`P[[R]]`: each event is seen as each of its images."""

    __slots__ = ("_operator",)

    def __init__(self, child: Node, operator: Rename, labels: Labels) -> None:
        super().__init__(child, labels)
        self._operator = operator

    def _offer(self, rule: Rule) -> None:
        if rule.shown <= TICK_ID:
            self._up(rule)
            return
        for image in self._operator.relation.image(self._labels.events[rule.shown]):
            self._up(rule._replace(shown=self._labels.number(image)))

    def _around(self, inner: Process) -> Process:
        return Rename(inner, self._operator.relation)


class PriorityNode(UnaryNode):
    """`prioritise(P, …)`, with no parallel operator above: rules keep the event that they are here.

    Which rule gives way depends on the others that a state enables, so the machine decides it.
    """

    __slots__ = ("_operator",)

    def __init__(self, child: Node, operator: Prioritise, labels: Labels) -> None:
        super().__init__(child, labels)
        self._operator = operator

    def _offer(self, rule: Rule) -> None:
        self._up(rule._replace(ranked=rule.shown))

    def order(self) -> Order | None:
        return self._operator.order

    def _around(self, inner: Process) -> Process:
        return Prioritise(inner, self._operator.order)


class ParallelNode(Node):
    """`P [| A |] Q`, `|| i @ [A(i)] P(i)`: an event moves the operands that it needs."""

    __slots__ = ("_children", "_ending", "_labels", "_offered", "_operator", "_parties")

    joint = True

    def __init__(
        self,
        children: tuple[Node, ...],
        operator: Parallel | AlphabetisedParallel,
        labels: Labels,
    ) -> None:
        super().__init__()
        self._children = children
        self._operator = operator
        self._labels = labels
        self._parties: dict[int, tuple[int, ...] | None] = {}
        self._offered: dict[int, list[list[Vector]]] = {}
        # Kept, as each node above goes through them: of a thousand, one in the other, the topmost
        # would ask through as many generators for each.
        self._ending = tuple(leaf for child in children for leaf in child.ends())
        for place, child in enumerate(children):
            child.connect(self._receiver(place))

    def leaves(self) -> Iterator[Leaf]:
        for child in self._children:
            yield from child.leaves()

    def ends(self) -> Iterator[Leaf]:
        return iter(self._ending)

    def _receiver(self, place: int) -> Sink:
        def receive(rule: Rule) -> None:
            self._offer(place, rule)

        return receive

    def _needed(self, event: int) -> tuple[int, ...] | None:
        """The operands that take part in `event` together; None when each does so alone."""
        shown = self._labels.events[event]
        if isinstance(self._operator, Parallel):
            return (
                tuple(range(len(self._children))) if shown in self._operator.synchronised else None
            )
        return tuple(i for i, a in enumerate(self._operator.alphabets) if shown in a)

    def _offer(self, place: int, rule: Rule) -> None:
        vector, event = rule.vector, rule.shown
        if event <= TICK_ID:
            self._up(rule)
            return
        if event not in self._parties:
            self._parties[event] = self._needed(event)
        parties = self._parties[event]
        if parties is None or parties == (place,):
            self._up(rule)
            return
        if place not in parties:
            return
        offered = self._offered.get(event)
        if offered is None:
            offered = self._offered[event] = [[] for _ in self._children]
        offered[place].append(vector)
        choices = [[vector] if i == place else offered[i] for i in parties]
        if all(choices):
            for combination in product(*choices):
                self._up(Rule(tuple(part for each in combination for part in each), event))

    def term(self, locals_: tuple[int, ...], joint: bool = False) -> Process:
        mine = [locals_[leaf.place] for leaf in self._ending]
        if all(i == FINAL_STATE for i in mine) or (joint and all(i == OMEGA_STATE for i in mine)):
            return OMEGA
        operands = tuple(child.term(locals_, True) for child in self._children)
        if isinstance(self._operator, Parallel):
            return Parallel(operands, self._operator.synchronised)
        return AlphabetisedParallel(operands, self._operator.alphabets)
