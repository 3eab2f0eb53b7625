"""Counterexamples with small numbers where there are some, and proofs for all numbers else.

What z3 finds first may be a deposit of −5,854 where −1 does as well. So a model with few values is
explored as far as a limit, and only if that finds nothing the model with all values is proved.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from cospec.models.model import PropertyKind, parts_of
from cospec.proofs.evidence import always, inductive, stepwise
from cospec.proofs.register import Counterexample, Proof, Undecided

#: How many states of the model with few values are looked at.
LIMIT = 300


def small_first(
    few: Any,
    every: Any,
    name: str,
    text: str,
    bounds: str,
    parameters: Sequence[str] = (),
    among: Mapping[str, Sequence[Hashable]] | None = None,
) -> Proof | Counterexample:
    """Whether an invariant or transition invariant holds: refuted on `few`, or decided on `every`.

    Args:
        few: a state of a model that can be explored, if not to its end.
        every: a state of the model for which it is to be proved.
        name: the method, of both classes.
        text: what it says, in a sentence.
        bounds: which values the first has.
        parameters: fields of the second that may have any value.
        among: the values of fields of the second that have no symbolic form.
    """
    asked = next(each for each in parts_of(type(few))[1] if each.name == name)
    explored = stepwise if asked.kind is PropertyKind.TRANSITION else always
    try:
        found = explored(few, asked.holds, text, bounds, LIMIT)
    except Undecided:
        found = None  # nothing among the states looked at, of which there are more
    if isinstance(found, Counterexample):
        return found
    return inductive(every, name, text, parameters=parameters, among=among)
