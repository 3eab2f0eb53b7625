"""Faults as library actions: what may go wrong in any model, as often as a budget allows.

A model that inherits from one of these classes has its action. The budget is an integer field of
the model, named as the class says: so a search is finite, and a proof can leave it open (a
`parameter` of `cospec.proofs.induction.prove`), which proves a property for any number of faults.
What a fault does to a state is for the model to say, where it is not the same for all.

>>> from dataclasses import dataclass, replace
>>> from cospec.models.model import ModelSystem, action, require
>>> @dataclass(frozen=True)
... class Link(LostMessages, DuplicatedMessages):
...     '''Two messages on their way.'''
...     in_flight: tuple[str, ...] = ("a", "b")
...     arrived: tuple[str, ...] = ()
...     losses: int = 1
...     duplicates: int = 0
...
...     @action
...     def deliver(self):
...         require(self.in_flight)
...         first, *rest = self.in_flight
...         return replace(self, in_flight=tuple(rest), arrived=(*self.arrived, first))
>>> [str(event) for event, _ in ModelSystem(Link()).transitions(Link())]
['lose.0', 'lose.1', 'deliver']
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cospec.models.model import action, require

__all__ = [
    "ConcurrentWrites", "Crashes", "DuplicatedMessages", "LostMessages", "LostReplies",
    "Reorderings", "Timeouts",
]  # fmt: skip


def _spent(state: Any, budget: str, **changes: Any) -> Any:
    """The state with one less of a budget.

    Not enabled where nothing of it is left.
    """
    left = getattr(state, budget)
    require(left > 0)
    return replace(state, **{budget: left - 1}, **changes)


def _messages(state: Any) -> range:
    return range(len(state.in_flight))


class Crashes:
    """A crash at any time: `crashes` is the budget, `after_crash` the state that is found again,
    without what was in memory only."""

    @action
    def crash(self: Any) -> Any:
        """The process stops, and all that it has in memory is gone."""
        return _spent(self.after_crash(), "crashes")


class Timeouts:
    """A caller that waits no longer: `timeouts` is the budget, `after_timeout` the state in which
    it has given up (where it does not wait for anything: `require`)."""

    @action
    def time_out(self: Any) -> Any:
        """Whoever waits for a reply gives up; what was asked for may still happen."""
        return _spent(self.after_timeout(), "timeouts")


class LostReplies:
    """A request that is carried out although its caller hears of a failure: `lost_replies` is the
    budget, `without_reply` the state after that."""

    @action
    def lose_reply(self: Any) -> Any:
        """What was asked for has happened; the reply is lost."""
        return _spent(self.without_reply(), "lost_replies")


class ConcurrentWrites:
    """Somebody else who writes between any two steps: `writes` is the budget, `after_write` the
    state, or the states, after one of those writes."""

    @action
    def write_concurrently(self: Any) -> list[Any]:
        """Another writer comes in between."""
        found = self.after_write()
        after = found if isinstance(found, list) else [found]
        return [_spent(state, "writes") for state in after]


class LostMessages:
    """A network that loses messages: `losses` is the budget, `in_flight` the tuple of messages on
    their way, the oldest first."""

    @action(message=_messages)
    def lose(self: Any, message: int) -> Any:
        """The message at this place is lost."""
        sent = self.in_flight
        return _spent(self, "losses", in_flight=sent[:message] + sent[message + 1 :])


class DuplicatedMessages:
    """A network that delivers messages again: `duplicates` is the budget, `in_flight` the tuple of
    messages on their way, the oldest first."""

    @action(message=_messages)
    def duplicate(self: Any, message: int) -> Any:
        """The message at this place will arrive once more, at last."""
        sent = self.in_flight
        return _spent(self, "duplicates", in_flight=(*sent, sent[message]))


class Reorderings:
    """A network in which messages overtake others: `reorderings` is the budget, `in_flight` the
    tuple of messages on their way, the oldest first."""

    @action(message=_messages)
    def overtake(self: Any, message: int) -> Any:
        """The message at this place overtakes all that were sent before it."""
        require(message > 0)
        sent = self.in_flight
        others = sent[:message] + sent[message + 1 :]
        return _spent(self, "reorderings", in_flight=(sent[message], *others))
