"""M01, actors: the system of seed 000, section 2.1, with each of its repairs.

`send_message`, `process_message` and `actor_system_step` do what the listing does. `ActorNet`
performs `process_message` in every order, `SteppedNet` in the order of `actor_system_step`;
`SendingNet` sends letter by letter, which matters where mailboxes are bounded. Actors
are known by their numbers; what the seed leaves open, `all_actor_ids`, lists all of them.

>>> print(race())
0 forwards: [1] | 1 forwards: [2] | 2 keeps: []
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias, TypeVar

from cospec.models.model import action, final, require

__all__ = [
    "REPAIRS", "Actor", "ActorNet", "ActorSystem", "Behaviour", "Letter", "Message", "SendingNet",
    "SteppedNet", "forwarding", "growing_up", "hopping", "keeping", "race", "system_of",
]  # fmt: skip

T = TypeVar("T")

State: TypeAlias = int
Message: TypeAlias = int
#: A message and whom it is for.
Letter: TypeAlias = tuple[int, Message]


def _nothing(_: State) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an actor does (`ActorBehavior`): three functions, and a name to show.

    Attributes:
        receive: the new state, and what is sent, in this order.
        spawn: the actor to be created, with the number it would like to have.
        become: how it behaves from now on.
    """

    name: str
    receive: Callable[[State, Message], tuple[State, tuple[Letter, ...]]]
    spawn: Callable[[State], tuple[int, Behaviour] | None] = _nothing
    become: Callable[[State], Behaviour | None] = _nothing


@dataclass(frozen=True, slots=True)
class Actor:
    """The state of an actor and its behaviour."""

    behaviour: Behaviour
    state: State = 0

    def __str__(self) -> str:
        return f"{self.behaviour.name}, {self.state}" if self.state else self.behaviour.name


@dataclass(frozen=True)
class ActorSystem:
    """Actors, and for each number a mailbox (`ActorSystem`); a number may have no actor.

    Attributes:
        dead_lettering: repair: what is sent to nobody is kept (`dead_letters`).
        growing: repair: `become` and `spawn` are called, after `receive`.
        bounded: repair: a mailbox that holds `capacity` messages takes no more: the message is
            returned to its sender.
        recording: keep what was `sent`, `handled` and `returned`, in this order.
    """

    actors: tuple[Actor | None, ...]
    message_queue: tuple[tuple[Message, ...], ...]
    next_actor_id: int
    dead_lettering: bool = False
    growing: bool = False
    bounded: bool = False
    recording: bool = False
    capacity: int = 1
    dead_letters: tuple[Letter, ...] = ()
    returned: tuple[Letter, ...] = ()
    sent: tuple[Letter, ...] = ()
    handled: tuple[Letter, ...] = ()

    # -------------------------------------------------------------------- the seed's functions

    def exists(self, actor: int) -> bool:
        """Whether there is an actor of that number."""
        return actor < len(self.actors) and self.actors[actor] is not None

    def send_message(self, target: int, message: Message) -> Self:
        """The system after a message was sent; that nobody is there is no error."""
        letter = (target, message)
        sent = replace(self, sent=(*self.sent, letter)) if self.recording else self
        if not self.exists(target):
            if not self.dead_lettering:
                return sent
            return replace(sent, dead_letters=(*self.dead_letters, letter))
        queue = self.message_queue[target]
        if self.bounded and len(queue) >= self.capacity:
            return replace(sent, returned=(*self.returned, letter)) if self.recording else sent
        return replace(sent, message_queue=_with(self.message_queue, target, (*queue, message)))

    def process_message(self, actor: int) -> Self | None:
        """The system after an actor has handled its first message; None if it cannot."""
        one = self.actors[actor]
        if one is None or not self.message_queue[actor]:
            return None
        message, *rest = self.message_queue[actor]
        state, outgoing = one.behaviour.receive(one.state, message)
        after = replace(
            self,
            actors=_with(self.actors, actor, replace(one, state=state)),
            message_queue=_with(self.message_queue, actor, tuple(rest)),
            handled=(*self.handled, (actor, message)) if self.recording else (),
        )
        if self.growing:
            after = after.grown(actor)
        for target, each in outgoing:
            after = after.send_message(target, each)
        return after

    def grown(self, actor: int) -> Self:
        """The system after an actor has become what it wants to be, and has spawned.

        The seed's `spawn` names a number and no state: the child gets the next number, which is
        new, and starts from 0.
        """
        one = self.actors[actor]
        assert one is not None
        behaviour = one.behaviour.become(one.state) or one.behaviour
        child = one.behaviour.spawn(one.state)
        actors = _with(self.actors, actor, replace(one, behaviour=behaviour))
        if child is None:
            return replace(self, actors=actors)
        gap = (None,) * (self.next_actor_id - len(actors))
        empty = ((),) * (self.next_actor_id + 1 - len(self.message_queue))
        return replace(
            self,
            actors=(*actors, *gap, Actor(child[1])),
            message_queue=(*self.message_queue, *empty),
            next_actor_id=self.next_actor_id + 1,
        )

    @property
    def active_actors(self) -> list[int]:
        """The numbers whose mailbox is not empty."""
        return [number for number, queue in enumerate(self.message_queue) if queue]

    # --------------------------------------------------------------------------- what is meant

    def well_formed(self) -> bool:
        """Only actors that exist have messages, and the next number is free
        (`well_formed_actor_system`, which the seed does not define)."""
        alive = [number for number in range(len(self.actors)) if self.exists(number)]
        return all(self.exists(each) for each in self.active_actors) and all(
            each < self.next_actor_id for each in alive
        )

    def conserving(self) -> bool:
        """Whether each message sent was handled, or is in a mailbox, or in sight elsewhere."""
        waiting = [(n, m) for n, queue in enumerate(self.message_queue) for m in queue]
        known = [*self.handled, *waiting, *self.dead_letters, *self.returned]
        return sorted(known) == sorted(self.sent)

    def __str__(self) -> str:
        pairs = zip(self.actors, self.message_queue, strict=True)
        parts = [f"{n} {a or 'nobody'}: {list(queue)}" for n, (a, queue) in enumerate(pairs)]
        lost = [f"dead letters {list(self.dead_letters)}"] if self.dead_letters else []
        return " | ".join([*parts, *lost])


def _with(values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _ids(state: ActorSystem) -> range:
    return range(len(state.message_queue))


def _heads(state: ActorSystem) -> list[Message]:
    return sorted({queue[0] for queue in state.message_queue if queue})


def _idle(state: ActorSystem) -> bool:
    return not any(state.exists(actor) for actor in state.active_actors)


@dataclass(frozen=True)
class ActorNet(ActorSystem):
    """An actor system that handles its messages in any order of the actors."""

    @action(fair=True, actor=_ids, message=_heads)
    def process(self, actor: int, message: Message) -> ActorNet:
        """An actor handles the first message in its mailbox."""
        after = self.process_message(actor)
        require(after is not None and self.message_queue[actor][0] == message)
        assert after is not None
        return after

    @final
    def idle(self) -> bool:
        """No actor has a message."""
        return _idle(self)


@dataclass(frozen=True)
class SendingNet(ActorSystem):
    """An actor system whose actors send one letter at a time, as a task does that awaits each
    `send`: a message that is handled has left its mailbox before the first letter is sent.

    Attributes:
        blocking: who sends to a full mailbox waits for room; else the letter is returned.
        sending: of each actor, what it has still to send; a handler that has nothing left returns.
    """

    blocking: bool = False
    sending: tuple[tuple[Letter, ...], ...] = ()

    @action(fair=True, actor=_ids)
    def take(self, actor: int) -> SendingNet:
        """An actor takes its first message out of its mailbox, and begins to handle it."""
        one = self.actors[actor]
        require(one is not None and self.message_queue[actor] and not self.sending[actor])
        assert one is not None
        message, *rest = self.message_queue[actor]
        state, outgoing = one.behaviour.receive(one.state, message)
        return replace(
            self,
            actors=_with(self.actors, actor, replace(one, state=state)),
            message_queue=_with(self.message_queue, actor, tuple(rest)),
            sending=_with(self.sending, actor, outgoing),
        )

    @action(fair=True, actor=_ids)
    def send(self, actor: int) -> SendingNet:
        """An actor that handles a message sends its next letter, if it need not wait."""
        require(self.sending[actor])
        (target, message), *rest = self.sending[actor]
        full = self.exists(target) and len(self.message_queue[target]) >= self.capacity
        require(not (self.blocking and full))
        after = self.send_message(target, message)
        return replace(after, sending=_with(self.sending, actor, tuple(rest)))

    @final
    def idle(self) -> bool:
        """No actor has a message, or anything to send."""
        return _idle(self) and not any(self.sending)

    def __str__(self) -> str:
        left = [f"{n} still sends {list(ls)}" for n, ls in enumerate(self.sending) if ls]
        return " | ".join([super().__str__(), *left])


@dataclass(frozen=True)
class SteppedNet(ActorSystem):
    """An actor system that makes the steps of `actor_system_step`.

    Attributes:
        rotating: repair: the search for an active actor starts behind the one that was last.
        turn: where it starts.
    """

    rotating: bool = False
    turn: int = 0

    @action(fair=True)
    def step(self) -> SteppedNet:
        """One step; where the seed returns the system as it is, so does this."""
        require(self.active_actors)
        after = self.stepped()
        return self if after is None else after

    def stepped(self) -> SteppedNet | None:
        """The system after the first active actor has handled a message; None if it cannot."""
        later = [actor for actor in self.active_actors if self.rotating and actor >= self.turn]
        first = (later or self.active_actors)[0]
        after = self.process_message(first)
        turn = (first + 1) % len(self.message_queue) if self.rotating else 0
        return None if after is None else replace(after, turn=turn)

    @final
    def idle(self) -> bool:
        """No mailbox holds anything."""
        return not self.active_actors


#: The switches of the system.
REPAIRS = ("dead_lettering", "growing", "bounded")


# ------------------------------------------------------------------------- behaviours and nets


def forwarding(*targets: int) -> Behaviour:
    """Sends what it gets to each of the targets."""
    return Behaviour(
        "forwards", lambda state, message: (state, tuple((t, message) for t in targets))
    )


def hopping(target: int) -> Behaviour:
    """Sends what it gets on, one less, until it is 0; and remembers all it has seen, as digits."""

    def receive(state: State, message: Message) -> tuple[State, tuple[Letter, ...]]:
        onward = ((target, message - 1),) if message > 0 else ()
        return 10 * state + message + 1, onward

    return Behaviour(f"hops to {target}", receive)


#: Keeps the last message as its state.
keeping = Behaviour("keeps", lambda _, message: (message, ()))

#: Wants to have a child once it has got a message, and to keep what comes after.
growing_up = Behaviour(
    "grows up",
    lambda _, message: (message, ()),
    spawn=lambda state: (7, keeping) if state else None,
    become=lambda state: keeping if state else None,
)


def system_of(*parts: tuple[Behaviour | None, tuple[Message, ...]]) -> ActorNet:
    """A net of actors, each with what is in its mailbox; None is nobody."""
    actors = tuple(None if behaviour is None else Actor(behaviour) for behaviour, _ in parts)
    return ActorNet(actors, tuple(queue for _, queue in parts), len(parts))


def race() -> ActorNet:
    """Two actors have a message each for a third one, which keeps the last."""
    return system_of((forwarding(2), (1,)), (forwarding(2), (2,)), (keeping, ()))
