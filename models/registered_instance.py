"""M10, what a registry knows of one instance, for proofs of any lifetime.

Instances do not interfere: in `service_registry.Registry` each action concerns one of them, or all
in the same way. So one is enough, and its ages may be any numbers.

>>> RegisteredInstance().register().crash().tick().tick().found()
True
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cospec.models.model import action, invariant, require
from cospec.models.service_registry import HealthStatus

__all__ = ["RegisteredInstance"]


@dataclass(frozen=True)
class RegisteredInstance:
    """One instance, and what is stored of it.

    Attributes:
        lifetime: of at least 0.
        writing, expiring: the repairs of `Registry`.
        stored: whether it is registered.
        status, age: what is stored of it; an instance that registers again replaces itself.
        well, unwell, silent, result: as in `Registry`.
    """

    lifetime: int = 1
    writing: bool = False
    expiring: bool = False
    stored: bool = False
    status: HealthStatus = HealthStatus.HEALTHY
    age: int = 0
    well: bool = True
    unwell: int = 0
    silent: int = 0
    result: HealthStatus | None = None

    @action
    def register(self) -> RegisteredInstance:
        """It registers as Healthy, perhaps again."""
        require(self.well)
        return replace(self, stored=True, status=HealthStatus.HEALTHY, age=0, silent=0, result=None)

    @action
    def deregister(self) -> RegisteredInstance:
        """Somebody deregisters it, perhaps again."""
        return replace(self, stored=False, status=HealthStatus.HEALTHY, age=0, result=None)

    @action
    def health_check(self) -> RegisteredInstance:
        """It is checked."""
        require(self.stored)
        found = HealthStatus.HEALTHY if self.well else HealthStatus.UNHEALTHY
        return replace(self, status=found if self.writing else self.status, result=found)

    @action
    def heartbeat(self) -> RegisteredInstance:
        """It says that it is well."""
        require(self.well)
        return replace(self, age=0 if self.expiring else self.age, silent=0)

    @action
    def crash(self) -> RegisteredInstance:
        """It is not well any more."""
        require(self.well)
        return replace(self, well=False)

    @action
    def recover(self) -> RegisteredInstance:
        """It is well again."""
        require(not self.well)
        return replace(self, well=True, unwell=0)

    @action
    def tick(self) -> RegisteredInstance:
        """Time passes."""
        return replace(
            self,
            age=self.age + 1 if self.stored else self.age,
            unwell=0 if self.well else self.unwell + 1,
            silent=self.silent + 1,
        )

    def found(self) -> bool:
        """Whether `discover` gives it."""
        fresh = self.age <= self.lifetime or not self.expiring
        return self.stored and self.status == HealthStatus.HEALTHY and fresh

    @invariant
    def status_is_result(self) -> bool:
        """What is stored is what the last health check has found."""
        return not self.stored or self.result is None or self.status == self.result

    @invariant
    def silent_are_not_found(self) -> bool:
        """If it has sent no heartbeat for longer than `lifetime`, it is not discovered."""
        return not self.found() or self.silent <= self.lifetime

    @invariant
    def found_were_well(self) -> bool:
        """If it is discovered, it has been well within the last `lifetime`."""
        return not self.found() or self.unwell <= self.lifetime

    @invariant
    def ages_tell(self) -> bool:
        """It has not been unwell for longer than silent, nor silent for longer than its age."""
        return 0 <= self.unwell <= self.silent and (not self.stored or self.silent <= self.age)

    @invariant
    def well_now(self) -> bool:
        """If it is well, it was so just now."""
        return not self.well or self.unwell == 0

    def __str__(self) -> str:
        stored = f"{self.status.value}, seen {self.age} ago" if self.stored else "nothing"
        really = "well" if self.well else f"down for {self.unwell}"
        return f"stored: {stored} | {really}, silent for {self.silent}"
