"""What several pieces of evidence come to, taken together: searches among small cases, proofs for
all sizes, and hypotheses that were added."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from cospec.proofs.register import Counterexample, Evidence, Finding, Proof, Undecided


def refuted(*parts: Evidence) -> tuple[Counterexample, ...]:
    """The counterexamples among pieces of evidence."""
    return tuple(part for part in parts if isinstance(part, Counterexample))


def established(*parts: Evidence) -> tuple[Proof, ...]:
    """The proofs among pieces of evidence."""
    return tuple(part for part in parts if isinstance(part, Proof))


def under(hypothesis: str, *proofs: Proof) -> tuple[Proof, ...]:
    """Proofs, with the hypothesis that they were found under."""
    return tuple(replace(proof, under=hypothesis) for proof in proofs)


def each_reason(parts: Iterable[Evidence]) -> Finding:
    """As `weighed`, but with every counterexample, where each has a reason of its own."""
    found = each_part(parts)
    return replace(found, proofs=()) if found.counterexamples else found


def each_part(parts: Iterable[Evidence]) -> Finding:
    """As `each_reason`, but with the proofs of those parts of a statement that do hold."""
    found = list(parts)
    return Finding(established(*found), refuted(*found))


def confirmed(found: Evidence, *proofs: Callable[[], Proof]) -> Finding:
    """A counterexample, where there is one among the cases looked at; else the proofs for all."""
    if isinstance(found, Counterexample):
        return Finding(counterexamples=(found,))
    return Finding((*(proof() for proof in proofs), found))


def conditional(found: Evidence, *parts: Evidence) -> Finding:
    """What holds under a hypothesis that the proofs name, with what speaks against the statement
    without it. What is refuted even so is another counterexample.

    Raises:
        Undecided: nothing does, so that no hypothesis is needed in the cases looked at.
    """
    if isinstance(found, Proof):
        raise Undecided(f"no case needs the hypothesis: {found.text}")
    if wrong := refuted(*parts):
        return Finding(counterexamples=(found, *wrong))
    return Finding(established(*parts), (found,))


def limited(proved: Finding, hypothesis: str, *without: Evidence) -> Finding:
    """What was found under a hypothesis, with what speaks against the statement without it; where
    nothing does, what was found stands as it is.

    If the hypothesis is not enough, what speaks against it comes after the rest.
    """
    wrong = refuted(*without)
    if proved.counterexamples:
        return Finding(counterexamples=(*wrong, *proved.counterexamples))
    return Finding(under(hypothesis, *proved.proofs), wrong) if wrong else proved
