"""M16, the NATS adapter of seed 002: subjects, subscriptions, and the loop that processes messages.

Seed 002, section 3.1. What NATS itself accepts is as its documentation has it (*Subject-Based
Messaging*): a subject is tokens between dots, none of them empty; a token has no white space, `.`,
`*` or `>`; in a subscription `*` stands for a token, and `>` for one or more at the end.

>>> [validate_subject(subject) for subject in ("orders.new", "orders-new", "..")]
[True, False, True]
>>> [is_subject(subject) for subject in ("orders.new", "orders-new", "..")]
[True, True, False]
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, invariant, require, transition_invariant

__all__ = [
    "EventLoop", "NatsMessaging", "SubjectConfig", "is_subject", "is_subscription",
    "validate_publish", "validate_subject", "validate_subscription",
]  # fmt: skip


def validate_subject(subject: str) -> bool:
    """`validate_subject` of the listing: not empty, letters, digits, `.`, `*` and `>`.

    Rust's `is_alphanumeric` and `isalnum` here agree on ASCII, which is all that is compared.
    """
    if not subject:
        return False
    return all(ch.isalnum() or ch in ".*>" for ch in subject)


def is_subject(subject: str) -> bool:
    """Whether NATS takes it as a subject to publish to."""
    return all(map(_is_token, subject.split(".")))


def is_subscription(subject: str) -> bool:
    """Whether NATS takes it as a subject to subscribe to."""
    *others, last = subject.split(".")
    return all(_is_token(each) or each == "*" for each in others) and (
        _is_token(last) or last in ("*", ">")
    )


def _is_token(token: str) -> bool:
    return bool(token) and not any(ch.isspace() or ch in ".*>" for ch in token)


def validate_publish(subject: str) -> bool:
    """Repair: one pass over the characters, as in the listing, that knows the one before."""
    previous = "."
    for ch in subject:
        if ch.isspace() or ch in "*>" or (ch == "." and previous == "."):
            return False
        previous = ch
    return previous != "."


def validate_subscription(subject: str) -> bool:
    """Repair: the same with wildcards, each a token of its own, `>` the last one."""
    previous = "."
    for ch in subject:
        if ch.isspace() or (ch == "." and previous == "."):
            return False
        if (ch in "*>" and previous != ".") or (previous == "*" and ch != ".") or previous == ">":
            return False
        previous = ch
    return previous != "."


# --------------------------------------------------------------------------------- subscriptions


@dataclass(frozen=True, slots=True)
class SubjectConfig:
    """A `SubjectConfig`."""

    subject: str
    max_deliveries: int = 1

    def __str__(self) -> str:
        return f"{self.subject or 'empty'} {self.max_deliveries}"


#: What is subscribed to when the adapter is explored: subjects, and what NATS does not take.
SUBJECTS = ("a", "b", ".")
CONFIGS = (SubjectConfig("a", 1), SubjectConfig("a", 2), SubjectConfig("."))


@dataclass(frozen=True)
class NatsMessaging:
    """The subscriptions of a `NatsMessaging`.

    `validate_subject_config` is not shown: it is taken to accept what NATS takes as the subject of
    a subscription.

    Attributes:
        matching: repair: `subscribe` gives `Err` when the subject of the configuration, which is
            validated, is another one; to validate its own as well would add nothing.
        keyed: repair: configurations are kept by the ids of subscriptions, not by subjects.
        room: how many subscriptions there are at most.
        subscriptions: of each subscription, in the order of their ids, the subject and the
            configuration that was given.
        subjects: the configurations that are kept, by their keys.
    """

    matching: bool = False
    keyed: bool = False
    room: int = 2
    subscriptions: tuple[tuple[str, SubjectConfig], ...] = ()
    subjects: tuple[tuple[str, SubjectConfig], ...] = ()

    @action(subject=SUBJECTS, config=CONFIGS)
    def subscribe(self, subject: str, config: SubjectConfig) -> NatsMessaging:
        """A subscription is made, and its configuration kept; `HashMap::insert` replaces."""
        require(len(self.subscriptions) < self.room)
        require(is_subscription(config.subject))
        require(not self.matching or config.subject == subject)
        key = self._key(len(self.subscriptions), subject)
        others = (each for each in self.subjects if each[0] != key)
        made = (*self.subscriptions, (subject, config))
        return replace(self, subscriptions=made, subjects=(*others, (key, config)))

    def _key(self, number: int, subject: str) -> str:
        return str(number) if self.keyed else subject

    @invariant
    def validated(self) -> bool:
        """NATS takes the subject of each subscription."""
        return all(is_subscription(subject) for subject, _ in self.subscriptions)

    @invariant
    def configured(self) -> bool:
        """The configuration of each subscription is one of its subject."""
        return all(config.subject == subject for subject, config in self.subscriptions)

    @invariant
    def kept(self) -> bool:
        """The configuration of each subscription is found again."""
        held = dict(self.subjects)
        return all(
            held[self._key(number, subject)] == config
            for number, (subject, config) in enumerate(self.subscriptions)
        )

    def __str__(self) -> str:
        made = "; ".join(f"{subject} with {config}" for subject, config in self.subscriptions)
        held = "; ".join(f"{key} ↦ {config}" for key, config in self.subjects)
        return f"subscribed {made or '-'}, kept {held or '-'}"


# -------------------------------------------------------------------------------------- the loop


@dataclass(frozen=True)
class EventLoop:
    """`start_processing` with two subscriptions: it asks each in turn for its next message, and
    waits until there is one.

    Attributes:
        selecting: repair: it waits for a message of any subscription (`select!`).
        catching: repair: a message that cannot be processed is settled, and the loop goes on; in
            the listing the `?` of `process_message` ends it.
        arriving_1: how many messages will still arrive on the first subscription.
        arriving_2: and on the second.
        endless: whether those on the first never end; one of them waits at a time then.
        malformed: how many of the messages are malformed, at most.
        turn: which subscription is asked.
        waiting_1: how many messages wait on the first subscription.
        waiting_2: and on the second.
        running: whether `start_processing` has not returned.
    """

    selecting: bool = False
    catching: bool = False
    arriving_1: int = 0
    arriving_2: int = 0
    endless: bool = False
    malformed: int = 0
    turn: int = 1
    waiting_1: int = 0
    waiting_2: int = 0
    running: bool = True

    @action(subscription=(1, 2))
    def arrive(self, subscription: int) -> EventLoop:
        """A message arrives."""
        if subscription == 2:
            require(self.arriving_2 > 0)
            return replace(self, arriving_2=self.arriving_2 - 1, waiting_2=self.waiting_2 + 1)
        if self.endless:
            require(self.waiting_1 == 0)
            return replace(self, waiting_1=1)
        require(self.arriving_1 > 0)
        return replace(self, arriving_1=self.arriving_1 - 1, waiting_1=self.waiting_1 + 1)

    @action(fair=True, subscription=(1, 2))
    def process(self, subscription: int) -> EventLoop:
        """The next message of a subscription is processed."""
        return self._taken(subscription)

    @action(subscription=(1, 2))
    def process_malformed(self, subscription: int) -> EventLoop:
        """The next message of a subscription is no event: `from_slice` gives `Err`."""
        require(self.malformed > 0)
        taken = self._taken(subscription)
        return replace(taken, malformed=self.malformed - 1, running=self.catching)

    def _taken(self, subscription: int) -> EventLoop:
        require(self.running)
        require(self.selecting or self.turn == subscription)
        if subscription == 1:
            require(self.waiting_1 > 0)
            return replace(self, turn=2, waiting_1=self.waiting_1 - 1)
        require(self.waiting_2 > 0)
        return replace(self, turn=1, waiting_2=self.waiting_2 - 1)

    @property
    def idle(self) -> bool:
        """No message waits."""
        return self.waiting_1 == 0 and self.waiting_2 == 0

    @invariant
    def runs_on(self) -> bool:
        """`start_processing` has not returned."""
        return self.running

    @invariant
    def counted(self) -> bool:
        """What is counted is not negative, and a subscription is asked."""
        return (
            self.waiting_1 >= 0
            and self.waiting_2 >= 0
            and self.arriving_1 >= 0
            and self.arriving_2 >= 0
            and self.malformed >= 0
            and (self.turn == 1 or self.turn == 2)
        )

    @invariant
    def live(self) -> bool:
        """Where a message waits, the loop can take it."""
        first = self.waiting_1 == 0 or (self.running and (self.selecting or self.turn == 1))
        second = self.waiting_2 == 0 or (self.running and (self.selecting or self.turn == 2))
        return first and second

    @transition_invariant
    def progresses(self, after: EventLoop) -> bool:
        """Each step is an arrival, of which there are so many, or leaves fewer messages waiting."""
        to_come = self.arriving_1 + self.arriving_2
        to_come_after = after.arriving_1 + after.arriving_2
        waits, waits_after = self.waiting_1 + self.waiting_2, after.waiting_1 + after.waiting_2
        return to_come_after < to_come or (to_come_after == to_come and waits_after < waits)

    def __str__(self) -> str:
        waits = f"waiting {self.waiting_1} and {self.waiting_2}"
        if not self.running:
            return f"{waits}; returned"
        asked = "either" if self.selecting else str(self.turn)
        return f"{waits}; asks {asked}"
