"""Names of compositions are looked behind, so that no state is met under two names."""

from __future__ import annotations

import pytest

from cospec.graph.states import explore
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import Call, UnguardedRecursion
from cospec.spec.semantics.unfolded import unfolded
from cospec.spec.syntax.session import Session

SCRIPT = r"""
channel a, b, c, d
P = a -> b -> P
Q = c -> d -> Q
BOTH = P ||| Q
HIDDEN = BOTH \ {b}
RENAMED = HIDDEN[[a <- d]]
ALPHABETS = || i:{0, 1} @ [{a, b, c, d}] (if i == 0 then BOTH else Q ||| P)
CHOICE = P [] Q
LOOP = LOOP ||| P
"""


@pytest.fixture(scope="module")
def session() -> Session:
    return Session.of_text(SCRIPT)


@pytest.mark.parametrize(
    ("name", "states"),
    [("P", 2), ("BOTH", 4), ("HIDDEN", 4), ("RENAMED", 4), ("ALPHABETS", 4), ("CHOICE", 5)],
)
def test_each_state_is_met_once(session: Session, name: str, states: int) -> None:
    process = session.process(name)
    assert len(explore(FiringRules(unfolded(process)), 100).states) == states


@pytest.mark.parametrize("name", ["HIDDEN", "RENAMED", "ALPHABETS"])
def test_nothing_else_changes(session: Session, name: str) -> None:
    """The start was met under its name, and as the composition that it is: no more than that."""
    process = session.process(name)
    named, bare = explore(FiringRules(process), 100), explore(FiringRules(unfolded(process)), 100)
    assert len(named.states) == len(bare.states) + 1
    after = {e for s, e, _ in named.edges if s == 0}
    assert after == {e for s, e, _ in bare.edges if s == 0}
    assert {e for _, e, _ in named.edges} == {e for _, e, _ in bare.edges}


def test_names_that_a_process_comes_back_to_stay(session: Session) -> None:
    assert unfolded(session.process("P")) is session.process("P")
    assert isinstance(unfolded(session.process("CHOICE")), Call)


def test_a_name_that_leads_back_to_itself_is_left_to_the_rules(session: Session) -> None:
    rules = FiringRules(unfolded(session.process("LOOP")))
    with pytest.raises(UnguardedRecursion):
        rules.transitions(*rules.initial_states())
