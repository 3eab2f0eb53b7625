"""When all runs of a system end alike: the diamond property, for relations of any kind.

If two different steps from one state can always be completed to the same state by one more step
each, then a state from which *some* run ends after n steps has no other runs than such that end
after n steps in the same state (M. H. A. Newman, *On theories with a combinatorial definition of
"equivalence"*, Annals of Mathematics 43, 1942; this is the simple case). Proved by z3 for an
uninterpreted relation, by induction on n.
"""

from __future__ import annotations

from typing import Any

import z3

from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof

State = z3.DeclareSort("AnyState")
_Truth = z3.BoolSort()
_step = z3.Function("step", State, State, _Truth)
_s, _t, _u, _end = (z3.Const(name, State) for name in ("s", "t", "u", "end"))


class _Level:
    """Of a number n of steps: `some(s, end)`, a run of n steps from s ends in `end`; and
    `every(s, end)`, all runs from s do. A run ends where no step is possible."""

    def __init__(self, name: str) -> None:
        self.some: Any = z3.Function(f"some {name}", State, State, _Truth)
        self.every: Any = z3.Function(f"every {name}", State, State, _Truth)
        self.every_gives_some = self._for_all(self.every, self.some)
        self.some_gives_every = self._for_all(self.some, self.every)

    @staticmethod
    def _for_all(one: Any, other: Any) -> z3.BoolRef:
        return z3.ForAll((_s, _end), z3.Implies(one(_s, _end), other(_s, _end)))

    def _means(self, some: z3.BoolRef, every: z3.BoolRef) -> z3.BoolRef:
        both = z3.And(self.some(_s, _end) == some, self.every(_s, _end) == every)
        return z3.ForAll((_s, _end), both)

    def without_a_step(self) -> z3.BoolRef:
        """What both mean for n = 0."""
        ended = z3.And(_s == _end, z3.Not(z3.Exists(_t, _step(_s, _t))))
        return self._means(ended, ended)

    def one_more_than(self, below: _Level) -> z3.BoolRef:
        """What both mean for n + 1, if `below` is for n."""
        some = z3.Exists(_t, z3.And(_step(_s, _t), below.some(_t, _end)))
        able = z3.Exists(_t, _step(_s, _t))
        onward = z3.ForAll(_t, z3.Implies(_step(_s, _t), below.every(_t, _end)))
        return self._means(some, z3.And(able, onward))


#: Two different steps can be completed to the same state.
DIAMOND = z3.ForAll(
    (_s, _t, _u),
    z3.Implies(
        z3.And(_step(_s, _t), _step(_s, _u), _t != _u),
        z3.Exists(_end, z3.And(_step(_t, _end), _step(_u, _end))),
    ),
)


def diamond_gives_one_end(diamond: z3.BoolRef = DIAMOND) -> Proof:
    """Proves the theorem above.

    Raises:
        Undecided: it does not follow from what is given instead of the diamond property.
    """
    first, second = _Level("0"), _Level("1")
    basis = first.without_a_step()
    low, middle, high = _Level("n"), _Level("n + 1"), _Level("n + 2")
    above, further = middle.one_more_than(low), high.one_more_than(middle)
    # Where all runs end alike, some run ends so.
    prove(first.every_gives_some, basis)
    prove(middle.every_gives_some, above, low.every_gives_some)
    # Where some run ends, all runs end alike.
    prove(first.some_gives_every, basis)
    prove(second.some_gives_every, basis, second.one_more_than(first), diamond)
    hypotheses = low.every_gives_some, middle.some_gives_every
    prove(high.some_gives_every, further, above, *hypotheses, diamond)
    text = (
        "diamond property ⇒ if one run from a state ends after n steps, every run from it ends "
        "after n steps, in the same state: by induction on n, for any relation"
    )
    return Proof(Method.Z3_PROOF, text)
