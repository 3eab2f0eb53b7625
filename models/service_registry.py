"""M10, service registry: `ServiceRegistry` of seed 001, section 2.1, as written and repaired.

The Rust listing keeps a list of instances for each name of a service; the Coq record beside it
keeps at most one (`several=False`). What an operation does to a list is a function here. `Registry`
is a registry among instances that crash, come back and send heartbeats.

>>> one = Stored("a")
>>> registered((one,), one)
(Stored(id='a', status=<HealthStatus.HEALTHY: 'Healthy'>, age=0), \
Stored(id='a', status=<HealthStatus.HEALTHY: 'Healthy'>, age=0))
>>> registered((one,), one, keyed=True) == (one,)
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, TypeVar

from cospec.models.model import action, invariant, require

__all__ = [
    "AS_WRITTEN", "NOT_FOUND", "REPAIRED", "REPAIRS", "HealthStatus", "Instances", "Registry",
    "Services", "Stored", "checked", "deregister", "deregistered", "discover", "healthy",
    "register", "registered",
]  # fmt: skip

Value = TypeVar("Value")


class HealthStatus(Enum):
    """What is known of an instance."""

    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Stored:
    """An instance as the registry has it; its age is the time since `last_heartbeat`."""

    id: str
    status: HealthStatus = HealthStatus.HEALTHY
    age: int = 0

    def __str__(self) -> str:
        return f"{self.id} {self.status.value}, seen {self.age} ago"


Instances: TypeAlias = tuple[Stored, ...]
#: The map of the registry: names of services with their instances, sorted.
Services: TypeAlias = tuple[tuple[str, Instances], ...]

#: `Err(RegistryError::ServiceNotFound)`
NOT_FOUND = "ServiceNotFound"


# ------------------------------------------------------------------------- what is done to a list


def registered(
    instances: Instances, instance: Stored, keyed: bool = False, several: bool = True
) -> Instances:
    """The list after `register`.

    Args:
        instances: the list before.
        instance: what is registered.
        keyed: repair: it replaces what has the same id.
        several: whether a service has a list of instances at all, or an option.
    """
    if not several:
        return (instance,)
    return (*(deregistered(instances, instance.id) if keyed else instances), instance)


def deregistered(instances: Instances, instance_id: str) -> Instances:
    """`retain`: the list without the instances of an id."""
    return tuple(each for each in instances if each.id != instance_id)


def healthy(instances: Instances) -> Instances:
    """The filter of `discover`."""
    return tuple(each for each in instances if each.status is HealthStatus.HEALTHY)


def checked(instances: Instances, probe: Callable[[str], HealthStatus], writing: bool) -> Instances:
    """The list after `health_check`, which asks for the health of each and, in the seed, drops the
    answer."""
    if not writing:
        return instances
    return tuple(replace(each, status=probe(each.id)) for each in instances)


# -------------------------------------------------------------------------- what is done to the map


def register(
    services: Services, name: str, instance: Stored, keyed: bool = False, several: bool = True
) -> Services:
    """The map after `register`."""
    entries = dict(services)
    entries[name] = registered(entries.get(name, ()), instance, keyed, several)
    return tuple(sorted(entries.items()))


def deregister(services: Services, name: str, instance_id: str) -> Services:
    """The map after `deregister`, which always answers Ok: a name without instances goes."""
    entries = {n: deregistered(i, instance_id) if n == name else i for n, i in services}
    return tuple(sorted((n, i) for n, i in entries.items() if i or n != name))


def discover(services: Services, name: str, telling: bool = False) -> Instances | str:
    """What `discover` answers: Ok with a list; the repaired one does not know every name."""
    entries = dict(services)
    if telling and name not in entries:
        return NOT_FOUND
    return healthy(entries.get(name, ()))


# ------------------------------------------------------------------------- among living instances

#: The instances that there are, and the service that they serve.
IDS = ("a", "b")
SERVICE = "S"


def _ids(state: Registry) -> tuple[str, ...]:
    return IDS[: len(state.well)]


@dataclass(frozen=True)
class Registry:
    """A registry and the instances of one service, each known by its id.

    Attributes:
        lifetime: how long an instance may be silent, for those who care.
        keyed: repair: registering replaces what has the same id.
        writing: repair: a health check stores what it has found.
        expiring: repair: heartbeats are stored, and what is older than `lifetime` is not found.
        services: the map.
        well: of each instance whether it would answer.
        unwell: of each instance how long ago it was last well.
        silent: of each instance for how long it has sent no heartbeat, nor registered.
        results: of each instance what the last health check found; None if there was none since it
            was registered.
    """

    lifetime: int = 1
    keyed: bool = False
    writing: bool = False
    expiring: bool = False
    services: Services = ()
    well: tuple[bool, ...] = (True, True)
    unwell: tuple[int, ...] = (0, 0)
    silent: tuple[int, ...] = (0, 0)
    results: tuple[HealthStatus | None, ...] = (None, None)

    # ---------------------------------------------------------------------------------- actions

    @action(instance=_ids)
    def register(self, instance: str) -> Registry:
        """An instance that is well registers as Healthy, perhaps again."""
        place = IDS.index(instance)
        require(self.well[place])
        after = register(self.services, SERVICE, Stored(instance), self.keyed)
        require(len(dict(after)[SERVICE]) <= len(IDS))  # else the search has no end
        silent, results = _put(self.silent, place, 0), _put(self.results, place, None)
        return replace(self, services=after, silent=silent, results=results)

    @action(instance=_ids)
    def deregister(self, instance: str) -> Registry:
        """Somebody deregisters it, perhaps again."""
        after = deregister(self.services, SERVICE, instance)
        results = _put(self.results, IDS.index(instance), None)
        return replace(self, services=after, results=results)

    @action(fair=True)
    def health_check(self) -> Registry:
        """All that is stored is checked; who waits for whom is for `registry_lock` to say."""
        require(self.stored())
        after = tuple((name, checked(i, self._probe, self.writing)) for name, i in self.services)
        known = {each.id for each in self.stored()}
        pairs = zip(IDS, self.results, strict=False)
        results = tuple(self._probe(i) if i in known else result for i, result in pairs)
        return replace(self, services=after, results=results)

    @action(instance=_ids)
    def heartbeat(self, instance: str) -> Registry:
        """An instance that is well says so; the registry as written has no such operation."""
        place = IDS.index(instance)
        require(self.well[place])
        after = self.services
        if self.expiring:
            after = tuple((n, tuple(_seen(e, instance) for e in i)) for n, i in after)
        return replace(self, services=after, silent=_put(self.silent, place, 0))

    @action(instance=_ids)
    def crash(self, instance: str) -> Registry:
        """An instance is not well any more."""
        place = IDS.index(instance)
        require(self.well[place])
        return replace(self, well=_put(self.well, place, False))

    @action(instance=_ids)
    def recover(self, instance: str) -> Registry:
        """An instance is well again."""
        place = IDS.index(instance)
        require(not self.well[place])
        well, unwell = _put(self.well, place, True), _put(self.unwell, place, 0)
        return replace(self, well=well, unwell=unwell)

    @action
    def tick(self) -> Registry:
        """Time passes; beyond what anybody asks for nothing grows older."""
        most = self.lifetime + 1
        unwell = zip(self.well, self.unwell, strict=True)
        return replace(
            self,
            services=tuple(
                (name, tuple(replace(each, age=min(each.age + 1, most)) for each in instances))
                for name, instances in self.services
            ),
            unwell=tuple(0 if well else min(since + 1, most) for well, since in unwell),
            silent=tuple(min(since + 1, most) for since in self.silent),
        )

    def _probe(self, instance: str) -> HealthStatus:
        well = self.well[IDS.index(instance)]
        return HealthStatus.HEALTHY if well else HealthStatus.UNHEALTHY

    # ------------------------------------------------------------------------------- properties

    def stored(self) -> Instances:
        """The instances of the service."""
        return dict(self.services).get(SERVICE, ())

    def found(self) -> Instances:
        """What `discover` gives."""
        given = healthy(self.stored())
        return tuple(each for each in given if not self.expiring or each.age <= self.lifetime)

    @invariant
    def status_is_result(self) -> bool:
        """What is stored of an instance is what the last health check has found."""
        known = dict(zip(IDS, self.results, strict=False))
        return all(known[each.id] in (None, each.status) for each in self.stored())

    @invariant
    def silent_are_not_found(self) -> bool:
        """Who has sent no heartbeat for longer than `lifetime` is not discovered."""
        silent = dict(zip(IDS, self.silent, strict=False))
        return all(silent[each.id] <= self.lifetime for each in self.found())

    @invariant
    def found_were_well(self) -> bool:
        """Who is discovered has been well within the last `lifetime`."""
        unwell = dict(zip(IDS, self.unwell, strict=False))
        return all(unwell[each.id] <= self.lifetime for each in self.found())

    @invariant
    def once_each(self) -> bool:
        """No id is stored twice."""
        ids = [each.id for each in self.stored()]
        return len(ids) == len(set(ids))

    def registered_are_well(self) -> bool:
        """`service_discovery_consistency`, where Healthy means that the instance is well."""
        well = dict(zip(IDS, self.well, strict=False))
        return all(well[each.id] for each in self.stored())

    def registered_are_healthy(self) -> bool:
        """`service_discovery_consistency`, where Healthy is what the registry says."""
        return all(each.status is HealthStatus.HEALTHY for each in self.stored())

    def __str__(self) -> str:
        stored = "; ".join(map(str, self.stored())) or "nothing"
        known = zip(IDS, self.well, self.unwell, self.silent, strict=False)
        really = [f"{i} {'well' if w else f'down for {u}'}, silent for {s}" for i, w, u, s in known]
        return f"stored: {stored} | {'; '.join(really)}"


def _put(values: tuple[Value, ...], place: int, value: Value) -> tuple[Value, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _seen(stored: Stored, instance: str) -> Stored:
    return replace(stored, age=0) if stored.id == instance else stored


#: The switches.
REPAIRS = ("keyed", "writing", "expiring")

AS_WRITTEN = Registry()

REPAIRED = Registry(keyed=True, writing=True, expiring=True)
