"""Faults happen as often as their budgets say, and no more often."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.checker.exploration import Exploration
from cospec.models.faults import (
    ConcurrentWrites,
    Crashes,
    DuplicatedMessages,
    LostMessages,
    LostReplies,
    Reorderings,
    Timeouts,
)
from cospec.models.model import ModelSystem, action, invariant, require
from cospec.proofs.evidence import inductive
from cospec.proofs.register import Proof


@dataclass(frozen=True)
class Link(LostMessages, DuplicatedMessages, Reorderings):
    """A network on which two messages are."""

    in_flight: tuple[str, ...] = ("a", "b")
    arrived: str = ""
    losses: int = 0
    duplicates: int = 0
    reorderings: int = 0

    @action
    def deliver(self) -> Link:
        """The next message arrives."""
        require(self.in_flight)
        first, *others = self.in_flight
        return replace(self, in_flight=tuple(others), arrived=self.arrived + first)


def arrivals(start: Link) -> set[str]:
    """What may have arrived at the end."""
    return {
        state.arrived for state in Exploration(ModelSystem(start)).states if not state.in_flight
    }


def test_without_a_budget_nothing_goes_wrong() -> None:
    assert arrivals(Link()) == {"ab"}


def test_each_fault_of_a_network_does_what_its_name_says() -> None:
    assert arrivals(Link(losses=1)) == {"ab", "a", "b"}
    assert arrivals(Link(losses=2)) == {"ab", "a", "b", ""}
    assert arrivals(Link(reorderings=1)) == {"ab", "ba"}
    assert arrivals(Link(duplicates=1)) == {"ab", "aba", "abb"}
    assert "ba" in arrivals(Link(losses=1, duplicates=1))


@dataclass(frozen=True)
class Client(Crashes, Timeouts, LostReplies, ConcurrentWrites):
    """Adds to a counter in a store that others write to."""

    asking: bool = False
    stored: int = 0
    known: int = 0
    crashes: int = 0
    timeouts: int = 0
    lost_replies: int = 0
    writes: int = 0

    @action
    def ask(self) -> Client:
        """Begins."""
        require(not self.asking)
        return replace(self, asking=True)

    @action
    def succeed(self) -> Client:
        """The store is written, and the client knows it."""
        require(self.asking)
        return replace(self, asking=False, stored=self.stored + 1, known=self.stored + 1)

    def after_crash(self) -> Client:
        """Nothing is known."""
        return replace(self, asking=False, known=0)

    def after_timeout(self) -> Client:
        """The client has given up."""
        require(self.asking)
        return replace(self, asking=False)

    def without_reply(self) -> Client:
        """The store is written, and the client does not know."""
        require(self.asking)
        return replace(self, asking=False, stored=self.stored + 1)

    def after_write(self) -> list[Client]:
        """Somebody else adds one or two."""
        return [replace(self, stored=self.stored + n) for n in (1, 2)]

    @invariant
    def knows_no_more(self) -> bool:
        """The client knows of nothing that is not stored."""
        return self.known <= self.stored

    @invariant
    def counts(self) -> bool:
        """What is stored is not negative."""
        return self.stored >= 0 and self.known >= 0


def steps(state: Client) -> dict[str, list[Client]]:
    found: dict[str, list[Client]] = {}
    for event, after in ModelSystem(state).transitions(state):
        found.setdefault(str(event), []).append(after)
    return found


def test_each_fault_of_a_process_is_the_change_that_the_model_says_and_costs_one() -> None:
    asking = Client(asking=True, known=1, stored=1, crashes=1, timeouts=2, lost_replies=1, writes=1)
    assert steps(asking)["crash"] == [replace(asking, asking=False, known=0, crashes=0)]
    assert steps(asking)["time_out"] == [replace(asking, asking=False, timeouts=1)]
    assert steps(asking)["lose_reply"] == [replace(asking, asking=False, stored=2, lost_replies=0)]
    assert steps(asking)["write_concurrently"] == [
        replace(asking, stored=stored, writes=0) for stored in (2, 3)
    ]


def test_faults_are_possible_only_where_the_model_allows_them() -> None:
    idle = Client(crashes=1, timeouts=1, lost_replies=1)
    assert set(steps(idle)) == {"ask", "crash"}


def test_a_property_is_proved_for_any_number_of_faults() -> None:
    budgets = ["crashes", "timeouts", "lost_replies", "writes"]
    found = inductive(Client(), "knows_no_more", "knows no more than is stored", parameters=budgets)
    assert isinstance(found, Proof)
    assert not found.bounds
