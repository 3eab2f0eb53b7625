"""Where a term's structure ends and its components begin.

Parallel composition, hiding and renaming at the top of a term are structure, and so are calls
whose bodies are; the first other operator on each branch is a leaf. A call that is met again
below itself is a leaf too, or the tree would have no end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeAlias

from cospec.checker.labels import Labels
from cospec.checker.structure import (
    HideNode,
    Node,
    ParallelNode,
    PriorityNode,
    RenameNode,
)
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Call,
    Hide,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
    resolve,
)

#: A tree of operators without its leaves, to be compared.
Shape: TypeAlias = Hashable

STATIC = (Parallel, AlphabetisedParallel, Hide, Project, Rename)
#: `prioritise` is structure too where no parallel operator is above it.
TOPMOST = (*STATIC, Prioritise)
_NO_CALLS: frozenset[int] = frozenset()


def opened(
    process: Process, calls: frozenset[int], structure: tuple[type[Process], ...] = STATIC
) -> tuple[Process, frozenset[int]]:
    """The body of a call when it is structure and not among `calls`, those open already."""
    process = resolve(process)
    if isinstance(process, Call) and id(process) not in calls:
        body = process.body()
        if isinstance(body, structure):
            return body, calls | {id(process)}
    return process, calls


def shape_of(process: Process) -> tuple[Shape, list[Process]]:
    """The operators at the top of a term, and the terms at the leaves from left to right."""
    leaves: list[Process] = []

    def walk(term: Process, calls: frozenset[int]) -> Shape:
        term, calls = opened(term, calls)
        if isinstance(term, Parallel) and term.operands:
            return Parallel, term.synchronised, tuple(walk(p, calls) for p in term.operands)
        if isinstance(term, AlphabetisedParallel) and term.operands:
            inner = tuple(walk(p, calls) for p in term.operands)
            return AlphabetisedParallel, term.alphabets, inner
        if isinstance(term, (Hide, Project)):
            return type(term), term.events, walk(term.process, calls)
        if isinstance(term, Rename):
            return Rename, term.relation, walk(term.process, calls)
        leaves.append(term)
        return None

    return walk(process, _NO_CALLS), leaves


def has_parallel(process: Process) -> bool:
    """Whether the structure of a term has more than a single leaf, or ends it jointly."""
    calls = _NO_CALLS
    while True:
        process, calls = opened(process, calls)
        if isinstance(process, (Parallel, AlphabetisedParallel)):
            return bool(process.operands)
        if not isinstance(process, (Hide, Project, Rename)):
            return False
        process = process.process


def prioritised(process: Process) -> bool:
    """Whether there is a `prioritise` in the structure of a term: all its leaves are beneath it."""
    calls = _NO_CALLS
    while True:
        process, calls = opened(process, calls, TOPMOST)
        if not isinstance(process, (Hide, Project, Rename)):
            return isinstance(process, Prioritise)
        process = process.process


def grow(
    process: Process, labels: Labels, leaf: Callable[[Process, bool], Node], priorities: bool
) -> Node:
    """The tree of a term's structure.

    Args:
        process: the term.
        labels: the numbers of the events.
        leaf: makes what stands at a leaf, from left to right; it is told the leaf's term, and
            whether it ends together with others.
        priorities: whether a `prioritise` at the top is structure; else it is a leaf, as in
            `shape_of`.
    """

    def walk(term: Process, calls: frozenset[int], together: bool, topmost: bool) -> Node:
        term, calls = opened(term, calls, TOPMOST if topmost else STATIC)
        if isinstance(term, (Parallel, AlphabetisedParallel)) and term.operands:
            children = tuple(walk(p, calls, True, False) for p in term.operands)
            return ParallelNode(children, term, labels)
        if isinstance(term, (Hide, Project)):
            return HideNode(walk(term.process, calls, together, topmost), term, labels)
        if isinstance(term, Rename):
            return RenameNode(walk(term.process, calls, together, topmost), term, labels)
        if isinstance(term, Prioritise) and topmost:
            return PriorityNode(walk(term.process, calls, together, False), term, labels)
        return leaf(term, together)

    return walk(process, _NO_CALLS, False, priorities)
