"""Evidence for the claims register, one module for each way of finding it."""

from cospec.proofs.evidence.cases import each
from cospec.proofs.evidence.exploring import (
    always,
    confluent,
    deadlock_free,
    determined,
    leading,
    linearizable,
    stepwise,
)
from cospec.proofs.evidence.inducing import inductive
from cospec.proofs.evidence.refining import refined_by, refines
from cospec.proofs.evidence.runs import lines_of, performed
from cospec.proofs.evidence.solving import counterexample_of, independent, prove
from cospec.proofs.register import NotReplayed, weighed

__all__ = [
    "NotReplayed", "always", "confluent", "counterexample_of", "deadlock_free", "determined",
    "each", "independent", "inductive", "leading", "linearizable", "lines_of", "performed", "prove",
    "refined_by", "refines", "stepwise", "weighed",
]  # fmt: skip
