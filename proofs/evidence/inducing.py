"""Evidence by induction: invariants of a model class, for all values of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cospec.checker.verdict import Verdict
from cospec.models.model import PropertyKind, parts_of
from cospec.proofs.evidence.runs import lines_of, performed
from cospec.proofs.induction import DEPTH, Proved, prove
from cospec.proofs.register import Counterexample, Method, NotReplayed, Proof, Undecided


@lru_cache(maxsize=32)
def _proved(
    start: Any,
    parameters: tuple[str, ...],
    where: Callable[[Any], bool] | None,
    among: tuple[tuple[str, tuple[Hashable, ...]], ...] | None,
    induction: int,
    depth: int,
) -> Proved:
    """The answers on all invariants of a class; several claims ask for the same."""
    return prove(
        start,
        parameters=parameters,
        where=where,
        among=None if among is None else dict(among),
        induction=induction,
        depth=depth,
    )


def inductive(
    start: Any,
    name: str,
    text: str,
    parameters: Sequence[str] = (),
    where: Callable[[Any], bool] | None = None,
    among: Mapping[str, Sequence[Hashable]] | None = None,
    induction: int = 1,
    depth: int = DEPTH,
) -> Proof | Counterexample:
    """Whether an invariant or transition invariant of a model class holds for all values of the
    parameters (`cospec.proofs.induction.prove`, which explains the arguments).

    The other invariants of the class are proved with it, and help.

    Raises:
        Undecided: neither proved nor refuted.
    """
    values = None if among is None else tuple((n, tuple(each)) for n, each in among.items())
    proved = _proved(start, tuple(parameters), where, values, induction, depth)
    answer = proved.answers[name]
    if answer.verdict is Verdict.UNKNOWN:
        run = "" if answer.run is None else "\n" + str(answer.run)
        raise Undecided(f"{name}: {answer.reason}{run}")
    if answer.run is None:
        return Proof(Method.Z3_PROOF, text)
    run_found = answer.run
    asked = next(each for each in parts_of(type(start))[1] if each.name == name)
    width = 2 if asked.kind is PropertyKind.TRANSITION else 1

    def replay() -> None:
        performed(run_found.states[0], run_found)
        if asked.holds(*run_found.states[-width:]):
            raise NotReplayed("the run keeps the property")

    return Counterexample(Method.Z3_MODEL, f"Not so: {text}", lines_of(run_found), replay)
