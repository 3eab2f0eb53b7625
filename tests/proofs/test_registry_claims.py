"""Claims on the service registry: shortest counterexamples, the lists of z3, the repairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import pytest
import z3

from cospec.models import registry_lock, service_registry
from cospec.models.http_checker import HttpCheck
from cospec.models.model import action, require
from cospec.models.registry_lock import RegistryLock
from cospec.models.service_registry import HealthStatus, Instances, Registry, Stored
from cospec.proofs import registry_logic as logic
from cospec.proofs.claims import CLAIMS, registry, registry_health
from cospec.proofs.register import Finding, Truth, Undecided, run


def runs(slug: str) -> list[tuple[str, ...]]:
    finding = run(CLAIMS[slug]).finding
    assert finding is not None
    return [wrong.steps for wrong in finding.counterexamples]


@pytest.mark.parametrize(
    ("slug", "lengths"),
    [
        ("registry-consistency", [2, 3]),
        ("registry-register-idempotent", [2]),
        ("registry-health-written", [3, 6]),
        ("registry-heartbeat", [3]),
        ("registry-check-nonblocking", [4, 4, 5]),
    ],
)
def test_counterexamples_are_shortest(slug: str, lengths: list[int]) -> None:
    assert [len(steps) - 1 for steps in runs(slug)] == lengths


def test_one_slow_instance_one_register_and_one_discover_are_enough() -> None:
    _, waits, _ = runs("registry-check-nonblocking")
    events = [line.split(" →")[0] for line in waits[1:]]
    assert events == ["check_asks", "asks.register", "asks.discover", "tick"]


def test_an_option_holds_the_last_instance_only() -> None:
    (steps,) = runs("registry-multiplicity")
    assert steps == ("register S, a", "register S, b")


def test_the_smallest_unknown_service_is_that_of_an_empty_map() -> None:
    (steps,) = runs("registry-unknown-service")
    assert steps == ("the map: empty", "discover S → Ok([])")


# ----------------------------------------------------------------------------------- the repairs

REPAIRED_CLAIMS: dict[str, Callable[[Registry], Finding]] = {
    "consistency": registry_health.consistency_repaired,
    "register": registry.register_idempotent_repaired,
    "written": registry_health.health_written_repaired,
    "heartbeat": registry_health.heartbeat_repaired,
}


def verdicts(design: Registry) -> dict[str, Truth | None]:
    found = {}
    for name, check in REPAIRED_CLAIMS.items():
        finding = check(design)
        for wrong in finding.counterexamples:
            wrong.replay()
        found[name] = finding.verdict
    return found


def test_with_all_repairs_all_claims_hold() -> None:
    assert set(verdicts(service_registry.REPAIRED).values()) == {Truth.TRUE}


@pytest.mark.parametrize(
    ("repair", "broken"),
    [("keyed", {"register"}), ("writing", {"written"}), ("expiring", {"consistency", "heartbeat"})],
)
def test_without_a_repair_its_claims_fail(repair: str, broken: set[str]) -> None:
    found = verdicts(replace(service_registry.REPAIRED, **{repair: False}))
    assert {name for name, truth in found.items() if truth is Truth.FALSE} == broken


def test_every_repair_is_taken_out_above() -> None:
    (mark,) = test_without_a_repair_its_claims_fail.pytestmark
    assert {repair for repair, _ in mark.args[1]} == set(service_registry.REPAIRS)


def test_the_other_repairs_are_needed_as_well() -> None:
    assert registry_health.check_nonblocking(registry_lock.REPAIRED).verdict is Truth.TRUE
    assert (
        registry_health.check_nonblocking_repaired(registry_lock.AS_WRITTEN).verdict is Truth.FALSE
    )
    assert registry.unknown_service_repaired(telling=False).verdict is Truth.FALSE
    assert registry.multiplicity_repaired(several=False).verdict is Truth.FALSE


def test_without_replacing_register_is_not_idempotent_for_z3_either() -> None:
    def twice(some: z3.ExprRef) -> z3.BoolRef:
        once = logic.registered(some, logic.instance, keyed=False)
        return logic.registered(once, logic.instance, keyed=False) == once

    with pytest.raises(Undecided):
        logic.prove_for_lists("twice", twice)


@dataclass(frozen=True)
class LettingReadersPass(RegistryLock):
    """A lock that prefers readers, which tokio's is not."""

    def _granted(self) -> RegistryLock:
        readers = [task for task in self.queue if task not in registry_lock.WRITERS]
        others = [task for task in self.queue if task in registry_lock.WRITERS]
        return RegistryLock._granted(replace(self, queue=(*readers, *others)))


def test_that_discover_waits_is_the_fairness_of_the_lock() -> None:
    finding = registry_health.check_nonblocking(LettingReadersPass())
    assert [wrong.text.split(",")[0] for wrong in finding.counterexamples] == [
        "Not so: register gets the lock"
    ]


# --------------------------------------------------------------------------- a checker that errs


@dataclass(frozen=True)
class Impatient(HttpCheck):
    """A checker whose timer runs out too early."""

    @action
    def polled(self) -> HttpCheck:
        require(self.result is None and self.status is None)
        return replace(self, result=HealthStatus.UNHEALTHY, returned=self.clock)


@dataclass(frozen=True)
class Patient(HttpCheck):
    """A checker without a time-out."""

    @action
    def tick(self) -> HttpCheck:
        require(self.result is None and self.status is None)
        return replace(self, clock=self.clock + 1)


@dataclass(frozen=True)
class Generous(HttpCheck):
    """A checker to which any response is a sign of health."""

    @action
    def polled(self) -> HttpCheck:
        require(self.result is None and self.status is not None)
        return replace(self, result=HealthStatus.HEALTHY, returned=self.clock)


@pytest.mark.parametrize("checker", [Impatient(), Patient(), Generous()])
def test_a_checker_that_errs_is_refuted(checker: HttpCheck) -> None:
    finding = registry_health.http_checker(checker)
    assert finding.verdict is Truth.FALSE
    finding.counterexamples[0].replay()


# ------------------------------------------------------------------------------ what z3 is asked

IDS = {name: z3.Const(f"id_{name}", logic.Id) for name in "ab"}
RESTS = {
    (status, age): z3.Const(f"rest_{status.name}_{age}", logic.Rest)
    for status in HealthStatus
    for age in (0, 1)
}
#: Different names are different values.
APART = z3.And(z3.Distinct(*IDS.values()), z3.Distinct(*RESTS.values()))


def term(instance: Stored) -> z3.ExprRef:
    healthy = z3.BoolVal(instance.status is HealthStatus.HEALTHY)
    rest = RESTS[instance.status, instance.age]
    return logic.Instance.stored(IDS[instance.id], healthy, rest)


def terms(instances: Instances) -> z3.ExprRef:
    made = logic.NIL
    for each in reversed(instances):
        made = logic.Instances.cons(term(each), made)
    return made


def test_the_lists_of_z3_are_those_of_the_model() -> None:
    few = [Stored("a"), Stored("b"), Stored("b", HealthStatus.UNHEALTHY, 1)]
    new, solver = Stored("a", HealthStatus.UNKNOWN), z3.Solver()
    solver.add(APART)
    agreements = []
    for instances in (each for n in range(4) for each in product(few, repeat=n)):
        here = terms(instances)
        agreements += [
            logic.healthy(here) == terms(service_registry.healthy(instances)),
            logic.deregistered(here, IDS["a"])
            == terms(service_registry.deregistered(instances, "a")),
            logic.count(here, term(few[1])) == instances.count(few[1]),
            logic.any_healthy(here) == bool(service_registry.healthy(instances)),
        ]
        for keyed in (False, True):
            after = service_registry.registered(instances, new, keyed)
            agreements.append(logic.registered(here, term(new), keyed) == terms(after))
        for known, telling in product((False, True), repeat=2):
            services = (("S", instances),) if known else ()
            answer = service_registry.discover(services, "S", telling)
            found = logic.discover(z3.BoolVal(known), here, telling)
            if isinstance(answer, str):
                agreements.append(found == logic.Found.not_found)
            else:
                agreements.append(found == logic.Found.ok(terms(answer)))
    solver.add(z3.Not(z3.And(agreements)))
    assert solver.check() == z3.unsat
