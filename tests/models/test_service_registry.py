"""The service registry, its lock and its health checker: what they do at the edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.models import registry_lock
from cospec.models.http_checker import HttpCheck
from cospec.models.model import Disabled, ModelSystem
from cospec.models.registered_instance import RegisteredInstance
from cospec.models.registry_lock import RegistryLock
from cospec.models.service_registry import (
    AS_WRITTEN,
    NOT_FOUND,
    REPAIRED,
    HealthStatus,
    Registry,
    Stored,
    deregister,
    discover,
    register,
)
from cospec.proofs.explored import explore


def test_a_name_without_instances_is_taken_out() -> None:
    services = register((), "S", Stored("a"))
    assert services == (("S", (Stored("a"),)),)
    assert deregister(services, "S", "b") == deregister(services, "T", "a") == services
    assert deregister(services, "S", "a") == ()


def test_services_have_nothing_to_do_with_one_another() -> None:
    both = register(register((), "T", Stored("b")), "S", Stored("a"))
    assert discover(both, "S") == (Stored("a"),)
    assert discover(deregister(both, "S", "a"), "T") == (Stored("b"),)


def test_only_healthy_instances_are_discovered() -> None:
    services = ()
    for name, status in zip("abc", HealthStatus, strict=True):
        services = register(services, "S", Stored(name, status))
    assert discover(services, "S") == (Stored("a"),)
    assert discover((), "S") == ()
    assert discover((), "S", telling=True) == NOT_FOUND


@pytest.mark.parametrize(("design", "states"), [(AS_WRITTEN, 4805), (REPAIRED, 1701)])
def test_the_registry_has_as_many_states(design: Registry, states: int) -> None:
    assert len(explore(design).exploration.states) == states


def seen_of(state: Registry | RegisteredInstance) -> tuple[object, ...]:
    """A registry with one instance, and the instance alone, in the same terms; ages to the cap."""
    most = state.lifetime + 1
    if isinstance(state, RegisteredInstance):
        stored = (state.status, min(state.age, most)) if state.stored else None
        ages = min(state.unwell, most), min(state.silent, most)
        return stored, state.well, *ages, state.result
    kept = state.stored()
    stored = (kept[0].status, kept[0].age) if kept else None
    return stored, state.well[0], state.unwell[0], state.silent[0], state.results[0]


@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize("expiring", [False, True])
@pytest.mark.parametrize("lifetime", [0, 1, 2])
def test_one_instance_does_what_a_registry_of_one_does(
    writing: bool, expiring: bool, lifetime: int
) -> None:
    alone = RegisteredInstance(lifetime, writing, expiring)
    registry = Registry(lifetime, True, writing, expiring, (), (True,), (0,), (0,), (None,))
    waiting, met = [(registry, alone)], {(registry, seen_of(alone))}
    while waiting:
        many, one = waiting.pop()
        assert seen_of(many) == seen_of(one)
        assert bool(many.found()) == one.found()
        for name in ("status_is_result", "silent_are_not_found", "found_were_well"):
            assert getattr(many, name)() == getattr(one, name)()
        steps = {event.name: after for event, after in ModelSystem(registry).transitions(many)}
        steps_of_one = {event.name: after for event, after in ModelSystem(alone).transitions(one)}
        assert steps.keys() == steps_of_one.keys()
        for name, after in steps.items():
            pair = after, seen_of(steps_of_one[name])
            if pair not in met:
                met.add(pair)
                waiting.append((after, steps_of_one[name]))
    assert len(met) >= 20


# ------------------------------------------------------------------------------------- the lock


def test_readers_share_the_lock_when_no_writer_waits() -> None:
    state = RegistryLock().check_asks().asks("discover")
    assert state.holders == ("check", "discover")


def test_a_reader_waits_behind_a_writer_that_waits() -> None:
    state = RegistryLock().check_asks().asks("register").asks("discover")
    after = state.answer_arrives().check_ends()
    assert after.holders == ("register",)
    assert after.queue == ("discover",)
    assert after.is_done("register").holders == ("discover",)


def test_a_check_that_lets_go_is_in_nobodys_way() -> None:
    state = registry_lock.REPAIRED.check_asks().check_copies().asks("register")
    assert state.holders == ("register",)
    after = state.answer_arrives().check_ends()
    assert after.queue == ("write_back",)
    assert after.is_done("register").holders == ("write_back",)


@pytest.mark.parametrize(("design", "instances"), [(False, 1), (False, 3), (True, 2)])
def test_who_writes_is_alone(design: bool, instances: int) -> None:
    assert explore(RegistryLock(instances, design)).holds


def test_the_network_answers_only_who_asks() -> None:
    with pytest.raises(Disabled):
        RegistryLock().answer_arrives()
    with pytest.raises(Disabled):
        registry_lock.REPAIRED.check_asks().answer_arrives()


# ---------------------------------------------------------------------------------- the checker


@pytest.mark.parametrize(
    ("status", "healthy"), [(0, False), (199, False), (200, True), (299, True), (300, False)]
)
def test_only_success_is_healthy(status: int, healthy: bool) -> None:
    result = HttpCheck().replies(status).polled().result
    assert result is (HealthStatus.HEALTHY if healthy else HealthStatus.UNHEALTHY)


def test_a_response_at_the_last_moment_counts_if_it_is_seen_first() -> None:
    late = HttpCheck(timeout=1).tick()
    assert late.replies(200).polled().result is HealthStatus.HEALTHY
    assert late.polled().result is HealthStatus.UNHEALTHY
    with pytest.raises(Disabled):
        late.tick()
    with pytest.raises(Disabled):
        replace(late, clock=0).polled()
