"""Whatever a script is made of, it gets an answer, and soon.

Each script goes through the front end: it is read, parsed, its names and types are looked at. If
it is good, its assertions and constants are evaluated as well, and a few states of its processes;
so are those of ill-typed scripts, for types need not be asked for. Nothing of that may end in a
traceback, in a hang or in the end of the interpreter; every mistake has a number and a place in the
text; and a well-typed script makes no mistake of types.

`make fuzz` looks at 20,000 scripts. A failure names the seed of its script, which `script(seed)` of
`mutations` gives again.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator

import pytest
from agreement import agrees
from examiner import Examiner, Report
from hypothesis import HealthCheck, given, settings
from mutations import corpus, pieces, script, scripts

from cospec.spec.syntax.session import Session
from cospec.spec.syntax.types.terms import BOOL, EVENT, INT, Dotable, Dotted, SetOf, TupleOf

#: A run gives up after so many scripts that something is wrong with.
MOST_FAULTS = 10


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as examiner:
        yield examiner


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(text=scripts())
def test_a_random_script_is_answered(examiner: Examiner, text: bytes) -> None:
    report = examiner.examine(text)
    assert not report.fault, f"{report.fault}\n{shown(text)}"


@pytest.mark.slow
def test_thousands_of_random_scripts_are_answered(examiner: Examiner, fuzz: int, seed: int) -> None:
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = Report(""), seed
    faults: list[str] = []
    for number in range(seed, seed + fuzz):
        report = examiner.examine(script(number))
        outcomes[report.outcome] += 1
        slowest = max(slowest, (report, number), key=lambda pair: pair[0].seconds)
        if report.fault:
            faults.append(f"seed {number}: {report.fault}\n{shown(script(number))}")
        if len(faults) == MOST_FAULTS:
            break
    print(f"seeds {seed} to {number}: {dict(outcomes.most_common())}")
    print(f"the slowest: seed {slowest[1]}, {slowest[0].seconds:.2f} s in the front end")
    assert not faults, "\n\n".join(faults)


def shown(text: bytes) -> str:
    """A script for a failure's message, with nothing that a terminal would act upon."""
    return text.decode("latin-1").encode("unicode_escape").decode().replace("\\n", "\n")


# ------------------------------------------------------------ the fuzzing itself works


def test_every_kind_of_outcome_comes_about(examiner: Examiner) -> None:
    outcomes = collections.Counter(examiner.examine(script(seed)).outcome for seed in range(150))
    kinds = {outcome[:2] for outcome in outcomes}
    assert {"X1", "X2", "X3", "X4", "ev"} <= kinds
    assert outcomes["evaluated"] > 10


def test_a_seed_gives_the_same_script_again() -> None:
    assert [script(seed) for seed in range(50)] == [script(seed) for seed in range(50)]


def test_pieces_make_up_the_script_that_they_come_from() -> None:
    for each in corpus():
        assert pieces("".join(each)) == each


def test_a_program_that_ends_is_reported_and_started_anew(
    examiner: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examiner.examine(b"x = 1\n").outcome == "evaluated"
    monkeypatch.setattr("examiner.PATIENCE", 0.0)
    assert "no answer" in examiner.examine(b"x = 1\n").fault
    monkeypatch.undo()
    assert examiner.examine(b"x = 1\n").outcome == "evaluated"


def test_a_value_that_is_not_of_its_type_is_noticed() -> None:
    session = Session.of_text("channel c : Bool")
    pair, event, channel, dots = map(session.value, ("(1, true)", "c.true", "c", "1.true"))
    fitting = [
        (pair, TupleOf((INT, BOOL))), (event, EVENT), (channel, Dotable(BOOL, EVENT)),
        (dots, Dotted(INT, BOOL)), (session.value("{1}"), SetOf(INT)),
    ]  # fmt: skip
    assert all(agrees(value, its) for value, its in fitting)
    for value, its in fitting:
        assert [other for other, _ in fitting if agrees(other, its)] == [value]
        assert not agrees(value, BOOL)
