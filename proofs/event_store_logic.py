"""The event store of seed 002, section 4.1, in z3: streams, batches and handlers of any size.

A stream is its length and what is at each place. The switches are those of
`cospec.models.event_store_002`; that both say the same is tested on small streams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import z3

from cospec.models.event_store_002 import EventStore
from cospec.proofs.evidence import prove, prove_for_each

Place = Callable[[z3.ArithRef], z3.ArithRef]

Event = z3.DeclareSort("StoredEvent")
Events = z3.SeqSort(Event)
State = z3.DeclareSort("AggregateState")

#: The event at a place of a stream, and what any aggregate or handler makes of events.
event = z3.Function("event", z3.IntSort(), Event)
apply = z3.Function("apply", State, Event, State)

#: The aggregate that an append names.
aggregate = z3.Int("aggregate")


@dataclass(frozen=True, slots=True)
class Row:
    """A stream, or the events of an append: how many, and the version and owner of each."""

    length: z3.ArithRef
    version: Place
    owner: Place


def any_row(name: str) -> Row:
    """A row about which nothing is known but that its length is not negative: `natural`."""
    integer = z3.IntSort()
    version = z3.Function(f"{name}_version", integer, integer)
    owner = z3.Function(f"{name}_owner", integer, integer)
    return Row(z3.Int(f"{name}_length"), version, owner)


#: The empty stream; there is nothing at any place of it.
EMPTY = Row(z3.IntVal(0), lambda _: z3.IntVal(0), lambda _: z3.IntVal(0))


def natural(row: Row) -> z3.BoolRef:
    """That a row has a length."""
    return row.length >= 0


def of_each(row: Row, holds: Callable[[z3.ArithRef], z3.BoolRef]) -> z3.BoolRef:
    """That something holds of each place of a row."""
    place = z3.FreshInt("place")
    within = z3.And(place >= 0, place < row.length)
    return z3.ForAll(place, z3.Implies(within, holds(place)))


def last_version(row: Row) -> z3.ArithRef:
    """The version of the last event; 0 where there is none."""
    return z3.If(row.length > 0, row.version(row.length - 1), z3.IntVal(0))


def accepted(design: EventStore, stream: Row, batch: Row) -> z3.BoolRef:
    """Whether `append_events` stores a batch."""
    last = last_version(stream)
    versions = of_each(batch, lambda i: batch.version(i) == last + i + 1)
    own = of_each(batch, lambda i: batch.owner(i) == aggregate)
    return z3.And(versions, own) if design.owned else versions


def appended(stream: Row, batch: Row) -> Row:
    """The stream after a batch has been stored."""

    def at(old: Place, new: Place) -> Place:
        return lambda i: z3.If(i < stream.length, old(i), new(i - stream.length))

    return Row(
        stream.length + batch.length,
        at(stream.version, batch.version),
        at(stream.owner, batch.owner),
    )


def contiguous(stream: Row) -> z3.BoolRef:
    """That the versions of a stream are 1..n."""
    return of_each(stream, lambda i: stream.version(i) == i + 1)


def own_events_only(stream: Row) -> z3.BoolRef:
    """That all events of a stream are those of its aggregate."""
    return of_each(stream, lambda i: stream.owner(i) == aggregate)


def append(
    design: EventStore, stream: Row, batch: Row, handler_fails: z3.BoolRef
) -> tuple[z3.BoolRef, Row]:
    """`append_events`: whether it answers with an error, and the stream after it."""
    stored = accepted(design, stream, batch)
    longer = appended(stream, batch)

    def either(new: Place, old: Place) -> Place:
        return lambda i: z3.If(stored, new(i), old(i))

    after = Row(
        z3.If(stored, longer.length, stream.length),
        either(longer.version, stream.version),
        either(longer.owner, stream.owner),
    )
    fails = z3.BoolVal(False) if design.outside else handler_fails
    return z3.Or(z3.Not(stored), fails), after


def same(one: Row, other: Row) -> z3.BoolRef:
    """That two rows hold the same."""
    equal = of_each(
        one, lambda i: z3.And(one.version(i) == other.version(i), one.owner(i) == other.owner(i))
    )
    return z3.And(one.length == other.length, equal)


@dataclass(frozen=True, slots=True)
class Calling:
    """How often the handler has been called with the event at each place of a stream (`calls`),
    how many events there are (`length`), and with how many the current pass is through
    (`called`)."""

    calls: z3.ArrayRef
    length: z3.ArithRef
    called: z3.ArithRef

    def appending(self, design: EventStore, count: z3.ArithRef) -> Calling:
        """After an append of so many events, before the handler is called."""
        called = self.called if design.fresh else z3.IntVal(0)
        return Calling(self.calls, self.length + count, called)

    def answered(self) -> Calling:
        """After the handler's Ok to the next event; requires `called < length`."""
        calls = z3.Store(self.calls, self.called, self.calls[self.called] + 1)
        return Calling(calls, self.length, self.called + 1)


def any_calling() -> Calling:
    """A state of the calls about which nothing is known."""
    calls = z3.Array("calls", z3.IntSort(), z3.IntSort())
    return Calling(calls, z3.Int("length"), z3.Int("called"))


@dataclass(frozen=True, slots=True)
class Handler:
    """The state of a handler, and of each aggregate the version that it has applied last."""

    state: z3.ExprRef
    position: z3.ArrayRef

    def handle(
        self, design: EventStore, owner: z3.ArithRef, version: z3.ArithRef, event: z3.ExprRef
    ) -> Handler:
        """After a call with an event."""
        news = z3.BoolVal(True)
        if design.deduplicating:
            news = version == self.position[owner] + 1
        state = z3.If(news, apply(self.state, event), self.state)
        # A handler without deduplication keeps no position; what is here then, nobody reads.
        moved = z3.Store(self.position, owner, self.position[owner] + 1)
        return Handler(state, z3.If(news, moved, self.position))

    def crashed(self, design: EventStore, saved: z3.ArrayRef) -> Handler:
        """After a crash, the positions in `saved` being those that were saved last."""
        return self if design.together else Handler(self.state, saved)


def any_handler() -> Handler:
    """A handler of which nothing is known, in any state."""
    positions = z3.Array("position", z3.IntSort(), z3.IntSort())
    return Handler(z3.Const("state", State), positions)


def restored(version: z3.ArithRef, folded: z3.ArithRef, *given: z3.BoolRef) -> None:
    """Proves that a snapshot and the events with versions above its own give the whole fold, in a
    stream with versions 1..n.

    Args:
        version: what the snapshot says that its version is.
        folded: of how many events its data are the fold.
        given: what is known of these.

    Raises:
        Undecided: z3 does not know, or refutes it.
    """
    stream = any_row("stream")
    whole = z3.Function("fold", z3.IntSort(), State)
    tail = z3.Function("fold_of_the_tail", z3.IntSort(), State)

    def step(i: z3.ArithRef) -> list[z3.BoolRef]:
        more = apply(tail(i), event(i))
        return [
            whole(i + 1) == apply(whole(i), event(i)),
            tail(i + 1) == z3.If(stream.version(i) > version, more, tail(i)),
        ]

    def so_far(i: z3.ArithRef) -> z3.BoolRef:
        return tail(i) == z3.If(i <= folded, whole(folded), whole(i))

    natural_size = folded >= 0, folded <= stream.length
    start = tail(0) == whole(folded), contiguous(stream)
    prove_for_each(so_far, *start, *natural_size, *given, step=step, below=stream.length)
    # At the end all rounds are over, and the snapshot is of one of them.
    prove(tail(stream.length) == whole(stream.length), so_far(stream.length), *natural_size)
