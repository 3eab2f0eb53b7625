"""Claims on services (M09): what they are responsible for, own and call, in seed 001, section 2.1.

Small descriptions are searched for counterexamples; what holds is proved for any number of
services, of which z3 knows nothing but what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations, product

import z3

from cospec.models.static_graphs import (
    Description,
    Service,
)
from cospec.proofs.evidence import conditional, each, independent, prove, prove_for_each, refuted
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
)

CLAIMS = Register()

SEED = "seed 001, section 2.1"

#: Architectures of so many services are searched.
SMALL = "up to 3 services and capabilities"

CAPABILITIES = ("ordering", "paying", "shipping")
ENTITIES = ("Customer", "Order")

BOOL = z3.BoolSort()

#: An architecture, and the capability that each entity belongs to.
Known = tuple[Description, Mapping[str, str]]


def subsets(values: tuple[str, ...]) -> list[frozenset[str]]:
    """All sets of values, the smallest first."""
    sizes = range(len(values) + 1)
    return [frozenset(chosen) for size in sizes for chosen in combinations(values, size)]


def call_graphs(services: int) -> Iterator[Description]:
    """Services that call each other in every possible way, the fewest calls first; none calls
    itself."""
    names = tuple(f"s{number + 1}" for number in range(services))
    pairs = [(one, two) for one, two in product(names, names) if one != two]
    for count in range(len(pairs) + 1):
        for chosen in combinations(pairs, count):
            yield Description(
                tuple(
                    Service(name, calls=frozenset(two for one, two in chosen if one == name))
                    for name in names
                )
            )


def architectures(services: int, entities: int) -> Iterator[Known]:
    """All architectures of so many services, loosely coupled in pairs, with all capabilities of
    these and of entities."""
    named = ENTITIES[:entities]
    for graph in filter(pairwise_loose, call_graphs(services)):
        for of_entity in product(CAPABILITIES, repeat=entities):
            belongs = dict(zip(named, of_entity, strict=True))
            for capabilities in product(CAPABILITIES, repeat=services):
                for owned in product(subsets(named), repeat=services):
                    changed = (
                        replace(service, capability=capability, owns=owns)
                        for service, capability, owns in zip(
                            graph.services, capabilities, owned, strict=True
                        )
                    )
                    yield replace(graph, services=tuple(changed)), belongs


def told(architecture: Description) -> tuple[str, ...]:
    """An architecture, a line for each service."""
    lines = []
    for service in architecture.services:
        said = [f"{service.name}"]
        said += [f"capability {service.capability}"] if service.capability else []
        said += [f"owns {', '.join(sorted(service.owns))}"] if service.owns else []
        said += [f"calls {', '.join(sorted(service.calls))}"] if service.calls else []
        said += [f"team {service.team}"] if service.team else []
        lines.append(": ".join([said[0], ", ".join(said[1:]) or "alone"]))
    return (*lines, *architecture.report())


# ----------------------------------------------------------------------------- responsibility


@CLAIMS.claim(
    "micro-single-responsibility",
    model="M09",
    source=f"{SEED}, definition single_responsibility",
    statement=(
        "A service has a single responsibility: there is a capability which is its "
        "business_capability and which is cohesive."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def single_responsibility() -> Finding:
    """The record has one capability by its type, and what is cohesive is undefined."""
    service, capability = z3.DeclareSort("Microservice"), z3.DeclareSort("BusinessCapability")
    of = z3.Function("business_capability", service, capability)
    cohesive = z3.Function("cohesive_capability", capability, BOOL)
    s, c = z3.Const("service", service), z3.Const("single_capability", capability)
    stated = z3.Exists([c], z3.And(of(s) == c, cohesive(c)))
    prove(stated == cohesive(of(s)))
    text = "∃ c. business_capability s = c ∧ cohesive c ⇔ cohesive (business_capability s)"
    free = independent(
        z3.ForAll([s], stated),
        "the record has one capability by its type, so that only cohesive_capability is left, "
        "which is undefined; what can be checked is that all operations of a service belong to "
        "one capability (Description.scattered)",
    )
    return Finding((Proof(Method.Z3_PROOF, text), *free.proofs), vacuous=free.vacuous)


@CLAIMS.claim(
    "principles-000-srp",
    model="M09",
    source="seed 000, design principle 1 and core value",
    statement="Every concurrent component has a single responsibility.",
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def principle_of_responsibility() -> Finding:
    """What a responsibility is, is said nowhere."""
    component, duty = z3.DeclareSort("Component"), z3.DeclareSort("Responsibility")
    has = z3.Function("responsible_for", component, duty, BOOL)
    c, d, e = z3.Const("c", component), z3.Const("d", duty), z3.Const("e", duty)
    only = z3.ForAll([e], z3.Implies(has(c, e), e == d))
    return independent(
        z3.ForAll([c], z3.Exists([d], z3.And(has(c, d), only))),
        "neither components nor responsibilities are defined: see micro-single-responsibility",
    )


@CLAIMS.claim(
    "principles-001",
    model="M09",
    source="seed 001, design principles and core value",
    statement=(
        "The architectures described keep to single responsibility, loose coupling, autonomy, "
        "isolation of failures and observability."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def principles_001() -> Finding:
    """Advice; each is a word only."""
    system = z3.DeclareSort("SystemArchitecture")
    words = (
        "single_responsibility", "loosely_coupled", "autonomous", "failures_isolated", "observable",
    )  # fmt: skip
    described = z3.Function("described", system, BOOL)
    kept = [z3.Function(word, system, BOOL) for word in words]
    s = z3.Const("s", system)
    return independent(
        z3.ForAll([s], z3.Implies(described(s), z3.And([each(s) for each in kept]))),
        "five words without definitions; what they may mean is looked at by "
        "micro-single-responsibility, micro-loose-coupling, micro-architecture, "
        "mesh-retry-amplification, registry-check-nonblocking and mesh-observability-coverage",
    )


# ----------------------------------------------------------------------------------- coupling


def pairwise_loose(architecture: Description) -> bool:
    """Of two different services at most one calls the other."""
    calls = {(one.name, two) for one in architecture.services for two in one.calls}
    return not any((two, one) in calls for one, two in calls if one != two)


@CLAIMS.claim(
    "micro-loose-coupling",
    model="M09",
    source=f"{SEED}, definition loose_coupling",
    statement=(
        "Where any two different services are loosely coupled, at most one of them calling the "
        "other, services can be deployed one after the other, each one after those it calls."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def loose_coupling() -> Finding:
    """minimal_dependencies is undefined; whatever it says of pairs, it says nothing of circles."""
    loose = (g for count in (1, 2, 3) for g in call_graphs(count) if pairwise_loose(g))
    text = "services that are loosely coupled in pairs can be put into an order"
    found = each(loose, deployable, text, "up to 3 services", told)
    _no_way_back()
    under = "calls go down: each service is on a level, and calls only those on lower levels"
    said = "whatever path of calls is followed, each call leads down, and so never back"
    return conditional(found, Proof(Method.Z3_PROOF, said, under=under))


def _no_way_back() -> None:
    """Proves that a path of n calls, each to a lower level, ends n levels down at least."""
    service = z3.DeclareSort("Service")
    level = z3.Function("level", service, z3.IntSort())
    path = z3.Function("path", z3.IntSort(), service)
    prove_for_each(
        lambda n: level(path(n)) <= level(path(0)) - n,
        step=lambda n: [level(path(n + 1)) < level(path(n))],
    )
    n = z3.Int("n")
    down = level(path(n)) <= level(path(0)) - n
    prove(path(n) != path(0), down, n >= 1)


# ------------------------------------------------------------------------------------ cohesion


@CLAIMS.claim(
    "micro-high-cohesion",
    model="M09",
    source=f"{SEED}, definition high_cohesion",
    statement=(
        "Whether a service is highly cohesive, each entity of its data_model belonging to its "
        "business_capability, follows from its record."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def high_cohesion() -> Finding:
    """Which capability an entity belongs to has to be given."""
    services = [
        Service("s1", "ordering", owns) for count in (1, 2) for owns in subsets(ENTITIES[:count])
    ]
    maps = [dict(zip(ENTITIES, of, strict=True)) for of in product(CAPABILITIES, repeat=2)]

    def cohesive(service: Service, belongs: Mapping[str, str]) -> bool:
        return not Description((service,)).foreign(belongs)

    def follows(service: Service) -> bool:
        return len({cohesive(service, belongs) for belongs in maps}) == 1

    def shown(service: Service) -> tuple[str, ...]:
        kinds = {cohesive(service, belongs): belongs for belongs in reversed(maps)}
        (entity,) = service.owns
        return (
            f"a service of {service.capability} that owns {entity}",
            *(
                f"{entity} belongs to {kinds[kind][entity]}: {'' if kind else 'not '}cohesive"
                for kind in (True, False)
            ),
        )

    text = "all ways to read belongs_to_same_business_capability agree"
    found = each(services, follows, text, "up to 2 entities", shown)
    entity, capability = z3.DeclareSort("Entity"), z3.DeclareSort("Capability")
    owned = z3.Function("owned", entity, BOOL)
    one, other = (z3.Function(name, entity, capability) for name in ("belongs", "belongs2"))
    of, e = z3.Const("business_capability", capability), z3.Const("e", entity)
    readings = [z3.ForAll([e], z3.Implies(owned(e), belongs(e) == of)) for belongs in (one, other)]
    agree = z3.ForAll([e], z3.Implies(owned(e), one(e) == other(e)))
    prove(readings[0] == readings[1], agree)
    under = "a capability is given for each entity that the service owns"
    said = "the answer is a function of the service and of that"
    return conditional(found, Proof(Method.Z3_PROOF, said, under=under))


# ---------------------------------------------------------------------------- the architecture


@CLAIMS.claim(
    "micro-architecture-literal",
    model="M09",
    source=f"{SEED}, theorem microservices_architecture_correctness",
    statement=(
        "Services with a single responsibility each, loosely coupled and highly cohesive, are a "
        "well-formed microservices architecture; that word not being defined."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def architecture_literal() -> Finding:
    """Every name is as free as the document leaves it; sets of services in place of lists."""
    service = z3.DeclareSort("Microservice")
    services = z3.Const("services", z3.SetSort(service))
    s, t = z3.Consts("s t", service)
    words = ("single_responsibility", "high_cohesion")
    single, cohesive = (z3.Function(word, service, BOOL) for word in words)
    minimal = z3.Function("minimal_dependencies", service, service, BOOL)
    formed = z3.Function("well_formed_microservices_architecture", z3.SetSort(service), BOOL)
    both = z3.And(z3.IsMember(s, services), z3.IsMember(t, services), s != t)
    premises = z3.And(
        z3.ForAll([s], z3.Implies(z3.IsMember(s, services), z3.And(single(s), cohesive(s)))),
        z3.ForAll([s, t], z3.Implies(both, minimal(s, t))),
    )
    return independent(
        z3.Implies(premises, formed(services)),
        "well_formed_microservices_architecture is defined nowhere, and the proof applies a lemma "
        "that is the theorem itself",
    )


def _distinct(known: Known) -> bool:
    """No two services have the same capability."""
    capabilities = [service.capability for service in known[0].services]
    return len(set(capabilities)) == len(capabilities)


def _found_small(*, distinct: bool, acyclic: bool) -> list[Proof | Counterexample]:
    """Whether the premises give each entity one owner, and an order of the services."""

    def small(entities: tuple[int, ...]) -> Iterator[Known]:
        sizes = product((1, 2, 3), entities)
        for known in chain.from_iterable(architectures(*size) for size in sizes):
            made, belongs = known
            if made.foreign(belongs) or (distinct and not _distinct(known)):
                continue
            if not acyclic or not made.call_cycles():
                yield known

    def shown(known: Known) -> tuple[str, ...]:
        return told(known[0])

    def owned_once(known: Known) -> bool:
        return not known[0].shared()

    owners, order = "each entity has one owner", "services can be deployed one after the other"
    return [
        each(small((1,)), owned_once, owners, f"{SMALL}, 1 entity", shown),
        each(small((0,)), lambda known: deployable(known[0]), order, f"{SMALL}, no entity", shown),
    ]


def deployable(architecture: Description) -> bool:
    """Whether services can be deployed one after the other, each one after those it calls."""
    waiting = {service.name: service.calls for service in architecture.services}
    while ready := [name for name, calls in waiting.items() if not calls & waiting.keys()]:
        for name in ready:
            del waiting[name]
    return not waiting


@CLAIMS.claim(
    "micro-architecture",
    model="M09",
    source=f"{SEED}, theorem microservices_architecture_correctness",
    statement=(
        "Services with a single responsibility each, loosely coupled in pairs and highly cohesive, "
        "are a well-formed architecture: each entity has one owner, and no services call each "
        "other in a circle."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="micro-architecture-repaired",
)
def architecture(distinct: bool = False, acyclic: bool = False) -> Finding:
    """Both parts of the conclusion fail, each for a reason of its own."""
    parts = _found_small(distinct=distinct, acyclic=acyclic)
    if wrong := refuted(*parts):
        return Finding(counterexamples=wrong)
    return architecture_repaired(distinct, acyclic)


@CLAIMS.claim(
    "micro-architecture-repaired",
    model="M09",
    source=f"{SEED}, repair of microservices_architecture_correctness",
    statement=(
        "If, besides, no two services have the same capability and the calls form no cycle, each "
        "entity has one owner, and services can be deployed one after the other."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def architecture_repaired(distinct: bool = True, acyclic: bool = True) -> Finding:
    """For any number of services; and all small ones."""
    parts = _found_small(distinct=distinct, acyclic=acyclic)
    if wrong := refuted(*parts):
        return Finding(counterexamples=wrong)
    service, entity = z3.DeclareSort("Service"), z3.DeclareSort("Entity")
    capability = z3.DeclareSort("Capability")
    of = z3.Function("business_capability", service, capability)
    belongs = z3.Function("belongs", entity, capability)
    owns = z3.Function("owns", service, entity, BOOL)
    s, t, e = z3.Const("s", service), z3.Const("t", service), z3.Const("e", entity)
    cohesive = z3.ForAll([s, e], z3.Implies(owns(s, e), belongs(e) == of(s)))
    known = [cohesive]
    if distinct:
        known.append(z3.ForAll([s, t], z3.Implies(of(s) == of(t), s == t)))
    prove(z3.Implies(z3.And(owns(s, e), owns(t, e)), s == t), *known)
    _no_way_back()
    said = (
        "two owners of an entity have its capability, and so are one; and no path of calls closes"
    )
    proofs = (part for part in parts if isinstance(part, Proof))
    return Finding((Proof(Method.Z3_PROOF, said), *proofs))
