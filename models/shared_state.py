"""M01, what actors share: references in messages, and the types of Rust that make copies of them.

Seed 000, section 2.1, calls actors isolated when their memory is disjoint; section 2.2 asks of a
state only that it is `Send + 'static`. The rules for `Send` and `Sync` are those that the
documentation of the standard library gives for each type (`std::marker`, `std::rc`, `std::sync`,
`std::cell`): what is shared, and who may be sent where.

>>> arc = Type("Arc", Type("Mutex", INTEGER))
>>> str(arc), is_send(arc), shares(arc)
('Arc<Mutex<i32>>', True, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cospec.models.model import action, invariant, require

__all__ = [
    "INTEGER", "OF_INTEGER", "RULES", "Cells", "References", "Rules", "Type", "is_send",
    "rules_of", "shares", "types",
]  # fmt: skip


@dataclass(frozen=True)
class References:
    """Actors that refer to things, and send references to one another.

    Attributes:
        linear: repair: who sends a reference keeps none (`receive` hands over).
        held: what each actor refers to.
        mailboxes: what the messages to each actor refer to.
    """

    linear: bool = False
    held: tuple[frozenset[str], ...] = (frozenset("r"), frozenset("s"))
    mailboxes: tuple[tuple[str, ...], ...] = ((), ())

    @action(
        sender=lambda state: range(len(state.held)),
        receiver=lambda state: range(len(state.held)),
        reference=lambda state: sorted(set().union(*state.held)),
    )
    def send(self, sender: int, receiver: int, reference: str) -> References:
        """An actor that handles a message sends a reference of its own to another actor."""
        require(sender != receiver and reference in self.held[sender])
        require(reference not in self.mailboxes[receiver])  # twice would be one more of the same
        held, mailboxes = list(self.held), list(self.mailboxes)
        if self.linear:
            held[sender] -= {reference}
        mailboxes[receiver] = (*mailboxes[receiver], reference)
        return replace(self, held=tuple(held), mailboxes=tuple(mailboxes))

    @action(receiver=lambda state: range(len(state.held)))
    def receive(self, receiver: int) -> References:
        """An actor stores the reference of the first message in its mailbox."""
        require(self.mailboxes[receiver])
        held, mailboxes = list(self.held), list(self.mailboxes)
        first, *rest = mailboxes[receiver]
        held[receiver] |= {first}
        mailboxes[receiver] = tuple(rest)
        return replace(self, held=tuple(held), mailboxes=tuple(mailboxes))

    @invariant
    def isolated(self) -> bool:
        """No two actors refer to the same thing."""
        return sum(map(len, self.held)) == len(frozenset().union(*self.held))

    def __str__(self) -> str:
        held = " | ".join("{" + ", ".join(sorted(each)) + "}" for each in self.held)
        return f"{held}, messages {[list(each) for each in self.mailboxes]}"


# ------------------------------------------------------------------------------- types of Rust


@dataclass(frozen=True, slots=True)
class Type:
    """A type of Rust: a name, and the type that it is made of."""

    name: str
    inner: Type | None = None

    def __str__(self) -> str:
        return self.name if self.inner is None else f"{self.name}<{self.inner}>"


INTEGER = Type("i32")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the documentation says of a type made of another one, of which `send`, `sync` and so on
    are known. All four are truth values, or terms of z3.

    Attributes:
        send: a value may be moved to another thread.
        sync: a shared reference may be.
        mutable: memory can be changed through a shared reference.
        shares: a value and its clone have memory in common that can be changed.
        races: moving a value, a clone being left behind, can make two threads use memory at the
            same time without synchronisation, one of them writing.
        races_shared: so can two threads that have a shared reference each.
    """

    send: bool
    sync: bool
    mutable: bool
    shares: bool
    races: bool
    races_shared: bool


def _cell(t: Rules) -> Rules:
    return Rules(t.send, False, True, t.shares, t.races, True)


def _mutex(t: Rules) -> Rules:
    # Whoever has the lock has the value, as if it had been moved there.
    return Rules(t.send, t.send, True, t.shares, t.races, t.races)


def _rc(t: Rules) -> Rules:
    # Both counters are changed without synchronisation.
    return Rules(False, False, t.mutable, t.mutable, True, True)


def _arc(t: Rules) -> Rules:
    # Each clone gives a shared reference; the last one to go drops the value, wherever it is.
    both, either = t.send & t.sync, t.races | t.races_shared
    return Rules(both, both, t.mutable, t.mutable, either, either)


def _reference(t: Rules) -> Rules:
    return Rules(t.sync, t.sync, t.mutable, t.mutable, t.races_shared, t.races_shared)


def _vector(t: Rules) -> Rules:
    return t


#: What a type is made with, and what then holds of it; all of them are `'static` here.
RULES = {
    "Vec": _vector,
    "Cell": _cell,
    "Mutex": _mutex,
    "Rc": _rc,
    "Arc": _arc,
    "&'static ": _reference,
}

#: Of an integer, which is copied.
OF_INTEGER = Rules(True, True, False, False, False, False)


def rules_of(made: Type) -> Rules:
    """What holds of a type."""
    return OF_INTEGER if made.inner is None else RULES[made.name](rules_of(made.inner))


def is_send(made: Type) -> bool:
    """Whether a value may be moved to another thread."""
    return rules_of(made).send


def shares(made: Type) -> bool:
    """Whether a value and its clone have memory in common that can be changed."""
    return rules_of(made).shares


def types() -> Iterator[Type]:
    """All types, the smallest first: without end."""
    layer = [INTEGER]
    while True:
        yield from layer
        layer = [Type(name, inner) for inner in layer for name in RULES]


@dataclass(frozen=True)
class Cells:
    """Two actors, started with a clone of the same state each; A writes, B reads.

    Attributes:
        shared: whether a clone has memory in common with the original.
        memory: what each actor's state consists of.
        mailbox: how many messages A has.
    """

    shared: bool
    memory: tuple[int, int] = (0, 0)
    mailbox: int = 1

    @action
    def handle(self) -> Cells:
        """A handles a message, and writes 1 into its state."""
        require(self.mailbox > 0)
        return replace(self, memory=(1, 1 if self.shared else 0), mailbox=self.mailbox - 1)

    @invariant
    def untouched(self) -> bool:
        """B, which has handled nothing, finds in its state what was there at the start."""
        return self.memory[1] == 0

    def __str__(self) -> str:
        return f"A has {self.memory[0]}, B has {self.memory[1]}, messages for A: {self.mailbox}"
