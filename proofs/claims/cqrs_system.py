"""Claims on CQRS as the Coq of seed 000, section 4.2 has it (M06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from cospec.checker.exploration import Exploration
from cospec.models.cqrs_system import REPAIRED, CQRSSystem, OneEntity
from cospec.models.model import ModelSystem
from cospec.proofs import cqrs_logic as logic
from cospec.proofs.evidence import (
    always,
    each,
    each_part,
    each_reason,
    inductive,
    stepwise,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 000, section 4.2"

#: The system with all its repairs but one.
UNFOLDED = replace(REPAIRED, folding=False, deciding=False)
DEAF = replace(REPAIRED, projecting=False)
BLIND = replace(REPAIRED, deciding=False)

BOUNDS = "1 entity, up to 3 events"


def _for_all(text: str) -> Proof:
    return Proof(Method.Z3_PROOF, text)


def _projected(design: CQRSSystem) -> Proof | Counterexample:
    text = "the projection is what the events give"
    return always(design, CQRSSystem.projections_are_folds, text, BOUNDS)


def _well_formed(design: CQRSSystem) -> Iterator[Proof | Counterexample]:
    yield _projected(design)
    text = "the entities of the write model are what the events give"
    yield always(design, CQRSSystem.entities_are_folds, text, BOUNDS)


def _reflecting(design: CQRSSystem) -> Proof | Counterexample:
    text = "a query is answered with what the events give"
    return always(design, CQRSSystem.queries_reflect, text, BOUNDS)


# --------------------------------------------------------------------------------- the theorem


@CLAIMS.claim(
    "cqrs000-correctness",
    model="M06",
    source=f"{SEED}, theorem cqrs_system_correctness",
    statement=(
        "A valid command leaves a well-formed system well-formed: its projection and its entities "
        "are folds of its events."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-correctness-repaired",
)
def correctness(design: CQRSSystem = UNFOLDED) -> Finding:
    """`write_model := system.write_model`: the second half fails after one command."""
    return each_part(_well_formed(design))


@CLAIMS.claim(
    "cqrs000-correctness-repaired",
    model="M06",
    source=f"{SEED}, repair of cqrs_system_correctness",
    statement=(
        "When handle_command folds events into the entities and query handlers get the state of "
        "the projections, an accepted command leaves a well-formed system well-formed, and a "
        "query is then answered with what the events give, for any entities, events and logs."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def correctness_repaired(design: CQRSSystem = REPAIRED) -> Finding:
    """Explored, then by induction on the events of the command."""
    found = weighed([*_well_formed(design), _reflecting(design)])
    if found.counterexamples:
        return found
    logic.prove_fold_of_append(design.folding)
    logic.prove_answers(design.projecting)
    text = "fold(log ++ events) = fold(events) from fold(log): by induction; so are answers"
    return Finding((_for_all(text), *found.proofs))


@CLAIMS.claim(
    "cqrs000-projection-inductive",
    model="M06",
    source=f"{SEED}, definition handle_command",
    statement=(
        "projection_state = project(event_store) is kept by handle_command, where "
        "update_projections folds, for any projection, any events and logs of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def projection_inductive(updating: bool = True) -> Finding:
    """By induction on the events of the command; and explored."""
    logic.prove_fold_of_append(updating)
    text = "update_projections(project(log), events) = project(log ++ events): by induction"
    return weighed([_for_all(text), _projected(CQRSSystem())])


# --------------------------------------------------------------------------------- consistency


@CLAIMS.claim(
    "cqrs000-eventual-consistency",
    model="M06",
    source=f"{SEED}, definition eventual_consistency",
    statement="After any accepted command queries reflect it at last.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-eventual-consistency-repaired",
)
def eventual_consistency(design: CQRSSystem = DEAF) -> Finding:
    """The definition speaks of all lists of events and of a predicate that the seed leaves open; of
    the systems it has, no command changes any answer, which z3 proves."""
    found = weighed([_reflecting(design)])
    if not found.counterexamples:
        return found
    logic.prove_frozen(design.projecting)
    text = "handle_query(handle_command(s, c), q) = handle_query(s, q), for all s, c and q"
    return Finding((_for_all(text),), found.counterexamples)


@CLAIMS.claim(
    "cqrs000-eventual-consistency-repaired",
    model="M06",
    source=f"{SEED}, repair of query_handlers",
    statement=(
        "When query handlers get the state of the projections, a query right after a command is "
        "answered with what the events give, for any projection and logs of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def eventual_consistency_repaired(design: CQRSSystem = REPAIRED) -> Finding:
    """There is nothing to wait for: the projection is updated with the command."""
    found = weighed([_reflecting(design)])
    if found.counterexamples:
        return found
    logic.prove_answers(design.projecting)
    return Finding((_for_all("answers are those of the fold of the longer log"), *found.proofs))


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain with two states, two projections and one event; functions as tables."""

    apply: tuple[int, ...]
    update: tuple[int, ...]
    view: tuple[int, ...]
    begun: int

    def folds(self, count: int) -> tuple[int, int]:
        """The view of the folded write state and the folded projection, after so many events."""
        state, projection = 0, self.begun
        for _ in range(count):
            state, projection = self.apply[state], self.update[projection]
        return self.view[state], projection

    def simulates(self) -> bool:
        """Whether view(apply s e) = update (view s) e, and view s0 = p0."""
        steps = (self.view[self.apply[s]] == self.update[self.view[s]] for s in (0, 1))
        return self.begun == self.view[0] and all(steps)


#: All of them, and the events that are folded.
TABLES = tuple(product((0, 1), repeat=2))
DOMAINS = [
    (Domain(apply, update, view, begun), count)
    for count in range(3)
    for apply, update, view in product(TABLES, repeat=3)
    for begun in (0, 1)
]


def _told(case: tuple[Domain, int]) -> tuple[str, ...]:
    domain, count = case
    shown, projected = domain.folds(count)
    return (
        f"apply = {list(domain.apply)}, update = {list(domain.update)}, "
        f"view = {list(domain.view)}, s0 = 0, p0 = {domain.begun}",
        f"after {count} events: view(fold) = {shown}, the projection is {projected}",
    )


def _agree(case: tuple[Domain, int]) -> bool:
    domain, count = case
    shown, projected = domain.folds(count)
    return shown == projected


@CLAIMS.claim(
    "cqrs000-homomorphism",
    model="M06",
    source=f"{SEED}, definition eventual_consistency",
    statement=(
        "To fold events into the write state and look at it through the view is to fold them into "
        "the projection."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def homomorphism() -> Finding:
    """Refuted where the start differs, and where only a step does; proved of simulations, for any
    domain, and that nothing less is enough."""
    text = "view(fold(s0, events)) = fold(p0, events)"
    bounds = "2 states, 2 projections, 1 event, applied up to 2 times"
    begun_alike = [case for case in DOMAINS if case[0].begun == case[0].view[0]]
    searched = (DOMAINS, begun_alike)
    found = each_reason(each(cases, _agree, text, bounds, _told) for cases in searched)
    logic.prove_simulation()
    under = "view(apply s e) = update (view s) e for all s and e, and view s0 = p0"
    proofs = [Proof(Method.Z3_PROOF, f"{text}: by induction on the events", under=under)]
    logic.prove_simulation_necessary()
    text = "where it holds of all logs, so does that condition, in the states that logs lead to"
    proofs.append(_for_all(text))
    simulations = [case for case in DOMAINS if case[0].simulates()]
    checked = each(simulations, _agree, "so in the domains that were enumerated", bounds)
    if isinstance(checked, Counterexample):
        return Finding(counterexamples=(checked,))
    return Finding((*proofs, replace(checked, under=under)), found.counterexamples)


# ------------------------------------------------------------------------------ what types show

#: What the seed's definitions give.
SIGNATURES = {
    "handle_command": "CQRSSystem -> Command -> option CQRSSystem",
    "handle_query": "CQRSSystem -> Query -> QueryResult",
}


def _result_type(name: str) -> str:
    return SIGNATURES[name].split(" -> ")[-1]


@CLAIMS.claim(
    "cqrs000-query-pure",
    model="M06",
    source=f"{SEED}, definition handle_query",
    statement="Queries do not change the system.",
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def query_pure(design: CQRSSystem = REPAIRED) -> Finding:
    """The type has no system to give; the model's queries leave it as it is."""
    result = _result_type("handle_query")
    if "CQRSSystem" in result:
        return Finding()
    text = f"handle_query gives a {result}, and no system: there is only the one before"
    states = Exploration(ModelSystem(design)).states
    explored = each(states, _left_by_queries, "a query leaves the system as it is", BOUNDS)
    return weighed([Proof(Method.STATIC, text), explored])


def _left_by_queries(system: CQRSSystem) -> bool:
    """Whether each query that is possible gives the same system."""
    steps = ModelSystem(system).transitions(system)
    return all(after == system for act, after in steps if act.name == "query")


@CLAIMS.claim(
    "cqrs000-reject-no-effect",
    model="M06",
    source=f"{SEED}, definition handle_command",
    statement="A command that is rejected (None) changes nothing.",
    registered=Truth.TRUE,
    method=Method.STATIC,
)
def reject_no_effect(design: CQRSSystem = REPAIRED) -> Finding:
    """The type gives a system or nothing; so does the model."""
    result = _result_type("handle_command")
    if not result.startswith("option "):
        return Finding()
    text = f"handle_command gives an {result}: with None there is only the system before"
    explored = stepwise(design, _same_if_refused, "a refused command changes nothing", BOUNDS)
    return weighed([Proof(Method.STATIC, text), explored])


def _same_if_refused(before: CQRSSystem, after: CQRSSystem) -> bool:
    return not after.refused or replace(after, refused=before.refused) == before


# ------------------------------------------------------------------------------------ decisions


def _created_once(design: CQRSSystem) -> Proof | Counterexample:
    text = "no entity is created that is there"
    return always(design, CQRSSystem.created_once, text, BOUNDS)


@CLAIMS.claim(
    "cqrs000-command-state-blind",
    model="M06",
    source=f"{SEED}, command_handlers : Command -> option (list Event)",
    statement=(
        "The write model can enforce rules that depend on the state: such as that no entity is "
        "created that is there."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-command-state-blind-repaired",
)
def command_state_blind(design: CQRSSystem = BLIND) -> Finding:
    """A decision is the same in every state, as z3 proves; so a command that is accepted once is
    accepted again."""
    found = weighed([_created_once(design)])
    if not found.counterexamples:
        return found
    logic.prove_blind(design.deciding)
    return Finding((_for_all("a command is decided alike in all states"),), found.counterexamples)


@CLAIMS.claim(
    "cqrs000-command-state-blind-repaired",
    model="M06",
    source=f"{SEED}, repair of command_handlers",
    statement=(
        "With handlers of the type State -> Command -> option (list Event), and entities that are "
        "the fold of the events, no entity is created that is there, in logs of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def command_state_blind_repaired(design: CQRSSystem = REPAIRED) -> Finding:
    """Explored; then for any number of commands, of one entity, which may be any."""
    found = weighed([_created_once(design)])
    if found.counterexamples:
        return found
    text = "creations = deletions, and one more where it is there"
    every = weighed([inductive(OneEntity(design.deciding), "created_once", text)])
    return Finding((*every.proofs, *found.proofs), every.counterexamples)
