"""Claims of the documents about themselves (M09): what is mechanised, what runs, what compiles.

What a document states and applies is transcribed in `cospec.models.coq_listings` and
`cospec.models.rust_excerpts`; the numbers are counted there, each time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import z3

from cospec.models.coq_listings import COQ_000, COQ_001
from cospec.models.document_audit import SETS, STANDARD, Audit
from cospec.models.minimal_example import REPAIRED, MinimalExample
from cospec.models.rust_excerpts import (
    CASES_004,
    EXCERPTS,
    MENDED,
    MINIMAL_EXAMPLE,
    mended,
)
from cospec.models.rust_listings import Listing
from cospec.proofs.claims import csp_laws, pipeline_filters
from cospec.proofs.evidence import independent, leading
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()


# ---------------------------------------------------------------------------------- mechanised


def _mechanised(text: str, share: int, library: Collection[str] = STANDARD) -> Finding:
    """Whether so many of a hundred theorems are proved by the document."""
    audit = Audit.of_text(text, library)
    stated, proved = audit.theorems, audit.proved()
    counted = f"{len(proved)} of {len(stated)} theorems are proved"
    if 100 * len(proved) >= share * len(stated):
        return Finding((Proof(Method.STATIC, counted),))

    def replay() -> None:
        # Line by line: a theorem is open if one of the lemmas after its `by` begins no line.
        lines = " ".join(text.split("\n  ")).splitlines()
        begun = {line.split()[1].rstrip(":") for line in lines if line.startswith("theorem ")}
        known = {*begun, *library}
        theorems = [line for line in lines if line.startswith("theorem ")]
        closed = [t for t in theorems if set(t.partition(" by ")[2].split()) <= known]
        if 100 * len(closed) >= share * len(theorems):
            raise NotReplayed(f"{len(closed)} of {len(theorems)} theorems are proved")

    open_ones = [name for name in stated if name not in proved]
    steps = [f"{name}: no lemma {', '.join(audit.missing(name))}" for name in open_ones]
    names, lemmas = audit.undefined(), audit.unstated()
    steps.append(
        f"{len(lemmas)} lemmas that are applied and {len(names)} names that are used exist nowhere"
    )
    text_ = f"{counted}, and not {share} %"
    return Finding(counterexamples=(Counterexample(Method.STATIC, text_, tuple(steps), replay),))


@CLAIMS.claim(
    "meta-mechanised-000",
    model="M09",
    source="seed 000, header and footer",
    statement="85 % of the theory is mechanised: of its theorems at least 85 % are proved in Coq.",
    registered=Truth.FALSE,
    method=Method.STATIC,
    repaired="meta-mechanised-000-repaired",
)
def mechanised_000(text: str = COQ_000) -> Finding:
    """A proof that applies a lemma which exists nowhere is none."""
    return _mechanised(text, 85)


@CLAIMS.claim(
    "meta-mechanised-001",
    model="M09",
    source="seed 001, header and footer",
    statement="81 % of the theory is mechanised: of its theorems at least 81 % are proved in Coq.",
    registered=Truth.FALSE,
    method=Method.STATIC,
    repaired="meta-mechanised-001-repaired",
)
def mechanised_001(text: str = COQ_001) -> Finding:
    """A proof that applies a lemma which exists nowhere is none."""
    return _mechanised(text, 81)


def _exactly(text: str, library: Collection[str], wanted: Collection[str]) -> Proof:
    """Shows which theorems are proved.

    Raises:
        Undecided: it is others.
    """
    audit = Audit.of_text(text, library)
    if set(audit.proved()) != set(wanted):
        raise Undecided(f"proved are {', '.join(audit.proved()) or 'none'}")
    names = ", ".join(wanted) or "none"
    return Proof(Method.STATIC, f"proved are {len(wanted)} of {len(audit.theorems)}: {names}")


@CLAIMS.claim(
    "meta-mechanised-000-repaired",
    model="M09",
    source="seed 000, header and footer, counted",
    statement=(
        "1 of the 9 theorems, pipeline_associativity, is proved with what the document and Coq's "
        "library define; 3 are, the laws of choice among them, with a library of sets besides."
    ),
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def mechanised_000_repaired(text: str = COQ_000) -> Finding:
    """Counted; and that these three are theorems is proved here as well."""
    proved = ["pipeline_associativity"]
    alone = _exactly(text, STANDARD, proved)
    laws = ["csp_choice_commutative", "csp_choice_associative", *proved]
    with_sets = _exactly(text, STANDARD | SETS, laws)
    again = [
        proof
        for check in (csp_laws.choice_comm, csp_laws.choice_assoc, pipeline_filters.associativity)
        for proof in check().proofs
    ]
    return Finding((alone, with_sets, *again))


@CLAIMS.claim(
    "meta-mechanised-001-repaired",
    model="M09",
    source="seed 001, header and footer, counted",
    statement="None of the 6 theorems is proved, with a library of sets or without.",
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def mechanised_001_repaired(text: str = COQ_001) -> Finding:
    """Counted."""
    return Finding((_exactly(text, STANDARD, ()), _exactly(text, STANDARD | SETS, ())))


# ------------------------------------------------------------------------------- what can be run


@CLAIMS.claim(
    "meta-002-mve",
    model="M09",
    source="seed 002, section 5, minimal verifiable example",
    statement=(
        "The minimal verifiable example compiles and runs: the handler is called with the event "
        "that is published, and the query finds the user that was created."
    ),
    registered=Truth.FALSE,
    method=Method.STATIC,
    repaired="meta-002-mve-repaired",
)
def minimal_example(text: str = MINIMAL_EXAMPLE, start: MinimalExample | None = None) -> Finding:
    """What the rules of Rust find in it; and a run of what it means."""
    lints = Listing.of_text(text).lints()
    run = _runs(MinimalExample() if start is None else start)
    wrong = [run] if isinstance(run, Counterexample) else []
    if lints:
        said = f"it does not compile: the rules find {len(lints)} defects"
        wrong.insert(0, _with_lints({"": text}, said, tuple(lints)))
    if wrong:
        return Finding(counterexamples=tuple(wrong))
    return Finding((Proof(Method.STATIC, "the rules find nothing"), *_proofs(run)))


def _runs(start: MinimalExample) -> Proof | Counterexample:
    text = "the handler is called with the event, and the query finds the user"
    return leading(start, lambda state: state.as_announced, text, "one run of main, all schedules")


def _proofs(found: Proof | Counterexample) -> tuple[Proof, ...]:
    return (found,) if isinstance(found, Proof) else ()


@CLAIMS.claim(
    "meta-002-mve-repaired",
    model="M09",
    source="seed 002, section 5, repair of the minimal verifiable example",
    statement=(
        "With a consumer that calls the handler, an empty stream for a user that is not known, "
        "which is one without events, a projection into the read model for which the query waits, "
        "and a query for the user that was created, the handler is called with the event and the "
        "query finds the user."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def minimal_example_repaired(start: MinimalExample = REPAIRED) -> Finding:
    """All schedules of main, the consumer and the projection."""
    run = _runs(start)
    if isinstance(run, Counterexample):
        return Finding(counterexamples=(run,))
    return Finding((run,))


@CLAIMS.claim(
    "meta-004-five-cases",
    model="M09",
    source="seed 004, header",
    statement="The document has five complete cases.",
    registered=Truth.VACUOUS,
    method=Method.STATIC,
)
def five_cases(cases: Mapping[str, tuple[str, ...]] = CASES_004) -> Finding:
    """They are five; what complete means is not said, and where nothing may be left out they are
    not."""
    case = z3.DeclareSort("Case")
    complete = z3.Function("complete", case, z3.BoolSort())
    free = independent(z3.And([complete(z3.Const(name, case)) for name in cases]), "complete")
    partial = {name: left for name, left in cases.items() if left}
    if len(cases) != 5:
        raise Undecided(f"it has {len(cases)} cases")
    counted = Proof(Method.STATIC, f"it has 5 cases: {', '.join(cases)}")
    left_out = "; ".join(f"{name}: {', '.join(left)}" for name, left in partial.items())
    return Finding(
        (counted, *free.proofs),
        vacuous=f"when a case is complete is not said; {len(partial)} of {len(cases)} leave "
        f"something out ({left_out})",
    )


# ---------------------------------------------------------------------------- what compiles


def _with_lints(excerpts: Mapping[str, str], text: str, steps: tuple[str, ...]) -> Counterexample:
    """What the rules find, to be found again when the excerpts are read anew."""

    def replay() -> None:
        again = [lint for read in excerpts.values() for lint in Listing.of_text(read).lints()]
        if not again or len(again) != len(steps):
            raise NotReplayed("the rules find something else")

    return Counterexample(Method.STATIC, text, steps, replay)


@CLAIMS.claim(
    "meta-compiles",
    model="M09",
    source="seeds 000 to 004, Rust listings",
    statement="The Rust listings are valid Rust.",
    registered=Truth.FALSE,
    method=Method.STATIC,
    repaired="meta-compiles-repaired",
)
def compiles(excerpts: Mapping[str, str] = EXCERPTS) -> Finding:
    """A few rules of Rust, on what the listings declare; rustc has more."""
    steps = tuple(
        f"seed {document}: {lint}"
        for document, text in excerpts.items()
        for lint in Listing.of_text(text).lints()
    )
    if steps:
        documents = len({step.split(":")[0] for step in steps})
        text = f"{len(steps)} defects that the rules find, in {documents} documents"
        return Finding(counterexamples=(_with_lints(excerpts, text, steps),))
    return Finding((Proof(Method.STATIC, "the rules find nothing"),))


@CLAIMS.claim(
    "meta-compiles-repaired",
    model="M09",
    source="seeds 000 to 004, Rust listings mended",
    statement=(
        f"After {len(MENDED)} edits the rules of Rust that are checked here find nothing in the "
        "listings. (They are no compiler: beyond these rules the listings are pseudocode, whose "
        "meaning is that of the models here.)"
    ),
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def compiles_repaired(leaving: int | None = None) -> Finding:
    """Each edit is needed (`leaving` one out)."""
    return compiles({document: mended(document, leaving) for document in EXCERPTS})
