"""M06, CQRS as the Coq of seed 000, section 4.2 has it, and with each of its repairs.

`handle_command` appends events and updates the projections, and copies the write model and the
read model as they are. `command_handlers` and `query_handlers` are fields of those, functions of
a command or a query alone. The model has entities with data, of which the handlers are the obvious
ones; `update_projections`, which the seed does not define, folds.

>>> system = CQRSSystem().handle_command(Create(1, 1))
>>> print(system)
stored [created 1]; entities {}; projection {1: 1}
>>> print(system.handle_query(1))
None
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from cospec.models.model import action, invariant, require

__all__ = [
    "COMMANDS", "REPAIRED", "REPAIRS", "CQRSSystem", "Command", "Create", "Delete", "Entities",
    "Event", "OneEntity", "Update", "fold",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Create:
    """`CreateCommand`; the data of the command say which entity it is."""

    id: int
    data: int

    def __str__(self) -> str:
        return f"create({self.id}, {self.data})"


@dataclass(frozen=True, slots=True)
class Update:
    """`UpdateCommand`"""

    id: int
    data: int

    def __str__(self) -> str:
        return f"update({self.id}, {self.data})"


@dataclass(frozen=True, slots=True)
class Delete:
    """`DeleteCommand`"""

    id: int

    def __str__(self) -> str:
        return f"delete({self.id})"


Command: TypeAlias = Create | Update | Delete


@dataclass(frozen=True, slots=True)
class Event:
    """What a command leads to: what was done, to which entity, and its data after that."""

    kind: str
    id: int
    data: int | None

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


#: Entities that are there, and their data, by ascending ids.
Entities: TypeAlias = tuple[tuple[int, int], ...]

#: The commands with which the system is explored; an id of 0 is not valid.
COMMANDS: tuple[Command, ...] = (Create(1, 1), Update(1, 2), Delete(1), Create(0, 1))


def fold(entities: Entities, events: Iterable[Event]) -> Entities:
    """Entities after events."""
    found = dict(entities)
    for event in events:
        if event.data is None:
            found.pop(event.id, None)
        else:
            found[event.id] = event.data
    return tuple(sorted(found.items()))


@dataclass(frozen=True)
class CQRSSystem:
    """`CQRSSystem`

    Attributes:
        folding: repair: `handle_command` folds events into the entities.
        projecting: repair: `query_handlers` get the state of the projections.
        deciding: repair: `command_handlers` get the entities.
        room: how many events are stored at most where the model is explored.
        entities: those of the write model.
        event_store: the events.
        projection_state: the projection.
        refused: whether the last command was.
    """

    folding: bool = False
    projecting: bool = False
    deciding: bool = False
    room: int = 3
    entities: Entities = ()
    event_store: tuple[Event, ...] = ()
    projection_state: Entities = ()
    refused: bool = False

    # -------------------------------------------------------------------------- the write model

    def validation_rules(self, command: Command) -> bool:
        """Whether a command is valid."""
        return command.id > 0

    def command_handlers(self, command: Command) -> tuple[Event, ...] | None:
        """The events of a command; None: it is refused."""
        there = any(command.id == id for id, _ in self.entities)
        if self.deciding and there == isinstance(command, Create):
            return None
        match command:
            case Create(id, data):
                return (Event("created", id, data),)
            case Update(id, data):
                return (Event("updated", id, data),)
            case Delete(id):
                return (Event("deleted", id, None),)

    def handle_command(self, command: Command) -> CQRSSystem | None:
        """`handle_command`"""
        if not self.validation_rules(command):
            return None
        events = self.command_handlers(command)
        if events is None:
            return None
        return replace(
            self,
            entities=fold(self.entities, events) if self.folding else self.entities,
            event_store=self.event_store + events,
            projection_state=fold(self.projection_state, events),
        )

    # --------------------------------------------------------------------------- the read model

    def query_handlers(self, id: int) -> int | None:
        """What `GetQuery` gives: the data of an entity; None where there is none."""
        known = self.projection_state if self.projecting else ()
        return dict(known).get(id)

    def handle_query(self, id: int) -> int | None:
        """`handle_query`"""
        return self.query_handlers(id)

    # ---------------------------------------------------------------------------------- actions

    @action(command=COMMANDS)
    def command(self, command: Command) -> CQRSSystem:
        """Somebody has a command handled; where that gives None there is still the old system."""
        require(len(self.event_store) < self.room)
        after = self.handle_command(command)
        return replace(self, refused=True) if after is None else replace(after, refused=False)

    @action(id=(1, 2))
    def query(self, id: int) -> CQRSSystem:
        """Somebody has a query handled."""
        self.handle_query(id)
        return self

    # ------------------------------------------------------------------------------- properties

    @invariant
    def projections_are_folds(self) -> bool:
        """The projection is what the events give."""
        return self.projection_state == fold((), self.event_store)

    @invariant
    def entities_are_folds(self) -> bool:
        """The entities of the write model are what the events give."""
        return self.entities == fold((), self.event_store)

    @invariant
    def queries_reflect(self) -> bool:
        """A query is answered with what the events give."""
        wanted = dict(fold((), self.event_store))
        return all(self.handle_query(id) == wanted.get(id) for id in (1, 2))

    @invariant
    def created_once(self) -> bool:
        """No entity is created that is there."""
        for number, event in enumerate(self.event_store):
            there = dict(fold((), self.event_store[:number]))
            if event.kind == "created" and event.id in there:
                return False
        return True

    def __str__(self) -> str:
        stored = ", ".join(map(str, self.event_store))
        refused = "; refused" if self.refused else ""
        return (
            f"stored [{stored}]; entities {dict(self.entities)}; "
            f"projection {dict(self.projection_state)}{refused}"
        )


#: The switches.
REPAIRS = ("folding", "projecting", "deciding")

REPAIRED = CQRSSystem(folding=True, projecting=True, deciding=True)


@dataclass(frozen=True)
class OneEntity:
    """What happens to one entity of the system, whatever the others are.

    Attributes:
        deciding: as in `CQRSSystem`.
        there: whether the events give that it is there.
        creations: how often it was created.
        deletions: how often it was deleted, after it had been created.
    """

    deciding: bool = False
    there: bool = False
    creations: int = 0
    deletions: int = 0

    @action
    def create(self) -> OneEntity:
        """It is created."""
        require(not self.deciding or not self.there)
        return replace(self, there=True, creations=self.creations + 1)

    @action
    def update(self) -> OneEntity:
        """It is updated; without the state, also where it is not there."""
        require(not self.deciding or self.there)
        return replace(self, there=True)

    @action
    def delete(self) -> OneEntity:
        """It is deleted; without the state, also where it is not there."""
        require(not self.deciding or self.there)
        gone = self.deletions + 1 if self.there else self.deletions
        return replace(self, there=False, deletions=gone)

    @invariant
    def created_once(self) -> bool:
        """It was created as often as it was deleted, and once more if it is there."""
        return self.creations == self.deletions + (1 if self.there else 0)

    def __str__(self) -> str:
        return f"{'there' if self.there else 'not there'}, created {self.creations} times"
