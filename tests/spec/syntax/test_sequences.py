"""A sequence that is produced on demand keeps its elements, whatever happens on the way."""

from __future__ import annotations

import pytest
from clock import interrupted

from cospec.checker import budget
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.session import Session


@pytest.mark.parametrize(
    "sequence",
    [
        "<x | x <- <1, 0, 2>, 1 / x >= 0>",
        'concat(<<1>, error("no"), <2>>)',
        '<1..2> ^ error("no")',
    ],
)
def test_a_mistake_in_a_sequence_is_no_end_of_it(sequence) -> None:
    session = Session.of_text(f"xs = {sequence}\n")

    for _ in range(3):
        with pytest.raises(ScriptError):
            session.evaluate("#xs")


def test_an_interrupted_sequence_goes_on_where_it_was() -> None:
    """A timeout must not leave a shorter sequence behind for the next assertion."""
    session = Session.of_text(
        "slow(n) = if n == 0 then true else slow(n - 1)\nxs = <x | x <- <1..40>, slow(x * 20)>\n"
    )
    for calls in (1, 2, 3, 10, 30, 100, 300, 1000, 3000):  # each goes on where the last one was
        assert interrupted(lambda: session.evaluate("#xs"), calls)

    assert budget.run(lambda: session.evaluate("xs")) == session.evaluate("<1..40>")
