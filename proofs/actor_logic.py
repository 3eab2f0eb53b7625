"""Actors in z3: the definitions of seed 000, section 2.1, for any number of actors and messages.

Nothing is known of behaviours: `receive` may give any state and any list of letters. Of such a list
only what is addressed to each target counts, in its order: that `send_messages` does no more is
proved first (`sending`), by induction over the list. A system is a set of functions on numbers of
actors; that a step here is a step of `cospec.models.actors` is tested on small systems.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import z3

from cospec.models.actors import ActorSystem
from cospec.proofs.evidence import prove

Id = z3.DeclareSort("ActorId")
State = z3.DeclareSort("ActorState")
Behaviour = z3.DeclareSort("ActorBehavior")
Message = z3.DeclareSort("Message")
Messages = z3.SeqSort(Message)
NONE = z3.Empty(Messages)

#: Constants to state theorems with.
one, other, target = z3.Consts("one other target", Id)
capacity = z3.Int("capacity")

#: What an actor does with a message in a state: its new state, and what it sends to each target.
received = z3.Function("received", Behaviour, State, Message, State)
outgoing = z3.Function("outgoing", Behaviour, State, Message, Id, Messages)

#: A function of the number of an actor.
Each = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class System:
    """An actor system: of each number whether there is an actor, what it does, its state, its
    mailbox, and, as a history, what was sent to it, what it has handled, and which of the dead
    letters are for it."""

    exists: Each
    behaviour: Each
    state: Each
    queue: Each
    sent: Each
    handled: Each
    dead: Each


def _named(name: str, sort: Any) -> Each:
    named: Each = z3.Function(name, Id, sort)
    return named


#: Any system at all.
SYSTEM = System(
    _named("exists", z3.BoolSort()),
    _named("behaviour", Behaviour),
    _named("state", State),
    _named("queue", Messages),
    _named("sent", Messages),
    _named("handled", Messages),
    _named("dead", Messages),
)


def enabled(system: System, actor: Any) -> z3.BoolRef:
    """Whether `process_message` gives a system."""
    return z3.And(system.exists(actor), z3.Length(system.queue(actor)) > 0)


def head(system: System, actor: Any) -> Any:
    """The first message of a mailbox."""
    return system.queue(actor)[0]


def processed(system: System, actor: Any, design: ActorSystem) -> System:
    """The system after `process_message`, where that is enabled."""
    message, queue = head(system, actor), system.queue(actor)
    given = system.behaviour(actor), system.state(actor), message
    state = received(*given)
    rest = z3.SubSeq(queue, 1, z3.Length(queue) - 1)

    taken = replace(
        system,
        state=lambda n: z3.If(n == actor, state, system.state(n)),
        queue=lambda n: z3.If(n == actor, rest, system.queue(n)),
        handled=lambda n: z3.Concat(system.handled(n), z3.If(n == actor, z3.Unit(message), NONE)),
    )
    return after_sending(taken, lambda n: outgoing(*given, n), design)


def outgoing_of(system: System, actor: Any, number: Any) -> Any:
    """What an actor sends to a number when it handles its first message."""
    return outgoing(system.behaviour(actor), system.state(actor), head(system, actor), number)


def after_sending(system: System, out: Each, design: ActorSystem) -> System:
    """The system after `send_messages` of a list of which `out` is what each target gets; mailboxes
    are not bounded."""

    def added(there: Each, condition: Each) -> Each:
        return lambda n: z3.Concat(there(n), z3.If(condition(n), out(n), NONE))

    def kept(number: Any) -> z3.BoolRef:
        return z3.And(z3.BoolVal(design.dead_lettering), z3.Not(system.exists(number)))

    return replace(
        system,
        queue=added(system.queue, system.exists),
        sent=added(system.sent, lambda _: z3.BoolVal(True)),
        dead=added(system.dead, kept),
    )


def after_one(system: System, to: Any, message: Any, design: ActorSystem) -> System:
    """The system after `send_message`."""
    letter, queue = z3.Unit(message), system.queue(to)
    room = z3.Length(queue) < capacity if design.bounded else z3.BoolVal(True)
    arrives = z3.And(system.exists(to), room)
    kept = z3.And(z3.BoolVal(design.dead_lettering), z3.Not(system.exists(to)))

    def put(there: Each, condition: z3.BoolRef) -> Each:
        longer = z3.Concat(there(to), letter)
        return lambda n: z3.If(z3.And(n == to, condition), longer, there(n))

    return replace(
        system,
        queue=put(system.queue, arrives),
        sent=put(system.sent, z3.BoolVal(True)),
        dead=put(system.dead, kept),
    )


def sending(design: ActorSystem) -> None:
    """Proves that sending a list of letters one after the other adds to each mailbox what the list
    has for it, in its order; so to the history. By induction over the list."""
    here = z3.Const("here", Id)
    to, message = z3.Const("to", Id), z3.Const("message", Message)
    rest = z3.Function("rest", Id, Messages)

    def whole(number: Any) -> Any:  # the list that begins with the letter and goes on with the rest
        return z3.Concat(z3.If(number == to, z3.Unit(message), NONE), rest(number))

    nothing = after_sending(SYSTEM, lambda _: NONE, design)
    first = after_one(SYSTEM, to, message, design)
    then, at_once = after_sending(first, rest, design), after_sending(SYSTEM, whole, design)
    for part in ("queue", "sent", "dead"):
        prove(getattr(nothing, part)(here) == getattr(SYSTEM, part)(here))
        prove(getattr(then, part)(here) == getattr(at_once, part)(here))


def head_and_tail(values: Any) -> z3.BoolRef:
    """A law of sequences, which z3 uses if it is told: one that is not empty is its first value
    and the others."""
    size = z3.Length(values)
    parts = z3.Concat(z3.Unit(values[0]), z3.SubSeq(values, 1, size - 1))
    return z3.Implies(size > 0, values == parts)


def well_formed(system: System, actor: Any) -> z3.BoolRef:
    """Whoever has messages exists."""
    return z3.Or(system.exists(actor), z3.Length(system.queue(actor)) == 0)


def accounted(system: System, actor: Any) -> z3.BoolRef:
    """What was sent to a number is what it has handled, what waits for it, and its dead letters, in
    this order; only nobody has dead letters, and nobody handles nothing."""
    known = z3.Concat(system.handled(actor), system.queue(actor), system.dead(actor))
    somebody = system.dead(actor) == NONE
    nobody = z3.And(system.handled(actor) == NONE, system.queue(actor) == NONE)
    return z3.And(system.sent(actor) == known, z3.If(system.exists(actor), somebody, nobody))


def separate(system: System, actor: Any, another: Any, number: Any) -> z3.BoolRef:
    """That a number gets messages from at most one of two actors, whatever they handle."""
    state, message = z3.Const("any state", State), z3.Const("any message", Message)
    silent = [outgoing(system.behaviour(a), state, message, number) for a in (actor, another)]
    return z3.Or(*(z3.ForAll((state, message), each == NONE) for each in silent))


def selecting() -> None:
    """Proves that to select some messages of two sequences in a row is to select them of each: so
    whoever handles what was sent in its order does so with what each sender has sent. By induction
    over the first sequence."""
    of_rest, of_second, of_both = z3.Consts("of_rest of_second of_both", Messages)
    first, chosen = z3.Const("first", Message), z3.Bool("chosen")
    of_first = z3.If(chosen, z3.Unit(first), NONE)
    hypothesis = of_both == z3.Concat(of_rest, of_second)
    # selected(<first>^rest^second) = selected(<first>^rest)^selected(second)
    prove(z3.Concat(of_first, of_both) == z3.Concat(of_first, of_rest, of_second), hypothesis)


def commuting() -> z3.BoolRef:
    """What `one` and `other` send to `target` is the same in either order, or nobody is there."""
    first, second = (_arriving(SYSTEM, actor, target) for actor in (one, other))
    return z3.Concat(first, second) == z3.Concat(second, first)


def _arriving(system: System, actor: Any, number: Any) -> Any:
    return z3.If(system.exists(number), outgoing_of(system, actor, number), NONE)


def diamond(design: ActorSystem) -> None:
    """Proves that two actors can handle their first messages in either order, with the same system
    after both, at every number `target` of which `commuting` holds."""
    given = enabled(SYSTEM, one), enabled(SYSTEM, other), one != other
    starts = {actor: processed(SYSTEM, actor, design) for actor in (one, other)}
    lemmas: list[z3.BoolRef] = []
    for moved, waits in ((one, other), (other, one)):
        after = starts[moved]
        prove(enabled(after, waits), *given)
        rest = z3.Concat(_rest(SYSTEM, waits), _arriving(SYSTEM, moved, waits))
        lemmas += [head(after, waits) == head(SYSTEM, waits), _rest(after, waits) == rest]
    for lemma in lemmas:
        prove(lemma, *given)
    there, back = processed(starts[one], other, design), processed(starts[other], one, design)
    for part in ("exists", "behaviour", "state"):
        prove(getattr(there, part)(target) == getattr(back, part)(target), *given, *lemmas)
    # Both queues are what was left before, followed by what both have sent, in the one order or in
    # the other; what is alike at the end of a sequence does not matter for its beginning.
    moving = z3.Or(target == one, target == other)
    left = z3.If(moving, _rest(SYSTEM, target), SYSTEM.queue(target))
    for queue, order in ((there.queue, (one, other)), (back.queue, (other, one))):
        sent = z3.Concat(*(_arriving(SYSTEM, actor, target) for actor in order))
        prove(queue(target) == z3.Concat(left, sent), *given, *lemmas)
    before, end, same = z3.Consts("before end same", Messages)
    prove(z3.Concat(before, end) == z3.Concat(before, same), end == same)


def _rest(system: System, actor: Any) -> Any:
    queue = system.queue(actor)
    return z3.SubSeq(queue, 1, z3.Length(queue) - 1)


# ------------------------------------------------------------------------------------ taking turns

#: How many numbers there are, where the search for an active actor starts, and whom it finds.
size, turn, chosen = z3.Ints("size turn chosen")
active: Any = z3.Function("active", z3.IntSort(), z3.BoolSort())


def choice() -> z3.BoolRef:
    """That `chosen` is the first active number from `turn` on, or, if none is, the first of all."""
    n = z3.Int("n")

    def none(low: Any, high: Any) -> z3.BoolRef:
        inside = z3.And(low <= n, n < high)
        return z3.ForAll(n, z3.Implies(inside, z3.Not(active(n))))

    later = z3.And(turn <= chosen, none(turn, chosen))
    again = z3.And(none(turn, size), none(z3.IntVal(0), chosen))
    valid = [z3.And(number >= 0, number < size) for number in (turn, chosen)]
    return z3.And(*valid, active(chosen), z3.Or(later, again))


def next_turn(rotating: bool) -> Any:
    """Where the next search starts."""
    return z3.If(chosen + 1 == size, 0, chosen + 1) if rotating else z3.IntVal(0)


def distance(number: Any, start: Any) -> Any:
    """How many numbers come before this one, in a search that starts there."""
    return z3.If(number >= start, number - start, number - start + size)
