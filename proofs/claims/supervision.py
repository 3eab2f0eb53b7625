"""Claims on supervision (M02): whom a failure concerns, and who deals with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import z3

from cospec.models.supervision import (
    Children,
    Directive,
    Escalation,
    Strategy,
    SupervisionTree,
    group,
    handle_child_failure,
    valid,
)
from cospec.proofs import supervision_logic as logic
from cospec.proofs.evidence import (
    each,
    leading,
    prove,
    stepwise,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 000, section 2.2"

#: A supervision tree, and the place of the child that fails.
Failure = tuple[SupervisionTree, int]

BOUNDS = "up to 3 children, all strategies and directives"

# ---------------------------------------------------------------------------- whom it concerns


def failures(distinct: bool = False, escalating_root: bool = True) -> Iterator[Failure]:
    """All failures in small trees, the smaller trees first.

    Args:
        distinct: only trees in which no child is twice.
        escalating_root: also roots whose directive is Escalate.
    """
    for size in (1, 2, 3):
        for children in product("ab" if size < 3 else "abc", repeat=size):
            if distinct and len(set(children)) < size:
                continue
            for strategy, directive, parent in product(Strategy, Directive, (True, False)):
                if escalating_root or parent or directive is not Directive.ESCALATE:
                    tree = SupervisionTree(children, strategy, directive, parent)
                    yield from ((tree, place) for place in range(size))


def _told(case: Failure) -> tuple[str, ...]:
    tree, place = case
    child = tree.children[place]
    done = handle_child_failure(tree, child)
    return (f"{tree}", f"the child at place {place}, {child}, fails → {done}")


def action_is_valid(case: Failure) -> bool:
    """Whether what is done about a failure is a valid action."""
    tree, place = case
    failed = tree.children[place]
    return valid(tree, failed, handle_child_failure(tree, failed))


@CLAIMS.claim(
    "supervision-tree-correctness",
    model="M02",
    source=f"{SEED}, theorem supervision_tree_correctness",
    statement=(
        "If the failed child is one of the children, the action of handle_child_failure is valid: "
        "its targets are children, the failed one is among them, none is there twice, they are in "
        "the order in which they were started, and what is escalated has somewhere to go."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def tree_correctness() -> Finding:
    """All small trees: one counterexample for each hypothesis that is missing; z3 for all lists."""
    text = "the action is valid"
    parts = [
        each(failures(escalating_root=False), action_is_valid, text, BOUNDS, _told),
        each(failures(distinct=True), action_is_valid, text, BOUNDS, _told),
    ]
    safe = each(failures(True, False), action_is_valid, text, BOUNDS, _told)
    if isinstance(safe, Counterexample):
        return Finding(counterexamples=(safe,))
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    for strategy in Strategy:
        logic.targets_are_valid(strategy)
    under = "no child is there twice, and a root does not escalate"
    proved = "the targets are a part of the children without a gap, with the failed one, none twice"
    return Finding((Proof(Method.Z3_PROOF, proved, under=under), replace(safe, under=under)), wrong)


def restarts_the_suffix(case: Failure) -> bool:
    """Whether the targets are the child at the place and those behind it."""
    tree, place = case
    targets = handle_child_failure(tree, tree.children[place]).targets
    return targets == tree.children[place:]


@CLAIMS.claim(
    "supervision-restforone-suffix",
    model="M02",
    source=f"{SEED}, RestForOne in handle_child_failure",
    statement="RestForOne restarts exactly the child that failed and those started after it.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def restforone_suffix() -> Finding:
    """All small trees; z3 for lists of any length in which no child is there twice."""
    text = "the targets are the failed child and those behind it"
    every, safe = (
        each(_rest_for_one(distinct), restarts_the_suffix, text, BOUNDS, _told)
        for distinct in (False, True)
    )
    if isinstance(safe, Counterexample):
        return Finding(counterexamples=(safe,))
    wrong = (every,) if isinstance(every, Counterexample) else ()
    logic.rest_is_the_suffix()
    under = "no child is there twice"
    return Finding(
        (Proof(Method.Z3_PROOF, f"{text}, for lists of any length", under=under),), wrong
    )


def _rest_for_one(distinct: bool) -> list[Failure]:
    found = failures(distinct)
    return [case for case in found if case[0].strategy is Strategy.REST_FOR_ONE]


class _Opaque:
    """A reason that nobody may look at."""

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(f"somebody has asked for {name}")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("somebody has compared it")

    def __hash__(self) -> int:
        raise AssertionError("somebody has looked it up")

    def __bool__(self) -> bool:
        raise AssertionError("somebody has asked whether it is true")


@CLAIMS.claim(
    "supervision-reason-ignored",
    model="M02",
    source=f"{SEED}, handle_child_failure",
    statement=(
        "handle_child_failure t c r1 = handle_child_failure t c r2 for all reasons r1 and r2: a "
        "normal end and a crash are treated alike."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def reason_ignored(handle: Callable[..., object] = handle_child_failure) -> Finding:
    """Called with reasons that cannot be looked at; z3, with the undefined functions left open."""

    def alike(case: Failure) -> bool:
        tree, place = case
        child = tree.children[place]
        results = [handle(tree, child, reason) for reason in ("normal", "crash")]
        try:
            results.append(handle(tree, child, _Opaque()))
        except AssertionError:
            return False
        return results[0] == results[1] == results[2]

    found = weighed([each(failures(), alike, "the reason does not matter", BOUNDS, _told)])
    if found.counterexamples:
        return found
    logic.reason_is_ignored()
    text = "the action for two reasons is the same, whatever the functions do that it is made with"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


# ---------------------------------------------------------------------------------- escalation


@CLAIMS.claim(
    "supervision-escalate-terminates",
    model="M02",
    source=f"{SEED}, Escalate in RestartStrategy",
    statement="A failure that is escalated is dealt with by some supervisor at last.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def escalate_terminates() -> Finding:
    """A root that escalates, and a supervisor that is its own parent; all forests of up to three
    supervisors; z3 for any number."""
    text = "somebody deals with the failure at last"
    starts = (Escalation((None,), (True,)), Escalation((0,), (True,)))
    parts = [leading(start, _dealt_with, text, "1 supervisor") for start in starts]
    wrong = tuple(part for part in parts if isinstance(part, Counterexample))
    bounds = "up to 3 supervisors, without cycles, whose roots do not escalate"
    small = each(_sound(), _ends_well, text, bounds)
    if isinstance(small, Counterexample):
        return Finding(counterexamples=(*wrong, small))
    _ends_for_all()
    under = "no supervisor is above itself, and no root escalates"
    proof = Proof(Method.Z3_PROOF, "dealt with after as many steps as it is deep", under=under)
    return Finding((proof, replace(small, under=under)), wrong)


def _dealt_with(state: Escalation) -> bool:
    return state.handled


def _ends_well(start: Escalation) -> bool:
    text, bounds = "somebody deals with it", "one start"
    return isinstance(leading(start, _dealt_with, text, bounds), Proof)


def _sound() -> Iterator[Escalation]:
    """Supervisors whose parents have smaller numbers, with roots that do not escalate: each forest
    of that size is one of these, but for the names."""
    for size in (1, 2, 3):
        choices = [(None, *range(number)) for number in range(size)]
        for parents in product(*choices):
            for escalating in product((False, True), repeat=size):
                pairs = zip(parents, escalating, strict=True)
                if all(parent is not None or not up for parent, up in pairs):
                    yield from (Escalation(parents, escalating, at) for at in range(size))


def _ends_for_all() -> None:
    """Induction on the depth, a natural number: whoever escalates has a parent less deep."""
    supervisor = z3.DeclareSort("Supervisor")
    depth = z3.Function("depth", supervisor, z3.IntSort())
    parent = z3.Function("parent", supervisor, supervisor)
    root, escalates, ends = (
        z3.Function(name, supervisor, z3.BoolSort()) for name in ("root", "escalates", "ends")
    )
    here, other = z3.Consts("here other", supervisor)
    above = depth(parent(here)) < depth(here)
    hypotheses = (
        z3.Implies(root(here), z3.Not(escalates(here))),
        z3.Implies(z3.Not(root(here)), above),
        # `ends` is the least predicate with these two.
        z3.Implies(z3.Not(escalates(here)), ends(here)),
        z3.Implies(z3.And(z3.Not(root(here)), ends(parent(here))), ends(here)),
    )
    less_deep = z3.ForAll(other, z3.Implies(depth(other) < depth(here), ends(other)))
    prove(ends(here), *hypotheses, less_deep)


# ---------------------------------------------------------------------------- failure isolation


def alone(before: Children, after: Children) -> bool:
    """Whether a step changes what one child has done, at most."""
    return sum(a != b for a, b in zip(before.done, after.done, strict=True)) <= 1


def within_its_group(before: Children, after: Children) -> bool:
    """Whether a step changes only what concerns the group of some child that has failed."""
    changed = {
        n for n, pair in enumerate(zip(before.done, after.done, strict=True)) if len(set(pair)) > 1
    }
    groups = [set(group(before.tree, place)) for place in changed]
    return not changed or any(changed <= each for each in groups)


def _children(strategy: Strategy, size: int = 2) -> Children:
    return Children(SupervisionTree(tuple("abc"[:size]), strategy), (0,) * size)


@CLAIMS.claim(
    "principles-000-isolation",
    model="M02",
    source="seed 000, design principle 3 (failure isolation)",
    statement="The failure of one component changes no other component.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="principles-000-isolation-repaired",
)
def principle_isolation() -> Finding:
    """Two children that have done something, under each strategy."""
    text = "the failure of a child takes nothing from another one"
    return weighed(
        stepwise(_children(strategy), alone, text, f"2 children, {strategy.value}")
        for strategy in Strategy
    )


@CLAIMS.claim(
    "principles-000-isolation-repaired",
    model="M02",
    source="seed 000, repair of design principle 3 (failure isolation)",
    statement=(
        "The failure of a child, of which there is one of each name, changes only what is in its "
        "group: itself (OneForOne), all children (OneForAll), itself and those started after it "
        "(RestForOne)."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def principle_isolation_repaired() -> Finding:
    """Explored with three children; the targets are the group for lists of any length."""
    found = weighed(
        part
        for strategy in Strategy
        for part in (
            stepwise(
                _children(strategy, 3),
                within_its_group,
                "a failure stays within the group",
                f"3 children, {strategy.value}",
            ),
            each(
                (case for case in failures(distinct=True) if case[0].strategy is strategy),
                targets_are_the_group,
                "the targets of a failure are its group",
                BOUNDS,
                _told,
            ),
        )
    )
    if found.counterexamples:
        return found
    for strategy in Strategy:
        logic.targets_are_valid(strategy)
    logic.rest_is_the_suffix()
    text = "targets: the failed child; all; it and those behind it; for lists of any length"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


def targets_are_the_group(case: Failure) -> bool:
    """Whether the targets are the children of the group."""
    tree, place = case
    targets = handle_child_failure(tree, tree.children[place]).targets
    return targets == tuple(tree.children[n] for n in group(tree, place))
