"""Supervision in z3: lists of children and of failures of any length.

Lists are sequences, and what is proved of all of them is proved by induction: for the empty one,
and for one with an element more. That `targets` and what is assumed of `children_after` agree with
`cospec.models.supervision` is tested on small lists.
"""

from __future__ import annotations

from typing import Any

import z3

from cospec.models.supervision import Strategy
from cospec.proofs.evidence import prove

Child = z3.DeclareSort("Child")
Children = z3.SeqSort(Child)
NONE = z3.Empty(Children)

#: Constants to state theorems with: the children are those before the first occurrence of the one
#: that failed, that one, and those after it.
children, before, after = z3.Consts("children before after", Children)
failed = z3.Const("failed", Child)

#: `children_after failed children = after`, as the lemma below has it.
FOUND = children == z3.Concat(before, z3.Unit(failed), after)


def targets(strategy: Strategy) -> Any:
    """The children that the action of `handle_child_failure` is for."""
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return z3.Unit(failed)
        case Strategy.ONE_FOR_ALL:
            return children
        case Strategy.REST_FOR_ONE:
            return z3.Concat(z3.Unit(failed), after)


#: The functions that the seed does not define: of a directive, children, and the tree.
_Tree, _Directive, _Reason, _Done = map(
    z3.DeclareSort, ("SupervisionTree", "RestartStrategy", "FailureReason", "SupervisionAction")
)
_to_one = z3.Function("apply_restart_strategy", _Directive, Child, _Tree, _Done)
_to_all = z3.Function("apply_restart_strategy_to_all", _Directive, Children, _Tree, _Done)
_to_list = z3.Function("apply_restart_strategy_to_list", _Directive, Children, _Tree, _Done)


def reason_is_ignored() -> None:
    """Proves that handle_child_failure gives the same action for any two reasons, whatever the
    functions do that it calls."""
    tree, directive = z3.Const("tree", _Tree), z3.Const("directive", _Directive)
    all_for_one, rest_for_one = z3.Bools("OneForAll RestForOne")

    def handled(reason: Any) -> Any:
        del reason  # as in the listing: no branch mentions it
        rest = targets(Strategy.REST_FOR_ONE)
        others = _to_list(directive, rest, tree), _to_one(directive, failed, tree)
        return z3.If(all_for_one, _to_all(directive, children, tree), z3.If(rest_for_one, *others))

    one, two = z3.Consts("r1 r2", _Reason)
    prove(handled(one) == handled(two))


def finding_the_child() -> None:
    """Proves that a list in which a child occurs is what stands before it, the child, and what
    `children_after` gives. By induction over the list, as that function is defined."""
    first = z3.Const("first", Child)
    rest, before_rest, after_rest = z3.Consts("rest before_rest after_rest", Children)
    whole = z3.Concat(z3.Unit(first), rest)
    here = z3.Concat(z3.Unit(failed), rest)
    prove(whole == here, first == failed)
    hypothesis = rest == z3.Concat(before_rest, z3.Unit(failed), after_rest)
    longer = z3.Concat(z3.Unit(first), before_rest, z3.Unit(failed), after_rest)
    prove(whole == longer, hypothesis, first != failed)
    prove(z3.Not(z3.Contains(NONE, z3.Unit(failed))))


def distinct(values: Any, *places: Any) -> z3.BoolRef:
    """That no value is at two places: said of those places that matter."""
    inside = z3.And(*(z3.And(place >= 0, place < z3.Length(values)) for place in places))
    different = z3.And(inside, places[0] != places[1])
    return z3.Implies(different, values[places[0]] != values[places[1]])


def targets_are_valid(strategy: Strategy) -> None:
    """Proves that the targets are a part of the list of children without a gap, so in its order,
    that the failed one is among them, and that none is there twice if no child is."""
    finding_the_child()
    aims = targets(strategy)
    skipped = NONE if strategy is Strategy.ONE_FOR_ALL else before
    left = after if strategy is Strategy.ONE_FOR_ONE else NONE
    prove(children == z3.Concat(skipped, aims, left), FOUND)
    prove(z3.Contains(aims, z3.Unit(failed)), FOUND)
    aimed, start = z3.Consts("aimed start", Children)
    end = z3.Const("end", Children)
    one, two = z3.Ints("one two")
    part = children == z3.Concat(start, aimed, end)
    places = [z3.Length(start) + place for place in (one, two)]
    inside = [z3.And(place >= 0, place < z3.Length(aimed)) for place in (one, two)]
    same = [
        children[place] == aimed[number] for place, number in zip(places, (one, two), strict=True)
    ]
    for lemma, within in zip(same, inside, strict=True):
        prove(lemma, part, within)
    long = z3.Length(children) == z3.Length(start) + z3.Length(aimed) + z3.Length(end)
    prove(long, part)
    prove(distinct(aimed, one, two), long, *inside, *same, distinct(children, *places))


def rest_is_the_suffix() -> None:
    """Proves that where no child is there twice, the targets of RestForOne are the failed child,
    wherever it is, and all those behind it."""
    finding_the_child()
    place = z3.Int("place")
    first = z3.Length(before)
    inside = z3.And(place >= 0, place < z3.Length(children))
    prove(children[first] == failed, FOUND)
    prove(z3.And(first >= 0, first < z3.Length(children)), FOUND)
    given = (
        inside,
        children[place] == failed,
        children[first] == failed,
        z3.And(first >= 0, first < z3.Length(children)),
        distinct(children, place, first),
    )
    prove(place == first, *given)
    suffix = z3.SubSeq(children, first, z3.Length(children) - first)
    prove(targets(Strategy.REST_FOR_ONE) == suffix, FOUND)


# ---------------------------------------------------------------------------------- how often

window, limit, now, then, time = z3.Ints("window limit now then time")


def inside(end: Any) -> z3.BoolRef:
    """Whether `time` is in the window that ends at a time."""
    return z3.And(end - window < time, time <= end)


def _counted(condition: z3.BoolRef) -> Any:
    return z3.If(condition, 1, 0)


def forgetting_is_safe() -> None:
    """Proves that to forget, at any time, what is older than a window changes no later count. By
    induction over the list of failures: each adds the same to both counts."""
    kept = _counted(z3.And(inside(then), inside(now)))
    every, some = z3.Ints("every some")
    given = then <= now, window >= 1, time <= then
    prove(some + kept == every + _counted(inside(now)), *given, some == every)


def windows_are_kept() -> None:
    """Proves that where each restart is one of at most `limit` failures in the window that ends
    with it, no window at all has more restarts. By induction over the list of failures: in the
    window that ends at `now`, let `then` be the last restart; each failure adds no more to the
    number of restarts in the one window than to that of failures in the other."""
    restarted = z3.Bool("restarted")
    restarts, failures = z3.Ints("restarts failures")
    counted = _counted(z3.And(restarted, inside(now)))
    last = z3.Implies(z3.And(restarted, inside(now)), time <= then)
    given = then <= now, last, restarts <= failures
    prove(restarts + counted <= failures + _counted(inside(then)), *given)
    prove(restarts <= limit, restarts <= failures, failures <= limit)


def record_is_too_little() -> None:
    """Proves that for every window of at least 3 and a limit of 2 there are two histories with the
    same record that need different answers: failures at 0 and w - 1, or at 1 and w - 1; now is w.
    """
    last = window - 1

    def count(first: Any, end: Any) -> Any:
        both = [_counted(z3.And(end - window < at, at <= end)) for at in (first, last)]
        return both[0] + both[1]

    zero, one = z3.IntVal(0), z3.IntVal(1)
    wide = window >= 3
    prove(count(zero, last) == count(one, last), wide)
    allowed = [count(first, window) + 1 <= 2 for first in (zero, one)]
    prove(z3.And(allowed[0], z3.Not(allowed[1])), wide)
