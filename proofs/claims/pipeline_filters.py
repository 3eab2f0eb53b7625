"""Claims on filters (M07): laws of composing, pairing and branching, for all types and filters.

z3 knows nothing of the types and of what the filters do. Functions are compared on every input;
that functions which agree on all inputs are equal is an axiom in Coq (functional extensionality).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from cospec.models.pipelines import Some, parallel_filters
from cospec.proofs import pipeline_logic as logic
from cospec.proofs.evidence import counterexample_of, prove
from cospec.proofs.pipeline_logic import A, B, C, D, any_filter, option
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
)

CLAIMS = Register()

SEED = "seed 000, section 5.1"

#: Any input.
X = z3.Const("input", A)


def _theorem(text: str) -> Finding:
    return Finding((Proof(Method.Z3_PROOF, text),))


# ----------------------------------------------------------------------------------- composing


@CLAIMS.claim(
    "pipeline-correctness",
    model="M07",
    source=f"{SEED}, definition pipeline_correctness",
    statement=(
        "For all filters f1 and f2: if (f1 >>> f2) x = Some z, then there is a y with f1 x = Some "
        "y and f2 y = Some z."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def correctness(compose: Callable[..., logic.Filter] = logic.compose) -> Finding:
    """It follows from the definition of >>>; the y is the one that f1 gives."""
    ob, oc = option(B), option(C)
    f1, f2 = any_filter("f1", A, B), any_filter("f2", B, C)
    z, y = z3.Const("z", C), z3.Const("y", B)
    given = compose(f1, ob, f2, oc)(X) == oc.some(z)
    prove(z3.Exists([y], z3.And(f1(X) == ob.some(y), f2(y) == oc.some(z))), given)
    return _theorem("(f1 >>> f2) x = Some z ⇒ ∃ y. f1 x = Some y ∧ f2 y = Some z")


@CLAIMS.claim(
    "pipeline-associativity",
    model="M07",
    source=f"{SEED}, theorem pipeline_associativity",
    statement="For all filters f1, f2 and f3: (f1 >>> f2) >>> f3 = f1 >>> (f2 >>> f3).",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def associativity(compose: Callable[..., logic.Filter] = logic.compose) -> Finding:
    """With filters that may give nothing, and with stages that may give an error."""
    for errors in (False, True):
        ob, oc, od = (option(sort, errors) for sort in (B, C, D))
        f1, f2 = any_filter("f1", A, B, errors), any_filter("f2", B, C, errors)
        f3 = any_filter("f3", C, D, errors)
        left = compose(compose(f1, ob, f2, oc), oc, f3, od)
        right = compose(f1, ob, compose(f2, oc, f3, od), od)
        prove(left(X) == right(X))
    return _theorem("both sides agree on every input; for option and for Result, errors included")


@CLAIMS.claim(
    "pipeline-identity",
    model="M07",
    source=f"{SEED}, law",
    statement="For all filters f: Some >>> f = f = f >>> Some.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def identity(compose: Callable[..., logic.Filter] = logic.compose) -> Finding:
    """With option, and with Result."""
    for errors in (False, True):
        oa, ob = option(A, errors), option(B, errors)
        f = any_filter("f", A, B, errors)
        prove(compose(oa.some, oa, f, ob)(X) == f(X))
        prove(compose(f, ob, ob.some, ob)(X) == f(X))
    return _theorem("Some is neutral on both sides; for option and for Result, errors included")


# ------------------------------------------------------------------------------------- pairing


def _parallel(left: logic.Filter, right: logic.Filter) -> tuple[logic.Filter, Any, logic.Option]:
    """The filter of both, the sort of pairs and its option."""
    both = logic.pair(B, C)
    return logic.parallel(left, option(B), right, option(C), both), both, option(both)


@CLAIMS.claim(
    "pipeline-parallel-success",
    model="M07",
    source=f"{SEED}, definition parallel_filters",
    statement=(
        "parallel f g x = Some (b, c) if and only if f x = Some b and g x = Some c; and parallel g "
        "f is the same with the pair swapped. (Nothing runs in parallel: it is a pure pairing.)"
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_success() -> Finding:
    """For all filters on one type."""
    ob, oc = option(B), option(C)
    f, g = any_filter("f", A, B), any_filter("g", A, C)
    together, both, pairs = _parallel(f, g)
    b, c = z3.Const("b", B), z3.Const("c", C)
    success = together(X) == pairs.some(both.pair(b, c))
    prove(success == z3.And(f(X) == ob.some(b), g(X) == oc.some(c)))
    turned = logic.pair(C, B)
    other = logic.parallel(g, oc, f, ob, turned)(X)

    def swap(term: logic.Term) -> logic.Term:
        return turned.pair(both.snd(term), both.fst(term))

    prove(other == logic.mapped(swap, together(X), pairs, option(turned)))
    return _theorem("success is that of both, with both values; swapped, the values are swapped")


def _first_of_both() -> tuple[z3.BoolRef, z3.BoolRef, logic.Filter, logic.Filter]:
    """That the first part is f, that g succeeds, f, and g."""
    ob, oc = option(B), option(C)
    f, g = any_filter("f", A, B), any_filter("g", A, C)
    together, both, pairs = _parallel(f, g)
    first = logic.mapped(both.fst, together(X), pairs, ob)
    return first == f(X), oc.is_some(g(X)), f, g


@CLAIMS.claim(
    "pipeline-parallel-projection",
    model="M07",
    source=f"{SEED}, law of parallel_filters",
    statement="For all filters f and g: map fst (parallel f g) = f.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="pipeline-parallel-projection-repaired",
)
def parallel_projection() -> Finding:
    """z3 finds filters; they are performed again as Python functions."""
    equal, _, f, g = _first_of_both()
    model = counterexample_of(equal)
    if model is None:
        return _theorem("map fst (parallel f g) x = f x")
    found = model

    def gives(function: logic.Filter, sort: Any) -> Some[str] | None:
        answer = function(X).translate(found.ctx)
        some = option(sort).is_some(function(X)).translate(found.ctx)
        value = str(found.eval(answer, model_completion=True))
        return Some(value) if z3.is_true(found.eval(some, model_completion=True)) else None

    left, right = gives(f, B), gives(g, C)

    def replay() -> None:
        together = parallel_filters(lambda _: left, lambda _: right)("x")
        first = None if together is None else Some(together.value[0])
        if first == left:
            raise NotReplayed("the first part is what f gives")

    some, nothing = "Some", "None"
    steps = tuple(
        f"{name} x = {nothing if answer is None else some}"
        for name, answer in (("f", left), ("g", right), ("parallel f g", None))
    )
    text = "f succeeds, and the pair does not"
    return Finding(counterexamples=(Counterexample(Method.Z3_MODEL, text, steps, replay),))


@CLAIMS.claim(
    "pipeline-parallel-projection-repaired",
    model="M07",
    source=f"{SEED}, repaired law of parallel_filters",
    statement="map fst (parallel f g) x = f x for every input x on which g succeeds.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_projection_repaired() -> Finding:
    """For all filters."""
    equal, succeeds, _, _ = _first_of_both()
    prove(equal, succeeds)
    return _theorem("g x = Some c ⇒ map fst (parallel f g) x = f x")


# ------------------------------------------------------------------------------------ branching


def _branch(errors: bool = False) -> tuple[logic.Filter, ...]:
    """A predicate, two filters, and the branch."""
    ob, oc = option(B, errors), option(C, errors)
    predicate: logic.Filter = z3.Function("p", A, z3.BoolSort())
    f, g = any_filter("f", A, B, errors), any_filter("g", A, C, errors)
    return predicate, f, g, logic.branch(predicate, f, ob, g, oc, logic.either(B, C))


@CLAIMS.claim(
    "pipeline-branch",
    model="M07",
    source=f"{SEED}, definition branch_filter",
    statement=(
        "branch p f g x = if p x then map inl (f x) else map inr (g x); and branch (const true) f "
        "g = map inl f."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def branching() -> Finding:
    """For all predicates and filters."""
    one = logic.either(B, C)
    ob, oc, sums = option(B), option(C), option(one)
    predicate, f, g, branched = _branch()
    left = logic.mapped(one.inl, f(X), ob, sums)
    right = logic.mapped(one.inr, g(X), oc, sums)
    prove(branched(X) == z3.If(predicate(X), left, right))
    always = logic.branch(lambda _: z3.BoolVal(True), f, ob, g, oc, one)
    prove(always(X) == left)
    return _theorem("it is the one filter or the other, and which is told")


@CLAIMS.claim(
    "pipeline-branch-distributes",
    model="M07",
    source=f"{SEED}, law of branch_filter",
    statement="branch p f g >>> case h k = if p then f >>> h else g >>> k.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def branch_distributes() -> Finding:
    """For option and for Result, errors included."""
    for errors in (False, True):
        one = logic.either(B, C)
        ob, oc, od = (option(sort, errors) for sort in (B, C, D))
        predicate, f, g, branched = _branch(errors)
        h, k = any_filter("h", B, D, errors), any_filter("k", C, D, errors)
        left = logic.compose(branched, option(one, errors), logic.case(h, k, one), od)
        f_h, g_k = logic.compose(f, ob, h, od), logic.compose(g, oc, k, od)
        prove(left(X) == z3.If(predicate(X), f_h(X), g_k(X)))
    return _theorem("what follows a branch may be moved into it; for option and for Result")


@CLAIMS.claim(
    "pipeline-conditional",
    model="M07",
    source=f"{SEED}, ConditionalStage",
    statement=(
        "ConditionalStage(p, s, t) is the branch of s and t whose sides, having one type, are not "
        "told apart; errors are handed on."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def conditional() -> Finding:
    """For all predicates and stages of one type."""
    one, results = logic.either(B, B), option(B, errors=True)
    s, t = any_filter("s", A, B, errors=True), any_filter("t", A, B, errors=True)
    predicate: logic.Filter = z3.Function("p", A, z3.BoolSort())
    branched = logic.branch(predicate, s, results, t, results, one)
    merged = logic.mapped(
        lambda side: z3.If(one.is_inl(side), one.left(side), one.right(side)),
        branched(X),
        option(one, errors=True),
        results,
    )
    prove(logic.conditional(predicate, s, t)(X) == merged)
    return _theorem("ConditionalStage(p, s, t) x = map (either id id) (branch p s t x)")
