"""What a search among small cases and a proof for all sizes come to, taken together."""

from __future__ import annotations

from collections.abc import Callable

from cospec.proofs.register import Counterexample, Finding, Proof, Undecided

#: What a search gives.
Evidence = Proof | Counterexample


def confirmed(found: Evidence, *proofs: Callable[[], Proof]) -> Finding:
    """A counterexample, where there is one among the cases looked at; else the proofs for all."""
    if isinstance(found, Counterexample):
        return Finding(counterexamples=(found,))
    return Finding((*(proof() for proof in proofs), found))


def conditional(found: Evidence, *proofs: Proof) -> Finding:
    """What holds under a hypothesis, with what speaks against the statement without it.

    Raises:
        Undecided: nothing does, so that no hypothesis is needed in the cases looked at.
    """
    if isinstance(found, Proof):
        raise Undecided(f"no case needs the hypothesis: {found.text}")
    return Finding(proofs, (found,))


def refuted(*parts: Evidence) -> tuple[Counterexample, ...]:
    """The counterexamples among pieces of evidence."""
    return tuple(part for part in parts if isinstance(part, Counterexample))
