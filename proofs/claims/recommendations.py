"""Claims on recommending patterns (M08): seed 000, section 6.2, and the selection guides of seeds
000 and 001. Flags are finitely many, so that all inputs are gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations

import z3

from cospec.models.recommender import (
    GUIDE_000,
    GUIDE_001,
    REPAIRED,
    RESILIENT,
    Pattern,
    Recommendation,
    Recommender,
    Requirement,
    Row,
)
from cospec.proofs.evidence import each, each_wrong_case, independent, weighed
from cospec.proofs.register import (
    Finding,
    Method,
    Register,
    Truth,
)

CLAIMS = Register()

SEED = "seed 000, section 6.2"

AS_WRITTEN = Recommender()


# ----------------------------------------------------------------------- which pattern to choose


def asked_of(recommender: Recommender) -> Iterator[frozenset[Requirement]]:
    """All that can be asked, what asks for the least first."""
    for count in range(len(recommender.requirements) + 1):
        yield from map(frozenset, combinations(recommender.requirements, count))


def _bounds(recommender: Recommender) -> str:
    count = len(recommender.requirements)
    return f"all {2**count} inputs, {count} flags"


def _asking(asked: AbstractSet[Requirement]) -> str:
    return " ∧ ".join(sorted(each.value for each in asked)) or "nothing is asked for"


def _told(recommender: Recommender) -> Callable[[AbstractSet[Requirement]], str]:
    def told(asked: AbstractSet[Requirement]) -> str:
        return f"{_asking(asked)} ⇒ {', '.join(map(str, recommender.recommend(asked)))}"

    return told


def patterns(answers: Sequence[Recommendation]) -> frozenset[Pattern]:
    """The patterns, without their configurations."""
    return frozenset(answer.pattern for answer in answers)


@CLAIMS.claim(
    "recommend-total",
    model="M08",
    source=f"{SEED}, definition recommend_pattern",
    statement=(
        "recommend_pattern gives one pattern for every input, always the same, and each of its "
        "five outcomes for some."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def total(recommender: Recommender = AS_WRITTEN) -> Finding:
    """Each input is asked twice."""

    def one_answer(asked: AbstractSet[Requirement]) -> bool:
        answer = recommender.recommend(asked)
        return len(answer) == 1 and answer == recommender.recommend(asked)

    outcomes = {
        answer for asked in asked_of(recommender) for answer in recommender.recommend(asked)
    }
    bounds = _bounds(recommender)
    return weighed(
        (
            each(asked_of(recommender), one_answer, "one pattern", bounds, _told(recommender)),
            each([outcomes], lambda found: len(found) == 5, "five outcomes", bounds, _outcomes),
        )
    )


def _outcomes(found: AbstractSet[Recommendation]) -> tuple[str, ...]:
    return tuple(sorted(map(str, found)))


@CLAIMS.claim(
    "recommend-table",
    model="M08",
    source=f"{SEED}, definition recommend_pattern and pattern selection guide",
    statement=(
        "The function agrees with the document's own selection guide: for each scenario there is "
        "an input for which it recommends the patterns of that row."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recommend-table-repaired",
)
def table(recommender: Recommender = AS_WRITTEN) -> Finding:
    """Every row recommends two patterns, the function one, and CQRS never."""
    known = set(recommender.requirements)

    def agrees(row: Row) -> bool:
        if row.reasons <= known:
            return patterns(recommender.recommend(row.reasons)) == row.patterns
        return any(
            patterns(recommender.recommend(a)) == row.patterns for a in asked_of(recommender)
        )

    text, bounds = "the row can be recommended", _bounds(recommender)
    return each_wrong_case(GUIDE_000, agrees, text, bounds, _missed(recommender))


def _missed(recommender: Recommender) -> Callable[[Row], tuple[str, ...]]:
    def missed(row: Row) -> tuple[str, ...]:
        closest = max(
            (patterns(recommender.recommend(asked)) for asked in asked_of(recommender)),
            key=lambda found: (len(found & row.patterns), -len(found - row.patterns)),
        )
        return (
            f"{row.scenario}: {_names(row.patterns)}, says the guide",
            f"the closest of all answers: {_names(closest)}",
        )

    return missed


def _names(found: AbstractSet[Pattern]) -> str:
    return " + ".join(sorted(pattern.value for pattern in found))


@CLAIMS.claim(
    "recommend-table-repaired",
    model="M08",
    source=f"{SEED}, repair of recommend_pattern",
    statement=(
        "When it gives all patterns that answer a requirement, CQRS among them, and may be asked "
        "for the reasons that the guide names, it recommends for the reasons of each row exactly "
        "the patterns of that row, and something for every input."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def table_repaired(recommender: Recommender = REPAIRED) -> Finding:
    """The five rows, each asked for by its reasons; and all inputs."""
    found = table(recommender)
    if found.counterexamples:
        return found

    def something(asked: AbstractSet[Requirement]) -> bool:
        return bool(recommender.recommend(asked))

    bounds = _bounds(recommender)
    total = each(asked_of(recommender), something, "a recommendation", bounds, _asking)
    return weighed((*found.proofs, total))


@CLAIMS.claim(
    "recommend-fault-tolerance",
    model="M08",
    source=f"{SEED}, law of recommend_pattern",
    statement=(
        "When fault tolerance is critical, a resilient configuration is recommended, whatever else "
        "is asked for."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recommend-fault-tolerance-repaired",
)
def fault_tolerance(recommender: Recommender = AS_WRITTEN) -> Finding:
    """Where no messages are passed the flag is not looked at: with nothing else, and with each of
    the other two."""

    def resilient(asked: AbstractSet[Requirement]) -> bool:
        return RESILIENT in recommender.recommend(asked)

    critical = [a for a in asked_of(recommender) if Requirement.FAULT_TOLERANCE in a]
    bounds = f"{_bounds(recommender)}, fault tolerance being critical"
    text = "a resilient configuration is recommended"
    return each_wrong_case(critical, resilient, text, bounds, _told(recommender))


@CLAIMS.claim(
    "recommend-fault-tolerance-repaired",
    model="M08",
    source=f"{SEED}, repair of recommend_pattern",
    statement=(
        "When fault tolerance is looked at first, a resilient configuration is recommended "
        "whenever it is critical."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def fault_tolerance_repaired(recommender: Recommender = REPAIRED) -> Finding:
    """All inputs of the repaired recommender, which has more."""
    return fault_tolerance(recommender)


@CLAIMS.claim(
    "recommend-monotone",
    model="M08",
    source=f"{SEED}, law of recommend_pattern",
    statement=(
        "Asking for more, where something was asked for, never takes away a pattern that was "
        "recommended."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="recommend-monotone-repaired",
)
def monotone_patterns(recommender: Recommender = AS_WRITTEN) -> Finding:
    """What is looked at first hides the rest: no pipeline where messages are passed."""
    steps = (
        (asked, more)
        for asked in asked_of(recommender)
        if asked
        for more in recommender.requirements
        if more not in asked
    )

    def keeps(step: tuple[frozenset[Requirement], Requirement]) -> bool:
        asked, more = step
        before, after = recommender.recommend(asked), recommender.recommend({*asked, more})
        return patterns(before) <= patterns(after)

    def shown(step: tuple[frozenset[Requirement], Requirement]) -> tuple[str, ...]:
        told = _told(recommender)
        return told(step[0]), told({*step[0], step[1]})

    text = "what was recommended still is"
    return weighed([each(steps, keeps, text, f"{_bounds(recommender)}, and one flag more", shown)])


@CLAIMS.claim(
    "recommend-monotone-repaired",
    model="M08",
    source=f"{SEED}, repair of recommend_pattern",
    statement=(
        "When it gives all patterns that answer a requirement, asking for more, where something "
        "was asked for, never takes away a pattern that was recommended."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def monotone_patterns_repaired(recommender: Recommender = REPAIRED) -> Finding:
    """One requirement more, and so any number."""
    return monotone_patterns(recommender)


# -------------------------------------------------------------------------- the selection guides


def _advice(guide: tuple[Row, ...], text: str) -> Finding:
    """That nothing follows for a guide whose rows speak of what suits a scenario."""
    scenarios, names = z3.DeclareSort("Scenario"), z3.DeclareSort("PatternName")
    suits = z3.Function("suits", scenarios, names, z3.BoolSort())
    pairs = [
        (row.scenario, name)
        for row in guide
        for name in (*sorted(pattern.value for pattern in row.patterns), *row.others)
    ]
    said = [suits(z3.Const(s, scenarios), z3.Const(name, names)) for s, name in pairs]
    return independent(z3.And(said), text)


@CLAIMS.claim(
    "table-000",
    model="M08",
    source="seed 000, pattern selection guide",
    statement="In each of the five scenarios the patterns named suit best.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def table_000() -> Finding:
    """What suits is defined nowhere."""
    return _advice(
        GUIDE_000,
        "when a pattern suits a scenario is undefined: it is advice; of its reasons isolation is "
        "looked at by actor-isolation, back-pressure by pipeline-backpressure, fault tolerance by "
        "supervision-tree-correctness, determinism by actor-determinism, and whether the function "
        "of the same section says the same by recommend-table",
    )


@CLAIMS.claim(
    "table-001",
    model="M08",
    source="seed 001, pattern selection guide",
    statement="In each of the five scenarios the patterns named suit best.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def table_001() -> Finding:
    """What suits is defined nowhere."""
    return _advice(
        GUIDE_001,
        "when a pattern suits a scenario is undefined: it is advice; that sagas lead to a "
        "consistent end is looked at by saga-repaired and not so for the listing, that a mesh is "
        "transparent by mesh-transparency, and one entrance by the claims on the API gateway",
    )
