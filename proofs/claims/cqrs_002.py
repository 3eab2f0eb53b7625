"""Claims on CQRS as seed 002 has it, and its proof obligation ED5 (M06).

Each claim is checked with all repairs but those that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cospec.models.cqrs_002 import COMMANDS, CQRS, REPAIRED
from cospec.proofs import relay_logic as logic
from cospec.proofs.evidence import always, each_reason, leading, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

SEED = "seed 002, section 4.2, CQRS"

AS_WRITTEN = CQRS()

#: The system with all its repairs but one.
UNSUBSCRIBED = replace(REPAIRED, subscribed=False)
FROM_MEMORY = replace(REPAIRED, relaying=False)
UNCOUNTED = replace(REPAIRED, counting=False)

BOUNDS = "one user: created, renamed, deactivated"
FAULTS = f"{BOUNDS}; 2 crashes, 1 duplicate"


def _for_all(text: str) -> Proof:
    return Proof(Method.Z3_PROOF, text)


# --------------------------------------------------------------------------------- the read models


def _reflected(design: CQRS, bounds: str = BOUNDS) -> Proof | Counterexample:
    text = "what was stored is in the read model, at last"
    return leading(design, CQRS.reflected, text, bounds, _behind)


def _behind(cqrs: CQRS) -> bool:
    return not cqrs.reflected()


@CLAIMS.claim(
    "cqrs002-read-models",
    model="M06",
    source=f"{SEED}::execute_command, execute_query",
    statement="After execute_command has answered Ok, a later query sees what it has done.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs002-read-models-repaired",
)
def read_models(design: CQRS = UNSUBSCRIBED) -> Finding:
    """No channel, no projector: the read model is never written; as it is all written, neither."""
    design = replace(design, commands=COMMANDS[:1])
    bounds = "one user, created"
    by_caller = replace(design, relaying=False)
    return each_reason([_reflected(design, bounds), _reflected(by_caller, bounds)])


@CLAIMS.claim(
    "cqrs002-read-models-repaired",
    model="M06",
    source=f"{SEED}, repair",
    statement=(
        "When a projector is subscribed, to a bus to which a relay brings what is in the store, a "
        "query sees at last what was executed, for any number of commands and finitely many "
        "crashes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def read_models_repaired(design: CQRS = REPAIRED) -> Finding:
    """Explored with faults, then for all sizes."""
    found = weighed([_reflected(replace(design, crashes=2, duplicates=1), FAULTS)])
    if found.counterexamples:
        return found
    logic.prove_leads_to_applied(design)
    text = "each stored event is applied at last: a rank falls until it is"
    return Finding((_for_all(text), *found.proofs))


# -------------------------------------------------------------------------------------- the stores


def _one_log(design: CQRS, bounds: str = BOUNDS) -> Proof | Counterexample:
    text = "the stores of the handler, the bus and the command side hold the same"
    return always(design, CQRS.one_log, text, bounds)


@CLAIMS.claim(
    "cqrs002-single-store",
    model="M06",
    source=f"{SEED}, CommandSide, EventBus and UserCommandHandler, each with an event_store",
    statement=(
        "There is one event log: when no command is being executed, each event store holds the "
        "events of all that were."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs002-single-store-repaired",
)
def single_store(design: CQRS = AS_WRITTEN) -> Finding:
    """After one command the command side has nothing to replay."""
    return weighed([_one_log(design)])


@CLAIMS.claim(
    "cqrs002-single-store-repaired",
    model="M06",
    source=f"{SEED}, repair of the stores",
    statement=(
        "When the three share one store, and publishing stores no event that is there, they hold "
        "the same at all times, under crashes and errors of publishing."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def single_store_repaired(design: CQRS = REPAIRED) -> Finding:
    """Whether a relay publishes or the caller; explored, then for logs of any length."""
    faulty = replace(design, crashes=2, duplicates=1, publish_errors=1)
    bounds = f"{FAULTS}, 1 error of publishing"
    publishers = (design.relaying, False)
    found = weighed(_one_log(replace(faulty, relaying=by), bounds) for by in publishers)
    if found.counterexamples:
        return found
    logic.prove_one_log(design.sharing)
    text = "storing and publishing an event keep the three stores equal: for any stores"
    return Finding((_for_all(text), *found.proofs))


# -------------------------------------------------------------------------------------- executing


def _stores_nothing(design: CQRS) -> Proof | Counterexample:
    start = replace(design, publish_errors=1)
    text = "a command that is answered with Err has stored nothing"
    return always(start, CQRS.err_stores_nothing, text, f"{BOUNDS}; 1 error of publishing")


@CLAIMS.claim(
    "cqrs002-execute-atomic",
    model="M06",
    source=f"{SEED}::execute_command",
    statement="When execute_command answers Err, nothing is persisted.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs002-execute-atomic-repaired",
)
def execute_atomic(design: CQRS = FROM_MEMORY) -> Finding:
    """The handler has stored the event before publishing it fails; one event is enough."""
    return weighed([_stores_nothing(design)])


@CLAIMS.claim(
    "cqrs002-execute-atomic-repaired",
    model="M06",
    source=f"{SEED}, repair of execute_command",
    statement=(
        "When execute_command stores, and a relay publishes what is stored, it answers Err only if "
        "nothing is persisted; and what is stored is published at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def execute_atomic_repaired(design: CQRS = REPAIRED) -> Finding:
    """The first half in all states; the second as the outbox of seed 004, for all sizes."""
    published = leading(
        replace(design, crashes=2),
        lambda cqrs: len(cqrs.published) == len(cqrs.handler_store),
        "what is stored is published at last",
        f"{BOUNDS}; 2 crashes",
        lambda cqrs: len(cqrs.published) < len(cqrs.handler_store),
    )
    found = weighed([_stores_nothing(design), published])
    if found.counterexamples:
        return found
    logic.prove_answers(design.relaying)
    logic.prove_leads_to_applied(design)
    text = "Err only where nothing is stored; each stored event arrives at last: a rank falls"
    return Finding((_for_all(text), *found.proofs))


@CLAIMS.claim(
    "cqrs002-result-version",
    model="M06",
    source=f"{SEED}, UserCommandHandler::handle, CommandResult.version",
    statement="The version in a CommandResult is that of the aggregate after the command.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs002-result-version-repaired",
)
def result_version(design: CQRS = UNCOUNTED) -> Finding:
    """`handle_command` gives events and applies none."""
    text = "the version in a result is that of the aggregate after the command"
    return weighed([always(design, CQRS.result_version, text, BOUNDS)])


@CLAIMS.claim(
    "cqrs002-result-version-repaired",
    model="M06",
    source=f"{SEED}, repair of UserCommandHandler::handle",
    statement=(
        "When the version in the result is that of the loaded aggregate and the number of events, "
        "it is that of the aggregate after the command, for any aggregate and number of events."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def result_version_repaired(design: CQRS = REPAIRED) -> Finding:
    """Explored; and that applying any number of events adds as many to the version."""
    found = result_version(design)
    if found.counterexamples:
        return found
    logic.prove_version_counts(design.counting)
    text = "the version after n events is the version before and n: by induction"
    return Finding((_for_all(text), *found.proofs))


# --------------------------------------------------------------------------------- the obligation


def _consistent(design: CQRS, bounds: str) -> Iterator[Proof | Counterexample]:
    """The three parts of ED5."""
    yield _one_log(design, bounds)
    text = "the read model is what the first events of the log give, however many"
    yield always(design, CQRS.shows_a_past, text, bounds)
    yield _reflected(design, bounds)


@CLAIMS.claim(
    "ED5",
    model="M06",
    source="seed 002, section 6, obligation ED5 (consistency of the CQRS pattern)",
    statement=(
        "There is one event log; at all times the read models are what some of its first events "
        "give; and at last they are what all of them give: project(log)."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="ED5-repaired",
)
def ed5(design: CQRS = AS_WRITTEN) -> Finding:
    """The listing as it is: there are three logs, and read models that stay as they begin.

    The document gives the name of the obligation and no statement; this one is that of the pattern.
    """
    return each_reason(_consistent(replace(design, commands=COMMANDS[:1]), "one user, created"))


@CLAIMS.claim(
    "ED5-repaired",
    model="M06",
    source="seed 002, section 6, repair of ED5",
    statement=(
        "With one shared store, a relay that publishes what is in it and begins after a crash "
        "where the projector is, and a projector that keeps its position in one transaction with "
        "the read model and applies what comes next: the read model is at all times what the "
        "first events of the one log give, and at last project(log), for any number of events and "
        "duplicates, any order of deliveries, and finitely many crashes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def ed5_repaired(design: CQRS = REPAIRED) -> Finding:
    """Explored with faults; then safety by induction and liveness by a rank, for all sizes."""
    found = weighed(_consistent(replace(design, crashes=2, duplicates=1), FAULTS))
    if found.counterexamples:
        return found
    logic.prove_leads_to_applied(design)
    texts = (
        "state = project(position), position ≤ length of the log, each event once: inductive",
        "each event of the log is applied at last: a rank falls until it is, by weak fairness",
    )
    return Finding((*map(_for_all, texts), *found.proofs))
