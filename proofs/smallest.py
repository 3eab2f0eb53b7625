"""The smallest of the models that z3 might give.

Which model z3 finds depends on what it was asked before; a counterexample should not, and should
have no number in it larger than it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import z3

from cospec.proofs.solver import Solver, Term

#: Values that are tried, in this order: of texts, of numbers other than integers, of floating-point
#: numbers. Others are taken as z3 gives them.
TEXTS = ("", "a", "b")
NUMBERS = (0, 1, 2, 3, -1)
#: Milliseconds for one question about floating-point numbers.
FLOATING = 5_000
DOUBLES = (1.0, 2.0, 0.0, -1.0, 2.0**1023, -(2.0**1023))


def smallest(solver: z3.Solver | Solver, terms: Sequence[Term]) -> z3.ModelRef:
    """The model of what a solver has found satisfiable in which each term has the smallest value
    that those before it leave it: false before true, short sequences before long ones, natural
    numbers before negative ones.

    Cost: for each term some checks, their number logarithmic in the values that z3 has found.
    """
    search = _Search(solver, afresh=isinstance(solver, z3.Solver) and any(map(z3.is_fp, terms)))
    solver.push()
    waiting = list(reversed(terms))
    while waiting:
        term = waiting.pop()
        search.settle(term)
        if isinstance(term, z3.SeqRef) and not term.is_string():
            waiting += [term[place] for place in reversed(range(search.value(z3.Length(term))))]
    solver.pop()
    return search.model


class _Search:
    """The model so far, with what is settled about it."""

    def __init__(self, solver: z3.Solver | Solver, afresh: bool) -> None:
        self._solver = solver
        #: Floating point is decided faster by a solver that has not been asked before.
        self._afresh = afresh
        self.model = solver.model()

    def value(self, term: Term) -> int:
        """A number of the model."""
        return int(self.model.eval(term, model_completion=True).as_long())

    def settle(self, term: Term) -> None:
        """Makes a term as small as it can be."""
        if z3.is_int(term):
            self._number(term)
        elif isinstance(term, z3.SeqRef) and not term.is_string():
            self._number(z3.Length(term))
        elif not any(map(self._take, _wishes(term))):
            self._solver.add(term == self.model.eval(term, model_completion=True))

    def _number(self, term: Term) -> None:
        self._natural(term if self._take(term >= 0) else -term)

    def _natural(self, term: Term) -> None:
        """Makes a term small of which it is known that it is not negative."""
        least, most = 0, self.value(term)
        while least < most:
            middle = (least + most) // 2
            if self._take(term <= middle):
                most = self.value(term)
            else:
                least = middle + 1
        self._solver.add(term == self.value(term))

    def _take(self, wish: Term) -> bool:
        """Whether a wish can be satisfied; then it is, from now on."""
        if not z3.is_true(self.model.eval(wish, model_completion=True)):
            model = self._asked(wish)
            if model is None:
                return False
            self.model = model
        self._solver.add(wish)
        return True

    def _asked(self, wish: Term) -> z3.ModelRef | None:
        if not self._afresh:
            return self._solver.model() if self._solver.check(wish) == z3.sat else None
        assert isinstance(self._solver, z3.Solver)
        solver = z3.Solver(ctx=self._solver.ctx)
        solver.set("timeout", FLOATING)
        solver.add(*self._solver.assertions(), wish)
        return solver.model() if solver.check() == z3.sat else None


def _wishes(term: Term) -> Iterator[Term]:
    """What a small value would be, the smallest first."""
    if z3.is_bool(term):
        yield z3.Not(term)
    elif isinstance(term, z3.SeqRef):
        yield from (term == z3.StringVal(text, term.ctx) for text in TEXTS)
    elif z3.is_real(term) or z3.is_bv(term):
        yield from (term == number for number in NUMBERS)
    elif z3.is_fp(term):
        doubles = (z3.FPVal(number, fps=term.sort(), ctx=term.ctx) for number in DOUBLES)
        yield from (z3.fpEQ(term, double, term.ctx) for double in doubles)


def constants_of(formulas: Iterable[Term]) -> list[Term]:
    """The constants in formulas, in the order in which they occur."""
    found: dict[int, Term] = {}
    seen: set[int] = set()
    waiting = list(formulas)[::-1]
    while waiting:
        term = waiting.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        if z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[term.get_id()] = term
        waiting += reversed([*term.children(), *([term.body()] if z3.is_quantifier(term) else [])])
    return list(found.values())
