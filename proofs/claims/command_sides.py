"""Claims on CQRS as the Coq of seed 001, section 3.1 has it, and on what is meant by it (M06)."""

from __future__ import annotations

from dataclasses import replace

import z3

from cospec.models.command_sides import Account, AmongWriters, LossyPipeline, Pool, TwoSides
from cospec.models.order_pipeline import REPAIRED, OrderPipeline
from cospec.models.read_models import life_of
from cospec.proofs import relay_logic as logic
from cospec.proofs.evidence import always, independent, inductive, leading, limited, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 001, section 3.1"

#: Store, bus and projector with all repairs, but for a bus that loses an event.
LOSSY = LossyPipeline(
    publishing=True, consuming=True, relaying=True, sequenced=True, life=life_of("Created")
)

UNEXPECTING, EXPECTING = Account(), Account(expecting=True)
UNSHARED, SHARED = TwoSides(), TwoSides(sharing=True)
ONE_POOL = Pool()

#: How many steps z3 looks at for a counterexample; they have 3 at most.
DEPTH = 4


# ------------------------------------------------------------------------------------- commands


def _never_overdrawn(design: Account) -> Proof | Counterexample:
    text = "what is appended is consistent with the aggregate: its balance is not negative"
    return always(design, Account.not_overdrawn, text, "balance 1, two writers")


@CLAIMS.claim(
    "cqrs001-command-consistency",
    model="M06",
    source=f"{SEED}, definition command_consistency",
    statement=(
        "Events that the handler of a command gives, where the business rules allow the command, "
        "are consistent with the aggregates: the invariant holds after they are appended."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def command_consistency(design: Account = UNEXPECTING) -> Finding:
    """Two withdrawals, each of which the balance allows when it is decided; explored with the
    version check as well, and proved for any amounts and number of writers."""
    checked = weighed([_never_overdrawn(replace(design, expecting=True))])
    if checked.counterexamples:
        return checked
    text = "the balance is not negative, for any amounts and any number of writers"
    proved = inductive(AmongWriters(expecting=True), "not_overdrawn", text, depth=DEPTH)
    under = "a decision is appended only where the version is still the one it was made at"
    return limited(weighed([proved]), under, _never_overdrawn(design))


# -------------------------------------------------------------------------------------- queries


@CLAIMS.claim(
    "cqrs001-query-ec-literal",
    model="M06",
    source=f"{SEED}, definition query_eventual_consistency",
    statement=(
        "eventually (forall event, In event events -> reflected_in_read_models event "
        "query_model.read_models)."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="cqrs001-query-ec",
)
def query_ec_literal() -> Finding:
    """The names that the seed does not define may mean anything."""
    event, models = z3.DeclareSort("AnyEvent"), z3.DeclareSort("ReadModels")
    eventually = z3.Function("eventually", z3.BoolSort(), z3.BoolSort())
    reflected = z3.Function("reflected_in_read_models", event, models, z3.BoolSort())
    inside = z3.Function("in_events", event, z3.BoolSort())
    each, read_models = z3.Const("event", event), z3.Const("read_models", models)
    inner = z3.ForAll([each], z3.Implies(inside(each), reflected(each, read_models)))
    text = (
        "eventually and reflected_in_read_models are not defined; the query model is one record, "
        "of which there is no earlier and no later"
    )
    return independent(eventually(inner), text)


@CLAIMS.claim(
    "cqrs001-query-ec",
    model="M06",
    source=f"{SEED}, meaning of query_eventual_consistency",
    statement=(
        "Whatever is stored is reflected in the read model at last: on a store, a bus and a "
        "projector."
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def query_ec(lossy: LossyPipeline = LOSSY, design: OrderPipeline = REPAIRED) -> Finding:
    """One lost message, for which there is no catching up; and without losses, for all sizes."""
    text = "an event that is stored is reflected at last"
    lost = leading(
        lossy, lambda s: s.position == s.committed, text, "1 event, 1 loss", _behind
    )  # fmt: skip
    logic.prove_leads_to_applied(design)
    under = (
        "the bus delivers at least once what is published, relaying and delivering are weakly "
        "fair, and the projector applies each event once, in order"
    )
    proved = Proof(Method.Z3_PROOF, f"{text}: by a rank, for any number of events")
    return limited(weighed([proved]), under, lost)


def _behind(pipeline: OrderPipeline) -> bool:
    return pipeline.position < pipeline.committed


# ----------------------------------------------------------------------------------- separation


@CLAIMS.claim(
    "cqrs001-separation",
    model="M06",
    source=f"{SEED}, theorem cqrs_separation_theorem",
    statement=(
        "A well-formed system has independent_scaling and is optimized_for_purpose, in its command "
        "side and its query side."
    ),
    registered=Truth.VACUOUS,
    method=Method.Z3_PROOF,
    repaired="cqrs001-noninterference",
)
def separation() -> Finding:
    """Three predicates on a record, of which the seed defines none."""
    system = z3.DeclareSort("CQRSSystem")
    names = ("well_formed", "independent_scaling", "optimized_for_purpose")
    well_formed, scaling, optimized = (z3.Function(n, system, z3.BoolSort()) for n in names)
    one = z3.Const("system", system)
    implied = z3.Implies(well_formed(one), z3.And(scaling(one), optimized(one)))
    text = (
        "well_formed_cqrs_system, independent_scaling and optimized_for_purpose are not defined; "
        "what is meant is cqrs001-noninterference and cqrs001-independent-load"
    )
    return independent(z3.ForAll([one], implied), text)


@CLAIMS.claim(
    "cqrs001-noninterference",
    model="M06",
    source=f"{SEED}, meaning of independent_scaling",
    statement=(
        "Queries leave the command side as it is, and answers to commands do not depend on the "
        "queries in between, where the sides share nothing but the stream of events: the command "
        "side is at all times that of a system which gets the same commands and no queries."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def noninterference(design: TwoSides = UNSHARED) -> Finding:
    """The system beside itself without queries, for any commands and queries."""
    text = "the command side, and its answers, are those of the system without queries"
    return weighed([inductive(design, "undisturbed", text, depth=DEPTH)])


def _do_not_wait(pool: Pool) -> Proof | Counterexample:
    text = "a command that comes when none runs gets a connection, whatever queries run"
    return inductive(
        pool,
        "commands_do_not_wait",
        f"{text}; for any number of connections and queries",
        parameters=("size",),
        where=lambda state: state.size >= 1,
        depth=DEPTH,
    )


@CLAIMS.claim(
    "cqrs001-independent-load",
    model="M06",
    source=f"{SEED}, meaning of independent_scaling; seed 004, section 1.3, PgPool",
    statement="Any number of queries, of any length, does not delay commands.",
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def independent_load(pool: Pool = ONE_POOL) -> Finding:
    """With a pool that both services share; and with one for each."""
    own = replace(pool, separate=True)
    under = "commands have connections that queries cannot take"
    return limited(weighed([_do_not_wait(own)]), under, _do_not_wait(pool))
