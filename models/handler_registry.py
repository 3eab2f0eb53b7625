"""M06, how buses find their handlers: the maps of seeds 000, section 4.2 and 001, section 3.1.

Both keep handlers in a `HashMap<TypeId, Box<dyn Any + Send + Sync>>`, by the type of the command or
query. Seed 000 never looks into the maps: a command executes itself. In seed 001, `send_command`
looks the handler up and casts it, and `send_query` wants the query to be its own handler.

As the documentation of the standard library has it: `downcast_ref::<T>()` of a `dyn Any` gives the
value if its type is T, and None otherwise; `Box::new(handler)` as a `Box<dyn Any>` holds a value
of the handler's own type.

>>> Registry(Seed.FIRST).register("Pay", "PayHandler").send("Pay")
Sent(answer='Handler type mismatch', called='')
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

__all__ = ["Boxed", "Registry", "Seed", "Sent"]


class Seed(Enum):
    """Whose bus it is, and for what."""

    ZEROTH = "seed 000"
    FIRST = "seed 001, commands"
    FIRST_QUERIES = "seed 001, queries"


@dataclass(frozen=True, slots=True)
class Boxed:
    """A `Box<dyn Any>`: the type of the value in it, and which handler it is."""

    type: str
    handler: str

    def downcast_ref(self, type: str) -> str | None:
        """The handler, if the value is of this type."""
        return self.handler if self.type == type else None


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: the answer, and who was called."""

    answer: str
    called: str


@dataclass(frozen=True)
class Registry:
    """The maps of a bus.

    Attributes:
        seed: whose.
        looking_up: repair: the handler is looked up, where the seed does not.
        boxing: repair: what is put into the `Box<dyn Any>` is a `Box<dyn CommandHandler<C>>`,
            which is what it is cast to.
        handlers: the map, by the type of the command or query.
    """

    seed: Seed
    looking_up: bool = False
    boxing: bool = False
    handlers: tuple[tuple[str, Boxed], ...] = ()

    def register(self, message: str, handler: str) -> Registry:
        """`register_command_handler` or `register_query_handler`."""
        type = self._expected(message) if self.boxing else handler
        others = tuple(each for each in self.handlers if each[0] != message)
        return replace(self, handlers=(*others, (message, Boxed(type, handler))))

    def _expected(self, message: str) -> str:
        return f"Box<dyn Handler<{message}>>"

    def send(self, message: str) -> Sent:
        """`send_command` or `send_query` with a message of this type."""
        if self.seed is not Seed.FIRST and not self.looking_up:
            return Sent("Ok", message)  # command.execute(), query.execute(), query.handle(query)
        boxed = dict(self.handlers).get(message)
        if boxed is None:
            return Sent("No handler registered", "")
        handler = boxed.downcast_ref(self._expected(message))
        return Sent("Handler type mismatch", "") if handler is None else Sent("Ok", handler)
