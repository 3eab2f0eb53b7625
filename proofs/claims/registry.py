"""Claims on the service registry (M10): seed 001, section 2.1, the Coq record and the Rust listing.

Those on the repaired registry take its switches as an argument, so that each of them can be taken
out: then one of these claims fails, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import z3

from cospec.models.service_registry import (
    AS_WRITTEN,
    NOT_FOUND,
    REPAIRED,
    HealthStatus,
    Instances,
    Registry,
    Services,
    Stored,
    deregister,
    discover,
    registered,
)
from cospec.proofs import registry_logic as logic
from cospec.proofs.evidence import always, each, independent, prove, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 001, section 2.1"

#: What is explored.
BOUNDS = "2 instances of 1 service, lifetime 1"


@CLAIMS.claim(
    "registry-multiplicity",
    model="M10",
    source=f"{SEED}, registered_services : ServiceID -> option ServiceInstance",
    statement=(
        "The registry can hold several instances of a service to balance over: what is registered "
        "stays when another id is."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-multiplicity-repaired",
)
def multiplicity(several: bool = False) -> Finding:
    """Registers up to three instances of one service, as an option and as a list can hold them."""

    def holds(ids: tuple[str, ...]) -> bool:
        kept: Instances = ()
        for each_id in ids:
            kept = registered(kept, Stored(each_id), several=several)
        return {stored.id for stored in kept} == set(ids)

    def shown(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"register S, {each_id}" for each_id in ids)

    cases = [ids for n in (1, 2, 3) for ids in product("abc", repeat=n)]
    text = "all that were registered are held"
    return weighed([each(cases, holds, text, "up to 3 registrations", shown)])


@CLAIMS.claim(
    "registry-multiplicity-repaired",
    model="M10",
    source=f"{SEED}, repair of registered_services",
    statement=(
        "With a list of instances for each service, register keeps every instance of another id "
        "and adds the one that is registered, for lists of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def multiplicity_repaired(several: bool = True) -> Finding:
    """With and without replacing what has the same id."""
    explored = multiplicity(several)
    if explored.counterexamples:
        return explored
    new, old = logic.instance, logic.other
    others = logic.Instance.id(old) != logic.Instance.id(new)

    def kept_by(keyed: bool) -> logic.Law:
        def kept(some: Any) -> Any:
            after = logic.count(logic.registered(some, new, keyed), old)
            added = z3.Implies(old == new, after >= 1)
            return z3.If(others, after == logic.count(some, old), added)

        return kept

    def not_negative(some: Any) -> Any:
        return logic.count(some, old) >= 0

    lemmas = [not_negative, logic.only_the_id, _after_push]
    laws = [logic.for_the_id_of(lemma, new) for lemma in lemmas]
    text = "register keeps each instance of another id as often as it was there, and adds the new"
    push, replacing = (
        logic.prove_for_lists(f"{text}, {how}", kept_by(keyed), *laws)
        for keyed, how in ((False, "as written"), (True, "and where it replaces what has its id"))
    )
    return Finding((push, replacing, *explored.proofs))


def _after_push(some: Any) -> Any:
    """A push onto what is retained adds one."""
    kept = logic.deregistered(some, logic.key)
    more = z3.If(logic.other == logic.instance, 1, 0)
    pushed = logic.count(logic.pushed(kept, logic.instance), logic.other)
    plain = logic.count(logic.pushed(some, logic.instance), logic.other)
    return z3.And(
        pushed == logic.count(kept, logic.other) + more,
        plain == logic.count(some, logic.other) + more,
    )


# ------------------------------------------------------------------------------- idempotence


def _lists(length: int) -> Iterator[Instances]:
    """All lists of up to this length: two ids, all statuses, two ages."""
    few = [Stored(i, status, age) for i in "ab" for status in HealthStatus for age in (0, 1)]
    for size in range(length + 1):
        yield from product(few, repeat=size)


LISTS = "lists of up to 2 instances: 2 ids, 3 statuses, 2 ages"


@CLAIMS.claim(
    "registry-register-idempotent",
    model="M10",
    source=f"{SEED}, ServiceRegistry::register",
    statement="To register the same instance twice is to register it once.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-register-idempotent-repaired",
)
def register_idempotent(design: Registry = AS_WRITTEN) -> Finding:
    """A client that retries; and all small lists."""
    text = "no id is stored twice"
    explored = always(design, Registry.once_each, text, BOUNDS)

    def same(instances: Instances) -> bool:
        once = registered(instances, Stored("a"), design.keyed)
        return registered(once, Stored("a"), design.keyed) == once

    return weighed((explored, each(_lists(2), same, "register ∘ register = register", LISTS)))


@CLAIMS.claim(
    "registry-register-idempotent-repaired",
    model="M10",
    source=f"{SEED}, repair of ServiceRegistry::register",
    statement=(
        "When register replaces what has the same id, to register an instance twice is to register "
        "it once, and afterwards it is the only one of its id; for lists of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def register_idempotent_repaired(design: Registry = REPAIRED) -> Finding:
    """z3 for all lists."""
    explored = register_idempotent(design)
    if explored.counterexamples:
        return explored
    new = logic.instance

    def twice(some: Any) -> Any:
        once = logic.registered(some, new, design.keyed)
        return logic.registered(once, new, design.keyed) == once

    laws = [
        logic.for_the_id_of(law, new) for law in (logic.deregistered_twice, logic.retain_after_push)
    ]

    def only_one(some: Any) -> Any:
        there = logic.count(logic.registered(some, new, design.keyed), logic.other)
        same = logic.Instance.id(logic.other) == logic.Instance.id(new)
        return z3.Implies(same, there == z3.If(logic.other == new, 1, 0))

    counted = [logic.for_the_id_of(law, new) for law in (logic.only_the_id, _after_push)]
    proofs = (
        logic.prove_for_lists("register ∘ register = register", twice, *laws),
        logic.prove_for_lists("what is registered is the only one of its id", only_one, *counted),
    )
    return Finding((*proofs, *explored.proofs))


@CLAIMS.claim(
    "registry-deregister-idempotent",
    model="M10",
    source=f"{SEED}, ServiceRegistry::deregister",
    statement=(
        "To deregister an id twice is to deregister it once; afterwards it is absent, and all "
        "others are as before; of an id that is unknown nothing changes, and the answer is Ok."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def deregister_idempotent() -> Finding:
    """z3 for lists of any length; all small maps, in which a name without instances goes."""
    laws = (
        logic.prove_for_lists("deregister ∘ deregister = deregister", logic.deregistered_twice),
        logic.prove_for_lists(
            "deregister leaves each instance as often as it was there, those of the id never",
            logic.only_the_id,
        ),
    )

    def kept(services: Services) -> bool:
        once = deregister(services, "S", "a")
        known = any(each.id == "a" for each in dict(services).get("S", ()))
        return (
            deregister(once, "S", "a") == once
            and all(each.id != "a" for each in dict(once).get("S", ()))
            and (known or once == services)
            and deregister(services, "T", "a") == services
        )

    maps: list[Services] = [(), *((("S", instances),) for instances in _lists(2) if instances)]
    small = each(maps, kept, "as stated", f"maps of one name, {LISTS}")
    if isinstance(small, Counterexample):
        return Finding(counterexamples=(small,))
    return Finding((*laws, small))


# -------------------------------------------------------------------------------- discovering


@CLAIMS.claim(
    "registry-discover-filter",
    model="M10",
    source=f"{SEED}, ServiceRegistry::discover",
    statement=(
        "discover gives exactly the instances that are stored as Healthy, each as often and in the "
        "order in which they are stored."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def discover_filter() -> Finding:
    """z3 for lists of any length."""
    laws = (
        logic.prove_for_lists(
            "discover gives an instance as often as it is stored if it is Healthy, else never",
            logic.filtered,
        ),
        logic.prove_for_lists(
            "the filter of l ++ [i] is that of l, and i if it is Healthy", logic.filter_follows_push
        ),
    )

    def exactly(instances: Instances) -> bool:
        wanted = [i for i in instances if i.status.value == "Healthy"]
        return discover((("S", instances),), "S") == tuple(wanted)

    small = each(_lists(2), exactly, "as stated", LISTS)
    if isinstance(small, Counterexample):
        return Finding(counterexamples=(small,))
    return Finding((*laws, small))


@CLAIMS.claim(
    "registry-unknown-service",
    model="M10",
    source=f"{SEED}, RegistryError::ServiceNotFound and ServiceRegistry::discover",
    statement=(
        "discover answers Err(ServiceNotFound) if the name is not in the map; and Ok([]) if it is "
        "and none of its instances is Healthy, but not otherwise."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="registry-unknown-service-repaired",
)
def unknown_service(telling: bool = False) -> Finding:
    """All small maps, the empty one first."""

    def told(services: Services) -> bool:
        answer = discover(services, "S", telling)
        known = dict(services)
        if "S" not in known:
            return answer == NOT_FOUND
        none = all(each.status is not HealthStatus.HEALTHY for each in known["S"])
        return answer != NOT_FOUND and (answer == ()) == none

    def shown(services: Services) -> tuple[str, ...]:
        answer = discover(services, "S", telling)
        said = f"Err({answer})" if isinstance(answer, str) else f"Ok({list(answer)})"
        return f"the map: {dict(services) or 'empty'}", f"discover S → {said}"

    maps: list[Services] = [(), *((("S", instances),) for instances in _lists(2) if instances)]
    return weighed([each(maps, told, "as stated", f"maps of one name, {LISTS}", shown)])


@CLAIMS.claim(
    "registry-unknown-service-repaired",
    model="M10",
    source=f"{SEED}, repair of ServiceRegistry::discover",
    statement=(
        "When discover looks whether the name is in the map, it answers Err(ServiceNotFound) if, "
        "and only if, it is not; and Ok([]) if, and only if, it is and nothing is Healthy."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def unknown_service_repaired(telling: bool = True) -> Finding:
    """z3 for maps and lists of any size."""
    explored = unknown_service(telling)
    if explored.counterexamples:
        return explored
    none = logic.prove_for_lists("discover gives [] iff nothing is Healthy", logic.none_healthy)
    known, held = logic.present, logic.instances
    answer = logic.discover(known, held, telling)
    nothing = z3.And(known, z3.Not(logic.any_healthy(held)))
    given = logic.none_healthy(held)
    prove((answer == logic.Found.not_found) == z3.Not(known), given)
    prove((answer == logic.Found.ok(logic.NIL)) == nothing, given)
    text = "ServiceNotFound iff the name is not in the map; [] iff it is and nothing is Healthy"
    return Finding((Proof(Method.Z3_PROOF, text), none, *explored.proofs))


# -------------------------------------------------------------------------------- patterns


@CLAIMS.claim(
    "discovery-patterns",
    model="M10",
    source=f"{SEED}, type ServiceDiscoveryPattern",
    statement=(
        "Client-side discovery, server-side discovery and a service mesh discover the same "
        "instances of a service."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def discovery_patterns() -> Finding:
    """The three constructors take a registry, a balancer and a registry, a proxy."""
    service, instance, registry, balancer, proxy = map(
        z3.DeclareSort, ("Service", "Found", "ServiceRegistry", "LoadBalancer", "ServiceMeshProxy")
    )
    client = z3.Function("client_side", registry, service, instance)
    server = z3.Function("server_side", balancer, registry, service, instance)
    mesh = z3.Function("service_mesh", proxy, service, instance)
    r, b = z3.Const("r", registry), z3.Const("b", balancer)
    p, s = z3.Const("p", proxy), z3.Const("s", service)
    same = z3.And(client(r, s) == server(b, r, s), client(r, s) == mesh(p, s))
    return independent(
        same,
        "the three constructors have no meaning, LoadBalancer and ServiceMeshProxy no definition: "
        "what a pattern discovers is nowhere said",
    )
