"""Bisimulations: which states of an LTS behave alike, and the LTS with these merged.

* `strong`: states match each other's every move, τ included.
* `branching`, with divergence kept apart (van Glabbeek and Weijland, *Branching time and
  abstraction in bisimulation semantics*, JACM 1996).
* `delay`, a move a may be matched by τ*a, and `weak`, by τ*aτ* (Milner, *Communication and
  Concurrency*, 1989); both with divergence kept apart.

Each is coarser than those before it, and all have the same traces, stable failures and divergences
in the end. Classes are found by refining signatures (Blom and Orzan, *Distributed branching
bisimulation reduction of state spaces*, 2003): states start in one class and are split by what they
can do. After a split only the states that lead to one whose class has a new number are looked at
again, and where a class is split as a whole its largest part keeps the number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cospec.checker.labels import TAU_ID
from cospec.checker.lts import DIVERGES, Ints, Lts, made, merged

#: Fewer states than this are split in Python: each call of numpy costs as much as some of them.
FEW = 200

#: How many transitions `delay` and `weak` may add to find their classes; beyond, they are
#: content with those of `branching`.
MOST_ADDED = 5_000_000


def strong(lts: Lts) -> Lts:
    """The least LTS that is strongly bisimilar; some seconds for a million transitions."""
    return merged(lts, strong_classes(lts), inert=False)


def branching(lts: Lts) -> Lts:
    """The quotient by divergence-preserving branching bisimilarity."""
    return branching_acyclic(lts).silent()


def delay(lts: Lts) -> Lts:
    """The quotient by divergence-preserving delay bisimilarity."""
    return _saturated_quotient(lts, trailing=False)


def weak(lts: Lts) -> Lts:
    """The quotient by divergence-preserving weak bisimilarity."""
    return _saturated_quotient(lts, trailing=True)


def without_tau_loops(lts: Lts) -> Lts:
    """Each τ cycle merged into one state, which keeps a τ to itself."""
    return acyclic(lts).silent()


def branching_acyclic(lts: Lts) -> Lts:
    """The quotient that `branching` gives, with `DIVERGES` in place of τ loops."""
    graph = strong(acyclic(strong(lts)))
    graph = strong(merged(graph, _settled(graph), inert=True))
    return merged(graph, _branching_classes(graph), inert=True)


def acyclic(lts: Lts) -> Lts:
    """Each τ cycle merged into one state with a loop that is labelled `DIVERGES`."""
    silent = lts.label == TAU_ID
    if not silent.any():
        return lts
    classes, diverging = _components(lts.count, lts.source[silent], lts.target[silent])
    graph = merged(lts, classes, inert=True)
    source = np.concatenate([graph.source, diverging])
    label = np.concatenate([graph.label, np.full(len(diverging), DIVERGES)])
    target = np.concatenate([graph.target, diverging])
    return made(graph.count, graph.start, source, label, target)


def _components(count: int, source: Ints, target: Ints) -> tuple[Ints, Ints]:
    """The strongly connected component of each state, and those components with a cycle.

    Tarjan, *Depth-first search and linear graph algorithms*, 1972.
    """
    after: dict[int, list[int]] = {}
    for s, t in zip(source.tolist(), target.tolist(), strict=True):
        after.setdefault(s, []).append(t)
    looping = set(source[source == target].tolist())
    component = [-1] * count
    entered: dict[int, int] = {}
    low: dict[int, int] = {}
    found = 0
    diverging: list[int] = []
    path: list[int] = []
    work: list[tuple[int, Iterator[int]]] = []

    def enter(state: int) -> None:
        entered[state] = low[state] = len(entered)
        path.append(state)
        work.append((state, iter(after.get(state, ()))))

    for root in range(count):
        if component[root] >= 0:
            continue
        enter(root)
        while work:
            state, rest = work[-1]
            for each in rest:
                if each not in entered:
                    enter(each)
                    break
                if component[each] < 0:
                    low[state] = min(low[state], entered[each])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[state])
                if low[state] == entered[state]:
                    members = 0
                    while component[state] < 0:
                        component[path.pop()] = found
                        members += 1
                    if members > 1 or state in looping:
                        diverging.append(found)
                    found += 1
    return np.array(component, dtype=np.int64), np.array(diverging, dtype=np.int64)


def _settled(lts: Lts) -> Ints:
    """Classes that put each state which can only do one τ with the state where that leads."""
    degree = np.diff(lts.first)
    only = np.flatnonzero(degree == 1)
    only = only[lts.label[lts.first[only]] == TAU_ID]
    onto = np.arange(lts.count)
    onto[only] = lts.target[lts.first[only]]
    while True:
        further = onto[onto]
        if (further == onto).all():
            return np.unique(onto, return_inverse=True)[1].reshape(-1)
        onto = further


# Refinement of signatures.


def strong_classes(lts: Lts) -> Ints:
    """The classes of strong bisimilarity."""
    label = np.unique(lts.label, return_inverse=True)[1].reshape(-1)
    by_target = np.argsort(lts.target, kind="stable")
    behind = lts.source[by_target]
    first_behind = np.searchsorted(lts.target[by_target], np.arange(lts.count + 1))
    classes = np.zeros(lts.count, dtype=np.int64)
    sizes = np.zeros(lts.count + 1, dtype=np.int64)
    sizes[0], found = lts.count, 1
    dirty = np.arange(lts.count)
    while len(dirty) > FEW:
        owner, edges = spread(lts.first, dirty)
        keys = label[edges] * lts.count + classes[lts.target[edges]]
        parts = _grouped(classes[dirty], owner, keys)
        # Of each part one state, its class, how many there are, and the order that puts parts of
        # one class together, the largest first.
        heads = np.unique(parts, return_index=True)[1]
        part_class = classes[dirty[heads]]
        part_size = np.bincount(parts)
        order = np.lexsort((-part_size, part_class))
        opens = np.ones(len(order), dtype=bool)
        opens[1:] = np.diff(part_class[order]) != 0
        touched = np.add.reduceat(part_size[order], np.flatnonzero(opens))
        # States that were not looked at lead to no class with a new number: they are a part of
        # their own, and keep the old one.
        stays = np.zeros(len(order), dtype=bool)
        stays[order[opens]] = touched == sizes[part_class[order[opens]]]
        number = np.where(stays, part_class, found + np.cumsum(~stays) - 1)
        found += int(np.count_nonzero(~stays))
        np.subtract.at(sizes, part_class, part_size)
        sizes[number] += part_size
        classes[dirty] = number[parts]
        moved = dirty[~stays[parts]]
        dirty = _distinct(behind[spread(first_behind, moved)[1]])
    if len(dirty):
        rows = lts.rows()
        before: list[list[int]] = [[] for _ in rows]
        for state, target in zip(lts.source.tolist(), lts.target.tolist(), strict=True):
            before[target].append(state)
        named = classes.tolist()

        def signatures(states: Iterable[int], _known: _Known) -> Iterator[tuple[int, _Signature]]:
            for state in states:
                yield state, frozenset((each, named[t]) for each, t in rows[state])

        def affected(moved: list[int]) -> set[int]:
            return {state for target in moved for state in before[target]}

        _refine(named, dirty.tolist(), signatures, affected)
        classes = np.array(named, dtype=np.int64)
    return np.unique(classes, return_inverse=True)[1].reshape(-1)


def spread(first: Ints, states: Ints) -> tuple[Ints, Ints]:
    """The transitions of several states: the place in `states` of each, and its own place."""
    start, counts = first[states], first[states + 1] - first[states]
    owner = np.repeat(np.arange(len(states)), counts)
    offset = np.repeat(start - np.cumsum(counts) + counts, counts)
    return owner, offset + np.arange(len(owner))


def _distinct(numbers: Ints) -> Ints:
    """The numbers in order, each once. (`np.unique` hashes them first, which takes several times
    as long where most are different.)"""
    ordered = np.sort(numbers)
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def _grouped(classes: Ints, owner: Ints, keys: Ints) -> Ints:
    """Numbers for states that agree where the classes and the sets of keys are the same.

    Sets are compared key by key, in the order of the keys: exact, no hashes.
    """
    numbers = np.unique(keys, return_inverse=True)[1].reshape(-1)
    width = int(numbers.max()) + 1 if len(numbers) else 1
    pairs = _distinct(owner * width + numbers)
    owner, numbers = pairs // width, pairs % width
    group = np.unique(classes, return_inverse=True)[1].reshape(-1)
    count = len(classes)
    first = np.searchsorted(owner, np.arange(count + 1))
    degree = np.diff(first)
    states, place = np.arange(count), 0
    while True:
        states = states[degree[states] > place]
        if not len(states):
            return np.unique(group, return_inverse=True)[1].reshape(-1)
        # Those that have come to their end stay apart from those that go on.
        reached = group[states] * width + numbers[first[states] + place]
        top = int(group.max()) + 1
        group[states] = top + np.unique(reached, return_inverse=True)[1].reshape(-1)
        place += 1


_Signature: TypeAlias = frozenset[tuple[int, int]]
_Known: TypeAlias = dict[int, _Signature]


def _refine(
    classes: list[int],
    dirty: Collection[int],
    signatures: Callable[[Iterable[int], _Known], Iterable[tuple[int, _Signature]]],
    affected: Callable[[list[int]], Collection[int]],
) -> None:
    """Splits classes until all the members of each have the same signature.

    `dirty` are the states whose signatures may have changed, the others of each class having the
    same. `affected` tells whose signatures may change when some states have new classes.
    """
    sizes: dict[int, int] = {}
    for each in classes:
        sizes[each] = sizes.get(each, 0) + 1
    known: _Known = {}
    found = max(classes) + 1
    while dirty:
        groups: dict[int, dict[_Signature, list[int]]] = {}
        for state, signature in signatures(dirty, known):
            groups.setdefault(classes[state], {}).setdefault(signature, []).append(state)
        moved: list[int] = []
        for old, parts in groups.items():
            if sum(map(len, parts.values())) == sizes[old]:
                known[old] = max(parts, key=lambda each: len(parts[each]))
            stays = known.get(old)
            for signature, members in parts.items():
                if signature != stays:
                    for state in members:
                        classes[state] = found
                    sizes[old] -= len(members)
                    sizes[found], known[found] = len(members), signature
                    found += 1
                    moved += members
        dirty = affected(moved)


def _branching_classes(lts: Lts) -> Ints:
    """The classes of branching bisimilarity of an LTS without τ cycles."""
    rows = lts.rows()
    before: list[list[tuple[int, int]]] = [[] for _ in rows]
    for state, row in enumerate(rows):
        for label, target in row:
            before[target].append((label, state))
    rank = {state: n for n, state in enumerate(tau_order(rows))}
    classes = [0] * lts.count

    def signatures(states: Iterable[int], known: _Known) -> Iterator[tuple[int, _Signature]]:
        """What each state can do, with what can be done beyond inert τ."""
        mine: dict[int, _Signature] = {}
        for state in sorted(states, key=rank.__getitem__):
            own = classes[state]
            able: set[tuple[int, int]] = set()
            for label, target in rows[state]:
                if label == TAU_ID and classes[target] == own:
                    beyond = mine.get(target)
                    able |= known[own] if beyond is None else beyond
                else:
                    able.add((label, classes[target]))
            mine[state] = frozenset(able)
        return iter(mine.items())

    def affected(moved: list[int]) -> set[int]:
        found = set(moved)
        for target in moved:
            found.update(state for _, state in before[target])
        waiting = list(found)
        while waiting:
            target = waiting.pop()
            for label, state in before[target]:
                if label == TAU_ID and classes[state] == classes[target] and state not in found:
                    found.add(state)
                    waiting.append(state)
        return found

    _refine(classes, range(lts.count), signatures, affected)
    return np.unique(np.array(classes, dtype=np.int64), return_inverse=True)[1].reshape(-1)


def tau_order(rows: list[list[tuple[int, int]]]) -> list[int]:
    """The states in an order in which τ leads backwards only; there must be no τ cycle."""
    order: list[int] = []
    seen = [False] * len(rows)
    for root in range(len(rows)):
        if seen[root]:
            continue
        seen[root] = True
        work = [(root, iter(rows[root]))]
        while work:
            state, rest = work[-1]
            for label, target in rest:
                if label == TAU_ID and not seen[target]:
                    seen[target] = True
                    work.append((target, iter(rows[target])))
                    break
            else:
                work.pop()
                order.append(state)
    return order


def _saturated_quotient(lts: Lts, trailing: bool) -> Lts:
    """Merges states that agree in what they can do after τ*, and if `trailing` before τ* too.

    The quotient has the moves that its members have, not those that were added to compare them.
    """
    graph = branching_acyclic(lts)
    saturated = _saturated(graph, trailing)
    if saturated is None:
        return graph.silent()
    return merged(graph, strong_classes(saturated), inert=True).silent()


def _saturated(graph: Lts, trailing: bool) -> Lts | None:
    """The graph with τ* as τ, and with τ*a, or τ*aτ*, as a; None when that is too large."""
    rows = graph.rows()
    reached: list[set[int]] = [set() for _ in rows]
    total = 0
    for state in tau_order(rows):
        mine = {state}
        for event, after in rows[state]:
            if event == TAU_ID:
                mine |= reached[after]
        reached[state] = mine
        total += len(mine)
        if total > MOST_ADDED:
            return None
    counts = np.array([len(each) for each in reached], dtype=np.int64)
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    source = np.repeat(np.arange(graph.count, dtype=np.int64), counts)
    beyond = np.fromiter((t for each in reached for t in each), dtype=np.int64, count=total)
    if int(np.diff(graph.first)[beyond].sum()) > MOST_ADDED:
        return None
    owner, edges = spread(graph.first, beyond)
    edges, owner = _both(graph.label[edges] != TAU_ID, edges, owner)
    label = graph.label[edges]
    # That a state diverges is a mark, and no matter which state on its way does.
    target = np.where(label == DIVERGES, graph.start, graph.target[edges])
    origin = source[owner]
    if trailing:
        if int(counts[target].sum()) > MOST_ADDED:
            return None
        place, onward = spread(first, target)
        origin, label, target = origin[place], label[place], beyond[onward]
    silent = np.full(len(source), TAU_ID, dtype=np.int64)
    return made(
        graph.count,
        graph.start,
        np.concatenate([origin, source]),
        np.concatenate([label, silent]),
        np.concatenate([target, beyond]),
    )


def _both(kept: npt.NDArray[np.bool_], one: Ints, other: Ints) -> tuple[Ints, Ints]:
    return one[kept], other[kept]
