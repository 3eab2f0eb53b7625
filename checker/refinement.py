"""Refinement: does the implementation do only what the specification allows?

At each pair of a normal-form node and an implementation state (Roscoe,
*Understanding Concurrent Systems*, 8.3):

* T: each event that the state offers is one that the node allows;
* F: a stable state also offers all of some minimal acceptance of the node; a state that can do
  ✓ counts as offering ✓ alone; and where the node has no acceptances, no state may be stable;
* FD: beyond a divergent node everything is allowed; elsewhere τ must not go on for ever.
"""

from __future__ import annotations

from cospec.checker.labels import TAU_ID
from cospec.checker.normal import NormalForm
from cospec.checker.question import NOTHING, Demand
from cospec.spec.semantics.claims import Model


class RefinementQuestion:
    """Asks each state whether the specification's normal form allows it."""

    def __init__(self, specification: NormalForm, model: Model) -> None:
        self.specification = specification
        self._failures = model is not Model.T
        self._divergences = model is Model.FD
        self.initial = specification.initial

    def demand(self, node: int) -> Demand:
        specification = self.specification
        if self._divergences and specification.divergent(node):
            return NOTHING
        return Demand(
            allowed=specification.allowed(node),
            acceptances=specification.acceptances(node) if self._failures else None,
            convergent=self._divergences,
        )

    def after(self, node: int, event: int) -> int | None:
        if self._divergences and self.specification.divergent(node):
            return None
        return node if event == TAU_ID else self.specification.after(node, event)
