"""Claims on the service mesh of seed 001 (M15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import z3

import cospec.spec
from cospec.models.model import ModelSystem
from cospec.models.service_mesh import (
    CountedRollOut,
    MeshedCalls,
    Phase,
    RollOut,
    TimedRetries,
    TracedRequests,
    TracedService,
    calls_at_the_end,
    observed_by_mesh,
)
from cospec.proofs.evidence import (
    always,
    conditional,
    confirmed,
    determined,
    each,
    independent,
    inductive,
    leading,
    prove,
    prove_for_each,
    refined_by,
    refines,
    smallest_first,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import Hide, Process
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 001, section 5.1"

AS_WRITTEN, DEDUPLICATING = MeshedCalls(), MeshedCalls(deduplicating=True)
UNAWARE = TracedService()
#: The retries that are explored.
RETRIES = (0, 1, 2, 3)

#: What neither the application nor the server takes part in.
INSIDE = ("lose_request", "lose_reply", "respond")

#: How many steps z3 looks at for a counterexample.
DEPTH = 5

Answer = Proof | Counterexample


@cache
def _script() -> Session:
    """spec/library/service_mesh.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "service_mesh.csp")


def _outside(process: Process) -> Process:
    return Hide(process, frozenset(_script().event(name) for name in INSIDE))


def _tries(retries: int) -> str:
    return f"{retries} {'retry' if retries == 1 else 'retries'}, any number of calls"


# ---------------------------------------------------------------------------------- transparency


@CLAIMS.claim(
    "mesh-transparency-literal",
    model="M15",
    source=f"{SEED}, definition service_mesh_transparency",
    statement=(
        "For each service call among extract_service_calls of the application's code, "
        "mesh_handles_call holds of the mesh and the call, and application_unaware_of_mesh of "
        "the code and the mesh."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def transparency_literal() -> Finding:
    """One call and one mesh are enough."""
    mesh, code, call = (z3.DeclareSort(name) for name in ("Mesh", "Code", "ServiceCall"))
    truth = z3.BoolSort()
    called = z3.Function("In_extract_service_calls", code, call, truth)
    handles = z3.Function("mesh_handles_call", mesh, call, truth)
    unaware = z3.Function("application_unaware_of_mesh", code, mesh, truth)
    m, a, c = z3.Const("mesh", mesh), z3.Const("code", code), z3.Const("call", call)
    return independent(
        z3.Implies(called(a, c), z3.And(handles(m, c), unaware(a, m))),
        "mesh_handles_call and application_unaware_of_mesh are not defined, and nothing relates "
        "what a call does with the mesh to what it does without",
    )


@CLAIMS.claim(
    "mesh-transparency",
    model="M15",
    source=f"{SEED}, definition service_mesh_transparency, made precise; RetryPolicy",
    statement=(
        "What the application and the server do with a mesh between them they can do without it, "
        "whatever the network loses: APP, MESH and SERVER, with the network hidden, trace-refine "
        "APP, NET and SERVER; so the server executes each call at most once."
    ),
    registered=Truth.FALSE,
    method=Method.REFINEMENT,
    repaired="mesh-transparency-repaired",
)
def transparency(design: MeshedCalls = AS_WRITTEN) -> Finding:
    """By the number of retries: none is fine; the second run has the lost response in it."""
    found = weighed(_transparent(replace(design, retries=retries)) for retries in RETRIES)
    if not found.counterexamples:
        return found
    once = smallest_first(
        (replace(design, retries=retries) for retries in RETRIES),
        lambda start: always(
            start,
            MeshedCalls.at_most_once,
            "a call is executed at most once",
            _tries(start.retries),
        ),
        "up to 3 retries",
    )
    return Finding((), (*found.counterexamples, *(_refuting(once))))


def _refuting(answer: Answer) -> tuple[Counterexample, ...]:
    return (answer,) if isinstance(answer, Counterexample) else ()


def _transparent(start: MeshedCalls) -> Answer:
    return refines(_script(), "DIRECT", start, Model.T, _tries(start.retries), _outside)


@CLAIMS.claim(
    "mesh-transparency-repaired",
    model="M15",
    source=f"{SEED}, repair of RetryPolicy",
    statement=(
        "Without retries the mesh is transparent; and with any number of them, when the server "
        "knows requests by an id and executes each once. With up to 3 of them none is in vain: a "
        "request under way can be answered, also when it was executed before."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def transparency_repaired(design: MeshedCalls = DEDUPLICATING) -> Finding:
    """Up to 3 retries by refinement; any number by a simulation, as an invariant of steps: without
    mesh a call is executed if it was not, and answered if it was.

    The class has the traces of the composition in the script: each refines the other.
    """
    found = weighed(_refined(design))
    if found.counterexamples:
        return found
    text = "each step that is seen outside is possible without a mesh, for any number of retries"
    simulated = weighed(
        inductive(design, name, said, ("retries",), lambda calls: calls.retries >= 0, depth=DEPTH)
        for name, said in (
            ("as_without_mesh", text),
            ("at_most_once", "a call is executed at most once"),
        )
    )
    return Finding((*simulated.proofs, *found.proofs), simulated.counterexamples)


def _refined(design: MeshedCalls) -> Iterator[Answer]:
    yield _transparent(replace(design, retries=0, deduplicating=False))
    for retries in RETRIES:
        yield _transparent(replace(design, retries=retries))
    for deduplicating, process in ((False, "MESH"), (True, "DEDUP")):
        for retries in RETRIES[:3]:
            start = MeshedCalls(retries, deduplicating)
            named, bounds = f"{process}({retries})", _tries(retries)
            there = refines(_script(), named, start, Model.T, bounds, _outside)
            yield there
            if isinstance(there, Proof):
                yield refined_by(_script(), named, start, Model.T, bounds, _outside)
    for retries in RETRIES:
        start = replace(design, retries=retries)
        yield always(start, _answerable, "a request under way can be answered", _tries(retries))


def _answerable(calls: MeshedCalls) -> bool:
    """A request that is under way can be answered; traces do not tell, as it may be lost."""
    followers = (after for _, after in ModelSystem(calls).transitions(calls))
    return calls.phase is not Phase.REQUEST or any(
        after.phase is Phase.RESPONSE for after in followers
    )


# --------------------------------------------------------------------------------- observability


@CLAIMS.claim(
    "mesh-observability-literal",
    model="M15",
    source=f"{SEED}, definition service_mesh_observability",
    statement=(
        "For each service interaction that is observed_by_mesh, telemetry, tracing and metrics "
        "data are available."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
)
def observability_literal() -> Finding:
    """The names are undefined, and who observes nothing satisfies it."""
    mesh, interaction = z3.DeclareSort("Mesh"), z3.DeclareSort("Interaction")
    truth = z3.BoolSort()
    observed = z3.Function("observed_by_mesh", mesh, interaction, truth)
    data = [
        z3.Function(f"{name}_data_available", interaction, truth)
        for name in ("telemetry", "tracing", "metrics")
    ]
    m, i = z3.Const("mesh", mesh), z3.Const("interaction", interaction)
    statement = z3.Implies(observed(m, i), z3.And([available(i) for available in data]))
    prove(statement, z3.Not(observed(m, i)))
    blind = Proof(Method.Z3_PROOF, "a mesh that observes nothing satisfies it")
    free = independent(
        statement,
        "it speaks of what is observed only, whatever that is: a mesh that observes nothing "
        "satisfies it, and what the data are is not defined",
    )
    return replace(free, proofs=(*free.proofs, blind))


def _sidecars() -> Iterator[tuple[dict[str, bool], str, str]]:
    """Who has a sidecar, among up to three services, and a call among them."""
    for number in (1, 2, 3):
        names = "ABC"[:number]
        for missing in range(number + 1):
            for has in product((True, False), repeat=number):
                if has.count(False) == missing:
                    made = dict(zip(names, has, strict=True))
                    yield from ((made, one, two) for one, two in product(names, names))


def _told(case: tuple[dict[str, bool], str, str]) -> tuple[str, ...]:
    sidecars, caller, callee = case
    listed = (f"{name} ↦ {'Some proxy' if has else 'None'}" for name, has in sidecars.items())
    return f"sidecar_proxies: {', '.join(listed)}", f"{caller} calls {callee}: nobody sees it"


@CLAIMS.claim(
    "mesh-observability-coverage",
    model="M15",
    source=f"{SEED}, record DataPlane, sidecar_proxies",
    statement="Every interaction between services is observed by a sidecar.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="mesh-observability-coverage-repaired",
)
def observability_coverage(total: bool = False) -> Finding:
    """All maps from up to three services to `option SidecarProxy`; that one end has a sidecar is
    taken to be enough."""
    cases = (case for case in _sidecars() if not total or all(case[0].values()))
    text = "a call between services passes a sidecar"
    return weighed(
        [each(cases, lambda case: observed_by_mesh(*case), text, "up to 3 services", _told)]
    )


@CLAIMS.claim(
    "mesh-observability-coverage-repaired",
    model="M15",
    source=f"{SEED}, repair of sidecar_proxies",
    statement="When each service has a sidecar, every interaction between services is observed.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def observability_coverage_repaired(total: bool = True) -> Finding:
    """For any number of services."""
    explored = observability_coverage(total)
    if explored.counterexamples:
        return explored
    service = z3.DeclareSort("Service")
    proxies = z3.Array("sidecar_proxies", service, z3.BoolSort())
    one, two, any_service = z3.Consts("caller callee any", service)
    prove(z3.Or(proxies[one], proxies[two]), z3.ForAll([any_service], proxies[any_service]))
    every = Proof(Method.Z3_PROOF, "a call passes a sidecar, whoever calls whom")
    return Finding((every, *explored.proofs))


@CLAIMS.claim(
    "mesh-correctness",
    model="M15",
    source=f"{SEED}, theorem service_mesh_correctness",
    statement=(
        "A well configured mesh is transparent, the application being unaware of it, and has "
        "tracing data: what a sidecar sees of an application that does nothing for it tells which "
        "request has caused which call."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="mesh-correctness-repaired",
)
def correctness(service: TracedService = UNAWARE) -> Finding:
    """Two requests at once, and a call for the one or for the other: the sidecar sees the same, so
    that no rule by which it might tell the causes is right. Transparency and tracing exclude each
    other."""
    return weighed([_tracing(service)])


def _tracing(service: TracedService) -> Answer:
    return determined(
        service,
        lambda state: state.observed,
        lambda state: state.causes,
        "what the sidecar has seen tells which request has caused which call",
        "2 requests, 2 calls",
    )


@CLAIMS.claim(
    "mesh-correctness-repaired",
    model="M15",
    source=f"{SEED}, repair of service_mesh_correctness",
    statement=(
        "When the application forwards the trace header, and so is aware of the mesh, or has one "
        "request at a time, the sidecar knows which request has caused which call, for any number "
        "of requests and calls."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def correctness_repaired(forwarding: bool = True, sequential: bool = True) -> Finding:
    """Each of the two alone."""
    either = (forwarding, False), (False, sequential)
    explored = weighed(_tracing(TracedService(*repairs)) for repairs in either)
    if explored.counterexamples:
        return explored
    causes = "the headers that were forwarded", "the newest requests at the time"
    every = weighed(
        inductive(TracedRequests(*repairs), "traced", f"the causes are {said}", depth=DEPTH)
        for repairs, said in zip(either, causes, strict=True)
    )
    return Finding((*every.proofs, *explored.proofs), every.counterexamples)


# -------------------------------------------------------------------------------------- policies


@CLAIMS.claim(
    "mesh-retry-amplification",
    model="M15",
    source=f"{SEED}, law of RetryPolicy",
    statement=(
        "In a chain of d hops with r retries at each, one call makes up to (r + 1)^d calls at the "
        "last service, and no more: as many when all of these fail."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def retry_amplification() -> Finding:
    """For all d and r by induction on the hops, within a hop on its tries; all outcomes of small
    chains; and d = r = 3: 64."""
    _one_hop()
    chains = ((d, r, f) for d, r in product(range(5), range(4)) for f in range((r + 1) ** d + 1))
    counted = each(
        chains,
        lambda chain: _as_claimed(*chain),
        "(r + 1)^d calls when all fail, never more: 64 for d = r = 3",
        "d up to 4, r up to 3, any number of failures before a success",
    )
    every = Proof(Method.Z3_PROOF, "(r + 1)^d is the most, and is reached, for all d and r")
    return confirmed(counted, lambda: every)


def _as_claimed(depth: int, retries: int, failing: int) -> bool:
    made, answered = calls_at_the_end(depth, retries, failing)
    most: int = (retries + 1) ** depth
    return made == min(failing + 1, most) and answered == (failing < most)


def _one_hop() -> None:
    """Proves the step of the induction on the hops, whose base is one call: if a try makes at most
    P calls at the last service, and P when it fails, a hop makes at most (r + 1) · P, and that
    many when all of its tries fail."""
    most, retries = z3.Ints("most retries")
    made = z3.Function("made", z3.IntSort(), z3.IntSort())
    by = z3.Function("by_try", z3.IntSort(), z3.IntSort())

    def tried(number: z3.ArithRef) -> list[z3.BoolRef]:
        return [made(number + 1) == made(number) + by(number)]

    given = (made(0) == 0, most >= 0, retries >= 0)
    prove_for_each(
        lambda n: made(n) <= n * most,
        *given,
        step=lambda n: [*tried(n), by(n) <= most],
        below=retries + 1,
    )
    prove_for_each(
        lambda n: made(n) == n * most,
        *given,
        step=lambda n: [*tried(n), by(n) == most],
        below=retries + 1,
    )
    # A hop that stops early, after n of its tries, has made no more than all of them may.
    n = z3.Int("n")
    left = (retries + 1 - n) * most
    prove(left >= 0, *given, n <= retries + 1)
    prove(made(n) <= (retries + 1) * most, made(n) <= n * most, left >= 0)


@CLAIMS.claim(
    "mesh-timeout-retry",
    model="M15",
    source=f"{SEED}, TimeoutPolicy and RetryPolicy",
    statement=(
        "The policies do not conflict: while a sidecar tries, the caller that it tries for is "
        "waiting."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def timeout_retry() -> Finding:
    """The smallest policies that conflict; and for any timeouts, of each try its own, that they do
    not if these come to no more than the caller waits."""
    policies = [
        (retries, per_try, patience)
        for retries, per_try, patience in product(range(3), range(1, 3), range(1, 7))
    ]
    policies.sort(key=lambda policy: (sum(policy), policy[1]))  # rather a retry than a unit
    text = "while the sidecar tries, the caller waits"
    found = smallest_first(
        (TimedRetries(*policy) for policy in policies), _wanted, "up to 2 retries, 2 units each"
    )
    fitting = (
        TimedRetries(r, t, patience) for r, t, patience in policies if (r + 1) * t <= patience
    )
    small = smallest_first(fitting, _wanted, "up to 2 retries, 2 units each, 6 units of patience")
    if isinstance(small, Counterexample):
        return weighed([small])
    _tries_fit()
    under = "the timeouts of all tries come to no more than the caller's"
    every = Proof(Method.Z3_PROOF, text, under=under)
    return conditional(found, every, replace(small, under=under))


def _wanted(start: TimedRetries) -> Answer:
    text = "while the sidecar tries, the caller waits"
    policy = f"retries {start.retries}, timeout of a try {start.per_try}, of the caller "
    return always(start, TimedRetries.wanted, text, policy + str(start.patience))


def _tries_fit() -> None:
    """Proves it for any number of tries: the time at which a try ends is not later than that at
    which the last one ends, by induction on those between."""
    patience, tries, attempt, within = z3.Ints("patience tries attempt within")
    starts = z3.Function("starts", z3.IntSort(), z3.IntSort())
    timeout = z3.Function("timeout", z3.IntSort(), z3.IntSort())

    def begins(number: z3.ArithRef) -> list[z3.BoolRef]:
        return [timeout(number) >= 0, starts(number + 1) == starts(number) + timeout(number)]

    ends = starts(attempt + 1)
    prove_for_each(
        lambda more: ends <= starts(attempt + 1 + more),
        step=lambda more: begins(attempt + 1 + more),
    )
    last = attempt + 1 + (tries - attempt - 1)
    prove(
        starts(attempt) + within < patience,
        *begins(attempt),
        attempt < tries,
        within < timeout(attempt),
        ends <= starts(last),
        starts(tries) <= patience,
    )


@CLAIMS.claim(
    "mesh-config-consistency",
    model="M15",
    source=f"{SEED}, record ControlPlane, configuration_distribution",
    statement="All proxies act on the same configuration.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def config_consistency() -> Finding:
    """Not during a roll-out: two proxies route one request to different versions. At last they do,
    once there are no more updates: any number of proxies and updates by a measure that falls, as
    the control plane can go on while a proxy is behind; small ones by the search for fair runs."""
    apart = always(
        RollOut(), lambda state: state.consistent, "all proxies have one version", "2 proxies"
    )
    under = "there are no more updates, and at last"
    sizes = product((1, 2, 3), (0, 1, 2))
    fair = smallest_first(
        (RollOut(updates, proxies=(1,) * proxies) for proxies, updates in sizes),
        _settles,
        "up to 3 proxies, 2 updates",
    )
    if isinstance(fair, Counterexample):
        return weighed([fair])
    counted = weighed(
        inductive(
            CountedRollOut(),
            name,
            said,
            ("updates", "proxies"),
            lambda state: state.updates >= 0 and state.proxies >= 0,
            depth=DEPTH,
        )
        for name, said in (
            ("progresses", "each step brings updates to come, or proxies behind, down"),
            ("within", "the proxies behind are counted from 0 on"),
        )
    )
    if counted.counterexamples:
        return counted
    proofs = (replace(proof, under=under) for proof in (*counted.proofs, fair))
    return conditional(apart, *proofs)


def _settles(start: RollOut) -> Answer:
    return leading(
        start,
        lambda state: state.consistent and state.proxies[0] == state.version,
        "all proxies have the newest version at last",
        f"{len(start.proxies)} proxies, {start.updates} updates",
        lambda state: state.updates == 0,
    )
