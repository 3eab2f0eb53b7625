"""The rules on listings: each finds its defect, and nothing where it is mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models.listing_types import (
    BEHAVIOUR,
    BEHAVIOUR_BY_NAME,
    HANDLING_TYPES,
    Apply,
    Function,
    IllTyped,
    Name,
    TypeDeclaration,
    defects,
    function,
    infer,
    written,
)
from cospec.models.rust_excerpts import EXCERPTS, MENDED, MINIMAL_EXAMPLE, mended
from cospec.models.rust_listings import Listing, ListingError


def numbers(text: str) -> list[str]:
    return sorted(lint.split(":")[0] for lint in Listing.of_text(text).lints())


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        ("000", ["E0038", "E0038", "E0191", "E0277", "E0596", "E0599", "E0599"]),
        ("001", ["E0038", "E0191", "E0369"]),
        ("002", ["E0191", "E0277", "E0277", "E0277", "E0382", "E0596", *["E0599"] * 5]),
        ("003", ["E0046"]),
        ("004", ["E0369", "E0412", "E0599", "E0609"]),
    ],
)
def test_each_document_has_these_defects(document: str, errors: list[str]) -> None:
    assert numbers(EXCERPTS[document]) == errors
    assert Listing.of_text(mended(document)).lints() == []


@pytest.mark.parametrize("number", range(len(MENDED)))
def test_every_edit_is_needed(number: int) -> None:
    document = MENDED[number][0]
    assert Listing.of_text(mended(document, leaving=number)).lints() != []


def test_main_of_the_minimal_example_has_defects_of_its_own() -> None:
    own = [lint for lint in Listing.of_text(MINIMAL_EXAMPLE).lints() if "in main" in lint]
    assert own == [
        "E0063: Event { … }, in main: without aggregate_id, version",
        "E0599: UserCommandHandler::new, in main: UserCommandHandler has no such function",
        "E0599: UserQueryHandler::new, in main: UserQueryHandler has no such function",
    ]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ('[type.A]\nderives = ["Clone"]\nfields = {b = "B"}\n[type.B]', ["E0277"]),
        ('[type.A]\nderives = ["Clone"]\nfields = {b = "B"}\n[type.B]\nderives = ["Clone"]', []),
        ('[fn.f]\ndoes = ["move x", "use y"]', []),
        ('[fn.f]\ndoes = ["use x", "move x"]', []),
        ('[fn.f]\ndoes = ["call Elsewhere::g", "compare Elsewhere"]', []),
        ('[fn.f]\nmutable = true\ndoes = ["change Elsewhere::g"]', []),
        ('[trait.T]\ntypes = {E = []}\n[fn.f]\ndoes = ["dyn T<E = X>"]', []),
        ('[trait.T]\ntypes = {E = []}\n[fn.f]\ndoes = ["dyn T<dyn U<E = X>>"]', ["E0191"]),
        ('[trait.T]\ntypes = {E = []}\n[fn.f]\ndoes = ["dyn T<dyn U<A>, E = X>"]', []),
    ],
    ids=str,
)
def test_rules_look_at_what_is_declared_only(text: str, errors: list[str]) -> None:
    assert numbers(text) == errors


@pytest.mark.parametrize("text", ["[struct.A]", '[fn.f]\ndoes = ["jump"]'], ids=str)
def test_what_describes_no_listing_is_refused(text: str) -> None:
    with pytest.raises(ListingError):
        Listing.of_text(text).lints()


# ------------------------------------------------------------------------------------- Coq


@pytest.mark.parametrize(("kind", "count"), [("Record", 2), ("Inductive", 0), ("CoInductive", 0)])
def test_a_record_may_not_mention_itself(kind: str, count: int) -> None:
    assert len(defects(replace(BEHAVIOUR, kind=kind))) == count
    assert defects(replace(BEHAVIOUR_BY_NAME, kind=kind)) == []


def test_an_inductive_may_not_be_an_argument_of_a_function() -> None:
    itself = ("T",)
    for type, wrong in [
        (function(itself, ("nat",)), True),
        (function(function(("nat",), itself), ("nat",)), True),
        (function(("nat",), ("list", itself)), False),
    ]:
        declared = TypeDeclaration("Inductive", "T", (("field", type),))
        assert bool(defects(declared)) == wrong, written(type)


def test_types_are_inferred_and_named() -> None:
    identity = Function("x", Name("x"))
    assert written(infer(identity, {})) == "a -> a"
    assert written(infer(Apply(identity, Name("event")), HANDLING_TYPES)) == "Event"
    flat_map = infer(Name("flat_map"), HANDLING_TYPES)
    assert written(flat_map) == "(a -> list b) -> (list a) -> list b"


def test_a_function_is_not_applied_to_itself() -> None:
    with pytest.raises(IllTyped, match="is given to"):
        infer(Function("x", Apply(Name("x"), Name("x"))), {})
