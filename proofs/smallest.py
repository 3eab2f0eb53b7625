"""The smallest of the models that z3 might give.

Which model z3 finds depends on what it was asked before; a counterexample should not, and should
have no number in it larger than it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import z3

from cospec.proofs.forking import Term

#: Values that are tried for a number, a text and the length of a sequence, in this order.
NUMBERS = (0, 1, 2, 3, -1, -2)
TEXTS = ("", "a", "b")
LENGTHS = (0, 1, 2, 3)


def smallest(solver: z3.Solver, terms: Sequence[Term]) -> z3.ModelRef:
    """The model of what a solver has found satisfiable in which each term has the smallest value
    that those before it leave it.

    Numbers beyond the first few are taken as z3 gives them. Cost: some checks for each term.
    """
    model = solver.model()
    solver.push()
    waiting = list(reversed(terms))
    while waiting:
        term = waiting.pop()
        for wish in _wishes(term):
            if not z3.is_true(model.eval(wish, model_completion=True)):
                if solver.check(wish) != z3.sat:
                    continue
                model = solver.model()
            solver.add(wish)
            break
        else:
            solver.add(term == model.eval(term, model_completion=True))
        if isinstance(term, z3.SeqRef) and not term.is_string():
            length = model.eval(z3.Length(term), model_completion=True).as_long()
            waiting += [term[place] for place in reversed(range(length))]
    solver.pop()
    return model


def _wishes(term: Term) -> Iterator[Term]:
    """What a small value would satisfy, the smallest first."""
    if z3.is_bool(term):
        yield z3.Not(term)
    elif z3.is_int(term):
        yield from (term == number for number in NUMBERS)
    elif isinstance(term, z3.SeqRef):
        if term.is_string():
            yield from (term == z3.StringVal(text) for text in TEXTS)
        else:
            yield from (z3.Length(term) == length for length in LENGTHS)
