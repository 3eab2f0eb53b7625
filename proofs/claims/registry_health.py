"""Claims on what the registry knows of the health of its instances (M10): seed 001, section 2.1.

Those on the repaired registry take its switches as an argument, so that each of them can be taken
out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cospec.models import registry_lock
from cospec.models.http_checker import HttpCheck
from cospec.models.registered_instance import RegisteredInstance
from cospec.models.registry_lock import CALLERS, RegistryLock
from cospec.models.service_registry import AS_WRITTEN, REPAIRED, Registry, healthy
from cospec.proofs.evidence import always, each_reason, inductive, leading, smallest_first, weighed
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    Undecided,
)

CLAIMS = Register()

SEED = "seed 001, section 2.1"

BOUNDS = "2 instances of 1 service, lifetime 1"
#: How far induction looks for counterexamples; exploring has looked already.
DEPTH = 2


def _decided(design: Registry, name: str, text: str) -> Finding:
    """An invariant of the registry: explored with two instances, proved with any lifetime of one,
    with which the others have nothing to do."""
    explored = always(design, getattr(Registry, name), text, BOUNDS)
    if isinstance(explored, Counterexample):
        return Finding(counterexamples=(explored,))
    one = RegisteredInstance(writing=design.writing, expiring=design.expiring)
    every = inductive(one, name, text, ["lifetime"], where=_is_natural, depth=DEPTH)
    if isinstance(every, Counterexample):
        raise Undecided("one instance breaks what two instances keep")
    return Finding((every, explored))


def _is_natural(state: RegisteredInstance) -> bool:
    return state.lifetime >= 0


# ---------------------------------------------------------------------------------- consistency


@CLAIMS.claim(
    "registry-consistency",
    model="M10",
    source=f"{SEED}, definition service_discovery_consistency",
    statement="In every reachable state, an instance that is registered is Healthy.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-consistency-repaired",
)
def consistency(design: Registry = AS_WRITTEN) -> Finding:
    """Both what health_checks could mean: what the registry knows, given that its checks store
    what they find; and what is so."""
    knowing = replace(design, writing=True)
    return each_reason(
        (
            always(design, Registry.registered_are_well, "who is registered would answer", BOUNDS),
            always(
                knowing,
                Registry.registered_are_healthy,
                "who is registered is stored as Healthy",
                BOUNDS,
            ),
        )
    )


@CLAIMS.claim(
    "registry-consistency-repaired",
    model="M10",
    source=f"{SEED}, repair of service_discovery_consistency",
    statement=(
        "When heartbeats are stored and what is older than T is not given, discover gives only "
        "instances that have been well within the last T, for every T of at least 0."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def consistency_repaired(design: Registry = REPAIRED) -> Finding:
    """Instances crash, come back and send heartbeats as they like, as long as they are well."""
    return _decided(design, "found_were_well", "who is discovered was well within the last T")


# --------------------------------------------------------------------- health and heartbeats


@CLAIMS.claim(
    "registry-health-written",
    model="M10",
    source=f"{SEED}, ServiceRegistry::health_check",
    statement=(
        "After a health check, the status that is stored of an instance is what the check found; "
        "so an instance that stays down is discovered no more at last."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-health-written-repaired",
)
def health_written(design: Registry = AS_WRITTEN) -> Finding:
    """The answer of the check is dropped; what is down is discovered for ever."""
    stored = _decided(design, "status_is_result", "what is stored is what the last check found")
    alone = replace(design, well=(True,), unwell=(0,), silent=(0,), results=(None,))
    forgotten = leading(
        alone,
        lambda state: state.well[0] or not healthy(state.stored()),
        "who is down is well again or discovered no more, health checks going on",
        "1 instance of 1 service, lifetime 1",
        trigger=lambda state: not state.well[0] and bool(healthy(state.stored())),
    )
    return each_reason([*stored.counterexamples, *stored.proofs, forgotten])


@CLAIMS.claim(
    "registry-health-written-repaired",
    model="M10",
    source=f"{SEED}, repair of ServiceRegistry::health_check",
    statement=(
        "When health_check stores what it finds, the status of an instance is what the last check "
        "found, and an instance that stays down is discovered no more at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def health_written_repaired(design: Registry = REPAIRED) -> Finding:
    """With all repairs: for any lifetime."""
    return health_written(design)


@CLAIMS.claim(
    "registry-heartbeat",
    model="M10",
    source=f"{SEED}, last_heartbeat of ServiceInstance",
    statement="An instance that has sent no heartbeat for longer than T is not discovered.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-heartbeat-repaired",
)
def heartbeat(design: Registry = AS_WRITTEN) -> Finding:
    """Nothing reads last_heartbeat, and nothing writes it but register; T = 1."""
    return _decided(design, "silent_are_not_found", "who is silent for longer is not discovered")


@CLAIMS.claim(
    "registry-heartbeat-repaired",
    model="M10",
    source=f"{SEED}, repair of last_heartbeat",
    statement=(
        "When heartbeat(id) renews last_heartbeat and discover leaves out what is older than T, an "
        "instance that has sent none for longer than T is not discovered, for every T ≥ 0."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def heartbeat_repaired(design: Registry = REPAIRED) -> Finding:
    """By induction."""
    return heartbeat(design)


@CLAIMS.claim(
    "registry-http-checker",
    model="M10",
    source=f"{SEED}, HttpHealthChecker::check_health",
    statement=(
        "check_health returns Healthy if a response with a status of 2xx has arrived within the "
        "timeout, else Unhealthy, and never Unknown; it returns within the timeout, and does not "
        "give up earlier."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def http_checker(start: HttpCheck | None = None) -> Finding:
    """For every timeout, and responses of any status at any time."""
    texts = {
        "healthy_iff_success": "Healthy iff a status of 2xx has arrived, else Unhealthy",
        "in_time": "it returns within the timeout",
        "waits_for_it": "without any response it returns at the timeout, and not before",
    }
    begun = HttpCheck() if start is None else start
    return weighed(
        inductive(begun, name, text, ["timeout"], where=_no_less_than_nothing, depth=4)
        for name, text in texts.items()
    )


def _no_less_than_nothing(state: HttpCheck) -> bool:
    return state.timeout >= 0


# ----------------------------------------------------------------------------------- the lock


@CLAIMS.claim(
    "registry-check-nonblocking",
    model="M10",
    source=f"{SEED}, ServiceRegistry::health_check",
    statement=(
        "A health check does not delay register and discover: each of them gets the lock without "
        "waiting for an answer of the network to the check."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-check-nonblocking-repaired",
)
def check_nonblocking(design: RegistryLock = registry_lock.AS_WRITTEN) -> Finding:
    """No instance answers: register waits, and then discover behind register. With two instances,
    discover is there for as long as both of them take."""
    return each_reason([*map(_gets_the_lock(design), CALLERS), *_stalls(design)])


#: Numbers of instances that are checked.
INSTANCES = (1, 2, 3)


def _gets_the_lock(design: RegistryLock) -> Callable[[str], Proof | Counterexample]:
    def asked(caller: str) -> Proof | Counterexample:
        def ask(start: RegistryLock) -> Proof | Counterexample:
            return leading(
                start,
                lambda state: caller not in state.queue,
                f"{caller} gets the lock, though no instance answers a health check",
                f"one check of {start.instances}, one register, one discover",
                trigger=lambda state: caller in state.queue,
            )

        starts = [replace(design, instances=n) for n in INSTANCES]
        return smallest_first(starts, ask, "1 to 3 instances; one check, register and discover")

    return asked


def _stalls(design: RegistryLock) -> Iterator[Proof | Counterexample]:
    """How long discover waits, as the seed has it: as long as all instances together take."""
    if not design.snapshotting:
        two = replace(design, instances=2)
        text = "discover is in the queue for less than all answers of 2 instances"
        yield always(two, lambda state: state.stalled[1] < 2, text, "2 instances")


@CLAIMS.claim(
    "registry-check-nonblocking-repaired",
    model="M10",
    source=f"{SEED}, repair of ServiceRegistry::health_check",
    statement=(
        "When health_check copies the list, lets go of the lock while it asks the instances, and "
        "then takes the write lock for the results, register and discover get the lock without "
        "waiting for an answer of the network."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def check_nonblocking_repaired(design: RegistryLock = registry_lock.REPAIRED) -> Finding:
    """Whoever holds the lock lets go of it; the network need never answer."""
    return check_nonblocking(design)
