"""Refinement: does the implementation do only what the specification allows?

At each pair of a normal-form node and an implementation state (LANGUAGE.md 22; Roscoe,
*Understanding Concurrent Systems*, 8.3):

* T: each event that the state offers is one that the node allows;
* F: a stable state also offers all of some minimal acceptance of the node; a state that can do
  ✓ counts as offering ✓ alone; and where the node has no acceptances, no state may be stable;
* FD: beyond a divergent node everything is allowed; elsewhere τ must not go on for ever.
"""

from __future__ import annotations

from cospec.checker.labels import TAU_BIT, TAU_ID, TICK_BIT
from cospec.checker.normal import NormalForm
from cospec.checker.verdict import Kind
from cospec.spec.semantics.claims import Model


class RefinementQuestion:
    """Asks each state whether the specification's normal form allows it."""

    def __init__(self, specification: NormalForm, model: Model) -> None:
        self.specification = specification
        self._failures = model is not Model.T
        self._divergences = model is Model.FD
        self.initial = specification.initial

    def judge(self, node: int, offers: int) -> Kind | None:
        specification = self.specification
        if self._divergences and specification.divergent(node):
            return None
        if offers & ~TAU_BIT & ~specification.allowed(node):
            return Kind.TRACE
        if self._failures:
            accepted = acceptance(offers)
            if accepted is not None and not any(
                least & ~accepted == 0 for least in specification.acceptances(node)
            ):
                return Kind.FAILURE
        return None

    def after(self, node: int, event: int) -> int | None:
        if self._divergences and self.specification.divergent(node):
            return None
        return node if event == TAU_ID else self.specification.after(node, event)

    def must_converge(self, node: int) -> bool:
        return self._divergences and not self.specification.divergent(node)


def acceptance(offers: int) -> int | None:
    """What a state that offers these events cannot refuse; None when it is not stable.

    ✓ cannot be prevented, so a state that can do it may refuse all else.
    """
    if offers & TICK_BIT:
        return TICK_BIT
    return None if offers & TAU_BIT else offers
