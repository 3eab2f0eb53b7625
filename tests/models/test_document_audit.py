"""The audit counts what is there, and the transcriptions have what the documents have."""

from __future__ import annotations

import pytest

from cospec.models.coq_listings import COQ_000, COQ_001
from cospec.models.document_audit import SETS, STANDARD, Audit, AuditError

AUDITS = [Audit.of_text(COQ_000), Audit.of_text(COQ_001)]


@pytest.mark.parametrize(
    ("audit", "theorems", "lemmas", "names"),
    [(AUDITS[0], 9, 11, 90), (AUDITS[1], 6, 10, 111)],
    ids=["000", "001"],
)
def test_theorems_lemmas_and_undefined_names_are_counted(
    audit: Audit, theorems: int, lemmas: int, names: int
) -> None:
    assert len(audit.theorems) == theorems
    assert len(audit.unstated()) == lemmas
    assert len(audit.undefined()) == names


def test_a_lemma_that_is_stated_is_not_missing() -> None:
    stated = f"{COQ_000}\ntheorem supervision_strategy_soundness: SupervisionTree\n"
    assert Audit.of_text(stated).missing("supervision_tree_correctness") == []
    assert "supervision_tree_correctness" in Audit.of_text(stated).proved()


def test_a_lemma_that_rests_on_one_that_is_not_stated_proves_nothing() -> None:
    text = "theorem a: x by b\ntheorem b: x by c\n"
    assert Audit.of_text(text).missing("a") == ["c"]
    assert Audit.of_text(text).proved() == []
    assert Audit.of_text(text, {"c"}).proved() == ["a", "b"]


def test_theorems_that_rest_on_each_other_are_not_proved() -> None:
    audit = Audit.of_text("theorem a: by b\ntheorem b: by a\ntheorem c: by a\ntheorem d:\n")
    assert audit.proved() == ["d"]


def test_a_library_of_sets_closes_the_laws_of_choice_only() -> None:
    for audit, more in zip(AUDITS, (2, 0), strict=True):
        with_sets = Audit(audit.declarations, STANDARD | SETS)
        assert len(with_sets.proved()) - len(audit.proved()) == more


def test_what_no_one_uses_is_told() -> None:
    # The listing of the actors calls neither of the two.
    assert {"spawn", "become", "actor_system_step"} <= set(AUDITS[0].unused())
    assert "receive" not in AUDITS[0].unused()


@pytest.mark.parametrize("line", ["lemma a: b", "theorem: a", "theorem a b: c"])
def test_lines_that_declare_nothing_are_refused(line: str) -> None:
    with pytest.raises(AuditError, match="no declaration"):
        Audit.of_text(line)
