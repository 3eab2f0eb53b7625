"""Claims of documents about themselves change with what is transcribed of these."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.coq_listings import COQ_000, COQ_001
from cospec.models.document_audit import Audit
from cospec.models.listing_types import BEHAVIOUR, EVENT_HANDLING, HANDLING_REPAIRED
from cospec.models.minimal_example import REPAIRED, REPAIRS
from cospec.models.rust_excerpts import CASES_004, MENDED
from cospec.proofs.claims import documents, listings
from cospec.proofs.register import Finding, Truth, Undecided


def replayed(finding: Finding) -> Truth | None:
    for wrong in finding.counterexamples:
        wrong.replay()
    return finding.verdict


def with_lemmas(text: str) -> str:
    """A document that states what it applies, without proof by anything else."""
    stated = "".join(f"theorem {name}:\n" for name in Audit.of_text(text).unstated())
    return f"{text}{stated}"


@pytest.mark.parametrize(
    ("claim", "text"),
    [(documents.mechanised_000, COQ_000), (documents.mechanised_001, COQ_001)],
    ids=["000", "001"],
)
def test_with_all_lemmas_the_theory_is_mechanised(claim: object, text: str) -> None:
    assert callable(claim)
    assert replayed(claim(text)) is Truth.FALSE
    assert replayed(claim(with_lemmas(text))) is Truth.TRUE


def test_another_number_of_theorems_proved_is_noticed() -> None:
    with pytest.raises(Undecided, match="none"):
        documents.mechanised_000_repaired(COQ_000.replace("functional_extensionality", "nowhere"))
    with pytest.raises(Undecided, match="saga_correctness"):
        documents.mechanised_001_repaired(with_lemmas(COQ_001))


def test_the_minimal_example_ends_at_its_command() -> None:
    compiled, run = documents.minimal_example().counterexamples
    assert len(compiled.steps) == 13
    assert run.steps[-1].endswith("main has ended with UserError.AGGREGATE_NOT_FOUND")


@pytest.mark.parametrize("repair", REPAIRS)
def test_without_a_repair_the_minimal_example_does_not_do_it(repair: str) -> None:
    assert documents.minimal_example_repaired().verdict is Truth.TRUE
    finding = documents.minimal_example_repaired(replace(REPAIRED, **{repair: False}))
    assert replayed(finding) is Truth.FALSE


@pytest.mark.parametrize("number", range(len(MENDED)))
def test_without_an_edit_the_rules_find_something(number: int) -> None:
    assert replayed(documents.compiles_repaired(leaving=number)) is Truth.FALSE


def test_cases_are_counted() -> None:
    assert "2 of 5" in documents.five_cases().vacuous
    with pytest.raises(Undecided, match="4 cases"):
        documents.five_cases(dict(list(CASES_004.items())[1:]))


# ------------------------------------------------------------------------------- listings


def test_as_an_inductive_a_behaviour_has_no_circle() -> None:
    record, inductive = listings.behavior_type().counterexamples
    assert len(record.steps) == 2
    assert inductive.text.startswith("as an Inductive")
    assert replayed(listings.behavior_type(replace(BEHAVIOUR, kind="Inductive"))) is Truth.FALSE
    assert listings.behavior_type(replace(BEHAVIOUR, kind="CoInductive")).verdict is Truth.TRUE


def test_an_expression_with_a_type_is_no_longer_vacuous() -> None:
    assert listings.handler_typing(HANDLING_REPAIRED).verdict is Truth.TRUE
    with pytest.raises(TypeError, match="list \\(list Event\\)"):
        listings.handler_typing(EVENT_HANDLING, EVENT_HANDLING)


def test_types_are_given_up_in_eleven_places() -> None:
    (wrong,) = listings.types().counterexamples
    assert len([step for step in wrong.steps if step.startswith("seed")]) == 11
    assert replayed(listings.types()) is Truth.FALSE
