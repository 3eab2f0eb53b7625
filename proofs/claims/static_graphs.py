"""Claims on what can be read off a system's description (M09): boundaries and teams of seed 001,
section 2.1, and who emits which events in seed 000, section 4.1.

Small descriptions are searched for counterexamples; what holds is proved for any number of contexts
and events, of which z3 knows nothing but what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product

import z3

from cospec.models.static_graphs import (
    Context,
    DequeuingBus,
    Description,
    Service,
    consequences,
)
from cospec.proofs.claims.microservices import call_graphs, subsets, told
from cospec.proofs.evidence import conditional, confirmed, each, independent, leading, prove
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

BOOL = z3.BoolSort()


# ------------------------------------------------------------------------------------ contexts


@CLAIMS.claim(
    "micro-boundary-disjoint",
    model="M09",
    source=f"{SEED}, definitions ServiceBoundary and BoundedContext",
    statement="The boundaries of two bounded contexts have nothing in common.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="micro-boundary-disjoint-repaired",
)
def boundary_disjoint(guarded: bool = False) -> Finding:
    """Nothing in the record asks for it."""
    operations = ("Order.create", "Order.cancel")
    made = (
        _declared((Context("sales", one), Context("support", two)), guarded)
        for one, two in product(subsets(operations), repeat=2)
    )

    def shown(described: Description) -> tuple[str, ...]:
        contexts = described.contexts
        lines = [f"{c.name}: {{{', '.join(sorted(c.boundary))}}}" for c in contexts]
        return (*lines, *described.report())

    text = "no two contexts overlap"
    found = each(made, lambda d: not d.overlaps(), text, "2 contexts, 2 operations", shown)
    if isinstance(found, Counterexample):
        return Finding(counterexamples=(found,))
    return confirmed(found, _stays_disjoint)


def _declared(contexts: tuple[Context, ...], guarded: bool) -> Description:
    """The contexts declared one by one; guarded, those that overlap earlier ones are refused."""
    made = Description()
    for context in contexts:
        more = replace(made, contexts=(*made.contexts, context))
        if not (guarded and more.overlaps()):
            made = more
    return made


def _stays_disjoint() -> Proof:
    """However many contexts have been declared before, and whatever their boundaries."""
    context, operation = z3.DeclareSort("Context"), z3.DeclareSort("EntityOperation")
    within = z3.Function("within", context, operation, BOOL)
    declared = z3.Function("declared", context, BOOL)
    new, one, two = z3.Consts("new one two", context)
    x = z3.Const("x", operation)

    def disjoint(c: z3.ExprRef, d: z3.ExprRef) -> z3.BoolRef:
        return z3.Not(z3.And(within(c, x), within(d, x)))

    def after(c: z3.ExprRef) -> z3.BoolRef:
        return z3.Or(declared(c), c == new)

    before = z3.Implies(z3.And(declared(one), declared(two), one != two), disjoint(one, two))
    guard = [z3.Implies(z3.And(declared(c), c != new), disjoint(c, new)) for c in (one, two)]
    both = z3.And(after(one), after(two), one != two)
    prove(z3.Implies(both, disjoint(one, two)), before, *guard)
    return Proof(Method.Z3_PROOF, "declaring one more keeps any two disjoint")


@CLAIMS.claim(
    "micro-boundary-disjoint-repaired",
    model="M09",
    source=f"{SEED}, repair of BoundedContext",
    statement=(
        "When a context is declared only if its boundary has nothing in common with those declared "
        "before, no two boundaries ever have."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def boundary_disjoint_repaired(guarded: bool = True) -> Finding:
    """By induction on the contexts declared."""
    return boundary_disjoint(guarded)


# -------------------------------------------------------------------------------------- Conway


@CLAIMS.claim(
    "micro-conway",
    model="M09",
    source=f"{SEED}, definition conways_law",
    statement=(
        "The architecture of a system mirrors how the organisation communicates; "
        "architecture_mirrors_communication not being defined."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def conway() -> Finding:
    """Undefined; read as "services that call each other have teams that talk" it is a check, which
    the smallest organisation fails."""
    organisation = z3.DeclareSort("OrganizationStructure")
    system = z3.DeclareSort("SystemArchitecture")
    mirrors = z3.Function("architecture_mirrors_communication", organisation, system, BOOL)
    o, s = z3.Const("org_structure", organisation), z3.Const("system_architecture", system)
    free = independent(
        z3.ForAll([o, s], mirrors(o, s)),
        "architecture_mirrors_communication is defined nowhere; read as 'a call from one service "
        "to another needs their teams to talk' it is no law but a check (Description.silent)",
    )
    made = (
        replace(graph, services=_with_teams(graph, teams), talks=talks)
        for graph in call_graphs(2)
        for teams in product(("a", "b"), repeat=2)
        for talks in (frozenset({frozenset(("a", "b"))}), frozenset())
    )
    text = "teams talk where their services call each other"
    found = each(made, lambda made: not made.silent(), text, "2 services, 2 teams", told)
    if isinstance(found, Proof):
        raise Undecided("no organisation fails the check, which then says nothing")
    return replace(free, counterexamples=(found,))


def _with_teams(graph: Description, teams: tuple[str, ...]) -> tuple[Service, ...]:
    pairs = zip(graph.services, teams, strict=True)
    return tuple(replace(service, team=team) for service, team in pairs)


# ---------------------------------------------------------------------------------- quiescence


def emissions(kinds: int) -> Iterator[dict[str, tuple[str, ...]]]:
    """What handlers of so many types may emit, at most one event of each type, the least first."""
    names = ("S", "T", "U")[:kinds]
    pairs = list(product(names, names))
    for count in range(len(pairs) + 1):
        for chosen in combinations(pairs, count):
            yield {name: tuple(two for one, two in chosen if one == name) for name in names}


def _bus(emits: Mapping[str, tuple[str, ...]]) -> DequeuingBus:
    return DequeuingBus(tuple(emits.items()), ("S",))


@CLAIMS.claim(
    "event-quiescence",
    model="M09",
    source="seed 000, section 4.1, repair of process_event",
    statement="A bus that takes events off its queue is quiescent at last, with finitely many at "
    "the start.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def quiescence() -> Finding:
    """The smallest graph of who emits what in which it never is; and a number that each event
    handled makes smaller, where the graph has no cycle."""
    found = _first_endless()
    event = z3.DeclareSort("EventType")
    weight = z3.Function("consequences", event, z3.IntSort())
    emitted = z3.Function("consequences_of_what_it_emits", event, z3.IntSort())
    first, rest = z3.Const("first", event), z3.Int("rest")
    known = [weight(first) == 1 + emitted(first), emitted(first) >= 0, rest >= 0]
    prove(rest + emitted(first) == rest + weight(first) - 1, *known)
    prove(rest + weight(first) >= 1, *known)
    under = "no cycle of types that emit one another can be reached from those at the start"
    said = "each event handled leaves one event less to come: as many as consequences(type) tells"
    counted = each(
        (g for g in emissions(3) if not Description(emits=g).emission_cycles(["S"])),
        _ends_as_told,
        "it is quiescent after consequences(S) events",
        "one event, 3 types, each emitting at most one event of each type; no cycle in reach",
        str,
    )
    if isinstance(counted, Counterexample):
        return Finding(counterexamples=(found, counted))
    smaller = replace(counted, under=under)
    return conditional(found, Proof(Method.Z3_PROOF, said, under=under), smaller)


def _first_endless() -> Counterexample:
    """A run that never ends, of the first bus that has one."""
    for emits in emissions(1):
        text = "nothing is left to be handled at last"
        bounds = "1 type, one event"
        found = leading(_bus(emits), lambda bus: not bus.queue, text, bounds)
        if isinstance(found, Counterexample):
            if not Description(emits=emits).emission_cycles(["S"]):
                raise Undecided("it does not end, and there is no cycle")
            return found
    raise Undecided("every bus with one type of event comes to an end")


def _ends_as_told(emits: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether each step of a bus with one event of type S leaves one event less to come, until none
    is; as counted along the graph."""
    to_come = consequences({kind: emits[kind] for kind in _reached(emits)})
    bus = _bus(emits)
    for left in range(to_come["S"], 0, -1):
        if sum(to_come[kind] for kind in bus.queue) != left:
            return False
        bus = bus.handle()
    return not bus.queue


def _reached(emits: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The types that follow from S."""
    found, waiting = {"S"}, ["S"]
    while waiting:
        for kind in emits[waiting.pop()]:
            if kind not in found:
                found.add(kind)
                waiting.append(kind)
    return found
