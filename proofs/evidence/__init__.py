"""Evidence for the claims register, one module for each way of finding it."""

from cospec.proofs.evidence.cases import each, each_wrong_case, smallest_first
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
from cospec.proofs.evidence.natural import prove_for_each
from cospec.proofs.evidence.refining import refined_by, refines
from cospec.proofs.evidence.runs import lines_of, performed
from cospec.proofs.evidence.solving import counterexample_of, independent, prove
from cospec.proofs.evidence.weighing import (
    conditional,
    confirmed,
    each_part,
    each_reason,
    established,
    limited,
    refuted,
    under,
)
from cospec.proofs.register import Evidence, NotReplayed, weighed

__all__ = [
    "Evidence", "NotReplayed", "always", "conditional", "confirmed", "confluent",
    "counterexample_of", "deadlock_free", "determined", "each", "each_part", "each_reason",
    "each_wrong_case", "established", "independent", "inductive", "leading", "limited",
    "linearizable", "lines_of", "performed", "prove", "prove_for_each", "refined_by", "refines",
    "refuted", "smallest_first", "stepwise", "under", "weighed",
]  # fmt: skip
