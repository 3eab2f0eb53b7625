'''M09, what can be read off a description of a system without running it.

A description is a few lines of TOML: services with what they own and call, teams, bounded contexts,
event handlers, and the order in which functions take locks. The checks report what they find by
name; that nothing is found says no more than that.

>>> shop = Description.of_text("""
... [service.orders]
... capability = "ordering"
... owns = ["Order", "Customer"]
... calls = ["payment"]
... [service.payment]
... capability = "paying"
... owns = ["Customer"]
... calls = ["orders"]
... """)
>>> print(*shop.report(), sep="\\n")
cycle of calls: orders → payment → orders
Customer is owned by orders and payment
'''

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import networkx

from cospec.models.model import action, final, require

__all__ = [
    "BREAKER", "ORDERS_004", "TOKEN_BUCKET", "Context", "DequeuingBus", "Description",
    "DescriptionError", "Function", "Service", "consequences", "cycles",
]  # fmt: skip

Edge = tuple[str, str]


class DescriptionError(ValueError):
    """A description that is none: a key or a name that does not exist."""


@dataclass(frozen=True, slots=True)
class Service:
    """A `Microservice`.

    Attributes:
        name: its `service_id`.
        capability: its `business_capability`, of which the record has one.
        owns: the entities of its `data_model`.
        operations: the capability that each of its operations belongs to.
        calls: the services whose `api_contract` it uses.
        team: who owns it.
    """

    name: str
    capability: str = ""
    owns: frozenset[str] = frozenset()
    operations: tuple[tuple[str, str], ...] = ()
    calls: frozenset[str] = frozenset()
    team: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A `BoundedContext`: its name and its boundary, pairs of entity and operation."""

    name: str
    boundary: frozenset[str]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that takes locks: `take X` and `drop X`, in this order.

    A function may be called inside another one; what is called is a step of its own.
    """

    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """A system, as far as the checks look at it.

    Attributes:
        services: the services.
        talks: the teams that talk to each other.
        contexts: the bounded contexts.
        emits: the types of events that the handlers of a type emit.
        functions: what takes locks.
        calls: which function calls which, for functions of any kind.
    """

    services: tuple[Service, ...] = ()
    talks: frozenset[frozenset[str]] = frozenset()
    contexts: tuple[Context, ...] = ()
    emits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    functions: tuple[Function, ...] = ()
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @staticmethod
    def of_text(text: str) -> Description:
        """The description in a text.

        Raises:
            DescriptionError: it has a key or names a service that does not exist.
        """
        read = tomllib.loads(text)
        unknown = sorted(set(read) - {"service", "team", "context", "emits", "locks", "calls"})
        if unknown:
            raise DescriptionError(f"no such table: {', '.join(unknown)}")
        services = tuple(_service(name, table) for name, table in read.get("service", {}).items())
        names = {service.name for service in services}
        for service in services:
            if missing := sorted(service.calls - names):
                raise DescriptionError(f"{service.name} calls {', '.join(missing)}: no service")
        teams = read.get("team", {}).items()
        return Description(
            services,
            frozenset(
                frozenset((one, two)) for one, table in teams for two in table.get("talks_to", ())
            ),
            tuple(
                Context(name, frozenset(table.get("boundary", ())))
                for name, table in read.get("context", {}).items()
            ),
            {kind: tuple(emitted) for kind, emitted in read.get("emits", {}).items()},
            tuple(Function(name, tuple(steps)) for name, steps in read.get("locks", {}).items()),
            {name: tuple(called) for name, called in read.get("calls", {}).items()},
        )

    # --------------------------------------------------------------------------- services

    def call_cycles(self) -> list[tuple[str, ...]]:
        """Services that call each other in a circle."""
        return cycles((one.name, two) for one in self.services for two in one.calls)

    def shared(self) -> dict[str, list[str]]:
        """The owners of each entity that more than one service owns."""
        owners: dict[str, list[str]] = {}
        for service in self.services:
            for entity in sorted(service.owns):
                owners.setdefault(entity, []).append(service.name)
        return {entity: names for entity, names in owners.items() if len(names) > 1}

    def scattered(self) -> dict[str, list[str]]:
        """The capabilities of the operations of each service that has operations of several."""
        found = {s.name: sorted({of for _, of in s.operations}) for s in self.services}
        return {name: many for name, many in found.items() if len(many) > 1}

    def foreign(self, belongs: Mapping[str, str]) -> dict[str, list[str]]:
        """The entities of each service that belong to another capability than its own."""
        found = {
            service.name: sorted(e for e in service.owns if belongs[e] != service.capability)
            for service in self.services
        }
        return {name: entities for name, entities in found.items() if entities}

    def silent(self) -> list[Edge]:
        """Calls between services whose teams do not talk to each other."""
        team = {service.name: service.team for service in self.services}
        calls = [(one.name, two) for one in self.services for two in sorted(one.calls)]
        return [
            (one, two)
            for one, two in calls
            if team[one] != team[two] and frozenset((team[one], team[two])) not in self.talks
        ]

    def overlaps(self) -> list[tuple[str, str, list[str]]]:
        """Contexts of which something belongs to both boundaries."""
        return [
            (one.name, two.name, sorted(one.boundary & two.boundary))
            for one, two in combinations(self.contexts, 2)
            if one.boundary & two.boundary
        ]

    # -------------------------------------------------------------- events, locks, functions

    def emission_cycles(self, among: Collection[str] | None = None) -> list[tuple[str, ...]]:
        """Types of events that bring each other about in a circle; of those that follow from the
        types given, if any are."""
        graph = networkx.DiGraph()
        graph.add_nodes_from(self.emits)
        graph.add_edges_from((one, two) for one, emitted in self.emits.items() for two in emitted)
        if among is not None:
            reached = set(among).union(*(networkx.descendants(graph, kind) for kind in among))
            graph = graph.subgraph(reached)
        return cycles(graph.edges)

    def lock_cycles(self) -> list[tuple[str, ...]]:
        """Locks that are waited for in a circle, each while the one before is held."""
        return cycles(self.lock_order())

    def lock_order(self) -> set[Edge]:
        """Pairs of locks of which the second is taken while the first is held."""
        found: set[Edge] = set()
        for function in self.functions:
            held: list[str] = []
            for step in function.steps:
                verb, _, lock = step.partition(" ")
                if verb == "take":
                    found.update((other, lock) for other in held)
                    held.append(lock)
                elif verb == "drop" and lock in held:
                    held.remove(lock)
                else:
                    raise DescriptionError(f"{function.name}: {step}")
        return found

    def never_called(self, entries: Iterable[str]) -> list[str]:
        """Functions that nothing calls, beginning with `entries`."""
        graph = networkx.DiGraph()
        graph.add_nodes_from(self.calls)
        graph.add_edges_from((one, two) for one, called in self.calls.items() for two in called)
        roots = [entry for entry in entries if entry in graph]
        reached = set(roots).union(*(networkx.descendants(graph, root) for root in roots))
        return [name for name in graph if name not in reached]

    def report(self) -> list[str]:
        """What the checks find, a line each."""
        return [
            *(f"cycle of calls: {_circle(found)}" for found in self.call_cycles()),
            *(f"{e} is owned by {' and '.join(names)}" for e, names in self.shared().items()),
            *(f"{s} serves {' and '.join(many)}" for s, many in self.scattered().items()),
            *(f"{one} calls {two}, whose team it does not talk to" for one, two in self.silent()),
            *(f"{a} and {b} overlap: {', '.join(both)}" for a, b, both in self.overlaps()),
            *(f"cycle of events: {_circle(found)}" for found in self.emission_cycles()),
            *(f"cycle of locks: {_circle(found)}" for found in self.lock_cycles()),
        ]


def cycles(edges: Iterable[Edge]) -> list[tuple[str, ...]]:
    """The simple cycles of a graph, the shortest first, each beginning with its first name."""
    found = []
    for cycle in networkx.simple_cycles(networkx.DiGraph(sorted(edges))):
        first = cycle.index(min(cycle))
        found.append((*cycle[first:], *cycle[:first]))
    return sorted(found, key=lambda cycle: (len(cycle), cycle))


def _circle(cycle: tuple[str, ...]) -> str:
    return " → ".join((*cycle, cycle[0]))


def _service(name: str, table: dict[str, Any]) -> Service:
    unknown = sorted(set(table) - {"capability", "owns", "operations", "calls", "team"})
    if unknown:
        raise DescriptionError(f"{name} has no {', '.join(unknown)}")
    return Service(
        name,
        table.get("capability", ""),
        frozenset(table.get("owns", ())),
        tuple(table.get("operations", {}).items()),
        frozenset(table.get("calls", ())),
        table.get("team", ""),
    )


# ------------------------------------------------------------------------------ a queue of events

#: What the handlers of each type of event emit.
Emits = tuple[tuple[str, tuple[str, ...]], ...]


def consequences(emits: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """How many events there are in the end for one of each type, itself included.

    Raises:
        networkx.NetworkXUnfeasible: types bring each other about in a circle.
    """
    graph = networkx.DiGraph()
    graph.add_nodes_from(emits)
    graph.add_edges_from((one, two) for one, emitted in emits.items() for two in emitted)
    found: dict[str, int] = {}
    for kind in reversed(list(networkx.topological_sort(graph))):
        found[kind] = 1 + sum(found[each] for each in emits.get(kind, ()))
    return found


@dataclass(frozen=True)
class DequeuingBus:
    """The event bus of seed 000, section 4.1, repaired so far that it takes an event off its queue
    before it puts those there that its handlers emit."""

    emits: Emits
    queue: tuple[str, ...]

    @action(fair=True)
    def handle(self) -> DequeuingBus:
        """The first event is handled."""
        require(self.queue)
        first, *rest = self.queue
        return replace(self, queue=(*rest, *dict(self.emits).get(first, ())))

    @final
    def quiescent(self) -> bool:
        """Nothing is left to be handled."""
        return not self.queue

    def __str__(self) -> str:
        return f"⟨{', '.join(self.queue)}⟩"


# --------------------------------------------------------------- systems of the documents

#: The circuit breaker of seed 004, section 3.1: a guard lives until the end of its block, and in
#: `if let Some(…) = *lock.read().await` until the end of the `if`.
BREAKER = """
[locks]
"call, Closed or HalfOpen" = ["take state", "drop state"]
"call, Open" = [
  "take state", "drop state",
  "take last_failure_time",
  "take state", "drop state", "take success_count", "drop success_count",
  "drop last_failure_time",
]
"on_success, HalfOpen" = [
  "take state", "drop state",
  "take success_count",
  "take state", "drop state", "take failure_count", "drop failure_count",
  "drop success_count",
]
"on_success, Closed" = ["take state", "drop state", "take failure_count", "drop failure_count"]
on_failure = [
  "take failure_count",
  "take state", "drop state", "take last_failure_time", "drop last_failure_time",
  "drop failure_count",
]
"""

#: The token bucket of seed 004, section 2.2.
TOKEN_BUCKET = """
[locks]
allow = ["take tokens", "take last_refill", "drop last_refill", "drop tokens"]
"""

#: The order system of seed 004, section 1.1, and which of its functions call which.
ORDERS_004 = """
[service.gateway]
calls = ["commands", "queries"]
[service.commands]
capability = "ordering"
owns = ["Order"]
calls = ["events"]
[service.queries]
capability = "ordering"
owns = ["OrderReadModel"]
calls = ["read_model"]
[service.events]
owns = ["events"]
calls = ["read_model"]
[service.read_model]
owns = ["orders_read_model"]

[calls]
"POST /orders" = ["create_order"]
"POST /orders/:id/pay" = ["pay_order"]
"POST /orders/:id/ship" = ["ship_order"]
"POST /orders/:id/cancel" = ["cancel_order"]
"GET /orders/:id" = ["get_order"]
"GET /users/:user_id/orders" = ["list_user_orders"]
create_order = ["Order::create", "save_events"]
pay_order = ["load_events", "Order::from_events", "Order::pay", "save_events"]
save_events = ["publish_event"]
publish_event = []
handle_event = []
save_snapshot = []
load_aggregate = ["load_snapshot", "load_events_after_version", "load_events", "Order::from_events"]
"""
